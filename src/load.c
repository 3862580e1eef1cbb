/* load.c: from rows to objects.
 *
 * Owns: making an object of a row or filling an expired one, running queries.
 * Must not know: how changes are written, how both ends of a relationship are kept in agreement. */
#ifndef CORM__ROOM_LOAD_C
#define CORM__ROOM_LOAD_C

#include "hooks.c"
#include "joins.c"

enum {
    CORM__ROW_MAX = CORM__COLUMN_MAX + CORM__KEY_MAX,
    CORM__SIBLINGS_MAX = 1000 /* objects for which one statement loads a relationship */
};

/* ---- One row --------------------------------------------------------------------------------- */

/* "in the row id = 3" */
static void corm__row_key_text(corm__buffer *text, const corm__mapper *mapper,
                               const corm_value *row)
{
    for (size_t i = 0; i < mapper->pk_count; i++) {
        corm__buffer_format(text, "%s%s = ", i > 0 ? ", " : "in the row ",
                            mapper->columns[mapper->pk[i]].name);
        corm__value_literal(text, &row[mapper->pk[i]]);
    }
}

/* `row` has the values of all columns, or is NULL. */
static CORM__COLD corm_status corm__load_misfit(corm_session *session, const corm__column *column,
                                                bool memory, const char *why, const corm_value *row)
{
    if (memory)
        return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s was loaded",
                            column->home->model->table);
    corm__buffer text = {.data = NULL};
    if (row != NULL) {
        corm__buffer_text(&text, " (");
        corm__row_key_text(&text, column->owner, row);
        corm__buffer_text(&text, ")");
    }
    const corm_status status =
        corm__poison(session, CORM_DATA, "%s.%s: %s%s", column->home->model->table, column->name,
                     why, text.failed || text.data == NULL ? "" : text.data);
    corm__buffer_free(&text);
    return status;
}

/* A deferred column is to be loaded again on request, unless this transaction has written it. `empty`
 * is a struct of zeros. */
static void corm__put_away(corm_session *session, const corm__column *column, void *object,
                           const void *empty, bool kept)
{
    corm__record *record = corm__record_of(object);
    void *snapshot = corm__snapshot_of(object);
    if (record->imaged &&
        !corm__member_equal(column, snapshot, corm__image_struct(record->as.image)))
        return;
    if (!kept)
        corm__member_clear(column, object);
    corm__snapshot_replace(session, column, record, snapshot, empty);
}

/* These deferred columns are not known any more. Needs no memory: where nothing says which were loaded all the same, others
 * that are empty are not known either. */
static void corm__unload(corm__record *record, const corm__mapper *mapper, uint64_t columns)
{
    corm__rare *rare = corm__rare_known(record);
    if (rare != NULL)
        rare->loaded = (record->deferred ? rare->loaded : mapper->deferred) & ~columns;
    record->deferred = true;
}

/* Writes the row into the object's snapshot, and into those members that the program has not
 * changed. Columns outside of `wanted` stay. */
static corm_status corm__fill(corm_session *session, void *object, const corm_value *row,
                              uint64_t wanted)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    char *snapshot = corm__snapshot_of(object), why[256], scratch[CORM__SCRATCH];
    const uint64_t away = mapper->deferred & wanted;
    void *fresh = corm__arena_allocate(&session->scratch, mapper->size);
    if (fresh == NULL)
        return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s was loaded",
                            mapper->model->table);
    const uint64_t taken = corm__bits_of(record);
    memset(fresh, 0, mapper->size);
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        bool memory = false,
             kept = column != mapper->version &&
                    ((taken >> i & 1) || !corm__member_equal(column, object, snapshot));
        if (!(wanted >> i & 1))
            continue;
        if (CORM__UNLIKELY(away >> i & 1)) {
            corm__put_away(session, column, object, fresh, kept);
            continue;
        }
        corm_value known = corm__member_value(column, snapshot, scratch);
        if (column->kind != CORM_KIND_CUSTOM && corm__value_equal(&known, &row[i]))
            continue;
        if (!corm__member_load(column, fresh, &row[i], &session->heap, &memory, why, sizeof why))
            return corm__load_misfit(session, column, memory, why, row);
        if (!kept)
            corm__member_copy(column, object, fresh);
        corm__snapshot_replace(session, column, record, snapshot, fresh);
    }
    record->generation = session->generation;
    corm__standing_of(record)->batch = NULL;
    if ((wanted & mapper->foreign_keys) != 0)
        record->flags &= (uint16_t)~CORM__UNSAID;
    if (away != 0)
        corm__unload(record, mapper, away);
    if (corm__rare_known(record) != NULL)
        record->extra->rare->expired &= ~wanted;
    return CORM_OK;
}

