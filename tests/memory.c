/* memory: a session that lives long does not grow, and a closed one leaves nothing behind.
 *
 * CORM_ROUNDS is the number of rounds of each loop (20,000 if it is not set, and then no figures are
 * printed). CORM_RESIDENT=no: the process is not measured, because it runs under valgrind. */
#define _XOPEN_SOURCE 700
#include "allocators.h"

#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* The address sanitizer keeps what was freed, so that the process grows by itself. */
#if defined(__SANITIZE_ADDRESS__)
enum { PROCESS_IS_MEASURED = 0 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
enum { PROCESS_IS_MEASURED = 0 };
#else
enum { PROCESS_IS_MEASURED = 1 };
#endif
#else
enum { PROCESS_IS_MEASURED = 1 };
#endif

static long rounds(void)
{
    const char *wanted = getenv("CORM_ROUNDS");
    long count = wanted == NULL ? 0 : strtol(wanted, NULL, 10);
    return count > 0 ? count : 20000;
}

/* Bytes of the process in memory; 0 where the system does not tell, or nobody wants to know. */
static size_t resident(void)
{
    const char *wanted = getenv("CORM_RESIDENT");
    if (wanted != NULL && strcmp(wanted, "no") == 0)
        return 0;
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long size = 0, pages = 0;
    if (file == NULL)
        return 0;
    int read = fscanf(file, "%lu %lu", &size, &pages);
    (void)fclose(file);
    long page = sysconf(_SC_PAGESIZE);
    return read == 2 && page > 0 ? pages * (size_t)page : 0;
}

/* Runs the body so many times and compares the end with the first tenth: by then every cache and
 * buffer has its size. malloc and SQLite may move the process by a few pages; a leak of 100 bytes
 * per round would be 1.8 MB. */
static void does_not_grow(corm_session *session, void (*body)(corm_session *session, long round))
{
    enum { TOLERANCE_HELD = 16 * 1024, TOLERANCE_RESIDENT = 1024 * 1024 };
    long count = rounds();
    size_t held_before = 0, resident_before = 0;
    for (long round = 0; round < count; round++) {
        if (round == count / 10) {
            held_before = held_by_corm.bytes;
            resident_before = resident();
        }
        body(session, round);
    }
    size_t resident_after = resident();
    if (getenv("CORM_ROUNDS") != NULL)
        print_message(
            "# %ld rounds: corm %zu bytes after a tenth, %zu at the end; the process %zu, "
            "%zu\n",
            count, held_before, held_by_corm.bytes, resident_before, resident_after);
    if (held_by_corm.bytes > held_before + TOLERANCE_HELD)
        complain(__FILE__, __LINE__, "corm holds %zu bytes, %zu more than before",
                 held_by_corm.bytes, held_by_corm.bytes - held_before);
    if (PROCESS_IS_MEASURED && resident_after > resident_before + TOLERANCE_RESIDENT)
        complain(__FILE__, __LINE__, "the process has %zu bytes, %zu more than before",
                 resident_after, resident_after - resident_before);
}

static int open_quiet(void **state)
{
    if (open_blog(state) != 0)
        return 1;
    corm_session *session = *state;
    corm_trace(session, NULL, NULL);
    for (int i = 0; i < 10; i++)
        (void)user_with_posts(session, corm_text(session, "user %d", i), 3);
    return corm_commit(session) != CORM_OK || corm_clear(session) != CORM_OK;
}

/* Texts of many lengths, so that freed ones must be used again. */
static const char *some_text(corm_session *session, long round)
{
    return corm_text(session, "%0*ld@example.com", (int)(round * 7 % 100), round);
}

static void query_change_commit_clear(corm_session *session, long round)
{
    User_list users = corm_all(session, User, .where = corm_gt(User_.id, 3),
                               .order_by = corm_asc(User_.id), .load = corm_load(User_.posts));
    assert_int_equal(users.count, 7);
    User *user = users.items[round % 7];
    user->email = some_text(session, round);
    user->age = corm_some(round);
    Post_list posts = User_posts(user);
    assert_int_equal(posts.count, 3);
    posts.items[round % 3]->title = some_text(session, round + 1);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
}

static void change_commit(corm_session *session, long round)
{
    User *user = corm_get(session, User, 1);
    assert_got(session, user);
    user->email = some_text(session, round);
    assert_ok(session, corm_commit(session));
}

static void change_flush_rollback(corm_session *session, long round)
{
    User *user = corm_get(session, User, 1);
    assert_got(session, user);
    user->email = some_text(session, round);
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
}

static void lists_and_texts_given_back(corm_session *session, long round)
{
    if (round % 100 == 0)
        assert_ok(session, corm_commit(session));
    User_list users = corm_all(session, User);
    assert_int_equal(users.count, 10);
    users.items[0]->email = some_text(session, round);
    assert_ok(session, corm_flush(session));
    corm_free_lists(session);
}

static void relationships_change_and_change_back(corm_session *session, long round)
{
    User *one = corm_get(session, User, 1), *two = corm_get(session, User, 2);
    Post *post = corm_get(session, Post, 1);
    assert_ok(session, User_posts_append(round % 2 == 0 ? two : one, post));
    assert_int_equal(User_posts(one).count + User_posts(two).count, 6);
    assert_ok(session, corm_commit(session));
}

static void insert_delete_clear(corm_session *session, long round)
{
    User *user = user_with_posts(session, corm_text(session, "new %ld", round), 2);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, user));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
}

