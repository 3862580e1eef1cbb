/* writes.c: the SQL text of statements that write many rows.
 *
 * Owns: UPDATE and DELETE by conditions and by keys, the SELECTs of keys and of rows by their keys
 * that go with them.
 * Must not know: connections, objects, sessions; which database it is, beyond what the dialect
 * says. */
#ifndef CORM__ROOM_WRITES_C
#define CORM__ROOM_WRITES_C

#include "assign.c"
#include "joins.c"

/* ---- Pieces ---------------------------------------------------------------------------------- */

/* "active" = ?1, "nick" = lower("name"), "version" = "version" + 1: those of `columns`. */
static void corm__write_set(corm__writer *w, const corm__scope *scope, const corm__mapper *m,
                            const corm__setting *setting, uint64_t columns)
{
    const char *before = " SET ";
    w->place = ".set";
    for (size_t i = 0; i < m->column_count; i++) {
        const corm__column *column = &m->columns[i];
        if (!(columns >> i & 1))
            continue;
        corm__buffer_text(w->b, before);
        before = ", ";
        corm__sql_name(w->b, w->d, column->name);
        corm__buffer_text(w->b, " = ");
        if (setting->values >> i & 1)
            corm__write_value(w, setting->given[i]);
        else if (setting->computed >> i & 1)
            corm__write_operand(w, scope, setting->expressions[i],
                                (corm__sense){column->base, column});
        else
            corm__sql_name(w->b, w->d, column->name);
        if (setting->counted >> i & 1)
            corm__buffer_text(w->b, " + 1");
    }
    w->place = "the condition";
}

/* Which rows, in a scope that has the model. */
static void corm__write_rows_meant(corm__writer *w, const corm__scope *scope,
                                   const corm_condition *where)
{
    const corm__nodes none = {NULL, 0};
    corm__clauses q = {.from = scope->sources[0].model};
    q.where = CORM__SOUND(w, "the condition", *where, CORM__IS_EXPRESSION);
    if (w->status == CORM_OK)
        corm__write_where(w, scope, &q, none);
}

/* WHERE the key is one of `n`. */
static void corm__sql_match_keys(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                 const char *table, size_t n, unsigned *last)
{
    corm__buffer_text(b, " WHERE ");
    if (m->pk_count == 1 && n > 1) {
        corm__sql_column(b, d, table, m->columns[m->pk[0]].name);
        for (size_t i = 0; i < n; i++) {
            corm__buffer_text(b, i == 0 ? " IN (" : ", ");
            corm__sql_parameter(b, d, last);
        }
        corm__buffer_char(b, ')');
        return;
    }
    for (size_t i = 0; i < n; i++) {
        corm__buffer_text(b, n == 1 ? "" : i > 0 ? " OR (" : "((");
        corm__sql_match(b, d, m, table, m->pk, m->pk_count, last);
        corm__buffer_text(b, n == 1 ? "" : i + 1 < n ? ")" : "))");
    }
}

/* ---- By conditions: of rows that are in one table -------------------------------------------- */

/* Returning `columns`, or all of them with those of heirs where `whole`. */
static void corm__sql_returning_rows(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                     uint64_t columns, bool whole)
{
    if (!whole) {
        corm__sql_returning(b, d, m, columns);
        return;
    }
    corm__buffer_text(b, " RETURNING ");
    corm__sql_columns(b, d, m, NULL);
}

static void corm__write_update_where(corm__writer *w, const corm__mapper *m,
                                     const corm__setting *setting, const corm_condition *where,
                                     uint64_t returned, bool whole)
{
    corm__scope scope = {.outer = NULL};
    if (corm__scope_add(w, &scope, m->model) == NULL)
        return;
    corm__buffer_text(w->b, "UPDATE ");
    corm__sql_name(w->b, w->d, corm__sql_table(m->home));
    corm__write_set(w, &scope, m, setting, corm__setting_columns(setting));
    corm__write_rows_meant(w, &scope, where);
    corm__sql_returning_rows(w->b, w->d, m, returned, whole);
}

static void corm__write_delete_where(corm__writer *w, const corm__mapper *m,
                                     const corm_condition *where, uint64_t returned, bool whole)
{
    corm__scope scope = {.outer = NULL};
    if (corm__scope_add(w, &scope, m->model) == NULL)
        return;
    corm__buffer_text(w->b, "DELETE FROM ");
    corm__sql_name(w->b, w->d, corm__sql_table(m->home));
    corm__write_rows_meant(w, &scope, where);
    corm__sql_returning_rows(w->b, w->d, m, returned, whole);
}

