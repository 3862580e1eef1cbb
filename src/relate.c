/* relate.c: both ends of a relationship, kept in agreement.
 *
 * Owns: what append, remove, replace and set do in memory, lazy loading of what they show, cascades that walk the
 * graph, the rule who is an orphan.
 * Must not know: SQL, the order of writing.
 *
 * The truth about a foreign key stands at the end that holds it: a child knows its parent, and whether that differs from what is
 * stored. The parent's collection is the mirror: complete once it is loaded; until then it remembers only what was added and
 * removed. A many-to-many has no such end; there both collections remember. Links connect only objects of one
 * session, or of none, so that nothing dangles when a session ends. */
#ifndef CORM__ROOM_RELATE_C
#define CORM__ROOM_RELATE_C

#include "load.c"

/* ---- Links and their validity --------------------------------------------------------------------------- */

static corm_status corm__no_memory(corm_session *session)
{
    return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory");
}

static void corm__changes_drop(corm_session *session, corm__link *link)
{
    corm__changes *changes = link->changes;
    if (changes == NULL)
        return;
    corm__heap_release(&session->heap, changes->added, changes->added_capacity * sizeof(void *));
    corm__heap_release(&session->heap, changes->removed, changes->removed_capacity * sizeof(void *));
    corm__heap_release(&session->heap, changes->recent, changes->recent_capacity * sizeof(void *));
    corm__heap_release(&session->heap, changes, sizeof *changes);
    link->changes = NULL;
}

/* Back to "not loaded, not changed". The list may be in the program's hands. */
static void corm__link_reset(corm_session *session, corm__link *link)
{
    corm__changes_drop(session, link);
    if (link->capacity > 0 && link->handed)
        corm__retire(session, link->items, link->capacity * sizeof(void *));
    else if (link->capacity > 0)
        corm__heap_release(&session->heap, link->items, link->capacity * sizeof(void *));
    memset(link, 0, sizeof *link);
}

static void corm__links_reset(corm_session *session, corm__extra *extra)
{
    for (uint16_t i = 0; i < extra->link_count; i++)
        corm__link_reset(session, &extra->links[i]);
    extra->generation = session->links_generation;
}

/* The link, expired ones emptied. NULL: out of memory, or an object of the program that has none. */
static corm__link *corm__link_at(void *object, const corm__relation *relation)
{
    corm__record *record = corm__record_of(object);
    corm__extra *extra = corm__extra_of(object);
    if (extra == NULL)
        return NULL;
    if (record->state == CORM_STATE_PERSISTENT && extra->generation != record->session->links_generation)
        corm__links_reset(record->session, extra);
    return &extra->links[relation->index];
}

/* The same without making anything: NULL where nothing is known. */
static corm__link *corm__link_if(void *object, const corm__relation *relation)
{
    return corm__record_of(object)->extra == NULL ? NULL : corm__link_at(object, relation);
}

static bool corm__prefetch_is_valid(corm_session *session, const corm__relation *relation, const corm__link *link)
{
    return corm__store_of(session, relation->target)->written <= link->stamp &&
           corm__store_of(session, relation->source)->written <= link->stamp && session->ended <= link->stamp;
}

static inline bool corm__has_row(const corm__record *record)
{
    return record->state == CORM_STATE_PERSISTENT;
}

static inline bool corm__is_in_session(const corm__record *record)
{
    return record->state == CORM_STATE_PERSISTENT || record->state == CORM_STATE_PENDING;
}

static bool corm__mark_linked(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    if ((record->flags & CORM__DIRTY_LINKS) || !corm__is_in_session(record))
        return true;
    if (!corm__vector_push(&session->linked, object))
        return false;
    record->flags |= CORM__DIRTY_LINKS;
    return true;
}

/* ---- Arrays of objects --------------------------------------------------------------------------------------- */

static size_t corm__index_of(void *const *items, size_t count, const void *item)
{
    size_t i = 0;
    while (i < count && items[i] != item)
        i++;
    return i;
}

