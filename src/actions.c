/* actions.c: what the database does by itself to rows that refer to one that is written.
 *
 * Owns: carrying on in the session's objects what ON UPDATE and ON DELETE SET NULL have done to their rows: foreign
 * keys, and the identities that these are a part of.
 * Must not know: statements, their order, how a failure is undone. */
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

static corm_status corm__follow_update(corm_session *session, void *object, const void *before,
                                       const void *after, uint64_t columns);

/* What an object's foreign key has become; `parent` is whom it referred to, key NULL: nobody. */
static corm_status corm__follow_one(corm_session *session, void *object, const uint16_t *columns,
                                    uint16_t count, const corm__key *key, void *parent)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    const uint64_t bits = corm__column_bits(columns, count);
    const bool keyed = (bits & corm__column_bits(mapper->pk, mapper->pk_count)) != 0;
    void *before = corm__arena_allocate(&session->scratch, mapper->size);
    corm_status status = CORM_OK;
    if (before == NULL || !corm__journal_image(session, object) ||
        (keyed && !corm__identity_reserve(corm__identities_of(session, mapper), 1)))
        return corm__no_memory(session);
    memcpy(before, corm__snapshot_of(object), mapper->size);
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
    return status == CORM_OK && (bits & mapper->followed) != 0
               ? corm__follow_update(session, object, before, corm__snapshot_of(object), bits)
               : status;
}

static bool corm__foreign_is(const corm__foreign *foreign, const void *child, const corm__key *key)
{
    corm__key stored;
    corm__key_read(foreign->holder, foreign->columns, foreign->count, corm__snapshot_of(child),
                   &stored);
    for (uint16_t i = 0; i < foreign->count; i++)
        if (stored.values[i].type == CORM_VALUE_NULL ||
            !corm__value_equal(&stored.values[i], &key->values[i]))
            return false;
    return true;
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

/* Objects that refer by this foreign key to what the object's row was before. */
static corm_status corm__follow_foreign(corm_session *session, void *object, const void *before,
                                        const void *after, const corm__foreign *foreign)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm__at_object place = {0, 0, 0};
    corm__key old, new;
    corm_status status = CORM_OK;
    corm__key_read(mapper, foreign->referred, foreign->count, before, &old);
    corm__key_read(mapper, foreign->referred, foreign->count, after, &new);
    for (void *child;
         status == CORM_OK && (child = corm__next_of(session, foreign->holder, &place)) != NULL;) {
        if (!corm__foreign_is(foreign, child, &old))
            continue;
        if (foreign->on_update == CORM_ACTION_SET_DEFAULT)
            corm__record_of(child)->generation = 0; /* only the database knows it */
        else
            status =
                corm__follow_one(session, child, foreign->columns, foreign->count,
                                 foreign->on_update == CORM_ACTION_CASCADE ? &new : NULL, object);
    }
    return status;
}

/* These columns of the object's row were written, from what `before` has to what `after` has. */
static corm_status corm__follow_update(corm_session *session, void *object, const void *before,
                                       const void *after, uint64_t columns)
{
    const corm__registry *registry = session->registry;
    const corm__mapper *mapper = corm__mapper_at(object);
    corm_status status = CORM_OK;
    for (size_t m = 0; m < registry->count; m++) {
        const corm__mapper *holder = &registry->mappers[m];
        for (uint16_t i = 0; i < holder->column_count && status == CORM_OK; i++) {
            corm__foreign foreign;
            if (holder->columns[i].reference != NULL &&
                corm__is_a(mapper, holder->columns[i].reference) &&
                corm__foreign_at(holder, i, &foreign) && corm__acts(foreign.on_update) &&
                (corm__column_bits(foreign.referred, foreign.count) & columns) != 0)
                status = corm__follow_foreign(session, object, before, after, &foreign);
        }
    }
    return status;
}

#endif /* CORM__ROOM_ACTIONS_C */
