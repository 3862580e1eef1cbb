/* results.c: what queries give.
 *
 * Owns: objects, the first, the only one, counts and pages of a query of a model; rows and single values
 * of a query of a CORM_ROW or an expression.
 * Must not know: SQL text, how objects are made, tracked or written. */
#ifndef CORM__ROOM_RESULTS_C
#define CORM__ROOM_RESULTS_C

#include "access.c"
#include "get.c"

/* ---- Objects --------------------------------------------------------------------------------- */

static corm_status corm__count(corm_session *session, const corm_query *query, int64_t *rows)
{
    corm__asking asking = {.query = query, .write = corm__write_count};
    const corm_status status = corm__query_prepare(session, &asking);
    if (status != CORM_OK)
        return status;
    corm__prepared *prepared = corm__query_statement(session, &asking);
    return prepared == NULL
               ? session->error.status
               : corm__query_number(session, prepared, asking.w.values, asking.w.count, rows);
}

/* How many rows there are on all pages. */
static corm_status corm__total(corm_session *session, const corm_query *query)
{
    corm_query all = *query;
    all.limit = all.offset = 0;
    all.after = NULL;
    return corm__count(session, &all, query->total);
}

/* The objects of a query into `found`. */
static corm_status corm__query(corm_session *session, const corm_query *query, bool by_key,
                               corm__vector *found)
{
    corm__asking asking = {.query = query, .write = corm__write_query, .by_key = by_key};
    corm__tree tree;
    corm_status status = corm__usable_for(session, "a query");
    if (status != CORM_OK)
        return status;
    corm__scratch_begin(session);
    status = corm__query_prepare(session, &asking);
    if (status == CORM_OK && query->read_only) {
        status = corm__frozen_query(session, &asking, found);
    } else if (status == CORM_OK && query->load.count + query->load.column_count == 0 &&
               !asking.mapper->eager) {
        status = corm__query_rows(session, &asking, found);
    } else if (status == CORM_OK) {
        status = corm__tree_make(session, asking.mapper, query, &tree);
        if (status == CORM_OK)
            status = corm__query_tree(session, &asking, &tree, found);
    }
    if (status == CORM_OK && query->total != NULL)
        status = corm__total(session, query);
    corm__scratch_end(session);
    return status;
}

CORM_API corm_list corm_query_all(corm_session *session, const corm_query *query)
{
    CORM__ENTER(session, (corm_list){NULL, 0});
    CORM__ERRAND(session, "corm_all", query == NULL ? NULL : query->model);
    corm_list list = {NULL, 0};
    corm__vector found = {NULL, 0, 0};
    corm_status status = corm__query(session, query, false, &found);
    if (status == CORM_OK && found.count > 0 && query->read_only) {
        list = corm__frozen_list_of(session, &found);
        if (list.items == NULL) {
            list.count = 0;
            status = corm__no_memory(session);
        }
    } else if (status == CORM_OK && found.count > 0) {
        corm__batch *batch = corm__batch_of(session, &found);
        if (batch != NULL) {
            list = (corm_list){batch->items, batch->count};
            batch->whole = corm__query_is_whole(query) &&
                           !corm__is_narrow(corm__mapper_of(session->registry, query->model));
        } else
            status = corm__no_memory(session);
    }
    corm__vector_free(&found);
    (void)corm__ended(status);
    return list;
}

CORM_API void *corm_query_first(corm_session *session, const corm_query *query)
{
    CORM__ENTER(session, NULL);
    CORM__ERRAND(session, "corm_first", query == NULL ? NULL : query->model);
    corm__vector found = {NULL, 0, 0};
    if (query == NULL) {
        (void)corm_query_all(session, query);
        return NULL;
    }
    corm_query one = *query;
    one.limit = one.limit < 0 ? one.limit : 1;
    corm_status status = corm__query(session, &one, true, &found);
    void *object = status == CORM_OK && found.count > 0 ? found.items[0] : NULL;
    corm__vector_free(&found);
    (void)corm__ended(status);
    return object;
}

CORM_API void *corm_query_one(corm_session *session, const corm_query *query)
{
    CORM__ENTER(session, NULL);
    CORM__ERRAND(session, "corm_one", query == NULL ? NULL : query->model);
    corm__vector found = {NULL, 0, 0};
    if (query == NULL) {
        (void)corm_query_all(session, query);
        return NULL;
    }
    corm_query two = *query;
    two.limit = two.limit == 0 || two.limit > 2 ? 2 : two.limit;
    corm_status status = corm__query(session, &two, false, &found);
    if (status == CORM_OK && found.count == 0)
        status = corm__fail(session, CORM_NOT_FOUND, "corm_one: no row of %s answers the query",
                            query->model->table);
    else if (status == CORM_OK && found.count > 1)
        status =
            corm__fail(session, CORM_NOT_UNIQUE,
                       "corm_one: more than one row of %s answers the query", query->model->table);
    void *object = status == CORM_OK ? found.items[0] : NULL;
    corm__vector_free(&found);
    (void)corm__ended(status);
    return object;
}