static bool corm__array_push(corm_session *session, void ***items, uint32_t *count, uint32_t *capacity, void *item)
{
    if (*count == *capacity) {
        uint32_t larger = *capacity == 0 ? 4 : *capacity * 2;
        void **grown = corm__heap_allocate(&session->heap, larger * sizeof *grown);
        if (grown == NULL)
            return false;
        if (*count > 0)
            memcpy(grown, *items, *count * sizeof *grown);
        corm__heap_release(&session->heap, *items, *capacity * sizeof *grown);
        *items = grown;
        *capacity = larger;
    }
    (*items)[(*count)++] = item;
    return true;
}

static bool corm__array_erase(void **items, uint32_t *count, const void *item)
{
    size_t i = corm__index_of(items, *count, item);
    if (i == *count)
        return false;
    memmove(&items[i], &items[i + 1], (*count - i - 1) * sizeof *items);
    (*count)--;
    return true;
}

/* Removes from a link's items, in a copy if the program holds them. */
static bool corm__items_erase(corm_session *session, corm__link *link, const void *item)
{
    if (corm__index_of(link->items, link->count, item) == link->count)
        return true;
    if (link->handed) {
        void **copy = corm__heap_allocate(&session->heap, link->capacity * sizeof *copy);
        if (copy == NULL)
            return false;
        memcpy(copy, link->items, link->count * sizeof *copy);
        corm__retire(session, link->items, link->capacity * sizeof *copy);
        link->items = copy;
        link->handed = false;
    }
    (void)corm__array_erase(link->items, &link->count, item);
    return true;
}

/* ---- One end: the collection, or the keyless side of a one-to-one ------------------------------------------------ */

static bool corm__change_note(corm_session *session, corm__link *link, void *item, bool added)
{
    if (link->changes == NULL) {
        link->changes = corm__heap_allocate(&session->heap, sizeof *link->changes);
        if (link->changes == NULL)
            return false;
        memset(link->changes, 0, sizeof *link->changes);
    }
    corm__changes *c = link->changes;
    if (!added)
        (void)corm__array_erase(c->recent, &c->recent_count, item);
    if (added)
        return corm__array_erase(c->removed, &c->removed_count, item) ||
               corm__array_push(session, &c->added, &c->added_count, &c->added_capacity, item);
    return corm__array_erase(c->added, &c->added_count, item) ||
           corm__array_push(session, &c->removed, &c->removed_count, &c->removed_capacity, item);
}

static corm_status corm__end_add(corm_session *session, void *owner, const corm__relation *relation, void *item)
{
    corm__link *link = corm__link_at(owner, relation);
    if (link == NULL || !corm__mark_linked(session, owner))
        return corm__no_memory(session);
    if (!relation->to_many) {
        link->target = item;
        link->loaded = link->changed = true;
        link->prefetched = false;
        return CORM_OK;
    }
    bool stored = corm__has_row(corm__record_of(owner));
    if (!stored)
        link->loaded = true;
    if (stored && !corm__change_note(session, link, item, true))
        return corm__no_memory(session);
    if (link->loaded && corm__index_of(link->items, link->count, item) == link->count &&
        !corm__items_push(session, link, item))
        return corm__no_memory(session);
    return CORM_OK;
}

static corm_status corm__end_drop(corm_session *session, void *owner, const corm__relation *relation, void *item)
{
    corm__link *link = corm__link_at(owner, relation);
    if (link == NULL || !corm__mark_linked(session, owner))
        return corm__no_memory(session);
    if (!relation->to_many) {
        if (!link->loaded || link->target == item) {
            link->target = NULL;
            link->loaded = link->changed = true;
            link->prefetched = false;
        }
        return CORM_OK;
    }
    if (corm__has_row(corm__record_of(owner)) && !corm__change_note(session, link, item, false))
        return corm__no_memory(session);
    return corm__items_erase(session, link, item) ? CORM_OK : corm__no_memory(session);
}

/* ---- The other end: the reference ------------------------------------------------------------------------------------ */

/* The target as far as it is known without SQL. *known false: there is one, but not in the session. */
static void *corm__one_now(corm_session *session, void *object, const corm__relation *relation, bool *known)
{
    corm__link *link = corm__link_if(object, relation);
    corm__key key;
    *known = true;
    if (link != NULL && link->loaded && !link->prefetched)
        return link->target;
    if (!corm__has_row(corm__record_of(object)))
        return NULL;
    *known = false;
    if (!relation->holds_key)
        return NULL;
    corm__key_read(relation->source, relation->local, relation->key_count, corm__snapshot_of(object), &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        if (key.values[i].type == CORM_VALUE_NULL) {
            *known = true;
            return NULL;
        }
    }
    void *target = corm__remote_is_key(relation) ? corm__identity_find(session, relation->target, key.values) : NULL;
    *known = target != NULL;
    return target;
}

