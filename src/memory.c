/* memory.c: where everything lives.
 *
 * Owns: the allocator hooks and what stands on them: arrays that grow, wide memory, arena, heap of
 * size classes.
 * Must not know: what is kept in it. */
#ifndef CORM__ROOM_MEMORY_C
#define CORM__ROOM_MEMORY_C

#include "core.h"
#include "threads.c"

#include <limits.h>
#include <string.h>

#if defined(CORM_MALLOC) && defined(CORM_REALLOC) && defined(CORM_FREE)
/* The program's own. */
#elif defined(CORM_MALLOC) || defined(CORM_REALLOC) || defined(CORM_FREE)
#error "corm: define CORM_MALLOC, CORM_REALLOC and CORM_FREE together, or none of them"
#else
#include <stdlib.h>
#define CORM_MALLOC(size_) malloc(size_)
#define CORM_REALLOC(pointer_, size_) realloc(pointer_, size_)
#define CORM_FREE(pointer_) free(pointer_)
#define CORM__CALLOC(size_) calloc(1, size_) /* knows of memory that is zero as it comes */
#endif

/* Under AddressSanitizer memory that an arena has not handed out, or has taken back, may not be
 * touched. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CORM__ADDRESS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(CORM__ADDRESS_SANITIZER)
#define CORM__ADDRESS_SANITIZER
#endif
#if defined(CORM__ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#define CORM__POISON(pointer_, size_) ASAN_POISON_MEMORY_REGION(pointer_, size_)
#define CORM__UNPOISON(pointer_, size_) ASAN_UNPOISON_MEMORY_REGION(pointer_, size_)
#else
#define CORM__POISON(pointer_, size_) ((void)0)
#define CORM__UNPOISON(pointer_, size_) ((void)0)
#endif

/* ---- Allocator ------------------------------------------------------------------------------- */

/* NULL when out of memory; a size of 0 gives a block too. */
static void *corm__allocate(size_t size)
{
    return CORM_MALLOC(size == 0 ? 1 : size);
}

/* The same, all bytes zero. */
static void *corm__allocate_zeros(size_t size)
{
#if defined(CORM__CALLOC)
    return CORM__CALLOC(size == 0 ? 1 : size);
#else
    void *block = corm__allocate(size);
    if (block != NULL)
        memset(block, 0, size);
    return block;
#endif
}

/* An array of zeros; NULL too when its size does not fit size_t. */
static void *corm__allocate_zeroed(size_t count, size_t size)
{
    return size != 0 && count > SIZE_MAX / size ? NULL : corm__allocate_zeros(count * size);
}

/* NULL when out of memory: then the old block is untouched. */
static void *corm__reallocate(void *block, size_t size)
{
    return CORM_REALLOC(block, size == 0 ? 1 : size);
}

static void corm__free(void *block)
{
    if (block != NULL)
        CORM_FREE(block);
}

/* Room for one more behind `count` items of `size` bytes: the array, which may have moved; `first`: for how
 * many there is room at first. NULL: out of memory, and nothing has changed. */
static inline void *corm__grow(void *items, size_t count, size_t *capacity, size_t size,
                               size_t first)
{
    if (count < *capacity)
        return items;
    const size_t larger = *capacity == 0 ? first : *capacity * 2;
    void *grown = larger > SIZE_MAX / size ? NULL : corm__reallocate(items, larger * size);
    if (grown != NULL)
        *capacity = larger;
    return grown;
}

/* ---- Wide memory ----------------------------------------------------------------------------- */

/* Where a session holds many objects, half of the time to load them can go into faults: one for each 4 KiB
 * that is touched for the first time. Linux fills 2 MiB in one, where it is asked to. */
enum { CORM__WIDE = 2 * 1024 * 1024 };

#if defined(__linux__) && defined(__GNUC__) && defined(__ELF__) && !defined(CORM_NO_HUGE_PAGES)
/* Strict ISO modes of compilers hide it and its constant (Linux, madvise(2)). */
extern int corm__system_advise(void *memory, size_t size, int advice) __asm__("madvise");
enum { CORM__ADVICE_HUGE_PAGES = 14, CORM__HUGE_PAGES = 1 };
#define CORM__ASK_FOR_HUGE_PAGES(memory_, size_)                                                   \
    ((void)corm__system_advise((memory_), (size_), CORM__ADVICE_HUGE_PAGES))
