/* texts: who owns the bytes behind a text or a blob, and for how long they can be read. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

static User *committed_alice(corm_session *session)
{
    User *alice = new_user(session, "alice");
    assert_got(session, alice);
    assert_ok(session, corm_add(session, alice));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(alice));
    record(session);
    return alice;
}

static void corm_new_copies_its_texts_at_once(void **state)
{
    corm_session *session = *state;
    char name[] = "alice";
    User *user = corm_new(session, User, .username = name, .email = "a@example.com");
    memset(name, 'x', sizeof name - 1);
    assert_string_equal(user->username, "alice");
    assert_ok(session, corm_add(session, user));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "alice", "SELECT username FROM users");
}

static void an_assigned_text_is_borrowed_until_the_flush(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    char *email = malloc(32);
    assert_non_null(email);
    (void)snprintf(email, 32, "before@example.com");
    alice->email = email;
    (void)snprintf(email, 32, "flushed@example.com");
    assert_ok(session, corm_flush(session));
    assert_ptr_not_equal(alice->email, email);
    memset(email, 'x', 31);
    free(email);
    assert_string_equal(alice->email, "flushed@example.com");
    assert_stored(session, "flushed@example.com", "SELECT email FROM users");
}

static void an_assigned_text_may_be_freed_after_a_rollback(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    char *email = malloc(32);
    assert_non_null(email);
    (void)snprintf(email, 32, "never@example.com");
    alice->email = email;
    assert_ok(session, corm_rollback(session));
    free(email);
    assert_string_equal(alice->email, "someone@example.com");
    assert_ok(session, corm_flush(session));
}

static void a_replaced_text_can_be_read_until_the_transaction_ends(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    const char *first = alice->email;
    for (int i = 0; i < 50; i++) {
        alice->email = corm_text(session, "%d@example.com", i);
        assert_ok(session, corm_flush(session));
    }
    assert_string_equal(first, "someone@example.com");
    assert_ok(session, corm_refresh(session, alice));
    assert_string_equal(first, "someone@example.com");
}

static void objects_never_share_a_text(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session), *bob = new_user(session, "bob");
    assert_ok(session, corm_add(session, bob));
    alice->email = bob->email;
    assert_ok(session, corm_flush(session));
    assert_ptr_not_equal(alice->email, bob->email);
    bob->email = alice->email;
    assert_ok(session, corm_commit(session)); /* equal by content: nothing is written ... */
    assert_ok(session, corm_expunge(session, alice));
    assert_int_equal(corm_free(alice), CORM_OK);
    assert_string_equal(bob->email, "someone@example.com"); /* ... and yet it is bob's own */
}

static void the_columns_of_one_object_never_share_a_text(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    alice->email = alice->username;
    assert_ok(session, corm_flush(session));
    assert_ptr_not_equal(alice->email, alice->username);
    alice->username = "other";
    assert_ok(session, corm_commit(session));
    assert_stored(session, "other|alice", "SELECT username, email FROM users");
}

static void two_texts_can_be_swapped(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    const char *email = alice->email;
    alice->email = alice->username;
    alice->username = email;
    assert_ok(session, corm_commit(session));
    assert_stored(session, "someone@example.com|alice", "SELECT username, email FROM users");
}

static void corm_text_formats_into_the_session(void **state)
{
    corm_session *session = *state;
    const char *text = corm_text(session, "%s %d %5.2f %%", "User", 7, 1.5);
    assert_string_equal(text, "User 7  1.50 %");
    assert_string_equal(corm_text(session, "%s", ""), "");
    const char *longer = corm_text(session, "%05000d", 1);
    assert_int_equal(strlen(longer), 5000);
    assert_string_equal(text, "User 7  1.50 %");
    User *user = corm_new(session, User, .username = text, .email = corm_text(session, "%d@x", 1));
    assert_ok(session, corm_add(session, user));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "User 7  1.50 %|1@x", "SELECT username, email FROM users");
}

static void a_formatted_text_that_was_assigned_lives_on_with_its_object(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    alice->email = corm_text(session, "formatted");
    for (int i = 0; i < 5; i++) {
        assert_ok(session, corm_commit(session));
        (void)corm_count(session, User);
        for (int j = 0; j < 200; j++)
            assert_non_null(corm_text(session, "filler %d", j));
    }
    assert_string_equal(alice->email, "formatted");
}