/* Whether the reference to `target` differs from what is stored. */
static bool corm__one_differs(void *object, const corm__relation *relation, void *target)
{
    corm__key stored, key;
    if (!corm__has_row(corm__record_of(object)))
        return target != NULL;
    corm__key_read(relation->source, relation->local, relation->key_count, corm__snapshot_of(object), &stored);
    if (target != NULL && !corm__has_row(corm__record_of(target)))
        return true;
    if (target != NULL)
        corm__key_read(relation->target, relation->remote, relation->key_count, corm__snapshot_of(target), &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        bool absent = stored.values[i].type == CORM_VALUE_NULL;
        if (target == NULL && absent)
            return false;
        if (target == NULL ? !absent : !corm__value_equal(&stored.values[i], &key.values[i]))
            return true;
    }
    return false;
}

static corm_status corm__one_assign(corm_session *session, void *object, const corm__relation *relation, void *target)
{
    corm__link *link = corm__link_at(object, relation);
    if (link == NULL || !corm__mark_linked(session, object))
        return corm__no_memory(session);
    link->target = target;
    link->loaded = true;
    link->prefetched = false;
    link->changed = corm__one_differs(object, relation, target);
    return CORM_OK;
}

/* ---- Pairs -------------------------------------------------------------------------------------------------------------- */

static corm_status corm__one_ready(corm_session *session, void *object, corm__relation *relation, bool flush,
                                   void **out);
static corm_status corm__list_ready(corm_session *session, void *object, corm__relation *relation, bool flush,
                                    corm__link **out);

/* parent.relation loses child; child's reference becomes none. */
static corm_status corm__pair_part(corm_session *session, void *parent, corm__relation *relation, void *child)
{
    corm_status status = corm__one_assign(session, child, relation->inverse, NULL);
    if (status == CORM_OK && parent != NULL)
        status = corm__end_drop(session, parent, relation, child);
    return status;
}

/* parent.relation gets child, whoever had it before loses it. */
static corm_status corm__pair_join(corm_session *session, void *parent, corm__relation *relation, void *child)
{
    bool known = false;
    void *old = corm__one_now(session, child, relation->inverse, &known), *displaced = NULL;
    corm_status status = CORM_OK;
    if (known && old == parent)
        return CORM_OK;
    if (!relation->to_many)
        status = corm__one_ready(session, parent, relation, false, &displaced);
    if (status == CORM_OK && displaced != NULL && displaced != child)
        status = corm__pair_part(session, parent, relation, displaced);
    if (status == CORM_OK && old != NULL)
        status = corm__end_drop(session, old, relation, child);
    if (status == CORM_OK)
        status = corm__one_assign(session, child, relation->inverse, parent);
    if (status == CORM_OK)
        status = corm__end_add(session, parent, relation, child);
    return status;
}

/* Whether two objects are known to be linked many-to-many, without SQL. *known false: nobody has loaded it. */
static bool corm__is_linked(void *object, const corm__relation *relation, const void *item, bool *known)
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
    *known = !corm__has_row(corm__record_of(object)) || !corm__has_row(corm__record_of(item)) ||
             (link != NULL && link->loaded && !link->prefetched);
    return false;
}

static corm_status corm__many_join(corm_session *session, void *object, corm__relation *relation, void *item)
{
    bool known = false, other_known = false;
    if (corm__is_linked(object, relation, item, &known) ||
        (!known && corm__is_linked(item, relation->inverse, object, &other_known)))
        return CORM_OK;
    corm_status status = corm__end_add(session, object, relation, item);
    return status == CORM_OK ? corm__end_add(session, item, relation->inverse, object) : status;
}

static corm_status corm__many_part(corm_session *session, void *object, corm__relation *relation, void *item)
{
    corm_status status = corm__end_drop(session, object, relation, item);
    return status == CORM_OK ? corm__end_drop(session, item, relation->inverse, object) : status;
}

