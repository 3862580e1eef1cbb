/* existing: models over tables that are there already, and over structs that the program has defined. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

#include <math.h>

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
/* A view of the owners of two kinds of things, whose rows have no key but one that it computes. */
#define HOLDER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(TEXT,    kind,  .primary_key = true)                                                    \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(TEXT,    name)                                                                          \
    COLUMN(OPTIONAL(DATE), since)
#define HOLDERS(MODEL) MODEL(Holder, "Holders", HOLDER)
#define PERSON(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)
#define PEOPLE(MODEL)                                                                              \
    MODEL(Named,  "Named_People", PERSON)                                                          \
    MODEL(Person, "people",       PERSON)
#define LAMPS(MODEL) MODEL(Lamp, "lamps", LAMP) MODEL(Room, "rooms", ROOM)
/* clang-format on */

CORM_SCHEMA(lamps, LAMPS)
CORM_SCHEMA(holders, HOLDERS)
CORM_SCHEMA(people, PEOPLE)

/* A date-time as others have written it. */
static bool stamp_to(const corm_datetime *from, corm_value *out, corm_conversion *conversion)
{
    return corm_conversion_text(conversion, out, "%04d-%02d-%02d %02d:%02d", from->year,
                                from->month, from->day, from->hour, from->minute);
}
static bool stamp_from(const corm_value *from, corm_datetime *out, corm_conversion *conversion)
{
    char text[20];
    (void)snprintf(text, sizeof text, "%.16s:00", (const char *)from->as.bytes);
    return corm_datetime_parse(text, out) ||
           corm_conversion_refuse(conversion, "no stamp: %s", (const char *)from->as.bytes);
}
CORM_KIND(stamp, corm_datetime, TEXT, stamp_to, stamp_from, NULL)
#define VISIT(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(CUSTOM(stamp), at)
#define VISITS(MODEL) MODEL(Visit, "visits", VISIT)
CORM_SCHEMA(visits, VISITS)

/* Structs of the program; perhaps they stand in somebody else's header. */
typedef struct device {
    void *handle; /* the program's own */
    int id;
    char name[16];
    uint16_t port;
    signed char level;
    float ratio;
    double exact;
    unsigned long long total;
    int owner_id;
    bool on;
    const char *note;
    corm_optional_integer age;
    unsigned calls[3]; /* the program's own */
} Device;

typedef struct {
    char code[3];
    long people;
    int uses;
} Country;

/* clang-format off */
#define DEVICE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER_AS(int),      id,       .primary_key = true)                                    \
    COLUMN(CHARS(16),            name,     .name = "label", .unique = true)                        \
    COLUMN(INTEGER_AS(uint16_t), port,     .default_value = corm_default(80))                      \
    COLUMN(INTEGER_AS(signed char), level)                                                         \
    COLUMN(REAL_AS(float),       ratio)                                                            \
    COLUMN(REAL,                 exact,    .default_value = corm_default(0.5))                     \
    COLUMN(INTEGER_AS(unsigned long long), total, .default_value = corm_default(0))                \
    COLUMN(INTEGER_AS(int),      owner_id, .references = corm_ref(Owner, id))                      \
    COLUMN(BOOLEAN,              on,       .default_value = corm_default(false))                   \
    COLUMN(OPTIONAL(TEXT),       note)                                                             \
    COLUMN(OPTIONAL(INTEGER),    age)                                                              \
    RELATIONSHIP(MANY_TO_ONE,  owner,     Owner,   BACKREF(devices), .backref = {.order_by = corm_by(Device, name)}) \
    RELATIONSHIP(MANY_TO_MANY, countries, Country, BACKREF(devices),                               \
                 .secondary = corm_secondary("sold_in", "device", "country"))
#define COUNTRY(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(CHARS(3),         code,   .primary_key = true)                                          \
    COLUMN(INTEGER_AS(long), people, .check = "people > 0")
#define OWNER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)
#define PART(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER_AS(int),   id,        .primary_key = true)                                      \
    COLUMN(OPTIONAL(INTEGER), device_id, .references = corm_ref(Device, id))                       \
    COLUMN(CHARS(4),          mark,      .default_value = corm_default(""))                        \
    RELATIONSHIP(MANY_TO_ONE, device, Device, NONE)
#define DEVICES(MODEL)                                                                             \
    MODEL(EXISTING(Device),  "devices",   DEVICE,                                                  \
          .indexes = {corm_index(Device, (port, level), .where = "level > 0")})                    \
    MODEL(EXISTING(Country), "countries", COUNTRY, .without_rowid = true)                          \
    MODEL(Owner,             "owners",    OWNER)                                                   \
    MODEL(Part,              "parts",     PART)