/* ---- By keys --------------------------------------------------------------------------------- */

/* SELECT these columns of the rows that are meant. */
static void corm__write_columns_of(corm__writer *w, const corm__mapper *m, const uint16_t *columns,
                                   size_t count, const corm_condition *where)
{
    corm__scope scope = {.outer = NULL};
    const corm__source *source = corm__scope_add(w, &scope, m->model);
    if (source == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        corm__buffer_text(w->b, i == 0 ? "SELECT " : ", ");
        corm__write_column(w, source, &m->columns[columns[i]], false);
    }
    corm__buffer_text(w->b, " FROM ");
    corm__write_table(w, source, false);
    corm__write_rows_meant(w, &scope, where);
}

static void corm__write_keys(corm__writer *w, const corm__mapper *m, const corm_condition *where)
{
    corm__write_columns_of(w, m, m->pk, m->pk_count, where);
}

/* Whole rows. */
static void corm__sql_rows_of_keys(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                   size_t n)
{
    unsigned last = 0;
    corm__buffer_text(b, "SELECT ");
    corm__sql_columns(b, d, m, NULL);
    corm__buffer_text(b, " FROM ");
    corm__sql_tables(b, d, m, true);
    corm__sql_match_keys(b, d, m, m->spread ? corm__sql_table(m->root) : NULL, n, &last);
    corm__sql_narrow(b, d, m, NULL, " AND ");
}

/* In the table of `home`, one of the model's own parts; the values of the keys come behind the writer's
 * own. */
static void corm__write_update_keys(corm__writer *w, const corm__mapper *m,
                                    const corm__mapper *home, const corm__setting *setting,
                                    uint64_t columns, size_t n)
{
    corm__scope scope = {.outer = NULL};
    corm__source *source = corm__scope_add(w, &scope, m->model);
    if (source == NULL)
        return;
    source->only = home;
    corm__buffer_text(w->b, "UPDATE ");
    corm__sql_name(w->b, w->d, corm__sql_table(home));
    corm__write_set(w, &scope, m, setting, columns);
    corm__sql_match_keys(w->b, w->d, m, NULL, n, &w->last);
}

static void corm__sql_delete_keys(corm__buffer *b, const corm_dialect *d, const corm__mapper *home,
                                  size_t n)
{
    unsigned last = 0;
    corm__buffer_text(b, "DELETE FROM ");
    corm__sql_name(b, d, corm__sql_table(home));
    corm__sql_match_keys(b, d, home, NULL, n, &last);
}

/* ---- Upsert ---------------------------------------------------------------------------------- */

/* What happens where a new row conflicts with one that is there. */
typedef struct corm__on_conflict {
    bool given;      /* else it is an error */
    uint64_t target; /* columns; 0: any */
    uint64_t
        update; /* columns that get the new row's values; 0, with the others: nothing happens */
    uint64_t compute; /* columns that get values of their own, behind the row's */
    uint64_t counted; /* columns that get one more than they have */
} corm__on_conflict;

static void corm__sql_column_names(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                   uint64_t columns)
{
    for (size_t i = 0, count = 0; i < m->column_count; i++) {
        if (!(columns >> i & 1))
            continue;
        corm__buffer_text(b, count++ > 0 ? ", " : "");
        corm__sql_name(b, d, m->columns[i].name);
    }
}

/* An INSERT without the columns `left`, and ON CONFLICT; `last`: how many values it has. */
static void corm__sql_upsert(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                             uint64_t left, const corm__on_conflict *conflict, unsigned last,
                             uint64_t returned)
{
    bool begun = false;
    corm__sql_insert(b, d, m, left, 0);
    corm__buffer_text(b, " ON CONFLICT ");
    if (conflict->target != 0) {
        corm__buffer_char(b, '(');
        corm__sql_column_names(b, d, m, conflict->target);
        corm__buffer_text(b, ") ");
    }
    corm__buffer_text(b, conflict->update == 0 ? "DO NOTHING" : "DO UPDATE");
    for (size_t i = 0; conflict->update != 0 && i < m->column_count; i++) {
        const uint64_t bit = UINT64_C(1) << i;
        if (!((conflict->update | conflict->compute | conflict->counted) & bit))
            continue;
        corm__buffer_text(b, begun ? ", " : " SET ");
        begun = true;
        corm__sql_name(b, d, m->columns[i].name);
        corm__buffer_text(b, " = ");
        if (conflict->compute & bit)
            corm__sql_parameter(b, d, &last);
        else
            corm__sql_column(b, d, conflict->update & bit ? d->proposed : corm__sql_table(m->home),
                             m->columns[i].name);
        corm__buffer_text(b, conflict->counted & bit ? " + 1" : "");
    }
    if (conflict->update != 0) /* a row of another model stays as it is */
        corm__sql_narrow(b, d, m, corm__sql_table(m->home), " WHERE ");
    corm__sql_returning(b, d, m, returned);
}

