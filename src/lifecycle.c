/* lifecycle.c: what is done with single objects.
 *
 * Owns: adding, deleting, expiring and refreshing objects, and asking about them.
 * Must not know: SQL. */
#ifndef CORM__ROOM_LIFECYCLE_C
#define CORM__ROOM_LIFECYCLE_C

#include "create.c"
#include "eager.c"
#include "trips.c"

/* ---- Add and delete -------------------------------------------------------------------------- */

CORM_API corm_status corm_add(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__record *record = corm__object_of(session, object, "corm_add");
    if (record == NULL)
        return corm__status;
    if (record->flags & CORM__MARKED_DELETED)
        corm__strike_listed(session, record, object, CORM__MARKED_DELETED);
    return corm__ended(corm__save(session, object));
}

/* What was deleted before cannot be deleted again when another object has its key now. */
static corm_status corm__not_succeeded(corm_session *session, void *object)
{
    char label[CORM__LABEL_SIZE];
    corm__key key;
    corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    if ((record->state != CORM_STATE_DELETED && !(record->flags & CORM__GONE)) ||
        corm__session_at(object) != session)
        return CORM_OK;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    if (corm__identity_find(session, mapper->root, key.values) == NULL)
        return CORM_OK;
    return corm__fail(
        session, CORM_IDENTITY_CONFLICT,
        "%s was deleted before, and the session holds another object for its row of %s "
        "since: delete that one, and take this one out of any collection that still has it",
        corm__label(object, label), mapper->model->table);
}

static corm_status corm__mark_deleted(corm_session *session, void *object, bool cascaded)
{
    corm__record *record = corm__record_of(object);
    if (cascaded && (record->state == CORM_STATE_DELETED || (record->flags & CORM__GONE)))
        record->flags |= CORM__CASCADED; /* no obstacle, should the parent be added again */
    if (!corm__has_row(record) || (record->flags & CORM__MARKED_DELETED))
        return CORM_OK;
    if (!corm__vector_push(&session->deleted, object))
        return corm__no_memory(session);
    record->flags &= (uint16_t)~CORM__CASCADED;
    record->flags |= (uint16_t)(CORM__MARKED_DELETED | (cascaded ? CORM__CASCADED : 0));
    return CORM_OK;
}

/* Deleting reads what goes along, and the object itself with it: its members and its key are known
 * until the flush. */
static corm_status corm__know_deleted(corm_session *session, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    bool reads = false;
    for (uint16_t i = 0; i < mapper->relation_count; i++)
        reads = reads || ((mapper->relations[i]->cascade & CORM_CASCADE_DELETE) &&
                          !mapper->relations[i]->passive_deletes);
    if (!reads || session->poison != CORM_OK || !corm__has_row(corm__record_of(object)) ||
        !corm__is_expired(object)) /* a column that expired alone is not needed for it */
        return CORM_OK;
    corm_status status = corm__make_current(session, object);
    return status == CORM_ROW_MISSING ? CORM_OK : status;
}

CORM_API corm_status corm_delete(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__walk walk = {CORM_CASCADE_DELETE, true, {NULL, 0, 0}, {NULL, 0, 0}};
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__object_of(session, object, "corm_delete");
    if (record == NULL)
        return corm__status;
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING)
        return corm__ended(corm__fail(
            session, CORM_NOT_PERSISTED, "corm_delete: %s has no row yet%s",
            corm__label(object, label), record->state == CORM_STATE_PENDING ? ": expunge it" : ""));
    if (record->state == CORM_STATE_DELETED ||
        (record->flags & (CORM__MARKED_DELETED | CORM__GONE)))
        return corm__ended(corm__not_succeeded(session, object));
    corm_status status =
        record->state == CORM_STATE_DETACHED ? corm__save(session, object) : CORM_OK;
    if (status == CORM_OK)
        status = corm__know_deleted(session, object);
    if (status == CORM_OK)
        status = corm__walk_run(session, &walk, object);
    for (size_t i = 0; i < walk.found.count && status == CORM_OK; i++) {
        void *found = walk.found.items[i];
        status = corm__not_succeeded(session, found);
        if (status == CORM_OK && corm__record_of(found)->expunged &&
            corm__is_stored(corm__record_of(found)))
            status = corm__take_in(session, found); /* its row is to be deleted, too */
        if (status == CORM_OK)
            status = corm__mark_deleted(session, found, i > 0);
    }
    corm__walk_end(session, &walk);
    return corm__ended(status);
}

