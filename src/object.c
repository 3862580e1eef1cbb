/* object.c: where objects live and how they are known.
 *
 * Owns: slabs and the directory that recognises objects by their address, the identity map, snapshots and who owns which
 * text, objects that leave a session and come (back) into one.
 * Must not know: SQL, relationships' meaning, the order of writing. */
#ifndef CORM__ROOM_OBJECT_C
#define CORM__ROOM_OBJECT_C

#include "engine.c"

/* ---- The directory: every slab of the program, so that any address can be asked about -------------------
 * Open addressing over slab addresses. Readers take no lock: a slot goes from empty to an address to a tombstone, a grown table is published
 * whole, and tables that were replaced stay until no slab is left. Writers hold the global lock. */

#if defined(CORM_NO_THREADS)
typedef uintptr_t corm__place;
#define CORM__READ(from_) (from_)
#define CORM__WRITE(to_, value_) ((to_) = (value_))
#else
#include <stdatomic.h>
typedef _Atomic(uintptr_t) corm__place;
#define CORM__READ(from_) atomic_load_explicit(&(from_), memory_order_acquire)
#define CORM__WRITE(to_, value_) atomic_store_explicit(&(to_), value_, memory_order_release)
#endif

enum { CORM__DIRECTORY_FIRST = 256, CORM__TOMBSTONE = 1 };

typedef struct corm__directory {
    struct corm__directory *replaced; /* older tables, read perhaps by someone still */
    size_t mask, filled, live;
    corm__place *slots;
} corm__directory;

static corm__place corm__first_slots[CORM__DIRECTORY_FIRST];
static corm__directory corm__first_directory = {NULL, CORM__DIRECTORY_FIRST - 1, 0, 0, corm__first_slots};
static corm__place corm__directory_place; /* the current table; 0: the first one */

static corm__directory *corm__directory_now(void)
{
    uintptr_t place = CORM__READ(corm__directory_place);
    return place == 0 ? &corm__first_directory : (corm__directory *)place;
}

static inline size_t corm__directory_hash(uintptr_t base)
{
    return (size_t)((base / CORM__SLAB_SIZE) * (uintptr_t)0x9E3779B1u >> 3);
}

static void corm__directory_put(corm__directory *directory, uintptr_t base)
{
    size_t i = corm__directory_hash(base) & directory->mask;
    while (CORM__READ(directory->slots[i]) != 0)
        i = (i + 1) & directory->mask;
    CORM__WRITE(directory->slots[i], base);
    directory->filled++;
    directory->live++;
}

static bool corm__directory_grow(corm__directory *directory)
{
    size_t capacity = (directory->mask + 1) * (directory->live * 2 > directory->mask ? 2 : 1);
    corm__directory *grown = corm__allocate_zeroed(1, sizeof *grown);
    corm__place *slots = corm__allocate_zeroed(capacity, sizeof *slots);
    if (grown == NULL || slots == NULL) {
        corm__free(grown);
        corm__free(slots);
        return false;
    }
    grown->mask = capacity - 1;
    grown->slots = slots;
    grown->replaced = directory;
    for (size_t i = 0; i <= directory->mask; i++) {
        uintptr_t base = CORM__READ(directory->slots[i]);
        if (base > CORM__TOMBSTONE)
            corm__directory_put(grown, base);
    }
    CORM__WRITE(corm__directory_place, (uintptr_t)grown);
    return true;
}

/* Under the global lock. */
static bool corm__directory_add(const void *slab)
{
    corm__directory *directory = corm__directory_now();
    if ((directory->filled + 1) * 4 > (directory->mask + 1) * 3) {
        if (!corm__directory_grow(directory))
            return false;
        directory = corm__directory_now();
    }
    corm__directory_put(directory, (uintptr_t)slab);
    return true;
}

