/* clauses.c: the clauses of a query behind its tables, as text.
 *
 * Owns: finding the clauses wherever they were written, WHERE, GROUP BY, ORDER BY and LIMIT; the page
 * behind a row.
 * Must not know: tables, joins, objects, sessions, connections. */
#ifndef CORM__ROOM_CLAUSES_C
#define CORM__ROOM_CLAUSES_C

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
    corm_value least = value;
    if (corm__is_moment(own->base) && !corm__moment_least(w->arena, &value, &least)) {
        corm__write_no_memory(w);
        return;
    }
    const bool nulls_behind = !equal && !low && corm__is_nullable(own);
    corm__buffer_text(w->b, nulls_behind ? "(" : "");
    corm__write_column(w, &scope->sources[0], own, scope->qualified);
    corm__write_near(w, equal ? CORM__EQ : descending ? CORM__LT : CORM__GT, &value, &least);
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

#endif /* CORM__ROOM_CLAUSES_C */
