/* views: relationships that spell out their join, and those that are only looked at. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

#include <math.h>

/* clang-format off */
#define STATE(VALUE) VALUE(DRAFT) VALUE(OPEN, "open") VALUE(SHUT, "shut")
CORM_ENUM(State, STATE)

#define WRITER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              name,      .unique = true)                                           \
    RELATIONSHIP(ONE_TO_MANY, texts,     Text, writer,                                             \
                 .join = corm_join(Text, writer_id, Writer, id),                                   \
                 .order_by = corm_by_descending(Text, stars), .then_by = {corm_by(Text, title)})   \
    RELATIONSHIP(ONE_TO_MANY, edited,    Text, editor)                                             \
    RELATIONSHIP(ONE_TO_MANY, all_texts, Text, NONE, .view_only = true,                            \
                 .join = corm_join(Text, writer_id, Writer, id))                                   \
    RELATIONSHIP(ONE_TO_MANY, good,      Text, NONE,                                               \
                 .join = corm_join(Text, writer_id, Writer, id),                                   \
                 .filter = corm_filter(Text, state, EQ, OPEN, Text, stars, GE, 3))                 \
    RELATIONSHIP(ONE_TO_ONE,  best,      Text, NONE,                                               \
                 .join = corm_join(Text, writer_id, Writer, id),                                   \
                 .filter = corm_filter(Text, stars, EQ, 5, Text, gone_on, EQ, NULL))               \
    RELATIONSHIP(ONE_TO_MANY, letters,   Letter, BACKREF(sender),                                  \
                 .join = corm_join(Letter, from_name, Writer, name))                               \
    RELATIONSHIP(MANY_TO_MANY, liked,    Text, BACKREF(likers), .view_only = true,                 \
                 .secondary = corm_secondary("likings", "writer_id", "text_id"))                   \
    RELATIONSHIP(MANY_TO_MANY, liked_well, Text, NONE, .filter = corm_filter(Text, stars, GT, 3),  \
                 .secondary = corm_secondary("likings", "writer_id", "text_id"))
#define WORK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              title)                                                               \
    COLUMN(INTEGER,           stars)                                                               \
    COLUMN(ENUM(State),       state,     .default_value = corm_default(OPEN))                      \
    COLUMN(OPTIONAL(DATE),    gone_on)                                                             \
    COLUMN(OPTIONAL(INTEGER), writer_id, .references = corm_ref(Writer, id))                       \
    COLUMN(OPTIONAL(INTEGER), editor_id, .references = corm_ref(Writer, id))                       \
    RELATIONSHIP(MANY_TO_ONE, writer,    Writer, texts)                                            \
    RELATIONSHIP(MANY_TO_ONE, editor,    Writer, edited,                                           \
                 .join = corm_join(Text, editor_id, Writer, id))                                   \
    RELATIONSHIP(MANY_TO_ONE, ann,       Writer, NONE,                                             \
                 .join = corm_join(Text, writer_id, Writer, id),                                   \
                 .filter = corm_filter(Writer, name, LIKE, "a%"))
/* A view does not mind that a link has more to it. */
#define LIKING(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(DATE,              liked_on)                                                            \
    COLUMN(INTEGER,           writer_id, .primary_key = true, .references = corm_ref(Writer, id))  \
    COLUMN(INTEGER,           text_id,   .primary_key = true, .references = corm_ref(Text, id))
#define LETTER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(OPTIONAL(TEXT),    from_name)
#define MEMBER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              code)                                                                \
    COLUMN(OPTIONAL(TEXT),    by_code)                                                             \
    RELATIONSHIP(MANY_TO_ONE, mentor,    Member, pupils,                                           \
                 .join = corm_join(Member, by_code, Member, code))                                 \
    RELATIONSHIP(ONE_TO_MANY, pupils,    Member, mentor)
#define SEAT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           row,       .primary_key = true)                                      \
    COLUMN(INTEGER,           place,     .primary_key = true)                                      \
    RELATIONSHIP(ONE_TO_MANY, tickets,   Ticket, seat,                                             \
                 .join = corm_join(Ticket, row, Seat, row, Ticket, place, Seat, place))
#define TICKET(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(OPTIONAL(INTEGER), row)                                                                 \
    COLUMN(OPTIONAL(INTEGER), place)                                                               \
    RELATIONSHIP(MANY_TO_ONE, seat,      Seat, tickets)
/* Letters stand before writers: only the join says that a writer is inserted first. */
#define PRESS(MODEL)                                                                               \
    MODEL(Letter, "letters", LETTER)                                                               \
    MODEL(Ticket, "tickets", TICKET)                                                               \
    MODEL(Writer, "writers", WRITER)                                                               \
    MODEL(Text,   "texts",   WORK)                                                                 \
    MODEL(Liking, "likings", LIKING)                                                               \
    MODEL(Member, "members", MEMBER)                                                               \
    MODEL(Seat,   "seats",   SEAT)
