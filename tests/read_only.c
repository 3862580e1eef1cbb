/* read_only: the objects of a query with .read_only = true are outside of all tracking. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define SHAPE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    kind)                                                                          \
    COLUMN(OPTIONAL(INTEGER), board_id, .references = corm_ref(Board, id))                         \
    RELATIONSHIP(MANY_TO_ONE, board, Board, shapes)
#define CIRCLE(COLUMN, RELATIONSHIP) SHAPE(COLUMN, CORM_INHERITED)                                 \
    COLUMN(REAL,    radius)                                                                        \
    RELATIONSHIP(ONE_TO_MANY, dots, Dot, circle)
#define LABEL(COLUMN, RELATIONSHIP) SHAPE(COLUMN, CORM_INHERITED)                                  \
    COLUMN(TEXT,    words)
#define DOT(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id,        .primary_key = true)                                                \
    COLUMN(INTEGER, circle_id, .references = corm_ref(Circle, id))                                 \
    RELATIONSHIP(MANY_TO_ONE, circle, Circle, dots)
#define BOARD(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    code, .unique = true)                                                          \
    RELATIONSHIP(ONE_TO_MANY, shapes, Shape, board, .lazy = CORM_LAZY_SELECTIN)                    \
    RELATIONSHIP(ONE_TO_MANY, notes,  Note,  board)                                                \
    RELATIONSHIP(ONE_TO_ONE,  owner,  Owner, board, .lazy = CORM_LAZY_JOINED)
#define NOTE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    code, .references = corm_ref(Board, code))                                     \
    RELATIONSHIP(MANY_TO_ONE, board, Board, notes)
#define OWNER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,       .primary_key = true)                                                 \
    COLUMN(INTEGER, board_id, .references = corm_ref(Board, id), .unique = true)                   \
    RELATIONSHIP(ONE_TO_ONE, board, Board, owner)
#define SHAPES(MODEL)                                                                              \
    MODEL(Shape,  "shapes", SHAPE, .discriminator = corm_member(Shape, kind), .identity = "shape") \
    MODEL(Circle, "circles", CIRCLE, .inherits = corm_base(Shape), .identity = "circle")           \
    MODEL(Label,  "shapes", LABEL, .inherits = corm_base(Shape), .identity = "label")              \
    MODEL(Dot,    "dots",   DOT)                                                                   \
    MODEL(Board,  "boards", BOARD)                                                                 \
    MODEL(Note,   "notes",  NOTE)                                                                  \
    MODEL(Owner,  "owners", OWNER)
/* clang-format on */

CORM_SCHEMA(shapes, SHAPES)

static int open_shapes(void **state)
{
    corm_session *session = *state = memory_session(&shapes);
    if (session == NULL)
        return 1;
    for (int i = 0; i < 2; i++) {
        Board *board = corm_new(session, Board, .code = i == 0 ? "a" : "b");
        assert_ok(session, corm_add(session, board));
        assert_ok(session, Board_owner_set(board, corm_new(session, Owner)));
        Circle *circle = corm_new(session, Circle, .radius = 1.5);
        assert_ok(session, Board_shapes_append(board, corm_as(Shape, circle)));
        assert_ok(session, Circle_dots_append(circle, corm_new(session, Dot)));
        assert_ok(session, Circle_dots_append(circle, corm_new(session, Dot)));
        Label *label = corm_new(session, Label, .words = "hi");
        assert_ok(session, Board_shapes_append(board, corm_as(Shape, label)));
        assert_ok(session, Board_notes_append(board, corm_new(session, Note)));
        assert_ok(session, Board_notes_append(board, corm_new(session, Note)));
    }
    start_afresh(session);
    return 0;
}

#define SHAPES_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_shapes, close_session)

static void stock(corm_session *session, int users)
{
    for (int i = 0; i < users; i++)
        (void)user_with_posts(session, corm_text(session, "user%04d", i), 3);
    start_afresh(session);
}

