/* order.c: the order in which a flush writes.
 *
 * Owns: tables by dependency, updates before inserts, deletes last; inside tables that refer to
 * themselves or to each other, the order of single rows and the references that close circles.
 * Must not know: SQL, what is written. */
#ifndef CORM__ROOM_ORDER_C
#define CORM__ROOM_ORDER_C

#include "plan.c"

/* ---- Order among rows that refer to each other ----------------------------------------------- */

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
    if (order->count == order->capacity) {
        size_t capacity = order->capacity == 0 ? 64 : order->capacity * 2;
        corm__frame *grown = corm__reallocate(order->frames, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        order->frames = grown;
        order->capacity = capacity;
    }
    order->frames[order->count++] = (corm__frame){object, 0};
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

/* The stored target of a reference that is deleted too: it goes after this row, so in reverse
 * order it comes first. */
static void *corm__needed_for_delete(corm_session *session, void *object,
                                     const corm__relation *relation)
{
    corm__key key;
    if (!relation->holds_key || relation->view_only || !relation->remote_is_key)
        return NULL;
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        if (key.values[i].type == CORM_VALUE_NULL)
            return NULL;
    }
    void *target = corm__identity_find(session, relation->target, key.values);
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

/* ---- Cuts ------------------------------------------------------------------------------------ */

static int corm__compare_cuts(const void *a, const void *b)
{
    uintptr_t one = (uintptr_t)((const corm__cut *)a)->child;
    uintptr_t other = (uintptr_t)((const corm__cut *)b)->child;
    return (one > other) - (one < other);
}

/* The cut of this reference, or NULL. The cuts must be sorted by child. */
static const corm__cut *corm__cut_of(const corm__plan *plan, const void *object,
                                     const corm__relation *relation)
{
    size_t low = 0, high = plan->cut_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)plan->cuts[middle].child < (uintptr_t)object)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < plan->cut_count && plan->cuts[low].child == object; low++) {
        if (plan->cuts[low].relation == relation)
            return &plan->cuts[low];
    }
    return NULL;
}

/* ---- The sequence ---------------------------------------------------------------------------- */

static void corm__lot_add(corm__lots *lots, const corm__vector *objects)
{
    if (objects->count > 0)
        lots->items[lots->count++] = objects;
}

static bool corm__vector_add(corm__vector *to, const corm__vector *from)
{
    if (from->count == 0)
        return true;
    if (!corm__vector_reserve(to, to->count + from->count))
        return false;
    memcpy(to->items + to->count, from->items, from->count * sizeof *from->items);
    to->count += from->count;
    return true;
}

/* Where a group of tables ends that refer to each other. */
static size_t corm__group_end(const corm__registry *registry, size_t first)
{
    size_t end = first + 1;
    while (end < registry->count && registry->order[end]->group == registry->order[first]->group)
        end++;
    return end;
}

/* Tables that refer to each other: parents first. */
static corm_status corm__order_saves(corm_session *session, corm__plan *plan, size_t first,
                                     size_t end)
{
    const corm__registry *registry = session->registry;
    corm__vector objects = {NULL, 0, 0};
    corm__vector *ordered = &plan->works[registry->order[first]->index].ordered_saves;
    const size_t known = plan->deferred_count;
    corm_status status = CORM_OK;
    for (size_t i = first; i < end && status == CORM_OK; i++) {
        const corm__work *work = &plan->works[registry->order[i]->index];
        if (!corm__vector_add(&objects, &work->updates) ||
            !corm__vector_add(&objects, &work->inserts))
            status = corm__no_memory(session);
    }
    if (status == CORM_OK && objects.count > 0)
        status = corm__plan_order(session, plan, &objects, corm__wished_for_write, ordered);
    if (status == CORM_OK && plan->deferred_count > known) { /* a circle: only what must be */
        plan->deferred_count = known;
        ordered->count = 0;
        status = corm__plan_order(session, plan, &objects, corm__needed_for_write, ordered);
    }
    corm__vector_free(&objects);
    corm__lot_add(&plan->saves, ordered);
    return status;
}

