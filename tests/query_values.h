/* query_values.h: random questions for values, groups, windows and compounds, for tests/query_fuzz.c. */
#ifndef TESTS_QUERY_VALUES_H
#define TESTS_QUERY_VALUES_H

#include "query_answers.h"

/* ---- Values --------------------------------------------------------------------------------------- */

/* A column as an OPTIONAL of its kind in an array of values. */
static struct value item_of(corm_kind kind, const void *items, size_t i)
{
    corm_column column = {.name = "value",
                          .kind = kind,
                          .optional = true,
                          .scale = 2,
                          .enumeration = &corm__enum_Color};
    size_t size = sizeof(corm_optional_integer);
    switch (kind) {
    case CORM_KIND_REAL: size = sizeof(corm_optional_real); break;
    case CORM_KIND_TEXT: size = sizeof(const char *); break;
    case CORM_KIND_BLOB: size = sizeof(corm_blob); break;
    case CORM_KIND_DATE: size = sizeof(corm_optional_date); break;
    case CORM_KIND_DATETIME: size = sizeof(corm_optional_datetime); break;
    case CORM_KIND_DECIMAL: size = sizeof(corm_optional_decimal); break;
    case CORM_KIND_UUID: size = sizeof(corm_optional_uuid); break;
    default: break;
    }
    return member_of(&column, (const char *)items + i * size);
}

/* Whether a member can hold it: integers that became too large are refused. */
static bool is_held(corm_kind kind, struct value value)
{
    if (kind == CORM_KIND_REAL)
        return value.type == NOTHING || as_real(value) - as_real(value) == 0.0;
    if (kind == CORM_KIND_DECIMAL)
        return value.type == NOTHING || (value.type == WHOLE && value.whole < 1000000000000000000 &&
                                         value.whole > -1000000000000000000);
    return value.type != REAL;
}

static int by_value(const void *a, const void *b)
{
    return compare(*(const struct value *)a, *(const struct value *)b);
}

static void check_values(corm_kind kind, corm_rows rows, struct value *wanted, size_t count,
                         bool sorted)
{
    static struct value got[ANSWERS];
    if (rows.count != count)
        complain("%zu values, not %zu", rows.count, count);
    for (size_t i = 0; i < count; i++)
        got[i] = item_of(kind, rows.items, i);
    if (!sorted) {
        qsort(got, count, sizeof *got, by_value);
        qsort(wanted, count, sizeof *wanted, by_value);
    }
    for (size_t i = 0; i < count; i++)
        if (compare(got[i], wanted[i]) != 0)
            complain("value %zu is %s, not %s", i, shown(got[i]), shown(wanted[i]));
}

static void ask_for_values(void)
{
    static struct value wanted[ANSWERS];
    struct question q = ask(PICK(models));
    for (int joins = below(2); joins > 0; joins--)
        add_join(&q);
    if (one_in(2))
        ask_where(&q, 2);
    const corm_kind kind = some_kind(&q.scope);
    const struct term it = expression(kind, one_in(2) ? 0 : 2, &q.scope);
    if (!fits_in(&it.it) || it.means->of == A_VALUE)
        return;
    add_order(&q, it);
    const bool sorted = one_in(2), distinct = one_in(3);
    corm_select select = {
        .from = q.model, .join = q.it.join, .where = q.it.where, .distinct = distinct};
    if (q.order_count == 0 || !fits_in(&select.order_by))
        return;
    if (sorted)
        select.order_by = q.it.order_by;
    work_out(&q);
    size_t count = 0;
    for (size_t i = 0; i < answer.count; i++) {
        const struct value one = answer.rows[i].keys[0];
        if (!is_held(kind, one))
            return;
        if (!distinct || count == 0 || compare(wanted[count - 1], one) != 0)
            wanted[count++] = one;
    }
    if (sorted && one_in(2)) {
        select.limit = 1 + below(5);
        select.offset = below(3);
        const size_t offset = lesser((size_t)select.offset, count);
        count = lesser(count - offset, (size_t)select.limit);
        memmove(wanted, wanted + offset, count * sizeof *wanted);
    }
    run.what = "values";
    run.select = &select;
    const corm_rows rows = corm_select_values(run.session, &select, it.it);
    must(true);
    check_values(kind, rows, wanted, count, sorted);
    run.select = NULL;
}

