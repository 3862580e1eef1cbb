/* versions: a version column tells a session that someone else has changed the row since it was
 * read. */
#define _XOPEN_SOURCE 700
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define WRITER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(TEXT,    name,    .primary_key = true)                                                  \
    COLUMN(INTEGER, version, .version = true)                                                      \
    RELATIONSHIP(ONE_TO_MANY, notes, Note, writer)

#define NOTE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,        id,        .primary_key = true)                                         \
    COLUMN(TEXT,           text,      .length = 20)                                                \
    COLUMN(INTEGER,        version,   .version = true)                                             \
    COLUMN(OPTIONAL(TEXT), writer_id, .references = corm_ref(Writer, name))                        \
    COLUMN(TEXT,           shout,     .generated = "upper(text)")                                  \
    RELATIONSHIP(MANY_TO_ONE, writer, Writer, notes)

#define NODE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(OPTIONAL(INTEGER), next_id, .references = corm_ref(Node, id))                           \
    COLUMN(INTEGER,           version, .version = true)                                            \
    RELATIONSHIP(ONE_TO_ONE, next, Node, BACKREF(previous))

#define LEAF(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,      .primary_key = true)                                                  \
    COLUMN(INTEGER, tree_id, .references = corm_ref(Tree, id), .on_delete = CORM_ACTION_CASCADE)   \
    COLUMN(INTEGER, version, .version = true)

#define TREE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,      .primary_key = true)                                                  \
    COLUMN(INTEGER, version, .version = true)                                                      \
    RELATIONSHIP(ONE_TO_MANY, leaves, Leaf, BACKREF(tree), .passive_deletes = true)                \
    RELATIONSHIP(MANY_TO_MANY, nodes, Node, BACKREF(trees),                                        \
                 .secondary = corm_secondary("tree_nodes", "tree_id", "node_id"))

#define DESK(MODEL)                                                                                \
    MODEL(Writer, "writers", WRITER)                                                               \
    MODEL(Note,   "notes",   NOTE)                                                                 \
    MODEL(Node,   "nodes",   NODE)                                                                 \
    MODEL(Tree,   "trees",   TREE)                                                                 \
    MODEL(Leaf,   "leaves",  LEAF)
/* clang-format on */

CORM_SCHEMA(desk, DESK)

static int open_desk(void **state)
{
    *state = memory_session(&desk);
    return *state == NULL;
}

#define DESK_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_desk, close_session)

static Note *new_note(corm_session *session, const char *text)
{
    Note *note = corm_new(session, Note, .text = text);
    assert_got(session, note);
    assert_ok(session, corm_add(session, note));
    return note;
}

/* What another session would do, in this one's transaction. */
static void someone_else_changes(corm_session *session, const char *table)
{
    char sql[80];
    (void)snprintf(sql, sizeof sql, "UPDATE %s SET version = version + 1", table);
    run_sql(session, sql);
}

/* ---- Counting -------------------------------------------------------------------------------------- */

static void a_new_row_has_version_1_and_each_update_counts_one(void **state)
{
    corm_session *session = *state;
    Note *note = new_note(session, "milk");
    assert_true(corm_is_unset(note, Note_.version));
    assert_ok(session, corm_flush(session));
    assert_int_equal(note->version, 1);
    for (int i = 2; i < 5; i++) {
        note->text = corm_text(session, "milk %d", i);
        record(session);
        assert_ok(session, corm_commit(session));
        assert_int_equal(note->version, i);
        assert_string_equal(
            sql_of("UPDATE", 0),
            "UPDATE \"notes\" SET \"text\" = ?1, \"version\" = ?2 WHERE \"id\" = ?3 "
            "AND \"version\" = ?4 RETURNING \"shout\"");
    }
    assert_string_equal(values_of("UPDATE", 0), "'milk 4', 4, 1, 3");
    record(session);
    assert_ok(session, corm_commit(session)); /* nothing is changed: nothing is counted */
    assert_no_sql();
    assert_ok(session, corm_delete(session, note));
    record(session);
    assert_ok(session, corm_commit(session));
    assert_string_equal(sql_of("DELETE", 0),
                        "DELETE FROM \"notes\" WHERE \"id\" = ?1 AND \"version\" = ?2");
}

