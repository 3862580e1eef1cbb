/* many: rows that are written together are written as if one by one: same keys, same errors, same
 * objects; and collections that are read by one scan are the same as others. */
#define _XOPEN_SOURCE 700
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

enum { MANY = 300 };

/* Whether the statements are watched: then there is one for each row. Each test runs in both ways. */
static bool watched;

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

static corm_session *quiet_session(void)
{
    corm_session *session = memory_session(&blog);
    assert_non_null(session);
    if (!watched)
        corm_trace(session, NULL, NULL);
    return session;
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
    corm_session *session = quiet_session();
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

/* In each transaction a few users with a few posts each; in one of them a row that is refused. */
static void few_new_rows_at_a_time_are_the_same_as_many(void **state)
{
    (void)state;
    enum { TIMES = 40, FEW = 12 };
    corm_session *session = quiet_session();
    for (int i = 0; i < TIMES; i++) {
        for (int k = 0; k < FEW; k++) {
            const char *name = corm_text(session, "u%d", i * FEW + k);
            User *user = corm_new(session, User, .username = name, .email = name);
            User_posts_append(user, corm_new(session, Post, .title = name));
            assert_ok(session, corm_add(session, user));
        }
        assert_ok(session, corm_commit(session));
        if (i != TIMES / 2)
            continue;
        for (int k = 0; k < FEW; k++)
            assert_ok(session, corm_add(session, corm_new(session, User, .username = "u3",
                                                          .email = "twice")));
        assert_int_equal(corm_commit(session), CORM_UNIQUE);
        assert_ok(session, corm_rollback(session));
    }
    assert_int_equal(number(session, "SELECT count(*) FROM users WHERE username = 'u' || (id - 1)"),
                     TIMES * FEW);
    assert_int_equal(number(session,
                            "SELECT count(*) FROM users u JOIN posts p ON p.user_id = u.id "
                            "WHERE p.title = u.username AND p.id = u.id"),
                     TIMES * FEW);
    corm_session_close(session);
}

static void keys_go_on_from_a_negative_one(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
    run_sql(session, "INSERT INTO tags VALUES (-1000, 'first')");
    for (int i = 0; i < MANY; i++)
        assert_ok(session,
                  corm_add(session, corm_new(session, Tag, .name = corm_text(session, "t%d", i))));
    assert_ok(session, corm_commit(session));
    assert_int_equal(number(session, "SELECT count(*) FROM tags WHERE name = 't' || (id + 999)"),
                     MANY);
    corm_session_close(session);
}

/* The same table, in one flush after the other. */
static void keys_that_are_given_and_not_given_take_turns(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
    for (int turn = 0; turn < 6; turn++) {
        for (int i = 0; i < MANY; i++) {
            const int64_t id = turn * MANY + i + 1;
            Tag *tag = corm_new(session, Tag, .name = corm_text(session, "t%d", (int)id));
            if (turn % 2 == 0)
                tag->id = id;
            assert_ok(session, corm_add(session, tag));
        }
        assert_ok(session, corm_flush(session));
    }
    assert_ok(session, corm_commit(session));
    assert_int_equal(number(session, "SELECT count(*) FROM tags WHERE name = 't' || id"), 6 * MANY);
    corm_session_close(session);
}

/* clang-format off */
#define PLACE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,   .primary_key = true)
#define PLACES(MODEL) MODEL(Place, "places", PLACE)
CORM_SCHEMA(places, PLACES)
/* clang-format on */

static void rows_of_nothing_but_a_key_are_numbered(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &places);
    assert_ok(session, corm_create_all(session));
    Place *last = NULL;
    for (int i = 0; i < MANY; i++) {
        last = corm_new(session, Place);
        assert_ok(session, corm_add(session, last));
    }
    assert_ok(session, corm_commit(session));
    assert_int_equal(last->id, MANY);
    assert_int_equal(number(session, "SELECT sum(id) FROM places"), MANY * (MANY + 1) / 2);
    corm_session_close(session);
}

