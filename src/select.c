/* select.c: queries as SQL text.
 *
 * Owns: the clauses of a SELECT and their order, joins, what fills the members of a row, subqueries,
 * queries with a name, queries put together.
 * Must not know: objects, sessions, connections. */
#ifndef CORM__ROOM_SELECT_C
#define CORM__ROOM_SELECT_C

#include "clauses.c"

/* ---- FROM ------------------------------------------------------------------------------------ */

/* `among`: it stands beside other conditions. */
static void corm__write_join_condition(corm__writer *w, const corm__scope *scope,
                                       const corm__node *join, const char *before, bool among)
{
    const bool enclosed = among && join->size > 0 && join[1].operator_ == CORM__OR;
    if (join->size == 0)
        return;
    corm__buffer_text(w->b, before);
    corm__buffer_text(w->b, enclosed ? "(" : "");
    corm__write_node(w, scope, join + 1, corm__no_sense);
    corm__buffer_text(w->b, enclosed ? ")" : "");
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
    const corm__source *target =
        corm__scope_add(w, scope, alias != NULL ? alias : r->target->model);
    const char *between = a == NULL ? NULL : corm__between_name(w, scope, a);
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
    corm__write_join_condition(w, scope, join, " AND ", true);
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
    const bool narrow = !target->model->row && corm__is_narrow(target->mapper);
    corm__write_join_condition(w, scope, join, "", narrow);
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
    corm__repeats *repeats = w->repeats;
    const corm__source *root = corm__scope_add(w, scope, q->from);
    if (root == NULL)
        return;
    w->b = &joins;
    w->repeats = NULL;
    corm__write_joins(w, scope, q->joins);
    w->b = text;
    w->repeats = repeats;
    corm__buffer_text(w->b, q->distinct ? "SELECT DISTINCT " : "SELECT ");
    if (w->status == CORM_OK)
        corm__write_results(w, scope, q, result);
    w->repeats = NULL;
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
    w->repeats = repeats;
    corm__write_groups(w, scope, q);
}

/* What stands several times in a query and has to be known again. */
static corm__repeats *corm__repeats_of(const corm__clauses *q, corm__repeats *out)
{
    out->count = 0;
    out->groups = q->group;
    out->fields = q->fields;
    out->row = q->row;
    out->results = q->distinct || (q->compound != NULL && q->compound[0].other != NULL);
    return out->results || out->groups.count > 0 ? out : NULL;
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
        corm__repeats repeats, *before = w->repeats;
        w->repeats = corm__repeats_of(&other, &repeats);
        corm__write_core(w, &scope, &other, CORM__OF_ROWS, &order);
        w->repeats = before;
    }
}

/* Whether several queries that are put together have what their rows are to be ordered by: a member, or what fills
 * one. */
static bool corm__is_selected(const corm__clauses *q, const corm__node *operand)
{
    const corm__repeats repeats = {.fields = q->fields, .row = q->row, .results = true};
    if (corm__is_repeated(&repeats, operand))
        return true;
    if (operand->operator_ != CORM__COLUMN || operand->as.of.model == NULL)
        return false;
    const corm_model *model = operand->as.of.model;
    if (model == q->row || operand->column >= model->column_count)
        return true;
    for (size_t i = 0; i < q->row->column_count; i++)
        if (strcmp(q->row->columns[i].name, model->columns[operand->column].name) == 0)
            return true; /* which it has by its name */
    return false;
}

static void corm__vet_order_of_several(corm__writer *w, const corm__clauses *q, corm__nodes order)
{
    const corm__node *end = corm__nodes_end(order);
    for (const corm__node *term = order.at; term < end; term = corm__after(term)) {
        if (corm__is_selected(q, term + 1))
            continue;
        CORM__REFUSE(
            w, CORM_MISUSE,
            "the ordering of queries of %s that are put together has something else than a "
            "member of %s, or what fills one: give %s a member for it",
            q->row->name, q->row->name, q->row->name);
        return;
    }
}

static void corm__write_select(corm__writer *w, const corm__scope *outer, const corm__clauses *q,
                               corm__result result)
{
    corm__scope scope = {.outer = outer, .qualified = q->joins.count > 0 || outer != NULL};
    corm__nodes order = {NULL, 0};
    bool begun = false;
    corm__repeats repeats, *before = w->repeats;
    if (q->from == NULL) {
        CORM__REFUSE(w, CORM_NULL_ARGUMENT,
                     "a query of %s has no table: say .from = corm_from(Model)", w->of);
        return;
    }
    scope.row = result == CORM__OF_ROWS ? q->row : NULL;
    scope.fields = result == CORM__OF_ROWS ? q->fields : (corm__nodes){NULL, 0};
    w->repeats = corm__repeats_of(q, &repeats);
    corm__write_core(w, &scope, q, result, &order);
    if (w->status == CORM_OK && q->compound != NULL && q->compound[0].other != NULL)
        corm__vet_order_of_several(w, q, order);
    if (w->status == CORM_OK) {
        corm__write_compounds(w, outer, q);
        scope.results = result == CORM__OF_ROWS;
        corm__write_order(w, &scope, order, &begun);
        corm__write_limit(w, q);
    }
    w->repeats = before;
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

/* What has a name, or adds rows to it. */
static void corm__write_named_query(corm__writer *w, const corm_table *table,
                                    const corm_select *query, const char *before)
{
    const char *name = table->row->name;
    corm__clauses q;
    if (query == NULL || query->with[0].row != NULL) {
        CORM__REFUSE(w, CORM_MISUSE,
                     query == NULL ? "%s in .with has no query"
                                   : "%s in .with has .with itself: put them side by side",
                     name);
        return;
    }
    corm__buffer_text(w->b, before);
    corm__clauses_of_select(w, query, &q);
    q.row = table->row;
    if (query == table->first && table->next != NULL &&
        (q.order.count > 0 || q.limit != 0 || q.offset != 0))
        CORM__REFUSE(w, CORM_MISUSE,
                     "%s in .with: the first query of a recursive one has an order or a limit: "
                     "those of all its rows stand in the second",
                     name);
    corm__write_select(w, NULL, &q, CORM__OF_ROWS);
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
        corm__sql_name(w->b, w->d, corm__row_name(w, with[i].row));
        for (size_t k = 0; k < row->column_count; k++) {
            corm__buffer_text(w->b, k > 0 ? ", " : " (");
            corm__sql_name(w->b, w->d, row->columns[k].name);
        }
        corm__buffer_text(w->b, ") AS (");
        corm__write_named_query(w, &with[i], with[i].first, "");
        if (with[i].next != NULL)
            corm__write_named_query(w, &with[i], with[i].next, " UNION ALL ");
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