/* And children first. */
static corm_status corm__order_deletes(corm_session *session, corm__plan *plan, size_t first,
                                       size_t end)
{
    const corm__registry *registry = session->registry;
    corm__vector objects = {NULL, 0, 0};
    corm__vector *ordered = &plan->works[registry->order[first]->index].ordered_deletes;
    corm_status status = CORM_OK;
    for (size_t i = first; i < end && status == CORM_OK; i++)
        if (!corm__vector_add(&objects, &plan->works[registry->order[i]->index].deletes))
            status = corm__no_memory(session);
    if (status == CORM_OK && objects.count > 0)
        status = corm__plan_order(session, plan, &objects, corm__needed_for_delete, ordered);
    for (size_t i = 0, last = ordered->count; i + 1 < last; i++) {
        void *object = ordered->items[i];
        ordered->items[i] = ordered->items[--last];
        ordered->items[last] = object;
    }
    corm__vector_free(&objects);
    corm__lot_add(&plan->deletes, ordered);
    return status;
}

/* Updates by key and then inserts as they came. */
static corm_status corm__arrange_saves(corm_session *session, corm__plan *plan, size_t first,
                                       size_t end)
{
    if (session->registry->order[first]->cyclic)
        return corm__order_saves(session, plan, first, end);
    for (size_t i = first; i < end; i++) {
        const corm__work *work = &plan->works[session->registry->order[i]->index];
        corm__lot_add(&plan->saves, &work->updates);
        corm__lot_add(&plan->saves, &work->inserts);
    }
    return CORM_OK;
}

/* By key. */
static corm_status corm__arrange_deletes(corm_session *session, corm__plan *plan, size_t first,
                                         size_t end)
{
    if (session->registry->order[first]->cyclic)
        return corm__order_deletes(session, plan, first, end);
    for (size_t i = first; i < end; i++)
        corm__lot_add(&plan->deletes, &plan->works[session->registry->order[i]->index].deletes);
    return CORM_OK;
}

/* ---- Groups of tables ------------------------------------------------------------------------ */

typedef struct corm__stop { /* a group of tables that is written */
    size_t first, end;      /* in registry->order */
    size_t declared, depth;
} corm__stop;

static bool corm__is_saved(const corm__plan *plan, const corm__mapper *mapper)
{
    const corm__work *work = &plan->works[mapper->root->index];
    return work->updates.count + work->inserts.count > 0;
}

static bool corm__is_written(const corm__plan *plan, const corm__mapper *mapper)
{
    return corm__is_saved(plan, mapper) || plan->works[mapper->root->index].deletes.count > 0;
}

static bool corm__any_linked(const corm__vector *objects, const corm__relation *relation)
{
    for (size_t i = 0; i < objects->count; i++) {
        const corm__link *link = corm__is_a(corm__mapper_at(objects->items[i]), relation->source)
                                     ? corm__link_if(objects->items[i], relation)
                                     : NULL;
        if (link != NULL &&
            ((link->loaded && !link->prefetched && link->target != NULL) || link->count > 0 ||
             (link->changes != NULL && link->changes->added_count > 0)))
            return true;
    }
    return false;
}

/* Whether the relationship has something to do in this flush: there is work in both tables, or something
 * that is saved is known to be linked. */
static bool corm__is_at_work(const corm__plan *plan, const corm__relation *relation)
{
    const corm__work *work = &plan->works[relation->source->root->index];
    return corm__is_written(plan, relation->target) || corm__any_linked(&work->updates, relation) ||
           corm__any_linked(&work->inserts, relation);
}

/* The depth of the group to which this table belongs, as far as it is known. */
static size_t corm__depth_of(const corm__registry *registry, const corm__mapper *mapper,
                             const corm__stop *stops, size_t count)
{
    size_t k = 0;
    while (k < count && registry->order[stops[k].first]->group != mapper->group)
        k++;
    return k < count ? stops[k].depth : 0;
}

