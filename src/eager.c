/* eager.c: related objects that come together with the objects of a query.
 *
 * Owns: reading the rows of a statement that joins them, and loading the others in statements of their own.
 * Must not know: which they are, SQL text, how changes are made or written. */
#ifndef CORM__ROOM_EAGER_C
#define CORM__ROOM_EAGER_C

#include "tree.c"

/* ---- Rows of a statement with joins ---------------------------------------------------------- */

/* Pairs of pointers that were seen already. */
typedef struct corm__pairs {
    const void *(*slots)[2];
    size_t capacity, count;
} corm__pairs;

static const void **corm__pairs_place(const corm__pairs *pairs, const void *a, const void *b)
{
    uint64_t hash = corm__hash_mix(corm__hash_mix((uint64_t)(uintptr_t)a) ^ (uint64_t)(uintptr_t)b);
    size_t i = (size_t)hash & (pairs->capacity - 1);
    while (pairs->slots[i][0] != NULL && (pairs->slots[i][0] != a || pairs->slots[i][1] != b))
        i = (i + 1) & (pairs->capacity - 1);
    return pairs->slots[i];
}

/* false: out of memory. *fresh: the pair was not there. */
static bool corm__pairs_add(corm__pairs *pairs, const void *a, const void *b, bool *fresh)
{
    if (pairs->count * 2 >= pairs->capacity) {
        corm__pairs grown = {NULL, pairs->capacity == 0 ? 256 : pairs->capacity * 2, pairs->count};
        grown.slots = corm__allocate_zeroed(grown.capacity, sizeof *grown.slots);
        if (grown.slots == NULL)
            return false;
        for (size_t i = 0; i < pairs->capacity; i++) {
            if (pairs->slots[i][0] != NULL)
                memcpy(corm__pairs_place(&grown, pairs->slots[i][0], pairs->slots[i][1]),
                       pairs->slots[i], sizeof *grown.slots);
        }
        corm__free(pairs->slots);
        *pairs = grown;
    }
    const void **place = corm__pairs_place(pairs, a, b);
    *fresh = place[0] == NULL;
    place[0] = a;
    place[1] = b;
    pairs->count += *fresh;
    return true;
}

typedef struct corm__reading {
    const corm__tree *tree;
    corm__vector *roots;                      /* the query's objects, each once */
    void *now[CORM__BRANCHES_MAX];            /* the objects of this row; NULL: none */
    corm__vector objects[CORM__BRANCHES_MAX]; /* of each branch, maybe more than once */
    corm__vector owners[CORM__BRANCHES_MAX];  /* whose collections are being filled */
    corm__pairs seen;                         /* links, and items in them */
    bool hooked[CORM__BRANCHES_MAX];          /* there are hooks to be called */
    bool simple;                              /* corm__tree_is_simple */
} corm__reading;

/* The same where the query shows a part of the collection. */
static corm_status corm__read_shown(corm_session *session, corm__reading *reading, uint16_t i,
                                    void *owner, void *item, bool first)
{
    corm__relation *relation = reading->tree->branches[i].relation;
    corm__extra *extra = corm__extra_of(owner);
    bool fresh = true;
    if (extra == NULL ||
        (!reading->simple &&
         !corm__pairs_add(&reading->seen, &extra->links[relation->index], NULL, &first)))
        return corm__no_memory(session);
    corm__link *list =
        first ? corm__view_begin(session, owner, relation) : corm__view_of(owner, relation);
    if (first && (list == NULL || !corm__vector_push(&reading->owners[i], owner)))
        return corm__no_memory(session);
    if (list == NULL || item == NULL)
        return CORM_OK;
    if (!reading->simple && !corm__pairs_add(&reading->seen, list, item, &fresh))
        return corm__no_memory(session);
    return !fresh || corm__items_push(session, list, item) ? CORM_OK : corm__no_memory(session);
}

/* An item of a collection, or none. What is loaded already stays as it is. */
static corm_status corm__read_item(corm_session *session, corm__reading *reading, uint16_t i,
                                   void *owner, void *item, bool first)
{
    corm__relation *relation = reading->tree->branches[i].relation;
    corm__link *link = corm__link_at(owner, relation);
    if (link == NULL || (!reading->simple && !corm__pairs_add(&reading->seen, link, NULL, &first)))
        return corm__no_memory(session);
    if (first && reading->tree->branches[i].named)
        corm__view_end(session, owner, relation);
    if (first && (!link->loaded || link->prefetched)) {
        corm__items_clear(session, link);
        if (!corm__vector_push(&reading->owners[i], owner))
            return corm__no_memory(session);
    }
    if (link->loaded || item == NULL)
        return CORM_OK;
    bool fresh = true;
    if (!reading->simple && !corm__pairs_add(&reading->seen, link, item, &fresh))
        return corm__no_memory(session);
    return !fresh || corm__items_push(session, link, item) ? CORM_OK : corm__no_memory(session);
}