/* The key of the row that has these values in these columns. */
static void corm__sql_key_of(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                             const uint16_t *columns, size_t count)
{
    unsigned last = 0;
    corm__buffer_text(b, "SELECT ");
    corm__sql_column_names(b, d, m, corm__column_bits(m->pk, m->pk_count));
    corm__buffer_text(b, " FROM ");
    corm__sql_name(b, d, corm__sql_table(m->home));
    corm__buffer_text(b, " WHERE ");
    corm__sql_match(b, d, m, NULL, columns, count, &last);
}

/* The same of a row that is in several tables; the columns are in that of `home`. */
static void corm__sql_key_of_whole(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                   const corm__mapper *home, const uint16_t *columns, size_t count)
{
    unsigned last = 0;
    corm__buffer_text(b, "SELECT ");
    for (size_t i = 0; i < m->pk_count; i++) {
        corm__buffer_text(b, i > 0 ? ", " : "");
        corm__sql_column(b, d, corm__sql_table(m->root), m->columns[m->pk[i]].name);
    }
    corm__buffer_text(b, " FROM ");
    corm__sql_tables(b, d, m, false);
    corm__buffer_text(b, " WHERE ");
    corm__sql_match(b, d, m, corm__sql_table(home), columns, count, &last);
    corm__sql_narrow(b, d, m, NULL, " AND ");
}

/* What a conflict makes of the row that is there, in the table of `in`, one of its parts: the table's
 * defaults in the columns `defaults`, new values, computed ones, the version, and behind them the key. */
static void corm__sql_update_met(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                 const corm__mapper *in, const corm__on_conflict *conflict,
                                 uint64_t defaults)
{
    const uint64_t sets[] = {defaults, conflict->update, conflict->compute, conflict->counted};
    unsigned last = 0;
    bool begun = false;
    corm__buffer_text(b, "UPDATE ");
    corm__sql_name(b, d, corm__sql_table(in->home));
    for (size_t set = 0; set < 4; set++)
        for (size_t i = 0; i < m->column_count; i++) {
            if (!(sets[set] >> i & 1))
                continue;
            corm__buffer_text(b, begun ? ", " : " SET ");
            begun = true;
            corm__sql_name(b, d, m->columns[i].name);
            corm__buffer_text(b, " = ");
            if (set == 0) {
                corm__buffer_char(b, '(');
                corm__buffer_text(b, m->columns[i].info->options.server_default);
                corm__buffer_char(b, ')');
            } else if (set < 3) {
                corm__sql_parameter(b, d, &last);
            } else {
                corm__sql_name(b, d, m->columns[i].name);
                corm__buffer_text(b, " + 1");
            }
        }
    corm__buffer_text(b, " WHERE ");
    corm__sql_match(b, d, in->home, NULL, in->home->pk, in->home->pk_count, &last);
}

/* ---- For the story of a failure -------------------------------------------------------------- */

/* How many rows of `other` refer by the foreign key `columns`, to `targets`, to rows that are meant. */
static void corm__write_referring(corm__writer *w, const corm__mapper *other,
                                  const uint16_t *columns, size_t count, const corm__mapper *m,
                                  const uint16_t *targets, const corm_condition *where)
{
    corm__buffer_text(w->b, "SELECT count(*) FROM ");
    corm__sql_name(w->b, w->d, corm__sql_table(other->columns[columns[0]].home));
    corm__buffer_text(w->b, " WHERE ");
    for (size_t i = 0; i < count; i++) {
        corm__buffer_text(w->b, i > 0 ? ", " : count > 1 ? "(" : "");
        corm__sql_name(w->b, w->d, other->columns[columns[i]].name);
    }
    corm__buffer_text(w->b, count > 1 ? ") IN (" : " IN (");
    corm__write_columns_of(w, m, targets, count, where);
    corm__buffer_char(w->b, ')');
}

#endif /* CORM__ROOM_WRITES_C */
