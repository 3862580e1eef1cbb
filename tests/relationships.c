/* relationships: both ends agree at once; moving, orphans, deleted parents. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define SHELF(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(ONE_TO_MANY, books, Book, NONE, .order_by = corm_by_descending(Book, title))
#define BOOK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,       .primary_key = true)                                                 \
    COLUMN(TEXT,    title)                                                                         \
    COLUMN(INTEGER, shelf_id, .references = corm_ref(Shelf, id))

#define LIBRARY(MODEL)                                                                               \
    MODEL(Shelf,   "shelves",   SHELF)                                                             \
    MODEL(Book,    "books",     BOOK)
/* clang-format on */

CORM_SCHEMA(library, LIBRARY)

static int open_library(void **state)
{
    *state = memory_session(&library);
    return *state == NULL;
}

#define LIBRARY_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_library, close_session)

static const char all_posts[] = "SELECT title, user_id FROM posts ORDER BY id";

static Post *new_post(corm_session *session, const char *title)
{
    return corm_new(session, Post, .title = title);
}

/* Alice with two posts and Bob with none, committed and loaded. */
static void alice_and_bob(corm_session *session, User **alice, User **bob)
{
    *alice = user_with_posts(session, "alice", 2);
    *bob = user_with_posts(session, "bob", 0);
    assert_ok(session, corm_commit(session));
    assert_int_equal(User_posts(*alice).count, 2);
    assert_int_equal(User_posts(*bob).count, 0);
    assert_ok(session, corm_current(*alice));
    assert_ok(session, corm_current(*bob));
    record(session);
}

/* ---- Both ends -------------------------------------------------------------------------------------- */

static void both_ends_agree_at_once(void **state)
{
    corm_session *session = *state;
    for (int persistent = 0; persistent < 2; persistent++) {
        User *alice = new_user(session, "alice"), *bob = new_user(session, "bob");
        Post *one = new_post(session, "one"), *two = new_post(session, "two");
        if (persistent > 0) {
            assert_ok(session, corm_add(session, alice));
            assert_ok(session, corm_add(session, bob));
            assert_ok(session, corm_commit(session));
            assert_int_equal(User_posts(alice).count + User_posts(bob).count, 0); /* loaded */
        }
        assert_ok(session, User_posts_append(alice, one));
        assert_ptr_equal(Post_author_user(one), alice);
        assert_ok(session, Post_author_user_set(two, alice));
        assert_int_equal(User_posts_count(alice), 2);
        assert_true(User_posts_contains(alice, two));
        assert_ok(session, User_posts_append(bob, one)); /* moves */
        assert_false(User_posts_contains(alice, one));
        assert_ptr_equal(Post_author_user(one), bob);
        assert_ok(session, User_posts_remove(bob, one));
        assert_null(Post_author_user(one));
        assert_ok(session, User_posts_replace(bob, (Post *[]){two, one}, 2));
        assert_int_equal(User_posts_count(alice), 0);
        assert_ptr_equal(User_posts(bob).items[0], two);
        assert_ptr_equal(User_posts(bob).items[1], one);
        assert_ptr_equal(Post_author_user(two), bob);
        assert_ok(session, User_posts_replace(bob, NULL, 0));
        assert_null(Post_author_user(two));
        assert_int_equal(User_posts(bob).count, 0);
    }
}

static void a_backref_is_a_relationship_like_any_other(void **state)
{
    corm_session *session = *state;
    Post *post = new_post(session, "Hi");
    Comment *comment = corm_new(session, Comment, .body = "first");
    assert_ok(session, Comment_post_set(comment, post));
    assert_ptr_equal(Post_comments(post).items[0], comment);
    assert_ok(session, Comment_post_set(comment, NULL));
    assert_int_equal(Post_comments_count(post), 0);
    assert_ok(session, Post_comments_append(post, comment));
    assert_ptr_equal(Comment_post(comment), post);
}

static void a_relationship_without_a_way_back_is_stored_all_the_same(void **state)
{
    corm_session *session = *state;
    Shelf *shelf = corm_new(session, Shelf, .name = "top");
    assert_ok(session, Shelf_books_append(shelf, corm_new(session, Book, .title = "a")));
    assert_ok(session, Shelf_books_append(shelf, corm_new(session, Book, .title = "c")));
    assert_ok(session, Shelf_books_append(shelf, corm_new(session, Book, .title = "b")));
    assert_ok(session, corm_add(session, shelf));
    start_afresh(session);
    Book_list books = Shelf_books(corm_get(session, Shelf, 1));
    assert_int_equal(books.count, 3);
    assert_string_equal(books.items[0]->title, "c"); /* .order_by */
    assert_string_equal(books.items[2]->title, "a");
}

