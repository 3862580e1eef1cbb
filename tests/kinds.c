/* kinds: times, decimals, UUIDs, JSON, enumerations and a kind of the program's own, from a member to
 * the database and back: what is kept, what is refused and in which words, defaults, conditions,
 * sorting, keys. */
#define CORM_IMPLEMENTATION /* here: the tests look inside */
#include "corm_sqlite.h"
#include "support.h"

/* ---- Models ---------------------------------------------------------------------------------- */

typedef struct Point {
    int32_t x, y;
} Point;

static bool point_to(const Point *from, corm_value *out, corm_conversion *conversion)
{
    if (from->x < -999 || from->x > 999)
        return corm_conversion_refuse(conversion, "x is %d, beyond the edge of the map", from->x);
    return corm_conversion_text(conversion, out, "%d,%d", from->x, from->y);
}

static bool point_from(const corm_value *from, Point *out, corm_conversion *conversion)
{
    char rest;
    if (sscanf(from->as.bytes, "%d,%d%c", &out->x, &out->y, &rest) == 2)
        return true;
    return corm_conversion_refuse(conversion, "'%s' is not x,y", (const char *)from->as.bytes);
}

CORM_KIND(point, Point, TEXT, point_to, point_from, NULL)

/* A temperature: stored as a number, two of them equal where they read the same. */
typedef struct Heat {
    double celsius;
    char scale; /* padding behind it */
} Heat;

static bool heat_to(const Heat *from, corm_value *out, corm_conversion *conversion)
{
    (void)conversion;
    *out = corm_value_real(from->celsius);
    return from->celsius >= -273.15;
}

static bool heat_from(const corm_value *from, Heat *out, corm_conversion *conversion)
{
    (void)conversion;
    out->celsius = from->as.real;
    out->scale = 'C';
    return out->celsius >= -273.15;
}

static bool heat_equal(const Heat *a, const Heat *b)
{
    return a->celsius >= b->celsius && a->celsius <= b->celsius;
}

CORM_KIND(heat, Heat, REAL, heat_to, heat_from, heat_equal)

/* clang-format off */
#define COLOR(VALUE)                                                                               \
    VALUE(RED)                                                                                     \
    VALUE(GREEN, "green")                                                                          \
    VALUE(BLUE, "it's blue", -7)                                                                   \
    VALUE(NUMBER, "1e5", 40)
CORM_ENUM(Color, COLOR)

enum weekday { MONDAY = 1, SUNDAY = 7 };
typedef enum weekday Weekday;
#define WEEKDAY(VALUE) VALUE(MONDAY, "mon") VALUE(SUNDAY, "sun")
CORM_ENUM_OVER(Weekday, WEEKDAY)

#define THING(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,                  id,          .primary_key = true)                             \
    COLUMN(TIME,                     at)                                                           \
    COLUMN(DECIMAL(10, 2),           price)                                                        \
    COLUMN(UUID,                     token)                                                        \
    COLUMN(JSON,                     data)                                                         \
    COLUMN(ENUM(Color),              color)                                                        \
    COLUMN(CUSTOM(point),            place)                                                        \
    COLUMN(CUSTOM(heat),             heat)                                                         \
    COLUMN(OPTIONAL(TIME),           maybe_at)                                                     \
    COLUMN(OPTIONAL(DECIMAL(18, 0)), maybe_price)                                                  \
    COLUMN(OPTIONAL(UUID),           maybe_token)                                                  \
    COLUMN(OPTIONAL(JSON),           maybe_data)                                                   \
    COLUMN(OPTIONAL(ENUM(Color)),    maybe_color)                                                  \
    COLUMN(OPTIONAL(CUSTOM(point)),  maybe_place)

#define PRESET(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,                  id,    .primary_key = true)                                   \
    COLUMN(TIME,                     at,    .default_value = corm_default("08:30:00"))             \
    COLUMN(DECIMAL(6, 3),            price, .default_value = corm_default("19.99"))                \
    COLUMN(DECIMAL(6, 3),            whole, .default_value = corm_default(-5))                     \
    COLUMN(UUID,                     token,                                                        \
           .default_value = corm_default("00112233-4455-6677-8899-AABBCCDDEEFF"))                  \
    COLUMN(JSON,                     data,  .default_value = corm_default("{}"))                   \
    COLUMN(ENUM(Color),              color, .default_value = corm_default(GREEN))                  \
    COLUMN(CUSTOM(point),            place, .default_value = corm_default("3,4"))                  \
    COLUMN(OPTIONAL(ENUM(Weekday)),  day,   .default_value = corm_default(SUNDAY))                 \
    COLUMN(OPTIONAL(DECIMAL(4, 1)),  rate,  .default_value = corm_default("0.5"))                  \
    COLUMN(OPTIONAL(CUSTOM(heat)),   heat,  .default_value = corm_default(20))

#define OWNER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(UUID, id, .primary_key = true)                                                          \
    COLUMN(INTEGER, rank)                                                                          \
    RELATIONSHIP(ONE_TO_MANY, gardens, Garden, owner)

#define GARDEN(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(DATE,                  opened,   .primary_key = true)                                   \
    COLUMN(OPTIONAL(UUID),        owner_id, .references = corm_ref(Owner, id))                     \
    COLUMN(OPTIONAL(ENUM(Color)), paint,    .references = corm_ref(Paint, color))                  \
    RELATIONSHIP(MANY_TO_ONE, owner, Owner, gardens)                                               \
    RELATIONSHIP(MANY_TO_ONE, coat,  Paint, BACKREF(gardens))

#define PAINT(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(ENUM(Color), color, .primary_key = true)                                                \
    COLUMN(INTEGER,     tins)

#define VISIT(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,  .primary_key = true)                                                      \
    COLUMN(DATE,    day, .references = corm_ref(Garden, opened))                                   \
    RELATIONSHIP(MANY_TO_ONE, garden, Garden, BACKREF(visits))

#define KINDS(MODEL)                                                                               \
    MODEL(Thing,  "things",  THING)                                                                \
    MODEL(Preset, "presets", PRESET)                                                               \
    MODEL(Owner,  "owners",  OWNER)                                                                \
    MODEL(Paint,  "paints",  PAINT)                                                                \
    MODEL(Garden, "gardens", GARDEN)                                                               \
    MODEL(Visit,  "visits",  VISIT)
/* clang-format on */

CORM_SCHEMA(kinds, KINDS)

static int open_kinds(void **state)
{
    *state = memory_session(&kinds);
    return *state == NULL;
}

#define KINDS_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_kinds, close_session)

static Point point_at(int x, int y)
{
    return (Point){x, y};
}

static Heat heat_of(double celsius)
{
    return (Heat){celsius, 'C'};
}

static Thing *new_thing(corm_session *session)
{
    Thing *thing =
        corm_new(session, Thing, .at = corm_time_of(12, 0, 0, 0), .price = corm_decimal_of("9.99"),
                 .token = corm_uuid_new(), .data = "{}", .color = RED, .place = point_at(1, 2),
                 .heat = heat_of(20));
    assert_got(session, thing);
    assert_ok(session, corm_add(session, thing));
    return thing;
}

/* The same row, read from the database. */
static Thing *read_again(corm_session *session, const Thing *thing)
{
    assert_ok(session, corm_flush(session));
    int64_t id = thing->id;
    start_afresh(session);
    Thing *again = corm_get(session, Thing, id);
    assert_got(session, again);
    return again;
}

/* The flush is refused with this message, and the session is as new. */
#define assert_flush_refused(session_, message_)                                                   \
    do {                                                                                           \
        assert_status((session_), CORM_DATA, corm_flush(session_));                                \
        assert_message((session_), (message_));                                                    \
        assert_ok((session_), corm_rollback(session_));                                            \
    } while (0)

/* The stored value cannot be loaded. */
static void check_load_refused(corm_session *session, const char *change, const char *message)
{
    (void)new_thing(session);
    assert_ok(session, corm_flush(session));
    run_sql(session, "PRAGMA ignore_check_constraints = ON");
    run_sql(session, change);
    start_afresh(session);
    assert_int_equal(corm_all(session, Thing).count, 0);
    assert_int_equal(corm_error_status(session), CORM_DATA);
    assert_message(session, message);
    assert_ok(session, corm_rollback(session));
    run_sql(session, "DELETE FROM things");
    assert_ok(session, corm_commit(session));
}

static bool same_decimal(corm_decimal a, const char *text)
{
    char written[CORM_DECIMAL_TEXT_SIZE];
    return strcmp(corm_decimal_format(a, written), text) == 0;
}

