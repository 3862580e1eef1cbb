/* slab.c: where objects live, and how an address is recognised.
 *
 * Owns: slabs and their blocks, the directory of all slabs of the program, giving out and taking
 * back slots.
 * Must not know: identities, texts, relationships, SQL. */
#ifndef CORM__ROOM_SLAB_C
#define CORM__ROOM_SLAB_C

#include "statement.c"

/* ---- The directory ---------------------------------------------------------------------------- */

/* Every slab of the program, so that any address can be asked about: open addressing over slab
 * addresses. Readers take no lock: between the place where they begin to look for a slab and the slab
 * no slot is ever empty, a grown table is published whole, and tables that were replaced stay until no
 * slab is left: as each is at least twice as large as the one before, they are less than the last one.
 * Writers hold the global lock. */

#if defined(CORM_NO_THREADS)
typedef uintptr_t corm__place;
#define CORM__SHARED(type_) type_
#define CORM__READ(from_) (from_)
#define CORM__WRITE(to_, value_) ((to_) = (value_))
#else
#include <stdatomic.h>
typedef _Atomic(uintptr_t) corm__place;
#define CORM__SHARED(type_) _Atomic(type_)
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
static corm__directory corm__first_directory = {NULL, CORM__DIRECTORY_FIRST - 1, 0, 0,
                                                corm__first_slots};
static CORM__SHARED(corm__directory *) corm__directory_current = &corm__first_directory;

static inline corm__directory *corm__directory_now(void)
{
    return CORM__READ(corm__directory_current);
}

static inline size_t corm__directory_hash(uintptr_t base)
{
    return (size_t)((base / CORM__SLAB_SIZE) * (uintptr_t)0x9E3779B1u >> 3);
}

static void corm__directory_put(corm__directory *directory, uintptr_t base)
{
    size_t i = corm__directory_hash(base) & directory->mask;
    while (CORM__READ(directory->slots[i]) > CORM__TOMBSTONE)
        i = (i + 1) & directory->mask;
    directory->filled += CORM__READ(directory->slots[i]) == 0;
    CORM__WRITE(directory->slots[i], base);
    directory->live++;
}

