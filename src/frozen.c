/* frozen.c: read-only objects, the rows of a query outside of tracking.
 *
 * Owns: their memory, their links, telling what was loaded. They have no record, no snapshot and no
 * identity beyond their query: one row is one object among those that came together where relationships
 * are loaded, and costs its struct and its texts where none are.
 * Must not know: SQL text, how tracked objects are loaded, changed or written. */
#ifndef CORM__ROOM_FROZEN_C
#define CORM__ROOM_FROZEN_C

#include "eager.c"

/* ---- Memory ---------------------------------------------------------------------------------- */

enum {
    CORM__FROZEN_SLABS_FIRST = 2,
    CORM__FROZEN_SLABS_LAST = CORM__WIDE / CORM__SLAB_SIZE - 1,
    CORM__FROZEN_KEPT = 64 /* slabs: 1 MiB is kept for the next transaction, not more */
};

/* Frees the memory of all read-only objects of the session. */
static void corm__frozen_free(corm_session *session)
{
    corm__frozen *frozen = session->frozen;
    if (frozen == NULL)
        return;
    corm__global_lock();
    for (size_t i = 0; i < frozen->slabs.count; i++)
        corm__directory_remove(frozen->slabs.items[i]);
    corm__global_unlock();
    for (size_t i = 0; i < frozen->memory.count; i++)
        corm__free(frozen->memory.items[i]);
    corm__vector_free(&frozen->memory);
    corm__vector_free(&frozen->slabs);
    corm__heap_free(&frozen->heap);
    corm__free(frozen->open);
    corm__free(frozen);
    session->frozen = NULL;
}

static void corm__frozen_release(corm_session *session)
{
    corm__frozen *frozen = session->frozen;
    if (frozen->slabs.count > CORM__FROZEN_KEPT) {
        corm__frozen_free(session);
        return;
    }
    for (size_t i = 0; i < frozen->taken; i++) {
        corm__slab *slab = (corm__slab *)frozen->slabs.items[i];
        slab->used = 0;
        CORM__POISON((char *)slab + slab->first, CORM__SLAB_SIZE - slab->first);
    }
    frozen->taken = 0;
    corm__heap_reset(&frozen->heap);
    memset(frozen->open, 0, 2 * session->registry->count * sizeof *frozen->open);
}

static corm__frozen *corm__frozen_of(corm_session *session)
{
    if (session->frozen != NULL)
        return session->frozen;
    corm__frozen *frozen = corm__allocate_zeroed(1, sizeof *frozen);
    corm__slab **open = corm__allocate_zeroed(2 * session->registry->count, sizeof *open);
    if (frozen == NULL || open == NULL) {
        corm__free(frozen);
        corm__free(open);
        return NULL;
    }
    frozen->open = open;
    return session->frozen = frozen;
}

/* More slabs, as many as there are already, within bounds. */
static bool corm__frozen_grow(corm__frozen *frozen)
{
    size_t count = frozen->slabs.count;
    count = count < CORM__FROZEN_SLABS_FIRST  ? CORM__FROZEN_SLABS_FIRST
            : count > CORM__FROZEN_SLABS_LAST ? CORM__FROZEN_SLABS_LAST
                                              : count;
    void *memory;
    char *first = corm__allocate_wide((count + 1) * CORM__SLAB_SIZE, false, &memory);
    if (first == NULL || !corm__vector_reserve(&frozen->slabs, frozen->slabs.count + count) ||
        !corm__vector_push(&frozen->memory, memory)) {
        corm__free(memory);
        return false;
    }
    const size_t past = (uintptr_t)first & (CORM__SLAB_SIZE - 1);
    first += past == 0 ? 0 : CORM__SLAB_SIZE - past;
    corm__global_lock();
    for (size_t i = 0; i < count; i++) {
        corm__slab *slab = (corm__slab *)(void *)(first + i * CORM__SLAB_SIZE);
        memset(slab, 0, sizeof *slab);
        slab->first = CORM__SLAB_SIZE; /* holds nothing yet */
        if (!corm__directory_add(slab))
            break;
        (void)corm__vector_push(&frozen->slabs, slab);
    }
    corm__global_unlock();
    return frozen->slabs.count > frozen->taken;
}

