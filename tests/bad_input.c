/* bad_input: whatever a program or a stranger puts into a query gives a right answer, or an error that
 * says what is wrong; then the session goes on. */
#define CORM_CONDITION_NODES 300 /* so that there is room for conditions that are too deep */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

#include <math.h>

/* clang-format off */
#define COLOR(VALUE) VALUE(RED, "red") VALUE(BLUE, "it's \"blue\"")
CORM_ENUM(Color, COLOR)

/* Names that would end a quoted name, and the statement, if they were not quoted themselves. */
#define PART(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(TEXT,              name,   .name = "na\"me\"; DROP TABLE parts; --")                    \
    COLUMN(OPTIONAL(INTEGER), count,  .name = "co'unt")                                            \
    COLUMN(REAL,              weight)                                                              \
    COLUMN(OPTIONAL(BLOB),    data)                                                                \
    COLUMN(OPTIONAL(JSON),    notes,  .name = "[notes]")                                           \
    COLUMN(ENUM(Color),       color,  .default_value = corm_default(RED))                        \
    COLUMN(DECIMAL(6, 2),     price,  .default_value = corm_default(1))                            \
    COLUMN(OPTIONAL(INTEGER), whole_id, .references = corm_ref(Part, id))                          \
    RELATIONSHIP(MANY_TO_ONE,  whole,  Part,  BACKREF(parts))                                      \
    RELATIONSHIP(MANY_TO_MANY, boxes,  Box,   BACKREF(parts), .secondary = corm_secondary("in\"box", "part\"id", "box;id"))
#define BOX(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(TEXT,              label)
#define STORE(MODEL)                                                                               \
    MODEL(Part, "pa\"rts\"; --", PART)                                                             \
    MODEL(Box,  "select",        BOX)
/* clang-format on */

CORM_SCHEMA(store, STORE)

/* Tables are called as corm would call others of them in a query. */
/* clang-format off */
#define KNOT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), up_id,  .references = corm_ref(Knot, id))                            \
    RELATIONSHIP(MANY_TO_ONE,  up,    Knot, BACKREF(below))                                        \
    RELATIONSHIP(ONE_TO_MANY,  bows,  Bow,  BACKREF(knot))                                         \
    RELATIONSHIP(MANY_TO_MANY, cords, Cord, BACKREF(knots), .secondary = corm_secondary("knot_cords", "knot", "cord"))
#define BOW(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), knot_id, .references = corm_ref(Knot, id))
#define CORD(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(TEXT,              name)
#define KNOTS(MODEL)                                                                               \
    MODEL(Knot, "knot",         KNOT)                                                              \
    MODEL(Bow,  "knot_1",       BOW)                                                               \
    MODEL(Cord, "knot_cords_2", CORD)
/* clang-format on */

CORM_SCHEMA(knots, KNOTS)
CORM_ALIAS(kNot, Knot, KNOT)
CORM_ALIAS(knot_2, Knot, KNOT, below)

#define TIED(COLUMN) COLUMN(TEXT, name)
CORM_ROW(Knot_1, TIED)
CORM_ALIAS(outer, Part, PART)

#define TAGGED(COLUMN) COLUMN(TEXT, name, .name = "a\"b\" FROM x; --") COLUMN(INTEGER, parts)
CORM_ROW(Tagged, TAGGED)
#define OTHER(COLUMN) COLUMN(TEXT, name) COLUMN(INTEGER, parts)
CORM_ROW(Other, OTHER)

static int open_store(void **state)
{
    corm_session *session = memory_session(&store);
    *state = session;
    if (session == NULL)
        return 1;
    Part *car = corm_new(session, Part, .name = "car", .count = corm_some(1), .weight = 900.5);
    Part *door = corm_new(session, Part, .name = "door", .count = corm_some(4), .weight = 20);
    Box *box = corm_new(session, Box, .label = "big");
    (void)Part_whole_set(door, car);
    (void)Part_boxes_append(door, box);
    (void)corm_add(session, door);
    (void)corm_add(session, car);
    if (corm_commit(session) != CORM_OK || corm_clear(session) != CORM_OK)
        print_error("%s\n", corm_error_message(session));
    record(session);
    return 0;
}

#define STORE_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_store, close_session)

/* After whatever has happened, the two parts are there and are found. */
#define assert_usable() check_usable(session, __FILE__, __LINE__)
static void check_usable(corm_session *session, const char *file, int line)
{
    if (corm_count(session, Part) != 2 ||
        corm_count(session, Part, .where = corm_eq(Part_.name, "door")) != 1)
        complain(file, line, "the session does not go on: %s", corm_error_message(session));
}

/* The number of parts for which the condition holds. */
#define assert_parts(number_, ...)                                                                 \
    do {                                                                                           \
        const int64_t found_ = corm_count(session, Part, .where = __VA_ARGS__);                    \
        if (found_ != (number_))                                                                   \
            complain(__FILE__, __LINE__, "%lld parts, not %d: %s", (long long)found_,              \
                     (int)(number_), corm_error_message(session));                                 \
    } while (0)

/* A wrong use: told, and nothing is blocked. */
#define assert_refused(status_, part_, ...)                                                        \
    do {                                                                                           \
        (void)(__VA_ARGS__);                                                                       \
        assert_int_equal(corm_last_status(), (status_));                                           \
        assert_message(session, part_);                                                            \
        assert_usable();                                                                           \
    } while (0)

/* What only the database can refuse: told, and over with the rollback. */
#define assert_failed(status_, part_, ...)                                                         \
    do {                                                                                           \
        (void)(__VA_ARGS__);                                                                       \
        assert_int_equal(corm_last_status(), (status_));                                           \
        assert_message(session, part_);                                                            \
        assert_ok(session, corm_rollback(session));                                                \
        assert_usable();                                                                           \
    } while (0)

