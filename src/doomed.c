/* doomed.c: what a flush deletes.
 *
 * Owns: collecting deleted and orphaned objects; references that must be cut because their target goes;
 * what is to be known of a row before it is gone.
 * Must not know: SQL text, the order in which rows are deleted. */
#ifndef CORM__ROOM_DOOMED_C
#define CORM__ROOM_DOOMED_C

#include "plan.c"

/* ---- Deleted objects and orphans ------------------------------------------------------------- */

/* Whether an object that is marked deleted was put to a parent since the last flush, one that stays:
 * then this flush writes that, and the next one deletes. */
static bool corm__is_placed_anew(void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    if (record->extra == NULL)
        return false;
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        const corm__link *link = relation->holds_key && !relation->inverse->hidden
                                     ? corm__link_if(object, relation)
                                     : NULL;
        if (link == NULL || !link->loaded || !link->changed || link->target == NULL)
            continue;
        const corm__record *target = corm__record_of(link->target);
        if (corm__is_in_session(target) && !(target->flags & (CORM__MARKED_DELETED | CORM__DOOMED)))
            return true;
    }
    return false;
}

static corm_status corm__plan_doom(corm_session *session, corm__plan *plan, void *object)
{
    corm__record *record = corm__record_of(object);
    if ((record->flags & CORM__DOOMED) || !corm__has_row(record))
        return CORM_OK;
    if (!corm__vector_push(&corm__work_of(plan, object)->deletes, object))
        return corm__no_memory(session);
    record->flags |= CORM__DOOMED;
    plan->statements++;
    return CORM_OK;
}

static corm_status corm__plan_deleted(corm_session *session, corm__plan *plan)
{
    corm_status status = CORM_OK;
    void *first = corm__first_of(&session->deleted);
    if (first != NULL &&
        !corm__vector_reserve(&corm__work_of(plan, first)->deletes, session->deleted.count))
        return corm__no_memory(session);
    for (size_t i = 0; i < session->deleted.count && status == CORM_OK; i++) {
        void *object = session->deleted.items[i];
        if (object != NULL && corm__is_placed_anew(object))
            plan->postponed = true;
        else if (object != NULL)
            status = corm__plan_doom(session, plan, object);
    }
    return status;
}

/* Orphans go with what their delete cascades reach. */
static corm_status corm__plan_orphans(corm_session *session, corm__plan *plan)
{
    for (size_t i = 0; plan->relinks && i < session->linked.count; i++) {
        void *object = session->linked.items[i];
        corm__walk walk = {CORM_CASCADE_DELETE, true, {NULL, 0, 0}, {NULL, 0, 0}};
        if (object == NULL || !corm__has_row(corm__record_of(object)) || !corm__is_orphan(object))
            continue;
        corm_status status = corm__walk_run(session, &walk, object);
        for (size_t k = 0; k < walk.found.count && status == CORM_OK; k++)
            status = corm__plan_doom(session, plan, walk.found.items[k]);
        corm__walk_end(session, &walk);
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

/* The object from whose row a flush takes the column of a new one, and which column of it; NULL: from none. */
static void *corm__lender_of(void *object, uint16_t column, uint16_t *remote)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        const corm__link *link = relation->holds_key ? corm__link_if(object, relation) : NULL;
        for (uint16_t k = 0; link != NULL && k < relation->key_count; k++) {
            *remote = relation->remote[k];
            if (relation->local[k] == column && link->loaded && link->changed &&
                link->target != NULL)
                return link->target;
        }
    }
    return NULL;
}

/* One column of a new object's key, whether or not it has been taken from a reference by now. false: it is not known. */
static bool corm__key_part_of(void *object, uint16_t column, corm_value *out, char *scratch)
{
    uint16_t remote = column;
    void *lender = corm__lender_of(object, column, &remote);
    lender = lender == NULL || lender == object ? object : lender;
    remote = lender == object ? column : remote;
    const corm__record *record = corm__record_of(lender);
    *out = corm__member_value(&corm__mapper_at(lender)->columns[remote], lender, scratch);
    return !corm__is_new(record) || (record->flags & CORM__WRITTEN) ||
           !(corm__standing_of(record)->unset >> remote & 1);
}

