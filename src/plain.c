/* plain.c: a statement that the program has written, and what its rows become.
 *
 * Owns: the checks before such a statement runs; objects, structs, single values and streams from
 * its rows.
 * Must not know: how a row becomes an object or a struct, what SQL means. */
#ifndef CORM__ROOM_PLAIN_C
#define CORM__ROOM_PLAIN_C

#include "merge.c"
#include "parameters.c"

/* A statement that is ready to run. */
typedef struct corm__plain {
    corm__prepared *prepared;
    corm_value *values; /* in the scratch arena */
    size_t count;
    corm_statement_info info;
} corm__plain;

/* ---- Before it runs -------------------------------------------------------------------------- */

static corm_status corm__plain_values(corm_session *session, const char *sql,
                                      const corm_parameter *given, corm__plain *plain)
{
    char why[256];
    bool memory = false;
    if (given == NULL && plain->count > 0)
        return corm__sql_wrong(session, CORM_NULL_ARGUMENT, sql, "the values are NULL");
    plain->values =
        corm__arena_allocate(&session->scratch, (plain->count + 1) * sizeof *plain->values);
    if (plain->values == NULL)
        return corm__no_memory(session);
    for (size_t i = 0; i < plain->count; i++)
        if (!corm__parameter_value(session, &given[i], &plain->values[i], &memory, why, sizeof why))
            return memory ? corm__no_memory(session)
                          : corm__sql_wrong(session, CORM_DATA, sql, "value %zu: %s", i + 1, why);
    return CORM_OK;
}

/* Behind blanks and comments. */
static const char *corm__sql_beginning(const char *sql)
{
    for (;;) {
        while (*sql != '\0' && corm__is_blank(*sql))
            sql++;
        if (sql[0] == '-' && sql[1] == '-') {
            sql += strcspn(sql, "\n");
        } else if (sql[0] == '/' && sql[1] == '*') {
            const char *end = strstr(sql + 2, "*/");
            sql = end != NULL ? end + 2 : sql + strlen(sql);
        } else {
            return sql;
        }
    }
}

/* Whether the statement begins or ends a transaction or a savepoint, which are the session's. */
static bool corm__sql_is_transaction(const char *sql)
{
    static const char *const words[] = {"BEGIN", "START",    "COMMIT",    "END",
                                        "ABORT", "ROLLBACK", "SAVEPOINT", "RELEASE"};
    char word[12];
    size_t length = 0;
    for (sql = corm__sql_beginning(sql); length + 1 < sizeof word; sql++) {
        const int letter = corm__lower(*sql);
        if (letter < 'a' || letter > 'z')
            break;
        word[length++] = *sql;
    }
    word[length] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (corm__same_identifier(words[i], word))
            return true;
    return false;
}

static const char corm__transaction_is_the_sessions[] =
    "the transaction is the session's: corm_commit, corm_rollback and corm_savepoint_begin begin "
    "and end it and its savepoints";

static corm_status corm__plain_text(corm_session *session, const char *sql)
{
    char why[256];
    if (sql == NULL)
        return corm__poison(session, CORM_NULL_ARGUMENT, "the statement is NULL");
    if (!corm__text_check(sql, 0, why, sizeof why))
        return corm__sql_wrong(session, CORM_DATA, sql, "the statement: %s", why);
    if (corm__sql_is_transaction(sql))
        return corm__sql_wrong(session, CORM_MISUSE, sql, "%s", corm__transaction_is_the_sessions);
    return CORM_OK;
}

/* Whether the statement, which is prepared, is what the call takes. */
static corm_status corm__plain_vet(corm_session *session, const char *sql, bool rows,
                                   const corm__plain *plain)
{
    const corm_statement_info *info = &plain->info;
    if (info->parameters != plain->count)
        return corm__sql_wrong(session, CORM_DATA, sql,
                               "the statement has %zu placeholder%s, but %zu value%s given",
                               info->parameters, info->parameters == 1 ? "" : "s", plain->count,
                               plain->count == 1 ? " was" : "s were");
    if (rows && info->columns == 0)
        return corm__sql_wrong(session, CORM_MISUSE, sql,
                               "the statement gives no rows: corm_sql_run runs it");
    if (!rows && info->columns > 0 && !info->writes)
        return corm__sql_wrong(session, CORM_MISUSE, sql,
                               "the statement gives rows, which would be lost: corm_sql reads "
                               "them");
    return CORM_OK;
}

