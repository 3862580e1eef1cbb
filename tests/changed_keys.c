/* changed_keys: a row gets another key or goes, and the database carries that on to the rows that refer to it: the
 * session's objects of these are as their rows. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define SHELF(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(TEXT, room,  .primary_key = true)                                                       \
    COLUMN(TEXT, label, .unique = true)                                                            \
    RELATIONSHIP(ONE_TO_MANY, boxes, Box, shelf, .passive_deletes = true)
/* refers with a part of its key */
#define BOX(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(TEXT,    room,   .primary_key = true, .references = corm_ref(Shelf, room),              \
           .on_delete = CORM_ACTION_CASCADE, .on_update = CORM_ACTION_CASCADE)                     \
    COLUMN(INTEGER, number, .primary_key = true)                                                   \
    COLUMN(TEXT,    name)                                                                          \
    COLUMN(TEXT,    shown,  .generated = "room || number")                                         \
    RELATIONSHIP(MANY_TO_ONE, shelf, Shelf, boxes)                                                 \
    RELATIONSHIP(ONE_TO_MANY, things, Thing, box, .passive_deletes = true)
/* refers with columns beside its key */
#define THING(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(OPTIONAL(TEXT),    room,   .references = corm_ref(Box, room),                           \
           .on_delete = CORM_ACTION_SET_NULL, .on_update = CORM_ACTION_CASCADE)                    \
    COLUMN(OPTIONAL(INTEGER), number, .references = corm_ref(Box, number),                         \
           .on_delete = CORM_ACTION_SET_NULL, .on_update = CORM_ACTION_CASCADE)                    \
    COLUMN(OPTIONAL(TEXT),    label,  .references = corm_ref(Shelf, label),                        \
           .on_delete = CORM_ACTION_SET_NULL, .on_update = CORM_ACTION_SET_NULL)                   \
    RELATIONSHIP(MANY_TO_ONE, box, Box, things)
/* its key is a column of another model that is no key there */
#define SIGN(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(TEXT, label, .primary_key = true, .references = corm_ref(Shelf, label),                 \
           .on_delete = CORM_ACTION_CASCADE, .on_update = CORM_ACTION_CASCADE)                     \
    COLUMN(TEXT, color)                                                                            \
    RELATIONSHIP(MANY_TO_MANY, things, Thing, BACKREF(signs),                                      \
                 .secondary = corm_secondary("sign_things", "sign", "thing"))
#define STORE(MODEL)                                                                               \
    MODEL(Shelf, "shelves", SHELF)                                                                 \
    MODEL(Box,   "boxes",   BOX)                                                                   \
    MODEL(Thing, "things",  THING)                                                                 \
    MODEL(Sign,  "signs",   SIGN)
/* clang-format on */

CORM_SCHEMA(store, STORE)

static Shelf *shelf;
static Box *box;
static Thing *thing;

/* Shelf "a", labelled "old", with box 1, in which thing 1 is; committed, loaded one by one. */
static void fill_store(corm_session *session)
{
    assert_ok(session, corm_add(session, corm_new(session, Shelf, .room = "a", .label = "old")));
    assert_ok(session,
              corm_add(session, corm_new(session, Box, .room = "a", .number = 1, .name = "x")));
    assert_ok(session, corm_add(session, corm_new(session, Thing, .room = "a",
                                                  .number = corm_some(1), .label = "old")));
    start_afresh(session);
    shelf = corm_get(session, Shelf, "a");
    box = corm_get(session, Box, "a", 1);
    thing = corm_get(session, Thing, 1);
    assert_true(shelf != NULL && box != NULL && thing != NULL);
}

static int open_store(void **state)
{
    *state = memory_session(&store);
    if (*state == NULL)
        return 1;
    fill_store(*state);
    return 0;
}

#define STORE_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_store, close_session)

