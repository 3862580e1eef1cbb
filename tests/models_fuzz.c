/* models_fuzz: random work on objects of many kinds of models, held against what must be true of any work.
 *
 * Nobody knows what the work should come to. But after every flush each object is as its row and related to what the
 * tables say, and a second flush writes nothing; after every commit a new session reads the same; after every
 * rollback the tables are as they were, and so are the objects; what an operation said it did is there after the
 * flush; and one statement for many rows leaves the same as many statements. Operations may fail, as a program's do: the session goes on
 * from the rollback.
 *
 * Every seed is a run of its own: random_work.h says how to choose them; CORM_SQL=1 tells the SQL, too. */
#if !defined(SEEDS)
#define SEEDS 40
#endif
#define _XOPEN_SOURCE 700 /* mkdtemp */
#define CORM_IMPLEMENTATION
#include "models_many.h"

enum { STEPS = 100 };

static char directory[] = "/tmp/corm-models-XXXXXX";

static const struct action actions[] = {
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

static long troubles, errors; /* that showed as errors; that the work itself led to */

/* A call inside of the work met the trouble. */
static bool is_met_within(corm_status status)
{
    return status == CORM_PENDING_ROLLBACK && (faults.reached || io_faults.reached);
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
    case CORM_STALE_DATA:
    case CORM_ROW_MISSING: return run.away;
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
    begin_seed(seed);
    run.engine = open_engine(&zoo, trouble, directory);
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
    remove_files(directory);
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
    for (work.step = 0; work.step < STEPS; work.step++) {
        trouble_begins(trouble);
        const corm_status status = do_one_of(actions, sizeof actions / sizeof actions[0]);
        calm();
        history[work.step] = status_and_tables(status);
        if (status == CORM_OK)
            continue;
        const bool due = is_due_to(trouble, status) || is_met_within(status);
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
    troubles = errors = 0;
    const unsigned runs = run_each(SEEDS, run_seed, options, trouble);
    print_message("# %ld errors of the work and %ld others in %u runs\n", errors, troubles, runs);
}

/* While statements are shown, rows are written one by one. */
static void run_alike(unsigned seed, const corm_session_options *options, enum trouble trouble)
{
    traced = true;
    run_seed(seed, options, trouble);
    memcpy(before, history, sizeof before);
    traced = false;
    run_seed(seed, options, trouble);
    for (work.step = 0; work.step < STEPS; work.step++)
        if (history[work.step] != before[work.step])
            complain("written together it comes to something else");
}
static void rows_are_written_alike_together_and_one_by_one(void **state)
{
    (void)state;
    (void)run_each(SEEDS, run_alike, NULL, NO_TROUBLE);
}
static void objects_and_tables_agree(void **state)
{
    (void)state;
    run_seeds(NULL, NO_TROUBLE);
}
static void they_agree_without_autoflush(void **state)
{
    (void)state;
    run_seeds(&(corm_session_options){.no_autoflush = true}, NO_TROUBLE);
}
static void they_agree_when_values_are_kept_on_commit(void **state)
{
    (void)state;
    run_seeds(&(corm_session_options){.keep_on_commit = true}, NO_TROUBLE);
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
