/* flush.c: the unit of work.
 *
 * Owns: writing a plan: foreign keys from references, one statement for each new, changed and deleted row, links of many-to-many, and what
 * becomes of the objects when it has succeeded.
 * Must not know: how a failure is undone. */
#ifndef CORM__ROOM_FLUSH_C
#define CORM__ROOM_FLUSH_C

#include "story.c"

/* ---- Checks before the first statement ----------------------------------------------------------------- */

static corm_status corm__check_columns(corm_session *session, void *object, uint64_t columns)
{
    corm__mapper *mapper = corm__mapper_at(object);
    void *snapshot = corm__snapshot_of(object);
    uint64_t unset = corm__unset_of(corm__record_of(object));
    char why[128], label[CORM__LABEL_SIZE];
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        if (!(columns >> i & 1) || (unset >> i & 1))
            continue;
        if (!corm__member_check(column, object, why, sizeof why))
            return corm__fail(session, CORM_DATA, "%s.%s: %s (%s)", mapper->model->table, column->name, why,
                              corm__label(object, label));
        if (!corm__member_own(session, column, object, snapshot))
            return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    }
    return CORM_OK;
}

/* Assigning a value ends unset. */
static void corm__end_unset(void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    const void *snapshot = corm__snapshot_of(object);
    for (uint16_t i = 0; record->as.unset >> i != 0; i++) {
        if ((record->as.unset >> i & 1) && !corm__member_equal(&mapper->columns[i], object, snapshot))
            record->as.unset &= ~(UINT64_C(1) << i);
        if (i == CORM__COLUMN_MAX - 1)
            break;
    }
}

static corm_status corm__check_plan(corm_session *session, corm__plan *plan)
{
    corm_status status = CORM_OK;
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__work *work = &plan->works[m];
        for (size_t i = 0; i < work->updates.count && status == CORM_OK; i++) {
            void *object = work->updates.items[i];
            if (corm__record_of(object)->flags & CORM__DOOMED)
                continue;
            status = corm__check_columns(session, object,
                                         corm__changed_columns(corm__mapper_at(object), object,
                                                               corm__snapshot_of(object), corm__record_of(object)));
        }
        for (size_t i = 0; i < work->inserts.count && status == CORM_OK; i++) {
            corm__end_unset(work->inserts.items[i]);
            status = corm__check_columns(session, work->inserts.items[i], ~UINT64_C(0));
        }
    }
    return status;
}

/* ---- Foreign keys from references -------------------------------------------------------------------------- */

static void corm__unset_column(corm_session *session, void *object, uint16_t column, bool unset)
{
    corm__record *record = corm__record_of(object);
    uint64_t bit = UINT64_C(1) << column;
    uint64_t *bits = &record->as.unset;
    if (corm__has_row(record)) {
        corm__extra *extra = record->extra;
        if (extra == NULL)
            return;
        if (unset && (extra->touched | extra->unset) == 0)
            session->touched++;
        bits = &extra->unset;
    }
    *bits = unset ? *bits | bit : *bits & ~bit;
}

static corm_status corm__sync_null(corm_session *session, void *object, const corm__relation *relation)
{
    corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        const corm__column *column = &mapper->columns[relation->local[i]];
        if (!column->optional && corm__extra_of(object) == NULL)
            return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
        corm__member_clear(column, object);
        if (!column->optional)
            corm__unset_column(session, object, column->index, true);
    }
    return CORM_OK;
}

static corm_status corm__sync_key(corm_session *session, void *object, const corm__relation *relation, void *target)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__key key;
    corm__key_read(relation->target, relation->remote, relation->key_count, target, &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        const corm__column *column = &mapper->columns[relation->local[i]];
        char why[64], scratch[CORM__SCRATCH];
        bool memory = false;
        corm_value known = corm__member_value(column, object, scratch);
        if (!corm__value_equal(&known, &key.values[i]) &&
            !corm__member_load(column, object, &key.values[i], &session->heap, &memory, why, sizeof why))
            return corm__fail(session, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, "%s.%s: %s", mapper->model->table,
                              column->name, memory ? "out of memory" : why);
        corm__unset_column(session, object, column->index, false);
    }
    return CORM_OK;
}

/* Whether the target's key is known by now. */
static bool corm__has_key(void *target)
{
    const corm__record *record = corm__record_of(target);
    return corm__has_row(record) || (record->flags & CORM__WRITTEN);
}

