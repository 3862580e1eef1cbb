/* sweep.c: UPDATE and DELETE by conditions.
 *
 * Owns: the arguments of corm_update_all and corm_delete_all, and the two ways to do what they ask: one
 * statement, or by the keys of the rows.
 * Must not know: how objects are made true to rows. */
#ifndef CORM__ROOM_SWEEP_C
#define CORM__ROOM_SWEEP_C

#include "bulk.c"

/* ---- In one statement ------------------------------------------------------------------------ */

static bool corm__has_tables_below(const corm__mapper *mapper)
{
    for (size_t f = 1; f < mapper->family_count; f++)
        if (mapper->family[f]->home == mapper->family[f])
            return true;
    return false;
}

/* Whether the session has anything to learn from the rows. */
static bool corm__bulk_concerns(const corm__bulk *bulk)
{
    return bulk->wants ||
           corm__identity_count(corm__identities_of(bulk->session, bulk->mapper)) > 0;
}

/* Columns of heirs that the database computes may depend on those of the model. */
static bool corm__bulk_whole(const corm__bulk *bulk)
{
    bool whole = bulk->wants;
    for (size_t f = 1; f < bulk->mapper->family_count; f++)
        whole = whole || bulk->mapper->family[f]->generated != bulk->mapper->generated;
    return whole;
}

/* Whether one statement by conditions does it. */
static bool corm__bulk_is_simple(const corm__bulk *bulk, bool whole)
{
    const corm__mapper *mapper = bulk->mapper;
    if (mapper->part_count > 1 || (bulk->verb[0] == 'D' && corm__has_tables_below(mapper)))
        return false;
    return !corm__bulk_concerns(bulk) ||
           ((bulk->session->engine->adapter->capabilities & CORM_CAN_RETURNING) &&
            !(whole && mapper->spread));
}

static corm_status corm__bulk_simple(corm__bulk *bulk, corm__meeting *meeting)
{
    corm_session *session = bulk->session;
    const bool tells = corm__bulk_concerns(bulk);
    corm_result result = {0, 0};
    corm__writer w;
    corm_error error;
    if (!tells) {
        meeting->columns = 0;
        meeting->whole = false;
    }
    corm__writer_begin(session, &w, bulk->mapper->model, &error);
    if (bulk->verb[0] == 'U')
        corm__write_update_where(&w, bulk->mapper, &bulk->setting, &bulk->where, meeting->columns,
                                 meeting->whole);
    else
        corm__write_delete_where(&w, bulk->mapper, &bulk->where, meeting->columns, meeting->whole);
    corm_status status = corm__bulk_written(bulk, &w);
    if (status == CORM_OK)
        status = corm__bulk_run(bulk, w.values, w.count, tells ? meeting : NULL, &result);
    bulk->rows = result.changed;
    return status;
}

/* ---- By keys --------------------------------------------------------------------------------- */

static corm_status corm__bulk_read_keys(corm__bulk *bulk, corm__keys *keys)
{
    corm_session *session = bulk->session;
    corm_value row[CORM__KEY_MAX];
    corm__cursor cursor;
    bool more = true;
    corm__writer w;
    corm_error error;
    corm__writer_begin(session, &w, bulk->mapper->model, &error);
    corm__write_keys(&w, bulk->mapper, &bulk->where);
    corm_status status = corm__bulk_written(bulk, &w);
    if (status != CORM_OK)
        return status;
    corm__prepared *prepared = corm__prepare_sql(session);
    if (prepared == NULL)
        return session->error.status;
    status = corm__cursor_start(session, &cursor, prepared, w.values, w.count);
    while (status == CORM_OK) {
        status = corm__cursor_fetch(session, &cursor, row, keys->width, &more);
        if (status != CORM_OK || !more)
            break;
        status = corm__keys_push(session, keys, row);
    }
    corm__cursor_end(session, &cursor);
    bulk->rows = (int64_t)keys->count;
    return status;
}

/* Writes an UPDATE of these columns, or a DELETE, of `size` keyed rows in the table of `home`. */
static corm_status corm__bulk_write_keyed(corm__bulk *bulk, corm__writer *w, corm_error *error,
                                          const corm__mapper *home, uint64_t columns, size_t size)
{
    corm__writer_begin(bulk->session, w, bulk->mapper->model, error);
    if (bulk->verb[0] == 'U')
        corm__write_update_keys(w, bulk->mapper, home, &bulk->setting, columns, size);
    else
        corm__sql_delete_keys(w->b, w->d, home, size);
    return corm__bulk_written(bulk, w);
}

