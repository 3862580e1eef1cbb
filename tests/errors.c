/* errors: every failure is a status with a message that names table, column, value and object, and
 * no wrong use is a crash. */
#define _XOPEN_SOURCE 700
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

static User *committed_alice(corm_session *session)
{
    User *alice = user_with_posts(session, "alice", 1);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(alice));
    record(session);
    return alice;
}

/* The flush fails so, and a rollback makes everything good again. */
#define assert_flush_fails(session_, status_, ...)                                                 \
    flush_fails((session_), (status_), (const char *const[]){__VA_ARGS__, NULL}, __LINE__)

static void flush_fails(corm_session *session, corm_status status, const char *const *parts,
                        int line)
{
    check_status(session, status, corm_flush(session), "flush", __FILE__, line);
    assert_int_equal(corm_error_status(session), status);
    for (; *parts != NULL; parts++)
        check_text(corm_error_message(session), *parts, __FILE__, line);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_error_status(session), CORM_OK);
    assert_string_equal(corm_error_message(session), "");
    assert_true(corm_count(session, User) >= 0);
    assert_ok(session, corm_commit(session));
}

static void every_status_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < CORM__STATUS_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(corm_status_text((corm_status)i),
                                    corm_status_text((corm_status)j));
    assert_string_equal(corm_status_text(CORM_OK), "ok");
    assert_non_null(corm_status_text(CORM__STATUS_COUNT));
}

/* ---- What the database refuses ------------------------------------------------------------------------- */

static void a_unique_value_that_is_there_is_named(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_add(session, new_user(session, "alice")));
    assert_flush_fails(session, CORM_UNIQUE, "users.username", "alice", "User \"alice\"");
    User *bob = new_user(session, "bob");
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_commit(session));
    bob->username = "alice";
    assert_flush_fails(session, CORM_UNIQUE, "users.username", "alice");
    assert_string_equal(alice->username, "alice");
}

static void a_primary_key_that_is_there_is_named(void **state)
{
    corm_session *session = *state;
    (void)committed_alice(session);
    assert_ok(session, corm_clear(session));
    assert_ok(session, corm_add(session, corm_new(session, User, .id = 1, .username = "b",
                                                  .email = "b@example.com")));
    assert_flush_fails(session, CORM_UNIQUE, "users.id", "1", "User \"b\"");
}

static void a_unique_conflict_with_a_row_deleted_in_the_same_flush_says_so(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_delete(session, alice));
    assert_ok(session, corm_add(session, new_user(session, "alice")));
    assert_flush_fails(session, CORM_UNIQUE, "users.username", "delete", "flush");
}

static void a_missing_row_is_named(void **state)
{
    corm_session *session = *state;
    Post *post = corm_new(session, Post, .title = "Hi", .user_id = 99);
    assert_ok(session, corm_add(session, post));
    assert_flush_fails(session, CORM_FOREIGN_KEY,
                       "posts.user_id = 99: no users.id 99 (inserting Post \"Hi\")");
    User *alice = committed_alice(session);
    Post *hers = User_posts(alice).items[0];
    hers->user_id = 98;
    assert_flush_fails(session, CORM_FOREIGN_KEY, "posts.user_id = 98: no users.id 98",
                       "Post \"alice 1\"");
    post->user_id = 1;
    assert_ok(session, corm_add(session, post));
    assert_ok(session, corm_commit(session));
}

static void a_key_that_was_read_too_early_is_told_as_that(void **state)
{
    corm_session *session = *state;
    User *ann = new_user(session, "ann");
    assert_ok(session, corm_add(session, ann));
    Post *post = corm_new(session, Post, .title = "Hi", .user_id = ann->id);
    assert_ok(session, corm_add(session, post));
    assert_flush_fails(
        session, CORM_FOREIGN_KEY,
        "posts.user_id = 0: no users.id 0 (inserting Post \"Hi\"); a new object has its "
        "key after the flush: link the two by their relationship, or call "
        "corm_flush before the key is read");
    Post row = {.title = "Ho"};
    assert_int_equal(corm_insert_all(session, Post, &row, 1), -1);
    assert_message(session,
                   "posts.user_id = 0: no users.id 0 (rows[0]); a new object has its key after "
                   "the flush: call corm_flush before the key is read");
    assert_ok(session, corm_rollback(session));
}

static void a_row_that_others_refer_to_is_named(void **state)
{
    corm_session *session = *state;
    run_sql(session, "CREATE TABLE notes (id INTEGER PRIMARY KEY,"
                     " user_id INTEGER REFERENCES users(id))");
    assert_ok(session, corm_commit(session));
    User *alice = committed_alice(session);
    run_sql(session, "INSERT INTO notes(user_id) VALUES (1)");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, alice));
    assert_flush_fails(session, CORM_FOREIGN_KEY, "users", "User \"alice\"");
    assert_int_equal(corm_state(alice), CORM_STATE_PERSISTENT);
}