/* The commonest kinds with values that are as they should be; false: corm__member_load knows. Texts are
 * copied into the heap; NULL: borrowed. */
static CORM__INLINE bool corm__member_load_quickly(const corm__column *column, char *object,
                                                   const corm_value *value, corm__heap *heap)
{
    const unsigned type = (unsigned)value->type;
    if (CORM__UNLIKELY(type != column->plain))
        return false;
    char *at = object + column->offset;
    if (type != CORM_VALUE_TEXT) { /* an integer or a real, in eight bytes either */
        memcpy(at, &value->as, sizeof(int64_t));
        return true;
    }
    const char *text = value->as.bytes;
    if (heap != NULL)
        text = corm__heap_line(heap, text, value->size);
    else if (!corm__is_line(text, value->size))
        text = NULL;
    memcpy(at, &text, sizeof text);
    return text != NULL;
}
_Static_assert(sizeof(double) == sizeof(int64_t), "corm: a REAL has eight bytes");

/* A member about which there is something to be said, or whose value, the row's i-th, takes some
 * work. */
static CORM__APART bool corm__load_rarely(corm_session *session, const corm__mapper *mapper,
                                          uint16_t i, const corm_value *value, void *object,
                                          corm_status *status)
{
    char why[256];
    bool memory = false;
    const corm__column *column = &mapper->columns[i];
    if ((mapper->deferred >> i & 1) != 0) /* a row has NULL in its place */
        return true;
    if (corm__member_load(column, object, value, &session->heap, &memory, why, sizeof why))
        return true;
    *status = corm__load_misfit(session, column, memory, why, value - i);
    return false;
}

/* The row's object cannot be made. */
static CORM__COLD corm_status corm__unmake(corm_session *session, const corm__mapper *mapper,
                                           void *object, corm_status status)
{
    memset(object, 0, mapper->size);
    corm__object_drop(session, object);
    return status;
}

static CORM__COLD corm_status corm__no_room(corm_session *session, const corm__mapper *mapper)
{
    return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s was loaded",
                        mapper->model->table);
}

/* A new object of the row. `place`: where the identity map expects it under the key, which has room; NULL: it is to
 * be looked for. */
static CORM__INLINE corm_status corm__make(corm_session *session, corm__mapper *mapper,
                                           const corm_value *row, corm__shelf shelf, void **place,
                                           uint64_t key, void **out)
{
    corm__seat seat;
    corm_status status = CORM_OK;
    if ((place == NULL && !corm__identity_reserve(shelf.map, 1)) ||
        !corm__seat_take(session, shelf.store, mapper, &seat))
        return corm__no_room(session, mapper);
    *seat.record = (corm__record){.flags = CORM__LIVE,
                                  .state = CORM_STATE_PERSISTENT,
                                  .deferred = mapper->deferred != 0,
                                  .generation = session->generation};
    if (!mapper->dense)
        memset(seat.object, 0, mapper->size);
    const corm__column *column = mapper->columns, *end = column + mapper->column_count;
    for (const corm_value *value = row; column < end; column++, value++)
        if (CORM__UNLIKELY(
                !corm__member_load_quickly(column, seat.object, value, &session->heap)) &&
            !corm__load_rarely(session, mapper, column->index, value, seat.object, &status))
            return corm__unmake(session, mapper, seat.object, status);
    memcpy(seat.snapshot, seat.object, mapper->size);
    *out = seat.object;
    if (place == NULL) {
        corm__identity_enter(session, mapper, seat.object);
        return CORM_OK;
    }
    corm__identity_fill(shelf.map, place, key, seat.object);
    return CORM_OK;
}

