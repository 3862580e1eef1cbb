/* columns: every kind of column from a member to the database and back, what is refused, defaults
 * and unset members. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

#include <float.h>
#include <math.h>

/* clang-format off */
#define KIND(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,            id, .primary_key = true)                                            \
    COLUMN(INTEGER,            whole)                                                              \
    COLUMN(REAL,               number)                                                             \
    COLUMN(BOOLEAN,            flag)                                                               \
    COLUMN(TEXT,               words)                                                              \
    COLUMN(BLOB,               bytes)                                                              \
    COLUMN(DATE,               day)                                                                \
    COLUMN(DATETIME,           moment)                                                             \
    COLUMN(OPTIONAL(INTEGER),  maybe_whole)                                                        \
    COLUMN(OPTIONAL(REAL),     maybe_number)                                                       \
    COLUMN(OPTIONAL(BOOLEAN),  maybe_flag)                                                         \
    COLUMN(OPTIONAL(TEXT),     maybe_words)                                                        \
    COLUMN(OPTIONAL(BLOB),     maybe_bytes)                                                        \
    COLUMN(OPTIONAL(DATE),     maybe_day)                                                          \
    COLUMN(OPTIONAL(DATETIME), maybe_moment)

#define SETTING(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(INTEGER,           size,    .default_value = corm_default(7))                           \
    COLUMN(REAL,              ratio,   .default_value = corm_default(1.5))                         \
    COLUMN(BOOLEAN,           enabled, .default_value = corm_default(true))                        \
    COLUMN(TEXT,              state,   .default_value = corm_default("new"))                       \
    COLUMN(DATE,              since,   .default_value = corm_default("2020-01-02"))                \
    COLUMN(OPTIONAL(INTEGER), rank,    .default_value = corm_default(5))                           \
    COLUMN(OPTIONAL(TEXT),    remark,  .default_value = corm_default("none yet"))                  \
    COLUMN(OPTIONAL(TEXT),    code,    .length = 5)                                                \
    COLUMN(OPTIONAL(BLOB),    raw,     .length = 4)

#define KINDS(MODEL)                                                                               \
    MODEL(Kind,    "kinds",    KIND)                                                               \
    MODEL(Setting, "settings", SETTING)
/* clang-format on */

CORM_SCHEMA(kinds, KINDS)

static int open_kinds(void **state)
{
    *state = memory_session(&kinds);
    return *state == NULL;
}

#define KINDS_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_kinds, close_session)

static const corm_blob no_bytes = {"", 0};

static Kind *new_kind(corm_session *session)
{
    Kind *kind = corm_new(session, Kind, .whole = 1, .number = 0.5, .flag = true, .words = "w",
                          .bytes = no_bytes, .day = corm_date_of(2000, 1, 1),
                          .moment = corm_datetime_of(2000, 1, 1, 0, 0, 0, 0));
    assert_got(session, kind);
    assert_ok(session, corm_add(session, kind));
    return kind;
}

/* The same row, read from the database. */
static Kind *read_again(corm_session *session, const Kind *kind)
{
    assert_ok(session, corm_flush(session));
    int64_t id = kind->id;
    start_afresh(session);
    Kind *again = corm_get(session, Kind, id);
    assert_got(session, again);
    return again;
}

static void whole_numbers_of_64_bits_come_back(void **state)
{
    static const int64_t numbers[] = {0,
                                      1,
                                      -1,
                                      127,
                                      128,
                                      255,
                                      256,
                                      INT32_MAX,
                                      INT32_MIN,
                                      INT64_C(1) << 53,
                                      (INT64_C(1) << 53) + 1,
                                      INT64_MAX,
                                      INT64_MAX - 1,
                                      INT64_MIN,
                                      INT64_MIN + 1};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        Kind *kind = new_kind(session);
        kind->whole = numbers[i];
        kind->maybe_whole = corm_some(numbers[i]);
        kind = read_again(session, kind);
        assert_true(kind->whole == numbers[i]);
        assert_true(kind->maybe_whole.has_value && kind->maybe_whole.value == numbers[i]);
    }
}

static void whole_numbers_given_when_the_object_is_made_are_kept(void **state)
{
    static const int64_t numbers[] = {0, -1, INT64_MAX, INT64_MIN};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        Setting *setting = corm_new(session, Setting, .size = numbers[i]);
        assert_got(session, setting);
        assert_true(setting->size == numbers[i]);
        assert_false(corm_is_unset(setting, Setting_.size));
    }
}