static bool corm__directory_grow(corm__directory *directory)
{
    const size_t capacity = (directory->mask + 1) * 2;
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
    CORM__WRITE(corm__directory_current, grown);
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

/* Empties the tombstones up to the place, if nothing stands behind them that one has to pass them for: a
 * program whose sessions come and go would fill the table with them. */
static void corm__directory_sweep(corm__directory *directory, size_t place)
{
    if (CORM__READ(directory->slots[(place + 1) & directory->mask]) != 0)
        return;
    for (; CORM__READ(directory->slots[place]) == CORM__TOMBSTONE;
         place = (place - 1) & directory->mask) {
        CORM__WRITE(directory->slots[place], 0);
        directory->filled--;
    }
}

/* Under the global lock. */
static void corm__directory_remove(const void *slab)
{
    corm__directory *directory = corm__directory_now();
    size_t i = corm__directory_hash((uintptr_t)slab) & directory->mask;
    while (CORM__READ(directory->slots[i]) != (uintptr_t)slab)
        i = (i + 1) & directory->mask;
    CORM__WRITE(directory->slots[i], CORM__TOMBSTONE);
    if (--directory->live > 0) {
        corm__directory_sweep(directory, i);
        return;
    }
    CORM__WRITE(corm__directory_current, &corm__first_directory);
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

/* ---- From an address to what is known of the object ------------------------------------------ */

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

static CORM__INLINE corm__record *corm__record_of(const void *object)
{
    corm__slab *slab = corm__slab_of(object);
    return &slab->records[corm__place_of(slab, object)];
}

/* NULL: all zero. */
static inline corm__rare *corm__rare_known(const corm__record *record)
{
    return record->extra == NULL ? NULL : record->extra->rare;
}

/* The same to be read. */
static inline const corm__rare *corm__rare_read(const corm__record *record)
{
    static const corm__rare nothing;
    const corm__rare *rare = corm__rare_known(record);
    return rare == NULL ? &nothing : rare;
}

/* The session that the object of a record belongs to; NULL: to the program. */
static inline corm_session *corm__session_of(const corm__slab *slab, const corm__record *record)
{
    if (CORM__LIKELY(!record->away))
        return slab->owner;
    const corm__rare *rare = corm__rare_known(record);
    return rare == NULL ? NULL : rare->session;
}

static inline corm_session *corm__session_at(const void *object)
{
    const corm__slab *slab = corm__slab_of(object);
    return corm__session_of(slab, &slab->records[corm__place_of(slab, object)]);
}

/* For any seat of a slab: whether there is an object of this session. */
static inline bool corm__is_of(const corm_session *session, const void *object)
{
    return (corm__record_of(object)->flags & CORM__LIVE) && corm__session_at(object) == session;
}

static inline corm__standing *corm__standing_of(const corm__record *record)
{
    return record->imaged ? &record->as.image->standing
                          : (corm__standing *)(uintptr_t)&record->as.standing;
}

/* The newest before-image of this transaction, or NULL. */
static inline corm__image *corm__image_of(const corm__record *record)
{
    return record->imaged ? record->as.image : NULL;
}

/* Another one; NULL: none. */
static void corm__image_set(corm__record *record, corm__image *image)
{
    const corm__standing standing = *corm__standing_of(record);
    record->imaged = image != NULL;
    if (image == NULL)
        record->as.standing = standing;
    else
        record->as.image = image;
    *corm__standing_of(record) = standing;
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

/* For any address: the slab of the object that it may be, and its place there; NULL: it is none.
 * Reads nothing that is not known to be a slab. */
static CORM__INLINE corm__slab *corm__slab_if(const void *address, uint32_t *place)
{
    uintptr_t base = (uintptr_t)address & ~(uintptr_t)(CORM__SLAB_SIZE - 1);
    corm__directory *directory = corm__directory_now();
    size_t i = corm__directory_hash(base) & directory->mask;
    for (;;) {
        uintptr_t found = CORM__READ(directory->slots[i]);
        if (found == base)
            break;
        if (found == 0)
            return NULL;
        i = (i + 1) & directory->mask;
    }
    if (CORM__UNLIKELY(base == 0))
        return NULL; /* "found" where there is nothing */
    corm__slab *slab = (corm__slab *)base;
    if ((uintptr_t)address - base < slab->first)
        return NULL;
    *place = corm__place_of(slab, address);
    return *place < slab->used && corm__object_at(slab, *place) == address ? slab : NULL;
}

typedef struct corm__seat { /* an object, and what is known of it */
    void *object;
    corm__record *record;
    void *snapshot;
} corm__seat;

/* For addresses that are known to be objects. */
static CORM__INLINE corm__seat corm__seat_at(void *object)
{
    const corm__slab *slab = corm__slab_of(object);
    const uint32_t place = corm__place_of(slab, object);
    return (corm__seat){object, &slab->records[place],
                        slab->snapshots + (size_t)place * slab->mapper->size};
}

/* For any address: false if it is not an object of corm, or a read-only one. */
static CORM__INLINE bool corm__seat_of(void *address, corm__seat *out)
{
    uint32_t place;
    const corm__slab *slab = corm__slab_if(address, &place);
    if (slab == NULL || slab->records == NULL)
        return false;
    out->object = address;
    out->record = &slab->records[place];
    out->snapshot = slab->snapshots + (size_t)place * slab->mapper->size;
    return (out->record->flags & CORM__LIVE) != 0;
}

/* The record, or NULL. */
static corm__record *corm__recognise(const void *address)
{
    uint32_t place;
    const corm__slab *slab = corm__slab_if(address, &place);
    return slab != NULL && slab->records != NULL && (slab->records[place].flags & CORM__LIVE) != 0
               ? &slab->records[place]
               : NULL;
}

/* For any address: the slab of a read-only object, or NULL. */
static corm__slab *corm__frozen_slab(const void *address)
{
    uint32_t place;
    corm__slab *slab = address == NULL ? NULL : corm__slab_if(address, &place);
    return slab != NULL && slab->records == NULL ? slab : NULL;
}

/* Gives all columns the values of another struct. What else is in a struct that the program has
 * defined stays. */
static void corm__struct_restore(const corm__mapper *mapper, void *object, const void *from)
{
    if (!mapper->model->existing) {
        memcpy(object, from, mapper->size);
        return;
    }
    for (size_t i = 0; i < mapper->column_count; i++)
        corm__member_copy(&mapper->columns[i], object, from);
}

_Static_assert(sizeof(void *) != 8 || sizeof(corm__record) == 32, "corm: a record has 32 bytes");
_Static_assert((int)CORM__STRUCT_MAX <= (int)CORM__SLAB_SIZE / 2, "corm: a slab holds two structs");

/* ---- Slabs ----------------------------------------------------------------------------------- */

typedef struct corm__block { /* several slabs and what lies beside them, freed together */
    void *memory;
    corm__registry *registry; /* retained: expunged objects outlive their engine */
    corm__slab *newest;       /* a chain of all that were taken */
    char *next, *end; /* its free part: slabs from the front, what is beside them from the back */
    char *slabs_end;  /* no slab goes beyond that */
    /* live objects that do not belong to the slabs' owner; under the global lock */
    size_t outside;
    bool orphan; /* the owner is gone */
} corm__block;

/* Under the global lock. */
static void corm__block_free(corm__block *block)
{
    for (corm__slab *slab = block->newest; slab != NULL; slab = slab->older)
        corm__directory_remove(slab);
    corm__free(block->memory);
    corm__free(block);
}

enum {
    CORM__BLOCK_FIRST = 5 * CORM__SLAB_SIZE,
    CORM__BLOCK_MIDDLE = 32 * CORM__SLAB_SIZE,
    CORM__BLOCK_LARGE =
        64 * CORM__SLAB_SIZE, /* the last that is no huge page, all of which counts as used */
    CORM__BLOCKS_MIXED =
        12, /* in those behind them, no huge page has both slabs and what is beside them */
    CORM__BLOCK_SLABS = CORM__WIDE / CORM__SLAB_SIZE
};

/* A block whose huge pages have either slabs or what lies beside them: with so many pages of slabs that
 * little is left over. */
static size_t corm__block_apart(size_t beside, size_t *slab_pages)
{
    const size_t each = CORM__BLOCK_SLABS * beside;
    size_t best = SIZE_MAX, size = 0;
    for (size_t pages = 1; pages <= 3; pages++) {
        const size_t rest = (pages * each + CORM__WIDE - 1) / CORM__WIDE;
        const size_t unused = (rest * CORM__WIDE - pages * each) / pages;
        if (unused >= best)
            continue;
        best = unused;
        size = (pages + rest) * CORM__WIDE;
        *slab_pages = pages;
    }
    return size;
}

/* Of the next block, with room for a slab and `beside` bytes. */
static size_t corm__block_size(const corm_session *session, size_t beside, size_t *slab_pages)
{
    const size_t before = session->blocks.count, least = 2 * CORM__SLAB_SIZE + beside;
    *slab_pages = 0;
    if (CORM__HUGE_PAGES != 0 && before >= CORM__BLOCKS_MIXED)
        return corm__block_apart(beside, slab_pages);
    const size_t size = before < 2   ? CORM__BLOCK_FIRST
                        : before < 4 ? CORM__BLOCK_MIDDLE
                        : before < 6 ? CORM__BLOCK_LARGE
                                     : CORM__WIDE;
    return size > least ? size : least;
}

static corm__block *corm__block_new(corm_session *session, size_t beside)
{
    size_t slab_pages;
    const size_t size = corm__block_size(session, beside, &slab_pages);
    corm__block *block = corm__allocate_zeroed(1, sizeof *block);
    void *memory = NULL;
    char *first = block == NULL ? NULL : corm__allocate_wide(size, false, &memory);
    if (first == NULL || !corm__vector_push(&session->blocks, block)) {
        corm__free(block);
        corm__free(memory);
        return NULL;
    }
    block->memory = memory;
    block->next = first + (CORM__SLAB_SIZE - (uintptr_t)first % CORM__SLAB_SIZE) % CORM__SLAB_SIZE;
    block->end = first + size;
    block->slabs_end = slab_pages > 0 ? first + slab_pages * CORM__WIDE : block->end;
    block->registry = corm__registry_retain(session->registry);
    return block;
}

/* An empty slab of the mapper's structs. */
static void corm__slab_shape(corm__slab *slab, corm__mapper *mapper)
{
    memset(slab, 0, sizeof *slab);
    slab->magic = CORM__SLAB_MAGIC;
    slab->first = (sizeof *slab + 63) / 64 * 64;
    slab->capacity = (uint32_t)((CORM__SLAB_SIZE - slab->first) / mapper->size);
    /* ceil(2^32 / size): exact for offsets below 2^14 and sizes below 2^14 */
    slab->reciprocal = (uint32_t)((((uint64_t)1 << 32) + mapper->size - 1) / mapper->size);
    slab->mapper = mapper;
}

/* The newest block where it has room for a slab of the mapper's structs with what lies beside it, else
 * another. */
static corm__block *corm__block_with_room(corm_session *session, size_t beside)
{
    corm__block *block =
        session->blocks.count > 0 ? session->blocks.items[session->blocks.count - 1] : NULL;
    if (block != NULL && block->next < block->slabs_end &&
        (size_t)(block->end - block->next) >= CORM__SLAB_SIZE + beside)
        return block;
    return corm__block_new(session, beside);
}

static corm__slab *corm__slab_new(corm_session *session, corm__store *store)
{
    corm__slab shape;
    corm__slab_shape(&shape, store->mapper);
    const size_t records = shape.capacity * sizeof(corm__record);
    const size_t snapshots = (shape.capacity * store->mapper->size + 7) & ~(size_t)7;
    corm__block *block = corm__block_with_room(session, records + snapshots);
    if (block == NULL || !corm__vector_reserve(&store->slabs, store->slabs.count + 1))
        return NULL;
    corm__slab *slab = (corm__slab *)(void *)block->next;
    *slab = shape;
    slab->owner = session;
    slab->block = block;
    slab->older = block->newest;
    slab->records = (corm__record *)(void *)(block->end - records);
    slab->snapshots = block->end - records - snapshots;
    corm__global_lock();
    const bool known = corm__directory_add(slab);
    corm__global_unlock();
    if (!known)
        return NULL;
    block->newest = slab;
    block->next += CORM__SLAB_SIZE;
    block->end = slab->snapshots;
    corm__vector_push(&store->slabs, slab);
    return slab;
}

/* Slots of expunged objects that the program has freed meanwhile, maybe in another thread, can
 * be used again. */
static bool corm__slots_return(corm__store *store)
{
    corm__global_lock();
    store->free_slots = store->returned;
    store->returned = NULL;
    corm__global_unlock();
    return store->free_slots != NULL;
}

/* Where the newest slab has no room: a slot of a dead object, or one of another slab. */
static bool corm__seat_find(corm_session *session, corm__store *store, corm__slab **slab,
                            uint32_t *place)
{
    if (store->free_slots == NULL)
        (void)corm__slots_return(store);
    if (store->free_slots != NULL) {
        void *object = store->free_slots;
        memcpy(&store->free_slots, object, sizeof(void *));
        *slab = corm__slab_of(object);
        *place = corm__place_of(*slab, object);
        return true;
    }
    *slab = corm__slab_new(session, store);
    if (*slab == NULL)
        return false;
    store->newest = *slab;
    *place = (*slab)->used++;
    return true;
}

/* A struct of the store's mapper, and a record that belongs to the session; nothing is set of either.
 * false: out of memory. */
static CORM__INLINE bool corm__seat_take(corm_session *session, corm__store *store,
                                         const corm__mapper *mapper, corm__seat *seat)
{
    corm__slab *slab = store->newest;
    uint32_t place = 0;
    if (CORM__LIKELY(store->free_slots == NULL && slab != NULL && slab->used < slab->capacity))
        place = slab->used++;
    else if (!corm__seat_find(session, store, &slab, &place))
        return false;
    const size_t offset = (size_t)place * mapper->size;
    slab->live++;
    seat->object = (char *)slab + slab->first + offset;
    seat->snapshot = slab->snapshots + offset;
    seat->record = &slab->records[place];
    return true;
}

/* Gives the slot of a dead object back to the store of its slab's owner. */
static void corm__object_drop(corm_session *session, void *object)
{
    corm__slab *slab = corm__slab_of(object);
    corm__record *record = corm__record_of(object);
    record->flags = 0;
    slab->live--;
    if (slab->owner == session && slab->mapper->size >= sizeof(void *)) {
        corm__store *store = corm__store_of(session, slab->mapper);
        memcpy(object, &store->free_slots, sizeof(void *));
        store->free_slots = object;
    }
    /* The two are compared slab against slab: a dead slot must not make them differ, and may never
     * have had a snapshot. */
    memcpy(corm__snapshot_of(object), object, slab->mapper->size);
}

/* Whether all objects of a slab are equal to their snapshots. */
static inline bool corm__slab_is_same(const corm__slab *slab)
{
    return memcmp(corm__object_at(slab, 0), slab->snapshots,
                  (size_t)slab->mapper->size * slab->used) == 0;
}

#endif /* CORM__ROOM_SLAB_C */
