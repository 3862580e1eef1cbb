/* holders.c: who is linked to objects that leave.
 *
 * Owns: the list of all who are linked to somebody, sorted by him, and how long it holds.
 * Must not know: how links are cut. */
#ifndef CORM__ROOM_HOLDERS_C
#define CORM__ROOM_HOLDERS_C

#include "link.c"

/* Both ends of a link know of each other where the program has linked them; what was loaded shows at one end only. To
 * look at all objects for each that leaves would take the square of their number, so links are listed, once for all that
 * leave while none is made. New objects know whom the program has linked to them, but what was loaded while they had
 * rows, and then undone, shows at the other end only: of them a list holds until a transaction ends. */

/* ---- The list --------------------------------------------------------------------------------- */

/* Another one since links were made, or may have been. */
static uint64_t corm__links_stamp(const corm_session *session)
{
    return session->linkings + session->clock + session->links_generation;
}

static void corm__holders_forget(corm_session *session)
{
    corm__free(session->holders.all);
    corm__free(session->holders.by_target);
    session->holders = (corm__holders){.ended = UINT32_MAX};
}

/* Whether a new object, the target, knows that the other one is linked to it; of a long list it is not asked. */
static bool corm__knows_holder(const void *target, const corm__relation *relation,
                               const void *holder)
{
    const corm__record *record = corm__record_of(target);
    if (!corm__is_new(record) || record->extra == NULL)
        return false;
    const corm__link *back = &record->extra->links[relation->inverse->index];
    return back->target == holder ||
           (back->count <= 8 && corm__index_of(back->items, back->count, holder) < back->count);
}

static bool corm__holder_push(corm__holders *holders, void *holder, const corm__relation *relation,
                              void *const *targets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (targets[i] == NULL || corm__knows_holder(targets[i], relation, holder))
            continue;
        corm__holding *all =
            corm__grow(holders->all, holders->count, &holders->capacity, sizeof *holders->all, 64);
        if (all == NULL)
            return false;
        holders->all = all;
        all[holders->count++] = (corm__holding){targets[i], holder, false};
    }
    return true;
}

/* Those to whom one end of an object is linked. */
static bool corm__holder_push_link(corm__holders *h, void *holder, const corm__relation *relation,
                                   const corm__link *link)
{
    const corm__changes *c = link->changes;
    return corm__holder_push(h, holder, relation, &link->target, 1) &&
           corm__holder_push(h, holder, relation, link->items, link->count) &&
           (c == NULL || (corm__holder_push(h, holder, relation, c->added, c->added_count) &&
                          corm__holder_push(h, holder, relation, c->removed, c->removed_count) &&
                          corm__holder_push(h, holder, relation, c->recent, c->recent_count) &&
                          corm__holder_push(h, holder, relation, c->made, c->made_count)));
}

static corm_status corm__note_holder(corm_session *session, void *object, void *argument)
{
    corm__holders *holders = (corm__holders *)argument;
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    bool pushed = true;
    if (record->extra != NULL && corm__has_row(record) &&
        record->extra->generation != session->links_generation)
        corm__links_reset(session, record->extra);
    for (uint16_t i = 0; pushed && record->extra != NULL && i < record->extra->link_count; i++)
        pushed =
            corm__holder_push_link(holders, object, mapper->relations[i], &record->extra->links[i]);
    for (const corm__view *v = corm__rare_read(record)->views; pushed && v != NULL; v = v->next)
        pushed = corm__holder_push_link(holders, object, mapper->relations[v->relation], &v->list);
    return pushed ? CORM_OK : CORM_OUT_OF_MEMORY;
}

static int corm__compare_holders(const void *a, const void *b)
{
    const uintptr_t one = (uintptr_t)((const corm__holding *)a)->holder,
                    other = (uintptr_t)((const corm__holding *)b)->holder;
    return one < other ? -1 : one > other;
}

static int corm__compare_targets(const void *a, const void *b)
{
    const uintptr_t one = (uintptr_t)(*(corm__holding *const *)a)->target,
                    other = (uintptr_t)(*(corm__holding *const *)b)->target;
    return one < other ? -1 : one > other;
}

/* Objects that lie in one slab are met in the order of their addresses. */
static void corm__holders_sort(corm__holders *holders)
{
    bool sorted = true;
    for (size_t i = 1; i < holders->count && sorted; i++)
        sorted = corm__compare_holders(&holders->all[i - 1], &holders->all[i]) <= 0;
    if (!sorted)
        qsort(holders->all, holders->count, sizeof *holders->all, corm__compare_holders);
    for (size_t i = 0; i < holders->count; i++)
        holders->by_target[i] = &holders->all[i];
    qsort(holders->by_target, holders->count, sizeof(void *), corm__compare_targets);
}

/* false: out of memory, and there is no list. */
static bool corm__holders_list(corm_session *session)
{
    corm__holders *holders = &session->holders;
    holders->count = 0;
    corm__free(holders->by_target);
    holders->by_target = NULL;
    bool listed = corm__each_linked(session, corm__note_holder, holders) == CORM_OK;
    if (listed)
        holders->by_target = corm__allocate_zeroed(holders->count + 1, sizeof *holders->by_target);
    if (holders->by_target == NULL) {
        corm__holders_forget(session);
        return false;
    }
    corm__holders_sort(holders);
    holders->stamp = holders->asked = corm__links_stamp(session);
    holders->ended = session->ended;
    return true;
}

/* ---- Who leaves ------------------------------------------------------------------------------- */

/* Whether the list names all who are linked to these objects, or, if they are new, all of whom they do not know. Where it
 * would be made for one of them only, it is not: to look at all objects takes less. */
static bool corm__holders_are_listed(corm_session *session, void *const *objects, size_t count)
{
    corm__holders *holders = &session->holders;
    const uint64_t now = corm__links_stamp(session);
    bool fresh = true;
    for (size_t i = 0; i < count; i++)
        fresh = fresh && corm__is_new(corm__record_of(objects[i]));
    if (fresh ? holders->ended == session->ended : holders->stamp == now)
        return true;
    if (!fresh && holders->asked != now) {
        holders->asked = now;
        return false;
    }
    return corm__holders_list(session);
}

/* The place from which on those stand by target that are linked to the object. */
static size_t corm__holders_of(const corm__holders *holders, const void *object)
{
    size_t from = 0, to = holders->count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if ((uintptr_t)holders->by_target[middle]->target < (uintptr_t)object)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* The object is looked at no more. */
static void corm__holder_leaves(corm__holders *holders, const void *object)
{
    size_t from = 0, to = holders->count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if ((uintptr_t)holders->all[middle].holder < (uintptr_t)object)
            from = middle + 1;
        else
            to = middle;
    }
    for (; from < holders->count && holders->all[from].holder == object; from++)
        holders->all[from].gone = true;
}

#endif /* CORM__ROOM_HOLDERS_C */
