/* identity.c: one row, one object.
 *
 * Owns: the identity map of each model, primary keys as values.
 * Must not know: where objects come from, what changed, relationships. */
#ifndef CORM__ROOM_IDENTITY_C
#define CORM__ROOM_IDENTITY_C

#include "slab.c"

/* ---- Identity map ---------------------------------------------------------------------------- */

/* Keys in a row stay neighbours, which is what caches like, and never meet. Where others make long runs
 * the map is made anew, with its keys scattered. */
enum { CORM__RUN_MAX = 64 };

/* What stands in a slot that was left: who looks for another key goes on behind it. */
static char corm__left[1];

static inline size_t corm__identity_place(const corm__identity_map *map, uint64_t hash)
{
    if (CORM__UNLIKELY(map->scattered)) /* in groups of eight */
        hash = corm__hash_mix(hash >> 3) << 3 | (hash & 7);
    return (size_t)hash & (map->capacity - 1);
}

/* A key was found, or placed, so far from where it belongs. */
static inline void corm__identity_watch(corm__identity_map *map, size_t run)
{
    if (CORM__LIKELY(run <= CORM__RUN_MAX) || map->scattered)
        return;
    map->crowded = true;
    map->limit = 0;
}

static inline void *corm__slot_object(const corm__slot *slot)
{
    return CORM__UNLIKELY(slot->object == (void *)corm__left) ? NULL : slot->object;
}

/* Into a slot that has no object. */
static inline void corm__slot_fill(corm__identity_map *map, corm__slot *slot, uint64_t hash,
                                   void *object)
{
    map->used += slot->object == NULL;
    map->count++;
    *slot = (corm__slot){hash, object};
}

static uint64_t corm__key_hash(const corm__mapper *mapper, const corm_value *key)
{
    if (mapper->integer_key)
        return (uint64_t)key[0].as.integer;
    uint64_t hash = 0;
    for (size_t i = 0; i < mapper->pk_count; i++)
        hash = corm__value_hash(&key[i], hash);
    return hash;
}

typedef struct corm__key { /* a primary key as values */
    corm_value values[CORM__KEY_MAX];
    char scratch[CORM__KEY_MAX][CORM__SCRATCH];
} corm__key;

/* The columns of a struct or snapshot as values. */
static void corm__key_read(const corm__mapper *mapper, const uint16_t *columns, size_t count,
                           const void *from, corm__key *out)
{
    for (size_t i = 0; i < count; i++)
        out->values[i] = corm__member_value(&mapper->columns[columns[i]], from, out->scratch[i]);
}

/* The stored key, where it is a single integer. */
static inline int64_t corm__integer_key_of(const void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__column *column = &mapper->columns[mapper->pk[0]];
    const void *snapshot = corm__snapshot_of(object);
    char scratch[CORM__SCRATCH];
    if (CORM__LIKELY(column->kind == CORM_KIND_INTEGER && column->box == 0))
        return corm__read_integer(corm__member_at(column, snapshot));
    return corm__member_value(column, snapshot, scratch).as.integer;
}

static bool corm__key_is(const corm__mapper *mapper, const void *object, const corm_value *key)
{
    corm__key own;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &own);
    for (size_t i = 0; i < mapper->pk_count; i++) {
        if (!corm__value_equal(&own.values[i], &key[i]))
            return false;
    }
    return true;
}

/* The place of a single integer key: that of its object, or one where nothing was. While a flush is
 * undone, two objects may have the same key: what one has left is passed by. The map has room. */
static inline corm__slot *corm__identity_slot(corm__identity_map *map, uint64_t key)
{
    const size_t mask = map->capacity - 1, home = corm__identity_place(map, key);
    size_t i = home;
    while (map->slots[i].object != NULL &&
           (map->slots[i].hash != key || CORM__UNLIKELY(map->slots[i].object == corm__left)))
        i = (i + 1) & mask;
    corm__identity_watch(map, (i - home) & mask);
    return &map->slots[i];
}

static void corm__identity_place_new(corm__identity_map *map, uint64_t hash, void *object)
{
    const size_t mask = map->capacity - 1, home = corm__identity_place(map, hash);
    size_t i = home;
    while (corm__slot_object(&map->slots[i]) != NULL)
        i = (i + 1) & mask;
    corm__slot_fill(map, &map->slots[i], hash, object);
    corm__identity_watch(map, (i - home) & mask);
}

/* All objects into an empty map, until it is crowded. */
static void corm__identity_copy(const corm__identity_map *map, corm__identity_map *out)
{
    const size_t mask = out->capacity - 1;
    corm__slot *const slots = out->slots;
    for (size_t from = 0; from < map->capacity; from++) {
        const corm__slot *slot = &map->slots[from];
        if (corm__slot_object(slot) == NULL)
            continue;
        const size_t home = corm__identity_place(out, slot->hash);
        size_t i = home;
        while (slots[i].object != NULL)
            i = (i + 1) & mask;
        slots[i] = *slot;
        if (CORM__LIKELY(i == home))
            continue;
        corm__identity_watch(out, (i - home) & mask);
        if (out->crowded)
            return;
    }
    out->count = out->used = map->count;
}

/* The map in other memory, with room for `more`. false: there is none, or keys that are not scattered make
 * long runs; it is as before. */
