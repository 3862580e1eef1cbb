/* tables: the DDL of a schema, tables created, dropped and compared, names of every kind, models
 * that are declared wrongly. */
#define CORM_NO_ROW_CHECKS /* what the compiler would refuse is refused here when it is opened */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* ---- Models --------------------------------------------------------------------------------------- */

/* clang-format off */
/* Referencing tables stand before those they refer to: the order of the list must not matter. */
#define LINE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,       .primary_key = true, .autoincrement = true)                          \
    COLUMN(INTEGER, order_id, .references = corm_ref(Order, id), .index = true,                    \
                              .on_delete = CORM_ACTION_CASCADE)                                    \
    COLUMN(OPTIONAL(INTEGER), part_id, .references = corm_ref(Part, id),                           \
                              .on_delete = CORM_ACTION_SET_NULL, .on_update = CORM_ACTION_CASCADE)

#define ORDER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,     .primary_key = true)                                                   \
    COLUMN(TEXT,    group,  .length = 10, .default_value = corm_default("it's"))                   \
    COLUMN(INTEGER, select, .unique = true)                                                        \
    COLUMN(OPTIONAL(TEXT), index)

#define PART(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,  id,    .primary_key = true)                                                   \
    COLUMN(BOOLEAN,  spare)                                                                        \
    COLUMN(REAL,     price)                                                                        \
    COLUMN(BLOB,     image)                                                                        \
    COLUMN(DATE,     made)                                                                         \
    COLUMN(DATETIME, sold)

#define SHOP(MODEL)                                                                                \
    MODEL(Line,  "line",  LINE)                                                                    \
    MODEL(Order, "Order", ORDER)                                                                   \
    MODEL(Part,  "part",  PART)

#define ODD(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(TEXT,    value, .unique = true, .index = true)
#define ODDS(MODEL) MODEL(Odd, "it's a \"table\"; DROP TABLE x --", ODD)

#define SEAT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, row,   .primary_key = true)                                                    \
    COLUMN(TEXT,    place, .primary_key = true)                                                    \
    COLUMN(OPTIONAL(TEXT), guest)
#define ISLE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(OPTIONAL(INTEGER), neighbour, .references = corm_ref(Coast, id))
#define COAST(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(OPTIONAL(INTEGER), isle, .references = corm_ref(Isle, id))
#define THEATRE(MODEL) MODEL(Seat, "seats", SEAT)
#define SEA(MODEL) MODEL(Isle, "isles", ISLE) MODEL(Coast, "coasts", COAST)

/* Declared wrongly, one schema each. */
#define NO_KEY(COLUMN, RELATIONSHIP) COLUMN(INTEGER, size)
#define WRONG_NULLABLE(COLUMN, RELATIONSHIP)                                                       \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, size, .nullable = true)
#define WRONG_NOT_NULL(COLUMN, RELATIONSHIP)                                                       \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(TEXT), size, .nullable = false)
#define WRONG_DEFAULT(COLUMN, RELATIONSHIP)                                                        \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, size, .default_value = corm_default("many"))
#define WRONG_AUTO(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(TEXT, size, .primary_key = true, .autoincrement = true)
#define WRONG_ORPHAN(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), size, .references = corm_ref(WrongOrphan, id))                       \
    RELATIONSHIP(ONE_TO_MANY, parts, WrongOrphan, NONE, .cascade = CORM_CASCADE_DELETE_ORPHAN)
#define WRONG_OTHER(COLUMN, RELATIONSHIP)                                                          \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), size, .references = corm_ref(WrongOther, id))                        \
    RELATIONSHIP(ONE_TO_MANY, parts, WrongOther, whole)
#define WRONG_LINK(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, size, WrongLink, NONE)
#define S_NO_KEY(MODEL) MODEL(NoKey, "no_key", NO_KEY)
#define S_NULLABLE(MODEL) MODEL(WrongNullable, "wrong_nullable", WRONG_NULLABLE)
#define S_NOT_NULL(MODEL) MODEL(WrongNotNull, "wrong_not_null", WRONG_NOT_NULL)
#define S_DEFAULT(MODEL) MODEL(WrongDefault, "wrong_default", WRONG_DEFAULT)
#define S_AUTO(MODEL) MODEL(WrongAuto, "wrong_auto", WRONG_AUTO)
#define S_ORPHAN(MODEL) MODEL(WrongOrphan, "wrong_orphan", WRONG_ORPHAN)
#define S_OTHER(MODEL) MODEL(WrongOther, "wrong_other", WRONG_OTHER)
#define S_LINK(MODEL) MODEL(WrongLink, "wrong_link", WRONG_LINK)
#define S_TWICE(MODEL) MODEL(TwiceA, "twice", SEAT) MODEL(TwiceB, "twice", SEAT)