/* Declared wrongly, one schema each. */
typedef struct Short { unsigned char id; } Short;
typedef struct Long { int id; long double large; } Long;
typedef struct One { int id; char one[1]; } One;
typedef struct Given { int id; short count; } Given;
typedef struct Huge { int id; char text[9000]; } Huge;
#define SHORT(COLUMN, RELATIONSHIP) COLUMN(INTEGER_AS(unsigned char), id, .primary_key = true)
#define LONG(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER_AS(int), id, .primary_key = true) COLUMN(REAL_AS(long double), large)
#define ONE(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER_AS(int), id, .primary_key = true) COLUMN(CHARS(1), one)
#define GIVEN(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER_AS(int), id, .primary_key = true)                                               \
    COLUMN(INTEGER_AS(short), count, .default_value = corm_default(40000))
#define HUGE_(COLUMN, RELATIONSHIP) COLUMN(INTEGER_AS(int), id, .primary_key = true)
#define S_SHORT(MODEL) MODEL(EXISTING(Short), "w", SHORT)
#define S_LONG(MODEL) MODEL(EXISTING(Long), "w", LONG)
#define S_ONE(MODEL) MODEL(EXISTING(One), "w", ONE)
#define S_GIVEN(MODEL) MODEL(EXISTING(Given), "w", GIVEN)
#define S_HUGE(MODEL) MODEL(EXISTING(Huge), "w", HUGE_)
/* clang-format on */

CORM_SCHEMA(devices, DEVICES)
CORM_SCHEMA(w_short, S_SHORT)
CORM_SCHEMA(w_long, S_LONG)
CORM_SCHEMA(w_one, S_ONE)
CORM_SCHEMA(w_given, S_GIVEN)
CORM_SCHEMA(w_huge, S_HUGE)

static int open_lamps(void **state)
{
    *state = corm_sqlite_open(":memory:", &lamps);
    return *state == NULL;
}

#define LAMPS_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_lamps, close_session)

static int open_devices(void **state)
{
    *state = memory_session(&devices);
    return *state == NULL;
}

#define DEVICES_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_devices, close_session)

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
                    "ALTER TABLE, or, if it is called otherwise there, say so by .name");
    assert_mismatch(session,
                    ROOMS "CREATE TABLE places (lamp INT NOT NULL); CREATE TABLE lamps (id INTEGER "
                          "PRIMARY KEY, label TEXT NOT NULL" REST ")",
                    "places.room: the table has no such column, but the many-to-many Lamp.rooms "
                    "has: add it with ALTER TABLE, or, if it is called otherwise there, say so by "
                    ".secondary");
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

/* A session on lamps whose table was made by others, and looked at by nobody. */
static corm_session *unseen_lamps(void **state, const char *key)
{
    corm_session *session = corm_sqlite_open(":memory:", &lamps);
    char sql[500];
    (void)snprintf(sql, sizeof sql, ROOMS PLACES "CREATE TABLE lamps (%s, label TEXT" REST ")",
                   key);
    assert_non_null(session);
    *state = (corm_session_close(*state), session);
    run_sql(session, sql);
    assert_ok(session, corm_commit(session));
    return session;
}

#define assert_not_numbered(session_, call_)                                                       \
    do {                                                                                           \
        assert_status(session_, CORM_SCHEMA_MISMATCH, call_);                                      \
        assert_message(session_, "lamps.id: the table stores NULL for a key that is left out, "    \
                                 "instead of a number: declare the column INTEGER PRIMARY KEY in " \
                                 "the table, or give every new Lamp its key");                     \
        assert_ok(session_, corm_rollback(session_));                                              \
        assert_stored(session_, "0", "SELECT count(*) FROM lamps");                                \
        assert_ok(session_, corm_commit(session_));                                                \
    } while (0)

static void a_key_that_nobody_numbers_is_not_lost_without_a_word(void **state)
{
    static const char *const keys[] = {"id INT PRIMARY KEY", "id INTEGER PRIMARY KEY DESC",
                                       "id INTEGER UNIQUE", "id INTEGER"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        corm_session *session = unseen_lamps(state, keys[i]);
        Lamp rows[] = {{.label = "torch"}};
        assert_ok(session, corm_add(session, corm_new(session, Lamp, .label = "torch")));
        assert_not_numbered(session, corm_flush(session));
        for (size_t k = 0; k < 300; k++)
            assert_ok(session, corm_add(session, corm_new(session, Lamp, .label = "torch")));
        assert_not_numbered(session, corm_flush(session));
        assert_not_numbered(session, (corm_insert_all(session, Lamp, rows, 1), corm_last_status()));
        assert_ok(session, corm_add(session, corm_new(session, Lamp, .id = 7, .label = "torch")));
        rows[0].id = 8;
        assert_int_equal(corm_insert_all(session, Lamp, rows, 1), 1);
        assert_ok(session, corm_commit(session));
        assert_stored(session, "7|8", "SELECT min(id), max(id) FROM lamps");
    }
}

