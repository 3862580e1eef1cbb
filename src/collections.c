/* collections.c: what programs read and change through collections.
 *
 * Owns: the public calls on collections: handing out lists, counting, appending, removing, replacing.
 * Must not know: how anything is loaded or written. */
#ifndef CORM__ROOM_COLLECTIONS_C
#define CORM__ROOM_COLLECTIONS_C

#include "access.c"

/* Of a read-only object, or of none. */
static corm_list corm__frozen_list(void *object, corm_relationship_ref relationship,
                                   const char *verb)
{
    corm_list list = {NULL, 0};
    if (corm__frozen_slab(object) == NULL) {
        (void)corm__not_taken(NULL, object, NULL, relationship, verb);
        return list;
    }
    CORM__ENTER(corm__frozen_slab(object)->owner, list);
    const corm__frozen_link *link = corm__frozen_loaded(object, relationship, true);
    if (link == NULL)
        return list;
    corm__status = CORM_OK;
    list.items = link->items;
    list.count = link->count;
    return list;
}

CORM_API corm_list corm_related_list(void *object, corm_relationship_ref relationship)
{
    corm_list list = {NULL, 0};
    corm__link *link = NULL;
    corm__record *record = object == NULL ? NULL : corm__recognise(object);
    if (record == NULL)
        return corm__frozen_list(object, relationship, "");
    corm_session *session = corm__session_at(object);
    CORM__ENTER(session, list);
    corm__relation *relation = corm__relation_in(session, object, relationship, true);
    if (relation == NULL)
        return list;
    CORM__ERRAND_RELATED(session, object, relation);
    corm_status status = session == NULL ? corm__outside_current(object) : CORM_OK;
    if (status == CORM_OK && corm__view_of(object, relation) != NULL)
        status = corm__later_ready(session, object, relation, &link);
    if (status == CORM_OK && link == NULL)
        status = relation->lazy == CORM_LAZY_WRITE_ONLY
                     ? corm__write_only(session, object, relation)
                     : corm__list_ready(session, object, relation, true, &link);
    if (corm__ended(status) != CORM_OK)
        return list;
    link->handed = link->count > 0;
    list.items = link->items;
    list.count = link->count;
    return list;
}

CORM_API size_t corm_related_count(void *object, corm_relationship_ref relationship)
{
    int64_t rows = 0;
    corm__record *record = object == NULL ? NULL : corm__recognise(object);
    if (record == NULL)
        return corm__frozen_list(object, relationship, "count").count;
    corm_session *session = corm__session_at(object);
    CORM__ENTER(session, 0);
    corm__relation *relation = corm__relation_in(session, object, relationship, true);
    if (relation == NULL)
        return 0;
    CORM__ERRAND_RELATED(session, object, relation);
    if (relation->lazy == CORM_LAZY_WRITE_ONLY) {
        size_t count = 0;
        corm_status counted = corm__unloaded_count(session, object, relation, &count);
        return corm__ended(counted) == CORM_OK ? count : 0;
    }
    if (corm__view_of(object, relation) != NULL)
        return corm_related_list(object, relationship).count;
    corm__link *link = corm__link_if(object, relation);
    bool count_here = session == NULL || !corm__has_row(record) ||
                      (link != NULL && (link->opened || (link->loaded && !link->prefetched)));
    corm_status status = count_here ? CORM_OK : corm__autoflush(session);
    if (status == CORM_OK && !count_here)
        status = corm__owner_current(session, object, relation);
    link = corm__link_if(object, relation);
    if (count_here || session->linked.count > 0 ||
        (link != NULL && link->loaded && link->prefetched)) {
        corm_list list =
            status == CORM_OK ? corm_related_list(object, relationship) : (corm_list){NULL, 0};
        return list.count;
    }
    if (status == CORM_OK)
        status = corm__count_rows(session, object, relation, &rows);
    return corm__ended(status) == CORM_OK ? (size_t)rows : 0;
}

CORM_API bool corm_related_contains(void *object, corm_relationship_ref relationship,
                                    const void *item)
{
    corm_session *session = corm__either(object, NULL);
    CORM__ENTER(session, false);
    corm__record *record = object == NULL ? NULL : corm__recognise(object);
    corm__relation *relation =
        record == NULL ? NULL : corm__relation_in(session, object, relationship, true);
    CORM__ERRAND_RELATED(session, object, relation);
    if (relation != NULL && relation->lazy == CORM_LAZY_WRITE_ONLY) {
        bool contained = false;
        corm_status status = CORM_OK;
        if (item != NULL && corm__recognise(item) != NULL &&
            corm__is_a(corm__mapper_at(item), relation->target))
            status = corm__unloaded_contains(session, object, relation, (void *)(uintptr_t)item,
                                             &contained);
        return corm__ended(status) == CORM_OK && contained;
    }
    corm_list list = corm_related_list(object, relationship);
    return item != NULL && corm__index_of(list.items, list.count, item) < list.count;
}