#else
enum { CORM__HUGE_PAGES = 0 };
#define CORM__ASK_FOR_HUGE_PAGES(memory_, size_) ((void)0)
#endif

/* NULL: out of memory. From CORM__WIDE bytes on aligned to them, for the system to use huge pages. *block: what
 * corm__free wants. */
static void *corm__allocate_wide(size_t size, bool zeroed, void **block)
{
    if (size < CORM__WIDE)
        return *block = zeroed ? corm__allocate_zeros(size) : corm__allocate(size);
    if (size > SIZE_MAX - 2 * (size_t)CORM__WIDE)
        return *block = NULL;
    const size_t whole = (size + CORM__WIDE - 1) & ~(size_t)(CORM__WIDE - 1);
    char *memory = *block =
        zeroed ? corm__allocate_zeros(whole + CORM__WIDE) : corm__allocate(whole + CORM__WIDE);
    if (memory == NULL)
        return NULL;
    memory += (CORM__WIDE - (uintptr_t)memory % CORM__WIDE) % CORM__WIDE;
    CORM__ASK_FOR_HUGE_PAGES(memory, whole);
    return memory;
}

/* ---- Arena ----------------------------------------------------------------------------------- */

/* The first chunk is small for sessions that do little. They double; where a MiB is not enough, wide
 * ones follow. */
enum { CORM__CHUNK_FIRST = 4 * 1024, CORM__CHUNK_MIDDLE = 1024 * 1024, CORM__ALIGNMENT = 8 };

typedef struct corm__chunk {
    struct corm__chunk *next;
    size_t size; /* of the memory behind this header */
    void *block; /* that it lies in */
} corm__chunk;

/* Memory that is given back all at once. A zeroed struct is a valid empty arena. */
typedef struct corm__arena {
    corm__chunk *chunks; /* the first one is the one being filled */
    char *next, *end;    /* its free part */
    size_t chunk_size;   /* of the next chunk; 0: the first size */
} corm__arena;

static corm__chunk *corm__chunk_new(size_t size)
{
    if (size > SIZE_MAX - sizeof(corm__chunk))
        return NULL;
    void *block;
    corm__chunk *chunk = corm__allocate_wide(sizeof(corm__chunk) + size, false, &block);
    if (chunk == NULL)
        return NULL;
    chunk->next = NULL;
    chunk->size = size;
    chunk->block = block;
    CORM__POISON(chunk + 1, size);
    return chunk;
}

/* Where the chunk being filled has no room for `size` bytes, a multiple of CORM__ALIGNMENT. */
static void *corm__arena_grow(corm__arena *arena, size_t size)
{
    size_t chunk_size = arena->chunk_size != 0 ? arena->chunk_size : CORM__CHUNK_FIRST;
    if (size > chunk_size / 2 && arena->chunks != NULL) {
        /* A chunk of its own, behind the one being filled, whose free part stays in use. */
        corm__chunk *own = corm__chunk_new(size);
        if (own == NULL)
            return NULL;
        own->next = arena->chunks->next;
        arena->chunks->next = own;
        CORM__UNPOISON(own + 1, size);
        return own + 1;
    }
    corm__chunk *chunk = corm__chunk_new(size > chunk_size ? size : chunk_size);
    if (chunk == NULL)
        return NULL;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->next = (char *)(chunk + 1) + size;
    arena->end = (char *)(chunk + 1) + chunk->size;
    arena->chunk_size =
        chunk_size < CORM__CHUNK_MIDDLE ? chunk_size * 2 : CORM__WIDE - sizeof(corm__chunk);
    CORM__UNPOISON(chunk + 1, size);
    return chunk + 1;
}