static Sign *sign_a_thing(corm_session *session)
{
    Sign *sign = corm_new(session, Sign, .label = "old", .color = "red");
    assert_ok(session, Sign_things_append(sign, thing));
    assert_ok(session, corm_add(session, sign));
    assert_ok(session, corm_commit(session));
    return sign;
}

static void links_follow_a_key_that_follows_another(void **state)
{
    corm_session *session = *state;
    Sign *sign = sign_a_thing(session);
    shelf->label = "new";
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(sign));
    assert_string_equal(sign->label, "new");
    assert_int_equal(Sign_things(sign).count, 1);
    assert_int_equal(Thing_signs(thing).count, 1);
    assert_stored(session, "new|1", "SELECT sign, thing FROM sign_things");
}

static void what_does_not_follow_in_turn_is_told_of(void **state)
{
    corm_session *session = *state;
    run_sql(session, "DROP TABLE sign_things");
    run_sql(session, "CREATE TABLE sign_things (sign TEXT NOT NULL REFERENCES signs (label), "
                     "thing INTEGER NOT NULL, PRIMARY KEY (sign, thing))");
    (void)sign_a_thing(session);
    shelf->label = "new";
    assert_status(session, CORM_FOREIGN_KEY, corm_commit(session));
    assert_message(session, "Sign.label would follow by .on_update, but what refers to it in turn "
                            "does not");
}

static void objects_follow_a_changed_key_to_any_depth(void **state)
{
    corm_session *session = *state;
    shelf->room = "b";
    assert_ok(session, corm_flush(session));
    assert_string_equal(box->room, "b");
    assert_string_equal(thing->room, "b");
    assert_false(corm_is_modified(box) || corm_is_modified(thing));
    assert_ptr_equal(corm_get(session, Box, "b", 1), box);
    assert_null(corm_get(session, Box, "a", 1));
    assert_ptr_equal(Box_shelf(box), shelf);
    assert_ptr_equal(Thing_box(thing), box);
    assert_ok(session, corm_current(box));
    assert_string_equal(box->shown, "b1");
}

static void what_follows_can_be_written_in_the_same_flush_and_later(void **state)
{
    corm_session *session = *state;
    shelf->room = "b";
    box->name = "y";
    assert_ok(session, corm_flush(session));
    box->name = "z";
    thing->number = corm_none(INTEGER);
    thing->room = NULL;
    assert_ok(session, corm_commit(session));
    assert_stored(session, "b|1|z", "SELECT room, number, name FROM boxes");
    assert_stored(session, "1|NULL|NULL|old", "SELECT id, room, number, label FROM things");
}

static void what_the_program_has_assigned_since_stays(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Shelf, .room = "c", .label = "c")));
    assert_ok(session, corm_flush(session));
    shelf->room = "b";
    box->room = "c";
    assert_ok(session, corm_flush(session));
    assert_string_equal(box->room, "c");
    assert_string_equal(thing->room, "c");
    assert_stored(session, "c|1", "SELECT room, number FROM boxes");
}

static void a_reference_that_on_update_sets_null_is_null(void **state)
{
    corm_session *session = *state;
    shelf->label = "new";
    assert_ok(session, corm_flush(session));
    assert_null(thing->label);
    assert_string_equal(thing->room, "a");
    assert_false(corm_is_modified(thing));
}

static void a_rollback_takes_all_of_it_back(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    for (int whole = 0; whole < 2; whole++) {
        assert_ok(session, corm_savepoint_begin(session, &savepoint));
        shelf->room = "b";
        shelf->label = "new";
        assert_ok(session, corm_flush(session));
        assert_string_equal(thing->room, "b");
        assert_ok(session,
                  whole ? corm_rollback(session) : corm_savepoint_rollback(session, savepoint));
        assert_string_equal(box->room, "a");
        assert_string_equal(thing->room, "a");
        assert_string_equal(thing->label, "old");
        assert_ptr_equal(corm_get(session, Box, "a", 1), box);
        assert_null(corm_get(session, Box, "b", 1));
        assert_ptr_equal(Thing_box(thing), box);
    }
}

