/* transaction.c: flush, commit, rollback and savepoints, with the objects.
 *
 * Owns: when a session flushes, what a failure undoes, the end of a transaction for objects and
 * connection.
 * Must not know: how a plan is made or a row is written. */
#ifndef CORM__ROOM_TRANSACTION_C
#define CORM__ROOM_TRANSACTION_C

#include "flush.c"

/* How every public call ends. */
static corm_status corm__ended(corm_status status)
{
    corm__status = status;
    return status;
}

static uint32_t corm__next_generation(uint32_t generation)
{
    return generation == UINT32_MAX ? 1 : generation + 1; /* 0 means expired on its own */
}

/* ---- Undoing what was not flushed ------------------------------------------------------------ */

typedef struct corm__forgetting {
    bool part; /* back to a savepoint: what was not changed stays loaded */
    bool any;  /* there was something */
} corm__forgetting;

static corm_status corm__restore_members(corm_session *session, void *object, void *argument)
{
    corm__forgetting *forgetting = argument;
    corm__struct_restore(corm__mapper_at(object), object, corm__snapshot_of(object));
    corm__bits_clear(corm__record_of(object));
    forgetting->any = true;
    if (forgetting->part)
        corm__expire_again(session, object);
    return CORM_OK;
}

/* If it was never added. */
static void corm__undo_if_new(corm_session *session, void *object)
{
    if (corm__record_of(object)->state == CORM_STATE_TRANSIENT)
        corm__undo_links(session, object);
}

/* New objects that are linked to this one, and were never added: they know it, and it forgets them. */
static void corm__undo_related_to(corm_session *session, void *object)
{
    const corm__extra *extra = corm__record_of(object)->extra;
    for (uint16_t i = 0; extra != NULL && i < extra->link_count; i++) {
        const corm__link *link = &extra->links[i];
        if (link->target != NULL)
            corm__undo_if_new(session, link->target);
        for (uint32_t k = 0; link->changes != NULL && k < link->changes->added_count; k++)
            corm__undo_if_new(session, link->changes->added[k]);
    }
}

/* Before anything is forgotten. What has been deleted since knows still what its collections held. */
static void corm__undo_related(corm_session *session, size_t count)
{
    for (size_t i = 0; i < session->linked.count; i++)
        if (session->linked.items[i] != NULL)
            corm__undo_related_to(session, session->linked.items[i]);
    for (size_t i = count; i < session->journal_count; i++) {
        if (session->journal[i].event != CORM__DELETED)
            continue;
        const corm__extra *extra = corm__record_of(session->journal[i].object)->extra;
        for (uint16_t r = 0; extra != NULL && r < extra->link_count; r++)
            for (uint32_t k = 0; k < extra->links[r].count; k++)
                corm__undo_if_new(session, extra->links[r].items[k]);
    }
}

/* Members as last flushed, nothing pending, nothing marked. Returns whether anything was. Cannot
 * fail. */
static bool corm__forget_unflushed(corm_session *session, bool part)
{
    corm__forgetting forgetting = {
        part, session->pending.count + session->deleted.count + session->linked.count > 0};
    (void)corm__each_changed(session, corm__restore_members, &forgetting);
    session->touched = 0;
    for (size_t i = 0; i < session->pending.count; i++) {
        void *object = session->pending.items[i];
        if (object == NULL || corm__record_of(object)->state != CORM_STATE_PENDING)
            continue;
        corm__record_of(object)->state = CORM_STATE_TRANSIENT;
        corm__record_of(object)->flags &= (uint16_t) ~(CORM__PENDING_LISTED | CORM__DIRTY_LINKS);
        (void)corm__texts_keep(session, object);
        corm__undo_links(session, object);
    }
    for (size_t i = 0; i < session->deleted.count; i++) {
        if (session->deleted.items[i] != NULL)
            corm__record_of(session->deleted.items[i])->flags &= (uint16_t)~CORM__MARKED_DELETED;
    }
    for (size_t i = 0; i < session->linked.count; i++) {
        void *object = session->linked.items[i];
        if (object == NULL)
            continue;
        corm__record_of(object)->flags &= (uint16_t)~CORM__DIRTY_LINKS;
        if (part && corm__has_row(corm__record_of(object)))
            corm__expire_again(session, object);
        else
            corm__unflushed_take_back(session, object);
    }
    session->pending.count = session->deleted.count = session->linked.count = 0;
    session->ended = ++session->clock; /* nothing that was fetched ahead holds */
    return forgetting.any;
}

