/* outside.c: objects that belong to no session.
 *
 * Owns: what they are linked to, as far as that is there still; that they become a session's together.
 * Must not know: cascades, who is added. */
#ifndef CORM__ROOM_OUTSIDE_C
#define CORM__ROOM_OUTSIDE_C

#include "unloaded.c"

/* ---- What they are linked to ------------------------------------------------------------------- */

static corm_status corm__other_schema(corm_session *session, const void *object)
{
    char label[CORM__LABEL_SIZE];
    return corm__fail(session, CORM_WRONG_MODEL, "%s is of a model of another schema",
                      corm__label(object, label));
}

static bool corm__push_outside(corm__vector *found, void *object)
{
    corm__record *record = corm__record_of(object);
    if (corm__session_at(object) != NULL || (record->flags & CORM__VISITED))
        return true;
    if (!corm__vector_push(found, object))
        return false;
    record->flags |= CORM__VISITED;
    return true;
}

static bool corm__push_all_outside(corm__vector *found, void *const *items, uint32_t count)
{
    bool pushed = true;
    for (uint32_t i = 0; i < count && pushed; i++)
        pushed = corm__push_outside(found, items[i]);
    return pushed;
}

/* Objects without a session that are linked to each other come into a session together, so that
 * links never lead out of it. */
static bool corm__push_linked(corm__vector *found, const corm__extra *extra)
{
    bool pushed = true;
    for (uint16_t i = 0; extra != NULL && i < extra->link_count && pushed; i++) {
        const corm__link *link = &extra->links[i];
        const corm__changes *c = link->changes;
        pushed = corm__push_all_outside(found, link->items, link->count) &&
                 (link->target == NULL || corm__push_outside(found, link->target));
        if (c != NULL && pushed)
            pushed = corm__push_all_outside(found, c->added, c->added_count) &&
                     corm__push_all_outside(found, c->removed, c->removed_count);
    }
    return pushed;
}

/* Whether the item is what it was when it was linked: an object of that model, and of no session. */
static bool corm__is_still_outside(const corm__relation *relation, const void *item)
{
    return corm__recognise(item) != NULL && corm__session_at(item) == NULL &&
           corm__is_a(corm__mapper_at(item), relation->target);
}

static void corm__array_prune(const corm__relation *relation, void **items, uint32_t *count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++)
        if (corm__is_still_outside(relation, items[i]))
            items[kept++] = items[i];
    *count = kept;
}

/* The items, which the program may be going through. false: out of memory. */
static bool corm__items_prune(const corm__relation *relation, corm__link *link, bool stored)
{
    uint32_t there = 0;
    while (there < link->count && corm__is_still_outside(relation, link->items[there]))
        there++;
    if (there == link->count)
        return true;
    if (!corm__items_own(NULL, link))
        return false;
    corm__array_prune(relation, link->items, &link->count);
    link->cut = link->cut || stored;
    return true;
}

/* Objects that left a session together stay linked. The program may have freed some of them since, or one has come into
 * a session that did not know of the other: what was linked to these forgets them. false: out of memory. */
static bool corm__links_prune(void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    bool pruned = true;
    for (uint16_t i = 0; record->extra != NULL && i < record->extra->link_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        corm__link *link = &record->extra->links[i];
        corm__changes *c = link->changes;
        pruned = corm__items_prune(relation, link, corm__is_stored(record)) && pruned;
        if (link->target != NULL && !corm__is_still_outside(relation, link->target)) {
            link->target = NULL;
            link->loaded = link->changed = false;
        }
        if (c == NULL)
            continue;
        corm__array_prune(relation, c->added, &c->added_count);
        corm__array_prune(relation, c->removed, &c->removed_count);
        corm__array_prune(relation, c->recent, &c->recent_count);
        corm__array_prune(relation, c->made, &c->made_count);
    }
    return pruned;
}

/* Before links of what has no session are shown or changed. */
static corm_status corm__outside_current(void *object)
{
    corm__rare *rare = corm__rare_known(corm__record_of(object));
    const uintptr_t gone = CORM__READ(corm__gone);
    if (rare == NULL || rare->gone == gone)
        return CORM_OK;
    if (!corm__links_prune(object))
        return corm__no_memory(NULL);
    rare->gone = gone;
    return CORM_OK;
}

/* The object, which has no session, and all that it is linked to. false: out of memory. */
static bool corm__outside_reach(void *object, corm__vector *found)
{
    bool reached = corm__push_outside(found, object);
    for (size_t i = 0; reached && i < found->count; i++) {
        reached = corm__links_prune(found->items[i]) &&
                  corm__push_linked(found, corm__record_of(found->items[i])->extra);
    }
    for (size_t i = 0; i < found->count; i++)
        corm__record_of(found->items[i])->flags &= (uint16_t)~CORM__VISITED;
    return reached;
}

/* Before links of what may have no session are followed. false: out of memory. */
static bool corm__freed_forget(void *object)
{
    corm__vector found = {NULL, 0, 0};
    if (corm__session_at(object) != NULL)
        return true;
    const bool reached = corm__outside_reach(object, &found);
    corm__vector_free(&found);
    return reached;
}

/* ---- Coming in --------------------------------------------------------------------------------- */

static CORM__APART corm_status corm__claim_other(corm_session *session, void *object)
{
    char label[CORM__LABEL_SIZE];
    corm__vector found = {NULL, 0, 0};
    if (corm__record_of(object)->expunged)
        (void)corm__expunged_release(corm__session_at(object));
    if (corm__session_at(object) != NULL)
        return corm__fail(session, CORM_OTHER_SESSION, "%s belongs to another session: %s",
                          corm__label(object, label),
                          corm__record_of(object)->state == CORM_STATE_TRANSIENT
                              ? "make it in the one that is to have it"
                              : "expunge it there before it is used here");
    if (corm__mapper_at(object)->registry != session->registry)
        return corm__other_schema(session, object);
    const bool joined = corm__outside_reach(object, &found) && corm__objects_join(session, &found);
    corm__vector_free(&found);
    return joined ? CORM_OK : corm__no_memory(session);
}

/* An object without a session becomes this one's; one of another session is refused. */
static inline corm_status corm__claim(corm_session *session, void *object)
{
    return CORM__LIKELY(corm__session_at(object) == session) ? CORM_OK
                                                             : corm__claim_other(session, object);
}

#endif /* CORM__ROOM_OUTSIDE_C */