/* ---- Expire, refresh, current ---------------------------------------------------------------- */

/* The object's members and relationships are to be loaded again; unflushed changes are dropped. */
static corm_status corm__expire_one(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    corm_status status = corm__links_revert(session, object);
    corm__struct_restore(corm__mapper_at(object), object, corm__snapshot_of(object));
    corm__bits_clear(record);
    if (corm__rare_known(record) != NULL)
        record->extra->rare->expired = 0;
    record->generation = 0;
    return status;
}

/* There is nothing any more that it could be loaded from. */
static void corm__expire_deleted(corm_session *session, corm__record *record)
{
    record->generation = 0;
    if (record->extra != NULL)
        corm__links_reset(session, record->extra);
}

static corm_status corm__expire_cascade(corm_session *session, void *object)
{
    corm__walk walk = {CORM_CASCADE_REFRESH_EXPIRE, false, {NULL, 0, 0}, {NULL, 0, 0}};
    corm_status status = corm__walk_run(session, &walk, object);
    for (size_t i = 0; i < walk.found.count && status == CORM_OK; i++) {
        corm__record *record = corm__record_of(walk.found.items[i]);
        if (corm__has_row(record))
            status = corm__expire_one(session, walk.found.items[i]);
        else if (record->state == CORM_STATE_DELETED)
            corm__expire_deleted(session, record);
    }
    corm__walk_end(session, &walk);
    return status;
}

CORM_API corm_status corm_expire(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__record *record = corm__object_of(session, object, "corm_expire");
    if (record == NULL)
        return corm__status;
    if (!corm__has_row(record))
        return corm__ended(corm__not_persistent(session, object, "corm_expire"));
    return corm__ended(corm__expire_cascade(session, object));
}

/* The column's index in the object's model; -1 with the error recorded. */
static int corm__column_in(corm_session *session, const void *object, corm_column_ref column)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm_model *model = mapper->model;
    const corm__mapper *named =
        column.model == NULL ? NULL : corm__mapper_of(mapper->registry, column.model);
    if (named != NULL && corm__is_a(mapper, named) && column.index < named->column_count)
        return (int)column.index;
    (void)corm__fail(session, CORM_WRONG_MODEL, "the column is one of %s, the object is of %s",
                     column.model == NULL ? "no model" : column.model->name, model->name);
    return -1;
}

CORM_API corm_status corm_expire_column(corm_session *session, void *object, corm_column_ref column)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__record *record = corm__object_of(session, object, "corm_expire_column");
    if (record == NULL)
        return corm__status;
    if (!corm__has_row(record))
        return corm__ended(corm__not_persistent(session, object, "corm_expire_column"));
    int index = corm__column_in(session, object, column);
    if (index < 0)
        return corm__status;
    corm__rare *rare = corm__rare_of(object);
    if (rare == NULL)
        return corm__ended(corm__no_memory(session));
    uint64_t bit = UINT64_C(1) << index;
    corm__member_copy(&corm__mapper_at(object)->columns[index], object, corm__snapshot_of(object));
    rare->touched &= ~bit;
    rare->unset &= ~bit;
    rare->expired |= bit;
    return corm__ended(CORM_OK);
}

static corm_status corm__expire_visit(corm_session *session, void *object, void *argument)
{
    (void)argument;
    return corm__has_row(corm__record_of(object)) ? corm__expire_one(session, object) : CORM_OK;
}

CORM_API corm_status corm_expire_all(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    if (session == NULL)
        return corm__fail(session, CORM_NULL_ARGUMENT, "corm_expire_all: no session");
    if (session->registry == NULL) /* the message says what is wrong with the schema */
        return corm__ended(session->poison);
    if (corm__forbidden(session, CORM__BOUND_ALL, "corm_expire_all") != CORM_OK)
        return corm__status;
    corm_status status = corm__each_object(session, corm__expire_visit, NULL);
    session->links_generation = corm__next_generation(session->links_generation);
    return corm__ended(status);
}