static void a_missing_value_is_named_with_its_object(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, User, .username = "ann")));
    assert_flush_fails(session, CORM_NOT_NULL, "users.email", "User \"ann\"");
    assert_ok(session, corm_add(session, corm_new(session, Post, .title = "Hi")));
    assert_flush_fails(session, CORM_NOT_NULL, "posts.user_id", "Post \"Hi\"");
    User *alice = committed_alice(session);
    alice->email = NULL;
    assert_flush_fails(session, CORM_NOT_NULL, "users.email", "User \"alice\"");
}

static void a_trigger_that_refuses_is_told_in_its_own_words(void **state)
{
    corm_session *session = *state;
    run_sql(session, "CREATE TRIGGER t BEFORE INSERT ON users WHEN new.username = 'bad' BEGIN"
                     " SELECT RAISE(ABORT, 'no bad users'); END");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_add(session, new_user(session, "bad")));
    assert_int_not_equal(corm_flush(session), CORM_OK);
    assert_message(session, "no bad users");
    assert_message(session, "User \"bad\"");
    assert_int_not_equal(corm_last_error(session)->native_code, 0);
}

static void an_insert_that_stores_nothing_is_an_error(void **state)
{
    corm_session *session = *state;
    run_sql(session, "CREATE TRIGGER t BEFORE INSERT ON users WHEN new.username = 'lost' BEGIN"
                     " SELECT RAISE(IGNORE); END");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_add(session, new_user(session, "kept")));
    assert_ok(session, corm_add(session, new_user(session, "lost")));
    assert_int_not_equal(corm_flush(session), CORM_OK);
    assert_message(session, "users");
    assert_message(session, "User \"lost\"");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_count(session, User), 0);
}

static void an_update_that_a_trigger_swallows_is_no_row_that_is_gone(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    run_sql(session, "CREATE TRIGGER t BEFORE UPDATE ON users BEGIN SELECT RAISE(IGNORE); END");
    alice->email = "new@example.com";
    assert_flush_fails(session, CORM_DATABASE,
                       "users: the UPDATE of User \"alice\" changed no row, although the row is "
                       "there: a trigger or a conflict rule of the table swallowed it");
}

static void what_a_trigger_writes_elsewhere_is_told_as_such(void **state)
{
    corm_session *session = *state;
    run_sql(session,
            "CREATE TABLE log (username TEXT UNIQUE);"
            "INSERT INTO log VALUES ('x');"
            "CREATE TRIGGER t AFTER INSERT ON users BEGIN INSERT INTO log VALUES ('x'); END");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_add(session, new_user(session, "alice")));
    assert_flush_fails(session, CORM_UNIQUE,
                       "users: UNIQUE constraint failed: log.username (inserting User \"alice\")");
    User rows[1] = {{.username = "ben", .email = "b@example.com"}};
    assert_int_equal(corm_insert_all(session, User, rows, 1), -1);
    assert_message(session, "users: UNIQUE constraint failed: log.username (rows[0])");
}

static void a_check_of_the_table_is_a_status_of_its_own(void **state)
{
    corm_session *session = *state;
    run_sql(session, "DROP TABLE comments; CREATE TABLE comments (id INTEGER PRIMARY KEY,"
                     " body TEXT NOT NULL CHECK (body <> 'spam'),"
                     " post_id INTEGER REFERENCES posts(id))");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_add(session, corm_new(session, Comment, .body = "spam")));
    assert_flush_fails(session, CORM_CHECK, "comments", "Comment \"spam\"");
}

static void a_row_that_is_gone_is_missing(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    run_sql(session, "DELETE FROM posts; DELETE FROM users");
    assert_status(session, CORM_ROW_MISSING, corm_refresh(session, alice));
    assert_message(session, "User \"alice\"");
    assert_string_equal(alice->username, "alice");
    corm_clear_error(session);
    assert_null(corm_get(session, User, 1));
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_current(alice));
}

static void a_table_that_is_gone_is_an_error_not_a_crash(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    run_sql(session, "DROP TABLE post_tags; DROP TABLE comments; DROP TABLE posts");
    assert_ok(session, corm_commit(session));
    assert_int_equal(User_posts(alice).count, 0);
    assert_message(session, "posts");
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_count(session, User), 1);
}

/* ---- Wrong use ------------------------------------------------------------------------------------------ */

