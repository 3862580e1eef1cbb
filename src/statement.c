/* statement.c: statements that a session runs on its connection.
 *
 * Owns: running them and reading their rows; those that run for every row of a table, whose text is
 * written once in a session and whose prepared statement is kept, so that a row costs neither rendering
 * nor a look-up.
 * Must not know: objects, what the statements are for. */
#ifndef CORM__ROOM_STATEMENT_C
#define CORM__ROOM_STATEMENT_C

#include "connection.c"

/* ---- Running --------------------------------------------------------------------------------- */

/* The end of a statement that failed. */
static CORM__COLD corm_status corm__statement_failed(corm_session *session, const char *sql,
                                                     size_t size, const corm_value *values,
                                                     size_t count, double started,
                                                     corm_failure *failure)
{
    corm_status status = corm__take_failure(session, failure, failure->status);
    corm__report(session, sql, values, count, started, 0, failure);
    (void)corm__failed_sql(session, failure, sql, size);
    return status;
}

/* While a session has one, queries are handed to it instead of being run, and find no row. */
typedef struct corm__looker {
    corm_status (*look)(struct corm__looker *looker, corm_session *session,
                        const corm_value *values, size_t count);
    corm__prepared statement; /* its sql and size only: the text that is looked at */
} corm__looker;

static corm__prepared *corm__see_statement(corm__looker *looker, const char *sql, size_t size)
{
    looker->statement.sql = (char *)(uintptr_t)sql;
    looker->statement.size = size;
    return &looker->statement;
}

/* The prepared statement of a text, terminated at sql[size]; begins the transaction if none is
 * open. NULL: the error is recorded. Valid until the connection is given back. */
static corm__prepared *corm__prepare(corm_session *session, const char *sql, size_t size)
{
    corm_failure failure;
    if (CORM__UNLIKELY(session->looker != NULL))
        return corm__see_statement(session->looker, sql, size);
    if (corm__begin(session) != CORM_OK)
        return NULL;
    corm__prepared *prepared = corm__engine_prepare(session->connection, sql, size, &failure);
    if (CORM__UNLIKELY(prepared == NULL))
        (void)corm__statement_failed(session, sql, size, NULL, 0, 0, &failure);
    return prepared;
}

/* What becomes of the rows of a statement with RETURNING; their bytes are valid during the call. */
typedef struct corm__taker {
    size_t width;
    corm_status (*take)(void *context, const corm_value *row);
    void *context;
    corm_status status; /* of the first row that could not be taken */
} corm__taker;

static corm_status corm__execute_taking(const corm_adapter *adapter, corm_statement *statement,
                                        const corm_value *values, size_t count, corm__taker *taker,
                                        corm_result *result, corm_failure *failure)
{
    corm_value row[CORM__COLUMN_MAX];
    bool more = true;
    corm_status status = adapter->query(statement, values, count, failure);
    while (status == CORM_OK) {
        status = adapter->fetch(statement, row, taker->width, &more, failure);
        if (status != CORM_OK || !more)
            break;
        result->changed++;
        if (taker->status == CORM_OK)
            taker->status = taker->take(taker->context, row);
    }
    return status;
}

/* Runs a statement to its end; `taker` gets its rows, NULL: it has none. The error is recorded and
 * *failure filled in; both `out` and `failure` may be NULL. */
static corm_status corm__execute(corm_session *session, corm__prepared *prepared,
                                 const corm_value *values, size_t count, corm__taker *taker,
                                 corm_result *out, corm_failure *failure)
{
    corm_failure own;
    corm_result result = {0, 0};
    failure = failure != NULL ? failure : &own;
    corm_status status = corm__need_transaction(session, "a statement", failure);
    if (CORM__UNLIKELY(status != CORM_OK))
        return status;
    const double started = corm__watch_start(session);
    corm__prepared *ready = corm__statement_ready(session->connection, prepared, failure);
    if (CORM__UNLIKELY(ready == NULL))
        return corm__statement_failed(session, prepared->sql, prepared->size, values, count,
                                      started, failure);
    const corm_adapter *adapter = session->engine->adapter;
    status = taker == NULL ? adapter->execute(ready->statement, values, count, &result, failure)
                           : corm__execute_taking(adapter, ready->statement, values, count, taker,
                                                  &result, failure);
    if (CORM__UNLIKELY(status != CORM_OK)) {
        (void)corm__failure_complete(failure, status);
        return corm__statement_failed(session, ready->sql, ready->size, values, count, started,
                                      failure);
    }
    corm__report(session, ready->sql, values, count, started, result.changed, NULL);
    if (out != NULL)
        *out = result;
    return CORM_OK;
}

/* ---- Reading rows ---------------------------------------------------------------------------- */

/* Rows being read. The values belong to the caller and must live until the end. Ended by its last
 * row, by an error, or by corm__cursor_end; commit and rollback end it too. */
