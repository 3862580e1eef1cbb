/* plan.c: what a flush has to write.
 *
 * Owns: the plan, and collecting what is saved: new and changed objects, and those that come into the
 * session through what was linked; the order by key.
 * Must not know: SQL text, how a statement is run, what is deleted. */
#ifndef CORM__ROOM_PLAN_C
#define CORM__ROOM_PLAN_C

#include "journal.c"

/* a reference that becomes NULL because its target is deleted, or only for now (deferred) */
typedef struct corm__cut {
    void *child;
    corm__relation *relation; /* child's end */
    void *parent;
} corm__cut;

typedef struct corm__copy { /* a borrowed text that this flush has copied into the session */
    void *object;
    const corm__column *column;
} corm__copy;

typedef struct
    corm__work { /* of one table; an object that is deleted may be among the updates, too */
    corm__vector updates, inserts, deletes;
    /* in the first of several tables that refer to each other: of all of them, in their order */
    corm__vector ordered_saves, ordered_deletes;
} corm__work;

typedef struct corm__lots { /* lists of objects, in the order in which they are written */
    const corm__vector **items;
    size_t count;
} corm__lots;

/* A row that was written in these columns, on which others may depend by ON UPDATE: actions.c. */
typedef struct corm__followed {
    void *object;
    const void *before; /* its struct as the row was, in the session's scratch */
    uint64_t columns;
} corm__followed;

typedef struct corm__plan {
    corm__work *
        works; /* by mapper index, in the session's scratch; of the objects that are flagged IN_FLUSH or DOOMED */
    bool postponed; /* objects that are marked deleted stay so until the next flush */
    bool relinks;   /* what has a row may be linked otherwise than before */
    /* in the session, deleted by the database together with their parent */
    corm__vector passive;
    corm__cut *cuts;
    size_t cut_count, cut_capacity;
    corm__lots saves, deletes; /* lists of `works` */
    corm__cut *deferred;       /* references that close a circle: set by a second UPDATE */
    size_t deferred_count, deferred_capacity;
    corm__cut *loosened; /* references inside a circle of deleted rows: cut before the deletes */
    size_t loosened_count, loosened_capacity;
    corm__copy *copies;
    size_t copy_count, copy_capacity;
    corm__followed *followed; /* those whose followers were not told yet */
    size_t followed_count, followed_capacity;
    size_t statements; /* objects to be written */
    corm_datetime now; /* for the functions of columns; year 0: not asked yet */
} corm__plan;

static void corm__unplan(corm__vector *objects)
{
    for (size_t i = 0; i < objects->count; i++)
        corm__record_of(objects->items[i])->flags &=
            (uint16_t) ~(CORM__IN_FLUSH | CORM__DOOMED | CORM__WRITTEN | CORM__VISITED | CORM__NEW);
    corm__vector_free(objects);
}

static void corm__plan_free(corm_session *session, corm__plan *plan)
{
    for (size_t i = 0; plan->works != NULL && i < session->registry->count; i++) {
        corm__unplan(&plan->works[i].updates);
        corm__unplan(&plan->works[i].inserts);
        corm__unplan(&plan->works[i].deletes);
        corm__vector_free(&plan->works[i].ordered_saves);
        corm__vector_free(&plan->works[i].ordered_deletes);
    }
    corm__free(plan->cuts);
    corm__free(plan->deferred);
    corm__free(plan->loosened);
    corm__free(plan->copies);
    corm__free(plan->followed);
    corm__vector_free(&plan->passive);
}

static bool corm__cut_push(corm__cut **cuts, size_t *count, size_t *capacity, corm__cut cut)
{
    corm__cut *grown = corm__grow(*cuts, *count, capacity, sizeof *grown, 16);
    if (grown == NULL)
        return false;
    *cuts = grown;
    grown[(*count)++] = cut;
    return true;
}

