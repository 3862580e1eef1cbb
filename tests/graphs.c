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
    RELATIONSHIP(ONE_TO_ONE, capital, Capital, country,                                            \
                 .cascade = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_EXPUNGE)
#define CAPITAL(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,         .primary_key = true)                                     \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), country_id, .references = corm_ref(Country, id))                     \
    RELATIONSHIP(ONE_TO_ONE, country, Country, capital)

/* A tree that is deleted with its root, sorted at every level. */
#define FOLDER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Folder, id))                       \
    RELATIONSHIP(ONE_TO_MANY, folders, Folder, BACKREF(parent), .order_by = corm_by(Folder, name), \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)
/* A graph: every edge has a direction. */
#define STATION(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(MANY_TO_MANY, next, Station, previous,                                            \
                 .secondary = corm_secondary("edges", "from_id", "to_id"))                         \
    RELATIONSHIP(MANY_TO_MANY, previous, Station, next,                                            \
                 .secondary = corm_secondary("edges", "to_id", "from_id"))
/* A chain: the one before and the one after. */
#define CARRIAGE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(OPTIONAL(INTEGER), next_id, .references = corm_ref(Carriage, id))                       \
    RELATIONSHIP(ONE_TO_ONE, next, Carriage, BACKREF(previous))
/* Everyone has a manager; at the top it is himself. */
#define EMPLOYEE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id,         .primary_key = true)                                               \
    COLUMN(TEXT,    name)                                                                          \
    COLUMN(INTEGER, manager_id, .references = corm_ref(Employee, id))                              \
    RELATIONSHIP(MANY_TO_ONE, manager, Employee, BACKREF(staff))
/* Two tables that refer to each other. */
#define TEAM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,         .primary_key = true)                                     \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), captain_id, .references = corm_ref(Player, id))                      \
    RELATIONSHIP(MANY_TO_ONE, captain, Player, NONE, .foreign_key = corm_ref(Team, captain_id))    \
    RELATIONSHIP(ONE_TO_MANY, players, Player, team, .foreign_key = corm_ref(Player, team_id),     \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)
#define PLAYER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,      .primary_key = true)                                                  \
    COLUMN(TEXT,    name)                                                                          \
    COLUMN(INTEGER, team_id, .references = corm_ref(Team, id))                                     \
    RELATIONSHIP(MANY_TO_ONE, team, Team, players, .foreign_key = corm_ref(Player, team_id))
/* The same, and neither can be there first. */
#define CHICKEN(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id,     .primary_key = true)                                                   \
    COLUMN(INTEGER, egg_id, .references = corm_ref(Egg, id))                                       \
    RELATIONSHIP(MANY_TO_ONE, egg, Egg, NONE, .foreign_key = corm_ref(Chicken, egg_id))
#define EGG(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id,         .primary_key = true)                                               \
    COLUMN(INTEGER, chicken_id, .references = corm_ref(Chicken, id))                               \
    RELATIONSHIP(MANY_TO_ONE, chicken, Chicken, NONE, .foreign_key = corm_ref(Egg, chicken_id))

#define WORLD(MODEL)                                                                               \
    MODEL(Node,     "nodes",     NODE)                                                             \
    MODEL(Country,  "countries", COUNTRY)                                                          \
    MODEL(Capital,  "capitals",  CAPITAL)                                                          \
    MODEL(Folder,   "folders",   FOLDER)                                                           \
    MODEL(Station,  "stations",  STATION)                                                          \
    MODEL(Carriage, "carriages", CARRIAGE)                                                         \
    MODEL(Employee, "employees", EMPLOYEE)                                                         \
    MODEL(Team,     "teams",     TEAM)                                                             \
    MODEL(Player,   "players",   PLAYER)                                                           \
    MODEL(Chicken,  "chickens",  CHICKEN)                                                          \
    MODEL(Egg,      "eggs",      EGG)
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