static void appending_twice_is_appending_once(void **state)
{
    corm_session *session = *state;
    User *alice, *bob;
    alice_and_bob(session, &alice, &bob);
    Post *post = User_posts(alice).items[1];
    assert_ok(session, User_posts_append(alice, post));
    assert_int_equal(User_posts(alice).count, 2);
    assert_ok(session, corm_flush(session));
    assert_no_sql();
}

static void removing_what_is_not_there_is_refused(void **state)
{
    corm_session *session = *state;
    User *alice, *bob;
    alice_and_bob(session, &alice, &bob);
    Post *post = User_posts(alice).items[0];
    assert_status(session, CORM_NOT_MEMBER, User_posts_remove(bob, post));
    assert_message(session, "posts");
    assert_ok(session, corm_commit(session));
}

static void a_list_that_was_handed_out_stays_as_it_was(void **state)
{
    corm_session *session = *state;
    User *alice, *bob;
    alice_and_bob(session, &alice, &bob);
    Post_list posts = User_posts(alice);
    for (size_t i = 0; i < posts.count; i++) {
        assert_ok(session, User_posts_remove(alice, posts.items[i]));
        assert_ok(session, User_posts_append(bob, posts.items[i]));
        for (int j = 0; j < 20; j++)
            assert_ok(session, User_posts_append(alice, new_post(session, "more")));
    }
    assert_int_equal(posts.count, 2);
    assert_string_equal(posts.items[0]->title, "alice 1");
    assert_string_equal(posts.items[1]->title, "alice 2");
    assert_int_equal(User_posts(alice).count, 40);
    assert_int_equal(User_posts(bob).count, 2);
    assert_ok(session, corm_flush(session));
    assert_string_equal(posts.items[1]->title, "alice 2");
    assert_stored(session, "40|2", "SELECT sum(user_id = 1), sum(user_id = 2) FROM posts");
}

/* ---- What is written --------------------------------------------------------------------------------- */

static void what_is_appended_again_after_its_key_led_elsewhere_is_listed_once_and_last(void **state)
{
    corm_session *session = *state;
    User *alice = NULL, *bob = NULL;
    alice_and_bob(session, &alice, &bob);
    assert_ok(session, corm_clear(session));
    alice = corm_get(session, User, 1);
    Post *again = new_post(session, "again"), *other = new_post(session, "other");
    assert_ok(session, User_posts_append(alice, again));
    assert_ok(session, User_posts_append(alice, other));
    assert_ok(session, corm_flush(session));
    again->user_id = 2;
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_expire(session, again));
    assert_ok(session, User_posts_append(alice, again));
    Post_list posts = User_posts(alice);
    assert_int_equal(posts.count, 4);
    assert_ptr_equal(posts.items[2], other);
    assert_ptr_equal(posts.items[3], again);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1;1;1;1", "SELECT user_id FROM posts ORDER BY id");
}

static void an_object_linked_from_the_other_side_is_inserted(void **state)
{
    corm_session *session = *state;
    User *alice, *bob;
    alice_and_bob(session, &alice, &bob);
    Post *post = new_post(session, "linked");
    assert_ok(session, Post_author_user_set(post, bob));
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_state(post), CORM_STATE_PERSISTENT);
    assert_true(post->user_id == bob->id);
    assert_stored(session, "alice 1|1;alice 2|1;linked|2", all_posts);
}

static void appending_and_removing_before_the_flush_is_no_sql(void **state)
{
    corm_session *session = *state;
    User *alice, *bob;
    alice_and_bob(session, &alice, &bob);
    Post *post = new_post(session, "never");
    assert_ok(session, User_posts_append(alice, post));
    assert_int_equal(corm_state(post), CORM_STATE_PENDING);
    assert_ok(session, User_posts_remove(alice, post));
    assert_int_equal(corm_state(post), CORM_STATE_TRANSIENT); /* an orphan leaves at once */
    assert_false(corm_is_modified(alice));
    assert_ok(session, corm_flush(session));
    assert_no_sql();
}

