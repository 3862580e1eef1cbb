/* sql.c: the SQL text that reads and writes single rows and related ones.
 *
 * Owns: INSERT, UPDATE, DELETE and the SELECT of a row by its key, of what is related to others, of
 * links, rendered from mappers and the dialect. Values are placeholders, numbered from 1 in the order
 * in which they appear. Functions append to a buffer; a missing memory shows in its `failed` when the text is
 * done. The same arguments give the same text, so that a statement is prepared once.
 * Must not know: connections, objects, sessions; which database it is, beyond what the dialect
 * says. */
#ifndef CORM__ROOM_SQL_C
#define CORM__ROOM_SQL_C

#include "ddl.c"
#include "query.h"

#include <string.h>

/* ---- Pieces ---------------------------------------------------------------------------------- */

/* The next placeholder; *last counts them. */
static void corm__sql_parameter(corm__buffer *b, const corm_dialect *d, unsigned *last)
{
    corm__sql_number(b, d->placeholder, ++*last);
}

/* "column", or "table"."column" where several tables are at hand. */
static void corm__sql_column(corm__buffer *b, const corm_dialect *d, const char *table,
                             const char *column)
{
    if (table != NULL) {
        corm__sql_name(b, d, table);
        corm__buffer_char(b, '.');
    }
    corm__sql_name(b, d, column);
}

/* The table to be named with a column where rows of m are read: `table` where all are in one. */
static const char *corm__sql_qualifier(const corm__mapper *m, const corm__column *column,
                                       const char *table)
{
    return m->spread ? corm__sql_table(column->home) : table;
}

/* The column, or NULL in the place of a deferred one. */
static void corm__sql_selected(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                               const corm__column *column, const char *table)
{
    if (column->info->options.deferred)
        corm__buffer_text(b, "NULL");
    else
        corm__sql_column(b, d, corm__sql_qualifier(m, column, table), column->name);
}

/* All columns in model order, then the heirs' own, separated by commas. */
static void corm__sql_columns(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                              const char *table)
{
    for (size_t f = 0; f < m->family_count; f++) {
        const corm__mapper *heir = m->family[f];
        for (size_t i = f == 0 ? 0 : heir->inherited; i < heir->column_count; i++) {
            const corm__column *column = &heir->columns[i];
            if (i > 0)
                corm__buffer_text(b, ", ");
            corm__sql_selected(b, d, m, column, table);
        }
    }
}

/* A table that has the key of the root's row. */
static void corm__sql_join_home(corm__buffer *b, const corm_dialect *d, const corm__mapper *home,
                                const char *join)
{
    corm__buffer_text(b, join);
    corm__sql_name(b, d, corm__sql_table(home));
    for (size_t i = 0; i < home->pk_count; i++) {
        const corm__column *key = &home->columns[home->pk[i]];
        corm__buffer_text(b, i > 0 ? " AND " : " ON ");
        corm__sql_column(b, d, corm__sql_table(home), key->name);
        corm__buffer_text(b, " = ");
        corm__sql_column(b, d, corm__sql_table(home->root), key->name);
    }
}

/* The tables of m's rows; for whole rows also those that heirs have of their own. */
static void corm__sql_tables(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                             bool whole)
{
    corm__sql_name(b, d, corm__sql_table(m->root));
    for (size_t k = 1; k < m->part_count; k++)
        corm__sql_join_home(b, d, m->parts[k].home, " JOIN ");
    for (size_t f = 1; whole && f < m->family_count; f++)
        if (m->family[f]->home == m->family[f])
            corm__sql_join_home(b, d, m->family[f], " LEFT JOIN ");
}

/* "type" IN ('manager', 'director'), where m's rows share their table with others. The identities
 * are constants of the models, and part of the statement as the names of tables are. */
static void corm__sql_narrow(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                             const char *table, const char *before)
{
    if (!corm__is_narrow(m))
        return;
    corm__buffer_text(b, before);
    corm__sql_column(b, d, corm__sql_qualifier(m, m->discriminator, table), m->discriminator->name);
    for (size_t f = 0; f < m->family_count; f++) {
        corm__buffer_text(b, f > 0 ? ", " : " IN (");
        corm__sql_text(b, m->family[f]->model->options.identity);
    }
    corm__buffer_char(b, ')');
}

/* column = ? AND column = ? ... */
static void corm__sql_match(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                            const char *table, const uint16_t *columns, size_t count,
                            unsigned *last)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            corm__buffer_text(b, " AND ");
        corm__sql_column(b, d, table, m->columns[columns[i]].name);
        corm__buffer_text(b, " = ");
        corm__sql_parameter(b, d, last);
    }
}

