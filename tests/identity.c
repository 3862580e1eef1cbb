/* identity: one row, one object, whatever its key is and whenever its row is read. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define MARK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(INTEGER, value)
#define BOOK(MODEL) MODEL(Mark, "marks", MARK)
/* clang-format on */

CORM_SCHEMA(book, BOOK)

static int open_book(void **state)
{
    *state = memory_session(&book);
    return *state == NULL;
}

#define BOOK_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_book, close_session)

/* ---- Rows with such keys --------------------------------------------------------------------- */

enum { MOST = 5000 };

typedef struct Keys {
    int64_t items[MOST];
    size_t count;
} Keys;

static void add_keys(Keys *keys, int64_t first, int64_t step, size_t count)
{
    for (size_t i = 0; i < count; i++)
        keys->items[keys->count++] = first + (int64_t)i * step;
}

static void store_keys(corm_session *session, const Keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        assert_ok(session, corm_sql_run(session, "INSERT INTO marks (id, value) VALUES (?, 0)",
                                        keys->items[i]));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
}

static void shuffle(Keys *keys)
{
    uint32_t state = 12345;
    for (size_t i = keys->count; i > 1; i--) {
        state = state * 1664525u + 1013904223u;
        const size_t other = (state >> 8) % i;
        const int64_t kept = keys->items[i - 1];
        keys->items[i - 1] = keys->items[other];
        keys->items[other] = kept;
    }
}

/* Each key has this object, and no other key has one, without a query. */
static void assert_known(corm_session *session, const Keys *keys, void *const *objects)
{
    for (size_t i = 0; i < keys->count; i++) {
        Mark *mark = corm_get(session, Mark, keys->items[i]);
        assert_ptr_equal(mark, objects[i]);
        assert_int_equal(mark->id, keys->items[i]);
    }
    Mark_list again = corm_all(session, Mark);
    assert_int_equal(again.count, keys->count);
    for (size_t i = 0; i < again.count; i++)
        assert_ptr_equal(corm_get(session, Mark, again.items[i]->id), again.items[i]);
}

/* Reads the rows one by one in the order of the keys, then undoes a flush that deletes a third and gives another third
 * other keys, then lets some go and reads them again. */
static void live_with(corm_session *session, const Keys *keys)
{
    static void *objects[MOST];
    for (size_t i = 0; i < keys->count; i++) {
        objects[i] = corm_get(session, Mark, keys->items[i]);
        assert_got(session, objects[i]);
    }
    assert_known(session, keys, objects);
    assert_null(corm_get(session, Mark, 4000000000000000007)); /* which none has */
    assert_int_equal(corm_last_status(), CORM_OK);

    for (size_t i = 0; i < keys->count; i += 3)
        assert_ok(session, corm_delete(session, objects[i]));
    for (size_t i = 1; i < keys->count; i += 3)
        ((Mark *)objects[i])->id = 3000000000000000000 + (int64_t)i * 1000;
    assert_ok(session, corm_flush(session));
    if (keys->count > 1)
        assert_ptr_equal(corm_get(session, Mark, 3000000000000001000), objects[1]);
    assert_ok(session, corm_rollback(session));
    assert_known(session, keys, objects);

    for (size_t i = 0; i < keys->count; i += 2) {
        assert_ok(session, corm_expunge(session, objects[i]));
        assert_ok(session, corm_free(objects[i]));
    }
    for (size_t i = keys->count; i > 0; i--)
        objects[i - 1] = corm_get(session, Mark, keys->items[i - 1]);
    assert_known(session, keys, objects);
}

static void live_in_either_order(corm_session *session, Keys *keys)
{
    store_keys(session, keys);
    live_with(session, keys);
    shuffle(keys);
    assert_ok(session, corm_clear(session));
    live_with(session, keys);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void keys_in_a_row(void **state)
{
    Keys keys = {.count = 0};
    add_keys(&keys, 1, 1, 3000);
    live_in_either_order(*state, &keys);
}

static void keys_that_descend(void **state)
{
    Keys keys = {.count = 0};
    add_keys(&keys, 3000, -1, 3000);
    live_in_either_order(*state, &keys);
}

static void keys_on_both_sides_of_zero(void **state)
{
    Keys keys = {.count = 0};
    add_keys(&keys, -1000, 1, 2000);
    live_in_either_order(*state, &keys);
}

static void keys_with_gaps(void **state)
{
    Keys keys = {.count = 0};
    add_keys(&keys, 7, 3, 1000);
    add_keys(&keys, 100000, 100, 1000);
    live_in_either_order(*state, &keys);
}

static void keys_whose_lowest_bits_are_the_same(void **state)
{
    Keys keys = {.count = 0};
    add_keys(&keys, 0, INT64_C(1) << 40, 2000);
    live_in_either_order(*state, &keys);
}

static void keys_far_from_zero_with_one_near_it(void **state)
{
    Keys keys = {.count = 0};
    add_keys(&keys, 5000000, 1, 2000);
    add_keys(&keys, 1, 1, 1);
    live_in_either_order(*state, &keys);
}

static void the_least_and_the_greatest_key(void **state)
{
    Keys keys = {.count = 0};
    add_keys(&keys, INT64_MIN, 1, 100);
    add_keys(&keys, INT64_MAX - 99, 1, 100);
    add_keys(&keys, 1, 1, 500);
    live_in_either_order(*state, &keys);
}

/* New rows get their keys when they are written: at the end of a row, far behind it, and in one of its gaps. */
static void new_rows_beside_loaded_ones(void **state)
{
    corm_session *session = *state;
    static void *objects[MOST];
    Keys keys = {.count = 0};
    add_keys(&keys, 1, 1, 500);
    add_keys(&keys, 1000000, 1, 1);
    store_keys(session, &keys);
    for (size_t i = 0; i < keys.count; i++)
        objects[i] = corm_get(session, Mark, keys.items[i]);
    const size_t counts[] = {1, 700, 20};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        const size_t first = keys.count;
        for (size_t i = 0; i < counts[c]; i++) {
            Mark *mark = corm_new(session, Mark, .value = 1);
            assert_ok(session, corm_add(session, mark));
            objects[keys.count++] = mark;
        }
        Mark *given = corm_new(session, Mark, .id = 600 + (int64_t)c, .value = 2);
        assert_ok(session, corm_add(session, given));
        objects[keys.count++] = given;
        assert_ok(session, corm_flush(session));
        for (size_t i = first; i < keys.count; i++)
            keys.items[i] = ((Mark *)objects[i])->id;
        assert_known(session, &keys, objects);
    }
    assert_ok(session, corm_commit(session));
    assert_known(session, &keys, objects);
}

