/* explain.c: how the database would answer a query.
 *
 * Owns: asking for the plan of a statement, telling it as text, and noting where it reads a whole
 * table or sorts on the side for want of an index.
 * Must not know: the words of a database's plan, which its adapter reads; how a query becomes SQL. */
#ifndef CORM__ROOM_EXPLAIN_C
#define CORM__ROOM_EXPLAIN_C

#include "advice.c"
#include "seeing.c"

/* ---- The plan -------------------------------------------------------------------------------- */

typedef struct corm__plan_steps {
    corm_step *items;
    size_t count, capacity;
} corm__plan_steps;

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
        corm_step *items =
            corm__grow(steps->items, steps->count, &steps->capacity, sizeof *items, 8);
        if (items == NULL) {
            status = corm__no_memory(session);
            break;
        }
        steps->items = items;
        memset(&items[steps->count], 0, sizeof *items);
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

/* ---- Notes ----------------------------------------------------------------------------------- */

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
static CORM__COLD void corm__explain_tell(corm__explainer *e, const corm_dialect *d)
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

static CORM__COLD corm_status corm__explain_statement(corm__looker *looker, corm_session *session,
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
static CORM__COLD corm_status corm__explain_besides(corm_session *session, corm__relation *relation,
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
    const corm_status status = corm__usable_for(session, "corm_explain");
    if (status != CORM_OK)
        return status;
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

/* The text, which the session keeps; NULL: an error. */
static const char *corm__explain_end(corm_session *session, corm__explainer *e, corm_status status)
{
    corm__scratch_end(session);
    corm__free(e->steps.items);
    return corm__shown_text(session, &e->text, status);
}

CORM_API CORM__COLD const char *corm_query_explain(corm_session *session, const corm_query *query)
{
    CORM__ENTER(session, NULL);
    corm__explainer explainer = {.looker = {.look = corm__explain_statement}};
    corm_status status = corm__explainable(session);
    if (status != CORM_OK)
        return NULL;
    corm__scratch_begin(session);
    status = corm__see(session, query, &explainer.looker);
    if (status == CORM_OK)
        status = corm__explain_notes(session, query, true, &explainer);
    return corm__explain_end(session, &explainer, status);
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

CORM_API CORM__COLD const char *corm_select_explain(corm_session *session,
                                                    const corm_select *select)
{
    CORM__ENTER(session, NULL);
    corm__explainer explainer = {.looker = {.look = corm__explain_statement}};
    if (corm__explainable(session) != CORM_OK)
        return NULL;
    corm__scratch_begin(session);
    return corm__explain_end(session, &explainer,
                             corm__explain_select(session, select, &explainer));
}

#endif /* CORM__ROOM_EXPLAIN_C */
