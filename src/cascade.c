/* cascade.c: what is done to an object is done to the related ones too.
 *
 * Owns: walking the graph along cascades, taking what is reached into the session, the rule who
 * is an orphan.
 * Must not know: SQL, the order of writing. */
#ifndef CORM__ROOM_CASCADE_C
#define CORM__ROOM_CASCADE_C

#include "outside.c"

/* ---- Walking the graph ----------------------------------------------------------------------- */

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
    const corm__link *shown = stored ? corm__view_of(object, relation) : NULL;
    for (size_t i = shown == NULL ? 0 : shown->count; i > 0; i--) {
        if (!corm__vector_push(stack, shown->items[i - 1]))
            return false;
    }
    return true;
}

/* A collection that the program changed without loading it counts as loaded: what it holds is
 * expunged and expired with its owner. */
static corm_status corm__load_opened(corm_session *session, void *object, corm__relation *relation)
{
    corm__link *link = corm__link_if(object, relation);
    if (link == NULL || !link->opened || link->loaded || session->poison != CORM_OK ||
        !corm__has_row(corm__record_of(object)))
        return CORM_OK;
    return corm__list_ready(session, object, relation, false, &link);
}

/* What was linked from the other end to a collection that nobody has looked at or changed is reached
 * by the flush only. That a collection was fetched ahead makes no difference, nor that a single object was. */
static bool corm__is_seen(void *object, const corm__relation *relation)
{
    const corm__link *link = corm__link_if(object, relation);
    return link == NULL || link->opened ||
           (!relation->to_many && !(link->loaded && link->prefetched)) ||
           (link->loaded && (!link->prefetched || link->changes != NULL)) ||
           relation->lazy == CORM_LAZY_WRITE_ONLY || !corm__has_row(corm__record_of(object));
}

enum { CORM__WALK_KEPT = 1024 };

typedef struct corm__walk {
    unsigned cascade;
    bool load;                 /* collections that are not loaded are loaded (delete) */
    corm__vector stack, found; /* found: everything reached, the start first */
} corm__walk;

/* It has the memory of the last one, unless that is still on its way. */
static void corm__walk_begin(corm_session *session, corm__walk *walk)
{
    walk->stack = session->walks[0];
    walk->found = session->walks[1];
    memset(session->walks, 0, sizeof session->walks);
}

static void corm__walk_end(corm_session *session, corm__walk *walk)
{
    corm__vector *ended[2] = {&walk->stack, &walk->found};
    for (int i = 0; i < 2; i++) {
        ended[i]->count = 0;
        if (session->walks[i].items != NULL || ended[i]->capacity > CORM__WALK_KEPT)
            corm__vector_free(ended[i]);
        else
            session->walks[i] = *ended[i];
    }
}

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
        else if (!walk->load)
            status = corm__load_opened(session, object, relation);
        if (status != CORM_OK && status != CORM_ROW_MISSING)
            return status;
        if (!corm__is_seen(object, relation))
            continue;
        if (!corm__push_related(object, relation, &walk->stack))
            return corm__no_memory(session);
    }
    return CORM_OK;
}