/* Rows that no object stood for when the database changed them. */
static void
what_is_loaded_after_the_database_has_acted_is_read_again_after_a_savepoint(void **state)
{
    corm_session *session = *state;
    for (int deleted = 0; deleted < 2; deleted++) {
        corm_savepoint savepoint;
        assert_ok(session, corm_expunge(session, thing));
        assert_ok(session, corm_free(thing));
        assert_ok(session, corm_savepoint_begin(session, &savepoint));
        if (deleted)
            assert_ok(session, corm_delete(session, box));
        else
            box->number = 2;
        assert_ok(session, corm_flush(session));
        thing = corm_get(session, Thing, 1);
        assert_true(deleted ? !thing->number.has_value : thing->number.value == 2);
        assert_ok(session, corm_savepoint_rollback(session, savepoint));
        assert_ok(session, corm_current(thing));
        assert_true(thing->number.has_value && thing->number.value == 1);
        assert_ptr_equal(Thing_box(thing), box);
    }
}

/* Beside one that has come in for it meanwhile. */
static void who_gets_its_key_back_is_the_row(void **state)
{
    corm_session *session = *state;
    Shelf *other = shelf;
    assert_ok(session, corm_add(session, corm_new(session, Shelf, .room = "b", .label = "second")));
    assert_ok(session, corm_expunge(session, other));
    shelf = corm_get(session, Shelf, "a");
    Shelf *second = corm_get(session, Shelf, "b");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(shelf));
    assert_ok(session, corm_current(second));
    shelf->room = "z";
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_add(session, other));
    assert_int_equal(corm_state(other), CORM_STATE_PERSISTENT);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(other), CORM_STATE_DETACHED);
    assert_int_equal(corm_state(second), CORM_STATE_PERSISTENT);
    assert_ptr_equal(corm_get(session, Shelf, "a"), shelf);
    assert_ok(session, corm_free(other));
}

/* Whose row has gone behind the session's back. */
static void who_has_a_key_that_another_row_gets_is_no_row_any_more(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Shelf, .room = "b", .label = "second")));
    assert_ok(session, corm_commit(session));
    Shelf *second = corm_get(session, Shelf, "b");
    assert_ok(session, corm_sql_run(session, "DELETE FROM shelves WHERE room = ?1", "b"));
    shelf->room = "b";
    assert_ok(session, corm_flush(session));
    assert_int_equal(corm_state(second), CORM_STATE_DELETED);
    assert_ptr_equal(corm_get(session, Shelf, "b"), shelf);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(second), CORM_STATE_PERSISTENT);
    assert_ptr_equal(corm_get(session, Shelf, "a"), shelf);
    assert_ptr_equal(corm_get(session, Shelf, "b"), second);
    assert_ok(session, corm_sql_run(session, "DELETE FROM shelves WHERE room = ?1", "b"));
    shelf->room = "b";
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_state(second), CORM_STATE_DETACHED);
    second->label = "of no row";
    shelf->label = "first";
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(corm_get(session, Shelf, "b"), shelf);
    assert_stored(session, "b|first", "SELECT room, label FROM shelves");
}

static void what_on_delete_sets_null_refers_to_nobody(void **state)
{
    corm_session *session = *state;
    assert_ptr_equal(Thing_box(thing), box);
    assert_ok(session, corm_delete(session, box));
    assert_ok(session, corm_flush(session));
    assert_null(thing->room);
    assert_false(thing->number.has_value || corm_is_modified(thing));
    assert_null(Thing_box(thing));
    assert_ok(session, corm_rollback(session));
    assert_string_equal(thing->room, "a");
    assert_ptr_equal(Thing_box(thing), box);
}

