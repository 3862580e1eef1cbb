/* expressions.c: conditions and expressions as SQL text.
 *
 * Owns: columns, comparisons, lists and logic; which room writes which kind of node.
 * Must not know: the clauses around them, objects, sessions, connections. */
#ifndef CORM__ROOM_EXPRESSIONS_C
#define CORM__ROOM_EXPRESSIONS_C

#include "functions.c"

/* ---- Leaves ---------------------------------------------------------------------------------- */

/* The column that a member without a field gets: that of its name. */
static bool corm__write_named(corm__writer *w, const corm__scope *scope, const corm__column *member)
{
    for (size_t i = 0; i < scope->count; i++) {
        const corm__source *source = &scope->sources[i];
        for (size_t k = 0; k < source->mapper->column_count; k++) {
            const corm__column *column = &source->mapper->columns[k];
            if (strcmp(column->info->name, member->info->name) != 0 || column->base != member->base)
                continue;
            corm__write_column(w, source, column, scope->qualified);
            return true;
        }
    }
    return false;
}

/* A member of the row that the query makes: its name where it is all that the rows are ordered by, else
 * what it is. */
static bool corm__write_result(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    if (scope->row == NULL || node->as.of.model != scope->row)
        return false;
    const corm__column *column = corm__column_meant(w, node);
    if (column == NULL)
        return scope->results;
    if (scope->results) {
        corm__sql_name(w->b, w->d, column->name);
        return true;
    }
    const corm__node *field = scope->fields.at, *end = corm__nodes_end(scope->fields);
    for (; field < end; field = corm__after(field))
        if (field->column == node->column) {
            corm__scope inside = *scope;
            inside.row = NULL;
            corm__write_operand(w, &inside, field + 1, (corm__sense){column->base, column});
            return true;
        }
    return corm__write_named(w, scope, column);
}

static void corm__write_handle(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    const corm__column *column = NULL;
    if (scope->results && corm__write_result(w, scope, node))
        return;
    const corm__source *source =
        corm__scope_find(w, scope, node->as.of.model, node->column, &column);
    if (source != NULL)
        corm__write_column(w, source, column, scope->qualified);
    else if (!corm__write_result(w, scope, node))
        corm__write_stranger(w, node->as.of.model, node->column);
}

/* ---- Comparisons ----------------------------------------------------------------------------- */

/* corm_eq("name", "x") is meant to be corm_eq(User_.name, "x"). */
static CORM__COLD bool corm__refuse_texts(corm__writer *w, const corm__node *first,
                                          const corm__node *end)
{
    const corm__node *second = first + 1;
    for (const corm__node *node = first; node < end; node = corm__after(node))
        if (node->operator_ != CORM__VALUE || node->kind != CORM_KIND_TEXT ||
            node->as.bytes == NULL)
            return false;
    if (second >= end)
        return false;
    CORM__REFUSE(w, CORM_MISUSE,
                 "%s of a query of %s compares the text \"%.40s\" with the text \"%.40s\": the "
                 "column is written %s_.%.40s",
                 w->place, w->of, (const char *)first->as.bytes, (const char *)second->as.bytes,
                 w->of, (const char *)first->as.bytes);
    return true;
}

