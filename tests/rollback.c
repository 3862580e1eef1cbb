/* rollback: what a rollback and a savepoint bring back, in the database, in members, in
 * relationships and in states; a flush that fails. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* "alice" with "alice 1" and "alice 2", committed; the posts are loaded. */
static User *committed_alice(corm_session *session)
{
    User *alice = user_with_posts(session, "alice", 2);
    assert_ok(session, corm_commit(session));
    assert_int_equal(User_posts(alice).count, 2);
    assert_ok(session, corm_current(alice));
    record(session);
    return alice;
}

static const char all_users[] = "SELECT username FROM users ORDER BY id";
static const char all_posts[] = "SELECT title, user_id FROM posts ORDER BY id";

/* ---- Rollback --------------------------------------------------------------------------------------- */

static void members_are_restored_flushed_or_not(void **state)
{
    corm_session *session = *state;
    for (int flushed = 0; flushed < 2; flushed++) {
        User *alice = flushed == 0 ? committed_alice(session) : corm_get(session, User, 1);
        alice->username = "other";
        alice->age = corm_some(3);
        alice->active = false;
        if (flushed > 0)
            assert_ok(session, corm_flush(session));
        assert_ok(session, corm_rollback(session));
        assert_string_equal(alice->username, "alice");
        assert_true(alice->active && !alice->age.has_value);
        assert_false(corm_is_modified(alice));
        assert_ok(session, corm_commit(session));
        assert_stored(session, "alice|NULL|1", "SELECT username, age, active FROM users");
    }
}

static void members_changed_by_several_flushes_go_back_to_the_commit(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    for (int i = 1; i <= 5; i++) {
        alice->age = corm_some(i);
        alice->email = corm_text(session, "%d@example.com", i);
        assert_ok(session, corm_flush(session));
    }
    assert_ok(session, corm_rollback(session));
    assert_false(alice->age.has_value);
    assert_string_equal(alice->email, "someone@example.com");
}

static void new_objects_are_transient_again_and_keep_their_values(void **state)
{
    corm_session *session = *state;
    User *bob = user_with_posts(session, "bob", 2);
    User *given = corm_new(session, User, .id = 77, .username = "given", .email = "g@example.com");
    assert_ok(session, corm_add(session, given));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(bob), CORM_STATE_TRANSIENT);
    assert_string_equal(bob->username, "bob");
    assert_true(corm_is_unset(bob, User_.id)); /* the database gave it */
    assert_true(given->id == 77);
    assert_int_equal(User_posts(bob).count, 2);
    assert_stored(session, "", all_users);
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "bob 1|1;bob 2|1", all_posts);
}

static void new_objects_keep_what_was_assigned_since_flushed_or_not(void **state)
{
    corm_session *session = *state;
    for (int flushes = 0; flushes < 3; flushes++) {
        User *bob = new_user(session, "bob");
        corm_savepoint outer;
        assert_ok(session, corm_savepoint_begin(session, &outer));
        assert_ok(session, corm_add(session, bob));
        assert_ok(session, corm_flush(session));
        for (int i = 0; i <= flushes; i++) {
            bob->username = corm_text(session, "bob %d%d", flushes, i);
            bob->age = corm_some(i);
            if (i < flushes)
                assert_ok(session, corm_flush(session));
        }
        assert_ok(session,
                  flushes == 1 ? corm_savepoint_rollback(session, outer) : corm_rollback(session));
        assert_int_equal(corm_state(bob), CORM_STATE_TRANSIENT);
        assert_int_equal(bob->age.value, flushes);
        assert_true(corm_is_unset(bob, User_.id));
        assert_ok(session, corm_add(session, bob));
        assert_ok(session, corm_commit(session));
    }
    assert_stored(session, "bob 00|0;bob 11|1;bob 22|2",
                  "SELECT username, age FROM users ORDER BY id");
}

static void a_key_that_was_assigned_to_a_new_object_stays(void **state)
{
    corm_session *session = *state;
    for (int flushes = 0; flushes < 3; flushes++) {
        User *bob = user_with_posts(session, "bob", 1);
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_delete(session, User_posts(bob).items[0])); /* who refers to it */
        assert_ok(session, corm_flush(session));
        bob->id = 70;
        assert_ok(session, flushes > 0 ? corm_flush(session) : CORM_OK);
        bob->id = flushes == 1 ? 70 : 80;
        assert_ok(session, corm_rollback(session));
        assert_int_equal(bob->id, flushes == 1 ? 70 : 80);
        assert_false(corm_is_unset(bob, User_.id));
        assert_ok(session, corm_add(session, bob));
        assert_ok(session, corm_flush(session));
        assert_stored(session, flushes == 1 ? "70|70" : "80|80",
                      "SELECT users.id, user_id FROM users JOIN posts ON user_id = users.id");
        assert_ok(session, corm_rollback(session));
        assert_int_equal(bob->id, flushes == 1 ? 70 : 80);
    }
}

