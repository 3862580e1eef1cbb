/* arrays.c: INSERT of arrays.
 *
 * Owns: the arguments of corm_insert_all and corm_insert_returning, all rows one after the other, the
 * objects that are handed back, blank rows.
 * Must not know: the statement of a row, how objects are made true to rows. */
#ifndef CORM__ROOM_ARRAYS_C
#define CORM__ROOM_ARRAYS_C

#include "spread.c"

/* ---- All rows -------------------------------------------------------------------------------- */

static corm_status corm__insert_row(corm__insert *insert)
{
    corm__given *rows = &insert->rows;
    const corm__mapper *mapper = rows->mapper;
    const uint64_t unset = rows->unset;
    corm__key key;
    corm_status status = corm__given_defaults(rows);
    insert->fresh = false;
    const uint64_t left = mapper->generated | (mapper->server_defaults & rows->unset);
    const int64_t ignored = insert->counts.ignored;
    if (status == CORM_OK && insert->conflict.given)
        status = mapper->part_count == 1 ? corm__upsert_row(insert, left)
                                         : corm__upsert_spread(insert, left);
    for (uint16_t part = 1;
         !insert->conflict.given && part <= mapper->part_count && status == CORM_OK; part++)
        status = corm__insert_row_part(insert, corm__part_model(mapper, part), left);
    if (status != CORM_OK || insert->counts.ignored > ignored)
        return status;
    insert->counts.inserted += !insert->conflict.given;
    insert->fresh = insert->fresh || !insert->conflict.given;
    status = corm__given_put_key(rows);
    if (status != CORM_OK || !insert->asks)
        return status;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, rows->row, &key);
    if (insert->made != NULL)
        insert->made[insert->keys.count] = (corm__made_row){
            insert->fresh && corm__identity_find(rows->session, mapper->root, key.values) == NULL,
            unset};
    return corm__keys_push(rows->session, &insert->keys, key.values);
}

/* A rollback makes what is new transient, and expires the rest. */
static bool corm__insert_journal(corm_session *session, void *object, const corm__made_row *made)
{
    if (!made->is_new)
        return corm__journal_image(session, object, UINT64_MAX);
    if (!corm__journal_insert(session, object, corm__record_of(object)))
        return false;
    session->journal[session->journal_count - 1].as.unset = made->unset;
    return true;
}

/* The objects of the rows, in their order; else those that the session has are read again. */
static corm_status corm__insert_meet(corm__insert *insert)
{
    corm_session *session = insert->rows.session;
    corm__mapper *mapper = insert->rows.mapper;
    corm__meeting meeting = {.session = session,
                             .mapper = mapper,
                             .whole = true,
                             .make = insert->wants,
                             .stale = ~UINT64_C(0),
                             .effects = &insert->effects};
    corm__keys known = insert->keys;
    size_t kept = 0;
    if (!insert->wants) { /* in place: nobody needs the others any more */
        for (size_t i = 0; i < known.count; i++) {
            const corm_value *key = &known.values[i * known.width];
            if (corm__identity_find(session, mapper->root, key) != NULL)
                memmove(&known.values[kept++ * known.width], key, known.width * sizeof *key);
        }
        known.count = kept;
    }
    corm_status status = corm__meet_keys(&meeting, &known);
    for (size_t i = 0; i < known.count && insert->wants && status == CORM_OK; i++) {
        void *object = corm__identity_find(session, mapper->root, &known.values[i * known.width]);
        if (object == NULL)
            continue; /* a trigger has deleted the row */
        if (!corm__vector_push(&insert->objects, object) ||
            !corm__insert_journal(session, object, &insert->made[i]))
            status = corm__no_memory(session);
    }
    return status;
}

static corm_status corm__insert_write(corm__insert *insert)
{
    corm__given *rows = &insert->rows;
    corm_session *session = rows->session;
    corm_status status = corm__begin_writing(session);
    if (status != CORM_OK)
        return status;
    for (size_t i = 0; i < rows->count && status == CORM_OK; i++) {
        corm__given_take(rows, i);
        status = corm__insert_row(insert);
    }
    corm__effect *effect = &insert->effects.of[rows->mapper->index];
    if (status == CORM_OK && insert->counts.inserted + insert->counts.updated > 0) {
        effect->come = true;
        corm__effect_change(&insert->effects, rows->mapper,
                            insert->conflict.update | insert->conflict.compute);
        if (insert->asks)
            status = corm__insert_meet(insert);
        if (status == CORM_OK)
            status = corm__effects_settle(session, &insert->effects);
    }
    if (status == CORM_OK)
        return CORM_OK;
    corm__given_restore_keys(rows);
    return corm__break_off(session, session->transaction_lost);
}

/* ---- Arguments ------------------------------------------------------------------------------- */

/* NULL: the error is recorded. */
static corm__mapper *corm__insert_arguments(corm_session *session, const corm_insertion *insertion,
                                            const char *call)
{
    if (corm__usable_for(session, call) != CORM_OK ||
        corm__forbidden(session, CORM__BOUND_FLUSH, call) != CORM_OK)
        return NULL;
    if (insertion == NULL || (insertion->rows == NULL && insertion->count > 0)) {
        (void)corm__fail(session, CORM_NULL_ARGUMENT, "%s: the rows are NULL", call);
        return NULL;
    }
    return corm__bulk_model(session, insertion->model, call);
}