static corm_status corm__append(corm_session *session, void *object, corm__relation *relation,
                                void *item)
{
    bool known = false;
    corm_status status = corm__changeable(session, relation);
    if (status == CORM_OK)
        status = corm__item_fits(session, relation, item);
    /* to what was deleted something may be appended still; it only cannot be appended itself */
    corm__record_of(object)->flags &= (uint16_t)~CORM__LEFT;
    if (status == CORM_OK)
        status = corm__linkable(session, item, object);
    if (status == CORM_OK)
        status = corm__know_stored(session, object);
    if (status == CORM_OK && corm__item_counts(relation))
        status = corm__know_stored(session, item);
    if (status == CORM_OK)
        status = corm__list_known(session, object, relation);
    if (status == CORM_OK)
        status = corm__list_open(session, object, relation);
    const bool moved = relation->association == NULL &&
                       corm__record_of(item)->state == CORM_STATE_PENDING &&
                       corm__one_now(session, item, relation->inverse, &known) != NULL;
    if (status ==
        CORM_OK) /* first, so that a new item comes with the parent that it had until now */
        status = corm__cascade_link(session, object, relation, item);
    if (status == CORM_OK)
        status = relation->association != NULL ? corm__many_join(session, object, relation, item)
                                               : corm__pair_join(session, object, relation, item);
    /* the way back does not cascade before the flush: a pending item that another one had leaves
     * the session with it */
    if (status == CORM_OK && moved && !corm__is_in_session(corm__record_of(object)))
        status = corm__orphan_leave(session, relation, item);
    /* what was in the collection already, and hidden, shows */
    if (status == CORM_OK && !corm__view_put(session, object, relation, item, true))
        status = corm__no_memory(session);
    return status;
}

static corm_status corm__not_member(corm_session *session, void *object,
                                    const corm__relation *relation, void *item)
{
    char label[CORM__LABEL_SIZE], other[CORM__LABEL_SIZE];
    return corm__fail(session, CORM_NOT_MEMBER, "%s is not among the %s of %s",
                      corm__label(item, label), relation->name, corm__label(object, other));
}

/* Whether the link was appended without a look at what is stored. */
static bool corm__is_added_blindly(void *object, const corm__relation *relation, const void *item)
{
    const corm__link *link = corm__link_if(object, relation);
    return link != NULL && !link->loaded && link->changes != NULL &&
           corm__index_of(link->changes->added, link->changes->added_count, item) <
               link->changes->added_count;
}

static corm_status corm__remove_many(corm_session *session, void *object, corm__relation *relation,
                                     void *item)
{
    bool known = false, stored = false;
    corm__link *link = NULL;
    corm_status status = CORM_OK;
    bool linked = corm__is_linked(object, relation, item, &known);
    if (!linked && !known && relation->lazy == CORM_LAZY_WRITE_ONLY)
        status = corm__link_stored(session, relation, object, item, &linked);
    else if (!linked && !known) {
        status = corm__list_ready(session, object, relation, false, &link);
        if (status == CORM_OK)
            linked = corm__is_linked(object, relation, item, &known);
    }
    if (status != CORM_OK)
        return status;
    if (!linked)
        return corm__not_member(session, object, relation, item);
    if (corm__has_row(corm__record_of(item)) && corm__is_added_blindly(object, relation, item))
        status = corm__link_exists(session, relation, object, item, &stored);
    if (status == CORM_OK)
        status = corm__many_part(session, object, relation, item);
    /* once more: the first took the addition back, this one removes what is stored */
    if (status == CORM_OK && stored)
        status = corm__many_part(session, object, relation, item);
    return status;
}

/* Whether a one-to-many holds the item. A stored item's reference tells (`refers`), without a look through what may be a
 * long list, or the list does; an item without a row is there if it was put in. */
static bool corm__is_member(void *object, const corm__relation *relation, void *item, bool refers)
{
    const corm__link *link = corm__link_if(object, relation);
    const corm__changes *c = link == NULL ? NULL : link->changes;
    const bool stored = corm__has_row(corm__record_of(item));
    if (stored && refers)
        return true;
    if (link != NULL && corm__index_of(link->items, link->count, item) < link->count)
        return true;
    if (stored)
        return false;
    return c != NULL && corm__index_of(c->added, c->added_count, item) < c->added_count;
}