/* However many it has: one question for each link. */
static void linking_stored_objects_does_not_load_the_collection(void **state)
{
    corm_session *session = *state;
    enum { TAGS = 3 };
    Tag *tags[TAGS];
    Post *post = User_posts(user_with_posts(session, "ann", 1)).items[0];
    for (int i = 0; i < TAGS; i++) {
        tags[i] = corm_new(session, Tag, .name = corm_text(session, "tag %d", i));
        assert_ok(session, corm_add(session, tags[i]));
    }
    assert_ok(session, Post_tags_append(post, tags[0]));
    assert_ok(session, corm_commit(session));
    record(session);
    for (int i = 0; i < TAGS; i++)
        assert_ok(session, Tag_posts_append(tags[i], post));
    assert_ok(session, corm_flush(session));
    assert_ran(TAGS, "SELECT count(*) FROM \"post_tags\"");
    assert_ran(TAGS - 1, "INSERT");
    assert_int_equal(Post_tags(post).count, TAGS);
}

static void removing_and_appending_again_is_no_sql(void **state)
{
    corm_session *session = *state;
    User *alice, *bob;
    alice_and_bob(session, &alice, &bob);
    Post *post = User_posts(alice).items[0];
    assert_ok(session, User_posts_remove(alice, post));
    assert_ok(session, User_posts_append(bob, post));
    assert_ok(session, User_posts_append(alice, post));
    assert_ok(session, corm_flush(session));
    assert_no_sql();
}

static void moving_is_one_update(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < 4; way++) {
        User *alice, *bob;
        alice_and_bob(session, &alice, &bob);
        Post *post = User_posts(alice).items[0];
        if (way == 0)
            assert_ok(session, User_posts_remove(alice, post));
        if (way < 2)
            assert_ok(session, User_posts_append(bob, post));
        else if (way == 2)
            assert_ok(session, Post_author_user_set(post, bob));
        else
            post->user_id = bob->id;
        assert_ok(session, corm_flush(session));
        assert_ran(1, "UPDATE");
        assert_ran(0, "DELETE");
        assert_ran(0, "INSERT");
        assert_part(sql_of("UPDATE", 0), "\"user_id\"");
        assert_true(post->user_id == bob->id);
        assert_ok(session, corm_commit(session));
        assert_ptr_equal(Post_author_user(post), bob);
        assert_int_equal(User_posts(alice).count, 1);
        assert_ok(session, corm_delete(session, alice));
        assert_ok(session, corm_delete(session, bob));
        assert_ok(session, corm_commit(session));
    }
}

static void replacing_a_collection_deletes_what_is_not_in_it(void **state)
{
    corm_session *session = *state;
    User *alice, *bob;
    alice_and_bob(session, &alice, &bob);
    Post *kept = User_posts(alice).items[1], *new = new_post(session, "new");
    assert_ok(session, User_posts_replace(alice, (Post *[]){new, kept}, 2));
    assert_ok(session, corm_flush(session));
    assert_ran(1, "INSERT");
    assert_ran(1, "DELETE FROM \"posts\"");
    assert_ran(0, "UPDATE");
    assert_stored(session, "alice 2|1;new|1", all_posts);
}

/* ---- Orphans ---------------------------------------------------------------------------------------- */

static void an_orphan_is_deleted_at_the_flush(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < 2; way++) {
        User *alice, *bob;
        alice_and_bob(session, &alice, &bob);
        Post *post = User_posts(alice).items[0];
        if (way == 0)
            assert_ok(session, User_posts_remove(alice, post));
        else
            assert_ok(session, Post_author_user_set(post, NULL));
        assert_int_equal(corm_state(post), CORM_STATE_PERSISTENT);
        assert_ok(session, corm_flush(session));
        assert_ran(1, "DELETE FROM \"posts\"");
        assert_int_equal(corm_state(post), CORM_STATE_DELETED);
        assert_ok(session, corm_delete(session, alice));
        assert_ok(session, corm_delete(session, bob));
        assert_ok(session, corm_commit(session));
    }
}

static void an_orphan_is_deleted_although_its_parent_was_not_loaded(void **state)
{
    corm_session *session = *state;
    (void)user_with_posts(session, "alice", 2);
    start_afresh(session);
    Post *post = corm_get(session, Post, 1);
    assert_got(session, post);
    assert_ok(session, Post_author_user_set(post, NULL));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "alice 2|1", all_posts);
}

