/* siblings.c: the objects for which a relationship is loaded together.
 *
 * Owns: who counts as a sibling of an object, how far ahead is loaded.
 * Must not know: what is done with what was loaded, how anything is written. */
#ifndef CORM__ROOM_SIBLINGS_C
#define CORM__ROOM_SIBLINGS_C

#include "deferred.c"

/* ---- Siblings -------------------------------------------------------------------------------- */

enum { CORM__REACH_LEAST = 16 };

/* For how many siblings the relationship is loaded at once. Who goes on after the first of them is
 * walking along: the rest of a table then comes in one statement, which need not name its rows. Where
 * something is written in between, what was fetched ahead is not valid any more: less is fetched. */
static size_t corm__batch_reach(const corm_session *session, corm__batch *batch,
                                const corm__relation *relation)
{
    const bool again = batch->relation == relation, written = batch->clock != session->clock;
    size_t reach = again ? batch->reach : CORM__SIBLINGS_MAX;
    if (again && written)
        reach = reach / 4 > CORM__REACH_LEAST ? reach / 4 : CORM__REACH_LEAST;
    else if (again && batch->whole && relation->to_many && relation->association == NULL &&
             relation->local_is_key && reach >= CORM__SIBLINGS_MAX)
        reach = batch->count;
    else if (again && reach < CORM__SIBLINGS_MAX)
        reach = reach * 4 < CORM__SIBLINGS_MAX ? reach * 4 : CORM__SIBLINGS_MAX;
    batch->relation = relation;
    batch->clock = session->clock;
    batch->reach = reach;
    return reach < batch->count ? reach : batch->count;
}

/* Appends the sibling, which lives, where the relationship may be loaded for it and is not. */
static corm_status corm__sibling_join(corm_session *session, void *sibling,
                                      corm__relation *relation, corm__vector *out)
{
    const corm__record *record = corm__record_of(sibling);
    if (sibling == out->items[0] || !corm__is_of(session, sibling) || !corm__has_row(record) ||
        (record->flags & (CORM__MARKED_DELETED | CORM__VISITED)) ||
        !corm__is_a(corm__mapper_at(sibling), relation->source))
        return CORM_OK;
    const corm__link *link = corm__link_at(sibling, relation);
    if (link == NULL)
        return corm__no_memory(session);
    if (link->loaded && !(link->prefetched && !corm__prefetch_is_valid(session, relation, link)))
        return CORM_OK;
    return corm__vector_push(out, sibling) ? CORM_OK : corm__no_memory(session);
}

/* ---- Neighbours ------------------------------------------------------------------------------ */

/* What came together is not known any more once a transaction has ended, and never was of objects that
 * came one by one or were new. But objects lie in memory in the order in which they came: those that
 * lie behind one are taken for its siblings, as soon as the program goes from one to the other. */

enum { CORM__REACH_NEXT = 4, CORM__REACH_FASTER = 16 /* times as many as before */ };

static corm__walking *corm__walking_of(corm__store *store, const corm__relation *relation)
{
    return &store->walkings[relation->index % CORM__WALKINGS];
}

/* For how many the relationship is loaded at once: for one alone, unless it was loaded for another one
 * in this transaction; then for more each time, as long as nothing is written in between. *most: as
 * many as there may be, for the first time. */
static size_t corm__neighbour_reach(const corm_session *session, corm__store *store,
                                    const corm__relation *relation, bool *most)
{
    corm__walking *walking = corm__walking_of(store, relation);
    const bool again = walking->relation == relation && walking->clock >= session->ended;
    const uint32_t before = again ? walking->reach : 0;
    uint32_t reach = 1;
    if (before > 0 && walking->clock != session->clock)
        reach = before > CORM__REACH_NEXT ? before / CORM__REACH_FASTER : 1;
    else if (before > 0)
        reach = before < CORM__REACH_NEXT ? CORM__REACH_NEXT : before * CORM__REACH_FASTER;
    if (reach > CORM__SIBLINGS_MAX)
        reach = CORM__SIBLINGS_MAX;
    *most = reach == CORM__SIBLINGS_MAX && before < reach;
    *walking = (corm__walking){relation, session->clock, reach};
    return reach;
}

static size_t corm__slab_index(const corm__store *store, const corm__slab *slab)
{
    size_t i = 0;
    while (i < store->slabs.count && store->slabs.items[i] != slab)
        i++;
    return i;
}

enum { CORM__LOOKS = 16 /* at so many neighbours for each that is to be found */ };

/* Appends the neighbours of the object in `out`, until there are `most`. The key by which an expired
 * object is asked for must not change. */