/* clang-format on */

CORM_SCHEMA(press, PRESS)

/* A table of somebody else, in which each of two columns is called as the other one's member. */
/* clang-format off */
#define OWNER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,       .primary_key = true, .name = "Owner No")                   \
    RELATIONSHIP(ONE_TO_MANY, boats,    Boat, owner)                                               \
    RELATIONSHIP(ONE_TO_MANY, large,    Boat, NONE,                                                \
                 .join = corm_join(Boat, owner_no, Owner, id),                                     \
                 .filter = corm_filter(Boat, tons, GE, 10))
#define BOAT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(OPTIONAL(INTEGER), owner_no, .name = "tons")                                            \
    COLUMN(OPTIONAL(INTEGER), tons,     .name = "owner_no")                                        \
    RELATIONSHIP(MANY_TO_ONE, owner,    Owner, boats,                                              \
                 .join = corm_join(Boat, owner_no, Owner, id))
#define HARBOUR(MODEL) MODEL(Owner, "Owner Master", OWNER) MODEL(Boat, "boats", BOAT)
/* clang-format on */

CORM_SCHEMA(harbour, HARBOUR)

static int open_press(void **state)
{
    *state = memory_session(&press);
    return *state == NULL;
}

#define PRESS_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_press, close_session)

/* ann writes a to e, with 1 to 5 stars, which ben edits; d is a draft. */
static Writer *fill(corm_session *session)
{
    Writer *ann = corm_new(session, Writer, .name = "ann");
    Writer *ben = corm_new(session, Writer, .name = "ben");
    assert_ok(session, corm_add(session, ann));
    for (int i = 1; i <= 5; i++) {
        Text *text =
            corm_new(session, Text, .title = corm_text(session, "%c", 'a' + i - 1), .stars = i);
        assert_ok(session, Writer_texts_append(ann, text));
        assert_ok(session, Text_editor_set(text, ben));
        if (i == 4)
            text->state = DRAFT;
    }
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_add(session, corm_new(session, Liking, .liked_on = corm_today(),
                                                  .writer_id = 2, .text_id = 3)));
    assert_ok(session, corm_add(session, corm_new(session, Liking, .liked_on = corm_today(),
                                                  .writer_id = 2, .text_id = 5)));
    start_afresh(session);
    return corm_get(session, Writer, 1);
}

/* ---- Joins -------------------------------------------------------------------------------------- */

static void two_foreign_keys_to_one_table_are_told_apart_by_join(void **state)
{
    corm_session *session = *state;
    Writer *ann = fill(session), *ben = corm_get(session, Writer, 2);
    assert_int_equal(Writer_texts(ann).count, 5);
    assert_int_equal(Writer_edited(ann).count, 0);
    assert_int_equal(Writer_edited(ben).count, 5);
    Text *text = Writer_texts(ann).items[0];
    assert_ptr_equal(Text_writer(text), ann);
    assert_ptr_equal(Text_editor(text), ben);
    assert_ok(session, Text_editor_set(text, ann));
    assert_int_equal(Writer_edited(ann).count, 1);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|1", "SELECT writer_id, editor_id FROM texts WHERE title = 'e'");
}

static void a_list_is_ordered_by_several_columns(void **state)
{
    corm_session *session = *state;
    (void)fill(session);
    run_sql(session, "UPDATE texts SET stars = stars / 2");
    start_afresh(session);
    Writer *ann = corm_get(session, Writer, 1);
    Text_list texts = Writer_texts(ann);
    const char *order = "debca";
    assert_int_equal(texts.count, 5);
    for (size_t i = 0; i < texts.count; i++)
        assert_int_equal(texts.items[i]->title[0], order[i]);
    assert_part(sql_of("SELECT", 1), "ORDER BY \"stars\" DESC, \"title\", \"id\"");
    record(session);
    assert_ok(session, corm_expire(session, ann));
    (void)corm_all(session, Writer, .load = corm_load_joined(Writer_.texts));
    assert_part(sql_of("SELECT", 0),
                "\"texts_1\".\"stars\" DESC, \"texts_1\".\"title\", \"texts_1\".\"id\"");
}