static CORM__COLD corm_status corm__row_missing(corm_session *session, const void *object)
{
    char label[CORM__LABEL_SIZE];
    return corm__fail(session, CORM_ROW_MISSING, "%s: the row of %s is gone",
                      corm__mapper_at(object)->model->table, corm__label(object, label));
}

/* Reads the row of an expired object again, with what is declared to come with it. */
static corm_status corm__refresh(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__key key;
    void *found = NULL;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    corm_status status = corm__load_whole(session, mapper, key.values, &found);
    return status == CORM_OK && found != object ? CORM_ROW_MISSING : status;
}

CORM_API corm_status corm_refresh(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__record *record = corm__object_of(session, object, "corm_refresh");
    if (record == NULL)
        return corm__status;
    CORM__ERRAND_OBJECT(session, "corm_refresh", object);
    if (!corm__has_row(record))
        return corm__ended(corm__not_persistent(session, object, "corm_refresh"));
    corm_status status = corm__usable_for(session, "corm_refresh");
    if (status == CORM_OK)
        status = corm__expire_cascade(session, object);
    if (status == CORM_OK)
        status = corm__autoflush(session);
    if (status == CORM_OK)
        status = corm__refresh(session, object);
    return corm__ended(status == CORM_ROW_MISSING ? corm__row_missing(session, object) : status);
}

CORM_API corm_status corm_current(void *object)
{
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__object_in(NULL, object, "corm_current");
    if (record == NULL)
        return corm__status;
    corm_session *session = corm__session_at(object);
    CORM__ENTER(session, CORM_MISUSE);
    CORM__ERRAND_OBJECT(session, "corm_current", object);
    if (record->state == CORM_STATE_DETACHED) {
        const bool expired = record->generation == 0 || corm__rare_read(record)->expired != 0;
        return corm__ended(expired
                               ? corm__fail(session, CORM_DETACHED,
                                            "%s is detached and expired: add it to a session first",
                                            corm__label(object, label))
                               : CORM_OK);
    }
    const bool part = corm__rare_read(record)->expired != 0;
    if (corm__is_void(record) || (part && record->state == CORM_STATE_DELETED))
        return corm__ended(corm__row_missing(session, object));
    if (!corm__has_row(record) || (!part && !corm__is_expired(object)))
        return corm__ended(CORM_OK);
    corm_status status = corm__autoflush(session);
    if (status == CORM_OK)
        status = corm__has_row(record) ? corm__make_current(session, object) : CORM_ROW_MISSING;
    return corm__ended(status == CORM_ROW_MISSING ? corm__row_missing(session, object) : status);
}

/* ---- Asking ---------------------------------------------------------------------------------- */

CORM_API corm_object_state corm_state(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    if (record == NULL && corm__frozen_slab(object) != NULL)
        return CORM_STATE_READ_ONLY;
    return record == NULL ? CORM_STATE_NONE : (corm_object_state)record->state;
}

CORM_API bool corm_in_session(const corm_session *session, const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    return record != NULL && session != NULL && corm__session_at(object) == session &&
           corm__is_in_session(record);
}

CORM_API bool corm_is_marked_deleted(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    return record != NULL && (record->flags & CORM__MARKED_DELETED);
}

CORM_API bool corm_is_modified(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    if (record == NULL)
        return false;
    const corm__mapper *mapper = corm__mapper_at(object);
    if (corm__changed_columns(mapper, object, corm__snapshot_of(object), record) != 0)
        return true;
    if ((record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING) &&
        (~corm__standing_of(record)->unset &
         (~UINT64_C(0) >> (CORM__COLUMN_MAX - mapper->column_count))) != 0)
        return true;
    return record->extra != NULL && corm__links_changed((void *)(uintptr_t)object);
}

