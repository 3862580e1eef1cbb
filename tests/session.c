/* session: the states of an object, the identity map, changes and what is written of them,
 * autoflush, loading again, leaving the session, several sessions on one engine. */
#define _XOPEN_SOURCE 700
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* "alice" is committed and current; nothing has been recorded yet. */
static User *committed_alice(corm_session *session)
{
    User *alice = corm_new(session, User, .username = "alice", .email = "a@example.com");
    assert_got(session, alice);
    assert_ok(session, corm_add(session, alice));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_refresh(session, alice));
    record(session);
    return alice;
}

/* ---- States --------------------------------------------------------------------------------------- */

static void an_object_goes_through_five_states(void **state)
{
    corm_session *session = *state;
    User *user = new_user(session, "alice");
    assert_int_equal(corm_state(user), CORM_STATE_TRANSIENT);
    assert_false(corm_in_session(session, user));
    assert_ok(session, corm_add(session, user));
    assert_int_equal(corm_state(user), CORM_STATE_PENDING);
    assert_true(corm_in_session(session, user));
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_state(user), CORM_STATE_PERSISTENT);
    assert_ok(session, corm_delete(session, user));
    assert_int_equal(corm_state(user), CORM_STATE_PERSISTENT);
    assert_true(corm_is_marked_deleted(user));
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_state(user), CORM_STATE_DELETED);
    assert_false(corm_in_session(session, user));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_state(user), CORM_STATE_DETACHED);
    assert_string_equal(user->username, "alice");
}

static void adding_twice_is_adding_once(void **state)
{
    corm_session *session = *state;
    User *user = new_user(session, "alice");
    for (int i = 0; i < 3; i++)
        assert_ok(session, corm_add(session, user));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_add(session, user));
    assert_ok(session, corm_flush(session));
    assert_ran(1, "INSERT");
}

static void a_transient_object_cannot_be_deleted(void **state)
{
    corm_session *session = *state;
    assert_status(session, CORM_NOT_PERSISTED, corm_delete(session, new_user(session, "alice")));
    assert_ok(session, corm_commit(session)); /* a wrong use blocks nothing */
}

static void adding_takes_a_delete_back(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_delete(session, alice));
    assert_ok(session, corm_add(session, alice));
    assert_false(corm_is_marked_deleted(alice));
    assert_ok(session, corm_flush(session));
    assert_ran(0, "DELETE");
    assert_int_equal(corm_state(alice), CORM_STATE_PERSISTENT);
}

static void a_session_tells_whose_an_object_is(void **state)
{
    corm_session *session = *state;
    User *user = new_user(session, "alice");
    assert_ok(session, corm_add(session, user));
    assert_ptr_equal(corm_session_of(user), session);
    assert_ptr_equal(corm_model_of(user), blog.models[0]);
    assert_ok(session, corm_expunge(session, user));
    assert_null(corm_session_of(user));
    assert_ok(session, corm_free(user));
    assert_null(corm_model_of(NULL));
    assert_int_equal(corm_state(NULL), CORM_STATE_NONE);
}

/* ---- The transaction -------------------------------------------------------------------------------- */

static void the_transaction_begins_at_the_first_statement(void **state)
{
    corm_session *session = *state;
    assert_false(corm_in_transaction(session));
    assert_ok(session, corm_add(session, new_user(session, "alice")));
    assert_false(corm_in_transaction(session));
    assert_ok(session, corm_flush(session));
    assert_true(corm_in_transaction(session));
    assert_ok(session, corm_commit(session));
    assert_false(corm_in_transaction(session));
    (void)corm_count(session, User);
    assert_true(corm_in_transaction(session));
    assert_ok(session, corm_rollback(session));
    assert_false(corm_in_transaction(session));
}

static void nothing_to_write_is_no_sql(void **state)
{
    corm_session *session = *state;
    record(session);
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_rollback(session));
    assert_no_sql();
    User *alice = committed_alice(session);
    assert_ok(session, corm_commit(session));
    record(session);
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_commit(session));
    assert_no_sql();
    assert_false(corm_is_modified(alice));
}

