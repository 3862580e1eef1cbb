/* moments: what is loaded when, what flushes and what does not, and what stands in which order after it. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define NODE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Node, id))                         \
    RELATIONSHIP(ONE_TO_MANY, children, Node, parent, .order_by = corm_by(Node, id),               \
                 .cascade = CORM_CASCADE_ALL)                                                      \
    RELATIONSHIP(MANY_TO_ONE, parent, Node, children)

#define FOREST(MODEL) MODEL(Node, "nodes", NODE)
/* clang-format on */

CORM_SCHEMA(forest, FOREST)

static int open_forest(void **state)
{
    *state = memory_session(&forest);
    return *state == NULL;
}

#define FOREST_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_forest, close_session)

static Node *new_node(corm_session *session, const char *name)
{
    Node *node = corm_new(session, Node, .name = name);
    assert_got(session, node);
    return node;
}

static Node *added_node(corm_session *session, const char *name)
{
    Node *node = new_node(session, name);
    assert_ok(session, corm_add(session, node));
    return node;
}

static Post *new_post(corm_session *session, const char *title)
{
    Post *post = corm_new(session, Post, .title = title);
    assert_got(session, post);
    return post;
}

/* ---- Collections that were appended to ------------------------------------------------------- */

static void what_is_linked_after_an_append_stands_after_it(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 0);
    assert_ok(session, corm_commit(session));
    Post *first = new_post(session, "first"), *second = new_post(session, "second");
    assert_ok(session, User_posts_append(alice, first));
    assert_ok(session, corm_add(session, second));
    assert_ok(session, Post_author_user_set(second, alice));
    for (int flushed = 0; flushed < 2; flushed++) {
        Post_list posts = User_posts(alice);
        assert_int_equal(posts.count, 2);
        assert_ptr_equal(posts.items[0], first);
        assert_ptr_equal(posts.items[1], second);
        assert_ok(session, corm_flush(session));
    }
}

static void what_is_appended_to_a_collection_that_was_fetched_ahead_stands_last(void **state)
{
    corm_session *session = *state;
    Node *one = added_node(session, "one"), *two = added_node(session, "two");
    Node *first = new_node(session, "first"), *last = new_node(session, "last");
    assert_ok(session, Node_children_append(one, first));
    assert_ok(session, corm_flush(session)); /* it comes before the other by its key */
    assert_ok(session, Node_children_append(two, last));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_all(session, Node).count, 4);
    assert_int_equal(Node_children(one).count, 1); /* and those of all the others */
    assert_ok(session, Node_children_append(two, first));
    assert_ok(session, corm_flush(session));
    Node_list children = Node_children(two);
    assert_int_equal(children.count, 2);
    assert_ptr_equal(children.items[0], last);
    assert_ptr_equal(children.items[1], first);
}

static void what_was_linked_before_an_append_stands_before_it(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    assert_ok(session, corm_commit(session));
    Post *first = new_post(session, "first"), *second = new_post(session, "second"),
         *third = new_post(session, "third");
    assert_ok(session, Post_author_user_set(first, alice));
    assert_ok(session, User_posts_append(alice, second));
    assert_ok(session, Post_author_user_set(third, alice));
    Post_list posts = User_posts(alice);
    assert_int_equal(posts.count, 4);
    assert_ptr_equal(posts.items[1], first);
    assert_ptr_equal(posts.items[2], second);
    assert_ptr_equal(posts.items[3], third);
}

static void what_is_taken_out_and_put_back_stands_last(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 2);
    Post *one = User_posts(alice).items[0], *two = User_posts(alice).items[1];
    assert_ok(session, corm_commit(session));
    Post *three = new_post(session, "three");
    assert_ok(session, User_posts_append(alice, three));
    assert_ok(session, User_posts_remove(alice, one));
    assert_ok(session, User_posts_append(alice, one));
    Post_list posts = User_posts(alice);
    assert_int_equal(posts.count, 3);
    assert_ptr_equal(posts.items[0], two);
    assert_ptr_equal(posts.items[1], three);
    assert_ptr_equal(posts.items[2], one);
}

static void looking_at_a_collection_that_was_changed_does_not_flush(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 2);
    Post *one = User_posts(alice).items[0];
    assert_ok(session, corm_commit(session));
    Post *untitled = corm_new(session, Post, .title = "later");
    assert_ok(session, corm_unset(untitled, Post_.title));
    record(session);
    assert_ok(session, User_posts_append(alice, untitled));
    assert_int_equal(User_posts(alice).count, 3);
    assert_ran(0, "INSERT");
    assert_ok(session, User_posts_remove(alice, one));
    assert_int_equal(User_posts_count(alice), 2);
    assert_ran(0, "DELETE");
    assert_true(corm_is_modified(alice));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
}

static void what_was_appended_is_expunged_with_its_owner(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 0);
    assert_ok(session, corm_commit(session));
    Post *post = new_post(session, "one");
    assert_ok(session, User_posts_append(alice, post));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_expunge(session, alice));
    assert_int_equal(corm_state(post), CORM_STATE_DETACHED);
    assert_ok(session, corm_free(post));
    assert_ok(session, corm_free(alice));
}

static void what_is_new_and_linked_is_expunged_with_its_owner_and_comes_back_with_it(void **state)
{
    corm_session *session = *state;
    for (int stored = 0; stored < 2; stored++) {
        Node *parent = added_node(session, "parent"), *child = new_node(session, "child");
        assert_ok(session, stored ? corm_commit(session) : CORM_OK);
        assert_int_equal(Node_children(parent).count, 0);
        assert_ok(session, Node_parent_set(child, parent));
        assert_ok(session, corm_expunge(session, parent));
        assert_int_equal(corm_state(child), CORM_STATE_TRANSIENT);
        assert_ptr_equal(Node_parent(child), parent);
        assert_ok(session, corm_add(session, parent));
        assert_ok(session, corm_commit(session));
        assert_int_equal(corm_state(child), CORM_STATE_PERSISTENT);
        assert_int_equal(child->parent_id.value, parent->id);
    }
    assert_stored(session, "parent|NULL;child|1;parent|NULL;child|3",
                  "SELECT name, parent_id FROM nodes ORDER BY id");
    Node *parent = added_node(session, "parent"), *child = new_node(session, "child");
    assert_ok(session, Node_parent_set(child, parent));
    assert_ok(session, corm_expunge(session, parent));
    assert_ok(session, corm_free(parent));
    assert_ok(session, corm_free(child));
}

/* It comes back itself with an owner that was inserted in the same transaction, but not if it had its row before. */
static void what_is_expunged_takes_no_sibling_from_a_new_owner(void **state)
{
    corm_session *session = *state;
    for (int stored = 0; stored < 2; stored++) {
        Node *leaves = added_node(session, "leaves"), *stays = new_node(session, "stays");
        assert_ok(session, stored ? corm_commit(session) : CORM_OK);
        Node *parent = added_node(session, "parent");
        assert_ok(session, Node_children_append(parent, leaves));
        assert_ok(session, Node_children_append(parent, stays));
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_expunge(session, leaves));
        assert_int_equal(corm_state(leaves), CORM_STATE_DETACHED);
        assert_ok(session, corm_rollback(session));
        assert_ok(session, corm_add(session, parent));
        assert_ok(session, corm_flush(session));
        assert_int_equal(corm_state(stays), CORM_STATE_PERSISTENT);
        assert_stored(session, stored ? "leaves|0;parent|0;stays|1" : "leaves|1;parent|0;stays|1",
                      "SELECT name, parent_id IS NOT NULL FROM nodes ORDER BY name");
        assert_ok(session, corm_rollback(session));
        if (stored)
            assert_ok(session, corm_free(leaves));
    }
}

static void what_was_fetched_ahead_is_not_expunged_with_its_owner(void **state)
{
    corm_session *session = *state;
    for (int i = 0; i < 2; i++)
        assert_ok(session,
                  Node_children_append(added_node(session, "root"), new_node(session, "child")));
    assert_ok(session, corm_commit(session));
    start_afresh(session);
    Node_list roots = corm_all(session, Node, .where = corm_is_null(Node_.parent_id));
    Node_list children = corm_all(session, Node, .where = corm_is_not_null(Node_.parent_id));
    assert_int_equal(roots.count, 2);
    assert_int_equal(children.count, 2);
    assert_int_equal(Node_children(roots.items[0]).count,
                     1); /* and those of the other one with it */
    assert_ok(session, corm_expunge(session, roots.items[1]));
    assert_true(corm_in_session(session, children.items[1]));
    assert_ok(session, corm_expunge(session, roots.items[0]));
    assert_false(corm_in_session(session, children.items[0]));
    for (int i = 0; i < 2; i++)
        assert_ok(session, corm_free(roots.items[i]));
    assert_ok(session, corm_free(children.items[0]));
}

static void what_was_appended_expires_with_its_owner(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 0);
    assert_ok(session, corm_commit(session));
    Post *post = new_post(session, "one");
    assert_ok(session, User_posts_append(alice, post));
    assert_ok(session, corm_flush(session));
    run_sql(session, "UPDATE posts SET title = 'two'");
    assert_ok(session, corm_expire(session, alice));
    assert_ok(session, corm_current(post));
    assert_string_equal(post->title, "two");
}