static void expunge_free(corm_session *session, long round)
{
    User *user = corm_get(session, User, 1 + round % 10);
    assert_got(session, user);
    assert_ok(session, corm_expunge(session, user));
    assert_int_equal(corm_free(user), CORM_OK);
    assert_ok(session, corm_commit(session));
}

static void savepoints_roll_back(corm_session *session, long round)
{
    corm_savepoint savepoint;
    User *user = corm_get(session, User, 1);
    assert_got(session, user);
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    user->email = some_text(session, round);
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    if (round % 50 == 0)
        assert_ok(session, corm_commit(session));
}

static void errors_and_rollbacks(corm_session *session, long round)
{
    User *user = corm_get(session, User, 1 + round % 5);
    assert_got(session, user);
    user->username = "user 9";
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_ok(session, corm_rollback(session));
}

/* An object of theirs has a place in what knows all objects of the program, beside those of the session
 * that stays. */
static void sessions_come_and_go(corm_session *session, long round)
{
    User *stays = corm_get(session, User, 1);
    assert_got(session, stays);
    corm_session *other = corm_session_open(session->engine, NULL);
    assert_non_null(other);
    User *user = new_user(other, "guest");
    assert_got(other, user);
    assert_int_equal(corm_state(user), CORM_STATE_TRANSIENT);
    if (round % 3 == 0) {
        Tag *tag = corm_new(other, Tag, .name = "two kinds");
        assert_got(other, tag);
        assert_int_equal(corm_state(tag), CORM_STATE_TRANSIENT);
    }
    corm_session_close(other);
    assert_int_equal(corm_state(user), CORM_STATE_NONE);
}

#define GROWTH_TEST(body_)                                                                         \
    static void a_loop_does_not_grow_##body_(void **state)                                         \
    {                                                                                              \
        does_not_grow(*state, body_);                                                              \
    }
GROWTH_TEST(query_change_commit_clear)
GROWTH_TEST(change_commit)
GROWTH_TEST(change_flush_rollback)
GROWTH_TEST(lists_and_texts_given_back)
GROWTH_TEST(relationships_change_and_change_back)
GROWTH_TEST(insert_delete_clear)
GROWTH_TEST(expunge_free)
GROWTH_TEST(savepoints_roll_back)
GROWTH_TEST(errors_and_rollbacks)
GROWTH_TEST(sessions_come_and_go)

static void a_closed_session_leaves_nothing_behind(void **state)
{
    (void)state;
    long blocks = held_by_corm.blocks;
    size_t bytes = held_by_corm.bytes;
    for (int i = 0; i < 20; i++) {
        corm_session *session = memory_session(&blog);
        assert_non_null(session);
        User *alice = user_with_posts(session, "alice", 100);
        assert_ok(session, corm_commit(session));
        assert_int_equal(corm_all(session, User, .load = corm_load(User_.posts)).count, 1);
        alice->email = some_text(session, i);
        (void)user_with_posts(session, "pending", 5);
        if (i % 2 == 0)
            assert_ok(session, corm_flush(session));
        assert_non_null(corm_new(session, User));
        corm_session_close(session);
        assert_int_equal(held_by_corm.blocks, blocks);
        assert_int_equal(held_by_corm.bytes, bytes);
    }
}

static void a_cleared_session_holds_no_object(void **state)
{
    corm_session *session = *state;
    (void)corm_count(session, User);
    assert_ok(session, corm_clear(session));
    size_t empty = held_by_corm.bytes;
    for (int i = 0; i < 1000; i++)
        assert_ok(session, corm_add(session, new_user(session, corm_text(session, "u%d", i))));
    size_t full = held_by_corm.bytes;
    assert_ok(session, corm_clear(session));
    assert_true(full > empty + 1000 * sizeof(User));
    assert_in_range(held_by_corm.bytes, 0, empty + 64 * 1024);
}

/* Lists of a few thousand objects are blocks of their own, which are taken over from who has read the rows. */
static void a_long_list_holds_a_pointer_for_each_object_until_the_next_transaction(void **state)
{
    enum { MANY = 5000 };
    corm_session *session = *state;
    assert_ok(
        session,
        corm_sql_run(session,
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                     "WHERE i < 5000) "
                     "INSERT INTO users(username, email, active) SELECT 'u' || i, 'e', 1 FROM n"));
    assert_ok(session, corm_commit(session));
    User_list users = corm_all(session, User, .order_by = corm_asc(User_.id));
    assert_int_equal(users.count, MANY + 10);
    size_t before = 0;
    for (int round = 0; round < 5; round++) {
        assert_ok(session, corm_commit(session));
        assert_int_equal(corm_count(session, User), MANY + 10);
        const size_t empty = held_by_corm.bytes;
        users = corm_all(session, User, .order_by = corm_asc(User_.id));
        assert_int_equal(users.count, MANY + 10);
        const size_t list = held_by_corm.bytes - empty;
        if (round > 0) /* what is needed to fill the objects again is kept */
            assert_in_range(list, MANY * sizeof(void *), MANY * sizeof(void *) + 4096);
        for (size_t i = 1; i < users.count; i++)
            assert_true(users.items[i - 1]->id < users.items[i]->id);
        assert_int_equal(User_posts(users.items[9]).count, 3); /* with its siblings */
        assert_true(round < 2 || held_by_corm.bytes <= before);
        before = held_by_corm.bytes;
    }
}

