/* many: rows that are written together are written as if one by one: same keys, same errors, same
 * objects; and collections that are read by one scan are the same as others. */
#define _XOPEN_SOURCE 700
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

enum { MANY = 300 };

/* ---- What the tests need ----------------------------------------------------------------------------- */

static int64_t number(corm_session *session, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    sqlite3 *db = corm_sqlite_handle(session);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    const int64_t found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return found;
}

/* `count` new users u0, u1 ... with an age; *out is to be freed. */
static User **add_users(corm_session *session, int count)
{
    User **users = malloc((size_t)count * sizeof *users);
    assert_non_null(users);
    for (int i = 0; i < count; i++) {
        const char *name = corm_text(session, "u%d", i);
        users[i] = corm_new(session, User, .username = name, .email = name, .age = corm_some(i));
        assert_ok(session, corm_add(session, users[i]));
    }
    return users;
}

/* ---- New rows ------------------------------------------------------------------------------------------ */

static void new_rows_get_the_keys_that_sqlite_would_give(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    run_sql(session, "INSERT INTO users VALUES (41, 'first', 'first', NULL, 1)");
    User **users = add_users(session, MANY);
    assert_ok(session, corm_flush(session));
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(users[i]->id, 42 + i);
        assert_ptr_equal(corm_get(session, User, 42 + i), users[i]);
        assert_int_equal(corm_state(users[i]), CORM_STATE_PERSISTENT);
    }
    assert_ok(session, corm_commit(session));
    assert_int_equal(number(session, "SELECT count(*) FROM users WHERE username = 'u' || (id - 42) "
                                     "AND email = username AND age = id - 42 AND active = 1"),
                     MANY);
    free(users);
    corm_session_close(session);
}

static void given_keys_stay(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    for (int i = 0; i < MANY; i++) {
        const char *name = corm_text(session, "u%d", i);
        assert_ok(session,
                  corm_add(session, corm_new(session, Tag, .id = 7 * (MANY - i), .name = name)));
    }
    assert_ok(session, corm_commit(session));
    assert_int_equal(number(session, "SELECT count(*) FROM tags WHERE id = 7 * (300 - "
                                     "substr(name, 2))"),
                     MANY);
    corm_session_close(session);
}

static void keys_are_passed_on_to_new_children(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    User **users = add_users(session, MANY);
    for (int i = 0; i < MANY; i++)
        for (int k = 0; k < 2; k++)
            assert_ok(session,
                      User_posts_append(
                          users[i], corm_new(session, Post, .title = corm_text(session, "%d", i))));
    assert_ok(session, corm_commit(session));
    assert_int_equal(number(session, "SELECT count(*) FROM posts JOIN users ON user_id = users.id "
                                     "AND username = 'u' || title"),
                     2 * MANY);
    free(users);
    corm_session_close(session);
}

static void the_one_that_is_refused_is_named(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    User **users = add_users(session, MANY);
    users[200]->username = "u7";
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_non_null(strstr(corm_error_message(session), "users.username = 'u7'"));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(number(session, "SELECT count(*) FROM users"), 0);
    assert_int_equal(corm_state(users[0]), CORM_STATE_TRANSIENT);
    for (int i = 0; i < MANY; i++)
        assert_ok(session, corm_add(session, users[i]));
    users[200]->username = "u200";
    assert_ok(session, corm_commit(session));
    assert_int_equal(number(session, "SELECT count(*) FROM users"), MANY);
    free(users);
    corm_session_close(session);
}

static void a_missing_value_is_named_among_many(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    User **users = add_users(session, MANY);
    users[150]->email = NULL;
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_non_null(strstr(corm_error_message(session), "users.email"));
    assert_non_null(strstr(corm_error_message(session), "u150"));
    assert_ok(session, corm_rollback(session));
    free(users);
    corm_session_close(session);
}

static void a_missing_parent_is_named_among_many(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    run_sql(session, "INSERT INTO users VALUES (1, 'one', 'one', NULL, 1)");
    for (int i = 0; i < MANY; i++)
        assert_ok(session,
                  corm_add(session, corm_new(session, Post, .title = corm_text(session, "p%d", i),
                                             .user_id = i == 222 ? 99 : 1)));
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_non_null(strstr(corm_error_message(session), "posts.user_id = 99: no users.id 99"));
    assert_ok(session, corm_rollback(session));
    corm_session_close(session);
}

