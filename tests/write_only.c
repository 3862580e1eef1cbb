/* write-only: a collection that is too large to load can be written, counted, asked and queried, and
 * no call and no flush ever loads it. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define OWNER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(TEXT,              name)                                                                \
    RELATIONSHIP(ONE_TO_MANY,  moves, Move, owner, .lazy = CORM_LAZY_WRITE_ONLY,                   \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN,                         \
                 .passive_deletes = true)                                                          \
    RELATIONSHIP(MANY_TO_MANY, fans,  Fan,  BACKREF(owners), .lazy = CORM_LAZY_WRITE_ONLY,         \
                 .secondary = corm_secondary("owner_fans", "owner_id", "fan_id"))
#define MOVE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(INTEGER,           amount)                                                              \
    COLUMN(INTEGER,           owner_id, .references = corm_ref(Owner, id),                         \
           .on_delete = CORM_ACTION_CASCADE)                                                       \
    RELATIONSHIP(MANY_TO_ONE, owner, Owner, moves)
#define NOTE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(OPTIONAL(INTEGER), fan_id,   .references = corm_ref(Fan, id))
#define FAN(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(TEXT,              name)                                                                \
    RELATIONSHIP(ONE_TO_MANY, notes, Note, NONE, .lazy = CORM_LAZY_WRITE_ONLY)
#define OWNER_FAN(COLUMN, RELATIONSHIP)                                                            \
    COLUMN(INTEGER, owner_id, .primary_key = true, .references = corm_ref(Owner, id),              \
           .on_delete = CORM_ACTION_CASCADE)                                                       \
    COLUMN(INTEGER, fan_id,   .primary_key = true, .references = corm_ref(Fan, id),                \
           .on_delete = CORM_ACTION_CASCADE)
#define BANK(MODEL)                                                                                \
    MODEL(Owner, "owners", OWNER)                                                                  \
    MODEL(Move,  "moves",  MOVE)                                                                   \
    MODEL(Note,  "notes",  NOTE)                                                                   \
    MODEL(Fan,   "fans",   FAN)                                                                    \
    MODEL(OwnerFan, "owner_fans", OWNER_FAN)
/* clang-format on */

CORM_SCHEMA(bank, BANK)

static int open_bank(void **state)
{
    *state = memory_session(&bank);
    return *state == NULL;
}

#define BANK_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_bank, close_session)

/* Ann with moves of 1 to 5 and 3 fans, Ben with a move of 100; committed. */
static void fill(corm_session *session)
{
    Owner *ann = corm_new(session, Owner, .name = "Ann");
    Owner *ben = corm_new(session, Owner, .name = "Ben");
    assert_ok(session, corm_add(session, ann));
    assert_ok(session, corm_add(session, ben));
    for (int i = 1; i <= 5; i++)
        assert_ok(session, Owner_moves_append(ann, corm_new(session, Move, .amount = i)));
    assert_ok(session, Owner_moves_append(ben, corm_new(session, Move, .amount = 100)));
    for (int i = 1; i <= 3; i++)
        assert_ok(session, Owner_fans_append(
                               ann, corm_new(session, Fan, .name = corm_text(session, "f%d", i))));
    start_afresh(session);
}

static void the_list_is_an_error_that_says_what_to_use(void **state)
{
    corm_session *session = *state;
    fill(session);
    Owner *ann = corm_get(session, Owner, 1);
    record(session);
    assert_int_equal(Owner_moves(ann).count, 0);
    assert_int_equal(corm_last_status(), CORM_NOT_LOADED);
    assert_message(session, "Owner.moves is declared CORM_LAZY_WRITE_ONLY");
    assert_message(session, "corm_related_to(Owner_moves_, object)");
    assert_status(session, CORM_NOT_LOADED, Owner_moves_replace(ann, NULL, 0));
    assert_int_equal(corm_all(session, Owner, .load = corm_load(Owner_.moves)).count, 0);
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_message(session, "Owner.moves is declared CORM_LAZY_WRITE_ONLY");
    assert_no_sql();
    /* of a new object too, whose moves are all there */
    Owner *cleo = corm_new(session, Owner, .name = "Cleo");
    assert_ok(session, Owner_moves_append(cleo, corm_new(session, Move, .amount = 1)));
    assert_int_equal(Owner_moves(cleo).count, 0);
    assert_int_equal(corm_last_status(), CORM_NOT_LOADED);
    assert_int_equal(Owner_moves_count(cleo), 1);
}