/* ---- Walking the graph ---------------------------------------------------------------------------------------------------- */

/* Everything that is known to be related, without SQL, onto the stack in reverse order. */
static bool corm__push_related(void *object, const corm__relation *relation, corm__vector *stack)
{
    corm__link *link = corm__link_if(object, relation);
    if (link == NULL)
        return true;
    if (!relation->to_many)
        return !link->loaded || link->target == NULL || corm__vector_push(stack, link->target);
    bool stored = corm__has_row(corm__record_of(object)) && !link->loaded;
    void **items = !stored ? link->items : link->changes == NULL ? NULL : link->changes->added;
    size_t count = !stored ? link->count : link->changes == NULL ? 0 : link->changes->added_count;
    for (size_t i = count; i > 0; i--) {
        if (!corm__vector_push(stack, items[i - 1]))
            return false;
    }
    return true;
}

typedef struct corm__walk {
    unsigned cascade;
    bool load;         /* collections that are not loaded are loaded (delete) */
    bool stop_inside;  /* do not go beyond objects that are in the session already (save-update) */
    corm__vector stack, found; /* found: everything reached, the start first */
} corm__walk;

static corm_status corm__walk_step(corm_session *session, corm__walk *walk, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = mapper->relation_count; i > 0; i--) {
        corm__relation *relation = mapper->relations[i - 1];
        corm_status status = CORM_OK;
        void *target = NULL;
        corm__link *link = NULL;
        if (!(relation->cascade & walk->cascade))
            continue;
        if (walk->load && !relation->passive_deletes && corm__has_row(corm__record_of(object)))
            status = relation->to_many ? corm__list_ready(session, object, relation, false, &link)
                                       : corm__one_ready(session, object, relation, false, &target);
        if (status != CORM_OK && status != CORM_ROW_MISSING)
            return status;
        if (!corm__push_related(object, relation, &walk->stack))
            return corm__no_memory(session);
    }
    return CORM_OK;
}

/* Collects what the cascade reaches from `start`, depth first. */
static corm_status corm__walk_run(corm_session *session, corm__walk *walk, void *start)
{
    corm_status status = corm__vector_push(&walk->stack, start) ? CORM_OK : corm__no_memory(session);
    while (status == CORM_OK && walk->stack.count > 0) {
        void *object = walk->stack.items[--walk->stack.count];
        corm__record *record = corm__record_of(object);
        if ((record->flags & CORM__VISITED) || (walk->stop_inside && object != start && corm__is_in_session(record)))
            continue;
        if (!corm__vector_push(&walk->found, object)) {
            status = corm__no_memory(session);
            break;
        }
        record->flags |= CORM__VISITED;
        status = corm__walk_step(session, walk, object);
    }
    for (size_t i = 0; i < walk->found.count; i++)
        corm__record_of(walk->found.items[i])->flags &= (uint16_t)~CORM__VISITED;
    return status;
}

static void corm__walk_free(corm__walk *walk)
{
    corm__vector_free(&walk->stack);
    corm__vector_free(&walk->found);
}

/* ---- Save-update --------------------------------------------------------------------------------------------------------------- */

/* An object without a session becomes this one's; one of another session is refused. */
static corm_status corm__claim(corm_session *session, void *object)
{
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__record_of(object);
    if (record->session == session)
        return CORM_OK;
    if (record->session != NULL)
        return corm__fail(session, CORM_OTHER_SESSION,
                          "%s belongs to another session: expunge it there before it is used here",
                          corm__label(object, label));
    if (corm__mapper_at(object)->registry != session->registry)
        return corm__fail(session, CORM_WRONG_MODEL, "%s is of a model of another schema", corm__label(object, label));
    return corm__object_join(session, object) ? CORM_OK : corm__no_memory(session);
}

