/* senses.c: what the operands of an expression are to be.
 *
 * Owns: which kind and which column a value in a query belongs to, by what it is compared with or put
 * into; values on their way into the statement; operands with their parentheses.
 * Must not know: the clauses of a query, objects, sessions, connections. */
#ifndef CORM__ROOM_SENSES_C
#define CORM__ROOM_SENSES_C

#include "shape.c"

static const corm__sense corm__no_sense = {CORM_KIND_COUNT, NULL};

static void corm__write_node(corm__writer *w, const corm__scope *scope, const corm__node *node,
                             corm__sense sense);
/* select.c: a QUERY, without parentheses. */
static void corm__write_subquery(corm__writer *w, const corm__scope *outer,
                                 const corm__node *query);

/* ---- What an expression is ------------------------------------------------------------------- */

/* The column that a handle means, wherever it is in sight. */
static const corm__column *corm__column_meant(corm__writer *w, const corm__node *node)
{
    const corm_model *meant = corm__meant(node->as.of.model);
    if (meant == NULL || node->column >= meant->column_count)
        return NULL;
    const corm__mapper *mapper = corm__mapper_meant(w, meant);
    return mapper == NULL ? NULL : &mapper->columns[node->column];
}

/* The operands of an expression that its value is made of: of a CASE what stands behind the condition, of a
 * subquery what it gives, of a window its function; else all. */
static corm__nodes corm__value_parts(const corm__node *node)
{
    const corm__node *first = node + 1, *end = corm__after(node);
    if (node->operator_ == CORM__CASE)
        first = corm__after(first);
    else if (node->operator_ == CORM__OVER)
        end = corm__after(first);
    else if (node->operator_ == CORM__QUERY)
        while (first < end && first->operator_ != CORM__FIELDS)
            first = corm__after(first);
    if (node->operator_ == CORM__QUERY && first < end)
        end = corm__after(first);
    return (corm__nodes){first, (size_t)(end - first)};
}

/* The column from which an expression of this kind has its digits or its texts. */
static const corm__column *corm__column_within(corm__writer *w, const corm__node *node,
                                               corm_kind kind)
{
    const corm__column *column = NULL;
    if (node->operator_ == CORM__COLUMN) {
        column = corm__column_meant(w, node);
        return column != NULL && column->base == kind ? column : NULL;
    }
    const corm__nodes parts = corm__value_parts(node);
    const corm__node *end = corm__nodes_end(parts);
    for (const corm__node *part = parts.at; part < end && column == NULL; part = corm__after(part))
        column = corm__column_within(w, part, kind);
    return column;
}

static bool corm__is_value(const corm__node *node)
{
    return node->operator_ == CORM__VALUE || node->operator_ == CORM__VARIABLE ||
           node->operator_ == CORM__LIST || node->operator_ == CORM__MEMBER;
}

static bool corm__needs_column(corm_kind kind)
{
    return kind == CORM_KIND_DECIMAL || kind == CORM_KIND_ENUM || kind == CORM_KIND_CUSTOM;
}

static corm__sense corm__sense_of(corm__writer *w, const corm__node *node)
{
    if (node->operator_ == CORM__COLUMN) {
        const corm__column *column = corm__column_meant(w, node);
        return (corm__sense){column == NULL ? CORM_KIND_COUNT : column->base, column};
    }
    if (corm__is_value(node))
        return corm__no_sense;
    const corm_kind kind = (corm_kind)node->kind;
    return (corm__sense){kind,
                         corm__needs_column(kind) ? corm__column_within(w, node, kind) : NULL};
}