static void reals_come_back_to_the_last_bit(void **state)
{
    static const double numbers[] = {0.0,
                                     1.0,
                                     -1.5,
                                     0.1,
                                     1.0 / 3.0,
                                     DBL_MAX,
                                     -DBL_MAX,
                                     DBL_MIN,
                                     1e-310,
                                     4.9406564584124654e-324,
                                     INFINITY,
                                     -INFINITY,
                                     123456789012345678.0};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        Kind *kind = new_kind(session);
        kind->number = numbers[i];
        kind->maybe_number = corm_some(numbers[i]);
        kind = read_again(session, kind);
        assert_memory_equal(&kind->number, &numbers[i], sizeof(double));
        assert_true(kind->maybe_number.has_value);
        assert_memory_equal(&kind->maybe_number.value, &numbers[i], sizeof(double));
    }
}

/* SQLite stores -0.0 as 0.0 (https://www.sqlite.org/floatingpoint.html). */
static void a_negative_zero_is_a_zero(void **state)
{
    corm_session *session = *state;
    Kind *kind = new_kind(session);
    kind->number = -0.0;
    kind = read_again(session, kind);
    assert_true(kind->number <= 0.0 && kind->number >= 0.0);
}

static void not_a_number_is_refused(void **state)
{
    corm_session *session = *state;
    new_kind(session)->number = (double)NAN;
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "kinds.number");
}

static void booleans_are_stored_as_0_and_1(void **state)
{
    corm_session *session = *state;
    Kind *yes = new_kind(session), *no = new_kind(session);
    no->flag = false;
    yes->maybe_flag = corm_some(true);
    no->maybe_flag = corm_some(false);
    assert_ok(session, corm_flush(session));
    assert_stored(session, "1|1|integer;0|0|integer",
                  "SELECT flag, maybe_flag, typeof(flag) FROM kinds ORDER BY id");
    int64_t no_id = no->id;
    yes = read_again(session, yes);
    assert_true(yes->flag && yes->maybe_flag.has_value && yes->maybe_flag.value == 1);
    no = corm_get(session, Kind, no_id);
    assert_true(!no->flag && no->maybe_flag.has_value && no->maybe_flag.value == 0);
}

static void an_optional_boolean_is_0_or_1(void **state)
{
    corm_session *session = *state;
    new_kind(session)->maybe_flag = corm_some(2);
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "kinds.maybe_flag");
    assert_message(session, "2");
}

static void texts_come_back_byte_for_byte(void **state)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "it's",
                                        "\"quoted\"",
                                        "'; DROP TABLE kinds; --",
                                        "?1 :a @b $c %s %n",
                                        "a\nb\tc",
                                        "12345678901234567.89",
                                        "NULL",
                                        "\xc3\xa4\xe6\xbc\xa2\xf0\x9f\x99\x82",
                                        "0x10",
                                        "1e5"};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        Kind *kind = new_kind(session);
        kind->words = texts[i];
        kind->maybe_words = texts[i];
        kind = read_again(session, kind);
        assert_string_equal(kind->words, texts[i]);
        assert_non_null(kind->maybe_words);
        assert_string_equal(kind->maybe_words, texts[i]);
    }
}

static void a_text_of_a_million_bytes_comes_back(void **state)
{
    enum { SIZE = 1000000 };
    corm_session *session = *state;
    char *text = malloc(SIZE + 1);
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    Kind *kind = new_kind(session);
    kind->words = text;
    assert_ok(session, corm_flush(session));
    memset(text, 'y', SIZE); /* borrowed until the flush only */
    free(text);
    kind = read_again(session, kind);
    assert_int_equal(strlen(kind->words), SIZE);
    assert_int_equal(strspn(kind->words, "x"), SIZE);
}

static void an_empty_text_is_not_null(void **state)
{
    corm_session *session = *state;
    Kind *empty = new_kind(session), *null = new_kind(session);
    empty->maybe_words = "";
    null->maybe_words = NULL;
    assert_ok(session, corm_flush(session));
    assert_stored(session, "0;1", "SELECT maybe_words IS NULL FROM kinds ORDER BY id");
    int64_t id = null->id;
    assert_string_equal(read_again(session, empty)->maybe_words, "");
    null = corm_get(session, Kind, id);
    assert_null(null->maybe_words);
}

