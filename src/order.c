/* order.c: the order among rows that refer to each other.
 *
 * Owns: inside tables that refer to themselves or to each other, the order of single rows and the
 * references that close circles.
 * Must not know: SQL, the order of other tables. */
#ifndef CORM__ROOM_ORDER_C
#define CORM__ROOM_ORDER_C

#include "doomed.c"

/* Tables of one group refer to each other or to themselves: there the order is found row by row,
 * without recursion. A frame is an object whose needs are being looked at. */
typedef struct corm__frame {
    void *object;
    uint16_t next; /* relation to look at */
} corm__frame;

typedef struct corm__order {
    corm__frame *frames;
    size_t count, capacity;
    uint32_t step; /* from the depth of what is needed to the depth of what needs it */
} corm__order;

static bool corm__order_push(corm__order *order, void *object)
{
    corm__frame *frames =
        corm__grow(order->frames, order->count, &order->capacity, sizeof *frames, 64);
    if (frames == NULL)
        return false;
    order->frames = frames;
    frames[order->count++] = (corm__frame){object, 0};
    corm__record_of(object)->flags |= CORM__VISITED;
    return true;
}

/* The target of a changed reference that is written in this flush and comes before, or NULL. */
static void *corm__needed_for_write(corm_session *session, void *object,
                                    const corm__relation *relation)
{
    (void)session;
    const corm__link *link = relation->holds_key ? corm__link_if(object, relation) : NULL;
    if (link == NULL || !link->loaded || !link->changed || link->target == NULL)
        return NULL;
    uint16_t flags = corm__record_of(link->target)->flags;
    return (flags & CORM__IN_FLUSH) && !(flags & CORM__DOOMED) ? link->target : NULL;
}

/* The same, and the target of a reference that does not change, where one of the two ends is loaded.
 * It need not come before, but new rows shall be numbered by their depth in the whole tree, not in
 * what changed of it. */
static void *corm__wished_for_write(corm_session *session, void *object,
                                    const corm__relation *relation)
{
    const corm__link *link = relation->holds_key ? corm__link_if(object, relation) : NULL;
    void *target = NULL;
    bool known = false;
    if (link != NULL && link->loaded) {
        target = link->target;
    } else if (relation->holds_key) {
        target = corm__one_now(session, object, relation, &known);
        const corm__link *list = target == NULL ? NULL : corm__link_if(target, relation->inverse);
        if (list == NULL || !(list->opened || (list->loaded && !list->prefetched)))
            return NULL;
    }
    if (target == NULL || target == object)
        return NULL;
    uint16_t flags = corm__record_of(target)->flags;
    return (flags & CORM__IN_FLUSH) && !(flags & CORM__DOOMED) ? target : NULL;
}

/* Whether it is known whom the object refers to, or that it refers to nobody. */
static bool corm__has_reference(void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        const corm__link *link = relation->holds_key && relation->target->group == mapper->group
                                     ? corm__link_if(object, relation)
                                     : NULL;
        if (link != NULL && link->loaded)
            return true;
    }
    return false;
}

/* The object to which a stored reference leads, if it is in the session. */
static void *corm__stored_target(corm_session *session, const void *object,
                                 const corm__relation *relation)
{
    corm__key key;
    if (!relation->holds_key || !relation->remote_is_key)
        return NULL;
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        if (key.values[i].type == CORM_VALUE_NULL)
            return NULL;
    }
    return corm__identity_find(session, relation->target, key.values);
}

/* The stored target of a reference that is deleted too: it goes after this row, so in reverse
 * order it comes first. */
static void *corm__needed_for_delete(corm_session *session, void *object,
                                     const corm__relation *relation)
{
    void *target = relation->view_only ? NULL : corm__stored_target(session, object, relation);
    if (target == NULL || target == object)
        return NULL;
    uint16_t flags = corm__record_of(target)->flags;
    return flags & CORM__DOOMED ? target : NULL;
}

