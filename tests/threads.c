/* threads: one engine, a session for each thread; readers see whole transactions, writers lose
 * nothing and wait in line, corm_run runs a transaction again that met another one, a session used
 * by two threads at once is found out. */
#define _XOPEN_SOURCE 700
#define CORM_IMPLEMENTATION /* here: the tests look inside */
#include "corm_sqlite.h"
#include "support.h"

#include <pthread.h>
#include <sched.h>

enum { THREADS = 4, TRANSACTIONS = 50 };

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
    for (int i = 0; i < TRANSACTIONS && job->error[0] == '\0'; i++)
        if (corm_run(job->engine, add_one, NULL) != CORM_OK)
            give_up(job, NULL, "corm_run");
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

/* Not told that it is going to write. */
static void *insert_graphs(void *argument)
{
    struct job *job = argument;
    corm_session *session = corm_session_open(job->engine, NULL);
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

/* Refused by the database, not by the function. */
static corm_status add_one_twice(corm_session *session, void *argument)
{
    (void)argument;
    return corm_add(session, new_user(session, "one"));
}

static corm_status run_inside(corm_session *session, void *engine)
{
    (void)session;
    return corm_run(engine, add_one_twice, NULL);
}

static corm_status nothing(corm_session *session, void *argument)
{
    (void)session, (void)argument;
    return CORM_OK;
}

static corm_status say_no(corm_session *session, void *argument)
{
    (void)session, (void)argument;
    return CORM_UNIQUE;
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

/* The message is there although the session is gone. */
static void run_tells_why_it_failed(void **state)
{
    struct shared *shared = *state;
    struct attempts attempts = {.engine = shared->engine, .result = CORM_NOT_FOUND};
    assert_int_equal(corm_run(shared->engine, disturbed_work, &attempts), CORM_NOT_FOUND);
    assert_string_equal(corm_error_message(NULL),
                        "corm_run: the function gave up: no row answers the query");
    assert_int_equal(corm_error_status(NULL), CORM_NOT_FOUND);
    assert_int_equal(corm_run(shared->engine, add_one_twice, NULL), CORM_UNIQUE);
    assert_non_null(strstr(corm_error_message(NULL), "users.username = 'one': there is a row"));
    /* one inside of another: the first message stays, and is not taken for that of another failure */
    assert_int_equal(corm_run(shared->engine, run_inside, shared->engine), CORM_UNIQUE);
    assert_non_null(strstr(corm_error_message(NULL), "users.username = 'one': there is a row"));
    assert_int_equal(corm_run(shared->engine, nothing, NULL), CORM_OK);
    assert_non_null(strstr(corm_error_message(NULL), "users.username = 'one': there is a row"));
    assert_int_equal(corm_run(shared->engine, say_no, NULL), CORM_UNIQUE);
    assert_string_equal(
        corm_error_message(NULL),
        "corm_run: the function gave up: a value that must be unique is there already");
}

static corm_status add_and_close(corm_session *session, void *argument)
{
    (void)argument;
    corm_status status = corm_add(session, new_user(session, "closed"));
    corm_session_close(session);
    return status;
}

static void run_refuses_a_work_that_closes_its_session(void **state)
{
    struct shared *shared = *state;
    assert_int_equal(corm_run(shared->engine, add_and_close, NULL), CORM_MISUSE);
    assert_string_equal(
        corm_error_message(NULL),
        "corm_session_close of the session of corm_run, which closes it itself: return "
        "CORM_OK to commit, anything else to roll back");
    corm_session *session = corm_session_open(shared->engine, NULL);
    int64_t added = corm_count(session, User, .where = corm_eq(User_.username, "closed"));
    corm_session_close(session);
    assert_int_equal(added, 0);
}

static void *ask_for_an_error(void *argument)
{
    bool *none = argument;
    *none = corm_error_status(NULL) == CORM_OK && corm_error_message(NULL)[0] == '\0';
    return NULL;
}

static void a_thread_without_an_error_tells_none(void **state)
{
    (void)state;
    pthread_t thread;
    bool none = false;
    assert_int_equal(pthread_create(&thread, NULL, ask_for_an_error, &none), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(none);
}

/* ---- One that has read, and one that writes ------------------------------------------------------ */

static corm_session *session_with(struct shared *shared, bool writer)
{
    return corm_session_open(shared->engine, &(corm_session_options){.writer = writer});
}

static void one_that_has_read_and_then_writes_meets_a_conflict(void **state)
{
    corm_session *reader = session_with(*state, false), *writer = session_with(*state, true);
    User *one = corm_get(reader, User, 1);
    assert_got(reader, one);
    assert_ok(writer, add_one(writer, NULL));
    assert_ok(writer, corm_commit(writer));
    one->age = corm_some(99);
    assert_status(reader, CORM_CONFLICT, corm_commit(reader));
    assert_non_null(strstr(corm_error_message(reader),
                           "database is locked: somebody else has committed since this transaction "
                           "began to read; roll back and do all of it again, with the reading, as "
                           "corm_run does"));
    assert_status(reader, CORM_PENDING_ROLLBACK, corm_commit(reader));
    assert_ok(reader, corm_rollback(reader));
    assert_got(reader, corm_get(reader, User, 1));
    assert_int_equal(one->age.value, 1);
    corm_session_close(reader);
    corm_session_close(writer);
}

struct upgrade {
    struct shared *shared;
    corm_session *session;
    corm_status status;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int stage;
};

static void reach(struct upgrade *upgrade, int stage)
{
    (void)pthread_mutex_lock(&upgrade->lock);
    upgrade->stage = stage;
    (void)pthread_cond_broadcast(&upgrade->changed);
    (void)pthread_mutex_unlock(&upgrade->lock);
}

static void await(struct upgrade *upgrade, int stage)
{
    (void)pthread_mutex_lock(&upgrade->lock);
    while (upgrade->stage < stage)
        (void)pthread_cond_wait(&upgrade->changed, &upgrade->lock);
    (void)pthread_mutex_unlock(&upgrade->lock);
}

static void *read_and_write(void *argument)
{
    struct upgrade *upgrade = argument;
    corm_session *session = session_with(upgrade->shared, false);
    User *one = corm_get(session, User, 1);
    reach(upgrade, 1);
    await(upgrade, 2); /* the other one writes */
    if (one != NULL)
        one->email = "reader@example.com";
    reach(upgrade, 3);
    upgrade->status = corm_commit(session);
    corm_session_close(session);
    return NULL;
}

/* It waits for the end of the other's transaction, where SQLite would give up at once. */
static corm_status status_beside_a_writer(struct shared *shared, bool commits)
{
    struct upgrade upgrade = {
        .shared = shared, .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    pthread_t thread;
    corm_session *writer = session_with(shared, true);
    assert_int_equal(pthread_create(&thread, NULL, read_and_write, &upgrade), 0);
    await(&upgrade, 1);
    corm_status status = add_one(writer, NULL);
    if (status == CORM_OK)
        status = corm_flush(writer);
    reach(&upgrade, 2);
    await(&upgrade, 3);
    for (int i = 0; i < 2000 && status == CORM_OK; i++) /* time in which the other one waits */
        status = ask(writer, "SELECT count(*) FROM users, users") == NULL ? CORM_DATABASE : CORM_OK;
    if (status == CORM_OK)
        status = commits ? corm_commit(writer) : corm_rollback(writer);
    (void)pthread_join(thread, NULL);
    corm_session_close(writer);
    assert_int_equal(status, CORM_OK);
    return upgrade.status;
}

struct trial {
    corm_session *writer;
    int runs;
    double waited; /* by the first run, seconds */
};

static corm_status change_beside_a_writer(corm_session *session, void *argument)
{
    struct trial *trial = argument;
    struct timespec before, after;
    if (++trial->runs > 1 && corm_rollback(trial->writer) != CORM_OK)
        return CORM_DATABASE;
    User *one = corm_get(session, User, 1);
    if (one == NULL)
        return corm_last_status();
    one->email = "trial@example.com";
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    const corm_status status = corm_flush(session);
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    if (trial->runs == 1)
        trial->waited =
            (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
    return status;
}

/* What it has read would be old by then; the second run waits, before it reads. */
static void run_does_not_wait_with_what_it_has_read(void **state)
{
    struct shared *shared = *state;
    struct trial trial = {.writer = session_with(shared, true)};
    assert_ok(trial.writer, add_one(trial.writer, NULL));
    assert_ok(trial.writer, corm_flush(trial.writer));
    assert_int_equal(corm_run(shared->engine, change_beside_a_writer, &trial), CORM_OK);
    corm_session_close(trial.writer);
    assert_int_equal(trial.runs, 2);
    assert_true(trial.waited < 2.5); /* half of the time that it would wait */
}

static void one_that_has_read_waits_for_the_writer_before_it_conflicts(void **state)
{
    assert_int_equal(status_beside_a_writer(*state, true), CORM_CONFLICT);
}

static void one_that_has_read_writes_after_a_writer_that_rolls_back(void **state)
{
    assert_int_equal(status_beside_a_writer(*state, false), CORM_OK);
}

/* ---- Waiting ------------------------------------------------------------------------------------- */

static struct shared impatient(const char *path, size_t connections)
{
    struct shared shared;
    memset(&shared, 0, sizeof shared);
    if (path == NULL)
        make_place(&shared.place);
    shared.engine = corm_sqlite_engine(
        path == NULL ? shared.place.path : path, &blog,
        &(corm_sqlite_options){.busy_timeout_ms = 30,
                               .durability = CORM_SQLITE_DURABILITY_NORMAL,
                               .engine = {.pool_size = connections, .pool_timeout_ms = 30}});
    return shared;
}

static void calm_down(struct shared *shared)
{
    assert_int_equal(corm_engine_close(shared->engine), CORM_OK);
    if (shared->place.path[0] != '\0')
        remove_place(&shared->place);
}

static void a_full_pool_times_out_and_says_so(void **state)
{
    (void)state;
    struct shared shared = impatient(NULL, 2);
    corm_session *sessions[3];
    for (int i = 0; i < 3; i++)
        sessions[i] = session_with(&shared, false);
    assert_ok(sessions[0], corm_create_all(sessions[0]));
    assert_int_equal(corm_count(sessions[0], User), 0);
    assert_int_equal(corm_count(sessions[1], User), 0);
    const double start = corm__clock();
    assert_int_equal(corm_count(sessions[2], User), -1);
    assert_true(corm__clock() - start >= 30);
    assert_int_equal(corm_last_status(), CORM_TIMEOUT);
    assert_string_equal(corm_error_message(sessions[2]),
                        "no connection was free within 30 ms: all 2 are in use; close or commit a "
                        "session, or raise .pool_size");
    assert_ok(sessions[0], corm_commit(sessions[0]));
    assert_ok(sessions[2], corm_rollback(sessions[2]));
    assert_int_equal(corm_count(sessions[2], User), 0);
    for (int i = 0; i < 3; i++)
        corm_session_close(sessions[i]);
    calm_down(&shared);
}

static void a_database_in_memory_has_one_connection_and_says_so(void **state)
{
    (void)state;
    struct shared shared = impatient(":memory:", 5);
    corm_session *first = session_with(&shared, false), *second = session_with(&shared, true);
    assert_ok(first, corm_create_all(first));
    assert_int_equal(corm_count(first, User), 0);
    assert_int_equal(corm_count(second, User), -1);
    assert_int_equal(corm_last_status(), CORM_TIMEOUT);
    assert_string_equal(corm_error_message(second),
                        "no connection was free within 30 ms: the database has a single connection "
                        "and another session holds it; commit, roll back or close that session");
    corm_session_close(first);
    assert_ok(second, corm_rollback(second));
    assert_int_equal(corm_count(second, User), 0);
    corm_session_close(second);
    calm_down(&shared);
}

static void a_writer_behind_a_writer_is_busy_after_its_time(void **state)
{
    (void)state;
    struct shared shared = impatient(NULL, 3);
    corm_session *first = session_with(&shared, true), *second = session_with(&shared, false);
    assert_ok(first, corm_create_all(first));
    assert_int_equal(corm_count(first, User), 0);
    const double start = corm__clock();
    assert_ok(second, corm_add(second, new_user(second, "two")));
    assert_status(second, CORM_BUSY, corm_commit(second));
    assert_true(corm__clock() - start >= 30);
    assert_string_equal(corm_error_message(second),
                        "it was not this session's turn to write within 30 ms: other sessions of "
                        "the engine write; commit or roll back earlier");
    assert_ok(first, corm_commit(first));
    assert_ok(second, corm_rollback(second));
    assert_ok(second, corm_add(second, new_user(second, "two")));
    assert_ok(second, corm_commit(second));
    corm_session_close(first);
    corm_session_close(second);
    calm_down(&shared);
}

/* Behind another engine's writer, as behind another process. */
static void a_writer_behind_another_engine_is_busy_after_its_time(void **state)
{
    (void)state;
    struct shared shared = impatient(NULL, 3);
    corm_session *first = session_with(&shared, true);
    corm_session *other =
        corm_sqlite_open(shared.place.path, &blog, &(corm_sqlite_options){.busy_timeout_ms = 30});
    assert_ok(first, corm_create_all(first));
    assert_int_equal(corm_count(other, User), 0);
    assert_int_equal(corm_count(first, User), 0);
    assert_ok(other, corm_add(other, new_user(other, "other")));
    double start = corm__clock();
    assert_status(other, CORM_BUSY, corm_commit(other)); /* has read before */
    assert_true(corm__clock() - start >= 30);
    assert_ok(other, corm_rollback(other));
    assert_ok(other, corm_add(other, new_user(other, "other")));
    start = corm__clock();
    assert_status(other, CORM_BUSY, corm_commit(other)); /* has not */
    assert_true(corm__clock() - start >= 30);
    assert_non_null(strstr(corm_error_message(other),
                           "database is locked: another session, or another program, "
                           "holds the lock; roll back and do it again later, or wait longer "
                           "(.busy_timeout_ms)"));
    corm_session_close(first);
    corm_session_close(other);
    calm_down(&shared);
}

enum { QUEUE = 8 };

struct queue {
    corm_engine *engine;
    bool writers;
    size_t served;
    size_t order[QUEUE]; /* written by who has the only connection, or the turn */
};

struct place_in_line {
    struct queue *queue;
    size_t number;
};

static void *stand_in_line(void *argument)
{
    struct place_in_line *me = argument;
    corm_session *session =
        corm_session_open(me->queue->engine, &(corm_session_options){.writer = me->queue->writers});
    if (corm_count(session, User) >= 0)
        me->queue->order[me->queue->served++] = me->number;
    corm_session_close(session);
    return NULL;
}

static size_t length_of_line(struct queue *queue)
{
    size_t length = 0;
    corm__mutex_lock(&queue->engine->lock);
    corm__line *line = queue->writers ? &queue->engine->writers : &queue->engine->waiters;
    for (corm__waiter *one = line->first; one != NULL; one = one->next)
        length++;
    corm__mutex_unlock(&queue->engine->lock);
    return length;
}

static void stand_in_line_and_be_served(size_t connections, bool writers)
{
    struct shared shared;
    make_place(&shared.place);
    shared.engine = corm_sqlite_engine(
        shared.place.path, &blog, &(corm_sqlite_options){.engine = {.pool_size = connections}});
    struct queue queue = {.engine = shared.engine, .writers = writers};
    struct place_in_line places[QUEUE];
    pthread_t threads[QUEUE];
    corm_session *first = session_with(&shared, writers);
    assert_ok(first, corm_create_all(first));
    assert_int_equal(corm_count(first, User), 0);
    for (size_t i = 0; i < QUEUE; i++) {
        places[i] = (struct place_in_line){&queue, i};
        assert_int_equal(pthread_create(&threads[i], NULL, stand_in_line, &places[i]), 0);
        while (length_of_line(&queue) <= i)
            (void)sched_yield();
    }
    corm_session_close(first);
    for (size_t i = 0; i < QUEUE; i++)
        (void)pthread_join(threads[i], NULL);
    assert_int_equal(queue.served, QUEUE);
    for (size_t i = 0; i < QUEUE; i++)
        assert_int_equal(queue.order[i], i);
    assert_int_equal(corm_engine_close(shared.engine), CORM_OK);
    remove_place(&shared.place);
}

static void connections_are_given_to_who_waited_longest(void **state)
{
    (void)state;
    stand_in_line_and_be_served(1, false);
}

static void writers_get_their_turn_in_the_order_they_came(void **state)
{
    (void)state;
    stand_in_line_and_be_served(2, true);
}

/* ---- Sessions and threads ------------------------------------------------------------------------- */

static void *use_it(void *argument)
{
    struct upgrade *upgrade = argument;
    upgrade->status = add_one(upgrade->session, NULL);
    return NULL;
}

static void *end_it(void *argument)
{
    struct upgrade *upgrade = argument;
    upgrade->status = corm_commit(upgrade->session);
    corm_session_close(upgrade->session);
    return NULL;
}

/* Opened here, used by one thread, committed and closed by another one. */
static void a_session_may_pass_from_thread_to_thread(void **state)
{
    struct upgrade upgrade = {.session = session_with(*state, false)};
    void *(*const stages[])(void *) = {use_it, end_it};
    for (size_t i = 0; i < 2; i++) {
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, stages[i], &upgrade), 0);
        (void)pthread_join(thread, NULL);
        assert_int_equal(upgrade.status, CORM_OK);
    }
    assert_int_equal(age_of_both(*state), 1);
}

static void an_engine_with_open_sessions_stays_open(void **state)
{
    struct shared *shared = *state;
    corm_session *first = session_with(shared, false), *second = session_with(shared, false);
    assert_int_equal(corm_engine_close(shared->engine), CORM_MISUSE);
    assert_string_equal(corm_error_message(NULL),
                        "corm_engine_close: 2 of its sessions are open: close them first");
    assert_ok(first, add_one(first, NULL));
    assert_ok(first, corm_commit(first));
    corm_session_close(first);
    assert_int_equal(corm_engine_close(shared->engine), CORM_MISUSE);
    assert_string_equal(corm_error_message(NULL),
                        "corm_engine_close: 1 of its sessions is open: close it first");
    corm_session_close(second);
}

#if defined(CORM__WATCHED)

/* Stands still in the middle of a call until it is told to go on. */
static void stand_still(void *context, const corm_trace_event *event)
{
    struct upgrade *upgrade = context;
    if (strncmp(event->sql, "SELECT", 6) != 0)
        return;
    (void)corm_text(upgrade->session, "inside"); /* the same thread may come in again */
    if (corm_last_status() != CORM_OK)
        upgrade->status = corm_last_status();
    reach(upgrade, 1);
    await(upgrade, 2);
}

static void *be_inside(void *argument)
{
    struct upgrade *upgrade = argument;
    if (corm_count(upgrade->session, User) < 0)
        upgrade->status = corm_last_status();
    return NULL;
}

static void meet_in(corm_session *session, User *user, Post *post)
{
    corm_savepoint savepoint = {0};
    assert_int_equal(corm_flush(session), CORM_MISUSE);
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_string_equal(corm_error_message(session),
                        "the session is used by two threads at once: give each thread a session of "
                        "its own (corm_session_open); one may pass from thread to thread between "
                        "two calls");
    assert_int_equal(corm_error_status(session), CORM_MISUSE);
    assert_int_equal(corm_commit(session), CORM_MISUSE);
    assert_int_equal(corm_rollback(session), CORM_MISUSE);
    assert_int_equal(corm_clear(session), CORM_MISUSE);
    assert_int_equal(corm_create_all(session), CORM_MISUSE);
    assert_int_equal(corm_savepoint_begin(session, &savepoint), CORM_MISUSE);
    assert_int_equal(corm_add(session, user), CORM_MISUSE);
    assert_int_equal(corm_delete(session, user), CORM_MISUSE);
    assert_int_equal(corm_expunge(session, user), CORM_MISUSE);
    assert_int_equal(corm_refresh(session, user), CORM_MISUSE);
    assert_int_equal(corm_current(user), CORM_MISUSE);
    assert_int_equal(corm_touch(user, User_.age), CORM_MISUSE);
    assert_int_equal(corm_free(user), CORM_MISUSE);
    assert_int_equal(User_posts_append(user, post), CORM_MISUSE);
    assert_int_equal(User_posts_remove(user, post), CORM_MISUSE);
    assert_int_equal(Post_author_user_set(post, NULL), CORM_MISUSE);
    assert_int_equal(User_posts(user).count, 0);
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_int_equal(User_posts_count(user), 0);
    assert_null(Post_author_user(post));
    assert_null(corm_new(session, Post, .title = "lost"));
    assert_null(corm_get(session, User, 1));
    assert_int_equal(corm_all(session, User, .limit = 1).count, 0);
    assert_int_equal(corm_count(session, User), -1);
    assert_null(corm_text(session, "x"));
    corm_session_close(session); /* is not closed */
    assert_int_equal(corm_last_status(), CORM_MISUSE);
}

static void two_threads_in_a_session_at_once_are_found_out(void **state)
{
    struct shared *shared = *state;
    struct upgrade upgrade = {.lock = PTHREAD_MUTEX_INITIALIZER,
                              .changed = PTHREAD_COND_INITIALIZER,
                              .session = session_with(shared, false)};
    pthread_t thread;
    corm_session *session = upgrade.session;
    User *user = corm_get(session, User, 1);
    Post *post = corm_new(session, Post, .title = "Hi");
    assert_ok(session, User_posts_append(user, post));
    assert_ok(session, corm_commit(session));
    corm_trace(session, stand_still, &upgrade);
    assert_int_equal(pthread_create(&thread, NULL, be_inside, &upgrade), 0);
    await(&upgrade, 1);
    meet_in(session, user, post);
    reach(&upgrade, 2);
    (void)pthread_join(thread, NULL);
    assert_int_equal(upgrade.status, CORM_OK);
    corm_trace(session, NULL, NULL);
    /* what the second thread was refused must not be missed at the commit */
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_non_null(strstr(corm_error_message(session), "two threads at once"));
    assert_ok(session, corm_rollback(session));
    assert_string_equal(corm_error_message(session), "");
    user = corm_get(session, User, 1);
    assert_got(session, user);
    assert_int_equal(User_posts(user).count, 1);
    assert_ok(session, corm_commit(session));
    corm_session_close(session);
}

#endif

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
        ENGINE_TEST(run_tells_why_it_failed),
        ENGINE_TEST(run_refuses_a_work_that_closes_its_session),
        cmocka_unit_test(a_thread_without_an_error_tells_none),
        ENGINE_TEST(one_that_has_read_and_then_writes_meets_a_conflict),
        ENGINE_TEST(run_does_not_wait_with_what_it_has_read),
        ENGINE_TEST(one_that_has_read_waits_for_the_writer_before_it_conflicts),
        ENGINE_TEST(one_that_has_read_writes_after_a_writer_that_rolls_back),
        cmocka_unit_test(a_full_pool_times_out_and_says_so),
        cmocka_unit_test(a_database_in_memory_has_one_connection_and_says_so),
        cmocka_unit_test(a_writer_behind_a_writer_is_busy_after_its_time),
        cmocka_unit_test(a_writer_behind_another_engine_is_busy_after_its_time),
        cmocka_unit_test(connections_are_given_to_who_waited_longest),
        cmocka_unit_test(writers_get_their_turn_in_the_order_they_came),
        ENGINE_TEST(a_session_may_pass_from_thread_to_thread),
        ENGINE_TEST(an_engine_with_open_sessions_stays_open),
#if defined(CORM__WATCHED)
        ENGINE_TEST(two_threads_in_a_session_at_once_are_found_out),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
