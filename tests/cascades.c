/* cascades: what is done to an object is done to the related ones, one cascade at a time. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
/* The same children under every cascade that there is. */
#define CHILD(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Parent, id))

#define PARENT(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(ONE_TO_MANY, defaults,  Default,  NONE)                                           \
    RELATIONSHIP(ONE_TO_MANY, nothings,  Nothing,  NONE, .cascade = CORM_CASCADE_NONE)             \
    RELATIONSHIP(ONE_TO_MANY, saved,     Saved,    NONE, .cascade = CORM_CASCADE_SAVE_UPDATE)      \
    RELATIONSHIP(ONE_TO_MANY, deleted,   Deleted,  NONE,                                           \
                 .cascade = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_DELETE)                        \
    RELATIONSHIP(ONE_TO_MANY, orphans,   Orphan,   NONE,                                           \
                 .cascade = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_DELETE |                       \
                            CORM_CASCADE_DELETE_ORPHAN)                                            \
    RELATIONSHIP(ONE_TO_MANY, expunged,  Expunged, NONE,                                           \
                 .cascade = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_EXPUNGE)                       \
    RELATIONSHIP(ONE_TO_MANY, refreshed, Refreshed, NONE,                                          \
                 .cascade = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_REFRESH_EXPIRE)                \
    RELATIONSHIP(ONE_TO_MANY, wholes,    Whole,    NONE, .cascade = CORM_CASCADE_ALL)              \
    RELATIONSHIP(ONE_TO_MANY, passive,   Passive,  BACKREF(parent), .cascade = CORM_CASCADE_ALL,   \
                 .passive_deletes = true)                                                          \
    RELATIONSHIP(ONE_TO_MANY, lodgers,   Lodger,   NONE)

#define PASSIVE(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Parent, id),                       \
                                         .on_delete = CORM_ACTION_CASCADE)
/* Of what the database deletes. */
#define NOTE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,         .primary_key = true)                                     \
    COLUMN(OPTIONAL(INTEGER), passive_id, .references = corm_ref(Passive, id),                     \
                                          .on_delete = CORM_ACTION_SET_NULL)                       \
    RELATIONSHIP(MANY_TO_ONE, about, Passive, BACKREF(notes))

#define FAMILY(MODEL)                                                                              \
    MODEL(Parent,    "parents",   PARENT)                                                          \
    MODEL(Default,   "defaults",  CHILD)                                                           \
    MODEL(Nothing,   "nothings",  CHILD)                                                           \
    MODEL(Saved,     "saved",     CHILD)                                                           \
    MODEL(Deleted,   "deleted",   CHILD)                                                           \
    MODEL(Orphan,    "orphans",   CHILD)                                                           \
    MODEL(Expunged,  "expunged",  CHILD)                                                           \
    MODEL(Refreshed, "refreshed", CHILD)                                                           \
    MODEL(Whole,     "wholes",    CHILD)                                                           \
    MODEL(Passive,   "passive",   PASSIVE)                                                         \
    MODEL(Lodger,    "lodgers",   PASSIVE)                                                         \
    MODEL(Note,      "notes",     NOTE)
/* clang-format on */

CORM_SCHEMA(family, FAMILY)

static int open_family(void **state)
{
    *state = memory_session(&family);
    return *state == NULL;
}

#define FAMILY_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_family, close_session)

/* What each of the relationships is expected to do, in one place. */
enum { CHILDREN = 8 };
static const struct expectation {
    const char *table;
    bool saves, deletes, orphans, expunges, refreshes;
} expectations[CHILDREN] = {
    {"defaults", true, false, false, false, false}, {"nothings", false, false, false, false, false},
    {"saved", true, false, false, false, false},    {"deleted", true, true, false, false, false},
    {"orphans", true, true, true, false, false},    {"expunged", true, false, false, true, false},
    {"refreshed", true, false, false, false, true}, {"wholes", true, true, false, true, true},
};

/* One child of every kind, as the type-erased calls take them. */
struct household {
    Parent *parent;
    void *children[CHILDREN];
    corm_relationship_ref relationships[CHILDREN];
};

