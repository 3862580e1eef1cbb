/* query_meaning.h: what conditions and expressions mean, for tests/query_fuzz.c: a tree of each, and its value over rows
 * in plain memory, with the three truths of SQL. */
#ifndef TESTS_QUERY_MEANING_H
#define TESTS_QUERY_MEANING_H

#include "query_rows.h"

enum meaning_of {
    A_COLUMN, /* slot, column */
    A_VALUE,
    AN_EQ,
    A_NE,
    A_LT,
    A_LE,
    A_GT,
    A_GE,
    A_SAME,
    A_DIFFER,
    A_BETWEEN,
    A_LIKE,
    A_GLOB,
    A_HOLDING,
    A_START,
    AN_END,
    IN_LIST, /* list, count */
    IN_QUERY,
    IF_NULL,
    IF_NOT_NULL,
    AN_AND,
    AN_OR,
    A_NOT,
    IF_ANY,     /* relation from slot to column; model; condition or none */
    IF_EXISTS,  /* model at slot; condition or none */
    IF_RELATED, /* slot is related to row; column: the relation */
    IF_RELATED_FROM,
    IF_RELATED_TO, /* the same as a comparison of keys, which may be NULL */
    A_SUBQUERY,    /* model at slot; value, condition: min or max (column) over the rows */
    A_PLUS,
    A_MINUS,
    A_TIMES,
    A_DIVISION,
    A_MODULO,
    A_NEGATIVE,
    AN_ABS,
    A_LOWER,
    AN_UPPER,
    A_TRIM,
    A_TRIM_LEFT,
    A_TRIM_RIGHT,
    A_LENGTH,
    A_SUBSTRING,
    A_REPLACE,
    A_POSITION,
    A_CONCAT,
    A_COALESCE,
    A_NULL_IF,
    A_LEAST,
    A_GREATEST,
    A_CASE,
    TO_TEXT,
    TO_WHOLE,
    TO_REAL,     /* column: divided by so much */
    PART_OF_DAY, /* column: year, month, day, hour, minute, second, weekday */
    TO_DATE,
    ADD_DAYS,
    DAYS_BETWEEN
};
enum { YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, WEEKDAY };
enum { SLOTS = 12 };

struct meaning {
    enum meaning_of of;
    int slot, column;
    const corm_model *model;
    const struct row *row;
    struct value value;
    const struct value *list;
    size_t count;
    const struct meaning *parts[3];
};

/* The rows that a condition is about: by the number of their table in the query. */
struct setting {
    const struct row *rows[SLOTS]; /* NULL: a left join found none */
};

static struct value value_of(const struct meaning *m, struct setting *at);

/* ---- Texts ---------------------------------------------------------------------------------------- */

static struct value made(const char *bytes, size_t size)
{
    return bytes_in(&passing, TEXT, bytes, size);
}
static size_t width(const char *at)
{
    const unsigned char first = (unsigned char)*at;
    return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}