/* ---- Lists --------------------------------------------------------------------------------------- */

enum { MANY = 100000 };

static void a_list_of_a_hundred_thousand_values_is_one_statement(void **state)
{
    corm_session *session = *state;
    static int64_t ids[MANY];
    static const char *names[MANY];
    static double weights[MANY];
    for (int i = 0; i < MANY; i++) {
        ids[i] = i - 50000;
        names[i] = i == 99999 ? "door" : "') OR 1=1 --\"\\\n\x1f";
        weights[i] = i == 0 ? INFINITY : i == 1 ? -INFINITY : 20 + 0.25 * (i - 2);
    }
    record(session);
    assert_parts(2, corm_in(Part_.id, ids, MANY));
    assert_parts(1, corm_in(Part_.name, names, MANY));
    assert_parts(2, corm_in(Part_.weight, weights, MANY));
    assert_ran(3, "SELECT");
    Part *heavy = corm_new(session, Part, .name = "sun", .weight = INFINITY);
    assert_ok(session, corm_add(session, heavy));
    assert_parts(3, corm_in(Part_.weight, weights, MANY));
    assert_parts(1, corm_in(Part_.weight, weights, 1));
    assert_ok(session, corm_delete(session, heavy));
    names[50] = "\xff";
    assert_refused(CORM_DATA, "the text is not UTF-8 (byte 1)",
                   corm_count(session, Part, .where = corm_in(Part_.name, names, MANY)));
    weights[50] = NAN;
    assert_refused(CORM_DATA, "NaN",
                   corm_count(session, Part, .where = corm_in(Part_.weight, weights, MANY)));
    names[50] = NULL; /* equals nothing */
    assert_parts(1, corm_in(Part_.name, names, MANY));
}

/* What a number is, is the same in a list and alone. */
static void a_number_in_a_long_list_is_found_to_its_last_bit(void **state)
{
    corm_session *session = *state;
    static double weights[2000];
    uint64_t bits = 88172645463325252u;
    for (size_t i = 0; i < 2000; i++) {
        do {
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            memcpy(&weights[i], &bits, sizeof bits);
        } while (!isfinite(weights[i]));
        assert_ok(session,
                  corm_add(session, corm_new(session, Part, .name = "x", .weight = weights[i])));
    }
    assert_parts(2000, corm_in(Part_.weight, weights, 2000));
}

static void a_list_of_nothing_finds_nothing(void **state)
{
    corm_session *session = *state;
    const int64_t *none = NULL;
    const char *name = "door";
    assert_parts(0, corm_in(Part_.id, none, 0));
    assert_parts(2, corm_not(corm_in(Part_.id, none, 0)));
    assert_parts(0, corm_in(Part_.name, &name, 0));
    assert_parts(1, corm_or(corm_in(Part_.id, none, 0), corm_eq(Part_.name, "car")));
    assert_parts(
        0, corm_in_query(Part_.id, corm_subquery(Box, Box_.id, .where = corm_eq(Box_.id, 99))));
    assert_refused(CORM_MISUSE, "the list is NULL",
                   corm_count(session, Part, .where = corm_in(Part_.id, none, 3)));
    assert_refused(CORM_MISUSE, "4294967295 values or more",
                   corm_count(session, Part, .where = corm_in(Part_.name, &name, SIZE_MAX)));
}

/* ---- Values -------------------------------------------------------------------------------------- */

static void no_number_is_refused_and_infinity_is_one(void **state)
{
    corm_session *session = *state;
    double nan = NAN, infinite = INFINITY;
    assert_refused(CORM_DATA, "NaN",
                   corm_count(session, Part, .where = corm_eq(Part_.weight, NAN)));
    assert_refused(CORM_DATA, "NaN",
                   corm_count(session, Part, .where = corm_lt(Part_.weight, corm_var(&nan))));
    assert_refused(CORM_DATA, "NaN",
                   corm_count(session, Part, .where = corm_between(Part_.weight, 0.0, NAN)));
    assert_refused(CORM_DATA, "NaN",
                   corm_count(session, Part, .where = corm_gt(corm_plus(Part_.weight, NAN), 1)));
    assert_refused(CORM_DATA, "NaN", corm_scalar(session, Part, corm_coalesce(Part_.weight, NAN)));
    assert_parts(2, corm_lt(Part_.weight, INFINITY));
    assert_parts(2, corm_gt(Part_.weight, -INFINITY));
    assert_parts(0, corm_ge(Part_.weight, corm_var(&infinite)));
}

static void an_integer_that_is_too_large_is_refused(void **state)
{
    corm_session *session = *state;
    assert_refused(CORM_DATA, "larger than an integer can be",
                   corm_count(session, Part, .where = corm_eq(Part_.id, UINT64_MAX)));
    assert_refused(
        CORM_DATA, "larger than an integer can be",
        corm_count(session, Part, .where = corm_lt(Part_.weight, (uint64_t)INT64_MAX + 1)));
    assert_parts(2, corm_le(Part_.id, (uint64_t)INT64_MAX));
    assert_parts(2, corm_ge(Part_.id, INT64_MIN));
    assert_refused(CORM_DATA, "in a condition",
                   corm_count(session, Part, .where = corm_eq(Part_.price, INT64_MAX)));
    assert_refused(
        CORM_DATA, "in a condition",
        corm_count(session, Part, .where = corm_eq(Part_.price, corm_decimal_of("0.001"))));
    assert_refused(
        CORM_DATA, "price in a condition: \"cheap\" is not a decimal number",
        corm_count(session, Part, .where = corm_eq(Part_.price, corm_decimal_of("cheap"))));
    assert_refused(CORM_DATA, "color",
                   corm_count(session, Part, .where = corm_eq(Part_.color, 77)));
}

