/* relate.c: both ends of a relationship, kept in agreement.
 *
 * Owns: joining and parting two objects in memory, and taking back what was not flushed.
 * Must not know: SQL, the order of writing, cascades.
 *
 * The truth about a foreign key stands at the end that holds it: a child knows its parent, and
 * whether that differs from what is stored. The parent's collection is the mirror: complete once
 * it is loaded; until then it remembers only what was added and removed. A many-to-many has no
 * such end; there both collections remember. Links connect only objects of one session, or of
 * none, so that nothing dangles when a session ends. */
#ifndef CORM__ROOM_RELATE_C
#define CORM__ROOM_RELATE_C

#include "followed.c"

/* ---- Pairs ----------------------------------------------------------------------------------- */

/* Whether the child refers to the parent since before its transaction was undone, which has made the parent forget it;
 * asked once. */
static bool corm__is_forgotten(void *parent, const corm__relation *relation, void *child)
{
    corm__link *reference = corm__link_if(child, relation->inverse);
    if (CORM__LIKELY(reference == NULL || !reference->kept) || reference->target != parent ||
        !corm__has_row(corm__record_of(parent)))
        return false;
    const corm__link *end = corm__link_if(parent, relation);
    reference->kept = false;
    return end == NULL ||
           (end->target != child && corm__index_of(end->items, end->count, child) == end->count);
}

/* parent.relation loses child; child's reference becomes none. */
static corm_status corm__pair_part(corm_session *session, void *parent, corm__relation *relation,
                                   void *child)
{
    corm__link before;
    const bool knows = parent != NULL && !corm__is_forgotten(parent, relation, child);
    corm_status status = corm__one_assign_noting(session, child, relation->inverse, NULL, &before);
    if (status != CORM_OK || !knows)
        return status;
    status = corm__end_drop(session, parent, relation, child);
    if (status != CORM_OK)
        *corm__raw_link(child, relation->inverse) = before;
    return status;
}

/* The program says of a child that it is where it is. */
static corm_status corm__pair_tell(corm_session *session, void *parent,
                                   const corm__relation *relation, void *child)
{
    corm__link *reference = corm__link_at(child, relation->inverse);
    if (reference == NULL || !corm__mark_linked(session, child))
        return corm__no_memory(session);
    if (!reference->loaded)
        reference->changed = false;
    reference->target = parent;
    reference->loaded = reference->told = true;
    reference->prefetched = false;
    return CORM_OK;
}

/* What the parent's end of a one-to-one holds, and refers to it still. A detached parent may not know, nor that
 * it has lost what did not know to whom it referred. */
static corm_status corm__displaced(corm_session *session, void *parent, corm__relation *relation,
                                   void **out)
{
    const corm__link *link = corm__link_if(parent, relation);
    bool known = false;
    *out = NULL;
    if (corm__record_of(parent)->state == CORM_STATE_DETACHED &&
        (link == NULL || !link->loaded || link->prefetched))
        return CORM_OK;
    const corm_status status = corm__one_ready(session, parent, relation, false, out);
    if (status == CORM_OK && *out != NULL &&
        corm__one_now(session, *out, relation->inverse, &known) != parent && known)
        *out = NULL;
    return status;
}

/* A child that cannot be read again, as its row is gone, refers to whom it did: its own members will not
 * tell, nor a list that is read without it. */
static corm_status corm__pair_show(corm_session *session, void *parent,
                                   const corm__relation *relation, void *child)
{
    const corm__link *list = corm__link_if(parent, relation);
    corm_status status = corm__one_assign(session, child, relation->inverse, parent);
    if (status != CORM_OK || list == NULL || !list->loaded)
        return status;
    return corm__end_add(session, parent, relation, child);
}

/* parent.relation gets child, and `old` loses it; NULL: nobody had it. If memory is out, both ends of each are as they
 * were: what was put in a moment ago is taken out without any. */
