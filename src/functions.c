/* functions.c: values that SQL computes, as text.
 *
 * Owns: the templates of functions and their arguments, arithmetic, CASE and CAST, the terms of orders,
 * windows.
 * Must not know: the clauses of a query, objects, sessions, connections. */
#ifndef CORM__ROOM_FUNCTIONS_C
#define CORM__ROOM_FUNCTIONS_C

#include "related.c"

/* ---- Functions ------------------------------------------------------------------------------- */

static const char *const corm__function_names[] = {
#define CORM__FUNCTION_NAME(name_, standard_) #name_,
    CORM_FUNCTION_LIST(CORM__FUNCTION_NAME)
#undef CORM__FUNCTION_NAME
};

/* Whether all arguments are of one kind; of the others each is what it is. */
static bool corm__is_among_alike(unsigned function)
{
    return function == CORM_FUNCTION_COALESCE || function == CORM_FUNCTION_NULL_IF ||
           function == CORM_FUNCTION_LEAST || function == CORM_FUNCTION_GREATEST;
}

/* The text with its arguments: those behind `node`, or the one value. */
static void corm__write_template(corm__writer *w, const corm__scope *scope, const char *template_,
                                 const corm__node *node, const corm_value *value)
{
    const corm__node *first = node == NULL ? NULL : node + 1;
    const corm__sense sense = node != NULL && corm__is_among_alike(node->column)
                                  ? corm__sense_among(w, first, corm__after(node))
                                  : corm__no_sense;
    for (const char *at = template_; *at != '\0'; at++) {
        if (*at != '$' || at[1] < '1' || at[1] > '9') {
            corm__buffer_char(w->b, *at);
            continue;
        }
        const corm__node *argument = first;
        for (char n = '1'; node != NULL && n < at[1]; n++)
            argument = corm__after(argument);
        at++;
        if (node == NULL)
            corm__write_value(w, *value);
        else
            corm__write_operand(w, scope, argument, sense);
    }
}

static double corm__ten_to(unsigned digits)
{
    double power = 1;
    while (digits-- > 0)
        power *= 10;
    return power;
}

/* A DECIMAL as a REAL: its units are divided. */
static void corm__write_divisor(corm__writer *w, const corm__node *decimal)
{
    const corm__sense sense = corm__sense_of(w, decimal);
    if (sense.kind != CORM_KIND_DECIMAL || sense.column == NULL)
        return;
    corm__buffer_text(w->b, " / ");
    corm__write_value(w, corm_value_real(corm__ten_to(sense.column->info->scale)));
}

/* The average of a DECIMAL, which is divided by what its units are. */
static bool corm__is_divided(corm__writer *w, const corm__node *node)
{
    return node->operator_ == CORM__FUNCTION && node->column == CORM_FUNCTION_AVERAGE &&
           corm__sense_of(w, node + 1).kind == CORM_KIND_DECIMAL;
}

/* The function alone; a window stands between it and the divisor. */
static void corm__write_undivided(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    if (node->column >= CORM_FUNCTION_COUNT_OF_ALL) {
        CORM__REFUSE(w, CORM_MISUSE, "%s of a query of %s: there is no such function", w->place,
                     w->of);
        return;
    }
    const char *text = w->d->functions[node->column] != NULL
                           ? w->d->functions[node->column]
                           : corm__standard_functions[node->column];
    if (text == NULL) {
        CORM__REFUSE(w, CORM_MISUSE, "%s of a query of %s: %s has no function %s", w->place, w->of,
                     w->d->name, corm__function_names[node->column]);
        return;
    }
    corm__write_template(w, scope, text, node, NULL);
}

static void corm__write_function(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    const bool divided = corm__is_divided(w, node);
    corm__buffer_text(w->b, divided ? "(" : "");
    corm__write_undivided(w, scope, node);
    if (divided)
        corm__write_divisor(w, node + 1);
    corm__buffer_text(w->b, divided ? ")" : "");
}