static bool corm__copy_push(corm__plan *plan, void *object, const corm__column *column)
{
    corm__copy *copies =
        corm__grow(plan->copies, plan->copy_count, &plan->copy_capacity, sizeof *copies, 16);
    if (copies == NULL)
        return false;
    plan->copies = copies;
    copies[plan->copy_count++] = (corm__copy){object, column};
    return true;
}

/* Models that inherit from each other are written together. */
static inline corm__work *corm__work_of(const corm__plan *plan, const void *object)
{
    return &plan->works[corm__mapper_at(object)->root->index];
}

/* ---- Collecting ------------------------------------------------------------------------------ */

static corm_status corm__plan_update(corm_session *session, void *object, void *argument)
{
    corm__record *record = corm__record_of(object);
    if (record->flags & CORM__IN_FLUSH)
        return CORM_OK;
    if (!corm__vector_push(&corm__work_of(argument, object)->updates, object))
        return corm__no_memory(session);
    record->flags |= CORM__IN_FLUSH;
    return CORM_OK;
}

/* What the relationship of an object in the session links to, without SQL, in its order. */
static corm_status corm__plan_related(corm_session *session, void *object,
                                      const corm__relation *relation, corm__vector *out)
{
    out->count = 0;
    if (!corm__push_related(object, relation, out))
        return corm__no_memory(session);
    for (size_t i = 0, last = out->count; i + 1 < last; i++) {
        void *item = out->items[i];
        out->items[i] = out->items[--last];
        out->items[last] = item;
    }
    return CORM_OK;
}

/* An item that is new, too, and was not when the object was: it knows of the object no more. */
static corm_status corm__plan_link_new(corm_session *session, void *object,
                                       corm__relation *relation, void *item)
{
    const corm__link *reference = corm__link_if(item, relation->inverse);
    if (reference == NULL || (!reference->told && reference->target == NULL))
        return corm__pair_join(session, object, relation, item);
    return reference->target == object ? CORM_OK : corm__end_drop(session, object, relation, item);
}

/* A new object that has come back after a rollback has what it held before, unless the program has said since where
 * that belongs. */
static corm_status corm__plan_link_again(corm_session *session, void *object,
                                         corm__relation *relation, const corm__vector *related)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < related->count && status == CORM_OK; i++) {
        void *item = related->items[i];
        const corm__link *reference = NULL;
        bool known = false;
        if (corm__record_of(item)->state == CORM_STATE_PENDING && relation->association != NULL &&
            !corm__is_linked(item, relation->inverse, object, &known))
            status = corm__end_add(session, item, relation->inverse, object);
        if (corm__is_new(corm__record_of(item)) && relation->association == NULL)
            status = corm__plan_link_new(session, object, relation, item);
        if (!corm__has_row(corm__record_of(item)) ||
            (corm__record_of(item)->flags & CORM__MARKED_DELETED))
            continue;
        status = corm__make_current(session, item);
        if (status == CORM_ROW_MISSING)
            status = CORM_OK;
        else if (status == CORM_OK)
            reference = corm__link_if(item, relation->inverse);
        if (status == CORM_OK && relation->association != NULL &&
            !corm__is_linked(item, relation->inverse, object, &known))
            status = corm__end_add(session, item, relation->inverse, object);
        if (status != CORM_OK || relation->association != NULL)
            continue;
        if (corm__one_now(session, item, relation->inverse, &known) == object) /* not written yet */
            status = corm__one_assign(session, item, relation->inverse, object);
        else if (reference != NULL && reference->loaded && (reference->changed || reference->told))
            status = corm__end_drop(session, object, relation, item);
        else
            status = corm__pair_join(session, object, relation, item);
    }
    corm__link_at(object, relation)->kept = false;
    return status;
}

static inline bool corm__comes_in(const void *item)
{
    const corm__record *record = corm__record_of(item);
    return record->state == CORM_STATE_TRANSIENT && !(record->flags & CORM__LEFT);
}