/* 64 columns, the most that a model may have. */
#define WIDE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), a0) COLUMN(OPTIONAL(TEXT), a1)                                       \
    COLUMN(OPTIONAL(INTEGER), a2) COLUMN(OPTIONAL(TEXT), a3)                                       \
    COLUMN(OPTIONAL(INTEGER), a4) COLUMN(OPTIONAL(TEXT), a5)                                       \
    COLUMN(OPTIONAL(INTEGER), a6)                                                                  \
    COLUMN(OPTIONAL(INTEGER), b0) COLUMN(OPTIONAL(TEXT), b1)                                       \
    COLUMN(OPTIONAL(INTEGER), b2) COLUMN(OPTIONAL(TEXT), b3)                                       \
    COLUMN(OPTIONAL(INTEGER), b4) COLUMN(OPTIONAL(TEXT), b5)                                       \
    COLUMN(OPTIONAL(INTEGER), b6)                                                                  \
    COLUMN(OPTIONAL(INTEGER), c0) COLUMN(OPTIONAL(TEXT), c1)                                       \
    COLUMN(OPTIONAL(INTEGER), c2) COLUMN(OPTIONAL(TEXT), c3)                                       \
    COLUMN(OPTIONAL(INTEGER), c4) COLUMN(OPTIONAL(TEXT), c5)                                       \
    COLUMN(OPTIONAL(INTEGER), c6)                                                                  \
    COLUMN(OPTIONAL(INTEGER), d0) COLUMN(OPTIONAL(TEXT), d1)                                       \
    COLUMN(OPTIONAL(INTEGER), d2) COLUMN(OPTIONAL(TEXT), d3)                                       \
    COLUMN(OPTIONAL(INTEGER), d4) COLUMN(OPTIONAL(TEXT), d5)                                       \
    COLUMN(OPTIONAL(INTEGER), d6)                                                                  \
    COLUMN(OPTIONAL(INTEGER), e0) COLUMN(OPTIONAL(TEXT), e1)                                       \
    COLUMN(OPTIONAL(INTEGER), e2) COLUMN(OPTIONAL(TEXT), e3)                                       \
    COLUMN(OPTIONAL(INTEGER), e4) COLUMN(OPTIONAL(TEXT), e5)                                       \
    COLUMN(OPTIONAL(INTEGER), e6)                                                                  \
    COLUMN(OPTIONAL(INTEGER), f0) COLUMN(OPTIONAL(TEXT), f1)                                       \
    COLUMN(OPTIONAL(INTEGER), f2) COLUMN(OPTIONAL(TEXT), f3)                                       \
    COLUMN(OPTIONAL(INTEGER), f4) COLUMN(OPTIONAL(TEXT), f5)                                       \
    COLUMN(OPTIONAL(INTEGER), f6)                                                                  \
    COLUMN(OPTIONAL(INTEGER), g0) COLUMN(OPTIONAL(TEXT), g1)                                       \
    COLUMN(OPTIONAL(INTEGER), g2) COLUMN(OPTIONAL(TEXT), g3)                                       \
    COLUMN(OPTIONAL(INTEGER), g4) COLUMN(OPTIONAL(TEXT), g5)                                       \
    COLUMN(OPTIONAL(INTEGER), g6)                                                                  \
    COLUMN(OPTIONAL(INTEGER), h0) COLUMN(OPTIONAL(TEXT), h1)                                       \
    COLUMN(OPTIONAL(INTEGER), h2) COLUMN(OPTIONAL(TEXT), h3)                                       \
    COLUMN(OPTIONAL(INTEGER), h4) COLUMN(OPTIONAL(TEXT), h5)                                       \
    COLUMN(OPTIONAL(INTEGER), h6)                                                                  \
    COLUMN(OPTIONAL(INTEGER), i0) COLUMN(OPTIONAL(TEXT), i1)                                       \
    COLUMN(OPTIONAL(INTEGER), i2) COLUMN(OPTIONAL(TEXT), i3)                                       \
    COLUMN(OPTIONAL(INTEGER), i4) COLUMN(OPTIONAL(TEXT), i5)                                       \
    COLUMN(OPTIONAL(INTEGER), i6)