static void triggers_see_each_row_and_may_make_rows(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    run_sql(session,
            "CREATE TRIGGER twin AFTER INSERT ON tags WHEN new.name NOT LIKE 'twin%' BEGIN "
            "INSERT INTO tags (name) VALUES ('twin of ' || new.name); END");
    assert_ok(session, corm_commit(session));
    Tag *tags[MANY];
    for (int i = 0; i < MANY; i++) {
        tags[i] = corm_new(session, Tag, .name = corm_text(session, "t%d", i));
        assert_ok(session, corm_add(session, tags[i]));
    }
    assert_ok(session, corm_flush(session));
    for (int i = 0; i < MANY; i++)
        assert_int_equal(tags[i]->id, 1 + 2 * i);
    assert_int_equal(number(session, "SELECT count(*) FROM tags"), 2 * MANY);
    corm_session_close(session);
}

static void a_row_that_is_swallowed_is_named(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    run_sql(session, "DROP TABLE post_tags; DROP TABLE tags; CREATE TABLE tags (id INTEGER PRIMARY "
                     "KEY, name TEXT NOT NULL UNIQUE ON CONFLICT IGNORE)");
    assert_ok(session, corm_commit(session));
    for (int i = 0; i < MANY; i++)
        assert_ok(session, corm_add(session, corm_new(session, Tag,
                                                      .name = corm_text(session, "t%d", i / 2))));
    assert_status(session, CORM_DATABASE, corm_flush(session));
    assert_non_null(strstr(corm_error_message(session), "stored no row"));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(number(session, "SELECT count(*) FROM tags"), 0);
    corm_session_close(session);
}

static void the_largest_key_leaves_no_room(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    run_sql(session, "INSERT INTO tags VALUES (9223372036854775807, 'last')");
    assert_ok(session, corm_commit(session));
    for (int i = 0; i < MANY; i++)
        assert_ok(session,
                  corm_add(session, corm_new(session, Tag, .name = corm_text(session, "t%d", i))));
    assert_ok(session, corm_commit(session)); /* SQLite looks for free keys at random */
    assert_int_equal(number(session, "SELECT count(*) FROM tags"), MANY + 1);
    corm_session_close(session);
}

/* clang-format off */
#define TICKET(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,   .primary_key = true, .autoincrement = true)                              \
    COLUMN(TEXT,    name)                                                                          \
    COLUMN(DATE,    day)                                                                           \
    COLUMN(UUID,    code)
#define OFFICE(MODEL) MODEL(Ticket, "tickets", TICKET)
CORM_SCHEMA(office, OFFICE)
/* clang-format on */

static void keys_that_are_never_given_again_are_not(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &office);
    assert_ok(session, corm_create_all(session));
    run_sql(session,
            "INSERT INTO tickets VALUES (500, 'x', '2026-01-01', ''); DELETE FROM tickets");
    for (int i = 0; i < MANY; i++)
        assert_ok(session, corm_add(session, corm_new(session, Ticket, .name = "n",
                                                      .day = corm_date_of(2026, 1, 1 + i % 28),
                                                      .code = corm_uuid_new())));
    assert_ok(session, corm_commit(session));
    assert_int_equal(number(session, "SELECT min(id) FROM tickets"), 501);
    assert_int_equal(number(session, "SELECT count(DISTINCT code) FROM tickets"), MANY);
    assert_int_equal(number(session, "SELECT count(DISTINCT day) FROM tickets"), 28);
    corm_session_close(session);
}

/* ---- Changed rows ---------------------------------------------------------------------------------- */

static void changes_are_written_to_their_rows_and_no_others(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    User **users = add_users(session, MANY);
    assert_ok(session, corm_commit(session));
    for (int i = 0; i < MANY; i++) {
        if (i % 3 == 0)
            users[i]->age = corm_some(1000 + i);
    }
    assert_ok(session, corm_commit(session));
    assert_int_equal(number(session,
                            "SELECT count(*) FROM users WHERE age = id - 1 + CASE (id - 1) "
                            "% 3 WHEN 0 THEN 1000 ELSE 0 END"),
                     MANY);
    for (int i = 0; i < MANY; i++)
        users[i]->email = i % 2 == 0 ? corm_text(session, "even %d", i) : "odd";
    assert_ok(session, corm_commit(session));
    assert_int_equal(number(session, "SELECT count(*) FROM users WHERE email = CASE (id - 1) % 2 "
                                     "WHEN 0 THEN 'even ' || (id - 1) ELSE 'odd' END"),
                     MANY);
    assert_ok(session, corm_flush(session));
    assert_string_equal(users[4]->email, "even 4");
    free(users);
    corm_session_close(session);
}