static void given_keys_stay(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
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

/* Inserts 30,000 users, more than a little memory for pages holds, whose names rise or jump, with that PRAGMA cache_size. *spilled: pages
 * that were written before the commit; *used: bytes of pages that are held in the end. */
static void insert_many_pages(bool rising, int limit, int *spilled, int *used)
{
    struct place file;
    int most;
    make_place(&file);
    corm_session *session = corm_sqlite_open(file.path, &blog);
    assert_ok(session, corm_create_all(session));
    run_sql(session, "CREATE UNIQUE INDEX by_email ON users (email)");
    char sql[64];
    (void)snprintf(sql, sizeof sql, "PRAGMA cache_size = %d", limit);
    run_sql(session, sql);
    for (int i = 0; i < 30000; i++)
        assert_ok(
            session,
            corm_add(session, corm_new(session, User, .username = corm_text(session, "%0*d", 20, i),
                                       .email = corm_text(session, "%0*d", 90,
                                                          rising ? i : i * 7919 % 30011))));
    assert_ok(session, corm_flush(session));
    sqlite3 *db = corm_sqlite_handle(session);
    assert_int_equal(sqlite3_db_status(db, SQLITE_DBSTATUS_CACHE_SPILL, spilled, &most, 0),
                     SQLITE_OK);
    assert_int_equal(sqlite3_db_status(db, SQLITE_DBSTATUS_CACHE_USED, used, &most, 0), SQLITE_OK);
    assert_int_equal(number(session, "PRAGMA cache_size"),
                     limit); /* as before, for what comes next */
    assert_int_equal(number(session, "SELECT count(*) FROM users"), 30000);
    assert_ok(session, corm_commit(session));
    corm_session_close(session);
    remove_place(&file);
}

static void new_rows_take_little_memory_unless_sqlite_comes_back_to_their_pages(void **state)
{
    (void)state;
    int spilled, used;
    if (watched)
        return; /* row by row */
    insert_many_pages(true, -16384, &spilled, &used);
    assert_in_range(used, 1, 3 * 1024 * 1024);
    assert_true(spilled > 100);
    insert_many_pages(false, -16384, &spilled, &used);
    assert_in_range(used, 4 * 1024 * 1024, 32 * 1024 * 1024);
}

static void memory_for_pages_that_the_program_has_set_stays(void **state)
{
    (void)state;
    int spilled, used;
    if (watched)
        return;
    insert_many_pages(true, -12345, &spilled, &used);
    insert_many_pages(true, 9000, &spilled, &used); /* pages */
}

/* SQLite first goes through the rows of whose foreign keys it must look whether they are there, and writes then: to
 * what it comes back in the index shows only there. */
static void changed_rows_take_more_memory_where_sqlite_comes_back_to_their_pages(void **state)
{
    (void)state;
    enum { COUNT = 30000 };
    struct place file;
    int used, most;
    if (watched)
        return; /* row by row */
    make_place(&file);
    corm_session *session = corm_sqlite_open(file.path, &blog);
    assert_ok(session, corm_create_all(session));
    run_sql(session, "CREATE INDEX by_post ON comments (post_id, body)");
    run_sql(session, "INSERT INTO users VALUES (1, 'ann', 'ann', NULL, 1)");
    run_sql(session, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 30011) "
                     "INSERT INTO posts SELECT i, 'p', 1 FROM n");
    run_sql(session, "INSERT INTO comments SELECT id, printf('%0*d', 90, id), id FROM posts "
                     "WHERE id <= 30000");
    assert_ok(session, corm_commit(session));
    corm_session_close(session);

    session = corm_sqlite_open(file.path, &blog);
    Comment_list comments = corm_all(session, Comment);
    assert_int_equal(comments.count, COUNT);
    for (int i = 0; i < COUNT; i++)
        comments.items[i]->post_id = corm_some(i * 7919 % 30011 + 1);
    assert_ok(session, corm_flush(session));
    assert_int_equal(
        sqlite3_db_status(corm_sqlite_handle(session), SQLITE_DBSTATUS_CACHE_USED, &used, &most, 0),
        SQLITE_OK);
    assert_in_range(used, 4 * 1024 * 1024, 32 * 1024 * 1024);
    assert_int_equal(number(session, "PRAGMA cache_size"), -16384);
    assert_ok(session, corm_commit(session));
    corm_session_close(session);
    remove_place(&file);
}