static void a_join_needs_no_foreign_key(void **state)
{
    corm_session *session = *state;
    Letter *letter = corm_new(session, Letter);
    Writer *ann = corm_new(session, Writer, .name = "ann");
    assert_ok(session, corm_add(session, letter));
    assert_ok(session, Letter_sender_set(letter, ann));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "ann", "SELECT from_name FROM letters");
    assert_ok(session, corm_clear(session));
    ann = corm_get(session, Writer, 1);
    record(session);
    letter = Writer_letters(ann).items[0];
    assert_string_equal(sql_of("SELECT", 0), "SELECT \"id\", \"from_name\" FROM \"letters\" WHERE "
                                             "\"from_name\" = ?1 ORDER BY \"id\"");
    assert_ptr_equal(Letter_sender(letter), ann);
    assert_ptr_equal(corm_one(session, Letter, .where = corm_related_to(Writer_.letters, ann)),
                     letter);
    assert_ok(session, Writer_letters_remove(ann, letter));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "NULL", "SELECT from_name FROM letters");
    assert_ok(session, Writer_letters_append(ann, letter));
    assert_ok(session, corm_delete(session, ann));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "NULL", "SELECT from_name FROM letters");
}

static void a_model_joins_itself_by_columns_of_its_own(void **state)
{
    corm_session *session = *state;
    Member *top = corm_new(session, Member, .code = "top");
    assert_ok(session, corm_add(session, top));
    for (int i = 0; i < 3; i++)
        assert_ok(session,
                  Member_pupils_append(
                      top, corm_new(session, Member, .code = corm_text(session, "%d", i))));
    start_afresh(session);
    top = corm_one(session, Member, .where = corm_is_null(Member_.by_code));
    Member_list pupils = Member_pupils(top);
    assert_int_equal(pupils.count, 3);
    assert_ptr_equal(Member_mentor(pupils.items[0]), top);
    assert_ok(session, Member_mentor_set(pupils.items[0], pupils.items[1]));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "1", "SELECT by_code FROM members WHERE code = '0'");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(Member_pupils(top).count, 3);
    Member_list all = corm_all(session, Member, .load = corm_load_joined(Member_.pupils));
    assert_int_equal(all.count, 4);
}

static void several_pairs_join_together(void **state)
{
    corm_session *session = *state;
    Seat *seat = corm_new(session, Seat, .row = 3, .place = 7);
    assert_ok(session, corm_add(session, seat));
    Ticket *ticket = corm_new(session, Ticket);
    assert_ok(session, Seat_tickets_append(seat, ticket));
    assert_ok(session, corm_add(session, corm_new(session, Seat, .row = 3, .place = 8)));
    start_afresh(session);
    assert_stored(session, "3|7", "SELECT \"row\", place FROM tickets");
    ticket = corm_get(session, Ticket, 1);
    seat = Ticket_seat(ticket);
    assert_int_equal(seat->place, 7);
    assert_ptr_equal(Seat_tickets(seat).items[0], ticket);
    Seat_list seats = corm_all(session, Seat, .order_by = corm_asc(Seat_.place),
                               .load = corm_load_joined(Seat_.tickets));
    assert_int_equal(Seat_tickets(seats.items[1]).count, 0);
}

/* ---- View-only ---------------------------------------------------------------------------------- */

static void a_view_is_read_only(void **state)
{
    corm_session *session = *state;
    Writer *ann = fill(session);
    Text_list texts = Writer_all_texts(ann);
    assert_int_equal(texts.count, 5);
    Text *text = texts.items[0];
    assert_status(session, CORM_MISUSE, Writer_all_texts_append(ann, text));
    assert_message(session, "Writer.all_texts is declared .view_only");
    assert_status(session, CORM_MISUSE, Writer_all_texts_remove(ann, text));
    assert_status(session, CORM_MISUSE, Writer_all_texts_replace(ann, NULL, 0));
    assert_status(session, CORM_MISUSE, Writer_good_append(ann, text));
    assert_message(session, "Writer.good is view-only, because it has a .filter");
    assert_status(session, CORM_MISUSE, Writer_best_set(ann, text));
    assert_status(session, CORM_MISUSE, Writer_liked_append(ann, text));
    record(session);
    assert_false(corm_is_modified(ann));
    assert_ok(session, corm_flush(session));
    assert_no_sql();
}