/* SQLite goes on with a REAL where an INTEGER would not hold it: that is compared as the number it is, and
 * is no INTEGER to be read. */
/* As SQLite compares integers with numbers; under valgrind they are not. */
static bool long_doubles_are_long(void)
{
    volatile const long double beyond = 9223372036854775808.0L;
    return beyond - 1 < beyond;
}

static void what_is_computed_beyond_64_bits_is_no_integer(void **state)
{
    corm_session *session = *state;
    if (long_doubles_are_long())
        assert_parts(2, corm_gt(corm_plus(INT64_MAX, Part_.id), INT64_MAX));
    assert_failed(CORM_DATA, "value, column 1 (value) of row 1",
                  corm_scalar(session, Part, corm_plus(INT64_MAX, Part_.id)));
    assert_failed(CORM_DATA, "is not an INTEGER of 64 bits",
                  corm_scalar(session, Part, corm_minus(INT64_MIN, Part_.id)));
    assert_failed(
        CORM_DATABASE, "integer overflow",
        corm_scalar(session, Part, corm_sum(corm_case(corm_gt(Part_.id, 0), INT64_MAX, 0))));
    assert_failed(
        CORM_DATABASE, "integer overflow",
        corm_count(session, Part,
                   .where = corm_eq(corm_abs(corm_case(corm_gt(Part_.id, 0), INT64_MIN, 0)), 1)));
    corm_optional_integer none =
        corm_scalar(session, Part, corm_divided(Part_.id, corm_minus(Part_.id, Part_.id)));
    assert_false(none.has_value);
    assert_usable();
}

static void a_text_that_is_not_utf8_is_refused_wherever_it_stands(void **state)
{
    corm_session *session = *state;
    const char *bad = "caf\xe9", *cut = "\xe2\x82";
    assert_refused(CORM_DATA, "not UTF-8 (byte 4)",
                   corm_count(session, Part, .where = corm_eq(Part_.name, bad)));
    assert_refused(CORM_DATA, "not UTF-8",
                   corm_count(session, Part, .where = corm_ne(corm_lower(Part_.name), cut)));
    assert_refused(CORM_DATA, "not UTF-8",
                   corm_count(session, Part, .where = corm_like(Part_.name, bad)));
    assert_refused(CORM_DATA, "not UTF-8",
                   corm_count(session, Part, .where = corm_like_escaped(Part_.name, "a", bad)));
    assert_refused(CORM_DATA, "not UTF-8",
                   corm_count(session, Part, .where = corm_has_text(Part_.name, bad)));
    assert_refused(
        CORM_DATA, "not UTF-8",
        corm_count(session, Part, .where = corm_starts_with(Part_.name, corm_var(&bad))));
    assert_refused(CORM_DATA, "not UTF-8",
                   corm_count(session, Part, .where = corm_glob(Part_.name, bad)));
    assert_refused(CORM_DATA, "not UTF-8",
                   corm_count(session, Part, .where = corm_in(Part_.name, &bad, 1)));
    assert_refused(
        CORM_DATA, "not UTF-8",
        corm_count(session, Part, .where = corm_eq(corm_json_text(Part_.notes, bad), "x")));
    assert_refused(CORM_DATA, "not UTF-8",
                   corm_scalar(session, Part, corm_join_texts(Part_.name, bad)));
    assert_refused(CORM_DATA, "not UTF-8",
                   corm_scalar(session, Part, corm_concat(Part_.name, bad)));
    assert_refused(CORM_DATA, "not UTF-8",
                   corm_scalar(session, Part, corm_case(corm_eq(Part_.id, 1), bad, "x")));
    assert_refused(CORM_DATA, "not UTF-8",
                   corm_all(session, Part, .order_by = corm_asc(corm_concat(Part_.name, bad))));
    assert_refused(CORM_DATA, "not UTF-8",
                   corm_select(session, Other, .from = corm_from(Part),
                               .fields = corm_fields(corm_field(Other_.name, bad),
                                                     corm_field(Other_.parts, 1))));
    assert_refused(CORM_MISUSE, "UTF-8",
                   corm_scalar(session, Part, corm_call(TEXT, bad, Part_.id)));
    assert_refused(CORM_DATA, "JSON",
                   corm_count(session, Part, .where = corm_eq(Part_.notes, "{")));
}

/* A text of C ends at its first zero byte; blobs do not, and what the database holds need not. */
static void a_zero_byte_is_data_in_a_blob_and_told_in_a_text(void **state)
{
    corm_session *session = *state;
    const corm_blob zero = {"a\0b", 3}, other = {"a\0c", 3}, empty = {"", 0}, missing = {NULL, 0};
    Part *door = corm_one(session, Part, .where = corm_eq(Part_.name, "door"));
    door->data = zero;
    assert_parts(1, corm_eq(Part_.data, zero));
    assert_parts(0, corm_eq(Part_.data, other));
    assert_parts(1, corm_lt(Part_.data, other));
    assert_parts(1, corm_gt(Part_.data, empty));
    assert_parts(0, corm_eq(Part_.data, missing));
    assert_parts(1, corm_same(Part_.data, missing));
    assert_parts(1, corm_eq(corm_length(Part_.data), 3));
    run_sql(session, "UPDATE \"pa\"\"rts\"\"; --\" SET \"na\"\"me\"\"; DROP TABLE parts; --\" = "
                     "'a' || char(0) || 'b' WHERE id = 1");
    assert_failed(CORM_DATA, "zero byte", corm_values(session, Part, Part_.name));
}