static corm_status corm__attach_again(corm_session *session, void *object)
{
    char label[CORM__LABEL_SIZE];
    corm__key key;
    corm__mapper *mapper = corm__mapper_at(object);
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    void *other = corm__identity_find(session, mapper, key.values);
    if (other != NULL && other != object)
        return corm__fail(session, CORM_IDENTITY_CONFLICT,
                          "%s cannot be added: the session holds another object for the same row of %s; use that one, or "
                          "expunge it first",
                          corm__label(object, label), mapper->model->table);
    if (!corm__identity_reserve(&corm__store_of(session, mapper)->identities, 1))
        return corm__no_memory(session);
    corm__record *record = corm__record_of(object);
    record->state = CORM_STATE_PERSISTENT;
    record->as.batch = NULL;
    if (record->extra != NULL) {
        record->extra->generation = session->links_generation;
        if (record->extra->touched != 0)
            session->touched++;
    }
    corm__identity_enter(session, mapper, object);
    return corm__mark_linked(session, object) ? CORM_OK : corm__no_memory(session);
}

static corm_status corm__take_in(corm_session *session, void *object)
{
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__record_of(object);
    if (record->state == CORM_STATE_DELETED)
        return corm__fail(session, CORM_OBJECT_DELETED,
                          "%s was deleted in this transaction and cannot be added before it ends",
                          corm__label(object, label));
    corm_status status = corm__claim(session, object);
    if (status != CORM_OK || corm__is_in_session(record))
        return status;
    if (record->state == CORM_STATE_DETACHED)
        return corm__attach_again(session, object);
    if (!corm__vector_push(&session->pending, object))
        return corm__no_memory(session);
    record->state = CORM_STATE_PENDING;
    record->flags |= CORM__PENDING_LISTED;
    record->generation = session->generation;
    if (record->extra != NULL && !corm__mark_linked(session, object))
        return corm__no_memory(session);
    return CORM_OK;
}

/* Takes the object and what its save-update cascades reach into the session. */
static corm_status corm__save(corm_session *session, void *object)
{
    corm__walk walk = {CORM_CASCADE_SAVE_UPDATE, false, true, {NULL, 0, 0}, {NULL, 0, 0}};
    corm_status status = corm__walk_run(session, &walk, object);
    for (size_t i = 0; status == CORM_OK && i < walk.found.count; i++)
        status = corm__take_in(session, walk.found.items[i]);
    corm__walk_free(&walk);
    return status;
}

/* After a link was made from `from`: if that is in the session, `to` comes in too where the relationship says so. */
static corm_status corm__cascade_link(corm_session *session, void *from, const corm__relation *relation, void *to)
{
    if (to == NULL || !(relation->cascade & CORM_CASCADE_SAVE_UPDATE) ||
        !corm__is_in_session(corm__record_of(from)) || corm__is_in_session(corm__record_of(to)))
        return CORM_OK;
    return corm__save(session, to);
}

/* ---- Orphans ---------------------------------------------------------------------------------------------------------------------- */

/* A pending object that is taken out leaves the session at once, with what its expunge cascades reach. */
static void corm__pending_leave(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    if (record->state != CORM_STATE_PENDING)
        return;
    record->state = CORM_STATE_TRANSIENT;
    record->flags &= (uint16_t)~(CORM__PENDING_LISTED | CORM__MARKED_DELETED);
    size_t i = corm__index_of(session->pending.items, session->pending.count, object);
    if (i < session->pending.count)
        session->pending.items[i] = NULL;
    if (record->flags & CORM__DIRTY_LINKS) {
        i = corm__index_of(session->linked.items, session->linked.count, object);
        if (i < session->linked.count)
            session->linked.items[i] = NULL;
        record->flags &= (uint16_t)~CORM__DIRTY_LINKS;
    }
}

static corm_status corm__orphan_leave(corm_session *session, const corm__relation *relation, void *child)
{
    corm__walk walk = {CORM_CASCADE_EXPUNGE, false, false, {NULL, 0, 0}, {NULL, 0, 0}};
    if (!(relation->cascade & CORM_CASCADE_DELETE_ORPHAN) || corm__record_of(child)->state != CORM_STATE_PENDING)
        return CORM_OK;
    corm_status status = corm__walk_run(session, &walk, child);
    for (size_t i = 0; status == CORM_OK && i < walk.found.count; i++)
        corm__pending_leave(session, walk.found.items[i]);
    corm__walk_free(&walk);
    return status;
}

/* Whether a persistent object was taken out of a delete-orphan relationship in which it is stored, and put nowhere else. */
static bool corm__is_orphan(void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        if (!relation->holds_key || !(relation->inverse->cascade & CORM_CASCADE_DELETE_ORPHAN))
            continue;
        const corm__link *link = corm__link_if(object, relation);
        if (link != NULL && link->loaded && link->changed && link->target == NULL)
            return true;
    }
    return false;
}

