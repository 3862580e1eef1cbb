/* actions.c: what the database does by itself to rows that refer to one that is written.
 *
 * Owns: carrying on in the session's objects what ON UPDATE and ON DELETE SET have done to their rows: foreign
 * keys, and the identities that these are a part of; when that is due.
 * Must not know: statements, how a failure is undone. */
#ifndef CORM__ROOM_ACTIONS_C
#define CORM__ROOM_ACTIONS_C

#include "assign.c"
#include "computed.c"

/* A foreign key, and which columns of the other model it has. */
typedef struct corm__foreign {
    const corm__mapper *holder;
    uint16_t count, columns[CORM__KEY_MAX], referred[CORM__KEY_MAX];
    corm_action on_update;
} corm__foreign;

/* The one that begins with this column; false: none does. */
static bool corm__foreign_at(const corm__mapper *holder, uint16_t first, corm__foreign *out)
{
    const corm__column *column = &holder->columns[first];
    const corm__mapper *to = column->reference;
    if (to == NULL)
        return false;
    *out = (corm__foreign){.holder = holder, .on_update = column->info->options.on_update};
    const bool one = corm__refers_as_one(holder, to);
    for (uint16_t i = one ? 0 : first; i < (one ? holder->column_count : first + 1); i++) {
        if (holder->columns[i].reference != to)
            continue;
        if (i < first)
            return false;
        out->columns[out->count] = i;
        out->referred[out->count++] = holder->columns[i].reference_column;
    }
    return true;
}

/* The row's column is NULL now, or what `from` has as a value; the member too, unless the program has assigned
 * another. */
static corm_status corm__follow_column(corm_session *session, void *object,
                                       const corm__column *column, const corm_value *value)
{
    corm__record *record = corm__record_of(object);
    void *snapshot = corm__snapshot_of(object);
    const bool same = corm__member_equal(column, object, snapshot);
    char why[64];
    bool memory = true;
    void *made = corm__arena_allocate(&session->scratch, corm__mapper_at(object)->size);
    if (made == NULL)
        return corm__no_memory(session);
    memset(made, 0, corm__mapper_at(object)->size);
    if (value->type == CORM_VALUE_NULL)
        corm__member_clear(column, made);
    else if (!corm__member_load(column, made, value, &session->heap, &memory, why, sizeof why))
        return corm__no_memory(session); /* a value of the same kind fits */
    corm__snapshot_replace(session, column, record, snapshot, made);
    if (same)
        corm__member_copy(column, object, snapshot);
    return CORM_OK;
}

/* References that go by these columns are looked for again; those that the program has set since stay. */
static void corm__follow_links(corm_session *session, void *child, const uint16_t *columns,
                               void *parent)
{
    const corm__mapper *mapper = corm__mapper_at(child);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        if (!relation->holds_key || relation->local[0] != columns[0])
            continue;
        corm__link *link = corm__link_if(child, relation);
        if (link != NULL && !link->changed)
            corm__link_reset(session, link);
        link = corm__link_if(parent, relation->inverse);
        if (link != NULL && link->loaded && corm__has_row(corm__record_of(parent)))
            corm__link_reset(session, link);
    }
}

/* The object's row, which `before` shows as it was, gets other values in these columns; its struct or its snapshot will
 * have them. Who refers to it is told by corm__follow_all. */
static corm_status corm__follow_later(corm_session *session, corm__plan *plan, void *object,
                                      const void *before, uint64_t columns)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    columns &= mapper->followed;
    if (columns == 0)
        return CORM_OK;
    corm__followed *grown = corm__grow(plan->followed, plan->followed_count,
                                       &plan->followed_capacity, sizeof *grown, 16);
    if (grown == NULL)
        return corm__no_memory(session);
    plan->followed = grown;
    void *copy = corm__arena_allocate(&session->scratch, mapper->size);
    if (copy == NULL)
        return corm__no_memory(session);
    memcpy(copy, before, mapper->size);
    grown[plan->followed_count++] = (corm__followed){object, copy, columns};
    return CORM_OK;
}