/* ---- Aggregates and groups ------------------------------------------------------------------------ */

#define TALLY(COLUMN)                                                                              \
    COLUMN(OPTIONAL(TEXT), key)                                                                    \
    COLUMN(OPTIONAL(INTEGER), number)                                                              \
    COLUMN(INTEGER, rows)                                                                          \
    COLUMN(INTEGER, some)                                                                          \
    COLUMN(INTEGER, kinds)                                                                         \
    COLUMN(OPTIONAL(INTEGER), total)                                                               \
    COLUMN(OPTIONAL(REAL), mean)                                                                   \
    COLUMN(OPTIONAL(TEXT), least)                                                                  \
    COLUMN(OPTIONAL(TEXT), most)
CORM_ROW(Tally, TALLY)

struct tally {
    struct value key, number, least, most;
    struct value seen[ROWS];
    int64_t rows, some, kinds, total;
};

static void count_in(struct tally *tally, struct value name, struct value age)
{
    tally->rows++;
    if (age.type != NOTHING) {
        tally->total += age.whole;
        tally->some++;
        bool there = false;
        for (int i = 0; i < tally->kinds; i++)
            there = there || compare(tally->seen[i], age) == 0;
        if (!there && tally->kinds < ROWS)
            tally->seen[tally->kinds++] = age;
    }
    if (name.type == NOTHING)
        return;
    if (tally->least.type == NOTHING || compare(name, tally->least) < 0)
        tally->least = name;
    if (tally->most.type == NOTHING || compare(name, tally->most) > 0)
        tally->most = name;
}

static bool is_text(struct value value, const char *held)
{
    return value.type == NOTHING ? held == NULL : held != NULL && strcmp(held, value.bytes) == 0;
}

static void check_tally(const Tally *got, const struct tally *wanted)
{
    const bool some = wanted->some > 0;
    const double mean = some ? (double)wanted->total / (double)wanted->some : 0;
    if (!is_text(wanted->key, got->key) ||
        got->number.has_value != (wanted->number.type != NOTHING) ||
        (got->number.has_value && got->number.value != wanted->number.whole))
        complain("the group of %s is not there", shown(wanted->key));
    if (got->rows != wanted->rows || got->some != wanted->some || got->kinds != wanted->kinds ||
        got->total.has_value != some || (some && got->total.value != wanted->total) ||
        got->mean.has_value != some || (some && got->mean.value != mean) ||
        !is_text(wanted->least, got->least) || !is_text(wanted->most, got->most))
        complain("the group of %s, %s: %lld %lld %lld %lld %g %s", shown(wanted->key),
                 shown(wanted->number), (long long)got->rows, (long long)got->some,
                 (long long)got->kinds, (long long)got->total.value, got->mean.value,
                 got->least == NULL ? "NULL" : got->least);
}

static size_t tally_up(struct tally *tallies, int64_t at_least)
{
    size_t count = 0, kept_count = 0;
    for (size_t i = 0; i < answer.count; i++) {
        const struct value *keys = answer.rows[i].keys;
        if (count == 0 || compare(keys[0], tallies[count - 1].key) != 0 ||
            compare(keys[1], tallies[count - 1].number) != 0)
            tallies[count++] = (struct tally){.key = keys[0], .number = keys[1]};
        count_in(&tallies[count - 1], keys[2], keys[3]);
    }
    for (size_t i = 0; i < count; i++)
        if (tallies[i].rows >= at_least)
            tallies[kept_count++] = tallies[i];
    return kept_count;
}

/* The groups as a list, and one by one. */
static void check_groups(const corm_select *select, const struct tally *tallies, size_t count)
{
    run.what = "groups";
    run.select = select;
    const corm_rows rows = corm_select_rows(run.session, select);
    must(true);
    if (rows.count != count)
        complain("%zu groups, not %zu", rows.count, count);
    for (size_t i = 0; i < count; i++)
        check_tally(&((const Tally *)rows.items)[i], &tallies[i]);
    run.what = "groups one by one";
    corm_stream *stream = corm_select_rows_stream(run.session, select);
    must(stream != NULL);
    size_t streamed = 0;
    for (const Tally *one; (one = corm_stream_next(stream)) != NULL && streamed < count;)
        check_tally(one, &tallies[streamed++]);
    must(corm_stream_close(stream) == CORM_OK);
    if (streamed != count)
        complain("%zu groups came, not %zu", streamed, count);
    run.select = NULL;
}