/* ---- Lazy loading --------------------------------------------------------------------------------------------------------------------- */

/* The object and its siblings for which the relationship may be loaded in one go: at most CORM__SIBLINGS_MAX neighbours, this one first. */
static corm_status corm__siblings(corm_session *session, void *object, corm__relation *relation, corm__vector *out)
{
    corm__record *record = corm__record_of(object);
    if (!corm__vector_push(out, object))
        return corm__no_memory(session);
    if (relation->lazy == CORM_LAZY_SELECT || record->as.batch == NULL || record->epoch != session->epoch)
        return CORM_OK;
    corm__batch *batch = record->as.batch;
    size_t most = batch->count < CORM__SIBLINGS_MAX ? batch->count : CORM__SIBLINGS_MAX;
    if (!corm__vector_reserve(out, most))
        return corm__no_memory(session);
    for (size_t i = 1; i < most; i++) {
        void *sibling = batch->items[(record->position + i) % batch->count];
        corm__record *other = corm__record_of(sibling);
        if (sibling == object || other->session != session || !corm__has_row(other) ||
            (other->flags & (CORM__MARKED_DELETED | CORM__VISITED)))
            continue;
        corm__link *link = corm__link_at(sibling, relation);
        if (link == NULL)
            return corm__no_memory(session);
        if (link->loaded && !(link->prefetched && !corm__prefetch_is_valid(session, relation, link)))
            continue;
        (void)corm__vector_push(out, sibling);
    }
    return CORM_OK;
}

/* After the rows are in link->items: what the program changed meanwhile is added and left out. */
static corm_status corm__list_finish(corm_session *session, void *owner, corm__relation *relation, bool prefetched)
{
    corm__link *link = corm__raw_link(owner, relation);
    uint32_t kept = 0;
    for (uint32_t i = 0; session->linked.count > 0 && i < link->count; i++) {
        void *item = link->items[i];
        bool gone = false;
        if (relation->association == NULL) {
            const corm__link *reference = corm__link_if(item, relation->inverse);
            gone = reference != NULL && reference->loaded && reference->changed && reference->target != owner;
        } else if (link->changes != NULL) {
            gone = corm__index_of(link->changes->removed, link->changes->removed_count, item) <
                   link->changes->removed_count;
        }
        if (!gone)
            link->items[kept++] = item;
    }
    if (session->linked.count > 0)
        link->count = kept;
    for (uint32_t i = 0; link->changes != NULL && i < link->changes->recent_count; i++) {
        void *item = link->changes->recent[i];
        if (corm__array_erase(link->items, &link->count, item))
            link->items[link->count++] = item; /* what was appended last stands last until it is loaded anew */
    }
    if (link->changes != NULL)
        link->changes->recent_count = 0;
    for (uint32_t i = 0; link->changes != NULL && i < link->changes->added_count; i++) {
        void *item = link->changes->added[i];
        if (corm__index_of(link->items, link->count, item) == link->count &&
            !corm__items_push(session, link, item))
            return corm__no_memory(session);
    }
    if (!relation->to_many) {
        link->target = link->count > 0 ? link->items[0] : NULL;
        corm__heap_release(&session->heap, link->items, link->capacity * sizeof(void *));
        link->items = NULL;
        link->count = link->capacity = 0;
    }
    link->loaded = true;
    link->prefetched = prefetched;
    link->stamp = session->clock;
    return CORM_OK;
}

/* Empties a link's items before they are loaded; changes stay. */
static void corm__items_clear(corm_session *session, corm__link *link)
{
    corm__changes *changes = link->changes;
    link->changes = NULL;
    corm__link_reset(session, link);
    link->changes = changes;
}

