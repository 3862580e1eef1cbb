/* rows: structs that CORM_ROW declares, filled from any query. */
#include "allocators.h"
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* ---- Rows ------------------------------------------------------------------------------------ */

typedef struct Point {
    int32_t x, y;
} Point;
static bool point_to(const Point *from, corm_value *out, corm_conversion *conversion)
{
    return corm_conversion_text(conversion, out, "%d,%d", (int)from->x, (int)from->y);
}
static bool point_from(const corm_value *from, Point *out, corm_conversion *conversion)
{
    int x, y;
    if (sscanf(from->as.bytes, "%d,%d", &x, &y) != 2)
        return corm_conversion_refuse(conversion, "no point");
    *out = (Point){x, y};
    return true;
}
CORM_KIND(point, Point, TEXT, point_to, point_from, NULL)

typedef struct Pair { /* was there before corm */
    const char *key;
    int tag;
    int64_t value;
} Pair;

/* clang-format off */
#define COLOR(VALUE) VALUE(RED) VALUE(GREEN, "green")
CORM_ENUM(Color, COLOR)

#define SALES(COLUMN)                                                                              \
    COLUMN(TEXT,           artist)                                                                 \
    COLUMN(INTEGER,        tracks)                                                                 \
    COLUMN(OPTIONAL(REAL), total)
CORM_ROW(Sales, SALES)

#define ADDRESS(COLUMN)                                                                            \
    COLUMN(OPTIONAL(TEXT), street)                                                                 \
    COLUMN(TEXT,           town)
#define VISIT(COLUMN)                                                                              \
    COLUMN(INTEGER,        number, .name = "the number")                                           \
    ADDRESS(COLUMN)
CORM_ROW(Visit, VISIT)

#define EVERYTHING(COLUMN)                                                                         \
    COLUMN(INTEGER,              i)                                                                \
    COLUMN(REAL,                 r)                                                                \
    COLUMN(BOOLEAN,              b)                                                                \
    COLUMN(TEXT,                 t)                                                                \
    COLUMN(BLOB,                 bytes)                                                            \
    COLUMN(DATE,                 d)                                                                \
    COLUMN(DATETIME,             dt)                                                               \
    COLUMN(TIME,                 tm)                                                               \
    COLUMN(DECIMAL(10, 2),       price)                                                            \
    COLUMN(UUID,                 u)                                                                \
    COLUMN(JSON,                 j)                                                                \
    COLUMN(ENUM(Color),          color)                                                            \
    COLUMN(CUSTOM(point),        at)                                                               \
    COLUMN(INTEGER_AS(int8_t),   small)                                                            \
    COLUMN(REAL_AS(float),       single)                                                           \
    COLUMN(CHARS(4),             code)                                                             \
    COLUMN(OPTIONAL(INTEGER),    oi)                                                               \
    COLUMN(OPTIONAL(BOOLEAN),    ob)                                                               \
    COLUMN(OPTIONAL(DATE),       od)                                                               \
    COLUMN(OPTIONAL(ENUM(Color)), oc)                                                              \
    COLUMN(OPTIONAL(CUSTOM(point)), op)                                                            \
    COLUMN(OPTIONAL(BLOB),       ox)
CORM_ROW(Everything, EVERYTHING)

#define PAIR(COLUMN)                                                                               \
    COLUMN(TEXT,           key)                                                                    \
    COLUMN(INTEGER,        value)
CORM_ROW(EXISTING(Pair), PAIR)

#define TWINS(COLUMN)                                                                              \
    COLUMN(INTEGER,        one)                                                                    \
    COLUMN(INTEGER,        other, .name = "ONE")
CORM_ROW(Twins, TWINS)
#define SAMPLE(COLUMN)                                                                             \
    COLUMN(INTEGER,           number)                                                              \
    COLUMN(OPTIONAL(TEXT),    word)                                                                \
    COLUMN(OPTIONAL(REAL),    part)                                                                \
    COLUMN(OPTIONAL(INTEGER), whole)                                                               \
    COLUMN(OPTIONAL(BLOB),    bytes)
CORM_ROW(Sample, SAMPLE)
#define VERDICT(COLUMN)                                                                            \
    COLUMN(ENUM(Color),    color)