static void ask_for_groups(void)
{
    static struct tally tallies[ANSWERS];
    const int64_t at_least = below(3);
    struct question q = ask(&corm__model_Person);
    if (one_in(2))
        add_join(&q);
    if (one_in(2))
        ask_where(&q, 2);
    const struct term key = expression(CORM_KIND_TEXT, 1, &q.scope),
                      number = expression(CORM_KIND_INTEGER, 1, &q.scope);
    const struct named *people = &q.scope.tables[0];
    const struct term parts[] = {key, number, column_term(people, 7),
                                 column_term(people, PERSON_AGE)};
    for (int i = 0; i < 4; i++)
        q.order[q.order_count++] = (struct sorting){parts[i].means, false, true};
    work_out(&q);
    for (size_t i = 0; i < answer.count; i++)
        if (!is_held(CORM_KIND_INTEGER, answer.rows[i].keys[1]))
            return;
    const size_t count = tally_up(tallies, at_least);
    corm_select select = {
        .row = &corm__model_Tally,
        .from = q.model,
        .join = q.it.join,
        .where = q.it.where,
        .group_by = corm_group(AS_TEXT(key), AS_WHOLE(number)),
        .having = corm_ge(corm_count_rows(), at_least),
        .order_by = corm_order(corm_asc(Tally_.key), corm_asc(Tally_.number)),
        .fields = corm_fields(corm_field(Tally_.key, AS_TEXT(key)),
                              corm_field(Tally_.number, AS_WHOLE(number)),
                              corm_field(Tally_.rows, corm_count_rows()),
                              corm_field(Tally_.some, corm_count_values(Person_.age)),
                              corm_field(Tally_.kinds, corm_count_distinct(Person_.age)),
                              corm_field(Tally_.total, corm_sum(Person_.age)),
                              corm_field(Tally_.mean, corm_average(Person_.age)),
                              corm_field(Tally_.least, corm_minimum(Person_.t)),
                              corm_field(Tally_.most, corm_maximum(Person_.t)))};
    if (!fits_in(&select.group_by) || !fits_in(&select.fields) || key.means->of == A_VALUE ||
        number.means->of == A_VALUE)
        return;
    check_groups(&select, tallies, count);
}

/* ---- Windows -------------------------------------------------------------------------------------- */

/* The value over the rows of its part that stand around row i: these are sorted by part, place and key. */
static struct value over(const struct found *rows, size_t count, size_t i, int function,
                         int64_t before, int64_t behind)
{
    size_t first = i, end = i;
    int64_t total = 0;
    bool some = false;
    while (first > 0 && compare(rows[first - 1].keys[0], rows[i].keys[0]) == 0)
        first--;
    while (end < count && compare(rows[end].keys[0], rows[i].keys[0]) == 0)
        end++;
    if (function == 0)
        return whole((int64_t)(i - first) + 1);
    if (function == 1)
        return i + 2 < end ? rows[i + 2].keys[3] : nothing();
    for (size_t k = first; k < end; k++)
        if ((before < 0 || (int64_t)k >= (int64_t)i - before) &&
            (behind < 0 || (int64_t)k <= (int64_t)i + behind) && rows[k].keys[3].type != NOTHING) {
            total += rows[k].keys[3].whole;
            some = true;
        }
    return some ? whole(total) : nothing();
}