static void an_empty_collection_of_a_new_object_is_read_after_the_flush(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 0);
    assert_int_equal(User_posts(alice).count, 0);
    assert_ok(session, corm_flush(session));
    run_sql(session, "INSERT INTO posts (title, user_id) VALUES ('one', 1)");
    assert_int_equal(User_posts(alice).count, 1);
}

static void what_was_deleted_while_expired_knows_its_parent(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    Comment *comment = corm_new(session, Comment, .body = "Yes");
    Post *post = User_posts(alice).items[0];
    assert_ok(session, Post_comments_append(post, comment));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, comment));
    assert_ok(session, corm_flush(session));
    assert_ptr_equal(Comment_post(comment), post);
}

/* ---- New parents ----------------------------------------------------------------------------- */

static void a_new_item_brings_the_parent_that_it_had(void **state)
{
    corm_session *session = *state;
    Node *before = new_node(session, "before"), *now = added_node(session, "now");
    Node *child = new_node(session, "child");
    assert_ok(session, Node_parent_set(child, before));
    assert_ok(session, Node_children_append(now, child));
    assert_int_equal(corm_state(before), CORM_STATE_PENDING);
    assert_ok(session, corm_flush(session));
    assert_int_equal(child->parent_id.value, now->id);
    assert_stored(session, "3", "SELECT count(*) FROM nodes");
}

/* Whether by its reference or through the collection. */
static void what_was_moved_before_it_was_deleted_goes_with_the_next_flush(void **state)
{
    corm_session *session = *state;
    Node *target = added_node(session, "target");
    for (int through = 0; through < 2; through++) {
        Node *child = added_node(session, "child");
        assert_ok(session, corm_commit(session));
        assert_ok(session,
                  through ? Node_children_append(target, child) : Node_parent_set(child, target));
        assert_ok(session, corm_delete(session, child));
        assert_ok(session, corm_flush(session));
        assert_stored(session, "target|NULL;child|1",
                      "SELECT name, parent_id FROM nodes ORDER BY id");
        assert_ok(session, corm_flush(session));
        assert_stored(session, "target", "SELECT name FROM nodes");
    }
}

static void what_was_put_to_a_parent_stays_where_the_parent_is_added_again(void **state)
{
    corm_session *session = *state;
    Node *parent = added_node(session, "parent"), *child = added_node(session, "child");
    assert_ok(session, corm_commit(session));
    assert_int_equal(Node_children(parent).count, 0);
    assert_ok(session, Node_parent_set(child, parent));
    assert_ok(session, corm_delete(session, parent)); /* the child with it */
    assert_ok(session, corm_add(session, parent));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "parent|NULL;child|1", "SELECT name, parent_id FROM nodes ORDER BY id");
    assert_true(corm_is_marked_deleted(child));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "parent", "SELECT name FROM nodes");
}

static void a_new_object_does_not_come_in_through_what_is_deleted(void **state)
{
    corm_session *session = *state;
    Node *parent = added_node(session, "parent"), *child = new_node(session, "child");
    assert_ok(session, corm_commit(session));
    assert_ok(session, Node_parent_set(child, parent));
    assert_ok(session, corm_delete(session, parent));
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_state(child), CORM_STATE_TRANSIENT);
    assert_stored(session, "0", "SELECT count(*) FROM nodes");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_add(session, child));
    assert_ok(session, corm_flush(session));
    assert_int_equal(child->parent_id.value, parent->id);
}

static void a_value_that_is_assigned_ends_unset(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    Post *post = User_posts(alice).items[0];
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(post));
    const char *title = post->title;
    record(session);
    assert_ok(session, corm_unset(post, Post_.title));
    assert_true(corm_is_unset(post, Post_.title));
    post->title = title;
    assert_false(corm_is_unset(post, Post_.title));
    assert_false(corm_is_modified(post));
    assert_ok(session, corm_flush(session));
    assert_no_sql();
    assert_ok(session, corm_unset(post, Post_.title));
    post->title = "another";
    assert_ok(session, corm_flush(session));
    assert_stored(session, "another", "SELECT title FROM posts");
    assert_ok(session, corm_unset(post, Post_.title));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
}

/* ---- What is deleted ------------------------------------------------------------------------- */

static void what_is_to_be_deleted_is_known_until_the_flush(void **state)
{
    corm_session *session = *state;
    Node *node = added_node(session, "node");
    assert_ok(session, corm_commit(session));
    run_sql(session, "UPDATE nodes SET name = 'renamed'");
    assert_ok(session, corm_delete(session, node));
    record(session);
    assert_ok(session, corm_current(node));
    assert_string_equal(node->name, "renamed");
    assert_ptr_equal(corm_get(session, Node, node->id), node);
    assert_no_sql();
}

static void a_row_that_is_gone_can_be_deleted(void **state)
{
    corm_session *session = *state;
    Node *node = added_node(session, "node");
    assert_ok(session, corm_commit(session));
    run_sql(session, "DELETE FROM nodes");
    assert_ok(session, corm_delete(session, node));
    assert_ok(session, corm_commit(session));
}

static void what_a_get_has_found_gone_can_be_read_no_more(void **state)
{
    corm_session *session = *state;
    Node *parent = added_node(session, "parent"), *child = new_node(session, "child");
    assert_ok(session, Node_children_append(parent, child));
    assert_ok(session, corm_commit(session));
    run_sql(session, "DELETE FROM nodes WHERE id = 2");
    assert_ok(session, corm_expire_all(session));
    assert_null(corm_get(session, Node, 2));
    assert_ok(session, corm_last_status());
    assert_int_equal(corm_state(child), CORM_STATE_DELETED);
    assert_status(session, CORM_ROW_MISSING, corm_current(child));
    assert_null(Node_parent(child));
    assert_status(session, CORM_ROW_MISSING, corm_last_status());
    assert_int_equal(Node_children(child).count, 0);
    assert_status(session, CORM_ROW_MISSING, corm_last_status());
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_current(child));
    assert_ptr_equal(Node_parent(child), parent);
}

static void a_flush_may_delete_what_is_being_looked_at(void **state)
{
    corm_session *session = *state;
    Node *parent = added_node(session, "parent"), *child = new_node(session, "child");
    assert_ok(session, Node_children_append(parent, child));
    start_afresh(session);
    child = corm_one(session, Node, .where = corm_eq(Node_.name, "child"));
    assert_got(session, child);
    assert_ok(session, corm_delete(session, child));
    record(session);
    for (int i = 0; i < 2; i++) {
        parent = Node_parent(child); /* the first flushes the delete */
        assert_got(session, parent);
        assert_string_equal(parent->name, "parent");
        assert_int_equal(corm_state(child), CORM_STATE_DELETED);
    }
    assert_ran(1, "DELETE");
    assert_ok(session, corm_rollback(session));
    assert_ptr_equal(Node_parent(child), parent);
}

static void a_collection_of_what_a_flush_deletes_is_empty(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    Post *post = User_posts(alice).items[0];
    Comment *comment = corm_new(session, Comment, .body = "Yes");
    assert_ok(session, Post_comments_append(post, comment));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(post));
    assert_ok(session, corm_delete(session, post));
    assert_int_equal(Post_comments(post).count, 0);
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_int_equal(corm_state(post), CORM_STATE_DELETED);
    assert_false(comment->post_id.has_value);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(Post_comments(post).count, 1);
    /* what was expired when it was deleted is told as missing */
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_delete(session, post));
    assert_int_equal(Post_comments(post).count, 0);
    assert_int_equal(corm_last_status(), CORM_ROW_MISSING);
    assert_message(session, "posts: the row of Post \"alice 1\" is gone");
}

/* ---- The order of new rows in a tree --------------------------------------------------------- */

static const char by_id[] = "SELECT name FROM nodes ORDER BY id";

static void rows_of_a_tree_are_inserted_by_their_depth(void **state)
{
    corm_session *session = *state;
    /* what stands beside a tree comes with the roots; taken out of one, it comes after them */
    Node *root = added_node(session, "root"), *leaf = new_node(session, "leaf");
    assert_ok(session, Node_children_append(root, leaf));
    Node *out = new_node(session, "out");
    assert_ok(session, Node_children_append(root, out));
    assert_ok(session, Node_children_remove(root, out));
    (void)added_node(session, "beside");
    assert_ok(session, corm_flush(session));
    assert_stored(session, "root;beside;out;leaf", by_id);
}

static void a_stored_parent_counts_for_the_depth_of_its_new_children(void **state)
{
    corm_session *session = *state;
    Node *root = added_node(session, "root"), *inner = new_node(session, "inner");
    assert_ok(session, Node_children_append(root, inner));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Node_children(root).count, 1);
    Node *deep = added_node(session, "deep"), *flat = added_node(session, "flat");
    assert_ok(session, Node_parent_set(deep, inner));
    assert_ok(session, Node_children_append(root, flat));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "root;inner;flat;deep", by_id);
}

