/* sever.c: links between objects that leave their session and objects that stay.
 *
 * Owns: finding them and cutting them at both ends; taking an object out of the lists of its session.
 * Must not know: SQL, why an object leaves. */
#ifndef CORM__ROOM_SEVER_C
#define CORM__ROOM_SEVER_C

#include "cascade.c"

/* ---- One object ------------------------------------------------------------------------------- */

/* Takes an object out of every list of the session. */
static inline void corm__strike(corm_session *session, corm__record *record, const void *object)
{
    enum { LISTED = CORM__PENDING_LISTED | CORM__MARKED_DELETED | CORM__DIRTY_LINKS };
    if (!(record->flags & LISTED))
        return;
    corm__vector *lists[] = {&session->pending, &session->deleted, &session->linked};
    static const uint16_t flags[] = {CORM__PENDING_LISTED, CORM__MARKED_DELETED, CORM__DIRTY_LINKS};
    for (size_t i = 0; i < 3; i++) {
        if (!(record->flags & flags[i]))
            continue;
        size_t place = corm__index_of(lists[i]->items, lists[i]->count, object);
        if (place < lists[i]->count)
            lists[i]->items[place] = NULL;
    }
    record->flags &= (uint16_t)~LISTED;
}

/* Takes out those that leave (VISITED), or where the owner leaves, those that stay. */
static void corm__array_sever(void **items, uint32_t *count, bool leaving)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; i++)
        if (((corm__record_of(items[i])->flags & CORM__VISITED) != 0) == leaving)
            items[kept++] = items[i];
    *count = kept;
}

/* A list to which rows belong that have left is loaded anew. Of an owner that a rollback makes new
 * again it is remembered what is left of it. */
static bool corm__list_renew(corm_session *session, const corm__record *owner, corm__link *link)
{
    for (uint32_t i = 0; owner->fresh && i < link->count; i++) {
        corm__changes *c = corm__changes_of(session, link);
        if (c == NULL ||
            !corm__array_push(session, &c->made, &c->made_count, &c->made_capacity, link->items[i]))
            return false;
    }
    corm__items_clear(session, link);
    return true;
}

/* Cuts the links between objects that leave (VISITED) and others that stay, at the end that this
 * object has. */
static corm_status corm__sever(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    bool leaving = record->flags & CORM__VISITED;
    for (corm__view *v = corm__rare_read(record)->views; v != NULL; v = v->next) {
        for (uint32_t k = v->list.count; k > 0; k--) {
            void *item = v->list.items[k - 1];
            if (((corm__record_of(item)->flags & CORM__VISITED) != 0) != leaving &&
                !corm__items_erase(session, &v->list, item))
                return corm__no_memory(session);
        }
    }
    for (uint16_t i = 0; record->extra != NULL && i < record->extra->link_count; i++) {
        corm__link *link = &record->extra->links[i];
        bool incomplete = false;
        for (uint32_t k = link->count; k > 0; k--) {
            corm__record *item = corm__record_of(link->items[k - 1]);
            if (((item->flags & CORM__VISITED) != 0) == leaving)
                continue;
            incomplete = incomplete || (corm__has_row(record) && corm__has_row(item));
            if (!corm__items_erase(session, link, link->items[k - 1]))
                return corm__no_memory(session);
        }
        if (incomplete && leaving)
            link->cut = true;
        else if (incomplete && !corm__list_renew(session, record, link))
            return corm__no_memory(session);
        if (link->target != NULL &&
            ((corm__record_of(link->target)->flags & CORM__VISITED) != 0) != leaving) {
            link->target = NULL;
            link->loaded = false;
            link->changed = false;
        }
        corm__changes *c = link->changes;
        if (c == NULL)
            continue;
        corm__array_sever(c->added, &c->added_count, leaving);
        corm__array_sever(c->removed, &c->removed_count, leaving);
        corm__array_sever(c->made, &c->made_count, leaving);
    }
    return CORM_OK;
}

/* Whether objects of a model may be linked to one of the roots that are marked. */
static bool corm__may_link(const corm__mapper *mapper, const bool *roots)
{
    for (uint16_t i = 0; i < mapper->relation_count; i++)
        if (roots[mapper->relations[i]->target->root->index])
            return true;
    return false;
}

/* Links that were valid in an earlier transaction are given back, and the slab is not looked at again if it has no
 * others. */
static corm_status corm__sever_slab(corm_session *session, corm__slab *slab)
{
    corm_status status = CORM_OK;
    bool linked = false;
    for (uint32_t i = 0; i < slab->used && status == CORM_OK; i++) {
        corm__record *record = &slab->records[i];
        if (record->extra == NULL)
            continue;
        const bool mine = corm__is_of(session, corm__object_at(slab, i));
        if (mine && corm__has_row(record) && record->extra->rare == NULL &&
            record->extra->generation != session->links_generation) {
            corm__extra_drop(session, slab->mapper, record->extra);
            record->extra = NULL;
            continue;
        }
        linked = true;
        if (mine)
            status = corm__sever(session, corm__object_at(slab, i));
    }
    slab->linked = linked;
    return status;
}

static corm_status corm__sever_store(corm_session *session, const corm__store *store)
{
    corm_status status = CORM_OK;
    for (size_t s = 0; s < store->slabs.count && status == CORM_OK; s++) {
        corm__slab *slab = store->slabs.items[s];
        if (slab->linked)
            status = corm__sever_slab(session, slab);
    }
    return status;
}

/* ---- New objects mostly know who is linked to them -------------------------------------------- */

/* As they were linked at both ends, but what was loaded when they had rows, and then undone, shows at one only. So
 * all objects are looked at once after an undo; else each of many new objects that leave one by one would take that. */

