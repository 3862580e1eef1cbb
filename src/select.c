/* select.c: queries as SQL text.
 *
 * Owns: the clauses of a SELECT and their order, joins, what fills the members of a row, subqueries,
 * queries with a name, queries put together, the page behind a row.
 * Must not know: objects, sessions, connections. */
#ifndef CORM__ROOM_SELECT_C
#define CORM__ROOM_SELECT_C

#include "expressions.c"

/* The clauses of a query, wherever they were written. */
typedef struct corm__clauses {
    const corm_model *row, *from; /* row: NULL: of objects, or a subquery of one value */
    corm__nodes fields, where, order, joins, group, having;
    int64_t limit, offset;
    bool distinct;
    const corm_compound *compound; /* CORM__TABLE_TERMS each; NULL: none */
    const corm_table *with;
    const void *after; /* a struct of `from`; NULL: from the first row on */
    bool by_key;       /* the primary key completes the order */
} corm__clauses;

/* ---- Reading the clauses --------------------------------------------------------------------- */

/* Whether it is one of several pages, whose rows must not change places between them: the primary key
 * completes its order. */
static bool corm__is_page(const corm_query *q)
{
    return q->after != NULL || (q->limit > 0 && q->order_by.count > 0);
}

static void corm__clauses_of_query(corm__writer *w, const corm_query *q, bool by_key,
                                   corm__clauses *out)
{
    *out = (corm__clauses){.from = q->model, .limit = q->limit, .offset = q->offset};
    out->where = CORM__SOUND(w, "the condition", q->where, CORM__IS_EXPRESSION);
    out->order = CORM__SOUND(w, "the ordering", q->order_by, CORM__IS_TERM);
    out->joins = CORM__SOUND(w, "the join", q->join, CORM__IS_JOIN);
    out->distinct = q->distinct;
    out->with = q->with;
    out->after = q->after;
    out->by_key = by_key || corm__is_page(q);
}

static void corm__clauses_of_select(corm__writer *w, const corm_select *s, corm__clauses *out)
{
    *out = (corm__clauses){.row = s->row, .from = s->from, .limit = s->limit, .offset = s->offset};
    out->fields = CORM__SOUND(w, "the list of fields", s->fields, CORM__IS_FIELD);
    out->where = CORM__SOUND(w, "the condition", s->where, CORM__IS_EXPRESSION);
    out->order = CORM__SOUND(w, "the ordering", s->order_by, CORM__IS_TERM);
    out->joins = CORM__SOUND(w, "the join", s->join, CORM__IS_JOIN);
    out->having = CORM__SOUND(w, "the condition on groups", s->having, CORM__IS_EXPRESSION);
    out->group = CORM__SOUND(w, "the list of groups", s->group_by, CORM__IS_CLAUSE);
    if (out->group.count > 0) /* the clause holds the expressions */
        out->group = (corm__nodes){out->group.at + 1, corm__below(out->group.at)};
    /* The table is that of the first column. */
    const corm__node *first = out->fields.at, *end = corm__nodes_end(out->fields);
    while (first < end && first->operator_ != CORM__COLUMN)
        first++;
    if (out->from == NULL && first < end)
        out->from = first->as.of.model;
    out->distinct = s->distinct;
    out->compound = s->compound;
    out->with = s->with;
}

static void corm__clauses_of_node(const corm__node *query, corm__clauses *out)
{
    const corm__node *end = corm__after(query);
    *out = (corm__clauses){.from = query->as.of.model};
    for (const corm__node *clause = query + 1; clause < end; clause = corm__after(clause)) {
        const corm__nodes nodes = {clause + 1, corm__below(clause)};
        switch (clause->operator_) {
        case CORM__FIELDS: out->fields = nodes; break;
        case CORM__JOINS: out->joins = nodes; break;
        case CORM__WHERE: out->where = nodes; break;
        case CORM__GROUP: out->group = nodes; break;
        case CORM__HAVING: out->having = nodes; break;
        case CORM__ORDER: out->order = nodes; break;
        case CORM__LIMIT: out->limit = clause->as.integer; break;
        case CORM__OFFSET: out->offset = clause->as.integer; break;
        default: out->distinct = true; break;
        }
    }
}

/* ---- FROM ------------------------------------------------------------------------------------ */

