/* sever.c: links between objects that leave a session and others that stay.
 *
 * Owns: cutting them at both ends, whoever knows of them.
 * Must not know: what becomes of the objects that leave. */
#ifndef CORM__ROOM_SEVER_C
#define CORM__ROOM_SEVER_C

#include "holders.c"
#include "cascade.c"

/* ---- One object ------------------------------------------------------------------------------- */

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
        corm__array_sever(c->recent, &c->recent_count, leaving);
        corm__array_sever(c->made, &c->made_count, leaving);
    }
    return CORM_OK;
}

/* ---- Those who are linked to it --------------------------------------------------------------- */

/* What is known at `link` of an object that stays forgets one that leaves. */
static corm_status corm__forget_at(corm_session *session, const corm__record *other,
                                   corm__link *link, const void *object)
{
    corm__changes *c = link->changes;
    const uint32_t count = link->count;
    if (!corm__items_erase(session, link, object))
        return corm__no_memory(session);
    if (link->count < count && corm__has_row(other) && corm__has_row(corm__record_of(object)) &&
        !corm__list_renew(session, other, link))
        return corm__no_memory(session);
    if (link->target == object) {
        link->target = NULL;
        link->loaded = link->changed = false;
    }
    if (c == NULL)
        return CORM_OK;
    (void)corm__array_erase(c->added, &c->added_count, object);
    (void)corm__array_erase(c->removed, &c->removed_count, object);
    (void)corm__array_erase(c->recent, &c->recent_count, object);
    while (corm__array_erase(c->made, &c->made_count, object))
        ;
    return CORM_OK;
}

/* An object that may stay forgets one that leaves, at each of its ends where that may be; NULL: at all. */
static corm_status corm__forget(corm_session *session, void *other, const corm__relation *end,
                                const void *object)
{
    const corm__mapper *mapper = corm__mapper_at(other), *root = corm__mapper_at(object)->root;
    const corm__record *record = corm__record_of(other);
    corm_status status = CORM_OK;
    if (record->extra == NULL || (record->flags & CORM__VISITED)) /* it leaves, too */
        return CORM_OK;
    for (corm__view *v = corm__rare_read(record)->views; v != NULL; v = v->next)
        if ((end == NULL || v->relation == end->index) &&
            !corm__items_erase(session, &v->list, object))
            return corm__no_memory(session);
    for (uint16_t i = 0; end == NULL && i < record->extra->link_count && status == CORM_OK; i++)
        if (mapper->relations[i]->target->root == root)
            status = corm__forget_at(session, record, &record->extra->links[i], object);
    return end == NULL
               ? status
               : corm__forget_at(session, record, &record->extra->links[end->index], object);
}

/* Cuts the links between an object that leaves and others that stay: those of whom it knows, and who are listed. */
static corm_status corm__sever_listed(corm_session *session, void *object)
{
    const corm__holders *holders = &session->holders;
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__extra *extra = corm__record_of(object)->extra;
    corm_status status = CORM_OK;
    for (uint16_t i = 0; extra != NULL && i < extra->link_count; i++) {
        const corm__link *link = &extra->links[i];
        const corm__relation *back = mapper->relations[i]->inverse;
        if (link->target != NULL && status == CORM_OK)
            status = corm__forget(session, link->target, back, object);
        for (uint32_t k = 0; k < link->count && status == CORM_OK; k++)
            status = corm__forget(session, link->items[k], back, object);
    }
    for (size_t i = corm__holders_of(holders, object);
         i < holders->count && holders->by_target[i]->target == object && status == CORM_OK; i++)
        if (!holders->by_target[i]->gone)
            status = corm__forget(session, holders->by_target[i]->holder, NULL, object);
    return status == CORM_OK ? corm__sever(session, object) : status;
}

/* ---- All objects ------------------------------------------------------------------------------ */

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

/* Cuts the links of these objects, which are VISITED, to others. Looks through those models only that could have one. */
static corm_status corm__sever_unlisted(corm_session *session, void *const *objects, size_t count)
{
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

static corm_status corm__sever_all(corm_session *session, void *const *objects, size_t count)
{
    const bool listed = corm__holders_are_listed(session, objects, count);
    corm_status status = listed ? CORM_OK : corm__sever_unlisted(session, objects, count);
    for (size_t i = 0; listed && i < count && status == CORM_OK; i++)
        status = corm__sever_listed(session, objects[i]);
    for (size_t i = 0; i < count; i++)
        corm__holder_leaves(&session->holders, objects[i]);
    return status;
}

#endif /* CORM__ROOM_SEVER_C */