static void a_variable_that_is_not_there_is_told(void **state)
{
    corm_session *session = *state;
    const int64_t *nothing = NULL;
    const char *text = NULL;
    assert_refused(CORM_DATA, "corm_var(NULL): there is no variable",
                   corm_count(session, Part, .where = corm_eq(Part_.id, corm_var(nothing))));
    assert_refused(CORM_DATA, "corm_var(NULL): there is no variable",
                   corm_scalar(session, Part, corm_plus(Part_.id, corm_var(nothing))));
    assert_parts(0, corm_eq(Part_.name, corm_var(&text)));
    assert_parts(0, corm_like(Part_.name, (const char *)NULL));
    assert_parts(2, corm_is_not_null(Part_.name));
}

/* ---- Patterns of strangers ------------------------------------------------------------------------ */

static void a_pattern_means_what_it_says_and_a_text_means_itself(void **state)
{
    corm_session *session = *state;
    char *endless = malloc(60001);
    assert_non_null(endless);
    memset(endless, '%', 60000);
    endless[60000] = '\0';
    assert_parts(2, corm_like(Part_.name, "%"));
    assert_parts(0, corm_has_text(Part_.name, "%"));
    assert_parts(0, corm_starts_with(Part_.name, "_"));
    assert_parts(0, corm_ends_with(Part_.name, "\\"));
    assert_parts(0, corm_has_text(Part_.name, "\\%"));
    assert_parts(0, corm_glob(Part_.name, "[")); /* a class that does not end */
    assert_parts(0, corm_glob(Part_.name, "[^"));
    assert_parts(0, corm_like(Part_.name, "%\\"));
    assert_failed(CORM_DATABASE, "pattern too complex",
                  corm_count(session, Part, .where = corm_like(Part_.name, endless)));
    assert_failed(CORM_DATABASE, "pattern too complex",
                  corm_count(session, Part, .where = corm_has_text(Part_.name, endless)));
    assert_refused(CORM_MISUSE, "takes one character to escape with, not \"ab\"",
                   corm_count(session, Part, .where = corm_like_escaped(Part_.name, "a", "ab")));
    assert_refused(CORM_MISUSE, "takes one character to escape with, not \"\"",
                   corm_count(session, Part, .where = corm_like_escaped(Part_.name, "a", "")));
    assert_parts(0, corm_like_escaped(Part_.name, "a", "\xc3\xa4"));
    assert_refused(
        CORM_MISUSE, "use corm_position",
        corm_count(session, Part, .where = corm_has_text(Part_.name, corm_lower(Part_.name))));
    free(endless);
}

/* ---- Numbers of clauses --------------------------------------------------------------------------- */

static void a_limit_or_offset_below_zero_is_refused_everywhere(void **state)
{
    corm_session *session = *state;
    int64_t total = 7;
    const corm_select below = corm_select_for(
        Other,
        .fields = corm_fields(corm_field(Other_.name, Part_.name), corm_field(Other_.parts, 1)),
        .limit = -1);
    assert_refused(CORM_MISUSE, "the limit of a query of Part is -1",
                   corm_all(session, Part, .limit = -1));
    assert_refused(CORM_MISUSE, "the offset of a query of Part is -3",
                   corm_all(session, Part, .offset = -3, .total = &total));
    assert_int_equal(total, 7);
    assert_refused(CORM_MISUSE, "limit", corm_first(session, Part, .limit = INT64_MIN));
    assert_refused(CORM_MISUSE, "limit", corm_one(session, Part, .limit = -1));
    assert_refused(CORM_MISUSE, "limit", corm_count(session, Part, .limit = -1));
    assert_refused(CORM_MISUSE, "limit",
                   corm_all(session, Part, .limit = -1, .load = corm_load_joined(Part_parts_)));
    assert_refused(CORM_MISUSE, "limit", corm_values(session, Part, Part_.id, .limit = -1));
    assert_refused(CORM_MISUSE, "limit", corm_select_of(session, Other, &below));
    assert_refused(
        CORM_MISUSE, "offset",
        corm_count(session, Part,
                   .where = corm_in_query(Part_.id, corm_subquery(Part, Part_.id, .offset = -1))));
    assert_refused(CORM_MISUSE, "limit", corm_stream_open(session, Part, .limit = -1));
    assert_int_equal(corm_all(session, Part, .limit = INT64_MAX, .offset = 1).count, 1);
    assert_int_equal(corm_all(session, Part, .offset = INT64_MAX).count, 0);
}

static void too_many_parts_are_counted(void **state)
{
    corm_session *session = *state;
    corm_condition all = {0}, deep = corm_eq(Part_.id, 1);
    corm_ordering order = corm_asc(Part_.id);
    for (int i = 0; i < 250; i++) {
        all = corm_or(all, corm_eq(Part_.id, i));
        deep = corm_not(deep);
        order = corm_order(order, corm_asc(Part_.id));
    }
    assert_refused(CORM_MISUSE, "the condition has 999 parts", /* 250 of 3 each, 249 times OR */
                   corm_count(session, Part, .where = all));
    assert_message(session, "define CORM_CONDITION_NODES larger");
    assert_refused(CORM_MISUSE, "more than 200 deep", corm_count(session, Part, .where = deep));
    assert_refused(CORM_MISUSE, "the ordering has", corm_all(session, Part, .order_by = order));
    assert_refused(CORM_MISUSE, "define CORM_CONDITION_NODES larger",
                   corm_count(session, Part, .where = corm_any(Part_.boxes, all)));
    assert_refused(CORM_MISUSE, "define CORM_CONDITION_NODES larger",
                   corm_count(session, Part, .where = corm_exists(Box, .where = all)));
    assert_refused(CORM_MISUSE, "the join has",
                   corm_count(session, Part,
                              .join = corm_joins(corm_inner_join(Part_.boxes),
                                                 corm_inner_join(Part_.whole, all))));
    assert_refused(CORM_MISUSE, "define CORM_CONDITION_NODES larger",
                   corm_values(session, Part, corm_over(corm_rank(), corm_no_group, order)));
}