static int lowered(int c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}
static int raised(int c)
{
    return c >= 'a' && c <= 'z' ? c - 32 : c;
}
static int64_t length_of(struct value a)
{
    int64_t count = 0;
    for (size_t i = 0; i < a.size; i += width(a.bytes + i))
        count++;
    return count;
}
static struct value cased(struct value a, int (*change)(int))
{
    struct value out = made(a.bytes, a.size);
    char *bytes = (char *)(uintptr_t)out.bytes;
    for (size_t i = 0; i < a.size; i++)
        bytes[i] = (char)change((unsigned char)bytes[i]);
    return out;
}
static struct value trimmed(struct value a, bool left, bool right)
{
    while (left && a.size > 0 && a.bytes[0] == ' ')
        a.bytes++, a.size--;
    while (right && a.size > 0 && a.bytes[a.size - 1] == ' ')
        a.size--;
    return made(a.bytes, a.size);
}
/* Characters from `first`, which is positive; `count` is not below zero. */
static struct value substring(struct value a, int64_t first, int64_t count)
{
    size_t begin = 0, end;
    for (; first > 1 && begin < a.size; first--)
        begin += width(a.bytes + begin);
    for (end = begin; count > 0 && end < a.size; count--)
        end += width(a.bytes + end);
    return made(a.bytes + begin, end - begin);
}
static size_t found_at(struct value a, struct value b, size_t from)
{
    for (size_t i = from; i + b.size <= a.size; i++)
        if (memcmp(a.bytes + i, b.bytes, b.size) == 0)
            return i;
    return SIZE_MAX;
}
static struct value replaced(struct value a, struct value from, struct value to)
{
    char out[4000];
    size_t used = 0, i = 0;
    while (from.size > 0 && i < a.size) {
        const bool here = found_at(a, from, i) == i;
        const struct value piece = here ? to : (struct value){.bytes = a.bytes + i, .size = 1};
        memcpy(out + used, piece.bytes, piece.size);
        used += piece.size;
        i += here ? from.size : 1;
        if (used > sizeof out - 600)
            complain("a text of a test is too long");
    }
    return from.size == 0 ? a : made(out, used);
}
static struct value position(struct value a, struct value b)
{
    const size_t at = found_at(a, b, 0);
    return whole(at == SIZE_MAX ? 0 : length_of((struct value){.bytes = a.bytes, .size = at}) + 1);
}
static struct value concatenated(struct value a, struct value b)
{
    struct value out = {.type = TEXT, .size = a.size + b.size};
    char *bytes = room_in(&passing, out.size + 1);
    memcpy(bytes, a.bytes, a.size);
    memcpy(bytes + a.size, b.bytes, b.size);
    out.bytes = bytes;
    return out;
}

/* LIKE: without case; `escape` is 0 for none. */
static bool is_like(const char *a, const char *pattern, char escape)
{
    for (; *pattern != '\0'; pattern += width(pattern), a += width(a)) {
        if (*pattern == '%' && escape != '%') {
            for (; *a != '\0'; a += width(a))
                if (is_like(a, pattern + 1, escape))
                    return true;
            return is_like(a, pattern + 1, escape);
        }
        const bool escaped = escape != '\0' && *pattern == escape;
        if (escaped && *++pattern == '\0')
            return false;
        if (*a == '\0')
            return false;
        if (!escaped && *pattern == '_')
            continue;
        if (width(a) != width(pattern) ||
            lowered((unsigned char)*a) != lowered((unsigned char)*pattern) ||
            memcmp(a + 1, pattern + 1, width(a) - 1) != 0)
            return false;
    }
    return *a == '\0';
}
/* GLOB: * and ? only; the patterns of the test have no brackets. */
static bool is_glob(const char *a, const char *pattern)
{
    for (; *pattern != '\0'; pattern += width(pattern), a += width(a)) {
        if (*pattern == '*') {
            for (; *a != '\0'; a += width(a))
                if (is_glob(a, pattern + 1))
                    return true;
            return is_glob(a, pattern + 1);
        }
        if (*a == '\0')
            return false;
        if (*pattern != '?' && (width(a) != width(pattern) || memcmp(a, pattern, width(a)) != 0))
            return false;
    }
    return *a == '\0';
}
static bool holds(struct value a, struct value b, enum meaning_of how)
{
    const struct value x = cased(a, lowered), y = cased(b, lowered);
    if (y.size > x.size)
        return false;
    return how == A_START  ? memcmp(x.bytes, y.bytes, y.size) == 0
           : how == AN_END ? memcmp(x.bytes + x.size - y.size, y.bytes, y.size) == 0
                           : found_at(x, y, 0) != SIZE_MAX;
}

/* ---- Numbers and days ----------------------------------------------------------------------------- */

