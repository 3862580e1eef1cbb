/* report.c: what a session tells.
 *
 * Owns: the session's error record, echo and trace.
 * Must not know: what a statement means, when it is run. */
#ifndef CORM__ROOM_REPORT_C
#define CORM__ROOM_REPORT_C

#include "pool.c"

#include <string.h>

enum {
    CORM__SQL_SHOWN = 160,   /* bytes of a statement in a message */
    CORM__VALUES_SHOWN = 64, /* of a statement in the echo: a row of the widest table */
    CORM__LONG_TRANSACTION_MS = 10000
};

/* ---- Errors ---------------------------------------------------------------------------------- */

static CORM__COLD void corm__record_error(corm_session *session, corm_status status,
                                          int native_code, const char *format, va_list arguments)
    CORM__PRINTF(4, 0);
static void corm__record_error(corm_session *session, corm_status status, int native_code,
                               const char *format, va_list arguments)
{
    corm_error *error = session == NULL ? &corm__thread_error : &session->error;
    corm__status = status;
    if (session != NULL &&
        (session->poison != CORM_OK || (session->running != NULL && session->running->misused)))
        return; /* the first one stays: what follows it is only its consequence */
    char message[CORM__MESSAGE_SIZE + 4]; /* longer, so that the cut is left to corm__error_set */
    if (vsnprintf(message, sizeof message, format, arguments) < 0)
        message[0] = '\0';
    (void)corm__error_set(error, status, "%s", message);
    error->native_code = native_code;
}

/* Records an error that blocks nothing. Returns the status. The session may be NULL. */
static CORM__COLD corm_status corm__fail(corm_session *session, corm_status status,
                                         const char *format, ...) CORM__PRINTF(3, 4);
static corm_status corm__fail(corm_session *session, corm_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    corm__record_error(session, status, 0, format, arguments);
    va_end(arguments);
    return status;
}

/* The same, and the session refuses work until rollback. */
static CORM__COLD corm_status corm__poison(corm_session *session, corm_status status,
                                           const char *format, ...) CORM__PRINTF(3, 4);
static corm_status corm__poison(corm_session *session, corm_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    corm__record_error(session, status, 0, format, arguments);
    va_end(arguments);
    if (session != NULL && session->poison == CORM_OK)
        session->poison = status;
    return status;
}

static CORM__COLD corm_status corm__fail_native(corm_session *session, corm_status status,
                                                int native_code, const char *format, ...)
    CORM__PRINTF(4, 5);
static corm_status corm__fail_native(corm_session *session, corm_status status, int native_code,
                                     const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    corm__record_error(session, status, native_code, format, arguments);
    va_end(arguments);
    return status;
}

/* Records why an adapter's call failed: "<what>: <the database's words>". Neither poisons nor rolls
 * back. */
static CORM__COLD corm_status corm__failed(corm_session *session, const corm_failure *failure,
                                           const char *what)
{
    return corm__fail_native(session, failure->status, failure->native_code, "%s: %s", what,
                             failure->message);
}

static bool corm__is_blank(char c)
{
    return (unsigned char)c <= 0x20 || c == 0x7f;
}

/* The statement in one line, for a message: runs of blanks become one, a long one is cut. Needs no
 * memory, because that may be what is missing. */
static void corm__shorten_sql(const char *sql, size_t size, char out[CORM__SQL_SHOWN + 4])
{
    size_t length = 0, i = 0;
    for (; i < size && length < CORM__SQL_SHOWN; i++) {
        if (!corm__is_blank(sql[i]))
            out[length++] = sql[i];
        else if (length > 0 && out[length - 1] != ' ')
            out[length++] = ' ';
    }
    if (i < size)
        length = corm__utf8_cut(out, length);
    memcpy(out + length, i < size ? "..." : "", i < size ? 4 : 1);
}

/* The same with the statement's text. */
static CORM__COLD corm_status corm__failed_sql(corm_session *session, const corm_failure *failure,
                                               const char *sql, size_t size)
{
    char shown[CORM__SQL_SHOWN + 4];
    corm__shorten_sql(sql, size, shown);
    return corm__fail_native(session, failure->status, failure->native_code, "%s (%s)",
                             failure->message, shown);
}

/* What every failed call on the session's connection leaves behind. */
static CORM__COLD corm_status corm__take_failure(corm_session *session, corm_failure *failure,
                                                 corm_status status)
{
    if (failure->transaction_lost)
        session->transaction_lost = true;
    return corm__failure_complete(failure, status);
}

/* The running hook did what it must not: it has failed, unless it clears the error. */
static CORM__COLD corm_status corm__misused(corm_session *session, const char *format, ...)
    CORM__PRINTF(2, 3);
static corm_status corm__misused(corm_session *session, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    corm__record_error(session, CORM_MISUSE, 0, format, arguments);
    va_end(arguments);
    session->running->misused = true;
    return CORM_MISUSE;
}