static void the_changed_row_that_is_gone_is_named(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    User **users = add_users(session, MANY);
    assert_ok(session, corm_flush(session));
    run_sql(session, "DELETE FROM users WHERE username = 'u77'");
    for (int i = 0; i < MANY; i++)
        users[i]->age = corm_some(5);
    assert_status(session, CORM_STALE_DATA, corm_flush(session));
    assert_non_null(strstr(corm_error_message(session), "u77"));
    assert_ok(session, corm_rollback(session));
    free(users);
    corm_session_close(session);
}

static void a_change_that_is_refused_is_named(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    User **users = add_users(session, MANY);
    assert_ok(session, corm_commit(session));
    for (int i = 0; i < MANY; i++)
        users[i]->username = i == 250 ? "new 3" : corm_text(session, "new %d", i);
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_non_null(strstr(corm_error_message(session), "users.username = 'new 3'"));
    assert_ok(session, corm_rollback(session));
    assert_string_equal(users[0]->username, "u0");
    assert_int_equal(number(session, "SELECT count(*) FROM users WHERE username LIKE 'u%'"), MANY);
    free(users);
    corm_session_close(session);
}

static void outside_of_a_flush_there_are_no_rows(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    User **users = add_users(session, MANY);
    assert_ok(session, corm_flush(session));
    assert_int_equal(number(session, "SELECT count(*) FROM corm_rows"), 0);
    assert_int_equal(number(session, "SELECT corm_row_is(1)"), 0);
    assert_int_equal(number(session, "SELECT corm_row_value(1, 1) IS NULL"), 1);
    free(users);
    corm_session_close(session);
}

/* ---- Collections of a whole table ------------------------------------------------------------- */

static void all_collections_of_a_table_are_read_at_once(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    User **users = add_users(session, MANY);
    for (int k = 0; k < 3; k++) /* scattered over the table */
        for (int i = 1; i < MANY; i++)
            assert_ok(session, User_posts_append(users[i], corm_new(session, Post, .title = "t")));
    free(users);
    assert_ok(session, corm_commit(session));
    corm_clear(session);
    User_list all = corm_all(session, User, .load = corm_load(User_.posts));
    assert_int_equal(all.count, MANY);
    for (size_t i = 0; i < all.count; i++) {
        Post_list posts = User_posts(all.items[i]);
        assert_int_equal(posts.count, all.items[i]->id == 1 ? 0 : 3);
        for (size_t k = 0; k < posts.count; k++) {
            assert_ptr_equal(Post_author_user(posts.items[k]), all.items[i]);
            if (k > 0)
                assert_true(posts.items[k - 1]->id < posts.items[k]->id);
        }
    }
    corm_session_close(session);
}

static void looking_at_fetched_collections_flushes_what_is_new(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    User **users = add_users(session, 3);
    assert_ok(session, corm_commit(session));
    assert_int_equal(User_posts(users[0]).count, 0);
    free(users);
    User_list all = corm_all(session, User, .order_by = corm_asc(User_.id));
    assert_int_equal(User_posts(all.items[0]).count, 0); /* fetches those of the others */
    assert_ok(session, corm_add(session, corm_new(session, Post, .title = "new",
                                                  .user_id = all.items[1]->id)));
    assert_int_equal(User_posts(all.items[1]).count, 1);
    corm_session_close(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_rows_get_the_keys_that_sqlite_would_give),
        cmocka_unit_test(given_keys_stay),
        cmocka_unit_test(keys_are_passed_on_to_new_children),
        cmocka_unit_test(the_one_that_is_refused_is_named),
        cmocka_unit_test(a_missing_value_is_named_among_many),
        cmocka_unit_test(a_missing_parent_is_named_among_many),
        cmocka_unit_test(triggers_see_each_row_and_may_make_rows),
        cmocka_unit_test(a_row_that_is_swallowed_is_named),
        cmocka_unit_test(the_largest_key_leaves_no_room),
        cmocka_unit_test(keys_that_are_never_given_again_are_not),
        cmocka_unit_test(changes_are_written_to_their_rows_and_no_others),
        cmocka_unit_test(the_changed_row_that_is_gone_is_named),
        cmocka_unit_test(a_change_that_is_refused_is_named),
        cmocka_unit_test(outside_of_a_flush_there_are_no_rows),
        cmocka_unit_test(all_collections_of_a_table_are_read_at_once),
        cmocka_unit_test(looking_at_fetched_collections_flushes_what_is_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