static double as_real(struct value a)
{
    return a.type == REAL ? a.real : (double)a.whole;
}
static int64_t as_whole(struct value a)
{
    if (a.type == WHOLE)
        return a.whole;
    return a.real >= 9223372036854775807.0    ? INT64_MAX
           : a.real <= -9223372036854775808.0 ? INT64_MIN
                                              : (int64_t)a.real;
}
/* Whether it fits; else SQLite computes with REAL. */
static bool fits(enum meaning_of of, int64_t a, int64_t b, int64_t *out)
{
    if (of == A_DIVISION) {
        *out = a == INT64_MIN && b == -1 ? 0 : a / b;
        return a != INT64_MIN || b != -1;
    }
    return !(of == A_PLUS    ? __builtin_add_overflow(a, b, out)
             : of == A_MINUS ? __builtin_sub_overflow(a, b, out)
                             : __builtin_mul_overflow(a, b, out));
}
static struct value remainder_of(struct value a, struct value b)
{
    const int64_t x = as_whole(a), y = as_whole(b);
    if (y == 0)
        return nothing();
    const int64_t rest = y == -1 ? 0 : x % y;
    return a.type == WHOLE && b.type == WHOLE ? whole(rest) : real((double)rest);
}
static struct value computed(enum meaning_of of, struct value a, struct value b)
{
    int64_t out;
    if (of == A_MODULO)
        return remainder_of(a, b);
    if (of == A_DIVISION && as_real(b) == 0.0)
        return nothing();
    if (a.type == WHOLE && b.type == WHOLE && fits(of, a.whole, b.whole, &out))
        return whole(out);
    const double x = as_real(a), y = as_real(b);
    return real(of == A_PLUS ? x + y : of == A_MINUS ? x - y : of == A_TIMES ? x * y : x / y);
}
static struct value negative(struct value a)
{
    return a.type == REAL ? real(-a.real) : computed(A_MINUS, whole(0), a);
}

static corm_date day_of(struct value a)
{
    char out[11] = "";
    corm_date day = {0};
    memcpy(out, a.bytes, 10);
    if (!corm_date_parse(out, &day))
        complain("%s is no day", shown(a));
    return day;
}
static struct value part_of(struct value a, int part)
{
    const corm_date day = day_of(a);
    switch (part) {
    case YEAR: return whole(day.year);
    case MONTH: return whole(day.month);
    case DAY: return whole(day.day);
    case WEEKDAY: return whole((corm_date_to_days(day) % 7 + 7 + 4) % 7); /* 1970: a Thursday */
    default: return whole(atoi(a.bytes + 11 + 3 * (part - HOUR)));
    }
}

/* ---- Truths --------------------------------------------------------------------------------------- */

static struct value truth(bool yes)
{
    return whole(yes);
}
static bool is_true(struct value a)
{
    return a.type != NOTHING && a.whole != 0;
}

static struct value compared(enum meaning_of of, struct value a, struct value b)
{
    const int order = compare(a, b);
    if (of == A_SAME || of == A_DIFFER)
        return truth((order == 0) == (of == A_SAME));
    if (a.type == NOTHING || b.type == NOTHING)
        return nothing();
    return truth(of == AN_EQ  ? order == 0
                 : of == A_NE ? order != 0
                 : of == A_LT ? order < 0
                 : of == A_LE ? order <= 0
                 : of == A_GT ? order > 0
                              : order >= 0);
}
static struct value both(struct value a, struct value b)
{
    if ((a.type != NOTHING && !is_true(a)) || (b.type != NOTHING && !is_true(b)))
        return truth(false);
    return a.type == NOTHING || b.type == NOTHING ? nothing() : truth(true);
}
static struct value denied(struct value a)
{
    return a.type == NOTHING ? a : truth(!is_true(a));
}
static struct value either(struct value a, struct value b)
{
    return denied(both(denied(a), denied(b)));
}

static struct value joined(const struct meaning *m, struct setting *at)
{
    struct value all = truth(m->of == AN_AND);
    for (int i = 0; i < 3; i++)
        if (m->parts[i] != NULL) {
            const struct value one = value_of(m->parts[i], at);
            all = m->of == AN_AND ? both(all, one) : either(all, one);
        }
    return m->of == A_NOT ? denied(all) : all;
}

static struct value listed(const struct meaning *m, struct setting *at)
{
    const struct value a = value_of(m->parts[0], at);
    if (m->count == 0)
        return truth(false);
    for (size_t i = 0; i < m->count; i++)
        if (a.type != NOTHING && compare(a, m->list[i]) == 0)
            return truth(true);
    return a.type == NOTHING ? a : truth(false);
}

