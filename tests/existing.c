/* existing: models over tables that are there already. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* ---- Models --------------------------------------------------------------------------------------- */

/* clang-format off */
#define LAMP(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,             id,     .primary_key = true)                                       \
    COLUMN(TEXT,                label,  .name = "Label")                                           \
    COLUMN(OPTIONAL(REAL),      watts)                                                             \
    COLUMN(OPTIONAL(BOOLEAN),   lit)                                                               \
    COLUMN(OPTIONAL(DATETIME),  bought)                                                            \
    COLUMN(OPTIONAL(DECIMAL(6, 2)), price)                                                         \
    COLUMN(OPTIONAL(BLOB),      image)                                                             \
    COLUMN(OPTIONAL(UUID),      serial)                                                            \
    RELATIONSHIP(MANY_TO_MANY, rooms, Room, BACKREF(lamps),                                        \
                 .secondary = corm_secondary("places", "lamp", "room"))
#define ROOM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(TEXT,    house,  .primary_key = true)
#define LAMPS(MODEL) MODEL(Lamp, "lamps", LAMP) MODEL(Room, "rooms", ROOM)
/* clang-format on */

CORM_SCHEMA(lamps, LAMPS)

static int open_lamps(void **state)
{
    *state = corm_sqlite_open(":memory:", &lamps);
    return *state == NULL;
}

#define LAMPS_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_lamps, close_session)

/* ---- Tables ---------------------------------------------------------------------------------------- */

#define ROOMS "CREATE TABLE rooms (house TEXT NOT NULL PRIMARY KEY);"
#define PLACES "CREATE TABLE places (lamp INT NOT NULL, room VARCHAR(9) NOT NULL);"
#define TABLE(columns_) ROOMS PLACES "CREATE TABLE lamps (" columns_ ")"
#define REST                                                                                       \
    ", watts DOUBLE PRECISION, lit BOOL, bought TIMESTAMP, price INT, image BYTEA, serial UUID"

/* Makes the tables, and expects that both calls say this of them; then they are gone. */
static void assert_mismatch(corm_session *session, const char *tables, const char *message)
{
    run_sql(session, tables);
    assert_ok(session, corm_commit(session));
    assert_status(session, CORM_SCHEMA_MISMATCH, corm_create_all(session));
    assert_string_equal(corm_error_message(session), message);
    assert_ok(session, corm_rollback(session));
    assert_status(session, CORM_SCHEMA_MISMATCH, corm_check_tables(session));
    assert_string_equal(corm_error_message(session), message);
    assert_ok(session, corm_rollback(session));
    run_sql(session, "DROP TABLE IF EXISTS lamps; DROP TABLE IF EXISTS rooms; DROP TABLE IF EXISTS "
                     "places");
    assert_ok(session, corm_commit(session));
}

static void assert_match(corm_session *session, const char *tables)
{
    run_sql(session, tables);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_check_tables(session));
    assert_ok(session, corm_create_all(session));
    run_sql(session, "DROP TABLE lamps; DROP TABLE rooms; DROP TABLE places");
    assert_ok(session, corm_commit(session));
}

static void tables_of_somebody_else_match(void **state)
{
    corm_session *session = *state;
    assert_match(session, TABLE("id INTEGER PRIMARY KEY, LABEL VARCHAR(20) NOT NULL" REST));
    assert_match(session, TABLE("[id] INTEGER NOT NULL, label nvarchar(20) NOT NULL" REST
                                ", note TEXT, kind INTEGER NOT NULL DEFAULT 1"
                                ", CONSTRAINT pk PRIMARY KEY (id)"));
    assert_match(session, TABLE("id INTEGER PRIMARY KEY AUTOINCREMENT, label NOT NULL, watts, lit,"
                                " bought, price, image, serial"));
    assert_match(session,
                 "CREATE TABLE rooms (house TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;"
                 "CREATE TABLE places (id INTEGER PRIMARY KEY, lamp INTEGER, room ANY) STRICT;"
                 "CREATE TABLE lamps (id INTEGER PRIMARY KEY, label TEXT NOT NULL, watts REAL,"
                 " lit INTEGER, bought TEXT, price INTEGER, image BLOB, serial TEXT) STRICT");
    assert_ok(session, corm_create_all(session)); /* its own */
    assert_ok(session, corm_check_tables(session));
}