static void corm__write_join_condition(corm__writer *w, const corm__scope *scope,
                                       const corm__node *join, bool further)
{
    if (join->size == 0)
        return;
    corm__buffer_text(w->b, further ? " AND " : "");
    corm__buffer_text(w->b, further && join[1].operator_ == CORM__OR ? "(" : "");
    corm__write_node(w, scope, join + 1, corm__no_sense);
    corm__buffer_text(w->b, further && join[1].operator_ == CORM__OR ? ")" : "");
}

static void corm__write_joined_table(corm__writer *w, const corm__source *source)
{
    const bool several = source->spread && source->mapper->part_count > 1;
    corm__buffer_text(w->b, several ? "(" : "");
    corm__write_table(w, source, false);
    corm__buffer_text(w->b, several ? ")" : "");
}

static void corm__write_join_related(corm__writer *w, corm__scope *scope, const corm__node *join)
{
    const bool left = join->operator_ == CORM__JOIN_LEFT_RELATED;
    const char *word = left ? " LEFT JOIN " : " JOIN ";
    const corm__relation *r = corm__relation_meant(w, join);
    const corm_model *alias = join->as.of.data;
    if (r == NULL) {
        CORM__REFUSE(w, CORM_MISUSE,
                     "a join of a query of %s: a relationship that no model of this schema has",
                     w->of);
        return;
    }
    if (alias != NULL && corm__meant(alias) != r->target->model) {
        CORM__REFUSE(w, CORM_MISUSE,
                     "a join of a query of %s: %s is no name for %s, to which %s.%s leads", w->of,
                     alias->name, r->target->model->name, r->source->model->name, r->name);
        return;
    }
    const corm__source *owner = corm__scope_owner(w, scope, join->as.of.model, r);
    const corm__association *a = r->association;
    const char *between = a == NULL ? NULL : corm__between_name(w, a);
    const corm__source *target =
        corm__scope_add(w, scope, alias != NULL ? alias : r->target->model);
    if (owner == NULL || target == NULL || (a != NULL && between == NULL))
        return;
    const bool whole =
        left && a != NULL; /* else a row between without a partner would count as one */
    corm__buffer_text(w->b, whole ? " LEFT JOIN (" : word);
    if (a != NULL) {
        corm__write_between(w, a, between);
        corm__buffer_text(w->b, whole ? "" : " ON ");
        if (!whole)
            corm__write_association(w, owner, a, r->side, r->local, between);
        corm__buffer_text(w->b, " JOIN ");
    }
    corm__write_joined_table(w, target);
    corm__buffer_text(w->b, " ON ");
    corm__write_partnership(w, owner, target, r, between);
    if (whole) {
        corm__buffer_text(w->b, ") ON ");
        corm__write_association(w, owner, a, r->side, r->local, between);
    }
    corm__write_join_condition(w, scope, join, true);
}

static void corm__write_join_model(corm__writer *w, corm__scope *scope, const corm__node *join)
{
    const corm__source *target = corm__scope_add(w, scope, join->as.of.model);
    if (target == NULL)
        return;
    corm__buffer_text(w->b, join->operator_ == CORM__JOIN_LEFT_MODEL ? " LEFT JOIN " : " JOIN ");
    corm__write_joined_table(w, target);
    corm__buffer_text(w->b, " ON ");
    if (join->size == 0)
        CORM__REFUSE(w, CORM_MISUSE, "a join of a query of %s: %s is joined without a condition",
                     w->of, target->model->name);
    corm__write_join_condition(w, scope, join, false);
    corm__write_narrow(w, target, true, " AND ");
}

/* The joins; their tables are in sight from then on. */
static void corm__write_joins(corm__writer *w, corm__scope *scope, corm__nodes joins)
{
    const corm__node *end = corm__nodes_end(joins);
    w->place = "the condition of a join";
    for (const corm__node *join = joins.at; join < end && w->status == CORM_OK;
         join = corm__after(join)) {
        if (join->operator_ == CORM__JOIN_RELATED || join->operator_ == CORM__JOIN_LEFT_RELATED)
            corm__write_join_related(w, scope, join);
        else
            corm__write_join_model(w, scope, join);
    }
    w->place = "the condition";
}

/* ---- SELECT ---------------------------------------------------------------------------------- */

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

static const corm__node *corm__field_of(const corm__clauses *q, size_t member)
{
    const corm__node *end = corm__nodes_end(q->fields);
    for (const corm__node *field = q->fields.at; field < end; field = corm__after(field))
        if (field->column == member && corm__meant(field->as.of.model) == q->row)
            return field;
    return NULL;
}