static void a_key_that_the_table_numbers_costs_one_look(void **state)
{
    corm_session *session = unseen_lamps(state, "id INTEGER NOT NULL PRIMARY KEY");
    for (int i = 0; i < 3; i++) {
        assert_ok(session, corm_add(session, corm_new(session, Lamp, .label = "torch")));
        assert_ok(session, corm_commit(session));
    }
    record(session);
    assert_ok(session, corm_add(session, corm_new(session, Lamp, .label = "torch")));
    assert_ok(session, corm_commit(session));
    assert_ran(1, "INSERT");
    assert_ran(0, "SELECT");
    assert_stored(session, "1|4", "SELECT min(id), max(id) FROM lamps");
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

/* Forty lamps of a table of somebody else's, four of each second but for those without a date. */
static corm_session *lamps_by_the_second(const char *moment)
{
    char sql[400];
    corm_session *session = corm_sqlite_open(":memory:", &lamps);
    assert_got(session, session);
    assert_ok(session, corm_create_all(session));
    (void)snprintf(sql, sizeof sql,
                   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) "
                   "INSERT INTO lamps (id, Label, bought) SELECT i, 'lamp', CASE WHEN i %% 10 <> 0 "
                   "THEN strftime('%s', '2026-01-01', (i / 4) || ' seconds') END FROM n",
                   moment);
    run_sql(session, sql);
    return session;
}

static void pages_by(corm_session *session, corm_ordering order)
{
    const Lamp_list all = corm_all(session, Lamp, .order_by = order, .limit = 100);
    size_t seen = 0;
    corm_query query = corm_query_of(Lamp, .order_by = order, .limit = 3);
    for (Lamp_list page; (page = corm_all_of(session, Lamp, &query)).count > 0;) {
        for (size_t i = 0; i < page.count; i++, seen++) {
            assert_true(seen < all.count);
            assert_ptr_equal(page.items[i], all.items[seen]);
        }
        query.after = page.items[page.count - 1];
    }
    assert_int_equal(seen, all.count);
}

/* Whole seconds, as CURRENT_TIMESTAMP writes them, thousandths, as strftime does, and what corm writes. */
static const char *const moments[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%f",
                                      "%Y-%m-%d %H:%M:%f000"};

static void a_page_goes_on_behind_a_moment_that_others_have_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        corm_session *session = lamps_by_the_second(moments[i]);
        pages_by(session, corm_asc(Lamp_.bought));
        pages_by(session, corm_desc(Lamp_.bought));
        corm_session_close(session);
    }
}

#define assert_lamps(count_, condition_)                                                           \
    assert_int_equal(corm_count(session, Lamp, .where = (condition_)), (count_))

static void a_moment_is_the_same_however_many_digits_it_has(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        corm_session *session = lamps_by_the_second(moments[i]);
        corm_datetime moment = corm_datetime_of(2026, 1, 1, 0, 0, 5, 0);
        assert_lamps(3, corm_eq(Lamp_.bought, moment));
        assert_lamps(3, corm_eq(moment, Lamp_.bought));
        assert_lamps(3, corm_eq(Lamp_.bought, corm_var(&moment)));
        assert_lamps(33, corm_ne(Lamp_.bought, moment));
        assert_lamps(3, corm_same(Lamp_.bought, moment));
        assert_lamps(37, corm_differ(Lamp_.bought, moment));
        assert_lamps(37, corm_not(corm_same(Lamp_.bought, moment)));
        assert_lamps(18, corm_lt(Lamp_.bought, moment));
        assert_lamps(21, corm_le(Lamp_.bought, moment));
        assert_lamps(15, corm_gt(Lamp_.bought, moment));
        assert_lamps(18, corm_ge(Lamp_.bought, moment));
        assert_lamps(18, corm_gt(moment, Lamp_.bought));
        assert_lamps(18, corm_le(moment, Lamp_.bought));
        assert_lamps(3, corm_between(Lamp_.bought, moment, moment));
        corm_session_close(session);
    }
}