/* In a table that somebody else has made, without a key. */
static void a_pair_that_a_table_holds_twice_is_one_item(void **state)
{
    corm_session *session = *state;
    Post *post = User_posts(user_with_posts(session, "alice", 1)).items[0];
    run_sql(session, "DROP TABLE post_tags; CREATE TABLE post_tags (post_id INT, tag_id INT);"
                     "INSERT INTO tags (id, name) VALUES (1, 'red'), (2, 'blue');"
                     "INSERT INTO post_tags VALUES (1, 1), (1, 2), (NULL, 1), (1, 1), (1, NULL)");
    Tag *red = corm_get(session, Tag, 1);
    const corm_loading ways[] = {{0},
                                 corm_load(Post_.tags),
                                 corm_load_joined(Post_.tags),
                                 corm_load_where(Post_.tags, .where = corm_le(Tag_.id, 2)),
                                 corm_load_where(Post_.tags, .joined = true)};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        assert_ok(session, corm_expire_all(session));
        (void)corm_all(session, Post, .load = ways[i]);
        assert_int_equal(Post_tags(post).count, 2);
        assert_int_equal(Tag_posts(red).count, 1);
    }
    assert_ok(session, corm_expire_all(session));
    assert_int_equal(Post_tags(post).count, 2);
    assert_ok(session, Post_tags_remove(post, red));
    assert_ok(session, Post_tags_append(post, red)); /* nothing has changed */
    assert_ok(session, corm_commit(session));
    assert_int_equal(Post_tags(post).count, 2);
    assert_ok(session, Post_tags_replace(post, NULL, 0));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "0", "SELECT count(*) FROM post_tags WHERE post_id = 1 AND tag_id > 0");
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

/* Away from the session a capital does not know whose it was; the country still has it. */
static void a_one_to_one_value_that_has_moved_is_not_taken_from_its_new_owner(void **state)
{
    corm_session *session = *state;
    Country *france = corm_new(session, Country, .name = "France");
    Country *italy = corm_new(session, Country, .name = "Italy");
    Capital *paris = corm_new(session, Capital, .name = "Paris");
    Capital *rome = corm_new(session, Capital, .name = "Rome");
    assert_ok(session, Capital_country_set(paris, france));
    void *objects[] = {france, italy, paris, rome};
    for (int i = 0; i < 4; i++)
        assert_ok(session, corm_add(session, objects[i]));
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(Country_capital(france), paris);
    assert_ok(session, corm_expunge_all(session));
    assert_ok(session, Capital_country_set(paris, italy));
    assert_ok(session, Capital_country_set(rome, france));
    assert_ptr_equal(Capital_country(paris), italy);
    assert_ptr_equal(Country_capital(france), rome);
    for (int i = 0; i < 4; i++)
        assert_ok(session, corm_add(session, objects[i]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "Paris Italy, Rome France",
                  "SELECT group_concat(pair, ', ') FROM (SELECT capitals.name || ' ' || "
                  "countries.name AS pair FROM capitals JOIN countries ON countries.id = "
                  "country_id ORDER BY capitals.name)");
}

/* A new one that has given it up is transient again, and what it says then is no concern of the other's. */
static void a_one_to_one_owner_has_what_its_row_says_after_a_rollback(void **state)
{
    corm_session *session = *state;
    Country *france = corm_new(session, Country, .name = "France"),
            *italy = corm_new(session, Country, .name = "Italy");
    Capital *paris = corm_new(session, Capital, .name = "Paris");
    assert_ok(session, Capital_country_set(paris, france));
    assert_ok(session, corm_add(session, italy));
    assert_ok(session, corm_add(session, paris));
    assert_ok(session, corm_commit(session));
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        Capital *rome = corm_new(session, Capital, .name = "Rome");
        assert_ok(session, Capital_country_set(paris, NULL));
        assert_ok(session, Capital_country_set(rome, france));
        assert_ok(session, corm_add(session, rome));
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_rollback(session));
        assert_ok(session, Capital_country_set(rome, elsewhere ? italy : NULL));
        assert_ptr_equal(Country_capital(france), paris);
        assert_ok(session, corm_rollback(session));
    }
}