static corm_status corm__bulk_table(corm__bulk *bulk, const corm__keys *keys,
                                    const corm__mapper *home, uint64_t columns)
{
    corm_session *session = bulk->session;
    corm__writer w;
    corm_error error;
    corm_status status = corm__bulk_write_keyed(bulk, &w, &error, home, columns, 1);
    if (status != CORM_OK)
        return status;
    const size_t most = corm__keys_chunk(session, keys, w.count);
    corm_value *values = (corm_value *)corm__arena_allocate(
        &session->scratch, (w.count + most * keys->width) * sizeof *values);
    if (values == NULL)
        return corm__no_memory(session);
    for (size_t i = 0; i < keys->count && status == CORM_OK; i += most) {
        const size_t left = keys->count - i;
        size_t size = corm__statement_size(left < most ? left : most);
        corm_result result = {0, 0};
        size = size < most ? size : most;
        status = corm__bulk_write_keyed(bulk, &w, &error, home, columns, size);
        if (status != CORM_OK)
            break;
        if (w.count > 0)
            memcpy(values, w.values, w.count * sizeof *values);
        corm__keys_values(keys, i, size, &values[w.count]);
        status = corm__bulk_run(bulk, values, w.count + size * keys->width, NULL, &result);
    }
    return status;
}

static corm_status corm__bulk_update_tables(corm__bulk *bulk, const corm__keys *keys)
{
    const corm__mapper *mapper = bulk->mapper;
    const uint64_t columns = corm__setting_columns(&bulk->setting);
    corm_status status = CORM_OK;
    for (uint16_t part = mapper->part_count; part > 0 && status == CORM_OK; part--)
        if (columns & mapper->parts[part - 1].columns)
            status = corm__bulk_table(bulk, keys, mapper->parts[part - 1].home,
                                      columns & mapper->parts[part - 1].columns);
    return status;
}

/* Parts of rows go before what they are parts of. */
static corm_status corm__bulk_delete_tables(corm__bulk *bulk, const corm__keys *keys)
{
    const corm__mapper *mapper = bulk->mapper;
    corm_status status = CORM_OK;
    for (size_t f = mapper->family_count; f > 1 && status == CORM_OK; f--)
        if (mapper->family[f - 1]->home == mapper->family[f - 1])
            status = corm__bulk_table(bulk, keys, mapper->family[f - 1], 0);
    for (uint16_t part = mapper->part_count; part > 0 && status == CORM_OK; part--)
        status = corm__bulk_table(bulk, keys, mapper->parts[part - 1].home, 0);
    return status;
}

/* Where the program does not want all objects: those rows that the session knows. */
static void corm__bulk_known_keys(const corm__bulk *bulk, corm__keys *keys)
{
    size_t kept = 0;
    for (size_t i = 0; i < keys->count && !bulk->wants; i++) {
        const corm_value *key = &keys->values[i * keys->width];
        if (corm__identity_find(bulk->session, bulk->mapper->root, key) != NULL)
            memmove(&keys->values[kept++ * keys->width], key, keys->width * sizeof *key);
    }
    if (!bulk->wants)
        keys->count = kept;
}

static corm_status corm__bulk_by_keys(corm__bulk *bulk, corm__meeting *meeting)
{
    corm__keys keys = {NULL, 0, 0, bulk->mapper->pk_count};
    const bool updates = bulk->verb[0] == 'U';
    corm_status status = corm__bulk_read_keys(bulk, &keys);
    bulk->keys = &keys;
    meeting->whole = true;
    if (status == CORM_OK && updates)
        status = corm__bulk_update_tables(bulk, &keys);
    /* what is deleted is met while it is there */
    corm__keys known = keys;
    known.values = NULL;
    known.count = known.capacity = 0;
    for (size_t i = 0; i < keys.count && status == CORM_OK && corm__bulk_concerns(bulk); i++)
        status = corm__keys_push(bulk->session, &known, &keys.values[i * keys.width]);
    corm__bulk_known_keys(bulk, &known);
    if (status == CORM_OK)
        status = corm__meet_keys(meeting, &known);
    if (status == CORM_OK && !updates)
        status = corm__bulk_delete_tables(bulk, &keys);
    bulk->keys = NULL;
    corm__free(known.values);
    corm__free(keys.values);
    return status;
}

/* ---- The statement --------------------------------------------------------------------------- */

/* Takes a connection and begins as a writer, if no transaction is open. */
static corm_status corm__begin_writing(corm_session *session)
{
    const bool flushing = session->flushing;
    session->flushing = true;
    const corm_status status = corm__begin(session);
    session->flushing = flushing;
    session->sweeps += status == CORM_OK;
    return status;
}