/* What an object's foreign key has become; `parent` is whom it referred to, key NULL: nobody. */
static corm_status corm__follow_one(corm_session *session, corm__plan *plan, void *object,
                                    const uint16_t *columns, uint16_t count, const corm__key *key,
                                    void *parent)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    const uint64_t bits = corm__column_bits(columns, count);
    const bool keyed = (bits & corm__column_bits(mapper->pk, mapper->pk_count)) != 0;
    if (!corm__journal_image(session, object, bits) ||
        (keyed && !corm__identity_reserve(corm__identities_of(session, mapper), 1)))
        return corm__no_memory(session);
    corm_status status = corm__follow_later(session, plan, object, corm__snapshot_of(object), bits);
    if (keyed)
        corm__identity_leave(session, mapper, object);
    for (uint16_t i = 0; i < count && status == CORM_OK; i++) {
        const corm_value none = corm_value_null();
        status = corm__follow_column(session, object, &mapper->columns[columns[i]],
                                     key == NULL ? &none : &key->values[i]);
    }
    if (keyed)
        corm__identity_enter(session, mapper, object);
    if (key == NULL)
        corm__follow_links(session, object, columns, parent);
    if (mapper->generated != 0)
        record->generation = 0;
    corm__store_of(session, mapper->root)->written = session->clock;
    return status;
}

/* The declared defaults of these columns; false: one is for the database to compute. */
static bool corm__defaults_read(const corm__mapper *mapper, const uint16_t *columns, uint16_t count,
                                void *made, corm__key *out)
{
    for (uint16_t i = 0; i < count; i++) {
        const corm__column *column = &mapper->columns[columns[i]];
        if (!corm__has_default(column) || column->info->options.server_default != NULL)
            return false;
        corm__default_fill(column, made);
    }
    corm__key_read(mapper, columns, count, made, out);
    return true;
}

/* The object's foreign key has its default in the row: only the database knows which that is, so it is read again. Where
 * it is part of the primary key, by which it is read, it is taken to be the declared one. */
static corm_status corm__follow_default(corm_session *session, corm__plan *plan, void *object,
                                        const uint16_t *columns, uint16_t count, void *parent)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm_status status = CORM_OK;
    if ((corm__column_bits(columns, count) & corm__column_bits(mapper->pk, mapper->pk_count)) !=
        0) {
        corm__key key;
        void *made = corm__arena_allocate(&session->scratch, mapper->size);
        if (made == NULL)
            return corm__no_memory(session);
        memset(made, 0, mapper->size);
        if (corm__defaults_read(mapper, columns, count, made, &key))
            status = corm__follow_one(session, plan, object, columns, count, &key, parent);
    }
    corm__record_of(object)->generation = 0;
    corm__follow_links(session, object, columns, parent);
    return status;
}

/* The database may have changed rows that the session has no objects of, and loads before a savepoint is undone. */
static void corm__acted(corm_session *session)
{
    session->sweeps++;
}

/* A place among the session's objects of one model. */
typedef struct corm__at_object {
    size_t slab, adopted;
    uint32_t seat;
} corm__at_object;

/* The next object with a row that the session has of exactly this model, also where it lives in another session's
 * memory; NULL: there is none. */
static void *corm__next_of(corm_session *session, const corm__mapper *mapper,
                           corm__at_object *place)
{
    const corm__store *store = corm__store_of(session, mapper);
    for (; place->slab < store->slabs.count; place->slab++, place->seat = 0) {
        corm__slab *slab = store->slabs.items[place->slab];
        while (slab->records != NULL && place->seat < slab->used) {
            void *object = corm__object_at(slab, place->seat++);
            if (corm__is_of(session, object) && corm__has_row(corm__record_of(object)))
                return object;
        }
    }
    while (place->adopted < session->adopted.count) {
        void *object = session->adopted.items[place->adopted++];
        if (object != NULL && corm__mapper_at(object) == mapper && corm__is_of(session, object) &&
            corm__has_row(corm__record_of(object)))
            return object;
    }
    return NULL;
}

