/* models_fuzz: random work on objects of many kinds of models, held against what must be true of any work.
 *
 * Nobody knows what the work should come to. But after every flush each object is as its row and related to what the
 * tables say, and a second flush writes nothing; after every commit a new session reads the same; after every
 * rollback the tables are as they were, and so are the objects; what an operation said it did is there after the
 * flush; and one statement for many rows leaves the same as many statements. Operations may fail, as a program's do: the session goes on
 * from the rollback.
 *
 * Every seed is a run of its own. CORM_SEEDS=5000 tries so many in each test, CORM_SEED=17 this one only and tells
 * what is done, CORM_SQL=1 with its SQL. */
#if !defined(SEEDS)
#define SEEDS 40
#endif
#define _XOPEN_SOURCE 700 /* mkdtemp */
#define CORM_IMPLEMENTATION
#include "models_many.h"

#include <unistd.h>

enum { STEPS = 100 };

static char directory[] = "/tmp/corm-models-XXXXXX";

static const struct action {
    corm_status (*run)(void);
    int weight;
} actions[] = {
    {do_new, 24},
    {do_relate, 30},
    {do_replace, 5},
    {do_assign, 14},
    {do_exchange, 3},
    {do_delete, 5},
    {do_add, 4},
    {do_expunge, 2},
    {do_free, 4},
    {do_flush, 6},
    {do_commit, 6},
    {do_rollback, 2},
    {do_savepoint, 6},
    {do_expire, 5},
    {do_query, 5},
    {do_clear, 1},
    {do_many, 3},
    {do_change_all, 2},
    {do_delete_many, 2},
    {do_update_by_query, 3},
    {do_delete_by_query, 3},
    {do_insert_array, 2},
    {do_stream, 1},
    {do_merge, 2},
    {do_move, 1},
};

/* ---- The programme ---------------------------------------------------------------------------------- */

static corm_status do_something(void)
{
    int total = 0, chosen = 0;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        total += actions[i].weight;
    chosen = below(total);
    for (size_t i = 0;; i++) {
        chosen -= actions[i].weight;
        if (chosen < 0)
            return actions[i].run();
    }
}

/* What goes wrong now and then. */
enum trouble { NOTHING, ALLOCATIONS, ROLLBACK_JOURNAL, WRITE_AHEAD_LOG };

static long troubles, errors; /* that showed as errors; that the work itself led to */

static corm_engine *open_engine(enum trouble trouble)
{
    char path[512];
    corm_sqlite_options options = {.cache_kib = 8, .durability = CORM_SQLITE_DURABILITY_NORMAL};
    if (trouble != ROLLBACK_JOURNAL && trouble != WRITE_AHEAD_LOG)
        return corm_sqlite_engine(":memory:", &zoo, NULL);
    if (trouble == ROLLBACK_JOURNAL)
        options.journal = CORM_SQLITE_JOURNAL_DELETE;
    (void)snprintf(path, sizeof path, "%s/%u.db", directory, run.seed);
    return corm_sqlite_engine(path, &zoo, &options);
}

static void remove_files(void)
{
    static const char *const suffixes[] = {"", "-journal", "-wal", "-shm"};
    char path[512];
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%u.db%s", directory, run.seed, suffixes[i]);
        (void)unlink(path);
    }
}

static void trouble_begins(enum trouble trouble)
{
    if (trouble == NOTHING || below(4) != 0)
        return;
    if (trouble == ALLOCATIONS)
        arm(1 + below(below(10) == 0 ? 300 : 20), below(2) == 0);
    else
        io_arm(1 + below(12), below(2) == 0);
}

static bool is_due_to(enum trouble trouble, corm_status status)
{
    if (status == CORM_PENDING_ROLLBACK && (faults.reached || io_faults.reached))
        return true; /* a call inside of the work met it */
    if (trouble == ALLOCATIONS)
        return status == CORM_OUT_OF_MEMORY;
    return trouble != NOTHING && io_faults.reached &&
           (status == CORM_IO || status == CORM_FULL || status == CORM_CONNECTION);
}

/* What the work of a careless program may lead to. */
static bool is_fair(corm_status status)
{
    switch (status) {
    case CORM_UNIQUE:
    case CORM_FOREIGN_KEY:
    case CORM_NOT_NULL:
    case CORM_CHECK:
    case CORM_CYCLE:
    case CORM_NOT_PERSISTED:
    case CORM_NOT_PERSISTENT:
    case CORM_NOT_IN_SESSION:
    case CORM_OBJECT_DELETED:
    case CORM_IDENTITY_CONFLICT:
    case CORM_DETACHED:
    case CORM_NOT_LOADED:
    case CORM_NOT_MEMBER: return true;
    default: return false;
    }
}

static void recover(corm_status status)
{
    const bool broken = run.session->poison != CORM_OK;
    errors++;
    tell("  %s: %s", corm_status_text(status), corm_error_message(run.session));
    if (!broken) {
        corm_clear_error(run.session);
        return;
    }
    if (run.depth > 0 && below(2) == 0) {
        const int mark = run.depth - 1;
        tell("rollback to %d", mark);
        if (corm_savepoint_rollback(run.session, run.savepoints[mark]) == CORM_OK) {
            run.depth = mark;
            check_objects(below(2) * 100);
            char *now = told_tables();
            same_tables(now, run.marks[mark], "after the error");
            free(now);
            return;
        }
        corm_clear_error(run.session);
    }
    if (do_rollback() != CORM_OK)
        complain("no rollback: %s", corm_error_message(run.session));
}

