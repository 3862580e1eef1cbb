/* shown.c: the SQL of related rows of which a query shows a part.
 *
 * Owns: the condition, the order and the number that a query gives a collection that it loads, and the
 * SELECT that reads the collections of several owners so.
 * Must not know: objects, sessions, connections. */
#ifndef CORM__ROOM_SHOWN_C
#define CORM__ROOM_SHOWN_C

#include "select.c"

/* What corm_load_where says of one collection. */
typedef struct corm__shown {
    corm_condition where;
    corm_ordering order_by;
    int64_t limit; /* of each owner; 0: all */
} corm__shown;

/* Term i of a loading. */
static void corm__shown_make(const corm_loading *loading, size_t term, corm__shown *out)
{
    const corm__node *nodes = loading->nodes;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < term; i++)
        nodes += loading->shown[i].where + loading->shown[i].order;
    out->limit = loading->shown[term].limit;
    out->where.count = loading->shown[term].where;
    memcpy(out->where.nodes, nodes, out->where.count * sizeof *nodes);
    out->order_by.count = loading->shown[term].order;
    memcpy(out->order_by.nodes, nodes + out->where.count, out->order_by.count * sizeof *nodes);
}

/* Conditions and orders see the target alone, under this name; NULL: unqualified. */
static void corm__shown_scope(const corm__relation *r, const char *table, corm__scope *out)
{
    memset(out, 0, sizeof *out);
    out->count = 1;
    out->qualified = table != NULL;
    out->sources[0] = (corm__source){.model = r->target->model,
                                     .mapper = r->target,
                                     .name = table != NULL ? table : corm__sql_table(r->target),
                                     .spread = r->target->spread};
}

/* AND condition; nothing if there is none. */
static void corm__write_shown_where(corm__writer *w, const corm__relation *r, const char *table,
                                    const corm__shown *shown)
{
    corm__scope scope;
    const char *of = w->of;
    corm__shown_scope(r, table, &scope);
    w->of = r->target->model->name;
    const corm__nodes where = CORM__SOUND(w, "the condition", shown->where, CORM__IS_EXPRESSION);
    const corm__node *end = corm__nodes_end(where);
    for (const corm__node *part = where.at; part < end; part = corm__after(part)) {
        const bool enclosed = part->operator_ == CORM__OR;
        corm__buffer_text(w->b, enclosed ? " AND (" : " AND ");
        corm__write_node(w, &scope, part, corm__no_sense);
        corm__buffer_text(w->b, enclosed ? ")" : "");
    }
    w->of = of;
}

/* The given order, completed by the key; without one, the relationship's. `shown` may be NULL. */
static void corm__write_shown_order(corm__writer *w, const corm__relation *r, const char *table,
                                    const corm__shown *shown, bool *begun)
{
    corm__scope scope;
    const char *of = w->of;
    if (shown == NULL || shown->order_by.count == 0) {
        corm__sql_related_order(w->b, w->d, r, table, begun);
        return;
    }
    corm__shown_scope(r, table, &scope);
    w->of = r->target->model->name;
    corm__clauses clauses = {.from = r->target->model, .by_key = true};
    clauses.order = CORM__SOUND(w, "the ordering", shown->order_by, CORM__IS_TERM);
    const corm__nodes order = corm__whole_order(w, &scope, &clauses);
    if (w->status == CORM_OK)
        corm__write_order(w, &scope, order, begun);
    w->of = of;
}

/* "c1", "c2" ...: the columns of the inner SELECT, which may have one name twice. */
static void corm__write_alias(corm__writer *w, size_t i)
{
    char name[16];
    (void)snprintf(name, sizeof name, "c%u", (unsigned)i);
    corm__sql_name(w->b, w->d, name);
}

