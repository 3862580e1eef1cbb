/* identity.c: one row, one object.
 *
 * Owns: the identity map of each model, primary keys as values.
 * Must not know: where objects come from, what changed, relationships. */
#ifndef CORM__ROOM_IDENTITY_C
#define CORM__ROOM_IDENTITY_C

#include "by_hash.c"

/* ---- Keys ------------------------------------------------------------------------------------ */

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

/* ---- Keys in a row --------------------------------------------------------------------------- */

/* Most tables are numbered in a row: objects with such keys stand in an array, at the place that the
 * key says. It covers a range of keys of which at least a quarter have been there; whatever lies
 * outside stands with the others, by its hash. An object enters without further memory: room among the
 * others is reserved before, and where that has run out, those that have come to lie in a row move to
 * the array. */
enum { CORM__SPARSEST = 4, CORM__SHORTEST_ROW = 64 };

static inline bool corm__is_in_row(const corm__identity_map *map, uint64_t key)
{
    return key - map->first < map->width;
}

/* Its row in other memory, with `width` places from the key `first` on; it covers those that there are.
 * false: out of memory. */
static bool corm__row_make(const corm__identity_map *map, uint64_t first, size_t width,
                           corm__identity_map *out)
{
    *out = (corm__identity_map){.first = first, .width = width, .in_row = map->in_row};
    if (width > SIZE_MAX / sizeof(void *) / 8)
        return false;
    out->row = corm__allocate_wide(width * sizeof *out->row, true, &out->block);
    if (out->row != NULL && map->width > 0)
        memcpy(out->row + (map->first - first), map->row, map->width * sizeof *out->row);
    return out->row != NULL;
}

/* The others of a map, into a map whose row may cover some of them. false: two have the same key, of
 * which one is about to leave it. */
static bool corm__row_settle(const corm__identity_map *map, corm__identity_map *out)
{
    const size_t slots =
        map->others.count > 0 ? map->others.capacity : 0; /* it may be large, and empty */
    for (size_t i = 0; i < slots; i++) {
        const corm__slot *slot = &map->others.slots[i];
        if (corm__slot_object(slot) == NULL)
            continue;
        if (!corm__is_in_row(out, slot->hash)) {
            corm__hash_add(&out->others, slot->hash, slot->object);
            continue;
        }
        void **place = &out->row[slot->hash - out->first];
        if (*place != NULL)
            return false;
        *place = slot->object;
        out->in_row++;
    }
    return true;
}

/* A row that covers what there is and so many places from `first` on, the others whose keys it covers
 * in it, and room for `more` among the rest. false: out of memory, or this is no time for it; the map
 * is as before. */
static bool corm__row_extend(corm__identity_map *map, uint64_t first, size_t width, size_t more)
{
    corm__identity_map made;
    size_t left = 0;
    bool fine = corm__row_make(map, first, width, &made);
    for (size_t i = 0; i < map->others.capacity && map->others.count > 0; i++)
        left += corm__slot_object(&map->others.slots[i]) != NULL &&
                !corm__is_in_row(&made, map->others.slots[i].hash);
    fine = fine && corm__hash_make(&made.others, left + map->others.owed + more) &&
           corm__row_settle(map, &made);
    made.others.owed = map->others.owed;
    const corm__identity_map useless = fine ? *map : made;
    corm__free(useless.block);
    corm__free(useless.others.block);
    if (!fine)
        return false;
    made.numbered = true;
    *map = made;
    return true;
}

/* How far from `first` on, the least key of all, a row is worth it, as a power of two. 0: not so far
 * that most of the others were in it. */
static size_t corm__row_reach(const corm__identity_map *map, uint64_t first)
{
    size_t counts[65] = {0}, sum = 0, reach = 0;
    const uint64_t end = map->width == 0 ? 0 : map->first - first + map->width;
    for (size_t i = 0; i < map->others.capacity; i++) {
        const uint64_t distance = map->others.slots[i].hash - first;
        if (corm__slot_object(&map->others.slots[i]) != NULL)
            counts[distance == 0 ? 0 : corm__highest_bit(distance) + 1]++;
    }
    for (unsigned bits = 0; bits < 62; bits++) {
        const uint64_t width = UINT64_C(1) << bits;
        sum += counts[bits];
        if (counts[bits] > 0 && width >= end && sum * 2 >= map->others.count &&
            width / CORM__SPARSEST <= sum + map->in_row)
            reach = (size_t)width;
    }
    return reach;
}

/* Makes room among the others for `more`, or lets those that lie in a row move there. */
static bool corm__identity_grow(corm__identity_map *map, size_t more)
{
    uint64_t first = map->first;
    bool known = map->width > 0;
    for (size_t i = 0; i < map->others.capacity && map->numbered; i++) {
        const uint64_t key = map->others.slots[i].hash;
        if (corm__slot_object(&map->others.slots[i]) == NULL ||
            (known && (int64_t)key >= (int64_t)first))
            continue;
        first = key;
        known = true;
    }
    size_t reach = known && map->numbered ? corm__row_reach(map, first) : 0;
    if (reach > 0 && reach < CORM__SHORTEST_ROW)
        reach = CORM__SHORTEST_ROW;
    return (reach > 0 && corm__row_extend(map, first, reach, more)) ||
           corm__hash_grow(&map->others, more);
}

/* ---- Identity map ---------------------------------------------------------------------------- */