/* Under the global lock. */
static void corm__directory_remove(const void *slab)
{
    corm__directory *directory = corm__directory_now();
    size_t i = corm__directory_hash((uintptr_t)slab) & directory->mask;
    while (CORM__READ(directory->slots[i]) != (uintptr_t)slab)
        i = (i + 1) & directory->mask;
    CORM__WRITE(directory->slots[i], CORM__TOMBSTONE);
    if (--directory->live > 0)
        return;
    CORM__WRITE(corm__directory_place, 0);
    while (directory != &corm__first_directory) {
        corm__directory *older = directory->replaced;
        corm__free((void *)directory->slots);
        corm__free(directory);
        directory = older;
    }
    for (i = 0; i < CORM__DIRECTORY_FIRST; i++)
        CORM__WRITE(corm__first_slots[i], 0);
    corm__first_directory.filled = corm__first_directory.live = 0;
}

/* ---- From an address to what is known of the object ------------------------------------------------------ */

/* For addresses that are known to be objects. */
static inline corm__slab *corm__slab_of(const void *object)
{
    return (corm__slab *)((uintptr_t)object & ~(uintptr_t)(CORM__SLAB_SIZE - 1));
}

static inline uint32_t corm__place_of(const corm__slab *slab, const void *object)
{
    uint32_t offset = (uint32_t)((uintptr_t)object - (uintptr_t)slab) - slab->first;
    return (uint32_t)(((uint64_t)offset * slab->reciprocal) >> 32);
}

static inline corm__record *corm__record_of(const void *object)
{
    corm__slab *slab = corm__slab_of(object);
    return &slab->records[corm__place_of(slab, object)];
}

static inline corm__mapper *corm__mapper_at(const void *object)
{
    return corm__slab_of(object)->mapper;
}

static inline void *corm__snapshot_of(const void *object)
{
    corm__slab *slab = corm__slab_of(object);
    return slab->snapshots + (size_t)corm__place_of(slab, object) * slab->mapper->size;
}

static inline void *corm__object_at(const corm__slab *slab, uint32_t place)
{
    return (char *)(uintptr_t)slab + slab->first + (size_t)place * slab->mapper->size;
}

/* For any address: the record, or NULL if it is not an object of corm. Reads nothing that is not known to be a slab. */
static corm__record *corm__recognise(const void *address)
{
    uintptr_t base = (uintptr_t)address & ~(uintptr_t)(CORM__SLAB_SIZE - 1);
    corm__directory *directory = corm__directory_now();
    size_t i = corm__directory_hash(base) & directory->mask;
    for (;;) {
        uintptr_t found = CORM__READ(directory->slots[i]);
        if (found == base && base != 0)
            break;
        if (found == 0)
            return NULL;
        i = (i + 1) & directory->mask;
    }
    corm__slab *slab = (corm__slab *)base;
    size_t offset = (size_t)((uintptr_t)address - base);
    if (offset < slab->first || (offset - slab->first) % slab->mapper->size != 0)
        return NULL;
    uint32_t place = corm__place_of(slab, address);
    if (place >= slab->used || !(slab->records[place].flags & CORM__LIVE))
        return NULL;
    return &slab->records[place];
}

static inline corm__store *corm__store_of(corm_session *session, const corm__mapper *mapper)
{
    return &session->stores[mapper->index];
}

/* ---- Slabs ---------------------------------------------------------------------------------------------- */

typedef struct corm__block { /* several slabs, allocated and freed together */
    void *memory;
    corm__registry *registry; /* retained: expunged objects outlive their engine */
    corm__slab *slabs[64];
    uint32_t slab_count, taken;
    size_t outside;           /* live objects that do not belong to the slabs' owner; under the global lock */
    bool orphan;              /* the owner is gone */
} corm__block;

/* Under the global lock. */
static void corm__block_free(corm__block *block)
{
    for (uint32_t i = 0; i < block->taken; i++) {
        corm__slab *slab = block->slabs[i];
        if (slab->records != NULL) {
            corm__directory_remove(slab);
            corm__free(slab->records);
            corm__free(slab->snapshots);
        }
    }
    corm__free(block->memory);
    corm__free(block);
}