CORM_ROW(Verdict, VERDICT)
/* clang-format on */

static const char everything[] =
    "SELECT 9007199254740993, 1.5, 1, 'text', x'00ff', '2026-02-28', '2026-02-28 12:30:00', "
    "'12:30:00', 1999, '00112233-4455-6677-8899-aabbccddeeff', '{\"a\":1}', 'green', '3,-4', -128, "
    "0.25, 'abc', %s";

/* The query fails so, with this in the message, and the session works again after a rollback. */
#define assert_refused(session_, status_, part_, list_)                                            \
    do {                                                                                           \
        assert_int_equal((list_).count, 0);                                                        \
        assert_int_equal(corm_last_status(), (status_));                                           \
        assert_message(session_, part_);                                                           \
        assert_int_equal(corm_commit(session_), CORM_PENDING_ROLLBACK);                            \
        assert_ok(session_, corm_rollback(session_));                                              \
    } while (0)

/* ---- What is read ---------------------------------------------------------------------------- */

static void a_list_is_an_array_of_structs(void **state)
{
    corm_session *session = *state;
    Sales_list sales =
        corm_sql(session, Sales, "SELECT 'Ann', 3, 1.5 UNION ALL SELECT 'Bob', 4, NULL ORDER BY 1");
    assert_int_equal(sales.count, 2);
    assert_string_equal(sales.items[0].artist, "Ann");
    assert_true(sales.items[0].tracks == 3 && sales.items[0].total.has_value);
    assert_true(sales.items[0].total.value == 1.5);
    assert_string_equal(sales.items[1].artist, "Bob");
    assert_false(sales.items[1].total.has_value);
    assert_int_equal(corm_state(&sales.items[0]), CORM_STATE_NONE);
    assert_int_equal(corm_last_status(), CORM_OK);
}

static void every_kind_can_be_read(void **state)
{
    corm_session *session = *state;
    char sql[1000];
    (void)snprintf(sql, sizeof sql, everything, "7, 1, '2026-03-01', 'RED', '1,2', x''");
    Everything_list list = corm_sql(session, Everything, sql);
    assert_ok(session, corm_last_status());
    const Everything *one = &list.items[0];
    assert_true(one->i == 9007199254740993 && one->r == 1.5 && one->b);
    assert_string_equal(one->t, "text");
    assert_true(one->bytes.size == 2 && memcmp(one->bytes.data, "\0\xff", 2) == 0);
    assert_int_equal(corm_date_compare(one->d, corm_date_of(2026, 2, 28)), 0);
    assert_int_equal(one->dt.minute, 30);
    assert_int_equal(one->tm.hour, 12);
    assert_true(one->price.units == 1999 && one->price.scale == 2);
    assert_int_equal(one->u.bytes[1], 0x11);
    assert_string_equal(one->j, "{\"a\":1}");
    assert_int_equal(one->color, GREEN);
    assert_true(one->at.x == 3 && one->at.y == -4);
    assert_true(one->small == -128 && one->single == 0.25f);
    assert_string_equal(one->code, "abc");
    assert_true(one->oi.value == 7 && one->ob.value == 1 && one->od.value.day == 1);
    assert_true(one->oc.value == RED && one->op.value.y == 2);
    assert_true(one->ox.data != NULL && one->ox.size == 0);
}

static void null_is_absence(void **state)
{
    corm_session *session = *state;
    char sql[1000];
    (void)snprintf(sql, sizeof sql, everything, "NULL, NULL, NULL, NULL, NULL, NULL");
    Everything_list list = corm_sql(session, Everything, sql);
    assert_ok(session, corm_last_status());
    const Everything *one = &list.items[0];
    assert_false(one->oi.has_value || one->ob.has_value || one->od.has_value);
    assert_false(one->oc.has_value || one->op.has_value);
    assert_null(one->ox.data);
}

static void a_struct_that_was_there_keeps_zero_in_other_members(void **state)
{
    corm_session *session = *state;
    Pair_list pairs = corm_sql(session, Pair, "SELECT 'a', 1");
    assert_int_equal(pairs.count, 1);
    assert_string_equal(pairs.items[0].key, "a");
    assert_true(pairs.items[0].value == 1 && pairs.items[0].tag == 0);
}