static void a_table_or_a_column_may_be_missing(void **state)
{
    corm_session *session = *state;
    assert_status(session, CORM_SCHEMA_MISMATCH, corm_check_tables(session));
    assert_message(session,
                   "lamps: there is no such table for model Lamp: corm_create_all makes it");
    assert_mismatch(session, TABLE("id INTEGER PRIMARY KEY" REST),
                    "lamps.Label: the table has no such column, but model Lamp has: add it with "
                    "ALTER TABLE, or drop the table and create it again");
    assert_mismatch(session,
                    ROOMS "CREATE TABLE places (lamp INT NOT NULL); CREATE TABLE lamps (id INTEGER "
                          "PRIMARY KEY, label TEXT NOT NULL" REST ")",
                    "places.room: the table has no such column, but the many-to-many Lamp.rooms "
                    "has: add it with ALTER TABLE, or drop the table and create it again");
}

static void a_column_may_be_of_a_type_that_changes_its_values(void **state)
{
    static const struct {
        const char *columns, *is, *kind, *stored;
    } wrong[] = {
        {"label STRING NOT NULL" REST, "Label: is STRING in the table, which is for NUMERIC",
         "TEXT", "TEXT"},
        {"label INTEGER NOT NULL" REST, "Label: is INTEGER in the table, which is for INTEGER",
         "TEXT", "TEXT"},
        {"label BLOB NOT NULL" REST, "Label: is BLOB in the table, which is for BLOB", "TEXT",
         "TEXT"},
        {"label TEXT NOT NULL, watts INT, lit, bought, price, image, serial",
         "watts: is INT in the table, which is for INTEGER", "REAL", "REAL"},
        {"label TEXT NOT NULL, watts, lit VARCHAR(5), bought, price, image, serial",
         "lit: is VARCHAR(5) in the table, which is for TEXT", "BOOLEAN", "INTEGER"},
        {"label TEXT NOT NULL, watts, lit, bought INTEGER, price, image, serial",
         "bought: is INTEGER in the table, which is for INTEGER", "DATETIME", "TEXT"},
        {"label TEXT NOT NULL, watts, lit, bought, price NUMERIC(6,2), image, serial",
         "price: is NUMERIC(6,2) in the table, which is for NUMERIC", "DECIMAL(6, 2)", "INTEGER"},
        {"label TEXT NOT NULL, watts, lit, bought, price, image CLOB, serial",
         "image: is CLOB in the table, which is for TEXT", "BLOB", "BLOB"},
        {"label TEXT NOT NULL, watts, lit, bought, price, image, serial FLOAT",
         "serial: is FLOAT in the table, which is for REAL", "UUID", "TEXT"},
    };
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char sql[500], message[500];
        (void)snprintf(sql, sizeof sql,
                       ROOMS PLACES "CREATE TABLE lamps (id INTEGER PRIMARY KEY, %s)",
                       wrong[i].columns);
        (void)snprintf(message, sizeof message,
                       "lamps.%s values, but %s in model Lamp, which is stored as %s: change the "
                       "kind in the model, or the table",
                       wrong[i].is, wrong[i].kind, wrong[i].stored);
        assert_mismatch(session, sql, message);
    }
    assert_mismatch(session,
                    ROOMS "CREATE TABLE places (lamp INT NOT NULL, room INT); CREATE TABLE lamps "
                          "(id INTEGER PRIMARY KEY, label TEXT NOT NULL" REST ")",
                    "places.room: is INT in the table, which is for INTEGER values, but TEXT in "
                    "the many-to-many Lamp.rooms, which is stored as TEXT: change the kind in the "
                    "model, or the table");
}

static void a_column_may_be_null_in_one_only(void **state)
{
    corm_session *session = *state;
    assert_mismatch(session, TABLE("id INTEGER PRIMARY KEY, label TEXT" REST),
                    "lamps.Label: may be NULL in the table, but not in model Lamp: declare it "
                    "OPTIONAL(...), or change the table");
    assert_mismatch(session,
                    TABLE("id INTEGER PRIMARY KEY, label TEXT NOT NULL, watts REAL NOT NULL, lit,"
                          " bought, price, image, serial"),
                    "lamps.watts: is NOT NULL in the table, but OPTIONAL in model Lamp: declare it "
                    "without OPTIONAL, or change the table");
}

static void the_primary_key_may_be_another(void **state)
{
    corm_session *session = *state;
    assert_mismatch(session, TABLE("id INTEGER, label TEXT NOT NULL" REST),
                    "lamps.id: is not part of the table's primary key, but part of it in model "
                    "Lamp: change the model or the table");
    assert_mismatch(session,
                    TABLE("id INTEGER, label TEXT NOT NULL" REST ", PRIMARY KEY (id, label)"),
                    "lamps.id: the database does not number this key, as the INTEGER key of model "
                    "Lamp is when it is left out: declare it INTEGER PRIMARY KEY in the table, or, "
                    "if the program gives all keys, .without_rowid = true at its MODEL");
    assert_mismatch(
        session,
        TABLE("id INTEGER PRIMARY KEY, label TEXT NOT NULL" REST) ";"
                                                                  "DROP TABLE rooms; CREATE TABLE "
                                                                  "rooms (house TEXT NOT NULL, "
                                                                  "floor INT,"
                                                                  " PRIMARY KEY (house, floor))",
        "rooms.floor: is part of the table's primary key, but model Room has no such "
        "column: add it to the model, or change the table");
}