/* ---- TIME ------------------------------------------------------------------------------------ */

static void times_come_back_to_the_microsecond(void **state)
{
    static const corm_time times[] = {{0, 0, 0, 0}, {23, 59, 59, 999999}, {7, 8, 9, 10}};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        Thing *thing = new_thing(session);
        thing->at = times[i];
        thing->maybe_at = corm_some(times[i]);
        thing = read_again(session, thing);
        assert_int_equal(corm_time_compare(thing->at, times[i]), 0);
        assert_true(thing->maybe_at.has_value);
        assert_int_equal(corm_time_compare(thing->maybe_at.value, times[i]), 0);
    }
    assert_stored(session, "00:00:00.000000|text;23:59:59.999999|text;07:08:09.000010|text",
                  "SELECT at, typeof(at) FROM things ORDER BY id");
}

static void impossible_times_are_refused(void **state)
{
    static const struct {
        int hour, minute, second, microsecond;
        const char *message;
    } times[] = {{24, 0, 0, 0, "things.at: 24:00:00.000000 is not a time of day"},
                 {0, 60, 0, 0, "things.at: 00:60:00.000000 is not a time of day"},
                 {23, 59, 60, 0, "things.at: 23:59:60.000000 is not a time of day"},
                 {0, 0, 0, 1000000, "things.at: 00:00:00.1000000 is not a time of day"},
                 {-1, 0, 0, 0, "things.at: 255:00:00.000000 is not a time of day"},
                 {0, 0, 0, -1, "is not a time of day (a new Thing)"}};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        new_thing(session)->at =
            corm_time_of(times[i].hour, times[i].minute, times[i].second, times[i].microsecond);
        assert_flush_refused(session, times[i].message);
    }
}

static void times_are_read_from_text_and_counted(void **state)
{
    static const char *const bad[] = {
        "",         "12:30",     "24:00:00",        "12:60:00",
        "12:00:60", "1:00:00",   "12:30:00.",       "12:30:00.1234567",
        "12.30.00", "12:30:00Z", "12:30:00.00000x", " 12:30:00"};
    corm_time time = {1, 2, 3, 4};
    char text[CORM_TIME_TEXT_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(corm_time_parse(bad[i], &time));
    assert_true(time.hour == 1 && time.microsecond == 4);
    assert_true(corm_time_parse("12:30:00.5", &time));
    assert_string_equal(corm_time_format(time, text), "12:30:00.500000");
    assert_true(corm_time_to_microseconds(time) == INT64_C(45000500000));
    assert_int_equal(corm_time_compare(corm_time_from_microseconds(INT64_C(45000500000)), time), 0);
    assert_false(corm_time_is_valid(corm_time_from_microseconds(INT64_C(86400000000))));
    assert_false(corm_time_is_valid(corm_time_from_microseconds(-1)));
    assert_true(corm_time_compare(corm_time_of(1, 0, 0, 0), corm_time_of(0, 59, 59, 999999)) > 0);
}

/* ---- DECIMAL --------------------------------------------------------------------------------- */

static void decimals_come_back_exactly(void **state)
{
    static const char *const numbers[] = {"0.00", "0.01",        "-0.01",        "0.10",
                                          "1.10", "99999999.99", "-99999999.99", "1234567.89"};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        Thing *thing = new_thing(session);
        thing->price = corm_decimal_of(numbers[i]);
        thing->maybe_price = corm_some(corm_decimal_from_integer(INT64_C(999999999999999999)));
        thing = read_again(session, thing);
        assert_true(same_decimal(thing->price, numbers[i]));
        assert_true(same_decimal(thing->maybe_price.value, "999999999999999999"));
    }
    assert_stored(session, "0;1;-1;10;110;9999999999;-9999999999;123456789",
                  "SELECT price FROM things ORDER BY id");
    assert_stored(session, "integer", "SELECT DISTINCT typeof(price) FROM things");
}

static void decimals_of_fewer_digits_get_the_scale_of_their_column(void **state)
{
    corm_session *session = *state;
    Thing *thing = new_thing(session);
    thing->price = corm_decimal_from_integer(7);
    assert_ok(session, corm_flush(session));
    assert_true(same_decimal(thing->price, "7.00"));
    thing = read_again(session, thing);
    assert_true(same_decimal(thing->price, "7.00"));
    thing->price = corm_decimal_of("7.0000"); /* nothing is lost */
    assert_ok(session, corm_flush(session));
    assert_stored(session, "700", "SELECT price FROM things");
}

static void decimals_are_never_rounded(void **state)
{
    static const struct {
        const char *number, *message;
    } numbers[] = {
        {"19.999", "things.price: 19.999 has 3 digits behind the point, at most 2: round it first"},
        {"0.0010", "things.price: 0.0010 has 3 digits behind the point, at most 2"},
        {"100000000", "things.price: 100000000 is too large: at most 8 digits before the point"},
        {"-100000000.00", "things.price: -100000000.00 is too large"},
        {"999999999999999999", "is too large: at most 8 digits before the point (a new Thing)"},
        {"1e5", "things.price: \"1e5\" is not a decimal number of at most 18 digits"},
        {"12,50 \xe2\x82\xac", "things.price: \"12,50 \"... is not a decimal number"},
        {"cheaper", "things.price: \"cheaper\" is not a decimal number"},
        {"much too dear", "things.price: \"much to\"... is not a decimal number"},
        {"", "things.price: not a decimal number"}};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        new_thing(session)->price = corm_decimal_of(numbers[i].number);
        assert_flush_refused(session, numbers[i].message);
    }
    new_thing(session)->price = corm_decimal_units(INT64_MIN, 2);
    assert_flush_refused(session, "not a decimal number of at most 18 digits");
    new_thing(session)->price = corm_decimal_units(1, 19);
    assert_flush_refused(session, "not a decimal number of at most 18 digits");
}

static void a_decimal_with_more_zeros_is_no_change(void **state)
{
    corm_session *session = *state;
    Thing *thing = new_thing(session);
    thing->price = corm_decimal_of("19.90");
    assert_ok(session, corm_commit(session));
    record(session);
    thing->price = corm_decimal_of("19.9");
    assert_false(corm_is_modified(thing));
    assert_ok(session, corm_flush(session));
    assert_no_sql();
    thing->price = corm_decimal_of("19.91");
    assert_true(corm_is_modified(thing));
}

static void the_database_adds_decimals_exactly(void **state)
{
    corm_session *session = *state;
    for (int i = 0; i < 10; i++)
        new_thing(session)->price = corm_decimal_of("0.10");
    assert_ok(session, corm_flush(session));
    assert_stored(session, "100", "SELECT sum(price) FROM things");
}