static void a_kind_of_the_programs_own_fits_what_its_texts_fit(void **state)
{
    corm_session *session = corm_sqlite_open(":memory:", &visits);
    assert_non_null(session);
    *state = (corm_session_close(*state), session);
    run_sql(session, "CREATE TABLE visits (id INTEGER PRIMARY KEY, at DATETIME NOT NULL);"
                     "INSERT INTO visits VALUES (1, '2021-01-02 03:04')");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_check_tables(session));
    Visit *visit = corm_get(session, Visit, 1);
    assert_got(session, visit);
    visit->at.minute = 5;
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2021-01-02 03:05", "SELECT at FROM visits");
    run_sql(session, "DROP TABLE visits; CREATE TABLE visits (id INTEGER PRIMARY KEY, at INT)");
    assert_ok(session, corm_commit(session));
    assert_status(session, CORM_SCHEMA_MISMATCH, corm_check_tables(session));
    assert_message(session, "visits.at: is INT in the table, which is for INTEGER values, but "
                            "CUSTOM(stamp) in model Visit, which is stored as TEXT");
}

/* ---- Structs --------------------------------------------------------------------------------------- */

static Device *new_device(corm_session *session, const char *name)
{
    Device *device = corm_new(session, Device, .ratio = 0.25f, .owner_id = 1);
    assert_got(session, device);
    (void)snprintf(device->name, sizeof device->name, "%s", name);
    assert_ok(session, corm_add(session, device));
    return device;
}

static void add_owner(corm_session *session)
{
    assert_ok(session, corm_add(session, corm_new(session, Owner, .name = "Ann")));
    assert_ok(session, corm_flush(session));
}

static void a_struct_of_the_program_is_stored_and_loaded(void **state)
{
    corm_session *session = *state;
    add_owner(session);
    Device *lamp = new_device(session, "lamp");
    lamp->level = -100;
    lamp->total = INT64_MAX;
    lamp->age = corm_some(3);
    lamp->note = "by the door";
    start_afresh(session);
    assert_stored(session, "1|lamp|80|-100|0.25|0.5|9223372036854775807|1|0|by the door|3",
                  "SELECT * FROM devices");
    assert_stored(session, "1",
                  "SELECT count(*) FROM sqlite_master WHERE name ="
                  " 'ix_devices_port_level'");
    lamp = corm_get(session, Device, 1);
    assert_got(session, lamp);
    assert_string_equal(lamp->name, "lamp");
    assert_true(lamp->id == 1 && lamp->port == 80 && lamp->level == -100);
    assert_true(lamp->ratio == 0.25f && lamp->exact == 0.5 && lamp->total == INT64_MAX);
    assert_true(lamp->age.value == 3 && !lamp->on);
    (void)strcpy(lamp->name, "torch");
    lamp->port = 65535;
    assert_ok(session, corm_commit(session));
    assert_stored(session, "torch|65535", "SELECT label, port FROM devices");
    assert_ok(session, corm_check_tables(session));
}

static void only_what_changed_is_written(void **state)
{
    corm_session *session = *state;
    add_owner(session);
    Device *lamp = new_device(session, "lamp");
    assert_ok(session, corm_commit(session));
    assert_got(session, corm_get(session, Device, 1));
    record(session);
    memcpy(lamp->name, "lamp\0garbage", 13); /* the same text */
    lamp->handle = session;
    lamp->calls[1] = 7;
    assert_false(corm_is_modified(lamp));
    assert_ok(session, corm_flush(session));
    assert_no_sql();
    lamp->level = 1;
    assert_ok(session, corm_flush(session));
    assert_ran(1, "UPDATE \"devices\" SET \"level\" = ");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(lamp->level, 0);
}

static void what_the_rows_do_not_mention_is_the_programs(void **state)
{
    corm_session *session = *state;
    add_owner(session);
    Device *lamp = new_device(session, "lamp");
    assert_null(lamp->handle);
    assert_int_equal(lamp->calls[2], 0);
    lamp->handle = &lamp;
    lamp->calls[0] = 1;
    assert_ok(session, corm_commit(session));
    lamp->calls[1] = 2;
    lamp->level = 5;
    assert_ok(session, corm_refresh(session, lamp));
    assert_int_equal(lamp->level, 0);
    lamp->level = 6;
    assert_ok(session, corm_flush(session));
    lamp->calls[2] = 3;
    lamp->level = 7;
    assert_ok(session, corm_rollback(session));
    assert_int_equal(lamp->level, 0);
    corm_savepoint savepoint;
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    lamp->level = 8;
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_int_equal(lamp->level, 0);
    assert_ok(session, corm_expire(session, lamp));
    assert_ok(session, corm_current(lamp));
    assert_ok(session, corm_delete(session, lamp));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(lamp), CORM_STATE_PERSISTENT);
    assert_ptr_equal(lamp->handle, &lamp);
    assert_true(lamp->calls[0] == 1 && lamp->calls[1] == 2 && lamp->calls[2] == 3);
}