static void corm__links_expire(corm_session *session)
{
    session->links_generation = corm__next_generation(session->links_generation);
}

/* The end of a transaction: the connection goes back, what was fetched ahead is void. */
static void corm__transaction_end(corm_session *session, bool broken)
{
    session->mark_count = 0;
    session->epoch++;
    session->ended = ++session->clock;
    corm__give_back(session, broken);
}

/* Everything since the beginning of the transaction is undone, in the database and in the
 * objects. */
static corm_status corm__undo_all(corm_session *session)
{
    corm_failure failure = {0};
    corm_status status = CORM_OK;
    bool begun = session->connection != NULL;
    corm__journal_settle(session);
    bool work = session->journal_count > 0 || session->mark_count > 0;
    if (begun)
        status = corm__adapter_rollback(session, &failure);
    corm__undo_related(session, 0);
    corm__links_recall(session, 0);
    corm__journal_undo(session, 0);
    if (corm__forget_unflushed(session, false) || begun || work) {
        corm__links_expire(session);
        session->generation = corm__next_generation(session->generation);
    }
    if (begun)
        corm__transaction_end(session, status != CORM_OK);
    session->mark_count = 0;
    return status;
}

/* Undoes the objects' part of what came after the savepoint. The journal does not know what was loaded
 * of rows that were written past objects: everything is read again. */
static void corm__undo_to_mark(corm_session *session, const corm__mark *mark)
{
    corm__journal_settle(session);
    const bool swept = session->sweeps != mark->sweeps;
    if (swept)
        session->generation = corm__next_generation(session->generation);
    corm__undo_related(session, mark->journal_count);
    corm__journal_undo_part(session, mark->journal_count);
    (void)corm__forget_unflushed(session, !swept);
    if (swept)
        corm__links_expire(session);
}

/* To the savepoint at this place. Without a connection nothing was done since it was begun. */
static corm_status corm__return_to(corm_session *session, size_t place)
{
    corm_failure failure = {0};
    return session->connection == NULL ? CORM_OK
                                       : corm__adapter_rollback_to(session, place + 1, &failure);
}

static CORM__COLD corm_status corm__break_off(corm_session *session, bool transaction_lost)
{
    corm_status why = session->error.status;
    corm__mark *mark = session->mark_count > 0 ? &session->marks[session->mark_count - 1] : NULL;
    if (why == CORM_OK)
        why = CORM_DATABASE;
    if (mark != NULL && !transaction_lost && !session->transaction_lost && !mark->rolled_back &&
        corm__return_to(session, session->mark_count - 1) == CORM_OK) {
        mark->rolled_back = true;
        corm__undo_to_mark(session, mark);
    } else {
        (void)corm__undo_all(session);
    }
    session->poison = why;
    return corm__ended(why);
}

/* ---- Flush ----------------------------------------------------------------------------------- */

static corm_status corm__stop_at_changed(corm_session *session, void *object, void *argument)
{
    (void)session;
    (void)argument;
    return corm__changed_columns(corm__mapper_at(object), object, corm__snapshot_of(object),
                                 corm__record_of(object)) != 0
               ? CORM_MISUSE /* there is one */
               : CORM_OK;
}

/* Whether there is anything to flush; for sessions with hooks. */
static bool corm__is_changed(corm_session *session)
{
    return session->pending.count + session->deleted.count + session->linked.count > 0 ||
           corm__each_changed(session, corm__stop_at_changed, NULL) != CORM_OK;
}

static corm_status corm__flush_or_break(corm_session *session)
{
    corm_status status = CORM_OK;
    if (session->flushing)
        return CORM_OK;
    const bool told = session->hooks != 0 && corm__is_changed(session);
    session->flushing = true;
    if (told)
        status = corm__call_session(session, CORM__HOOK_before_flush, CORM__BOUND_FLUSH);
    corm__scratch_begin(session);
    if (status == CORM_OK)
        status = corm__flush_now(session);
    corm__scratch_end(session);
    if (told && status == CORM_OK)
        status = corm__call_session(session, CORM__HOOK_after_flush, CORM__BOUND_FLUSH);
    session->flushing = false;
    return status == CORM_OK ? CORM_OK : corm__break_off(session, session->transaction_lost);
}

