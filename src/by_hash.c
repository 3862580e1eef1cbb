/* by_hash.c: objects by the hash of a key.
 *
 * Owns: tables that find an object by 64 bits, with room that is reserved before it is needed.
 * Must not know: what a key is, how keys are compared where their hashes are equal. */
#ifndef CORM__ROOM_BY_HASH_C
#define CORM__ROOM_BY_HASH_C

#include "slab.c"

/* Open addressing. Hashes that follow each other stay neighbours in groups of eight, which is what
 * caches like. */

/* What stands in a slot that was left: who looks for another key goes on behind it. */
static char corm__left[1];

static inline size_t corm__hash_home(const corm__hash_map *map, uint64_t hash)
{
    return (size_t)(corm__hash_mix(hash >> 3) << 3 | (hash & 7)) & (map->capacity - 1);
}

static inline void *corm__slot_object(const corm__slot *slot)
{
    return CORM__UNLIKELY(slot->object == (void *)corm__left) ? NULL : slot->object;
}

/* Into a slot that has no object. */
static inline void corm__slot_fill(corm__hash_map *map, corm__slot *slot, uint64_t hash,
                                   void *object)
{
    map->used += slot->object == NULL;
    map->count++;
    *slot = (corm__slot){hash, object};
}

/* One object more, for which there is room. */
static void corm__hash_add(corm__hash_map *map, uint64_t hash, void *object)
{
    const size_t mask = map->capacity - 1;
    size_t i = corm__hash_home(map, hash);
    while (corm__slot_object(&map->slots[i]) != NULL)
        i = (i + 1) & mask;
    corm__slot_fill(map, &map->slots[i], hash, object);
}

/* The first slot with this hash, or where nothing was. Where a hash stands for one object at most, that
 * is the object's. The map has room. */
static inline corm__slot *corm__hash_slot(const corm__hash_map *map, uint64_t hash)
{
    const size_t mask = map->capacity - 1;
    size_t i = corm__hash_home(map, hash);
    while (map->slots[i].object != NULL &&
           (map->slots[i].hash != hash || map->slots[i].object == (void *)corm__left))
        i = (i + 1) & mask;
    return &map->slots[i];
}

/* Takes an object out. false: it is not in. */
static bool corm__hash_remove(corm__hash_map *map, uint64_t hash, const void *object)
{
    const size_t mask = map->capacity - 1;
    if (map->count == 0)
        return false;
    size_t i = corm__hash_home(map, hash);
    while (map->slots[i].object != object) {
        if (map->slots[i].object == NULL)
            return false;
        i = (i + 1) & mask;
    }
    map->count--;
    if (map->slots[(i + 1) & mask].object != NULL) {
        map->slots[i].object = corm__left;
        return true;
    }
    /* the end of a run: what was left before it is free again */
    map->slots[i].object = NULL;
    for (map->used--; map->slots[(i - 1) & mask].object == (void *)corm__left; map->used--) {
        i = (i - 1) & mask;
        map->slots[i].object = NULL;
    }
    return true;
}

/* An empty map with room for so many; false: out of memory. */
static bool corm__hash_make(corm__hash_map *map, size_t count)
{
    *map = (corm__hash_map){.capacity = 64};
    while (count > map->capacity / 2) {
        if (map->capacity > SIZE_MAX / sizeof *map->slots / 8)
            return false;
        map->capacity *= 2;
    }
    map->limit = map->capacity * 2 / 3;
    map->slots = corm__allocate_wide(map->capacity * sizeof *map->slots, true, &map->block);
    return map->slots != NULL;
}

static bool corm__hash_grow(corm__hash_map *map, size_t more)
{
    corm__hash_map made;
    if (!corm__hash_make(&made, map->count + map->owed + more))
        return false;
    made.owed = map->owed;
    for (size_t i = 0; i < map->capacity; i++)
        if (corm__slot_object(&map->slots[i]) != NULL)
            corm__hash_add(&made, map->slots[i].hash, map->slots[i].object);
    corm__free(map->block);
    *map = made;
    return true;
}

/* Room for `more` further objects, so that adding one after a write to the database cannot fail. */
static inline bool corm__hash_reserve(corm__hash_map *map, size_t more)
{
    return CORM__LIKELY(map->used + map->owed + more <= map->limit) || corm__hash_grow(map, more);
}

#endif /* CORM__ROOM_BY_HASH_C */