static void a_circle_that_only_the_order_would_have_is_none(void **state)
{
    corm_session *session = *state;
    Node *upper = added_node(session, "upper"), *lower = added_node(session, "lower");
    assert_ok(session, Node_parent_set(lower, upper));
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(Node_parent(lower), upper);
    /* lower stays under upper, the new one comes under lower, and upper under the new one */
    Node *new_one = added_node(session, "new");
    assert_ok(session, Node_parent_set(new_one, lower));
    assert_ok(session, Node_parent_set(upper, new_one));
    record(session);
    assert_ok(session, corm_flush(session));
    assert_ran(1, "INSERT");
    assert_ran(1, "UPDATE");
    assert_stored(session, "upper|3;lower|1;new|2",
                  "SELECT name, parent_id FROM nodes ORDER BY id");
}

/* ---- What leaves the session ----------------------------------------------------------------- */

static void a_relationship_that_expired_is_not_taken_along(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 0);
    assert_int_equal(User_posts(alice).count, 0);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_expunge(session, alice));
    assert_int_equal(User_posts(alice).count, 0);
    assert_int_equal(corm_last_status(), CORM_DETACHED);
    assert_ok(session, corm_free(alice));
}

static void what_was_deleted_stays_readable(void **state)
{
    corm_session *session = *state;
    Node *node = added_node(session, "node");
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_delete(session, node));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(node));
    assert_ok(session, corm_expunge_all(session));
    assert_ok(session, corm_current(node));
    assert_string_equal(node->name, "node");
    assert_int_equal(Node_children(node).count, 0);
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_ok(session, corm_free(node));
}

/* ---- Objects that belong to no session ------------------------------------------------------- */

static void a_list_of_no_session_is_replaced_while_an_item_is_in_one(void **state)
{
    corm_session *session = *state;
    Node *parent = added_node(session, "parent"), *other = new_node(session, "other");
    Node *first = new_node(session, "first"), *second = new_node(session, "second");
    assert_ok(session, Node_children_append(parent, first));
    assert_ok(session, Node_children_append(parent, second));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Node_children(parent).count, 2);
    assert_ok(session, corm_expunge_all(session));
    assert_ok(session, corm_add(session, other));
    assert_ok(session, Node_children_append(other, first)); /* brings it into the session */
    assert_ok(session, Node_children_replace(parent, &second, 1));
    assert_int_equal(Node_children(parent).count, 1);
    assert_ptr_equal(Node_children(parent).items[0], second);
    assert_ok(session, Node_children_replace(parent, NULL, 0));
    assert_int_equal(Node_children(parent).count, 0);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "first|1;other|0;parent|0;second|1",
                  "SELECT name, parent_id IS NOT NULL FROM nodes ORDER BY name");
    assert_ok(session, corm_free(parent));
    assert_ok(session, corm_free(second));
}

static void what_is_outside_forgets_who_was_freed_or_went_into_a_session(void **state)
{
    corm_session *session = *state, *other = memory_session(&forest);
    Node *parent = added_node(session, "parent"), *into = new_node(other, "into");
    for (int i = 0; i < 3; i++)
        assert_ok(session, Node_children_append(parent, new_node(session, "child")));
    assert_ok(session, corm_commit(session));
    Node_list children = Node_children(parent); /* the children do not know it */
    assert_ok(session, corm_expunge_all(session));
    assert_int_equal(Node_children(parent).count, 3);
    children = Node_children(parent);
    Node *const went = children.items[0], *const freed = children.items[1],
                *const stays = children.items[2];
    assert_ok(other, corm_add(other, into));
    assert_ok(other, Node_children_append(into, went));
    assert_ok(session, corm_free(freed));
    assert_int_equal(Node_children(parent).count, 1);
    assert_ptr_equal(Node_children(parent).items[0], stays);
    assert_ptr_equal(children.items[0], went); /* the list that the program has is as it was */
    corm_session_close(other);
    assert_int_equal(Node_children(parent).count, 1);
    assert_ok(NULL, Node_parent_set(stays, parent));
    assert_ok(session, corm_free(parent));
    assert_null(Node_parent(stays));
    assert_ok(session, corm_free(stays));
}

static void objects_of_no_session_can_be_linked(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    Tag *tag = corm_new(session, Tag, .name = "news");
    Post *other = new_post(session, "other");
    assert_ok(session, corm_add(session, tag));
    assert_ok(session, corm_commit(session));
    Post *post = User_posts(alice).items[0];
    assert_int_equal(Post_tags(post).count + Tag_posts(tag).count, 0);
    assert_ok(session, corm_expunge_all(session));
    Post_list before = User_posts(alice);
    assert_ok(NULL, User_posts_append(alice, other));
    assert_ok(NULL, Post_tags_append(post, tag));
    assert_int_equal(before.count, 1);
    assert_ptr_equal(before.items[0], post);
    assert_int_equal(User_posts(alice).count, 2);
    assert_ptr_equal(Post_author_user(other), alice);
    assert_ptr_equal(Tag_posts(tag).items[0], post);
    assert_int_equal(corm_state(other), CORM_STATE_TRANSIENT);
    assert_null(corm_session_of(other));
    assert_ok(session, corm_add(session, alice));
    assert_int_equal(corm_state(other), CORM_STATE_PENDING);
    assert_ptr_equal(corm_session_of(tag), session);
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(before.items[0], post);
    assert_stored(session, "alice 1|1;other|1", "SELECT title, user_id FROM posts ORDER BY id");
    assert_stored(session, "1|1", "SELECT post_id, tag_id FROM post_tags");
}

static void objects_of_no_session_can_be_parted(void **state)
{
    corm_session *session = *state;
    Node *root = added_node(session, "root"), *leaf = new_node(session, "leaf");
    assert_ok(session, Node_children_append(root, leaf));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Node_children(root).count, 1);
    assert_ok(session, corm_expunge_all(session));
    assert_ok(NULL, Node_children_remove(root, leaf));
    assert_int_equal(Node_children(root).count, 0);
    assert_status(NULL, CORM_NOT_MEMBER, Node_children_remove(root, leaf));
    assert_ok(NULL, Node_parent_set(root, NULL));
    assert_ok(session, corm_add(session, root));
    assert_ok(session, corm_add(session, leaf));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "root|NULL;leaf|NULL", "SELECT name, parent_id FROM nodes ORDER BY id");
}

static void a_detached_object_changes_the_collections_that_it_knows(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 0);
    Post *post = new_post(session, "post");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_expunge_all(session));
    assert_status(NULL, CORM_DETACHED, User_posts_append(alice, post));
    /* from the other end nothing has to be known */
    assert_ok(NULL, Post_author_user_set(post, alice));
    assert_ok(session, corm_add(session, post));
    assert_int_equal(corm_state(alice), CORM_STATE_PERSISTENT);
    assert_int_equal(User_posts(alice).count, 1);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "post|1", "SELECT title, user_id FROM posts");
}

static void an_owner_that_comes_back_loses_what_was_moved_outside(void **state)
{
    corm_session *session = *state;
    for (int item_first = 0; item_first < 2; item_first++) {
        Node *old = added_node(session, "old"), *owner = added_node(session, "owner"),
             *item = new_node(session, "item");
        assert_ok(session, Node_children_append(old, item));
        assert_ok(session, corm_commit(session));
        assert_int_equal(Node_children(old).count, 1);
        assert_ok(session, corm_expunge_all(session));
        assert_ok(NULL, Node_parent_set(item, owner));
        assert_ok(session, corm_add(session, item_first ? item : old));
        assert_ok(session, corm_add(session, item_first ? old : item));
        assert_int_equal(Node_children(old).count, 0);
        assert_int_equal(Node_children(owner).count, 1);
        assert_ok(session, corm_commit(session));
        assert_stored(session, "owner",
                      "SELECT p.name FROM nodes p, nodes c WHERE p.id = c.parent_id");
        assert_ok(session, corm_delete(session, owner));
        assert_ok(session, corm_delete(session, old));
        assert_ok(session, corm_commit(session));
        assert_ok(session, corm_clear(session));
    }
}

static void what_was_deleted_can_be_linked_outside_of_the_session(void **state)
{
    corm_session *session = *state;
    Node *gone = added_node(session, "gone"), *fresh = new_node(session, "fresh");
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_delete(session, gone));
    assert_ok(session, corm_flush(session));
    assert_ok(session, Node_children_append(fresh, gone));
    assert_status(session, CORM_OBJECT_DELETED, corm_add(session, fresh));
    assert_ok(session, corm_rollback(session));
}

/* ---- The way back ---------------------------------------------------------------------------- */

static void an_owner_comes_with_its_item_at_the_flush(void **state)
{
    corm_session *session = *state;
    Node *child = added_node(session, "child"), *first = new_node(session, "first"),
         *second = new_node(session, "second");
    assert_ok(session, corm_commit(session));
    assert_ok(session, Node_children_append(first, child));
    assert_int_equal(corm_state(first), CORM_STATE_TRANSIENT);
    assert_ok(session, Node_children_append(second, child));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_state(first), CORM_STATE_TRANSIENT);
    assert_stored(session, "child|2;second|NULL", "SELECT name, parent_id FROM nodes ORDER BY id");
}