static void decimals_are_read_and_written_as_text(void **state)
{
    static const struct {
        const char *text, *written; /* NULL: refused */
    } texts[] = {{"0", "0"},
                 {"-0", "0"},
                 {"+1.50", "1.50"},
                 {"007", "7"},
                 {"-0.05", "-0.05"},
                 {"0.000000000000000001", "0.000000000000000001"},
                 {"-999999999999999999", "-999999999999999999"},
                 {"1000000000000000000", NULL},
                 {"0.0000000000000000001", NULL},
                 {"1.", NULL},
                 {".5", NULL},
                 {"1..2", NULL},
                 {"1,5", NULL},
                 {" 1", NULL},
                 {"--1", NULL},
                 {"-", NULL},
                 {"0x1", NULL},
                 {"99999999999999999999999999", NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        corm_decimal decimal = corm_decimal_units(42, 1);
        bool fine = corm_decimal_parse(texts[i].text, &decimal);
        if (fine != (texts[i].written != NULL))
            fail_msg("\"%s\" is %s", texts[i].text, fine ? "accepted" : "refused");
        assert_true(same_decimal(decimal, fine ? texts[i].written : "4.2"));
    }
    assert_true(same_decimal(corm_decimal_of("x"), "?"));
    assert_false(corm_decimal_is_valid(corm_decimal_units(0, -1)));
}

static void decimals_compare_by_value(void **state)
{
    static const char *const sorted[] = {
        "-999999999999999999",  "-1.7", "-1.5", "-0.5", "0.000000000000000000",
        "0.000000000000000001", "0.3",  "1.05", "1.5",  "999999999999999999"};
    const int count = sizeof sorted / sizeof sorted[0];
    (void)state;
    for (int i = 0; i < count; i++)
        for (int k = 0; k < count; k++) {
            int order =
                corm_decimal_compare(corm_decimal_of(sorted[i]), corm_decimal_of(sorted[k]));
            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
        }
    assert_int_equal(corm_decimal_compare(corm_decimal_of("1.50"), corm_decimal_of("1.5")), 0);
    /* what is no number comes first */
    assert_true(corm_decimal_compare(corm_decimal_of("1,50"), corm_decimal_of("-2")) < 0);
    assert_true(corm_decimal_compare(corm_decimal_of("-2"), corm_decimal_units(INT64_MIN, 0)) > 0);
    assert_int_equal(corm_decimal_compare(corm_decimal_of(""), corm_decimal_units(1, 19)), 0);
}

static void decimals_are_multiplied_by_whole_numbers(void **state)
{
    corm_decimal sum;
    (void)state;
    assert_true(corm_decimal_multiply(corm_decimal_of("19.99"), 3, &sum));
    assert_true(same_decimal(sum, "59.97"));
    assert_true(corm_decimal_multiply(sum, -1, &sum) && same_decimal(sum, "-59.97"));
    assert_true(corm_decimal_multiply(corm_decimal_of("-0.05"), 0, &sum) && sum.units == 0);
    assert_int_equal(sum.scale, 2);
    assert_true(corm_decimal_multiply(corm_decimal_of("0.00"), INT64_MIN, &sum) && sum.units == 0);
    assert_true(corm_decimal_multiply(corm_decimal_of("-1"), INT64_C(999999999999999999), &sum));
    assert_true(sum.units == INT64_C(-999999999999999999));
    assert_false(corm_decimal_multiply(corm_decimal_of("1"), INT64_C(1000000000000000000), &sum));
    assert_false(corm_decimal_multiply(corm_decimal_of("-0.2"), INT64_C(500000000000000000), &sum));
    assert_false(corm_decimal_multiply(corm_decimal_of("1"), INT64_MIN, &sum));
    assert_false(corm_decimal_multiply(corm_decimal_of("x"), 0, &sum));
    assert_false(corm_decimal_multiply(corm_decimal_of("1"), 1, NULL));
    assert_true(sum.units == INT64_C(-999999999999999999)); /* untouched */
}

static void decimals_are_added_without_overflow_or_loss(void **state)
{
    corm_decimal sum = corm_decimal_of("7");
    const corm_decimal most = corm_decimal_of("999999999999999999");
    /* one of them alone has too many digits for the scale of the sum, which has one */
    const corm_decimal long_ = corm_decimal_of("99.9999999999999999");
    assert_true(corm_decimal_add(corm_decimal_of("-100.00"), long_, &sum));
    assert_true(same_decimal(sum, "-0.0000000000000001"));
    assert_true(corm_decimal_subtract(long_, corm_decimal_of("199"), &sum));
    assert_true(same_decimal(sum, "-99.0000000000000001"));
    assert_false(corm_decimal_subtract(long_, corm_decimal_of("200"), &sum));
    assert_false(corm_decimal_add(long_, most, &sum));
    sum = corm_decimal_of("7");
    (void)state;
    assert_true(corm_decimal_add(corm_decimal_of("0.1"), corm_decimal_of("0.25"), &sum));
    assert_true(same_decimal(sum, "0.35"));
    assert_true(corm_decimal_subtract(sum, corm_decimal_of("1"), &sum));
    assert_true(same_decimal(sum, "-0.65"));
    assert_false(corm_decimal_add(most, corm_decimal_of("1"), &sum));
    assert_false(corm_decimal_add(most, corm_decimal_of("0.1"), &sum));
    assert_false(
        corm_decimal_subtract(corm_decimal_of("1"), corm_decimal_units(INT64_MIN, 0), &sum));
    assert_false(corm_decimal_rescale(corm_decimal_of("0.125"), 2, &sum));
    assert_false(corm_decimal_rescale(most, 1, &sum));
    assert_true(same_decimal(sum, "-0.65"));
    assert_true(corm_decimal_rescale(corm_decimal_of("0.120"), 2, &sum));
    assert_true(same_decimal(sum, "0.12"));
}

/* ---- UUID ------------------------------------------------------------------------------------ */

static void uuids_are_stored_as_text_in_lower_case(void **state)
{
    corm_session *session = *state;
    Thing *thing = new_thing(session);
    assert_true(corm_uuid_parse("00112233-4455-6677-8899-AABBCCDDEEFF", &thing->token));
    corm_uuid token = thing->token;
    thing->maybe_token = corm_some(token);
    thing = read_again(session, thing);
    assert_int_equal(corm_uuid_compare(thing->token, token), 0);
    assert_true(thing->maybe_token.has_value);
    assert_int_equal(corm_uuid_compare(thing->maybe_token.value, token), 0);
    assert_stored(session, "00112233-4455-6677-8899-aabbccddeeff|text",
                  "SELECT token, typeof(token) FROM things");
}

static void the_nil_uuid_is_a_value_and_not_null(void **state)
{
    static const corm_uuid nil;
    corm_session *session = *state;
    Thing *thing = new_thing(session);
    thing->token = nil;
    thing->maybe_token = corm_some(nil);
    thing = read_again(session, thing);
    assert_true(thing->maybe_token.has_value);
    assert_stored(session, "00000000-0000-0000-0000-000000000000|0",
                  "SELECT token, maybe_token IS NULL FROM things");
    thing->maybe_token = corm_none(UUID);
    thing = read_again(session, thing);
    assert_false(thing->maybe_token.has_value);
}

static void new_uuids_are_of_version_4_and_all_different(void **state)
{
    enum { COUNT = 500 };
    static corm_uuid made[COUNT];
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        made[i] = corm_uuid_new();
        assert_int_equal(made[i].bytes[6] >> 4, 4);
        assert_int_equal(made[i].bytes[8] >> 6, 2);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(corm_uuid_compare(made[i], made[k]), 0);
    }
    for (size_t i = 0; i < COUNT; i++) /* what standard C has, where the system gives nothing */
        corm__random_mixed(made[i].bytes, sizeof made[i].bytes);
    for (size_t i = 0; i < COUNT; i++)
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(corm_uuid_compare(made[i], made[k]), 0);
}

static void only_36_characters_are_a_uuid(void **state)
{
    static const char *const bad[] = {"",
                                      "00112233445566778899aabbccddeeff",
                                      "{00112233-4455-6677-8899-aabbccddeeff}",
                                      "00112233-4455-6677-8899-aabbccddeef",
                                      "00112233-4455-6677-8899-aabbccddeefff",
                                      "00112233-4455-6677-8899_aabbccddeeff",
                                      "0011223-34455-6677-8899-aabbccddeeff",
                                      "00112233-4455-6677-8899-aabbccddeefg"};
    corm_uuid uuid = {{1}};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(corm_uuid_parse(bad[i], &uuid));
    assert_false(corm_uuid_parse(NULL, &uuid));
    assert_int_equal(uuid.bytes[0], 1);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void json_comes_back_byte_for_byte(void **state)
{
    static const char *const texts[] = {"null",
                                        "true",
                                        "false",
                                        "0",
                                        "-0.5e+10",
                                        "1.0",
                                        "12345678901234567.89",
                                        "\"\"",
                                        "\"\\u00e4\\n\\\"\\\\ \xc3\xa4 \\ud800\"",
                                        "[]",
                                        "{}",
                                        " [ 1 , [ ] , { } , \"a\" ] ",
                                        "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"a\":1}",
                                        "\t\r\n1\n"};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        Thing *thing = new_thing(session);
        thing->data = texts[i];
        thing->maybe_data = texts[i];
        thing = read_again(session, thing);
        assert_string_equal(thing->data, texts[i]);
        assert_string_equal(thing->maybe_data, texts[i]);
    }
    assert_stored(session, "text", "SELECT DISTINCT typeof(data) FROM things");
}

