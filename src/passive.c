/* passive.c: objects that the database has seen to together with their parents' rows (.passive_deletes).
 *
 * Owns: finding, among the objects that the session has, those whose rows went with their parents' or refer to nobody
 * now.
 * Must not know: how rows are deleted, how a failure is undone. */
#ifndef CORM__ROOM_PASSIVE_C
#define CORM__ROOM_PASSIVE_C

#include "many.c"

/* A child that is deleted keeps whom it refers to, who is deleted as well and not found by a key any more. */
static void corm__refers_still(void *child, const corm__relation *reference, void *parent)
{
    corm__extra *extra = corm__record_of(child)->extra;
    corm__link *link = extra == NULL ? NULL : &extra->links[reference->index];
    if (link == NULL || link->loaded) /* no memory: it is not known */
        return;
    link->target = parent;
    link->loaded = true;
}

/* A child in the session of which the database has deleted the row together with its parent's, or which it has
 * made refer to nobody. */
static corm_status corm__left_to_database(corm_session *session, corm__plan *plan, void *parent,
                                          const corm__relation *relation, void *child)
{
    const corm_action action =
        relation->target->columns[relation->remote[0]].info->options.on_delete;
    if (action == CORM_ACTION_SET_NULL)
        return corm__follow_one(session, plan, child, relation->remote, relation->key_count, NULL,
                                parent);
    if (action == CORM_ACTION_SET_DEFAULT)
        return corm__follow_default(session, plan, child, relation->remote, relation->key_count,
                                    parent);
    if (!corm__vector_push(&plan->passive, child) ||
        !corm__journal_push(session, CORM__DELETED, child, NULL))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    corm__is_deleted(session, child);
    corm__refers_still(child, relation->inverse, parent);
    return CORM_OK;
}

/* Whether the database deletes what the relationship leads to with its owner, or cuts it loose. */
static bool corm__is_deleted_by_database(const corm__relation *relation)
{
    if (relation->holds_key || relation->association != NULL)
        return false;
    const corm_action action =
        relation->target->columns[relation->remote[0]].info->options.on_delete;
    return corm__acts(action);
}

/* Parents of one model whose rows were deleted, by the key that the children of a relationship have of them. */
typedef struct corm__bereaving {
    corm__relation *relation;
    corm__hash_map parents;
} corm__bereaving;

/* Who has this key; NULL: none of them. */
static void *corm__bereaving_parent(const corm__bereaving *b, const corm__key *key)
{
    const corm__relation *relation = b->relation;
    const size_t mask = b->parents.capacity - 1;
    for (uint16_t k = 0; k < relation->key_count; k++)
        if (key->values[k].type == CORM_VALUE_NULL)
            return NULL;
    const uint64_t hash = corm__values_hash(key, relation->key_count);
    for (size_t i = corm__hash_home(&b->parents, hash); b->parents.slots[i].object != NULL;
         i = (i + 1) & mask) {
        void *parent = b->parents.slots[i].object;
        corm__key own;
        bool same = b->parents.slots[i].hash == hash;
        if (same)
            corm__key_read(relation->source, relation->local, relation->key_count,
                           corm__snapshot_of(parent), &own);
        for (uint16_t k = 0; k < relation->key_count && same; k++)
            same = corm__value_equal(&own.values[k], &key->values[k]);
        if (same)
            return parent;
    }
    return NULL;
}

static corm_status corm__bereaved(corm_session *session, corm__plan *plan, const corm__bereaving *b,
                                  void *child)
{
    const corm__relation *relation = b->relation;
    corm__key key;
    corm__key_read(relation->target, relation->remote, relation->key_count,
                   corm__snapshot_of(child), &key);
    void *parent = corm__bereaving_parent(b, &key);
    return parent == NULL ? CORM_OK
                          : corm__left_to_database(session, plan, parent, relation, child);
}

/* Their children of one model. */
static corm_status corm__bereaved_of(corm_session *session, corm__plan *plan,
                                     const corm__bereaving *b, const corm__mapper *target)
{
    corm__at_object place = {0, 0, 0};
    corm_status status = CORM_OK;
    for (void *child;
         status == CORM_OK && (child = corm__next_of(session, target, &place)) != NULL;)
        status = corm__bereaved(session, plan, b, child);
    return status;
}