static corm_status corm__insert_begin(corm__insert *insert, corm_session *session,
                                      corm__mapper *mapper, const corm_insertion *insertion)
{
    corm__given *rows = &insert->rows;
    rows->session = session;
    rows->mapper = mapper;
    rows->array = (char *)insertion->rows;
    rows->count = insertion->count;
    rows->row = corm__allocate_zeroed(1, mapper->size);
    insert->keys.width = mapper->pk_count;
    insert->counted = insertion->counts != NULL;
    if (rows->row == NULL)
        return corm__no_memory(session);
    corm_status status = corm__conflict_make(session, mapper, insertion, &insert->conflict);
    if (status == CORM_OK)
        status = corm__effects_begin(session, &insert->effects);
    if (status == CORM_OK)
        status = corm__given_check(rows);
    const bool gives =
        mapper->integer_key || insert->conflict.update != 0 ||
        (mapper->default_functions & corm__column_bits(mapper->pk, mapper->pk_count));
    return status == CORM_OK && gives ? corm__given_keep_keys(rows) : status;
}

/* Everything behind the check of the arguments. */
static corm_status corm__insert_all(corm__insert *insert, corm_session *session,
                                    corm__mapper *mapper, const corm_insertion *insertion)
{
    corm_status status = corm__insert_begin(insert, session, mapper, insertion);
    if (status == CORM_OK)
        status = corm__flush_all(session);
    if (status == CORM_OK)
        status = corm__not_streamed(session, mapper);
    if (status == CORM_OK)
        status = corm__keys_stay(session, mapper,
                                 insert->conflict.update | insert->conflict.compute, ".update");
    insert->asks = insert->wants || corm__identity_count(corm__identities_of(session, mapper)) > 0;
    if (status == CORM_OK && insert->wants) {
        insert->made =
            (corm__made_row *)corm__allocate_zeroed(insertion->count, sizeof *insert->made);
        status = insert->made != NULL ? CORM_OK : corm__no_memory(session);
    }
    return status == CORM_OK ? corm__insert_write(insert) : status;
}

static int64_t corm__insert_rows(corm_session *session, const corm_insertion *insertion,
                                 corm_list *list, const char *call)
{
    corm__mapper *mapper = corm__insert_arguments(session, insertion, call);
    if (mapper == NULL)
        return -1;
    if (insertion->counts != NULL)
        *insertion->counts = (corm_insertion_counts){0, 0, 0};
    if (insertion->count == 0)
        return corm__ended(CORM_OK) == CORM_OK ? 0 : -1;
    corm__insert *insert = (corm__insert *)corm__allocate_zeroed(1, sizeof *insert);
    if (insert == NULL) {
        (void)corm__no_memory(session);
        return -1;
    }
    insert->wants = list != NULL;
    corm__scratch_begin(session);
    corm_status status = corm__insert_all(insert, session, mapper, insertion);
    corm__scratch_end(session);
    if (status == CORM_OK && list != NULL && insert->objects.count > 0) {
        corm__batch *batch = corm__batch_new(session, insert->objects.items, insert->objects.count);
        if (batch != NULL)
            *list = (corm_list){batch->items, batch->count};
        else
            status = corm__no_memory(session);
    }
    const corm_insertion_counts counts = insert->counts;
    corm__insert_free(insert);
    if (corm__ended(status) != CORM_OK)
        return -1;
    if (insertion->counts != NULL)
        *insertion->counts = counts;
    return counts.inserted + counts.updated;
}

CORM_API int64_t corm_rows_insert(corm_session *session, const corm_insertion *insertion)
{
    CORM__ENTER(session, -1);
    return corm__insert_rows(session, insertion, NULL, "corm_insert_all");
}

CORM_API corm_list corm_rows_insert_returning(corm_session *session,
                                              const corm_insertion *insertion)
{
    CORM__ENTER(session, (corm_list){NULL, 0});
    corm_list list = {NULL, 0};
    (void)corm__insert_rows(session, insertion, &list, "corm_insert_returning");
    return list;
}

CORM_API corm_status corm_rows_prepare(corm_session *session, const corm_model *model, void *rows,
                                       size_t count)
{
    CORM__ENTER(session, CORM_MISUSE);
    if (session != NULL && session->registry == NULL)
        return corm__ended(session->poison); /* the message says what is wrong with the schema */
    if (session == NULL || (rows == NULL && count > 0))
        return corm__ended(corm__fail(session, CORM_NULL_ARGUMENT,
                                      "corm_rows_blank: the session or the rows are NULL"));
    const corm__mapper *mapper = corm__bulk_model(session, model, "corm_rows_blank");
    if (mapper == NULL)
        return corm__status;
    for (size_t i = 0; i < count; i++) {
        char *row = (char *)rows + i * mapper->size;
        if (!mapper->model->existing)
            memset(row, 0, mapper->size);
        for (uint16_t c = 0; c < mapper->column_count; c++) {
            const corm__column *column = &mapper->columns[c];
            if (corm__has_default(column))
                corm__default_fill(column, row);
            else if (corm__has_sentinel(column))
                corm__sentinel_fill(column, row);
            else
                corm__member_clear(column, row);
        }
        if (mapper->discriminator != NULL)
            corm__identity_put(mapper, row);
    }
    return corm__ended(CORM_OK);
}

#endif /* CORM__ROOM_ARRAYS_C */
