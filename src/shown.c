/* shown.c: the SQL of related rows of which a query shows a part.
 *
 * Owns: the condition, the order and the number that a query gives a collection that it loads, and the
 * SELECT that reads the collections of several owners so.
 * Must not know: objects, sessions, connections. */
#ifndef CORM__ROOM_SHOWN_C
#define CORM__ROOM_SHOWN_C

#include "sql.c"

/* What corm_load_where says of one collection. */
typedef struct corm__shown {
    corm_condition where;
    corm_ordering order_by;
    int64_t limit;      /* of each owner; 0: all */
    corm_value *values; /* of the condition, and the limit behind them */
    size_t count;
} corm__shown;

/* Term i of a loading, which has passed corm__query_check, with its values in the arena. */
static corm_status corm__shown_make(const corm__mapper *target, const corm_dialect *d,
                                    const corm_loading *loading, size_t i, corm__arena *arena,
                                    corm__shown *out, corm_error *error)
{
    corm_query query = {0};
    *out = (corm__shown){.limit = loading->shown[i].limit};
    corm__loading_part(loading, i, &out->where, &out->order_by);
    query.where = out->where;
    query.limit = out->limit;
    return corm__sql_query_values(target, d, &query, arena, &out->values, &out->count, error);
}

/* AND (condition); nothing if there is none. */
static void corm__shown_where(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                              const char *table, const corm__shown *shown, unsigned *last)
{
    corm__sql_condition c = {
        .b = b, .d = d, .m = m, .table = table, .condition = &shown->where, .last = *last};
    if (shown->where.count == 0)
        return;
    corm__buffer_text(b, " AND ");
    while (c.at < shown->where.count) {
        if (c.at > 0)
            corm__buffer_text(b, " AND ");
        corm__sql_node(&c, CORM__AND);
    }
    *last = c.last;
}

/* The given order, completed by the key; without one, the relationship's. */
static void corm__shown_order(corm__buffer *b, const corm_dialect *d, const corm__relation *r,
                              const char *table, const corm__shown *shown, bool *begun)
{
    const corm__mapper *m = r->target;
    if (shown == NULL || shown->order_by.count == 0) {
        corm__sql_related_order(b, d, r, table, begun);
        return;
    }
    const corm_query query = {.order_by = shown->order_by};
    for (size_t i = 0; i < query.order_by.count; i++)
        corm__sql_order(b, d, m, table, &m->columns[query.order_by.terms[i].column.index],
                        query.order_by.terms[i].descending, begun);
    for (size_t i = 0; i < m->pk_count; i++)
        if (!corm__sql_ordered_by(&query, m->pk[i]))
            corm__sql_order(b, d, m, table, &m->columns[m->pk[i]], false, begun);
}

/* "c1", "c2" ...: the columns of the inner SELECT, which may have one name twice. */
static void corm__shown_aliases(corm__buffer *b, const corm_dialect *d, size_t count)
{
    char name[16];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(name, sizeof name, "c%u", (unsigned)(i + 1));
        corm__buffer_text(b, i > 0 ? ", " : "");
        corm__sql_name(b, d, name);
    }
}

/* The lead columns and those of the target; with a limit each under its alias. */
static size_t corm__shown_columns(corm__buffer *b, const corm_dialect *d, const corm__relation *r,
                                  const char *table, bool limited)
{
    const corm__mapper *m = r->target;
    const corm__association *a = r->association;
    char name[16];
    size_t count = 0;
    for (size_t i = 0; a != NULL && i < a->counts[r->side]; i++) {
        corm__buffer_text(b, count++ > 0 ? ", " : "");
        corm__sql_column(b, d, a->table, a->columns[r->side][i]);
        (void)snprintf(name, sizeof name, "c%u", (unsigned)count);
        corm__buffer_text(b, limited ? " AS " : "");
        if (limited)
            corm__sql_name(b, d, name);
    }
    for (size_t f = 0; f < m->family_count; f++) {
        const corm__mapper *heir = m->family[f];
        for (size_t i = f == 0 ? 0 : heir->inherited; i < heir->column_count; i++) {
            const corm__column *column = &heir->columns[i];
            corm__buffer_text(b, count++ > 0 ? ", " : "");
            corm__sql_selected(b, d, m, column, table);
            (void)snprintf(name, sizeof name, "c%u", (unsigned)count);
            corm__buffer_text(b, limited ? " AS " : "");
            if (limited)
                corm__sql_name(b, d, name);
        }
    }
    return count;
}

/* row_number() OVER (PARTITION BY the owner ORDER BY ...) AS "place" */
static void corm__shown_place(corm__buffer *b, const corm_dialect *d, const corm__relation *r,
                              const char *table, const corm__shown *shown)
{
    bool begun = false;
    corm__buffer_text(b, ", row_number() OVER (PARTITION BY ");
    for (size_t i = 0; i < r->key_count; i++) {
        corm__buffer_text(b, i > 0 ? ", " : "");
        corm__sql_related_column(b, d, r, r->association != NULL ? r->association->table : table,
                                 i);
    }
    corm__shown_order(b, d, r, table, shown, &begun);
    corm__buffer_text(b, ") AS ");
    corm__sql_name(b, d, "place");
}

/* As corm__sql_related, for n owners, of a collection. The values are the owners' keys, those of the
 * relationship's filters, and those of `shown`. */
static void corm__sql_shown(corm__buffer *b, const corm_dialect *d, const corm__relation *r,
                            size_t n, const corm__shown *shown)
{
    const corm__association *a = r->association;
    const char *table = a != NULL ? corm__sql_table(r->target) : NULL;
    const bool limited = shown->limit > 0;
    unsigned last = (unsigned)(n * r->key_count + r->filter_values);
    corm__buffer inner = {NULL, 0, 0, false};
    bool begun = false;
    const size_t count = corm__shown_columns(&inner, d, r, table, limited);
    corm__buffer_text(b, "SELECT ");
    if (limited) {
        corm__shown_aliases(b, d, count);
        corm__buffer_text(b, " FROM (SELECT ");
    }
    corm__buffer_bytes(b, inner.data, inner.size);
    b->failed = b->failed || inner.failed;
    corm__buffer_free(&inner);
    if (limited)
        corm__shown_place(b, d, r, table, shown);
    corm__buffer_text(b, " FROM ");
    if (a != NULL)
        corm__sql_join(b, d, r);
    else
        corm__sql_tables(b, d, r->target, true);
    corm__sql_related_where(b, d, r, a != NULL ? a->table : NULL, n, shown->where.count > 0);
    corm__sql_narrow(b, d, r->target, table, " AND ");
    corm__shown_where(b, d, r->target, table, shown, &last);
    if (!limited) {
        corm__shown_order(b, d, r, table, shown, &begun);
        return;
    }
    corm__buffer_text(b, ") AS ");
    corm__sql_name(b, d, "shown");
    corm__buffer_text(b, " WHERE ");
    corm__sql_name(b, d, "place");
    corm__buffer_text(b, " <= ");
    corm__sql_parameter(b, d, &last);
    corm__buffer_text(b, " ORDER BY ");
    corm__sql_name(b, d, "place");
}

#endif /* CORM__ROOM_SHOWN_C */
