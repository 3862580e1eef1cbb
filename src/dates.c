/* dates.c: the calendar.
 *
 * Owns: which days, times and moments there are, counting them, their text. The calendar is the Gregorian
 * one of ISO 8601, also for the days before it was introduced.
 * Must not know: columns, databases, time zones: a moment is always UTC. */
#ifndef CORM__ROOM_DATES_C
#define CORM__ROOM_DATES_C

#include "meta.h"
#include "threads.c"

/* ---- Days ------------------------------------------------------------------------------------ */

static bool corm__day_is_valid(int year, int month, int day)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    if (day <= days[month - 1])
        return true;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap && day == 29;
}

CORM_API bool corm_date_is_valid(corm_date date)
{
    return corm__day_is_valid(date.year, date.month, date.day);
}

CORM_API bool corm_datetime_is_valid(corm_datetime datetime)
{
    return corm__day_is_valid(datetime.year, datetime.month, datetime.day) && datetime.hour <= 23 &&
           datetime.minute <= 59 && datetime.second <= 59 && datetime.microsecond <= 999999;
}

CORM_API bool corm_time_is_valid(corm_time time)
{
    return time.hour <= 23 && time.minute <= 59 && time.second <= 59 && time.microsecond <= 999999;
}

/* Numbers that do not fit become others that are impossible too. */
static int16_t corm__year_of(int year)
{
    return (int16_t)(year < INT16_MIN ? INT16_MIN : year > INT16_MAX ? INT16_MAX : year);
}
static uint8_t corm__part_of(int part)
{
    return (uint8_t)(part < 0 || part > UINT8_MAX ? UINT8_MAX : part);
}

CORM_API corm_date corm_date_of(int year, int month, int day)
{
    corm_date date = {corm__year_of(year), corm__part_of(month), corm__part_of(day)};
    return date;
}

CORM_API corm_datetime corm_datetime_of(int year, int month, int day, int hour, int minute,
                                        int second, int microsecond)
{
    corm_datetime datetime = {
        .year = corm__year_of(year),
        .month = corm__part_of(month),
        .day = corm__part_of(day),
        .hour = corm__part_of(hour),
        .minute = corm__part_of(minute),
        .second = corm__part_of(second),
        .microsecond = microsecond < 0 ? UINT32_MAX : (uint32_t)microsecond,
    };
    return datetime;
}

CORM_API corm_time corm_time_of(int hour, int minute, int second, int microsecond)
{
    corm_time time = {
        .hour = corm__part_of(hour),
        .minute = corm__part_of(minute),
        .second = corm__part_of(second),
        .microsecond = microsecond < 0 ? UINT32_MAX : (uint32_t)microsecond,
    };
    return time;
}

static int corm__sign(int64_t difference)
{
    return (difference > 0) - (difference < 0);
}

/* One number that sorts as the day does. */
static int64_t corm__day_rank(int year, int month, int day)
{
    return ((int64_t)year * 256 + month) * 256 + day;
}

CORM_API int corm_date_compare(corm_date a, corm_date b)
{
    return corm__sign(corm__day_rank(a.year, a.month, a.day) -
                      corm__day_rank(b.year, b.month, b.day));
}

CORM_API int corm_datetime_compare(corm_datetime a, corm_datetime b)
{
    int64_t days = corm__day_rank(a.year, a.month, a.day) - corm__day_rank(b.year, b.month, b.day);
    if (days != 0)
        return corm__sign(days);
    int64_t clock =
        corm__day_rank(a.hour, a.minute, a.second) - corm__day_rank(b.hour, b.minute, b.second);
    if (clock != 0)
        return corm__sign(clock);
    return corm__sign((int64_t)a.microsecond - (int64_t)b.microsecond);
}

CORM_API int corm_time_compare(corm_time a, corm_time b)
{
    return corm__sign(corm_time_to_microseconds(a) - corm_time_to_microseconds(b));
}

/* ---- Counting -------------------------------------------------------------------------------- */

/* Years are counted from March here, so that the leap day is the last of its year: then month m
 * begins (153 m + 2) / 5 days into the year. 400 years have 146,097 days; 719,468 days lie between
 * 0000-03-01 and 1970-01-01. */
enum {
    CORM__DAYS_OF_400_YEARS = 146097,
    CORM__DAYS_TO_1970 = 719468,
    CORM__FIRST_DAY = -719162, /* 0001-01-01 */
    CORM__LAST_DAY = 2932896   /* 9999-12-31 */
};