/* ---- Over other rows ------------------------------------------------------------------------------ */

/* The next row of the model that meets the condition stands in the slot; false: there is none. */
static bool next_row(const struct meaning *m, const struct meaning *condition, int *i,
                     struct setting *at)
{
    for (; *i < ROWS; (*i)++) {
        const struct row *row = &run.now.rows[table_of(m->model)][*i];
        if (!is_a(row, m->model))
            continue;
        at->rows[m->slot] = row;
        if (condition == NULL || is_true(value_of(condition, at))) {
            (*i)++;
            return true;
        }
    }
    return false;
}

static struct value any_row(const struct meaning *m, struct setting *at)
{
    for (int i = 0; next_row(m, m->parts[0], &i, at);)
        if (m->of == IF_EXISTS || (at->rows[m->count] != NULL &&
                                   is_related(m->column, at->rows[m->count], at->rows[m->slot])))
            return truth(true);
    return truth(false);
}

static struct value related_to(const struct meaning *m, const struct row *row)
{
    const bool upwards = m->column == PLACED || m->column == BOSS || m->column == OWNER;
    const struct row *child = upwards ? row : m->row, *parent = upwards ? m->row : row;
    struct value none = nothing();
    if (m->column == TAGGED || m->column == TAGGING) {
        for (int i = 0; row == NULL && i < ROWS; i++)
            if (is_related(m->column ^ 1, m->row, &run.now.rows[relations[m->column].from][i]))
                return none;
        return truth(row != NULL && is_related(m->column, row, m->row));
    }
    const size_t column = m->column == PLACED || m->column == RESIDENTS ? PERSON_ZONE
                          : m->column == BOSS || m->column == STAFF     ? PERSON_BOSS
                                                                        : ITEM_OWNER;
    struct value all = truth(true);
    for (size_t i = 0; i < (column == PERSON_ZONE ? 2 : 1); i++)
        all = both(all, compared(AN_EQ, child == NULL ? none : child->cells[column + i],
                                 parent == NULL ? none : parent->cells[i]));
    return all;
}

static struct value in_rows(const struct meaning *m, struct setting *at)
{
    const struct value a = value_of(m->parts[0], at);
    struct value found = truth(false);
    for (int i = 0; next_row(m, m->parts[2], &i, at);)
        found = either(found, compared(AN_EQ, a, value_of(m->parts[1], at)));
    return found;
}

static struct value of_rows(const struct meaning *m, struct setting *at)
{
    struct value best = nothing();
    for (int i = 0; next_row(m, m->parts[1], &i, at);) {
        const struct value one = value_of(m->parts[0], at);
        if (one.type != NOTHING &&
            (best.type == NOTHING || (m->column == 0) == (compare(one, best) < 0)))
            best = one;
    }
    return best;
}

/* ---- Values --------------------------------------------------------------------------------------- */

static struct value of_three(const struct meaning *m, struct setting *at)
{
    const struct value a = value_of(m->parts[0], at), b = value_of(m->parts[1], at);
    const struct value c = m->parts[2] == NULL ? nothing() : value_of(m->parts[2], at);
    if (m->of == A_BETWEEN)
        return both(compared(A_GE, a, b), compared(A_LE, a, c));
    if (m->of == A_REPLACE && a.type == TEXT && b.type == TEXT && b.size == 0)
        return a; /* whatever stands for it */
    if (a.type == NOTHING || b.type == NOTHING || (m->parts[2] != NULL && c.type == NOTHING))
        return nothing();
    switch (m->of) {
    case A_SUBSTRING: return substring(a, b.whole, c.whole);
    case A_REPLACE: return replaced(a, b, c);
    default: return truth(is_like(a.bytes, b.bytes, m->parts[2] == NULL ? '\0' : c.bytes[0]));
    }
}