static void a_key_that_the_database_does_not_number_is_told(void **state)
{
    static const char *const keys[] = {"id INT NOT NULL PRIMARY KEY", "id BIGINT PRIMARY KEY",
                                       "id INTEGER PRIMARY KEY DESC"};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char sql[500];
        (void)snprintf(sql, sizeof sql,
                       ROOMS PLACES "CREATE TABLE lamps (%s, label TEXT NOT NULL" REST ")",
                       keys[i]);
        run_sql(session, sql);
        assert_ok(session, corm_commit(session));
        assert_status(session, CORM_SCHEMA_MISMATCH, corm_check_tables(session));
        assert_message(session, "lamps.id: the database does not number this key");
        assert_ok(session, corm_rollback(session));
        run_sql(session, "DROP TABLE lamps; DROP TABLE rooms; DROP TABLE places");
        assert_ok(session, corm_commit(session));
    }
}

static void a_column_that_an_insert_would_need_is_in_the_way(void **state)
{
    corm_session *session = *state;
    assert_mismatch(
        session, TABLE("id INTEGER PRIMARY KEY, label TEXT NOT NULL" REST ", color TEXT NOT NULL"),
        "lamps.color: is NOT NULL without a default in the table, but model Lamp has "
        "no such column: add it to the model, or give it a default in the table");
    assert_mismatch(session,
                    ROOMS "CREATE TABLE places (lamp, room, since TEXT NOT NULL); CREATE TABLE "
                          "lamps (id INTEGER PRIMARY KEY, label TEXT NOT NULL" REST ")",
                    "places.since: is NOT NULL without a default in the table, but the "
                    "many-to-many Lamp.rooms has no such column: add it to the model, or give it a "
                    "default in the table");
}

static void nothing_is_made_where_something_does_not_match(void **state)
{
    corm_session *session = *state;
    run_sql(session, "CREATE TABLE lamps (id INTEGER PRIMARY KEY)");
    assert_ok(session, corm_commit(session));
    assert_status(session, CORM_SCHEMA_MISMATCH, corm_create_all(session));
    assert_stored(session, "lamps", "SELECT name FROM sqlite_master");
}

static void what_such_a_table_holds_goes_round(void **state)
{
    corm_session *session = *state;
    run_sql(session, TABLE("id INTEGER PRIMARY KEY, label TEXT NOT NULL" REST));
    run_sql(session, "INSERT INTO lamps VALUES (1, 'old', 40, 1, '2001-02-03 04:05:06', 1250,"
                     " x'00ff', '12345678-1234-1234-1234-123456789012')");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_create_all(session));
    Lamp *old = corm_get(session, Lamp, 1);
    assert_got(session, old);
    Lamp *made = corm_new(session, Lamp, .label = "007", .watts = old->watts, .lit = old->lit,
                          .bought = old->bought, .price = old->price, .image = old->image,
                          .serial = old->serial);
    assert_ok(session, corm_add(session, made));
    start_afresh(session);
    made = corm_get(session, Lamp, 2);
    assert_got(session, made);
    assert_string_equal(made->label, "007");
    assert_true(made->watts.value == 40 && made->bought.value.second == 6);
    assert_int_equal(corm_decimal_compare(made->price.value, corm_decimal_of("12.50")), 0);
    assert_stored(session, "1", "SELECT count(DISTINCT image || serial) FROM lamps");
    assert_stored(session, "1", "SELECT count(DISTINCT typeof(watts)) FROM lamps");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LAMPS_TEST(tables_of_somebody_else_match),
        LAMPS_TEST(a_table_or_a_column_may_be_missing),
        LAMPS_TEST(a_column_may_be_of_a_type_that_changes_its_values),
        LAMPS_TEST(a_column_may_be_null_in_one_only),
        LAMPS_TEST(the_primary_key_may_be_another),
        LAMPS_TEST(a_key_that_the_database_does_not_number_is_told),
        LAMPS_TEST(a_column_that_an_insert_would_need_is_in_the_way),
        LAMPS_TEST(nothing_is_made_where_something_does_not_match),
        LAMPS_TEST(what_such_a_table_holds_goes_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