/* Aligned to 8 bytes. NULL: out of memory. */
static inline void *corm__arena_allocate(corm__arena *arena, size_t size)
{
    if (CORM__UNLIKELY(size > SIZE_MAX - CORM__ALIGNMENT))
        return NULL;
    size_t rounded =
        size == 0 ? CORM__ALIGNMENT : (size + CORM__ALIGNMENT - 1) & ~(size_t)(CORM__ALIGNMENT - 1);
    /* As integers: both are NULL in an empty arena. */
    if (CORM__UNLIKELY(rounded > (size_t)((uintptr_t)arena->end - (uintptr_t)arena->next)))
        return corm__arena_grow(arena, rounded);
    char *block = arena->next;
    arena->next += rounded;
    CORM__UNPOISON(block, size == 0 ? 1 : size);
    return block;
}

/* Forgets everything that was allocated and keeps the largest chunk. Where several small ones were needed, one of
 * their size is made next. */
static void corm__arena_reset(corm__arena *arena)
{
    corm__chunk *largest = arena->chunks;
    size_t whole = 0;
    for (corm__chunk *chunk = arena->chunks; chunk != NULL; chunk = chunk->next) {
        whole += chunk->size;
        if (chunk->size > largest->size)
            largest = chunk;
    }
    if (largest != NULL && whole > largest->size && whole <= CORM__CHUNK_MIDDLE) {
        largest = NULL;
        while (arena->chunk_size < whole)
            arena->chunk_size *= 2;
        arena->next = arena->end = NULL;
    }
    for (corm__chunk *chunk = arena->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        if (chunk != largest)
            corm__free(chunk->block);
    }
    arena->chunks = largest;
    if (largest == NULL)
        return;
    largest->next = NULL;
    arena->next = (char *)(largest + 1);
    arena->end = arena->next + largest->size;
    CORM__POISON(largest + 1, largest->size);
}

/* Gives everything back; the arena is empty and usable. */
static void corm__arena_free(corm__arena *arena)
{
    for (corm__chunk *chunk = arena->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        corm__free(chunk->block);
    }
    memset(arena, 0, sizeof *arena);
}

/* ---- Heap ------------------------------------------------------------------------------------ */

/* Multiples of 8 up to 128, then four steps for each power of two up to 16 KiB, so that at most a
 * quarter is added to what was asked for. Larger ones come from the allocator, one by one. */
enum {
    CORM__HEAP_FINE = 128,
    CORM__HEAP_LARGEST = 16 * 1024,
    CORM__HEAP_FINE_CLASSES = CORM__HEAP_FINE / 8,
    CORM__HEAP_CLASSES = CORM__HEAP_FINE_CLASSES + 4 * 7
};

typedef struct corm__large {
    struct corm__large *previous, *next;
} corm__large;

/* Memory whose blocks are given back one by one and used again. Small blocks have no header: who
 * gives one back tells the size that was asked for. A zeroed struct is a valid empty heap. */
typedef struct corm__heap {
    corm__arena arena;
    void *free[CORM__HEAP_CLASSES]; /* each block's first bytes point to the next one */
    corm__large *large;
} corm__heap;

/* The place of the highest bit that is set, of which there is one. */
static inline unsigned corm__highest_bit(uint64_t bits)
{
#if defined(__GNUC__)
    return 63u - (unsigned)__builtin_clzll(bits);
#else
    unsigned place = 0;
    while (bits >> place > 1)
        place++;
    return place;
#endif
}

/* Of 129 to CORM__HEAP_LARGEST bytes. */
static inline unsigned corm__heap_coarse_class(size_t size)
{
    size_t last = size - 1;
    unsigned bit = corm__highest_bit(last);
    unsigned step = (unsigned)(last >> (bit - 2)) & 3u;
    return CORM__HEAP_FINE_CLASSES + (bit - 7) * 4 + step;
}

/* Of 0 to CORM__HEAP_LARGEST bytes. */
static inline unsigned corm__heap_class(size_t size)
{
    if (CORM__LIKELY(size <= CORM__HEAP_FINE))
        return size == 0 ? 0 : (unsigned)(size - 1) / 8;
    return corm__heap_coarse_class(size);
}