/* Looks at all of the statement before anything is written for it. */
static corm_status corm__bulk_look(corm__bulk *bulk)
{
    const corm__mapper *mapper = bulk->mapper;
    const uint64_t columns = corm__setting_columns(&bulk->setting);
    const bool spread = mapper->part_count > 1;
    corm_status status = CORM_OK;
    corm__writer w;
    corm_error error;
    for (uint16_t part = 0; spread && part < mapper->part_count && status == CORM_OK; part++)
        if (columns & mapper->parts[part].columns)
            status = corm__bulk_write_keyed(bulk, &w, &error, mapper->parts[part].home,
                                            columns & mapper->parts[part].columns, 1);
    if (status != CORM_OK)
        return status;
    corm__writer_begin(bulk->session, &w, mapper->model, &error);
    if (spread)
        corm__write_keys(&w, mapper, &bulk->where);
    else if (bulk->verb[0] == 'U')
        corm__write_update_where(&w, mapper, &bulk->setting, &bulk->where, 0, false);
    else
        corm__write_delete_where(&w, mapper, &bulk->where, 0, false);
    return corm__bulk_written(bulk, &w);
}

/* What became of the rows' objects. */
static corm_status corm__bulk_settle(corm__bulk *bulk)
{
    const corm__mapper *mapper = bulk->mapper;
    corm_status status = CORM_OK;
    if (bulk->rows == 0)
        return CORM_OK;
    if (bulk->verb[0] == 'U')
        corm__effect_change(&bulk->effects, mapper, corm__setting_columns(&bulk->setting));
    for (size_t f = 0; f < mapper->family_count && bulk->verb[0] == 'D'; f++)
        bulk->effects.of[mapper->family[f]->index].gone = true;
    for (size_t i = 0; i < bulk->objects.count && bulk->verb[0] == 'D' && status == CORM_OK; i++) {
        status = corm__vanished(bulk->session, bulk->objects.items[i]);
        bulk->effects.gone = true;
    }
    return status == CORM_OK ? corm__effects_settle(bulk->session, &bulk->effects) : status;
}

/* Everything but the check of the arguments. */
static corm_status corm__bulk_write(corm__bulk *bulk)
{
    corm_session *session = bulk->session;
    const corm__mapper *mapper = bulk->mapper;
    const uint64_t key = corm__column_bits(mapper->pk, mapper->pk_count);
    const uint64_t written = corm__setting_columns(&bulk->setting) | mapper->generated;
    corm__meeting meeting = {.session = session,
                             .mapper = bulk->mapper,
                             .columns = (written & ~mapper->deferred) | key,
                             .stale = written,
                             .whole = corm__bulk_whole(bulk),
                             .make = bulk->wants,
                             .passing = true,
                             .objects = &bulk->objects,
                             .effects = &bulk->effects};
    if (bulk->verb[0] == 'D' && !bulk->wants) {
        meeting.columns = key;
        meeting.whole = false;
    }
    corm_status status =
        corm__keys_stay(session, mapper, corm__setting_columns(&bulk->setting), ".set");
    if (status == CORM_OK)
        status = corm__begin_writing(session);
    if (status != CORM_OK)
        return status;
    status = corm__bulk_is_simple(bulk, meeting.whole) ? corm__bulk_simple(bulk, &meeting)
                                                       : corm__bulk_by_keys(bulk, &meeting);
    if (status == CORM_OK)
        status = corm__bulk_settle(bulk);
    return status == CORM_OK ? CORM_OK : corm__break_off(session, session->transaction_lost);
}

/* ---- Arguments ------------------------------------------------------------------------------- */

/* The model that the rows are of; NULL: the error is recorded. */
static corm__mapper *corm__bulk_model(corm_session *session, const corm_model *model,
                                      const char *call)
{
    if (model == NULL) {
        (void)corm__fail(session, CORM_NULL_ARGUMENT, "%s: the model is NULL", call);
        return NULL;
    }
    corm__mapper *mapper = corm__mapper_of(session->registry, model);
    if (mapper == NULL)
        (void)corm__fail(session, CORM_WRONG_MODEL, "%s: %s is no model of schema %s", call,
                         model->name, session->registry->schema->name);
    return mapper;
}

/* A forgotten condition would lose every row, so that must be said. */
static corm_status corm__bulk_where(corm_session *session, const corm__mapper *mapper,
                                    const corm_condition *where, bool all_rows, const char *call)
{
    const bool limited = where->count > 0 || where->wanted > 0;
    if (limited == all_rows)
        return corm__fail(session, CORM_MISUSE,
                          limited
                              ? "%s(session, %s, ...): .where and .all_rows = true exclude each "
                                "other: leave one out"
                              : "%s(session, %s, ...) without .where: say .all_rows = true if "
                                "every row is meant",
                          call, mapper->model->name);
    return CORM_OK;
}