static corm_status corm__read_branch(corm_session *session, corm__reading *reading, uint16_t i,
                                     const corm_value *row, bool first)
{
    const corm__branch *branch = &reading->tree->branches[i];
    void *owner = reading->now[branch->parent], *object = NULL;
    reading->now[i] = NULL;
    if (owner == NULL)
        return CORM_OK;
    row += branch->first;
    if (row[branch->mapper->pk[0]].type != CORM_VALUE_NULL) {
        corm_status status =
            corm__object_of_row(session, branch->mapper, row, reading->hooked[i], &object);
        if (status != CORM_OK)
            return status;
        corm__vector *objects = &reading->objects[i];
        if ((objects->count == 0 || objects->items[objects->count - 1] != object) &&
            !corm__vector_push(objects, object))
            return corm__no_memory(session);
    }
    reading->now[i] = object;
    if (branch->shown != NULL)
        return corm__read_shown(session, reading, i, owner, object, first);
    return corm__multiplies(branch->relation)
               ? corm__read_item(session, reading, i, owner, object, first)
               : corm__read_reference(session, owner, branch->relation, object);
}

static corm_status corm__read_tree_row(corm_session *session, corm__reading *reading,
                                       const corm_value *row)
{
    const corm__tree *tree = reading->tree;
    corm__vector *roots = reading->roots;
    corm_status status = corm__object_of_row(session, tree->branches[0].mapper, row,
                                             reading->hooked[0], &reading->now[0]);
    if (status != CORM_OK)
        return status;
    const bool first = roots->count == 0 || roots->items[roots->count - 1] != reading->now[0];
    if (first && !corm__vector_push(roots, reading->now[0]))
        return corm__no_memory(session);
    for (uint16_t i = 1; i < tree->count && status == CORM_OK; i++)
        if (tree->branches[i].joined)
            status = corm__read_branch(session, reading, i, row, first);
    return status;
}

/* After the last row: collections are loaded, and what came together is one batch of siblings. */
static corm_status corm__read_tree_end(corm_session *session, corm__reading *reading,
                                       corm_status status)
{
    for (uint16_t i = 1; i < reading->tree->count; i++) {
        corm__vector *objects = &reading->objects[i], *owners = &reading->owners[i];
        if (reading->tree->branches[i].shown != NULL) {
            if (status == CORM_OK)
                status = corm__views_finish(session, reading->tree->branches[i].relation, owners);
            for (size_t k = 0; k < owners->count && status != CORM_OK; k++)
                corm__view_end(session, owners->items[k], reading->tree->branches[i].relation);
            owners->count = 0;
        }
        for (size_t k = 0; k < owners->count && status == CORM_OK; k++)
            status = corm__list_finish(session, owners->items[k],
                                       reading->tree->branches[i].relation, false, false);
        if (status == CORM_OK && objects->count > 0 &&
            corm__batch_new(session, objects->items, objects->count) == NULL)
            status = corm__no_memory(session);
        corm__vector_free(objects);
        corm__vector_free(owners);
    }
    corm__free(reading->seen.slots);
    return status;
}

static corm_status corm__read_tree(corm_session *session, const corm__tree *tree,
                                   const corm_value *values, size_t count, corm__vector *roots)
{
    corm__reading reading = {.tree = tree, .roots = roots};
    corm__cursor cursor;
    bool more = true;
    corm_value *row = corm__arena_allocate(&session->scratch, tree->columns * sizeof *row);
    if (row == NULL)
        return corm__no_memory(session);
    corm__prepared *prepared = corm__for_reading(session, corm__prepare_sql(session));
    if (prepared == NULL)
        return session->error.status;
    for (uint16_t i = 0; i < tree->count; i++)
        reading.hooked[i] = corm__is_load_hooked(session, tree->branches[i].mapper);
    reading.simple = corm__tree_is_simple(tree);
    corm_status status = corm__cursor_start(session, &cursor, prepared, values, count);
    while (status == CORM_OK) {
        status = corm__cursor_fetch(session, &cursor, row, tree->columns, &more);
        if (status != CORM_OK || !more)
            break;
        status = corm__read_tree_row(session, &reading, row);
    }
    corm__cursor_end(session, &cursor);
    if (status != CORM_OK)
        (void)corm__load_failed(session, status);
    return corm__read_tree_end(session, &reading, status);
}

