/* create.c: objects that the program makes and hands in.
 *
 * Owns: checking every object that comes from the program, new objects with defaults and unset
 * columns, texts.
 * Must not know: SQL, relationships. */
#ifndef CORM__ROOM_CREATE_C
#define CORM__ROOM_CREATE_C

#include "session.c"

/* ---- Checking what comes in ------------------------------------------------------------------ */

static corm_status corm__is_frozen(corm_session *session, const void *object, const char *call)
{
    char label[CORM__LABEL_SIZE];
    const corm__slab *slab = corm__frozen_slab(object);
    return corm__fail(session != NULL ? session : slab->owner, CORM_MISUSE,
                      "%s: %s is read-only: it came from a query with .read_only = true, and no "
                      "session tracks it; to change the row, corm_get it by its key",
                      call, corm__label_struct(slab->mapper, object, 0, label));
}

/* The record of an object that the program names, or NULL with the error recorded. A NULL object
 * makes the session wait for rollback, so that a failed corm_new is noticed at the commit. */
static corm__record *corm__object_in(corm_session *session, const void *object, const char *call)
{
    if (object == NULL) {
        (void)corm__poison(session, CORM_NULL_ARGUMENT, "%s: the object is NULL", call);
        return NULL;
    }
    corm__record *record = corm__recognise(object);
    if (record == NULL && corm__frozen_slab(object) != NULL)
        (void)corm__is_frozen(session, object, call);
    else if (record == NULL)
        (void)corm__fail(session, CORM_NOT_AN_OBJECT,
                         "%s: the pointer is not an object of corm: it comes from neither corm_new "
                         "nor a query (a copy is none)",
                         call);
    return record;
}

/* An expunged object that lies in the memory of its session still leaves it for this one. */
static CORM__COLD corm__record *corm__object_elsewhere(corm_session *session, const void *object,
                                                       corm__record *record, const char *call)
{
    char label[CORM__LABEL_SIZE];
    if (record->expunged && corm__expunged_release(corm__session_at(object)) == CORM_OK)
        return record;
    (void)corm__fail(session, CORM_OTHER_SESSION,
                     "%s: %s belongs to another session: expunge it there first", call,
                     corm__label(object, label));
    return NULL;
}

/* The same for calls that name the session too: the object belongs to it or to nobody. */
static CORM__APART corm__record *corm__object_with_care(corm_session *session, const void *object,
                                                        const char *call)
{
    if (session == NULL) {
        (void)corm__fail(NULL, CORM_NULL_ARGUMENT, "%s: the session is NULL", call);
        return NULL;
    }
    if (session->registry == NULL) {
        corm__status = session->poison;
        return NULL;
    }
    if (corm__forbidden(session, CORM__BOUND_ALL, call) != CORM_OK)
        return NULL;
    corm__record *record = corm__object_in(session, object, call);
    if (record == NULL || corm__session_at(object) == NULL || corm__session_at(object) == session)
        return record;
    return corm__object_elsewhere(session, object, record, call);
}

/* The same; mostly it is an object that the session has made. */
static corm__record *corm__object_of(corm_session *session, const void *object, const char *call)
{
    uint32_t place;
    const corm__slab *slab = corm__slab_if(object, &place);
    if (CORM__LIKELY(slab != NULL && slab->owner == session && session != NULL &&
                     session->running == NULL && slab->records != NULL)) {
        corm__record *record = &slab->records[place];
        if (CORM__LIKELY((record->flags & CORM__LIVE) && !record->away))
            return record;
    }
    return corm__object_with_care(session, object, call);
}

static corm_status corm__not_persistent(corm_session *session, const void *object, const char *call)
{
    char label[CORM__LABEL_SIZE];
    return corm__fail(session, CORM_NOT_PERSISTENT, "%s: %s is not persistent in this session",
                      call, corm__label(object, label));
}

/* ---- New ------------------------------------------------------------------------------------- */

CORM_API void *corm_object_new(corm_session *session, const corm_model *model)
{
    CORM__ENTER(session, NULL);
    if (session == NULL || model == NULL) {
        (void)corm__fail(session, CORM_NULL_ARGUMENT, "corm_new: the session or the model is NULL");
        return NULL;
    }
    if (session->registry == NULL) { /* the message says what is wrong with the schema */
        corm__status = session->poison;
        return NULL;
    }
    corm__mapper *mapper = corm__mapper_of(session->registry, model);
    if (mapper == NULL) {
        (void)corm__fail(session, CORM_WRONG_MODEL,
                         "corm_new: %s is no model of the engine's schema", model->name);
        return NULL;
    }
    corm__seat seat;
    if (!corm__seat_take(session, corm__store_of(session, mapper), mapper, &seat)) {
        (void)corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory: no new %s", model->name);
        return NULL;
    }
    *seat.record = (corm__record){.flags = CORM__LIVE, .state = CORM_STATE_TRANSIENT};
    memcpy(seat.object, mapper->blank, mapper->size);
    return seat.object;
}