/* What objects have of a relationship into which others have come with a foreign key's default is loaded anew. */
static void corm__follow_owners(corm_session *session, const corm__relation *relation)
{
    const corm__mapper *model = relation->source;
    for (size_t f = 0; f < model->family_count; f++) {
        corm__at_object place = {0, 0, 0};
        for (void *owner; (owner = corm__next_of(session, model->family[f], &place)) != NULL;) {
            corm__link *link = corm__link_if(owner, relation);
            if (link != NULL && link->loaded)
                corm__link_reset(session, link);
        }
    }
}

static uint64_t corm__values_hash(const corm__key *key, size_t count)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < count; i++)
        hash = corm__value_hash(&key->values[i], hash);
    return hash;
}

static bool corm__key_equal(const corm__key *one, const corm__key *other, size_t count)
{
    bool equal = true;
    for (size_t i = 0; i < count && equal; i++)
        equal = one->values[i].type != CORM_VALUE_NULL &&
                corm__value_equal(&one->values[i], &other->values[i]);
    return equal;
}

/* Rows of the plan by what they were, in the columns that a foreign key has. */
typedef struct corm__former {
    const corm__plan *plan;
    const corm__foreign *foreign;
    corm__hash_map rows; /* their places, from 1 */
} corm__former;

/* Those from `first` to `end` to which the foreign key may refer. The map has room. */
static void corm__former_fill(corm__former *former, size_t first, size_t end)
{
    const corm__foreign *foreign = former->foreign;
    const corm__mapper *to = foreign->holder->columns[foreign->columns[0]].reference;
    for (size_t i = first; i < end; i++) {
        const corm__followed *row = &former->plan->followed[i];
        const corm__mapper *mapper = corm__mapper_at(row->object);
        corm__key key;
        if (!corm__is_a(mapper, to) ||
            (corm__column_bits(foreign->referred, foreign->count) & row->columns) == 0)
            continue;
        corm__key_read(mapper, foreign->referred, foreign->count, row->before, &key);
        corm__hash_add(&former->rows, corm__values_hash(&key, foreign->count),
                       (void *)(uintptr_t)(i + 1));
    }
}

/* The row that had this key; NULL: none of them. */
static const corm__followed *corm__former_find(const corm__former *former, const corm__key *key)
{
    const corm__foreign *foreign = former->foreign;
    const size_t mask = former->rows.capacity - 1;
    const uint64_t hash = corm__values_hash(key, foreign->count);
    for (size_t i = corm__hash_home(&former->rows, hash); former->rows.slots[i].object != NULL;
         i = (i + 1) & mask) {
        const size_t place = (size_t)(uintptr_t)former->rows.slots[i].object - 1;
        const corm__followed *row = &former->plan->followed[place];
        corm__key was;
        if (former->rows.slots[i].hash != hash)
            continue;
        corm__key_read(corm__mapper_at(row->object), foreign->referred, foreign->count, row->before,
                       &was);
        if (corm__key_equal(key, &was, foreign->count))
            return row;
    }
    return NULL;
}

/* The objects that referred by this foreign key to one of the rows. */
static corm_status corm__follow_former(corm_session *session, corm__plan *plan,
                                       const corm__former *former)
{
    const corm__foreign *foreign = former->foreign;
    const corm__mapper *holder = foreign->holder;
    corm__at_object place = {0, 0, 0};
    corm_status status = CORM_OK;
    bool by_default = false;
    for (void *child;
         status == CORM_OK && (child = corm__next_of(session, holder, &place)) != NULL;) {
        corm__key key;
        corm__key_read(foreign->holder, foreign->columns, foreign->count, corm__snapshot_of(child),
                       &key);
        const corm__followed *row = corm__former_find(former, &key);
        if (row == NULL)
            continue;
        void *parent = row->object; /* the plan may get further rows */
        corm__key_read(corm__mapper_at(parent), foreign->referred, foreign->count,
                       corm__snapshot_of(parent), &key);
        by_default = by_default || foreign->on_update == CORM_ACTION_SET_DEFAULT;
        if (foreign->on_update == CORM_ACTION_SET_DEFAULT)
            status = corm__follow_default(session, plan, child, foreign->columns, foreign->count,
                                          parent);
        else
            status =
                corm__follow_one(session, plan, child, foreign->columns, foreign->count,
                                 foreign->on_update == CORM_ACTION_CASCADE ? &key : NULL, parent);
    }
    for (uint16_t i = 0; by_default && i < holder->relation_count; i++)
        if (holder->relations[i]->holds_key &&
            holder->relations[i]->local[0] == foreign->columns[0])
            corm__follow_owners(session, holder->relations[i]->inverse);
    return status;
}