static void the_connection_is_given_back_at_commit_and_rollback(void **state)
{
    (void)state;
    corm_sqlite_options options = {.engine = {.pool_timeout_ms = 1}};
    corm_engine *engine = corm_sqlite_engine(":memory:", &blog, &options);
    corm_session *one = corm_session_open(engine, NULL), *two = corm_session_open(engine, NULL);
    assert_ok(one, corm_create_all(one));
    assert_ok(two, corm_add(two, new_user(two, "two")));
    assert_ok(two, corm_flush(two));
    assert_int_equal(corm_count(one, User), -1);
    assert_int_equal(corm_error_status(one), CORM_TIMEOUT);
    assert_ok(two, corm_commit(two));
    assert_ok(one, corm_rollback(one));
    assert_int_equal(corm_count(one, User), 1);
    assert_ok(one, corm_rollback(one));
    assert_int_equal(corm_count(two, User), 1);
    assert_int_equal(corm_engine_close(engine), CORM_MISUSE);
    corm_session_close(one);
    corm_session_close(two);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

static void closing_a_session_rolls_back(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", &blog, NULL);
    corm_session *session = corm_session_open(engine, NULL);
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_add(session, new_user(session, "alice")));
    assert_ok(session, corm_flush(session));
    corm_session_close(session);
    session = corm_session_open(engine, NULL);
    assert_int_equal(corm_count(session, User), 0);
    corm_session_close(session);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

/* ---- Identity ------------------------------------------------------------------------------------- */

static void one_row_is_one_pointer(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ptr_equal(corm_get(session, User, alice->id), alice);
    assert_no_sql();
    assert_ptr_equal(corm_one(session, User, .where = corm_eq(User_.username, "alice")), alice);
    assert_ptr_equal(corm_all(session, User).items[0], alice);
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(corm_get(session, User, alice->id), alice);
}

static void get_answers_null_without_an_error_where_no_row_is(void **state)
{
    corm_session *session = *state;
    assert_null(corm_get(session, User, 99));
    assert_int_equal(corm_error_status(session), CORM_OK);
    assert_ok(session, corm_commit(session));
}

static void two_objects_with_one_key_are_refused(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_add(session, corm_new(session, User, .id = alice->id, .username = "b",
                                                  .email = "b@example.com")));
    corm_status status = corm_flush(session);
    assert_true(status == CORM_UNIQUE || status == CORM_IDENTITY_CONFLICT);
    assert_ok(session, corm_rollback(session));
    assert_ptr_equal(corm_get(session, User, alice->id), alice);
}

/* ---- Changes -------------------------------------------------------------------------------------- */

static void only_the_changed_column_is_written(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    alice->age = corm_some(43);
    assert_true(corm_is_modified(alice));
    assert_ok(session, corm_flush(session));
    assert_ran(1, "UPDATE");
    assert_part(sql_of("UPDATE", 0), "\"age\"");
    assert_null(strstr(sql_of("UPDATE", 0), "email"));
    assert_null(strstr(sql_of("UPDATE", 0), "username"));
    assert_string_equal(values_of("UPDATE", 0), "43, 1");
    assert_false(corm_is_modified(alice));
}

static void the_same_value_again_is_no_change(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    char copy[] = "a@example.com";
    alice->email = copy;
    alice->active = true;
    assert_false(corm_is_modified(alice));
    assert_ok(session, corm_flush(session));
    alice->age = corm_some(1);
    alice->age = corm_none(INTEGER);
    assert_ok(session, corm_flush(session));
    assert_no_sql();
}

static void touch_writes_a_column_that_did_not_change(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_touch(alice, User_.active));
    assert_ok(session, corm_flush(session));
    assert_ran(1, "UPDATE");
    assert_part(sql_of("UPDATE", 0), "\"active\"");
}

static void objects_are_inserted_in_the_order_in_which_they_were_added(void **state)
{
    corm_session *session = *state;
    User *last = new_user(session, "z"), *first = new_user(session, "a");
    assert_ok(session, corm_add(session, first));
    assert_ok(session, corm_add(session, new_user(session, "m")));
    assert_ok(session, corm_add(session, last));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "1|a;2|m;3|z", "SELECT id, username FROM users ORDER BY id");
}

static void updates_go_before_inserts_and_deletes_come_last(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session), *bob = new_user(session, "bob");
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_flush(session));
    record(session);
    assert_ok(session, corm_delete(session, bob));
    assert_ok(session, corm_add(session, new_user(session, "carol")));
    alice->age = corm_some(1);
    assert_ok(session, corm_flush(session));
    assert_ran(1, "UPDATE");
    assert_ran(1, "INSERT");
    assert_ran(1, "DELETE");
    assert_true(nth("UPDATE", 0) < nth("INSERT", 0) && nth("INSERT", 0) < nth("DELETE", 0));
}

static void an_update_of_a_row_that_is_gone_is_stale(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    run_sql(session, "DELETE FROM users");
    alice->age = corm_some(1);
    assert_status(session, CORM_STALE_DATA, corm_flush(session));
    assert_message(session, "users");
    assert_message(session, "User \"alice\"");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_refresh(session, alice));
    run_sql(session, "DELETE FROM users");
    assert_ok(session, corm_delete(session, alice));
    assert_ok(session, corm_commit(session)); /* a delete of it succeeds */
}

/* ---- Autoflush ------------------------------------------------------------------------------------- */

static void a_query_flushes_what_is_pending(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_add(session, new_user(session, "bob")));
    assert_int_equal(corm_count(session, User), 2);
    alice->age = corm_some(7);
    assert_ptr_equal(corm_first(session, User, .where = corm_eq(User_.age, 7)), alice);
}

static void a_session_without_autoflush_flushes_when_it_is_told_to(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", &blog, NULL);
    corm_session *session =
        corm_session_open(engine, &(corm_session_options){.no_autoflush = true});
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_add(session, new_user(session, "bob")));
    assert_int_equal(corm_count(session, User), 0);
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_count(session, User), 1);
    corm_session_close(session);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

