/* explain.c: how the database would answer a query, and which index it misses.
 *
 * Owns: asking for the plan of a statement, telling it as text, and working out from the query which
 * columns an index should have where the plan reads a whole table or sorts on the side.
 * Must not know: the words of a database's plan, which its adapter reads; how a query becomes SQL. */
#ifndef CORM__ROOM_EXPLAIN_C
#define CORM__ROOM_EXPLAIN_C

#include "seeing.c"

/* ---- The plan -------------------------------------------------------------------------------- */

typedef struct corm__plan_steps {
    corm_step *items;
    size_t count, capacity;
} corm__plan_steps;

static bool corm__steps_reserve(corm__plan_steps *steps)
{
    if (steps->count < steps->capacity)
        return true;
    const size_t capacity = steps->capacity == 0 ? 8 : steps->capacity * 2;
    corm_step *grown = corm__reallocate(steps->items, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    steps->items = grown;
    steps->capacity = capacity;
    return true;
}

static corm_status corm__steps_read(corm_session *session, corm__prepared *prepared,
                                    const corm_value *values, size_t count, corm__plan_steps *steps)
{
    enum { COLUMNS = 16 };
    const corm_adapter *adapter = session->engine->adapter;
    const size_t width = adapter->dialect->explain_columns;
    corm_value row[COLUMNS];
    corm__cursor cursor;
    bool more = true;
    corm_status status = corm__cursor_start(session, &cursor, prepared, values, count);
    while (status == CORM_OK) {
        status =
            corm__cursor_fetch(session, &cursor, row, width < COLUMNS ? width : COLUMNS, &more);
        if (status != CORM_OK || !more)
            break;
        if (!corm__steps_reserve(steps)) {
            status = corm__no_memory(session);
            break;
        }
        memset(&steps->items[steps->count], 0, sizeof *steps->items);
        adapter->explained(row, steps->items, steps->count);
        steps->count++;
    }
    corm__cursor_end(session, &cursor);
    return status == CORM_OK ? CORM_OK : corm__load_failed(session, status);
}

/* The steps by which the database would answer the statement. */
static corm_status corm__steps_of(corm_session *session, const char *sql, const corm_value *values,
                                  size_t count, corm__plan_steps *steps)
{
    corm__buffer asked = {0};
    corm_status status = CORM_OK;
    corm__looker *looker = session->looker;
    session->looker = NULL; /* this one runs */
    steps->count = 0;
    corm__buffer_text(&asked, session->engine->adapter->dialect->explain);
    corm__buffer_text(&asked, sql);
    if (asked.failed) {
        status = corm__no_memory(session);
    } else {
        corm__prepared *prepared =
            corm__for_reading(session, corm__prepare(session, asked.data, asked.size));
        status = prepared == NULL ? session->error.status
                                  : corm__steps_read(session, prepared, values, count, steps);
    }
    session->looker = looker;
    corm__buffer_free(&asked);
    return status;
}

/* ---- The index that is missing --------------------------------------------------------------- */

/* Columns of one table, in the order in which an index should have them. */
typedef struct corm__wish {
    const char *named;          /* as the statement calls the table */
    const char *table;          /* NULL: nothing of the query speaks of it */
    const corm__mapper *root;   /* of the query */
    const corm__mapper *mapper; /* in whose list the columns are; NULL: an association table */
    struct {
        const char *name, *member;
        bool descending;
    } columns[CORM__KEY_MAX];
    size_t count;
    size_t matched; /* the first ones serve the condition; the others the order */
    bool condition; /* there is one, whether an index serves it or not */
    bool sorted;    /* such an index gives the order too */
    bool spread;    /* the order goes over more than this table */
    bool computed;  /* the order goes by what is no column */
} corm__wish;

static void corm__wish_add(corm__wish *wish, const char *name, const char *member, bool descending)
{
    for (size_t i = 0; i < wish->count; i++)
        if (strcmp(wish->columns[i].name, name) == 0)
            return;
    if (wish->count == CORM__KEY_MAX)
        return;
    wish->columns[wish->count].name = name;
    wish->columns[wish->count].member = member;
    wish->columns[wish->count++].descending = descending;
}

static void corm__wish_column(corm__wish *wish, const corm__mapper *mapper,
                              const corm__column *column, bool descending)
{
    wish->table = corm__sql_table(column->home);
    wish->mapper = mapper->home == column->home ? mapper : column->home;
    corm__wish_add(wish, column->name, column->info->name, descending);
}

/* The column of the wish's table that a node is, and the mapper that has it; NULL: another one, or
 * none. */
static const corm__column *corm__wish_finds(const corm__wish *wish, const corm__node *node,
                                            const corm__mapper **mapper)
{
    const corm_model *model = node->operator_ == CORM__COLUMN ? node->as.of.model : NULL;
    const corm_model *meant = corm__meant(model);
    const corm__mapper *m =
        meant == NULL || meant->row ? NULL : corm__mapper_of(wish->root->registry, meant);
    if (m == NULL)
        return NULL;
    if (model->alias_of == NULL && corm__is_a(wish->root, m))
        m = wish->root;
    const corm__column *column = &m->columns[node->column];
    *mapper = m;
    return strcmp(model->alias_of != NULL ? model->name : corm__sql_table(column->home),
                  wish->named) == 0
               ? column
               : NULL;
}

/* What a comparison asks of an index. */
typedef enum corm__use {
    CORM__USE_NONE,
    CORM__USE_EQUAL,
    CORM__USE_LIST,
    CORM__USE_RANGE
} corm__use;

/* Only where a column stands before what does not depend on the row. */
static corm__use corm__use_of(const corm__node *node)
{
    const corm__node *right = node->operator_ == CORM__RELATED ? NULL : corm__after(node + 1);
    if (right != NULL && right < corm__after(node) && right->operator_ == CORM__COLUMN)
        return CORM__USE_NONE;
    switch (node->operator_) {
    case CORM__EQ:
    case CORM__SAME:
    case CORM__IS_NULL:
    case CORM__RELATED: return CORM__USE_EQUAL;
    case CORM__IN: return CORM__USE_LIST;
    case CORM__LT:
    case CORM__LE:
    case CORM__GT:
    case CORM__GE:
    case CORM__BETWEEN: return CORM__USE_RANGE;
    default: return CORM__USE_NONE;
    }
}

/* What is related to one object, by columns of the table itself. */
static void corm__wish_related(corm__wish *wish, const corm__node *node)
{
    const corm__relation *relation =
        corm__relation_of(wish->root->registry, corm__node_relationship(node));
    for (size_t i = 0; relation->association == NULL && i < relation->key_count; i++) {
        const corm__column *column = &wish->root->columns[relation->remote[i]];
        if (strcmp(corm__sql_table(column->home), wish->named) == 0)
            corm__wish_column(wish, wish->root, column, false);
    }
}

/* Those comparisons that every row must pass and that use an index so: all columns that are equal to
 * something, or the first one. Gives the first; NULL: there is none. */
static const corm__column *corm__wish_conditions(corm__wish *wish, const corm_condition *where,
                                                 corm__use use, const corm__mapper **of)
{
    const corm__column *first = NULL;
    const corm__node *end = where->nodes + where->count;
    for (const corm__node *node = where->nodes, *next; node < end; node = next) {
        const corm__mapper *mapper = NULL;
        next = node->operator_ == CORM__AND ? node + 1 : corm__after(node);
        if (node->operator_ == CORM__AND || corm__use_of(node) != use)
            continue;
        if (node->operator_ == CORM__RELATED) {
            corm__wish_related(wish, node);
            continue;
        }
        const corm__column *column = corm__wish_finds(wish, node + 1, &mapper);
        if (column != NULL && use == CORM__USE_EQUAL)
            corm__wish_column(wish, mapper, column, false);
        if (column == NULL || first != NULL)
            continue;
        first = column;
        *of = mapper;
    }
    return first;
}

/* The first column of the order that is not the same in all rows anyway, as the first `equal` columns
 * are; NULL: there is none. */
static const corm__column *corm__wish_first_order(const corm__wish *wish, size_t equal,
                                                  const corm_ordering *order)
{
    const corm__node *end = order->nodes + order->count;
    for (const corm__node *term = order->nodes; term < end; term = corm__after(term)) {
        const corm__mapper *mapper;
        const corm__column *column = corm__wish_finds(wish, term + 1, &mapper);
        size_t k = 0;
        while (column != NULL && k < equal && strcmp(wish->columns[k].name, column->name) != 0)
            k++;
        if (column != NULL && k == equal)
            return column;
    }
    return NULL;
}

/* Whether all of the order goes by columns of the table. */
static bool corm__wish_is_ordered(corm__wish *wish, const corm_ordering *order)
{
    size_t here = 0, terms = 0;
    const corm__node *end = order->nodes + order->count;
    for (const corm__node *term = order->nodes; term < end; term = corm__after(term), terms++) {
        const corm__mapper *mapper;
        const bool plain = term[1].operator_ == CORM__COLUMN && term->kind == 0;
        here += plain && corm__wish_finds(wish, term + 1, &mapper) != NULL;
        /* a member of a CORM_ROW is a result */
        wish->computed = wish->computed || !plain || corm__meant(term[1].as.of.model)->row;
    }
    wish->spread = wish->spread || (here > 0 && here < terms && !wish->computed);
    return here > 0 && here == terms && !wish->spread;
}

/* Columns of the order, behind those that are there. An index that is walked backwards gives the
 * opposite order: only a change of direction must be in it. */
static void corm__wish_order(corm__wish *wish, const corm_ordering *order)
{
    const corm__node *end = order->nodes + order->count;
    const size_t from = wish->count;
    for (const corm__node *term = order->nodes; term < end; term = corm__after(term)) {
        const corm__mapper *mapper;
        const corm__column *column = corm__wish_finds(wish, term + 1, &mapper);
        corm__wish_column(wish, mapper, column, term->operator_ == CORM__DESCENDING);
    }
    const bool turned = from < wish->count && wish->columns[from].descending;
    for (size_t i = from; turned && i < wish->count; i++)
        wish->columns[i].descending = !wish->columns[i].descending;
    wish->sorted = true;
}

/* What the query says of a table: columns that are equal to something, then a range, or a list of
 * values, or the order. */
static void corm__wish_of_query(corm__wish *wish, const corm_query *query)
{
    const corm_ordering *order = &query->order_by;
    const corm__mapper *root = wish->root, *of = root, *of_list = root;
    const bool ordered = corm__wish_is_ordered(wish, order);
    wish->condition = query->where.count > 0;
    (void)corm__wish_conditions(wish, &query->where, CORM__USE_EQUAL, &of);
    const size_t equal = wish->count;
    const corm__column *range = corm__wish_conditions(wish, &query->where, CORM__USE_RANGE, &of);
    const corm__column *list = corm__wish_conditions(wish, &query->where, CORM__USE_LIST, &of_list);
    if (corm__is_narrow(root) && equal == 0 && range == NULL && list == NULL && !ordered &&
        strcmp(corm__sql_table(root->home), wish->named) == 0) {
        list = root->discriminator;
        wish->condition = true;
    }
    const corm__column *next = range != NULL ? range : list;
    if (next != NULL)
        corm__wish_column(wish, range != NULL ? of : of_list, next, false);
    wish->matched = wish->count;
    /* behind a range the order can only be that of its column, behind a list there is none */
    const corm__column *first = corm__wish_first_order(wish, equal, order);
    if (!ordered || (next != NULL && first != NULL && first != range))
        return;
    wish->count = next != NULL && first != NULL ? equal : wish->count;
    corm__wish_order(wish, order);
}

/* For a table that a relationship leads to, or that stands between. */
static bool corm__wish_of_relation(corm__wish *wish, const corm__relation *relation,
                                   const char *table, const char *between)
{
    const corm__association *a = relation->association;
    if (a != NULL && between != NULL && strcmp(wish->named, between) == 0) {
        wish->table = a->table;
        for (size_t i = 0; i < relation->key_count; i++)
            corm__wish_add(wish, a->columns[relation->side][i], NULL, false);
    } else if (strcmp(wish->named, table) == 0) {
        for (size_t i = 0; i < relation->key_count; i++)
            corm__wish_column(wish, relation->target,
                              &relation->target->columns[relation->remote[i]], false);
    } else {
        return false;
    }
    wish->condition = true;
    wish->matched = wish->count;
    return true;
}

/* For a table that a node of a query leads to by a relationship: a join, a condition on what is related,
 * the table between. */
static bool corm__wish_of_nodes(corm__wish *wish, const corm__node *nodes, size_t count)
{
    for (const corm__node *node = nodes; node < nodes + count; node++) {
        const bool joins =
            node->operator_ == CORM__JOIN_RELATED || node->operator_ == CORM__JOIN_LEFT_RELATED;
        if (!joins && node->operator_ != CORM__ANY && node->operator_ != CORM__RELATED)
            continue;
        const corm__relation *relation =
            corm__relation_of(wish->root->registry, corm__node_relationship(node));
        const corm_model *alias = joins ? node->as.of.data : NULL;
        const char *table = alias != NULL ? alias->name : corm__sql_table(relation->target);
        if (node->operator_ == CORM__RELATED)
            table = ""; /* the query's own, which corm__wish_of_query knows */
        if (corm__wish_of_relation(wish, relation, table,
                                   relation->association == NULL ? NULL
                                                                 : relation->association->table))
            return true;
    }
    return false;
}

/* ---- Is it there already? -------------------------------------------------------------------- */

static bool corm__wish_begins(const corm__wish *wish, const corm__mapper *mapper,
                              const uint16_t *columns, size_t count)
{
    if (count < wish->count)
        return false;
    for (size_t i = 0; i < wish->count; i++)
        if (strcmp(mapper->columns[columns[i]].name, wish->columns[i].name) != 0)
            return false;
    return true;
}

/* The name of an index that the models declare and that begins with these columns; NULL: none. */
static const char *corm__wish_declared(const corm__wish *wish)
{
    for (const corm__mapper *m = wish->mapper; m != NULL; m = m->base) {
        for (size_t i = 0; i < m->index_count; i++)
            if (m->indexes[i].where == NULL &&
                corm__wish_begins(wish, m, m->indexes[i].columns, m->indexes[i].count))
                return m->indexes[i].name;
        for (size_t i = 0; i < m->unique_count; i++)
            if (corm__wish_begins(wish, m, m->uniques[i].columns, m->uniques[i].count))
                return "its unique columns";
        if (corm__wish_begins(wish, m, m->pk, m->pk_count))
            return "its primary key";
    }
    return NULL;
}

/* ---- Notes ----------------------------------------------------------------------------------- */

/* (age, active) or ("age", "active" DESC) */
static void corm__wish_list(corm__buffer *out, const corm_dialect *d, const corm__wish *wish,
                            bool members)
{
    for (size_t i = 0; i < wish->count; i++) {
        corm__buffer_text(out, i > 0 ? ", " : "(");
        if (members)
            corm__buffer_text(out, wish->columns[i].member);
        else
            corm__sql_name(out, d, wish->columns[i].name);
        if (!members && wish->columns[i].descending)
            corm__buffer_text(out, " DESC");
    }
    corm__buffer_char(out, ')');
}

/* The model in whose list the first column stands: its own, or a base of it. */
static const char *corm__wish_model(const corm__wish *wish)
{
    const corm__mapper *m = wish->mapper;
    for (size_t i = 0; i < m->column_count; i++) {
        if (strcmp(m->columns[i].info->name, wish->columns[0].member) != 0)
            continue;
        while (m->base != NULL && i < m->inherited)
            m = m->base;
        break;
    }
    return m->model->name;
}

/* What to write. An index of a model goes up in all of its columns. */
static void corm__wish_tell(corm__buffer *out, const corm_dialect *d, const corm__wish *wish)
{
    bool declarable = wish->mapper != NULL;
    for (size_t i = 0; i < wish->count; i++)
        declarable = declarable && !wish->columns[i].descending && wish->columns[i].member != NULL;
    corm__buffer_text(out, "\n      ");
    if (declarable && wish->count == 1)
        corm__buffer_format(out,
                            "%s: COLUMN(..., %s, .index = true), made by corm_create_all; or: ",
                            corm__wish_model(wish), wish->columns[0].member);
    if (declarable && wish->count > 1) {
        corm__buffer_format(out, "MODEL(%s, ..., .indexes = {corm_index(%s, ",
                            wish->mapper->model->name, wish->mapper->model->name);
        corm__wish_list(out, d, wish, true);
        corm__buffer_text(out, ")}), made by corm_create_all; or:\n      ");
    }
    corm__buffer_text(out, "CREATE INDEX ");
    corm__buffer_char(out, d->quote);
    corm__buffer_text(out, "ix_");
    corm__sql_name_part(out, d, wish->table);
    for (size_t i = 0; i < wish->count; i++) {
        corm__buffer_char(out, '_');
        corm__sql_name_part(out, d, wish->columns[i].name);
    }
    corm__buffer_char(out, d->quote);
    corm__buffer_text(out, " ON ");
    corm__sql_name(out, d, wish->table);
    corm__buffer_char(out, ' ');
    corm__wish_list(out, d, wish, false);
}

static void corm__wish_note(corm__buffer *out, const corm_dialect *d, const corm__wish *wish,
                            const char *serves)
{
    const char *declared = corm__wish_declared(wish);
    corm__buffer_text(out, "an index on ");
    corm__wish_list(out, d, wish, false);
    corm__buffer_format(out, " would serve %s", serves);
    if (declared == NULL) {
        corm__wish_tell(out, d, wish);
        return;
    }
    corm__buffer_format(
        out,
        ", and %s declares one (%s): the table lacks it (corm_create_all makes it), "
        "or the database expects nothing from it (ANALYZE tells it what the table "
        "holds)",
        wish->mapper->model->name, declared);
}

typedef struct corm__explainer {
    corm__looker looker; /* first: it is what the session holds */
    corm__buffer text;
    corm__plan_steps steps;
    const corm_query *query;
    const corm__mapper *mapper;
    const corm__tree *tree;
    const corm__relation *relation; /* whose statement it is; NULL: that of the query */
} corm__explainer;

/* Whether the query's own rows are in the table. */
static bool corm__is_own_table(const corm__explainer *e, const char *named)
{
    for (size_t i = 0; i < e->mapper->part_count; i++)
        if (strcmp(corm__sql_table(e->mapper->parts[i].home), named) == 0)
            return true;
    return false;
}

/* What an index on a table of the statement should have. `outermost`: its rows are read first, so that
 * no other table's row says which of them are wanted. */
static void corm__wish_of_step(const corm__explainer *e, const char *named, bool outermost,
                               corm__wish *wish)
{
    const corm_query *q = e->query;
    *wish = (corm__wish){.named = named, .root = e->mapper};
    if (e->relation != NULL) {
        const corm__association *a = e->relation->association;
        (void)corm__wish_of_relation(wish, e->relation, corm__sql_table(e->relation->target),
                                     a == NULL ? NULL : a->table);
        return;
    }
    for (uint16_t i = 1; i < e->tree->count; i++) {
        const corm__branch *branch = &e->tree->branches[i];
        if (branch->joined &&
            corm__wish_of_relation(wish, branch->relation, branch->table, branch->between))
            return;
    }
    const bool own = corm__is_own_table(e, named);
    if (!own && !outermost &&
        (corm__wish_of_nodes(wish, q->join.nodes, q->join.count) ||
         corm__wish_of_nodes(wish, q->where.nodes, q->where.count)))
        return;
    wish->spread = e->tree->multiplying > 0 && !corm__tree_encloses(e->tree, q);
    corm__wish_of_query(wish, q);
    if (own && wish->table == NULL)
        wish->table = named;
}

/* Whether the plan sorts what comes from this table: the query's own. */
static bool corm__is_sorted(const corm__explainer *e, const corm__wish *wish)
{
    bool sorts = false;
    for (size_t i = 0; i < e->steps.count; i++)
        sorts = sorts || e->steps.items[i].kind == CORM_STEP_SORT;
    return sorts && wish->sorted;
}

static void corm__note_scan(corm__explainer *e, const corm_dialect *d, const corm_step *step)
{
    corm__wish wish;
    bool outermost = true;
    for (const corm_step *other = e->steps.items; other < step; other++)
        outermost = outermost && other->kind != CORM_STEP_SCAN && other->kind != CORM_STEP_SEARCH;
    corm__wish_of_step(e, step->table, outermost, &wish);
    if (step->kind == CORM_STEP_SCAN && !wish.condition)
        return; /* every row was asked for */
    corm__buffer_format(&e->text, "\n  note: %s: %s%s", step->table,
                        step->kind == CORM_STEP_SCAN
                            ? "every row is read"
                            : "an index is made for this query alone, each time it runs",
                        wish.table == NULL ? "" : ": ");
    if (wish.table == NULL)
        return; /* of a subquery, say */
    if (wish.matched == 0) {
        corm__buffer_text(&e->text, "no index serves the condition (LIKE, <>, OR, NOT and the like "
                                    "are looked up in none)");
        return;
    }
    corm__wish_note(&e->text, d, &wish,
                    corm__is_sorted(e, &wish) ? "the condition and the order" : "the condition");
}

/* A sort that the note on a scan has not spoken of. */
static void corm__note_sort(corm__explainer *e, const corm_dialect *d, const corm_step *step)
{
    corm__wish wish;
    const char *table = corm__sql_table(e->mapper);
    if (e->relation != NULL)
        return; /* lists of several owners are put together in their order */
    /* where the query became a subquery, its own order is made below the first level */
    const bool outer = corm__tree_encloses(e->tree, e->query) && step->depth == 0;
    for (uint16_t i = 0; i < e->mapper->part_count && e->query->order_by.count > 0; i++) {
        const corm__mapper *mapper;
        wish = (corm__wish){.named = corm__sql_table(e->mapper->parts[i].home), .root = e->mapper};
        if (corm__wish_finds(&wish, &e->query->order_by.nodes[1], &mapper) != NULL)
            table = wish.named;
    }
    corm__wish_of_step(e, table, true, &wish);
    for (size_t i = 0; i < e->steps.count; i++)
        if (wish.matched > 0 && wish.sorted && !outer && e->steps.items[i].kind == CORM_STEP_SCAN &&
            strcmp(e->steps.items[i].table, table) == 0)
            return;
    corm__buffer_text(&e->text, "\n  note: the rows are sorted on the side: ");
    if (wish.sorted && !outer)
        corm__wish_note(&e->text, d, &wish,
                        wish.matched > 0 ? "the condition and the order" : "the order");
    else if (wish.spread || outer)
        corm__buffer_text(&e->text, "the order goes over several tables, which no index does");
    else if (wish.computed)
        corm__buffer_text(&e->text, "the order goes by what is computed, which is in no index");
    else if (wish.matched > 0)
        corm__buffer_text(&e->text, "no index serves this condition and gives this order, too");
    else
        corm__buffer_text(&e->text, "the order goes by columns of another table");
}

/* The steps, indented below the statement. */
static void corm__explain_steps(corm__explainer *e)
{
    for (size_t i = 0; i < e->steps.count; i++) {
        const corm_step *step = &e->steps.items[i];
        corm__buffer_text(&e->text, "\n  ");
        for (unsigned k = 0; k < step->depth; k++)
            corm__buffer_text(&e->text, "  ");
        corm__buffer_text(&e->text, step->text);
    }
}

/* And what is to be said of them. */
static void corm__explain_tell(corm__explainer *e, const corm_dialect *d)
{
    corm__explain_steps(e);
    for (size_t i = 0; i < e->steps.count; i++) {
        const corm_step *step = &e->steps.items[i];
        if (step->kind == CORM_STEP_SCAN || step->kind == CORM_STEP_MAKE_INDEX)
            corm__note_scan(e, d, step);
        if (step->kind == CORM_STEP_SORT)
            corm__note_sort(e, d, step);
    }
    corm__buffer_char(&e->text, '\n');
}

/* ---- Explaining ------------------------------------------------------------------------------ */

static corm_status corm__explain_statement(corm__looker *looker, corm_session *session,
                                           const corm_value *values, size_t count)
{
    corm__explainer *e = (corm__explainer *)looker;
    corm__buffer sql = {0};
    /* the session's buffer may be used again meanwhile */
    corm__buffer_bytes(&sql, looker->statement.sql, looker->statement.size);
    corm_status status = sql.failed ? corm__no_memory(session)
                                    : corm__steps_of(session, sql.data, values, count, &e->steps);
    if (status == CORM_OK)
        corm__echo_sql(&e->text, sql.data);
    corm__buffer_free(&sql);
    return status;
}

/* A statement that loads a relationship, with keys that nobody has. */
static corm_status corm__explain_besides(corm_session *session, corm__relation *relation,
                                         void *argument)
{
    corm__explainer *e = argument;
    const corm_dialect *dialect = session->engine->adapter->dialect;
    const size_t owners = corm__shown_owners(session, relation);
    const size_t count = owners * relation->key_count + relation->filter_values;
    corm__buffer sql = {0};
    corm_value *values = corm__arena_allocate(&session->scratch, (count + 1) * sizeof *values);
    corm_status status = CORM_OK;
    for (size_t i = 0; values != NULL && i < count; i++)
        values[i] = corm_value_null();
    corm__sql_related(&sql, dialect, relation, owners);
    if (values == NULL || sql.failed)
        status = corm__no_memory(session);
    else
        status = corm__steps_of(session, sql.data, values, count, &e->steps);
    if (status == CORM_OK) {
        corm__buffer_format(&e->text, "then %s.%s: %s", relation->source->model->name,
                            relation->name, sql.data);
        e->relation = relation;
        corm__explain_tell(e, dialect);
    }
    corm__buffer_free(&sql);
    return status;
}

static corm_status corm__explainable(corm_session *session)
{
    const corm_adapter *adapter = session->engine->adapter;
    if (adapter->dialect->explain != NULL && adapter->explained != NULL)
        return CORM_OK;
    return corm__fail(session, CORM_MISUSE,
                      "corm_explain: the adapter %s cannot tell how a query is answered: ask the "
                      "database itself, corm_query_sql gives the statement",
                      adapter->name);
}

/* The notes need to know what was asked of which model; `loads`: the rows become objects. */
static corm_status corm__explain_notes(corm_session *session, const corm_query *query, bool loads,
                                       corm__explainer *e)
{
    corm__tree tree;
    corm__mapper *mapper = corm__mapper_of(session->registry, query->model);
    e->query = query;
    e->mapper = mapper;
    e->tree = &tree;
    corm_status status = corm__tree_make(session, mapper, query, &tree);
    if (!loads)
        tree.count = 1;
    if (status == CORM_OK) {
        corm__explain_tell(e, session->engine->adapter->dialect);
        status = corm__each_besides(session, &tree, corm__explain_besides, e);
    }
    return status;
}

CORM_API const char *corm_query_explain(corm_session *session, const corm_query *query)
{
    CORM__ENTER(session, NULL);
    corm__explainer explainer = {.looker = {.look = corm__explain_statement}};
    corm_status status = corm__usable(session);
    if (status != CORM_OK)
        return NULL;
    corm__scratch_begin(session);
    status = corm__explainable(session);
    if (status == CORM_OK)
        status = corm__see(session, query, &explainer.looker);
    if (status == CORM_OK)
        status = corm__explain_notes(session, query, true, &explainer);
    corm__scratch_end(session);
    corm__free(explainer.steps.items);
    return corm__shown_text(session, &explainer.text, status);
}

/* The model whose rows a select reads first: that of .from, or of the first field. NULL: it is none of
 * the schema. */
static const corm_model *corm__select_model(const corm_session *session, const corm_select *select)
{
    const corm_model *model = select->from;
    for (size_t i = 0; model == NULL && i < select->fields.count; i++)
        if (select->fields.nodes[i].operator_ == CORM__COLUMN)
            model = select->fields.nodes[i].as.of.model;
    model = corm__meant(model);
    return model == NULL || model->row || corm__mapper_of(session->registry, model) == NULL ? NULL
                                                                                            : model;
}

/* A select reads as a query does, as far as an index is concerned. */
static corm_status corm__explain_select(corm_session *session, const corm_select *select,
                                        corm__explainer *e)
{
    corm_status status = corm__see_select(session, select, &e->looker);
    if (status != CORM_OK)
        return status;
    corm_query query = {.model = corm__select_model(session, select),
                        .where = select->where,
                        .order_by = select->order_by,
                        .join = select->join};
    if (query.model != NULL)
        return corm__explain_notes(session, &query, false, e);
    corm__explain_steps(e);
    corm__buffer_char(&e->text, '\n');
    return CORM_OK;
}

CORM_API const char *corm_select_explain(corm_session *session, const corm_select *select)
{
    CORM__ENTER(session, NULL);
    corm__explainer explainer = {.looker = {.look = corm__explain_statement}};
    corm_status status = corm__usable(session);
    if (status != CORM_OK)
        return NULL;
    corm__scratch_begin(session);
    status = corm__explainable(session);
    if (status == CORM_OK)
        status = corm__explain_select(session, select, &explainer);
    corm__scratch_end(session);
    corm__free(explainer.steps.items);
    return corm__shown_text(session, &explainer.text, status);
}

#endif /* CORM__ROOM_EXPLAIN_C */