static void a_pending_item_leaves_with_the_owner_that_it_had(void **state)
{
    corm_session *session = *state;
    User *bob = corm_new(session, User, .username = "bob", .email = "b@x");
    User *alice = user_with_posts(session, "alice", 1);
    Post *post = User_posts(alice).items[0];
    assert_int_equal(corm_state(post), CORM_STATE_PENDING);
    assert_ok(session, User_posts_append(bob, post));
    assert_int_equal(corm_state(post), CORM_STATE_TRANSIENT);
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "bob", "SELECT username FROM users, posts WHERE users.id = user_id");
}

static void that_a_new_object_refers_to_nobody_outweighs_a_key_that_it_brings(void **state)
{
    corm_session *session = *state;
    Node *root = added_node(session, "root");
    assert_ok(session, corm_flush(session));
    Node *set = corm_new(session, Node, .name = "set", .parent_id = corm_some(root->id));
    Node *removed = corm_new(session, Node, .name = "removed", .parent_id = corm_some(root->id));
    Node *left = corm_new(session, Node, .name = "left", .parent_id = corm_some(root->id));
    assert_ok(session, Node_parent_set(set, NULL));
    assert_ok(session, Node_children_append(root, removed));
    assert_ok(session, Node_children_remove(root, removed));
    assert_ok(session, corm_add(session, set));
    assert_ok(session, corm_add(session, removed));
    assert_ok(session, corm_add(session, left));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "left|1;removed|NULL;set|NULL",
                  "SELECT name, parent_id FROM nodes WHERE id > 1 ORDER BY name");
}

static void a_key_that_must_be_there_is_missed_when_its_reference_is_none(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 0);
    assert_ok(session, corm_commit(session));
    Post *post = corm_new(session, Post, .title = "post", .user_id = alice->id);
    assert_got(session, post);
    assert_ok(session, Post_author_user_set(post, NULL));
    assert_ok(session, corm_add(session, post));
    assert_int_equal(corm_flush(session), CORM_NOT_NULL);
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_add(session, post));
    assert_int_equal(corm_flush(session), CORM_NOT_NULL);
    assert_ok(session, corm_rollback(session));
    assert_ok(session, User_posts_append(alice, post));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "alice", "SELECT username FROM users, posts WHERE users.id = user_id");
}

static void what_was_to_refer_to_nobody_still_does_after_a_rollback(void **state)
{
    corm_session *session = *state;
    Node *root = added_node(session, "root");
    assert_ok(session, corm_commit(session));
    Node *node = corm_new(session, Node, .name = "node", .parent_id = corm_some(root->id));
    assert_ok(session, Node_parent_set(node, NULL));
    assert_ok(session, corm_add(session, node));
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_add(session, node));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "node|NULL", "SELECT name, parent_id FROM nodes WHERE id > 1");
}

static void a_collection_that_was_emptied_is_known_after_the_insert(void **state)
{
    corm_session *session = *state;
    Node *owner = added_node(session, "owner"), *gone = new_node(session, "gone");
    Node *child = new_node(session, "child");
    assert_ok(session, Node_children_append(owner, gone));
    assert_ok(session, Node_children_remove(owner, gone));
    assert_ok(session, corm_expunge(session, owner));
    assert_ok(session, corm_add(session, owner));
    assert_ok(session, corm_flush(session));
    assert_ok(session, Node_parent_set(child, owner));
    assert_int_equal(corm_state(child), CORM_STATE_TRANSIENT);
    assert_ok(session, corm_add(session, owner));
    assert_int_equal(corm_state(child), CORM_STATE_PENDING);
}

/* ---- After a rollback ------------------------------------------------------------------------ */

static void a_new_object_has_what_it_held_before_the_rollback(void **state)
{
    corm_session *session = *state;
    Node *child = added_node(session, "child");
    assert_ok(session, corm_commit(session));
    for (int flushed = 0; flushed < 2; flushed++) {
        Node *parent = added_node(session, flushed ? "second" : "first");
        assert_ok(session, Node_children_append(parent, child));
        if (flushed)
            assert_ok(session, corm_flush(session));
        assert_ok(session, corm_rollback(session));
        assert_int_equal(corm_state(parent), CORM_STATE_TRANSIENT);
        assert_int_equal(Node_children(parent).count, 1);
        assert_ok(session, corm_add(session, parent));
        assert_ok(session, corm_commit(session));
        assert_ptr_equal(Node_parent(child), parent);
        assert_int_equal(Node_children(parent).count, 1);
        assert_int_equal(child->parent_id.value, parent->id);
    }
}

static void what_was_put_elsewhere_since_the_rollback_stays_there(void **state)
{
    corm_session *session = *state;
    Node *child = added_node(session, "child"), *other = added_node(session, "other");
    assert_ok(session, corm_commit(session));
    Node *parent = added_node(session, "parent");
    assert_ok(session, Node_children_append(parent, child));
    assert_ok(session, corm_rollback(session));
    assert_ok(session, Node_parent_set(child, other));
    assert_ok(session, corm_add(session, parent));
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(Node_parent(child), other);
    assert_int_equal(Node_children(parent).count, 0);
}

static void links_of_a_new_object_come_back_with_it(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    assert_ok(session, corm_commit(session));
    Post *post = User_posts(alice).items[0];
    Tag *tag = corm_new(session, Tag, .name = "news");
    assert_ok(session, Tag_posts_append(tag, post));
    assert_ok(session, corm_add(session, tag));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(Post_tags(post).count, 0);
    assert_ok(session, corm_add(session, tag));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Post_tags(post).count, 1);
    assert_stored(session, "1|1", "SELECT post_id, tag_id FROM post_tags");
}

static void a_pending_item_that_was_rolled_back_is_no_member(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 0);
    Post *post = new_post(session, "post");
    assert_ok(session, corm_commit(session));
    assert_ok(session, User_posts_append(alice, post));
    assert_ok(session, corm_rollback(session));
    assert_ptr_equal(Post_author_user(post), alice);
    assert_status(session, CORM_NOT_MEMBER, User_posts_remove(alice, post));
}

/* ---- When something is read ------------------------------------------------------------------ */

static void a_savepoint_waits_for_the_first_statement(void **state)
{
    corm_session *session = *state;
    corm_savepoint outer, inner;
    record(session);
    assert_ok(session, corm_savepoint_begin(session, &outer));
    assert_ok(session, corm_savepoint_begin(session, &inner));
    assert_ok(session, corm_savepoint_rollback(session, inner));
    assert_ok(session, corm_savepoint_begin(session, &inner));
    assert_false(corm_in_transaction(session));
    assert_no_sql();
    (void)added_node(session, "node");
    assert_ok(session, corm_flush(session));
    assert_ran(1, "BEGIN");
    assert_ran(2, "SAVEPOINT");
    assert_ok(session, corm_savepoint_release(session, inner));
    assert_ok(session, corm_savepoint_rollback(session, outer));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "0", "SELECT count(*) FROM nodes");
}

static void who_looks_at_a_collection_looks_at_its_owner(void **state)
{
    corm_session *session = *state;
    Node *node = added_node(session, "node");
    assert_ok(session, corm_commit(session));
    run_sql(session, "UPDATE nodes SET name = 'renamed'");
    assert_int_equal(Node_children(node).count, 0);
    assert_string_equal(node->name, "renamed");
    assert_ok(session, corm_commit(session));
    run_sql(session, "DELETE FROM nodes");
    assert_int_equal(Node_children_count(node), 0);
    assert_int_equal(corm_last_status(), CORM_ROW_MISSING);
    assert_message(session, "nodes: the row of Node \"renamed\" is gone");
}

static void what_a_collection_gains_unseen_does_not_modify_its_owner(void **state)
{
    corm_session *session = *state;
    Node *node = added_node(session, "node"), *child = added_node(session, "child");
    assert_ok(session, corm_commit(session));
    assert_ok(session, Node_parent_set(child, node));
    assert_true(corm_is_modified(child));
    assert_false(corm_is_modified(node));
    assert_int_equal(Node_children(node).count, 1);
    assert_ok(session, Node_children_remove(node, child));
    assert_true(corm_is_modified(node));
}

static void what_a_savepoint_left_alone_stays_loaded_when_it_is_rolled_back(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *alice = user_with_posts(session, "alice", 2), *bob = user_with_posts(session, "bob", 2);
    assert_ok(session, corm_commit(session));
    assert_int_equal(User_posts(alice).count + User_posts(bob).count, 4);
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, User_posts_append(bob, new_post(session, "new")));
    assert_ok(session, corm_flush(session));
    assert_int_equal(User_posts(bob).count, 3);
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    record(session);
    assert_int_equal(User_posts(alice).count, 2);
    assert_int_equal(recorder.count, 0);
    assert_true(corm_is_loaded(alice, User_.username));
    assert_false(corm_is_loaded(bob, User_.username));
    assert_int_equal(User_posts(bob).count, 2);
}