/* ---- Loading again --------------------------------------------------------------------------------- */

static void a_commit_keeps_the_members_and_the_next_load_refreshes_them(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_commit(session));
    assert_string_equal(alice->email, "a@example.com");
    run_sql(session, "UPDATE users SET email = 'new@example.com', age = 5");
    assert_string_equal(alice->email, "a@example.com");
    assert_ok(session, corm_current(alice));
    assert_string_equal(alice->email, "new@example.com");
    record(session);
    assert_ok(session, corm_current(alice));
    assert_no_sql();
}

static void filling_an_expired_object_keeps_what_the_program_changed(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_commit(session));
    run_sql(session, "UPDATE users SET email = 'new@example.com', age = 5");
    alice->email = "mine@example.com";
    assert_ok(session, corm_current(alice));
    assert_string_equal(alice->email, "mine@example.com");
    assert_int_equal(alice->age.value, 5);
    assert_ok(session, corm_flush(session));
    assert_stored(session, "mine@example.com|5", "SELECT email, age FROM users");
}

static void a_query_overwrites_no_member_that_is_loaded(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    run_sql(session, "UPDATE users SET email = 'new@example.com'");
    (void)corm_all(session, User);
    assert_string_equal(alice->email, "a@example.com");
}

static void refresh_and_expire_drop_unflushed_changes(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    alice->age = corm_some(9);
    assert_ok(session, corm_refresh(session, alice));
    assert_false(alice->age.has_value);
    alice->age = corm_some(9);
    assert_ok(session, corm_expire(session, alice));
    assert_ok(session, corm_flush(session));
    assert_ran(0, "UPDATE");
    assert_ok(session, corm_current(alice));
    assert_false(alice->age.has_value);
    run_sql(session, "UPDATE users SET age = 3, email = 'b@example.com'");
    assert_ok(session, corm_expire_column(session, alice, User_.age.column));
    assert_ok(session, corm_current(alice));
    assert_int_equal(alice->age.value, 3);
    assert_string_equal(alice->email, "a@example.com");
}

static void keep_on_commit_expires_nothing(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", &blog, NULL);
    corm_session *session =
        corm_session_open(engine, &(corm_session_options){.keep_on_commit = true});
    assert_ok(session, corm_create_all(session));
    User *alice = committed_alice(session);
    assert_ok(session, corm_commit(session));
    record(session);
    assert_ok(session, corm_current(alice));
    assert_ptr_equal(corm_get(session, User, alice->id), alice);
    assert_no_sql();
    assert_ok(session, corm_expire_all(session));
    assert_ok(session, corm_current(alice));
    assert_ran(1, "SELECT");
    corm_session_close(session);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

/* ---- Leaving the session ------------------------------------------------------------------------------ */

static void an_expunged_object_outlives_its_session(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    User *alice = committed_alice(session);
    User *pending = new_user(session, "pending");
    assert_ok(session, corm_add(session, pending));
    alice->email = corm_text(session, "%s@example.com", "changed");
    assert_ok(session, corm_expunge(session, alice));
    assert_ok(session, corm_expunge(session, pending));
    assert_int_equal(corm_state(alice), CORM_STATE_DETACHED);
    assert_int_equal(corm_state(pending), CORM_STATE_TRANSIENT);
    corm_session_close(session);
    assert_string_equal(alice->username, "alice");
    assert_string_equal(alice->email, "changed@example.com");
    assert_string_equal(pending->username, "pending");
    assert_int_equal(corm_free(alice), CORM_OK);
    assert_int_equal(corm_free(pending), CORM_OK);
    assert_int_equal(corm_free(NULL), CORM_OK);
}

/* Whether they were linked in this transaction or in an earlier one. */
static void nothing_refers_to_an_expunged_object(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    User *alice = user_with_posts(session, "alice", 2), *bob = user_with_posts(session, "bob", 1);
    assert_ok(session, corm_commit(session));
    Post_list posts = corm_all(session, Post, .order_by = corm_asc(Post_.id));
    assert_ok(session, corm_expunge(session, bob));
    assert_ok(session, corm_expunge(session, posts.items[2]));
    assert_int_equal(corm_free(posts.items[2]), CORM_OK);
    assert_int_equal(corm_free(bob), CORM_OK);
    assert_int_equal(User_posts(alice).count, 2);
    bob = corm_get(session, User, 2);
    assert_int_equal(User_posts(bob).count, 1);
    Tag *tag = corm_new(session, Tag, .name = "c");
    assert_ok(session, Post_tags_append(posts.items[0], tag));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_expunge(session, tag));
    assert_int_equal(corm_free(tag), CORM_OK);
    assert_int_equal(Post_tags(posts.items[0]).count, 1);
    assert_string_equal(Post_tags(posts.items[0]).items[0]->name, "c");
    corm_session_close(session);
}

