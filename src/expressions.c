/* expressions.c: conditions and expressions as SQL text.
 *
 * Owns: writing each kind of node, with the parentheses and the values that it needs.
 * Must not know: the clauses around them, objects, sessions, connections. */
#ifndef CORM__ROOM_EXPRESSIONS_C
#define CORM__ROOM_EXPRESSIONS_C

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

/* The column from which an expression of this kind has its digits or its texts. */
static const corm__column *corm__column_within(corm__writer *w, const corm__node *node,
                                               corm_kind kind)
{
    const corm__node *end = corm__after(node);
    for (; node < end; node++) {
        if (node->operator_ != CORM__COLUMN)
            continue;
        const corm__column *column = corm__column_meant(w, node);
        if (column == NULL || column->base == kind)
            return column;
    }
    return NULL;
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

/* ---- Relationships --------------------------------------------------------------------------- */

/* NULL: no model of the schema has it. */
static const corm__relation *corm__relation_meant(const corm__writer *w, const corm__node *node)
{
    corm_relationship_ref ref = corm__node_relationship(node);
    ref.model = corm__meant(ref.model);
    return corm__relation_of(w->registry, ref);
}

/* AND column = ? ... : the constants of a relationship whose target is the source. */
static void corm__write_filters(corm__writer *w, const corm__source *target,
                                const corm__relation *r, bool qualified)
{
    for (size_t i = 0; i < r->filter_count; i++) {
        const corm__filter *filter = &r->filters[i];
        corm__buffer_text(w->b, " AND ");
        corm__write_column(w, target, &target->mapper->columns[filter->column], qualified);
        corm__buffer_text(w->b, corm__sql_operators[filter->operator_]);
        if (filter->value.type != CORM_VALUE_NULL)
            corm__write_value(w, filter->value);
    }
}

/* "type" IN ('manager', 'director') where the source's rows share their table with others. */
static void corm__write_narrow(corm__writer *w, const corm__source *source, bool qualified,
                               const char *before)
{
    const corm__mapper *m = source->mapper;
    if (source->model->row || !corm__is_narrow(m))
        return;
    corm__buffer_text(w->b, before);
    corm__write_column(w, source, m->discriminator, qualified);
    for (size_t f = 0; f < m->family_count; f++) {
        corm__buffer_text(w->b, f > 0 ? ", " : " IN (");
        corm__sql_text(w->b, m->family[f]->model->options.identity);
    }
    corm__buffer_char(w->b, ')');
}

/* The rows of the association table that are the owner's, without WHERE or ON; and those of the
 * target that they lead to. `between` is how it is called. */
static void corm__write_association(corm__writer *w, const corm__source *source,
                                    const corm__association *a, unsigned side,
                                    const uint16_t *columns, const char *between)
{
    for (size_t i = 0; i < a->counts[side]; i++) {
        corm__buffer_text(w->b, i > 0 ? " AND " : "");
        corm__sql_column(w->b, w->d, between, a->columns[side][i]);
        corm__buffer_text(w->b, " = ");
        corm__write_column(w, source, &source->mapper->columns[columns[i]], true);
    }
}

/* The condition that makes rows of the target partners of the owner's; a many-to-many goes through
 * `between`, which has been joined to the owner. */
static void corm__write_partnership(corm__writer *w, const corm__source *owner,
                                    const corm__source *target, const corm__relation *r,
                                    const char *between)
{
    const corm__association *a = r->association;
    if (a != NULL)
        corm__write_association(w, target, a, 1 - r->side, r->remote, between);
    for (size_t i = 0; a == NULL && i < r->key_count; i++) {
        corm__buffer_text(w->b, i > 0 ? " AND " : "");
        corm__write_column(w, target, &target->mapper->columns[r->remote[i]], true);
        corm__buffer_text(w->b, " = ");
        corm__write_column(w, owner, &owner->mapper->columns[r->local[i]], true);
    }
    corm__write_filters(w, target, r, true);
    corm__write_narrow(w, target, true, " AND ");
}

/* A name for an association table that nothing else has; NULL: out of memory, which is noted. */
static const char *corm__between_name(corm__writer *w, const corm__association *a)
{
    const size_t size = strlen(a->table) + 16;
    char *name = corm__arena_allocate(w->arena, size);
    if (name == NULL)
        corm__write_no_memory(w);
    else
        (void)snprintf(name, size, "%s_%u", a->table, ++w->numbered);
    return name;
}

static void corm__write_between(corm__writer *w, const corm__association *a, const char *name)
{
    corm__sql_name(w->b, w->d, a->table);
    corm__buffer_text(w->b, " AS ");
    corm__sql_name(w->b, w->d, name);
}

/* ---- Leaves ---------------------------------------------------------------------------------- */

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

/* A member of the row that the query makes: the name of its column behind ORDER BY, else what it is. */
static bool corm__write_result(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    if (scope->row == NULL || node->as.of.model != scope->row)
        return false;
    if (scope->results) {
        const corm__column *column = corm__column_meant(w, node);
        if (column != NULL)
            corm__sql_name(w->b, w->d, column->name);
        return true;
    }
    const corm__node *field = scope->fields.at, *end = corm__nodes_end(scope->fields);
    for (; field < end; field = corm__after(field))
        if (field->column == node->column) {
            corm__scope inside = *scope;
            inside.row = NULL;
            corm__write_node(w, &inside, field + 1, corm__no_sense);
            return true;
        }
    return false;
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

/* The key of an object. */
static void corm__write_member(corm__writer *w, const corm__node *node)
{
    const corm__mapper *mapper =
        node->as.of.data == NULL ? NULL : corm__mapper_of(w->registry, node->as.of.model);
    char *room = corm__arena_allocate(w->arena, CORM__SCRATCH);
    w->lively = true;
    if (mapper == NULL)
        CORM__REFUSE(w, CORM_MISUSE, "corm_contains in a query of %s: %s", w->of,
                     node->size == 1
                         ? "the object is of another model than the relationship leads to"
                         : "the object is NULL, none of corm, or has no row: add it first");
    else if (room == NULL)
        corm__write_no_memory(w);
    else
        corm__write_value(
            w, corm__member_value(&mapper->columns[node->column], node->as.of.data, room));
}

/* What is related to one object: its own columns or those of the association table are that one's. */
static void corm__write_related(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    const corm__relation *r = corm__relation_meant(w, node);
    const char *why = node->as.of.data != NULL ? NULL
                      : node->size == CORM__RELATED_TO_NOTHING
                          ? "the object is NULL or none of corm"
                      : node->size == CORM__RELATED_TO_NEW ? "the object has no row: add it first"
                      : node->size == CORM__RELATED_TO_GONE
                          ? "the object is read-only and its transaction is over: compare its key"
                          : "the object is of another model";
    if (r == NULL) {
        CORM__REFUSE(
            w, CORM_MISUSE,
            "corm_related_to in a query of %s: a relationship that no model of this schema "
            "has",
            w->of);
        return;
    }
    const corm__source *source = NULL;
    for (const corm__scope *in = scope; in != NULL && source == NULL; in = in->outer)
        for (size_t i = 0; i < in->count && source == NULL; i++)
            if (!in->sources[i].model->row && corm__is_a(in->sources[i].mapper, r->target))
                source = &in->sources[i];
    if (why != NULL)
        CORM__REFUSE(w, CORM_MISUSE, "corm_related_to(%s_.%s, ...): %s", r->source->model->name,
                     r->name, why);
    else if (source == NULL)
        CORM__REFUSE(w, CORM_MISUSE, "corm_related_to(%s_.%s, ...) finds %s, the query is of %s",
                     r->source->model->name, r->name, r->target->model->name, w->of);
    if (w->status != CORM_OK)
        return;
    const corm__association *a = r->association;
    w->lively = true;
    for (size_t i = 0; i < r->key_count; i++) {
        char *room = corm__arena_allocate(w->arena, CORM__SCRATCH);
        corm__buffer_text(w->b, i > 0 ? " AND " : "");
        corm__write_column(w, source, &source->mapper->columns[r->remote[i]], scope->qualified);
        if (a != NULL) {
            corm__buffer_text(w->b, " IN (SELECT ");
            corm__sql_name(w->b, w->d, a->columns[1 - r->side][i]);
            corm__buffer_text(w->b, " FROM ");
            corm__sql_name(w->b, w->d, a->table);
            corm__buffer_text(w->b, " WHERE ");
            corm__sql_name(w->b, w->d, a->columns[r->side][i]);
        }
        corm__buffer_text(w->b, " = ");
        if (room == NULL)
            corm__write_no_memory(w);
        else
            corm__write_value(
                w, corm__member_value(&r->source->columns[r->local[i]], node->as.of.data, room));
        corm__buffer_text(w->b, a != NULL ? ")" : "");
    }
    corm__write_filters(w, source, r, scope->qualified);
}

/* ---- Comparisons ----------------------------------------------------------------------------- */

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
    const bool enclosed = node->operator_ > CORM__LAST_LEAF && node->operator_ <= CORM__NOT &&
                          node->operator_ != CORM__EXISTS && node->operator_ != CORM__ANY;
    if (enclosed)
        corm__buffer_char(w->b, '(');
    corm__write_node(w, scope, node, sense);
    if (enclosed)
        corm__buffer_char(w->b, ')');
}

/* a = b, a BETWEEN b AND c, a LIKE b ESCAPE c, a IS NULL */
static void corm__write_comparison(corm__writer *w, const corm__scope *scope,
                                   const corm__node *node)
{
    const corm__node *first = node + 1, *end = corm__after(node);
    const corm__sense sense = corm__sense_among(w, first, end);
    const char *sign = corm__sql_sign(w, node->operator_);
    const char *between = node->operator_ == CORM__BETWEEN ? " AND " : " ESCAPE ";
    if (sign == NULL) {
        CORM__REFUSE(w, CORM_MISUSE, "%s of a query of %s: the database has no such comparison",
                     w->place, w->of);
        return;
    }
    size_t i = 0;
    for (const corm__node *operand = first; operand < end; operand = corm__after(operand), i++) {
        if (i > 0)
            corm__buffer_text(w->b, i == 1 ? sign : between);
        corm__write_operand(w, scope, operand, sense);
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

static void corm__write_template(corm__writer *w, const corm__scope *scope, const char *template_,
                                 const corm__node *node, const corm_value *value);

/* (?, ?, ?), or one parameter that has all of them. */
static void corm__write_list(corm__writer *w, const corm__node *list, corm__sense sense)
{
    char why[256] = "";
    corm__operand o = {sense, w->arena, why, sizeof why, false};
    corm_value all;
    bool fits = false;
    if (list->size > CORM__LIST_PARAMETERS && w->d->list_of_json != NULL) {
        if (!corm__list_as_json(&o, list, w->d->json_infinity, &all, &fits)) {
            corm__refuse_value(w, &o);
            return;
        }
        if (fits) {
            corm__write_template(w, NULL, w->d->list_of_json, NULL, &all);
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
    const corm__sense sense = corm__sense_of(w, operand);
    if (is_list && (among->as.of.data == NULL || among->size == UINT32_MAX)) {
        CORM__REFUSE(w, CORM_MISUSE, "%s.%s in a condition: the list %s",
                     sense.column == NULL ? w->of : sense.column->home->model->table,
                     sense.column == NULL ? "a value" : sense.column->name,
                     among->as.of.data == NULL ? "is NULL" : "has 4294967295 values or more");
        return;
    }
    corm__write_operand(w, scope, operand, corm__no_sense);
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

/* EXISTS (SELECT 1 FROM what it leads to WHERE it is the owner's AND the condition) */
static void corm__write_any(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    const corm__relation *r = corm__relation_meant(w, node);
    corm__scope inside = {.outer = scope, .qualified = true};
    if (r == NULL) {
        CORM__REFUSE(w, CORM_MISUSE,
                     "%s of a query of %s: a relationship that no model of this schema has",
                     w->place, w->of);
        return;
    }
    const corm__source *owner = corm__scope_owner(w, scope, node->as.of.model, r);
    const corm__source *target = corm__scope_add(w, &inside, r->target->model);
    if (owner == NULL || target == NULL)
        return;
    const corm__association *a = r->association;
    const char *between = a == NULL ? NULL : corm__between_name(w, a);
    if (a != NULL && between == NULL)
        return;
    corm__buffer_text(w->b, "EXISTS (SELECT 1 FROM ");
    corm__write_table(w, target, false);
    if (a != NULL) {
        corm__buffer_text(w->b, " JOIN ");
        corm__write_between(w, a, between);
        corm__buffer_text(w->b, " ON ");
        corm__write_association(w, owner, a, r->side, r->local, between);
    }
    corm__buffer_text(w->b, " WHERE ");
    corm__write_partnership(w, owner, target, r, between);
    if (node->size > 0) {
        corm__buffer_text(w->b, " AND ");
        corm__buffer_text(w->b, node[1].operator_ == CORM__OR ? "(" : "");
        corm__write_node(w, &inside, node + 1, corm__no_sense);
        corm__buffer_text(w->b, node[1].operator_ == CORM__OR ? ")" : "");
    }
    corm__buffer_char(w->b, ')');
}

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

static void corm__write_function(corm__writer *w, const corm__scope *scope, const corm__node *node)
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
    const bool divided = node->column == CORM_FUNCTION_AVERAGE &&
                         corm__sense_of(w, node + 1).kind == CORM_KIND_DECIMAL;
    corm__buffer_text(w->b, divided ? "(" : "");
    corm__write_template(w, scope, text, node, NULL);
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
    corm__sense sense = corm__sense_among(w, a, end);
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
        if (a_decimal || b_decimal)
            sense = (corm__sense){CORM_KIND_INTEGER, NULL};
    }
    corm__buffer_char(w->b, '(');
    if (b == end)
        corm__buffer_char(w->b, '-');
    corm__write_operand(w, scope, a, sense);
    if (b < end) {
        corm__buffer_text(w->b, corm__sql_sign(w, node->operator_));
        corm__write_operand(w, scope, b, sense);
    }
    corm__buffer_char(w->b, ')');
}

/* A CASE in the last value goes on with the same one. */
static void corm__write_case(corm__writer *w, const corm__scope *scope, const corm__node *node,
                             corm__sense sense)
{
    if (sense.kind == CORM_KIND_COUNT) {
        const corm__node *value = corm__after(node + 1);
        sense = corm__sense_among(w, value, corm__after(node));
    }
    corm__buffer_text(w->b, "CASE");
    for (;;) {
        const corm__node *condition = node + 1, *value = corm__after(condition);
        const corm__node *other = corm__after(value);
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

/* One term of an order, without ORDER BY. */
static void corm__write_order_term(corm__writer *w, const corm__scope *scope,
                                   const corm__node *term)
{
    corm__write_operand(w, scope, term + 1, corm__no_sense);
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
}

/* ---- All ------------------------------------------------------------------------------------- */

static void corm__write_node(corm__writer *w, const corm__scope *scope, const corm__node *node,
                             corm__sense sense)
{
    corm_value value;
    if (w->status != CORM_OK)
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
    case CORM__EQ:
    case CORM__NE:
    case CORM__LT:
    case CORM__LE:
    case CORM__GT:
    case CORM__GE:
    case CORM__LIKE:
    case CORM__GLOB:
    case CORM__SAME:
    case CORM__DIFFER:
    case CORM__BETWEEN:
    case CORM__IS_NULL:
    case CORM__IS_NOT_NULL: corm__write_comparison(w, scope, node); return;
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
    case CORM__PLUS:
    case CORM__MINUS:
    case CORM__TIMES:
    case CORM__DIVIDED:
    case CORM__MODULO:
    case CORM__NEGATIVE: corm__write_arithmetic(w, scope, node); return;
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
    default:
        CORM__REFUSE(w, CORM_MISUSE,
                     "%s of a query of %s is damaged: it was not made by corm's macros", w->place,
                     w->of);
    }
}

#endif /* CORM__ROOM_EXPRESSIONS_C */