static void what_was_written_before_a_savepoint_is_not_read_again(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *alice = user_with_posts(session, "alice", 2);
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_sql_run(session, "UPDATE users SET age = 7"));
    assert_ok(session, corm_current(alice));
    assert_int_equal(User_posts(alice).count, 2);
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, corm_add(session, new_user(session, "bob")));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    record(session);
    assert_true(corm_is_loaded(alice, User_.age));
    assert_int_equal(User_posts(alice).count, 2);
    assert_int_equal(recorder.count, 0);
}

static void what_a_savepoint_deleted_is_seen_again_by_who_was_loaded_since(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *alice = user_with_posts(session, "alice", 2);
    Post *first = User_posts(alice).items[0], *second = User_posts(alice).items[1];
    Tag *tag = corm_new(session, Tag, .name = "tag");
    assert_ok(session, Post_tags_append(first, tag));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, corm_delete(session, second));
    assert_ok(session, corm_delete(session, tag));
    assert_ok(session, corm_flush(session));
    assert_int_equal(User_posts(alice).count, 1);
    assert_int_equal(Post_tags(first).count, 0);
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_int_equal(User_posts(alice).count, 2);
    assert_int_equal(Post_tags(first).count, 1);
}

static void who_was_loaded_in_a_savepoint_loses_what_it_linked_by_key(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *alice = user_with_posts(session, "alice", 1), *bob = user_with_posts(session, "bob", 0);
    assert_ok(session, corm_commit(session));
    Post *post = User_posts(alice).items[0];
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    post->user_id = bob->id;
    assert_ok(session, corm_flush(session));
    assert_int_equal(User_posts(bob).count, 1);
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_int_equal(User_posts(bob).count, 0);
    assert_int_equal(User_posts(alice).count, 1);
}

static void a_member_that_was_assigned_is_at_hand_although_its_object_expired(void **state)
{
    corm_session *session = *state;
    Node *node = added_node(session, "node");
    assert_ok(session, corm_commit(session));
    added_node(session, "waits");
    assert_false(corm_is_loaded(node, Node_.name));
    node->name = "renamed";
    record(session);
    assert_true(corm_is_loaded(node, Node_.name));
    assert_false(corm_is_loaded(node, Node_.parent_id));
    assert_ok(session, corm_load_column(node, Node_.name));
    assert_int_equal(recorder.count, 0);
    assert_ok(session, corm_load_column(node, Node_.parent_id)); /* flushes first */
    assert_true(recorder.count > 1);
    assert_true(corm_is_loaded(node, Node_.parent_id));
    assert_string_equal(node->name, "renamed");
}

static void a_member_that_is_touched_outlasts_what_others_wrote(void **state)
{
    corm_session *session = *state;
    Node *node = added_node(session, "node");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_touch(node, Node_.name));
    assert_true(corm_is_modified(node));
    run_sql(session, "UPDATE nodes SET name = 'other'");
    assert_ok(session, corm_current(node));
    assert_string_equal(node->name, "node");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_refresh(session, node));
    assert_string_equal(node->name, "node");
}

static void what_a_savepoint_deleted_is_at_hand_when_it_is_rolled_back(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *alice = user_with_posts(session, "alice", 2);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(alice));
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, corm_delete(session, alice));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    record(session);
    assert_true(corm_is_loaded(alice, User_.username));
    assert_ptr_equal(corm_get(session, User, alice->id), alice);
    assert_int_equal(User_posts(alice).count, 2);
    assert_int_equal(recorder.count, 0);
}

static void a_new_object_is_modified_by_its_links_a_deleted_one_is_not(void **state)
{
    corm_session *session = *state;
    Node *parent = corm_new(session, Node), *child = added_node(session, "child");
    assert_false(corm_is_modified(parent));
    assert_ok(session, Node_children_append(parent, child));
    assert_true(corm_is_modified(parent));
    parent->name = "parent";
    assert_ok(session, corm_add(session, parent));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, parent));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Node_children(parent).count, 1);
    assert_false(corm_is_modified(parent));
}

static void what_was_deleted_does_not_learn_whom_it_referred_to(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    start_afresh(session);
    Post *post = corm_first(session, Post);
    assert_got(session, post);
    assert_ok(session, corm_delete(session, post));
    assert_ok(session, corm_commit(session));
    alice = corm_first(session, User);
    assert_got(session, alice);
    assert_null(Post_author_user(post));
    assert_int_equal(corm_last_status(), CORM_DETACHED);
}

static void who_gave_a_row_away_has_it_back_after_the_rollback(void **state)
{
    corm_session *session = *state;
    Node *old = corm_new(session, Node, .id = 1, .name = "old");
    assert_ok(session, corm_add(session, old));
    assert_ok(session, corm_commit(session));
    for (int failing = 0; failing < 2; failing++) {
        Node *new = corm_new(session, Node, .id = 1, .name = "new");
        Node *wrong = corm_new(session, Node, .id = 2, .name = "wrong", .parent_id = corm_some(7));
        assert_ok(session, corm_delete(session, old));
        assert_ok(session, corm_add(session, new));
        if (failing)
            assert_ok(session, corm_add(session, wrong));
        assert_status(session, failing ? CORM_FOREIGN_KEY : CORM_OK, corm_flush(session));
        assert_ok(session, corm_rollback(session));
        assert_int_equal(corm_state(old), CORM_STATE_PERSISTENT);
        assert_int_equal(corm_state(new), CORM_STATE_TRANSIENT);
        assert_ptr_equal(corm_get(session, Node, 1), old);
        assert_ptr_equal(corm_first(session, Node), old);
    }
}

static void who_deletes_a_parent_of_what_is_new_is_told_what_to_do(void **state)
{
    corm_session *session = *state;
    Node *root = added_node(session, "root"), *child = new_node(session, "child");
    assert_ok(session, corm_commit(session));
    assert_ok(session, Node_children_append(root, child));
    assert_ok(session, corm_delete(session, root));
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session, "nodes.id = 1 is still referenced by 1 row of nodes.parent_id "
                            "(deleting Node \"root\"): what was new when "
                            "it was to be deleted is not deleted with it: call corm_flush before "
                            "corm_delete, or expunge it");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, Node_children_append(root, child));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_delete(session, root));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_all(session, Node).count, 0);
}

static void keys_that_were_exchanged_are_as_before_after_the_rollback(void **state)
{
    corm_session *session = *state;
    Node *nodes[3];
    for (int i = 0; i < 3; i++) {
        nodes[i] = added_node(session, "node");
        nodes[i]->id = i + 1;
    }
    assert_ok(session, corm_commit(session));
    nodes[0]->id = 4;
    assert_ok(session, corm_flush(session));
    nodes[1]->id = 1;
    assert_ok(session, corm_flush(session));
    nodes[2]->id = 2;
    assert_ok(session, corm_flush(session));
    nodes[0]->id = 3;
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(corm_get(session, Node, i + 1), nodes[i]);
    assert_int_equal(corm_all(session, Node).count, 3);
    for (int i = 0; i < 3; i++)
        assert_ptr_equal(corm_get(session, Node, i + 1), nodes[i]);
}

static void what_was_deleted_with_its_parent_still_refers_to_it(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    assert_ok(session, corm_commit(session));
    Post *post = User_posts(alice).items[0];
    assert_ok(session, corm_delete(session, alice));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_state(post), CORM_STATE_DETACHED);
    assert_ptr_equal(Post_author_user(post), alice);
}

static void what_never_said_that_it_has_no_parent_does_not_say_so_when_it_is_deleted(void **state)
{
    corm_session *session = *state;
    Node *silent = corm_new(session, Node, .name = "silent");
    Node *asked = corm_new(session, Node, .name = "asked");
    Node *read = corm_new(session, Node, .name = "read");
    assert_ok(session, corm_add(session, read));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_refresh(session, read));
    assert_ok(session, corm_add(session, silent));
    assert_ok(session, corm_add(session, asked));
    assert_ok(session, corm_flush(session));
    assert_null(Node_parent(asked));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_ok(session, corm_delete(session, silent));
    assert_ok(session, corm_delete(session, asked));
    assert_ok(session, corm_delete(session, read));
    assert_ok(session, corm_commit(session));
    assert_null(Node_parent(silent));
    assert_int_equal(corm_last_status(), CORM_DETACHED);
    assert_null(Node_parent(asked));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_null(Node_parent(read));
    assert_int_equal(corm_last_status(), CORM_OK);
}

static void a_column_that_was_expired_when_its_object_was_deleted_cannot_be_read(void **state)
{
    corm_session *session = *state;
    Comment *comment = corm_new(session, Comment, .body = "body");
    assert_ok(session, corm_add(session, comment));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(comment));
    assert_ok(session, corm_expire_column(session, comment, Comment_.body.column));
    assert_ok(session, corm_delete(session, comment));
    assert_ok(session, corm_commit(session));
    assert_status(session, CORM_DETACHED, corm_current(comment));
}