static void the_texts_of_an_expunged_object_are_its_own(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_expunge(session, alice));
    assert_ok(session, corm_clear(session));
    for (int i = 0; i < 200; i++)
        assert_non_null(corm_text(session, "filler %d", i));
    assert_string_equal(alice->username, "alice");
    assert_string_equal(alice->email, "someone@example.com");
    assert_int_equal(corm_free(alice), CORM_OK);
}

static void the_texts_of_an_object_that_came_back_can_be_replaced(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    for (int i = 0; i < 100; i++) {
        alice->email = corm_text(session, "%0*d@example.com", i, i);
        assert_ok(session, corm_expunge(session, alice));
        assert_ok(session, corm_add(session, alice));
        assert_ok(session, corm_commit(session));
        assert_ok(session, corm_refresh(session, alice));
        alice->username = corm_text(session, "alice %d", i);
        assert_ok(session, corm_commit(session));
        assert_int_equal(corm_count(session, User), 1);
    }
    assert_string_equal(alice->username, "alice 99");
}

static void lists_can_be_given_back_early(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    for (int i = 0; i < 100; i++) {
        alice->email = corm_text(session, "%d@example.com", i);
        assert_int_equal(corm_all(session, User).count, 1);
        corm_free_lists(session);
        assert_string_equal(alice->username, "alice");
    }
    assert_string_equal(alice->email, "99@example.com");
    assert_ok(session, corm_commit(session));
}

/* Whether the flush failed before it came to the object, none was tried, or the object was written and
 * changed after that. */
static void lists_are_given_back_without_what_waits_for_the_flush(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    alice->username = corm_text(session, "alice %d", 2);
    corm_free_lists(session);
    (void)corm_text(session, "nobody %d", 3);
    assert_ok(session, corm_commit(session));
    assert_string_equal(alice->username, "alice 2");
    assert_stored(session, "alice 2", "SELECT username FROM users");
}

static void a_new_object_keeps_an_assigned_text_over_a_rollback(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < 3; way++) {
        User *first = new_user(session, "first"), *second = new_user(session, "second");
        User *third = corm_new(session, User, .username = "third");
        assert_ok(session, corm_add(session, first));
        assert_ok(session, corm_add(session, second));
        if (way == 2)
            assert_ok(session, corm_flush(session));
        assert_ok(session, corm_add(session, third));
        char *text = malloc(32);
        assert_non_null(text);
        (void)snprintf(text, 32, "kept in way %d", way);
        second->email = third->email = text;
        if (way == 0) {
            first->username = corm_text(session, "%0100d", 1);
            assert_status(session, CORM_DATA, corm_flush(session));
        }
        assert_ok(session, corm_rollback(session));
        free(text);
        first->username = "first";
        assert_false(corm_is_unset(third, User_.email));
        assert_ok(session, corm_add(session, first));
        assert_ok(session, corm_add(session, second));
        assert_ok(session, corm_add(session, third));
        assert_ok(session, corm_flush(session));
        char wanted[96];
        (void)snprintf(wanted, sizeof wanted, "someone@example.com;kept in way %d;kept in way %d",
                       way, way);
        assert_stored(session, wanted, "SELECT email FROM users ORDER BY username");
        assert_true(second->email != third->email);
        assert_ok(session, corm_clear(session));
    }
}

static void a_deleted_object_can_still_be_read(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    assert_ok(session, corm_delete(session, alice));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_count(session, User), 0);
    assert_string_equal(alice->email, "someone@example.com");
}

/* clang-format off */
#define FLAG(COLUMN, RELATIONSHIP) COLUMN(TEXT, code, .primary_key = true) COLUMN(TEXT, name)
#define FLAGS(MODEL) MODEL(Flag, "flags", FLAG)
/* clang-format on */
CORM_SCHEMA(flags, FLAGS)

static char *lent(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    assert_non_null(copy);
    memcpy(copy, text, strlen(text) + 1);
    return copy;
}