static void a_new_row_may_bring_its_version(void **state)
{
    corm_session *session = *state;
    Note *note = corm_new(session, Note, .text = "imported", .version = 40);
    assert_ok(session, corm_add(session, note));
    assert_ok(session, corm_flush(session));
    note->text = "changed";
    assert_ok(session, corm_flush(session));
    assert_int_equal(note->version, 41);
}

static void touching_the_version_counts_without_another_change(void **state)
{
    corm_session *session = *state;
    Note *note = new_note(session, "milk");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_touch(note, Note_.version));
    assert_ok(session, corm_commit(session));
    assert_int_equal(note->version, 2);
    assert_ok(session, corm_touch(note, Note_.version));
    run_sql(session, "UPDATE notes SET text = 'beer', version = 7"); /* and is read before */
    assert_ok(session, corm_refresh(session, note));
    assert_int_equal(note->version, 7);
    assert_ok(session, corm_touch(note, Note_.version));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "beer|8", "SELECT text, version FROM notes");
}

static void a_version_cannot_be_assigned(void **state)
{
    corm_session *session = *state;
    Note *note = new_note(session, "milk");
    assert_ok(session, corm_commit(session));
    note->version = 9;
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "notes.version: corm counts it (.version), the program may only read "
                            "it (Note \"milk\"): do not assign it");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(note->version, 1);
}

static void the_plan_counts_too(void **state)
{
    corm_session *session = *state;
    Note *note = new_note(session, "milk");
    assert_ok(session, corm_commit(session));
    note->text = "beer";
    corm_plan plan = corm_session_plan(session);
    assert_int_equal(plan.count, 1);
    assert_string_equal(plan.items[0].text, "UPDATE notes#1: text changed, version computed");
    assert_int_equal(note->version, 1);
}

/* ---- Stale writes ------------------------------------------------------------------------------------ */

static void an_update_of_a_row_that_someone_else_has_changed_is_stale(void **state)
{
    corm_session *session = *state;
    Note *note = new_note(session, "milk");
    assert_ok(session, corm_commit(session));
    someone_else_changes(session, "notes");
    note->text = "beer";
    assert_status(session, CORM_STALE_DATA, corm_flush(session));
    assert_message(session,
                   "notes.id = 1: someone else has changed it since version 1 was read "
                   "(updating Note \"beer\"): roll back, corm_refresh it, and do it again");
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(note->version, 1);
    assert_string_equal(note->text, "milk");
}

static void a_delete_of_a_row_that_someone_else_has_changed_is_stale(void **state)
{
    corm_session *session = *state;
    Note *note = new_note(session, "milk");
    assert_ok(session, corm_commit(session));
    someone_else_changes(session, "notes");
    assert_ok(session, corm_delete(session, note));
    assert_status(session, CORM_STALE_DATA, corm_flush(session));
    assert_message(session, "notes.id = 1: someone else has changed it since version 1 was read "
                            "(deleting Note \"milk\")");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(note), CORM_STATE_PERSISTENT);
}

static void a_row_that_is_gone_is_stale_for_both(void **state)
{
    corm_session *session = *state;
    Note *note = new_note(session, "milk");
    assert_ok(session, corm_commit(session));
    for (int deleting = 0; deleting < 2; deleting++) {
        run_sql(session, "DELETE FROM notes");
        if (deleting)
            assert_ok(session, corm_delete(session, note));
        else
            note->text = "beer";
        assert_status(session, CORM_STALE_DATA, corm_flush(session));
        assert_message(session, "notes.id = 1: someone else has deleted it since version 1 was "
                                "read");
        assert_message(session, "roll back; there is no row to refresh it from");
        assert_ok(session, corm_rollback(session));
    }
}

static void a_refresh_solves_it(void **state)
{
    corm_session *session = *state;
    Note *note = new_note(session, "milk");
    assert_ok(session, corm_commit(session));
    run_sql(session, "UPDATE notes SET text = 'wine', version = 2");
    assert_ok(session, corm_commit(session));
    note->text = "beer";
    assert_status(session, CORM_STALE_DATA, corm_commit(session));
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_refresh(session, note));
    assert_string_equal(note->text, "wine");
    assert_string_equal(note->shout, "WINE");
    note->text = "beer";
    assert_ok(session, corm_commit(session));
    assert_stored(session, "beer|3", "SELECT text, version FROM notes");
}