static void an_empty_result_is_an_empty_list(void **state)
{
    corm_session *session = *state;
    Sales_list sales = corm_sql(session, Sales, "SELECT 'x', 1, 2.0 WHERE 1 = 0");
    assert_true(sales.count == 0 && sales.items == NULL);
    assert_int_equal(corm_last_status(), CORM_OK);
}

static void many_rows_are_all_there(void **state)
{
    corm_session *session = *state;
    Sales_list sales = corm_sql(session, Sales,
                                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                                "WHERE i < ?1) SELECT 'artist ' || i, i, i / 2.0 FROM n",
                                10000);
    assert_int_equal(sales.count, 10000);
    for (size_t i = 0; i < sales.count; i += 999) {
        char name[32];
        (void)snprintf(name, sizeof name, "artist %zu", i + 1);
        assert_string_equal(sales.items[i].artist, name);
        assert_int_equal(sales.items[i].tracks, i + 1);
    }
}

/* A row is what SQLite itself says of the one that the other statement stands at. */
static void assert_same_row(const Sample *row, sqlite3_stmt *same)
{
    assert_int_equal(sqlite3_step(same), SQLITE_ROW);
    assert_int_equal(row->number, sqlite3_column_int64(same, 0));
    const char *word = (const char *)sqlite3_column_text(same, 1);
    assert_int_equal(row->word == NULL, word == NULL);
    if (word != NULL)
        assert_string_equal(row->word, word);
    assert_int_equal(row->part.has_value, sqlite3_column_type(same, 2) != SQLITE_NULL);
    if (row->part.has_value)
        assert_true(row->part.value == sqlite3_column_double(same, 2));
    assert_int_equal(row->whole.has_value, sqlite3_column_type(same, 3) != SQLITE_NULL);
    if (row->whole.has_value)
        assert_int_equal(row->whole.value, sqlite3_column_int64(same, 3));
    assert_int_equal(row->bytes.size, sqlite3_column_bytes(same, 4));
    if (row->bytes.size > 0)
        assert_memory_equal(row->bytes.data, sqlite3_column_blob(same, 4), row->bytes.size);
}

/* Queries whose rows come from one place, from several, from a sorter, a group, a view. */
static void rows_of_every_shape_of_query_are_read_right(void **state)
{
    static const char *const queries[] = {
        "SELECT * FROM samples",
        "SELECT * FROM samples WHERE number IN (1, 4, 9, 16, 25, 36, 49, 64) OR whole < 40",
        "SELECT number, word, part, whole, bytes FROM samples ORDER BY word DESC, number",
        "SELECT 0 AS number, NULL AS word, 0.5 AS part, 7 AS whole, NULL AS bytes UNION ALL "
        "SELECT * FROM samples WHERE number < 9 UNION ALL SELECT 1, 'between', NULL, NULL, x'00' "
        "UNION ALL SELECT number, word, whole, number, bytes FROM samples",
        "SELECT * FROM samples WHERE number < 20 UNION SELECT * FROM samples WHERE number > 10",
        "SELECT max(number) AS number, max(word) AS word, sum(part) AS part, count(whole) AS "
        "whole, "
        "max(bytes) AS bytes FROM samples GROUP BY number % 13",
        "SELECT s.number, t.word, t.part, s.whole, t.bytes FROM samples s LEFT JOIN samples t ON "
        "t.number = s.whole",
        "WITH s(number, word, part, whole, bytes) AS (VALUES (1, 'a', 1.5, 1, x'01'), (2, NULL, "
        "NULL, NULL, NULL), (3, 'c', 2.5, 3, x'03'), (4, 'd', NULL, 4, NULL), (5, NULL, 0.5, NULL, "
        "x'05'), (6, 'f', 6.5, 6, x'06')) SELECT * FROM s",
    };
    corm_session *session = *state;
    assert_ok(session,
              corm_sql_run(session, "CREATE TABLE samples AS WITH RECURSIVE n(i) AS (SELECT 1 "
                                    "UNION ALL SELECT i + 1 FROM n WHERE i < 90) SELECT i AS "
                                    "number, iif(i % 3, 'word ' || i, NULL) AS word, iif(i % 5, i "
                                    "/ 4.0, NULL) AS part, iif(i % 7, i * i, NULL) AS whole, iif(i "
                                    "% 2, zeroblob(i), NULL) AS bytes FROM n"));
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        sqlite3_stmt *same = NULL;
        size_t count = 0;
        assert_int_equal(
            sqlite3_prepare_v2(corm_sqlite_handle(session), queries[i], -1, &same, NULL),
            SQLITE_OK);
        corm_stream *stream = corm_sql_stream(session, Sample, queries[i]);
        for (const Sample *row; (row = corm_stream_next(stream)) != NULL; count++)
            assert_same_row(row, same);
        assert_ok(session, corm_stream_close(stream));
        assert_int_equal(sqlite3_step(same), SQLITE_DONE);
        assert_true(count > 5);
        assert_int_equal(sqlite3_finalize(same), SQLITE_OK);
    }
}

