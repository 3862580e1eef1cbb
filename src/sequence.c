/* sequence.c: the order in which a flush writes.
 *
 * Owns: making the whole plan; tables by dependency, updates before inserts, deletes last.
 * Must not know: SQL, how rows are written, the order of rows that refer to each other. */
#ifndef CORM__ROOM_SEQUENCE_C
#define CORM__ROOM_SEQUENCE_C

#include "order.c"

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
    corm__stop *stops = corm__arena_allocate(&session->scratch, registry->count * sizeof *stops);
    if (stops == NULL)
        return corm__no_memory(session);
    if (plan->cut_count > 1)
        qsort(plan->cuts, plan->cut_count, sizeof *plan->cuts, corm__compare_cuts);
    const size_t count = corm__stops_of(registry, plan, stops);
    for (size_t i = 0; i < count && status == CORM_OK; i++)
        status = corm__arrange_saves(session, plan, stops[i].first, stops[i].end);
    for (size_t end = registry->count, first = 0; end > 0 && status == CORM_OK; end = first) {
        first = end - 1;
        while (first > 0 && registry->order[first - 1]->group == registry->order[first]->group)
            first--;
        status = corm__arrange_deletes(session, plan, first, end);
    }
    return status;
}

/* ---- The plan -------------------------------------------------------------------------------- */

static corm_status corm__plan_make(corm_session *session, corm__plan *plan)
{
    const size_t count = session->registry->count;
    enum { LOTS = 3 }; /* of a table: updates, inserts, deletes */
    const size_t size = count * (sizeof *plan->works + LOTS * sizeof *plan->saves.items);
    plan->works = corm__arena_allocate(&session->scratch, size);
    if (plan->works == NULL)
        return corm__no_memory(session);
    memset(plan->works, 0, size);
    plan->saves.items = (const corm__vector **)(void *)(plan->works + count);
    plan->deletes.items = plan->saves.items + (LOTS - 1) * count;
    corm_status status = corm__plan_cascade(session, plan);
    if (status == CORM_OK)
        status = corm__each_changed(session, corm__plan_update, plan);
    for (size_t i = 0; plan->relinks && i < session->linked.count && status == CORM_OK; i++) {
        void *object = session->linked.items[i];
        if (object != NULL && corm__has_row(corm__record_of(object)))
            status = corm__plan_update(session, object, plan);
    }
    if (status == CORM_OK)
        status = corm__plan_deleted(session, plan);
    if (status == CORM_OK)
        status = corm__plan_orphans(session, plan);
    if (status == CORM_OK)
        status = corm__plan_cuts(session, plan);
    if (status == CORM_OK)
        status = corm__plan_all_lists(session, plan);
    if (status == CORM_OK)
        status = corm__plan_pending(session, plan);
    for (size_t m = 0; m < session->registry->count && status == CORM_OK; m++) {
        corm__sort_by_key(&plan->works[m].updates);
        corm__sort_by_key(&plan->works[m].deletes);
    }
    return status;
}

#endif /* CORM__ROOM_SEQUENCE_C */