static corm_status corm__circle(corm_session *session, void *object, const corm__relation *relation)
{
    char label[CORM__LABEL_SIZE], other[CORM__LABEL_SIZE];
    const corm__link *link = corm__link_if(object, relation);
    return corm__fail(session, CORM_CYCLE,
                      "%s and %s need each other's row first through %s.%s: make %s OPTIONAL, so that a second UPDATE can "
                      "close the circle",
                      corm__label(object, label), corm__label(link->target, other), relation->source->model->name,
                      relation->name, relation->source->columns[relation->local[0]].name);
}

/* The key of an object that is its own target is known only if the program gave it. */
static bool corm__own_key_is_set(void *object, const corm__relation *relation)
{
    uint64_t unset = corm__unset_of(corm__record_of(object));
    for (uint16_t i = 0; i < relation->key_count; i++) {
        if (unset >> relation->remote[i] & 1)
            return false;
    }
    return true;
}

static corm_status corm__sync_reference(corm_session *session, corm__plan *plan, void *object,
                                        corm__relation *relation)
{
    const corm__link *link = relation->holds_key ? corm__link_if(object, relation) : NULL;
    if (link == NULL || !link->loaded || !link->changed)
        return CORM_OK;
    if (link->target == NULL)
        return corm__sync_null(session, object, relation);
    if (corm__has_key(link->target) || (link->target == object && corm__own_key_is_set(object, relation)))
        return corm__sync_key(session, object, relation, link->target);
    if (corm__record_of(link->target)->state != CORM_STATE_PENDING)
        return CORM_OK; /* never came into the session: the link is ignored */
    if (!relation->source->columns[relation->local[0]].optional)
        return corm__circle(session, object, relation);
    if (!corm__is_deferred(plan, object, relation) &&
        !corm__cut_push(&plan->deferred, &plan->deferred_count, &plan->deferred_capacity,
                        (corm__cut){object, relation, link->target}))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    return CORM_OK;
}

static const corm__cut *corm__cut_of(const corm__plan *plan, const void *object, const corm__relation *relation)
{
    for (size_t i = 0; i < plan->cut_count; i++) {
        if (plan->cuts[i].child == object && plan->cuts[i].relation == relation)
            return &plan->cuts[i];
    }
    return NULL;
}

/* Brings the foreign key members up to what the references say. */
static corm_status corm__sync(corm_session *session, corm__plan *plan, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        corm__relation *relation = mapper->relations[i];
        corm_status status = CORM_OK;
        if (plan->cut_count > 0 && relation->holds_key && corm__cut_of(plan, object, relation) != NULL)
            status = corm__sync_null(session, object, relation);
        else if (corm__record_of(object)->extra != NULL)
            status = corm__sync_reference(session, plan, object, relation);
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

/* ---- Values ---------------------------------------------------------------------------------------------------- */

typedef struct corm__row {
    corm_value values[CORM__COLUMN_MAX + CORM__KEY_MAX];
    char scratch[CORM__COLUMN_MAX][CORM__SCRATCH];
    corm__key key;
} corm__row;

static corm_status corm__missing_value(corm_session *session, const corm__plan *plan, void *object,
                                       const corm__column *column, const char *doing)
{
    char label[CORM__LABEL_SIZE], parent[CORM__LABEL_SIZE];
    const char *table = column->owner->model->table;
    for (size_t i = 0; i < plan->cut_count; i++) {
        const corm__cut *cut = &plan->cuts[i];
        if (cut->child == object && cut->relation->local[0] == column->index)
            return corm__fail(session, CORM_NOT_NULL,
                              "%s.%s: %s refers to %s, which is deleted, and must have a value: delete it too "
                              "(CORM_CASCADE_DELETE on %s.%s), or give it another first",
                              table, column->name, corm__label(object, label), corm__label(cut->parent, parent),
                              cut->relation->inverse->source->model->name, cut->relation->inverse->name);
    }
    return corm__fail(session, CORM_NOT_NULL, "%s.%s is NULL, but must have a value (%s %s)", table, column->name,
                      doing, corm__label(object, label));
}

/* One column's value, checked for NULL. */
static corm_status corm__row_value(corm_session *session, const corm__plan *plan, void *object, uint16_t i,
                                   const char *doing, corm_value *out, char scratch[CORM__SCRATCH])
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__column *column = &mapper->columns[i];
    if (corm__unset_of(corm__record_of(object)) >> i & 1)
        *out = corm_value_null();
    else
        *out = corm__member_value(column, object, scratch);
    bool numbered = mapper->integer_key && column->primary_key && doing[0] == 'i';
    if (out->type == CORM_VALUE_NULL && !column->optional && !numbered)
        return corm__missing_value(session, plan, object, column, doing);
    return CORM_OK;
}

