/* statement.c: the statements that run for every row of a table.
 *
 * Owns: their text, written once in a session, and the prepared statement on the connection that
 * the session holds, so that a row costs neither rendering nor a look-up.
 * Must not know: objects, what the statements are for. */
#ifndef CORM__ROOM_STATEMENT_C
#define CORM__ROOM_STATEMENT_C

#include "engine.c"

/* The columns that an INSERT without the columns `columns`, or an UPDATE of them, returns: what the
 * database alone knows. 0 where it cannot, or there is nothing to tell. */
static uint64_t corm__statement_returns(const corm_session *session, const corm__mapper *mapper,
                                        corm__verb verb, uint64_t columns)
{
    const unsigned can = session->engine->adapter->capabilities;
    if (!(can & CORM_CAN_RETURNING))
        return 0;
    const uint64_t own = mapper->parts[mapper->part_count - 1].columns;
    if (verb != CORM__VERB_INSERT)
        return mapper->generated & own;
    uint64_t made = (mapper->generated | (mapper->server_defaults & columns)) & own;
    bool key = mapper->integer_key && (made != 0 || !(can & CORM_CAN_LAST_KEY));
    return made | (key ? UINT64_C(1) << mapper->pk[0] : 0);
}

static void corm__statement_render(corm_session *session, const corm__mapper *mapper,
                                   corm__verb verb, uint64_t columns)
{
    const corm_dialect *dialect = session->engine->adapter->dialect;
    const uint64_t returned = corm__statement_returns(session, mapper, verb, columns);
    corm__buffer_clear(&session->sql);
    switch (verb) {
    case CORM__VERB_INSERT:
        corm__sql_insert(&session->sql, dialect, mapper, columns, returned);
        break;
    case CORM__VERB_UPDATE:
        corm__sql_update(&session->sql, dialect, mapper, columns, 0, returned);
        break;
    case CORM__VERB_DELETE: corm__sql_delete(&session->sql, dialect, mapper); break;
    default: corm__sql_get(&session->sql, dialect, mapper); break;
    }
}

/* The prepared statement of session->sql. NULL: the error is recorded. */
static corm__prepared *corm__prepare_sql(corm_session *session)
{
    if (!session->sql.failed)
        return corm__prepare(session, session->sql.data, session->sql.size);
    (void)corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory while SQL was written");
    return NULL;
}

/* INSERT without these columns, UPDATE of these columns, DELETE, or SELECT of one row by its key.
 * Begins a transaction if none is open. NULL: the error is recorded. */
static corm__prepared *corm__statement_of(corm_session *session, const corm__mapper *mapper,
                                          corm__verb verb, uint64_t columns)
{
    corm__statement *known = &corm__store_of(session, mapper)->statements[verb];
    if (CORM__LIKELY(known->prepared != NULL && known->columns == columns) &&
        CORM__LIKELY(session->looker == NULL)) {
        if (session->connection == NULL && corm__begin(session) != CORM_OK)
            return NULL;
        if (known->connection == session->connection && known->hold > known->connection->tidied)
            return known->prepared;
    }
    corm__statement_render(session, mapper, verb, columns);
    corm__prepared *prepared = corm__prepare_sql(session);
    if (prepared != NULL && session->looker == NULL)
        *known =
            (corm__statement){prepared, session->connection, session->connection->hold, columns};
    return prepared;
}

#endif /* CORM__ROOM_STATEMENT_C */