static void too_many_tables_are_counted(void **state)
{
    corm_session *session = *state;
    corm_joining joins = corm_inner_join(Part_.boxes);
    for (int i = 0; i < 20; i++)
        joins = corm_joins(joins, corm_left_join(Part_.boxes));
    assert_refused(CORM_MISUSE, "a query of Part has more than 16 tables",
                   corm_all(session, Part, .join = joins));
}

/* ---- Rows ------------------------------------------------------------------------------------------ */

static void a_field_belongs_to_the_row_of_the_query(void **state)
{
    corm_session *session = *state;
    assert_refused(CORM_MISUSE, "a field of a query for Tagged is a member of Other",
                   corm_select(session, Tagged, .from = corm_from(Part),
                               .fields = corm_fields(corm_field(Other_.name, Part_.name))));
    assert_refused(CORM_MISUSE, "Tagged.parts gets no value",
                   corm_select(session, Tagged, .from = corm_from(Part),
                               .fields = corm_fields(corm_field(Tagged_.name, Part_.name))));
    assert_refused(CORM_NULL_ARGUMENT, "has no table", corm_select(session, Tagged));
    assert_refused(CORM_MISUSE, "Other is a CORM_ROW and no table",
                   corm_select(session, Other, .from = corm_from(Other)));
    assert_refused(
        CORM_MISUSE, "Other is a CORM_ROW and no table",
        corm_count(session, Part, .join = corm_join_on(Other, corm_eq(Other_.parts, Part_.id))));
    assert_refused(CORM_MISUSE, "corm_select",
                   corm_values(session, Part, Part_.id, .row = corm_from(Other)));
}

static void queries_that_do_not_fit_are_not_put_together(void **state)
{
    corm_session *session = *state;
    const corm_select others = corm_select_for(
        Other, .from = corm_from(Box),
        .fields = corm_fields(corm_field(Other_.name, Box_.label), corm_field(Other_.parts, 1)));
    const corm_select ordered = corm_select_for(
        Tagged, .from = corm_from(Box),
        .fields = corm_fields(corm_field(Tagged_.name, Box_.label), corm_field(Tagged_.parts, 1)),
        .limit = 1);
    const corm_fields fields =
        corm_fields(corm_field(Tagged_.name, Part_.name), corm_field(Tagged_.parts, 1));
    assert_refused(
        CORM_MISUSE, "queries of Tagged and Other cannot be put together",
        corm_select(session, Tagged, .fields = fields, .compound = {corm_union(&others)}));
    assert_refused(
        CORM_MISUSE, "has an order, a limit",
        corm_select(session, Tagged, .fields = fields, .compound = {corm_union(&ordered)}));
    assert_refused(
        CORM_MISUSE, "Part in .with is a model",
        corm_select(session, Other, .with = {corm_with(Part, &others)}, .from = corm_from(Part)));
    assert_refused(
        CORM_MISUSE, "Other in .with has no query",
        corm_select(session, Other, .with = {corm_with(Other, NULL)}, .from = corm_from(Other)));
    const corm_select one = corm_select_for(Other, .from = corm_from(Part), .limit = 1);
    assert_refused(CORM_MISUSE,
                   "Other in .with: the first query of a recursive one has an order or a limit",
                   corm_select(session, Other, .with = {corm_with_recursive(Other, &one, &others)},
                               .from = corm_from(Other)));
    assert_refused(
        CORM_MISUSE, "a subquery of a query of Part has .row",
        corm_count(session, Part, .where = corm_exists(Box, .with = {corm_with(Other, &others)})));
}

static void a_page_begins_behind_columns_of_the_model(void **state)
{
    corm_session *session = *state;
    const Part *door = corm_one(session, Part, .where = corm_eq(Part_.name, "door"));
    assert_refused(
        CORM_MISUSE, "something else than a column of Part",
        corm_all(session, Part, .order_by = corm_asc(corm_lower(Part_.name)), .after = door));
    assert_refused(CORM_MISUSE, "something else than a column of Part",
                   corm_all(session, Part, .join = corm_inner_join(Part_.boxes),
                            .order_by = corm_asc(Box_.label), .after = door));
    Part kept = *door;
    assert_int_equal(
        corm_all(session, Part, .order_by = corm_asc(Part_.name), .after = &kept).count,
        corm_all(session, Part, .order_by = corm_asc(Part_.name), .after = door).count);
    kept.name = "caf\xe9";
    assert_refused(CORM_DATA, "by name: the struct of .after: text is not valid UTF-8",
                   corm_all(session, Part, .order_by = corm_asc(Part_.name), .after = &kept));
    kept.name = NULL;
    assert_refused(CORM_DATA, "the struct of .after: it is NULL, but must have a value",
                   corm_all(session, Part, .order_by = corm_asc(Part_.name), .after = &kept));
    kept.color = (Color)77;
    assert_refused(CORM_DATA, "the struct of .after: 77 is no Color",
                   corm_all(session, Part, .order_by = corm_asc(Part_.color), .after = &kept));
    assert_int_equal(corm_all(session, Part, .order_by = corm_asc(Part_.name), .after = door).count,
                     0);
    assert_refused(CORM_WRONG_MODEL, "a query of Part: .after is an object of Box",
                   corm_all(session, Part, .after = corm_first(session, Box)));
}