/* What the group waits for stands before it in registry->order. The links between two tables are a step
 * of their own: those of deleted rows go before both are saved. */
static size_t corm__stop_depth(const corm__registry *registry, const corm__plan *plan,
                               const corm__stop *stops, size_t count, const corm__stop *stop)
{
    enum { STEP = 2, LINKS = 1 };
    size_t depth = 0;
    for (size_t i = stop->first; i < stop->end; i++) {
        const corm__mapper *mapper = registry->order[i];
        for (size_t c = mapper->inherited; c < mapper->column_count; c++) {
            const corm__mapper *to = corm__column_needs(&mapper->columns[c]);
            if (to == NULL || to->group == mapper->group || !corm__is_written(plan, to))
                continue;
            const size_t before = corm__depth_of(registry, to, stops, count) + STEP;
            depth = before > depth ? before : depth;
        }
        for (uint16_t r = 0; r < mapper->relation_count && depth < STEP; r++) {
            const corm__relation *relation = mapper->relations[r];
            const size_t least = relation->association != NULL ? LINKS
                                 : relation->holds_key         ? STEP
                                                               : 0;
            if (depth < least && relation->target->group != mapper->group &&
                corm__is_at_work(plan, relation))
                depth = least;
        }
    }
    return depth;
}

static int corm__compare_stops(const void *a, const void *b)
{
    const corm__stop *one = a, *other = b;
    if (one->depth != other->depth)
        return one->depth < other->depth ? -1 : 1;
    return (one->declared > other->declared) - (one->declared < other->declared);
}

/* The groups of which something is written, in the order in which they are saved: those that wait for no
 * other one, then those that wait for these, and so on; such as have nothing to do with each other as
 * they are declared. */
static size_t corm__stops_of(const corm__registry *registry, const corm__plan *plan,
                             corm__stop *stops)
{
    size_t count = 0, saved = 0;
    for (size_t i = 0, end = 0; i < registry->count; i = end) {
        corm__stop stop = {i, corm__group_end(registry, i), registry->count, 0};
        bool written = false, saves = false;
        for (end = i; end < stop.end; end++) {
            const corm__mapper *mapper = registry->order[end];
            written = written || corm__is_written(plan, mapper);
            saves = saves || corm__is_saved(plan, mapper);
            stop.declared = mapper->index < stop.declared ? mapper->index : stop.declared;
        }
        if (written)
            stops[count++] = stop;
        saved += saves;
    }
    for (size_t i = 0; i < count && saved > 1; i++)
        stops[i].depth = corm__stop_depth(registry, plan, stops, i, &stops[i]);
    if (saved > 1)
        qsort(stops, count, sizeof *stops, corm__compare_stops);
    return count;
}

/* Tables by dependency: saves in that order, deletes in the reverse. */
static corm_status corm__plan_arrange(corm_session *session, corm__plan *plan)
{
    const corm__registry *registry = session->registry;
    corm_status status = CORM_OK;
    corm__stop *stops = corm__allocate(registry->count * sizeof *stops);
    if (stops == NULL)
        return corm__no_memory(session);
    if (plan->cut_count > 1)
        qsort(plan->cuts, plan->cut_count, sizeof *plan->cuts, corm__compare_cuts);
    const size_t count = corm__stops_of(registry, plan, stops);
    for (size_t i = 0; i < count && status == CORM_OK; i++)
        status = corm__arrange_saves(session, plan, stops[i].first, stops[i].end);
    corm__free(stops);
    for (size_t end = registry->count, first = 0; end > 0 && status == CORM_OK; end = first) {
        first = end - 1;
        while (first > 0 && registry->order[first - 1]->group == registry->order[first]->group)
            first--;
        status = corm__arrange_deletes(session, plan, first, end);
    }
    return status;
}

#endif /* CORM__ROOM_ORDER_C */