/* CORM_MISUSE where a running hook must not do such a thing. */
static corm_status corm__forbidden(corm_session *session, corm__bound what, const char *call)
{
    static const char *const rest[] = {[CORM__BOUND_END] = "end the transaction",
                                       [CORM__BOUND_FLUSH] = "flush, or end the transaction",
                                       [CORM__BOUND_ALL] = "use the session"};
    const corm__running *running = session == NULL ? NULL : session->running;
    if (CORM__LIKELY(running == NULL || running->bound < what))
        return CORM_OK;
    return corm__misused(session, "%s inside of %s, which cannot %s%s", call, running->name,
                         rest[running->bound],
                         running->object != NULL ? ": it may read and change its own object" : "");
}

/* Whether a running hook forbids some of the session's calls; which, corm__forbidden says. */
static inline bool corm__is_bound(const corm_session *session)
{
    return session != NULL && session->running != NULL &&
           session->running->bound >= CORM__BOUND_ALL;
}

static const char corm__no_session[] =
    "the session is NULL: it was not opened, or memory was out then";

/* Whether nothing has happened since the session was last found usable that could make it unusable. */
static inline bool corm__is_still_usable(const corm_session *session)
{
    return session->poison == CORM_OK && !session->transaction_lost && session->running == NULL;
}

/* CORM_OK if the session may work with its database; CORM_PENDING_ROLLBACK while an earlier error
 * waits. `call` is what a hook that may not is told. */
static corm_status corm__usable_for(corm_session *session, const char *call)
{
    if (session == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "%s", corm__no_session);
    if (session->poisoned_for_good)
        return corm__status = session->poison;
    if (CORM__UNLIKELY(session->running != NULL) &&
        corm__forbidden(session, CORM__BOUND_ALL, call) != CORM_OK)
        return corm__status;
    if (session->poison != CORM_OK || session->transaction_lost)
        return corm__status = CORM_PENDING_ROLLBACK;
    if (CORM__UNLIKELY(session->engine == NULL))
        return corm__fail(session, CORM_NULL_ARGUMENT, "the session has no engine");
    if (CORM__UNLIKELY(session->engine->error.status != CORM_OK))
        return corm__fail(session, session->engine->error.status, "%s",
                          session->engine->error.message);
    return CORM_OK;
}

static corm_status corm__usable(corm_session *session)
{
    return corm__usable_for(session, "a call of the session");
}

CORM_API const corm_error *corm_last_error(const corm_session *session)
{
#if defined(CORM__WATCHED)
    if (CORM__UNLIKELY(session != NULL && corm__refused == session))
        return &corm__two_threads;
#endif
    return session == NULL ? &corm__thread_error : &session->error;
}

CORM_API corm_status corm_error_status(const corm_session *session)
{
    return corm_last_error(session)->status;
}

CORM_API const char *corm_error_message(const corm_session *session)
{
    return corm_last_error(session)->message;
}

CORM_API void corm_clear_error(corm_session *session)
{
    CORM__ENTER(session, );
    if (session == NULL || session->poison != CORM_OK || session->transaction_lost)
        return;
    (void)corm__error_set(&session->error, CORM_OK, "%s", "");
    if (session->running != NULL)
        session->running->misused = false;
}

CORM_API corm_status corm_last_status(void)
{
    return corm__status;
}

/* ---- Echo and trace -------------------------------------------------------------------------- */

static void corm__watch(corm_session *session)
{
#if defined(CORM_TRACE_CALLS)
    session->watched = true;
#else
    session->watched = session->echo != NULL || session->trace != NULL || session->expecting;
#endif
}

CORM_API void corm_echo(corm_session *session, FILE *file)
{
    CORM__ENTER(session, );
    if (session == NULL)
        return;
    session->echo = file;
    corm__watch(session);
    if (file != NULL && session->connection != NULL && session->transaction_start == 0)
        session->transaction_start = corm__clock();
}

CORM_API void corm_echo_times(corm_session *session, bool on)
{
    CORM__ENTER(session, );
    if (session != NULL)
        session->echo_times = on;
}

CORM_API void corm_trace(corm_session *session, corm_trace_function function, void *context)
{
    CORM__ENTER(session, );
    if (session == NULL)
        return;
    session->trace = function;
    session->trace_context = context;
    corm__watch(session);
}

/* When a statement starts; without anybody who watches the clock is not asked. */
static double corm__watch_start(const corm_session *session)
{
    return session->echo != NULL || session->trace != NULL ? corm__clock() : 0;
}