static void without_a_session_every_call_says_so(void **state)
{
    (void)state;
    corm_savepoint savepoint = {0};
    User *user = NULL;
    const corm_query query = {.model = blog.models[0]};
    const struct {
        const char *call;
        corm_status status;
    } calls[] = {
        {"flush", corm_flush(NULL)},
        {"commit", corm_commit(NULL)},
        {"rollback", corm_rollback(NULL)},
        {"clear", corm_clear(NULL)},
        {"expunge_all", corm_expunge_all(NULL)},
        {"expire_all", corm_expire_all(NULL)},
        {"add", corm_add(NULL, user)},
        {"delete", corm_delete(NULL, user)},
        {"expunge", corm_expunge(NULL, user)},
        {"expire", corm_expire(NULL, user)},
        {"refresh", corm_refresh(NULL, user)},
        {"current", corm_current(NULL)},
        {"create_all", corm_create_all(NULL)},
        {"drop_all", corm_drop_all(NULL)},
        {"check_tables", corm_check_tables(NULL)},
        {"savepoint_begin", corm_savepoint_begin(NULL, &savepoint)},
        {"savepoint_release", corm_savepoint_release(NULL, savepoint)},
        {"savepoint_rollback", corm_savepoint_rollback(NULL, savepoint)},
        {"append", User_posts_append(NULL, NULL)},
        {"set", Post_author_user_set(NULL, NULL)},
        {"unset", corm_unset(NULL, User_.age)},
        {"touch", corm_touch(NULL, User_.age)},
        {"run", corm_run(NULL, NULL, NULL)},
        {"error_status", corm_error_status(NULL)},
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (calls[i].status != CORM_NULL_ARGUMENT)
            complain(__FILE__, __LINE__, "%s(NULL): %s", calls[i].call,
                     corm_status_text(calls[i].status));
    assert_null(corm_session_open(NULL, NULL));
    assert_null(corm_new(NULL, User, .username = "a"));
    assert_int_equal(corm_last_status(), CORM_NULL_ARGUMENT);
    assert_null(corm_get(NULL, User, 1));
    assert_null(corm_first(NULL, User));
    assert_null(corm_one(NULL, User));
    assert_int_equal(corm_all(NULL, User).count, 0);
    assert_int_equal(corm_query_count(NULL, &query), -1);
    assert_int_equal(User_posts(NULL).count, 0);
    assert_int_equal(User_posts_count(NULL), 0);
    assert_false(User_posts_contains(NULL, NULL));
    assert_null(Post_author_user(NULL));
    assert_null(corm_text(NULL, "%d", 1));
    assert_null(corm_native_handle(NULL));
    assert_non_null(corm_error_message(NULL));
    assert_false(corm_in_transaction(NULL) || corm_in_session(NULL, NULL) ||
                 corm_is_modified(NULL));
    corm_session_close(NULL);
    corm_free_lists(NULL);
    corm_clear_error(NULL);
    corm_echo(NULL, NULL);
    corm_trace(NULL, NULL, NULL);
    assert_int_equal(corm_engine_close(NULL), CORM_OK);
}

static void an_object_that_is_null_is_refused_until_rollback(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_status(session, CORM_NULL_ARGUMENT, corm_add(session, NULL));
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_int_equal(corm_error_status(session), CORM_NULL_ARGUMENT);
    assert_ok(session, corm_rollback(session));
    assert_status(session, CORM_NULL_ARGUMENT, corm_delete(session, NULL));
    assert_ok(session, corm_rollback(session));
    assert_status(session, CORM_NULL_ARGUMENT, corm_refresh(session, NULL));
    assert_ok(session, corm_rollback(session));
    assert_status(session, CORM_NULL_ARGUMENT, User_posts_append(alice, NULL));
    assert_ok(session, corm_rollback(session));
    assert_status(session, CORM_NULL_ARGUMENT, User_posts_remove(alice, NULL));
    assert_ok(session, corm_rollback(session));
    assert_status(session, CORM_NULL_ARGUMENT, User_posts_replace(alice, NULL, 3));
    assert_ok(session, corm_rollback(session));
    assert_status(session, CORM_NULL_ARGUMENT, corm_savepoint_begin(session, NULL));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_all(session, User).count, 1);
}

static void what_is_not_an_object_is_recognised(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    Post *post = User_posts(alice).items[0];
    User local = {.username = "local"}, copy = *alice;
    User *many = calloc(100, sizeof *many);
    assert_non_null(many);
    void *const wrong[] = {
        &local, &copy, &many[50], (char *)alice + 8, alice + 1000, (void *)(uintptr_t)16};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0] - 2; i++) {
        assert_status(session, CORM_NOT_AN_OBJECT, corm_add(session, wrong[i]));
        assert_status(session, CORM_NOT_AN_OBJECT, corm_delete(session, wrong[i]));
        assert_status(session, CORM_NOT_AN_OBJECT, User_posts_append(wrong[i], post));
        assert_status(session, CORM_NOT_AN_OBJECT, Post_author_user_set(post, wrong[i]));
        assert_int_equal(User_posts(wrong[i]).count, 0);
        assert_int_equal(corm_last_status(), CORM_NOT_AN_OBJECT);
        assert_int_equal(corm_free(wrong[i]), CORM_NOT_AN_OBJECT);
        assert_int_equal(corm_state(wrong[i]), CORM_STATE_NONE);
        assert_null(corm_model_of(wrong[i]));
    }
    for (size_t i = sizeof wrong / sizeof wrong[0] - 2; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(corm_state(wrong[i]), CORM_STATE_NONE);
    free(many);
    assert_ok(session, corm_commit(session)); /* it blocks nothing */
}