static CORM__INLINE corm_status corm__pair_move(corm_session *session, void *old, void *parent,
                                                corm__relation *relation, void *child)
{
    corm__link before;
    corm_status status =
        corm__one_assign_noting(session, child, relation->inverse, parent, &before);
    if (status != CORM_OK)
        return status;
    status = corm__end_add(session, parent, relation, child);
    if (status == CORM_OK && old != NULL) {
        status = corm__end_drop(session, old, relation, child);
        if (status != CORM_OK)
            (void)corm__end_drop(session, parent, relation, child);
    }
    if (status != CORM_OK)
        *corm__raw_link(child, relation->inverse) = before;
    return status;
}

/* parent.relation gets child, whoever had it before loses it. */
static corm_status corm__pair_join(corm_session *session, void *parent, corm__relation *relation,
                                   void *child)
{
    bool known = false;
    void *old = corm__one_now(session, child, relation->inverse, &known), *displaced = NULL;
    corm_status status = CORM_OK;
    const bool forgotten = known && old != NULL && corm__is_forgotten(old, relation, child);
    if (known && old == parent && !forgotten)
        return !corm__has_row(corm__record_of(child)) ? CORM_OK
               : corm__is_expired(child) ? corm__pair_show(session, parent, relation, child)
                                         : corm__pair_tell(session, parent, relation, child);
    if (!relation->to_many)
        status = corm__displaced(session, parent, relation, &displaced);
    if (status == CORM_OK && displaced != NULL && displaced != child)
        status = corm__pair_part(session, parent, relation, displaced);
    return status == CORM_OK ? corm__pair_move(session, old == parent || forgotten ? NULL : old,
                                               parent, relation, child)
                             : status;
}

/* The same of a new child that is linked to nothing, and a new parent whose collection tells what it has. */
static corm_status corm__pair_new(corm_session *session, const corm__seat *parent,
                                  const corm__relation *relation, const corm__seat *child)
{
    corm__extra *from = corm__extra_make(child->object, child->record), *to = parent->record->extra;
    if (to == NULL)
        to = corm__extra_make(parent->object, parent->record);
    if (from == NULL || to == NULL || !corm__mark_seat_linked(session, child) ||
        !corm__mark_seat_linked(session, parent) ||
        !corm__items_push(session, &to->links[relation->index], child->object))
        return corm__no_memory(session);
    corm__link *list = &to->links[relation->index];
    list->loaded = true;
    list->told = true;
    corm__link *reference = &from->links[relation->inverse->index];
    reference->target = parent->object;
    reference->loaded = reference->told = reference->changed = true;
    return CORM_OK;
}

/* A new object that has come back after a rollback is told to whom it refers, unless another has been put there since.
 * A parent that is new again, too, may have forgotten it when a savepoint was undone before. */
static corm_status corm__refer_again(corm_session *session, void *child, corm__relation *relation)
{
    corm__link *reference = corm__link_if(child, relation);
    void *parent = reference->target;
    const corm__link *end = parent == NULL ? NULL : corm__link_if(parent, relation->inverse);
    if (parent != NULL && !relation->inverse->to_many && end != NULL && end->loaded &&
        end->changed && end->target != NULL && end->target != child)
        return corm__one_assign(session, child, relation, NULL);
    if (parent != NULL && corm__has_row(corm__record_of(parent)))
        return corm__pair_join(session, parent, relation->inverse, child);
    reference->kept = false;
    if (parent == NULL ||
        (end != NULL &&
         (end->target == child || corm__index_of(end->items, end->count, child) < end->count)))
        return CORM_OK;
    return corm__end_add(session, parent, relation->inverse, child);
}

/* Whether two objects are known to be linked many-to-many, without SQL. *known false: nobody has
 * loaded it. */
