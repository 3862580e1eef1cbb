/* load.c: from a row to an object.
 *
 * Owns: making an object of a row, or filling an expired one.
 * Must not know: where the row comes from, how changes are written, how both ends of a relationship are
 * kept in agreement. */
#ifndef CORM__ROOM_LOAD_C
#define CORM__ROOM_LOAD_C

#include "hooks.c"
#include "joins.c"

enum {
    CORM__ROW_MAX = CORM__COLUMN_MAX + CORM__KEY_MAX,
    CORM__SIBLINGS_MAX = 1000 /* objects for which one statement loads a relationship */
};

/* ---- One row --------------------------------------------------------------------------------- */

/* "in the row id = 3" */
static void corm__row_key_text(corm__buffer *text, const corm__mapper *mapper,
                               const corm_value *row)
{
    for (size_t i = 0; i < mapper->pk_count; i++) {
        corm__buffer_format(text, "%s%s = ", i > 0 ? ", " : "in the row ",
                            mapper->columns[mapper->pk[i]].name);
        corm__value_literal(text, &row[mapper->pk[i]]);
    }
}

/* `row` has the values of all columns, or of the key at least. */
static CORM__COLD corm_status corm__load_misfit(corm_session *session, const corm__column *column,
                                                bool memory, const char *why, const corm_value *row)
{
    if (memory)
        return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s was loaded",
                            column->home->model->table);
    corm__buffer text = {.data = NULL};
    corm__buffer_text(&text, " (");
    corm__row_key_text(&text, column->owner, row);
    corm__buffer_text(&text, ")");
    const corm_status status =
        corm__poison(session, CORM_DATA, "%s.%s: %s%s", column->home->model->table, column->name,
                     why, text.failed || text.data == NULL ? "" : text.data);
    corm__buffer_free(&text);
    return status;
}

/* A deferred column is to be loaded again on request, unless this transaction has written it. `empty`
 * is a struct of zeros. */
static void corm__put_away(corm_session *session, const corm__column *column, void *object,
                           const void *empty, bool kept)
{
    corm__record *record = corm__record_of(object);
    void *snapshot = corm__snapshot_of(object);
    const void *before = corm__imaged(record, column);
    if (before != NULL && !corm__member_equal(column, snapshot, before))
        return;
    if (!kept)
        corm__member_clear(column, object);
    corm__snapshot_replace(session, column, record, snapshot, empty);
}

/* These deferred columns are not known any more. Needs no memory: where nothing says which were loaded
 * all the same, others that are empty are not known either. */
static void corm__unload(corm__record *record, const corm__mapper *mapper, uint64_t columns)
{
    corm__rare *rare = corm__rare_known(record);
    if (rare != NULL)
        rare->loaded = (record->deferred ? rare->loaded : mapper->deferred) & ~columns;
    record->deferred = true;
}

/* Whether the member tells what is stored, or what the program has assigned. */
static bool corm__is_known(const void *object, const corm__column *column)
{
    const corm__record *record = corm__record_of(object);
    const uint64_t bit = UINT64_C(1) << column->index;
    if (!record->deferred || !column->info->options.deferred)
        return true;
    if ((corm__rare_read(record)->loaded | corm__bits_of(object, record)) & bit)
        return true;
    return !corm__member_is_clear(column, object);
}

/* Writes the row into the object's snapshot, and into those members that the program has not
 * changed. Columns outside of `wanted` stay. */
static corm_status corm__fill(corm_session *session, void *object, const corm_value *row,
                              uint64_t wanted)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    char *snapshot = corm__snapshot_of(object), why[256], scratch[CORM__SCRATCH];
    const uint64_t away = mapper->deferred & wanted;
    void *fresh = corm__arena_allocate(&session->scratch, mapper->size);
    if (fresh == NULL)
        return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s was loaded",
                            mapper->model->table);
    corm__unset_ends(object, record);
    const uint64_t taken = corm__bits_of(object, record);
    memset(fresh, 0, mapper->size);
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        bool memory = false,
             kept = column != mapper->version &&
                    ((taken >> i & 1) || !corm__member_equal(column, object, snapshot));
        if (!(wanted >> i & 1))
            continue;
        if (CORM__UNLIKELY(away >> i & 1)) {
            corm__put_away(session, column, object, fresh, kept);
            continue;
        }
        corm_value known = corm__member_value(column, snapshot, scratch);
        if (column->kind != CORM_KIND_CUSTOM && corm__value_equal(&known, &row[i]))
            continue;
        /* what this transaction has written, a rollback restores whole */
        if (record->imaged && !corm__journal_image(session, object, UINT64_C(1) << i))
            return corm__load_misfit(session, column, true, why, row);
        if (!corm__member_load(column, fresh, &row[i], &session->heap, &memory, why, sizeof why))
            return corm__load_misfit(session, column, memory, why, row);
        if (!kept)
            corm__member_copy(column, object, fresh);
        corm__snapshot_replace(session, column, record, snapshot, fresh);
    }
    record->generation = session->generation;
    corm__standing_of(record)->batch = NULL;
    if ((wanted & mapper->foreign_keys) != 0)
        record->flags &= (uint16_t)~CORM__UNSAID;
    if (away != 0)
        corm__unload(record, mapper, away);
    if (corm__rare_known(record) != NULL)
        record->extra->rare->expired &= ~wanted;
    return CORM_OK;
}