static void corm__check_field(corm__writer *w, const corm__column *member, const corm__node *value)
{
    const corm__sense sense = corm__sense_of(w, value);
    if (member->base == CORM_KIND_DECIMAL && sense.kind == CORM_KIND_DECIMAL &&
        sense.column != NULL && sense.column->info->scale != member->info->scale)
        CORM__REFUSE(w, CORM_MISUSE,
                     "%s.%s has %u digits behind the point and gets a value with %u: declare them "
                     "alike",
                     member->home->model->name, member->info->name, member->info->scale,
                     sense.column->info->scale);
}

/* The columns of a row, in the order of its members. */
static void corm__write_row(corm__writer *w, const corm__scope *scope, const corm__clauses *q,
                            bool named)
{
    const corm__mapper *row = corm__mapper_meant(w, q->row);
    const corm__node *end = corm__nodes_end(q->fields);
    w->place = "the list of fields";
    for (const corm__node *field = q->fields.at; row != NULL && field < end;
         field = corm__after(field))
        if (corm__meant(field->as.of.model) != q->row || field->column >= row->column_count)
            CORM__REFUSE(w, CORM_MISUSE, "a field of a query for %s is a member of %s",
                         q->row->name,
                         field->as.of.model == NULL ? "no row" : field->as.of.model->name);
    for (size_t i = 0; row != NULL && i < row->column_count && w->status == CORM_OK; i++) {
        const corm__column *member = &row->columns[i];
        const corm__node *field = corm__field_of(q, i);
        corm__buffer_text(w->b, i > 0 ? ", " : "");
        if (field != NULL) {
            corm__check_field(w, member, field + 1);
            corm__write_operand(w, scope, field + 1, (corm__sense){member->base, member});
        } else if (!corm__write_named(w, scope, member)) {
            CORM__REFUSE(w, CORM_MISUSE,
                         "%s.%s gets no value: no table of the query has a column of this name and "
                         "kind; say corm_field(%s_.%s, ...) in .fields",
                         q->row->name, member->info->name, q->row->name, member->info->name);
        }
        if (named) {
            corm__buffer_text(w->b, " AS ");
            corm__sql_name(w->b, w->d, member->name);
        }
    }
    w->place = "the condition";
}

/* ---- WHERE and what follows ------------------------------------------------------------------ */

/* One column of the row after which a page begins. */
static void corm__write_behind(corm__writer *w, const corm__scope *scope, const corm__node *term,
                               const void *row, bool equal)
{
    const corm__column *column = corm__column_meant(w, term + 1);
    char *room = corm__arena_allocate(w->arena, CORM__SCRATCH);
    if (column == NULL || room == NULL) {
        corm__write_no_memory(w);
        return;
    }
    const bool descending = term->operator_ == CORM__DESCENDING;
    const bool low =
        term->kind == 0 ? w->d->nulls_high == descending : term->kind == CORM__NULLS_FIRST;
    /* low: NULLs come first in this order */
    const corm__column *own = &scope->sources[0].mapper->columns[term[1].column];
    const corm_value value = corm__member_value(own, row, room);
    if (value.type == CORM_VALUE_NULL) {
        if (!equal && !low) {
            corm__buffer_text(w->b, "1 = 0");
            return;
        }
        corm__write_column(w, &scope->sources[0], own, scope->qualified);
        corm__buffer_text(w->b, equal ? " IS NULL" : " IS NOT NULL");
        return;
    }
    const bool nulls_behind = !equal && !low && corm__is_nullable(own);
    corm__buffer_text(w->b, nulls_behind ? "(" : "");
    corm__write_column(w, &scope->sources[0], own, scope->qualified);
    corm__buffer_text(w->b, equal ? " = " : descending ? " < " : " > ");
    corm__write_value(w, value);
    if (nulls_behind) {
        corm__buffer_text(w->b, " OR ");
        corm__write_column(w, &scope->sources[0], own, scope->qualified);
        corm__buffer_text(w->b, " IS NULL)");
    }
}