static void append_and_remove_write_without_loading(void **state)
{
    corm_session *session = *state;
    fill(session);
    Owner *ann = corm_get(session, Owner, 1), *ben = corm_get(session, Owner, 2);
    Move *second = corm_get(session, Move, 2), *third = corm_get(session, Move, 3);
    record(session);
    assert_ok(session, Owner_moves_append(ann, corm_new(session, Move, .amount = 6)));
    assert_ok(session, Owner_moves_remove(ann, second)); /* an orphan */
    assert_ok(session, Owner_moves_append(ben, third));  /* one UPDATE */
    assert_no_sql();
    assert_ok(session, corm_commit(session));
    assert_ran(0, "SELECT");
    assert_ran(1, "UPDATE");
    assert_ran(1, "DELETE");
    assert_stored(session, "1|1;3|2;4|1;5|1;100|2;6|1",
                  "SELECT amount, owner_id FROM moves ORDER BY id");
    assert_status(session, CORM_NOT_MEMBER, Owner_moves_remove(ann, third));
}

static void count_and_contains_ask_the_database(void **state)
{
    corm_session *session = *state;
    fill(session);
    Owner *ann = corm_get(session, Owner, 1);
    Move *first = corm_get(session, Move, 1), *other = corm_get(session, Move, 6);
    record(session);
    assert_int_equal(Owner_moves_count(ann), 5);
    assert_ran(1, "SELECT count(*)");
    assert_true(Owner_moves_contains(ann, first));
    assert_false(Owner_moves_contains(ann, other));
    assert_false(Owner_moves_contains(ann, NULL));
    Move *more = corm_new(session, Move, .amount = 7);
    assert_ok(session, Owner_moves_append(ann, more));
    assert_true(Owner_moves_contains(ann, more));
    assert_ok(session, Owner_moves_remove(ann, first));
    assert_false(Owner_moves_contains(ann, first));
    assert_int_equal(Owner_moves_count(ann), 5);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(Owner_moves_count(ann), 5);
    assert_true(Owner_moves_contains(ann, first));
    assert_ran(0, "SELECT \"id\", \"amount\", \"owner_id\" FROM \"moves\" WHERE \"owner_id\"");
}