static void what_was_unset_in_a_new_object_stays_so(void **state)
{
    corm_session *session = *state;
    for (int flushes = 0; flushes < 2; flushes++) {
        User *bob = new_user(session, "bob");
        assert_ok(session, corm_add(session, bob));
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_unset(bob, User_.active));
        assert_ok(session, corm_unset(bob, User_.email));
        if (flushes > 0)
            assert_status(session, CORM_NOT_NULL, corm_flush(session));
        assert_true(corm_is_unset(bob, User_.active));
        assert_ok(session, corm_rollback(session));
        assert_true(corm_is_unset(bob, User_.active) && corm_is_unset(bob, User_.email));
        assert_ok(session, corm_add(session, bob));
        assert_status(session, CORM_NOT_NULL, corm_flush(session));
        assert_ok(session, corm_rollback(session));
        bob->email = "bob@example.com";
        bob->active = true;
        assert_ok(session, corm_add(session, bob));
        assert_ok(session, corm_flush(session));
        assert_stored(session, "bob@example.com|1", "SELECT email, active FROM users");
        assert_ok(session, corm_unset(bob, User_.active));
        bob->active = true;
        assert_ok(session, corm_rollback(session));
        assert_false(corm_is_unset(bob, User_.active));
    }
}

static void a_savepoint_restores_what_was_inserted_before_it(void **state)
{
    corm_session *session = *state;
    User *bob = new_user(session, "bob");
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_flush(session));
    bob->age = corm_some(1);
    corm_savepoint savepoint;
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    bob->username = "other";
    bob->age = corm_some(2);
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_string_equal(bob->username, "bob");
    assert_int_equal(bob->age.value, 1);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "bob|1", "SELECT username, age FROM users");
}

/* The other way round: it had its row when the one that refers to it was undone, and is new itself after that. */
static void who_comes_back_alone_is_known_to_whom_it_was_linked(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *user = user_with_posts(session, "ann", 1);
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    Post *post = corm_new(session, Post, .title = "new");
    assert_ok(session, User_posts_append(user, post));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_ok(session, corm_rollback(session));
    assert_ptr_equal(Post_author_user(post), user);
    assert_ok(session, corm_add(session, post));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "2", "SELECT count(*) FROM posts");
    assert_int_equal(User_posts(user).count, 2);
    assert_true(User_posts_contains(user, post));
}

static void deleted_objects_are_persistent_again(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    Post *post = User_posts(alice).items[0];
    assert_ok(session, corm_delete(session, alice));
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_state(post), CORM_STATE_DELETED);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(alice), CORM_STATE_PERSISTENT);
    assert_int_equal(corm_state(post), CORM_STATE_PERSISTENT);
    assert_false(corm_is_marked_deleted(alice));
    assert_ptr_equal(corm_get(session, Post, post->id), post);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "alice", all_users);
}

static void a_delete_that_was_not_flushed_is_forgotten(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_delete(session, alice));
    assert_ok(session, corm_rollback(session));
    assert_false(corm_is_marked_deleted(alice));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "alice", all_users);
}

static void relationships_are_restored_at_both_ends(void **state)
{
    corm_session *session = *state;
    for (int flushed = 0; flushed < 2; flushed++) {
        User *alice = flushed == 0 ? committed_alice(session) : corm_get(session, User, 1);
        User *bob = flushed == 0 ? user_with_posts(session, "bob", 0) : corm_get(session, User, 2);
        assert_ok(session, corm_commit(session));
        Post *moved = User_posts(alice).items[0], *removed = User_posts(alice).items[1];
        assert_ok(session, User_posts_append(bob, moved));
        assert_ok(session, User_posts_remove(alice, removed));
        assert_ok(session, User_posts_append(alice, corm_new(session, Post, .title = "new")));
        if (flushed > 0)
            assert_ok(session, corm_flush(session));
        assert_ok(session, corm_rollback(session));
        assert_int_equal(User_posts_count(alice), 2);
        assert_int_equal(User_posts_count(bob), 0);
        assert_ptr_equal(Post_author_user(moved), alice);
        assert_ptr_equal(Post_author_user(removed), alice);
        assert_ok(session, corm_commit(session));
        assert_stored(session, "alice 1|1;alice 2|1", all_posts);
        assert_ok(session, corm_rollback(session));
    }
}

static void rollback_frees_nothing(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    User_list before = corm_all(session, User);
    User *bob = new_user(session, "bob");
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_ptr_equal(before.items[0], alice);
    assert_string_equal(bob->username, "bob");
}

/* ---- Savepoints ---------------------------------------------------------------------------------------- */

static void a_savepoint_can_be_rolled_back_or_released(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *alice = committed_alice(session);
    alice->age = corm_some(1);
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    alice->age = corm_some(2);
    User *bob = new_user(session, "bob");
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_true(alice->age.has_value && alice->age.value == 1);
    assert_int_equal(corm_state(bob), CORM_STATE_TRANSIENT);
    assert_true(corm_in_transaction(session));
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, corm_add(session, new_user(session, "carol")));
    assert_ok(session, corm_savepoint_release(session, savepoint));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "alice|1;carol|NULL", "SELECT username, age FROM users ORDER BY id");
}

/* What is done to the tags of a post inside of a savepoint. */
static void change_tags(corm_session *session, int how, Post *post, Tag *red, Tag *blue)
{
    Tag *green = corm_new(session, Tag, .name = "green");
    assert_ok(session, how % 4 == 0   ? Post_tags_append(post, blue)
                       : how % 4 == 1 ? Post_tags_remove(post, red)
                       : how % 4 == 2 ? Tag_posts_append(blue, post)
                                      : Post_tags_append(post, green));
    if (how >= 4)
        assert_ok(session, corm_flush(session));
}