/* Objects that came from another session lie in its memory. */
static void objects_of_another_session_follow_too(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", &store, NULL);
    corm_session *first = corm_session_open(engine, NULL);
    assert_ok(first, corm_create_all(first));
    fill_store(first);
    Shelf *other = corm_new(first, Shelf, .room = "o", .label = "o");
    Box *lost = corm_new(first, Box, .room = "o", .number = 7, .name = "lost");
    assert_ok(first, corm_add(first, other));
    assert_ok(first, corm_add(first, lost));
    assert_ok(first, corm_commit(first));
    assert_ok(first, corm_expunge_all(first));
    corm_session *session = corm_session_open(engine, NULL);
    void *const objects[] = {shelf, box, thing, other, lost};
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
        assert_ok(session, corm_add(session, objects[i]));
    shelf->room = "b";
    assert_ok(session, corm_delete(session, corm_get(session, Shelf, "o")));
    assert_ok(session, corm_flush(session));
    assert_string_equal(box->room, "b");
    assert_string_equal(thing->room, "b");
    assert_int_equal(corm_state(lost), CORM_STATE_DELETED);
    corm_session_close(session);
    corm_session_close(first);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

/* One UPDATE gives the row of a deleted object to a new one with its key: the database deletes nothing. */
static void what_refers_to_a_row_that_a_new_object_takes_over_stays(void **state)
{
    corm_session *session = *state;
    Sign *sign = corm_new(session, Sign, .label = "old", .color = "red");
    assert_ok(session, corm_add(session, sign));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, shelf));
    assert_ok(session, corm_add(session, corm_new(session, Shelf, .room = "a", .label = "new")));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "a|1", "SELECT room, number FROM boxes");
    assert_int_equal(corm_state(box), CORM_STATE_PERSISTENT);
    assert_string_equal(sign->label, "new");
    assert_null(thing->label);
    assert_ptr_equal(corm_get(session, Sign, "new"), sign);
    assert_ok(session, corm_rollback(session));
    assert_string_equal(sign->label, "old");
    assert_ptr_equal(corm_get(session, Sign, "old"), sign);
}

/* Each shelf takes the label that the one before it gives up. */
static void many_objects_follow_many_changed_keys(void **state)
{
    corm_session *session = *state;
    enum { COUNT = 100 };
    Shelf *shelves[COUNT];
    Sign *signs[COUNT];
    for (int i = 0; i < COUNT; i++) {
        const char *label = corm_text(session, "%d", i);
        shelves[i] =
            corm_new(session, Shelf, .room = corm_text(session, "%03d", i), .label = label);
        assert_ok(session, corm_add(session, shelves[i]));
    }
    for (int i = COUNT; i-- > 0;) {
        signs[i] = corm_new(session, Sign, .label = shelves[i]->label, .color = "red");
        assert_ok(session, corm_add(session, signs[i]));
    }
    assert_ok(session, corm_commit(session));
    for (int i = 0; i < COUNT; i++) {
        assert_ok(session, corm_current(signs[i]));
        shelves[i]->label = corm_text(session, "%d", i - 1);
    }
    assert_ok(session, corm_flush(session));
    assert_stored(session, "0",
                  "SELECT count(*) FROM shelves WHERE label + 1 != room + 0 AND room != 'a'");
    for (int i = 0; i < COUNT; i++) {
        assert_string_equal(signs[i]->label, shelves[i]->label);
        assert_ptr_equal(corm_get(session, Sign, shelves[i]->label), signs[i]);
    }
    assert_ok(session, corm_rollback(session));
    for (int i = 0; i < COUNT; i++)
        assert_ptr_equal(corm_get(session, Sign, corm_text(session, "%d", i)), signs[i]);
}