static corm__block *corm__block_new(corm_session *session)
{
    uint32_t count = session->blocks.count < 2 ? 2 : session->blocks.count < 5 ? 8 : session->blocks.count < 10 ? 32 : 64;
    corm__block *block = corm__allocate_zeroed(1, sizeof *block);
    void *memory = corm__allocate(((size_t)count + 1) * CORM__SLAB_SIZE);
    if (block == NULL || memory == NULL || !corm__vector_push(&session->blocks, block)) {
        corm__free(block);
        corm__free(memory);
        return NULL;
    }
    uintptr_t base = ((uintptr_t)memory + CORM__SLAB_SIZE - 1) & ~(uintptr_t)(CORM__SLAB_SIZE - 1);
    block->memory = memory;
    block->slab_count = count;
    for (uint32_t i = 0; i < count; i++)
        block->slabs[i] = (corm__slab *)(base + (uintptr_t)i * CORM__SLAB_SIZE);
    block->registry = corm__registry_retain(session->registry);
    return block;
}

static corm__slab *corm__slab_new(corm_session *session, corm__store *store)
{
    corm__block *block = session->blocks.count > 0 ? session->blocks.items[session->blocks.count - 1] : NULL;
    if (block == NULL || block->taken == block->slab_count)
        block = corm__block_new(session);
    if (block == NULL || !corm__vector_reserve(&store->slabs, store->slabs.count + 1))
        return NULL;
    corm__mapper *mapper = store->mapper;
    corm__slab *slab = block->slabs[block->taken];
    memset(slab, 0, sizeof *slab);
    slab->magic = CORM__SLAB_MAGIC;
    slab->first = (sizeof *slab + 63) / 64 * 64;
    slab->capacity = (uint32_t)((CORM__SLAB_SIZE - slab->first) / mapper->size);
    /* ceil(2^32 / size): exact for offsets below 2^14 and sizes below 2^14 */
    slab->reciprocal = (uint32_t)((((uint64_t)1 << 32) + mapper->size - 1) / mapper->size);
    slab->mapper = mapper;
    slab->owner = session;
    slab->block = block;
    corm__record *records = corm__allocate_zeroed(slab->capacity, sizeof *records);
    slab->snapshots = corm__allocate(slab->capacity * mapper->size);
    bool known = false;
    if (records != NULL && slab->snapshots != NULL) {
        corm__global_lock();
        known = corm__directory_add(slab);
        if (known)
            slab->records = records;
        corm__global_unlock();
    }
    if (!known) {
        corm__free(records);
        corm__free(slab->snapshots);
        return NULL;
    }
    block->taken++;
    corm__vector_push(&store->slabs, slab);
    return slab;
}

/* A zeroed struct with a zeroed record that belongs to the session; NULL: out of memory. */
static void *corm__object_take(corm_session *session, corm__mapper *mapper)
{
    corm__store *store = corm__store_of(session, mapper);
    void *object = store->free_slots;
    corm__slab *slab;
    if (object != NULL) {
        memcpy(&store->free_slots, object, sizeof(void *));
        slab = corm__slab_of(object);
    } else {
        slab = store->slabs.count > 0 ? store->slabs.items[store->slabs.count - 1] : NULL;
        if (slab == NULL || slab->used == slab->capacity)
            slab = corm__slab_new(session, store);
        if (slab == NULL)
            return NULL;
        object = corm__object_at(slab, slab->used++);
    }
    memset(object, 0, mapper->size);
    corm__record *record = corm__record_of(object);
    memset(record, 0, sizeof *record);
    record->session = session;
    record->flags = CORM__LIVE;
    record->state = CORM_STATE_TRANSIENT;
    slab->live++;
    return object;
}

/* Gives the slot of a dead object back to the store of its slab's owner. */
static void corm__object_drop(corm_session *session, void *object)
{
    corm__slab *slab = corm__slab_of(object);
    corm__record *record = corm__record_of(object);
    record->flags = 0;
    record->session = NULL;
    slab->live--;
    if (slab->owner != session || slab->mapper->size < sizeof(void *))
        return;
    corm__store *store = corm__store_of(session, slab->mapper);
    memcpy(object, &store->free_slots, sizeof(void *));
    store->free_slots = object;
}

/* ---- Identity map ----------------------------------------------------------------------------------------- */