/* It left together with what is freed, from either end. */
static void what_was_linked_to_a_freed_object_comes_into_a_session_without_it(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < 2; way++) {
        User *user = user_with_posts(session, way == 0 ? "ann" : "bob", 3);
        assert_ok(session, corm_commit(session));
        User_list users = corm_all(session, User, .where = corm_eq(User_.id, user->id),
                                   .load = corm_load(User_.posts));
        assert_int_equal(users.count, 1);
        Post *posts[3];
        for (size_t i = 0; i < 3; i++) {
            posts[i] = User_posts(user).items[i];
            assert_ptr_equal(Post_author_user(posts[i]), user);
        }
        assert_ok(session, corm_expunge(session, user));
        assert_int_equal(corm_state(posts[1]), CORM_STATE_DETACHED);
        assert_ok(session, corm_free(way == 0 ? (void *)posts[1] : user));
        assert_ok(session, corm_add(session, way == 0 ? (void *)user : posts[1]));
        assert_int_equal(corm_state(posts[0]),
                         way == 0 ? CORM_STATE_PERSISTENT : CORM_STATE_DETACHED);
        if (way == 0) {
            assert_int_equal(User_posts(user).count, 3); /* loaded anew: its row is there */
            assert_true(User_posts_contains(user, posts[0]));
        } else {
            User *again = Post_author_user(posts[1]);
            assert_non_null(again);
            assert_string_equal(again->username, "bob");
            assert_ok(session, corm_free(posts[0]));
            assert_ok(session, corm_free(posts[2]));
        }
        assert_ok(session, corm_commit(session));
    }
    assert_stored(session, "6", "SELECT count(*) FROM posts");
}

static void an_object_of_a_session_is_not_freed_by_the_program(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_int_equal(corm_free(alice), CORM_MISUSE);
    assert_string_equal(alice->username, "alice");
}

static void an_expunged_object_can_be_added_to_another_session(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", &blog, NULL);
    corm_session *one = corm_session_open(engine, NULL), *two = corm_session_open(engine, NULL);
    assert_ok(one, corm_create_all(one));
    User *alice = committed_alice(one);
    assert_ok(one, corm_commit(one));
    assert_ok(one, corm_expunge_all(one));
    corm_session_close(one);
    alice->age = corm_some(50);
    assert_ok(two, corm_add(two, alice));
    assert_int_equal(corm_state(alice), CORM_STATE_PERSISTENT);
    assert_ptr_equal(corm_session_of(alice), two);
    record(two);
    assert_ok(two, corm_commit(two));
    assert_ran(1, "UPDATE");
    assert_ran(0, "INSERT");
    assert_ptr_equal(corm_get(two, User, 1), alice);
    assert_stored(two, "50", "SELECT age FROM users");
    corm_session_close(two);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

/* As if it had not been added, it stays linked; a flush does not bring it back. */
static void what_was_never_added_needs_no_expunge(void **state)
{
    corm_session *session = *state;
    Post *post = corm_new(session, Post, .title = "new");
    assert_status(session, CORM_NOT_IN_SESSION, corm_expunge(session, post));
    assert_string_equal(corm_error_message(session),
                        "corm_expunge: Post \"new\" is not in this session, as it is not added: "
                        "corm_free frees it, or the session does");
    assert_ok(session, corm_free(post));
}

static void a_new_object_that_is_expunged_keeps_its_links(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    assert_ok(session, corm_commit(session));
    for (int way = 0; way < 4; way++) {
        Post *post = corm_new(session, Post, .title = "new");
        assert_ok(session, User_posts_append(alice, post));
        assert_int_equal(corm_state(post), CORM_STATE_PENDING);
        assert_ok(session, corm_expunge(session, post));
        assert_int_equal(corm_state(post), CORM_STATE_TRANSIENT);
        assert_false(corm_in_session(session, post));
        assert_null(corm_session_of(post));
        assert_ptr_equal(Post_author_user(post), alice);
        assert_true(User_posts_contains(alice, post));
        assert_status(session, CORM_NOT_IN_SESSION, corm_expunge(session, post));
        assert_string_equal(corm_error_message(session),
                            "corm_expunge: Post \"new\" is not in this session");
        if (way == 0) {
            assert_ok(session, corm_flush(session));
            assert_int_equal(corm_state(post), CORM_STATE_TRANSIENT);
        } else if (way == 1) {
            assert_ok(session, User_posts_remove(alice, post));
            assert_null(Post_author_user(post));
        } else if (way == 2) {
            assert_ok(session, corm_free(post));
            assert_int_equal(User_posts(alice).count, 1);
            continue;
        }
        if (way != 1)
            assert_ok(session, corm_add(session, post));
        assert_ok(session, corm_commit(session));
        assert_int_equal(corm_state(post), way == 1 ? CORM_STATE_TRANSIENT : CORM_STATE_PERSISTENT);
        if (way != 1)
            assert_ok(session, corm_delete(session, post));
        assert_ok(session, corm_commit(session));
        assert_ok(session, way == 1 ? corm_free(post) : CORM_OK);
    }
    assert_stored(session, "1", "SELECT count(*) FROM posts");
}

/* As long as it is not over: a rollback makes it transient, others still know it, and it may come back. */
static void what_a_transaction_inserted_is_expunged_with_its_links(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 0);
    assert_ok(session, corm_commit(session));
    enum { FLUSHED = 1, ASSIGNED = 2, CHANGES = 4, WAYS = 5 };
    for (int i = 0; i < WAYS * CHANGES; i++) {
        const int way = i % WAYS, changed = i / WAYS;
        char title[] = "changed", lent[] = "assigned";
        Post *post = corm_new(session, Post, .title = "new");
        assert_ok(session, User_posts_append(alice, post));
        assert_ok(session, corm_flush(session));
        assert_int_equal(User_posts(alice).count, 1);
        if (changed & FLUSHED) {
            post->title = title;
            assert_ok(session, corm_flush(session));
        }
        if (changed & ASSIGNED)
            post->title = lent;
        assert_ok(session, corm_expunge(session, post));
        memset(title, 'x', sizeof title - 1);
        memset(lent, 'x', sizeof lent - 1);
        assert_int_equal(corm_state(post), CORM_STATE_DETACHED);
        assert_ptr_equal(Post_author_user(post), alice);
        assert_true(User_posts_contains(alice, post));
        if (way == 0) { /* its row is one as any other */
            Post *again = corm_get(session, Post, post->id);
            assert_got(session, again);
            assert_ptr_not_equal(again, post);
            assert_status(session, CORM_IDENTITY_CONFLICT, corm_add(session, post));
        } else if (way == 1) {
            assert_ok(session, corm_add(session, post));
            assert_int_equal(corm_state(post), CORM_STATE_PERSISTENT);
            assert_int_equal(corm_is_modified(post), (changed & ASSIGNED) != 0);
            assert_ok(session, corm_flush(session));
            if (changed & ASSIGNED)
                assert_stored(session, "assigned", "SELECT title FROM posts");
        } else if (way == 2) {
            assert_ok(session, corm_free(post));
            assert_false(User_posts_contains(alice, post));
        } else if (way == 3) {
            assert_ok(session, corm_delete(session, alice)); /* with what its row is to go with */
            assert_ok(session, corm_flush(session));
            assert_int_equal(corm_state(post), CORM_STATE_DELETED);
        }
        assert_ok(session, corm_rollback(session));
        if (way != 2) {
            assert_int_equal(corm_state(post), CORM_STATE_TRANSIENT);
            assert_string_equal(post->title, changed & ASSIGNED  ? "assigned"
                                             : changed & FLUSHED ? "changed"
                                                                 : "new");
        }
        assert_int_equal(User_posts(alice).count, 0);
        assert_ok(session, way != 2 ? corm_free(post) : CORM_OK);
    }
    Post *post = corm_new(session, Post, .title = "new");
    assert_ok(session, User_posts_append(alice, post));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_expunge(session, post));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_state(post), CORM_STATE_DETACHED);
    assert_ok(session, corm_add(session, post));
    post->title = "renamed";
    assert_ok(session, corm_commit(session));
    assert_stored(session, "renamed", "SELECT title FROM posts");
    assert_ptr_equal(User_posts(alice).items[0], post);
}