static void an_object_of_another_model_is_refused(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    Post *post = User_posts(alice).items[0];
    Comment *comment = corm_new(session, Comment, .body = "c");
    assert_status(session, CORM_WRONG_MODEL, corm_related_append(alice, User_.posts, comment));
    assert_message(session, "Comment");
    assert_status(session, CORM_WRONG_MODEL, corm_related_append(post, User_.posts, post));
    assert_status(session, CORM_WRONG_MODEL, corm_related_set(post, Post_.author_user, post));
    assert_int_equal(corm_related_list(comment, User_.posts).count, 0);
    assert_int_equal(corm_last_status(), CORM_WRONG_MODEL);
    assert_status(session, CORM_WRONG_MODEL, corm_touch(post, User_.age));
    assert_ok(session, corm_commit(session));
}

static void a_list_is_not_one_object_and_one_is_no_list(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    Post *post = User_posts(alice).items[0];
    assert_int_not_equal(corm_related_set(alice, User_.posts, post), CORM_OK);
    assert_int_not_equal(corm_related_append(post, Post_.author_user, alice), CORM_OK);
    assert_null(corm_related_one(alice, User_.posts));
    assert_int_equal(corm_related_list(post, Post_.author_user).count, 0);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(User_posts(alice).count, 1);
}

static void an_object_of_another_session_is_refused(void **state)
{
    corm_session *session = *state, *other = memory_session(&blog);
    assert_non_null(other);
    User *alice = committed_alice(session), *bob = new_user(other, "bob");
    assert_ok(other, corm_add(other, bob));
    Post *post = corm_new(session, Post, .title = "p");
    assert_status(session, CORM_OTHER_SESSION, corm_add(session, bob));
    assert_message(session, "User \"bob\"");
    assert_status(session, CORM_OTHER_SESSION, corm_delete(session, bob));
    assert_status(session, CORM_OTHER_SESSION, corm_refresh(session, bob));
    assert_status(session, CORM_OTHER_SESSION, corm_expunge(session, bob));
    assert_ok(session, User_posts_append(alice, post));
    assert_int_not_equal(User_posts_append(bob, post), CORM_OK);
    assert_ptr_equal(Post_author_user(post), alice);
    assert_ok(session, corm_commit(session));
    assert_ok(other, corm_commit(other));
    corm_session_close(other);
}

/* ---- Databases that cannot be used ------------------------------------------------------------------------ */

static void a_database_that_cannot_be_opened_is_told_with_its_path(void **state)
{
    (void)state;
    struct place place;
    make_place(&place);
    char missing[400];
    (void)snprintf(missing, sizeof missing, "%s/no/such/directory/a.db", place.directory);
    const char *const paths[] = {missing, place.directory, NULL};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        corm_session *session = corm_sqlite_open(paths[i], &blog);
        assert_non_null(session);
        assert_status(session, CORM_CONNECTION, corm_create_all(session));
        if (paths[i] != NULL)
            assert_message(session, paths[i]);
        assert_int_not_equal(corm_commit(session), CORM_OK);
        corm_session_close(session);
    }
    corm_engine *engine = corm_sqlite_engine(missing, &blog, NULL);
    assert_int_equal(corm_engine_status(engine), CORM_CONNECTION);
    assert_part(corm_engine_message(engine), missing);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
    remove_place(&place);
}