/* The object that is deleted in this flush under the key that a new object brings, or NULL. */
static void *corm__switched(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__key key;
    for (uint16_t i = 0; i < mapper->pk_count; i++)
        if (!corm__key_part_of(object, mapper->pk[i], &key.values[i], key.scratch[i]))
            return NULL;
    void *other = corm__identity_find(session, mapper->root, key.values);
    return other != NULL && other != object && (corm__record_of(other)->flags & CORM__DOOMED)
               ? other
               : NULL;
}

/* ---- Cuts ------------------------------------------------------------------------------------ */

/* Whether the child was put to its parent since the last flush, and the database is going to refuse
 * that this one is deleted. */
static bool corm__is_contradiction(void *child, const corm__relation *relation)
{
    const corm__link *link = corm__link_if(child, relation);
    bool refused = link != NULL && link->loaded && link->changed;
    for (uint16_t i = 0; i < relation->key_count && refused; i++) {
        const corm__column *column = &relation->source->columns[relation->local[i]];
        refused = column->reference != NULL && !corm__acts(column->info->options.on_delete);
    }
    return refused;
}

/* Reads the lists of all objects that are deleted, as far as they are not known. */
static corm_status corm__plan_lists(corm_session *session, corm__plan *plan,
                                    corm__relation *relation)
{
    const corm__vector *deletes = &plan->works[relation->source->root->index].deletes;
    corm__vector owners = {NULL, 0, 0};
    corm_status status = CORM_OK;
    for (size_t i = 0; i < deletes->count && status == CORM_OK; i++) {
        void *object = deletes->items[i];
        corm__link *link = corm__is_a(corm__mapper_at(object), relation->source)
                               ? corm__link_if(object, relation)
                               : NULL;
        const bool known = link != NULL && link->loaded &&
                           (!link->prefetched || corm__prefetch_is_valid(session, relation, link));
        if (known)
            link->prefetched = false;
        else if (corm__is_a(corm__mapper_at(object), relation->source) &&
                 !corm__vector_push(&owners, object))
            status = corm__no_memory(session);
    }
    if (status == CORM_OK && owners.count > 0)
        status = corm__load_lists(session, relation, &owners, false, false);
    corm__vector_free(&owners);
    return status;
}

/* Children that stay although their parent goes: their reference is cut. */
static corm_status corm__plan_cuts_of(corm_session *session, corm__plan *plan, void *parent,
                                      corm__relation *relation)
{
    corm__link *link = corm__link_if(parent, relation);
    corm__vector children = {NULL, 0, 0};
    corm_status status = CORM_OK;
    void *only = NULL;
    if (relation->passive_deletes && (link == NULL || !link->loaded))
        return CORM_OK;
    if (relation->to_many) {
        status = corm__list_ready(session, parent, relation, false, &link);
        for (uint32_t i = 0; status == CORM_OK && i < link->count; i++)
            status =
                corm__vector_push(&children, link->items[i]) ? CORM_OK : corm__no_memory(session);
    } else {
        status = corm__one_ready(session, parent, relation, false, &only);
        if (status == CORM_OK && only != NULL && !corm__vector_push(&children, only))
            status = corm__no_memory(session);
    }
    for (size_t i = 0; i < children.count && status == CORM_OK; i++) {
        void *child = children.items[i];
        bool known = false;
        corm__record *record = corm__record_of(child);
        if (!corm__is_in_session(record) || (record->flags & CORM__DOOMED) ||
            corm__one_now(session, child, relation->inverse, &known) != parent ||
            corm__is_contradiction(child, relation->inverse))
            continue;
        if (corm__has_row(record))
            status = corm__plan_update(session, child, plan);
        if (status == CORM_OK && !corm__cut_push(&plan->cuts, &plan->cut_count, &plan->cut_capacity,
                                                 (corm__cut){child, relation->inverse, parent}))
            status = corm__no_memory(session);
    }
    corm__vector_free(&children);
    return status;
}