enum { MANY = 120, LEFT = 80 };

static void flush_ages(corm_session *session, User *const *all, int from, int age)
{
    for (int i = from; i < MANY; i++)
        all[i]->age = corm_some(age);
    assert_ok(session, corm_flush(session));
}

static void check_ages(User *const *all, int from, int to, int age)
{
    for (int i = from; i < to; i++)
        assert_int_equal(all[i]->age.value, age);
}

/* What was changed since the flush stays changed. */
static void expunge_changed(corm_session *session, User *user, bool freed)
{
    user->age = corm_some(100);
    assert_ok(session, corm_expunge(session, user));
    if (freed)
        assert_ok(session, corm_free(user));
}

/* The transaction has written those that leave, and goes on with the others, and with what comes to lie where one of them
 * lay. */
static void what_stays_is_undone_to_each_savepoint_after_others_have_left_one_by_one(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < 3; way++) {
        const bool linked = way > 0, stored = way == 2; /* before the transaction */
        corm_savepoint first, second, third;
        User *all[MANY], *later[LEFT + 1], *last[10];
        Tag *tag = corm_new(session, Tag, .name = "tag"),
            *gone = corm_new(session, Tag, .name = "x");
        for (int i = 0; i < MANY; i++) /* not in the order in which they lie */
            all[i * 53 % MANY] = user_with_posts(session, corm_text(session, "user %d", i), i == 0);
        Post *post = User_posts(all[0]).items[0];
        assert_ok(session, Post_tags_append(post, gone));
        flush_ages(session, all, 0, 1);
        if (stored)
            assert_ok(session, corm_commit(session));
        assert_ok(session, corm_savepoint_begin(session, &first));
        flush_ages(session, all, 0, 2);
        for (int i = 1; i <= LEFT; i++) {
            if (i == 10) { /* before it pays to note where the journal tells of whom */
                assert_ok(session, corm_savepoint_begin(session, &second));
                if (linked) {
                    assert_ok(session, Post_tags_append(post, tag));
                    assert_ok(session, Post_tags_remove(post, gone));
                }
                flush_ages(session, all, i, 3);
            }
            expunge_changed(session, all[i], i % 2 == 0);
            later[i] = user_with_posts(session, corm_text(session, "later %d", i), 0);
            assert_ok(session, corm_flush(session));
            if (i % 4 == 0)
                expunge_changed(session, later[i], true);
        }
        for (int i = LEFT; i > 10; i--) /* until the journal is as short as it was */
            if (i % 4 != 0)
                expunge_changed(session, later[i], true);
        for (int i = 0; i < 10; i++)
            last[i] = user_with_posts(session, corm_text(session, "last %d", i), 0);
        assert_ok(session, corm_flush(session));
        for (int i = 0; i < 10; i++)
            expunge_changed(session, last[i], false);
        if (linked) {
            gone->name = "gone";
            assert_ok(session, corm_expunge(session, gone));
            assert_ok(session, corm_free(gone));
        }
        assert_ok(session, corm_savepoint_begin(session, &third));
        flush_ages(session, all, LEFT + 1, 4);
        assert_ok(session, corm_savepoint_rollback(session, third));
        check_ages(all, LEFT + 1, MANY, 3);
        assert_ok(session, corm_savepoint_rollback(session, second));
        check_ages(all, LEFT + 1, MANY, 2);
        assert_int_equal(corm_state(later[9]), CORM_STATE_PERSISTENT);
        assert_int_equal(corm_state(later[10]), CORM_STATE_TRANSIENT);
        assert_ok(session, corm_savepoint_begin(session, &third));
        flush_ages(session, all, LEFT + 1, 5);
        assert_ok(session, corm_savepoint_rollback(session, third));
        check_ages(all, LEFT + 1, MANY, 2);
        assert_ok(session, corm_savepoint_rollback(session, first));
        check_ages(all, LEFT + 1, MANY, 1);
        assert_int_equal(corm_state(later[1]), CORM_STATE_TRANSIENT);
        assert_ok(session, corm_rollback(session));
        assert_int_equal(Post_tags(post).count, linked && !stored ? 0 : 1);
        for (int i = 0; i < 10; i++) {
            assert_int_equal(corm_state(last[i]), CORM_STATE_TRANSIENT);
            assert_ok(session, corm_free(last[i]));
        }
        for (int i = 1; i < MANY; i++) {
            const bool away = i <= LEFT;
            if (away && i % 2 == 0)
                continue;
            assert_int_equal(corm_state(all[i]), !stored ? CORM_STATE_TRANSIENT
                                                 : away  ? CORM_STATE_DETACHED
                                                         : CORM_STATE_PERSISTENT);
            assert_int_equal(all[i]->age.value, away ? 100 : 1);
            assert_ok(session, away ? corm_free(all[i]) : corm_add(session, all[i]));
        }
        assert_ok(session, corm_flush(session));
        assert_stored(session, stored ? "120|1" : "39|1", "SELECT count(*), max(age) FROM users");
        assert_ok(session, corm_clear(session));
    }
}