static void what_is_deleted_owns_the_text_that_was_assigned_before(void **state)
{
    (void)state;
    corm_session *session = memory_session(&flags);
    Flag *flag = corm_new(session, Flag, .code = "ch", .name = "cross");
    assert_ok(session, corm_add(session, flag));
    assert_ok(session, corm_commit(session));
    for (int committed = 0; committed < 2; committed++) {
        assert_ok(session, corm_current(flag));
        char *name = lent("square"), *code = lent("CH");
        flag->name = name;
        flag->code = code;
        assert_ok(session, corm_delete(session, flag));
        assert_ok(session, corm_flush(session));
        free(name);
        free(code);
        assert_string_equal(flag->name, "square");
        assert_string_equal(flag->code, "ch"); /* of the row that it was */
        if (committed)
            break;
        assert_ok(session, corm_rollback(session));
        assert_string_equal(flag->name, "cross");
        assert_string_equal(flag->code, "ch");
        assert_ptr_equal(corm_get(session, Flag, "ch"), flag);
    }
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_expunge_all(session));
    corm_session_close(session);
    assert_string_equal(flag->name, "square");
    assert_ok(NULL, corm_free(flag));
}

static void what_others_have_deleted_owns_the_text_that_was_assigned_before(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", &flags, NULL);
    corm_session *session =
        corm_session_open(engine, &(corm_session_options){.no_autoflush = true});
    assert_ok(session, corm_create_all(session));
    Flag *flag = corm_new(session, Flag, .code = "ch", .name = "cross");
    assert_ok(session, corm_add(session, flag));
    assert_ok(session, corm_commit(session));
    run_sql(session, "DELETE FROM flags");
    char *name = lent("square");
    flag->name = name;
    assert_null(corm_get(session, Flag, "ch"));
    assert_int_equal(corm_state(flag), CORM_STATE_DELETED);
    free(name);
    assert_string_equal(flag->name, "square");
    assert_ok(session, corm_expunge_all(session));
    assert_string_equal(flag->name, "square");
    corm_session_close(session);
    assert_ok(NULL, corm_engine_close(engine));
    assert_ok(NULL, corm_free(flag));
}

/* Also where its row is given to another, and where lists are given back. */
static void a_text_that_was_assigned_before_a_delete_is_copied(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < 2; way++) {
        User *alice = committed_alice(session);
        char *mine = malloc(8);
        assert_non_null(mine);
        memcpy(mine, "changed", 8);
        alice->username = mine;
        alice->email = corm_text(session, "%d@example.com", way);
        assert_ok(session, corm_delete(session, alice));
        if (way == 1) { /* its row is given to another */
            User *next = corm_new(session, User, .username = "next", .email = "e");
            next->id = alice->id;
            assert_ok(session, corm_add(session, next));
        }
        assert_ok(session, corm_flush(session));
        free(mine);
        assert_string_equal(alice->username, "changed");
        assert_ok(session, corm_commit(session));
        corm_free_lists(session);
        assert_int_equal(corm_count(session, User), way);
        assert_string_equal(alice->email, way == 0 ? "0@example.com" : "1@example.com");
        assert_status(session, CORM_OBJECT_DELETED, corm_add(session, alice));
        assert_message(session, "changed");
    }
}

/* The program's own, which nobody but the program looks at. */
static void a_text_that_is_assigned_after_a_delete_is_not_looked_at(void **state)
{
    corm_session *session = *state;
    User *alice = committed_alice(session);
    char *mine = malloc(8);
    assert_non_null(mine);
    memcpy(mine, "changed", 8);
    assert_ok(session, corm_delete(session, alice));
    assert_ok(session, corm_commit(session));
    alice->username = mine;
    assert_ok(session, corm_commit(session));
    assert_string_equal(alice->username, "changed");
    free(mine);
    assert_status(session, CORM_OBJECT_DELETED, corm_add(session, alice));
    assert_message(session, "alice");
    assert_ok(session, corm_expunge_all(session));
    assert_string_equal(alice->username, "alice");
    assert_ok(session, corm_free(alice));
}