/* Everything that the session has loaded may have been changed: the next load of a row refreshes its
 * object, as after a commit. Relationships keep changes that are not flushed. */
static void corm__expire_loaded(corm_session *session)
{
    session->generation = corm__next_generation(session->generation);
    if (session->linked.count == 0)
        session->links_generation = corm__next_generation(session->links_generation);
    session->ended = ++session->clock; /* nothing that was fetched ahead holds */
    corm__acted(session);
}

/* Flushes, binds and prepares, within a scratch scope. `rows`: the call reads rows. */
static corm_status corm__plain_prepare(corm_session *session, const char *sql,
                                       const corm_parameter *given, size_t count, bool rows,
                                       corm__plain *plain)
{
    corm_status status = corm__plain_text(session, sql);
    memset(plain, 0, sizeof *plain);
    plain->count = count;
    if (status == CORM_OK)
        status = corm__autoflush(session);
    if (status == CORM_OK)
        status = corm__plain_values(session, sql, given, plain);
    if (status != CORM_OK)
        return status;
    session->writing = !rows;
    plain->prepared = corm__prepare(session, sql, strlen(sql));
    session->writing = false;
    if (corm__for_reading(session, plain->prepared) == NULL)
        return session->error.status;
    session->engine->adapter->describe(plain->prepared->statement, &plain->info);
    status = corm__plain_vet(session, sql, rows, plain);
    if (status == CORM_OK && plain->info.writes && rows)
        corm__expire_loaded(session);
    return status;
}

/* ---- Structs --------------------------------------------------------------------------------- */

/* Ends a call within a scratch scope: a failure leaves the session waiting for rollback. */
static corm_status corm__plain_end(corm_session *session, corm_status status)
{
    corm__scratch_end(session);
    return corm__ended(status == CORM_OK ? CORM_OK : corm__load_failed(session, status));
}

static corm_status corm__plain_rows(corm_session *session, const corm_model *model, const char *sql,
                                    const corm_parameter *values, size_t count, corm_rows *out)
{
    corm__plain plain;
    corm__row_shape shape;
    corm__mapper *mapper = NULL;
    corm_status status = corm__row_mapper(session, model, &mapper);
    if (status == CORM_OK)
        status = corm__plain_prepare(session, sql, values, count, true, &plain);
    if (status != CORM_OK)
        return status;
    corm__row_shape_plain(&shape, mapper);
    return corm__rows_read_as(session, plain.prepared, plain.values, plain.count, &shape,
                              corm__shape_row, out);
}

CORM_API corm_rows corm_sql_rows(corm_session *session, const corm_model *row, const char *sql,
                                 const corm_parameter *values, size_t count)
{
    corm_rows rows = {NULL, 0};
    CORM__ENTER(session, rows);
    CORM__ERRAND(session, "corm_sql", row);
    if (corm__usable_for(session, "corm_sql") != CORM_OK)
        return rows;
    corm__scratch_begin(session);
    (void)corm__plain_end(session, corm__plain_rows(session, row, sql, values, count, &rows));
    return rows;
}

/* ---- Objects --------------------------------------------------------------------------------- */

static corm_status corm__model_mapper(corm_session *session, const corm_model *model,
                                      corm__mapper **out)
{
    *out = model == NULL ? NULL : corm__mapper_of(session->registry, model);
    if (*out != NULL)
        return CORM_OK;
    return corm__poison(session, CORM_WRONG_MODEL, "%s is no model of schema %s",
                        model == NULL ? "NULL" : model->name, session->registry->schema->name);
}

