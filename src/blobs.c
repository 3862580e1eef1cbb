/* blobs.c: single columns that are too large to be read with their rows.
 *
 * Owns: the public calls that load a deferred column of an object, and those that read and write a
 * stored BLOB in pieces.
 * Must not know: SQL text, how a column is written by a flush. */
#ifndef CORM__ROOM_BLOBS_C
#define CORM__ROOM_BLOBS_C

#include "access.c"

/* ---- Deferred columns ------------------------------------------------------------------------ */

static corm_status corm__load_one_column(corm_session *session, void *object,
                                         const corm__column *column)
{
    char label[CORM__LABEL_SIZE];
    void *items[] = {object};
    const corm__vector one = {items, 1, 1};
    const corm__record *record = corm__record_of(object);
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING ||
        corm__is_at_hand(object, column))
        return CORM_OK;
    if (record->state == CORM_STATE_DETACHED && !corm__is_known(object, column))
        return corm__fail(session, CORM_DETACHED,
                          "%s is detached and its %s is not loaded: add it to a session first",
                          corm__label(object, label), column->info->name);
    corm_status status = corm_current(object);
    if (status != CORM_OK || corm__is_known(object, column))
        return status;
    status = corm__usable(session);
    if (status == CORM_OK && record->state == CORM_STATE_PERSISTENT)
        status = corm__column_load(session, column, &one);
    if (status != CORM_OK || corm__is_known(object, column))
        return status;
    return corm__row_missing(session, object);
}

CORM_API corm_status corm_object_load_column(void *object, corm_column_ref column)
{
    corm__record *record = corm__object_in(NULL, object, "corm_load_column");
    if (record == NULL)
        return corm__status;
    CORM__ENTER(corm__session_at(object), CORM_MISUSE);
    const int index = corm__column_in(corm__session_at(object), object, column);
    if (index < 0)
        return corm__status;
    CORM__ERRAND_COLUMN(corm__session_at(object), object, &corm__mapper_at(object)->columns[index]);
    return corm__ended(corm__load_one_column(corm__session_at(object), object,
                                             &corm__mapper_at(object)->columns[index]));
}

CORM_API bool corm_object_is_loaded(const void *object, corm_column_ref column)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    const int index =
        record == NULL ? -1 : corm__column_in(corm__session_at(object), object, column);
    return index >= 0 && corm__is_at_hand(object, &corm__mapper_at(object)->columns[index]);
}

/* ---- Blobs in pieces ------------------------------------------------------------------------- */

/* `object` NULL: it was open already. */
static corm_status corm__blob_failed(corm_session *session, const corm__column *column,
                                     const void *object, corm_status status,
                                     const corm_failure *failure)
{
    char label[CORM__LABEL_SIZE];
    const char *table = column->home->model->table;
    if (status == CORM_ROW_MISSING && object != NULL)
        return corm__row_missing(session, object);
    if (status == CORM_DATA && object != NULL)
        return corm__fail(session, CORM_DATA,
                          "corm_blob_open: %s.%s: %s (%s): write a value first, corm_blob_of_size "
                          "makes one",
                          table, column->name, failure->message, corm__label(object, label));
    if (status == CORM_MISUSE && object != NULL)
        return corm__fail(session, CORM_MISUSE, "corm_blob_open: %s.%s: %s (%s)", table,
                          column->name, failure->message, corm__label(object, label));
    status = corm__fail_native(session, status, failure->native_code, "%s.%s: %s", table,
                               column->name, failure->message);
    session->transaction_lost = session->transaction_lost || failure->transaction_lost;
    return corm__load_failed(session, status);
}

/* The object, its column and the database can do it, and the row is there. */
static corm_status corm__blob_ready(corm_session *session, void *object, const corm__column *column)
{
    char label[CORM__LABEL_SIZE];
    const corm__record *record = corm__record_of(object);
    if (column->kind != CORM_KIND_BLOB)
        return corm__fail(session, CORM_MISUSE, "corm_blob_open: %s.%s is %s, not a BLOB",
                          column->owner->model->name, column->info->name,
                          corm__kind_names[column->base]);
    if (record->state == CORM_STATE_DETACHED || session == NULL)
        return corm__fail(session, CORM_DETACHED,
                          "corm_blob_open: %s is detached: add it to a session first",
                          corm__label(object, label));
    if (!(session->engine->adapter->capabilities & CORM_CAN_BLOB_IO))
        return corm__fail(session, CORM_MISUSE,
                          "corm_blob_open: %s cannot read a blob in pieces: load it with "
                          "corm_load_column",
                          session->engine->adapter->dialect->name);
    corm_status status = corm__usable_for(session, "corm_blob_open");
    if (status == CORM_OK)
        status = corm__autoflush(session);
    if (status == CORM_OK && !corm__has_row(record))
        return corm__fail(session, CORM_NOT_PERSISTED,
                          "corm_blob_open: %s has no row: add it and flush first",
                          corm__label(object, label));
    return status == CORM_OK ? corm__begin(session) : status;
}

/* What is written past the member is read again when it is asked for. */
static corm_status corm__blob_forget(corm_session *session, void *object,
                                     const corm__column *column)
{
    corm__rare *rare = corm__rare_of(object);
    if (rare == NULL)
        return corm__no_memory(session);
    if (column->info->options.deferred)
        corm__deferred_forget(session, object, column);
    else
        rare->expired |= UINT64_C(1) << column->index;
    return CORM_OK;
}