/* One row, whose username is these bytes. */
static void store_bytes(corm_session *session, const char *bytes, int size)
{
    sqlite3_stmt *update = NULL;
    sqlite3 *db = corm_sqlite_handle(session);
    assert_non_null(db);
    assert_int_equal(
        sqlite3_prepare_v2(db, "UPDATE users SET username = CAST(? AS TEXT)", -1, &update, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_bind_blob(update, 1, bytes, size, SQLITE_STATIC), SQLITE_OK);
    assert_int_equal(sqlite3_step(update), SQLITE_DONE);
    assert_int_equal(sqlite3_finalize(update), SQLITE_OK);
}

static void texts_of_all_lengths_are_loaded_byte_by_byte(void **state)
{
    enum { LONGEST = 140 };
    corm_session *session = *state;
    char text[LONGEST + 1] = "";
    User *alice = committed_alice(session);
    assert_ok(session, corm_rollback(session));
    for (int size = 0; size <= LONGEST; size++) {
        for (int i = 0; i < size; i++)
            text[i] = (char)(i % 3 == 0 ? 0x80 + i : '0' + (i + size) % 64);
        text[size] = '\0';
        store_bytes(session, text, size);
        assert_ok(session, corm_expunge(session, alice));
        corm_free(alice);
        alice = corm_first(session, User);
        assert_got(session, alice);
        assert_string_equal(alice->username, text);
        corm_stream *stream = corm_stream_open(session, User);
        const User *row = corm_stream_next(stream);
        assert_got(session, row);
        assert_string_equal(row->username, text);
        assert_ok(session, corm_stream_close(stream));
        assert_int_equal(corm_rollback(session), CORM_OK);
    }
}

static void a_text_with_a_zero_byte_is_refused_wherever_it_is(void **state)
{
    enum { LONGEST = 70 };
    corm_session *session = *state;
    char text[LONGEST + 1];
    memset(text, 'a', sizeof text);
    User *alice = committed_alice(session);
    assert_ok(session, corm_expunge(session, alice));
    corm_free(alice);
    for (int size = 1; size <= LONGEST; size++) {
        for (int place = 0; place < size; place++) {
            text[place] = '\0';
            store_bytes(session, text, size);
            text[place] = 'a';
            assert_null(corm_first(session, User));
            assert_message(session, "users.username");
            assert_ok(session, corm_rollback(session));
            text[place] = '\0';
            store_bytes(session, text, size);
            text[place] = 'a';
            corm_stream *stream = corm_stream_open(session, User);
            assert_null(corm_stream_next(stream));
            assert_int_equal(corm_stream_close(stream), CORM_DATA);
            assert_ok(session, corm_rollback(session));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(corm_new_copies_its_texts_at_once),
        BLOG_TEST(an_assigned_text_is_borrowed_until_the_flush),
        BLOG_TEST(an_assigned_text_may_be_freed_after_a_rollback),
        BLOG_TEST(a_replaced_text_can_be_read_until_the_transaction_ends),
        BLOG_TEST(objects_never_share_a_text),
        BLOG_TEST(the_columns_of_one_object_never_share_a_text),
        BLOG_TEST(two_texts_can_be_swapped),
        BLOG_TEST(corm_text_formats_into_the_session),
        BLOG_TEST(a_formatted_text_that_was_assigned_lives_on_with_its_object),
        BLOG_TEST(the_texts_of_an_expunged_object_are_its_own),
        BLOG_TEST(the_texts_of_an_object_that_came_back_can_be_replaced),
        BLOG_TEST(lists_can_be_given_back_early),
        BLOG_TEST(lists_are_given_back_without_what_waits_for_the_flush),
        BLOG_TEST(a_new_object_keeps_an_assigned_text_over_a_rollback),
        BLOG_TEST(a_deleted_object_can_still_be_read),
        cmocka_unit_test(what_is_deleted_owns_the_text_that_was_assigned_before),
        cmocka_unit_test(what_others_have_deleted_owns_the_text_that_was_assigned_before),
        BLOG_TEST(a_text_that_was_assigned_before_a_delete_is_copied),
        BLOG_TEST(a_text_that_is_assigned_after_a_delete_is_not_looked_at),
        BLOG_TEST(texts_of_all_lengths_are_loaded_byte_by_byte),
        BLOG_TEST(a_text_with_a_zero_byte_is_refused_wherever_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