/* Dense keys stay neighbours, which is what caches like; high bits are mixed in so that large strides do not collide. */
static inline size_t corm__identity_place(const corm__identity_map *map, uint64_t hash)
{
    return (size_t)(hash ^ ((hash >> 15) * UINT64_C(0x9E3779B97F4A7C15))) & (map->capacity - 1);
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
static void corm__key_read(const corm__mapper *mapper, const uint16_t *columns, size_t count, const void *from,
                           corm__key *out)
{
    for (size_t i = 0; i < count; i++)
        out->values[i] = corm__member_value(&mapper->columns[columns[i]], from, out->scratch[i]);
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

static void *corm__identity_find(corm_session *session, const corm__mapper *mapper, const corm_value *key)
{
    const corm__identity_map *map = &corm__store_of(session, mapper)->identities;
    if (map->count == 0)
        return NULL;
    uint64_t hash = corm__key_hash(mapper, key);
    size_t i = corm__identity_place(map, hash);
    for (; map->slots[i].object != NULL; i = (i + 1) & (map->capacity - 1)) {
        if (map->slots[i].hash == hash && (mapper->integer_key || corm__key_is(mapper, map->slots[i].object, key)))
            return map->slots[i].object;
    }
    return NULL;
}

static void corm__identity_place_new(corm__identity_map *map, uint64_t hash, void *object)
{
    size_t i = corm__identity_place(map, hash);
    while (map->slots[i].object != NULL)
        i = (i + 1) & (map->capacity - 1);
    map->slots[i] = (corm__slot){hash, object};
}

/* Room for `more` further objects, so that an insertion after a write to the database cannot fail. */
static bool corm__identity_reserve(corm__identity_map *map, size_t more)
{
    if ((map->count + more) * 4 <= map->capacity * 3)
        return true;
    corm__identity_map grown = {NULL, map->capacity == 0 ? 64 : map->capacity * 2, map->count};
    while ((map->count + more) * 4 > grown.capacity * 3)
        grown.capacity *= 2;
    grown.slots = corm__allocate_zeroed(grown.capacity, sizeof *grown.slots);
    if (grown.slots == NULL)
        return false;
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].object != NULL)
            corm__identity_place_new(&grown, map->slots[i].hash, map->slots[i].object);
    }
    corm__free(map->slots);
    *map = grown;
    return true;
}

/* Enters the object under the key of its snapshot. Room must have been reserved. */
static void corm__identity_enter(corm_session *session, const corm__mapper *mapper, void *object)
{
    corm__key key;
    corm__identity_map *map = &corm__store_of(session, mapper)->identities;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    corm__identity_place_new(map, corm__key_hash(mapper, key.values), object);
    map->count++;
}

/* Takes the object out, if it is in under the key of its snapshot. */
static void corm__identity_leave(corm_session *session, const corm__mapper *mapper, const void *object)
{
    corm__key key;
    corm__identity_map *map = &corm__store_of(session, mapper)->identities;
    if (map->count == 0)
        return;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    uint64_t hash = corm__key_hash(mapper, key.values);
    size_t hole = corm__identity_place(map, hash), mask = map->capacity - 1;
    while (map->slots[hole].object != object) {
        if (map->slots[hole].object == NULL)
            return;
        hole = (hole + 1) & mask;
    }
    /* close the gap, so that no tombstones pile up */
    for (size_t i = (hole + 1) & mask; map->slots[i].object != NULL; i = (i + 1) & mask) {
        size_t home = corm__identity_place(map, map->slots[i].hash);
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole].object = NULL;
    map->count--;
}

/* ---- Texts: who owns what ------------------------------------------------------------------------------------ */

/* The block is released when the next transaction begins (the one after, if none is open now). If the list cannot grow, it waits for the session's end. */
static void corm__retire(corm_session *session, const void *block, size_t size)
{
    if (block == NULL || size == 0)
        return;
    if (session->retired_count == session->retired_capacity) {
        size_t capacity = session->retired_capacity == 0 ? 64 : session->retired_capacity * 2;
        corm__retired *grown = corm__reallocate(session->retired, capacity * sizeof *grown);
        if (grown == NULL)
            return;
        session->retired = grown;
        session->retired_capacity = capacity;
    }
    session->retired[session->retired_count++] = (corm__retired){(void *)(uintptr_t)block, size};
}

