/* engine.c: what a session does on its connection.
 *
 * Owns: the beginning and the end of its transaction in the database, running statements and reading
 * rows.
 * Must not know: objects, what a statement means, what happens to objects at commit and
 * rollback. */
#ifndef CORM__ROOM_ENGINE_C
#define CORM__ROOM_ENGINE_C

#include "report.c"

/* ---- The transaction ------------------------------------------------------------------------- */

/* Without a transaction. */
static void corm__leave_connection(corm_session *session, bool broken)
{
    corm__pooled *pooled = session->connection;
    corm__streams_keep(session);
    session->connection = NULL;
    session->transaction_lost = false;
    session->transaction_start = 0;
    corm__engine_release(session->engine, pooled, broken);
}

/* Gives the connection back, after commit or rollback; broken: it is closed. What was retired until
 * now is released when the next transaction begins. */
static void corm__give_back(corm_session *session, bool broken)
{
    session->retired_mark = session->retired_count;
    corm__leave_connection(session, broken);
}

/* Releases what was retired before the last transaction ended, and keeps what came after it. */
static void corm__release_retired(corm_session *session)
{
    const size_t mark = session->retired_mark;
    corm__row_lists_free(session, false);
    if (mark == 0)
        return;
    for (size_t i = 0; i < mark; i++)
        corm__heap_release(&session->heap, session->retired[i].block, session->retired[i].size);
    session->retired_count -= mark;
    memmove(session->retired, session->retired + mark,
            session->retired_count * sizeof *session->retired);
    session->retired_mark = 0;
}

static corm_status corm__adapter_savepoint(corm_session *session, uint64_t id,
                                           corm_failure *failure);

/* Savepoints that were begun before the first statement of the transaction. */
static corm_status corm__begin_savepoints(corm_session *session)
{
    corm_failure failure;
    corm_status status = CORM_OK;
    for (size_t i = 0; i < session->mark_count && status == CORM_OK; i++)
        status = corm__adapter_savepoint(session, i + 1, &failure);
    return status;
}

/* Takes a connection and begins a transaction, if none is open. */
static corm_status corm__begin(corm_session *session)
{
    corm_status status = corm__usable(session);
    if (status != CORM_OK || CORM__LIKELY(session->connection != NULL))
        return status;
    corm_engine *engine = session->engine;
    corm_error error;
    /* what begins with a flush is going to write: it does not read first what others may change */
    const bool writer = session->options.writer || session->flushing || session->writing;
    status = corm__engine_acquire(engine, writer, &session->connection, &error);
    if (status != CORM_OK)
        return corm__fail_native(session, status, error.native_code, "%s", error.message);
    session->transactions++;
    corm_connection *connection = session->connection->connection;
    corm_failure failure;
    corm__failure_clear(&failure);
    session->transaction_start = session->echo != NULL ? corm__clock() : 0;
    const double started = corm__watch_start(session);
    status = engine->adapter->begin(connection, writer, &failure);
    if (status == CORM_OK) {
        corm__report(session, "BEGIN", NULL, 0, started, -1, NULL);
        corm__release_retired(session);
        if (session->frozen != NULL)
            corm__frozen_release(session);
        status = corm__begin_savepoints(session);
        if (CORM__LIKELY(status == CORM_OK))
            return CORM_OK;
    } else {
        status = corm__failure_complete(&failure, status);
        corm__report(session, "BEGIN", NULL, 0, started, -1, &failure);
        (void)corm__failed(session, &failure, "BEGIN");
    }
    /* Half a beginning must not stay; a connection that cannot even roll back is lost. */
    corm_failure ignored;
    corm__failure_clear(&ignored);
    corm__leave_connection(session, engine->adapter->rollback(connection, &ignored) != CORM_OK);
    return status;
}

CORM_API bool corm_in_transaction(const corm_session *session)
{
    return session != NULL && session->connection != NULL && !session->transaction_lost;
}

CORM_API void *corm_native_handle(corm_session *session)
{
    CORM__ENTER(session, NULL);
    if (corm__begin(session) != CORM_OK)
        return NULL;
    corm__status = CORM_OK;
    return session->engine->adapter->handle(session->connection->connection);
}