static inline size_t corm__heap_class_size(unsigned class_)
{
    if (CORM__LIKELY(class_ < CORM__HEAP_FINE_CLASSES))
        return ((size_t)class_ + 1) * 8;
    unsigned coarse = class_ - CORM__HEAP_FINE_CLASSES;
    return (size_t)(coarse % 4 + 5) << (coarse / 4 + 5);
}

static void *corm__heap_enter_large(corm__heap *heap, corm__large *large)
{
    large->previous = NULL;
    large->next = heap->large;
    if (heap->large != NULL)
        heap->large->previous = large;
    heap->large = large;
    return large + 1;
}

static void *corm__heap_allocate_large(corm__heap *heap, size_t size)
{
    if (size > SIZE_MAX - sizeof(corm__large))
        return NULL;
    corm__large *large = corm__allocate(sizeof(corm__large) + size);
    return large == NULL ? NULL : corm__heap_enter_large(heap, large);
}

/* Makes memory of corm__allocate a block of the heap, of `lead` bytes and then the `size` that were in it:
 * together more than CORM__HEAP_LARGEST. NULL: out of memory, and nothing has changed. */
static void *corm__heap_adopt(corm__heap *heap, void *memory, size_t lead, size_t size)
{
    if (size > SIZE_MAX - sizeof(corm__large) - lead)
        return NULL;
    corm__large *large = corm__reallocate(memory, sizeof(corm__large) + lead + size);
    if (large == NULL)
        return NULL;
    memmove((char *)(large + 1) + lead, large, size);
    return corm__heap_enter_large(heap, large);
}

/* Aligned to 8 bytes. NULL: out of memory. */
static inline void *corm__heap_allocate(corm__heap *heap, size_t size)
{
    if (CORM__UNLIKELY(size > CORM__HEAP_LARGEST))
        return corm__heap_allocate_large(heap, size);
    unsigned class_ = corm__heap_class(size);
    void *block = heap->free[class_];
    if (block == NULL) {
        block = corm__arena_allocate(&heap->arena, corm__heap_class_size(class_));
        if (CORM__UNLIKELY(block == NULL))
            return NULL;
        CORM__POISON(block, corm__heap_class_size(class_));
    } else {
        CORM__UNPOISON(block, sizeof(void *));
        memcpy(&heap->free[class_], block, sizeof(void *));
        CORM__POISON(block, sizeof(void *));
    }
    CORM__UNPOISON(block, size == 0 ? 1 : size);
    return block;
}

/* Gives back a block of corm__heap_allocate(heap, size). NULL is fine. */
static inline void corm__heap_release(corm__heap *heap, void *block, size_t size)
{
    if (block == NULL)
        return;
    if (CORM__UNLIKELY(size > CORM__HEAP_LARGEST)) {
        corm__large *large = (corm__large *)block - 1;
        if (large->previous != NULL)
            large->previous->next = large->next;
        else
            heap->large = large->next;
        if (large->next != NULL)
            large->next->previous = large->previous;
        corm__free(large);
        return;
    }
    unsigned class_ = corm__heap_class(size);
    CORM__UNPOISON(block, sizeof(void *));
    memcpy(block, &heap->free[class_], sizeof(void *));
    heap->free[class_] = block;
    CORM__POISON(block, corm__heap_class_size(class_));
}

static void corm__heap_empty(corm__heap *heap)
{
    for (corm__large *large = heap->large, *next; large != NULL; large = next) {
        next = large->next;
        corm__free(large);
    }
    heap->large = NULL;
    memset(heap->free, 0, sizeof heap->free);
}

/* Forgets every block; keeps the arena's largest chunk. */
static void corm__heap_reset(corm__heap *heap)
{
    corm__heap_empty(heap);
    corm__arena_reset(&heap->arena);
}

/* Gives everything back; the heap is empty and usable. */
static void corm__heap_free(corm__heap *heap)
{
    corm__heap_empty(heap);
    corm__arena_free(&heap->arena);
}

/* A copy of `size` bytes with a terminator behind them: a block of size + 1 bytes. NULL: out of
 * memory. */