/* What the operands are to be: what the first of them is that is more than a value. */
static corm__sense corm__sense_among(corm__writer *w, const corm__node *first,
                                     const corm__node *end)
{
    corm__sense sense = corm__no_sense;
    for (const corm__node *node = first; node < end; node = corm__after(node)) {
        const corm__sense other = corm__sense_of(w, node);
        if (other.kind == CORM_KIND_COUNT)
            continue;
        if (sense.kind == CORM_KIND_COUNT || (sense.column == NULL && other.column != NULL))
            sense = other;
        else if (other.kind == CORM_KIND_DECIMAL && sense.kind == CORM_KIND_DECIMAL &&
                 other.column != NULL && sense.column != NULL &&
                 other.column->info->scale != sense.column->info->scale)
            CORM__REFUSE(w, CORM_MISUSE,
                         "%s of a query of %s: %s.%s has %u digits behind the point and %s.%s has "
                         "%u: corm_cast(REAL, ...) makes them comparable",
                         w->place, w->of, sense.column->home->model->name, sense.column->name,
                         sense.column->info->scale, other.column->home->model->name,
                         other.column->name, other.column->info->scale);
    }
    return sense;
}

/* ---- Values ---------------------------------------------------------------------------------- */

static void corm__refuse_value(corm__writer *w, const corm__operand *o)
{
    const corm__column *column = o->sense.column;
    const corm_status status = o->memory ? CORM_OUT_OF_MEMORY : CORM_DATA;
    if (column == NULL)
        CORM__REFUSE(w, status, "a value in a query of %s: %s", w->of, o->why);
    else
        CORM__REFUSE(w, status, "%s.%s in %s: %s",
                     column->home->model->row ? column->home->model->name
                                              : corm__sql_table(column->home),
                     column->name,
                     strcmp(w->place, "the condition") == 0 ? "a condition" : w->place, o->why);
}

/* A VALUE or VARIABLE as what it is compared with; false: refused. */
static bool corm__take_value(corm__writer *w, const corm__node *node, corm__sense sense,
                             corm_value *out)
{
    char why[256] = "";
    corm__operand o = {sense, w->arena, why, sizeof why, false};
    const bool fine = node->operator_ == CORM__VARIABLE ? corm__variable_operand(&o, node, out)
                                                        : corm__value_operand(&o, node, out);
    if (!fine)
        corm__refuse_value(w, &o);
    return fine;
}

/* ---- Operands -------------------------------------------------------------------------------- */

static const char *const corm__sql_signs[] = {
    [CORM__EQ] = " = ",
    [CORM__NE] = " <> ",
    [CORM__LT] = " < ",
    [CORM__LE] = " <= ",
    [CORM__GT] = " > ",
    [CORM__GE] = " >= ",
    [CORM__LIKE] = " LIKE ",
    [CORM__HOLDS] = " LIKE ",
    [CORM__BETWEEN] = " BETWEEN ",
    [CORM__IS_NULL] = " IS NULL",
    [CORM__IS_NOT_NULL] = " IS NOT NULL",
    [CORM__PLUS] = " + ",
    [CORM__MINUS] = " - ",
    [CORM__TIMES] = " * ",
    [CORM__DIVIDED] = " / ",
    [CORM__MODULO] = " % ",
};

static const char *corm__sql_sign(const corm__writer *w, int operator_)
{
    switch (operator_) {
    case CORM__SAME: return w->d->same != NULL ? w->d->same : " IS NOT DISTINCT FROM ";
    case CORM__DIFFER: return w->d->differ != NULL ? w->d->differ : " IS DISTINCT FROM ";
    case CORM__GLOB: return w->d->glob;
    default: return corm__sql_signs[operator_];
    }
}

/* An operand; what is a condition itself stands in parentheses. */
static void corm__write_operand(corm__writer *w, const corm__scope *scope, const corm__node *node,
                                corm__sense sense)
{
    const bool enclosed = node->operator_ == CORM__RELATED ||
                          (node->operator_ > CORM__LAST_LEAF && node->operator_ <= CORM__NOT &&
                           node->operator_ != CORM__EXISTS && node->operator_ != CORM__ANY);
    if (enclosed)
        corm__buffer_char(w->b, '(');
    corm__write_node(w, scope, node, sense);
    if (enclosed)
        corm__buffer_char(w->b, ')');
}

#endif /* CORM__ROOM_SENSES_C */