static corm_status corm__follow_foreign(corm_session *session, corm__plan *plan, size_t first,
                                        size_t end, const corm__foreign *foreign)
{
    corm__former former = {.plan = plan, .foreign = foreign};
    if (!corm__hash_make(&former.rows, end - first))
        return corm__no_memory(session);
    corm__former_fill(&former, first, end);
    const corm_status status =
        former.rows.count > 0 ? corm__follow_former(session, plan, &former) : CORM_OK;
    corm__free(former.rows.block);
    return status;
}

/* Tells all objects that refer to what was written, in one pass over those of a model; in rounds, as others may follow
 * them. */
static CORM__APART corm_status corm__follow_all(corm_session *session, corm__plan *plan)
{
    const corm__registry *registry = session->registry;
    corm_status status = CORM_OK;
    corm__acted(session);
    for (size_t first = 0, end; first < plan->followed_count && status == CORM_OK; first = end) {
        end = plan->followed_count;
        for (size_t m = 0; m < registry->count; m++) {
            const corm__mapper *holder = &registry->mappers[m];
            for (uint16_t i = 0; i < holder->column_count && status == CORM_OK; i++) {
                corm__foreign foreign;
                if (corm__foreign_at(holder, i, &foreign) && corm__acts(foreign.on_update))
                    status = corm__follow_foreign(session, plan, first, end, &foreign);
            }
        }
    }
    plan->followed_count = 0;
    return status;
}

/* Whether rows of this model follow by ON UPDATE those of the hierarchy of `root`, be it through others: then, or where
 * that takes more than so many steps to tell. */
static bool corm__may_follow(const corm__mapper *mapper, const corm__mapper *root, unsigned steps)
{
    for (size_t f = 0; f < mapper->root->family_count; f++) {
        const corm__mapper *kin = mapper->root->family[f];
        for (uint16_t i = 0; i < kin->column_count; i++) {
            const corm__mapper *to = kin->columns[i].reference;
            if (to != NULL && corm__acts(kin->columns[i].info->options.on_update) &&
                (to->root == root || steps == 0 || corm__may_follow(to, root, steps - 1)))
                return true;
        }
    }
    return false;
}

/* Whether the next object can be written only when followers were told: it may be one, or refer to one. */
static bool corm__follow_is_due(const corm__plan *plan, const void *next)
{
    enum { STEPS = 3 };
    const corm__mapper *mapper = next == NULL ? NULL : corm__mapper_at(next);
    if (mapper == NULL || mapper != corm__mapper_at(plan->followed[0].object) ||
        corm__may_follow(mapper, mapper->root, STEPS))
        return true;
    for (uint16_t i = 0; i < mapper->relation_count; i++)
        if (mapper->relations[i]->holds_key &&
            corm__may_follow(mapper->relations[i]->target, mapper->root, STEPS))
            return true;
    return false;
}

/* Tells followers where the next object, or NULL, cannot be written before. */
static CORM__APART corm_status corm__follow_before(corm_session *session, corm__plan *plan,
                                                   const void *next)
{
    return corm__follow_is_due(plan, next) ? corm__follow_all(session, plan) : CORM_OK;
}

#endif /* CORM__ROOM_ACTIONS_C */