static void assert_not_opened(const char *path, const corm_sqlite_options *options,
                              const char *message)
{
    corm_engine *engine = corm_sqlite_engine(path, &blog, options);
    assert_int_equal(corm_engine_status(engine), CORM_CONNECTION);
    assert_part(corm_engine_message(engine), message);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

static void what_is_wrong_with_a_path_is_said_in_words(void **state)
{
    (void)state;
    struct place place;
    make_place(&place);
    char below[sizeof place.path + 8];
    FILE *file = fopen(place.path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_not_opened("/nowhere/here.db", NULL,
                      ": its directory is not there, or takes no new files (error 2 of");
    assert_not_opened("/nowhere.db", &(corm_sqlite_options){.must_exist = true},
                      ": there is no such file, and .must_exist = true makes none");
    assert_not_opened("/nowhere.db", &(corm_sqlite_options){.read_only = true},
                      ": there is no such file, and .read_only = true makes none");
    assert_not_opened("file:/nowhere.db?mode=rw", NULL, ": it, or its directory, is not there");
    assert_not_opened(place.directory, NULL, ": it is a directory");
    (void)snprintf(below, sizeof below, "%s/a.db", place.path);
    assert_not_opened(below, NULL, ": one of the directories in the path is a file");
    remove_place(&place);
}

static void a_file_that_is_not_a_database_is_told(void **state)
{
    (void)state;
    struct place place;
    make_place(&place);
    FILE *file = fopen(place.path, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++)
        assert_true(fputs("this is not a database\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    corm_session *session = corm_sqlite_open(place.path, &blog);
    assert_non_null(session);
    assert_status(session, CORM_CORRUPT, corm_create_all(session));
    assert_message(session, "not a database: it is none of SQLite, or encrypted");
    corm_session_close(session);
    remove_place(&place);
}

static void a_database_that_may_only_be_read_is_told(void **state)
{
    (void)state;
    struct place place;
    make_place(&place);
    corm_session *session = corm_sqlite_open(place.path, &blog);
    assert_ok(session, corm_create_all(session));
    (void)committed_alice(session);
    assert_ok(session, corm_commit(session));
    corm_session *reader =
        corm_sqlite_open(place.path, &blog, &(corm_sqlite_options){.read_only = true});
    User *alice = corm_get(reader, User, 1);
    assert_got(reader, alice);
    alice->age = corm_some(1);
    assert_status(reader, CORM_READ_ONLY, corm_commit(reader));
    assert_message(reader, "a readonly database: it was opened with .read_only = true");
    assert_ok(reader, corm_rollback(reader));
    assert_false(alice->age.has_value);
    assert_int_equal(corm_count(reader, User), 1);
    corm_session_close(reader);
    corm_session_close(session);
    remove_place(&place);
}

static void a_file_that_must_exist_is_not_made(void **state)
{
    (void)state;
    struct place place;
    make_place(&place);
    corm_session *session =
        corm_sqlite_open(place.path, &blog, &(corm_sqlite_options){.must_exist = true});
    assert_status(session, CORM_CONNECTION, corm_create_all(session));
    corm_session_close(session);
    assert_null(fopen(place.path, "r"));
    remove_place(&place);
}

/* clang-format off */
#define SHELF(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, room, .primary_key = true)                                                     \
    COLUMN(INTEGER, number, .primary_key = true)
#define BOX(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, shelf_room, .references = corm_ref(Shelf, room))                               \
    COLUMN(INTEGER, shelf_number, .references = corm_ref(Shelf, number))
#define CAN(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, box_id, .references = corm_ref(Box, id), .on_delete = CORM_ACTION_RESTRICT,    \
           .on_update = CORM_ACTION_RESTRICT)                                                      \
    COLUMN(OPTIONAL(TEXT), maker_code, .references = corm_ref(Maker, code))                        \
    COLUMN(OPTIONAL(TEXT), contents)                                                               \
    RELATIONSHIP(MANY_TO_ONE, box, Box, BACKREF(cans), .backref = {.passive_deletes = true})
#define MAKER(COLUMN, RELATIONSHIP) COLUMN(TEXT, code, .primary_key = true)
#define STORE(MODEL)                                                                               \
    MODEL(Shelf, "shelves", SHELF) MODEL(Box, "boxes", BOX) MODEL(Can, "cans", CAN)                \
    MODEL(Maker, "makers", MAKER)
CORM_SCHEMA(store, STORE)
/* clang-format on */

/* Each part of the key is there, in another row: only the whole key tells. */
static void a_key_of_several_columns_is_told_as_a_whole(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &store);
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_add(session, corm_new(session, Shelf, .room = 1, .number = 2)));
    assert_ok(session, corm_add(session, corm_new(session, Shelf, .room = 2, .number = 1)));
    assert_ok(session,
              corm_add(session, corm_new(session, Box, .shelf_room = 1, .shelf_number = 2)));
    assert_ok(session, corm_commit(session));
    assert_ok(session,
              corm_add(session, corm_new(session, Box, .shelf_room = 1, .shelf_number = 1)));
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session, "boxes.shelf_room, boxes.shelf_number = 1, 1: no shelves.room, "
                            "shelves.number 1, 1 (inserting a new Box)");
    assert_ok(session, corm_rollback(session));
    Shelf *shelf = corm_get(session, Shelf, 1, 2);
    assert_ok(session, corm_delete(session, shelf));
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session,
                   "shelves.room, shelves.number = 1, 2 is still referenced by 1 row of "
                   "boxes.shelf_room, boxes.shelf_number (deleting Shelf (1, 2)): delete or "
                   "move them first, or declare .on_delete for Box.shelf_room");
    assert_ok(session, corm_rollback(session));
    assert_null(corm_get(session, Shelf, 1));
    assert_message(session, "the key of Shelf has 2 columns, 1 given: write corm_get(session, "
                            "Shelf, room, number)");
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_int_equal(corm_all(session, User).count, 0);
    assert_message(session, "User is no model of schema store");
    assert_int_equal(corm_last_status(), CORM_WRONG_MODEL);
    assert_ok(session, corm_commit(session)); /* wrong uses block nothing */
    corm_session_close(session);
}

