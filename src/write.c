/* write.c: one statement for one object.
 *
 * Owns: INSERT, UPDATE and DELETE of an object's row, an UPDATE instead of both, and what the object is
 * after each.
 * Must not know: the order of statements, how a failure is undone. */
#ifndef CORM__ROOM_WRITE_C
#define CORM__ROOM_WRITE_C

#include "numbered.c"
#include "stream.c"

/* ---- Running --------------------------------------------------------------------------------- */

/* Runs a prepared statement (NULL: its error is recorded already) and tells the story of a
 * failure. */
static corm_status corm__run_taking(corm_session *session, const corm__story *story,
                                    corm__prepared *prepared, const corm_value *values,
                                    size_t count, corm__taker *taker, corm_result *result)
{
    corm_failure failure = {0};
    if (prepared == NULL)
        return session->error.status;
    corm_status status = corm__execute(session, prepared, values, count, taker, result, &failure);
    if (status == CORM_OK)
        return taker == NULL ? CORM_OK : taker->status;
    if (failure.transaction_lost)
        session->transaction_lost = true;
    session->poison = CORM_OK; /* the story replaces the bare error */
    return corm__tell(session, story, &failure);
}

static corm_status corm__run_write(corm_session *session, const corm__story *story,
                                   corm__prepared *prepared, const corm_value *values, size_t count,
                                   corm_result *result)
{
    return corm__run_taking(session, story, prepared, values, count, NULL, result);
}

/* The same for a statement that returns columns of the object. */
static corm_status corm__run_back(const corm__story *story, corm__prepared *prepared,
                                  const corm_value *values, size_t count, corm__back *back,
                                  corm_result *result)
{
    corm__taker taker = {0, corm__back_take, back, CORM_OK};
    for (uint64_t columns = back->columns; columns != 0; columns &= columns - 1)
        taker.width++;
    corm_status status = corm__run_taking(back->session, story, prepared, values, count,
                                          taker.width > 0 ? &taker : NULL, result);
    if (back->key != 0)
        result->last_key = back->key;
    return status;
}

static void corm__table_written(corm_session *session, const corm__mapper *mapper)
{
    corm__store_of(session, mapper->root)->written = session->clock;
}

/* The members of what is deleted while it is expired count as known; from now on 0 means that it has
 * expired since. */
static void corm__members_stay(const corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    if (!corm__is_expired(object))
        return;
    if (corm__rare_known(record) != NULL)
        corm__rare_known(record)->expired = 0;
    if (record->generation == 0)
        record->generation = session->generation == 1 ? UINT32_MAX : session->generation - 1;
}

/* Links that were void already are not shown by what is deleted. */
static void corm__is_deleted(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    if (record->extra != NULL && record->extra->generation != session->links_generation)
        corm__links_reset(session, record->extra);
    corm__references_recall(object);
    corm__members_stay(session, object);
    corm__identity_leave(session, corm__mapper_at(object), object);
    record->state = CORM_STATE_DELETED;
    record->flags &= (uint16_t)~CORM__MARKED_DELETED;
}

/* A row that has taken this key while another object of the session had it: that one's row must have gone
 * behind the session's back. */
static corm_status corm__displace(corm_session *session, const corm__mapper *mapper,
                                  const void *object)
{
    corm__key key;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, object, &key);
    void *other = corm__identity_find(session, mapper->root, key.values);
    if (other == NULL || other == object)
        return CORM_OK;
    if (!corm__journal_push(session, CORM__DELETED, other, NULL))
        return corm__no_memory(session);
    corm__is_deleted(session, other);
    corm__record_of(other)->flags |= CORM__DISPLACED;
    return CORM_OK;
}