static corm_status corm__plain_fetch(corm_session *session, corm__cursor *cursor,
                                     corm__row_shape *shape, corm__vector *found)
{
    corm_value row[CORM__ROW_MAX], placed[CORM__COLUMN_MAX];
    corm__mapper *mapper = shape->mapper;
    const bool hooked = corm__is_load_hooked(session, mapper);
    bool more = true;
    corm_status status = corm__cursor_fetch(session, cursor, row, CORM__ROW_MAX, &more);
    if (status == CORM_OK)
        status = corm__shape_model(session, cursor, shape);
    while (status == CORM_OK && more) {
        void *object = NULL;
        for (size_t i = 0; i < mapper->select_count; i++)
            placed[i] = row[shape->places[i]];
        status = mapper->discriminator == NULL
                     ? corm__object_of_row(session, mapper, placed, hooked, &object)
                     : corm__object_of_kind(session, mapper, placed, &object);
        if (status == CORM_OK && !corm__vector_push(found, object))
            status = corm__no_memory(session);
        if (status == CORM_OK)
            status = corm__cursor_fetch(session, cursor, row, shape->width, &more);
    }
    return status;
}

/* What is declared to come with the objects, each in a statement of its own. */
static corm_status corm__plain_relations(corm_session *session, corm__mapper *mapper,
                                         const corm__vector *found)
{
    corm__tree tree;
    if (!mapper->eager || found->count == 0)
        return CORM_OK;
    corm_status status = corm__tree_make(session, mapper, NULL, &tree);
    for (uint16_t i = 1; i < tree.count; i++)
        tree.branches[i].joined = false;
    return status == CORM_OK ? corm__tree_rest(session, &tree, found, false) : status;
}

static corm_status corm__plain_objects(corm_session *session, const corm_model *model,
                                       const char *sql, const corm_parameter *values, size_t count,
                                       corm__vector *found)
{
    corm__plain plain;
    corm__row_shape shape;
    corm__cursor cursor;
    corm__mapper *mapper = NULL;
    corm_status status = corm__model_mapper(session, model, &mapper);
    if (status == CORM_OK)
        status = corm__plain_prepare(session, sql, values, count, true, &plain);
    if (status != CORM_OK)
        return status;
    corm__row_shape_plain(&shape, mapper);
    status = corm__cursor_start(session, &cursor, plain.prepared, plain.values, plain.count);
    if (status == CORM_OK)
        status = corm__plain_fetch(session, &cursor, &shape, found);
    corm__cursor_end(session, &cursor);
    return status == CORM_OK ? corm__plain_relations(session, mapper, found) : status;
}

CORM_API corm_list corm_sql_objects(corm_session *session, const corm_model *model, const char *sql,
                                    const corm_parameter *values, size_t count)
{
    corm_list list = {NULL, 0};
    corm__vector found = {NULL, 0, 0};
    CORM__ENTER(session, list);
    CORM__ERRAND(session, "corm_sql", model);
    if (corm__usable_for(session, "corm_sql") != CORM_OK)
        return list;
    corm__scratch_begin(session);
    corm_status status = corm__plain_objects(session, model, sql, values, count, &found);
    if (status == CORM_OK && found.count > 0) {
        corm__batch *batch = corm__batch_of(session, &found);
        if (batch != NULL)
            list = (corm_list){batch->items, batch->count};
        else
            status = corm__no_memory(session);
    }
    corm__vector_free(&found);
    (void)corm__plain_end(session, status);
    return list;
}

/* ---- Single values --------------------------------------------------------------------------- */

/* A variable of the program as a column. */
typedef struct corm__value_place {
    corm_column info;
    corm__column column;
} corm__value_place;