/* Those that this flush has written: what it looked at when it was planned did not have them yet. */
static corm_status corm__bereaved_written(corm_session *session, corm__plan *plan,
                                          const corm__bereaving *b)
{
    const corm__work *work = &plan->works[b->relation->target->root->index];
    const corm__vector *lists[2] = {&work->inserts, &work->updates};
    corm_status status = CORM_OK;
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < lists[l]->count && status == CORM_OK; i++) {
            void *child = lists[l]->items[i];
            if (corm__has_row(corm__record_of(child)) &&
                corm__is_a(corm__mapper_at(child), b->relation->target))
                status = corm__bereaved(session, plan, b, child);
        }
    return status;
}

/* Whether a new object has the row of one that was to be deleted: then nothing was. */
static bool corm__is_taken_over(corm_session *session, const corm__mapper *model,
                                const void *parent)
{
    corm__key key;
    corm__key_read(model, model->pk, model->pk_count, corm__snapshot_of(parent), &key);
    return corm__identity_find(session, model->root, key.values) != NULL;
}

/* The children that a relationship gives to those of the parents, from `first` to `end`, that are of this model. Without
 * .passive_deletes the flush has seen to those that were there, unless the database has deleted the parent itself. */
static corm_status corm__bereave(corm_session *session, corm__plan *plan, const corm__mapper *model,
                                 corm__relation *relation, const corm__vector *parents,
                                 size_t first, size_t end)
{
    const corm__work *work = &plan->works[relation->target->root->index];
    const bool written = parents != &plan->passive && !relation->passive_deletes;
    corm__bereaving b = {.relation = relation};
    corm_status status = CORM_OK;
    if (written && work->inserts.count + work->updates.count == 0)
        return CORM_OK;
    if (!corm__hash_make(&b.parents, end - first))
        return corm__no_memory(session);
    for (size_t i = first; i < end; i++) {
        corm__key key;
        if (corm__mapper_at(parents->items[i]) != model ||
            corm__is_taken_over(session, model, parents->items[i]))
            continue;
        corm__key_read(relation->source, relation->local, relation->key_count,
                       corm__snapshot_of(parents->items[i]), &key);
        corm__hash_add(&b.parents, corm__values_hash(&key, relation->key_count), parents->items[i]);
    }
    if (b.parents.count > 0 && written)
        status = corm__bereaved_written(session, plan, &b);
    else
        for (size_t f = 0; b.parents.count > 0 && f < relation->target->family_count; f++)
            if (status == CORM_OK)
                status = corm__bereaved_of(session, plan, &b, relation->target->family[f]);
    if (b.parents.count > 0 &&
        relation->target->columns[relation->remote[0]].info->options.on_delete ==
            CORM_ACTION_SET_DEFAULT)
        corm__follow_owners(session, relation);
    corm__free(b.parents.block);
    return status;
}

static corm_status corm__bereave_all(corm_session *session, corm__plan *plan,
                                     const corm__mapper *model, const corm__vector *parents,
                                     size_t first, size_t end)
{
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < model->relation_count && status == CORM_OK; i++) {
        if (!corm__is_deleted_by_database(model->relations[i]))
            continue;
        corm__acted(session);
        status = corm__bereave(session, plan, model, model->relations[i], parents, first, end);
    }
    return status;
}

/* After the rows are deleted. What went with them may take others along: they follow in rounds. */
static corm_status corm__write_passive(corm_session *session, corm__plan *plan)
{
    const corm__registry *registry = session->registry;
    corm_status status = CORM_OK;
    for (size_t m = 0; m < registry->count && status == CORM_OK; m++) {
        const corm__mapper *model = &registry->mappers[m];
        const corm__vector *deletes = &plan->works[model->root->index].deletes;
        if (deletes->count > 0)
            status = corm__bereave_all(session, plan, model, deletes, 0, deletes->count);
    }
    for (size_t first = 0, end; first < plan->passive.count && status == CORM_OK; first = end) {
        end = plan->passive.count;
        for (size_t m = 0; m < registry->count && status == CORM_OK; m++)
            status =
                corm__bereave_all(session, plan, &registry->mappers[m], &plan->passive, first, end);
    }
    return status == CORM_OK && plan->followed_count > 0 ? corm__follow_all(session, plan) : status;
}

#endif /* CORM__ROOM_PASSIVE_C */
