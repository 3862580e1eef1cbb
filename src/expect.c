/* expect.c: the statements that a test expects.
 *
 * Owns: counting and keeping what runs while a test counts, and telling what ran instead.
 * Must not know: what the statements are for. */
#ifndef CORM__ROOM_EXPECT_C
#define CORM__ROOM_EXPECT_C

#include "seeing.h"
#include "transaction.c"

#include <stdlib.h>

enum {
    CORM__EXPECT_DEPTH = 16, /* inside one another */
    /* of the error message, which holds 768 bytes, for the statements; the rest says how many */
    CORM__EXPECT_LISTED = 560
};

struct corm__expectations {
    struct {
        size_t count, size; /* of statements, and of their text, when it began */
    } open[CORM__EXPECT_DEPTH];
    size_t depth, count;
    corm__buffer lines;  /* a line for each statement that was counted */
    corm__buffer report; /* of the last one that ended */
};

static void corm__expectations_free(corm_session *session)
{
    corm__expectations *e = session->expectations;
    if (e == NULL)
        return;
    corm__buffer_free(&e->lines);
    corm__buffer_free(&e->report);
    corm__free(e);
    session->expectations = NULL;
}

/* What ran, for each expectation that is open. Without memory it is still counted. */
static void corm__expected(corm_session *session, const corm_trace_event *event)
{
    corm__expectations *e = session->expectations;
    if (corm__is_control(event->sql))
        return;
    e->count++;
    corm__echo_sql(&e->lines, event->sql);
    if (event->value_count > 0)
        corm__echo_values(&e->lines, event->values, event->value_count);
    if (event->status != CORM_OK)
        corm__buffer_format(&e->lines, "  failed: %s", corm_status_text(event->status));
    corm__buffer_char(&e->lines, '\n');
}

CORM_API CORM__COLD corm_status corm_expect_begin(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    if (session == NULL)
        return corm__ended(corm__fail(NULL, CORM_NULL_ARGUMENT, "%s", corm__no_session));
    if (session->expectations == NULL)
        session->expectations = corm__allocate_zeroed(1, sizeof *session->expectations);
    corm__expectations *e = session->expectations;
    if (e == NULL)
        return corm__ended(corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory"));
    if (e->depth == CORM__EXPECT_DEPTH)
        return corm__ended(corm__fail(session, CORM_MISUSE,
                                      "corm_expect_begin: %d are open: end them with "
                                      "corm_expect_end, and do not leave their blocks by return",
                                      CORM__EXPECT_DEPTH));
    if (e->depth == 0) {
        corm__buffer_clear(&e->lines);
        e->count = 0;
    }
    e->open[e->depth].count = e->count;
    e->open[e->depth++].size = e->lines.size;
    session->expecting = true;
    corm__watch(session);
    return corm__ended(CORM_OK);
}

/* "2 SELECT, 1 UPDATE": by the first word, in the order of their first coming. */
static void corm__expect_kinds(corm__buffer *out, const char *lines)
{
    enum { KINDS = 8, WORD = 16 };
    struct {
        char word[WORD];
        size_t count;
    } kinds[KINDS] = {{{0}, 0}};
    size_t used = 0;
    for (const char *line = lines, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        size_t size = strcspn(line, " (\n"), k = 0;
        size = size < WORD ? size : WORD - 1;
        while (k < used && (strncmp(kinds[k].word, line, size) != 0 || kinds[k].word[size] != '\0'))
            k++;
        if (k == KINDS)
            k--; /* more kinds than that are told together */
        if (k == used)
            memcpy(kinds[used++].word, line, size);
        kinds[k].count++;
    }
    for (size_t k = 0; k < used; k++)
        corm__buffer_format(out, "%s%zu %s", k > 0 ? ", " : "", kinds[k].count, kinds[k].word);
}

/* As many of the lines as an error message has room for, in one line. */
static void corm__expect_message(corm_session *session, const char *first, const char *lines,
                                 size_t ran)
{
    char listed[CORM__EXPECT_LISTED], shown[CORM__SQL_SHOWN + 4];
    size_t used = 0, told = 0;
    listed[0] = '\0';
    for (const char *line = lines, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        corm__shorten_sql(line, (size_t)(end - line), shown);
        const size_t size = strlen(shown) + 2;
        if (used + size >= sizeof listed)
            break;
        used += (size_t)snprintf(listed + used, sizeof listed - used, "%s%s",
                                 told > 0 ? "; " : ": ", shown);
        told++;
    }
    if (told < ran)
        (void)corm__fail(session, CORM_UNEXPECTED, "%s%s; and %zu more", first, listed, ran - told);
    else
        (void)corm__fail(session, CORM_UNEXPECTED, "%s%s", first, listed);
}

CORM_API CORM__COLD corm_status corm_expect_end(corm_session *session, size_t count)
{
    CORM__ENTER(session, CORM_MISUSE);
    char first[96];
    if (session == NULL)
        return corm__ended(corm__fail(NULL, CORM_NULL_ARGUMENT, "%s", corm__no_session));
    corm__expectations *e = session->expectations;
    if (e == NULL || e->depth == 0)
        return corm__ended(corm__fail(session, CORM_MISUSE,
                                      "corm_expect_end without corm_expect_begin: nothing was "
                                      "counted"));
    e->depth--;
    session->expecting = e->depth > 0;
    corm__watch(session);
    const size_t ran = e->count - e->open[e->depth].count;
    const char *lines = e->lines.data == NULL ? "" : e->lines.data + e->open[e->depth].size;
    if (e->lines.failed)
        lines = ""; /* the last line may be half a one */
    (void)snprintf(first, sizeof first, "%zu statement%s expected, %zu ran", count,
                   count == 1 ? "" : "s", ran);
    corm__buffer_clear(&e->report);
    corm__buffer_text(&e->report, first);
    if (lines[0] != '\0') {
        corm__buffer_text(&e->report, " (");
        corm__expect_kinds(&e->report, lines);
        corm__buffer_char(&e->report, ')');
    }
    corm__buffer_char(&e->report, '\n');
    corm__buffer_text(&e->report, lines);
    if (ran != count)
        corm__expect_message(session, first, lines, ran);
    return corm__ended(ran == count ? CORM_OK : CORM_UNEXPECTED);
}

CORM_API CORM__COLD const char *corm_expect_report(const corm_session *session)
{
    const corm__expectations *e = session == NULL ? NULL : session->expectations;
    if (e == NULL || e->report.data == NULL)
        return "corm_expect_report: no corm_expect_end was there, or memory was out\n";
    return e->report.failed ? "corm_expect_report: out of memory\n" : e->report.data;
}

CORM_API CORM__COLD void corm_expect_failed(const char *report, const char *file, int line)
{
    (void)fflush(stdout);
    (void)fprintf(stderr, "%s:%d: %s", file, line, report);
    abort();
}

#endif /* CORM__ROOM_EXPECT_C */
