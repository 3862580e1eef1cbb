/* query_words.h: random conditions and expressions, each made with corm's words and as what it means, for
 * tests/query_fuzz.c. */
#ifndef TESTS_QUERY_WORDS_H
#define TESTS_QUERY_WORDS_H

#include "query_meaning.h"

/* A condition or an expression, whose kind the compiler does not know: it stands in the macros as one of whatever
 * kind they want. */
struct term {
    corm_condition it;
    const struct meaning *means;
};
#define AS_WHOLE(term_) ((corm_integer_expression){(term_).it})
#define AS_REAL(term_) ((corm_real_expression){(term_).it})
#define AS_TEXT(term_) ((corm_text_expression){(term_).it})
#define AS_BLOB(term_) ((corm_blob_expression){(term_).it})
#define AS_DATE(term_) ((corm_date_expression){(term_).it})
#define AS_MOMENT(term_) ((corm_datetime_expression){(term_).it})
#define AS_TRUTH(term_) ((corm_boolean_expression){(term_).it})
#define AS_DECIMAL(term_) ((corm_decimal_expression){(term_).it})
#define NODES(expression_) ((expression_).corm__nodes)

/* The tables that a condition may speak of: those of a query, then those around it. */
struct scope {
    struct named {
        const corm_model *model; /* perhaps an alias */
        int slot;
    } tables[4];
    int count;
    const struct scope *around;
};
static int slots_used;

static struct term term_of(corm_condition it, struct meaning meaning)
{
    struct meaning *kept_meaning = room_in(&kept, sizeof meaning);
    *kept_meaning = meaning;
    return (struct term){it, kept_meaning};
}
#define MEANS(...) ((struct meaning){__VA_ARGS__})

/* The tables that can be named here: the innermost of those of one name. */
static int visible(const struct scope *scope, const struct named *found[16])
{
    int count = 0;
    for (const struct scope *s = scope; s != NULL; s = s->around)
        for (int i = 0; i < s->count; i++) {
            bool hidden = false;
            for (int k = 0; k < count && s != scope; k++)
                hidden = hidden || table_of(found[k]->model) == table_of(s->tables[i].model);
            if (!hidden)
                found[count++] = &s->tables[i];
        }
    return count;
}
static const struct named *some_table(const struct scope *scope)
{
    const struct named *found[16];
    const int count = visible(scope, found);
    return one_in(3) ? found[below(count)] : found[0];
}

/* ---- Leaves --------------------------------------------------------------------------------------- */

static struct term column_term(const struct named *table, size_t c)
{
    const corm_column *column = &unaliased(table->model)->columns[c];
    const corm_column_ref ref = {table->model, (unsigned)c};
    return term_of(corm_operand_column(ref, (int)kind_of(column)),
                   MEANS(.of = A_COLUMN, .slot = table->slot, .column = (int)c));
}

/* A column of that kind; false: there is none. */
static bool column_of(corm_kind kind, const struct scope *scope, struct term *out)
{
    const struct named *tables[16];
    const int count = visible(scope, tables);
    for (int t = one_in(3) ? below(count) : 0, tries = 0; tries < count;
         t = (t + 1) % count, tries++) {
        const corm_model *model = unaliased(tables[t]->model);
        size_t fit[COLUMNS];
        int found = 0;
        for (size_t c = 0; c < model->column_count; c++)
            if (kind_of(&model->columns[c]) == kind)
                fit[found++] = c;
        if (found > 0) {
            *out = column_term(tables[t], fit[below(found)]);
            return true;
        }
    }
    return false;
}

/* The value as corm takes it; `var`: out of a variable. */
static corm_condition operand(corm_kind kind, struct value value, bool var)
{
    char *at = room_in(&kept, 64);
    corm_date date = {0};
    corm_datetime moment = {0};
    corm_uuid uuid = {{0}};
    corm_decimal decimal;
    int number = 0;
#define PUT(type_, maker_, value_)                                                                 \
    do {                                                                                           \
        const type_ given = (value_);                                                              \
        memcpy(at, &given, sizeof given);                                                          \
        return var ? corm_operand_variable((int)kind, at) : maker_(given);                         \
    } while (0)
    switch (kind) {
    case CORM_KIND_INTEGER: PUT(int64_t, corm_operand_integer, value.whole);
    case CORM_KIND_REAL: PUT(double, corm_operand_real, value.real);
    case CORM_KIND_BOOLEAN: PUT(bool, corm_operand_boolean, value.whole != 0);
    case CORM_KIND_TEXT: {
        const char *text_given = value.bytes;
        memcpy(at, &text_given, sizeof text_given);
        return var ? corm_operand_variable((int)kind, at) : corm_operand_text(text_given);
    }
    case CORM_KIND_DATE:
        (void)corm_date_parse(value.bytes, &date);
        PUT(corm_date, corm_operand_date, date);
    case CORM_KIND_DATETIME:
        (void)corm_datetime_parse(value.bytes, &moment);
        PUT(corm_datetime, corm_operand_datetime, moment);
    case CORM_KIND_UUID:
        (void)corm_uuid_parse(value.bytes, &uuid);
        PUT(corm_uuid, corm_operand_uuid, uuid);
    case CORM_KIND_DECIMAL:
        decimal = corm_decimal_units(value.whole, 2);
        if (one_in(3) && value.whole % 100 == 0)
            decimal = corm_decimal_from_integer(value.whole / 100);
        PUT(corm_decimal, corm_operand_decimal, decimal);
    case CORM_KIND_ENUM:
        (void)corm_enum_parse(&corm__enum_Color, value.bytes, &number);
        return corm_operand_integer(number);
    default: PUT(corm_blob, corm_operand_blob, ((corm_blob){value.bytes, value.size}));
    }
#undef PUT
}