/* The end of one of the calls below. */
static corm_status corm__finish_call(corm_session *session, const char *what, double started,
                                     corm_status status, corm_failure *failure)
{
    if (status == CORM_OK) {
        corm__report(session, what, NULL, 0, started, -1, NULL);
        return CORM_OK;
    }
    status = corm__take_failure(session, failure, status);
    corm__report(session, what, NULL, 0, started, -1, failure);
    return corm__failed(session, failure, what);
}

/* Whether there is a transaction for `what` to work in. */
static corm_status corm__need_transaction(corm_session *session, const char *what,
                                          corm_failure *failure)
{
    corm__failure_clear(failure);
    if (CORM__LIKELY(session->connection != NULL && !session->transaction_lost))
        return CORM_OK;
    corm__failure_set(failure, CORM_PENDING_ROLLBACK,
                      "there is no transaction: the database has ended it, or it is over");
    return corm__failed(session, failure, what);
}

/* Blobs that are open end before the transaction ends or is marked: SQL does neither while one is
 * written. */
static void corm__blobs_end(corm_session *session)
{
    for (corm_blob_handle *handle = session->blobs; handle != NULL; handle = handle->next) {
        if (handle->open != NULL)
            session->engine->adapter->blob_close(handle->open);
        handle->open = NULL;
    }
}

/* The connection is kept until corm__give_back. A commit that fails may leave the transaction open.
 * */
static corm_status corm__adapter_commit(corm_session *session, corm_failure *failure)
{
    corm_failure own;
    failure = failure != NULL ? failure : &own;
    corm_status status = corm__need_transaction(session, "COMMIT", failure);
    if (status != CORM_OK)
        return status;
    corm__streams_keep(session);
    corm__statements_stop(session->connection);
    corm__blobs_end(session);
    const double started = corm__watch_start(session);
    status = session->engine->adapter->commit(session->connection->connection, failure);
    status = corm__finish_call(session, "COMMIT", started, status, failure);
    if (status == CORM_OK)
        corm__echo_long_transaction(session);
    return status;
}

/* The same; where it fails, the connection is lost: give it back as broken. Harmless without a
 * transaction. */
static corm_status corm__adapter_rollback(corm_session *session, corm_failure *failure)
{
    corm_failure own;
    failure = failure != NULL ? failure : &own;
    corm__failure_clear(failure);
    if (session->connection == NULL)
        return CORM_OK;
    corm__streams_keep(session);
    corm__statements_stop(session->connection);
    corm__blobs_end(session);
    const double started = corm__watch_start(session);
    corm_status status =
        session->engine->adapter->rollback(session->connection->connection, failure);
    status = corm__finish_call(session, "ROLLBACK", started, status, failure);
    corm__echo_long_transaction(session);
    return status;
}

typedef corm_status (*corm__savepoint_call)(corm_connection *connection, const char *name,
                                            corm_failure *failure);

static corm_status corm__call_savepoint(corm_session *session, corm__savepoint_call call,
                                        const char *words, uint64_t id, corm_failure *failure)
{
    corm_failure own;
    char name[32], what[64];
    failure = failure != NULL ? failure : &own;
    (void)snprintf(name, sizeof name, "corm_%llu", (unsigned long long)id); /* fits: 20 digits */
    (void)snprintf(what, sizeof what, "%s %s", words, name);
    corm_status status = corm__need_transaction(session, what, failure);
    if (status != CORM_OK)
        return status;
    corm__blobs_end(session);
    const double started = corm__watch_start(session);
    status = call(session->connection->connection, name, failure);
    return corm__finish_call(session, what, started, status, failure);
}

static corm_status corm__adapter_savepoint(corm_session *session, uint64_t id,
                                           corm_failure *failure)
{
    return corm__call_savepoint(session, session->engine->adapter->savepoint, "SAVEPOINT", id,
                                failure);
}

static corm_status corm__adapter_release(corm_session *session, uint64_t id, corm_failure *failure)
{
    return corm__call_savepoint(session, session->engine->adapter->release, "RELEASE", id, failure);
}

static corm_status corm__adapter_rollback_to(corm_session *session, uint64_t id,
                                             corm_failure *failure)
{
    return corm__call_savepoint(session, session->engine->adapter->rollback_to, "ROLLBACK TO", id,
                                failure);
}

/* ---- Statements ------------------------------------------------------------------------------ */

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

/* ---- Queries --------------------------------------------------------------------------------- */

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
                      "the transaction has ended before the last row of its query was read");
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

#endif /* CORM__ROOM_ENGINE_C */
