/* gathered.c: rows that a scan meets in no order, given to their owners all at once.
 *
 * Owns: the rows that wait, counting and sorting them by owner, lists that are exactly as long as they must be.
 * Must not know: statements, when a relationship is loaded. */
#ifndef CORM__ROOM_GATHERED_C
#define CORM__ROOM_GATHERED_C

#include "moving.c"

/* ---- Links of owners ------------------------------------------------------------------------- */

static inline corm__link *corm__raw_link(const void *object, const corm__relation *relation)
{
    corm__extra *extra = corm__extra_of(object);
    return extra == NULL ? NULL : &extra->links[relation->index];
}

/* The owner's link in that place, of one that was asked for: the others may have none. */
static inline corm__link *corm__link_asked(const void *owner, size_t index)
{
    corm__extra *extra = owner == NULL ? NULL : corm__record_of(owner)->extra;
    return extra == NULL || extra->links[index].loaded ? NULL : &extra->links[index];
}

/* ---- Rows that wait -------------------------------------------------------------------------- */

/* The way from a row to its owner's list leads through five places in memory. Where a scan meets the rows
 * of many owners in no order, none of them is in the processor's caches. So the rows wait until all have
 * been read; then they are counted, each is put to those of its owner, and the owners are gone through
 * in the order of their keys: that meets two places for each row. */

enum {
    CORM__GATHERED = 1024 /* rows of a block: about as much as is allocated at a time elsewhere */
};

typedef struct corm__gathered_block {
    struct corm__gathered_block *next;
    size_t count;
    void *objects[CORM__GATHERED];
    uint32_t places[CORM__GATHERED]; /* the owner's key, from the first on */
} corm__gathered_block;

typedef struct corm__gathered {
    const corm__identity_map *owners;
    uint64_t first; /* key of an owner */
    size_t width;   /* so many keys from there on are those of all owners; 0: no row waits */
    corm__gathered_block *blocks, *last;
} corm__gathered;

/* Rows wait where the keys of all owners are numbered in a row. */
static void corm__gather_begin(corm__gathered *rows, const corm__identity_map *owners)
{
    *rows = (corm__gathered){.owners = owners, .first = owners->first};
    if (owners->others.count == 0 && owners->width <= UINT32_MAX)
        rows->width = owners->width;
}

static void corm__gather_end(corm__gathered *rows)
{
    while (rows->blocks != NULL) {
        corm__gathered_block *block = rows->blocks;
        rows->blocks = block->next;
        corm__free(block);
    }
}

static CORM__APART corm__gathered_block *corm__gather_more(corm__gathered *rows)
{
    corm__gathered_block *block = corm__allocate(sizeof *block);
    if (block == NULL)
        return NULL;
    block->next = NULL;
    block->count = 0;
    *(rows->last == NULL ? &rows->blocks : &rows->last->next) = block;
    return rows->last = block;
}

static inline bool corm__may_wait(const corm__gathered *rows, int64_t key)
{
    return (uint64_t)key - rows->first < rows->width;
}

/* Lets an object wait whose owner has that key, which corm__may_wait. false: out of memory. */
static inline bool corm__gather(corm__gathered *rows, int64_t key, void *object)
{
    corm__gathered_block *block = rows->last;
    if (CORM__UNLIKELY(block == NULL || block->count == CORM__GATHERED) &&
        (block = corm__gather_more(rows)) == NULL)
        return false;
    block->objects[block->count] = object;
    block->places[block->count++] = (uint32_t)((uint64_t)key - rows->first);
    return true;
}

/* ---- Giving them to their owners ------------------------------------------------------------- */

/* Turns the counts of rows into the places of their first ones; *sum: of all. false: more than there may be. */
static bool corm__gather_places(uint32_t *places, size_t width, size_t *sum)
{
    *sum = 0;
    for (size_t i = 0; i < width; i++) {
        const uint32_t count = places[i];
        places[i] = (uint32_t)*sum;
        *sum += count;
    }
    return *sum <= UINT32_MAX;
}

/* Appends a part of the sorted rows to a link. false: out of memory. */
static bool corm__gather_append(corm_session *session, corm__link *link, void *const *objects,
                                size_t count)
{
    const size_t whole = link->count + count;
    if (whole > UINT32_MAX)
        return false;
    if (whole > link->capacity || link->handed) {
        void **items = corm__list_allocate(session, whole * sizeof *items);
        if (items == NULL)
            return false;
        if (link->count > 0)
            memcpy(items, link->items, link->count * sizeof *items);
        corm__items_replace(session, link, items, (uint32_t)whole);
    }
    memcpy(link->items + link->count, objects, count * sizeof *objects);
    link->count = (uint32_t)whole;
    return true;
}

/* The rows by owner, each owner's in the order in which they came, as one batch of siblings. `places`: where
 * those of each key begin; where they end, afterwards. NULL: out of memory. */
static corm__batch *corm__gather_sort(corm_session *session, const corm__gathered *rows,
                                      uint32_t *places, size_t sum)
{
    corm__batch *batch = corm__batch_room(session, sum);
    if (batch == NULL)
        return NULL;
    const uint32_t epoch = session->epoch;
    for (const corm__gathered_block *block = rows->blocks; block != NULL; block = block->next) {
        for (size_t i = 0; i < block->count; i++) {
            const uint32_t place = places[block->places[i]]++;
            corm__batch_tell(block->objects[i], batch, place, epoch);
            batch->items[place] = block->objects[i];
        }
    }
    batch->count = sum;
    return batch;
}

/* Gives all rows that wait to the relationship with that index of their owners. false: out of memory. */
static CORM__APART bool corm__gather_settle(corm_session *session, const corm__gathered *rows,
                                            size_t index)
{
    void *memory = NULL;
    uint32_t *places = NULL;
    size_t sum = 0, at = 0;
    if (rows->blocks == NULL)
        return true;
    places = corm__allocate_wide(rows->width * sizeof *places, true, &memory);
    if (places == NULL)
        return false;
    for (const corm__gathered_block *block = rows->blocks; block != NULL; block = block->next) {
        for (size_t i = 0; i < block->count; i++)
            places[block->places[i]]++;
    }
    bool fine = corm__gather_places(places, rows->width, &sum);
    const corm__batch *batch = fine ? corm__gather_sort(session, rows, places, sum) : NULL;
    fine = batch != NULL;
    for (size_t i = 0; fine && i < rows->width; at = places[i++]) {
        if (places[i] == at)
            continue;
        corm__link *link =
            corm__link_asked(corm__identity_at(rows->owners, rows->first + i), index);
        fine =
            link == NULL || corm__gather_append(session, link, batch->items + at, places[i] - at);
    }
    corm__free(memory);
    return fine;
}

#endif /* CORM__ROOM_GATHERED_C */
