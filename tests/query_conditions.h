/* query_conditions.h: random conditions, for tests/query_fuzz.c: comparisons, patterns, lists, what is related, subqueries,
 * joined by and, or and not. */
#ifndef TESTS_QUERY_CONDITIONS_H
#define TESTS_QUERY_CONDITIONS_H

#include "query_words.h"

/* The kind of some column that can be named. */
static corm_kind some_kind(const struct scope *scope)
{
    const corm_model *model = unaliased(some_table(scope)->model);
    return kind_of(&model->columns[below((int)model->column_count)]);
}
static bool has_kind(const corm_model *model, corm_kind kind)
{
    for (size_t c = 0; c < model->column_count; c++)
        if (kind_of(&model->columns[c]) == kind)
            return true;
    return false;
}

/* ---- Comparisons ---------------------------------------------------------------------------------- */

static struct term comparison(int depth, const struct scope *scope)
{
    const corm_kind kind = some_kind(scope);
    const struct term a = expression(kind, depth, scope);
    struct term b = some_operand(kind, depth, scope);
    if (kind == CORM_KIND_INTEGER && one_in(5) && column_of(CORM_KIND_REAL, scope, &b))
        b = one_in(2) ? b
                      : term_of(NODES(corm_times(AS_REAL(b), 2)),
                                MEANS(.of = A_TIMES, .parts = {b.means, small_term(2).means}));
    switch (below(9)) {
    case 0: return two(A_NE, corm_ne(AS_WHOLE(a), AS_WHOLE(b)), a, b);
    case 1: return two(A_LT, corm_lt(AS_WHOLE(a), AS_WHOLE(b)), a, b);
    case 2: return two(A_LE, corm_le(AS_WHOLE(a), AS_WHOLE(b)), a, b);
    case 3: return two(A_GT, corm_gt(AS_WHOLE(a), AS_WHOLE(b)), a, b);
    case 4: return two(A_GE, corm_ge(AS_WHOLE(a), AS_WHOLE(b)), a, b);
    case 5: return two(A_SAME, corm_same(AS_WHOLE(a), AS_WHOLE(b)), a, b);
    case 6: return two(A_DIFFER, corm_differ(AS_WHOLE(a), AS_WHOLE(b)), a, b);
    case 7: {
        const struct term c = some_operand(kind, depth, scope);
        return term_of(corm_between(AS_WHOLE(a), AS_WHOLE(b), AS_WHOLE(c)),
                       MEANS(.of = A_BETWEEN, .parts = {a.means, b.means, c.means}));
    }
    default: return two(AN_EQ, corm_eq(AS_WHOLE(a), AS_WHOLE(b)), a, b);
    }
}

static struct term nullity(int depth, const struct scope *scope)
{
    const struct term a = expression(some_kind(scope), depth, scope);
    return one_in(2) ? term_of(corm_is_null(AS_WHOLE(a)), MEANS(.of = IF_NULL, .parts = {a.means}))
                     : term_of(corm_is_not_null(AS_WHOLE(a)),
                               MEANS(.of = IF_NOT_NULL, .parts = {a.means}));
}

static struct term pattern(int depth, const struct scope *scope)
{
    static const char *const escapes[] = {"!", "\\", "A"};
    const struct term a = expression(CORM_KIND_TEXT, depth, scope);
    char *bytes = room_in(&kept, 80);
    (void)snprintf(bytes, 80, "%s%s%s", one_in(2) ? "%" : "", random_text(), one_in(2) ? "%" : "");
    const struct term b =
        term_of(corm_operand_text(bytes), MEANS(.of = A_VALUE, .value = text(bytes)));
    const char *escape = PICK(escapes);
    switch (below(6)) {
    case 0: return two(A_LIKE, corm_like(AS_TEXT(a), bytes), a, b);
    case 1:
        return term_of(
            corm_like_escaped(AS_TEXT(a), bytes, escape),
            MEANS(.of = A_LIKE, .parts = {a.means, b.means,
                                          term_of(corm_operand_text(escape),
                                                  MEANS(.of = A_VALUE, .value = text(escape)))
                                              .means}));
    case 2: return two(A_HOLDING, corm_has_text(AS_TEXT(a), AS_TEXT(b)), a, b);
    case 3: return two(A_START, corm_starts_with(AS_TEXT(a), bytes), a, b);
    case 4: return two(AN_END, corm_ends_with(AS_TEXT(a), bytes), a, b);
    default: {
        for (char *at = bytes; *at != '\0'; at++)
            *at = *at == '[' ? '?' : *at == '%' ? '*' : *at;
        const struct term c =
            term_of(corm_operand_text(bytes), MEANS(.of = A_VALUE, .value = text(bytes)));
        return two(A_GLOB, corm_glob(AS_TEXT(a), bytes), a, c);
    }
    }
}