static void without_autoflush_the_count_includes_what_waits(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", &bank, NULL);
    corm_session *session =
        corm_session_open(engine, &(corm_session_options){.no_autoflush = true});
    assert_ok(session, corm_create_all(session));
    fill(session);
    Owner *ann = corm_get(session, Owner, 1);
    Fan *fan = corm_get(session, Fan, 1);
    assert_ok(session, Owner_moves_append(ann, corm_new(session, Move, .amount = 7)));
    assert_ok(session, Owner_moves_remove(ann, corm_get(session, Move, 1)));
    assert_ok(session, Owner_moves_remove(ann, corm_get(session, Move, 2)));
    assert_int_equal(Owner_moves_count(ann), 4);
    assert_ok(session, Owner_fans_append(ann, fan)); /* is one already */
    assert_ok(session, Owner_fans_append(ann, corm_new(session, Fan, .name = "new")));
    assert_int_equal(Owner_fans_count(ann), 4);
    assert_ok(session, corm_flush(session));
    assert_int_equal(Owner_moves_count(ann), 4);
    assert_int_equal(Owner_fans_count(ann), 4);
    corm_session_close(session);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

static void a_query_finds_what_is_related(void **state)
{
    corm_session *session = *state;
    fill(session);
    Owner *ann = corm_get(session, Owner, 1);
    record(session);
    Move_list moves =
        corm_all(session, Move,
                 .where = corm_and(corm_related_to(Owner_.moves, ann), corm_ge(Move_.amount, 2)),
                 .order_by = corm_desc(Move_.amount), .limit = 2, .offset = 1);
    assert_string_equal(
        sql_of("SELECT", 0),
        "SELECT \"id\", \"amount\", \"owner_id\" FROM \"moves\" WHERE \"owner_id\" = "
        "?1 AND \"amount\" >= ?2 ORDER BY \"amount\" DESC, \"id\" LIMIT ?3 OFFSET ?4");
    assert_string_equal(values_of("SELECT", 0), "1, 2, 2, 1");
    assert_int_equal(moves.count, 2);
    assert_int_equal(moves.items[0]->amount, 4);
    assert_int_equal(
        corm_count(session, Move, .where = corm_not(corm_related_to(Owner_.moves, ann))), 1);
    Fan_list fans = corm_all(session, Fan, .where = corm_related_to(Owner_fans_, ann),
                             .order_by = corm_asc(Fan_.id));
    assert_int_equal(fans.count, 3);
    assert_part(sql_of("SELECT", 2), "WHERE \"id\" IN (SELECT \"fan_id\" FROM \"owner_fans\" WHERE "
                                     "\"owner_id\" = ?1)");
    /* the other way, and to one */
    assert_ptr_equal(corm_one(session, Owner, .where = corm_related_to(Fan_owners_, fans.items[0])),
                     ann);
    assert_ptr_equal(
        corm_one(session, Owner, .where = corm_related_to(Move_.owner, moves.items[0])), ann);
}

static void a_query_finds_the_children_of_a_new_object(void **state)
{
    corm_session *session = *state;
    Owner *ann = corm_new(session, Owner, .name = "Ann");
    Move *move = corm_new(session, Move, .amount = 1);
    assert_ok(session, Owner_moves_append(ann, move));
    assert_int_equal(corm_all(session, Move, .where = corm_related_to(Owner_.moves, ann)).count, 0);
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_message(session, "corm_related_to(Owner_.moves, ...): the object has no row");
    assert_ok(session, corm_add(session, ann));
    assert_ptr_equal(corm_one(session, Move, .where = corm_related_to(Owner_.moves, ann)), move);
    assert_int_equal(Owner_moves_count(ann), 1);
    assert_true(Owner_moves_contains(ann, move));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(Owner_moves_count(ann), 1); /* new again, with its move */
    assert_ok(session, corm_add(session, ann));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1", "SELECT count(*) FROM moves");
}

static void wrong_objects_in_the_condition_are_told(void **state)
{
    corm_session *session = *state;
    fill(session);
    Owner *ann = corm_get(session, Owner, 1);
    int local = 0;
    (void)corm_all(session, Move, .where = corm_related_to(Owner_.moves, NULL));
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_message(session,
                   "corm_related_to(Owner_.moves, ...): the object is NULL or none of corm");
    (void)corm_all(session, Move, .where = corm_related_to(Owner_.moves, &local));
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    (void)corm_all(session, Move, .where = corm_related_to(Fan_owners_, ann));
    assert_message(session, "corm_related_to(Fan_.owners, ...): the object is of another model");
    (void)corm_all(session, Note, .where = corm_related_to(Owner_.moves, ann));
    assert_message(session, "corm_related_to(Owner_.moves, ...) finds Move, the query is of Note");
    assert_ok(session, corm_rollback(session));
}

static void a_many_to_many_is_never_loaded_either(void **state)
{
    corm_session *session = *state;
    fill(session);
    Owner *ann = corm_get(session, Owner, 1), *ben = corm_get(session, Owner, 2);
    Fan *first = corm_get(session, Fan, 1), *second = corm_get(session, Fan, 2);
    record(session);
    assert_ok(session, Owner_fans_append(ben, first));
    assert_ok(session, Owner_fans_append(ann, first)); /* is one already: no second row */
    assert_ok(session, Owner_fans_remove(ann, second));
    assert_status(session, CORM_NOT_MEMBER, Owner_fans_remove(ben, second));
    assert_ok(session, corm_flush(session));
    assert_ran(0, "SELECT \"owner_fans\"");
    assert_stored(session, "1|1;1|3;2|1", "SELECT * FROM owner_fans ORDER BY 1, 2");
    assert_true(Owner_fans_contains(ben, first));
    assert_false(Owner_fans_contains(ann, second));
    assert_int_equal(Owner_fans_count(ann), 2);
    assert_int_equal(Fan_owners(first).count, 2); /* the other end is an ordinary list */
    assert_ok(session, corm_rollback(session));
    assert_int_equal(Owner_fans_count(ann), 3);
    assert_true(Owner_fans_contains(ann, second));
    assert_int_equal(Fan_owners(first).count, 1);
}

static void deleting_the_owner_leaves_the_rows_to_the_database(void **state)
{
    corm_session *session = *state;
    fill(session);
    Owner *ann = corm_get(session, Owner, 1);
    Move *first = corm_get(session, Move, 1);
    record(session);
    assert_ok(session, Owner_moves_append(ann, corm_new(session, Move, .amount = 9)));
    assert_ok(session, corm_delete(session, ann));
    assert_ok(session, corm_flush(session));
    assert_ran(0, "SELECT");
    assert_ran(1, "DELETE FROM \"owner_fans\" WHERE \"owner_id\" = ?1");
    assert_ran(1, "DELETE FROM \"owners\"");
    assert_ran(0, "DELETE FROM \"moves\"");
    assert_int_equal(corm_state(first), CORM_STATE_DELETED);
    assert_stored(session, "100", "SELECT amount FROM moves");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(first), CORM_STATE_PERSISTENT);
    assert_int_equal(Owner_moves_count(ann), 5);
    assert_int_equal(Owner_fans_count(ann), 3);
}

