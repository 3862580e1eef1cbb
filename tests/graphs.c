/* graphs: many-to-many, one-to-one, trees, rows that refer to themselves and to each other. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define NODE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Node, id))                         \
    RELATIONSHIP(ONE_TO_MANY, children, Node, parent)                                              \
    RELATIONSHIP(MANY_TO_ONE, parent,   Node, children)

#define COUNTRY(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(ONE_TO_ONE, capital, Capital, country)
#define CAPITAL(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,         .primary_key = true)                                     \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), country_id, .references = corm_ref(Country, id))                     \
    RELATIONSHIP(ONE_TO_ONE, country, Country, capital)

#define WORLD(MODEL)                                                                               \
    MODEL(Node,    "nodes",     NODE)                                                              \
    MODEL(Country, "countries", COUNTRY)                                                           \
    MODEL(Capital, "capitals",  CAPITAL)
/* clang-format on */

CORM_SCHEMA(world, WORLD)

static int open_world(void **state)
{
    *state = memory_session(&world);
    return *state == NULL;
}

#define WORLD_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_world, close_session)

static const char all_nodes[] = "SELECT name, parent_id FROM nodes ORDER BY name";

/* ---- Many-to-many ------------------------------------------------------------------------------------ */

static void many_to_many_is_kept_from_both_sides(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 2);
    Post *one = User_posts(alice).items[0], *two = User_posts(alice).items[1];
    Tag *red = corm_new(session, Tag, .name = "red"),
        *blue = corm_new(session, Tag, .name = "blue");
    assert_ok(session, Post_tags_append(one, red));
    assert_ok(session, Tag_posts_append(blue, one));
    assert_ok(session, Tag_posts_append(red, two));
    assert_true(Tag_posts_contains(red, one) && Post_tags_contains(one, blue));
    assert_ok(session, corm_commit(session));
    const char *rows = "SELECT title, name FROM post_tags JOIN posts ON posts.id = post_id"
                       " JOIN tags ON tags.id = tag_id ORDER BY title, name";
    assert_stored(session, "alice 1|blue;alice 1|red;alice 2|red", rows);
    record(session);
    assert_ok(session, Tag_posts_remove(red, one));
    assert_false(Post_tags_contains(one, red));
    assert_ok(session, corm_commit(session));
    assert_ran(1, "DELETE");
    assert_stored(session, "alice 1|blue;alice 2|red", rows);
    assert_ok(session, corm_delete(session, blue));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "alice 2|red", rows);
    assert_int_equal(Post_tags(one).count, 0);
    assert_ok(session, corm_delete(session, two));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "0|1", "SELECT (SELECT count(*) FROM post_tags), count(*) FROM tags");
}

static void many_to_many_appended_and_removed_is_no_sql(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 1);
    Post *post = User_posts(alice).items[0];
    Tag *red = corm_new(session, Tag, .name = "red");
    assert_ok(session, corm_add(session, red));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Post_tags(post).count, 0);
    assert_ok(session, corm_current(red));
    record(session);
    assert_ok(session, Post_tags_append(post, red));
    assert_ok(session, Post_tags_append(post, red));
    assert_ok(session, Tag_posts_remove(red, post));
    assert_ok(session, corm_flush(session));
    assert_ran(0, "INSERT");
    assert_ran(0, "DELETE");
}

/* ---- One-to-one -------------------------------------------------------------------------------------- */

static void a_one_to_one_value_has_one_owner(void **state)
{
    corm_session *session = *state;
    Country *france = corm_new(session, Country, .name = "France");
    Country *italy = corm_new(session, Country, .name = "Italy");
    Capital *paris = corm_new(session, Capital, .name = "Paris");
    Capital *rome = corm_new(session, Capital, .name = "Rome");
    assert_ok(session, Country_capital_set(france, rome));
    assert_ok(session, Capital_country_set(paris, france)); /* takes rome's place */
    assert_null(Capital_country(rome));
    assert_ptr_equal(Country_capital(france), paris);
    assert_ok(session, corm_add(session, france));
    assert_ok(session, corm_add(session, italy));
    assert_ok(session, corm_add(session, rome));
    assert_ok(session, corm_commit(session));
    const char *rows = "SELECT capitals.name, countries.name FROM capitals LEFT JOIN countries"
                       " ON countries.id = country_id ORDER BY 1";
    assert_stored(session, "Paris|France;Rome|NULL", rows);
    assert_ok(session, Country_capital_set(italy, paris)); /* taken from France */
    assert_null(Country_capital(france));
    assert_ptr_equal(Capital_country(paris), italy);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "Paris|Italy;Rome|NULL", rows);
    assert_ok(session, Country_capital_set(italy, rome)); /* replaced */
    assert_null(Capital_country(paris));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "Paris|NULL;Rome|Italy", rows);
    assert_ok(session, corm_delete(session, italy));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "Paris|NULL;Rome|NULL", rows);
}

