/* guard.c: which objects were written to, as far as the system tells.
 *
 * Owns: the pages of slabs whose writes Linux notes, and the slabs that need no comparison because of it.
 * Must not know: what changed in an object, when a session flushes.
 *
 * A program assigns to members and tells nobody, so each flush, and with it each query, compares all
 * objects with their snapshots. Where that is much and finds little again and again, and where one
 * query has made very many objects, the session asks Linux (6.7 and later) to note which pages of
 * structs are written to (userfaultfd(2), UFFD_FEATURE_WP_ASYNC), and asks for those before each
 * comparison (PAGEMAP_SCAN). No signal is used, no thread waits, and what system calls write is seen
 * like what the program writes. Everything else is as without: where the system says no, as most
 * containers do, all is compared.
 *
 * The question costs some microseconds however few pages were written to. The first write to a page that is
 * watched is a page fault, which the system counts, so before a query it is only asked whether there was any
 * since (getrusage(2)). A commit does not rely on it: another process, as a debugger is, has faults of its own.
 *
 * What makes it right: a watched slab is left out only if it was equal to its snapshots when it was
 * last compared, or when its objects had just been made, and none of its pages was written to since the
 * question before. Snapshots are written without their objects only where the two differ already, or
 * while columns are touched or unset, when all is compared. */
#ifndef CORM__ROOM_GUARD_C
#define CORM__ROOM_GUARD_C

#include "identity.c"

enum {
/* The first write to a page after each question costs a fault, a microsecond or two; a slab is compared in less
     * than one. So nothing is watched where little is compared, or where comparisons find something. */
#if !defined(CORM__GUARD_EAGERLY)
    CORM__GUARD_LEAST = 64,  /* slabs that a comparison reads: 1 MiB, and as much of snapshots */
    CORM__GUARD_LOAD = 1024, /* slabs of one query */
    CORM__GUARD_BLOCK = 4,   /* slabs of a block */
    CORM__GUARD_FEW = 16,    /* slabs in which a comparison finds something */
    CORM__GUARD_PATIENCE =
        2 /* comparisons in a row that find something in no more than a few; doubles each time */
#else     /* for tests */
    CORM__GUARD_LEAST = 1,
    CORM__GUARD_LOAD = 1,
    CORM__GUARD_BLOCK = 1,
    CORM__GUARD_FEW = 0,
    CORM__GUARD_PATIENCE = 1
#endif
};
#if defined(CORM__GUARD_EAGERLY)
#define CORM__GUARD_CHECKS true /* what is left out is compared all the same */
#else
#define CORM__GUARD_CHECKS false
#endif

#if defined(__linux__) && defined(__GNUC__) && defined(__ELF__) && defined(__LP64__) &&            \
    (defined(__x86_64__) || defined(__aarch64__)) && !defined(CORM_NO_WATCHING)
#define CORM__GUARDS

#include <sys/syscall.h>

/* ---- Linux ----------------------------------------------------------------------------------- */

/* Strict ISO modes of compilers hide it, and headers are often older than the system: these are the numbers and
 * structs of linux/userfaultfd.h and linux/fs.h. */
extern long corm__system_call(long number, ...) __asm__("syscall");

enum {
    CORM__CLOSE_ON_EXEC = 02000000,
    CORM__USER_FAULTS_ONLY = 1, /* what needs no privilege */
    CORM__READ_WRITE = 3,
    CORM__PRIVATE_ANONYMOUS = 0x22,
    CORM__WIPE_ON_FORK = 18,
    CORM__SECCOMP_OF_PROCESS = 21
};
#define CORM__FAULTS_OPEN 0xC018AA3Ful   /* UFFDIO_API */
#define CORM__FAULTS_WATCH 0xC020AA00ul  /* UFFDIO_REGISTER */
#define CORM__FAULTS_FORGET 0x8010AA01ul /* UFFDIO_UNREGISTER */
#define CORM__PAGES_SCAN 0xC0606610ul    /* PAGEMAP_SCAN */

typedef struct corm__faults_api {
    uint64_t api, features, calls;
} corm__faults_api;
typedef struct corm__faults_range {
    uint64_t start, size, mode, calls;
} corm__faults_range;
typedef struct corm__pages_found {
    uint64_t start, end, categories;
} corm__pages_found;
typedef struct corm__pages_query {
    uint64_t size, flags, start, end, reached, found, found_capacity, pages_max, inverted, all_of,
        any_of, told;
} corm__pages_query;