/* ---- Running ------------------------------------------------------------------------------------------------------ */

static corm_status corm__run_write(corm_session *session, const corm__story *story, const corm_value *values,
                                   size_t count, corm_result *result)
{
    corm_failure failure = {0};
    corm__prepared *prepared = NULL;
    if (session->sql.failed)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    prepared = corm__prepare(session, session->sql.data, session->sql.size);
    if (prepared == NULL)
        return session->error.status;
    corm_status status = corm__execute(session, prepared, values, count, result, &failure);
    if (status == CORM_OK)
        return CORM_OK;
    if (failure.transaction_lost)
        session->transaction_lost = true;
    session->poison = CORM_OK; /* the story replaces the bare error */
    return corm__tell(session, story, &failure);
}

static void corm__table_written(corm_session *session, const corm__mapper *mapper)
{
    corm__store_of(session, mapper)->written = session->clock;
}

/* A row that took this key while an object of the session had it: that one's row must have gone behind the session's back. */
static corm_status corm__displace(corm_session *session, const corm__mapper *mapper, const void *object)
{
    corm__key key;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, object, &key);
    void *other = corm__identity_find(session, mapper, key.values);
    if (other == NULL || other == object)
        return CORM_OK;
    if (!corm__journal_push(session, CORM__DELETED, other, NULL))
        return corm__no_memory(session);
    corm__identity_leave(session, mapper, other);
    corm__record_of(other)->state = CORM_STATE_DELETED;
    return CORM_OK;
}

static corm_status corm__inserted(corm_session *session, void *object, const corm_result *result)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    char label[CORM__LABEL_SIZE], why[64];
    if (result->changed != 1)
        return corm__fail(session, CORM_DATABASE,
                          "%s: the INSERT of %s stored no row: a trigger or a conflict rule of the table swallowed it",
                          mapper->model->table, corm__label(object, label));
    if (mapper->integer_key && (record->as.unset >> mapper->pk[0] & 1)) {
        bool memory = false;
        corm_value key = corm_value_integer(result->last_key);
        (void)corm__member_load(&mapper->columns[mapper->pk[0]], object, &key, &session->heap, &memory, why, sizeof why);
    }
    corm_status status = corm__displace(session, mapper, object);
    if (status != CORM_OK)
        return status;
    memcpy(corm__snapshot_of(object), object, mapper->size);
    record->state = CORM_STATE_PERSISTENT;
    record->as.batch = NULL;
    record->generation = session->generation;
    record->flags |= CORM__WRITTEN | CORM__NEW;
    record->flags &= (uint16_t)~CORM__PENDING_LISTED;
    if (record->extra != NULL)
        record->extra->generation = session->links_generation;
    corm__identity_enter(session, mapper, object);
    return CORM_OK;
}

static corm_status corm__write_insert(corm_session *session, corm__plan *plan, void *object, corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__story story = {plan, object, "inserting", row->values};
    corm_result result = {0, 0};
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++)
        status = corm__row_value(session, plan, object, i, "inserting", &row->values[i], row->scratch[i]);
    if (status != CORM_OK)
        return status;
    corm__buffer_clear(&session->sql);
    corm__sql_insert(&session->sql, session->engine->adapter->dialect, mapper);
    status = corm__run_write(session, &story, row->values, mapper->column_count, &result);
    if (status == CORM_OK)
        status = corm__inserted(session, object, &result);
    return status;
}

/* The snapshot becomes what was written. */
static void corm__updated(corm_session *session, void *object, uint64_t columns)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    void *snapshot = corm__snapshot_of(object);
    bool rekeyed = false;
    for (uint16_t i = 0; i < mapper->pk_count; i++)
        rekeyed = rekeyed || (columns >> mapper->pk[i] & 1);
    if (rekeyed)
        corm__identity_leave(session, mapper, object);
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        if (columns >> i & 1)
            corm__snapshot_replace(session, &mapper->columns[i], record, snapshot, object);
    }
    if (rekeyed)
        corm__identity_enter(session, mapper, object);
}