/* An open slab for objects of the model, `linked`: with room for their links. NULL: out of memory. */
static corm__slab *corm__frozen_open(corm_session *session, corm__mapper *mapper, bool linked)
{
    corm__frozen *frozen = session->frozen;
    if (frozen->taken == frozen->slabs.count && !corm__frozen_grow(frozen))
        return NULL;
    corm__slab *slab = (corm__slab *)frozen->slabs.items[frozen->taken];
    CORM__UNPOISON(slab, CORM__SLAB_SIZE);
    corm__slab_shape(slab, mapper);
    slab->owner = session;
    if (linked) {
        const size_t size = slab->capacity * sizeof *slab->links;
        slab->links = corm__heap_allocate(&frozen->heap, size);
        if (slab->links == NULL)
            return NULL;
        memset(slab->links, 0, size);
    }
    frozen->taken++;
    return frozen->open[2 * (size_t)mapper->index + linked] = slab;
}

/* ---- Objects --------------------------------------------------------------------------------- */

typedef struct corm__freezing { /* a query on its way */
    corm_session *session;
    const corm__tree *tree;
    corm__vector *roots;  /* the query's objects */
    corm__hash_map known; /* all that came with it, by key; empty where nothing is loaded along */
    corm__pairs seen;     /* links, and items in them */
    void *now[CORM__BRANCHES_MAX]; /* the objects of this row; NULL: none */
    bool linked;                   /* relationships are loaded */
    bool simple;                   /* corm__tree_is_simple */
} corm__freezing;

static uint64_t corm__frozen_hash(const corm__mapper *root, const corm_value *key)
{
    return corm__key_hash(root, key) + root->index * UINT64_C(0x9E3779B97F4A7C15);
}

static void *corm__frozen_find(const corm__freezing *f, const corm__mapper *mapper,
                               const corm_value *key)
{
    const corm__hash_map *map = &f->known;
    const uint64_t hash = corm__frozen_hash(mapper->root, key);
    if (map->count == 0)
        return NULL;
    size_t i = corm__hash_home(map, hash);
    for (; map->slots[i].object != NULL; i = (i + 1) & (map->capacity - 1)) {
        void *object = map->slots[i].object;
        const corm__mapper *own = corm__mapper_at(object);
        corm__key other;
        if (map->slots[i].hash != hash || own->root != mapper->root)
            continue;
        corm__key_read(own, own->pk, own->pk_count, object, &other);
        bool same = true;
        for (size_t k = 0; k < own->pk_count && same; k++)
            same = corm__value_equal(&other.values[k], &key[k]);
        if (same)
            return object;
    }
    return NULL;
}

/* The object of a row of exactly this model: one that is there, or a new one. */
static corm_status corm__frozen_make(corm__freezing *f, corm__mapper *mapper, const corm_value *row,
                                     void **out)
{
    corm_session *session = f->session;
    corm__frozen *frozen = session->frozen;
    corm_value key[CORM__KEY_MAX];
    char why[256];
    for (size_t i = 0; f->linked && i < mapper->pk_count; i++)
        key[i] = row[mapper->pk[i]];
    if (f->linked && (*out = corm__frozen_find(f, mapper, key)) != NULL)
        return CORM_OK;
    corm__slab *slab = frozen->open[2 * (size_t)mapper->index + f->linked];
    if (slab == NULL || slab->used == slab->capacity)
        slab = corm__frozen_open(session, mapper, f->linked);
    if (slab == NULL || (f->linked && !corm__hash_reserve(&f->known, 1)))
        return corm__no_memory(session);
    void *object = corm__object_at(slab, slab->used);
    memset(object, 0, mapper->size);
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        bool memory = false;
        if (CORM__LIKELY(corm__member_load_quickly(column, object, &row[i], &frozen->heap)) ||
            (mapper->deferred >> i & 1) != 0)
            continue;
        if (!corm__member_load(column, object, &row[i], &frozen->heap, &memory, why, sizeof why))
            return corm__load_misfit(session, column, memory, why, row);
    }
    slab->used++;
    *out = object;
    if (!f->linked)
        return CORM_OK;
    corm__hash_add(&f->known, corm__frozen_hash(mapper->root, key), object);
    return CORM_OK;
}

static corm_status corm__frozen_of_row(corm__freezing *f, corm__mapper *mapper,
                                       const corm_value *row, void **out)
{
    corm_value own[CORM__COLUMN_MAX];
    if (mapper->discriminator != NULL) {
        corm_status status = corm__kind_of_row(f->session, mapper, own, &row, &mapper);
        if (status != CORM_OK)
            return status;
    }
    return corm__frozen_make(f, mapper, row, out);
}

/* ---- Links ----------------------------------------------------------------------------------- */