/* The values as an array of the C type of the kind. */
static const void *array_of(corm_kind kind, const struct value *values, size_t count)
{
    union {
        corm_date date;
        corm_datetime moment;
        corm_uuid uuid;
        corm_decimal decimal;
        int number;
    } one;
    char *out = room_in(&kept, (count + 1) * sizeof(corm_decimal) + 64), *at = out;
#define APPEND(source_, size_) (memcpy(at, (source_), (size_)), at += (size_))
    for (size_t i = 0; i < count; i++) {
        const struct value *value = &values[i];
        switch (kind) {
        case CORM_KIND_INTEGER: APPEND(&value->whole, sizeof value->whole); break;
        case CORM_KIND_REAL: APPEND(&value->real, sizeof value->real); break;
        case CORM_KIND_TEXT: APPEND(&value->bytes, sizeof value->bytes); break;
        case CORM_KIND_DATE:
            (void)corm_date_parse(value->bytes, &one.date);
            APPEND(&one.date, sizeof one.date);
            break;
        case CORM_KIND_DATETIME:
            (void)corm_datetime_parse(value->bytes, &one.moment);
            APPEND(&one.moment, sizeof one.moment);
            break;
        case CORM_KIND_UUID:
            (void)corm_uuid_parse(value->bytes, &one.uuid);
            APPEND(&one.uuid, sizeof one.uuid);
            break;
        case CORM_KIND_DECIMAL:
            one.decimal = corm_decimal_units(value->whole, 2);
            APPEND(&one.decimal, sizeof one.decimal);
            break;
        default:
            (void)corm_enum_parse(&corm__enum_Color, value->bytes, &one.number);
            APPEND(&one.number, sizeof one.number);
        }
    }
    return out;
}