/* What takes the meaning from a % or _ is one character; a column may hold one. NULL finds nothing. */
static CORM__COLD void corm__vet_escape(corm__writer *w, const corm__node *escape)
{
    const char *text = (const char *)escape->as.bytes;
    size_t count = 0;
    for (size_t i = 0; text != NULL && text[i] != '\0'; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80; /* bytes that begin a character */
    if (text == NULL || count == 1)
        return;
    CORM__REFUSE(w, CORM_MISUSE,
                 "%s of a query of %s: corm_like_escaped takes one character to escape with, not "
                 "\"%.40s\"",
                 w->place, w->of, text);
}

/* Behind an operand: its comparison with a moment, whose texts stand between `least` and `value`. */
static void corm__write_near(corm__writer *w, int operator_, const corm_value *value,
                             const corm_value *least)
{
    const bool several = least->size < value->size;
    const bool equal = operator_ == CORM__EQ || operator_ == CORM__NE;
    if (equal && several) {
        corm__buffer_text(w->b, operator_ == CORM__EQ ? " BETWEEN " : " NOT BETWEEN ");
        corm__write_value(w, *least);
        corm__buffer_text(w->b, " AND ");
        corm__write_value(w, *value);
        return;
    }
    corm__buffer_text(w->b, corm__sql_sign(w, operator_));
    corm__write_value(w, operator_ == CORM__LT || operator_ == CORM__GE ? *least : *value);
}

static int corm__turned_round(int operator_)
{
    switch (operator_) {
    case CORM__LT: return CORM__GT;
    case CORM__LE: return CORM__GE;
    case CORM__GT: return CORM__LT;
    case CORM__GE: return CORM__LE;
    default: return operator_;
    }
}

/* Whether it is a value of the program that the operand of this kind is compared with as a moment. */
static bool corm__is_moment_given(const corm__node *node, corm__sense sense)
{
    return corm__is_moment(sense.kind) &&
           (node->operator_ == CORM__VALUE || node->operator_ == CORM__VARIABLE);
}

/* A moment, and the least of its texts. false: refused. */
static bool corm__take_moment(corm__writer *w, const corm__node *node, corm__sense sense,
                              corm_value *value, corm_value *least)
{
    if (!corm__take_value(w, node, sense, value))
        return false;
    if (corm__moment_least(w->arena, value, least))
        return true;
    corm__write_no_memory(w);
    return false;
}

/* A comparison of a moment with a value; false: it is none, or goes like any other. */
static bool corm__write_compared_moment(corm__writer *w, const corm__scope *scope,
                                        const corm__node *node, corm__sense sense)
{
    const corm__node *a = node + 1, *b = corm__after(a);
    const bool turned = corm__is_moment_given(a, sense);
    const corm__node *operand = turned ? b : a, *given = turned ? a : b;
    const int operator_ = turned ? corm__turned_round(node->operator_) : node->operator_;
    corm_value value, least;
    const bool same = operator_ == CORM__SAME, differ = operator_ == CORM__DIFFER;
    if ((operator_ > CORM__GE && !same && !differ) || !corm__is_moment_given(given, sense) ||
        corm__is_value(operand))
        return false;
    if (!corm__take_moment(w, given, sense, &value, &least))
        return true;
    if ((same || differ) && least.size == value.size)
        return false;
    if (same || differ) {
        corm__buffer_char(w->b, '(');
        corm__write_operand(w, scope, operand, sense);
        corm__buffer_text(w->b, same ? " IS NOT NULL AND " : " IS NULL OR ");
    }
    corm__write_operand(w, scope, operand, sense);
    corm__write_near(w, same ? CORM__EQ : differ ? CORM__NE : operator_, &value, &least);
    corm__buffer_text(w->b, same || differ ? ")" : "");
    return true;
}

/* a = b, a BETWEEN b AND c, a LIKE b ESCAPE c, a IS NULL */
static void corm__write_comparison(corm__writer *w, const corm__scope *scope,
                                   const corm__node *node)
{
    const corm__node *first = node + 1, *end = corm__after(node);
    const corm__sense sense = corm__sense_among(w, first, end);
    const char *sign = corm__sql_sign(w, node->operator_);
    const char *between = node->operator_ == CORM__BETWEEN ? " AND " : " ESCAPE ";
    corm_value value, least;
    if (sign == NULL) {
        CORM__REFUSE(w, CORM_MISUSE, "%s of a query of %s: the database has no such comparison",
                     w->place, w->of);
        return;
    }
    if (sense.kind == CORM_KIND_COUNT && corm__refuse_texts(w, first, end))
        return;
    if (corm__write_compared_moment(w, scope, node, sense))
        return;
    size_t i = 0;
    for (const corm__node *operand = first; operand < end; operand = corm__after(operand), i++) {
        if (i > 0)
            corm__buffer_text(w->b, i == 1 ? sign : between);
        if (i == 1 && node->operator_ == CORM__BETWEEN && corm__is_moment_given(operand, sense)) {
            if (corm__take_moment(w, operand, sense, &value, &least))
                corm__write_value(w, least);
        } else {
            corm__write_operand(w, scope, operand, sense);
        }
        if (i == 2 && node->operator_ == CORM__LIKE && operand->operator_ == CORM__VALUE &&
            operand->kind == CORM_KIND_TEXT && w->status == CORM_OK)
            corm__vet_escape(w, operand);
    }
    if (i == 1)
        corm__buffer_text(w->b, sign);
}

/* a LIKE '%text%' ESCAPE '\', the text without meaning. */
static void corm__write_holds(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    char why[256] = "";
    const corm__node *text = corm__after(node + 1);
    const corm__sense sense = {CORM_KIND_TEXT, corm__sense_of(w, node + 1).column};
    corm__operand o = {sense, w->arena, why, sizeof why, false};
    corm_value value, pattern = corm_value_null();
    if (!corm__is_value(text)) {
        CORM__REFUSE(
            w, CORM_MISUSE,
            "%s of a query of %s: corm_has_text, corm_starts_with and corm_ends_with take a "
            "text, not a column: use corm_position",
            w->place, w->of);
        return;
    }
    if (!corm__take_value(w, text, sense, &value))
        return;
    if (!corm__pattern_operand(&o, node->column, &value, &pattern))
        corm__refuse_value(w, &o);
    corm__write_operand(w, scope, node + 1, corm__no_sense);
    corm__buffer_text(w->b, " LIKE ");
    corm__write_value(w, pattern);
    corm__buffer_text(w->b, " ESCAPE '\\'");
}

/* ---- IN -------------------------------------------------------------------------------------- */

/* Lists up to this length have a parameter for each value, with which the database plans best. */
enum { CORM__LIST_PARAMETERS = 64 };

static void corm__write_list_values(corm__writer *w, const corm__node *list, corm__operand *o)
{
    corm_value value;
    for (uint32_t i = 0; i < list->size && w->status == CORM_OK; i++) {
        if (i > 0)
            corm__buffer_text(w->b, ", ");
        if (corm__item_operand(o, list->kind, list->as.of.data, i, &value))
            corm__write_value(w, value);
        else
            corm__refuse_value(w, o);
    }
}

/* (?, ?, ?), or one parameter that has all of them. */
static void corm__write_list(corm__writer *w, const corm__node *list, corm__sense sense)
{
    char why[256] = "";
    corm__operand o = {sense, w->arena, why, sizeof why, false};
    corm_value all;
    bool fits = false, reals = false;
    if (list->size > CORM__LIST_PARAMETERS && w->d->list_of_json != NULL) {
        if (!corm__list_as_json(&o, list, &all, &fits, &reals)) {
            corm__refuse_value(w, &o);
            return;
        }
        const char *of_json = reals ? w->d->list_of_reals : w->d->list_of_json;
        if (fits && of_json != NULL) {
            corm__write_template(w, NULL, of_json, NULL, &all);
            return;
        }
    }
    corm__buffer_char(w->b, '(');
    corm__write_list_values(w, list, &o);
    corm__buffer_char(w->b, ')');
}

static void corm__write_in(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    const corm__node *operand = node + 1, *among = corm__after(operand);
    const bool is_list = among->operator_ == CORM__LIST;
    if (is_list && among->size == 0) {
        corm__buffer_text(w->b, "1 = 0"); /* IN () is SQLite's own; no value is one of none */
        return;
    }
    const corm__sense sense = corm__sense_among(w, operand, corm__after(node));
    if (is_list && (among->as.of.data == NULL || among->size == UINT32_MAX)) {
        CORM__REFUSE(w, CORM_MISUSE, "%s.%s in a condition: the list %s",
                     sense.column == NULL ? w->of : sense.column->home->model->table,
                     sense.column == NULL ? "a value" : sense.column->name,
                     among->as.of.data == NULL ? "is NULL" : "has 4294967295 values or more");
        return;
    }
    corm__write_operand(w, scope, operand, sense);
    corm__buffer_text(w->b, " IN ");
    if (is_list)
        corm__write_list(w, among, sense);
    else
        corm__write_node(w, scope, among, sense);
}

/* ---- Logic ----------------------------------------------------------------------------------- */

/* The node and what belongs to it. An OR inside an AND needs parentheses, everything else binds as
 * written. NOT of several is "none of": NOT (a OR b). */
static void corm__write_logic(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    const bool is_and = node->operator_ == CORM__AND, is_not = node->operator_ == CORM__NOT;
    const corm__node *first = node + 1, *end = corm__after(node);
    corm__buffer_text(w->b, is_not ? "NOT (" : "");
    for (const corm__node *part = first; part < end; part = corm__after(part)) {
        const bool enclosed = is_and && part->operator_ == CORM__OR;
        if (part > first)
            corm__buffer_text(w->b, is_and ? " AND " : " OR ");
        corm__buffer_text(w->b, enclosed ? "(" : "");
        corm__write_node(w, scope, part, (corm__sense){CORM_KIND_BOOLEAN, NULL});
        corm__buffer_text(w->b, enclosed ? ")" : "");
    }
    corm__buffer_text(w->b, is_not ? ")" : "");
}

/* ---- All ------------------------------------------------------------------------------------- */

static void corm__write_node(corm__writer *w, const corm__scope *scope, const corm__node *node,
                             corm__sense sense)
{
    corm_value value;
    if (w->status != CORM_OK || corm__write_as_repeat(w, scope, node, sense))
        return;
    switch (node->operator_) {
    case CORM__COLUMN: corm__write_handle(w, scope, node); return;
    case CORM__VALUE:
    case CORM__VARIABLE:
        if (corm__take_value(w, node, sense, &value))
            corm__write_value(w, value);
        return;
    case CORM__MEMBER: corm__write_member(w, node); return;
    case CORM__RELATED: corm__write_related(w, scope, node); return;
    case CORM__HOLDS: corm__write_holds(w, scope, node); return;
    case CORM__IN: corm__write_in(w, scope, node); return;
    case CORM__EXISTS:
        corm__buffer_text(w->b, "EXISTS ");
        corm__write_node(w, scope, node + 1, corm__no_sense);
        return;
    case CORM__ANY: corm__write_any(w, scope, node); return;
    case CORM__AND:
    case CORM__OR:
    case CORM__NOT: corm__write_logic(w, scope, node); return;
    case CORM__FUNCTION: corm__write_function(w, scope, node); return;
    case CORM__CALL: corm__write_call(w, scope, node); return;
    case CORM__CASE: corm__write_case(w, scope, node, sense); return;
    case CORM__CAST: corm__write_cast(w, scope, node); return;
    case CORM__OVER: corm__write_over(w, scope, node); return;
    case CORM__QUERY:
        corm__buffer_char(w->b, '(');
        corm__write_subquery(w, scope, node);
        corm__buffer_char(w->b, ')');
        return;
    default: break;
    }
    if (node->operator_ >= CORM__EQ && node->operator_ <= CORM__IS_NOT_NULL)
        corm__write_comparison(w, scope, node);
    else if (node->operator_ >= CORM__PLUS && node->operator_ <= CORM__NEGATIVE)
        corm__write_arithmetic(w, scope, node);
    else
        CORM__REFUSE(w, CORM_MISUSE,
                     "%s of a query of %s is damaged: it was not made by corm's macros", w->place,
                     w->of);
}

#endif /* CORM__ROOM_EXPRESSIONS_C */