static void a_text_is_not_taken_for_a_column(void **state)
{
    corm_session *session = *state;
    assert_refused(CORM_MISUSE,
                   "the condition of a query of Part compares the text \"name\" with the text "
                   "\"door\": the column is written Part_.name",
                   corm_all(session, Part, .where = corm_eq("name", "door")));
    assert_refused(CORM_MISUSE, "the column is written Part_.name",
                   corm_all(session, Part, .where = corm_like("name", "d%")));
    assert_parts(2, corm_eq(1, 1));
    assert_parts(0, corm_eq("name", (const char *)NULL));
}

/* ---- Injection ------------------------------------------------------------------------------------- */

static const char *const attacks[] = {
    "'; DROP TABLE \"select\"; --",
    "\"; DROP TABLE \"select\"; --",
    "') OR ('1'='1",
    "\") OR 1=1 --",
    "x' OR 'x'='x",
    "?1",
    "$1",
    ":a",
    "@a",
    "$1$2$9",
    "%s%n%d",
    "/*",
    "*/",
    "--",
    ";",
    "'",
    "\"",
    "`",
    "]",
    "\\",
    "\\'",
    "''",
    "\"\"",
    "\n",
    "\r\n",
    "1; SELECT 1",
    "NULL",
    "1=1",
    "x\xc2\xa0\xe2\x80\x99",
    "",
    "a\001b",
};
enum { ATTACKS = sizeof attacks / sizeof attacks[0] };

static void a_value_is_never_part_of_the_sql(void **state)
{
    corm_session *session = *state;
    for (size_t i = 0; i < ATTACKS; i++) {
        const char *text = attacks[i];
        Box *box = corm_new(session, Box, .label = text);
        assert_ok(session, corm_add(session, box));
        assert_int_equal(corm_count(session, Box, .where = corm_eq(Box_.label, text)), 1);
        assert_int_equal(corm_count(session, Box, .where = corm_same(Box_.label, corm_var(&text))),
                         1);
        assert_int_equal(corm_count(session, Box, .where = corm_in(Box_.label, &text, 1)), 1);
        assert_int_equal(corm_count(session, Box, .where = corm_between(Box_.label, text, text)),
                         1);
        assert_int_equal(corm_count(session, Box,
                                    .where = corm_and(corm_has_text(Box_.label, text),
                                                      corm_eq(Box_.id, box->id))),
                         1);
        assert_int_equal(corm_count(session, Box,
                                    .where = corm_and(corm_starts_with(Box_.label, text),
                                                      corm_eq(Box_.id, box->id))),
                         1);
        assert_int_equal(corm_count(session, Box,
                                    .where = corm_eq(corm_concat(text, Box_.label),
                                                     corm_concat(Box_.label, text))),
                         *text == '\0' ? 2 : 1);
        assert_int_equal(
            corm_count(session, Box,
                       .where = corm_eq(corm_replace(Box_.label, text, "gone"), "gone")),
            *text == '\0' ? 0 : 1);
        assert_int_equal(
            corm_count(session, Box,
                       .where = corm_in_query(
                           Box_.label,
                           corm_subquery(Box, Box_.label, .where = corm_eq(Box_.label, text)))),
            1);
        assert_int_equal(
            corm_count(session, Box,
                       .where = corm_eq(corm_case(corm_eq(Box_.label, text), text, "no"), text)),
            1);
        assert_int_equal(
            corm_count(session, Box, .join = corm_left_join(Box_parts_, corm_eq(Part_.name, text))),
            2);
        assert_int_equal(
            corm_all(session, Box, .order_by = corm_asc(corm_concat(Box_.label, text))).count, 2);
        assert_int_equal(corm_values(session, Box, corm_count_rows(),
                                     .group_by = corm_group(corm_concat(Box_.label, text)),
                                     .having = corm_ne(corm_maximum(Box_.label), text))
                             .count,
                         1);
        assert_true(corm_count(session, Box, .where = corm_like(Box_.label, text)) >= 0);
        assert_true(corm_count(session, Box, .where = corm_glob(Box_.label, text)) >= 0);
        const char *joined = corm_scalar(session, Part, corm_join_texts(Part_.name, text));
        assert_non_null(joined);
        assert_int_equal(strlen(joined), 7 + strlen(text));
        Other_list rows = corm_select(
            session, Other, .from = corm_from(Part),
            .fields = corm_fields(corm_field(Other_.name, text), corm_field(Other_.parts, 1)),
            .limit = 1);
        assert_int_equal(rows.count, 1);
        assert_string_equal(rows.items[0].name, text);
        assert_ok(session, corm_delete(session, box));
        assert_usable();
        assert_int_equal(corm_count(session, Box), 1);
    }
}

/* Paths, names of functions and what escapes are words of a small language: not all of them are known, but
 * none is SQL. */
static void a_path_or_name_of_a_stranger_is_no_sql(void **state)
{
    corm_session *session = *state;
    Part *door = corm_one(session, Part, .where = corm_eq(Part_.name, "door"));
    door->notes = "{\"a\":1}";
    assert_ok(session, corm_commit(session));
    for (size_t i = 0; i < ATTACKS; i++) {
        const char *text = attacks[i];
        assert_true(corm_count(session, Part,
                               .where = corm_eq(corm_json_text(Part_.notes, text), "1")) <= 0);
        assert_ok(session, corm_rollback(session));
        assert_true(
            corm_count(session, Part, .where = corm_like_escaped(Part_.name, "door", text)) <= 1);
        assert_ok(session, corm_rollback(session));
        assert_int_equal(
            corm_count(session, Part, .where = corm_eq(corm_call(INTEGER, text, Part_.id), 1)), -1);
        if (*text == '\0')
            assert_message(session, "corm_call without the name of a function");
        else
            assert_message(session, "no such function");
        assert_ok(session, corm_rollback(session));
        assert_usable();
        assert_int_equal(corm_count(session, Box), 1);
    }
    assert_parts(1, corm_eq(corm_json_integer(Part_.notes, "$.a"), 1));
}