static void a_text_that_is_null_is_refused_by_name(void **state)
{
    corm_session *session = *state;
    new_kind(session)->words = NULL;
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "kinds.words");
}

static void blobs_come_back_byte_for_byte(void **state)
{
    static const unsigned char zeros[] = {0, 1, 0, 255, 0};
    corm_session *session = *state;
    Kind *kind = new_kind(session);
    kind->bytes.data = zeros;
    kind->bytes.size = sizeof zeros;
    kind->maybe_bytes = kind->bytes;
    kind = read_again(session, kind);
    assert_int_equal(kind->bytes.size, sizeof zeros);
    assert_memory_equal(kind->bytes.data, zeros, sizeof zeros);
    assert_int_equal(kind->maybe_bytes.size, sizeof zeros);
    assert_memory_equal(kind->maybe_bytes.data, zeros, sizeof zeros);
    assert_stored(session, "0001 00FF 00|blob",
                  "SELECT substr(hex(bytes), 1, 4) || ' ' || substr(hex(bytes), 5, 4) || ' ' ||"
                  " substr(hex(bytes), 9), typeof(bytes) FROM kinds");
}

static void an_empty_blob_is_not_null(void **state)
{
    corm_session *session = *state;
    Kind *kind = new_kind(session);
    kind->maybe_bytes = no_bytes;
    kind = read_again(session, kind);
    assert_non_null(kind->bytes.data);
    assert_int_equal(kind->bytes.size, 0);
    assert_non_null(kind->maybe_bytes.data);
    kind->maybe_bytes = corm_none(BLOB);
    kind = read_again(session, kind);
    assert_null(kind->maybe_bytes.data);
    kind->bytes = corm_none(BLOB);
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "kinds.bytes");
}

static void every_optional_may_be_absent(void **state)
{
    corm_session *session = *state;
    Kind *kind = read_again(session, new_kind(session));
    assert_false(kind->maybe_whole.has_value || kind->maybe_number.has_value ||
                 kind->maybe_flag.has_value || kind->maybe_day.has_value ||
                 kind->maybe_moment.has_value);
    assert_null(kind->maybe_words);
    assert_null(kind->maybe_bytes.data);
    assert_stored(session, "1",
                  "SELECT coalesce(maybe_whole, maybe_number, maybe_flag, maybe_words,"
                  " maybe_bytes, maybe_day, maybe_moment) IS NULL FROM kinds");
}

static void an_optional_can_be_taken_away_again(void **state)
{
    corm_session *session = *state;
    Kind *kind = new_kind(session);
    kind->maybe_whole = corm_some(0);
    kind->maybe_day = corm_some(corm_date_of(2025, 1, 1));
    kind = read_again(session, kind);
    assert_true(kind->maybe_whole.has_value && kind->maybe_day.has_value);
    kind->maybe_whole = corm_none(INTEGER);
    kind->maybe_day = corm_none(DATE);
    kind = read_again(session, kind);
    assert_false(kind->maybe_whole.has_value || kind->maybe_day.has_value);
}

static void absent_optionals_are_equal_whatever_their_value(void **state)
{
    corm_session *session = *state;
    Kind *kind = new_kind(session);
    assert_ok(session, corm_commit(session));
    record(session);
    kind->maybe_whole.value = 99;
    assert_false(corm_is_modified(kind));
    assert_ok(session, corm_flush(session));
    assert_no_sql();
}

static void a_column_left_out_gets_its_default_at_once(void **state)
{
    corm_session *session = *state;
    Setting *setting = corm_new(session, Setting);
    assert_got(session, setting);
    assert_true(setting->size == 7 && setting->ratio >= 1.5 && setting->ratio <= 1.5);
    assert_true(setting->enabled);
    assert_string_equal(setting->state, "new");
    assert_int_equal(corm_date_compare(setting->since, corm_date_of(2020, 1, 2)), 0);
    assert_true(setting->rank.has_value && setting->rank.value == 5);
    assert_false(corm_is_unset(setting, Setting_.size));
    assert_ok(session, corm_add(session, setting));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "7|1.5|1|new|2020-01-02|5|none yet|NULL",
                  "SELECT size, ratio, enabled, state, since, rank, remark, code FROM settings");
}

