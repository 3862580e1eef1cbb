/* access.c: what programs read and change through relationships.
 *
 * Owns: the public calls on relationships: checking their arguments, flushing before them, handing out
 * lists.
 * Must not know: how anything is loaded or written. */
#ifndef CORM__ROOM_ACCESS_C
#define CORM__ROOM_ACCESS_C

#include "expunge.c"

/* ---- Arguments ------------------------------------------------------------------------------- */

/* The relation of a public reference as this object's model has it; NULL with the error
 * recorded. */
static corm__relation *corm__relation_in(corm_session *session, const void *object,
                                         corm_relationship_ref reference, int to_many)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__relation *relation = corm__own_relation(mapper, reference);
    if (relation == NULL)
        relation = corm__relation_of(mapper->registry, reference);
    if (relation == NULL || !corm__is_a(mapper, relation->source)) {
        (void)corm__fail(session, CORM_WRONG_MODEL,
                         "the relationship is one of %s, the object is of %s",
                         relation == NULL ? "another schema" : relation->source->model->name,
                         mapper->model->name);
        return NULL;
    }
    if (to_many >= 0 && relation->to_many != (to_many == 1)) {
        (void)corm__fail(session, CORM_MISUSE, "%s.%s is %s", mapper->model->name, relation->name,
                         relation->to_many ? "a collection" : "a single object");
        return NULL;
    }
    return relation;
}

/* The session that two objects share, NULL: none; one that belongs to nobody is taken into the
 * other's. */
static corm_status corm__together(void *object, void *item, corm_session **out)
{
    corm_session *session = corm__session_at(object);
    if (session == NULL)
        session = corm__session_at(item);
    *out = session;
    if (session == NULL && corm__mapper_at(object)->registry != corm__mapper_at(item)->registry)
        return corm__other_schema(NULL, item);
    if (session == NULL)
        return CORM_OK;
    corm_status status = corm__claim(session, object);
    return status == CORM_OK ? corm__claim(session, item) : status;
}

/* The stored reference decides what a change means, so it must be what is stored now. */
static corm_status corm__know_stored(corm_session *session, void *object)
{
    if (!corm__has_row(corm__record_of(object)) || session->poison != CORM_OK)
        return CORM_OK;
    corm_status status = corm__make_current(session, object);
    return status == CORM_ROW_MISSING ? CORM_OK : status;
}

/* What was deleted can be linked to what is in no session, either: only adding it is refused. */
static corm_status corm__linkable(corm_session *session, void *object, const void *other)
{
    corm_status status = other != NULL && corm__is_in_session(corm__record_of(other))
                             ? corm__not_deleted(session, object, "linked")
                             : CORM_OK;
    if (status != CORM_OK)
        return status;
    corm__record_of(object)->flags &= (uint16_t)~CORM__LEFT;
    return CORM_OK;
}

/* Whether what the item has stored matters to a link to it: its own reference, or the columns that
 * are referred to. */
static bool corm__item_counts(const corm__relation *relation)
{
    return relation->association == NULL && (!relation->holds_key || !relation->remote_is_key);
}

/* A collection of a detached object can be changed if it is known; so can one of a session that waits
 * for a rollback, in which nothing is remembered for later. */
static corm_status corm__list_known(corm_session *session, void *object, corm__relation *relation)
{
    const corm__record *record = corm__record_of(object);
    corm__link *link = NULL;
    if (record->state == CORM_STATE_DETACHED)
        return corm__list_ready(session, object, relation, false, &link);
    if (!corm__has_row(record) || CORM__LIKELY(session->poison == CORM_OK) ||
        relation->lazy == CORM_LAZY_WRITE_ONLY)
        return CORM_OK;
    link = corm__link_if(object, relation);
    return link != NULL && (link->opened || (link->loaded && !link->prefetched))
               ? CORM_OK
               : corm__usable(session);
}

/* The session that one of two objects belongs to, before they are checked; each may be anything. */
static corm_session *corm__either(const void *object, const void *item)
{
    corm_session *session =
        object == NULL || corm__recognise(object) == NULL ? NULL : corm__session_at(object);
    if (session != NULL)
        return session;
    return item == NULL || corm__recognise(item) == NULL ? NULL : corm__session_at(item);
}