/* Collects what the cascade reaches from `start`, depth first; corm__walk_end is due in any case. */
static corm_status corm__walk_run(corm_session *session, corm__walk *walk, void *start)
{
    corm__walk_begin(session, walk);
    corm_status status =
        corm__vector_push(&walk->stack, start) ? CORM_OK : corm__no_memory(session);
    while (status == CORM_OK && walk->stack.count > 0) {
        void *object = walk->stack.items[--walk->stack.count];
        corm__record *record = corm__record_of(object);
        if (record->flags & CORM__VISITED)
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

/* ---- Save-update ----------------------------------------------------------------------------- */

static corm_status corm__conflict(corm_session *session, void *object)
{
    char label[CORM__LABEL_SIZE];
    return corm__fail(session, CORM_IDENTITY_CONFLICT,
                      "%s cannot be added: the session holds another object for the same row "
                      "of %s; use that one, or "
                      "expunge it first",
                      corm__label(object, label), corm__mapper_at(object)->model->table);
}

/* What was deleted comes back only when its delete is rolled back. */
static corm_status corm__not_deleted(corm_session *session, void *object, const char *what)
{
    char label[CORM__LABEL_SIZE];
    const corm__record *record = corm__record_of(object);
    if (record->flags & CORM__DISPLACED)
        return corm__conflict(session, object);
    if (record->state == CORM_STATE_DELETED)
        return corm__fail(session, CORM_OBJECT_DELETED,
                          "%s was deleted in this transaction and cannot be %s",
                          corm__label(object, label), what);
    if (record->flags & CORM__GONE)
        return corm__fail(session, CORM_OBJECT_DELETED,
                          "%s was deleted and cannot be %s: make a new one with corm_new",
                          corm__label(object, label), what);
    return CORM_OK;
}

/* Outside of a session nobody finds the owner by a stored key: when both are back, it loses the item
 * that refers to another one since. */
static corm_status corm__owner_agrees(corm_session *session, void *object,
                                      const corm__relation *relation)
{
    const corm__link *link = corm__link_if(object, relation);
    corm__key key;
    if (!link->loaded || !link->changed || !relation->remote_is_key)
        return CORM_OK;
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &key);
    void *owner = corm__key_is_null(relation, &key)
                      ? NULL
                      : corm__identity_find(session, relation->target, key.values);
    return owner == NULL || owner == link->target
               ? CORM_OK
               : corm__end_drop(session, owner, relation->inverse, object);
}

static bool corm__refers_elsewhere(void *item, const corm__relation *reference, const void *owner)
{
    const corm__link *link = corm__link_if(item, reference);
    return link != NULL && link->loaded && link->changed && link->target != owner;
}

static corm_status corm__items_agree(corm_session *session, void *owner,
                                     const corm__relation *relation)
{
    const corm__link *link = corm__link_if(owner, relation);
    corm_status status = CORM_OK;
    if (!relation->to_many)
        return link->target != NULL &&
                       corm__refers_elsewhere(link->target, relation->inverse, owner)
                   ? corm__end_drop(session, owner, relation, link->target)
                   : CORM_OK;
    for (uint32_t i = link->count; i > 0 && status == CORM_OK; i--) {
        void *item = link->items[i - 1];
        if (corm__refers_elsewhere(item, relation->inverse, owner))
            status = corm__end_drop(session, owner, relation, item);
    }
    return status;
}

static corm_status corm__ends_agree(corm_session *session, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm_status status = CORM_OK;
    if (corm__record_of(object)->extra == NULL)
        return CORM_OK;
    for (uint16_t i = 0; i < mapper->relation_count && status == CORM_OK; i++) {
        const corm__relation *relation = mapper->relations[i];
        if (relation->association != NULL || relation->view_only)
            continue;
        status = relation->holds_key ? corm__owner_agrees(session, object, relation)
                                     : corm__items_agree(session, object, relation);
    }
    return status;
}

/* One row is one object. Asked before the object becomes the session's. */
static corm_status corm__is_only(corm_session *session, void *object)
{
    corm__key key;
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm_session *owner = corm__session_at(object);
    if (corm__record_of(object)->state != CORM_STATE_DETACHED ||
        mapper->registry != session->registry || (owner != NULL && owner != session))
        return CORM_OK;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    const void *other = corm__identity_find(session, mapper->root, key.values);
    return other == NULL || other == object ? CORM_OK : corm__conflict(session, object);
}

static corm_status corm__attach_again(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    if (!corm__identity_reserve(corm__identities_of(session, mapper), 1))
        return corm__no_memory(session);
    corm__record *record = corm__record_of(object);
    record->state = CORM_STATE_PERSISTENT;
    record->expunged = false;
    corm__standing_of(record)->batch = NULL;
    if (record->generation != 0)
        record->generation = session->generation;
    if (record->extra != NULL) {
        record->extra->generation = session->links_generation;
        corm__cut_lists_forget(session, record->extra);
    }
    session->touched += (corm__rare_read(record)->touched | corm__rare_read(record)->unset) != 0;
    corm__identity_enter(session, mapper, object);
    return corm__mark_linked(session, object) ? corm__ends_agree(session, object)
                                              : corm__no_memory(session);
}

static corm_status corm__may_come_in(corm_session *session, void *object)
{
    const corm_status status = corm__not_deleted(
        session, object,
        corm__record_of(object)->flags & CORM__GONE ? "added" : "added before it ends");
    return status == CORM_OK ? corm__is_only(session, object) : status;
}

/* What has been elsewhere, or is in already. *is_new: it is to be inserted. */
static CORM__APART corm_status corm__take_back(corm_session *session, void *object, bool *is_new)
{
    const corm__record *record = corm__record_of(object);
    corm_status status = corm__may_come_in(session, object);
    if (status == CORM_OK)
        status = corm__claim(session, object);
    *is_new =
        status == CORM_OK && !corm__is_in_session(record) && record->state != CORM_STATE_DETACHED;
    return status == CORM_OK && record->state == CORM_STATE_DETACHED
               ? corm__attach_again(session, object)
               : status;
}

/* Made in this session, and never in it until now. */
static inline bool corm__is_fresh(const corm_session *session, const corm__seat *seat)
{
    return corm__session_of(corm__slab_of(seat->object), seat->record) == session &&
           seat->record->state == CORM_STATE_TRANSIENT &&
           !(seat->record->flags & (CORM__DISPLACED | CORM__GONE));
}

static CORM__INLINE corm_status corm__take_new(corm_session *session, const corm__seat *seat)
{
    corm__record *record = seat->record;
    if (!corm__vector_push(&session->pending, seat->object))
        return corm__no_memory(session);
    record->state = CORM_STATE_PENDING;
    record->expunged = false;
    record->flags = (uint16_t)((record->flags & ~CORM__LEFT) | CORM__PENDING_LISTED);
    record->generation = session->generation;
    return record->extra == NULL || corm__mark_seat_linked(session, seat)
               ? CORM_OK
               : corm__no_memory(session);
}

static corm_status corm__take_in(corm_session *session, void *object)
{
    const corm__seat seat = corm__seat_at(object);
    bool is_new = true;
    corm_status status = CORM_OK;
    if (CORM__UNLIKELY(!corm__is_fresh(session, &seat)))
        status = corm__take_back(session, object, &is_new);
    return status == CORM_OK && is_new ? corm__take_new(session, &seat) : status;
}

/* Its row was deleted already when its parent was. */
static bool corm__went_before(const corm__record *record)
{
    return (record->state == CORM_STATE_DELETED || (record->flags & CORM__GONE)) &&
           (record->flags & CORM__CASCADED);
}

/* Along what is known to be linked, to what the session does not have. */
static corm_status corm__save_step(corm_session *session, corm__walk *walk, const corm__seat *seat)
{
    void *object = seat->object;
    const corm__record *record = seat->record;
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = record->extra == NULL ? 0 : mapper->relation_count; i > 0; i--) {
        const corm__relation *relation = mapper->relations[i - 1];
        const corm__link *link = corm__link_of(object, record, record->extra, relation);
        if (!(relation->cascade & walk->cascade) ||
            (!relation->to_many && (!link->loaded || link->target == NULL ||
                                    corm__is_in_session(corm__record_of(link->target)))))
            continue;
        if (corm__is_seen(object, relation) && !corm__push_related(object, relation, &walk->stack))
            return corm__no_memory(session);
    }
    return CORM_OK;
}

