/* link.c: one end of a relationship on one object.
 *
 * Owns: what is known of an end and whether it is still valid: the items of a collection, the
 * target of a reference, what changed in them since the last flush.
 * Must not know: the other end, SQL, cascades. */
#ifndef CORM__ROOM_LINK_C
#define CORM__ROOM_LINK_C

#include "listed.c"
#include "matching.c"
#include "owners.c"

/* ---- Links and their validity ---------------------------------------------------------------- */

static CORM__COLD corm_status corm__no_memory(corm_session *session)
{
    return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory");
}

/* Back to "not loaded, not changed". The list may be in the program's hands. */
static void corm__link_reset(corm_session *session, corm__link *link)
{
    corm__changes_drop(session, link);
    corm__items_release(session, link);
    memset(link, 0, sizeof *link);
    link->forgotten = true;
}

static void corm__links_reset(corm_session *session, corm__extra *extra)
{
    corm__views_drop(session, extra);
    for (uint16_t i = 0; i < extra->link_count; i++)
        corm__link_reset(session, &extra->links[i]);
    extra->generation = session->links_generation;
}

/* Before items are taken out in place: a copy, if the program holds them. false: out of memory. */
static bool corm__items_own(corm_session *session, corm__link *link)
{
    if (!link->handed)
        return true;
    void **copy = corm__list_allocate(session, link->capacity * sizeof *copy);
    if (copy == NULL)
        return false;
    memcpy(copy, link->items, link->count * sizeof *copy);
    corm__items_replace(session, link, copy, link->capacity);
    return true;
}

/* NULL: out of memory. */
static corm__changes *corm__changes_of(corm_session *session, corm__link *link)
{
    if (link->changes == NULL) {
        link->changes = corm__list_allocate(session, sizeof *link->changes);
        if (link->changes != NULL)
            memset(link->changes, 0, sizeof *link->changes);
    }
    return link->changes;
}

/* A many-to-many of a fresh owner is forgotten: no key tells what it had, should a rollback make it new again. */
static void corm__link_put_aside(corm_session *session, corm__link *link)
{
    if (link->loaded && link->count > 0 && corm__changes_of(session, link) != NULL &&
        corm__items_own(session, link)) {
        corm__changes *c = link->changes;
        corm__list_release(session, c->made, c->made_capacity * sizeof(void *));
        c->made = link->items;
        c->made_count = link->count;
        c->made_capacity = link->capacity;
        link->items = NULL;
        link->count = link->capacity = 0;
    }
    corm__changes *kept = link->changes;
    if (kept != NULL)
        kept->added_count = kept->removed_count = kept->recent_count = 0;
    link->changes = NULL;
    corm__link_reset(session, link);
    link->changes = kept;
}

/* Of a fresh object. */
static CORM__APART void corm__links_put_aside(corm_session *session, const void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm__extra *extra = corm__record_of(object)->extra;
    corm__views_drop(session, extra);
    for (uint16_t i = 0; i < extra->link_count; i++) {
        if (mapper->relations[i]->association != NULL)
            corm__link_put_aside(session, &extra->links[i]);
        else
            corm__link_reset(session, &extra->links[i]);
    }
    extra->generation = session->links_generation;
}

/* The links of an object expire. */
static inline void corm__links_forget(corm_session *session, const void *object)
{
    const corm__record *record = corm__record_of(object);
    if (CORM__UNLIKELY(record->fresh))
        corm__links_put_aside(session, object);
    else
        corm__links_reset(session, record->extra);
}

/* Of a persistent object. Apart, so that the frequent case need not save what this one uses. */
static CORM__APART corm__link *corm__link_renewed(const void *object,
                                                  const corm__relation *relation)
{
    corm__links_forget(corm__session_at(object), object);
    return &corm__record_of(object)->extra->links[relation->index];
}

/* The link of what is known of an object, expired ones emptied. */
static inline corm__link *corm__link_of(const void *object, const corm__record *record,
                                        corm__extra *extra, const corm__relation *relation)
{
    if (record->state == CORM_STATE_PERSISTENT &&
        CORM__UNLIKELY(extra->generation !=
                       corm__session_of(corm__slab_of(object), record)->links_generation))
        return corm__link_renewed(object, relation);
    return &extra->links[relation->index];
}

/* The same; NULL where nothing is known. */
static corm__link *corm__link_if(const void *object, const corm__relation *relation)
{
    const corm__record *record = corm__record_of(object);
    return record->extra == NULL ? NULL : corm__link_of(object, record, record->extra, relation);
}

/* The same, made where there is none. NULL: out of memory, or an object of the program that has
 * none. */
static corm__link *corm__link_at(const void *object, const corm__relation *relation)
{
    const corm__record *record = corm__record_of(object);
    corm__extra *extra = record->extra != NULL ? record->extra : corm__extra_of(object);
    return extra == NULL ? NULL : corm__link_of(object, record, extra, relation);
}