static void names_with_quotes_are_names(void **state)
{
    corm_session *session = *state;
    assert_parts(1, corm_any(Part_.boxes, corm_eq(Box_.label, "big")));
    assert_parts(1, corm_has(Part_.whole, corm_eq(Part_.name, "car")));
    assert_int_equal(corm_count(session, Part, .join = corm_inner_join_as(outer, Part_.whole),
                                .where = corm_eq(outer_.name, "car")),
                     1);
    assert_int_equal(corm_all(session, Part, .join = corm_inner_join(Part_.boxes),
                              .load = corm_load_joined(Part_.whole),
                              .order_by = corm_desc(Part_.count))
                         .count,
                     1);
    const corm_select all =
        corm_select_for(Tagged, .fields = corm_fields(corm_field(Tagged_.name, Part_.name),
                                                      corm_field(Tagged_.parts, Part_.id)));
    Tagged_list rows =
        corm_select(session, Tagged, .with = {corm_with(Tagged, &all)}, .from = corm_from(Tagged),
                    .where = corm_gt(Tagged_.parts, 0), .order_by = corm_desc(Tagged_.name));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_int_equal(rows.count, 2);
    assert_string_equal(rows.items[0].name, "door");
    assert_parts(2, corm_eq(Part_.color, RED));
    assert_parts(0, corm_eq(Part_.color, BLUE));
    assert_usable();
}

static void a_name_that_corm_makes_is_no_other_one(void **state)
{
    corm_session *session = memory_session(&knots);
    *state = session;
    assert_non_null(session);
    Knot *reef = corm_new(session, Knot, .name = "reef"),
         *granny = corm_new(session, Knot, .name = "granny");
    Bow *bow = corm_new(session, Bow, .name = "granny"), *loop = corm_new(session, Bow, .name = "");
    (void)Knot_up_set(granny, reef);
    (void)Knot_bows_append(reef, bow);
    (void)Knot_bows_append(reef, loop);
    (void)Knot_cords_append(reef, corm_new(session, Cord, .name = "hemp"));
    (void)Knot_cords_append(reef, corm_new(session, Cord, .name = "silk"));
    (void)corm_add(session, reef);
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_count(session, Bow, .join = corm_inner_join(Bow_knot_),
                                .where = corm_any(Knot_below_, corm_eq(Knot_.name, Bow_.name))),
                     1);
    assert_int_equal(
        corm_count(session, Knot,
                   .where = corm_and(corm_any(Knot_below_),
                                     corm_any(Knot_.cords, corm_eq(Cord_.name, "silk")))),
        1);
    assert_int_equal(
        corm_count(session, Knot, .join = corm_inner_join(Knot_.cords),
                   .where = corm_and(corm_any(Knot_below_), corm_eq(Cord_.name, "silk"))),
        1);
    /* Aliases: the table's own name in other letters; one that ends in a number, before others get one
     * and behind that. */
    assert_int_equal(corm_count(session, Knot, .join = corm_inner_join_as(kNot, Knot_.up),
                                .where = corm_lt(kNot_.id, Knot_.id)),
                     1);
    assert_int_equal(corm_count(session, Knot, .join = corm_inner_join_as(knot_2, Knot_.up),
                                .where = corm_any(knot_2_below_, corm_ne(Knot_.id, knot_2_.id))),
                     1);
    assert_int_equal(
        corm_count(session, Knot,
                   .where =
                       corm_any(Knot_below_,
                                corm_exists(knot_2, .where = corm_eq(knot_2_.id, Knot_.up_id)))),
        1);
    /* A query with a name, beside the table of that name. */
    const corm_select all =
        corm_select_for(Knot_1, .fields = corm_fields(corm_field(Knot_1_.name, Bow_.name)));
    Knot_1_list rows =
        corm_select(session, Knot_1, .with = {corm_with(Knot_1, &all)}, .from = corm_from(Knot_1),
                    .join = corm_join_on(Bow, corm_eq(Bow_.name, Knot_1_.name)));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_int_equal(rows.count, 2);
    corm_session_close(session);
    *state = NULL;
}

/* ---- Damage ---------------------------------------------------------------------------------------- */