/* By its old key its row would not be found again. */
static void a_statement_that_would_change_keys_of_objects_is_refused(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Sign, .label = "old", .color = "red")));
    assert_ok(session, corm_commit(session));
    Sign *sign = corm_get(session, Sign, "old");
    Shelf given = {.room = "a", .label = "given"};
    assert_int_equal(
        corm_update_all(session, Shelf, .set = corm_set(Shelf_.label, "new"), .all_rows = true),
        -1);
    assert_message(
        session,
        "shelves.label cannot be in .set while the session has Sign \"old\", whose key follows it");
    assert_int_equal(corm_insert_all(session, Shelf, &given, 1,
                                     .on_conflict = corm_conflict_on(Shelf_.room),
                                     .update = corm_columns_of(Shelf_.label)),
                     -1);
    assert_message(session, "shelves.label cannot be in .update while the session has Sign");
    assert_int_equal(corm_state(sign), CORM_STATE_PERSISTENT);
    shelf->label = "flushed";
    assert_ok(session, corm_flush(session));
    assert_string_equal(sign->label, "flushed");
    assert_ok(session, corm_expunge(session, sign));
    assert_int_equal(
        corm_update_all(session, Shelf, .set = corm_set(Shelf_.label, "new"), .all_rows = true), 1);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "new|red", "SELECT label, color FROM signs");
    assert_ok(session, corm_free(sign));
}

/* clang-format off */
#define DESK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(TEXT, code, .primary_key = true)                                                        \
    RELATIONSHIP(ONE_TO_MANY, tickets, Ticket, desk, .passive_deletes = true)
#define TICKET(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    code, .references = corm_ref(Desk, code), .default_value = corm_default("none"), \
           .on_delete = CORM_ACTION_SET_DEFAULT, .on_update = CORM_ACTION_SET_DEFAULT)             \
    COLUMN(TEXT,    note)                                                                          \
    RELATIONSHIP(MANY_TO_ONE, desk, Desk, tickets)
#define OFFICE(MODEL)                                                                              \
    MODEL(Desk,   "desks",   DESK)                                                                 \
    MODEL(Ticket, "tickets", TICKET)
/* clang-format on */

CORM_SCHEMA(office, OFFICE)

/* Only the database knows it: the members, and both ends of the relationship, are read again. */
static void what_gets_its_default_is_read_again(void **state)
{
    (void)state;
    for (int deleted = 0; deleted < 2; deleted++) {
        corm_session *session = memory_session(&office);
        Desk *none = corm_new(session, Desk, .code = "none"),
             *desk = corm_new(session, Desk, .code = "a");
        Ticket *ticket = corm_new(session, Ticket, .note = "x");
        assert_ok(session, Desk_tickets_append(desk, ticket));
        assert_ok(session, corm_add(session, none));
        assert_ok(session, corm_add(session, desk));
        assert_ok(session, corm_commit(session));
        assert_int_equal(Desk_tickets(none).count, 0);
        if (!deleted) /* else it is not left to the database */
            assert_int_equal(Desk_tickets(desk).count, 1);
        assert_ok(session, corm_current(ticket));
        ticket->note = "kept";
        if (deleted)
            assert_ok(session, corm_delete(session, desk));
        else
            desk->code = "b";
        assert_ok(session, corm_flush(session));
        assert_ptr_equal(Ticket_desk(ticket), none);
        assert_ok(session, corm_current(ticket));
        assert_string_equal(ticket->code, "none");
        assert_string_equal(ticket->note, "kept");
        assert_int_equal(Desk_tickets(none).count, 1);
        if (!deleted)
            assert_int_equal(Desk_tickets(desk).count, 0);
        assert_ok(session, corm_rollback(session));
        assert_ptr_equal(Ticket_desk(ticket), desk);
        assert_true(Desk_tickets(none).count == 0 && Desk_tickets(desk).count == 1);
        corm_session_close(session);
    }
}

/* clang-format off */
#define ROW(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(TEXT, code, .primary_key = true)                                                        \
    RELATIONSHIP(ONE_TO_MANY, seats, Seat, row, .passive_deletes = true)
