/* merge.c: objects from elsewhere, copied onto those of a session.
 *
 * Owns: corm_merge: which object of the session stands for a given one, what of it is copied, how
 * far merge cascades carry.
 * Must not know: SQL, how anything is loaded or written.
 *
 * Given objects are only read, and nothing of them is kept: they may be of another session, or freed
 * right afterwards. First every object that the cascades reach gets its counterpart, parents before
 * their children, so that a collection is loaded in one statement and not row by row; then the
 * relationships are set. So circles end, and one given object is merged once. */
#ifndef CORM__ROOM_MERGE_C
#define CORM__ROOM_MERGE_C

#include "collections.c"
#include "get.c"

typedef struct corm__merge {
    corm_session *session;
    corm__vector given;    /* in the order in which they were reached */
    corm__hash_map merged; /* by address: what each has become; itself until then */
    corm__hash_map made;   /* by key: objects without a row, which only this finds */
    bool begun;            /* something of the session has been changed */
} corm__merge;

/* ---- What a given object tells ----------------------------------------------------------------- */

/* Whether what it holds may be older than its row. What was deleted keeps what it had. */
static bool corm__merge_is_old(const void *object)
{
    const corm__record *record = corm__record_of(object);
    if (record->state == CORM_STATE_DETACHED && corm__session_at(object) == NULL)
        return record->generation == 0;
    return record->state == CORM_STATE_PERSISTENT && corm__is_expired(object);
}

/* The link of a relationship that is merged along and known, all of it; NULL: neither. Nothing is reset
 * here, as the object may be of another session. */
static const corm__link *corm__merge_link(const void *given, const corm__relation *relation)
{
    const corm__record *record = corm__record_of(given);
    const corm__extra *extra = record->extra;
    if (extra == NULL || !(relation->cascade & CORM_CASCADE_MERGE))
        return NULL;
    const corm__link *link = &extra->links[relation->index];
    bool old = corm__has_row(record)
                   ? extra->generation != corm__session_at(given)->links_generation
                   : corm__merge_is_old(given);
    if (old || !link->loaded || link->prefetched || link->cut)
        return NULL;
    if (relation->to_many && corm__is_new(record) && link->count == 0 && !link->told)
        return NULL;
    return link;
}

static uint64_t corm__local_columns(const corm__relation *relation)
{
    uint64_t columns = 0;
    for (uint16_t i = 0; relation->holds_key && i < relation->key_count; i++)
        columns |= UINT64_C(1) << relation->local[i];
    return columns;
}

/* Which model a row is of follows from the object: it is not given. Another value is, to be refused. */
static uint64_t corm__merge_discriminator(const corm__mapper *mapper, const void *given)
{
    const corm__column *column = mapper->discriminator;
    char scratch[CORM__SCRATCH];
    if (column == NULL)
        return 0;
    const corm_value value = corm__member_value(column, given, scratch);
    return corm__value_equal(&value, &mapper->identity) ? UINT64_C(1) << column->index : 0;
}

/* The columns that are copied, of the given object's model. Onto an object that has a row go neither values that may be older
 * than it, unless the program has changed them, nor defaults; a new one takes all there is. Foreign
 * keys that the flush takes from a reference are left to the reference. */
static uint64_t corm__merge_columns(const void *given, bool fresh)
{
    const corm__mapper *mapper = corm__mapper_at(given);
    const corm__record *record = corm__record_of(given);
    uint64_t changed = corm__changed_columns(mapper, given, corm__snapshot_of(given), record);
    uint64_t left_out = 0;
    if (corm__is_new(record)) {
        left_out = corm__standing_of(record)->unset;
        for (uint16_t i = 0; !fresh && i < mapper->column_count; i++)
            left_out |= corm__standing_of(record)->unset & corm__default_bit(mapper, i)
                            ? UINT64_C(1) << i
                            : 0;
    } else if (!fresh) {
        left_out = corm__merge_is_old(given) ? ~UINT64_C(0) : corm__rare_read(record)->expired;
    }
    uint64_t columns =
        (~left_out | changed) & ~mapper->generated & ~corm__merge_discriminator(mapper, given);
    for (uint16_t i = 0; record->deferred && i < mapper->column_count; i++)
        if (!corm__is_known(given, &mapper->columns[i]))
            columns &= ~(UINT64_C(1) << i);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__link *link = corm__merge_link(given, mapper->relations[i]);
        if (link != NULL && link->changed)
            columns &= ~corm__local_columns(mapper->relations[i]);
    }
    return columns;
}