/* ---- Statements of their own ----------------------------------------------------------------- */

/* Loads a relationship of these objects where it is not known. `whole`: they are all that the table
 * has. */
static corm_status corm__eager(corm_session *session, const corm__branch *branch,
                               const corm__vector *objects, bool whole)
{
    corm__relation *relation = branch->relation;
    if (branch->shown != NULL)
        return corm__views_load(session, relation, branch->shown, objects);
    corm__vector owners = {NULL, 0, 0};
    corm_status status = CORM_OK;
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++) {
        void *object = objects->items[i];
        corm__record *record = corm__record_of(object);
        if (!corm__is_a(corm__mapper_at(object), relation->source))
            continue; /* of another model that inherits from the query's */
        corm__link *link = corm__link_at(object, relation);
        if (branch->named)
            corm__view_end(session, object, relation);
        if (link == NULL)
            status = corm__no_memory(session);
        else if (!corm__has_row(record) || (record->flags & CORM__VISITED) ||
                 (link->loaded && !link->prefetched))
            continue;
        else if (relation->holds_key && corm__target_is_current(session, object, relation))
            continue;
        else if (!corm__vector_push(&owners, object))
            status = corm__no_memory(session);
        else
            record->flags |= CORM__VISITED;
    }
    for (size_t i = 0; i < owners.count; i++)
        corm__record_of(owners.items[i])->flags &= (uint16_t)~CORM__VISITED;
    whole = whole && owners.count > CORM__FEW_OWNERS && owners.count * 2 > objects->count &&
            !relation->holds_key && relation->local_is_key;
    if (status == CORM_OK && owners.count > 0)
        status = relation->holds_key
                     ? corm__load_related(session, relation, owners.items, owners.count)
                     : corm__load_lists(session, relation, &owners, false, whole);
    corm__vector_free(&owners);
    return status;
}

/* What a relationship of these objects leads to, as far as it is known. */
static corm_status corm__branch_objects(corm_session *session, const corm__branch *branch,
                                        const corm__vector *owners, corm__vector *out)
{
    const corm__relation *relation = branch->relation;
    for (size_t i = 0; i < owners->count; i++) {
        bool known = true;
        if (!corm__is_a(corm__mapper_at(owners->items[i]), relation->source))
            continue;
        corm__link *link = branch->shown != NULL ? corm__view_of(owners->items[i], relation)
                                                 : corm__link_if(owners->items[i], relation);
        void *one = relation->holds_key ? corm__one_now(session, owners->items[i], relation, &known)
                    : link == NULL      ? NULL
                                        : link->target;
        bool fine = !known || one == NULL || corm__vector_push(out, one);
        for (uint32_t k = 0; fine && relation->to_many && link != NULL && k < link->count; k++)
            fine = corm__vector_push(out, link->items[k]);
        if (!fine)
            return corm__no_memory(session);
    }
    return CORM_OK;
}

/* Whether an access may load what was left out, as the query says last. */
static corm_status corm__branch_bar(corm_session *session, const corm__branch *branch,
                                    const corm__vector *owners)
{
    for (size_t i = 0; i < owners->count; i++) {
        if (!corm__is_a(corm__mapper_at(owners->items[i]), branch->relation->source))
            continue;
        const corm__view *view = corm__view_find(owners->items[i], branch->relation);
        if (view != NULL && view->later != NULL)
            corm__view_end(session, owners->items[i], branch->relation);
        corm__link *link = branch->barred ? corm__link_at(owners->items[i], branch->relation)
                                          : corm__link_if(owners->items[i], branch->relation);
        if (link == NULL && branch->barred)
            return corm__no_memory(session);
        if (link != NULL)
            link->barred = branch->barred;
    }
    return CORM_OK;
}

/* Whether anything is loaded of the branch's objects. */
static bool corm__tree_goes_on(const corm__tree *tree, uint16_t branch)
{
    for (uint16_t i = (uint16_t)(branch + 1); i < tree->count; i++)
        if (tree->branches[i].parent == branch)
            return true;
    return false;
}