/* Although the row of who takes it along is older. */
static void what_a_transaction_inserted_is_expunged_with_its_owner(void **state)
{
    (void)state;
    enum { ROLLED_BACK, COMMITTED, CLOSED, FREED, WAYS };
    corm_engine *engine = corm_sqlite_engine(":memory:", &blog, NULL);
    for (int way = 0; way < WAYS; way++) {
        char lent[] = "lent@example.com";
        corm_session *session = corm_session_open(engine, NULL), *other = session;
        assert_ok(session, corm_create_all(session));
        User *alice = user_with_posts(session, "alice", 1);
        Post *old = User_posts(alice).items[0];
        Tag *tag = corm_new(session, Tag, .name = "tag");
        assert_ok(session, Post_tags_append(old, tag));
        assert_ok(session, corm_commit(session));
        assert_int_equal(User_posts(alice).count + Post_tags(old).count, 2);
        Post *post = corm_new(session, Post, .title = "new");
        assert_ok(session, User_posts_append(alice, post));
        assert_ok(session, corm_flush(session));
        alice->email = lent;
        assert_ok(session, corm_expunge(session, alice));
        memcpy(lent, "gone", 5);
        assert_int_equal(corm_state(post), CORM_STATE_DETACHED);
        assert_int_equal(corm_state(old), CORM_STATE_DETACHED);
        if (way == FREED) {
            assert_ok(session, corm_free(alice));
            assert_ok(session, corm_free(post));
            assert_ok(session, corm_free(old));
            assert_int_equal(Tag_posts(tag).count, 1);
            assert_int_equal(corm_state(Tag_posts(tag).items[0]), CORM_STATE_PERSISTENT);
        } else if (way == CLOSED) {
            corm_session_close(session);
            other = corm_session_open(engine, NULL);
        } else {
            assert_ok(session, way == COMMITTED ? corm_commit(session) : corm_rollback(session));
            assert_int_equal(corm_state(post),
                             way == COMMITTED ? CORM_STATE_DETACHED : CORM_STATE_TRANSIENT);
            assert_int_equal(corm_state(alice), CORM_STATE_DETACHED);
        }
        if (way != FREED) {
            assert_int_equal(User_posts(alice).count, 2);
            assert_ptr_equal(Post_author_user(post), alice);
            assert_ok(other, corm_add(other, alice));
            assert_ptr_equal(corm_session_of(post), other);
        }
        if (way == ROLLED_BACK || way == COMMITTED) {
            assert_ok(other, corm_commit(other));
            assert_stored(other, "lent@example.com|alice 1;lent@example.com|new",
                          "SELECT email, title FROM users JOIN posts ON user_id = users.id");
        }
        corm_session_close(other);
        session = corm_session_open(engine, NULL);
        assert_ok(session, corm_drop_all(session));
        corm_session_close(session);
    }
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

/* What it is linked to among those that go along is kept, what belongs to the session is not. */
static void a_new_object_that_is_expunged_outlives_its_session_and_comes_into_another(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", &blog, NULL);
    for (int way = 0; way < 3; way++) {
        char lent[] = "lent@example.com", names[2][8] = {"new a", "new b"};
        corm_session *session = corm_session_open(engine, NULL);
        assert_ok(session, corm_create_all(session));
        Tag *tag = corm_new(session, Tag, .name = way == 0 ? "a" : way == 1 ? "b" : "c");
        assert_ok(session, corm_add(session, tag));
        User *user = corm_new(session, User, .username = "a name that is replaced", .email = "e");
        Post *post = corm_new(session, Post, .title = "title");
        assert_ok(session, User_posts_append(user, post));
        assert_ok(session, Post_tags_append(post, tag));
        assert_ok(session, corm_add(session, user));
        user->username = names[0];
        assert_ok(session, corm_expunge(session, user));
        assert_int_equal(corm_state(post), CORM_STATE_TRANSIENT);
        memcpy(names[0], "gone", 5); /* its text was copied */
        user->email = lent;          /* and this one is looked at when it is written */
        assert_ok(session, corm_commit(session));
        corm_session *other = session;
        if (way == 0)
            corm_session_close(session);
        else if (way == 1)
            assert_ok(session, corm_clear(session));
        if (way != 1)
            other = corm_session_open(engine, NULL);
        assert_string_equal(user->username, "new a");
        user->username = way == 0 ? "x" : way == 1 ? "y" : "z";
        memcpy(lent, way == 0 ? "X" : way == 1 ? "Y" : "Z", 2);
        assert_ok(other, corm_add(other, user));
        assert_ptr_equal(corm_session_of(post), other);
        assert_ptr_equal(Post_author_user(post), user);
        assert_int_equal(Post_tags(post).count, 0);
        if (way == 2)
            assert_int_equal(Tag_posts(tag).count, 0);
        if (other != session && way == 2)
            corm_session_close(session);
        assert_ok(other, corm_commit(other));
        corm_session_close(other);
    }
    corm_session *session = corm_session_open(engine, NULL);
    assert_stored(session, "x|X;y|Y;z|Z",
                  "SELECT username, email FROM users JOIN posts ON user_id = users.id ORDER BY 1");
    corm_session_close(session);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

/* Whatever its rollback brings back, or the program has assigned since. */
static void
what_a_transaction_inserted_and_expunged_outlives_its_session_with_its_texts(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    Tag *first = corm_new(session, Tag, .name = "a name that is replaced by a shorter one");
    Tag *second = corm_new(session, Tag, .name = "b");
    Tag *third = corm_new(session, Tag, .name = "a part");
    assert_ok(session, corm_add(session, third));
    assert_ok(session, corm_add(session, first));
    assert_ok(session, corm_add(session, second));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    first->name = "a";
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_expunge(session, first));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_ok(session, corm_expunge(session, second));
    assert_ok(session, corm_expunge(session, third));
    second->name = "a name that was assigned after that, and is longer";
    third->name += 2;
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(second), CORM_STATE_TRANSIENT);
    assert_ok(session, corm_clear(session));
    assert_string_equal(second->name, "a name that was assigned after that, and is longer");
    assert_string_equal(first->name, "a");
    assert_string_equal(third->name, "part");
    assert_ok(session, corm_free(third));
    assert_ok(session, corm_add(session, second));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "a name that was assigned after that, and is longer",
                  "SELECT name FROM tags");
    assert_ok(session, corm_free(first));
}

