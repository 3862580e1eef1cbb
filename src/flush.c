/* flush.c: the unit of work.
 *
 * Owns: running a plan in order: tables by dependency, updates, inserts, links, deletes; and
 * what is forgotten when it has succeeded.
 * Must not know: how a failure is undone. */
#ifndef CORM__ROOM_FLUSH_C
#define CORM__ROOM_FLUSH_C

#include "passive.c"

/* ---- Updates and inserts --------------------------------------------------------------------- */

typedef corm_status corm__writing(corm_session *session, corm__plan *plan, void **objects,
                                  size_t count, corm__row *row, size_t *written);

static CORM__INLINE corm_status corm__write_lots(corm_session *session, corm__plan *plan,
                                                 const corm__lots *lots, corm__writing *write,
                                                 corm__row *row)
{
    corm_status status = CORM_OK;
    for (size_t l = 0; l < lots->count; l++) {
        const corm__vector *lot = lots->items[l];
        for (size_t i = 0, written = 0; i < lot->count && status == CORM_OK; i += written) {
            corm__table_written(session, corm__mapper_at(lot->items[i]));
            status = write(session, plan, &lot->items[i], lot->count - i, row, &written);
            if (CORM__UNLIKELY(plan->followed_count > 0) && status == CORM_OK)
                status = corm__follow_before(
                    session, plan, i + written < lot->count ? lot->items[i + written] : NULL);
        }
    }
    return status;
}

/* What closes a circle of new rows is set by a second UPDATE. */
static corm_status corm__write_saves(corm_session *session, corm__plan *plan, corm__row *row)
{
    corm_status status = corm__write_lots(session, plan, &plan->saves, corm__write_some, row);
    for (size_t i = 0; i < plan->deferred_count && status == CORM_OK; i++)
        status = corm__write_update(session, plan, plan->deferred[i].child, row);
    return status == CORM_OK && plan->followed_count > 0 ? corm__follow_all(session, plan) : status;
}

/* ---- Deletes --------------------------------------------------------------------------------- */

/* A reference inside a circle of deleted rows is cut before. */
static corm_status corm__write_cut(corm_session *session, corm__plan *plan, const corm__cut *cut,
                                   corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(cut->child);
    uint64_t columns = 0;
    for (uint16_t i = 0; i < cut->relation->key_count; i++) {
        uint16_t column = cut->relation->local[i];
        columns |= UINT64_C(1) << column;
        row->values[i] = corm_value_null();
        if (!mapper->columns[column].optional)
            return corm__circle(session, cut->child, cut->relation, cut->parent);
    }
    corm__story story = {plan, cut->child, "updating", NULL};
    corm_result result = {0, 0};
    uint16_t part = 1; /* a key is in one table */
    while (!(mapper->parts[part - 1].columns & columns))
        part++;
    const corm__mapper *in = corm__part_model(mapper, part);
    /* where the version is another one, the DELETE will say so */
    const size_t count =
        corm__row_place(in, corm__snapshot_of(cut->child), row, cut->relation->key_count);
    return corm__run_write(session, &story,
                           corm__statement_of(session, in, CORM__VERB_UPDATE, columns), row->values,
                           count, &result);
}

static corm_status corm__write_deletes(corm_session *session, corm__plan *plan, corm__row *row)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < plan->loosened_count && status == CORM_OK; i++)
        status = corm__write_cut(session, plan, &plan->loosened[i], row);
    return status == CORM_OK
               ? corm__write_lots(session, plan, &plan->deletes, corm__delete_some, row)
               : status;
}

/* ---- After success --------------------------------------------------------------------------- */

/* A reference to what is new, and not in the session, could not be written: that will be due when it comes in. */
static inline void corm__note_unwritten(const corm__relation *relation, const void *target)
{
    const corm__record *record = corm__record_of(target);
    if (CORM__UNLIKELY(record->state == CORM_STATE_TRANSIENT) && record->extra != NULL &&
        relation->holds_key)
        record->extra->links[relation->inverse->index].kept = true;
}