#define WIDES(MODEL) MODEL(Wide, "wide", WIDE)
/* clang-format on */

CORM_SCHEMA(shop, SHOP)
CORM_SCHEMA(odds, ODDS)
CORM_SCHEMA(theatre, THEATRE)
CORM_SCHEMA(sea, SEA)
CORM_SCHEMA(wides, WIDES)
CORM_SCHEMA(no_key, S_NO_KEY)
CORM_SCHEMA(wrong_nullable, S_NULLABLE)
CORM_SCHEMA(wrong_not_null, S_NOT_NULL)
CORM_SCHEMA(wrong_default, S_DEFAULT)
CORM_SCHEMA(wrong_auto, S_AUTO)
CORM_SCHEMA(wrong_orphan, S_ORPHAN)
CORM_SCHEMA(wrong_other, S_OTHER)
CORM_SCHEMA(wrong_link, S_LINK)
CORM_SCHEMA(twice, S_TWICE)

/* A dialect of its own: the text needs no adapter. */
static const corm_dialect plain = {
    .name = "plain",
    .quote = '"',
    .placeholder = "?%u",
    .type_names = {"INTEGER", "REAL", "BOOLEAN", "TEXT", "BLOB", "DATE", "DATETIME"},
    .sized_text = "VARCHAR(%u)",
    .key_type = "INTEGER PRIMARY KEY",
    .key_never_reused = "INTEGER PRIMARY KEY AUTOINCREMENT",
    .no_limit = "-1",
    .default_values = "DEFAULT VALUES",
    .max_parameters = 999,
    .table_columns = "",
};

static int open_shop(void **state)
{
    *state = memory_session(&shop);
    return *state == NULL;
}

static int open_empty(void **state)
{
    *state = corm_sqlite_open(":memory:", &shop);
    return *state == NULL;
}

#define SHOP_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_shop, close_session)
#define EMPTY_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_empty, close_session)

static const char tables_there[] = "SELECT name FROM sqlite_master WHERE type = 'table'"
                                   " AND name NOT LIKE 'sqlite_%' ORDER BY rowid";

/* ---- Tests ---------------------------------------------------------------------------------------- */

static void the_ddl_needs_no_database(void **state)
{
    static const char *const parts[] = {"\"Order\" (",
                                        "\"group\" VARCHAR(10) NOT NULL",
                                        "\"select\" INTEGER NOT NULL",
                                        "\"index\" TEXT",
                                        "INTEGER PRIMARY KEY AUTOINCREMENT",
                                        "\"price\" REAL NOT NULL",
                                        "\"spare\" BOOLEAN NOT NULL",
                                        "\"image\" BLOB NOT NULL",
                                        "\"made\" DATE NOT NULL",
                                        "\"sold\" DATETIME NOT NULL",
                                        "REFERENCES \"Order\"",
                                        "ON DELETE CASCADE",
                                        "ON DELETE SET NULL",
                                        "ON UPDATE CASCADE",
                                        "\"ix_line_order_id\""};
    (void)state;
    corm_error error;
    char *ddl = corm_ddl(&shop, &plain, &error);
    assert_non_null(ddl);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_part(ddl, parts[i]);
    const char *order = strstr(ddl, "\"Order\" (");
    const char *part = strstr(ddl, "\"part\" (");
    const char *line = strstr(ddl, "\"line\" (");
    assert_true(order != NULL && part != NULL && line != NULL && order < line && part < line);
    corm_ddl_free(ddl);
    corm_ddl_free(NULL);
}