static inline size_t corm__identity_count(const corm__identity_map *map)
{
    return map->in_row + map->others.count;
}

/* Room for `more` further objects, so that an insertion after a write to the database cannot
 * fail. */
static inline bool corm__identity_reserve(corm__identity_map *map, size_t more)
{
    return CORM__LIKELY(map->others.used + map->others.owed + more <= map->others.limit) ||
           corm__identity_grow(map, more);
}

/* `count` objects with consecutive integer keys are going to enter, for which room is reserved: if they
 * can stand in a row with those that do, they will. */
static void corm__identity_expect(corm__identity_map *map, int64_t first, size_t count)
{
    uint64_t from = (uint64_t)first, end = from + count;
    if (!map->numbered || count == 0 ||
        (corm__is_in_row(map, from) && corm__is_in_row(map, end - 1)))
        return;
    if (map->width > 0 && (int64_t)map->first < first)
        from = map->first;
    if (map->width > 0 && (int64_t)(map->first + map->width) > (int64_t)end)
        end = map->first + map->width;
    uint64_t width = CORM__SHORTEST_ROW;
    while (width < end - from && width <= UINT64_MAX / 4)
        width *= 2;
    if (width / CORM__SPARSEST <= map->in_row + count)
        (void)corm__row_extend(map, from, (size_t)width, 0);
}

/* The place of a single integer key: that of its object, or one that is empty. While a flush is undone,
 * two objects may have the same key: what one has left is passed by. The map has room. */
static inline void **corm__identity_place(const corm__identity_map *map, uint64_t key)
{
    return CORM__LIKELY(corm__is_in_row(map, key)) ? &map->row[key - map->first]
                                                   : &corm__hash_slot(&map->others, key)->object;
}

/* The same where the map may have no room; NULL: out of memory. */
static CORM__INLINE void **corm__identity_place_made(corm__identity_map *map, uint64_t key)
{
    if (CORM__LIKELY(corm__is_in_row(map, key)))
        return &map->row[key - map->first];
    return corm__identity_reserve(map, 1) ? corm__identity_place(map, key) : NULL;
}

/* Into the place of its key, which is empty. */
static inline void corm__identity_fill(corm__identity_map *map, void **place, uint64_t key,
                                       void *object)
{
    if (CORM__LIKELY(corm__is_in_row(map, key))) {
        map->in_row++;
        *place = object;
        return;
    }
    corm__slot *slot = (corm__slot *)(void *)((char *)(void *)place - offsetof(corm__slot, object));
    corm__slot_fill(&map->others, slot, key, object);
}

static CORM__APART void *corm__identity_elsewhere(const corm__identity_map *map, uint64_t key)
{
    return map->others.count == 0 ? NULL : corm__slot_object(corm__hash_slot(&map->others, key));
}

/* The object of a single integer key; NULL: there is none. */
static CORM__INLINE void *corm__identity_at(const corm__identity_map *map, uint64_t key)
{
    return CORM__LIKELY(corm__is_in_row(map, key)) ? map->row[key - map->first]
                                                   : corm__identity_elsewhere(map, key);
}

/* NULL too where the row's object is of another model of the hierarchy: its root finds that. */
static CORM__INLINE void *corm__identity_find_integer(corm_session *session,
                                                      const corm__mapper *mapper, int64_t key)
{
    void *object = corm__identity_at(corm__identities_of(session, mapper), (uint64_t)key);
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
    const corm__hash_map *map = &corm__identities_of(session, mapper)->others;
    if (map->count == 0)
        return NULL;
    uint64_t hash = corm__key_hash(mapper, key);
    size_t i = corm__hash_home(map, hash);
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

/* Enters the object under the key of its snapshot. Room must have been reserved. While a flush is done
 * or undone, the object that stands there may be one that is going to leave: in a row it has then left
 * already. */
static void corm__identity_enter(corm_session *session, const corm__mapper *mapper, void *object)
{
    corm__key key;
    corm__identity_map *map = corm__identities_of(session, mapper);
    if (CORM__LIKELY(mapper->integer_key)) {
        const uint64_t own = (uint64_t)corm__integer_key_of(object);
        if (CORM__LIKELY(corm__is_in_row(map, own))) {
            map->in_row += map->row[own - map->first] == NULL;
            map->row[own - map->first] = object;
        } else {
            corm__hash_add(&map->others, own, object);
        }
        return;
    }
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    corm__hash_add(&map->others, corm__key_hash(mapper, key.values), object);
}

/* Takes the object out, if it is in under the key of its snapshot. Until the transaction ends it can
 * come back without further memory. */
static void corm__identity_leave(corm_session *session, const corm__mapper *mapper,
                                 const void *object)
{
    corm__key key;
    corm__identity_map *map = corm__identities_of(session, mapper);
    if (corm__identity_count(map) == 0)
        return;
    if (!mapper->integer_key)
        corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    const uint64_t hash = mapper->integer_key ? (uint64_t)corm__integer_key_of(object)
                                              : corm__key_hash(mapper, key.values);
    if (!corm__is_in_row(map, hash)) {
        map->others.owed += corm__hash_remove(&map->others, hash, object);
    } else if (map->row[hash - map->first] == object) {
        map->row[hash - map->first] = NULL;
        map->in_row--;
    }
}

/* Nothing comes back any more. */
static void corm__identities_settle(corm_session *session)
{
    for (size_t m = 0; m < session->registry->count; m++)
        session->stores[m].identities.others.owed = 0;
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