/* With a journal for rollback, SQLite waits for readers before it writes a page to the file. */
static void new_rows_do_not_wait_for_readers_before_the_commit(void **state)
{
    (void)state;
    struct place file;
    int spilled, most;
    make_place(&file);
    corm_engine *engine = corm_sqlite_engine(
        file.path, &blog,
        &(corm_sqlite_options){.journal = CORM_SQLITE_JOURNAL_DELETE, .busy_timeout_ms = 1});
    corm_session *session = corm_session_open(engine, NULL);
    corm_session *reader = corm_session_open(engine, NULL);
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_count(reader, User), 0); /* and goes on reading */
    for (int i = 0; i < 12000; i++)
        assert_ok(
            session,
            corm_add(session, corm_new(session, User, .username = corm_text(session, "%0*d", 60, i),
                                       .email = corm_text(session, "%0*d", 120, i))));
    assert_ok(session, corm_flush(session));
    assert_int_equal(sqlite3_db_status(corm_sqlite_handle(session), SQLITE_DBSTATUS_CACHE_SPILL,
                                       &spilled, &most, 0),
                     SQLITE_OK);
    assert_int_equal(spilled, 0);
    assert_ok(reader, corm_rollback(reader));
    assert_int_equal(corm_count(reader, User), 0);
    assert_ok(reader, corm_rollback(reader));
    assert_ok(session, corm_commit(session));
    corm_session_close(reader);
    corm_session_close(session);
    corm_engine_close(engine);
    remove_place(&file);
}

static int interrupt(void *db)
{
    sqlite3_interrupt(db);
    return 0;
}

/* It makes all that SQLite is asked fail while a statement is open, also to have its memory for pages back. */
static void an_interrupt_beside_a_stream_leaves_the_memory_for_pages(void **state)
{
    (void)state;
    struct place file;
    make_place(&file);
    corm_session *session = corm_sqlite_open(file.path, &blog);
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_commit(session));
    const int64_t before = number(session, "PRAGMA cache_size");
    assert_ok(session, corm_add(session, corm_new(session, Tag, .name = "one")));
    assert_ok(session, corm_flush(session));
    corm_stream *stream = corm_stream_open(session, Tag);
    assert_non_null(corm_stream_next(stream));
    free(add_users(session, 10000));
    sqlite3 *db = corm_sqlite_handle(session);
    sqlite3_progress_handler(db, 100000, interrupt, db);
    assert_status(session, CORM_INTERRUPTED, corm_flush(session));
    sqlite3_progress_handler(db, 0, NULL, NULL);
    (void)corm_stream_close(stream);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(number(session, "PRAGMA cache_size"), before);
    corm_session_close(session);
    remove_place(&file);
}

static void a_full_disk_is_named_among_many(void **state)
{
    (void)state;
    struct place file;
    make_place(&file);
    corm_session *session = corm_sqlite_open(file.path, &blog);
    assert_ok(session, corm_create_all(session));
    run_sql(session, "PRAGMA max_page_count = 60");
    const int64_t before = number(session, "PRAGMA cache_size");
    free(add_users(session, 10000)); /* more than begin with little memory for pages */
    assert_status(session, CORM_FULL, corm_flush(session));
    assert_message(session, "database or disk is full: make room");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(number(session, "PRAGMA cache_size"), before);
    corm_session_close(session);
    remove_place(&file);
}