static void conditions_and_orders_work_as_on_other_columns(void **state)
{
    const int64_t ids[] = {1, 3};
    corm_session *session = *state;
    add_owner(session);
    (void)new_device(session, "c");
    new_device(session, "b")->level = 4;
    new_device(session, "a")->ratio = 0.1f;
    start_afresh(session);
    Device_list found = corm_all(
        session, Device,
        .where = corm_or(corm_in(Device_.id, ids, 2),
                         corm_and(corm_like(Device_.name, "b%"), corm_gt(Device_.level, 3))),
        .order_by = corm_asc(Device_.name));
    assert_int_equal(found.count, 3);
    assert_string_equal(found.items[0]->name, "a");
    assert_true(corm_count(session, Device, .where = corm_eq(Device_.ratio, 0.1f)) == 1);
    assert_true(corm_count(session, Device, .where = corm_eq(Device_.name, "a")) == 1);
    assert_true(corm_count(session, Device, .where = corm_between(Device_.port, 80, 81)) == 3);
    assert_ptr_equal(corm_get(session, Device, 3), found.items[0]);
}

static void relationships_join_structs_of_both_sorts(void **state)
{
    corm_session *session = *state;
    add_owner(session);
    Owner *ann = corm_get(session, Owner, 1);
    Device *lamp = new_device(session, "lamp"), *bulb = new_device(session, "bulb");
    Part *part = corm_new(session, Part);
    assert_int_equal(sizeof part->mark, 4);
    (void)strcpy(part->mark, "abc");
    assert_ok(session, Part_device_set(part, lamp));
    assert_ok(session, corm_add(session, part));
    Country *peru = corm_new(session, Country, .people = 34);
    (void)strcpy(peru->code, "PE");
    assert_ok(session, Device_countries_append(lamp, peru));
    start_afresh(session);
    ann = corm_get(session, Owner, 1);
    assert_int_equal(Owner_devices(ann).count, 2);
    bulb = Owner_devices(ann).items[0];
    assert_string_equal(bulb->name, "bulb");
    part = corm_get(session, Part, 1);
    assert_string_equal(Part_device(part)->name, "lamp");
    peru = corm_get(session, Country, "PE");
    assert_got(session, peru);
    assert_int_equal(Country_devices(peru).count, 1);
    assert_ptr_equal(Country_devices(peru).items[0], Part_device(part));
    assert_ok(session, Part_device_set(part, bulb));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2|abc", "SELECT device_id, mark FROM parts");
    assert_status(session, CORM_NOT_NULL, (Device_owner_set(bulb, NULL), corm_flush(session)));
    assert_message(session, "devices.owner_id is NULL");
    assert_ok(session, corm_rollback(session));
}

static void what_was_left_out_is_unset(void **state)
{
    corm_session *session = *state;
    Device *lost = corm_new(session, Device, .ratio = 1);
    assert_true(corm_is_unset(lost, Device_.id) && corm_is_unset(lost, Device_.name));
    assert_true(corm_is_unset(lost, Device_.owner_id));
    assert_true(lost->id == 0 && lost->name[0] == '\0' && lost->owner_id == 0);
    assert_false(corm_is_unset(lost, Device_.level)); /* too small to be: it is 0 */
    assert_ok(session, corm_add(session, lost));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session,
                   "devices.label is NULL, but must have a value (inserting a new Device); "
                   "an empty text in CHARS is not seen: call corm_touch, or declare "
                   ".default_value = corm_default(\"\")");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_touch(lost, Device_.name));
    assert_ok(session, corm_add(session, lost));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "devices.owner_id is NULL, but must have a value");
    assert_ok(session, corm_rollback(session));
    (void)strcpy(lost->name, "x");
    assert_ok(session, corm_add(session, lost));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "devices.owner_id is NULL, but must have a value");
    assert_null(strstr(corm_error_message(session), "corm_touch")); /* the owner is missing */
    assert_ok(session, corm_rollback(session));
}

