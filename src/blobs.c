/* blobs.c: single columns that are too large to be read with their rows.
 *
 * Owns: the public calls that load a deferred column of an object.
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
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING)
        return CORM_OK;
    if (record->state == CORM_STATE_DETACHED)
        return corm__is_known(object, column)
                   ? CORM_OK
                   : corm__fail(session, CORM_DETACHED,
                                "%s is detached and its %s is not loaded: add it to a session "
                                "first",
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
    CORM__ENTER(record->session, CORM_MISUSE);
    const int index = corm__column_in(record->session, object, column);
    if (index < 0)
        return corm__status;
    return corm__ended(
        corm__load_one_column(record->session, object, &corm__mapper_at(object)->columns[index]));
}

CORM_API bool corm_object_is_loaded(const void *object, corm_column_ref column)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    const int index = record == NULL ? -1 : corm__column_in(record->session, object, column);
    return index >= 0 && corm__is_known(object, &corm__mapper_at(object)->columns[index]);
}

#endif /* CORM__ROOM_BLOBS_C */