/* Nor is SQLite asked for a value that is not there. */
static void rows_of_one_column_are_no_error(void **state)
{
    corm_session *session = *state;
    size_t count = 0;
    corm_stream *stream =
        corm_sql_stream(session, Verdict,
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
                        "9) SELECT 'green' AS color FROM n");
    for (const Verdict *row; (row = corm_stream_next(stream)) != NULL; count++) {
        assert_int_equal(row->color, GREEN);
        assert_int_equal(sqlite3_errcode(corm_sqlite_handle(session)), SQLITE_ROW);
    }
    assert_ok(session, corm_stream_close(stream));
    assert_int_equal(count, 9);
}

static void handles_name_the_columns(void **state)
{
    (void)state;
    assert_ptr_equal(Sales_.total.column.model, &corm__model_Sales);
    assert_int_equal(Sales_.total.column.index, 2);
    assert_string_equal(corm__model_Sales.columns[2].name, "total");
    assert_true(corm__model_Sales.row && !corm__model_User.row);
}

/* ---- Columns and members --------------------------------------------------------------------- */

static void columns_with_the_members_names_come_in_any_order(void **state)
{
    corm_session *session = *state;
    Sales_list sales = corm_sql(session, Sales, "SELECT 2.5 AS total, 7 AS TRACKS, 'x' AS artist");
    assert_int_equal(sales.count, 1);
    assert_string_equal(sales.items[0].artist, "x");
    assert_true(sales.items[0].tracks == 7 && sales.items[0].total.value == 2.5);
    Visit_list visits =
        corm_sql(session, Visit, "SELECT 'here' AS town, NULL AS street, 3 AS \"the number\"");
    assert_int_equal(visits.count, 1);
    assert_string_equal(visits.items[0].town, "here");
    assert_true(visits.items[0].street == NULL && visits.items[0].number == 3);
}

static void a_named_column_in_another_members_place_is_refused(void **state)
{
    corm_session *session = *state;
    Sales_list sales = corm_sql(session, Sales, "SELECT 'x', 2.5 AS total, 7 AS n");
    assert_refused(session, CORM_DATA,
                   "column 2 of the query is named after Sales.total, but stands where "
                   "Sales.tracks is: give all columns the names of the members (AS), or put them "
                   "in the order of the members (SELECT 'x', 2.5 AS total, 7 AS n)",
                   sales);
}

static void a_column_too_few_names_the_member(void **state)
{
    corm_session *session = *state;
    Sales_list sales = corm_sql(session, Sales, "SELECT 'x', 1");
    assert_refused(session, CORM_DATA,
                   "the query has 2 columns, and Sales has 3: there is none for Sales.total "
                   "(SELECT 'x', 1)",
                   sales);
    sales = corm_sql(session, Sales, "SELECT 'x' AS artist, 1.5 AS total");
    assert_refused(session, CORM_DATA, "there is none for Sales.tracks", sales);
    sales = corm_sql(session, Sales, "SELECT 'x' WHERE 1 = 0"); /* also where no row comes */
    assert_refused(session, CORM_DATA, "the query has 1 column, and Sales has 3", sales);
}