/* One column of a new object: from the reference that it is taken from at the flush, whose own may come from another, or
 * from the member. NULL: it is not known, or `depth` references do not lead to it. */
static corm_value corm__merge_key_part(const void *object, uint16_t column, char *scratch,
                                       unsigned depth)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm_value none = {CORM_VALUE_NULL, 0, {0}};
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        const corm__link *link = relation->holds_key ? corm__merge_link(object, relation) : NULL;
        for (uint16_t k = 0; k < relation->key_count && link != NULL && link->changed; k++) {
            const void *target = relation->local[k] == column ? link->target : NULL;
            if (target == NULL)
                continue;
            const uint16_t remote = relation->remote[k];
            if (corm__is_new(corm__record_of(target)))
                return depth > 0 ? corm__merge_key_part(target, remote, scratch, depth - 1) : none;
            return corm__member_value(&corm__mapper_at(target)->columns[remote], target, scratch);
        }
    }
    return corm__merge_columns(object, true) >> column & 1
               ? corm__member_value(&mapper->columns[column], object, scratch)
               : none;
}

/* The key by which its row is known; false: it has none, or not all of it. */
static bool corm__merge_key(const void *object, corm__key *key)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    bool whole = true, is_new = corm__is_new(corm__record_of(object));
    if (!is_new)
        corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), key);
    for (uint16_t i = 0; i < mapper->pk_count; i++) {
        if (is_new)
            key->values[i] =
                corm__merge_key_part(object, mapper->pk[i], key->scratch[i], CORM__KEY_MAX);
        whole = whole && key->values[i].type != CORM_VALUE_NULL;
    }
    return whole;
}

/* ---- Given objects, and objects without a row ---------------------------------------------------- */

static corm__slot *corm__merge_slot(corm__merge *merge, const void *given)
{
    const corm__hash_map *map = &merge->merged;
    const uint64_t hash = (uintptr_t)given;
    if (map->count == 0)
        return NULL;
    size_t i = corm__hash_home(map, hash);
    while (map->slots[i].object != NULL && map->slots[i].hash != hash)
        i = (i + 1) & (map->capacity - 1);
    return map->slots[i].object == NULL ? NULL : &map->slots[i];
}

static corm_status corm__merge_reach(corm__merge *merge, void *given)
{
    if (given == NULL || corm__merge_slot(merge, given) != NULL)
        return CORM_OK;
    if (!corm__hash_reserve(&merge->merged, 1) || !corm__vector_push(&merge->given, given))
        return corm__no_memory(merge->session);
    corm__hash_add(&merge->merged, (uintptr_t)given, given);
    return CORM_OK;
}

static uint64_t corm__merge_hash(const corm__mapper *mapper, const corm__key *key)
{
    return corm__hash_mix(corm__key_hash(mapper, key->values) + mapper->index);
}

/* Remembers an object without a row, or the given one that it was made of, which knows its key. */
static corm_status corm__merge_note(corm__merge *merge, void *witness)
{
    corm__key key;
    if (!corm__merge_key(witness, &key))
        return CORM_OK;
    if (!corm__hash_reserve(&merge->made, 1))
        return corm__no_memory(merge->session);
    corm__hash_add(&merge->made, corm__merge_hash(corm__mapper_at(witness), &key), witness);
    return CORM_OK;
}