/* Its delete made room for the other one; once that is undone, only one of them can be the row. */
static void an_object_that_took_the_place_of_a_deleted_one_is_detached_by_a_rollback(void **state)
{
    corm_session *session = *state;
    User *away = corm_new(session, User, .username = "ann", .email = "a@b.c");
    assert_ok(session, corm_add(session, away));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_expunge(session, away));
    User *ann = corm_get(session, User, 1);
    assert_ptr_not_equal(ann, away);
    assert_ok(session, corm_delete(session, ann));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_add(session, away));
    assert_int_equal(corm_state(away), CORM_STATE_PERSISTENT);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(ann), CORM_STATE_PERSISTENT);
    assert_int_equal(corm_state(away), CORM_STATE_DETACHED);
    assert_ptr_equal(corm_get(session, User, 1), ann);
    assert_string_equal(away->username, "ann");
    assert_status(session, CORM_IDENTITY_CONFLICT, corm_add(session, away));
    ann->username = "Ann";
    away->username = "nobody";
    assert_ok(session, corm_commit(session));
    assert_stored(session, "Ann", "SELECT username FROM users");
}

/* It is the program's still, and whoever was to come in with it stays outside, too. */
static void an_object_that_cannot_come_in_leaves_all_as_it_was(void **state)
{
    (void)state;
    corm_session *session = memory_session(&blog);
    User *ann = user_with_posts(session, "ann", 2);
    assert_ok(session, corm_commit(session));
    Post *away = User_posts(ann).items[0];
    assert_ok(session, corm_expunge(session, away));
    Post *post = corm_get(session, Post, away->id);
    assert_status(session, CORM_IDENTITY_CONFLICT, corm_add(session, away));
    assert_null(corm_session_of(away));
    assert_status(session, CORM_IDENTITY_CONFLICT, User_posts_append(ann, away));
    assert_status(session, CORM_IDENTITY_CONFLICT, Post_author_user_set(away, ann));
    assert_null(corm_session_of(away));
    assert_int_equal(User_posts(ann).count, 2);
    User *bob = corm_new(session, User, .username = "bob", .email = "b");
    assert_ok(session, User_posts_append(bob, corm_new(session, Post, .title = "new")));
    Post *other = User_posts(ann).items[1];
    assert_ok(session, corm_expunge(session, other));
    assert_ok(session, User_posts_append(bob, other));
    Post *twin = corm_get(session, Post, other->id);
    assert_status(session, CORM_IDENTITY_CONFLICT, corm_add(session, bob));
    assert_int_equal(corm_state(bob), CORM_STATE_TRANSIENT);
    assert_int_equal(corm_state(User_posts(bob).items[0]), CORM_STATE_TRANSIENT);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "ann", "SELECT group_concat(username) FROM users");
    assert_ok(session, corm_expunge(session, twin));
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2", "SELECT count(*) FROM posts WHERE user_id = 2");
    assert_ok(session, corm_free(twin));
    corm_session_close(session);
    assert_string_equal(away->title, "ann 1");
    assert_ok(NULL, corm_free(away));
    (void)post;
}

/* While two objects change places, and while that is undone, both have the same key for a moment. */
static void keys_that_are_exchanged(void **state)
{
    corm_session *session = *state;
    Keys keys = {.count = 0};
    add_keys(&keys, 1, 1, 300);
    store_keys(session, &keys);
    Mark_list marks = corm_all(session, Mark, .order_by = corm_asc(Mark_.id));
    for (size_t i = 0; i < 100; i++) /* each takes the key of the next one, which leaves it first */
        marks.items[i]->id = i == 99 ? 9999 : (int64_t)i + 2;
    const corm_status status = corm_flush(session);
    if (status == CORM_OK)
        assert_ptr_equal(corm_get(session, Mark, 2), marks.items[0]);
    void *objects[300];
    memcpy(objects, marks.items, sizeof objects);
    assert_ok(session, corm_rollback(session));
    assert_known(session, &keys, objects);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOOK_TEST(keys_in_a_row),
        BOOK_TEST(keys_that_descend),
        BOOK_TEST(keys_on_both_sides_of_zero),
        BOOK_TEST(keys_with_gaps),
        BOOK_TEST(keys_whose_lowest_bits_are_the_same),
        BOOK_TEST(keys_far_from_zero_with_one_near_it),
        BOOK_TEST(the_least_and_the_greatest_key),
        BOOK_TEST(new_rows_beside_loaded_ones),
        BOOK_TEST(keys_that_are_exchanged),
        BLOG_TEST(an_object_that_took_the_place_of_a_deleted_one_is_detached_by_a_rollback),
        cmocka_unit_test(an_object_that_cannot_come_in_leaves_all_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