/* Begins the ORDER BY, or goes on with it. */
static void corm__sql_order(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                            const char *table, const corm__column *column, bool descending,
                            bool *begun)
{
    corm__buffer_text(b, *begun ? ", " : " ORDER BY ");
    corm__sql_column(b, d, corm__sql_qualifier(m, column, table), column->name);
    if (descending)
        corm__buffer_text(b, " DESC");
    *begun = true;
}

/* ---- One row --------------------------------------------------------------------------------- */

/* RETURNING these columns, in model order; nothing where there are none. */
static void corm__sql_returning(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                uint64_t columns)
{
    for (size_t i = 0, count = 0; i < m->column_count; i++) {
        if (!(columns >> i & 1))
            continue;
        corm__buffer_text(b, count++ > 0 ? ", " : " RETURNING ");
        corm__sql_name(b, d, m->columns[i].name);
    }
}

/* The end of an INSERT: values for so many columns. */
static void corm__sql_values(corm__buffer *b, const corm_dialect *d, size_t count)
{
    unsigned last = 0;
    corm__buffer_text(b, ") VALUES (");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            corm__buffer_text(b, ", ");
        corm__sql_parameter(b, d, &last);
    }
    corm__buffer_char(b, ')');
}

/* Columns in `left` are left out. Of a row that is in several tables, INSERT, UPDATE and DELETE write
 * the part in the model's own one. */
static void corm__sql_insert(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                             uint64_t left, uint64_t returned)
{
    size_t count = 0;
    corm__buffer_text(b, "INSERT INTO ");
    corm__sql_name(b, d, corm__sql_table(m->home));
    for (size_t i = 0; i < m->column_count; i++) {
        if (left >> i & 1)
            continue;
        corm__buffer_text(b, count++ > 0 ? ", " : " (");
        corm__sql_name(b, d, m->columns[i].name);
    }
    corm__sql_values(b, d, count);
    corm__sql_returning(b, d, m, returned);
}

/* WHERE the row has this key and, in a model with versions, this version. */
static void corm__sql_match_row(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                unsigned *last)
{
    corm__buffer_text(b, " WHERE ");
    corm__sql_match(b, d, m, NULL, m->pk, m->pk_count, last);
    if (corm__own_version(m) == NULL)
        return;
    corm__buffer_text(b, " AND ");
    corm__sql_match(b, d, m, NULL, &m->version->index, 1, last);
}

/* Columns in `defaults` get the default of the table instead of a value. */
static void corm__sql_update(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                             uint64_t columns, uint64_t defaults, uint64_t returned)
{
    unsigned last = 0;
    bool begun = false;
    corm__buffer_text(b, "UPDATE ");
    corm__sql_name(b, d, corm__sql_table(m->home));
    corm__buffer_text(b, " SET ");
    for (size_t i = 0; i < m->column_count; i++) {
        if (((columns | defaults) >> i & 1) == 0)
            continue;
        if (begun)
            corm__buffer_text(b, ", ");
        begun = true;
        corm__sql_name(b, d, m->columns[i].name);
        corm__buffer_text(b, " = ");
        if (defaults >> i & 1) {
            corm__buffer_char(b, '(');
            corm__buffer_text(b, m->columns[i].info->options.server_default);
            corm__buffer_char(b, ')');
        } else {
            corm__sql_parameter(b, d, &last);
        }
    }
    corm__sql_match_row(b, d, m, &last);
    corm__sql_returning(b, d, m, returned);
}

static void corm__sql_delete(corm__buffer *b, const corm_dialect *d, const corm__mapper *m)
{
    unsigned last = 0;
    corm__buffer_text(b, "DELETE FROM ");
    corm__sql_name(b, d, corm__sql_table(m->home));
    corm__sql_match_row(b, d, m, &last);
}

/* The first key of the table in its order, NULL if there is one. */
static void corm__sql_first_key(corm__buffer *b, const corm_dialect *d, const corm__mapper *m)
{
    corm__buffer_text(b, "SELECT ");
    corm__sql_name(b, d, m->columns[m->pk[0]].name);
    corm__buffer_text(b, " FROM ");
    corm__sql_name(b, d, corm__sql_table(m->home));
    corm__buffer_text(b, " ORDER BY ");
    corm__sql_name(b, d, m->columns[m->pk[0]].name);
    corm__buffer_text(b, " LIMIT 1");
}