static struct term value_term(corm_kind kind)
{
    const struct value value = random_value(kind);
    return term_of(operand(kind, value, kind != CORM_KIND_ENUM && one_in(4)),
                   MEANS(.of = A_VALUE, .value = value));
}
static struct term small_term(int64_t number)
{
    return term_of(corm_operand_integer(number), MEANS(.of = A_VALUE, .value = whole(number)));
}

/* ---- Expressions ---------------------------------------------------------------------------------- */

static struct term expression(corm_kind kind, int depth, const struct scope *scope);
static struct term condition(int depth, const struct scope *scope);
static struct term subquery(corm_kind kind, int depth, const struct scope *scope);

static struct term some_operand(corm_kind kind, int depth, const struct scope *scope)
{
    return one_in(3) ? value_term(kind) : expression(kind, depth, scope);
}

static struct term two(enum meaning_of of, corm_condition it, struct term a, struct term b)
{
    return term_of(it, MEANS(.of = of, .parts = {a.means, b.means}));
}

static struct term arithmetic(corm_kind kind, int depth, const struct scope *scope)
{
    const struct term a = expression(kind, depth, scope);
    if (kind == CORM_KIND_DECIMAL) {
        const struct term b = some_operand(kind, depth, scope), n = small_term(below(5) - 1);
        switch (below(4)) {
        case 0: return two(A_PLUS, NODES(corm_plus(AS_DECIMAL(a), AS_DECIMAL(b))), a, b);
        case 1: return two(A_MINUS, NODES(corm_minus(AS_DECIMAL(a), AS_DECIMAL(b))), a, b);
        case 2: return two(A_DIVISION, NODES(corm_divided(AS_DECIMAL(a), AS_WHOLE(n))), a, n);
        default: return two(A_TIMES, NODES(corm_times(AS_DECIMAL(a), AS_WHOLE(n))), a, n);
        }
    }
    if (kind == CORM_KIND_REAL) {
        const bool mixed = one_in(3);
        const struct term b = some_operand(mixed ? CORM_KIND_INTEGER : kind, depth, scope);
        switch (below(4)) {
        case 0: return two(A_PLUS, NODES(corm_plus(AS_REAL(a), AS_REAL(b))), a, b);
        case 1: return two(A_MINUS, NODES(corm_minus(AS_REAL(a), AS_REAL(b))), a, b);
        case 2: return two(A_TIMES, NODES(corm_times(AS_REAL(a), AS_REAL(b))), a, b);
        default: return two(A_DIVISION, NODES(corm_divided(AS_REAL(a), AS_REAL(b))), a, b);
        }
    }
    const struct term b = some_operand(kind, depth, scope);
    switch (below(6)) {
    case 0: return two(A_PLUS, NODES(corm_plus(AS_WHOLE(a), AS_WHOLE(b))), a, b);
    case 1: return two(A_MINUS, NODES(corm_minus(AS_WHOLE(a), AS_WHOLE(b))), a, b);
    case 2: return two(A_TIMES, NODES(corm_times(AS_WHOLE(a), AS_WHOLE(b))), a, b);
    case 3: return two(A_DIVISION, NODES(corm_divided(AS_WHOLE(a), AS_WHOLE(b))), a, b);
    case 4: return two(A_MODULO, NODES(corm_modulo(AS_WHOLE(a), AS_WHOLE(b))), a, b);
    default:
        return term_of(NODES(corm_negative(AS_WHOLE(a))),
                       MEANS(.of = A_NEGATIVE, .parts = {a.means}));
    }
}

static struct term from_text(int depth, const struct scope *scope)
{
    const struct term a = expression(CORM_KIND_TEXT, depth, scope),
                      b = some_operand(CORM_KIND_TEXT, depth, scope);
#define ONE(of_, function_)                                                                        \
    return term_of(NODES(function_(AS_TEXT(a))), MEANS(.of = of_, .parts = {a.means}))
    switch (below(8)) {
    case 0: ONE(A_LOWER, corm_lower);
    case 1: ONE(AN_UPPER, corm_upper);
    case 2: ONE(A_TRIM, corm_trim);
    case 3: ONE(A_TRIM_LEFT, corm_trim_left);
    case 4: ONE(A_TRIM_RIGHT, corm_trim_right);
    case 5: return two(A_CONCAT, NODES(corm_concat(AS_TEXT(a), AS_TEXT(b))), a, b);
    case 6: {
        const int first = 1 + below(3), count = below(3);
        return term_of(NODES(corm_substring(AS_TEXT(a), first, count)),
                       MEANS(.of = A_SUBSTRING,
                             .parts = {a.means, small_term(first).means, small_term(count).means}));
    }
    default: {
        const struct term c = value_term(CORM_KIND_TEXT);
        return term_of(NODES(corm_replace(AS_TEXT(a), AS_TEXT(c), AS_TEXT(b))),
                       MEANS(.of = A_REPLACE, .parts = {a.means, c.means, b.means}));
    }
    }
}