static corm_status corm__write_columns(corm_session *session, corm__plan *plan, void *object, uint64_t columns,
                                       corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__story story = {plan, object, "updating", NULL};
    corm_result result = {0, 0};
    size_t count = 0;
    char label[CORM__LABEL_SIZE];
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        if (columns >> i & 1) {
            status = corm__row_value(session, plan, object, i, "updating", &row->values[count], row->scratch[i]);
            count++;
        }
    }
    if (status != CORM_OK)
        return status;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &row->key);
    memcpy(&row->values[count], row->key.values, mapper->pk_count * sizeof(corm_value));
    if (!corm__journal_image(session, object))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    corm__buffer_clear(&session->sql);
    corm__sql_update(&session->sql, session->engine->adapter->dialect, mapper, columns);
    status = corm__run_write(session, &story, row->values, count + mapper->pk_count, &result);
    if (status == CORM_OK && result.changed == 0)
        status = corm__fail(session, CORM_STALE_DATA, "%s: the row of %s is gone: someone else has deleted it",
                            mapper->model->table, corm__label(object, label));
    if (status == CORM_OK)
        corm__updated(session, object, columns);
    return status;
}

static corm_status corm__write_update(corm_session *session, corm__plan *plan, void *object, corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    if (record->flags & CORM__DOOMED)
        return CORM_OK;
    corm_status status = corm__sync(session, plan, object);
    if (status != CORM_OK)
        return status;
    uint64_t columns = corm__changed_columns(mapper, object, corm__snapshot_of(object), record);
    record->flags |= CORM__WRITTEN;
    return columns == 0 ? CORM_OK : corm__write_columns(session, plan, object, columns, row);
}

/* The row of a deleted object is given to the new one that brings the same key: one UPDATE of every column. */
static corm_status corm__write_switch(corm_session *session, corm__plan *plan, void *object, void *old,
                                      corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__story story = {plan, object, "replacing", NULL};
    corm_result result = {0, 0};
    size_t count = 0;
    uint64_t columns = 0;
    corm_status status = CORM_OK;
    if (!corm__journal_push(session, CORM__DELETED, old, NULL))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        if (mapper->columns[i].primary_key)
            continue;
        columns |= UINT64_C(1) << i;
        status = corm__row_value(session, plan, object, i, "replacing", &row->values[count], row->scratch[i]);
        count++;
    }
    if (status != CORM_OK)
        return status;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, object, &row->key);
    memcpy(&row->values[count], row->key.values, mapper->pk_count * sizeof(corm_value));
    corm__buffer_clear(&session->sql);
    corm__sql_update(&session->sql, session->engine->adapter->dialect, mapper, columns);
    if (columns == 0)
        result.changed = 1;
    else
        status = corm__run_write(session, &story, row->values, count + mapper->pk_count, &result);
    if (status != CORM_OK)
        return status;
    corm__identity_leave(session, mapper, old);
    corm__record_of(old)->state = CORM_STATE_DELETED;
    corm__record_of(old)->flags &= (uint16_t)~CORM__MARKED_DELETED;
    return corm__inserted(session, object, &result);
}

static corm_status corm__write_new(corm_session *session, corm__plan *plan, void *object, corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    if (!corm__journal_push(session, CORM__INSERTED, object, NULL) ||
        !corm__identity_reserve(&corm__store_of(session, mapper)->identities, 1))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    corm_status status = corm__sync(session, plan, object);
    if (status != CORM_OK)
        return status;
    void *old = plan->works[mapper->index].deletes.count > 0 ? corm__switched(session, object) : NULL;
    if (old != NULL)
        return corm__write_switch(session, plan, object, old, row);
    return corm__write_insert(session, plan, object, row);
}

/* ---- Updates and inserts of one group of tables ------------------------------------------------------------------------ */

static corm_status corm__write_either(corm_session *session, corm__plan *plan, void *object, corm__row *row)
{
    if (corm__record_of(object)->state == CORM_STATE_PENDING)
        return corm__write_new(session, plan, object, row);
    return corm__write_update(session, plan, object, row);
}

static corm_status corm__write_list(corm_session *session, corm__plan *plan, const corm__vector *objects,
                                    corm__row *row)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++)
        status = corm__write_either(session, plan, objects->items[i], row);
    if (objects->count > 0)
        corm__table_written(session, corm__mapper_at(objects->items[0]));
    return status;
}

static bool corm__vector_add(corm__vector *to, const corm__vector *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (!corm__vector_push(to, from->items[i]))
            return false;
    }
    return true;
}

