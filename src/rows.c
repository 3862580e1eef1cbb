/* rows.c: rows of any query as structs of the program.
 *
 * Owns: what a struct of CORM_ROW is for a session, which columns of a query go into which members,
 * filling structs, the lists that hold them.
 * Must not know: where the query comes from, objects. */
#ifndef CORM__ROOM_ROWS_C
#define CORM__ROOM_ROWS_C

#include "reading.c"

/* ---- Models of rows -------------------------------------------------------------------------- */

static corm_status corm__row_vet(const corm__mapper *mapper, corm_error *error)
{
    const corm_model *model = mapper->model;
    for (size_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        const corm_status status = corm__vet_column(column, error);
        if (status != CORM_OK)
            return status;
        const corm__column *first = corm__column_named(mapper, column->name);
        if (first != column)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: there is a column %s already, and case makes no "
                                   "difference: rename one",
                                   model->name, column->info->name, first->name);
    }
    return CORM_OK;
}

static corm_status corm__row_model_make(corm_session *session, const corm_model *model,
                                        corm__row_model **out, corm_error *error)
{
    const size_t count = model->column_count;
    if (count == 0 || count > CORM__COLUMN_MAX)
        return corm__error_set(error, CORM_MODEL, "%s has %zu columns: a row has 1 to %d",
                               model->name, count, (int)CORM__COLUMN_MAX);
    corm__row_model *made = corm__allocate_zeroed(1, sizeof *made + count * sizeof(corm__column));
    if (made == NULL)
        return corm__error_set(error, CORM_OUT_OF_MEMORY, "out of memory while %s was read",
                               model->name);
    corm__mapper *mapper = &made->mapper;
    mapper->model = model;
    mapper->registry = session->registry;
    mapper->index = UINT16_MAX; /* the registry does not have it */
    mapper->size = model->size;
    mapper->columns = made->columns;
    mapper->column_count = mapper->select_count = (uint16_t)count;
    mapper->root = mapper->home = mapper->whole.home = mapper;
    mapper->whole.columns = ~UINT64_C(0);
    mapper->parts = &mapper->whole;
    mapper->family = &mapper->home;
    mapper->part_count = mapper->family_count = 1;
    for (size_t i = 0; i < count; i++)
        (void)corm__column_declared(mapper, i);
    const corm_status status = corm__row_vet(mapper, error);
    if (status == CORM_OK)
        *out = made;
    else
        corm__free(made);
    return status;
}

/* What a model that CORM_ROW has made is for the session: made at the first use, kept until the
 * session closes. */
static corm_status corm__row_mapper(corm_session *session, const corm_model *model,
                                    corm__mapper **out)
{
    corm_error error;
    for (corm__row_model *known = session->row_models; known != NULL; known = known->next) {
        if (known->mapper.model != model)
            continue;
        *out = &known->mapper;
        return CORM_OK;
    }
    corm__row_model *made = NULL;
    if (model == NULL || !model->row)
        return corm__fail(session, CORM_WRONG_MODEL, "%s is no row made by CORM_ROW",
                          model == NULL ? "NULL" : model->name);
    const corm_status status = corm__row_model_make(session, model, &made, &error);
    if (status != CORM_OK)
        return corm__poison(session, status, "%s", error.message);
    made->next = session->row_models;
    session->row_models = made;
    *out = &made->mapper;
    return CORM_OK;
}

static void corm__row_models_free(corm_session *session)
{
    while (session->row_models != NULL) {
        corm__row_model *model = session->row_models;
        session->row_models = model->next;
        corm__free(model);
    }
}

/* ---- Lists ----------------------------------------------------------------------------------- */

static void corm__row_list_free(corm__row_list *list)
{
    corm__heap_free(&list->texts);
    corm__free(list->items);
    corm__free(list);
}

static void corm__row_lists_free(corm_session *session, bool all)
{
    corm__row_list **place = &session->row_lists;
    while (*place != NULL) {
        corm__row_list *list = *place;
        if (!all && list->transaction == session->transactions) {
            place = &list->next;
            continue;
        }
        *place = list->next;
        corm__row_list_free(list);
    }
}

/* A zeroed struct behind the others; NULL: out of memory. */
static void *corm__row_list_add(corm__row_list *list, size_t size)
{
    char *items = corm__grow(list->items, list->count, &list->capacity, size, 8);
    if (items == NULL)
        return NULL;
    list->items = items;
    return memset(items + list->count++ * size, 0, size);
}

/* Hands the list to the session, which keeps it until the next transaction begins. */
static void corm__row_list_give(corm_session *session, corm__row_list *list, size_t size,
                                corm_rows *out)
{
    char *exact = corm__reallocate(list->items, list->count * size);
    if (exact != NULL) /* else it is larger than it needs to be */
        list->items = exact;
    list->transaction = session->transactions;
    list->next = session->row_lists;
    session->row_lists = list;
    *out = (corm_rows){list->items, list->count};
}

