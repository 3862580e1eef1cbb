/* joins.c: the SQL text of a query that reads related rows in the same statement.
 *
 * Owns: the struct of the tree of what comes with the objects of a query (tree.c fills it), and its SELECT
 * with LEFT JOINs. The rows of a collection multiply those of its owner; so LIMIT and OFFSET count in a
 * subquery of the owners, and the order keeps the rows of one owner together.
 * Must not know: objects, sessions, connections. */
#ifndef CORM__ROOM_JOINS_C
#define CORM__ROOM_JOINS_C

#include "shown.c"

enum {
    CORM__BRANCHES_MAX = 32,
    /* Tables and columns of one statement: every database that corm has in mind takes so many
     * (PostgreSQL: 1,664 columns; SQLite: 64 tables). */
    CORM__JOINED_TABLES_MAX = 16,
    CORM__JOINED_COLUMNS_MAX = 1600
};

/* A relationship that comes with the objects of its parent. Branch 0 is the query itself. */
typedef struct corm__branch {
    corm__relation *relation; /* branch 0: NULL */
    corm__mapper *mapper;     /* of its objects */
    uint16_t parent;          /* the branch whose objects have it */
    uint16_t first;           /* joined: the first of its columns in a row */
    bool joined;              /* in the query's statement; else in one of its own */
    bool left_out;            /* it was said not to be loaded */
    bool barred;              /* and must not be loaded on access */
    bool named;               /* by the query; else it is declared */
    const corm__shown *shown; /* the part that the query shows of it; NULL: all */
    const char *table; /* how the statement calls its table, and that between (many-to-many) */
    const char *between;
} corm__branch;

typedef struct corm__tree {
    corm__branch branches[CORM__BRANCHES_MAX];
    uint16_t count;
    uint16_t tables, columns; /* of the statement */
    const corm_loading *load; /* of the query; NULL: none */
    uint16_t multiplying;     /* joined branches that may have several rows for one owner */
    bool alone;               /* nothing is joined: each has a statement of its own */
} corm__tree;

/* What corm_load_where says of a relationship. */
static corm_status corm__shown_check(const corm_loading *loading, size_t term,
                                     const corm__relation *relation, corm_error *error)
{
    const int64_t limit = loading->shown[term].limit;
    if (!relation->to_many)
        return corm__error_set(error, CORM_MISUSE,
                               "corm_load_where: %s.%s is a single object: name a collection, or "
                               "load it with corm_load",
                               relation->source->model->name, relation->name);
    if (limit < 0)
        return corm__error_set(error, CORM_MISUSE,
                               "corm_load_where: the limit of %s.%s is %lld: it must not be below "
                               "zero",
                               relation->source->model->name, relation->name, (long long)limit);
    if (loading->shown[term].joined && loading->shown[term].later)
        return corm__error_set(
            error, CORM_MISUSE,
            "corm_load_where: %s.%s is .joined and .later: it is loaded with the "
            "query or on access, choose one",
            relation->source->model->name, relation->name);
    return CORM_OK;
}

/* Whether something that is loaded leads to the relationship of term i. */
static corm_status corm__loading_reaches(const corm__mapper *mapper, const corm_loading *loading,
                                         size_t i, corm_error *error)
{
    const corm__relation *relation = corm__relation_of(mapper->registry, loading->relationships[i]);
    const corm__relation *later = NULL;
    bool reached = corm__are_kin(mapper, relation->source);
    for (size_t k = 0; k < i && !reached; k++) {
        const corm__relation *before =
            corm__relation_of(mapper->registry, loading->relationships[k]);
        if (!corm__are_kin(before->target, relation->source))
            continue;
        reached = !loading->shown[k].later;
        later = before;
    }
    if (reached)
        return CORM_OK;
    if (later != NULL)
        return corm__error_set(
            error, CORM_MISUSE,
            "corm_load of a query of %s: what is loaded on access brings nothing "
            "along: leave %s.%s out, or .later of %s.%s",
            mapper->model->name, relation->source->model->name, relation->name,
            later->source->model->name, later->name);
    return corm__error_set(
        error, CORM_MISUSE,
        "corm_load of a query of %s: %s.%s belongs to another model: name a relationship "
        "that leads to %s before it",
        mapper->model->name, relation->source->model->name, relation->name,
        relation->source->model->name);
}

