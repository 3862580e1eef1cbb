/* deferred.c: columns that are not read with their rows.
 *
 * Owns: which of them are at hand, reading one of them for many rows at once.
 * Must not know: which calls and queries ask for it, how anything is written. */
#ifndef CORM__ROOM_DEFERRED_C
#define CORM__ROOM_DEFERRED_C

#include "link.c"

/* Whether nothing is to be read for the member: it was assigned since it expired, or did not. */
static bool corm__is_at_hand(const void *object, const corm__column *column)
{
    const corm__record *record = corm__record_of(object);
    const uint64_t bit = UINT64_C(1) << column->index;
    const bool expired =
        record->state == CORM_STATE_DETACHED ? record->generation == 0 : corm__is_expired(object);
    if (!expired && !(corm__rare_read(record)->expired & bit))
        return corm__is_known(object, column);
    return (corm__bits_of(object, record) & bit) != 0 ||
           !corm__member_equal(column, object, corm__snapshot_of(object));
}

/* The value does not fit: told with the key of its row, with which `row` begins. */
static CORM__COLD corm_status corm__column_misfit(corm_session *session, const corm__column *column,
                                                  bool memory, const char *why,
                                                  const corm_value *row)
{
    const corm__mapper *owner = column->owner;
    corm_value whole[CORM__COLUMN_MAX];
    for (size_t i = 0; i < owner->pk_count; i++)
        whole[owner->pk[i]] = row[i];
    return corm__load_misfit(session, column, memory, why, whole);
}

/* The value from the row, which is its key and then the column; the program's own has precedence. */
static corm_status corm__deferred_put(corm_session *session, void *object,
                                      const corm__column *column, const corm_value *row)
{
    const corm_value *value = &row[column->owner->pk_count];
    const corm__mapper *mapper = corm__mapper_at(object);
    void *snapshot = corm__snapshot_of(object);
    char why[256];
    bool memory = false;
    void *fresh = corm__arena_allocate(&session->scratch, mapper->size);
    corm__rare *rare = corm__rare_of(object);
    if (fresh == NULL || rare == NULL)
        return corm__no_memory(session);
    memset(fresh, 0, mapper->size);
    if (!corm__member_load(column, fresh, value, &session->heap, &memory, why, sizeof why))
        return corm__column_misfit(session, column, memory, why, row);
    if (corm__member_equal(column, object, snapshot))
        corm__member_copy(column, object, fresh);
    corm__snapshot_replace(session, column, corm__record_of(object), snapshot, fresh);
    rare->loaded |= UINT64_C(1) << column->index;
    return CORM_OK;
}

/* The member is not known any more; it equals its snapshot. */
static void corm__deferred_forget(corm_session *session, void *object, const corm__column *column)
{
    corm__record *record = corm__record_of(object);
    corm__unset_ends(object, record);
    corm__retire_member(session, column, corm__snapshot_of(object), corm__imaged(record, column));
    corm__member_clear(column, object);
    corm__member_clear(column, corm__snapshot_of(object));
    corm__unload(record, corm__mapper_at(object), UINT64_C(1) << column->index);
}

/* What was written as corm_blob_of_size has no bytes in memory. */
static void corm__zeros_forget(corm_session *session, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        if (column->kind == CORM_KIND_BLOB && (mapper->deferred >> i & 1) &&
            corm__read_blob(corm__member_at(column, object)).data == corm__zeros)
            corm__deferred_forget(session, object, column);
    }
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* Takes a row: the key, and the column behind it. */
typedef corm_status (*corm__column_taker)(corm_session *session, const corm__column *column,
                                          const corm_value *row, void *argument);

static corm_status corm__column_chunk(corm_session *session, const corm__column *column,
                                      void **objects, size_t count, corm__struct_place place,
                                      corm__column_taker take, void *argument)
{
    const corm__mapper *owner = column->owner;
    const size_t size = corm__statement_size(count), width = owner->pk_count;
    corm_value row[CORM__KEY_MAX + 1];
    corm__cursor cursor;
    bool more = true;
    corm_value *values = corm__arena_allocate(&session->scratch, size * width * sizeof *values);
    corm__key *keys = corm__arena_allocate(&session->scratch, count * sizeof *keys);
    if (values == NULL || keys == NULL)
        return corm__no_memory(session);
    for (size_t i = 0; i < size; i++) { /* the last key again, up to the statement's size */
        corm__key *key = &keys[i < count ? i : count - 1];
        if (i < count)
            corm__key_read(owner, owner->pk, width, place(objects[i]), key);
        memcpy(&values[i * width], key->values, width * sizeof *values);
    }
    corm__buffer_clear(&session->sql);
    corm__sql_column_of(&session->sql, session->engine->adapter->dialect, column, size);
    corm__prepared *prepared = corm__for_reading(session, corm__prepare_sql(session));
    if (prepared == NULL)
        return session->error.status;
    corm_status status = corm__cursor_start(session, &cursor, prepared, values, size * width);
    while (status == CORM_OK) {
        status = corm__cursor_fetch(session, &cursor, row, width + 1, &more);
        if (status != CORM_OK || !more)
            break;
        status = take(session, column, row, argument);
    }
    corm__cursor_end(session, &cursor);
    return status == CORM_OK ? CORM_OK : corm__load_failed(session, status);
}

/* The column of all these rows, in few statements. */
static corm_status corm__column_rows(corm_session *session, const corm__column *column,
                                     const corm__vector *objects, corm__struct_place place,
                                     corm__column_taker take, void *argument)
{
    const size_t most =
        corm__keys_most(session->engine->adapter->dialect->max_parameters, column->owner->pk_count);
    corm_status status = CORM_OK;
    corm__scratch_begin(session);
    for (size_t i = 0; i < objects->count && status == CORM_OK; i += most)
        status = corm__column_chunk(session, column, objects->items + i,
                                    objects->count - i < most ? objects->count - i : most, place,
                                    take, argument);
    corm__scratch_end(session);
    return status;
}

static corm_status corm__take_column(corm_session *session, const corm__column *column,
                                     const corm_value *row, void *argument)
{
    void *object = corm__identity_find(session, column->owner, row);
    (void)argument;
    return object == NULL || corm__is_known(object, column)
               ? CORM_OK
               : corm__deferred_put(session, object, column, row);
}

/* Of these objects those that are of the column's model and do not know it. */
static corm_status corm__column_load(corm_session *session, const corm__column *column,
                                     const corm__vector *objects)
{
    corm__vector wanting = {NULL, 0, 0};
    corm_status status = CORM_OK;
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++) {
        void *object = objects->items[i];
        if (corm__is_a(corm__mapper_at(object), column->owner) &&
            corm__has_row(corm__record_of(object)) && !corm__is_known(object, column) &&
            !corm__vector_push(&wanting, object))
            status = corm__no_memory(session);
    }
    if (status == CORM_OK)
        status = corm__column_rows(session, column, &wanting, corm__struct_stored,
                                   corm__take_column, NULL);
    corm__vector_free(&wanting);
    return status;
}

#endif /* CORM__ROOM_DEFERRED_C */