/* Whether there may be something that the session does not have; what is seldom there counts. */
static bool corm__leads_out(const corm__link *link)
{
    if (link->kept || link->changes != NULL ||
        (link->target != NULL && corm__comes_in(link->target)))
        return true;
    for (uint32_t i = 0; i < link->count; i++)
        if (corm__comes_in(link->items[i]))
            return true;
    return false;
}

static bool corm__loses_row(void *object)
{
    return corm__has_row(corm__record_of(object)) && corm__is_orphan(object);
}

static CORM__APART corm_status corm__plan_cascade_along(corm_session *session, void *object,
                                                        corm__relation *relation,
                                                        corm__vector *related)
{
    corm_status status = corm__plan_related(session, object, relation, related);
    if (status == CORM_OK && related->count > 0 && corm__link_at(object, relation)->kept)
        status = relation->holds_key ? corm__refer_again(session, object, relation)
                                     : corm__plan_link_again(session, object, relation, related);
    for (size_t k = 0; k < related->count && status == CORM_OK; k++) {
        void *item = related->items[k];
        if (corm__comes_in(item) && !corm__loses_row(object))
            status = corm__cascade_link(session, object, relation, item);
    }
    return status;
}

/* What the program linked to an object of the session comes into it, from whichever end it was linked:
 * but for one that is to be deleted, or is an orphan, to which it could not be linked any more. */
static corm_status corm__plan_cascade_from(corm_session *session, void *object,
                                           const corm__record *record, corm__vector *related)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm__extra *extra = record->extra;
    const bool seen = corm__rare_read(record)->views != NULL;
    corm_status status = CORM_OK;
    for (uint16_t r = 0; extra != NULL && r < mapper->relation_count && status == CORM_OK; r++) {
        corm__relation *relation = mapper->relations[r];
        if (CORM__UNLIKELY(corm__leads_out(corm__link_of(object, record, extra, relation)) || seen))
            status = corm__plan_cascade_along(session, object, relation, related);
    }
    return status;
}

static corm_status corm__plan_cascade(corm_session *session, corm__plan *plan)
{
    corm__vector related = {NULL, 0, 0};
    corm_status status = CORM_OK;
    for (size_t i = 0; i < session->linked.count && status == CORM_OK; i++) {
        void *object = session->linked.items[i];
        const corm__record *record = object != NULL ? corm__record_of(object) : NULL;
        if (record == NULL || !corm__is_in_session(record))
            continue;
        plan->relinks |= corm__has_row(record);
        if (!(record->flags & CORM__MARKED_DELETED))
            status = corm__plan_cascade_from(session, object, record, &related);
    }
    corm__vector_free(&related);
    return status;
}

/* The first of these objects, in whose table most of them are; NULL: there is none. */
static void *corm__first_of(const corm__vector *objects)
{
    return objects->count > 0 ? objects->items[0] : NULL;
}

static corm_status corm__plan_pending(corm_session *session, corm__plan *plan)
{
    void *first = corm__first_of(&session->pending);
    if (first != NULL &&
        !corm__vector_reserve(&corm__work_of(plan, first)->inserts, session->pending.count))
        return corm__no_memory(session);
    for (size_t i = 0; i < session->pending.count; i++) {
        void *object = session->pending.items[i];
        if (object == NULL)
            continue;
        if (!corm__vector_push(&corm__work_of(plan, object)->inserts, object))
            return corm__no_memory(session);
        corm__record_of(object)->flags |= CORM__IN_FLUSH;
        plan->statements++;
    }
    return CORM_OK;
}

/* ---- Order by key ---------------------------------------------------------------------------- */