/* Retires the text of one column of `old` unless `kept` (NULL: nothing) has the same block. */
static void corm__retire_member(corm_session *session, const corm__column *column, const void *old, const void *kept)
{
    const void *block = NULL, *other = NULL;
    size_t size = corm__member_block(column, old, &block);
    if (size == 0)
        return;
    if (kept != NULL)
        (void)corm__member_block(column, kept, &other);
    if (block != other)
        corm__retire(session, block, size);
}

static inline void *corm__image_struct(corm__image *image)
{
    return image + 1;
}

/* A new value replaces the snapshot's: its text is retired, unless a before-image still needs it. */
static void corm__snapshot_replace(corm_session *session, const corm__column *column, corm__record *record,
                                   void *snapshot, const void *from)
{
    if (column->kind == CORM_KIND_TEXT || column->kind == CORM_KIND_BLOB) {
        const void *block = NULL, *imaged = NULL, *now = NULL;
        size_t size = corm__member_block(column, snapshot, &block);
        if (record->image != NULL)
            (void)corm__member_block(column, corm__image_struct(record->image), &imaged);
        (void)corm__member_block(column, from, &now);
        if (block != imaged && block != now)
            corm__retire(session, block, size);
    }
    corm__member_copy(column, snapshot, from);
}

/* Copies a borrowed text or blob into the session and repoints the member; nothing for what is owned already. */
static bool corm__member_own(corm_session *session, const corm__column *column, void *object, const void *snapshot)
{
    const void *block = NULL, *owned = NULL;
    if (column->kind != CORM_KIND_TEXT && column->kind != CORM_KIND_BLOB)
        return true;
    size_t size = corm__member_block(column, object, &block);
    (void)corm__member_block(column, snapshot, &owned);
    if (block == NULL || block == owned)
        return true;
    char *copy = corm__heap_allocate(&session->heap, size);
    if (copy == NULL)
        return false;
    /* a block is a text or blob and one byte for the terminator, which a borrowed blob does not have */
    memcpy(copy, block, size - 1);
    copy[size - 1] = 0;
    const void *pointer = copy;
    memcpy((char *)object + column->offset, &pointer, sizeof pointer);
    return true;
}

/* Both put the data pointer first: text is nothing else, a corm_blob begins with it. */
_Static_assert(offsetof(corm_blob, data) == 0, "the pointer of a blob comes first");

/* ---- Extra: relationships and rare things -------------------------------------------------------------------- */

static size_t corm__extra_size(const corm__mapper *mapper)
{
    return sizeof(corm__extra) + mapper->relation_count * sizeof(corm__link);
}

/* Made at first use; NULL: out of memory. Objects without a session have theirs or get none. */
static corm__extra *corm__extra_of(void *object)
{
    corm__record *record = corm__record_of(object);
    if (record->extra != NULL || record->session == NULL)
        return record->extra;
    corm__mapper *mapper = corm__mapper_at(object);
    corm__extra *extra = corm__heap_allocate(&record->session->heap, corm__extra_size(mapper));
    if (extra == NULL)
        return NULL;
    memset(extra, 0, corm__extra_size(mapper));
    extra->generation = record->session->links_generation;
    extra->link_count = mapper->relation_count;
    record->extra = extra;
    return extra;
}

static uint64_t corm__unset_of(const corm__record *record)
{
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING)
        return record->as.unset;
    return record->extra == NULL ? 0 : record->extra->unset;
}

static bool corm__is_expired(const corm__record *record)
{
    return record->session != NULL && record->generation != record->session->generation;
}

/* ---- What changed ---------------------------------------------------------------------------------------------- */

static uint64_t corm__changed_columns(const corm__mapper *mapper, const void *object, const void *snapshot,
                                      const corm__record *record)
{
    uint64_t changed = 0;
    if (memcmp(object, snapshot, mapper->size) != 0) {
        for (uint16_t i = 0; i < mapper->column_count; i++) {
            if (!corm__member_equal(&mapper->columns[i], object, snapshot))
                changed |= UINT64_C(1) << i;
        }
    }
    if (record->extra != NULL)
        changed |= record->extra->touched | record->extra->unset;
    return changed;
}