/* Both objects of a change, checked; *out was the session of either, and is that of both. */
static corm_status corm__both(void *object, void *item, const char *call, corm_session **out)
{
    if (corm__forbidden(*out, CORM__BOUND_ALL, call) != CORM_OK ||
        corm__object_in(*out, object, call) == NULL || corm__object_in(*out, item, call) == NULL)
        return corm__status;
    return corm__together(object, item, out);
}

static corm_status corm__changeable(corm_session *session, const corm__relation *relation)
{
    if (!relation->view_only)
        return CORM_OK;
    return corm__fail(session, CORM_MISUSE,
                      "%s.%s is %s: change the relationship or the columns that it looks at",
                      relation->source->model->name, relation->name,
                      relation->filter_count > 0 ? "view-only, because it has a .filter"
                                                 : "declared .view_only");
}

static corm_status corm__item_fits(corm_session *session, const corm__relation *relation,
                                   const void *item)
{
    if (corm__is_a(corm__mapper_at(item), relation->target))
        return CORM_OK;
    return corm__fail(session, CORM_WRONG_MODEL, "%s.%s holds %s, the object is a %s",
                      relation->source->model->name, relation->name, relation->target->model->name,
                      corm__mapper_at(item)->model->name);
}

/* ---- Collections ----------------------------------------------------------------------------- */