/* Of the process. Open while a session watches: a library may be unloaded after the last one. */
static struct corm__guardian {
    volatile char
        *alive; /* 1; in a process that was forked off 0: there the files tell of its parent */
    long faults, pages;
    size_t sessions; /* that have it watch */
    bool refused;
} corm__guardian;

/* A process whose system calls are filtered may be killed for one that its filter does not know. */
static bool corm__guardian_allowed(void)
{
    return corm__system_call(SYS_prctl, (long)CORM__SECCOMP_OF_PROCESS, 0L, 0L, 0L, 0L) == 0;
}

static void corm__guardian_close(long watching, long looking, long page)
{
    if (watching >= 0)
        (void)corm__system_call(SYS_close, watching);
    if (looking >= 0)
        (void)corm__system_call(SYS_close, looking);
    (void)corm__system_call(SYS_munmap, page, (size_t)4096);
}

static bool corm__guardian_make(struct corm__guardian *out)
{
    corm__faults_api api = {0xAA, UINT64_C(1) << 15 /* asynchronous */, 0};
    const long page = corm__system_call(SYS_mmap, NULL, (size_t)4096, (long)CORM__READ_WRITE,
                                        (long)CORM__PRIVATE_ANONYMOUS, -1L, 0L);
    if (page == -1)
        return false;
    out->faults =
        corm__system_call(SYS_userfaultfd, (long)(CORM__CLOSE_ON_EXEC | CORM__USER_FAULTS_ONLY));
    out->pages = corm__system_call(SYS_openat, -100L /* paths begin where the process is */,
                                   "/proc/self/pagemap", (long)CORM__CLOSE_ON_EXEC, 0L);
    if (out->faults >= 0 && out->pages >= 0 &&
        corm__system_call(SYS_madvise, page, (size_t)4096, (long)CORM__WIPE_ON_FORK) == 0 &&
        corm__system_call(SYS_ioctl, out->faults, CORM__FAULTS_OPEN, &api) == 0) {
        out->alive = (volatile char *)page;
        *out->alive = 1;
        return true;
    }
    corm__guardian_close(out->faults, out->pages, page);
    return false;
}

static bool corm__guardian_open(void)
{
    corm__global_lock();
    if (corm__guardian.alive == NULL && !corm__guardian.refused)
        corm__guardian.refused = !corm__guardian_allowed() || !corm__guardian_make(&corm__guardian);
    const bool open = corm__guardian.alive != NULL && *corm__guardian.alive == 1;
    corm__global_unlock();
    return open;
}

/* ---- Suspects -------------------------------------------------------------------------------- */

static size_t corm__guard_place(const corm__guard *guard, const corm__slab *slab)
{
    size_t i = 0;
    while (i < guard->suspect_count && guard->suspects[i] != slab)
        i++;
    return i;
}

/* The slab is to be compared. Where they are too many, all are. */
static void corm__guard_suspect(corm__guard *guard, corm__slab *slab)
{
    if (guard->crowded || corm__guard_place(guard, slab) < guard->suspect_count)
        return;
    if (guard->suspect_count < CORM__SUSPECTS_MAX)
        guard->suspects[guard->suspect_count++] = slab;
    else
        guard->crowded = true;
}

enum {
    CORM__PAGES_FOUND = 32,
    CORM__PAGES_PROTECT = 1,
    CORM__PAGES_REFUSE_OTHERS = 2,
    CORM__PAGES_WATCHED = 1,
    CORM__PAGES_WRITTEN = 2
};

/* Slabs that were written to in the range since the last question become suspects. Nothing but what the
 * session watches lies in it. false: the system says no. */
static bool corm__guard_ask(corm__guard *guard, const corm__guarded *range)
{
    corm__pages_found found[CORM__PAGES_FOUND];
    corm__pages_query query = {.size = sizeof query,
                               .flags = CORM__PAGES_PROTECT | CORM__PAGES_REFUSE_OTHERS,
                               .start = range->start,
                               .end = range->end,
                               .found = (uintptr_t)found,
                               .found_capacity = CORM__PAGES_FOUND,
                               .all_of = CORM__PAGES_WRITTEN,
                               .told = CORM__PAGES_WRITTEN};
    while (query.start < query.end) {
        query.reached = 0;
        const long count =
            corm__system_call(SYS_ioctl, corm__guardian.pages, CORM__PAGES_SCAN, &query);
        if (count < 0 || query.reached <= query.start)
            return false;
        for (long i = 0; i < count; i++) {
            uintptr_t at = (uintptr_t)found[i].start & ~(uintptr_t)(CORM__SLAB_SIZE - 1);
            for (; at < found[i].end && !guard->crowded; at += CORM__SLAB_SIZE)
                corm__guard_suspect(guard, (corm__slab *)at);
        }
        query.start = query.reached;
    }
    return true;
}