/* Whether the deferred columns that a query names are there, and its conditions whole. */
static corm_status corm__loading_vet(const corm__mapper *mapper, const corm_loading *loading,
                                     corm_error *error)
{
    if (loading->column_count > CORM__LOAD_TERMS)
        return corm__error_set(error, CORM_MISUSE, "%u columns to load, at most %d",
                               (unsigned)loading->column_count, CORM__LOAD_TERMS);
    for (size_t i = 0; i < loading->column_count; i++) {
        const corm_column_ref column = loading->columns[i];
        const corm__mapper *home =
            column.model == NULL ? NULL : corm__mapper_of(mapper->registry, column.model);
        if (home == NULL || column.index >= home->column_count)
            return corm__error_set(error, CORM_MISUSE,
                                   "corm_load_columns of a query of %s: a column that no model of "
                                   "this schema has",
                                   mapper->model->name);
    }
    if (loading->wanted > 0)
        return corm__error_set(error, CORM_MISUSE,
                               "the conditions and orders of .load have %u parts, at most %u "
                               "together: define CORM_CONDITION_NODES larger",
                               (unsigned)loading->wanted, (unsigned)CORM_CONDITION_NODES);
    return CORM_OK;
}

/* Whether the relationships that a query names can be loaded with it. */
static corm_status corm__loading_check(const corm__mapper *mapper, const corm_loading *loading,
                                       corm_error *error)
{
    if (loading->count > CORM__LOAD_TERMS)
        return corm__error_set(error, CORM_MISUSE, "%zu relationships to load, at most %d",
                               loading->count, CORM__LOAD_TERMS);
    corm_status status = corm__loading_vet(mapper, loading, error);
    for (size_t i = 0; i < loading->count && status == CORM_OK; i++) {
        corm_relationship_ref ref = loading->relationships[i];
        const corm__relation *relation = corm__relation_of(mapper->registry, ref);
        if (relation == NULL && ref.model != NULL && ref.model->alias_of != NULL)
            return corm__error_set(error, CORM_MISUSE,
                                   "corm_load of a query of %s: %s is a name for rows that are "
                                   "joined, which become no objects: load an end of %s_ instead",
                                   mapper->model->name, ref.model->name,
                                   corm__meant(ref.model)->name);
        if (relation == NULL)
            return corm__error_set(error, CORM_MISUSE,
                                   "corm_load of a query of %s: a relationship that no model of "
                                   "this schema has",
                                   mapper->model->name);
        if (relation->lazy == CORM_LAZY_WRITE_ONLY)
            return corm__error_set(error, CORM_MISUSE,
                                   "corm_load of a query of %s: %s.%s is declared "
                                   "CORM_LAZY_WRITE_ONLY and is never loaded: query it with "
                                   "corm_related_to",
                                   mapper->model->name, relation->source->model->name,
                                   relation->name);
        status = corm__loading_reaches(mapper, loading, i, error);
        if (status == CORM_OK && loading->shown[i].filtered)
            status = corm__shown_check(loading, i, relation, error);
    }
    return status;
}

static inline bool corm__multiplies(const corm__relation *relation)
{
    return !relation->holds_key;
}

/* LEFT JOIN "posts" AS "posts_1" ON "posts_1"."user_id" = "users"."id"; of many-to-many, the table
 * between before it. */
static void corm__sql_branch(corm__buffer *b, const corm_dialect *d, const corm__tree *tree,
                             const corm__branch *branch, unsigned *last)
{
    const corm__relation *r = branch->relation;
    const corm__association *a = r->association;
    const char *owner = tree->branches[branch->parent].table;
    if (a != NULL) {
        corm__buffer_text(b, " LEFT JOIN ");
        corm__sql_name(b, d, a->table);
        corm__buffer_text(b, " AS ");
        corm__sql_name(b, d, branch->between);
    }
    for (size_t i = 0; a != NULL && i < r->key_count; i++) {
        corm__buffer_text(b, i > 0 ? " AND " : " ON ");
        corm__sql_column(b, d, branch->between, a->columns[r->side][i]);
        corm__buffer_text(b, " = ");
        corm__sql_column(b, d, owner, r->source->columns[r->local[i]].name);
    }
    corm__buffer_text(b, " LEFT JOIN ");
    corm__sql_name(b, d, corm__sql_table(r->target));
    corm__buffer_text(b, " AS ");
    corm__sql_name(b, d, branch->table);
    for (size_t i = 0; i < r->key_count; i++) {
        corm__buffer_text(b, i > 0 ? " AND " : " ON ");
        corm__sql_column(b, d, branch->table, r->target->columns[r->remote[i]].name);
        corm__buffer_text(b, " = ");
        if (a != NULL)
            corm__sql_column(b, d, branch->between, a->columns[1 - r->side][i]);
        else
            corm__sql_column(b, d, owner, r->source->columns[r->local[i]].name);
    }
    corm__sql_filters(b, d, r, branch->table, last);
}