static void a_view_takes_no_part_in_flush_and_cascade(void **state)
{
    corm_session *session = *state;
    Writer *ann = fill(session);
    Text_list before = Writer_all_texts(ann);
    Text *first = before.items[0];
    assert_int_equal(Writer_texts(ann).count, 5);
    assert_ok(session, Writer_texts_remove(ann, first));
    assert_ok(session, corm_flush(session));
    assert_int_equal(Writer_all_texts(ann).count, 5); /* as it was loaded */
    assert_ok(session, corm_expire(session, ann));
    assert_int_equal(Writer_all_texts(ann).count, 4);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(Writer_all_texts(ann).count, 5);
    record(session);
    run_sql(session, "DELETE FROM likings");
    assert_ok(session, corm_delete(session, ann));
    assert_ok(session, corm_flush(session));
    assert_ran(5, "UPDATE \"texts\""); /* cut once, by Writer.texts */
    assert_ran(0, "DELETE FROM \"likings\"");
    assert_ok(session, corm_rollback(session));
    /* new objects that were rolled back do not take a view for a change */
    Text *text = corm_new(session, Text, .title = "new", .stars = 1, .writer_id = corm_some(1));
    assert_ok(session, corm_add(session, text));
    assert_ok(session, corm_flush(session));
    assert_string_equal(Text_ann(text)->name, "ann");
    assert_ok(session, corm_rollback(session));
    text->writer_id = corm_some(2);
    assert_ok(session, corm_add(session, text));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2", "SELECT writer_id FROM texts WHERE title = 'new'");
    assert_null(Text_ann(text));
}

static void a_filter_shows_a_part(void **state)
{
    corm_session *session = *state;
    Writer *ann = fill(session);
    record(session);
    Text_list good = Writer_good(ann);
    assert_string_equal(
        sql_of("SELECT", 0),
        "SELECT \"id\", \"title\", \"stars\", \"state\", \"gone_on\", \"writer_id\", "
        "\"editor_id\" FROM \"texts\" WHERE \"writer_id\" = ?1 AND \"state\" = ?2 AND "
        "\"stars\" >= ?3 ORDER BY \"id\"");
    assert_string_equal(values_of("SELECT", 0), "1, 'open', 3");
    assert_int_equal(good.count, 2); /* c and e */
    assert_string_equal(Writer_best(ann)->title, "e");
    assert_part(sql_of("SELECT", 1), "AND \"gone_on\" IS NULL");
    assert_ok(session, corm_expire(session, ann));
    assert_int_equal(Writer_good_count(ann), 2);
    assert_int_equal(corm_count(session, Text, .where = corm_related_to(Writer_.good, ann)), 2);
    assert_int_equal(
        corm_count(session, Text,
                   .where = corm_or(corm_eq(Text_.stars, 1), corm_related_to(Writer_.good, ann))),
        3);
    assert_int_equal(Writer_good_contains(ann, good.items[0]), true);
}

/* It has several conditions in SQL, which stand together wherever it does. */
static void what_is_related_by_several_columns_is_one_condition(void **state)
{
    corm_session *session = *state;
    Writer *ann = fill(session);
    const corm_condition good = corm_related_to(Writer_.good, ann);
    const int64_t all = corm_count(session, Text);
    assert_int_equal(corm_count(session, Text, .where = corm_eq(good, true)), 2);
    assert_int_equal(corm_count(session, Text, .where = corm_is_not_null(good)), all);
    assert_int_equal(corm_count(session, Text, .where = corm_ne(good, true)), all - 2);
}

static void filters_are_joined_and_loaded_for_many(void **state)
{
    corm_session *session = *state;
    (void)fill(session);
    assert_ok(session, corm_clear(session));
    record(session);
    Writer_list writers =
        corm_all(session, Writer, .where = corm_gt(Writer_.id, 0), .order_by = corm_asc(Writer_.id),
                 .load = corm_load_joined(Writer_.good, Writer_.best));
    assert_string_equal(values_of("SELECT", 0), "'open', 3, 5, 0");
    assert_int_equal(Writer_good(writers.items[0]).count, 2);
    assert_int_equal(Writer_good(writers.items[1]).count, 0);
    assert_string_equal(Writer_best(writers.items[0])->title, "e");
    assert_null(Writer_best(writers.items[1]));
    assert_ran(1, "SELECT");
    assert_ok(session, corm_clear(session));
    record(session);
    writers = corm_all(session, Writer, .where = corm_gt(Writer_.id, 0), .limit = 2,
                       .order_by = corm_asc(Writer_.id), .load = corm_load_joined(Writer_.good));
    assert_string_equal(values_of("SELECT", 0), "0, 2, 'open', 3");
    assert_int_equal(Writer_good(writers.items[0]).count, 2);
    assert_ok(session, corm_clear(session));
    writers = corm_all(session, Writer, .order_by = corm_asc(Writer_.id));
    record(session);
    assert_int_equal(Writer_good(writers.items[0]).count, 2);
    assert_int_equal(Writer_good(writers.items[1]).count, 0);
    assert_ran(1, "SELECT");
    assert_string_equal(values_of("SELECT", 0), "1, 2, 2, 2, 'open', 3");
}