static void two_sessions_do_not_overwrite_each_other(void **state)
{
    struct place place;
    (void)state;
    make_place(&place);
    corm_engine *engine = corm_sqlite_engine(place.path, &desk, NULL);
    corm_session *first = corm_session_open(engine, NULL),
                 *second = corm_session_open(engine, NULL);
    assert_ok(first, corm_create_all(first));
    (void)new_note(first, "milk");
    assert_ok(first, corm_commit(first));
    Note *mine = corm_get(first, Note, 1), *theirs = corm_get(second, Note, 1);
    assert_ok(first, corm_commit(first)); /* both have read and hold no transaction */
    assert_ok(second, corm_commit(second));
    mine->text = "mine";
    theirs->text = "theirs";
    assert_ok(first, corm_commit(first));
    assert_status(second, CORM_STALE_DATA, corm_commit(second));
    assert_ok(second, corm_rollback(second));
    assert_ok(second, corm_refresh(second, theirs));
    assert_string_equal(theirs->text, "mine");
    assert_int_equal(theirs->version, 2);
    corm_session_close(first);
    corm_session_close(second);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
    remove_place(&place);
}

/* Commits in between, and meets a change the first time. */
static corm_status write_note(corm_session *session, void *argument)
{
    int *attempts = argument;
    Note *note = corm_get(session, Note, 1);
    if (note == NULL || corm_commit(session) != CORM_OK)
        return corm_last_status();
    if ((*attempts)++ == 0) {
        run_sql(session, "UPDATE notes SET text = text || ' and wine', version = version + 1");
        if (corm_commit(session) != CORM_OK)
            return corm_last_status();
    }
    note->text = corm_text(session, "%s!", note->text);
    return CORM_OK;
}

static void corm_run_does_a_stale_write_again(void **state)
{
    int attempts = 0;
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", &desk, NULL);
    corm_session *session = corm_session_open(engine, NULL);
    assert_ok(session, corm_create_all(session));
    (void)new_note(session, "milk");
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_run(engine, write_note, &attempts), CORM_OK);
    assert_int_equal(attempts, 2);
    assert_stored(session, "milk and wine!|3", "SELECT text, version FROM notes");
    corm_session_close(session);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

/* ---- Rollback ---------------------------------------------------------------------------------------- */

static void a_rollback_restores_the_version(void **state)
{
    corm_session *session = *state;
    Note *note = new_note(session, "milk");
    assert_ok(session, corm_flush(session));
    note->text = "beer";
    assert_ok(session, corm_flush(session));
    assert_int_equal(note->version, 2);
    assert_ok(session, corm_rollback(session));
    assert_true(corm_is_unset(note, Note_.version));
    assert_int_equal(note->version, 0);
    assert_ok(session, corm_add(session, note));
    assert_ok(session, corm_commit(session));
    assert_int_equal(note->version, 1);
    corm_savepoint savepoint;
    note->text = "wine";
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    note->text = "water";
    assert_ok(session, corm_flush(session));
    assert_int_equal(note->version, 3);
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_int_equal(note->version, 2);
    note->text = "tea";
    assert_ok(session, corm_commit(session));
    assert_stored(session, "tea|3", "SELECT text, version FROM notes");
}

static void a_flush_that_fails_restores_the_version(void **state)
{
    corm_session *session = *state;
    Note *good = new_note(session, "good"), *bad = new_note(session, "bad");
    assert_ok(session, corm_commit(session));
    good->text = "better";
    bad->writer_id = "nobody";
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(good->version, 1);
    assert_int_equal(bad->version, 1);
    good->text = "best";
    assert_ok(session, corm_commit(session));
    assert_int_equal(good->version, 2);
}

/* ---- What a flush writes on its own -------------------------------------------------------------------- */