CORM_API corm_session *corm_session_of(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    const corm__slab *frozen = record == NULL ? corm__frozen_slab(object) : NULL;
    if (record != NULL)
        return record->expunged ? NULL : corm__session_at(object);
    return frozen != NULL ? frozen->owner : NULL;
}

/* Of any object, a read-only one too; NULL: it is none. */
static const corm__mapper *corm__mapper_if(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    return record != NULL || corm__frozen_slab(object) != NULL ? corm__mapper_at(object) : NULL;
}

CORM_API const corm_model *corm_model_of(const void *object)
{
    const corm__mapper *mapper = corm__mapper_if(object);
    return mapper == NULL ? NULL : mapper->model;
}

CORM_API void *corm_object_as(const void *object, const corm_model *model)
{
    const corm__mapper *mapper = corm__mapper_if(object);
    const corm__mapper *wanted = mapper == NULL ? NULL : corm__mapper_of(mapper->registry, model);
    return wanted != NULL && corm__is_a(mapper, wanted) ? (void *)(uintptr_t)object : NULL;
}

CORM_API bool corm_object_is_unset(const void *object, corm_column_ref column)
{
    corm__record *record = object == NULL ? NULL : corm__recognise(object);
    int index = record == NULL ? -1 : corm__column_in(corm__session_at(object), object, column);
    if (index < 0 || !(corm__unset_of(object) >> index & 1))
        return false;
    /* assigning a value ends it */
    return corm__member_equal(&corm__mapper_at(object)->columns[index], object,
                              corm__snapshot_of(object)) ||
           corm__has_row(record);
}

static void corm__snapshot_clear(corm_session *session, const corm__column *column, void *object)
{
    void *snapshot = corm__snapshot_of(object);
    if (session != NULL)
        corm__retire_member(session, column, snapshot, NULL);
    corm__member_clear(column, snapshot);
}

static corm_status corm__set_bits(void *object, corm_column_ref column, bool unset,
                                  const char *call)
{
    corm__record *record = corm__object_in(NULL, object, call);
    if (record == NULL)
        return corm__status;
    corm_session *session = corm__session_at(object);
    CORM__ENTER(session, CORM_MISUSE);
    int index = corm__column_in(session, object, column);
    if (index < 0)
        return corm__status;
    if (session != NULL && session->running != NULL && object != session->running->object &&
        corm__forbidden(session, CORM__BOUND_ALL, call) != CORM_OK)
        return corm__status;
    uint64_t bit = UINT64_C(1) << index;
    const corm__column *column_info = &corm__mapper_at(object)->columns[index];
    char label[CORM__LABEL_SIZE];
    if (!unset && !corm__is_known(object, column_info))
        return corm__ended(
            corm__fail(session, CORM_NOT_LOADED,
                       "%s: %s.%s is .deferred and not loaded, there is nothing to write (%s): "
                       "corm_load_column it first",
                       call, column_info->owner->model->name, column_info->info->name,
                       corm__label(object, label)));
    if (unset)
        corm__member_clear(column_info, object);
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING) {
        corm__standing_of(record)->unset &=
            ~(bit | corm__default_bit(corm__mapper_at(object), (uint16_t)index));
        corm__standing_of(record)->unset |= unset ? bit : 0;
        if (unset) /* a member that differs from the snapshot would count as assigned */
            corm__snapshot_clear(session, column_info, object);
        return corm__ended(CORM_OK);
    }
    corm__rare *rare = corm__rare_of(object);
    if (rare == NULL)
        return corm__ended(corm__no_memory(session));
    if (session != NULL)
        session->touched++;
    rare->unset = unset ? rare->unset | bit : rare->unset & ~bit;
    rare->touched = unset ? rare->touched & ~bit : rare->touched | bit;
    return corm__ended(CORM_OK);
}

CORM_API corm_status corm_object_touch(void *object, corm_column_ref column)
{
    return corm__set_bits(object, column, false, "corm_touch");
}

CORM_API corm_status corm_object_unset(void *object, corm_column_ref column)
{
    return corm__set_bits(object, column, true, "corm_unset");
}

#endif /* CORM__ROOM_LIFECYCLE_C */
