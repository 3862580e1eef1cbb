/* loading: relationships are read on access, for all siblings at once, and never from what a flush
 * has made out of date. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define TEAM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(ONE_TO_MANY, singles, Single, team, .lazy = CORM_LAZY_SELECT)                     \
    RELATIONSHIP(ONE_TO_MANY, raised,  Raised, NONE, .lazy = CORM_LAZY_RAISE)                      \
    RELATIONSHIP(ONE_TO_MANY, eager,   Eager,  NONE, .lazy = CORM_LAZY_SELECTIN)
#define SINGLE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(OPTIONAL(INTEGER), team_id, .references = corm_ref(Team, id))                           \
    RELATIONSHIP(MANY_TO_ONE, team, Team, singles)
#define MEMBER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(OPTIONAL(INTEGER), team_id, .references = corm_ref(Team, id))
#define PERSON(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(OPTIONAL(INTEGER), boss_id, .references = corm_ref(Person, id))                         \
    RELATIONSHIP(ONE_TO_MANY,  staff,   Person, boss)                                              \
    RELATIONSHIP(MANY_TO_ONE,  boss,    Person, staff)                                             \
    RELATIONSHIP(MANY_TO_MANY, friends, Person, BACKREF(fans),                                     \
                 .secondary = corm_secondary("friends", "fan_id", "friend_id"))
#define TEAMS(MODEL)                                                                               \
    MODEL(Team,   "teams",   TEAM)                                                                 \
    MODEL(Single, "singles", SINGLE)                                                               \
    MODEL(Raised, "raised",  MEMBER)                                                               \
    MODEL(Eager,  "eager",   MEMBER)                                                               \
    MODEL(Person, "persons", PERSON)
/* clang-format on */

CORM_SCHEMA(teams, TEAMS)

static int open_teams(void **state)
{
    *state = memory_session(&teams);
    return *state == NULL;
}

#define TEAMS_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_teams, close_session)

/* So many users with two posts each, committed; the session is empty again. */
static void many_users(corm_session *session, int count)
{
    for (int i = 0; i < count; i++)
        (void)user_with_posts(session, corm_text(session, "user%04d", i), 2);
    start_afresh(session);
}

static void touching_the_posts_of_one_user_loads_those_of_all(void **state)
{
    corm_session *session = *state;
    many_users(session, 100);
    User_list users = corm_all(session, User);
    assert_int_equal(users.count, 100);
    record(session);
    size_t posts = 0;
    for (size_t i = 0; i < users.count; i++)
        posts += User_posts(users.items[i]).count;
    assert_int_equal(posts, 200);
    assert_ran(1, "SELECT");
}

static void touching_the_author_of_one_post_loads_those_of_all(void **state)
{
    corm_session *session = *state;
    many_users(session, 100);
    Post_list posts = corm_all(session, Post);
    assert_int_equal(posts.count, 200);
    record(session);
    for (size_t i = 0; i < posts.count; i++) {
        User *author = Post_author_user(posts.items[i]);
        assert_got(session, author);
        assert_true(author->id == posts.items[i]->user_id);
    }
    assert_ran(1, "SELECT");
}

static void a_reference_to_an_object_of_the_session_needs_no_sql(void **state)
{
    corm_session *session = *state;
    many_users(session, 3);
    User_list users = corm_all(session, User);
    Post_list posts = corm_all(session, Post);
    record(session);
    for (size_t i = 0; i < posts.count; i++)
        assert_ptr_equal(Post_author_user(posts.items[i]), users.items[i / 2]);
    assert_no_sql();
}

static void siblings_of_more_than_a_thousand_take_a_few_statements(void **state)
{
    corm_session *session = *state;
    many_users(session, 2500);
    User_list users = corm_all(session, User, .order_by = corm_asc(User_.id));
    record(session);
    for (size_t i = 0; i < users.count; i++) {
        Post_list posts = User_posts(users.items[i]);
        assert_int_equal(posts.count, 2);
        assert_true(posts.items[0]->user_id == users.items[i]->id);
    }
    assert_in_range(ran("SELECT"), 1, 5);
}