/* ---- Trees and circles -------------------------------------------------------------------------------- */

static Node *new_node(corm_session *session, const char *name, Node *parent)
{
    Node *node = corm_new(session, Node, .name = name);
    assert_got(session, node);
    assert_ok(session, Node_parent_set(node, parent));
    return node;
}

static void parents_of_a_tree_are_inserted_before_their_children(void **state)
{
    corm_session *session = *state;
    Node *root = new_node(session, "root", NULL), *leaf = new_node(session, "leaf", NULL);
    Node *branch = new_node(session, "branch", root);
    assert_ok(session, Node_parent_set(leaf, branch));
    assert_ok(session, corm_add(session, leaf)); /* the deepest first */
    assert_ok(session, corm_commit(session));
    assert_ran(3, "INSERT");
    assert_ran(0, "UPDATE");
    assert_true(root->id < branch->id && branch->id < leaf->id);
    assert_stored(session, "branch|1;leaf|2;root|NULL", all_nodes);
}

static void the_children_of_a_tree_are_deleted_before_their_parents(void **state)
{
    corm_session *session = *state;
    Node *nodes[10] = {new_node(session, "n0", NULL)};
    for (size_t i = 1; i < 10; i++)
        nodes[i] = new_node(session, corm_text(session, "n%zu", i), nodes[i - 1]);
    assert_ok(session, corm_add(session, nodes[0]));
    assert_ok(session, corm_commit(session));
    record(session);
    for (size_t i = 0; i < 10; i++)
        assert_ok(session, corm_delete(session, nodes[(i * 7) % 10]));
    assert_ok(session, corm_commit(session));
    assert_ran(0, "UPDATE");
    assert_stored(session, "", all_nodes);
}

static void a_branch_can_be_moved_and_its_parent_deleted_in_one_flush(void **state)
{
    corm_session *session = *state;
    Node *root = new_node(session, "root", NULL), *old = new_node(session, "old", root);
    Node *leaf = new_node(session, "leaf", old);
    assert_ok(session, corm_add(session, root));
    assert_ok(session, corm_commit(session));
    Node *new = new_node(session, "new", root);
    assert_ok(session, Node_parent_set(leaf, new));
    assert_ok(session, corm_delete(session, old));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Node_children(root).count, 1);
    assert_stored(session, "leaf|4;new|1;root|NULL", all_nodes);
}

static void a_row_may_be_its_own_parent(void **state)
{
    corm_session *session = *state;
    Node *self = new_node(session, "self", NULL);
    assert_ok(session, Node_parent_set(self, self));
    assert_true(Node_children_contains(self, self));
    assert_ok(session, corm_add(session, self));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "self|1", all_nodes);
    assert_ptr_equal(Node_parent(self), self);
    assert_ok(session, corm_delete(session, self));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "", all_nodes);
}

static void rows_that_refer_to_each_other_are_closed_by_an_update(void **state)
{
    corm_session *session = *state;
    Node *one = new_node(session, "one", NULL), *two = new_node(session, "two", one);
    assert_ok(session, Node_parent_set(one, two));
    assert_ok(session, corm_add(session, one));
    assert_ok(session, corm_commit(session));
    assert_ran(2, "INSERT");
    assert_ran(1, "UPDATE");
    int64_t ids[2] = {one->id, two->id};
    assert_stored(session, ids[0] < ids[1] ? "one|2;two|1" : "one|1;two|2", all_nodes);
    assert_ok(session, corm_delete(session, one));
    assert_ok(session, corm_delete(session, two));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "", all_nodes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(many_to_many_is_kept_from_both_sides),
        BLOG_TEST(many_to_many_appended_and_removed_is_no_sql),
        WORLD_TEST(a_one_to_one_value_has_one_owner),
        WORLD_TEST(parents_of_a_tree_are_inserted_before_their_children),
        WORLD_TEST(the_children_of_a_tree_are_deleted_before_their_parents),
        WORLD_TEST(a_branch_can_be_moved_and_its_parent_deleted_in_one_flush),
        WORLD_TEST(a_row_may_be_its_own_parent),
        WORLD_TEST(rows_that_refer_to_each_other_are_closed_by_an_update),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