static int64_t corm__days_from(int year, int month, int day)
{
    int64_t march_year = (int64_t)year - (month <= 2);
    int64_t era = (march_year >= 0 ? march_year : march_year - 399) / 400;
    int64_t year_of_era = march_year - era * 400;
    int64_t march_month = month > 2 ? month - 3 : month + 9;
    int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * CORM__DAYS_OF_400_YEARS + day_of_era - CORM__DAYS_TO_1970;
}

CORM_API int64_t corm_date_to_days(corm_date date)
{
    return corm__days_from(date.year, date.month, date.day);
}

/* Outside the years 1 to 9999: {0, 0, 0}, which is no day. */
CORM_API corm_date corm_date_from_days(int64_t days)
{
    corm_date date = {0, 0, 0};
    if (days < CORM__FIRST_DAY || days > CORM__LAST_DAY)
        return date;
    int64_t shifted = days + CORM__DAYS_TO_1970; /* positive */
    int64_t era = shifted / CORM__DAYS_OF_400_YEARS;
    int64_t day_of_era = shifted % CORM__DAYS_OF_400_YEARS;
    /* Without its leap days each year has 365: 1,460 days lie before the leap day of 4 years,
     * 36,524 are 100 years, which have none at their end, and 146,096 lie before that of 400. */
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
    date.year = (int16_t)(era * 400 + year_of_era + (month <= 2));
    date.month = (uint8_t)month;
    date.day = (uint8_t)(day_of_year - (153 * march_month + 2) / 5 + 1);
    return date;
}

CORM_API int64_t corm_datetime_to_microseconds(corm_datetime datetime)
{
    int64_t days = corm__days_from(datetime.year, datetime.month, datetime.day);
    int64_t seconds = ((days * 24 + datetime.hour) * 60 + datetime.minute) * 60 + datetime.second;
    return seconds * 1000000 + datetime.microsecond;
}

/* Outside the years 1 to 9999: all zero, which is no moment. */
CORM_API corm_datetime corm_datetime_from_microseconds(int64_t microseconds)
{
    const int64_t day = INT64_C(86400) * 1000000;
    int64_t days = microseconds / day;
    int64_t rest = microseconds % day;
    if (rest < 0) {
        rest += day;
        days--;
    }
    corm_datetime datetime = {0};
    corm_date date = corm_date_from_days(days);
    if (date.year == 0)
        return datetime;
    datetime.year = date.year;
    datetime.month = date.month;
    datetime.day = date.day;
    datetime.microsecond = (uint32_t)(rest % 1000000);
    int64_t seconds = rest / 1000000;
    datetime.hour = (uint8_t)(seconds / 3600);
    datetime.minute = (uint8_t)(seconds / 60 % 60);
    datetime.second = (uint16_t)(seconds % 60);
    return datetime;
}

CORM_API int64_t corm_time_to_microseconds(corm_time time)
{
    return ((time.hour * INT64_C(60) + time.minute) * 60 + time.second) * 1000000 +
           time.microsecond;
}

/* Outside of one day: the hour 255, which is no time. */
CORM_API corm_time corm_time_from_microseconds(int64_t microseconds)
{
    if (microseconds < 0 || microseconds >= INT64_C(86400) * 1000000)
        return corm_time_of(-1, 0, 0, 0);
    int seconds = (int)(microseconds / 1000000);
    return corm_time_of(seconds / 3600, seconds / 60 % 60, seconds % 60,
                        (int)(microseconds % 1000000));
}