/* Tables in a circle: row by row, parents first; what closes a circle is set by a second UPDATE. */
static corm_status corm__write_cyclic(corm_session *session, corm__plan *plan, size_t first, size_t end,
                                      corm__row *row)
{
    corm__vector objects = {NULL, 0, 0}, ordered = {NULL, 0, 0};
    corm_status status = CORM_OK;
    for (size_t i = first; i < end; i++) {
        corm__work *work = &plan->works[session->registry->order[i]->index];
        if (!corm__vector_add(&objects, &work->updates) || !corm__vector_add(&objects, &work->inserts))
            status = corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    }
    if (status == CORM_OK)
        status = corm__plan_order(session, plan, &objects, corm__needed_for_write, &ordered);
    for (size_t i = 0; i < ordered.count && status == CORM_OK; i++) {
        status = corm__write_either(session, plan, ordered.items[i], row);
        corm__table_written(session, corm__mapper_at(ordered.items[i]));
    }
    for (size_t i = 0; i < plan->deferred_count && status == CORM_OK; i++)
        status = corm__write_update(session, plan, plan->deferred[i].child, row);
    plan->deferred_count = 0;
    corm__vector_free(&objects);
    corm__vector_free(&ordered);
    return status;
}

/* Where a group of tables ends that refer to each other. */
static size_t corm__group_end(const corm__registry *registry, size_t first)
{
    size_t end = first + 1;
    while (end < registry->count && registry->order[end]->group == registry->order[first]->group)
        end++;
    return end;
}

static corm_status corm__write_saves(corm_session *session, corm__plan *plan, corm__row *row)
{
    corm_status status = CORM_OK;
    for (size_t i = 0, end = 0; i < session->registry->count && status == CORM_OK; i = end) {
        corm__mapper *mapper = session->registry->order[i];
        end = corm__group_end(session->registry, i);
        if (mapper->cyclic) {
            status = corm__write_cyclic(session, plan, i, end, row);
            continue;
        }
        status = corm__write_list(session, plan, &plan->works[mapper->index].updates, row);
        if (status == CORM_OK)
            status = corm__write_list(session, plan, &plan->works[mapper->index].inserts, row);
    }
    return status;
}

/* ---- Links of many-to-many ---------------------------------------------------------------------------------------------- */

static size_t corm__link_values(const corm__relation *relation, void *object, void *item, corm_value *values,
                                corm__key keys[2])
{
    const corm__association *association = relation->association;
    void *ends[2] = {relation->side == 0 ? object : item, relation->side == 0 ? item : object};
    size_t count = 0;
    for (int side = 0; side < 2; side++) {
        corm__mapper *mapper = association->sides[side]->source;
        corm__key_read(mapper, mapper->pk, mapper->pk_count, ends[side], &keys[side]);
        memcpy(&values[count], keys[side].values, mapper->pk_count * sizeof *values);
        count += mapper->pk_count;
    }
    return count;
}

static corm_status corm__link_write(corm_session *session, corm__plan *plan, corm__relation *relation, void *object,
                                    void *item, bool insert)
{
    corm__key keys[2];
    corm_value values[2 * CORM__KEY_MAX];
    corm_result result = {0, 0};
    char label[CORM__LABEL_SIZE], other[CORM__LABEL_SIZE];
    const corm_dialect *dialect = session->engine->adapter->dialect;
    corm__story story = {plan, object, insert ? "linking" : "unlinking", NULL};
    size_t count = corm__link_values(relation, object, item, values, keys);
    corm__buffer_clear(&session->sql);
    if (insert)
        corm__sql_link_insert(&session->sql, dialect, relation->association);
    else
        corm__sql_link_delete(&session->sql, dialect, relation->association);
    corm_status status = corm__run_write(session, &story, values, count, &result);
    if (status == CORM_OK && result.changed == 0)
        status = corm__fail(session, CORM_STALE_DATA, "%s: the link between %s and %s is gone: someone else has deleted it",
                            relation->association->table, corm__label(object, label), corm__label(item, other));
    corm__table_written(session, relation->source);
    corm__table_written(session, relation->target);
    return status;
}

/* Whether the link is stored already, asked where neither collection was loaded. */
static corm_status corm__link_exists(corm_session *session, corm__relation *relation, void *object, void *item,
                                     bool *exists)
{
    corm__link *link = NULL;
    corm__link *mine = corm__link_if(object, relation), *theirs = corm__link_if(item, relation->inverse);
    *exists = false;
    if ((mine != NULL && mine->loaded) || (theirs != NULL && theirs->loaded))
        return CORM_OK;
    corm__vector one = {NULL, 0, 0};
    if (mine == NULL || !corm__vector_push(&one, object))
        return corm__no_memory(session);
    corm__changes *changes = mine->changes;
    mine->changes = NULL;
    corm_status status = corm__load_lists(session, relation, &one, false);
    link = corm__raw_link(object, relation);
    *exists = status == CORM_OK && corm__index_of(link->items, link->count, item) < link->count;
    link->changes = NULL;
    corm__link_reset(session, link);
    link->changes = changes;
    corm__vector_free(&one);
    return status;
}