static corm_status corm__autoflush(corm_session *session)
{
    corm_status status = corm__usable(session);
    if (status != CORM_OK || session->options.no_autoflush || session->no_autoflush > 0)
        return status;
    session->guard.for_query = true;
    status = corm__flush_or_break(session);
    session->guard.for_query = false;
    return status;
}

static corm_status corm__stop_at_first(corm_session *session, void *object, void *argument)
{
    (void)session;
    (void)object;
    (void)argument;
    return CORM_MISUSE; /* there is one */
}

static bool corm__has_work(corm_session *session)
{
    return session->pending.count + session->deleted.count + session->linked.count > 0 ||
           corm__each_changed(session, corm__stop_at_first, NULL) != CORM_OK;
}

CORM_API corm_status corm_flush(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm__usable_for(session, "corm_flush");
    if (status == CORM_OK)
        status = corm__forbidden(session, CORM__BOUND_FLUSH, "corm_flush");
    /* nothing to write needs no database: only work has to wait for the rollback */
    if (status == CORM_PENDING_ROLLBACK && !session->poisoned_for_good && !corm__has_work(session))
        return corm__ended(CORM_OK);
    return corm__ended(status == CORM_OK ? corm__flush_or_break(session) : status);
}

/* ---- Commit and rollback --------------------------------------------------------------------- */

/* Until nothing is left to be written. */
static corm_status corm__flush_all(corm_session *session)
{
    enum { FLUSHES_MAX = 100 }; /* as SQLAlchemy */
    corm_status status = corm__flush_or_break(session);
    if (status == CORM_OK && session->deleted.count > 0)
        status = corm__flush_or_break(session); /* deletes that waited for another change */
    if (CORM__LIKELY((session->hooks | session->registry->hooks) == 0))
        return status;
    for (int i = 1; status == CORM_OK && corm__is_changed(session); i++) {
        if (i == FLUSHES_MAX)
            return corm__fail(session, CORM_MISUSE,
                              "there is still something to write after %d flushes: "
                              "does a hook change something in each of them?",
                              i);
        status = corm__flush_or_break(session);
    }
    return status;
}

CORM_API corm_status corm_commit(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_failure failure = {0};
    corm_status status = corm__usable_for(session, "corm_commit");
    if (status == CORM_OK)
        status = corm__forbidden(session, CORM__BOUND_END, "corm_commit");
    if (status == CORM_OK)
        status = corm__call_session(session, CORM__HOOK_before_commit, CORM__BOUND_END);
    if (status == CORM_OK)
        status = corm__flush_all(session);
    if (status != CORM_OK)
        return corm__ended(status);
    if (session->connection != NULL) {
        status = corm__adapter_commit(session, &failure);
        if (status != CORM_OK)
            return corm__break_off(session, true);
    }
    corm__journal_commit(session);
    if (!session->options.keep_on_commit && session->connection != NULL) {
        session->generation = corm__next_generation(session->generation);
        session->links_generation = corm__next_generation(session->links_generation);
    }
    if (session->connection != NULL)
        corm__transaction_end(session, false);
    session->mark_count = 0;
    (void)corm__call_session(session, CORM__HOOK_after_commit, CORM__BOUND_ALL);
    return corm__ended(CORM_OK);
}

CORM_API corm_status corm_rollback(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    if (session == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "the session is NULL");
    if (session->poisoned_for_good)
        return corm__ended(session->poison);
    if (corm__forbidden(session, CORM__BOUND_END, "corm_rollback") != CORM_OK)
        return corm__status;
    const bool told =
        session->hooks != 0 &&
        (session->poison != CORM_OK || session->connection != NULL || corm__is_changed(session));
    if (told)
        (void)corm__call_session(session, CORM__HOOK_before_rollback, CORM__BOUND_ALL);
    (void)corm__undo_all(session);
    session->poison = CORM_OK;
    memset(&session->error, 0, sizeof session->error);
    if (told)
        (void)corm__call_session(session, CORM__HOOK_after_rollback, CORM__BOUND_ALL);
    return corm__ended(CORM_OK);
}