/* A connection that has read many pages, and whose first rows are few. */
static void few_rows_leave_memory_for_pages_as_it_is(void **state)
{
    (void)state;
    struct place file;
    make_place(&file);
    corm_session *session = corm_sqlite_open(file.path, &blog);
    assert_ok(session, corm_create_all(session));
    run_sql(session, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) "
                     "INSERT INTO users (username, email, active) "
                     "SELECT 'was' || i, printf('%0*d', 200, i), 1 FROM n");
    assert_ok(session, corm_commit(session));
    corm_session_close(session);

    session = corm_sqlite_open(file.path, &blog);
    const int64_t before = number(session, "PRAGMA cache_size");
    User_list users = corm_all(session, User);
    assert_int_equal(users.count, 5000);
    for (int i = 0; i < MANY; i++)
        assert_ok(session, corm_delete(session, users.items[i]));
    assert_ok(session, corm_flush(session));
    assert_int_equal(number(session, "PRAGMA cache_size"), before);
    for (int i = MANY; i < 2 * MANY; i++)
        users.items[i]->age = corm_some(i);
    assert_ok(session, corm_flush(session));
    assert_int_equal(number(session, "PRAGMA cache_size"), before);
    free(add_users(session, MANY));
    assert_ok(session, corm_commit(session));
    assert_int_equal(number(session, "PRAGMA cache_size"), before);
    corm_session_close(session);
    remove_place(&file);
}