static void clear_makes_the_session_as_new(void **state)
{
    corm_session *session = *state;
    (void)committed_alice(session);
    assert_ok(session, corm_add(session, new_user(session, "bob")));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_clear(session));
    assert_false(corm_in_transaction(session));
    assert_int_equal(corm_count(session, User), 1);
    User *alice = corm_get(session, User, 1);
    assert_got(session, alice);
    assert_string_equal(alice->username, "alice");
}

/* ---- Several sessions ------------------------------------------------------------------------------- */

static void sessions_of_one_engine_see_what_the_others_committed(void **state)
{
    (void)state;
    struct place place;
    make_place(&place);
    corm_engine *engine = corm_sqlite_engine(place.path, &blog, NULL);
    corm_session *one = corm_session_open(engine, NULL), *two = corm_session_open(engine, NULL);
    assert_ok(one, corm_create_all(one));
    User *mine = committed_alice(one);
    assert_ok(one, corm_commit(one));
    User *theirs = corm_get(two, User, mine->id);
    assert_got(two, theirs);
    assert_ptr_not_equal(theirs, mine);
    theirs->age = corm_some(8);
    assert_ok(two, corm_flush(two));
    assert_ok(one, corm_current(mine));
    assert_false(mine->age.has_value);
    assert_ok(two, corm_commit(two));
    assert_ok(one, corm_commit(one));
    assert_ok(one, corm_current(mine));
    assert_int_equal(mine->age.value, 8);
    corm_session_close(one);
    corm_session_close(two);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
    remove_place(&place);
}

