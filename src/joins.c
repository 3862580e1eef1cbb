/* joins.c: the SQL text of a query that reads related rows in the same statement.
 *
 * Owns: what a query loads beside its own objects, as a tree of relationships, and its SELECT with
 * LEFT JOINs. The rows of a collection multiply those of its owner; so LIMIT and OFFSET count in a
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
} corm__tree;

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
    if (branch->shown != NULL)
        corm__shown_where(b, d, r->target, branch->table, branch->shown, last);
}

/* The owners' order, which their key completes, and then that of each collection. */
static void corm__sql_tree_order(corm__buffer *b, const corm_dialect *d, const corm__tree *tree,
                                 const corm_query *q, bool by_key)
{
    const corm__branch *root = &tree->branches[0];
    const corm__mapper *m = root->mapper;
    bool begun = false;
    for (size_t i = 0; q != NULL && i < q->order_by.count; i++)
        corm__sql_order(b, d, m, root->table, &m->columns[q->order_by.terms[i].column.index],
                        q->order_by.terms[i].descending, &begun);
    for (size_t i = 0; q != NULL && (by_key || tree->multiplying > 0) && i < m->pk_count; i++)
        if (!corm__sql_ordered_by(q, m->pk[i]))
            corm__sql_order(b, d, m, root->table, &m->columns[m->pk[i]], false, &begun);
    for (uint16_t i = 1; i < tree->count; i++) {
        const corm__branch *branch = &tree->branches[i];
        if (branch->joined && corm__multiplies(branch->relation))
            corm__shown_order(b, d, branch->relation, branch->table, branch->shown, &begun);
    }
}

/* Whether the query becomes a subquery. */
static bool corm__tree_encloses(const corm__tree *tree, const corm_query *q)
{
    return q != NULL && tree->multiplying > 0 && (q->limit > 0 || q->offset > 0);
}

/* The SELECT of a query with its joined branches; `q` NULL: of one row by its key. It has the query's
 * `values`, and before them, or behind them where the query is a subquery, those of the branches'
 * filters. */
static void corm__sql_tree(corm__buffer *b, const corm_dialect *d, const corm__tree *tree,
                           const corm_query *q, bool by_key, size_t values)
{
    const corm__branch *root = &tree->branches[0];
    const bool inside = corm__tree_encloses(tree, q);
    unsigned last = 0;
    corm__buffer_text(b, "SELECT ");
    for (uint16_t i = 0; i < tree->count; i++) {
        if (i > 0 && tree->branches[i].joined)
            corm__buffer_text(b, ", ");
        if (tree->branches[i].joined)
            corm__sql_columns(b, d, tree->branches[i].mapper, tree->branches[i].table);
    }
    corm__buffer_text(b, inside ? " FROM (" : " FROM ");
    if (inside) {
        corm__sql_query(b, d, root->mapper, q, by_key);
        last = (unsigned)values;
        corm__buffer_text(b, ") AS ");
    }
    corm__sql_name(b, d, root->table);
    for (uint16_t i = 1; i < tree->count; i++)
        if (tree->branches[i].joined)
            corm__sql_branch(b, d, tree, &tree->branches[i], &last);
    if (q == NULL) {
        corm__buffer_text(b, " WHERE ");
        corm__sql_match(b, d, root->mapper, root->table, root->mapper->pk, root->mapper->pk_count,
                        &last);
    } else if (!inside) {
        last = corm__sql_where(b, d, root->mapper, root->table, q, last);
    }
    corm__sql_tree_order(b, d, tree, q, by_key);
    if (q != NULL && !inside)
        corm__sql_limit(b, d, q, last);
}

#endif /* CORM__ROOM_JOINS_C */