static void what_a_restricting_key_refers_to_is_told_with_what_refers(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &store);
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_add(session, corm_new(session, Shelf, .room = 1, .number = 2)));
    Box *box = corm_new(session, Box, .id = 7, .shelf_room = 1, .shelf_number = 2);
    assert_ok(session, corm_add(session, box));
    assert_ok(session, Box_cans_append(box, corm_new(session, Can)));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, box));
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session,
                   "boxes.id = 7 is still referenced by 1 row of cans.box_id (deleting Box 7): "
                   "delete or move them first: Can.box_id has .on_delete = "
                   "CORM_ACTION_RESTRICT");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_delete_all(session, Box, .all_rows = true), -1);
    assert_int_equal(corm_last_status(), CORM_FOREIGN_KEY);
    assert_message(session,
                   "cans.box_id: 1 row still refers to rows of boxes that are to be deleted: "
                   "delete or move them first: Can.box_id has .on_delete = "
                   "CORM_ACTION_RESTRICT");
    assert_ok(session, corm_rollback(session));
    box->id = 8;
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session,
                   "boxes.id = 7 is still referenced by 1 row of cans.box_id (updating Box 8): ");
    corm_session_close(session);
}

static void what_is_taken_out_and_needs_a_parent_is_told_what_it_may_do(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &store);
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_add(session, corm_new(session, Shelf, .room = 1, .number = 2)));
    Box *box = corm_new(session, Box, .id = 7, .shelf_room = 1, .shelf_number = 2);
    Can *can = corm_new(session, Can, .contents = "beans");
    assert_ok(session, corm_add(session, box));
    assert_ok(session, Box_cans_append(box, can));
    assert_ok(session, corm_commit(session));
    assert_ok(session, Box_cans_remove(box, can));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_string_equal(
        corm_error_message(session),
        "cans.box_id is NULL, but must have a value (updating Can \"beans\"): what is "
        "taken out of Box.cans gets another Box, or is deleted, by corm_delete or "
        "CORM_CASCADE_DELETE_ORPHAN there");
    corm_session_close(session);
}

static void a_table_that_nobody_has_made_is_told_with_what_makes_it(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &store);
    assert_int_equal(corm_count(session, Box), -1);
    assert_int_equal(corm_last_status(), CORM_SYNTAX);
    assert_string_equal(corm_error_message(session),
                        "no such table: boxes; corm_create_all makes those of the models (SELECT "
                        "count(*) FROM \"boxes\")");
    corm_session_close(session);
}

static void an_object_is_named_by_a_text_of_its_own(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &store);
    assert_ok(session, corm_create_all(session));
    Can *can = corm_new(session, Can, .box_id = 1, .maker_code = "ACME", .contents = "beans");
    assert_status(session, CORM_NOT_PERSISTED, corm_delete(session, can));
    assert_string_equal(corm_error_message(session), "corm_delete: Can \"beans\" has no row yet");
    can->contents = NULL;
    assert_status(session, CORM_NOT_PERSISTED, corm_delete(session, can));
    assert_string_equal(corm_error_message(session), "corm_delete: a new Can has no row yet");
    corm_session_close(session);
}

static void a_key_that_something_still_refers_to_is_told_with_what_refers(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &store);
    assert_ok(session, corm_create_all(session));
    Shelf *shelf = corm_new(session, Shelf, .room = 1, .number = 2);
    assert_ok(session, corm_add(session, shelf));
    assert_ok(session,
              corm_add(session, corm_new(session, Box, .shelf_room = 1, .shelf_number = 2)));
    assert_ok(session, corm_commit(session));
    shelf->number = 3;
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session,
                   "shelves.room, shelves.number = 1, 2 is still referenced by 1 row of "
                   "boxes.shelf_room, boxes.shelf_number (updating Shelf (1, 3)): a key is changed "
                   "before what refers to it: give Box.shelf_room and Box.shelf_number "
                   ".on_update = CORM_ACTION_CASCADE, or call corm_flush when nothing refers to it "
                   "any more, and change it then");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(shelf->number, 2);
    corm_session_close(session);
}

static void a_key_of_one_column_that_is_referred_to_is_told_with_it(void **state)
{
    corm_session *session = *state;
    User *alice = corm_new(session, User, .username = "alice", .email = "a@example.com");
    (void)User_posts_append(alice, corm_new(session, Post, .title = "Hi"));
    assert_ok(session, corm_add(session, alice));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
    alice = corm_first(session, User);
    alice->id = 77;
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session, "(updating User \"alice\"): a key is changed before what refers to it: "
                            "give Post.user_id .on_update = CORM_ACTION_CASCADE, or call");
}