/* "name"(a, b) */
static void corm__write_call(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    const corm__node *end = corm__after(node);
    const char *name = node->as.of.data;
    size_t characters, bad;
    if (name == NULL || name[0] == '\0') {
        CORM__REFUSE(w, CORM_MISUSE,
                     "%s of a query of %s: corm_call without the name of a function", w->place,
                     w->of);
        return;
    }
    if (!corm__utf8_count(name, strlen(name), &characters, &bad))
        CORM__REFUSE(
            w, CORM_MISUSE,
            "%s of a query of %s: the name of a function in corm_call is not UTF-8 (byte %zu)",
            w->place, w->of, bad + 1);
    corm__sql_name(w->b, w->d, name);
    corm__buffer_char(w->b, '(');
    for (const corm__node *argument = node + 1; argument < end; argument = corm__after(argument)) {
        if (argument > node + 1)
            corm__buffer_text(w->b, ", ");
        corm__write_operand(w, scope, argument, corm__no_sense);
    }
    corm__buffer_char(w->b, ')');
}

static bool corm__is_decimal(corm__writer *w, const corm__node *node)
{
    return node->kind == CORM_KIND_DECIMAL || corm__sense_of(w, node).kind == CORM_KIND_DECIMAL;
}

/* Both operands are numbers of one scale where they are added; what a DECIMAL is multiplied with is a
 * number of its own. */
static void corm__write_arithmetic(corm__writer *w, const corm__scope *scope,
                                   const corm__node *node)
{
    const corm__node *a = node + 1, *b = corm__after(a), *end = corm__after(node);
    corm__sense of_a = corm__sense_among(w, a, end), of_b = of_a;
    const bool scales = node->operator_ == CORM__TIMES || node->operator_ == CORM__DIVIDED ||
                        node->operator_ == CORM__MODULO;
    if (scales && b < end) {
        const bool a_decimal = corm__is_decimal(w, a), b_decimal = corm__is_decimal(w, b);
        if (b_decimal && (a_decimal || node->operator_ != CORM__TIMES))
            CORM__REFUSE(
                w, CORM_MISUSE,
                "%s of a query of %s: a number is divided by a DECIMAL, or a DECIMAL times a "
                "DECIMAL: corm_cast(REAL, ...) one of them",
                w->place, w->of);
        const corm__sense number = {CORM_KIND_INTEGER, NULL};
        if (a_decimal || b_decimal) {
            of_a = a_decimal ? corm__sense_of(w, a) : number;
            of_b = b_decimal ? corm__sense_of(w, b) : number;
        }
    }
    corm__buffer_char(w->b, '(');
    if (b == end)
        corm__buffer_char(w->b, '-');
    corm__write_operand(w, scope, a, of_a);
    if (b < end) {
        corm__buffer_text(w->b, corm__sql_sign(w, node->operator_));
        corm__write_operand(w, scope, b, of_b);
    }
    corm__buffer_char(w->b, ')');
}

/* A CASE in the last value goes on with the same one. */
static void corm__write_case(corm__writer *w, const corm__scope *scope, const corm__node *node,
                             corm__sense sense)
{
    corm__buffer_text(w->b, "CASE");
    for (;;) {
        const corm__node *condition = node + 1, *value = corm__after(condition);
        const corm__node *other = corm__after(value);
        const corm__sense own = corm__sense_among(w, value, corm__after(node));
        sense = sense.kind == CORM_KIND_COUNT ? own : sense;
        corm__buffer_text(w->b, " WHEN ");
        corm__write_node(w, scope, condition, corm__no_sense);
        corm__buffer_text(w->b, " THEN ");
        corm__write_operand(w, scope, value, sense);
        if (other->operator_ != CORM__CASE) {
            corm__buffer_text(w->b, " ELSE ");
            corm__write_operand(w, scope, other, sense);
            break;
        }
        node = other;
    }
    corm__buffer_text(w->b, " END");
}