typedef void *(*corm__needed)(corm_session *session, void *object, const corm__relation *relation);

/* While rows are ordered, record->epoch is no epoch: positions are used up, so there are no siblings.
 * One before the session's: nothing is known; two before it: the object has a reference among the
 * cuts that circles made. */
static uint32_t corm__epoch_before(const corm_session *session, uint32_t distance)
{
    return session->epoch - distance;
}

static bool corm__is_among(const corm__cut *cuts, size_t count, const void *object,
                           const corm__relation *relation)
{
    for (size_t i = 0; i < count; i++) {
        if (cuts[i].child == object && cuts[i].relation == relation)
            return true;
    }
    return false;
}

/* Whether the reference was given up already, because it is part of a circle. */
static bool corm__is_given_up(const corm_session *session, const corm__plan *plan,
                              const void *object, const corm__relation *relation)
{
    return corm__record_of(object)->epoch == corm__epoch_before(session, 2) &&
           (corm__is_among(plan->deferred, plan->deferred_count, object, relation) ||
            corm__is_among(plan->loosened, plan->loosened_count, object, relation));
}

/* What the next relations of the object on top of the stack need, or NULL when all are looked
 * at. */
static void *corm__order_next(corm_session *session, const corm__plan *plan, corm__frame *top,
                              corm__needed needed, corm__relation **relation)
{
    corm__mapper *mapper = corm__mapper_at(top->object);
    while (top->next < mapper->relation_count) {
        *relation = mapper->relations[top->next++];
        void *first = (*relation)->target->group == mapper->group
                          ? needed(session, top->object, *relation)
                          : NULL;
        if (first != NULL && !corm__is_given_up(session, plan, top->object, *relation))
            return first;
    }
    return NULL;
}

/* The reference that closes a circle of new rows, or of rows to be deleted. */
static bool corm__circle_push(corm__plan *plan, void *object, corm__relation *relation,
                              void *target)
{
    corm__cut cut = {object, relation, target};
    if (corm__record_of(object)->flags & CORM__DOOMED)
        return corm__cut_push(&plan->loosened, &plan->loosened_count, &plan->loosened_capacity,
                              cut);
    return corm__cut_push(&plan->deferred, &plan->deferred_count, &plan->deferred_capacity, cut);
}

static bool corm__may_be_null(const corm__relation *relation)
{
    bool all = true;
    for (uint16_t i = 0; i < relation->key_count; i++)
        all = all && relation->source->columns[relation->local[i]].optional;
    return all;
}

/* A circle that `closing` closes, from the object on top of the stack to `target`, which stands in
 * it: one of its references is given up for now. That is the closing one, or, where that cannot be
 * NULL, the last before it that can; what stands above that one is looked at again later. */
static bool corm__circle_break(corm_session *session, corm__plan *plan, corm__order *order,
                               corm__relation *closing, void *target)
{
    size_t top = order->count - 1, place = top;
    corm__relation *relation = closing;
    while (!corm__may_be_null(relation) && order->frames[place].object != target) {
        const corm__frame *below = &order->frames[--place];
        relation = corm__mapper_at(below->object)->relations[below->next - 1];
    }
    if (!corm__may_be_null(relation)) { /* no way out: the write tells */
        place = top;
        relation = closing;
    }
    void *object = order->frames[place].object;
    corm__record_of(object)->epoch = corm__epoch_before(session, 2);
    if (!corm__circle_push(plan, object, relation,
                           place == top ? target : order->frames[place + 1].object))
        return false;
    for (size_t i = place + 1; i <= top; i++)
        corm__record_of(order->frames[i].object)->flags &= (uint16_t)~CORM__VISITED;
    order->count = place + 1;
    return true;
}

