/* random_work.h: what the programs of random work share: choices that follow from a seed, the seeds that are run, what
 * is said of one, and what goes wrong now and then.
 *
 * CORM_SEEDS=5000 tries so many, CORM_FROM=100 those from there on, CORM_SEED=17 this one only and tells what is done. */
#ifndef TESTS_RANDOM_WORK_H
#define TESTS_RANDOM_WORK_H

#include "allocators.h"

#include "corm_sqlite.h"
#include "failing_vfs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* The work of one seed. */
static struct {
    unsigned seed;
    int step;
    uint64_t random;
    bool tell;
    void (*explain)(void); /* what more there is to say in a complaint; NULL: nothing */
} work;

/* Nothing fails any more: for checks. */
static inline void calm(void)
{
    disarm();
    io_disarm();
}

static inline void complain(const char *format, ...) CORM__PRINTF(1, 2);
static inline void complain(const char *format, ...)
{
    char text[4000], place[4200];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    calm();
    (void)snprintf(place, sizeof place, "CORM_SEED=%u, step %d: %s", work.seed, work.step, text);
    print_error("%s\n", place);
    if (work.explain != NULL)
        work.explain();
    _assert_true(0, place, __FILE__, __LINE__);
}

static inline void tell(const char *format, ...) CORM__PRINTF(1, 2);
static inline void tell(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (work.tell) {
        printf("# %d ", work.step);
        (void)vprintf(format, arguments);
        printf("\n");
        (void)fflush(stdout);
    }
    va_end(arguments);
}

/* ---- Choices -------------------------------------------------------------------------------------- */

static inline int below(int limit)
{
    work.random = work.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((work.random >> 33) % (uint64_t)limit);
}
static inline bool one_in(int limit)
{
    return below(limit) == 0;
}
#define PICK(array_) ((array_)[below((int)(sizeof(array_) / sizeof(array_)[0]))])

/* Something that may be done; the heavier the oftener. */
struct action {
    corm_status (*run)(void);
    int weight;
};

static inline corm_status do_one_of(const struct action *actions, size_t count)
{
    int total = 0, chosen = 0;
    for (size_t i = 0; i < count; i++)
        total += actions[i].weight;
    chosen = below(total);
    while ((chosen -= actions->weight) >= 0)
        actions++;
    return actions->run();
}

/* ---- Trouble -------------------------------------------------------------------------------------- */

/* What goes wrong now and then: allocations, or reading and writing files. */
enum trouble { NO_TROUBLE, ALLOCATIONS, ROLLBACK_JOURNAL, WRITE_AHEAD_LOG };

static inline void trouble_begins(enum trouble trouble)
{
    if (trouble == NO_TROUBLE || !one_in(4))
        return;
    if (trouble == ALLOCATIONS)
        arm(1 + below(one_in(10) ? 300 : 20), one_in(2));
    else
        io_arm(1 + below(12), one_in(2));
}

static inline bool is_due_to(enum trouble trouble, corm_status status)
{
    if (trouble == ALLOCATIONS)
        return status == CORM_OUT_OF_MEMORY;
    return trouble != NO_TROUBLE && io_faults.reached &&
           (status == CORM_IO || status == CORM_FULL || status == CORM_CONNECTION);
}

/* In memory, where no file is to fail. */
static inline corm_engine *open_engine(const corm_schema *schema, enum trouble trouble,
                                       const char *directory)
{
    char path[512];
    /* few pages in memory, so that files are read and written in the middle of transactions */
    corm_sqlite_options options = {.cache_kib = 8, .durability = CORM_SQLITE_DURABILITY_NORMAL};
    if (trouble != ROLLBACK_JOURNAL && trouble != WRITE_AHEAD_LOG)
        return corm_sqlite_engine(":memory:", schema, NULL);
    if (trouble == ROLLBACK_JOURNAL)
        options.journal = CORM_SQLITE_JOURNAL_DELETE;
    (void)snprintf(path, sizeof path, "%s/%u.db", directory, work.seed);
    return corm_sqlite_engine(path, schema, &options);
}

/* Those of the engine that is closed now. */
static inline void remove_files(const char *directory)
{
    static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
    char path[512];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%u.db%s", directory, work.seed, suffixes[i]);
        (void)unlink(path);
    }
}

/* ---- Seeds ---------------------------------------------------------------------------------------- */

static inline void begin_seed(unsigned seed)
{
    calm();
    work.seed = seed;
    work.step = 0;
    work.random = seed * UINT64_C(0x9E3779B97F4A7C15);
    work.tell = getenv("CORM_SEED") != NULL;
}

static inline unsigned number_in(const char *variable, unsigned otherwise)
{
    const char *text = getenv(variable);
    return text == NULL ? otherwise : (unsigned)strtoul(text, NULL, 10);
}

/* Runs each seed, of `many` where nobody says which. How many they were. */
static inline unsigned run_each(unsigned many,
                                void (*run_one)(unsigned seed, const corm_session_options *options,
                                                enum trouble trouble),
                                const corm_session_options *options, enum trouble trouble)
{
    const unsigned one = number_in("CORM_SEED", 0);
    const unsigned first = one > 0 ? one : number_in("CORM_FROM", 1);
    const unsigned last = one > 0 ? one : number_in("CORM_SEEDS", many);
    for (unsigned seed = first; seed <= last; seed++)
        run_one(seed, options, trouble);
    return last - first + 1;
}

#endif /* TESTS_RANDOM_WORK_H */