static struct term list(int depth, const struct scope *scope)
{
    const corm_kind kind = some_kind(scope);
    if (kind == CORM_KIND_BOOLEAN || kind == CORM_KIND_BLOB)
        return comparison(depth, scope);
    const struct term a = expression(kind, depth, scope);
    const size_t count = (size_t)(one_in(8) ? 0 : one_in(3) ? 60 + below(12) : 1 + below(5));
    struct value *values = room_in(&kept, (count + 1) * sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = random_value(kind);
    const corm_condition parts[] = {
        a.it, corm_operand_list((int)kind, array_of(kind, values, count), count)};
    return term_of(corm_expression_of(CORM__IN, CORM_KIND_BOOLEAN, 0, NULL, parts, 2),
                   MEANS(.of = IN_LIST, .parts = {a.means}, .list = values, .count = count));
}

/* ---- Other rows ----------------------------------------------------------------------------------- */

/* A table inside of a query; false: there are too many. */
static bool inner_scope(const corm_model *model, const struct scope *around, struct scope *out)
{
    *out = (struct scope){.tables = {{model, slots_used}}, .count = 1, .around = around};
    return slots_used++ < SLOTS;
}

static struct term any(int depth, const struct scope *scope)
{
    const struct named *table = some_table(scope);
    const int relation = a_relation_from(table_of(table->model));
    corm_relationship_ref end = relations[relation].end;
    struct scope inner;
    if (!inner_scope(relations[relation].target, scope, &inner) ||
        (table->model->alias_of != NULL && end.backref))
        return comparison(0, scope);
    if (table->model->alias_of != NULL)
        end.model = table->model;
    const struct term c = one_in(4) ? (struct term){0} : condition(depth, &inner);
    return term_of(corm_condition_any(end, c.it),
                   MEANS(.of = IF_ANY, .slot = inner.tables[0].slot, .model = inner.tables[0].model,
                         .column = relation, .count = (size_t)table->slot, .parts = {c.means}));
}

/* The relationship leads to this object, or from it. */
static struct term related(const struct scope *scope)
{
    const struct named *table = some_table(scope);
    if (table->model->alias_of != NULL)
        return comparison(0, scope);
    const int relation = a_relation_from(table_of(table->model));
    const struct row *row = some_row(relations[relation].to);
    void *object = row == NULL || !is_a(row, relations[relation].target) ? NULL : object_of(row);
    if (object == NULL)
        return comparison(0, scope);
    const bool to = relation < TWO_WAYS && one_in(2) && table->model->options.inherits == NULL;
    return term_of(to ? corm_related_to(relations[relation ^ 1].end, object)
                      : corm_contains(relations[relation].end, object),
                   MEANS(.of = to ? IF_RELATED_TO : IF_RELATED, .slot = table->slot,
                         .column = relation, .row = row));
}

static struct term exists(int depth, const struct scope *scope)
{
    struct scope inner;
    if (!inner_scope(PICK(models), scope, &inner))
        return comparison(0, scope);
    const struct term c = one_in(4) ? (struct term){0} : condition(depth, &inner);
    const corm_select select = {.from = inner.tables[0].model, .where = c.it};
    const corm_condition none = {0}, parts[] = {corm_condition_query(&select, none)};
    return term_of(corm_expression_of(CORM__EXISTS, CORM_KIND_BOOLEAN, 0, NULL, parts, 1),
                   MEANS(.of = IF_EXISTS, .slot = inner.tables[0].slot,
                         .model = inner.tables[0].model, .parts = {c.means}));
}

static struct term in_query(int depth, const struct scope *scope)
{
    const corm_kind kind = some_kind(scope);
    const corm_model *model = PICK(models);
    struct scope inner;
    if (!has_kind(model, kind) || !inner_scope(model, scope, &inner))
        return comparison(depth, scope);
    const struct term a = expression(kind, depth, scope), b = expression(kind, depth, &inner);
    const struct term c = one_in(3) ? (struct term){0} : condition(depth, &inner);
    const corm_select select = {.from = model, .where = c.it};
    const corm_integer_expression query = {corm_condition_query(&select, b.it)};
    return term_of(corm_in_query(AS_WHOLE(a), query),
                   MEANS(.of = IN_QUERY, .slot = inner.tables[0].slot, .model = model,
                         .parts = {a.means, b.means, c.means}));
}

/* The least or the greatest of some rows: one value, or none. */
static struct term subquery(corm_kind kind, int depth, const struct scope *scope)
{
    const corm_model *model = PICK(models);
    struct scope inner, alone;
    struct term a;
    if (!has_kind(model, kind) || !inner_scope(model, scope, &inner))
        return choice(kind, depth, scope);
    alone = inner;
    alone.around = NULL;
    (void)column_of(kind, &alone,
                    &a); /* of the inner table: else it were an aggregate of the outer */
    const struct term c = one_in(3) ? (struct term){0} : condition(depth, &inner);
    const bool most = one_in(2);
    const corm_select select = {.from = model, .where = c.it};
    return term_of(corm_condition_query(&select, most ? NODES(corm_maximum(AS_WHOLE(a)))
                                                      : NODES(corm_minimum(AS_WHOLE(a)))),
                   MEANS(.of = A_SUBQUERY, .slot = inner.tables[0].slot, .model = model,
                         .column = most, .parts = {a.means, c.means}));
}

/* ---- Joined --------------------------------------------------------------------------------------- */

static struct term together(int depth, const struct scope *scope)
{
    const struct term a = condition(depth, scope), b = condition(depth, scope);
    const struct term c = one_in(3) ? condition(depth, scope) : (struct term){0};
    switch (below(4)) {
    case 0:
        return term_of(corm_or(a.it, b.it, c.it),
                       MEANS(.of = AN_OR, .parts = {a.means, b.means, c.means}));
    case 1: return term_of(corm_not(a.it), MEANS(.of = A_NOT, .parts = {a.means}));
    case 2: return term_of(corm_not(a.it, b.it), MEANS(.of = A_NOT, .parts = {a.means, b.means}));
    default:
        return term_of(corm_and(c.it, a.it, b.it),
                       MEANS(.of = AN_AND, .parts = {a.means, b.means, c.means}));
    }
}

/* Never an empty one. */
static struct term condition(int depth, const struct scope *scope)
{
    struct term it;
    if (depth > 0 && one_in(2))
        return together(depth - 1, scope);
    switch (below(depth > 0 ? 14 : 8)) {
    case 0:
    case 1: return list(depth - 1, scope);
    case 2: return nullity(depth - 1, scope);
    case 3:
        return column_of(CORM_KIND_TEXT, scope, &it) ? pattern(depth - 1, scope)
                                                     : nullity(0, scope);
    case 4: return related(scope);
    case 5:
        if (column_of(CORM_KIND_BOOLEAN, scope, &it))
            return two(AN_EQ, corm_eq(AS_TRUTH(it), true), it, small_term(1));
        return comparison(depth - 1, scope);
    case 8:
    case 9:
    case 10: return any(depth - 1, scope);
    case 11: return exists(depth - 1, scope);
    case 12: return in_query(depth - 1, scope);
    default: return comparison(depth - 1, scope);
    }
}

#endif /* TESTS_QUERY_CONDITIONS_H */