static void what_was_fetched_ahead_is_not_used_after_a_flush_has_written_the_table(void **state)
{
    corm_session *session = *state;
    many_users(session, 3);
    User_list users = corm_all(session, User);
    assert_int_equal(User_posts(users.items[0]).count, 2);
    Post *post = corm_new(session, Post, .title = "new", .user_id = users.items[1]->id);
    assert_ok(session, corm_add(session, post));
    assert_ok(session, corm_flush(session));
    assert_int_equal(User_posts(users.items[1]).count, 3);
    assert_int_equal(User_posts(users.items[2]).count, 2);
}

static void what_was_fetched_ahead_is_not_used_in_the_next_transaction(void **state)
{
    corm_session *session = *state;
    many_users(session, 3);
    User_list users = corm_all(session, User);
    User *second = users.items[1];
    assert_int_equal(User_posts(users.items[0]).count, 2);
    assert_ok(session, corm_commit(session));
    run_sql(session, "DELETE FROM posts WHERE user_id = 2");
    assert_int_equal(User_posts(second).count, 0);
}

/* How many of the statements that ran have this in their text. */
static size_t ran_with(const char *part)
{
    size_t count = 0;
    for (size_t i = 0; i < recorder.count && i < RECORDED_STATEMENTS; i++)
        count += strstr(recorder.statements[i].sql, part) != NULL;
    return count;
}

/* So many users with two posts each, which came with a transaction that has ended; to be freed. */
static User **known_users(corm_session *session, int count)
{
    many_users(session, count);
    User_list list = corm_all(session, User, .order_by = corm_asc(User_.id));
    User **users = malloc(list.count * sizeof *users);
    assert_non_null(users);
    memcpy(users, list.items, list.count * sizeof *users);
    assert_ok(session, corm_commit(session));
    record(session);
    return users;
}

static void collections_after_a_commit_come_together_for_who_walks_along(void **state)
{
    corm_session *session = *state;
    User **users = known_users(session, 60);
    for (size_t i = 0; i < 60; i++) {
        Post_list posts = User_posts(users[i]);
        assert_int_equal(posts.count, 2);
        assert_true(posts.items[1]->user_id == users[i]->id);
    }
    assert_in_range(ran_with("FROM \"posts\""), 1, 4);
    free(users);
}

static void one_collection_after_a_commit_comes_alone(void **state)
{
    corm_session *session = *state;
    User **users = known_users(session, 5);
    assert_int_equal(User_posts(users[1]).count, 2);
    assert_int_equal(ran_with(" IN ("), 0);
    assert_ok(session, corm_commit(session));
    assert_int_equal(User_posts(users[2]).count, 2);
    assert_int_equal(ran_with(" IN ("), 0);
    free(users);
}

static void objects_deleted_one_after_the_other_load_what_goes_along_together(void **state)
{
    corm_session *session = *state;
    User **users = known_users(session, 190);
    for (size_t i = 0; i < 190; i++)
        assert_ok(session, corm_delete(session, users[(i * 7 + 3) % 190]));
    assert_int_equal(ran_with("FROM \"posts\""), 4);
    assert_int_equal(ran_with("max("), 1);
    assert_int_equal(ran_with("\"user_id\" IS NOT NULL"), 1);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "0", "SELECT count(*) FROM posts");
    free(users);
}

static void few_rows_of_a_large_table_are_named(void **state)
{
    corm_session *session = *state;
    User **users = known_users(session, 100);
    run_sql(session, "INSERT INTO users (id, username, email, active) VALUES (1000, 'x', 'x', 1)");
    record(session);
    for (size_t i = 0; i < 100; i++)
        assert_ok(session, corm_delete(session, users[i]));
    assert_int_equal(ran_with("max("), 1);
    assert_int_equal(ran_with("\"user_id\" IS NOT NULL"), 0);
    assert_int_equal(ran_with("FROM \"posts\""), 4);
    free(users);
}

static void what_came_together_after_a_commit_is_not_used_after_a_write(void **state)
{
    corm_session *session = *state;
    User **users = known_users(session, 20);
    for (size_t i = 0; i < 10; i++)
        assert_int_equal(User_posts(users[i]).count, 2);
    Post *post = corm_new(session, Post, .title = "new", .user_id = users[12]->id);
    assert_ok(session, corm_add(session, post));
    assert_int_equal(User_posts(users[11]).count, 2);
    assert_int_equal(User_posts(users[12]).count, 3);
    free(users);
}