/* One line of it: outside of quotes blanks and newlines become one blank. */
static void corm__echo_sql(corm__buffer *line, const char *sql)
{
    char quote = '\0';
    for (; *sql != '\0'; sql++) {
        const bool blank = corm__is_blank(*sql);
        if (quote != '\0' && *sql == quote)
            quote = '\0';
        else if (quote == '\0' && (*sql == '"' || *sql == '\'' || *sql == '`'))
            quote = *sql;
        if (!blank)
            corm__buffer_char(line, *sql);
        else if (quote != '\0' || (line->size > 0 && line->data[line->size - 1] != ' '))
            corm__buffer_char(line, ' ');
    }
}

static void corm__echo_values(corm__buffer *line, const corm_value *values, size_t count)
{
    const size_t start = line->size;
    const size_t shown = count < CORM__VALUES_SHOWN ? count : CORM__VALUES_SHOWN;
    corm__buffer_text(line, "  [");
    for (size_t i = 0; i < shown; i++) {
        if (i > 0)
            corm__buffer_text(line, ", ");
        corm__value_literal(line, &values[i]);
    }
    if (shown < count)
        corm__buffer_format(line, ", ... and %zu more", count - shown);
    corm__buffer_char(line, ']');
    /* a value must not break the line, or the terminal */
    for (size_t i = start; i < line->size; i++)
        if (corm__is_blank(line->data[i]))
            line->data[i] = ' ';
}

/* In one write, because sessions of several threads may share the file. Whether it can be written
 * is not the session's business. */
static void corm__echo_write(corm_session *session, corm__buffer *line)
{
    static const char no_memory[] = "-- out of memory for the echo\n";
    corm__buffer_char(line, '\n');
    if (line->failed)
        (void)fputs(no_memory, session->echo);
    else
        (void)fwrite(line->data, 1, line->size, session->echo);
    corm__buffer_free(line);
}

/* ", 0.125 ms": with a point, whatever the locale says. */
static void corm__echo_time(corm__buffer *line, const char *before, double milliseconds)
{
    const double passed = milliseconds > 0 ? milliseconds : 0; /* clocks may be set back */
    const unsigned long long micros = (unsigned long long)(passed * 1000 + 0.5);
    corm__buffer_format(line, "%s%llu.%03llu ms", before, micros / 1000, micros % 1000);
}

/* <sql>  [<values>]  <rows> rows, <time> ms       or "failed: <why>" in place of the rows */
static CORM__COLD void corm__echo_event(corm_session *session, const corm_trace_event *event,
                                        const char *why)
{
    corm__buffer line = {0};
    corm__echo_sql(&line, event->sql);
    if (event->value_count > 0)
        corm__echo_values(&line, event->values, event->value_count);
    const char *before_time = "  ";
    if (event->status != CORM_OK) {
        corm__buffer_format(&line, "  failed: %s", why);
        before_time = ", ";
    } else if (event->rows >= 0) {
        corm__buffer_format(&line, "  %lld row%s", (long long)event->rows,
                            event->rows == 1 ? "" : "s");
        before_time = ", ";
    }
    if (session->echo_times)
        corm__echo_time(&line, before_time, event->milliseconds);
    corm__echo_write(session, &line);
}

/* The words of a transaction, which corm__begin and those below it report. */
static bool corm__is_control(const char *sql)
{
    static const char *const words[] = {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const size_t size = strlen(words[i]);
        if (strncmp(sql, words[i], size) == 0 && (sql[size] == '\0' || sql[size] == ' '))
            return true;
    }
    return false;
}

/* Tells all who watch of a statement that is over. rows below zero: it has none. failure NULL: it
 * went well. */
static void corm__report(corm_session *session, const char *sql, const corm_value *values,
                         size_t count, double started, int64_t rows, const corm_failure *failure)
{
    if (CORM__LIKELY(!session->watched))
        return;
    corm_trace_event event = {.sql = sql,
                              .values = values,
                              .value_count = count,
                              .milliseconds = started > 0 ? corm__clock() - started : 0,
                              .rows = rows,
                              .status = failure == NULL ? CORM_OK : failure->status};
    if (session->echo != NULL)
        corm__echo_event(session, &event, failure == NULL ? "" : failure->message);
    event.rows = rows < 0 ? 0 : rows;
    if (session->expecting)
        corm__expected(session, &event);
#if defined(CORM_TRACE_CALLS)
    corm__trip_count(session, &event);
#endif
    if (session->trace != NULL)
        session->trace(session->trace_context, &event);
}

/* At the end of a transaction. */
static void corm__echo_long_transaction(corm_session *session)
{
    double start = session->transaction_start;
    session->transaction_start = 0;
    if (session->echo == NULL || start == 0)
        return;
    double passed = corm__clock() - start;
    if (passed <= CORM__LONG_TRANSACTION_MS)
        return;
    corm__buffer line = {0};
    corm__buffer_format(
        &line,
        "-- the transaction was open for %llu s: until it ends others may have to wait "
        "for it, and the database cannot clean up; commit or roll back earlier",
        (unsigned long long)(passed / 1000));
    corm__echo_write(session, &line);
}

#endif /* CORM__ROOM_REPORT_C */