static void a_new_object_has_the_many_to_many_of_the_savepoint(void **state)
{
    corm_session *session = *state;
    for (int how = 0; how < 16; how++) {
        corm_savepoint savepoint, inner;
        User *alice = user_with_posts(session, "alice", 1);
        Post *post = User_posts(alice).items[0];
        Tag *red = corm_new(session, Tag, .name = "red"),
            *blue = corm_new(session, Tag, .name = "blue");
        assert_ok(session, Post_tags_append(post, red));
        assert_ok(session, corm_add(session, blue));
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_savepoint_begin(session, &savepoint));
        change_tags(session, how % 8, post, red, blue);
        if (how >= 8) { /* once more, and back: as it was after the first */
            assert_ok(session, corm_savepoint_begin(session, &inner));
            assert_ok(session, Post_tags_replace(post, NULL, 0));
            assert_ok(session, corm_flush(session));
            assert_ok(session, corm_savepoint_rollback(session, inner));
        }
        assert_ok(session, corm_savepoint_rollback(session, savepoint));
        assert_ok(session, corm_rollback(session));
        assert_int_equal(Post_tags(post).count, 1);
        assert_ptr_equal(Post_tags(post).items[0], red);
        assert_int_equal(Tag_posts(red).count, 1);
        assert_int_equal(Tag_posts(blue).count, 0);
        assert_ok(session, corm_add(session, alice));
        assert_ok(session, corm_flush(session));
        assert_stored(session, "red", "SELECT name FROM post_tags JOIN tags ON tags.id = tag_id");
        assert_ok(session, corm_rollback(session));
    }
}

static void a_tag_that_has_left_is_not_in_what_a_savepoint_brings_back(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *alice = user_with_posts(session, "alice", 1);
    Post *post = User_posts(alice).items[0];
    Tag *red = corm_new(session, Tag, .name = "red"),
        *blue = corm_new(session, Tag, .name = "blue");
    assert_ok(session, Post_tags_append(post, red));
    assert_ok(session, Post_tags_append(post, blue));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, Post_tags_replace(post, NULL, 0));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_expunge(session, red));
    assert_ok(session, corm_free(red));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(Post_tags(post).count, 1);
    assert_ptr_equal(Post_tags(post).items[0], blue);
}

static void savepoints_nest(void **state)
{
    corm_session *session = *state;
    corm_savepoint outer, inner;
    User *alice = committed_alice(session);
    assert_ok(session, corm_savepoint_begin(session, &outer));
    alice->age = corm_some(1);
    User *bob = new_user(session, "bob"), *carol = new_user(session, "carol");
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_savepoint_begin(session, &inner));
    alice->age = corm_some(2);
    assert_ok(session, corm_add(session, carol));
    assert_ok(session, corm_savepoint_release(session, inner));
    assert_int_equal(alice->age.value, 2);
    assert_int_equal(corm_state(carol), CORM_STATE_PERSISTENT);
    assert_ok(session, corm_savepoint_rollback(session, outer));
    assert_false(alice->age.has_value);
    assert_int_equal(corm_state(bob), CORM_STATE_TRANSIENT);
    assert_int_equal(corm_state(carol), CORM_STATE_TRANSIENT);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "alice", all_users);
}

static void the_inner_savepoint_is_rolled_back_alone(void **state)
{
    corm_session *session = *state;
    corm_savepoint outer, inner;
    User *alice = committed_alice(session);
    Post *post = User_posts(alice).items[0];
    assert_ok(session, corm_savepoint_begin(session, &outer));
    alice->age = corm_some(1);
    assert_ok(session, corm_savepoint_begin(session, &inner));
    alice->age = corm_some(2);
    assert_ok(session, User_posts_remove(alice, post));
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_state(post), CORM_STATE_DELETED);
    assert_ok(session, corm_savepoint_rollback(session, inner));
    assert_int_equal(alice->age.value, 1);
    assert_int_equal(corm_state(post), CORM_STATE_PERSISTENT);
    assert_ptr_equal(Post_author_user(post), alice);
    assert_ok(session, corm_savepoint_release(session, outer));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|2",
                  "SELECT age, (SELECT count(*) FROM posts WHERE user_id = users.id) FROM users");
}

static void a_savepoint_that_is_over_is_refused(void **state)
{
    corm_session *session = *state;
    corm_savepoint outer, inner, old;
    assert_ok(session, corm_savepoint_begin(session, &outer));
    assert_ok(session, corm_savepoint_begin(session, &inner));
    assert_ok(session, corm_savepoint_release(session, outer));
    assert_status(session, CORM_NO_SAVEPOINT, corm_savepoint_rollback(session, inner));
    assert_status(session, CORM_NO_SAVEPOINT, corm_savepoint_release(session, outer));
    assert_ok(session, corm_savepoint_begin(session, &old));
    assert_ok(session, corm_commit(session));
    assert_status(session, CORM_NO_SAVEPOINT, corm_savepoint_rollback(session, old));
    assert_ok(session, corm_commit(session));
}