static corm_status corm__blob_open(corm_session *session, void *object, const corm__column *column,
                                   bool writable, corm_blob_handle *handle)
{
    const corm_adapter *adapter = session->engine->adapter;
    const corm__mapper *home = column->home;
    const char *names[CORM__KEY_MAX];
    corm__key key;
    corm_failure failure;
    corm_blob_place place = {.table = corm__sql_table(home),
                             .column = column->name,
                             .key_columns = names,
                             .key = key.values,
                             .key_count = home->pk_count};
    for (uint16_t i = 0; i < home->pk_count; i++)
        names[i] = home->columns[home->pk[i]].name;
    corm__key_read(home, home->pk, home->pk_count, corm__snapshot_of(object), &key);
    corm__failure_clear(&failure);
    corm_status status = adapter->blob_open(session->connection->connection, &place, writable,
                                            &handle->open, &handle->size, &failure);
    if (status != CORM_OK)
        return corm__blob_failed(session, column, object, status, &failure);
    return writable ? corm__blob_forget(session, object, column) : CORM_OK;
}

CORM_API corm_blob_handle *corm_object_blob_open(void *object, corm_column_ref column,
                                                 bool writable)
{
    corm__record *record = corm__object_in(NULL, object, "corm_blob_open");
    if (record == NULL)
        return NULL;
    corm_session *session = corm__session_at(object);
    CORM__ENTER(session, NULL);
    const int index = corm__column_in(session, object, column);
    if (index < 0)
        return NULL;
    const corm__column *own = &corm__mapper_at(object)->columns[index];
    corm_status status = corm__blob_ready(session, object, own);
    if (corm__ended(status) != CORM_OK)
        return NULL;
    corm_blob_handle *handle = corm__allocate_zeroed(1, sizeof *handle);
    if (handle == NULL) {
        (void)corm__no_memory(session);
        return NULL;
    }
    *handle = (corm_blob_handle){.session = session, .column = own, .writable = writable};
    status = corm__blob_open(session, object, own, writable, handle);
    if (status != CORM_OK) {
        if (handle->open != NULL)
            session->engine->adapter->blob_close(handle->open);
        corm__free(handle);
        (void)corm__ended(status);
        return NULL;
    }
    handle->next = session->blobs;
    session->blobs = handle;
    (void)corm__ended(CORM_OK);
    return handle;
}

CORM_API size_t corm_blob_size(const corm_blob_handle *handle)
{
    return handle == NULL ? 0 : handle->size;
}

/* One piece, from `bytes` (writing) or into `out`. */
static corm_status corm__blob_piece(corm_blob_handle *handle, size_t offset, size_t size,
                                    const void *bytes, void *out, const char *call)
{
    corm_session *session = handle->session;
    const corm_adapter *adapter = session->engine->adapter;
    const char *table = handle->column->home->model->table, *name = handle->column->name;
    corm_failure failure;
    corm_status status = corm__usable(session);
    if (status != CORM_OK)
        return status;
    if (handle->open == NULL)
        return corm__fail(session, CORM_MISUSE,
                          "%s: %s.%s: the blob has ended with the transaction or at a savepoint: "
                          "open it again",
                          call, table, name);
    if (bytes != NULL && !handle->writable)
        return corm__fail(session, CORM_MISUSE, "%s: %s.%s was opened for reading only", call,
                          table, name);
    if (offset > handle->size || size > handle->size - offset)
        return corm__fail(
            session, CORM_MISUSE,
            "%s: %s.%s has %zu bytes, %zu from byte %zu on are asked for: a blob does "
            "not grow, write another with corm_blob_of_size",
            call, table, name, handle->size, size, offset);
    if (size == 0)
        return CORM_OK;
    corm__failure_clear(&failure);
    status = bytes != NULL ? adapter->blob_write(handle->open, offset, bytes, size, &failure)
                           : adapter->blob_read(handle->open, offset, out, size, &failure);
    if (status == CORM_STALE_DATA)
        return corm__fail(session, status,
                          "%s: %s.%s: the row was written since the blob was opened: open it again",
                          call, table, name);
    if (status != CORM_OK)
        return corm__blob_failed(session, handle->column, NULL, status, &failure);
    if (bytes != NULL)
        corm__acted(session); /* what is loaded of it is read again when a savepoint is undone */
    return CORM_OK;
}

static corm_status corm__blob_checked(corm_blob_handle *handle, size_t offset, size_t size,
                                      const void *bytes, void *out, const char *call)
{
    if (handle == NULL || (bytes == NULL && out == NULL && size > 0))
        return corm__fail(handle == NULL ? NULL : handle->session, CORM_NULL_ARGUMENT,
                          "%s: the %s is NULL", call, handle == NULL ? "blob" : "buffer");
    CORM__ENTER(handle->session, CORM_MISUSE);
    return corm__ended(corm__blob_piece(handle, offset, size, bytes, out, call));
}

CORM_API corm_status corm_blob_read(corm_blob_handle *handle, size_t offset, void *out, size_t size)
{
    return corm__blob_checked(handle, offset, size, NULL, out, "corm_blob_read");
}

CORM_API corm_status corm_blob_write(corm_blob_handle *handle, size_t offset, const void *bytes,
                                     size_t size)
{
    return corm__blob_checked(handle, offset, size, bytes, NULL, "corm_blob_write");
}

CORM_API corm_status corm_blob_close(corm_blob_handle *handle)
{
    if (handle == NULL)
        return corm__ended(CORM_OK);
    CORM__ENTER(handle->session, CORM_MISUSE);
    corm_blob_handle **place = &handle->session->blobs;
    while (*place != handle)
        place = &(*place)->next;
    *place = handle->next;
    if (handle->open != NULL)
        handle->session->engine->adapter->blob_close(handle->open);
    corm__free(handle);
    return corm__ended(CORM_OK);
}

#endif /* CORM__ROOM_BLOBS_C */
