/* seeing.c: the SQL of a query, to be read.
 *
 * Owns: looking at a query without running it, its text with the values written into it, what .load
 * adds in statements of its own.
 * Must not know: how a query becomes SQL, what the database makes of it. */
#ifndef CORM__ROOM_SEEING_C
#define CORM__ROOM_SEEING_C

#include "seeing.h"
#include "results.c"

/* ---- Looking --------------------------------------------------------------------------------- */

/* Takes the query the way of corm_query_all, up to where its statement would run: the looker gets
 * that. The one place where this room and explain.c learn what a query becomes. */
static corm_status corm__see(corm_session *session, const corm_query *query, corm__looker *looker)
{
    corm__vector found = {NULL, 0, 0};
    corm_query alone;
    if (query != NULL) { /* without the statement that counts all rows */
        alone = *query;
        alone.total = NULL;
    }
    session->looker = looker;
    session->no_autoflush++;
    corm_status status = corm__query(session, query == NULL ? NULL : &alone, false, &found);
    session->no_autoflush--;
    session->looker = NULL;
    corm__vector_free(&found);
    return status;
}

/* The same for a select, the way of corm_select_rows. */
static corm_status corm__see_select(corm_session *session, const corm_select *select,
                                    corm__looker *looker)
{
    session->looker = looker;
    session->no_autoflush++;
    (void)corm_select_rows(session, select);
    session->no_autoflush--;
    session->looker = NULL;
    return corm__status;
}

/* How many owners the statements of relationships show. */
static size_t corm__shown_owners(const corm_session *session, const corm__relation *relation)
{
    enum { SHOWN = 4 };
    return corm__chunk_size(session, relation) < SHOWN ? 1 : SHOWN;
}

/* Calls `show` for each relationship that comes in a statement of its own; the query is one that
 * corm__see has found right. */
typedef corm_status (*corm__besides)(corm_session *session, corm__relation *relation,
                                     void *argument);
static corm_status corm__each_besides(corm_session *session, const corm__tree *tree,
                                      corm__besides show, void *argument)
{
    corm_status status = CORM_OK;
    for (uint16_t i = 1; i < tree->count && status == CORM_OK; i++) {
        const corm__branch *branch = &tree->branches[i];
        if (!branch->joined && !branch->left_out)
            status = show(session, branch->relation, argument);
    }
    return status;
}

/* A finished text as the program gets it. NULL: out of memory. */
static const char *corm__shown_text(corm_session *session, corm__buffer *text, corm_status status)
{
    char *copy = NULL;
    if (status == CORM_OK) {
        copy = text->failed ? NULL
                            : corm__heap_text(&session->heap, text->data == NULL ? "" : text->data,
                                              text->size);
        if (copy == NULL)
            status = corm__no_memory(session);
        else
            corm__retire(session, copy, text->size + 1);
    }
    corm__buffer_free(text);
    (void)corm__ended(status);
    return copy;
}

/* ---- Values in their places ------------------------------------------------------------------ */

/* The number of the placeholder at `sql`, and its length; 0: there is none. `last` is the number of
 * the one before, for dialects that do not number them. */
static size_t corm__placeholder_at(const corm_dialect *d, const char *sql, size_t last,
                                   size_t *length)
{
    const char *hole = strstr(d->placeholder, "%u");
    const size_t before = hole == NULL ? strlen(d->placeholder) : (size_t)(hole - d->placeholder);
    if (strncmp(sql, d->placeholder, before) != 0)
        return 0;
    *length = before;
    if (hole == NULL)
        return last + 1;
    size_t number = 0;
    for (; sql[*length] >= '0' && sql[*length] <= '9'; ++*length)
        number = number * 10 + (size_t)(sql[*length] - '0');
    const size_t after = strlen(hole + 2);
    if (strncmp(sql + *length, hole + 2, after) != 0)
        return 0;
    *length += after;
    return number;
}

static void corm__shown_value(corm__buffer *out, const corm_value *value)
{
    const size_t start = out->size;
    corm__value_literal(out, value);
    for (size_t i = start; i < out->size; i++)
        if (corm__is_blank(out->data[i]))
            out->data[i] = ' ';
}

/* The statement with its values instead of placeholders, which inside of quotes are none. */
static void corm__sql_with_values(corm__buffer *out, const corm_dialect *d, const char *sql,
                                  const corm_value *values, size_t count)
{
    char quote = '\0';
    size_t last = 0, length = 0;
    while (*sql != '\0') {
        const size_t number =
            quote == '\0' ? corm__placeholder_at(d, sql, last, &length) : (size_t)0;
        if (number > 0 && number <= count) {
            corm__shown_value(out, &values[number - 1]);
            last = number;
            sql += length;
            continue;
        }
        if (quote != '\0' && *sql == quote)
            quote = '\0';
        else if (quote == '\0' && (*sql == d->quote || *sql == '\''))
            quote = *sql;
        corm__buffer_char(out, corm__is_blank(*sql) ? ' ' : *sql);
        sql++;
    }
}

/* ---- The text -------------------------------------------------------------------------------- */

typedef struct corm__reader {
    corm__looker looker; /* first: it is what the session holds */
    corm__buffer text;
} corm__reader;

static corm_status corm__read_statement(corm__looker *looker, corm_session *session,
                                        const corm_value *values, size_t count)
{
    corm__reader *reader = (corm__reader *)looker;
    const char *sql = looker->statement.sql;
    const corm_dialect *dialect = session->engine->adapter->dialect;
    corm__sql_with_values(&reader->text, dialect, sql, values, count);
    if (count > 0) {
        corm__buffer_text(&reader->text, "\n-- sent as: ");
        corm__echo_sql(&reader->text, sql);
    }
    return CORM_OK;
}

static corm_status corm__read_besides(corm_session *session, corm__relation *relation,
                                      void *argument)
{
    corm__reader *reader = argument;
    corm__buffer_format(&reader->text, "\n-- then %s.%s: ", relation->source->model->name,
                        relation->name);
    corm__sql_related(&reader->text, session->engine->adapter->dialect, relation,
                      corm__shown_owners(session, relation));
    return CORM_OK;
}

CORM_API CORM__COLD const char *corm_query_text(corm_session *session, const corm_query *query)
{
    CORM__ENTER(session, NULL);
    corm__reader reader = {.looker = {.look = corm__read_statement}};
    corm__tree tree;
    if (session == NULL) {
        (void)corm__usable(session);
        return NULL;
    }
    corm__scratch_begin(session);
    corm_status status = corm__see(session, query, &reader.looker);
    if (status == CORM_OK)
        status = corm__tree_make(session, corm__mapper_of(session->registry, query->model), query,
                                 &tree);
    if (status == CORM_OK)
        status = corm__each_besides(session, &tree, corm__read_besides, &reader);
    corm__scratch_end(session);
    return corm__shown_text(session, &reader.text, status);
}

CORM_API CORM__COLD const char *corm_select_text(corm_session *session, const corm_select *select)
{
    CORM__ENTER(session, NULL);
    corm__reader reader = {.looker = {.look = corm__read_statement}};
    if (session == NULL) {
        (void)corm__usable(session);
        return NULL;
    }
    return corm__shown_text(session, &reader.text,
                            corm__see_select(session, select, &reader.looker));
}

#endif /* CORM__ROOM_SEEING_C */