CORM_API corm_datetime corm_now(void)
{
    struct timespec now;
    corm__wall_clock(&now);
    return corm_datetime_from_microseconds((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

CORM_API corm_date corm_today(void)
{
    corm_datetime now = corm_now();
    corm_date today = {now.year, now.month, now.day};
    return today;
}

/* ---- Text ------------------------------------------------------------------------------------ */

/* Two digits; a number that has more is impossible and shown as "??". */
static inline char *corm__write_two(char *out, unsigned number)
{
    out[0] = number > 99 ? '?' : (char)('0' + number / 10);
    out[1] = number > 99 ? '?' : (char)('0' + number % 10);
    return out + 2;
}

static char *corm__write_day(char *out, int year, unsigned month, unsigned day)
{
    unsigned hundreds = year < 0 ? 100 : (unsigned)year / 100;
    out = corm__write_two(out, hundreds);
    out = corm__write_two(out, hundreds > 99 ? 100 : (unsigned)year % 100);
    *out++ = '-';
    out = corm__write_two(out, month);
    *out++ = '-';
    return corm__write_two(out, day);
}

CORM_API char *corm_date_format(corm_date date, char out[CORM_DATE_TEXT_SIZE])
{
    *corm__write_day(out, date.year, date.month, date.day) = '\0';
    return out;
}

static void corm__write_clock(char *at, unsigned hour, unsigned minute, unsigned second,
                              uint32_t fraction)
{
    bool possible = fraction <= 999999;
    at = corm__write_two(at, hour);
    *at++ = ':';
    at = corm__write_two(at, minute);
    *at++ = ':';
    at = corm__write_two(at, second);
    *at++ = '.';
    at = corm__write_two(at, possible ? fraction / 10000 : 100);
    at = corm__write_two(at, possible ? fraction / 100 % 100 : 100);
    at = corm__write_two(at, possible ? fraction % 100 : 100);
    *at = '\0';
}

CORM_API char *corm_datetime_format(corm_datetime datetime, char out[CORM_DATETIME_TEXT_SIZE])
{
    char *at = corm__write_day(out, datetime.year, datetime.month, datetime.day);
    *at++ = ' ';
    corm__write_clock(at, datetime.hour, datetime.minute, datetime.second, datetime.microsecond);
    return out;
}

CORM_API char *corm_time_format(corm_time time, char out[CORM_TIME_TEXT_SIZE])
{
    corm__write_clock(out, time.hour, time.minute, time.second, time.microsecond);
    return out;
}

/* `count` digits as a number; -1 if one of them is none. */
static inline int corm__read_digits(const char *text, int count)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9)
            return -1;
        number = number * 10 + (int)digit;
    }
    return number;
}

/* Exactly `size` bytes, which need no terminator. *out is untouched unless it is a date. */
static bool corm__date_read(const char *text, size_t size, corm_date *out)
{
    if (size != 10 || text[4] != '-' || text[7] != '-')
        return false;
    int year = corm__read_digits(text, 4);
    int month = corm__read_digits(text + 5, 2);
    int day = corm__read_digits(text + 8, 2);
    if (!corm__day_is_valid(year, month, day))
        return false;
    out->year = (int16_t)year;
    out->month = (uint8_t)month;
    out->day = (uint8_t)day;
    return true;
}

/* The same for a time: 8 bytes, then perhaps a point and 1 to 6 digits. */
static bool corm__time_read(const char *text, size_t size, corm_time *out)
{
    if (size < 8 || size == 9 || size > 15 || text[2] != ':' || text[5] != ':')
        return false;
    int hour = corm__read_digits(text, 2);
    int minute = corm__read_digits(text + 3, 2);
    int second = corm__read_digits(text + 6, 2);
    int fraction = 0;
    if (size > 9) {
        int digits = (int)size - 9;
        fraction = text[8] == '.' ? corm__read_digits(text + 9, digits) : -1;
        for (; fraction > 0 && digits < 6; digits++)
            fraction *= 10;
    }
    if (hour < 0 || minute < 0 || second < 0 || fraction < 0)
        return false;
    corm_time read = corm_time_of(hour, minute, second, fraction);
    if (!corm_time_is_valid(read))
        return false;
    *out = read;
    return true;
}

/* The same for a date-time: a date, a space or T, a time. */
static bool corm__datetime_read(const char *text, size_t size, corm_datetime *out)
{
    corm_date date;
    corm_time time;
    if (size < 19 || (text[10] != ' ' && text[10] != 'T') || !corm__date_read(text, 10, &date) ||
        !corm__time_read(text + 11, size - 11, &time))
        return false;
    *out = corm_datetime_of(date.year, date.month, date.day, time.hour, time.minute, time.second,
                            (int)time.microsecond);
    return true;
}

CORM_API bool corm_date_parse(const char *text, corm_date *out)
{
    return text != NULL && out != NULL && corm__date_read(text, strlen(text), out);
}

CORM_API bool corm_datetime_parse(const char *text, corm_datetime *out)
{
    return text != NULL && out != NULL && corm__datetime_read(text, strlen(text), out);
}

CORM_API bool corm_time_parse(const char *text, corm_time *out)
{
    return text != NULL && out != NULL && corm__time_read(text, strlen(text), out);
}

#endif /* CORM__ROOM_DATES_C */