static bool corm__prefetch_is_valid(corm_session *session, const corm__relation *relation,
                                    const corm__link *link)
{
    const corm__mapper *between =
        relation->association == NULL ? NULL : relation->association->mapper;
    return corm__store_of(session, relation->target->root)->written <= link->stamp &&
           corm__store_of(session, relation->source->root)->written <= link->stamp &&
           (between == NULL || corm__store_of(session, between->root)->written <= link->stamp) &&
           session->ended <= link->stamp;
}

/* ---- Arrays of objects ----------------------------------------------------------------------- */

static bool corm__array_push(corm_session *session, void ***items, uint32_t *count,
                             uint32_t *capacity, void *item)
{
    if (*count == *capacity) {
        uint32_t larger = *capacity == 0 ? 4 : *capacity * 2;
        void **grown = corm__list_allocate(session, larger * sizeof *grown);
        if (grown == NULL)
            return false;
        if (*count > 0)
            memcpy(grown, *items, *count * sizeof *grown);
        corm__list_release(session, *items, *capacity * sizeof *grown);
        *items = grown;
        *capacity = larger;
    }
    (*items)[(*count)++] = item;
    return true;
}

static void corm__array_erase_at(void **items, uint32_t *count, size_t i)
{
    memmove(&items[i], &items[i + 1], (*count - i - 1) * sizeof *items);
    (*count)--;
}

static bool corm__array_erase(void **items, uint32_t *count, const void *item)
{
    const size_t i = corm__index_of(items, *count, item);
    if (i == *count)
        return false;
    corm__array_erase_at(items, count, i);
    return true;
}

static bool corm__items_erase(corm_session *session, corm__link *link, const void *item)
{
    const size_t i = corm__index_of(link->items, link->count, item);
    if (i == link->count)
        return true;
    if (!corm__items_own(session, link))
        return false;
    corm__array_erase_at(link->items, &link->count, i);
    return true;
}

static int corm__compare_integer_keys(const void *a, const void *b)
{
    const void *one = *(void *const *)a, *other = *(void *const *)b;
    const int64_t left = corm__integer_key_of(one), right = corm__integer_key_of(other);
    return left < right ? -1 : left > right;
}

/* Into the order of their keys, which they mostly have already. */
static void corm__items_sort(corm__link *link)
{
    int64_t last = INT64_MIN;
    uint32_t i = 0;
    for (; i < link->count; i++) {
        const int64_t key = corm__integer_key_of(link->items[i]);
        if (key < last)
            break;
        last = key;
    }
    if (i < link->count)
        qsort(link->items, link->count, sizeof *link->items, corm__compare_integer_keys);
}

/* A pair that an association table without a key holds twice is one item. They are sorted. */
static void corm__items_once(corm__link *link)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < link->count; i++)
        if (kept == 0 || link->items[kept - 1] != link->items[i])
            link->items[kept++] = link->items[i];
    link->count = kept;
}

/* ---- Views: what a query shows of a collection ----------------------------------------------- */

/* NULL: the collection is shown as it is. */
static corm__view *corm__view_find(const void *object, const corm__relation *relation)
{
    const corm__record *record = corm__record_of(object);
    corm__view *view = corm__rare_read(record)->views;
    while (view != NULL && view->relation != relation->index)
        view = view->next;
    return view != NULL && record->state == CORM_STATE_PERSISTENT &&
                   view->generation == corm__session_at(object)->links_generation
               ? view
               : NULL;
}

/* Its list, which is not loaded where it waits to be looked at. */
static corm__link *corm__view_of(const void *object, const corm__relation *relation)
{
    corm__view *view = corm__view_find(object, relation);
    return view == NULL ? NULL : &view->list;
}

/* An empty view, to be filled; NULL: out of memory. */
static corm__link *corm__view_begin(corm_session *session, void *object,
                                    const corm__relation *relation)
{
    corm__rare *rare = corm__link_at(object, relation) == NULL ? NULL : corm__rare_of(object);
    if (rare == NULL)
        return NULL;
    corm__view *view = rare->views;
    while (view != NULL && view->relation != relation->index)
        view = view->next;
    if (view == NULL) {
        view = corm__heap_allocate(&session->heap, sizeof *view);
        if (view == NULL)
            return NULL;
        memset(view, 0, sizeof *view);
        view->relation = relation->index;
        view->next = rare->views;
        rare->views = view;
    }
    corm__items_release(session, &view->list);
    corm__later_release(session, view->later);
    view->later = NULL;
    view->list.loaded = view->list.handed = false;
    view->generation = session->links_generation;
    return &view->list;
}