static void what_is_asked_of_a_deleted_object_is_known_after_the_commit(void **state)
{
    corm_session *session = *state;
    (void)user_with_posts(session, "alice", 1);
    start_afresh(session);
    Post *post = corm_first(session, Post);
    assert_got(session, post);
    assert_ok(session, corm_delete(session, post));
    assert_ok(session, corm_flush(session));
    User *alice = Post_author_user(post);
    assert_got(session, alice);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, alice));
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(Post_author_user(post), alice);
}

static void members_of_what_was_deleted_while_it_was_expired_are_as_they_were(void **state)
{
    corm_session *session = *state;
    Comment *comment = corm_new(session, Comment, .body = "body");
    assert_ok(session, corm_add(session, comment));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_expire(session, comment));
    assert_ok(session, corm_delete(session, comment));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(comment));
    assert_string_equal(comment->body, "body");
}

static void a_collection_that_is_not_loaded_waits_for_the_rollback(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1), *bob = user_with_posts(session, "bob", 0);
    assert_ok(session, corm_commit(session));
    Post *post = User_posts(alice).items[0];
    bob->username = "alice";
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_status(session, CORM_PENDING_ROLLBACK, User_posts_append(bob, post));
    assert_status(session, CORM_PENDING_ROLLBACK, User_posts_remove(alice, post));
    assert_ok(session, corm_rollback(session));
    assert_ok(session, User_posts_append(bob, post));
    assert_ok(session, corm_commit(session));
    assert_int_equal(User_posts(bob).count, 1);
}

static void a_rollback_of_nothing_leaves_what_was_loaded(void **state)
{
    corm_engine *engine = corm_sqlite_engine(":memory:", &blog, NULL);
    corm_session *session =
        corm_session_open(engine, &(corm_session_options){.keep_on_commit = true});
    (void)state;
    assert_ok(session, corm_create_all(session));
    User *alice = user_with_posts(session, "alice", 2);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_rollback(session));
    record(session);
    assert_int_equal(User_posts(alice).count, 2);
    assert_int_equal(recorder.count, 0);
    corm_savepoint savepoint; /* begins something, if only that */
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(User_posts(alice).count, 2);
    assert_true(recorder.count > 0);
    recorder.count = 0;
    alice->email = "changed"; /* and so does this */
    assert_ok(session, corm_rollback(session));
    assert_false(corm_is_loaded(alice, User_.email));
    assert_int_equal(User_posts(alice).count, 2);
    assert_true(recorder.count > 0);
    assert_true(corm_is_loaded(alice, User_.email));
    corm_session_close(session);
    corm_engine_close(engine);
}

static void what_was_changed_is_still_changed_outside_of_the_session(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 0);
    assert_ok(session, corm_commit(session));
    alice->age = corm_some(43);
    alice->email = "new@example.com";
    assert_ok(session, corm_expunge(session, alice));
    assert_true(corm_is_modified(alice));
    assert_ok(session, corm_add(session, alice));
    assert_true(corm_is_modified(alice));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_refresh(session, alice));
    assert_int_equal(alice->age.value, 43);
    assert_string_equal(alice->email, "new@example.com");
}

static void an_owner_is_added_again_without_what_went_before(void **state)
{
    corm_session *session = *state;
    Node *parent = added_node(session, "parent"), *first = added_node(session, "first");
    assert_ok(session, Node_children_append(parent, first));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Node_children(parent).count, 1);
    assert_ok(session, corm_delete(session, first));
    assert_ok(session, corm_flush(session));
    assert_status(session, CORM_OBJECT_DELETED, corm_add(session, first));
    assert_ok(session, corm_delete(session, parent));
    assert_ok(session, corm_add(session, parent));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_state(parent), CORM_STATE_PERSISTENT);
    assert_int_equal(Node_children(parent).count, 0);
}

static void what_went_with_its_parent_cannot_come_in_with_another(void **state)
{
    corm_session *session = *state;
    Node *parent = added_node(session, "parent"), *child = added_node(session, "child");
    Node *appended = corm_new(session, Node, .name = "appended");
    Node *set = corm_new(session, Node, .name = "set");
    assert_ok(session, Node_children_append(parent, child));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, parent));
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_state(child), CORM_STATE_DELETED);
    assert_ok(session, Node_children_append(appended, child));
    assert_status(session, CORM_OBJECT_DELETED, corm_add(session, appended));
    assert_int_equal(corm_state(appended), CORM_STATE_TRANSIENT);
    assert_ok(session, Node_parent_set(child, set));
    assert_status(session, CORM_OBJECT_DELETED, corm_add(session, set));
    assert_ok(session, Node_children_remove(set, child));
    assert_ok(session, corm_add(session, set));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Node_children(set).count, 0);
}

static void what_was_changed_while_it_was_deleted_is_forgotten(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    Node *parent = added_node(session, "parent"), *child = added_node(session, "child");
    assert_ok(session, Node_children_append(parent, child));
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, corm_delete(session, child));
    assert_ok(session, corm_flush(session));
    assert_ok(session, Node_children_remove(parent, child));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_false(corm_is_modified(child));
    assert_ptr_equal(Node_parent(child), parent);
    assert_int_equal(Node_children(parent).count, 1);
}

static void what_is_put_to_a_parent_that_is_deleted_refers_to_it_still(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    Post *post = User_posts(alice).items[0];
    Comment *old = corm_new(session, Comment, .body = "old"), *young;
    assert_ok(session, Post_comments_append(post, old));
    assert_ok(session, corm_commit(session));
    young = corm_new(session, Comment, .body = "young");
    assert_ok(session, Post_comments_append(post, young));
    assert_ok(session, corm_delete(session, post));
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session, "still referenced by 1 row of comments.post_id");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_delete(session, post)); /* and what it has is let go of */
    assert_ok(session, corm_commit(session));
    assert_false(old->post_id.has_value);
}

static void what_was_deleted_is_not_deleted_again_when_another_has_its_key(void **state)
{
    corm_session *session = *state;
    Node *root = added_node(session, "root"), *child = new_node(session, "child");
    assert_ok(session, Node_children_append(root, child));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_delete(session, child));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_delete(session, child));
    Node *heir = added_node(session, "heir");
    assert_ok(session, corm_flush(session));
    assert_int_equal(heir->id, child->id);
    for (int i = 0; i < 2; i++) {
        assert_status(session, CORM_IDENTITY_CONFLICT, corm_delete(session, i == 0 ? child : root));
        assert_message(session, "Node \"child\" was deleted before, and the session holds another "
                                "object for its row of nodes since: delete that one, and take this "
                                "one out of any collection that still has it");
    }
    assert_true(corm_is_marked_deleted(root)); /* it stops at what it cannot delete */
    assert_false(corm_is_marked_deleted(heir));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "heir", "SELECT group_concat(name) FROM nodes");
}

static void releasing_a_savepoint_writes_until_nothing_is_left(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *alice = user_with_posts(session, "alice", 1), *bob = user_with_posts(session, "bob", 0);
    Post *post = User_posts(alice).items[0];
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_int_equal(User_posts(bob).count, 0);
    assert_ok(session, User_posts_append(bob, post));
    assert_ok(session, corm_delete(session, post));
    assert_ok(session, corm_savepoint_release(session, savepoint));
    assert_int_equal(corm_state(post), CORM_STATE_DELETED);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "0", "SELECT count(*) FROM posts");
}

static void a_reference_that_is_set_to_what_it_is_expires_with_its_savepoint(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    User *alice = user_with_posts(session, "alice", 2);
    assert_ok(session, corm_commit(session));
    Post *set = User_posts(alice).items[0], *left = User_posts(alice).items[1];
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    record(session);
    assert_ok(session, Post_author_user_set(set, alice));
    assert_false(corm_is_modified(set));
    assert_ok(session, corm_flush(session));
    assert_ran(0, "UPDATE");
    assert_ok(session, Post_author_user_set(set, alice));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_false(corm_is_loaded(set, Post_.title));
    assert_true(corm_is_loaded(left, Post_.title));
}

static void who_was_asked_for_by_its_key_knows_that_it_has_no_parent(void **state)
{
    corm_session *session = *state;
    Node *node = added_node(session, "node");
    assert_ptr_equal(corm_get(session, Node, 1), node);
    assert_ok(session, corm_delete(session, node));
    assert_ok(session, corm_commit(session));
    assert_null(Node_parent(node));
    assert_int_equal(corm_last_status(), CORM_OK);
}

/* Of two things that are wrong the first to be written is told. */
static void tables_are_written_before_those_that_wait_for_others_and_else_as_declared(void **state)
{
    corm_session *session = *state;
    for (int waits = 0; waits < 2; waits++) {
        Post *post = new_post(session, "nobody's");
        for (int i = 0; i < 2; i++)
            assert_ok(session, Post_tags_append(post, corm_new(session, Tag, .name = "same")));
        assert_ok(session, corm_add(session, post));
        if (waits) /* for users: there is a new one */
            (void)user_with_posts(session, "alice", 0);
        assert_status(session, waits ? CORM_UNIQUE : CORM_NOT_NULL, corm_flush(session));
        assert_message(session, waits ? "tags.name = 'same'" : "posts.user_id is NULL");
        assert_ok(session, corm_rollback(session));
    }
}