static void a_filtered_reference_finds_no_one_else(void **state)
{
    corm_session *session = *state;
    Writer *ann = fill(session);
    Text *text = Writer_texts(ann).items[0];
    assert_ptr_equal(Text_ann(text), ann);
    ann->name = "zoe";
    assert_ok(session, corm_commit(session));
    assert_null(Text_ann(text));
    assert_ptr_equal(Text_writer(text), ann);
    assert_ok(session, corm_clear(session));
    Text_list texts = corm_all(session, Text, .load = corm_load_joined(Text_.ann, Text_.writer));
    record(session);
    assert_null(Text_ann(texts.items[0]));
    assert_string_equal(Text_writer(texts.items[0])->name, "zoe");
    assert_no_sql();
}

static void a_view_goes_through_the_table_of_a_model(void **state)
{
    corm_session *session = *state;
    Writer *ann = fill(session), *ben = corm_get(session, Writer, 2);
    Text_list liked = Writer_liked(ben);
    assert_int_equal(liked.count, 2);
    assert_int_equal(Writer_liked(ann).count, 0);
    assert_ptr_equal(Text_likers(liked.items[0]).items[0], ben);
    assert_int_equal(Writer_liked_well(ben).count, 1);
    assert_ok(session, corm_add(session, corm_new(session, Liking, .liked_on = corm_today(),
                                                  .writer_id = 1, .text_id = 4)));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Writer_liked(ann).count, 1); /* refreshed by the commit */
    assert_int_equal(Writer_liked_well_count(ann), 1);
    assert_int_equal(corm_count(session, Text, .where = corm_related_to(Writer_.liked_well, ben)),
                     1);
    assert_ok(session, corm_clear(session));
    record(session);
    Writer_list writers = corm_all(session, Writer, .order_by = corm_asc(Writer_.id),
                                   .load = corm_load_joined(Writer_.liked_well, Text_likers_));
    assert_int_equal(Writer_liked_well(writers.items[1]).count, 1);
    assert_int_equal(Text_likers(Writer_liked_well(writers.items[0]).items[0]).count, 1);
    assert_ran(1, "SELECT");
}

/* ---- Refused ------------------------------------------------------------------------------------- */

/* clang-format off */
#define POET(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name)                                                                \
    RELATIONSHIP(ONE_TO_MANY, verses,  Verse, poet)
#define VERSE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(DATE,              made_on)                                                             \
    COLUMN(INTEGER,           poet_id, .references = corm_ref(Poet, id), .on_delete = CORM_ACTION_CASCADE) \
    COLUMN(REAL_AS(float),    weight)                                                              \
    RELATIONSHIP(MANY_TO_ONE, poet,    Poet, verses)
#define POETS(MODEL) MODEL(Poet, "poets", POET) MODEL(Verse, "verses", VERSE)
/* clang-format on */
CORM_SCHEMA(poets, POETS)

static corm_model poet, verse;

/* What opening says of the schema with these options for both ends; "" if nothing. */
static const char *refusal(const corm_relationship_options *verses,
                           const corm_relationship_options *poet_end)
{
    static char message[800];
    static corm_column columns[4];
    static corm_relationship rows[2];
    const corm_model *models[] = {&poet, &verse};
    corm_schema schema = {"poets", models, 2};
    memcpy(columns, corm__model_Verse.columns, sizeof columns);
    columns[2].options.references.model = &poet;
    rows[0] = corm__model_Poet.relationships[0];
    rows[1] = corm__model_Verse.relationships[0];
    poet = corm__model_Poet;
    verse = corm__model_Verse;
    rows[0].target = &verse;
    rows[1].target = &poet;
    rows[0].options = *verses;
    rows[1].options = *poet_end;
    verse.columns = columns;
    poet.relationships = &rows[0];
    verse.relationships = &rows[1];
    corm_engine *engine = corm_sqlite_engine(":memory:", &schema, NULL);
    (void)snprintf(message, sizeof message, "%s",
                   corm_engine_status(engine) == CORM_OK ? "" : corm_engine_message(engine));
    (void)corm_engine_close(engine);
    return message;
}

#define OPTIONS(...)                                                                               \
    &(const corm_relationship_options)                                                             \
    {                                                                                              \
        .declared = true, __VA_ARGS__                                                              \
    }
#define assert_refusal(part_, ...) assert_part(refusal(__VA_ARGS__), part_)

/* clang-format off */
#define BILL(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,            id,    .primary_key = true)                                         \
    RELATIONSHIP(MANY_TO_MANY, wares, Ware, BACKREF(bills), .view_only = true,                     \
                 .secondary = corm_secondary("lines", "bill_id", "ware_id"))                       \
    RELATIONSHIP(MANY_TO_MANY, dear,  Ware, NONE, .view_only = true,                               \
                 .filter = corm_filter(Ware, price, GE, 10),                                       \
                 .secondary = corm_secondary("lines", "bill_id", "ware_id"))