static struct term whole_from(int depth, const struct scope *scope)
{
    const struct term a = expression(CORM_KIND_TEXT, depth, scope),
                      other = value_term(CORM_KIND_TEXT);
    const struct term day = expression(CORM_KIND_DATE, depth, scope),
                      moment = expression(CORM_KIND_DATETIME, depth, scope);
#define PART(part_, function_, as_, of_)                                                           \
    return term_of(NODES(function_(as_(of_))),                                                     \
                   MEANS(.of = PART_OF_DAY, .column = part_, .parts = {of_.means}))
    switch (below(11)) {
    case 0: ONE(A_LENGTH, corm_length);
    case 1: return two(A_POSITION, NODES(corm_position(AS_TEXT(a), AS_TEXT(other))), a, other);
    case 2: PART(YEAR, corm_year, AS_DATE, day);
    case 3: PART(MONTH, corm_month, AS_MOMENT, moment);
    case 4: PART(DAY, corm_day, AS_DATE, day);
    case 5: PART(WEEKDAY, corm_weekday, AS_DATE, day);
    case 6: PART(HOUR, corm_hour, AS_MOMENT, moment);
    case 7: PART(MINUTE, corm_minute, AS_MOMENT, moment);
    case 8: PART(SECOND, corm_second, AS_MOMENT, moment);
    case 9: {
        const struct term b = some_operand(CORM_KIND_DATE, depth, scope);
        return two(DAYS_BETWEEN, NODES(corm_days_between(AS_DATE(day), AS_DATE(b))), day, b);
    }
    default: {
        const struct term number = expression(CORM_KIND_REAL, depth, scope);
        return term_of(NODES(corm_cast(INTEGER, AS_REAL(number))),
                       MEANS(.of = TO_WHOLE, .parts = {number.means}));
    }
    }
}

/* What there is for every kind. */
static struct term choice(corm_kind kind, int depth, const struct scope *scope)
{
    const struct term a = expression(kind, depth, scope), b = some_operand(kind, depth, scope);
    switch (below(5)) {
    case 0: return two(A_COALESCE, NODES(corm_coalesce(AS_WHOLE(a), AS_WHOLE(b))), a, b);
    case 1: return two(A_NULL_IF, NODES(corm_null_if(AS_WHOLE(a), AS_WHOLE(b))), a, b);
    case 2: return two(A_LEAST, NODES(corm_least(AS_WHOLE(a), AS_WHOLE(b))), a, b);
    case 3: return two(A_GREATEST, NODES(corm_greatest(AS_WHOLE(a), AS_WHOLE(b))), a, b);
    default: {
        const struct term c = condition(depth, scope);
        if (c.it.count == 0)
            return a;
        return term_of(NODES(corm_case(c.it, AS_WHOLE(a), AS_WHOLE(b))),
                       MEANS(.of = A_CASE, .parts = {c.means, a.means, b.means}));
    }
    }
}

static struct term expression(corm_kind kind, int depth, const struct scope *scope)
{
    struct term found;
    if ((depth <= 0 || one_in(2)) && column_of(kind, scope, &found))
        return found;
    if (depth <= 0)
        return value_term(kind);
    if (one_in(8))
        return subquery(kind, depth - 1, scope);
    if (one_in(3))
        return choice(kind, depth - 1, scope);
    switch (kind) {
    case CORM_KIND_INTEGER:
        return one_in(2) ? arithmetic(kind, depth - 1, scope) : whole_from(depth - 1, scope);
    case CORM_KIND_DECIMAL: return arithmetic(kind, depth - 1, scope);
    case CORM_KIND_REAL:
        if (one_in(4)) {
            struct term a;
            const bool decimal = one_in(2);
            if (column_of(decimal ? CORM_KIND_DECIMAL : CORM_KIND_INTEGER, scope, &a))
                return term_of(
                    NODES(corm_cast(REAL, AS_WHOLE(a))),
                    MEANS(.of = TO_REAL, .column = decimal ? 100 : 1, .parts = {a.means}));
        }
        return arithmetic(kind, depth - 1, scope);
    case CORM_KIND_TEXT: return from_text(depth - 1, scope);
    case CORM_KIND_BOOLEAN:
        found = condition(depth - 1, scope);
        return found.it.count > 0 ? found : value_term(kind);
    case CORM_KIND_DATE: {
        const struct term a = expression(CORM_KIND_DATETIME, depth - 1, scope);
        return term_of(NODES(corm_to_date(AS_MOMENT(a))), MEANS(.of = TO_DATE, .parts = {a.means}));
    }
    default: return choice(kind, depth - 1, scope);
    }
}

#endif /* TESTS_QUERY_WORDS_H */