static void a_column_given_as_0_false_or_null_keeps_it(void **state)
{
    corm_session *session = *state;
    Setting *setting = corm_new(session, Setting, .size = 0, .ratio = 0.0, .enabled = false,
                                .state = "", .rank = corm_none(INTEGER), .remark = NULL);
    assert_got(session, setting);
    assert_ok(session, corm_add(session, setting));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "0|0.0|0||NULL|NULL",
                  "SELECT size, ratio, enabled, state, rank, remark FROM settings");
}

static void a_column_without_value_and_default_is_unset_until_it_is_assigned(void **state)
{
    corm_session *session = *state;
    Kind *kind = corm_new(session, Kind, .whole = 0);
    assert_got(session, kind);
    assert_true(corm_is_unset(kind, Kind_.id));
    assert_false(corm_is_unset(kind, Kind_.whole));
    assert_true(corm_is_unset(kind, Kind_.number) && corm_is_unset(kind, Kind_.flag));
    assert_true(corm_is_unset(kind, Kind_.words) && corm_is_unset(kind, Kind_.day));
    kind->number = 2.5;
    kind->words = "w";
    kind->day = corm_date_of(2000, 1, 1);
    assert_false(corm_is_unset(kind, Kind_.number) || corm_is_unset(kind, Kind_.words) ||
                 corm_is_unset(kind, Kind_.day));
}

static void a_column_that_is_still_unset_is_missing_and_not_zero(void **state)
{
    corm_session *session = *state;
    Kind *kind = new_kind(session), *other = corm_new(session, Kind, .words = "without number");
    assert_ok(session, corm_add(session, other));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "kinds.");
    assert_message(session, "Kind \"without number\"");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(kind), CORM_STATE_TRANSIENT);
}

static void the_key_is_unset_until_the_insert(void **state)
{
    corm_session *session = *state;
    Kind *kind = new_kind(session);
    assert_true(corm_is_unset(kind, Kind_.id));
    assert_ok(session, corm_flush(session));
    assert_false(corm_is_unset(kind, Kind_.id));
    assert_true(kind->id == 1);
}

static void a_key_that_the_program_gives_is_kept(void **state)
{
    static const int64_t keys[] = {1000, -5, INT64_MAX};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        Kind *kind = new_kind(session);
        kind->id = keys[i];
        assert_false(corm_is_unset(kind, Kind_.id));
        assert_ok(session, corm_commit(session));
        assert_ptr_equal(corm_get(session, Kind, keys[i]), kind);
    }
    Setting *zero = corm_new(session, Setting, .id = 0);
    assert_ok(session, corm_add(session, zero));
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(corm_get(session, Setting, 0), zero);
}

/* An unset member reads as 0, so that assigning 0 cannot be seen. */
static void touch_says_that_a_zero_is_meant(void **state)
{
    corm_session *session = *state;
    Setting *setting = corm_new(session, Setting);
    setting->id = 0;
    assert_true(corm_is_unset(setting, Setting_.id));
    assert_ok(session, corm_touch(setting, Setting_.id));
    assert_false(corm_is_unset(setting, Setting_.id));
    assert_ok(session, corm_add(session, setting));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "0", "SELECT id FROM settings");
}

static void unset_takes_a_value_away(void **state)
{
    corm_session *session = *state;
    Kind *kind = new_kind(session);
    kind->maybe_whole = corm_some(4);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_unset(kind, Kind_.maybe_whole));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "NULL", "SELECT maybe_whole FROM kinds");
    assert_ok(session, corm_unset(kind, Kind_.whole));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "kinds.whole");
}

static void a_length_is_kept_to_the_character(void **state)
{
    /* of 1, 2, 3 and 4 bytes: 5 characters, 12 bytes */
    static const char fits[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb1\xc3\x9f";
    corm_session *session = *state;
    Setting *setting = corm_new(session, Setting, .code = fits);
    assert_ok(session, corm_add(session, setting));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "5|12", "SELECT length(code), length(CAST(code AS BLOB)) FROM settings");
    setting->code = corm_text(session, "%s\xc3\xa4", fits); /* one more */
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "settings.code: 6 characters, at most 5");
    assert_ok(session, corm_rollback(session));
    assert_string_equal(setting->code, fits);
    Setting *another = corm_new(session, Setting, .code = corm_text(session, "%s\xc3\xa4", fits));
    assert_ok(session, corm_add(session, another));
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "settings.code: 6 characters, at most 5");
}