/* The collection is shown as it is again. */
static void corm__view_end(corm_session *session, void *object, const corm__relation *relation)
{
    corm__rare *rare = corm__rare_known(corm__record_of(object));
    corm__view **place = rare == NULL ? NULL : &rare->views;
    while (place != NULL && *place != NULL && (*place)->relation != relation->index)
        place = &(*place)->next;
    if (place == NULL || *place == NULL)
        return;
    corm__view *view = *place;
    *place = view->next;
    corm__items_release(session, &view->list);
    corm__later_release(session, view->later);
    corm__heap_release(&session->heap, view, sizeof *view);
}

/* What the program puts into the collection, or takes out, shows. */
static bool corm__view_put(corm_session *session, void *object, const corm__relation *relation,
                           void *item, bool added)
{
    corm__link *list = corm__rare_read(corm__record_of(object))->views == NULL
                           ? NULL
                           : corm__view_of(object, relation);
    if (CORM__LIKELY(list == NULL))
        return true;
    if (!added)
        return corm__items_erase(session, list, item);
    return corm__index_of(list->items, list->count, item) < list->count ||
           corm__items_push(session, list, item);
}

/* ---- One end: the collection, or the keyless side of a one-to-one ---------------------------- */

static bool corm__change_note(corm_session *session, corm__link *link, void *item, bool added)
{
    corm__changes *c = corm__changes_of(session, link);
    if (c == NULL)
        return false;
    if (!added) {
        (void)corm__array_erase(c->recent, &c->recent_count, item);
        while (corm__array_erase(c->made, &c->made_count, item))
            ;
    }
    if (added)
        return corm__array_erase(c->removed, &c->removed_count, item) ||
               corm__array_push(session, &c->added, &c->added_count, &c->added_capacity, item);
    return corm__array_erase(c->added, &c->added_count, item) ||
           corm__array_push(session, &c->removed, &c->removed_count, &c->removed_capacity, item);
}

/* The program changes the collection itself. */
static corm_status corm__list_open(corm_session *session, void *owner,
                                   const corm__relation *relation)
{
    corm__link *link = corm__link_at(owner, relation);
    if (link == NULL)
        return corm__no_memory(session);
    link->opened = corm__has_row(corm__record_of(owner)) &&
                   relation->lazy != CORM_LAZY_WRITE_ONLY && (!link->loaded || link->prefetched);
    return CORM_OK;
}

/* Whether a list may hold the item already. It cannot, where the item's reference to the owner is new, or the item
 * itself: that spares looking through the list for every append. */
static bool corm__may_hold(const corm__link *list, void *item, const corm__relation *relation)
{
    const corm__link *link = corm__link_if(item, relation->inverse);
    if (relation->association != NULL)
        return list->kept || corm__is_stored(corm__record_of(item)) || (link != NULL && link->kept);
    return list->kept || link == NULL || !link->changed;
}

/* What was appended stands last, also when the collection is first loaded after the flush; of what was appended twice
 * the later place counts. What was linked from its own end before stands where .order_by puts it. */
static bool corm__keep_order(corm_session *session, corm__link *link, void *item)
{
    corm__changes *c = link->changes;
    return corm__array_push(session, &c->recent, &c->recent_count, &c->recent_capacity, item);
}

/* A rollback makes the owner new again, when it holds what was put in. A list that is never loaded may say so itself. */
static bool corm__keep_made(corm_session *session, const corm__relation *relation, corm__link *link,
                            void *item)
{
    corm__changes *c = link->changes;
    if (relation->lazy == CORM_LAZY_WRITE_ONLY)
        return (corm__may_hold(link, item, relation) &&
                corm__index_of(link->items, link->count, item) < link->count) ||
               corm__items_push(session, link, item);
    return corm__array_push(session, &c->made, &c->made_count, &c->made_capacity, item);
}

static corm_status corm__end_add(corm_session *session, void *owner, const corm__relation *relation,
                                 void *item)
{
    corm__link *link = corm__link_at(owner, relation);
    if (link == NULL || !corm__mark_linked(session, owner))
        return corm__no_memory(session);
    if (!relation->to_many) {
        if (!link->changed)
            link->bare = link->loaded && !link->prefetched && link->target == NULL;
        link->target = item;
        link->loaded = link->changed = true;
        link->prefetched = false;
        return CORM_OK;
    }
    bool stored = corm__is_stored(corm__record_of(owner));
    if (!stored) {
        link->loaded = true;
        link->told = true;
    }
    if (stored && (!corm__change_note(session, link, item, true) ||
                   !corm__view_put(session, owner, relation, item, true)))
        return corm__no_memory(session);
    /* what was fetched ahead is read again after the flush */
    if (stored && link->opened && (!link->loaded || link->prefetched) &&
        !corm__keep_order(session, link, item))
        return corm__no_memory(session);
    if (stored && !link->loaded && corm__record_of(owner)->fresh &&
        !corm__keep_made(session, relation, link, item))
        return corm__no_memory(session);
    if (!link->loaded || (corm__may_hold(link, item, relation) &&
                          corm__index_of(link->items, link->count, item) < link->count))
        return CORM_OK;
    return corm__items_push(session, link, item) ? CORM_OK : corm__no_memory(session);
}