static void the_ddl_is_sql_that_sqlite_takes(void **state)
{
    static const corm_schema *const schemas[] = {&shop, &odds, &theatre, &sea, &wides, &blog};
    (void)state;
    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
        sqlite3 *database = NULL;
        char *ddl = corm_ddl(schemas[i], &plain, NULL);
        assert_non_null(ddl);
        assert_int_equal(sqlite3_open(":memory:", &database), SQLITE_OK);
        assert_int_equal(sqlite3_exec(database, ddl, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_close(database), SQLITE_OK);
        corm_ddl_free(ddl);
    }
}

static void the_ddl_of_a_wrong_schema_is_an_error(void **state)
{
    (void)state;
    corm_error error;
    assert_null(corm_ddl(&no_key, &plain, &error));
    assert_int_equal(error.status, CORM_MODEL);
    assert_part(error.message, "NoKey");
}

static void tables_are_created_twice_and_dropped_twice_without_error(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_drop_all(session));
    for (int i = 0; i < 2; i++) {
        assert_ok(session, corm_create_all(session));
        assert_false(corm_in_transaction(session));
        assert_ok(session, corm_create_all(session));
        assert_ok(session, corm_check_tables(session));
        assert_ok(session, corm_drop_all(session));
        assert_ok(session, corm_drop_all(session));
        assert_stored(session, "", tables_there);
        assert_ok(session, corm_rollback(session));
    }
}

static void referenced_tables_are_created_first_and_dropped_last(void **state)
{
    corm_session *session = *state;
    assert_stored(session, "1",
                  "SELECT (SELECT rowid FROM sqlite_master WHERE name = 'line') >"
                  " (SELECT max(rowid) FROM sqlite_master WHERE name IN ('Order', 'part'))");
    Order *order = corm_new(session, Order, .select = 1);
    assert_ok(session, corm_add(session, order));
    assert_ok(session, corm_flush(session));
    Line *line = corm_new(session, Line, .order_id = order->id);
    assert_ok(session, corm_add(session, line));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_drop_all(session)); /* with rows that refer to each other */
    assert_stored(session, "", tables_there);
}

static void tables_that_refer_to_each_other_can_be_created_and_dropped(void **state)
{
    corm_session *session = memory_session(&sea);
    assert_non_null(session);
    *state = (corm_session_close(*state), session);
    Isle *isle = corm_new(session, Isle, .id = 1);
    Coast *coast = corm_new(session, Coast, .id = 1);
    assert_ok(session, corm_add(session, isle));
    assert_ok(session, corm_add(session, coast));
    assert_ok(session, corm_flush(session));
    isle->neighbour = corm_some(1);
    coast->isle = corm_some(1);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_drop_all(session));
    assert_stored(session, "", tables_there);
}

static void unique_with_index_is_one_unique_index(void **state)
{
    corm_session *session = *state;
    assert_stored(session, "1",
                  "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'users'");
    assert_part(ask(session, "SELECT sql FROM sqlite_master WHERE name = 'ix_users_username'"),
                "CREATE UNIQUE INDEX");
    assert_stored(session, "1", "SELECT \"unique\" FROM pragma_index_list('tags')");
}

static void a_unique_index_that_was_dropped_is_created_again(void **state)
{
    corm_session *session = *state;
    run_sql(session, "DROP INDEX ix_users_username");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_create_all(session));
    assert_stored(session, "1",
                  "SELECT count(*) FROM sqlite_master WHERE name = 'ix_users_username'");
}

static void names_that_are_words_of_sql_are_quoted(void **state)
{
    corm_session *session = *state;
    Order *order = corm_new(session, Order, .group = "a", .select = 3, .index = "first");
    assert_ok(session, corm_add(session, order));
    assert_ok(session, corm_commit(session));
    order->group = "b";
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
    Order_list found = corm_all(
        session, Order, .where = corm_and(corm_eq(Order_.group, "b"), corm_gt(Order_.select, 2)),
        .order_by = corm_desc(Order_.index));
    assert_int_equal(found.count, 1);
    assert_string_equal(found.items[0]->index, "first");
    assert_ok(session, corm_delete(session, found.items[0]));
    assert_ok(session, corm_commit(session));
    assert_true(corm_count(session, Order) == 0);
}