static void ask_for_windows(void)
{
    static struct value wanted[ANSWERS];
    struct question q = ask(&corm__model_Person);
    if (one_in(2))
        ask_where(&q, 2);
    const corm_kind kind = some_kind(&q.scope);
    const struct term part = expression(some_kind(&q.scope), 1, &q.scope),
                      place = expression(kind, 1, &q.scope),
                      age = column_term(&q.scope.tables[0], PERSON_AGE),
                      key = column_term(&q.scope.tables[0], 0);
    const struct term all[] = {part, place, key, age};
    const bool down = one_in(2);
    for (int i = 0; i < 4; i++)
        q.order[q.order_count++] = (struct sorting){all[i].means, i == 1 && down, i != 1 || !down};
    const int function = below(4);
    const int64_t before = below(4) - 1, behind = below(4) - 1;
    const corm_grouping group = corm_group(AS_WHOLE(part));
    const corm_ordering order = corm_order(
        down ? corm_desc(AS_WHOLE(place)) : corm_asc(AS_WHOLE(place)), corm_asc(Person_.id));
    const corm_integer_expression value =
        function == 0   ? corm_over(corm_row_number(), group, order)
        : function == 1 ? corm_over(corm_lead(AS_WHOLE(age), 2), group, order)
        : function == 2 ? corm_over(corm_sum(AS_WHOLE(age)), group, order)
                        : corm_over_rows(corm_sum(AS_WHOLE(age)), group, order, before, behind);
    if (!fits_in(&group) || !fits_in(&order) || !fits_in(&value.corm__nodes) ||
        part.means->of == A_VALUE || place.means->of == A_VALUE)
        return;
    work_out(&q);
    for (size_t i = 0; i < answer.count; i++)
        wanted[i] = over(answer.rows, answer.count, i, function, function == 3 ? before : -1,
                         function == 3 ? behind : 0);
    const corm_select select = {.from = q.model, .where = q.it.where};
    run.what = "windows";
    run.select = &select;
    const corm_rows rows = corm_select_values(run.session, &select, NODES(value));
    must(true);
    check_values(CORM_KIND_INTEGER, rows, wanted, answer.count, false);
    run.select = NULL;
}

/* ---- Queries put together ------------------------------------------------------------------------- */

#define SINGLE(COLUMN) COLUMN(OPTIONAL(TEXT), value)
CORM_ROW(Single, SINGLE)

static bool is_among(struct value one, const struct value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (compare(values[i], one) == 0)
            return true;
    return false;
}

/* The texts of a query, as a select of them. */
static size_t ask_for_texts(corm_select *select, struct value *values)
{
    struct question q = ask(PICK(models));
    if (!one_in(3))
        ask_where(&q, 1);
    struct term it;
    do
        it = expression(CORM_KIND_TEXT, 1, &q.scope);
    while (it.means->of == A_VALUE);
    q.order[q.order_count++] = (struct sorting){it.means, false, true};
    work_out(&q);
    *select = (corm_select){.row = &corm__model_Single,
                            .from = q.model,
                            .where = q.it.where,
                            .fields = corm_fields(corm_field(Single_.value, AS_TEXT(it)))};
    for (size_t i = 0; i < answer.count; i++) {
        values[i] = answer.rows[i].keys[0];
        if (values[i].type == TEXT)
            values[i] = bytes_in(&kept, TEXT, values[i].bytes, values[i].size);
    }
    return answer.count;
}

static void ask_for_union(void)
{
    static struct value first[ANSWERS], other[ANSWERS], all[2 * ANSWERS];
    corm_select select, second;
    size_t a = ask_for_texts(&select, first), b = ask_for_texts(&second, other), count = 0;
    const unsigned how = (unsigned)(CORM__UNION + below(4));
    for (size_t i = 0; i < a + b; i++) {
        const struct value one = i < a ? first[i] : other[i - a];
        const bool there = is_among(one, other, b);
        if (how == CORM__UNION_ALL ||
            (!is_among(one, all, count) &&
             (how == CORM__UNION || (i < a && there == (how == CORM__INTERSECT)))))
            all[count++] = one;
    }
    qsort(all, count, sizeof *all, by_value);
    select.compound[0] = (corm_compound){&second, how};
    select.order_by = corm_asc(Single_.value);
    run.what = "queries put together";
    run.select = &select;
    const corm_rows rows = corm_select_rows(run.session, &select);
    must(true);
    if (rows.count != count)
        complain("%zu rows, not %zu", rows.count, count);
    for (size_t i = 0; i < count; i++)
        if (!is_text(all[i], ((const Single *)rows.items)[i].value))
            complain("row %zu is not %s", i, shown(all[i]));
    run.select = NULL;
}

#endif /* TESTS_QUERY_VALUES_H */