static bool corm__identity_remake(corm__identity_map *map, size_t more, bool scattered)
{
    corm__identity_map made = {.capacity = map->capacity == 0 ? 64 : map->capacity,
                               .scattered = scattered};
    /* More stays free where some have left, so that it is not made anew for every few that come and go. */
    const size_t eighths = scattered ? 4 : map->used > map->count ? 5 : 6;
    while ((map->count + more) * 8 > made.capacity * eighths) {
        if (made.capacity > SIZE_MAX / sizeof *made.slots / 8)
            return false;
        made.capacity *= 2;
    }
    made.limit = scattered ? made.capacity * 2 / 3 : made.capacity / 8 * 6;
    made.slots = corm__allocate_wide(made.capacity * sizeof *made.slots, true, &made.block);
    if (made.slots == NULL)
        return false;
    corm__identity_copy(map, &made);
    corm__free(made.crowded ? made.block : map->block);
    if (!made.crowded)
        *map = made;
    return !made.crowded;
}

static bool corm__identity_grow(corm__identity_map *map, size_t more)
{
    if ((!map->crowded && corm__identity_remake(map, more, false)) ||
        corm__identity_remake(map, more, true))
        return true;
    map->crowded = false; /* long runs are better than none */
    map->limit = map->scattered ? map->capacity * 2 / 3 : map->capacity / 8 * 6;
    return map->used + more <= map->limit;
}

/* Room for `more` further objects, so that an insertion after a write to the database cannot
 * fail. */
static inline bool corm__identity_reserve(corm__identity_map *map, size_t more)
{
    return CORM__LIKELY(map->used + more <= map->limit) || corm__identity_grow(map, more);
}

/* The object of a single integer key; NULL too where the row's object is of another model of the hierarchy:
 * its root finds that. */
static CORM__INLINE void *corm__identity_find_integer(corm_session *session,
                                                      const corm__mapper *mapper, int64_t key)
{
    corm__identity_map *map = corm__identities_of(session, mapper);
    if (CORM__UNLIKELY(map->count == 0))
        return NULL;
    void *object = corm__slot_object(corm__identity_slot(map, (uint64_t)key));
    if (CORM__UNLIKELY(map->crowded))
        (void)corm__identity_grow(map, 0); /* it serves as it is, too */
    return object == NULL || CORM__LIKELY(mapper->base == NULL) ||
                   corm__is_a(corm__mapper_at(object), mapper)
               ? object
               : NULL;
}

/* The same for any key. */
static void *corm__identity_find(corm_session *session, const corm__mapper *mapper,
                                 const corm_value *key)
{
    if (CORM__LIKELY(mapper->integer_key))
        return corm__identity_find_integer(session, mapper, key[0].as.integer);
    corm__identity_map *map = corm__identities_of(session, mapper);
    if (map->count == 0)
        return NULL;
    uint64_t hash = corm__key_hash(mapper, key);
    size_t i = corm__identity_place(map, hash);
    for (; map->slots[i].object != NULL; i = (i + 1) & (map->capacity - 1)) {
        void *object = map->slots[i].object;
        if (map->slots[i].hash == hash && object != (void *)corm__left &&
            corm__key_is(mapper, object, key))
            return CORM__LIKELY(mapper->base == NULL) || corm__is_a(corm__mapper_at(object), mapper)
                       ? object
                       : NULL;
    }
    return NULL;
}

/* Enters the object under the key of its snapshot. Room must have been reserved. */
static void corm__identity_enter(corm_session *session, const corm__mapper *mapper, void *object)
{
    corm__key key;
    corm__identity_map *map = corm__identities_of(session, mapper);
    if (CORM__LIKELY(mapper->integer_key)) {
        corm__identity_place_new(map, (uint64_t)corm__integer_key_of(object), object);
        return;
    }
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    corm__identity_place_new(map, corm__key_hash(mapper, key.values), object);
}

/* Takes the object out, if it is in under the key of its snapshot. */
static void corm__identity_leave(corm_session *session, const corm__mapper *mapper,
                                 const void *object)
{
    corm__key key;
    corm__identity_map *map = corm__identities_of(session, mapper);
    if (map->count == 0)
        return;
    if (!mapper->integer_key)
        corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    const uint64_t hash = mapper->integer_key ? (uint64_t)corm__integer_key_of(object)
                                              : corm__key_hash(mapper, key.values);
    const size_t mask = map->capacity - 1;
    size_t i = corm__identity_place(map, hash);
    while (map->slots[i].object != object) {
        if (map->slots[i].object == NULL)
            return;
        i = (i + 1) & mask;
    }
    map->count--;
    if (map->slots[(i + 1) & mask].object != NULL) {
        map->slots[i].object = corm__left;
        return;
    }
    /* the end of a run: what was left before it is free again */
    map->slots[i].object = NULL;
    for (map->used--; map->slots[(i - 1) & mask].object == (void *)corm__left; map->used--) {
        i = (i - 1) & mask;
        map->slots[i].object = NULL;
    }
}

/* ---- Both --------------------------------------------------------------------------------------- */

/* Where a session keeps the objects of a model. */
typedef struct corm__shelf {
    corm__store *store;
    corm__identity_map *map;
} corm__shelf;

static inline corm__shelf corm__shelf_of(corm_session *session, const corm__mapper *mapper)
{
    return (corm__shelf){corm__store_of(session, mapper), corm__identities_of(session, mapper)};
}

#endif /* CORM__ROOM_IDENTITY_C */