static void they_are_not_the_objects_of_the_session(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    User_list seen = corm_all(session, User, .read_only = true, .order_by = corm_asc(User_.id));
    assert_int_equal(seen.count, 2);
    assert_string_equal(seen.items[1]->username, "user0001");
    User *own = corm_get(session, User, 1);
    assert_ptr_not_equal(own, seen.items[0]);
    assert_ran(2, "SELECT");
    assert_int_equal(corm_state(seen.items[0]), CORM_STATE_READ_ONLY);
    assert_false(corm_in_session(session, seen.items[0]));
    assert_false(corm_is_modified(seen.items[0]));
    assert_ptr_equal(corm_session_of(seen.items[0]), session);
    assert_string_equal(corm_model_of(seen.items[0])->name, "User");
}

static void first_one_and_an_empty_list_are_as_with_tracked_objects(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    User *first = corm_first(session, User, .read_only = true);
    assert_got(session, first);
    assert_int_equal(first->id, 1);
    User *one = corm_one(session, User, .where = corm_eq(User_.id, 2), .read_only = true);
    assert_got(session, one);
    assert_string_equal(one->username, "user0001");
    assert_null(corm_one(session, User, .read_only = true));
    assert_int_equal(corm_last_status(), CORM_NOT_UNIQUE);
    assert_null(corm_first(session, User, .where = corm_eq(User_.id, 9), .read_only = true));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_int_equal(
        corm_all(session, User, .where = corm_eq(User_.id, 9), .read_only = true).count, 0);
}

static void what_is_assigned_to_one_is_written_nowhere(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    User *user = corm_first(session, User, .read_only = true);
    user->age = corm_some(99);
    user->email = "else@example.com";
    record(session);
    assert_ok(session, corm_flush(session));
    assert_no_sql();
    assert_stored(session, "someone@example.com|NULL", "SELECT email, age FROM users");
}

static void what_is_pending_is_flushed_before_and_seen(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    User *own = corm_get(session, User, 1);
    own->age = corm_some(30);
    User *seen = corm_first(session, User, .read_only = true);
    assert_int_equal(seen->age.value, 30);
}

static void they_cannot_be_added_deleted_or_linked(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    Post *post = corm_first(session, Post, .read_only = true);
    User *user = corm_first(session, User, .read_only = true);
    User *own = corm_get(session, User, 1);
    assert_status(session, CORM_MISUSE, corm_add(session, post));
    assert_message(session, "corm_add: Post \"user0000 1\" is read-only: it came from a query with "
                            ".read_only = true, and no session tracks it; to change the row, "
                            "corm_get it by its key");
    assert_status(session, CORM_MISUSE, corm_delete(session, post));
    assert_message(session, "corm_delete: Post \"user0000 1\" is read-only");
    assert_status(session, CORM_MISUSE, User_posts_append(own, post));
    assert_message(session, "append: Post \"user0000 1\" is read-only");
    assert_status(session, CORM_MISUSE, User_posts_remove(user, post));
    assert_status(session, CORM_MISUSE, User_posts_replace(user, NULL, 0));
    assert_status(session, CORM_MISUSE, Post_author_user_set(post, own));
    assert_message(session, "set: Post \"user0000 1\" is read-only");
    assert_status(session, CORM_MISUSE, corm_expunge(session, post));
    assert_status(session, CORM_MISUSE, corm_refresh(session, post));
    assert_status(session, CORM_MISUSE, corm_expire(session, post));
    assert_status(session, CORM_MISUSE, corm_current(post));
    assert_status(session, CORM_MISUSE, corm_free(post));
    assert_status(session, CORM_MISUSE, corm_touch(post, Post_.title));
    assert_status(session, CORM_MISUSE, corm_unset(post, Post_.title));
    assert_null(corm_merge(session, post));
    assert_false(corm_is_unset(post, Post_.title));
    assert_ok(session, corm_commit(session));
}