static void one_that_never_had_a_parent_is_inserted(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, new_post(session, "alone")));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "posts.user_id");
    assert_message(session, "Post \"alone\"");
}

/* ---- Deleted parents ---------------------------------------------------------------------------------- */

static void deleting_a_parent_without_cascade_nulls_the_keys_of_its_children(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    Post *post = User_posts(alice).items[0];
    Comment *loaded = corm_new(session, Comment, .body = "loaded");
    assert_ok(session, Post_comments_append(post, loaded));
    assert_ok(session, corm_flush(session));
    run_sql(session, "INSERT INTO comments(body, post_id) VALUES ('in the table', 1)");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, post));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(loaded));
    assert_false(loaded->post_id.has_value);
    assert_null(Comment_post(loaded));
    assert_stored(session, "loaded|NULL;in the table|NULL",
                  "SELECT body, post_id FROM comments ORDER BY id");
}

static void children_of_deleted_parents_are_read_together(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 20);
    for (size_t i = 0; i < 20; i++)
        assert_ok(session, Post_comments_append(User_posts(alice).items[i],
                                                corm_new(session, Comment, .body = "stays")));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
    Post_list posts = corm_all(session, Post);
    for (size_t i = 0; i < posts.count; i++)
        assert_ok(session, corm_delete(session, posts.items[i]));
    record(session);
    assert_ok(session, corm_flush(session));
    assert_ran(1, "SELECT \"id\", \"body\"");
    assert_stored(session, "20", "SELECT count(*) FROM comments WHERE post_id IS NULL");
}

static void a_child_that_must_have_a_parent_is_named_with_it(void **state)
{
    corm_session *session = *state;
    Shelf *shelf = corm_new(session, Shelf, .name = "top");
    assert_ok(session, Shelf_books_append(shelf, corm_new(session, Book, .title = "Emma")));
    assert_ok(session, corm_add(session, shelf));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, shelf));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "books.shelf_id");
    assert_message(session, "Book \"Emma\"");
    assert_message(session, "Shelf \"top\"");
    assert_ok(session, corm_rollback(session));
    assert_stored(session, "1", "SELECT count(*) FROM books");
}

static void children_that_go_with_their_parent_go_first(void **state)
{
    corm_session *session = *state;
    Shelf *shelf = corm_new(session, Shelf, .name = "top");
    Book *book = corm_new(session, Book, .title = "Emma");
    assert_ok(session, Shelf_books_append(shelf, book));
    assert_ok(session, corm_add(session, shelf));
    assert_ok(session, corm_commit(session));
    record(session);
    assert_ok(session, corm_delete(session, shelf));
    assert_ok(session, corm_delete(session, book));
    assert_ok(session, corm_flush(session));
    assert_ran(0, "UPDATE");
    assert_part(sql_of("DELETE", 0), "books");
    assert_part(sql_of("DELETE", 1), "shelves");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(both_ends_agree_at_once),
        BLOG_TEST(a_backref_is_a_relationship_like_any_other),
        LIBRARY_TEST(a_relationship_without_a_way_back_is_stored_all_the_same),
        BLOG_TEST(appending_twice_is_appending_once),
        BLOG_TEST(removing_what_is_not_there_is_refused),
        BLOG_TEST(a_list_that_was_handed_out_stays_as_it_was),
        BLOG_TEST(what_is_appended_again_after_its_key_led_elsewhere_is_listed_once_and_last),
        BLOG_TEST(an_object_linked_from_the_other_side_is_inserted),
        BLOG_TEST(appending_and_removing_before_the_flush_is_no_sql),
        BLOG_TEST(removing_and_appending_again_is_no_sql),
        BLOG_TEST(linking_stored_objects_does_not_load_the_collection),
        BLOG_TEST(moving_is_one_update),
        BLOG_TEST(replacing_a_collection_deletes_what_is_not_in_it),
        BLOG_TEST(an_orphan_is_deleted_at_the_flush),
        BLOG_TEST(an_orphan_is_deleted_although_its_parent_was_not_loaded),
        BLOG_TEST(one_that_never_had_a_parent_is_inserted),
        BLOG_TEST(deleting_a_parent_without_cascade_nulls_the_keys_of_its_children),
        BLOG_TEST(children_of_deleted_parents_are_read_together),
        LIBRARY_TEST(a_child_that_must_have_a_parent_is_named_with_it),
        LIBRARY_TEST(children_that_go_with_their_parent_go_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