static void a_session_that_read_before_someone_else_wrote_conflicts(void **state)
{
    (void)state;
    struct place place;
    make_place(&place);
    corm_engine *engine = corm_sqlite_engine(place.path, &blog, NULL);
    corm_session *one = corm_session_open(engine, NULL), *two = corm_session_open(engine, NULL);
    assert_ok(one, corm_create_all(one));
    User *alice = committed_alice(one);
    assert_ok(one, corm_commit(one));
    assert_ok(one, corm_current(alice)); /* has read */
    assert_ok(two, corm_add(two, new_user(two, "bob")));
    assert_ok(two, corm_commit(two)); /* has written */
    alice->age = corm_some(1);
    assert_status(one, CORM_CONFLICT, corm_flush(one));
    assert_ok(one, corm_rollback(one));
    alice->age = corm_some(1);
    assert_ok(one, corm_commit(one));
    corm_session_close(one);
    corm_session_close(two);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
    remove_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(an_object_goes_through_five_states),
        BLOG_TEST(adding_twice_is_adding_once),
        BLOG_TEST(a_transient_object_cannot_be_deleted),
        BLOG_TEST(adding_takes_a_delete_back),
        BLOG_TEST(a_session_tells_whose_an_object_is),
        BLOG_TEST(the_transaction_begins_at_the_first_statement),
        BLOG_TEST(nothing_to_write_is_no_sql),
        cmocka_unit_test(the_connection_is_given_back_at_commit_and_rollback),
        cmocka_unit_test(closing_a_session_rolls_back),
        BLOG_TEST(one_row_is_one_pointer),
        BLOG_TEST(get_answers_null_without_an_error_where_no_row_is),
        BLOG_TEST(two_objects_with_one_key_are_refused),
        BLOG_TEST(only_the_changed_column_is_written),
        BLOG_TEST(the_same_value_again_is_no_change),
        BLOG_TEST(touch_writes_a_column_that_did_not_change),
        BLOG_TEST(objects_are_inserted_in_the_order_in_which_they_were_added),
        BLOG_TEST(updates_go_before_inserts_and_deletes_come_last),
        BLOG_TEST(an_update_of_a_row_that_is_gone_is_stale),
        BLOG_TEST(a_query_flushes_what_is_pending),
        cmocka_unit_test(a_session_without_autoflush_flushes_when_it_is_told_to),
        BLOG_TEST(a_commit_keeps_the_members_and_the_next_load_refreshes_them),
        BLOG_TEST(filling_an_expired_object_keeps_what_the_program_changed),
        BLOG_TEST(a_query_overwrites_no_member_that_is_loaded),
        BLOG_TEST(refresh_and_expire_drop_unflushed_changes),
        cmocka_unit_test(keep_on_commit_expires_nothing),
        cmocka_unit_test(an_expunged_object_outlives_its_session),
        cmocka_unit_test(nothing_refers_to_an_expunged_object),
        BLOG_TEST(what_was_linked_to_a_freed_object_comes_into_a_session_without_it),
        BLOG_TEST(an_object_of_a_session_is_not_freed_by_the_program),
        cmocka_unit_test(an_expunged_object_can_be_added_to_another_session),
        BLOG_TEST(what_was_never_added_needs_no_expunge),
        BLOG_TEST(a_new_object_that_is_expunged_keeps_its_links),
        BLOG_TEST(what_a_transaction_inserted_is_expunged_with_its_links),
        BLOG_TEST(what_stays_is_undone_to_each_savepoint_after_others_have_left_one_by_one),
        BLOG_TEST(what_a_transaction_inserted_and_expunged_outlives_its_session_with_its_texts),
        cmocka_unit_test(what_a_transaction_inserted_is_expunged_with_its_owner),
        cmocka_unit_test(a_new_object_that_is_expunged_outlives_its_session_and_comes_into_another),
        BLOG_TEST(clear_makes_the_session_as_new),
        cmocka_unit_test(sessions_of_one_engine_see_what_the_others_committed),
        cmocka_unit_test(a_session_that_read_before_someone_else_wrote_conflicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