typedef corm_status (*corm__visitor)(corm_session *session, void *object, void *argument);

static bool corm__may_differ(const corm__mapper *mapper, const void *object, const corm__record *record)
{
    return memcmp(object, corm__snapshot_of(object), mapper->size) != 0 ||
           (record->extra != NULL && (record->extra->touched | record->extra->unset) != 0);
}

/* Calls the visitor for every persistent object whose members may differ from their snapshot. Slab against slab first: an
 * unchanged slab costs one memcmp. While columns are touched or unset, which no comparison shows, every object is looked at. */
static corm_status corm__each_changed(corm_session *session, corm__visitor visit, void *argument)
{
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__store *store = &session->stores[m];
        for (size_t s = 0; s < store->slabs.count; s++) {
            corm__slab *slab = store->slabs.items[s];
            size_t size = store->mapper->size;
            if (session->touched == 0 &&
                memcmp(corm__object_at(slab, 0), slab->snapshots, size * slab->used) == 0)
                continue;
            for (uint32_t i = 0; i < slab->used; i++) {
                corm__record *record = &slab->records[i];
                void *object = corm__object_at(slab, i);
                if (record->session != session || record->state != CORM_STATE_PERSISTENT ||
                    !corm__may_differ(store->mapper, object, record))
                    continue;
                corm_status status = visit(session, object, argument);
                if (status != CORM_OK)
                    return status;
            }
        }
    }
    for (size_t i = 0; i < session->adopted.count; i++) {
        void *object = session->adopted.items[i];
        if (object == NULL || corm__record_of(object)->state != CORM_STATE_PERSISTENT ||
            !corm__may_differ(corm__mapper_at(object), object, corm__record_of(object)))
            continue;
        corm_status status = visit(session, object, argument);
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

/* Calls the visitor for every object that belongs to the session. The visitor must not make or free objects of the session, but may let
 * this one go. */
static corm_status corm__each_object(corm_session *session, corm__visitor visit, void *argument)
{
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__store *store = &session->stores[m];
        for (size_t s = 0; s < store->slabs.count; s++) {
            corm__slab *slab = store->slabs.items[s];
            for (uint32_t i = 0; i < slab->used; i++) {
                if (!(slab->records[i].flags & CORM__LIVE) || slab->records[i].session != session)
                    continue;
                corm_status status = visit(session, corm__object_at(slab, i), argument);
                if (status != CORM_OK)
                    return status;
            }
        }
    }
    for (size_t i = 0; i < session->adopted.count; i++) {
        if (session->adopted.items[i] == NULL)
            continue;
        corm_status status = visit(session, session->adopted.items[i], argument);
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

/* ---- Leaving a session and coming into one --------------------------------------------------------------------- */

/* Bytes of all texts of a struct and its snapshot that differ. */
static size_t corm__texts_size(const corm__mapper *mapper, const void *object, const void *snapshot)
{
    size_t total = 0;
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const void *a = NULL, *b = NULL;
        size_t size = corm__member_block(&mapper->columns[i], object, &a);
        total += size;
        size = corm__member_block(&mapper->columns[i], snapshot, &b);
        if (a != b)
            total += size;
    }
    return total;
}

static void *corm__text_move(const corm__column *column, void *in, char **next)
{
    const void *block = NULL;
    size_t size = corm__member_block(column, in, &block);
    if (block == NULL)
        return NULL;
    memcpy(*next, block, size - 1);
    (*next)[size - 1] = 0;
    const void *pointer = *next;
    memcpy((char *)in + column->offset, &pointer, sizeof pointer);
    *next += size;
    return (char *)in + column->offset;
}

/* Moves all texts of the object into `memory`; members and snapshot that shared a text still share it. */
static void corm__texts_move(const corm__mapper *mapper, void *object, void *snapshot, char *memory)
{
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        const void *a = NULL, *b = NULL;
        (void)corm__member_block(column, object, &a);
        (void)corm__member_block(column, snapshot, &b);
        (void)corm__text_move(column, object, &memory);
        if (a == b)
            corm__member_copy(column, snapshot, object);
        else
            (void)corm__text_move(column, snapshot, &memory);
    }
}