/* The pages lie scattered among all users, whose posts nobody has looked at. */
static void the_posts_of_a_page_come_together_wherever_its_users_lie(void **state)
{
    corm_session *session = *state;
    many_users(session, 400);
    assert_int_equal(corm_all(session, User).count, 400);
    size_t statements = 0;
    for (int page = 0; page < 10; page++) {
        const char *ending = corm_text(session, "%%%d0", page);
        User_list users = corm_all(session, User, .where = corm_like(User_.username, ending));
        assert_int_equal(users.count, 4);
        record(session);
        for (size_t i = 0; i < users.count; i++)
            assert_int_equal(User_posts(users.items[i]).count, 2);
        statements += ran("SELECT");
    }
    assert_in_range(statements, 1, 10); /* at most one for each page */
}

/* Persons lead to persons: each was met last in the list of another one. */
static void who_walks_from_list_to_list_takes_neighbours_along(void **state)
{
    corm_session *session = *state;
    enum { COUNT = 400, FRIENDS = 3 };
    run_sql(session, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 400) "
                     "INSERT INTO persons SELECT i, nullif(i - 1, 0) FROM n");
    run_sql(session, "INSERT INTO friends SELECT id, (id + f) % 400 + 1 FROM persons, "
                     "(SELECT 1 AS f UNION SELECT 2 UNION SELECT 3)");
    Person_list persons = corm_all(session, Person, .order_by = corm_asc(Person_.id));
    assert_int_equal(persons.count, COUNT);
    record(session);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(Person_friends(persons.items[i]).count, FRIENDS);
        assert_int_equal(Person_fans(persons.items[i]).count, FRIENDS);
    }
    assert_true(ran("SELECT") <= 8);
    record(session);
    Person *person = persons.items[0];
    for (size_t i = 1; i < COUNT; i++)
        person = Person_staff(person).items[0];
    assert_int_equal(Person_staff(person).count, 0);
    assert_true(ran("SELECT") <= 8);
}

static void a_reference_that_is_expired_takes_no_neighbours_along(void **state)
{
    corm_session *session = *state;
    many_users(session, 10);
    Post_list list = corm_all(session, Post, .order_by = corm_asc(Post_.id));
    Post *posts[20];
    memcpy(posts, list.items, sizeof posts);
    assert_ok(session, corm_commit(session));
    run_sql(session, "UPDATE posts SET user_id = 11 - user_id");
    for (size_t i = 0; i < 20; i++)
        assert_true(Post_author_user(posts[i])->id == 10 - (int64_t)i / 2);
}

static void the_first_load_of_a_collection_flushes_what_is_pending(void **state)
{
    corm_session *session = *state;
    many_users(session, 1);
    User *user = corm_get(session, User, 1);
    Post *post = corm_new(session, Post, .title = "pending", .user_id = 1);
    assert_ok(session, corm_add(session, post));
    assert_int_equal(User_posts(user).count, 3);
    assert_ptr_equal(Post_author_user(post), user);
}

static void appending_to_a_collection_that_is_not_loaded_loads_nothing(void **state)
{
    corm_session *session = *state;
    many_users(session, 1);
    User *user = corm_get(session, User, 1);
    Post *second = corm_get(session, Post, 2);
    record(session);
    Post *post = corm_new(session, Post, .title = "new");
    assert_ok(session, User_posts_append(user, post));
    assert_no_sql();
    assert_true(User_posts_contains(user, post));
    assert_ok(session, User_posts_remove(user, second));
    Post_list posts = User_posts(user);
    assert_int_equal(posts.count, 2);
    assert_string_equal(posts.items[0]->title, "user0000 1");
    assert_ptr_equal(posts.items[1], post);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "user0000 1;new", "SELECT title FROM posts ORDER BY id");
}

