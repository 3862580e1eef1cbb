/* allocators.h: corm's memory, counted, and refused on demand. To be included before
 * corm_sqlite.h.
 *
 * SQLite's memory can be sent through the same functions, so that the nth allocation is the nth of
 * both. */
#ifndef TESTS_ALLOCATORS_H
#define TESTS_ALLOCATORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

/* What is outstanding. */
struct held {
    long blocks;
    size_t bytes;
    size_t most; /* bytes at a time */
};
static struct held held_by_corm;

static struct {
    long count; /* allocations since arm() */
    long nth;   /* the one that fails; 0: none */
    bool from_then_on;
    bool paused;
    bool reached; /* one has failed */
} faults;

/* From here on the nth allocation fails: only that one, or all from it on. */
static inline void arm(long nth, bool from_then_on)
{
    faults.count = 0;
    faults.nth = nth;
    faults.from_then_on = from_then_on;
    faults.reached = false;
}

static inline void disarm(void)
{
    faults.nth = 0;
}

static inline bool allocation_fails(void)
{
    if (faults.paused || faults.nth == 0)
        return false;
    faults.count++;
    bool fails = faults.from_then_on ? faults.count >= faults.nth : faults.count == faults.nth;
    faults.reached = faults.reached || fails;
    return fails;
}

/* The size stands in front of each block, as far away as malloc's alignment asks for. */
enum { ALLOCATION_HEADER = 16 };

static inline size_t allocation_size(const void *pointer)
{
    return pointer == NULL
               ? 0
               : *(const size_t *)(const void *)((const char *)pointer - ALLOCATION_HEADER);
}

static inline void *resize_allocation(void *pointer, size_t size, struct held *held)
{
    if (allocation_fails())
        return NULL;
    size_t before = allocation_size(pointer);
    char *block = realloc(pointer == NULL ? NULL : (char *)pointer - ALLOCATION_HEADER,
                          size + ALLOCATION_HEADER);
    if (block == NULL)
        return NULL;
    *(size_t *)(void *)block = size;
    held->blocks += pointer == NULL;
    held->bytes += size - before;
    held->most = held->most > held->bytes ? held->most : held->bytes;
    return block + ALLOCATION_HEADER;
}

static inline void release_allocation(void *pointer, struct held *held)
{
    if (pointer == NULL)
        return;
    held->blocks--;
    held->bytes -= allocation_size(pointer);
    free((char *)pointer - ALLOCATION_HEADER);
}

#define CORM_MALLOC(size_) resize_allocation(NULL, (size_), &held_by_corm)
#define CORM_REALLOC(pointer_, size_) resize_allocation((pointer_), (size_), &held_by_corm)
#define CORM_FREE(pointer_) release_allocation((pointer_), &held_by_corm)

#endif /* TESTS_ALLOCATORS_H */