static bool corm__link_counts(void *item)
{
    const corm__record *record = corm__record_of(item);
    return corm__has_row(record) && !(record->flags & CORM__DOOMED);
}

/* The changes of one end. Both ends know every change, so only side 0 writes. */
static corm_status corm__write_links_of(corm_session *session, corm__plan *plan, corm__relation *relation,
                                        void *object, bool insert)
{
    corm__link *link = corm__link_if(object, relation);
    corm_status status = CORM_OK;
    if (link == NULL || link->changes == NULL)
        return CORM_OK;
    corm__changes *c = link->changes;
    void **items = insert ? c->added : c->removed;
    uint32_t count = insert ? c->added_count : c->removed_count;
    for (uint32_t i = 0; i < count && status == CORM_OK; i++) {
        bool exists = false;
        if (!corm__link_counts(items[i]))
            continue;
        if (insert)
            status = corm__link_exists(session, relation, object, items[i], &exists);
        if (status == CORM_OK && !exists)
            status = corm__link_write(session, plan, relation, object, items[i], insert);
    }
    return status;
}

/* Objects that were new in this flush have no record of changes: all their items are new links, whatever the other end noted. */
static corm_status corm__write_links_of_new(corm_session *session, corm__plan *plan, corm__relation *relation,
                                            void *object)
{
    corm__link *link = corm__link_if(object, relation);
    corm_status status = CORM_OK;
    for (uint32_t i = 0; link != NULL && i < link->count && status == CORM_OK; i++) {
        void *item = link->items[i];
        if (!corm__link_counts(item))
            continue;
        status = corm__link_write(session, plan, relation, object, item, true);
    }
    return status;
}

static corm_status corm__write_links(corm_session *session, corm__plan *plan, bool insert)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < session->linked.count && status == CORM_OK; i++) {
        void *object = session->linked.items[i];
        if (object == NULL || !corm__link_counts(object))
            continue;
        corm__mapper *mapper = corm__mapper_at(object);
        for (uint16_t r = 0; r < mapper->relation_count && status == CORM_OK; r++) {
            corm__relation *relation = mapper->relations[r];
            if (relation->association == NULL || relation->side != 0)
                continue;
            if (!(corm__record_of(object)->flags & CORM__NEW))
                status = corm__write_links_of(session, plan, relation, object, insert);
            else if (insert)
                status = corm__write_links_of_new(session, plan, relation, object);
        }
    }
    return status;
}

/* All links of the objects that are deleted. */
static corm_status corm__write_unlinks(corm_session *session, corm__plan *plan)
{
    for (size_t a = 0; a < session->registry->association_count; a++) {
        corm__association *association = session->registry->associations[a];
        for (unsigned side = 0; side < 2; side++) {
            corm__mapper *mapper = association->sides[side]->source;
            const corm__vector *deletes = &plan->works[mapper->index].deletes;
            for (size_t i = 0; i < deletes->count; i++) {
                corm__key key;
                corm__story story = {plan, deletes->items[i], "unlinking", NULL};
                corm_result result = {0, 0};
                corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(deletes->items[i]), &key);
                corm__buffer_clear(&session->sql);
                corm__sql_link_delete_all(&session->sql, session->engine->adapter->dialect, association, side);
                corm_status status = corm__run_write(session, &story, key.values, mapper->pk_count, &result);
                if (status != CORM_OK)
                    return status;
                corm__table_written(session, association->sides[0]->source);
                corm__table_written(session, association->sides[1]->source);
            }
        }
    }
    return CORM_OK;
}

/* ---- Deletes ----------------------------------------------------------------------------------------------------------------- */

static void corm__is_deleted(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    corm__identity_leave(session, corm__mapper_at(object), object);
    record->state = CORM_STATE_DELETED;
    record->flags &= (uint16_t)~CORM__MARKED_DELETED;
}

static corm_status corm__write_delete(corm_session *session, corm__plan *plan, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__story story = {plan, object, "deleting", NULL};
    corm_result result = {0, 0};
    corm__key key;
    if (!corm__has_row(corm__record_of(object)))
        return CORM_OK; /* its row was given to a new object */
    if (!corm__journal_push(session, CORM__DELETED, object, NULL))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    corm__buffer_clear(&session->sql);
    corm__sql_delete(&session->sql, session->engine->adapter->dialect, mapper);
    corm_status status = corm__run_write(session, &story, key.values, mapper->pk_count, &result);
    if (status == CORM_OK)
        corm__is_deleted(session, object);
    return status;
}