static void a_row_that_gets_another_parent_is_counted_and_checked(void **state)
{
    corm_session *session = *state;
    Writer *ann = corm_new(session, Writer, .name = "Ann");
    assert_ok(session, corm_add(session, ann));
    Note *note = new_note(session, "milk");
    assert_ok(session, Writer_notes_append(ann, note));
    assert_ok(session, corm_commit(session));
    assert_int_equal(note->version, 1);
    assert_ok(session, Writer_notes_remove(ann, note));
    assert_ok(session, corm_commit(session));
    assert_int_equal(note->version, 2);
    assert_int_equal(ann->version, 1); /* her row is not written */
    assert_ok(session, Writer_notes_append(ann, note));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, ann)); /* cuts the reference */
    assert_ok(session, corm_flush(session));
    assert_null(note->writer_id);
    assert_int_equal(note->version, 4);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(note->version, 3);
    assert_int_equal(Writer_notes(ann).count, 1); /* read, as far as the session knows */
    someone_else_changes(session, "notes");
    assert_ok(session, corm_delete(session, ann));
    assert_status(session, CORM_STALE_DATA, corm_flush(session));
    assert_message(session, "notes.id = 1: someone else has changed it since version 3 was read");
}

static void a_row_that_is_written_twice_in_a_flush_meets_its_own_version(void **state)
{
    corm_session *session = *state;
    Node *a = corm_new(session, Node), *b = corm_new(session, Node);
    assert_ok(session, corm_add(session, a));
    assert_ok(session, corm_add(session, b));
    assert_ok(session, Node_next_set(a, b));
    assert_ok(session, Node_next_set(b, a));
    record(session);
    assert_ok(session, corm_commit(session));
    assert_ran(1, "UPDATE");
    assert_int_equal(a->version, 1); /* the second statement belongs to the INSERT */
    assert_int_equal(b->version, 1);
    assert_stored(session, "1|1;1|1", "SELECT version, next_id IS NOT NULL FROM nodes");
    assert_ok(session, corm_delete(session, a));
    assert_ok(session, corm_delete(session, b));
    record(session);
    assert_ok(session, corm_commit(session)); /* one reference is cut before */
    assert_ran(1, "UPDATE");
    assert_stored(session, "0", "SELECT count(*) FROM nodes");
}

static void a_stale_circle_is_found_when_it_is_deleted(void **state)
{
    corm_session *session = *state;
    Node *a = corm_new(session, Node), *b = corm_new(session, Node);
    assert_ok(session, corm_add(session, a));
    assert_ok(session, Node_next_set(a, b));
    assert_ok(session, Node_next_set(b, a));
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(Node_previous(a), b);
    assert_ptr_equal(Node_previous(b), a);
    someone_else_changes(session, "nodes");
    assert_ok(session, corm_delete(session, a));
    assert_ok(session, corm_delete(session, b));
    assert_status(session, CORM_STALE_DATA, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_delete(session, a));
    assert_ok(session, corm_delete(session, b));
    assert_ok(session, corm_commit(session));
}

static void passive_deletes_and_links_need_no_version(void **state)
{
    corm_session *session = *state;
    Tree *tree = corm_new(session, Tree);
    Leaf *leaf = corm_new(session, Leaf);
    Node *node = corm_new(session, Node);
    assert_ok(session, corm_add(session, tree));
    assert_ok(session, Tree_leaves_append(tree, leaf));
    assert_ok(session, Tree_nodes_append(tree, node));
    assert_ok(session, corm_commit(session));
    assert_ok(session, Tree_nodes_remove(tree, node));
    assert_ok(session, corm_commit(session));
    assert_int_equal(tree->version, 1); /* a link is no part of the row */
    int64_t id = tree->id;
    assert_ok(session, corm_clear(session));
    tree = corm_get(session, Tree, id);
    leaf = corm_get(session, Leaf, 1);
    someone_else_changes(session, "leaves");
    assert_ok(session, corm_delete(session, tree));
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_state(leaf), CORM_STATE_DELETED); /* the database has deleted it */
    assert_ok(session, corm_commit(session));
}