/* A statement with its rows chosen; NULL: the error is recorded. */
static corm__bulk *corm__bulk_new(corm_session *session, const corm_model *model,
                                  const corm_condition *where, bool all_rows, const char *verb,
                                  const char *call)
{
    if (corm__usable_for(session, call) != CORM_OK ||
        corm__forbidden(session, CORM__BOUND_FLUSH, call) != CORM_OK)
        return NULL;
    corm__mapper *mapper = corm__bulk_model(session, model, call);
    if (mapper == NULL)
        return NULL;
    corm__bulk *bulk = (corm__bulk *)corm__allocate_zeroed(1, sizeof *bulk);
    if (bulk == NULL) {
        (void)corm__no_memory(session);
        return NULL;
    }
    bulk->session = session;
    bulk->mapper = mapper;
    bulk->verb = verb;
    bulk->where = *where;
    corm__status = corm__bulk_where(session, mapper, where, all_rows, call);
    if (corm__status == CORM_OK)
        corm__status = corm__effects_begin(session, &bulk->effects);
    if (corm__status == CORM_OK)
        return bulk;
    corm__bulk_free(bulk);
    return NULL;
}

/* NULL arguments give -1 with the error recorded; frees the statement. */
static int64_t corm__bulk_end(corm__bulk *bulk, const corm_assignments *set, corm_list *list)
{
    corm_session *session = bulk->session;
    bulk->wants = list != NULL;
    corm__scratch_begin(session);
    corm_status status = set != NULL ? corm__bulk_setting(bulk, set) : CORM_OK;
    if (status == CORM_OK)
        status = corm__bulk_look(bulk);
    if (status == CORM_OK)
        status = corm__flush_all(session);
    if (status == CORM_OK && bulk->lively) /* the flush may have given keys to what it speaks of */
        status = corm__bulk_look(bulk);
    if (status == CORM_OK)
        status = corm__bulk_write(bulk);
    corm__scratch_end(session);
    if (status == CORM_OK && list != NULL && bulk->objects.count > 0) {
        corm__batch *batch = corm__batch_new(session, bulk->objects.items, bulk->objects.count);
        if (batch != NULL)
            *list = (corm_list){batch->items, batch->count};
        else
            status = corm__no_memory(session);
    }
    const int64_t rows = bulk->rows;
    corm__bulk_free(bulk);
    return corm__ended(status) == CORM_OK ? rows : -1;
}

static int64_t corm__bulk_update(corm_session *session, const corm_update *update, corm_list *list,
                                 const char *call)
{
    if (update == NULL) {
        (void)corm__fail(session, CORM_NULL_ARGUMENT, "%s: nothing to do is given", call);
        return -1;
    }
    corm__bulk *bulk =
        corm__bulk_new(session, update->model, &update->where, update->all_rows, "UPDATE", call);
    return bulk == NULL ? -1 : corm__bulk_end(bulk, &update->set, list);
}

static int64_t corm__bulk_delete(corm_session *session, const corm_deletion *deletion,
                                 corm_list *list, const char *call)
{
    if (deletion == NULL) {
        (void)corm__fail(session, CORM_NULL_ARGUMENT, "%s: nothing to do is given", call);
        return -1;
    }
    corm__bulk *bulk = corm__bulk_new(session, deletion->model, &deletion->where,
                                      deletion->all_rows, "DELETE", call);
    return bulk == NULL ? -1 : corm__bulk_end(bulk, NULL, list);
}

CORM_API int64_t corm_query_update(corm_session *session, const corm_update *update)
{
    CORM__ENTER(session, -1);
    return corm__bulk_update(session, update, NULL, "corm_update_all");
}

CORM_API int64_t corm_query_delete(corm_session *session, const corm_deletion *deletion)
{
    CORM__ENTER(session, -1);
    return corm__bulk_delete(session, deletion, NULL, "corm_delete_all");
}

CORM_API corm_list corm_query_update_returning(corm_session *session, const corm_update *update)
{
    CORM__ENTER(session, (corm_list){NULL, 0});
    corm_list list = {NULL, 0};
    (void)corm__bulk_update(session, update, &list, "corm_update_returning");
    return list;
}

CORM_API corm_list corm_query_delete_returning(corm_session *session, const corm_deletion *deletion)
{
    CORM__ENTER(session, (corm_list){NULL, 0});
    corm_list list = {NULL, 0};
    (void)corm__bulk_delete(session, deletion, &list, "corm_delete_returning");
    return list;
}

#endif /* CORM__ROOM_SWEEP_C */