/* The same, of a row whose key is in no object. */
static CORM__APART corm_status corm__make_new(corm_session *session, corm__mapper *mapper,
                                              const corm_value *row, void **out)
{
    return corm__make(session, mapper, row, corm__shelf_of(session, mapper), NULL, 0, out);
}

/* An object cannot become one of another struct. */
static corm_status corm__kind_changed(corm_session *session, const void *object,
                                      const corm__mapper *mapper)
{
    char label[CORM__LABEL_SIZE];
    return corm__poison(
        session, CORM_DATA,
        "%s.%s: the row of %s has become one of %s: expunge the object, and load it "
        "anew",
        mapper->discriminator->home->model->table, mapper->discriminator->name,
        corm__label(object, label), mapper->model->name);
}

/* The row of an object that is in the session: it is filled if it is expired. */
static CORM__APART corm_status corm__row_again(corm_session *session, const corm__mapper *mapper,
                                               const corm_value *row, bool hooked, void *object)
{
    CORM__LOADED(session, object);
    corm__record *record = corm__record_of(object);
    uint64_t wanted = corm__rare_read(record)->expired;
    if (record->generation != session->generation)
        wanted = ~UINT64_C(0);
    if (CORM__UNLIKELY(record->flags & CORM__UNSAID))
        record->flags &= (uint16_t)~CORM__UNSAID;
    if (wanted == 0)
        return CORM_OK;
    if (CORM__UNLIKELY(corm__mapper_at(object) != mapper))
        return corm__kind_changed(session, object, mapper);
    corm_status status =
        hooked ? corm__call_load(session, CORM__HOOK_before_load, object) : CORM_OK;
    if (status == CORM_OK)
        status = corm__fill(session, object, row, wanted);
    return hooked && status == CORM_OK ? corm__call_load(session, CORM__HOOK_after_load, object)
                                       : status;
}

/* The object of a row: the one in the session (filled if it is expired), or a new one. `hooked`:
 * there are hooks to be called for what is made or filled. */
static CORM__INLINE corm_status corm__object_on_shelf(corm_session *session, corm__mapper *mapper,
                                                      corm__shelf shelf, const corm_value *row,
                                                      bool hooked, void **out)
{
    void **place = NULL, *object = NULL;
    uint64_t number = 0;
    if (CORM__LIKELY(mapper->integer_key)) {
        const corm_value *key = &row[mapper->pk[0]];
        if (CORM__UNLIKELY(key->type != CORM_VALUE_INTEGER))
            return corm__load_misfit(session, &mapper->columns[mapper->pk[0]], false,
                                     "the key is not an integer", row);
        number = (uint64_t)key->as.integer;
        place = corm__identity_place_made(shelf.map, number);
        if (CORM__UNLIKELY(place == NULL))
            return corm__no_room(session, mapper);
        object = *place;
        if (CORM__UNLIKELY(!mapper->plain_key))
            place = NULL;
    } else {
        corm_value key[CORM__KEY_MAX];
        for (size_t i = 0; i < mapper->pk_count; i++)
            key[i] = row[mapper->pk[i]];
        object = corm__identity_find(session, mapper->root, key);
    }
    if (object != NULL) {
        *out = object;
        return corm__row_again(session, mapper, row, hooked, object);
    }
    const corm_status status = corm__make(session, mapper, row, shelf, place, number, out);
    if (CORM__UNLIKELY(status != CORM_OK))
        return status;
    CORM__LOADED(session, *out);
    return CORM__UNLIKELY(hooked) ? corm__call_load(session, CORM__HOOK_after_load, *out) : CORM_OK;
}