static void corm__link_flushed(corm_session *session, const corm__record *record,
                               const corm__relation *relation, corm__link *link)
{
    corm__changes *c = link->changes;
    if (link->changed && link->target != NULL)
        corm__note_unwritten(relation, link->target);
    /* what was last changed of a row that is deleted was never written */
    link->changed = link->changed && (record->flags & CORM__DOOMED);
    /* That a new object has nothing yet, and was never given anything, was no reason to ask; now
     * others may refer to it. A list that is never loaded was all there is while the object was
     * new. */
    if (relation->lazy == CORM_LAZY_WRITE_ONLY ||
        ((record->flags & CORM__NEW) && relation->to_many && link->capacity == 0 && !link->told))
        link->loaded = false;
    if (relation->holds_key)
        link->told = false;
    if (CORM__LIKELY(c == NULL))
        return;
    c->added_count = c->removed_count = 0;
    if (c->recent_count == 0 && c->made_count == 0)
        corm__changes_drop(session, link);
}

static inline void corm__links_flushed(corm_session *session, void *object, corm__record *record)
{
    corm__extra *extra = record->extra;
    record->flags &= (uint16_t)~CORM__DIRTY_LINKS;
    if (extra == NULL)
        return;
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < extra->link_count; i++)
        corm__link_flushed(session, record, mapper->relations[i], &extra->links[i]);
    corm__bits_clear(record);
}

static void corm__all_flushed(corm_session *session, const corm__vector *objects)
{
    for (size_t i = 0; i < objects->count; i++)
        corm__links_flushed(session, objects->items[i], corm__record_of(objects->items[i]));
}

static void corm__flush_done(corm_session *session, corm__plan *plan)
{
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__all_flushed(session, &plan->works[m].updates);
        corm__all_flushed(session, &plan->works[m].inserts);
        if (session->touched > 0) /* else only changed links are to be forgotten */
            corm__all_flushed(session, &plan->works[m].deletes);
    }
    for (size_t i = 0; i < session->linked.count; i++) {
        void *object = session->linked.items[i];
        corm__record *record = object == NULL ? NULL : corm__record_of(object);
        if (record != NULL && (record->flags & CORM__DIRTY_LINKS))
            corm__links_flushed(session, object, record);
    }
    corm__copies_stay(session, plan);
    size_t waiting = 0;
    for (size_t i = 0; i < session->deleted.count && plan->postponed; i++) {
        void *object = session->deleted.items[i];
        if (object != NULL && corm__has_row(corm__record_of(object)))
            session->deleted.items[waiting++] = object;
    }
    session->deleted.count = waiting;
    session->linked.count = session->pending.count = 0;
    session->touched = 0;
}

/* ---- Hooks ----------------------------------------------------------------------------------- */

/* Whether a changed reference will change the foreign key. */
static bool corm__is_to_be_rekeyed(const corm__plan *plan, void *object,
                                   const corm__relation *relation)
{
    const corm__link *link = corm__link_if(object, relation);
    const bool cut = corm__cut_of(plan, object, relation) != NULL;
    bool equal = true;
    corm__key key, stored;
    if (!cut && (link == NULL || !link->loaded || !link->changed))
        return false;
    void *target = cut ? NULL : link->target;
    if (target != NULL && !corm__has_row(corm__record_of(target)))
        return corm__is_in_session(corm__record_of(target)); /* else it is ignored */
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &stored);
    if (target != NULL)
        corm__key_read(relation->target, relation->remote, relation->key_count, target, &key);
    for (uint16_t i = 0; i < relation->key_count; i++)
        equal = equal && (target == NULL ? stored.values[i].type == CORM_VALUE_NULL
                                         : corm__value_equal(&key.values[i], &stored.values[i]));
    return !equal;
}

/* Whether what is known now makes an UPDATE of the object's row; a collection that changed does
 * not. */
static bool corm__is_to_be_updated(const corm__plan *plan, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    if ((corm__changed_columns(mapper, object, corm__snapshot_of(object), record) &
         ~mapper->generated) != 0)
        return true;
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        if (mapper->relations[i]->holds_key &&
            corm__is_to_be_rekeyed(plan, object, mapper->relations[i]))
            return true;
    }
    return false;
}

typedef corm_status corm__hooking(corm_session *session, const corm__plan *plan, void *object);

static corm_status corm__hooks_of(corm_session *session, const corm__plan *plan,
                                  const corm__lots *lots, corm__hooking *call)
{
    corm_status status = CORM_OK;
    for (size_t l = 0; l < lots->count; l++)
        for (size_t i = 0; i < lots->items[l]->count && status == CORM_OK; i++)
            status = call(session, plan, lots->items[l]->items[i]);
    return status;
}