static corm_status corm__remove(corm_session *session, void *object, corm__relation *relation,
                                void *item)
{
    bool known = false;
    corm_status status = corm__changeable(session, relation);
    if (status == CORM_OK)
        status = corm__item_fits(session, relation, item);
    if (status == CORM_OK && corm__item_counts(relation))
        status = corm__know_stored(session, item);
    if (status == CORM_OK)
        status = corm__list_known(session, object, relation);
    if (status == CORM_OK)
        status = corm__list_open(session, object, relation);
    if (status != CORM_OK)
        return status;
    if (relation->association != NULL)
        return corm__remove_many(session, object, relation, item);
    void *owner = corm__one_now(session, item, relation->inverse, &known);
    if (!corm__is_member(object, relation, item, known && owner == object))
        return corm__not_member(session, object, relation, item);
    if (known ? owner == object : corm__is_stored(corm__record_of(object)))
        status = corm__pair_part(session, object, relation, item);
    else
        status = corm__end_drop(session, object, relation, item);
    return status == CORM_OK ? corm__orphan_leave(session, relation, item) : status;
}

/* One change of a collection: corm__append or corm__remove. */
typedef corm_status corm__collection_change(corm_session *session, void *object,
                                            corm__relation *relation, void *item);

static corm_status corm__change_collection(void *object, corm_relationship_ref relationship,
                                           void *item, const char *verb,
                                           corm__collection_change *change)
{
    corm_session *session = corm__either(object, item);
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm__both(object, item, false, relationship, verb, &session);
    if (status != CORM_OK)
        return corm__ended(status);
    corm__relation *relation = corm__relation_in(session, object, relationship, true);
    CORM__ERRAND_RELATED(session, object, relation);
    return relation == NULL ? corm__status : corm__ended(change(session, object, relation, item));
}

/* Two new objects of a session, of which the second is linked to nothing: so graphs are built. */
static CORM__INLINE bool corm__are_new(void *object, void *item, corm__seat *owner,
                                       corm__seat *child)
{
    enum { ELSEWHERE = CORM__LEFT | CORM__DISPLACED | CORM__GONE };
    if (object == NULL || item == NULL || object == item || !corm__seat_of(object, owner) ||
        !corm__seat_of(item, child))
        return false;
    const corm_session *session = corm__slab_of(object)->owner;
    return session != NULL && session == corm__slab_of(item)->owner && session->running == NULL &&
           child->record->extra == NULL && child->record->state == CORM_STATE_TRANSIENT &&
           corm__is_new(owner->record) && !owner->record->away && !child->record->away &&
           ((owner->record->flags | child->record->flags) & ELSEWHERE) == 0;
}

/* corm__append of these. */
static corm_status corm__append_new(corm_session *session, const corm__seat *owner,
                                    corm_relationship_ref relationship, const corm__seat *child)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__relation *relation = corm__relation_in(session, owner->object, relationship, true);
    if (relation == NULL)
        return corm__status;
    const corm__extra *extra = owner->record->extra;
    if (CORM__UNLIKELY(relation->association != NULL || relation->view_only ||
                       !corm__is_a(corm__mapper_at(child->object), relation->target) ||
                       (extra != NULL && extra->links[relation->index].kept)))
        return corm__ended(corm__append(session, owner->object, relation, child->object));
    corm_status status = corm__is_in_session(owner->record)
                             ? corm__cascade_link(session, owner->object, relation, child->object)
                             : CORM_OK;
    return corm__ended(status == CORM_OK ? corm__pair_new(session, owner, relation, child)
                                         : status);
}

CORM_API corm_status corm_related_append(void *object, corm_relationship_ref relationship,
                                         void *item)
{
    corm__seat owner, child;
    if (corm__are_new(object, item, &owner, &child))
        return corm__append_new(corm__slab_of(object)->owner, &owner, relationship, &child);
    return corm__change_collection(object, relationship, item, "append", corm__append);
}

CORM_API corm_status corm_related_remove(void *object, corm_relationship_ref relationship,
                                         void *item)
{
    return corm__change_collection(object, relationship, item, "remove", corm__remove);
}

static uint64_t corm__address_hash(const void *object)
{
    return (uint64_t)(uintptr_t)object >> 3;
}

static bool corm__set_has(const corm__hash_map *set, const void *object)
{
    return corm__hash_slot(set, corm__address_hash(object))->object != NULL;
}

