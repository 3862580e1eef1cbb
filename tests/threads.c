/* threads: one engine, a session for each thread; readers see whole transactions, writers lose
 * nothing, corm_run runs a transaction again that met another one. */
#define _XOPEN_SOURCE 700
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

#include <pthread.h>

enum { THREADS = 4, TRANSACTIONS = 50, ATTEMPTS = 1000 };

struct shared {
    struct place place;
    corm_engine *engine;
};

/* Two users whose ages every transaction keeps equal. */
static int open_engine_of(void **state, size_t connections)
{
    static struct shared shared;
    const corm_sqlite_options options = {.durability = CORM_SQLITE_DURABILITY_NORMAL,
                                         .engine = {.pool_size = connections}};
    make_place(&shared.place);
    shared.engine = corm_sqlite_engine(shared.place.path, &blog, &options);
    corm_session *session = corm_session_open(shared.engine, NULL);
    assert_ok(session, corm_create_all(session));
    for (int i = 0; i < 2; i++) {
        User *user = new_user(session, i == 0 ? "one" : "two");
        assert_got(session, user);
        user->age = corm_some(0);
        assert_ok(session, corm_add(session, user));
    }
    assert_ok(session, corm_commit(session));
    corm_session_close(session);
    *state = &shared;
    return 0;
}

static int open_engine(void **state)
{
    return open_engine_of(state, 2 * THREADS);
}

static int open_engine_with_two_connections(void **state)
{
    return open_engine_of(state, 2);
}

static int close_engine(void **state)
{
    struct shared *shared = *state;
    corm_status status = corm_engine_close(shared->engine);
    remove_place(&shared->place);
    return status != CORM_OK;
}

#define ENGINE_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_engine, close_engine)

/* ---- What the threads do. They may not use assertions: an error is a text. ----------------------------- */

struct job {
    corm_engine *engine;
    int number;
    char error[1200];
};

static void give_up(struct job *job, corm_session *session, const char *what)
{
    (void)snprintf(job->error, sizeof job->error, "thread %d: %s: %s: %s", job->number, what,
                   corm_status_text(corm_last_status()), corm_error_message(session));
}

static corm_status add_one(corm_session *session, void *argument)
{
    (void)argument;
    User *one = corm_get(session, User, 1), *two = corm_get(session, User, 2);
    if (one == NULL || two == NULL)
        return corm_last_status();
    one->age = corm_some(one->age.value + 1);
    two->age = corm_some(two->age.value + 1);
    return CORM_OK;
}

static void *write_with_run(void *argument)
{
    struct job *job = argument;
    for (int i = 0; i < TRANSACTIONS; i++) {
        corm_status status = CORM_CONFLICT;
        for (int n = 0; n < ATTEMPTS && (status == CORM_CONFLICT || status == CORM_BUSY); n++)
            status = corm_run(job->engine, add_one, NULL);
        if (status != CORM_OK) {
            (void)snprintf(job->error, sizeof job->error, "thread %d: corm_run: %s", job->number,
                           corm_status_text(status));
            break;
        }
    }
    return NULL;
}

static void *write_as_writer(void *argument)
{
    struct job *job = argument;
    corm_session *session = corm_session_open(job->engine, &(corm_session_options){.writer = true});
    for (int i = 0; i < TRANSACTIONS && job->error[0] == '\0'; i++)
        if (add_one(session, NULL) != CORM_OK || corm_commit(session) != CORM_OK)
            give_up(job, session, "writer");
    corm_session_close(session);
    return NULL;
}

static void *read_pairs(void *argument)
{
    struct job *job = argument;
    corm_session *session = corm_session_open(job->engine, NULL);
    int64_t last = 0;
    for (int i = 0; i < 4 * TRANSACTIONS && job->error[0] == '\0'; i++) {
        User *one = corm_get(session, User, 1), *two = corm_get(session, User, 2);
        if (one == NULL || two == NULL)
            give_up(job, session, "reader");
        else if (one->age.value != two->age.value || one->age.value < last)
            give_up(job, session, "half a transaction was seen");
        else
            last = one->age.value;
        if (corm_commit(session) != CORM_OK)
            give_up(job, session, "reader's commit");
        if (i % 10 == 0 && corm_clear(session) != CORM_OK)
            give_up(job, session, "clear");
    }
    corm_session_close(session);
    return NULL;
}

static void *insert_graphs(void *argument)
{
    struct job *job = argument;
    corm_session *session = corm_session_open(job->engine, &(corm_session_options){.writer = true});
    for (int i = 0; i < TRANSACTIONS && job->error[0] == '\0'; i++) {
        User *user = new_user(session, corm_text(session, "t%d.%d", job->number, i));
        Post *post = corm_new(session, Post, .title = "p");
        if (user == NULL || corm_add(session, user) != CORM_OK ||
            User_posts_append(user, post) != CORM_OK || corm_commit(session) != CORM_OK)
            give_up(job, session, "insert");
        if (corm_clear(session) != CORM_OK)
            give_up(job, session, "clear");
    }
    corm_session_close(session);
    return NULL;
}