static struct household new_household(corm_session *session)
{
    struct household house = {
        .parent = corm_new(session, Parent, .name = "parent"),
        .children = {corm_new(session, Default, .name = "c"),
                     corm_new(session, Nothing, .name = "c"), corm_new(session, Saved, .name = "c"),
                     corm_new(session, Deleted, .name = "c"),
                     corm_new(session, Orphan, .name = "c"),
                     corm_new(session, Expunged, .name = "c"),
                     corm_new(session, Refreshed, .name = "c"),
                     corm_new(session, Whole, .name = "c")},
        .relationships = {Parent_.defaults, Parent_.nothings, Parent_.saved, Parent_.deleted,
                          Parent_.orphans, Parent_.expunged, Parent_.refreshed, Parent_.wholes},
    };
    assert_got(session, house.parent);
    for (size_t i = 0; i < CHILDREN; i++) {
        assert_got(session, house.children[i]);
        assert_ok(session,
                  corm_related_append(house.parent, house.relationships[i], house.children[i]));
    }
    return house;
}

/* The same, everything in the session and committed, the collections loaded. */
static struct household committed_household(corm_session *session)
{
    struct household house = new_household(session);
    assert_ok(session, corm_add(session, house.parent));
    for (size_t i = 0; i < CHILDREN; i++)
        assert_ok(session, corm_add(session, house.children[i]));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(house.parent));
    for (size_t i = 0; i < CHILDREN; i++) {
        assert_int_equal(corm_related_list(house.parent, house.relationships[i]).count, 1);
        assert_ok(session, corm_current(house.children[i]));
    }
    record(session);
    return house;
}

static int rows_of(corm_session *session, const char *table)
{
    char sql[64];
    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM \"%s\"", table);
    return atoi(ask(session, sql));
}