/* Enters a new row's object under its single integer key, unless another object is there. */
static inline bool corm__identity_enter_free(corm_session *session, const corm__mapper *mapper,
                                             void *object)
{
    const corm__column *key = &mapper->columns[mapper->pk[0]];
    corm__identity_map *map = corm__identities_of(session, mapper);
    if (!mapper->integer_key || key->kind != CORM_KIND_INTEGER)
        return false;
    const uint64_t own = (uint64_t)corm__read_integer(corm__member_at(key, object));
    void **place = corm__identity_place(map, own);
    if (CORM__UNLIKELY(*place != NULL))
        return false;
    corm__identity_fill(map, place, own, object);
    return true;
}

static CORM__INLINE corm_status corm__inserted(corm_session *session, const corm__mapper *mapper,
                                               const corm__seat *seat)
{
    void *object = seat->object;
    corm__record *record = seat->record;
    corm__standing *standing = corm__standing_of(record);
    const bool entered = corm__identity_enter_free(session, mapper, object);
    corm_status status = entered ? CORM_OK : corm__displace(session, mapper, object);
    if (status != CORM_OK)
        return status;
    memcpy(seat->snapshot, object, mapper->size);
    if (CORM__UNLIKELY((standing->unset & mapper->foreign_keys) != 0) &&
        !session->options.keep_on_commit) /* else it is known for good what there is */
        record->flags |= CORM__UNSAID;
    record->state = CORM_STATE_PERSISTENT;
    standing->batch = NULL;
    record->generation = session->generation;
    record->flags |= CORM__WRITTEN | CORM__NEW;
    record->flags &= (uint16_t)~CORM__PENDING_LISTED;
    if (record->extra != NULL)
        record->extra->generation = session->links_generation;
    if (CORM__UNLIKELY(!entered))
        corm__identity_enter(session, mapper, object);
    if (CORM__UNLIKELY(mapper->deferred != 0))
        corm__zeros_forget(session, object);
    return CORM_OK;
}

/* The part of the row that is in the own table of `mapper`, the object's model or a base of it,
 * without the columns `left`. */
static corm_status corm__insert_part(corm__back *back, const corm__mapper *mapper, uint64_t left,
                                     corm__row *row, corm_result *result)
{
    corm_session *session = back->session;
    corm__story story = {back->plan, back->object, "inserting", NULL};
    corm_status status = CORM_OK;
    size_t count = 0;
    left |= ~corm__inserted_columns(mapper);
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        if (left >> i & 1)
            continue;
        status = corm__row_value(session, back->plan, back->object, i, "inserting",
                                 &row->values[count], row->scratch[i]);
        count++;
    }
    if (status != CORM_OK)
        return status;
    back->columns = corm__statement_returns(session, mapper, CORM__VERB_INSERT, left);
    status = corm__run_back(&story, corm__statement_of(session, mapper, CORM__VERB_INSERT, left),
                            row->values, count, back, result);
    const corm__seat seat = corm__seat_at(back->object);
    if (status == CORM_OK && result->changed == 1 && corm__key_is_unset(mapper, seat.record))
        status = corm__is_numbered(session, mapper);
    return status == CORM_OK ? corm__key_given(session, corm__mapper_at(seat.object), &seat, result)
                             : status;
}

static corm_status corm__write_insert(corm_session *session, corm__plan *plan, void *object,
                                      corm__row *row)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm_result result = {0, 0};
    corm_status status = CORM_OK;
    const uint64_t left = mapper->generated | (mapper->server_defaults &
                                               corm__standing_of(corm__record_of(object))->unset);
    corm__back back = {.session = session, .plan = plan, .object = object};
    const corm__seat seat = corm__seat_at(object);
    uint64_t returned = 0;
    for (uint16_t part = 1; part <= mapper->part_count && status == CORM_OK; part++) {
        status = corm__insert_part(&back, corm__part_model(mapper, part), left, row, &result);
        returned |= back.columns;
    }
    if (status == CORM_OK)
        status = corm__inserted(session, mapper, &seat);
    if (status == CORM_OK && left != 0 && returned == 0)
        status = corm__back_select(session, plan, object, left);
    return status;
}