static void a_one_to_one_value_that_was_fetched_ahead_is_not_expunged_with_its_owner(void **state)
{
    corm_session *session = *state;
    for (int i = 0; i < 2; i++) {
        Country *country = corm_new(session, Country, .name = i == 0 ? "France" : "Italy");
        Capital *capital = corm_new(session, Capital, .name = i == 0 ? "Paris" : "Rome");
        assert_ok(session, Country_capital_set(country, capital));
        assert_ok(session, corm_add(session, country));
    }
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
    Capital_list capitals = corm_all(session, Capital, .order_by = corm_asc(Capital_.id));
    Country_list countries = corm_all(session, Country, .order_by = corm_asc(Country_.id));
    assert_int_equal(countries.count, 2);
    assert_int_equal(capitals.count, 2);
    Country *france = countries.items[0], *italy = countries.items[1];
    Capital *paris = capitals.items[0], *rome = capitals.items[1];
    assert_ptr_equal(Country_capital(france), paris); /* and Italy's with it */
    assert_ok(session, corm_expunge(session, italy));
    assert_true(corm_in_session(session, rome));
    assert_ok(session, corm_expunge(session, france));
    assert_false(corm_in_session(session, paris));
    assert_ok(session, corm_free(france));
    assert_ok(session, corm_free(paris));
    assert_ok(session, corm_free(italy));
}

static void a_one_to_one_value_is_not_given_to_what_a_statement_has_deleted(void **state)
{
    corm_session *session = *state;
    Country *country = corm_new(session, Country, .name = "Atlantis");
    Capital *capital = corm_new(session, Capital, .name = "Rome");
    assert_ok(session, corm_add(session, country));
    assert_ok(session, corm_add(session, capital));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_delete_all(session, Country, .where = corm_eq(Country_.name, "Atlantis")),
                     1);
    assert_status(session, CORM_ROW_MISSING, Country_capital_set(country, capital));
    assert_string_equal(corm_error_message(session),
                        "countries: the row of Country \"Atlantis\" is gone");
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

/* ---- A tree that owns its branches --------------------------------------------------------------------- */

static const char all_folders[] = "SELECT name, parent_id FROM folders ORDER BY name";

static Folder *new_folder(corm_session *session, const char *name, Folder *parent)
{
    Folder *folder = corm_new(session, Folder, .name = name);
    assert_got(session, folder);
    if (parent == NULL)
        assert_ok(session, corm_add(session, folder));
    else
        assert_ok(session, Folder_folders_append(parent, folder));
    return folder;
}

/* "/" with "b" and "a"; "b" with "b1", that with "b2", and so on to "b5". Keys are in this order. */
static Folder *new_tree(corm_session *session)
{
    Folder *root = new_folder(session, "/", NULL), *branch = new_folder(session, "b", root);
    (void)new_folder(session, "a", root);
    for (int i = 1; i <= 5; i++)
        branch = new_folder(session, corm_text(session, "b%d", i), branch);
    assert_ok(session, corm_commit(session));
    return root;
}

static void the_branches_of_a_tree_are_sorted_at_every_level(void **state)
{
    corm_session *session = *state;
    (void)new_tree(session);
    start_afresh(session);
    Folder *root = corm_one(session, Folder, .where = corm_is_null(Folder_.parent_id));
    assert_got(session, root);
    Folder_list folders = Folder_folders(root);
    assert_int_equal(folders.count, 2);
    assert_string_equal(folders.items[0]->name, "a");
    assert_string_equal(folders.items[1]->name, "b");
    assert_ptr_equal(Folder_parent(folders.items[0]), root);
    assert_null(Folder_parent(root));
    assert_ran(2, "SELECT");
}