/* a > ? OR (a = ? AND b > ?) ...: rows that come behind this one in the order of the terms. */
static void corm__write_after(corm__writer *w, const corm__scope *scope, const corm__node *terms,
                              size_t count, const void *row)
{
    const corm__node *end = terms + count;
    corm__buffer_char(w->b, '(');
    for (const corm__node *last = terms; last < end; last = corm__after(last)) {
        corm__buffer_text(w->b, last > terms ? " OR (" : "");
        for (const corm__node *term = terms; term < last; term = corm__after(term)) {
            corm__write_behind(w, scope, term, row, true);
            corm__buffer_text(w->b, " AND ");
        }
        corm__write_behind(w, scope, last, row, false);
        corm__buffer_text(w->b, last > terms ? ")" : "");
    }
    corm__buffer_char(w->b, ')');
}

static bool corm__is_ordered_by(const corm__scope *scope, corm__nodes order, size_t column)
{
    const corm__node *end = corm__nodes_end(order);
    for (const corm__node *term = order.at; term < end; term = corm__after(term))
        if (term[1].operator_ == CORM__COLUMN && term[1].column == column &&
            corm__meant(term[1].as.of.model) != NULL && !term[1].as.of.model->row &&
            term[1].as.of.model->alias_of == NULL &&
            corm__source_column(
                &scope->sources[0], term[1].as.of.model,
                corm__mapper_of(scope->sources[0].mapper->registry, term[1].as.of.model),
                column) != NULL)
            return true;
    return false;
}

/* The terms of the order and the key that completes it, as nodes in the arena. NULL: an error. */
static corm__nodes corm__whole_order(corm__writer *w, const corm__scope *scope,
                                     const corm__clauses *q)
{
    const corm__mapper *m = scope->sources[0].mapper;
    corm__nodes whole = {q->order.at, q->order.count};
    if (!q->by_key)
        return whole;
    corm__node *nodes =
        corm__arena_allocate(w->arena, (q->order.count + 2 * m->pk_count) * sizeof *nodes);
    if (nodes == NULL) {
        corm__write_no_memory(w);
        return whole;
    }
    if (q->order.count > 0)
        memcpy(nodes, q->order.at, q->order.count * sizeof *nodes);
    for (size_t i = 0; i < m->pk_count; i++) {
        if (corm__is_ordered_by(scope, q->order, m->pk[i]))
            continue;
        nodes[whole.count] = (corm__node){.operator_ = CORM__ASCENDING, .size = 1};
        nodes[whole.count + 1] = (corm__node){.operator_ = CORM__COLUMN, .column = m->pk[i]};
        nodes[whole.count + 1].as.of.model = scope->sources[0].model;
        whole.count += 2;
    }
    whole.at = nodes;
    return whole;
}

/* A page begins behind a row of the model: so the order is by its columns. */
static bool corm__is_after_possible(corm__writer *w, const corm__scope *scope, corm__nodes order)
{
    const corm__node *end = corm__nodes_end(order);
    for (const corm__node *term = order.at; term < end; term = corm__after(term)) {
        const corm__column *column = NULL;
        if (term[1].operator_ == CORM__COLUMN &&
            corm__scope_find(w, scope, term[1].as.of.model, term[1].column, &column) ==
                &scope->sources[0])
            continue;
        CORM__REFUSE(
            w, CORM_MISUSE,
            "the ordering of a query of %s with .after has something else than a column of %s",
            w->of, w->of);
        return false;
    }
    return true;
}

static void corm__write_where(corm__writer *w, const corm__scope *scope, const corm__clauses *q,
                              corm__nodes order)
{
    const corm__node *end = corm__nodes_end(q->where);
    const bool narrow = !scope->sources[0].model->row && corm__is_narrow(scope->sources[0].mapper);
    const bool several = narrow || q->after != NULL;
    const char *before = " WHERE ";
    /* Conditions are one tree; more than one at the top would be meant together. */
    for (const corm__node *part = q->where.at; part < end; part = corm__after(part)) {
        const bool enclosed = part->operator_ == CORM__OR && several;
        corm__buffer_text(w->b, before);
        before = " AND ";
        corm__buffer_text(w->b, enclosed ? "(" : "");
        corm__write_node(w, scope, part, corm__no_sense);
        corm__buffer_text(w->b, enclosed ? ")" : "");
    }
    if (q->after != NULL && corm__is_after_possible(w, scope, order)) {
        corm__buffer_text(w->b, before);
        before = " AND ";
        corm__write_after(w, scope, order.at, order.count, q->after);
    }
    corm__write_narrow(w, &scope->sources[0], scope->qualified, before);
}