static bool corm__has_key_of(const corm__mapper *mapper, uint64_t columns)
{
    for (uint16_t i = 0; i < mapper->pk_count; i++) {
        if (columns >> mapper->pk[i] & 1)
            return true;
    }
    return false;
}

/* The snapshot becomes what was written. */
static void corm__updated(corm_session *session, void *object, uint64_t columns)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    void *snapshot = corm__snapshot_of(object);
    const bool rekeyed = corm__has_key_of(mapper, columns);
    if (rekeyed)
        corm__identity_leave(session, mapper, object);
    for (uint64_t left = columns; left != 0; left &= left - 1)
        corm__snapshot_replace(session, &mapper->columns[corm__lowest_bit(left)], record, snapshot,
                               object);
    if (rekeyed)
        corm__identity_enter(session, mapper, object);
    if ((columns & mapper->foreign_keys) != 0)
        record->flags &= (uint16_t)~CORM__UNSAID;
    if (CORM__UNLIKELY(mapper->deferred != 0))
        corm__zeros_forget(session, object);
}

/* An UPDATE of these columns; those in `defaults` get the default of the table. NULL: the error is
 * recorded. */
static corm__prepared *corm__update_statement(corm_session *session, const corm__mapper *mapper,
                                              uint64_t columns, uint64_t defaults,
                                              uint64_t returned)
{
    if (defaults == 0)
        return corm__statement_of(session, mapper, CORM__VERB_UPDATE, columns);
    corm__buffer_clear(&session->sql);
    corm__sql_update(&session->sql, session->engine->adapter->dialect, mapper, columns, defaults,
                     returned);
    return corm__prepare_sql(session);
}

/* These columns, in the own table of `mapper`, which is the object's model or a base of it. `keyed`
 * has the key of the stored row. */
static corm_status corm__update_part(corm__back *back, const char *doing, const void *keyed,
                                     const corm__mapper *mapper, uint64_t columns,
                                     uint64_t defaults, corm__row *row, corm_result *result)
{
    corm_session *session = back->session;
    corm__story story = {back->plan, back->object, doing, NULL};
    corm_status status = CORM_OK;
    size_t count = 0;
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        if (columns >> i & 1) {
            status = corm__row_value(session, back->plan, back->object, i, doing,
                                     &row->values[count], row->scratch[i]);
            count++;
        }
    }
    if (status != CORM_OK)
        return status;
    count = corm__row_place(mapper, keyed, row, count);
    back->columns = corm__statement_returns(session, mapper, CORM__VERB_UPDATE, columns);
    if (session->engine->adapter->capabilities & CORM_CAN_RETURNING)
        back->columns |= defaults;
    return corm__run_back(&story,
                          corm__update_statement(session, mapper, columns, defaults, back->columns),
                          row->values, count, back, result);
}

/* The last parts of a row first: a changed key is written in the base's table, and the others
 * follow it. */
static corm_status corm__write_columns(corm_session *session, corm__plan *plan, void *object,
                                       uint64_t columns, corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm_result result = {0, 0};
    corm_status status = CORM_OK;
    uint64_t made = 0, returned = 0;
    if (!corm__journal_image(session, object, columns | mapper->generated) ||
        (CORM__UNLIKELY(corm__has_key_of(mapper, columns)) &&
         !corm__identity_reserve(corm__identities_of(session, mapper), 1)))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    corm__back back = {.session = session, .plan = plan, .object = object};
    for (uint16_t part = mapper->part_count; part > 0 && status == CORM_OK; part--) {
        const corm__part *in = &mapper->parts[part - 1];
        if ((columns & in->columns) == 0)
            continue;
        status = corm__update_part(&back, "updating", corm__snapshot_of(object),
                                   corm__part_model(mapper, part), columns & in->columns, 0, row,
                                   &result);
        made |= mapper->generated & in->columns;
        returned |= back.columns;
        const corm__story story = {plan, object, "updating", NULL};
        if (status == CORM_OK && result.changed == 0)
            status = corm__stale(session, &story);
    }
    if (status == CORM_OK && CORM__UNLIKELY((columns & mapper->followed) != 0))
        status = corm__follow_later(session, plan, object, corm__snapshot_of(object), columns);
    if (status == CORM_OK && CORM__UNLIKELY(corm__has_key_of(mapper, columns)))
        status = corm__displace(session, mapper, object);
    if (status == CORM_OK)
        corm__updated(session, object, columns | returned);
    if (status == CORM_OK && made != 0 && returned == 0)
        status = corm__back_select(session, plan, object, made);
    if (status == CORM_OK)
        corm__record_of(object)->flags |= CORM__VISITED; /* after_update is due */
    return status;
}