static void a_relationship_that_was_not_loaded_with_the_query_is_an_error(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    User *user = corm_first(session, User, .read_only = true);
    record(session);
    assert_int_equal(User_posts(user).count, 0);
    assert_int_equal(corm_last_status(), CORM_NOT_LOADED);
    assert_message(session,
                   "User.posts was not loaded with the query of User \"user0000\", which is "
                   "read-only: name it in the query's .load, or leave .read_only out");
    Post *post = corm_first(session, Post, .read_only = true);
    assert_null(Post_author_user(post));
    assert_message(session, "Post.author_user was not loaded with the query");
    assert_int_equal(corm_related_list(post, User_.posts).count, 0);
    assert_message(session, "the relationship is one of User, the object is of Post");
    assert_null(corm_related_one(user, User_.posts));
    assert_message(session, "User.posts is a collection");
    assert_ran(1, "SELECT");
}

static void relationships_of_the_query_are_loaded_by_statements_of_their_own(void **state)
{
    corm_session *session = *state;
    stock(session, 40);
    User_list users =
        corm_all(session, User, .load = corm_load(User_.posts, Post_.tags), .read_only = true);
    assert_ran(3, "SELECT");
    size_t posts = 0;
    for (size_t i = 0; i < users.count; i++) {
        Post_list own = User_posts(users.items[i]);
        posts += own.count;
        assert_int_equal(User_posts_count(users.items[i]), 3);
        assert_true(User_posts_contains(users.items[i], own.items[2]));
        assert_ptr_equal(Post_author_user(own.items[0]), users.items[i]);
        assert_int_equal(Post_tags(own.items[0]).count, 0);
        assert_true(own.items[0]->id < own.items[1]->id);
    }
    assert_int_equal(posts, 120);
    assert_ran(3, "SELECT");
}

static void relationships_of_the_query_are_joined(void **state)
{
    corm_session *session = *state;
    stock(session, 40);
    User_list users =
        corm_all(session, User, .load = corm_load_joined(User_.posts, Post_.comments), .limit = 7,
                 .offset = 2, .order_by = corm_asc(User_.username), .read_only = true);
    assert_int_equal(users.count, 7);
    assert_int_equal(users.items[0]->id, 3);
    for (size_t i = 0; i < users.count; i++) {
        assert_int_equal(User_posts(users.items[i]).count, 3);
        assert_int_equal(Post_comments(User_posts(users.items[i]).items[0]).count, 0);
        assert_ptr_equal(Post_author_user(User_posts(users.items[i]).items[1]), users.items[i]);
    }
    assert_ran(1, "SELECT");
}

static void one_row_is_one_object_among_those_that_came_together(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    run_sql(session, "INSERT INTO tags VALUES (1, 'a'), (2, 'b')");
    run_sql(session, "INSERT INTO post_tags SELECT posts.id, tags.id FROM posts, tags");
    record(session);
    Post_list posts = corm_all(
        session, Post, .read_only = true,
        .load = corm_loads(corm_load(Post_.author_user, Post_.tags), corm_load(Tag_posts_)));
    assert_int_equal(posts.count, 6);
    assert_ran(4, "SELECT");
    assert_ptr_equal(Post_author_user(posts.items[0]), Post_author_user(posts.items[1]));
    assert_ptr_not_equal(Post_author_user(posts.items[0]), Post_author_user(posts.items[5]));
    Tag *tag = Post_tags(posts.items[3]).items[1];
    assert_string_equal(tag->name, "b");
    assert_ptr_equal(tag, Post_tags(posts.items[0]).items[1]);
    assert_int_equal(Tag_posts(tag).count, 6);
    assert_ptr_equal(Tag_posts(tag).items[3], posts.items[3]);
    Post_list joined =
        corm_all(session, Post, .read_only = true, .order_by = corm_asc(Post_.id),
                 .load = corm_load_joined(Post_.author_user, Post_.tags, Post_.comments));
    assert_int_equal(joined.count, 6);
    assert_int_equal(Post_tags(joined.items[5]).count, 2);
    assert_ptr_equal(Post_tags(joined.items[5]).items[1], Post_tags(joined.items[0]).items[1]);
    assert_ptr_equal(Post_author_user(joined.items[0]), Post_author_user(joined.items[2]));
}