static void counting_loads_no_objects(void **state)
{
    corm_session *session = *state;
    many_users(session, 1);
    User *user = corm_get(session, User, 1);
    record(session);
    assert_int_equal(User_posts_count(user), 2);
    assert_ran(1, "SELECT");
    const char *sql = sql_of("SELECT", 0);
    assert_true(strstr(sql, "count(") != NULL || strstr(sql, "COUNT(") != NULL);
    (void)User_posts(user);
    record(session);
    assert_int_equal(User_posts_count(user), 2);
    assert_no_sql();
}

static void lists_stay_valid_while_more_is_loaded(void **state)
{
    corm_session *session = *state;
    many_users(session, 50);
    User_list users = corm_all(session, User);
    Post_list first = User_posts(users.items[0]);
    for (int i = 0; i < 50; i++)
        (void)corm_all(session, Post);
    for (size_t i = 1; i < users.count; i++)
        (void)User_posts(users.items[i]);
    assert_string_equal(users.items[49]->username, "user0049");
    assert_string_equal(first.items[1]->title, "user0000 2");
}

static void ten_teams(corm_session *session)
{
    for (int i = 0; i < 10; i++) {
        Team *team = corm_new(session, Team, .name = corm_text(session, "team %d", i));
        assert_ok(session, corm_add(session, team));
        assert_ok(session, Team_singles_append(team, corm_new(session, Single)));
        assert_ok(session, Team_raised_append(team, corm_new(session, Raised)));
        assert_ok(session, Team_eager_append(team, corm_new(session, Eager)));
    }
    start_afresh(session);
}

static void lazy_select_loads_for_one_object(void **state)
{
    corm_session *session = *state;
    ten_teams(session);
    Team_list all = corm_all(session, Team);
    record(session);
    for (size_t i = 0; i < all.count; i++)
        assert_int_equal(Team_singles(all.items[i]).count, 1);
    assert_ran(10, "SELECT");
}

static void lazy_selectin_loads_with_the_object(void **state)
{
    corm_session *session = *state;
    ten_teams(session);
    Team_list all = corm_all(session, Team);
    assert_ran(2, "SELECT");
    for (size_t i = 0; i < all.count; i++)
        assert_int_equal(Team_eager(all.items[i]).count, 1);
    assert_ran(2, "SELECT");
}

static void
references_that_are_loaded_with_the_objects_need_no_sql_although_they_had_expired(void **state)
{
    corm_session *session = *state;
    many_users(session, 10);
    assert_int_equal(corm_all(session, User).count, 10);
    assert_ok(session, corm_commit(session));
    record(session);
    Post_list posts = corm_all(session, Post, .load = corm_load(Post_author_user_));
    assert_ran(2, "SELECT");
    for (size_t i = 0; i < posts.count; i++)
        assert_int_equal(Post_author_user(posts.items[i])->id, posts.items[i]->user_id);
    assert_ran(2, "SELECT");
}

static void lazy_raise_is_an_error_that_names_the_relationship(void **state)
{
    corm_session *session = *state;
    ten_teams(session);
    Team *team = corm_first(session, Team);
    record(session);
    assert_int_equal(Team_raised(team).count, 0);
    assert_int_equal(corm_last_status(), CORM_NOT_LOADED);
    assert_message(session, "raised");
    assert_no_sql();
    assert_ok(session, corm_rollback(session));
    Team_list all = corm_all(session, Team, .load = corm_load(Team_.raised));
    assert_int_equal(Team_raised(all.items[3]).count, 1);
}

static void a_detached_object_says_that_it_cannot_load(void **state)
{
    corm_session *session = *state;
    many_users(session, 1);
    User *user = corm_get(session, User, 1);
    assert_ok(session, corm_expunge(session, user));
    assert_int_equal(User_posts(user).count, 0);
    assert_int_equal(corm_last_status(), CORM_DETACHED);
    assert_int_equal(corm_free(user), CORM_OK);
}

static void a_reference_to_a_row_that_is_not_there_is_null(void **state)
{
    corm_session *session = *state;
    many_users(session, 1);
    Post *post = corm_get(session, Post, 1);
    run_sql(session, "PRAGMA defer_foreign_keys = on; DELETE FROM users");
    assert_null(Post_author_user(post));
    assert_ok(session, corm_rollback(session));
}