/* The commonest kinds with values that are as they should be; false: corm__member_load knows. Texts are
 * copied into the heap; NULL: borrowed. */
static CORM__INLINE bool corm__member_load_quickly(const corm__column *column, char *object,
                                                   const corm_value *value, corm__heap *heap)
{
    const unsigned type = (unsigned)value->type;
    if (CORM__UNLIKELY(type != column->plain))
        return false;
    char *at = object + column->offset;
    if (type != CORM_VALUE_TEXT) { /* an integer or a real, in eight bytes either */
        memcpy(at, &value->as, sizeof(int64_t));
        return true;
    }
    const char *text = value->as.bytes;
    if (heap != NULL)
        text = corm__heap_line(heap, text, value->size);
    else if (!corm__is_line(text, value->size))
        text = NULL;
    memcpy(at, &text, sizeof text);
    return text != NULL;
}
_Static_assert(sizeof(double) == sizeof(int64_t), "corm: a REAL has eight bytes");

/* A member about which there is something to be said, or whose value, the row's i-th, takes some
 * work. */
static CORM__APART bool corm__load_rarely(corm_session *session, const corm__mapper *mapper,
                                          uint16_t i, const corm_value *value, void *object,
                                          corm_status *status)
{
    char why[256];
    bool memory = false;
    const corm__column *column = &mapper->columns[i];
    if ((mapper->deferred >> i & 1) != 0) /* a row has NULL in its place */
        return true;
    if (corm__member_load(column, object, value, &session->heap, &memory, why, sizeof why))
        return true;
    *status = corm__load_misfit(session, column, memory, why, value - i);
    return false;
}

/* The row's object cannot be made. */
static CORM__COLD corm_status corm__unmake(corm_session *session, const corm__mapper *mapper,
                                           void *object, corm_status status)
{
    memset(object, 0, mapper->size);
    corm__object_drop(session, object);
    return status;
}

static CORM__COLD corm_status corm__no_room(corm_session *session, const corm__mapper *mapper)
{
    return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s was loaded",
                        mapper->model->table);
}

/* A new object of the row. `place`: where the identity map expects it under the key, which has room;
 * NULL: it is to be looked for. */
static CORM__INLINE corm_status corm__make(corm_session *session, corm__mapper *mapper,
                                           const corm_value *row, corm__shelf shelf, void **place,
                                           uint64_t key, void **out)
{
    corm__seat seat;
    corm_status status = CORM_OK;
    if ((place == NULL && !corm__identity_reserve(shelf.map, 1)) ||
        !corm__seat_take(session, shelf.store, mapper, &seat))
        return corm__no_room(session, mapper);
    *seat.record = (corm__record){.flags = CORM__LIVE,
                                  .state = CORM_STATE_PERSISTENT,
                                  .deferred = mapper->deferred != 0,
                                  .generation = session->generation};
    if (!mapper->dense)
        memset(seat.object, 0, mapper->size);
    const corm__column *column = mapper->columns, *end = column + mapper->column_count;
    for (const corm_value *value = row; column < end; column++, value++)
        if (CORM__UNLIKELY(
                !corm__member_load_quickly(column, seat.object, value, &session->heap)) &&
            !corm__load_rarely(session, mapper, column->index, value, seat.object, &status))
            return corm__unmake(session, mapper, seat.object, status);
    memcpy(seat.snapshot, seat.object, mapper->size);
    *out = seat.object;
    if (place == NULL) {
        corm__identity_enter(session, mapper, seat.object);
        return CORM_OK;
    }
    corm__identity_fill(shelf.map, place, key, seat.object);
    return CORM_OK;
}

/* The same, of a row whose key is in no object. */
static CORM__APART corm_status corm__make_new(corm_session *session, corm__mapper *mapper,
                                              const corm_value *row, void **out)
{
    return corm__make(session, mapper, row, corm__shelf_of(session, mapper), NULL, 0, out);
}

/* An object cannot become one of another struct. */
static corm_status corm__kind_changed(corm_session *session, const void *object,
                                      const corm__mapper *mapper)
{
    char label[CORM__LABEL_SIZE];
    return corm__poison(
        session, CORM_DATA,
        "%s.%s: the row of %s has become one of %s: expunge the object, and load it "
        "anew",
        mapper->discriminator->home->model->table, mapper->discriminator->name,
        corm__label(object, label), mapper->model->name);
}