static void corm__sql_get(corm__buffer *b, const corm_dialect *d, const corm__mapper *m)
{
    unsigned last = 0;
    corm__buffer_text(b, "SELECT ");
    corm__sql_columns(b, d, m, NULL);
    corm__buffer_text(b, " FROM ");
    corm__sql_tables(b, d, m, true);
    corm__buffer_text(b, " WHERE ");
    corm__sql_match(b, d, m, m->spread ? corm__sql_table(m->root) : NULL, m->pk, m->pk_count,
                    &last);
    corm__sql_narrow(b, d, m, NULL, " AND ");
}

/* One column of the rows with n keys, behind the keys. */
static void corm__sql_column_of(corm__buffer *b, const corm_dialect *d, const corm__column *column,
                                size_t n)
{
    const corm__mapper *home = column->home;
    unsigned last = 0;
    corm__buffer_text(b, "SELECT ");
    for (size_t i = 0; i < home->pk_count; i++) {
        corm__sql_name(b, d, home->columns[home->pk[i]].name);
        corm__buffer_text(b, ", ");
    }
    corm__sql_name(b, d, column->name);
    corm__buffer_text(b, " FROM ");
    corm__sql_name(b, d, corm__sql_table(home));
    corm__buffer_text(b, " WHERE ");
    for (size_t i = 0; home->pk_count > 1 && i < n; i++) {
        corm__buffer_text(b, i > 0 ? " OR (" : "(");
        corm__sql_match(b, d, home, NULL, home->pk, home->pk_count, &last);
        corm__buffer_char(b, ')');
    }
    if (home->pk_count > 1)
        return;
    corm__sql_name(b, d, home->columns[home->pk[0]].name);
    corm__buffer_text(b, n == 1 ? " = " : " IN (");
    for (size_t i = 0; i < n; i++) {
        corm__buffer_text(b, i > 0 ? ", " : "");
        corm__sql_parameter(b, d, &last);
    }
    corm__buffer_text(b, n == 1 ? "" : ")");
}

static void corm__sql_exists(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                             const uint16_t *columns, size_t count)
{
    unsigned last = 0;
    corm__buffer_text(b, "SELECT count(*) FROM ");
    corm__sql_name(b, d, corm__sql_table(corm__referred_home(&m->columns[columns[0]])));
    corm__buffer_text(b, " WHERE ");
    corm__sql_match(b, d, m, NULL, columns, count, &last);
}

/* ---- Constants of relationships -------------------------------------------------------------- */

static const char *const corm__sql_operators[] = {
    [CORM__EQ] = " = ",      [CORM__NE] = " <> ",          [CORM__LT] = " < ",
    [CORM__LE] = " <= ",     [CORM__GT] = " > ",           [CORM__GE] = " >= ",
    [CORM__LIKE] = " LIKE ", [CORM__IS_NULL] = " IS NULL", [CORM__IS_NOT_NULL] = " IS NOT NULL"};

/* AND column = ? ... : the constants of a relationship. `table` is what the target is called. */
static void corm__sql_filters(corm__buffer *b, const corm_dialect *d, const corm__relation *r,
                              const char *table, unsigned *last)
{
    for (size_t i = 0; i < r->filter_count; i++) {
        const corm__filter *filter = &r->filters[i];
        corm__buffer_text(b, " AND ");
        const corm__column *column = &r->target->columns[filter->column];
        corm__sql_column(b, d, corm__sql_qualifier(r->target, column, table), column->name);
        corm__buffer_text(b, corm__sql_operators[filter->operator_]);
        if (filter->value.type != CORM_VALUE_NULL)
            corm__sql_parameter(b, d, last);
    }
}

/* Their values; gives how many. */
static size_t corm__sql_filter_values(const corm__relation *r, corm_value *out)
{
    size_t count = 0;
    for (size_t i = 0; i < r->filter_count; i++)
        if (r->filters[i].value.type != CORM_VALUE_NULL)
            out[count++] = r->filters[i].value;
    return count;
}

/* ---- Related rows ---------------------------------------------------------------------------- */

/* The columns that rows of the other side are found by: in the association table, or in the
 * target's. */
static void corm__sql_related_column(corm__buffer *b, const corm_dialect *d,
                                     const corm__relation *r, const char *table, size_t i)
{
    const corm__column *column = &r->target->columns[r->remote[i]];
    if (r->association != NULL)
        corm__sql_column(b, d, table, r->association->columns[r->side][i]);
    else
        corm__sql_column(b, d, corm__sql_qualifier(r->target, column, table), column->name);
}

/* col = ?, col IN (?, ?), or (a = ? AND b = ?) OR (a = ? AND b = ?); n 0: col IS NOT NULL;
 * `more`: a condition follows. */