static void what_was_changed_of_an_orphan_stays_changed_when_it_is_deleted(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 2);
    Post *orphan = User_posts(alice).items[0], *deleted = User_posts(alice).items[1];
    assert_ok(session, corm_commit(session));
    assert_ok(session, User_posts_remove(alice, orphan));
    assert_ok(session, corm_delete(session, deleted));
    assert_ok(session, corm_flush(session));
    assert_true(corm_is_modified(orphan));
    assert_false(corm_is_modified(deleted));
    assert_null(Post_author_user(orphan));
    assert_ok(session, corm_rollback(session));
    assert_false(corm_is_modified(orphan));
    assert_ptr_equal(Post_author_user(orphan), alice);
    assert_int_equal(User_posts(alice).count, 2);
}

/* While it is away what refers to it is stored without it. */
static void what_left_as_an_orphan_and_comes_back_is_referred_to(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 0);
    Post *post = corm_new(session, Post, .title = "p");
    Comment *comment = corm_new(session, Comment, .body = "fine");
    assert_ok(session, corm_commit(session));
    assert_ok(session, User_posts_append(alice, post));
    assert_ok(session, Comment_post_set(comment, post));
    assert_ok(session, corm_add(session, comment));
    assert_ok(session, User_posts_remove(alice, post));
    assert_int_equal(corm_state(post), CORM_STATE_TRANSIENT);
    assert_ok(session, corm_flush(session));
    assert_stored(session, "NULL", "SELECT post_id FROM comments");
    assert_ok(session, User_posts_append(alice, post));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "p", "SELECT title FROM comments JOIN posts ON posts.id = post_id");
    assert_ptr_equal(Comment_post(comment), post);
}

static void what_is_linked_to_an_orphan_does_not_come_in_for_it(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    assert_ok(session, corm_commit(session));
    Post *post = User_posts(alice).items[0];
    Tag *tag = corm_new(session, Tag, .name = "new");
    assert_ok(session, Post_author_user_set(post, NULL));
    assert_ok(session, Tag_posts_append(tag, post));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_state(tag), CORM_STATE_TRANSIENT);
    assert_stored(session, "0|0", "SELECT (SELECT count(*) FROM posts), count(*) FROM tags");
}

static void what_was_deleted_can_be_appended_to_but_not_be_appended(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    Post *post = User_posts(alice).items[0];
    Tag *tag = corm_new(session, Tag, .name = "kept");
    assert_ok(session, corm_add(session, tag));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, post));
    assert_ok(session, corm_flush(session));
    assert_status(session, CORM_OBJECT_DELETED, corm_related_append(tag, Tag_posts_, post));
    assert_status(session, CORM_OBJECT_DELETED, User_posts_append(alice, post));
    assert_ok(session, Post_tags_append(post, tag));
    assert_int_equal(Post_tags(post).count, 1);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "0", "SELECT count(*) FROM post_tags");
    assert_int_equal(corm_state(tag), CORM_STATE_PERSISTENT);
}

static void what_a_flush_deletes_while_it_is_read_again_is_missing(void **state)
{
    corm_session *session = *state;
    Node *parent = added_node(session, "parent"), *child = new_node(session, "child");
    assert_ok(session, Node_children_append(parent, child));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, child));
    assert_ok(session, corm_expire(session, child));
    assert_status(session, CORM_ROW_MISSING, corm_current(child));
    assert_int_equal(corm_state(child), CORM_STATE_DELETED);
    assert_message(session, "nodes: the row of Node \"child\" is gone");
}

static void a_deleted_object_that_expires_cannot_be_read_again(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    Node *parent = added_node(session, "parent"), *child = new_node(session, "child");
    assert_ok(session, Node_children_append(parent, child));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, corm_delete(session, child));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_current(child));
    assert_ok(session, corm_expire(session, parent)); /* and what the collection holds */
    assert_status(session, CORM_ROW_MISSING, corm_current(child));
    assert_null(Node_parent(child));
    assert_int_equal(corm_last_status(), CORM_ROW_MISSING);
    assert_int_equal(Node_children(child).count, 0);
    assert_int_equal(corm_last_status(), CORM_ROW_MISSING);
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_ok(session, corm_current(child));
    assert_ptr_equal(Node_parent(child), parent);
    assert_int_equal(Node_children(parent).count, 1);
    assert_ok(session, corm_delete(session, child));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_expire(session, parent));
    assert_ok(session, corm_commit(session));
    assert_status(session, CORM_DETACHED, corm_current(child));
    assert_int_equal(Node_children(child).count, 0);
    assert_int_equal(corm_last_status(), CORM_DETACHED);
}

static void a_column_that_expired_before_the_delete_cannot_be_read_again(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    Comment *one = corm_new(session, Comment, .body = "one");
    Comment *other = corm_new(session, Comment, .body = "other");
    assert_ok(session, corm_add(session, one));
    assert_ok(session, corm_add(session, other));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(one));
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_ok(session, corm_expire_column(session, one, Comment_.body.column));
    assert_ok(session,
              corm_expire_column(session, other, Comment_.body.column)); /* as all of it has */
    assert_ok(session, corm_delete(session, one));
    assert_ok(session, corm_delete(session, other));
    assert_ok(session, corm_flush(session));
    assert_status(session, CORM_ROW_MISSING, corm_current(one));
    assert_ok(session, corm_current(other));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_ok(session, corm_sql_run(session, "UPDATE comments SET body = 'new'"));
    assert_ok(session, corm_current(one));
    assert_ok(session, corm_current(other));
    assert_string_equal(one->body, "new");
    assert_string_equal(other->body, "new");
}

static void a_key_that_expired_says_whether_the_deleted_object_had_a_parent(void **state)
{
    corm_session *session = *state;
    Node *node = added_node(session, "node");
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_expire_column(session, node, Node_.parent_id.column));
    assert_ok(session, corm_delete(session, node));
    assert_ok(session, corm_commit(session));
    assert_null(Node_parent(node));
    assert_int_equal(corm_last_status(), CORM_OK);
}

static void what_has_lost_its_row_refers_to_whom_it_is_put_to(void **state)
{
    corm_session *session = *state;
    Node *parent = added_node(session, "parent"), *child = new_node(session, "child");
    assert_ok(session, Node_children_append(parent, child));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_sql_run(session, "DELETE FROM nodes WHERE name = 'child'"));
    assert_int_equal(Node_children(parent).count, 0);
    assert_ok(session, Node_parent_set(child, parent));
    assert_ptr_equal(Node_parent(child), parent);
    assert_int_equal(Node_children(parent).count, 1);
    assert_ok(session, corm_commit(session)); /* nothing has changed */
}

static void what_is_put_to_a_deleted_object_is_saved_without_it(void **state)
{
    corm_session *session = *state;
    Node *parent = added_node(session, "parent"), *child = new_node(session, "child");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, parent));
    assert_ok(session, corm_flush(session));
    assert_ok(session, Node_children_append(parent, child));
    assert_int_equal(corm_state(child), CORM_STATE_PENDING);
    assert_ok(session, corm_commit(session));
    assert_false(child->parent_id.has_value);
    assert_stored(session, "child", "SELECT group_concat(name) FROM nodes");
}

static void an_owner_is_added_again_without_what_went_in_an_earlier_transaction(void **state)
{
    corm_engine *engine = corm_sqlite_engine(":memory:", &forest, NULL);
    corm_session *session =
        corm_session_open(engine, &(corm_session_options){.keep_on_commit = true});
    (void)state;
    assert_ok(session, corm_create_all(session));
    Node *parent = added_node(session, "parent"), *child = new_node(session, "child");
    assert_ok(session, Node_children_append(parent, child));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, child));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Node_children(parent).count, 1);
    assert_ok(session, corm_delete(session, parent));
    assert_ok(session, corm_add(session, parent));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_state(parent), CORM_STATE_PERSISTENT);
    assert_int_equal(corm_state(child), CORM_STATE_DETACHED);
    corm_session_close(session);
    corm_engine_close(engine);
}

static void what_is_deleted_knows_what_it_was_linked_to(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 2);
    Post *one = User_posts(alice).items[0], *other = User_posts(alice).items[1];
    Tag *tag = corm_new(session, Tag, .name = "tag");
    assert_ok(session, Post_tags_append(one, tag));
    assert_ok(session, Post_tags_append(other, tag));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, one));
    assert_ok(session, corm_delete(session, other));
    record(session);
    assert_ok(session, corm_flush(session));
    assert_ran(1, "SELECT \"post_tags\"");
    assert_int_equal(Post_tags(one).count, 1);
    assert_ptr_equal(Post_tags(one).items[0], tag);
    assert_ok(session, corm_commit(session));
    assert_int_equal(Post_tags(other).count, 1);
    assert_stored(session, "0", "SELECT count(*) FROM post_tags");
}