/* Each clause that is filled with one byte, at each number of parts. */
static void a_clause_that_is_damaged_is_refused(void **state)
{
    corm_session *session = *state;
    static const unsigned char bytes[] = {0x00, 0xff, 0x7f, 0x20, 0x0f, 0x2c, 0x36};
    for (size_t b = 0; b < sizeof bytes; b++)
        for (unsigned count = 1; count < 70000; count = count < 70 ? count + 1 : count * 7) {
            const uint16_t parts = count > UINT16_MAX ? UINT16_MAX : (uint16_t)count;
            corm_condition condition;
            corm_ordering order;
            corm_joining join;
            corm_grouping group;
            corm_fields fields;
#define DAMAGE(clause_)                                                                            \
    (memset(&(clause_), bytes[b], sizeof(clause_)), (clause_).count = parts, (clause_).wanted = 0)
            DAMAGE(condition);
            DAMAGE(order);
            DAMAGE(join);
            DAMAGE(group);
            DAMAGE(fields);
#undef DAMAGE
            assert_int_equal(corm_count(session, Part, .where = condition), -1);
            assert_int_equal(corm_last_status(), CORM_MISUSE);
            assert_int_equal(corm_all(session, Part, .order_by = order).count, 0);
            assert_int_equal(corm_last_status(), CORM_MISUSE);
            assert_int_equal(corm_all(session, Part, .join = join).count, 0);
            assert_int_equal(corm_last_status(), CORM_MISUSE);
            assert_int_equal(corm_values(session, Part, Part_.id, .group_by = group).count, 0);
            assert_int_equal(corm_last_status(), CORM_MISUSE);
            assert_int_equal(corm_select(session, Other, .fields = fields).count, 0);
            assert_int_equal(corm_last_status(), CORM_MISUSE);
            if (parts == UINT16_MAX)
                continue; /* the end of a list of parts */
            assert_int_equal(
                corm_count(session, Part, .where = corm_and(corm_eq(Part_.id, 1), condition)), -1);
            assert_int_equal(corm_count(session, Part, .where = corm_not(condition)), -1);
            assert_int_equal(corm_count(session, Part, .where = corm_any(Part_.boxes, condition)),
                             -1);
            assert_int_equal(
                corm_all(session, Part, .order_by = corm_nulls_last(corm_order(order, order)))
                    .count,
                0);
            assert_int_equal(corm_last_status(), CORM_MISUSE);
            assert_int_equal(corm_count(session, Part,
                                        .where = corm_exists(Box, .join = join, .order_by = order,
                                                             .group_by = group)),
                             -1);
        }
    assert_usable();
}

static void an_empty_condition_is_no_value(void **state)
{
    corm_session *session = *state;
    const corm_condition none = {0};
    assert_parts(2, corm_and(none, none));
    assert_parts(2, corm_not(none));
    assert_parts(1, corm_any(Part_.boxes, none));
    assert_refused(CORM_MISUSE, "an empty condition where a value is wanted",
                   corm_count(session, Part, .where = corm_eq(none, true)));
    assert_refused(CORM_MISUSE, "an empty condition where a value is wanted",
                   corm_scalar(session, Part, corm_case(none, 1, 2)));
    assert_refused(CORM_MISUSE, "an empty condition where a value is wanted",
                   corm_all(session, Part, .order_by = corm_asc(none)));
    assert_refused(CORM_MISUSE, "is joined without a condition",
                   corm_all(session, Part, .join = corm_join_on(Box, none)));
    assert_refused(CORM_MISUSE, "it takes a corm_subquery",
                   corm_count(session, Part, .where = corm_in_query(Part_.id, 5)));
    assert_refused(CORM_MISUSE, "corm_over without a function",
                   corm_values(session, Part, corm_over(Part_.id, corm_no_group, corm_no_order)));
}

static void a_query_without_a_session_or_model_is_an_error(void **state)
{
    corm_session *session = *state;
    const corm_relationship_ref stranger = {NULL, 3, false};
    corm_query query = corm_query_of(Part);
    query.model = NULL;
    assert_int_equal(corm_query_count(session, &query), -1);
    assert_int_equal(corm_last_status(), CORM_NULL_ARGUMENT);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_query_count(session, NULL), -1);
    assert_int_equal(corm_last_status(), CORM_NULL_ARGUMENT);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_select_of(session, Other, NULL).count, 0);
    assert_int_equal(corm_last_status(), CORM_NULL_ARGUMENT);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_count(NULL, Part), -1);
    assert_int_not_equal(corm_last_status(), CORM_OK);
    assert_refused(CORM_MISUSE, "a relationship that no model of this schema has",
                   corm_count(session, Part, .where = corm_any(stranger)));
    assert_refused(CORM_MISUSE, "Box.parts belongs to a model that is not in the query",
                   corm_count(session, Part, .where = corm_any(Box_parts_)));
    assert_refused(CORM_MISUSE, "the object is NULL",
                   corm_count(session, Part, .where = corm_contains(Part_.boxes, NULL)));
    assert_refused(CORM_MISUSE, "the object is NULL",
                   corm_count(session, Box, .where = corm_related_to(Part_.boxes, NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_list_of_a_hundred_thousand_values_is_one_statement),
        STORE_TEST(a_number_in_a_long_list_is_found_to_its_last_bit),
        STORE_TEST(a_list_of_nothing_finds_nothing),
        STORE_TEST(no_number_is_refused_and_infinity_is_one),
        STORE_TEST(an_integer_that_is_too_large_is_refused),
        STORE_TEST(what_is_computed_beyond_64_bits_is_no_integer),
        STORE_TEST(a_text_that_is_not_utf8_is_refused_wherever_it_stands),
        STORE_TEST(a_zero_byte_is_data_in_a_blob_and_told_in_a_text),
        STORE_TEST(a_variable_that_is_not_there_is_told),
        STORE_TEST(a_pattern_means_what_it_says_and_a_text_means_itself),
        STORE_TEST(a_limit_or_offset_below_zero_is_refused_everywhere),
        STORE_TEST(too_many_parts_are_counted),
        STORE_TEST(too_many_tables_are_counted),
        STORE_TEST(a_field_belongs_to_the_row_of_the_query),
        STORE_TEST(queries_that_do_not_fit_are_not_put_together),
        STORE_TEST(a_page_begins_behind_columns_of_the_model),
        STORE_TEST(a_text_is_not_taken_for_a_column),
        STORE_TEST(a_value_is_never_part_of_the_sql),
        STORE_TEST(a_path_or_name_of_a_stranger_is_no_sql),
        STORE_TEST(names_with_quotes_are_names),
        cmocka_unit_test_teardown(a_name_that_corm_makes_is_no_other_one, close_session),
        STORE_TEST(a_clause_that_is_damaged_is_refused),
        STORE_TEST(an_empty_condition_is_no_value),
        STORE_TEST(a_query_without_a_session_or_model_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