static void corm__sql_related_where(corm__buffer *b, const corm_dialect *d, const corm__relation *r,
                                    const char *table, size_t n, bool more, unsigned *last)
{
    more = more || r->filter_count > 0 || corm__is_narrow(r->target);
    const bool enclosed = more && r->key_count > 1 && n > 1;
    corm__buffer_text(b, enclosed ? " WHERE (" : " WHERE ");
    if (n == 0) {
        corm__sql_related_column(b, d, r, table, 0);
        corm__buffer_text(b, " IS NOT NULL");
    }
    if (r->key_count == 1 && n > 0) {
        corm__sql_related_column(b, d, r, table, 0);
        corm__buffer_text(b, n == 1 ? " = " : " IN (");
        for (size_t i = 0; i < n; i++) {
            if (i > 0)
                corm__buffer_text(b, ", ");
            corm__sql_parameter(b, d, last);
        }
        if (n > 1)
            corm__buffer_char(b, ')');
    }
    for (size_t i = 0; r->key_count > 1 && i < n; i++) {
        corm__buffer_text(b, i > 0 ? " OR (" : n > 1 ? "(" : "");
        for (size_t k = 0; k < r->key_count; k++) {
            if (k > 0)
                corm__buffer_text(b, " AND ");
            corm__sql_related_column(b, d, r, table, k);
            corm__buffer_text(b, " = ");
            corm__sql_parameter(b, d, last);
        }
        if (n > 1)
            corm__buffer_char(b, ')');
    }
    if (enclosed)
        corm__buffer_char(b, ')');
    corm__sql_filters(b, d, r, r->association != NULL ? corm__sql_table(r->target) : NULL, last);
}

/* FROM target JOIN association ON ... */
static void corm__sql_join(corm__buffer *b, const corm_dialect *d, const corm__relation *r)
{
    const corm__association *a = r->association;
    const unsigned other = 1 - r->side;
    corm__sql_tables(b, d, r->target, true);
    corm__buffer_text(b, " JOIN ");
    corm__sql_name(b, d, a->table);
    corm__buffer_text(b, " ON ");
    for (size_t i = 0; i < a->counts[other]; i++) {
        if (i > 0)
            corm__buffer_text(b, " AND ");
        const corm__column *column = &r->target->columns[r->remote[i]];
        corm__sql_column(b, d, corm__sql_table(column->home), column->name);
        corm__buffer_text(b, " = ");
        corm__sql_column(b, d, a->table, a->columns[other][i]);
    }
}

/* The order of a collection, completed by the target's key. */
static void corm__sql_related_order(corm__buffer *b, const corm_dialect *d, const corm__relation *r,
                                    const char *table, bool *begun)
{
    const corm__mapper *target = r->target;
    for (size_t i = 0; i < r->order_count; i++)
        corm__sql_order(b, d, target, table, &target->columns[r->order[i].column],
                        r->order[i].descending, begun);
    for (size_t i = 0; i < target->pk_count; i++) {
        bool ordered = false;
        for (size_t k = 0; k < r->order_count; k++)
            ordered = ordered || r->order[k].column == target->pk[i];
        if (!ordered)
            corm__sql_order(b, d, target, table, &target->columns[target->pk[i]], false, begun);
    }
}

/* Whether the order of a collection follows from its objects, cheaply: then the database need not
 * sort for several owners at once, which it would do by writing all rows down once more. */
static bool corm__is_sorted_here(const corm__relation *r)
{
    return r->order_count == 0 && r->target->integer_key;
}

/* What is related to n owners, to be told apart by the lead columns or by the target's own; n 0: to
 * all there are. */
static void corm__sql_related(corm__buffer *b, const corm_dialect *d, const corm__relation *r,
                              size_t n)
{
    const corm__mapper *target = r->target;
    const corm__association *a = r->association;
    const char *table = a != NULL ? corm__sql_table(target) : NULL;
    unsigned last = 0;
    bool begun = false;
    corm__buffer_text(b, "SELECT ");
    for (size_t i = 0; a != NULL && i < a->counts[r->side]; i++) {
        corm__sql_column(b, d, a->table, a->columns[r->side][i]);
        corm__buffer_text(b, ", ");
    }
    corm__sql_columns(b, d, target, table);
    corm__buffer_text(b, " FROM ");
    if (a != NULL)
        corm__sql_join(b, d, r);
    else
        corm__sql_tables(b, d, target, true);
    corm__sql_related_where(b, d, r, a != NULL ? a->table : NULL, n, false, &last);
    corm__sql_narrow(b, d, target, table, " AND ");
    if (r->holds_key)
        return; /* at most one row for each key */
    if (n > 1 && corm__is_sorted_here(r))
        return;
    corm__sql_related_order(b, d, r, table, &begun);
}