static void what_is_not_json_is_refused_with_the_position(void **state)
{
    static const struct {
        const char *text, *message;
    } texts[] = {{"", "things.data: not JSON at byte 1: expected a value"},
                 {"nul", "not JSON at byte 4: expected true, false or null"},
                 {"True", "not JSON at byte 1: expected a value"},
                 {"[1,]", "not JSON at byte 4: expected a value"},
                 {"[1 2]", "not JSON at byte 4: expected a comma or ]"},
                 {"[1", "not JSON at byte 3: expected a comma or ]"},
                 {"{\"a\":1,}", "not JSON at byte 8: expected a string in double quotes"},
                 {"{a:1}", "not JSON at byte 2: expected a string in double quotes"},
                 {"{\"a\" 1}", "not JSON at byte 6: expected a colon"},
                 {"{\"a\":1 ", "not JSON at byte 8: expected a comma or }"},
                 {"01", "not JSON at byte 2: expected the end"},
                 {"1.", "not JSON at byte 3: expected a digit"},
                 {"-", "not JSON at byte 2: expected a digit"},
                 {"1e", "not JSON at byte 3: expected a digit"},
                 {"+1", "not JSON at byte 1: expected a value"},
                 {"NaN", "not JSON at byte 1: expected a value"},
                 {"'a'", "not JSON at byte 1: expected a value"},
                 {"\"a", "not JSON at byte 3: expected the end of the string"},
                 {"\"a\nb\"", "not JSON at byte 3: expected an escape"},
                 {"\"\\x\"", "not JSON at byte 3: expected one of"},
                 {"\"\\u12g4\"", "not JSON at byte 6: expected four hexadecimal digits"},
                 {"1 // one", "not JSON at byte 3: expected the end"},
                 {"{} {}", "not JSON at byte 4: expected the end"},
                 {"\xef\xbb\xbf{}", "not JSON at byte 1: expected a value"},
                 {"\"\xff\"", "things.data: text is not valid UTF-8 at byte 2 (a new Thing)"}};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        new_thing(session)->data = texts[i].text;
        assert_flush_refused(session, texts[i].message);
    }
}

static void json_may_be_500_levels_deep(void **state)
{
    char text[1100];
    corm_session *session = *state;
    memset(text, '[', 500);
    memset(text + 500, ']', 500);
    text[1000] = '\0';
    new_thing(session)->data = text;
    assert_ok(session, corm_commit(session));
    memset(text, '[', 501);
    text[501] = '\0';
    new_thing(session)->data = text;
    assert_flush_refused(session, "not JSON at byte 501: expected no more than 500 levels");
}

static void json_is_borrowed_until_the_flush_and_owned_after_it(void **state)
{
    char text[] = "[1]";
    corm_session *session = *state;
    Thing *thing = new_thing(session);
    thing->data = text;
    thing->maybe_data = text;
    assert_ok(session, corm_commit(session));
    assert_ptr_not_equal(thing->data, text);
    assert_ptr_not_equal(thing->data, thing->maybe_data);
    text[1] = '2';
    assert_string_equal(thing->data, "[1]");
    thing->data = text;
    thing->maybe_data = NULL;
    assert_ok(session, corm_flush(session));
    assert_stored(session, "[2]|NULL", "SELECT data, maybe_data FROM things");
    assert_ok(session, corm_rollback(session));
    assert_string_equal(thing->data, "[1]");
    assert_string_equal(thing->maybe_data, "[1]");
    thing->data = NULL;
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "things.data");
}

/* ---- ENUM ------------------------------------------------------------------------------------ */

static void enumerators_are_stored_by_their_texts(void **state)
{
    static const Color colors[] = {RED, GREEN, BLUE, NUMBER};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof colors / sizeof colors[0]; i++) {
        Thing *thing = new_thing(session);
        thing->color = colors[i];
        thing->maybe_color = corm_some(colors[i]);
        thing = read_again(session, thing);
        assert_int_equal(thing->color, colors[i]);
        assert_true(thing->maybe_color.has_value);
        assert_true(thing->maybe_color.value == (int)colors[i]);
    }
    assert_stored(session, "RED|text;green|text;it's blue|text;1e5|text",
                  "SELECT color, typeof(maybe_color) FROM things ORDER BY id");
}

static void a_value_outside_the_list_is_refused_with_the_list(void **state)
{
    corm_session *session = *state;
    new_thing(session)->color = (Color)7;
    assert_flush_refused(
        session,
        "things.color: 7 is no Color: allowed are RED, green, it's blue, 1e5 (a new Thing)");
    new_thing(session)->maybe_color = corm_some(2);
    assert_flush_refused(session, "things.maybe_color: 2 is no Color: allowed are RED, green");
    new_thing(session)->maybe_color = corm_some(INT64_C(0x100000001)); /* not cut to GREEN */
    assert_flush_refused(session, "things.maybe_color: 4294967297 is no Color");
}

static void the_table_checks_the_texts_too(void **state)
{
    corm_session *session = *state;
    (void)new_thing(session);
    assert_ok(session, corm_commit(session));
    sqlite3 *database = corm_sqlite_handle(session);
    assert_int_equal(
        sqlite3_exec(database, "UPDATE things SET color = 'purple'", NULL, NULL, NULL) & 0xFF,
        SQLITE_CONSTRAINT);
    assert_int_equal(
        sqlite3_exec(database, "UPDATE things SET maybe_color = NULL", NULL, NULL, NULL),
        SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(database, "UPDATE things SET color = 'it''s blue'", NULL, NULL, NULL),
        SQLITE_OK);
}

static void enumerators_have_names_and_are_found_by_them(void **state)
{
    Color color = RED;
    Weekday day = MONDAY;
    (void)state;
    assert_string_equal(Color_name(RED), "RED");
    assert_string_equal(Color_name(BLUE), "it's blue");
    assert_null(Color_name((Color)7));
    assert_true(Color_parse("it's blue", &color));
    assert_int_equal(color, BLUE);
    assert_false(Color_parse("Green", &color));
    assert_false(Color_parse("", &color));
    assert_false(Color_parse(NULL, &color));
    assert_int_equal(color, BLUE);
    assert_int_equal(NUMBER, 40);
    assert_true(Weekday_parse("sun", &day));
    assert_int_equal(day, SUNDAY);
}

static void a_long_list_of_enumerators_is_cut(void **state)
{
    static const corm_enum_item items[] = {{0, "a rather long text that stands for nothing"},
                                           {1, "another one of the same kind"}};
    static const corm_enum wordy = {"Wordy", sizeof(int), items, 2};
    char why[64];
    (void)state;
    assert_false(corm__enum_check(&wordy, 9, why, sizeof why));
    assert_string_equal(why, "9 is no Wordy: allowed are ...");
    char room[96];
    assert_false(corm__enum_check(&wordy, 9, room, sizeof room));
    assert_string_equal(
        room, "9 is no Wordy: allowed are a rather long text that stands for nothing, ...");
}

/* ---- Kinds of the program's own -------------------------------------------------------------- */

static void a_kind_of_ones_own_comes_back(void **state)
{
    corm_session *session = *state;
    Thing *thing = new_thing(session);
    thing->place = point_at(-7, 2000000000);
    thing->maybe_place = point_some(point_at(0, 0));
    thing->heat = heat_of(-273.15);
    thing = read_again(session, thing);
    assert_true(thing->place.x == -7 && thing->place.y == 2000000000);
    assert_true(thing->maybe_place.has_value && thing->maybe_place.value.x == 0);
    assert_true(heat_equal(&thing->heat, &(Heat){-273.15, 'K'}));
    assert_stored(session, "-7,2000000000|text|0,0|real",
                  "SELECT place, typeof(place), maybe_place, typeof(heat) FROM things");
    thing->maybe_place = corm_none(CUSTOM(point));
    thing = read_again(session, thing);
    assert_false(thing->maybe_place.has_value);
}

static void what_a_conversion_refuses_is_told_in_its_words(void **state)
{
    corm_session *session = *state;
    new_thing(session)->place = point_at(5000, 1);
    assert_flush_refused(session,
                         "things.place: x is 5000, beyond the edge of the map (a new Thing)");
    new_thing(session)->maybe_place = point_some(point_at(-5000, 1));
    assert_flush_refused(session, "things.maybe_place: x is -5000, beyond the edge of the map");
    new_thing(session)->heat = heat_of(-300);
    assert_flush_refused(session, "things.heat: not a valid heat");
}

static void equality_of_ones_own_kind_decides_what_has_changed(void **state)
{
    corm_session *session = *state;
    Thing *thing = new_thing(session);
    assert_ok(session, corm_commit(session));
    record(session);
    thing->heat.scale = 'F'; /* means nothing to heat_equal */
    assert_false(corm_is_modified(thing));
    assert_ok(session, corm_flush(session));
    assert_no_sql();
    thing->place.y = 3;
    assert_true(corm_is_modified(thing));
    assert_ok(session, corm_flush(session));
    assert_ran(1, "UPDATE");
    assert_string_equal(values_of("UPDATE", 0), "'1,3', 1");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(thing->place.y, 2);
}