static bool corm__value_place_make(corm__value_place *place, corm_kind kind, bool optional)
{
    static const uint16_t sizes[CORM_KIND_COUNT][2] = {
        [CORM_KIND_INTEGER] = {sizeof(int64_t), sizeof(corm_optional_integer)},
        [CORM_KIND_REAL] = {sizeof(double), sizeof(corm_optional_real)},
        [CORM_KIND_BOOLEAN] = {sizeof(bool), sizeof(corm_optional_boolean)},
        [CORM_KIND_TEXT] = {sizeof(char *), sizeof(char *)},
        [CORM_KIND_JSON] = {sizeof(char *), sizeof(char *)},
        [CORM_KIND_BLOB] = {sizeof(corm_blob), sizeof(corm_blob)},
        [CORM_KIND_DATE] = {sizeof(corm_date), sizeof(corm_optional_date)},
        [CORM_KIND_DATETIME] = {sizeof(corm_datetime), sizeof(corm_optional_datetime)},
        [CORM_KIND_TIME] = {sizeof(corm_time), sizeof(corm_optional_time)},
        [CORM_KIND_UUID] = {sizeof(corm_uuid), sizeof(corm_optional_uuid)}};
    if ((unsigned)kind >= CORM_KIND_COUNT || sizes[kind][0] == 0)
        return false;
    memset(place, 0, sizeof *place);
    place->info.kind = place->column.kind = kind;
    place->info.optional = place->column.optional = optional;
    place->info.size = place->column.size = sizes[kind][optional];
    place->column.info = &place->info;
    place->column.owns = corm__kind_owns(kind);
    place->column.box = corm__box_offset(&place->info);
    return true;
}

/* The value of the row that was fetched into *out; its text belongs to the session, as lists do. */
static corm_status corm__single_take(corm_session *session, const corm__cursor *cursor,
                                     const corm__column *column, const corm_value *value, void *out)
{
    char why[256], given[CORM__DESCRIBED];
    bool memory = false;
    const void *block = NULL;
    const char *name = session->engine->adapter->column_name(cursor->prepared->statement, 0);
    if (value->type == CORM_VALUE_NULL && !column->optional)
        (void)snprintf(why, sizeof why, "NULL is no %s: corm_sql_optional_... takes it",
                       corm__kind_text(column->info, given));
    else if (corm__member_load(column, out, value, &session->heap, &memory, why, sizeof why)) {
        if (column->owns) {
            const size_t size = corm__member_block(column, out, &block);
            corm__retire(session, block, size);
        }
        return CORM_OK;
    }
    if (memory || name == NULL)
        return corm__no_memory(session);
    return corm__sql_wrong(session, CORM_DATA, cursor->prepared->sql, "column 1, %s: %s", name,
                           why);
}

static corm_status corm__single_read(corm_session *session, corm__cursor *cursor,
                                     const corm__column *column, void *out)
{
    corm_value row[1];
    corm_statement_info info;
    char shown[CORM__SQL_SHOWN + 4];
    bool more = false;
    corm_status status = corm__cursor_fetch(session, cursor, row, 1, &more);
    if (status != CORM_OK)
        return status;
    session->engine->adapter->describe(cursor->prepared->statement, &info);
    const char *sql = cursor->prepared->sql;
    if (info.columns != 1)
        return corm__sql_wrong(session, CORM_DATA, sql,
                               "the query has %zu columns: a single value is one", info.columns);
    if (!more && column->optional)
        return CORM_OK;
    corm__shorten_sql(sql, strlen(sql), shown);
    if (!more)
        return corm__fail(session, CORM_NOT_FOUND, "no row answers the query (%s)", shown);
    status = corm__single_take(session, cursor, column, &row[0], out);
    if (status == CORM_OK)
        status = corm__cursor_fetch(session, cursor, row, 1, &more);
    if (status == CORM_OK && more)
        status =
            corm__fail(session, CORM_NOT_UNIQUE, "more than one row answers the query (%s)", shown);
    return status;
}