/* The lead columns and those of the target; with a limit each under its alias. */
static void corm__write_shown_columns(corm__writer *w, const corm__relation *r, const char *table,
                                      bool limited)
{
    const corm__mapper *m = r->target;
    const corm__association *a = r->association;
    size_t count = 0;
    for (size_t i = 0; a != NULL && i < a->counts[r->side]; i++) {
        corm__buffer_text(w->b, count++ > 0 ? ", " : "");
        corm__sql_column(w->b, w->d, a->table, a->columns[r->side][i]);
        corm__buffer_text(w->b, limited ? " AS " : "");
        if (limited)
            corm__write_alias(w, count);
    }
    for (size_t f = 0; f < m->family_count; f++) {
        const corm__mapper *heir = m->family[f];
        for (size_t i = f == 0 ? 0 : heir->inherited; i < heir->column_count; i++) {
            corm__buffer_text(w->b, count++ > 0 ? ", " : "");
            corm__sql_selected(w->b, w->d, m, &heir->columns[i], table);
            corm__buffer_text(w->b, limited ? " AS " : "");
            if (limited)
                corm__write_alias(w, count);
        }
    }
}

/* row_number() OVER (PARTITION BY the owner ORDER BY ...) AS "place" */
static void corm__write_shown_place(corm__writer *w, const corm__relation *r, const char *table,
                                    const corm__shown *shown)
{
    bool begun = false;
    corm__buffer_text(w->b, ", row_number() OVER (PARTITION BY ");
    for (size_t i = 0; i < r->key_count; i++) {
        corm__buffer_text(w->b, i > 0 ? ", " : "");
        corm__sql_related_column(w->b, w->d, r,
                                 r->association != NULL ? r->association->table : table, i);
    }
    corm__write_shown_order(w, r, table, shown, &begun);
    corm__buffer_text(w->b, ") AS ");
    corm__sql_name(w->b, w->d, "place");
}

/* The rows of n owners; `keys` are theirs, and behind them the values of the relationship's filters. */
static void corm__write_shown_rows(corm__writer *w, const corm__relation *r, size_t n,
                                   const corm_value *keys, const corm__shown *shown)
{
    const corm__association *a = r->association;
    const char *table = a != NULL ? corm__sql_table(r->target) : NULL;
    corm__write_shown_columns(w, r, table, shown->limit > 0);
    if (shown->limit > 0)
        corm__write_shown_place(w, r, table, shown);
    corm__buffer_text(w->b, " FROM ");
    if (a != NULL)
        corm__sql_join(w->b, w->d, r);
    else
        corm__sql_tables(w->b, w->d, r->target, true);
    corm__sql_related_where(w->b, w->d, r, a != NULL ? a->table : NULL, n, shown->where.count > 0,
                            &w->last);
    w->keys_at = w->count;
    for (size_t i = 0; i < n * r->key_count + r->filter_values; i++)
        corm__keep_value(w, &keys[i]);
    corm__sql_narrow(w->b, w->d, r->target, table, " AND ");
    corm__write_shown_where(w, r, table, shown);
}

/* As corm__sql_related, of a collection. */
static corm_status corm__write_shown(corm__writer *w, const corm__relation *r, size_t n,
                                     const corm_value *keys, const corm__shown *shown)
{
    const size_t lead = r->association != NULL ? r->association->counts[r->side] : 0;
    bool begun = false;
    corm__buffer_text(w->b, "SELECT ");
    if (shown->limit == 0) {
        corm__write_shown_rows(w, r, n, keys, shown);
        corm__write_shown_order(w, r, r->association != NULL ? corm__sql_table(r->target) : NULL,
                                shown, &begun);
        return corm__write_end(w);
    }
    for (size_t i = 1; i <= lead + r->target->select_count; i++) {
        corm__buffer_text(w->b, i > 1 ? ", " : "");
        corm__write_alias(w, i);
    }
    corm__buffer_text(w->b, " FROM (SELECT ");
    corm__write_shown_rows(w, r, n, keys, shown);
    corm__buffer_text(w->b, ") AS ");
    corm__sql_name(w->b, w->d, "shown");
    corm__buffer_text(w->b, " WHERE ");
    corm__sql_name(w->b, w->d, "place");
    corm__buffer_text(w->b, " <= ");
    corm__write_value(w, corm_value_integer(shown->limit));
    corm__buffer_text(w->b, " ORDER BY ");
    corm__sql_name(w->b, w->d, "place");
    return corm__write_end(w);
}

#endif /* CORM__ROOM_SHOWN_C */