static void a_table_may_have_quotes_in_its_name(void **state)
{
    corm_session *session = memory_session(&odds);
    assert_non_null(session);
    *state = (corm_session_close(*state), session);
    assert_ok(session, corm_add(session, corm_new(session, Odd, .value = "v")));
    start_afresh(session);
    assert_true(corm_count(session, Odd, .where = corm_eq(Odd_.value, "v")) == 1);
    assert_ok(session, corm_check_tables(session));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_drop_all(session));
    assert_stored(session, "", tables_there);
}

static void tables_are_not_changed_in_an_open_transaction(void **state)
{
    corm_session *session = *state;
    assert_int_equal(corm_count(session, Part), 0);
    assert_status(session, CORM_MISUSE, corm_create_all(session));
    assert_status(session, CORM_MISUSE, corm_drop_all(session));
    assert_message(session, "transaction");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_drop_all(session));
}

static void a_key_may_have_several_columns(void **state)
{
    corm_session *session = memory_session(&theatre);
    assert_non_null(session);
    *state = (corm_session_close(*state), session);
    assert_ok(session, corm_add(session, corm_new(session, Seat, .row = 1, .place = "a")));
    assert_ok(session, corm_add(session, corm_new(session, Seat, .row = 1, .place = "b")));
    start_afresh(session);
    Seat *seat = corm_get(session, Seat, 1, "b");
    assert_got(session, seat);
    assert_ptr_equal(corm_get(session, Seat, 1, "b"), seat);
    assert_null(corm_get(session, Seat, 2, "b"));
    seat->guest = "Ann";
    assert_ok(session, corm_commit(session));
    assert_stored(session, "a|NULL;b|Ann", "SELECT place, guest FROM seats ORDER BY place");
}

static void a_model_may_have_64_columns(void **state)
{
    corm_session *session = memory_session(&wides);
    assert_non_null(session);
    *state = (corm_session_close(*state), session);
    assert_int_equal(wides.models[0]->column_count, 64);
    Wide *wide = corm_new(session, Wide, .a0 = corm_some(1), .i5 = "last but one");
    wide->i6 = corm_some(64);
    assert_ok(session, corm_add(session, wide));
    start_afresh(session);
    wide = corm_first(session, Wide, .where = corm_eq(Wide_.i6, 64));
    assert_got(session, wide);
    assert_string_equal(wide->i5, "last but one");
    assert_true(wide->a0.value == 1 && !wide->h6.has_value);
}

static void a_table_that_does_not_match_is_told_with_its_column(void **state)
{
    static const struct {
        const char *table, *part;
    } tables[] = {
        {"CREATE TABLE part (id INTEGER PRIMARY KEY, spare BOOLEAN NOT NULL, price REAL NOT NULL,"
         " image BLOB NOT NULL, made DATE NOT NULL)",
         "part.sold"},
        {"CREATE TABLE part (id INTEGER PRIMARY KEY, spare BOOLEAN NOT NULL, price REAL,"
         " image BLOB NOT NULL, made DATE NOT NULL, sold DATETIME NOT NULL)",
         "part.price"},
        {"CREATE TABLE part (id INTEGER, spare BOOLEAN NOT NULL, price REAL NOT NULL,"
         " image BLOB NOT NULL, made DATE NOT NULL, sold DATETIME NOT NULL)",
         "part.id"},
    };
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        run_sql(session, tables[i].table);
        assert_ok(session, corm_commit(session));
        assert_status(session, CORM_SCHEMA_MISMATCH, corm_create_all(session));
        assert_message(session, tables[i].part);
        assert_ok(session, corm_rollback(session));
        assert_status(session, CORM_SCHEMA_MISMATCH, corm_check_tables(session));
        assert_ok(session, corm_rollback(session));
        run_sql(session, "DROP TABLE IF EXISTS part");
        assert_ok(session, corm_commit(session));
    }
}

static void a_missing_table_is_a_difference(void **state)
{
    corm_session *session = *state;
    assert_status(session, CORM_SCHEMA_MISMATCH, corm_check_tables(session));
    assert_ok(session, corm_rollback(session));
    (void)corm_count(session, Part);
    assert_int_not_equal(corm_error_status(session), CORM_OK);
    assert_message(session, "part");
}

