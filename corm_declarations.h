/* corm_declarations.h is generated from src/ by `make corm.h`: do not edit it. It is the first part of corm.h,
 * which ends before the implementation and so is included faster. It may be missing: where it stands beside
 * corm_sqlite.h, that takes it instead of corm.h in every file without CORM_IMPLEMENTATION. */

/* corm maps C structs to database tables: each model is described once, as a list, and gives the
 * struct, the table, typed queries, relationships as functions, and a session that works out every
 * INSERT, UPDATE and DELETE. C11, two headers, SQLite. MIT license.
 *
 * ---- A program ----------------------------------------------------------------------------------
 *
 *     #define CORM_IMPLEMENTATION
 *     #include "corm_sqlite.h"
 *
 *     #define USER(COLUMN, RELATIONSHIP) COLUMN(TEXT, name, .primary_key = true)
 *     #define POST(COLUMN, RELATIONSHIP)                                     \
 *         COLUMN(INTEGER, id,     .primary_key = true)                       \
 *         COLUMN(TEXT,    title,  .length = 80)                              \
 *         COLUMN(TEXT,    writer, .references = corm_ref(User, name))        \
 *         RELATIONSHIP(MANY_TO_ONE, author, User, BACKREF(posts))
 *     #define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
 *     CORM_SCHEMA(blog, BLOG)
 *
 *     int main(void)
 *     {
 *         corm_session *session = corm_sqlite_open("blog.db", &blog);
 *         corm_create_all(session);
 *         User *ann = corm_new(session, User, .name = "Ann");
 *         User_posts_append(ann, corm_new(session, Post, .title = "Hello from C"));
 *         corm_add(session, ann);
 *         puts(corm_commit(session) == CORM_OK ? "saved" : corm_error_message(session));
 *         Post_list found = corm_all(session, Post, .where = corm_like(Post_.title, "%C"));
 *         for (size_t i = 0; i < found.count; i++)
 *             printf("\"%s\", by %s\n", found.items[i]->title, found.items[i]->writer);
 *         corm_session_close(session);
 *     }
 *
 * It prints: saved, and: "Hello from C", by Ann.
 *
 * ---- How to use it ------------------------------------------------------------------------------
 *
 *  1. Copy corm.h and corm_sqlite.h into the project. Define CORM_IMPLEMENTATION in exactly one .c
 *     file before it includes corm_sqlite.h; link with -lsqlite3 -lpthread. In a program of many
 *     files, copy corm_declarations.h too: what has no CORM_IMPLEMENTATION then compiles faster.
 *  2. Describe each model as a list: COLUMN(KIND, name, options...) and
 *     RELATIONSHIP(KIND, name, Model, other side, options...). Kinds of columns: INTEGER, REAL,
 *     BOOLEAN, TEXT, BLOB, DATE, DATETIME, TIME, DECIMAL(precision, scale), UUID, JSON,
 *     ENUM(Enum) after CORM_ENUM, CUSTOM(kind) after CORM_KIND, and OPTIONAL(...) of each, which
 *     may be NULL; for members of C's own types INTEGER_AS(type), REAL_AS(type), CHARS(size).
 *     MODEL(EXISTING(Device), ...) is a model over a struct that is there already. Kinds of
 *     relationships: ONE_TO_MANY, MANY_TO_ONE, ONE_TO_ONE, MANY_TO_MANY. The other side is the name
 *     of its row in the other model, BACKREF(name) to make that end here, or NONE.
 *  3. CORM_SCHEMA(schema, MODELS) makes of each model the struct, its list type, the column handles
 *     (User_.name) and the functions of its relationships:
 *         to many   User_posts(user), User_posts_count, _contains, _append, _remove, _replace
 *         to one    Post_author(post), Post_author_set
 *     With several .c files: CORM_SCHEMA_DECLARE in a header, CORM_SCHEMA_DEFINE in one .c file.
 *  4. Open a session, make objects with corm_new, add them, assign to their members, delete them:
 *     corm_flush (and so each query and corm_commit) writes what has changed.
 *  5. A server opens one engine (corm_sqlite_engine), and a session for each thread or request
 *     (corm_session_open). An engine may be shared by threads, a session is used by one at a time.
 *
 * ---- Contents -----------------------------------------------------------------------------------
 *
 *  The sections below follow the files in src/; search for the name.
 *
 *     src/config.h    version, options at compile time, linkage
 *     src/core.h      the list of status codes, the error record, corm_value
 *     src/types.h     times, decimals, UUIDs, enumerations, kinds of your own
 *     src/hooks.h     validators of columns, hooks of models and sessions
 *     src/meta.h      kinds and their C types, options of columns and relationships, dates
 *     src/adapter.h   what a database has to do for corm: only for those who write an adapter
 *     src/condition.h what is compared: corm_eq, corm_like, corm_in, corm_and, corm_related_to, corm_var
 *     src/expression.h what SQL computes: corm_plus, corm_lower, corm_year, corm_case, corm_sum,
 *                     corm_over, corm_asc, corm_group ...
 *     src/query.h     the clauses: corm_inner_join, corm_any, corm_subquery, corm_field, corm_with,
 *                     corm_union, CORM_ALIAS, corm_load, corm_load_joined, corm_load_where, corm_load_never
 *     src/session.h   engines, sessions, objects, errors, tables: what each call does
 *     src/writing.h   corm_update_all, corm_delete_all, corm_insert_all, their objects, corm_set, upsert
 *     src/seeing.h    the SQL of queries, statements that tests expect, round trips by place
 *     src/plain.h     SQL of your own: corm_sql, corm_sql_integer ..., corm_sql_run, corm_sql_script,
 *                     corm_sql_stream
 *     src/kinds.h     CORM_ENUM, CORM_KIND: kinds of columns of your own
 *     src/model.h     CORM_SCHEMA, CORM_INHERITED, corm_as, corm_ref, corm_columns, corm_index, corm_join,
 *                     corm_filter, corm_default, corm_some, corm_none
 *     src/calls.h     corm_new, corm_all, corm_first, corm_one, corm_count, corm_get, corm_select,
 *                     corm_values, corm_scalar, corm_query_of, corm_query_sql, corm_explain,
 *                     corm_load_columns, corm_stream_open, corm_merge
 *     src/row.h       CORM_ROW: structs for rows of any query
 *     src/checks.h    what the compiler says about wrong rows
 *     src/cplusplus.h the same names for programs in C++17 and C++20
 *
 *  Behind them stands the implementation, under CORM_IMPLEMENTATION.
 *
 * ---- Options ------------------------------------------------------------------------------------
 *
 *  In every options struct zero means default, so name only what differs:
 *
 *     corm_model_options          .strict .without_rowid .check .unique .indexes .hooks
 *                                 .inherits .discriminator .identity
 *     corm_column_options         .primary_key .autoincrement .unique .index .nullable .length
 *                                 .default_value .references .on_delete .on_update .name .check
 *                                 .collate .validate .deferred .version .default_function
 *                                 .update_function .server_default .generated .stored
 *     corm_relationship_options   .cascade .lazy .order_by .then_by .foreign_key .passive_deletes
 *                                 .join_depth .secondary .view_only .join .filter .backref
 *     corm_query                  .where .order_by .load .limit .offset .total .after .join .distinct .with
 *                                 .read_only
 *     corm_load_options           .where .order_by .limit .joined .later: for corm_load_where
 *     corm_select                 .fields .from .join .where .group_by .having .order_by .limit .offset
 *                                 .distinct .compound .with
 *     corm_session_options        .no_autoflush .keep_on_commit .writer .hooks
 *     corm_engine_options         .pool_size .pool_timeout_ms .writer_timeout_ms .echo
 *     corm_sqlite_options         in corm_sqlite.h
 *
 *  Options at compile time (CORM_STATIC, CORM_MALLOC ...) stand in src/config.h.
 *
 * ---- Ownership ----------------------------------------------------------------------------------
 *
 *  - The session owns its objects, with the texts of their members, until it is closed or cleared.
 *    Nothing is freed one by one.
 *  - corm_expunge hands an object to the program: corm_free frees it, corm_add gives it back.
 *  - Text given to corm_new is copied at once. A pointer that is assigned to a member is borrowed
 *    until the next flush or rollback; the flush copies, and the member points at the copy. The
 *    bytes are const: a new value is a new pointer. A replaced text lives until the transaction
 *    ends. corm_text formats into the session.
 *  - A list that was handed out is never changed. It lives until the next transaction begins, as a
 *    text of corm_text does: commit after a loop over a list, not in it.
 *  - A schema outlives its engines, an engine its sessions. Values in conditions are borrowed until
 *    the query has run.
 *
 * ---- Errors -------------------------------------------------------------------------------------
 *
 *  - A wrong row or value does not compile: one sentence names model and column. The first error
 *    that the compiler prints is the one to read.
 *  - Calls that can fail return a corm_status; after the others corm_last_status() has it.
 *    corm_error_message(session) says what, where, and what to do.
 *  - Failed SQL, a failed load, memory that ran out or a NULL object blocks the session: it answers
 *    CORM_PENDING_ROLLBACK until corm_rollback. So a program may check once, at the commit.
 *  - A wrong use is returned and recorded, and blocks nothing.
 *  - After a rollback database and objects are as at the last commit, and the session works again.
 *  - CORM_CONFLICT and CORM_BUSY ask for the whole transaction again: corm_run does that.
 *  - corm_error_message(NULL) has this thread's last error that no session could keep. */

/* ---- src/config.h ---------------------------------------------------------------------------- */

/* config.h: version, compile-time options, compiler differences.
 *
 * Owns: the version, the C11 check, linkage (CORM_API), assertions, the allocator hooks, atomics
 * and mutexes behind one spelling.
 * Must not know: anything about models, databases or sessions. */
#ifdef CORM_LINES
#line 5 "src/config.h"
#endif
#ifndef CORM__CONFIG_H
#define CORM__CONFIG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CORM_VERSION_MAJOR 0
#define CORM_VERSION_MINOR 1
#define CORM_VERSION_PATCH 0
#define CORM_VERSION "0.1.0"

#if !defined(__cplusplus) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 201112L)
#error "corm needs C11: compile with -std=c11 or later"
#endif

/* Options, to be defined before corm.h is included (the same in every file of the program):
 *
 *   CORM_IMPLEMENTATION   in exactly one .c file: the function bodies follow the declarations.
 *   CORM_STATIC           every public function is static, models and schemas too: corm is private
 *                         to that one file, so that two libraries in one program may each bring
 *                         their own. Costs a copy of the code.
 *   CORM_NO_THREADS       leaves out mutexes and atomics: the whole program uses corm from one
 *                         thread.
 *   CORM_NO_EXTENSIONS    corm_new in ISO C11, as for compilers without statement expressions: one
 *                         call more for each member, at most 16 corm_new inside one another, and
 *                         the values are evaluated even where memory is short. May differ between
 *                         files.
 *   CORM_CONDITION_NODES  how many parts fit one condition (64; a comparison has 3; each
 *                         adds 24 bytes to every condition): a plain number, in every file the
 *                         same, or they do not link.
 *   CORM_ASSERT(x)        replaces assert, which only watches corm's own invariants, never your
 *                         input.
 *   CORM_MALLOC(size), CORM_REALLOC(pointer, size), CORM_FREE(pointer)
 *                         replace malloc, realloc and free, all three together. corm allocates
 *                         through nothing else; a NULL from them is an error like any other, never
 *                         a crash.
 *   CORM_TRACE_CALLS      corm_round_trips counts the statements that each place in the program causes,
 *                         by file and line. For development, with gcc or clang: every object that
 *                         is loaded costs an entry in a table.
 *   CORM_NO_HUGE_PAGES    Linux is not asked for huge pages where a session holds more than a MiB of
 *                         something. With them memory is taken 2 MiB at a time.
 *   CORM_NO_WATCHING      Linux is not asked to note which objects are written to (src/guard.c), which spares sessions
 *                         with many objects the comparison of all of them before each query. With it a process
 *                         that has such a session holds two files.
 *   CORM_NO_ROW_CHECKS    leaves out what the compiler says about wrong rows: the engine says it
 *                         when it opens. For 40 models of 16 columns and 6 relationships the
 *                         checks take a twentieth of a second to a tenth.
 *   CORM_NO_PRAGMAS       pointers of another model and numbers for texts stay warnings. Otherwise
 *                         corm.h makes errors of -Wincompatible-pointer-types and
 *                         -Wint-conversion, from where it is included to the end of the file.
 *   CORM_LINES            keeps #line directives in corm.h, for those who work on src/. */

#if defined(__cplusplus) && (defined(CORM_IMPLEMENTATION) || defined(CORM_STATIC))
#error "corm: the implementation is C: CORM_IMPLEMENTATION and CORM_STATIC belong into a .c file"
#endif

/* What C++ warns of where an initializer leaves a member out. */
#if defined(__cplusplus)
#define CORM__ZERO = {}
#else
#define CORM__ZERO
#endif

#if defined(__cplusplus)
#define CORM_API extern "C"
#elif defined(CORM_STATIC)
#if defined(__GNUC__)
#define CORM_API static __attribute__((unused))
#else
#define CORM_API static
#endif
#else
#define CORM_API extern
#endif

/* CORM__INLINE, CORM__APART: what each row goes through is one piece, and what it rarely needs is kept out of it,
 * so that it does not have to save registers for that. Where size counts more, the compiler decides.
 * CORM__COLD: what runs when something fails, or once. It is compiled for size and put apart, as is what
 * it alone calls, and the way to it is taken to be the rare one. */
#if defined(__GNUC__)
#define CORM__UNUSED __attribute__((unused))
#define CORM__COLD __attribute__((cold))
#if defined(__MINGW_PRINTF_FORMAT) /* Windows has two, and <stdio.h> has chosen */
#define CORM__PRINTF(format_, first_)                                                              \
    __attribute__((format(__MINGW_PRINTF_FORMAT, format_, first_)))
#else
#define CORM__PRINTF(format_, first_) __attribute__((format(printf, format_, first_)))
#endif
#define CORM__LIKELY(condition_) __builtin_expect(!!(condition_), 1)
#define CORM__UNLIKELY(condition_) __builtin_expect(!!(condition_), 0)
#define CORM__PREFETCH(pointer_) __builtin_prefetch(pointer_)
#if defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__)
#define CORM__INLINE inline __attribute__((always_inline))
#else
#define CORM__INLINE inline
#endif
#define CORM__APART __attribute__((noinline))
#else
#define CORM__UNUSED
#define CORM__COLD
#define CORM__PRINTF(format_, first_)
#define CORM__LIKELY(condition_) (condition_)
#define CORM__UNLIKELY(condition_) (condition_)
#define CORM__PREFETCH(pointer_) ((void)0)
#define CORM__INLINE inline
#define CORM__APART
#endif

/* C calls it an error to pass a Tag * where a Post * is wanted; gcc before 14 and clang before 16
 * only warn, and no type of parameter makes it an error that says so without a warning in right
 * calls. */
#if defined(__GNUC__) && !defined(__cplusplus) && !defined(CORM_NO_PRAGMAS)
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#pragma GCC diagnostic error "-Wint-conversion"
#endif

#if !defined(CORM_CONDITION_NODES)
#define CORM_CONDITION_NODES 64
#endif

/* An object of a sub-model is read and written through pointers to its base's struct too, which begins
 * with the same members. To a compiler they are unrelated types, whose values it may keep apart in
 * registers; this tells it that they are not. The attribute belongs to a pointer type from the moment
 * at which the struct is complete: what is declared with `User *` before the schema does not have it
 * (with gcc). */
#if defined(__GNUC__)
#define CORM__MAY_ALIAS __attribute__((may_alias))
#else
#define CORM__MAY_ALIAS
#endif

#endif /* CORM__CONFIG_H */

/* ---- src/core.h ------------------------------------------------------------------------------ */

/* core.h: what every room stands on.
 *
 * Owns: the list of status codes, the error record, the value that crosses between corm and a
 * database.
 * Must not know: models, sessions, SQL. */
#ifndef CORM__CORE_H
#define CORM__CORE_H

#ifdef CORM_LINES
#line 10 "src/core.h"
#endif
/* ---- Status ---------------------------------------------------------------------------------- */

/* Every call that can fail returns one of these. CORM_OK is 0. The text is what corm_status_text
 * gives. */
#define CORM__STATUS_LIST(X)                                                                       \
    X(OK, "ok")                                                                                    \
    X(UNIQUE, "a value that must be unique is there already")                                      \
    X(FOREIGN_KEY, "a referenced row is missing, or a row is still referenced")                    \
    X(NOT_NULL, "a value is missing in a column that must have one")                               \
    X(CHECK, "a check of the table failed")                                                        \
    X(REFUSED, "a validator or a hook of the program refused")                                     \
    X(DATA, "a value does not fit its column")                                                     \
    X(STALE_DATA, "the row was changed or deleted by someone else")                                \
    X(CYCLE, "rows refer to each other in a circle that no order can write")                       \
    X(ROW_MISSING, "the object's row is gone")                                                     \
    X(NOT_FOUND, "no row answers the query")                                                       \
    X(NOT_UNIQUE, "more than one row answers the query")                                           \
    X(NULL_ARGUMENT, "a required argument is NULL")                                                \
    X(NOT_AN_OBJECT, "the pointer is not an object made by corm")                                  \
    X(WRONG_MODEL, "the object is of another model")                                               \
    X(OTHER_SESSION, "the object belongs to another session")                                      \
    X(NOT_PERSISTED, "the object has no row yet")                                                  \
    X(NOT_PERSISTENT, "the object is not persistent in this session")                              \
    X(NOT_IN_SESSION, "the object is not in this session")                                         \
    X(OBJECT_DELETED, "the object's row was deleted")                                              \
    X(NOT_REFRESHABLE, "the object's values were expired and its row rolled back")                 \
    X(IDENTITY_CONFLICT, "the session holds another object for this row")                          \
    X(DETACHED, "the object is detached and what was asked for is not loaded")                     \
    X(NOT_MEMBER, "the object is not in the collection")                                           \
    X(NOT_LOADED, "the relationship is declared never to be loaded lazily")                        \
    X(NO_SAVEPOINT, "the savepoint is over")                                                       \
    X(PENDING_ROLLBACK, "an earlier error waits for corm_rollback")                                \
    X(MISUSE, "the call does not make sense here")                                                 \
    X(UNEXPECTED, "other statements ran than a test expects")                                      \
    X(MODEL, "a model is declared wrongly")                                                        \
    X(SCHEMA_MISMATCH, "the tables of the database do not match the models")                       \
    X(BUSY, "another connection holds the lock")                                                   \
    X(CONFLICT, "another transaction committed first: run the whole transaction again")            \
    X(TIMEOUT, "the wait was over before it was this call's turn")                                 \
    X(CONNECTION, "the database cannot be opened, or the connection is lost")                      \
    X(OUTCOME_UNKNOWN, "the connection was lost during the commit")                                \
    X(FULL, "the disk or the database is full")                                                    \
    X(IO, "the database could not be read or written")                                             \
    X(OUT_OF_MEMORY, "out of memory")                                                              \
    X(SYNTAX, "the database does not understand the SQL")                                          \
    X(READ_ONLY, "the database may only be read")                                                  \
    X(INTERRUPTED, "the statement was interrupted")                                                \
    X(CORRUPT, "the database file is damaged or not a database")                                   \
    X(DATABASE, "the database reports an error")

typedef enum corm_status {
#define CORM__STATUS_ENUM(name_, text_) CORM_##name_,
    CORM__STATUS_LIST(CORM__STATUS_ENUM)
#undef CORM__STATUS_ENUM
        CORM__STATUS_COUNT
} corm_status;

/* The meaning of a status in one sentence; never NULL, static. */
CORM_API const char *corm_status_text(corm_status status);

/* ---- Errors ---------------------------------------------------------------------------------- */

enum { CORM__MESSAGE_SIZE = 768 };

/* What went wrong. Filled by the call that failed; it needs no memory, so that "out of memory"
 * can be told. */
typedef struct corm_error {
    corm_status status;
    int native_code; /* the database's own (extended) code, 0 where it has none */
    /* what, where, what to do; cut at the end of a character if too long */
    char message[CORM__MESSAGE_SIZE];
} corm_error;

/* ---- Values ---------------------------------------------------------------------------------- */

/* What crosses between corm and a database: one column of a row, or one bound parameter. */
typedef enum corm_value_type {
    CORM_VALUE_NULL,
    CORM_VALUE_INTEGER,
    CORM_VALUE_REAL,
    CORM_VALUE_TEXT,
    CORM_VALUE_BLOB,
    CORM_VALUE_ZEROS /* a parameter only: a blob of `size` zero bytes, of which there are none here */
} corm_value_type;

typedef struct corm_value {
    corm_value_type type;
    size_t size; /* TEXT, BLOB: bytes, without the terminator */
    union {
        int64_t integer; /* INTEGER; booleans are 0 and 1 */
        double real;     /* REAL */
        /* TEXT: UTF-8, terminated. BLOB: not NULL. Borrowed; the maker says for how long */
        const void *bytes;
    } as;
} corm_value;

#endif /* CORM__CORE_H */

/* ---- src/types.h ----------------------------------------------------------------------------- */

/* types.h: C types for what C has none for.
 *
 * Owns: the time of day, exact decimals, UUIDs; enumerations with a text for each value; kinds of
 * columns that a program makes of a C type of its own.
 * Must not know: columns, models, sessions, SQL. */
#ifndef CORM__TYPES_H
#define CORM__TYPES_H

#ifdef CORM_LINES
#line 10 "src/types.h"
#endif
#include <string.h>

/* ---- The time of day ------------------------------------------------------------------------- */

/* A time of day to the microsecond, 00:00:00 to 23:59:59.999999. Checked at flush: 24:00 and the
 * second 60 are refused. */
typedef struct corm_time {
    uint8_t hour, minute;
    uint16_t second;
    uint32_t microsecond;
} corm_time;

CORM_API bool corm_time_is_valid(corm_time time);
/* From numbers, unchecked until the flush: an impossible number stays impossible. */
CORM_API corm_time corm_time_of(int hour, int minute, int second, int microsecond);
/* Before: negative; equal: 0; after: positive. */
CORM_API int corm_time_compare(corm_time a, corm_time b);
/* Microseconds since midnight, and back; outside of one day the result is no time. */
CORM_API int64_t corm_time_to_microseconds(corm_time time);
CORM_API corm_time corm_time_from_microseconds(int64_t microseconds);

enum { CORM_TIME_TEXT_SIZE = 16 };
/* Writes 'HH:MM:SS.ffffff', terminated, into `out` and returns it. */
CORM_API char *corm_time_format(corm_time time, char out[CORM_TIME_TEXT_SIZE]);
/* Reads 'HH:MM:SS', perhaps with a point and 1 to 6 digits; false if the text is anything else. */
CORM_API bool corm_time_parse(const char *text, corm_time *out);

/* ---- Decimals -------------------------------------------------------------------------------- */

/* An exact number: units / 10^scale, of at most 18 digits: 19.99 is 1999 units of scale 2. It is
 * never rounded unasked: what does not fit is refused, here by `false` and at the flush by an error.
 * 19.9 and 19.90 are equal; the flush gives a member the scale of its column. The zero value is
 * 0. */
typedef struct corm_decimal {
    int64_t units;
    uint8_t scale; /* digits behind the point, 0 to 18 */
    uint8_t corm__zero[7];
} corm_decimal;

CORM_API bool corm_decimal_is_valid(corm_decimal decimal);
/* From a text like "-19.99"; any other text gives an impossible number, refused at the flush. */
CORM_API corm_decimal corm_decimal_of(const char *text);
/* corm_decimal_units(1999, 2) is 19.99; unchecked until the flush. */
CORM_API corm_decimal corm_decimal_units(int64_t units, int scale);
CORM_API corm_decimal corm_decimal_from_integer(int64_t integer);
/* Less: negative; equal: 0; greater: positive. An impossible number is less than all others, and as large as another
 * impossible one. */
CORM_API int corm_decimal_compare(corm_decimal a, corm_decimal b);
/* The same number with so many digits behind the point; false if digits would get lost, or if it
 * would have more than 18 of them. *out is untouched then; it may be `decimal` itself. */
CORM_API bool corm_decimal_rescale(corm_decimal decimal, int scale, corm_decimal *out);
/* With the larger scale of both; false if the result has more than 18 digits. */
CORM_API bool corm_decimal_add(corm_decimal a, corm_decimal b, corm_decimal *out);
CORM_API bool corm_decimal_subtract(corm_decimal a, corm_decimal b, corm_decimal *out);
/* By a whole number: a price by a quantity; by -1 it is the other way round. The scale stays. */
CORM_API bool corm_decimal_multiply(corm_decimal decimal, int64_t factor, corm_decimal *out);

enum { CORM_DECIMAL_TEXT_SIZE = 24 };
/* Writes "-19.99", with all digits of its scale, into `out` and returns it. */
CORM_API char *corm_decimal_format(corm_decimal decimal, char out[CORM_DECIMAL_TEXT_SIZE]);
/* Reads an optional sign, digits, perhaps a point and digits; the scale is the number of digits
 * behind the point. false: anything else, or more than 18 digits. */
CORM_API bool corm_decimal_parse(const char *text, corm_decimal *out);

/* ---- UUIDs ----------------------------------------------------------------------------------- */

/* A universally unique identifier (RFC 9562). All bytes zero is the nil UUID, which is a value; a
 * UUID that is absent is a corm_none(UUID). */
typedef struct corm_uuid {
    uint8_t bytes[16];
} corm_uuid;

/* A new random one, version 4. The bytes come from the operating system (getrandom, /dev/urandom,
 * RtlGenRandom). Where it has none to give, they are mixed from clocks, addresses and a counter:
 * still not seen before, but such a UUID can be guessed, so do not use it as a secret. */
CORM_API corm_uuid corm_uuid_new(void);
/* By bytes, as their texts sort. */
CORM_API int corm_uuid_compare(corm_uuid a, corm_uuid b);

enum { CORM_UUID_TEXT_SIZE = 37 };
/* Writes 36 characters in lower case, terminated, into `out` and returns it. */
CORM_API char *corm_uuid_format(corm_uuid uuid, char out[CORM_UUID_TEXT_SIZE]);
/* Reads 36 characters in either case; false if the text is anything else. */
CORM_API bool corm_uuid_parse(const char *text, corm_uuid *out);

/* ---- Enumerations ---------------------------------------------------------------------------- */

typedef struct corm_enum_item {
    int value;
    const char *text; /* what the table holds */
} corm_enum_item;

/* A C enum whose values have texts: what CORM_ENUM makes. */
typedef struct corm_enum {
    const char *name;
    size_t size; /* of the C type */
    const corm_enum_item *items;
    size_t count;
} corm_enum;

/* The text of a value; NULL if the list has no such value. Static. */
CORM_API const char *corm_enum_text(const corm_enum *enumeration, int value);
/* The value of a text, with case; false if the list has no such text. */
CORM_API bool corm_enum_parse(const corm_enum *enumeration, const char *text, int *out);

/* ---- Kinds of the program's own -------------------------------------------------------------- */

/* What a conversion works with: corm's, valid during the call. */
typedef struct corm_conversion corm_conversion;

/* Memory for the bytes of a value, owned by corm and kept until the value has been used. NULL: out
 * of memory; return false then. */
CORM_API void *corm_conversion_room(corm_conversion *conversion, size_t size);
/* Formats a text into such memory and makes *out of it; false if memory is out. */
CORM_API bool corm_conversion_text(corm_conversion *conversion, corm_value *out, const char *format,
                                   ...) CORM__PRINTF(3, 4);
/* Says why the value cannot be converted; table, column and object are put around it. Always
 * false, so that a conversion can return it. */
CORM_API bool corm_conversion_refuse(corm_conversion *conversion, const char *format, ...)
    CORM__PRINTF(2, 3);

/* What a kind is over a C type that needs no conversion. */
typedef enum corm_native {
    CORM_NATIVE_NONE, /* by two functions */
    CORM_NATIVE_SIGNED,
    CORM_NATIVE_UNSIGNED,
    CORM_NATIVE_REAL,
    CORM_NATIVE_CHARS /* char[size], terminated */
} corm_native;

/* A kind made of a C type: what CORM_KIND makes. The type must hold its value whole, without
 * pointers: corm copies it by bytes. */
typedef struct corm_custom {
    const char *name;
    corm_value_type stored;    /* INTEGER, REAL, TEXT or BLOB */
    size_t size, value_offset; /* of the type; of `value` in its OPTIONAL */
    bool (*to_value)(const void *member, corm_value *out, corm_conversion *conversion);
    bool (*from_value)(const corm_value *value, void *member, corm_conversion *conversion);
    bool (*equal)(const void *a, const void *b);
    corm_native native; /* INTEGER_AS, REAL_AS, CHARS: without functions */
} corm_custom;

/* A value of such a kind as a condition takes it: point_value(&point). The value is borrowed until
 * the query has run. */
typedef struct corm_custom_value {
    const corm_custom *kind;
    const void *value;
} corm_custom_value;

#endif /* CORM__TYPES_H */

/* ---- src/hooks.h ----------------------------------------------------------------------------- */

/* hooks.h: functions of the program that corm calls when something happens to objects.
 *
 * Owns: validators of columns, hooks of models and sessions, how a hook refuses.
 * Must not know: models, how sessions work. docs/hooks.md tells the order in which hooks run. */
#ifndef CORM__HOOKS_H
#define CORM__HOOKS_H

#ifdef CORM_LINES
#line 9 "src/hooks.h"
#endif
struct corm_session;

/* ---- Validators ------------------------------------------------------------------------------ */

/* COLUMN(TEXT, email, .validate = check_email): whether the value may be written. Called at the
 * flush, before its first statement, for every value that the program has set (INSERT) or changed
 * (UPDATE), after corm's own checks; not for NULL, and not for keys that corm or the database fills
 * in. `value` is what the table will hold: an ENUM, a DATE or a UUID is its text, a DECIMAL its
 * units. All is borrowed during the call; the object must not be changed. */
typedef bool (*corm_validator)(struct corm_session *session, const void *object,
                               const corm_value *value);

/* Says why a validator or a hook refuses: `return corm_refuse(session, "must have an @");`.
 * Always false. The flush then fails with CORM_REFUSED; table, column, value and object are put
 * around the words. Outside of a hook: CORM_MISUSE. */
CORM_API bool corm_refuse(struct corm_session *session, const char *format, ...) CORM__PRINTF(2, 3);

/* ---- Hooks ----------------------------------------------------------------------------------- */

/* true: go on; false: refused, see corm_refuse. `context` is that of the struct. `object` is a
 * struct of the model: `User *user = object;`. The session may not be used in it, but for
 * corm_text and corm_new; members, and relationships that are loaded, may be read. */
typedef bool (*corm_object_hook)(struct corm_session *session, void *object, void *context);
/* The session may be used, but must not be committed, rolled back or closed, and in before_flush and
 * after_flush not be flushed. */
typedef bool (*corm_session_hook)(struct corm_session *session, void *context);
/* Cannot refuse; the session may not be used. */
typedef void (*corm_session_notice)(struct corm_session *session, void *context);

/* What is called when; NULL: nothing. Given to a model, MODEL(User, "users", USER, .hooks =
 * &user_hooks), it is for the model's objects, and those of models that inherit from it, and leaves
 * the session's members NULL; given to a session, it is for all models. It is borrowed, must outlive
 * the engine or session, and may be used by several threads at once. */
typedef struct corm_hooks {
    /* In a flush, before its first statement: may change the object's own columns, which are checked
     * after that. before_update only comes for objects that have other changes. */
    corm_object_hook before_insert, before_update, before_delete;
    /* In a flush, after its last statement: the object has its key. What they change is written by
     * the next flush. */
    corm_object_hook after_insert, after_update, after_delete;
    /* An object that the session has is about to be filled again: its members are the old ones.
     * (Before a new object is made of a row there is nothing to see.) */
    corm_object_hook before_load;
    /* The object was made of a row, or filled again. */
    corm_object_hook after_load;
    /* Of a session: when there is something to flush. Objects may be added, changed and deleted: in
     * before_flush they take part, in after_flush they wait for the next flush. */
    corm_session_hook before_flush, after_flush;
    /* Before the flush of corm_commit. If it refuses, nothing is committed and nothing undone. */
    corm_session_hook before_commit;
    corm_session_notice after_commit; /* at the end of corm_commit */
    /* At the beginning and at the end of corm_rollback, if there is anything to undo. Before it
     * nothing of that is undone yet, and corm_last_error has what failed. */
    corm_session_notice before_rollback, after_rollback;
    void *context;                 /* handed to each of them */
    const struct corm_hooks *next; /* called after these; NULL: none */
} corm_hooks;

/* The session's hooks from now on, NULL: none; the same as .hooks of corm_session_options. Refused
 * inside of a hook. */
CORM_API corm_status corm_session_set_hooks(struct corm_session *session, const corm_hooks *hooks);

/* X(member) for each of them. */
#define CORM__HOOK_LIST(X)                                                                         \
    X(before_insert)                                                                               \
    X(before_update)                                                                               \
    X(before_delete)                                                                               \
    X(after_insert)                                                                                \
    X(after_update)                                                                                \
    X(after_delete)                                                                                \
    X(before_load)                                                                                 \
    X(after_load)                                                                                  \
    X(before_flush)                                                                                \
    X(after_flush)                                                                                 \
    X(before_commit)                                                                               \
    X(after_commit)                                                                                \
    X(before_rollback)                                                                             \
    X(after_rollback)

#endif /* CORM__HOOKS_H */

/* ---- src/meta.h ------------------------------------------------------------------------------ */

/* meta.h: what a model is.
 *
 * Owns: the column kinds and their C types, the const descriptors of columns, relationships,
 * models and schemas (model.h writes them, nobody changes them), dates.
 * Must not know: sessions, SQL text, which database it is. */
#ifndef CORM__META_H
#define CORM__META_H

#ifdef CORM_LINES
#line 11 "src/meta.h"
#endif
/* ---- The C types of columns ------------------------------------------------------------------ */

/* A day of the Gregorian calendar, year 1 to 9999. Checked at flush; {0, 0, 0} is no day. */
typedef struct corm_date {
    int16_t year;
    uint8_t month; /* 1 to 12 */
    uint8_t day;   /* 1 to 31 */
} corm_date;

/* A moment in UTC to the microsecond, year 1 to 9999. Checked at flush. No leap seconds. */
typedef struct corm_datetime {
    int16_t year;
    uint8_t month, day;
    uint8_t hour, minute;
    uint16_t second;
    uint32_t microsecond;
} corm_datetime;

/* Bytes. data NULL is NULL; an empty blob has data and size 0. The bytes are borrowed until the
 * flush and owned by the session after it, as with text. */
typedef struct corm_blob {
    const void *data;
    size_t size;
} corm_blob;

/* OPTIONAL(...) of a kind: a value that may be absent, which is NULL in the table. TEXT, JSON and
 * BLOB say it by NULL. corm__zero is padding by name, so that whole structs can be compared: leave it
 * alone. */
typedef struct corm_optional_integer {
    bool has_value;
    uint8_t corm__zero[7];
    int64_t value;
} corm_optional_integer;
typedef struct corm_optional_real {
    bool has_value;
    uint8_t corm__zero[7];
    double value;
} corm_optional_real;
/* true is an int in C11, so that an optional boolean shares the integer's type; values other
 * than 0 and 1 are refused at flush. */
typedef corm_optional_integer corm_optional_boolean;
typedef struct corm_optional_date {
    bool has_value;
    uint8_t corm__zero;
    corm_date value;
} corm_optional_date;
typedef struct corm_optional_datetime {
    bool has_value;
    uint8_t corm__zero[3];
    corm_datetime value;
} corm_optional_datetime;
typedef struct corm_optional_time {
    bool has_value;
    uint8_t corm__zero[3];
    corm_time value;
} corm_optional_time;
typedef struct corm_optional_decimal {
    bool has_value;
    uint8_t corm__zero[7];
    corm_decimal value;
} corm_optional_decimal;
typedef struct corm_optional_uuid {
    bool has_value;
    corm_uuid value;
} corm_optional_uuid;
/* An enumerator is an int in C; values that the list does not have are refused at flush. */
typedef corm_optional_integer corm_optional_enum;

/* X(KIND, C type, C type of OPTIONAL(KIND), name of the type in function names) */
#define CORM__KIND_LIST(X)                                                                         \
    X(INTEGER, int64_t, corm_optional_integer, integer)                                            \
    X(REAL, double, corm_optional_real, real)                                                      \
    X(BOOLEAN, bool, corm_optional_boolean, boolean)                                               \
    X(TEXT, const char *, const char *, text)                                                      \
    X(BLOB, corm_blob, corm_blob, blob)                                                            \
    X(DATE, corm_date, corm_optional_date, date)                                                   \
    X(DATETIME, corm_datetime, corm_optional_datetime, datetime)                                   \
    X(TIME, corm_time, corm_optional_time, time)                                                   \
    X(DECIMAL, corm_decimal, corm_optional_decimal, decimal)                                       \
    X(UUID, corm_uuid, corm_optional_uuid, uuid)                                                   \
    X(JSON, const char *, const char *, json)                                                      \
    X(ENUM, the enum, corm_optional_enum, enum)                                                    \
    X(CUSTOM, the type, a struct of its own, custom)

typedef enum corm_kind {
#define CORM__KIND_ENUM(kind_, type_, optional_, name_) CORM_KIND_##kind_,
    CORM__KIND_LIST(CORM__KIND_ENUM)
#undef CORM__KIND_ENUM
        CORM_KIND_COUNT
} corm_kind;

/* ---- Columns --------------------------------------------------------------------------------- */

typedef struct corm_model corm_model;

/* What the database does to a row when the row it refers to is deleted or gets another key. */
typedef enum corm_action {
    CORM_ACTION_DEFAULT, /* nothing is said: refused while referenced */
    CORM_ACTION_NO_ACTION,
    CORM_ACTION_RESTRICT,
    CORM_ACTION_SET_NULL,
    CORM_ACTION_SET_DEFAULT,
    CORM_ACTION_CASCADE
} corm_action;

/* One column of one model by name: what corm_ref(Model, member) makes. */
typedef struct corm_reference {
    const corm_model *model; /* NULL: none */
    const char *column;
    size_t check; /* the member's size; a misspelt member does not compile */
} corm_reference;

/* A constant: what corm_default(value) makes. */
typedef struct corm_constant {
    /* NULL: what a bare value of any type but NULL itself would initialize, which the compiler refuses */
    const struct corm__wants_corm_default *corm__none;
    enum {
        CORM__CONSTANT_NONE,
        CORM__CONSTANT_INTEGER,
        CORM__CONSTANT_REAL,
        CORM__CONSTANT_TEXT
    } type;
    int64_t integer;
    double real;
    const char *text;
} corm_constant;

/* Makes the value of a column while a flush writes the row of `object` (a const User *, say), whose
 * members it may read; it must not use the session. *out takes the form in which the table holds
 * the column: DATE, DATETIME, TIME and UUID as the texts that corm_date_format and the like write,
 * ENUM its text, DECIMAL its units, BOOLEAN 0 or 1; CORM_VALUE_NULL for an OPTIONAL is no value.
 * Its bytes are static, the object's own, or made with corm_conversion_text or
 * corm_conversion_room. false, after corm_conversion_refuse has said why: the flush fails. */
typedef bool (*corm_column_function)(const void *object, corm_value *out,
                                     corm_conversion *conversion);

enum { CORM__NULLABLE_BY_TYPE = 2 };

/* The options of COLUMN(KIND, name, options...). Zero means default. */
typedef struct corm_column_options {
    bool primary_key; /* part of the primary key */
    /* the database never gives a key of a deleted row again; single INTEGER key only */
    bool autoincrement;
    bool unique;      /* no two rows have the same value (several NULLs may be) */
    bool index;       /* an index ix_<table>_<column>; with unique, one unique index */
    int nullable;     /* true or false; accepted where it agrees with the type */
    const char *name; /* of the column in the table; NULL: as the member */
    /* An SQL condition that every row must meet, for the DDL as it is: "price >= 0". It names
     * columns of the table and works with what is stored: a DECIMAL is its units, 10.00 is 1000.
     * NULL in them meets it. */
    const char *check;
    /* TEXT and kinds stored as TEXT: how the database compares and sorts them, for the DDL; SQLite
     * has "NOCASE", "RTRIM" and "BINARY". Not for columns of foreign keys */
    const char *collate;
    /* TEXT: at most so many characters of UTF-8; BLOB: bytes. 0: any. Checked at flush */
    unsigned length;
    corm_constant default_value; /* corm_default(...): given to the member by corm_new */
    /* gives the value when the row is inserted, if the column is still unset */
    corm_column_function default_function;
    /* gives the value when the row is updated, if the program has not changed the column itself */
    corm_column_function update_function;
    /* SQL: the DEFAULT in the table. A column that is unset is left out of the INSERT, and its value
     * is read back */
    const char *server_default;
    /* SQL: the database computes the column from others; the member is read only, and read back
     * after each INSERT and UPDATE of the row */
    const char *generated;
    /* INTEGER: counts the UPDATEs of the row, from 1 at the INSERT. An UPDATE or DELETE of a row that
     * has another version than the session knows is CORM_STALE_DATA. Read only */
    bool version;
    /* Not read with its row, but when corm_load_column asks for it, or a query with corm_load_columns:
     * for large values. Until then the member is empty, and not written. No key */
    bool deferred;
    bool stored;                      /* with .generated: kept in the table, not computed anew */
    corm_reference references;        /* corm_ref(Model, member): a foreign key */
    corm_action on_delete, on_update; /* of that foreign key */
    corm_validator validate;          /* a function of the program that may refuse a value */
} corm_column_options;

typedef struct corm_column {
    const char *name;
    corm_kind kind;
    bool optional;
    uint8_t precision, scale; /* DECIMAL: digits at most, and how many of them behind the point */
    uint16_t offset, size;    /* of the member in the struct, bytes */
    const corm_enum *enumeration; /* ENUM */
    const corm_custom *custom;    /* CUSTOM */
    corm_column_options options;
} corm_column;

/* A column as queries and checks name it; User_.age is one with a type around it. */
typedef struct corm_column_ref {
    const corm_model *model;
    unsigned index;
} corm_column_ref;

/* ---- Relationships --------------------------------------------------------------------------- */

typedef enum corm_relationship_kind {
    CORM_ONE_TO_MANY,
    CORM_MANY_TO_ONE,
    CORM_ONE_TO_ONE,
    CORM_MANY_TO_MANY
} corm_relationship_kind;

/* Cascades: what is done to an object is done to the related ones too. Save-update and merge are on
 * unless CORM_CASCADE_NONE is given. The bits lie beyond the numbers of corm_action, so that one is
 * refused where the other belongs. */
enum {
    CORM_CASCADE_SAVE_UPDATE = 1u << 8,     /* add */
    CORM_CASCADE_DELETE = 1u << 9,          /* delete */
    CORM_CASCADE_DELETE_ORPHAN = 1u << 10,  /* delete what was taken out; needs DELETE */
    CORM_CASCADE_EXPUNGE = 1u << 11,        /* expunge */
    CORM_CASCADE_REFRESH_EXPIRE = 1u << 12, /* refresh, expire */
    CORM_CASCADE_MERGE = 1u << 13,          /* merge */
    CORM_CASCADE_NONE = 1u << 14,           /* only what is given beside it, if anything */
    CORM_CASCADE_ALL = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_DELETE | CORM_CASCADE_EXPUNGE |
                       CORM_CASCADE_REFRESH_EXPIRE | CORM_CASCADE_MERGE
};

/* When a relationship is loaded. */
typedef enum corm_lazy {
    CORM_LAZY_BATCH,    /* on access, for all siblings at once (the default) */
    CORM_LAZY_SELECT,   /* on access, for one object */
    CORM_LAZY_SELECTIN, /* with the object that has it, in one more statement per 1,000 objects */
    CORM_LAZY_RAISE,    /* never: an access is an error that names the relationship */
    CORM_LAZY_JOINED,   /* with the object that has it, in the same statement, by LEFT JOIN */
    /* never, however large: append, remove, count, contains and corm_related_to; lists only */
    CORM_LAZY_WRITE_ONLY
} corm_lazy;

/* The order of a collection: corm_by(Model, member) or corm_by_descending(Model, member). */
typedef struct corm_sort {
    corm_reference column; /* model NULL: by primary key */
    bool descending;
} corm_sort;

enum { CORM__SORT_TERMS = 4, CORM__JOIN_PAIRS = 4, CORM__FILTER_TERMS = 4 };

/* A join by columns: corm_join(Track, artist_id, User, id) makes one pair; up to four pairs. The
 * first column is of the model whose rows refer to the other's. */
typedef struct corm_join_pair {
    corm_reference from, to;
    size_t check; /* columns of different kinds do not compile */
} corm_join_pair;
typedef struct corm_join_pairs {
    corm_join_pair pairs[CORM__JOIN_PAIRS];
} corm_join_pairs;

/* Constant conditions on the target, all of which must hold: corm_filter(Post, state, EQ, OPEN). */
typedef struct corm_filter_term {
    corm_reference column;
    unsigned operator_;
    corm_constant value; /* CORM__CONSTANT_NONE: NULL */
    size_t check;        /* a value of another type does not compile */
} corm_filter_term;
typedef struct corm_filter_terms {
    corm_filter_term terms[CORM__FILTER_TERMS];
} corm_filter_terms;

/* Options of the other side, where BACKREF declares it. */
typedef struct corm_backref_options {
    unsigned cascade;
    corm_lazy lazy;
    corm_sort order_by, then_by[CORM__SORT_TERMS - 1];
    bool passive_deletes;
    unsigned join_depth;
} corm_backref_options;

/* The association table of MANY_TO_MANY: corm_secondary("post_tags", "post_id", "tag_id"). The
 * first column refers to the model that declares the relationship, the second to its target.
 * Both sides name the same table. */
typedef struct corm_secondary_table {
    const char *table; /* NULL: none */
    const char *local, *remote;
} corm_secondary_table;

/* The options of RELATIONSHIP(KIND, name, Model, other side, options...). Zero means default. */
typedef struct corm_relationship_options {
    bool declared;    /* set by RELATIONSHIP itself */
    unsigned cascade; /* CORM_CASCADE_...; 0: save-update and merge */
    corm_lazy lazy;
    corm_sort order_by; /* to-many; default: the primary key */
    /* further columns: .then_by = {corm_by(Post, title)} */
    corm_sort then_by[CORM__SORT_TERMS - 1];
    corm_reference foreign_key; /* which column, where several refer to the same model */
    /* children that are not loaded are left to the database's ON DELETE */
    bool passive_deletes;
    /* JOINED, SELECTIN: how often it may follow itself, as in a tree. 0: once, and never back to a
     * model that the way came from */
    unsigned join_depth;
    corm_secondary_table secondary;
    /* read only: no part in changes, flushes and cascades; may look at another one's columns */
    bool view_only;
    corm_join_pairs join;     /* the columns that join, in place of a foreign key */
    corm_filter_terms filter; /* only these objects; makes it view-only */
    corm_backref_options backref;
} corm_relationship_options;

typedef enum corm__other_side {
    CORM__OTHER_NAMED_,
    CORM__OTHER_BACKREF_,
    CORM__OTHER_NONE_
} corm__other_side;

typedef struct corm_relationship {
    const char *name;
    corm_relationship_kind kind;
    const corm_model *target;
    corm__other_side other_side;
    const char *other_name; /* a row or BACKREF */
    corm_relationship_options options;
} corm_relationship;

/* A relationship as accessors and queries name it: the row that declares it, and which of its
 * two ends. User_.posts is one; User_posts_ is the same, and the only spelling for an end that
 * BACKREF declares. */
typedef struct corm_relationship_ref {
    const corm_model *model; /* the model whose list has the row */
    unsigned index;          /* of the row */
    bool backref;            /* the end on the target, declared by BACKREF */
} corm_relationship_ref;

/* ---- Models and schemas ---------------------------------------------------------------------- */

/* How many a model may have; a constraint or an index has at most 8 columns. */
enum { CORM_TABLE_UNIQUES = 8, CORM_TABLE_INDEXES = 8 };

/* Columns of one model: corm_columns(Like, user_id, post_id). */
typedef struct corm_column_set {
    const corm_model *model; /* NULL: none */
    const char *members;     /* "user_id, post_id" */
    size_t check;            /* 0; a misspelt member does not compile */
} corm_column_set;

/* An index: corm_index(Like, (user_id, created_at), options...). */
typedef struct corm_index_options {
    corm_column_set columns; /* set by corm_index itself */
    bool unique;             /* no two of its rows have the same values (NULLs may be) */
    /* an SQL condition, for the DDL as it is: only rows that meet it are in the index */
    const char *where;
    const char *name; /* NULL: ix_<table>_<column>_<column>... */
} corm_index_options;

/* The options of MODEL(Model, "table", LIST, options...). Zero means default. */
typedef struct corm_model_options {
    bool declared; /* set by MODEL itself */
    /* SQLite: a STRICT table, which refuses values of another type than the column's. Its columns
     * are INTEGER, REAL, TEXT or BLOB */
    bool strict;
    /* SQLite: a WITHOUT ROWID table, stored by its primary key. The program gives all keys */
    bool without_rowid;
    /* an SQL condition that every row must meet, for the DDL as it is: "ends > starts" */
    const char *check;
    /* no two rows have the same values in all of these: {corm_columns(Like, user_id, post_id)} */
    corm_column_set unique[CORM_TABLE_UNIQUES];
    /* {corm_index(Like, (user_id, created_at)), corm_index(...)}, made by corm_create_all */
    corm_index_options indexes[CORM_TABLE_INDEXES];
    const corm_hooks *hooks; /* called when something happens to its objects */
    /* corm_base(Model): a model of which this one is a kind. Its list begins with that one's columns.
     * In the same table: single-table inheritance; in one of its own: joined */
    const corm_model *inherits;
    /* corm_member(Model, column), TEXT or ENUM: of a model that others inherit from, the column that
     * says of which model a row is */
    corm_reference discriminator;
    const char *identity; /* what stands there in rows of this model */
} corm_model_options;

struct corm_model {
    const char *name, *table;
    size_t size; /* of the struct */
    const corm_column *columns;
    size_t column_count;
    const corm_relationship *relationships;
    size_t relationship_count;
    corm_model_options options;
    /* The struct is the program's, by EXISTING: what the columns do not name is left alone. */
    bool existing;
    bool row; /* made by CORM_ROW: no table, no key, in no schema */
    /* made by CORM_ALIAS: another name for this model, and nothing more; else NULL */
    const corm_model *alias_of;
    /* made by CORM_ALIAS for an end of that alias: the same end of the model; else NULL */
    const corm_relationship_ref *end;
};

/* A set of models that know each other. */
typedef struct corm_schema {
    const char *name;
    const corm_model *const *models;
    size_t model_count;
} corm_schema;

/* ---- Dates and values ------------------------------------------------------------------------ */

/* Whether it is a day of the calendar, year 1 to 9999; 2025-02-30 is not. */
CORM_API bool corm_date_is_valid(corm_date date);
CORM_API bool corm_datetime_is_valid(corm_datetime datetime);

/* Make one from numbers, unchecked until the flush: an impossible number stays impossible and is
 * refused there. */
CORM_API corm_date corm_date_of(int year, int month, int day);
CORM_API corm_datetime corm_datetime_of(int year, int month, int day, int hour, int minute,
                                        int second, int microsecond);

/* Before: negative; equal: 0; after: positive. */
CORM_API int corm_date_compare(corm_date a, corm_date b);
CORM_API int corm_datetime_compare(corm_datetime a, corm_datetime b);

/* Days since 1970-01-01, and back; for counting days. The date must be valid. */
CORM_API int64_t corm_date_to_days(corm_date date);
CORM_API corm_date corm_date_from_days(int64_t days);

/* Microseconds since 1970-01-01 00:00:00 UTC, and back. The date-time must be valid. */
CORM_API int64_t corm_datetime_to_microseconds(corm_datetime datetime);
CORM_API corm_datetime corm_datetime_from_microseconds(int64_t microseconds);

/* The present moment, UTC. */
CORM_API corm_datetime corm_now(void);
CORM_API corm_date corm_today(void); /* in UTC */

/* For .default_function and .update_function. Now: DATETIME, DATE, TIME or TEXT, in UTC; one moment
 * for everything that a flush writes. Today: DATE or TEXT, of that moment. */
CORM_API bool corm_default_now(const void *object, corm_value *out, corm_conversion *conversion);
CORM_API bool corm_default_today(const void *object, corm_value *out, corm_conversion *conversion);
/* A new random UUID: UUID or TEXT. */
CORM_API bool corm_default_uuid(const void *object, corm_value *out, corm_conversion *conversion);

enum { CORM_DATE_TEXT_SIZE = 11, CORM_DATETIME_TEXT_SIZE = 27 };
/* Write 'YYYY-MM-DD' or 'YYYY-MM-DD HH:MM:SS.ffffff', terminated, into `out` and return it. */
CORM_API char *corm_date_format(corm_date date, char out[CORM_DATE_TEXT_SIZE]);
CORM_API char *corm_datetime_format(corm_datetime datetime, char out[CORM_DATETIME_TEXT_SIZE]);
/* Read them back; false if the text is anything else. A date-time's fraction may be left out,
 * 'T' may stand for the space. */
CORM_API bool corm_date_parse(const char *text, corm_date *out);
CORM_API bool corm_datetime_parse(const char *text, corm_datetime *out);

/* Values for corm_value parameters; bytes are borrowed. A NULL text or blob gives NULL. */
CORM_API corm_value corm_value_null(void);
CORM_API corm_value corm_value_integer(int64_t value);
CORM_API corm_value corm_value_real(double value);
CORM_API corm_value corm_value_text(const char *value);
CORM_API corm_value corm_value_blob(corm_blob value);

/* So many zero bytes, which are nowhere in memory: for a .deferred column that corm_blob_write is going
 * to fill. Its data is not to be read; the flush that has written it empties the member. */
CORM_API corm_blob corm_blob_of_size(size_t size);

/* The value inside an OPTIONAL. */
static inline corm_optional_integer corm__some_integer(int64_t value)
{
    corm_optional_integer some = {true, {0}, value};
    return some;
}
static inline corm_optional_real corm__some_real(double value)
{
    corm_optional_real some = {true, {0}, value};
    return some;
}
static inline corm_optional_date corm__some_date(corm_date value)
{
    corm_optional_date some = {true, 0, value};
    return some;
}
static inline corm_optional_datetime corm__some_datetime(corm_datetime value)
{
    corm_optional_datetime some = {true, {0}, value};
    return some;
}

static inline corm_optional_time corm__some_time(corm_time value)
{
    corm_optional_time some = {true, {0}, value};
    return some;
}
static inline corm_optional_decimal corm__some_decimal(corm_decimal value)
{
    corm_optional_decimal some = {true, {0}, value};
    return some;
}
static inline corm_optional_uuid corm__some_uuid(corm_uuid value)
{
    corm_optional_uuid some = {true, value};
    return some;
}

#endif /* CORM__META_H */

/* ---- src/adapter.h --------------------------------------------------------------------------- */

/* adapter.h: the contract between corm and a database.
 *
 * Owns: the table of functions an adapter fills in, the dialect (what differs between databases
 * as text), the capabilities (what a database can do), the failure record.
 * Must not know: models, objects, sessions. An adapter sees SQL text, rows and values.
 *
 * A flush goes like this. The session borrows a connection from the engine's pool (opened by
 * `open` when none is idle) and calls `begin`. For each statement it asks `prepare` once per
 * connection and keeps the result; for each row it calls `execute` with the row's values, which
 * binds all of them, runs the statement to its end and resets it, and answers how many rows were
 * changed and which key the database gave. A query calls `query` with the parameters, then
 * `fetch` until it says that no row is left (or `reset` to stop early); each fetch hands over
 * one whole row, whose texts and blobs stay valid until the next call on that statement.
 * `commit` or `rollback` ends the transaction and the connection goes back to the pool. Where a
 * call fails it fills a corm_failure: corm's class of the error, the database's own code and
 * words, and whether the transaction still lives, because some errors end it and the next
 * statement would otherwise commit on its own.
 *
 * Rows of one table that differ in nothing but their values are handed over together, to
 * `write_many`, for which each database has its own way.
 *
 * One call handles a whole row, never a single value, so that the indirection costs one call per
 * row. */
#ifndef CORM__ADAPTER_H
#define CORM__ADAPTER_H

#ifdef CORM_LINES
#line 28 "src/adapter.h"
#endif
/* Why an adapter call failed. */
typedef struct corm_failure {
    /* corm's class: UNIQUE, FOREIGN_KEY, NOT_NULL, CHECK, BUSY, CONFLICT, TIMEOUT, CONNECTION,
     * FULL, IO, OUT_OF_MEMORY, SYNTAX, DATA, READ_ONLY, INTERRUPTED, CORRUPT or DATABASE */
    corm_status status;
    int native_code; /* the database's own code */
    /* the transaction that was open before the call is over: rolled back by the database */
    bool transaction_lost;
    char message[256]; /* the database's own words */
    /* Where the database tells, else "": UNIQUE, NOT_NULL: "table.column, table.column"; CHECK: the
     * name of the constraint, ck_<table> or ck_<table>_<column> */
    char columns[192];
} corm_failure;

/* What a database can do. */
enum {
    /* execute tells the key given to an inserted row without RETURNING */
    CORM_CAN_LAST_KEY = 1u << 0,
    CORM_CAN_RETURNING = 1u << 1,           /* INSERT, UPDATE and DELETE ... RETURNING */
    CORM_CAN_DDL_ROLLBACK = 1u << 2,        /* CREATE and DROP take part in transactions */
    CORM_ERROR_KEEPS_TRANSACTION = 1u << 3, /* a failed statement leaves the transaction usable */
    /* one transaction writes at a time: the engine lets its writers wait in line */
    CORM_ONE_WRITER = 1u << 4,
    CORM_CAN_BLOB_IO = 1u << 5, /* reads and writes blobs in pieces: blob_open and the others */
    /* INSERT ... ON CONFLICT (columns) DO UPDATE SET column = <proposed>.column, and DO NOTHING */
    CORM_CAN_UPSERT = 1u << 6
};

/* One step of the way that a database goes to answer a query, in words of corm. */
typedef enum corm_step_kind {
    CORM_STEP_OTHER,
    CORM_STEP_SCAN,       /* every row of a table is read */
    CORM_STEP_SEARCH,     /* rows are found by a key or an index */
    CORM_STEP_MAKE_INDEX, /* an index is made for this query alone, of every row of a table */
    CORM_STEP_SORT /* rows are kept on the side and sorted, because they do not come in order */
} corm_step_kind;
typedef struct corm_step {
    corm_step_kind kind;
    unsigned depth;  /* steps below one with a smaller depth belong to it */
    int64_t id;      /* the adapter's own */
    char table[128]; /* SCAN, SEARCH, MAKE_INDEX: what the statement calls it; else "" */
    char text[256];  /* the database's own words */
} corm_step;

/* What SQL computes for a query, and how standard SQL says it: $1 is the first argument. A dialect
 * that says it in another way has its own text; NULL in both: the database cannot. */
#define CORM_FUNCTION_LIST(X)                                                                      \
    X(ABS, "abs($1)")                                                                              \
    X(ROUND, "round($1, $2)")                                                                      \
    X(LOWER, "lower($1)")                                                                          \
    X(UPPER, "upper($1)")                                                                          \
    X(TRIM, "trim($1)")                                                                            \
    X(TRIM_LEFT, "ltrim($1)")                                                                      \
    X(TRIM_RIGHT, "rtrim($1)")                                                                     \
    X(LENGTH, "length($1)")                                                                        \
    X(SUBSTRING, "substr($1, $2, $3)")                                                             \
    X(REPLACE, "replace($1, $2, $3)")                                                              \
    X(POSITION, "strpos($1, $2)")                                                                  \
    X(CONCAT, "($1 || $2)")                                                                        \
    X(COALESCE, "coalesce($1, $2)")                                                                \
    X(NULL_IF, "nullif($1, $2)")                                                                   \
    X(LEAST, "least($1, $2)")                                                                      \
    X(GREATEST, "greatest($1, $2)")                                                                \
    X(YEAR, "extract(YEAR FROM $1)")                                                               \
    X(MONTH, "extract(MONTH FROM $1)")                                                             \
    X(DAY, "extract(DAY FROM $1)")                                                                 \
    X(WEEKDAY, "extract(DOW FROM $1)")                                                             \
    X(HOUR, "extract(HOUR FROM $1)")                                                               \
    X(MINUTE, "extract(MINUTE FROM $1)")                                                           \
    X(SECOND, "extract(SECOND FROM $1)")                                                           \
    X(TO_DATE, "CAST($1 AS DATE)")                                                                 \
    X(ADD_DAYS, NULL)                                                                              \
    X(ADD_SECONDS, NULL)                                                                           \
    X(DAYS_BETWEEN, NULL)                                                                          \
    X(JSON_VALUE, NULL)                                                                            \
    X(COUNT_ROWS, "count(*)")                                                                      \
    X(COUNT, "count($1)")                                                                          \
    X(COUNT_DISTINCT, "count(DISTINCT $1)")                                                        \
    X(SUM, "sum($1)")                                                                              \
    X(AVERAGE, "avg($1)")                                                                          \
    X(MINIMUM, "min($1)")                                                                          \
    X(MAXIMUM, "max($1)")                                                                          \
    X(JOIN_TEXTS, "string_agg($1, $2)")                                                            \
    X(ROW_NUMBER, "row_number()")                                                                  \
    X(RANK, "rank()")                                                                              \
    X(DENSE_RANK, "dense_rank()")                                                                  \
    X(NTILE, "ntile($1)")                                                                          \
    X(LAG, "lag($1, $2)")                                                                          \
    X(LEAD, "lead($1, $2)")                                                                        \
    X(FIRST_VALUE, "first_value($1)")                                                              \
    X(LAST_VALUE, "last_value($1)")

typedef enum corm_function {
#define CORM__FUNCTION_ENUM(name_, standard_) CORM_FUNCTION_##name_,
    CORM_FUNCTION_LIST(CORM__FUNCTION_ENUM)
#undef CORM__FUNCTION_ENUM
        CORM_FUNCTION_COUNT_OF_ALL
} corm_function;

/* What differs between databases as text. All strings are static. */
typedef struct corm_dialect {
    const char *name;        /* "sqlite" */
    char quote;              /* around identifiers; doubled inside them */
    const char *placeholder; /* printf format with one %u, counted from 1: "?%u", "$%u" */
    const char *type_names[CORM_KIND_COUNT]; /* by kind: "INTEGER", "REAL" ... */
    const char *sized_text;                  /* TEXT with a length, one %u: "VARCHAR(%u)" */
    /* a single integer key that the database numbers: "INTEGER PRIMARY KEY" */
    const char *key_type;
    /* the same with .autoincrement: "INTEGER PRIMARY KEY AUTOINCREMENT" */
    const char *key_never_reused;
    /* Behind CREATE TABLE (...), for the options .strict and .without_rowid: "STRICT", "WITHOUT
     * ROWID". "": all tables are so, or it makes no difference; NULL: refused. */
    const char *strict, *without_rowid;
    const char *no_limit;       /* LIMIT's value for "all rows" where OFFSET needs one: "-1" */
    const char *default_values; /* INSERT without columns: "DEFAULT VALUES" */
    const char *proposed;       /* CORM_CAN_UPSERT: the row that conflicts: "excluded" */
    unsigned max_parameters;    /* parameters in one statement */
    /* By corm_function; NULL: as the standard says it. */
    const char *functions[CORM_FUNCTION_COUNT_OF_ALL];
    /* The values of a list of any length that is one parameter, a text of JSON: behind IN; "(SELECT
     * value FROM json_each($1))". NULL: a parameter for each value. */
    const char *list_of_json;
    /* The same for real numbers, which are texts in it: "0.1", "9e999" (infinite), "-9e999"; whatever
     * the locale says, each must become the number that C reads there. NULL: a parameter for each. */
    const char *list_of_reals;
    /* Between two operands; NULL: IS NOT DISTINCT FROM, IS DISTINCT FROM. */
    const char *same, *differ;
    const char *glob; /* " GLOB "; NULL: there is none */
    bool nulls_high;  /* NULL sorts behind all values where nothing is said */
    /* One query each. table_columns takes the table's name as parameter 1 and gives a row (name,
     * declared type, not null 0/1, position in the primary key or 0, has a value of its own when
     * an INSERT leaves it out 0/1, is computed from others 0/1, a word for the values it keeps as
     * they are, is one of a view 0/1) per column, none if there is no such table or view. */
    const char *table_columns;
    /* A query that gives a row (name) for each view; NULL: there are none. */
    const char *views;
    /* By kind: those words of table_columns that fit it, "INTEGER NUMERIC"; NULL: any. CUSTOM: words
     * that fit beside those of the kind that it is stored as; then none of them is NULL. */
    const char *kinds_fit[CORM_KIND_COUNT];
    /* Run in a transaction before tables that refer to each other in a circle are dropped:
     * foreign keys are looked at when it commits. NULL: nothing is needed. */
    const char *defer_foreign_keys;
    /* Before a query: rows that tell how it would be answered, of so many columns, for `explained`.
     * NULL: the database cannot, or nobody has taught it. */
    const char *explain;
    unsigned explain_columns;
} corm_dialect;

typedef struct corm_connection corm_connection; /* an adapter's own; opaque to corm */
/* an adapter's own prepared statement; opaque to corm */
typedef struct corm_statement corm_statement;

/* What a finished statement says. */
typedef struct corm_result {
    int64_t changed; /* rows inserted, updated or deleted by this statement itself */
    /* after an INSERT that stored a row, with CORM_CAN_LAST_KEY: its integer key */
    int64_t last_key;
} corm_result;

typedef struct corm_open_blob corm_open_blob; /* an adapter's own; opaque to corm */

/* One column of one row. Names are not quoted yet. */
typedef struct corm_blob_place {
    const char *table, *column;
    const char *const *key_columns;
    const corm_value *key; /* as many as key_columns */
    size_t key_count;
} corm_blob_place;
/* What a prepared statement is. */
typedef struct corm_statement_info {
    size_t parameters; /* placeholders */
    size_t columns;    /* of its rows; 0: it gives none */
    bool writes;       /* it may change the database; true where that is not known */
} corm_statement_info;

/* How a transaction begins: with the write lock, for which it waits its turn; or without. A trial is run
 * again by a writer if it meets a lock: it waits for none, as meanwhile what it has read grows old. */
typedef enum corm_beginning {
    CORM_BEGIN_READER,
    CORM_BEGIN_WRITER,
    CORM_BEGIN_TRIAL
} corm_beginning;

typedef enum corm_many_verb { CORM_MANY_INSERT, CORM_MANY_UPDATE, CORM_MANY_DELETE } corm_many_verb;

/* Where each row has a value, if it is a struct: an int64_t, a double or a const char *, as the type says;
 * CORM_VALUE_NULL: there is none. */
typedef struct corm_many_member {
    size_t offset;
    corm_value_type type;
} corm_many_member;

/* Rows of one table that are written together. */
typedef struct corm_many {
    const char *table;
    const char *const *columns; /* `width` names: of what the rows give */
    size_t width, count;
    /* UPDATE, DELETE: the first column is the single integer key of rows that are there, by which the
     * rows ascend; the others are what an UPDATE writes. */
    corm_many_verb verb;
    /* INSERT: the first column is the single integer key, which the database gives: to these rows
     * one after the other. */
    bool numbered;
    /* The `width` values of a row, which live until another row is asked for; false: the row cannot be
     * written. Of rows that are numbered the first one is not set. */
    bool (*row)(void *context, size_t row, corm_value *out);
    void *context;
    /* NULL: `row` has to be asked. Else the values can be taken from where they stand, `width` members of each of
     * `count` structs, but for a text that is NULL: of that row `row` is asked. */
    const corm_many_member *members;
    void *const *structs;
} corm_many;

typedef struct corm_adapter {
    const char *name;
    unsigned capabilities;
    const corm_dialect *dialect;

    /* Connections. `config` is what corm_engine_open was given. A connection is used by one
     * thread at a time. */
    corm_status (*open)(void *config, corm_connection **out, corm_failure *failure);
    void (*close)(corm_connection *connection); /* every statement has been finalized before */
    void (*free_config)(void *config);          /* the engine closes; may be NULL */

    /* Transactions. Names of savepoints are given by corm, valid identifiers. rollback must leave no
     * transaction open, whatever happened before; it fails only where the connection is lost. */
    corm_status (*begin)(corm_connection *connection, corm_beginning as, corm_failure *failure);
    corm_status (*commit)(corm_connection *connection, corm_failure *failure);
    corm_status (*rollback)(corm_connection *connection, corm_failure *failure);
    corm_status (*savepoint)(corm_connection *connection, const char *name, corm_failure *failure);
    corm_status (*release)(corm_connection *connection, const char *name, corm_failure *failure);
    /* Rolls back to the savepoint and ends it. */
    corm_status (*rollback_to)(corm_connection *connection, const char *name,
                               corm_failure *failure);

    /* Statements. `size` bytes of SQL, one statement, terminated. A prepared statement stays
     * valid until finalize, also over changes of the schema. */
    corm_status (*prepare)(corm_connection *connection, const char *sql, size_t size,
                           corm_statement **out, corm_failure *failure);
    void (*finalize)(corm_statement *statement);
    /* The first statement of a text that may hold several: `size` bytes, terminated. *used becomes
     * the bytes up to its end, with its semicolon and the blanks and comments before it. *out is NULL,
     * and *used is `size`, where no statement is left. */
    corm_status (*prepare_next)(corm_connection *connection, const char *sql, size_t size,
                                corm_statement **out, size_t *used, corm_failure *failure);
    /* Of a query that has been started, and whose first row was fetched, they are those of the
     * tables as they are now. A name, from 0, is valid until the next call on the statement; NULL:
     * out of memory. */
    void (*describe)(corm_statement *statement, corm_statement_info *out);
    const char *(*column_name)(corm_statement *statement, size_t column);

    /* Binds `count` values (borrowed until the call returns), runs to the end, resets. `result`
     * may be NULL. */
    corm_status (*execute)(corm_statement *statement, const corm_value *values, size_t count,
                           corm_result *result, corm_failure *failure);

    /* Writes many rows in the database's best way. CORM_OK with result->changed == rows->count: it is
     * done, last_key is that of the last row; a DELETE counts rows that were not there, too. CORM_OK
     * with less: it is not done, be it that there is no better way for this table, or that a row was
     * refused or missing; then corm writes them one by one. No new row is there then; rows that are
     * changed or deleted may have been, as doing it again makes no difference. NULL: always so. */
    corm_status (*write_many)(corm_connection *connection, const corm_many *rows,
                              corm_result *result, corm_failure *failure);

    /* Binds `count` values (borrowed until reset) and starts a query. */
    corm_status (*query)(corm_statement *statement, const corm_value *values, size_t count,
                         corm_failure *failure);
    /* The next row: sets *row and, if true, fills `width` values; after the last row, sets *row
     * false and resets. On failure it resets too. The values' bytes are valid until the next
     * call on this statement. */
    corm_status (*fetch)(corm_statement *statement, corm_value *values, size_t width, bool *row,
                         corm_failure *failure);
    void (*reset)(corm_statement *statement); /* ends a query early; harmless if none runs */

    /* Runs SQL text that may hold several statements; rows are thrown away. */
    corm_status (*script)(corm_connection *connection, const char *sql, corm_failure *failure);

    /* With CORM_CAN_BLOB_IO, else NULL. Opens a blob that is stored, for as long as nothing ends or
     * marks the transaction: corm closes it before. CORM_ROW_MISSING: there is no such row; CORM_DATA:
     * there is no blob in it; CORM_MISUSE: no blob of this column can be opened so, and why. `size` is
     * its bytes, which stay as many. */
    corm_status (*blob_open)(corm_connection *connection, const corm_blob_place *place,
                             bool writable, corm_open_blob **out, size_t *size,
                             corm_failure *failure);
    /* Within its size. CORM_STALE_DATA: the row was changed since. */
    corm_status (*blob_read)(corm_open_blob *blob, size_t offset, void *out, size_t size,
                             corm_failure *failure);
    corm_status (*blob_write)(corm_open_blob *blob, size_t offset, const void *bytes, size_t size,
                              corm_failure *failure);
    void (*blob_close)(corm_open_blob *blob);
    /* Reads one row of the dialect's `explain` into steps[count]; the `count` steps before it are what
     * became of the rows before it. NULL where the dialect has no `explain`. */
    void (*explained)(const corm_value *row, corm_step *steps, size_t count);

    /* The database's own handle (SQLite: sqlite3 *). */
    void *(*handle)(corm_connection *connection);
} corm_adapter;

#endif /* CORM__ADAPTER_H */

/* ---- src/macros.h ---------------------------------------------------------------------------- */

/* macros.h: the tools with which model lists are expanded.
 *
 * Owns: walking over the rows of a list, repeating a macro for each of its arguments, taking the
 * words of a row apart: kinds, shapes, the other side.
 * Must not know: what is generated. */
#ifndef CORM__MACROS_H
#define CORM__MACROS_H

#ifdef CORM_LINES
#line 10 "src/macros.h"
#endif
/* clang-format off */


/* ---- Tools ----------------------------------------------------------------------------------- */

#define CORM__LP() (
#define CORM__RP() )
#define CORM__JOIN2(a_, b_) CORM__JOIN2_(a_, b_)
#define CORM__JOIN2_(a_, b_) a_##b_
#define CORM__SECOND(...) CORM__SECOND_(__VA_ARGS__)
#define CORM__SECOND_(first_, second_, ...) second_

/* A sentence for a row that is wrong; the condition is an integer constant. */
#if defined(__cplusplus)
#define CORM__HOLDS(condition_, ...) static_assert(condition_, __VA_ARGS__)
#else
#define CORM__HOLDS(condition_, ...) _Static_assert(condition_, __VA_ARGS__)
#endif

/* What a generator does depends on whether the kind of its row is one: then that became several words
 * where it was one before. Picks the 9th of these. */
#define CORM__PICK_9(a_, b_, c_, d_, e_, f_, g_, h_, pick_, ...) pick_

/* MODEL(EXISTING(Device), ...): the words of a MODEL with the name alone, or with corm__new or EXISTING
 * before it; what they are is known before ## is used on them. */
#define CORM__APPLY(macro_, ...) macro_(__VA_ARGS__)
#define CORM__MODEL_WORDS(model_, ...) CORM__SECOND(CORM__MODEL_##model_, model_, ~), __VA_ARGS__
#define CORM__MODEL_EXISTING(name_) ~, name_
#define CORM__MODEL_HEAD(model_, ...)                                                              \
    CORM__SECOND(CORM__STRUCT_OF_##model_, corm__new, ~), CORM__MODEL_WORDS(model_, __VA_ARGS__)
#define CORM__STRUCT_OF_EXISTING(name_) ~, EXISTING

/* How a row gets to know its model. A model's list is expanded with COLUMN = `(GENERATOR, <Model>)
 * ROW`, where ROW puts the row's own words into parentheses too. So a list becomes a chain of pairs
 * that no scan changes, `(GENERATOR, <Model>) (<words>) (GENERATOR, <Model>) (<words>) ...`, and lists
 * may stand in lists, to any depth. OPEN and CLOSE go through the chain in turn and make of each pair
 * `GENERATOR (<Model>, <words>)`, whose parentheses are deferred by one scan, so that each GENERATOR is
 * invoked in the last scan, when all rows are complete. No limit on rows, and errors stay near the
 * row. */
#define CORM__WALK(...) CORM__WALK_CHAIN(CORM__OPEN __VA_ARGS__)
#define CORM__WALK_CHAIN(...) CORM__WALK_LAST(__VA_ARGS__)
#define CORM__WALK_LAST(...) __VA_ARGS__##_NOTHING
#define CORM__OPEN(generator_, model_) generator_ CORM__LP() model_, CORM__CLOSE
#define CORM__CLOSE(...) __VA_ARGS__ CORM__RP() CORM__OPEN
#define CORM__OPEN_NOTHING
#define CORM__SKIP(...)

/* Models and schemas are as private to a file as corm itself is. */
#if defined(CORM_STATIC)
#define CORM__DECLARED static CORM__UNUSED
#define CORM__DEFINED static CORM__UNUSED
#elif defined(__cplusplus)
#define CORM__DECLARED extern "C"
#else
#define CORM__DECLARED extern
#define CORM__DEFINED
#endif

/* Each(macro, data, a, b, <nothing>) is macro(data, a) macro(data, b): up to 64, the last is
 * left out. */
#define CORM__EACH(macro_, data_, ...)                                                             \
    CORM__JOIN2(CORM__EACH_, CORM__COUNT(__VA_ARGS__))(macro_, data_, __VA_ARGS__)
#define CORM__COUNT(...) \
    CORM__COUNT_(__VA_ARGS__, 65, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, \
    48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, \
    25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define CORM__COUNT_( \
    a1_, a2_, a3_, a4_, a5_, a6_, a7_, a8_, a9_, a10_, a11_, a12_, a13_, a14_, a15_, a16_, a17_, \
    a18_, a19_, a20_, a21_, a22_, a23_, a24_, a25_, a26_, a27_, a28_, a29_, a30_, a31_, a32_, \
    a33_, a34_, a35_, a36_, a37_, a38_, a39_, a40_, a41_, a42_, a43_, a44_, a45_, a46_, a47_, \
    a48_, a49_, a50_, a51_, a52_, a53_, a54_, a55_, a56_, a57_, a58_, a59_, a60_, a61_, a62_, \
    a63_, a64_, a65_, count_, ...) count_
#define CORM__EACH_1(macro_, data_, end_)
#define CORM__EACH_2(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_1(macro_, data_, __VA_ARGS__)
#define CORM__EACH_3(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_2(macro_, data_, __VA_ARGS__)
#define CORM__EACH_4(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_3(macro_, data_, __VA_ARGS__)
#define CORM__EACH_5(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_4(macro_, data_, __VA_ARGS__)
#define CORM__EACH_6(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_5(macro_, data_, __VA_ARGS__)
#define CORM__EACH_7(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_6(macro_, data_, __VA_ARGS__)
#define CORM__EACH_8(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_7(macro_, data_, __VA_ARGS__)
#define CORM__EACH_9(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_8(macro_, data_, __VA_ARGS__)
#define CORM__EACH_10(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_9(macro_, data_, __VA_ARGS__)
#define CORM__EACH_11(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_10(macro_, data_, __VA_ARGS__)
#define CORM__EACH_12(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_11(macro_, data_, __VA_ARGS__)
#define CORM__EACH_13(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_12(macro_, data_, __VA_ARGS__)
#define CORM__EACH_14(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_13(macro_, data_, __VA_ARGS__)
#define CORM__EACH_15(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_14(macro_, data_, __VA_ARGS__)
#define CORM__EACH_16(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_15(macro_, data_, __VA_ARGS__)
#define CORM__EACH_17(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_16(macro_, data_, __VA_ARGS__)
#define CORM__EACH_18(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_17(macro_, data_, __VA_ARGS__)
#define CORM__EACH_19(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_18(macro_, data_, __VA_ARGS__)
#define CORM__EACH_20(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_19(macro_, data_, __VA_ARGS__)
#define CORM__EACH_21(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_20(macro_, data_, __VA_ARGS__)
#define CORM__EACH_22(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_21(macro_, data_, __VA_ARGS__)
#define CORM__EACH_23(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_22(macro_, data_, __VA_ARGS__)
#define CORM__EACH_24(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_23(macro_, data_, __VA_ARGS__)
#define CORM__EACH_25(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_24(macro_, data_, __VA_ARGS__)
#define CORM__EACH_26(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_25(macro_, data_, __VA_ARGS__)
#define CORM__EACH_27(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_26(macro_, data_, __VA_ARGS__)
#define CORM__EACH_28(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_27(macro_, data_, __VA_ARGS__)
#define CORM__EACH_29(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_28(macro_, data_, __VA_ARGS__)
#define CORM__EACH_30(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_29(macro_, data_, __VA_ARGS__)
#define CORM__EACH_31(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_30(macro_, data_, __VA_ARGS__)
#define CORM__EACH_32(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_31(macro_, data_, __VA_ARGS__)
#define CORM__EACH_33(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_32(macro_, data_, __VA_ARGS__)
#define CORM__EACH_34(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_33(macro_, data_, __VA_ARGS__)
#define CORM__EACH_35(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_34(macro_, data_, __VA_ARGS__)
#define CORM__EACH_36(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_35(macro_, data_, __VA_ARGS__)
#define CORM__EACH_37(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_36(macro_, data_, __VA_ARGS__)
#define CORM__EACH_38(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_37(macro_, data_, __VA_ARGS__)
#define CORM__EACH_39(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_38(macro_, data_, __VA_ARGS__)
#define CORM__EACH_40(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_39(macro_, data_, __VA_ARGS__)
#define CORM__EACH_41(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_40(macro_, data_, __VA_ARGS__)
#define CORM__EACH_42(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_41(macro_, data_, __VA_ARGS__)
#define CORM__EACH_43(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_42(macro_, data_, __VA_ARGS__)
#define CORM__EACH_44(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_43(macro_, data_, __VA_ARGS__)
#define CORM__EACH_45(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_44(macro_, data_, __VA_ARGS__)
#define CORM__EACH_46(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_45(macro_, data_, __VA_ARGS__)
#define CORM__EACH_47(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_46(macro_, data_, __VA_ARGS__)
#define CORM__EACH_48(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_47(macro_, data_, __VA_ARGS__)
#define CORM__EACH_49(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_48(macro_, data_, __VA_ARGS__)
#define CORM__EACH_50(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_49(macro_, data_, __VA_ARGS__)
#define CORM__EACH_51(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_50(macro_, data_, __VA_ARGS__)
#define CORM__EACH_52(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_51(macro_, data_, __VA_ARGS__)
#define CORM__EACH_53(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_52(macro_, data_, __VA_ARGS__)
#define CORM__EACH_54(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_53(macro_, data_, __VA_ARGS__)
#define CORM__EACH_55(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_54(macro_, data_, __VA_ARGS__)
#define CORM__EACH_56(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_55(macro_, data_, __VA_ARGS__)
#define CORM__EACH_57(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_56(macro_, data_, __VA_ARGS__)
#define CORM__EACH_58(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_57(macro_, data_, __VA_ARGS__)
#define CORM__EACH_59(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_58(macro_, data_, __VA_ARGS__)
#define CORM__EACH_60(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_59(macro_, data_, __VA_ARGS__)
#define CORM__EACH_61(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_60(macro_, data_, __VA_ARGS__)
#define CORM__EACH_62(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_61(macro_, data_, __VA_ARGS__)
#define CORM__EACH_63(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_62(macro_, data_, __VA_ARGS__)
#define CORM__EACH_64(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_63(macro_, data_, __VA_ARGS__)
#define CORM__EACH_65(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_64(macro_, data_, __VA_ARGS__)

/* ---- Kinds: pasted at the very first macro, so that a TEXT or OPTIONAL of <windows.h> does no  */

/* CORM__K_<kind> is: kind, optional (0 or 1: what <stdbool.h> makes of false cannot always be pasted), C
 * type, name of the type in function names. */
#define CORM__K_INTEGER INTEGER, 0, int64_t, integer
#define CORM__K_REAL REAL, 0, double, real
#define CORM__K_BOOLEAN BOOLEAN, 0, bool, boolean
#define CORM__K_TEXT TEXT_, 0, const char *, text
#define CORM__K_BLOB BLOB, 0, corm_blob, blob
#define CORM__K_DATE DATE, 0, corm_date, date
#define CORM__K_DATETIME DATETIME, 0, corm_datetime, datetime
#define CORM__K_TIME TIME_, 0, corm_time, time
#define CORM__K_DECIMAL(precision_, scale_) DECIMAL_(precision_, scale_), 0, corm_decimal, decimal
#define CORM__K_UUID UUID_, 0, corm_uuid, uuid
#define CORM__K_JSON JSON_, 0, const char *, json
#define CORM__K_ENUM(enum_) ENUM_(enum_), 0, enum_, enum
#define CORM__K_CUSTOM(custom_) CUSTOM_(custom_), 0, custom_##_type, custom
/* C's own types: a number of any type, an array of char. */
#define CORM__K_INTEGER_AS(type_) INTEGER_AS_(type_), 0, type_, integer
#define CORM__K_REAL_AS(type_) REAL_AS_(type_), 0, type_, real
#define CORM__K_CHARS(size_) CHARS_(size_), 0, struct corm__CHARS_is_an_array_of_char_use_strcpy, text
#define CORM__K_OPTIONAL(kind_) CORM__KO_##kind_
#define CORM__KO_INTEGER INTEGER, 1, corm_optional_integer, integer
#define CORM__KO_REAL REAL, 1, corm_optional_real, real
#define CORM__KO_BOOLEAN BOOLEAN, 1, corm_optional_boolean, boolean
#define CORM__KO_TEXT TEXT_, 1, const char *, text
#define CORM__KO_BLOB BLOB, 1, corm_blob, blob
#define CORM__KO_DATE DATE, 1, corm_optional_date, date
#define CORM__KO_DATETIME DATETIME, 1, corm_optional_datetime, datetime
#define CORM__KO_TIME TIME_, 1, corm_optional_time, time
#define CORM__KO_DECIMAL(precision_, scale_) DECIMAL_(precision_, scale_), 1, corm_optional_decimal, decimal
#define CORM__KO_UUID UUID_, 1, corm_optional_uuid, uuid
#define CORM__KO_JSON JSON_, 1, const char *, json
#define CORM__KO_ENUM(enum_) ENUM_(enum_), 1, corm_optional_enum, enum
#define CORM__KO_CUSTOM(custom_) CUSTOM_(custom_), 1, custom_##_optional, custom

#define CORM__KO_INTEGER_AS(type_) INTEGER_AS_(type_), 1, struct corm__OPTIONAL_is_not_for_INTEGER_AS_use_INTEGER, integer
#define CORM__KO_REAL_AS(type_) REAL_AS_(type_), 1, struct corm__OPTIONAL_is_not_for_REAL_AS_use_REAL, real
#define CORM__KO_CHARS(size_) CHARS_(size_), 1, struct corm__OPTIONAL_is_not_for_CHARS_use_TEXT, text

/* CORM__KIND_VALUE_<kind> is the enumerator, and what a column of that kind has beside it; TEXT
 * goes by TEXT_ because it is expanded after the first macro. */
#define CORM__KIND_VALUE_INTEGER CORM_KIND_INTEGER
#define CORM__KIND_VALUE_REAL CORM_KIND_REAL
#define CORM__KIND_VALUE_BOOLEAN CORM_KIND_BOOLEAN
#define CORM__KIND_VALUE_TEXT_ CORM_KIND_TEXT
#define CORM__KIND_VALUE_BLOB CORM_KIND_BLOB
#define CORM__KIND_VALUE_DATE CORM_KIND_DATE
#define CORM__KIND_VALUE_DATETIME CORM_KIND_DATETIME
#define CORM__KIND_VALUE_TIME_ CORM_KIND_TIME
#define CORM__KIND_VALUE_DECIMAL_(precision_, scale_)                                              \
    CORM_KIND_DECIMAL, .precision = CORM__PRECISION(precision_, scale_), .scale = (scale_)
#define CORM__KIND_VALUE_UUID_ CORM_KIND_UUID
#define CORM__KIND_VALUE_JSON_ CORM_KIND_JSON
#define CORM__KIND_VALUE_ENUM_(enum_) CORM_KIND_ENUM, .enumeration = &corm__enum_##enum_
#define CORM__KIND_VALUE_CUSTOM_(custom_) CORM_KIND_CUSTOM, .custom = &corm__custom_##custom_

#define CORM__KIND_VALUE_INTEGER_AS_(type_)                                                        \
    CORM_KIND_CUSTOM, .custom = &(const corm_custom){                                              \
        .name = "INTEGER_AS(" #type_ ")", .stored = CORM_VALUE_INTEGER, .size = sizeof(type_),     \
        .native = (type_)-1 < (type_)1 ? CORM_NATIVE_SIGNED : CORM_NATIVE_UNSIGNED}
#define CORM__KIND_VALUE_REAL_AS_(type_)                                                           \
    CORM_KIND_CUSTOM, .custom = &(const corm_custom){                                              \
        .name = "REAL_AS(" #type_ ")", .stored = CORM_VALUE_REAL, .size = sizeof(type_),           \
        .native = CORM_NATIVE_REAL}
#define CORM__KIND_VALUE_CHARS_(size_)                                                             \
    CORM_KIND_CUSTOM, .custom = &(const corm_custom){                                              \
        .name = "CHARS(" #size_ ")", .stored = CORM_VALUE_TEXT, .size = (size_),                   \
        .native = CORM_NATIVE_CHARS}

#define CORM__PRECISION(precision_, scale_)                                                        \
    (uint8_t)((precision_) + 0 * sizeof(struct {                                                   \
        char corm__unused;                                                                         \
        _Static_assert((precision_) >= 1 && (precision_) <= 18 && (scale_) >= 0 &&                 \
                           (scale_) <= (precision_),                                               \
                       "corm: DECIMAL(precision, scale) has 1 to 18 digits, and at most as many "  \
                       "of them behind the point");                                                \
    }))

/* CORM__R_<kind> is: enumerator, shape of this end, shape of the other end. */
#define CORM__R_ONE_TO_MANY CORM_ONE_TO_MANY, corm__many, corm__one
#define CORM__R_MANY_TO_ONE CORM_MANY_TO_ONE, corm__one, corm__many
#define CORM__R_ONE_TO_ONE CORM_ONE_TO_ONE, corm__one, corm__one
#define CORM__R_MANY_TO_MANY CORM_MANY_TO_MANY, corm__many, corm__many

/* The fourth word of a relationship: corm__named, BACKREF or NONE, and the name. */
#define CORM__OTHER_IS(other_) CORM__SECOND(CORM__OTHER_##other_, corm__named, ~)
#define CORM__OTHER_BACKREF(name_) ~, BACKREF
#define CORM__OTHER_NONE ~, NONE
#define CORM__OTHER_NAME(other_) CORM__SECOND(CORM__OTHERNAME_##other_, #other_, ~)
#define CORM__OTHERNAME_BACKREF(name_) ~, #name_
#define CORM__OTHERNAME_NONE ~, NULL
#define CORM__OTHER_WORD(other_) CORM__SECOND(CORM__OTHERWORD_##other_, other_, ~)
#define CORM__OTHERWORD_BACKREF(name_) ~, name_
#define CORM__OTHERWORD_NONE ~,

/* A row's words, ready for a generator. */
#define CORM__COLUMN_WORDS(kind_, ...) (CORM__K_##kind_, __VA_ARGS__,)
#define CORM__RELATIONSHIP_WORDS(kind_, ...) (CORM__R_##kind_, CORM__RELATIONSHIP_TAIL(__VA_ARGS__, ))
#define CORM__RELATIONSHIP_TAIL(name_, target_, other_, ...)                                       \
    name_, target_, CORM__OTHER_IS(other_), CORM__OTHER_NAME(other_), CORM__OTHER_WORD(other_), __VA_ARGS__

/* The same without the options, for the generators that need none: those are most, and options are
 * most of what there is to read. */
#define CORM__COLUMN_HEAD(kind_, ...) (CORM__K_##kind_, CORM__NAME_OF(__VA_ARGS__, ~),)
#define CORM__NAME_OF(name_, ...) name_
/* And with the kind as the row has it. */
#define CORM__COLUMN_SAID(kind_, ...) (CORM__K_##kind_, #kind_, CORM__NAME_OF(__VA_ARGS__, ~),)
#define CORM__RELATIONSHIP_SAID(kind_, ...)                                                        \
    (CORM__R_##kind_, #kind_, CORM__RELATIONSHIP_NAMES(__VA_ARGS__, , , ~),)
#define CORM__RELATIONSHIP_NAMES(name_, target_, other_, ...) name_, sizeof(#other_)
#define CORM__RELATIONSHIP_HEAD(kind_, ...) (CORM__R_##kind_, CORM__RELATIONSHIP_FRONT(__VA_ARGS__, ~),)
#define CORM__RELATIONSHIP_FRONT(name_, target_, other_, ...)                                      \
    name_, target_, CORM__OTHER_IS(other_), CORM__OTHER_NAME(other_), CORM__OTHER_WORD(other_)

/* clang-format on */

#endif /* CORM__MACROS_H */

/* ---- src/condition.h ------------------------------------------------------------------------- */

/* condition.h: what a query compares.
 *
 * Owns: the nodes of which conditions and expressions are made, as values that can be built, copied
 * and kept; the typed column handles; the macros that let the compiler check names and types of what
 * is compared.
 * Must not know: SQL text, sessions, rows, what a query is made of beside its conditions. */
#ifndef CORM__CONDITION_H
#define CORM__CONDITION_H

#ifdef CORM_LINES
#line 11 "src/condition.h"
#endif
/* ---- Column handles -------------------------------------------------------------------------- */

/* User_.age is a constant of one of these types: corm_integer_column, corm_text_column ... Only
 * the type of corm__kind is used: it tells the compiler the column's kind. */
#define CORM__HANDLE(kind_, type_, optional_, name_)                                               \
    enum { corm__kind_of_##name_ = CORM_KIND_##kind_ };                                            \
    typedef union corm_##name_##_column {                                                          \
        corm_column_ref column;                                                                    \
        char (*corm__kind)[1 + CORM_KIND_##kind_];                                                 \
    } corm_##name_##_column;
CORM__KIND_LIST(CORM__HANDLE)
#undef CORM__HANDLE

/* ---- Nodes ----------------------------------------------------------------------------------- */

/* A condition is a tree, written in the order in which it is read: a node, then what belongs to it. */
typedef enum corm__operator {
    CORM__NOTHING,
    /* Leaves. kind: of the value. */
    CORM__COLUMN,   /* of.model, column: the handle */
    CORM__VALUE,    /* the value; size: see corm__node */
    CORM__VARIABLE, /* of.data: the program's variable, read when the query runs */
    CORM__LIST,     /* of.data: values, size counts them */
    CORM__MEMBER,   /* of.model, column: of the struct at of.data */
    CORM__RELATED,  /* of.model, column, kind: the relationship; of.data: a struct of its source */
    CORM__LIMIT,    /* integer: a query's */
    CORM__OFFSET,
    CORM__DISTINCT,
    CORM__LAST_LEAF = CORM__DISTINCT,
    /* Comparisons. */
    CORM__EQ,
    CORM__NE,
    CORM__LT,
    CORM__LE,
    CORM__GT,
    CORM__GE,
    CORM__LIKE, /* two operands, or three with the character that escapes */
    CORM__GLOB,
    CORM__HOLDS,  /* LIKE with the text itself between, before or behind %: column says which */
    CORM__SAME,   /* IS NOT DISTINCT FROM */
    CORM__DIFFER, /* IS DISTINCT FROM */
    CORM__BETWEEN,
    CORM__IN, /* a LIST or a QUERY behind the operand */
    CORM__IS_NULL,
    CORM__IS_NOT_NULL,
    CORM__EXISTS,
    CORM__ANY, /* of.model, column, kind: the relationship; a condition on what it leads to, or none */
    CORM__AND,
    CORM__OR,
    CORM__NOT,
    /* Values made of others. kind: of the result. */
    CORM__PLUS,
    CORM__MINUS,
    CORM__TIMES,
    CORM__DIVIDED,
    CORM__MODULO,
    CORM__NEGATIVE,
    CORM__FUNCTION, /* column: a corm_function */
    CORM__CALL,     /* of.data: the name of an SQL function */
    CORM__CASE,     /* condition, value, value if it does not hold */
    CORM__CAST,
    CORM__OVER, /* a function, then GROUP and ORDER or none, then FRAME or none */
    /* A query inside another, and the clauses of one. */
    CORM__QUERY, /* of.model: whose rows; clauses */
    CORM__FIELDS,
    CORM__JOINS,
    CORM__WHERE,
    CORM__GROUP,
    CORM__HAVING,
    CORM__ORDER,
    /* Parts of clauses. */
    CORM__FIELD,        /* of.model, column: of a row's struct; its value */
    CORM__JOIN_RELATED, /* of.model, column, kind: the relationship; of.data: the alias or NULL;
                           a further condition or none. JOIN_LEFT_...: rows without a partner too */
    CORM__JOIN_LEFT_RELATED,
    CORM__JOIN_MODEL, /* of.model; its condition */
    CORM__JOIN_LEFT_MODEL,
    CORM__ASCENDING, /* kind: 0, CORM__NULLS_FIRST, CORM__NULLS_LAST */
    CORM__DESCENDING,
    CORM__FRAME /* two VALUE leaves: rows before and behind; below zero: all */
} corm__operator;

enum { CORM__NULLS_FIRST = 1, CORM__NULLS_LAST };
enum { CORM__HOLDS_WITHIN, CORM__HOLDS_FIRST, CORM__HOLDS_LAST };

/* size of a RELATED without a struct: what is wrong. */
enum {
    CORM__RELATED_TO_NOTHING = 1000, /* no object */
    CORM__RELATED_TO_ANOTHER,        /* of another model */
    CORM__RELATED_TO_NEW,            /* without a row */
    CORM__RELATED_TO_GONE            /* read-only, and its transaction is over */
};

typedef struct corm__node {
    uint8_t operator_; /* corm__operator */
    uint8_t kind;      /* corm_kind */
    uint16_t column;
    /* Behind a leaf: DATETIME: microseconds; DECIMAL: scale; BLOB: bytes; INTEGER: 1: it was too large.
     * Else so many nodes belong to this one. */
    uint32_t size;
    union {
        int64_t integer;
        double real;
        const void *bytes; /* text: borrowed until the query has run */
        corm_date date;
        struct {
            int16_t year;
            uint8_t month, day, hour, minute;
            uint16_t second;
        } moment;
        corm_time time;
        corm_uuid uuid;
        corm_custom_value custom; /* borrowed until the query has run */
        struct {
            const corm_model *model;
            const void *data;
        } of;
    } as;
} corm__node;

/* The first member of a struct has the type that compilers name where something else stands in a
 * list of such structs: corm_and(User_.active) is to be corm_and(corm_eq(User_.active, true)). C takes a
 * number there (`.where = false`), with a warning about braces; C++ takes none. */
#if defined(__cplusplus)
#define CORM__FIRST_MEMBER(name_) enum class name_ : uint16_t {};
#else
#define CORM__FIRST_MEMBER(name_) typedef uint16_t name_;
#endif
CORM__FIRST_MEMBER(corm__wants_a_condition)
CORM__FIRST_MEMBER(corm__wants_corm_asc_or_corm_desc)
CORM__FIRST_MEMBER(corm__wants_a_join)
CORM__FIRST_MEMBER(corm__wants_corm_field)
#undef CORM__FIRST_MEMBER
typedef uint16_t corm__wants_corm_group;
typedef size_t corm__wants_corm_load;

/* A condition over columns, or any other expression: a value without a pointer into itself, so it may
 * be built in an `if`, copied and kept. Texts, blobs, lists and variables in it are borrowed until the
 * query has run. The zero value is "no condition" and changes nothing in corm_and. Too many parts
 * (CORM_CONDITION_NODES) are reported when the query runs. */
typedef struct corm_condition {
    corm__wants_a_condition count;
    uint16_t wanted; /* more than count: parts that did not fit */
    corm__node nodes[CORM_CONDITION_NODES];
} corm_condition;

/* Files whose conditions differ in size, or which were compiled with another version, must not be linked: each
 * schema refers to this function, which is defined where the implementation is. */
#define CORM__HAS_NODES                                                                            \
    CORM__NODES_OF(CORM_VERSION_MAJOR, CORM_VERSION_MINOR, CORM_VERSION_PATCH, CORM_CONDITION_NODES)
#define CORM__NODES_OF(major_, minor_, patch_, nodes_)                                             \
    CORM__NODES_OF_(major_, minor_, patch_, nodes_)
#define CORM__NODES_OF_(major_, minor_, patch_, nodes_)                                            \
    corm_##major_##_##minor_##_##patch_##_has_CORM_CONDITION_NODES_##nodes_
CORM_API void CORM__HAS_NODES(void);
#if defined(__GNUC__) && !defined(CORM_STATIC)
#define CORM__WANTS_NODES(schema_)                                                                 \
    __attribute__((used)) static void (*const corm__nodes_of_##schema_)(void) = CORM__HAS_NODES;
#else
#define CORM__WANTS_NODES(schema_)
#endif

/* The result of corm_lower, corm_plus, corm_sum ...: a value that SQL computes, of a kind that the
 * compiler knows: corm_integer_expression, corm_text_expression ... Stands wherever a column may. */
#define CORM__EXPRESSION(kind_, type_, optional_, name_)                                           \
    typedef struct corm_##name_##_expression {                                                     \
        corm_condition corm__nodes;                                                                \
    } corm_##name_##_expression;
CORM__KIND_LIST(CORM__EXPRESSION)
#undef CORM__EXPRESSION

/* ---- Makers, type-erased: the macros below choose among them --------------------------------- */

CORM_API corm_condition corm_operand_column(corm_column_ref column, int kind);
CORM_API corm_condition corm_operand_integer(int64_t value);
CORM_API corm_condition corm_operand_unsigned(uint64_t value);
CORM_API corm_condition corm_operand_boolean(bool value);
CORM_API corm_condition corm_operand_real(double value);
CORM_API corm_condition corm_operand_text(const char *value);
CORM_API corm_condition corm_operand_blob(corm_blob value);
CORM_API corm_condition corm_operand_date(corm_date value);
CORM_API corm_condition corm_operand_datetime(corm_datetime value);
CORM_API corm_condition corm_operand_time(corm_time value);
CORM_API corm_condition corm_operand_decimal(corm_decimal value);
CORM_API corm_condition corm_operand_uuid(corm_uuid value);
CORM_API corm_condition corm_operand_custom(corm_custom_value value);
CORM_API corm_condition corm_operand_variable(int kind, const void *variable);
CORM_API corm_condition corm_operand_list(int kind, const void *items, size_t count);
/* A node over parts; `kind`, `column` and `data` as the operator wants them. */
CORM_API corm_condition corm_expression_of(int operator_, int kind, unsigned column,
                                           const void *data, const corm_condition *parts,
                                           size_t count);
/* Conditions that are zero are left out. The last of `parts` has a count of UINT16_MAX. */
CORM_API corm_condition corm_condition_join(int operator_, const corm_condition *parts);
CORM_API corm_condition corm_condition_related(corm_relationship_ref relationship, void *object);

/* clang-format off */

/* ---- Operands: a value of C, a column, an expression ----------------------------------------- */

/* A value that is read from the program's variable each time the query runs, so that a query that is
 * kept can run again with others: corm_ge(User_.age, corm_var(&minimum)). int64_t, double, bool, const
 * char *, corm_date, corm_datetime, corm_time, corm_decimal, corm_uuid, corm_blob; NULL is refused. */
#define corm_var(pointer_) CORM__LET1(CORM__VAR, pointer_, "corm_var(" #pointer_ ")")
#define CORM__VAR(pointer_, text_)                                                                 \
    _Generic((pointer_), CORM__VARS(corm__var), default: corm__var_integer)(                       \
        CORM__CHECK(_Generic((pointer_), CORM__VARS(CORM__IS_VAR), default: 0),                    \
                    text_ ": it takes the address of an int64_t, double, bool, const char *, "     \
                    "corm_date, corm_datetime, corm_time, corm_decimal, corm_uuid or corm_blob"),  \
        (pointer_))
#define CORM__VARS(do_)                                                                            \
    CORM__LISTS(int64_t, do_##_integer), CORM__LISTS(double, do_##_real), CORM__LISTS(bool, do_##_boolean), \
    char **: do_##_text, const char **: do_##_text, const char *const *: do_##_text, char *const *: do_##_text, \
    CORM__LISTS(corm_date, do_##_date), CORM__LISTS(corm_datetime, do_##_datetime),                \
    CORM__LISTS(corm_time, do_##_time), CORM__LISTS(corm_decimal, do_##_decimal),                  \
    CORM__LISTS(corm_uuid, do_##_uuid), CORM__LISTS(corm_blob, do_##_blob)
enum {
    CORM__IS_VAR_integer = 1, CORM__IS_VAR_real = 1, CORM__IS_VAR_boolean = 1, CORM__IS_VAR_text = 1,
    CORM__IS_VAR_date = 1, CORM__IS_VAR_datetime = 1, CORM__IS_VAR_time = 1, CORM__IS_VAR_decimal = 1,
    CORM__IS_VAR_uuid = 1, CORM__IS_VAR_blob = 1
};

/* What is to be inside of it: compared with a column of that kind, or put into one. */
#define CORM__OPERANDS(kind_, type_, optional_, name_)                                             \
    typedef struct corm_##name_##_variable {                                                       \
        const void *corm__pointer;                                                                 \
    } corm_##name_##_variable;                                                                     \
    static inline CORM__UNUSED corm_condition corm__of_##name_##_column(corm_##name_##_column corm__c) \
    {                                                                                              \
        return corm_operand_column(corm__c.column, CORM_KIND_##kind_);                             \
    }                                                                                              \
    static inline CORM__UNUSED corm_condition corm__of_##name_##_expression(corm_##name_##_expression corm__e) \
    {                                                                                              \
        return corm__e.corm__nodes;                                                                \
    }                                                                                              \
    static inline CORM__UNUSED corm_condition corm__of_##name_##_variable(corm_##name_##_variable corm__v) \
    {                                                                                              \
        return corm_operand_variable(CORM_KIND_##kind_, corm__v.corm__pointer);                    \
    }                                                                                              \
    static inline CORM__UNUSED corm_##name_##_variable corm__var_##name_(int corm__checked, const void *corm__p)      \
    {                                                                                              \
        corm_##name_##_variable corm__v = {corm__p};                                               \
        (void)corm__checked;                                               \
        return corm__v;                                                                            \
    }                                                                                              \
    static inline CORM__UNUSED corm_##name_##_expression corm__as_##name_(corm_condition corm__c)  \
    {                                                                                              \
        corm_##name_##_expression corm__e;                                                         \
        corm__e.corm__nodes = corm__c;                                                             \
        return corm__e;                                                                            \
    }
CORM__KIND_LIST(CORM__OPERANDS)
#undef CORM__OPERANDS

static inline CORM__UNUSED corm_condition corm__of_condition(corm_condition corm__c) { return corm__c; }

/* An OPTIONAL member is its value, or NULL. */
#define CORM__OF_OPTIONAL(name_)                                                                   \
    static inline CORM__UNUSED corm_condition corm__of_optional_##name_(corm_optional_##name_ corm__o) \
    {                                                                                              \
        return corm__o.has_value ? corm_operand_##name_(corm__o.value) : corm_operand_text(NULL);  \
    }
CORM__OF_OPTIONAL(integer)
CORM__OF_OPTIONAL(real)
CORM__OF_OPTIONAL(date)
CORM__OF_OPTIONAL(datetime)
CORM__OF_OPTIONAL(time)
CORM__OF_OPTIONAL(decimal)
CORM__OF_OPTIONAL(uuid)
#undef CORM__OF_OPTIONAL

/* The kinds of column that an operand can be compared with: a bit for each kind, and more where numbers of
 * different kinds may meet. Two operands fit if they share a bit. An OPTIONAL has other bits, as it goes
 * where NULL does: behind a column in a comparison, into one. */
enum {
    CORM__FITS_INTEGER = 1 << CORM_KIND_INTEGER,
    CORM__FITS_REAL = 1 << CORM_KIND_REAL,
    CORM__FITS_BOOLEAN = 1 << CORM_KIND_BOOLEAN,
    CORM__FITS_TEXT = 1 << CORM_KIND_TEXT,
    CORM__FITS_BLOB = 1 << CORM_KIND_BLOB,
    CORM__FITS_DATE = 1 << CORM_KIND_DATE,
    CORM__FITS_DATETIME = 1 << CORM_KIND_DATETIME,
    CORM__FITS_TIME = 1 << CORM_KIND_TIME,
    CORM__FITS_DECIMAL = 1 << CORM_KIND_DECIMAL,
    CORM__FITS_UUID = 1 << CORM_KIND_UUID,
    CORM__FITS_JSON = 1 << CORM_KIND_JSON,
    CORM__FITS_ENUM = 1 << CORM_KIND_ENUM,
    CORM__FITS_CUSTOM = 1 << CORM_KIND_CUSTOM,
    CORM__FITS_NUMBERS = 1 << 26,  /* an INTEGER column and a REAL one */
    CORM__FITS_TO_COMPUTE = 1 << 27, /* an INTEGER column and a double: not to be compared */
    CORM__FITS_WHOLE = CORM__FITS_INTEGER | CORM__FITS_REAL | CORM__FITS_DECIMAL | CORM__FITS_ENUM,
    CORM__IS_INTEGER = CORM__FITS_INTEGER | CORM__FITS_NUMBERS | CORM__FITS_TO_COMPUTE,
    CORM__IS_REAL = CORM__FITS_REAL | CORM__FITS_NUMBERS,
    CORM__ANY_KIND = (1 << CORM_KIND_COUNT) - 1
};
/* The bits of an OPTIONAL: those of its value, so much higher. */
#define CORM__FITS_OPTIONAL(fits_) ((fits_) << CORM_KIND_COUNT)
#define CORM__FITS_BESIDE(fits_) ((fits_) >> CORM_KIND_COUNT & CORM__ANY_KIND)

#define CORM__TYPES(name_, result_)                                                                \
    corm_##name_##_column: result_, corm_##name_##_expression: result_, corm_##name_##_variable: result_
#define CORM__FITS(operand_)                                                                       \
    _Generic((operand_),                                                                           \
        int: CORM__FITS_WHOLE | CORM__FITS_BOOLEAN, bool: CORM__FITS_WHOLE | CORM__FITS_BOOLEAN,   \
        char: CORM__FITS_WHOLE, signed char: CORM__FITS_WHOLE, unsigned char: CORM__FITS_WHOLE,    \
        short: CORM__FITS_WHOLE, unsigned short: CORM__FITS_WHOLE, unsigned: CORM__FITS_WHOLE,     \
        long: CORM__FITS_WHOLE, unsigned long: CORM__FITS_WHOLE, long long: CORM__FITS_WHOLE,      \
        unsigned long long: CORM__FITS_WHOLE,                                                      \
        float: CORM__FITS_REAL | CORM__FITS_TO_COMPUTE, double: CORM__FITS_REAL | CORM__FITS_TO_COMPUTE, \
        char *: CORM__FITS_TEXT | CORM__FITS_JSON, const char *: CORM__FITS_TEXT | CORM__FITS_JSON, \
        corm_blob: CORM__FITS_BLOB, corm_date: CORM__FITS_DATE, corm_datetime: CORM__FITS_DATETIME, \
        corm_time: CORM__FITS_TIME, corm_decimal: CORM__FITS_DECIMAL, corm_uuid: CORM__FITS_UUID,  \
        corm_custom_value: CORM__FITS_CUSTOM, corm_condition: CORM__FITS_BOOLEAN,                  \
        CORM__TYPES(integer, CORM__IS_INTEGER), CORM__TYPES(real, CORM__IS_REAL),                  \
        CORM__TYPES(boolean, CORM__FITS_BOOLEAN), CORM__TYPES(text, CORM__FITS_TEXT),              \
        CORM__TYPES(blob, CORM__FITS_BLOB), CORM__TYPES(date, CORM__FITS_DATE),                    \
        CORM__TYPES(datetime, CORM__FITS_DATETIME), CORM__TYPES(time, CORM__FITS_TIME),            \
        CORM__TYPES(decimal, CORM__FITS_DECIMAL), CORM__TYPES(uuid, CORM__FITS_UUID),              \
        CORM__TYPES(json, CORM__FITS_JSON), CORM__TYPES(enum, CORM__FITS_ENUM),                    \
        CORM__TYPES(custom, CORM__FITS_CUSTOM),                                                    \
        corm_optional_integer: CORM__FITS_OPTIONAL(CORM__FITS_WHOLE | CORM__FITS_BOOLEAN),         \
        corm_optional_real: CORM__FITS_OPTIONAL(CORM__FITS_REAL),                                  \
        corm_optional_date: CORM__FITS_OPTIONAL(CORM__FITS_DATE),                                  \
        corm_optional_datetime: CORM__FITS_OPTIONAL(CORM__FITS_DATETIME),                          \
        corm_optional_time: CORM__FITS_OPTIONAL(CORM__FITS_TIME),                                  \
        corm_optional_decimal: CORM__FITS_OPTIONAL(CORM__FITS_DECIMAL),                            \
        corm_optional_uuid: CORM__FITS_OPTIONAL(CORM__FITS_UUID), default: 0)

/* Whether a column takes the value: it is of its kind, an OPTIONAL of it, or an INTEGER that becomes a REAL. */
#define CORM__FITS_INTO(column_, value_)                                                           \
    ((CORM__FITS(column_) & CORM__FITS(value_) & CORM__ANY_KIND) ||                                \
     (CORM__FITS(column_) & CORM__FITS_BESIDE(CORM__FITS(value_))) ||                              \
     ((CORM__FITS(column_) & CORM__FITS_REAL) && (CORM__FITS(value_) & CORM__FITS_NUMBERS)))

/* The operand as nodes: by its type alone, and for one of the type of the first. What is none is refused by
 * a check. */
#define CORM__OPERAND(operand_) CORM__OPERAND_LIKE(operand_, operand_)
#define CORM__OPERAND_LIKE(typed_, operand_)                                                       \
    _Generic((typed_), bool: corm_operand_boolean,                                               \
        char: corm_operand_integer, signed char: corm_operand_integer,                             \
        unsigned char: corm_operand_integer, short: corm_operand_integer,                          \
        unsigned short: corm_operand_integer, int: corm_operand_integer,                           \
        unsigned: corm_operand_integer, long: corm_operand_integer,                                \
        unsigned long: corm_operand_unsigned, long long: corm_operand_integer,                     \
        unsigned long long: corm_operand_unsigned,                                                 \
        float: corm_operand_real, double: corm_operand_real,                                       \
        char *: corm_operand_text, const char *: corm_operand_text,                                \
        corm_blob: corm_operand_blob, corm_date: corm_operand_date,                                \
        corm_datetime: corm_operand_datetime, corm_time: corm_operand_time,                        \
        corm_decimal: corm_operand_decimal, corm_uuid: corm_operand_uuid,                          \
        corm_custom_value: corm_operand_custom, corm_condition: corm__of_condition,                \
        CORM__OF(integer), CORM__OF(real), CORM__OF(boolean), CORM__OF(text), CORM__OF(blob),      \
        CORM__OF(date), CORM__OF(datetime), CORM__OF(time), CORM__OF(decimal), CORM__OF(uuid),     \
        CORM__OF(json), CORM__OF(enum), CORM__OF(custom),                                          \
        corm_optional_integer: corm__of_optional_integer,                                          \
        corm_optional_real: corm__of_optional_real,                                                \
        corm_optional_date: corm__of_optional_date,                                                \
        corm_optional_datetime: corm__of_optional_datetime,                                        \
        corm_optional_time: corm__of_optional_time,                                                \
        corm_optional_decimal: corm__of_optional_decimal,                                          \
        corm_optional_uuid: corm__of_optional_uuid, default: corm__of_condition)(operand_)
#define CORM__OF(name_)                                                                            \
    corm_##name_##_column: corm__of_##name_##_column,                                              \
    corm_##name_##_expression: corm__of_##name_##_expression,                                      \
    corm_##name_##_variable: corm__of_##name_##_variable

/* 0, if the condition holds; else the compiler says the sentence, or only that the check failed where
 * it has no statement expressions. */
#if defined(__GNUC__) && !defined(CORM_NO_EXTENSIONS)
#define CORM__CHECK(condition_, sentence_)                                                         \
    __extension__({ _Static_assert(_Generic((char (*)[1 + !!(condition_)])0, char (*)[2]: 1, default: 0), sentence_); 0; })
#else
#define CORM__CHECK(condition_, sentence_) (0 * (int)sizeof(char[(condition_) ? 1 : -1]))
#endif

/* CORM__LET2(<body>, <a>, <b>, <data>) is <body>(<a>, <b>, <data>), which looks at the type of each operand and
 * at its value: in C the operand stands there several times, of which one is evaluated, so that an
 * expression in an expression in an expression becomes long; C++ gives each a name. A statement
 * expression could, too, but literals in the operands would live no longer than it:
 * corm_in(User_.id, ((int64_t[]){1, 2}), 2) is to hold until the query has run. */
#define CORM__LET1(body_, a_, ...) body_(a_, __VA_ARGS__)
#define CORM__LET2(body_, a_, b_, ...) body_(a_, b_, __VA_ARGS__)
#define CORM__LET3(body_, a_, b_, c_, ...) body_(a_, b_, c_, __VA_ARGS__)

/* CORM__LOOK2(<body>, <a>, <b>, <data>) is <body>(<a>, <b>, <what a fits>, <what b fits>, <data>) where
 * <body> asks for types alone, and is not evaluated. Where there are statement expressions each operand
 * stands there once. Names are numbered: there may be another such expression in each operand. */
#if defined(__GNUC__) && defined(__COUNTER__) && !defined(CORM_NO_EXTENSIONS)
#define CORM__LOOK1(body_, a_, ...) CORM__LOOK1_(__COUNTER__, body_, a_, __VA_ARGS__)
#define CORM__LOOK2(body_, a_, b_, ...) CORM__LOOK2_(__COUNTER__, body_, a_, b_, __VA_ARGS__)
#define CORM__LOOK3(body_, a_, b_, c_, ...) CORM__LOOK3_(__COUNTER__, body_, a_, b_, c_, __VA_ARGS__)
#define CORM__LOOK1_(n_, body_, a_, ...) CORM__LOOK1__(n_, body_, a_, __VA_ARGS__)
#define CORM__LOOK2_(n_, body_, a_, b_, ...) CORM__LOOK2__(n_, body_, a_, b_, __VA_ARGS__)
#define CORM__LOOK3_(n_, body_, a_, b_, c_, ...) CORM__LOOK3__(n_, body_, a_, b_, c_, __VA_ARGS__)
#define CORM__LOOK1__(n_, body_, a_, ...)                                                          \
    __extension__({ CORM__TYPED(a_, corm__a##n_, corm__f##n_)                                      \
                    body_(*corm__a##n_, corm__f##n_, __VA_ARGS__); })
#define CORM__LOOK2__(n_, body_, a_, b_, ...)                                                      \
    __extension__({ CORM__TYPED(a_, corm__a##n_, corm__f##n_) CORM__TYPED(b_, corm__b##n_, corm__g##n_) \
                    body_(*corm__a##n_, *corm__b##n_, corm__f##n_, corm__g##n_, __VA_ARGS__); })
#define CORM__LOOK3__(n_, body_, a_, b_, c_, ...)                                                  \
    __extension__({ CORM__TYPED(a_, corm__a##n_, corm__f##n_) CORM__TYPED(b_, corm__b##n_, corm__g##n_) \
                    CORM__TYPED(c_, corm__c##n_, corm__h##n_)                                      \
                    body_(*corm__a##n_, *corm__b##n_, *corm__c##n_, corm__f##n_, corm__g##n_, corm__h##n_, \
                          __VA_ARGS__); })
#define CORM__TYPED(a_, name_, fits_)                                                              \
    __typeof__((void)0, (a_)) *name_ = NULL; enum { fits_ = CORM__FITS(*name_) };
#else
#define CORM__LOOK1(body_, a_, ...) body_(a_, CORM__FITS(a_), __VA_ARGS__)
#define CORM__LOOK2(body_, a_, b_, ...) body_(a_, b_, CORM__FITS(a_), CORM__FITS(b_), __VA_ARGS__)
#define CORM__LOOK3(body_, a_, b_, c_, ...)                                                        \
    body_(a_, b_, c_, CORM__FITS(a_), CORM__FITS(b_), CORM__FITS(c_), __VA_ARGS__)
#endif

/* An operand as nodes, if its type is one of those. */
#define CORM__TAKEN(a_, fits_, sentence_)                                                          \
    CORM__OPERAND_LIKE(CORM__LOOK1(CORM__TAKEN_IF, a_, fits_, sentence_), a_)
#define CORM__TAKEN_IF(a_, is_, fits_, sentence_) ((void)CORM__CHECK(((is_) & (fits_)) != 0, sentence_), (a_))
/* The same, if it goes with another. */
#define CORM__TAKEN_WITH(a_, b_, fits_, sentence_)                                                 \
    CORM__OPERAND_LIKE(CORM__LOOK2(CORM__TAKEN_WITH_IF, a_, b_, fits_, sentence_), a_)
#define CORM__TAKEN_WITH_IF(a_, b_, a_is_, b_is_, fits_, sentence_)                                \
    ((void)CORM__CHECK(((a_is_) & (b_is_) & (fits_)) != 0, sentence_), (a_))

/* What C writes as a literal, and C++ in its own way: an array; its end; a zero value; a query, which takes
 * a model and keyword arguments; the address of one, which lives as long as the block around it. */
#define CORM__LIST(type_, ...) (const type_[]){__VA_ARGS__}
#define CORM__END(type_) {.count = UINT16_MAX}
#define CORM__NONE(type_) (type_){.count = 0}
#define CORM__MADE(type_, member_, model_, ...) ((type_){.member_ = model_, __VA_ARGS__})
#define CORM__AT(type_, member_, model_, ...) (&(const type_){.member_ = model_, __VA_ARGS__})
#define CORM__PARTS(...) (const corm_condition[]){__VA_ARGS__}

/* ---- Comparisons ----------------------------------------------------------------------------- */

#define CORM__COMPARE(operator_, text_, a_, b_) CORM__LET2(CORM__COMPARISON, a_, b_, operator_, text_)
#define CORM__COMPARISON(a_, b_, operator_, text_)                                                 \
    corm_expression_of(operator_, CORM_KIND_BOOLEAN, 0, NULL,                                      \
        CORM__PARTS(CORM__COMPARED(a_, b_, text_), CORM__OPERAND(b_)), 2)
#define CORM__COMPARED(a_, b_, text_)                                                              \
    CORM__OPERAND_LIKE(CORM__LOOK2(CORM__COMPARED_IF, a_, b_, text_ CORM__OTHER_TYPE "is asked for by corm_is_null)"), a_)
#define CORM__COMPARED_IF(a_, b_, a_is_, b_is_, sentence_)                                         \
    ((void)CORM__CHECK(((a_is_) & (((b_is_) & (CORM__ANY_KIND | CORM__FITS_NUMBERS)) |             \
                                   CORM__FITS_BESIDE(b_is_))) != 0, sentence_), (a_))
#define CORM__OTHER_TYPE                                                                           \
    ": the value is of another type than the column (DATE wants corm_date_of(...), DECIMAL "       \
    "corm_decimal_of(...), ENUM an enumerator; NULL "

/* Comparisons of a column or an expression with a value or another: corm_eq(User_.age, 18),
 * corm_gt(Post_.likes, Post_.views). The value may be an OPTIONAL member. One that is absent, and a NULL
 * text, are NULL, with which comparing finds nothing, as in SQL: use corm_is_null, corm_same. A value that the column could not hold (an impossible date, a number that
 * is no enumerator, a decimal with too many digits) is reported when the query runs. What is compared,
 * and sorted by, is what the table holds: numbers, dates, times and UUIDs in their own order; ENUM and
 * JSON as text, so "blue" comes before "red" whatever the enumerators' numbers are; a kind of your own
 * by its stored form. */
#define corm_eq(a_, b_) CORM__COMPARE(CORM__EQ, "corm_eq(" #a_ ", " #b_ ")", a_, b_)
#define corm_ne(a_, b_) CORM__COMPARE(CORM__NE, "corm_ne(" #a_ ", " #b_ ")", a_, b_)
#define corm_lt(a_, b_) CORM__COMPARE(CORM__LT, "corm_lt(" #a_ ", " #b_ ")", a_, b_)
#define corm_le(a_, b_) CORM__COMPARE(CORM__LE, "corm_le(" #a_ ", " #b_ ")", a_, b_)
#define corm_gt(a_, b_) CORM__COMPARE(CORM__GT, "corm_gt(" #a_ ", " #b_ ")", a_, b_)
#define corm_ge(a_, b_) CORM__COMPARE(CORM__GE, "corm_ge(" #a_ ", " #b_ ")", a_, b_)

/* Equal, or both NULL; not so: IS NOT DISTINCT FROM, IS DISTINCT FROM. */
#define corm_same(a_, b_) CORM__COMPARE(CORM__SAME, "corm_same(" #a_ ", " #b_ ")", a_, b_)
#define corm_differ(a_, b_) CORM__COMPARE(CORM__DIFFER, "corm_differ(" #a_ ", " #b_ ")", a_, b_)

/* low <= a <= high: whatever corm_ge and corm_le take, of which the bounds go with each other too. */
#define corm_between(a_, low_, high_)                                                              \
    CORM__LET3(CORM__RANGE, a_, low_, high_, "corm_between(" #a_ ", " #low_ ", " #high_ ")")
#define CORM__RANGE(a_, low_, high_, text_)                                                        \
    corm_expression_of(CORM__BETWEEN, CORM_KIND_BOOLEAN, 0, NULL,                                  \
        CORM__PARTS(CORM__OPERAND_LIKE(CORM__LOOK3(CORM__IN_RANGE, a_, low_, high_, text_), a_),   \
                    CORM__OPERAND(low_), CORM__OPERAND(high_)), 3)
#define CORM__IN_RANGE(a_, low_, high_, a_is_, low_is_, high_is_, text_)                           \
    ((void)CORM__CHECK(((a_is_) & (low_is_) & ~CORM__FITS_TO_COMPUTE) != 0 &&                      \
                           ((a_is_) & (high_is_) & ~CORM__FITS_TO_COMPUTE) != 0 && ((low_is_) & (high_is_)) != 0, \
                       text_ CORM__OTHER_TYPE "is asked for by corm_is_null)"), (a_))

#define CORM__TEXTS(operator_, how_, text_, a_, b_)                                                \
    CORM__LET2(CORM__TEXT_IN_TEXT, a_, b_, operator_, how_, text_)
#define CORM__TEXT_IN_TEXT(a_, b_, operator_, how_, text_)                                         \
    corm_expression_of(operator_, CORM_KIND_BOOLEAN, how_, NULL,                                   \
        CORM__PARTS(CORM__COMPARED_TEXT(a_, text_), CORM__COMPARED_TEXT(b_, text_)), 2)
#define CORM__COMPARED_TEXT(a_, text_)                                                             \
    CORM__TAKEN(a_, CORM__FITS_TEXT, text_ ": it compares a TEXT column with a string")

/* % stands for any characters, _ for one; SQLite ignores the case of ASCII letters. For a text that
 * comes from elsewhere there are the four below, in which nothing but itself stands for anything. */
#define corm_like(a_, pattern_)                                                                    \
    CORM__TEXTS(CORM__LIKE, 0, "corm_like(" #a_ ", " #pattern_ ")", a_, pattern_)
/* `escape_`, a text of one character, takes its meaning from a % or _ that it stands before. */
#define corm_like_escaped(a_, pattern_, escape_)                                                   \
    CORM__LET3(CORM__ESCAPED, a_, pattern_, escape_,                                               \
               "corm_like_escaped(" #a_ ", " #pattern_ ", " #escape_ ")")
#define CORM__ESCAPED(a_, pattern_, escape_, text_)                                                \
    corm_expression_of(CORM__LIKE, CORM_KIND_BOOLEAN, 0, NULL,                                     \
        CORM__PARTS(CORM__COMPARED_TEXT(a_, text_), CORM__COMPARED_TEXT(pattern_, text_),          \
                    CORM__COMPARED_TEXT(escape_, text_)), 3)
/* The text stands in it, at its beginning, at its end: whatever characters it has. Upper and lower case
 * as in corm_like. The text is a value, not a column. */
#define corm_has_text(a_, text_)                                                                   \
    CORM__TEXTS(CORM__HOLDS, CORM__HOLDS_WITHIN, "corm_has_text(" #a_ ", " #text_ ")", a_, text_)
#define corm_starts_with(a_, text_)                                                                \
    CORM__TEXTS(CORM__HOLDS, CORM__HOLDS_FIRST, "corm_starts_with(" #a_ ", " #text_ ")", a_, text_)
#define corm_ends_with(a_, text_)                                                                  \
    CORM__TEXTS(CORM__HOLDS, CORM__HOLDS_LAST, "corm_ends_with(" #a_ ", " #text_ ")", a_, text_)
/* *, ? and [a-z], upper and lower case told apart: SQLite's GLOB. */
#define corm_glob(a_, pattern_)                                                                    \
    CORM__TEXTS(CORM__GLOB, 0, "corm_glob(" #a_ ", " #pattern_ ")", a_, pattern_)

/* The value is one of `count_` elements of an array (int64_t, double, const char *, int for an ENUM, else
 * the column's own type; not for BOOLEAN, BLOB, JSON, CUSTOM), however many; the array is borrowed until
 * the query has run. No element: no row. */
#define corm_in(a_, items_, count_)                                                                \
    CORM__LET3(CORM__IN_LIST, a_, items_, count_, "corm_in(" #a_ ", " #items_ ", ...)")
#define CORM__IN_LIST(a_, items_, count_, text_)                                                   \
    corm_expression_of(CORM__IN, CORM_KIND_BOOLEAN +                                               \
        CORM__CHECK(CORM__FITS(a_) & CORM__FITS_LIST(items_),                                      \
                    text_ ": the array is of another type than the column (INTEGER wants "         \
                          "int64_t[], REAL double[], TEXT const char *[])"),                       \
        0, NULL, CORM__PARTS(CORM__OPERAND(a_),                                                    \
        corm_operand_list(CORM__LIST_KIND(items_), (items_), (size_t)(count_))), 2)
#define CORM__LISTS(type_, result_) type_ *: result_, const type_ *: result_
#define CORM__FITS_LIST(items_)                                                                    \
    _Generic((items_), CORM__LISTS(int64_t, CORM__FITS_INTEGER), CORM__LISTS(double, CORM__FITS_REAL), \
        char **: CORM__FITS_TEXT, const char **: CORM__FITS_TEXT,                                  \
        const char *const *: CORM__FITS_TEXT, char *const *: CORM__FITS_TEXT,                      \
        CORM__LISTS(corm_date, CORM__FITS_DATE), CORM__LISTS(corm_datetime, CORM__FITS_DATETIME),  \
        CORM__LISTS(corm_time, CORM__FITS_TIME), CORM__LISTS(corm_decimal, CORM__FITS_DECIMAL),    \
        CORM__LISTS(corm_uuid, CORM__FITS_UUID), CORM__LISTS(int, CORM__FITS_ENUM),                \
        CORM__LISTS(unsigned, CORM__FITS_ENUM), default: 0)
#define CORM__LIST_KIND(items_)                                                                    \
    _Generic((items_), CORM__LISTS(int64_t, CORM_KIND_INTEGER), CORM__LISTS(double, CORM_KIND_REAL), \
        CORM__LISTS(corm_date, CORM_KIND_DATE), CORM__LISTS(corm_datetime, CORM_KIND_DATETIME),    \
        CORM__LISTS(corm_time, CORM_KIND_TIME), CORM__LISTS(corm_decimal, CORM_KIND_DECIMAL),      \
        CORM__LISTS(corm_uuid, CORM_KIND_UUID), CORM__LISTS(int, CORM_KIND_ENUM),                  \
        CORM__LISTS(unsigned, CORM_KIND_ENUM), default: CORM_KIND_TEXT)

#define corm_is_null(a_) CORM__IF_NULL(CORM__IS_NULL, "corm_is_null(" #a_ ")", a_)
#define corm_is_not_null(a_) CORM__IF_NULL(CORM__IS_NOT_NULL, "corm_is_not_null(" #a_ ")", a_)
#define CORM__IF_NULL(operator_, text_, a_) CORM__LET1(CORM__NULLITY, a_, operator_, text_)
#define CORM__NULLITY(a_, operator_, text_)                                                        \
    corm_expression_of(operator_, CORM_KIND_BOOLEAN +                                              \
        CORM__CHECK(CORM__FITS(a_) != 0, text_ ": it asks for a column or an expression"),         \
        0, NULL, CORM__PARTS(CORM__OPERAND(a_)), 1)

/* What is related to an object, without loading it: the posts of `user` are
 * corm_all(session, Post, .where = corm_related_to(User_.posts, user)). The object is borrowed until
 * the query has run. */
#define corm_related_to(relationship_, object_)                                                    \
    corm_condition_related((relationship_), (object_))

/* All of, any of, none of several conditions; conditions that are zero are left out. */
#define corm_and(...)                                                                              \
    corm_condition_join(CORM__AND, CORM__PARTS(__VA_ARGS__, CORM__END(corm_condition)))
#define corm_or(...)                                                                               \
    corm_condition_join(CORM__OR, CORM__PARTS(__VA_ARGS__, CORM__END(corm_condition)))
#define corm_not(...)                                                                              \
    corm_condition_join(CORM__NOT, CORM__PARTS(__VA_ARGS__, CORM__END(corm_condition)))

/* clang-format on */

#endif /* CORM__CONDITION_H */

/* ---- src/expression.h ------------------------------------------------------------------------ */

/* expression.h: values that SQL computes.
 *
 * Owns: arithmetic, functions of texts, dates and JSON, CASE, CAST, aggregates and windows, as typed
 * expressions that stand wherever a column may.
 * Must not know: SQL text, sessions, rows. */
#ifndef CORM__EXPRESSION_H
#define CORM__EXPRESSION_H

#ifdef CORM_LINES
#line 12 "src/expression.h"
#endif
/* clang-format off */

/* An expression in an expression makes what the compiler reads twice as long, and three times in
 * arithmetic and where both operands tell the kind (not in C++; without statement expressions three to
 * six times): where there would be more than five, give the inner ones names:
 *   corm_text_expression name = corm_concat(Person_.first, corm_concat(" ", Person_.last)); */

/* ---- Of which kind the result is ------------------------------------------------------------- */

/* A function of one kind whatever it is given. */
#define CORM__COMPUTED(name_, kind_, function_, count_, ...)                                       \
    corm__as_##name_(corm_expression_of(CORM__FUNCTION, CORM_KIND_##kind_, function_, NULL,        \
                                        CORM__PARTS(__VA_ARGS__), count_))
#define CORM__WANTED(fits_, text_, wanted_, a_) CORM__TAKEN(a_, fits_, text_ ": it takes " wanted_)

/* The nodes as an expression of the operand's own kind. */
#define CORM__LIKE_IT(a_, nodes_) _Generic((a_), CORM__BY_TYPE(corm__as, corm__as_custom))(nodes_)
#define CORM__BY_TYPE(do_, custom_)                                                                \
    CORM__TYPES(integer, do_##_integer), CORM__TYPES(real, do_##_real),                            \
    CORM__TYPES(boolean, do_##_boolean), CORM__TYPES(text, do_##_text),                            \
    CORM__TYPES(blob, do_##_blob), CORM__TYPES(date, do_##_date),                                  \
    CORM__TYPES(datetime, do_##_datetime), CORM__TYPES(time, do_##_time),                          \
    CORM__TYPES(decimal, do_##_decimal), CORM__TYPES(uuid, do_##_uuid),                            \
    CORM__TYPES(json, do_##_json), CORM__TYPES(enum, do_##_enum), CORM__TYPES(custom, custom_),    \
    float: do_##_real, double: do_##_real, char *: do_##_text, const char *: do_##_text,           \
    bool: do_##_boolean, corm_condition: do_##_boolean, corm_blob: do_##_blob,                     \
    corm_date: do_##_date, corm_datetime: do_##_datetime, corm_time: do_##_time,                   \
    corm_decimal: do_##_decimal, corm_uuid: do_##_uuid, corm_custom_value: custom_,                \
    default: do_##_integer
/* Of the kind of the first, or of the second where the first is a number of C: that is of any kind. */
#define CORM__LIKE_EITHER(a_, b_, text_, nodes_)                                                   \
    _Generic(CORM__LOOK2(CORM__EITHER, a_, b_, text_), CORM__BY_TYPE(corm__as, corm__as_custom))(nodes_)
#define CORM__EITHER(a_, b_, a_is_, b_is_, text_)                                                  \
    ((void)CORM__CHECK_ALIKE(a_is_, b_is_, text_),                                                 \
     _Generic((char (*)[1 + _Generic((a_), bool: 1, char: 1, signed char: 1, unsigned char: 1, short: 1, \
                  unsigned short: 1, int: 1, unsigned: 1, long: 1, unsigned long: 1, long long: 1, \
                  unsigned long long: 1, default: 0)])0, char (*)[2]: (b_), default: (a_)))
#define CORM__CHECK_ALIKE(a_is_, b_is_, text_)                                                     \
    CORM__CHECK((a_is_) & (b_is_) & (CORM__ANY_KIND | CORM__FITS_NUMBERS), text_)
/* The kind that corm_expression_of takes from the parts, in the same way. */
#define CORM__SAME_KIND CORM_KIND_COUNT

/* A number of C that stands for the kind in arithmetic: the compiler's own rules tell what the sum of
 * two is. */
#define CORM__NUMBER(a_)                                                                           \
    _Generic((a_), CORM__TYPES(real, 0.0), float: 0.0, double: 0.0, CORM__TYPES(decimal, 0.0L),    \
        corm_decimal: 0.0L, default: (int64_t)0)
#define CORM__LIKE_SUM(a_, b_, operator_, text_, nodes_)                                           \
    _Generic(CORM__LOOK2(CORM__TOGETHER, a_, b_, operator_, text_), double: corm__as_real,         \
        long double: corm__as_decimal, default: corm__as_integer)(nodes_)
#define CORM__TOGETHER(a_, b_, a_is_, b_is_, operator_, text_)                                     \
    (CORM__CHECK_SUM(a_is_, b_is_, operator_, text_) + CORM__NUMBER(a_) + CORM__NUMBER(b_))
#define CORM__CHECK_SUM(a_is_, b_is_, operator_, text_)                                            \
    CORM__CHECK(((a_is_) & (b_is_) & (CORM__IS_INTEGER | CORM__IS_REAL | CORM__FITS_DECIMAL)) ||   \
                    CORM__SCALES(operator_, a_is_, b_is_),                                         \
        text_ ": it computes with two numbers that fit: INTEGER and REAL, or DECIMAL and a whole " \
        "number or another DECIMAL")
#define CORM__ARITHMETIC(operator_, text_, a_, b_) CORM__LET2(CORM__SUM, a_, b_, operator_, text_)
#define CORM__SUM(a_, b_, operator_, text_)                                                        \
    CORM__LIKE_SUM(a_, b_, operator_, text_, corm_expression_of(operator_, CORM__SAME_KIND, 0, NULL, \
        CORM__PARTS(CORM__OPERAND(a_), CORM__OPERAND(b_)), 2))

/* A DECIMAL times or divided by an INTEGER, or an INTEGER times a DECIMAL. */
#define CORM__SCALES(operator_, a_is_, b_is_)                                                      \
    (((operator_) == CORM__TIMES || (operator_) == CORM__DIVIDED) &&                               \
     ((((a_is_) & CORM__FITS_DECIMAL) && ((b_is_) & CORM__FITS_INTEGER)) ||                        \
      ((operator_) == CORM__TIMES && ((a_is_) & CORM__FITS_INTEGER) && ((b_is_) & CORM__FITS_DECIMAL))))

/* ---- Arithmetic ------------------------------------------------------------------------------ */

/* INTEGER with INTEGER is INTEGER, also divided; with REAL it is REAL. DECIMALs are added and
 * subtracted if they have the same digits behind the point, and multiplied by whole numbers. What does
 * not fit 64 bits becomes a REAL in SQLite, and is refused where it is read; a division by zero is NULL. */
#define corm_plus(a_, b_) CORM__ARITHMETIC(CORM__PLUS, "corm_plus(" #a_ ", " #b_ ")", a_, b_)
#define corm_minus(a_, b_) CORM__ARITHMETIC(CORM__MINUS, "corm_minus(" #a_ ", " #b_ ")", a_, b_)
#define corm_times(a_, b_) CORM__ARITHMETIC(CORM__TIMES, "corm_times(" #a_ ", " #b_ ")", a_, b_)
#define corm_divided(a_, b_) CORM__ARITHMETIC(CORM__DIVIDED, "corm_divided(" #a_ ", " #b_ ")", a_, b_)
#define corm_modulo(a_, b_) CORM__LET2(CORM__REMAINDER, a_, b_, "corm_modulo(" #a_ ", " #b_ ")")
#define CORM__REMAINDER(a_, b_, text_)                                                             \
    corm__as_integer(corm_expression_of(CORM__MODULO, CORM_KIND_INTEGER, 0, NULL,                  \
        CORM__PARTS(CORM__TAKEN(a_, CORM__FITS_INTEGER, text_ ": it takes two integers"),          \
                    CORM__TAKEN(b_, CORM__FITS_INTEGER, text_ ": it takes two integers")), 2))
#define corm_negative(a_) CORM__OF_NUMBER(CORM__NEGATIVE, 0, "corm_negative(" #a_ ")", a_)
#define corm_abs(a_) CORM__OF_NUMBER(CORM__FUNCTION, CORM_FUNCTION_ABS, "corm_abs(" #a_ ")", a_)
#define CORM__OF_NUMBER(operator_, function_, text_, a_)                                           \
    CORM__LET1(CORM__NUMBER_ALIKE, a_, operator_, function_, text_)
#define CORM__NUMBER_ALIKE(a_, operator_, function_, text_)                                        \
    CORM__LIKE_IT(a_, corm_expression_of(operator_, CORM__SAME_KIND, function_, NULL,              \
        CORM__PARTS(CORM__WANTED(CORM__IS_INTEGER | CORM__IS_REAL | CORM__FITS_DECIMAL, text_,     \
                                 "a number", a_)), 1))
/* To so many digits behind the point; REAL. */
#define corm_round(a_, digits_)                                                                    \
    CORM__LET2(CORM__ROUNDED, a_, digits_, "corm_round(" #a_ ", " #digits_ ")")
#define CORM__ROUNDED(a_, digits_, text_)                                                          \
    CORM__COMPUTED(real, REAL, CORM_FUNCTION_ROUND, 2,                                             \
        CORM__WANTED(CORM__IS_INTEGER | CORM__IS_REAL, text_, "an INTEGER or REAL", a_),           \
        corm_operand_integer(digits_))

/* ---- Texts ----------------------------------------------------------------------------------- */

/* Functions of so many operands, which are of the wanted types: `texts_` say it. */
#define CORM__GIVEN1(name_, kind_, function_, fits_, wanted_, text_, a_)                           \
    CORM__LET1(CORM__GIVEN1_, a_, name_, kind_, function_, fits_, wanted_, text_)
#define CORM__GIVEN1_(a_, name_, kind_, function_, fits_, wanted_, text_)                          \
    CORM__COMPUTED(name_, kind_, function_, 1, CORM__WANTED(fits_, text_, wanted_, a_))
#define CORM__GIVEN2(name_, kind_, function_, fits_, wanted_, text_, a_, b_fits_, b_wanted_, b_text_, b_) \
    CORM__LET2(CORM__GIVEN2_, a_, b_, name_, kind_, function_, fits_, wanted_, text_, b_fits_,     \
               b_wanted_, b_text_)
#define CORM__GIVEN2_(a_, b_, name_, kind_, function_, fits_, wanted_, text_, b_fits_, b_wanted_, b_text_) \
    CORM__COMPUTED(name_, kind_, function_, 2, CORM__WANTED(fits_, text_, wanted_, a_),            \
                   CORM__WANTED(b_fits_, b_text_, b_wanted_, b_))

#define CORM__OF_TEXT(function_, text_, a_)                                                        \
    CORM__GIVEN1(text, TEXT, function_, CORM__FITS_TEXT, "a text", text_, a_)
/* SQLite knows upper and lower case of ASCII letters only. */
#define corm_lower(a_) CORM__OF_TEXT(CORM_FUNCTION_LOWER, "corm_lower(" #a_ ")", a_)
#define corm_upper(a_) CORM__OF_TEXT(CORM_FUNCTION_UPPER, "corm_upper(" #a_ ")", a_)
#define corm_trim(a_) CORM__OF_TEXT(CORM_FUNCTION_TRIM, "corm_trim(" #a_ ")", a_)
#define corm_trim_left(a_) CORM__OF_TEXT(CORM_FUNCTION_TRIM_LEFT, "corm_trim_left(" #a_ ")", a_)
#define corm_trim_right(a_) CORM__OF_TEXT(CORM_FUNCTION_TRIM_RIGHT, "corm_trim_right(" #a_ ")", a_)
/* In characters; of a BLOB in bytes. */
#define corm_length(a_)                                                                            \
    CORM__GIVEN1(integer, INTEGER, CORM_FUNCTION_LENGTH, CORM__FITS_TEXT | CORM__FITS_BLOB,        \
                 "a text or a blob", "corm_length(" #a_ ")", a_)
/* `count_` characters from the one at `first_` on, which is 1 for the first. */
#define corm_substring(a_, first_, count_)                                                         \
    CORM__LET3(CORM__SUBSTRING, a_, first_, count_, "corm_substring(" #a_ ", ...)",                \
               "corm_substring(..., " #first_ ", ...)", "corm_substring(..., " #count_ ")")
#define CORM__SUBSTRING(a_, first_, count_, text_, first_text_, count_text_)                       \
    CORM__COMPUTED(text, TEXT, CORM_FUNCTION_SUBSTRING, 3,                                         \
        CORM__WANTED(CORM__FITS_TEXT, text_, "a text", a_),                                        \
        CORM__WANTED(CORM__FITS_INTEGER, first_text_, "an integer", first_),                       \
        CORM__WANTED(CORM__FITS_INTEGER, count_text_, "an integer", count_))
/* Every `from_` in it becomes `to_`. */
#define corm_replace(a_, from_, to_)                                                               \
    CORM__LET3(CORM__REPLACED, a_, from_, to_, "corm_replace(" #a_ ", ...)",                       \
               "corm_replace(..., " #from_ ", ...)", "corm_replace(..., " #to_ ")")
#define CORM__REPLACED(a_, from_, to_, text_, from_text_, to_text_)                                \
    CORM__COMPUTED(text, TEXT, CORM_FUNCTION_REPLACE, 3,                                           \
        CORM__WANTED(CORM__FITS_TEXT, text_, "a text", a_),                                        \
        CORM__WANTED(CORM__FITS_TEXT, from_text_, "a text", from_),                                \
        CORM__WANTED(CORM__FITS_TEXT, to_text_, "a text", to_))
/* Where it stands in it, from 1 on; 0: nowhere. */
#define corm_position(a_, text_)                                                                   \
    CORM__GIVEN2(integer, INTEGER, CORM_FUNCTION_POSITION,                                         \
                 CORM__FITS_TEXT, "a text", "corm_position(" #a_ ", ...)", a_,                     \
                 CORM__FITS_TEXT, "a text", "corm_position(..., " #text_ ")", text_)
/* One text behind the other; NULL if one of them is. */
#define corm_concat(a_, b_)                                                                        \
    CORM__GIVEN2(text, TEXT, CORM_FUNCTION_CONCAT,                                                 \
                 CORM__FITS_TEXT, "a text", "corm_concat(" #a_ ", ...)", a_,                       \
                 CORM__FITS_TEXT, "a text", "corm_concat(..., " #b_ ")", b_)

/* ---- NULL, CASE, CAST ------------------------------------------------------------------------ */

#define CORM__TWO_ALIKE(function_, text_, a_, b_) CORM__LET2(CORM__ALIKE, a_, b_, function_, text_)
#define CORM__ALIKE(a_, b_, function_, text_)                                                      \
    CORM__LIKE_EITHER(a_, b_, text_ ": the two are of different types",                            \
        corm_expression_of(CORM__FUNCTION, CORM__SAME_KIND, function_, NULL,                       \
                           CORM__PARTS(CORM__OPERAND(a_), CORM__OPERAND(b_)), 2))
/* The first unless it is NULL, else the second; for more, one in the other. */
#define corm_coalesce(a_, b_)                                                                      \
    CORM__TWO_ALIKE(CORM_FUNCTION_COALESCE, "corm_coalesce(" #a_ ", " #b_ ")", a_, b_)
/* The first, but NULL where it equals the second. */
#define corm_null_if(a_, b_)                                                                       \
    CORM__TWO_ALIKE(CORM_FUNCTION_NULL_IF, "corm_null_if(" #a_ ", " #b_ ")", a_, b_)
/* The smaller, the greater of two; NULL if one of them is. */
#define corm_least(a_, b_)                                                                         \
    CORM__TWO_ALIKE(CORM_FUNCTION_LEAST, "corm_least(" #a_ ", " #b_ ")", a_, b_)
#define corm_greatest(a_, b_)                                                                      \
    CORM__TWO_ALIKE(CORM_FUNCTION_GREATEST, "corm_greatest(" #a_ ", " #b_ ")", a_, b_)
/* CASE: the first value if the condition holds, else the second, both of one kind; for more
 * cases, one in the other: corm_case(c, "low", corm_case(d, "high", "right")). */
#define corm_case(condition_, then_, else_)                                                        \
    CORM__LET3(CORM__IN_CASE, condition_, then_, else_, "corm_case(" #condition_ ", ...)",         \
               "corm_case(..., " #then_ ", " #else_ ")")
#define CORM__IN_CASE(condition_, then_, else_, if_text_, text_)                                   \
    CORM__LIKE_EITHER(then_, else_, text_ ": the two values are of different types",               \
        corm_expression_of(CORM__CASE, CORM__SAME_KIND, 0, NULL,                                   \
            CORM__PARTS(CORM__OPERAND_LIKE(CORM__LOOK1(CORM__IF, condition_, if_text_), condition_), \
                        CORM__OPERAND(then_), CORM__OPERAND(else_)), 3))
#define CORM__IF(condition_, is_, if_text_)                                                        \
    ((void)CORM__CHECK((int)(is_) == (int)CORM__FITS_BOOLEAN, if_text_ ": it takes a condition"), (condition_))
/* As another kind: corm_cast(TEXT, User_.age). INTEGER, REAL, TEXT; a DECIMAL becomes REAL only. */
#define corm_cast(kind_, a_) CORM__CAST_##kind_(a_, "corm_cast(" #kind_ ", " #a_ ")")
#define CORM__CAST_INTEGER(a_, text_) CORM__CAST_TO(integer, INTEGER, a_, text_, CORM__FITS_DECIMAL)
#define CORM__CAST_REAL(a_, text_) CORM__CAST_TO(real, REAL, a_, text_, 0)
#define CORM__CAST_TEXT(a_, text_) CORM__CAST_TO(text, TEXT, a_, text_, CORM__FITS_DECIMAL)
#define CORM__CAST_TO(name_, kind_, a_, text_, not_)                                               \
    CORM__LET1(CORM__MADE_FROM, a_, name_, kind_, text_, not_)
#define CORM__MADE_FROM(a_, name_, kind_, text_, not_)                                             \
    corm__as_##name_(corm_expression_of(CORM__CAST, CORM_KIND_##kind_, 0, NULL,                    \
        CORM__PARTS(CORM__OPERAND_LIKE(CORM__LOOK1(CORM__BECOMES, a_, text_, not_), a_)), 1))
#define CORM__BECOMES(a_, is_, text_, not_)                                                        \
    ((void)CORM__CHECK((is_) != 0 && (int)(is_) != (int)(not_),                                             \
                       text_ ": it cannot be made of that; a DECIMAL becomes REAL"), (a_))

/* ---- Dates and times ------------------------------------------------------------------------- */

#define CORM__OF_DATE(function_, text_, a_)                                                        \
    CORM__GIVEN1(integer, INTEGER, function_, CORM__FITS_DATE | CORM__FITS_DATETIME,               \
                 "a DATE or DATETIME", text_, a_)
#define CORM__OF_TIME(function_, text_, a_)                                                        \
    CORM__GIVEN1(integer, INTEGER, function_, CORM__FITS_TIME | CORM__FITS_DATETIME,               \
                 "a TIME or DATETIME", text_, a_)
#define corm_year(a_) CORM__OF_DATE(CORM_FUNCTION_YEAR, "corm_year(" #a_ ")", a_)
#define corm_month(a_) CORM__OF_DATE(CORM_FUNCTION_MONTH, "corm_month(" #a_ ")", a_)
#define corm_day(a_) CORM__OF_DATE(CORM_FUNCTION_DAY, "corm_day(" #a_ ")", a_)
/* 0 is Sunday. */
#define corm_weekday(a_) CORM__OF_DATE(CORM_FUNCTION_WEEKDAY, "corm_weekday(" #a_ ")", a_)
#define corm_hour(a_) CORM__OF_TIME(CORM_FUNCTION_HOUR, "corm_hour(" #a_ ")", a_)
#define corm_minute(a_) CORM__OF_TIME(CORM_FUNCTION_MINUTE, "corm_minute(" #a_ ")", a_)
#define corm_second(a_) CORM__OF_TIME(CORM_FUNCTION_SECOND, "corm_second(" #a_ ")", a_)
/* The day of a DATETIME. */
#define corm_to_date(a_)                                                                           \
    CORM__GIVEN1(date, DATE, CORM_FUNCTION_TO_DATE, CORM__FITS_DATETIME, "a DATETIME",             \
                 "corm_to_date(" #a_ ")", a_)
/* A DATE so many days later; a DATETIME so many seconds later, to the millisecond. */
#define corm_add_days(a_, days_)                                                                   \
    CORM__GIVEN2(date, DATE, CORM_FUNCTION_ADD_DAYS,                                               \
                 CORM__FITS_DATE, "a DATE", "corm_add_days(" #a_ ", ...)", a_,                     \
                 CORM__FITS_INTEGER, "an integer", "corm_add_days(..., " #days_ ")", days_)
#define corm_add_seconds(a_, seconds_)                                                             \
    CORM__GIVEN2(datetime, DATETIME, CORM_FUNCTION_ADD_SECONDS,                                    \
                 CORM__FITS_DATETIME, "a DATETIME", "corm_add_seconds(" #a_ ", ...)", a_,          \
                 CORM__FITS_INTEGER, "an integer", "corm_add_seconds(..., " #seconds_ ")", seconds_)
/* Days from the second to the first, both DATE or both DATETIME, whose times count for nothing. */
#define corm_days_between(a_, b_)                                                                  \
    CORM__LET2(CORM__DAYS, a_, b_, "corm_days_between(" #a_ ", " #b_ ")")
#define CORM__DAYS(a_, b_, text_)                                                                  \
    CORM__COMPUTED(integer, INTEGER, CORM_FUNCTION_DAYS_BETWEEN, 2,                                \
        CORM__TAKEN_WITH(a_, b_, CORM__FITS_DATE | CORM__FITS_DATETIME,                            \
                         text_ ": it takes two DATEs, or two DATETIMEs"),                          \
        CORM__OPERAND(b_))

/* ---- JSON ------------------------------------------------------------------------------------ */

/* The value at a path, "$.address.city", "$.tags[0]"; NULL where there is none. The path is bound as a
 * value. */
#define corm_json_text(a_, path_) CORM__JSON_AT(text, TEXT, "corm_json_text(" #a_ ", ...)", a_, path_)
#define corm_json_integer(a_, path_) CORM__JSON_AT(integer, INTEGER, "corm_json_integer(" #a_ ", ...)", a_, path_)
#define corm_json_real(a_, path_) CORM__JSON_AT(real, REAL, "corm_json_real(" #a_ ", ...)", a_, path_)
#define corm_json_boolean(a_, path_) CORM__JSON_AT(boolean, BOOLEAN, "corm_json_boolean(" #a_ ", ...)", a_, path_)
#define CORM__JSON_AT(name_, kind_, text_, a_, path_)                                              \
    CORM__LET2(CORM__JSON_VALUE, a_, path_, name_, kind_, text_)
#define CORM__JSON_VALUE(a_, path_, name_, kind_, text_)                                           \
    CORM__COMPUTED(name_, kind_, CORM_FUNCTION_JSON_VALUE, 2,                                      \
        CORM__WANTED(CORM__FITS_JSON, text_, "a JSON column", a_), corm_operand_text(path_))

/* ---- SQL functions by name ------------------------------------------------------------------- */

/* Any function that the database has, or that the program has registered with it, of the kind that the
 * program says: corm_call(REAL, "distance", Place_.x, Place_.y, 1.5). The name is quoted, the arguments are
 * bound. At most 8. */
#define corm_call(kind_, ...) CORM__CALL_##kind_(__VA_ARGS__, )
#define CORM__CALL_INTEGER(...) corm__as_integer(CORM__CALL_OF(CORM_KIND_INTEGER, __VA_ARGS__))
#define CORM__CALL_REAL(...) corm__as_real(CORM__CALL_OF(CORM_KIND_REAL, __VA_ARGS__))
#define CORM__CALL_BOOLEAN(...) corm__as_boolean(CORM__CALL_OF(CORM_KIND_BOOLEAN, __VA_ARGS__))
#define CORM__CALL_TEXT(...) corm__as_text(CORM__CALL_OF(CORM_KIND_TEXT, __VA_ARGS__))
#define CORM__CALL_BLOB(...) corm__as_blob(CORM__CALL_OF(CORM_KIND_BLOB, __VA_ARGS__))
#define CORM__CALL_DATE(...) corm__as_date(CORM__CALL_OF(CORM_KIND_DATE, __VA_ARGS__))
#define CORM__CALL_DATETIME(...) corm__as_datetime(CORM__CALL_OF(CORM_KIND_DATETIME, __VA_ARGS__))
#define CORM__CALL_TIME(...) corm__as_time(CORM__CALL_OF(CORM_KIND_TIME, __VA_ARGS__))
#define CORM__CALL_UUID(...) corm__as_uuid(CORM__CALL_OF(CORM_KIND_UUID, __VA_ARGS__))
#define CORM__CALL_JSON(...) corm__as_json(CORM__CALL_OF(CORM_KIND_JSON, __VA_ARGS__))
/* The first part stands for none, so that there may be no argument; the last ends them. */
#define CORM__CALL_OF(kind_, name_, ...)                                                           \
    corm_expression_call(kind_, (name_), CORM__PARTS(                                              \
        CORM__EACH(CORM__ARGUMENT, "corm_call: it takes columns, expressions and values", __VA_ARGS__) CORM__END(corm_condition)))
#define CORM__ARGUMENT(text_, a_) CORM__LET1(CORM__ARGUMENT_OF, a_, text_),
#define CORM__ARGUMENT_OF(a_, text_) CORM__TAKEN(a_, ~0, text_)

/* ---- Aggregates ------------------------------------------------------------------------------ */

/* Over the rows of a query, or of each of its groups; NULLs are left out. */
#define corm_count_rows() CORM__COMPUTED(integer, INTEGER, CORM_FUNCTION_COUNT_ROWS, 0, CORM__NONE(corm_condition))
#define corm_count_values(a_)                                                                      \
    CORM__GIVEN1(integer, INTEGER, CORM_FUNCTION_COUNT, CORM__ANY_KIND, "a column",                \
                 "corm_count_values(" #a_ ")", a_)
#define corm_count_distinct(a_)                                                                    \
    CORM__GIVEN1(integer, INTEGER, CORM_FUNCTION_COUNT_DISTINCT, CORM__ANY_KIND, "a column",       \
                 "corm_count_distinct(" #a_ ")", a_)
/* Of no row it is NULL. */
#define corm_sum(a_) CORM__OF_NUMBER(CORM__FUNCTION, CORM_FUNCTION_SUM, "corm_sum(" #a_ ")", a_)
#define corm_average(a_)                                                                           \
    CORM__GIVEN1(real, REAL, CORM_FUNCTION_AVERAGE,                                                \
                 CORM__IS_INTEGER | CORM__IS_REAL | CORM__FITS_DECIMAL, "a number", "corm_average(" #a_ ")", a_)
#define corm_minimum(a_) CORM__OF_ANY(CORM_FUNCTION_MINIMUM, "corm_minimum(" #a_ ")", a_)
#define corm_maximum(a_) CORM__OF_ANY(CORM_FUNCTION_MAXIMUM, "corm_maximum(" #a_ ")", a_)
#define CORM__OF_ANY(function_, text_, a_) CORM__LET1(CORM__ANY_ALIKE, a_, function_, text_)
#define CORM__ANY_ALIKE(a_, function_, text_)                                                      \
    CORM__LIKE_IT(a_, corm_expression_of(CORM__FUNCTION, CORM__SAME_KIND, function_, NULL,         \
        CORM__PARTS(CORM__WANTED(CORM__ANY_KIND, text_, "a column or an expression", a_)), 1))
/* The texts with `between_` between them, in no order. */
#define corm_join_texts(a_, between_)                                                              \
    CORM__LET2(CORM__JOINED_TEXTS, a_, between_, "corm_join_texts(" #a_ ", ...)")
#define CORM__JOINED_TEXTS(a_, between_, text_)                                                    \
    CORM__COMPUTED(text, TEXT, CORM_FUNCTION_JOIN_TEXTS, 2,                                        \
        CORM__WANTED(CORM__FITS_TEXT, text_, "a text", a_), corm_operand_text(between_))

/* ---- Windows --------------------------------------------------------------------------------- */

/* A function over the rows around the row, which stay rows of their own:
 *   corm_over(corm_rank(), corm_group(Track_.album_id), corm_desc(Track_.plays))
 *   corm_over(corm_sum(Sale_.amount), corm_no_group, corm_asc(Sale_.day))
 * corm_over_rows: over `before_` rows before and `behind_` rows behind it; -1: all of them. */
#define corm_over(function_, group_, order_)                                                       \
    CORM__LET2(CORM__OVER_ROWS, function_, corm__window_of((group_), (order_), false, 0, 0),       \
               "corm_over(" #function_ ", ...)")
#define corm_over_rows(function_, group_, order_, before_, behind_)                                \
    CORM__LET2(CORM__OVER_ROWS, function_,                                                         \
               corm__window_of((group_), (order_), true, (before_), (behind_)),                    \
               "corm_over_rows(" #function_ ", ...)")
#define CORM__OVER_ROWS(function_, window_, text_)                                                 \
    CORM__LIKE_IT(function_, corm__expression_over(                                                \
        CORM__WANTED(CORM__ANY_KIND, text_, "a function", function_), window_))
#define corm_row_number() CORM__COMPUTED(integer, INTEGER, CORM_FUNCTION_ROW_NUMBER, 0, CORM__NONE(corm_condition))
#define corm_rank() CORM__COMPUTED(integer, INTEGER, CORM_FUNCTION_RANK, 0, CORM__NONE(corm_condition))
#define corm_dense_rank() CORM__COMPUTED(integer, INTEGER, CORM_FUNCTION_DENSE_RANK, 0, CORM__NONE(corm_condition))
/* The number of the row's part where the rows are cut into so many equal ones. */
#define corm_ntile(parts_) CORM__LET1(CORM__PART_OF, parts_, ~)
#define CORM__PART_OF(parts_, none_)                                                               \
    CORM__COMPUTED(integer, INTEGER, CORM_FUNCTION_NTILE, 1, corm_operand_integer(parts_))
/* The value in the row so many before, or behind; NULL where there is none. */
#define corm_lag(a_, rows_) CORM__OF_ROW(CORM_FUNCTION_LAG, "corm_lag(" #a_ ", ...)", a_, rows_)
#define corm_lead(a_, rows_) CORM__OF_ROW(CORM_FUNCTION_LEAD, "corm_lead(" #a_ ", ...)", a_, rows_)
#define CORM__OF_ROW(function_, text_, a_, rows_)                                                  \
    CORM__LET2(CORM__ROW_ALIKE, a_, rows_, function_, text_)
#define CORM__ROW_ALIKE(a_, rows_, function_, text_)                                               \
    CORM__LIKE_IT(a_, corm_expression_of(CORM__FUNCTION, CORM__SAME_KIND, function_, NULL,         \
        CORM__PARTS(CORM__WANTED(CORM__ANY_KIND, text_, "a column or an expression", a_),          \
                    corm_operand_integer(rows_)), 2))
#define corm_first_value(a_) CORM__OF_ANY(CORM_FUNCTION_FIRST_VALUE, "corm_first_value(" #a_ ")", a_)
#define corm_last_value(a_) CORM__OF_ANY(CORM_FUNCTION_LAST_VALUE, "corm_last_value(" #a_ ")", a_)

/* clang-format on */

/* ---- Orders and groups ----------------------------------------------------------------------- */

/* Expressions by which rows are sorted, or put together. Small values like conditions. */
typedef struct corm_ordering {
    corm__wants_corm_asc_or_corm_desc count;
    uint16_t wanted; /* more than count: parts that did not fit */
    corm__node nodes[CORM_CONDITION_NODES / 2];
} corm_ordering;

typedef struct corm_grouping {
    corm__wants_corm_group count;
    uint16_t wanted;
    corm__node nodes[CORM_CONDITION_NODES / 2];
} corm_grouping;

/* The last of the parts of a join has a count of UINT16_MAX. */
CORM_API corm_condition corm_expression_call(int kind, const char *name,
                                             const corm_condition *arguments);
CORM_API corm_condition corm_expression_over(corm_condition function, corm_grouping group,
                                             corm_ordering order, bool framed, int64_t before,
                                             int64_t behind);
CORM_API corm_ordering corm_ordering_by(int operator_, corm_condition expression);
CORM_API corm_ordering corm_ordering_nulls(corm_ordering ordering, bool first);
CORM_API corm_ordering corm_ordering_join(const corm_ordering *parts);
CORM_API corm_grouping corm_grouping_by(const corm_condition *parts);

/* What corm_over stands over. */
typedef struct corm__window {
    corm_grouping group;
    corm_ordering order;
    bool framed;
    int64_t before, behind;
} corm__window;
static inline CORM__UNUSED corm__window corm__window_of(corm_grouping group, corm_ordering order,
                                                        bool framed, int64_t before, int64_t behind)
{
    corm__window window;
    window.group = group;
    window.order = order;
    window.framed = framed;
    window.before = before;
    window.behind = behind;
    return window;
}
static inline CORM__UNUSED corm_condition corm__expression_over(corm_condition function,
                                                                corm__window window)
{
    return corm_expression_over(function, window.group, window.order, window.framed, window.before,
                                window.behind);
}

/* clang-format off */

/* Orderings: corm_asc(User_.username); several: corm_order(corm_desc(User_.age),
 * corm_asc(corm_lower(User_.username))). NULL sorts lowest in SQLite, unless the ordering stands in
 * corm_nulls_first or corm_nulls_last. */
#define corm_asc(a_) CORM__SORTED(a_, "corm_asc(" #a_ ")", CORM__ASCENDING)
#define corm_desc(a_) CORM__SORTED(a_, "corm_desc(" #a_ ")", CORM__DESCENDING)
#define CORM__SORTED(a_, text_, how_) CORM__LET1(CORM__SORTED_BY, a_, text_, how_)
#define CORM__SORTED_BY(a_, text_, how_)                                                           \
    corm_ordering_by((how_) + CORM__CHECK(CORM__FITS(a_) != 0,                                     \
        text_ ": it takes a column or an expression"), CORM__OPERAND(a_))
#define corm_nulls_first(ordering_) corm_ordering_nulls((ordering_), true)
#define corm_nulls_last(ordering_) corm_ordering_nulls((ordering_), false)
#define corm_order(...) corm_ordering_join(CORM__LIST(corm_ordering, __VA_ARGS__, CORM__END(corm_ordering)))

/* GROUP BY, or the groups of a window: corm_group(Track_.album_id, corm_year(Track_.made)). */
#define corm_group(...)                                                                            \
    corm_grouping_by(CORM__PARTS(CORM__EACH(CORM__ARGUMENT,                                        \
        "corm_group: it takes columns and expressions", __VA_ARGS__, ) CORM__END(corm_condition)))
#define corm_no_group CORM__NONE(corm_grouping)
#define corm_no_order CORM__NONE(corm_ordering)

/* clang-format on */

#endif /* CORM__EXPRESSION_H */

/* ---- src/query.h ----------------------------------------------------------------------------- */

/* query.h: what a query is.
 *
 * Owns: joins, the columns of rows, subqueries, loading options, and the structs that take all clauses
 * of a query as keyword arguments; the parts of a primary key.
 * Must not know: SQL text, sessions, rows. */
#ifndef CORM__QUERY_H
#define CORM__QUERY_H

#ifdef CORM_LINES
#line 10 "src/query.h"
#endif
/* ---- Clauses --------------------------------------------------------------------------------- */

/* Tables whose rows are put beside those of the query. Small values like conditions. */
typedef struct corm_joining {
    corm__wants_a_join count;
    uint16_t wanted; /* more than count: parts that did not fit */
    corm__node nodes[CORM_CONDITION_NODES];
} corm_joining;

/* What fills the members of a row's struct. */
typedef struct corm_fields {
    corm__wants_corm_field count;
    uint16_t wanted;
    corm__node nodes[2 * CORM_CONDITION_NODES];
} corm_fields;

enum { CORM__LOAD_TERMS = 8, CORM__TABLE_TERMS = 4 };

/* What corm_load_where takes behind a collection, as keyword arguments. */
typedef struct corm_load_options {
    corm_condition where CORM__ZERO;   /* only these of its objects; default: all */
    corm_ordering order_by CORM__ZERO; /* default: the relationship's own */
    int64_t limit CORM__ZERO; /* of each owner at most so many; 0: all. Below zero is refused */
    /* by LEFT JOIN in the query's own statement; with a limit it has one of its own in any case */
    bool joined CORM__ZERO;
    /* when one of the owners' collections is looked at, for all siblings: values and variables count as
     * they are when the query runs, and are not needed after it */
    bool later CORM__ZERO;
} corm_load_options;

/* The conditions and orders of all terms stand one behind the other. */
typedef struct corm_loading {
    corm__wants_corm_load count;
    corm_relationship_ref relationships[CORM__LOAD_TERMS];
    corm_lazy how[CORM__LOAD_TERMS]; /* SELECTIN, JOINED; BATCH, RAISE: not now */
    struct {
        bool filtered;         /* by corm_load_where */
        uint16_t where, order; /* nodes of the condition, and of the order behind it */
        int64_t limit;
        bool joined, later; /* as asked for */
    } shown[CORM__LOAD_TERMS];
    uint16_t node_count;
    uint16_t wanted; /* nodes, if there was no room for all */
    corm__node nodes[CORM_CONDITION_NODES];
    uint16_t column_count; /* deferred columns that are loaded all the same */
    corm_column_ref columns[CORM__LOAD_TERMS];
} corm_loading;

typedef struct corm_select corm_select;

/* A query with a name, whose rows others read like those of a table: WITH. Made by corm_with and
 * corm_with_recursive. Both queries are borrowed until the query in which this stands has run. */
typedef struct corm_table {
    const corm_model *row; /* the CORM_ROW that gives it its name, and its members as columns */
    const corm_select *first, *next; /* next: NULL: not recursive */
} corm_table;

/* Another query whose rows are added to, kept from, or taken from those before: corm_union,
 * corm_union_all, corm_intersect, corm_except. Borrowed until the query has run. */
typedef struct corm_compound {
    const corm_select *other;
    unsigned how; /* corm__compounding */
} corm_compound;
enum { CORM__UNION = 1, CORM__UNION_ALL, CORM__INTERSECT, CORM__EXCEPT };

/* What corm_all, corm_first, corm_one, corm_count and corm_stream_open take after the model, as keyword
 * arguments. It may be built up and kept: corm_query_of(User, .limit = 10), and run with corm_all_of. */
typedef struct corm_query {
    const corm_model *model CORM__ZERO;
    corm_table with[CORM__TABLE_TERMS] CORM__ZERO;
    /* Joined rows are there for conditions and orders; an object comes once for each of its partners,
     * unless the query is .distinct. */
    bool distinct CORM__ZERO;
    corm_joining join CORM__ZERO;
    corm_condition where CORM__ZERO; /* default: every row */
    /* default: as the database likes; corm_first: by primary key */
    corm_ordering order_by CORM__ZERO;
    corm_loading load CORM__ZERO; /* relationships to load together with the objects */
    int64_t limit CORM__ZERO;     /* at most so many rows; 0: all. Below zero is refused */
    int64_t offset CORM__ZERO;    /* rows to skip. Below zero is refused */
    /* The objects are only looked at: no session tracks them, no flush compares them, what is
     * assigned to them is written nowhere. They and their lists live until the next transaction
     * begins. Of their relationships there is what the query loads */
    bool read_only CORM__ZERO;
    /* A page: how many rows there are without limit and offset is stored here, by a statement of its
     * own. Borrowed until the query has run. */
    int64_t *total CORM__ZERO;
    /* The page behind this struct of the model (an object, or members that were kept): rows that come
     * after it in the order of .order_by, which has columns of the model only; without one, in that of the
     * primary key. Give the first page the same .order_by, that of the key if there is no other: with a
     * .limit the key completes it, so no row is met twice or left out. Borrowed until the query has run. */
    const void *after CORM__ZERO;
} corm_query;

/* What corm_select, corm_values and corm_scalar take behind the row, and subqueries behind their value. */
struct corm_select {
    const corm_model *row CORM__ZERO; /* the struct that a row becomes */
    corm_table with[CORM__TABLE_TERMS] CORM__ZERO;
    bool distinct CORM__ZERO;
    corm_fields fields CORM__ZERO; /* default: members get the columns of their names */
    const corm_model *from
        CORM__ZERO; /* corm_from(Track): whose rows; default: the first field's */
    corm_joining join CORM__ZERO;
    corm_condition where CORM__ZERO;
    corm_grouping group_by CORM__ZERO;
    corm_condition having CORM__ZERO; /* a condition on groups: corm_gt(corm_count_rows(), 1) */
    corm_compound compound[CORM__TABLE_TERMS] CORM__ZERO;
    corm_ordering order_by CORM__ZERO; /* members of the row too: corm_desc(Sales_.total) */
    int64_t limit CORM__ZERO;
    int64_t offset CORM__ZERO;
};

/* The last of the parts of a join has a count of UINT16_MAX. */
CORM_API corm_joining corm_joining_related(int operator_, corm_relationship_ref relationship,
                                           const corm_model *alias, corm_condition on);
CORM_API corm_joining corm_joining_model(int operator_, const corm_model *model, corm_condition on);
CORM_API corm_joining corm_joining_join(const corm_joining *parts);
CORM_API corm_fields corm_fields_of(corm_column_ref member, corm_condition value);
CORM_API corm_fields corm_fields_join(const corm_fields *parts);
CORM_API corm_condition corm_condition_any(corm_relationship_ref relationship,
                                           corm_condition condition);
CORM_API corm_condition corm_condition_holds(corm_relationship_ref relationship, void *object);
CORM_API corm_condition corm_condition_query(const corm_select *select, corm_condition value);
CORM_API corm_loading corm_loading_of(const corm_relationship_ref *relationships, size_t count,
                                      corm_lazy how);
CORM_API corm_loading corm_loading_columns(const corm_column_ref *columns, size_t count);
CORM_API corm_loading corm_loading_where(corm_relationship_ref relationship,
                                         const corm_load_options *options);
CORM_API corm_loading corm_loading_join(const corm_loading *parts, size_t count);

/* ---- What the user writes -------------------------------------------------------------------- */

/* One part of a primary key; `room` takes the text of it. */
static inline corm_value corm__key_integer(int64_t value, char *room)
{
    (void)room;
    return corm_value_integer(value);
}
static inline corm_value corm__key_text(const char *value, char *room)
{
    (void)room;
    return corm_value_text(value);
}
static inline corm_value corm__key_date(corm_date value, char *room)
{
    return corm_value_text(corm_date_format(value, room));
}
static inline corm_value corm__key_datetime(corm_datetime value, char *room)
{
    return corm_value_text(corm_datetime_format(value, room));
}
static inline corm_value corm__key_time(corm_time value, char *room)
{
    return corm_value_text(corm_time_format(value, room));
}
static inline corm_value corm__key_uuid(corm_uuid value, char *room)
{
    return corm_value_text(corm_uuid_format(value, room));
}

/* clang-format off */

/* Joins, for .join: along a relationship, corm_inner_join(Track_.album), or with a condition of one's
 * own, corm_join_on(Album, corm_eq(Album_.id, Track_.album_id)). The left ones keep rows without a
 * partner, whose columns are NULL. Several: corm_joins(corm_inner_join(Track_.album),
 * corm_left_join(Album_.artist)). A further condition on the partners may stand behind the
 * relationship. The partners of a relationship can have an alias: corm_inner_join_as(boss,
 * Employee_.manager). */
#define corm_inner_join(...) CORM__JOINING(CORM__JOIN_RELATED, NULL, __VA_ARGS__, )
#define corm_left_join(...) CORM__JOINING(CORM__JOIN_LEFT_RELATED, NULL, __VA_ARGS__, )
#define corm_inner_join_as(alias_, ...)                                                            \
    CORM__JOINING(CORM__JOIN_RELATED, &corm__model_##alias_, __VA_ARGS__, )
#define corm_left_join_as(alias_, ...)                                                             \
    CORM__JOINING(CORM__JOIN_LEFT_RELATED, &corm__model_##alias_, __VA_ARGS__, )
#define CORM__JOINING(operator_, alias_, relationship_, ...)                                       \
    corm_joining_related(operator_, (relationship_), alias_, CORM__MAYBE(__VA_ARGS__))
#define CORM__MAYBE(...) CORM__JOIN2(CORM__MAYBE_, CORM__COUNT(__VA_ARGS__))(__VA_ARGS__)
#define CORM__MAYBE_1(end_) CORM__NONE(corm_condition)
#define CORM__MAYBE_2(condition_, end_) (condition_)
#define corm_join_on(model_, condition_)                                                           \
    corm_joining_model(CORM__JOIN_MODEL, &corm__model_##model_, (condition_))
#define corm_left_join_on(model_, condition_)                                                      \
    corm_joining_model(CORM__JOIN_LEFT_MODEL, &corm__model_##model_, (condition_))
#define corm_joins(...) corm_joining_join(CORM__LIST(corm_joining, __VA_ARGS__, CORM__END(corm_joining)))

/* Another name for a model, for a query that needs its rows twice: handles of its own, boss_.name. At the
 * beginning of a file or a block; EMPLOYEE is the model's list. No semicolon behind it. Behind the list may
 * stand ends that BACKREF declares, which no list has: boss_staff_ is that of Employee_staff_.
 *   CORM_ALIAS(boss, Employee, EMPLOYEE)
 *   CORM_ALIAS(boss, Employee, EMPLOYEE, staff, reports) */
#define CORM_ALIAS(alias_, model_, ...) CORM__ALIAS(alias_, model_, __VA_ARGS__, )
#define CORM__ALIAS(alias_, model_, list_, ...)                                                    \
    enum { corm__keys_##alias_ = corm__keys_##model_ };                                            \
    static CORM__UNUSED const corm_model corm__model_##alias_ = CORM__ALIAS_MODEL(#alias_, &corm__model_##model_); \
    static CORM__UNUSED const struct corm__handles_##model_ alias_##_ = {                          \
        CORM__WALK(list_((CORM__ALIAS_COLUMN, (alias_, model_)) CORM__COLUMN_HEAD,                 \
                         (CORM__ALIAS_RELATED, (alias_, model_)) CORM__RELATIONSHIP_HEAD))};           \
    CORM__EACH(CORM__ALIAS_END, (alias_, model_), __VA_ARGS__)
#define CORM__ALIAS_END(pair_, end_)                                                               \
    CORM__APPLY(CORM__ALIAS_END_, CORM__ALIAS_PAIR pair_, end_)
#define CORM__ALIAS_PAIR(alias_, model_) alias_, model_
#define CORM__ALIAS_END_(alias_, model_, end_)                                                     \
    static CORM__UNUSED const corm_model corm__end_##alias_##_##end_ =                             \
        CORM__END_MODEL(#alias_, &corm__model_##alias_, &model_##_##end_##_);                      \
    static CORM__UNUSED const corm_relationship_ref alias_##_##end_##_ = {&corm__end_##alias_##_##end_, 0, true};
#define CORM__END_MODEL(name_, model_, end_) {.name = name_, .alias_of = model_, .end = end_}
#define CORM__ALIAS_MODEL(name_, model_) {.name = name_, .alias_of = model_}
#define CORM__ALIAS_COLUMN(...) CORM__ALIAS_COLUMN_(__VA_ARGS__)
#define CORM__ALIAS_COLUMN_(alias_, kind_, optional_, type_, word_, name_, ...)                    \
    .name_ = {{&CORM__ALIAS_OF alias_, (unsigned)CORM__COLUMN_NUMBER_OF(CORM__ALIASED alias_, name_)}},
#define CORM__ALIAS_RELATED(...) CORM__ALIAS_RELATED_(__VA_ARGS__)
#define CORM__ALIAS_RELATED_(alias_, kind_, shape_, back_, name_, ...)                             \
    .name_ = {&CORM__ALIAS_OF alias_, (unsigned)CORM__ROW_NUMBER_OF(CORM__ALIASED alias_, name_), false},
#define CORM__ALIAS_OF(alias_, model_) corm__model_##alias_
#define CORM__ALIASED(alias_, model_) model_
#define CORM__COLUMN_NUMBER_OF(model_, name_) CORM__APPLY(CORM__COLUMN_NUMBER, model_, name_)
#define CORM__ROW_NUMBER_OF(model_, name_) CORM__APPLY(CORM__ROW_NUMBER, model_, name_)
#define CORM__ROW_NUMBER(model_, name_) offsetof(struct corm__relationships_##model_, name_)

/* What fills a member of a row's struct, for .fields:
 *   corm_fields(corm_field(Sales_.artist, Artist_.name), corm_field(Sales_.tracks, corm_count_rows())) */
#define corm_field(member_, value_)                                                                \
    CORM__LET2(CORM__FIELD_OF, member_, value_, "corm_field(" #member_ ", " #value_ ")")
#define CORM__FIELD_OF(member_, value_, text_)                                                     \
    corm_fields_of((member_).column, corm_expression_of(CORM__FIELD, CORM_KIND_COUNT + CORM__CHECK(\
        CORM__FITS_INTO(member_, value_),                                                          \
        text_ ": the value is of another type than the member"), 0, NULL,                          \
        CORM__PARTS(CORM__OPERAND(value_)), 1))
#define corm_fields(...)                                                                           \
    corm_fields_join(CORM__LIST(corm_fields, __VA_ARGS__, CORM__END(corm_fields)))

/* Conditions on what a relationship leads to: users with a post that ..., posts whose author ... Without
 * a condition: with any. */
#define corm_any(...) CORM__ANY_OF(__VA_ARGS__, )
#define corm_has(...) CORM__ANY_OF(__VA_ARGS__, )
#define CORM__ANY_OF(relationship_, ...)                                                           \
    corm_condition_any((relationship_), CORM__MAYBE(__VA_ARGS__))
/* The relationship leads to this object: users who have this post, tags and all. */
#define corm_contains(relationship_, object_) corm_condition_holds((relationship_), (object_))

/* A query inside another: of one value for each row, corm_subquery(Post, Post_.user_id, .where = ...),
 * behind corm_in_query, or of one row, as an operand. Its conditions may speak of the rows of the query
 * around it. */
#define corm_subquery(from_, ...) CORM__SUBQUERY(from_, __VA_ARGS__, )
#define CORM__SUBQUERY(from_, value_, ...)                                                         \
    CORM__LET2(CORM__QUERIED, value_,                                                              \
               CORM__AT(corm_select, from, &corm__model_##from_, __VA_ARGS__),                     \
               "corm_subquery(" #from_ ", " #value_ ")")
#define CORM__QUERIED(value_, select_, text_)                                                      \
    CORM__LIKE_IT(value_, corm_condition_query((select_) + CORM__CHECK(CORM__FITS(value_) & CORM__ANY_KIND, \
        text_ ": it takes a column or an expression"), CORM__OPERAND(value_)))
#define corm_in_query(a_, query_)                                                                  \
    CORM__COMPARE(CORM__IN, "corm_in_query(" #a_ ", ...)", a_, query_)
#define corm_exists(...) CORM__IF_EXISTS(__VA_ARGS__, )
#define CORM__IF_EXISTS(from_, ...)                                                                \
    corm_expression_of(CORM__EXISTS, CORM_KIND_BOOLEAN, 0, NULL, CORM__PARTS(corm_condition_query( \
        CORM__AT(corm_select, from, &corm__model_##from_, __VA_ARGS__), CORM__NONE(corm_condition))), 1)

/* .with = {corm_with(Recent, &query)}, and then Recent_.id like any column, corm_from(Recent),
 * corm_join_on(Recent, ...). The recursive one begins with the rows of the first query, and adds those of
 * the second, which reads what was added last, until there are none. */
#define corm_with(row_, query_) {&corm__model_##row_, (query_), NULL}
#define corm_with_recursive(row_, first_, next_) {&corm__model_##row_, (first_), (next_)}
#define corm_from(model_) (&corm__model_##model_)
#define corm_union(query_) {(query_), CORM__UNION}
#define corm_union_all(query_) {(query_), CORM__UNION_ALL}
#define corm_intersect(query_) {(query_), CORM__INTERSECT}
#define corm_except(query_) {(query_), CORM__EXCEPT}

/* Relationships to load with the objects: corm_load(User_.posts, User_.profile), each in a statement
 * of its own. corm_load_joined: in the query's statement, by LEFT JOIN. corm_load_later: on access,
 * although it is declared to come with the object. A relationship of another model belongs to what
 * those named before it lead to: corm_load(User_.posts, Post_.comments); named twice, one that
 * leads to its own model goes two levels deep. corm_loads(corm_load(...), corm_load_joined(...))
 * takes several ways together. */
#define corm_load(...) CORM__LOADING(CORM_LAZY_SELECTIN, __VA_ARGS__)
#define corm_load_joined(...) CORM__LOADING(CORM_LAZY_JOINED, __VA_ARGS__)
#define corm_load_later(...) CORM__LOADING(CORM_LAZY_BATCH, __VA_ARGS__)
/* Neither now nor on access: with the objects of this query, looking at it is an error while it is not
 * loaded, until the transaction ends. */
#define corm_load_never(...) CORM__LOADING(CORM_LAZY_RAISE, __VA_ARGS__)
/* A part of a collection, in another order: corm_load_where(User_.posts,
 * .where = corm_eq(Post_.draft, false), .order_by = corm_desc(Post_.id), .limit = 5). It is loaded with
 * the query, or with .later = true on access, for all siblings. The list of each owner in the session shows that part until it is
 * loaded with corm_load or corm_load_where, the owner is refreshed, or the transaction ends; what is
 * appended and removed meanwhile shows too. What corm does by itself (cascades, orphans, _replace,
 * corm_merge) goes by all that is stored. */
#define corm_load_where(relationship_, ...)                                                        \
    corm_loading_where((relationship_), &(const corm_load_options){__VA_ARGS__})
#define corm_loads(...)                                                                            \
    corm_loading_join((const corm_loading[]){__VA_ARGS__},                                         \
                      sizeof((const corm_loading[]){__VA_ARGS__}) / sizeof(corm_loading))
#define CORM__LOADING(how_, ...)                                                                   \
    corm_loading_of((const corm_relationship_ref[]){__VA_ARGS__},                                  \
                    sizeof((const corm_relationship_ref[]){__VA_ARGS__}) /                         \
                        sizeof(corm_relationship_ref), how_)

#define CORM__WHOLE(function_)                                                                     \
    bool: function_, char: function_, signed char: function_, unsigned char: function_,            \
    short: function_, unsigned short: function_, int: function_, unsigned: function_,              \
    long: function_, unsigned long: function_, long long: function_, unsigned long long: function_

/* One part of a primary key, for corm_get. The room lives as long as the block around it. */
#define CORM__KEY(value_)                                                                          \
    _Generic((value_), CORM__WHOLE(corm__key_integer), char *: corm__key_text,                     \
        const char *: corm__key_text, corm_date: corm__key_date, corm_time: corm__key_time,        \
        corm_datetime: corm__key_datetime, corm_uuid: corm__key_uuid,                              \
        default: corm__key_integer)                                                                \
    (_Generic((value_), CORM__WHOLE((value_)), char *: (value_), const char *: (value_),           \
         corm_date: (value_), corm_time: (value_), corm_datetime: (value_), corm_uuid: (value_),   \
         default: 0), (char[CORM_UUID_TEXT_SIZE]){0})
/* Whether a value may be part of a key whose columns have these kinds (a bit for each; 0: not
 * known): a number is no text, and the other way round. */
#define CORM__IS_KEY(value_, kinds_)                                                               \
    _Generic((value_), CORM__WHOLE((kinds_) == 0 || ((kinds_) & ~CORM__TEXT_KINDS) != 0),          \
        char *: (kinds_) == 0 || ((kinds_) & ~CORM__NUMBER_KINDS) != 0,                            \
        const char *: (kinds_) == 0 || ((kinds_) & ~CORM__NUMBER_KINDS) != 0,                      \
        corm_date: 1, corm_time: 1, corm_datetime: 1, corm_uuid: 1, default: 0)
enum {
    CORM__TEXT_KINDS = 1 << CORM_KIND_TEXT | 1 << CORM_KIND_BLOB | 1 << CORM_KIND_DATE |
                       1 << CORM_KIND_DATETIME | 1 << CORM_KIND_TIME | 1 << CORM_KIND_UUID,
    CORM__NUMBER_KINDS = 1 << CORM_KIND_INTEGER | 1 << CORM_KIND_REAL | 1 << CORM_KIND_BOOLEAN |
                         1 << CORM_KIND_DECIMAL
};
/* clang-format on */

#endif /* CORM__QUERY_H */

/* ---- src/session.h --------------------------------------------------------------------------- */

/* session.h: what a program does with objects.
 *
 * Owns: the public operations of engines, sessions, objects and relationships, type-erased;
 * model.h puts the typed names of a program's models on top.
 * Must not know: how any of it is done. */
#ifndef CORM__SESSION_H
#define CORM__SESSION_H

#ifdef CORM_LINES
#line 11 "src/session.h"
#endif
/* ---- Engine: a database and a pool of connections -------------------------------------------- */

typedef struct corm_engine corm_engine; /* may be shared by threads */
/* One thread at a time: it may pass from one to another between two calls. A call that meets
 * another thread in the session answers CORM_MISUSE and does nothing, and the session waits for
 * corm_rollback; found where corm is compiled by gcc or clang without NDEBUG. */
typedef struct corm_session corm_session;

/* One statement that ran, for corm_trace and echo. Everything is borrowed until the callback
 * returns. */
typedef struct corm_trace_event {
    const char *sql;
    const corm_value *values; /* bound, in order */
    size_t value_count;
    /* from the first step to the last; a query's time ends when its rows are read */
    double milliseconds;
    int64_t rows;       /* read, or changed */
    corm_status status; /* CORM_OK, or how it failed */
} corm_trace_event;
typedef void (*corm_trace_function)(void *context, const corm_trace_event *event);

typedef struct corm_engine_options {
    /* Connections at most; 0: 5. A session holds one from its first statement to its commit or
     * rollback. Few: sessions wait for one another. Many: each has a page cache and file handles. */
    size_t pool_size;
    /* How long a session waits for a connection before CORM_TIMEOUT; 0: 30,000. A thread that holds
     * one in another session waits for itself, and in vain. */
    unsigned pool_timeout_ms;
    /* How long a transaction that begins by writing stands in line behind the engine's other
     * writers before CORM_BUSY; 0: what the adapter says (SQLite: busy_timeout_ms), or else
     * pool_timeout_ms. */
    unsigned writer_timeout_ms;
    FILE *echo; /* every session writes its SQL here; NULL: none */
} corm_engine_options;

/* Opens an engine: checks the models of `schema`, opens a first connection. Always gives an
 * engine unless memory is out (NULL); corm_engine_status says whether it can be used, and every
 * session on it repeats the error. `config` belongs to the engine from here on. `schema` and its
 * models must outlive the engine. Adapters wrap this: see corm_sqlite_engine. */
CORM_API corm_engine *corm_engine_open(const corm_adapter *adapter, void *config,
                                       const corm_schema *schema,
                                       const corm_engine_options *options);
CORM_API corm_status corm_engine_status(const corm_engine *engine);
/* Never NULL; lives as long as the engine. */
CORM_API const char *corm_engine_message(const corm_engine *engine);
/* Every session on it must be closed before: otherwise CORM_MISUSE, and nothing happens. No other
 * thread may use the engine any more. NULL is fine. */
CORM_API corm_status corm_engine_close(corm_engine *engine);

/* Runs `work` in a session of its own and commits; after CORM_CONFLICT, CORM_BUSY or CORM_STALE_DATA
 * the whole of it again in a new session, which begins as a writer and waits its turn, up to 10 times.
 * `work` returns CORM_OK to commit, anything else to roll back; then that is the result. It may run
 * more than once, so what it does outside of the database must bear that. Why it failed, the session
 * being gone: corm_error_message(NULL), on the same thread. */
CORM_API corm_status corm_run(corm_engine *engine,
                              corm_status (*work)(corm_session *session, void *argument),
                              void *argument);

/* ---- Session: a unit of work over an identity map -------------------------------------------- */

typedef struct corm_session_options {
    bool no_autoflush;   /* queries and first loads do not flush what is pending */
    bool keep_on_commit; /* commit expires nothing: values stay as they are until corm_expire */
    /* Transactions begin with the write lock and wait their turn for it: what such a session reads
     * nobody changes before it commits, so it never meets CORM_CONFLICT; meanwhile nobody else
     * writes. Readers go on. A transaction that begins with a flush does so too, unasked. */
    bool writer;
    const corm_hooks *hooks; /* see corm_session_set_hooks */
} corm_session_options;

/* Opens a session; no connection is taken and no transaction begun before its first statement.
 * NULL only when memory is out or `engine` is NULL; every call on a NULL session answers
 * CORM_NULL_ARGUMENT. `options` may be NULL. */
CORM_API corm_session *corm_session_open(corm_engine *engine, const corm_session_options *options);
/* The same; closing the session closes the engine too. If it fails, the engine is closed. */
CORM_API corm_session *corm_session_open_owning(corm_engine *engine);
/* Rolls back what is not committed and frees every object, list and text of the session. NULL is
 * fine. */
CORM_API void corm_session_close(corm_session *session);

/* The last error of the session: CORM_OK and "" if there was none since the last rollback. Valid
 * until the next call. Of NULL: of this thread's last failed call that had no session to keep the
 * error (corm_run, corm_engine_close, a call on NULL); CORM_OK and "" if there was none. */
CORM_API corm_status corm_error_status(const corm_session *session);
CORM_API const char *corm_error_message(const corm_session *session);
CORM_API const corm_error *corm_last_error(const corm_session *session);
/* Forgets a recorded error that blocks nothing; one that waits for corm_rollback stays. In a hook: also
 * that the hook made a call which it must not make, which fails the flush otherwise. */
CORM_API void corm_clear_error(corm_session *session);
/* How the last call on this thread ended: for calls that return an object, a list or a number. */
CORM_API corm_status corm_last_status(void);

/* Writes every statement with its bound values and its time to `file`; NULL ends it. */
CORM_API void corm_echo(corm_session *session, FILE *file);
/* Whether echo writes how long each statement took; on at first. Off, for output that is the
 * same every time. */
CORM_API void corm_echo_times(corm_session *session, bool on);
/* Calls `function` after every statement; NULL ends it. It must not use the session. */
CORM_API void corm_trace(corm_session *session, corm_trace_function function, void *context);
/* The adapter's handle of the session's connection (begins the transaction if none is open);
 * NULL on error. */
CORM_API void *corm_native_handle(corm_session *session);
/* Whether the session has a transaction open in the database. */
CORM_API bool corm_in_transaction(const corm_session *session);

/* Writes everything that is pending: cascades, INSERT, UPDATE, DELETE in the order that foreign
 * keys ask for. Nothing to write is no SQL. If it fails, the transaction (inside a savepoint:
 * back to the innermost) is rolled back, the objects are restored, and the session answers
 * CORM_PENDING_ROLLBACK until corm_rollback (or the rollback of that savepoint). */
CORM_API corm_status corm_flush(corm_session *session);
/* One statement that a flush would run now, and why. */
typedef struct corm_planned {
    const char *statement; /* "INSERT", "UPDATE" or "DELETE" */
    const char *table;
    void *object;     /* whose row it is; of a link, the object that declares the relationship */
    const char *text; /* "DELETE posts#3: orphan of users#1.posts" */
} corm_planned;
typedef struct corm_plan {
    const corm_planned *items; /* in order; lives as lists do */
    size_t count;
} corm_plan;

/* What corm_flush would write, in its order, written by nobody yet. As a flush does, it takes into
 * the session what the program has linked to its objects, and may load what cascades reach. Empty
 * on error: corm_last_status tells. */
CORM_API corm_plan corm_session_plan(corm_session *session);

/* Flushes and commits. Afterwards objects keep their values; the next load of a row refreshes
 * them. */
CORM_API corm_status corm_commit(corm_session *session);
/* Undoes everything since the last commit, in the database and in every member and relationship.
 * New objects are transient again, deleted ones persistent. Clears the error. */
CORM_API corm_status corm_rollback(corm_session *session);

/* A savepoint of one session; ends with its release, its rollback, or the transaction. */
typedef struct corm_savepoint {
    uint64_t id;
} corm_savepoint;
/* Flushes, then marks the place. */
CORM_API corm_status corm_savepoint_begin(corm_session *session, corm_savepoint *out);
/* Flushes and keeps the work; ends this savepoint and those begun inside it. CORM_NO_SAVEPOINT
 * if it is over. */
CORM_API corm_status corm_savepoint_release(corm_session *session, corm_savepoint savepoint);
/* Undoes everything since, in database and objects; ends this savepoint and those begun inside
 * it. */
CORM_API corm_status corm_savepoint_rollback(corm_session *session, corm_savepoint savepoint);

/* Frees all objects and lists, committed or not flushed; rolls back an open transaction. The
 * session is as new. */
CORM_API corm_status corm_clear(corm_session *session);
/* Hands every object of the session to the program, which frees each with corm_free or adds it
 * to a session again. Rolls back nothing; unflushed changes stay in the objects. */
CORM_API corm_status corm_expunge_all(corm_session *session);
/* Lists and replaced texts that were handed out live until the next transaction begins; this
 * frees them now. What corm_text gave stays: a member may point to it. */
CORM_API void corm_free_lists(corm_session *session);

/* Formats into the session's memory. The text lives until the next transaction begins (made while
 * none is open, until the one after it), or the session is closed or cleared; where it was assigned
 * to a member, the flush copies it. NULL when memory is out. */
CORM_API const char *corm_text(corm_session *session, const char *format, ...) CORM__PRINTF(2, 3);

/* ---- Objects --------------------------------------------------------------------------------- */

typedef enum corm_object_state {
    CORM_STATE_NONE,       /* not an object of corm */
    CORM_STATE_TRANSIENT,  /* not added, or its INSERT was rolled back */
    CORM_STATE_PENDING,    /* added, not yet inserted */
    CORM_STATE_PERSISTENT, /* in the session, has a row */
    CORM_STATE_DELETED,    /* its DELETE was flushed, the transaction is not over */
    CORM_STATE_DETACHED,   /* has an identity, belongs to no session, or its delete was committed */
    CORM_STATE_READ_ONLY   /* came from a query with .read_only, outside of all tracking */
} corm_object_state;

/* Takes the object and what its save-update cascades reach into the session: INSERT at the next
 * flush. Undoes a corm_delete that was not flushed. */
CORM_API corm_status corm_add(corm_session *session, void *object);
/* DELETE at the next flush, with what its delete cascades reach. CORM_NOT_PERSISTED if it has no
 * row. */
CORM_API corm_status corm_delete(corm_session *session, void *object);
/* Takes the object and what its expunge cascades reach out of the session, new objects that were not
 * added too. They belong to the program: corm_free, or corm_add. Links to objects that stay are cut; but
 * what is new, or was inserted in this transaction, and what leaves together with it, keeps them until it
 * is freed, added to another session, or its session is closed or cleared, and is not for another thread
 * before that. */
CORM_API corm_status corm_expunge(corm_session *session, void *object);
/* Frees an object that is in no session: expunged, or transient or detached. Otherwise CORM_MISUSE.
 * NULL is fine. Objects that were expunged together stay linked: one that is linked to what was freed
 * forgets it when its relationships are looked at, or it is added to a session. */
CORM_API corm_status corm_free(void *object);
/* Marks members and relationships to be loaded again; drops unflushed changes to them. Members
 * stay readable. */
CORM_API corm_status corm_expire(corm_session *session, void *object);
CORM_API corm_status corm_expire_column(corm_session *session, void *object,
                                        corm_column_ref column);
CORM_API corm_status corm_expire_all(corm_session *session);
/* Expires and loads at once. CORM_ROW_MISSING if the row is gone. */
CORM_API corm_status corm_refresh(corm_session *session, void *object);
/* Loads the object if it is expired: call it before a value is read in order to write it back.
 * Members that the program has changed are kept. CORM_ROW_MISSING (also of a deleted object that has
 * expired), CORM_DETACHED. */
CORM_API corm_status corm_current(void *object);

/* What corm_merge is made of. Copies `object` onto the session's object for the same row, which is
 * loaded if need be, or onto a new one that is added, where there is no such row, and returns that
 * one. `object` may be transient, detached or of another session, whose engine has the same schema;
 * an object of this session is returned as it is. It is only read, and may be freed afterwards. The
 * caller must own both sessions: nobody else may use them meanwhile. Flushes first. Not copied are
 * unset columns, defaults that corm_new filled in (onto a row that is there), members that are
 * expired, relationships that are not loaded. Relationships with CORM_CASCADE_MERGE are merged
 * along: the session's become what the given ones are. NULL on error: corm_last_status tells. */
CORM_API void *corm_object_merge(corm_session *session, void *object);

CORM_API corm_object_state corm_state(const void *object);
/* pending or persistent in it */
CORM_API bool corm_in_session(const corm_session *session, const void *object);
CORM_API bool corm_is_marked_deleted(const void *object); /* delete requested, not yet flushed */
/* Net changes of columns, references or collections that are not flushed. */
CORM_API bool corm_is_modified(const void *object);
CORM_API corm_session *corm_session_of(const void *object);   /* NULL if it belongs to none */
CORM_API const corm_model *corm_model_of(const void *object); /* NULL if not an object */
/* The object itself, if its model is this one or inherits from it; else NULL. For corm_as. */
CORM_API void *corm_object_as(const void *object, const corm_model *model);

/* Whether the member has neither been given a value nor a default; the row then gets NULL, or
 * what the database gives. */
#define corm_is_unset(object_, column_) corm_object_is_unset((object_), (column_).column)
CORM_API bool corm_object_is_unset(const void *object, corm_column_ref column);
/* Takes the member's value away: NULL is written at the next flush, also for a member whose type
 * has no NULL, such as a foreign key that is cut. Assigning a value other than zero ends that. */
#define corm_unset(object_, column_) corm_object_unset((object_), (column_).column)
CORM_API corm_status corm_object_unset(void *object, corm_column_ref column);
/* Has the column written at the next flush, whether its value differs or not. Ends unset. */
#define corm_touch(object_, column_) corm_object_touch((object_), (column_).column)
CORM_API corm_status corm_object_touch(void *object, corm_column_ref column);

/* corm_current for one member: loads a .deferred column, or the row of an expired object, unless the
 * member is loaded or was assigned already: then there is no SQL. Nothing to do for an object without
 * a row. CORM_ROW_MISSING, CORM_DETACHED. */
#define corm_load_column(object_, column_) corm_object_load_column((object_), (column_).column)
CORM_API corm_status corm_object_load_column(void *object, corm_column_ref column);
/* Whether the member is known: false for a .deferred column that was neither loaded nor assigned, and
 * for one that is expired and was not assigned since. */
#define corm_is_loaded(object_, column_) corm_object_is_loaded((object_), (column_).column)
CORM_API bool corm_object_is_loaded(const void *object, corm_column_ref column);

/* A BLOB that is stored, to be read and written in pieces, so that it never lies in memory as a whole.
 * The object's row is written first, if that is pending. Ends, with an error at its next use, when the
 * transaction is committed, rolled back or given a savepoint, or when the row is written. While it is
 * open for writing, the member is not known: corm_load_column reads it. A version column does not count
 * what is written so. NULL on error: no row, no value in it (corm_blob_of_size makes one), another kind
 * of column, a database that cannot do it. The session frees what the program does not close. */
typedef struct corm_blob_handle corm_blob_handle;
#define corm_blob_open(object_, column_, writable_)                                                \
    corm_object_blob_open((object_), (column_).column, (writable_))
CORM_API corm_blob_handle *corm_object_blob_open(void *object, corm_column_ref column,
                                                 bool writable);
/* Its bytes, which no write changes; 0 on error. */
CORM_API size_t corm_blob_size(const corm_blob_handle *handle);
/* `size` bytes from `offset` on; all of them must be there, or nothing is read or written. */
CORM_API corm_status corm_blob_read(corm_blob_handle *handle, size_t offset, void *out,
                                    size_t size);
CORM_API corm_status corm_blob_write(corm_blob_handle *handle, size_t offset, const void *bytes,
                                     size_t size);
/* CORM_OK also where it has ended. NULL is fine. */
CORM_API corm_status corm_blob_close(corm_blob_handle *handle);

/* What corm_new is made of: an object with defaults and sentinels, and its last touch, which
 * copies texts and marks what is unset. */
CORM_API void *corm_object_new(corm_session *session, const corm_model *model);
CORM_API void *corm_object_made(void *object);
/* The same where the compiler has no statement expressions: begin, current (never NULL: a failed
 * one is scratch), end. */
CORM_API void corm_object_making(corm_session *session, const corm_model *model);
CORM_API void *corm_object_in_making(void);
CORM_API void *corm_object_made_last(void);

/* ---- Relationships, type-erased -------------------------------------------------------------- */

typedef struct corm_list {
    void **items; /* owned by the session; never changed or freed before the transaction ends */
    size_t count;
} corm_list;

CORM_API corm_list corm_related_list(void *object, corm_relationship_ref relationship);
/* The number of related objects; loads none of them. 0 on error. */
CORM_API size_t corm_related_count(void *object, corm_relationship_ref relationship);
CORM_API bool corm_related_contains(void *object, corm_relationship_ref relationship,
                                    const void *item);
CORM_API corm_status corm_related_append(void *object, corm_relationship_ref relationship,
                                         void *item);
CORM_API corm_status corm_related_remove(void *object, corm_relationship_ref relationship,
                                         void *item);
/* The collection becomes these `count` objects, in this order. `items` is borrowed. */
CORM_API corm_status corm_related_replace(void *object, corm_relationship_ref relationship,
                                          void *const *items, size_t count);
CORM_API void *corm_related_one(void *object, corm_relationship_ref relationship);
CORM_API corm_status corm_related_set(void *object, corm_relationship_ref relationship, void *item);

/* ---- Queries, type-erased -------------------------------------------------------------------- */

/* Structs that CORM_ROW declares, one behind the other: owned by the session, until the next
 * transaction begins, or corm_free_lists. */
typedef struct corm_rows {
    void *items;
    size_t count;
} corm_rows;

/* By primary key: from the identity map where the object is there and current, else by a query.
 * NULL: no such row, or an error (corm_error_status tells). */
CORM_API void *corm_object_get(corm_session *session, const corm_model *model,
                               const corm_value *key, size_t count);
CORM_API corm_list corm_query_all(corm_session *session, const corm_query *query);
CORM_API void *corm_query_first(corm_session *session, const corm_query *query);
/* NULL and CORM_NOT_FOUND or CORM_NOT_UNIQUE unless it is exactly one row. */
CORM_API void *corm_query_one(corm_session *session, const corm_query *query);
/* A stream: the rows of a query one at a time, with the memory of one row, however many there are.
 * What is pending is flushed first; .load is refused. NULL: an error (corm_last_status tells). It
 * ends with its last row, and with an error when the transaction ends; rows may be updated and
 * deleted meanwhile, but none inserted into the table that it reads. The session frees what the
 * program does not close. */
typedef struct corm_stream corm_stream;
CORM_API corm_stream *corm_query_stream(corm_session *session, const corm_query *query);
/* The next row as a struct of the query's model (or, for a base model, of the row's own), which is no
 * object of the session: to change it, corm_get it by its key. Valid, with its texts, until the next
 * call on the stream. NULL: there is none, or an error, which corm_stream_close tells too. */
CORM_API const void *corm_stream_next(corm_stream *stream);
/* Called with the number of rows read so far; false stops the stream. It must not use the session: that
 * ends the stream with CORM_MISUSE. */
typedef bool (*corm_stream_watcher)(void *data, int64_t rows);
/* Has `function` called whenever so many more rows have been read, before the last of them is handed
 * out; NULL ends it. A stream that it stops gives no more rows, and ends with CORM_INTERRUPTED. */
CORM_API corm_status corm_stream_progress(corm_stream *stream, int64_t rows,
                                          corm_stream_watcher function, void *data);
/* Ends it, early or late. CORM_OK: every row that was asked for came. */
CORM_API corm_status corm_stream_close(corm_stream *stream);
/* The rows of a query as structs that CORM_ROW has declared; one value of each row as the OPTIONAL of
 * its kind. What is pending is flushed first. None on error (corm_last_status tells). */
CORM_API corm_rows corm_select_rows(corm_session *session, const corm_select *select);
/* The same one at a time, as a stream; corm_stream_next gives a struct of the row. */
CORM_API corm_stream *corm_select_rows_stream(corm_session *session, const corm_select *select);
CORM_API corm_rows corm_select_values(corm_session *session, const corm_select *select,
                                      corm_condition value);
/* Rows that match; limit and offset count too. -1 on error. */
CORM_API int64_t corm_query_count(corm_session *session, const corm_query *query);

/* ---- Tables ---------------------------------------------------------------------------------- */

/* Creates the tables and indexes that are missing, referenced tables first, and commits.
 * CORM_SCHEMA_MISMATCH, and nothing created, if a table is there that does not match its model: see
 * corm_check_tables. */
CORM_API corm_status corm_create_all(corm_session *session);
/* Drops the tables that are there, referencing tables first, and commits. Views are the program's, and
 * stay. Expires every object. */
CORM_API corm_status corm_drop_all(corm_session *session);
/* Compares every table with its model: whether it is there, has the model's columns of a type that
 * keeps their values as they are, NULL where the model has OPTIONAL, the same primary key, and no
 * other column that an INSERT would need. CORM_SCHEMA_MISMATCH names the first difference, and what
 * to do. Constraints and indexes are not compared. */
CORM_API corm_status corm_check_tables(corm_session *session);
/* The DDL of the schema in `dialect`, as text; needs no database. Free it with corm_ddl_free.
 * NULL: out of memory, or the models are wrong; then `error`, if not NULL, says why. */
CORM_API char *corm_ddl(const corm_schema *schema, const corm_dialect *dialect, corm_error *error);
CORM_API void corm_ddl_free(char *ddl);

#endif /* CORM__SESSION_H */

/* ---- src/writing.h --------------------------------------------------------------------------- */

/* writing.h: writing by query and by array.
 *
 * Owns: what an UPDATE, a DELETE and an INSERT of many rows are: assignments, their arguments, the
 * calls; the macros that let the compiler check names and value types.
 * Must not know: how any of it is done. */
#ifndef CORM__WRITING_H
#define CORM__WRITING_H

#ifdef CORM_LINES
#line 10 "src/writing.h"
#endif
/* ---- Assignments ------------------------------------------------------------------------------- */

typedef uint16_t corm__wants_corm_set;

/* Columns and what they get: a value, like corm_condition, that may be built in an `if` and kept.
 * Texts, blobs, lists and variables in it are borrowed until the statement has run. The zero value
 * assigns nothing. */
typedef struct corm_assignments {
    corm__wants_corm_set count;
    uint16_t wanted; /* more than count: parts that did not fit */
    corm__node nodes[2 * CORM_CONDITION_NODES];
} corm_assignments;

/* Type-erased makers; the macros below choose among them. The last of `parts` has a count of
 * UINT16_MAX. */
CORM_API corm_assignments corm_assignment_of(corm_column_ref column, corm_condition value);
CORM_API corm_assignments corm_assignment_null(corm_column_ref column);
CORM_API corm_assignments corm_assignments_join(const corm_assignments *parts);

/* ---- UPDATE and DELETE ------------------------------------------------------------------------- */

/* What corm_update_all takes after the model, as keyword arguments. */
typedef struct corm_update {
    const corm_model *model CORM__ZERO;
    corm_assignments set CORM__ZERO; /* corm_set(...), or several in corm_sets(...) */
    corm_condition where CORM__ZERO; /* which rows; without it, .all_rows must say so */
    bool all_rows CORM__ZERO;        /* every row of the model */
} corm_update;

/* What corm_delete_all takes after the model. */
typedef struct corm_deletion {
    const corm_model *model CORM__ZERO;
    corm_condition where CORM__ZERO;
    bool all_rows CORM__ZERO;
} corm_deletion;

/* Both flush first, whatever .no_autoflush says, because the statement works on rows; it runs in the
 * session's transaction. The result is the number of rows, -1 on error: wrong arguments change
 * nothing; a statement that fails is undone as a failed flush is, and the session waits for
 * corm_rollback.
 *
 * Afterwards the session's objects are as their rows: members have the new values, a deleted row's
 * object is deleted (detached by the commit, persistent again by a rollback), and what ON DELETE and
 * ON UPDATE of the models' foreign keys did to other rows is seen in their objects. Loaded
 * collections lose what was deleted; one whose columns were changed is loaded anew.
 *
 * An UPDATE counts the version up and calls .update_function, once for the statement: its object is a
 * struct of the model with the assigned values, and zero for the rest and for what the database
 * computes. Validators are asked, hooks of objects are not called. A DELETE deletes rows, and leaves
 * what refers to them to the foreign keys' ON DELETE: the relationships' cascades are those of
 * corm_delete. */
CORM_API int64_t corm_query_update(corm_session *session, const corm_update *update);
CORM_API int64_t corm_query_delete(corm_session *session, const corm_deletion *deletion);
/* The same; the objects of those rows, in no order. Of deleted rows too: they are in the state that
 * corm_delete and a flush would have brought them to. Empty on error: corm_last_status tells. */
CORM_API corm_list corm_query_update_returning(corm_session *session, const corm_update *update);
CORM_API corm_list corm_query_delete_returning(corm_session *session,
                                               const corm_deletion *deletion);

/* ---- INSERT ------------------------------------------------------------------------------------ */

/* Columns of one model. */
typedef struct corm_column_list {
    const corm_model *model; /* NULL: none */
    const corm_model *other; /* NULL, or another model: refused when it is used */
    uint64_t columns;        /* a bit for each, by index */
} corm_column_list;
CORM_API corm_column_list corm_column_list_of(const corm_column_ref *columns, size_t count);

/* What became of the rows of an INSERT. */
typedef struct corm_insertion_counts {
    int64_t inserted, updated, ignored;
} corm_insertion_counts;

/* What corm_insert_all takes after the model, the rows and their number. */
typedef struct corm_insertion {
    const corm_model *model CORM__ZERO;
    void *rows CORM__ZERO; /* an array of structs of the model, which are no objects of a session */
    size_t count CORM__ZERO;
    /* Upsert: the columns in which a row that is there may conflict with a new one: the primary key or
     * what the model declares as unique. */
    corm_column_list on_conflict CORM__ZERO; /* corm_conflict_on(User_.email) */
    /* ... and these columns of that row get the new row's values; with .on_conflict */
    corm_column_list update CORM__ZERO; /* corm_columns_of(User_.name, User_.age) */
    /* ... or the new row is left out; without .on_conflict whatever it conflicts in */
    bool ignore CORM__ZERO;
    /* Gets what became of them, if not NULL; whether a row will be updated is asked before, for each */
    corm_insertion_counts *counts CORM__ZERO;
} corm_insertion;

/* Inserts structs, in their order. What is pending is flushed first; then all rows are checked as a
 * flush checks objects, and one that does not fit is an error that names it and writes nothing; a
 * statement that fails is undone as a failed flush is. Every member is a value, zero and NULL too, but:
 * an INTEGER key of 0 is given by the database, a version of 0 begins at 1, the discriminator follows
 * from the model, .generated columns are not looked at, and what corm_rows_blank has left unset comes
 * from .default_function or .server_default or is NULL. Keys that were given are written into the array,
 * and after a failure taken out again: a text among them lives as one of corm_text. Validators are
 * asked, with the struct as object; hooks of objects are not called.
 *
 * The result is the number of rows inserted or updated, -1 on error. An object that the session has of
 * such a row is read again. */
CORM_API int64_t corm_rows_insert(corm_session *session, const corm_insertion *insertion);
/* The same; the objects of the rows that were inserted or updated, in the order of the array. */
CORM_API corm_list corm_rows_insert_returning(corm_session *session,
                                              const corm_insertion *insertion);
/* Gives every member of every struct its default, or leaves it unset, as corm_new does. */
CORM_API corm_status corm_rows_prepare(corm_session *session, const corm_model *model, void *rows,
                                       size_t count);

/* ---- What the user writes ---------------------------------------------------------------------- */

/* clang-format off */

/* The column gets a value of C, what another column of the row has, or any expression over the row as it
 * is before the statement: corm_set(User_.age, 18), corm_set(User_.logins, corm_plus(User_.logins, 1)),
 * corm_set(User_.nick, corm_lower(User_.name)). Of the column's type, as in corm_eq; a REAL takes an INTEGER
 * too. A NULL text, a corm_blob without data, and an OPTIONAL member that is absent are NULL. */
#define corm_set(column_, value_)                                                                  \
    CORM__LET2(CORM__SET, column_, value_, "corm_set(" #column_ ", " #value_ ")")
#define CORM__SET(column_, value_, text_)                                                          \
    corm_assignment_of((column_).column, corm_expression_of(CORM__FIELD, CORM_KIND_COUNT + CORM__CHECK( \
        CORM__FITS_INTO(column_, value_),                                                          \
        text_ CORM__OTHER_TYPE "is set by corm_set_null)"), 0, NULL,                               \
        CORM__PARTS(CORM__OPERAND(value_)), 1))
/* OPTIONAL columns: NULL. */
#define corm_set_null(column_) corm_assignment_null((column_).column)
/* Several; those that are zero are left out. */
#define corm_sets(...)                                                                             \
    corm_assignments_join(CORM__LIST(corm_assignments, __VA_ARGS__, CORM__END(corm_assignments)))

/* int64_t rows = corm_update_all(session, User, .set = corm_set(User_.active, false),
 *                                .where = corm_lt(User_.age, 18)); */
#define corm_update_all(session_, ...) CORM__UPDATE(session_, __VA_ARGS__, )
#define CORM__UPDATE(session_, model_, ...)                                                        \
    corm_query_update((session_), CORM__NOTED(CORM__AT(corm_update, model, &corm__model_##model_, __VA_ARGS__)))
/* int64_t rows = corm_delete_all(session, Post, .where = corm_eq(Post_.user_id, 7)); */
#define corm_delete_all(session_, ...) CORM__DELETE(session_, __VA_ARGS__, )
#define CORM__DELETE(session_, model_, ...)                                                        \
    corm_query_delete((session_), CORM__NOTED(CORM__AT(corm_deletion, model, &corm__model_##model_, __VA_ARGS__)))
/* The same, giving the objects: User_list changed = corm_update_returning(session, User, ...); */
#define corm_update_returning(session_, ...) CORM__UPDATE_RETURNING(session_, __VA_ARGS__, )
#define CORM__UPDATE_RETURNING(session_, model_, ...)                                              \
    corm__list_of_##model_(corm_query_update_returning((session_),                                 \
        CORM__NOTED(CORM__AT(corm_update, model, &corm__model_##model_, __VA_ARGS__))))
#define corm_delete_returning(session_, ...) CORM__DELETE_RETURNING(session_, __VA_ARGS__, )
#define CORM__DELETE_RETURNING(session_, model_, ...)                                              \
    corm__list_of_##model_(corm_query_delete_returning((session_),                                 \
        CORM__NOTED(CORM__AT(corm_deletion, model, &corm__model_##model_, __VA_ARGS__))))

/* int64_t rows = corm_insert_all(session, User, users, count);
 * ... corm_insert_all(session, User, users, count, .on_conflict = corm_conflict_on(User_.email),
 *                     .update = corm_columns_of(User_.name, User_.age)); */
#define corm_insert_all(session_, ...) CORM__INSERT(session_, __VA_ARGS__, )
#define CORM__INSERT(session_, model_, rows_, count_, ...)                                         \
    corm_rows_insert((session_), CORM__NOTED(CORM__AT(corm_insertion, model, &corm__model_##model_, \
        .rows = (rows_), .count = CORM__ROW_COUNT("corm_insert_all", model_, rows_, count_), __VA_ARGS__)))
/* The same, giving the objects. */
#define corm_insert_returning(session_, ...) CORM__INSERT_RETURNING(session_, __VA_ARGS__, )
#define CORM__INSERT_RETURNING(session_, model_, rows_, count_, ...)                               \
    corm__list_of_##model_(corm_rows_insert_returning((session_), CORM__NOTED(                     \
        CORM__AT(corm_insertion, model, &corm__model_##model_, .rows = (rows_),                    \
            .count = CORM__ROW_COUNT("corm_insert_returning", model_, rows_, count_), __VA_ARGS__))))
/* Before members are assigned: User users[100]; corm_rows_blank(session, User, users, 100); */
#define corm_rows_blank(session_, model_, rows_, count_)                                           \
    corm_rows_prepare((session_), &corm__model_##model_, (rows_),                                  \
                      CORM__ROW_COUNT("corm_rows_blank", model_, rows_, count_))
#define CORM__ROW_COUNT(call_, model_, rows_, count_)                                              \
    ((count_) + (size_t)CORM__CHECK(_Generic((rows_), model_ *: 1, default: 0), call_ "(session, " #model_ ", " \
        #rows_ ", ...): the rows are an array of " #model_ ", which is not const"))

#define corm_conflict_on(...) CORM__COLUMN_LIST(__VA_ARGS__)
#define corm_columns_of(...) CORM__COLUMN_LIST(__VA_ARGS__)
#define CORM__COLUMN_LIST(...)                                                                     \
    corm_column_list_of((const corm_column_ref[]){CORM__EACH(CORM__COLUMN_OF, ~, __VA_ARGS__, )},  \
                        sizeof((const corm_column_ref[]){CORM__EACH(CORM__COLUMN_OF, ~, __VA_ARGS__, )}) / \
                            sizeof(corm_column_ref))
#define CORM__COLUMN_OF(data_, column_) (column_).column,

/* clang-format on */

#endif /* CORM__WRITING_H */

/* ---- src/seeing.h ---------------------------------------------------------------------------- */

/* seeing.h: what a program can see of its SQL.
 *
 * Owns: the calls that show the SQL of a query and how the database would answer it, that count the
 * statements of a piece of a test, and that count round trips by the place in the program which asks
 * for them. corm_echo and corm_trace, which show what runs, are in session.h.
 * Must not know: how any of it is found out. */
#ifndef CORM__SEEING_H
#define CORM__SEEING_H

#ifdef CORM_LINES
#line 11 "src/seeing.h"
#endif
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

/* ---- src/plain.h ----------------------------------------------------------------------------- */

/* plain.h: SQL that the program writes itself.
 *
 * Owns: values for placeholders, told apart by their C types; the calls that run a statement or a
 * script and map its rows.
 * Must not know: what models and rows expand to, how a statement runs. */
#ifndef CORM__PLAIN_H
#define CORM__PLAIN_H

#ifdef CORM_LINES
#line 11 "src/plain.h"
#endif
/* ---- Values for placeholders ----------------------------------------------------------------- */

/* What a value is in C, after its promotion in a call with variable arguments. The numbers stand in
 * CORM__C_TYPE. */
typedef enum corm__c_type {
    CORM__C_NO_VALUE,
    CORM__C_INT,
    CORM__C_UNSIGNED,
    CORM__C_LONG,
    CORM__C_UNSIGNED_LONG,
    CORM__C_LONG_LONG,
    CORM__C_UNSIGNED_LONG_LONG,
    CORM__C_DOUBLE,
    CORM__C_TEXT,
    CORM__C_BLOB,
    CORM__C_DATE,
    CORM__C_DATETIME,
    CORM__C_TIME,
    CORM__C_UUID,
    CORM__C_CUSTOM,
    CORM__C_OPTIONAL_INTEGER, /* BOOLEAN and ENUM as well */
    CORM__C_OPTIONAL_REAL,
    CORM__C_OPTIONAL_DATE,
    CORM__C_OPTIONAL_DATETIME,
    CORM__C_OPTIONAL_TIME,
    CORM__C_OPTIONAL_UUID,
    CORM__C_POINTER /* NULL; any other is refused when the statement runs */
} corm__c_type;

/* One value, bound and never spliced. Texts, blobs and values of custom kinds are borrowed until
 * the call returns. Made by corm_sql_parameter. */
typedef struct corm_parameter {
    enum corm__c_type type; /* an absent OPTIONAL: POINTER */
    union {
        int64_t integer;          /* INT */
        uint64_t unsigned_;       /* UNSIGNED_LONG_LONG */
        double real;              /* DOUBLE */
        const char *text;         /* TEXT */
        corm_blob blob;           /* BLOB */
        corm_date date;           /* DATE */
        corm_datetime datetime;   /* DATETIME */
        corm_time time;           /* TIME */
        corm_uuid uuid;           /* UUID */
        corm_custom_value custom; /* CUSTOM */
        const void *pointer;      /* POINTER */
    } as;
} corm_parameter;

/* What the macros make of a value: a value of the type behind the number of it. */
CORM_API corm_parameter corm_parameter_of(int c_type, ...);

/* ---- Type-erased ----------------------------------------------------------------------------- */

/* What the macros below call, with an array of any length in place of arguments:
 *   corm_parameter values[] = {corm_sql_parameter(7), corm_sql_parameter("Ann")};
 * Placeholders are the database's: ?1, ?2 in SQLite. */
CORM_API corm_list corm_sql_objects(corm_session *session, const corm_model *model, const char *sql,
                                    const corm_parameter *values, size_t count);
CORM_API corm_rows corm_sql_rows(corm_session *session, const corm_model *row, const char *sql,
                                 const corm_parameter *values, size_t count);
/* The only column of the only row into *out, which is of the C type of the kind (OPTIONAL: of its
 * optional one); untouched on error. Not for DECIMAL, ENUM and CUSTOM. */
CORM_API corm_status corm_sql_value(corm_session *session, corm_kind kind, bool optional,
                                    const char *sql, const corm_parameter *values, size_t count,
                                    void *out);
CORM_API corm_status corm_sql_execute(corm_session *session, const char *sql,
                                      const corm_parameter *values, size_t count);
CORM_API corm_stream *corm_sql_query_stream(corm_session *session, const corm_model *model,
                                            const char *sql, const corm_parameter *values,
                                            size_t count);

/* ---- What the program calls ------------------------------------------------------------------ */

/* How many rows the last corm_sql_run of the session has inserted, updated or deleted. */
CORM_API int64_t corm_sql_changed(const corm_session *session);

/* Runs a text of several statements, separated by semicolons, in the session's transaction: all of
 * them or, as the session then waits for corm_rollback, none. What is pending is flushed first. Rows
 * that the statements give are thrown away; placeholders, and statements that begin or end
 * transactions, are refused. The message says which statement failed: its number, line and
 * beginning. Objects are expired, as by corm_sql_run. */
CORM_API corm_status corm_sql_script(corm_session *session, const char *text);

/* clang-format off */

/* The rows of a SELECT of one's own, with a value for each placeholder: objects of a model, or structs
 * of a CORM_ROW:
 *   User_list  old  = corm_sql(session, User,  "SELECT * FROM users WHERE age > ?1", 60);
 *   Sales_list rows = corm_sql(session, Sales, "SELECT artist, count(*), sum(price) FROM ...", since);
 * Values: numbers, bool, strings, corm_blob, corm_date, corm_datetime, corm_time, corm_uuid, an OPTIONAL
 * of them, <kind>_value(&x) of a kind of the program's own, NULL. An enumerator is a number in C: give
 * <Enum>_name(it). A decimal is its .units. There must be as many as placeholders.
 * Models: each column of the model must be there, under its name in the table, and no other; the
 * objects are the session's own. Rows: as many columns as members; in any order where all have the
 * names of the members' columns, else in the members' order.
 * What is pending is flushed first. INSERT, UPDATE and DELETE with RETURNING give rows too. On error
 * the list is empty, and the session waits for corm_rollback: corm_last_status tells. Lists live as
 * those of corm_all do. */
#define corm_sql(session_, ...) CORM__SQL(session_, __VA_ARGS__, )
#define CORM__SQL(session_, type_, text_, ...)                                                     \
    corm__plain_##type_((session_), CORM__NOTED((text_)), CORM__PARAMETERS("corm_sql", __VA_ARGS__))

/* The same one at a time, with the memory of one row: see corm_stream_next. Of a model the rows are
 * structs and no objects. */
#define corm_sql_stream(session_, ...) CORM__SQL_STREAM(session_, __VA_ARGS__, )
#define CORM__SQL_STREAM(session_, type_, text_, ...)                                              \
    corm_sql_query_stream((session_), &corm__model_##type_, CORM__NOTED((text_)),                     \
                          CORM__PARAMETERS("corm_sql_stream", __VA_ARGS__))

/* Runs a statement that gives no rows: INSERT, UPDATE, DELETE, DDL. What is pending is flushed first.
 * Objects keep their values, and the next load of a row refreshes them, as after a commit: they may have
 * been changed. corm_sql_changed tells how many rows were. */
#define corm_sql_run(session_, ...) CORM__SQL_RUN(session_, __VA_ARGS__, )
#define CORM__SQL_RUN(session_, text_, ...)                                                        \
    corm_sql_execute((session_), (text_), CORM__PARAMETERS("corm_sql_run", __VA_ARGS__))

/* The value of a SELECT with one column and one row: int64_t n = corm_sql_integer(session, "SELECT
 * count(*) FROM users WHERE age > ?1", 60). No row is CORM_NOT_FOUND, several are CORM_NOT_UNIQUE, NULL
 * is CORM_DATA; each gives 0, NULL or an empty struct: corm_last_status tells. corm_sql_optional_integer
 * and its kin give an OPTIONAL, absent for NULL and where there is no row. Texts and blobs live as lists
 * do. */
#define corm_sql_integer(session_, ...) CORM__SQL_VALUE(integer, session_, __VA_ARGS__, )
#define corm_sql_real(session_, ...) CORM__SQL_VALUE(real, session_, __VA_ARGS__, )
#define corm_sql_boolean(session_, ...) CORM__SQL_VALUE(boolean, session_, __VA_ARGS__, )
#define corm_sql_text(session_, ...) CORM__SQL_VALUE(text, session_, __VA_ARGS__, )
#define corm_sql_blob(session_, ...) CORM__SQL_VALUE(blob, session_, __VA_ARGS__, )
#define corm_sql_date(session_, ...) CORM__SQL_VALUE(date, session_, __VA_ARGS__, )
#define corm_sql_datetime(session_, ...) CORM__SQL_VALUE(datetime, session_, __VA_ARGS__, )
#define corm_sql_time(session_, ...) CORM__SQL_VALUE(time, session_, __VA_ARGS__, )
#define corm_sql_uuid(session_, ...) CORM__SQL_VALUE(uuid, session_, __VA_ARGS__, )
#define corm_sql_optional_integer(session_, ...) CORM__SQL_VALUE(optional_integer, session_, __VA_ARGS__, )
#define corm_sql_optional_real(session_, ...) CORM__SQL_VALUE(optional_real, session_, __VA_ARGS__, )
#define corm_sql_optional_boolean(session_, ...) CORM__SQL_VALUE(optional_boolean, session_, __VA_ARGS__, )
#define corm_sql_optional_text(session_, ...) CORM__SQL_VALUE(optional_text, session_, __VA_ARGS__, )
#define corm_sql_optional_blob(session_, ...) CORM__SQL_VALUE(optional_blob, session_, __VA_ARGS__, )
#define corm_sql_optional_date(session_, ...) CORM__SQL_VALUE(optional_date, session_, __VA_ARGS__, )
#define corm_sql_optional_datetime(session_, ...) CORM__SQL_VALUE(optional_datetime, session_, __VA_ARGS__, )
#define corm_sql_optional_time(session_, ...) CORM__SQL_VALUE(optional_time, session_, __VA_ARGS__, )
#define corm_sql_optional_uuid(session_, ...) CORM__SQL_VALUE(optional_uuid, session_, __VA_ARGS__, )
#define CORM__SQL_VALUE(name_, session_, text_, ...)                                               \
    corm__value_as_##name_((session_), CORM__NOTED((text_)),                                          \
                           CORM__PARAMETERS("corm_sql_" #name_, __VA_ARGS__))

#define CORM__VALUE_AS(name_, type_, kind_, optional_)                                             \
    static inline CORM__UNUSED type_ corm__value_as_##name_(                                       \
        corm_session *session, const char *sql, const corm_parameter *values, size_t count)        \
    {                                                                                              \
        type_ value;                                                                               \
        memset(&value, 0, sizeof value);                                                           \
        (void)corm_sql_value(session, CORM_KIND_##kind_, optional_, sql, values, count, &value);   \
        return value;                                                                              \
    }
CORM__VALUE_AS(integer, int64_t, INTEGER, false)
CORM__VALUE_AS(real, double, REAL, false)
CORM__VALUE_AS(boolean, bool, BOOLEAN, false)
CORM__VALUE_AS(text, const char *, TEXT, false)
CORM__VALUE_AS(blob, corm_blob, BLOB, false)
CORM__VALUE_AS(date, corm_date, DATE, false)
CORM__VALUE_AS(datetime, corm_datetime, DATETIME, false)
CORM__VALUE_AS(time, corm_time, TIME, false)
CORM__VALUE_AS(uuid, corm_uuid, UUID, false)
CORM__VALUE_AS(optional_integer, corm_optional_integer, INTEGER, true)
CORM__VALUE_AS(optional_real, corm_optional_real, REAL, true)
CORM__VALUE_AS(optional_boolean, corm_optional_boolean, BOOLEAN, true)
CORM__VALUE_AS(optional_text, const char *, TEXT, true)
CORM__VALUE_AS(optional_blob, corm_blob, BLOB, true)
CORM__VALUE_AS(optional_date, corm_optional_date, DATE, true)
CORM__VALUE_AS(optional_datetime, corm_optional_datetime, DATETIME, true)
CORM__VALUE_AS(optional_time, corm_optional_time, TIME, true)
CORM__VALUE_AS(optional_uuid, corm_optional_uuid, UUID, true)
#undef CORM__VALUE_AS

/* One value for a placeholder. */
#define corm_sql_parameter(value_)                                                                 \
    corm_parameter_of(CORM__C_TYPE(value_) + CORM__PARAMETER_CHECK("corm_sql_parameter", value_), (value_))

/* CORM__PARAMETERS(<call>, a, b, <nothing>) is the array {a, b}, and the number 2. The last element, which
 * is not counted, is there because C has no empty arrays. */
#define CORM__PARAMETERS(call_, ...)                                                               \
    (const corm_parameter[]){CORM__EACH(CORM__PARAMETER, ~, __VA_ARGS__) {CORM__C_NO_VALUE, {0}}},  \
    (size_t)(0 CORM__EACH(CORM__PARAMETER_COUNT, call_, __VA_ARGS__))
#define CORM__PARAMETER(data_, value_) corm_parameter_of(CORM__C_TYPE(value_), (value_)),
#define CORM__PARAMETER_COUNT(call_, value_) + 1 + CORM__PARAMETER_CHECK(call_, value_)
#define CORM__C_TYPE(value_)                                                                       \
    _Generic((value_), bool: 1, char: 1, signed char: 1, unsigned char: 1, short: 1,               \
        unsigned short: 1, int: 1, unsigned: 2, long: 3, unsigned long: 4, long long: 5,           \
        unsigned long long: 6, float: 7, double: 7, char *: 8, const char *: 8, corm_blob: 9,      \
        corm_date: 10, corm_datetime: 11, corm_time: 12, corm_uuid: 13, corm_custom_value: 14,     \
        corm_optional_integer: 15, corm_optional_real: 16, corm_optional_date: 17,                 \
        corm_optional_datetime: 18, corm_optional_time: 19, corm_optional_uuid: 20, void *: 21,    \
        const void *: 21, default: 0)
#define CORM__PARAMETER_CHECK(call_, value_)                                                       \
    CORM__CHECK(CORM__C_TYPE(value_), call_ ": " #value_ " is no value for a placeholder: give a " \
        "number, a string, a corm_blob, a date, a time, a UUID, an OPTIONAL of them or NULL; of a " \
        "corm_decimal its .units, of a kind of your own <kind>_value(&x)")

/* clang-format on */

#endif /* CORM__PLAIN_H */

/* ---- src/kinds.h ----------------------------------------------------------------------------- */

/* kinds.h: kinds that the program declares, before the models that use them.
 *
 * Owns: what an enum's list and a C type with its two functions become. Placeholders stand in angle brackets.
 * Must not know: models, the implementation. */
#ifndef CORM__KINDS_H
#define CORM__KINDS_H

#ifdef CORM_LINES
#line 9 "src/kinds.h"
#endif
/* clang-format off */

/* ---- Enums ----------------------------------------------------------------------------------------------
 * CORM_ENUM(<Enum>, <LIST>):
 *   typedef enum <Enum> { <VALUE>, <VALUE> = <number>, ... } <Enum>;
 *   static const corm_enum corm__enum_<Enum> = {"<Enum>", sizeof(<Enum>), <items>, <count>};
 *   static inline const char *<Enum>_name(<Enum> value);
 *   static inline bool <Enum>_parse(const char *text, <Enum> *out);
 * The list has a row for each value: its name, the text that the table holds (default: the name),
 * its number (default: one more than the last):
 *   #define COLOR(VALUE) VALUE(RED) VALUE(GREEN, "green") VALUE(BLUE, "blue", 7)
 *   CORM_ENUM(Color, COLOR)
 *   COLUMN(ENUM(Color), color)
 * <Enum>_name gives the text, NULL for a value that is not in the list. <Enum>_parse is false, and
 * *out untouched, where no value has the text. CORM_ENUM_OVER is the same over an enum that exists
 * already. No semicolon behind them. */
#define CORM_ENUM(enum_, list_)                                                                    \
    typedef enum enum_ { list_(CORM__ENUMERATOR) } enum_;                                          \
    CORM_ENUM_OVER(enum_, list_)
#define CORM_ENUM_OVER(enum_, list_)                                                               \
    static CORM__UNUSED const corm_enum_item corm__enum_items_##enum_[] = {list_(CORM__ENUM_ITEM)}; \
    static CORM__UNUSED const corm_enum corm__enum_##enum_ = {                                     \
        #enum_, sizeof(enum_), corm__enum_items_##enum_,                                           \
        sizeof corm__enum_items_##enum_ / sizeof corm__enum_items_##enum_[0]};                     \
    static inline CORM__UNUSED const char *enum_##_name(enum_ corm__value)                         \
    {                                                                                              \
        return corm_enum_text(&corm__enum_##enum_, (int)corm__value);                              \
    }                                                                                              \
    static inline CORM__UNUSED bool enum_##_parse(const char *corm__text, enum_ *corm__out)        \
    {                                                                                              \
        int corm__value;                                                                           \
        if (corm__out == NULL || !corm_enum_parse(&corm__enum_##enum_, corm__text, &corm__value))  \
            return false;                                                                          \
        *corm__out = (enum_)corm__value;                                                           \
        return true;                                                                               \
    }

#define CORM__ENUMERATOR(...) CORM__JOIN2(CORM__ENUMERATOR_, CORM__COUNT(__VA_ARGS__))(__VA_ARGS__)
#define CORM__ENUMERATOR_1(name_) name_,
#define CORM__ENUMERATOR_2(name_, text_) name_,
#define CORM__ENUMERATOR_3(name_, text_, number_) name_ = (number_),
#define CORM__ENUM_ITEM(...) CORM__JOIN2(CORM__ENUM_ITEM_, CORM__COUNT(__VA_ARGS__))(__VA_ARGS__)
#define CORM__ENUM_ITEM_1(name_) {name_, #name_},
#define CORM__ENUM_ITEM_2(name_, text_) {name_, text_},
#define CORM__ENUM_ITEM_3(name_, text_, number_) {name_, text_},

/* ---- C types, stored by functions of the program -----------------------------------------------------
 * CORM_KIND(<kind>, <Type>, <STORED>, <to>, <from>, <equal>):
 *   typedef <Type> <kind>_type;
 *   typedef struct <kind>_optional { bool has_value; <Type> value; } <kind>_optional;
 *   static const corm_custom corm__custom_<kind> = {"<kind>", CORM_VALUE_<STORED>, ...};
 *   static inline <kind>_optional <kind>_some(<Type> value);
 *   static inline corm_custom_value <kind>_value(const <Type> *value);
 * A kind made of a C type (at most 256 bytes, no pointers in it), stored as INTEGER, REAL, TEXT or
 * BLOB by two functions of the program:
 *   bool <to>(const <Type> *from, corm_value *out, corm_conversion *conversion);
 *   bool <from>(const corm_value *from, <Type> *out, corm_conversion *conversion);
 * `from` is of the stored type; texts are terminated. What cannot be converted is refused with
 * corm_conversion_refuse. The bytes of *out are the member's own, static, or made with
 * corm_conversion_text or corm_conversion_room. <equal>, bool (const <Type> *, const <Type> *), says
 * what counts as unchanged; NULL: the bytes do, for types without padding.
 *   CORM_KIND(point, Point, TEXT, point_to, point_from, NULL)
 *   COLUMN(CUSTOM(point), at)
 * Conditions and the ordering go by the stored form: corm_eq(Place_.at, point_value(&here)). */
#define CORM_KIND(kind_, type_, stored_, to_, from_, equal_)                                       \
    typedef type_ kind_##_type;                                                                    \
    typedef struct kind_##_optional {                                                              \
        bool has_value;                                                                            \
        type_ value;                                                                               \
    } kind_##_optional;                                                                            \
    static CORM__UNUSED bool corm__to_##kind_(const void *corm__from, corm_value *corm__out,       \
                                              corm_conversion *corm__c)                            \
    {                                                                                              \
        return to_((const type_ *)corm__from, corm__out, corm__c);                                 \
    }                                                                                              \
    static CORM__UNUSED bool corm__from_##kind_(const corm_value *corm__from, void *corm__out,     \
                                                corm_conversion *corm__c)                          \
    {                                                                                              \
        return from_(corm__from, (type_ *)corm__out, corm__c);                                     \
    }                                                                                              \
    static CORM__UNUSED bool corm__equal_##kind_(const void *corm__a, const void *corm__b)         \
    {                                                                                              \
        bool (*const corm__equal)(const type_ *, const type_ *) = equal_;                          \
        return corm__equal != NULL ? corm__equal((const type_ *)corm__a, (const type_ *)corm__b)   \
                                   : memcmp(corm__a, corm__b, sizeof(type_)) == 0;                 \
    }                                                                                              \
    static CORM__UNUSED const corm_custom corm__custom_##kind_ = {                                 \
        #kind_,           CORM_VALUE_##stored_, sizeof(type_), offsetof(kind_##_optional, value),  \
        corm__to_##kind_, corm__from_##kind_,   corm__equal_##kind_, CORM_NATIVE_NONE};            \
    static inline CORM__UNUSED kind_##_optional kind_##_some(type_ corm__value)                    \
    {                                                                                              \
        kind_##_optional corm__some;                                                               \
        memset(&corm__some, 0, sizeof corm__some);                                                 \
        corm__some.has_value = true;                                                               \
        corm__some.value = corm__value;                                                            \
        return corm__some;                                                                         \
    }                                                                                              \
    static inline CORM__UNUSED corm_custom_value kind_##_value(const type_ *corm__value)           \
    {                                                                                              \
        corm_custom_value corm__wrapped = {&corm__custom_##kind_, corm__value};                      \
        return corm__wrapped;                                                                        \
    }

/* clang-format on */

#endif /* CORM__KINDS_H */

/* ---- src/model.h ----------------------------------------------------------------------------- */

/* model.h: from an X-macro list to structs, handles, accessors and descriptors.
 *
 * Owns: what a model list becomes, and the values of options in its rows. CORM_SCHEMA expands the models'
 * lists several times; each pass is one generator below, with the C it emits above it. Placeholders stand
 * in angle brackets.
 * Must not know: the implementation; only the checks of its rows depend on this room. */
#ifndef CORM__MODEL_H
#define CORM__MODEL_H

#ifdef CORM_LINES
#line 14 "src/model.h"
#endif
/* clang-format off */

/* ---- Pass 1: names ------------------------------------------------------------------------------------
 *   typedef struct <Model> <Model>;              (not for EXISTING(<Model>), which is there)
 *   extern const corm_model corm__model_<Model>;
 *   extern char corm__is_model_<Model>[1]; */
#define CORM__PASS_NAMES(...) CORM__APPLY(CORM__PASS_NAMES_, CORM__MODEL_HEAD(__VA_ARGS__, ))
#define CORM__PASS_NAMES_(is_, model_, table_, list_, ...)                                                    \
    CORM__HOLDS(sizeof(#list_) > 1, "MODEL(" #model_ ", ...) has three words and then options: the "         \
                "model, the table in quotes and the list of rows, as in MODEL(User, \"users\", USER)");   \
    CORM__CHECK_LIST(model_, list_, CORM__SKIP, CORM__SKIP)                                        \
    CORM__TYPEDEF_##is_(model_)                                                                    \
    CORM__DECLARED const corm_model corm__model_##model_;                                          \
    extern char corm__is_model_##model_[1];
#define CORM__TYPEDEF_corm__new(model_) typedef struct model_ model_;
#define CORM__TYPEDEF_EXISTING(model_)

/* ---- Pass 2: structs; and numbers for rows: the place in a struct of pointers or of chars ----------------
 *   struct <Model> { <type> <column>; ... char <column>[<size>]; ... };
 *   typedef struct <Model>_list { <Model> **items; size_t count; } <Model>_list;
 *   struct corm__columns_<Model> { corm__<Model>_<column> *<column>; ... char *corm__end; };
 *   struct corm__relationships_<Model> { char <relationship>; ... char corm__end; };
 *   static inline <Model>_list corm__list_of_<Model>(corm_list);
 *   static inline <Model>_list corm__all_<Model>(corm_session *, const corm_query *);
 *   static inline <Model>_list corm__plain_<Model>(corm_session *, const char *, const corm_parameter *, size_t); */
#define CORM__PASS_STRUCTS(...) CORM__APPLY(CORM__PASS_STRUCTS_, CORM__MODEL_HEAD(__VA_ARGS__, ))
#define CORM__PASS_STRUCTS_(is_, model_, table_, list_, ...)                                                  \
    CORM__STRUCT_##is_(model_, list_)                                                              \
    typedef struct model_##_list {                                                                 \
        model_ **items;                                                                            \
        size_t count;                                                                              \
    } model_##_list;                                                                               \
    CORM__CHECK_VALUES(model_, list_)                                                              \
    struct corm__columns_##model_ {                                                                \
        CORM__WALK(list_((CORM__COLUMN_POINTER, model_) CORM__COLUMN_HEAD, CORM__SKIP))          \
        char *corm__end;                                                                           \
    };                                                                                             \
    struct corm__relationships_##model_ {                                                          \
        CORM__WALK(list_(CORM__SKIP, (CORM__RELATIONSHIP_CHAR, model_) CORM__RELATIONSHIP_SAID)) \
        char corm__end;                                                                            \
    };                                                                                             \
    static inline CORM__UNUSED model_##_list corm__list_of_##model_(corm_list corm__found)         \
    {                                                                                              \
        model_##_list corm__typed = {(model_ **)corm__found.items, corm__found.count};             \
        return corm__typed;                                                                        \
    }                                                                                              \
    static inline CORM__UNUSED model_##_list corm__all_##model_(corm_session *corm__s,             \
                                                                const corm_query *corm__q)         \
    {                                                                                              \
        return corm__list_of_##model_(corm_query_all(corm__s, corm__q));                           \
    }                                                                                              \
    static inline CORM__UNUSED model_##_list corm__plain_##model_(                                 \
        corm_session *corm__s, const char *corm__text, const corm_parameter *corm__v, size_t corm__n) \
    {                                                                                              \
        return corm__list_of_##model_(                                                             \
            corm_sql_objects(corm__s, &corm__model_##model_, corm__text, corm__v, corm__n));       \
    }

#define CORM__STRUCT_corm__new(model_, list_)                                                      \
    struct model_ {                                                                                \
        CORM__WALK(list_((CORM__MEMBER, model_) CORM__COLUMN_SAID, CORM__SKIP))                    \
    } CORM__MAY_ALIAS;
/* The struct is there: each member is of the kind's type.
 *   _Static_assert(_Generic(&((<Model> *)0)-><column>, <type> *: 1, default: 0), <sentence>); */
#define CORM__STRUCT_EXISTING(model_, list_)                                                       \
    CORM__WALK(list_((CORM__MEMBER_CHECK, model_) CORM__COLUMN_SAID, CORM__SKIP))
#define CORM__MEMBER_CHECK(...)                                                                    \
    CORM__PICK_9(__VA_ARGS__, CORM__MEMBER_CHECK_, ~, ~, CORM__NO_KIND, ~)(__VA_ARGS__)
#define CORM__MEMBER_CHECK_(model_, kind_, optional_, type_, word_, said_, name_, ...)             \
    _Static_assert(                                                                                \
        _Generic(&((model_ *)0)->name_, CORM__SECOND(CORM__IN_##kind_, type_ *, ~): 1, default: 0), \
        #model_ "." #name_ " is not of type " CORM__SECOND(CORM__SAID_##kind_, #type_, ~)           \
        ", which " said_ " wants: for types of C there are INTEGER_AS(type), REAL_AS(type), "    \
        "CHARS(size) and, for any other, CUSTOM(kind)");
#define CORM__IN_CHARS_(size_) ~, char (*)[size_]
#define CORM__SAID_CHARS_(size_) ~, "char[" #size_ "]"

#define CORM__MEMBER(...)                                                                          \
    CORM__PICK_9(__VA_ARGS__, CORM__MEMBER_, ~, ~, CORM__NO_KIND, ~)(__VA_ARGS__)
#define CORM__MEMBER_(model_, kind_, optional_, type_, word_, said_, name_, ...)                   \
    CORM__SECOND(CORM__OF_##kind_, type_, ~) name_ CORM__SECOND(CORM__ARRAY_##kind_, , ~);
#define CORM__OF_CHARS_(size_) ~, char
#define CORM__ARRAY_CHARS_(size_) ~, [size_]

#define CORM__COLUMN_NUMBER(model_, name_)                                                         \
    (offsetof(struct corm__columns_##model_, name_) / sizeof(char *))
#define CORM__COLUMN_POINTER(...) CORM__COLUMN_POINTER_(__VA_ARGS__)
#define CORM__COLUMN_POINTER_(model_, kind_, optional_, type_, word_, name_, ...)                  \
    corm__##model_##_##name_ *name_;

#define CORM__RELATIONSHIP_CHAR(...)                                                               \
    CORM__PICK_9(__VA_ARGS__, CORM__RELATIONSHIP_CHAR_, ~, CORM__NO_RELATIONSHIP, ~, ~)(__VA_ARGS__)
#define CORM__RELATIONSHIP_CHAR_(model_, kind_, shape_, back_, said_, name_, other_, ...)          \
    CORM__HOLDS((other_) > 1, #model_ "." #name_ ": a RELATIONSHIP has four words and then options: its kind, " \
                "its name, the other model, and the other side there, or BACKREF(name) or NONE");  \
    char name_;

/* ---- Pass 3: handles ------------------------------------------------------------------------------------
 *   static const struct corm__handles_<Model> {
 *       corm_<type>_column <column>; ...
 *       corm_relationship_ref <relationship>; ...
 *   } <Model>_ = {{{&corm__model_<Model>, <index>}}, ... {&corm__model_<Model>, <index>, false}, ...}; */
#define CORM__PASS_HANDLES(...) CORM__APPLY(CORM__PASS_HANDLES_, CORM__MODEL_WORDS(__VA_ARGS__, ))
#define CORM__PASS_HANDLES_(model_, table_, list_, ...)                                                  \
    static CORM__UNUSED const struct corm__handles_##model_ {                                      \
        CORM__WALK(list_((CORM__HANDLE, model_) CORM__COLUMN_HEAD,                            \
                   (CORM__RELATED_HANDLE, model_) CORM__RELATIONSHIP_HEAD))                    \
    } model_##_ = {                                                                                \
        CORM__WALK(list_((CORM__HANDLE_VALUE, model_) CORM__COLUMN_HEAD,                      \
                   (CORM__RELATED_VALUE, model_) CORM__RELATIONSHIP_HEAD))                     \
    };

#define CORM__HANDLE(...) CORM__HANDLE_(__VA_ARGS__)
#define CORM__HANDLE_(model_, kind_, optional_, type_, word_, name_, ...) corm_##word_##_column name_;

#define CORM__RELATED_HANDLE(...) CORM__RELATED_HANDLE_(__VA_ARGS__)
#define CORM__RELATED_HANDLE_(model_, kind_, shape_, back_, name_, ...) corm_relationship_ref name_;

#define CORM__HANDLE_VALUE(...) CORM__HANDLE_VALUE_(__VA_ARGS__)
#define CORM__HANDLE_VALUE_(model_, kind_, optional_, type_, word_, name_, ...)                    \
    .name_ = {{&corm__model_##model_, (unsigned)CORM__COLUMN_NUMBER(model_, name_)}},

#define CORM__RELATED_VALUE(...) CORM__RELATED_VALUE_(__VA_ARGS__)
#define CORM__RELATED_VALUE_(model_, kind_, shape_, back_, name_, ...)                             \
    .name_ = {&corm__model_##model_,                                                               \
              (unsigned)offsetof(struct corm__relationships_##model_, name_), false},

/* ---- Pass 4: relationship functions ------------------------------------------------------------------------
 * A to-many end:
 *   static const corm_relationship_ref <Model>_<name>_;
 *   <Target>_list <Model>_<name>(<Model> *);
 *   size_t <Model>_<name>_count(<Model> *);
 *   bool <Model>_<name>_contains(<Model> *, const <Target> *);
 *   corm_status <Model>_<name>_append(<Model> *, <Target> *);
 *   corm_status <Model>_<name>_remove(<Model> *, <Target> *);
 *   corm_status <Model>_<name>_replace(<Model> *, <Target> *const *items, size_t count);
 * A to-one end:
 *   static const corm_relationship_ref <Model>_<name>_;
 *   <Target> *<Model>_<name>(<Model> *);
 *   corm_status <Model>_<name>_set(<Model> *, <Target> *);
 * BACKREF(<other>) emits the other end as well: <Target>_<other>... */
#define CORM__PASS_ACCESSORS(...) CORM__APPLY(CORM__PASS_ACCESSORS_, CORM__MODEL_WORDS(__VA_ARGS__, ))
#define CORM__PASS_ACCESSORS_(model_, table_, list_, ...)                                                \
    CORM__CHECK_KEYS(model_, list_)                                                                \
    CORM__WALK(list_(CORM__SKIP, (CORM__ACCESS, model_) CORM__RELATIONSHIP_HEAD))

#define CORM__ACCESS(...) CORM__ACCESS_(__VA_ARGS__)
#define CORM__ACCESS_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...)   \
    CORM__CHECK_TARGET(model_, name_, target_)                                                     \
    CORM__ACCESS_##shape_(model_, name_, target_, model_, name_, false)                            \
    CORM__ACCESS_BACK_##other_(model_, name_, target_, back_, word_)

#define CORM__ACCESS_BACK_corm__named(model_, name_, target_, back_, word_)
#define CORM__ACCESS_BACK_NONE(model_, name_, target_, back_, word_)
#define CORM__ACCESS_BACK_BACKREF(model_, name_, target_, back_, word_)                            \
    CORM__ACCESS_##back_(target_, word_, model_, model_, name_, true)

#define CORM__ACCESS_HANDLE(owner_, end_, model_, row_, back_)                                     \
    static CORM__UNUSED const corm_relationship_ref owner_##_##end_##_ = {                         \
        &corm__model_##model_, (unsigned)offsetof(struct corm__relationships_##model_, row_), back_};

/* Nothing in C, where a function cannot know who calls it; see cplusplus.h. */
#define CORM__CALLER
#define CORM__CALLED
#define CORM__ACCESS_corm__many(owner_, end_, item_, model_, row_, back_)                          \
    CORM__ACCESS_HANDLE(owner_, end_, model_, row_, back_)                                         \
    static inline CORM__UNUSED item_##_list owner_##_##end_(owner_ *corm__o CORM__CALLER)          \
    {                                                                                              \
        CORM__CALLED                                                                               \
        corm_list corm__found = corm_related_list(corm__o, owner_##_##end_##_);                    \
        item_##_list corm__typed = {(item_ **)corm__found.items, corm__found.count};               \
        return corm__typed;                                                                        \
    }                                                                                              \
    static inline CORM__UNUSED size_t owner_##_##end_##_count(owner_ *corm__o CORM__CALLER)        \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return corm_related_count(corm__o, owner_##_##end_##_);                                    \
    }                                                                                              \
    static inline CORM__UNUSED bool owner_##_##end_##_contains(owner_ *corm__o, const item_ *corm__i CORM__CALLER) \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return corm_related_contains(corm__o, owner_##_##end_##_, corm__i);                        \
    }                                                                                              \
    static inline CORM__UNUSED corm_status owner_##_##end_##_append(owner_ *corm__o, item_ *corm__i CORM__CALLER) \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return corm_related_append(corm__o, owner_##_##end_##_, corm__i);                          \
    }                                                                                              \
    static inline CORM__UNUSED corm_status owner_##_##end_##_remove(owner_ *corm__o, item_ *corm__i CORM__CALLER) \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return corm_related_remove(corm__o, owner_##_##end_##_, corm__i);                          \
    }                                                                                              \
    static inline CORM__UNUSED corm_status owner_##_##end_##_replace(                              \
        owner_ *corm__o, item_ *const *corm__items, size_t corm__n CORM__CALLER)                   \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return corm_related_replace(corm__o, owner_##_##end_##_, (void *const *)corm__items, corm__n); \
    }

#define CORM__ACCESS_corm__one(owner_, end_, item_, model_, row_, back_)                           \
    CORM__ACCESS_HANDLE(owner_, end_, model_, row_, back_)                                         \
    static inline CORM__UNUSED item_ *owner_##_##end_(owner_ *corm__o CORM__CALLER)                \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return (item_ *)corm_related_one(corm__o, owner_##_##end_##_);                             \
    }                                                                                              \
    static inline CORM__UNUSED corm_status owner_##_##end_##_set(owner_ *corm__o, item_ *corm__i CORM__CALLER) \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return corm_related_set(corm__o, owner_##_##end_##_, corm__i);                             \
    }

/* ---- Pass 5: descriptors, in one file -----------------------------------------------------------------------
 *   static const corm_column corm__column_list_<Model>[] = {{.name = "<column>", ... .options = {<options>}}, ...};
 *   static const corm_relationship corm__relationship_list_<Model>[] = {{.name = "<relationship>", ...}, ... {0}};
 *   const corm_model corm__model_<Model> = {...}; */
#define CORM__PASS_DESCRIPTORS(...) CORM__APPLY(CORM__PASS_DESCRIPTORS_, CORM__MODEL_HEAD(__VA_ARGS__, ))
#define CORM__PASS_DESCRIPTORS_(is_, model_, table_, list_, ...)                                              \
    static const corm_column corm__column_list_##model_[] = {                                      \
        CORM__WALK(list_((CORM__DESCRIBE, model_) CORM__COLUMN_WORDS, CORM__SKIP))             \
        {.name = NULL}};                                                                           \
    static const corm_relationship corm__relationship_list_##model_[] = {                          \
        CORM__WALK(list_(CORM__SKIP, (CORM__RELATE, model_) CORM__RELATIONSHIP_WORDS))         \
        {.name = NULL}};                                                                           \
    CORM__DEFINED const corm_model corm__model_##model_ = {                                        \
        #model_,                                                                                   \
        table_,                                                                                    \
        sizeof(model_),                                                                            \
        corm__column_list_##model_,                                                                \
        CORM__COLUMN_NUMBER(model_, corm__end),                                        \
        corm__relationship_list_##model_,                                                          \
        offsetof(struct corm__relationships_##model_, corm__end),                                  \
        {.declared = true, __VA_ARGS__},                                                           \
        CORM__EXISTS_##is_,                                                                        \
        false,                                                                                     \
        NULL,                                                                                      \
        NULL};
#define CORM__EXISTS_corm__new false
#define CORM__EXISTS_EXISTING true

#define CORM__DESCRIBE(...) CORM__DESCRIBE_(__VA_ARGS__)
#define CORM__DESCRIBE_(model_, kind_, optional_, type_, word_, name_, ...)                        \
    {.name = #name_,                                                                               \
     .kind = CORM__KIND_VALUE_##kind_,                                                             \
     .optional = optional_,                                                                        \
     .offset = (uint16_t)offsetof(model_, name_),                                                  \
     .size = (uint16_t)sizeof(((model_ *)0)->name_),                                               \
     .options = {.nullable = CORM__NULLABLE_BY_TYPE, __VA_ARGS__}},

#define CORM__RELATE(...) CORM__RELATE_(__VA_ARGS__)
#define CORM__RELATE_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...)   \
    {.name = #name_,                                                                               \
     .kind = kind_,                                                                                \
     .target = &corm__model_##target_,                                                             \
     .other_side = CORM__OTHER_##other_##_SIDE,                                                    \
     .other_name = quoted_,                                                                        \
     .options = {.declared = true, __VA_ARGS__}},
#define CORM__OTHER_corm__named_SIDE CORM__OTHER_NAMED_
#define CORM__OTHER_BACKREF_SIDE CORM__OTHER_BACKREF_
#define CORM__OTHER_NONE_SIDE CORM__OTHER_NONE_

#define CORM__PASS_POINTERS(...) CORM__APPLY(CORM__PASS_POINTERS_, CORM__MODEL_WORDS(__VA_ARGS__, ))
#define CORM__PASS_POINTERS_(model_, table_, list_, ...) &corm__model_##model_,

/* `.nullable` has a first value that the row may override; checks declare a name again, and give
 * a constant another value in a block. */
#if defined(__clang__)
#define CORM__QUIET                                                                                \
    _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Winitializer-overrides\"") \
    _Pragma("clang diagnostic ignored \"-Wshadow\"")
#define CORM__LOUD _Pragma("clang diagnostic pop")
#elif defined(__GNUC__)
#define CORM__QUIET                                                                                \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Woverride-init\"")           \
    _Pragma("GCC diagnostic ignored \"-Woverlength-strings\"")                                     \
    _Pragma("GCC diagnostic ignored \"-Wshadow\"")                                                 \
    _Pragma("GCC diagnostic ignored \"-Wredundant-decls\"")
#define CORM__LOUD _Pragma("GCC diagnostic pop")
#else
#define CORM__QUIET
#define CORM__LOUD
#endif

/* ---- What the user writes -------------------------------------------------------------------- */

/* In a header that several files share: the models' structs, handles and functions. */
#define CORM_SCHEMA_DECLARE(schema_, models_)                                                      \
    models_(CORM__PASS_NAMES)                                                                      \
    models_(CORM__PASS_STRUCTS)                                                                    \
    models_(CORM__PASS_HANDLES)                                                                    \
    CORM__QUIET                                                                                    \
    models_(CORM__PASS_ACCESSORS)                                                                  \
    CORM__LOUD                                                                                     \
    CORM__WANTS_NODES(schema_)                                                                     \
    CORM__DECLARED const corm_schema schema_;

/* In one .c file: the descriptors and the schema object. */
#define CORM_SCHEMA_DEFINE(schema_, models_)                                                       \
    CORM__QUIET                                                                                    \
    CORM__CHECK_SCHEMA(models_)                                                                    \
    models_(CORM__PASS_DESCRIPTORS)                                                                \
    CORM__LOUD                                                                                     \
    static const corm_model *const corm__models_of_##schema_[] = {models_(CORM__PASS_POINTERS)};   \
    CORM__DEFINED const corm_schema schema_ = {#schema_, corm__models_of_##schema_,                \
                                               sizeof(corm__models_of_##schema_) /                 \
                                                   sizeof(corm__models_of_##schema_[0])};

/* Both, for a program in one file. No semicolon behind any of the three. */
#define CORM_SCHEMA(schema_, models_)                                                              \
    CORM_SCHEMA_DECLARE(schema_, models_)                                                          \
    CORM_SCHEMA_DEFINE(schema_, models_)

/* ---- Inheritance -----------------------------------------------------------------------------
 * A sub-model's list begins with the base's columns, and leaves its relationships out:
 *   #define MANAGER(COLUMN, RELATIONSHIP) EMPLOYEE(COLUMN, CORM_INHERITED) COLUMN(TEXT, title)
 * The same makes columns that several models share: a list may stand in lists. */
#define CORM_INHERITED(...)
/* Values of the options .inherits and .discriminator of MODEL. */
#define corm_base(model_) (&corm__model_##model_)
#define corm_member(model_, member_) corm_ref(model_, member_)
/* The object as one of this model: corm_as(Manager, employee), corm_as(Employee, manager). NULL if
 * its own model neither is this one nor inherits from it, and for what is no object. */
#define corm_as(model_, object_) ((model_ *)corm_object_as((object_), &corm__model_##model_))

/* Option values. corm_ref stands in rows, which are read once for each pass: it expands to few
 * words. corm__row_kind is 1 + the kind of the row's column where rows are checked. */
enum { corm__row_kind = 0 };
#define corm_ref(model_, member_)                                                                  \
    {&corm__model_##model_, #member_, sizeof(struct { _Static_assert(corm__row_kind == 0 ||        \
        corm__row_kind == sizeof *model_##_.member_.corm__kind, "corm_ref(" #model_ ", " #member_  \
        ") is of another kind than the column that refers to it: make them the same"); char corm__c; })}
/* Columns of the model, for .unique of MODEL: corm_columns(Like, user_id, post_id). */
#define corm_columns(model_, ...) CORM__COLUMN_SET(model_, __VA_ARGS__)
#define CORM__COLUMN_SET(model_, ...)                                                              \
    {&corm__model_##model_, #__VA_ARGS__, 0 CORM__EACH(CORM__COLUMN_THERE, model_, __VA_ARGS__, )}
#define CORM__COLUMN_THERE(model_, member_) + 0 * sizeof(((model_ *)0)->member_)
/* For .indexes of MODEL: corm_index(Like, (user_id, created_at), .where = "deleted = 0"). */
#define corm_index(model_, ...) CORM__INDEX(model_, __VA_ARGS__, )
#define CORM__INDEX(model_, columns_, ...)                                                         \
    {.columns = corm_columns(model_, corm__its_columns_stand_in_parentheses columns_), __VA_ARGS__}
#define corm__its_columns_stand_in_parentheses(...) __VA_ARGS__
#define corm_by(model_, member_) {.column = corm_ref(model_, member_), .descending = false}
#define corm_by_descending(model_, member_) {.column = corm_ref(model_, member_), .descending = true}
#define corm_secondary(table_, local_, remote_) {table_, local_, remote_}
/* The columns that join a relationship: corm_join(Track, artist_id, User, id); the first is of the
 * model whose rows refer. Several pairs stand behind each other, four words each. */
#define corm_join(...) {{CORM__JOIN2(CORM__JOIN_, CORM__COUNT(__VA_ARGS__))(__VA_ARGS__)}}
#define CORM__JOIN_4(from_, column_, to_, key_)                                                    \
    {corm_ref(from_, column_), corm_ref(to_, key_), sizeof(struct { _Static_assert(                \
        sizeof *from_##_.column_.corm__kind == sizeof *to_##_.key_.corm__kind, "corm_join: "       \
        #from_ "." #column_ " and " #to_ "." #key_ " are of different kinds: make them the same"); \
        char corm__c; })},
#define CORM__JOIN_8(a_, b_, c_, d_, ...) CORM__JOIN_4(a_, b_, c_, d_) CORM__JOIN_4(__VA_ARGS__)
#define CORM__JOIN_12(a_, b_, c_, d_, ...) CORM__JOIN_4(a_, b_, c_, d_) CORM__JOIN_8(__VA_ARGS__)
#define CORM__JOIN_16(a_, b_, c_, d_, ...) CORM__JOIN_4(a_, b_, c_, d_) CORM__JOIN_12(__VA_ARGS__)
/* Only targets whose column compares so with a constant: corm_filter(Post, stars, GE, 3). EQ, NE, LT,
 * LE, GT, GE, LIKE; EQ and NE with NULL too. Constants as in corm_default. Several conditions stand behind
 * each other, four words each; all must hold. */
#define corm_filter(...) {{CORM__JOIN2(CORM__FILTER_, CORM__COUNT(__VA_ARGS__))(__VA_ARGS__)}}
#define CORM__FILTER_4(model_, column_, operator_, value_)                                         \
    {corm_ref(model_, column_), CORM__##operator_, CORM__FILTER_VALUE(value_),                     \
     sizeof(struct { _Static_assert(CORM__FILTER_KINDS(value_) >>                                  \
        (sizeof *model_##_.column_.corm__kind - 1) & 1, "corm_filter: " #value_                    \
        " is of another type than " #model_ "." #column_); char corm__c; })},
#define CORM__FILTER_8(a_, b_, c_, d_, ...) CORM__FILTER_4(a_, b_, c_, d_) CORM__FILTER_4(__VA_ARGS__)
#define CORM__FILTER_12(a_, b_, c_, d_, ...) CORM__FILTER_4(a_, b_, c_, d_) CORM__FILTER_8(__VA_ARGS__)
#define CORM__FILTER_16(a_, b_, c_, d_, ...) CORM__FILTER_4(a_, b_, c_, d_) CORM__FILTER_12(__VA_ARGS__)
#define CORM__FILTER_VALUE(v_)                                                                     \
    {NULL, _Generic((v_), char *: CORM__CONSTANT_TEXT, double: CORM__CONSTANT_REAL,                \
              void *: CORM__CONSTANT_NONE, default: CORM__CONSTANT_INTEGER),                       \
     _Generic((v_), char *: 0, double: 0, void *: 0, default: (v_)),                               \
     _Generic((v_), double: (v_), default: 0.0), _Generic((v_), char *: (v_), default: NULL)}
#define CORM__FILTER_KINDS(v_)                                                                     \
    _Generic((v_), char *: CORM__FILTER_TEXTS, double: 1 << CORM_KIND_REAL, void *: ~0,            \
             default: CORM__FILTER_NUMBERS)
enum {
    CORM__FILTER_TEXTS = 1 << CORM_KIND_TEXT | 1 << CORM_KIND_DATE | 1 << CORM_KIND_DATETIME |
                         1 << CORM_KIND_TIME | 1 << CORM_KIND_DECIMAL | 1 << CORM_KIND_UUID |
                         1 << CORM_KIND_JSON,
    CORM__FILTER_NUMBERS = 1 << CORM_KIND_INTEGER | 1 << CORM_KIND_BOOLEAN | 1 << CORM_KIND_REAL |
                           1 << CORM_KIND_DECIMAL | 1 << CORM_KIND_ENUM
};
/* A number, true, false or a string; dates as 'YYYY-MM-DD' and 'YYYY-MM-DD HH:MM:SS', times as
 * 'HH:MM:SS'; a DECIMAL as a whole number or "19.99"; an ENUM by its enumerator; UUID and JSON as
 * text; a kind of the program's own in its stored form. */
#define corm_default(value_)                                                                       \
    {.type = _Generic((value_), CORM__WHOLE(CORM__CONSTANT_INTEGER), float: CORM__CONSTANT_REAL,   \
                      double: CORM__CONSTANT_REAL, char *: CORM__CONSTANT_TEXT,                    \
                      const char *: CORM__CONSTANT_TEXT),                                          \
     .integer = _Generic((value_), CORM__WHOLE((value_)), default: 0),                             \
     .real = _Generic((value_), float: (value_), double: (value_), default: 0.0),                  \
     .text = _Generic((value_), char *: (value_), const char *: (value_), default: NULL)}

/* A value for an OPTIONAL member, and its absence: user->age = corm_some(43); user->age =
 * corm_none(INTEGER); car->color = corm_none(ENUM(Color)); price = corm_none(DECIMAL). A kind of the
 * program's own has <kind>_some(value) and corm_none(CUSTOM(<kind>)). */
#define corm_some(value_)                                                                          \
    _Generic((value_), CORM__WHOLE(corm__some_integer), float: corm__some_real,                    \
             double: corm__some_real, corm_date: corm__some_date,                                  \
             corm_datetime: corm__some_datetime, corm_time: corm__some_time,                       \
             corm_decimal: corm__some_decimal, corm_uuid: corm__some_uuid)(value_)
#define corm_none(kind_) ((CORM__NONE_##kind_){0})
#define CORM__NONE_INTEGER corm_optional_integer
#define CORM__NONE_REAL corm_optional_real
#define CORM__NONE_BOOLEAN corm_optional_boolean
#define CORM__NONE_DATE corm_optional_date
#define CORM__NONE_DATETIME corm_optional_datetime
#define CORM__NONE_BLOB corm_blob
#define CORM__NONE_TIME corm_optional_time
#define CORM__NONE_DECIMAL corm_optional_decimal
#define CORM__NONE_UUID corm_optional_uuid
#define CORM__NONE_ENUM(enum_) corm_optional_enum
#define CORM__NONE_CUSTOM(custom_) custom_##_optional

/* clang-format on */

#endif /* CORM__MODEL_H */

/* ---- src/calls.h ----------------------------------------------------------------------------- */

/* calls.h: what a program calls with the names of its models.
 *
 * Owns: the typed calls: new objects, queries, selects, single values, objects by their key.
 * Must not know: what a model list becomes, the implementation. */
#ifndef CORM__CALLS_H
#define CORM__CALLS_H

#ifdef CORM_LINES
#line 9 "src/calls.h"
#endif
/* clang-format off */

/* A new transient object: corm_new(session, User, .username = "alice", .email = "a@b.c").
 * Columns that are left out get their default or stay unset. Each argument is a plain
 * assignment, so that the compiler checks its type; a comma inside braces would split it: use
 * corm_date_of(...) and corm_some(...). NULL: out of memory, or no session. */
#define corm_new(session_, ...) CORM__NEW(session_, __VA_ARGS__, )
#if defined(__GNUC__) && !defined(CORM_NO_EXTENSIONS)
#define CORM__NEW(session_, model_, ...)                                                           \
    CORM__NEW_(session_, model_, CORM__JOIN2(corm__new_, __COUNTER__), __VA_ARGS__)
#define CORM__NEW_(session_, model_, object_, ...)                                                 \
    __extension__({                                                                                \
        model_ *object_ = (model_ *)corm_object_new((session_), &corm__model_##model_);            \
        CORM__EACH(CORM__NEW_CHECK, model_, __VA_ARGS__)                                           \
        /* one expression: what is temporary in it lives until its texts are copied */             \
        (model_ *)corm_object_made(                                                                \
            object_ == NULL ? object_                                                              \
                            : (CORM__EACH(CORM__NEW_ASSIGN, object_, __VA_ARGS__) object_));       \
    })
#define CORM__NEW_ASSIGN(object_, assignment_) (*object_) assignment_,
#define CORM__NEW_CHECK(model_, assignment_) (void)sizeof(*(*(struct corm__columns_##model_ *)0) assignment_);
#else
/* The standard way: the object being made waits on a stack of the thread. */
#define CORM__NEW(session_, model_, ...)                                                           \
    ((model_ *)(corm_object_making((session_), &corm__model_##model_),                             \
                CORM__EACH(CORM__NEW_ASSIGN, model_, __VA_ARGS__) corm_object_made_last()))
#define CORM__NEW_ASSIGN(model_, assignment_)                                                      \
    (void)sizeof(*(*(struct corm__columns_##model_ *)0) assignment_),                              \
    (void)((*(model_ *)corm_object_in_making()) assignment_),
#endif

/* Queries: corm_all(session, User, .where = ..., .order_by = ..., .load = ..., .limit = 10). */
#define corm_all(session_, ...) CORM__ALL(session_, __VA_ARGS__, )
#define CORM__ALL(session_, model_, ...)                                                           \
    corm__all_##model_((session_), CORM__NOTED(CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__)))
/* Deferred columns that a query loads all the same, each in a statement of its own: .load =
 * corm_load_columns(Photo_.data, Photo_.notes). Of any of the models that the query loads. */
#define corm_load_columns(...)                                                                     \
    corm_loading_columns((const corm_column_ref[]){CORM__EACH(CORM__LOAD_COLUMN, ~, __VA_ARGS__, )}, \
                         CORM__COUNT(__VA_ARGS__))
#define CORM__LOAD_COLUMN(data_, column_) (column_).column,
/* The rows of the query one at a time: see corm_stream_next.
 *   corm_stream *stream = corm_stream_open(session, Post, .where = ...);
 *   for (const Post *post; (post = corm_stream_next(stream)) != NULL;) ...
 *   corm_status status = corm_stream_close(stream); */
#define corm_stream_open(session_, ...) CORM__STREAM_OPEN(session_, __VA_ARGS__, )
#define CORM__STREAM_OPEN(session_, model_, ...)                                                   \
    corm_query_stream((session_), CORM__NOTED(CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__)))
/* The first object of the query, NULL if there is none. */
#define corm_first(session_, ...) CORM__FIRST(session_, __VA_ARGS__, )
#define CORM__FIRST(session_, model_, ...)                                                         \
    ((model_ *)corm_query_first((session_),                                                        \
                                CORM__NOTED(CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__))))
/* The only object of the query; NULL and an error if there is none or more than one. */
#define corm_one(session_, ...) CORM__ONE(session_, __VA_ARGS__, )
#define CORM__ONE(session_, model_, ...)                                                           \
    ((model_ *)corm_query_one((session_),                                                          \
                              CORM__NOTED(CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__))))
/* How many rows match; -1 on error. */
#define corm_count(session_, ...) CORM__COUNT_ROWS(session_, __VA_ARGS__, )
#define CORM__COUNT_ROWS(session_, model_, ...)                                                    \
    corm_query_count((session_), CORM__NOTED(CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__)))
/* The SQL that corm_all would run, with its values, to be read: see corm_query_text. */
#define corm_query_sql(session_, ...) CORM__QUERY_SQL(session_, __VA_ARGS__, )
#define CORM__QUERY_SQL(session_, model_, ...)                                                     \
    corm_query_text((session_), CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__))
/* How the database would answer it, and what it misses: see corm_query_explain. */
#define corm_explain(session_, ...) CORM__EXPLAIN(session_, __VA_ARGS__, )
#define CORM__EXPLAIN(session_, model_, ...)                                                       \
    corm_query_explain((session_), CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__))
/* A query that is built up and kept, and runs as often as one likes; texts and lists in it are borrowed,
 * corm_var reads the program's variables each time:
 *   corm_query adults = corm_query_of(User, .where = corm_ge(User_.age, corm_var(&minimum)));
 *   if (name != NULL)
 *       adults.where = corm_and(adults.where, corm_starts_with(User_.name, name));
 *   User_list found = corm_all_of(session, User, &adults); */
#define corm_query_of(...) CORM__QUERY_OF(__VA_ARGS__, )
#define CORM__QUERY_OF(model_, ...) CORM__MADE(corm_query, model, &corm__model_##model_, __VA_ARGS__)
#define corm_all_of(session_, model_, query_) corm__all_##model_((session_), CORM__NOTED((query_)))
#define corm_first_of(session_, model_, query_) ((model_ *)corm_query_first((session_), CORM__NOTED((query_))))
#define corm_one_of(session_, model_, query_) ((model_ *)corm_query_one((session_), CORM__NOTED((query_))))
#define corm_count_of(session_, query_) corm_query_count((session_), CORM__NOTED((query_)))

/* Rows of any shape, as structs that CORM_ROW has declared:
 *   Sales_list top = corm_select(session, Sales,
 *                                .fields   = corm_fields(corm_field(Sales_.artist, Artist_.name),
 *                                                        corm_field(Sales_.tracks, corm_count_rows())),
 *                                .from     = corm_from(Track),
 *                                .join     = corm_joins(corm_inner_join(Track_.album), corm_inner_join(Album_.artist)),
 *                                .group_by = corm_group(Artist_.id),
 *                                .order_by = corm_desc(Sales_.tracks)); */
#define corm_select(session_, ...) CORM__SELECT(session_, __VA_ARGS__, )
#define CORM__SELECT(session_, row_, ...)                                                          \
    corm__rows_of_##row_(corm_select_rows(                                                         \
        (session_), CORM__NOTED(CORM__AT(corm_select, row, &corm__model_##row_, __VA_ARGS__))))
/* The same one at a time, with the memory of one row: see corm_stream_next. */
#define corm_select_stream(session_, ...) CORM__SELECT_STREAM(session_, __VA_ARGS__, )
#define CORM__SELECT_STREAM(session_, row_, ...)                                                   \
    corm_select_rows_stream((session_), CORM__NOTED(CORM__AT(corm_select, row, &corm__model_##row_, __VA_ARGS__)))
/* One for .with, .compound and kept ones; run by corm_select_of. */
#define corm_select_for(...) CORM__SELECT_FOR(__VA_ARGS__, )
#define CORM__SELECT_FOR(row_, ...) CORM__MADE(corm_select, row, &corm__model_##row_, __VA_ARGS__)
#define corm_select_of(session_, row_, select_)                                                    \
    corm__rows_of_##row_(corm_select_rows((session_), CORM__NOTED((select_))))

/* What corm_query_sql and corm_explain are for objects. */
#define corm_select_sql(session_, ...) CORM__SELECT_SQL(session_, __VA_ARGS__, )
#define CORM__SELECT_SQL(session_, row_, ...)                                                      \
    corm_select_text((session_), CORM__AT(corm_select, row, &corm__model_##row_, __VA_ARGS__))
#define corm_explain_select(session_, ...) CORM__EXPLAIN_SELECT(session_, __VA_ARGS__, )
#define CORM__EXPLAIN_SELECT(session_, row_, ...)                                                  \
    corm_select_explain((session_), CORM__AT(corm_select, row, &corm__model_##row_, __VA_ARGS__))

/* One column or expression of each row, as a list of the OPTIONAL of its kind (texts as const char *, NULL
 * where there is none; blobs as corm_blob): corm_integer_values, corm_real_values, corm_text_values ...
 *   corm_integer_values ages = corm_values(session, User, User_.age, .where = ...);
 *   for (size_t i = 0; i < ages.count; i++)
 *       if (ages.items[i].has_value) ... ages.items[i].value
 * corm_scalar: that of the first row, none where there is no row:
 *   corm_optional_real mean = corm_scalar(session, User, corm_average(User_.age)); */
#define corm_values(session_, ...) CORM__VALUES(session_, __VA_ARGS__, )
#define CORM__VALUES(session_, model_, value_, ...)                                                \
    CORM__LET3(CORM__RESULTS, value_, session_,                                                    \
               CORM__AT(corm_select, from, &corm__model_##model_, __VA_ARGS__), corm__values,    \
               "corm_values(..., " #model_ ", " #value_ ")")
#define corm_scalar(session_, ...) CORM__SCALAR(session_, __VA_ARGS__, )
#define CORM__SCALAR(session_, model_, value_, ...)                                                \
    CORM__LET3(CORM__RESULTS, value_, session_,                                                    \
               CORM__AT(corm_select, from, &corm__model_##model_, __VA_ARGS__), corm__scalar,    \
               "corm_scalar(..., " #model_ ", " #value_ ")")
#define CORM__RESULTS(value_, session_, select_, do_, text_)                                       \
    CORM__BY_KIND(value_, do_, corm_select_values((session_), CORM__NOTED((select_) + CORM__CHECK( \
        CORM__FITS(value_) & (CORM__ANY_KIND & ~CORM__FITS_CUSTOM), text_                          \
        ": it takes a column or an expression, not of a kind of your own")), CORM__OPERAND(value_)))
#define CORM__BY_KIND(value_, do_, rows_)                                                          \
    _Generic((value_), CORM__BY_TYPE(do_, do_##_integer))(rows_)
#define CORM__VALUE_LIST(X)                                                                        \
    X(integer, corm_optional_integer) X(real, corm_optional_real) X(boolean, corm_optional_boolean) \
    X(text, const char *) X(blob, corm_blob) X(date, corm_optional_date)                           \
    X(datetime, corm_optional_datetime) X(time, corm_optional_time)                                \
    X(decimal, corm_optional_decimal) X(uuid, corm_optional_uuid) X(json, const char *)            \
    X(enum, corm_optional_enum)
#define CORM__VALUE_TYPE(name_, type_)                                                             \
    typedef struct corm_##name_##_values {                                                         \
        type_ *items;                                                                              \
        size_t count;                                                                              \
    } corm_##name_##_values;                                                                       \
    static inline CORM__UNUSED corm_##name_##_values corm__values_##name_(corm_rows corm__rows)    \
    {                                                                                              \
        corm_##name_##_values corm__typed = {(type_ *)corm__rows.items, corm__rows.count};         \
        return corm__typed;                                                                        \
    }                                                                                              \
    static inline CORM__UNUSED type_ corm__scalar_##name_(corm_rows corm__rows)                    \
    {                                                                                              \
        type_ corm__none;                                                                          \
        memset(&corm__none, 0, sizeof corm__none);                                                 \
        return corm__rows.count > 0 ? ((type_ *)corm__rows.items)[0] : corm__none;                 \
    }
CORM__VALUE_LIST(CORM__VALUE_TYPE)
#undef CORM__VALUE_TYPE
#undef CORM__VALUE_LIST

/* By primary key, all parts of it in order: corm_get(session, User, 1). NULL if there is no such
 * row. */
#define corm_get(session_, ...) CORM__GET(session_, __VA_ARGS__, )
#define CORM__GET(session_, model_, ...)                                                           \
    ((model_ *)corm_object_get((session_), &corm__model_##model_,                                  \
                               CORM__NOTED(((const corm_value[]){CORM__EACH(CORM__GET_KEY, ~, __VA_ARGS__)})), \
                               0 CORM__EACH(CORM__GET_COUNT, (model_, CORM__COUNT(__VA_ARGS__)), __VA_ARGS__)))
/* The session's own object for the row that `object_` speaks of, with what `object_` holds copied
 * onto it: see corm_object_merge. Of the type of `object_`, which is evaluated once. */
#if defined(__GNUC__) && !defined(CORM_NO_EXTENSIONS)
#define corm_merge(session_, object_)                                                              \
    ((__typeof__(1 ? (object_) : (object_)))corm_object_merge((session_), (object_)))
#else
#define corm_merge(session_, object_) corm_object_merge((session_), (object_))
#endif
#define CORM__GET_KEY(data_, value_) CORM__KEY(value_),
#define CORM__GET_COUNT(key_, value_)                                                              \
    + 1 + CORM__CHECK(CORM__IS_KEY(value_, CORM__GET_KINDS key_), CORM__GET_TEXT key_ #value_       \
                      "): the value is of another type than the key")
/* `end_` is 2 where there is one value. */
#define CORM__GET_KINDS(model_, end_) (end_ == 2 ? corm__keys_##model_ : 0)
#define CORM__GET_TEXT(model_, end_) "corm_get(" #model_ ", "

/* clang-format on */

#endif /* CORM__CALLS_H */

/* ---- src/row.h ------------------------------------------------------------------------------- */

/* row.h: structs that hold one row of any query.
 *
 * Owns: what CORM_ROW makes of a list of columns: the struct, its list, the handles of its columns
 * and its descriptor.
 * Must not know: the implementation, how rows are read. */
#ifndef CORM__ROW_H
#define CORM__ROW_H

#ifdef CORM_LINES
#line 10 "src/row.h"
#endif
/* The options of COLUMN(KIND, name, options...) in CORM_ROW. A row is read and never written: what
 * models say of tables has no meaning there. */
typedef struct corm_row_options {
    const char *name; /* of the column in the query; NULL: as the member */
} corm_row_options;

/* clang-format off */

/* ---- What the user writes -----------------------------------------------------------------------------
 * CORM_ROW(<Row>, <LIST>), in a header or a .c file, in no schema; no semicolon behind it:
 *   typedef struct <Row> <Row>;                  (not for EXISTING(<Row>), which is there)
 *   struct <Row> { <type> <column>; ... };
 *   typedef struct <Row>_list { <Row> *items; size_t count; } <Row>_list;
 *   struct corm__columns_<Row> { char *<column>; ... char *corm__end; };
 *   static const corm_column corm__column_list_<Row>[] = {{.name = "<column>", ...}, ...};
 *   static const corm_model corm__model_<Row> = {...};
 *   static const struct corm__handles_<Row> { corm_<type>_column <column>; ... } <Row>_ = {...};
 *   static inline <Row>_list corm__rows_of_<Row>(corm_rows);
 *   static inline <Row>_list corm__plain_<Row>(corm_session *, const char *, const corm_parameter *, size_t);
 * The list has a row for each column, as a model's has, without relationships:
 *   #define SALES(COLUMN)                                                                             \
 *       COLUMN(TEXT,           artist)                                                                \
 *       COLUMN(OPTIONAL(REAL), total, .name = "sum of totals")
 *   CORM_ROW(Sales, SALES)
 * Rows are plain structs and no objects: they have no key, no session tracks them, and a list is an
 * array of them: sales.items[i].artist. Lists and their texts belong to the session and live as all
 * lists do: until the next transaction begins, or corm_free_lists. */
#define CORM_ROW(...) CORM__APPLY(CORM__ROW_, CORM__MODEL_HEAD(__VA_ARGS__))
#define CORM__ROW_(is_, row_, list_)                                                               \
    CORM__CHECK_LIST(row_, list_, CORM__SKIP)                                                      \
    CORM__TYPEDEF_##is_(row_)                                                                      \
    CORM__ROW_STRUCT_##is_(row_, list_)                                                            \
    typedef struct row_##_list {                                                                   \
        row_ *items;                                                                               \
        size_t count;                                                                              \
    } row_##_list;                                                                                 \
    struct corm__columns_##row_ {                                                                  \
        CORM__WALK(list_((CORM__ROW_POINTER, row_) CORM__COLUMN_HEAD))                             \
        char *corm__end;                                                                           \
    };                                                                                             \
    CORM__QUIET                                                                                    \
    static CORM__UNUSED const corm_column corm__column_list_##row_[] = {                           \
        CORM__WALK(list_((CORM__DESCRIBE, row_) CORM__COLUMN_WORDS)) CORM__NO_COLUMN};             \
    CORM__CHECK_ROW(row_, list_)                                                                   \
    CORM__LOUD                                                                                     \
    static CORM__UNUSED const corm_model corm__model_##row_ = CORM__ROW_MODEL(                     \
        #row_, sizeof(row_), corm__column_list_##row_, CORM__COLUMN_NUMBER(row_, corm__end),       \
        CORM__EXISTS_##is_);                                                                       \
    static CORM__UNUSED const struct corm__handles_##row_ {                                        \
        CORM__WALK(list_((CORM__HANDLE, row_) CORM__COLUMN_HEAD))                                  \
    } row_##_ = {CORM__WALK(list_((CORM__HANDLE_VALUE, row_) CORM__COLUMN_HEAD))};                 \
    static inline CORM__UNUSED row_##_list corm__rows_of_##row_(corm_rows corm__found)             \
    {                                                                                              \
        row_##_list corm__typed = {(row_ *)corm__found.items, corm__found.count};                  \
        return corm__typed;                                                                        \
    }                                                                                              \
    static inline CORM__UNUSED row_##_list corm__plain_##row_(                                     \
        corm_session *corm__s, const char *corm__text, const corm_parameter *corm__v, size_t corm__n) \
    {                                                                                              \
        return corm__rows_of_##row_(                                                               \
            corm_sql_rows(corm__s, &corm__model_##row_, corm__text, corm__v, corm__n));            \
    }

#define CORM__NO_COLUMN {.name = NULL}
#define CORM__ROW_MODEL(name_, size_, columns_, count_, existing_)                                 \
    {.name = name_, .size = size_, .columns = columns_, .column_count = count_,                    \
     .existing = existing_, .row = true}

#define CORM__ROW_STRUCT_corm__new(row_, list_)                                                          \
    struct row_ {                                                                                  \
        CORM__WALK(list_((CORM__MEMBER, row_) CORM__COLUMN_SAID))                                  \
    } CORM__MAY_ALIAS;
#define CORM__ROW_STRUCT_EXISTING(row_, list_)                                                     \
    CORM__WALK(list_((CORM__MEMBER_CHECK, row_) CORM__COLUMN_SAID))

/* Another name for a row that .with makes a table, for a query that reads it twice: handles of its own.
 *   CORM_ROW_ALIAS(above, Branch, BRANCH) */
#define CORM_ROW_ALIAS(alias_, row_, list_)                                                        \
    static CORM__UNUSED const corm_model corm__model_##alias_ = {                                  \
        .name = #alias_, .alias_of = &corm__model_##row_, .row = true};                            \
    static CORM__UNUSED const struct corm__handles_##row_ alias_##_ = {                            \
        CORM__WALK(list_((CORM__ALIAS_COLUMN, (alias_, row_)) CORM__COLUMN_HEAD))};

#define CORM__ROW_POINTER(...) CORM__ROW_POINTER_(__VA_ARGS__)
#define CORM__ROW_POINTER_(row_, kind_, optional_, type_, word_, name_, ...) char *name_;

/* ---- Mistakes -----------------------------------------------------------------------------------------
 *   static inline void corm__check_row_<Row>(void)
 *   {
 *       { typedef corm_row_options <Row>_<column>;
 *         (void)sizeof((<Row>_<column>){<options>}); }
 *       _Static_assert(<none, or .name>, <sentence>); ...
 *   }
 * The sentence is for the first option; the type's name is what both compilers print for others. */
#if defined(CORM_NO_ROW_CHECKS)
#define CORM__CHECK_ROW(row_, list_)
#else
#define CORM__CHECK_ROW(row_, list_)                                                               \
    static inline CORM__UNUSED void corm__check_row_##row_(void)                                   \
    {                                                                                              \
        CORM__WALK(list_((CORM__ROW_CHECK, row_) CORM__COLUMN_WORDS))                              \
    }
#endif
#define CORM__ROW_CHECK(...) CORM__ROW_CHECK_(__VA_ARGS__)
#define CORM__ROW_CHECK_(row_, kind_, optional_, type_, word_, name_, ...)                         \
    {                                                                                              \
        _Static_assert(CORM__ROW_NAMES(#__VA_ARGS__), #row_ "." #name_ ": a column of CORM_ROW is read and "  \
            "never written: its only option is .name, leave the others to the models");            \
        typedef corm_row_options row_##_##name_;                                                   \
        (void)sizeof((row_##_##name_){.name = NULL, __VA_ARGS__});                                 \
    }
#if defined(__GNUC__)
#define CORM__ROW_NAMES(text_) (sizeof text_ < 2 || __builtin_strncmp(text_, ".name", 5) == 0)
#else
#define CORM__ROW_NAMES(text_) 1
#endif

/* clang-format on */

#endif /* CORM__ROW_H */

/* ---- src/checks.h ---------------------------------------------------------------------------- */

/* checks.h: mistakes in a model's rows, answered at compile time by a sentence.
 *
 * Owns: what the compiler can tell about a row. Each check stops the compiler with a sentence that
 * names model and row; tests/fail/ has a file for each. What needs more than the row is refused in
 * the same words when the engine opens. Nothing here reaches the object file.
 * Must not know: the implementation, sessions. */
#ifndef CORM__CHECKS_H
#define CORM__CHECKS_H

#ifdef CORM_LINES
#line 11 "src/checks.h"
#endif
/* clang-format off */

/* Does a thing exist? What declares it says `extern char E[1];`, who asks says `extern char E[];`,
 * which alone is an incomplete type and compatible with any size:
 * _Generic(&E, char (*)[99]: <no>, default: <yes>). */

/* ---- In every file: what is no row -------------------------------------------------------------- */

/* Rows expand to nothing where COLUMN and RELATIONSHIP do; what is left then is no row. */
#define CORM__CHECK_LIST(model_, list_, ...)                                                       \
    CORM__HOLDS(sizeof(CORM__AS_TEXT(list_(__VA_ARGS__))) == 1,                                    \
                #model_ ": " #list_ " is no list of rows, or something stands between two of them: "       \
                "only COLUMN(...) and RELATIONSHIP(...), without commas and semicolons");
#define CORM__AS_TEXT(...) CORM__AS_TEXT_(__VA_ARGS__)
#define CORM__AS_TEXT_(...) #__VA_ARGS__

/* In the place of a member, where the kind is none. */
#define CORM__NO_KIND(model_, word_, said_, name_, ...)                                            \
    CORM__HOLDS(0, #model_ "." #name_ ": " said_ " is no kind of column: it is INTEGER, REAL, BOOLEAN, TEXT, " \
                "BLOB, DATE, DATETIME, TIME, DECIMAL(precision, scale), UUID, JSON, ENUM(type), "  \
                "CUSTOM(kind), INTEGER_AS(type), REAL_AS(type) or CHARS(size), or OPTIONAL(kind)");
#define CORM__NO_RELATIONSHIP(model_, word_, said_, name_, ...)                                    \
    CORM__HOLDS(0, #model_ "." #name_ ": " said_ " is no kind of relationship: it is ONE_TO_MANY, "    \
                "MANY_TO_ONE, ONE_TO_ONE or MANY_TO_MANY");

/* ---- In every file: the model on the other end ---------------------------------------------------------
 *   extern char corm__is_model_<Target>[];
 *   _Static_assert(<it is declared>, "<Model>.<name> is to model <Target>, ..."); */
#define CORM__CHECK_TARGET(model_, name_, target_)                                                 \
    extern char corm__is_model_##target_[];                                                        \
    _Static_assert(_Generic(&corm__is_model_##target_, char (*)[99]: 0, default: 1),               \
                   #model_ "." #name_ " is to model " #target_ \
                   ", which is not in the schema: add it there");

/* ---- In every file: values ---------------------------------------------------------------------------
 *   typedef <type> corm__<Model>_<column>; ...
 *   enum { corm__keys_<Model> = 0 | <1 << kind, if it is part of the primary key> ... };
 * The pointers of corm__columns_<Model> are to these types; corm_new tries its assignments on them, and
 * the compiler prints their names. INTEGER, BOOLEAN and ENUM stand as double there, to which C assigns
 * no pointer, while a bool takes any. */
#define CORM__CHECK_VALUES(model_, list_)                                                          \
    CORM__WALK(list_((CORM__TYPE_OF_VALUE, model_) CORM__COLUMN_HEAD, CORM__SKIP))
#define CORM__TYPE_OF_VALUE(...) CORM__TYPE_OF_VALUE_(__VA_ARGS__)
#define CORM__TYPE_OF_VALUE_(model_, kind_, optional_, type_, word_, name_, ...)                   \
    typedef CORM__SECOND(CORM__VALUE_##word_##optional_, type_, ~) corm__##model_##_##name_;
#define CORM__VALUE_integer0 ~, double
#define CORM__VALUE_boolean0 ~, double
#define CORM__VALUE_enum0 ~, double

#if defined(CORM_NO_ROW_CHECKS)
#define CORM__CHECK_KEYS(model_, list_) enum { corm__keys_##model_ = 0 };
#else
#define CORM__CHECK_KEYS(model_, list_)                                                            \
    enum {                                                                                         \
        corm__keys_##model_ = 0                                                                    \
        CORM__WALK(list_((CORM__KEY_KIND, model_) CORM__COLUMN_WORDS, CORM__SKIP)) \
    };
#endif
#define CORM__KEY_KIND(...) CORM__KEY_KIND_(__VA_ARGS__)
#define CORM__KEY_KIND_(model_, kind_, optional_, type_, word_, name_, ...)                        \
    | CORM__KEY_GIVEN(#__VA_ARGS__) << corm__kind_of_##word_
/* Only where it is the first option, which is quickest to find out: corm_get asks where it has one
 * value, and 0, no key at all, says that nothing is known. */
#if defined(__GNUC__) && __STDC_VERSION__ > 201710L
#define CORM__KEY_GIVEN(text_) /* true is a keyword, or an early <stdbool.h> makes of it what it likes */ \
    (__builtin_strncmp(text_, ".primary_key = true", 19) == 0 ||                                   \
     __builtin_strncmp(text_, ".primary_key = 1", 16) == 0 ||                                      \
     __builtin_strncmp(text_, ".primary_key = ((_Bool)+1u)", 27) == 0)
#elif defined(__GNUC__)
#define CORM__KEY_GIVEN(text_) (__builtin_strncmp(text_, ".primary_key = 1", 16) == 0)
#else
#define CORM__KEY_GIVEN(text_) 0
#endif

/* ---- In one file: both ends of a relationship ----------------------------------------------------------
 * First each row that names its other side declares the pair:
 *   extern char corm__<Model>_<name>_<Target>_<other>[1 + <kind>]; */
#define CORM__PASS_PAIRS(...) CORM__APPLY(CORM__PASS_PAIRS_, CORM__MODEL_WORDS(__VA_ARGS__, ))
#define CORM__PASS_PAIRS_(model_, table_, list_, ...)                                                    \
    CORM__WALK(list_(CORM__SKIP, (CORM__PAIR, model_) CORM__RELATIONSHIP_HEAD))

#define CORM__PAIR(...) CORM__PAIR_(__VA_ARGS__)
#define CORM__PAIR_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...)     \
    CORM__PAIR_##other_(model_, kind_, name_, target_, word_)
#define CORM__PAIR_corm__named(model_, kind_, name_, target_, word_)                               \
    extern char corm__##model_##_##name_##_##target_##_##word_[1 + kind_];
#define CORM__PAIR_BACKREF(model_, kind_, name_, target_, word_)
#define CORM__PAIR_NONE(model_, kind_, name_, target_, word_)

/* Then it asks for the same pair seen from there, of the opposite kind. */
#define CORM__BACK_corm__named(model_, kind_, name_, target_, word_)                               \
    CORM__BACK_CHECK(corm__##target_##_##word_##_##model_##_##name_, CORM__OPPOSITE_##kind_,       \
                     #model_ "." #name_, #target_, #word_, #name_)
#define CORM__BACK_BACKREF(model_, kind_, name_, target_, word_)
#define CORM__BACK_NONE(model_, kind_, name_, target_, word_)
#define CORM__BACK_CHECK(...) CORM__BACK_CHECK_(__VA_ARGS__)
#define CORM__BACK_CHECK_(pair_, opposite_, is_, must_, row_, target_, word_, name_)               \
    extern char pair_[];                                                                           \
    _Static_assert(_Generic(&pair_, char (*)[99]: 0, default: 1),                                  \
        row_ ": " target_ " has no relationship " word_ " that names " name_                       \
        " as its other side: declare it there, or write BACKREF(" word_ ") or NONE");              \
    _Static_assert(_Generic(&pair_, char (*)[1 + opposite_]: 1, default: 0),                       \
        row_ " is " is_ target_ "." word_ must_);
#define CORM__OPPOSITE_CORM_ONE_TO_MANY CORM_MANY_TO_ONE, "ONE_TO_MANY, so ", " must be MANY_TO_ONE"
#define CORM__OPPOSITE_CORM_MANY_TO_ONE CORM_ONE_TO_MANY, "MANY_TO_ONE, so ", " must be ONE_TO_MANY"
#define CORM__OPPOSITE_CORM_ONE_TO_ONE CORM_ONE_TO_ONE, "ONE_TO_ONE, so ", " must be ONE_TO_ONE"
#define CORM__OPPOSITE_CORM_MANY_TO_MANY CORM_MANY_TO_MANY, "MANY_TO_MANY, so ", " must be MANY_TO_MANY"

/* ---- In one file: the rows ----------------------------------------------------------------------------
 *   static inline void corm__check_rows_of_<Model>(void)
 *   {
 *       typedef corm_model_options <Model>_options;
 *       (void)sizeof((<Model>_options){<options of MODEL>});
 *       { enum { corm__row_kind = 1 + <kind> };
 *         typedef corm_column_options <Model>_<column>;
 *         (void)sizeof((<Model>_<column>){<options>}); } ...
 *       { typedef corm_relationship_options <Model>_<name>;
 *         enum { corm__cascade = <.cascade of (<Model>_<name>){<options>}> };
 *         _Static_assert(<condition>, <sentence>); ... } ...
 *   }
 * The type's name is what both compilers print for a misspelt option. */
#define CORM__PASS_ROWS(...) CORM__APPLY(CORM__PASS_ROWS_, CORM__MODEL_WORDS(__VA_ARGS__, ))
#define CORM__PASS_ROWS_(model_, table_, list_, ...)                                                     \
    static inline CORM__UNUSED void corm__check_rows_of_##model_(void)                             \
    {                                                                                              \
        typedef corm_model_options model_##_options;                                               \
        (void)sizeof((model_##_options){.declared = true, __VA_ARGS__});                           \
        CORM__WALK(list_((CORM__COLUMN_CHECK, model_) CORM__COLUMN_WORDS,                          \
                         (CORM__RELATIONSHIP_CHECK, model_) CORM__RELATIONSHIP_WORDS))             \
    }

#define CORM__COLUMN_CHECK(...) CORM__COLUMN_CHECK_(__VA_ARGS__)
#define CORM__COLUMN_CHECK_(model_, kind_, optional_, type_, word_, name_, ...)                    \
    {                                                                                              \
        enum { corm__row_kind = 1 + corm__kind_of_##word_ };                                       \
        typedef corm_column_options model_##_##name_;                                              \
        (void)sizeof((model_##_##name_){.nullable = 0, __VA_ARGS__});                              \
    }

#define CORM__RELATIONSHIP_CHECK(...) CORM__RELATIONSHIP_CHECK_(__VA_ARGS__)
#define CORM__RELATIONSHIP_CHECK_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...) \
    {                                                                                              \
        typedef corm_relationship_options model_##_##name_;                                        \
        enum { corm__cascade = CORM__CASCADE_OF(#__VA_ARGS__, (model_##_##name_){.declared = true, __VA_ARGS__}) }; \
        _Static_assert((corm__cascade & CORM__ORPHANS) != CORM_CASCADE_DELETE_ORPHAN, #model_ "." #name_ \
            ": CORM_CASCADE_DELETE_ORPHAN needs CORM_CASCADE_DELETE: give both");                  \
        CORM__ORPHAN_##kind_(model_, name_, CORM__PARENT_##other_(target_, word_))                 \
        CORM__BACK_##other_(model_, kind_, name_, target_, word_)                                  \
    }
#define CORM__PARENT_corm__named(target_, word_) #target_ "." #word_
#define CORM__PARENT_BACKREF(target_, word_) #target_ "." #word_
#define CORM__PARENT_NONE(target_, word_) "a relationship of " #target_

#define CORM__ORPHAN_CORM_ONE_TO_MANY(model_, name_, parent_)
#define CORM__ORPHAN_CORM_ONE_TO_ONE(model_, name_, parent_)
#define CORM__ORPHAN_CORM_MANY_TO_ONE(model_, name_, parent_)                                      \
    _Static_assert((corm__cascade & CORM_CASCADE_DELETE_ORPHAN) == 0, #model_ "." #name_           \
        ": CORM_CASCADE_DELETE_ORPHAN belongs to the parent's side: give it to " parent_);
#define CORM__ORPHAN_CORM_MANY_TO_MANY(model_, name_, parent_)                                     \
    _Static_assert((corm__cascade & CORM_CASCADE_DELETE_ORPHAN) == 0, #model_ "." #name_           \
        ": CORM_CASCADE_DELETE_ORPHAN is not for MANY_TO_MANY, where another " #model_             \
        " may still have the object: leave it out");

/* The bits of .cascade, as far as a constant can be had: an option's value is no constant
 * expression of C. clang computes it where a builtin asks. gcc does not, but it searches texts:
 * there the words of the row are read, and the bits of delete and delete-orphan are set only
 * where the words leave no doubt; the rest is left to corm_engine_open. */
#define CORM__ORPHANS (CORM_CASCADE_DELETE | CORM_CASCADE_DELETE_ORPHAN)
#if defined(__clang__)
#define CORM__CASCADE_OF(text_, ...) __builtin_expect((long)(__VA_ARGS__).cascade, 0)
#elif defined(__GNUC__)
#define CORM__CASCADE_OF(text_, ...)                                                               \
    (0 * sizeof(__VA_ARGS__) +                                                            \
     (CORM__SAYS(text_, "CASCADE_DELETE_ORPHAN") && !CORM__SAYS(text_, "backref") &&               \
              !CORM__SAYS(text_, "~")                                                              \
          ? CORM_CASCADE_DELETE_ORPHAN + CORM_CASCADE_DELETE *                                     \
                       !(CORM__SAYS(text_, "cascade = CORM_CASCADE_DELETE_ORPHAN,") ||             \
                        CORM__SAYS(text_, "= CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_DELETE_ORPHAN,")) \
          : 0u))
#define CORM__SAYS(text_, part_) (__builtin_strlen(__builtin_strstr(text_ part_, part_)) >= sizeof part_)
#else
#define CORM__CASCADE_OF(text_, ...) (0 * sizeof(__VA_ARGS__))
#endif

#if defined(CORM_NO_ROW_CHECKS)
#define CORM__CHECK_SCHEMA(models_)
#else
#define CORM__CHECK_SCHEMA(models_) models_(CORM__PASS_PAIRS) models_(CORM__PASS_ROWS)
#endif

/* clang-format on */

#endif /* CORM__CHECKS_H */

/* ---- src/cplusplus.h ------------------------------------------------------------------------- */

/* cplusplus.h: the same names for programs in C++.
 *
 * Owns: what C++ cannot read in the rooms above, said in its own way: values, conditions, orderings,
 * corm_get, queries, rows, values of plain SQL, writing.
 * Must not know: anything that C programs see.
 *
 * C++17 or later includes the headers and CORM_SCHEMA_DECLARE; CORM_IMPLEMENTATION and
 * CORM_SCHEMA_DEFINE stand in a C file, where the rows are checked and which links as usual. All else
 * has the same names there, in two ways: keyword arguments of queries are designated initializers in
 * C++20, which stand in the order of corm_query, corm_select, corm_update, corm_deletion and
 * corm_insertion, and assignments in C++17, which stand in any, but for the lists .with and .compound. */
#ifndef CORM__CPLUSPLUS_H
#define CORM__CPLUSPLUS_H

#ifdef CORM_LINES
#line 16 "src/cplusplus.h"
#endif
#if defined(__cplusplus)

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 201703L
#error "corm needs C++17: compile with -std=c++17 or later"
#endif

#include <cstddef>
#include <initializer_list>
#include <type_traits>

/* clang-format off */

/* ---- Models ---------------------------------------------------------------------------------- */

/* The rows are checked where they are defined. */
#undef CORM__CHECK_TARGET
#define CORM__CHECK_TARGET(model_, name_, target_)
#undef CORM__CHECK_KEYS
#define CORM__CHECK_KEYS(model_, list_) enum { corm__keys_##model_ = 0 };
#undef CORM_SCHEMA_DEFINE
#define CORM_SCHEMA_DEFINE(schema_, models_)                                                       \
    static_assert(false, "corm: CORM_SCHEMA_DEFINE(" #schema_ ", ...) belongs into a .c file, and CORM_SCHEMA_DECLARE into a header for both");

/* In the order of the members, without their names. */
#undef CORM__HANDLE_VALUE_
#define CORM__HANDLE_VALUE_(model_, kind_, optional_, type_, word_, name_, ...)                    \
    {{&corm__model_##model_, (unsigned)CORM__COLUMN_NUMBER(model_, name_)}},
#undef CORM__RELATED_VALUE_
#define CORM__RELATED_VALUE_(model_, kind_, shape_, back_, name_, ...)                             \
    {&corm__model_##model_, (unsigned)offsetof(struct corm__relationships_##model_, name_), false},

#undef CORM__ALIAS_COLUMN_
#define CORM__ALIAS_COLUMN_(alias_, kind_, optional_, type_, word_, name_, ...)                    \
    {{&CORM__ALIAS_OF alias_, (unsigned)CORM__COLUMN_NUMBER_OF(CORM__ALIASED alias_, name_)}},
#undef CORM__ALIAS_RELATED_
#define CORM__ALIAS_RELATED_(alias_, kind_, shape_, back_, name_, ...)                             \
    {&CORM__ALIAS_OF alias_, (unsigned)CORM__ROW_NUMBER_OF(CORM__ALIASED alias_, name_), false},
#undef CORM__ALIAS_MODEL
#define CORM__ALIAS_MODEL(name_, model_) corm__alias(name_, model_)
#undef CORM__END_MODEL
#define CORM__END_MODEL(name_, model_, end_) corm__alias(name_, model_, end_)
constexpr corm_model corm__alias(const char *name, const corm_model *model, const corm_relationship_ref *end = nullptr)
{
    corm_model alias = {};
    alias.name = name;
    alias.alias_of = model;
    alias.end = end;
    return alias;
}

/* Rows: their descriptors stand in the file itself. */
struct corm__kind_words {
    corm_kind kind;
    uint8_t precision = 0, scale = 0;
    const corm_enum *enumeration = nullptr;
    const corm_custom *custom = nullptr;
};
constexpr corm_column corm__column(const char *name, const corm__kind_words &words, bool optional, size_t offset,
                                   size_t size, const corm_row_options &options)
{
    corm_column column = {};
    column.name = name;
    column.kind = words.kind;
    column.optional = optional;
    column.precision = words.precision;
    column.scale = words.scale;
    column.offset = (uint16_t)offset;
    column.size = (uint16_t)size;
    column.enumeration = words.enumeration;
    column.custom = words.custom;
    column.options.name = options.name;
    column.options.nullable = CORM__NULLABLE_BY_TYPE;
    return column;
}
constexpr corm_model corm__row(const char *name, size_t size, const corm_column *columns, size_t count, bool existing)
{
    corm_model row = {};
    row.name = name;
    row.size = size;
    row.columns = columns;
    row.column_count = count;
    row.existing = existing;
    row.row = true;
    return row;
}
constexpr corm_custom corm__native(const char *name, corm_value_type stored, size_t size, corm_native native)
{
    corm_custom custom = {};
    custom.name = name;
    custom.stored = stored;
    custom.size = size;
    custom.native = native;
    return custom;
}
template <int precision, int scale> constexpr uint8_t corm__precision()
{
    static_assert(precision >= 1 && precision <= 18 && scale >= 0 && scale <= precision,
                  "corm: DECIMAL(precision, scale) has 1 to 18 digits, and at most as many of them behind the point");
    return (uint8_t)precision;
}
#undef CORM__DESCRIBE_
#define CORM__DESCRIBE_(row_, kind_, optional_, type_, word_, name_, ...)                          \
    corm__column(#name_, {CORM__KIND_VALUE_##kind_}, optional_, offsetof(row_, name_),             \
                 sizeof(((row_ *)0)->name_), corm_row_options{__VA_ARGS__}),
#undef CORM__NO_COLUMN
#define CORM__NO_COLUMN {}
#undef CORM__ROW_MODEL
#define CORM__ROW_MODEL(...) corm__row(__VA_ARGS__)
#undef CORM__CHECK_ROW
#define CORM__CHECK_ROW(row_, list_)
#undef CORM__KIND_VALUE_DECIMAL_
#define CORM__KIND_VALUE_DECIMAL_(precision_, scale_)                                              \
    CORM_KIND_DECIMAL, corm__precision<(precision_), (scale_)>(), (scale_)
#undef CORM__KIND_VALUE_ENUM_
#define CORM__KIND_VALUE_ENUM_(enum_) CORM_KIND_ENUM, 0, 0, &corm__enum_##enum_
#undef CORM__KIND_VALUE_CUSTOM_
#define CORM__KIND_VALUE_CUSTOM_(custom_) CORM_KIND_CUSTOM, 0, 0, nullptr, &corm__custom_##custom_
#define CORM__NATIVE(...)                                                                          \
    CORM_KIND_CUSTOM, 0, 0, nullptr, []() -> const corm_custom * {                                 \
        static const corm_custom native = corm__native(__VA_ARGS__); return &native; }()
#undef CORM__KIND_VALUE_INTEGER_AS_
#define CORM__KIND_VALUE_INTEGER_AS_(type_)                                                        \
    CORM__NATIVE("INTEGER_AS(" #type_ ")", CORM_VALUE_INTEGER, sizeof(type_),                      \
                 std::is_signed_v<type_> ? CORM_NATIVE_SIGNED : CORM_NATIVE_UNSIGNED)
#undef CORM__KIND_VALUE_REAL_AS_
#define CORM__KIND_VALUE_REAL_AS_(type_)                                                           \
    CORM__NATIVE("REAL_AS(" #type_ ")", CORM_VALUE_REAL, sizeof(type_), CORM_NATIVE_REAL)
#undef CORM__KIND_VALUE_CHARS_
#define CORM__KIND_VALUE_CHARS_(size_)                                                             \
    CORM__NATIVE("CHARS(" #size_ ")", CORM_VALUE_TEXT, (size_), CORM_NATIVE_CHARS)

/* A struct of the program that EXISTING brings. */
#undef CORM__MEMBER_CHECK_
#define CORM__MEMBER_CHECK_(model_, kind_, optional_, type_, word_, said_, name_, ...)             \
    static_assert(std::is_same_v<decltype(&((model_ *)0)->name_), CORM__SECOND(CORM__IN_##kind_, type_ *, ~)>, \
        #model_ "." #name_ " is not of type " CORM__SECOND(CORM__SAID_##kind_, #type_, ~)           \
        ", which " said_ " wants: for types of C there are INTEGER_AS(type), REAL_AS(type), "      \
        "CHARS(size) and, for any other, CUSTOM(kind)");

#undef CORM__QUIET
#undef CORM__LOUD
#if defined(__GNUC__)
#define CORM__QUIET                                                                                \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wshadow\"")                  \
    _Pragma("GCC diagnostic ignored \"-Wredundant-decls\"")
#define CORM__LOUD _Pragma("GCC diagnostic pop")
#else
#define CORM__QUIET
#define CORM__LOUD
#endif

/* ---- Values ---------------------------------------------------------------------------------- */

template <typename T> constexpr bool corm__is_whole = std::is_integral_v<T> || std::is_enum_v<T>;
template <typename T> constexpr bool corm__is_text = std::is_same_v<T, const char *> || std::is_same_v<T, char *>;
template <typename T> constexpr bool corm__no = false;

#undef corm_some
template <typename T> inline auto corm_some(T value)
{
    if constexpr (corm__is_whole<T>) return corm__some_integer((int64_t)value);
    else if constexpr (std::is_floating_point_v<T>) return corm__some_real((double)value);
    else if constexpr (std::is_same_v<T, corm_date>) return corm__some_date(value);
    else if constexpr (std::is_same_v<T, corm_datetime>) return corm__some_datetime(value);
    else if constexpr (std::is_same_v<T, corm_time>) return corm__some_time(value);
    else if constexpr (std::is_same_v<T, corm_decimal>) return corm__some_decimal(value);
    else if constexpr (std::is_same_v<T, corm_uuid>) return corm__some_uuid(value);
    else static_assert(corm__no<T>, "corm_some(value): a number, a date, a time, a decimal or a UUID");
}

#undef corm_none
#define corm_none(kind_) (CORM__NONE_##kind_{})

/* ---- Operands -------------------------------------------------------------------------------- */

/* What _Generic tells in C: which columns a type fits (CORM__FITS), and its kind (CORM__LIKE_IT). */
template <typename T> constexpr int corm__kind =
    std::is_same_v<T, bool> || std::is_same_v<T, corm_condition> ? CORM_KIND_BOOLEAN
    : std::is_floating_point_v<T> ? CORM_KIND_REAL
    : corm__is_text<T> ? CORM_KIND_TEXT
    : std::is_same_v<T, corm_blob> ? CORM_KIND_BLOB
    : std::is_same_v<T, corm_date> ? CORM_KIND_DATE
    : std::is_same_v<T, corm_datetime> ? CORM_KIND_DATETIME
    : std::is_same_v<T, corm_time> ? CORM_KIND_TIME
    : std::is_same_v<T, corm_decimal> ? CORM_KIND_DECIMAL
    : std::is_same_v<T, corm_uuid> ? CORM_KIND_UUID
    : std::is_same_v<T, corm_custom_value> ? CORM_KIND_CUSTOM : CORM_KIND_INTEGER;
template <typename T> constexpr int corm__fits =
    std::is_same_v<T, bool> || std::is_same_v<T, int> ? int(CORM__FITS_WHOLE) | int(CORM__FITS_BOOLEAN)
    : corm__is_whole<T> ? int(CORM__FITS_WHOLE)
    : std::is_floating_point_v<T> ? int(CORM__FITS_REAL) | int(CORM__FITS_TO_COMPUTE)
    : corm__is_text<T> ? int(CORM__FITS_TEXT) | int(CORM__FITS_JSON)
    : std::is_same_v<T, corm_optional_integer>
        ? CORM__FITS_OPTIONAL(int(CORM__FITS_WHOLE) | int(CORM__FITS_BOOLEAN))
    : std::is_same_v<T, corm_optional_real> ? CORM__FITS_OPTIONAL(int(CORM__FITS_REAL))
    : std::is_same_v<T, corm_optional_date> ? CORM__FITS_OPTIONAL(int(CORM__FITS_DATE))
    : std::is_same_v<T, corm_optional_datetime> ? CORM__FITS_OPTIONAL(int(CORM__FITS_DATETIME))
    : std::is_same_v<T, corm_optional_time> ? CORM__FITS_OPTIONAL(int(CORM__FITS_TIME))
    : std::is_same_v<T, corm_optional_decimal> ? CORM__FITS_OPTIONAL(int(CORM__FITS_DECIMAL))
    : std::is_same_v<T, corm_optional_uuid> ? CORM__FITS_OPTIONAL(int(CORM__FITS_UUID))
    : corm__kind<T> != CORM_KIND_INTEGER ? 1 << corm__kind<T> : 0;
/* Columns, expressions and variables, whose nodes are corm__nodes_of(<it>). */
#define CORM__HANDLES(kind_, type_, optional_, name_)                                              \
    CORM__HANDLED(kind_, corm_##name_##_column, corm__of_##name_##_column)                         \
    CORM__HANDLED(kind_, corm_##name_##_expression, corm__of_##name_##_expression)                 \
    CORM__HANDLED(kind_, corm_##name_##_variable, corm__of_##name_##_variable)                     \
    inline corm_##name_##_expression corm__as(corm__kind_is<CORM_KIND_##kind_>, const corm_condition &nodes) \
    {                                                                                              \
        return corm__as_##name_(nodes);                                                            \
    }
#define CORM__HANDLED(kind_, type_, nodes_)                                                        \
    template <> inline constexpr int corm__kind<type_> = CORM_KIND_##kind_;                        \
    template <> inline constexpr int corm__fits<type_> =                                           \
        CORM_KIND_##kind_ == CORM_KIND_INTEGER ? int(CORM__IS_INTEGER)                             \
        : CORM_KIND_##kind_ == CORM_KIND_REAL ? int(CORM__IS_REAL) : 1 << CORM_KIND_##kind_;       \
    inline corm_condition corm__nodes_of(const type_ &operand) { return nodes_(operand); }
template <int kind> using corm__kind_is = std::integral_constant<int, kind>;
CORM__KIND_LIST(CORM__HANDLES)
#undef CORM__HANDLES
#undef CORM__HANDLED
inline corm_condition corm__nodes_of(const corm_condition &condition) { return condition; }
inline corm_condition corm__nodes_of(corm_optional_integer value) { return corm__of_optional_integer(value); }
inline corm_condition corm__nodes_of(corm_optional_real value) { return corm__of_optional_real(value); }
inline corm_condition corm__nodes_of(corm_optional_date value) { return corm__of_optional_date(value); }
inline corm_condition corm__nodes_of(corm_optional_datetime value) { return corm__of_optional_datetime(value); }
inline corm_condition corm__nodes_of(corm_optional_time value) { return corm__of_optional_time(value); }
inline corm_condition corm__nodes_of(corm_optional_decimal value) { return corm__of_optional_decimal(value); }
inline corm_condition corm__nodes_of(corm_optional_uuid value) { return corm__of_optional_uuid(value); }

template <typename T> inline corm_condition corm__operand(T value)
{
    if constexpr (std::is_same_v<T, bool>) return corm_operand_boolean(value);
    else if constexpr (corm__is_whole<T> && std::is_unsigned_v<T>) return corm_operand_unsigned(uint64_t(value));
    else if constexpr (corm__is_whole<T>) return corm_operand_integer(int64_t(value));
    else if constexpr (std::is_floating_point_v<T>) return corm_operand_real(double(value));
    else if constexpr (corm__is_text<T>) return corm_operand_text(value);
    else if constexpr (std::is_same_v<T, corm_blob>) return corm_operand_blob(value);
    else if constexpr (std::is_same_v<T, corm_date>) return corm_operand_date(value);
    else if constexpr (std::is_same_v<T, corm_datetime>) return corm_operand_datetime(value);
    else if constexpr (std::is_same_v<T, corm_time>) return corm_operand_time(value);
    else if constexpr (std::is_same_v<T, corm_decimal>) return corm_operand_decimal(value);
    else if constexpr (std::is_same_v<T, corm_uuid>) return corm_operand_uuid(value);
    else if constexpr (std::is_same_v<T, corm_custom_value>) return corm_operand_custom(value);
    else if constexpr (corm__fits<T> != 0) return corm__nodes_of(value);
    else return corm_condition{}; /* a check has said what is wrong */
}

#undef corm_var
template <typename T> inline auto corm_var(const T *pointer)
{
    if constexpr (std::is_same_v<T, int64_t>) return corm__var_integer(0, pointer);
    else if constexpr (std::is_same_v<T, double>) return corm__var_real(0, pointer);
    else if constexpr (std::is_same_v<T, bool>) return corm__var_boolean(0, pointer);
    else if constexpr (corm__is_text<T>) return corm__var_text(0, pointer);
    else if constexpr (std::is_same_v<T, corm_blob>) return corm__var_blob(0, pointer);
    else if constexpr (std::is_same_v<T, corm_date>) return corm__var_date(0, pointer);
    else if constexpr (std::is_same_v<T, corm_datetime>) return corm__var_datetime(0, pointer);
    else if constexpr (std::is_same_v<T, corm_time>) return corm__var_time(0, pointer);
    else if constexpr (std::is_same_v<T, corm_decimal>) return corm__var_decimal(0, pointer);
    else if constexpr (std::is_same_v<T, corm_uuid>) return corm__var_uuid(0, pointer);
    else static_assert(corm__no<T>, "corm_var(&variable): int64_t, double, bool, const char *, a date, a time, a decimal, a UUID or a blob");
}

template <typename T> constexpr int corm__list_kind = /* CORM_KIND_COUNT: no list */
    std::is_same_v<T, int64_t> ? CORM_KIND_INTEGER
    : std::is_same_v<T, int> || std::is_same_v<T, unsigned> || std::is_enum_v<T> ? CORM_KIND_ENUM
    : std::is_same_v<T, float> || std::is_same_v<T, bool> || std::is_same_v<T, corm_blob> ||
      std::is_same_v<T, corm_custom_value> || (corm__fits<T> & CORM__ANY_KIND) == 0 || corm__is_whole<T> ? int(CORM_KIND_COUNT)
    : corm__kind<T>;
template <typename T> constexpr int corm__listed =
    std::is_pointer_v<T> ? corm__list_kind<std::remove_cv_t<std::remove_pointer_t<T>>> : int(CORM_KIND_COUNT);

#undef CORM__FITS
#define CORM__FITS(operand_) corm__fits<decltype(operand_)>
#undef CORM__OPERAND
#define CORM__OPERAND(operand_) corm__operand(operand_)
/* The type is one of a name, and what is said about it a check, which costs nothing. */
#undef CORM__OPERAND_LIKE
#define CORM__OPERAND_LIKE(typed_, operand_) ((void)(typed_), corm__operand(operand_))
#undef CORM__LOOK1
#define CORM__LOOK1(body_, a_, ...) body_(a_, CORM__FITS(a_), __VA_ARGS__)
#undef CORM__LOOK2
#define CORM__LOOK2(body_, a_, b_, ...) body_(a_, b_, CORM__FITS(a_), CORM__FITS(b_), __VA_ARGS__)
#undef CORM__LOOK3
#define CORM__LOOK3(body_, a_, b_, c_, ...)                                                        \
    body_(a_, b_, c_, CORM__FITS(a_), CORM__FITS(b_), CORM__FITS(c_), __VA_ARGS__)
#undef CORM__FITS_LIST
#define CORM__FITS_LIST(items_) (1 << corm__listed<decltype(items_)>) % (1 << CORM_KIND_COUNT)
#undef CORM__LIST_KIND
#define CORM__LIST_KIND(items_) corm__listed<decltype(items_)>
#undef CORM__LIKE_IT
#define CORM__LIKE_IT(a_, nodes_) corm__as(corm__kind_is<corm__kind<decltype(a_)>>{}, nodes_)
#undef CORM__LIKE_EITHER
#define CORM__LIKE_EITHER(a_, b_, text_, nodes_)                                                   \
    ((void)CORM__CHECK_ALIKE(CORM__FITS(a_), CORM__FITS(b_), text_),                               \
     corm__as(corm__kind_is<(corm__is_whole<decltype(a_)> ? corm__kind<decltype(b_)>               \
                                                          : corm__kind<decltype(a_)>)>{}, nodes_))
#undef CORM__LIKE_SUM
#define CORM__LIKE_SUM(a_, b_, operator_, text_, nodes_)                                           \
    ((void)CORM__CHECK_SUM(CORM__FITS(a_), CORM__FITS(b_), operator_, text_),                      \
     corm__as(corm__kind_is<corm__sum_kind(corm__kind<decltype(a_)>, corm__kind<decltype(b_)>)>{}, nodes_))
constexpr int corm__sum_kind(int a, int b)
{
    return a == CORM_KIND_DECIMAL || b == CORM_KIND_DECIMAL ? int(CORM_KIND_DECIMAL)
           : a == CORM_KIND_REAL || b == CORM_KIND_REAL ? int(CORM_KIND_REAL) : int(CORM_KIND_INTEGER);
}

/* The body of a function that is called at once: operands are evaluated once, whatever it makes of
 * their types, and it may stand outside of functions, too. */
#undef CORM__LET1
#define CORM__LET1(body_, a_, ...) [](auto corm__a) { return body_(corm__a, __VA_ARGS__); }(a_)
#undef CORM__LET2
#define CORM__LET2(body_, a_, b_, ...)                                                             \
    [](auto corm__a, auto corm__b) { return body_(corm__a, corm__b, __VA_ARGS__); }(a_, b_)
#undef CORM__LET3
#define CORM__LET3(body_, a_, b_, c_, ...)                                                         \
    [](auto corm__a, auto corm__b, auto corm__c) { return body_(corm__a, corm__b, corm__c, __VA_ARGS__); }(a_, b_, c_)
#undef CORM__CHECK
#define CORM__CHECK(condition_, sentence_) []() { static_assert((condition_) != 0, sentence_); return 0; }()

/* What C writes as literals. Arrays and what CORM__AT points to live until the end of the
 * expression in which they stand. */
#undef CORM__LIST
#define CORM__LIST(type_, ...) corm__list_of<type_>({__VA_ARGS__})
#undef CORM__PARTS
#define CORM__PARTS(...) CORM__LIST(corm_condition, __VA_ARGS__)
template <typename T> inline const T *corm__list_of(std::initializer_list<T> items) { return items.begin(); }
#undef CORM__END
#define CORM__END(type_) corm__end<type_>()
template <typename T> inline T corm__end()
{
    T end = {};
    end.count = static_cast<decltype(end.count)>(UINT16_MAX);
    return end;
}
#undef CORM__NONE
#define CORM__NONE(type_) type_{}
/* Designated initializers are C++20; before that, keyword arguments are assigned, in one expression, at
 * whose end temporaries like std::string("x").c_str() go: to the struct that is on top of a stack meanwhile. */
#undef CORM__MADE
#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) >= 202002L
#define CORM__MADE(type_, member_, model_, ...) type_{.member_ = model_, __VA_ARGS__}
#else
#define CORM__MADE(type_, member_, model_, ...)                                                    \
    corm__made<type_>{corm__making<type_>(),                                                       \
                      (CORM__EACH(CORM__MADE_WITH, type_, .member_ = model_, __VA_ARGS__) 0)}.copy()
#define CORM__MADE_WITH(type_, argument_) corm__making<type_>::now() argument_,
template <typename T> struct corm__making {
    static inline thread_local corm__making *top = nullptr;
    T value = {};
    corm__making *below;
    corm__making() : below(top) { top = this; }
    corm__making(const corm__making &) = delete;
    static T &now() { return top->value; }
    ~corm__making() { end(); } /* where an argument has thrown, it is still on the stack */
    void end()
    {
        if (top == this)
            top = below;
    }
};
template <typename T> struct corm__made { /* the braces are evaluated from left to right */
    const T &value;
    corm__made(corm__making<T> &&made, int) : value(made.value) { made.end(); }
    T copy() const { return value; }
};
#endif
#undef CORM__AT
#define CORM__AT(type_, ...) corm__at<type_>(CORM__MADE(type_, __VA_ARGS__))
template <typename T> inline const T *corm__at(const T &value) { return &value; }

/* ---- Loading --------------------------------------------------------------------------------- */

#undef corm_loads
template <typename... T> inline corm_loading corm_loads(const T &...parts)
{
    const corm_loading all[] = {parts...};
    return corm_loading_join(all, sizeof...(parts));
}
#undef CORM__LOADING
#define CORM__LOADING(how_, ...) corm__loading((how_), __VA_ARGS__)
template <typename... T> inline corm_loading corm__loading(corm_lazy how, const T &...relationships)
{
    const corm_relationship_ref all[] = {relationships...};
    return corm_loading_of(all, sizeof...(relationships), how);
}

#undef corm_load_columns
template <typename... T> inline corm_loading corm_load_columns(const T &...columns)
{
    const corm_column_ref all[] = {columns.column...};
    return corm_loading_columns(all, sizeof...(columns));
}
#undef corm_load_where
#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) >= 202002L
#define corm_load_where(relationship_, ...)                                                        \
    corm__load_where((relationship_), corm_load_options{__VA_ARGS__})
#else
#define corm_load_where(relationship_, ...)                                                        \
    corm__load_where((relationship_), CORM__MADE(corm_load_options, limit, 0, __VA_ARGS__, ))
#endif
inline corm_loading corm__load_where(corm_relationship_ref relationship, const corm_load_options &options)
{
    return corm_loading_where(relationship, &options);
}

/* ---- Queries --------------------------------------------------------------------------------- */

#undef CORM__NOTED
#if defined(CORM_TRACE_CALLS)
template <typename T> inline const T *corm__noted(const T *argument, const char *file, int line)
{
    return (const T *)corm_called_at(argument, file, line);
}
#define CORM__NOTED(argument_) corm__noted((argument_), __FILE__, __LINE__)
/* A default argument is evaluated where the function is called. */
#undef CORM__CALLER
#define CORM__CALLER , const char *corm__file = __builtin_FILE(), int corm__line = __builtin_LINE()
#undef CORM__CALLED
#define CORM__CALLED (void)corm_called_at(nullptr, corm__file, corm__line);
#else
#define CORM__NOTED(argument_) (argument_)
#endif

/* corm__values_for(<kind>, <rows>), corm__scalar_for(<kind>, <rows>). */
#define CORM__FOR_KIND(kind_, name_)                                                               \
    inline auto corm__values_for(corm__kind_is<CORM_KIND_##kind_>, corm_rows rows) { return corm__values_##name_(rows); } \
    inline auto corm__scalar_for(corm__kind_is<CORM_KIND_##kind_>, corm_rows rows) { return corm__scalar_##name_(rows); }
CORM__FOR_KIND(INTEGER, integer) CORM__FOR_KIND(REAL, real) CORM__FOR_KIND(BOOLEAN, boolean) CORM__FOR_KIND(TEXT, text)
CORM__FOR_KIND(BLOB, blob) CORM__FOR_KIND(DATE, date) CORM__FOR_KIND(DATETIME, datetime) CORM__FOR_KIND(TIME, time)
CORM__FOR_KIND(DECIMAL, decimal) CORM__FOR_KIND(UUID, uuid) CORM__FOR_KIND(JSON, json) CORM__FOR_KIND(ENUM, enum)
CORM__FOR_KIND(CUSTOM, integer) /* refused */
#undef CORM__FOR_KIND
#undef CORM__BY_KIND
#define CORM__BY_KIND(value_, do_, rows_) do_##_for(corm__kind_is<corm__kind<decltype(value_)>>{}, rows_)

/* ---- Writing --------------------------------------------------------------------------------- */

#undef CORM__COLUMN_LIST
#define CORM__COLUMN_LIST(...) corm__column_list(__VA_ARGS__)
template <typename... T> inline corm_column_list corm__column_list(const T &...columns)
{
    const corm_column_ref all[] = {columns.column...};
    return corm_column_list_of(all, sizeof...(columns));
}
#undef CORM__ROW_COUNT
#define CORM__ROW_COUNT(call_, model_, rows_, count_) corm__row_count<model_>((rows_), (size_t)(count_))
template <typename T> inline size_t corm__row_count(T *, size_t count) { return count; }

/* ---- Keys ------------------------------------------------------------------------------------ */

template <typename T> inline corm_value corm__key(T value, char *room)
{
    if constexpr (corm__is_whole<T>) return corm__key_integer((int64_t)value, room);
    else if constexpr (corm__is_text<T>) return corm__key_text(value, room);
    else if constexpr (std::is_same_v<T, corm_date>) return corm__key_date(value, room);
    else if constexpr (std::is_same_v<T, corm_datetime>) return corm__key_datetime(value, room);
    else if constexpr (std::is_same_v<T, corm_time>) return corm__key_time(value, room);
    else if constexpr (std::is_same_v<T, corm_uuid>) return corm__key_uuid(value, room);
    else static_assert(corm__no<T>, "corm_get(session, Model, key): a key is an integer, a string, a date, a time or a UUID");
}
template <typename... T> inline void *corm__get(corm_session *session, const corm_model *model, T... keys)
{
    char rooms[sizeof...(keys)][CORM_UUID_TEXT_SIZE];
    size_t i = 0;
    const corm_value values[] = {corm__key(keys, rooms[i++])...}; /* from left to right */
    return corm_object_get(session, model, values, sizeof...(keys));
}
#undef corm_get
#define corm_get(session_, model_, ...) ((model_ *)corm__get((session_), CORM__NOTED(&corm__model_##model_), __VA_ARGS__))

#undef corm_merge
template <typename T> inline T *corm_merge(corm_session *session, T *object)
{
    return (T *)corm_object_merge(session, object);
}

/* ---- SQL of one's own ------------------------------------------------------------------------ */

template <typename T> inline corm_parameter corm__parameter(T value)
{
    if constexpr (std::is_same_v<T, unsigned long> || std::is_same_v<T, unsigned long long>)
        return corm_parameter_of(CORM__C_UNSIGNED_LONG_LONG, (unsigned long long)value);
    else if constexpr (corm__is_whole<T>) return corm_parameter_of(CORM__C_LONG_LONG, (long long)value);
    else if constexpr (std::is_floating_point_v<T>) return corm_parameter_of(CORM__C_DOUBLE, (double)value);
    else if constexpr (corm__is_text<T>) return corm_parameter_of(CORM__C_TEXT, (const char *)value);
    else if constexpr (std::is_same_v<T, corm_blob>) return corm_parameter_of(CORM__C_BLOB, value);
    else if constexpr (std::is_same_v<T, corm_date>) return corm_parameter_of(CORM__C_DATE, value);
    else if constexpr (std::is_same_v<T, corm_datetime>) return corm_parameter_of(CORM__C_DATETIME, value);
    else if constexpr (std::is_same_v<T, corm_time>) return corm_parameter_of(CORM__C_TIME, value);
    else if constexpr (std::is_same_v<T, corm_uuid>) return corm_parameter_of(CORM__C_UUID, value);
    else if constexpr (std::is_same_v<T, corm_custom_value>) return corm_parameter_of(CORM__C_CUSTOM, value);
    else if constexpr (std::is_same_v<T, corm_optional_integer>) return corm_parameter_of(CORM__C_OPTIONAL_INTEGER, value);
    else if constexpr (std::is_same_v<T, corm_optional_real>) return corm_parameter_of(CORM__C_OPTIONAL_REAL, value);
    else if constexpr (std::is_same_v<T, corm_optional_date>) return corm_parameter_of(CORM__C_OPTIONAL_DATE, value);
    else if constexpr (std::is_same_v<T, corm_optional_datetime>) return corm_parameter_of(CORM__C_OPTIONAL_DATETIME, value);
    else if constexpr (std::is_same_v<T, corm_optional_time>) return corm_parameter_of(CORM__C_OPTIONAL_TIME, value);
    else if constexpr (std::is_same_v<T, corm_optional_uuid>) return corm_parameter_of(CORM__C_OPTIONAL_UUID, value);
    else if constexpr (std::is_same_v<T, std::nullptr_t>) return corm_parameter_of(CORM__C_POINTER, (const void *)nullptr);
    else static_assert(corm__no<T>, "corm_sql: a value for a placeholder is a number, a string (const char *), a corm_blob, a date, a time, a UUID, an OPTIONAL of them or nullptr; of a corm_decimal its .units");
}
#undef corm_sql_parameter
#define corm_sql_parameter(value_) corm__parameter(value_)

/* Lives until the end of the expression in which it stands; the last is not counted. */
template <size_t count> struct corm__parameters {
    corm_parameter values[count];
    const corm_parameter *all() const { return values; }
};
#undef CORM__PARAMETERS
#define CORM__PARAMETERS(call_, ...)                                                               \
    corm__parameters<1 CORM__EACH(CORM__PARAMETER_COUNT, ~, __VA_ARGS__)>{{                        \
        CORM__EACH(CORM__PARAMETER, ~, __VA_ARGS__) corm_parameter{}}}.all(),                      \
    (size_t)(0 CORM__EACH(CORM__PARAMETER_COUNT, ~, __VA_ARGS__))
#undef CORM__PARAMETER
#define CORM__PARAMETER(data_, value_) corm__parameter(value_),
#undef CORM__PARAMETER_COUNT
#define CORM__PARAMETER_COUNT(data_, value_) + 1

/* clang-format on */

#endif /* __cplusplus */
#endif /* CORM__CPLUSPLUS_H */