/* A comparison of stored keys, for qsort: integers first, then by bytes. */
static int corm__compare_keys(const void *a, const void *b)
{
    const void *one = *(void *const *)a, *other = *(void *const *)b;
    const corm__mapper *mapper = corm__mapper_at(one);
    corm__key left, right;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(one), &left);
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(other), &right);
    for (uint16_t i = 0; i < mapper->pk_count; i++) {
        const corm_value *l = &left.values[i], *r = &right.values[i];
        if (l->type != CORM_VALUE_TEXT && l->type != CORM_VALUE_BLOB) {
            if (l->as.integer != r->as.integer)
                return l->as.integer < r->as.integer ? -1 : 1;
            continue;
        }
        size_t size = l->size < r->size ? l->size : r->size;
        int order = memcmp(l->as.bytes, r->as.bytes, size);
        if (order != 0 || l->size != r->size)
            return order != 0 ? order : l->size < r->size ? -1 : 1;
    }
    return 0;
}

typedef struct corm__keyed {
    int64_t key;
    void *object;
} corm__keyed;

static int corm__compare_keyed(const void *a, const void *b)
{
    const int64_t left = ((const corm__keyed *)a)->key, right = ((const corm__keyed *)b)->key;
    return (left > right) - (left < right);
}

enum { CORM__SPREAD = 8 /* places for each object that are worth looking through */ };

/* Keys that lie close together: each object goes to the place of its key, and what is between is left
 * out. false: they do not, or one comes twice, or there is no memory. */
static bool corm__sort_by_place(corm__vector *objects, const corm__keyed *keyed, int64_t least,
                                int64_t most)
{
    const uint64_t places = (uint64_t)most - (uint64_t)least + 1;
    if (places == 0 || places > objects->count * CORM__SPREAD)
        return false;
    void **table = corm__allocate_zeroed((size_t)places, sizeof *table);
    bool distinct = table != NULL;
    for (size_t i = 0; i < objects->count && distinct; i++) {
        void **place = &table[(size_t)((uint64_t)keyed[i].key - (uint64_t)least)];
        distinct = *place == NULL;
        *place = keyed[i].object;
    }
    for (size_t i = 0, k = 0; distinct && i < (size_t)places; i++)
        if (table[i] != NULL)
            objects->items[k++] = table[i];
    corm__free(table);
    return distinct;
}

/* The same for many objects of one model with an integer key, which is read but once. false: they are
 * not, or there is no memory. */
static bool corm__sort_by_integer(corm__vector *objects)
{
    const corm__mapper *mapper = corm__mapper_at(objects->items[0]);
    corm__keyed *keyed =
        mapper->integer_key ? corm__allocate(objects->count * sizeof *keyed) : NULL;
    if (keyed == NULL)
        return false;
    bool sorted = true;
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (size_t i = 0; i < objects->count; i++) {
        if (corm__mapper_at(objects->items[i]) != mapper) {
            corm__free(keyed);
            return false;
        }
        const int64_t key = corm__integer_key_of(objects->items[i]);
        keyed[i] = (corm__keyed){key, objects->items[i]};
        sorted = sorted && (i == 0 || keyed[i - 1].key <= key);
        least = key < least ? key : least;
        most = key > most ? key : most;
    }
    if (!sorted && !corm__sort_by_place(objects, keyed, least, most)) {
        qsort(keyed, objects->count, sizeof *keyed, corm__compare_keyed);
        for (size_t i = 0; i < objects->count; i++)
            objects->items[i] = keyed[i].object;
    }
    corm__free(keyed);
    return true;
}

static void corm__sort_by_key(corm__vector *objects)
{
    bool sorted = true;
    if (objects->count < 2 || (objects->count > 16 && corm__sort_by_integer(objects)))
        return;
    for (size_t i = 1; i < objects->count && sorted; i++)
        sorted = corm__compare_keys(&objects->items[i - 1], &objects->items[i]) <= 0;
    if (!sorted)
        qsort(objects->items, objects->count, sizeof *objects->items, corm__compare_keys);
}

#endif /* CORM__ROOM_PLAN_C */