static void corm__write_groups(corm__writer *w, const corm__scope *scope, const corm__clauses *q)
{
    w->place = "the list of groups";
    if (q->group.count > 0) {
        corm__buffer_text(w->b, " GROUP BY ");
        corm__write_expressions(w, scope, q->group.at, corm__nodes_end(q->group));
    }
    w->place = "the condition on groups";
    if (q->having.count > 0) {
        corm__buffer_text(w->b, " HAVING ");
        corm__write_node(w, scope, q->having.at, corm__no_sense);
    }
    w->place = "the condition";
}

/* ORDER BY, or the terms behind it where it has begun. */
static void corm__write_order(corm__writer *w, const corm__scope *scope, corm__nodes order,
                              bool *begun)
{
    const corm__node *end = corm__nodes_end(order);
    w->place = "the ordering";
    for (const corm__node *term = order.at; term < end; term = corm__after(term)) {
        corm__buffer_text(w->b, *begun ? ", " : " ORDER BY ");
        corm__write_order_term(w, scope, term);
        *begun = true;
    }
    w->place = "the condition";
}

static void corm__write_limit(corm__writer *w, const corm__clauses *q)
{
    if (q->limit < 0 || q->offset < 0) {
        CORM__REFUSE(w, CORM_MISUSE, "the %s of a query of %s is %lld: it must not be below zero",
                     q->limit < 0 ? "limit" : "offset", w->of,
                     (long long)(q->limit < 0 ? q->limit : q->offset));
        return;
    }
    if (q->limit > 0) {
        corm__buffer_text(w->b, " LIMIT ");
        corm__write_value(w, corm_value_integer(q->limit));
    } else if (q->offset > 0 && w->d->no_limit != NULL) {
        corm__buffer_text(w->b, " LIMIT ");
        corm__buffer_text(w->b, w->d->no_limit);
    }
    if (q->offset > 0) {
        corm__buffer_text(w->b, " OFFSET ");
        corm__write_value(w, corm_value_integer(q->offset));
    }
}

/* ---- A whole query --------------------------------------------------------------------------- */

/* What stands between SELECT and FROM. */
typedef enum corm__result {
    CORM__OF_OBJECTS, /* all columns of the model */
    CORM__OF_ROWS,    /* those of the row, with their names */
    CORM__OF_VALUE,   /* one expression */
    CORM__OF_NOTHING  /* 1: only whether there are rows, or how many */
} corm__result;

static void corm__write_results(corm__writer *w, const corm__scope *scope, const corm__clauses *q,
                                corm__result result)
{
    const corm__source *root = &scope->sources[0];
    const bool named = scope->qualified && !root->spread;
    switch (result) {
    case CORM__OF_OBJECTS:
        corm__sql_columns(w->b, w->d, root->mapper, named ? root->name : NULL);
        break;
    case CORM__OF_ROWS: corm__write_row(w, scope, q, true); break;
    case CORM__OF_VALUE:
        w->place = "the value of a subquery";
        corm__write_operand(w, scope, q->fields.at, corm__no_sense);
        w->place = "the condition";
        break;
    default: corm__buffer_text(w->b, "1"); break;
    }
}

/* SELECT ... HAVING: all but the order and the limit. */
static void corm__write_core(corm__writer *w, corm__scope *scope, const corm__clauses *q,
                             corm__result result, corm__nodes *order)
{
    /* The joins bring the tables into sight, but their text comes behind that of the columns. */
    corm__buffer joins = {.data = NULL}, *text = w->b;
    const corm__source *root = corm__scope_add(w, scope, q->from);
    if (root == NULL)
        return;
    w->b = &joins;
    corm__write_joins(w, scope, q->joins);
    w->b = text;
    corm__buffer_text(w->b, q->distinct ? "SELECT DISTINCT " : "SELECT ");
    if (w->status == CORM_OK)
        corm__write_results(w, scope, q, result);
    corm__buffer_text(w->b, " FROM ");
    corm__write_table(w, root, result == CORM__OF_OBJECTS);
    if (joins.failed)
        corm__write_no_memory(w);
    else
        corm__buffer_bytes(w->b, joins.data, joins.size);
    corm__buffer_free(&joins);
    if (w->status != CORM_OK)
        return;
    *order = corm__whole_order(w, scope, q);
    corm__write_where(w, scope, q, *order);
    corm__write_groups(w, scope, q);
}