static void what_a_query_bars_is_an_error_on_access(void **state)
{
    corm_session *session = *state;
    many_users(session, 2);
    User_list users = corm_all(session, User, .load = corm_load_never(User_.posts));
    assert_ran(1, "SELECT");
    assert_int_equal(User_posts(users.items[0]).count, 0);
    assert_int_equal(corm_last_status(), CORM_NOT_LOADED);
    assert_message(session, "User.posts was left out by corm_load_never and was not loaded (User "
                            "\"user0000\"): name it in .load = corm_load(...)");
    assert_ran(1, "SELECT");
    /* corm itself may load it, and so may another query */
    assert_ok(session, corm_delete(session, users.items[1]));
    assert_ok(session, corm_flush(session));
    (void)corm_all(session, User, .load = corm_load(User_.posts));
    assert_int_equal(User_posts(users.items[0]).count, 2);
    User *user = users.items[0];
    assert_ok(session, corm_commit(session));
    users = corm_all(session, User, .load = corm_load_never(User_.posts));
    (void)corm_all(session, User, .load = corm_load_later(User_.posts));
    assert_int_equal(User_posts(user).count, 2);
    assert_ok(session, corm_commit(session));
    (void)corm_all(session, User, .load = corm_load_never(User_.posts));
    assert_ok(session, corm_commit(session)); /* ends with the transaction */
    assert_int_equal(User_posts(user).count, 2);
}

static void what_is_barred_may_be_below_what_is_loaded_or_declared(void **state)
{
    corm_session *session = *state;
    many_users(session, 2);
    User_list users = corm_all(
        session, User, .limit = 1, .order_by = corm_asc(User_.id),
        .load = corm_loads(corm_load_joined(User_.posts), corm_load_never(Post_.comments)));
    Post *post = User_posts(users.items[0]).items[1];
    assert_ran(1, "SELECT");
    assert_int_equal(Post_comments(post).count, 0);
    assert_int_equal(corm_last_status(), CORM_NOT_LOADED);
    assert_ptr_equal(Post_author_user(post), users.items[0]); /* the session has it */
    Post *alone = corm_get(session, Post, 4);
    Post_list posts = corm_all(session, Post, .where = corm_eq(Post_.id, 4),
                               .load = corm_load_never(Post_.author_user));
    assert_ptr_equal(posts.items[0], alone);
    record(session);
    assert_null(Post_author_user(alone));
    assert_int_equal(corm_last_status(), CORM_NOT_LOADED);
    assert_no_sql();
}

/* Posts 1 to 600, which belong to users in an order that jumps, and each of which has a comment. */
static void scattered_posts(corm_session *session, int users)
{
    for (int i = 1; i <= users; i++)
        (void)user_with_posts(session, corm_text(session, "user%04d", i), 0);
    start_afresh(session);
    run_sql(session,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600) "
            "INSERT INTO posts (id, title, user_id) SELECT i, 'Post', "
            "(SELECT id FROM users WHERE username = printf('user%04d', i * 37 % 89 + 1)) FROM n");
    run_sql(session, "INSERT INTO comments (body, post_id) SELECT 'Yes', id FROM posts");
}

static void assert_own_posts(corm_session *session, const User_list *users, size_t expected)
{
    size_t sum = 0, comments = 0;
    record(session);
    for (size_t i = 0; i < users->count; i++) {
        const Post_list posts = User_posts(users->items[i]);
        for (size_t k = 0; k < posts.count; k++) {
            assert_int_equal(posts.items[k]->user_id, users->items[i]->id);
            assert_true(k == 0 || posts.items[k - 1]->id < posts.items[k]->id);
            comments += Post_comments(posts.items[k]).count;
        }
        sum += posts.count;
    }
    assert_int_equal(sum, expected);
    assert_int_equal(comments, expected);
}

static void children_that_a_scan_meets_in_no_order_come_to_their_own_parents(void **state)
{
    corm_session *session = *state;
    scattered_posts(session, 100);
    const User_list users = corm_all(session, User, .load = corm_load(User_.posts));
    assert_int_equal(users.count, 100);
    assert_own_posts(session, &users, 600);
    assert_ran(1, "SELECT"); /* the comments: who came together are siblings */
    assert_int_equal(User_posts(users.items[99]).count, 0);
}