static struct value of_two(const struct meaning *m, struct setting *at)
{
    const struct value a = value_of(m->parts[0], at), b = value_of(m->parts[1], at);
    if (a.type == NOTHING || b.type == NOTHING)
        return nothing();
    switch (m->of) {
    case A_GLOB: return truth(is_glob(a.bytes, b.bytes));
    case A_HOLDING:
    case A_START:
    case AN_END: return truth(holds(a, b, m->of));
    case A_POSITION: return position(a, b);
    case A_CONCAT: return concatenated(a, b);
    case A_LEAST: return compare(a, b) <= 0 ? a : b;
    case A_GREATEST: return compare(a, b) >= 0 ? a : b;
    case DAYS_BETWEEN: return whole(corm_date_to_days(day_of(a)) - corm_date_to_days(day_of(b)));
    case ADD_DAYS: {
        char out[CORM_DATE_TEXT_SIZE];
        (void)corm_date_format(corm_date_from_days(corm_date_to_days(day_of(a)) + b.whole), out);
        return made(out, strlen(out));
    }
    default: return computed(m->of, a, b);
    }
}

static struct value of_one(const struct meaning *m, struct setting *at)
{
    const struct value a = value_of(m->parts[0], at);
    char out[32];
    if (a.type == NOTHING)
        return a;
    switch (m->of) {
    case A_NEGATIVE: return negative(a);
    case AN_ABS:
        return a.type == REAL ? real(a.real < 0 ? -a.real : a.real)
                              : whole(a.whole < 0 ? -a.whole : a.whole);
    case A_LOWER: return cased(a, lowered);
    case AN_UPPER: return cased(a, raised);
    case A_TRIM: return trimmed(a, true, true);
    case A_TRIM_LEFT: return trimmed(a, true, false);
    case A_TRIM_RIGHT: return trimmed(a, false, true);
    case A_LENGTH: return whole(a.type == BYTES ? (int64_t)a.size : length_of(a));
    case TO_TEXT:
        (void)snprintf(out, sizeof out, "%lld", (long long)a.whole);
        return made(out, strlen(out));
    case TO_WHOLE: return whole(as_whole(a));
    case TO_REAL: return real(as_real(a) / m->column);
    case TO_DATE: return made(a.bytes, 10);
    default: return part_of(a, m->column);
    }
}

static struct value value_of(const struct meaning *m, struct setting *at)
{
    switch (m->of) {
    case A_COLUMN: {
        const struct row *row = at->rows[m->slot];
        return row == NULL ? nothing() : row->cells[m->column];
    }
    case A_VALUE: return m->value;
    case AN_EQ:
    case A_NE:
    case A_LT:
    case A_LE:
    case A_GT:
    case A_GE:
    case A_SAME:
    case A_DIFFER: return compared(m->of, value_of(m->parts[0], at), value_of(m->parts[1], at));
    case IN_LIST: return listed(m, at);
    case IN_QUERY: return in_rows(m, at);
    case IF_NULL: return truth(value_of(m->parts[0], at).type == NOTHING);
    case IF_NOT_NULL: return truth(value_of(m->parts[0], at).type != NOTHING);
    case AN_AND:
    case AN_OR:
    case A_NOT: return joined(m, at);
    case IF_ANY:
    case IF_EXISTS: return any_row(m, at);
    case IF_RELATED:
        return truth(at->rows[m->slot] != NULL && is_related(m->column, at->rows[m->slot], m->row));
    case IF_RELATED_FROM: return truth(is_related(m->column, m->row, at->rows[m->slot]));
    case IF_RELATED_TO: return related_to(m, at->rows[m->slot]);
    case A_SUBQUERY: return of_rows(m, at);
    case A_COALESCE: {
        const struct value a = value_of(m->parts[0], at);
        return a.type == NOTHING ? value_of(m->parts[1], at) : a;
    }
    case A_NULL_IF: {
        const struct value a = value_of(m->parts[0], at);
        return is_true(compared(AN_EQ, a, value_of(m->parts[1], at))) ? nothing() : a;
    }
    case A_CASE: return value_of(m->parts[is_true(value_of(m->parts[0], at)) ? 1 : 2], at);
    case A_BETWEEN:
    case A_LIKE:
    case A_SUBSTRING:
    case A_REPLACE: return of_three(m, at);
    default: return m->parts[1] != NULL ? of_two(m, at) : of_one(m, at);
    }
}

#endif /* TESTS_QUERY_MEANING_H */