static bool corm__is_linked(void *object, const corm__relation *relation, const void *item,
                            bool *known)
{
    corm__link *link = corm__link_if(object, relation);
    *known = true;
    if (link != NULL && corm__index_of(link->items, link->count, item) < link->count)
        return true;
    if (link != NULL && link->changes != NULL) {
        corm__changes *c = link->changes;
        if (corm__index_of(c->added, c->added_count, item) < c->added_count)
            return true;
        if (corm__index_of(c->removed, c->removed_count, item) < c->removed_count)
            return false;
    }
    const corm__link *shown = corm__view_of(object, relation);
    if (shown != NULL && corm__index_of(shown->items, shown->count, item) < shown->count)
        return true;
    *known = !corm__has_row(corm__record_of(object)) || !corm__has_row(corm__record_of(item)) ||
             (link != NULL && link->loaded && !link->prefetched);
    return false;
}

/* Whether only the object knows that it is linked to the item: the object was new when its transaction was undone,
 * which has made the item forget it. */
static bool corm__is_known_here_only(void *object, const corm__relation *relation, void *item)
{
    const corm__link *link = corm__link_if(object, relation);
    bool known = false;
    return link != NULL && link->kept && corm__has_row(corm__record_of(item)) &&
           !corm__is_linked(item, relation->inverse, object, &known);
}

/* How much must be looked through to find another object in this end. */
static uint32_t corm__length_of(const corm__link *link)
{
    return link == NULL ? 0
                        : link->count + (link->changes == NULL ? 0 : link->changes->added_count);
}

/* Whether the item's end, if it is the shorter one, tells that neither knows of a link between them. What was linked
 * or parted since the last flush is noted at both ends. */
static bool corm__is_apart(void *object, const corm__relation *relation, void *item)
{
    const corm__link *link = corm__link_if(object, relation),
                     *other = corm__link_if(item, relation->inverse);
    if (corm__length_of(other) >= corm__length_of(link) || (other != NULL && other->kept))
        return false;
    if (other != NULL && corm__index_of(other->items, other->count, object) < other->count)
        return false;
    if (!corm__is_stored(corm__record_of(item)))
        return true;
    const corm__changes *c = other == NULL ? NULL : other->changes;
    return link->count == 0 && corm__view_of(object, relation) == NULL &&
           corm__view_of(item, relation->inverse) == NULL &&
           (c == NULL ||
            (corm__index_of(c->added, c->added_count, object) == c->added_count &&
             corm__index_of(c->removed, c->removed_count, object) == c->removed_count));
}

static corm_status corm__many_join(corm_session *session, void *object, corm__relation *relation,
                                   void *item)
{
    bool known = false, other_known = false;
    const bool apart =
        corm__is_apart(object, relation, item) || corm__is_apart(item, relation->inverse, object);
    if (!apart && corm__is_linked(object, relation, item, &known))
        return corm__is_known_here_only(object, relation, item)
                   ? corm__end_add(session, item, relation->inverse, object)
                   : CORM_OK;
    if (!apart && !known && corm__is_linked(item, relation->inverse, object, &other_known))
        return CORM_OK;
    corm_status status = corm__end_add(session, object, relation, item);
    if (status != CORM_OK)
        return status;
    status = corm__end_add(session, item, relation->inverse, object);
    if (status != CORM_OK)
        (void)corm__end_drop(session, object, relation, item); /* needs no memory */
    return status;
}

static corm_status corm__many_part(corm_session *session, void *object, corm__relation *relation,
                                   void *item)
{
    const bool here_only = corm__is_known_here_only(object, relation, item);
    corm_status status = corm__end_drop(session, object, relation, item);
    return status == CORM_OK && !here_only
               ? corm__end_drop(session, item, relation->inverse, object)
               : status;
}

/* ---- Dropping unflushed changes (refresh, expire) -------------------------------------------- */

/* Who has lost the child since it was stored, where no primary key tells; NULL: nobody who knew of it. */
static void *corm__loser_of(corm_session *session, const void *child,
                            const corm__relation *relation)
{
    if (relation->remote_is_key || !relation->inverse->to_many)
        return NULL;
    for (size_t i = session->linked.count; i > 0; i--) {
        void *owner = session->linked.items[i - 1];
        if (owner == NULL || !corm__is_a(corm__mapper_at(owner), relation->target))
            continue;
        const corm__link *list = corm__link_if(owner, relation->inverse);
        const corm__changes *c = list == NULL ? NULL : list->changes;
        if (c != NULL && corm__index_of(c->removed, c->removed_count, child) < c->removed_count)
            return owner;
    }
    return NULL;
}