/* What is known of a relationship of the object; NULL: nothing. */
static corm__frozen_link *corm__frozen_link_if(const void *object, const corm__relation *relation)
{
    const corm__slab *slab = corm__slab_of(object);
    corm__frozen_link *links =
        slab->links == NULL ? NULL : slab->links[corm__place_of(slab, object)];
    return links == NULL ? NULL : &links[relation->index];
}

/* The same, made at first use; NULL: out of memory. The object is one of a linked slab. */
static corm__frozen_link *corm__frozen_link_at(corm_session *session, void *object,
                                               const corm__relation *relation)
{
    corm__slab *slab = corm__slab_of(object);
    corm__frozen_link **links = &slab->links[corm__place_of(slab, object)];
    if (*links == NULL) {
        const size_t size = slab->mapper->relation_count * sizeof **links;
        *links = corm__heap_allocate(&session->frozen->heap, size);
        if (*links == NULL)
            return NULL;
        memset(*links, 0, size);
    }
    return &(*links)[relation->index];
}

static bool corm__frozen_push(corm_session *session, corm__frozen_link *link, void *item)
{
    corm__heap *heap = &session->frozen->heap;
    if (link->count > 0 && link->items[link->count - 1] == item)
        return true; /* a pair that an association table holds twice: they are sorted */
    if (link->count == link->capacity) {
        const uint32_t larger = link->capacity == 0 ? 4 : link->capacity * 2;
        void **grown = corm__heap_allocate(heap, larger * sizeof *grown);
        if (grown == NULL)
            return false;
        if (link->count > 0)
            memcpy(grown, link->items, link->count * sizeof *grown);
        corm__heap_release(heap, link->items, link->capacity * sizeof *grown);
        link->items = grown;
        link->capacity = larger;
    }
    link->items[link->count++] = item;
    return true;
}

/* The target belongs to the owner's end, whose link counts as loaded; and a collection's owner to the
 * other end, so that the way back is known. */
static corm_status corm__frozen_join(corm_session *session, const corm__relation *relation,
                                     void *owner, void *target)
{
    const corm__relation *inverse = relation->inverse;
    corm__frozen_link *link = corm__frozen_link_at(session, owner, relation);
    if (link == NULL || (relation->to_many && !corm__frozen_push(session, link, target)))
        return corm__no_memory(session);
    if (!relation->to_many && link->target == NULL)
        link->target = target;
    if (relation->holds_key || relation->association != NULL || inverse->filter_count > 0 ||
        inverse->hidden)
        return CORM_OK;
    link = corm__frozen_link_at(session, target, inverse);
    if (link == NULL)
        return corm__no_memory(session);
    link->target = owner;
    link->loaded = true;
    return CORM_OK;
}

/* ---- What was loaded ------------------------------------------------------------------------- */

/* Whether objects of this model have the relationship, and it is a collection or not, as is asked; else
 * the error is recorded. */
static bool corm__relation_fits(corm_session *session, const corm__mapper *mapper,
                                const corm__relation *relation, bool to_many)
{
    if (relation == NULL || !corm__is_a(mapper, relation->source)) {
        (void)corm__fail(session, CORM_WRONG_MODEL,
                         "the relationship is one of %s, the object is of %s",
                         relation == NULL ? "another schema" : relation->source->model->name,
                         mapper->model->name);
        return false;
    }
    if (relation->to_many == to_many)
        return true;
    (void)corm__fail(session, CORM_MISUSE, "%s.%s is %s", mapper->model->name, relation->name,
                     relation->to_many ? "a collection" : "a single object");
    return false;
}

/* The loaded link of a read-only object; NULL with the error recorded. */
static const corm__frozen_link *corm__frozen_loaded(const void *object,
                                                    corm_relationship_ref reference, bool to_many)
{
    char label[CORM__LABEL_SIZE];
    corm__slab *slab = corm__frozen_slab(object);
    corm_session *session = slab->owner;
    const corm__mapper *mapper = slab->mapper;
    const corm__relation *relation = corm__relation_of(mapper->registry, reference);
    if (!corm__relation_fits(session, mapper, relation, to_many))
        return NULL;
    const corm__frozen_link *link = corm__frozen_link_if(object, relation);
    if (link != NULL && link->loaded)
        return link;
    (void)corm__fail(
        session, CORM_NOT_LOADED,
        "%s.%s was not loaded with the query of %s, which is read-only: name it in the "
        "query's .load, or leave .read_only out",
        relation->source->model->name, relation->name,
        corm__label_struct(mapper, object, 0, label));
    return NULL;
}

#endif /* CORM__ROOM_FROZEN_C */