/* The queries that are put behind the first. */
static void corm__write_compounds(corm__writer *w, const corm__scope *outer, const corm__clauses *q)
{
    static const char *const words[] = {
        [CORM__UNION] = " UNION ",
        [CORM__UNION_ALL] = " UNION ALL ",
        [CORM__INTERSECT] = " INTERSECT ",
        [CORM__EXCEPT] = " EXCEPT ",
    };
    for (size_t i = 0; q->compound != NULL && i < CORM__TABLE_TERMS; i++) {
        const corm_compound *compound = &q->compound[i];
        corm__clauses other;
        corm__nodes order = {NULL, 0};
        if (compound->other == NULL || w->status != CORM_OK)
            return;
        corm__clauses_of_select(w, compound->other, &other);
        corm__scope scope = {.outer = outer, .qualified = other.joins.count > 0 || outer != NULL};
        if (other.row == NULL)
            other.row = q->row;
        if (other.row != q->row || compound->how < CORM__UNION || compound->how > CORM__EXCEPT) {
            CORM__REFUSE(w, CORM_MISUSE,
                         "queries of %s and %s cannot be put together: they must be of one row",
                         q->row->name, other.row->name);
            return;
        }
        if (other.order.count > 0 || other.limit != 0 || other.offset != 0 ||
            other.with[0].row != NULL || other.compound[0].other != NULL) {
            CORM__REFUSE(w, CORM_MISUSE,
                         "a query of %s that is put behind another has an order, a limit, .with or "
                         ".compound: those stand in the first",
                         q->row->name);
            return;
        }
        corm__buffer_text(w->b, words[compound->how]);
        scope.row = other.row;
        scope.fields = other.fields;
        corm__write_core(w, &scope, &other, CORM__OF_ROWS, &order);
    }
}

static void corm__write_select(corm__writer *w, const corm__scope *outer, const corm__clauses *q,
                               corm__result result)
{
    corm__scope scope = {.outer = outer, .qualified = q->joins.count > 0 || outer != NULL};
    corm__nodes order = {NULL, 0};
    bool begun = false;
    if (q->from == NULL) {
        CORM__REFUSE(w, CORM_NULL_ARGUMENT,
                     "a query of %s has no table: say .from = corm_from(Model)", w->of);
        return;
    }
    scope.row = result == CORM__OF_ROWS ? q->row : NULL;
    scope.fields = result == CORM__OF_ROWS ? q->fields : (corm__nodes){NULL, 0};
    corm__write_core(w, &scope, q, result, &order);
    if (w->status != CORM_OK)
        return;
    corm__write_compounds(w, outer, q);
    scope.results = result == CORM__OF_ROWS;
    corm__write_order(w, &scope, order, &begun);
    corm__write_limit(w, q);
}

static void corm__write_subquery(corm__writer *w, const corm__scope *outer, const corm__node *query)
{
    corm__clauses q;
    const char *place = w->place;
    corm__clauses_of_node(query, &q);
    if (query->column != 0)
        CORM__REFUSE(w, CORM_MISUSE,
                     "a subquery of a query of %s has .row, .fields, .with or .compound: its value "
                     "stands behind its model, and .with in the query around it",
                     w->of);
    else
        corm__write_select(w, outer, &q, q.fields.count > 0 ? CORM__OF_VALUE : CORM__OF_NOTHING);
    w->place = place;
}

