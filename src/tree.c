/* tree.c: what a query loads along with its objects.
 *
 * Owns: which relationships a query brings along (named by it, or declared so) and how each is loaded, as
 * a tree; the columns that are asked for.
 * Must not know: SQL text, how rows are read. */
#ifndef CORM__ROOM_TREE_C
#define CORM__ROOM_TREE_C

#include "later.c"

/* The name of a branch's table in the statement: "posts_1". It ends in a digit where the query's own
 * table does not, and the other way round, so that the two are never the same. */
static const char *corm__branch_name(corm_session *session, const corm__tree *tree,
                                     const char *table)
{
    const char *root = tree->branches[0].table;
    const char last = root[0] == '\0' ? '\0' : root[strlen(root) - 1];
    const size_t size = strlen(table) + 16;
    char *name = (char *)corm__arena_allocate(&session->scratch, size);
    if (name != NULL)
        (void)snprintf(name, size, "%s_%d%s", table, (int)tree->tables,
                       last >= '0' && last <= '9' ? "_" : "");
    return name;
}

static bool corm__tree_has(const corm__tree *tree, uint16_t parent, const corm__relation *relation)
{
    for (uint16_t i = 1; i < tree->count; i++)
        if (tree->branches[i].parent == parent && tree->branches[i].relation == relation)
            return true;
    return false;
}

/* Adds a branch, unless the tree is full: then it is loaded on access. What cannot be joined gets a
 * statement of its own. */
static corm_status corm__tree_grow(corm_session *session, corm__tree *tree, uint16_t parent,
                                   corm__relation *relation, corm_lazy how,
                                   const corm__shown *shown)
{
    const corm__association *a = relation->association;
    const int tables = tree->tables + (a != NULL ? 2 : 1);
    if (tree->count == CORM__BRANCHES_MAX || corm__tree_has(tree, parent, relation))
        return CORM_OK;
    corm__branch *branch = &tree->branches[tree->count++];
    *branch = (corm__branch){.relation = relation, .mapper = relation->target, .parent = parent};
    branch->left_out = how == CORM_LAZY_BATCH || how == CORM_LAZY_RAISE;
    branch->barred = how == CORM_LAZY_RAISE;
    branch->shown = shown;
    /* the identity map would not find what a statement of its own has loaded */
    if (how == CORM_LAZY_SELECTIN && relation->holds_key && !relation->remote_is_key)
        how = CORM_LAZY_JOINED;
    /* Models that inherit from each other may be in several tables: a statement of their own. */
    if (how != CORM_LAZY_JOINED || !tree->branches[parent].joined || tree->alone ||
        relation->target->discriminator != NULL || relation->source->discriminator != NULL ||
        tables > CORM__JOINED_TABLES_MAX ||
        tree->columns + relation->target->column_count > CORM__JOINED_COLUMNS_MAX)
        return CORM_OK;
    branch->table = corm__branch_name(session, tree, relation->target->model->table);
    tree->tables++;
    if (a != NULL) {
        branch->between = corm__branch_name(session, tree, a->table);
        tree->tables++;
    }
    if (branch->table == NULL || (a != NULL && branch->between == NULL))
        return corm__no_memory(session);
    branch->joined = true;
    branch->first = tree->columns;
    tree->columns = (uint16_t)(tree->columns + relation->target->column_count);
    tree->multiplying = (uint16_t)(tree->multiplying + corm__multiplies(relation));
    return CORM_OK;
}

/* Whether what is declared is followed here: as often as .join_depth says; without it once, and not
 * to a model that the way has come by. */
static bool corm__tree_follows(const corm__tree *tree, uint16_t parent,
                               const corm__relation *relation)
{
    unsigned times = 0;
    bool back = false;
    for (uint16_t i = parent;; i = tree->branches[i].parent) {
        const corm__branch *branch = &tree->branches[i];
        times += branch->relation == relation;
        back = back || (i != parent && branch->mapper->root == relation->target->root);
        if (i == 0)
            break;
    }
    return relation->join_depth > 0 ? times < relation->join_depth : times == 0 && !back;
}

/* Adds what the relationships of `owner` from `first` on say is loaded with its objects. */
static corm_status corm__tree_declared(corm_session *session, corm__tree *tree, uint16_t parent,
                                       const corm__mapper *owner, uint16_t first)
{
    corm_status status = CORM_OK;
    for (uint16_t i = first; i < owner->relation_count && status == CORM_OK; i++) {
        corm__relation *relation = owner->relations[i];
        if ((relation->lazy == CORM_LAZY_JOINED || relation->lazy == CORM_LAZY_SELECTIN) &&
            corm__tree_follows(tree, parent, relation))
            status = corm__tree_grow(session, tree, parent, relation, relation->lazy, NULL);
    }
    return status;
}