static void a_rollback_ends_every_savepoint(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *alice = committed_alice(session);
    alice->age = corm_some(1);
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    alice->age = corm_some(2);
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_false(alice->age.has_value);
    assert_status(session, CORM_NO_SAVEPOINT, corm_savepoint_release(session, savepoint));
}

static void twelve_savepoints_one_inside_the_other(void **state)
{
    enum { DEPTH = 12 };
    corm_session *session = *state;
    corm_savepoint savepoints[DEPTH];
    User *alice = committed_alice(session);
    for (int i = 0; i < DEPTH; i++) {
        alice->age = corm_some(i);
        assert_ok(session, corm_savepoint_begin(session, &savepoints[i]));
    }
    for (int i = DEPTH; i-- > 0;) {
        alice->age = corm_some(100);
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_savepoint_rollback(session, savepoints[i]));
        assert_int_equal(alice->age.value, i);
    }
    assert_ok(session, corm_commit(session));
    assert_stored(session, "0", "SELECT age FROM users");
}

/* ---- A flush that fails ------------------------------------------------------------------------------- */

static void a_commit_whose_flush_fails_undoes_the_transaction(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    alice->age = corm_some(5);
    assert_ok(session, corm_flush(session));
    User *again = new_user(session, "alice");
    assert_ok(session, corm_add(session, again));
    assert_status(session, CORM_UNIQUE, corm_commit(session));
    assert_int_equal(corm_state(again), CORM_STATE_TRANSIENT);
    assert_ok(session, corm_rollback(session));
    assert_false(alice->age.has_value);
    assert_stored(session, "alice|NULL", "SELECT username, age FROM users");
    again->username = "second";
    assert_ok(session, corm_add(session, again));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "alice;second", all_users);
}

static void a_session_that_failed_refuses_work_and_says_why(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_add(session, new_user(session, "alice")));
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_ok(session, corm_flush(session)); /* nothing is left to write: that needs no database */
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_ok(session, corm_add(session, new_user(session, "bob")));
    assert_status(session, CORM_PENDING_ROLLBACK, corm_flush(session));
    assert_int_equal(corm_count(session, User), -1);
    assert_int_equal(corm_last_status(), CORM_PENDING_ROLLBACK);
    assert_int_equal(corm_all(session, User).count, 0);
    assert_null(corm_first(session, User));
    assert_status(session, CORM_PENDING_ROLLBACK, corm_refresh(session, alice));
    corm_clear_error(session);
    assert_int_equal(corm_error_status(session), CORM_UNIQUE); /* the first error stays */
    assert_message(session, "users.username");
    assert_string_equal(alice->username, "alice"); /* members can be read */
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_error_status(session), CORM_OK);
    assert_string_equal(corm_error_message(session), "");
    assert_int_equal(corm_count(session, User), 1);
}

static void a_flush_that_fails_in_a_savepoint_goes_back_to_it(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *alice = committed_alice(session);
    alice->age = corm_some(1);
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, corm_add(session, new_user(session, "alice")));
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_int_equal(alice->age.value, 1);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "alice|1", "SELECT username, age FROM users");
}

static void a_transaction_that_sqlite_ended_is_noticed(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    run_sql(session, "CREATE TRIGGER stop BEFORE UPDATE ON users BEGIN"
                     " SELECT RAISE(ROLLBACK, 'stopped'); END");
    assert_ok(session, corm_commit(session));
    User *bob = new_user(session, "bob");
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_flush(session));
    alice->age = corm_some(1);
    assert_int_not_equal(corm_flush(session), CORM_OK);
    assert_message(session, "stopped");
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(bob), CORM_STATE_TRANSIENT);
    assert_stored(session, "alice", all_users);
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "alice;bob", all_users);
}

/* A parent that has been looked at since the rollback, or not, has new children that come back; added by themselves or
 * put to it once more. */
static void a_parent_has_a_new_child_that_comes_back(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    enum { ADDED = 1, FLUSHED = 2, LOADED = 4, APPENDED = 8, ALL = 16 };
    for (int how = 0; how < ALL; how++) {
        Post *post = corm_new(session, Post, .title = "new");
        assert_ok(session, Post_author_user_set(post, alice));
        if (how & (ADDED | FLUSHED))
            assert_ok(session, corm_add(session, post));
        if (how & FLUSHED)
            assert_ok(session, corm_flush(session));
        assert_ok(session, corm_rollback(session));
        assert_ptr_equal(Post_author_user(post), alice);
        if (how & LOADED)
            assert_int_equal(User_posts(alice).count, 2);
        assert_ok(session,
                  how & APPENDED ? User_posts_append(alice, post) : corm_add(session, post));
        assert_ok(session, corm_flush(session));
        assert_int_equal(User_posts(alice).count, 3);
        assert_ptr_equal(User_posts(alice).items[2], post);
        assert_ok(session, corm_rollback(session));
    }
}

/* A new child that was never added, whose parent was deleted in the transaction that was undone. */
static void a_parent_that_was_deleted_has_a_new_child_that_comes_in(void **state)
{
    corm_session *session = *state;
    Post *post = User_posts(committed_alice(session)).items[0];
    Comment *comment = corm_new(session, Comment, .body = "fine");
    assert_ok(session, Comment_post_set(comment, post));
    assert_ok(session, corm_delete(session, post));
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_state(comment), CORM_STATE_TRANSIENT);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(Post_comments(post).count, 0);
    assert_ok(session, corm_add(session, comment));
    assert_ok(session, corm_flush(session));
    assert_ptr_equal(Comment_post(comment), post);
    assert_int_equal(Post_comments(post).count, 1);
}