/* A copy of the extra that needs no session; lists become private arrays. NULL: out of memory. */
static corm__extra *corm__extra_copy(const corm__mapper *mapper, const corm__extra *from, corm__heap *heap)
{
    size_t size = corm__extra_size(mapper);
    corm__extra *copy = heap != NULL ? corm__heap_allocate(heap, size) : corm__allocate(size);
    if (copy == NULL)
        return NULL;
    memcpy(copy, from, size);
    copy->own = heap == NULL;
    for (uint16_t i = 0; i < copy->link_count; i++) {
        copy->links[i].items = NULL;
        copy->links[i].changes = NULL;
        copy->links[i].handed = false;
        copy->links[i].capacity = from->links[i].count;
    }
    for (uint16_t i = 0; i < copy->link_count; i++) {
        size_t bytes = from->links[i].count * sizeof(void *);
        if (bytes == 0)
            continue;
        copy->links[i].items = heap != NULL ? corm__heap_allocate(heap, bytes) : corm__allocate(bytes);
        if (copy->links[i].items == NULL) {
            for (uint16_t j = 0; j < i && heap == NULL; j++)
                corm__free(copy->links[j].items);
            if (heap == NULL)
                corm__free(copy);
            return NULL;
        }
        memcpy(copy->links[i].items, from->links[i].items, bytes);
    }
    return copy;
}

/* Frees an extra that is on its own. */
static void corm__extra_free(corm__extra *extra)
{
    if (extra == NULL || !extra->own)
        return;
    for (uint16_t i = 0; i < extra->link_count; i++)
        corm__free(extra->links[i].items);
    corm__free(extra->own_block);
    corm__free(extra);
}

/* What an object takes along when it leaves: prepared first, because it may fail, and handed over then. */
typedef struct corm__luggage {
    corm__extra *extra;
    char *texts;
} corm__luggage;

static bool corm__luggage_pack(void *object, corm__luggage *out)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__extra empty = {0};
    const corm__record *record = corm__record_of(object);
    size_t size = corm__texts_size(mapper, object, corm__snapshot_of(object));
    out->texts = size == 0 ? NULL : corm__allocate(size);
    if (record->extra != NULL) {
        out->extra = corm__extra_copy(mapper, record->extra, NULL);
    } else {
        out->extra = corm__allocate_zeroed(1, corm__extra_size(mapper));
        if (out->extra != NULL) {
            *out->extra = empty;
            out->extra->own = true;
            out->extra->link_count = mapper->relation_count;
        }
    }
    if (out->extra != NULL && (size == 0 || out->texts != NULL))
        return true;
    corm__free(out->texts);
    if (out->extra != NULL) {
        out->extra->own_block = NULL;
        corm__extra_free(out->extra);
    }
    return false;
}

static void corm__luggage_free(corm__luggage *luggage)
{
    corm__free(luggage->texts);
    corm__extra_free(luggage->extra);
}

/* The object belongs to the program from here on. It must be out of every list of the session. */
static void corm__object_leave(corm_session *session, void *object, corm__luggage *luggage)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    corm__texts_move(mapper, object, corm__snapshot_of(object), luggage->texts);
    if (record->extra != NULL)
        corm__free(record->extra->own_block);
    luggage->extra->own_block = luggage->texts;
    record->extra = luggage->extra;
    record->image = NULL;
    record->session = NULL;
    corm__slab *slab = corm__slab_of(object);
    corm__global_lock();
    if (slab->owner == session)
        slab->block->outside++;
    corm__global_unlock();
    if (record->flags & CORM__ADOPTED) {
        for (size_t i = 0; i < session->adopted.count; i++) {
            if (session->adopted.items[i] == object)
                session->adopted.items[i] = NULL;
        }
    }
    record->flags = (uint16_t)(record->flags & CORM__LIVE);
}

