/* reading.c: statements that read.
 *
 * Owns: running a statement whose rows become objects: of a query, of one key; what a failure of it does
 * to the session.
 * Must not know: how a row becomes an object, SQL text. */
#ifndef CORM__ROOM_READING_C
#define CORM__ROOM_READING_C

#include "load.c"

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

/* A value of the struct behind which a page begins, which the program has filled: as one in a condition, it may be
 * longer than .length. */
static corm_status corm__vet_after_value(corm_session *session, const corm__asking *asking,
                                         const corm__column *column)
{
    const void *row = asking->query->after;
    corm_column info = *column->info;
    corm__column any = *column;
    char why[256], scratch[CORM__SCRATCH];
    bool memory = false;
    info.options.length = 0;
    any.info = &info;
    if (!corm__member_check(&any, row, &memory, why, sizeof why)) {
        if (memory)
            return corm__no_memory(session);
    } else if (!corm__is_nullable(column) &&
               corm__member_value(column, row, scratch).type == CORM_VALUE_NULL) {
        (void)snprintf(why, sizeof why, "it is NULL, but must have a value");
    } else {
        return CORM_OK;
    }
    return corm__fail(session, CORM_DATA, "a query of %s by %s: the struct of .after: %s",
                      asking->query->model->name, column->info->name, why);
}

static corm_status corm__vet_after_struct(corm_session *session, const corm__asking *asking)
{
    const corm_query *query = asking->query;
    const corm__mapper *mapper = asking->mapper;
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < query->order_by.count && status == CORM_OK; i++) {
        const corm__node *node = &query->order_by.nodes[i];
        if (node->operator_ == CORM__COLUMN)
            status = corm__vet_after_value(session, asking, &mapper->columns[node->column]);
    }
    for (uint16_t i = 0; i < mapper->pk_count && status == CORM_OK; i++)
        status = corm__vet_after_value(session, asking, &mapper->columns[mapper->pk[i]]);
    return status;
}

/* The object behind which a page begins has what the rows are ordered by. */
static CORM__APART corm_status corm__vet_after(corm_session *session, const corm__asking *asking)
{
    const corm_query *query = asking->query;
    const void *object = query->after;
    const bool tracked = corm__recognise(object) != NULL;
    if (!tracked && corm__frozen_slab(object) == NULL)
        return corm__vet_after_struct(session, asking);
    const corm__mapper *own = corm__mapper_at(object);
    if (!corm__is_a(own, asking->mapper))
        return corm__fail(session, CORM_WRONG_MODEL, "a query of %s: .after is an object of %s",
                          query->model->name, own->model->name);
    for (uint16_t i = 0; i < query->order_by.count; i++) {
        const corm__node *node = &query->order_by.nodes[i];
        if (node->operator_ != CORM__COLUMN || (own->deferred >> node->column & 1) == 0)
            continue;
        const corm__column *column = &own->columns[node->column];
        if (tracked ? corm__is_known(object, column) : !corm__member_is_clear(column, object))
            continue;
        return corm__fail(
            session, CORM_MISUSE,
            "a query of %s by %s.%s, which is .deferred and not loaded in the object of "
            ".after: say .load = corm_load_columns(%s_.%s) in the query that gives it",
            query->model->name, own->model->name, column->info->name, column->owner->model->name,
            column->info->name);
    }
    return CORM_OK;
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
        return corm__fail(session, CORM_WRONG_MODEL, "%s is no model of schema %s",
                          query->model->name, session->registry->schema->name);
    corm_status status = corm__query_write(session, asking);
    if (status == CORM_OK && query->after != NULL)
        status = corm__vet_after(session, asking);
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

#endif /* CORM__ROOM_READING_C */