/* New objects come in on the way; from the first on that is something else, all do when it is known who they
 * are, as what comes back from elsewhere changes links. */
static corm_status corm__save_reached(corm_session *session, corm__walk *walk, void *start)
{
    bool first = true;
    corm_status status =
        corm__vector_push(&walk->stack, start) ? CORM_OK : corm__no_memory(session);
    for (; status == CORM_OK && walk->stack.count > 0; first = false) {
        const corm__seat seat = corm__seat_at(walk->stack.items[--walk->stack.count]);
        if ((seat.record->flags & CORM__VISITED) || (!first && corm__is_in_session(seat.record)))
            continue;
        if (CORM__LIKELY(walk->found.count == 0 && corm__is_fresh(session, &seat))) {
            status = corm__take_new(session, &seat);
        } else if (corm__vector_push(&walk->found, seat.object)) {
            seat.record->flags |= CORM__VISITED;
        } else {
            status = corm__no_memory(session);
        }
        if (status == CORM_OK)
            status = corm__save_step(session, walk, &seat);
    }
    for (size_t i = 0; i < walk->found.count; i++)
        corm__record_of(walk->found.items[i])->flags &= (uint16_t)~CORM__VISITED;
    return status;
}

/* New objects that have come in, and are listed from these places on, are as they were: one of those that they are
 * linked to could not. */