typedef struct corm__cursor {
    corm__prepared *prepared;
    corm_statement *statement; /* of it */
    const corm_adapter *adapter;
    const corm_value *values;
    size_t value_count;
    double started;
    int64_t rows;
    uint64_t hold; /* pooled->hold when it was started */
    bool open;
} corm__cursor;

static corm_status corm__cursor_start(corm_session *session, corm__cursor *cursor,
                                      corm__prepared *prepared, const corm_value *values,
                                      size_t count)
{
    corm_failure failure;
    memset(cursor, 0, sizeof *cursor);
    if (CORM__UNLIKELY(session->looker != NULL))
        return session->looker->look(session->looker, session, values, count);
    corm_status status = corm__need_transaction(session, "a query", &failure);
    if (CORM__UNLIKELY(status != CORM_OK))
        return status;
    corm__pooled *pooled = session->connection;
    const double started = corm__watch_start(session);
    corm__prepared *ready = corm__statement_ready(pooled, prepared, &failure);
    if (CORM__UNLIKELY(ready == NULL))
        return corm__statement_failed(session, prepared->sql, prepared->size, values, count,
                                      started, &failure);
    status = session->engine->adapter->query(ready->statement, values, count, &failure);
    if (CORM__UNLIKELY(status != CORM_OK)) {
        (void)corm__failure_complete(&failure, status);
        return corm__statement_failed(session, ready->sql, ready->size, values, count, started,
                                      &failure);
    }
    ready->running = true;
    pooled->running++;
    session->linkings++; /* by its rows */
    cursor->prepared = ready;
    cursor->statement = ready->statement;
    cursor->adapter = session->engine->adapter;
    cursor->values = values;
    cursor->value_count = count;
    cursor->started = started;
    cursor->hold = pooled->hold;
    cursor->open = true;
    return CORM_OK;
}

/* Whether the query still runs: the transaction may have ended under it, and the statement may even
 * run for another session by now. */
static bool corm__cursor_lives(const corm_session *session, const corm__cursor *cursor)
{
    return session->connection != NULL && session->connection->hold == cursor->hold &&
           cursor->prepared->running;
}

static void corm__cursor_close(corm_session *session, corm__cursor *cursor)
{
    cursor->open = false;
    cursor->prepared->running = false;
    session->connection->running--;
}

/* There is no transaction for the next row. */
static CORM__COLD corm_status corm__cursor_died(corm_session *session, corm__cursor *cursor)
{
    cursor->open = false;
    return corm__fail(session, CORM_MISUSE,
                      "the transaction has ended before the last row of its query was read: read "
                      "a stream to its end, or close it, before");
}

/* No row came. */
static CORM__COLD corm_status corm__cursor_finish(corm_session *session, corm__cursor *cursor,
                                                  corm_status status, corm_failure *failure)
{
    const corm__prepared *prepared = cursor->prepared;
    corm__cursor_close(session, cursor);
    if (CORM__UNLIKELY(status != CORM_OK)) {
        (void)corm__failure_complete(failure, status);
        return corm__statement_failed(session, prepared->sql, prepared->size, cursor->values,
                                      cursor->value_count, cursor->started, failure);
    }
    corm__report(session, prepared->sql, cursor->values, cursor->value_count, cursor->started,
                 cursor->rows, NULL);
    return CORM_OK;
}

/* The next row into `row`, whose bytes are valid until the next call on this cursor; *has_row
 * false: there was none, and the cursor is closed. */
static CORM__INLINE corm_status corm__cursor_fetch(corm_session *session, corm__cursor *cursor,
                                                   corm_value *row, size_t width, bool *has_row)
{
    corm_failure failure;
    bool there = false;
    *has_row = false;
    if (CORM__UNLIKELY(!cursor->open))
        return CORM_OK;
    if (CORM__UNLIKELY(!corm__cursor_lives(session, cursor)))
        return corm__cursor_died(session, cursor);
    corm__failure_clear(&failure);
    const corm_status status =
        cursor->adapter->fetch(cursor->statement, row, width, &there, &failure);
    if (CORM__UNLIKELY(status != CORM_OK || !there))
        return corm__cursor_finish(session, cursor, status, &failure);
    cursor->rows++;
    *has_row = true;
    return CORM_OK;
}

/* Ends it before its last row; harmless if it has ended. */
static void corm__cursor_end(corm_session *session, corm__cursor *cursor)
{
    if (!cursor->open)
        return;
    if (!corm__cursor_lives(session, cursor)) {
        cursor->open = false;
        return;
    }
    session->engine->adapter->reset(cursor->prepared->statement);
    corm__cursor_close(session, cursor);
    corm__report(session, cursor->prepared->sql, cursor->values, cursor->value_count,
                 cursor->started, cursor->rows, NULL);
}

/* ---- Statements for every row ---------------------------------------------------------------- */

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