/* The row of an object that is in the session: it is filled if it is expired. */
static CORM__APART corm_status corm__row_again(corm_session *session, const corm__mapper *mapper,
                                               const corm_value *row, bool hooked, void *object)
{
    CORM__LOADED(session, object);
    corm__record *record = corm__record_of(object);
    uint64_t wanted = corm__rare_read(record)->expired;
    if (record->generation != session->generation)
        wanted = ~UINT64_C(0);
    if (CORM__UNLIKELY(record->flags & CORM__UNSAID))
        record->flags &= (uint16_t)~CORM__UNSAID;
    if (wanted == 0)
        return CORM_OK;
    if (CORM__UNLIKELY(corm__mapper_at(object) != mapper))
        return corm__kind_changed(session, object, mapper);
    corm_status status =
        hooked ? corm__call_load(session, CORM__HOOK_before_load, object) : CORM_OK;
    if (status == CORM_OK)
        status = corm__fill(session, object, row, wanted);
    return hooked && status == CORM_OK ? corm__call_load(session, CORM__HOOK_after_load, object)
                                       : status;
}

/* The object of a row: the one in the session (filled if it is expired), or a new one. `hooked`:
 * there are hooks to be called for what is made or filled. */
static CORM__INLINE corm_status corm__object_on_shelf(corm_session *session, corm__mapper *mapper,
                                                      corm__shelf shelf, const corm_value *row,
                                                      bool hooked, void **out)
{
    void **place = NULL, *object = NULL;
    uint64_t number = 0;
    if (CORM__LIKELY(mapper->integer_key)) {
        const corm_value *key = &row[mapper->pk[0]];
        if (CORM__UNLIKELY(key->type != CORM_VALUE_INTEGER))
            return corm__load_misfit(session, &mapper->columns[mapper->pk[0]], false,
                                     key->type == CORM_VALUE_NULL ? corm__null_in_key
                                                                  : "the key is not an integer",
                                     row);
        number = (uint64_t)key->as.integer;
        place = corm__identity_place_made(shelf.map, number);
        if (CORM__UNLIKELY(place == NULL))
            return corm__no_room(session, mapper);
        object = *place;
        if (CORM__UNLIKELY(!mapper->plain_key))
            place = NULL;
    } else {
        corm_value key[CORM__KEY_MAX];
        for (size_t i = 0; i < mapper->pk_count; i++)
            key[i] = row[mapper->pk[i]];
        object = corm__identity_find(session, mapper->root, key);
    }
    if (object != NULL) {
        *out = object;
        return corm__row_again(session, mapper, row, hooked, object);
    }
    const corm_status status = corm__make(session, mapper, row, shelf, place, number, out);
    if (CORM__UNLIKELY(status != CORM_OK))
        return status;
    CORM__LOADED(session, *out);
    return CORM__UNLIKELY(hooked) ? corm__call_load(session, CORM__HOOK_after_load, *out) : CORM_OK;
}

static CORM__APART corm_status corm__object_of_row(corm_session *session, corm__mapper *mapper,
                                                   const corm_value *row, bool hooked, void **out)
{
    return corm__object_on_shelf(session, mapper, corm__shelf_of(session, mapper), row, hooked,
                                 out);
}

/* The row of a model of which there are kinds says of which one it is, or something else. */
static corm_status corm__kind_misfit(corm_session *session, const corm__mapper *mapper,
                                     const corm_value *row)
{
    corm__buffer text = {.data = NULL};
    const corm__column *column = mapper->discriminator;
    corm__value_literal(&text, &row[column->index]);
    corm__buffer_text(&text, " ");
    corm__row_key_text(&text, mapper, row);
    corm_status status = corm__poison(
        session, CORM_DATA, "%s.%s: %s is no .identity of %s or a model that inherits from it",
        column->home->model->table, column->name,
        text.failed || text.data == NULL ? "a value" : text.data, mapper->model->name);
    corm__buffer_free(&text);
    return status;
}

/* Of which model a row of a hierarchy is; *row becomes the row as that model has it, perhaps in
 * `own`. */
static corm_status corm__kind_of_row(corm_session *session, corm__mapper *mapper,
                                     corm_value own[CORM__COLUMN_MAX], const corm_value **row,
                                     corm__mapper **model)
{
    *model = corm__model_of_row(mapper, *row);
    if (*model == NULL)
        return corm__kind_misfit(session, mapper, *row);
    if (*model != mapper) {
        corm__row_of_heir(mapper, *model, *row, own);
        *row = own;
    }
    return CORM_OK;
}

static corm_status corm__object_of_kind(corm_session *session, corm__mapper *mapper,
                                        const corm_value *row, void **out)
{
    corm_value own[CORM__COLUMN_MAX];
    corm__mapper *model;
    corm_status status = corm__kind_of_row(session, mapper, own, &row, &model);
    if (status != CORM_OK)
        return status;
    return corm__object_of_row(session, model, row, corm__is_load_hooked(session, model), out);
}

#endif /* CORM__ROOM_LOAD_C */
