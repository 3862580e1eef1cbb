/* dates: days and moments from a member to the database and back, what is refused, counting. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define EVENT(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,            id,     .primary_key = true)                                        \
    COLUMN(DATE,               day,    .default_value = corm_default("2000-01-01"))                \
    COLUMN(DATETIME,           moment, .default_value = corm_default("2000-01-01 00:00:00"))       \
    COLUMN(OPTIONAL(DATE),     maybe_day)                                                          \
    COLUMN(OPTIONAL(DATETIME), maybe_moment)
#define EVENTS(MODEL) MODEL(Event, "events", EVENT)
/* clang-format on */

CORM_SCHEMA(events, EVENTS)

static int open_events(void **state)
{
    *state = memory_session(&events);
    return *state == NULL;
}

#define EVENTS_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_events, close_session)

static Event *new_event(corm_session *session)
{
    Event *event = corm_new(session, Event);
    assert_got(session, event);
    assert_ok(session, corm_add(session, event));
    return event;
}

/* The same row, read from the database. */
static Event *read_again(corm_session *session, const Event *event)
{
    assert_ok(session, corm_flush(session));
    int64_t id = event->id;
    start_afresh(session);
    Event *again = corm_get(session, Event, id);
    assert_got(session, again);
    return again;
}

static void dates_are_stored_as_text_and_come_back(void **state)
{
    static const struct {
        corm_date day;
        const char *stored;
    } days[] = {{{1, 1, 1}, "0001-01-01"},
                {{9999, 12, 31}, "9999-12-31"},
                {{2024, 2, 29}, "2024-02-29"},
                {{2000, 2, 29}, "2000-02-29"},
                {{1969, 12, 31}, "1969-12-31"}};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        Event *event = new_event(session);
        event->day = days[i].day;
        event->maybe_day = corm_some(days[i].day);
        event = read_again(session, event);
        assert_int_equal(corm_date_compare(event->day, days[i].day), 0);
        assert_true(event->maybe_day.has_value);
        assert_int_equal(corm_date_compare(event->maybe_day.value, days[i].day), 0);
        assert_stored(session, days[i].stored, "SELECT day FROM events ORDER BY id DESC LIMIT 1");
    }
}

static void a_day_that_is_not_in_the_calendar_is_refused(void **state)
{
    static const struct {
        int year, month, day;
        const char *part;
    } days[] = {
        {2025, 2, 30, "2025-02-30"},  {2023, 2, 29, "2023-02-29"}, {1900, 2, 29, "1900-02-29"},
        {2025, 13, 1, "events.day"},  {2025, 4, 31, "2025-04-31"}, {2025, 1, 0, "events.day"},
        {0, 1, 1, "events.day"},      {10000, 1, 1, "events.day"}, {70000, 1, 1, "events.day"},
        {2025, 257, 1, "events.day"}, {-1, 1, 1, "events.day"},    {0, 0, 0, "events.day"}};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        new_event(session)->day = corm_date_of(days[i].year, days[i].month, days[i].day);
        assert_status(session, CORM_DATA, corm_flush(session));
        assert_message(session, "events.day");
        assert_message(session, days[i].part);
        assert_ok(session, corm_rollback(session));
    }
    assert_stored(session, "0", "SELECT count(*) FROM events");
}

static void date_times_are_stored_as_utc_to_the_microsecond(void **state)
{
    static const struct {
        int m[7];
        const char *stored;
    } moments[] = {{{1, 1, 1, 0, 0, 0, 0}, "0001-01-01 00:00:00.000000"},
                   {{9999, 12, 31, 23, 59, 59, 999999}, "9999-12-31 23:59:59.999999"},
                   {{2024, 2, 29, 12, 30, 15, 7}, "2024-02-29 12:30:15.000007"}};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        const int *m = moments[i].m;
        corm_datetime moment = corm_datetime_of(m[0], m[1], m[2], m[3], m[4], m[5], m[6]);
        Event *event = new_event(session);
        event->moment = moment;
        event->maybe_moment = corm_some(moment);
        event = read_again(session, event);
        assert_int_equal(corm_datetime_compare(event->moment, moment), 0);
        assert_true(event->maybe_moment.has_value);
        assert_int_equal(corm_datetime_compare(event->maybe_moment.value, moment), 0);
        assert_stored(session, moments[i].stored,
                      "SELECT moment FROM events ORDER BY id DESC LIMIT 1");
    }
}

static void a_moment_that_no_clock_shows_is_refused(void **state)
{
    static const int moments[][7] = {{2025, 2, 30, 0, 0, 0, 0},      {2025, 1, 1, 24, 0, 0, 0},
                                     {2025, 1, 1, 0, 60, 0, 0},      {2025, 1, 1, 0, 0, 60, 0},
                                     {2025, 1, 1, 0, 0, 0, 1000000}, {2025, 1, 1, 0, 0, 0, -1}};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        const int *m = moments[i];
        new_event(session)->moment = corm_datetime_of(m[0], m[1], m[2], m[3], m[4], m[5], m[6]);
        assert_status(session, CORM_DATA, corm_flush(session));
        assert_message(session, "events.moment");
        assert_ok(session, corm_rollback(session));
    }
}

static void days_can_be_counted_formatted_and_parsed(void **state)
{
    (void)state;
    char text[CORM_DATETIME_TEXT_SIZE];
    corm_date day;
    corm_datetime moment;
    assert_true(corm_date_to_days(corm_date_of(1970, 1, 1)) == 0);
    assert_true(corm_date_to_days(corm_date_of(1969, 12, 31)) == -1);
    assert_true(corm_date_to_days(corm_date_of(2000, 3, 1)) == 11017);
    for (int64_t days = -719162; days <= 2932896; days += 997) {
        day = corm_date_from_days(days);
        assert_true(corm_date_is_valid(day) && corm_date_to_days(day) == days);
        assert_true(corm_date_parse(corm_date_format(day, text), &day));
        assert_true(corm_date_to_days(day) == days);
    }
    assert_true(corm_datetime_parse("2024-02-29T12:30:15", &moment));
    assert_true(corm_datetime_to_microseconds(moment) == INT64_C(1709209815000000));
    moment = corm_datetime_from_microseconds(-1);
    assert_string_equal(corm_datetime_format(moment, text), "1969-12-31 23:59:59.999999");
    static const char *const wrong[] = {"",           "2025",        "2025-02-30",
                                        "2025-2-3",   "2025-02-03x", "25-02-03",
                                        "2025/02/03", " 2025-02-03"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(corm_date_parse(wrong[i], &day));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EVENTS_TEST(dates_are_stored_as_text_and_come_back),
        EVENTS_TEST(a_day_that_is_not_in_the_calendar_is_refused),
        EVENTS_TEST(date_times_are_stored_as_utc_to_the_microsecond),
        EVENTS_TEST(a_moment_that_no_clock_shows_is_refused),
        cmocka_unit_test(days_can_be_counted_formatted_and_parsed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
