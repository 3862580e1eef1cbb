/* session.c: opening, clearing and closing sessions.
 *
 * Owns: the life of a session and of all its memory; running a unit of work again after a conflict.
 * Must not know: what is done with single objects, SQL. */
#ifndef CORM__ROOM_SESSION_C
#define CORM__ROOM_SESSION_C

#include "expunged.c"
#include "freezing.c"
#include "preview.c"
#include "expect.c"

/* ---- Opening and closing --------------------------------------------------------------------- */

static bool corm__session_stores(corm_session *session)
{
    size_t count = session->registry->count;
    session->stores = corm__allocate_zeroed(count, sizeof *session->stores);
    if (session->stores == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        session->stores[i].mapper = &session->registry->mappers[i];
        session->stores[i].identities.numbered = session->registry->mappers[i].integer_key;
    }
    return true;
}

CORM_API corm_session *corm_session_open(corm_engine *engine, const corm_session_options *options)
{
    if (engine == NULL) {
        (void)corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_session_open: the engine is NULL");
        return NULL;
    }
    corm_session *session = corm__allocate_zeroed(1, sizeof *session);
    if (session == NULL) {
        (void)corm__fail(NULL, CORM_OUT_OF_MEMORY, "out of memory");
        return NULL;
    }
    session->engine = engine;
    session->generation = session->links_generation = session->epoch = 1;
    session->echo = engine->options.echo;
    session->echo_times = true;
    corm__watch(session);
    if (options != NULL)
        session->options = *options;
    session->hooks = corm__hooks_in(session->options.hooks);
    corm_status status = corm__engine_attach(engine);
    if (engine->registry != NULL)
        session->registry = corm__registry_retain(engine->registry);
    if (status != CORM_OK) {
        session->error = engine->error;
        session->poison = status;
        session->poisoned_for_good = true;
    }
    if (session->registry != NULL && !corm__session_stores(session)) {
        (void)corm__fail(NULL, CORM_OUT_OF_MEMORY, "out of memory");
        corm__registry_release(session->registry);
        corm__engine_detach(engine);
        corm__free(session);
        return NULL;
    }
    corm__status = status;
    return session;
}

CORM_API corm_session *corm_session_open_owning(corm_engine *engine)
{
    if (engine == NULL && corm__status == CORM_OUT_OF_MEMORY)
        return NULL; /* corm_engine_open has told */
    corm_session *session = corm_session_open(engine, NULL);
    if (session != NULL) {
        session->owns_engine = true;
        return session;
    }
    const corm_status why = corm__status;
    (void)corm_engine_close(engine);
    corm__status = why;
    return NULL;
}

/* Frees all objects, lists and texts; the transaction must be over. */
static void corm__session_empty(corm_session *session)
{
    if (session->expunged)
        corm__expunged_go(session);
    corm__guard_end(session);
    if (session->registry != NULL)
        corm__slabs_free(session);
    corm__holders_forget(session);
    corm__frozen_free(session);
    corm__trips_forget(session);
    corm__row_lists_free(session, true);
    corm__heap_reset(&session->heap);
    corm__arena_reset(&session->scratch);
    corm__arena_reset(&session->journal_memory);
    session->journal_count = session->mark_count = 0;
    corm__struck_forget(session);
    session->retired_count = session->retired_mark = 0;
    session->pending.count = session->deleted.count = session->linked.count = 0;
    session->touched = 0;
}