#define WARE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,            id,    .primary_key = true)                                         \
    COLUMN(INTEGER,            price)
#define LINE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,            id,      .primary_key = true)                                       \
    COLUMN(INTEGER,            bill_id, .references = corm_ref(Bill, id))                          \
    COLUMN(INTEGER,            ware_id, .references = corm_ref(Ware, id))
#define STORE(MODEL) MODEL(Bill, "bills", BILL) MODEL(Ware, "wares", WARE) MODEL(Line, "lines", LINE)
/* clang-format on */
CORM_SCHEMA(store, STORE)

static void what_several_rows_lead_to_is_seen_once(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &store);
    assert_ok(session, corm_create_all(session));
    run_sql(session, "INSERT INTO bills VALUES (1), (2); INSERT INTO wares VALUES (1, 5), (2, 15);"
                     "INSERT INTO lines VALUES (1, 1, 2), (2, 1, 1), (3, 1, 2), (4, 2, 2), "
                     "(5, 1, 1), (6, 2, 2)");
    Bill *bill = corm_get(session, Bill, 1);
    assert_int_equal(Bill_wares_count(bill), 2);
    assert_int_equal(Bill_dear_count(bill), 1);
    assert_int_equal(Ware_bills_count(corm_get(session, Ware, 2)), 2);
    const corm_loading ways[] = {corm_load_later(Bill_.wares, Bill_.dear),
                                 corm_load(Bill_.wares, Bill_.dear), corm_load_joined(Bill_.wares),
                                 corm_load_joined(Bill_.wares, Bill_.dear)};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        assert_ok(session, corm_expire_all(session));
        Bill_list bills = corm_all(session, Bill, .load = ways[i]);
        assert_int_equal(Bill_wares(bills.items[0]).count, 2);
        assert_int_equal(Bill_wares(bills.items[1]).count, 1);
        assert_int_equal(Bill_dear(bills.items[0]).count, 1);
        assert_int_equal(Bill_wares_count(bill), 2);
        if (i == 0)
            continue;
        bills = corm_all(session, Bill, .load = ways[i], .read_only = true);
        assert_int_equal(Bill_wares(bills.items[0]).count, 2);
        assert_int_equal(Bill_wares(bills.items[1]).count, 1);
    }
    corm_session_close(session);
}

static void joins_and_filters_name_members_whatever_the_columns_are_called(void **state)
{
    (void)state;
    corm_session *session = memory_session(&harbour);
    Owner *ann = corm_new(session, Owner);
    assert_ok(session, Owner_boats_append(ann, corm_new(session, Boat, .tons = corm_some(3))));
    assert_ok(session, Owner_boats_append(ann, corm_new(session, Boat, .tons = corm_some(30))));
    assert_ok(session, corm_add(session, ann));
    assert_ok(session, corm_commit(session));
    start_afresh(session);
    ann = corm_get(session, Owner, 1);
    assert_non_null(ann);
    assert_int_equal(Owner_boats(ann).count, 2);
    assert_int_equal(Owner_large(ann).count, 1);
    assert_int_equal(Owner_large(ann).items[0]->tons.value, 30);
    assert_int_equal(Owner_large(ann).items[0]->owner_no.value, 1);
    corm_session_close(session);
}

static void views_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const corm_relationship_options *view = OPTIONS(.view_only = true);
    assert_string_equal(refusal(OPTIONS(.lazy = CORM_LAZY_JOINED), OPTIONS(0)), "");
    assert_string_equal(refusal(view, view), "");
    assert_refusal("Verse.poet: its other side Poet.verses is view-only: give it .view_only = true "
                   "too, or write NONE there",
                   view, OPTIONS(0));
    assert_refusal("Poet.verses is view-only and takes no part in adding and deleting: leave "
                   ".cascade and .passive_deletes out",
                   OPTIONS(.view_only = true, .cascade = CORM_CASCADE_ALL), view);
    assert_refusal("leave .cascade and .passive_deletes out",
                   OPTIONS(.view_only = true, .passive_deletes = true), view);
    assert_refusal("Poet.verses is view-only and has nothing to write: choose another .lazy; "
                   "corm_related_to queries it",
                   OPTIONS(.view_only = true, .lazy = CORM_LAZY_WRITE_ONLY), view);
}

/* clang-format off */
#define RED(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER,            id,    .primary_key = true)                                         \
    RELATIONSHIP(MANY_TO_MANY, blues, Blue, NONE, .view_only = true,                               \
                 .secondary = corm_secondary("mixed", "red_id", "blue_id"))