/* What was loaded for all owners together is one batch of siblings. */
static corm_status corm__batch_items(corm_session *session, corm__relation *relation, const corm__vector *owners)
{
    corm__vector all = {NULL, 0, 0};
    corm_status status = CORM_OK;
    for (size_t i = 0; i < owners->count && status == CORM_OK; i++) {
        corm__link *link = corm__raw_link(owners->items[i], relation);
        if (!relation->to_many && link->target != NULL && !corm__vector_push(&all, link->target))
            status = corm__no_memory(session);
        for (uint32_t k = 0; relation->to_many && k < link->count && status == CORM_OK; k++)
            status = corm__vector_push(&all, link->items[k]) ? CORM_OK : corm__no_memory(session);
    }
    if (status == CORM_OK && all.count > 0 && corm__batch_new(session, all.items, all.count) == NULL)
        status = corm__no_memory(session);
    corm__vector_free(&all);
    return status;
}

/* Loads a collection, or the keyless end of a one-to-one, for all these objects. The first is the one that is asked for; the others are
 * fetched ahead (`ahead`), or loaded for good. */
static corm_status corm__load_lists(corm_session *session, corm__relation *relation, corm__vector *owners, bool ahead)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < owners->count; i++) {
        corm__link *link = corm__link_at(owners->items[i], relation);
        if (link == NULL)
            return corm__no_memory(session);
        corm__items_clear(session, link);
    }
    status = corm__load_related(session, relation, owners->items, owners->count);
    for (size_t i = 0; i < owners->count && status == CORM_OK; i++)
        status = corm__list_finish(session, owners->items[i], relation, ahead && i > 0);
    return status == CORM_OK ? corm__batch_items(session, relation, owners) : status;
}

static corm_status corm__not_loaded(corm_session *session, void *object, const corm__relation *relation)
{
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__record_of(object);
    if (record->state == CORM_STATE_DETACHED || record->session == NULL)
        return corm__fail(session, CORM_DETACHED, "%s is detached and its %s are not loaded: add it to a session first",
                          corm__label(object, label), relation->name);
    if (relation->lazy == CORM_LAZY_RAISE)
        return corm__fail(session, CORM_NOT_LOADED,
                          "%s.%s is declared CORM_LAZY_RAISE and was not loaded (%s): name it in .load = corm_load(...)",
                          relation->source->model->name, relation->name, corm__label(object, label));
    return corm__usable(session);
}

/* The link with its items there, loaded if need be. */
static corm_status corm__list_ready(corm_session *session, void *object, corm__relation *relation, bool flush,
                                    corm__link **out)
{
    corm__vector owners = {NULL, 0, 0};
    corm__record *record = corm__record_of(object);
    corm__link *link = *out = corm__link_at(object, relation);
    if (link == NULL)
        return record->session == NULL ? corm__not_loaded(session, object, relation) : corm__no_memory(session);
    if (link->loaded && !link->prefetched)
        return CORM_OK;
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING) {
        link->loaded = true;
        return CORM_OK;
    }
    corm_status status = corm__not_loaded(session, object, relation);
    if (status == CORM_OK && flush)
        status = corm__autoflush(session);
    if (status != CORM_OK)
        return status;
    link = *out = corm__link_at(object, relation);
    if (link != NULL && link->loaded && (!link->prefetched || corm__prefetch_is_valid(session, relation, link))) {
        link->prefetched = false;
        return CORM_OK;
    }
    status = corm__siblings(session, object, relation, &owners);
    if (status == CORM_OK)
        status = corm__load_lists(session, relation, &owners, true);
    corm__vector_free(&owners);
    return status;
}

/* Loads the targets of references that are not in the session, for the object and its siblings. */
static corm_status corm__load_targets(corm_session *session, void *object, corm__relation *relation)
{
    corm__vector owners = {NULL, 0, 0};
    corm_status status = corm__siblings(session, object, relation, &owners);
    size_t kept = 1;
    for (size_t i = 1; i < owners.count && status == CORM_OK; i++) {
        bool known = false;
        void *target = corm__one_now(session, owners.items[i], relation, &known);
        if (!known || (target != NULL && corm__is_expired(corm__record_of(target))))
            owners.items[kept++] = owners.items[i];
    }
    if (status == CORM_OK)
        status = corm__load_related(session, relation, owners.items, kept);
    corm__vector_free(&owners);
    return status;
}

static corm_status corm__take_first(corm_session *session, void *object, const corm_value *row, void *argument)
{
    (void)session;
    (void)row;
    if (*(void **)argument == NULL)
        *(void **)argument = object;
    return CORM_OK;
}