/* A reference inside a circle of deleted rows is cut before. */
static corm_status corm__write_cut(corm_session *session, corm__plan *plan, const corm__cut *cut, corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(cut->child);
    uint64_t columns = 0;
    for (uint16_t i = 0; i < cut->relation->key_count; i++) {
        uint16_t column = cut->relation->local[i];
        columns |= UINT64_C(1) << column;
        row->values[i] = corm_value_null();
        if (!mapper->columns[column].optional)
            return corm__circle(session, cut->child, cut->relation);
    }
    corm__story story = {plan, cut->child, "updating", NULL};
    corm_result result = {0, 0};
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(cut->child), &row->key);
    memcpy(&row->values[cut->relation->key_count], row->key.values, mapper->pk_count * sizeof(corm_value));
    corm__buffer_clear(&session->sql);
    corm__sql_update(&session->sql, session->engine->adapter->dialect, mapper, columns);
    return corm__run_write(session, &story, row->values, (size_t)cut->relation->key_count + mapper->pk_count, &result);
}

static corm_status corm__delete_cyclic(corm_session *session, corm__plan *plan, size_t first, size_t end,
                                       corm__row *row)
{
    corm__vector objects = {NULL, 0, 0}, ordered = {NULL, 0, 0};
    corm_status status = CORM_OK;
    for (size_t i = first; i < end; i++) {
        if (!corm__vector_add(&objects, &plan->works[session->registry->order[i]->index].deletes))
            status = corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    }
    plan->deferred_count = 0;
    if (status == CORM_OK)
        status = corm__plan_order(session, plan, &objects, corm__needed_for_delete, &ordered);
    for (size_t i = 0; i < plan->deferred_count && status == CORM_OK; i++)
        status = corm__write_cut(session, plan, &plan->deferred[i], row);
    plan->deferred_count = 0;
    for (size_t i = ordered.count; i > 0 && status == CORM_OK; i--) {
        corm__table_written(session, corm__mapper_at(ordered.items[i - 1]));
        status = corm__write_delete(session, plan, ordered.items[i - 1]);
    }
    corm__vector_free(&objects);
    corm__vector_free(&ordered);
    return status;
}

static corm_status corm__write_deletes(corm_session *session, corm__plan *plan, corm__row *row)
{
    const corm__registry *registry = session->registry;
    corm_status status = CORM_OK;
    for (size_t end = registry->count, first = 0; end > 0 && status == CORM_OK; end = first) {
        corm__mapper *mapper = registry->order[end - 1];
        first = end - 1;
        while (first > 0 && registry->order[first - 1]->group == mapper->group)
            first--;
        if (mapper->cyclic) {
            status = corm__delete_cyclic(session, plan, first, end, row);
            continue;
        }
        const corm__vector *deletes = &plan->works[mapper->index].deletes;
        for (size_t i = 0; i < deletes->count && status == CORM_OK; i++)
            status = corm__write_delete(session, plan, deletes->items[i]);
        if (deletes->count > 0)
            corm__table_written(session, mapper);
    }
    return status;
}

/* Objects in the session whose rows the database has deleted together with their parent's (passive_deletes). */
static corm_status corm__passive_deletes_of(corm_session *session, corm__plan *plan, void *parent,
                                            corm__relation *relation)
{
    corm__store *store = corm__store_of(session, relation->target);
    for (size_t s = 0; s < store->slabs.count; s++) {
        corm__slab *slab = store->slabs.items[s];
        for (uint32_t i = 0; i < slab->used; i++) {
            void *child = corm__object_at(slab, i);
            corm__record *record = &slab->records[i];
            corm__key stored, key;
            bool same = true;
            if (record->session != session || !corm__has_row(record))
                continue;
            corm__key_read(relation->target, relation->remote, relation->key_count, corm__snapshot_of(child), &stored);
            corm__key_read(relation->source, relation->local, relation->key_count, corm__snapshot_of(parent), &key);
            for (uint16_t k = 0; k < relation->key_count; k++)
                same = same && corm__value_equal(&stored.values[k], &key.values[k]);
            if (!same)
                continue;
            if (!corm__vector_push(&plan->passive, child) || !corm__journal_push(session, CORM__DELETED, child, NULL))
                return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
            corm__is_deleted(session, child);
        }
    }
    return CORM_OK;
}

