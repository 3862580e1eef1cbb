/* stream.c: the rows of a query, one at a time.
 *
 * Owns: reading any number of rows with the memory of one of them, outside of the identity map.
 * Must not know: how objects are made, tracked or written. */
#ifndef CORM__ROOM_STREAM_C
#define CORM__ROOM_STREAM_C

#include "link.c"

struct corm_stream {
    corm_session *session;
    corm_stream *next; /* of the session's */
    corm__mapper *mapper;
    corm__cursor cursor;
    corm__heap values; /* texts and blobs of the conditions */
    corm__heap texts;  /* of the row that was handed out */
    void *row;         /* has room for any model of the family */
    corm_status status;
};

static void corm__stream_free(corm_stream *stream)
{
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
        if (stream->mapper->root == mapper->root && stream->cursor.open &&
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

static corm_status corm__stream_start(corm_stream *stream, const corm_query *query)
{
    corm_session *session = stream->session;
    const corm_dialect *dialect = session->engine->adapter->dialect;
    corm_value *values = NULL;
    size_t count = 0;
    corm_error error;
    corm_status status = corm__sql_query_values(stream->mapper, dialect, query, &session->scratch,
                                                &values, &count, &error);
    if (status != CORM_OK)
        return corm__fail(session, status, "%s", error.message);
    values = corm__stream_values(stream, values, count);
    if (values == NULL)
        return corm__no_memory(session);
    corm__buffer_clear(&session->sql);
    corm__sql_query(&session->sql, dialect, stream->mapper, query, false);
    corm__prepared *prepared = corm__for_reading(session, corm__prepare_sql(session));
    if (prepared == NULL)
        return session->error.status;
    status = corm__cursor_start(session, &stream->cursor, prepared, values, count);
    return status == CORM_OK ? CORM_OK : corm__load_failed(session, status);
}

static corm_status corm__stream_open(corm_session *session, const corm_query *query,
                                     corm_stream **out)
{
    corm__mapper *mapper = NULL;
    corm_status status = corm__usable(session);
    if (status == CORM_OK)
        status = corm__query_prepare(session, query, &mapper);
    if (status == CORM_OK && query->load.count + query->load.column_count > 0)
        status = corm__fail(session, CORM_MISUSE,
                            "%s: a stream loads no relationships and no deferred columns: leave "
                            ".load out",
                            mapper->model->name);
    if (status != CORM_OK)
        return status;
    corm_stream *stream = corm__allocate_zeroed(1, sizeof *stream);
    if (stream == NULL)
        return corm__no_memory(session);
    stream->session = session;
    stream->mapper = mapper;
    stream->row = corm__allocate(corm__stream_row_size(mapper));
    corm__scratch_begin(session);
    status = stream->row == NULL ? corm__no_memory(session) : corm__stream_start(stream, query);
    corm__scratch_end(session);
    if (status != CORM_OK) {
        corm__stream_free(stream);
        return status;
    }
    stream->next = session->streams;
    session->streams = *out = stream;
    return CORM_OK;
}

CORM_API corm_stream *corm_query_stream(corm_session *session, const corm_query *query)
{
    CORM__ENTER(session, NULL);
    corm_stream *stream = NULL;
    corm__status = corm__stream_open(session, query, &stream);
    return stream;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* The row as a struct of its model, which is the stream's or one below it. */
static corm_status corm__stream_fill(corm_stream *stream, const corm_value *row)
{
    corm_session *session = stream->session;
    corm_value own[CORM__COLUMN_MAX];
    char why[256];
    corm__mapper *model = stream->mapper;
    if (model->discriminator != NULL) {
        corm_status status = corm__kind_of_row(session, stream->mapper, own, &row, &model);
        if (status != CORM_OK)
            return status;
    }
    corm__heap_reset(&stream->texts);
    memset(stream->row, 0, model->size);
    for (uint16_t i = 0; i < model->column_count; i++) {
        bool memory = false;
        if (CORM__UNLIKELY(model->deferred >> i & 1))
            continue;
        if (!corm__member_load(&model->columns[i], stream->row, &row[i], &stream->texts, &memory,
                               why, sizeof why))
            return corm__load_misfit(session, &model->columns[i], memory, why);
    }
    return CORM_OK;
}

static corm_status corm__stream_step(corm_stream *stream, bool *more)
{
    corm_session *session = stream->session;
    corm_value row[CORM__ROW_MAX];
    corm_status status = corm__usable(session);
    if (status == CORM_OK) {
        status =
            corm__cursor_fetch(session, &stream->cursor, row, stream->mapper->select_count, more);
        if (status != CORM_OK && status != CORM_MISUSE)
            status = corm__load_failed(session, status);
    }
    return status == CORM_OK && *more ? corm__stream_fill(stream, row) : status;
}

CORM_API const void *corm_stream_next(corm_stream *stream)
{
    bool more = false;
    if (stream == NULL) {
        (void)corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_stream_next: the stream is NULL");
        return NULL;
    }
    CORM__ENTER(stream->session, NULL);
    if (stream->status == CORM_OK)
        stream->status = corm__stream_step(stream, &more);
    corm__status = stream->status;
    return stream->status == CORM_OK && more ? stream->row : NULL;
}

CORM_API corm_status corm_stream_close(corm_stream *stream)
{
    if (stream == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_stream_close: the stream is NULL");
    CORM__ENTER(stream->session, CORM_MISUSE);
    const corm_status status = stream->status;
    corm_stream **place = &stream->session->streams;
    while (*place != stream)
        place = &(*place)->next;
    *place = stream->next;
    corm__stream_free(stream);
    return corm__status = status;
}

#endif /* CORM__ROOM_STREAM_C */