/* The same for those parts of the session's ranges that lie in pages which were found. */
static bool corm__guard_ask_found(corm__guard *guard, const corm__pages_found *found)
{
    bool fine = true;
    for (size_t i = 0; i < guard->range_count && fine && !guard->crowded; i++) {
        corm__guarded part = guard->ranges[i];
        if (part.start < found->start)
            part.start = (uintptr_t)found->start;
        if (part.end > found->end)
            part.end = (uintptr_t)found->end;
        fine = part.start >= part.end || corm__guard_ask(guard, &part);
    }
    return fine;
}

/* The same for all that the session watches, by a look at all memory between the first and the last of
 * it. There may be what others watch, as another corm in the program does: to look resets nothing. */
static bool corm__guard_ask_across(corm__guard *guard)
{
    corm__pages_found found[CORM__PAGES_FOUND];
    corm__pages_query query = {.size = sizeof query,
                               .start = guard->span.start,
                               .end = guard->span.end,
                               .found = (uintptr_t)found,
                               .found_capacity = CORM__PAGES_FOUND,
                               .all_of = CORM__PAGES_WATCHED | CORM__PAGES_WRITTEN,
                               .told = CORM__PAGES_WRITTEN};
    bool fine = true;
    while (query.start < query.end && fine && !guard->crowded) {
        query.reached = 0;
        const long count =
            corm__system_call(SYS_ioctl, corm__guardian.pages, CORM__PAGES_SCAN, &query);
        fine = count >= 0 && query.reached > query.start;
        for (long i = 0; i < count && fine; i++)
            fine = corm__guard_ask_found(guard, &found[i]);
        query.start = query.reached;
    }
    return fine;
}

/* What was written to of all that the session watches. A question costs as much as the comparison of
 * several slabs, whatever the answer: a session that is alone first asks once for all. */
static bool corm__guard_ask_all(corm__guard *guard)
{
    bool fine = *corm__guardian.alive == 1;
    if (!fine)
        return false;
    corm__global_lock();
    const bool alone = corm__guardian.sessions == 1;
    corm__global_unlock();
    if (alone && guard->range_count > 1)
        return corm__guard_ask_across(guard);
    for (size_t i = 0; i < guard->range_count && fine; i++)
        fine = corm__guard_ask(guard, &guard->ranges[i]);
    return fine;
}

/* Page faults of the process so far; 0: not known. */
static uint64_t corm__faults_counted(void)
{
    enum { LONGS = 18, SMALL = 8, LARGE = 9 }; /* struct rusage */
    long usage[LONGS] = {0};
    return corm__system_call(SYS_getrusage, 0L, usage) == 0
               ? (uint64_t)usage[SMALL] + (uint64_t)usage[LARGE]
               : 0;
}

/* Whether nobody can have written to what is watched since the question before. */
static bool corm__guard_is_still(corm__guard *guard)
{
    const uint64_t before = guard->faults;
    guard->faults = corm__faults_counted();
    return guard->for_query && before == guard->faults && before != 0 && *corm__guardian.alive == 1;
}

/* ---- On and off ------------------------------------------------------------------------------ */

static void corm__guard_count(int more)
{
    struct corm__guardian *guardian = &corm__guardian;
    corm__global_lock();
    guardian->sessions += (size_t)more;
    if (guardian->sessions == 0 && guardian->alive != NULL) {
        corm__guardian_close(guardian->faults, guardian->pages, (long)(uintptr_t)guardian->alive);
        guardian->alive = NULL;
    }
    corm__global_unlock();
}

/* Nothing is watched any more. */
static void corm__guard_end(corm_session *session)
{
    corm__guard *guard = &session->guard;
    for (size_t i = 0; i < guard->range_count && *corm__guardian.alive == 1; i++) {
        const corm__guarded *range = &guard->ranges[i];
        corm__faults_range whole = {range->start, range->end - range->start, 0, 0};
        (void)corm__system_call(SYS_ioctl, corm__guardian.faults, CORM__FAULTS_FORGET, &whole);
    }
    for (size_t m = 0; guard->range_count > 0 && m < session->registry->count; m++)
        session->stores[m].guarded_from = session->stores[m].guarded_to = 0;
    guard->range_count = guard->suspect_count = 0;
    guard->quiet = 0;
    guard->on = guard->all = guard->crowded = guard->early = false;
    if (guard->ranges != NULL)
        corm__guard_count(-1);
    corm__free(guard->ranges);
    guard->ranges = NULL;
}

