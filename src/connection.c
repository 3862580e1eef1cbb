/* connection.c: the connection of a session and its transaction there.
 *
 * Owns: taking a connection and giving it back, the beginning and the end of the transaction in the
 * database, savepoints.
 * Must not know: objects, statements, what happens to objects at commit and rollback. */
#ifndef CORM__ROOM_CONNECTION_C
#define CORM__ROOM_CONNECTION_C

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
    status = engine->adapter->begin(connection,
                                    writer           ? CORM_BEGIN_WRITER
                                    : session->trial ? CORM_BEGIN_TRIAL
                                                     : CORM_BEGIN_READER,
                                    &failure);
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
    (void)corm__take_failure(session, failure, status);
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

#endif /* CORM__ROOM_CONNECTION_C */