static corm_status corm__write_update(corm_session *session, corm__plan *plan, void *object,
                                      corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    if (record->flags & CORM__DOOMED)
        return CORM_OK;
    corm_status status = corm__sync(session, plan, object, record);
    if (status != CORM_OK)
        return status;
    uint64_t columns = corm__changed_columns(mapper, object, corm__snapshot_of(object), record) &
                       ~mapper->generated;
    record->flags |= CORM__WRITTEN;
    if (columns != 0 && (mapper->update_functions != 0 || mapper->version != NULL))
        status = corm__compute_update(session, plan, object, &columns);
    return columns == 0 || status != CORM_OK
               ? status
               : corm__write_columns(session, plan, object, columns, row);
}

/* Rows of different models cannot be turned into each other by an UPDATE. */
static corm_status corm__kind_conflict(corm_session *session, const void *object, const void *old)
{
    char label[CORM__LABEL_SIZE], other[CORM__LABEL_SIZE];
    return corm__fail(session, CORM_UNIQUE,
                      "%s: %s has the key of %s, which is deleted in the same flush, but deletes "
                      "come last: call corm_flush after corm_delete",
                      corm__mapper_at(object)->root->model->table, corm__label(object, label),
                      corm__label(old, other));
}

/* Columns that others follow, and that two structs do not have alike. */
static uint64_t corm__followed_changes(const corm__mapper *mapper, const void *one,
                                       const void *other)
{
    uint64_t columns = 0;
    for (uint64_t left = mapper->followed; left != 0; left &= left - 1)
        if (!corm__member_equal(&mapper->columns[corm__lowest_bit(left)], one, other))
            columns |= left & (~left + 1);
    return columns;
}

/* The row of a deleted object is given to the new one that brings the same key: one UPDATE of
 * every column. */
static corm_status corm__write_switch(corm_session *session, corm__plan *plan, void *object,
                                      void *old, corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm_result result = {1, 0};
    uint64_t columns = 0,
             left = corm__standing_of(corm__record_of(object))->unset & mapper->server_defaults;
    uint64_t returned = 0;
    corm__back back = {.session = session, .plan = plan, .object = object};
    const corm__seat seat = corm__seat_at(object);
    corm_status status = CORM_OK;
    if (!corm__journal_push(session, CORM__DELETED, old, NULL))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    for (uint16_t i = 0; i < mapper->column_count; i++)
        columns |= (uint64_t)!mapper->columns[i].primary_key << i;
    columns &= ~(left | mapper->generated);
    corm__version_next(mapper, object, corm__snapshot_of(old));
    for (uint16_t part = 1; part <= mapper->part_count && status == CORM_OK; part++) {
        const uint64_t in = mapper->parts[part - 1].columns;
        if (((columns | left) & in) == 0)
            continue;
        status = corm__update_part(&back, "replacing", corm__snapshot_of(old),
                                   corm__part_model(mapper, part), columns & in, left & in, row,
                                   &result);
        returned |= back.columns;
        if (status == CORM_OK && mapper->version != NULL && result.changed == 0)
            status = corm__stale(session, &(const corm__story){plan, old, "replacing", NULL});
        if (status == CORM_OK)
            status = corm__key_given(session, mapper, &seat, &result);
    }
    if (status != CORM_OK)
        return status;
    corm__identity_leave(session, mapper, old);
    corm__record_of(old)->state = CORM_STATE_DELETED;
    corm__record_of(old)->flags &= (uint16_t)~CORM__MARKED_DELETED;
    status = corm__inserted(session, mapper, &seat);
    left |= mapper->generated;
    if (status == CORM_OK && left != 0 && returned == 0)
        status = corm__back_select(session, plan, object, left);
    return status == CORM_OK
               ? corm__follow_later(session, plan, object, corm__snapshot_of(old),
                                    corm__followed_changes(mapper, corm__snapshot_of(old), object))
               : status;
}