static corm_status corm__neighbours(corm_session *session, corm__relation *relation, size_t most,
                                    corm__vector *out)
{
    void *object = out->items[0];
    const corm__slab *slab = corm__slab_of(object);
    const corm__store *store = corm__store_of(session, slab->mapper);
    const bool fixed = relation->local_is_key;
    corm_status status = CORM_OK;
    size_t index = corm__slab_index(store, slab), looks = most * CORM__LOOKS;
    uint32_t place = corm__place_of(slab, object) + 1;
    if (index == store->slabs.count)
        return CORM_OK; /* in memory of another session */
    while (status == CORM_OK && out->count < most && looks-- > 0) {
        if (place >= slab->used) {
            index = (index + 1) % store->slabs.count;
            slab = store->slabs.items[index];
            place = 0;
            continue;
        }
        const corm__record *record = &slab->records[place];
        void *sibling = corm__object_at(slab, place++);
        if (sibling == object)
            break;
        if ((record->flags & CORM__LIVE) && (fixed || !corm__is_expired(sibling)))
            status = corm__sibling_join(session, sibling, relation, out);
    }
    return status;
}

/* The highest key in the table of an integer key; *out is 0 where there is none. */
static corm_status corm__highest_key(corm_session *session, const corm__mapper *mapper,
                                     int64_t *out)
{
    corm__scratch_begin(session);
    corm__buffer_clear(&session->sql);
    corm__sql_highest_key(&session->sql, session->engine->adapter->dialect, mapper);
    const corm_status status =
        corm__query_number(session, corm__prepare_sql(session), NULL, 0, out);
    corm__scratch_end(session);
    return status;
}

enum { CORM__FEW_OWNERS = 64 /* whose rows an index finds as fast as a scan does */ };

/* Appends all neighbours where they are most of their table, so that one statement that names none
 * of them brings little else. What the table had when they were loaded may be long ago; but it can
 * have no more rows than its highest key says. */
static corm_status corm__neighbours_most(corm_session *session, corm__relation *relation,
                                         corm__vector *out, bool *whole)
{
    const corm__mapper *mapper = corm__mapper_at(out->items[0]);
    const size_t held = corm__identity_count(corm__identities_of(session, mapper));
    int64_t highest = 0;
    if (held <= CORM__FEW_OWNERS || !relation->to_many || relation->association != NULL ||
        !mapper->integer_key || mapper->discriminator != NULL || !relation->local_is_key)
        return CORM_OK;
    corm_status status = corm__highest_key(session, mapper, &highest);
    if (status != CORM_OK || highest <= 0 || (uint64_t)highest / 2 > held)
        return status;
    status = corm__neighbours(session, relation, held, out);
    *whole = out->count > CORM__FEW_OWNERS && out->count * 2 > (uint64_t)highest;
    if (!*whole && out->count > CORM__SIBLINGS_MAX)
        out->count = CORM__SIBLINGS_MAX;
    return status;
}

/* ---- Both ------------------------------------------------------------------------------------ */

/* The object, which comes first already, and its neighbours in the list with which it came. */
static corm_status corm__batch_siblings(corm_session *session, corm__batch *batch,
                                        corm__relation *relation, corm__vector *out, bool *whole)
{
    const size_t most = corm__batch_reach(session, batch, relation);
    const uint32_t position = corm__record_of(out->items[0])->position;
    corm_status status = corm__vector_reserve(out, most) ? CORM_OK : corm__no_memory(session);
    for (size_t i = 1; i < most && status == CORM_OK; i++)
        status =
            corm__sibling_join(session, batch->items[(position + i) % batch->count], relation, out);
    *whole = most > CORM__SIBLINGS_MAX && out->count * 2 > batch->count;
    return status;
}

/* The object and its siblings for which the relationship may be loaded in one go, this one first and
 * then its neighbours. *whole: they are most of a table. Objects that lead from one to the other came last in
 * lists of a few: who walks through these goes on among the neighbours. */
static corm_status corm__siblings(corm_session *session, void *object, corm__relation *relation,
                                  corm__vector *out, bool *whole)
{
    const corm__record *record = corm__record_of(object);
    bool first = false;
    *whole = false;
    if (!corm__vector_push(out, object))
        return corm__no_memory(session);
    if (relation->lazy == CORM_LAZY_SELECT || !corm__has_row(record))
        return CORM_OK;
    corm_status status = CORM_OK;
    if (corm__standing_of(record)->batch != NULL && record->epoch == session->epoch)
        status =
            corm__batch_siblings(session, corm__standing_of(record)->batch, relation, out, whole);
    const size_t found = out->count;
    if (status != CORM_OK || found >= CORM__REACH_LEAST)
        return status;
    corm__store *store = corm__store_of(session, corm__mapper_at(object));
    const size_t most = corm__neighbour_reach(session, store, relation, &first);
    if (most <= found)
        return CORM_OK;
    /* some of them are among the siblings: who comes twice is loaded once */
    status = first ? corm__neighbours_most(session, relation, out, whole) : CORM_OK;
    if (status == CORM_OK && out->count == found)
        status = corm__neighbours(session, relation, most, out);
    if (out->count == found) /* all that lie near are loaded */
        corm__walking_of(store, relation)->reach = 1;
    return status;
}

#endif /* CORM__ROOM_SIBLINGS_C */