/* Refresh: a row that changed underneath is read again, also where an optional becomes absent. */
static void a_kind_of_ones_own_is_refreshed(void **state)
{
    corm_session *session = *state;
    Thing *thing = new_thing(session);
    thing->maybe_place = point_some(point_at(8, 8));
    assert_ok(session, corm_commit(session));
    run_sql(session, "UPDATE things SET place = '5,6', maybe_place = NULL, heat = 3");
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(corm_first(session, Thing), thing);
    assert_true(thing->place.x == 5 && thing->place.y == 6);
    assert_false(thing->maybe_place.has_value);
    assert_true(heat_equal(&thing->heat, &(Heat){3, 'C'}));
}

static bool wrong_to(const Point *from, corm_value *out, corm_conversion *conversion)
{
    (void)conversion;
    *out = from->x == 0   ? corm_value_null()
           : from->x == 1 ? corm_value_integer(1)
                          : corm_value_text("\xff");
    return true;
}

static void what_a_conversion_gives_is_checked(void **state)
{
    static const char *const messages[] = {
        "the conversion of wrong gives NULL, but the kind is stored as TEXT",
        "the conversion of wrong gives INTEGER, but the kind is stored as TEXT",
        "text is not valid UTF-8 at byte 1"};
    corm_custom wrong = corm__custom_point;
    wrong.name = "wrong";
    (void)state;
    for (int i = 0; i < 3; i++) {
        corm_value value;
        char why[128];
        Point point = point_at(i, 0);
        corm_conversion conversion = {.why = why, .size = sizeof why};
        assert_true(wrong_to(&point, &value, &conversion));
        assert_false(corm__custom_given(&wrong, &value, why, sizeof why));
        assert_string_equal(why, messages[i]);
    }
}

/* ---- All of them ----------------------------------------------------------------------------- */

static void every_optional_may_be_absent(void **state)
{
    corm_session *session = *state;
    Thing *thing = read_again(session, new_thing(session));
    assert_false(thing->maybe_at.has_value || thing->maybe_price.has_value ||
                 thing->maybe_token.has_value || thing->maybe_color.has_value ||
                 thing->maybe_place.has_value);
    assert_null(thing->maybe_data);
    assert_stored(session, "1",
                  "SELECT coalesce(maybe_at, maybe_price, maybe_token, maybe_data, maybe_color,"
                  " maybe_place) IS NULL FROM things");
    thing->maybe_at = corm_some(corm_time_of(1, 2, 3, 4));
    thing->maybe_price = corm_some(corm_decimal_of("5"));
    thing->maybe_color = corm_some(RED);
    thing = read_again(session, thing);
    assert_true(thing->maybe_at.has_value && thing->maybe_price.has_value &&
                thing->maybe_color.has_value);
    thing->maybe_at = corm_none(TIME);
    thing->maybe_price = corm_none(DECIMAL);
    thing->maybe_color = corm_none(ENUM(Color));
    thing = read_again(session, thing);
    assert_false(thing->maybe_at.has_value || thing->maybe_price.has_value ||
                 thing->maybe_color.has_value);
}

static void columns_left_out_get_their_defaults(void **state)
{
    corm_session *session = *state;
    Preset *preset = corm_new(session, Preset);
    assert_got(session, preset);
    assert_int_equal(corm_time_compare(preset->at, corm_time_of(8, 30, 0, 0)), 0);
    assert_true(same_decimal(preset->price, "19.99") && same_decimal(preset->whole, "-5"));
    assert_int_equal(preset->token.bytes[15], 0xFF);
    assert_string_equal(preset->data, "{}");
    assert_int_equal(preset->color, GREEN);
    assert_true(preset->place.x == 3 && preset->place.y == 4);
    assert_true(preset->day.has_value && preset->day.value == SUNDAY);
    assert_true(preset->rate.has_value && same_decimal(preset->rate.value, "0.5"));
    assert_true(preset->heat.has_value);
    assert_false(corm_is_unset(preset, Preset_.color));
    assert_ok(session, corm_add(session, preset));
    assert_ok(session, corm_flush(session));
    assert_stored(
        session,
        "08:30:00.000000|19990|-5000|00112233-4455-6677-8899-aabbccddeeff|{}|green|3,4|"
        "sun|5|20.0",
        "SELECT at, price, whole, token, data, color, place, day, rate, heat FROM presets");
}

static void zeros_that_are_given_are_kept(void **state)
{
    static const corm_uuid nil;
    corm_session *session = *state;
    Preset *preset = corm_new(session, Preset, .at = corm_time_of(0, 0, 0, 0),
                              .price = corm_decimal_from_integer(0), .token = nil, .color = RED,
                              .place = point_at(0, 0), .day = corm_none(ENUM(Weekday)));
    assert_got(session, preset);
    assert_ok(session, corm_add(session, preset));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "00:00:00.000000|0|RED|0,0|NULL",
                  "SELECT at, price, color, place, day FROM presets");
}

static void a_zero_that_is_assigned_afterwards_is_seen_by_touch(void **state)
{
    corm_session *session = *state;
    Thing *thing = corm_new(session, Thing, .at = corm_time_of(0, 0, 0, 0), .data = "{}");
    thing->price = corm_decimal_from_integer(0);
    thing->color = RED;
    assert_ok(session, corm_add(session, thing));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "things.price is NULL, but must have a value (inserting a new Thing");
    assert_message(session, "; a zero that is assigned after corm_new is not seen: give it to "
                            "corm_new, or call corm_touch");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_touch(thing, Thing_.price));
    assert_ok(session, corm_add(session, thing));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "things.token is NULL, but must have a value (inserting a new Thing)");
    assert_null(strstr(corm_error_message(session), "corm_touch")); /* no zero is meant */
    assert_ok(session, corm_rollback(session));
}

static void what_was_never_assigned_is_missing_by_name(void **state)
{
    corm_session *session = *state;
    Thing *thing = corm_new(session, Thing, .at = corm_time_of(0, 0, 0, 0), .color = RED);
    assert_got(session, thing);
    assert_true(corm_is_unset(thing, Thing_.price) && corm_is_unset(thing, Thing_.token) &&
                corm_is_unset(thing, Thing_.data) && corm_is_unset(thing, Thing_.place) &&
                corm_is_unset(thing, Thing_.heat) && corm_is_unset(thing, Thing_.maybe_token));
    assert_false(corm_is_unset(thing, Thing_.at) || corm_is_unset(thing, Thing_.color));
    assert_ok(session, corm_add(session, thing));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "things.price is NULL, but must have a value");
    assert_ok(session, corm_rollback(session));
    thing = corm_new(session, Thing);
    assert_true(corm_is_unset(thing, Thing_.at) && corm_is_unset(thing, Thing_.color));
    thing->price = corm_decimal_of("1");
    thing->token = corm_uuid_new();
    assert_false(corm_is_unset(thing, Thing_.price) || corm_is_unset(thing, Thing_.token));
}

static void a_stored_value_that_does_not_fit_is_reported(void **state)
{
    corm_session *session = *state;
    check_load_refused(session, "UPDATE things SET at = '24:00:00'",
                       "things.at: the text '24:00:00' is not a time like 12:30:00");
    check_load_refused(session, "UPDATE things SET at = 1230", "things.at: the integer 1230");
    check_load_refused(session, "UPDATE things SET price = 'free'",
                       "things.price: the text 'free' is no DECIMAL(10, 2)");
    check_load_refused(session, "UPDATE things SET price = 19.99",
                       "things.price: the number 19.99 is no DECIMAL(10, 2)");
    check_load_refused(session, "UPDATE things SET price = 10000000000",
                       "things.price: the integer 10000000000 is no DECIMAL(10, 2)");
    check_load_refused(session, "UPDATE things SET token = 'abc'",
                       "things.token: the text 'abc' is not a UUID");
    check_load_refused(session, "UPDATE things SET token = upper(token)", "in lower case");
    check_load_refused(session, "UPDATE things SET data = '[1'",
                       "things.data: not JSON at byte 3: expected a comma or ]");
    check_load_refused(session, "UPDATE things SET data = x'31'", "things.data: a blob of 1 bytes");
    check_load_refused(session, "UPDATE things SET color = 'purple'",
                       "things.color: the text 'purple' is no ENUM(Color): allowed are RED, green");
    check_load_refused(session, "UPDATE things SET color = x'00'", "things.color: a blob");
    check_load_refused(session, "UPDATE things SET place = 'home'",
                       "things.place: 'home' is not x,y");
    check_load_refused(session, "UPDATE things SET place = x'00'",
                       "things.place: a blob of 1 bytes is not TEXT, as which point is stored");
    check_load_refused(session, "UPDATE things SET heat = -500",
                       "things.heat: the number -500.0 is no heat");
}