static void deleting_a_branch_takes_all_below_it_along(void **state)
{
    corm_session *session = *state;
    (void)new_tree(session);
    start_afresh(session);
    Folder *b = corm_one(session, Folder, .where = corm_eq(Folder_.name, "b"));
    assert_ok(session, corm_delete(session, b));
    record(session);
    assert_ok(session, corm_commit(session));
    assert_ran(6, "DELETE");
    assert_ran(0, "UPDATE");
    assert_stored(session, "/|NULL;a|1", all_folders);
}

static void a_branch_that_is_taken_out_is_an_orphan_with_all_below_it(void **state)
{
    corm_session *session = *state;
    Folder *root = new_tree(session);
    Folder *b = Folder_folders(root).items[1];
    assert_ok(session, Folder_folders_remove(root, b));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "/|NULL;a|1", all_folders);
    assert_int_equal(corm_state(b), CORM_STATE_DETACHED);
}

static void a_branch_that_moves_takes_nothing_else_along(void **state)
{
    corm_session *session = *state;
    Folder *root = new_tree(session);
    Folder_list folders = Folder_folders(root);
    Folder *a = folders.items[0], *b = folders.items[1], *b1 = Folder_folders(b).items[0];
    assert_int_equal(Folder_folders(a).count, 0);
    record(session);
    assert_ok(session, Folder_parent_set(b1, a));
    assert_int_equal(Folder_folders(b).count, 0);
    assert_ptr_equal(Folder_folders(a).items[0], b1);
    assert_ok(session, corm_commit(session));
    assert_ran(1, "UPDATE");
    assert_ran(0, "DELETE");
    assert_stored(session, "b1|3", "SELECT name, parent_id FROM folders WHERE name = 'b1'");
    assert_ok(session, Folder_folders_append(root, b1)); /* and out of "a", which is deleted */
    assert_ok(session, corm_delete(session, a));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "/|NULL;b|1;b1|1;b2|4;b3|5;b4|6;b5|7", all_folders);
}

static void a_tree_is_turned_upside_down(void **state)
{
    corm_session *session = *state;
    Folder *root = new_tree(session), *b = Folder_folders(root).items[1];
    assert_ok(session, Folder_parent_set(b, NULL)); /* an orphan if that were all */
    assert_ok(session, Folder_folders_append(b, root));
    Folder *above = new_folder(session, "above", NULL);
    assert_ok(session, Folder_parent_set(b, above));
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(Folder_parent(root), b);
    assert_stored(session, "/|2;a|1;b|9",
                  "SELECT name, parent_id FROM folders"
                  " WHERE name IN ('/', 'a', 'b') ORDER BY name");
}

static void a_circle_of_owners_is_deleted_as_a_whole(void **state)
{
    corm_session *session = *state;
    Folder *x = new_folder(session, "x", NULL), *y = new_folder(session, "y", x);
    Folder *z = new_folder(session, "z", y);
    assert_ok(session, Folder_folders_append(z, x));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "3", "SELECT count(*) FROM folders WHERE parent_id <> id");
    assert_ok(session, corm_delete(session, y));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "", all_folders);
}

/* ---- Graphs ------------------------------------------------------------------------------------------ */

static const char all_edges[] = "SELECT from_id, to_id FROM edges ORDER BY 1, 2";