/* What the program says of a child since its new parent has come back counts, also where it says what is so already. */
static void a_parent_that_comes_back_does_not_take_what_was_said_to_be_elsewhere(void **state)
{
    corm_session *session = *state;
    for (int how = 0; how < 3; how++) {
        User *alice = user_with_posts(session, "alice", 1);
        Post *post = User_posts(alice).items[0];
        Comment *comment = corm_new(session, Comment, .body = "fine");
        if (how < 2)
            assert_ok(session, Comment_post_set(comment, post));
        assert_ok(session, corm_add(session, comment));
        assert_ok(session, corm_commit(session));
        Post *other = corm_new(session, Post, .title = "new");
        assert_ok(session, User_posts_append(alice, other));
        assert_ok(session, Post_comments_append(other, comment));
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_rollback(session));
        assert_ok(session, User_posts_append(alice, other));
        if (how == 0)
            assert_ok(session, Post_comments_append(post, comment));
        else
            assert_ok(session, Comment_post_set(comment, how == 1 ? post : NULL));
        assert_ok(session, corm_flush(session));
        assert_ptr_equal(Comment_post(comment), how < 2 ? post : NULL);
        assert_int_equal(Post_comments(other).count, 0);
        assert_ok(session, corm_delete(session, comment));
        assert_ok(session, corm_delete(session, alice));
        assert_ok(session, corm_commit(session));
    }
}

static const char all_links[] = "SELECT count(*) FROM post_tags";

/* A post, committed, and a new tag of it whose transaction was undone: flushed, or never added. */
static Tag *tag_of_undone(corm_session *session, Post *post, bool flushed)
{
    Tag *tag = corm_new(session, Tag, .name = "new");
    if (flushed)
        assert_ok(session, corm_add(session, tag));
    assert_ok(session, Tag_posts_append(tag, post));
    if (flushed)
        assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_true(Tag_posts_contains(tag, post));
    assert_false(Post_tags_contains(post, tag));
    return tag;
}

static void a_link_that_only_a_new_object_knows_is_made_again_at_both_ends(void **state)
{
    corm_session *session = *state;
    Post *post = User_posts(committed_alice(session)).items[0];
    for (int flushed = 0; flushed < 2; flushed++) {
        Tag *tag = tag_of_undone(session, post, flushed);
        assert_ok(session, Tag_posts_append(tag, post));
        assert_true(Post_tags_contains(post, tag));
        assert_ok(session, corm_flush(session));
        assert_int_equal(corm_state(tag), CORM_STATE_PERSISTENT);
        assert_stored(session, "1", all_links);
        assert_ok(session, corm_rollback(session));
    }
}

static void a_link_that_only_a_new_object_knows_can_be_taken_away(void **state)
{
    corm_session *session = *state;
    Post *post = User_posts(committed_alice(session)).items[0];
    for (int flushed = 0; flushed < 2; flushed++) {
        Tag *tag = tag_of_undone(session, post, flushed);
        assert_ok(session, Tag_posts_remove(tag, post));
        assert_ok(session, corm_add(session, tag));
        assert_ok(session, corm_flush(session));
        assert_stored(session, "0", all_links);
        assert_ok(session, corm_rollback(session));
    }
}

/* A flush that fails has copied texts for what has a row, and is new again or goes back to the savepoint. */
static void what_was_assigned_to_a_new_object_stays_after_a_flush_that_fails(void **state)
{
    corm_session *session = *state;
    enum { REPLACED = 1, SAVEPOINT_BEFORE = 2, SAVEPOINT_AFTER = 4, WAYS = 8 };
    for (int way = 0; way < WAYS; way++) {
        corm_savepoint before, after;
        char name[] = "taken", email[] = "new@example.com";
        User *other = new_user(session, name);
        assert_ok(session, corm_add(session, other));
        if (way & SAVEPOINT_BEFORE)
            assert_ok(session, corm_savepoint_begin(session, &before));
        User *user = corm_new(session, User, .username = "ann", .email = "ann@example.com");
        assert_ok(session, corm_add(session, user));
        assert_ok(session, corm_flush(session));
        if (way & SAVEPOINT_AFTER)
            assert_ok(session, corm_savepoint_begin(session, &after));
        if (way & REPLACED) {
            user->email = "first@example.com";
            assert_ok(session, corm_flush(session));
        }
        user->username = name;
        user->email = email;
        user->age = corm_some(7);
        assert_status(session, CORM_UNIQUE, corm_flush(session));
        memset(name, 'x', sizeof name - 1);
        memset(email, 'x', sizeof email - 1);
        if (!(way & SAVEPOINT_AFTER)) {
            assert_int_equal(corm_state(user), CORM_STATE_TRANSIENT);
            assert_string_equal(user->username, "taken");
        }
        assert_ok(session, corm_rollback(session));
        assert_string_equal(user->username, way & SAVEPOINT_AFTER ? "ann" : "taken");
        assert_string_equal(user->email,
                            way & SAVEPOINT_AFTER ? "ann@example.com" : "new@example.com");
        assert_int_equal(user->age.has_value, !(way & SAVEPOINT_AFTER));
        assert_ok(session, corm_add(session, user));
        assert_ok(session, corm_flush(session));
        assert_stored(session, way & SAVEPOINT_AFTER ? "ann" : "taken",
                      "SELECT username FROM users");
        assert_ok(session, corm_rollback(session));
        assert_ok(session, corm_clear(session));
    }
}