static void links_that_refer_to_a_changed_key_are_told(void **state)
{
    corm_session *session = *state;
    Post *post = corm_new(session, Post, .title = "Hi");
    Tag *tag = corm_new(session, Tag, .name = "c");
    assert_ok(session, corm_add(session, user_with_posts(session, "alice", 0)));
    assert_ok(session, User_posts_append(corm_first(session, User), post));
    assert_ok(session, Post_tags_append(post, tag));
    assert_ok(session, corm_commit(session));
    tag->id = 7;
    assert_flush_fails(
        session, CORM_FOREIGN_KEY,
        "tags.id = 1 is still referenced by 1 row of post_tags.tag_id (updating Tag "
        "\"c\"): a key is changed before what refers to it: end the links of "
        "Tag.posts, call corm_flush, change it and link again; or make post_tags the "
        "table of a model, with .on_update = CORM_ACTION_CASCADE");
    assert_ok(session, Post_tags_remove(post, tag));
    assert_ok(session, corm_flush(session));
    tag->id = 7;
    assert_ok(session, Post_tags_append(post, tag));
    assert_ok(session, corm_commit(session));
}

static void a_commit_that_a_deferred_key_refuses_says_where_to_look(void **state)
{
    corm_session *session = *state;
    run_sql(session, "PRAGMA defer_foreign_keys = ON; INSERT INTO posts VALUES (1, 'x', 99)");
    assert_status(session, CORM_FOREIGN_KEY, corm_commit(session));
    assert_message(session,
                   "COMMIT: FOREIGN KEY constraint failed: one that is deferred refers to a "
                   "row that is not there; before the commit, PRAGMA foreign_key_check "
                   "lists such rows");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_count(session, Post), 0);
}

static void rows_that_refer_with_a_part_of_their_key_only_are_not_told(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &store);
    assert_ok(session, corm_create_all(session));
    run_sql(session, "INSERT INTO shelves VALUES (1, 1), (1, 2);"
                     "INSERT INTO boxes VALUES (1, 1, 1), (2, 1, 2)");
    assert_int_equal(corm_delete_all(session, Shelf, .where = corm_eq(Shelf_.number, 2)), -1);
    assert_message(session, "boxes.shelf_room, boxes.shelf_number: 1 row still refers to rows of "
                            "shelves that are to be deleted");
    corm_session_close(session);
}

/* A question that fails is no answer. */
static void a_table_that_is_not_there_refers_to_nothing(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &store);
    run_sql(session,
            "CREATE TABLE shelves (room INTEGER, number INTEGER, PRIMARY KEY (room, number));"
            "CREATE TABLE crates (room, number,"
            " FOREIGN KEY (room, number) REFERENCES shelves (room, number));"
            "INSERT INTO shelves VALUES (1, 2); INSERT INTO crates VALUES (1, 2)");
    Shelf *shelf = corm_get(session, Shelf, 1, 2);
    assert_ok(session, corm_delete(session, shelf));
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_string_equal(corm_error_message(session),
                        "shelves: FOREIGN KEY constraint failed (deleting Shelf (1, 2))");
    corm_session_close(session);
}

/* The database has a foreign key more than the models, and rows that a new object could be mistaken for. */
static void a_new_object_gives_up_no_key(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &store);
    run_sql(session,
            "CREATE TABLE owners (id INTEGER PRIMARY KEY);"
            "CREATE TABLE shelves (room INTEGER, number INTEGER, owner_id INTEGER DEFAULT 7 "
            "REFERENCES owners (id), PRIMARY KEY (room, number));"
            "CREATE TABLE boxes (id INTEGER PRIMARY KEY, shelf_room INTEGER, "
            "shelf_number INTEGER);"
            "INSERT INTO boxes VALUES (1, 1, 2)");
    Shelf *shelf = corm_new(session, Shelf, .room = 1, .number = 2);
    shelf->number = 3;
    assert_ok(session, corm_add(session, shelf));
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_string_equal(corm_error_message(session),
                        "shelves: FOREIGN KEY constraint failed (inserting a new Shelf)");
    corm_session_close(session);
}