#define assert_for(table_, condition_)                                                             \
    do {                                                                                           \
        if (!(condition_))                                                                         \
            complain(__FILE__, __LINE__, "%s: %s", (table_), #condition_);                         \
    } while (0)

static void save_update_adds_the_related_objects(void **state)
{
    corm_session *session = *state;
    struct household house = new_household(session);
    assert_ok(session, corm_add(session, house.parent));
    for (size_t i = 0; i < CHILDREN; i++)
        assert_for(expectations[i].table,
                   corm_in_session(session, house.children[i]) == expectations[i].saves);
}

static void save_update_adds_what_is_appended_later(void **state)
{
    corm_session *session = *state;
    Parent *parent = corm_new(session, Parent, .name = "parent");
    assert_ok(session, corm_add(session, parent));
    Saved *saved = corm_new(session, Saved, .name = "later");
    Nothing *nothing = corm_new(session, Nothing, .name = "later");
    assert_ok(session, Parent_saved_append(parent, saved));
    assert_ok(session, Parent_nothings_append(parent, nothing));
    assert_int_equal(corm_state(saved), CORM_STATE_PENDING);
    assert_int_equal(corm_state(nothing), CORM_STATE_TRANSIENT);
}

/* Until then nothing is stored of the link, which the objects have nevertheless. */
static void what_refers_to_a_new_object_outside_is_written_when_that_is_added(void **state)
{
    corm_session *session = *state;
    for (int stored = 0; stored < 2; stored++) {
        Parent *parent = corm_new(session, Parent, .name = "parent");
        Nothing *nothing = corm_new(session, Nothing, .name = "child");
        assert_ok(session, corm_add(session, nothing));
        if (stored)
            assert_ok(session, corm_commit(session));
        assert_ok(session, Parent_nothings_append(parent, nothing));
        assert_ok(session, corm_flush(session));
        assert_int_equal(corm_state(parent), CORM_STATE_TRANSIENT);
        assert_false(nothing->parent_id.has_value);
        assert_ok(session, corm_add(session, parent));
        assert_ok(session, corm_flush(session));
        assert_true(nothing->parent_id.has_value && nothing->parent_id.value == parent->id);
        assert_ok(session, corm_commit(session));
        assert_true(Parent_nothings_contains(parent, nothing));
    }
}

static void delete_deletes_the_related_objects(void **state)
{
    corm_session *session = *state;
    for (int loaded = 0; loaded < 2; loaded++) {
        struct household house = committed_household(session);
        if (loaded == 0) {
            start_afresh(session);
            house.parent = corm_first(session, Parent);
        }
        assert_ok(session, corm_delete(session, house.parent));
        assert_ok(session, corm_commit(session));
        for (size_t i = 0; i < CHILDREN; i++) {
            assert_for(expectations[i].table,
                       rows_of(session, expectations[i].table) == !expectations[i].deletes);
            char sql[64];
            (void)snprintf(sql, sizeof sql, "SELECT parent_id FROM \"%s\"", expectations[i].table);
            assert_for(expectations[i].table,
                       strcmp(ask(session, sql), expectations[i].deletes ? "" : "NULL") == 0);
            (void)snprintf(sql, sizeof sql, "DELETE FROM \"%s\"", expectations[i].table);
            run_sql(session, sql);
        }
        assert_ok(session, corm_commit(session));
    }
}

static void only_delete_orphan_deletes_what_was_taken_out(void **state)
{
    corm_session *session = *state;
    struct household house = committed_household(session);
    for (size_t i = 0; i < CHILDREN; i++)
        assert_ok(session,
                  corm_related_remove(house.parent, house.relationships[i], house.children[i]));
    assert_ok(session, corm_commit(session));
    for (size_t i = 0; i < CHILDREN; i++)
        assert_for(expectations[i].table,
                   rows_of(session, expectations[i].table) == !expectations[i].orphans);
}

/* The same, whether a query between the two calls has flushed or not. */
static void what_was_stored_without_a_parent_is_an_orphan_once_it_has_lost_one(void **state)
{
    corm_session *session = *state;
    Parent *parent = corm_new(session, Parent, .name = "p");
    assert_ok(session, corm_add(session, parent));
    run_sql(session, "INSERT INTO orphans VALUES (1, 'a', NULL), (2, 'b', NULL), (3, 'c', NULL)");
    run_sql(session, "INSERT INTO saved VALUES (1, 'a', NULL)");
    Orphan *taken = corm_get(session, Orphan, 1), *back = corm_get(session, Orphan, 2),
           *flushed = corm_get(session, Orphan, 3);
    Saved *saved = corm_get(session, Saved, 1);
    assert_ok(session, Parent_orphans_append(parent, flushed));
    assert_ok(session, corm_flush(session));
    assert_ok(session, Parent_orphans_append(parent, taken));
    assert_ok(session, Parent_orphans_append(parent, back));
    assert_ok(session, Parent_saved_append(parent, saved));
    assert_ok(session, Parent_orphans_remove(parent, taken));
    assert_ok(session, Parent_orphans_remove(parent, flushed));
    assert_ok(session, Parent_orphans_remove(parent, back));
    assert_ok(session, Parent_orphans_append(parent, back));
    assert_ok(session, Parent_saved_remove(parent, saved));
    corm_plan plan = corm_session_plan(session);
    assert_int_equal(plan.count, 3);
    assert_string_equal(plan.items[0].text, "UPDATE orphans#2: in parents#1.orphans");
    assert_string_equal(plan.items[1].text, "DELETE orphans#1: orphan");
    assert_string_equal(plan.items[2].text, "DELETE orphans#3: orphan of parents#1.orphans");
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2", "SELECT group_concat(id) FROM orphans");
    assert_stored(session, "1", "SELECT group_concat(id) FROM saved");
}

static void expunge_takes_the_related_objects_along(void **state)
{
    corm_session *session = *state;
    struct household house = committed_household(session);
    assert_ok(session, corm_expunge(session, house.parent));
    for (size_t i = 0; i < CHILDREN; i++) {
        assert_for(expectations[i].table,
                   corm_in_session(session, house.children[i]) == !expectations[i].expunges);
        if (expectations[i].expunges)
            assert_int_equal(corm_free(house.children[i]), CORM_OK);
    }
    assert_int_equal(corm_free(house.parent), CORM_OK);
}

static void refresh_and_expire_reach_the_related_objects(void **state)
{
    corm_session *session = *state;
    struct household house = committed_household(session);
    run_sql(session, "UPDATE saved SET name = 'new'");
    run_sql(session, "UPDATE refreshed SET name = 'new'");
    run_sql(session, "UPDATE wholes SET name = 'new'");
    assert_ok(session, corm_expire(session, house.parent));
    Saved *saved = house.children[2];
    Refreshed *refreshed = house.children[6];
    Whole *whole = house.children[7];
    assert_ok(session, corm_current(saved));
    assert_ok(session, corm_current(refreshed));
    assert_ok(session, corm_current(whole));
    assert_string_equal(saved->name, "c");
    assert_string_equal(refreshed->name, "new");
    assert_string_equal(whole->name, "new");
}

static void children_that_the_database_deletes_are_deleted_with_their_parent(void **state)
{
    corm_session *session = *state;
    Parent *parent = corm_new(session, Parent, .name = "parent");
    Passive *seen = corm_new(session, Passive, .name = "seen");
    assert_ok(session, Parent_passive_append(parent, seen));
    assert_ok(session, corm_add(session, parent));
    assert_ok(session, corm_flush(session));
    run_sql(session, "INSERT INTO passive(name, parent_id) VALUES ('unseen', 1)");
    assert_ok(session, corm_commit(session));
    record(session);
    assert_ok(session, corm_delete(session, parent));
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_state(seen), CORM_STATE_DELETED);
    assert_ptr_equal(Passive_parent(seen), parent);
    assert_stored(session, "0", "SELECT count(*) FROM passive");
    assert_ok(session, corm_rollback(session));
    assert_ptr_equal(Passive_parent(seen), parent);
    assert_int_equal(Parent_passive(parent).count, 2);
    assert_ok(session, corm_delete(session, parent));
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(Passive_parent(seen), parent);
}