/* Whether a column is asked for that objects of the branch may have. */
static bool corm__tree_wants(const corm__tree *tree, uint16_t branch)
{
    for (size_t i = 0; i < corm__tree_column_count(tree); i++)
        if (corm__are_kin(corm__tree_column(tree, i)->owner, tree->branches[branch].mapper))
            return true;
    return false;
}

static corm_status corm__tree_columns(corm_session *session, const corm__tree *tree,
                                      const corm__vector *objects)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < corm__tree_column_count(tree) && status == CORM_OK; i++)
        status = corm__column_load(session, corm__tree_column(tree, i), objects);
    return status;
}

/* The branches that the query's statement has not brought. */
static corm_status corm__tree_rest(corm_session *session, const corm__tree *tree,
                                   const corm__vector *roots, bool whole)
{
    corm__vector objects[CORM__BRANCHES_MAX] = {{NULL, 0, 0}};
    corm_status status = corm__tree_columns(session, tree, roots);
    for (uint16_t i = 1; i < tree->count && status == CORM_OK; i++) {
        const corm__branch *branch = &tree->branches[i];
        const corm__vector *owners = branch->parent == 0 ? roots : &objects[branch->parent];
        if (branch->left_out) {
            status = branch->shown != NULL
                         ? corm__later_begin(session, branch->relation, branch->shown, owners)
                         : corm__branch_bar(session, branch, owners);
            continue;
        }
        if (!branch->joined)
            status = corm__eager(session, branch, owners, whole && branch->parent == 0);
        if (status == CORM_OK && (corm__tree_goes_on(tree, i) || corm__tree_wants(tree, i)))
            status = corm__branch_objects(session, branch, owners, &objects[i]);
        if (status == CORM_OK)
            status = corm__tree_columns(session, tree, &objects[i]);
    }
    for (uint16_t i = 1; i < tree->count; i++)
        corm__vector_free(&objects[i]);
    return status;
}

/* ---- Queries and single objects -------------------------------------------------------------- */

/* Runs the statement of a tree: of a query, or of one row by its key. */
static corm_status corm__run_tree(corm_session *session, const corm_query *query, bool by_key,
                                  const corm__tree *tree, const corm_value *key,
                                  corm__vector *roots)
{
    corm__writer w;
    corm_error error;
    corm__writer_begin(session, &w, tree->branches[0].mapper->model, &error);
    if (corm__write_tree(&w, tree, query, by_key, key) != CORM_OK)
        return corm__writer_failed(session, &w);
    return corm__read_tree(session, tree, w.values, w.count, roots);
}

/* Whether a query leaves out no row of its model's table. */
static bool corm__query_is_whole(const corm_query *query)
{
    return query->where.count == 0 && query->limit == 0 && query->offset == 0 &&
           query->join.count == 0 && query->after == NULL;
}

/* The objects of a query into `roots`, with what comes along. */
static corm_status corm__query_tree(corm_session *session, corm__asking *asking,
                                    const corm__tree *tree, corm__vector *roots)
{
    const corm__mapper *mapper = tree->branches[0].mapper;
    const bool whole = corm__query_is_whole(asking->query) && !corm__is_narrow(mapper);
    const corm_status status =
        tree->tables == 1
            ? corm__query_rows(session, asking, roots)
            : corm__run_tree(session, asking->query, asking->by_key, tree, NULL, roots);
    return status == CORM_OK ? corm__tree_rest(session, tree, roots, whole) : status;
}

/* The object of a key, and what is declared to come with it; *out NULL: there is no such row. */
static corm_status corm__load_whole(corm_session *session, corm__mapper *mapper,
                                    const corm_value *key, void **out)
{
    corm__tree tree;
    corm__vector roots = {NULL, 0, 0};
    if (!mapper->eager)
        return corm__load_by_key(session, mapper, key, out);
    *out = NULL;
    corm__scratch_begin(session);
    corm_status status = corm__tree_make(session, mapper, NULL, &tree);
    if (status == CORM_OK && tree.tables > 1) {
        status = corm__run_tree(session, NULL, false, &tree, key, &roots);
    } else if (status == CORM_OK) {
        status = corm__load_by_key(session, mapper, key, out);
        if (status == CORM_OK && *out != NULL && !corm__vector_push(&roots, *out))
            status = corm__no_memory(session);
    }
    if (status == CORM_OK && roots.count > 0) {
        *out = roots.items[0];
        status = corm__tree_rest(session, &tree, &roots, false);
    }
    corm__vector_free(&roots);
    corm__scratch_end(session);
    return status;
}

#endif /* CORM__ROOM_EAGER_C */