/* The slabs of a block lie at its front, one after the other. false: there are few. */
static bool corm__guard_range(const corm__block *block, corm__guarded *out)
{
    size_t count = 0;
    out->start = 0;
    for (const corm__slab *slab = block->newest; slab != NULL; slab = slab->older) {
        out->start = (uintptr_t)slab;
        count++;
    }
    out->end = (uintptr_t)block->next;
    return count >= CORM__GUARD_BLOCK;
}

static bool corm__guard_block(corm__guard *guard, const corm__guarded *range)
{
    corm__faults_range whole = {range->start, range->end - range->start, 2 /* writes */, 0};
    if (corm__system_call(SYS_ioctl, corm__guardian.faults, CORM__FAULTS_WATCH, &whole) != 0)
        return false;
    guard->ranges[guard->range_count++] = *range;
    if (guard->range_count == 1 || range->start < guard->span.start)
        guard->span.start = range->start;
    if (guard->range_count == 1 || range->end > guard->span.end)
        guard->span.end = range->end;
    return corm__guard_ask(guard, range);
}

/* Which slabs of each store lie in the blocks from `first` to before `end`: slabs are made in the order
 * of their blocks. */
static void corm__guard_stores(corm_session *session, size_t first, size_t end)
{
    for (size_t m = 0; m < session->registry->count; m++)
        session->stores[m].guarded_from = session->stores[m].guarded_to =
            session->stores[m].slabs.count;
    for (size_t i = session->blocks.count; i > first; i--) {
        const corm__block *block = session->blocks.items[i - 1];
        for (corm__slab *slab = block->newest; slab != NULL; slab = slab->older) {
            corm__store *store = corm__store_of(session, slab->mapper);
            store->guarded_from--;
            store->guarded_to -= i > end;
        }
    }
}

/* Watches the blocks from `first` to before `end`. `clean`: their slabs are equal to their snapshots. */
static void corm__guard_watch(corm_session *session, size_t first, size_t end, bool clean)
{
    corm__guard *guard = &session->guard;
    corm__guarded range;
    corm__guard_end(session);
    guard->ranges = corm__allocate((end - first) * sizeof *guard->ranges);
    if (guard->ranges != NULL)
        corm__guard_count(1);
    bool fine = guard->ranges != NULL && corm__guardian_open();
    for (size_t i = first; i < end && fine; i++)
        fine =
            corm__guard_range(session->blocks.items[i], &range) && corm__guard_block(guard, &range);
    if (!fine) {
        corm__guard_end(session);
        guard->refused = true;
        return;
    }
    corm__guard_stores(session, first, end);
    guard->suspect_count = 0; /* at first all pages were */
    guard->faults = 0;
    guard->crowded = false;
    guard->on = true;
    guard->all = !clean;
}

/* Of the blocks from *first on, the last ones that are worth it, without those behind them that are
 * not. false: none is. */
static bool corm__guard_choose(const corm_session *session, size_t *first, size_t *end)
{
    corm__guarded range;
    const size_t least = *first;
    *end = session->blocks.count;
    while (*end > least && !corm__guard_range(session->blocks.items[*end - 1], &range))
        --*end;
    *first = *end;
    while (*first > least && corm__guard_range(session->blocks.items[*first - 1], &range))
        --*first;
    return *first < *end;
}

/* Comparisons find little. Where the one that has just been made has found nothing, all is clean: it
 * need not be made again, which would touch each small page of huge ones that are split by now. */
static void corm__guard_begin(corm_session *session)
{
    size_t first = 0, end;
    session->guard.patience *= 2;
    session->guard.quiet = 0;
    if (corm__guard_choose(session, &first, &end))
        corm__guard_watch(session, first, end, session->guard.different == 0);
}

/* How many slabs there are in the blocks from `first` to before `end`, all of which are worth it. */
static size_t corm__guard_slabs(const corm_session *session, size_t first, size_t end)
{
    corm__guarded range;
    size_t slabs = 0;
    for (size_t i = first; i < end; i++) {
        if (corm__guard_range(session->blocks.items[i], &range))
            slabs += (range.end - range.start) / CORM__SLAB_SIZE;
    }
    return slabs;
}