static void what_does_not_fit_a_member_is_not_loaded(void **state)
{
    static const struct {
        const char *values, *message;
    } wrong[] = {
        {"'abcdefghijklmnop', 1, 1, 1, 0", "devices.label: 16 bytes of text do not fit CHARS(16), "
                                           "which holds 15 and a terminating zero"},
        {"x'00', 1, 1, 1, 0", "devices.label: "},
        {"'a', -1, 1, 1, 0", "devices.port: -1 does not fit INTEGER_AS(uint16_t), which goes from "
                             "0 to 65535"},
        {"'a', 65536, 1, 1, 0", "devices.port: 65536 does not fit"},
        {"'a', 1, 128, 1, 0", "devices.level: 128 does not fit INTEGER_AS(signed char), which goes "
                              "from -128 to 127"},
        {"'a', 1, 1.5, 1, 0", "devices.level: the number 1.5 is no INTEGER_AS(signed char)"},
        {"'a', 1, 1, 1e39, 0", "devices.ratio: 1e+39 does not fit REAL_AS(float)"},
        {"'a', 1, 1, 'much', 0", "devices.ratio: the text 'much' is no REAL_AS(float)"},
        {"'a', 1, 1, 1, -1", "devices.total: -1 does not fit INTEGER_AS(unsigned long long), which "
                             "goes from 0 to 9223372036854775807"},
    };
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char sql[300];
        add_owner(session);
        (void)snprintf(sql, sizeof sql,
                       "INSERT INTO devices (id, label, port, level, ratio, total, exact, owner_id,"
                       " \"on\") SELECT 9, column1, column2, column3, column4, column5, 0, 1, 0"
                       " FROM (VALUES (%s))",
                       wrong[i].values);
        run_sql(session, sql);
        assert_null(corm_get(session, Device, 9));
        assert_int_equal(corm_last_status(), CORM_DATA);
        assert_message(session, wrong[i].message);
        assert_ok(session, corm_rollback(session));
    }
}

static void an_infinite_float_goes_round(void **state)
{
    corm_session *session = *state;
    add_owner(session);
    const float ends[] = {(float)HUGE_VAL, (float)-HUGE_VAL};
    for (int i = 0; i < 2; i++) {
        new_device(session, i == 0 ? "a" : "b")->ratio = ends[i];
        start_afresh(session);
        const Device *lamp = corm_get(session, Device, i + 1);
        assert_got(session, lamp);
        assert_true(lamp->ratio == ends[i]);
    }
}

static void what_does_not_fit_the_table_is_not_written(void **state)
{
    corm_session *session = *state;
    add_owner(session);
    assert_ok(session, corm_commit(session));
    Device *lamp = new_device(session, "lamp");
    lamp->total = (uint64_t)INT64_MAX + 1;
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "devices.total: 9223372036854775808 is too large");
    assert_ok(session, corm_rollback(session));
    lamp->total = 0;
    memset(lamp->name, 'x', sizeof lamp->name);
    assert_ok(session, corm_add(session, lamp));
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "devices.label: no terminating zero in the 16 bytes of CHARS(16)");
    assert_ok(session, corm_rollback(session));
    (void)strcpy(lamp->name, "\xff");
    assert_ok(session, corm_add(session, lamp));
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "devices.label: ");
    assert_ok(session, corm_rollback(session));
    (void)strcpy(lamp->name, "lamp");
    volatile float zero = 0;
    lamp->ratio = zero / zero;
    assert_ok(session, corm_add(session, lamp));
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "devices.ratio: ");
    assert_ok(session, corm_rollback(session));
    Country *none = corm_new(session, Country, .people = 0);
    (void)strcpy(none->code, "XX");
    assert_ok(session, corm_add(session, none));
    assert_status(session, CORM_CHECK, corm_flush(session));
    assert_message(session, "countries.people = 0: the check \"people > 0\" is not met (inserting "
                            "Country XX)");
    assert_ok(session, corm_rollback(session));
}

static void a_key_of_the_database_must_fit_too(void **state)
{
    corm_session *session = *state;
    add_owner(session);
    run_sql(session, "INSERT INTO parts VALUES (2147483647, NULL, '')");
    Part *part = corm_new(session, Part);
    assert_ok(session, corm_add(session, part));
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session,
                   "parts.id: the database gave key 2147483648: 2147483648 does not fit "
                   "INTEGER_AS(int), which goes from -2147483648 to 2147483647 (a new Part)");
    assert_ok(session, corm_rollback(session));
    assert_stored(session, "0", "SELECT count(*) FROM parts");
}

static void an_expunged_struct_keeps_its_members(void **state)
{
    corm_session *session = *state;
    add_owner(session);
    Device *lamp = new_device(session, "lamp");
    lamp->calls[0] = 4;
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_expunge(session, lamp));
    assert_int_equal(lamp->calls[0], 4);
    assert_string_equal(lamp->name, "lamp");
    assert_ok(session, corm_free(lamp));
}

