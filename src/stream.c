/* stream.c: the rows of a query, one at a time.
 *
 * Owns: reading any number of rows with the memory of one of them, outside of the identity map.
 * Must not know: how objects are made, tracked or written. */
#ifndef CORM__ROOM_STREAM_C
#define CORM__ROOM_STREAM_C

#include "trips.c"

struct corm_stream {
    corm_session *session;
    corm_stream *next; /* of the session's */
    corm__row_shape shape;
    corm__row_shaper shaper; /* at the first row; NULL: the shape is known */
    bool placed;             /* the columns stand where the shape says, not in the mapper's order */
    bool plain;              /* it is known that a row is one of the mapper's model, in its order */
    bool copied;             /* there is something in `texts` */
    size_t width;            /* of a row, or more */
    corm__cursor cursor;
    corm__heap values; /* texts and blobs of the conditions */
    corm__heap texts;  /* of the row that was handed out */
    void *row;         /* has room for any model of the family */
    /* whose row it is, while texts in it are the statement's; NULL: none are */
    const corm__mapper *borrows;
    corm_stream_watcher watcher; /* NULL: none */
    void *watcher_data;
    int64_t watcher_rows, watcher_next;
    corm_status status;
#if defined(CORM_TRACE_CALLS)
    corm__errand call;
#endif
};

/* NULL is fine. */
static void corm__stream_free(corm_stream *stream)
{
    if (stream == NULL)
        return;
    corm__cursor_end(stream->session, &stream->cursor);
    corm__heap_free(&stream->values);
    corm__heap_free(&stream->texts);
    corm__free(stream->row);
    corm__free(stream);
}

static void corm__streams_free(corm_session *session)
{
    while (session->streams != NULL) {
        corm_stream *stream = session->streams;
        session->streams = stream->next;
        corm__stream_free(stream);
    }
}

/* Whether a database would hand a new row of the table to a stream that is still reading it is left
 * open by SQL: the loop might never end. */