/* A column that the program gave no value has its default, or is unset. */
static void corm__leave_out(const corm__mapper *mapper, uint16_t i, void *object,
                            corm__record *record)
{
    const corm__column *column = &mapper->columns[i];
    if (corm__has_default(column)) {
        corm__default_fill(column, object);
        corm__standing_of(record)->unset |= corm__default_bit(mapper, i);
    } else {
        corm__member_clear(column, object);
        corm__standing_of(record)->unset |= UINT64_C(1) << i;
    }
}

/* Whether the sentinel is still there, the frequent kinds first. */
static CORM__INLINE bool corm__is_left_out(const corm__column *column, const void *object)
{
    const unsigned char *at = corm__member_at(column, object);
    if (column->plain == CORM_VALUE_INTEGER)
        return corm__read_integer(at) == CORM__SENTINEL_INTEGER;
    if (column->plain == CORM_VALUE_TEXT)
        return corm__read_text(at) == corm__sentinel_bytes;
    return corm__sentinel_is(column, object);
}

/* A member of a new object gets its value. false: out of memory. */
static CORM__INLINE bool corm__give(corm_session *session, const corm__column *column, void *object,
                                    corm__record *record, bool *checked)
{
    if (CORM__UNLIKELY(corm__is_left_out(column, object)))
        corm__leave_out(corm__mapper_at(object), column->index, object, record);
    if (column->plain == CORM_VALUE_TEXT) {
        const char *text = corm__read_text(corm__member_at(column, object));
        return text == NULL || corm__text_adopt(session, column, object, text, checked);
    }
    if (column->plain == CORM_VALUE_REAL)
        *checked &= corm__is_number(corm__read_real(corm__member_at(column, object)));
    return CORM__LIKELY(!column->owns) || corm__member_adopt(session, column, object);
}

CORM_API void *corm_object_made(void *object)
{
    if (object == NULL)
        return NULL; /* the error was recorded when it was begun */
    const corm__seat seat = corm__seat_at(object);
    corm_session *session = corm__session_of(corm__slab_of(object), seat.record);
    CORM__ENTER(session, NULL);
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__column *column = mapper->columns, *const end = column + mapper->column_count;
    bool checked = true;
    for (; column < end; column++) {
        if (CORM__LIKELY(corm__give(session, column, object, seat.record, &checked)))
            continue;
        for (; column < end; column++)
            corm__member_clear(column, object);
        corm__object_drop(session, object);
        (void)corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory: no new %s",
                           mapper->model->name);
        return NULL;
    }
    memcpy(seat.snapshot, object, mapper->size);
    seat.record->checked = checked;
    corm__status = CORM_OK;
    return object;
}

enum { CORM__MAKING_MAX = 16 };
static CORM__PER_THREAD void *corm__making[CORM__MAKING_MAX];
static CORM__PER_THREAD size_t corm__making_count;
static CORM__PER_THREAD union {
    char bytes[CORM__SLAB_SIZE];
    int64_t integer;
    double real;
    void *pointer;
} corm__making_scratch; /* what assignments go to when there is no object */

CORM_API void corm_object_making(corm_session *session, const corm_model *model)
{
    void *object = NULL;
    if (corm__making_count < CORM__MAKING_MAX)
        object = corm_object_new(session, model);
    else
        (void)corm__poison(session, CORM_MISUSE, "corm_new: more than %d inside each other",
                           (int)CORM__MAKING_MAX);
    if (corm__making_count < CORM__MAKING_MAX)
        corm__making[corm__making_count] = object;
    corm__making_count++;
}

CORM_API void *corm_object_in_making(void)
{
    size_t i = corm__making_count;
    void *object = i > 0 && i <= CORM__MAKING_MAX ? corm__making[i - 1] : NULL;
    return object != NULL ? object : corm__making_scratch.bytes;
}

CORM_API void *corm_object_made_last(void)
{
    size_t i = corm__making_count;
    if (i == 0)
        return NULL;
    corm__making_count--;
    return i <= CORM__MAKING_MAX ? corm_object_made(corm__making[i - 1]) : NULL;
}

CORM_API const char *corm_text(corm_session *session, const char *format, ...)
{
    CORM__ENTER(session, NULL);
    va_list arguments, again;
    if (session == NULL || format == NULL) {
        (void)corm__fail(session, CORM_NULL_ARGUMENT,
                         "corm_text: the session or the format is NULL");
        return NULL;
    }
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = size < 0 ? NULL : corm__heap_allocate(&session->heap, (size_t)size + 1);
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)size + 1, format, again);
        corm__retire_as(session, text, (size_t)size + 1, true);
        corm__status = CORM_OK;
    } else if (size < 0) {
        (void)corm__fail(session, CORM_MISUSE, "corm_text: the format cannot be written");
    } else {
        (void)corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory: no text of %d bytes", size);
    }
    va_end(again);
    return text;
}

#endif /* CORM__ROOM_CREATE_C */