/* Of a read-only object, or of none. */
static corm_list corm__frozen_list(void *object, corm_relationship_ref relationship,
                                   const char *call)
{
    corm_list list = {NULL, 0};
    if (corm__frozen_slab(object) == NULL) {
        (void)corm__object_in(NULL, object, call);
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
        return corm__frozen_list(object, relationship, "a collection");
    corm_session *session = corm__session_at(object);
    CORM__ENTER(session, list);
    corm__relation *relation = corm__relation_in(session, object, relationship, 1);
    if (relation == NULL)
        return list;
    CORM__ERRAND_RELATED(session, object, relation);
    corm_status status = CORM_OK;
    if (corm__view_of(object, relation) != NULL)
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
        return corm__frozen_list(object, relationship, "the count of a collection").count;
    corm_session *session = corm__session_at(object);
    CORM__ENTER(session, 0);
    corm__relation *relation = corm__relation_in(session, object, relationship, 1);
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
        record == NULL ? NULL : corm__relation_in(session, object, relationship, 1);
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

CORM_API corm_status corm_related_append(void *object, corm_relationship_ref relationship,
                                         void *item)
{
    corm_session *session = corm__either(object, item);
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm__both(object, item, "append", &session);
    if (status != CORM_OK)
        return corm__ended(status);
    corm__relation *relation = corm__relation_in(session, object, relationship, 1);
    CORM__ERRAND_RELATED(session, object, relation);
    return relation == NULL ? corm__status
                            : corm__ended(corm__append(session, object, relation, item));
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

/* Whether a one-to-many holds the item. A list that is known tells; else a stored item's reference
 * does (`refers`), and an item without a row is there if it was put in. */
static bool corm__is_member(void *object, const corm__relation *relation, void *item, bool refers)
{
    const corm__link *link = corm__link_if(object, relation);
    const corm__changes *c = link == NULL ? NULL : link->changes;
    if (link != NULL && corm__index_of(link->items, link->count, item) < link->count)
        return true;
    if (corm__has_row(corm__record_of(item)))
        return refers;
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

CORM_API corm_status corm_related_remove(void *object, corm_relationship_ref relationship,
                                         void *item)
{
    corm_session *session = corm__either(object, item);
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm__both(object, item, "remove", &session);
    if (status != CORM_OK)
        return corm__ended(status);
    corm__relation *relation = corm__relation_in(session, object, relationship, 1);
    CORM__ERRAND_RELATED(session, object, relation);
    return relation == NULL ? corm__status
                            : corm__ended(corm__remove(session, object, relation, item));
}

/* The order of a collection that was replaced is the order of the new items. */
static corm_status corm__arrange(corm_session *session, void *object, corm__relation *relation,
                                 void *const *items, size_t count)
{
    corm__link *link = corm__link_at(object, relation);
    corm__link arranged = {0};
    for (size_t i = 0; i < count; i++) {
        if (corm__index_of(arranged.items, arranged.count, items[i]) == arranged.count &&
            !corm__items_push(session, &arranged, items[i]))
            return corm__no_memory(session);
    }
    if (arranged.items != NULL)
        corm__items_replace(session, link, arranged.items, arranged.capacity);
    link->count = arranged.count;
    if (!corm__has_row(corm__record_of(object)))
        link->stamp = CORM__TOLD;
    return CORM_OK;
}

static corm_status corm__replace(corm_session *session, void *object, corm__relation *relation,
                                 void *const *items, size_t count)
{
    corm__link *link = NULL;
    corm__vector old = {NULL, 0, 0};
    corm_status status = corm__changeable(session, relation);
    if (status == CORM_OK)
        status = relation->lazy == CORM_LAZY_WRITE_ONLY
                     ? corm__write_only(session, object, relation)
                     : corm__list_ready(session, object, relation, false, &link);
    for (uint32_t i = 0; status == CORM_OK && i < link->count; i++)
        status = corm__vector_push(&old, link->items[i]) ? CORM_OK : corm__no_memory(session);
    for (size_t i = 0; i < count && status == CORM_OK; i++)
        status = corm__append(session, object, relation, items[i]);
    for (size_t i = 0; i < old.count && status == CORM_OK; i++) {
        if (corm__index_of(items, count, old.items[i]) == count)
            status = corm__remove(session, object, relation, old.items[i]);
    }
    if (status == CORM_OK)
        status = corm__arrange(session, object, relation, items, count);
    if (status == CORM_OK)
        corm__view_end(session, object, relation); /* the collection is known now */
    corm__vector_free(&old);
    return status;
}

CORM_API corm_status corm_related_replace(void *object, corm_relationship_ref relationship,
                                          void *const *items, size_t count)
{
    CORM__ENTER(corm__either(object, NULL), CORM_MISUSE);
    corm_status status = CORM_OK;
    corm_session *session = corm__either(object, NULL);
    if (corm__forbidden(session, CORM__BOUND_ALL, "replace") != CORM_OK ||
        corm__object_in(session, object, "replace") == NULL)
        return corm__status;
    if (items == NULL && count > 0)
        return corm__ended(
            corm__poison(session, CORM_NULL_ARGUMENT, "replace: the items are NULL"));
    for (size_t i = 0; i < count && status == CORM_OK; i++) {
        session = corm__either(object, items[i]);
        status = corm__both(object, items[i], "replace", &session);
    }
    if (status != CORM_OK)
        return corm__ended(status);
    corm__relation *relation = corm__relation_in(session, object, relationship, 1);
    CORM__ERRAND_RELATED(session, object, relation);
    return relation == NULL ? corm__status
                            : corm__ended(corm__replace(session, object, relation, items, count));
}

/* ---- Single objects -------------------------------------------------------------------------- */

static void *corm__frozen_one(void *object, corm_relationship_ref relationship)
{
    if (corm__frozen_slab(object) == NULL) {
        (void)corm__object_in(NULL, object, "a related object");
        return NULL;
    }
    CORM__ENTER(corm__frozen_slab(object)->owner, NULL);
    const corm__frozen_link *link = corm__frozen_loaded(object, relationship, false);
    if (link == NULL)
        return NULL;
    corm__status = CORM_OK;
    return link->target;
}

/* Apart, so that the frequent case need not save what this one uses. */
static CORM__APART void *corm__one(void *object, corm_relationship_ref relationship)
{
    void *target = NULL;
    char label[CORM__LABEL_SIZE];
    if (object == NULL || corm__recognise(object) == NULL)
        return corm__frozen_one(object, relationship);
    corm_session *session = corm__session_at(object);
    CORM__ENTER(session, NULL);
    corm__relation *relation = corm__relation_in(session, object, relationship, 0);
    if (relation == NULL)
        return NULL;
    CORM__ERRAND_RELATED(session, object, relation);
    corm_status status = corm__one_ready(session, object, relation, true, &target);
    if (status == CORM_ROW_MISSING)
        status = corm__fail(session, CORM_ROW_MISSING, "%s: the row of %s is gone",
                            corm__mapper_at(object)->model->table, corm__label(object, label));
    return corm__ended(status) == CORM_OK ? target : NULL;
}

/* The target where the stored key leads to it and nothing else is to be looked at; NULL: there may be more to do. */
static CORM__INLINE void *corm__one_known(void *object, corm_relationship_ref relationship)
{
    corm__seat seat;
    if (object == NULL || !corm__seat_of(object, &seat))
        return NULL;
    const corm__slab *slab = corm__slab_of(object);
    corm_session *session = corm__session_of(slab, seat.record);
    const corm__relation *relation = corm__own_relation(slab->mapper, relationship);
    return relation != NULL && relation->direct && session != NULL && corm__is_vacant(session)
               ? corm__target_direct(session, &seat, relation)
               : NULL;
}

CORM_API void *corm_related_one(void *object, corm_relationship_ref relationship)
{
    void *target = corm__one_known(object, relationship);
    if (CORM__UNLIKELY(target == NULL))
        return corm__one(object, relationship);
    corm__status = CORM_OK;
    return target;
}

static corm_status corm__set_none(corm_session *session, void *object, corm__relation *relation)
{
    bool known = false;
    void *old = corm__one_now(session, object, relation, &known);
    corm_status status = CORM_OK;
    if (!relation->holds_key) {
        status = corm__one_ready(session, object, relation, false, &old);
        if (status == CORM_OK && !corm__has_row(corm__record_of(object)))
            corm__link_at(object, relation)->loaded = true; /* it is told that there is none */
        if (status == CORM_OK && old != NULL)
            status = corm__pair_part(session, object, relation, old);
        return status == CORM_OK && old != NULL ? corm__orphan_leave(session, relation, old)
                                                : status;
    }
    status = corm__pair_part(session, known ? old : NULL, relation->inverse, object);
    return status == CORM_OK && old != NULL ? corm__orphan_leave(session, relation->inverse, object)
                                            : status;
}

static corm_status corm__set_one(corm_session *session, void *object, corm__relation *relation,
                                 void *item)
{
    void *parent = relation->holds_key ? item : object,
         *child = relation->holds_key ? object : item;
    corm__relation *collection = relation->holds_key ? relation->inverse : relation;
    bool known = false;
    void *displaced = NULL;
    corm_status status = corm__linkable(session, item, object);
    if (status == CORM_OK && corm__item_counts(relation))
        status = corm__know_stored(session, item);
    const bool linked =
        corm__one_now(session, child, collection->inverse, &known) == parent && known;
    if (status == CORM_OK && !collection->to_many && !(linked && relation->holds_key))
        status = relation->holds_key
                     ? corm__displaced(session, parent, collection, &displaced)
                     : corm__one_ready(session, parent, collection, false, &displaced);
    if (status == CORM_OK && linked && !relation->holds_key && displaced != child) {
        /* several rows refer to the parent, and it is told here which one is its own */
        if (displaced != NULL)
            status = corm__pair_part(session, parent, collection, displaced);
        if (status == CORM_OK)
            status = corm__end_add(session, parent, collection, child);
    } else if (status == CORM_OK) {
        status = corm__pair_join(session, parent, collection, child);
    }
    if (status == CORM_OK && displaced != NULL && displaced != child)
        status = corm__orphan_leave(session, collection, displaced);
    return status == CORM_OK ? corm__cascade_link(session, object, relation, item) : status;
}

CORM_API corm_status corm_related_set(void *object, corm_relationship_ref relationship, void *item)
{
    CORM__ENTER(corm__either(object, item), CORM_MISUSE);
    corm_status status = CORM_OK;
    corm_session *session = corm__either(object, item);
    if (corm__forbidden(session, CORM__BOUND_ALL, "set") != CORM_OK ||
        corm__object_in(session, object, "set") == NULL ||
        (item != NULL && corm__object_in(session, item, "set") == NULL))
        return corm__status;
    status = item != NULL ? corm__together(object, item, &session) : CORM_OK;
    if (status != CORM_OK)
        return corm__ended(status);
    corm__relation *relation = corm__relation_in(session, object, relationship, 0);
    if (relation == NULL)
        return corm__status;
    CORM__ERRAND_RELATED(session, object, relation);
    status = corm__changeable(session, relation);
    if (status == CORM_OK && item != NULL)
        status = corm__item_fits(session, relation, item);
    /* what was deleted may still change its own reference; it only cannot be linked to */
    if (status == CORM_OK && (corm__is_in_session(corm__record_of(object)) ||
                              corm__record_of(object)->state == CORM_STATE_TRANSIENT))
        status = corm__linkable(session, object, item);
    if (status == CORM_OK)
        status = corm__know_stored(session, object);
    if (status == CORM_OK)
        status = item == NULL ? corm__set_none(session, object, relation)
                              : corm__set_one(session, object, relation, item);
    /* also what is as it was: a savepoint that is rolled back expires it */
    if (status == CORM_OK && session != NULL && !corm__mark_linked(session, object))
        status = corm__no_memory(session);
    return corm__ended(status);
}

#endif /* CORM__ROOM_ACCESS_C */