/* `object` is linked to these. */
static void corm__note_held(const corm__relation *relation, const void *object, void *const *items,
                            size_t count)
{
    for (size_t i = 0; i < count; i++) {
        corm__record *record = corm__record_of(items[i]);
        if (!corm__is_new(record) || (record->flags & CORM__HELD))
            continue;
        const corm__link *back =
            record->extra == NULL ? NULL : &record->extra->links[relation->inverse->index];
        if (back == NULL || (back->target != object &&
                             corm__index_of(back->items, back->count, object) == back->count))
            record->flags |= CORM__HELD;
    }
}

static corm_status corm__look_for_held(corm_session *session, void *object, void *argument)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    (void)argument;
    if (record->extra != NULL && corm__has_row(record) &&
        record->extra->generation != session->links_generation)
        corm__links_reset(session, record->extra);
    for (uint16_t i = 0; record->extra != NULL && i < record->extra->link_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        const corm__link *link = &record->extra->links[i];
        const corm__changes *c = link->changes;
        corm__note_held(relation, object, &link->target, link->target != NULL);
        corm__note_held(relation, object, link->items, link->count);
        if (c == NULL)
            continue;
        corm__note_held(relation, object, c->added, c->added_count);
        corm__note_held(relation, object, c->removed, c->removed_count);
        corm__note_held(relation, object, c->made, c->made_count);
    }
    for (const corm__view *v = corm__rare_read(record)->views; v != NULL; v = v->next)
        corm__note_held(mapper->relations[v->relation], object, v->list.items, v->list.count);
    return CORM_OK;
}

static corm_status corm__not_held(corm_session *session, void *object, void *argument)
{
    (void)session;
    (void)argument;
    corm__record_of(object)->flags &= (uint16_t)~CORM__HELD;
    return CORM_OK;
}

/* Whether these objects, which leave, know all that are linked to them. */
static bool corm__know_all(corm_session *session, void *const *objects, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!corm__is_new(corm__record_of(objects[i])))
            return false;
    if (session->held != session->ended) {
        (void)corm__each_object(session, corm__not_held, NULL);
        (void)corm__each_linked(session, corm__look_for_held, NULL);
        session->held = session->ended;
    }
    for (size_t i = 0; i < count; i++)
        if (corm__record_of(objects[i])->flags & CORM__HELD)
            return false;
    return true;
}

/* The other end of a link forgets the object. */
static corm_status corm__forget_at(corm_session *session, void *other,
                                   const corm__relation *relation, const void *object)
{
    corm__record *record = corm__record_of(other);
    if (record->extra == NULL || (record->flags & CORM__VISITED)) /* it leaves, too */
        return CORM_OK;
    corm__link *link = &record->extra->links[relation->index];
    corm__changes *c = link->changes;
    for (corm__view *v = corm__rare_read(record)->views; v != NULL; v = v->next)
        if (v->relation == relation->index && !corm__items_erase(session, &v->list, object))
            return corm__no_memory(session);
    if (!corm__items_erase(session, link, object))
        return corm__no_memory(session);
    if (link->target == object) {
        link->target = NULL;
        link->loaded = link->changed = false;
    }
    if (c == NULL)
        return CORM_OK;
    (void)corm__array_erase(c->added, &c->added_count, object);
    (void)corm__array_erase(c->removed, &c->removed_count, object);
    while (corm__array_erase(c->made, &c->made_count, object))
        ;
    return CORM_OK;
}

/* Cuts the links between a new object that leaves and others that stay. */
static corm_status corm__sever_known(corm_session *session, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__extra *extra = corm__record_of(object)->extra;
    corm_status status = CORM_OK;
    for (uint16_t i = 0; extra != NULL && i < extra->link_count; i++) {
        const corm__link *link = &extra->links[i];
        const corm__relation *back = mapper->relations[i]->inverse;
        if (link->target != NULL && status == CORM_OK)
            status = corm__forget_at(session, link->target, back, object);
        for (uint32_t k = 0; k < link->count && status == CORM_OK; k++)
            status = corm__forget_at(session, link->items[k], back, object);
    }
    return status == CORM_OK ? corm__sever(session, object) : status;
}

/* ---- All that leave --------------------------------------------------------------------------- */

/* Cuts the links of these objects, which are VISITED, to others. Looks through those models only that could have one:
 * many objects may be expunged one by one. */
static corm_status corm__sever_all(corm_session *session, void *const *objects, size_t count)
{
    if (corm__is_new(corm__record_of(objects[0])) && corm__know_all(session, objects, count)) {
        corm_status known = CORM_OK;
        for (size_t i = 0; i < count && known == CORM_OK; i++)
            known = corm__sever_known(session, objects[i]);
        return known;
    }
    const corm__registry *registry = session->registry;
    bool *roots = corm__allocate_zeroed(registry->count, sizeof *roots);
    corm_status status = CORM_OK;
    if (roots == NULL)
        return corm__no_memory(session);
    for (size_t i = 0; i < count && status == CORM_OK; i++) {
        roots[corm__mapper_at(objects[i])->root->index] = true;
        status = corm__sever(session, objects[i]);
    }
    for (size_t m = 0; m < registry->count && status == CORM_OK; m++)
        if (corm__may_link(&registry->mappers[m], roots))
            status = corm__sever_store(session, &session->stores[m]);
    for (size_t i = 0; i < session->adopted.count && status == CORM_OK; i++)
        if (corm__may_link(corm__mapper_at(session->adopted.items[i]), roots))
            status = corm__sever(session, session->adopted.items[i]);
    corm__free(roots);
    return status;
}

#endif /* CORM__ROOM_SEVER_C */