/* ---- One row --------------------------------------------------------------------------------- */

/* Which columns of a query are which of the mapper's rows. */
typedef struct corm__row_shape {
    corm__mapper *mapper;
    size_t width; /* columns of the query */
    uint16_t places[CORM__COLUMN_MAX];
    corm_statement *statement; /* knows their names; NULL: they are the mapper's */
} corm__row_shape;

static void corm__row_shape_plain(corm__row_shape *shape, corm__mapper *mapper)
{
    shape->mapper = mapper;
    shape->width = mapper->select_count;
    shape->statement = NULL;
    for (uint16_t i = 0; i < mapper->select_count; i++)
        shape->places[i] = i;
}

static corm_status corm__row_misfit(corm_session *session, const corm__row_shape *shape,
                                    const corm__column *column, int64_t number, bool memory,
                                    const char *why)
{
    const char *model = shape->mapper->model->name;
    const uint16_t place = shape->places[column->index];
    const char *title = column->name;
    if (shape->statement != NULL)
        title = session->engine->adapter->column_name(shape->statement, place);
    if (memory || title == NULL)
        return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s was read", model);
    return corm__poison(session, CORM_DATA, "%s.%s, column %u (%s) of row %lld: %s", model,
                        column->info->name, place + 1u, title, (long long)number, why);
}

/* The row, which is the number-th, into a zeroed struct; its texts into `texts`. */
static corm_status corm__row_fill(corm_session *session, const corm__row_shape *shape,
                                  const corm_value *row, int64_t number, void *out,
                                  corm__heap *texts)
{
    char why[256];
    for (uint16_t i = 0; i < shape->mapper->column_count; i++) {
        bool memory = false;
        const corm__column *column = &shape->mapper->columns[i];
        if (!corm__member_load(column, out, &row[shape->places[i]], texts, &memory, why,
                               sizeof why))
            return corm__row_misfit(session, shape, column, number, memory, why);
    }
    return CORM_OK;
}

/* ---- All rows -------------------------------------------------------------------------------- */

/* Looks at the columns of a query whose first row has been fetched, if there is one: only then the
 * database has noticed what has become of the tables since the statement was prepared. */
typedef corm_status (*corm__row_shaper)(corm_session *session, const corm__cursor *cursor,
                                        corm__row_shape *shape);

static corm_status corm__rows_into(corm_session *session, corm__cursor *cursor,
                                   corm__row_shape *shape, corm__row_shaper shaper,
                                   corm__row_list *list)
{
    corm_value row[CORM__ROW_MAX];
    bool more = true;
    corm_status status = corm__cursor_fetch(session, cursor, row,
                                            shaper == NULL ? shape->width : CORM__ROW_MAX, &more);
    if (status == CORM_OK && shaper != NULL)
        status = shaper(session, cursor, shape);
    while (status == CORM_OK && more) {
        void *item = corm__row_list_add(list, shape->mapper->size);
        status =
            item == NULL
                ? corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while a list was made")
                : corm__row_fill(session, shape, row, (int64_t)list->count, item, &list->texts);
        if (status == CORM_OK)
            status = corm__cursor_fetch(session, cursor, row, shape->width, &more);
    }
    return status;
}

/* Runs a SELECT; `shaper` NULL: the shape is known. */
static corm_status corm__rows_read_as(corm_session *session, corm__prepared *prepared,
                                      const corm_value *values, size_t count,
                                      corm__row_shape *shape, corm__row_shaper shaper,
                                      corm_rows *out)
{
    corm__cursor cursor;
    *out = (corm_rows){NULL, 0};
    if (corm__for_reading(session, prepared) == NULL)
        return session->error.status;
    corm__row_list *list = corm__allocate_zeroed(1, sizeof *list);
    if (list == NULL)
        return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while a list was made");
    corm_status status = corm__cursor_start(session, &cursor, prepared, values, count);
    if (status == CORM_OK)
        status = corm__rows_into(session, &cursor, shape, shaper, list);
    corm__cursor_end(session, &cursor);
    if (status == CORM_OK && list->count > 0)
        corm__row_list_give(session, list, shape->mapper->size, out);
    else
        corm__row_list_free(list);
    return status == CORM_OK ? CORM_OK : corm__load_failed(session, status);
}

/* Runs a SELECT whose columns are the mapper's, in their order, and makes a struct of each row. */
static corm_status corm__rows_read(corm_session *session, corm__prepared *prepared,
                                   const corm_value *values, size_t count, corm__mapper *mapper,
                                   corm_rows *out)
{
    corm__row_shape shape;
    corm__row_shape_plain(&shape, mapper);
    return corm__rows_read_as(session, prepared, values, count, &shape, NULL, out);
}

#endif /* CORM__ROOM_ROWS_C */