static void more_owners_than_fit_one_statement_are_loaded_in_several(void **state)
{
    corm_session *session = *state;
    run_sql(session,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
            "INSERT INTO users SELECT i, 'u' || i, '', NULL, 1 FROM n");
    run_sql(session, "INSERT INTO posts SELECT id, 't', id FROM users");
    record(session);
    User_list users = corm_all(session, User, .load = corm_load(User_.posts), .read_only = true);
    assert_int_equal(users.count, 2500);
    assert_ran(4, "SELECT");
    for (size_t i = 0; i < users.count; i++) {
        assert_int_equal(User_posts(users.items[i]).count, 1);
        assert_true(User_posts(users.items[i]).items[0]->user_id == users.items[i]->id);
    }
}

static void each_row_is_an_object_of_its_own_model(void **state)
{
    corm_session *session = *state;
    Shape_list all = corm_all(session, Shape, .read_only = true, .order_by = corm_asc(Shape_.id));
    assert_int_equal(all.count, 4);
    Circle *circle = corm_as(Circle, all.items[0]);
    assert_got(session, circle);
    assert_true(circle->radius == 1.5);
    assert_null(corm_as(Label, all.items[0]));
    assert_string_equal(corm_as(Label, all.items[1])->words, "hi");
    record(session);
    all = corm_all(session, Shape, .read_only = true, .load = corm_load(Circle_.dots, Shape_.board),
                   .order_by = corm_desc(Shape_.id), .limit = 3);
    assert_int_equal(all.count, 3);
    assert_int_equal(Circle_dots(corm_as(Circle, all.items[1])).count, 2);
    assert_string_equal(Shape_board(all.items[1])->code, "b");
    assert_string_equal(Shape_board(all.items[2])->code, "a");
    assert_ptr_equal(Shape_board(all.items[0]), Shape_board(all.items[1]));
}

static void what_is_declared_to_come_along_comes_along(void **state)
{
    corm_session *session = *state;
    Board_list boards =
        corm_all(session, Board, .read_only = true, .order_by = corm_asc(Board_.id));
    assert_int_equal(boards.count, 2);
    assert_ran(2, "SELECT");
    assert_int_equal(Board_shapes(boards.items[1]).count, 2);
    assert_ptr_equal(Shape_board(Board_shapes(boards.items[1]).items[0]), boards.items[1]);
    assert_int_equal(Board_owner(boards.items[0])->board_id, boards.items[0]->id);
    record(session);
    Board *board = corm_first(session, Board, .read_only = true,
                              .load = corm_load_later(Board_.shapes, Board_.owner));
    assert_ran(1, "SELECT");
    assert_int_equal(Board_shapes(board).count, 0);
    assert_int_equal(corm_last_status(), CORM_NOT_LOADED);
}

static void a_reference_to_another_column_than_the_key_is_loaded_too(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < 2; way++) {
        Note_list notes =
            corm_all(session, Note, .read_only = true, .order_by = corm_asc(Note_.id),
                     .load = way == 0 ? corm_load(Note_.board) : corm_load_joined(Note_.board));
        assert_int_equal(notes.count, 4);
        for (size_t i = 0; i < notes.count; i++)
            assert_string_equal(Note_board(notes.items[i])->code, notes.items[i]->code);
        assert_ptr_equal(Note_board(notes.items[0]), Note_board(notes.items[1]));
    }
    Board_list boards = corm_all(session, Board, .read_only = true,
                                 .load = corm_load(Board_.notes, Note_.board, Board_.notes));
    assert_int_equal(Board_notes(boards.items[1]).count, 2);
}