static void a_row_given_to_a_new_object_goes_on_counting(void **state)
{
    corm_session *session = *state;
    Writer *old = corm_new(session, Writer, .name = "Ann");
    assert_ok(session, corm_add(session, old));
    assert_ok(session, corm_commit(session));
    for (int stale = 0; stale < 2; stale++) {
        assert_ok(session, corm_delete(session, old));
        Writer *ann = corm_new(session, Writer, .name = "Ann");
        assert_ok(session, corm_add(session, ann));
        if (stale)
            someone_else_changes(session, "writers");
        record(session);
        assert_status(session, stale ? CORM_STALE_DATA : CORM_OK, corm_flush(session));
        assert_ran(1, "UPDATE");
        if (!stale)
            assert_int_equal(ann->version, 2); /* others who know version 1 are stale */
        else
            assert_message(session, "writers.name = 'Ann': someone else has changed it since "
                                    "version 1 was read (replacing Writer \"Ann\")");
        assert_ok(session, corm_rollback(session));
        assert_true(corm_is_unset(ann, Writer_.version));
        assert_int_equal(old->version, 1);
        assert_ok(session, corm_free(ann));
    }
}

/* ---- Merge --------------------------------------------------------------------------------------------- */

static void what_is_merged_must_have_the_version_of_the_row(void **state)
{
    corm_session *session = *state;
    (void)new_note(session, "milk");
    assert_ok(session, corm_commit(session));
    Note *form = corm_new(session, Note, .id = 1, .text = "beer", .version = 1);
    Note *merged = corm_merge(session, form);
    assert_got(session, merged);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "beer|2", "SELECT text, version FROM notes");
    assert_null(corm_merge(session, form));
    assert_status(session, CORM_STALE_DATA, corm_last_status());
    assert_message(session, "corm_merge: Note \"beer\" has notes.version = 1, but its row has 2 by "
                            "now: someone else has changed it");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_unset(form, Note_.version));
    form->text = "wine";
    assert_got(session, corm_merge(session, form));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "wine|3", "SELECT text, version FROM notes");
}

/* Nothing of it is written, when a part of it has been merged already. */
static void a_merge_that_is_refused_half_way_waits_for_a_rollback(void **state)
{
    corm_session *session = *state;
    (void)new_note(session, "milk");
    (void)new_note(session, "bread");
    assert_ok(session, corm_commit(session));
    Note *forms[] = {corm_new(session, Note, .id = 1, .text = "beer", .version = 1),
                     corm_new(session, Note, .id = 2, .text = "wine", .version = 7)};
    Writer *given = corm_new(session, Writer, .name = "Ann");
    for (size_t i = 0; i < 2; i++)
        assert_ok(session, Writer_notes_append(given, forms[i]));
    assert_null(corm_merge(session, given));
    assert_status(session, CORM_STALE_DATA, corm_last_status());
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_message(session, "corm_merge: Note \"wine\" has notes.version = 7");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "milk,bread", "SELECT group_concat(text) FROM notes");
    assert_stored(session, "0", "SELECT count(*) FROM writers");
    forms[1]->version = 1;
    assert_got(session, corm_merge(session, given));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "beer,wine", "SELECT group_concat(text) FROM notes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(a_new_row_has_version_1_and_each_update_counts_one),
        DESK_TEST(a_new_row_may_bring_its_version),
        DESK_TEST(touching_the_version_counts_without_another_change),
        DESK_TEST(a_version_cannot_be_assigned),
        DESK_TEST(the_plan_counts_too),
        DESK_TEST(an_update_of_a_row_that_someone_else_has_changed_is_stale),
        DESK_TEST(a_delete_of_a_row_that_someone_else_has_changed_is_stale),
        DESK_TEST(a_row_that_is_gone_is_stale_for_both),
        DESK_TEST(a_refresh_solves_it),
        cmocka_unit_test(two_sessions_do_not_overwrite_each_other),
        cmocka_unit_test(corm_run_does_a_stale_write_again),
        DESK_TEST(a_rollback_restores_the_version),
        DESK_TEST(a_flush_that_fails_restores_the_version),
        DESK_TEST(a_row_that_gets_another_parent_is_counted_and_checked),
        DESK_TEST(a_row_that_is_written_twice_in_a_flush_meets_its_own_version),
        DESK_TEST(a_stale_circle_is_found_when_it_is_deleted),
        DESK_TEST(passive_deletes_and_links_need_no_version),
        DESK_TEST(a_row_given_to_a_new_object_goes_on_counting),
        DESK_TEST(what_is_merged_must_have_the_version_of_the_row),
        DESK_TEST(a_merge_that_is_refused_half_way_waits_for_a_rollback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