static void children_of_parents_that_know_them_already_are_not_given_again(void **state)
{
    corm_session *session = *state;
    scattered_posts(session, 100);
    User *first = corm_get(session, User, 1), *second = corm_get(session, User, 2);
    const size_t count = User_posts(first).count;
    Post *moved = User_posts(first).items[count - 1];
    assert_ok(session, User_posts_remove(first, moved));
    assert_ok(session, User_posts_append(second, moved));
    const User_list users = corm_all(session, User, .load = corm_load(User_.posts));
    assert_int_equal(users.count, 100);
    assert_int_equal(User_posts(first).count, count - 1);
    assert_own_posts(session, &users, 600);
}

static void children_of_parents_with_keys_far_apart_come_to_their_own_parents(void **state)
{
    corm_session *session = *state;
    scattered_posts(session, 100);
    run_sql(session, "PRAGMA defer_foreign_keys = ON");
    run_sql(session, "UPDATE posts SET user_id = user_id * 1000003");
    run_sql(session, "UPDATE users SET id = id * 1000003");
    const User_list users = corm_all(session, User, .load = corm_load(User_.posts));
    assert_int_equal(users.items[1]->id, 2 * 1000003);
    assert_own_posts(session, &users, 600);
    assert_ran(1, "SELECT"); /* the comments: who came together are siblings */
}

static void declared_loading_can_be_barred(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Team, .name = "a")));
    start_afresh(session);
    Team *team = corm_first(session, Team, .load = corm_load_never(Team_.eager));
    assert_ran(1, "SELECT");
    assert_int_equal(Team_eager(team).count, 0);
    assert_int_equal(corm_last_status(), CORM_NOT_LOADED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(touching_the_posts_of_one_user_loads_those_of_all),
        BLOG_TEST(touching_the_author_of_one_post_loads_those_of_all),
        BLOG_TEST(a_reference_to_an_object_of_the_session_needs_no_sql),
        BLOG_TEST(siblings_of_more_than_a_thousand_take_a_few_statements),
        BLOG_TEST(what_was_fetched_ahead_is_not_used_after_a_flush_has_written_the_table),
        BLOG_TEST(what_was_fetched_ahead_is_not_used_in_the_next_transaction),
        BLOG_TEST(collections_after_a_commit_come_together_for_who_walks_along),
        BLOG_TEST(one_collection_after_a_commit_comes_alone),
        BLOG_TEST(objects_deleted_one_after_the_other_load_what_goes_along_together),
        BLOG_TEST(few_rows_of_a_large_table_are_named),
        BLOG_TEST(what_came_together_after_a_commit_is_not_used_after_a_write),
        BLOG_TEST(the_posts_of_a_page_come_together_wherever_its_users_lie),
        TEAMS_TEST(who_walks_from_list_to_list_takes_neighbours_along),
        BLOG_TEST(a_reference_that_is_expired_takes_no_neighbours_along),
        BLOG_TEST(the_first_load_of_a_collection_flushes_what_is_pending),
        BLOG_TEST(appending_to_a_collection_that_is_not_loaded_loads_nothing),
        BLOG_TEST(counting_loads_no_objects),
        BLOG_TEST(lists_stay_valid_while_more_is_loaded),
        TEAMS_TEST(lazy_select_loads_for_one_object),
        TEAMS_TEST(lazy_selectin_loads_with_the_object),
        BLOG_TEST(
            references_that_are_loaded_with_the_objects_need_no_sql_although_they_had_expired),
        TEAMS_TEST(lazy_raise_is_an_error_that_names_the_relationship),
        BLOG_TEST(a_detached_object_says_that_it_cannot_load),
        BLOG_TEST(a_reference_to_a_row_that_is_not_there_is_null),
        BLOG_TEST(what_a_query_bars_is_an_error_on_access),
        BLOG_TEST(what_is_barred_may_be_below_what_is_loaded_or_declared),
        BLOG_TEST(children_that_a_scan_meets_in_no_order_come_to_their_own_parents),
        BLOG_TEST(children_of_parents_that_know_them_already_are_not_given_again),
        BLOG_TEST(children_of_parents_with_keys_far_apart_come_to_their_own_parents),
        TEAMS_TEST(declared_loading_can_be_barred),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