static void a_null_object_is_told_with_the_relationship(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    Post *post = User_posts(alice).items[0];
    assert_status(session, CORM_NULL_ARGUMENT, User_posts_append(alice, NULL));
    assert_message(session, "User_posts_append: the Post is NULL");
    assert_ok(session, corm_rollback(session));
    assert_status(session, CORM_NULL_ARGUMENT, User_posts_remove(NULL, post));
    assert_message(session, "User_posts_remove: the User is NULL");
    assert_ok(session, corm_rollback(session));
    assert_status(session, CORM_NULL_ARGUMENT, Tag_posts_append(NULL, post));
    assert_message(session, "Tag_posts_append: the Tag is NULL");
    assert_ok(session, corm_rollback(session));
    assert_status(session, CORM_NULL_ARGUMENT, Post_author_user_set(NULL, alice));
    assert_message(session, "Post_author_user_set: the Post is NULL");
    assert_ok(session, corm_rollback(session));
    assert_status(session, CORM_NULL_ARGUMENT, User_posts_replace(alice, (Post *[]){NULL}, 1));
    assert_message(session, "User_posts_replace: the Post is NULL");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(User_posts(NULL).count, 0);
    assert_message(NULL, "User_posts: the User is NULL");
    assert_null(Post_author_user(NULL));
    assert_message(NULL, "Post_author_user: the Post is NULL");
    User copy = *alice;
    assert_status(session, CORM_NOT_AN_OBJECT, Post_author_user_set(post, &copy));
    assert_message(session, "Post_author_user_set: the pointer is not an object of corm");
}

/* Its delete is rolled back with the transaction, if that is not over. */
static void what_was_deleted_is_told_apart_from_what_is_deleted_for_good(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_delete(session, alice));
    assert_ok(session, corm_flush(session));
    assert_status(session, CORM_OBJECT_DELETED, corm_add(session, alice));
    assert_message(session, "was deleted in this transaction and cannot be added before it ends");
    assert_ok(session, corm_commit(session));
    assert_status(session, CORM_OBJECT_DELETED, corm_add(session, alice));
    assert_message(session,
                   "User \"alice\" was deleted and cannot be added: make a new one with corm_new");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_text_of_its_own),
        BLOG_TEST(what_was_deleted_is_told_apart_from_what_is_deleted_for_good),
        BLOG_TEST(a_unique_value_that_is_there_is_named),
        BLOG_TEST(a_primary_key_that_is_there_is_named),
        BLOG_TEST(a_unique_conflict_with_a_row_deleted_in_the_same_flush_says_so),
        BLOG_TEST(a_missing_row_is_named),
        cmocka_unit_test(a_key_of_several_columns_is_told_as_a_whole),
        cmocka_unit_test(a_key_that_something_still_refers_to_is_told_with_what_refers),
        cmocka_unit_test(what_a_restricting_key_refers_to_is_told_with_what_refers),
        cmocka_unit_test(what_is_taken_out_and_needs_a_parent_is_told_what_it_may_do),
        cmocka_unit_test(a_table_that_nobody_has_made_is_told_with_what_makes_it),
        cmocka_unit_test(an_object_is_named_by_a_text_of_its_own),
        BLOG_TEST(a_key_of_one_column_that_is_referred_to_is_told_with_it),
        BLOG_TEST(a_null_object_is_told_with_the_relationship),
        BLOG_TEST(links_that_refer_to_a_changed_key_are_told),
        BLOG_TEST(a_commit_that_a_deferred_key_refuses_says_where_to_look),
        cmocka_unit_test(rows_that_refer_with_a_part_of_their_key_only_are_not_told),
        cmocka_unit_test(a_table_that_is_not_there_refers_to_nothing),
        cmocka_unit_test(a_new_object_gives_up_no_key),
        BLOG_TEST(a_key_that_was_read_too_early_is_told_as_that),
        BLOG_TEST(a_row_that_others_refer_to_is_named),
        BLOG_TEST(a_missing_value_is_named_with_its_object),
        BLOG_TEST(a_trigger_that_refuses_is_told_in_its_own_words),
        BLOG_TEST(an_insert_that_stores_nothing_is_an_error),
        BLOG_TEST(an_update_that_a_trigger_swallows_is_no_row_that_is_gone),
        BLOG_TEST(what_a_trigger_writes_elsewhere_is_told_as_such),
        BLOG_TEST(a_check_of_the_table_is_a_status_of_its_own),
        BLOG_TEST(a_row_that_is_gone_is_missing),
        BLOG_TEST(a_table_that_is_gone_is_an_error_not_a_crash),
        cmocka_unit_test(without_a_session_every_call_says_so),
        BLOG_TEST(an_object_that_is_null_is_refused_until_rollback),
        BLOG_TEST(what_is_not_an_object_is_recognised),
        BLOG_TEST(an_object_of_another_model_is_refused),
        BLOG_TEST(a_list_is_not_one_object_and_one_is_no_list),
        BLOG_TEST(an_object_of_another_session_is_refused),
        cmocka_unit_test(a_database_that_cannot_be_opened_is_told_with_its_path),
        cmocka_unit_test(what_is_wrong_with_a_path_is_said_in_words),
        cmocka_unit_test(a_file_that_is_not_a_database_is_told),
        cmocka_unit_test(a_database_that_may_only_be_read_is_told),
        cmocka_unit_test(a_file_that_must_exist_is_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