/* Put in after a flush had inserted both, whether the collections were looked at or not; flushed or not. */
static void new_objects_keep_links_that_came_after_their_insert(void **state)
{
    corm_session *session = *state;
    enum { FLUSHED = 1, LOOKED = 2, ALL = 4 };
    for (int how = 0; how < ALL; how++) {
        User *user = user_with_posts(session, "ann", 1);
        Post *post = User_posts(user).items[0];
        Tag *tag = corm_new(session, Tag, .name = "new"),
            *other = corm_new(session, Tag, .name = "other");
        assert_ok(session, corm_add(session, tag));
        assert_ok(session, corm_add(session, other));
        assert_ok(session, corm_flush(session));
        assert_ok(session, Post_tags_append(post, other));
        assert_ok(session, Post_tags_append(post, tag));
        assert_ok(session, Tag_posts_remove(other, post));
        Comment *comment = corm_new(session, Comment, .body = "fine");
        assert_ok(session, Comment_post_set(comment, post));
        if (how & FLUSHED)
            assert_ok(session, corm_flush(session));
        if (how & LOOKED)
            assert_true(Post_tags(post).count == 1 && Post_comments(post).count == 1);
        assert_ok(session, corm_rollback(session));
        assert_true(Post_tags_contains(post, tag) && Tag_posts_contains(tag, post));
        assert_int_equal(Post_tags(post).count, 1);
        assert_ptr_equal(Post_comments(post).items[0], comment);
        assert_ok(session, corm_add(session, user));
        assert_ok(session, corm_flush(session));
        assert_stored(session, "new|fine",
                      "SELECT tags.name, body FROM comments JOIN post_tags USING (post_id)"
                      " JOIN tags ON tags.id = tag_id");
        assert_ok(session, corm_rollback(session));
        assert_ok(session, corm_clear(session));
    }
}

/* And what was forgotten of them since they were inserted, by whichever way. */
static void new_objects_keep_links_that_were_expired_after_their_insert(void **state)
{
    corm_session *session = *state;
    enum { OWNER, ITEM, ALL, PAST_THEM, IN_A_SAVEPOINT, WAYS };
    for (int way = 0; way < WAYS; way++) {
        corm_savepoint savepoint;
        User *user = user_with_posts(session, "ann", 1);
        Post *post = User_posts(user).items[0];
        Comment *comment = corm_new(session, Comment, .body = "fine");
        Tag *tag = corm_new(session, Tag, .name = "t");
        assert_ok(session, Comment_post_set(comment, post));
        assert_ok(session, Post_tags_append(post, tag));
        assert_ok(session, corm_savepoint_begin(session, &savepoint));
        if (way == OWNER || way == ALL)
            assert_ok(session, corm_expire(session, post));
        if (way == ITEM) {
            assert_ok(session, corm_expire(session, comment));
            assert_ok(session, corm_expire(session, tag));
        }
        if (way == ALL)
            assert_ok(session, corm_expire_all(session));
        if (way == PAST_THEM)
            (void)corm_update_all(session, Post, .set = corm_set(Post_.title, "set"),
                                  .all_rows = true);
        if (way == IN_A_SAVEPOINT)
            post->title = comment->body = "set";
        Comment *other = corm_new(session, Comment, .body = "later");
        assert_ok(session, Post_comments_append(post, other));
        assert_ok(session, corm_flush(session));
        const bool part = way == PAST_THEM || way == IN_A_SAVEPOINT;
        if (part)
            assert_ok(session, corm_savepoint_rollback(session, savepoint));
        assert_ok(session, corm_rollback(session));
        assert_true(Comment_post(comment) == post && Post_comments_contains(post, comment));
        assert_ptr_equal(Comment_post(other), post);
        assert_int_equal(Post_comments(post).count, part ? 1 : 2);
        assert_true(Post_author_user(post) == user && User_posts(user).count == 1);
        if (!part)
            assert_true(Post_tags_contains(post, tag) && Tag_posts_contains(tag, post));
        assert_ok(session, corm_add(session, user));
        assert_ok(session, corm_flush(session));
        assert_stored(session, part ? "ann 1" : "ann 1;ann 1",
                      "SELECT title FROM comments JOIN posts ON posts.id = post_id");
        assert_ok(session, corm_rollback(session));
        assert_ok(session, corm_clear(session));
    }
}