/* A query has made objects, and nobody has seen them yet: those in blocks that it has begun, from the
 * first-th on, are equal to their snapshots. Where they are many, they need not be compared even once. */
static void corm__guard_loaded(corm_session *session, size_t first)
{
    corm__guard *guard = &session->guard;
    size_t end;
    if (CORM__LIKELY(first == session->blocks.count) || guard->on || guard->refused ||
        guard->disappointed || !corm__guard_choose(session, &first, &end) ||
        corm__guard_slabs(session, first, end) < CORM__GUARD_LOAD)
        return;
    corm__guard_watch(session, first, end, true);
    guard->early = guard->on;
}

/* ---- While objects are compared -------------------------------------------------------------- */

/* Before a comparison: what was written to? */
static void corm__guard_look(corm_session *session)
{
    corm__guard *guard = &session->guard;
    guard->unwatched = guard->different = 0;
    if (!guard->on)
        return;
    guard->all = guard->all || session->touched != 0;
    const bool fine = corm__guard_is_still(guard) || corm__guard_ask_all(guard);
    if (fine && !guard->crowded) {
        if (guard->all)
            guard->suspect_count = 0;
        return;
    }
    guard->disappointed = guard->disappointed || guard->early;
    corm__guard_end(session); /* a program that writes to much is better off without */
    guard->refused = !fine;
}

/* Whether the slab is equal to its snapshots without a comparison. */
static inline bool corm__guard_spares(const corm__guard *guard, const corm__store *store, size_t at)
{
    return guard->on && !guard->all && at >= store->guarded_from && at < store->guarded_to &&
           (guard->suspect_count == 0 ||
            corm__guard_place(guard, store->slabs.items[at]) == guard->suspect_count);
}

/* From which slab on they are to be looked at: `at`, or behind those of which none was written to. */
static inline size_t corm__guard_skip(const corm__guard *guard, const corm__store *store, size_t at)
{
    if (!guard->on || guard->all || guard->suspect_count > 0 || at < store->guarded_from ||
        at >= store->guarded_to)
        return at;
    for (size_t i = at; CORM__GUARD_CHECKS && i < store->guarded_to; i++)
        CORM_ASSERT(corm__slab_is_same(store->slabs.items[i]));
    return store->guarded_to;
}

/* What a comparison has shown. */
static inline void corm__guard_note(corm__guard *guard, const corm__store *store, size_t at,
                                    bool same)
{
    guard->different += !same;
    if (!guard->on || at < store->guarded_from || at >= store->guarded_to) {
        guard->unwatched++;
        return;
    }
    corm__slab *slab = store->slabs.items[at];
    const size_t place = corm__guard_place(guard, slab);
    if (!same)
        corm__guard_suspect(guard, slab);
    else if (place < guard->suspect_count)
        guard->suspects[place] = guard->suspects[--guard->suspect_count];
}

/* After a comparison that has gone through all slabs. */
static void corm__guard_done(corm_session *session, bool touched)
{
    corm__guard *guard = &session->guard;
    if (guard->crowded) {
        guard->disappointed = guard->disappointed || guard->early;
        corm__guard_end(session);
        return;
    }
    guard->all = guard->on && touched;
    if (guard->refused || touched || guard->unwatched < CORM__GUARD_LEAST ||
        guard->different > CORM__GUARD_FEW) {
        guard->quiet = 0;
        return;
    }
    if (guard->patience == 0)
        guard->patience = CORM__GUARD_PATIENCE;
    if (++guard->quiet >= guard->patience && guard->patience <= CORM__PATIENCE_MAX)
        corm__guard_begin(session);
}

#else

static inline void corm__guard_end(corm_session *session)
{
    (void)session;
}

static inline void corm__guard_look(corm_session *session)
{
    (void)session;
}

static inline bool corm__guard_spares(const corm__guard *guard, const corm__store *store, size_t at)
{
    (void)guard;
    (void)store;
    (void)at;
    return false;
}

static inline size_t corm__guard_skip(const corm__guard *guard, const corm__store *store, size_t at)
{
    (void)guard;
    (void)store;
    return at;
}

static inline void corm__guard_note(corm__guard *guard, const corm__store *store, size_t at,
                                    bool same)
{
    (void)guard;
    (void)store;
    (void)at;
    (void)same;
}

static inline void corm__guard_done(corm_session *session, bool touched)
{
    (void)session;
    (void)touched;
}

static inline void corm__guard_loaded(corm_session *session, size_t first)
{
    (void)session;
    (void)first;
}

#endif

#endif /* CORM__ROOM_GUARD_C */