static void a_length_counts_characters_not_bytes(void **state)
{
    corm_session *session = *state;
    Setting *setting =
        corm_new(session, Setting, .code = "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xe6\xbc\xa2");
    assert_ok(session, corm_add(session, setting));
    assert_ok(session, corm_flush(session));
    setting->code = "abcdef";
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "settings.code: 6 characters, at most 5");
    assert_ok(session, corm_rollback(session));
    setting = corm_new(session, Setting);
    setting->raw.data = "12345";
    setting->raw.size = 4;
    assert_ok(session, corm_add(session, setting));
    assert_ok(session, corm_flush(session));
    setting->raw.size = 5;
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "settings.raw: 5 bytes, at most 4");
}

static void a_text_that_is_too_long_is_told_with_its_object(void **state)
{
    corm_session *session = memory_session(&blog);
    assert_non_null(session);
    char email[301];
    memset(email, 'e', 300);
    email[300] = '\0';
    User *user = corm_new(session, User, .username = "Ann", .email = email);
    (void)corm_add(session, user);
    corm_status status = corm_flush(session);
    corm_error error = *corm_last_error(session);
    corm_session_close(session);
    assert_int_equal(status, CORM_DATA);
    assert_part(error.message, "users.email: 300 characters, at most 120");
    assert_part(error.message, "User \"Ann\"");
    (void)state;
}

static void a_stored_value_that_does_not_fit_its_member_is_reported(void **state)
{
    static const struct {
        const char *change, *column;
    } changes[] = {{"UPDATE kinds SET whole = 'abc'", "kinds.whole"},
                   {"UPDATE kinds SET whole = 1.5", "kinds.whole"},
                   {"UPDATE kinds SET number = 'abc'", "kinds.number"},
                   {"UPDATE kinds SET flag = 7", "kinds.flag"},
                   {"UPDATE kinds SET day = '2025-02-30'", "kinds.day"},
                   {"UPDATE kinds SET moment = 'noon'", "kinds.moment"}};
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        corm_session *session = *state;
        (void)new_kind(session);
        assert_ok(session, corm_flush(session));
        run_sql(session, changes[i].change);
        start_afresh(session);
        assert_int_equal(corm_all(session, Kind).count, 0);
        assert_int_equal(corm_error_status(session), CORM_DATA);
        assert_message(session, changes[i].column);
        assert_ok(session, corm_rollback(session));
        run_sql(session, "DELETE FROM kinds");
        assert_ok(session, corm_commit(session));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        KINDS_TEST(whole_numbers_of_64_bits_come_back),
        KINDS_TEST(whole_numbers_given_when_the_object_is_made_are_kept),
        KINDS_TEST(reals_come_back_to_the_last_bit),
        KINDS_TEST(a_negative_zero_is_a_zero),
        KINDS_TEST(not_a_number_is_refused),
        KINDS_TEST(booleans_are_stored_as_0_and_1),
        KINDS_TEST(an_optional_boolean_is_0_or_1),
        KINDS_TEST(texts_come_back_byte_for_byte),
        KINDS_TEST(a_text_of_a_million_bytes_comes_back),
        KINDS_TEST(an_empty_text_is_not_null),
        KINDS_TEST(a_text_that_is_null_is_refused_by_name),
        KINDS_TEST(blobs_come_back_byte_for_byte),
        KINDS_TEST(an_empty_blob_is_not_null),
        KINDS_TEST(every_optional_may_be_absent),
        KINDS_TEST(an_optional_can_be_taken_away_again),
        KINDS_TEST(absent_optionals_are_equal_whatever_their_value),
        KINDS_TEST(a_column_left_out_gets_its_default_at_once),
        KINDS_TEST(a_column_given_as_0_false_or_null_keeps_it),
        KINDS_TEST(a_column_without_value_and_default_is_unset_until_it_is_assigned),
        KINDS_TEST(a_column_that_is_still_unset_is_missing_and_not_zero),
        KINDS_TEST(the_key_is_unset_until_the_insert),
        KINDS_TEST(a_key_that_the_program_gives_is_kept),
        KINDS_TEST(touch_says_that_a_zero_is_meant),
        KINDS_TEST(unset_takes_a_value_away),
        KINDS_TEST(a_length_is_kept_to_the_character),
        KINDS_TEST(a_length_counts_characters_not_bytes),
        cmocka_unit_test(a_text_that_is_too_long_is_told_with_its_object),
        KINDS_TEST(a_stored_value_that_does_not_fit_its_member_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