static void they_live_until_the_next_transaction_begins(void **state)
{
    corm_session *session = *state;
    stock(session, 3);
    User_list users = corm_all(session, User, .read_only = true, .load = corm_load(User_.posts));
    for (int i = 0; i < 200; i++) /* others do not disturb them */
        assert_int_equal(corm_all(session, User, .read_only = true).count, 3);
    assert_ok(session, corm_commit(session));
    assert_string_equal(users.items[2]->username, "user0002");
    assert_int_equal(User_posts(users.items[2]).count, 3);
    User *user = users.items[2];
    assert_int_equal(corm_count(session, User), 3);
    assert_int_equal(corm_state(user), CORM_STATE_NONE);
    user = corm_first(session, User, .read_only = true);
    assert_got(session, user);
    corm_free_lists(session);
    assert_int_equal(corm_state(user), CORM_STATE_NONE);
    user = corm_first(session, User, .read_only = true);
    assert_int_equal(corm_state(user), CORM_STATE_READ_ONLY);
    assert_ok(session, corm_clear(session));
    assert_int_equal(corm_state(user), CORM_STATE_NONE);
}

static void many_of_them_are_given_back_to_the_system(void **state)
{
    corm_session *session = *state;
    run_sql(session,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
            "INSERT INTO users SELECT i, 'user number ' || i, 'someone', i % 90, 1 FROM n");
    assert_ok(session, corm_commit(session));
    for (int i = 0; i < 3; i++) {
        User_list users = corm_all(session, User, .read_only = true);
        assert_int_equal(users.count, 40000);
        assert_string_equal(users.items[39999]->username, "user number 40000");
        assert_ok(session, corm_commit(session));
    }
}

static void what_is_related_to_one_can_be_queried(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    User_list users = corm_all(session, User, .read_only = true, .order_by = corm_asc(User_.id));
    assert_int_equal(
        corm_count(session, Post, .where = corm_related_to(User_.posts, users.items[1])), 3);
    assert_ok(session, corm_commit(session));
    assert_int_equal(
        corm_count(session, Post, .where = corm_related_to(User_.posts, users.items[1])), -1);
    assert_message(session, "corm_related_to(User_.posts, ...): the object is read-only and its "
                            "transaction is over: compare its key");
}

static void a_value_that_does_not_fit_is_an_error(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    run_sql(session, "UPDATE users SET active = 7 WHERE id = 2");
    assert_int_equal(corm_all(session, User, .read_only = true).count, 0);
    assert_int_equal(corm_last_status(), CORM_DATA);
    assert_message(session, "users.active: ");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_all(session, User, .read_only = true).count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(they_are_not_the_objects_of_the_session),
        BLOG_TEST(first_one_and_an_empty_list_are_as_with_tracked_objects),
        BLOG_TEST(what_is_assigned_to_one_is_written_nowhere),
        BLOG_TEST(what_is_pending_is_flushed_before_and_seen),
        BLOG_TEST(they_cannot_be_added_deleted_or_linked),
        BLOG_TEST(a_relationship_that_was_not_loaded_with_the_query_is_an_error),
        BLOG_TEST(relationships_of_the_query_are_loaded_by_statements_of_their_own),
        BLOG_TEST(relationships_of_the_query_are_joined),
        BLOG_TEST(one_row_is_one_object_among_those_that_came_together),
        BLOG_TEST(more_owners_than_fit_one_statement_are_loaded_in_several),
        SHAPES_TEST(each_row_is_an_object_of_its_own_model),
        SHAPES_TEST(what_is_declared_to_come_along_comes_along),
        SHAPES_TEST(a_reference_to_another_column_than_the_key_is_loaded_too),
        BLOG_TEST(they_live_until_the_next_transaction_begins),
        BLOG_TEST(many_of_them_are_given_back_to_the_system),
        BLOG_TEST(what_is_related_to_one_can_be_queried),
        BLOG_TEST(a_value_that_does_not_fit_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