static corm_status corm__passive_deletes(corm_session *session, corm__plan *plan, void *parent)
{
    corm__mapper *mapper = corm__mapper_at(parent);
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < mapper->relation_count && status == CORM_OK; i++) {
        corm__relation *relation = mapper->relations[i];
        const corm_column *key = relation->holds_key || relation->association != NULL
                                     ? NULL
                                     : relation->target->columns[relation->remote[0]].info;
        if (relation->passive_deletes && key != NULL && key->options.on_delete == CORM_ACTION_CASCADE)
            status = corm__passive_deletes_of(session, plan, parent, relation);
    }
    return status;
}

static corm_status corm__write_passive(corm_session *session, corm__plan *plan)
{
    corm_status status = CORM_OK;
    for (size_t m = 0; m < session->registry->count; m++) {
        for (size_t i = 0; i < plan->works[m].deletes.count && status == CORM_OK; i++)
            status = corm__passive_deletes(session, plan, plan->works[m].deletes.items[i]);
    }
    for (size_t i = 0; i < plan->passive.count && status == CORM_OK; i++)
        status = corm__passive_deletes(session, plan, plan->passive.items[i]);
    return status;
}

/* ---- After success ----------------------------------------------------------------------------------------------------------- */

static void corm__links_flushed(corm_session *session, void *object)
{
    corm__extra *extra = corm__record_of(object)->extra;
    for (uint16_t i = 0; extra != NULL && i < extra->link_count; i++) {
        corm__link *link = &extra->links[i];
        corm__changes *c = link->changes;
        link->changed = false;
        for (uint32_t k = 0; c != NULL && !link->loaded && k < c->added_count; k++)
            (void)corm__array_push(session, &c->recent, &c->recent_count, &c->recent_capacity, c->added[k]);
        if (c != NULL)
            c->added_count = c->removed_count = 0;
        if (c != NULL && c->recent_count == 0)
            corm__changes_drop(session, link);
    }
    if (extra != NULL)
        extra->touched = extra->unset = 0;
    corm__record_of(object)->flags &= (uint16_t)~CORM__DIRTY_LINKS;
}

static void corm__flush_done(corm_session *session, corm__plan *plan)
{
    for (size_t i = 0; i < session->linked.count; i++) {
        if (session->linked.items[i] != NULL)
            corm__links_flushed(session, session->linked.items[i]);
    }
    for (size_t i = 0; i < plan->planned.count; i++)
        corm__links_flushed(session, plan->planned.items[i]);
    size_t waiting = 0;
    for (size_t i = 0; i < session->deleted.count; i++) {
        void *object = session->deleted.items[i];
        if (object != NULL && corm__has_row(corm__record_of(object)))
            session->deleted.items[waiting++] = object;
    }
    session->deleted.count = waiting;
    session->linked.count = session->pending.count = 0;
    session->touched = 0;
}

/* ---- The flush ------------------------------------------------------------------------------------------------------------------ */

static corm_status corm__flush_write(corm_session *session, corm__plan *plan)
{
    corm__row *row = corm__allocate(sizeof *row);
    if (row == NULL)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    session->clock++;
    corm_status status = corm__write_saves(session, plan, row);
    if (status == CORM_OK)
        status = corm__write_links(session, plan, false);
    if (status == CORM_OK)
        status = corm__write_links(session, plan, true);
    if (status == CORM_OK)
        status = corm__write_unlinks(session, plan);
    if (status == CORM_OK)
        status = corm__write_deletes(session, plan, row);
    if (status == CORM_OK)
        status = corm__write_passive(session, plan);
    corm__free(row);
    return status;
}

static bool corm__plan_is_empty(corm_session *session, const corm__plan *plan)
{
    size_t work = plan->statements;
    for (size_t m = 0; m < session->registry->count; m++)
        work += plan->works[m].updates.count;
    return work == 0;
}

/* Writes everything that is pending. On failure the error is recorded and nothing is undone yet. Nothing to write: no SQL, no
 * transaction. */
static corm_status corm__flush_now(corm_session *session)
{
    corm__plan plan = {0};
    corm_status status = corm__plan_make(session, &plan);
    if (status == CORM_OK && !corm__plan_is_empty(session, &plan)) {
        status = corm__check_plan(session, &plan);
        if (status == CORM_OK)
            status = corm__flush_write(session, &plan);
    }
    if (status == CORM_OK)
        corm__flush_done(session, &plan);
    corm__plan_free(session, &plan);
    return status;
}

#endif /* CORM__ROOM_FLUSH_C */