/* What term i shows of its relationship, in the scratch arena; *out NULL: all. */
static corm_status corm__tree_shown(corm_session *session, const corm_loading *load, size_t i,
                                    const corm__shown **out)
{
    *out = NULL;
    if (!load->shown[i].filtered)
        return CORM_OK;
    corm__shown *shown = corm__arena_allocate(&session->scratch, sizeof *shown);
    if (shown == NULL)
        return corm__no_memory(session);
    corm__shown_make(load, i, shown);
    *out = shown;
    return CORM_OK;
}

/* Adds what term i of the query's .load names, wherever the tree has its model. */
static corm_status corm__tree_named(corm_session *session, corm__tree *tree,
                                    const corm_loading *load, size_t i)
{
    corm__relation *relation = corm__relation_of(session->registry, load->relationships[i]);
    const uint16_t count = tree->count;
    const corm__shown *shown;
    corm_status status = corm__tree_shown(session, load, i, &shown);
    for (uint16_t p = 0; p < count && status == CORM_OK; p++)
        if (corm__are_kin(tree->branches[p].mapper, relation->source) &&
            !tree->branches[p].left_out)
            status = corm__tree_grow(session, tree, p, relation, load->how[i], shown);
    for (uint16_t p = count; p < tree->count; p++)
        tree->branches[p].named = true;
    return status;
}

static const corm__column *corm__tree_column(const corm__tree *tree, size_t i)
{
    const corm__registry *registry = tree->branches[0].mapper->registry;
    const corm_column_ref ref = tree->load->columns[i];
    return &corm__mapper_of(registry, ref.model)->columns[ref.index];
}

static size_t corm__tree_column_count(const corm__tree *tree)
{
    return tree->load == NULL ? 0 : tree->load->column_count;
}

/* Each column that is asked for belongs to something that is loaded. */
static corm_status corm__tree_vet_columns(corm_session *session, const corm__tree *tree)
{
    for (size_t i = 0; i < corm__tree_column_count(tree); i++) {
        const corm__column *column = corm__tree_column(tree, i);
        const char *model = column->owner->model->name;
        bool reached = false;
        for (uint16_t b = 0; b < tree->count; b++)
            reached = reached || (!tree->branches[b].left_out &&
                                  corm__are_kin(tree->branches[b].mapper, column->owner));
        if (!reached)
            return corm__fail(session, CORM_MISUSE,
                              "corm_load_columns of a query of %s: %s.%s belongs to another model: "
                              "load a relationship that leads to %s too",
                              tree->branches[0].mapper->model->name, model, column->info->name,
                              model);
    }
    return CORM_OK;
}

/* The tree of a query of `mapper`, or of its row by the key (NULL). Rows that other joins may repeat
 * are not joined to more. Names are in the scratch arena. */
static corm_status corm__tree_make(corm_session *session, corm__mapper *mapper,
                                   const corm_query *query, corm__tree *tree)
{
    corm_status status = CORM_OK;
    const corm_loading *load = query == NULL ? NULL : &query->load;
    tree->alone = query != NULL && (query->join.count > 0 || query->distinct);
    tree->count = tree->tables = 1;
    tree->columns = mapper->column_count;
    tree->multiplying = 0;
    tree->load = load;
    tree->branches[0] =
        (corm__branch){.mapper = mapper, .joined = true, .table = mapper->model->table};
    for (size_t i = 0; load != NULL && i < load->count && status == CORM_OK; i++)
        status = corm__tree_named(session, tree, load, i);
    for (uint16_t p = 0; p < tree->count; p++) {
        const corm__mapper *owner = tree->branches[p].mapper;
        if (!owner->eager || tree->branches[p].left_out)
            continue;
        for (uint16_t f = 0; f < owner->family_count && status == CORM_OK; f++)
            status = corm__tree_declared(session, tree, p, owner->family[f],
                                         f > 0 ? owner->family[f]->inherited_relations : 0);
    }
    return status == CORM_OK ? corm__tree_vet_columns(session, tree) : status;
}

/* Whether one collection is joined, of the query's own objects: then each row has a new item. */
static bool corm__tree_is_simple(const corm__tree *tree)
{
    for (uint16_t i = 1; i < tree->count; i++)
        if (tree->branches[i].joined && corm__multiplies(tree->branches[i].relation))
            return tree->multiplying == 1 && tree->branches[i].parent == 0;
    return false;
}

#endif /* CORM__ROOM_TREE_C */