static void *corm__merge_noted(corm__merge *merge, const corm__mapper *mapper, const corm__key *key)
{
    const corm__hash_map *map = &merge->made;
    const uint64_t hash = corm__merge_hash(mapper, key);
    size_t i = map->count == 0 ? 0 : corm__hash_home(map, hash);
    for (; map->count > 0 && map->slots[i].object != NULL; i = (i + 1) & (map->capacity - 1)) {
        corm__key other;
        void *witness = map->slots[i].object;
        bool same = map->slots[i].hash == hash &&
                    corm__mapper_at(witness)->model == mapper->model &&
                    corm__merge_key(witness, &other);
        for (uint16_t k = 0; same && k < mapper->pk_count; k++)
            same = corm__value_equal(&other.values[k], &key->values[k]);
        if (!same)
            continue;
        const corm__slot *slot = corm__merge_slot(merge, witness);
        return slot == NULL ? witness : slot->object;
    }
    return NULL;
}

/* ---- One object ------------------------------------------------------------------------------------ */

/* The session's object for the row that `given` speaks of, as it is now; NULL: there is none. */
static corm_status corm__merge_find(corm__merge *merge, corm__mapper *mapper, const void *given,
                                    void **out)
{
    corm__key key;
    *out = NULL;
    if (!corm__merge_key(given, &key))
        return CORM_OK;
    corm_status status = corm__get(merge->session, mapper, key.values, out);
    if (status == CORM_OK && *out != NULL)
        status = corm__make_current(merge->session, *out);
    if (status == CORM_ROW_MISSING) {
        status = corm__vanished(merge->session, *out);
        *out = NULL;
    }
    if (status == CORM_OK && *out != NULL &&
        (corm__record_of(*out)->flags & CORM__MARKED_DELETED)) /* given anew, it takes the row */
        *out = NULL;
    if (status == CORM_OK && *out == NULL)
        *out = corm__merge_noted(merge, mapper, &key);
    return status;
}

/* A value that is NULL although the member's type has none. */
static bool corm__merge_is_taken(const void *given, uint16_t column)
{
    return !corm__is_new(corm__record_of(given)) && (corm__unset_of(given) >> column & 1);
}

static corm_status corm__merge_make(corm__merge *merge, corm__mapper *mapper, void *given,
                                    void **out)
{
    corm_session *session = merge->session;
    const uint64_t columns = corm__merge_columns(given, true);
    void *object = corm_object_new(session, mapper->model);
    merge->begun = true;
    for (uint16_t i = 0; object != NULL && i < mapper->column_count; i++) {
        if ((columns >> i & 1) && !corm__merge_is_taken(given, i))
            corm__member_copy(&mapper->columns[i], object, given);
    }
    *out = object = corm_object_made(object);
    if (object == NULL)
        return corm__no_memory(session);
    corm_status status = corm__take_in(session, object);
    return status == CORM_OK ? corm__merge_note(merge, given) : status;
}

/* One member onto an object that is there. Its text is the session's own: the given one may be gone
 * before the flush. */
static corm_status corm__merge_member(corm_session *session, const corm__column *column,
                                      const void *given, void *merged)
{
    const corm_column_ref reference = {column->owner->model, column->index};
    const void *snapshot = corm__snapshot_of(merged), *block = NULL, *owned = NULL;
    if (corm__merge_is_taken(given, column->index))
        return corm_object_unset(merged, reference);
    corm_status status = corm__unset_of(merged) >> column->index & 1
                             ? corm_object_touch(merged, reference)
                             : CORM_OK;
    if (status != CORM_OK || corm__member_equal(column, given, merged))
        return status;
    corm__member_copy(column, merged, given);
    if (!corm__member_own(session, column, merged, snapshot)) {
        corm__member_copy(column, merged, snapshot);
        return corm__no_memory(session);
    }
    size_t size = corm__member_block(column, merged, &block);
    (void)corm__member_block(column, snapshot, &owned);
    if (block != owned)
        corm__retire_as(session, block, size, true);
    return CORM_OK;
}