static void a_column_too_many_is_named(void **state)
{
    corm_session *session = *state;
    Sales_list sales = corm_sql(session, Sales, "SELECT 'x', 1, 2.0, 4 AS more");
    assert_refused(session, CORM_DATA,
                   "the query has 4 columns, and Sales has 3: there is no member for column 4, "
                   "more",
                   sales);
    sales = corm_sql(session, Sales, "SELECT 9 AS extra, 'x' AS artist, 1 AS tracks, 2.0 AS total");
    assert_refused(session, CORM_DATA, "there is no member for column 1, extra", sales);
    char sql[1000] = "SELECT 1";
    for (int i = 0; i < 100; i++)
        (void)strcat(sql, ", 1");
    sales = corm_sql(session, Sales, sql);
    assert_refused(session, CORM_DATA, "the query has 101 columns, and Sales has 3", sales);
}

/* ---- Values that do not fit ------------------------------------------------------------------- */

static void a_text_in_an_integer_is_refused(void **state)
{
    corm_session *session = *state;
    Sales_list sales = corm_sql(session, Sales, "SELECT 'x', 1, 0 UNION ALL SELECT 'y', 'many', 0");
    assert_refused(session, CORM_DATA,
                   "Sales.tracks, column 2 (1) of row 2: the text 'many' is not an INTEGER of 64 "
                   "bits",
                   sales);
}

static void null_in_a_member_that_cannot_say_so_is_refused(void **state)
{
    corm_session *session = *state;
    Sales_list sales = corm_sql(session, Sales, "SELECT NULL, count(*), 0 FROM users");
    assert_refused(session, CORM_DATA,
                   "Sales.artist, column 1 (NULL) of row 1: NULL in a member that cannot say so: "
                   "declare it OPTIONAL(TEXT)",
                   sales);
}

static void a_kind_of_c_that_meets_null_is_told_the_kind_that_takes_it(void **state)
{
    static const struct {
        const char *was, *message;
    } nulls[] = {{"-128",
                  "Everything.small, column 14 (NULL) of row 1: NULL in a member that cannot "
                  "say so: declare it OPTIONAL(INTEGER)"},
                 {"0.25", "declare it OPTIONAL(REAL)"},
                 {"'abc'", "declare it OPTIONAL(TEXT)"}};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof nulls / sizeof nulls[0]; i++) {
        char list[1000], sql[1000];
        (void)snprintf(list, sizeof list, everything, "NULL, NULL, NULL, NULL, NULL, NULL");
        const char *at = strstr(list, nulls[i].was);
        assert_non_null(at);
        (void)snprintf(sql, sizeof sql, "%.*sNULL%s", (int)(at - list), list,
                       at + strlen(nulls[i].was));
        Everything_list rows = corm_sql(session, Everything, sql);
        assert_refused(session, CORM_DATA, nulls[i].message, rows);
    }
}

static void a_number_too_large_for_the_c_type_is_refused(void **state)
{
    corm_session *session = *state;
    char sql[1000], *digits;
    (void)snprintf(sql, sizeof sql, everything, "NULL, NULL, NULL, NULL, NULL, NULL");
    digits = strstr(sql, "-128");
    (void)memcpy(digits, "128 ", 4);
    Everything_list list = corm_sql(session, Everything, sql);
    assert_refused(session, CORM_DATA,
                   "Everything.small, column 14 (128) of row 1: 128 does not fit "
                   "INTEGER_AS(int8_t), which goes from -128 to 127",
                   list);
}

static void a_number_beyond_64_bits_is_refused(void **state)
{
    corm_session *session = *state;
    Sales_list sales = corm_sql(session, Sales, "SELECT 'x', 9223372036854775808, 0");
    assert_refused(session, CORM_DATA, "9.2233720368547758e+18 is not an INTEGER of 64 bits",
                   sales);
}

static void a_text_with_a_zero_byte_is_refused(void **state)
{
    corm_session *session = *state;
    Sales_list sales = corm_sql(
        session, Sales, "SELECT CAST(x'610062' AS TEXT) AS artist, 1 AS tracks, 0 AS total");
    assert_refused(session, CORM_DATA,
                   "Sales.artist, column 1 (artist) of row 1: a text with a zero byte inside, as "
                   "byte 2 of 3",
                   sales);
}

