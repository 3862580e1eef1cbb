/* freezing.c: queries whose objects are read-only.
 *
 * Owns: making read-only objects of rows, loading what the query names along with them.
 * Must not know: SQL text, how tracked objects are loaded, changed or written. */
#ifndef CORM__ROOM_FREEZING_C
#define CORM__ROOM_FREEZING_C

#include "frozen.c"

/* ---- Rows ------------------------------------------------------------------------------------ */

typedef corm_status (*corm__frozen_taker)(corm__freezing *f, void *object, const corm_value *row,
                                          void *argument);

/* Runs a statement whose rows are `lead` columns and then those of the mapper. */
static corm_status corm__frozen_rows(corm__freezing *f, corm__mapper *mapper,
                                     corm__prepared *prepared, size_t lead,
                                     const corm_value *values, size_t count,
                                     corm__frozen_taker take, void *argument)
{
    corm_session *session = f->session;
    corm_value row[CORM__ROW_MAX];
    corm__cursor cursor;
    bool more = true;
    if (corm__for_reading(session, prepared) == NULL)
        return session->error.status;
    if (corm__frozen_of(session) == NULL) /* behind corm__begin, which gives the old ones back */
        return corm__no_memory(session);
    corm_status status = corm__cursor_start(session, &cursor, prepared, values, count);
    while (status == CORM_OK) {
        void *object = NULL;
        status = corm__cursor_fetch(session, &cursor, row, lead + mapper->select_count, &more);
        if (status != CORM_OK || !more)
            break;
        status = corm__frozen_of_row(f, mapper, row + lead, &object);
        if (status == CORM_OK)
            status = take(f, object, row, argument);
    }
    corm__cursor_end(session, &cursor);
    return status == CORM_OK ? CORM_OK : corm__load_failed(session, status);
}

static corm_status corm__frozen_take_root(corm__freezing *f, void *object, const corm_value *row,
                                          void *argument)
{
    (void)row;
    (void)argument;
    return corm__vector_push(f->roots, object) ? CORM_OK : corm__no_memory(f->session);
}

/* ---- Rows of a statement with joins ---------------------------------------------------------- */

static corm_status corm__frozen_read_branch(corm__freezing *f, uint16_t i, const corm_value *row)
{
    corm_session *session = f->session;
    const corm__branch *branch = &f->tree->branches[i];
    void *owner = f->now[branch->parent], *object = NULL;
    bool fresh = true;
    f->now[i] = NULL;
    if (owner == NULL)
        return CORM_OK;
    corm__frozen_link *link = corm__frozen_link_at(session, owner, branch->relation);
    if (link == NULL)
        return corm__no_memory(session);
    link->loaded = true;
    row += branch->first;
    if (row[branch->mapper->pk[0]].type == CORM_VALUE_NULL)
        return CORM_OK;
    corm_status status = corm__frozen_of_row(f, branch->mapper, row, &object);
    f->now[i] = object;
    if (status != CORM_OK || (!branch->relation->to_many && link->target != NULL))
        return status;
    if (branch->relation->to_many && !f->simple && !corm__pairs_add(&f->seen, link, object, &fresh))
        return corm__no_memory(session);
    return fresh ? corm__frozen_join(session, branch->relation, owner, object) : CORM_OK;
}

static corm_status corm__frozen_read_row(corm__freezing *f, const corm_value *row)
{
    const corm__tree *tree = f->tree;
    corm__vector *roots = f->roots;
    corm_status status = corm__frozen_of_row(f, tree->branches[0].mapper, row, &f->now[0]);
    if (status == CORM_OK && (roots->count == 0 || roots->items[roots->count - 1] != f->now[0]) &&
        !corm__vector_push(roots, f->now[0]))
        status = corm__no_memory(f->session);
    for (uint16_t i = 1; i < tree->count && status == CORM_OK; i++)
        if (tree->branches[i].joined)
            status = corm__frozen_read_branch(f, i, row);
    return status;
}