static void
what_no_cascade_of_the_session_reaches_outlives_a_parent_that_the_database_would_take_along(
    void **state)
{
    corm_session *session = *state;
    Parent *parent = corm_new(session, Parent, .name = "parent");
    Lodger *old = corm_new(session, Lodger, .name = "old"), *young;
    assert_ok(session, Parent_lodgers_append(parent, old));
    assert_ok(session, corm_add(session, parent));
    assert_ok(session, corm_commit(session));
    young = corm_new(session, Lodger, .name = "young");
    assert_ok(session, Parent_lodgers_append(parent, young)); /* in the same flush */
    assert_ok(session, corm_delete(session, parent));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2", "SELECT count(*) FROM lodgers WHERE parent_id IS NULL");
}

/* The note belongs to what goes with the parent, which nobody has looked at. */
static void what_the_database_has_deleted_leaves_its_own_children_to_the_database_too(void **state)
{
    corm_session *session = *state;
    Parent *parent = corm_new(session, Parent, .name = "parent");
    Passive *child = corm_new(session, Passive, .name = "child");
    Note *note = corm_new(session, Note);
    assert_ok(session, Parent_passive_append(parent, child));
    assert_ok(session, Note_about_set(note, child));
    assert_ok(session, corm_add(session, parent));
    assert_ok(session, corm_add(session, note));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(child));
    assert_ok(session, corm_current(note));
    assert_ok(session, corm_delete(session, parent));
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_state(child), CORM_STATE_DELETED);
    assert_stored(session, "1", "SELECT count(*) FROM notes WHERE passive_id IS NULL");
    assert_false(note->passive_id.has_value);
    assert_null(Note_about(note));
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_current(note));
    assert_true(note->passive_id.has_value);
    assert_ptr_equal(Note_about(note), child);
}

/* New again after a rollback, both know of each other, although nobody loaded the list after it expired. */
static void what_was_new_and_deleted_while_it_was_expired_is_linked_at_both_ends(void **state)
{
    corm_session *session = *state;
    for (int with_child = 0; with_child < 2; with_child++) {
        Parent *parent = corm_new(session, Parent, .name = "parent");
        Passive *child = corm_new(session, Passive, .name = "child");
        assert_ok(session, Parent_passive_append(parent, child));
        assert_ok(session, corm_add(session, parent));
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_expire_all(session));
        if (with_child)
            assert_ok(session, corm_delete(session, child));
        assert_ok(session, corm_delete(session, parent));
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_rollback(session));
        assert_ptr_equal(Passive_parent(child), parent);
        assert_true(Parent_passive_contains(parent, child));
        assert_ok(session, Parent_passive_replace(parent, NULL, 0));
        assert_null(Passive_parent(child));
    }
}