/* ---- Queries --------------------------------------------------------------------------------- */

/* Three things: 1 is cheap, early, red; 3 is dear, late, blue. */
static void three_things(corm_session *session)
{
    static const Color colors[] = {RED, GREEN, BLUE};
    for (int i = 1; i <= 3; i++) {
        Thing *thing = new_thing(session);
        thing->at = corm_time_of(i * 4, 0, 0, i);
        thing->price = corm_decimal_units(i * i * i, 0); /* 1, 8, 27: as text 27 is before 8 */
        memset(thing->token.bytes, i, sizeof thing->token.bytes);
        thing->data = i == 2 ? "[2]" : "[0]";
        thing->color = colors[i - 1];
        thing->place = point_at(i, i);
        thing->heat = heat_of(i * 10);
        if (i == 2)
            thing->maybe_color = corm_some(GREEN);
    }
    assert_ok(session, corm_flush(session));
}

/* The ids of the things that the query gives, in its order. */
#define assert_finds(session_, ids_, ...)                                                          \
    do {                                                                                           \
        Thing_list found_ = corm_all(session_, Thing, __VA_ARGS__);                                \
        char ids[64] = "";                                                                         \
        for (size_t i_ = 0; i_ < found_.count; i_++)                                               \
            (void)snprintf(ids + strlen(ids), sizeof ids - strlen(ids), "%d",                      \
                           (int)found_.items[i_]->id);                                             \
        if (corm_last_status() != CORM_OK)                                                         \
            fail_msg("%s", corm_error_message(session_));                                          \
        assert_string_equal(ids, ids_);                                                            \
    } while (0)

static void conditions_compare_every_kind(void **state)
{
    corm_session *session = *state;
    corm_uuid second;
    const Point place = point_at(3, 3);
    const Heat heat = heat_of(20);
    three_things(session);
    memset(second.bytes, 2, sizeof second.bytes);
    const corm_ordering by_id = corm_asc(Thing_.id);
    assert_finds(session, "2", .where = corm_eq(Thing_.at, corm_time_of(8, 0, 0, 2)));
    assert_finds(session, "23", .where = corm_gt(Thing_.at, corm_time_of(4, 0, 0, 1)),
                 .order_by = by_id);
    assert_finds(session, "2", .where = corm_eq(Thing_.price, 8));
    assert_finds(session, "2", .where = corm_eq(Thing_.price, corm_decimal_of("8.0")));
    assert_finds(session, "23", .where = corm_between(Thing_.price, corm_decimal_of("7.99"), 27),
                 .order_by = by_id);
    assert_finds(session, "13", .where = corm_ne(Thing_.token, second), .order_by = by_id);
    assert_finds(session, "23", .where = corm_ge(Thing_.token, second), .order_by = by_id);
    assert_finds(session, "2", .where = corm_eq(Thing_.data, "[2]"));
    assert_finds(session, "3", .where = corm_eq(Thing_.color, BLUE));
    assert_finds(session, "2", .where = corm_eq(Thing_.maybe_color, GREEN));
    assert_finds(session, "13", .where = corm_is_null(Thing_.maybe_color), .order_by = by_id);
    assert_finds(session, "3", .where = corm_eq(Thing_.place, point_value(&place)));
    assert_finds(session, "12", .where = corm_le(Thing_.heat, heat_value(&heat)),
                 .order_by = by_id);
}

static void lists_in_conditions_take_every_kind(void **state)
{
    static const int colors[] = {RED, BLUE};
    static const corm_time times[] = {{4, 0, 0, 1}, {12, 0, 0, 3}};
    corm_session *session = *state;
    corm_uuid tokens[1];
    const corm_decimal prices[] = {corm_decimal_of("1.00"), corm_decimal_from_integer(27)};
    three_things(session);
    memset(tokens[0].bytes, 2, sizeof tokens[0].bytes);
    const corm_ordering by_id = corm_asc(Thing_.id);
    assert_finds(session, "13", .where = corm_in(Thing_.color, colors, 2), .order_by = by_id);
    assert_finds(session, "13", .where = corm_in(Thing_.at, times, 2), .order_by = by_id);
    assert_finds(session, "13", .where = corm_in(Thing_.price, prices, 2), .order_by = by_id);
    assert_finds(session, "2", .where = corm_in(Thing_.token, tokens, 1));
    assert_finds(session, "", .where = corm_in(Thing_.color, colors, 0));
}

static void rows_are_sorted_by_what_the_table_holds(void **state)
{
    corm_session *session = *state;
    three_things(session);
    assert_finds(session, "321", .order_by = corm_desc(Thing_.at));
    assert_finds(session, "321", .order_by = corm_desc(Thing_.price));
    assert_finds(session, "123", .order_by = corm_asc(Thing_.token));
    assert_finds(session, "123", .order_by = corm_asc(Thing_.heat));
    /* RED, green, it's blue: by text, whatever their numbers are */
    assert_finds(session, "123", .order_by = corm_asc(Thing_.color));
    assert_finds(session, "132",
                 .order_by = corm_order(corm_asc(Thing_.data), corm_asc(Thing_.id)));
}

static void operands_that_no_row_could_hold_are_refused(void **state)
{
    corm_session *session = *state;
    const Point far = point_at(5000, 0);
    const Heat heat = heat_of(1);
    const corm_decimal fine[] = {corm_decimal_of("1"), corm_decimal_of("0.001")};
    static const int colors[] = {RED, 9};
    const struct {
        corm_condition where;
        const char *message;
    } wrong[] = {
        {corm_eq(Thing_.at, corm_time_of(24, 0, 0, 0)),
         "things.at in a condition: 24:00:00.000000 is not a time of day"},
        {corm_lt(Thing_.price, corm_decimal_of("19.999")),
         "things.price in a condition: 19.999 has 3 digits behind the point, at most 2"},
        {corm_in(Thing_.price, fine, 2), "0.001 has 3 digits behind the point"},
        {corm_eq(Thing_.data, "{"), "things.data in a condition: not JSON at byte 2"},
        {corm_eq(Thing_.color, 7), "things.color in a condition: 7 is no Color: allowed are RED"},
        {corm_in(Thing_.color, colors, 2), "9 is no Color"},
        {corm_eq(Thing_.place, point_value(&far)), "x is 5000, beyond the edge of the map"},
        {corm_eq(Thing_.place, heat_value(&heat)),
         "a value of kind point is compared with one of kind heat"},
        {corm_eq(Thing_.place, point_value(NULL)), "things.place in a condition"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(corm_all(session, Thing, .where = wrong[i].where).count, 0);
        assert_int_equal(corm_error_status(session), CORM_DATA);
        assert_message(session, wrong[i].message);
        assert_ok(session, corm_rollback(session));
    }
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static void a_uuid_is_a_key(void **state)
{
    corm_session *session = *state;
    const corm_uuid id = corm_uuid_new();
    char text[CORM_UUID_TEXT_SIZE];
    Owner *owner = corm_new(session, Owner, .id = id, .rank = 1);
    Garden *garden = corm_new(session, Garden, .opened = corm_date_of(2026, 3, 1));
    assert_ok(session, corm_add(session, owner));
    assert_ok(session, Owner_gardens_append(owner, garden));
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(corm_get(session, Owner, id), owner);
    assert_true(garden->owner_id.has_value);
    assert_int_equal(corm_uuid_compare(garden->owner_id.value, id), 0);
    start_afresh(session);
    owner = corm_get(session, Owner, corm_uuid_format(id, text));
    assert_got(session, owner);
    assert_ptr_equal(corm_get(session, Owner, id), owner);
    assert_ptr_equal(corm_first(session, Owner), owner);
    for (char *c = text; *c != '\0'; c++)
        *c = (char)(*c >= 'a' && *c <= 'f' ? *c - 'a' + 'A' : *c);
    assert_ptr_equal(corm_get(session, Owner, text), owner);
    assert_int_equal(Owner_gardens(owner).count, 1);
    assert_ptr_equal(Garden_owner(Owner_gardens(owner).items[0]), owner);
    assert_null(corm_get(session, Owner, corm_uuid_new()));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_null(corm_get(session, Owner, "no uuid"));
    assert_message(session, "corm_get: owners.id wants a UUID of 36 characters");
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_ok(session, corm_commit(session)); /* a wrong use blocks nothing */
}

static void an_object_with_a_uuid_is_called_by_it(void **state)
{
    corm_session *session = *state;
    Owner *owner = corm_new(session, Owner, .rank = 1);
    assert_true(corm_uuid_parse("00112233-4455-6677-8899-aabbccddeeff", &owner->id));
    assert_ok(session, corm_add(session, owner));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_unset(owner, Owner_.rank));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "Owner 00112233-4455-6677-8899-aabbccddeeff");
}