static void begin_run(unsigned seed, const corm_session_options *options, enum trouble trouble)
{
    memset(&run, 0, sizeof run);
    calm();
    run.seed = seed;
    run.random = seed * UINT64_C(0x9E3779B97F4A7C15);
    run.tell = getenv("CORM_SEED") != NULL;
    run.engine = open_engine(trouble);
    run.session = corm_session_open(run.engine, options);
    run.registry = run.session->registry;
    traced = traced || getenv("CORM_SQL") != NULL;
    if (traced)
        corm_trace(run.session, count_statement, NULL);
    if (corm_create_all(run.session) != CORM_OK)
        complain("no tables: %s", corm_error_message(run.session));
    run.committed = copy_of("");
}

static void end_run(void)
{
    for (size_t i = 0; i < run.count; i++)
        if (corm_session_of(run.objects[i]) == NULL)
            (void)corm_free(run.objects[i]);
    forget_rows();
    corm_session_close(run.session);
    if (corm_engine_close(run.engine) != CORM_OK)
        complain("the engine is not closed");
    free(run.rows);
    free(run.pairs);
    free(run.objects);
    free(run.committed);
    for (int i = 0; i < DEPTH; i++)
        free(run.marks[i]);
    remove_files();
}

static uint64_t history[STEPS], before[STEPS]; /* what each step came to */

static uint64_t status_and_tables(corm_status status)
{
    uint64_t hash = (uint64_t)status + 1;
    for (const char *at = run.committed; *at != '\0'; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001B3);
    return hash;
}

static void run_seed(unsigned seed, const corm_session_options *options, enum trouble trouble)
{
    begin_run(seed, options, trouble);
    for (run.step = 0; run.step < STEPS; run.step++) {
        trouble_begins(trouble);
        const corm_status status = do_something();
        calm();
        history[run.step] = status_and_tables(status);
        if (status == CORM_OK)
            continue;
        const bool due = is_due_to(trouble, status);
        if (!due && !is_fair(status))
            complain("%s: %s", corm_status_text(status), corm_error_message(run.session));
        troubles += due;
        if (due && run.session->poison == CORM_OK) {
            if (do_rollback() != CORM_OK)
                complain("no rollback: %s", corm_error_message(run.session));
        } else {
            recover(status);
        }
    }
    end_run();
}

static void run_seeds(const corm_session_options *options, enum trouble trouble)
{
    const char *one = getenv("CORM_SEED"), *many = getenv("CORM_SEEDS");
    const char *from = getenv("CORM_FROM");
    unsigned first = one == NULL ? from == NULL ? 1 : (unsigned)strtoul(from, NULL, 10)
                                 : (unsigned)strtoul(one, NULL, 10);
    unsigned last = one != NULL ? first : many != NULL ? (unsigned)strtoul(many, NULL, 10) : SEEDS;
    troubles = errors = 0;
    for (unsigned seed = first; seed <= last; seed++)
        run_seed(seed, options, trouble);
    print_message("# %ld errors of the work and %ld others in %u runs\n", errors, troubles,
                  last - first + 1);
}

/* While statements are shown, rows are written one by one. */
static void rows_are_written_alike_together_and_one_by_one(void **state)
{
    (void)state;
    const char *one = getenv("CORM_SEED"), *many = getenv("CORM_SEEDS");
    const unsigned first = one == NULL ? 1 : (unsigned)strtoul(one, NULL, 10);
    const unsigned last = one != NULL    ? first
                          : many != NULL ? (unsigned)strtoul(many, NULL, 10)
                                         : SEEDS;
    for (unsigned seed = first; seed <= last; seed++) {
        traced = true;
        run_seed(seed, NULL, NOTHING);
        memcpy(before, history, sizeof before);
        traced = false;
        run_seed(seed, NULL, NOTHING);
        for (run.step = 0; run.step < STEPS; run.step++)
            if (history[run.step] != before[run.step])
                complain("written together it comes to something else");
    }
}
static void objects_and_tables_agree(void **state)
{
    (void)state;
    run_seeds(NULL, NOTHING);
}
static void they_agree_without_autoflush(void **state)
{
    (void)state;
    run_seeds(&(corm_session_options){.no_autoflush = true}, NOTHING);
}
static void they_agree_when_values_are_kept_on_commit(void **state)
{
    (void)state;
    run_seeds(&(corm_session_options){.keep_on_commit = true}, NOTHING);
}
static void they_agree_when_allocations_fail(void **state)
{
    (void)state;
    run_seeds(NULL, ALLOCATIONS);
}
static void they_agree_when_the_disk_fails(void **state)
{
    (void)state;
    run_seeds(NULL, ROLLBACK_JOURNAL);
}
static void they_agree_when_the_disk_fails_under_a_log(void **state)
{
    (void)state;
    run_seeds(NULL, WRITE_AHEAD_LOG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_and_tables_agree),
        cmocka_unit_test(rows_are_written_alike_together_and_one_by_one),
        cmocka_unit_test(they_agree_without_autoflush),
        cmocka_unit_test(they_agree_when_values_are_kept_on_commit),
        cmocka_unit_test(they_agree_when_allocations_fail),
        cmocka_unit_test(they_agree_when_the_disk_fails),
        cmocka_unit_test(they_agree_when_the_disk_fails_under_a_log),
    };
    if (getenv("CORM_TEST") != NULL)
        cmocka_set_test_filter(getenv("CORM_TEST")); /* one of them */
    if (mkdtemp(directory) == NULL || install_failing_vfs() != SQLITE_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)rmdir(directory);
    return failed;
}