/* Nobody but the foreign key says to whom the new one belongs. */
static void a_new_child_of_what_is_deleted_in_the_same_flush_is_left_to_the_database(void **state)
{
    corm_session *session = *state;
    Passive *child = corm_new(session, Passive, .name = "child");
    assert_ok(session, corm_add(session, child));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(child));
    Note *note = corm_new(session, Note, .passive_id = corm_some(child->id));
    assert_ok(session, corm_add(session, note));
    assert_ok(session, corm_delete(session, child));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "1", "SELECT count(*) FROM notes WHERE passive_id IS NULL");
    assert_false(note->passive_id.has_value);
    assert_null(Note_about(note));
}

/* What it had stayed in the session: away, it does not know it; back again, it asks. */
static void what_was_expunged_looks_for_its_children_before_it_is_deleted(void **state)
{
    corm_session *session = *state;
    Passive *child = corm_new(session, Passive, .name = "child");
    Note *note = corm_new(session, Note);
    assert_ok(session, Note_about_set(note, child));
    assert_ok(session, corm_add(session, child));
    assert_ok(session, corm_add(session, note));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Passive_notes(child).count, 1);
    assert_ok(session, corm_current(note));
    assert_ok(session, corm_expunge(session, child));
    assert_int_equal(Passive_notes(child).count, 0);
    assert_ok(session, corm_add(session, child));
    assert_int_equal(Passive_notes(child).count, 1);
    assert_ok(session, corm_expunge(session, child));
    assert_ok(session, corm_delete(session, child)); /* which adds it */
    assert_ok(session, corm_flush(session));
    assert_false(note->passive_id.has_value);
    assert_stored(session, "1", "SELECT count(*) FROM notes WHERE passive_id IS NULL");
}

static void what_cannot_come_into_the_session_changes_nothing(void **state)
{
    corm_session *session = *state;
    Passive *away = corm_new(session, Passive, .name = "child");
    Note *note = corm_new(session, Note);
    assert_ok(session, corm_add(session, away));
    assert_ok(session, corm_add(session, note));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_expunge(session, away));
    Passive *child = corm_get(session, Passive, 1);
    assert_ok(session, Note_about_set(note, child));
    assert_int_equal(Passive_notes(child).count, 1);
    assert_status(session, CORM_IDENTITY_CONFLICT, Note_about_set(note, away));
    assert_ptr_equal(Note_about(note), child);
    assert_ptr_equal(Passive_notes(child).items[0], note);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1", "SELECT passive_id FROM notes");
    assert_ok(session, corm_free(away));
}

static void all_with_delete_orphan_keeps_nothing_of_a_deleted_user(void **state)
{
    corm_session *session = *state;
    User *alice = user_with_posts(session, "alice", 10);
    (void)user_with_posts(session, "bob", 1);
    assert_ok(session, corm_commit(session));
    record(session);
    assert_ok(session, corm_delete(session, alice));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "bob 1", "SELECT title FROM posts");
    assert_stored(session, "bob", "SELECT username FROM users");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAMILY_TEST(save_update_adds_the_related_objects),
        FAMILY_TEST(save_update_adds_what_is_appended_later),
        FAMILY_TEST(delete_deletes_the_related_objects),
        FAMILY_TEST(only_delete_orphan_deletes_what_was_taken_out),
        FAMILY_TEST(what_was_stored_without_a_parent_is_an_orphan_once_it_has_lost_one),
        FAMILY_TEST(expunge_takes_the_related_objects_along),
        FAMILY_TEST(refresh_and_expire_reach_the_related_objects),
        FAMILY_TEST(children_that_the_database_deletes_are_deleted_with_their_parent),
        FAMILY_TEST(
            what_no_cascade_of_the_session_reaches_outlives_a_parent_that_the_database_would_take_along),
        FAMILY_TEST(what_the_database_has_deleted_leaves_its_own_children_to_the_database_too),
        FAMILY_TEST(what_was_new_and_deleted_while_it_was_expired_is_linked_at_both_ends),
        FAMILY_TEST(a_new_child_of_what_is_deleted_in_the_same_flush_is_left_to_the_database),
        FAMILY_TEST(what_was_expunged_looks_for_its_children_before_it_is_deleted),
        FAMILY_TEST(what_refers_to_a_new_object_outside_is_written_when_that_is_added),
        FAMILY_TEST(what_cannot_come_into_the_session_changes_nothing),
        BLOG_TEST(all_with_delete_orphan_keeps_nothing_of_a_deleted_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