static void a_row_without_its_key_is_left_out_by_a_condition(void **state)
{
    (void)state;
    corm_session *session = memory_session(&theatre);
    run_sql(session,
            "DROP TABLE seats; CREATE TABLE seats (row INTEGER, place TEXT, guest TEXT, "
            "PRIMARY KEY (row, place)); INSERT INTO seats VALUES (1, 'a', NULL), (2, NULL, NULL)");
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_all(session, Seat).count, 0);
    assert_status(session, CORM_DATA, corm_last_status());
    assert_message(session, "seats.place: NULL in a key: leave such rows out by corm_is_not_null, "
                            "or read them by corm_sql into a CORM_ROW");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_all(session, Seat, .where = corm_is_not_null(Seat_.place)).count, 1);
    corm_session_close(session);
}

static void dropping_the_tables_expires_every_object(void **state)
{
    corm_session *session = *state;
    Order *order = corm_new(session, Order, .select = 1);
    assert_ok(session, corm_add(session, order));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_drop_all(session));
    assert_ok(session, corm_create_all(session));
    assert_status(session, CORM_ROW_MISSING, corm_current(order));
}

static void a_key_of_a_deleted_row_is_not_given_again(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Order, .id = 1, .select = 1)));
    assert_ok(session, corm_flush(session));
    Line *first = corm_new(session, Line, .order_id = 1);
    assert_ok(session, corm_add(session, first));
    assert_ok(session, corm_commit(session));
    int64_t key = first->id;
    assert_ok(session, corm_delete(session, first));
    assert_ok(session, corm_commit(session));
    Line *second = corm_new(session, Line, .order_id = 1);
    assert_ok(session, corm_add(session, second));
    assert_ok(session, corm_commit(session));
    assert_true(second->id > key);
}

static void a_model_that_is_declared_wrongly_is_told_when_the_engine_opens(void **state)
{
    static const struct {
        const corm_schema *schema;
        const char *part;
    } wrong[] = {{&no_key, "NoKey"},       {&wrong_nullable, "size"}, {&wrong_not_null, "size"},
                 {&wrong_default, "size"}, {&wrong_auto, "size"},     {&wrong_orphan, "parts"},
                 {&wrong_other, "whole"},  {&wrong_link, "size"},     {&twice, "twice"}};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        corm_engine *engine = corm_sqlite_engine(":memory:", wrong[i].schema, NULL);
        assert_non_null(engine);
        assert_int_equal(corm_engine_status(engine), CORM_MODEL);
        assert_part(corm_engine_message(engine), wrong[i].part);
        corm_session *session = corm_session_open(engine, NULL);
        assert_non_null(session);
        assert_status(session, CORM_MODEL, corm_create_all(session));
        assert_message(session, wrong[i].part);
        corm_session_close(session);
        assert_int_equal(corm_engine_close(engine), CORM_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ddl_needs_no_database),
        cmocka_unit_test(the_ddl_is_sql_that_sqlite_takes),
        cmocka_unit_test(the_ddl_of_a_wrong_schema_is_an_error),
        EMPTY_TEST(tables_are_created_twice_and_dropped_twice_without_error),
        SHOP_TEST(referenced_tables_are_created_first_and_dropped_last),
        EMPTY_TEST(tables_that_refer_to_each_other_can_be_created_and_dropped),
        BLOG_TEST(unique_with_index_is_one_unique_index),
        BLOG_TEST(a_unique_index_that_was_dropped_is_created_again),
        SHOP_TEST(names_that_are_words_of_sql_are_quoted),
        EMPTY_TEST(a_table_may_have_quotes_in_its_name),
        SHOP_TEST(tables_are_not_changed_in_an_open_transaction),
        EMPTY_TEST(a_key_may_have_several_columns),
        EMPTY_TEST(a_model_may_have_64_columns),
        EMPTY_TEST(a_table_that_does_not_match_is_told_with_its_column),
        EMPTY_TEST(a_missing_table_is_a_difference),
        cmocka_unit_test(a_row_without_its_key_is_left_out_by_a_condition),
        SHOP_TEST(dropping_the_tables_expires_every_object),
        SHOP_TEST(a_key_of_a_deleted_row_is_not_given_again),
        cmocka_unit_test(a_model_that_is_declared_wrongly_is_told_when_the_engine_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