static corm_status corm__end_drop(corm_session *session, void *owner,
                                  const corm__relation *relation, void *item)
{
    corm__link *link = corm__link_at(owner, relation);
    if (link == NULL || !corm__mark_linked(session, owner))
        return corm__no_memory(session);
    if (!relation->to_many) {
        if (!link->loaded || link->target == item) {
            link->bare = link->bare && link->changed;
            link->target = NULL;
            link->loaded = link->changed = true;
            link->prefetched = false;
        }
        return CORM_OK;
    }
    if (!corm__is_stored(corm__record_of(owner)))
        link->told = true;
    else if (!corm__change_note(session, link, item, false) ||
             !corm__view_put(session, owner, relation, item, false))
        return corm__no_memory(session);
    return corm__items_erase(session, link, item) ? CORM_OK : corm__no_memory(session);
}

/* ---- The other end: the reference ------------------------------------------------------------ */

/* A foreign key of which a part is NULL refers to nothing. */
static bool corm__key_is_null(const corm__relation *relation, const corm__key *key)
{
    for (uint16_t i = 0; i < relation->key_count; i++) {
        if (key->values[i].type == CORM_VALUE_NULL)
            return true;
    }
    return false;
}

/* The target that the row of an object refers to. */
static CORM__APART void *corm__one_stored(corm_session *session, void *object,
                                          const corm__relation *relation, bool *known)
{
    corm__key key;
    *known = false;
    if (!relation->holds_key)
        return NULL;
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &key);
    if (corm__key_is_null(relation, &key)) {
        *known = true;
        return NULL;
    }
    void *target = session != NULL && relation->remote_is_key
                       ? corm__identity_find(session, relation->target, key.values)
                       : NULL;
    *known = target != NULL;
    return target;
}

/* The target as far as it is known without SQL. *known false: there is one, but not in the
 * session. */
static void *corm__one_now(corm_session *session, void *object, const corm__relation *relation,
                           bool *known)
{
    const corm__link *link = corm__link_if(object, relation);
    *known = true;
    if (link != NULL && link->loaded && !link->prefetched)
        return link->target;
    return corm__is_stored(corm__record_of(object))
               ? corm__one_stored(session, object, relation, known)
               : NULL;
}

/* Of an object that has a row. */
static CORM__APART bool corm__one_differs_from_row(void *object, const corm__relation *relation,
                                                   void *target)
{
    corm__key stored, key;
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &stored);
    if (target != NULL && !corm__is_stored(corm__record_of(target)))
        return true;
    if (target != NULL)
        corm__key_read(relation->target, relation->remote, relation->key_count,
                       corm__snapshot_of(target), &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        bool absent = stored.values[i].type == CORM_VALUE_NULL;
        if (target == NULL && absent)
            return false;
        if (target == NULL ? !absent : !corm__value_equal(&stored.values[i], &key.values[i]))
            return true;
    }
    return false;
}

/* Whether the reference to `target` differs from what is stored. Nothing is stored of a new object: that
 * it was told to refer to nobody outweighs a foreign key that it brings. */
static bool corm__one_differs(void *object, const corm__relation *relation, void *target)
{
    return !corm__is_stored(corm__record_of(object)) ||
           corm__one_differs_from_row(object, relation, target);
}

/* Whether a child of which no parent is stored has had one since, in a relationship whose orphans are deleted. It is
 * one then, as if a flush had come in between. */
static bool corm__is_bereft(const corm__relation *relation, const corm__link *before)
{
    return (relation->inverse->cascade & CORM_CASCADE_DELETE_ORPHAN) && before->loaded &&
           !before->prefetched && before->changed;
}

/* *before: what it was. */
static CORM__INLINE corm_status corm__one_assign_noting(corm_session *session, void *object,
                                                        const corm__relation *relation,
                                                        void *target, corm__link *before)
{
    corm__link *link = corm__link_at(object, relation);
    if (link == NULL || !corm__mark_linked(session, object))
        return corm__no_memory(session);
    *before = *link;
    link->target = target;
    link->loaded = true;
    link->prefetched = false;
    link->kept = false;
    link->told = true;
    link->changed = corm__one_differs(object, relation, target) ||
                    (target == NULL && corm__is_bereft(relation, before));
    return CORM_OK;
}

static corm_status corm__one_assign(corm_session *session, void *object,
                                    const corm__relation *relation, void *target)
{
    corm__link before;
    return corm__one_assign_noting(session, object, relation, target, &before);
}

#endif /* CORM__ROOM_LINK_C */