static inline char *corm__heap_text(corm__heap *heap, const char *text, size_t size)
{
    if (CORM__UNLIKELY(size == SIZE_MAX))
        return NULL;
    char *copy = corm__heap_allocate(heap, size + 1);
    if (CORM__UNLIKELY(copy == NULL))
        return NULL;
    if (size != 0)
        memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

/* Of eight bytes of which one is zero, these bits are not all zero. (The test of "Bit Twiddling Hacks" by
 * Sean Eron Anderson, public domain.) */
#define CORM__ZERO_BITS UINT64_C(0x8080808080808080)
static inline uint64_t corm__zero_in(uint64_t word)
{
    return (word - UINT64_C(0x0101010101010101)) & ~word;
}

/* Bytes from which on two calls of the C library cost less than what spares them here. */
enum { CORM__LONG_TEXT = 48 };

static inline uint64_t corm__copy_word(char *to, const char *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    memcpy(to, &word, sizeof word);
    return corm__zero_in(word);
}

/* Copies `size` bytes; false: one of them is zero. The last eight may have been copied in part before. */
static inline bool corm__copy_text(char *to, const char *from, size_t size)
{
    if (CORM__UNLIKELY(size < 8)) {
        bool whole = true;
        for (size_t i = 0; i < size; i++) {
            to[i] = from[i];
            whole = whole && from[i] != 0;
        }
        return whole;
    }
    uint64_t zero = corm__copy_word(to, from);
    for (size_t i = 8; i + 8 < size; i += 8)
        zero |= corm__copy_word(to + i, from + i);
    zero |= corm__copy_word(to + size - 8, from + size - 8);
    return (zero & CORM__ZERO_BITS) == 0;
}

/* Whether no byte of a text is zero. */
static inline bool corm__is_line(const char *text, size_t size)
{
    char word[8];
    if (size >= CORM__LONG_TEXT)
        return memchr(text, 0, size) == NULL;
    if (CORM__UNLIKELY(size < sizeof word)) {
        while (size > 0 && text[size - 1] != 0)
            size--;
        return size == 0;
    }
    uint64_t zero = corm__copy_word(word, text);
    for (size_t i = 8; i + 8 < size; i += 8)
        zero |= corm__copy_word(word, text + i);
    zero |= corm__copy_word(word, text + size - 8);
    return (zero & CORM__ZERO_BITS) == 0;
}

/* Of a long text where the arena has room, and of any text anywhere: apart, so that corm__heap_line
 * need not save what these use. */
static CORM__APART char *corm__heap_line_long(corm__arena *arena, const char *text, size_t size)
{
    char *copy = arena->next;
    CORM__UNPOISON(copy, size + 1);
    memcpy(copy, text, size);
    copy[size] = '\0';
    if (CORM__UNLIKELY(strlen(copy) != size)) {
        CORM__POISON(copy, size + 1);
        return NULL;
    }
    arena->next = copy + (size / 8 + 1) * 8;
    return copy;
}

static CORM__APART char *corm__heap_line_anywhere(corm__heap *heap, const char *text, size_t size)
{
    return memchr(text, 0, size) != NULL ? NULL : corm__heap_text(heap, text, size);
}

/* A copy of a text in a block of size + 1 bytes. NULL: out of memory, or there is a zero among its bytes. */
static inline char *corm__heap_line(corm__heap *heap, const char *text, size_t size)
{
    corm__arena *arena = &heap->arena;
    const size_t class_ = size / 8,
                 room = (class_ + 1) * 8; /* as corm__heap_class says of size + 1 */
    char *copy = arena->next;
    if (CORM__UNLIKELY(size >= CORM__HEAP_FINE || heap->free[class_] != NULL ||
                       (uintptr_t)arena->end - (uintptr_t)copy < room))
        return corm__heap_line_anywhere(heap, text, size);
    if (size >= CORM__LONG_TEXT)
        return corm__heap_line_long(arena, text, size);
    CORM__UNPOISON(copy, size + 1);
    if (CORM__UNLIKELY(!corm__copy_text(copy, text, size))) {
        CORM__POISON(copy, size + 1);
        return NULL;
    }
    copy[size] = '\0';
    arena->next = copy + room;
    return copy;
}

#endif /* CORM__ROOM_MEMORY_C */