/* ---- Savepoints ------------------------------------------------------------------------------ */

/* Place of the savepoint among the open ones; mark_count: it is over. */
static size_t corm__mark_of(const corm_session *session, corm_savepoint savepoint)
{
    size_t i = 0;
    while (i < session->mark_count && session->marks[i].id != savepoint.id)
        i++;
    return i;
}

static CORM__COLD corm_status corm__no_savepoint(corm_session *session)
{
    return corm__fail(
        session, CORM_NO_SAVEPOINT,
        "the savepoint is over: it was released or rolled back, or its transaction has ended");
}

CORM_API corm_status corm_savepoint_begin(corm_session *session, corm_savepoint *out)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_failure failure = {0};
    if (out == NULL)
        return corm__ended(
            corm__fail(session, CORM_NULL_ARGUMENT, "corm_savepoint_begin: out is NULL"));
    out->id = 0;
    corm_status status = corm__usable_for(session, "corm_savepoint_begin");
    if (status == CORM_OK)
        status = corm__forbidden(session, CORM__BOUND_END, "corm_savepoint_begin");
    if (status == CORM_OK)
        status = corm__flush_or_break(session);
    if (status != CORM_OK)
        return corm__ended(status);
    corm__mark *marks =
        corm__grow(session->marks, session->mark_count, &session->mark_capacity, sizeof *marks, 8);
    if (marks == NULL)
        return corm__ended(corm__no_memory(session));
    session->marks = marks;
    /* named by depth, so that few statements are prepared; before the first statement of a
     * transaction it is only remembered */
    if (session->connection != NULL)
        status = corm__adapter_savepoint(session, session->mark_count + 1, &failure);
    if (status != CORM_OK)
        return corm__break_off(session, session->transaction_lost);
    out->id = ++session->next_mark;
    session->marks[session->mark_count++] =
        (corm__mark){out->id, session->journal_count, session->sweeps, false};
    return corm__ended(CORM_OK);
}

CORM_API corm_status corm_savepoint_release(corm_session *session, corm_savepoint savepoint)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_failure failure = {0};
    corm_status status = corm__usable_for(session, "corm_savepoint_release");
    if (status == CORM_OK)
        status = corm__forbidden(session, CORM__BOUND_END, "corm_savepoint_release");
    if (status != CORM_OK)
        return corm__ended(status);
    size_t place = corm__mark_of(session, savepoint);
    if (place == session->mark_count)
        return corm__ended(corm__no_savepoint(session));
    status = corm__flush_all(session);
    if (status != CORM_OK)
        return corm__ended(status);
    if (session->connection != NULL)
        status = corm__adapter_release(session, place + 1, &failure);
    if (status != CORM_OK)
        return corm__break_off(session, session->transaction_lost);
    session->mark_count = place;
    return corm__ended(CORM_OK);
}

CORM_API corm_status corm_savepoint_rollback(corm_session *session, corm_savepoint savepoint)
{
    CORM__ENTER(session, CORM_MISUSE);
    if (session == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "the session is NULL");
    if (session->poisoned_for_good)
        return corm__ended(session->poison);
    if (corm__forbidden(session, CORM__BOUND_END, "corm_savepoint_rollback") != CORM_OK)
        return corm__status;
    size_t place = corm__mark_of(session, savepoint);
    if (place == session->mark_count)
        return corm__ended(session->poison != CORM_OK ? CORM_PENDING_ROLLBACK
                                                      : corm__no_savepoint(session));
    corm__mark *mark = &session->marks[place];
    bool done = mark->rolled_back && place + 1 == session->mark_count;
    if (!done && corm__return_to(session, place) != CORM_OK)
        return corm__break_off(session, true);
    corm__undo_to_mark(session, mark);
    session->mark_count = place;
    session->poison = CORM_OK;
    memset(&session->error, 0, sizeof session->error);
    return corm__ended(CORM_OK);
}

#endif /* CORM__ROOM_TRANSACTION_C */
