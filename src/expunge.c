/* expunge.c: objects leave their session.
 *
 * Owns: expunging and freeing objects, emptying a session.
 * Must not know: SQL. */
#ifndef CORM__ROOM_EXPUNGE_C
#define CORM__ROOM_EXPUNGE_C

#include "lifecycle.c"

/* ---- All that leave --------------------------------------------------------------------------- */

/* Forgets objects of other sessions' slabs that do not belong to this session any more. */
static void corm__adopted_compact(corm_session *session)
{
    size_t kept = 0;
    for (size_t i = 0; i < session->adopted.count; i++) {
        void *object = session->adopted.items[i];
        if (corm__session_at(object) == session)
            session->adopted.items[kept++] = object;
    }
    session->adopted.count = kept;
}

/* No flush copies texts that are assigned to what has been deleted, and whether they are still there is not known. */
static void corm__texts_return(void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const void *snapshot = corm__snapshot_of(object);
    if (CORM__LIKELY(memcmp(object, snapshot, mapper->size) == 0))
        return;
    for (uint64_t left = mapper->owning; left != 0; left &= left - 1) {
        const corm__column *column = &mapper->columns[corm__lowest_bit(left)];
        if (corm__member_pointer(column, object) != corm__member_pointer(column, snapshot))
            corm__member_copy(column, object, snapshot);
    }
}

/* Hands these objects to the program, all or none. */
static corm_status corm__release_objects(corm_session *session, corm__vector *objects, bool all)
{
    corm_status status = CORM_OK;
    size_t packed = 0;
    corm__luggage *luggage = corm__allocate_zeroed(objects->count + 1, sizeof *luggage);
    for (size_t i = 0; i < objects->count; i++)
        corm__record_of(objects->items[i])->flags |= CORM__VISITED;
    if (luggage == NULL)
        status = corm__no_memory(session);
    if (status == CORM_OK && !all)
        status = corm__sever_all(session, objects->items, objects->count);
    while (status == CORM_OK && packed < objects->count) {
        corm__extra *extra = corm__record_of(objects->items[packed])->extra;
        if (extra != NULL && corm__has_row(corm__record_of(objects->items[packed])) &&
            extra->generation != session->links_generation)
            corm__links_reset(session, extra); /* expired: nobody could load it again */
        if (corm__record_of(objects->items[packed])->flags & CORM__GONE)
            corm__texts_return(
                objects->items[packed]); /* whether others are still there is not known */
        if (corm__luggage_pack(objects->items[packed], &luggage[packed]))
            packed++;
        else
            status = corm__no_memory(session);
    }
    if (status == CORM_OK)
        corm__journal_strike(session, objects->items, objects->count);
    for (size_t i = 0; i < objects->count; i++)
        corm__record_of(objects->items[i])->flags &= (uint16_t)~CORM__VISITED;
    for (size_t i = 0; i < packed; i++) {
        void *object = objects->items[i];
        corm__record *record = corm__record_of(object);
        if (status != CORM_OK) {
            corm__luggage_free(&luggage[i]);
            continue;
        }
        /* what was deleted has no row that could be newer */
        bool expired = corm__is_expired(object) && !(record->flags & CORM__GONE);
        if (corm__has_row(record))
            corm__identity_leave(session, corm__mapper_at(object), object);
        corm__strike(session, record, object);
        record->state = record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING
                            ? CORM_STATE_TRANSIENT
                            : CORM_STATE_DETACHED;
        corm__object_leave(session, object, &luggage[i]);
        record->generation = expired ? 0 : 1;
    }
    if (all || status != CORM_OK)
        corm__holders_forget(session);
    corm__free(luggage);
    corm__adopted_compact(session);
    session->epoch++; /* batches may name objects that are not the session's any more */
    return status;
}

/* ---- Expunge and free ------------------------------------------------------------------------ */

CORM_API corm_status corm_expunge(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__walk walk = {CORM_CASCADE_EXPUNGE, false, {NULL, 0, 0}, {NULL, 0, 0}};
    char label[CORM__LABEL_SIZE];
    size_t kept = 0;
    corm__record *record = corm__object_of(session, object, "corm_expunge");
    if (record == NULL)
        return corm__status;
    if (!corm__is_in_session(record))
        return corm__ended(
            corm__fail(session, CORM_NOT_IN_SESSION, "corm_expunge: %s is not in this session%s",
                       corm__label(object, label),
                       record->state == CORM_STATE_TRANSIENT && !record->expunged
                           ? ", as it is not added: corm_free frees it, or the session does"
                           : ""));
    corm_status status = corm__walk_run(session, &walk, object);
    for (size_t i = 0; i < walk.found.count; i++) {
        /* and what is new and was not added: it would lose its link, and not come back with the others */
        const corm__record *found = corm__record_of(walk.found.items[i]);
        if (corm__is_in_session(found) || found->state == CORM_STATE_TRANSIENT)
            walk.found.items[kept++] = walk.found.items[i];
    }
    walk.found.count = kept;
    if (status == CORM_OK)
        status = corm__are_here_only(session, &walk.found)
                     ? corm__expunge_here(session, &walk.found)
                     : corm__release_objects(session, &walk.found, false);
    corm__walk_end(session, &walk);
    return corm__ended(status);
}