/* The owners' order, which their key completes, and then that of each collection. */
static void corm__write_tree_order(corm__writer *w, const corm__scope *scope,
                                   const corm__tree *tree, corm__nodes order)
{
    bool begun = false;
    corm__write_order(w, scope, order, &begun);
    for (uint16_t i = 1; i < tree->count; i++) {
        const corm__branch *branch = &tree->branches[i];
        if (branch->joined && corm__multiplies(branch->relation))
            corm__write_shown_order(w, branch->relation, branch->table, branch->shown, &begun);
    }
}

/* A subquery does not give deferred columns to the order outside of it. */
static void corm__refuse_deferred_order(corm__writer *w, const corm__mapper *root,
                                        corm__nodes order)
{
    for (size_t i = 0; i < order.count; i++) {
        const corm__node *node = &order.at[i];
        const corm__mapper *named =
            node->operator_ == CORM__COLUMN
                ? corm__mapper_of(root->registry, corm__meant(node->as.of.model))
                : NULL;
        if (named != NULL && corm__is_a(root, named) && (root->deferred >> node->column & 1))
            CORM__REFUSE(w, CORM_MISUSE,
                         "a query with a limit that joins collections cannot be ordered by %s.%s, "
                         "which is .deferred: load the collections with corm_load",
                         root->model->name, root->columns[node->column].info->name);
    }
}

/* Whether the query becomes a subquery. */
static bool corm__tree_encloses(const corm__tree *tree, const corm_query *q)
{
    return q != NULL && tree->multiplying > 0 && (q->limit > 0 || q->offset > 0);
}

static void corm__write_branch(corm__writer *w, const corm__tree *tree, const corm__branch *branch)
{
    corm_value values[CORM__FILTER_TERMS];
    corm__sql_branch(w->b, w->d, tree, branch, &w->last);
    const size_t count = corm__sql_filter_values(branch->relation, values);
    for (size_t i = 0; i < count; i++)
        corm__keep_value(w, &values[i]);
    if (branch->shown != NULL)
        corm__write_shown_where(w, branch->relation, branch->table, branch->shown);
}

static void corm__write_tree_key(corm__writer *w, const corm__branch *root, const corm_value *key)
{
    corm__buffer_text(w->b, " WHERE ");
    corm__sql_match(w->b, w->d, root->mapper, root->table, root->mapper->pk, root->mapper->pk_count,
                    &w->last);
    for (size_t i = 0; i < root->mapper->pk_count; i++)
        corm__keep_value(w, &key[i]);
}

/* The SELECT of a query with its joined branches; `q` NULL: of one row by its key. */
static corm_status corm__write_tree(corm__writer *w, const corm__tree *tree, const corm_query *q,
                                    bool by_key, const corm_value *key)
{
    const corm__branch *root = &tree->branches[0];
    const bool inside = corm__tree_encloses(tree, q);
    corm__scope scope = {.qualified = true, .count = 1};
    corm__clauses clauses = {.from = root->mapper->model};
    corm__nodes order = {NULL, 0};
    scope.sources[0] =
        (corm__source){.model = root->mapper->model, .mapper = root->mapper, .name = root->table};
    if (q != NULL)
        corm__clauses_of_query(w, q, by_key || tree->multiplying > 0, &clauses);
    corm__write_with(w, clauses.with);
    corm__buffer_text(w->b, "SELECT ");
    for (uint16_t i = 0; i < tree->count; i++) {
        if (i > 0 && tree->branches[i].joined)
            corm__buffer_text(w->b, ", ");
        if (tree->branches[i].joined)
            corm__sql_columns(w->b, w->d, tree->branches[i].mapper, tree->branches[i].table);
    }
    corm__buffer_text(w->b, inside ? " FROM (" : " FROM ");
    if (inside) {
        corm__refuse_deferred_order(w, root->mapper, clauses.order);
        corm__clauses within = clauses;
        within.by_key = by_key || corm__is_page(q);
        corm__write_select(w, NULL, &within, CORM__OF_OBJECTS);
        corm__buffer_text(w->b, ") AS ");
    }
    corm__sql_name(w->b, w->d, root->table);
    for (uint16_t i = 1; i < tree->count; i++)
        if (tree->branches[i].joined)
            corm__write_branch(w, tree, &tree->branches[i]);
    if (w->status == CORM_OK)
        order = corm__whole_order(w, &scope, &clauses);
    if (q == NULL)
        corm__write_tree_key(w, root, key);
    else if (!inside)
        corm__write_where(w, &scope, &clauses, order);
    corm__write_tree_order(w, &scope, tree, order);
    if (q != NULL && !inside)
        corm__write_limit(w, &clauses);
    return corm__write_end(w);
}

#endif /* CORM__ROOM_JOINS_C */