CORM_API int64_t corm_query_count(corm_session *session, const corm_query *query)
{
    CORM__ENTER(session, -1);
    CORM__ERRAND(session, "corm_count", query == NULL ? NULL : query->model);
    int64_t rows = -1;
    corm_status status = corm__usable_for(session, "corm_count");
    if (status == CORM_OK) {
        corm__scratch_begin(session);
        status = corm__count(session, query, &rows);
        corm__scratch_end(session);
    }
    return corm__ended(status) == CORM_OK ? rows : -1;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

/* What reads the rows of a select: a row, or one value. */
typedef corm_status (*corm__select_writer)(corm__writer *w, const corm_select *select,
                                           const corm_condition *value);

static corm_status corm__select_rows(corm__writer *w, const corm_select *select,
                                     const corm_condition *value)
{
    (void)value;
    return corm__write_rows(w, select);
}

static const corm_model *corm__select_of(const corm_select *select)
{
    return select->row != NULL ? select->row : select->from;
}

static corm_status corm__select_write(corm_session *session, const corm_select *select,
                                      const corm_condition *value, corm__select_writer write,
                                      corm__writer *w, corm_error *error)
{
    corm__writer_begin(session, w, corm__select_of(select), error);
    return write(w, select, value) == CORM_OK ? CORM_OK : corm__writer_failed(session, w);
}

/* Looks at all of it, flushes, and makes the statement; the values are in the scratch arena. */
static corm_status corm__select_prepare(corm_session *session, const corm_select *select,
                                        const corm_condition *value, corm__select_writer write,
                                        corm__writer *w, corm__prepared **prepared)
{
    corm_error error;
    corm_status status = corm__select_write(session, select, value, write, w, &error);
    const uint32_t turn = session->sql.turn;
    if (status == CORM_OK)
        status = corm__autoflush(session);
    if (status == CORM_OK && (turn != session->sql.turn || w->lively))
        status = corm__select_write(session, select, value, write, w, &error);
    if (status != CORM_OK)
        return status;
    *prepared = corm__prepare_sql(session);
    return *prepared == NULL ? session->error.status : CORM_OK;
}

CORM_API corm_rows corm_select_rows(corm_session *session, const corm_select *select)
{
    const corm_rows none = {NULL, 0};
    CORM__ENTER(session, none);
    CORM__ERRAND(session, "corm_select", select == NULL ? NULL : corm__select_of(select));
    corm_rows rows = none;
    corm__mapper *mapper = NULL;
    corm__prepared *prepared = NULL;
    corm__writer w;
    corm_status status = corm__usable_for(session, "corm_select");
    if (status == CORM_OK && (select == NULL || select->row == NULL))
        status = corm__poison(session, CORM_NULL_ARGUMENT, "a query without a row");
    if (status == CORM_OK)
        status = corm__row_mapper(session, select->row, &mapper);
    if (status == CORM_OK) {
        corm__scratch_begin(session);
        status = corm__select_prepare(session, select, NULL, corm__select_rows, &w, &prepared);
        if (status == CORM_OK)
            status = corm__rows_read(session, prepared, w.values, w.count, mapper, &rows);
        corm__scratch_end(session);
    }
    (void)corm__ended(status);
    return rows;
}

static corm_status corm__select_stream(corm_session *session, const corm_select *select,
                                       corm_stream **out)
{
    corm__writer w;
    corm__mapper *mapper = NULL;
    corm__prepared *prepared = NULL;
    corm_stream *stream = NULL;
    corm_status status = corm__row_mapper(session, select->row, &mapper);
    if (status == CORM_OK)
        status = corm__select_prepare(session, select, NULL, corm__select_rows, &w, &prepared);
    if (status == CORM_OK && corm__for_reading(session, prepared) == NULL)
        status = session->error.status;
    if (status == CORM_OK)
        status = corm__stream_make(session, mapper, &stream);
    if (status != CORM_OK)
        return status;
    status = corm__stream_run(stream, prepared, w.values, w.count);
    if (status != CORM_OK) {
        corm__stream_free(stream);
        return status;
    }
    corm__stream_enter(stream);
    *out = stream;
    return CORM_OK;
}

CORM_API corm_stream *corm_select_rows_stream(corm_session *session, const corm_select *select)
{
    CORM__ENTER(session, NULL);
    CORM__ERRAND(session, "corm_select_stream", select == NULL ? NULL : select->row);
    corm_stream *stream = NULL;
    corm_status status = corm__usable_for(session, "corm_select_stream");
    if (status == CORM_OK && (select == NULL || select->row == NULL))
        status = corm__poison(session, CORM_NULL_ARGUMENT, "a query without a row");
    if (status == CORM_OK) {
        corm__scratch_begin(session);
        status = corm__select_stream(session, select, &stream);
        corm__scratch_end(session);
    }
    return corm__ended(status) == CORM_OK ? stream : NULL;
}

/* ---- Values ---------------------------------------------------------------------------------- */

static corm_status corm__select_value(corm__writer *w, const corm_select *select,
                                      const corm_condition *value)
{
    return corm__write_values(w, select, value);
}

/* A struct of one member for values of a kind, all of which may be NULL. */
typedef struct corm__value_row {
    corm_model model;
    corm_column info;
    corm__column column;
    corm__mapper mapper, *family;
} corm__value_row;

static size_t corm__optional_size(corm_kind kind)
{
    switch (kind) {
    case CORM_KIND_INTEGER: return sizeof(corm_optional_integer);
    case CORM_KIND_REAL: return sizeof(corm_optional_real);
    case CORM_KIND_BOOLEAN: return sizeof(corm_optional_boolean);
    case CORM_KIND_BLOB: return sizeof(corm_blob);
    case CORM_KIND_DATE: return sizeof(corm_optional_date);
    case CORM_KIND_DATETIME: return sizeof(corm_optional_datetime);
    case CORM_KIND_TIME: return sizeof(corm_optional_time);
    case CORM_KIND_DECIMAL: return sizeof(corm_optional_decimal);
    case CORM_KIND_UUID: return sizeof(corm_optional_uuid);
    case CORM_KIND_ENUM: return sizeof(corm_optional_enum);
    default: return sizeof(const char *);
    }
}

static void corm__value_row_make(corm__value_row *row, corm_kind kind, corm__sense sense,
                                 const corm__registry *registry)
{
    memset(row, 0, sizeof *row);
    row->info = (corm_column){.name = "value",
                              .kind = kind,
                              .optional = true,
                              .size = (uint16_t)corm__optional_size(kind)};
    if (sense.column != NULL && sense.column->base == kind) {
        row->info.precision = kind == CORM_KIND_DECIMAL ? 18 : 0;
        row->info.scale = sense.column->info->scale;
        row->info.enumeration = sense.column->info->enumeration;
    }
    row->model = (corm_model){.name = "value",
                              .size = row->info.size,
                              .columns = &row->info,
                              .column_count = 1,
                              .row = true};
    row->column = (corm__column){.info = &row->info,
                                 .name = "value",
                                 .kind = kind,
                                 .base = kind,
                                 .optional = true,
                                 .size = row->info.size,
                                 .owns = corm__kind_owns(kind),
                                 .box = corm__box_offset(&row->info)};
    row->mapper.model = &row->model;
    row->mapper.registry = (corm__registry *)registry;
    row->mapper.size = row->info.size;
    row->mapper.columns = &row->column;
    row->mapper.column_count = row->mapper.select_count = 1;
    row->column.owner = row->column.home = &row->mapper;
}

static corm_status corm__select_values(corm_session *session, const corm_select *select,
                                       const corm_condition *value, corm_rows *out)
{
    corm__writer w;
    corm__prepared *prepared = NULL;
    corm__value_row row;
    corm_status status =
        corm__select_prepare(session, select, value, corm__select_value, &w, &prepared);
    if (status != CORM_OK)
        return status;
    const corm__sense sense = corm__sense_of(&w, value->nodes);
    corm__value_row_make(&row, sense.kind, sense, session->registry);
    return corm__rows_read(session, prepared, w.values, w.count, &row.mapper, out);
}

CORM_API corm_rows corm_select_values(corm_session *session, const corm_select *select,
                                      corm_condition value)
{
    const corm_rows none = {NULL, 0};
    CORM__ENTER(session, none);
    CORM__ERRAND(session, "corm_values", select == NULL ? NULL : corm__select_of(select));
    corm_rows rows = none;
    corm_status status = corm__usable_for(session, "corm_values");
    if (status == CORM_OK && (select == NULL || select->from == NULL))
        status = corm__poison(session, CORM_NULL_ARGUMENT, "a query without a model");
    if (status == CORM_OK && value.wanted <= value.count &&
        (value.count == 0 || value.nodes[0].operator_ == CORM__VALUE))
        status = corm__fail(session, CORM_MISUSE,
                            "a query of single values of %s: it takes a column or an expression",
                            select->from->name);
    if (status == CORM_OK) {
        corm__scratch_begin(session);
        status = corm__select_values(session, select, &value, &rows);
        corm__scratch_end(session);
    }
    (void)corm__ended(status);
    return rows;
}

#endif /* CORM__ROOM_RESULTS_C */