static corm_status corm__collect_expunged(corm_session *session, void *object, void *argument)
{
    return !corm__record_of(object)->expunged || corm__vector_push(argument, object)
               ? CORM_OK
               : corm__no_memory(session);
}

static CORM__COLD corm_status corm__expunged_release(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__vector all = {NULL, 0, 0};
    corm_status status = corm__each_object(session, corm__collect_expunged, &all);
    if (status == CORM_OK)
        status = corm__release_objects(session, &all, false);
    corm__vector_free(&all);
    return status;
}

static corm_status corm__collect(corm_session *session, void *object, void *argument)
{
    return corm__vector_push(argument, object) ? CORM_OK : corm__no_memory(session);
}

/* Collections that were changed without being loaded count as loaded: the objects take them along. */
static corm_status corm__load_all_opened(corm_session *session, const corm__vector *objects)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++) {
        void *object = objects->items[i];
        const corm__mapper *mapper = corm__mapper_at(object);
        if (corm__record_of(object)->extra == NULL)
            continue;
        for (uint16_t r = 0; r < mapper->relation_count && status == CORM_OK; r++)
            status = corm__load_opened(session, object, mapper->relations[r]);
    }
    return status;
}

CORM_API corm_status corm_expunge_all(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__vector all = {NULL, 0, 0};
    if (session == NULL)
        return corm__fail(session, CORM_NULL_ARGUMENT, "corm_expunge_all: no session");
    if (session->registry == NULL) /* the message says what is wrong with the schema */
        return corm__ended(session->poison);
    if (corm__forbidden(session, CORM__BOUND_ALL, "corm_expunge_all") != CORM_OK)
        return corm__status;
    corm_status status = corm__each_object(session, corm__collect, &all);
    if (status == CORM_OK)
        status = corm__load_all_opened(session, &all);
    all.count = 0;
    if (status == CORM_OK)
        status = corm__each_object(session, corm__collect, &all);
    if (status == CORM_OK)
        status = corm__release_objects(session, &all, true);
    corm__vector_free(&all);
    return corm__ended(status);
}

/* A transient or detached object that lies in a session's memory without being in it: nothing may
 * point at it any more. */
static corm_status corm__free_inside(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    record->flags |= CORM__VISITED;
    corm_status status = corm__sever_all(session, &object, 1);
    corm__journal_strike(session, &object, 1);
    record->flags &= (uint16_t)~CORM__VISITED;
    if (status != CORM_OK) {
        corm__holders_forget(session);
        return status;
    }
    session->epoch++;
    corm__strike(session, record, object);
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++)
        corm__retire_member(session, &mapper->columns[i], corm__snapshot_of(object), NULL);
    corm__extra_drop(session, mapper, record->extra);
    record->extra = NULL;
    if (!(record->flags & CORM__ADOPTED)) {
        corm__object_drop(session, object);
        return CORM_OK;
    }
    corm__adopted_compact(session);
    corm__object_bury(object);
    return CORM_OK;
}

CORM_API corm_status corm_free(void *object)
{
    char label[CORM__LABEL_SIZE];
    if (object == NULL)
        return corm__ended(CORM_OK);
    corm__record *record = corm__object_in(NULL, object, "corm_free");
    if (record == NULL)
        return corm__status;
    CORM__ENTER(corm__session_at(object), CORM_MISUSE);
    if (corm__session_at(object) == NULL) {
        corm__object_bury(object);
        return corm__ended(CORM_OK);
    }
    if (corm__forbidden(corm__session_at(object), CORM__BOUND_ALL, "corm_free") != CORM_OK)
        return corm__status;
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_DETACHED)
        return corm__ended(corm__free_inside(corm__session_at(object), object));
    return corm__ended(corm__fail(corm__session_at(object), CORM_MISUSE,
                                  "corm_free: %s is in a session, which frees it: expunge it first",
                                  corm__label(object, label)));
}

#endif /* CORM__ROOM_EXPUNGE_C */