static void corm__write_cast(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    const bool decimal = corm__sense_of(w, node + 1).kind == CORM_KIND_DECIMAL;
    corm__buffer_text(w->b, decimal ? "(CAST(" : "CAST(");
    corm__write_operand(w, scope, node + 1, corm__no_sense);
    corm__buffer_text(w->b, " AS ");
    corm__buffer_text(w->b,
                      w->d->type_names[node->kind < CORM_KIND_COUNT ? node->kind : CORM_KIND_TEXT]);
    corm__buffer_char(w->b, ')');
    if (decimal) {
        corm__write_divisor(w, node + 1);
        corm__buffer_char(w->b, ')');
    }
}

/* ---- Orders and windows ---------------------------------------------------------------------- */

static void corm__write_expressions(corm__writer *w, const corm__scope *scope,
                                    const corm__node *first, const corm__node *end)
{
    for (const corm__node *part = first; part < end; part = corm__after(part)) {
        if (part > first)
            corm__buffer_text(w->b, ", ");
        corm__write_operand(w, scope, part, corm__no_sense);
    }
}

/* One term of an order, without ORDER BY. A name within an expression would be that of a column of the
 * tables, where one has it, and not that of the result. */
static void corm__write_order_term(corm__writer *w, const corm__scope *scope,
                                   const corm__node *term)
{
    corm__scope within = *scope;
    within.results = scope->results && term[1].operator_ == CORM__COLUMN;
    corm__write_operand(w, &within, term + 1, corm__no_sense);
    if (term->operator_ == CORM__DESCENDING)
        corm__buffer_text(w->b, " DESC");
    if (term->kind == CORM__NULLS_FIRST || term->kind == CORM__NULLS_LAST)
        corm__buffer_text(w->b, term->kind == CORM__NULLS_FIRST ? " NULLS FIRST" : " NULLS LAST");
}

static void corm__write_frame_end(corm__writer *w, int64_t rows, const char *side)
{
    char number[32];
    (void)snprintf(number, sizeof number, "%lld ", (long long)rows);
    corm__buffer_text(w->b, rows < 0 ? "UNBOUNDED " : rows == 0 ? "CURRENT ROW" : number);
    corm__buffer_text(w->b, rows == 0 ? "" : side);
}

/* function OVER (PARTITION BY ... ORDER BY ... ROWS BETWEEN ...) */
static void corm__write_over(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    const corm__node *end = corm__after(node);
    const char *before = "";
    const bool divided = corm__is_divided(w, node + 1);
    corm__buffer_text(w->b, divided ? "(" : "");
    if (divided)
        corm__write_undivided(w, scope, node + 1);
    else
        corm__write_node(w, scope, node + 1, corm__no_sense);
    corm__buffer_text(w->b, " OVER (");
    for (const corm__node *clause = corm__after(node + 1); clause < end;
         clause = corm__after(clause)) {
        const corm__node *last = corm__after(clause);
        corm__buffer_text(w->b, before);
        before = " ";
        if (clause->operator_ == CORM__GROUP) {
            corm__buffer_text(w->b, "PARTITION BY ");
            corm__write_expressions(w, scope, clause + 1, last);
        } else if (clause->operator_ == CORM__ORDER) {
            for (const corm__node *term = clause + 1; term < last; term = corm__after(term)) {
                corm__buffer_text(w->b, term > clause + 1 ? ", " : "ORDER BY ");
                corm__write_order_term(w, scope, term);
            }
        } else {
            corm__buffer_text(w->b, "ROWS BETWEEN ");
            corm__write_frame_end(w, clause[1].as.integer, "PRECEDING");
            corm__buffer_text(w->b, " AND ");
            corm__write_frame_end(w, clause[2].as.integer, "FOLLOWING");
        }
    }
    corm__buffer_char(w->b, ')');
    if (divided)
        corm__write_divisor(w, node + 2);
    corm__buffer_text(w->b, divided ? ")" : "");
}

#endif /* CORM__ROOM_FUNCTIONS_C */