static CORM__APART corm_status corm__object_of_row(corm_session *session, corm__mapper *mapper,
                                                   const corm_value *row, bool hooked, void **out)
{
    return corm__object_on_shelf(session, mapper, corm__shelf_of(session, mapper), row, hooked,
                                 out);
}

/* The row of a model of which there are kinds says of which one it is, or something else. */
static corm_status corm__kind_misfit(corm_session *session, const corm__mapper *mapper,
                                     const corm_value *row)
{
    corm__buffer text = {.data = NULL};
    const corm__column *column = mapper->discriminator;
    corm__value_literal(&text, &row[column->index]);
    corm__buffer_text(&text, " ");
    corm__row_key_text(&text, mapper, row);
    corm_status status = corm__poison(
        session, CORM_DATA, "%s.%s: %s is no .identity of %s or a model that inherits from it",
        column->home->model->table, column->name,
        text.failed || text.data == NULL ? "a value" : text.data, mapper->model->name);
    corm__buffer_free(&text);
    return status;
}

/* Of which model a row of a hierarchy is; *row becomes the row as that model has it, perhaps in
 * `own`. */
static corm_status corm__kind_of_row(corm_session *session, corm__mapper *mapper,
                                     corm_value own[CORM__COLUMN_MAX], const corm_value **row,
                                     corm__mapper **model)
{
    *model = corm__model_of_row(mapper, *row);
    if (*model == NULL)
        return corm__kind_misfit(session, mapper, *row);
    if (*model != mapper) {
        corm__row_of_heir(mapper, *model, *row, own);
        *row = own;
    }
    return CORM_OK;
}

static corm_status corm__object_of_kind(corm_session *session, corm__mapper *mapper,
                                        const corm_value *row, void **out)
{
    corm_value own[CORM__COLUMN_MAX];
    corm__mapper *model;
    corm_status status = corm__kind_of_row(session, mapper, own, &row, &model);
    if (status != CORM_OK)
        return status;
    return corm__object_of_row(session, model, row, corm__is_load_hooked(session, model), out);
}

/* ---- Failures of statements ------------------------------------------------------------------ */

/* A read failed: the session waits for rollback. */
static corm_status corm__load_failed(corm_session *session, corm_status status)
{
    if (session->poison == CORM_OK)
        session->poison = status;
    corm__status = status;
    return status;
}

/* The prepared statement that a read needs; NULL: the session waits for rollback. */
static corm__prepared *corm__for_reading(corm_session *session, corm__prepared *prepared)
{
    if (prepared == NULL)
        (void)corm__load_failed(session, session->error.status);
    return prepared;
}

static void corm__scratch_begin(corm_session *session)
{
    session->scratch_users++;
}

static void corm__scratch_end(corm_session *session)
{
    if (--session->scratch_users == 0)
        corm__arena_reset(&session->scratch);
}

/* ---- Several rows ---------------------------------------------------------------------------- */

/* Runs a statement whose rows are `lead` columns and then those of the mapper; `take` gets each
 * row with its object. `many`: the loop is compiled for this
 * function. */
typedef corm_status (*corm__row_taker)(corm_session *session, void *object, const corm_value *row,
                                       void *argument);