CORM_API corm_status corm_sql_value(corm_session *session, corm_kind kind, bool optional,
                                    const char *sql, const corm_parameter *values, size_t count,
                                    void *out)
{
    union {
        unsigned char bytes[sizeof(corm_optional_decimal) + sizeof(corm_optional_uuid)];
        max_align_t aligned;
    } made = {{0}};
    corm__plain plain;
    corm__cursor cursor;
    corm__value_place place;
    CORM__ENTER(session, CORM_MISUSE);
    CORM__ERRAND(session, "a value of corm_sql", NULL);
    if (corm__usable_for(session, "a value of corm_sql") != CORM_OK)
        return corm__status;
    if (out == NULL)
        return corm__fail(session, CORM_NULL_ARGUMENT, "corm_sql_value: out is NULL");
    if (!corm__value_place_make(&place, kind, optional))
        return corm__fail(session, CORM_MISUSE,
                          "corm_sql_value: no single values of kind %d: declare a CORM_ROW",
                          (int)kind);
    corm__scratch_begin(session);
    corm_status status = corm__plain_prepare(session, sql, values, count, true, &plain);
    if (status != CORM_OK)
        return corm__plain_end(session, status);
    status = corm__cursor_start(session, &cursor, plain.prepared, plain.values, plain.count);
    if (status == CORM_OK)
        status = corm__single_read(session, &cursor, &place.column, made.bytes);
    corm__cursor_end(session, &cursor);
    if (status == CORM_OK)
        memcpy(out, made.bytes, place.info.size);
    if (status != CORM_NOT_FOUND && status != CORM_NOT_UNIQUE)
        return corm__plain_end(session, status);
    corm__scratch_end(session);
    return corm__ended(status);
}

/* ---- Statements without rows ----------------------------------------------------------------- */

CORM_API corm_status corm_sql_execute(corm_session *session, const char *sql,
                                      const corm_parameter *values, size_t count)
{
    corm__plain plain;
    corm_result result = {0, 0};
    CORM__ENTER(session, CORM_MISUSE);
    if (corm__usable_for(session, "corm_sql_run") != CORM_OK)
        return corm__status;
    corm__scratch_begin(session);
    corm_status status = corm__plain_prepare(session, sql, values, count, false, &plain);
    if (status == CORM_OK)
        status =
            corm__execute(session, plain.prepared, plain.values, plain.count, NULL, &result, NULL);
    session->sql_changed = result.changed;
    if (status == CORM_OK && plain.info.writes)
        corm__expire_loaded(session);
    return corm__plain_end(session, status);
}

CORM_API int64_t corm_sql_changed(const corm_session *session)
{
    return session == NULL ? 0 : session->sql_changed;
}

/* ---- Streams --------------------------------------------------------------------------------- */

CORM_API corm_stream *corm_sql_query_stream(corm_session *session, const corm_model *model,
                                            const char *sql, const corm_parameter *values,
                                            size_t count)
{
    corm__plain plain;
    corm_stream *stream = NULL;
    corm__mapper *mapper = NULL;
    const bool rows = model != NULL && model->row;
    CORM__ENTER(session, NULL);
    CORM__ERRAND(session, "corm_sql_stream", model);
    if (corm__usable_for(session, "corm_sql_stream") != CORM_OK)
        return NULL;
    corm__scratch_begin(session);
    corm_status status = rows ? corm__row_mapper(session, model, &mapper)
                              : corm__model_mapper(session, model, &mapper);
    if (status == CORM_OK)
        status = corm__plain_prepare(session, sql, values, count, true, &plain);
    if (status == CORM_OK)
        status = corm__stream_make(session, mapper, &stream);
    if (status == CORM_OK) {
        stream->shaper = rows ? corm__shape_row : corm__shape_model;
        stream->plain = false;
        stream->width = CORM__ROW_MAX;
        status = corm__stream_run(stream, plain.prepared, plain.values, plain.count);
    }
    if (status == CORM_OK)
        corm__stream_enter(stream);
    else
        corm__stream_free(stream);
    return corm__plain_end(session, status) == CORM_OK ? stream : NULL;
}

#endif /* CORM__ROOM_PLAIN_C */