#define BLUE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,            id,    .primary_key = true)
#define COLORS(MODEL) MODEL(Red, "reds", RED) MODEL(Blue, "blues", BLUE)
#define CAT(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER,            id,    .primary_key = true)                                         \
    RELATIONSHIP(MANY_TO_MANY, dogs,  Dog, NONE, .join = corm_join(Dog, id, Cat, id),              \
                 .secondary = corm_secondary("pets", "cat_id", "dog_id"))
#define DOG(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER,            id,    .primary_key = true)
#define PETS(MODEL) MODEL(Cat, "cats", CAT) MODEL(Dog, "dogs", DOG)
#define BIRD(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,            id,    .primary_key = true)                                         \
    COLUMN(TEXT,               name)                                                               \
    RELATIONSHIP(ONE_TO_MANY,  songs, Song, NONE, .join = corm_join(Song, bird, Bird, name))
#define SONG(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,            id,    .primary_key = true)                                         \
    COLUMN(TEXT,               bird,  .collate = "NOCASE")
#define BIRDS(MODEL) MODEL(Bird, "birds", BIRD) MODEL(Song, "songs", SONG)
/* clang-format on */
CORM_SCHEMA(colors, COLORS)
CORM_SCHEMA(pets, PETS)
CORM_SCHEMA(birds, BIRDS)

static void a_many_to_many_view_needs_a_table_and_no_join(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", &colors, NULL);
    assert_part(
        corm_engine_message(engine),
        "Red.blues is view-only, and nothing else makes its table mixed: declare a model for "
        "it, or another relationship through it");
    (void)corm_engine_close(engine);
    engine = corm_sqlite_engine(":memory:", &pets, NULL);
    assert_part(
        corm_engine_message(engine),
        "Cat.dogs: .join is not for MANY_TO_MANY, which is joined by .secondary: leave it out");
    (void)corm_engine_close(engine);
}

static void joins_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const corm_reference key = {&poet, "id", 0}, name = {&poet, "name", 0};
    const corm_reference refers = {&verse, "poet_id", 0};
    const corm_relationship_options *plain = OPTIONS(0);
    const corm_relationship_options *right = OPTIONS(.join = {{{refers, key, 0}}});
    assert_string_equal(refusal(right, plain), "");
    assert_string_equal(refusal(plain, right), "");
    assert_refusal("Poet.verses and its other side Verse.poet both have .join: once is enough",
                   right, right);
    assert_refusal("Poet.verses: .join and .foreign_key both say how it is joined: leave one out",
                   right, OPTIONS(.foreign_key = refers));
    assert_refusal(
        "Poet.verses: .join = corm_join(Poet, id, Verse, poet_id): the first column is one "
        "of Verse, whose rows refer, and the second one of Poet",
        OPTIONS(.join = {{{key, refers, 0}}}), plain);
    assert_refusal("Poet.verses: .join: Verse.poet_id and Poet.name are of different kinds: make "
                   "them the same",
                   OPTIONS(.join = {{{refers, name, 0}}}), plain);
    corm_engine *engine = corm_sqlite_engine(":memory:", &birds, NULL);
    assert_part(corm_engine_message(engine),
                "Bird.songs: .join: Song.bird has .collate, and keys are told apart by their "
                "bytes: leave it out, or join by another column");
    (void)corm_engine_close(engine);
}

static void filters_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const corm_reference name = {&poet, "name", 0}, made_on = {&verse, "made_on", 0};
    const corm_constant date = {.type = CORM__CONSTANT_TEXT, .text = "2024-02-30"};
    const corm_constant day = {.type = CORM__CONSTANT_TEXT, .text = "2024-02-29"};
    const corm_constant null = {.type = CORM__CONSTANT_NONE};
    const corm_relationship_options *view = OPTIONS(.view_only = true);
    assert_string_equal(refusal(OPTIONS(.filter = {{{made_on, CORM__GE, day, 0}}}), view), "");
    assert_refusal("Poet.verses: .filter names Poet.name: it must be a column of Verse",
                   OPTIONS(.filter = {{{name, CORM__EQ, day, 0}}}), view);
    assert_refusal("Poet.verses: .filter: Verse.made_on cannot be compared with that constant",
                   OPTIONS(.filter = {{{made_on, CORM__EQ, date, 0}}}), view);
    assert_refusal("Poet.verses: .filter: Verse.made_on is compared by EQ, NE, LT, LE, GT or GE, a "
                   "TEXT by LIKE too, with NULL by EQ or NE",
                   OPTIONS(.filter = {{{made_on, CORM__GE, null, 0}}}), view);
    assert_refusal("a TEXT by LIKE too", OPTIONS(.filter = {{{made_on, CORM__LIKE, day, 0}}}),
                   view);
    const corm_reference weight = {&verse, "weight", 0};
    const corm_constant nan = {.type = CORM__CONSTANT_REAL, .real = (double)NAN};
    const corm_constant five = {.type = CORM__CONSTANT_INTEGER, .integer = 5};
    assert_string_equal(refusal(OPTIONS(.filter = {{{weight, CORM__LT, five, 0}}}), view), "");
    assert_refusal("Verse.weight cannot be compared with that constant",
                   OPTIONS(.filter = {{{weight, CORM__LT, nan, 0}}}), view);
    assert_refusal("Verse.weight cannot be compared with that constant",
                   OPTIONS(.filter = {{{weight, CORM__LT, day, 0}}}), view);
    assert_refusal("a TEXT by LIKE too", OPTIONS(.filter = {{{weight, CORM__LIKE, day, 0}}}), view);
}