/* The rows of the statement of a tree, which is in session->sql. */
static corm_status corm__frozen_read_tree(corm__freezing *f, const corm_value *values, size_t count)
{
    corm_session *session = f->session;
    const corm__tree *tree = f->tree;
    corm__cursor cursor;
    bool more = true;
    corm_value *row = corm__arena_allocate(&session->scratch, tree->columns * sizeof *row);
    if (row == NULL)
        return corm__no_memory(session);
    corm__prepared *prepared = corm__for_reading(session, corm__prepare_sql(session));
    if (prepared == NULL)
        return session->error.status;
    if (corm__frozen_of(session) == NULL)
        return corm__no_memory(session);
    f->simple = corm__tree_is_simple(tree);
    corm_status status = corm__cursor_start(session, &cursor, prepared, values, count);
    while (status == CORM_OK) {
        status = corm__cursor_fetch(session, &cursor, row, tree->columns, &more);
        if (status != CORM_OK || !more)
            break;
        status = corm__frozen_read_row(f, row);
    }
    corm__cursor_end(session, &cursor);
    return status == CORM_OK ? CORM_OK : corm__load_failed(session, status);
}

/* ---- Statements of their own ----------------------------------------------------------------- */

/* The owners of one statement, by what their related rows are found by. */
typedef struct corm__frozen_owners {
    const corm__relation *relation;
    void **items;
    const corm_value *keys; /* of each, as many as the relation has key columns */
    size_t count, mask;
    uint32_t *heads, *next; /* 1 + index; 0: the end */
} corm__frozen_owners;

static uint64_t corm__frozen_key_hash(const corm_value *key, size_t width)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < width; i++)
        hash = corm__value_hash(&key[i], hash);
    return hash;
}

/* In the scratch arena; false: out of memory. */
static bool corm__frozen_owners_index(corm_session *session, corm__frozen_owners *owners)
{
    size_t capacity = 16;
    const size_t width = owners->relation->key_count;
    while (capacity < owners->count * 2)
        capacity *= 2;
    owners->mask = capacity - 1;
    owners->heads = corm__arena_allocate(&session->scratch, capacity * sizeof *owners->heads);
    owners->next = corm__arena_allocate(&session->scratch, owners->count * sizeof *owners->next);
    if (owners->heads == NULL || owners->next == NULL)
        return false;
    memset(owners->heads, 0, capacity * sizeof *owners->heads);
    for (size_t i = owners->count; i > 0; i--) {
        const uint64_t hash = corm__frozen_key_hash(&owners->keys[(i - 1) * width], width);
        uint32_t *head = &owners->heads[hash & owners->mask];
        owners->next[i - 1] = *head;
        *head = (uint32_t)i;
    }
    return true;
}

static corm_status corm__frozen_take_related(corm__freezing *f, void *object, const corm_value *row,
                                             void *argument)
{
    const corm__frozen_owners *owners = argument;
    const corm__relation *r = owners->relation;
    corm_value key[CORM__KEY_MAX];
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < r->key_count; i++)
        key[i] = r->association != NULL ? row[i] : row[r->remote[i]];
    const uint64_t hash = corm__frozen_key_hash(key, r->key_count);
    for (uint32_t at = owners->heads[hash & owners->mask]; at > 0 && status == CORM_OK;
         at = owners->next[at - 1]) {
        const corm_value *theirs = &owners->keys[(size_t)(at - 1) * r->key_count];
        bool same = true;
        for (uint16_t i = 0; i < r->key_count && same; i++)
            same = corm__value_equal(&key[i], &theirs[i]);
        if (same)
            status = corm__frozen_join(f->session, r, owners->items[at - 1], object);
    }
    return status;
}

/* The related objects of at most CORM__SIBLINGS_MAX owners, in one statement. */
static corm_status corm__frozen_chunk(corm__freezing *f, const corm__branch *branch, void **items,
                                      size_t count)
{
    corm_session *session = f->session;
    corm__relation *relation = branch->relation;
    const size_t size = corm__statement_size(count);
    const size_t lead = relation->association != NULL ? relation->key_count : 0;
    corm_value *keys = corm__keys_of(session, relation, items, count, size, corm__struct_itself);
    corm__writer w = {.values = keys,
                      .count = size * relation->key_count + relation->filter_values};
    corm__frozen_owners owners = {relation, items, keys, count, 0, NULL, NULL};
    if (keys == NULL || !corm__frozen_owners_index(session, &owners))
        return corm__no_memory(session);
    corm_status status = CORM_OK;
    const corm__shown all = {.limit = 0};
    if (!relation->holds_key) { /* a collection in its order */
        status = corm__shown_statement(session, relation, items, count,
                                       branch->shown != NULL ? branch->shown : &all,
                                       corm__struct_itself, &w);
    } else {
        corm__buffer_clear(&session->sql);
        corm__sql_related(&session->sql, session->engine->adapter->dialect, relation, size);
    }
    return status == CORM_OK
               ? corm__frozen_rows(f, relation->target, corm__prepare_sql(session), lead, w.values,
                                   w.count, corm__frozen_take_related, &owners)
               : status;
}