/* Room for so many new rows of a table: in the journal, and for their objects under their keys. */
static corm_status corm__ready_table(corm_session *session, const corm__mapper *mapper,
                                     size_t count)
{
    if (!corm__journal_reserve(session, count) ||
        !corm__identity_reserve(corm__identities_of(session, mapper), count))
        return corm__no_memory(session);
    return corm__not_streamed(session, mapper);
}

/* All members of a new row get their values. Its table is ready. */
static inline corm_status corm__ready_new(corm_session *session, corm__plan *plan,
                                          const corm__mapper *mapper, void *object)
{
    corm__record *record = corm__record_of(object);
    (void)corm__journal_insert(session, object, record); /* there is room */
    if (CORM__LIKELY(mapper->default_functions == 0 && mapper->version == NULL))
        return corm__sync(session, plan, object, record);
    const bool functions = mapper->default_functions != 0;
    corm__version_begin(mapper, object);
    corm_status status = functions ? corm__compute_insert(session, plan, object, false) : CORM_OK;
    if (status == CORM_OK)
        status = corm__sync(session, plan, object, record);
    if (status == CORM_OK && functions)
        status = corm__compute_insert(session, plan, object, true);
    return status;
}

static corm_status corm__write_new(corm_session *session, corm__plan *plan, void *object,
                                   corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm_status status = corm__ready_table(session, mapper, 1);
    if (status == CORM_OK)
        status = corm__ready_new(session, plan, mapper, object);
    if (status != CORM_OK)
        return status;
    void *old =
        corm__work_of(plan, object)->deletes.count > 0 ? corm__switched(session, object) : NULL;
    if (old != NULL && corm__mapper_at(old) != mapper)
        return corm__kind_conflict(session, object, old);
    if (old != NULL)
        return corm__write_switch(session, plan, object, old, row);
    return corm__write_insert(session, plan, object, row);
}

/* ---- DELETE ---------------------------------------------------------------------------------- */

static corm_status corm__write_delete(corm_session *session, corm__plan *plan, void *object,
                                      corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__story story = {plan, object, "deleting", NULL};
    corm_result result = {0, 0};
    if (!corm__has_row(corm__record_of(object)))
        return CORM_OK; /* its row was given to a new object */
    if (!corm__journal_push(session, CORM__DELETED, object, NULL))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    const void *snapshot = corm__snapshot_of(object);
    corm_status status = CORM_OK;
    for (uint16_t part = mapper->part_count; part > 0 && status == CORM_OK; part--) {
        const corm__mapper *in = corm__part_model(mapper, part);
        const size_t count = corm__row_place(in, snapshot, row, 0);
        status =
            corm__run_write(session, &story, corm__statement_of(session, in, CORM__VERB_DELETE, 0),
                            row->values, count, &result);
        if (status == CORM_OK && corm__own_version(in) != NULL && result.changed == 0)
            status = corm__stale(session, &story);
    }
    if (status == CORM_OK)
        corm__is_deleted(session, object);
    return status;
}

#endif /* CORM__ROOM_WRITE_C */