static void what_moves_leaves_its_list_also_where_the_join_is_by_no_key(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < 2; way++) {
        Writer *ann = corm_new(session, Writer, .name = way == 0 ? "ann" : "eve"),
               *ben = corm_new(session, Writer, .name = way == 0 ? "ben" : "dan");
        for (int i = 0; i < 2; i++)
            assert_ok(session, Writer_letters_append(ann, corm_new(session, Letter)));
        assert_ok(session, corm_add(session, ann));
        assert_ok(session, corm_add(session, ben));
        assert_ok(session, corm_commit(session));
        assert_int_equal(Writer_letters(ann).count, 2);
        assert_int_equal(Writer_letters(ben).count, 0);
        Letter *letter = Writer_letters(ann).items[0];
        assert_ok(session,
                  way == 0 ? Letter_sender_set(letter, ben) : Writer_letters_append(ben, letter));
        assert_int_equal(Writer_letters(ann).count, 1);
        assert_int_equal(Writer_letters(ben).count, 1);
        assert_ok(session, corm_expire(session, ben)); /* the change is dropped */
        assert_int_equal(Writer_letters(ann).count, 2);
        assert_int_equal(Writer_letters(ben).count, 0);
        assert_ok(session, Letter_sender_set(letter, ben));
        assert_ok(session, corm_flush(session));
        assert_string_equal(letter->from_name, ben->name);
        assert_int_equal(Writer_letters(ann).count, 1);
    }
}

static void ways_of_loading_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    const corm_relationship_options *plain = OPTIONS(0);
    const corm_sort by_date = {.column = {&verse, "made_on", 0}};
    assert_refusal("Poet.verses: .join_depth is for CORM_LAZY_JOINED and CORM_LAZY_SELECTIN: leave "
                   "it out",
                   OPTIONS(.join_depth = 2), plain);
    assert_refusal(
        "Verse.poet is one object: CORM_LAZY_WRITE_ONLY is for lists, choose another .lazy", plain,
        OPTIONS(.lazy = CORM_LAZY_WRITE_ONLY));
    assert_refusal("Poet.verses: .lazy is one of CORM_LAZY_...", OPTIONS(.lazy = (corm_lazy)77),
                   plain);
    assert_refusal("Poet.verses: .then_by goes on with an order: give .order_by first",
                   OPTIONS(.then_by = {by_date}), plain);
    assert_refusal("Poet.verses: .join_depth is 100000, at most 65535",
                   OPTIONS(.lazy = CORM_LAZY_JOINED, .join_depth = 100000), plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PRESS_TEST(two_foreign_keys_to_one_table_are_told_apart_by_join),
        PRESS_TEST(a_list_is_ordered_by_several_columns),
        PRESS_TEST(a_join_needs_no_foreign_key),
        PRESS_TEST(what_moves_leaves_its_list_also_where_the_join_is_by_no_key),
        PRESS_TEST(a_model_joins_itself_by_columns_of_its_own),
        PRESS_TEST(several_pairs_join_together),
        PRESS_TEST(a_view_is_read_only),
        PRESS_TEST(a_view_takes_no_part_in_flush_and_cascade),
        PRESS_TEST(a_filter_shows_a_part),
        PRESS_TEST(what_is_related_by_several_columns_is_one_condition),
        PRESS_TEST(filters_are_joined_and_loaded_for_many),
        PRESS_TEST(a_filtered_reference_finds_no_one_else),
        PRESS_TEST(a_view_goes_through_the_table_of_a_model),
        cmocka_unit_test(what_several_rows_lead_to_is_seen_once),
        cmocka_unit_test(joins_and_filters_name_members_whatever_the_columns_are_called),
        cmocka_unit_test(views_that_do_not_fit_are_refused),
        cmocka_unit_test(a_many_to_many_view_needs_a_table_and_no_join),
        cmocka_unit_test(joins_that_do_not_fit_are_refused),
        cmocka_unit_test(filters_that_do_not_fit_are_refused),
        cmocka_unit_test(ways_of_loading_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