/* The objects of an array, to be asked for often; false: out of memory. */
static bool corm__set_make(corm__hash_map *set, void *const *items, size_t count)
{
    if (!corm__hash_make(set, count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (items[i] != NULL && !corm__set_has(set, items[i]))
            corm__hash_add(set, corm__address_hash(items[i]), items[i]);
    return true;
}

/* The order of a collection that was replaced is the order of the new items, each of which it has once; the set
 * loses them. */
static corm_status corm__arrange(corm_session *session, void *object, corm__relation *relation,
                                 void *const *items, size_t count, corm__hash_map *set)
{
    corm__link *link = corm__link_at(object, relation);
    corm__link arranged = {0};
    for (size_t i = 0; i < count; i++) {
        if (corm__hash_remove(set, corm__address_hash(items[i]), items[i]) &&
            !corm__items_push(session, &arranged, items[i])) {
            corm__list_release(session, arranged.items, arranged.capacity * sizeof(void *));
            return corm__no_memory(session);
        }
    }
    if (arranged.items != NULL)
        corm__items_replace(session, link, arranged.items, arranged.capacity);
    link->count = arranged.count;
    if (!corm__has_row(corm__record_of(object)))
        link->told = true;
    return CORM_OK;
}

/* Puts those that the set does not have behind the others: from the end on, they are taken out fast. */
static corm_status corm__part_items(corm_session *session, corm__link *link,
                                    const corm__hash_map *set)
{
    corm__link parted = {0};
    for (unsigned behind = 0; behind < 2; behind++) {
        for (uint32_t i = 0; i < link->count; i++) {
            if (corm__set_has(set, link->items[i]) == !behind &&
                !corm__items_push(session, &parted, link->items[i])) {
                corm__list_release(session, parted.items, parted.capacity * sizeof(void *));
                return corm__no_memory(session);
            }
        }
    }
    if (parted.items != NULL)
        corm__items_replace(session, link, parted.items, parted.capacity);
    return CORM_OK;
}

static corm_status corm__replace(corm_session *session, void *object, corm__relation *relation,
                                 void *const *items, size_t count)
{
    corm__link *link = NULL;
    corm__vector old = {NULL, 0, 0};
    corm__hash_map set = {.block = NULL};
    corm_status status = corm__changeable(session, relation);
    if (status == CORM_OK && !corm__set_make(&set, items, count))
        status = corm__no_memory(session);
    if (status == CORM_OK)
        status = relation->lazy == CORM_LAZY_WRITE_ONLY
                     ? corm__write_only(session, object, relation)
                     : corm__list_ready(session, object, relation, false, &link);
    for (uint32_t i = 0; status == CORM_OK && i < link->count; i++)
        status = corm__vector_push(&old, link->items[i]) ? CORM_OK : corm__no_memory(session);
    for (size_t i = 0; i < count && status == CORM_OK; i++)
        status = corm__append(session, object, relation, items[i]);
    if (status == CORM_OK)
        status = corm__part_items(session, corm__link_at(object, relation), &set);
    for (size_t i = old.count; i > 0 && status == CORM_OK; i--) {
        if (!corm__set_has(&set, old.items[i - 1]))
            status = corm__remove(session, object, relation, old.items[i - 1]);
    }
    if (status == CORM_OK)
        status = corm__arrange(session, object, relation, items, count, &set);
    if (status == CORM_OK)
        corm__view_end(session, object, relation); /* the collection is known now */
    corm__vector_free(&old);
    corm__free(set.block);
    return status;
}

CORM_API corm_status corm_related_replace(void *object, corm_relationship_ref relationship,
                                          void *const *items, size_t count)
{
    corm_session *session = corm__either(object, NULL);
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm__both(object, NULL, true, relationship, "replace", &session);
    if (status == CORM_OK && items == NULL && count > 0)
        status = corm__poison(session, CORM_NULL_ARGUMENT, "replace: the items are NULL");
    /* twice, as the last item may bring the object into its session, where the first ones have to follow */
    for (size_t i = 0; i < 2 * count && status == CORM_OK; i++) {
        void *item = items[i % count];
        session = corm__either(object, item);
        status = corm__both(object, item, false, relationship, "replace", &session);
    }
    if (status != CORM_OK)
        return corm__ended(status);
    corm__relation *relation = corm__relation_in(session, object, relationship, true);
    CORM__ERRAND_RELATED(session, object, relation);
    return relation == NULL ? corm__status
                            : corm__ended(corm__replace(session, object, relation, items, count));
}

#endif /* CORM__ROOM_COLLECTIONS_C */