static void a_missing_uuid_is_told(void **state)
{
    corm_session *session = *state;
    Garden *garden = corm_new(session, Garden, .opened = corm_date_of(2026, 3, 1));
    corm_uuid none;
    assert_true(corm_uuid_parse("00112233-4455-6677-8899-aabbccddeeff", &none));
    garden->owner_id = corm_some(none);
    assert_ok(session, corm_add(session, garden));
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session,
                   "gardens.owner_id = '00112233-4455-6677-8899-aabbccddeeff': no owners.id");
}

static void an_enumerator_is_a_key(void **state)
{
    corm_session *session = *state;
    Paint *red = corm_new(session, Paint, .color = RED, .tins = 1);
    Paint *blue = corm_new(session, Paint, .color = BLUE, .tins = 2);
    Garden *garden = corm_new(session, Garden, .opened = corm_date_of(2026, 3, 1));
    assert_ok(session, corm_add(session, red));
    assert_ok(session, corm_add(session, garden));
    assert_ok(session, Garden_coat_set(garden, blue));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "it's blue", "SELECT paint FROM gardens");
    assert_ptr_equal(corm_get(session, Paint, RED), red);
    assert_ptr_equal(corm_get(session, Paint, "RED"), red);
    start_afresh(session);
    blue = corm_get(session, Paint, BLUE);
    assert_got(session, blue);
    assert_ran(1, "SELECT");
    assert_ptr_equal(corm_get(session, Paint, BLUE), blue);
    assert_ran(1, "SELECT");
    assert_int_equal(Paint_gardens(blue).count, 1);
    assert_null(corm_get(session, Paint, GREEN));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_null(corm_get(session, Paint, 7));
    assert_message(session, "corm_get: paints.color: 7 is no Color: allowed are RED");
}

static void a_date_is_a_key(void **state)
{
    corm_session *session = *state;
    Garden *garden = corm_new(session, Garden, .opened = corm_date_of(2026, 3, 1));
    Visit *visit = corm_new(session, Visit);
    assert_ok(session, corm_add(session, garden));
    assert_ok(session, Visit_garden_set(visit, garden));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2026-03-01", "SELECT day FROM visits");
    start_afresh(session);
    garden = corm_get(session, Garden, corm_date_of(2026, 3, 1));
    assert_got(session, garden);
    assert_ptr_equal(corm_get(session, Garden, "2026-03-01"), garden);
    assert_int_equal(Garden_visits(garden).count, 1);
    assert_null(corm_get(session, Garden, corm_date_of(2026, 3, 2)));
}

static void two_rows_may_not_have_one_uuid(void **state)
{
    corm_session *session = *state;
    const corm_uuid id = corm_uuid_new();
    char part[80], text[CORM_UUID_TEXT_SIZE];
    for (int i = 0; i < 2; i++) {
        Owner *owner = corm_new(session, Owner, .id = id, .rank = i);
        assert_ok(session, corm_add(session, owner));
    }
    assert_int_not_equal(corm_flush(session), CORM_OK);
    (void)snprintf(part, sizeof part, "%s", corm_uuid_format(id, text));
    assert_message(session, part);
}

/* ---- What the engine refuses ----------------------------------------------------------------- */

/* clang-format off */
#define TWIN(VALUE) VALUE(TWIN_A, "same") VALUE(TWIN_B, "same")
CORM_ENUM(Twin, TWIN)
#define ALIAS(VALUE) VALUE(ALIAS_A, "a", 1) VALUE(ALIAS_B, "b", 1)
CORM_ENUM(Alias, ALIAS)

#define KEY_DECIMAL(COLUMN, RELATIONSHIP) COLUMN(DECIMAL(5, 1), id, .primary_key = true)
#define KEY_JSON(COLUMN, RELATIONSHIP) COLUMN(JSON, id, .primary_key = true)
#define KEY_CUSTOM(COLUMN, RELATIONSHIP) COLUMN(CUSTOM(point), id, .primary_key = true)
#define TEXT_TWICE(COLUMN, RELATIONSHIP) COLUMN(ENUM(Twin), id, .primary_key = true)
#define VALUE_TWICE(COLUMN, RELATIONSHIP) COLUMN(ENUM(Alias), id, .primary_key = true)
#define NULLABLE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(ENUM(Color), color, .nullable = true)
#define LENGTH(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(UUID, token, .length = 36)
#define ROUNDED(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(DECIMAL(6, 2), value, .default_value = corm_default(19.99))
#define TOO_FINE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(DECIMAL(6, 2), value, .default_value = corm_default("0.001"))
#define NO_TIME(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TIME, value, .default_value = corm_default("24:00:00"))
#define NO_UUID(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(UUID, value, .default_value = corm_default("0"))
#define NO_JSON(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(JSON, value, .default_value = corm_default("{"))
#define NO_COLOR(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(ENUM(Color), value, .default_value = corm_default(7))
#define COLOR_TEXT(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(ENUM(Color), value, .default_value = corm_default("RED"))
#define NO_POINT(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(CUSTOM(point), value, .default_value = corm_default("x"))
#define DAY(COLUMN, RELATIONSHIP) COLUMN(ENUM(Weekday), day, .primary_key = true)
#define MIXED(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(ENUM(Color), color, .references = corm_ref(Day, day))

#define WRONG(MODEL)                                                                               \
    MODEL(KeyDecimal, "t01", KEY_DECIMAL)                                                          \
    MODEL(KeyJson,    "t02", KEY_JSON)                                                             \
    MODEL(KeyCustom,  "t03", KEY_CUSTOM)                                                           \
    MODEL(TextTwice,  "t04", TEXT_TWICE)                                                           \
    MODEL(ValueTwice, "t05", VALUE_TWICE)                                                          \
    MODEL(Nullable,   "t06", NULLABLE)                                                             \
    MODEL(Length,     "t07", LENGTH)                                                               \
    MODEL(Rounded,    "t08", ROUNDED)                                                              \
    MODEL(TooFine,    "t09", TOO_FINE)                                                             \
    MODEL(NoTime,     "t10", NO_TIME)                                                              \
    MODEL(NoUuid,     "t11", NO_UUID)                                                              \
    MODEL(NoJson,     "t12", NO_JSON)                                                              \
    MODEL(NoColor,    "t13", NO_COLOR)                                                             \
    MODEL(ColorText,  "t14", COLOR_TEXT)                                                           \
    MODEL(NoPoint,    "t15", NO_POINT)                                                             \
    MODEL(Day,        "t16", DAY)                                                                  \
    MODEL(Mixed,      "t17", MIXED)
/* clang-format on */

CORM_SCHEMA(wrong, WRONG)