static void assert_refused(const corm_schema *schema, const char *message)
{
    corm_engine *engine = corm_sqlite_engine(":memory:", schema, NULL);
    assert_non_null(engine);
    assert_int_equal(corm_engine_status(engine), CORM_MODEL);
    assert_string_equal(corm_engine_message(engine), message);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

static void wrong_members_are_refused(void **state)
{
    (void)state;
    assert_refused(&w_short, "Short.id: INTEGER_AS(unsigned char) is too small for a primary key, "
                             "which may be left out: use a type of 32 bits or more");
    if (sizeof(long double) == 16)
        assert_refused(&w_long,
                       "Long.large: REAL_AS(long double) has 16 bytes: use REAL_AS(double)");
    assert_refused(&w_one, "One.one: CHARS(1) has 1 bytes: an array has 2 at least, one for the "
                           "terminating zero");
    assert_refused(&w_given, "Given.count: .default_value: 40000 does not fit INTEGER_AS(short), "
                             "which goes from -32768 to 32767");
    assert_refused(&w_huge, "Huge: the struct has 9004 bytes, at most 8192: put what is large into "
                            "a TEXT or BLOB");
}

static void a_merge_copies_columns_only(void **state)
{
    corm_session *session = *state;
    add_owner(session);
    Device *lamp = new_device(session, "lamp");
    lamp->calls[0] = 4;
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_expunge(session, lamp));
    Device *mine = corm_get(session, Device, 1);
    mine->calls[0] = 9;
    lamp->level = 3;
    (void)strcpy(lamp->name, "bulb");
    assert_ptr_equal(corm_merge(session, lamp), mine);
    assert_string_equal(mine->name, "bulb");
    assert_int_equal(mine->calls[0], 9);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "bulb|3", "SELECT label, level FROM devices");
    assert_ok(session, corm_free(lamp));
}

static const char holders_view[] =
    "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT);"
    "CREATE VIEW holders AS SELECT 'person' AS kind, id, name, '2024-01-0' || id AS since"
    " FROM people;"
    "INSERT INTO people VALUES (1, 'Ann'), (2, 'Ben'), (13, 'Cem')";

static void a_model_may_stand_for_a_view(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &holders);
    run_sql(session, holders_view);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_check_tables(session));
    const Holder *ben = corm_get(session, Holder, "person", 2);
    assert_non_null(ben);
    assert_string_equal(ben->name, "Ben");
    assert_ok(session, corm_rollback(session));
    run_sql(session,
            "DROP VIEW holders; CREATE VIEW holders AS SELECT 'person' AS kind, id FROM people");
    assert_ok(session, corm_commit(session));
    assert_status(session, CORM_SCHEMA_MISMATCH, corm_create_all(session));
    assert_message(
        session, "Holders.name: the view has no such column, but model Holder has: create the view "
                 "again with it, or, if it is called otherwise there, say so by .name");
    corm_session_close(session);
}

static void a_view_may_read_what_is_made_with_it_and_outlives_it(void **state)
{
    static const char *const views[] = {
        "CREATE VIEW named_people AS SELECT id, name FROM people WHERE name <> ''",
        "CREATE TEMP VIEW named_people AS SELECT id, name FROM people WHERE name <> ''"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        corm_session *session = corm_sqlite_open(":memory:", &people);
        run_sql(session, views[i]);
        assert_ok(session, corm_commit(session));
        for (int again = 0; again < 2; again++) {
            assert_ok(session, corm_create_all(session));
            assert_ok(session, corm_check_tables(session));
            assert_ok(session, corm_add(session, corm_new(session, Person, .name = "Ann")));
            assert_ok(session, corm_add(session, corm_new(session, Person, .name = "")));
            assert_ok(session, corm_flush(session));
            assert_int_equal(corm_count(session, Named), 1);
            assert_ok(session, corm_commit(session));
            assert_ok(session, corm_drop_all(session));
        }
        corm_session_close(session);
    }
}

static void nothing_is_made_where_a_view_does_not_match(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &people);
    run_sql(session, "CREATE VIEW named_people AS SELECT id FROM people");
    assert_ok(session, corm_commit(session));
    assert_status(session, CORM_SCHEMA_MISMATCH, corm_create_all(session));
    assert_message(session, "Named_People.name: the view has no such column, but model Named has");
    assert_int_equal(corm_sql_integer(session, "SELECT count(*) FROM sqlite_master"), 1);
    corm_session_close(session);
}

