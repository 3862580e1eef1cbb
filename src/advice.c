/* advice.c: the index that a query misses.
 *
 * Owns: which columns an index on a table should have to serve a query's conditions and its order, or
 * the way along a relationship; whether the models declare it; the words that advise it.
 * Must not know: what the database makes of the query, sessions. */
#ifndef CORM__ROOM_ADVICE_C
#define CORM__ROOM_ADVICE_C

#include "joins.c"

/* ---- What is wished for ---------------------------------------------------------------------- */

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
    const bool two = node->operator_ != CORM__RELATED && corm__below(node) > 0;
    const corm__node *right = two ? corm__after(node + 1) : NULL;
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

/* ---- Telling --------------------------------------------------------------------------------- */

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

#endif /* CORM__ROOM_ADVICE_C */