static void
what_was_deleted_is_not_deleted_in_a_later_transaction_when_another_has_its_key(void **state)
{
    corm_session *session = *state;
    Node *gone = added_node(session, "gone");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, gone));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, gone));
    Node *heir = added_node(session, "heir");
    assert_ok(session, corm_commit(session));
    assert_int_equal(heir->id, gone->id);
    assert_status(session, CORM_IDENTITY_CONFLICT, corm_delete(session, gone));
    assert_ok(session, corm_delete(session, heir));
    assert_ok(session, corm_commit(session));
}

static void a_column_that_expired_is_not_read_in_order_to_delete(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(alice));
    assert_int_equal(User_posts(alice).count, 1);
    assert_ok(session, corm_expire_column(session, alice, User_.email.column));
    record(session);
    assert_ok(session, corm_delete(session, alice)); /* its posts go with it */
    assert_ran(0, "SELECT \"id\", \"username\"");
    assert_ok(session, corm_flush(session));
    assert_status(session, CORM_ROW_MISSING, corm_current(alice));
    assert_ok(session, corm_commit(session));
    assert_status(session, CORM_DETACHED, corm_current(alice));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(what_is_linked_after_an_append_stands_after_it),
        FOREST_TEST(what_is_appended_to_a_collection_that_was_fetched_ahead_stands_last),
        BLOG_TEST(what_was_linked_before_an_append_stands_before_it),
        BLOG_TEST(what_is_taken_out_and_put_back_stands_last),
        BLOG_TEST(looking_at_a_collection_that_was_changed_does_not_flush),
        BLOG_TEST(what_was_appended_is_expunged_with_its_owner),
        FOREST_TEST(what_is_new_and_linked_is_expunged_with_its_owner_and_comes_back_with_it),
        FOREST_TEST(what_is_expunged_takes_no_sibling_from_a_new_owner),
        FOREST_TEST(what_was_fetched_ahead_is_not_expunged_with_its_owner),
        BLOG_TEST(what_was_appended_expires_with_its_owner),
        BLOG_TEST(an_empty_collection_of_a_new_object_is_read_after_the_flush),
        BLOG_TEST(what_was_deleted_while_expired_knows_its_parent),
        FOREST_TEST(a_new_item_brings_the_parent_that_it_had),
        FOREST_TEST(what_was_moved_before_it_was_deleted_goes_with_the_next_flush),
        FOREST_TEST(what_was_put_to_a_parent_stays_where_the_parent_is_added_again),
        FOREST_TEST(a_new_object_does_not_come_in_through_what_is_deleted),
        BLOG_TEST(a_value_that_is_assigned_ends_unset),
        FOREST_TEST(what_is_to_be_deleted_is_known_until_the_flush),
        BLOG_TEST(a_relationship_that_expired_is_not_taken_along),
        FOREST_TEST(what_was_deleted_stays_readable),
        FOREST_TEST(rows_of_a_tree_are_inserted_by_their_depth),
        FOREST_TEST(a_stored_parent_counts_for_the_depth_of_its_new_children),
        FOREST_TEST(a_circle_that_only_the_order_would_have_is_none),
        FOREST_TEST(a_row_that_is_gone_can_be_deleted),
        FOREST_TEST(what_a_get_has_found_gone_can_be_read_no_more),
        FOREST_TEST(a_flush_may_delete_what_is_being_looked_at),
        BLOG_TEST(a_collection_of_what_a_flush_deletes_is_empty),
        FOREST_TEST(a_list_of_no_session_is_replaced_while_an_item_is_in_one),
        FOREST_TEST(what_is_outside_forgets_who_was_freed_or_went_into_a_session),
        BLOG_TEST(objects_of_no_session_can_be_linked),
        FOREST_TEST(objects_of_no_session_can_be_parted),
        BLOG_TEST(a_detached_object_changes_the_collections_that_it_knows),
        FOREST_TEST(an_owner_that_comes_back_loses_what_was_moved_outside),
        FOREST_TEST(what_was_deleted_can_be_linked_outside_of_the_session),
        FOREST_TEST(an_owner_comes_with_its_item_at_the_flush),
        BLOG_TEST(a_pending_item_leaves_with_the_owner_that_it_had),
        FOREST_TEST(that_a_new_object_refers_to_nobody_outweighs_a_key_that_it_brings),
        BLOG_TEST(a_key_that_must_be_there_is_missed_when_its_reference_is_none),
        FOREST_TEST(what_was_to_refer_to_nobody_still_does_after_a_rollback),
        FOREST_TEST(a_collection_that_was_emptied_is_known_after_the_insert),
        FOREST_TEST(a_new_object_has_what_it_held_before_the_rollback),
        FOREST_TEST(what_was_put_elsewhere_since_the_rollback_stays_there),
        BLOG_TEST(links_of_a_new_object_come_back_with_it),
        BLOG_TEST(a_pending_item_that_was_rolled_back_is_no_member),
        FOREST_TEST(a_savepoint_waits_for_the_first_statement),
        FOREST_TEST(who_looks_at_a_collection_looks_at_its_owner),
        FOREST_TEST(what_a_collection_gains_unseen_does_not_modify_its_owner),
        BLOG_TEST(what_a_savepoint_left_alone_stays_loaded_when_it_is_rolled_back),
        BLOG_TEST(what_was_written_before_a_savepoint_is_not_read_again),
        BLOG_TEST(what_a_savepoint_deleted_is_seen_again_by_who_was_loaded_since),
        BLOG_TEST(who_was_loaded_in_a_savepoint_loses_what_it_linked_by_key),
        FOREST_TEST(a_member_that_was_assigned_is_at_hand_although_its_object_expired),
        FOREST_TEST(a_member_that_is_touched_outlasts_what_others_wrote),
        BLOG_TEST(what_a_savepoint_deleted_is_at_hand_when_it_is_rolled_back),
        FOREST_TEST(a_new_object_is_modified_by_its_links_a_deleted_one_is_not),
        BLOG_TEST(what_was_deleted_does_not_learn_whom_it_referred_to),
        FOREST_TEST(who_gave_a_row_away_has_it_back_after_the_rollback),
        FOREST_TEST(who_deletes_a_parent_of_what_is_new_is_told_what_to_do),
        FOREST_TEST(keys_that_were_exchanged_are_as_before_after_the_rollback),
        BLOG_TEST(what_was_deleted_with_its_parent_still_refers_to_it),
        FOREST_TEST(what_never_said_that_it_has_no_parent_does_not_say_so_when_it_is_deleted),
        BLOG_TEST(a_column_that_was_expired_when_its_object_was_deleted_cannot_be_read),
        BLOG_TEST(what_is_asked_of_a_deleted_object_is_known_after_the_commit),
        BLOG_TEST(members_of_what_was_deleted_while_it_was_expired_are_as_they_were),
        BLOG_TEST(a_collection_that_is_not_loaded_waits_for_the_rollback),
        cmocka_unit_test(a_rollback_of_nothing_leaves_what_was_loaded),
        BLOG_TEST(what_was_changed_is_still_changed_outside_of_the_session),
        FOREST_TEST(an_owner_is_added_again_without_what_went_before),
        FOREST_TEST(what_went_with_its_parent_cannot_come_in_with_another),
        FOREST_TEST(what_was_changed_while_it_was_deleted_is_forgotten),
        BLOG_TEST(what_is_put_to_a_parent_that_is_deleted_refers_to_it_still),
        FOREST_TEST(what_was_deleted_is_not_deleted_again_when_another_has_its_key),
        BLOG_TEST(releasing_a_savepoint_writes_until_nothing_is_left),
        BLOG_TEST(a_reference_that_is_set_to_what_it_is_expires_with_its_savepoint),
        FOREST_TEST(who_was_asked_for_by_its_key_knows_that_it_has_no_parent),
        BLOG_TEST(tables_are_written_before_those_that_wait_for_others_and_else_as_declared),
        BLOG_TEST(what_was_changed_of_an_orphan_stays_changed_when_it_is_deleted),
        BLOG_TEST(what_left_as_an_orphan_and_comes_back_is_referred_to),
        BLOG_TEST(what_is_linked_to_an_orphan_does_not_come_in_for_it),
        BLOG_TEST(what_was_deleted_can_be_appended_to_but_not_be_appended),
        FOREST_TEST(what_a_flush_deletes_while_it_is_read_again_is_missing),
        FOREST_TEST(a_deleted_object_that_expires_cannot_be_read_again),
        BLOG_TEST(a_column_that_expired_before_the_delete_cannot_be_read_again),
        FOREST_TEST(a_key_that_expired_says_whether_the_deleted_object_had_a_parent),
        FOREST_TEST(what_has_lost_its_row_refers_to_whom_it_is_put_to),
        FOREST_TEST(what_is_put_to_a_deleted_object_is_saved_without_it),
        cmocka_unit_test(an_owner_is_added_again_without_what_went_in_an_earlier_transaction),
        BLOG_TEST(what_is_deleted_knows_what_it_was_linked_to),
        FOREST_TEST(
            what_was_deleted_is_not_deleted_in_a_later_transaction_when_another_has_its_key),
        BLOG_TEST(a_column_that_expired_is_not_read_in_order_to_delete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