static void what_a_view_is_given_is_not_taken_for_written(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &people);
    run_sql(session, "CREATE VIEW named_people AS SELECT id, name FROM people;"
                     "CREATE TRIGGER i INSTEAD OF INSERT ON named_people BEGIN"
                     " INSERT INTO people VALUES (new.id, new.name); END;"
                     "CREATE TRIGGER u INSTEAD OF UPDATE ON named_people BEGIN"
                     " UPDATE people SET name = new.name WHERE id = old.id; END");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_add(session, corm_new(session, Named, .id = 1, .name = "Ann")));
    assert_status(session, CORM_DATABASE, corm_commit(session));
    assert_message(session,
                   "the INSERT of Named \"Ann\" stored no row: a trigger or a conflict rule "
                   "of the table swallowed it, or it is a view, whose triggers are not "
                   "counted");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_add(session, corm_new(session, Person, .id = 2, .name = "Ben")));
    assert_ok(session, corm_flush(session));
    Named *ben = corm_get(session, Named, 2);
    assert_got(session, ben);
    ben->name = "Bo";
    assert_status(session, CORM_DATABASE, corm_commit(session));
    assert_message(session, "the UPDATE of Named \"Bo\" changed no row, although the row is there");
    assert_ok(session, corm_rollback(session));
    run_sql(session, "INSERT INTO people VALUES (3, 'Cleo')");
    assert_got(session, corm_get(session, Named, 3));
    const int64_t changed = corm_update_all(session, Named, .set = corm_set(Named_.name, "Bo"),
                                            .where = corm_eq(Named_.name, "Cleo"));
    if (changed == -1) /* later versions of SQLite give the key */
        assert_message(session, "Named_People.id: the key is NULL, which a view gives for what its "
                                "triggers write");
    else
        assert_int_equal(changed, 1);
    corm_session_close(session);
}

static void a_row_that_does_not_fit_is_told_by_its_key(void **state)
{
    static const char message[] = "Holders.since: the text '2024-01-013' is not a date like "
                                  "2026-02-28 (in the row kind = 'person', id = 13)";
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", &holders);
    run_sql(session, holders_view);
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_all(session, Holder).count, 0);
    assert_string_equal(corm_error_message(session), message);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_all(session, Holder, .read_only = true).count, 0);
    assert_string_equal(corm_error_message(session), message);
    assert_ok(session, corm_rollback(session));
    corm_stream *stream = corm_stream_open(session, Holder);
    for (int i = 0; i < 2; i++)
        assert_non_null(corm_stream_next(stream));
    assert_null(corm_stream_next(stream));
    assert_int_equal(corm_stream_close(stream), CORM_DATA);
    assert_string_equal(corm_error_message(session), message);
    assert_ok(session, corm_rollback(session));
    corm_session_close(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LAMPS_TEST(tables_of_somebody_else_match),
        LAMPS_TEST(a_table_or_a_column_may_be_missing),
        LAMPS_TEST(a_column_may_be_of_a_type_that_changes_its_values),
        LAMPS_TEST(a_column_may_be_null_in_one_only),
        LAMPS_TEST(the_primary_key_may_be_another),
        LAMPS_TEST(a_key_that_nobody_numbers_is_not_lost_without_a_word),
        LAMPS_TEST(a_key_that_the_table_numbers_costs_one_look),
        LAMPS_TEST(a_key_that_the_database_does_not_number_is_told),
        LAMPS_TEST(a_column_that_an_insert_would_need_is_in_the_way),
        LAMPS_TEST(nothing_is_made_where_something_does_not_match),
        LAMPS_TEST(what_such_a_table_holds_goes_round),
        cmocka_unit_test(a_page_goes_on_behind_a_moment_that_others_have_written),
        cmocka_unit_test(a_moment_is_the_same_however_many_digits_it_has),
        LAMPS_TEST(a_kind_of_the_programs_own_fits_what_its_texts_fit),
        DEVICES_TEST(a_struct_of_the_program_is_stored_and_loaded),
        DEVICES_TEST(only_what_changed_is_written),
        DEVICES_TEST(what_the_rows_do_not_mention_is_the_programs),
        DEVICES_TEST(conditions_and_orders_work_as_on_other_columns),
        DEVICES_TEST(relationships_join_structs_of_both_sorts),
        DEVICES_TEST(what_was_left_out_is_unset),
        DEVICES_TEST(what_does_not_fit_a_member_is_not_loaded),
        DEVICES_TEST(an_infinite_float_goes_round),
        DEVICES_TEST(what_does_not_fit_the_table_is_not_written),
        DEVICES_TEST(a_key_of_the_database_must_fit_too),
        DEVICES_TEST(an_expunged_struct_keeps_its_members),
        DEVICES_TEST(a_merge_copies_columns_only),
        cmocka_unit_test(a_model_may_stand_for_a_view),
        cmocka_unit_test(a_view_may_read_what_is_made_with_it_and_outlives_it),
        cmocka_unit_test(nothing_is_made_where_a_view_does_not_match),
        cmocka_unit_test(what_a_view_is_given_is_not_taken_for_written),
        cmocka_unit_test(a_row_that_does_not_fit_is_told_by_its_key),
        cmocka_unit_test(wrong_members_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