static void corm__go_back(corm_session *session, size_t pending, size_t linked)
{
    for (size_t i = pending; i < session->pending.count; i++) {
        corm__record *record = corm__record_of(session->pending.items[i]);
        record->state = CORM_STATE_TRANSIENT;
        record->flags &= (uint16_t)~CORM__PENDING_LISTED;
    }
    session->pending.count = pending;
    for (size_t i = linked; i < session->linked.count; i++) {
        void *object = session->linked.items[i];
        corm__record *record = object == NULL ? NULL : corm__record_of(object);
        if (record == NULL || corm__is_in_session(record))
            continue;
        record->flags &= (uint16_t)~CORM__DIRTY_LINKS;
        session->linked.items[i] = NULL;
    }
}

static CORM__APART corm_status corm__save_linked(corm_session *session, void *object)
{
    corm__walk walk = {CORM_CASCADE_SAVE_UPDATE, false, {NULL, 0, 0}, {NULL, 0, 0}};
    const size_t pending = session->pending.count, linked = session->linked.count;
    if (!corm__freed_forget(object))
        return corm__no_memory(session);
    corm__walk_begin(session, &walk);
    corm_status status = corm__save_reached(session, &walk, object);
    size_t coming = 0;
    for (size_t i = 0; status == CORM_OK && i < walk.found.count; i++) {
        void *found = walk.found.items[i];
        if (found != object && corm__went_before(corm__record_of(found)))
            continue;
        status = corm__may_come_in(session, found);
        walk.found.items[coming++] = found;
    }
    for (size_t i = 0; status == CORM_OK && i < coming; i++)
        status = corm__take_in(session, walk.found.items[i]);
    if (status != CORM_OK)
        corm__go_back(session, pending, linked);
    corm__walk_end(session, &walk);
    return status;
}

/* Takes the object and what its save-update cascades reach into the session. */
static inline corm_status corm__save(corm_session *session, void *object)
{
    return corm__record_of(object)->extra == NULL /* it is linked to nothing */
               ? corm__take_in(session, object)
               : corm__save_linked(session, object);
}

static inline bool corm__is_at_home(const corm__record *record)
{
    return corm__is_in_session(record) || record->state == CORM_STATE_DELETED;
}

/* After a link was made from `from`: if that is in the session, or was deleted in this transaction,
 * `to` comes in too where the relationship says so. */
static corm_status corm__cascade_link(corm_session *session, void *from,
                                      const corm__relation *relation, void *to)
{
    if (to == NULL || !(relation->cascade & CORM_CASCADE_SAVE_UPDATE) ||
        !corm__is_at_home(corm__record_of(from)) || corm__is_in_session(corm__record_of(to)))
        return CORM_OK;
    return corm__save(session, to);
}

/* ---- Orphans --------------------------------------------------------------------------------- */

/* A pending object that is taken out, or expunged, leaves the session at once, but not its memory. */
static void corm__pending_leave(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    if (record->state != CORM_STATE_PENDING)
        return;
    record->flags |= CORM__LEFT;
    record->state = CORM_STATE_TRANSIENT;
    for (uint16_t i = 0; record->extra != NULL && i < record->extra->link_count; i++)
        record->extra->links[i].kept = !corm__mapper_at(object)->relations[i]->holds_key;
    corm__strike(session, record, object);
}

/* With what its expunge cascades reach. */
static corm_status corm__orphan_leave(corm_session *session, const corm__relation *relation,
                                      void *child)
{
    corm__walk walk = {CORM_CASCADE_EXPUNGE, false, {NULL, 0, 0}, {NULL, 0, 0}};
    if (!(relation->cascade & CORM_CASCADE_DELETE_ORPHAN) ||
        corm__record_of(child)->state != CORM_STATE_PENDING)
        return CORM_OK;
    corm_status status = corm__walk_run(session, &walk, child);
    for (size_t i = 0; status == CORM_OK && i < walk.found.count; i++)
        corm__pending_leave(session, walk.found.items[i]);
    corm__walk_end(session, &walk);
    return status;
}

/* Whether a persistent object was taken out of a delete-orphan relationship in which it is
 * stored, and put nowhere else. */
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

#endif /* CORM__ROOM_CASCADE_C */