/* And what the flush that deleted the one has cut of the other. */
static void new_objects_keep_links_that_a_delete_has_cut(void **state)
{
    corm_session *session = *state;
    enum { EXPIRED = 1, LOOKED = 2, ELSEWHERE = 4, IN_A_SAVEPOINT = 8, WAYS = 16 };
    for (int way = 0; way < WAYS; way++) {
        corm_savepoint savepoint;
        assert_ok(session, corm_savepoint_begin(session, &savepoint));
        User *user = user_with_posts(session, "ann", 2);
        Post *post = User_posts(user).items[0], *other = User_posts(user).items[1];
        Comment *comment = corm_new(session, Comment, .body = "fine");
        assert_ok(session, Post_comments_append(post, comment));
        assert_ok(session, corm_flush(session));
        if (way & EXPIRED)
            assert_ok(session, corm_expire_all(session));
        assert_ok(session, corm_delete(session, post));
        assert_ok(session, corm_flush(session));
        if (way & LOOKED)
            assert_ptr_equal(Comment_post(comment), way & EXPIRED ? NULL : post);
        if (way & ELSEWHERE)
            assert_ok(session, Comment_post_set(comment, other));
        if (way & IN_A_SAVEPOINT)
            assert_ok(session, corm_savepoint_rollback(session, savepoint));
        else
            assert_ok(session, corm_rollback(session));
        assert_ptr_equal(Comment_post(comment), way & ELSEWHERE ? other : post);
        assert_int_equal(Post_comments(post).count, way & ELSEWHERE ? 0 : 1);
        assert_ok(session, corm_add(session, comment));
        assert_ok(session, corm_flush(session));
        assert_stored(session, way & ELSEWHERE ? "ann 2" : "ann 1",
                      "SELECT title FROM comments JOIN posts ON posts.id = post_id");
        assert_ok(session, corm_rollback(session));
        assert_ok(session, corm_clear(session));
    }
}

/* Where the one was new at the savepoint and the other was not, the one alone knows of the link in the end. */
static void new_objects_of_two_savepoints_are_linked_again(void **state)
{
    corm_session *session = *state;
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        corm_savepoint savepoint;
        Comment *comment = corm_new(session, Comment, .body = "fine");
        assert_ok(session, corm_add(session, comment));
        assert_ok(session, corm_savepoint_begin(session, &savepoint));
        User *user = user_with_posts(session, "ann", 2);
        Post *post = User_posts(user).items[0], *other = User_posts(user).items[1];
        assert_ok(session, Post_comments_append(post, comment));
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_savepoint_rollback(session, savepoint));
        assert_null(Comment_post(comment));
        assert_ok(session, corm_rollback(session));
        if (elsewhere)
            assert_ok(session, Comment_post_set(comment, other));
        assert_ok(session, corm_add(session, user));
        assert_ok(session, corm_flush(session));
        assert_ptr_equal(Comment_post(comment), elsewhere ? other : post);
        assert_int_equal(Post_comments(post).count, elsewhere ? 0 : 1);
        assert_stored(session, elsewhere ? "ann 2" : "ann 1",
                      "SELECT title FROM comments JOIN posts ON posts.id = post_id");
        assert_ok(session, corm_rollback(session));
        assert_ok(session, corm_clear(session));
    }
}

/* The savepoint's rollback takes the later child out of the parent's list, the other one makes both new. */
static void new_objects_that_come_back_together_are_linked_again(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *parent = corm_new(session, User, .username = "p", .email = "p");
    Post *first = corm_new(session, Post, .title = "first"),
         *later = corm_new(session, Post, .title = "later");
    assert_ok(session, corm_add(session, parent));
    assert_ok(session, Post_author_user_set(first, parent));
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, Post_author_user_set(later, parent));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_ok(session, corm_rollback(session));
    assert_ptr_equal(Post_author_user(later), parent);
    assert_ok(session, corm_add(session, parent));
    assert_ok(session, corm_add(session, later));
    assert_ok(session, corm_flush(session));
    Post_list posts = User_posts(parent);
    assert_int_equal(posts.count, 2);
    assert_true(posts.items[0] == later || posts.items[1] == later);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2", "SELECT count(*) FROM posts WHERE user_id = 1");
}

/* Also where the savepoint has undone what a flush wrote of the same collection. */
static void a_savepoint_leaves_new_objects_their_links(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    Post *post = User_posts(committed_alice(session)).items[0];
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, Post_tags_append(post, corm_new(session, Tag, .name = "written")));
    assert_ok(session, corm_flush(session));
    Tag *tag = corm_new(session, Tag, .name = "new");
    assert_ok(session, Tag_posts_append(tag, post));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_ok(session, Tag_posts_append(tag, post));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "new", "SELECT name FROM tags");
    assert_stored(session, "1", all_links);
}

/* clang-format off */
#define BEAST(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              kind)                                                                \
    COLUMN(OPTIONAL(INTEGER), mother_id, .references = corm_ref(Beast, id),                        \
           .on_delete = CORM_ACTION_SET_NULL)                                                      \
    RELATIONSHIP(ONE_TO_MANY, young, Beast, BACKREF(mother))
#define CAT(COLUMN, RELATIONSHIP)                                                                  \
    BEAST(COLUMN, CORM_INHERITED)                                                                  \
    COLUMN(OPTIONAL(INTEGER), foe_id,    .references = corm_ref(Dog, id),                          \
           .on_delete = CORM_ACTION_SET_NULL)                                                      \
    RELATIONSHIP(MANY_TO_ONE, foe, Dog, foes)
#define DOG(COLUMN, RELATIONSHIP)                                                                  \
    BEAST(COLUMN, CORM_INHERITED)                                                                  \
    COLUMN(OPTIONAL(REAL),    weight)                                                              \
    RELATIONSHIP(ONE_TO_MANY, foes, Cat, foe)