static CORM__INLINE corm_status corm__read_rows_by(corm_session *session, corm__mapper *mapper,
                                                   corm__prepared *prepared, size_t lead,
                                                   const corm_value *values, size_t count,
                                                   corm__row_taker take, void *argument, bool many)
{
    corm_value row[CORM__ROW_MAX];
    corm__cursor cursor;
    bool more = true;
    const bool hooked = corm__is_load_hooked(session, mapper);
    const corm__shelf shelf = corm__shelf_of(session, mapper);
    const size_t width = lead + mapper->select_count;
    const corm_value *const own = row + lead;
    if (corm__for_reading(session, prepared) == NULL)
        return session->error.status;
    corm_status status = corm__cursor_start(session, &cursor, prepared, values, count);
    while (status == CORM_OK) {
        void *object = NULL;
        status = corm__cursor_fetch(session, &cursor, row, width, &more);
        if (CORM__UNLIKELY(status != CORM_OK || !more))
            break;
        if (CORM__UNLIKELY(mapper->discriminator != NULL))
            status = corm__object_of_kind(session, mapper, own, &object);
        else if (many)
            status = corm__object_on_shelf(session, mapper, shelf, own, hooked, &object);
        else
            status = corm__object_of_row(session, mapper, own, hooked, &object);
        if (status == CORM_OK)
            status = take(session, object, row, argument);
    }
    corm__cursor_end(session, &cursor);
    return status == CORM_OK ? CORM_OK : corm__load_failed(session, status);
}

static CORM__APART corm_status corm__read_rows(corm_session *session, corm__mapper *mapper,
                                               corm__prepared *prepared, size_t lead,
                                               const corm_value *values, size_t count,
                                               corm__row_taker take, void *argument)
{
    return corm__read_rows_by(session, mapper, prepared, lead, values, count, take, argument,
                              false);
}

static corm_status corm__take_into_vector(corm_session *session, void *object,
                                          const corm_value *row, void *argument)
{
    (void)row;
    if (corm__vector_push(argument, object))
        return CORM_OK;
    return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while a list was made");
}

/* ---- One object ------------------------------------------------------------------------------ */

static corm_status corm__take_first(corm_session *session, void *object, const corm_value *row,
                                    void *argument)
{
    (void)session;
    (void)row;
    if (*(void **)argument == NULL)
        *(void **)argument = object;
    return CORM_OK;
}

static corm_status corm__load_by_key(corm_session *session, corm__mapper *mapper,
                                     const corm_value *key, void **out)
{
    *out = NULL;
    corm__scratch_begin(session);
    corm_status status =
        corm__read_rows(session, mapper, corm__statement_of(session, mapper, CORM__VERB_GET, 0), 0,
                        key, mapper->pk_count, corm__take_first, out);
    corm__scratch_end(session);
    return status;
}

/* Loads a persistent object's row again if any of it is expired. CORM_ROW_MISSING is returned
 * and recorded nowhere: the caller knows what it means. */
static corm_status corm__make_current(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    corm__key key;
    void *found = NULL;
    if (!corm__is_expired(object) && corm__rare_read(record)->expired == 0)
        return CORM_OK;
    corm__mapper *mapper = corm__mapper_at(object);
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    corm_status status = corm__load_by_key(session, mapper, key.values, &found);
    if (status != CORM_OK)
        return status;
    return found == object ? CORM_OK : CORM_ROW_MISSING;
}

/* ---- Queries --------------------------------------------------------------------------------- */

static const corm__mapper *corm__find_row(void *context, const corm_model *row, corm_error *error)
{
    corm_session *session = context;
    corm__mapper *mapper = NULL;
    if (corm__row_mapper(session, row, &mapper) != CORM_OK && error != NULL)
        *error = session->error;
    return mapper;
}

/* A writer into session->sql, whose values are in the scratch arena; `of` is named in messages. */
static void corm__writer_begin(corm_session *session, corm__writer *w, const corm_model *of,
                               corm_error *error)
{
    corm__buffer_clear(&session->sql);
    *error = (corm_error){0};
    *w = (corm__writer){.b = &session->sql,
                        .d = session->engine->adapter->dialect,
                        .registry = session->registry,
                        .arena = &session->scratch,
                        .rows = corm__find_row,
                        .context = session,
                        .place = "the condition",
                        .of = of->name,
                        .error = error};
}