/* What is given must have been made from the row as it is now. */
static corm_status corm__merge_version(const corm__merge *merge, const void *given,
                                       const void *merged)
{
    const corm__column *version = corm__mapper_at(merged)->version;
    char label[CORM__LABEL_SIZE];
    if (!corm__has_row(corm__record_of(merged)) || corm__member_equal(version, given, merged))
        return CORM_OK;
    return corm__fail(merge->session, CORM_STALE_DATA,
                      "corm_merge: %s has %s.%s = %lld, but its row has %lld by now: someone else "
                      "has changed it; leave the version unset to merge all the same",
                      corm__label(given, label), version->owner->model->table, version->name,
                      (long long)corm__read_integer(corm__member_at(version, given)),
                      (long long)corm__read_integer(corm__member_at(version, merged)));
}

/* `merged` may be of a model below that of `given`, whose columns are its first. */
static corm_status corm__merge_members(corm__merge *merge, const void *given, void *merged)
{
    const corm__mapper *mapper = corm__mapper_at(merged);
    const uint16_t count = corm__mapper_at(given)->column_count;
    const uint64_t columns = corm__merge_columns(given, false);
    corm_status status = CORM_OK;
    if (mapper->version != NULL && (columns >> mapper->version->index & 1))
        status = corm__merge_version(merge, given, merged);
    merge->begun = merge->begun || status == CORM_OK;
    for (uint16_t i = 0; status == CORM_OK && i < count; i++) {
        if (columns >> i & 1)
            status = corm__merge_member(merge->session, &mapper->columns[i], given, merged);
    }
    return status;
}

/* ---- Its relationships ----------------------------------------------------------------------------- */

/* Finds or makes the counterpart of one given object, and reaches those that it is related to. What
 * is in the session already stands for itself. */
static corm_status corm__merge_one(corm__merge *merge, void *given)
{
    corm_session *session = merge->session;
    const corm__record *record = corm__record_of(given);
    const corm__mapper *source = corm__mapper_at(given);
    corm__mapper *mapper = corm__mapper_of(session->registry, source->model);
    void *merged = NULL;
    if (corm__session_at(given) == session && corm__is_in_session(record))
        return CORM_OK;
    corm_status status = corm__session_at(given) == NULL ? corm__outside_current(given) : CORM_OK;
    if (status == CORM_OK)
        status = corm__merge_find(merge, mapper, given, &merged);
    if (status == CORM_OK)
        status = merged == NULL ? corm__merge_make(merge, mapper, given, &merged)
                                : corm__merge_members(merge, given, merged);
    if (status != CORM_OK)
        return status;
    corm__merge_slot(merge, given)->object = merged;
    for (uint16_t i = 0; i < source->relation_count && status == CORM_OK; i++) {
        const corm__link *link = corm__merge_link(given, source->relations[i]);
        if (link == NULL)
            continue;
        corm__link *stored = NULL;
        /* what is stored is replaced: all of it at once */
        if (!source->relations[i]->holds_key && source->relations[i]->lazy != CORM_LAZY_WRITE_ONLY)
            status = corm__list_ready(session, merged, mapper->relations[i], false, &stored);
        if (status == CORM_OK)
            status = corm__merge_reach(merge, link->target);
        for (uint32_t k = 0; k < link->count && status == CORM_OK; k++)
            status = corm__merge_reach(merge, link->items[k]);
    }
    return status;
}

/* The list becomes the given one; one that is never loaded gets the given objects. */
static corm_status corm__merge_list(corm__merge *merge, const corm__link *link, void *merged,
                                    corm__relation *relation)
{
    corm__vector items = {NULL, 0, 0};
    const bool blind = relation->lazy == CORM_LAZY_WRITE_ONLY;
    corm_status status = CORM_OK;
    for (uint32_t i = 0; i < link->count && status == CORM_OK; i++) {
        if (!corm__vector_push(&items, corm__merge_slot(merge, link->items[i])->object))
            status = corm__no_memory(merge->session);
    }
    for (size_t i = 0; blind && i < items.count && status == CORM_OK; i++)
        status = corm__append(merge->session, merged, relation, items.items[i]);
    if (status == CORM_OK && !blind)
        status = corm__replace(merge->session, merged, relation, items.items, items.count);
    corm__vector_free(&items);
    return status;
}