/* The reference becomes what is stored again, at both ends. */
static corm_status corm__reference_revert(corm_session *session, void *child,
                                          const corm__relation *relation)
{
    corm__link *link = corm__link_if(child, relation);
    bool known = false;
    corm_status status = CORM_OK;
    if (link == NULL || !link->loaded || !link->changed)
        return CORM_OK;
    if (link->target != NULL)
        status = corm__end_drop(session, link->target, relation->inverse, child);
    memset(link, 0, sizeof *link);
    void *stored = corm__one_now(session, child, relation, &known);
    if (stored == NULL && !known && (stored = corm__loser_of(session, child, relation)) != NULL) {
        link->target = stored;
        link->loaded = true;
    }
    if (status == CORM_OK && stored != NULL)
        status = corm__end_add(session, stored, relation->inverse, child);
    return status;
}

static corm_status corm__list_revert(corm_session *session, void *owner, corm__relation *relation)
{
    corm_status status = CORM_OK;
    corm__link *link = corm__link_if(owner, relation);
    while (status == CORM_OK && link->changes != NULL &&
           link->changes->added_count + link->changes->removed_count > 0) {
        corm__changes *c = link->changes;
        bool added = c->added_count > 0;
        void *item = added ? c->added[c->added_count - 1] : c->removed[c->removed_count - 1];
        if (relation->association == NULL) {
            status = corm__reference_revert(session, item, relation->inverse);
        } else if (added) {
            status = corm__many_part(session, owner, relation, item);
        } else {
            status = corm__end_add(session, owner, relation, item);
            if (status == CORM_OK)
                status = corm__end_add(session, item, relation->inverse, owner);
        }
        /* what the other end did not know of is forgotten here */
        (void)(added ? corm__array_erase(c->added, &c->added_count, item)
                     : corm__array_erase(c->removed, &c->removed_count, item));
    }
    return status;
}

/* Forgets what was loaded and what was changed in the object's relationships. */
static corm_status corm__links_revert(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm_status status = CORM_OK;
    if (corm__record_of(object)->extra == NULL)
        return CORM_OK;
    for (uint16_t i = 0; i < mapper->relation_count && status == CORM_OK; i++) {
        corm__relation *relation = mapper->relations[i];
        if (corm__link_if(object, relation) == NULL)
            continue;
        status = relation->holds_key ? corm__reference_revert(session, object, relation)
                                     : corm__list_revert(session, object, relation);
    }
    corm__links_forget(session, object);
    return status;
}

/* Whether an end that was changed has again what it had before. */
static bool corm__is_as_before(void *object, const corm__relation *relation, const corm__link *link)
{
    if (relation->holds_key)
        return !corm__one_differs(object, relation, link->target);
    if (link->target == NULL)
        return link->bare;
    const corm__link *reference = corm__link_if(link->target, relation->inverse);
    return reference != NULL && reference->loaded && !reference->changed;
}

/* Whether any relationship of the object has a change that is not flushed. */
static bool corm__links_changed(void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    const bool fresh = record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING;
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__link *link = corm__link_if(object, mapper->relations[i]);
        if (link == NULL)
            continue;
        /* what was put into or taken out of a collection that nobody has looked at, from the other
         * end, changes that end only */
        const bool known = (link->loaded && !link->prefetched) || link->opened;
        if ((link->changed && !corm__is_as_before(object, mapper->relations[i], link)) ||
            (known && link->changes != NULL &&
             link->changes->added_count + link->changes->removed_count > 0))
            return true;
        if (fresh && link->count > 0)
            return true;
    }
    return false;
}

#endif /* CORM__ROOM_RELATE_C */