/* Of an integer key. */
static void corm__sql_highest_key(corm__buffer *b, const corm_dialect *d, const corm__mapper *m)
{
    corm__buffer_text(b, "SELECT max(");
    corm__sql_name(b, d, m->columns[m->pk[0]].name);
    corm__buffer_text(b, ") FROM ");
    corm__sql_name(b, d, corm__sql_table(m));
}

/* Whether the table is a model's whose primary key is another than the pair, so that it may hold a pair
 * more than once. */
static bool corm__repeats_pairs(const corm__association *a)
{
    const size_t count = (size_t)a->counts[0] + a->counts[1];
    size_t found = 0;
    for (size_t i = 0; a->mapper != NULL && i < count; i++) {
        const char *name = i < a->counts[0] ? a->columns[0][i] : a->columns[1][i - a->counts[0]];
        for (uint16_t k = 0; k < a->mapper->pk_count; k++)
            found += strcmp(a->mapper->columns[a->mapper->pk[k]].name, name) == 0;
    }
    return a->mapper != NULL && (found != count || a->mapper->pk_count != count);
}

static void corm__sql_related_count(corm__buffer *b, const corm_dialect *d, const corm__relation *r)
{
    unsigned last = 0;
    const corm__association *a = r->association;
    const char *table = a != NULL && r->filter_count > 0 ? a->table : NULL;
    const bool once = a != NULL && corm__repeats_pairs(a);
    /* The rows of an association table are counted without their targets: its foreign keys
     * vouch for those. */
    corm__buffer_text(b, "SELECT count(*) FROM ");
    for (size_t i = 0; once && i < a->counts[1 - r->side]; i++) {
        corm__buffer_text(b, i > 0 ? ", " : "(SELECT DISTINCT ");
        corm__sql_column(b, d, table, a->columns[1 - r->side][i]);
    }
    corm__buffer_text(b, once ? " FROM " : "");
    if (table != NULL)
        corm__sql_join(b, d, r);
    else if (a != NULL)
        corm__sql_name(b, d, a->table);
    else
        corm__sql_tables(b, d, r->target, false);
    corm__sql_related_where(b, d, r, table, 1, false, &last);
    if (a == NULL)
        corm__sql_narrow(b, d, r->target, NULL, " AND ");
    corm__buffer_text(b, once ? ") AS \"pairs\"" : "");
}

/* ---- Links: rows of association tables ------------------------------------------------------- */

static void corm__sql_link_insert(corm__buffer *b, const corm_dialect *d,
                                  const corm__association *a)
{
    const size_t count = (size_t)a->counts[0] + a->counts[1];
    corm__buffer_text(b, "INSERT INTO ");
    corm__sql_name(b, d, a->table);
    corm__buffer_text(b, " (");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            corm__buffer_text(b, ", ");
        corm__sql_name(b, d, i < a->counts[0] ? a->columns[0][i] : a->columns[1][i - a->counts[0]]);
    }
    corm__sql_values(b, d, count);
}

/* <what> association WHERE the columns of sides `first` to `end` - 1 are given. */
static void corm__sql_links(corm__buffer *b, const corm_dialect *d, const char *what,
                            const corm__association *a, unsigned first, unsigned end)
{
    unsigned last = 0;
    corm__buffer_text(b, what);
    corm__sql_name(b, d, a->table);
    for (unsigned side = first; side < end; side++) {
        for (size_t i = 0; i < a->counts[side]; i++) {
            corm__buffer_text(b, last > 0 ? " AND " : " WHERE ");
            corm__sql_name(b, d, a->columns[side][i]);
            corm__buffer_text(b, " = ");
            corm__sql_parameter(b, d, &last);
        }
    }
}

static void corm__sql_link_delete(corm__buffer *b, const corm_dialect *d,
                                  const corm__association *a)
{
    corm__sql_links(b, d, "DELETE FROM ", a, 0, 2);
}

static void corm__sql_link_delete_all(corm__buffer *b, const corm_dialect *d,
                                      const corm__association *a, unsigned side)
{
    corm__sql_links(b, d, "DELETE FROM ", a, side, side + 1);
}

static void corm__sql_link_count(corm__buffer *b, const corm_dialect *d, const corm__association *a,
                                 unsigned first, unsigned end)
{
    corm__sql_links(b, d, "SELECT count(*) FROM ", a, first, end);
}

#endif /* CORM__ROOM_SQL_C */