#define SEAT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(TEXT,    code,   .primary_key = true, .references = corm_ref(Row, code),                \
           .default_value = corm_default("store"),                                                 \
           .on_delete = CORM_ACTION_SET_DEFAULT, .on_update = CORM_ACTION_SET_DEFAULT)             \
    COLUMN(INTEGER, number, .primary_key = true)                                                   \
    COLUMN(TEXT,    note)                                                                          \
    RELATIONSHIP(MANY_TO_ONE, row,    Row,    seats)                                               \
    RELATIONSHIP(ONE_TO_MANY, guests, Guest, BACKREF(seat))
#define GUEST(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(OPTIONAL(TEXT),    code,   .references = corm_ref(Seat, code),   .on_update = CORM_ACTION_CASCADE) \
    COLUMN(OPTIONAL(INTEGER), number, .references = corm_ref(Seat, number), .on_update = CORM_ACTION_CASCADE)
#define THEATRE(MODEL)                                                                             \
    MODEL(Row,   "rows",   ROW)                                                                    \
    MODEL(Seat,  "seats",  SEAT)                                                                   \
    MODEL(Guest, "guests", GUEST)
/* clang-format on */

CORM_SCHEMA(theatre, THEATRE)

/* An object is found by its key, so it must not wait to be read again for that. */
static void a_part_of_a_key_that_gets_its_default_is_known(void **state)
{
    (void)state;
    for (int deleted = 0; deleted < 2; deleted++) {
        corm_session *session = memory_session(&theatre);
        Row *spare = corm_new(session, Row, .code = "store"),
            *row = corm_new(session, Row, .code = "a");
        Seat *seat = corm_new(session, Seat, .number = 5, .note = "x");
        Guest *guest = corm_new(session, Guest);
        assert_ok(session, Row_seats_append(row, seat));
        assert_ok(session, Seat_guests_append(seat, guest));
        assert_ok(session, corm_add(session, spare));
        assert_ok(session, corm_add(session, row));
        assert_ok(session, corm_commit(session));
        assert_ok(session, corm_current(seat));
        assert_ok(session, corm_current(guest));
        assert_ok(session, corm_current(row));
        if (deleted)
            assert_ok(session, corm_delete(session, row));
        else
            row->code = "b";
        seat->note = "kept";
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_current(seat));
        assert_true(strcmp(seat->code, "store") == 0 && strcmp(seat->note, "kept") == 0);
        assert_string_equal(guest->code, "store");
        assert_ptr_equal(corm_get(session, Seat, "store", 5), seat);
        assert_null(corm_get(session, Seat, "a", 5));
        assert_ptr_equal(Seat_row(seat), spare);
        assert_ok(session, corm_rollback(session));
        assert_ptr_equal(corm_get(session, Seat, "a", 5), seat);
        assert_ptr_equal(Seat_row(seat), row);
        corm_session_close(session);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(objects_follow_a_changed_key_to_any_depth),
        STORE_TEST(what_follows_can_be_written_in_the_same_flush_and_later),
        STORE_TEST(what_the_program_has_assigned_since_stays),
        STORE_TEST(links_follow_a_key_that_follows_another),
        STORE_TEST(what_does_not_follow_in_turn_is_told_of),
        STORE_TEST(a_reference_that_on_update_sets_null_is_null),
        STORE_TEST(a_rollback_takes_all_of_it_back),
        cmocka_unit_test(objects_of_another_session_follow_too),
        STORE_TEST(what_is_loaded_after_the_database_has_acted_is_read_again_after_a_savepoint),
        STORE_TEST(who_gets_its_key_back_is_the_row),
        STORE_TEST(who_has_a_key_that_another_row_gets_is_no_row_any_more),
        STORE_TEST(what_on_delete_sets_null_refers_to_nobody),
        cmocka_unit_test(what_gets_its_default_is_read_again),
        cmocka_unit_test(a_part_of_a_key_that_gets_its_default_is_known),
        STORE_TEST(what_refers_to_a_row_that_a_new_object_takes_over_stays),
        STORE_TEST(many_objects_follow_many_changed_keys),
        STORE_TEST(a_statement_that_would_change_keys_of_objects_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