/* Whether related rows must be asked for; a reference may be NULL, or to an object that is there. */
static corm_status corm__frozen_is_open(corm__freezing *f, corm__relation *relation, void *owner,
                                        bool *open)
{
    corm__key key;
    corm__frozen_link *link = corm__frozen_link_at(f->session, owner, relation);
    if (link == NULL)
        return corm__no_memory(f->session);
    *open = !link->loaded;
    link->loaded = true;
    if (!*open)
        return CORM_OK;
    corm__key_read(relation->source, relation->local, relation->key_count, owner, &key);
    for (uint16_t i = 0; i < relation->key_count; i++)
        *open = *open && key.values[i].type != CORM_VALUE_NULL;
    if (!*open || !relation->holds_key || !relation->remote_is_key)
        return CORM_OK;
    void *target = corm__frozen_find(f, relation->target, key.values);
    if (target == NULL || !corm__is_a(corm__mapper_at(target), relation->target))
        return CORM_OK;
    *open = false;
    link->target = target;
    return CORM_OK;
}

static corm_status corm__frozen_eager(corm__freezing *f, const corm__branch *branch,
                                      const corm__vector *objects)
{
    corm__relation *relation = branch->relation;
    corm__vector owners = {NULL, 0, 0};
    corm_status status = CORM_OK;
    size_t most = corm__chunk_size(f->session, relation);
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++) {
        bool open = false;
        if (!corm__is_a(corm__mapper_at(objects->items[i]), relation->source))
            continue; /* of another model that inherits from the query's */
        status = corm__frozen_is_open(f, relation, objects->items[i], &open);
        if (status == CORM_OK && open && !corm__vector_push(&owners, objects->items[i]))
            status = corm__no_memory(f->session);
    }
    if (status == CORM_OK && branch->shown != NULL)
        status = corm__shown_chunk(f->session, relation, branch->shown, owners.items, owners.count,
                                   corm__struct_itself, &most);
    for (size_t i = 0; i < owners.count && status == CORM_OK; i += most)
        status = corm__frozen_chunk(f, branch, owners.items + i,
                                    owners.count - i < most ? owners.count - i : most);
    corm__vector_free(&owners);
    return status;
}

/* What a relationship of these objects leads to. */
static corm_status corm__frozen_targets(corm_session *session, const corm__relation *relation,
                                        const corm__vector *owners, corm__vector *out)
{
    for (size_t i = 0; i < owners->count; i++) {
        const corm__frozen_link *link =
            corm__is_a(corm__mapper_at(owners->items[i]), relation->source)
                ? corm__frozen_link_if(owners->items[i], relation)
                : NULL;
        if (link == NULL)
            continue;
        bool fine = link->target == NULL || corm__vector_push(out, link->target);
        for (uint32_t k = 0; k < link->count && fine; k++)
            fine = corm__vector_push(out, link->items[k]);
        if (!fine)
            return corm__no_memory(session);
    }
    return CORM_OK;
}

static corm_status corm__frozen_take_column(corm_session *session, const corm__column *column,
                                            const corm_value *row, void *argument)
{
    char why[256];
    bool memory = false;
    void *object = corm__frozen_find(argument, column->owner, row);
    if (object == NULL || !corm__is_a(corm__mapper_at(object), column->owner) ||
        corm__member_load(column, object, &row[column->owner->pk_count], &session->frozen->heap,
                          &memory, why, sizeof why))
        return CORM_OK;
    return corm__column_misfit(session, column, memory, why, row);
}