/* A foreign key that the program has assigned says more than the reference that was loaded. */
static bool corm__merge_by_column(const void *given, const corm__relation *relation,
                                  const corm__link *link)
{
    return !link->changed && !corm__is_new(corm__record_of(given)) &&
           (corm__changed_columns(corm__mapper_at(given), given, corm__snapshot_of(given),
                                  corm__record_of(given)) &
            corm__local_columns(relation)) != 0;
}

static corm_status corm__merge_links(corm__merge *merge, const void *given)
{
    const corm__mapper *source = corm__mapper_at(given);
    corm_session *session = merge->session;
    void *merged = corm__merge_slot(merge, given)->object;
    corm_status status = CORM_OK;
    for (uint16_t i = 0; merged != given && i < source->relation_count && status == CORM_OK; i++) {
        const corm__link *link = corm__merge_link(given, source->relations[i]);
        corm__relation *relation = corm__mapper_at(merged)->relations[i];
        if (link == NULL || corm__merge_by_column(given, relation, link))
            continue;
        if (relation->to_many) {
            status = corm__merge_list(merge, link, merged, relation);
            continue;
        }
        status = corm__linkable(session, merged, NULL);
        if (status == CORM_OK)
            status = corm__know_stored(session, merged);
        if (status == CORM_OK)
            status = link->target == NULL
                         ? corm__set_none(session, merged, relation)
                         : corm__set_one(session, merged, relation,
                                         corm__merge_slot(merge, link->target)->object);
    }
    return status;
}

/* ---- The call -------------------------------------------------------------------------------------- */

static corm_status corm__merge_run(corm__merge *merge, void *object)
{
    corm_session *session = merge->session;
    corm_status status = CORM_OK;
    for (size_t i = 0; i < session->pending.count && status == CORM_OK; i++) {
        if (session->pending.items[i] != NULL)
            status = corm__merge_note(merge, session->pending.items[i]);
    }
    if (status == CORM_OK)
        status = corm__merge_reach(merge, object);
    for (size_t i = 0; i < merge->given.count && status == CORM_OK; i++)
        status = corm__merge_one(merge, merge->given.items[i]);
    for (size_t i = 0; i < merge->given.count && status == CORM_OK; i++)
        status = corm__merge_links(merge, merge->given.items[i]);
    return status;
}

CORM_API void *corm_object_merge(corm_session *session, void *object)
{
    char label[CORM__LABEL_SIZE];
    corm__merge merge = {.session = session};
    CORM__ENTER(session, NULL);
    if (session == NULL) {
        (void)corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_merge: the session is NULL");
        return NULL;
    }
    if (session->registry == NULL) {
        corm__status = session->poison;
        return NULL;
    }
    if (corm__forbidden(session, CORM__BOUND_ALL, "corm_merge") != CORM_OK ||
        corm__object_in(session, object, "corm_merge") == NULL)
        return NULL;
    CORM__ERRAND_OBJECT(session, "corm_merge", object);
    if (corm__mapper_at(object)->registry->schema != session->registry->schema) {
        (void)corm__fail(session, CORM_WRONG_MODEL,
                         "corm_merge: %s is of a model of another schema",
                         corm__label(object, label));
        return NULL;
    }
    corm_status status = corm__autoflush(session);
    session->no_autoflush++;
    if (status == CORM_OK)
        status = corm__merge_run(&merge, object);
    session->no_autoflush--;
    if (status != CORM_OK && merge.begun) /* or the half of it would be written */
        status = corm__load_failed(session, status);
    void *merged = status == CORM_OK ? corm__merge_slot(&merge, object)->object : NULL;
    corm__vector_free(&merge.given);
    corm__free(merge.merged.block);
    corm__free(merge.made.block);
    (void)corm__ended(status);
    return merged;
}

#endif /* CORM__ROOM_MERGE_C */