static void a_text_that_the_enum_does_not_have_is_refused(void **state)
{
    corm_session *session = *state;
    Verdict_list verdicts = corm_sql(session, Verdict, "SELECT 'blue'");
    assert_refused(session, CORM_DATA,
                   "Verdict.color, column 1 ('blue') of row 1: the text 'blue' is no ENUM(Color): "
                   "allowed are RED, green",
                   verdicts);
}

static void two_members_of_one_name_are_refused(void **state)
{
    corm_session *session = *state;
    Twins_list twins = corm_sql(session, Twins, "SELECT 1, 2");
    assert_refused(session, CORM_MODEL,
                   "Twins.other: there is a column one already, and case makes no difference: "
                   "rename one",
                   twins);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static void a_list_lives_until_the_next_transaction(void **state)
{
    corm_session *session = *state;
    Sales_list sales = corm_sql(session, Sales, "SELECT 'Ann', 3, 1.5");
    Sales_list again = corm_sql(session, Sales, "SELECT 'Bob', 3, 1.5");
    assert_ok(session, corm_commit(session));
    assert_string_equal(sales.items[0].artist, "Ann");
    assert_string_equal(again.items[0].artist, "Bob");
    const long held = held_by_corm.blocks;
    (void)corm_sql_integer(session, "SELECT 1"); /* the next one begins */
    assert_true(held_by_corm.blocks < held);
    sales = corm_sql(session, Sales, "SELECT 'Eve', 3, 1.5");
    corm_free_lists(session);
    assert_ok(session, corm_rollback(session));
}

static void a_loop_that_frees_lists_does_not_grow(void **state)
{
    corm_session *session = *state;
    size_t held = 0;
    for (int i = 0; i < 50; i++) {
        Sales_list sales =
            corm_sql(session, Sales,
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                     "WHERE i < 500) SELECT 'artist ' || i, i, i / 2.0 FROM n");
        assert_int_equal(sales.count, 500);
        assert_non_null(corm_sql_text(session, "SELECT 'a text that is long enough to be seen'"));
        corm_free_lists(session);
        if (i == 5)
            held = held_by_corm.bytes;
    }
    assert_int_equal(held_by_corm.bytes, held);
}

static void the_mapper_is_made_once(void **state)
{
    corm_session *session = *state;
    (void)corm_sql(session, Sales, "SELECT 'Ann', 3, 1.5");
    corm_free_lists(session);
    const long held = held_by_corm.blocks;
    (void)corm_sql(session, Sales, "SELECT 'Ann', 3, 1.5");
    corm_free_lists(session);
    assert_int_equal(held_by_corm.blocks, held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(a_list_is_an_array_of_structs),
        BLOG_TEST(every_kind_can_be_read),
        BLOG_TEST(null_is_absence),
        BLOG_TEST(a_struct_that_was_there_keeps_zero_in_other_members),
        BLOG_TEST(an_empty_result_is_an_empty_list),
        BLOG_TEST(many_rows_are_all_there),
        BLOG_TEST(rows_of_every_shape_of_query_are_read_right),
        BLOG_TEST(rows_of_one_column_are_no_error),
        BLOG_TEST(handles_name_the_columns),
        BLOG_TEST(columns_with_the_members_names_come_in_any_order),
        BLOG_TEST(a_named_column_in_another_members_place_is_refused),
        BLOG_TEST(a_column_too_few_names_the_member),
        BLOG_TEST(a_column_too_many_is_named),
        BLOG_TEST(a_text_in_an_integer_is_refused),
        BLOG_TEST(null_in_a_member_that_cannot_say_so_is_refused),
        BLOG_TEST(a_kind_of_c_that_meets_null_is_told_the_kind_that_takes_it),
        BLOG_TEST(a_number_too_large_for_the_c_type_is_refused),
        BLOG_TEST(a_number_beyond_64_bits_is_refused),
        BLOG_TEST(a_text_with_a_zero_byte_is_refused),
        BLOG_TEST(a_text_that_the_enum_does_not_have_is_refused),
        BLOG_TEST(two_members_of_one_name_are_refused),
        BLOG_TEST(a_list_lives_until_the_next_transaction),
        BLOG_TEST(a_loop_that_frees_lists_does_not_grow),
        BLOG_TEST(the_mapper_is_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
