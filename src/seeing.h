/* seeing.h: what a program can see of its SQL.
 *
 * Owns: the calls that show the SQL of a query and how the database would answer it, that count the
 * statements of a piece of a test, and that count round trips by the place in the program which asks
 * for them. corm_echo and corm_trace, which show what runs, are in session.h.
 * Must not know: how any of it is found out. */
#ifndef CORM__SEEING_H
#define CORM__SEEING_H

#include "session.h"

/* ---- The SQL of a query ---------------------------------------------------------------------- */

/* What corm_query_sql is made of: the statement that corm_query_all would run, its values written
 * into it; then, in comments, the statement as it is sent, and those by which .load brings what is
 * not joined. Nothing runs and nothing is flushed. For reading, not for running: values of more than 64
 * bytes are cut, and a blank stands for what would break the line. Lives as a corm_text does. NULL on
 * error: corm_last_status tells. */
CORM_API const char *corm_query_text(corm_session *session, const corm_query *query);

/* The same for the rows of a corm_select: corm_select_sql. */
CORM_API const char *corm_select_text(corm_session *session, const corm_select *select);

/* What corm_explain is made of: how the database would answer the query, a line for each step, those
 * that belong to another one indented below it; then notes: which table is read as a whole, or which
 * sort is made, for want of an index, and which index would serve. The same for the statements by
 * which .load brings what is not joined. The database is asked, in the session's transaction, which
 * begins if none is open; nothing is flushed. Lives as a corm_text does. NULL on error, CORM_MISUSE
 * where the adapter cannot explain: corm_last_status tells. */
CORM_API const char *corm_query_explain(corm_session *session, const corm_query *query);
/* The same for the rows of a corm_select: corm_explain_select. */
CORM_API const char *corm_select_explain(corm_session *session, const corm_select *select);

/* ---- The statements that a test expects ------------------------------------------------------ */

/* Counts the session's statements from here on, until corm_expect_end. Counted is what the program
 * would wait for, also what fails; not counted are BEGIN, COMMIT, ROLLBACK and savepoints, which come
 * or not depending on what ran before, and what runs past corm, on the native handle. May stand
 * inside one another. */
CORM_API corm_status corm_expect_begin(corm_session *session);
/* CORM_OK if exactly `count` statements have run since the corm_expect_begin that it ends; else
 * CORM_UNEXPECTED, and the error message lists them, as many as it holds. CORM_MISUSE without a
 * corm_expect_begin. It blocks nothing. */
CORM_API corm_status corm_expect_end(corm_session *session, size_t count);
/* All of the statements that the last corm_expect_end was about, with their values, a line each, below
 * a line that says how many were expected. Never NULL; lives until the next corm_expect_end. */
CORM_API const char *corm_expect_report(const corm_session *session);

/* The two around a block:
 *     corm_expect_statements(session, 2) {
 *         ...
 *     }
 * If it is another number, CORM_EXPECT_FAILED(report, file, line) is run behind the block: it prints
 * the report to stderr and aborts, as a failed assert does, unless the program defines it, as an
 * expression, before the include (cmocka: _assert_true(0, report, file, line)). break leaves the block and is
 * counted as its end; return, goto and longjmp leave it without an end. */
#define corm_expect_statements(session_, count_)                                                   \
    CORM__EXPECT(session_, count_, CORM__JOIN2(corm__stage_, __LINE__))
/* 1: in the block, 2: it was left at its end; either way what comes next is the third part of the
 * outer loop. */
#define CORM__EXPECT(session_, count_, stage_)                                                     \
    for (int stage_ = ((void)corm_expect_begin(session_), 1); stage_ != 0;                         \
         stage_ = (corm_expect_end((session_), (count_)) == CORM_OK                                \
                       ? (void)0                                                                   \
                       : CORM_EXPECT_FAILED(corm_expect_report(session_), __FILE__, __LINE__),     \
                   0))                                                                             \
        for (; stage_ == 1; stage_ = 2)
#if !defined(CORM_EXPECT_FAILED)
#define CORM_EXPECT_FAILED(report_, file_, line_) corm_expect_failed((report_), (file_), (line_))
#endif
CORM_API void corm_expect_failed(const char *report, const char *file, int line);

/* ---- Round trips by place -------------------------------------------------------------------- */

/* Where the program is compiled with CORM_TRACE_CALLS: every place that made the session ask the
 * database, the most statements first: how many statements and rows, what was asked for, file and line;
 * and, where one place asked again and again, as a loop does (the N+1 problem), what to write instead.
 * Relationships are loaded by functions, which do not know who calls them: for these the place is that
 * of the query which loaded their objects, where .load belongs; corm_traced adds the place of the
 * access. What flushes write is not in it. Otherwise a sentence that says how to compile. Lives as a
 * corm_text does. NULL: out of memory. */
CORM_API const char *corm_round_trips(corm_session *session);
/* Counts from zero again. */
CORM_API void corm_round_trips_clear(corm_session *session);

/* Around a call of a relationship's function, of corm_current, corm_refresh or corm_merge: notes file
 * and line for corm_round_trips. For all calls of one function, below the schema:
 *     #define User_posts(user_) corm_traced(User_posts(user_))
 * It is the call alone where CORM_TRACE_CALLS is not defined, and in C++, where each function knows
 * its caller. */
#if defined(CORM_TRACE_CALLS) && !defined(__cplusplus)
#define corm_traced(call_) ((void)corm_called_at(NULL, __FILE__, __LINE__), (call_))
#else
#define corm_traced(call_) (call_)
#endif

/* Notes the place for the call that follows on this thread; gives its first argument back. `file` must
 * live as long as the session: __FILE__ does. */
CORM_API const void *corm_called_at(const void *argument, const char *file, int line);
#if defined(CORM_TRACE_CALLS)
#define CORM__NOTED(argument_) corm_called_at((argument_), __FILE__, __LINE__)
#else
#define CORM__NOTED(argument_) (argument_)
#endif

#endif /* CORM__SEEING_H */
