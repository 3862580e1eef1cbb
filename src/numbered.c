/* numbered.c: keys that the database gives to new rows.
 *
 * Owns: whether a table numbers its rows, the key of an object's new row.
 * Must not know: how rows are written. */
#ifndef CORM__ROOM_NUMBERED_C
#define CORM__ROOM_NUMBERED_C

#include "actions.c"

/* ---- Tables that number their rows ----------------------------------------------------------- */

/* Whether a row of the table has NULL for a key: NULL is the first one. Nobody is told of the statement: it
 * belongs to the INSERT. */
static corm_status corm__look_for_null_key(corm_session *session, const corm__mapper *mapper,
                                           bool *found)
{
    const corm_adapter *adapter = session->engine->adapter;
    corm_failure failure;
    corm_value key;
    *found = false;
    corm__buffer_clear(&session->sql);
    corm__sql_first_key(&session->sql, adapter->dialect, mapper);
    if (session->sql.failed)
        return corm__no_memory(session);
    const corm__prepared *prepared =
        corm__engine_prepare(session->connection, session->sql.data, session->sql.size, &failure);
    corm_status status =
        prepared == NULL ? failure.status : adapter->query(prepared->statement, NULL, 0, &failure);
    if (status == CORM_OK)
        status = adapter->fetch(prepared->statement, &key, 1, found, &failure);
    *found = *found && key.type == CORM_VALUE_NULL;
    if (status != CORM_OK) {
        (void)corm__failure_complete(&failure, status);
        return corm__statement_failed(session, session->sql.data, session->sql.size, NULL, 0, 0,
                                      &failure);
    }
    adapter->reset(prepared->statement);
    return CORM_OK;
}

static CORM__APART corm_status corm__first_numbered(corm_session *session,
                                                    const corm__mapper *mapper)
{
    bool found;
    const corm_status status = corm__look_for_null_key(session, mapper, &found);
    if (status != CORM_OK)
        return status;
    if (found)
        return corm__fail(session, CORM_SCHEMA_MISMATCH,
                          "%s.%s: the table stores NULL for a key that is left out, instead of a "
                          "number: declare the column %s in the table, or give every new %s its "
                          "key",
                          mapper->model->table, mapper->columns[mapper->pk[0]].name,
                          session->engine->adapter->dialect->key_type, mapper->model->name);
    session->connection->numbers[mapper->index] = true;
    return CORM_OK;
}

/* A row without a key was written to the table of `mapper`, which has a single integer key. A table that was made by
 * others may not number its rows: the first one shows it. */
static inline corm_status corm__is_numbered(corm_session *session, const corm__mapper *mapper)
{
    return CORM__LIKELY(session->connection->numbers[mapper->index])
               ? CORM_OK
               : corm__first_numbered(session, mapper);
}

/* ---- The key of an object's new row ---------------------------------------------------------- */

/* Of a new object. */
static inline bool corm__key_is_unset(const corm__mapper *mapper, const corm__record *record)
{
    return mapper->integer_key && (corm__standing_of(record)->unset >> mapper->pk[0] & 1);
}

/* A key that is no INTEGER, or no row. */
static CORM__APART corm_status corm__key_misfit(corm_session *session, void *object,
                                                const corm_result *result)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    char label[CORM__LABEL_SIZE], why[256];
    bool memory = false;
    if (result->changed != 1)
        return corm__fail(session, CORM_DATABASE,
                          "%s: the INSERT of %s stored no row: a trigger or a conflict rule of the "
                          "table swallowed it, or it is a view, whose triggers are not counted",
                          mapper->model->table, corm__label(object, label));
    corm_value key = corm_value_integer(result->last_key);
    if (!corm__member_load(&mapper->columns[mapper->pk[0]], object, &key, &session->heap, &memory,
                           why, sizeof why))
        return corm__fail(session, CORM_DATA, "%s.%s: the database gave key %lld: %s (%s)",
                          mapper->root->model->table, mapper->columns[mapper->pk[0]].name,
                          (long long)result->last_key, why, corm__label(object, label));
    return CORM_OK;
}

/* The key that the database has given to a new row. */
static CORM__INLINE corm_status corm__key_given(corm_session *session, const corm__mapper *mapper,
                                                const corm__seat *seat, const corm_result *result)
{
    corm__standing *standing = corm__standing_of(seat->record);
    const uint64_t bit = UINT64_C(1) << mapper->pk[0];
    const bool stored = CORM__LIKELY(result->changed == 1);
    if (stored && (!mapper->integer_key || !(standing->unset & bit)))
        return CORM_OK;
    const corm__column *column = &mapper->columns[mapper->pk[0]];
    if (!stored || CORM__UNLIKELY(column->kind != CORM_KIND_INTEGER)) {
        const corm_status status = corm__key_misfit(session, seat->object, result);
        if (status != CORM_OK)
            return status;
    } else {
        memcpy((char *)seat->object + column->offset, &result->last_key, sizeof result->last_key);
    }
    standing->unset &= ~bit;
    return CORM_OK;
}

#endif /* CORM__ROOM_NUMBERED_C */