static void keys_are_passed_on_to_new_children(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
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
    corm_session *session = quiet_session();
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
    corm_session *session = quiet_session();
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
    corm_session *session = quiet_session();
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
    corm_session *session = quiet_session();
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

/* Tags that are written together, and how many keys lie between two of them. */
static int64_t keys_apart(corm_session *session)
{
    Tag *tags[MANY];
    static int made;
    for (int i = 0; i < MANY; i++) {
        tags[i] = corm_new(session, Tag, .name = corm_text(session, "t%d", made++));
        assert_ok(session, corm_add(session, tags[i]));
    }
    assert_ok(session, corm_commit(session));
    for (int i = 1; i < MANY; i++)
        assert_int_equal(tags[i]->id - tags[i - 1]->id, tags[1]->id - tags[0]->id);
    return tags[1]->id - tags[0]->id;
}

#define TWIN                                                                                       \
    "AFTER INSERT ON tags WHEN new.name NOT LIKE 'twin%' BEGIN "                                   \
    "INSERT INTO tags (name) VALUES ('twin of ' || new.name); END"

static void a_trigger_is_seen_whenever_it_is_made(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
    assert_int_equal(keys_apart(session), 1);
    assert_int_equal(keys_apart(session), 1);
    /* to look for one has not made the temporary database, which takes memory */
    assert_null(sqlite3_db_filename(corm_sqlite_handle(session), "temp"));
    run_sql(session, "CREATE TRIGGER twin " TWIN);
    assert_int_equal(keys_apart(session), 2);
    run_sql(session, "DROP TRIGGER twin; CREATE TABLE others (id INTEGER PRIMARY KEY)");
    assert_int_equal(keys_apart(session), 1);
    assert_int_equal(keys_apart(session), 1);
    run_sql(session, "CREATE TEMP TRIGGER twin " TWIN);
    assert_int_equal(keys_apart(session), 2);
    run_sql(session, "DROP TRIGGER twin");
    assert_int_equal(keys_apart(session), 1);
    run_sql(session, "DROP TABLE others; CREATE TRIGGER twin " TWIN);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(keys_apart(session), 1);
    assert_int_equal(keys_apart(session), 1);
    corm_session_close(session);
}

static void a_trigger_of_another_connection_is_seen(void **state)
{
    (void)state;
    struct place place;
    sqlite3 *other = NULL;
    make_place(&place);
    corm_session *session = corm_sqlite_open(place.path, &blog);
    assert_ok(session, corm_create_all(session));
    assert_int_equal(keys_apart(session), 1);
    assert_int_equal(keys_apart(session), 1);
    assert_int_equal(sqlite3_open(place.path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "CREATE TRIGGER twin " TWIN, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(keys_apart(session), 2);
    assert_int_equal(sqlite3_exec(other, "DROP TRIGGER twin", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(keys_apart(session), 1);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    corm_session_close(session);
    remove_place(&place);
}

static void a_row_that_is_swallowed_is_named(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
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
    corm_session *session = quiet_session();
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
    corm_session *session = quiet_session();
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
    corm_session *session = quiet_session();
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
    corm_session *session = quiet_session();
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
    corm_session *session = quiet_session();
    User **users = add_users(session, MANY);
    assert_ok(session, corm_flush(session));
    assert_int_equal(number(session, "SELECT count(*) FROM corm_rows"), 0);
    assert_int_equal(number(session, "SELECT corm_row_is(1)"), 0);
    assert_int_equal(number(session, "SELECT corm_row_value(1, 1) IS NULL"), 1);
    free(users);
    corm_session_close(session);
}

/* ---- Deleted rows ------------------------------------------------------------------------------ */

/* Users with two posts each, committed. */
static User **users_with_posts(corm_session *session)
{
    User **users = add_users(session, MANY);
    for (int i = 0; i < MANY; i++)
        for (int k = 0; k < 2; k++)
            assert_ok(session, User_posts_append(users[i], corm_new(session, Post, .title = "t")));
    assert_ok(session, corm_commit(session));
    return users;
}

static void deleted_rows_go_and_others_stay(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
    User **users = users_with_posts(session);
    for (int i = MANY; i > 0; i--) /* not in the order of their keys */
        if (i % 3 != 0)
            assert_ok(session, corm_delete(session, users[i - 1]));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "100|0", "SELECT count(*), sum(id % 3 != 0) FROM users");
    assert_stored(session, "200|0", "SELECT count(*), sum(user_id % 3 != 0) FROM posts");
    assert_null(corm_get(session, User, 1));
    assert_ptr_equal(corm_get(session, User, 3), users[2]);
    assert_int_equal(corm_state(users[0]), CORM_STATE_DELETED);
    assert_ok(session, corm_rollback(session));
    assert_stored(session, "300", "SELECT count(*) FROM users");
    assert_ptr_equal(corm_get(session, User, 1), users[0]);
    assert_int_equal(corm_state(users[0]), CORM_STATE_PERSISTENT);
    assert_int_equal(User_posts(users[0]).count, 2);
    free(users);
    corm_session_close(session);
}

static void a_key_that_was_changed_is_not_the_one_that_goes(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
    User **users = add_users(session, MANY);
    assert_ok(session, corm_commit(session));
    for (int i = 0; i < MANY - 1; i++) {
        users[i]->id = MANY;
        assert_ok(session, corm_delete(session, users[i]));
    }
    assert_ok(session, corm_commit(session));
    assert_stored(session, "300", "SELECT group_concat(id) FROM users");
    free(users);
    corm_session_close(session);
}

static void rows_that_are_gone_already_are_no_matter(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
    User **users = add_users(session, MANY);
    assert_ok(session, corm_flush(session));
    run_sql(session, "DELETE FROM users WHERE id % 2 = 0");
    for (int i = 0; i < MANY; i++)
        assert_ok(session, corm_delete(session, users[i]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "0", "SELECT count(*) FROM users");
    free(users);
    corm_session_close(session);
}

static void rows_that_lie_far_apart_are_deleted_and_those_between_stay(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
    static Comment *apart[MANY];
    for (int i = 0; i < MANY; i++) {
        apart[i] = corm_new(session, Comment, .id = (i - 100) * 1000, .body = "b");
        assert_ok(session, corm_add(session, apart[i]));
        if (i % 100 == 0)
            assert_ok(session, corm_add(session, corm_new(session, Comment, .id = i * 1000 + 1,
                                                          .body = "between")));
    }
    assert_ok(session, corm_commit(session));
    for (int i = 0; i < MANY; i++)
        assert_ok(session, corm_delete(session, apart[i]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1,100001,200001", "SELECT group_concat(id) FROM comments");
    corm_session_close(session);
}

static void the_deleted_row_that_is_still_needed_is_named(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
    User **users = add_users(session, MANY);
    assert_ok(session, corm_commit(session));
    for (int i = 0; i < MANY; i++)
        assert_ok(session,
                  corm_delete(session, users[i])); /* looks for posts: there are none yet */
    run_sql(session, "INSERT INTO posts (title, user_id) VALUES ('late', 78)");
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session, "deleting User \"u77\"");
    assert_ok(session, corm_rollback(session));
    assert_stored(session, "300", "SELECT count(*) FROM users");
    assert_ptr_equal(corm_get(session, User, 1), users[0]);
    free(users);
    corm_session_close(session);
}

/* ---- Keys -------------------------------------------------------------------------------------- */

/* The i-th key, in one of several patterns: in a row, in steps that a table of a power of two likes least,
 * down from zero, two rows of which one lies on the other in such a table, all over. */
static int64_t nth_key(int pattern, int64_t i)
{
    switch (pattern) {
    case 0: return i;
    case 1: return i << 20;
    case 2: return -i * 1000;
    case 3: return i % 2 == 0 ? i : i + (1 << 16);
    case 4: return (int64_t)(((uint64_t)i * UINT64_C(0x9E3779B97F4A7C15)) >> 1);
    default: return i < 2000 ? i : i << 32;
    }
}

static void objects_are_found_by_keys_of_any_pattern(void **state)
{
    (void)state;
    enum { KEYS = 4000 };
    for (int pattern = 0; pattern < 6; pattern++) {
        corm_session *session = quiet_session();
        static Comment *all[KEYS];
        for (int i = 0; i < KEYS; i++) {
            all[i] = corm_new(session, Comment, .id = nth_key(pattern, i + 1), .body = "b");
            assert_ok(session, corm_add(session, all[i]));
        }
        assert_ok(session, corm_flush(session));
        for (int i = 0; i < KEYS; i++)
            assert_ptr_equal(corm_get(session, Comment, nth_key(pattern, i + 1)), all[i]);
        assert_null(corm_get(session, Comment, nth_key(pattern, KEYS + 5)));
        for (int i = 0; i < KEYS; i += 2)
            assert_ok(session, corm_delete(session, all[i]));
        assert_ok(session, corm_flush(session));
        for (int i = 0; i < KEYS; i++)
            assert_ptr_equal(corm_get(session, Comment, nth_key(pattern, i + 1)),
                             i % 2 == 0 ? NULL : all[i]);
        for (int i = 0; i < KEYS; i += 2) {
            all[i] = corm_new(session, Comment, .id = nth_key(pattern, i + 1), .body = "again");
            assert_ok(session, corm_add(session, all[i]));
        }
        assert_ok(session, corm_flush(session));
        for (int i = 0; i < KEYS; i++)
            assert_ptr_equal(corm_get(session, Comment, nth_key(pattern, i + 1)), all[i]);
        corm_session_close(session);
    }
}

/* ---- Collections of a whole table ------------------------------------------------------------- */

static void all_collections_of_a_table_are_read_at_once(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
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

static size_t selects;

static void count_selects(void *context, const corm_trace_event *event)
{
    (void)context;
    selects += begins_with(event->sql, "SELECT");
}

/* Users with one post each, of whom the session knows none. */
static User_list many_users(corm_session *session, int count)
{
    User **users = add_users(session, count);
    for (int i = 0; i < count; i++)
        assert_ok(session, User_posts_append(users[i], corm_new(session, Post, .title = "t")));
    free(users);
    assert_ok(session, corm_commit(session));
    corm_clear(session);
    User_list all = corm_all(session, User, .order_by = corm_asc(User_.id));
    assert_int_equal(all.count, count);
    corm_trace(session, count_selects, NULL);
    selects = 0;
    return all;
}

static void who_walks_along_gets_the_rest_at_once(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
    User_list all = many_users(session, 5000);
    for (size_t i = 0; i < all.count; i++) {
        assert_int_equal(User_posts(all.items[i]).count, 1);
        assert_int_equal(selects, i < 1000 ? 1 : 2);
    }
    corm_session_close(session);
}

static void who_writes_in_between_gets_less_and_less(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
    User_list all = many_users(session, 1200);
    int64_t rows = 0;
    for (size_t i = 0; i < 20; i++) {
        Post_list posts = User_posts(all.items[i]);
        assert_int_equal(posts.count, 1);
        posts.items[0]->title = "changed";
        assert_ok(session, corm_flush(session));
        rows = (int64_t)i + 1;
    }
    assert_int_equal(selects, 20);
    assert_ok(session, corm_commit(session));
    assert_int_equal(number(session, "SELECT count(*) FROM posts WHERE title = 'changed'"), rows);
    corm_session_close(session);
}

static void looking_at_fetched_collections_flushes_what_is_new(void **state)
{
    (void)state;
    corm_session *session = quiet_session();
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

/* ---- Rows of nothing but numbers and texts, which are taken from where they stand ------------------------ */

#define READING(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, sensor)                                                                           \
    COLUMN(OPTIONAL(TEXT), note)                                                                   \
    COLUMN(REAL, value)                                                                            \
    COLUMN(INTEGER, at)
#define MEASURED(MODEL) MODEL(Reading, "readings", READING)
CORM_SCHEMA(measured, MEASURED)

/* Of every third reading there is a note. */
static Reading **add_readings(corm_session *session)
{
    Reading **readings = malloc(MANY * sizeof *readings);
    assert_non_null(readings);
    for (int i = 0; i < MANY; i++) {
        readings[i] = corm_new(session, Reading, .sensor = corm_text(session, "s%d", i),
                               .value = i + 0.5, .at = i);
        if (i % 3 == 0)
            readings[i]->note = corm_text(session, "n%d", i);
        assert_ok(session, corm_add(session, readings[i]));
    }
    return readings;
}

static corm_session *reading_session(int *statements)
{
    corm_session *session = corm_sqlite_open(":memory:", &measured);
    assert_non_null(session);
    if (watched)
        corm_trace(session, count_selects, statements);
    return session;
}

static void numbers_and_texts_stand_where_they_belong(void **state)
{
    (void)state;
    int statements = 0;
    corm_session *session = reading_session(&statements);
    assert_ok(session, corm_create_all(session));
    Reading **readings = add_readings(session);
    assert_ok(session, corm_commit(session));
    assert_int_equal(
        number(session,
               "SELECT count(*) FROM readings WHERE id = at + 1 AND sensor = 's' || at AND "
               "note IS CASE WHEN at % 3 = 0 THEN 'n' || at END AND value = at + 0.5 AND "
               "typeof(value) = 'real' AND typeof(at) = 'integer'"),
        MANY);
    for (int i = 0; i < MANY; i++) { /* notes come and go */
        assert_ok(session, corm_current(readings[i]));
        readings[i]->note = i % 2 == 0 ? NULL : corm_text(session, "m%d", i);
        readings[i]->value = -i;
    }
    assert_ok(session, corm_commit(session));
    assert_int_equal(
        number(session,
               "SELECT count(*) FROM readings WHERE id = at + 1 AND sensor = 's' || at AND "
               "note IS CASE WHEN at % 2 = 1 THEN 'm' || at END AND value = -at"),
        MANY);
    free(readings);
    corm_session_close(session);
}

/* The table would take the NULL. */
static void a_missing_text_is_named_where_the_table_does_not_mind(void **state)
{
    (void)state;
    int statements = 0;
    corm_session *session = reading_session(&statements);
    run_sql(session, "CREATE TABLE readings (id INTEGER PRIMARY KEY, sensor TEXT, note TEXT, value "
                     "REAL, at INTEGER)");
    assert_ok(session, corm_commit(session));
    Reading **readings = add_readings(session);
    readings[150]->sensor = NULL;
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_non_null(strstr(corm_error_message(session), "readings.sensor"));
    assert_non_null(strstr(corm_error_message(session), "n150"));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(number(session, "SELECT count(*) FROM readings"), 0);
    for (int i = 0; i < MANY; i++)
        assert_ok(session, corm_add(session, readings[i]));
    readings[150]->sensor = "s150";
    assert_ok(session, corm_commit(session));
    for (int i = 0; i < MANY; i++)
        assert_ok(session, corm_current(readings[i]));
    for (int i = 0; i < MANY; i++)
        readings[i]->sensor = i == 99 ? NULL : "all the same";
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_non_null(strstr(corm_error_message(session), "readings.sensor"));
    assert_non_null(strstr(corm_error_message(session), "n99"));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(number(session, "SELECT count(*) FROM readings WHERE sensor = 's' || at"),
                     MANY);
    free(readings);
    corm_session_close(session);
}

static int watch(void **state)
{
    (void)state;
    watched = true;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_rows_get_the_keys_that_sqlite_would_give),
        cmocka_unit_test(few_new_rows_at_a_time_are_the_same_as_many),
        cmocka_unit_test(keys_go_on_from_a_negative_one),
        cmocka_unit_test(keys_that_are_given_and_not_given_take_turns),
        cmocka_unit_test(rows_of_nothing_but_a_key_are_numbered),
        cmocka_unit_test(given_keys_stay),
        cmocka_unit_test(new_rows_take_little_memory_unless_sqlite_comes_back_to_their_pages),
        cmocka_unit_test(memory_for_pages_that_the_program_has_set_stays),
        cmocka_unit_test(changed_rows_take_more_memory_where_sqlite_comes_back_to_their_pages),
        cmocka_unit_test(new_rows_do_not_wait_for_readers_before_the_commit),
        cmocka_unit_test(an_interrupt_beside_a_stream_leaves_the_memory_for_pages),
        cmocka_unit_test(a_full_disk_is_named_among_many),
        cmocka_unit_test(few_rows_leave_memory_for_pages_as_it_is),
        cmocka_unit_test(keys_are_passed_on_to_new_children),
        cmocka_unit_test(the_one_that_is_refused_is_named),
        cmocka_unit_test(a_missing_value_is_named_among_many),
        cmocka_unit_test(a_missing_parent_is_named_among_many),
        cmocka_unit_test(triggers_see_each_row_and_may_make_rows),
        cmocka_unit_test(a_trigger_is_seen_whenever_it_is_made),
        cmocka_unit_test(a_trigger_of_another_connection_is_seen),
        cmocka_unit_test(a_row_that_is_swallowed_is_named),
        cmocka_unit_test(the_largest_key_leaves_no_room),
        cmocka_unit_test(keys_that_are_never_given_again_are_not),
        cmocka_unit_test(changes_are_written_to_their_rows_and_no_others),
        cmocka_unit_test(the_changed_row_that_is_gone_is_named),
        cmocka_unit_test(a_change_that_is_refused_is_named),
        cmocka_unit_test(deleted_rows_go_and_others_stay),
        cmocka_unit_test(a_key_that_was_changed_is_not_the_one_that_goes),
        cmocka_unit_test(rows_that_are_gone_already_are_no_matter),
        cmocka_unit_test(rows_that_lie_far_apart_are_deleted_and_those_between_stay),
        cmocka_unit_test(the_deleted_row_that_is_still_needed_is_named),
        cmocka_unit_test(objects_are_found_by_keys_of_any_pattern),
        cmocka_unit_test(outside_of_a_flush_there_are_no_rows),
        cmocka_unit_test(who_walks_along_gets_the_rest_at_once),
        cmocka_unit_test(who_writes_in_between_gets_less_and_less),
        cmocka_unit_test(all_collections_of_a_table_are_read_at_once),
        cmocka_unit_test(looking_at_fetched_collections_flushes_what_is_new),
        cmocka_unit_test(numbers_and_texts_stand_where_they_belong),
        cmocka_unit_test(a_missing_text_is_named_where_the_table_does_not_mind),
    };
    const int together = cmocka_run_group_tests(tests, NULL, NULL);
    const int alone = cmocka_run_group_tests_name("watched", tests, watch, NULL);
    return together + alone;
}