static void kinds_that_are_declared_wrongly_are_refused_in_a_sentence(void **state)
{
    static const struct {
        const corm_model *model;
        const char *message;
    } models[] = {
        {&corm__model_KeyDecimal,
         "KeyDecimal.id: DECIMAL(5, 1) cannot be a primary key: use INTEGER"},
        {&corm__model_KeyJson, "KeyJson.id: JSON cannot be a primary key"},
        {&corm__model_KeyCustom, "KeyCustom.id: CUSTOM(point) cannot be a primary key"},
        {&corm__model_TextTwice, "TextTwice.id: values 0 and 1 of Twin have the texts 'same' and "
                                 "'same': give each value one text, and each text one value"},
        {&corm__model_ValueTwice, "values 1 and 1 of Alias have the texts 'a' and 'b'"},
        {&corm__model_Nullable, "Nullable.color: .nullable = true, but ENUM(Color) cannot be NULL: "
                                "write OPTIONAL(ENUM(Color)), or leave .nullable out"},
        {&corm__model_Length, "Length.token: .length is for TEXT and BLOB, not for UUID"},
        {&corm__model_Rounded,
         "Rounded.value: .default_value: the default is the number 19.99, not "
         "a whole number or a text like \"19.99\""},
        {&corm__model_TooFine, "TooFine.value: .default_value: 0.001 has 3 digits"},
        {&corm__model_NoTime, "the default is the text '24:00:00', not a time like 12:30:00"},
        {&corm__model_NoUuid, "the default is the text '0', not a UUID of 36 characters"},
        {&corm__model_NoJson, "NoJson.value: .default_value: not JSON at byte 2"},
        {&corm__model_NoColor, "NoColor.value: .default_value: 7 is no Color: allowed are RED"},
        {&corm__model_ColorText, "the default is the text 'RED', not an enumerator"},
        {&corm__model_NoPoint, "NoPoint.value: .default_value: 'x' is not x,y"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        const corm_schema schema = {"one", &models[i].model, 1};
        corm_error error;
        assert_null(corm_ddl(&schema, corm_sqlite_dialect(), &error));
        assert_int_equal(error.status, CORM_MODEL);
        assert_part(error.message, models[i].message);
    }
    const corm_model *const mixed[] = {&corm__model_Day, &corm__model_Mixed};
    const corm_schema schema = {"two", mixed, 2};
    corm_error error;
    assert_null(corm_ddl(&schema, corm_sqlite_dialect(), &error));
    assert_part(error.message, "Mixed.color is ENUM(Color), but Day.day, to which it refers, is "
                               "ENUM(Weekday): make them the same");
}

#define THINGS_THAT(condition_) corm_count(session, Thing, .where = condition_)

static void an_optional_member_is_compared_as_its_value_or_null(void **state)
{
    corm_session *session = *state;
    Thing *full = new_thing(session), *empty = new_thing(session);
    full->maybe_at = corm_some(corm_time_of(8, 30, 0, 0));
    full->maybe_price = corm_some(corm_decimal_of("7"));
    full->maybe_token = corm_some(corm_uuid_new());
    full->maybe_color = corm_some(GREEN);
    assert_int_equal(THINGS_THAT(corm_eq(Thing_.maybe_at, full->maybe_at)), 1);
    assert_int_equal(THINGS_THAT(corm_eq(Thing_.maybe_price, full->maybe_price)), 1);
    assert_int_equal(THINGS_THAT(corm_eq(Thing_.maybe_token, full->maybe_token)), 1);
    assert_int_equal(THINGS_THAT(corm_eq(Thing_.maybe_color, full->maybe_color)), 1);
    assert_int_equal(THINGS_THAT(corm_ge(Thing_.id, corm_some(empty->id))), 1);
    assert_int_equal(THINGS_THAT(corm_eq(Thing_.maybe_at, empty->maybe_at)), 0);
    assert_int_equal(THINGS_THAT(corm_ne(Thing_.maybe_price, empty->maybe_price)), 0);
    assert_int_equal(THINGS_THAT(corm_same(Thing_.maybe_at, full->maybe_at)), 1);
    assert_int_equal(THINGS_THAT(corm_same(Thing_.maybe_at, empty->maybe_at)), 1);
    assert_int_equal(THINGS_THAT(corm_same(Thing_.maybe_color, empty->maybe_color)), 1);
    assert_int_equal(THINGS_THAT(corm_differ(Thing_.maybe_token, empty->maybe_token)), 1);
    assert_int_equal(THINGS_THAT(corm_same(Thing_.token, corm_none(UUID))), 0);
    assert_int_equal(THINGS_THAT(corm_eq(Thing_.maybe_color, corm_some(77))), -1);
    assert_message(session, "things.maybe_color in a condition: 77 is no Color");
    assert_int_equal(THINGS_THAT(corm_eq(Thing_.maybe_at, corm_some(corm_time_of(25, 0, 0, 0)))),
                     -1);
}

static void an_optional_member_sets_its_value_or_null(void **state)
{
    corm_session *session = *state;
    Thing *full = new_thing(session), *empty = new_thing(session);
    full->maybe_at = corm_some(corm_time_of(8, 30, 0, 0));
    full->maybe_price = corm_some(corm_decimal_of("7"));
    full->maybe_color = corm_some(GREEN);
    assert_ok(session, corm_flush(session));
    assert_int_equal(
        corm_update_all(session, Thing,
                        .set = corm_sets(corm_set(Thing_.maybe_at, full->maybe_at),
                                         corm_set(Thing_.maybe_price, full->maybe_price),
                                         corm_set(Thing_.maybe_color, full->maybe_color),
                                         corm_set(Thing_.maybe_token, full->maybe_token)),
                        .where = corm_eq(Thing_.id, empty->id)),
        1);
    assert_true(empty->maybe_price.has_value && empty->maybe_color.value == (int)GREEN);
    assert_stored(
        session, "08:30:00.000000|7|green|NULL",
        "SELECT maybe_at, maybe_price, maybe_color, maybe_token FROM things WHERE id = 2");
    assert_int_equal(
        corm_update_all(session, Thing,
                        .set = corm_sets(corm_set(Thing_.maybe_at, corm_none(TIME)),
                                         corm_set(Thing_.price, corm_some(corm_decimal_of("1.5")))),
                        .all_rows = true),
        2);
    assert_false(full->maybe_at.has_value);
    assert_stored(session, "NULL|150", "SELECT maybe_at, price FROM things WHERE id = 1");
    assert_int_equal(corm_update_all(session, Thing,
                                     .set = corm_set(Thing_.price, corm_none(DECIMAL)),
                                     .all_rows = true),
                     -1);
    assert_message(session, "things.price is to become NULL, but must have a value");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KINDS_TEST(times_come_back_to_the_microsecond),
        KINDS_TEST(impossible_times_are_refused),
        cmocka_unit_test(times_are_read_from_text_and_counted),
        KINDS_TEST(decimals_come_back_exactly),
        KINDS_TEST(decimals_of_fewer_digits_get_the_scale_of_their_column),
        KINDS_TEST(decimals_are_never_rounded),
        KINDS_TEST(a_decimal_with_more_zeros_is_no_change),
        KINDS_TEST(the_database_adds_decimals_exactly),
        cmocka_unit_test(decimals_are_read_and_written_as_text),
        cmocka_unit_test(decimals_compare_by_value),
        cmocka_unit_test(decimals_are_multiplied_by_whole_numbers),
        cmocka_unit_test(decimals_are_added_without_overflow_or_loss),
        KINDS_TEST(uuids_are_stored_as_text_in_lower_case),
        KINDS_TEST(the_nil_uuid_is_a_value_and_not_null),
        cmocka_unit_test(new_uuids_are_of_version_4_and_all_different),
        cmocka_unit_test(only_36_characters_are_a_uuid),
        KINDS_TEST(json_comes_back_byte_for_byte),
        KINDS_TEST(what_is_not_json_is_refused_with_the_position),
        KINDS_TEST(json_may_be_500_levels_deep),
        KINDS_TEST(json_is_borrowed_until_the_flush_and_owned_after_it),
        KINDS_TEST(enumerators_are_stored_by_their_texts),
        KINDS_TEST(a_value_outside_the_list_is_refused_with_the_list),
        KINDS_TEST(the_table_checks_the_texts_too),
        cmocka_unit_test(enumerators_have_names_and_are_found_by_them),
        cmocka_unit_test(a_long_list_of_enumerators_is_cut),
        KINDS_TEST(a_kind_of_ones_own_comes_back),
        KINDS_TEST(what_a_conversion_refuses_is_told_in_its_words),
        KINDS_TEST(equality_of_ones_own_kind_decides_what_has_changed),
        KINDS_TEST(a_kind_of_ones_own_is_refreshed),
        cmocka_unit_test(what_a_conversion_gives_is_checked),
        KINDS_TEST(every_optional_may_be_absent),
        KINDS_TEST(columns_left_out_get_their_defaults),
        KINDS_TEST(zeros_that_are_given_are_kept),
        KINDS_TEST(a_zero_that_is_assigned_afterwards_is_seen_by_touch),
        KINDS_TEST(what_was_never_assigned_is_missing_by_name),
        KINDS_TEST(a_stored_value_that_does_not_fit_is_reported),
        KINDS_TEST(conditions_compare_every_kind),
        KINDS_TEST(lists_in_conditions_take_every_kind),
        KINDS_TEST(rows_are_sorted_by_what_the_table_holds),
        KINDS_TEST(operands_that_no_row_could_hold_are_refused),
        KINDS_TEST(a_uuid_is_a_key),
        KINDS_TEST(an_object_with_a_uuid_is_called_by_it),
        KINDS_TEST(an_optional_member_is_compared_as_its_value_or_null),
        KINDS_TEST(an_optional_member_sets_its_value_or_null),
        KINDS_TEST(a_missing_uuid_is_told),
        KINDS_TEST(an_enumerator_is_a_key),
        KINDS_TEST(a_date_is_a_key),
        KINDS_TEST(two_rows_may_not_have_one_uuid),
        cmocka_unit_test(kinds_that_are_declared_wrongly_are_refused_in_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