static void a_graph_is_walked_in_both_directions(void **state)
{
    corm_session *session = *state;
    Station *stations[4];
    for (size_t i = 0; i < 4; i++) {
        stations[i] = corm_new(session, Station, .name = corm_text(session, "%zu", i + 1));
        assert_ok(session, corm_add(session, stations[i]));
    }
    for (size_t i = 0; i < 4; i++) /* a circle */
        assert_ok(session, Station_next_append(stations[i], stations[(i + 1) % 4]));
    assert_ok(session, Station_previous_append(stations[0], stations[1])); /* and back */
    assert_ok(session, Station_next_append(stations[2], stations[2]));     /* and to itself */
    assert_true(Station_next_contains(stations[1], stations[0]));
    assert_true(Station_previous_contains(stations[2], stations[2]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|2;2|1;2|3;3|3;3|4;4|1", all_edges);
    assert_int_equal(Station_next(stations[1]).count, 2);
    assert_int_equal(Station_previous(stations[2]).count, 2);
    assert_ok(session, Station_previous_remove(stations[0], stations[3]));
    assert_ok(session, Station_next_remove(stations[2], stations[2]));
    assert_false(Station_previous_contains(stations[2], stations[2]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|2;2|1;2|3;3|4", all_edges);
    assert_ok(session, corm_delete(session, stations[1]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "3|4", all_edges);
    assert_stored(session, "3", "SELECT count(*) FROM stations");
}

static void a_chain_is_cut_and_closed(void **state)
{
    corm_session *session = *state;
    Carriage *train[3];
    for (size_t i = 0; i < 3; i++)
        train[i] = corm_new(session, Carriage, .id = (int64_t)i + 1);
    assert_ok(session, Carriage_next_set(train[0], train[1]));
    assert_ok(session, Carriage_previous_set(train[2], train[1]));
    assert_ok(session, corm_add(session, train[1]));
    assert_ok(session, corm_commit(session));
    const char *chain = "SELECT id, next_id FROM carriages ORDER BY id";
    assert_stored(session, "1|2;2|3;3|NULL", chain);
    assert_ok(session, Carriage_next_set(train[0], train[2])); /* 3 is taken from 2 */
    assert_null(Carriage_next(train[1]));
    assert_null(Carriage_previous(train[1]));
    assert_ok(session, corm_delete(session, train[1]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|3;3|NULL", chain);
    assert_ok(session, Carriage_next_set(train[2], train[0]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|3;3|1", chain);
    assert_ptr_equal(Carriage_previous(train[2]), train[0]);
}

/* ---- Who manages himself, and who needs whom ------------------------------------------------------------ */

static void an_employee_who_manages_himself_needs_a_key_beforehand(void **state)
{
    corm_session *session = *state;
    Employee *boss = corm_new(session, Employee, .name = "boss");
    assert_ok(session, Employee_manager_set(boss, boss));
    assert_ok(session, corm_add(session, boss));
    assert_status(session, CORM_CYCLE, corm_commit(session));
    assert_message(session, "Employee \"boss\" needs its own row first through Employee.manager: "
                            "give it a key beforehand, or make manager_id OPTIONAL");
    assert_ok(session, corm_rollback(session));
    boss->id = 10;
    assert_ok(session, Employee_manager_set(boss, boss));
    assert_ok(session, corm_add(session, boss));
    Employee *clerk = corm_new(session, Employee, .name = "clerk");
    assert_ok(session, Employee_staff_append(boss, clerk));
    assert_ok(session, corm_commit(session));
    const char *all = "SELECT id, manager_id FROM employees ORDER BY id";
    assert_stored(session, "10|10;11|10", all);
    assert_int_equal(Employee_staff(boss).count, 2);
    assert_ptr_equal(Employee_manager(boss), boss);
    assert_status(session, CORM_OK, Employee_manager_set(clerk, clerk));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "10|10;11|11", all);
    assert_ok(session, corm_delete(session, boss));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "11|11", all);
}

static void managers_that_manage_each_other_are_a_circle(void **state)
{
    corm_session *session = *state;
    Employee *one = corm_new(session, Employee, .name = "one");
    Employee *two = corm_new(session, Employee, .name = "two");
    assert_ok(session, Employee_manager_set(one, two));
    assert_ok(session, Employee_manager_set(two, one));
    assert_ok(session, corm_add(session, one));
    assert_status(session, CORM_CYCLE, corm_commit(session));
    assert_message(session, "need each other's row first through Employee.manager: make manager_id "
                            "OPTIONAL");
    assert_ok(session, corm_rollback(session));
}

static void tables_that_refer_to_each_other_are_closed_by_an_update(void **state)
{
    corm_session *session = *state;
    Team *team = corm_new(session, Team, .name = "reds");
    Player *ann = corm_new(session, Player, .name = "ann");
    Player *bob = corm_new(session, Player, .name = "bob");
    assert_ok(session, Team_players_append(team, ann));
    assert_ok(session, Team_players_append(team, bob));
    assert_ok(session, Team_captain_set(team, bob));
    assert_ok(session, corm_add(session, team));
    assert_ok(session, corm_commit(session));
    assert_ran(3, "INSERT");
    assert_ran(1, "UPDATE");
    assert_stored(session, "reds|bob",
                  "SELECT t.name, p.name FROM teams t JOIN players p ON p.id = t.captain_id");
    assert_ok(session, corm_delete(session, bob)); /* still captain */
    assert_status(session, CORM_OK, Team_captain_set(team, ann));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "ann",
                  "SELECT p.name FROM teams t JOIN players p ON p.id = t.captain_id");
    record(session);
    assert_ok(session, corm_delete(session, team)); /* team and captain at once */
    assert_ok(session, corm_commit(session));
    assert_ran(2, "DELETE");
    assert_stored(session, "0|0", "SELECT (SELECT count(*) FROM teams), count(*) FROM players");
}

static void where_neither_can_be_first_it_is_told(void **state)
{
    corm_session *session = *state;
    Chicken *chicken = corm_new(session, Chicken, .id = 1);
    Egg *egg = corm_new(session, Egg, .id = 1);
    assert_ok(session, Chicken_egg_set(chicken, egg));
    assert_ok(session, Egg_chicken_set(egg, chicken));
    assert_ok(session, corm_add(session, chicken));
    assert_status(session, CORM_CYCLE, corm_commit(session));
    assert_message(session, "need each other's row first through");
    assert_message(session, "_id OPTIONAL");
    assert_ok(session, corm_rollback(session));
    run_sql(session, "PRAGMA defer_foreign_keys = ON; INSERT INTO chickens VALUES (1, 1);"
                     "INSERT INTO eggs VALUES (1, 1)");
    assert_ok(session, corm_commit(session));
    chicken = corm_get(session, Chicken, 1);
    egg = corm_get(session, Egg, 1);
    assert_ok(session, corm_delete(session, chicken)); /* and neither can go first */
    assert_ok(session, corm_delete(session, egg));
    assert_status(session, CORM_CYCLE, corm_commit(session));
    assert_message(session, "need each other's row first through");
    assert_ok(session, corm_rollback(session));
}

/* ---- Objects that leave one after the other -------------------------------------------------------- */

static void whoever_leaves_is_forgotten_by_all_who_stay(void **state)
{
    enum { PAIRS = 6 };
    corm_session *session = *state;
    Node *parents[PAIRS], *children[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        parents[i] = corm_new(session, Node, .name = "parent");
        children[i] = corm_new(session, Node, .name = "child");
        assert_ok(session, Node_parent_set(children[i], parents[i]));
        assert_ok(session, corm_add(session, children[i]));
    }
    assert_ok(session, corm_commit(session));
    for (int i = 0; i < PAIRS; i++) {
        assert_int_equal(Node_children(children[i]).count, 0);
        assert_ptr_equal(Node_parent(children[i]), parents[i]);
    }
    for (int i = 0; i < PAIRS; i++) /* they know of their parents, but these do not know it */
        assert_ok(session, corm_expire(session, parents[i]));
    Node *made = corm_new(session, Node, .name = "new");
    assert_ok(session, Node_parent_set(made, parents[4]));
    for (int i = 0; i < PAIRS; i++) {
        assert_ok(session, corm_expunge(session, parents[i]));
        if (i == 2) /* what is linked in between is known, too */
            assert_ok(session, Node_parent_set(children[0], parents[3]));
        if (i == 1) /* who has left need not forget, and may be gone */
            assert_ok(session, (corm_expunge(session, children[5]), corm_free(children[5])));
    }
    assert_null(Node_parent(made));
    for (int i = 0; i < PAIRS - 1; i++) {
        assert_ptr_not_equal(Node_parent(children[i]), parents[i]);
        assert_ptr_not_equal(Node_parent(children[i]), parents[3]);
        assert_got(session, Node_parent(children[i]));
    }
    for (int i = 0; i < PAIRS; i++)
        assert_ok(session, corm_free(parents[i]));
}

static void what_was_appended_to_a_list_and_has_left_is_not_looked_at(void **state)
{
    corm_session *session = *state, *other = corm_sqlite_open(":memory:", &world);
    Node *root = corm_new(session, Node, .name = "root"), *guest;
    assert_ok(session, corm_add(session, root));
    assert_ok(session, corm_commit(session));
    guest = corm_new(other, Node, .name = "guest");
    assert_ok(other, corm_add(other, guest));
    assert_ok(other, corm_expunge(other, guest));
    corm_session_close(other);
    assert_ok(session, corm_add(session, guest));
    assert_ok(session, Node_children_append(root, guest)); /* which is not loaded */
    assert_ok(session, corm_expunge(session, guest));
    assert_ok(session, corm_free(guest));
    assert_int_equal(Node_children(root).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(many_to_many_is_kept_from_both_sides),
        BLOG_TEST(a_pair_that_a_table_holds_twice_is_one_item),
        BLOG_TEST(many_to_many_appended_and_removed_is_no_sql),
        WORLD_TEST(a_one_to_one_value_has_one_owner),
        WORLD_TEST(a_one_to_one_value_that_has_moved_is_not_taken_from_its_new_owner),
        WORLD_TEST(a_one_to_one_owner_has_what_its_row_says_after_a_rollback),
        WORLD_TEST(a_one_to_one_value_that_was_fetched_ahead_is_not_expunged_with_its_owner),
        WORLD_TEST(a_one_to_one_value_is_not_given_to_what_a_statement_has_deleted),
        WORLD_TEST(parents_of_a_tree_are_inserted_before_their_children),
        WORLD_TEST(the_children_of_a_tree_are_deleted_before_their_parents),
        WORLD_TEST(a_branch_can_be_moved_and_its_parent_deleted_in_one_flush),
        WORLD_TEST(a_row_may_be_its_own_parent),
        WORLD_TEST(rows_that_refer_to_each_other_are_closed_by_an_update),
        WORLD_TEST(the_branches_of_a_tree_are_sorted_at_every_level),
        WORLD_TEST(deleting_a_branch_takes_all_below_it_along),
        WORLD_TEST(a_branch_that_is_taken_out_is_an_orphan_with_all_below_it),
        WORLD_TEST(a_branch_that_moves_takes_nothing_else_along),
        WORLD_TEST(a_tree_is_turned_upside_down),
        WORLD_TEST(a_circle_of_owners_is_deleted_as_a_whole),
        WORLD_TEST(a_graph_is_walked_in_both_directions),
        WORLD_TEST(a_chain_is_cut_and_closed),
        WORLD_TEST(an_employee_who_manages_himself_needs_a_key_beforehand),
        WORLD_TEST(managers_that_manage_each_other_are_a_circle),
        WORLD_TEST(tables_that_refer_to_each_other_are_closed_by_an_update),
        WORLD_TEST(where_neither_can_be_first_it_is_told),
        WORLD_TEST(whoever_leaves_is_forgotten_by_all_who_stay),
        WORLD_TEST(what_was_appended_to_a_list_and_has_left_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