static void detached_owners_and_broken_sessions_are_told(void **state)
{
    corm_session *session = *state;
    fill(session);
    Owner *ann = corm_get(session, Owner, 1), *ben = corm_get(session, Owner, 2);
    Fan *fan = corm_get(session, Fan, 1);
    assert_ok(session, corm_expunge(session, ben));
    assert_int_equal(Owner_moves_count(ben), 0);
    assert_int_equal(corm_last_status(), CORM_DETACHED);
    assert_false(Owner_fans_contains(ben, fan));
    assert_int_equal(corm_last_status(), CORM_DETACHED);
    assert_int_equal(corm_free(ben), CORM_OK);
    assert_int_equal(corm_count(session, Move, .where = corm_related_to(Owner_.moves, ann)), 5);
    assert_status(session, CORM_NULL_ARGUMENT, corm_add(session, NULL)); /* waits for rollback */
    assert_int_equal(Owner_moves_count(ann), 0);
    assert_int_equal(corm_last_status(), CORM_PENDING_ROLLBACK);
    assert_false(Owner_fans_contains(ann, fan));
    assert_int_equal(corm_last_status(), CORM_PENDING_ROLLBACK);
    assert_ok(session, corm_rollback(session));
    assert_true(Owner_fans_contains(ann, fan));
}

static void without_passive_deletes_the_owner_stays(void **state)
{
    corm_session *session = *state;
    fill(session);
    Fan *fan = corm_get(session, Fan, 1);
    assert_ok(session, corm_delete(session, fan));
    assert_status(session, CORM_NOT_LOADED, corm_flush(session));
    assert_message(session, "Fan.notes is declared CORM_LAZY_WRITE_ONLY");
    assert_message(session, "give the relationship .passive_deletes = true");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(fan), CORM_STATE_PERSISTENT);
}

/* Put in before its owner's insert or after it; a statement takes it out, and a rollback gives it back. */
static void a_new_owner_has_what_is_stored_and_after_a_rollback_what_was_put_in(void **state)
{
    corm_session *session = *state;
    for (int early = 0; early < 2; early++) {
        Owner *ann = corm_new(session, Owner, .name = "Ann");
        Fan *fan = corm_new(session, Fan, .name = "fan");
        assert_ok(session, corm_add(session, ann));
        assert_ok(session, corm_add(session, fan));
        for (int flushed = 0; flushed < 2; flushed++) {
            if (flushed != early)
                assert_ok(session, Owner_fans_append(ann, fan));
            assert_ok(session, corm_flush(session));
        }
        assert_int_equal(corm_delete_all(session, OwnerFan, .all_rows = true), 1);
        assert_false(Owner_fans_contains(ann, fan));
        assert_ok(session, Owner_fans_append(ann, fan));
        assert_ok(session, corm_flush(session));
        assert_stored(session, "1", "SELECT count(*) FROM owner_fans");
        assert_ok(session, corm_rollback(session));
        assert_true(Owner_fans_contains(ann, fan));
        assert_ok(session, corm_add(session, ann));
        assert_ok(session, corm_flush(session));
        assert_stored(session, "1", "SELECT count(*) FROM owner_fans");
        assert_ok(session, corm_rollback(session));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BANK_TEST(the_list_is_an_error_that_says_what_to_use),
        BANK_TEST(append_and_remove_write_without_loading),
        BANK_TEST(count_and_contains_ask_the_database),
        cmocka_unit_test(without_autoflush_the_count_includes_what_waits),
        BANK_TEST(a_query_finds_what_is_related),
        BANK_TEST(a_query_finds_the_children_of_a_new_object),
        BANK_TEST(wrong_objects_in_the_condition_are_told),
        BANK_TEST(a_many_to_many_is_never_loaded_either),
        BANK_TEST(deleting_the_owner_leaves_the_rows_to_the_database),
        BANK_TEST(detached_owners_and_broken_sessions_are_told),
        BANK_TEST(without_passive_deletes_the_owner_stays),
        BANK_TEST(a_new_owner_has_what_is_stored_and_after_a_rollback_what_was_put_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