#define QUIET_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_quiet, close_session)

/* Besides the objects and their lists: the keys of the parents, and what a statement takes. */
static void loading_the_children_of_many_takes_little_besides(void **state)
{
    enum { MANY = 20000, LITTLE = 4 * 1024 * 1024 };
    corm_session *session = *state;
    run_sql(session, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) "
                     "INSERT INTO users (username, email, active) SELECT 'u' || i, 'e', 1 FROM n");
    assert_ok(session, corm_commit(session));
    for (int read_only = 0; read_only < 2; read_only++) {
        held_by_corm.most = 0;
        assert_int_equal(corm_all(session, User, .where = corm_gt(User_.id, 10),
                                  .read_only = read_only != 0, .load = corm_load(User_.posts))
                             .count,
                         MANY);
        assert_in_range(held_by_corm.most, 0, held_by_corm.bytes + LITTLE);
        assert_ok(session, corm_rollback(session));
        assert_ok(session, corm_clear(session));
    }
}

/* Whether each new post is in the list of whom it refers to, and each tag and post know of each other. */
static void check_both_ends(User *user, Post **posts, Tag *tag, int count)
{
    const Post_list list = User_posts(user), tagged = Tag_posts(tag);
    size_t referring = 0, tags = 0;
    for (int i = 0; i < count; i++) {
        const bool mine = Post_author_user(posts[i]) == user;
        referring += mine;
        assert_true(User_posts_contains(user, posts[i]) == mine);
        tags += Post_tags(posts[i]).count;
        assert_true(Tag_posts_contains(tag, posts[i]) == (Post_tags(posts[i]).count > 0));
    }
    assert_int_equal(list.count, referring);
    assert_int_equal(tagged.count, tags);
}

/* Links posts to a user and a tag, with the nth allocation failing, behind so many bytes of the session's memory.
 * false: none was left to fail. */
static bool link_with_faults(long nth, int bytes)
{
    enum { COUNT = 40 };
    static Post *posts[COUNT];
    corm_session *session = memory_session(&blog);
    User *user = corm_new(session, User, .username = "ann");
    Tag *tag = corm_new(session, Tag, .name = "c");
    int made = 0;
    for (; made < COUNT; made++)
        posts[made] = corm_new(session, Post, .title = "title");
    assert_non_null(corm_text(session, "%*d", bytes, 0));
    arm(nth, false);
    for (int i = 0; i < COUNT && !faults.reached; i++) {
        (void)User_posts_append(user, posts[i]);
        if (!faults.reached)
            (void)Post_tags_append(posts[i], tag);
    }
    const bool reached = faults.reached;
    disarm();
    assert_ok(session, corm_rollback(session));
    check_both_ends(user, posts, tag, COUNT);
    corm_session_close(session);
    return reached;
}

static void new_objects_are_linked_at_both_ends_or_none_where_memory_is_out(void **state)
{
    (void)state;
    long failed = 0;
    for (int bytes = 1; bytes < 9000; bytes += 120)
        for (long nth = 1; link_with_faults(nth, bytes); nth++)
            failed++;
    assert_true(failed > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        QUIET_TEST(loading_the_children_of_many_takes_little_besides),
        cmocka_unit_test(new_objects_are_linked_at_both_ends_or_none_where_memory_is_out),
        QUIET_TEST(a_loop_does_not_grow_query_change_commit_clear),
        QUIET_TEST(a_loop_does_not_grow_change_commit),
        QUIET_TEST(a_loop_does_not_grow_change_flush_rollback),
        QUIET_TEST(a_loop_does_not_grow_lists_and_texts_given_back),
        QUIET_TEST(a_loop_does_not_grow_relationships_change_and_change_back),
        QUIET_TEST(a_loop_does_not_grow_insert_delete_clear),
        QUIET_TEST(a_loop_does_not_grow_expunge_free),
        QUIET_TEST(a_loop_does_not_grow_savepoints_roll_back),
        QUIET_TEST(a_loop_does_not_grow_errors_and_rollbacks),
        QUIET_TEST(a_loop_does_not_grow_sessions_come_and_go),
        cmocka_unit_test(a_closed_session_leaves_nothing_behind),
        QUIET_TEST(a_cleared_session_holds_no_object),
        QUIET_TEST(a_long_list_holds_a_pointer_for_each_object_until_the_next_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