/* The deferred columns that the query asks for. */
static corm_status corm__frozen_columns(corm__freezing *f, const corm__vector *objects)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < corm__tree_column_count(f->tree) && status == CORM_OK; i++) {
        const corm__column *column = corm__tree_column(f->tree, i);
        corm__vector wanting = {NULL, 0, 0};
        for (size_t k = 0; k < objects->count && status == CORM_OK; k++)
            if (corm__is_a(corm__mapper_at(objects->items[k]), column->owner) &&
                column->info->options.deferred && !corm__vector_push(&wanting, objects->items[k]))
                status = corm__no_memory(f->session);
        if (status == CORM_OK)
            status = corm__column_rows(f->session, column, &wanting, corm__struct_itself,
                                       corm__frozen_take_column, f);
        corm__vector_free(&wanting);
    }
    return status;
}

/* The branches that the query's statement has not brought. */
static corm_status corm__frozen_rest(corm__freezing *f)
{
    const corm__tree *tree = f->tree;
    corm__vector objects[CORM__BRANCHES_MAX] = {{NULL, 0, 0}};
    corm_status status = corm__frozen_columns(f, f->roots);
    for (uint16_t i = 1; i < tree->count && status == CORM_OK; i++) {
        const corm__branch *branch = &tree->branches[i];
        const corm__vector *owners = branch->parent == 0 ? f->roots : &objects[branch->parent];
        if (branch->left_out)
            continue;
        if (!branch->joined)
            status = corm__frozen_eager(f, branch, owners);
        if (status == CORM_OK && (corm__tree_goes_on(tree, i) || corm__tree_wants(tree, i)))
            status = corm__frozen_targets(f->session, branch->relation, owners, &objects[i]);
        if (status == CORM_OK)
            status = corm__frozen_columns(f, &objects[i]);
    }
    for (uint16_t i = 1; i < tree->count; i++)
        corm__vector_free(&objects[i]);
    return status;
}

/* ---- Queries --------------------------------------------------------------------------------- */

static corm_status corm__frozen_roots(corm__freezing *f, corm__asking *asking)
{
    corm_session *session = f->session;
    corm__mapper *mapper = asking->mapper;
    corm__writer w;
    corm_error error;
    if (f->tree->tables == 1) {
        corm__prepared *prepared = corm__query_statement(session, asking);
        return corm__frozen_rows(f, mapper, prepared, 0, asking->w.values, asking->w.count,
                                 corm__frozen_take_root, NULL);
    }
    corm__writer_begin(session, &w, mapper->model, &error);
    if (corm__write_tree(&w, f->tree, asking->query, asking->by_key, NULL) != CORM_OK)
        return corm__writer_failed(session, &w);
    return corm__frozen_read_tree(f, w.values, w.count);
}

/* The read-only objects of a query into `roots`, with what comes along; the scratch arena is open. */
static corm_status corm__frozen_query(corm_session *session, corm__asking *asking,
                                      corm__vector *roots)
{
    corm__tree tree;
    corm__freezing f = {.session = session, .tree = &tree, .roots = roots};
    corm_status status = corm__tree_make(session, asking->mapper, asking->query, &tree);
    for (uint16_t i = 1; i < tree.count && status == CORM_OK; i++)
        if (tree.branches[i].left_out && tree.branches[i].shown != NULL)
            status = corm__fail(session, CORM_MISUSE,
                                "corm_load_where: %s.%s is .later, but nothing is loaded on access "
                                "of objects that are .read_only: leave one of the two out",
                                tree.branches[i].relation->source->model->name,
                                tree.branches[i].relation->name);
    f.linked = tree.count > 1 || corm__tree_column_count(&tree) > 0;
    if (status == CORM_OK)
        status = corm__frozen_roots(&f, asking);
    if (status == CORM_OK && f.linked)
        status = corm__frozen_rest(&f);
    corm__free(f.known.block);
    corm__free(f.seen.slots);
    return status;
}

/* The list of a query; items NULL: out of memory. */
static corm_list corm__frozen_list_of(corm_session *session, const corm__vector *found)
{
    const size_t size = found->count * sizeof(void *);
    corm_list list = {corm__heap_allocate(&session->frozen->heap, size), found->count};
    if (list.items != NULL)
        memcpy(list.items, found->items, size);
    return list;
}

#endif /* CORM__ROOM_FREEZING_C */