/* What was refused is a wrong use, and blocks nothing. */
static corm_status corm__writer_failed(corm_session *session, const corm__writer *w)
{
    if (w->status == CORM_OUT_OF_MEMORY)
        return corm__no_memory(session);
    return corm__fail(session, w->status, "%s", w->error->message);
}

/* What writes the statement of a query: corm__write_query, corm__write_count. */
typedef corm_status corm__query_writer(corm__writer *w, const corm_query *query, bool by_key);

/* A query on its way to the database. */
typedef struct corm__asking {
    const corm_query *query;
    corm__query_writer *write;
    bool by_key;
    corm__mapper *mapper;
    corm__writer w; /* session->sql has its text as long as `turn` is that one's */
    uint32_t turn;
    corm_error error;
} corm__asking;

static corm_status corm__query_write(corm_session *session, corm__asking *asking)
{
    corm__writer_begin(session, &asking->w, asking->query->model, &asking->error);
    asking->turn = session->sql.turn;
    if (asking->write(&asking->w, asking->query, asking->by_key) == CORM_OK)
        return CORM_OK;
    return corm__writer_failed(session, &asking->w);
}

/* Looks at all of the query before anything is flushed for it. The caller has begun the scratch
 * arena. */
static corm_status corm__query_prepare(corm_session *session, corm__asking *asking)
{
    const corm_query *query = asking->query;
    if (query == NULL || query->model == NULL)
        return corm__poison(session, CORM_NULL_ARGUMENT, "a query without a model");
    asking->mapper = corm__mapper_of(session->registry, query->model);
    if (asking->mapper == NULL)
        return corm__poison(session, CORM_WRONG_MODEL, "%s is no model of schema %s",
                            query->model->name, session->registry->schema->name);
    corm_status status = corm__query_write(session, asking);
    if (status == CORM_OK && query->load.count + query->load.column_count > 0) {
        status = corm__loading_check(asking->mapper, &query->load, &asking->error);
        if (status != CORM_OK)
            (void)corm__fail(session, status, "%s", asking->error.message);
    }
    if (status == CORM_OK)
        status = corm__autoflush(session);
    corm__status = status;
    return status;
}

/* The statement, whose text is written again if something else was written meanwhile. NULL: an
 * error. */
static corm__prepared *corm__query_statement(corm_session *session, corm__asking *asking)
{
    if ((asking->turn != session->sql.turn || asking->w.lively) &&
        corm__query_write(session, asking) != CORM_OK)
        return NULL;
    return corm__prepare_sql(session);
}

/* The objects of a query into `out`. */
static corm_status corm__query_rows(corm_session *session, corm__asking *asking, corm__vector *out)
{
    corm__prepared *prepared = corm__query_statement(session, asking);
    const corm__mapper *mapper = asking->mapper;
    const size_t blocks = session->blocks.count;
    const corm_status status =
        corm__read_rows_by(session, asking->mapper, prepared, 0, asking->w.values, asking->w.count,
                           corm__take_into_vector, out, true);
    if (status == CORM_OK && mapper->discriminator == NULL && /* its hooks are those of all rows */
        !corm__is_load_hooked(session, mapper))
        corm__guard_loaded(session, blocks);
    return status;
}

static corm_status corm__query_number(corm_session *session, corm__prepared *prepared,
                                      const corm_value *values, size_t count, int64_t *out)
{
    corm_value row[1] = {{0}};
    corm__cursor cursor;
    bool more = false;
    prepared = corm__for_reading(session, prepared);
    if (prepared == NULL)
        return session->error.status;
    corm_status status = corm__cursor_start(session, &cursor, prepared, values, count);
    if (status == CORM_OK)
        status = corm__cursor_fetch(session, &cursor, row, 1, &more);
    if (status == CORM_OK)
        *out = more && row[0].type == CORM_VALUE_INTEGER ? row[0].as.integer : 0;
    corm__cursor_end(session, &cursor);
    return status == CORM_OK ? CORM_OK : corm__load_failed(session, status);
}

#endif /* CORM__ROOM_LOAD_C */