static corm_status corm__hook_before_save(corm_session *session, const corm__plan *plan,
                                          void *object)
{
    const corm__record *record = corm__record_of(object);
    if (record->state == CORM_STATE_PENDING)
        return corm__call_object(session, CORM__HOOK_before_insert, object, "inserting");
    if (corm__is_hooked(session, corm__mapper_at(object), CORM__HOOK_before_update) &&
        !(record->flags & CORM__DOOMED) && corm__is_to_be_updated(plan, object))
        return corm__call_object(session, CORM__HOOK_before_update, object, "updating");
    return CORM_OK;
}

static corm_status corm__hook_after_save(corm_session *session, const corm__plan *plan,
                                         void *object)
{
    (void)plan;
    const uint16_t flags = corm__record_of(object)->flags;
    if (flags & CORM__NEW)
        return corm__call_object(session, CORM__HOOK_after_insert, object, "inserting");
    if (flags & CORM__VISITED)
        return corm__call_object(session, CORM__HOOK_after_update, object, "updating");
    return CORM_OK;
}

static corm_status corm__hook_before_delete(corm_session *session, const corm__plan *plan,
                                            void *object)
{
    (void)plan;
    return corm__call_object(session, CORM__HOOK_before_delete, object, "deleting");
}

static corm_status corm__hook_after_delete(corm_session *session, const corm__plan *plan,
                                           void *object)
{
    (void)plan;
    return corm__call_object(session, CORM__HOOK_after_delete, object, "deleting");
}

/* All hooks that come before a statement run before the first one, so that what they change is
 * checked, and what they refuse has written nothing. */
static corm_status corm__hooks_before(corm_session *session, const corm__plan *plan)
{
    const corm_status status = corm__hooks_of(session, plan, &plan->saves, corm__hook_before_save);
    return status == CORM_OK
               ? corm__hooks_of(session, plan, &plan->deletes, corm__hook_before_delete)
               : status;
}

/* And those that come after it when all is written and settled: what they change is a change for the
 * next flush. */
static corm_status corm__hooks_after(corm_session *session, const corm__plan *plan)
{
    const corm_status status = corm__hooks_of(session, plan, &plan->saves, corm__hook_after_save);
    return status == CORM_OK
               ? corm__hooks_of(session, plan, &plan->deletes, corm__hook_after_delete)
               : status;
}

/* ---- The flush ------------------------------------------------------------------------------- */

static corm_status corm__flush_write(corm_session *session, corm__plan *plan)
{
    corm__row *row = session->row == NULL ? corm__allocate(sizeof *row) : session->row;
    if (row == NULL)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    session->row = row;
    session->clock++;
    corm_status status = corm__write_saves(session, plan, row);
    /* links of deleted objects go before new ones come: a new object may have a deleted one's key */
    if (status == CORM_OK)
        status = corm__write_links(session, plan, false);
    if (status == CORM_OK)
        status = corm__write_unlinks(session, plan);
    if (status == CORM_OK)
        status = corm__write_links(session, plan, true);
    if (status == CORM_OK)
        status = corm__write_deletes(session, plan, row);
    if (status == CORM_OK)
        status = corm__write_passive(session, plan);
    return status;
}

static bool corm__plan_is_empty(corm_session *session, const corm__plan *plan)
{
    size_t work = plan->statements;
    for (size_t m = 0; m < session->registry->count; m++)
        work += plan->works[m].updates.count;
    return work == 0;
}

/* Writes everything that is pending. On failure the error is recorded and nothing is undone yet.
 * Nothing to write: no SQL, no transaction. */
static corm_status corm__flush_now(corm_session *session)
{
    corm__plan plan = {0};
    const bool hooked = (session->registry->hooks | session->hooks) != 0;
    corm_status status = corm__plan_make(session, &plan);
    if (status == CORM_OK && !corm__plan_is_empty(session, &plan)) {
        status = corm__plan_arrange(session, &plan);
        if (status == CORM_OK && hooked)
            status = corm__hooks_before(session, &plan);
        if (status == CORM_OK && !corm__journal_links(session))
            status = corm__no_memory(session);
        if (status == CORM_OK)
            status = corm__check_plan(session, &plan);
        if (status == CORM_OK)
            status = corm__flush_write(session, &plan);
    }
    if (status == CORM_OK)
        corm__flush_done(session, &plan);
    else
        corm__copies_settle(session, &plan);
    if (status == CORM_OK && hooked)
        status = corm__hooks_after(session, &plan);
    corm__plan_free(session, &plan);
    return status;
}

#endif /* CORM__ROOM_FLUSH_C */