/* record->position is the depth: a step more than that of the deepest object that is needed. */
static corm_status corm__order_run(corm_session *session, corm__plan *plan, corm__order *order,
                                   corm__needed needed)
{
    while (order->count > 0) {
        corm__frame *top = &order->frames[order->count - 1];
        corm__relation *relation = NULL;
        void *object = top->object,
             *first = corm__order_next(session, plan, top, needed, &relation);
        corm__record *record = corm__record_of(object),
                     *before = first == NULL ? NULL : corm__record_of(first);
        if (first == NULL) {
            order->count--;
            record->flags &= (uint16_t)~CORM__VISITED;
            record->flags |= CORM__WRITTEN;
            if (order->count > 0) {
                corm__record *below = corm__record_of(order->frames[order->count - 1].object);
                if (below->position < record->position + order->step)
                    below->position = record->position + order->step;
            }
        } else if (before->flags & CORM__WRITTEN) {
            if (record->position < before->position + order->step)
                record->position = before->position + order->step;
        } else if (before->flags & CORM__VISITED) {
            /* a circle: it matters where the row that is needed is not there yet, or is not gone
             * yet */
            bool matters = before->state == CORM_STATE_PENDING || (before->flags & CORM__DOOMED);
            if (matters && !corm__circle_break(session, plan, order, relation, first))
                return corm__no_memory(session);
        } else if (!corm__order_push(order, first)) {
            return corm__no_memory(session);
        }
    }
    return CORM_OK;
}

/* By depth, and within one depth as they came. */
static corm_status corm__order_by_depth(corm_session *session, const corm__vector *objects,
                                        corm__vector *out)
{
    uint32_t deepest = 0;
    for (size_t i = 0; i < objects->count; i++) {
        uint32_t depth = corm__record_of(objects->items[i])->position;
        deepest = depth > deepest ? depth : deepest;
    }
    size_t *starts = corm__allocate_zeroed((size_t)deepest + 2, sizeof *starts);
    if (starts == NULL || !corm__vector_reserve(out, objects->count)) {
        corm__free(starts);
        return corm__no_memory(session);
    }
    for (size_t i = 0; i < objects->count; i++)
        starts[corm__record_of(objects->items[i])->position + 1]++;
    for (size_t d = 1; d <= deepest; d++)
        starts[d] += starts[d - 1];
    for (size_t i = 0; i < objects->count; i++)
        out->items[starts[corm__record_of(objects->items[i])->position]++] = objects->items[i];
    out->count = objects->count;
    corm__free(starts);
    return CORM_OK;
}

/* Puts `objects` into `out` so that what each needs stands before it. Where a circle makes that
 * impossible, the reference that closes it is put into plan->deferred or plan->loosened. */
static corm_status corm__plan_order(corm_session *session, corm__plan *plan,
                                    const corm__vector *objects, corm__needed needed,
                                    corm__vector *out)
{
    const bool deletes = needed == corm__needed_for_delete;
    corm__order order = {NULL, 0, 0, deletes ? 1 : 2};
    corm_status status = CORM_OK;
    for (size_t i = 0; i < objects->count; i++) {
        corm__record *record = corm__record_of(objects->items[i]);
        /* what is known to refer to nobody comes after what was never linked */
        record->position = !deletes && corm__has_reference(objects->items[i]);
        record->epoch = corm__epoch_before(session, 1);
    }
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++) {
        if (corm__record_of(objects->items[i])->flags & CORM__WRITTEN)
            continue;
        status = corm__order_push(&order, objects->items[i])
                     ? corm__order_run(session, plan, &order, needed)
                     : corm__no_memory(session);
    }
    if (status == CORM_OK)
        status = corm__order_by_depth(session, objects, out);
    for (size_t i = 0; i < objects->count; i++)
        corm__record_of(objects->items[i])->flags &= (uint16_t) ~(CORM__WRITTEN | CORM__VISITED);
    corm__free(order.frames);
    return status;
}

static bool corm__is_deferred(const corm__plan *plan, const void *object,
                              const corm__relation *relation)
{
    return corm__is_among(plan->deferred, plan->deferred_count, object, relation);
}

#endif /* CORM__ROOM_ORDER_C */