/* An object without a session belongs to this one from here on. Its texts stay where they are until it leaves or dies; false: out of memory. */
static bool corm__object_join(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    corm__slab *slab = corm__slab_of(object);
    corm__extra *extra = NULL;
    if (slab->owner != session && !corm__vector_push(&session->adopted, object))
        return false;
    if (record->extra != NULL) {
        extra = corm__extra_copy(mapper, record->extra, &session->heap);
        if (extra == NULL) {
            if (slab->owner != session)
                session->adopted.count--;
            return false;
        }
        extra->own_block = record->extra->own_block;
        record->extra->own_block = NULL;
        corm__extra_free(record->extra);
    }
    record->extra = extra;
    record->session = session;
    record->generation = 0;
    if (slab->owner != session) {
        record->flags |= CORM__ADOPTED;
        return true;
    }
    corm__global_lock();
    slab->block->outside--;
    corm__global_unlock();
    return true;
}

/* Frees an object that belongs to nobody; its slab too, if it was the last one of a closed session. */
static void corm__object_bury(void *object)
{
    corm__slab *slab = corm__slab_of(object);
    corm__record *record = corm__record_of(object);
    corm__block *block = slab->block;
    corm__registry *registry = NULL;
    corm__extra_free(record->extra);
    corm__global_lock();
    record->flags = 0;
    record->extra = NULL;
    slab->live--;
    block->outside--;
    if (block->orphan && block->outside == 0) {
        registry = block->registry;
        corm__block_free(block);
    }
    corm__global_unlock();
    corm__registry_release(registry);
}

/* Frees every slab of the session but those in which objects live on that belong elsewhere. */
static void corm__slabs_free(corm_session *session)
{
    for (size_t i = 0; i < session->adopted.count; i++) {
        void *object = session->adopted.items[i];
        if (object == NULL)
            continue;
        corm__extra *extra = corm__record_of(object)->extra;
        if (extra != NULL)
            corm__free(extra->own_block);
        corm__record_of(object)->extra = NULL;
        corm__object_bury(object);
    }
    session->adopted.count = 0;
    for (size_t i = 0; i < session->blocks.count; i++) {
        corm__block *block = session->blocks.items[i];
        corm__registry *registry = NULL;
        for (uint32_t s = 0; s < block->taken; s++) {
            corm__slab *slab = block->slabs[s];
            for (uint32_t o = 0; o < slab->used; o++) {
                corm__record *record = &slab->records[o];
                if (record->session != session)
                    continue;
                if (record->extra != NULL)
                    corm__free(record->extra->own_block);
                record->flags = 0;
                record->extra = NULL;
                record->session = NULL;
            }
        }
        corm__global_lock();
        block->orphan = true;
        for (uint32_t s = 0; s < block->taken; s++)
            block->slabs[s]->owner = NULL;
        if (block->outside == 0) {
            registry = block->registry;
            corm__block_free(block);
        }
        corm__global_unlock();
        corm__registry_release(registry);
    }
    session->blocks.count = 0;
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__store *store = &session->stores[m];
        corm__vector_free(&store->slabs);
        corm__free(store->identities.slots);
        store->identities = (corm__identity_map){0};
        store->free_slots = NULL;
    }
}

/* ---- Labels for messages ------------------------------------------------------------------------------------------ */

enum { CORM__LABEL_SIZE = 96 };

/* User "alice", or User 3, or a new User: something by which a person knows the object. */
static const char *corm__label(const void *object, char label[CORM__LABEL_SIZE])
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    uint64_t unset = corm__unset_of(record);
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        const void *text = NULL;
        if (column->kind != CORM_KIND_TEXT)
            continue;
        (void)corm__member_block(column, object, &text);
        if (text == NULL)
            continue;
        (void)snprintf(label, CORM__LABEL_SIZE, "%s \"%.60s\"", mapper->model->name, (const char *)text);
        return label;
    }
    if (!mapper->integer_key || (unset >> mapper->pk[0] & 1)) {
        (void)snprintf(label, CORM__LABEL_SIZE, "a new %s", mapper->model->name);
        return label;
    }
    corm__key key;
    corm__key_read(mapper, mapper->pk, 1, object, &key);
    (void)snprintf(label, CORM__LABEL_SIZE, "%s %lld", mapper->model->name, (long long)key.values[0].as.integer);
    return label;
}

#endif /* CORM__ROOM_OBJECT_C */