CORM_API void corm_session_close(corm_session *session)
{
    if (session == NULL ||
        corm__forbidden(session, CORM__BOUND_END, "corm_session_close") != CORM_OK)
        return;
    if (session->lent) {
        (void)corm__poison(session, CORM_MISUSE,
                           "corm_session_close of the session of corm_run, which closes it itself: "
                           "return CORM_OK to commit, anything else to roll back");
        return;
    }
    CORM__ENTER_LAST(session);
    if (!session->poisoned_for_good)
        (void)corm__undo_all(session);
    corm__streams_free(session);
    while (session->blobs != NULL) {
        corm_blob_handle *handle = session->blobs;
        session->blobs = handle->next;
        corm__free(handle);
    }
    corm__session_empty(session);
    corm__row_models_free(session);
    corm__heap_free(&session->heap);
    corm__arena_free(&session->scratch);
    corm__arena_free(&session->journal_memory);
    corm__buffer_free(&session->sql);
    corm__vector_free(&session->blocks);
    corm__vector_free(&session->pending);
    corm__vector_free(&session->deleted);
    corm__vector_free(&session->linked);
    corm__vector_free(&session->adopted);
    corm__free(session->row);
    corm__vector_free(&session->walks[0]);
    corm__vector_free(&session->walks[1]);
    corm__free(session->journal);
    corm__free(session->marks);
    corm__free(session->retired);
    corm__expectations_free(session);
    corm__trips_free(session);
    corm__free(session->stores);
    corm__registry_release(session->registry);
    corm_engine *engine = session->engine;
    bool owner = session->owns_engine;
    corm__free(session);
    corm__engine_detach(engine);
    if (owner)
        (void)corm_engine_close(engine);
}

CORM_API corm_status corm_clear(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm_rollback(session);
    if (status != CORM_OK)
        return status;
    corm__session_empty(session);
    session->epoch++;
    return corm__ended(CORM_OK);
}

CORM_API void corm_free_lists(corm_session *session)
{
    CORM__ENTER(session, );
    if (session == NULL || corm__forbidden(session, CORM__BOUND_ALL, "corm_free_lists") != CORM_OK)
        return;
    corm__retired *retired = session->retired;
    size_t kept = 0, mark = 0;
    for (size_t i = 0; i < session->retired_count; i++) {
        if (retired[i].lent)
            retired[kept++] = retired[i];
        else
            corm__heap_release(&session->heap, retired[i].block, retired[i].size);
        mark = i < session->retired_mark ? kept : mark;
    }
    session->retired_count = kept;
    session->retired_mark = mark;
    corm__frozen_free(session);
    corm__row_lists_free(session, true);
    session->epoch++;
}

CORM_API corm_status corm_run(corm_engine *engine,
                              corm_status (*work)(corm_session *session, void *argument),
                              void *argument)
{
    enum { TRIES = 10 };
    const corm_error before = corm__thread_error;
    corm_status status = CORM_NULL_ARGUMENT;
    if (engine == NULL || work == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_run: the engine or the function is NULL");
    for (int i = 0; i < TRIES; i++) {
        /* after a conflict, begin as a writer: then it is this one's turn */
        corm_session *session = corm_session_open(engine, &(corm_session_options){.writer = i > 0});
        if (session == NULL)
            return corm__ended(CORM_OUT_OF_MEMORY);
        session->trial = i == 0;
        session->lent = true;
        corm__thread_error.status = CORM_OK; /* what is there then, `work` has left */
        status = session->poisoned_for_good ? session->poison : work(session, argument);
        session->lent = false;
        corm_status first = session->poison;
        if (status == CORM_OK)
            status = corm_commit(session);
        if (status == CORM_PENDING_ROLLBACK && first != CORM_OK)
            status = first;
        const bool told = corm__thread_error.status == status && session->error.status != status;
        if (status != CORM_OK && !told && session->error.status != CORM_OK)
            corm__thread_error = session->error;
        else if (status != CORM_OK && !told)
            (void)corm__fail(NULL, status, "corm_run: the function gave up: %s",
                             corm_status_text(status));
        bool again = status == CORM_CONFLICT || status == CORM_BUSY || status == CORM_STALE_DATA ||
                     first == CORM_CONFLICT || first == CORM_BUSY || first == CORM_STALE_DATA;
        corm_session_close(session);
        if (!again)
            break;
    }
    if (corm__thread_error.status == CORM_OK)
        corm__thread_error = before;
    return corm__ended(status);
}

#endif /* CORM__ROOM_SESSION_C */