/* Whether children stay when their parent goes. */
static bool corm__is_cut(const corm__relation *relation)
{
    return !relation->holds_key && !relation->hidden && !relation->view_only &&
           relation->association == NULL && !(relation->cascade & CORM_CASCADE_DELETE);
}

/* The children of all parents of this model are read together. Those that are not are told of one by one. */
static corm_status corm__plan_children(corm_session *session, corm__plan *plan,
                                       const corm__mapper *mapper)
{
    corm_status status = CORM_OK;
    for (uint16_t r = 0; r < mapper->relation_count && status == CORM_OK; r++) {
        corm__relation *relation = mapper->relations[r];
        if (relation->source == mapper && corm__is_cut(relation) && !relation->passive_deletes &&
            relation->lazy != CORM_LAZY_WRITE_ONLY)
            status = corm__plan_lists(session, plan, relation);
    }
    return status;
}

/* Of the deleted objects of a root's tables. */
static corm_status corm__plan_root_cuts(corm_session *session, corm__plan *plan,
                                        const corm__mapper *root)
{
    const corm__vector *deletes = &plan->works[root->index].deletes;
    corm_status status = CORM_OK;
    for (size_t f = 0; f < root->family_count && status == CORM_OK; f++)
        status = corm__plan_children(session, plan, root->family[f]);
    for (size_t i = 0; i < deletes->count && status == CORM_OK; i++) {
        const corm__mapper *mapper = corm__mapper_at(deletes->items[i]);
        for (uint16_t r = 0; r < mapper->relation_count && status == CORM_OK; r++)
            if (corm__is_cut(mapper->relations[r]))
                status = corm__plan_cuts_of(session, plan, deletes->items[i], mapper->relations[r]);
    }
    return status;
}

static corm_status corm__plan_cuts(corm_session *session, corm__plan *plan)
{
    corm_status status = CORM_OK;
    for (size_t m = 0; m < session->registry->count && status == CORM_OK; m++)
        if (plan->works[m].deletes.count > 0)
            status = corm__plan_root_cuts(session, plan, &session->registry->mappers[m]);
    return status;
}

static int corm__compare_cuts(const void *a, const void *b)
{
    uintptr_t one = (uintptr_t)((const corm__cut *)a)->child;
    uintptr_t other = (uintptr_t)((const corm__cut *)b)->child;
    return (one > other) - (one < other);
}

/* The cut of this reference, or NULL. The cuts must be sorted by child. */
static const corm__cut *corm__cut_of(const corm__plan *plan, const void *object,
                                     const corm__relation *relation)
{
    size_t low = 0, high = plan->cut_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)plan->cuts[middle].child < (uintptr_t)object)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < plan->cut_count && plan->cuts[low].child == object; low++) {
        if (plan->cuts[low].relation == relation)
            return &plan->cuts[low];
    }
    return NULL;
}

/* ---- What was linked ------------------------------------------------------------------------- */

/* What is deleted knows what it was linked to, although the rows of the links go with it: lists that
 * the program may look at are read before. */
static corm_status corm__plan_all_lists(corm_session *session, corm__plan *plan)
{
    corm_status status = CORM_OK;
    for (size_t a = 0; a < session->registry->association_count; a++) {
        for (unsigned side = 0; side < 2 && status == CORM_OK; side++) {
            corm__relation *relation = session->registry->associations[a]->sides[side];
            if (!relation->hidden && !relation->passive_deletes &&
                relation->lazy != CORM_LAZY_WRITE_ONLY && relation->lazy != CORM_LAZY_RAISE)
                status = corm__plan_lists(session, plan, relation);
        }
    }
    return status;
}

#endif /* CORM__ROOM_DOOMED_C */