/* A reference to a column that is not the target's primary key: the identity map does not know it. */
static corm_status corm__load_by_reference(corm_session *session, void *object, corm__relation *relation, void **out)
{
    corm__key key;
    corm__key_read(relation->source, relation->local, relation->key_count, corm__snapshot_of(object), &key);
    corm__buffer_clear(&session->sql);
    corm__sql_related(&session->sql, session->engine->adapter->dialect, relation, 1);
    corm__scratch_begin(session);
    corm_status status =
        corm__read_rows(session, relation->target, 0, key.values, relation->key_count, corm__take_first, out);
    corm__scratch_end(session);
    return status;
}

static corm_status corm__reference_ready(corm_session *session, void *object, corm__relation *relation, bool flush,
                                         void **out)
{
    bool known = false;
    corm__record *record = corm__record_of(object);
    corm_status status = CORM_OK;
    if (corm__is_expired(record)) {
        status = flush ? corm__autoflush(session) : CORM_OK;
        if (status == CORM_OK)
            status = corm__make_current(session, object);
        if (status != CORM_OK)
            return status;
    }
    *out = corm__one_now(session, object, relation, &known);
    if (known && (*out == NULL || !corm__is_expired(corm__record_of(*out))))
        return CORM_OK;
    status = corm__not_loaded(session, object, relation);
    if (status == CORM_OK && flush)
        status = corm__autoflush(session);
    if (status != CORM_OK)
        return status;
    *out = NULL;
    if (!corm__remote_is_key(relation))
        return corm__load_by_reference(session, object, relation, out);
    status = corm__load_targets(session, object, relation);
    if (status != CORM_OK)
        return status;
    *out = corm__one_now(session, object, relation, &known);
    if (*out != NULL && corm__is_expired(corm__record_of(*out)))
        *out = NULL; /* its row is gone */
    return CORM_OK;
}

/* The related object of a to-one end, loaded if need be; NULL: there is none. */
static corm_status corm__one_ready(corm_session *session, void *object, corm__relation *relation, bool flush,
                                   void **out)
{
    corm__record *record = corm__record_of(object);
    corm__link *link = corm__link_at(object, relation);
    *out = NULL;
    if (link == NULL)
        return record->session == NULL ? corm__not_loaded(session, object, relation) : corm__no_memory(session);
    if (link->loaded && !link->prefetched) {
        *out = link->target;
        return CORM_OK;
    }
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING)
        return CORM_OK;
    if (record->state == CORM_STATE_DETACHED)
        return corm__not_loaded(session, object, relation);
    corm_status status;
    if (relation->holds_key)
        status = corm__reference_ready(session, object, relation, flush, out);
    else
        status = corm__list_ready(session, object, relation, flush, &link);
    if (status != CORM_OK)
        return status;
    link = corm__link_at(object, relation);
    if (link == NULL)
        return corm__no_memory(session);
    if (!relation->holds_key) {
        *out = link->target;
    } else {
        link->target = *out;
        link->loaded = true;
        link->prefetched = false;
    }
    return CORM_OK;
}

/* ---- Dropping unflushed changes (refresh, expire) ------------------------------------------------------------------------------------------ */

/* The reference becomes what is stored again, at both ends. */
static corm_status corm__reference_revert(corm_session *session, void *child, const corm__relation *relation)
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
    if (status == CORM_OK && stored != NULL)
        status = corm__end_add(session, stored, relation->inverse, child);
    return status;
}

static corm_status corm__list_revert(corm_session *session, void *owner, corm__relation *relation)
{
    corm_status status = CORM_OK;
    corm__link *link = corm__link_if(owner, relation);
    while (status == CORM_OK && link->changes != NULL && link->changes->added_count + link->changes->removed_count > 0) {
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
    corm__links_reset(session, corm__record_of(object)->extra);
    return status;
}

/* Whether any relationship of the object has a change that is not flushed. */
static bool corm__links_changed(void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__link *link = corm__link_if(object, mapper->relations[i]);
        if (link == NULL)
            continue;
        if (link->changed || (link->changes != NULL && link->changes->added_count + link->changes->removed_count > 0))
            return true;
        if (!corm__has_row(corm__record_of(object)) && link->count > 0)
            return true;
    }
    return false;
}

#endif /* CORM__ROOM_RELATE_C */