/* WITH "Branch" ("id", "name") AS (SELECT ...), ... */
static void corm__write_with(corm__writer *w, const corm_table *with)
{
    bool recursive = false;
    w->with = with;
    for (size_t i = 0; with != NULL && i < CORM__TABLE_TERMS; i++)
        recursive = recursive || with[i].next != NULL;
    for (size_t i = 0; with != NULL && i < CORM__TABLE_TERMS && with[i].row != NULL; i++) {
        const corm__mapper *row = corm__mapper_meant(w, with[i].row);
        if (row != NULL && !with[i].row->row)
            CORM__REFUSE(w, CORM_MISUSE,
                         "%s in .with is a model: a query gets the name of a CORM_ROW",
                         with[i].row->name);
        if (row == NULL || w->status != CORM_OK)
            return;
        corm__buffer_text(w->b, i > 0 ? ", " : recursive ? "WITH RECURSIVE " : "WITH ");
        corm__sql_name(w->b, w->d, with[i].row->name);
        for (size_t k = 0; k < row->column_count; k++) {
            corm__buffer_text(w->b, k > 0 ? ", " : " (");
            corm__sql_name(w->b, w->d, row->columns[k].name);
        }
        corm__buffer_text(w->b, ") AS (");
        for (int part = 0; part < 2; part++) {
            const corm_select *query = part == 0 ? with[i].first : with[i].next;
            corm__clauses q;
            if (query == NULL && part == 1)
                break;
            if (query == NULL || query->with[0].row != NULL) {
                CORM__REFUSE(w, CORM_MISUSE,
                             query == NULL ? "%s in .with has no query"
                                           : "%s in .with has .with itself: put them side by side",
                             with[i].row->name);
                return;
            }
            corm__buffer_text(w->b, part == 1 ? " UNION ALL " : "");
            corm__clauses_of_select(w, query, &q);
            q.row = with[i].row;
            corm__write_select(w, NULL, &q, CORM__OF_ROWS);
        }
        corm__buffer_char(w->b, ')');
    }
    if (with != NULL && with[0].row != NULL)
        corm__buffer_char(w->b, ' ');
}

/* The last word: memory, and the number of values. */
static corm_status corm__write_end(corm__writer *w)
{
    if (w->status == CORM_OK && w->b->failed)
        corm__write_no_memory(w);
    if (w->status == CORM_OK && w->count > w->d->max_parameters)
        CORM__REFUSE(w, CORM_MISUSE,
                     "a query of %s has %zu values, but one statement takes at most %u: ask in "
                     "several queries with a part of the list each",
                     w->of, w->count, w->d->max_parameters);
    return w->status;
}

/* The objects of a query, without what comes along. */
static corm_status corm__write_query(corm__writer *w, const corm_query *query, bool by_key)
{
    corm__clauses q;
    corm__clauses_of_query(w, query, by_key, &q);
    corm__write_with(w, q.with);
    corm__write_select(w, NULL, &q, CORM__OF_OBJECTS);
    return corm__write_end(w);
}

/* How many they are. */
static corm_status corm__write_count(corm__writer *w, const corm_query *query, bool by_key)
{
    corm__clauses q;
    (void)by_key;
    corm__clauses_of_query(w, query, false, &q);
    const bool inside = q.limit != 0 || q.offset != 0 || q.distinct || q.after != NULL;
    corm__write_with(w, q.with);
    if (q.after == NULL) { /* else the order says what is behind that row */
        q.order = (corm__nodes){NULL, 0};
        q.by_key = false;
    }
    if (inside) {
        corm__buffer_text(w->b, "SELECT count(*) FROM (");
        corm__write_select(w, NULL, &q, q.distinct ? CORM__OF_OBJECTS : CORM__OF_NOTHING);
        corm__buffer_text(w->b, ") AS ");
        corm__sql_name(w->b, w->d, "counted"); /* SQL wants a name for a table that is a query */
    } else {
        const corm__node rows = {.operator_ = CORM__FUNCTION, .column = CORM_FUNCTION_COUNT_ROWS};
        q.fields = (corm__nodes){&rows, 1};
        corm__write_select(w, NULL, &q, CORM__OF_VALUE);
    }
    return corm__write_end(w);
}

/* The rows of a CORM_ROW. */
static corm_status corm__write_rows(corm__writer *w, const corm_select *select)
{
    corm__clauses q;
    corm__clauses_of_select(w, select, &q);
    corm__write_with(w, q.with);
    corm__write_select(w, NULL, &q, CORM__OF_ROWS);
    return corm__write_end(w);
}

/* One expression for each row; of one group or of all rows where it is an aggregate. */
static corm_status corm__write_values(corm__writer *w, const corm_select *select,
                                      const corm_condition *value)
{
    corm__clauses q;
    corm__clauses_of_select(w, select, &q);
    if (select->row != NULL || select->fields.count > 0 || select->compound[0].other != NULL)
        CORM__REFUSE(
            w, CORM_MISUSE,
            "a query of single values of %s has .row, .fields or .compound: use corm_select",
            w->of);
    q.fields = CORM__SOUND(w, "the value", *value, CORM__IS_EXPRESSION);
    corm__write_with(w, q.with);
    corm__write_select(w, NULL, &q, CORM__OF_VALUE);
    return corm__write_end(w);
}

#endif /* CORM__ROOM_SELECT_C */