/* Runs THREADS of each of these at once and waits for all. */
static void run_threads(struct shared *shared, void *(*const *works)(void *), size_t count)
{
    pthread_t threads[4 * THREADS];
    static struct job jobs[4 * THREADS];
    size_t started = 0;
    memset(jobs, 0, sizeof jobs);
    for (size_t i = 0; i < count * THREADS; i++, started++) {
        jobs[i].engine = shared->engine;
        jobs[i].number = (int)i;
        if (pthread_create(&threads[i], NULL, works[i % count], &jobs[i]) != 0)
            break;
    }
    for (size_t i = 0; i < started; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(started, count * THREADS);
    for (size_t i = 0; i < started; i++)
        if (jobs[i].error[0] != '\0')
            complain(__FILE__, __LINE__, "%s", jobs[i].error);
}

static int64_t age_of_both(struct shared *shared)
{
    corm_session *session = corm_session_open(shared->engine, NULL);
    User *one = corm_get(session, User, 1), *two = corm_get(session, User, 2);
    int64_t age =
        one != NULL && two != NULL && one->age.value == two->age.value ? one->age.value : -1;
    corm_session_close(session);
    return age;
}

/* ---- Tests ----------------------------------------------------------------------------------------------- */

static void transactions_that_meet_are_run_again_and_none_is_lost(void **state)
{
    run_threads(*state, (void *(*const[])(void *)){write_with_run}, 1);
    assert_int_equal(age_of_both(*state), THREADS * TRANSACTIONS);
}

static void writers_wait_their_turn_and_never_conflict(void **state)
{
    run_threads(*state, (void *(*const[])(void *)){write_as_writer}, 1);
    assert_int_equal(age_of_both(*state), THREADS * TRANSACTIONS);
}

static void readers_see_whole_transactions_only(void **state)
{
    run_threads(*state, (void *(*const[])(void *)){write_as_writer, read_pairs}, 2);
    assert_int_equal(age_of_both(*state), THREADS * TRANSACTIONS);
}

static void more_threads_than_connections_wait_for_one(void **state)
{
    run_threads(*state, (void *(*const[])(void *)){insert_graphs, read_pairs}, 2);
    struct shared *shared = *state;
    corm_session *session = corm_session_open(shared->engine, NULL);
    int64_t users = corm_count(session, User), posts = corm_count(session, Post);
    corm_session_close(session);
    assert_int_equal(users, 2 + THREADS * TRANSACTIONS);
    assert_int_equal(posts, THREADS * TRANSACTIONS);
}

/* ---- corm_run, in one thread --------------------------------------------------------------------------------- */

struct attempts {
    corm_engine *engine;
    int runs, disturbed;
    corm_status result;
};

/* Reads, lets somebody else commit in its first runs, as many as it is told to, then writes. */
static corm_status disturbed_work(corm_session *session, void *argument)
{
    struct attempts *attempts = argument;
    attempts->runs++;
    User *one = corm_get(session, User, 1);
    if (one == NULL)
        return corm_last_status();
    if (attempts->runs <= attempts->disturbed) {
        corm_session *other = corm_session_open(attempts->engine, NULL);
        corm_status status = add_one(other, NULL);
        if (status == CORM_OK)
            status = corm_commit(other);
        corm_session_close(other);
        if (status != CORM_OK)
            return status;
    }
    one->email = "run@example.com";
    corm_status status = corm_flush(session);
    return status == CORM_OK ? attempts->result : status;
}

static void run_runs_the_whole_work_again_after_a_conflict(void **state)
{
    struct shared *shared = *state;
    struct attempts attempts = {.engine = shared->engine, .disturbed = 1};
    assert_int_equal(corm_run(shared->engine, disturbed_work, &attempts), CORM_OK);
    assert_int_equal(attempts.runs, 2);
    assert_int_equal(age_of_both(shared), 1);
}

static void run_gives_up_after_ten_attempts(void **state)
{
    struct shared *shared = *state;
    struct attempts attempts = {.engine = shared->engine, .result = CORM_CONFLICT};
    assert_int_equal(corm_run(shared->engine, disturbed_work, &attempts), CORM_CONFLICT);
    assert_in_range(attempts.runs, 10, 11);
}

static void run_rolls_back_where_the_work_says_no(void **state)
{
    struct shared *shared = *state;
    struct attempts attempts = {.engine = shared->engine, .result = CORM_NOT_FOUND};
    assert_int_equal(corm_run(shared->engine, disturbed_work, &attempts), CORM_NOT_FOUND);
    assert_int_equal(attempts.runs, 1);
    corm_session *session = corm_session_open(shared->engine, NULL);
    User *one = corm_get(session, User, 1);
    bool changed = one == NULL || strcmp(one->email, "run@example.com") == 0;
    corm_session_close(session);
    assert_false(changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENGINE_TEST(transactions_that_meet_are_run_again_and_none_is_lost),
        ENGINE_TEST(writers_wait_their_turn_and_never_conflict),
        ENGINE_TEST(readers_see_whole_transactions_only),
        cmocka_unit_test_setup_teardown(more_threads_than_connections_wait_for_one,
                                        open_engine_with_two_connections, close_engine),
        ENGINE_TEST(run_runs_the_whole_work_again_after_a_conflict),
        ENGINE_TEST(run_gives_up_after_ten_attempts),
        ENGINE_TEST(run_rolls_back_where_the_work_says_no),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