#define BEASTS(MODEL)                                                                              \
    MODEL(Beast, "beasts", BEAST, .discriminator = corm_member(Beast, kind), .identity = "beast")  \
    MODEL(Cat,   "beasts", CAT,   .inherits = corm_base(Beast), .identity = "cat")                 \
    MODEL(Dog,   "dogs",   DOG,   .inherits = corm_base(Beast), .identity = "dog")
CORM_SCHEMA(beasts, BEASTS)
/* clang-format on */

/* It comes in through the deleted one, whose list was read while it was away; the delete waits for a second flush. */
static void a_new_object_that_comes_back_to_a_deleted_one_refers_to_nobody(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &beasts);
    assert_ok(session, corm_create_all(session));
    Dog *dog = corm_new(session, Dog);
    Cat *cat = corm_new(session, Cat);
    assert_ok(session, corm_add(session, dog));
    assert_ok(session, corm_commit(session));
    assert_ok(session, Cat_foe_set(cat, dog));
    assert_ok(session, corm_add(session, cat));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(Dog_foes(dog).count, 0);
    assert_ok(session, Beast_mother_set((Beast *)dog, (Beast *)cat));
    assert_ok(session, corm_delete(session, dog));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_state(cat), CORM_STATE_PERSISTENT);
    assert_false(cat->foe_id.has_value);
    assert_stored(session, "NULL", "SELECT foe_id FROM beasts");
    corm_session_close(session);
}

static void a_key_that_was_cut_by_a_failed_flush_may_be_0_again(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    assert_ok(session, corm_commit(session));
    Post *post = User_posts(alice).items[0];
    for (int i = 0; i < 2; i++) {
        assert_ok(session, corm_unset(post, Post_.user_id));
        assert_status(session, CORM_NOT_NULL, corm_flush(session));
        assert_ok(session, corm_rollback(session));
        assert_true(post->user_id == alice->id && !corm_is_unset(post, Post_.user_id));
        run_sql(session, "INSERT INTO users SELECT 0, 'zero', 'zero', 0, 1");
        post->user_id = 0;
        assert_false(corm_is_unset(post, Post_.user_id));
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_rollback(session));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_object_that_comes_back_to_a_deleted_one_refers_to_nobody),
        BLOG_TEST(members_are_restored_flushed_or_not),
        BLOG_TEST(members_changed_by_several_flushes_go_back_to_the_commit),
        BLOG_TEST(new_objects_are_transient_again_and_keep_their_values),
        BLOG_TEST(new_objects_keep_what_was_assigned_since_flushed_or_not),
        BLOG_TEST(a_key_that_was_assigned_to_a_new_object_stays),
        BLOG_TEST(what_was_unset_in_a_new_object_stays_so),
        BLOG_TEST(a_savepoint_restores_what_was_inserted_before_it),
        BLOG_TEST(a_parent_has_a_new_child_that_comes_back),
        BLOG_TEST(a_parent_that_was_deleted_has_a_new_child_that_comes_in),
        BLOG_TEST(a_parent_that_comes_back_does_not_take_what_was_said_to_be_elsewhere),
        BLOG_TEST(a_link_that_only_a_new_object_knows_is_made_again_at_both_ends),
        BLOG_TEST(a_link_that_only_a_new_object_knows_can_be_taken_away),
        BLOG_TEST(new_objects_that_come_back_together_are_linked_again),
        BLOG_TEST(a_savepoint_leaves_new_objects_their_links),
        BLOG_TEST(new_objects_keep_links_that_came_after_their_insert),
        BLOG_TEST(what_was_assigned_to_a_new_object_stays_after_a_flush_that_fails),
        BLOG_TEST(new_objects_keep_links_that_were_expired_after_their_insert),
        BLOG_TEST(new_objects_keep_links_that_a_delete_has_cut),
        BLOG_TEST(new_objects_of_two_savepoints_are_linked_again),
        BLOG_TEST(who_comes_back_alone_is_known_to_whom_it_was_linked),
        BLOG_TEST(deleted_objects_are_persistent_again),
        BLOG_TEST(a_delete_that_was_not_flushed_is_forgotten),
        BLOG_TEST(relationships_are_restored_at_both_ends),
        BLOG_TEST(rollback_frees_nothing),
        BLOG_TEST(a_savepoint_can_be_rolled_back_or_released),
        BLOG_TEST(a_new_object_has_the_many_to_many_of_the_savepoint),
        BLOG_TEST(a_tag_that_has_left_is_not_in_what_a_savepoint_brings_back),
        BLOG_TEST(savepoints_nest),
        BLOG_TEST(the_inner_savepoint_is_rolled_back_alone),
        BLOG_TEST(a_savepoint_that_is_over_is_refused),
        BLOG_TEST(a_rollback_ends_every_savepoint),
        BLOG_TEST(twelve_savepoints_one_inside_the_other),
        BLOG_TEST(a_commit_whose_flush_fails_undoes_the_transaction),
        BLOG_TEST(a_session_that_failed_refuses_work_and_says_why),
        BLOG_TEST(a_flush_that_fails_in_a_savepoint_goes_back_to_it),
        BLOG_TEST(a_transaction_that_sqlite_ended_is_noticed),
        BLOG_TEST(a_key_that_was_cut_by_a_failed_flush_may_be_0_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