static corm_status corm__not_streamed(corm_session *session, const corm__mapper *mapper)
{
    for (const corm_stream *stream = session->streams; stream != NULL; stream = stream->next)
        if (stream->shape.mapper->root == mapper->root && stream->cursor.open &&
            corm__cursor_lives(session, &stream->cursor))
            return corm__fail(
                session, CORM_MISUSE,
                "%s: no row can be inserted while a stream reads the table: close the "
                "stream first, or keep what is new until its end",
                mapper->model->table);
    return CORM_OK;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static size_t corm__stream_row_size(const corm__mapper *mapper)
{
    size_t size = mapper->size;
    for (size_t i = 0; mapper->discriminator != NULL && i < mapper->family_count; i++)
        if (mapper->family[i]->size > size)
            size = mapper->family[i]->size;
    return size;
}

/* The conditions' values, which the program may give up as soon as the stream is open. */
static corm_value *corm__stream_values(corm_stream *stream, const corm_value *values, size_t count)
{
    corm_value *kept = corm__heap_allocate(&stream->values, (count + 1) * sizeof *kept);
    for (size_t i = 0; kept != NULL && i < count; i++) {
        kept[i] = values[i];
        if (values[i].type != CORM_VALUE_TEXT && values[i].type != CORM_VALUE_BLOB)
            continue;
        kept[i].as.bytes = corm__heap_text(&stream->values, values[i].as.bytes, values[i].size);
        if (kept[i].as.bytes == NULL)
            return NULL;
    }
    return kept;
}

/* Starts the query. */
static corm_status corm__stream_run(corm_stream *stream, corm__prepared *prepared,
                                    const corm_value *values, size_t count)
{
    corm_session *session = stream->session;
    values = corm__stream_values(stream, values, count);
    if (values == NULL)
        return corm__no_memory(session);
    const corm_status status =
        corm__cursor_start(session, &stream->cursor, prepared, values, count);
    return status == CORM_OK ? CORM_OK : corm__load_failed(session, status);
}

static corm_status corm__stream_start(corm_stream *stream, corm__asking *asking)
{
    corm_session *session = stream->session;
    corm__prepared *prepared = corm__for_reading(session, corm__query_statement(session, asking));
    return prepared == NULL ? session->error.status
                            : corm__stream_run(stream, prepared, asking->w.values, asking->w.count);
}

static corm_status corm__stream_make(corm_session *session, corm__mapper *mapper, corm_stream **out)
{
    corm_stream *stream = corm__allocate_zeroed(1, sizeof *stream);
    if (stream != NULL)
        stream->row = corm__allocate(corm__stream_row_size(mapper));
    if (stream == NULL || stream->row == NULL) {
        corm__free(stream);
        return corm__no_memory(session);
    }
    stream->session = session;
    stream->plain = !mapper->model->row && mapper->discriminator == NULL;
    corm__row_shape_plain(&stream->shape, mapper);
    stream->width = stream->shape.width;
    *out = stream;
    return CORM_OK;
}

static void corm__stream_enter(corm_stream *stream)
{
    CORM__ERRAND_KEEP(stream);
    stream->next = stream->session->streams;
    stream->session->streams = stream;
}

static corm_status corm__stream_open(corm_session *session, corm__asking *asking, corm_stream **out)
{
    corm_stream *stream = NULL;
    corm_status status = corm__query_prepare(session, asking);
    if (status == CORM_OK && asking->query->load.count + asking->query->load.column_count > 0)
        status = corm__fail(session, CORM_MISUSE,
                            "%s: a stream loads no relationships and no deferred columns: leave "
                            ".load out",
                            asking->mapper->model->name);
    if (status == CORM_OK)
        status = corm__stream_make(session, asking->mapper, &stream);
    if (status != CORM_OK)
        return status;
    status = corm__stream_start(stream, asking);
    if (status != CORM_OK) {
        corm__stream_free(stream);
        return status;
    }
    corm__stream_enter(stream);
    *out = stream;
    return CORM_OK;
}

CORM_API corm_stream *corm_query_stream(corm_session *session, const corm_query *query)
{
    CORM__ENTER(session, NULL);
    CORM__ERRAND(session, "corm_stream_open", query == NULL ? NULL : query->model);
    corm_stream *stream = NULL;
    corm__asking asking = {.query = query, .write = corm__write_query};
    corm__status = corm__usable_for(session, "a stream");
    if (corm__status != CORM_OK)
        return NULL;
    corm__scratch_begin(session);
    corm__status = corm__stream_open(session, &asking, &stream);
    corm__scratch_end(session);
    return stream;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* A member whose value takes some work. */
static CORM__APART corm_status corm__stream_load(corm_stream *stream, const corm__mapper *model,
                                                 const corm__column *column,
                                                 const corm_value *value)
{
    char why[256];
    bool memory = false;
    stream->copied = true;
    if ((model->deferred >> column->index & 1) != 0) /* a row has NULL in its place */
        return CORM_OK;
    if (corm__member_load(column, stream->row, value, &stream->texts, &memory, why, sizeof why))
        return CORM_OK;
    return corm__load_misfit(stream->session, column, memory, why, value - column->index);
}

/* The row, whose columns are the model's, as a struct. */
static CORM__INLINE corm_status corm__stream_members(corm_stream *stream, const corm__mapper *model,
                                                     const corm_value *row)
{
    const corm__column *column = model->columns, *const end = column + model->column_count;
    char *const to = stream->row;
    if (!model->dense)
        memset(to, 0, model->size);
    for (; column < end; column++, row++) {
        if (CORM__LIKELY(corm__member_load_quickly(column, to, row, NULL)))
            continue;
        const corm_status status = corm__stream_load(stream, model, column, row);
        if (status != CORM_OK)
            return status;
    }
    stream->borrows = model;
    return CORM_OK;
}

/* The row as a struct of its model, which is the stream's or one below it. */
static CORM__APART corm_status corm__stream_fill(corm_stream *stream, const corm_value *row)
{
    corm_session *session = stream->session;
    corm_value own[CORM__COLUMN_MAX], placed[CORM__COLUMN_MAX];
    corm__mapper *model = stream->shape.mapper;
    if (model->model->row) {
        stream->copied = true;
        memset(stream->row, 0, model->size);
        return corm__row_fill(session, &stream->shape, row, stream->cursor.rows, stream->row,
                              &stream->texts);
    }
    for (size_t i = 0; stream->placed && i < model->select_count; i++)
        placed[i] = row[stream->shape.places[i]];
    row = stream->placed ? placed : row;
    if (model->discriminator != NULL) {
        corm_status status = corm__kind_of_row(session, model, own, &row, &model);
        if (status != CORM_OK)
            return status;
    }
    return corm__stream_members(stream, model, row);
}

/* Without memory for a text the stream fails, and the row has an empty one. */
static void corm__stream_keep(corm_stream *stream)
{
    const corm__mapper *model = stream->borrows;
    stream->borrows = NULL;
    stream->copied = true;
    for (uint16_t i = 0; model != NULL && i < model->column_count; i++) {
        const corm__column *column = &model->columns[i];
        const char *text = NULL;
        if (column->kind == CORM_KIND_TEXT)
            text = corm__read_text(corm__member_at(column, stream->row));
        if (text == NULL)
            continue;
        text = corm__heap_text(&stream->texts, text, strlen(text));
        if (text == NULL) {
            stream->status = CORM_OUT_OF_MEMORY;
            text = "";
        }
        memcpy((char *)stream->row + column->offset, &text, sizeof text);
    }
}

static void corm__streams_keep(corm_session *session)
{
    for (corm_stream *stream = session->streams; stream != NULL; stream = stream->next)
        corm__stream_keep(stream);
}

/* The columns of a query that the program has written are known with its first row. */
static corm_status corm__stream_shape(corm_stream *stream)
{
    const corm_status status = stream->shaper(stream->session, &stream->cursor, &stream->shape);
    stream->shaper = NULL;
    stream->placed = true;
    stream->width = stream->shape.width;
    return status;
}

/* What comes of a step, if it is not a row that is plain. */
static CORM__APART corm_status corm__stream_take(corm_stream *stream, const corm_value *row,
                                                 bool more, corm_status status)
{
    if (status == CORM_OK && stream->shaper != NULL)
        status = corm__stream_shape(stream);
    if (status != CORM_OK)
        return status == CORM_MISUSE ? status : corm__load_failed(stream->session, status);
    return more ? corm__stream_fill(stream, row) : CORM_OK;
}

static CORM__INLINE corm_status corm__stream_step(corm_stream *stream, bool *more)
{
    corm_session *session = stream->session;
    corm_value row[CORM__ROW_MAX];
    corm_status status =
        CORM__LIKELY(corm__is_still_usable(session)) ? CORM_OK : corm__usable(session);
    if (status != CORM_OK)
        return status;
    stream->borrows = NULL; /* the statement goes on */
    if (CORM__UNLIKELY(stream->copied)) {
        corm__heap_reset(&stream->texts);
        stream->copied = false;
    }
    status = corm__cursor_fetch(session, &stream->cursor, row, stream->width, more);
    return CORM__LIKELY(stream->plain && *more)
               ? corm__stream_members(stream, stream->shape.mapper, row)
               : corm__stream_take(stream, row, *more, status);
}

/* Tells the program how far it is. */
static CORM__COLD corm_status corm__stream_tell(corm_stream *stream)
{
    corm_session *session = stream->session;
    stream->watcher_next += stream->watcher_rows;
    corm__running running;
    corm__running_begin(session, &running, "the progress function of a stream", NULL,
                        CORM__BOUND_ALL);
    const bool on = stream->watcher(stream->watcher_data, stream->cursor.rows);
    const corm_status status = corm__running_end(session, &running, NULL);
    if (on && status == CORM_OK)
        return CORM_OK;
    stream->borrows = NULL;
    corm__cursor_end(session, &stream->cursor);
    if (status != CORM_OK)
        return status;
    return corm__fail(session, CORM_INTERRUPTED,
                      "the stream was stopped by its progress function after %lld rows",
                      (long long)stream->cursor.rows);
}

CORM_API const void *corm_stream_next(corm_stream *stream)
{
    bool more = false;
    if (stream == NULL) {
        (void)corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_stream_next: the stream is NULL");
        return NULL;
    }
    CORM__ENTER(stream->session, NULL);
    CORM__ERRAND_GO_ON(stream);
    if (stream->status == CORM_OK)
        stream->status = corm__stream_step(stream, &more);
    if (CORM__UNLIKELY(stream->watcher != NULL) && stream->status == CORM_OK && more &&
        stream->cursor.rows >= stream->watcher_next)
        stream->status = corm__stream_tell(stream);
    corm__status = stream->status;
    return CORM__LIKELY(more) && stream->status == CORM_OK ? stream->row : NULL;
}

CORM_API corm_status corm_stream_progress(corm_stream *stream, int64_t rows,
                                          corm_stream_watcher function, void *data)
{
    if (stream == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_stream_progress: the stream is NULL");
    CORM__ENTER(stream->session, CORM_MISUSE);
    if (function != NULL && rows < 1)
        return corm__fail(stream->session, CORM_MISUSE,
                          "corm_stream_progress: every %lld rows: it must be one or more",
                          (long long)rows);
    stream->watcher = function;
    stream->watcher_data = data;
    stream->watcher_rows = rows;
    stream->watcher_next = stream->cursor.rows + rows;
    return corm__status = CORM_OK;
}

CORM_API corm_status corm_stream_close(corm_stream *stream)
{
    if (stream == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_stream_close: the stream is NULL");
    CORM__ENTER(stream->session, CORM_MISUSE);
    if (corm__forbidden(stream->session, CORM__BOUND_ALL, "corm_stream_close") != CORM_OK)
        return corm__status;
    CORM__ERRAND_GO_ON(stream);
    const corm_status status = stream->status;
    corm_stream **place = &stream->session->streams;
    while (*place != stream)
        place = &(*place)->next;
    *place = stream->next;
    corm__stream_free(stream);
    return corm__status = status;
}

#endif /* CORM__ROOM_STREAM_C */
