/* corm.h is generated from src/ by `make corm.h`: do not edit it. Copy it, with corm_sqlite.h, into your project. */

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
 *     file before it includes corm_sqlite.h; link with -lsqlite3 -lpthread.
 *  2. Describe each model as a list: COLUMN(KIND, name, options...) and
 *     RELATIONSHIP(KIND, name, Model, other side, options...). Kinds of columns: INTEGER, REAL,
 *     BOOLEAN, TEXT, BLOB, DATE, DATETIME, TIME, DECIMAL(precision, scale), UUID, JSON,
 *     ENUM(Enum) after CORM_ENUM, CUSTOM(kind) after CORM_KIND, and OPTIONAL(...) of each, which
 *     may be NULL; for members of C's own types INTEGER_AS(type), REAL_AS(type), CHARS(size).
 *     MODEL(EXISTING(Device), ...) is a model over a struct that is there already. Kinds of relationships: ONE_TO_MANY, MANY_TO_ONE, ONE_TO_ONE, MANY_TO_MANY. The
 *     other side is the name of its row in the other model, BACKREF(name) to make that end here,
 *     or NONE.
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
 *     src/query.h     conditions, orderings, what to load: corm_eq, corm_and, corm_related_to,
 *                     corm_asc, corm_load, corm_load_joined
 *     src/session.h   engines, sessions, objects, errors, tables: what each call does
 *     src/model.h     CORM_SCHEMA, corm_new, corm_all, corm_first, corm_one, corm_count, corm_get,
 *                     corm_merge, corm_some, corm_none, corm_ref, corm_columns, corm_index,
 *                     corm_join, corm_filter, corm_default, CORM_ENUM, CORM_KIND
 *     src/checks.h    what the compiler says about wrong rows
 *     src/cplusplus.h the same names for programs in C++17 and C++20
 *
 *  Behind them stands the implementation, under CORM_IMPLEMENTATION.
 *
 * ---- Options ------------------------------------------------------------------------------------
 *
 *  In every options struct zero means default, so name only what differs:
 *
 *     corm_model_options          .strict .without_rowid .check .unique .indexes
 *     corm_column_options         .primary_key .autoincrement .unique .index .nullable .length
 *                                 .default_value .references .on_delete .on_update .name .check
 *                                 .collate .validate
 *     corm_relationship_options   .cascade .lazy .order_by .then_by .foreign_key .passive_deletes
 *                                 .join_depth .secondary .view_only .join .filter .backref
 *     corm_query                  .where .order_by .load .limit .offset
 *     corm_model_options          .hooks
 *     corm_session_options        .no_autoflush .keep_on_commit .writer .hooks
 *     corm_engine_options         .pool_size .pool_timeout_ms .writer_timeout_ms .echo
 *     corm_sqlite_options         in corm_sqlite.h
 *
 *  Options at compile time (CORM_STATIC, CORM_MALLOC ...) stand in src/config.h.
 *
 * ---- Ownership ----------------------------------------------------------------------------------
 *
 *  - The session owns its objects, lists and texts, until it is closed or cleared. Nothing is freed
 *    one by one.
 *  - corm_expunge hands an object to the program: corm_free frees it, corm_add gives it back.
 *  - Text given to corm_new is copied at once. A pointer that is assigned to a member is borrowed
 *    until the next flush or rollback; the flush copies, and the member points at the copy. The
 *    bytes are const: a new value is a new pointer. A replaced text lives until the transaction
 *    ends. corm_text formats into the session.
 *  - A list that was handed out is never changed, and lives until the next transaction begins.
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

#include <limits.h>
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
 *   CORM_CONDITION_NODES  how many comparisons fit one condition (32; each adds 24 bytes to
 *                         every condition).
 *   CORM_ASSERT(x)        replaces assert, which only watches corm's own invariants, never your
 *                         input.
 *   CORM_MALLOC(size), CORM_REALLOC(pointer, size), CORM_FREE(pointer)
 *                         replace malloc, realloc and free, all three together. corm allocates
 *                         through nothing else; a NULL from them is an error like any other, never
 *                         a crash.
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

#if defined(__GNUC__)
#define CORM__UNUSED __attribute__((unused))
#define CORM__PRINTF(format_, first_) __attribute__((format(printf, format_, first_)))
#define CORM__LIKELY(condition_) __builtin_expect(!!(condition_), 1)
#define CORM__UNLIKELY(condition_) __builtin_expect(!!(condition_), 0)
#else
#define CORM__UNUSED
#define CORM__PRINTF(format_, first_)
#define CORM__LIKELY(condition_) (condition_)
#define CORM__UNLIKELY(condition_) (condition_)
#endif

/* C calls it an error to pass a Tag * where a Post * is wanted; gcc before 14 and clang before 16
 * only warn, and no type of parameter makes it an error that says so without a warning in right
 * calls. */
#if defined(__GNUC__) && !defined(__cplusplus) && !defined(CORM_NO_PRAGMAS)
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#pragma GCC diagnostic error "-Wint-conversion"
#endif

#if !defined(CORM_CONDITION_NODES)
#define CORM_CONDITION_NODES 32
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
    X(OBJECT_DELETED, "the object's row was deleted in this transaction")                          \
    X(NOT_REFRESHABLE, "the object's values were expired and its row rolled back")                 \
    X(IDENTITY_CONFLICT, "the session holds another object for this row")                          \
    X(DETACHED, "the object is detached and what was asked for is not loaded")                     \
    X(NOT_MEMBER, "the object is not in the collection")                                           \
    X(NOT_LOADED, "the relationship is declared never to be loaded lazily")                        \
    X(NO_SAVEPOINT, "the savepoint is over")                                                       \
    X(PENDING_ROLLBACK, "an earlier error waits for corm_rollback")                                \
    X(MISUSE, "the call does not make sense here")                                                 \
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
    CORM_VALUE_BLOB
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
/* Less: negative; equal: 0; greater: positive. Both must be valid. */
CORM_API int corm_decimal_compare(corm_decimal a, corm_decimal b);
/* The same number with so many digits behind the point; false if digits would get lost, or if it
 * would have more than 18 of them. *out is untouched then; it may be `decimal` itself. */
CORM_API bool corm_decimal_rescale(corm_decimal decimal, int scale, corm_decimal *out);
/* With the larger scale of both; false if the result has more than 18 digits. */
CORM_API bool corm_decimal_add(corm_decimal a, corm_decimal b, corm_decimal *out);
CORM_API bool corm_decimal_subtract(corm_decimal a, corm_decimal b, corm_decimal *out);

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
/* Too late to refuse; the session may not be used. */
typedef void (*corm_session_notice)(struct corm_session *session, void *context);

/* What is called when; NULL: nothing. Given to a model, MODEL(User, "users", USER, .hooks =
 * &user_hooks), it is for the model's objects and leaves the session's members NULL; given to a
 * session, it is for all models. It is borrowed, must outlive the engine or session, and may be used
 * by several threads at once. */
typedef struct corm_hooks {
    /* In a flush, before its first statement: may change the object's own columns, which are checked
     * after that. before_update only comes for objects that have other changes. */
    corm_object_hook before_insert, before_update, before_delete;
    /* In a flush, after its last statement: the object has its key. What they change is written by
     * the next flush. */
    corm_object_hook after_insert, after_update, after_delete;
    /* The object was made of a row, or filled again. */
    corm_object_hook after_load;
    /* Of a session: when there is something to flush. Objects may be added, changed and deleted: in
     * before_flush they take part, in after_flush they wait for the next flush. */
    corm_session_hook before_flush, after_flush;
    /* Before the flush of corm_commit. If it refuses, nothing is committed and nothing undone. */
    corm_session_hook before_commit;
    corm_session_notice after_commit;   /* at the end of corm_commit */
    corm_session_notice after_rollback; /* at the end of corm_rollback, if anything was undone */
    void *context;                      /* handed to each of them */
    const struct corm_hooks *next;      /* called after these; NULL: none */
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
    X(after_load)                                                                                  \
    X(before_flush)                                                                                \
    X(after_flush)                                                                                 \
    X(before_commit)                                                                               \
    X(after_commit)                                                                                \
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
     * columns of the table; NULL in them meets it. */
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
 * unless CORM_CASCADE_NONE is given. */
enum {
    CORM_CASCADE_SAVE_UPDATE = 1u << 0,    /* add */
    CORM_CASCADE_DELETE = 1u << 1,         /* delete */
    CORM_CASCADE_DELETE_ORPHAN = 1u << 2,  /* delete what was taken out; needs DELETE */
    CORM_CASCADE_EXPUNGE = 1u << 3,        /* expunge */
    CORM_CASCADE_REFRESH_EXPIRE = 1u << 4, /* refresh, expire */
    CORM_CASCADE_MERGE = 1u << 5,          /* merge */
    CORM_CASCADE_NONE = 1u << 6,           /* only what is given beside it, if anything */
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
    const char *other_name; /* NAMED, BACKREF */
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
 * One call handles a whole row, never a single value, so that the indirection costs one call per
 * row. */
#ifndef CORM__ADAPTER_H
#define CORM__ADAPTER_H

#ifdef CORM_LINES
#line 25 "src/adapter.h"
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
    CORM_CAN_RETURNING = 1u << 1,           /* INSERT ... RETURNING */
    CORM_CAN_DDL_ROLLBACK = 1u << 2,        /* CREATE and DROP take part in transactions */
    CORM_ERROR_KEEPS_TRANSACTION = 1u << 3, /* a failed statement leaves the transaction usable */
    /* one transaction writes at a time: the engine lets its writers wait in line */
    CORM_ONE_WRITER = 1u << 4
};

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
    unsigned max_parameters;    /* parameters in one statement */
    /* One query each. table_columns takes the table's name as parameter 1 and gives a row (name,
     * declared type, not null 0/1, position in the primary key or 0, has a value of its own when
     * an INSERT leaves it out 0/1, is computed from others 0/1, a word for the values it keeps as
     * they are) per column, none if there is no such table. */
    const char *table_columns;
    /* By kind: those words of table_columns that fit it, "INTEGER NUMERIC"; NULL: any. CUSTOM: words
     * that fit beside those of the kind that it is stored as; then none of them is NULL. */
    const char *kinds_fit[CORM_KIND_COUNT];
    /* Run in a transaction before tables that refer to each other in a circle are dropped:
     * foreign keys are looked at when it commits. NULL: nothing is needed. */
    const char *defer_foreign_keys;
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

typedef struct corm_adapter {
    const char *name;
    unsigned capabilities;
    const corm_dialect *dialect;

    /* Connections. `config` is what corm_engine_open was given. A connection is used by one
     * thread at a time. */
    corm_status (*open)(void *config, corm_connection **out, corm_failure *failure);
    void (*close)(corm_connection *connection); /* every statement has been finalized before */
    void (*free_config)(void *config);          /* the engine closes; may be NULL */

    /* Transactions. begin with `writer` takes the write lock at once. Names of savepoints are
     * given by corm, valid identifiers. rollback must leave no transaction open, whatever
     * happened before; it fails only where the connection is lost. */
    corm_status (*begin)(corm_connection *connection, bool writer, corm_failure *failure);
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

    /* Binds `count` values (borrowed until the call returns), runs to the end, resets. `result`
     * may be NULL. */
    corm_status (*execute)(corm_statement *statement, const corm_value *values, size_t count,
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

    /* The database's own handle (SQLite: sqlite3 *). */
    void *(*handle)(corm_connection *connection);
} corm_adapter;

#endif /* CORM__ADAPTER_H */

/* ---- src/query.h ----------------------------------------------------------------------------- */

/* query.h: what a query is.
 *
 * Owns: conditions, orderings, loading options as small values that can be built, copied and
 * combined freely; the typed column handles and the macros that let the compiler check names and
 * value types.
 * Must not know: SQL text, sessions, rows. */
#ifndef CORM__QUERY_H
#define CORM__QUERY_H

#ifdef CORM_LINES
#line 11 "src/query.h"
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

/* ---- Conditions ------------------------------------------------------------------------------ */

typedef enum corm__operator {
    CORM__EQ,
    CORM__NE,
    CORM__LT,
    CORM__LE,
    CORM__GT,
    CORM__GE,
    CORM__LIKE,
    CORM__BETWEEN, /* two nodes: this one with the lower bound, an OPERAND with the upper */
    CORM__IN,      /* this node; as.list points at values, size counts them */
    CORM__IS_NULL,
    CORM__IS_NOT_NULL,
    CORM__RELATED, /* model, column, kind: the relationship; as.bytes: a struct of its source */
    CORM__OPERAND,
    CORM__AND, /* size counts the nodes that follow and belong to it */
    CORM__OR,
    CORM__NOT
} corm__operator;

/* size of a RELATED without a struct: what is wrong. */
enum {
    CORM__RELATED_TO_NOTHING = 1000, /* no object */
    CORM__RELATED_TO_ANOTHER,        /* of another model */
    CORM__RELATED_TO_NEW             /* without a row */
};

typedef struct corm__node {
    uint8_t operator_; /* corm__operator */
    uint8_t kind;      /* corm_kind of the operand or of the list's elements */
    uint16_t column;   /* index in the model */
    /* AND, OR, NOT: nodes below; IN: elements; DATETIME: microseconds; DECIMAL: scale */
    uint32_t size;
    const corm_model *model;
    union {
        int64_t integer;
        double real;
        const void *bytes; /* text, list: borrowed until the query ran */
        corm_date date;
        struct {
            int16_t year;
            uint8_t month, day, hour, minute;
            uint16_t second;
        } moment;
        corm_time time;
        corm_uuid uuid;
        corm_custom_value custom; /* borrowed until the query ran */
    } as;
} corm__node;

/* A condition over columns: a value without a pointer into itself, so it may be built in an
 * `if`, copied and kept. Texts, blobs and lists in it are borrowed until the query has run. The
 * zero value is "no condition" and changes nothing in corm_and. Too many parts
 * (CORM_CONDITION_NODES) are reported when the query runs. */
typedef struct corm_condition {
    uint16_t count;
    uint16_t wanted; /* more than count: parts that did not fit */
    corm__node nodes[CORM_CONDITION_NODES];
} corm_condition;

/* Type-erased makers; the macros below choose among them. */
CORM_API corm_condition corm_condition_integer(corm_column_ref column, int operator_,
                                               int64_t value);
CORM_API corm_condition corm_condition_real(corm_column_ref column, int operator_, double value);
CORM_API corm_condition corm_condition_boolean(corm_column_ref column, int operator_, bool value);
CORM_API corm_condition corm_condition_text(corm_column_ref column, int operator_,
                                            const char *value);
CORM_API corm_condition corm_condition_blob(corm_column_ref column, int operator_, corm_blob value);
CORM_API corm_condition corm_condition_date(corm_column_ref column, int operator_, corm_date value);
CORM_API corm_condition corm_condition_datetime(corm_column_ref column, int operator_,
                                                corm_datetime value);
CORM_API corm_condition corm_condition_time(corm_column_ref column, int operator_, corm_time value);
CORM_API corm_condition corm_condition_decimal(corm_column_ref column, int operator_,
                                               corm_decimal value);
CORM_API corm_condition corm_condition_whole(corm_column_ref column, int operator_,
                                             int64_t value); /* of a DECIMAL column */
CORM_API corm_condition corm_condition_uuid(corm_column_ref column, int operator_, corm_uuid value);
CORM_API corm_condition corm_condition_json(corm_column_ref column, int operator_,
                                            const char *value);
CORM_API corm_condition corm_condition_enum(corm_column_ref column, int operator_, int64_t value);
CORM_API corm_condition corm_condition_custom(corm_column_ref column, int operator_,
                                              corm_custom_value value);
CORM_API corm_condition corm_condition_between(corm_condition low, corm_condition high);
CORM_API corm_condition corm_condition_list(corm_column_ref column, corm_kind kind,
                                            const void *items, size_t count);
CORM_API corm_condition corm_condition_null(corm_column_ref column, bool is_null);
CORM_API corm_condition corm_condition_related(corm_relationship_ref relationship, void *object);
CORM_API corm_condition corm_condition_join(int operator_, const corm_condition *parts,
                                            size_t count);

/* ---- Orderings and loading ------------------------------------------------------------------- */

enum { CORM__ORDER_TERMS = 8, CORM__LOAD_TERMS = 8 };

typedef struct corm_ordering {
    size_t count;
    struct {
        corm_column_ref column;
        bool descending;
    } terms[CORM__ORDER_TERMS];
} corm_ordering;

typedef struct corm_loading {
    size_t count;
    corm_relationship_ref relationships[CORM__LOAD_TERMS];
    corm_lazy how[CORM__LOAD_TERMS]; /* SELECTIN, JOINED; BATCH: not now, whatever is declared */
} corm_loading;

CORM_API corm_ordering corm_ordering_by(corm_column_ref column, bool descending);
CORM_API corm_ordering corm_ordering_join(const corm_ordering *parts, size_t count);
CORM_API corm_loading corm_loading_of(const corm_relationship_ref *relationships, size_t count,
                                      corm_lazy how);
CORM_API corm_loading corm_loading_join(const corm_loading *parts, size_t count);

/* What corm_all, corm_first, corm_one and corm_count take after the model, as keyword arguments. */
typedef struct corm_query {
    const corm_model *model CORM__ZERO;
    corm_condition where CORM__ZERO; /* default: every row */
    /* default: as the database likes; corm_first: by primary key */
    corm_ordering order_by CORM__ZERO;
    corm_loading load CORM__ZERO; /* relationships to load together with the objects */
    int64_t limit CORM__ZERO;     /* at most so many rows; 0: all. Below zero is refused */
    int64_t offset CORM__ZERO;    /* rows to skip. Below zero is refused */
} corm_query;

/* ---- What the user writes -------------------------------------------------------------------- */

/* Chosen for a value of the wrong type, and undefined on purpose. Their type tells CORM__CALL, which
 * answers with a sentence; they take anything, so that there is no second one. */
typedef corm_condition corm__wrong_condition(corm_column_ref column, ...);
corm__wrong_condition corm__an_integer_column_wants_an_integer;
corm__wrong_condition corm__a_real_column_wants_a_number;
corm__wrong_condition corm__a_boolean_column_wants_true_or_false;
corm__wrong_condition corm__a_text_column_wants_a_string;
corm__wrong_condition corm__a_blob_column_wants_a_corm_blob;
corm__wrong_condition corm__a_date_column_wants_a_corm_date;
corm__wrong_condition corm__a_datetime_column_wants_a_corm_datetime;
corm__wrong_condition corm__a_time_column_wants_a_corm_time;
corm__wrong_condition corm__a_decimal_column_wants_a_corm_decimal_or_an_integer;
corm__wrong_condition corm__a_uuid_column_wants_a_corm_uuid;
corm__wrong_condition corm__a_json_column_wants_a_string;
corm__wrong_condition corm__an_enum_column_wants_an_enumerator;
corm__wrong_condition corm__a_custom_column_wants_the_value_function_of_its_kind;
corm__wrong_condition corm__only_a_text_column_can_be_compared_with_like;
corm__wrong_condition corm__no_array_for_this_column;

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
#define CORM__WHOLE(function_)                                                                     \
    bool: function_, char: function_, signed char: function_, unsigned char: function_,            \
    short: function_, unsigned short: function_, int: function_, unsigned: function_,              \
    long: function_, unsigned long: function_, long long: function_, unsigned long long: function_

/* Calls the chosen function; if it is one of the wrong ones, the compiler says the sentence. The
 * check is 0, added to the operator. */
#define CORM__CALL(function_, sentence_, column_, operator_, ...)                                  \
    function_((column_).column, (operator_) + CORM__CHECK(                                         \
        _Generic(function_, corm__wrong_condition *: 0, default: 1), sentence_), __VA_ARGS__)
#define CORM__CHECK(condition_, sentence_)                                                         \
    0 * (int)sizeof(struct { _Static_assert(condition_, sentence_); char corm__none; })

#define CORM__COMPARE(operator_, text_, column_, value_)                                           \
    CORM__CALL(CORM__COMPARER(column_, value_),                                                    \
               text_ ": the value is of another type than the column", column_, operator_, (value_))
#define CORM__COMPARER(column_, value_)                                                            \
    _Generic((column_),                                                                            \
        corm_integer_column: _Generic((value_), CORM__WHOLE(corm_condition_integer),               \
            default: corm__an_integer_column_wants_an_integer),                                    \
        corm_real_column: _Generic((value_), CORM__WHOLE(corm_condition_real),                     \
            float: corm_condition_real, double: corm_condition_real,                               \
            default: corm__a_real_column_wants_a_number),                                          \
        corm_boolean_column: _Generic((value_), bool: corm_condition_boolean,                      \
            int: corm_condition_boolean, default: corm__a_boolean_column_wants_true_or_false),     \
        corm_text_column: _Generic((value_), char *: corm_condition_text,                          \
            const char *: corm_condition_text, default: corm__a_text_column_wants_a_string),       \
        corm_blob_column: _Generic((value_), corm_blob: corm_condition_blob,                       \
            default: corm__a_blob_column_wants_a_corm_blob),                                       \
        corm_date_column: _Generic((value_), corm_date: corm_condition_date,                       \
            default: corm__a_date_column_wants_a_corm_date),                                       \
        corm_datetime_column: _Generic((value_), corm_datetime: corm_condition_datetime,           \
            default: corm__a_datetime_column_wants_a_corm_datetime),                               \
        corm_time_column: _Generic((value_), corm_time: corm_condition_time,                       \
            default: corm__a_time_column_wants_a_corm_time),                                       \
        corm_decimal_column: _Generic((value_), corm_decimal: corm_condition_decimal,              \
            CORM__WHOLE(corm_condition_whole),                                                     \
            default: corm__a_decimal_column_wants_a_corm_decimal_or_an_integer),                   \
        corm_uuid_column: _Generic((value_), corm_uuid: corm_condition_uuid,                       \
            default: corm__a_uuid_column_wants_a_corm_uuid),                                       \
        corm_json_column: _Generic((value_), char *: corm_condition_json,                          \
            const char *: corm_condition_json, default: corm__a_json_column_wants_a_string),       \
        corm_enum_column: _Generic((value_), CORM__WHOLE(corm_condition_enum),                     \
            default: corm__an_enum_column_wants_an_enumerator),                                    \
        corm_custom_column: _Generic((value_), corm_custom_value: corm_condition_custom,           \
            default: corm__a_custom_column_wants_the_value_function_of_its_kind))

/* Comparisons of a column with a value: corm_eq(User_.age, 18). Comparing with NULL text finds
 * nothing, as in SQL: use corm_is_null. A value that the column could not hold (an impossible date,
 * a number that is no enumerator, a decimal with too many digits) is reported when the query runs.
 * What is compared, and sorted by, is what the table holds: numbers, dates, times and UUIDs in
 * their own order; ENUM and JSON as text, so "blue" comes before "red" whatever the enumerators'
 * numbers are; a kind of your own by its stored form. */
#define corm_eq(column_, value_)                                                                   \
    CORM__COMPARE(CORM__EQ, "corm_eq(" #column_ ", " #value_ ")", column_, value_)
#define corm_ne(column_, value_)                                                                   \
    CORM__COMPARE(CORM__NE, "corm_ne(" #column_ ", " #value_ ")", column_, value_)
#define corm_lt(column_, value_)                                                                   \
    CORM__COMPARE(CORM__LT, "corm_lt(" #column_ ", " #value_ ")", column_, value_)
#define corm_le(column_, value_)                                                                   \
    CORM__COMPARE(CORM__LE, "corm_le(" #column_ ", " #value_ ")", column_, value_)
#define corm_gt(column_, value_)                                                                   \
    CORM__COMPARE(CORM__GT, "corm_gt(" #column_ ", " #value_ ")", column_, value_)
#define corm_ge(column_, value_)                                                                   \
    CORM__COMPARE(CORM__GE, "corm_ge(" #column_ ", " #value_ ")", column_, value_)

/* low <= column <= high */
#define corm_between(column_, low_, high_)                                                         \
    corm_condition_between(corm_ge(column_, low_), corm_le(column_, high_))

/* % stands for any characters, _ for one; SQLite ignores the case of ASCII letters. */
#define corm_like(column_, pattern_)                                                               \
    CORM__CALL(CORM__LIKER(column_, pattern_), "corm_like(" #column_ ", " #pattern_                \
               "): it compares a TEXT column with a string", column_, CORM__LIKE, (pattern_))
#define CORM__LIKER(column_, pattern_)                                                             \
    _Generic((column_),                                                                            \
        corm_text_column: _Generic((pattern_), char *: corm_condition_text,                        \
            const char *: corm_condition_text, default: corm__a_text_column_wants_a_string),       \
        default: corm__only_a_text_column_can_be_compared_with_like)

/* The column's value is one of `count_` elements of an array (int64_t, double, const char *, int for
 * an ENUM, else the column's own type; not for BOOLEAN, BLOB, JSON, CUSTOM); the array is borrowed until the query has run. No element: no row. */
#define corm_in(column_, items_, count_)                                                           \
    CORM__CALL(CORM__SEEKER(column_, items_), "corm_in(" #column_ ", " #items_                     \
               ", ...): the array is of another type than the column", column_,                    \
     _Generic((column_), corm_integer_column: CORM_KIND_INTEGER, corm_real_column: CORM_KIND_REAL, \
              corm_text_column: CORM_KIND_TEXT, corm_date_column: CORM_KIND_DATE,                  \
              corm_datetime_column: CORM_KIND_DATETIME, corm_time_column: CORM_KIND_TIME,          \
              corm_decimal_column: CORM_KIND_DECIMAL, corm_uuid_column: CORM_KIND_UUID,            \
              corm_enum_column: CORM_KIND_ENUM, default: CORM_KIND_COUNT), \
     (items_), (count_))
#define CORM__SEEKER(column_, items_)                                                              \
    _Generic((column_),                                                                            \
        corm_integer_column: _Generic((items_), int64_t *: corm_condition_list,                    \
            const int64_t *: corm_condition_list,                                                  \
            default: corm__an_integer_column_wants_an_integer),                                    \
        corm_real_column: _Generic((items_), double *: corm_condition_list,                        \
            const double *: corm_condition_list, default: corm__a_real_column_wants_a_number),     \
        corm_text_column: _Generic((items_), char **: corm_condition_list,                         \
            const char **: corm_condition_list, const char *const *: corm_condition_list,          \
            char *const *: corm_condition_list, default: corm__a_text_column_wants_a_string),      \
        corm_date_column: _Generic((items_), corm_date *: corm_condition_list,                     \
            const corm_date *: corm_condition_list,                                                \
            default: corm__a_date_column_wants_a_corm_date),                                       \
        corm_datetime_column: _Generic((items_), corm_datetime *: corm_condition_list,             \
            const corm_datetime *: corm_condition_list,                                            \
            default: corm__a_datetime_column_wants_a_corm_datetime),                               \
        corm_time_column: _Generic((items_), corm_time *: corm_condition_list,                     \
            const corm_time *: corm_condition_list,                                                \
            default: corm__a_time_column_wants_a_corm_time),                                       \
        corm_decimal_column: _Generic((items_), corm_decimal *: corm_condition_list,               \
            const corm_decimal *: corm_condition_list,                                             \
            default: corm__a_decimal_column_wants_a_corm_decimal_or_an_integer),                   \
        corm_uuid_column: _Generic((items_), corm_uuid *: corm_condition_list,                     \
            const corm_uuid *: corm_condition_list,                                                \
            default: corm__a_uuid_column_wants_a_corm_uuid),                                       \
        corm_enum_column: _Generic((items_), int *: corm_condition_list,                           \
            const int *: corm_condition_list, unsigned *: corm_condition_list,                     \
            const unsigned *: corm_condition_list,                                                 \
            default: corm__an_enum_column_wants_an_enumerator),                                     \
        default: corm__no_array_for_this_column)

#define corm_is_null(column_) corm_condition_null((column_).column, true)
#define corm_is_not_null(column_) corm_condition_null((column_).column, false)

/* What is related to an object, without loading it: the posts of `user` are
 * corm_all(session, Post, .where = corm_related_to(User_.posts, user)). The object is borrowed until
 * the query has run. */
#define corm_related_to(relationship_, object_)                                                    \
    corm_condition_related((relationship_), (object_))

#define CORM__JOIN(operator_, ...)                                                                 \
    corm_condition_join(operator_, (const corm_condition[]){__VA_ARGS__},                          \
                        sizeof((const corm_condition[]){__VA_ARGS__}) / sizeof(corm_condition))

/* All of, any of, none of several conditions; conditions that are zero are left out. */
#define corm_and(...) CORM__JOIN(CORM__AND, __VA_ARGS__)
#define corm_or(...) CORM__JOIN(CORM__OR, __VA_ARGS__)
#define corm_not(...) CORM__JOIN(CORM__NOT, __VA_ARGS__)

/* Orderings: corm_asc(User_.username); several: corm_order(corm_desc(User_.age),
 * corm_asc(User_.id)). NULL sorts lowest in SQLite. */
#define corm_asc(column_) corm_ordering_by((column_).column, false)
#define corm_desc(column_) corm_ordering_by((column_).column, true)
#define corm_order(...)                                                                            \
    corm_ordering_join((const corm_ordering[]){__VA_ARGS__},                                       \
                       sizeof((const corm_ordering[]){__VA_ARGS__}) / sizeof(corm_ordering))

/* Relationships to load with the objects: corm_load(User_.posts, User_.profile), each in a statement
 * of its own. corm_load_joined: in the query's statement, by LEFT JOIN. corm_load_later: on access,
 * although it is declared to come with the object. A relationship of another model belongs to what
 * those named before it lead to: corm_load(User_.posts, Post_.comments); named twice, one that
 * leads to its own model goes two levels deep. corm_loads(corm_load(...), corm_load_joined(...))
 * takes several ways together. */
#define corm_load(...) CORM__LOADING(CORM_LAZY_SELECTIN, __VA_ARGS__)
#define corm_load_joined(...) CORM__LOADING(CORM_LAZY_JOINED, __VA_ARGS__)
#define corm_load_later(...) CORM__LOADING(CORM_LAZY_BATCH, __VA_ARGS__)
#define corm_loads(...)                                                                            \
    corm_loading_join((const corm_loading[]){__VA_ARGS__},                                         \
                      sizeof((const corm_loading[]){__VA_ARGS__}) / sizeof(corm_loading))
#define CORM__LOADING(how_, ...)                                                                   \
    corm_loading_of((const corm_relationship_ref[]){__VA_ARGS__},                                  \
                    sizeof((const corm_relationship_ref[]){__VA_ARGS__}) /                         \
                        sizeof(corm_relationship_ref), how_)

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

/* Runs `work` in a session of its own and commits; after CORM_CONFLICT, CORM_BUSY or CORM_STALE_DATA the whole of
 * it again in a new session, which begins as a writer and waits its turn, up to 10 times. `work`
 * returns CORM_OK to commit, anything else to roll back; then that is the result. It may run more
 * than once, so what it does outside of the database must bear that. Why it failed, the session
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
 * error (corm_run, corm_engine_close, a call on NULL). */
CORM_API corm_status corm_error_status(const corm_session *session);
CORM_API const char *corm_error_message(const corm_session *session);
CORM_API const corm_error *corm_last_error(const corm_session *session);
/* Forgets a recorded error that blocks nothing; one that waits for corm_rollback stays. */
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
 * frees them now. */
CORM_API void corm_free_lists(corm_session *session);

/* Formats into the session's memory; lives until the session is closed or cleared, or shorter:
 * until the second next transaction begins, unless it was assigned to a member (the flush
 * copies). NULL when memory is out. */
CORM_API const char *corm_text(corm_session *session, const char *format, ...) CORM__PRINTF(2, 3);

/* ---- Objects --------------------------------------------------------------------------------- */

typedef enum corm_object_state {
    CORM_STATE_NONE,       /* not an object of corm */
    CORM_STATE_TRANSIENT,  /* not added, or its INSERT was rolled back */
    CORM_STATE_PENDING,    /* added, not yet inserted */
    CORM_STATE_PERSISTENT, /* in the session, has a row */
    CORM_STATE_DELETED,    /* its DELETE was flushed, the transaction is not over */
    CORM_STATE_DETACHED    /* has an identity, belongs to no session, or its delete was committed */
} corm_object_state;

/* Takes the object and what its save-update cascades reach into the session: INSERT at the next
 * flush. Undoes a corm_delete that was not flushed. */
CORM_API corm_status corm_add(corm_session *session, void *object);
/* DELETE at the next flush, with what its delete cascades reach. CORM_NOT_PERSISTED if it has no
 * row. */
CORM_API corm_status corm_delete(corm_session *session, void *object);
/* Takes the object and what its expunge cascades reach out of the session. It belongs to the
 * program: corm_free, or corm_add. */
CORM_API corm_status corm_expunge(corm_session *session, void *object);
/* Frees an object that is in no session: expunged, or transient or detached. Otherwise CORM_MISUSE.
 * NULL is fine. */
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
 * Members that the program has changed are kept. CORM_ROW_MISSING, CORM_DETACHED. */
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

/* Whether the member has neither been given a value nor a default; the row then gets NULL, or
 * what the database gives. */
#define corm_is_unset(object_, column_) corm_object_is_unset((object_), (column_).column)
CORM_API bool corm_object_is_unset(const void *object, corm_column_ref column);
/* Takes the member's value away: NULL is written at the next flush, also for a member whose type
 * has no NULL, such as a foreign key that is cut. */
#define corm_unset(object_, column_) corm_object_unset((object_), (column_).column)
CORM_API corm_status corm_object_unset(void *object, corm_column_ref column);
/* Has the column written at the next flush, whether its value differs or not. Ends unset. */
#define corm_touch(object_, column_) corm_object_touch((object_), (column_).column)
CORM_API corm_status corm_object_touch(void *object, corm_column_ref column);

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

/* By primary key: from the identity map where the object is there and current, else by a query.
 * NULL: no such row, or an error (corm_error_status tells). */
CORM_API void *corm_object_get(corm_session *session, const corm_model *model,
                               const corm_value *key, size_t count);
CORM_API corm_list corm_query_all(corm_session *session, const corm_query *query);
CORM_API void *corm_query_first(corm_session *session, const corm_query *query);
/* NULL and CORM_NOT_FOUND or CORM_NOT_UNIQUE unless it is exactly one row. */
CORM_API void *corm_query_one(corm_session *session, const corm_query *query);
/* Rows that match; limit and offset count too. -1 on error. */
CORM_API int64_t corm_query_count(corm_session *session, const corm_query *query);

/* ---- Tables ---------------------------------------------------------------------------------- */

/* Creates the tables and indexes that are missing, referenced tables first, and commits.
 * CORM_SCHEMA_MISMATCH, and nothing created, if a table is there that does not match its model: see
 * corm_check_tables. */
CORM_API corm_status corm_create_all(corm_session *session);
/* Drops the tables that are there, referencing tables first, and commits. Expires every object. */
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
#define CORM__EMPTY()
#define CORM__NOTHING(...)
#define CORM__JOIN2(a_, b_) CORM__JOIN2_(a_, b_)
#define CORM__JOIN2_(a_, b_) a_##b_
#define CORM__SECOND(...) CORM__SECOND_(__VA_ARGS__)
#define CORM__SECOND_(first_, second_, ...) second_

/* MODEL(EXISTING(Device), ...): the words of a MODEL with the name alone, or with NEW or EXISTING
 * before it; what they are is known before ## is used on them. */
#define CORM__APPLY(macro_, ...) macro_(__VA_ARGS__)
#define CORM__MODEL_WORDS(model_, ...) CORM__SECOND(CORM__MODEL_##model_, model_, ~), __VA_ARGS__
#define CORM__MODEL_EXISTING(name_) ~, name_
#define CORM__MODEL_HEAD(model_, ...)                                                              \
    CORM__SECOND(CORM__STRUCT_OF_##model_, NEW, ~), CORM__MODEL_WORDS(model_, __VA_ARGS__)
#define CORM__STRUCT_OF_EXISTING(name_) ~, EXISTING

/* How a row gets to know its model. A model's list is expanded with COLUMN = `OPEN(<Model>)
 * ROW`: OPEN closes the invocation that the row before it has left open and opens the next, `)
 * GENERATOR ( <Model>,`, and ROW puts the row's own words behind it. The parenthesis is deferred
 * by one scan, so that each GENERATOR is invoked only when its row is complete. No limit on
 * rows, and errors stay near the row. WALK(START <list>(...))) starts the chain; its last
 * parenthesis closes the last row. */
#define CORM__WALK(...) __VA_ARGS__
#define CORM__START CORM__NOTHING CORM__LP()
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

/* CORM__K_<kind> is: kind, optional?, C type, name of the type in function names. */
#define CORM__K_INTEGER INTEGER, false, int64_t, integer
#define CORM__K_REAL REAL, false, double, real
#define CORM__K_BOOLEAN BOOLEAN, false, bool, boolean
#define CORM__K_TEXT TEXT_, false, const char *, text
#define CORM__K_BLOB BLOB, false, corm_blob, blob
#define CORM__K_DATE DATE, false, corm_date, date
#define CORM__K_DATETIME DATETIME, false, corm_datetime, datetime
#define CORM__K_TIME TIME_, false, corm_time, time
#define CORM__K_DECIMAL(precision_, scale_) DECIMAL_(precision_, scale_), false, corm_decimal, decimal
#define CORM__K_UUID UUID_, false, corm_uuid, uuid
#define CORM__K_JSON JSON_, false, const char *, json
#define CORM__K_ENUM(enum_) ENUM_(enum_), false, enum_, enum
#define CORM__K_CUSTOM(custom_) CUSTOM_(custom_), false, custom_##_type, custom
/* C's own types: a number of any type, an array of char. */
#define CORM__K_INTEGER_AS(type_) INTEGER_AS_(type_), false, type_, integer
#define CORM__K_REAL_AS(type_) REAL_AS_(type_), false, type_, real
#define CORM__K_CHARS(size_) CHARS_(size_), false, struct corm__CHARS_is_an_array_of_char_use_strcpy, text
#define CORM__K_OPTIONAL(kind_) CORM__KO_##kind_
#define CORM__KO_INTEGER INTEGER, true, corm_optional_integer, integer
#define CORM__KO_REAL REAL, true, corm_optional_real, real
#define CORM__KO_BOOLEAN BOOLEAN, true, corm_optional_boolean, boolean
#define CORM__KO_TEXT TEXT_, true, const char *, text
#define CORM__KO_BLOB BLOB, true, corm_blob, blob
#define CORM__KO_DATE DATE, true, corm_optional_date, date
#define CORM__KO_DATETIME DATETIME, true, corm_optional_datetime, datetime
#define CORM__KO_TIME TIME_, true, corm_optional_time, time
#define CORM__KO_DECIMAL(precision_, scale_) DECIMAL_(precision_, scale_), true, corm_optional_decimal, decimal
#define CORM__KO_UUID UUID_, true, corm_optional_uuid, uuid
#define CORM__KO_JSON JSON_, true, const char *, json
#define CORM__KO_ENUM(enum_) ENUM_(enum_), true, corm_optional_enum, enum
#define CORM__KO_CUSTOM(custom_) CUSTOM_(custom_), true, custom_##_optional, custom

#define CORM__KO_INTEGER_AS(type_) INTEGER_AS_(type_), true, struct corm__OPTIONAL_is_not_for_INTEGER_AS_use_INTEGER, integer
#define CORM__KO_REAL_AS(type_) REAL_AS_(type_), true, struct corm__OPTIONAL_is_not_for_REAL_AS_use_REAL, real
#define CORM__KO_CHARS(size_) CHARS_(size_), true, struct corm__OPTIONAL_is_not_for_CHARS_use_TEXT, text

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
#define CORM__R_ONE_TO_MANY CORM_ONE_TO_MANY, MANY, ONE
#define CORM__R_MANY_TO_ONE CORM_MANY_TO_ONE, ONE, MANY
#define CORM__R_ONE_TO_ONE CORM_ONE_TO_ONE, ONE, ONE
#define CORM__R_MANY_TO_MANY CORM_MANY_TO_MANY, MANY, MANY

/* The fourth word of a relationship: NAMED, BACKREF or NONE, and the name. */
#define CORM__OTHER_IS(other_) CORM__SECOND(CORM__OTHER_##other_, NAMED, ~)
#define CORM__OTHER_BACKREF(name_) ~, BACKREF
#define CORM__OTHER_NONE ~, NONE
#define CORM__OTHER_NAME(other_) CORM__SECOND(CORM__OTHERNAME_##other_, #other_, ~)
#define CORM__OTHERNAME_BACKREF(name_) ~, #name_
#define CORM__OTHERNAME_NONE ~, NULL
#define CORM__OTHER_WORD(other_) CORM__SECOND(CORM__OTHERWORD_##other_, other_, ~)
#define CORM__OTHERWORD_BACKREF(name_) ~, name_
#define CORM__OTHERWORD_NONE ~,

/* A row's words, ready for a generator. */
#define CORM__COLUMN_WORDS(kind_, ...) CORM__K_##kind_, __VA_ARGS__,
#define CORM__RELATIONSHIP_WORDS(kind_, ...) CORM__R_##kind_, CORM__RELATIONSHIP_TAIL(__VA_ARGS__, )
#define CORM__RELATIONSHIP_TAIL(name_, target_, other_, ...)                                       \
    name_, target_, CORM__OTHER_IS(other_), CORM__OTHER_NAME(other_), CORM__OTHER_WORD(other_), __VA_ARGS__

/* The same without the options, for the generators that need none: those are most, and options are
 * most of what there is to read. */
#define CORM__COLUMN_HEAD(kind_, ...) CORM__K_##kind_, CORM__NAME_OF(__VA_ARGS__, ~),
#define CORM__NAME_OF(name_, ...) name_
/* And with the kind as the row has it. */
#define CORM__COLUMN_SAID(kind_, ...) CORM__K_##kind_, #kind_, CORM__NAME_OF(__VA_ARGS__, ~),
#define CORM__RELATIONSHIP_HEAD(kind_, ...) CORM__R_##kind_, CORM__RELATIONSHIP_FRONT(__VA_ARGS__, ~),
#define CORM__RELATIONSHIP_FRONT(name_, target_, other_, ...)                                      \
    name_, target_, CORM__OTHER_IS(other_), CORM__OTHER_NAME(other_), CORM__OTHER_WORD(other_)

/* clang-format on */

#endif /* CORM__MACROS_H */

/* ---- src/model.h ----------------------------------------------------------------------------- */

/* model.h: from an X-macro list to structs, handles, accessors and descriptors.
 *
 * Owns: what a model list becomes. CORM_SCHEMA expands the models' lists several times;
 * each pass is one generator below, with the C it emits above it. Placeholders stand in angle
 * brackets.
 * Must not know: the implementation; only the checks of its rows depend on this room. */
#ifndef CORM__MODEL_H
#define CORM__MODEL_H

#ifdef CORM_LINES
#line 12 "src/model.h"
#endif
/* clang-format off */

/* ---- Pass 1: names ------------------------------------------------------------------------------------
 *   typedef struct <Model> <Model>;              (not for EXISTING(<Model>), which is there)
 *   typedef struct <Model>_list { <Model> **items; size_t count; } <Model>_list;
 *   extern const corm_model corm__model_<Model>;
 *   extern char corm__is_model_<Model>[1]; */
#define CORM__PASS_NAMES(...) CORM__APPLY(CORM__PASS_NAMES_, CORM__MODEL_HEAD(__VA_ARGS__, ))
#define CORM__PASS_NAMES_(is_, model_, table_, list_, ...)                                                    \
    CORM__TYPEDEF_##is_(model_)                                                                    \
    typedef struct model_##_list {                                                                 \
        model_ **items;                                                                            \
        size_t count;                                                                              \
    } model_##_list;                                                                               \
    CORM__DECLARED const corm_model corm__model_##model_;                                          \
    extern char corm__is_model_##model_[1];
#define CORM__TYPEDEF_NEW(model_) typedef struct model_ model_;
#define CORM__TYPEDEF_EXISTING(model_)

/* ---- Pass 2: structs; and numbers for rows: the place in a struct of pointers or of chars ----------------
 *   struct <Model> { <type> <column>; ... char <column>[<size>]; ... };
 *   struct corm__columns_<Model> { corm__<Model>_<column> *<column>; ... char *corm__end; };
 *   struct corm__relationships_<Model> { char <relationship>; ... char corm__end; };
 *   static inline <Model>_list corm__all_<Model>(corm_session *, const corm_query *); */
#define CORM__PASS_STRUCTS(...) CORM__APPLY(CORM__PASS_STRUCTS_, CORM__MODEL_HEAD(__VA_ARGS__, ))
#define CORM__PASS_STRUCTS_(is_, model_, table_, list_, ...)                                                  \
    CORM__STRUCT_##is_(model_, list_)                                                              \
    CORM__CHECK_VALUES(model_, list_)                                                              \
    struct corm__columns_##model_ {                                                                \
        CORM__WALK(CORM__START list_(CORM__OPEN_COLUMN_POINTER(model_) CORM__COLUMN_HEAD, CORM__SKIP)))          \
        char *corm__end;                                                                           \
    };                                                                                             \
    struct corm__relationships_##model_ {                                                          \
        CORM__WALK(CORM__START list_(CORM__SKIP, CORM__OPEN_RELATIONSHIP_CHAR(model_) CORM__RELATIONSHIP_HEAD))) \
        char corm__end;                                                                            \
    };                                                                                             \
    static inline CORM__UNUSED model_##_list corm__all_##model_(corm_session *corm__s,             \
                                                                const corm_query *corm__q)         \
    {                                                                                              \
        corm_list corm__found = corm_query_all(corm__s, corm__q);                                  \
        model_##_list corm__typed = {(model_ **)corm__found.items, corm__found.count};             \
        return corm__typed;                                                                        \
    }

#define CORM__STRUCT_NEW(model_, list_)                                                            \
    struct model_ {                                                                                \
        CORM__WALK(CORM__START list_(CORM__OPEN_MEMBER(model_) CORM__COLUMN_HEAD, CORM__SKIP)))    \
    };
/* The struct is there: each member is of the kind's type.
 *   _Static_assert(_Generic(&((<Model> *)0)-><column>, <type> *: 1, default: 0), <sentence>); */
#define CORM__STRUCT_EXISTING(model_, list_)                                                       \
    CORM__WALK(CORM__START list_(CORM__OPEN_MEMBER_CHECK(model_) CORM__COLUMN_SAID, CORM__SKIP)))
#define CORM__OPEN_MEMBER_CHECK(model_) ) CORM__MEMBER_CHECK CORM__LP CORM__EMPTY () () model_,
#define CORM__MEMBER_CHECK(...) CORM__MEMBER_CHECK_(__VA_ARGS__)
#define CORM__MEMBER_CHECK_(model_, kind_, optional_, type_, word_, said_, name_, ...)             \
    _Static_assert(                                                                                \
        _Generic(&((model_ *)0)->name_, CORM__SECOND(CORM__IN_##kind_, type_ *, ~): 1, default: 0), \
        #model_ "." #name_ " is not of type " CORM__SECOND(CORM__SAID_##kind_, #type_, ~)           \
        ", which " said_ " wants: for types of C there are INTEGER_AS(type), REAL_AS(type), "    \
        "CHARS(size) and, for any other, CUSTOM(kind)");
#define CORM__IN_CHARS_(size_) ~, char (*)[size_]
#define CORM__SAID_CHARS_(size_) ~, "char[" #size_ "]"

#define CORM__OPEN_MEMBER(model_) ) CORM__MEMBER CORM__LP CORM__EMPTY () () model_,
#define CORM__MEMBER(...) CORM__MEMBER_(__VA_ARGS__)
#define CORM__MEMBER_(model_, kind_, optional_, type_, word_, name_, ...)                          \
    CORM__SECOND(CORM__OF_##kind_, type_, ~) name_ CORM__SECOND(CORM__ARRAY_##kind_, , ~);
#define CORM__OF_CHARS_(size_) ~, char
#define CORM__ARRAY_CHARS_(size_) ~, [size_]

#define CORM__COLUMN_NUMBER(model_, name_)                                                         \
    (offsetof(struct corm__columns_##model_, name_) / sizeof(char *))
#define CORM__OPEN_COLUMN_POINTER(model_) ) CORM__COLUMN_POINTER CORM__LP CORM__EMPTY () () model_,
#define CORM__COLUMN_POINTER(...) CORM__COLUMN_POINTER_(__VA_ARGS__)
#define CORM__COLUMN_POINTER_(model_, kind_, optional_, type_, word_, name_, ...)                  \
    corm__##model_##_##name_ *name_;

#define CORM__OPEN_RELATIONSHIP_CHAR(model_)                                                       \
    ) CORM__RELATIONSHIP_CHAR CORM__LP CORM__EMPTY () () model_,
#define CORM__RELATIONSHIP_CHAR(...) CORM__RELATIONSHIP_CHAR_(__VA_ARGS__)
#define CORM__RELATIONSHIP_CHAR_(model_, kind_, shape_, back_, name_, ...) char name_;

/* ---- Pass 3: handles ------------------------------------------------------------------------------------
 *   static const struct corm__handles_<Model> {
 *       corm_<type>_column <column>; ...
 *       corm_relationship_ref <relationship>; ...
 *   } <Model>_ = {{{&corm__model_<Model>, <index>}}, ... {&corm__model_<Model>, <index>, false}, ...}; */
#define CORM__PASS_HANDLES(...) CORM__APPLY(CORM__PASS_HANDLES_, CORM__MODEL_WORDS(__VA_ARGS__, ))
#define CORM__PASS_HANDLES_(model_, table_, list_, ...)                                                  \
    static CORM__UNUSED const struct corm__handles_##model_ {                                      \
        CORM__WALK(CORM__START list_(CORM__OPEN_HANDLE(model_) CORM__COLUMN_HEAD,                            \
                   CORM__OPEN_RELATED_HANDLE(model_) CORM__RELATIONSHIP_HEAD)))                    \
    } model_##_ = {                                                                                \
        CORM__WALK(CORM__START list_(CORM__OPEN_HANDLE_VALUE(model_) CORM__COLUMN_HEAD,                      \
                   CORM__OPEN_RELATED_VALUE(model_) CORM__RELATIONSHIP_HEAD)))                     \
    };

#define CORM__OPEN_HANDLE(model_) ) CORM__HANDLE CORM__LP CORM__EMPTY () () model_,
#define CORM__HANDLE(...) CORM__HANDLE_(__VA_ARGS__)
#define CORM__HANDLE_(model_, kind_, optional_, type_, word_, name_, ...) corm_##word_##_column name_;

#define CORM__OPEN_RELATED_HANDLE(model_) ) CORM__RELATED_HANDLE CORM__LP CORM__EMPTY () () model_,
#define CORM__RELATED_HANDLE(...) CORM__RELATED_HANDLE_(__VA_ARGS__)
#define CORM__RELATED_HANDLE_(model_, kind_, shape_, back_, name_, ...) corm_relationship_ref name_;

#define CORM__OPEN_HANDLE_VALUE(model_) ) CORM__HANDLE_VALUE CORM__LP CORM__EMPTY () () model_,
#define CORM__HANDLE_VALUE(...) CORM__HANDLE_VALUE_(__VA_ARGS__)
#define CORM__HANDLE_VALUE_(model_, kind_, optional_, type_, word_, name_, ...)                    \
    .name_ = {{&corm__model_##model_, (unsigned)CORM__COLUMN_NUMBER(model_, name_)}},

#define CORM__OPEN_RELATED_VALUE(model_) ) CORM__RELATED_VALUE CORM__LP CORM__EMPTY () () model_,
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
    CORM__WALK(CORM__START list_(CORM__SKIP, CORM__OPEN_ACCESS(model_) CORM__RELATIONSHIP_HEAD)))

#define CORM__OPEN_ACCESS(model_) ) CORM__ACCESS CORM__LP CORM__EMPTY () () model_,
#define CORM__ACCESS(...) CORM__ACCESS_(__VA_ARGS__)
#define CORM__ACCESS_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...)   \
    CORM__CHECK_TARGET(model_, name_, target_)                                                     \
    CORM__ACCESS_##shape_(model_, name_, target_, model_, name_, false)                            \
    CORM__ACCESS_BACK_##other_(model_, name_, target_, back_, word_)

#define CORM__ACCESS_BACK_NAMED(model_, name_, target_, back_, word_)
#define CORM__ACCESS_BACK_NONE(model_, name_, target_, back_, word_)
#define CORM__ACCESS_BACK_BACKREF(model_, name_, target_, back_, word_)                            \
    CORM__ACCESS_##back_(target_, word_, model_, model_, name_, true)

#define CORM__ACCESS_HANDLE(owner_, end_, model_, row_, back_)                                     \
    static CORM__UNUSED const corm_relationship_ref owner_##_##end_##_ = {                         \
        &corm__model_##model_, (unsigned)offsetof(struct corm__relationships_##model_, row_), back_};

#define CORM__ACCESS_MANY(owner_, end_, item_, model_, row_, back_)                                \
    CORM__ACCESS_HANDLE(owner_, end_, model_, row_, back_)                                         \
    static inline CORM__UNUSED item_##_list owner_##_##end_(owner_ *corm__o)                       \
    {                                                                                              \
        corm_list corm__found = corm_related_list(corm__o, owner_##_##end_##_);                    \
        item_##_list corm__typed = {(item_ **)corm__found.items, corm__found.count};               \
        return corm__typed;                                                                        \
    }                                                                                              \
    static inline CORM__UNUSED size_t owner_##_##end_##_count(owner_ *corm__o)                     \
    {                                                                                              \
        return corm_related_count(corm__o, owner_##_##end_##_);                                    \
    }                                                                                              \
    static inline CORM__UNUSED bool owner_##_##end_##_contains(owner_ *corm__o, const item_ *corm__i) \
    {                                                                                              \
        return corm_related_contains(corm__o, owner_##_##end_##_, corm__i);                        \
    }                                                                                              \
    static inline CORM__UNUSED corm_status owner_##_##end_##_append(owner_ *corm__o, item_ *corm__i) \
    {                                                                                              \
        return corm_related_append(corm__o, owner_##_##end_##_, corm__i);                          \
    }                                                                                              \
    static inline CORM__UNUSED corm_status owner_##_##end_##_remove(owner_ *corm__o, item_ *corm__i) \
    {                                                                                              \
        return corm_related_remove(corm__o, owner_##_##end_##_, corm__i);                          \
    }                                                                                              \
    static inline CORM__UNUSED corm_status owner_##_##end_##_replace(                              \
        owner_ *corm__o, item_ *const *corm__items, size_t corm__n)                                \
    {                                                                                              \
        return corm_related_replace(corm__o, owner_##_##end_##_, (void *const *)corm__items, corm__n); \
    }

#define CORM__ACCESS_ONE(owner_, end_, item_, model_, row_, back_)                                 \
    CORM__ACCESS_HANDLE(owner_, end_, model_, row_, back_)                                         \
    static inline CORM__UNUSED item_ *owner_##_##end_(owner_ *corm__o)                             \
    {                                                                                              \
        return (item_ *)corm_related_one(corm__o, owner_##_##end_##_);                             \
    }                                                                                              \
    static inline CORM__UNUSED corm_status owner_##_##end_##_set(owner_ *corm__o, item_ *corm__i)  \
    {                                                                                              \
        return corm_related_set(corm__o, owner_##_##end_##_, corm__i);                             \
    }

/* ---- Pass 5: descriptors, in one file -----------------------------------------------------------------------
 *   static const corm_column corm__column_list_<Model>[] = {{.name = "<column>", ... .options = {<options>}}, ...};
 *   static const corm_relationship corm__relationship_list_<Model>[] = {{.name = "<relationship>", ...}, ... {0}};
 *   const corm_model corm__model_<Model> = {...}; */
#define CORM__PASS_DESCRIPTORS(...) CORM__APPLY(CORM__PASS_DESCRIPTORS_, CORM__MODEL_HEAD(__VA_ARGS__, ))
#define CORM__PASS_DESCRIPTORS_(is_, model_, table_, list_, ...)                                              \
    static const corm_column corm__column_list_##model_[] = {                                      \
        CORM__WALK(CORM__START list_(CORM__OPEN_DESCRIBE(model_) CORM__COLUMN_WORDS, CORM__SKIP)))             \
        {.name = NULL}};                                                                           \
    static const corm_relationship corm__relationship_list_##model_[] = {                          \
        CORM__WALK(CORM__START list_(CORM__SKIP, CORM__OPEN_RELATE(model_) CORM__RELATIONSHIP_WORDS)))         \
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
        CORM__EXISTS_##is_};
#define CORM__EXISTS_NEW false
#define CORM__EXISTS_EXISTING true

#define CORM__OPEN_DESCRIBE(model_) ) CORM__DESCRIBE CORM__LP CORM__EMPTY () () model_,
#define CORM__DESCRIBE(...) CORM__DESCRIBE_(__VA_ARGS__)
#define CORM__DESCRIBE_(model_, kind_, optional_, type_, word_, name_, ...)                        \
    {.name = #name_,                                                                               \
     .kind = CORM__KIND_VALUE_##kind_,                                                             \
     .optional = optional_,                                                                        \
     .offset = (uint16_t)offsetof(model_, name_),                                                  \
     .size = (uint16_t)sizeof(((model_ *)0)->name_),                                               \
     .options = {.nullable = CORM__NULLABLE_BY_TYPE, __VA_ARGS__}},

#define CORM__OPEN_RELATE(model_) ) CORM__RELATE CORM__LP CORM__EMPTY () () model_,
#define CORM__RELATE(...) CORM__RELATE_(__VA_ARGS__)
#define CORM__RELATE_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...)   \
    {.name = #name_,                                                                               \
     .kind = kind_,                                                                                \
     .target = &corm__model_##target_,                                                             \
     .other_side = CORM__OTHER_##other_##_SIDE,                                                    \
     .other_name = quoted_,                                                                        \
     .options = {.declared = true, __VA_ARGS__}},
#define CORM__OTHER_NAMED_SIDE CORM__OTHER_NAMED_
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

/* ---- Kinds that the program declares, before the models that use them ------------------------
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

/* CORM_KIND(<kind>, <Type>, <STORED>, <to>, <from>, <equal>):
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
        corm_custom_value corm__made = {&corm__custom_##kind_, corm__value};                       \
        return corm__made;                                                                         \
    }

/* ---- What the user writes -------------------------------------------------------------------- */

/* In a header that several files share: the models' structs, handles and functions. */
#define CORM_SCHEMA_DECLARE(schema_, models_)                                                      \
    models_(CORM__PASS_NAMES)                                                                      \
    models_(CORM__PASS_STRUCTS)                                                                    \
    models_(CORM__PASS_HANDLES)                                                                    \
    CORM__QUIET                                                                                    \
    models_(CORM__PASS_ACCESSORS)                                                                  \
    CORM__LOUD                                                                                     \
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
    {.columns = corm_columns(model_, CORM__UNWRAP columns_), __VA_ARGS__}
#define CORM__UNWRAP(...) __VA_ARGS__
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
    {_Generic((v_), char *: CORM__CONSTANT_TEXT, double: CORM__CONSTANT_REAL,                      \
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
        if (object_ != NULL) {                                                                     \
            CORM__EACH(CORM__NEW_ASSIGN, object_, __VA_ARGS__)                                     \
        }                                                                                          \
        (model_ *)corm_object_made(object_);                                                       \
    })
#define CORM__NEW_ASSIGN(object_, assignment_) (*object_) assignment_;
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
    corm__all_##model_((session_), &(const corm_query){.model = &corm__model_##model_, __VA_ARGS__})
/* The first object of the query, NULL if there is none. */
#define corm_first(session_, ...) CORM__FIRST(session_, __VA_ARGS__, )
#define CORM__FIRST(session_, model_, ...)                                                         \
    ((model_ *)corm_query_first((session_),                                                        \
                                &(const corm_query){.model = &corm__model_##model_, __VA_ARGS__}))
/* The only object of the query; NULL and an error if there is none or more than one. */
#define corm_one(session_, ...) CORM__ONE(session_, __VA_ARGS__, )
#define CORM__ONE(session_, model_, ...)                                                           \
    ((model_ *)corm_query_one((session_),                                                          \
                              &(const corm_query){.model = &corm__model_##model_, __VA_ARGS__}))
/* How many rows match; -1 on error. */
#define corm_count(session_, ...) CORM__COUNT_ROWS(session_, __VA_ARGS__, )
#define CORM__COUNT_ROWS(session_, model_, ...)                                                    \
    corm_query_count((session_), &(const corm_query){.model = &corm__model_##model_, __VA_ARGS__})
/* By primary key, all parts of it in order: corm_get(session, User, 1). NULL if there is no such
 * row. */
#define corm_get(session_, ...) CORM__GET(session_, __VA_ARGS__, )
#define CORM__GET(session_, model_, ...)                                                           \
    ((model_ *)corm_object_get((session_), &corm__model_##model_,                                  \
                               (const corm_value[]){CORM__EACH(CORM__GET_KEY, ~, __VA_ARGS__)},    \
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

#endif /* CORM__MODEL_H */

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
    CORM__WALK(CORM__START list_(CORM__OPEN_VALUE_TYPE(model_) CORM__COLUMN_HEAD, CORM__SKIP)))
#define CORM__OPEN_VALUE_TYPE(model_) ) CORM__TYPE_OF_VALUE CORM__LP CORM__EMPTY () () model_,
#define CORM__TYPE_OF_VALUE(...) CORM__TYPE_OF_VALUE_(__VA_ARGS__)
#define CORM__TYPE_OF_VALUE_(model_, kind_, optional_, type_, word_, name_, ...)                   \
    typedef CORM__SECOND(CORM__VALUE_##word_##optional_, type_, ~) corm__##model_##_##name_;
#define CORM__VALUE_integerfalse ~, double
#define CORM__VALUE_integer0 ~, double
#define CORM__VALUE_booleanfalse ~, double
#define CORM__VALUE_boolean0 ~, double
#define CORM__VALUE_enumfalse ~, double
#define CORM__VALUE_enum0 ~, double

#if defined(CORM_NO_ROW_CHECKS)
#define CORM__CHECK_KEYS(model_, list_) enum { corm__keys_##model_ = 0 };
#else
#define CORM__CHECK_KEYS(model_, list_)                                                            \
    enum {                                                                                         \
        corm__keys_##model_ = 0                                                                    \
        CORM__WALK(CORM__START list_(CORM__OPEN_KEY_KIND(model_) CORM__COLUMN_WORDS, CORM__SKIP))) \
    };
#endif
#define CORM__OPEN_KEY_KIND(model_) ) CORM__KEY_KIND CORM__LP CORM__EMPTY () () model_,
#define CORM__KEY_KIND(...) CORM__KEY_KIND_(__VA_ARGS__)
#define CORM__KEY_KIND_(model_, kind_, optional_, type_, word_, name_, ...)                        \
    | CORM__KEY_GIVEN(#__VA_ARGS__) << corm__kind_of_##word_
/* Only where it is the first option, which is quickest to find out: corm_get asks where it has one
 * value, and 0, no key at all, says that nothing is known. */
#if defined(__GNUC__) && __STDC_VERSION__ > 201710L
#define CORM__KEY_GIVEN(text_) (__builtin_strncmp(text_, ".primary_key = true", 19) == 0)
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
    CORM__WALK(CORM__START list_(CORM__SKIP, CORM__OPEN_PAIR(model_) CORM__RELATIONSHIP_HEAD)))

#define CORM__OPEN_PAIR(model_) ) CORM__PAIR CORM__LP CORM__EMPTY () () model_,
#define CORM__PAIR(...) CORM__PAIR_(__VA_ARGS__)
#define CORM__PAIR_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...)     \
    CORM__PAIR_##other_(model_, kind_, name_, target_, word_)
#define CORM__PAIR_NAMED(model_, kind_, name_, target_, word_)                                     \
    extern char corm__##model_##_##name_##_##target_##_##word_[1 + kind_];
#define CORM__PAIR_BACKREF(model_, kind_, name_, target_, word_)
#define CORM__PAIR_NONE(model_, kind_, name_, target_, word_)

/* Then it asks for the same pair seen from there, of the opposite kind. */
#define CORM__BACK_NAMED(model_, kind_, name_, target_, word_)                                     \
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
        CORM__WALK(CORM__START list_(CORM__OPEN_COLUMN_CHECK(model_) CORM__COLUMN_WORDS,           \
                   CORM__OPEN_RELATIONSHIP_CHECK(model_) CORM__RELATIONSHIP_WORDS)))               \
    }

#define CORM__OPEN_COLUMN_CHECK(model_) ) CORM__COLUMN_CHECK CORM__LP CORM__EMPTY () () model_,
#define CORM__COLUMN_CHECK(...) CORM__COLUMN_CHECK_(__VA_ARGS__)
#define CORM__COLUMN_CHECK_(model_, kind_, optional_, type_, word_, name_, ...)                    \
    {                                                                                              \
        enum { corm__row_kind = 1 + corm__kind_of_##word_ };                                       \
        typedef corm_column_options model_##_##name_;                                              \
        (void)sizeof((model_##_##name_){.nullable = 0, __VA_ARGS__});                              \
    }

#define CORM__OPEN_RELATIONSHIP_CHECK(model_)                                                      \
    ) CORM__RELATIONSHIP_CHECK CORM__LP CORM__EMPTY () () model_,
#define CORM__RELATIONSHIP_CHECK(...) CORM__RELATIONSHIP_CHECK_(__VA_ARGS__)
#define CORM__RELATIONSHIP_CHECK_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...) \
    {                                                                                              \
        typedef corm_relationship_options model_##_##name_;                                        \
        enum { corm__cascade = CORM__CASCADE_OF(#__VA_ARGS__, (model_##_##name_){.declared = true, __VA_ARGS__}) }; \
        _Static_assert((corm__cascade & 6) != 4, #model_ "." #name_                                \
            ": CORM_CASCADE_DELETE_ORPHAN needs CORM_CASCADE_DELETE: give both");                  \
        CORM__ORPHAN_##kind_(model_, name_, CORM__PARENT_##other_(target_, word_))                 \
        CORM__BACK_##other_(model_, kind_, name_, target_, word_)                                  \
    }
#define CORM__PARENT_NAMED(target_, word_) #target_ "." #word_
#define CORM__PARENT_BACKREF(target_, word_) #target_ "." #word_
#define CORM__PARENT_NONE(target_, word_) "a relationship of " #target_

#define CORM__ORPHAN_CORM_ONE_TO_MANY(model_, name_, parent_)
#define CORM__ORPHAN_CORM_ONE_TO_ONE(model_, name_, parent_)
#define CORM__ORPHAN_CORM_MANY_TO_ONE(model_, name_, parent_)                                      \
    _Static_assert((corm__cascade & 4) == 0, #model_ "." #name_                                    \
        ": CORM_CASCADE_DELETE_ORPHAN belongs to the parent's side: give it to " parent_);
#define CORM__ORPHAN_CORM_MANY_TO_MANY(model_, name_, parent_)                                     \
    _Static_assert((corm__cascade & 4) == 0, #model_ "." #name_                                    \
        ": CORM_CASCADE_DELETE_ORPHAN is not for MANY_TO_MANY, where another " #model_             \
        " may still have the object: leave it out");

/* The bits of .cascade, as far as a constant can be had: an option's value is no constant
 * expression of C. clang computes it where a builtin asks. gcc does not, but it searches texts:
 * there the words of the row are read, and bits 1 and 2 (delete and delete-orphan) are set only
 * where the words leave no doubt; the rest is left to corm_engine_open. */
#if defined(__clang__)
#define CORM__CASCADE_OF(text_, ...) __builtin_expect((long)(__VA_ARGS__).cascade, 0)
#elif defined(__GNUC__)
#define CORM__CASCADE_OF(text_, ...)                                                               \
    (0 * sizeof(__VA_ARGS__) +                                                            \
     (CORM__SAYS(text_, "CASCADE_DELETE_ORPHAN") && !CORM__SAYS(text_, "backref") &&               \
              !CORM__SAYS(text_, "~")                                                              \
          ? 4u + 2u * !(CORM__SAYS(text_, "cascade = CORM_CASCADE_DELETE_ORPHAN,") ||              \
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
 * corm_get, queries.
 * Must not know: anything that C programs see.
 *
 * C++17 or later includes the headers and CORM_SCHEMA_DECLARE; CORM_IMPLEMENTATION and
 * CORM_SCHEMA_DEFINE stand in a C file, where the rows are checked and which links as usual. Structs,
 * handles, functions of relationships, conditions and corm_new are there in C++17 (a query is a
 * corm_query that the program fills in); the keyword arguments of corm_all, corm_first, corm_one and
 * corm_count are designated initializers, which are C++20, and stand in the order of corm_query. */
#ifndef CORM__CPLUSPLUS_H
#define CORM__CPLUSPLUS_H

#ifdef CORM_LINES
#line 16 "src/cplusplus.h"
#endif
#if defined(__cplusplus)

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 201703L
#error "corm needs C++17: compile with -std=c++17 or later"
#endif

#include <type_traits>

/* clang-format off */

/* ---- Models ---------------------------------------------------------------------------------- */

/* The rows are checked where they are defined. */
#undef CORM__CHECK_TARGET
#define CORM__CHECK_TARGET(model_, name_, target_)
#undef CORM__CHECK_KEYS
#define CORM__CHECK_KEYS(model_, list_)
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

/* ---- Conditions ------------------------------------------------------------------------------ */

/* corm__compare(<column>, <operator>, <value>), chosen by the column's type. */
#define CORM__COMPARABLE(word_, condition_, sentence_, maker_, type_)                              \
    template <typename T> inline corm_condition corm__compare(corm_##word_##_column column, int operator_, T value) \
    {                                                                                              \
        static_assert(condition_, "corm: " sentence_);                                             \
        return maker_(column.column, operator_, (type_)value);                                     \
    }
CORM__COMPARABLE(integer, corm__is_whole<T>, "an INTEGER column is compared with an integer", corm_condition_integer, int64_t)
CORM__COMPARABLE(real, corm__is_whole<T> || std::is_floating_point_v<T>, "a REAL column is compared with a number", corm_condition_real, double)
CORM__COMPARABLE(boolean, (std::is_same_v<T, bool> || std::is_same_v<T, int>), "a BOOLEAN column is compared with true or false", corm_condition_boolean, bool)
CORM__COMPARABLE(text, corm__is_text<T>, "a TEXT column is compared with a string (const char *)", corm_condition_text, const char *)
CORM__COMPARABLE(json, corm__is_text<T>, "a JSON column is compared with a string (const char *)", corm_condition_json, const char *)
CORM__COMPARABLE(enum, corm__is_whole<T>, "an ENUM column is compared with an enumerator", corm_condition_enum, int64_t)
#undef CORM__COMPARABLE
#define CORM__COMPARABLE(word_, type_, value_)                                                     \
    inline corm_condition corm__compare(corm_##word_##_column column, int operator_, type_ value)  \
    {                                                                                              \
        return corm_condition_##value_(column.column, operator_, value);                           \
    }
CORM__COMPARABLE(blob, corm_blob, blob)
CORM__COMPARABLE(date, corm_date, date)
CORM__COMPARABLE(datetime, corm_datetime, datetime)
CORM__COMPARABLE(time, corm_time, time)
CORM__COMPARABLE(decimal, corm_decimal, decimal)
CORM__COMPARABLE(decimal, int64_t, whole)
CORM__COMPARABLE(uuid, corm_uuid, uuid)
CORM__COMPARABLE(custom, corm_custom_value, custom)
#undef CORM__COMPARABLE

#undef CORM__COMPARE
#define CORM__COMPARE(operator_, text_, column_, value_) corm__compare((column_), (operator_), (value_))
#undef corm_like
#define corm_like(column_, pattern_) corm__like((column_), (pattern_))
inline corm_condition corm__like(corm_text_column column, const char *pattern)
{
    return corm_condition_text(column.column, CORM__LIKE, pattern);
}

#undef corm_in
#define CORM__LISTED(word_, type_, kind_)                                                          \
    inline corm_condition corm_in(corm_##word_##_column column, const type_ *items, size_t count)  \
    {                                                                                              \
        return corm_condition_list(column.column, CORM_KIND_##kind_, items, count);                \
    }
CORM__LISTED(integer, int64_t, INTEGER)
CORM__LISTED(real, double, REAL)
CORM__LISTED(text, char *const, TEXT)
CORM__LISTED(date, corm_date, DATE)
CORM__LISTED(datetime, corm_datetime, DATETIME)
CORM__LISTED(time, corm_time, TIME)
CORM__LISTED(decimal, corm_decimal, DECIMAL)
CORM__LISTED(uuid, corm_uuid, UUID)
CORM__LISTED(enum, int, ENUM)
CORM__LISTED(enum, unsigned, ENUM)
#undef CORM__LISTED

/* What C writes as the literal of an array. */
#undef CORM__JOIN
#define CORM__JOIN(operator_, ...) corm__join((operator_), __VA_ARGS__)
template <typename... T> inline corm_condition corm__join(int operator_, const T &...parts)
{
    const corm_condition all[] = {parts...};
    return corm_condition_join(operator_, all, sizeof...(parts));
}
#undef corm_order
template <typename... T> inline corm_ordering corm_order(const T &...parts)
{
    const corm_ordering all[] = {parts...};
    return corm_ordering_join(all, sizeof...(parts));
}
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

/* ---- Queries --------------------------------------------------------------------------------- */

/* The query lives until the end of the expression in which it stands. */
inline const corm_query *corm__asked(const corm_query &query) { return &query; }

#undef CORM__ALL
#define CORM__ALL(session_, model_, ...)                                                           \
    corm__all_##model_((session_), corm__asked(corm_query{.model = &corm__model_##model_, __VA_ARGS__}))
#undef CORM__FIRST
#define CORM__FIRST(session_, model_, ...)                                                         \
    ((model_ *)corm_query_first((session_), corm__asked(corm_query{.model = &corm__model_##model_, __VA_ARGS__})))
#undef CORM__ONE
#define CORM__ONE(session_, model_, ...)                                                           \
    ((model_ *)corm_query_one((session_), corm__asked(corm_query{.model = &corm__model_##model_, __VA_ARGS__})))
#undef CORM__COUNT_ROWS
#define CORM__COUNT_ROWS(session_, model_, ...)                                                    \
    corm_query_count((session_), corm__asked(corm_query{.model = &corm__model_##model_, __VA_ARGS__}))

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
#define corm_get(session_, model_, ...) ((model_ *)corm__get((session_), &corm__model_##model_, __VA_ARGS__))

/* clang-format on */

#endif /* __cplusplus */
#endif /* CORM__CPLUSPLUS_H */

/* Once, even where several headers include corm.h in the file that has CORM_IMPLEMENTATION. */
#ifdef CORM_IMPLEMENTATION
#ifndef CORM__IMPLEMENTED
#define CORM__IMPLEMENTED

/* ---- src/threads.c --------------------------------------------------------------------------- */

/* threads.c: mutexes, conditions and clocks behind one spelling.
 *
 * Owns: which of POSIX, Windows or nothing (CORM_NO_THREADS) stands behind corm__mutex,
 * corm__condition and the clocks; CORM_ASSERT; the one lock that is not part of an engine.
 * Must not know: what is locked, or why. */
#ifndef CORM__ROOM_THREADS_C
#define CORM__ROOM_THREADS_C

#ifdef CORM_LINES
#line 10 "src/threads.c"
#endif
#include <string.h>
#include <time.h>

#if defined(_WIN32)
#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif
#include <windows.h>
#elif !defined(CORM_NO_THREADS)
#include <pthread.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

#if !defined(CORM_ASSERT)
#include <assert.h>
#define CORM_ASSERT(condition_) assert(condition_)
#endif

#if defined(CORM_NO_THREADS)
#define CORM__PER_THREAD
#else
#define CORM__PER_THREAD _Thread_local
#endif

/* The process's number; 0 where a process cannot be doubled by fork. */
static inline long corm__process(void)
{
#if defined(__unix__) || defined(__APPLE__)
    return (long)getpid();
#else
    return 0;
#endif
}

/* ---- Mutexes and conditions ------------------------------------------------------------------ */

/* Mutexes are not recursive. An error from them is a fault of corm's own and is asserted. Without
 * threads there are no conditions: nobody could end the wait. */
#if defined(CORM_NO_THREADS)

typedef struct corm__mutex {
    char unused;
} corm__mutex;
#define CORM__MUTEX_START 0

static void corm__mutex_init(corm__mutex *mutex)
{
    mutex->unused = 0;
}
static void corm__mutex_lock(corm__mutex *mutex)
{
    (void)mutex;
}
static void corm__mutex_unlock(corm__mutex *mutex)
{
    (void)mutex;
}
static void corm__mutex_destroy(corm__mutex *mutex)
{
    (void)mutex;
}

#elif defined(_WIN32)

typedef struct corm__mutex {
    SRWLOCK lock;
} corm__mutex;
typedef struct corm__condition {
    CONDITION_VARIABLE variable;
} corm__condition;
#define CORM__MUTEX_START SRWLOCK_INIT

static void corm__mutex_init(corm__mutex *mutex)
{
    InitializeSRWLock(&mutex->lock);
}
static void corm__mutex_lock(corm__mutex *mutex)
{
    AcquireSRWLockExclusive(&mutex->lock);
}
static void corm__mutex_unlock(corm__mutex *mutex)
{
    ReleaseSRWLockExclusive(&mutex->lock);
}
static void corm__mutex_destroy(corm__mutex *mutex)
{
    (void)mutex;
}
static void corm__condition_init(corm__condition *condition)
{
    InitializeConditionVariable(&condition->variable);
}
static void corm__condition_signal(corm__condition *condition)
{
    WakeConditionVariable(&condition->variable);
}
static void corm__condition_destroy(corm__condition *condition)
{
    (void)condition;
}
/* false: the time is over. true: woken, perhaps for nothing. */
static bool corm__condition_wait(corm__condition *condition, corm__mutex *mutex,
                                 unsigned milliseconds)
{
    return SleepConditionVariableSRW(&condition->variable, &mutex->lock, milliseconds, 0) != 0;
}

#else

typedef struct corm__mutex {
    pthread_mutex_t lock;
} corm__mutex;
typedef struct corm__condition {
    pthread_cond_t variable;
} corm__condition;
#define CORM__MUTEX_START PTHREAD_MUTEX_INITIALIZER

/* Waits by the monotonic clock where the headers offer it: strict ISO modes of compilers hide it,
 * and macOS lacks the attribute. */
#if defined(CLOCK_MONOTONIC) && !defined(__APPLE__) &&                                             \
    (!defined(_POSIX_C_SOURCE) || _POSIX_C_SOURCE >= 200112L)
#define CORM__WAIT_MONOTONIC
#endif

static void corm__thread_check(int code)
{
    CORM_ASSERT(code == 0);
    (void)code;
}
static void corm__mutex_init(corm__mutex *mutex)
{
    corm__thread_check(pthread_mutex_init(&mutex->lock, NULL));
}
static void corm__mutex_lock(corm__mutex *mutex)
{
    corm__thread_check(pthread_mutex_lock(&mutex->lock));
}
static void corm__mutex_unlock(corm__mutex *mutex)
{
    corm__thread_check(pthread_mutex_unlock(&mutex->lock));
}
static void corm__mutex_destroy(corm__mutex *mutex)
{
    corm__thread_check(pthread_mutex_destroy(&mutex->lock));
}
static void corm__condition_init(corm__condition *condition)
{
#if defined(CORM__WAIT_MONOTONIC)
    pthread_condattr_t attributes;
    corm__thread_check(pthread_condattr_init(&attributes));
    corm__thread_check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    corm__thread_check(pthread_cond_init(&condition->variable, &attributes));
    corm__thread_check(pthread_condattr_destroy(&attributes));
#else
    corm__thread_check(pthread_cond_init(&condition->variable, NULL));
#endif
}
static void corm__condition_signal(corm__condition *condition)
{
    corm__thread_check(pthread_cond_signal(&condition->variable));
}
static void corm__condition_destroy(corm__condition *condition)
{
    corm__thread_check(pthread_cond_destroy(&condition->variable));
}

#endif

/* ---- Clocks ---------------------------------------------------------------------------------- */

#if defined(_WIN32)

/* The time of day, UTC since 1970; all zero where there is no clock. */
static void corm__wall_clock(struct timespec *out)
{
    FILETIME now; /* 100 ns since 1601 */
    GetSystemTimeAsFileTime(&now);
    uint64_t ticks = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    ticks -= UINT64_C(116444736000000000);
    out->tv_sec = (time_t)(ticks / 10000000u);
    out->tv_nsec = (long)(ticks % 10000000u) * 100;
}

/* Milliseconds that no change of the time of day disturbs, where possible. */
static double corm__clock(void)
{
    LARGE_INTEGER frequency, now;
    if (!QueryPerformanceFrequency(&frequency) || !QueryPerformanceCounter(&now))
        return (double)GetTickCount64();
    return (double)now.QuadPart * 1000.0 / (double)frequency.QuadPart;
}

#else

/* The time of day, UTC since 1970; all zero where there is no clock. */
static void corm__wall_clock(struct timespec *out)
{
#if defined(CLOCK_REALTIME)
    if (clock_gettime(CLOCK_REALTIME, out) == 0)
        return;
#else
    if (timespec_get(out, TIME_UTC) == TIME_UTC)
        return;
#endif
    memset(out, 0, sizeof *out);
}

/* Milliseconds that no change of the time of day disturbs, where possible. */
static double corm__clock(void)
{
    struct timespec now;
#if defined(CLOCK_MONOTONIC)
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        corm__wall_clock(&now);
#else
    corm__wall_clock(&now);
#endif
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

#if !defined(CORM_NO_THREADS)

/* false: the time is over. true: woken, perhaps for nothing. */
static bool corm__condition_wait(corm__condition *condition, corm__mutex *mutex,
                                 unsigned milliseconds)
{
    struct timespec until;
#if defined(CORM__WAIT_MONOTONIC)
    corm__thread_check(clock_gettime(CLOCK_MONOTONIC, &until));
#else
    corm__wall_clock(&until);
#endif
    until.tv_sec += (time_t)(milliseconds / 1000);
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return pthread_cond_timedwait(&condition->variable, &mutex->lock, &until) == 0;
}

#endif
#endif

/* For the little that all engines of a program share. */
static corm__mutex corm__global_mutex = {CORM__MUTEX_START};

static void corm__global_lock(void)
{
    corm__mutex_lock(&corm__global_mutex);
}
static void corm__global_unlock(void)
{
    corm__mutex_unlock(&corm__global_mutex);
}

#endif /* CORM__ROOM_THREADS_C */

/* ---- src/line.c ------------------------------------------------------------------------------ */

/* line.c: threads that wait in line.
 *
 * Owns: the order of those who wait, and being called; nobody who comes later is served earlier.
 * Must not know: what they wait for. */
#ifndef CORM__ROOM_LINE_C
#define CORM__ROOM_LINE_C

#ifdef CORM_LINES
#line 9 "src/line.c"
#endif
#if defined(CORM_NO_THREADS)

typedef struct corm__line {
    char unused;
} corm__line;

static void corm__line_init(corm__line *line)
{
    line->unused = 0;
}
static bool corm__line_serve(corm__line *line, void *given)
{
    (void)line, (void)given;
    return false;
}
/* Nobody else could end the wait: the time is over at once. */
static bool corm__line_wait(corm__line *line, corm__mutex *lock, unsigned milliseconds, void **out)
{
    (void)line, (void)lock, (void)milliseconds;
    *out = NULL;
    return false;
}

#else

/* Someone in line; lies on the waiting thread's stack. */
typedef struct corm__waiter {
    corm__condition called;
    void *given;
    bool served;
    struct corm__waiter *next;
} corm__waiter;

/* Everything here happens under one lock, the line owner's. */
typedef struct corm__line {
    corm__waiter *first, **last;
} corm__line;

static void corm__line_init(corm__line *line)
{
    line->first = NULL;
    line->last = &line->first;
}

/* Hands `given` to who has waited longest; false: nobody waits. */
static bool corm__line_serve(corm__line *line, void *given)
{
    corm__waiter *waiter = line->first;
    if (waiter == NULL)
        return false;
    line->first = waiter->next;
    if (line->first == NULL)
        line->last = &line->first;
    waiter->given = given;
    waiter->served = true;
    corm__condition_signal(&waiter->called);
    return true;
}

static void corm__line_leave(corm__line *line, const corm__waiter *me)
{
    corm__waiter **place = &line->first;
    while (*place != me)
        place = &(*place)->next;
    *place = me->next;
    if (line->last == &me->next)
        line->last = place;
}

/* Waits until served; *out is what was given. false: the time is over. The lock is given up while
 * waiting. */
static bool corm__line_wait(corm__line *line, corm__mutex *lock, unsigned milliseconds, void **out)
{
    corm__waiter me = {.served = false};
    const double deadline = corm__clock() + milliseconds;
    corm__condition_init(&me.called);
    *line->last = &me;
    line->last = &me.next;
    while (!me.served) {
        double left = deadline - corm__clock();
        if (left <= 0)
            break;
        unsigned slice = left < 1e9 ? (unsigned)left + 1 : 1000000000u; /* never wraps to 0 */
        if (!corm__condition_wait(&me.called, lock, slice))
            break;
    }
    if (!me.served)
        corm__line_leave(line, &me);
    corm__condition_destroy(&me.called);
    *out = me.given;
    return me.served;
}

#endif

#endif /* CORM__ROOM_LINE_C */

/* ---- src/core.c ------------------------------------------------------------------------------ */

/* core.c: memory, text under construction, the error record.
 *
 * Owns: the allocator hooks and what stands on them (arena, heap of size classes, buffer, vector),
 * hashing, the boundaries of UTF-8, the text of a status.
 * Must not know: models, values of columns, SQL, sessions. */
#ifndef CORM__ROOM_CORE_C
#define CORM__ROOM_CORE_C

#ifdef CORM_LINES
#line 11 "src/core.c"
#endif
#include <string.h>

#if defined(CORM_MALLOC) && defined(CORM_REALLOC) && defined(CORM_FREE)
/* The program's own. */
#elif defined(CORM_MALLOC) || defined(CORM_REALLOC) || defined(CORM_FREE)
#error "corm: define CORM_MALLOC, CORM_REALLOC and CORM_FREE together, or none of them"
#else
#include <stdlib.h>
#define CORM_MALLOC(size_) malloc(size_)
#define CORM_REALLOC(pointer_, size_) realloc(pointer_, size_)
#define CORM_FREE(pointer_) free(pointer_)
#endif

/* Under AddressSanitizer memory that an arena has not handed out, or has taken back, may not be
 * touched. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CORM__ADDRESS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(CORM__ADDRESS_SANITIZER)
#define CORM__ADDRESS_SANITIZER
#endif
#if defined(CORM__ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#define CORM__POISON(pointer_, size_) ASAN_POISON_MEMORY_REGION(pointer_, size_)
#define CORM__UNPOISON(pointer_, size_) ASAN_UNPOISON_MEMORY_REGION(pointer_, size_)
#else
#define CORM__POISON(pointer_, size_) ((void)0)
#define CORM__UNPOISON(pointer_, size_) ((void)0)
#endif

/* ---- Allocator ------------------------------------------------------------------------------- */

/* NULL when out of memory; a size of 0 gives a block too. */
static void *corm__allocate(size_t size)
{
    return CORM_MALLOC(size == 0 ? 1 : size);
}

/* The same for an array, all bytes zero; NULL too when its size does not fit size_t. */
static void *corm__allocate_zeroed(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    void *block = corm__allocate(count * size);
    if (block != NULL)
        memset(block, 0, count * size);
    return block;
}

/* NULL when out of memory: then the old block is untouched. */
static void *corm__reallocate(void *block, size_t size)
{
    return CORM_REALLOC(block, size == 0 ? 1 : size);
}

static void corm__free(void *block)
{
    if (block != NULL)
        CORM_FREE(block);
}

/* ---- Arena ----------------------------------------------------------------------------------- */

/* The first chunk is small for sessions that do little; the largest bounds what is wasted at a
 * chunk's end. */
enum { CORM__CHUNK_FIRST = 4 * 1024, CORM__CHUNK_LAST = 256 * 1024, CORM__ALIGNMENT = 8 };

typedef struct corm__chunk {
    struct corm__chunk *next;
    size_t size; /* of the memory behind this header */
} corm__chunk;

/* Memory that is given back all at once. A zeroed struct is a valid empty arena. */
typedef struct corm__arena {
    corm__chunk *chunks; /* the first one is the one being filled */
    char *next, *end;    /* its free part */
    size_t chunk_size;   /* of the next chunk; 0: the first size */
} corm__arena;

static corm__chunk *corm__chunk_new(size_t size)
{
    if (size > SIZE_MAX - sizeof(corm__chunk))
        return NULL;
    corm__chunk *chunk = corm__allocate(sizeof(corm__chunk) + size);
    if (chunk == NULL)
        return NULL;
    chunk->next = NULL;
    chunk->size = size;
    CORM__POISON(chunk + 1, size);
    return chunk;
}

/* Where the chunk being filled has no room for `size` bytes, a multiple of CORM__ALIGNMENT. */
static void *corm__arena_grow(corm__arena *arena, size_t size)
{
    size_t chunk_size = arena->chunk_size != 0 ? arena->chunk_size : CORM__CHUNK_FIRST;
    if (size > chunk_size / 2 && arena->chunks != NULL) {
        /* A chunk of its own, behind the one being filled, whose free part stays in use. */
        corm__chunk *own = corm__chunk_new(size);
        if (own == NULL)
            return NULL;
        own->next = arena->chunks->next;
        arena->chunks->next = own;
        CORM__UNPOISON(own + 1, size);
        return own + 1;
    }
    corm__chunk *chunk = corm__chunk_new(size > chunk_size ? size : chunk_size);
    if (chunk == NULL)
        return NULL;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->next = (char *)(chunk + 1) + size;
    arena->end = (char *)(chunk + 1) + chunk->size;
    arena->chunk_size = chunk_size < CORM__CHUNK_LAST ? chunk_size * 2 : CORM__CHUNK_LAST;
    CORM__UNPOISON(chunk + 1, size);
    return chunk + 1;
}

/* Aligned to 8 bytes. NULL: out of memory. */
static inline void *corm__arena_allocate(corm__arena *arena, size_t size)
{
    if (CORM__UNLIKELY(size > SIZE_MAX - CORM__ALIGNMENT))
        return NULL;
    size_t rounded =
        size == 0 ? CORM__ALIGNMENT : (size + CORM__ALIGNMENT - 1) & ~(size_t)(CORM__ALIGNMENT - 1);
    /* As integers: both are NULL in an empty arena. */
    if (CORM__UNLIKELY(rounded > (size_t)((uintptr_t)arena->end - (uintptr_t)arena->next)))
        return corm__arena_grow(arena, rounded);
    char *block = arena->next;
    arena->next += rounded;
    CORM__UNPOISON(block, size == 0 ? 1 : size);
    return block;
}

/* Forgets everything that was allocated and keeps the largest chunk. */
static void corm__arena_reset(corm__arena *arena)
{
    corm__chunk *largest = arena->chunks;
    for (corm__chunk *chunk = arena->chunks; chunk != NULL; chunk = chunk->next) {
        if (chunk->size > largest->size)
            largest = chunk;
    }
    for (corm__chunk *chunk = arena->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        if (chunk != largest)
            corm__free(chunk);
    }
    arena->chunks = largest;
    if (largest == NULL)
        return;
    largest->next = NULL;
    arena->next = (char *)(largest + 1);
    arena->end = arena->next + largest->size;
    CORM__POISON(largest + 1, largest->size);
}

/* Gives everything back; the arena is empty and usable. */
static void corm__arena_free(corm__arena *arena)
{
    for (corm__chunk *chunk = arena->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        corm__free(chunk);
    }
    memset(arena, 0, sizeof *arena);
}

/* ---- Heap ------------------------------------------------------------------------------------ */

/* Multiples of 8 up to 128, then four steps for each power of two up to 16 KiB, so that at most a
 * quarter is added to what was asked for. Larger ones come from the allocator, one by one. */
enum {
    CORM__HEAP_FINE = 128,
    CORM__HEAP_LARGEST = 16 * 1024,
    CORM__HEAP_FINE_CLASSES = CORM__HEAP_FINE / 8,
    CORM__HEAP_CLASSES = CORM__HEAP_FINE_CLASSES + 4 * 7
};

typedef struct corm__large {
    struct corm__large *previous, *next;
} corm__large;

/* Memory whose blocks are given back one by one and used again. Small blocks have no header: who
 * gives one back tells the size that was asked for. A zeroed struct is a valid empty heap. */
typedef struct corm__heap {
    corm__arena arena;
    void *free[CORM__HEAP_CLASSES]; /* each block's first bytes point to the next one */
    corm__large *large;
} corm__heap;

/* Of 129 to CORM__HEAP_LARGEST bytes. */
static inline unsigned corm__heap_coarse_class(size_t size)
{
    size_t last = size - 1;
#if defined(__GNUC__)
    unsigned bit = (unsigned)(sizeof(unsigned long) * CHAR_BIT) - 1u -
                   (unsigned)__builtin_clzl((unsigned long)last);
#else
    unsigned bit = 7;
    while (last >> (bit + 1) != 0)
        bit++;
#endif
    unsigned step = (unsigned)(last >> (bit - 2)) & 3u;
    return CORM__HEAP_FINE_CLASSES + (bit - 7) * 4 + step;
}

/* Of 0 to CORM__HEAP_LARGEST bytes. */
static inline unsigned corm__heap_class(size_t size)
{
    if (CORM__LIKELY(size <= CORM__HEAP_FINE))
        return size == 0 ? 0 : (unsigned)(size - 1) / 8;
    return corm__heap_coarse_class(size);
}

static inline size_t corm__heap_class_size(unsigned class_)
{
    if (CORM__LIKELY(class_ < CORM__HEAP_FINE_CLASSES))
        return ((size_t)class_ + 1) * 8;
    unsigned coarse = class_ - CORM__HEAP_FINE_CLASSES;
    return (size_t)(coarse % 4 + 5) << (coarse / 4 + 5);
}

static void *corm__heap_allocate_large(corm__heap *heap, size_t size)
{
    if (size > SIZE_MAX - sizeof(corm__large))
        return NULL;
    corm__large *large = corm__allocate(sizeof(corm__large) + size);
    if (large == NULL)
        return NULL;
    large->previous = NULL;
    large->next = heap->large;
    if (heap->large != NULL)
        heap->large->previous = large;
    heap->large = large;
    return large + 1;
}

/* Aligned to 8 bytes. NULL: out of memory. */
static inline void *corm__heap_allocate(corm__heap *heap, size_t size)
{
    if (CORM__UNLIKELY(size > CORM__HEAP_LARGEST))
        return corm__heap_allocate_large(heap, size);
    unsigned class_ = corm__heap_class(size);
    void *block = heap->free[class_];
    if (block == NULL) {
        block = corm__arena_allocate(&heap->arena, corm__heap_class_size(class_));
        if (CORM__UNLIKELY(block == NULL))
            return NULL;
        CORM__POISON(block, corm__heap_class_size(class_));
    } else {
        CORM__UNPOISON(block, sizeof(void *));
        memcpy(&heap->free[class_], block, sizeof(void *));
        CORM__POISON(block, sizeof(void *));
    }
    CORM__UNPOISON(block, size == 0 ? 1 : size);
    return block;
}

/* Gives back a block of corm__heap_allocate(heap, size). NULL is fine. */
static inline void corm__heap_release(corm__heap *heap, void *block, size_t size)
{
    if (block == NULL)
        return;
    if (CORM__UNLIKELY(size > CORM__HEAP_LARGEST)) {
        corm__large *large = (corm__large *)block - 1;
        if (large->previous != NULL)
            large->previous->next = large->next;
        else
            heap->large = large->next;
        if (large->next != NULL)
            large->next->previous = large->previous;
        corm__free(large);
        return;
    }
    unsigned class_ = corm__heap_class(size);
    CORM__UNPOISON(block, sizeof(void *));
    memcpy(block, &heap->free[class_], sizeof(void *));
    heap->free[class_] = block;
    CORM__POISON(block, corm__heap_class_size(class_));
}

static void corm__heap_empty(corm__heap *heap)
{
    for (corm__large *large = heap->large, *next; large != NULL; large = next) {
        next = large->next;
        corm__free(large);
    }
    heap->large = NULL;
    memset(heap->free, 0, sizeof heap->free);
}

/* Forgets every block; keeps the arena's largest chunk. */
static void corm__heap_reset(corm__heap *heap)
{
    corm__heap_empty(heap);
    corm__arena_reset(&heap->arena);
}

/* Gives everything back; the heap is empty and usable. */
static void corm__heap_free(corm__heap *heap)
{
    corm__heap_empty(heap);
    corm__arena_free(&heap->arena);
}

/* A copy of `size` bytes with a terminator behind them: a block of size + 1 bytes. NULL: out of
 * memory. */
static inline char *corm__heap_text(corm__heap *heap, const char *text, size_t size)
{
    if (CORM__UNLIKELY(size == SIZE_MAX))
        return NULL;
    char *copy = corm__heap_allocate(heap, size + 1);
    if (CORM__UNLIKELY(copy == NULL))
        return NULL;
    if (size != 0)
        memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

/* ---- Buffer ---------------------------------------------------------------------------------- */

/* Text under construction, terminated. A zeroed struct is a valid empty one, whose data is NULL.
 * After a failed allocation nothing is appended any more: `failed` has to be looked at once, at the
 * end. */
typedef struct corm__buffer {
    char *data;
    size_t size, capacity; /* bytes without, and with, the terminator */
    bool failed;
} corm__buffer;

/* Room for `more` bytes and the terminator. */
static bool corm__buffer_reserve(corm__buffer *b, size_t more)
{
    if (b->failed)
        return false;
    if (b->capacity - b->size > more)
        return true;
    if (more >= SIZE_MAX - b->size) {
        b->failed = true;
        return false;
    }
    size_t needed = b->size + more + 1;
    size_t capacity = b->capacity != 0 ? b->capacity : 128;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    char *data = corm__reallocate(b->data, capacity);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    return true;
}

static void corm__buffer_bytes(corm__buffer *b, const char *bytes, size_t size)
{
    if (!corm__buffer_reserve(b, size))
        return;
    if (size != 0)
        memcpy(b->data + b->size, bytes, size);
    b->size += size;
    b->data[b->size] = '\0';
}

static void corm__buffer_text(corm__buffer *b, const char *text)
{
    corm__buffer_bytes(b, text, strlen(text));
}

static void corm__buffer_char(corm__buffer *b, char c)
{
    corm__buffer_bytes(b, &c, 1);
}

static void corm__buffer_format(corm__buffer *b, const char *format, ...) CORM__PRINTF(2, 3);
static void corm__buffer_format(corm__buffer *b, const char *format, ...)
{
    /* Most formats give less than this; otherwise the first turn tells the size. */
    size_t room = 64;
    for (int turn = 0; turn < 2; turn++) {
        if (!corm__buffer_reserve(b, room))
            return;
        va_list arguments;
        va_start(arguments, format);
        int written = vsnprintf(b->data + b->size, b->capacity - b->size, format, arguments);
        va_end(arguments);
        if (written < 0)
            break;
        if ((size_t)written < b->capacity - b->size) {
            b->size += (size_t)written;
            return;
        }
        b->data[b->size] = '\0';
        room = (size_t)written;
    }
    b->failed = true;
    b->data[b->size] = '\0';
}

/* Empty again and not failed; keeps the memory. */
static void corm__buffer_clear(corm__buffer *b)
{
    b->size = 0;
    b->failed = false;
    if (b->data != NULL)
        b->data[0] = '\0';
}

static void corm__buffer_free(corm__buffer *b)
{
    corm__free(b->data);
    memset(b, 0, sizeof *b);
}

/* ---- Vector ---------------------------------------------------------------------------------- */

/* Pointers in a row. A zeroed struct is a valid empty one. */
typedef struct corm__vector {
    void **items;
    size_t count, capacity;
} corm__vector;

/* Room for `count` items in all. false: out of memory, and nothing has changed. */
static bool corm__vector_reserve(corm__vector *v, size_t count)
{
    if (count <= v->capacity)
        return true;
    size_t capacity = v->capacity != 0 ? v->capacity : 8;
    while (capacity < count)
        capacity = capacity > SIZE_MAX / 2 ? count : capacity * 2;
    if (capacity > SIZE_MAX / sizeof(void *))
        return false;
    void **items = corm__reallocate(v->items, capacity * sizeof(void *));
    if (items == NULL)
        return false;
    v->items = items;
    v->capacity = capacity;
    return true;
}

/* false: out of memory, and nothing has changed. */
static bool corm__vector_push(corm__vector *v, void *item)
{
    if (v->count == v->capacity && !corm__vector_reserve(v, v->count + 1))
        return false;
    v->items[v->count++] = item;
    return true;
}

static void corm__vector_free(corm__vector *v)
{
    corm__free(v->items);
    memset(v, 0, sizeof *v);
}

/* ---- Hashing --------------------------------------------------------------------------------- */

/* Spreads every bit over all of them: tables take the lowest bits. (The finalizer of MurmurHash3,
 * by Austin Appleby, public domain.) */
static inline uint64_t corm__hash_mix(uint64_t hash)
{
    hash ^= hash >> 33;
    hash *= UINT64_C(0xff51afd7ed558ccd);
    hash ^= hash >> 33;
    hash *= UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ hash >> 33;
}

static inline uint64_t corm__hash_bytes(const void *bytes, size_t size, uint64_t seed)
{
    const unsigned char *at = bytes;
    uint64_t hash = seed ^ (uint64_t)size * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t word = 0;
    for (; size >= sizeof word; at += sizeof word, size -= sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9fb21c651e98df25);
        hash ^= hash >> 32;
    }
    if (size != 0) {
        word = 0;
        memcpy(&word, at, size);
        hash = (hash ^ word) * UINT64_C(0x9fb21c651e98df25);
    }
    return corm__hash_mix(hash);
}

/* ---- Errors ---------------------------------------------------------------------------------- */

CORM_API const char *corm_status_text(corm_status status)
{
#define CORM__STATUS_TEXT(name_, text_) text_,
    static const char *const texts[] = {CORM__STATUS_LIST(CORM__STATUS_TEXT)};
#undef CORM__STATUS_TEXT
    if ((unsigned)status >= CORM__STATUS_COUNT)
        return "no status of corm";
    return texts[status];
}

/* The most bytes, at most `size`, that do not end inside a character of UTF-8. */
static size_t corm__utf8_cut(const char *text, size_t size)
{
    for (size_t back = 1; back <= 4 && back <= size; back++) {
        unsigned char c = (unsigned char)text[size - back];
        if (c < 0x80)
            return size;
        if (c >= 0xC0) {
            size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
            return length > back ? size - back : size;
        }
    }
    return size;
}

/* Formats into error->message and sets the status, native_code = 0; returns the status. error may
 * be NULL. The arguments may point into error->message. */
static corm_status corm__error_set(corm_error *error, corm_status status, const char *format, ...)
    CORM__PRINTF(3, 4);
static corm_status corm__error_set(corm_error *error, corm_status status, const char *format, ...)
{
    if (error == NULL)
        return status;
    char message[CORM__MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    size_t size = 0;
    if (written > 0)
        size = (size_t)written;
    if (size >= sizeof message)
        size = corm__utf8_cut(message, sizeof message - 1);
    error->status = status;
    error->native_code = 0;
    memcpy(error->message, message, size);
    error->message[size] = '\0';
    return status;
}

#endif /* CORM__ROOM_CORE_C */

/* ---- src/registry.h -------------------------------------------------------------------------- */

/* registry.h: models as the implementation sees them.
 *
 * Owns: the structs that columns, relationships, association tables and models become when an
 * engine opens, and their limits. registry.c fills them once; from then on they are read only, so
 * that threads may share them.
 * Must not know: how they are built, SQL text, sessions. */
#ifndef CORM__ROOM_REGISTRY_H
#define CORM__ROOM_REGISTRY_H

#ifdef CORM_LINES
#line 12 "src/registry.h"
#endif
/* Columns of one key; columns of one table: a set of columns is one uint64_t. */
enum { CORM__KEY_MAX = 8, CORM__COLUMN_MAX = 64 };
/* Bytes of a struct. */
enum { CORM__STRUCT_MAX = 8192 };

/* The members of corm_hooks; a set of them is one uint16_t. */
typedef enum corm__hook {
#define CORM__HOOK_ENUM(name_) CORM__HOOK_##name_,
    CORM__HOOK_LIST(CORM__HOOK_ENUM)
#undef CORM__HOOK_ENUM
        CORM__HOOK_COUNT
} corm__hook;

typedef struct corm__mapper corm__mapper;
typedef struct corm__relation corm__relation;
typedef struct corm__registry corm__registry;

typedef struct corm__column {
    const corm_column *info;
    const char *name; /* in the table */
    corm_kind kind;
    corm_kind base; /* as what conditions and keys know it: INTEGER for an INTEGER_AS */
    bool optional, primary_key;
    bool owns; /* TEXT, JSON, BLOB: the member is or begins with a pointer to bytes */
    /* of the value in the struct of an OPTIONAL; 0: there is no such struct */
    uint16_t box;
    uint16_t index, offset, size; /* in the model; of the member in the struct, bytes */
    corm__mapper *owner;
    corm__mapper *reference; /* foreign key; NULL: none */
    uint16_t reference_column;
    corm__mapper *follows; /* no foreign key, but a .join: rows that are written before */
} corm__column;

/* A constant condition on the target of a relationship. */
typedef struct corm__filter {
    corm_value value; /* as the table holds it */
    uint16_t column;  /* of target */
    uint8_t operator_;
} corm__filter;

/* An index, or a unique constraint of several columns. */
typedef struct corm__index {
    const char *name;  /* NULL: a constraint */
    const char *where; /* NULL: all rows */
    bool unique;
    uint16_t count;
    uint16_t columns[CORM__KEY_MAX];
} corm__index;

/* The table of a many-to-many. */
typedef struct corm__association {
    const char *table;
    corm__relation *sides[2]; /* [0] declared first; [1] its inverse (maybe hidden) */
    /* Columns that refer to the source of sides[0] and of sides[1]; as many as its primary key. */
    const char *columns[2][CORM__KEY_MAX];
    uint16_t counts[2];
    corm__mapper *mapper; /* of the model whose table it is too; NULL: none */
} corm__association;

struct corm__relation {
    const char *name; /* "posts"; hidden ones too have a name for messages */
    corm_relationship_kind kind;
    bool to_many;   /* a list; else one object */
    bool holds_key; /* its rows hold the foreign key: many-to-one, that side of a one-to-one */
    bool hidden;    /* no accessor: made because NONE was declared, so that inverse is never NULL */
    uint16_t index; /* in source->relations */
    corm__mapper *source, *target;
    corm__relation *inverse; /* never NULL */
    unsigned cascade;        /* resolved: the defaults unless CORM_CASCADE_NONE; hidden: none */
    corm_lazy lazy;
    uint16_t join_depth; /* JOINED, SELECTIN: how often it may follow itself; 0: the default */
    bool passive_deletes;
    bool view_only;       /* no part in changes, flushes and cascades */
    uint16_t order_count; /* for lists; the primary key completes the order */
    uint16_t filter_count;
    uint16_t filter_values; /* of filters: those that are not NULL */
    struct {
        uint16_t column; /* of target */
        bool descending;
    } order[CORM__SORT_TERMS];
    corm__filter filters[CORM__FILTER_TERMS];
    /* The join: columns of source (the foreign key if holds_key, else the referenced key) and, in
     * the same order, of target. Many-to-many: the primary keys of both. */
    uint16_t key_count;
    uint16_t local[CORM__KEY_MAX];
    uint16_t remote[CORM__KEY_MAX];
    corm__association *association; /* many-to-many */
    unsigned side;                  /* 0 or 1: association->sides[side] is this one */
};

struct corm__mapper {
    const corm_model *model;
    corm__registry *registry;
    uint16_t index; /* in registry->mappers */
    uint16_t rank;  /* position in registry->order */
    /* Tables that refer to each other in a circle share a group; groups go by dependency. */
    uint16_t group;
    bool cyclic; /* refers to itself, or to a table of its own group */
    corm__column *columns;
    uint16_t column_count;
    uint16_t pk[CORM__KEY_MAX];
    uint16_t pk_count;
    bool integer_key;  /* a single INTEGER column, not optional: the database may number it */
    bool text_members; /* has members that own bytes */
    corm__index *uniques, *indexes; /* unique constraints; those of columns come first */
    uint16_t unique_count, index_count;
    /* columns with .default_function, with .update_function */
    uint64_t default_functions, update_functions;
    /* columns with .server_default, with .generated */
    uint64_t server_defaults, generated;
    const corm__column *version; /* NULL: none */
    uint64_t filled;             /* columns that an INSERT may fill where they are unset */
    bool eager;                  /* has relationships that are loaded with its objects */
    bool validated;              /* has columns with a validator */
    uint16_t hooks;              /* of the model: which there are */
    /* Declared ones first (same index as the model's rows), then backrefs and hidden ends. */
    corm__relation **relations;
    uint16_t relation_count;
    size_t size; /* of the struct, bytes */
};

struct corm__registry {
    const corm_schema *schema;
    corm__mapper *mappers;
    size_t count;
    corm__mapper **order; /* referenced tables first; ties keep the order of the schema */
    corm__association **associations;
    size_t association_count;
    uint16_t hooks;    /* of all models */
    corm__arena arena; /* owns all of it */
};

#endif /* CORM__ROOM_REGISTRY_H */

/* ---- src/dates.c ----------------------------------------------------------------------------- */

/* dates.c: the calendar.
 *
 * Owns: which days, times and moments there are, counting them, their text. The calendar is the Gregorian
 * one of ISO 8601, also for the days before it was introduced.
 * Must not know: columns, databases, time zones: a moment is always UTC. */
#ifndef CORM__ROOM_DATES_C
#define CORM__ROOM_DATES_C

#ifdef CORM_LINES
#line 11 "src/dates.c"
#endif
/* ---- Days ------------------------------------------------------------------------------------ */

static bool corm__day_is_valid(int year, int month, int day)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    if (day <= days[month - 1])
        return true;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap && day == 29;
}

CORM_API bool corm_date_is_valid(corm_date date)
{
    return corm__day_is_valid(date.year, date.month, date.day);
}

CORM_API bool corm_datetime_is_valid(corm_datetime datetime)
{
    return corm__day_is_valid(datetime.year, datetime.month, datetime.day) && datetime.hour <= 23 &&
           datetime.minute <= 59 && datetime.second <= 59 && datetime.microsecond <= 999999;
}

CORM_API bool corm_time_is_valid(corm_time time)
{
    return time.hour <= 23 && time.minute <= 59 && time.second <= 59 && time.microsecond <= 999999;
}

/* Numbers that do not fit become others that are impossible too. */
static int16_t corm__year_of(int year)
{
    return (int16_t)(year < INT16_MIN ? INT16_MIN : year > INT16_MAX ? INT16_MAX : year);
}
static uint8_t corm__part_of(int part)
{
    return (uint8_t)(part < 0 || part > UINT8_MAX ? UINT8_MAX : part);
}

CORM_API corm_date corm_date_of(int year, int month, int day)
{
    corm_date date = {corm__year_of(year), corm__part_of(month), corm__part_of(day)};
    return date;
}

CORM_API corm_datetime corm_datetime_of(int year, int month, int day, int hour, int minute,
                                        int second, int microsecond)
{
    corm_datetime datetime = {
        .year = corm__year_of(year),
        .month = corm__part_of(month),
        .day = corm__part_of(day),
        .hour = corm__part_of(hour),
        .minute = corm__part_of(minute),
        .second = corm__part_of(second),
        .microsecond = microsecond < 0 ? UINT32_MAX : (uint32_t)microsecond,
    };
    return datetime;
}

CORM_API corm_time corm_time_of(int hour, int minute, int second, int microsecond)
{
    corm_time time = {
        .hour = corm__part_of(hour),
        .minute = corm__part_of(minute),
        .second = corm__part_of(second),
        .microsecond = microsecond < 0 ? UINT32_MAX : (uint32_t)microsecond,
    };
    return time;
}

static int corm__sign(int64_t difference)
{
    return (difference > 0) - (difference < 0);
}

/* One number that sorts as the day does. */
static int64_t corm__day_rank(int year, int month, int day)
{
    return ((int64_t)year * 256 + month) * 256 + day;
}

CORM_API int corm_date_compare(corm_date a, corm_date b)
{
    return corm__sign(corm__day_rank(a.year, a.month, a.day) -
                      corm__day_rank(b.year, b.month, b.day));
}

CORM_API int corm_datetime_compare(corm_datetime a, corm_datetime b)
{
    int64_t days = corm__day_rank(a.year, a.month, a.day) - corm__day_rank(b.year, b.month, b.day);
    if (days != 0)
        return corm__sign(days);
    int64_t clock =
        corm__day_rank(a.hour, a.minute, a.second) - corm__day_rank(b.hour, b.minute, b.second);
    if (clock != 0)
        return corm__sign(clock);
    return corm__sign((int64_t)a.microsecond - (int64_t)b.microsecond);
}

CORM_API int corm_time_compare(corm_time a, corm_time b)
{
    return corm__sign(corm_time_to_microseconds(a) - corm_time_to_microseconds(b));
}

/* ---- Counting -------------------------------------------------------------------------------- */

/* Years are counted from March here, so that the leap day is the last of its year: then month m
 * begins (153 m + 2) / 5 days into the year. 400 years have 146,097 days; 719,468 days lie between
 * 0000-03-01 and 1970-01-01. */
enum {
    CORM__DAYS_OF_400_YEARS = 146097,
    CORM__DAYS_TO_1970 = 719468,
    CORM__FIRST_DAY = -719162, /* 0001-01-01 */
    CORM__LAST_DAY = 2932896   /* 9999-12-31 */
};

static int64_t corm__days_from(int year, int month, int day)
{
    int64_t march_year = (int64_t)year - (month <= 2);
    int64_t era = (march_year >= 0 ? march_year : march_year - 399) / 400;
    int64_t year_of_era = march_year - era * 400;
    int64_t march_month = month > 2 ? month - 3 : month + 9;
    int64_t day_of_year = (153 * march_month + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * CORM__DAYS_OF_400_YEARS + day_of_era - CORM__DAYS_TO_1970;
}

CORM_API int64_t corm_date_to_days(corm_date date)
{
    return corm__days_from(date.year, date.month, date.day);
}

/* Outside the years 1 to 9999: {0, 0, 0}, which is no day. */
CORM_API corm_date corm_date_from_days(int64_t days)
{
    corm_date date = {0, 0, 0};
    if (days < CORM__FIRST_DAY || days > CORM__LAST_DAY)
        return date;
    int64_t shifted = days + CORM__DAYS_TO_1970; /* positive */
    int64_t era = shifted / CORM__DAYS_OF_400_YEARS;
    int64_t day_of_era = shifted % CORM__DAYS_OF_400_YEARS;
    /* Without its leap days each year has 365: 1,460 days lie before the leap day of 4 years,
     * 36,524 are 100 years, which have none at their end, and 146,096 lie before that of 400. */
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
    date.year = (int16_t)(era * 400 + year_of_era + (month <= 2));
    date.month = (uint8_t)month;
    date.day = (uint8_t)(day_of_year - (153 * march_month + 2) / 5 + 1);
    return date;
}

CORM_API int64_t corm_datetime_to_microseconds(corm_datetime datetime)
{
    int64_t days = corm__days_from(datetime.year, datetime.month, datetime.day);
    int64_t seconds = ((days * 24 + datetime.hour) * 60 + datetime.minute) * 60 + datetime.second;
    return seconds * 1000000 + datetime.microsecond;
}

/* Outside the years 1 to 9999: all zero, which is no moment. */
CORM_API corm_datetime corm_datetime_from_microseconds(int64_t microseconds)
{
    const int64_t day = INT64_C(86400) * 1000000;
    int64_t days = microseconds / day;
    int64_t rest = microseconds % day;
    if (rest < 0) {
        rest += day;
        days--;
    }
    corm_datetime datetime = {0};
    corm_date date = corm_date_from_days(days);
    if (date.year == 0)
        return datetime;
    datetime.year = date.year;
    datetime.month = date.month;
    datetime.day = date.day;
    datetime.microsecond = (uint32_t)(rest % 1000000);
    int64_t seconds = rest / 1000000;
    datetime.hour = (uint8_t)(seconds / 3600);
    datetime.minute = (uint8_t)(seconds / 60 % 60);
    datetime.second = (uint16_t)(seconds % 60);
    return datetime;
}

CORM_API int64_t corm_time_to_microseconds(corm_time time)
{
    return ((time.hour * INT64_C(60) + time.minute) * 60 + time.second) * 1000000 +
           time.microsecond;
}

/* Outside of one day: the hour 255, which is no time. */
CORM_API corm_time corm_time_from_microseconds(int64_t microseconds)
{
    if (microseconds < 0 || microseconds >= INT64_C(86400) * 1000000)
        return corm_time_of(-1, 0, 0, 0);
    int seconds = (int)(microseconds / 1000000);
    return corm_time_of(seconds / 3600, seconds / 60 % 60, seconds % 60,
                        (int)(microseconds % 1000000));
}

CORM_API corm_datetime corm_now(void)
{
    struct timespec now;
    corm__wall_clock(&now);
    return corm_datetime_from_microseconds((int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

CORM_API corm_date corm_today(void)
{
    corm_datetime now = corm_now();
    corm_date today = {now.year, now.month, now.day};
    return today;
}

/* ---- Text ------------------------------------------------------------------------------------ */

/* Two digits; a number that has more is impossible and shown as "??". */
static inline char *corm__write_two(char *out, unsigned number)
{
    out[0] = number > 99 ? '?' : (char)('0' + number / 10);
    out[1] = number > 99 ? '?' : (char)('0' + number % 10);
    return out + 2;
}

static char *corm__write_day(char *out, int year, unsigned month, unsigned day)
{
    unsigned hundreds = year < 0 ? 100 : (unsigned)year / 100;
    out = corm__write_two(out, hundreds);
    out = corm__write_two(out, hundreds > 99 ? 100 : (unsigned)year % 100);
    *out++ = '-';
    out = corm__write_two(out, month);
    *out++ = '-';
    return corm__write_two(out, day);
}

CORM_API char *corm_date_format(corm_date date, char out[CORM_DATE_TEXT_SIZE])
{
    *corm__write_day(out, date.year, date.month, date.day) = '\0';
    return out;
}

static void corm__write_clock(char *at, unsigned hour, unsigned minute, unsigned second,
                              uint32_t fraction)
{
    bool possible = fraction <= 999999;
    at = corm__write_two(at, hour);
    *at++ = ':';
    at = corm__write_two(at, minute);
    *at++ = ':';
    at = corm__write_two(at, second);
    *at++ = '.';
    at = corm__write_two(at, possible ? fraction / 10000 : 100);
    at = corm__write_two(at, possible ? fraction / 100 % 100 : 100);
    at = corm__write_two(at, possible ? fraction % 100 : 100);
    *at = '\0';
}

CORM_API char *corm_datetime_format(corm_datetime datetime, char out[CORM_DATETIME_TEXT_SIZE])
{
    char *at = corm__write_day(out, datetime.year, datetime.month, datetime.day);
    *at++ = ' ';
    corm__write_clock(at, datetime.hour, datetime.minute, datetime.second, datetime.microsecond);
    return out;
}

CORM_API char *corm_time_format(corm_time time, char out[CORM_TIME_TEXT_SIZE])
{
    corm__write_clock(out, time.hour, time.minute, time.second, time.microsecond);
    return out;
}

/* `count` digits as a number; -1 if one of them is none. */
static inline int corm__read_digits(const char *text, int count)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9)
            return -1;
        number = number * 10 + (int)digit;
    }
    return number;
}

/* Exactly `size` bytes, which need no terminator. *out is untouched unless it is a date. */
static bool corm__date_read(const char *text, size_t size, corm_date *out)
{
    if (size != 10 || text[4] != '-' || text[7] != '-')
        return false;
    int year = corm__read_digits(text, 4);
    int month = corm__read_digits(text + 5, 2);
    int day = corm__read_digits(text + 8, 2);
    if (!corm__day_is_valid(year, month, day))
        return false;
    out->year = (int16_t)year;
    out->month = (uint8_t)month;
    out->day = (uint8_t)day;
    return true;
}

/* The same for a time: 8 bytes, then perhaps a point and 1 to 6 digits. */
static bool corm__time_read(const char *text, size_t size, corm_time *out)
{
    if (size < 8 || size == 9 || size > 15 || text[2] != ':' || text[5] != ':')
        return false;
    int hour = corm__read_digits(text, 2);
    int minute = corm__read_digits(text + 3, 2);
    int second = corm__read_digits(text + 6, 2);
    int fraction = 0;
    if (size > 9) {
        int digits = (int)size - 9;
        fraction = text[8] == '.' ? corm__read_digits(text + 9, digits) : -1;
        for (; fraction > 0 && digits < 6; digits++)
            fraction *= 10;
    }
    if (hour < 0 || minute < 0 || second < 0 || fraction < 0)
        return false;
    corm_time read = corm_time_of(hour, minute, second, fraction);
    if (!corm_time_is_valid(read))
        return false;
    *out = read;
    return true;
}

/* The same for a date-time: a date, a space or T, a time. */
static bool corm__datetime_read(const char *text, size_t size, corm_datetime *out)
{
    corm_date date;
    corm_time time;
    if (size < 19 || (text[10] != ' ' && text[10] != 'T') || !corm__date_read(text, 10, &date) ||
        !corm__time_read(text + 11, size - 11, &time))
        return false;
    *out = corm_datetime_of(date.year, date.month, date.day, time.hour, time.minute, time.second,
                            (int)time.microsecond);
    return true;
}

CORM_API bool corm_date_parse(const char *text, corm_date *out)
{
    return text != NULL && out != NULL && corm__date_read(text, strlen(text), out);
}

CORM_API bool corm_datetime_parse(const char *text, corm_datetime *out)
{
    return text != NULL && out != NULL && corm__datetime_read(text, strlen(text), out);
}

CORM_API bool corm_time_parse(const char *text, corm_time *out)
{
    return text != NULL && out != NULL && corm__time_read(text, strlen(text), out);
}

#endif /* CORM__ROOM_DATES_C */

/* ---- src/values.c ---------------------------------------------------------------------------- */

/* values.c: one value, wherever it stands.
 *
 * Owns: making values, their equality and hash, their text for people, and the checks of a single
 * text, number or date that members, defaults and the operands of queries share.
 * Must not know: columns, objects, databases. */
#ifndef CORM__ROOM_VALUES_C
#define CORM__ROOM_VALUES_C

#ifdef CORM_LINES
#line 11 "src/values.c"
#endif
#include <stdlib.h>

/* ---- Values, equality, hash ------------------------------------------------------------------ */

CORM_API corm_value corm_value_null(void)
{
    corm_value value = {CORM_VALUE_NULL, 0, {0}};
    return value;
}

CORM_API corm_value corm_value_integer(int64_t value)
{
    corm_value made = {CORM_VALUE_INTEGER, 0, {.integer = value}};
    return made;
}

CORM_API corm_value corm_value_real(double value)
{
    corm_value made = {CORM_VALUE_REAL, 0, {.real = value}};
    return made;
}

CORM_API corm_value corm_value_text(const char *value)
{
    if (value == NULL)
        return corm_value_null();
    corm_value made = {CORM_VALUE_TEXT, strlen(value), {.bytes = value}};
    return made;
}

CORM_API corm_value corm_value_blob(corm_blob value)
{
    if (value.data == NULL)
        return corm_value_null();
    corm_value made = {CORM_VALUE_BLOB, value.size, {.bytes = value.data}};
    return made;
}

static inline uint64_t corm__real_bits(double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}

/* The same type and the same value; REAL by bits; NULL equals NULL. */
static bool corm__value_equal(const corm_value *a, const corm_value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case CORM_VALUE_NULL: return true;
    case CORM_VALUE_INTEGER: return a->as.integer == b->as.integer;
    case CORM_VALUE_REAL: return corm__real_bits(a->as.real) == corm__real_bits(b->as.real);
    case CORM_VALUE_TEXT:
    case CORM_VALUE_BLOB:
        return a->size == b->size &&
               (a->size == 0 || memcmp(a->as.bytes, b->as.bytes, a->size) == 0);
    }
    return false;
}

/* Values that are equal have the same hash. Several values: the hash of one is the seed of the
 * next. */
static uint64_t corm__value_hash(const corm_value *value, uint64_t seed)
{
    switch (value->type) {
    case CORM_VALUE_NULL: break;
    case CORM_VALUE_INTEGER: return corm__hash_mix(seed ^ (uint64_t)value->as.integer);
    case CORM_VALUE_REAL: return corm__hash_mix(seed ^ corm__real_bits(value->as.real));
    case CORM_VALUE_TEXT:
    case CORM_VALUE_BLOB: return corm__hash_bytes(value->as.bytes, value->size, seed);
    }
    return corm__hash_mix(~seed);
}

/* ---- Text for people ------------------------------------------------------------------------- */

enum { CORM__REAL_TEXT = 40 };

/* The shortest of 15 or 17 digits that reads back as the same number, with a point whatever the
 * locale says. */
static void corm__real_text(double real, char out[CORM__REAL_TEXT])
{
    if (real != real || real - real != 0) {
        const char *word = real != real ? "NULL" : real > 0 ? "9e999" : "-9e999";
        (void)snprintf(out, CORM__REAL_TEXT, "%s", word);
        return;
    }
    char text[CORM__REAL_TEXT];
    (void)snprintf(text, sizeof text, "%.15g", real);
    if (corm__real_bits(strtod(text, NULL)) != corm__real_bits(real))
        (void)snprintf(text, sizeof text, "%.17g", real);
    char *at = out;
    bool whole = true;
    for (const char *c = text; *c != '\0'; c++) {
        bool point = strchr("0123456789+-e", *c) == NULL;
        if (point && at > out && at[-1] == '.')
            continue; /* a point of several bytes */
        *at++ = point ? '.' : *c;
        whole = whole && !point && *c != 'e';
    }
    if (whole) {
        *at++ = '.';
        *at++ = '0';
    }
    *at = '\0';
}

/* How many bytes of a text or blob a person is shown. */
enum { CORM__SHOWN_BYTES = 64 };

static void corm__text_literal(corm__buffer *b, const char *text, size_t size)
{
    size_t shown = size;
    if (size > CORM__SHOWN_BYTES)
        shown = corm__utf8_cut(text, CORM__SHOWN_BYTES);
    corm__buffer_char(b, '\'');
    size_t from = 0;
    for (size_t i = 0; i < shown; i++) {
        if (text[i] != '\'')
            continue;
        corm__buffer_bytes(b, text + from, i + 1 - from);
        from = i; /* once more */
    }
    corm__buffer_bytes(b, text + from, shown - from);
    corm__buffer_text(b, shown < size ? "'..." : "'");
}

static void corm__blob_literal(corm__buffer *b, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    size_t shown = size > CORM__SHOWN_BYTES ? CORM__SHOWN_BYTES : size;
    corm__buffer_text(b, "x'");
    for (size_t i = 0; i < shown; i++) {
        char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        corm__buffer_bytes(b, pair, 2);
    }
    corm__buffer_text(b, shown < size ? "'..." : "'");
}

/* Appends the value as a person reads it in SQL: 42, 1.5, 'it''s', x'00ff', NULL; long ones are
 * cut, with ... behind. */
static void corm__value_literal(corm__buffer *b, const corm_value *value)
{
    char real[CORM__REAL_TEXT];
    switch (value->type) {
    case CORM_VALUE_NULL: break;
    case CORM_VALUE_INTEGER: corm__buffer_format(b, "%lld", (long long)value->as.integer); return;
    case CORM_VALUE_REAL:
        corm__real_text(value->as.real, real);
        corm__buffer_text(b, real);
        return;
    case CORM_VALUE_TEXT: corm__text_literal(b, value->as.bytes, value->size); return;
    case CORM_VALUE_BLOB: corm__blob_literal(b, value->as.bytes, value->size); return;
    }
    corm__buffer_text(b, "NULL");
}

/* Room for it. */
enum { CORM__DESCRIBED = CORM__SHOWN_BYTES + 32 };

/* A value as messages name it, without memory: "the text 'abc'". */
static void corm__value_describe(const corm_value *value, char *out, size_t size)
{
    char part[CORM__SHOWN_BYTES + 1];
    size_t shown;
    switch (value->type) {
    case CORM_VALUE_NULL: (void)snprintf(out, size, "NULL"); return;
    case CORM_VALUE_INTEGER:
        (void)snprintf(out, size, "the integer %lld", (long long)value->as.integer);
        return;
    case CORM_VALUE_REAL:
        corm__real_text(value->as.real, part);
        (void)snprintf(out, size, "the number %s", part);
        return;
    case CORM_VALUE_BLOB: (void)snprintf(out, size, "a blob of %zu bytes", value->size); return;
    case CORM_VALUE_TEXT: break;
    }
    shown = value->size;
    if (shown > CORM__SHOWN_BYTES)
        shown = corm__utf8_cut(value->as.bytes, CORM__SHOWN_BYTES);
    memcpy(part, value->as.bytes, shown);
    part[shown] = '\0';
    for (size_t i = 0; i < shown; i++) {
        if ((unsigned char)part[i] < ' ')
            part[i] = '?';
    }
    (void)snprintf(out, size, "the text '%s'%s", part, shown < value->size ? "..." : "");
}
_Static_assert(CORM__REAL_TEXT <= CORM__SHOWN_BYTES + 1, "corm: part must hold a number");

/* ---- Checks ---------------------------------------------------------------------------------- */

static inline bool corm__is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* The bytes of the character that begins here; 0 if it is none: RFC 3629, section 4. */
static size_t corm__utf8_length(const unsigned char *at, size_t left)
{
    unsigned char c = at[0];
    if (c < 0x80)
        return 1;
    if (c < 0xC2 || c > 0xF4 || left < 2)
        return 0;
    /* The second byte excludes overlong forms, surrogates and what lies above U+10FFFF. */
    unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    unsigned char high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high)
        return 0;
    if (c < 0xE0)
        return 2;
    if (left < 3 || !corm__is_tail(at[2]))
        return 0;
    if (c < 0xF0)
        return 3;
    return left < 4 || !corm__is_tail(at[3]) ? 0 : 4;
}

/* Counts the characters; false at the first byte that is not UTF-8, its position goes to *bad. */
static bool corm__utf8_count(const char *text, size_t size, size_t *characters, size_t *bad)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t count = 0;
    for (size_t i = 0; i < size;) {
        uint64_t word;
        if (size - i >= sizeof word) {
            memcpy(&word, bytes + i, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) == 0) {
                i += sizeof word;
                count += sizeof word;
                continue;
            }
        }
        size_t length = corm__utf8_length(bytes + i, size - i);
        if (length == 0) {
            *bad = i;
            return false;
        }
        i += length;
        count++;
    }
    *characters = count;
    return true;
}

/* The checks of one value, shared by members, defaults and the operands of queries. Bytes are
 * counted from 1. */
static bool corm__text_check(const char *text, unsigned length, char *why, size_t size)
{
    size_t characters = 0, bad = 0;
    if (!corm__utf8_count(text, strlen(text), &characters, &bad)) {
        (void)snprintf(why, size, "text is not valid UTF-8 at byte %zu", bad + 1);
        return false;
    }
    if (length == 0 || characters <= length)
        return true;
    (void)snprintf(why, size, "%zu characters, at most %u", characters, length);
    return false;
}

static bool corm__blob_check(corm_blob blob, unsigned length, char *why, size_t size)
{
    if (length == 0 || blob.size <= length)
        return true;
    (void)snprintf(why, size, "%zu bytes, at most %u", blob.size, length);
    return false;
}

static bool corm__real_check(double real, char *why, size_t size)
{
    if (real == real)
        return true;
    (void)snprintf(why, size, "NaN is no number SQL can store");
    return false;
}

static bool corm__boolean_check(int64_t value, char *why, size_t size)
{
    if (value == 0 || value == 1)
        return true;
    (void)snprintf(why, size, "%lld is not true or false", (long long)value);
    return false;
}

static bool corm__date_check(corm_date date, char *why, size_t size)
{
    if (corm_date_is_valid(date))
        return true;
    (void)snprintf(why, size, "%04d-%02u-%02u is not a date", date.year, date.month + 0u,
                   date.day + 0u);
    return false;
}

static bool corm__datetime_check(corm_datetime d, char *why, size_t size)
{
    if (corm_datetime_is_valid(d))
        return true;
    (void)snprintf(why, size, "%04d-%02u-%02u %02u:%02u:%02u.%06lu is not a date-time", d.year,
                   d.month + 0u, d.day + 0u, d.hour + 0u, d.minute + 0u, d.second + 0u,
                   (unsigned long)d.microsecond);
    return false;
}

static bool corm__time_check(corm_time t, char *why, size_t size)
{
    if (corm_time_is_valid(t))
        return true;
    (void)snprintf(why, size, "%02u:%02u:%02u.%06lu is not a time of day", t.hour + 0u,
                   t.minute + 0u, t.second + 0u, (unsigned long)t.microsecond);
    return false;
}

#endif /* CORM__ROOM_VALUES_C */

/* ---- src/decimals.c -------------------------------------------------------------------------- */

/* decimals.c: exact numbers of at most 18 digits.
 *
 * Owns: decimals as integers with a scale: comparing, rescaling, adding, their text. Nothing here
 * rounds and nothing overflows: 10^18, and the sum of two such numbers, fit into 64 bits.
 * Must not know: columns, databases. */
#ifndef CORM__ROOM_DECIMALS_C
#define CORM__ROOM_DECIMALS_C

#ifdef CORM_LINES
#line 11 "src/decimals.c"
#endif
enum { CORM__DECIMAL_DIGITS = 18 };
/* For a text that is no number. */
enum { CORM__IMPOSSIBLE_SCALE = 255 };

/* exponent: 0 to 18 */
static int64_t corm__power_of_ten(unsigned exponent)
{
    int64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

static bool corm__units_fit(int64_t units)
{
    const int64_t limit = INT64_C(1000000000000000000);
    return units > -limit && units < limit;
}

/* Whether there is room for another digit. */
static bool corm__units_grow(int64_t units)
{
    const int64_t limit = INT64_C(100000000000000000);
    return units > -limit && units < limit;
}

CORM_API bool corm_decimal_is_valid(corm_decimal decimal)
{
    return decimal.scale <= CORM__DECIMAL_DIGITS && corm__units_fit(decimal.units);
}

CORM_API corm_decimal corm_decimal_units(int64_t units, int scale)
{
    corm_decimal decimal = {.units = units, .scale = CORM__IMPOSSIBLE_SCALE};
    if (scale >= 0 && scale < CORM__IMPOSSIBLE_SCALE)
        decimal.scale = (uint8_t)scale;
    return decimal;
}

CORM_API corm_decimal corm_decimal_from_integer(int64_t integer)
{
    return corm_decimal_units(integer, 0);
}

/* ---- Arithmetic ------------------------------------------------------------------------------ */

CORM_API int corm_decimal_compare(corm_decimal a, corm_decimal b)
{
    CORM_ASSERT(corm_decimal_is_valid(a) && corm_decimal_is_valid(b));
    int64_t a_one = corm__power_of_ten(a.scale), b_one = corm__power_of_ten(b.scale);
    int64_t a_part = a.units / a_one, b_part = b.units / b_one;
    if (a_part == b_part) { /* then the fractions, in units of 10^-18 */
        a_part = a.units % a_one * corm__power_of_ten(CORM__DECIMAL_DIGITS - a.scale);
        b_part = b.units % b_one * corm__power_of_ten(CORM__DECIMAL_DIGITS - b.scale);
    }
    return (a_part > b_part) - (a_part < b_part);
}

CORM_API bool corm_decimal_rescale(corm_decimal decimal, int scale, corm_decimal *out)
{
    if (out == NULL || scale < 0 || scale > CORM__DECIMAL_DIGITS || !corm_decimal_is_valid(decimal))
        return false;
    int64_t units = decimal.units;
    for (int s = decimal.scale; s > scale; s--, units /= 10)
        if (units % 10 != 0)
            return false;
    for (int s = decimal.scale; s < scale; s++) {
        if (!corm__units_grow(units))
            return false;
        units *= 10;
    }
    *out = corm_decimal_units(units, scale);
    return true;
}

CORM_API bool corm_decimal_add(corm_decimal a, corm_decimal b, corm_decimal *out)
{
    const int scale = a.scale > b.scale ? a.scale : b.scale;
    if (out == NULL || !corm_decimal_rescale(a, scale, &a) || !corm_decimal_rescale(b, scale, &b))
        return false;
    corm_decimal sum = corm_decimal_units(a.units + b.units, scale);
    if (!corm_decimal_is_valid(sum))
        return false;
    *out = sum;
    return true;
}

CORM_API bool corm_decimal_subtract(corm_decimal a, corm_decimal b, corm_decimal *out)
{
    if (!corm_decimal_is_valid(b))
        return false;
    b.units = -b.units;
    return corm_decimal_add(a, b, out);
}

/* ---- Text ------------------------------------------------------------------------------------ */

CORM_API char *corm_decimal_format(corm_decimal decimal, char out[CORM_DECIMAL_TEXT_SIZE])
{
    char digits[CORM_DECIMAL_TEXT_SIZE];
    size_t count = 0, at = 0;
    if (!corm_decimal_is_valid(decimal)) {
        out[0] = '?';
        out[1] = '\0';
        return out;
    }
    int64_t left = decimal.units < 0 ? -decimal.units : decimal.units;
    for (; left > 0 || count <= decimal.scale; left /= 10)
        digits[count++] = (char)('0' + left % 10);
    if (decimal.units < 0)
        out[at++] = '-';
    while (count > 0) {
        out[at++] = digits[--count];
        if (count > 0 && count == decimal.scale)
            out[at++] = '.';
    }
    out[at] = '\0';
    return out;
}

CORM_API bool corm_decimal_parse(const char *text, corm_decimal *out)
{
    int64_t units = 0;
    int scale = 0;
    bool point = false;
    if (text == NULL || out == NULL)
        return false;
    const char *at = *text == '-' || *text == '+' ? text + 1 : text;
    const char *first = at;
    for (; *at != '\0'; at++) {
        if (*at == '.' && !point && at > first) {
            point = true;
            continue;
        }
        if (*at < '0' || *at > '9')
            return false;
        scale += point;
        if (!corm__units_grow(units) || scale > CORM__DECIMAL_DIGITS)
            return false;
        units = units * 10 + (*at - '0');
    }
    if (at == first || at[-1] == '.')
        return false;
    *out = corm_decimal_units(*text == '-' ? -units : units, scale);
    return true;
}

CORM_API corm_decimal corm_decimal_of(const char *text)
{
    corm_decimal decimal = corm_decimal_units(0, CORM__IMPOSSIBLE_SCALE);
    (void)corm_decimal_parse(text, &decimal); /* else it stays impossible */
    return decimal;
}

/* ---- Checks ---------------------------------------------------------------------------------- */

/* The units of a number in a column of that precision and scale; false with `why`, in digits. */
static bool corm__decimal_fit(corm_decimal decimal, unsigned precision, unsigned scale,
                              int64_t *units, char *why, size_t size)
{
    char text[CORM_DECIMAL_TEXT_SIZE];
    corm_decimal fitted;
    if (!corm_decimal_is_valid(decimal)) {
        (void)snprintf(why, size, "not a decimal number of at most %d digits",
                       (int)CORM__DECIMAL_DIGITS);
        return false;
    }
    int digits = decimal.scale;
    for (int64_t left = decimal.units; digits > 0 && left % 10 == 0; left /= 10)
        digits--;
    if (digits > (int)scale) {
        (void)snprintf(why, size, "%s has %d digits behind the point, at most %u: round it first",
                       corm_decimal_format(decimal, text), digits, scale);
        return false;
    }
    if (!corm_decimal_rescale(decimal, (int)scale, &fitted) ||
        fitted.units <= -corm__power_of_ten(precision) ||
        fitted.units >= corm__power_of_ten(precision)) {
        (void)snprintf(why, size, "%s is too large: at most %u digits before the point",
                       corm_decimal_format(decimal, text), precision - scale);
        return false;
    }
    *units = fitted.units;
    return true;
}

#endif /* CORM__ROOM_DECIMALS_C */

/* ---- src/uuids.c ----------------------------------------------------------------------------- */

/* uuids.c: universally unique identifiers.
 *
 * Owns: random bytes, UUIDs of version 4, their text.
 * Must not know: columns, databases. */
#ifndef CORM__ROOM_UUIDS_C
#define CORM__ROOM_UUIDS_C

#ifdef CORM_LINES
#line 10 "src/uuids.c"
#endif
#include <time.h>

#if defined(__linux__) && defined(__has_include)
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#define CORM__GETRANDOM
#endif
#endif

/* ---- Random bytes ---------------------------------------------------------------------------- */

#if defined(_WIN32)

/* RtlGenRandom goes by this name in advapi32, which every Windows program is linked with. */
BOOLEAN NTAPI SystemFunction036(PVOID bytes, ULONG size);

static bool corm__random_system(unsigned char *bytes, size_t size)
{
    return SystemFunction036(bytes, (ULONG)size) != 0;
}

#else

static bool corm__random_system(unsigned char *bytes, size_t size)
{
#if defined(CORM__GETRANDOM)
    if (getrandom(bytes, size, 0) == (ssize_t)size)
        return true; /* up to 256 bytes are not interrupted once the source is ready */
#endif
    FILE *source = fopen("/dev/urandom", "rb");
    if (source == NULL)
        return false;
    setvbuf(source, NULL, _IONBF, 0);
    size_t got = fread(bytes, 1, size, source);
    (void)fclose(source); /* nothing was written */
    return got == size;
}

#endif

/* What standard C has: not seen before, but to be guessed. */
static void corm__random_mixed(unsigned char *bytes, size_t size)
{
    static uint64_t counter;
    struct timespec now;
    corm__wall_clock(&now);
    corm__global_lock();
    uint64_t state = ++counter;
    corm__global_unlock();
    state = corm__hash_mix(state ^ (uint64_t)now.tv_sec);
    state = corm__hash_mix(state ^ (uint64_t)now.tv_nsec);
    state = corm__hash_mix(state ^ (uint64_t)(uintptr_t)bytes);
    state = corm__hash_mix(state ^ (uint64_t)(uintptr_t)&counter);
    state = corm__hash_mix(state ^ (uint64_t)clock());
    for (size_t i = 0; i < size; i++) {
        if (i % 8 == 0)
            state = corm__hash_mix(state + UINT64_C(0x9E3779B97F4A7C15));
        bytes[i] = (unsigned char)(state >> i % 8 * 8);
    }
}

CORM_API corm_uuid corm_uuid_new(void)
{
    corm_uuid uuid;
    if (!corm__random_system(uuid.bytes, sizeof uuid.bytes))
        corm__random_mixed(uuid.bytes, sizeof uuid.bytes);
    /* RFC 9562, section 5.4: the version, and the variant */
    uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0F) | 0x40);
    uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3F) | 0x80);
    return uuid;
}

/* ---- Text ------------------------------------------------------------------------------------ */

CORM_API int corm_uuid_compare(corm_uuid a, corm_uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes);
}

/* Whether a hyphen stands before this byte. */
static inline bool corm__uuid_hyphen(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

CORM_API char *corm_uuid_format(corm_uuid uuid, char out[CORM_UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *at = out;
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (corm__uuid_hyphen(i))
            *at++ = '-';
        *at++ = digits[uuid.bytes[i] >> 4];
        *at++ = digits[uuid.bytes[i] & 15];
    }
    *at = '\0';
    return out;
}

static int corm__hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Exactly `size` bytes, which need no terminator. *out is untouched unless it is a UUID. */
static bool corm__uuid_read(const char *text, size_t size, corm_uuid *out)
{
    corm_uuid read;
    if (size != CORM_UUID_TEXT_SIZE - 1)
        return false;
    for (size_t i = 0; i < sizeof read.bytes; i++) {
        if (corm__uuid_hyphen(i) && *text++ != '-')
            return false;
        int high = corm__hex_digit(text[0]), low = corm__hex_digit(text[1]);
        if (high < 0 || low < 0)
            return false;
        read.bytes[i] = (uint8_t)(high * 16 + low);
        text += 2;
    }
    *out = read;
    return true;
}

CORM_API bool corm_uuid_parse(const char *text, corm_uuid *out)
{
    return text != NULL && out != NULL && corm__uuid_read(text, strlen(text), out);
}

#endif /* CORM__ROOM_UUIDS_C */

/* ---- src/json.c ------------------------------------------------------------------------------ */

/* json.c: whether a text is JSON.
 *
 * Owns: the grammar of RFC 8259, with a limit to how deep arrays and objects are nested. Values are
 * not read: a name may stand twice, a number may be of any size.
 * Must not know: columns, databases. */
#ifndef CORM__ROOM_JSON_C
#define CORM__ROOM_JSON_C

#ifdef CORM_LINES
#line 10 "src/json.c"
#endif
/* Deeper texts are refused: each level is a call. SQLite reads 1,000 levels. */
enum { CORM__JSON_DEPTH = 500 };

typedef struct corm__json {
    const char *at; /* in a terminated text: what is not expected at its end ends the reading */
    const char *expected;
} corm__json;

static bool corm__json_wants(corm__json *json, const char *expected)
{
    json->expected = expected;
    return false;
}

static void corm__json_space(corm__json *json)
{
    while (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r')
        json->at++;
}

static bool corm__json_word(corm__json *json, const char *word)
{
    for (; *word != '\0'; word++, json->at++)
        if (*json->at != *word)
            return corm__json_wants(json, "true, false or null");
    return true;
}

static bool corm__json_digits(corm__json *json)
{
    const char *first = json->at;
    while (*json->at >= '0' && *json->at <= '9')
        json->at++;
    return json->at > first || corm__json_wants(json, "a digit");
}

/* Section 6: no leading zero, no plus, digits on both sides of the point. */
static bool corm__json_number(corm__json *json)
{
    if (*json->at == '-')
        json->at++;
    if (*json->at == '0')
        json->at++;
    else if (!corm__json_digits(json))
        return false;
    if (*json->at == '.') {
        json->at++;
        if (!corm__json_digits(json))
            return false;
    }
    if (*json->at != 'e' && *json->at != 'E')
        return true;
    json->at++;
    if (*json->at == '-' || *json->at == '+')
        json->at++;
    return corm__json_digits(json);
}

/* Section 7: control characters are escaped. Halves of surrogate pairs are within the grammar. */
static bool corm__json_string(corm__json *json)
{
    if (*json->at != '"')
        return corm__json_wants(json, "a string in double quotes");
    for (json->at++; *json->at != '"'; json->at++) {
        if ((unsigned char)*json->at < ' ')
            return corm__json_wants(json, *json->at == '\0' ? "the end of the string"
                                                            : "an escape, \\n or \\u000a");
        if (*json->at != '\\')
            continue;
        json->at++;
        if (*json->at == '\0' || strchr("\"\\/bfnrtu", *json->at) == NULL)
            return corm__json_wants(json, "one of \"\\/bfnrtu");
        for (int digits = *json->at == 'u' ? 4 : 0; digits > 0; digits--) {
            json->at++;
            if (*json->at == '\0' || strchr("0123456789abcdefABCDEF", *json->at) == NULL)
                return corm__json_wants(json, "four hexadecimal digits");
        }
    }
    json->at++;
    return true;
}

static bool corm__json_value(corm__json *json, int depth);

/* The inside of an array or object, up to its end. */
static bool corm__json_members(corm__json *json, int depth, bool object)
{
    const char end = object ? '}' : ']';
    json->at++;
    corm__json_space(json);
    if (*json->at == end) {
        json->at++;
        return true;
    }
    for (;; json->at++) {
        corm__json_space(json);
        if (object) {
            if (!corm__json_string(json))
                return false;
            corm__json_space(json);
            if (*json->at != ':')
                return corm__json_wants(json, "a colon");
            json->at++;
        }
        if (!corm__json_value(json, depth + 1))
            return false;
        if (*json->at == end) {
            json->at++;
            return true;
        }
        if (*json->at != ',')
            return corm__json_wants(json, object ? "a comma or }" : "a comma or ]");
    }
}

/* A value with the space around it. */
static bool corm__json_value(corm__json *json, int depth)
{
    bool fine;
    corm__json_space(json);
    switch (*json->at) {
    case '{':
    case '[':
        fine = depth < CORM__JSON_DEPTH ? corm__json_members(json, depth, *json->at == '{')
                                        : corm__json_wants(json, "no more than 500 levels");
        break;
    case '"': fine = corm__json_string(json); break;
    case 't': fine = corm__json_word(json, "true"); break;
    case 'f': fine = corm__json_word(json, "false"); break;
    case 'n': fine = corm__json_word(json, "null"); break;
    default:
        if (*json->at != '-' && (*json->at < '0' || *json->at > '9'))
            return corm__json_wants(json, "a value");
        fine = corm__json_number(json);
    }
    if (fine) /* else the place stays where it is told */
        corm__json_space(json);
    return fine;
}
_Static_assert(CORM__JSON_DEPTH == 500, "corm: the message above names the number");

/* Bytes are counted from 1. */
static bool corm__json_check(const char *text, char *why, size_t size)
{
    corm__json json = {text, NULL};
    if (!corm__text_check(text, 0, why, size))
        return false;
    if (corm__json_value(&json, 0) && *json.at != '\0')
        json.expected = "the end";
    if (json.expected == NULL)
        return true;
    (void)snprintf(why, size, "not JSON at byte %zu: expected %s", (size_t)(json.at - text) + 1,
                   json.expected);
    return false;
}

#endif /* CORM__ROOM_JSON_C */

/* ---- src/native.c ---------------------------------------------------------------------------- */

/* native.c: members of C's own types: numbers of any size, arrays of char.
 *
 * Owns: reading, comparing, checking and loading them, without conversions of the program.
 * Must not know: columns, objects, sessions, SQL. */
#ifndef CORM__ROOM_NATIVE_C
#define CORM__ROOM_NATIVE_C

#ifdef CORM_LINES
#line 10 "src/native.c"
#endif
#include <float.h>

/* An array of char is a part of the struct, which has at most CORM__STRUCT_MAX bytes. */
enum { CORM__CHARS_MAX = 8192 };

static bool corm__native_vet(const corm_custom *custom, char *why, size_t size)
{
    const size_t bytes = custom->size;
    bool fine = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
    if (custom->native == CORM_NATIVE_REAL)
        fine = bytes == sizeof(float) || bytes == sizeof(double);
    else if (custom->native == CORM_NATIVE_CHARS)
        fine = bytes >= 2 && bytes <= CORM__CHARS_MAX;
    if (!fine)
        (void)snprintf(why, size, "%s has %zu bytes: %s", custom->name, bytes,
                       custom->native == CORM_NATIVE_REAL ? "use REAL_AS(double)"
                       : custom->native == CORM_NATIVE_CHARS
                           ? "an array has 2 at least, one for the terminating zero"
                           : "an integer has at most 8");
    return fine;
}

/* Too narrow to hold "unset": what is left out is 0. */
static bool corm__native_is_short(const corm_custom *custom)
{
    return (custom->native == CORM_NATIVE_SIGNED || custom->native == CORM_NATIVE_UNSIGNED) &&
           custom->size < 4;
}

/* ---- Integers: by their bytes, as a member's own type is not known here ---------------------- */

/* The bits, with the sign in front of a smaller one. */
static uint64_t corm__native_bits(const corm_custom *custom, const void *at)
{
    uint8_t byte;
    uint16_t half;
    uint32_t word;
    uint64_t bits;
    switch (custom->size) {
    case 1: memcpy(&byte, at, 1), bits = byte; break;
    case 2: memcpy(&half, at, 2), bits = half; break;
    case 4: memcpy(&word, at, 4), bits = word; break;
    default: memcpy(&bits, at, 8);
    }
    const unsigned width = (unsigned)custom->size * 8;
    if (custom->native == CORM_NATIVE_SIGNED && width < 64 && (bits >> (width - 1)) != 0)
        bits |= UINT64_MAX << width;
    return bits;
}

static void corm__native_put(const corm_custom *custom, void *at, int64_t value)
{
    const uint8_t byte = (uint8_t)value;
    const uint16_t half = (uint16_t)value;
    const uint32_t word = (uint32_t)value;
    switch (custom->size) {
    case 1: memcpy(at, &byte, 1); break;
    case 2: memcpy(at, &half, 2); break;
    case 4: memcpy(at, &word, 4); break;
    default: memcpy(at, &value, 8);
    }
}

static int64_t corm__native_greatest(const corm_custom *custom)
{
    const unsigned width =
        (unsigned)custom->size * 8 - (custom->native == CORM_NATIVE_SIGNED || custom->size == 8);
    return (int64_t)((UINT64_C(1) << width) - 1);
}

static int64_t corm__native_least(const corm_custom *custom)
{
    return custom->native == CORM_NATIVE_SIGNED ? -corm__native_greatest(custom) - 1 : 0;
}

/* ---- All ------------------------------------------------------------------------------------- */

static double corm__native_real(const corm_custom *custom, const void *at)
{
    float single;
    double real;
    if (custom->size == sizeof single) {
        memcpy(&single, at, sizeof single);
        return (double)single;
    }
    memcpy(&real, at, sizeof real);
    return real;
}

/* Up to the terminator, or the end of the array. */
static size_t corm__chars_length(const corm_custom *custom, const void *at)
{
    const char *end = memchr(at, 0, custom->size);
    return end == NULL ? custom->size : (size_t)(end - (const char *)at);
}

/* Text is borrowed from the member. What corm__native_check refuses has some value. */
static corm_value corm__native_value(const corm_custom *custom, const void *at)
{
    corm_value text = {CORM_VALUE_TEXT, 0, {.bytes = at}};
    if (custom->native == CORM_NATIVE_REAL)
        return corm_value_real(corm__native_real(custom, at));
    if (custom->native != CORM_NATIVE_CHARS)
        return corm_value_integer((int64_t)corm__native_bits(custom, at));
    text.size = corm__chars_length(custom, at);
    return text;
}

/* What stands behind a terminator does not count. */
static bool corm__native_equal(const corm_custom *custom, const void *a, const void *b)
{
    if (custom->native == CORM_NATIVE_CHARS)
        return strncmp(a, b, custom->size) == 0;
    return memcmp(a, b, custom->size) == 0;
}

/* Whether the member can be stored; else `why`. */
static bool corm__native_check(const corm_custom *custom, const void *at, char *why, size_t size)
{
    if (custom->native == CORM_NATIVE_REAL)
        return corm__real_check(corm__native_real(custom, at), why, size);
    if (custom->native == CORM_NATIVE_UNSIGNED && corm__native_bits(custom, at) > INT64_MAX) {
        (void)snprintf(why, size, "%llu is too large: an INTEGER ends at 9223372036854775807",
                       (unsigned long long)corm__native_bits(custom, at));
        return false;
    }
    if (custom->native != CORM_NATIVE_CHARS)
        return true;
    if (corm__chars_length(custom, at) < custom->size)
        return corm__text_check(at, 0, why, size);
    (void)snprintf(why, size, "no terminating zero in the %zu bytes of %s", custom->size,
                   custom->name);
    return false;
}

static bool corm__native_load_integer(const corm_custom *custom, const corm_value *value, void *at,
                                      char *why, size_t size)
{
    const int64_t least = corm__native_least(custom), greatest = corm__native_greatest(custom);
    if (value->as.integer >= least && value->as.integer <= greatest) {
        if (at != NULL)
            corm__native_put(custom, at, value->as.integer);
        return true;
    }
    (void)snprintf(why, size, "%lld does not fit %s, which goes from %lld to %lld",
                   (long long)value->as.integer, custom->name, (long long)least,
                   (long long)greatest);
    return false;
}

static bool corm__native_load_real(const corm_custom *custom, const corm_value *value, void *at,
                                   char *why, size_t size)
{
    const double real =
        value->type == CORM_VALUE_INTEGER ? (double)value->as.integer : value->as.real;
    if (custom->size == sizeof(float) && (real > (double)FLT_MAX || real < -(double)FLT_MAX)) {
        (void)snprintf(why, size, "%g does not fit %s", real, custom->name);
        return false;
    }
    if (at != NULL && custom->size == sizeof(float)) {
        const float single = (float)real;
        memcpy(at, &single, sizeof single);
    } else if (at != NULL) {
        memcpy(at, &real, sizeof real);
    }
    return true;
}

static bool corm__native_load_chars(const corm_custom *custom, const corm_value *value, char *at,
                                    char *why, size_t size)
{
    if (value->size >= custom->size || memchr(value->as.bytes, 0, value->size) != NULL) {
        (void)snprintf(why, size,
                       value->size >= custom->size ? "%zu bytes of text do not fit %s, which holds "
                                                     "%zu and a terminating zero"
                                                   : "%zu bytes of text with a zero byte inside "
                                                     "do not fit %s",
                       value->size, custom->name, custom->size - 1);
        return false;
    }
    if (at == NULL)
        return true;
    memset(at, 0, custom->size);
    memcpy(at, value->as.bytes, value->size);
    return true;
}

/* A value of the database into the member; at NULL: only tries it. false: the member is as it was,
 * and `why`. */
static bool corm__native_load(const corm_custom *custom, const corm_value *value, void *at,
                              char *why, size_t size)
{
    char described[CORM__DESCRIBED];
    if (custom->native == CORM_NATIVE_REAL &&
        (value->type == CORM_VALUE_REAL || value->type == CORM_VALUE_INTEGER))
        return corm__native_load_real(custom, value, at, why, size);
    if (value->type == custom->stored)
        return custom->native == CORM_NATIVE_CHARS
                   ? corm__native_load_chars(custom, value, at, why, size)
                   : corm__native_load_integer(custom, value, at, why, size);
    corm__value_describe(value, described, sizeof described);
    (void)snprintf(why, size, "%s is no %s", described, custom->name);
    return false;
}

#endif /* CORM__ROOM_NATIVE_C */

/* ---- src/own.c ------------------------------------------------------------------------------- */

/* own.c: kinds that the program declares: enumerations, and kinds made of a C type of its own.
 *
 * Owns: finding the value of a text and the text of a value, running a program's conversions and
 * checking what they give, the declared form of a kind in messages.
 * Must not know: objects, sessions, SQL. */
#ifndef CORM__ROOM_OWN_C
#define CORM__ROOM_OWN_C

#ifdef CORM_LINES
#line 13 "src/own.c"
#endif
static const char *const corm__kind_names[] = {
#define CORM__KIND_NAME(kind_, type_, optional_, name_) #kind_,
    CORM__KIND_LIST(CORM__KIND_NAME)
#undef CORM__KIND_NAME
};

enum { CORM__KIND_TEXT_SIZE = 64 };

/* INTEGER_AS, REAL_AS, CHARS. */
static bool corm__is_native(const corm_column *info)
{
    return info->kind == CORM_KIND_CUSTOM && info->custom->native != CORM_NATIVE_NONE;
}

/* The kind as the model's row has it: INTEGER, DECIMAL(10, 2), ENUM(Color); long names are cut. */
static const char *corm__kind_text(const corm_column *info, char out[CORM__KIND_TEXT_SIZE])
{
    const char *name = corm__kind_names[info->kind];
    if (info->kind == CORM_KIND_DECIMAL)
        (void)snprintf(out, CORM__KIND_TEXT_SIZE, "%s(%u, %u)", name, info->precision + 0u,
                       info->scale + 0u);
    else if (corm__is_native(info))
        (void)snprintf(out, CORM__KIND_TEXT_SIZE, "%s", info->custom->name);
    else if (info->kind == CORM_KIND_ENUM || info->kind == CORM_KIND_CUSTOM)
        (void)snprintf(out, CORM__KIND_TEXT_SIZE, "%s(%s)", name,
                       info->kind == CORM_KIND_ENUM ? info->enumeration->name : info->custom->name);
    else
        (void)snprintf(out, CORM__KIND_TEXT_SIZE, "%s", name);
    return out;
}

/* As what the table holds values of the kind. */
static corm_value_type corm__stored_type(const corm_column *info)
{
    static const corm_value_type types[CORM_KIND_COUNT] = {
        [CORM_KIND_INTEGER] = CORM_VALUE_INTEGER, [CORM_KIND_REAL] = CORM_VALUE_REAL,
        [CORM_KIND_BOOLEAN] = CORM_VALUE_INTEGER, [CORM_KIND_TEXT] = CORM_VALUE_TEXT,
        [CORM_KIND_BLOB] = CORM_VALUE_BLOB,       [CORM_KIND_DATE] = CORM_VALUE_TEXT,
        [CORM_KIND_DATETIME] = CORM_VALUE_TEXT,   [CORM_KIND_TIME] = CORM_VALUE_TEXT,
        [CORM_KIND_DECIMAL] = CORM_VALUE_INTEGER, [CORM_KIND_UUID] = CORM_VALUE_TEXT,
        [CORM_KIND_JSON] = CORM_VALUE_TEXT,       [CORM_KIND_ENUM] = CORM_VALUE_TEXT};
    return info->kind == CORM_KIND_CUSTOM ? info->custom->stored : types[info->kind];
}

/* The plain kind that is stored in the same way. */
static corm_kind corm__stored_kind(const corm_column *info)
{
    static const corm_kind kinds[] = {[CORM_VALUE_INTEGER] = CORM_KIND_INTEGER,
                                      [CORM_VALUE_REAL] = CORM_KIND_REAL,
                                      [CORM_VALUE_TEXT] = CORM_KIND_TEXT,
                                      [CORM_VALUE_BLOB] = CORM_KIND_BLOB};
    return kinds[corm__stored_type(info)];
}

/* As what conditions and keys know the kind. */
static corm_kind corm__base_kind(const corm_column *info)
{
    return corm__is_native(info) ? corm__stored_kind(info) : info->kind;
}

/* Whether two columns may hold the same value: the same kind, and the same enumeration. */
static bool corm__kind_same(const corm_column *a, const corm_column *b)
{
    return corm__base_kind(a) == corm__base_kind(b) &&
           (a->kind != CORM_KIND_ENUM || strcmp(a->enumeration->name, b->enumeration->name) == 0);
}

/* ---- Enumerations ---------------------------------------------------------------------------- */

/* NULL: the list has no such value. Most enumerations count from 0. */
static const corm_enum_item *corm__enum_find(const corm_enum *enumeration, int64_t value)
{
    const corm_enum_item *items = enumeration->items;
    if (value >= 0 && (uint64_t)value < enumeration->count && items[value].value == value)
        return &items[value];
    for (size_t i = 0; i < enumeration->count; i++)
        if (items[i].value == value)
            return &items[i];
    return NULL;
}

/* `size` bytes, which need no terminator. */
static const corm_enum_item *corm__enum_find_text(const corm_enum *enumeration, const char *text,
                                                  size_t size)
{
    for (size_t i = 0; i < enumeration->count; i++) {
        const char *known = enumeration->items[i].text;
        if (strlen(known) == size && memcmp(known, text, size) == 0)
            return &enumeration->items[i];
    }
    return NULL;
}

CORM_API const char *corm_enum_text(const corm_enum *enumeration, int value)
{
    const corm_enum_item *item = enumeration == NULL ? NULL : corm__enum_find(enumeration, value);
    return item == NULL ? NULL : item->text;
}

CORM_API bool corm_enum_parse(const corm_enum *enumeration, const char *text, int *out)
{
    if (enumeration == NULL || text == NULL || out == NULL)
        return false;
    const corm_enum_item *item = corm__enum_find_text(enumeration, text, strlen(text));
    if (item != NULL)
        *out = item->value;
    return item != NULL;
}

/* A C enum takes the size that the compiler likes, and may be unsigned. */
static int64_t corm__enum_read(const corm_enum *enumeration, const unsigned char *at)
{
    int8_t byte;
    int16_t half;
    int32_t word;
    int64_t whole;
    switch (enumeration->size) {
    case sizeof byte:
        memcpy(&byte, at, sizeof byte);
        return byte >= 0 || corm__enum_find(enumeration, byte) != NULL ? byte
                                                                       : (int64_t)(uint8_t)byte;
    case sizeof half:
        memcpy(&half, at, sizeof half);
        return half >= 0 || corm__enum_find(enumeration, half) != NULL ? half
                                                                       : (int64_t)(uint16_t)half;
    case sizeof word: memcpy(&word, at, sizeof word); return word;
    default: memcpy(&whole, at, sizeof whole); return whole;
    }
}

static void corm__enum_write(const corm_enum *enumeration, unsigned char *at, int value)
{
    const int8_t byte = (int8_t)value;
    const int16_t half = (int16_t)value;
    const int32_t word = value;
    const int64_t whole = value;
    switch (enumeration->size) {
    case sizeof byte: memcpy(at, &byte, sizeof byte); break;
    case sizeof half: memcpy(at, &half, sizeof half); break;
    case sizeof word: memcpy(at, &word, sizeof word); break;
    default: memcpy(at, &whole, sizeof whole);
    }
}

/* Appends "RED, green, BLUE" to a text that ends at `used`; a list that is too long ends in "...". */
static void corm__enum_list(const corm_enum *enumeration, char *out, size_t used, size_t size)
{
    for (size_t i = 0; i < enumeration->count; i++) {
        const char *text = enumeration->items[i].text;
        if (used + strlen(text) + sizeof ", , ..." > size) {
            (void)snprintf(out + used, size - used, "%s", i > 0 ? ", ..." : "...");
            return;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", text);
    }
}

static bool corm__enum_check(const corm_enum *enumeration, int64_t value, char *why, size_t size)
{
    if (corm__enum_find(enumeration, value) != NULL)
        return true;
    int used =
        snprintf(why, size, "%lld is no %s: allowed are ", (long long)value, enumeration->name);
    if (used >= 0 && (size_t)used + sizeof "..." <= size)
        corm__enum_list(enumeration, why, (size_t)used, size);
    return false;
}

static corm_value corm__enum_value(const corm_enum *enumeration, int64_t value)
{
    const corm_enum_item *item = corm__enum_find(enumeration, value);
    return corm_value_text(item == NULL ? NULL : item->text);
}

/* Whether values and texts tell each other; else `why`. */
static bool corm__enum_vet(const corm_enum *enumeration, char *why, size_t size)
{
    for (size_t i = 0; i < enumeration->count; i++) {
        const corm_enum_item *one = &enumeration->items[i];
        if (one->text == NULL || !corm__text_check(one->text, 0, why, size)) {
            (void)snprintf(why, size, "the text of value %d of %s is not UTF-8", one->value,
                           enumeration->name);
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            const corm_enum_item *other = &enumeration->items[k];
            if (one->value != other->value && strcmp(one->text, other->text) != 0)
                continue;
            (void)snprintf(why, size,
                           "values %d and %d of %s have the texts '%s' and '%s': give "
                           "each value one text, and each text one value",
                           other->value, one->value, enumeration->name, other->text, one->text);
            return false;
        }
    }
    return true;
}

/* ---- Conversions ----------------------------------------------------------------------------- */

struct corm_conversion {
    corm__arena *arena;
    char *why;
    size_t size;
    bool memory; /* is out */
    /* for a column's function: the column, and the moment of the flush; else NULL */
    const corm_column *column;
    const corm_datetime *now;
};

CORM_API void *corm_conversion_room(corm_conversion *conversion, size_t size)
{
    void *room = conversion == NULL ? NULL : corm__arena_allocate(conversion->arena, size);
    if (room == NULL && conversion != NULL)
        conversion->memory = true;
    return room;
}

CORM_API bool corm_conversion_text(corm_conversion *conversion, corm_value *out, const char *format,
                                   ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return corm_conversion_refuse(conversion, "the format cannot be written");
    char *text = (char *)corm_conversion_room(conversion, (size_t)length + 1);
    if (text == NULL)
        return false;
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    *out = corm_value_text(text);
    return true;
}

CORM_API bool corm_conversion_refuse(corm_conversion *conversion, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(conversion->why, conversion->size, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length >= conversion->size)
        conversion->why[corm__utf8_cut(conversion->why, conversion->size - 1)] = '\0';
    return false;
}

/* ---- Kinds of the program's own -------------------------------------------------------------- */

/* Large enough for what is one value; a member is converted in a copy of this size. */
enum { CORM__CUSTOM_MAX = 256 };

static const char *corm__stored_name(corm_value_type type)
{
    static const char *const names[] = {[CORM_VALUE_NULL] = "NULL",
                                        [CORM_VALUE_INTEGER] = "INTEGER",
                                        [CORM_VALUE_REAL] = "REAL",
                                        [CORM_VALUE_TEXT] = "TEXT",
                                        [CORM_VALUE_BLOB] = "BLOB"};
    return (unsigned)type < sizeof names / sizeof *names ? names[type] : "something else";
}

static bool corm__custom_vet(const corm_custom *custom, char *why, size_t size)
{
    if (custom->native != CORM_NATIVE_NONE)
        return corm__native_vet(custom, why, size);
    bool stored = custom->stored > CORM_VALUE_NULL && custom->stored <= CORM_VALUE_BLOB;
    if (custom->size <= CORM__CUSTOM_MAX && stored)
        return true;
    (void)snprintf(why, size,
                   stored ? "the type of kind %s has %zu bytes, at most 256"
                          : "kind %s (%zu bytes) is stored as none of INTEGER, REAL, TEXT, BLOB",
                   custom->name, custom->size);
    return false;
}
_Static_assert(CORM__CUSTOM_MAX == 256, "corm: the message above names the number");

/* What a conversion gave: of the right type, and something the table can hold. */
static bool corm__custom_given(const corm_custom *custom, const corm_value *value, char *why,
                               size_t size)
{
    if (value->type != custom->stored) {
        (void)snprintf(why, size, "the conversion of %s gives %s, but the kind is stored as %s",
                       custom->name, corm__stored_name(value->type),
                       corm__stored_name(custom->stored));
        return false;
    }
    if (value->type == CORM_VALUE_REAL)
        return corm__real_check(value->as.real, why, size);
    return value->type != CORM_VALUE_TEXT || corm__text_check(value->as.bytes, 0, why, size);
}

/* A conversion that failed without a word gets one. */
static bool corm__custom_failed(const corm_custom *custom, const corm_conversion *conversion,
                                const corm_value *value, bool *memory)
{
    char described[CORM__DESCRIBED];
    *memory = conversion->memory;
    if (conversion->memory) {
        (void)snprintf(conversion->why, conversion->size, "out of memory");
    } else if (conversion->why[0] == '\0' && value != NULL) {
        corm__value_describe(value, described, sizeof described);
        (void)snprintf(conversion->why, conversion->size, "%s is no %s", described, custom->name);
    } else if (conversion->why[0] == '\0') {
        (void)snprintf(conversion->why, conversion->size, "not a valid %s", custom->name);
    }
    return false;
}

/* The stored form; its bytes live as long as the arena and the member do. false: `why`, or memory
 * is out, then *memory is true. */
static bool corm__custom_value(const corm_custom *custom, const void *at, corm__arena *arena,
                               corm_value *out, bool *memory, char *why, size_t size)
{
    corm_conversion conversion = {.arena = arena, .why = why, .size = size};
    if (custom->native != CORM_NATIVE_NONE) {
        *out = corm__native_value(custom, at);
        *memory = false;
        return corm__native_check(custom, at, why, size);
    }
    *out = corm_value_null();
    why[0] = '\0';
    if (!custom->to_value(at, out, &conversion) || conversion.memory)
        return corm__custom_failed(custom, &conversion, NULL, memory);
    return corm__custom_given(custom, out, why, size);
}

/* The member from its stored form; *at is untouched where the value does not fit. */
static bool corm__custom_load(const corm_custom *custom, const corm_value *value, unsigned char *at,
                              bool *memory, char *why, size_t size)
{
    union {
        unsigned char bytes[CORM__CUSTOM_MAX];
        max_align_t aligned;
    } made;
    corm__arena arena = {0};
    corm_conversion conversion = {.arena = &arena, .why = why, .size = size};
    corm_value given = *value;
    if (custom->native != CORM_NATIVE_NONE)
        return corm__native_load(custom, value, at, why, size);
    if (given.type == CORM_VALUE_INTEGER && custom->stored == CORM_VALUE_REAL)
        given = corm_value_real((double)given.as.integer);
    if (given.type != custom->stored) {
        char described[CORM__DESCRIBED];
        corm__value_describe(value, described, sizeof described);
        (void)snprintf(why, size, "%s is not %s, as which %s is stored", described,
                       corm__stored_name(custom->stored), custom->name);
        return false;
    }
    memset(&made, 0, custom->size);
    why[0] = '\0';
    bool done = custom->from_value(&given, made.bytes, &conversion) && !conversion.memory;
    corm__arena_free(&arena);
    if (!done)
        return corm__custom_failed(custom, &conversion, &given, memory);
    memcpy(at, made.bytes, custom->size);
    return true;
}

static bool corm__custom_equal(const corm_custom *custom, const void *a, const void *b)
{
    return custom->native != CORM_NATIVE_NONE ? corm__native_equal(custom, a, b)
                                              : custom->equal(a, b);
}

/* Whether the member can be stored. */
static bool corm__custom_check(const corm_custom *custom, const void *at, bool *memory, char *why,
                               size_t size)
{
    corm__arena arena = {0};
    corm_value value;
    bool fine = corm__custom_value(custom, at, &arena, &value, memory, why, size);
    corm__arena_free(&arena);
    return fine;
}

#endif /* CORM__ROOM_OWN_C */

/* ---- src/kinds.c ----------------------------------------------------------------------------- */

/* kinds.c: members of structs as values.
 *
 * Owns: what each column kind is in C: reading a member, comparing, checking and loading it.
 * Must not know: objects, sessions, SQL statements, which database it is. */
#ifndef CORM__ROOM_KINDS_C
#define CORM__ROOM_KINDS_C

#ifdef CORM_LINES
#line 15 "src/kinds.c"
#endif
/* has_value is read and written as a byte: an unset one holds a byte that no bool may hold. */
_Static_assert(sizeof(bool) == 1, "corm: bool must be one byte");

/* Room for the text of a date, time or UUID. */
enum { CORM__SCRATCH = 40 };
_Static_assert((int)CORM_UUID_TEXT_SIZE <= (int)CORM__SCRATCH, "corm: scratch is too small");

/* What a message asks for. */
static const char *const corm__kind_forms[CORM_KIND_COUNT] = {
    [CORM_KIND_INTEGER] = "an INTEGER of 64 bits",
    [CORM_KIND_REAL] = "a REAL",
    [CORM_KIND_BOOLEAN] = "true or false (1 or 0)",
    [CORM_KIND_TEXT] = "a TEXT",
    [CORM_KIND_BLOB] = "a BLOB",
    [CORM_KIND_DATE] = "a date like 2026-02-28",
    [CORM_KIND_DATETIME] = "a date-time like 2026-02-28 12:30:00",
    [CORM_KIND_TIME] = "a time like 12:30:00",
    [CORM_KIND_DECIMAL] = "the INTEGER that a DECIMAL is stored as",
    [CORM_KIND_UUID] = "a UUID of 36 characters in lower case",
    [CORM_KIND_JSON] = "a TEXT with JSON",
    [CORM_KIND_ENUM] = "a TEXT",
    [CORM_KIND_CUSTOM] = "a stored value",
};

/* ---- Reading and comparing members ----------------------------------------------------------- */

/* Whether the bytes behind the member are the session's: TEXT, JSON, BLOB. These also say their
 * absence by NULL, all others by the has_value of a struct. */
static bool corm__kind_owns(corm_kind kind)
{
    return kind == CORM_KIND_TEXT || kind == CORM_KIND_JSON || kind == CORM_KIND_BLOB;
}

/* Where the value stands in the struct of an OPTIONAL; 0: the member is no such struct. */
static uint16_t corm__box_offset(const corm_column *info)
{
    if (!info->optional || corm__kind_owns(info->kind))
        return 0;
    switch (info->kind) {
    case CORM_KIND_DATE: return offsetof(corm_optional_date, value);
    case CORM_KIND_DATETIME: return offsetof(corm_optional_datetime, value);
    case CORM_KIND_REAL: return offsetof(corm_optional_real, value);
    case CORM_KIND_TIME: return offsetof(corm_optional_time, value);
    case CORM_KIND_DECIMAL: return offsetof(corm_optional_decimal, value);
    case CORM_KIND_UUID: return offsetof(corm_optional_uuid, value);
    case CORM_KIND_CUSTOM: return (uint16_t)info->custom->value_offset;
    default: return offsetof(corm_optional_integer, value); /* BOOLEAN and ENUM as well */
    }
}

static inline const unsigned char *corm__member_at(const corm__column *column, const void *object)
{
    return (const unsigned char *)object + column->offset;
}

/* By memcpy: how the member is declared is the program's affair, and compilers make it one load. */
static inline int64_t corm__read_integer(const unsigned char *at)
{
    int64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline double corm__read_real(const unsigned char *at)
{
    double value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline const char *corm__read_text(const unsigned char *at)
{
    const char *value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline corm_blob corm__read_blob(const unsigned char *at)
{
    corm_blob value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline corm_date corm__read_date(const unsigned char *at)
{
    corm_date value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline corm_datetime corm__read_datetime(const unsigned char *at)
{
    corm_datetime value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline corm_time corm__read_time(const unsigned char *at)
{
    corm_time value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline corm_decimal corm__read_decimal(const unsigned char *at)
{
    corm_decimal value;
    memcpy(&value, at, sizeof value);
    return value;
}
static inline corm_uuid corm__read_uuid(const unsigned char *at)
{
    corm_uuid value;
    memcpy(&value, at, sizeof value);
    return value;
}
/* An OPTIONAL(ENUM) holds an integer, as booleans do. */
static int64_t corm__read_enum(const corm__column *column, const unsigned char *at)
{
    return column->optional ? corm__read_integer(at)
                            : corm__enum_read(column->info->enumeration, at);
}
/* A bool is one byte, an OPTIONAL(BOOLEAN) holds an integer. */
static inline int64_t corm__read_boolean(const corm__column *column, const unsigned char *at)
{
    return column->optional ? corm__read_integer(at) : *at;
}

static inline corm_value corm__date_value(corm_date date, char scratch[CORM__SCRATCH])
{
    corm_value value = {CORM_VALUE_TEXT, CORM_DATE_TEXT_SIZE - 1, {.bytes = scratch}};
    corm_date_format(date, scratch);
    return value;
}
static inline corm_value corm__datetime_value(corm_datetime datetime, char scratch[CORM__SCRATCH])
{
    corm_value value = {CORM_VALUE_TEXT, CORM_DATETIME_TEXT_SIZE - 1, {.bytes = scratch}};
    corm_datetime_format(datetime, scratch);
    return value;
}

static inline corm_value corm__time_value(corm_time time, char scratch[CORM__SCRATCH])
{
    corm_value value = {CORM_VALUE_TEXT, CORM_TIME_TEXT_SIZE - 1, {.bytes = scratch}};
    corm_time_format(time, scratch);
    return value;
}
static inline corm_value corm__uuid_value(corm_uuid uuid, char scratch[CORM__SCRATCH])
{
    corm_value value = {CORM_VALUE_TEXT, CORM_UUID_TEXT_SIZE - 1, {.bytes = scratch}};
    corm_uuid_format(uuid, scratch);
    return value;
}
/* The units in the column's scale; NULL where they do not fit, which the flush refuses before. */
static corm_value corm__decimal_value(const corm_column *info, corm_decimal decimal)
{
    if (decimal.scale != info->scale && !corm_decimal_rescale(decimal, info->scale, &decimal))
        return corm_value_null();
    return corm_value_integer(decimal.units);
}

/* The member as a value to bind: NULL for an absent optional and for NULL text and blobs. Text and
 * blob are borrowed from the member; dates and UUIDs are formatted into `scratch` and live as long
 * as it does. Not for CUSTOM: corm__custom_value. */
static corm_value corm__member_value(const corm__column *column, const void *object,
                                     char scratch[CORM__SCRATCH])
{
    const unsigned char *at = corm__member_at(column, object);
    if (column->box != 0) {
        if (*at == 0)
            return corm_value_null();
        at += column->box;
    }
    switch (column->kind) {
    case CORM_KIND_INTEGER: return corm_value_integer(corm__read_integer(at));
    case CORM_KIND_REAL: return corm_value_real(corm__read_real(at));
    case CORM_KIND_BOOLEAN: return corm_value_integer(corm__read_boolean(column, at));
    case CORM_KIND_TEXT: return corm_value_text(corm__read_text(at));
    case CORM_KIND_BLOB: return corm_value_blob(corm__read_blob(at));
    case CORM_KIND_DATE: return corm__date_value(corm__read_date(at), scratch);
    case CORM_KIND_DATETIME: return corm__datetime_value(corm__read_datetime(at), scratch);
    case CORM_KIND_TIME: return corm__time_value(corm__read_time(at), scratch);
    case CORM_KIND_DECIMAL: return corm__decimal_value(column->info, corm__read_decimal(at));
    case CORM_KIND_UUID: return corm__uuid_value(corm__read_uuid(at), scratch);
    case CORM_KIND_JSON: return corm_value_text(corm__read_text(at));
    case CORM_KIND_ENUM:
        return corm__enum_value(column->info->enumeration, corm__read_enum(column, at));
    case CORM_KIND_CUSTOM:
        if (column->info->custom->native != CORM_NATIVE_NONE)
            return corm__native_value(column->info->custom, at);
        break;
    case CORM_KIND_COUNT: break;
    }
    return corm_value_null();
}

static inline bool corm__text_equal(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A NULL blob is not an empty one, and has no size. */
static inline bool corm__blob_equal(corm_blob a, corm_blob b)
{
    if (a.data == NULL || b.data == NULL)
        return a.data == b.data;
    return a.size == b.size &&
           (a.data == b.data || a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Numerically; an impossible number equals only itself. */
static bool corm__decimal_equal(corm_decimal a, corm_decimal b)
{
    if (a.scale == b.scale)
        return a.units == b.units;
    return corm_decimal_is_valid(a) && corm_decimal_is_valid(b) && corm_decimal_compare(a, b) == 0;
}

/* Whether two objects' members are the same value: REAL by bits, absent optionals equal whatever
 * their value, text by bytes. A sentinel equals only itself. Padding is never compared. */
static bool corm__member_equal(const corm__column *column, const void *a, const void *b)
{
    const unsigned char *one = corm__member_at(column, a);
    const unsigned char *two = corm__member_at(column, b);
    if (column->box != 0) {
        if (*one != *two)
            return false;
        if (*one == 0)
            return true;
        one += column->box;
        two += column->box;
    }
    switch (column->kind) {
    case CORM_KIND_INTEGER:
    case CORM_KIND_REAL: return corm__read_integer(one) == corm__read_integer(two);
    case CORM_KIND_BOOLEAN:
        return corm__read_boolean(column, one) == corm__read_boolean(column, two);
    case CORM_KIND_TEXT: return corm__text_equal(corm__read_text(one), corm__read_text(two));
    case CORM_KIND_BLOB: return corm__blob_equal(corm__read_blob(one), corm__read_blob(two));
    case CORM_KIND_DATE: return memcmp(one, two, sizeof(corm_date)) == 0; /* has no padding */
    case CORM_KIND_DATETIME:
        return corm_datetime_compare(corm__read_datetime(one), corm__read_datetime(two)) == 0;
    case CORM_KIND_TIME: return memcmp(one, two, sizeof(corm_time)) == 0;
    case CORM_KIND_DECIMAL:
        return corm__decimal_equal(corm__read_decimal(one), corm__read_decimal(two));
    case CORM_KIND_UUID: return memcmp(one, two, sizeof(corm_uuid)) == 0;
    case CORM_KIND_JSON: return corm__text_equal(corm__read_text(one), corm__read_text(two));
    case CORM_KIND_ENUM: return corm__read_enum(column, one) == corm__read_enum(column, two);
    case CORM_KIND_CUSTOM: return corm__custom_equal(column->info->custom, one, two);
    case CORM_KIND_COUNT: break;
    }
    return false;
}
_Static_assert(sizeof(corm_date) == 4, "corm: a date must have no padding");
_Static_assert(sizeof(corm_time) == 8, "corm: a time must have no padding");
_Static_assert(sizeof(corm_uuid) == 16, "corm: a UUID must have no padding");

/* Copies one member, pointers as they are. */
static void corm__member_copy(const corm__column *column, void *to, const void *from)
{
    unsigned char *target = (unsigned char *)to + column->offset;
    const unsigned char *source = corm__member_at(column, from);
    /* The frequent sizes by name: one move instead of a call. */
    switch (column->size) {
    case 1: *target = *source; break;
    case 8: memmove(target, source, 8); break;
    case 16: memmove(target, source, 16); break;
    default: memmove(target, source, column->size);
    }
}

/* Sets the member to zero, absent or NULL. */
static void corm__member_clear(const corm__column *column, void *object)
{
    memset((unsigned char *)object + column->offset, 0, column->size);
}

/* ---- Checking members ------------------------------------------------------------------------ */

static bool corm__json_member_check(const char *text, char *why, size_t size)
{
    return text == NULL || corm__json_check(text, why, size);
}

static bool corm__decimal_check(const corm_column *info, corm_decimal decimal, char *why,
                                size_t size)
{
    int64_t units;
    return corm__decimal_fit(decimal, info->precision, info->scale, &units, why, size);
}

/* Checks what the member holds against its kind and .length; false with `why`, without the column's
 * name, or because memory is out, then *memory is true. Whether it may be NULL is not checked
 * here. */
static bool corm__member_check(const corm__column *column, const void *object, bool *memory,
                               char *why, size_t size)
{
    const unsigned char *at = corm__member_at(column, object);
    unsigned length = column->info->options.length;
    *memory = false;
    if (column->box != 0) {
        if (*at == 0)
            return true;
        at += column->box;
    }
    switch (column->kind) {
    case CORM_KIND_INTEGER: return true;
    case CORM_KIND_REAL: return corm__real_check(corm__read_real(at), why, size);
    case CORM_KIND_BOOLEAN: return corm__boolean_check(corm__read_boolean(column, at), why, size);
    case CORM_KIND_TEXT:
        return corm__read_text(at) == NULL ||
               corm__text_check(corm__read_text(at), length, why, size);
    case CORM_KIND_BLOB:
        return corm__read_blob(at).data == NULL ||
               corm__blob_check(corm__read_blob(at), length, why, size);
    case CORM_KIND_DATE: return corm__date_check(corm__read_date(at), why, size);
    case CORM_KIND_DATETIME: return corm__datetime_check(corm__read_datetime(at), why, size);
    case CORM_KIND_TIME: return corm__time_check(corm__read_time(at), why, size);
    case CORM_KIND_DECIMAL:
        return corm__decimal_check(column->info, corm__read_decimal(at), why, size);
    case CORM_KIND_UUID: return true;
    case CORM_KIND_JSON: return corm__json_member_check(corm__read_text(at), why, size);
    case CORM_KIND_ENUM:
        return corm__enum_check(column->info->enumeration, corm__read_enum(column, at), why, size);
    case CORM_KIND_CUSTOM: return corm__custom_check(column->info->custom, at, memory, why, size);
    case CORM_KIND_COUNT: break;
    }
    return false;
}

/* Gives a DECIMAL that has been checked the scale of its column, as it will be read back. */
static void corm__decimal_settle(const corm__column *column, void *object)
{
    unsigned char *at = (unsigned char *)object + column->offset;
    if (column->box != 0 && *at == 0)
        return;
    at += column->box;
    corm_decimal decimal = corm__read_decimal(at);
    if (corm_decimal_rescale(decimal, column->info->scale, &decimal))
        memcpy(at, &decimal, sizeof decimal);
}

/* ---- Loading members ------------------------------------------------------------------------- */

/* Says that the value is not what the column's kind stores. Always false. */
static bool corm__load_refuse(const corm__column *column, const corm_value *value, bool *memory,
                              char *why, size_t size)
{
    char given[CORM__DESCRIBED], kind[CORM__KIND_TEXT_SIZE];
    corm__value_describe(value, given, sizeof given);
    *memory = false;
    if (column->kind != CORM_KIND_ENUM && column->kind != CORM_KIND_DECIMAL) {
        (void)snprintf(why, size, "%s is not %s", given, corm__kind_forms[column->kind]);
        return false;
    }
    int used = snprintf(why, size, "%s is no %s%s", given, corm__kind_text(column->info, kind),
                        column->kind == CORM_KIND_ENUM ? ": allowed are " : "");
    if (column->kind == CORM_KIND_ENUM && used >= 0 && (size_t)used + sizeof "..." <= size)
        corm__enum_list(column->info->enumeration, why, (size_t)used, size);
    return false;
}

static bool corm__load_null(const corm__column *column, void *object, bool *memory, char *why,
                            size_t size)
{
    if (column->optional) {
        corm__member_clear(column, object);
        return true;
    }
    char kind[CORM__KIND_TEXT_SIZE];
    (void)snprintf(why, size, "NULL in a member that cannot say so: declare it OPTIONAL(%s)",
                   corm__kind_text(column->info, kind));
    *memory = false;
    return false;
}

/* Text or blob: a copy in the heap. */
static bool corm__load_bytes(const corm__column *column, unsigned char *at, const corm_value *value,
                             corm__heap *heap, bool *memory, char *why, size_t size)
{
    bool text = column->kind != CORM_KIND_BLOB;
    if (CORM__UNLIKELY(value->type != (text ? CORM_VALUE_TEXT : CORM_VALUE_BLOB)))
        return corm__load_refuse(column, value, memory, why, size);
    if (text && value->size != 0) {
        const char *zero = memchr(value->as.bytes, 0, value->size);
        if (CORM__UNLIKELY(zero != NULL)) {
            (void)snprintf(why, size, "a text with a zero byte inside, as byte %zu of %zu",
                           (size_t)(zero - (const char *)value->as.bytes) + 1, value->size);
            *memory = false;
            return false;
        }
    }
    if (column->kind == CORM_KIND_JSON && !corm__json_check(value->as.bytes, why, size)) {
        *memory = false;
        return false;
    }
    const char *copy = corm__heap_text(heap, value->as.bytes, value->size);
    if (CORM__UNLIKELY(copy == NULL)) {
        (void)snprintf(why, size, "out of memory");
        *memory = true;
        return false;
    }
    if (text) {
        memcpy(at, &copy, sizeof copy);
    } else {
        corm_blob blob = {copy, value->size};
        memcpy(at, &blob, sizeof blob);
    }
    return true;
}

/* A number as an integer, if it is one. 2^63 is the first double that is too large. */
static bool corm__integer_of(const corm_value *value, int64_t *out)
{
    if (CORM__LIKELY(value->type == CORM_VALUE_INTEGER)) {
        *out = value->as.integer;
        return true;
    }
    if (value->type != CORM_VALUE_REAL)
        return false;
    double real = value->as.real;
    if (!(real >= -9223372036854775808.0 && real < 9223372036854775808.0))
        return false;
    *out = (int64_t)real;
    return (double)*out == real;
}

static bool corm__load_real(const corm_value *value, unsigned char *at)
{
    double real = value->as.real;
    if (value->type == CORM_VALUE_INTEGER)
        real = (double)value->as.integer;
    else if (value->type != CORM_VALUE_REAL)
        return false;
    memcpy(at, &real, sizeof real);
    return true;
}

static bool corm__load_boolean(const corm__column *column, const corm_value *value,
                               unsigned char *at)
{
    if (value->type != CORM_VALUE_INTEGER || (uint64_t)value->as.integer > 1)
        return false;
    if (column->optional)
        memcpy(at, &value->as.integer, sizeof value->as.integer);
    else
        *at = (unsigned char)value->as.integer;
    return true;
}

static bool corm__load_date(const corm_value *value, unsigned char *at)
{
    corm_date date;
    if (value->type != CORM_VALUE_TEXT || !corm__date_read(value->as.bytes, value->size, &date))
        return false;
    memcpy(at, &date, sizeof date);
    return true;
}

static bool corm__load_datetime(const corm_value *value, unsigned char *at)
{
    corm_datetime datetime;
    if (value->type != CORM_VALUE_TEXT ||
        !corm__datetime_read(value->as.bytes, value->size, &datetime))
        return false;
    memcpy(at, &datetime, sizeof datetime);
    return true;
}

static bool corm__load_time(const corm_value *value, unsigned char *at)
{
    corm_time time;
    if (value->type != CORM_VALUE_TEXT || !corm__time_read(value->as.bytes, value->size, &time))
        return false;
    memcpy(at, &time, sizeof time);
    return true;
}

/* In lower case only: another spelling would be another key for the database. */
static bool corm__load_uuid(const corm_value *value, unsigned char *at)
{
    corm_uuid uuid;
    char text[CORM_UUID_TEXT_SIZE];
    if (value->type != CORM_VALUE_TEXT || !corm__uuid_read(value->as.bytes, value->size, &uuid) ||
        memcmp(corm_uuid_format(uuid, text), value->as.bytes, value->size) != 0)
        return false;
    memcpy(at, &uuid, sizeof uuid);
    return true;
}

static bool corm__load_decimal(const corm_column *info, const corm_value *value, unsigned char *at)
{
    int64_t units;
    if (!corm__integer_of(value, &units) || units <= -corm__power_of_ten(info->precision) ||
        units >= corm__power_of_ten(info->precision))
        return false;
    corm_decimal decimal = corm_decimal_units(units, info->scale);
    memcpy(at, &decimal, sizeof decimal);
    return true;
}

static bool corm__load_enum(const corm_column *info, const corm_value *value, unsigned char *at)
{
    const corm_enum_item *item =
        value->type != CORM_VALUE_TEXT
            ? NULL
            : corm__enum_find_text(info->enumeration, value->as.bytes, value->size);
    if (item == NULL)
        return false;
    int64_t number = item->value;
    if (info->optional)
        memcpy(at, &number, sizeof number);
    else
        corm__enum_write(info->enumeration, at, item->value);
    return true;
}

/* A value from the database into the member, whose old text or blob is not released. The bytes of a
 * text or blob are copied into `heap`, terminated: a block of size + 1. false: the member is as it
 * was and `why` says, without the column's name, why the value does not fit; or memory is out, then
 * *memory is true. */
static bool corm__member_load(const corm__column *column, void *object, const corm_value *value,
                              corm__heap *heap, bool *memory, char *why, size_t size)
{
    if (value->type == CORM_VALUE_NULL)
        return corm__load_null(column, object, memory, why, size);
    unsigned char *member = (unsigned char *)object + column->offset;
    unsigned char *at = member + column->box;
    bool done = false;
    int64_t integer;
    switch (column->kind) {
    case CORM_KIND_INTEGER:
        done = corm__integer_of(value, &integer);
        if (CORM__LIKELY(done))
            memcpy(at, &integer, sizeof integer);
        break;
    case CORM_KIND_TEXT:
    case CORM_KIND_BLOB: return corm__load_bytes(column, at, value, heap, memory, why, size);
    case CORM_KIND_REAL: done = corm__load_real(value, at); break;
    case CORM_KIND_BOOLEAN: done = corm__load_boolean(column, value, at); break;
    case CORM_KIND_DATE: done = corm__load_date(value, at); break;
    case CORM_KIND_DATETIME: done = corm__load_datetime(value, at); break;
    case CORM_KIND_TIME: done = corm__load_time(value, at); break;
    case CORM_KIND_DECIMAL: done = corm__load_decimal(column->info, value, at); break;
    case CORM_KIND_UUID: done = corm__load_uuid(value, at); break;
    case CORM_KIND_JSON: return corm__load_bytes(column, at, value, heap, memory, why, size);
    case CORM_KIND_ENUM: done = corm__load_enum(column->info, value, at); break;
    case CORM_KIND_CUSTOM:
        *memory = false;
        if (!corm__custom_load(column->info->custom, value, at, memory, why, size))
            return false;
        done = true;
        break;
    case CORM_KIND_COUNT: break;
    }
    if (CORM__UNLIKELY(!done))
        return corm__load_refuse(column, value, memory, why, size);
    if (column->box != 0)
        *member = 1;
    return true;
}

#endif /* CORM__ROOM_KINDS_C */

/* ---- src/defaults.c -------------------------------------------------------------------------- */

/* defaults.c: members that the program did not give.
 *
 * Owns: the sentinel of a member that was never assigned, which bytes a member owns, defaults, the
 * ready-made functions of columns, and which of these options go together.
 * Must not know: objects, sessions, SQL statements, which database it is. */
#ifndef CORM__ROOM_DEFAULTS_C
#define CORM__ROOM_DEFAULTS_C

#ifdef CORM_LINES
#line 10 "src/defaults.c"
#endif
/* ---- Sentinels ------------------------------------------------------------------------------- */

/* What stands in a member that was never assigned. Nobody writes these by accident; that a member
 * can be given exactly this value and count as unset is the price. The text is not UTF-8, so that
 * no valid text equals it. */
static const char corm__sentinel_bytes[] = "\xFE\xF5 unset \xC0\xA5\xFF";
enum { CORM__SENTINEL_BYTE = 0xA5 }; /* for bool and has_value: neither 0 nor 1 */
#define CORM__SENTINEL_INTEGER INT64_C(-0x5AC3D1E7F00B4A69)
/* A quiet NaN, which stays as it is when it is copied as a number. */
#define CORM__SENTINEL_REAL UINT64_C(0x7FF8A5C3D1E7B469)
static const corm_date corm__sentinel_date = {-23107, 0xD3, 0xB7};
static const corm_datetime corm__sentinel_datetime = {
    .year = -23107,
    .month = 0xD3,
    .day = 0xB7,
    .hour = 0xC9,
    .minute = 0xE1,
    .second = 0xF3,
    .microsecond = 0xC3D1E7B5,
};

static const corm_time corm__sentinel_time = {
    .hour = 0xC9,
    .minute = 0xE1,
    .second = 0xF3B7,
    .microsecond = 0xC3D1E7B5,
};

/* For members of any size: the text of the sentinel, over and over. */
static void corm__sentinel_bytes_fill(unsigned char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (unsigned char)corm__sentinel_bytes[i % (sizeof corm__sentinel_bytes - 1)];
}
static bool corm__sentinel_bytes_are(const unsigned char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] != (unsigned char)corm__sentinel_bytes[i % (sizeof corm__sentinel_bytes - 1)])
            return false;
    return true;
}

/* A number of few bits has no value to spare: such a member is never unset. */
static bool corm__has_sentinel(const corm__column *column)
{
    return column->kind != CORM_KIND_CUSTOM || !corm__native_is_short(column->info->custom);
}

static void corm__sentinel_fill(const corm__column *column, void *object)
{
    unsigned char *at = (unsigned char *)object + column->offset;
    const int64_t integer = CORM__SENTINEL_INTEGER;
    const uint64_t real = CORM__SENTINEL_REAL;
    const char *const text = corm__sentinel_bytes;
    const corm_blob blob = {corm__sentinel_bytes, sizeof corm__sentinel_bytes - 1};
    if (column->box != 0) {
        memset(at, 0, column->size);
        *at = CORM__SENTINEL_BYTE;
        return;
    }
    switch (column->kind) {
    case CORM_KIND_INTEGER: memcpy(at, &integer, sizeof integer); break;
    case CORM_KIND_REAL: memcpy(at, &real, sizeof real); break;
    case CORM_KIND_BOOLEAN: *at = CORM__SENTINEL_BYTE; break;
    case CORM_KIND_TEXT: memcpy(at, &text, sizeof text); break;
    case CORM_KIND_BLOB: memcpy(at, &blob, sizeof blob); break;
    case CORM_KIND_DATE: memcpy(at, &corm__sentinel_date, sizeof(corm_date)); break;
    case CORM_KIND_DATETIME: memcpy(at, &corm__sentinel_datetime, sizeof(corm_datetime)); break;
    case CORM_KIND_TIME: memcpy(at, &corm__sentinel_time, sizeof(corm_time)); break;
    case CORM_KIND_JSON: memcpy(at, &text, sizeof text); break;
    case CORM_KIND_DECIMAL:
    case CORM_KIND_UUID:
    case CORM_KIND_ENUM: corm__sentinel_bytes_fill(at, column->size); break;
    case CORM_KIND_CUSTOM:
        if (corm__has_sentinel(column))
            corm__sentinel_bytes_fill(at, column->size);
        break;
    case CORM_KIND_COUNT: break;
    }
}

/* Whether the sentinel is still there. */
static bool corm__sentinel_is(const corm__column *column, const void *object)
{
    const unsigned char *at = corm__member_at(column, object);
    if (column->box != 0 || column->kind == CORM_KIND_BOOLEAN)
        return *at == CORM__SENTINEL_BYTE;
    switch (column->kind) {
    case CORM_KIND_INTEGER: return corm__read_integer(at) == CORM__SENTINEL_INTEGER;
    case CORM_KIND_REAL:
        return (uint64_t)corm__read_integer(at) == CORM__SENTINEL_REAL; /* the bits */
    case CORM_KIND_TEXT: return corm__read_text(at) == corm__sentinel_bytes;
    case CORM_KIND_BLOB: return corm__read_blob(at).data == corm__sentinel_bytes;
    case CORM_KIND_DATE: return memcmp(at, &corm__sentinel_date, sizeof(corm_date)) == 0;
    case CORM_KIND_DATETIME:
        return corm_datetime_compare(corm__read_datetime(at), corm__sentinel_datetime) == 0;
    case CORM_KIND_TIME: return memcmp(at, &corm__sentinel_time, sizeof(corm_time)) == 0;
    case CORM_KIND_JSON: return corm__read_text(at) == corm__sentinel_bytes;
    case CORM_KIND_DECIMAL:
    case CORM_KIND_UUID:
    case CORM_KIND_ENUM: return corm__sentinel_bytes_are(at, column->size);
    case CORM_KIND_CUSTOM:
        return corm__has_sentinel(column) && corm__sentinel_bytes_are(at, column->size);
    default: return false;
    }
}

/* The block of heap memory that a text or blob member owns, and its size as it was asked for: 0 and
 * NULL if it owns none. A sentinel is nobody's. */
static size_t corm__member_block(const corm__column *column, const void *object, const void **block)
{
    const unsigned char *at = corm__member_at(column, object);
    size_t size = 0;
    *block = NULL;
    if (column->kind == CORM_KIND_TEXT || column->kind == CORM_KIND_JSON) {
        const char *text = corm__read_text(at);
        if (text != NULL && text != corm__sentinel_bytes) {
            *block = text;
            size = strlen(text) + 1;
        }
    } else if (column->kind == CORM_KIND_BLOB) {
        corm_blob blob = corm__read_blob(at);
        if (blob.data != NULL && blob.data != corm__sentinel_bytes) {
            *block = blob.data;
            size = blob.size + 1;
        }
    }
    return size;
}

/* ---- Defaults -------------------------------------------------------------------------------- */

static corm_value corm__constant_value(const corm_constant *constant)
{
    switch (constant->type) {
    case CORM__CONSTANT_INTEGER: return corm_value_integer(constant->integer);
    case CORM__CONSTANT_REAL: return corm_value_real(constant->real);
    case CORM__CONSTANT_TEXT: return corm_value_text(constant->text);
    case CORM__CONSTANT_NONE: break;
    }
    return corm_value_null();
}

/* The default of a DECIMAL: a whole number, or a text. A number with a point was rounded by the
 * compiler already. */
static bool corm__default_decimal(const corm_constant *constant, corm_decimal *out)
{
    *out = corm_decimal_from_integer(constant->integer);
    return constant->type == CORM__CONSTANT_INTEGER ||
           (constant->type == CORM__CONSTANT_TEXT && corm_decimal_parse(constant->text, out));
}

/* The default of a CUSTOM is given in its stored form: tries it. */
static bool corm__default_custom(const corm_column *info, const corm_value *value, char *why,
                                 size_t size)
{
    unsigned char made[CORM__CUSTOM_MAX];
    bool memory = false;
    if (corm__is_native(info))
        return corm__native_load(info->custom, value, NULL, why, size);
    return corm__custom_load(info->custom, value, made, &memory, why, size);
}

/* Whether .default_value, if any, fits the column; else `why`, without the column's name. */
static bool corm__default_check(const corm_column *column, char *why, size_t size)
{
    if (column->options.default_value.type == CORM__CONSTANT_NONE)
        return true;
    corm_value value = corm__constant_value(&column->options.default_value);
    bool integer = value.type == CORM_VALUE_INTEGER;
    bool text = value.type == CORM_VALUE_TEXT;
    bool fine = false;
    corm_date date;
    corm_datetime datetime;
    corm_time time;
    corm_uuid uuid;
    corm_decimal decimal;
    switch (column->kind) {
    case CORM_KIND_INTEGER: fine = integer; break;
    case CORM_KIND_REAL:
        if (value.type == CORM_VALUE_REAL)
            return corm__real_check(value.as.real, why, size);
        fine = integer;
        break;
    case CORM_KIND_BOOLEAN: fine = integer && (uint64_t)value.as.integer <= 1; break;
    case CORM_KIND_TEXT:
        if (text)
            return corm__text_check(value.as.bytes, column->options.length, why, size);
        break;
    case CORM_KIND_DATE: fine = text && corm_date_parse(value.as.bytes, &date); break;
    case CORM_KIND_DATETIME: fine = text && corm_datetime_parse(value.as.bytes, &datetime); break;
    case CORM_KIND_TIME: fine = text && corm_time_parse(value.as.bytes, &time); break;
    case CORM_KIND_DECIMAL:
        if (corm__default_decimal(&column->options.default_value, &decimal))
            return corm__decimal_check(column, decimal, why, size);
        break;
    case CORM_KIND_UUID: fine = text && corm_uuid_parse(value.as.bytes, &uuid); break;
    case CORM_KIND_JSON:
        if (text)
            return corm__json_check(value.as.bytes, why, size);
        break;
    case CORM_KIND_ENUM:
        if (integer)
            return corm__enum_check(column->enumeration, value.as.integer, why, size);
        break;
    case CORM_KIND_CUSTOM: return corm__default_custom(column, &value, why, size);
    case CORM_KIND_BLOB:
    case CORM_KIND_COUNT: break;
    }
    if (fine)
        return true;
    char given[CORM__DESCRIBED];
    corm__value_describe(&value, given, sizeof given);
    (void)snprintf(why, size, "the default is %s, not %s", given,
                   column->kind == CORM_KIND_DECIMAL ? "a whole number or a text like \"19.99\""
                   : column->kind == CORM_KIND_ENUM  ? "an enumerator"
                   : column->kind == CORM_KIND_UUID  ? "a UUID of 36 characters"
                                                     : corm__kind_forms[column->kind]);
    return false;
}

/* For the kinds whose default is given in another form than the stored one. */
static bool corm__default_fill_other(const corm_column *info, const corm_value *value,
                                     unsigned char *at)
{
    char why[8];
    bool memory;
    corm_decimal decimal;
    corm_uuid uuid;
    switch (info->kind) {
    case CORM_KIND_TIME: return corm__load_time(value, at);
    case CORM_KIND_DECIMAL:
        if (!corm__default_decimal(&info->options.default_value, &decimal))
            return false;
        memcpy(at, &decimal, sizeof decimal);
        return true;
    case CORM_KIND_UUID:
        if (!corm_uuid_parse(value->as.bytes, &uuid))
            return false;
        memcpy(at, &uuid, sizeof uuid);
        return true;
    case CORM_KIND_ENUM:
        if (info->optional)
            memcpy(at, &value->as.integer, sizeof value->as.integer);
        else
            corm__enum_write(info->enumeration, at, (int)value->as.integer);
        return true;
    case CORM_KIND_CUSTOM:
        return corm__custom_load(info->custom, value, at, &memory, why, sizeof why);
    default: return false;
    }
}

static bool corm__has_default(const corm__column *column)
{
    return column->info->options.default_value.type != CORM__CONSTANT_NONE;
}

/* .default_value into the member; a text points at the constant. corm__default_check has been
 * passed. */
static void corm__default_fill(const corm__column *column, void *object)
{
    const corm_constant *constant = &column->info->options.default_value;
    if (constant->type == CORM__CONSTANT_NONE)
        return;
    corm_value value = corm__constant_value(constant);
    unsigned char *at = (unsigned char *)object + column->offset;
    corm__member_clear(column, object);
    if (column->box != 0) {
        *at = 1;
        at += column->box;
    }
    bool done = true;
    switch (column->kind) {
    case CORM_KIND_INTEGER: memcpy(at, &value.as.integer, sizeof value.as.integer); break;
    case CORM_KIND_TEXT: memcpy(at, &constant->text, sizeof constant->text); break;
    case CORM_KIND_REAL: done = corm__load_real(&value, at); break;
    case CORM_KIND_BOOLEAN: done = corm__load_boolean(column, &value, at); break;
    case CORM_KIND_DATE: done = corm__load_date(&value, at); break;
    case CORM_KIND_DATETIME: done = corm__load_datetime(&value, at); break;
    case CORM_KIND_JSON: memcpy(at, &constant->text, sizeof constant->text); break;
    case CORM_KIND_TIME:
    case CORM_KIND_DECIMAL:
    case CORM_KIND_UUID:
    case CORM_KIND_ENUM:
    case CORM_KIND_CUSTOM: done = corm__default_fill_other(column->info, &value, at); break;
    case CORM_KIND_BLOB:
    case CORM_KIND_COUNT: done = false; break;
    }
    CORM_ASSERT(done);
    (void)done;
}

/* ---- Functions ------------------------------------------------------------------------------- */

/* So many characters of 'YYYY-MM-DD HH:MM:SS.ffffff' from one on. */
static bool corm__default_moment(corm_value *out, corm_conversion *conversion, int from, int count)
{
    char text[CORM_DATETIME_TEXT_SIZE];
    if (out == NULL || conversion == NULL)
        return false;
    (void)corm_datetime_format(conversion->now != NULL ? *conversion->now : corm_now(), text);
    return corm_conversion_text(conversion, out, "%.*s", count, text + from);
}

CORM_API bool corm_default_now(const void *object, corm_value *out, corm_conversion *conversion)
{
    (void)object;
    const corm_column *column = conversion == NULL ? NULL : conversion->column;
    const corm_kind kind = column == NULL ? CORM_KIND_DATETIME : column->kind;
    return corm__default_moment(out, conversion, kind == CORM_KIND_TIME ? CORM_DATE_TEXT_SIZE : 0,
                                kind == CORM_KIND_DATE ? CORM_DATE_TEXT_SIZE - 1
                                                       : CORM_DATETIME_TEXT_SIZE - 1);
}

CORM_API bool corm_default_today(const void *object, corm_value *out, corm_conversion *conversion)
{
    (void)object;
    return corm__default_moment(out, conversion, 0, CORM_DATE_TEXT_SIZE - 1);
}

CORM_API bool corm_default_uuid(const void *object, corm_value *out, corm_conversion *conversion)
{
    char text[CORM_UUID_TEXT_SIZE];
    (void)object;
    return out != NULL && conversion != NULL &&
           corm_conversion_text(conversion, out, "%s", corm_uuid_format(corm_uuid_new(), text));
}

/* Whether a ready-made function gives what the column's kind can hold. */
static corm_status corm__vet_function(const corm__column *column, const char *option,
                                      corm_column_function function, corm_error *error)
{
    static const struct {
        corm_column_function function;
        const char *name;
        unsigned kinds;
    } known[] = {
        {corm_default_now, "corm_default_now is for DATETIME, DATE, TIME and TEXT",
         1u << CORM_KIND_DATETIME | 1u << CORM_KIND_DATE | 1u << CORM_KIND_TIME |
             1u << CORM_KIND_TEXT},
        {corm_default_today, "corm_default_today is for DATE and TEXT",
         1u << CORM_KIND_DATE | 1u << CORM_KIND_TEXT},
        {corm_default_uuid, "corm_default_uuid is for UUID and TEXT",
         1u << CORM_KIND_UUID | 1u << CORM_KIND_TEXT},
    };
    char kind[CORM__KIND_TEXT_SIZE];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (function == known[i].function && !(known[i].kinds >> column->kind & 1))
            return corm__error_set(error, CORM_MODEL, "%s.%s: %s: %s, not for %s",
                                   column->owner->model->name, column->name, option, known[i].name,
                                   corm__kind_text(column->info, kind));
    return CORM_OK;
}

/* What stands in a column's row, as far as it concerns where its value comes from. */
enum {
    CORM__SAYS_KEY = 1u << 0,
    CORM__SAYS_REFERENCES = 1u << 1,
    CORM__SAYS_VALUE = 1u << 2,
    CORM__SAYS_FUNCTION = 1u << 3,
    CORM__SAYS_UPDATE = 1u << 4,
    CORM__SAYS_SERVER = 1u << 5,
    CORM__SAYS_VERSION = 1u << 6,
    CORM__SAYS_GENERATED = 1u << 7
};

static unsigned corm__column_says(const corm_column_options *options)
{
    return (options->primary_key ? CORM__SAYS_KEY : 0u) |
           (options->references.model != NULL ? CORM__SAYS_REFERENCES : 0u) |
           (options->default_value.type != CORM__CONSTANT_NONE ? CORM__SAYS_VALUE : 0u) |
           (options->default_function != NULL ? CORM__SAYS_FUNCTION : 0u) |
           (options->update_function != NULL ? CORM__SAYS_UPDATE : 0u) |
           (options->server_default != NULL ? CORM__SAYS_SERVER : 0u) |
           (options->version ? CORM__SAYS_VERSION : 0u) |
           (options->generated != NULL ? CORM__SAYS_GENERATED : 0u);
}

/* Options that contradict each other. */
static corm_status corm__vet_pairs(const corm__column *column, corm_error *error)
{
    static const char *const names[] = {".primary_key",      ".references",      ".default_value",
                                        ".default_function", ".update_function", ".server_default",
                                        ".version",          ".generated"};
    static const struct {
        unsigned one, others;
        const char *why;
    } rules[] = {
        {CORM__SAYS_FUNCTION, CORM__SAYS_VALUE, "both give a new row its value: leave one out"},
        {CORM__SAYS_UPDATE, CORM__SAYS_KEY,
         "every update would change which row it is: leave .update_function out"},
        {CORM__SAYS_SERVER, CORM__SAYS_KEY,
         "a key that only the database knows cannot be found again: use .default_function"},
        {CORM__SAYS_VERSION, CORM__SAYS_VERSION - 1u,
         "corm alone counts a version, from 1 on: leave one out"},
        {CORM__SAYS_GENERATED, CORM__SAYS_GENERATED - 1u,
         "the database alone gives the column its value: leave one out"},
    };
    const unsigned given = corm__column_says(&column->info->options);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        unsigned others = given & rules[i].one ? given & rules[i].others : 0, one = 0, other = 0;
        if (others == 0)
            continue;
        while (rules[i].one >> one != 1)
            one++;
        while (!(others >> other & 1))
            other++;
        return corm__error_set(error, CORM_MODEL, "%s.%s: %s with %s: %s",
                               column->owner->model->name, column->name, names[one], names[other],
                               rules[i].why);
    }
    return CORM_OK;
}

/* Whether the options that say where a column's value comes from make sense. */
static corm_status corm__vet_sources(const corm__column *column, corm_error *error)
{
    const corm_column_options *options = &column->info->options;
    const char *model = column->owner->model->name, *name = column->name;
    corm_status status = corm__vet_pairs(column, error);
    if (status == CORM_OK)
        status = corm__vet_function(column, ".default_function", options->default_function, error);
    if (status == CORM_OK)
        status = corm__vet_function(column, ".update_function", options->update_function, error);
    if (status != CORM_OK)
        return status;
    if ((options->server_default != NULL && options->server_default[0] == '\0') ||
        (options->generated != NULL && options->generated[0] == '\0'))
        return corm__error_set(
            error, CORM_MODEL, "%s.%s: %s is empty: write an SQL expression, or leave it out",
            model, name, options->generated != NULL ? ".generated" : ".server_default");
    char kind[CORM__KIND_TEXT_SIZE];
    if (options->version && (column->kind != CORM_KIND_INTEGER || column->optional))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: a .version is counted: declare it INTEGER, not %s%s%s",
                               model, name, column->optional ? "OPTIONAL(" : "",
                               corm__kind_text(column->info, kind), column->optional ? ")" : "");
    if (options->stored && options->generated == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .stored says where a .generated column is kept: add "
                               ".generated, or leave it out",
                               model, name);
    return CORM_OK;
}

#endif /* CORM__ROOM_DEFAULTS_C */

/* ---- src/mapper.c ---------------------------------------------------------------------------- */

/* mapper.c: tables and columns as the implementation sees them, checked.
 *
 * Owns: mappers, columns, who refers to whom, the order of the tables; and what is said about a
 * column or a table that is declared wrongly, beyond its constraints.
 * Must not know: relationships, objects, sessions, SQL text, which database it is. */
#ifndef CORM__ROOM_MAPPER_C
#define CORM__ROOM_MAPPER_C

#ifdef CORM_LINES
#line 12 "src/mapper.c"
#endif
#include <string.h>

/* What corm__registry_build makes: the registry, and the table that finds a mapper by the
 * address of its model. */
typedef struct corm__registry_map {
    corm__registry registry; /* first, so that a pointer to it is a pointer to the whole */
    size_t mask;             /* slots - 1; a power of two, at most half full */
    corm__mapper **slots;
} corm__registry_map;

enum { CORM__NO_GROUP = UINT16_MAX, CORM__NO_RANK = UINT16_MAX };

/* ---- Tools ----------------------------------------------------------------------------------- */

/* Zeroed memory that lives as long as the registry. NULL with *error when there is none. */
static void *corm__registry_take(corm__registry *registry, size_t count, size_t size,
                                 corm_error *error)
{
    void *block = NULL;
    if (count <= SIZE_MAX / size)
        block = corm__arena_allocate(&registry->arena, count * size > 0 ? count * size : 1);
    if (block == NULL) {
        (void)corm__error_set(error, CORM_OUT_OF_MEMORY, "out of memory while reading schema %s",
                              registry->schema->name);
        return NULL;
    }
    return memset(block, 0, count * size);
}

static int corm__lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* Names of tables and columns are compared as SQLite does: ASCII letters without case, all else
 * by bytes. */
static bool corm__same_identifier(const char *a, const char *b)
{
    for (; corm__lower(*a) == corm__lower(*b); a++, b++)
        if (*a == '\0')
            return true;
    return false;
}

static bool corm__is_named(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static size_t corm__model_slot(const corm__registry_map *map, const corm_model *model)
{
    /* Models stand next to each other: a multiplication by the golden ratio spreads their
     * addresses. */
    const uint64_t hash = (uint64_t)(uintptr_t)model * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(hash >> 32) & map->mask;
}

static corm__mapper *corm__mapper_of(const corm__registry *registry, const corm_model *model)
{
    const corm__registry_map *map = (const corm__registry_map *)registry;
    for (size_t i = corm__model_slot(map, model);; i = (i + 1) & map->mask) {
        corm__mapper *mapper = map->slots[i];
        if (mapper == NULL || mapper->model == model)
            return mapper;
    }
}

/* The model that is mapped to this table; NULL: none. An association table may have one. */
static corm__mapper *corm__mapper_of_table(const corm__registry *registry, const char *table)
{
    for (size_t i = 0; i < registry->count; i++)
        if (corm__same_identifier(registry->mappers[i].model->table, table))
            return &registry->mappers[i];
    return NULL;
}

static corm__column *corm__column_named(const corm__mapper *mapper, const char *name)
{
    for (size_t i = 0; name != NULL && i < mapper->column_count; i++)
        if (corm__same_identifier(mapper->columns[i].name, name))
            return &mapper->columns[i];
    return NULL;
}

/* As rows name it, which case tells apart: its name in the table may be another. */
static corm__column *corm__column_of_member(const corm__mapper *mapper, const char *member)
{
    for (size_t i = 0; member != NULL && i < mapper->column_count; i++)
        if (strcmp(mapper->columns[i].info->name, member) == 0)
            return &mapper->columns[i];
    return NULL;
}

/* ---- Columns --------------------------------------------------------------------------------- */

/* Whether rows can be told apart, and found again, by values of the kind. */
static bool corm__kind_is_key(corm_kind kind)
{
    return kind != CORM_KIND_DECIMAL && kind != CORM_KIND_JSON && kind != CORM_KIND_CUSTOM;
}

/* What the kind itself says; the macros have seen to it, but not to texts and sizes. */
static bool corm__kind_vet(const corm_column *info, char *why, size_t size)
{
    if (info->kind == CORM_KIND_ENUM)
        return corm__enum_vet(info->enumeration, why, size);
    return info->kind != CORM_KIND_CUSTOM || corm__custom_vet(info->custom, why, size);
}

/* What a column says about itself. */
static corm_status corm__vet_column(const corm__column *column, corm_error *error)
{
    const corm_column_options *options = &column->info->options;
    const char *model = column->owner->model->name, *name = column->info->name;
    char kind[CORM__KIND_TEXT_SIZE], why[256];

    (void)corm__kind_text(column->info, kind);
    if (options->nullable == false && column->optional)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .nullable = false, but OPTIONAL(%s) may be NULL: write %s, "
                               "or leave .nullable out",
                               model, name, kind, kind);
    if (options->nullable == true && !column->optional)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .nullable = true, but %s cannot be NULL: write "
                               "OPTIONAL(%s), or leave .nullable out",
                               model, name, kind, kind);
    if (options->nullable < 0 || options->nullable > CORM__NULLABLE_BY_TYPE)
        return corm__error_set(error, CORM_MODEL, "%s.%s: .nullable is true or false", model, name);
    if (options->primary_key && column->optional)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: a primary key cannot be NULL: write %s instead of "
                               "OPTIONAL(%s)",
                               model, name, kind, kind);
    if (options->primary_key && !corm__kind_is_key(column->base))
        return corm__error_set(
            error, CORM_MODEL,
            "%s.%s: %s cannot be a primary key: use INTEGER, TEXT, UUID, ENUM or "
            "DATE",
            model, name, kind);
    if (!corm__kind_vet(column->info, why, sizeof why))
        return corm__error_set(error, CORM_MODEL, "%s.%s: %s", model, name, why);
    if (corm__is_native(column->info) && column->optional)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s cannot be OPTIONAL, as a member of a C type has no place "
                               "for NULL: use OPTIONAL(%s)",
                               model, name, kind,
                               corm__kind_names[corm__stored_kind(column->info)]);
    if (options->primary_key && column->kind == CORM_KIND_CUSTOM &&
        corm__native_is_short(column->info->custom))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s is too small for a primary key, which may be left out: "
                               "use a type of 32 bits or more",
                               model, name, kind);
    if (options->length != 0 && column->kind != CORM_KIND_TEXT && column->kind != CORM_KIND_BLOB)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .length is for TEXT and BLOB, not for %s: leave it out",
                               model, name, kind);
    if (options->default_value.type != CORM__CONSTANT_NONE &&
        !corm__default_check(column->info, why, sizeof why))
        return corm__error_set(error, CORM_MODEL, "%s.%s: .default_value: %s", model, name, why);
    return CORM_OK;
}

/* One of the two things that can happen to a foreign key. */
static corm_status corm__vet_action(const corm__column *column, const char *option,
                                    corm_action action, corm_error *error)
{
    const char *model = column->owner->model->name, *name = column->info->name;
    if (action == CORM_ACTION_DEFAULT)
        return CORM_OK;
    if (column->info->options.references.model == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s is for a foreign key: add .references = "
                               "corm_ref(Model, column), or leave it out",
                               model, name, option);
    char kind[CORM__KIND_TEXT_SIZE];
    if (action == CORM_ACTION_SET_NULL && !column->optional)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s = CORM_ACTION_SET_NULL, but %s cannot be NULL: write "
                               "OPTIONAL(%s)",
                               model, name, option, corm__kind_text(column->info, kind), kind);
    if (action == CORM_ACTION_SET_DEFAULT &&
        column->info->options.default_value.type == CORM__CONSTANT_NONE &&
        column->info->options.server_default == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s = CORM_ACTION_SET_DEFAULT, but there is no default: add "
                               ".default_value = corm_default(...)",
                               model, name, option);
    return CORM_OK;
}

/* What the columns say together: names, the primary key. */
static corm_status corm__vet_key(const corm__mapper *mapper, corm_error *error)
{
    const char *model = mapper->model->name;
    if (mapper->pk_count == 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s has no primary key: mark a column with .primary_key = true",
                               model);
    for (size_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        const corm__column *first = corm__column_named(mapper, column->name);
        if (first != column)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: there is a column %s already, and case makes no "
                                   "difference: rename one",
                                   model, column->info->name, first->name);
        if (!column->info->options.autoincrement)
            continue;
        if (mapper->model->options.without_rowid)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .autoincrement, but a .without_rowid table numbers no "
                                   "keys: leave one out",
                                   model, column->info->name);
        if (!column->primary_key || !mapper->integer_key)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .autoincrement is for a primary key of one INTEGER "
                                   "column: leave it out",
                                   model, column->info->name);
    }
    return CORM_OK;
}

/* Where values come from that the program does not give. */
static corm_status corm__build_source(const corm__column *column, corm_error *error)
{
    corm__mapper *mapper = column->owner;
    const corm_column_options *options = &column->info->options;
    const uint64_t bit = UINT64_C(1) << column->index;
    const corm_status status = corm__vet_sources(column, error);
    if (status == CORM_OK && options->version && mapper->version != NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s is the version column already: one counts for the whole "
                               "row",
                               mapper->model->name, column->info->name,
                               mapper->version->info->name);
    mapper->version = options->version ? column : mapper->version;
    mapper->default_functions |= options->default_function != NULL ? bit : 0;
    mapper->update_functions |= options->update_function != NULL ? bit : 0;
    mapper->server_defaults |= options->server_default != NULL ? bit : 0;
    mapper->generated |= options->generated != NULL ? bit : 0;
    mapper->filled |= options->version || options->default_function != NULL ||
                              options->server_default != NULL || options->generated != NULL
                          ? bit
                          : 0;
    return status;
}

static corm_status corm__build_columns(corm__mapper *mapper, corm_error *error)
{
    const corm_model *model = mapper->model;
    for (size_t i = 0; i < model->column_count; i++) {
        const corm_column *info = &model->columns[i];
        corm__column *column = &mapper->columns[i];
        column->info = info;
        column->name = info->options.name != NULL ? info->options.name : info->name;
        column->kind = info->kind;
        column->base = corm__base_kind(info);
        column->optional = info->optional;
        column->primary_key = info->options.primary_key;
        column->index = (uint16_t)i;
        column->offset = info->offset;
        column->size = info->size;
        column->owner = mapper;
        column->owns = corm__kind_owns(info->kind);
        column->box = corm__box_offset(info);
        mapper->text_members = mapper->text_members || column->owns;
        mapper->validated = mapper->validated || info->options.validate != NULL;

        corm_status status = corm__vet_column(column, error);
        if (status == CORM_OK)
            status = corm__vet_action(column, ".on_delete", info->options.on_delete, error);
        if (status == CORM_OK)
            status = corm__vet_action(column, ".on_update", info->options.on_update, error);
        if (status == CORM_OK)
            status = corm__build_source(column, error);
        if (status != CORM_OK)
            return status;
        if (!column->primary_key)
            continue;
        if (mapper->pk_count == CORM__KEY_MAX)
            return corm__error_set(error, CORM_MODEL,
                                   "%s: the primary key has more than %d columns", model->name,
                                   (int)CORM__KEY_MAX);
        mapper->pk[mapper->pk_count++] = (uint16_t)i;
    }
    mapper->integer_key = mapper->pk_count == 1 && !model->options.without_rowid &&
                          mapper->columns[mapper->pk[0]].base == CORM_KIND_INTEGER;
    return corm__vet_key(mapper, error);
}

/* ---- Mappers --------------------------------------------------------------------------------- */

static corm_status corm__vet_table(const corm__registry *registry, const corm__mapper *mapper,
                                   corm_error *error)
{
    const corm_model *model = mapper->model;
    if (!corm__is_named(model->table))
        return corm__error_set(error, CORM_MODEL, "%s: the table has no name", model->name);
    if (model->column_count > CORM__COLUMN_MAX)
        return corm__error_set(error, CORM_MODEL, "%s has %zu columns, at most %d", model->name,
                               model->column_count, (int)CORM__COLUMN_MAX);
    if (model->size > CORM__STRUCT_MAX)
        return corm__error_set(error, CORM_MODEL,
                               "%s: the struct has %zu bytes, at most %d: put what is large into a "
                               "TEXT or BLOB",
                               model->name, model->size, (int)CORM__STRUCT_MAX);
    for (const corm__mapper *other = registry->mappers; other < mapper; other++)
        if (corm__same_identifier(other->model->table, model->table))
            return corm__error_set(error, CORM_MODEL,
                                   "%s and %s both stand for table %s: give each model its own",
                                   other->model->name, model->name, model->table);
    return CORM_OK;
}

static corm_status corm__build_mapper(corm__registry *registry, corm__mapper *mapper,
                                      const corm_model *model, corm_error *error)
{
    mapper->model = model;
    mapper->registry = registry;
    mapper->index = (uint16_t)(mapper - registry->mappers);
    mapper->rank = CORM__NO_RANK;
    mapper->group = CORM__NO_GROUP;
    mapper->size = model->size;
    const corm_status status = corm__vet_table(registry, mapper, error);
    if (status != CORM_OK)
        return status;
    mapper->columns = (corm__column *)corm__registry_take(registry, model->column_count,
                                                          sizeof *mapper->columns, error);
    if (mapper->columns == NULL)
        return CORM_OUT_OF_MEMORY;
    mapper->column_count = (uint16_t)model->column_count;
    return corm__build_columns(mapper, error);
}

static corm_status corm__build_mappers(corm__registry *registry, corm_error *error)
{
    corm__registry_map *map = (corm__registry_map *)registry;
    const corm_schema *schema = registry->schema;
    if (schema->model_count >= CORM__NO_RANK)
        return corm__error_set(error, CORM_MODEL, "schema %s has %zu models, at most %d",
                               schema->name, schema->model_count, CORM__NO_RANK - 1);
    size_t slots = 8;
    while (slots < schema->model_count * 2)
        slots *= 2;
    map->mask = slots - 1;
    map->slots = (corm__mapper **)corm__registry_take(registry, slots, sizeof *map->slots, error);
    registry->mappers = (corm__mapper *)corm__registry_take(registry, schema->model_count,
                                                            sizeof *registry->mappers, error);
    if (map->slots == NULL || registry->mappers == NULL)
        return CORM_OUT_OF_MEMORY;
    for (size_t i = 0; i < schema->model_count; i++) {
        corm__mapper *mapper = &registry->mappers[i];
        const corm_status status = corm__build_mapper(registry, mapper, schema->models[i], error);
        if (status != CORM_OK)
            return status;
        registry->count++;
        size_t slot = corm__model_slot(map, mapper->model);
        while (map->slots[slot] != NULL)
            slot = (slot + 1) & map->mask;
        map->slots[slot] = mapper;
    }
    return CORM_OK;
}

/* ---- Foreign keys ---------------------------------------------------------------------------- */

/* Whether the columns of `holder` that refer to `target` are one foreign key of several
 * columns: together they cover its primary key, each column once. Otherwise each is a foreign
 * key of its own. */
static bool corm__refers_as_one(const corm__mapper *holder, const corm__mapper *target)
{
    uint64_t key = 0, met = 0;
    size_t count = 0;
    for (size_t i = 0; i < target->pk_count; i++)
        key |= UINT64_C(1) << target->pk[i];
    for (size_t i = 0; i < holder->column_count; i++) {
        if (holder->columns[i].reference != target)
            continue;
        met |= UINT64_C(1) << holder->columns[i].reference_column;
        count++;
    }
    return target->pk_count > 1 && count == target->pk_count && met == key;
}

static corm_status corm__build_reference(corm__registry *registry, corm__column *column,
                                         corm_error *error)
{
    const corm_reference *to = &column->info->options.references;
    const char *model = column->owner->model->name, *name = column->info->name;
    if (to->model == NULL)
        return CORM_OK;
    corm__mapper *target = corm__mapper_of(registry, to->model);
    if (target == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s refers to model %s, which is not in schema %s: add it there",
                               model, name, to->model->name, registry->schema->name);
    const corm__column *key = corm__column_of_member(target, to->column);
    if (key == NULL)
        return corm__error_set(error, CORM_MODEL, "%s.%s refers to %s.%s, which is not there",
                               model, name, to->model->name,
                               to->column == NULL ? "(NULL)" : to->column);
    char kind[CORM__KIND_TEXT_SIZE], other[CORM__KIND_TEXT_SIZE];
    if (!corm__kind_same(key->info, column->info))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s is %s, but %s.%s, to which it refers, is %s: make them the "
                               "same",
                               model, name, corm__kind_text(column->info, kind), to->model->name,
                               key->info->name, corm__kind_text(key->info, other));
    if (!corm__kind_is_key(column->base))
        return corm__error_set(error, CORM_MODEL, "%s.%s: %s cannot be a foreign key", model, name,
                               corm__kind_text(column->info, kind));
    column->reference = target;
    column->reference_column = key->index;
    return CORM_OK;
}

/* What can be said when all columns of the model know what they refer to. */
static corm_status corm__vet_reference(const corm__column *column, corm_error *error)
{
    const corm__mapper *holder = column->owner, *target = column->reference;
    const corm_column_options *options = &column->info->options;
    if (target == NULL)
        return CORM_OK;
    const corm__column *key = &target->columns[column->reference_column];
    if (!corm__refers_as_one(holder, target)) {
        if (key->info->options.unique || (key->primary_key && target->pk_count == 1))
            return CORM_OK;
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s refers to %s.%s, which alone does not tell rows apart: mark "
                               "that column with .unique = true, or refer once to each column of "
                               "the primary key of %s",
                               holder->model->name, column->info->name, target->model->name,
                               key->info->name, target->model->name);
    }
    for (size_t i = 0; i < column->index; i++) {
        const corm__column *first = &holder->columns[i];
        if (first->reference != target)
            continue;
        if (first->info->options.on_delete != options->on_delete ||
            first->info->options.on_update != options->on_update)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s and %s.%s are one foreign key: give both the same "
                                   ".on_delete and .on_update",
                                   holder->model->name, first->info->name, holder->model->name,
                                   column->info->name);
        break;
    }
    return CORM_OK;
}

static corm_status corm__build_references(corm__registry *registry, corm_error *error)
{
    corm_status status = CORM_OK;
    for (size_t m = 0; m < registry->count; m++) {
        corm__mapper *mapper = &registry->mappers[m];
        for (size_t i = 0; status == CORM_OK && i < mapper->column_count; i++)
            status = corm__build_reference(registry, &mapper->columns[i], error);
        for (size_t i = 0; status == CORM_OK && i < mapper->column_count; i++)
            status = corm__vet_reference(&mapper->columns[i], error);
    }
    return status;
}

/* ---- The order of the tables ----------------------------------------------------------------- */

/* The model whose rows are written before, because this column takes their keys. */
static corm__mapper *corm__column_needs(const corm__column *column)
{
    return column->reference != NULL ? column->reference : column->follows;
}

/* Tarjan's walk over foreign keys (SIAM J. Comput. 1972): tables that reach each other get one
 * group, and a group gets its number after all groups it refers to. */
typedef struct corm__table_walk {
    corm__registry *registry;
    uint32_t *numbers; /* in the order of the first visit, from 1; 0: not visited */
    uint16_t *path;    /* visited, and not yet in a group */
    size_t length;
    uint32_t visited;
    uint16_t groups;
} corm__table_walk;

/* Returns the lowest number that can be reached from here. */
static uint32_t corm__table_walk_from(corm__table_walk *walk, const corm__mapper *mapper)
{
    const uint32_t number = ++walk->visited;
    uint32_t lowest = number;
    walk->numbers[mapper->index] = number;
    walk->path[walk->length++] = mapper->index;
    for (size_t i = 0; i < mapper->column_count; i++) {
        const corm__mapper *to = corm__column_needs(&mapper->columns[i]);
        uint32_t reached = number;
        if (to == NULL)
            continue;
        if (walk->numbers[to->index] == 0)
            reached = corm__table_walk_from(walk, to);
        else if (to->group == CORM__NO_GROUP)
            reached = walk->numbers[to->index];
        if (reached < lowest)
            lowest = reached;
    }
    if (lowest != number)
        return lowest;
    uint16_t member;
    do {
        member = walk->path[--walk->length];
        walk->registry->mappers[member].group = walk->groups;
    } while (member != mapper->index);
    walk->groups++;
    return lowest;
}

/* Of the tables of a group that have no place yet: the first that needs no row of another one
 * of them, or, where each needs one, the first. NULL: all have their place. */
static corm__mapper *corm__group_next(const corm__registry *registry, uint16_t group)
{
    corm__mapper *first = NULL;
    for (size_t m = 0; m < registry->count; m++) {
        corm__mapper *mapper = &registry->mappers[m];
        if (mapper->group != group || mapper->rank != CORM__NO_RANK)
            continue;
        bool waits = false;
        for (size_t i = 0; i < mapper->column_count; i++) {
            const corm__column *column = &mapper->columns[i];
            const corm__mapper *to = corm__column_needs(column);
            if (to != NULL && to != mapper && to->group == group && to->rank == CORM__NO_RANK &&
                !column->optional)
                waits = true;
        }
        if (!waits)
            return mapper;
        if (first == NULL)
            first = mapper;
    }
    return first;
}

static void corm__build_cyclic(corm__mapper *mapper)
{
    for (size_t i = 0; i < mapper->column_count; i++) {
        const corm__mapper *to = corm__column_needs(&mapper->columns[i]);
        if (to != NULL && to->group == mapper->group)
            mapper->cyclic = true;
    }
}

static corm_status corm__build_order(corm__registry *registry, corm_error *error)
{
    const size_t count = registry->count;
    corm__table_walk walk = {.registry = registry};
    registry->order =
        (corm__mapper **)corm__registry_take(registry, count, sizeof(corm__mapper *), error);
    walk.numbers = (uint32_t *)corm__registry_take(registry, count, sizeof *walk.numbers, error);
    walk.path = (uint16_t *)corm__registry_take(registry, count, sizeof *walk.path, error);
    if (registry->order == NULL || walk.numbers == NULL || walk.path == NULL)
        return CORM_OUT_OF_MEMORY;
    for (size_t m = 0; m < count; m++)
        if (walk.numbers[m] == 0)
            (void)corm__table_walk_from(&walk, &registry->mappers[m]);
    uint16_t rank = 0;
    for (uint16_t group = 0; group < walk.groups; group++) {
        corm__mapper *next;
        while ((next = corm__group_next(registry, group)) != NULL) {
            next->rank = rank;
            registry->order[rank++] = next;
        }
    }
    for (size_t m = 0; m < count; m++)
        corm__build_cyclic(&registry->mappers[m]);
    return CORM_OK;
}

#endif /* CORM__ROOM_MAPPER_C */

/* ---- src/constraints.c ----------------------------------------------------------------------- */

/* constraints.c: what a table asks of its rows, and its indexes, as rows and MODEL declare them.
 *
 * Owns: the indexes and unique constraints of a mapper; what is said about names, checks,
 * collations, constraints and indexes that are declared wrongly.
 * Must not know: relationships, objects, sessions, SQL text, which database it is. */
#ifndef CORM__ROOM_CONSTRAINTS_C
#define CORM__ROOM_CONSTRAINTS_C

#ifdef CORM_LINES
#line 10 "src/constraints.c"
#endif
#include <string.h>

/* ---- Words of SQL ------------------------------------------------------------------------------ */

static bool corm__is_word(char c)
{
    return corm__lower(c) != c || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* Whether an SQL text has the name among its words; what stands in '...' is none. */
static bool corm__mentions(const char *sql, const char *name)
{
    const size_t size = strlen(name);
    for (bool text = false; *sql != '\0';) {
        size_t length = 0, same = 0;
        while (corm__is_word(sql[length]))
            length++;
        while (same < size && same < length && corm__lower(sql[same]) == corm__lower(name[same]))
            same++;
        if (!text && length == size && same == size)
            return true;
        if (*sql == '\'')
            text = !text;
        sql += length > 0 ? length : 1;
    }
    return false;
}

/* ---- Columns --------------------------------------------------------------------------------- */

/* What goes into the DDL as it stands. */
static corm_status corm__vet_words(const corm__column *column, corm_error *error)
{
    const corm_column_options *options = &column->info->options;
    const char *model = column->owner->model->name, *name = column->info->name;
    char kind[CORM__KIND_TEXT_SIZE];
    if (column->name[0] == '\0')
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .name is empty: give the column of the table a name, or "
                               "leave it out",
                               model, name);
    if (options->check != NULL && options->check[0] == '\0')
        return corm__error_set(
            error, CORM_MODEL,
            "%s.%s: .check is empty: write a condition like \"%s > 0\", or leave "
            "it out",
            model, name, column->name);
    if (options->collate == NULL)
        return CORM_OK;
    if (corm__stored_type(column->info) != CORM_VALUE_TEXT)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .collate is for text, not for %s: leave it out", model, name,
                               corm__kind_text(column->info, kind));
    if (options->collate[0] == '\0')
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .collate is empty: name a collation, or leave it out", model,
                               name);
    return CORM_OK;
}

/* Both ends of a foreign key are compared by their bytes. */
static corm_status corm__vet_collated_key(const corm__column *column, corm_error *error)
{
    if (column->reference == NULL)
        return CORM_OK;
    const corm__column *key = &column->reference->columns[column->reference_column];
    const corm__column *collated = column->info->options.collate != NULL ? column : key;
    if (collated->info->options.collate == NULL)
        return CORM_OK;
    return corm__error_set(error, CORM_MODEL,
                           "%s.%s: .collate, but %s.%s refers to %s.%s, and keys are told apart by "
                           "their bytes: leave it out, or refer to another column",
                           collated->owner->model->name, collated->info->name,
                           column->owner->model->name, column->info->name, key->owner->model->name,
                           key->info->name);
}

/* ---- Several columns ------------------------------------------------------------------------- */

/* The column that `size` bytes of text name as a row does; NULL: none. */
static const corm__column *corm__column_spelled(const corm__mapper *mapper, const char *text,
                                                size_t size)
{
    for (size_t i = 0; i < mapper->column_count; i++) {
        const char *member = mapper->columns[i].info->name;
        if (strlen(member) == size && memcmp(member, text, size) == 0)
            return &mapper->columns[i];
    }
    return NULL;
}

/* What corm_columns(...) names. */
static corm_status corm__build_column_set(const corm__mapper *mapper, const corm_column_set *set,
                                          const char *option, corm__index *out, corm_error *error)
{
    const char *model = mapper->model->name;
    if (set->model != mapper->model)
        return corm__error_set(error, CORM_MODEL,
                               "%s: %s names columns of %s: write it at the MODEL of %s", model,
                               option, set->model->name, set->model->name);
    for (const char *at = set->members; *at != '\0'; at += strspn(at, ", ")) {
        const size_t size = strcspn(at, ", ");
        const corm__column *column = corm__column_spelled(mapper, at, size);
        if (column == NULL)
            return corm__error_set(error, CORM_MODEL, "%s: %s names %.*s, which is no column of %s",
                                   model, option, (int)size, at, model);
        for (size_t i = 0; i < out->count; i++)
            if (out->columns[i] == column->index)
                return corm__error_set(error, CORM_MODEL, "%s: %s names %s twice", model, option,
                                       column->info->name);
        if (out->count == CORM__KEY_MAX)
            return corm__error_set(error, CORM_MODEL, "%s: %s has more than %d columns", model,
                                   option, (int)CORM__KEY_MAX);
        out->columns[out->count++] = column->index;
        at += size;
    }
    return CORM_OK;
}

/* ix_<table>_<column>_<column>... */
static corm_status corm__index_name(const corm__mapper *mapper, corm__index *index,
                                    corm_error *error)
{
    size_t size = strlen(mapper->model->table) + sizeof "ix_";
    for (size_t i = 0; i < index->count; i++)
        size += 1 + strlen(mapper->columns[index->columns[i]].name);
    char *name = (char *)corm__registry_take(mapper->registry, size, 1, error);
    if (name == NULL)
        return CORM_OUT_OF_MEMORY;
    int used = snprintf(name, size, "ix_%s", mapper->model->table);
    for (size_t i = 0; i < index->count && used > 0; i++)
        used += snprintf(name + used, size - (size_t)used, "_%s",
                         mapper->columns[index->columns[i]].name);
    index->name = name;
    return CORM_OK;
}

/* Two indexes of one name: IF NOT EXISTS would leave the second out without a word. */
static corm_status corm__vet_index_name(const corm__mapper *mapper, const corm__index *index,
                                        corm_error *error)
{
    for (const corm__mapper *other = mapper->registry->mappers; other <= mapper; other++)
        for (size_t i = 0; i < other->index_count; i++)
            if (&other->indexes[i] != index &&
                corm__same_identifier(other->indexes[i].name, index->name))
                return corm__error_set(error, CORM_MODEL,
                                       "%s and %s would both have the index %s: declare one with "
                                       "corm_index(..., .name = \"...\"), or leave it out",
                                       other->model->name, mapper->model->name, index->name);
    return CORM_OK;
}

static corm_status corm__build_index(corm__mapper *mapper, const corm_index_options *options,
                                     corm_error *error)
{
    corm__index *index = &mapper->indexes[mapper->index_count];
    const char *model = mapper->model->name;
    const bool no_where = options->where != NULL && options->where[0] == '\0';
    if (no_where || (options->name != NULL && options->name[0] == '\0'))
        return corm__error_set(error, CORM_MODEL,
                               "%s: corm_index(%s, (%s)): %s is empty: leave it out", model, model,
                               options->columns.members, no_where ? ".where" : ".name");
    index->name = options->name;
    index->where = options->where;
    index->unique = options->unique;
    corm_status status =
        corm__build_column_set(mapper, &options->columns, "corm_index", index, error);
    if (status == CORM_OK && index->name == NULL)
        status = corm__index_name(mapper, index, error);
    mapper->index_count++;
    return status == CORM_OK ? corm__vet_index_name(mapper, index, error) : status;
}

/* .index of a column. */
static corm_status corm__build_column_index(corm__mapper *mapper, const corm__column *column,
                                            corm_error *error)
{
    corm__index *index = &mapper->indexes[mapper->index_count++];
    index->unique = column->info->options.unique;
    index->columns[index->count++] = column->index;
    corm_status status = corm__index_name(mapper, index, error);
    return status == CORM_OK ? corm__vet_index_name(mapper, index, error) : status;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static corm_status corm__vet_table_options(const corm__mapper *mapper, corm_error *error)
{
    const corm_model_options *options = &mapper->model->options;
    const char *model = mapper->model->name;
    if (options->check != NULL && options->check[0] == '\0')
        return corm__error_set(error, CORM_MODEL,
                               "%s: .check is empty: write a condition like \"ends > starts\", or "
                               "leave it out",
                               model);
    return CORM_OK;
}

static corm_status corm__build_constraints_of(corm__mapper *mapper, corm_error *error)
{
    const corm_model_options *options = &mapper->model->options;
    corm_status status = corm__vet_table_options(mapper, error);
    size_t indexes = CORM_TABLE_INDEXES;
    for (size_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        status = corm__vet_words(&mapper->columns[i], error);
        if (status == CORM_OK)
            status = corm__vet_collated_key(&mapper->columns[i], error);
        indexes += mapper->columns[i].info->options.index;
    }
    if (status != CORM_OK)
        return status;
    mapper->indexes = (corm__index *)corm__registry_take(mapper->registry, indexes,
                                                         sizeof *mapper->indexes, error);
    mapper->uniques = (corm__index *)corm__registry_take(mapper->registry, CORM_TABLE_UNIQUES,
                                                         sizeof *mapper->uniques, error);
    if (mapper->indexes == NULL || mapper->uniques == NULL)
        return CORM_OUT_OF_MEMORY;
    for (size_t i = 0; i < mapper->column_count && status == CORM_OK; i++)
        if (mapper->columns[i].info->options.index)
            status = corm__build_column_index(mapper, &mapper->columns[i], error);
    for (size_t i = 0; i < CORM_TABLE_INDEXES && status == CORM_OK; i++)
        if (options->indexes[i].columns.model != NULL)
            status = corm__build_index(mapper, &options->indexes[i], error);
    for (size_t i = 0; i < CORM_TABLE_UNIQUES && status == CORM_OK; i++)
        if (options->unique[i].model != NULL)
            status = corm__build_column_set(mapper, &options->unique[i], ".unique",
                                            &mapper->uniques[mapper->unique_count++], error);
    return status;
}

static corm_status corm__build_constraints(corm__registry *registry, corm_error *error)
{
    corm_status status = CORM_OK;
    for (size_t m = 0; m < registry->count && status == CORM_OK; m++)
        status = corm__build_constraints_of(&registry->mappers[m], error);
    return status;
}

#endif /* CORM__ROOM_CONSTRAINTS_C */

/* ---- src/relation.c -------------------------------------------------------------------------- */

/* relation.c: relationships and their two ends, as the implementation sees them, checked.
 *
 * Owns: the ends that rows declare, those that BACKREF declares and the hidden ones behind NONE;
 * what is said about names, options and sides that do not fit each other.
 * Must not know: the columns that join the two ends, objects, sessions, SQL text, which database
 * it is. */
#ifndef CORM__ROOM_RELATION_C
#define CORM__ROOM_RELATION_C

#ifdef CORM_LINES
#line 11 "src/relation.c"
#endif
#include <string.h>

static const char *const corm__relationship_words[] = {
    [CORM_ONE_TO_MANY] = "ONE_TO_MANY",
    [CORM_MANY_TO_ONE] = "MANY_TO_ONE",
    [CORM_ONE_TO_ONE] = "ONE_TO_ONE",
    [CORM_MANY_TO_MANY] = "MANY_TO_MANY",
};
static const corm_relationship_kind corm__relationship_opposites[] = {
    [CORM_ONE_TO_MANY] = CORM_MANY_TO_ONE,
    [CORM_MANY_TO_ONE] = CORM_ONE_TO_MANY,
    [CORM_ONE_TO_ONE] = CORM_ONE_TO_ONE,
    [CORM_MANY_TO_MANY] = CORM_MANY_TO_MANY,
};

/* The row that declares this end; NULL for an end that the other side's row declares or leaves
 * out. */
static const corm_relationship *corm__relation_row(const corm__relation *relation)
{
    const corm_model *model = relation->source->model;
    return relation->index < model->relationship_count ? &model->relationships[relation->index]
                                                       : NULL;
}

static corm__relation *corm__relation_of(const corm__registry *registry, corm_relationship_ref ref)
{
    const corm__mapper *mapper = ref.model == NULL ? NULL : corm__mapper_of(registry, ref.model);
    if (mapper == NULL || ref.index >= ref.model->relationship_count)
        return NULL;
    corm__relation *relation = mapper->relations[ref.index];
    return ref.backref ? relation->inverse : relation;
}

/* ---- The ends -------------------------------------------------------------------------------- */

/* What the options of a row say, without a look at the other side. */
static corm_status corm__vet_row(const corm__mapper *mapper, const corm_relationship *row,
                                 corm_error *error)
{
    const corm_relationship_options *options = &row->options;
    const corm_backref_options *back = &options->backref;
    const char *model = mapper->model->name, *kind = corm__relationship_words[row->kind];
    if (corm__mapper_of(mapper->registry, row->target) == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s is to model %s, which is not in schema %s: add it there",
                               model, row->name, row->target->name, mapper->registry->schema->name);
    if (row->kind != CORM_MANY_TO_MANY && options->secondary.table != NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .secondary is for MANY_TO_MANY, not for %s: leave it out",
                               model, row->name, kind);
    if (row->kind == CORM_MANY_TO_MANY && options->foreign_key.model != NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .foreign_key is not for MANY_TO_MANY, whose keys stand in "
                               "the association table: leave it out",
                               model, row->name);
    if (row->other_side != CORM__OTHER_BACKREF_ &&
        (back->cascade != 0 || back->lazy != CORM_LAZY_BATCH ||
         back->order_by.column.model != NULL || back->then_by[0].column.model != NULL ||
         back->passive_deletes || back->join_depth > 0))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .backref needs BACKREF(name) as the other side; where both "
                               "sides are declared, each has its own options",
                               model, row->name);
    return CORM_OK;
}

static corm_status corm__vet_name(const corm__mapper *mapper, const char *name, corm_error *error)
{
    const char *model = mapper->model->name;
    if (!corm__is_named(name))
        return corm__error_set(error, CORM_MODEL, "%s has a relationship without a name", model);
    if (strcmp(name, "list") == 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s.list: a relationship cannot be called list, because %s_list is "
                               "the type of a list: rename it",
                               model, model);
    for (size_t i = 0; i < mapper->column_count; i++)
        if (strcmp(mapper->columns[i].info->name, name) == 0)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s is a column and a relationship: rename one", model, name);
    for (size_t i = 0; i < mapper->relation_count; i++)
        if (mapper->relations[i] != NULL && strcmp(mapper->relations[i]->name, name) == 0)
            return corm__error_set(error, CORM_MODEL,
                                   "%s has two relationships %s: rename one (BACKREF declares one "
                                   "too)",
                                   model, name);
    return CORM_OK;
}

/* What was given, and save-update and merge unless CORM_CASCADE_NONE takes them away. */
static corm_status corm__build_cascade(corm__relation *relation, unsigned given, corm_error *error)
{
    const unsigned all = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN | CORM_CASCADE_NONE;
    const unsigned defaults = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_MERGE;
    const char *model = relation->source->model->name;
    if ((given & ~all) != 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .cascade is made of CORM_CASCADE_... only", model,
                               relation->name);
    if ((given & CORM_CASCADE_NONE) != 0 && (given & defaults) == defaults)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: CORM_CASCADE_NONE takes save-update and merge away, but "
                               "both are given too: leave it out",
                               model, relation->name);
    if ((given & CORM_CASCADE_DELETE_ORPHAN) != 0 && (given & CORM_CASCADE_DELETE) == 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: CORM_CASCADE_DELETE_ORPHAN needs CORM_CASCADE_DELETE: give "
                               "both",
                               model, relation->name);
    relation->cascade =
        (given & CORM_CASCADE_NONE) != 0 ? given & ~(unsigned)CORM_CASCADE_NONE : given | defaults;
    return CORM_OK;
}

static corm_status corm__build_sort(corm__relation *relation, const corm_sort *order,
                                    corm_error *error)
{
    const char *model = relation->source->model->name;
    const char *target = relation->target->model->name;
    if (order->column.model == NULL)
        return CORM_OK;
    if (!relation->to_many)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s is one object: .order_by is for lists, leave it out", model,
                               relation->name);
    if (order->column.model != relation->target->model)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .order_by names a column of %s: it must be one of %s", model,
                               relation->name, order->column.model->name, target);
    const corm__column *column = corm__column_of_member(relation->target, order->column.column);
    if (column == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .order_by names a column that %s does not have", model,
                               relation->name, target);
    relation->order[relation->order_count].column = column->index;
    relation->order[relation->order_count++].descending = order->descending;
    return CORM_OK;
}

static corm_status corm__build_sorts(corm__relation *relation, const corm_sort *order,
                                     const corm_sort *then, corm_error *error)
{
    corm_status status = corm__build_sort(relation, order, error);
    if (order->column.model == NULL && then[0].column.model != NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .then_by goes on with an order: give .order_by first",
                               relation->source->model->name, relation->name);
    for (size_t i = 0; i < CORM__SORT_TERMS - 1 && status == CORM_OK; i++)
        status = corm__build_sort(relation, &then[i], error);
    return status;
}

static corm_status corm__build_lazy(corm__relation *relation, corm_lazy lazy, unsigned depth,
                                    corm_error *error)
{
    const bool eager = lazy == CORM_LAZY_JOINED || lazy == CORM_LAZY_SELECTIN;
    const char *model = relation->source->model->name;
    relation->lazy = lazy;
    relation->join_depth = (uint16_t)depth;
    relation->source->eager = relation->source->eager || eager;
    if ((unsigned)lazy > CORM_LAZY_WRITE_ONLY)
        return corm__error_set(error, CORM_MODEL, "%s.%s: .lazy is one of CORM_LAZY_...", model,
                               relation->name);
    if (lazy == CORM_LAZY_WRITE_ONLY && !relation->to_many)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s is one object: CORM_LAZY_WRITE_ONLY is for lists, choose "
                               "another .lazy",
                               model, relation->name);
    if (depth > 0 && !eager)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .join_depth is for CORM_LAZY_JOINED and CORM_LAZY_SELECTIN: "
                               "leave it out",
                               model, relation->name);
    if (depth > UINT16_MAX)
        return corm__error_set(error, CORM_MODEL, "%s.%s: .join_depth is %u, at most %d", model,
                               relation->name, depth, UINT16_MAX);
    return CORM_OK;
}

/* A new end at `index` of its source. */
static corm__relation *corm__build_end(corm__mapper *source, size_t index,
                                       corm_relationship_kind kind, corm__mapper *target,
                                       corm_error *error)
{
    corm__relation *relation =
        (corm__relation *)corm__registry_take(source->registry, 1, sizeof *relation, error);
    if (relation == NULL)
        return NULL;
    relation->kind = kind;
    relation->to_many = kind == CORM_ONE_TO_MANY || kind == CORM_MANY_TO_MANY;
    relation->index = (uint16_t)index;
    relation->source = source;
    relation->target = target;
    source->relations[index] = relation;
    return relation;
}

static corm_status corm__build_row(corm__mapper *mapper, size_t index, corm_error *error)
{
    const corm_relationship *row = &mapper->model->relationships[index];
    corm_status status = corm__vet_row(mapper, row, error);
    if (status == CORM_OK)
        status = corm__vet_name(mapper, row->name, error);
    if (status != CORM_OK)
        return status;
    corm__mapper *target = corm__mapper_of(mapper->registry, row->target);
    corm__relation *relation = corm__build_end(mapper, index, row->kind, target, error);
    if (relation == NULL)
        return CORM_OUT_OF_MEMORY;
    relation->name = row->name;
    relation->passive_deletes = row->options.passive_deletes;
    status = corm__build_lazy(relation, row->options.lazy, row->options.join_depth, error);
    if (status == CORM_OK)
        status = corm__build_cascade(relation, row->options.cascade, error);
    return status == CORM_OK
               ? corm__build_sorts(relation, &row->options.order_by, row->options.then_by, error)
               : status;
}

/* The end that BACKREF declares, or the hidden one that stands for NONE. */
static corm_status corm__build_other_end(corm__relation *relation, corm_error *error)
{
    const corm_relationship *row = corm__relation_row(relation);
    const corm_backref_options *options = &row->options.backref;
    corm__mapper *target = relation->target;
    const char *name = row->other_name;
    if (row->other_side == CORM__OTHER_BACKREF_) {
        const corm_status status = corm__vet_name(target, name, error);
        if (status != CORM_OK)
            return status;
    } else {
        const size_t size = strlen(relation->source->model->name) + strlen(row->name) + 32;
        char *text = (char *)corm__registry_take(target->registry, size, 1, error);
        if (text == NULL)
            return CORM_OUT_OF_MEMORY;
        (void)snprintf(text, size, "(other side of %s.%s)", relation->source->model->name,
                       row->name);
        name = text;
    }
    corm__relation *end =
        corm__build_end(target, target->relation_count, corm__relationship_opposites[row->kind],
                        relation->source, error);
    if (end == NULL)
        return CORM_OUT_OF_MEMORY;
    target->relation_count++;
    end->name = name;
    end->inverse = relation;
    relation->inverse = end;
    if (row->other_side == CORM__OTHER_NONE_) {
        end->hidden = true;
        return CORM_OK;
    }
    end->passive_deletes = options->passive_deletes;
    corm_status status = corm__build_lazy(end, options->lazy, options->join_depth, error);
    if (status == CORM_OK)
        status = corm__build_cascade(end, options->cascade, error);
    return status == CORM_OK ? corm__build_sorts(end, &options->order_by, options->then_by, error)
                             : status;
}

/* Two rows that name each other. */
static corm_status corm__build_named_end(corm__relation *relation, corm_error *error)
{
    const corm_relationship *row = corm__relation_row(relation);
    const corm__mapper *target = relation->target;
    const char *model = relation->source->model->name, *other_name = row->other_name;
    corm__relation *other = NULL;
    for (size_t i = 0; i < target->model->relationship_count; i++)
        if (strcmp(target->relations[i]->name, other_name) == 0)
            other = target->relations[i];
    if (other == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s has no relationship %s: declare it there, or write "
                               "BACKREF(%s) or NONE",
                               model, row->name, target->model->name, other_name, other_name);
    if (other == relation)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s names itself as its other side: the way back is another "
                               "relationship, BACKREF(name) or NONE",
                               model, row->name);
    const corm_relationship *back = corm__relation_row(other);
    if (other->target != relation->source)
        return corm__error_set(error, CORM_MODEL, "%s.%s: its other side %s.%s is to %s, not to %s",
                               model, row->name, target->model->name, other->name,
                               other->target->model->name, model);
    if (back->other_side != CORM__OTHER_NAMED_ || strcmp(back->other_name, row->name) != 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s names %s.%s as its other side, which does not name it back: "
                               "write %s there",
                               model, row->name, target->model->name, other->name, row->name);
    if (back->kind != corm__relationship_opposites[row->kind])
        return corm__error_set(error, CORM_MODEL, "%s.%s is %s, so %s.%s must be %s, not %s", model,
                               row->name, corm__relationship_words[row->kind], target->model->name,
                               other->name,
                               corm__relationship_words[corm__relationship_opposites[row->kind]],
                               corm__relationship_words[back->kind]);
    relation->inverse = other;
    other->inverse = relation;
    return CORM_OK;
}

static corm_status corm__build_room(corm__registry *registry, corm_error *error)
{
    /* So many ends will be on each mapper: its own rows, and those that point at it without
     * naming a row. */
    size_t *counts =
        (size_t *)corm__registry_take(registry, registry->count, sizeof *counts, error);
    if (counts == NULL)
        return CORM_OUT_OF_MEMORY;
    for (size_t m = 0; m < registry->count; m++) {
        const corm_model *model = registry->mappers[m].model;
        counts[m] += model->relationship_count;
        for (size_t i = 0; i < model->relationship_count; i++) {
            const corm_relationship *row = &model->relationships[i];
            const corm__mapper *target = corm__mapper_of(registry, row->target);
            if (target != NULL && row->other_side != CORM__OTHER_NAMED_)
                counts[target->index]++;
        }
    }
    for (size_t m = 0; m < registry->count; m++) {
        corm__mapper *mapper = &registry->mappers[m];
        if (counts[m] > UINT16_MAX)
            return corm__error_set(error, CORM_MODEL, "%s has %zu relationships, at most %d",
                                   mapper->model->name, counts[m], UINT16_MAX);
        mapper->relations = (corm__relation **)corm__registry_take(registry, counts[m],
                                                                   sizeof(corm__relation *), error);
        if (mapper->relations == NULL)
            return CORM_OUT_OF_MEMORY;
        mapper->relation_count = (uint16_t)mapper->model->relationship_count;
    }
    return CORM_OK;
}

/* Rows first, so that they keep their numbers; then the ends that no row stands for. */
static corm_status corm__build_relations(corm__registry *registry, corm_error *error)
{
    corm_status status = corm__build_room(registry, error);
    for (size_t m = 0; status == CORM_OK && m < registry->count; m++)
        for (size_t i = 0; status == CORM_OK && i < registry->mappers[m].model->relationship_count;
             i++)
            status = corm__build_row(&registry->mappers[m], i, error);
    for (size_t m = 0; status == CORM_OK && m < registry->count; m++) {
        const corm__mapper *mapper = &registry->mappers[m];
        for (size_t i = 0; status == CORM_OK && i < mapper->model->relationship_count; i++) {
            corm__relation *relation = mapper->relations[i];
            if (relation->inverse != NULL)
                continue;
            status = corm__relation_row(relation)->other_side == CORM__OTHER_NAMED_
                         ? corm__build_named_end(relation, error)
                         : corm__build_other_end(relation, error);
        }
    }
    return status;
}

#endif /* CORM__ROOM_RELATION_C */

/* ---- src/joining.c --------------------------------------------------------------------------- */

/* joining.c: relationships that spell out their join, and those that are only looked at.
 *
 * Owns: .join, .filter and .view_only of a row: pairs of columns in place of a foreign key, constant
 * conditions on the target, and what is said about those that do not fit.
 * Must not know: objects, sessions, SQL text, which database it is. */
#ifndef CORM__ROOM_JOINING_C
#define CORM__ROOM_JOINING_C

#ifdef CORM_LINES
#line 11 "src/joining.c"
#endif
/* ---- View-only ------------------------------------------------------------------------------- */

/* Of the row behind this end; a filter makes it so. */
static bool corm__row_is_view(const corm__relation *end)
{
    const corm_relationship *row = corm__relation_row(end);
    return row != NULL &&
           (row->options.view_only || row->options.filter.terms[0].column.model != NULL);
}

/* Both ends of a pair are view-only, or none. */
static corm_status corm__build_view(corm__relation *relation, corm_error *error)
{
    corm__relation *ends[2] = {relation, relation->inverse};
    if (!corm__row_is_view(relation) && !corm__row_is_view(relation->inverse))
        return CORM_OK;
    for (int i = 0; i < 2; i++) {
        corm__relation *end = ends[i];
        const corm_relationship *row = corm__relation_row(end);
        const char *model = end->source->model->name;
        if (row != NULL && !corm__row_is_view(end))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: its other side %s.%s is view-only: give it .view_only = "
                                   "true too, or write NONE there",
                                   model, end->name, end->target->model->name, end->inverse->name);
        const unsigned usual = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_MERGE;
        if (end->passive_deletes || (end->cascade & ~usual) != 0)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s is view-only and takes no part in adding and deleting: "
                                   "leave .cascade and .passive_deletes out",
                                   model, end->name);
        if (end->lazy == CORM_LAZY_WRITE_ONLY)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s is view-only and has nothing to write: choose another "
                                   ".lazy; corm_related_to queries it",
                                   model, end->name);
        end->view_only = true;
        end->cascade = 0;
    }
    return CORM_OK;
}

/* ---- The join -------------------------------------------------------------------------------- */

static const corm_join_pairs *corm__row_join(const corm__relation *end)
{
    const corm_relationship *row = corm__relation_row(end);
    return row != NULL && row->options.join.pairs[0].from.model != NULL ? &row->options.join : NULL;
}

/* The end that gives the join; NULL: the foreign key joins. */
static corm__relation *corm__join_giver(corm__relation *relation)
{
    return corm__row_join(relation) != NULL            ? relation
           : corm__row_join(relation->inverse) != NULL ? relation->inverse
                                                       : NULL;
}

static corm_status corm__vet_join(const corm__relation *giver, corm_error *error)
{
    const char *model = giver->source->model->name;
    if (giver->kind == CORM_MANY_TO_MANY)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .join is not for MANY_TO_MANY, which is joined by "
                               ".secondary: leave it out",
                               model, giver->name);
    if (corm__row_join(giver->inverse) != NULL)
        return corm__error_set(
            error, CORM_MODEL, "%s.%s and its other side %s.%s both have .join: once is enough",
            model, giver->name, giver->target->model->name, giver->inverse->name);
    for (int i = 0; i < 2; i++) {
        const corm_relationship *row = corm__relation_row(i == 0 ? giver : giver->inverse);
        if (row != NULL && row->options.foreign_key.model != NULL)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .join and .foreign_key both say how it is joined: leave "
                                   "one out",
                                   model, giver->name);
    }
    return CORM_OK;
}

/* The two columns of a pair, found in the models that they must be of. */
static corm_status corm__join_columns(const corm__relation *giver, const corm__relation *holder,
                                      const corm_join_pair *pair, const corm__column **from,
                                      const corm__column **to, corm_error *error)
{
    const char *model = giver->source->model->name;
    const corm__mapper *source = holder->source, *target = holder->target;
    *from =
        pair->from.model == source->model ? corm__column_named(source, pair->from.column) : NULL;
    *to = pair->to.model == target->model ? corm__column_named(target, pair->to.column) : NULL;
    if (*from == NULL || *to == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .join = corm_join(%s, %s, %s, %s): the first column is one "
                               "of %s, whose rows refer, and the second one of %s",
                               model, giver->name, pair->from.model->name, pair->from.column,
                               pair->to.model->name, pair->to.column, source->model->name,
                               target->model->name);
    if (!corm__kind_same((*from)->info, (*to)->info))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .join: %s.%s and %s.%s are of different kinds: make them "
                               "the same",
                               model, giver->name, source->model->name, (*from)->name,
                               target->model->name, (*to)->name);
    return CORM_OK;
}

/* The pairs become the key of both ends. Rows that are referred to without a foreign key are written
 * first as well. */
static corm_status corm__build_join(corm__relation *giver, corm_error *error)
{
    const corm_join_pairs *join = corm__row_join(giver);
    corm__relation *holder = giver->kind == CORM_ONE_TO_MANY ? giver->inverse : giver;
    corm_status status = corm__vet_join(giver, error);
    if (giver->kind == CORM_ONE_TO_ONE && join->pairs[0].from.model != giver->source->model)
        holder = giver->inverse;
    for (size_t i = 0; i < CORM__JOIN_PAIRS && status == CORM_OK; i++) {
        const corm__column *from, *to;
        if (join->pairs[i].from.model == NULL)
            break;
        status = corm__join_columns(giver, holder, &join->pairs[i], &from, &to, error);
        if (status != CORM_OK)
            return status;
        holder->local[holder->key_count] = from->index;
        holder->remote[holder->key_count++] = to->index;
        if (!holder->view_only && from->reference == NULL)
            holder->source->columns[from->index].follows = holder->target;
    }
    corm__relation *other = holder->inverse;
    holder->holds_key = true;
    other->key_count = holder->key_count;
    memcpy(other->local, holder->remote, sizeof other->local);
    memcpy(other->remote, holder->local, sizeof other->remote);
    return status;
}

/* ---- The filter ------------------------------------------------------------------------------ */

/* The constant as the table holds it; its text is in the registry's memory. */
static corm_status corm__filter_value(const corm__relation *relation, const corm__column *column,
                                      const corm_constant *constant, corm_value *out,
                                      corm_error *error)
{
    char why[256];
    corm_column info = *column->info;
    corm__column copy = *column;
    info.options.default_value = *constant;
    copy.info = &info;
    *out = corm_value_null();
    if (constant->type == CORM__CONSTANT_NONE)
        return CORM_OK;
    void *object = corm__registry_take(relation->source->registry, 1, column->owner->size, error);
    char *scratch =
        (char *)corm__registry_take(relation->source->registry, 1, CORM__SCRATCH, error);
    if (object == NULL || scratch == NULL)
        return CORM_OUT_OF_MEMORY;
    if (column->kind == CORM_KIND_CUSTOM || !corm__default_check(&info, why, sizeof why))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .filter: %s.%s cannot be compared with that constant",
                               relation->source->model->name, relation->name,
                               column->owner->model->name, column->name);
    corm__default_fill(&copy, object);
    *out = corm__member_value(&copy, object, scratch);
    return CORM_OK;
}

static corm_status corm__build_filter(corm__relation *relation, corm_error *error)
{
    const corm_relationship *row = corm__relation_row(relation);
    const char *model = relation->source->model->name;
    for (size_t i = 0; row != NULL && i < CORM__FILTER_TERMS; i++) {
        const corm_filter_term *term = &row->options.filter.terms[i];
        corm__filter *filter = &relation->filters[relation->filter_count];
        if (term->column.model == NULL)
            break;
        const corm__column *column = term->column.model == relation->target->model
                                         ? corm__column_named(relation->target, term->column.column)
                                         : NULL;
        if (column == NULL)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .filter names %s.%s: it must be a column of %s", model,
                                   relation->name, term->column.model->name, term->column.column,
                                   relation->target->model->name);
        const bool null = term->value.type == CORM__CONSTANT_NONE;
        if (term->operator_ > CORM__LIKE || (null && term->operator_ > CORM__NE) ||
            (term->operator_ == CORM__LIKE && column->kind != CORM_KIND_TEXT))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .filter: %s.%s is compared by EQ, NE, LT, LE, GT or GE, "
                                   "a TEXT by LIKE too, with NULL by EQ or NE",
                                   model, relation->name, relation->target->model->name,
                                   column->name);
        const corm_status status =
            corm__filter_value(relation, column, &term->value, &filter->value, error);
        if (status != CORM_OK)
            return status;
        filter->column = column->index;
        filter->operator_ = (uint8_t)(!null                         ? term->operator_
                                      : term->operator_ == CORM__EQ ? CORM__IS_NULL
                                                                    : CORM__IS_NOT_NULL);
        relation->filter_count++;
        relation->filter_values = (uint16_t)(relation->filter_values + !null);
    }
    return CORM_OK;
}

/* What both ends' rows say of view-only and filters. */
static corm_status corm__build_views(corm__relation *relation, corm_error *error)
{
    corm_status status = corm__build_view(relation, error);
    if (status == CORM_OK)
        status = corm__build_filter(relation, error);
    return status == CORM_OK ? corm__build_filter(relation->inverse, error) : status;
}

#endif /* CORM__ROOM_JOINING_C */

/* ---- src/registry.c -------------------------------------------------------------------------- */

/* registry.c: a schema as the implementation sees it, built once per engine and checked.
 *
 * Owns: the keys and association tables that join the two ends of a relationship, what is said
 * about those that are declared wrongly, and the building of the whole. Nothing changes
 * afterwards, so that threads share a registry.
 * Must not know: objects, sessions, SQL text, which database it is. */
#ifndef CORM__ROOM_REGISTRY_C
#define CORM__ROOM_REGISTRY_C

#ifdef CORM_LINES
#line 11 "src/registry.c"
#endif
#include <string.h>

/* ---- The keys -------------------------------------------------------------------------------- */

static size_t corm__reference_count(const corm__mapper *holder, const corm__mapper *target)
{
    size_t count = 0;
    for (size_t i = 0; i < holder->column_count; i++)
        if (holder->columns[i].reference == target)
            count++;
    if (count > 0 && corm__refers_as_one(holder, target))
        count = 1;
    return count;
}

/* The option .foreign_key of the row behind this end; NULL: not given. */
static const corm_reference *corm__row_foreign_key(const corm__relation *end)
{
    const corm_relationship *row = corm__relation_row(end);
    return row != NULL && row->options.foreign_key.model != NULL ? &row->options.foreign_key : NULL;
}

static corm_status corm__vet_no_key(const corm__relation *relation, const corm__mapper *holder,
                                    const corm__mapper *target, corm_error *error)
{
    return corm__error_set(error, CORM_MODEL,
                           "%s.%s: no column of %s refers to %s: give one .references = "
                           "corm_ref(%s, %s)",
                           relation->source->model->name, relation->name, holder->model->name,
                           target->model->name, target->model->name,
                           target->columns[target->pk[0]].info->name);
}

/* Of a ONE_TO_ONE: which end's rows hold the key. */
static corm_status corm__build_holder(corm__relation *relation, const corm_reference *choice,
                                      corm__relation **out, corm_error *error)
{
    corm__relation *other = relation->inverse;
    const corm__mapper *source = relation->source, *target = relation->target;
    const size_t here = corm__reference_count(source, target);
    const size_t there = corm__reference_count(target, source);
    *out = relation;
    if (source == target) {
        /* Both ends stand in the same table. Of two rows, the one that gives .foreign_key holds
         * it. */
        if (corm__relation_row(other) == NULL)
            return CORM_OK;
        if ((corm__row_foreign_key(relation) == NULL) == (corm__row_foreign_key(other) == NULL))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s and %s.%s: give .foreign_key to one of them, the one "
                                   "whose object the column refers to",
                                   source->model->name, relation->name, source->model->name,
                                   other->name);
        if (corm__row_foreign_key(relation) == NULL)
            *out = other;
        return CORM_OK;
    }
    if (choice != NULL) {
        if (choice->model == target->model)
            *out = other;
        return CORM_OK;
    }
    if (here > 0 && there > 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s refers to %s and the other way round: choose the column "
                               "with .foreign_key = corm_ref(Model, column)",
                               source->model->name, relation->name, source->model->name,
                               target->model->name);
    if (here == 0 && there == 0)
        return corm__vet_no_key(relation, target, source, error);
    if (there > 0)
        *out = other;
    return CORM_OK;
}

/* The columns of `holder` that make the key: all that refer to the target where they are one
 * key, the chosen one, or the only one. `relation` is the row to speak of. */
static corm_status corm__build_key_columns(const corm__relation *relation, corm__relation *holder,
                                           const corm_reference *choice, corm_error *error)
{
    const corm__mapper *source = holder->source, *target = holder->target;
    const char *model = relation->source->model->name, *holding = source->model->name;
    const corm__column *chosen = NULL;
    if (choice != NULL) {
        chosen =
            choice->model == source->model ? corm__column_of_member(source, choice->column) : NULL;
        if (chosen == NULL || chosen->reference != target)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .foreign_key = corm_ref(%s, %s) is no column of %s that "
                                   "refers to %s",
                                   model, relation->name, choice->model->name, choice->column,
                                   holding, target->model->name);
    }
    const bool as_one = corm__refers_as_one(source, target);
    const corm__column *found = NULL;
    for (size_t i = 0; i < source->column_count; i++) {
        const corm__column *column = &source->columns[i];
        if (column->reference != target || (chosen != NULL && chosen != column && !as_one))
            continue;
        if (found != NULL && !as_one)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: %s.%s and %s.%s both refer to %s: choose one with "
                                   ".foreign_key = corm_ref(%s, %s)",
                                   model, relation->name, holding, found->info->name, holding,
                                   column->info->name, target->model->name, holding,
                                   found->info->name);
        found = column;
        holder->local[holder->key_count] = column->index;
        holder->remote[holder->key_count++] = column->reference_column;
    }
    return found != NULL ? CORM_OK : corm__vet_no_key(relation, source, target, error);
}

/* Of two rows that name each other either may carry the choice; NULL: neither does. */
static corm_status corm__build_choice(const corm__relation *relation, const corm_reference **out,
                                      corm_error *error)
{
    const corm_reference *here = corm__row_foreign_key(relation);
    const corm_reference *there = corm__row_foreign_key(relation->inverse);
    *out = here != NULL ? here : there;
    if (here == NULL || there == NULL)
        return CORM_OK;
    if (here->model != there->model || strcmp(here->column, there->column) != 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s and its other side %s.%s name different columns with "
                               ".foreign_key: once is enough",
                               relation->source->model->name, relation->name,
                               relation->target->model->name, relation->inverse->name);
    return CORM_OK;
}

static corm_status corm__build_key(corm__relation *relation, corm_error *error)
{
    const corm_reference *choice = NULL;
    corm__relation *holder = relation->kind == CORM_MANY_TO_ONE ? relation : relation->inverse;
    corm__relation *giver = corm__join_giver(relation);
    if (giver != NULL)
        return corm__build_join(giver, error);
    corm_status status = corm__build_choice(relation, &choice, error);
    if (status == CORM_OK && relation->kind == CORM_ONE_TO_ONE)
        status = corm__build_holder(relation, choice, &holder, error);
    if (status == CORM_OK)
        status = corm__build_key_columns(relation, holder, choice, error);
    if (status != CORM_OK)
        return status;
    corm__relation *other = holder->inverse;
    holder->holds_key = true;
    other->key_count = holder->key_count;
    memcpy(other->local, holder->remote, sizeof other->local);
    memcpy(other->remote, holder->local, sizeof other->remote);
    return CORM_OK;
}

/* ---- Association tables ---------------------------------------------------------------------- */

static corm_status corm__vet_secondary(const corm__relation *relation, corm_error *error)
{
    const corm_secondary_table *table = &corm__relation_row(relation)->options.secondary;
    const corm__relation *other = relation->inverse;
    const char *model = relation->source->model->name, *name = relation->name;
    if (!corm__is_named(table->table) || !corm__is_named(table->local) ||
        !corm__is_named(table->remote))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: MANY_TO_MANY needs an association table: add .secondary = "
                               "corm_secondary(\"table\", \"column for %s\", \"column for %s\")",
                               model, name, model, relation->target->model->name);
    if (corm__same_identifier(table->local, table->remote))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .secondary names column %s twice: each side has its own",
                               model, name, table->local);
    for (int i = 0; i < 2; i++) {
        const corm__mapper *end = i == 0 ? relation->source : relation->target;
        if (end->pk_count != 1)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: MANY_TO_MANY needs a primary key of one column on both "
                                   "sides, and %s has %d: give %s a key of its own, or write a "
                                   "model for the table between",
                                   model, name, end->model->name, (int)end->pk_count,
                                   end->model->name);
        if (corm__same_identifier(end->model->table, table->table))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .secondary names table %s, which is the table of %s",
                                   model, name, table->table, end->model->name);
    }
    const corm_relationship *back = corm__relation_row(other);
    if (back == NULL)
        return CORM_OK;
    const corm_secondary_table *mirror = &back->options.secondary;
    if (mirror->table == NULL || !corm__same_identifier(mirror->table, table->table) ||
        mirror->local == NULL || !corm__same_identifier(mirror->local, table->remote) ||
        mirror->remote == NULL || !corm__same_identifier(mirror->remote, table->local))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s is the other side of %s.%s: it needs the same table with the "
                               "columns exchanged, .secondary = corm_secondary(\"%s\", \"%s\", "
                               "\"%s\")",
                               other->source->model->name, other->name, model, name, table->table,
                               table->remote, table->local);
    return CORM_OK;
}

/* Where a model stands for the table, a link is a row of the model: its two columns must be there, and
 * nothing else must need a value. */
static corm_status corm__vet_mapped_association(const corm__association *association,
                                                corm_error *error)
{
    const corm__relation *relation = association->sides[0];
    const corm__mapper *mapper = association->mapper;
    const char *model = relation->source->model->name, *name = relation->name;
    const corm__column *ends[2] = {NULL, NULL};
    for (size_t side = 0; side < 2; side++) {
        const corm__mapper *source = association->sides[side]->source;
        const corm__column *key = &source->columns[source->pk[0]];
        const corm__column *column = corm__column_named(mapper, association->columns[side][0]);
        if (column == NULL || !corm__kind_same(column->info, key->info))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: association table %s is the table of model %s, which "
                                   "has no column %s of kind %s",
                                   model, name, association->table, mapper->model->name,
                                   association->columns[side][0], corm__kind_names[key->kind]);
        if (column->reference != source || column->reference_column != key->index)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: association table %s is the table of model %s, whose "
                                   "column %s does not refer to %s: give it .references = "
                                   "corm_ref(%s, %s)",
                                   model, name, association->table, mapper->model->name,
                                   column->name, source->model->name, source->model->name,
                                   key->info->name);
        ends[side] = column;
    }
    for (size_t i = 0; i < mapper->column_count && !relation->view_only; i++) {
        const corm__column *column = &mapper->columns[i];
        if (column != ends[0] && column != ends[1] && !column->optional &&
            column->info->options.server_default == NULL &&
            column->info->options.generated == NULL &&
            !(column->primary_key && mapper->integer_key))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: association table %s is the table of model %s, whose "
                                   "column %s must have a value, which a link has not: make it "
                                   "OPTIONAL, or take a ONE_TO_MANY to %s instead",
                                   model, name, association->table, mapper->model->name,
                                   column->name, mapper->model->name);
    }
    return CORM_OK;
}

/* A table belongs to one pair of relationships. */
static corm_status corm__vet_association(const corm__registry *registry,
                                         const corm__association *association, corm_error *error)
{
    const corm__relation *relation = association->sides[0];
    const char *model = relation->source->model->name, *name = relation->name;
    for (size_t i = 0; i < registry->association_count && !relation->view_only; i++) {
        const corm__association *other = registry->associations[i];
        if (corm__same_identifier(other->table, association->table))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s and %s.%s both use association table %s: if they are the "
                                   "two sides of one relationship, name each other, else give each "
                                   "its own table",
                                   other->sides[0]->source->model->name, other->sides[0]->name,
                                   model, name, association->table);
    }
    return association->mapper == NULL ? CORM_OK : corm__vet_mapped_association(association, error);
}

static corm_status corm__build_association(corm__registry *registry, corm__relation *relation,
                                           corm_error *error)
{
    corm__relation *giver = corm__join_giver(relation);
    corm_status status = corm__vet_secondary(relation, error);
    if (status == CORM_OK && giver != NULL)
        status = corm__vet_join(giver, error);
    if (status != CORM_OK)
        return status;
    const corm_secondary_table *table = &corm__relation_row(relation)->options.secondary;
    corm__association *association =
        (corm__association *)corm__registry_take(registry, 1, sizeof *association, error);
    if (association == NULL)
        return CORM_OUT_OF_MEMORY;
    association->table = table->table;
    association->mapper = corm__mapper_of_table(registry, table->table);
    association->sides[0] = relation;
    association->sides[1] = relation->inverse;
    association->columns[0][0] = table->local;
    association->columns[1][0] = table->remote;
    for (unsigned side = 0; side < 2; side++) {
        corm__relation *end = association->sides[side];
        association->counts[side] = 1;
        end->association = association;
        end->side = side;
        end->key_count = 1;
        end->local[0] = end->source->pk[0];
        end->remote[0] = end->target->pk[0];
    }
    status = corm__vet_association(registry, association, error);
    if (status == CORM_OK && !relation->view_only)
        registry->associations[registry->association_count++] = association;
    return status;
}

/* ---- What needs the keys --------------------------------------------------------------------- */

static bool corm__key_has_action(const corm__relation *relation)
{
    for (size_t i = 0; i < relation->key_count; i++) {
        const corm__column *column = &relation->target->columns[relation->remote[i]];
        if (column->info->options.on_delete == CORM_ACTION_DEFAULT)
            return false;
    }
    return true;
}

/* A view-only many-to-many makes no table: a model or another relationship has it. */
static corm_status corm__vet_viewed_table(const corm__relation *relation, corm_error *error)
{
    const corm__registry *registry = relation->source->registry;
    const char *table = relation->association->table;
    for (size_t i = 0; i < registry->association_count; i++)
        if (corm__same_identifier(registry->associations[i]->table, table))
            return CORM_OK;
    if (corm__mapper_of_table(registry, table) != NULL)
        return CORM_OK;
    return corm__error_set(error, CORM_MODEL,
                           "%s.%s is view-only, and nothing else makes its table %s: declare a "
                           "model for it, or another relationship through it",
                           relation->source->model->name, relation->name, table);
}

static corm_status corm__vet_end(const corm__relation *relation, corm_error *error)
{
    const char *model = relation->source->model->name, *name = relation->name;
    const corm__relation *other = relation->inverse;
    if ((relation->cascade & CORM_CASCADE_DELETE_ORPHAN) != 0) {
        if (relation->association != NULL)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: CORM_CASCADE_DELETE_ORPHAN is not for MANY_TO_MANY, "
                                   "where another %s may still have the object: leave it out",
                                   model, name, model);
        if (relation->holds_key)
            return corm__error_set(
                error, CORM_MODEL,
                "%s.%s: CORM_CASCADE_DELETE_ORPHAN belongs to the parent's side: "
                "give it to %s.%s",
                model, name, other->source->model->name, other->name);
    }
    if (relation->view_only && relation->association != NULL)
        return corm__vet_viewed_table(relation, error);
    if (!relation->passive_deletes || relation->association != NULL)
        return CORM_OK;
    if (relation->holds_key)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .passive_deletes belongs to the parent's side: give it to "
                               "%s.%s",
                               model, name, other->source->model->name, other->name);
    if (!corm__key_has_action(relation))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .passive_deletes leaves the rows to the database, but %s.%s "
                               "does not say what happens: give it .on_delete",
                               model, name, relation->target->model->name,
                               relation->target->columns[relation->remote[0]].info->name);
    return CORM_OK;
}

static corm_status corm__build_keys(corm__registry *registry, corm_error *error)
{
    size_t rows = 0;
    for (size_t m = 0; m < registry->count; m++)
        rows += registry->mappers[m].model->relationship_count;
    registry->associations = (corm__association **)corm__registry_take(
        registry, rows, sizeof(corm__association *), error);
    if (registry->associations == NULL)
        return CORM_OUT_OF_MEMORY;
    corm_status status = CORM_OK;
    for (size_t m = 0; m < registry->count; m++) {
        const corm__mapper *mapper = &registry->mappers[m];
        for (size_t i = 0; status == CORM_OK && i < mapper->model->relationship_count; i++) {
            corm__relation *relation = mapper->relations[i];
            if (relation->key_count > 0)
                continue; /* came with its other side */
            status = corm__build_views(relation, error);
            if (status != CORM_OK)
                break;
            status = relation->kind == CORM_MANY_TO_MANY
                         ? corm__build_association(registry, relation, error)
                         : corm__build_key(relation, error);
        }
    }
    for (size_t m = 0; m < registry->count; m++) {
        const corm__mapper *mapper = &registry->mappers[m];
        for (size_t i = 0; status == CORM_OK && i < mapper->relation_count; i++)
            status = corm__vet_end(mapper->relations[i], error);
    }
    return status;
}

/* ---- Hooks ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset; /* in corm_hooks */
} corm__hook_list[] = {
#define CORM__HOOK_ENTRY(name_) {#name_, offsetof(corm_hooks, name_)},
    CORM__HOOK_LIST(CORM__HOOK_ENTRY)
#undef CORM__HOOK_ENTRY
};

/* Which hooks there are, in any struct of the chain. */
static uint16_t corm__hooks_in(const corm_hooks *hooks)
{
    unsigned found = 0;
    for (; hooks != NULL; hooks = hooks->next) {
        for (unsigned i = 0; i < CORM__HOOK_COUNT; i++) {
            corm_session_notice function; /* as good as any other */
            memcpy(&function, (const char *)hooks + corm__hook_list[i].offset, sizeof function);
            found |= (unsigned)(function != NULL) << i;
        }
    }
    return (uint16_t)found;
}

static corm_status corm__build_hooks(corm__registry *registry, corm_error *error)
{
    for (size_t m = 0; m < registry->count; m++) {
        corm__mapper *mapper = &registry->mappers[m];
        mapper->hooks = corm__hooks_in(mapper->model->options.hooks);
        registry->hooks |= mapper->hooks;
        for (unsigned i = CORM__HOOK_before_flush; i < CORM__HOOK_COUNT; i++)
            if (mapper->hooks >> i & 1)
                return corm__error_set(error, CORM_MODEL,
                                       "%s: .hooks has %s, which is of a session and not of a "
                                       "model: give it to corm_session_set_hooks",
                                       mapper->model->name, corm__hook_list[i].name);
    }
    return CORM_OK;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void corm__registry_free(corm__registry *registry)
{
    if (registry == NULL)
        return;
    corm__arena arena = registry->arena; /* the registry itself lies in it */
    corm__arena_free(&arena);
}

static corm__registry *corm__registry_build(const corm_schema *schema, corm_error *error)
{
    static corm_status (*const steps[])(corm__registry *, corm_error *) = {
        corm__build_mappers, corm__build_references, corm__build_constraints, corm__build_relations,
        corm__build_keys,    corm__build_order,      corm__build_hooks};
    if (schema == NULL) {
        (void)corm__error_set(error, CORM_NULL_ARGUMENT, "the schema is NULL");
        return NULL;
    }
    corm__arena arena = {0};
    corm__registry_map *map = (corm__registry_map *)corm__arena_allocate(&arena, sizeof *map);
    if (map == NULL) {
        (void)corm__error_set(error, CORM_OUT_OF_MEMORY, "out of memory while reading schema %s",
                              schema->name);
        return NULL;
    }
    memset(map, 0, sizeof *map);
    map->registry.schema = schema;
    map->registry.arena = arena;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i](&map->registry, error) != CORM_OK) {
            corm__registry_free(&map->registry);
            return NULL;
        }
    }
    return &map->registry;
}

#endif /* CORM__ROOM_REGISTRY_C */

/* ---- src/query.c ----------------------------------------------------------------------------- */

/* query.c: conditions, orderings and loadings as values.
 *
 * Owns: making and joining them, reading a node's operand as a value, checking a query against the
 * model it asks for.
 * Must not know: SQL text, sessions, rows. */
#ifndef CORM__ROOM_QUERY_C
#define CORM__ROOM_QUERY_C

#ifdef CORM_LINES
#line 12 "src/query.c"
#endif
_Static_assert(CORM_CONDITION_NODES >= 2 && CORM_CONDITION_NODES < UINT16_MAX,
               "corm: CORM_CONDITION_NODES must be between 2 and 65534");

/* ---- Comparisons ----------------------------------------------------------------------------- */

/* One node without an operand. The rest of the array is zero: a condition is copied as a whole. */
static corm_condition corm__condition_of(corm_column_ref column, int operator_, corm_kind kind)
{
    corm_condition condition = {.count = 1};
    corm__node *node = &condition.nodes[0];
    node->operator_ = (uint8_t)operator_;
    node->kind = (uint8_t)kind;
    /* An index that does not fit is no column of any model: corm__query_check refuses it. */
    node->column = column.index > UINT16_MAX ? UINT16_MAX : (uint16_t)column.index;
    node->model = column.model;
    return condition;
}

CORM_API corm_condition corm_condition_integer(corm_column_ref column, int operator_, int64_t value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_INTEGER);
    condition.nodes[0].as.integer = value;
    return condition;
}

CORM_API corm_condition corm_condition_real(corm_column_ref column, int operator_, double value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_REAL);
    condition.nodes[0].as.real = value;
    return condition;
}

CORM_API corm_condition corm_condition_boolean(corm_column_ref column, int operator_, bool value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_BOOLEAN);
    condition.nodes[0].as.integer = value;
    return condition;
}

CORM_API corm_condition corm_condition_text(corm_column_ref column, int operator_,
                                            const char *value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_TEXT);
    condition.nodes[0].as.bytes = value;
    return condition;
}

/* The bytes are borrowed, the corm_blob is not: its size goes into the node. No database stores 4
 * GiB in one value, so that the largest number can mean "too many". */
CORM_API corm_condition corm_condition_blob(corm_column_ref column, int operator_, corm_blob value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_BLOB);
    condition.nodes[0].as.bytes = value.data;
    condition.nodes[0].size = value.size < UINT32_MAX ? (uint32_t)value.size : UINT32_MAX;
    return condition;
}

CORM_API corm_condition corm_condition_date(corm_column_ref column, int operator_, corm_date value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_DATE);
    condition.nodes[0].as.date = value;
    return condition;
}

CORM_API corm_condition corm_condition_datetime(corm_column_ref column, int operator_,
                                                corm_datetime value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_DATETIME);
    corm__node *node = &condition.nodes[0];
    node->size = value.microsecond;
    node->as.moment.year = value.year;
    node->as.moment.month = value.month;
    node->as.moment.day = value.day;
    node->as.moment.hour = value.hour;
    node->as.moment.minute = value.minute;
    node->as.moment.second = value.second;
    return condition;
}

CORM_API corm_condition corm_condition_time(corm_column_ref column, int operator_, corm_time value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_TIME);
    condition.nodes[0].as.time = value;
    return condition;
}

CORM_API corm_condition corm_condition_decimal(corm_column_ref column, int operator_,
                                               corm_decimal value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_DECIMAL);
    condition.nodes[0].as.integer = value.units;
    condition.nodes[0].size = value.scale;
    return condition;
}

CORM_API corm_condition corm_condition_whole(corm_column_ref column, int operator_, int64_t value)
{
    return corm_condition_decimal(column, operator_, corm_decimal_from_integer(value));
}

CORM_API corm_condition corm_condition_uuid(corm_column_ref column, int operator_, corm_uuid value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_UUID);
    condition.nodes[0].as.uuid = value;
    return condition;
}

CORM_API corm_condition corm_condition_json(corm_column_ref column, int operator_,
                                            const char *value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_JSON);
    condition.nodes[0].as.bytes = value;
    return condition;
}

CORM_API corm_condition corm_condition_enum(corm_column_ref column, int operator_, int64_t value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_ENUM);
    condition.nodes[0].as.integer = value;
    return condition;
}

CORM_API corm_condition corm_condition_custom(corm_column_ref column, int operator_,
                                              corm_custom_value value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_CUSTOM);
    condition.nodes[0].as.custom = value;
    return condition;
}

/* As many elements as an array can have at most: a longer list is refused when the query runs. */
CORM_API corm_condition corm_condition_list(corm_column_ref column, corm_kind kind,
                                            const void *items, size_t count)
{
    corm_condition condition = corm__condition_of(column, CORM__IN, kind);
    condition.nodes[0].as.bytes = items;
    condition.nodes[0].size = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
    return condition;
}

CORM_API corm_condition corm_condition_null(corm_column_ref column, bool is_null)
{
    return corm__condition_of(column, is_null ? CORM__IS_NULL : CORM__IS_NOT_NULL,
                              CORM_KIND_INTEGER);
}

CORM_API corm_condition corm_condition_between(corm_condition low, corm_condition high)
{
    if (low.count != 1 || high.count != 1) {
        /* Not from corm_between: the same in two comparisons. */
        const corm_condition both[] = {low, high};
        return corm_condition_join(CORM__AND, both, 2);
    }
    low.nodes[0].operator_ = CORM__BETWEEN;
    low.nodes[1] = high.nodes[0];
    low.nodes[1].operator_ = CORM__OPERAND;
    low.count = 2;
    return low;
}

/* ---- Joining --------------------------------------------------------------------------------- */

/* What a join would need, and whether any part did not fit already. */
typedef struct corm__joined {
    size_t present;             /* parts that say anything */
    size_t nodes;               /* of all of them */
    const corm_condition *last; /* one of them */
    bool overflown;
} corm__joined;

static corm__joined corm__join_measure(const corm_condition *parts, size_t count)
{
    corm__joined sum = {0, 0, NULL, false};
    for (size_t i = 0; i < count; i++) {
        const corm_condition *part = &parts[i];
        bool overflown = part->wanted > part->count || part->count > CORM_CONDITION_NODES;
        if (part->count == 0 && !overflown)
            continue;
        size_t wanted = part->wanted > part->count ? part->wanted : part->count;
        sum.present++;
        sum.nodes += wanted;
        sum.last = part;
        sum.overflown = sum.overflown || overflown;
    }
    return sum;
}

static void corm__join_node(corm_condition *condition, int operator_, size_t below)
{
    corm__node *node = &condition->nodes[condition->count++];
    node->operator_ = (uint8_t)operator_;
    node->size = (uint32_t)below;
}

CORM_API corm_condition corm_condition_join(int operator_, const corm_condition *parts,
                                            size_t count)
{
    corm_condition joined = {0};
    corm__joined sum = corm__join_measure(parts, count);
    bool not_ = operator_ == CORM__NOT;
    if (sum.present == 0)
        return joined;
    if (sum.present == 1 && !not_)
        return *sum.last;
    bool none_of = not_ && sum.present > 1;
    size_t wanted = sum.nodes + 1 + none_of;
    if (sum.overflown || wanted > CORM_CONDITION_NODES) {
        /* Nothing of it can be trusted: a part that is left out would find other rows. */
        joined.wanted = (uint16_t)(wanted < UINT16_MAX ? wanted : UINT16_MAX);
        return joined;
    }
    corm__join_node(&joined, operator_, sum.nodes + none_of);
    if (none_of)
        corm__join_node(&joined, CORM__OR, sum.nodes);
    for (size_t i = 0; i < count; i++) {
        memcpy(joined.nodes + joined.count, parts[i].nodes, parts[i].count * sizeof(corm__node));
        joined.count = (uint16_t)(joined.count + parts[i].count);
    }
    return joined;
}

CORM_API corm_ordering corm_ordering_by(corm_column_ref column, bool descending)
{
    corm_ordering ordering = {.count = 1};
    ordering.terms[0].column = column;
    ordering.terms[0].descending = descending;
    return ordering;
}

/* A count above CORM__ORDER_TERMS says how many there would be; corm__query_check refuses it. */
CORM_API corm_ordering corm_ordering_join(const corm_ordering *parts, size_t count)
{
    corm_ordering joined = {0};
    for (size_t i = 0; i < count; i++) {
        for (size_t term = 0; term < parts[i].count; term++, joined.count++) {
            if (joined.count < CORM__ORDER_TERMS && term < CORM__ORDER_TERMS)
                joined.terms[joined.count] = parts[i].terms[term];
        }
    }
    return joined;
}

/* The same for CORM__LOAD_TERMS. */
CORM_API corm_loading corm_loading_of(const corm_relationship_ref *relationships, size_t count,
                                      corm_lazy how)
{
    corm_loading loading = {.count = count};
    for (size_t i = 0; i < count && i < CORM__LOAD_TERMS; i++) {
        loading.relationships[i] = relationships[i];
        loading.how[i] = how;
    }
    return loading;
}

CORM_API corm_loading corm_loading_join(const corm_loading *parts, size_t count)
{
    corm_loading joined = {0};
    for (size_t i = 0; i < count; i++) {
        for (size_t term = 0; term < parts[i].count; term++, joined.count++) {
            if (joined.count >= CORM__LOAD_TERMS || term >= CORM__LOAD_TERMS)
                continue;
            joined.relationships[joined.count] = parts[i].relationships[term];
            joined.how[joined.count] = parts[i].how[term];
        }
    }
    return joined;
}

/* ---- Operands -------------------------------------------------------------------------------- */

/* What the kinds that know their column make of an operand. */
static bool corm__decimal_operand(const corm_column *info, corm_decimal decimal, corm_value *out,
                                  char *why, size_t size)
{
    int64_t units;
    if (!corm__decimal_fit(decimal, info->precision, info->scale, &units, why, size))
        return false;
    *out = corm_value_integer(units);
    return true;
}

static bool corm__enum_operand(const corm_column *info, int64_t value, corm_value *out, char *why,
                               size_t size)
{
    *out = corm__enum_value(info->enumeration, value);
    return corm__enum_check(info->enumeration, value, why, size);
}

static bool corm__custom_operand(const corm_column *info, corm_custom_value value,
                                 corm__arena *arena, corm_value *out, char *why, size_t size)
{
    bool memory;
    /* By name: each .c file has a descriptor of its own. */
    if (value.kind == NULL || value.value == NULL ||
        strcmp(value.kind->name, info->custom->name) != 0) {
        (void)snprintf(why, size, "a value of kind %s is compared with one of kind %s",
                       info->custom->name, value.kind == NULL ? "(none)" : value.kind->name);
        return false;
    }
    return corm__custom_value(info->custom, value.value, arena, out, &memory, why, size);
}

/* The operand of a node as a value; texts and blobs are borrowed, dates formatted into `scratch`,
 * what a conversion makes is in the arena. NULL text and blobs give NULL. false with `why`: a value
 * that the column could not hold. */
static bool corm__node_value(const corm__column *column, const corm__node *node,
                             char scratch[CORM__SCRATCH], corm__arena *arena, corm_value *out,
                             char *why, size_t size)
{
    const corm_column *info = column->info;
    corm_datetime moment;
    switch (node->kind) {
    case CORM_KIND_INTEGER:
    case CORM_KIND_BOOLEAN: *out = corm_value_integer(node->as.integer); return true;
    case CORM_KIND_REAL:
        *out = corm_value_real(node->as.real);
        return corm__real_check(node->as.real, why, size);
    case CORM_KIND_TEXT: *out = corm_value_text(node->as.bytes); return true;
    case CORM_KIND_BLOB:
        *out = corm_value_blob((corm_blob){node->as.bytes, node->size});
        if (node->size < UINT32_MAX)
            return true;
        (void)snprintf(why, size, "a blob of 4 GiB or more");
        return false;
    case CORM_KIND_DATE:
        *out = corm__date_value(node->as.date, scratch);
        return corm__date_check(node->as.date, why, size);
    case CORM_KIND_DATETIME:
        moment = corm_datetime_of(node->as.moment.year, node->as.moment.month, node->as.moment.day,
                                  node->as.moment.hour, node->as.moment.minute,
                                  node->as.moment.second, 0);
        moment.microsecond = node->size;
        *out = corm__datetime_value(moment, scratch);
        return corm__datetime_check(moment, why, size);
    case CORM_KIND_TIME:
        *out = corm__time_value(node->as.time, scratch);
        return corm__time_check(node->as.time, why, size);
    case CORM_KIND_DECIMAL:
        return corm__decimal_operand(info, corm_decimal_units(node->as.integer, (int)node->size),
                                     out, why, size);
    case CORM_KIND_UUID: *out = corm__uuid_value(node->as.uuid, scratch); return true;
    case CORM_KIND_JSON:
        *out = corm_value_text(node->as.bytes);
        return corm__json_member_check(node->as.bytes, why, size);
    case CORM_KIND_ENUM: return corm__enum_operand(info, node->as.integer, out, why, size);
    case CORM_KIND_CUSTOM:
        return corm__custom_operand(info, node->as.custom, arena, out, why, size);
    default: break;
    }
    (void)snprintf(why, size, "an operand of no kind");
    return false;
}

/* Element i of an IN list, in the same way. The kinds are those that corm_in accepts. */
static bool corm__list_value(const corm__column *column, const corm__node *node, size_t i,
                             char scratch[CORM__SCRATCH], corm_value *out, char *why, size_t size)
{
    const void *items = node->as.bytes;
    switch (node->kind) {
    case CORM_KIND_INTEGER: *out = corm_value_integer(((const int64_t *)items)[i]); return true;
    case CORM_KIND_REAL:
        *out = corm_value_real(((const double *)items)[i]);
        return corm__real_check(out->as.real, why, size);
    case CORM_KIND_TEXT: *out = corm_value_text(((const char *const *)items)[i]); return true;
    case CORM_KIND_DATE:
        *out = corm__date_value(((const corm_date *)items)[i], scratch);
        return corm__date_check(((const corm_date *)items)[i], why, size);
    case CORM_KIND_DATETIME:
        *out = corm__datetime_value(((const corm_datetime *)items)[i], scratch);
        return corm__datetime_check(((const corm_datetime *)items)[i], why, size);
    case CORM_KIND_TIME:
        *out = corm__time_value(((const corm_time *)items)[i], scratch);
        return corm__time_check(((const corm_time *)items)[i], why, size);
    case CORM_KIND_DECIMAL:
        return corm__decimal_operand(column->info, ((const corm_decimal *)items)[i], out, why,
                                     size);
    case CORM_KIND_UUID:
        *out = corm__uuid_value(((const corm_uuid *)items)[i], scratch);
        return true;
    case CORM_KIND_ENUM:
        return corm__enum_operand(column->info, ((const int *)items)[i], out, why, size);
    default: break;
    }
    (void)snprintf(why, size, "a list of no kind");
    return false;
}

/* ---- Checking a query ------------------------------------------------------------------------ */

/* The column that `model` and `index` name, if it is one of the query's own model; else NULL and an
 * error. */
static const corm__column *corm__query_column(const corm__mapper *mapper, const corm_model *model,
                                              size_t index, const char *place, corm_error *error)
{
    if (model == mapper->model && index < mapper->column_count)
        return &mapper->columns[index];
    if (model == NULL || index >= model->column_count)
        corm__error_set(error, CORM_MISUSE, "%s of a query of %s: a column that no model has",
                        place, mapper->model->name);
    else
        corm__error_set(error, CORM_MISUSE,
                        "%s of a query of %s: %s.%s is a column of another model; use %s_", place,
                        mapper->model->name, model->name, model->columns[index].name,
                        mapper->model->name);
    return NULL;
}

static corm_status corm__operand_misfit(const corm__column *column, const char *why,
                                        corm_error *error)
{
    return corm__error_set(error, CORM_DATA, "%s.%s in a condition: %s",
                           column->owner->model->table, column->name, why);
}

/* The elements; every integer and text is right. */
static corm_status corm__list_check(const corm__column *column, const corm__node *node,
                                    corm_error *error)
{
    char scratch[CORM__SCRATCH], why[256];
    corm_value value;
    if (node->size > 0 && node->as.bytes == NULL)
        return corm__error_set(error, CORM_MISUSE, "%s.%s in a condition: the list is NULL",
                               column->owner->model->table, column->name);
    if (node->kind == CORM_KIND_INTEGER || node->kind == CORM_KIND_TEXT)
        return CORM_OK;
    for (size_t i = 0; i < node->size; i++) {
        if (!corm__list_value(column, node, i, scratch, &value, why, sizeof why))
            return corm__operand_misfit(column, why, error);
    }
    return CORM_OK;
}

static corm_relationship_ref corm__node_relationship(const corm__node *node)
{
    const corm_relationship_ref ref = {node->model, node->column, node->kind != 0};
    return ref;
}

/* A relationship that leads to the query's model, and an object that has it. */
static corm_status corm__related_check(const corm__mapper *mapper, const corm__node *node,
                                       corm_error *error)
{
    const corm__relation *r = corm__relation_of(mapper->registry, corm__node_relationship(node));
    const char *why = node->as.bytes != NULL ? NULL
                      : node->size == CORM__RELATED_TO_NOTHING
                          ? "the object is NULL or none of corm"
                      : node->size == CORM__RELATED_TO_NEW ? "the object has no row: add it first"
                                                           : "the object is of another model";
    if (r == NULL)
        return corm__error_set(error, CORM_MISUSE,
                               "corm_related_to in a query of %s: a relationship that no model of "
                               "this schema has",
                               mapper->model->name);
    if (why != NULL)
        return corm__error_set(error, CORM_MISUSE, "corm_related_to(%s_.%s, ...): %s",
                               r->source->model->name, r->name, why);
    if (r->target == mapper)
        return CORM_OK;
    return corm__error_set(
        error, CORM_MISUSE, "corm_related_to(%s_.%s, ...) finds %s, the query is of %s",
        r->source->model->name, r->name, r->target->model->name, mapper->model->name);
}

/* One comparison; `next` is the node behind it, NULL at the end. */
static corm_status corm__comparison_check(const corm__mapper *mapper, const corm__node *node,
                                          const corm__node *next, corm_error *error)
{
    if (node->operator_ == CORM__RELATED)
        return corm__related_check(mapper, node, error);
    const corm__column *column =
        corm__query_column(mapper, node->model, node->column, "the condition", error);
    char scratch[CORM__SCRATCH], why[256];
    corm_value value;
    if (column == NULL)
        return CORM_MISUSE;
    if (node->operator_ == CORM__IS_NULL || node->operator_ == CORM__IS_NOT_NULL)
        return CORM_OK;
    if (node->kind != column->base ||
        (node->operator_ == CORM__LIKE && node->kind != CORM_KIND_TEXT))
        return corm__error_set(error, CORM_MISUSE, "%s.%s is %s: it cannot be compared with %s",
                               mapper->model->table, column->name, corm__kind_names[column->base],
                               node->operator_ == CORM__LIKE  ? "LIKE"
                               : node->kind < CORM_KIND_COUNT ? corm__kind_names[node->kind]
                                                              : "that");
    if (node->operator_ == CORM__IN)
        return corm__list_check(column, node, error);
    if (node->operator_ == CORM__BETWEEN && (next == NULL || next->operator_ != CORM__OPERAND))
        return corm__error_set(error, CORM_MISUSE, "%s.%s: a range without its upper end",
                               mapper->model->table, column->name);
    corm__arena arena = {0};
    bool fine = corm__node_value(column, node, scratch, &arena, &value, why, sizeof why);
    corm__arena_free(&arena);
    return fine ? CORM_OK : corm__operand_misfit(column, why, error);
}

static corm_status corm__condition_check(const corm__mapper *mapper, const corm_condition *where,
                                         corm_error *error)
{
    if (where->wanted > where->count || where->count > CORM_CONDITION_NODES)
        return corm__error_set(
            error, CORM_MISUSE,
            "the condition has %u parts, at most %u: define CORM_CONDITION_NODES larger",
            (unsigned)(where->wanted > where->count ? where->wanted : where->count),
            (unsigned)CORM_CONDITION_NODES);
    for (size_t i = 0; i < where->count; i++) {
        const corm__node *node = &where->nodes[i];
        size_t behind = where->count - i - 1;
        corm_status status = CORM_OK;
        if (node->operator_ == CORM__AND || node->operator_ == CORM__OR ||
            node->operator_ == CORM__NOT) {
            if (node->size == 0 || node->size > behind)
                status = corm__error_set(error, CORM_MISUSE, "the condition is damaged");
        } else if (node->operator_ > CORM__NOT) {
            status = corm__error_set(error, CORM_MISUSE, "the condition has no such operator");
        } else {
            status = corm__comparison_check(mapper, node, behind > 0 ? node + 1 : NULL, error);
        }
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

static corm_status corm__ordering_check(const corm__mapper *mapper, const corm_ordering *ordering,
                                        corm_error *error)
{
    if (ordering->count > CORM__ORDER_TERMS)
        return corm__error_set(error, CORM_MISUSE, "the ordering has %zu columns, at most %d",
                               ordering->count, CORM__ORDER_TERMS);
    for (size_t i = 0; i < ordering->count; i++) {
        corm_column_ref column = ordering->terms[i].column;
        if (corm__query_column(mapper, column.model, column.index, "the ordering", error) == NULL)
            return CORM_MISUSE;
    }
    return CORM_OK;
}

static corm_status corm__loading_check(const corm__mapper *mapper, const corm_loading *loading,
                                       corm_error *error)
{
    if (loading->count > CORM__LOAD_TERMS)
        return corm__error_set(error, CORM_MISUSE, "%zu relationships to load, at most %d",
                               loading->count, CORM__LOAD_TERMS);
    for (size_t i = 0; i < loading->count; i++) {
        corm_relationship_ref ref = loading->relationships[i];
        const corm__relation *relation = corm__relation_of(mapper->registry, ref);
        if (relation == NULL)
            return corm__error_set(error, CORM_MISUSE,
                                   "corm_load of a query of %s: a relationship that no model of "
                                   "this schema has",
                                   mapper->model->name);
        if (relation->lazy == CORM_LAZY_WRITE_ONLY)
            return corm__error_set(error, CORM_MISUSE,
                                   "corm_load of a query of %s: %s.%s is declared "
                                   "CORM_LAZY_WRITE_ONLY and is never loaded: query it with "
                                   "corm_related_to",
                                   mapper->model->name, relation->source->model->name,
                                   relation->name);
        bool reached = relation->source == mapper;
        for (size_t k = 0; k < i && !reached; k++)
            reached = corm__relation_of(mapper->registry, loading->relationships[k])->target ==
                      relation->source;
        if (!reached)
            return corm__error_set(
                error, CORM_MISUSE,
                "corm_load of a query of %s: %s.%s belongs to another model: name a relationship "
                "that leads to %s before it",
                mapper->model->name, relation->source->model->name, relation->name,
                relation->source->model->name);
    }
    return CORM_OK;
}

/* Checks a query against the mapper of its model: CORM_MISUSE or, for an operand that cannot be
 * stored, CORM_DATA. */
static corm_status corm__query_check(const corm__mapper *mapper, const corm_query *query,
                                     corm_error *error)
{
    if (query->limit < 0 || query->offset < 0)
        return corm__error_set(error, CORM_MISUSE,
                               "the %s of a query of %s is %lld: it must not be below zero",
                               query->limit < 0 ? "limit" : "offset", mapper->model->name,
                               (long long)(query->limit < 0 ? query->limit : query->offset));
    corm_status status = corm__condition_check(mapper, &query->where, error);
    if (status == CORM_OK)
        status = corm__ordering_check(mapper, &query->order_by, error);
    if (status == CORM_OK)
        status = corm__loading_check(mapper, &query->load, error);
    return status;
}

#endif /* CORM__ROOM_QUERY_C */

/* ---- src/ddl.c ------------------------------------------------------------------------------- */

/* ddl.c: the SQL text that makes and drops tables, and how a name is written in SQL.
 *
 * Owns: identifiers (always quoted), types, CREATE and DROP, rendered from mappers and the
 * dialect. Functions append to a buffer; a missing memory shows in its `failed` when the text
 * is done.
 * Must not know: connections, objects, sessions; which database it is, beyond what the dialect
 * says. */
#ifndef CORM__ROOM_DDL_C
#define CORM__ROOM_DDL_C

#ifdef CORM_LINES
#line 13 "src/ddl.c"
#endif
#include <string.h>

/* ---- Names and numbers ----------------------------------------------------------------------- */

/* The name with its quotes doubled, but without the two around it. */
static void corm__sql_name_part(corm__buffer *b, const corm_dialect *d, const char *name)
{
    for (const char *quote; (quote = strchr(name, d->quote)) != NULL; name = quote + 1) {
        corm__buffer_bytes(b, name, (size_t)(quote - name) + 1);
        corm__buffer_char(b, d->quote);
    }
    corm__buffer_text(b, name);
}

static void corm__sql_name(corm__buffer *b, const corm_dialect *d, const char *name)
{
    corm__buffer_char(b, d->quote);
    corm__sql_name_part(b, d, name);
    corm__buffer_char(b, d->quote);
}

/* One of the dialect's formats with its %u replaced. Not printf: this is on the path of every
 * statement. */
static void corm__sql_number(corm__buffer *b, const char *format, unsigned number)
{
    char digits[24];
    size_t first = sizeof digits;
    const char *hole = strstr(format, "%u");
    if (hole == NULL) {
        corm__buffer_text(b, format);
        return;
    }
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    corm__buffer_bytes(b, format, (size_t)(hole - format));
    corm__buffer_bytes(b, digits + first, sizeof digits - first);
    corm__buffer_text(b, hole + 2);
}

static const char *corm__sql_table(const corm__mapper *m)
{
    return m->model->table;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static void corm__sql_type(corm__buffer *b, const corm_dialect *d, const corm__column *column)
{
    if (column->kind == CORM_KIND_CUSTOM || column->owner->model->options.strict)
        corm__buffer_text(b, d->type_names[corm__stored_kind(column->info)]);
    else if (column->kind == CORM_KIND_TEXT && column->info->options.length > 0)
        corm__sql_number(b, d->sized_text, column->info->options.length);
    else
        corm__buffer_text(b, d->type_names[column->kind]);
}

/* A text in DDL, whole, where corm__value_literal would cut it. */
static void corm__sql_text(corm__buffer *b, const char *text)
{
    corm__buffer_char(b, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            corm__buffer_char(b, '\'');
        corm__buffer_char(b, *text);
    }
    corm__buffer_char(b, '\'');
}

/* The default of a column in DDL, where no parameter can stand. */
static void corm__sql_default(corm__buffer *b, const corm_column *info)
{
    const corm_constant *constant = &info->options.default_value;
    if (info->kind == CORM_KIND_ENUM) {
        const corm_enum_item *item = corm__enum_find(info->enumeration, constant->integer);
        CORM_ASSERT(item != NULL); /* corm__default_check has been passed */
        corm__sql_text(b, item->text);
        return;
    }
    if (constant->type != CORM__CONSTANT_TEXT) {
        const corm_value value = constant->type == CORM__CONSTANT_REAL
                                     ? corm_value_real(constant->real)
                                     : corm_value_integer(constant->integer);
        corm__value_literal(b, &value);
        return;
    }
    corm__sql_text(b, constant->text);
}

/* CHECK (color IN ('RED', 'green')); NULL passes a check. */
static void corm__sql_enum_check(corm__buffer *b, const corm_dialect *d, const corm__column *column)
{
    const corm_enum *enumeration = column->info->enumeration;
    corm__buffer_text(b, " CHECK (");
    corm__sql_name(b, d, column->name);
    for (size_t i = 0; i < enumeration->count; i++) {
        corm__buffer_text(b, i > 0 ? ", " : " IN (");
        corm__sql_text(b, enumeration->items[i].text);
    }
    corm__buffer_text(b, "))");
}

/* CONSTRAINT "ck_products_price" CHECK (price >= 0); by the name a failure finds it again. column
 * NULL: the check of the table. */
static void corm__sql_check(corm__buffer *b, const corm_dialect *d, const char *table,
                            const char *column, const char *check)
{
    corm__buffer_text(b, "CONSTRAINT ");
    corm__buffer_char(b, d->quote);
    corm__buffer_text(b, "ck_");
    corm__sql_name_part(b, d, table);
    if (column != NULL) {
        corm__buffer_char(b, '_');
        corm__sql_name_part(b, d, column);
    }
    corm__buffer_char(b, d->quote);
    corm__buffer_text(b, " CHECK (");
    corm__buffer_text(b, check);
    corm__buffer_char(b, ')');
}

static void corm__sql_actions(corm__buffer *b, const corm_column_options *options)
{
    static const char *const actions[] = {[CORM_ACTION_DEFAULT] = NULL,
                                          [CORM_ACTION_NO_ACTION] = "NO ACTION",
                                          [CORM_ACTION_RESTRICT] = "RESTRICT",
                                          [CORM_ACTION_SET_NULL] = "SET NULL",
                                          [CORM_ACTION_SET_DEFAULT] = "SET DEFAULT",
                                          [CORM_ACTION_CASCADE] = "CASCADE"};
    if (options->on_delete != CORM_ACTION_DEFAULT) {
        corm__buffer_text(b, " ON DELETE ");
        corm__buffer_text(b, actions[options->on_delete]);
    }
    if (options->on_update != CORM_ACTION_DEFAULT) {
        corm__buffer_text(b, " ON UPDATE ");
        corm__buffer_text(b, actions[options->on_update]);
    }
}

static void corm__sql_references(corm__buffer *b, const corm_dialect *d, const corm__mapper *target,
                                 uint16_t column)
{
    corm__buffer_text(b, " REFERENCES ");
    corm__sql_name(b, d, corm__sql_table(target));
    corm__buffer_text(b, " (");
    corm__sql_name(b, d, target->columns[column].name);
    corm__buffer_char(b, ')');
}

/* One column with everything that can stand behind it. */
static void corm__sql_define_column(corm__buffer *b, const corm_dialect *d,
                                    const corm__column *column)
{
    const corm__mapper *m = column->owner;
    const corm_column_options *options = &column->info->options;
    const bool is_key = column->primary_key && m->pk_count == 1;
    corm__sql_name(b, d, column->name);
    corm__buffer_char(b, ' ');
    if (is_key && m->integer_key) {
        corm__buffer_text(b, options->autoincrement ? d->key_never_reused : d->key_type);
    } else {
        corm__sql_type(b, d, column);
        if (options->collate != NULL) {
            corm__buffer_text(b, " COLLATE ");
            corm__sql_name(b, d, options->collate);
        }
        if (!column->optional)
            corm__buffer_text(b, " NOT NULL");
        if (is_key)
            corm__buffer_text(b, " PRIMARY KEY");
    }
    if (options->unique && !options->index && !is_key)
        corm__buffer_text(b, " UNIQUE");
    if (options->generated != NULL) {
        corm__buffer_text(b, " GENERATED ALWAYS AS (");
        corm__buffer_text(b, options->generated);
        corm__buffer_text(b, options->stored ? ") STORED" : ") VIRTUAL");
    }
    /* Another default of a column is the program's affair (corm_new), but this action is the
     * database's. */
    if (options->server_default != NULL) {
        corm__buffer_text(b, " DEFAULT (");
        corm__buffer_text(b, options->server_default);
        corm__buffer_char(b, ')');
    } else if (options->on_delete == CORM_ACTION_SET_DEFAULT ||
               options->on_update == CORM_ACTION_SET_DEFAULT) {
        corm__buffer_text(b, " DEFAULT ");
        corm__sql_default(b, column->info);
    }
    if (column->kind == CORM_KIND_ENUM)
        corm__sql_enum_check(b, d, column);
    if (options->check != NULL) {
        corm__buffer_char(b, ' ');
        corm__sql_check(b, d, corm__sql_table(m), column->name, options->check);
    }
    if (column->reference != NULL && !corm__refers_as_one(m, column->reference)) {
        corm__sql_references(b, d, column->reference, column->reference_column);
        corm__sql_actions(b, options);
    }
}

/* A foreign key of several columns: those that refer to the same model as `first`, which is the
 * first of them. */
static void corm__sql_define_foreign_key(corm__buffer *b, const corm_dialect *d,
                                         const corm__column *first)
{
    const corm__mapper *m = first->owner, *target = first->reference;
    corm__buffer_text(b, ",\n    FOREIGN KEY (");
    for (size_t i = first->index; i < m->column_count; i++) {
        if (m->columns[i].reference != target)
            continue;
        if (i > first->index)
            corm__buffer_text(b, ", ");
        corm__sql_name(b, d, m->columns[i].name);
    }
    corm__buffer_text(b, ") REFERENCES ");
    corm__sql_name(b, d, corm__sql_table(target));
    corm__buffer_text(b, " (");
    for (size_t i = first->index; i < m->column_count; i++) {
        if (m->columns[i].reference != target)
            continue;
        if (i > first->index)
            corm__buffer_text(b, ", ");
        corm__sql_name(b, d, target->columns[m->columns[i].reference_column].name);
    }
    corm__buffer_char(b, ')');
    corm__sql_actions(b, &first->info->options);
}

static bool corm__sql_is_first_reference(const corm__column *column)
{
    for (size_t i = 0; i < column->index; i++)
        if (column->owner->columns[i].reference == column->reference)
            return false;
    return true;
}

/* ("user_id", "post_id"), with a space before it */
static void corm__sql_column_list(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                  const uint16_t *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        corm__buffer_text(b, i > 0 ? ", " : " (");
        corm__sql_name(b, d, m->columns[columns[i]].name);
    }
    corm__buffer_char(b, ')');
}

/* What stands behind the last parenthesis of CREATE TABLE. */
static void corm__sql_table_options(corm__buffer *b, const corm_dialect *d,
                                    const corm_model_options *options)
{
    const char *words[] = {options->strict ? d->strict : "",
                           options->without_rowid ? d->without_rowid : ""};
    const char *between = " ";
    for (size_t i = 0; i < 2; i++) {
        if (words[i][0] == '\0')
            continue;
        corm__buffer_text(b, between);
        corm__buffer_text(b, words[i]);
        between = ", ";
    }
}

/* Whether the database has what the models ask of it. */
static corm_status corm__ddl_vet(const corm__registry *registry, const corm_dialect *d,
                                 corm_error *error)
{
    for (size_t i = 0; i < registry->count; i++) {
        const corm_model *model = registry->mappers[i].model;
        const char *option = model->options.strict && d->strict == NULL ? ".strict"
                             : model->options.without_rowid && d->without_rowid == NULL
                                 ? ".without_rowid"
                                 : NULL;
        if (option != NULL)
            return corm__error_set(error, CORM_MODEL,
                                   "%s: %s: %s, or this version of it, has no such tables: leave "
                                   "it out",
                                   model->name, option, d->name);
    }
    return CORM_OK;
}

static void corm__sql_create_table(corm__buffer *b, const corm_dialect *d, const corm__mapper *m)
{
    corm__buffer_text(b, "CREATE TABLE IF NOT EXISTS ");
    corm__sql_name(b, d, corm__sql_table(m));
    corm__buffer_text(b, " (");
    for (size_t i = 0; i < m->column_count; i++) {
        corm__buffer_text(b, i > 0 ? ",\n    " : "\n    ");
        corm__sql_define_column(b, d, &m->columns[i]);
    }
    if (m->pk_count > 1) {
        corm__buffer_text(b, ",\n    PRIMARY KEY");
        corm__sql_column_list(b, d, m, m->pk, m->pk_count);
    }
    for (size_t i = 0; i < m->unique_count; i++) {
        corm__buffer_text(b, ",\n    UNIQUE");
        corm__sql_column_list(b, d, m, m->uniques[i].columns, m->uniques[i].count);
    }
    for (size_t i = 0; i < m->column_count; i++) {
        const corm__column *column = &m->columns[i];
        if (column->reference != NULL && corm__sql_is_first_reference(column) &&
            corm__refers_as_one(m, column->reference))
            corm__sql_define_foreign_key(b, d, column);
    }
    if (m->model->options.check != NULL) {
        corm__buffer_text(b, ",\n    ");
        corm__sql_check(b, d, corm__sql_table(m), NULL, m->model->options.check);
    }
    corm__buffer_text(b, "\n)");
    corm__sql_table_options(b, d, &m->model->options);
}

static void corm__sql_link_columns(corm__buffer *b, const corm_dialect *d,
                                   const corm__association *a, unsigned side)
{
    for (size_t i = 0; i < a->counts[side]; i++) {
        if (i > 0)
            corm__buffer_text(b, ", ");
        corm__sql_name(b, d, a->columns[side][i]);
    }
}

static void corm__sql_create_association(corm__buffer *b, const corm_dialect *d,
                                         const corm__association *a)
{
    corm__buffer_text(b, "CREATE TABLE IF NOT EXISTS ");
    corm__sql_name(b, d, a->table);
    corm__buffer_text(b, " (");
    for (unsigned side = 0; side < 2; side++) {
        const corm__relation *r = a->sides[side];
        for (size_t i = 0; i < a->counts[side]; i++) {
            corm__buffer_text(b, "\n    ");
            corm__sql_name(b, d, a->columns[side][i]);
            corm__buffer_char(b, ' ');
            corm__sql_type(b, d, &r->source->columns[r->local[i]]);
            corm__buffer_text(b, " NOT NULL");
            corm__sql_references(b, d, r->source, r->local[i]);
            /* A link without one of its ends means nothing, whoever deletes that end. */
            corm__buffer_text(b, " ON DELETE CASCADE,");
        }
    }
    corm__buffer_text(b, "\n    PRIMARY KEY (");
    corm__sql_link_columns(b, d, a, 0);
    corm__buffer_text(b, ", ");
    corm__sql_link_columns(b, d, a, 1);
    /* The same pair the other way round: its index answers for the second side. */
    corm__buffer_text(b, "),\n    UNIQUE (");
    corm__sql_link_columns(b, d, a, 1);
    corm__buffer_text(b, ", ");
    corm__sql_link_columns(b, d, a, 0);
    corm__buffer_text(b, ")\n)");
}

static void corm__sql_create_index(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                   const corm__index *index)
{
    corm__buffer_text(b, index->unique ? "CREATE UNIQUE INDEX IF NOT EXISTS "
                                       : "CREATE INDEX IF NOT EXISTS ");
    corm__sql_name(b, d, index->name);
    corm__buffer_text(b, " ON ");
    corm__sql_name(b, d, corm__sql_table(m));
    corm__sql_column_list(b, d, m, index->columns, index->count);
    if (index->where != NULL) {
        corm__buffer_text(b, " WHERE ");
        corm__buffer_text(b, index->where);
    }
}

static void corm__sql_drop_table(corm__buffer *b, const corm_dialect *d, const char *table)
{
    corm__buffer_text(b, "DROP TABLE IF EXISTS ");
    corm__sql_name(b, d, table);
}

#endif /* CORM__ROOM_DDL_C */

/* ---- src/sql.c ------------------------------------------------------------------------------- */

/* sql.c: the SQL text that reads and writes rows.
 *
 * Owns: INSERT, UPDATE, DELETE and SELECT, rendered from mappers, queries and the dialect, and
 * the values of a query. Values are placeholders, numbered from 1 in the order in which they
 * appear. Functions append to a buffer; a missing memory shows in its `failed` when the text is
 * done. The same arguments give the same text, so that a statement is prepared once.
 * Must not know: connections, objects, sessions; which database it is, beyond what the dialect
 * says. */
#ifndef CORM__ROOM_SQL_C
#define CORM__ROOM_SQL_C

#ifdef CORM_LINES
#line 14 "src/sql.c"
#endif
#include <string.h>

/* ---- Pieces ---------------------------------------------------------------------------------- */

/* The next placeholder; *last counts them. */
static void corm__sql_parameter(corm__buffer *b, const corm_dialect *d, unsigned *last)
{
    corm__sql_number(b, d->placeholder, ++*last);
}

/* "column", or "table"."column" where several tables are at hand. */
static void corm__sql_column(corm__buffer *b, const corm_dialect *d, const char *table,
                             const char *column)
{
    if (table != NULL) {
        corm__sql_name(b, d, table);
        corm__buffer_char(b, '.');
    }
    corm__sql_name(b, d, column);
}

/* All columns in model order, separated by commas. */
static void corm__sql_columns(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                              const char *table)
{
    for (size_t i = 0; i < m->column_count; i++) {
        if (i > 0)
            corm__buffer_text(b, ", ");
        corm__sql_column(b, d, table, m->columns[i].name);
    }
}

/* column = ? AND column = ? ... */
static void corm__sql_match(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                            const char *table, const uint16_t *columns, size_t count,
                            unsigned *last)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            corm__buffer_text(b, " AND ");
        corm__sql_column(b, d, table, m->columns[columns[i]].name);
        corm__buffer_text(b, " = ");
        corm__sql_parameter(b, d, last);
    }
}

/* Begins the ORDER BY, or goes on with it. */
static void corm__sql_order(corm__buffer *b, const corm_dialect *d, const char *table,
                            const corm__column *column, bool descending, bool *begun)
{
    corm__buffer_text(b, *begun ? ", " : " ORDER BY ");
    corm__sql_column(b, d, table, column->name);
    if (descending)
        corm__buffer_text(b, " DESC");
    *begun = true;
}

/* ---- One row --------------------------------------------------------------------------------- */

/* RETURNING these columns, in model order; nothing where there are none. */
static void corm__sql_returning(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                uint64_t columns)
{
    for (size_t i = 0, count = 0; i < m->column_count; i++) {
        if (!(columns >> i & 1))
            continue;
        corm__buffer_text(b, count++ > 0 ? ", " : " RETURNING ");
        corm__sql_name(b, d, m->columns[i].name);
    }
}

/* Columns in `left` are left out. */
static void corm__sql_insert(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                             uint64_t left, uint64_t returned)
{
    unsigned last = 0;
    size_t count = 0;
    corm__buffer_text(b, "INSERT INTO ");
    corm__sql_name(b, d, corm__sql_table(m));
    for (size_t i = 0; i < m->column_count; i++) {
        if (left >> i & 1)
            continue;
        corm__buffer_text(b, count++ > 0 ? ", " : " (");
        corm__sql_name(b, d, m->columns[i].name);
    }
    corm__buffer_text(b, ") VALUES (");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            corm__buffer_text(b, ", ");
        corm__sql_parameter(b, d, &last);
    }
    corm__buffer_char(b, ')');
    corm__sql_returning(b, d, m, returned);
}

/* WHERE the row has this key and, in a model with versions, this version. */
static void corm__sql_match_row(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                unsigned *last)
{
    corm__buffer_text(b, " WHERE ");
    corm__sql_match(b, d, m, NULL, m->pk, m->pk_count, last);
    if (m->version == NULL)
        return;
    corm__buffer_text(b, " AND ");
    corm__sql_match(b, d, m, NULL, &m->version->index, 1, last);
}

/* Columns in `defaults` get the default of the table instead of a value. */
static void corm__sql_update(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                             uint64_t columns, uint64_t defaults, uint64_t returned)
{
    unsigned last = 0;
    bool begun = false;
    corm__buffer_text(b, "UPDATE ");
    corm__sql_name(b, d, corm__sql_table(m));
    corm__buffer_text(b, " SET ");
    for (size_t i = 0; i < m->column_count; i++) {
        if (((columns | defaults) >> i & 1) == 0)
            continue;
        if (begun)
            corm__buffer_text(b, ", ");
        begun = true;
        corm__sql_name(b, d, m->columns[i].name);
        corm__buffer_text(b, " = ");
        if (defaults >> i & 1) {
            corm__buffer_char(b, '(');
            corm__buffer_text(b, m->columns[i].info->options.server_default);
            corm__buffer_char(b, ')');
        } else {
            corm__sql_parameter(b, d, &last);
        }
    }
    corm__sql_match_row(b, d, m, &last);
    corm__sql_returning(b, d, m, returned);
}

static void corm__sql_delete(corm__buffer *b, const corm_dialect *d, const corm__mapper *m)
{
    unsigned last = 0;
    corm__buffer_text(b, "DELETE FROM ");
    corm__sql_name(b, d, corm__sql_table(m));
    corm__sql_match_row(b, d, m, &last);
}

static void corm__sql_get(corm__buffer *b, const corm_dialect *d, const corm__mapper *m)
{
    unsigned last = 0;
    corm__buffer_text(b, "SELECT ");
    corm__sql_columns(b, d, m, NULL);
    corm__buffer_text(b, " FROM ");
    corm__sql_name(b, d, corm__sql_table(m));
    corm__buffer_text(b, " WHERE ");
    corm__sql_match(b, d, m, NULL, m->pk, m->pk_count, &last);
}

static void corm__sql_exists(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                             const uint16_t *columns, size_t count)
{
    unsigned last = 0;
    corm__buffer_text(b, "SELECT count(*) FROM ");
    corm__sql_name(b, d, corm__sql_table(m));
    corm__buffer_text(b, " WHERE ");
    corm__sql_match(b, d, m, NULL, columns, count, &last);
}

/* ---- Queries --------------------------------------------------------------------------------- */

/* A condition on its way to text. */
typedef struct corm__sql_condition {
    corm__buffer *b;
    const corm_dialect *d;
    const corm__mapper *m;
    const char *table; /* NULL: the only one */
    const corm_condition *condition;
    size_t at;     /* the next node */
    unsigned last; /* placeholders so far */
} corm__sql_condition;

static const char *const corm__sql_operators[] = {[CORM__EQ] = " = ",
                                                  [CORM__NE] = " <> ",
                                                  [CORM__LT] = " < ",
                                                  [CORM__LE] = " <= ",
                                                  [CORM__GT] = " > ",
                                                  [CORM__GE] = " >= ",
                                                  [CORM__LIKE] = " LIKE ",
                                                  [CORM__BETWEEN] = " BETWEEN ",
                                                  [CORM__IN] = " IN (",
                                                  [CORM__IS_NULL] = " IS NULL",
                                                  [CORM__IS_NOT_NULL] = " IS NOT NULL"};

/* AND column = ? ... : the constants of a relationship. `table` is what the target is called. */
static void corm__sql_filters(corm__buffer *b, const corm_dialect *d, const corm__relation *r,
                              const char *table, unsigned *last)
{
    for (size_t i = 0; i < r->filter_count; i++) {
        const corm__filter *filter = &r->filters[i];
        corm__buffer_text(b, " AND ");
        corm__sql_column(b, d, table, r->target->columns[filter->column].name);
        corm__buffer_text(b, corm__sql_operators[filter->operator_]);
        if (filter->value.type != CORM_VALUE_NULL)
            corm__sql_parameter(b, d, last);
    }
}

/* Their values; gives how many. */
static size_t corm__sql_filter_values(const corm__relation *r, corm_value *out)
{
    size_t count = 0;
    for (size_t i = 0; i < r->filter_count; i++)
        if (r->filters[i].value.type != CORM_VALUE_NULL)
            out[count++] = r->filters[i].value;
    return count;
}

/* What is related to one object: its own columns or those of the association table are that one's. */
static void corm__sql_related_to(corm__sql_condition *c, const corm__node *node)
{
    const corm__relation *r = corm__relation_of(c->m->registry, corm__node_relationship(node));
    const corm__association *a = r->association;
    for (size_t i = 0; i < r->key_count; i++) {
        corm__buffer_text(c->b, i > 0 ? " AND " : "");
        corm__sql_column(c->b, c->d, c->table, r->target->columns[r->remote[i]].name);
        if (a != NULL) {
            corm__buffer_text(c->b, " IN (SELECT ");
            corm__sql_name(c->b, c->d, a->columns[1 - r->side][i]);
            corm__buffer_text(c->b, " FROM ");
            corm__sql_name(c->b, c->d, a->table);
            corm__buffer_text(c->b, " WHERE ");
            corm__sql_name(c->b, c->d, a->columns[r->side][i]);
        }
        corm__buffer_text(c->b, " = ");
        corm__sql_parameter(c->b, c->d, &c->last);
        corm__buffer_text(c->b, a != NULL ? ")" : "");
    }
    corm__sql_filters(c->b, c->d, r, c->table, &c->last);
}

/* column operator value, and the like; moves on behind it. */
static void corm__sql_comparison(corm__sql_condition *c)
{
    const corm__node *node = &c->condition->nodes[c->at++];
    if (node->operator_ == CORM__RELATED) {
        corm__sql_related_to(c, node);
        return;
    }
    if (node->operator_ == CORM__IN && node->size == 0) {
        corm__buffer_text(c->b, "1 = 0"); /* IN () is SQLite's own; no value is one of none */
        return;
    }
    corm__sql_column(c->b, c->d, c->table, c->m->columns[node->column].name);
    corm__buffer_text(c->b, corm__sql_operators[node->operator_]);
    if (node->operator_ == CORM__IS_NULL || node->operator_ == CORM__IS_NOT_NULL)
        return;
    corm__sql_parameter(c->b, c->d, &c->last);
    if (node->operator_ == CORM__BETWEEN) {
        corm__buffer_text(c->b, " AND ");
        corm__sql_parameter(c->b, c->d, &c->last);
        c->at++; /* the OPERAND */
    }
    if (node->operator_ != CORM__IN)
        return;
    for (uint32_t i = 1; i < node->size; i++) {
        corm__buffer_text(c->b, ", ");
        corm__sql_parameter(c->b, c->d, &c->last);
    }
    corm__buffer_char(c->b, ')');
}

/* The node and what belongs to it; moves on behind it. `inside` is what stands around it: an OR
 * inside an AND needs parentheses, everything else binds as written. NOT of several is "none
 * of": NOT (a OR b). */
static void corm__sql_node(corm__sql_condition *c, corm__operator inside)
{
    const corm__node *node = &c->condition->nodes[c->at];
    if (node->operator_ < CORM__AND) {
        corm__sql_comparison(c);
        return;
    }
    const corm__operator operator_ = (corm__operator)node->operator_;
    const bool is_and = operator_ == CORM__AND;
    const bool enclosed = operator_ == CORM__NOT || (operator_ == CORM__OR && inside == CORM__AND);
    const size_t end = c->at + 1 + node->size;
    bool begun = false;
    if (operator_ == CORM__NOT)
        corm__buffer_text(c->b, "NOT ");
    if (enclosed)
        corm__buffer_char(c->b, '(');
    for (c->at++; c->at < end; begun = true) {
        if (begun)
            corm__buffer_text(c->b, is_and ? " AND " : " OR ");
        corm__sql_node(c, is_and ? CORM__AND : CORM__OR);
    }
    if (enclosed)
        corm__buffer_char(c->b, ')');
}

/* WHERE, if there is a condition; gives the number of placeholders. `last` is how many there are
 * before. */
static unsigned corm__sql_where(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                const char *table, const corm_query *q, unsigned last)
{
    corm__sql_condition c = {
        .b = b, .d = d, .m = m, .table = table, .condition = &q->where, .last = last};
    if (q->where.count == 0)
        return last;
    corm__buffer_text(b, " WHERE ");
    /* Conditions are one tree; more than one at the top would be meant together. */
    while (c.at < q->where.count) {
        if (c.at > 0)
            corm__buffer_text(b, " AND ");
        corm__sql_node(&c, CORM__OR);
    }
    return c.last;
}

static void corm__sql_limit(corm__buffer *b, const corm_dialect *d, const corm_query *q,
                            unsigned last)
{
    if (q->limit > 0) {
        corm__buffer_text(b, " LIMIT ");
        corm__sql_parameter(b, d, &last);
    } else if (q->offset > 0 && d->no_limit != NULL) {
        corm__buffer_text(b, " LIMIT ");
        corm__buffer_text(b, d->no_limit);
    }
    if (q->offset > 0) {
        corm__buffer_text(b, " OFFSET ");
        corm__sql_parameter(b, d, &last);
    }
}

static bool corm__sql_ordered_by(const corm_query *q, uint16_t column)
{
    for (size_t i = 0; i < q->order_by.count; i++)
        if (q->order_by.terms[i].column.index == column)
            return true;
    return false;
}

static void corm__sql_query(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                            const corm_query *q, bool order_by_key)
{
    bool begun = false;
    corm__buffer_text(b, "SELECT ");
    corm__sql_columns(b, d, m, NULL);
    corm__buffer_text(b, " FROM ");
    corm__sql_name(b, d, corm__sql_table(m));
    const unsigned last = corm__sql_where(b, d, m, NULL, q, 0);
    for (size_t i = 0; i < q->order_by.count; i++)
        corm__sql_order(b, d, NULL, &m->columns[q->order_by.terms[i].column.index],
                        q->order_by.terms[i].descending, &begun);
    for (size_t i = 0; order_by_key && i < m->pk_count; i++)
        if (!corm__sql_ordered_by(q, m->pk[i]))
            corm__sql_order(b, d, NULL, &m->columns[m->pk[i]], false, &begun);
    corm__sql_limit(b, d, q, last);
}

static void corm__sql_count(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                            const corm_query *q)
{
    const bool limited = q->limit > 0 || q->offset > 0;
    corm__buffer_text(b,
                      limited ? "SELECT count(*) FROM (SELECT 1 FROM " : "SELECT count(*) FROM ");
    corm__sql_name(b, d, corm__sql_table(m));
    const unsigned last = corm__sql_where(b, d, m, NULL, q, 0);
    if (!limited)
        return;
    corm__sql_limit(b, d, q, last);
    corm__buffer_text(b, ") AS ");
    corm__sql_name(b, d, "counted"); /* SQL wants a name for a table that is a query */
}

/* How many values the node itself asks for. */
static size_t corm__sql_node_values(const corm__node *node)
{
    switch (node->operator_) {
    case CORM__IN:
    case CORM__RELATED: return node->size;
    case CORM__IS_NULL:
    case CORM__IS_NOT_NULL:
    case CORM__AND:
    case CORM__OR:
    case CORM__NOT: return 0;
    default: return 1;
    }
}

static corm_status corm__sql_count_values(const corm__mapper *m, const corm_dialect *d,
                                          const corm_query *q, size_t *count, corm_error *error)
{
    *count = (size_t)(q->limit > 0) + (size_t)(q->offset > 0);
    for (size_t i = 0; i < q->where.count; i++)
        *count += corm__sql_node_values(&q->where.nodes[i]);
    if (*count <= d->max_parameters)
        return CORM_OK;
    return corm__error_set(error, CORM_MISUSE,
                           "a query of %s has %zu values, but one statement takes at most %u: ask "
                           "in several queries with a part of the list each",
                           m->model->name, *count, d->max_parameters);
}

static corm_status corm__sql_query_values(const corm__mapper *m, const corm_dialect *d,
                                          const corm_query *q, corm__arena *arena,
                                          corm_value **values, size_t *count, corm_error *error)
{
    char why[256];
    const corm_status status = corm__sql_count_values(m, d, q, count, error);
    *values = NULL;
    if (status != CORM_OK || *count == 0)
        return status;
    corm_value *next = (corm_value *)corm__arena_allocate(arena, *count * sizeof *next);
    char(*scratch)[CORM__SCRATCH] =
        (char(*)[CORM__SCRATCH])corm__arena_allocate(arena, *count * sizeof *scratch);
    if (next == NULL || scratch == NULL)
        return corm__error_set(error, CORM_OUT_OF_MEMORY, "out of memory for a query of %s",
                               m->model->name);
    *values = next;
    for (size_t i = 0; i < q->where.count; i++) {
        const corm__node *node = &q->where.nodes[i];
        const size_t wanted = corm__sql_node_values(node);
        const corm__relation *related =
            node->operator_ == CORM__RELATED
                ? corm__relation_of(m->registry, corm__node_relationship(node))
                : NULL;
        for (size_t k = 0; related != NULL && k < related->key_count; k++)
            *next++ = corm__member_value(&related->source->columns[related->local[k]],
                                         node->as.bytes, *scratch++);
        if (related != NULL)
            next += corm__sql_filter_values(related, next);
        for (size_t k = 0; related == NULL && k < wanted; k++, next++, scratch++) {
            const corm__column *column = &m->columns[node->column];
            const bool fine =
                node->operator_ == CORM__IN
                    ? corm__list_value(column, node, k, *scratch, next, why, sizeof why)
                    : corm__node_value(column, node, *scratch, arena, next, why, sizeof why);
            if (!fine)
                return corm__error_set(error, CORM_DATA, "%s.%s in a condition: %s",
                                       corm__sql_table(m), m->columns[node->column].name, why);
        }
    }
    if (q->limit > 0)
        *next++ = corm_value_integer(q->limit);
    if (q->offset > 0)
        *next = corm_value_integer(q->offset);
    return CORM_OK;
}

/* ---- Related rows ---------------------------------------------------------------------------- */

/* The columns that rows of the other side are found by: in the association table, or in the
 * target's. */
static const char *corm__sql_related_column(const corm__relation *r, size_t i)
{
    return r->association != NULL ? r->association->columns[r->side][i]
                                  : r->target->columns[r->remote[i]].name;
}

/* col = ?, col IN (?, ?), or (a = ? AND b = ?) OR (a = ? AND b = ?) */
static void corm__sql_related_where(corm__buffer *b, const corm_dialect *d, const corm__relation *r,
                                    const char *table, size_t n)
{
    unsigned last = 0;
    const bool enclosed = r->filter_count > 0 && r->key_count > 1 && n > 1;
    corm__buffer_text(b, enclosed ? " WHERE (" : " WHERE ");
    if (r->key_count == 1) {
        corm__sql_column(b, d, table, corm__sql_related_column(r, 0));
        corm__buffer_text(b, n == 1 ? " = " : " IN (");
        for (size_t i = 0; i < n; i++) {
            if (i > 0)
                corm__buffer_text(b, ", ");
            corm__sql_parameter(b, d, &last);
        }
        if (n > 1)
            corm__buffer_char(b, ')');
    }
    for (size_t i = 0; r->key_count > 1 && i < n; i++) {
        corm__buffer_text(b, i > 0 ? " OR (" : n > 1 ? "(" : "");
        for (size_t k = 0; k < r->key_count; k++) {
            if (k > 0)
                corm__buffer_text(b, " AND ");
            corm__sql_column(b, d, table, corm__sql_related_column(r, k));
            corm__buffer_text(b, " = ");
            corm__sql_parameter(b, d, &last);
        }
        if (n > 1)
            corm__buffer_char(b, ')');
    }
    if (enclosed)
        corm__buffer_char(b, ')');
    corm__sql_filters(b, d, r, r->association != NULL ? corm__sql_table(r->target) : NULL, &last);
}

/* FROM target JOIN association ON ... */
static void corm__sql_join(corm__buffer *b, const corm_dialect *d, const corm__relation *r)
{
    const corm__association *a = r->association;
    const unsigned other = 1 - r->side;
    corm__sql_name(b, d, corm__sql_table(r->target));
    corm__buffer_text(b, " JOIN ");
    corm__sql_name(b, d, a->table);
    corm__buffer_text(b, " ON ");
    for (size_t i = 0; i < a->counts[other]; i++) {
        if (i > 0)
            corm__buffer_text(b, " AND ");
        corm__sql_column(b, d, corm__sql_table(r->target), r->target->columns[r->remote[i]].name);
        corm__buffer_text(b, " = ");
        corm__sql_column(b, d, a->table, a->columns[other][i]);
    }
}

/* The order of a collection, completed by the target's key. */
static void corm__sql_related_order(corm__buffer *b, const corm_dialect *d, const corm__relation *r,
                                    const char *table, bool *begun)
{
    const corm__mapper *target = r->target;
    for (size_t i = 0; i < r->order_count; i++)
        corm__sql_order(b, d, table, &target->columns[r->order[i].column], r->order[i].descending,
                        begun);
    for (size_t i = 0; i < target->pk_count; i++) {
        bool ordered = false;
        for (size_t k = 0; k < r->order_count; k++)
            ordered = ordered || r->order[k].column == target->pk[i];
        if (!ordered)
            corm__sql_order(b, d, table, &target->columns[target->pk[i]], false, begun);
    }
}

static void corm__sql_related(corm__buffer *b, const corm_dialect *d, const corm__relation *r,
                              size_t n)
{
    const corm__mapper *target = r->target;
    const corm__association *a = r->association;
    const char *table = a != NULL ? corm__sql_table(target) : NULL;
    bool begun = false;
    corm__buffer_text(b, "SELECT ");
    for (size_t i = 0; a != NULL && i < a->counts[r->side]; i++) {
        corm__sql_column(b, d, a->table, a->columns[r->side][i]);
        corm__buffer_text(b, ", ");
    }
    corm__sql_columns(b, d, target, table);
    corm__buffer_text(b, " FROM ");
    if (a != NULL)
        corm__sql_join(b, d, r);
    else
        corm__sql_name(b, d, corm__sql_table(target));
    corm__sql_related_where(b, d, r, a != NULL ? a->table : NULL, n);
    if (r->holds_key)
        return; /* at most one row for each key */
    corm__sql_related_order(b, d, r, table, &begun);
}

static void corm__sql_related_count(corm__buffer *b, const corm_dialect *d, const corm__relation *r)
{
    /* The rows of an association table are counted without their targets: its foreign keys
     * vouch for those. */
    corm__buffer_text(b, "SELECT count(*) FROM ");
    if (r->association != NULL && r->filter_count > 0)
        corm__sql_join(b, d, r);
    else
        corm__sql_name(b, d,
                       r->association != NULL ? r->association->table : corm__sql_table(r->target));
    corm__sql_related_where(
        b, d, r, r->filter_count > 0 && r->association != NULL ? r->association->table : NULL, 1);
}

/* ---- Links: rows of association tables ------------------------------------------------------- */

static void corm__sql_link_insert(corm__buffer *b, const corm_dialect *d,
                                  const corm__association *a)
{
    unsigned last = 0;
    const size_t count = (size_t)a->counts[0] + a->counts[1];
    corm__buffer_text(b, "INSERT INTO ");
    corm__sql_name(b, d, a->table);
    corm__buffer_text(b, " (");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            corm__buffer_text(b, ", ");
        corm__sql_name(b, d, i < a->counts[0] ? a->columns[0][i] : a->columns[1][i - a->counts[0]]);
    }
    corm__buffer_text(b, ") VALUES (");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            corm__buffer_text(b, ", ");
        corm__sql_parameter(b, d, &last);
    }
    corm__buffer_char(b, ')');
}

/* <what> association WHERE the columns of sides `first` to `end` - 1 are given. */
static void corm__sql_links(corm__buffer *b, const corm_dialect *d, const char *what,
                            const corm__association *a, unsigned first, unsigned end)
{
    unsigned last = 0;
    corm__buffer_text(b, what);
    corm__sql_name(b, d, a->table);
    for (unsigned side = first; side < end; side++) {
        for (size_t i = 0; i < a->counts[side]; i++) {
            corm__buffer_text(b, last > 0 ? " AND " : " WHERE ");
            corm__sql_name(b, d, a->columns[side][i]);
            corm__buffer_text(b, " = ");
            corm__sql_parameter(b, d, &last);
        }
    }
}

static void corm__sql_link_delete(corm__buffer *b, const corm_dialect *d,
                                  const corm__association *a)
{
    corm__sql_links(b, d, "DELETE FROM ", a, 0, 2);
}

static void corm__sql_link_delete_all(corm__buffer *b, const corm_dialect *d,
                                      const corm__association *a, unsigned side)
{
    corm__sql_links(b, d, "DELETE FROM ", a, side, side + 1);
}

static void corm__sql_link_count(corm__buffer *b, const corm_dialect *d, const corm__association *a)
{
    corm__sql_links(b, d, "SELECT count(*) FROM ", a, 0, 2);
}

#endif /* CORM__ROOM_SQL_C */

/* ---- src/joins.c ----------------------------------------------------------------------------- */

/* joins.c: the SQL text of a query that reads related rows in the same statement.
 *
 * Owns: what a query loads beside its own objects, as a tree of relationships, and its SELECT with
 * LEFT JOINs. The rows of a collection multiply those of its owner; so LIMIT and OFFSET count in a
 * subquery of the owners, and the order keeps the rows of one owner together.
 * Must not know: objects, sessions, connections. */
#ifndef CORM__ROOM_JOINS_C
#define CORM__ROOM_JOINS_C

#ifdef CORM_LINES
#line 11 "src/joins.c"
#endif
enum {
    CORM__BRANCHES_MAX = 32,
    /* Tables and columns of one statement: every database that corm has in mind takes so many
     * (PostgreSQL: 1,664 columns; SQLite: 64 tables). */
    CORM__JOINED_TABLES_MAX = 16,
    CORM__JOINED_COLUMNS_MAX = 1600
};

/* A relationship that comes with the objects of its parent. Branch 0 is the query itself. */
typedef struct corm__branch {
    corm__relation *relation; /* branch 0: NULL */
    corm__mapper *mapper;     /* of its objects */
    uint16_t parent;          /* the branch whose objects have it */
    uint16_t first;           /* joined: the first of its columns in a row */
    bool joined;              /* in the query's statement; else in one of its own */
    bool left_out;            /* it was said not to be loaded */
    const char *table; /* how the statement calls its table, and that between (many-to-many) */
    const char *between;
} corm__branch;

typedef struct corm__tree {
    corm__branch branches[CORM__BRANCHES_MAX];
    uint16_t count;
    uint16_t tables, columns; /* of the statement */
    uint16_t multiplying;     /* joined branches that may have several rows for one owner */
} corm__tree;

static inline bool corm__multiplies(const corm__relation *relation)
{
    return !relation->holds_key;
}

/* LEFT JOIN "posts" AS "posts_1" ON "posts_1"."user_id" = "users"."id"; of many-to-many, the table
 * between before it. */
static void corm__sql_branch(corm__buffer *b, const corm_dialect *d, const corm__tree *tree,
                             const corm__branch *branch, unsigned *last)
{
    const corm__relation *r = branch->relation;
    const corm__association *a = r->association;
    const char *owner = tree->branches[branch->parent].table;
    if (a != NULL) {
        corm__buffer_text(b, " LEFT JOIN ");
        corm__sql_name(b, d, a->table);
        corm__buffer_text(b, " AS ");
        corm__sql_name(b, d, branch->between);
    }
    for (size_t i = 0; a != NULL && i < r->key_count; i++) {
        corm__buffer_text(b, i > 0 ? " AND " : " ON ");
        corm__sql_column(b, d, branch->between, a->columns[r->side][i]);
        corm__buffer_text(b, " = ");
        corm__sql_column(b, d, owner, r->source->columns[r->local[i]].name);
    }
    corm__buffer_text(b, " LEFT JOIN ");
    corm__sql_name(b, d, corm__sql_table(r->target));
    corm__buffer_text(b, " AS ");
    corm__sql_name(b, d, branch->table);
    for (size_t i = 0; i < r->key_count; i++) {
        corm__buffer_text(b, i > 0 ? " AND " : " ON ");
        corm__sql_column(b, d, branch->table, r->target->columns[r->remote[i]].name);
        corm__buffer_text(b, " = ");
        if (a != NULL)
            corm__sql_column(b, d, branch->between, a->columns[1 - r->side][i]);
        else
            corm__sql_column(b, d, owner, r->source->columns[r->local[i]].name);
    }
    corm__sql_filters(b, d, r, branch->table, last);
}

/* The owners' order, which their key completes, and then that of each collection. */
static void corm__sql_tree_order(corm__buffer *b, const corm_dialect *d, const corm__tree *tree,
                                 const corm_query *q, bool by_key)
{
    const corm__branch *root = &tree->branches[0];
    const corm__mapper *m = root->mapper;
    bool begun = false;
    for (size_t i = 0; q != NULL && i < q->order_by.count; i++)
        corm__sql_order(b, d, root->table, &m->columns[q->order_by.terms[i].column.index],
                        q->order_by.terms[i].descending, &begun);
    for (size_t i = 0; q != NULL && (by_key || tree->multiplying > 0) && i < m->pk_count; i++)
        if (!corm__sql_ordered_by(q, m->pk[i]))
            corm__sql_order(b, d, root->table, &m->columns[m->pk[i]], false, &begun);
    for (uint16_t i = 1; i < tree->count; i++) {
        const corm__branch *branch = &tree->branches[i];
        if (branch->joined && corm__multiplies(branch->relation))
            corm__sql_related_order(b, d, branch->relation, branch->table, &begun);
    }
}

/* Whether the query becomes a subquery. */
static bool corm__tree_encloses(const corm__tree *tree, const corm_query *q)
{
    return q != NULL && tree->multiplying > 0 && (q->limit > 0 || q->offset > 0);
}

/* The SELECT of a query with its joined branches; `q` NULL: of one row by its key. It has the query's
 * `values`, and before them, or behind them where the query is a subquery, those of the branches'
 * filters. */
static void corm__sql_tree(corm__buffer *b, const corm_dialect *d, const corm__tree *tree,
                           const corm_query *q, bool by_key, size_t values)
{
    const corm__branch *root = &tree->branches[0];
    const bool inside = corm__tree_encloses(tree, q);
    unsigned last = 0;
    corm__buffer_text(b, "SELECT ");
    for (uint16_t i = 0; i < tree->count; i++) {
        if (i > 0 && tree->branches[i].joined)
            corm__buffer_text(b, ", ");
        if (tree->branches[i].joined)
            corm__sql_columns(b, d, tree->branches[i].mapper, tree->branches[i].table);
    }
    corm__buffer_text(b, inside ? " FROM (" : " FROM ");
    if (inside) {
        corm__sql_query(b, d, root->mapper, q, by_key);
        last = (unsigned)values;
        corm__buffer_text(b, ") AS ");
    }
    corm__sql_name(b, d, root->table);
    for (uint16_t i = 1; i < tree->count; i++)
        if (tree->branches[i].joined)
            corm__sql_branch(b, d, tree, &tree->branches[i], &last);
    if (q == NULL) {
        corm__buffer_text(b, " WHERE ");
        corm__sql_match(b, d, root->mapper, root->table, root->mapper->pk, root->mapper->pk_count,
                        &last);
    } else if (!inside) {
        last = corm__sql_where(b, d, root->mapper, root->table, q, last);
    }
    corm__sql_tree_order(b, d, tree, q, by_key);
    if (q != NULL && !inside)
        corm__sql_limit(b, d, q, last);
}

#endif /* CORM__ROOM_JOINS_C */

/* ---- src/state.h ----------------------------------------------------------------------------- */

/* state.h: what a session remembers.
 *
 * Owns: the private structs of engine, session and object, shared by the rooms below; the few
 * functions that an upper room calls although a lower one defines them.
 * Must not know: how they are used. */
#ifndef CORM__STATE_H
#define CORM__STATE_H

#ifdef CORM_LINES
#line 13 "src/state.h"
#endif
/* Whether two threads in one session are looked for: see entry.c. */
#if !defined(NDEBUG) && !defined(CORM_NO_THREADS) && !defined(__STDC_NO_ATOMICS__) &&              \
    defined(__GNUC__)
#define CORM__WATCHED
#include <stdatomic.h>
#endif

/* ---- Objects --------------------------------------------------------------------------------------
 * The structs of one model lie in slabs: pieces of memory aligned to their size, so that the address of an object
 * leads to its slab by masking. Beside the structs a slab has two parallel arrays: the records (what corm knows of each
 * object) and the snapshots (each struct as it was last loaded, flushed or made). Two rules hold at all times:
 *   - The texts and blobs that a snapshot points at belong to the session. A member that points elsewhere is
 *     borrowed from the program until the next flush copies it.
 *   - A persistent object's snapshot is its row as the session last saw it: it tells the stored key and foreign keys. */

enum {
    /* small enough for small sessions, large enough for 64 columns of 16 bytes */
    CORM__SLAB_SIZE = 16384,
    CORM__SLAB_MAGIC = 0x636f726d /* "corm" */
};

typedef struct corm__batch { /* what one query loaded: the siblings */
    void **items;
    size_t count;
} corm__batch;

enum {                                 /* corm__record.flags */
       CORM__LIVE = 1u << 0,           /* the slot holds an object */
       CORM__MARKED_DELETED = 1u << 1, /* corm_delete was asked for; it is in session->deleted */
       CORM__DIRTY_LINKS = 1u << 2,    /* it is in session->linked */
       CORM__PENDING_LISTED = 1u << 3, /* it is in session->pending */
       CORM__NEW = 1u << 4,            /* flush: it was inserted in it */
       CORM__IN_FLUSH = 1u << 5,       /* flush: it is in the plan */
       CORM__VISITED = 1u << 6,        /* a walk over the graph has been here */
       CORM__WRITTEN = 1u << 7,        /* flush: its INSERT or UPDATE is done, or needs none */
       /* lives in a slab of another session; it is in session->adopted */
       CORM__ADOPTED = 1u << 8,
       /* flush: deleted as orphan or by cascade from one, for this flush only */
       CORM__DOOMED = 1u << 9,
       /* was pending and left as an orphan: adding or linking it again brings it back, a flush does
        * not */
       CORM__LEFT = 1u << 10,
       CORM__GONE = 1u << 11, /* its delete was committed: it has no row to come back to */
       /* a new object was inserted with its key: its row had gone without the session's doing */
       CORM__DISPLACED = 1u << 12,
       /* marked deleted, and given another parent after that */
       CORM__PLACED = 1u << 13,
       CORM__CASCADED = 1u << 14 /* marked deleted together with a parent */
};

typedef struct corm__image {      /* a snapshot as it was before a flush, for rollback */
    struct corm__image *previous; /* of the same object, older */
    size_t place;                 /* of its entry in the journal */
    /* the struct follows */
} corm__image;

typedef struct corm__record {
    corm_session *session;     /* it belongs to; NULL: to the program */
    struct corm__extra *extra; /* relationships and rare things, made at first use */
    corm__image *image;        /* newest before-image of this transaction */
    union {
        /* transient, pending: columns without a value; above them the columns with a default, in
         * their order, as far as there is room: those that have it because they were left out */
        uint64_t unset;
        corm__batch *batch; /* persistent: its siblings, while epoch is the session's */
    } as;
    /* of the session when the members were loaded; older: expired; 0: expired on its own */
    uint32_t generation;
    uint32_t position; /* in the batch */
    uint16_t flags;
    uint8_t state; /* corm_object_state */
    uint8_t unused;
    uint32_t epoch; /* of the session when the batch was handed out */
} corm__record;

typedef struct corm__changes { /* of a collection, since the last flush; net */
    void **added, **removed;
    /* appended while the collection was not loaded: their order, for when it is */
    void **recent;
    uint32_t added_count, added_capacity, removed_count, removed_capacity, recent_count,
        recent_capacity;
} corm__changes;

typedef struct corm__link { /* one relationship of one object */
    /* to-many: loaded, or (transient and pending owners) everything there is */
    void **items;
    void *target;           /* to-one */
    corm__changes *changes; /* to-many of a persistent owner; NULL: none */
    uint32_t count, capacity;
    /* prefetched: session->clock at that time; a list of an owner without a row: CORM__TOLD if the
     * program has put in or taken out, so that an empty one is meant to be empty */
    uint32_t stamp;
    bool loaded;     /* items or target are known */
    bool handed : 1; /* items were given to the program: copy before the next change */
    /* to-many, not loaded: the program appended to it or removed from it, as if it had been loaded
     * then: what is linked from now on stands last, looking at it does not flush, cascades see it */
    bool opened : 1;
    bool changed;    /* to-one: differs from what is stored */
    bool prefetched; /* loaded for a sibling: valid only while nothing was written */
} corm__link;

typedef struct corm__extra {
    uint32_t generation; /* of the session's links */
    uint16_t link_count;
    /* allocated for itself (expunged object), not from the session's heap */
    bool own;
    uint64_t touched;   /* columns to be written in any case */
    uint64_t expired;   /* single columns that are expired */
    uint64_t unset;     /* persistent: columns whose value was taken away */
    void *own_block;    /* texts of an object that was expunged */
    corm__link links[]; /* by index of the relation */
} corm__extra;

typedef struct corm__slab {
    uint32_t magic;
    uint32_t reciprocal;     /* place = (offset * reciprocal) >> 32 */
    uint32_t first;          /* offset of the first struct */
    uint32_t capacity, used; /* used: high-water mark */
    uint32_t live;           /* slots in use, of any session or none */
    corm__mapper *mapper;
    corm_session *owner; /* gives out its slots; NULL once that session is gone */
    struct corm__block *block;
    corm__record *records;
    char *snapshots;
} corm__slab;

/* integer keys: hash is the key itself */
typedef struct corm__slot {
    uint64_t hash;
    void *object;
} corm__slot;
typedef struct corm__identity_map {
    corm__slot *slots;
    size_t capacity, count;
} corm__identity_map;

/* What is done with one row of a table; each has its statement. */
typedef enum corm__verb {
    CORM__VERB_INSERT,
    CORM__VERB_UPDATE,
    CORM__VERB_DELETE,
    CORM__VERB_GET,
    CORM__VERB_COUNT
} corm__verb;

typedef struct corm__statement { /* valid while the session holds that connection */
    struct corm__prepared *prepared;
    struct corm__pooled *connection;
    uint64_t transaction;
    uint64_t columns; /* UPDATE: which; INSERT: without which */
} corm__statement;

typedef struct corm__store { /* all objects of one model in one session */
    corm__mapper *mapper;
    corm__vector slabs;
    void *free_slots; /* chain through the dead structs' first bytes */
    void *returned;   /* the same: freed by the program; under the global lock */
    corm__identity_map identities;
    /* session->clock when a flush last wrote this table: prefetched relations compare it */
    corm__statement statements[CORM__VERB_COUNT];
    uint32_t written;
} corm__store;

/* A hook or a validator that is running. */
typedef enum corm__bound { /* what is forbidden in it; each includes those before */
                           CORM__BOUND_END, /* ending the transaction */
                           CORM__BOUND_FLUSH,
                           CORM__BOUND_ALL /* whatever loads, writes, or changes what belongs to the session */
} corm__bound;
typedef struct corm__running {
    struct corm__running *outer; /* the hook inside of which it runs; NULL: none */
    const char *name;
    const void *object; /* NULL: a hook of the session */
    corm__bound bound;
    char why[256]; /* it refuses */
} corm__running;

/* ---- Session --------------------------------------------------------------------------------- */

typedef enum corm__event { CORM__INSERTED, CORM__UPDATED, CORM__DELETED } corm__event;
typedef struct corm__entry { /* one line of the journal: what a flush did to an object */
    void *object;
    corm__image *image; /* UPDATED: the snapshot before, or NULL if an older entry has it */
    uint64_t unset;     /* INSERTED: what was unset before */
    uint8_t event;
} corm__entry;

typedef struct corm__mark { /* an open savepoint */
    uint64_t id;
    size_t journal_count;
    bool rolled_back; /* a failed flush has gone back to it already */
} corm__mark;

/* heap memory to release at the next begin */
typedef struct corm__retired {
    void *block;
    size_t size;
} corm__retired;

struct corm_session {
    corm_engine *engine;
    corm_session_options options;
    bool owns_engine;
    corm__registry *registry;
    corm_error error;       /* while poisoned: the first one */
    corm_status poison;     /* CORM_OK: usable; else why nothing runs before rollback */
    bool poisoned_for_good; /* the engine could not be opened */

    struct corm__pooled *connection; /* NULL: no transaction */
    bool transaction_lost;
    double transaction_start;
    uint64_t transactions; /* how many were begun: prepared statements are known within one */

    uint32_t generation; /* never 0 */
    uint32_t links_generation;
    uint32_t epoch;      /* of lists: another one when lists were freed */
    uint32_t clock;      /* counts writes of tables and ends of transactions */
    uint32_t ended;      /* clock when the last transaction ended */
    corm__store *stores; /* by mapper index */
    corm__heap heap;     /* texts, links, lists */
    corm__arena scratch; /* one operation */
    int scratch_users;   /* reset when the outermost is done */
    corm__buffer sql;
    corm__vector blocks;        /* of slabs */
    corm__vector pending;       /* in the order of becoming pending; NULL: gone again */
    corm__vector deleted;       /* marked; NULL: unmarked again */
    corm__vector linked;        /* objects with unflushed relationship changes; NULL: gone */
    corm__vector adopted;       /* objects in other sessions' slabs */
    corm__arena journal_memory; /* before-images */
    corm__entry *journal;
    size_t journal_count, journal_capacity;
    corm__mark *marks;
    size_t mark_count, mark_capacity;
    uint64_t next_mark;
    corm__retired *retired;
    size_t retired_count, retired_capacity;
    size_t retired_mark; /* those before it were retired before the last transaction ended */
    /* objects with columns that are touched or unset since the last flush */
    size_t touched;
    bool flushing;
    unsigned no_autoflush;  /* > 0: loads for internal needs do not flush */
    uint16_t hooks;         /* of its options: which there are */
    corm__running *running; /* the innermost hook; NULL: none */
    FILE *echo;
    bool echo_times; /* on, unless corm_echo_times switches it off */
    corm_trace_function trace;
    void *trace_context;
#if defined(CORM__WATCHED)
    _Atomic(uintptr_t) visitor; /* the thread that is in it; 0: none */
    _Atomic(bool) trespassed;   /* another thread was refused since */
#endif
};

/* The status of the last call on this thread. */
static CORM__PER_THREAD corm_status corm__status;

static inline corm__store *corm__store_of(corm_session *session, const corm__mapper *mapper)
{
    return &session->stores[mapper->index];
}

/* ---- Defined below, called above ------------------------------------------------------------- */

/* session.c */
static corm_status corm__autoflush(corm_session *session);
/* Undoes the transaction, or what came after the innermost savepoint, after a failure; poisons
 * the session with the error it has. */
static corm_status corm__break_off(corm_session *session, bool transaction_lost);

#endif /* CORM__STATE_H */

/* ---- src/entry.c ----------------------------------------------------------------------------- */

/* entry.c: which thread is in a session.
 *
 * Owns: finding a session that two threads use at once; errors that no session can keep.
 * Must not know: what the calls do.
 *
 * Watched are builds without NDEBUG, by compilers that run something at the end of a scope however it
 * is left. A watched call costs a few plain reads and writes, no locked instruction: two threads that
 * enter within the same few nanoseconds may both pass, which the next call makes good. Nothing here
 * orders memory, so that a checker of data races sees through it. */
#ifndef CORM__ROOM_ENTRY_C
#define CORM__ROOM_ENTRY_C

#ifdef CORM_LINES
#line 14 "src/entry.c"
#endif
/* Of calls without a session, and of corm_run, whose session is gone when it returns. */
static CORM__PER_THREAD corm_error corm__thread_error;

#if defined(CORM__WATCHED)

static CORM__PER_THREAD char corm__thread; /* its address is the thread's name */
/* the session whose last call by this thread was refused; NULL: none since another went well */
static CORM__PER_THREAD const corm_session *corm__refused;

static const corm_error corm__two_threads = {
    CORM_MISUSE, 0,
    "the session is used by two threads at once: give each thread a session of its own "
    "(corm_session_open); one may pass from thread to thread between two calls"};

typedef struct corm__visit {
    corm_session *session; /* to be left; NULL: an outer call of this thread does that */
    bool refused;
} corm__visit;

/* What the other thread was refused is missing now: this one must not commit without it. */
static void corm__trespassed(corm_session *session)
{
    atomic_store_explicit(&session->trespassed, false, memory_order_relaxed);
    if (session->poison != CORM_OK)
        return;
    session->error = corm__two_threads;
    session->poison = CORM_MISUSE;
}

/* The session may be NULL. */
static inline corm__visit corm__enter(corm_session *session)
{
    corm__visit visit = {NULL, false};
    if (session == NULL)
        return visit;
    const uintptr_t me = (uintptr_t)&corm__thread;
    const uintptr_t now = atomic_load_explicit(&session->visitor, memory_order_relaxed);
    if (now == me)
        return visit;
    if (CORM__UNLIKELY(now != 0)) {
        atomic_store_explicit(&session->trespassed, true, memory_order_relaxed);
        corm__refused = session;
        corm__status = CORM_MISUSE;
        visit.refused = true;
        return visit;
    }
    atomic_store_explicit(&session->visitor, me, memory_order_relaxed);
    corm__refused = NULL;
    if (CORM__UNLIKELY(atomic_load_explicit(&session->trespassed, memory_order_relaxed)))
        corm__trespassed(session);
    visit.session = session;
    return visit;
}

static inline void corm__leave(corm__visit *visit)
{
    if (visit->session != NULL)
        atomic_store_explicit(&visit->session->visitor, 0, memory_order_relaxed);
}

/* The first line of every public call that works in a session, before anything in it is touched.
 * Behind the session stands what the call returns if another thread is in it; nothing, if it
 * returns nothing. */
#define CORM__ENTER(session_, ...)                                                                 \
    __attribute__((cleanup(corm__leave))) corm__visit corm__here = corm__enter(session_);          \
    if (CORM__UNLIKELY(corm__here.refused))                                                        \
    return __VA_ARGS__
/* The same for the call after which there is no session to leave. */
#define CORM__ENTER_LAST(session_)                                                                 \
    if (corm__enter(session_).refused)                                                             \
    return

#else
#define CORM__ENTER(session_, ...) ((void)0)
#define CORM__ENTER_LAST(session_) ((void)0)
#endif

#endif /* CORM__ROOM_ENTRY_C */

/* ---- src/pool.c ------------------------------------------------------------------------------ */

/* pool.c: an engine's connections and the statements prepared on them.
 *
 * Owns: opening and closing engines, the pool and the line of those who wait for a connection, the
 * prepared statements of each connection, registries shared between engines of one schema.
 * Must not know: sessions beyond their number, objects, what a statement says. */
#ifndef CORM__ROOM_POOL_C
#define CORM__ROOM_POOL_C

#ifdef CORM_LINES
#line 11 "src/pool.c"
#endif
#include <string.h>

enum {
    CORM__POOL_SIZE = 5,           /* as SQLAlchemy's pool */
    CORM__POOL_TIMEOUT_MS = 30000, /* the same */
    CORM__STATEMENTS_MAX = 512,    /* prepared at a time on one connection; a few KiB each */
    CORM__STATEMENT_SLOTS_FIRST = 64,
    CORM__HOT_STATEMENTS = 64 /* found without hashing their text */
};

/* A statement of one connection. The pointer is good as long as its holder holds the connection,
 * also where other statements have taken its place: it is prepared again then. */
typedef struct corm__prepared {
    corm_statement *statement;   /* NULL: finalized to make room */
    char *sql;                   /* terminated; behind this struct */
    size_t size;                 /* bytes of sql */
    uint64_t hash;               /* of sql */
    uint64_t used;               /* pooled->uses at its last use: the smallest goes first */
    bool running;                /* a cursor is open on it */
    struct corm__prepared *twin; /* one more of the same text, for use while this one runs */
    struct corm__prepared *next; /* of all on this connection */
} corm__prepared;

typedef struct corm__pooled {
    corm_connection *connection;
    const corm_adapter *adapter;
    uint64_t hold; /* a number of its own for each time it is taken from the pool */
    bool turn;     /* whoever holds it has the turn to write */
    corm__prepared *all;
    corm__prepared **slots; /* by hash, linear probing; twins hang on the first of their text */
    size_t slot_count;      /* a power of two, or 0 */
    size_t count;           /* of `all` */
    size_t live;            /* those with a statement */
    size_t running;
    uint64_t uses;
    corm__prepared *hot[CORM__HOT_STATEMENTS];
    struct corm__pooled *next; /* idle */
} corm__pooled;

struct corm_engine {
    const corm_adapter *adapter;
    void *config;
    corm__registry *registry;
    corm_error error;            /* other than CORM_OK: nothing works, and this is why */
    corm_engine_options options; /* with the defaults filled in */
    corm__mutex lock;            /* of everything below */
    corm__line waiters;          /* for a connection: while someone waits none is idle */
    corm__line writers;          /* for the turn to write, with CORM_ONE_WRITER */
    bool writing;                /* somebody has the turn */
    corm__pooled *idle;          /* a stack: the last one used has the warmest cache */
    size_t connections;          /* open, or being opened */
    size_t sessions;
    uint64_t holds;
    long process; /* that opened it */
};

/* ---- Failures -------------------------------------------------------------------------------- */

/* Before an adapter's call; cheaper than clearing all of it, for every row. */
static void corm__failure_clear(corm_failure *failure)
{
    failure->status = CORM_OK;
    failure->native_code = 0;
    failure->transaction_lost = false;
    failure->message[0] = failure->columns[0] = '\0';
}

/* Of corm's own making: nothing was asked of the database. */
static void corm__failure_set(corm_failure *failure, corm_status status, const char *message)
{
    corm__failure_clear(failure);
    failure->status = status;
    (void)snprintf(failure->message, sizeof failure->message, "%s", message); /* cut at worst */
}

/* Completes what a failed call of an adapter left out. */
static corm_status corm__failure_complete(corm_failure *failure, corm_status status)
{
    if (failure->status == CORM_OK)
        failure->status = status;
    if (failure->message[0] == '\0')
        (void)snprintf(failure->message, sizeof failure->message, "%s",
                       corm_status_text(failure->status)); /* cut at worst */
    return failure->status;
}

/* ---- Registries ---------------------------------------------------------------------------------
 * Engines of one schema share its registry, and an object that outlives its engine keeps it alive. */

typedef struct corm__shared {
    corm__registry *registry;
    size_t users;
    struct corm__shared *next;
} corm__shared;

static corm__shared *corm__all_shared; /* under the global lock */

static corm__shared *corm__shared_new(const corm_schema *schema, corm_error *error)
{
    corm__shared *shared = corm__allocate(sizeof *shared);
    if (shared == NULL) {
        (void)corm__error_set(error, CORM_OUT_OF_MEMORY, "out of memory while reading the models");
        return NULL;
    }
    shared->registry = corm__registry_build(schema, error);
    if (shared->registry == NULL) {
        corm__free(shared);
        return NULL;
    }
    shared->users = 0;
    shared->next = corm__all_shared;
    corm__all_shared = shared;
    return shared;
}

/* The schema's registry, built if nobody has it; to be released. NULL with *error, which may be
 * NULL. */
static corm__registry *corm__registry_acquire(const corm_schema *schema, corm_error *error)
{
    corm__registry *registry = NULL;
    corm__global_lock();
    corm__shared *shared = corm__all_shared;
    while (shared != NULL && shared->registry->schema != schema)
        shared = shared->next;
    if (shared == NULL)
        shared = corm__shared_new(schema, error);
    if (shared != NULL) {
        shared->users++;
        registry = shared->registry;
    }
    corm__global_unlock();
    return registry;
}

/* One more user of a registry that is in use. */
static corm__registry *corm__registry_retain(corm__registry *registry)
{
    corm__global_lock();
    for (corm__shared *shared = corm__all_shared; shared != NULL; shared = shared->next)
        if (shared->registry == registry)
            shared->users++;
    corm__global_unlock();
    return registry;
}

/* NULL is fine. */
static void corm__registry_release(corm__registry *registry)
{
    if (registry == NULL)
        return;
    corm__global_lock();
    corm__shared **place = &corm__all_shared;
    while (*place != NULL && (*place)->registry != registry)
        place = &(*place)->next;
    corm__shared *shared = *place;
    CORM_ASSERT(shared != NULL);
    if (shared != NULL && --shared->users == 0)
        *place = shared->next;
    else
        shared = NULL;
    corm__global_unlock();
    if (shared != NULL)
        corm__registry_free(registry);
    corm__free(shared);
}

/* ---- Statements ------------------------------------------------------------------------------ */

static bool corm__prepared_is(const corm__prepared *prepared, const char *sql, size_t size)
{
    return prepared->size == size && memcmp(prepared->sql, sql, size) == 0;
}

/* Texts of one kind begin and end alike, so their middle and their size choose the place. */
static corm__prepared **corm__hot_place(corm__pooled *pooled, const char *sql, size_t size)
{
    uint64_t middle = 0;
    size_t taken = size < sizeof middle ? size : sizeof middle;
    memcpy(&middle, sql + (size - taken) / 2, taken);
    return &pooled->hot[corm__hash_mix(middle ^ size) % CORM__HOT_STATEMENTS];
}

/* Where the text stands, or the empty slot where it would. There is always one. */
static corm__prepared **corm__statement_slot(corm__pooled *pooled, const char *sql, size_t size,
                                             uint64_t hash)
{
    size_t i = (size_t)hash & (pooled->slot_count - 1);
    while (pooled->slots[i] != NULL) {
        const corm__prepared *other = pooled->slots[i];
        if (other->hash == hash && corm__prepared_is(other, sql, size))
            break;
        i = (i + 1) & (pooled->slot_count - 1);
    }
    return &pooled->slots[i];
}

/* Fills the empty slots anew from the list. */
static void corm__statements_place(corm__pooled *pooled)
{
    for (corm__prepared *one = pooled->all; one != NULL; one = one->next) {
        corm__prepared **slot = corm__statement_slot(pooled, one->sql, one->size, one->hash);
        one->twin = *slot;
        *slot = one;
    }
}

/* Room for one more; false: out of memory. */
static bool corm__statements_grow(corm__pooled *pooled)
{
    if ((pooled->count + 1) * 4 <= pooled->slot_count * 3)
        return true;
    size_t count = pooled->slot_count == 0 ? CORM__STATEMENT_SLOTS_FIRST : pooled->slot_count * 2;
    corm__prepared **slots = corm__allocate_zeroed(count, sizeof *slots);
    if (slots == NULL)
        return false;
    corm__free(pooled->slots);
    pooled->slots = slots;
    pooled->slot_count = count;
    corm__statements_place(pooled);
    return true;
}

static corm__prepared *corm__statement_new(corm__pooled *pooled, const char *sql, size_t size,
                                           uint64_t hash)
{
    corm__prepared *made =
        size < SIZE_MAX - sizeof *made ? corm__allocate(sizeof *made + size + 1) : NULL;
    if (made == NULL)
        return NULL;
    memset(made, 0, sizeof *made);
    made->sql = memcpy(made + 1, sql, size);
    made->sql[size] = '\0';
    made->size = size;
    made->hash = hash;
    made->next = pooled->all;
    pooled->all = made;
    pooled->count++;
    return made;
}

static void corm__statement_finalize(corm__pooled *pooled, corm__prepared *prepared)
{
    if (prepared->statement == NULL)
        return;
    pooled->adapter->finalize(prepared->statement);
    prepared->statement = NULL;
    pooled->live--;
}

/* Finalizes the one that was not used for longest, if there are too many. Its text stays: somebody
 * may hold it. */
static void corm__statements_make_room(corm__pooled *pooled)
{
    corm__prepared *oldest = NULL;
    if (pooled->live < CORM__STATEMENTS_MAX)
        return;
    for (corm__prepared *one = pooled->all; one != NULL; one = one->next)
        if (one->statement != NULL && !one->running && (oldest == NULL || one->used < oldest->used))
            oldest = one;
    if (oldest != NULL)
        corm__statement_finalize(pooled, oldest);
}

/* Of the statements with this text one that can be run now: prepared, and no cursor is open on it.
 * NULL with *failure. */
static corm__prepared *corm__statement_ready(corm__pooled *pooled, corm__prepared *prepared,
                                             corm_failure *failure)
{
    while (prepared->running && prepared->twin != NULL)
        prepared = prepared->twin;
    if (prepared->running) {
        corm__prepared *twin =
            corm__statements_grow(pooled)
                ? corm__statement_new(pooled, prepared->sql, prepared->size, prepared->hash)
                : NULL;
        if (twin == NULL) {
            corm__failure_set(failure, CORM_OUT_OF_MEMORY, "out of memory");
            return NULL;
        }
        twin->twin = prepared->twin; /* growing may have put one behind it */
        prepared->twin = twin;
        prepared = twin;
    }
    if (prepared->statement == NULL) {
        corm__statements_make_room(pooled);
        corm__failure_clear(failure);
        corm_status status = pooled->adapter->prepare(
            pooled->connection, prepared->sql, prepared->size, &prepared->statement, failure);
        if (status != CORM_OK) {
            prepared->statement = NULL;
            (void)corm__failure_complete(failure, status);
            return NULL;
        }
        pooled->live++;
    }
    prepared->used = ++pooled->uses;
    return prepared;
}

/* The statement of this text on this connection, prepared now if it was not. NULL with *failure.
 * Valid as long as the connection is held. */
static corm__prepared *corm__engine_prepare(corm__pooled *pooled, const char *sql, size_t size,
                                            corm_failure *failure)
{
    corm__prepared **hot = corm__hot_place(pooled, sql, size);
    if (*hot == NULL || !corm__prepared_is(*hot, sql, size)) {
        const uint64_t hash = corm__hash_bytes(sql, size, 0);
        if (!corm__statements_grow(pooled)) {
            corm__failure_set(failure, CORM_OUT_OF_MEMORY, "out of memory");
            return NULL;
        }
        corm__prepared **slot = corm__statement_slot(pooled, sql, size, hash);
        if (*slot == NULL)
            *slot = corm__statement_new(pooled, sql, size, hash);
        if (*slot == NULL) {
            corm__failure_set(failure, CORM_OUT_OF_MEMORY, "out of memory");
            return NULL;
        }
        *hot = *slot;
    }
    return corm__statement_ready(pooled, *hot, failure);
}

/* Ends the queries whose rows were not read to the end: they must not outlive the transaction. */
static void corm__statements_stop(corm__pooled *pooled)
{
    for (corm__prepared *one = pooled->all; pooled->running > 0 && one != NULL; one = one->next) {
        if (!one->running)
            continue;
        pooled->adapter->reset(one->statement);
        one->running = false;
        pooled->running--;
    }
}

/* Forgets the texts whose statements were finalized or never understood; nobody may hold one. */
static void corm__statements_tidy(corm__pooled *pooled)
{
    if (pooled->count == pooled->live)
        return;
    for (corm__prepared **place = &pooled->all; *place != NULL;) {
        corm__prepared *one = *place;
        if (one->statement != NULL) {
            place = &one->next;
            continue;
        }
        *place = one->next;
        corm__free(one);
        pooled->count--;
    }
    memset(pooled->hot, 0, sizeof pooled->hot);
    memset(pooled->slots, 0, pooled->slot_count * sizeof *pooled->slots);
    corm__statements_place(pooled);
}

/* ---- Connections ----------------------------------------------------------------------------- */

/* Opens a connection; not under the lock, because it may take long. */
static corm_status corm__pooled_open(corm_engine *engine, corm__pooled **out, corm_error *error)
{
    corm_failure failure;
    corm__pooled *pooled = corm__allocate_zeroed(1, sizeof *pooled);
    *out = NULL;
    if (pooled == NULL)
        return corm__error_set(error, CORM_OUT_OF_MEMORY,
                               "out of memory while a connection was opened");
    pooled->adapter = engine->adapter;
    corm__failure_clear(&failure);
    corm_status status = engine->adapter->open(engine->config, &pooled->connection, &failure);
    if (status != CORM_OK) {
        corm__free(pooled);
        status = corm__failure_complete(&failure, status);
        (void)corm__error_set(error, status, "%s", failure.message);
        if (error != NULL)
            error->native_code = failure.native_code;
        return status;
    }
    *out = pooled;
    return CORM_OK;
}

static void corm__pooled_close(corm__pooled *pooled)
{
    corm__statements_stop(pooled);
    while (pooled->all != NULL) {
        corm__prepared *one = pooled->all;
        pooled->all = one->next;
        corm__statement_finalize(pooled, one);
        corm__free(one);
    }
    corm__free(pooled->slots);
    pooled->adapter->close(pooled->connection);
    corm__free(pooled);
}

/* A connection, or with NULL the place of one that is gone, to who has waited longest; a newcomer
 * cannot snatch it. Under the lock. */
static void corm__pool_put(corm_engine *engine, corm__pooled *pooled)
{
    if (corm__line_serve(&engine->waiters, pooled))
        return;
    if (pooled != NULL) {
        pooled->next = engine->idle;
        engine->idle = pooled;
    } else {
        engine->connections--;
    }
}

/* Whether a connection (*out) or the place for one (*out NULL) could be had in time. */
static bool corm__pool_take(corm_engine *engine, corm__pooled **out)
{
    bool taken = true;
    void *given = NULL;
    *out = NULL;
    corm__mutex_lock(&engine->lock);
    if (engine->idle != NULL) {
        *out = engine->idle;
        engine->idle = (*out)->next;
    } else if (engine->connections < engine->options.pool_size) {
        engine->connections++;
    } else {
        taken = corm__line_wait(&engine->waiters, &engine->lock, engine->options.pool_timeout_ms,
                                &given);
        *out = given;
    }
    if (*out != NULL)
        (*out)->hold = ++engine->holds;
    corm__mutex_unlock(&engine->lock);
    return taken;
}

static corm_status corm__pool_timeout(const corm_engine *engine, corm_error *error)
{
    if (engine->options.pool_size == 1)
        return corm__error_set(
            error, CORM_TIMEOUT,
            "no connection was free within %u ms: the database has a single "
            "connection and another session holds it; commit, roll back or close "
            "that session",
            engine->options.pool_timeout_ms);
    return corm__error_set(
        error, CORM_TIMEOUT,
        "no connection was free within %u ms: all %zu are in use; close or commit "
        "a session, or raise .pool_size",
        engine->options.pool_timeout_ms, engine->options.pool_size);
}

/* A connection that nobody else has; waits for one if all are in use. */
static corm_status corm__pool_get(corm_engine *engine, corm__pooled **out, corm_error *error)
{
    if (!corm__pool_take(engine, out))
        return corm__pool_timeout(engine, error);
    if (*out != NULL)
        return CORM_OK;
    corm_status status = corm__pooled_open(engine, out, error);
    corm__mutex_lock(&engine->lock);
    if (status == CORM_OK)
        (*out)->hold = ++engine->holds;
    else
        corm__pool_put(engine, NULL);
    corm__mutex_unlock(&engine->lock);
    return status;
}

/* Where one transaction writes at a time, the writers of this engine take turns in the order in
 * which they come: the database would let them try again and again, and some of them never win. */
static corm_status corm__turn_take(corm_engine *engine, corm_error *error)
{
    bool taken = true;
    void *nothing;
    corm__mutex_lock(&engine->lock);
    if (engine->writing)
        taken = corm__line_wait(&engine->writers, &engine->lock, engine->options.writer_timeout_ms,
                                &nothing);
    else
        engine->writing = true;
    corm__mutex_unlock(&engine->lock);
    return taken ? CORM_OK
                 : corm__error_set(error, CORM_BUSY,
                                   "it was not this session's turn to write within %u ms: other "
                                   "sessions of the engine write; commit or roll back earlier",
                                   engine->options.writer_timeout_ms);
}

static void corm__turn_give(corm_engine *engine)
{
    corm__mutex_lock(&engine->lock);
    engine->writing = corm__line_serve(&engine->writers, NULL);
    corm__mutex_unlock(&engine->lock);
}

/* A connection of its own for the caller, until it gives it back, and for a `writer` its turn, which
 * it waits for before it holds a connection. CORM_TIMEOUT, CORM_BUSY, or why none could be
 * opened. */
static corm_status corm__engine_acquire(corm_engine *engine, bool writer, corm__pooled **out,
                                        corm_error *error)
{
    *out = NULL;
    if (engine == NULL)
        return corm__error_set(error, CORM_NULL_ARGUMENT, "the engine is NULL");
    if (engine->error.status != CORM_OK) {
        if (error != NULL)
            *error = engine->error;
        return engine->error.status;
    }
    if (CORM__UNLIKELY(engine->process != corm__process()))
        return corm__error_set(error, CORM_MISUSE,
                               "the engine was opened by another process, before fork: connections "
                               "do not survive it; open an engine in each process");
    /* a single connection is a turn of its own */
    const bool turn = writer && engine->options.pool_size > 1 &&
                      (engine->adapter->capabilities & CORM_ONE_WRITER) != 0;
    corm_status status = turn ? corm__turn_take(engine, error) : CORM_OK;
    if (status != CORM_OK)
        return status;
    status = corm__pool_get(engine, out, error);
    if (status == CORM_OK)
        (*out)->turn = turn;
    else if (turn)
        corm__turn_give(engine);
    return status;
}

/* Gives it back, without a transaction. broken: it is closed instead of kept. */
static void corm__engine_release(corm_engine *engine, corm__pooled *pooled, bool broken)
{
    if (engine == NULL || pooled == NULL)
        return;
    const bool turn = pooled->turn;
    pooled->turn = false;
    if (broken) {
        corm__pooled_close(pooled);
        pooled = NULL;
    } else {
        corm__statements_stop(pooled);
        corm__statements_tidy(pooled);
    }
    corm__mutex_lock(&engine->lock);
    if (turn)
        engine->writing = corm__line_serve(&engine->writers, NULL);
    corm__pool_put(engine, pooled);
    corm__mutex_unlock(&engine->lock);
}

/* ---- Engines --------------------------------------------------------------------------------- */

/* Counts a session, also on a broken engine, whose status is the answer; it must be detached in any
 * case. */
static corm_status corm__engine_attach(corm_engine *engine)
{
    if (engine == NULL)
        return CORM_NULL_ARGUMENT;
    corm__mutex_lock(&engine->lock);
    engine->sessions++;
    corm__mutex_unlock(&engine->lock);
    return engine->error.status;
}

static void corm__engine_detach(corm_engine *engine)
{
    if (engine == NULL)
        return;
    corm__mutex_lock(&engine->lock);
    engine->sessions--;
    corm__mutex_unlock(&engine->lock);
}

/* Reads the models and opens the first connection, so that what is wrong shows at once. */
static corm_status corm__engine_start(corm_engine *engine, const corm_schema *schema)
{
    if (engine->adapter == NULL || engine->adapter->dialect == NULL)
        return corm__error_set(&engine->error, CORM_NULL_ARGUMENT,
                               "corm_engine_open: the adapter, or its dialect, is NULL");
    if (schema == NULL)
        return corm__error_set(&engine->error, CORM_NULL_ARGUMENT,
                               "corm_engine_open: the schema is NULL");
    engine->registry = corm__registry_acquire(schema, &engine->error);
    if (engine->registry == NULL)
        return engine->error.status;
    if (corm__ddl_vet(engine->registry, engine->adapter->dialect, &engine->error) != CORM_OK) {
        corm__registry_release(engine->registry);
        engine->registry = NULL;
        return engine->error.status;
    }
    if (corm__pooled_open(engine, &engine->idle, &engine->error) == CORM_OK)
        engine->connections = 1;
    return engine->error.status;
}

CORM_API corm_engine *corm_engine_open(const corm_adapter *adapter, void *config,
                                       const corm_schema *schema,
                                       const corm_engine_options *options)
{
    corm_engine *engine = corm__allocate_zeroed(1, sizeof *engine);
    if (engine == NULL) {
        if (adapter != NULL && adapter->free_config != NULL)
            adapter->free_config(config);
        corm__status = corm__error_set(&corm__thread_error, CORM_OUT_OF_MEMORY,
                                       "corm_engine_open: out of memory");
        return NULL;
    }
    engine->adapter = adapter;
    engine->config = config;
    engine->process = corm__process();
    if (options != NULL)
        engine->options = *options;
    if (engine->options.pool_size == 0)
        engine->options.pool_size = CORM__POOL_SIZE;
    if (engine->options.pool_timeout_ms == 0)
        engine->options.pool_timeout_ms = CORM__POOL_TIMEOUT_MS;
    if (engine->options.writer_timeout_ms == 0)
        engine->options.writer_timeout_ms = engine->options.pool_timeout_ms;
    corm__line_init(&engine->waiters);
    corm__line_init(&engine->writers);
    corm__mutex_init(&engine->lock);
    corm__status = corm__engine_start(engine, schema);
    return engine;
}

CORM_API corm_status corm_engine_status(const corm_engine *engine)
{
    return engine == NULL ? CORM_NULL_ARGUMENT : engine->error.status;
}

CORM_API const char *corm_engine_message(const corm_engine *engine)
{
    return engine == NULL ? "the engine is NULL" : engine->error.message;
}

CORM_API corm_status corm_engine_close(corm_engine *engine)
{
    if (engine == NULL)
        return corm__status = CORM_OK;
    corm__mutex_lock(&engine->lock);
    const size_t sessions = engine->sessions;
    corm__mutex_unlock(&engine->lock);
    if (sessions > 0)
        return corm__status =
                   corm__error_set(&corm__thread_error, CORM_MISUSE,
                                   "corm_engine_close: %zu of its sessions are open: close "
                                   "them first",
                                   sessions);
    while (engine->idle != NULL) {
        corm__pooled *pooled = engine->idle;
        engine->idle = pooled->next;
        corm__pooled_close(pooled);
    }
    corm__registry_release(engine->registry);
    if (engine->adapter != NULL && engine->adapter->free_config != NULL)
        engine->adapter->free_config(engine->config);
    corm__mutex_destroy(&engine->lock);
    corm__free(engine);
    return corm__status = CORM_OK;
}

#endif /* CORM__ROOM_POOL_C */

/* ---- src/engine.c ---------------------------------------------------------------------------- */

/* engine.c: what a session does on its connection.
 *
 * Owns: the session's error record, the beginning and the end of its transaction in the
 * database, running statements and reading rows, echo and trace.
 * Must not know: objects, what a statement means, what happens to objects at commit and
 * rollback. */
#ifndef CORM__ROOM_ENGINE_C
#define CORM__ROOM_ENGINE_C

#ifdef CORM_LINES
#line 11 "src/engine.c"
#endif
#include <string.h>

enum {
    CORM__SQL_SHOWN = 160,   /* bytes of a statement in a message */
    CORM__VALUES_SHOWN = 64, /* of a statement in the echo: a row of the widest table */
    CORM__LONG_TRANSACTION_MS = 10000
};

/* ---- Errors ---------------------------------------------------------------------------------- */

static void corm__record_error(corm_session *session, corm_status status, int native_code,
                               const char *format, va_list arguments) CORM__PRINTF(4, 0);
static void corm__record_error(corm_session *session, corm_status status, int native_code,
                               const char *format, va_list arguments)
{
    corm_error *error = session == NULL ? &corm__thread_error : &session->error;
    corm__status = status;
    if (session != NULL && session->poison != CORM_OK)
        return; /* the first one stays: what follows it is only its consequence */
    char message[CORM__MESSAGE_SIZE + 4]; /* longer, so that the cut is left to corm__error_set */
    if (vsnprintf(message, sizeof message, format, arguments) < 0)
        message[0] = '\0';
    (void)corm__error_set(error, status, "%s", message);
    error->native_code = native_code;
}

/* Records an error that blocks nothing. Returns the status. The session may be NULL. */
static corm_status corm__fail(corm_session *session, corm_status status, const char *format, ...)
    CORM__PRINTF(3, 4);
static corm_status corm__fail(corm_session *session, corm_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    corm__record_error(session, status, 0, format, arguments);
    va_end(arguments);
    return status;
}

/* The same, and the session refuses work until rollback. */
static corm_status corm__poison(corm_session *session, corm_status status, const char *format, ...)
    CORM__PRINTF(3, 4);
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

static corm_status corm__fail_native(corm_session *session, corm_status status, int native_code,
                                     const char *format, ...) CORM__PRINTF(4, 5);
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
static corm_status corm__failed(corm_session *session, const corm_failure *failure,
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
static corm_status corm__failed_sql(corm_session *session, const corm_failure *failure,
                                    const char *sql, size_t size)
{
    char shown[CORM__SQL_SHOWN + 4];
    corm__shorten_sql(sql, size, shown);
    return corm__fail_native(session, failure->status, failure->native_code, "%s (%s)",
                             failure->message, shown);
}

/* What every failed call on the session's connection leaves behind. */
static corm_status corm__take_failure(corm_session *session, corm_failure *failure,
                                      corm_status status)
{
    if (failure->transaction_lost)
        session->transaction_lost = true;
    return corm__failure_complete(failure, status);
}

/* CORM_MISUSE where a running hook must not do such a thing. */
static corm_status corm__forbidden(corm_session *session, corm__bound what, const char *call)
{
    static const char *const rest[] = {
        [CORM__BOUND_END] = "end the transaction",
        [CORM__BOUND_FLUSH] = "flush, or end the transaction",
        [CORM__BOUND_ALL] = "use the session: it may read and change its own object"};
    const corm__running *running = session == NULL ? NULL : session->running;
    if (CORM__LIKELY(running == NULL || running->bound < what))
        return CORM_OK;
    return corm__fail(session, CORM_MISUSE, "%s inside of %s, which cannot %s", call, running->name,
                      rest[running->bound]);
}

static const char corm__no_session[] =
    "the session is NULL: it was not opened, or memory was out then";

/* CORM_OK if the session may work with its database; CORM_PENDING_ROLLBACK while an earlier error
 * waits. */
static corm_status corm__usable(corm_session *session)
{
    if (session == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "%s", corm__no_session);
    if (session->poisoned_for_good)
        return corm__status = session->poison;
    if (session->poison != CORM_OK || session->transaction_lost)
        return corm__status = CORM_PENDING_ROLLBACK;
    if (CORM__UNLIKELY(session->running != NULL) &&
        corm__forbidden(session, CORM__BOUND_ALL, "a call of the session") != CORM_OK)
        return corm__status;
    if (CORM__UNLIKELY(session->engine == NULL))
        return corm__fail(session, CORM_NULL_ARGUMENT, "the session has no engine");
    if (CORM__UNLIKELY(session->engine->error.status != CORM_OK))
        return corm__fail(session, session->engine->error.status, "%s",
                          session->engine->error.message);
    return CORM_OK;
}

CORM_API const corm_error *corm_last_error(const corm_session *session)
{
#if defined(CORM__WATCHED)
    if (CORM__UNLIKELY(session != NULL && corm__refused == session))
        return &corm__two_threads;
#endif
    if (session != NULL)
        return &session->error;
    if (corm__thread_error.status == CORM_OK)
        (void)corm__error_set(&corm__thread_error, CORM_NULL_ARGUMENT, "%s", corm__no_session);
    return &corm__thread_error;
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
    if (session != NULL && session->poison == CORM_OK && !session->transaction_lost)
        (void)corm__error_set(&session->error, CORM_OK, "%s", "");
}

CORM_API corm_status corm_last_status(void)
{
    return corm__status;
}

/* ---- Echo and trace -------------------------------------------------------------------------- */

CORM_API void corm_echo(corm_session *session, FILE *file)
{
    CORM__ENTER(session, );
    if (session == NULL)
        return;
    session->echo = file;
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

/* <sql>  [<values>]  <rows> rows, <time> ms       or "failed: <why>" in place of the rows */
static void corm__echo_event(corm_session *session, const corm_trace_event *event, const char *why)
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
        corm__buffer_format(&line, "%s%.3f ms", before_time, event->milliseconds);
    corm__echo_write(session, &line);
}

/* Tells echo and trace of a statement that is over. rows below zero: it has none. failure NULL: it
 * went well. */
static void corm__report(corm_session *session, const char *sql, const corm_value *values,
                         size_t count, double started, int64_t rows, const corm_failure *failure)
{
    if (CORM__LIKELY(session->echo == NULL && session->trace == NULL))
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
        "-- the transaction was open for %.1f s: until it ends others may have to wait "
        "for it, and the database cannot clean up; commit or roll back earlier",
        passed / 1000);
    corm__echo_write(session, &line);
}

/* ---- The transaction ------------------------------------------------------------------------- */

/* Without a transaction. */
static void corm__leave_connection(corm_session *session, bool broken)
{
    corm__pooled *pooled = session->connection;
    session->connection = NULL;
    session->transaction_lost = false;
    session->transaction_start = 0;
    corm__engine_release(session->engine, pooled, broken);
}

/* Gives the connection back, after commit or rollback; broken: it is closed. What was retired until
 * now is released when the next transaction begins. */
static void corm__give_back(corm_session *session, bool broken)
{
    session->retired_mark = session->retired_count;
    corm__leave_connection(session, broken);
}

/* Releases what was retired before the last transaction ended, and keeps what came after it. */
static void corm__release_retired(corm_session *session)
{
    const size_t mark = session->retired_mark;
    if (mark == 0)
        return;
    for (size_t i = 0; i < mark; i++)
        corm__heap_release(&session->heap, session->retired[i].block, session->retired[i].size);
    session->retired_count -= mark;
    memmove(session->retired, session->retired + mark,
            session->retired_count * sizeof *session->retired);
    session->retired_mark = 0;
}

/* Takes a connection and begins a transaction, if none is open. */
static corm_status corm__begin(corm_session *session)
{
    corm_status status = corm__usable(session);
    if (status != CORM_OK || CORM__LIKELY(session->connection != NULL))
        return status;
    corm_engine *engine = session->engine;
    corm_error error;
    /* what begins with a flush is going to write: it does not read first what others may change */
    const bool writer = session->options.writer || session->flushing;
    status = corm__engine_acquire(engine, writer, &session->connection, &error);
    if (status != CORM_OK)
        return corm__fail_native(session, status, error.native_code, "%s", error.message);
    session->transactions++;
    corm_connection *connection = session->connection->connection;
    corm_failure failure;
    corm__failure_clear(&failure);
    session->transaction_start = session->echo != NULL ? corm__clock() : 0;
    const double started = corm__watch_start(session);
    status = engine->adapter->begin(connection, writer, &failure);
    if (status == CORM_OK) {
        corm__report(session, "BEGIN", NULL, 0, started, -1, NULL);
        corm__release_retired(session);
        return CORM_OK;
    }
    status = corm__failure_complete(&failure, status);
    corm__report(session, "BEGIN", NULL, 0, started, -1, &failure);
    (void)corm__failed(session, &failure, "BEGIN");
    /* Half a beginning must not stay; a connection that cannot even roll back is lost. */
    corm_failure ignored;
    corm__failure_clear(&ignored);
    corm__leave_connection(session, engine->adapter->rollback(connection, &ignored) != CORM_OK);
    return status;
}

CORM_API bool corm_in_transaction(const corm_session *session)
{
    return session != NULL && session->connection != NULL && !session->transaction_lost;
}

CORM_API void *corm_native_handle(corm_session *session)
{
    CORM__ENTER(session, NULL);
    if (corm__begin(session) != CORM_OK)
        return NULL;
    corm__status = CORM_OK;
    return session->engine->adapter->handle(session->connection->connection);
}

/* The end of one of the calls below. */
static corm_status corm__finish_call(corm_session *session, const char *what, double started,
                                     corm_status status, corm_failure *failure)
{
    if (status == CORM_OK) {
        corm__report(session, what, NULL, 0, started, -1, NULL);
        return CORM_OK;
    }
    status = corm__take_failure(session, failure, status);
    corm__report(session, what, NULL, 0, started, -1, failure);
    return corm__failed(session, failure, what);
}

/* Whether there is a transaction for `what` to work in. */
static corm_status corm__need_transaction(corm_session *session, const char *what,
                                          corm_failure *failure)
{
    corm__failure_clear(failure);
    if (CORM__LIKELY(session->connection != NULL && !session->transaction_lost))
        return CORM_OK;
    corm__failure_set(failure, CORM_PENDING_ROLLBACK,
                      "there is no transaction: the database has ended it, or it is over");
    return corm__failed(session, failure, what);
}

/* The connection is kept until corm__give_back. A commit that fails may leave the transaction open.
 * */
static corm_status corm__adapter_commit(corm_session *session, corm_failure *failure)
{
    corm_failure own;
    failure = failure != NULL ? failure : &own;
    corm_status status = corm__need_transaction(session, "COMMIT", failure);
    if (status != CORM_OK)
        return status;
    corm__statements_stop(session->connection);
    const double started = corm__watch_start(session);
    status = session->engine->adapter->commit(session->connection->connection, failure);
    status = corm__finish_call(session, "COMMIT", started, status, failure);
    if (status == CORM_OK)
        corm__echo_long_transaction(session);
    return status;
}

/* The same; where it fails, the connection is lost: give it back as broken. Harmless without a
 * transaction. */
static corm_status corm__adapter_rollback(corm_session *session, corm_failure *failure)
{
    corm_failure own;
    failure = failure != NULL ? failure : &own;
    corm__failure_clear(failure);
    if (session->connection == NULL)
        return CORM_OK;
    corm__statements_stop(session->connection);
    const double started = corm__watch_start(session);
    corm_status status =
        session->engine->adapter->rollback(session->connection->connection, failure);
    status = corm__finish_call(session, "ROLLBACK", started, status, failure);
    corm__echo_long_transaction(session);
    return status;
}

typedef corm_status (*corm__savepoint_call)(corm_connection *connection, const char *name,
                                            corm_failure *failure);

static corm_status corm__call_savepoint(corm_session *session, corm__savepoint_call call,
                                        const char *words, uint64_t id, corm_failure *failure)
{
    corm_failure own;
    char name[32], what[64];
    failure = failure != NULL ? failure : &own;
    (void)snprintf(name, sizeof name, "corm_%llu", (unsigned long long)id); /* fits: 20 digits */
    (void)snprintf(what, sizeof what, "%s %s", words, name);
    corm_status status = corm__need_transaction(session, what, failure);
    if (status != CORM_OK)
        return status;
    const double started = corm__watch_start(session);
    status = call(session->connection->connection, name, failure);
    return corm__finish_call(session, what, started, status, failure);
}

static corm_status corm__adapter_savepoint(corm_session *session, uint64_t id,
                                           corm_failure *failure)
{
    return corm__call_savepoint(session, session->engine->adapter->savepoint, "SAVEPOINT", id,
                                failure);
}

static corm_status corm__adapter_release(corm_session *session, uint64_t id, corm_failure *failure)
{
    return corm__call_savepoint(session, session->engine->adapter->release, "RELEASE", id, failure);
}

static corm_status corm__adapter_rollback_to(corm_session *session, uint64_t id,
                                             corm_failure *failure)
{
    return corm__call_savepoint(session, session->engine->adapter->rollback_to, "ROLLBACK TO", id,
                                failure);
}

/* ---- Statements ------------------------------------------------------------------------------ */

/* The end of a statement that failed. */
static corm_status corm__statement_failed(corm_session *session, const char *sql, size_t size,
                                          const corm_value *values, size_t count, double started,
                                          corm_failure *failure)
{
    corm_status status = corm__take_failure(session, failure, failure->status);
    corm__report(session, sql, values, count, started, 0, failure);
    (void)corm__failed_sql(session, failure, sql, size);
    return status;
}

/* The prepared statement of a text, terminated at sql[size]; begins the transaction if none is
 * open. NULL: the error is recorded. Valid until the connection is given back. */
static corm__prepared *corm__prepare(corm_session *session, const char *sql, size_t size)
{
    corm_failure failure;
    if (corm__begin(session) != CORM_OK)
        return NULL;
    corm__prepared *prepared = corm__engine_prepare(session->connection, sql, size, &failure);
    if (CORM__UNLIKELY(prepared == NULL))
        (void)corm__statement_failed(session, sql, size, NULL, 0, 0, &failure);
    return prepared;
}

/* What becomes of the rows of a statement with RETURNING; their bytes are valid during the call. */
typedef struct corm__taker {
    size_t width;
    corm_status (*take)(void *context, const corm_value *row);
    void *context;
    corm_status status; /* of the first row that could not be taken */
} corm__taker;

static corm_status corm__execute_taking(const corm_adapter *adapter, corm_statement *statement,
                                        const corm_value *values, size_t count, corm__taker *taker,
                                        corm_result *result, corm_failure *failure)
{
    corm_value row[CORM__COLUMN_MAX];
    bool more = true;
    corm_status status = adapter->query(statement, values, count, failure);
    while (status == CORM_OK) {
        status = adapter->fetch(statement, row, taker->width, &more, failure);
        if (status != CORM_OK || !more)
            break;
        result->changed++;
        if (taker->status == CORM_OK)
            taker->status = taker->take(taker->context, row);
    }
    return status;
}

/* Runs a statement to its end; `taker` gets its rows, NULL: it has none. The error is recorded and
 * *failure filled in; both `out` and `failure` may be NULL. */
static corm_status corm__execute(corm_session *session, corm__prepared *prepared,
                                 const corm_value *values, size_t count, corm__taker *taker,
                                 corm_result *out, corm_failure *failure)
{
    corm_failure own;
    corm_result result = {0, 0};
    failure = failure != NULL ? failure : &own;
    corm_status status = corm__need_transaction(session, "a statement", failure);
    if (CORM__UNLIKELY(status != CORM_OK))
        return status;
    const double started = corm__watch_start(session);
    corm__prepared *ready = corm__statement_ready(session->connection, prepared, failure);
    if (CORM__UNLIKELY(ready == NULL))
        return corm__statement_failed(session, prepared->sql, prepared->size, values, count,
                                      started, failure);
    const corm_adapter *adapter = session->engine->adapter;
    status = taker == NULL ? adapter->execute(ready->statement, values, count, &result, failure)
                           : corm__execute_taking(adapter, ready->statement, values, count, taker,
                                                  &result, failure);
    if (CORM__UNLIKELY(status != CORM_OK)) {
        (void)corm__failure_complete(failure, status);
        return corm__statement_failed(session, ready->sql, ready->size, values, count, started,
                                      failure);
    }
    corm__report(session, ready->sql, values, count, started, result.changed, NULL);
    if (out != NULL)
        *out = result;
    return CORM_OK;
}

/* ---- Queries --------------------------------------------------------------------------------- */

/* Rows being read. The values belong to the caller and must live until the end. Ended by its last
 * row, by an error, or by corm__cursor_end; commit and rollback end it too. */
typedef struct corm__cursor {
    corm__prepared *prepared;
    const corm_value *values;
    size_t value_count;
    double started;
    int64_t rows;
    uint64_t hold; /* pooled->hold when it was started */
    bool open;
} corm__cursor;

static corm_status corm__cursor_start(corm_session *session, corm__cursor *cursor,
                                      corm__prepared *prepared, const corm_value *values,
                                      size_t count)
{
    corm_failure failure;
    memset(cursor, 0, sizeof *cursor);
    corm_status status = corm__need_transaction(session, "a query", &failure);
    if (CORM__UNLIKELY(status != CORM_OK))
        return status;
    corm__pooled *pooled = session->connection;
    const double started = corm__watch_start(session);
    corm__prepared *ready = corm__statement_ready(pooled, prepared, &failure);
    if (CORM__UNLIKELY(ready == NULL))
        return corm__statement_failed(session, prepared->sql, prepared->size, values, count,
                                      started, &failure);
    status = session->engine->adapter->query(ready->statement, values, count, &failure);
    if (CORM__UNLIKELY(status != CORM_OK)) {
        (void)corm__failure_complete(&failure, status);
        return corm__statement_failed(session, ready->sql, ready->size, values, count, started,
                                      &failure);
    }
    ready->running = true;
    pooled->running++;
    cursor->prepared = ready;
    cursor->values = values;
    cursor->value_count = count;
    cursor->started = started;
    cursor->hold = pooled->hold;
    cursor->open = true;
    return CORM_OK;
}

/* Whether the query still runs: the transaction may have ended under it, and the statement may even
 * run for another session by now. */
static bool corm__cursor_lives(const corm_session *session, const corm__cursor *cursor)
{
    return session->connection != NULL && session->connection->hold == cursor->hold &&
           cursor->prepared->running;
}

static void corm__cursor_close(corm_session *session, corm__cursor *cursor)
{
    cursor->open = false;
    cursor->prepared->running = false;
    session->connection->running--;
}

/* The next row into `row`, whose bytes are valid until the next call on this cursor; *has_row
 * false: there was none, and the cursor is closed. */
static corm_status corm__cursor_fetch(corm_session *session, corm__cursor *cursor, corm_value *row,
                                      size_t width, bool *has_row)
{
    corm_failure failure;
    *has_row = false;
    if (!cursor->open)
        return CORM_OK;
    if (CORM__UNLIKELY(!corm__cursor_lives(session, cursor))) {
        cursor->open = false;
        return corm__fail(session, CORM_MISUSE,
                          "the transaction has ended before the last row of its query was read");
    }
    corm__prepared *prepared = cursor->prepared;
    corm__failure_clear(&failure);
    corm_status status =
        session->engine->adapter->fetch(prepared->statement, row, width, has_row, &failure);
    if (CORM__LIKELY(status == CORM_OK && *has_row)) {
        cursor->rows++;
        return CORM_OK;
    }
    corm__cursor_close(session, cursor);
    *has_row = false;
    if (CORM__UNLIKELY(status != CORM_OK)) {
        (void)corm__failure_complete(&failure, status);
        return corm__statement_failed(session, prepared->sql, prepared->size, cursor->values,
                                      cursor->value_count, cursor->started, &failure);
    }
    corm__report(session, prepared->sql, cursor->values, cursor->value_count, cursor->started,
                 cursor->rows, NULL);
    return CORM_OK;
}

/* Ends it before its last row; harmless if it has ended. */
static void corm__cursor_end(corm_session *session, corm__cursor *cursor)
{
    if (!cursor->open)
        return;
    if (!corm__cursor_lives(session, cursor)) {
        cursor->open = false;
        return;
    }
    session->engine->adapter->reset(cursor->prepared->statement);
    corm__cursor_close(session, cursor);
    corm__report(session, cursor->prepared->sql, cursor->values, cursor->value_count,
                 cursor->started, cursor->rows, NULL);
}

#endif /* CORM__ROOM_ENGINE_C */

/* ---- src/statement.c ------------------------------------------------------------------------- */

/* statement.c: the statements that run for every row of a table.
 *
 * Owns: their text, written once in a session, and the prepared statement on the connection that
 * the session holds, so that a row costs neither rendering nor a look-up.
 * Must not know: objects, what the statements are for. */
#ifndef CORM__ROOM_STATEMENT_C
#define CORM__ROOM_STATEMENT_C

#ifdef CORM_LINES
#line 10 "src/statement.c"
#endif
/* The columns that an INSERT without the columns `columns`, or an UPDATE of them, returns: what the
 * database alone knows. 0 where it cannot, or there is nothing to tell. */
static uint64_t corm__statement_returns(const corm_session *session, const corm__mapper *mapper,
                                        corm__verb verb, uint64_t columns)
{
    const unsigned can = session->engine->adapter->capabilities;
    if (!(can & CORM_CAN_RETURNING))
        return 0;
    if (verb != CORM__VERB_INSERT)
        return mapper->generated;
    uint64_t made = mapper->generated | (mapper->server_defaults & columns);
    bool key = mapper->integer_key && (made != 0 || !(can & CORM_CAN_LAST_KEY));
    return made | (key ? UINT64_C(1) << mapper->pk[0] : 0);
}

static void corm__statement_render(corm_session *session, const corm__mapper *mapper,
                                   corm__verb verb, uint64_t columns)
{
    const corm_dialect *dialect = session->engine->adapter->dialect;
    const uint64_t returned = corm__statement_returns(session, mapper, verb, columns);
    corm__buffer_clear(&session->sql);
    switch (verb) {
    case CORM__VERB_INSERT:
        corm__sql_insert(&session->sql, dialect, mapper, columns, returned);
        break;
    case CORM__VERB_UPDATE:
        corm__sql_update(&session->sql, dialect, mapper, columns, 0, returned);
        break;
    case CORM__VERB_DELETE: corm__sql_delete(&session->sql, dialect, mapper); break;
    default: corm__sql_get(&session->sql, dialect, mapper); break;
    }
}

/* The prepared statement of session->sql. NULL: the error is recorded. */
static corm__prepared *corm__prepare_sql(corm_session *session)
{
    if (!session->sql.failed)
        return corm__prepare(session, session->sql.data, session->sql.size);
    (void)corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory while SQL was written");
    return NULL;
}

/* INSERT without these columns, UPDATE of these columns, DELETE, or SELECT of one row by its key. Begins a transaction if
 * none is open. NULL: the error is recorded. */
static corm__prepared *corm__statement_of(corm_session *session, const corm__mapper *mapper,
                                          corm__verb verb, uint64_t columns)
{
    corm__statement *known = &corm__store_of(session, mapper)->statements[verb];
    if (CORM__LIKELY(known->prepared != NULL && known->columns == columns &&
                     known->connection == session->connection &&
                     known->transaction == session->transactions))
        return known->prepared;
    corm__statement_render(session, mapper, verb, columns);
    corm__prepared *prepared = corm__prepare_sql(session);
    if (prepared != NULL)
        *known = (corm__statement){prepared, session->connection, session->transactions, columns};
    return prepared;
}

#endif /* CORM__ROOM_STATEMENT_C */

/* ---- src/slab.c ------------------------------------------------------------------------------ */

/* slab.c: where objects live, and how an address is recognised.
 *
 * Owns: slabs and their blocks, the directory of all slabs of the program, giving out and taking
 * back slots.
 * Must not know: identities, texts, relationships, SQL. */
#ifndef CORM__ROOM_SLAB_C
#define CORM__ROOM_SLAB_C

#ifdef CORM_LINES
#line 10 "src/slab.c"
#endif
/* ---- The directory ---------------------------------------------------------------------------- */

/* Every slab of the program, so that any address can be asked about: open addressing over slab
 * addresses. Readers take no lock: a slot goes from empty to an address to a tombstone, a grown
 * table is published whole, and tables that were replaced stay until no slab is left. Writers hold
 * the global lock. */

#if defined(CORM_NO_THREADS)
typedef uintptr_t corm__place;
#define CORM__READ(from_) (from_)
#define CORM__WRITE(to_, value_) ((to_) = (value_))
#else
#include <stdatomic.h>
typedef _Atomic(uintptr_t) corm__place;
#define CORM__READ(from_) atomic_load_explicit(&(from_), memory_order_acquire)
#define CORM__WRITE(to_, value_) atomic_store_explicit(&(to_), value_, memory_order_release)
#endif

enum { CORM__DIRECTORY_FIRST = 256, CORM__TOMBSTONE = 1 };

typedef struct corm__directory {
    struct corm__directory *replaced; /* older tables, read perhaps by someone still */
    size_t mask, filled, live;
    corm__place *slots;
} corm__directory;

static corm__place corm__first_slots[CORM__DIRECTORY_FIRST];
static corm__directory corm__first_directory = {NULL, CORM__DIRECTORY_FIRST - 1, 0, 0,
                                                corm__first_slots};
static corm__place corm__directory_place; /* the current table; 0: the first one */

static corm__directory *corm__directory_now(void)
{
    uintptr_t place = CORM__READ(corm__directory_place);
    return place == 0 ? &corm__first_directory : (corm__directory *)place;
}

static inline size_t corm__directory_hash(uintptr_t base)
{
    return (size_t)((base / CORM__SLAB_SIZE) * (uintptr_t)0x9E3779B1u >> 3);
}

static void corm__directory_put(corm__directory *directory, uintptr_t base)
{
    size_t i = corm__directory_hash(base) & directory->mask;
    while (CORM__READ(directory->slots[i]) != 0)
        i = (i + 1) & directory->mask;
    CORM__WRITE(directory->slots[i], base);
    directory->filled++;
    directory->live++;
}

static bool corm__directory_grow(corm__directory *directory)
{
    size_t capacity = (directory->mask + 1) * (directory->live * 2 > directory->mask ? 2 : 1);
    corm__directory *grown = corm__allocate_zeroed(1, sizeof *grown);
    corm__place *slots = corm__allocate_zeroed(capacity, sizeof *slots);
    if (grown == NULL || slots == NULL) {
        corm__free(grown);
        corm__free(slots);
        return false;
    }
    grown->mask = capacity - 1;
    grown->slots = slots;
    grown->replaced = directory;
    for (size_t i = 0; i <= directory->mask; i++) {
        uintptr_t base = CORM__READ(directory->slots[i]);
        if (base > CORM__TOMBSTONE)
            corm__directory_put(grown, base);
    }
    CORM__WRITE(corm__directory_place, (uintptr_t)grown);
    return true;
}

/* Under the global lock. */
static bool corm__directory_add(const void *slab)
{
    corm__directory *directory = corm__directory_now();
    if ((directory->filled + 1) * 4 > (directory->mask + 1) * 3) {
        if (!corm__directory_grow(directory))
            return false;
        directory = corm__directory_now();
    }
    corm__directory_put(directory, (uintptr_t)slab);
    return true;
}

/* Under the global lock. */
static void corm__directory_remove(const void *slab)
{
    corm__directory *directory = corm__directory_now();
    size_t i = corm__directory_hash((uintptr_t)slab) & directory->mask;
    while (CORM__READ(directory->slots[i]) != (uintptr_t)slab)
        i = (i + 1) & directory->mask;
    CORM__WRITE(directory->slots[i], CORM__TOMBSTONE);
    if (--directory->live > 0)
        return;
    CORM__WRITE(corm__directory_place, 0);
    while (directory != &corm__first_directory) {
        corm__directory *older = directory->replaced;
        corm__free((void *)directory->slots);
        corm__free(directory);
        directory = older;
    }
    for (i = 0; i < CORM__DIRECTORY_FIRST; i++)
        CORM__WRITE(corm__first_slots[i], 0);
    corm__first_directory.filled = corm__first_directory.live = 0;
}

/* ---- From an address to what is known of the object ------------------------------------------ */

/* For addresses that are known to be objects. */
static inline corm__slab *corm__slab_of(const void *object)
{
    return (corm__slab *)((uintptr_t)object & ~(uintptr_t)(CORM__SLAB_SIZE - 1));
}

static inline uint32_t corm__place_of(const corm__slab *slab, const void *object)
{
    uint32_t offset = (uint32_t)((uintptr_t)object - (uintptr_t)slab) - slab->first;
    return (uint32_t)(((uint64_t)offset * slab->reciprocal) >> 32);
}

static inline corm__record *corm__record_of(const void *object)
{
    corm__slab *slab = corm__slab_of(object);
    return &slab->records[corm__place_of(slab, object)];
}

static inline corm__mapper *corm__mapper_at(const void *object)
{
    return corm__slab_of(object)->mapper;
}

static inline void *corm__snapshot_of(const void *object)
{
    corm__slab *slab = corm__slab_of(object);
    return slab->snapshots + (size_t)corm__place_of(slab, object) * slab->mapper->size;
}

static inline void *corm__object_at(const corm__slab *slab, uint32_t place)
{
    return (char *)(uintptr_t)slab + slab->first + (size_t)place * slab->mapper->size;
}

/* For any address: the record, or NULL if it is not an object of corm. Reads nothing that is not
 * known to be a slab. */
static corm__record *corm__recognise(const void *address)
{
    uintptr_t base = (uintptr_t)address & ~(uintptr_t)(CORM__SLAB_SIZE - 1);
    corm__directory *directory = corm__directory_now();
    size_t i = corm__directory_hash(base) & directory->mask;
    for (;;) {
        uintptr_t found = CORM__READ(directory->slots[i]);
        if (found == base && base != 0)
            break;
        if (found == 0)
            return NULL;
        i = (i + 1) & directory->mask;
    }
    corm__slab *slab = (corm__slab *)base;
    size_t offset = (size_t)((uintptr_t)address - base);
    if (offset < slab->first || (offset - slab->first) % slab->mapper->size != 0)
        return NULL;
    uint32_t place = corm__place_of(slab, address);
    if (place >= slab->used || !(slab->records[place].flags & CORM__LIVE))
        return NULL;
    return &slab->records[place];
}

/* Gives all columns the values of another struct. What else is in a struct that the program has
 * defined stays. */
static void corm__struct_restore(const corm__mapper *mapper, void *object, const void *from)
{
    if (!mapper->model->existing) {
        memcpy(object, from, mapper->size);
        return;
    }
    for (size_t i = 0; i < mapper->column_count; i++)
        corm__member_copy(&mapper->columns[i], object, from);
}

_Static_assert((int)CORM__STRUCT_MAX <= (int)CORM__SLAB_SIZE / 2, "corm: a slab holds two structs");

/* ---- Slabs ----------------------------------------------------------------------------------- */

typedef struct corm__block { /* several slabs, allocated and freed together */
    void *memory;
    corm__registry *registry; /* retained: expunged objects outlive their engine */
    corm__slab *slabs[64];
    uint32_t slab_count, taken;
    /* live objects that do not belong to the slabs' owner; under the global lock */
    size_t outside;
    bool orphan; /* the owner is gone */
} corm__block;

/* Under the global lock. */
static void corm__block_free(corm__block *block)
{
    for (uint32_t i = 0; i < block->taken; i++) {
        corm__slab *slab = block->slabs[i];
        if (slab->records != NULL) {
            corm__directory_remove(slab);
            corm__free(slab->records);
            corm__free(slab->snapshots);
        }
    }
    corm__free(block->memory);
    corm__free(block);
}

static corm__block *corm__block_new(corm_session *session)
{
    uint32_t count = session->blocks.count < 2    ? 2
                     : session->blocks.count < 5  ? 8
                     : session->blocks.count < 10 ? 32
                                                  : 64;
    corm__block *block = corm__allocate_zeroed(1, sizeof *block);
    void *memory = corm__allocate(((size_t)count + 1) * CORM__SLAB_SIZE);
    if (block == NULL || memory == NULL || !corm__vector_push(&session->blocks, block)) {
        corm__free(block);
        corm__free(memory);
        return NULL;
    }
    uintptr_t base = ((uintptr_t)memory + CORM__SLAB_SIZE - 1) & ~(uintptr_t)(CORM__SLAB_SIZE - 1);
    block->memory = memory;
    block->slab_count = count;
    for (uint32_t i = 0; i < count; i++)
        block->slabs[i] = (corm__slab *)(base + (uintptr_t)i * CORM__SLAB_SIZE);
    block->registry = corm__registry_retain(session->registry);
    return block;
}

static corm__slab *corm__slab_new(corm_session *session, corm__store *store)
{
    corm__block *block =
        session->blocks.count > 0 ? session->blocks.items[session->blocks.count - 1] : NULL;
    if (block == NULL || block->taken == block->slab_count)
        block = corm__block_new(session);
    if (block == NULL || !corm__vector_reserve(&store->slabs, store->slabs.count + 1))
        return NULL;
    corm__mapper *mapper = store->mapper;
    corm__slab *slab = block->slabs[block->taken];
    memset(slab, 0, sizeof *slab);
    slab->magic = CORM__SLAB_MAGIC;
    slab->first = (sizeof *slab + 63) / 64 * 64;
    slab->capacity = (uint32_t)((CORM__SLAB_SIZE - slab->first) / mapper->size);
    /* ceil(2^32 / size): exact for offsets below 2^14 and sizes below 2^14 */
    slab->reciprocal = (uint32_t)((((uint64_t)1 << 32) + mapper->size - 1) / mapper->size);
    slab->mapper = mapper;
    slab->owner = session;
    slab->block = block;
    corm__record *records = corm__allocate_zeroed(slab->capacity, sizeof *records);
    slab->snapshots = corm__allocate(slab->capacity * mapper->size);
    bool known = false;
    if (records != NULL && slab->snapshots != NULL) {
        corm__global_lock();
        known = corm__directory_add(slab);
        if (known)
            slab->records = records;
        corm__global_unlock();
    }
    if (!known) {
        corm__free(records);
        corm__free(slab->snapshots);
        return NULL;
    }
    block->taken++;
    corm__vector_push(&store->slabs, slab);
    return slab;
}

/* Slots of expunged objects that the program has freed meanwhile, maybe in another thread, can
 * be used again. */
static bool corm__slots_return(corm__store *store)
{
    corm__global_lock();
    store->free_slots = store->returned;
    store->returned = NULL;
    corm__global_unlock();
    return store->free_slots != NULL;
}

/* A zeroed struct with a zeroed record that belongs to the session; NULL: out of memory. */
static void *corm__object_take(corm_session *session, corm__mapper *mapper)
{
    corm__store *store = corm__store_of(session, mapper);
    void *object = store->free_slots;
    corm__slab *slab;
    if (object != NULL) {
        memcpy(&store->free_slots, object, sizeof(void *));
        slab = corm__slab_of(object);
    } else {
        slab = store->slabs.count > 0 ? store->slabs.items[store->slabs.count - 1] : NULL;
        if (slab == NULL || slab->used == slab->capacity) {
            if (corm__slots_return(store))
                return corm__object_take(session, mapper);
            slab = corm__slab_new(session, store);
        }
        if (slab == NULL)
            return NULL;
        object = corm__object_at(slab, slab->used++);
    }
    memset(object, 0, mapper->size);
    corm__record *record = corm__record_of(object);
    memset(record, 0, sizeof *record);
    record->session = session;
    record->flags = CORM__LIVE;
    record->state = CORM_STATE_TRANSIENT;
    slab->live++;
    return object;
}

/* Gives the slot of a dead object back to the store of its slab's owner. */
static void corm__object_drop(corm_session *session, void *object)
{
    corm__slab *slab = corm__slab_of(object);
    corm__record *record = corm__record_of(object);
    record->flags = 0;
    record->session = NULL;
    slab->live--;
    if (slab->owner == session && slab->mapper->size >= sizeof(void *)) {
        corm__store *store = corm__store_of(session, slab->mapper);
        memcpy(object, &store->free_slots, sizeof(void *));
        store->free_slots = object;
    }
    /* The two are compared slab against slab: a dead slot must not make them differ, and may never
     * have had a snapshot. */
    memcpy(corm__snapshot_of(object), object, slab->mapper->size);
}

#endif /* CORM__ROOM_SLAB_C */

/* ---- src/identity.c -------------------------------------------------------------------------- */

/* identity.c: one row, one object.
 *
 * Owns: the identity map of each model, primary keys as values.
 * Must not know: where objects come from, what changed, relationships. */
#ifndef CORM__ROOM_IDENTITY_C
#define CORM__ROOM_IDENTITY_C

#ifdef CORM_LINES
#line 9 "src/identity.c"
#endif
/* ---- Identity map ---------------------------------------------------------------------------- */

/* Eight keys in a row stay neighbours, which is what caches like; the groups are scattered, so that
 * keys of any stride make no long runs. */
static inline size_t corm__identity_place(const corm__identity_map *map, uint64_t hash)
{
    uint64_t group = (hash >> 3) * UINT64_C(0x9E3779B97F4A7C15);
    group ^= group >> 32;
    return (size_t)((group << 3) | (hash & 7)) & (map->capacity - 1);
}

static uint64_t corm__key_hash(const corm__mapper *mapper, const corm_value *key)
{
    if (mapper->integer_key)
        return (uint64_t)key[0].as.integer;
    uint64_t hash = 0;
    for (size_t i = 0; i < mapper->pk_count; i++)
        hash = corm__value_hash(&key[i], hash);
    return hash;
}

typedef struct corm__key { /* a primary key as values */
    corm_value values[CORM__KEY_MAX];
    char scratch[CORM__KEY_MAX][CORM__SCRATCH];
} corm__key;

/* The columns of a struct or snapshot as values. */
static void corm__key_read(const corm__mapper *mapper, const uint16_t *columns, size_t count,
                           const void *from, corm__key *out)
{
    for (size_t i = 0; i < count; i++)
        out->values[i] = corm__member_value(&mapper->columns[columns[i]], from, out->scratch[i]);
}

static bool corm__key_is(const corm__mapper *mapper, const void *object, const corm_value *key)
{
    corm__key own;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &own);
    for (size_t i = 0; i < mapper->pk_count; i++) {
        if (!corm__value_equal(&own.values[i], &key[i]))
            return false;
    }
    return true;
}

static void *corm__identity_find(corm_session *session, const corm__mapper *mapper,
                                 const corm_value *key)
{
    const corm__identity_map *map = &corm__store_of(session, mapper)->identities;
    if (map->count == 0)
        return NULL;
    uint64_t hash = corm__key_hash(mapper, key);
    size_t i = corm__identity_place(map, hash);
    for (; map->slots[i].object != NULL; i = (i + 1) & (map->capacity - 1)) {
        if (map->slots[i].hash == hash &&
            (mapper->integer_key || corm__key_is(mapper, map->slots[i].object, key)))
            return map->slots[i].object;
    }
    return NULL;
}

static void corm__identity_place_new(corm__identity_map *map, uint64_t hash, void *object)
{
    size_t i = corm__identity_place(map, hash);
    while (map->slots[i].object != NULL)
        i = (i + 1) & (map->capacity - 1);
    map->slots[i] = (corm__slot){hash, object};
}

/* Room for `more` further objects, so that an insertion after a write to the database cannot
 * fail. */
static bool corm__identity_reserve(corm__identity_map *map, size_t more)
{
    if ((map->count + more) * 3 <= map->capacity * 2)
        return true;
    corm__identity_map grown = {NULL, map->capacity == 0 ? 64 : map->capacity * 2, map->count};
    while ((map->count + more) * 3 > grown.capacity * 2)
        grown.capacity *= 2;
    grown.slots = corm__allocate_zeroed(grown.capacity, sizeof *grown.slots);
    if (grown.slots == NULL)
        return false;
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].object != NULL)
            corm__identity_place_new(&grown, map->slots[i].hash, map->slots[i].object);
    }
    corm__free(map->slots);
    *map = grown;
    return true;
}

/* Enters the object under the key of its snapshot. Room must have been reserved. */
static void corm__identity_enter(corm_session *session, const corm__mapper *mapper, void *object)
{
    corm__key key;
    corm__identity_map *map = &corm__store_of(session, mapper)->identities;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    corm__identity_place_new(map, corm__key_hash(mapper, key.values), object);
    map->count++;
}

/* Takes the object out, if it is in under the key of its snapshot. */
static void corm__identity_leave(corm_session *session, const corm__mapper *mapper,
                                 const void *object)
{
    corm__key key;
    corm__identity_map *map = &corm__store_of(session, mapper)->identities;
    if (map->count == 0)
        return;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    uint64_t hash = corm__key_hash(mapper, key.values);
    size_t hole = corm__identity_place(map, hash), mask = map->capacity - 1;
    while (map->slots[hole].object != object) {
        if (map->slots[hole].object == NULL)
            return;
        hole = (hole + 1) & mask;
    }
    /* close the gap, so that no tombstones pile up */
    for (size_t i = (hole + 1) & mask; map->slots[i].object != NULL; i = (i + 1) & mask) {
        size_t home = corm__identity_place(map, map->slots[i].hash);
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole].object = NULL;
    map->count--;
}

#endif /* CORM__ROOM_IDENTITY_C */

/* ---- src/object.c ---------------------------------------------------------------------------- */

/* object.c: what a session holds of an object beside its struct.
 *
 * Owns: who owns which text, what has changed since the snapshot, objects that leave a session
 * and come (back) into one, labels for messages.
 * Must not know: SQL, what relationships mean, the order of writing. */
#ifndef CORM__ROOM_OBJECT_C
#define CORM__ROOM_OBJECT_C

#ifdef CORM_LINES
#line 10 "src/object.c"
#endif
/* ---- Texts: who owns what -------------------------------------------------------------------- */

/* The block is released when the next transaction begins (the one after, if none is open now).
 * If the list cannot grow, it waits for the session's end. */
static void corm__retire(corm_session *session, const void *block, size_t size)
{
    if (block == NULL || size == 0)
        return;
    if (session->retired_count == session->retired_capacity) {
        size_t capacity = session->retired_capacity == 0 ? 64 : session->retired_capacity * 2;
        corm__retired *grown = corm__reallocate(session->retired, capacity * sizeof *grown);
        if (grown == NULL)
            return;
        session->retired = grown;
        session->retired_capacity = capacity;
    }
    session->retired[session->retired_count++] = (corm__retired){(void *)(uintptr_t)block, size};
}

/* Retires the text of one column of `old` unless `kept` (NULL: nothing) has the same block. */
static void corm__retire_member(corm_session *session, const corm__column *column, const void *old,
                                const void *kept)
{
    const void *block = NULL, *other = NULL;
    size_t size = corm__member_block(column, old, &block);
    if (size == 0)
        return;
    if (kept != NULL)
        (void)corm__member_block(column, kept, &other);
    if (block != other)
        corm__retire(session, block, size);
}

static inline void *corm__image_struct(corm__image *image)
{
    return image + 1;
}

/* A new value replaces the snapshot's: its text is retired, unless a before-image still needs
 * it. */
static void corm__snapshot_replace(corm_session *session, const corm__column *column,
                                   corm__record *record, void *snapshot, const void *from)
{
    if (column->owns) {
        const void *block = NULL, *imaged = NULL, *now = NULL;
        size_t size = corm__member_block(column, snapshot, &block);
        if (record->image != NULL)
            (void)corm__member_block(column, corm__image_struct(record->image), &imaged);
        (void)corm__member_block(column, from, &now);
        if (block != imaged && block != now)
            corm__retire(session, block, size);
    }
    corm__member_copy(column, snapshot, from);
}

/* Copies a borrowed text or blob into the session and repoints the member; nothing for what is
 * owned already. */
static bool corm__member_own(corm_session *session, const corm__column *column, void *object,
                             const void *snapshot)
{
    const void *block = NULL, *owned = NULL;
    if (!column->owns)
        return true;
    size_t size = corm__member_block(column, object, &block);
    (void)corm__member_block(column, snapshot, &owned);
    if (block == NULL || block == owned)
        return true;
    char *copy = corm__heap_allocate(&session->heap, size);
    if (copy == NULL)
        return false;
    /* a block is a text or blob and one byte for the terminator, which a borrowed blob does not
     * have */
    memcpy(copy, block, size - 1);
    copy[size - 1] = 0;
    const void *pointer = copy;
    memcpy((char *)object + column->offset, &pointer, sizeof pointer);
    return true;
}

/* A new object that goes back to the program unwritten keeps what was assigned to it, also when the
 * borrowed text is gone: it gets copies. Without memory for one, the member is as before. */
static void corm__texts_keep(corm_session *session, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    void *snapshot = corm__snapshot_of(object);
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        if (!column->owns)
            continue;
        if (corm__member_equal(column, object, snapshot) ||
            !corm__member_own(session, column, object, snapshot)) {
            corm__member_copy(column, object, snapshot);
            continue;
        }
        record->as.unset &= ~(UINT64_C(1) << i);
        corm__snapshot_replace(session, column, record, snapshot, object);
    }
}

/* Both put the data pointer first: text is nothing else, a corm_blob begins with it. */
_Static_assert(offsetof(corm_blob, data) == 0, "the pointer of a blob comes first");

/* ---- Extra: relationships and rare things ---------------------------------------------------- */

static size_t corm__extra_size(const corm__mapper *mapper)
{
    return sizeof(corm__extra) + mapper->relation_count * sizeof(corm__link);
}

/* Made at first use; NULL: out of memory. Objects without a session have theirs or get none. */
static corm__extra *corm__extra_of(void *object)
{
    corm__record *record = corm__record_of(object);
    if (record->extra != NULL || record->session == NULL)
        return record->extra;
    corm__mapper *mapper = corm__mapper_at(object);
    corm__extra *extra = corm__heap_allocate(&record->session->heap, corm__extra_size(mapper));
    if (extra == NULL)
        return NULL;
    memset(extra, 0, corm__extra_size(mapper));
    extra->generation = record->session->links_generation;
    extra->link_count = mapper->relation_count;
    record->extra = extra;
    return extra;
}

/* The bit in `unset` of a new object that says that a column has its default because it was left
 * out; 0: the column has none, or there is no room for the bit. */
static uint64_t corm__default_bit(const corm__mapper *mapper, uint16_t column)
{
    unsigned place = mapper->column_count;
    if (!corm__has_default(&mapper->columns[column]))
        return 0;
    for (uint16_t i = 0; i < column; i++)
        place += corm__has_default(&mapper->columns[i]);
    return place < CORM__COLUMN_MAX ? UINT64_C(1) << place : 0;
}

static uint64_t corm__unset_of(const corm__record *record)
{
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING)
        return record->as.unset;
    return record->extra == NULL ? 0 : record->extra->unset;
}

static bool corm__is_expired(const corm__record *record)
{
    return record->session != NULL && record->generation != record->session->generation;
}

/* ---- What changed ---------------------------------------------------------------------------- */

static uint64_t corm__changed_columns(const corm__mapper *mapper, const void *object,
                                      const void *snapshot, const corm__record *record)
{
    uint64_t changed = 0;
    if (memcmp(object, snapshot, mapper->size) != 0) {
        for (uint16_t i = 0; i < mapper->column_count; i++) {
            if (!corm__member_equal(&mapper->columns[i], object, snapshot))
                changed |= UINT64_C(1) << i;
        }
    }
    if (record->extra != NULL)
        changed |= record->extra->touched | record->extra->unset;
    return changed;
}

typedef corm_status (*corm__visitor)(corm_session *session, void *object, void *argument);

static bool corm__may_differ(const corm__mapper *mapper, const void *object,
                             const corm__record *record)
{
    const void *snapshot = corm__snapshot_of(object);
    if (mapper->model->existing)
        return corm__changed_columns(mapper, object, snapshot, record) != 0;
    return memcmp(object, snapshot, mapper->size) != 0 ||
           (record->extra != NULL && (record->extra->touched | record->extra->unset) != 0);
}

/* Calls the visitor for every persistent object whose members may differ from their snapshot.
 * Slab against slab first: an unchanged slab costs one memcmp. While columns are touched or
 * unset, which no comparison shows, every object is looked at. */
static corm_status corm__each_changed(corm_session *session, corm__visitor visit, void *argument)
{
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__store *store = &session->stores[m];
        for (size_t s = 0; s < store->slabs.count; s++) {
            corm__slab *slab = store->slabs.items[s];
            size_t size = store->mapper->size;
            if (session->touched == 0 &&
                memcmp(corm__object_at(slab, 0), slab->snapshots, size * slab->used) == 0)
                continue;
            for (uint32_t i = 0; i < slab->used; i++) {
                corm__record *record = &slab->records[i];
                void *object = corm__object_at(slab, i);
                if (record->session != session || record->state != CORM_STATE_PERSISTENT ||
                    !corm__may_differ(store->mapper, object, record))
                    continue;
                corm_status status = visit(session, object, argument);
                if (status != CORM_OK)
                    return status;
            }
        }
    }
    for (size_t i = 0; i < session->adopted.count; i++) {
        void *object = session->adopted.items[i];
        if (corm__record_of(object)->state != CORM_STATE_PERSISTENT ||
            !corm__may_differ(corm__mapper_at(object), object, corm__record_of(object)))
            continue;
        corm_status status = visit(session, object, argument);
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

/* Calls the visitor for every object that belongs to the session. The visitor must not make or
 * free objects of the session, but may let this one go. */
static corm_status corm__each_object(corm_session *session, corm__visitor visit, void *argument)
{
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__store *store = &session->stores[m];
        for (size_t s = 0; s < store->slabs.count; s++) {
            corm__slab *slab = store->slabs.items[s];
            for (uint32_t i = 0; i < slab->used; i++) {
                if (!(slab->records[i].flags & CORM__LIVE) || slab->records[i].session != session)
                    continue;
                corm_status status = visit(session, corm__object_at(slab, i), argument);
                if (status != CORM_OK)
                    return status;
            }
        }
    }
    for (size_t i = 0; i < session->adopted.count; i++) {
        corm_status status = visit(session, session->adopted.items[i], argument);
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

/* ---- Leaving a session and coming into one --------------------------------------------------- */

/* Bytes of all texts of a struct and its snapshot that differ. */
static size_t corm__texts_size(const corm__mapper *mapper, const void *object, const void *snapshot)
{
    size_t total = 0;
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const void *a = NULL, *b = NULL;
        size_t size = corm__member_block(&mapper->columns[i], object, &a);
        total += size;
        size = corm__member_block(&mapper->columns[i], snapshot, &b);
        if (a != b)
            total += size;
    }
    return total;
}

static void *corm__text_move(const corm__column *column, void *in, char **next)
{
    const void *block = NULL;
    size_t size = corm__member_block(column, in, &block);
    if (block == NULL)
        return NULL;
    memcpy(*next, block, size - 1);
    (*next)[size - 1] = 0;
    const void *pointer = *next;
    memcpy((char *)in + column->offset, &pointer, sizeof pointer);
    *next += size;
    return (char *)in + column->offset;
}

/* Moves all texts of the object into `memory`; members and snapshot that shared a text still
 * share it. */
static void corm__texts_move(const corm__mapper *mapper, void *object, void *snapshot, char *memory)
{
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        const void *a = NULL, *b = NULL;
        (void)corm__member_block(column, object, &a);
        (void)corm__member_block(column, snapshot, &b);
        (void)corm__text_move(column, object, &memory);
        if (a == b)
            corm__member_copy(column, snapshot, object);
        else
            (void)corm__text_move(column, snapshot, &memory);
    }
}

static void corm__changes_drop(corm_session *session, corm__link *link)
{
    corm__changes *changes = link->changes;
    if (changes == NULL)
        return;
    corm__heap_release(&session->heap, changes->added, changes->added_capacity * sizeof(void *));
    corm__heap_release(&session->heap, changes->removed,
                       changes->removed_capacity * sizeof(void *));
    corm__heap_release(&session->heap, changes->recent, changes->recent_capacity * sizeof(void *));
    corm__heap_release(&session->heap, changes, sizeof *changes);
    link->changes = NULL;
}

/* A copy of the extra that needs no session; lists become private arrays. NULL: out of memory. */
static corm__extra *corm__extra_copy(const corm__mapper *mapper, const corm__extra *from,
                                     corm__heap *heap)
{
    size_t size = corm__extra_size(mapper);
    corm__extra *copy = heap != NULL ? corm__heap_allocate(heap, size) : corm__allocate(size);
    if (copy == NULL)
        return NULL;
    memcpy(copy, from, size);
    copy->own = heap == NULL;
    for (uint16_t i = 0; i < copy->link_count; i++) {
        copy->links[i].items = NULL;
        copy->links[i].changes = NULL;
        copy->links[i].handed = false;
        copy->links[i].capacity = from->links[i].count;
    }
    for (uint16_t i = 0; i < copy->link_count; i++) {
        size_t bytes = from->links[i].count * sizeof(void *);
        if (bytes == 0)
            continue;
        copy->links[i].items =
            heap != NULL ? corm__heap_allocate(heap, bytes) : corm__allocate(bytes);
        if (copy->links[i].items == NULL) {
            for (uint16_t j = 0; j < i && heap == NULL; j++)
                corm__free(copy->links[j].items);
            if (heap == NULL)
                corm__free(copy);
            return NULL;
        }
        memcpy(copy->links[i].items, from->links[i].items, bytes);
    }
    return copy;
}

/* Frees an extra that is on its own. */
static void corm__extra_free(corm__extra *extra)
{
    if (extra == NULL || !extra->own)
        return;
    for (uint16_t i = 0; i < extra->link_count; i++)
        corm__free(extra->links[i].items);
    corm__free(extra->own_block);
    corm__free(extra);
}

/* Gives the extra of an object of the session back; its lists may be in the program's hands. */
static void corm__extra_drop(corm_session *session, const corm__mapper *mapper, corm__extra *extra)
{
    if (extra == NULL)
        return;
    corm__free(extra->own_block);
    for (uint16_t i = 0; i < extra->link_count; i++) {
        corm__changes_drop(session, &extra->links[i]);
        corm__retire(session, extra->links[i].items, extra->links[i].capacity * sizeof(void *));
    }
    corm__heap_release(&session->heap, extra, corm__extra_size(mapper));
}

/* What an object takes along when it leaves: prepared first, because it may fail, and handed
 * over then. */
typedef struct corm__luggage {
    corm__extra *extra;
    char *texts;
} corm__luggage;

static bool corm__luggage_pack(void *object, corm__luggage *out)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__extra empty = {0};
    const corm__record *record = corm__record_of(object);
    size_t size = corm__texts_size(mapper, object, corm__snapshot_of(object));
    out->texts = size == 0 ? NULL : corm__allocate(size);
    if (record->extra != NULL) {
        out->extra = corm__extra_copy(mapper, record->extra, NULL);
    } else {
        out->extra = corm__allocate_zeroed(1, corm__extra_size(mapper));
        if (out->extra != NULL) {
            *out->extra = empty;
            out->extra->own = true;
            out->extra->link_count = mapper->relation_count;
        }
    }
    if (out->extra != NULL && (size == 0 || out->texts != NULL))
        return true;
    corm__free(out->texts);
    if (out->extra != NULL) {
        out->extra->own_block = NULL;
        corm__extra_free(out->extra);
    }
    return false;
}

static void corm__luggage_free(corm__luggage *luggage)
{
    corm__free(luggage->texts);
    corm__extra_free(luggage->extra);
}

/* The object belongs to the program from here on. It must be out of every list of the session. */
static void corm__object_leave(corm_session *session, void *object, corm__luggage *luggage)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++)
        corm__retire_member(session, &mapper->columns[i], corm__snapshot_of(object), NULL);
    corm__texts_move(mapper, object, corm__snapshot_of(object), luggage->texts);
    corm__extra_drop(session, mapper, record->extra);
    luggage->extra->own_block = luggage->texts;
    record->extra = luggage->extra;
    record->image = NULL;
    record->session = NULL;
    corm__slab *slab = corm__slab_of(object);
    corm__global_lock();
    if (slab->owner == session)
        slab->block->outside++;
    corm__global_unlock();
    record->flags = (uint16_t)(record->flags & (CORM__LIVE | CORM__GONE));
}

/* The texts of a snapshot move into the session; members that share them follow, others stay
 * borrowed from the object's own block, which lives on until the object leaves or dies. false:
 * out of memory, nothing has changed. */
static bool corm__texts_join(corm_session *session, const corm__mapper *mapper, void *object,
                             void *snapshot)
{
    char *copies[CORM__COLUMN_MAX] = {NULL};
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const void *block = NULL;
        size_t size = corm__member_block(&mapper->columns[i], snapshot, &block);
        if (size == 0)
            continue;
        copies[i] = corm__heap_allocate(&session->heap, size);
        if (copies[i] == NULL) {
            for (uint16_t k = 0; k < i; k++)
                corm__heap_release(&session->heap, copies[k],
                                   corm__member_block(&mapper->columns[k], snapshot, &block));
            return false;
        }
    }
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        const void *old = NULL, *member = NULL;
        if (copies[i] == NULL)
            continue;
        (void)corm__member_block(column, snapshot, &old);
        (void)corm__member_block(column, object, &member);
        (void)corm__text_move(column, snapshot, &copies[i]);
        if (member == old)
            corm__member_copy(column, object, snapshot);
    }
    return true;
}

/* An object without a session belongs to this one from here on; false: out of memory, nothing
 * has changed. */
static bool corm__object_join(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    corm__slab *slab = corm__slab_of(object);
    corm__extra *extra = NULL;
    if (slab->owner != session && !corm__vector_push(&session->adopted, object))
        return false;
    if (record->extra != NULL) {
        extra = corm__extra_copy(mapper, record->extra, &session->heap);
        if (extra == NULL ||
            !corm__texts_join(session, mapper, object, corm__snapshot_of(object))) {
            if (slab->owner != session)
                session->adopted.count--;
            return false;
        }
        extra->own_block = record->extra->own_block;
        record->extra->own_block = NULL;
        corm__extra_free(record->extra);
    }
    record->extra = extra;
    record->session = session;
    record->generation = record->generation == 0 ? 0 : session->generation;
    if (slab->owner != session) {
        record->flags |= CORM__ADOPTED;
        return true;
    }
    corm__global_lock();
    slab->block->outside--;
    corm__global_unlock();
    return true;
}

/* Frees an object that belongs to nobody; its slab too, if it was the last one of a closed
 * session. */
static void corm__object_bury(void *object)
{
    corm__slab *slab = corm__slab_of(object);
    corm__record *record = corm__record_of(object);
    corm__block *block = slab->block;
    corm__registry *registry = NULL;
    corm__extra_free(record->extra);
    corm__global_lock();
    record->flags = 0;
    record->extra = NULL;
    slab->live--;
    block->outside--;
    if (slab->owner != NULL && slab->mapper->size >= sizeof(void *)) {
        corm__store *store = corm__store_of(slab->owner, slab->mapper);
        memcpy(object, &store->returned, sizeof(void *));
        store->returned = object;
    }
    if (block->orphan && block->outside == 0) {
        registry = block->registry;
        corm__block_free(block);
    }
    corm__global_unlock();
    corm__registry_release(registry);
}

/* Frees every slab of the session but those in which objects live on that belong elsewhere. */
static void corm__slabs_free(corm_session *session)
{
    for (size_t i = 0; i < session->adopted.count; i++) {
        void *object = session->adopted.items[i];
        corm__extra *extra = corm__record_of(object)->extra;
        if (extra != NULL)
            corm__free(extra->own_block);
        corm__record_of(object)->extra = NULL;
        corm__object_bury(object);
    }
    session->adopted.count = 0;
    for (size_t i = 0; i < session->blocks.count; i++) {
        corm__block *block = session->blocks.items[i];
        corm__registry *registry = NULL;
        for (uint32_t s = 0; s < block->taken; s++) {
            corm__slab *slab = block->slabs[s];
            for (uint32_t o = 0; o < slab->used; o++) {
                corm__record *record = &slab->records[o];
                if (record->session != session)
                    continue;
                if (record->extra != NULL)
                    corm__free(record->extra->own_block);
                record->flags = 0;
                record->extra = NULL;
                record->session = NULL;
            }
        }
        corm__global_lock();
        block->orphan = true;
        for (uint32_t s = 0; s < block->taken; s++)
            block->slabs[s]->owner = NULL;
        if (block->outside == 0) {
            registry = block->registry;
            corm__block_free(block);
        }
        corm__global_unlock();
        corm__registry_release(registry);
    }
    session->blocks.count = 0;
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__store *store = &session->stores[m];
        corm__vector_free(&store->slabs);
        corm__free(store->identities.slots);
        store->identities = (corm__identity_map){0};
        store->free_slots = store->returned = NULL;
    }
}

/* ---- Labels for messages --------------------------------------------------------------------- */

enum { CORM__LABEL_SIZE = 96 };

/* User "alice", or User 3, or a new User: something by which a person knows the object. */
static const char *corm__label(const void *object, char label[CORM__LABEL_SIZE])
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    uint64_t unset = corm__unset_of(record);
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        const void *text = NULL;
        if (column->kind != CORM_KIND_TEXT)
            continue;
        (void)corm__member_block(column, object, &text);
        if (text == NULL)
            continue;
        (void)snprintf(label, CORM__LABEL_SIZE, "%s \"%.60s\"", mapper->model->name,
                       (const char *)text);
        return label;
    }
    corm__key key;
    if (mapper->pk_count == 1 && !(unset >> mapper->pk[0] & 1)) {
        corm__key_read(mapper, mapper->pk, 1, object, &key);
        if (key.values[0].type == CORM_VALUE_INTEGER) {
            (void)snprintf(label, CORM__LABEL_SIZE, "%s %lld", mapper->model->name,
                           (long long)key.values[0].as.integer);
            return label;
        }
        if (key.values[0].type == CORM_VALUE_TEXT) { /* a date, a UUID, an enumerator */
            (void)snprintf(label, CORM__LABEL_SIZE, "%s %.60s", mapper->model->name,
                           (const char *)key.values[0].as.bytes);
            return label;
        }
    }
    (void)snprintf(label, CORM__LABEL_SIZE, "a new %s", mapper->model->name);
    return label;
}

#endif /* CORM__ROOM_OBJECT_C */

/* ---- src/hooks.c ----------------------------------------------------------------------------- */

/* hooks.c: calling the program's functions.
 *
 * Owns: calling validators and hooks one after the other, what a refusal says, what a running hook
 * must not do.
 * Must not know: when in a flush they are called, SQL. */
#ifndef CORM__ROOM_HOOKS_C
#define CORM__ROOM_HOOKS_C

#ifdef CORM_LINES
#line 10 "src/hooks.c"
#endif
/* ---- What a hook says ------------------------------------------------------------------------ */

CORM_API bool corm_refuse(corm_session *session, const char *format, ...)
{
    CORM__ENTER(session, false);
    corm__running *running = session == NULL ? NULL : session->running;
    va_list arguments;
    if (running == NULL || format == NULL) {
        (void)corm__fail(session, running == NULL ? CORM_MISUSE : CORM_NULL_ARGUMENT,
                         "corm_refuse: %s",
                         running == NULL ? "no hook or validator runs" : "the format is NULL");
        return false;
    }
    va_start(arguments, format);
    int length = vsnprintf(running->why, sizeof running->why, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length >= sizeof running->why)
        running->why[corm__utf8_cut(running->why, sizeof running->why - 1)] = '\0';
    return false;
}

CORM_API corm_status corm_session_set_hooks(corm_session *session, const corm_hooks *hooks)
{
    CORM__ENTER(session, CORM_MISUSE);
    if (session == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_session_set_hooks: the session is NULL");
    if (corm__forbidden(session, CORM__BOUND_END, "corm_session_set_hooks") != CORM_OK)
        return corm__status;
    session->options.hooks = hooks;
    session->hooks = corm__hooks_in(hooks);
    return corm__status = CORM_OK;
}

/* ---- Running --------------------------------------------------------------------------------- */

static void corm__running_begin(corm_session *session, corm__running *running, const char *name,
                                const void *object, corm__bound bound)
{
    running->outer = session->running;
    running->name = name;
    running->object = object;
    running->bound = bound;
    running->why[0] = '\0';
    session->running = running;
}

/* A hook that ran into an error of the session has failed, whatever it answers. */
static corm_status corm__running_end(corm_session *session, const corm__running *running)
{
    session->running = running->outer;
    if (session->poison != CORM_OK)
        return corm__status = session->poison;
    return session->transaction_lost ? corm__status = CORM_PENDING_ROLLBACK : CORM_OK;
}

/* Whether the hook is to be called for objects of the model. */
static inline bool corm__is_hooked(const corm_session *session, const corm__mapper *mapper,
                                   corm__hook hook)
{
    return (mapper->hooks | session->hooks) >> hook & 1;
}

/* One function; those that are told cannot refuse. */
static bool corm__call_one(corm_session *session, const corm_hooks *hooks, corm__hook hook,
                           void *object)
{
    const char *at = (const char *)hooks + corm__hook_list[hook].offset;
    union {
        corm_object_hook object;
        corm_session_hook session;
        corm_session_notice told;
    } function;
    if (hook < CORM__HOOK_before_flush) {
        memcpy(&function.object, at, sizeof function.object);
        return function.object == NULL || function.object(session, object, hooks->context);
    }
    if (hook < CORM__HOOK_after_commit) {
        memcpy(&function.session, at, sizeof function.session);
        return function.session == NULL || function.session(session, hooks->context);
    }
    memcpy(&function.told, at, sizeof function.told);
    if (function.told != NULL)
        function.told(session, hooks->context);
    return true;
}

/* All of a kind: of the object's model first, then of the session. `doing` is "inserting". */
static corm_status corm__call(corm_session *session, corm__hook hook, void *object,
                              const char *doing, corm__bound bound)
{
    const corm_model *model = object == NULL ? NULL : corm__mapper_at(object)->model;
    const corm_hooks *hooks = model == NULL ? NULL : model->options.hooks;
    const char *name = corm__hook_list[hook].name;
    char label[CORM__LABEL_SIZE];
    bool of_session = false;
    for (;; hooks = hooks->next) {
        corm__running running;
        if (hooks == NULL && !of_session) {
            hooks = session->options.hooks;
            of_session = true;
        }
        if (hooks == NULL)
            return CORM_OK;
        corm__running_begin(session, &running, name, object, bound);
        bool fine = corm__call_one(session, hooks, hook, object);
        corm_status status = corm__running_end(session, &running);
        if (status != CORM_OK)
            return status;
        const char *between = running.why[0] == '\0' ? "" : ": ";
        if (!fine && object == NULL)
            return corm__fail(session, CORM_REFUSED, "%s refused%s%s", name, between, running.why);
        if (!fine)
            return corm__fail(session, CORM_REFUSED, "%s: %s refused%s%s (%s %s)", model->table,
                              name, between, running.why, doing, corm__label(object, label));
    }
}

/* In a flush, if there is such a hook. */
static corm_status corm__call_object(corm_session *session, corm__hook hook, void *object,
                                     const char *doing)
{
    return corm__is_hooked(session, corm__mapper_at(object), hook)
               ? corm__call(session, hook, object, doing, CORM__BOUND_ALL)
               : CORM_OK;
}

/* After an object was filled from its row. */
static corm_status corm__call_loaded(corm_session *session, void *object)
{
    corm_status status =
        corm__call(session, CORM__HOOK_after_load, object, "loading", CORM__BOUND_ALL);
    if (status != CORM_OK && session->poison == CORM_OK)
        session->poison = status; /* as after any other failed load */
    return status;
}

/* A hook of the session; CORM_OK where there is none. */
static corm_status corm__call_session(corm_session *session, corm__hook hook, corm__bound bound)
{
    return CORM__LIKELY(!(session->hooks >> hook & 1))
               ? CORM_OK
               : corm__call(session, hook, NULL, NULL, bound);
}

/* ---- Validators ------------------------------------------------------------------------------ */

static corm_status corm__call_validator(corm_session *session, const void *object,
                                        const corm__column *column, const corm_value *value)
{
    char shown[CORM__DESCRIBED], label[CORM__LABEL_SIZE];
    corm__running running;
    corm__running_begin(session, &running, "a validator", object, CORM__BOUND_ALL);
    bool fine = column->info->options.validate(session, object, value);
    corm_status status = corm__running_end(session, &running);
    if (status != CORM_OK || fine)
        return status;
    corm__value_describe(value, shown, sizeof shown);
    return corm__fail(
        session, CORM_REFUSED, "%s.%s: %s is refused%s%s (%s %s)", column->owner->model->table,
        column->name, shown, running.why[0] == '\0' ? "" : ": ", running.why,
        corm__record_of(object)->state == CORM_STATE_PENDING ? "inserting" : "updating",
        corm__label(object, label));
}

#endif /* CORM__ROOM_HOOKS_C */

/* ---- src/load.c ------------------------------------------------------------------------------ */

/* load.c: from rows to objects.
 *
 * Owns: making an object of a row or filling an expired one, queries, get, loading a
 * relationship for many objects in one statement.
 * Must not know: how changes are written, how both ends of a relationship are kept in agreement. */
#ifndef CORM__ROOM_LOAD_C
#define CORM__ROOM_LOAD_C

#ifdef CORM_LINES
#line 10 "src/load.c"
#endif
enum {
    CORM__ROW_MAX = CORM__COLUMN_MAX + CORM__KEY_MAX,
    CORM__SIBLINGS_MAX = 1000 /* objects for which one statement loads a relationship */
};

/* ---- One row --------------------------------------------------------------------------------- */

static corm_status corm__load_misfit(corm_session *session, const corm__column *column, bool memory,
                                     const char *why)
{
    if (memory)
        return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s was loaded",
                            column->owner->model->table);
    return corm__poison(session, CORM_DATA, "%s.%s: %s", column->owner->model->table, column->name,
                        why);
}

/* Writes the row into the object's snapshot, and into those members that the program has not
 * changed. Columns outside of `wanted` stay. */
static corm_status corm__fill(corm_session *session, void *object, const corm_value *row,
                              uint64_t wanted)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    char *snapshot = corm__snapshot_of(object), why[256], scratch[CORM__SCRATCH];
    void *fresh = corm__arena_allocate(&session->scratch, mapper->size);
    if (fresh == NULL)
        return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s was loaded",
                            mapper->model->table);
    uint64_t taken = record->extra == NULL ? 0 : record->extra->touched | record->extra->unset;
    memset(fresh, 0, mapper->size);
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        bool memory = false,
             kept = column != mapper->version &&
                    ((taken >> i & 1) || !corm__member_equal(column, object, snapshot));
        if (!(wanted >> i & 1))
            continue;
        corm_value known = corm__member_value(column, snapshot, scratch);
        if (column->kind != CORM_KIND_CUSTOM && corm__value_equal(&known, &row[i]))
            continue;
        if (!corm__member_load(column, fresh, &row[i], &session->heap, &memory, why, sizeof why))
            return corm__load_misfit(session, column, memory, why);
        if (!kept)
            corm__member_copy(column, object, fresh);
        corm__snapshot_replace(session, column, record, snapshot, fresh);
    }
    record->generation = session->generation;
    record->as.batch = NULL;
    if (record->extra != NULL)
        record->extra->expired &= ~wanted;
    return CORM_OK;
}

static corm_status corm__make(corm_session *session, corm__mapper *mapper, const corm_value *row,
                              void **out)
{
    char why[256];
    void *object = NULL;
    if (corm__identity_reserve(&corm__store_of(session, mapper)->identities, 1))
        object = corm__object_take(session, mapper);
    if (object == NULL)
        return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s was loaded",
                            mapper->model->table);
    corm__record *record = corm__record_of(object);
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        bool memory = false;
        if (!corm__member_load(&mapper->columns[i], object, &row[i], &session->heap, &memory, why,
                               sizeof why)) {
            corm__object_drop(session, object);
            return corm__load_misfit(session, &mapper->columns[i], memory, why);
        }
    }
    memcpy(corm__snapshot_of(object), object, mapper->size);
    record->state = CORM_STATE_PERSISTENT;
    record->generation = session->generation;
    corm__identity_enter(session, mapper, object);
    *out = object;
    return CORM_OK;
}

/* The object of a row: the one in the session (filled if it is expired), or a new one. `hooked`:
 * after_load is to be called for what is made or filled. */
static corm_status corm__object_of_row(corm_session *session, corm__mapper *mapper,
                                       const corm_value *row, bool hooked, void **out)
{
    corm_value key[CORM__KEY_MAX];
    char why[128];
    for (size_t i = 0; i < mapper->pk_count; i++)
        key[i] = row[mapper->pk[i]];
    if (mapper->integer_key && key[0].type != CORM_VALUE_INTEGER) {
        (void)snprintf(why, sizeof why, "the key is not an integer");
        return corm__load_misfit(session, &mapper->columns[mapper->pk[0]], false, why);
    }
    void *object = corm__identity_find(session, mapper, key);
    corm_status status;
    if (object == NULL) {
        status = corm__make(session, mapper, row, out);
    } else {
        *out = object;
        corm__record *record = corm__record_of(object);
        if (record->generation != session->generation)
            status = corm__fill(session, object, row, ~UINT64_C(0));
        else if (record->extra != NULL && record->extra->expired != 0)
            status = corm__fill(session, object, row, record->extra->expired);
        else
            return CORM_OK;
    }
    return hooked && status == CORM_OK ? corm__call_loaded(session, *out) : status;
}

/* ---- Failures of statements ------------------------------------------------------------------ */

/* A read failed: the session waits for rollback. */
static corm_status corm__load_failed(corm_session *session, corm_status status)
{
    if (session->poison == CORM_OK)
        session->poison = status;
    corm__status = status;
    return status;
}

/* The prepared statement that a read needs; NULL: the session waits for rollback. */
static corm__prepared *corm__for_reading(corm_session *session, corm__prepared *prepared)
{
    if (prepared == NULL)
        (void)corm__load_failed(session, session->error.status);
    return prepared;
}

static void corm__scratch_begin(corm_session *session)
{
    session->scratch_users++;
}

static void corm__scratch_end(corm_session *session)
{
    if (--session->scratch_users == 0)
        corm__arena_reset(&session->scratch);
}

/* ---- Several rows ---------------------------------------------------------------------------- */

/* Runs a statement whose rows are `lead` columns and then those of the mapper; `take` gets each
 * row with its object. */
typedef corm_status (*corm__row_taker)(corm_session *session, void *object, const corm_value *row,
                                       void *argument);

static corm_status corm__read_rows(corm_session *session, corm__mapper *mapper,
                                   corm__prepared *prepared, size_t lead, const corm_value *values,
                                   size_t count, corm__row_taker take, void *argument)
{
    corm_value row[CORM__ROW_MAX];
    corm__cursor cursor;
    bool more = true;
    const bool hooked = corm__is_hooked(session, mapper, CORM__HOOK_after_load);
    if (corm__for_reading(session, prepared) == NULL)
        return session->error.status;
    corm_status status = corm__cursor_start(session, &cursor, prepared, values, count);
    while (status == CORM_OK) {
        void *object = NULL;
        status = corm__cursor_fetch(session, &cursor, row, lead + mapper->column_count, &more);
        if (status != CORM_OK || !more)
            break;
        status = corm__object_of_row(session, mapper, row + lead, hooked, &object);
        if (status == CORM_OK)
            status = take(session, object, row, argument);
    }
    corm__cursor_end(session, &cursor);
    return status == CORM_OK ? CORM_OK : corm__load_failed(session, status);
}

/* A list for the program, which is at the same time the batch of siblings of what it holds.
 * NULL: out of memory. */
static corm__batch *corm__batch_new(corm_session *session, void *const *items, size_t count)
{
    size_t size = sizeof(corm__batch) + count * sizeof(void *);
    corm__batch *batch = corm__heap_allocate(&session->heap, size);
    if (batch == NULL)
        return NULL;
    corm__retire(session, batch, size);
    batch->items = (void **)(batch + 1);
    batch->count = count;
    for (size_t i = 0; i < count; i++) {
        corm__record *record = corm__record_of(items[i]);
        batch->items[i] = items[i];
        if (record->state != CORM_STATE_PERSISTENT)
            continue;
        record->as.batch = batch;
        record->position = (uint32_t)i;
        record->epoch = session->epoch;
    }
    return batch;
}

static corm_status corm__take_into_vector(corm_session *session, void *object,
                                          const corm_value *row, void *argument)
{
    (void)row;
    if (corm__vector_push(argument, object))
        return CORM_OK;
    return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while a list was made");
}

/* ---- One object ------------------------------------------------------------------------------ */

static corm_status corm__take_first(corm_session *session, void *object, const corm_value *row,
                                    void *argument)
{
    (void)session;
    (void)row;
    if (*(void **)argument == NULL)
        *(void **)argument = object;
    return CORM_OK;
}

static corm_status corm__load_by_key(corm_session *session, corm__mapper *mapper,
                                     const corm_value *key, void **out)
{
    *out = NULL;
    corm__scratch_begin(session);
    corm_status status =
        corm__read_rows(session, mapper, corm__statement_of(session, mapper, CORM__VERB_GET, 0), 0,
                        key, mapper->pk_count, corm__take_first, out);
    corm__scratch_end(session);
    return status;
}

/* Loads a persistent object's row again if any of it is expired. CORM_ROW_MISSING is returned
 * and recorded nowhere: the caller knows what it means. */
static corm_status corm__make_current(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    corm__key key;
    void *found = NULL;
    if (!corm__is_expired(record) && (record->extra == NULL || record->extra->expired == 0))
        return CORM_OK;
    corm__mapper *mapper = corm__mapper_at(object);
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    corm_status status = corm__load_by_key(session, mapper, key.values, &found);
    if (status != CORM_OK)
        return status;
    return found == object ? CORM_OK : CORM_ROW_MISSING;
}

/* ---- A relationship for many objects --------------------------------------------------------- */

static inline corm__link *corm__raw_link(void *object, const corm__relation *relation)
{
    corm__extra *extra = corm__extra_of(object);
    return extra == NULL ? NULL : &extra->links[relation->index];
}

/* Appends to a link's items without looking for the item. The old array may be in the program's
 * hands. */
static bool corm__items_push(corm_session *session, corm__link *link, void *item)
{
    if (link->count == link->capacity || link->handed) {
        uint32_t capacity = link->count < 4 ? 8 : link->count * 2;
        void **items = corm__heap_allocate(&session->heap, capacity * sizeof *items);
        if (items == NULL)
            return false;
        if (link->count > 0)
            memcpy(items, link->items, link->count * sizeof *items);
        if (link->handed)
            corm__retire(session, link->items, link->capacity * sizeof *items);
        else
            corm__heap_release(&session->heap, link->items, link->capacity * sizeof *items);
        link->items = items;
        link->capacity = capacity;
        link->handed = false;
    }
    link->items[link->count++] = item;
    return true;
}

typedef struct corm__related_rows {
    corm__relation *relation;
    void **owners; /* in this statement */
    size_t count;
    void *last; /* owner of the row before: rows of one owner often follow each other */
} corm__related_rows;

/* Whether the row's columns that refer to the owner are the owner's key. */
static bool corm__row_is_of(const corm__relation *relation, void *owner, const corm_value *row)
{
    corm__key key;
    corm__key_read(relation->source, relation->local, relation->key_count, corm__snapshot_of(owner),
                   &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        const corm_value *value =
            relation->association != NULL ? &row[i] : &row[relation->remote[i]];
        if (!corm__value_equal(&key.values[i], value))
            return false;
    }
    return true;
}

static bool corm__local_is_key(const corm__relation *relation)
{
    if (relation->key_count != relation->source->pk_count)
        return false;
    return memcmp(relation->local, relation->source->pk,
                  relation->key_count * sizeof relation->local[0]) == 0;
}

static bool corm__remote_is_key(const corm__relation *relation)
{
    if (relation->key_count != relation->target->pk_count || relation->filter_count > 0)
        return false;
    return memcmp(relation->remote, relation->target->pk,
                  relation->key_count * sizeof relation->remote[0]) == 0;
}

static void *corm__owner_of_row(corm_session *session, corm__related_rows *rows,
                                const corm_value *row)
{
    corm__relation *relation = rows->relation;
    if (rows->last != NULL && corm__row_is_of(relation, rows->last, row))
        return rows->last;
    if (corm__local_is_key(relation)) {
        corm_value key[CORM__KEY_MAX];
        for (uint16_t i = 0; i < relation->key_count; i++)
            key[i] = relation->association != NULL ? row[i] : row[relation->remote[i]];
        return corm__identity_find(session, relation->source, key);
    }
    for (size_t i = 0; i < rows->count; i++) {
        if (corm__row_is_of(relation, rows->owners[i], row))
            return rows->owners[i];
    }
    return NULL;
}

static corm_status corm__take_related(corm_session *session, void *object, const corm_value *row,
                                      void *argument)
{
    corm__related_rows *rows = argument;
    void *owner = corm__owner_of_row(session, rows, row);
    corm__link *link = owner == NULL ? NULL : corm__raw_link(owner, rows->relation);
    rows->last = owner;
    if (link == NULL || link->loaded)
        return CORM_OK; /* not asked for in this statement */
    if (corm__items_push(session, link, object))
        return CORM_OK;
    return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s.%s was loaded",
                        rows->relation->source->model->name, rows->relation->name);
}

static corm_status corm__take_nothing(corm_session *session, void *object, const corm_value *row,
                                      void *argument)
{
    (void)session;
    (void)object;
    (void)row;
    (void)argument;
    return CORM_OK;
}

/* Statements come in few sizes, so that few are prepared: the last key is repeated up to the
 * next size. */
static size_t corm__statement_size(size_t count)
{
    static const size_t sizes[] = {1, 4, 16, 64, 256, CORM__SIBLINGS_MAX};
    size_t i = 0;
    while (sizes[i] < count)
        i++;
    return sizes[i];
}

/* Keys of the owners as parameters of a statement of that size; in the scratch arena. */
static corm_value *corm__owner_keys(corm_session *session, const corm__relation *relation,
                                    void **owners, size_t count, size_t size)
{
    size_t width = relation->key_count;
    corm_value *values = corm__arena_allocate(&session->scratch,
                                              (size * width + CORM__FILTER_TERMS) * sizeof *values);
    corm__key *keys = corm__arena_allocate(&session->scratch, count * sizeof *keys);
    if (values == NULL || keys == NULL)
        return NULL;
    for (size_t i = 0; i < size; i++) {
        size_t owner = i < count ? i : count - 1;
        if (i < count)
            corm__key_read(relation->source, relation->local, width, corm__snapshot_of(owners[i]),
                           &keys[i]);
        memcpy(&values[i * width], keys[owner].values, width * sizeof *values);
    }
    (void)corm__sql_filter_values(relation, &values[size * width]);
    return values;
}

/* One statement for at most CORM__SIBLINGS_MAX owners, whose links are not loaded. To-many and
 * the keyless end of a one-to-one: the rows go into link->items; the caller finishes the links.
 * A relation that holds the key: the targets are loaded into the session, nothing else. */
static corm_status corm__load_related_chunk(corm_session *session, corm__relation *relation,
                                            void **owners, size_t count)
{
    corm__related_rows rows = {relation, owners, count, NULL};
    size_t size = corm__statement_size(count);
    size_t lead = relation->association != NULL ? relation->key_count : 0;
    corm_value *values = corm__owner_keys(session, relation, owners, count, size);
    if (values == NULL)
        return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s.%s was loaded",
                            relation->source->model->name, relation->name);
    corm__buffer_clear(&session->sql);
    corm__sql_related(&session->sql, session->engine->adapter->dialect, relation, size);
    return corm__read_rows(session, relation->target, corm__prepare_sql(session), lead, values,
                           size * relation->key_count + relation->filter_values,
                           relation->holds_key ? corm__take_nothing : corm__take_related, &rows);
}

static size_t corm__chunk_size(const corm_session *session, const corm__relation *relation)
{
    size_t fits = (session->engine->adapter->dialect->max_parameters - relation->filter_values) /
                  relation->key_count;
    return fits < CORM__SIBLINGS_MAX ? (fits >= 256  ? 256
                                        : fits >= 64 ? 64
                                                     : 1)
                                     : CORM__SIBLINGS_MAX;
}

static corm_status corm__load_related(corm_session *session, corm__relation *relation,
                                      void **owners, size_t count)
{
    size_t most = corm__chunk_size(session, relation);
    corm_status status = CORM_OK;
    corm__scratch_begin(session);
    for (size_t i = 0; i < count && status == CORM_OK; i += most)
        status = corm__load_related_chunk(session, relation, owners + i,
                                          count - i < most ? count - i : most);
    corm__scratch_end(session);
    return status;
}

/* ---- Queries --------------------------------------------------------------------------------- */

static corm_status corm__query_prepare(corm_session *session, const corm_query *query,
                                       corm__mapper **mapper)
{
    if (query == NULL || query->model == NULL)
        return corm__poison(session, CORM_NULL_ARGUMENT, "a query without a model");
    *mapper = corm__mapper_of(session->registry, query->model);
    if (*mapper == NULL)
        return corm__poison(session, CORM_WRONG_MODEL, "%s is no model of schema %s",
                            query->model->name, session->registry->schema->name);
    corm_status status =
        corm__query_check(*mapper, query, session->poison == CORM_OK ? &session->error : NULL);
    if (status == CORM_OK)
        status = corm__autoflush(session);
    corm__status = status;
    return status;
}

/* The objects of a query into `out`. */
static corm_status corm__query_rows(corm_session *session, const corm_query *query,
                                    corm__mapper *mapper, bool by_key, corm__vector *out)
{
    const corm_dialect *dialect = session->engine->adapter->dialect;
    corm_value *values = NULL;
    size_t count = 0;
    corm_error error;
    corm__buffer_clear(&session->sql);
    corm_status status =
        corm__sql_query_values(mapper, dialect, query, &session->scratch, &values, &count, &error);
    if (status != CORM_OK)
        return corm__fail(session, status, "%s", error.message);
    corm__sql_query(&session->sql, dialect, mapper, query, by_key);
    return corm__read_rows(session, mapper, corm__prepare_sql(session), 0, values, count,
                           corm__take_into_vector, out);
}

static corm_status corm__query_number(corm_session *session, const corm_value *values, size_t count,
                                      int64_t *out)
{
    corm_value row[1] = {{0}};
    corm__cursor cursor;
    bool more = false;
    corm__prepared *prepared = corm__for_reading(session, corm__prepare_sql(session));
    if (prepared == NULL)
        return session->error.status;
    corm_status status = corm__cursor_start(session, &cursor, prepared, values, count);
    if (status == CORM_OK)
        status = corm__cursor_fetch(session, &cursor, row, 1, &more);
    if (status == CORM_OK)
        *out = more && row[0].type == CORM_VALUE_INTEGER ? row[0].as.integer : 0;
    corm__cursor_end(session, &cursor);
    return status == CORM_OK ? CORM_OK : corm__load_failed(session, status);
}

#endif /* CORM__ROOM_LOAD_C */

/* ---- src/link.c ------------------------------------------------------------------------------ */

/* link.c: one end of a relationship on one object.
 *
 * Owns: what is known of an end and whether it is still valid: the items of a collection, the
 * target of a reference, what changed in them since the last flush.
 * Must not know: the other end, SQL, cascades. */
#ifndef CORM__ROOM_LINK_C
#define CORM__ROOM_LINK_C

#ifdef CORM_LINES
#line 10 "src/link.c"
#endif
/* ---- Links and their validity ---------------------------------------------------------------- */

static corm_status corm__no_memory(corm_session *session)
{
    return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory");
}

/* Back to "not loaded, not changed". The list may be in the program's hands. */
static void corm__link_reset(corm_session *session, corm__link *link)
{
    corm__changes_drop(session, link);
    if (link->capacity > 0 && link->handed)
        corm__retire(session, link->items, link->capacity * sizeof(void *));
    else if (link->capacity > 0)
        corm__heap_release(&session->heap, link->items, link->capacity * sizeof(void *));
    memset(link, 0, sizeof *link);
}

static void corm__links_reset(corm_session *session, corm__extra *extra)
{
    for (uint16_t i = 0; i < extra->link_count; i++)
        corm__link_reset(session, &extra->links[i]);
    extra->generation = session->links_generation;
}

/* The link, expired ones emptied. NULL: out of memory, or an object of the program that has
 * none. */
static corm__link *corm__link_at(void *object, const corm__relation *relation)
{
    corm__record *record = corm__record_of(object);
    corm__extra *extra = corm__extra_of(object);
    if (extra == NULL)
        return NULL;
    if (record->state == CORM_STATE_PERSISTENT &&
        extra->generation != record->session->links_generation)
        corm__links_reset(record->session, extra);
    return &extra->links[relation->index];
}

/* The same without making anything: NULL where nothing is known. */
static corm__link *corm__link_if(void *object, const corm__relation *relation)
{
    return corm__record_of(object)->extra == NULL ? NULL : corm__link_at(object, relation);
}

static bool corm__prefetch_is_valid(corm_session *session, const corm__relation *relation,
                                    const corm__link *link)
{
    const corm__mapper *between =
        relation->association == NULL ? NULL : relation->association->mapper;
    return corm__store_of(session, relation->target)->written <= link->stamp &&
           corm__store_of(session, relation->source)->written <= link->stamp &&
           (between == NULL || corm__store_of(session, between)->written <= link->stamp) &&
           session->ended <= link->stamp;
}

static inline bool corm__has_row(const corm__record *record)
{
    return record->state == CORM_STATE_PERSISTENT;
}

static inline bool corm__is_in_session(const corm__record *record)
{
    return record->state == CORM_STATE_PERSISTENT || record->state == CORM_STATE_PENDING;
}

static bool corm__mark_linked(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    if ((record->flags & CORM__DIRTY_LINKS) || !corm__is_in_session(record))
        return true;
    if (!corm__vector_push(&session->linked, object))
        return false;
    record->flags |= CORM__DIRTY_LINKS;
    return true;
}

enum { CORM__TOLD = 1 };

static bool corm__is_told(const corm__link *link)
{
    return link->stamp == CORM__TOLD;
}

/* ---- Arrays of objects ----------------------------------------------------------------------- */

static size_t corm__index_of(void *const *items, size_t count, const void *item)
{
    size_t i = 0;
    while (i < count && items[i] != item)
        i++;
    return i;
}

static bool corm__array_push(corm_session *session, void ***items, uint32_t *count,
                             uint32_t *capacity, void *item)
{
    if (*count == *capacity) {
        uint32_t larger = *capacity == 0 ? 4 : *capacity * 2;
        void **grown = corm__heap_allocate(&session->heap, larger * sizeof *grown);
        if (grown == NULL)
            return false;
        if (*count > 0)
            memcpy(grown, *items, *count * sizeof *grown);
        corm__heap_release(&session->heap, *items, *capacity * sizeof *grown);
        *items = grown;
        *capacity = larger;
    }
    (*items)[(*count)++] = item;
    return true;
}

static bool corm__array_erase(void **items, uint32_t *count, const void *item)
{
    size_t i = corm__index_of(items, *count, item);
    if (i == *count)
        return false;
    memmove(&items[i], &items[i + 1], (*count - i - 1) * sizeof *items);
    (*count)--;
    return true;
}

/* Removes from a link's items, in a copy if the program holds them. */
static bool corm__items_erase(corm_session *session, corm__link *link, const void *item)
{
    if (corm__index_of(link->items, link->count, item) == link->count)
        return true;
    if (link->handed) {
        void **copy = corm__heap_allocate(&session->heap, link->capacity * sizeof *copy);
        if (copy == NULL)
            return false;
        memcpy(copy, link->items, link->count * sizeof *copy);
        corm__retire(session, link->items, link->capacity * sizeof *copy);
        link->items = copy;
        link->handed = false;
    }
    (void)corm__array_erase(link->items, &link->count, item);
    return true;
}

/* ---- One end: the collection, or the keyless side of a one-to-one ---------------------------- */

static bool corm__change_note(corm_session *session, corm__link *link, void *item, bool added)
{
    if (link->changes == NULL) {
        link->changes = corm__heap_allocate(&session->heap, sizeof *link->changes);
        if (link->changes == NULL)
            return false;
        memset(link->changes, 0, sizeof *link->changes);
    }
    corm__changes *c = link->changes;
    if (!added)
        (void)corm__array_erase(c->recent, &c->recent_count, item);
    if (added)
        return corm__array_erase(c->removed, &c->removed_count, item) ||
               corm__array_push(session, &c->added, &c->added_count, &c->added_capacity, item);
    return corm__array_erase(c->added, &c->added_count, item) ||
           corm__array_push(session, &c->removed, &c->removed_count, &c->removed_capacity, item);
}

/* What was appended stands last, also when the collection is first loaded after the flush. What was
 * linked from its own end before stands where .order_by puts it. */
static bool corm__keep_order(corm_session *session, corm__link *link, void *item)
{
    corm__changes *c = link->changes;
    (void)corm__array_erase(c->recent, &c->recent_count, item);
    return corm__array_push(session, &c->recent, &c->recent_count, &c->recent_capacity, item);
}

/* The program changes the collection itself. */
static corm_status corm__list_open(corm_session *session, void *owner,
                                   const corm__relation *relation)
{
    corm__link *link = corm__link_at(owner, relation);
    if (link == NULL)
        return corm__no_memory(session);
    link->opened = corm__has_row(corm__record_of(owner)) &&
                   relation->lazy != CORM_LAZY_WRITE_ONLY && (!link->loaded || link->prefetched);
    return CORM_OK;
}

/* Whether a loaded collection may hold the item already. It cannot, where the item's reference to
 * the owner is new: that spares looking through the collection for every append. */
static bool corm__may_hold(void *item, const corm__relation *relation)
{
    const corm__link *link =
        relation->association == NULL ? corm__link_if(item, relation->inverse) : NULL;
    return link == NULL || !link->changed;
}

static corm_status corm__end_add(corm_session *session, void *owner, const corm__relation *relation,
                                 void *item)
{
    corm__link *link = corm__link_at(owner, relation);
    if (link == NULL || !corm__mark_linked(session, owner))
        return corm__no_memory(session);
    if (!relation->to_many) {
        link->target = item;
        link->loaded = link->changed = true;
        link->prefetched = false;
        return CORM_OK;
    }
    bool stored = corm__has_row(corm__record_of(owner));
    if (!stored) {
        link->loaded = true;
        link->stamp = CORM__TOLD;
    }
    if (stored && !corm__change_note(session, link, item, true))
        return corm__no_memory(session);
    if (stored && !link->loaded && link->opened && !corm__keep_order(session, link, item))
        return corm__no_memory(session);
    if (!link->loaded || (corm__may_hold(item, relation) &&
                          corm__index_of(link->items, link->count, item) < link->count))
        return CORM_OK;
    return corm__items_push(session, link, item) ? CORM_OK : corm__no_memory(session);
}

static corm_status corm__end_drop(corm_session *session, void *owner,
                                  const corm__relation *relation, void *item)
{
    corm__link *link = corm__link_at(owner, relation);
    if (link == NULL || !corm__mark_linked(session, owner))
        return corm__no_memory(session);
    if (!relation->to_many) {
        if (!link->loaded || link->target == item) {
            link->target = NULL;
            link->loaded = link->changed = true;
            link->prefetched = false;
        }
        return CORM_OK;
    }
    if (!corm__has_row(corm__record_of(owner)))
        link->stamp = CORM__TOLD;
    else if (!corm__change_note(session, link, item, false))
        return corm__no_memory(session);
    return corm__items_erase(session, link, item) ? CORM_OK : corm__no_memory(session);
}

/* ---- The other end: the reference ------------------------------------------------------------ */

/* The target as far as it is known without SQL. *known false: there is one, but not in the
 * session. */
static void *corm__one_now(corm_session *session, void *object, const corm__relation *relation,
                           bool *known)
{
    corm__link *link = corm__link_if(object, relation);
    corm__key key;
    *known = true;
    if (link != NULL && link->loaded && !link->prefetched)
        return link->target;
    if (!corm__has_row(corm__record_of(object)))
        return NULL;
    *known = false;
    if (!relation->holds_key)
        return NULL;
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        if (key.values[i].type == CORM_VALUE_NULL) {
            *known = true;
            return NULL;
        }
    }
    void *target = corm__remote_is_key(relation)
                       ? corm__identity_find(session, relation->target, key.values)
                       : NULL;
    *known = target != NULL;
    return target;
}

/* Whether the reference to `target` differs from what is stored. */
static bool corm__one_differs(void *object, const corm__relation *relation, void *target)
{
    corm__key stored, key;
    if (!corm__has_row(corm__record_of(object)))
        return target != NULL;
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &stored);
    if (target != NULL && !corm__has_row(corm__record_of(target)))
        return true;
    if (target != NULL)
        corm__key_read(relation->target, relation->remote, relation->key_count,
                       corm__snapshot_of(target), &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        bool absent = stored.values[i].type == CORM_VALUE_NULL;
        if (target == NULL && absent)
            return false;
        if (target == NULL ? !absent : !corm__value_equal(&stored.values[i], &key.values[i]))
            return true;
    }
    return false;
}

static corm_status corm__one_assign(corm_session *session, void *object,
                                    const corm__relation *relation, void *target)
{
    corm__link *link = corm__link_at(object, relation);
    if (link == NULL || !corm__mark_linked(session, object))
        return corm__no_memory(session);
    link->target = target;
    link->loaded = true;
    link->prefetched = false;
    link->changed = corm__one_differs(object, relation, target);
    corm__record *record = corm__record_of(object);
    if (target != NULL && (record->flags & CORM__MARKED_DELETED))
        record->flags |= CORM__PLACED;
    return CORM_OK;
}

#endif /* CORM__ROOM_LINK_C */

/* ---- src/lazy.c ------------------------------------------------------------------------------ */

/* lazy.c: relationships loaded when they are looked at.
 *
 * Owns: which siblings are loaded in the same statement, what was fetched ahead and whether it
 * still holds, merging loaded rows with what the program changed meanwhile.
 * Must not know: how changes are made at both ends, how anything is written. */
#ifndef CORM__ROOM_LAZY_C
#define CORM__ROOM_LAZY_C

#ifdef CORM_LINES
#line 10 "src/lazy.c"
#endif
/* ---- Lazy loading ---------------------------------------------------------------------------- */

/* The object and its siblings for which the relationship may be loaded in one go: at most
 * CORM__SIBLINGS_MAX neighbours, this one first. */
static corm_status corm__siblings(corm_session *session, void *object, corm__relation *relation,
                                  corm__vector *out)
{
    corm__record *record = corm__record_of(object);
    if (!corm__vector_push(out, object))
        return corm__no_memory(session);
    if (relation->lazy == CORM_LAZY_SELECT || record->as.batch == NULL ||
        record->epoch != session->epoch)
        return CORM_OK;
    corm__batch *batch = record->as.batch;
    size_t most = batch->count < CORM__SIBLINGS_MAX ? batch->count : CORM__SIBLINGS_MAX;
    if (!corm__vector_reserve(out, most))
        return corm__no_memory(session);
    for (size_t i = 1; i < most; i++) {
        void *sibling = batch->items[(record->position + i) % batch->count];
        corm__record *other = corm__record_of(sibling);
        if (sibling == object || other->session != session || !corm__has_row(other) ||
            (other->flags & (CORM__MARKED_DELETED | CORM__VISITED)))
            continue;
        corm__link *link = corm__link_at(sibling, relation);
        if (link == NULL)
            return corm__no_memory(session);
        if (link->loaded &&
            !(link->prefetched && !corm__prefetch_is_valid(session, relation, link)))
            continue;
        (void)corm__vector_push(out, sibling);
    }
    return CORM_OK;
}

/* A link of many-to-many that was appended turns out to be stored: nothing is to be written. */
static void corm__addition_forget(void *owner, const corm__relation *relation, void *item)
{
    corm__link *mine = corm__link_if(owner, relation);
    corm__link *theirs = corm__link_if(item, relation->inverse);
    if (mine != NULL && mine->changes != NULL)
        (void)corm__array_erase(mine->changes->added, &mine->changes->added_count, item);
    if (theirs != NULL && theirs->changes != NULL)
        (void)corm__array_erase(theirs->changes->added, &theirs->changes->added_count, owner);
}

/* What was appended last stands last until it is loaded anew. *stored: so many that are stored come
 * first; fewer after. */
static bool corm__recent_last(corm_session *session, void *owner, const corm__relation *relation,
                              uint32_t *stored)
{
    corm__link *link = corm__raw_link(owner, relation);
    corm__changes *c = link->changes;
    for (uint32_t i = 0; c != NULL && i < c->recent_count; i++) {
        void *item = c->recent[i];
        const bool found = corm__array_erase(link->items, &link->count, item);
        const bool added = corm__index_of(c->added, c->added_count, item) < c->added_count;
        *stored -= found;
        if (found && added && relation->association != NULL)
            corm__addition_forget(owner, relation, item); /* it was linked already */
        if ((found || added) && !corm__items_push(session, link, item))
            return false;
    }
    if (c != NULL)
        c->recent_count = 0;
    return true;
}

/* After the rows are in link->items: what the program changed meanwhile is added and left out. */
static corm_status corm__list_finish(corm_session *session, void *owner, corm__relation *relation,
                                     bool prefetched)
{
    corm__link *link = corm__raw_link(owner, relation);
    uint32_t kept = 0;
    if (link->loaded)
        return CORM_OK; /* twice among the owners */
    for (uint32_t i = 0; session->linked.count > 0 && i < link->count; i++) {
        void *item = link->items[i];
        bool gone = false;
        if (relation->association == NULL) {
            const corm__link *reference = corm__link_if(item, relation->inverse);
            gone = reference != NULL && reference->loaded && reference->changed &&
                   reference->target != owner;
        } else if (link->changes != NULL) {
            gone = corm__index_of(link->changes->removed, link->changes->removed_count, item) <
                   link->changes->removed_count;
        }
        if (!gone)
            link->items[kept++] = item;
    }
    if (session->linked.count > 0)
        link->count = kept;
    uint32_t stored = link->count;
    if (!corm__recent_last(session, owner, relation, &stored))
        return corm__no_memory(session);
    for (uint32_t i = 0; link->changes != NULL && i < link->changes->added_count;) {
        void *item = link->changes->added[i];
        if (relation->association != NULL && corm__index_of(link->items, stored, item) < stored) {
            corm__addition_forget(owner, relation, item); /* it was linked already */
            continue;
        }
        if (corm__index_of(link->items, link->count, item) == link->count &&
            !corm__items_push(session, link, item))
            return corm__no_memory(session);
        i++;
    }
    if (!relation->to_many) {
        link->target = link->count > 0 ? link->items[0] : NULL;
        corm__heap_release(&session->heap, link->items, link->capacity * sizeof(void *));
        link->items = NULL;
        link->count = link->capacity = 0;
    }
    link->loaded = true;
    link->prefetched = prefetched;
    link->stamp = session->clock;
    return CORM_OK;
}

/* Empties a link's items before they are loaded; changes stay. */
static void corm__items_clear(corm_session *session, corm__link *link)
{
    corm__changes *changes = link->changes;
    link->changes = NULL;
    corm__link_reset(session, link);
    link->changes = changes;
}

/* What was loaded for all owners together is one batch of siblings. */
static corm_status corm__batch_items(corm_session *session, corm__relation *relation,
                                     const corm__vector *owners)
{
    corm__vector all = {NULL, 0, 0};
    corm_status status = CORM_OK;
    for (size_t i = 0; i < owners->count && status == CORM_OK; i++) {
        corm__link *link = corm__raw_link(owners->items[i], relation);
        if (!relation->to_many && link->target != NULL && !corm__vector_push(&all, link->target))
            status = corm__no_memory(session);
        for (uint32_t k = 0; relation->to_many && k < link->count && status == CORM_OK; k++)
            status = corm__vector_push(&all, link->items[k]) ? CORM_OK : corm__no_memory(session);
    }
    if (status == CORM_OK && all.count > 0 &&
        corm__batch_new(session, all.items, all.count) == NULL)
        status = corm__no_memory(session);
    corm__vector_free(&all);
    return status;
}

/* Loads a collection, or the keyless end of a one-to-one, for all these objects. The first is
 * the one that is asked for; the others are fetched ahead (`ahead`), or loaded for good. */
static corm_status corm__load_lists(corm_session *session, corm__relation *relation,
                                    corm__vector *owners, bool ahead)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < owners->count; i++) {
        corm__link *link = corm__link_at(owners->items[i], relation);
        if (link == NULL)
            return corm__no_memory(session);
        corm__items_clear(session, link);
    }
    status = corm__load_related(session, relation, owners->items, owners->count);
    for (size_t i = 0; i < owners->count && status == CORM_OK; i++)
        status = corm__list_finish(session, owners->items[i], relation, ahead && i > 0);
    return status == CORM_OK ? corm__batch_items(session, relation, owners) : status;
}

static corm_status corm__write_only(corm_session *session, void *object,
                                    const corm__relation *relation)
{
    char label[CORM__LABEL_SIZE];
    const char *model = relation->source->model->name;
    return corm__fail(session, CORM_NOT_LOADED,
                      "%s.%s is declared CORM_LAZY_WRITE_ONLY and is never loaded (%s): query it "
                      "with corm_related_to(%s_%s_, object); where the object is deleted, give the "
                      "relationship .passive_deletes = true",
                      model, relation->name, corm__label(object, label), model, relation->name);
}

/* `asked`: by the program; what corm itself needs to know is loaded also where programs must not. */
static corm_status corm__not_loaded(corm_session *session, void *object,
                                    const corm__relation *relation, bool asked)
{
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__record_of(object);
    if (record->state == CORM_STATE_DETACHED || record->session == NULL)
        return corm__fail(session, CORM_DETACHED,
                          "%s is detached and its %s are not loaded: add it to a session first",
                          corm__label(object, label), relation->name);
    if (asked && relation->lazy == CORM_LAZY_RAISE)
        return corm__fail(session, CORM_NOT_LOADED,
                          "%s.%s is declared CORM_LAZY_RAISE and was not loaded (%s): name it in "
                          ".load = corm_load(...)",
                          relation->source->model->name, relation->name,
                          corm__label(object, label));
    if (relation->lazy == CORM_LAZY_WRITE_ONLY)
        return corm__write_only(session, object, relation);
    return corm__usable(session);
}

/* A flush deleted the object while its collection was looked at. An expired object has nothing left
 * to look at; a collection holds what still refers to the row: nothing. */
static corm_status corm__list_of_deleted(corm_session *session, void *object,
                                         const corm__relation *relation, bool expired,
                                         corm__link *link)
{
    char label[CORM__LABEL_SIZE];
    if (expired)
        return corm__fail(session, CORM_ROW_MISSING, "%s: the row of %s is gone",
                          relation->source->model->table, corm__label(object, label));
    if (link == NULL)
        return corm__no_memory(session);
    corm__link_reset(session, link);
    link->loaded = true;
    return CORM_OK;
}

/* The link with its items there, loaded if need be. */
static corm_status corm__list_ready(corm_session *session, void *object, corm__relation *relation,
                                    bool flush, corm__link **out)
{
    corm__vector owners = {NULL, 0, 0};
    corm__record *record = corm__record_of(object);
    corm__link *link = *out = corm__link_at(object, relation);
    if (link == NULL)
        return record->session == NULL ? corm__not_loaded(session, object, relation, flush)
                                       : corm__no_memory(session);
    if (link->loaded && !link->prefetched)
        return CORM_OK;
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING ||
        ((record->flags & CORM__GONE) && !relation->passive_deletes)) {
        link->loaded = true; /* nothing refers to a row that is not there */
        return CORM_OK;
    }
    const bool expired = corm__is_expired(record), present = corm__has_row(record);
    corm_status status = corm__not_loaded(session, object, relation, flush);
    if (status == CORM_OK && flush && !link->opened)
        status = corm__autoflush(session);
    if (status != CORM_OK)
        return status;
    link = *out = corm__link_at(object, relation);
    if (present && !corm__has_row(record))
        return corm__list_of_deleted(session, object, relation, expired, link);
    if (link != NULL && link->loaded &&
        (!link->prefetched || corm__prefetch_is_valid(session, relation, link))) {
        link->prefetched = false;
        return CORM_OK;
    }
    status = corm__siblings(session, object, relation, &owners);
    if (status == CORM_OK)
        status = corm__load_lists(session, relation, &owners, true);
    corm__vector_free(&owners);
    return status;
}

/* Loads the targets of references that are not in the session, for the object and its siblings. */
static corm_status corm__load_targets(corm_session *session, void *object, corm__relation *relation)
{
    corm__vector owners = {NULL, 0, 0};
    corm_status status = corm__siblings(session, object, relation, &owners);
    size_t kept = 1;
    for (size_t i = 1; i < owners.count && status == CORM_OK; i++) {
        bool known = false;
        void *target = corm__one_now(session, owners.items[i], relation, &known);
        if (!known || (target != NULL && corm__is_expired(corm__record_of(target))))
            owners.items[kept++] = owners.items[i];
    }
    if (status == CORM_OK)
        status = corm__load_related(session, relation, owners.items, kept);
    corm__vector_free(&owners);
    return status;
}

/* A reference to a column that is not the target's primary key: the identity map does not know
 * it. */
static corm_status corm__load_by_reference(corm_session *session, void *object,
                                           corm__relation *relation, void **out)
{
    corm_status status = CORM_OK;
    corm__scratch_begin(session);
    corm_value *values = corm__owner_keys(session, relation, &object, 1, 1);
    if (values == NULL)
        status = corm__no_memory(session);
    corm__buffer_clear(&session->sql);
    corm__sql_related(&session->sql, session->engine->adapter->dialect, relation, 1);
    if (status == CORM_OK)
        status = corm__read_rows(session, relation->target, corm__prepare_sql(session), 0, values,
                                 (size_t)relation->key_count + relation->filter_values,
                                 corm__take_first, out);
    corm__scratch_end(session);
    return status;
}

/* A deleted object still knows whom its row referred to. */
static corm_status corm__reference_of_deleted(corm_session *session, void *object,
                                              corm__relation *relation, void **out)
{
    corm__key key;
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &key);
    *out = NULL;
    for (uint16_t i = 0; i < relation->key_count; i++) {
        if (key.values[i].type == CORM_VALUE_NULL)
            return CORM_OK;
    }
    if (!corm__remote_is_key(relation))
        return corm__load_by_reference(session, object, relation, out);
    *out = corm__identity_find(session, relation->target, key.values);
    return *out != NULL ? CORM_OK : corm__load_by_key(session, relation->target, key.values, out);
}

static corm_status corm__reference_ready(corm_session *session, void *object,
                                         corm__relation *relation, bool flush, void **out)
{
    bool known = false;
    corm__record *record = corm__record_of(object);
    corm_status status = CORM_OK;
    if (corm__is_expired(record)) {
        status = flush ? corm__autoflush(session) : CORM_OK;
        if (status == CORM_OK)
            status = corm__make_current(session, object);
        if (status != CORM_OK)
            return status;
    }
    *out = corm__one_now(session, object, relation, &known);
    known = known && record->state != CORM_STATE_DELETED;
    if (known && (*out == NULL || !corm__is_expired(corm__record_of(*out))))
        return CORM_OK;
    /* a target in the session is only read again: no flush for that */
    const bool found = known;
    status = corm__not_loaded(session, object, relation, flush);
    if (status == CORM_OK && flush && !found)
        status = corm__autoflush(session);
    if (status != CORM_OK)
        return status;
    if (record->state == CORM_STATE_DELETED)
        return corm__reference_of_deleted(session, object, relation, out);
    *out = NULL;
    if (!corm__remote_is_key(relation))
        return corm__load_by_reference(session, object, relation, out);
    status = corm__load_targets(session, object, relation);
    if (status != CORM_OK)
        return status;
    *out = corm__one_now(session, object, relation, &known);
    if (*out != NULL && corm__is_expired(corm__record_of(*out)))
        *out = NULL; /* its row is gone */
    return CORM_OK;
}

/* The related object of a to-one end, loaded if need be; NULL: there is none. */
static corm_status corm__one_ready(corm_session *session, void *object, corm__relation *relation,
                                   bool flush, void **out)
{
    corm__record *record = corm__record_of(object);
    corm__link *link = corm__link_at(object, relation);
    *out = NULL;
    if (link == NULL)
        return record->session == NULL ? corm__not_loaded(session, object, relation, flush)
                                       : corm__no_memory(session);
    if (link->loaded && !link->prefetched) {
        *out = link->target;
        return CORM_OK;
    }
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING)
        return CORM_OK;
    if (record->state == CORM_STATE_DETACHED)
        return corm__not_loaded(session, object, relation, flush);
    corm_status status;
    if (relation->holds_key)
        status = corm__reference_ready(session, object, relation, flush, out);
    else
        status = corm__list_ready(session, object, relation, flush, &link);
    if (status != CORM_OK || record->state == CORM_STATE_DELETED)
        return status;
    link = corm__link_at(object, relation);
    if (link == NULL)
        return corm__no_memory(session);
    if (!relation->holds_key) {
        *out = link->target;
    } else {
        link->target = *out;
        link->loaded = true;
        link->prefetched = false;
    }
    return CORM_OK;
}

#endif /* CORM__ROOM_LAZY_C */

/* ---- src/eager.c ----------------------------------------------------------------------------- */

/* eager.c: related objects that come together with the objects of a query.
 *
 * Owns: which relationships a query brings along (named by it, or declared so), reading the rows of
 * a statement that joins them, and loading the others in statements of their own.
 * Must not know: SQL text, how changes are made or written. */
#ifndef CORM__ROOM_EAGER_C
#define CORM__ROOM_EAGER_C

#ifdef CORM_LINES
#line 11 "src/eager.c"
#endif
/* ---- What is loaded -------------------------------------------------------------------------- */

/* The name of a branch's table in the statement: "posts_1". It ends in a digit where the query's own
 * table does not, and the other way round, so that the two are never the same. */
static const char *corm__branch_name(corm_session *session, const corm__tree *tree,
                                     const char *table)
{
    const char *root = tree->branches[0].table;
    const char last = root[0] == '\0' ? '\0' : root[strlen(root) - 1];
    const size_t size = strlen(table) + 16;
    char *name = (char *)corm__arena_allocate(&session->scratch, size);
    if (name != NULL)
        (void)snprintf(name, size, "%s_%d%s", table, (int)tree->tables,
                       last >= '0' && last <= '9' ? "_" : "");
    return name;
}

static bool corm__tree_has(const corm__tree *tree, uint16_t parent, const corm__relation *relation)
{
    for (uint16_t i = 1; i < tree->count; i++)
        if (tree->branches[i].parent == parent && tree->branches[i].relation == relation)
            return true;
    return false;
}

/* Adds a branch, unless the tree is full: then it is loaded on access. What cannot be joined gets a
 * statement of its own. */
static corm_status corm__tree_grow(corm_session *session, corm__tree *tree, uint16_t parent,
                                   corm__relation *relation, corm_lazy how)
{
    const corm__association *a = relation->association;
    const int tables = tree->tables + (a != NULL ? 2 : 1);
    if (tree->count == CORM__BRANCHES_MAX || corm__tree_has(tree, parent, relation))
        return CORM_OK;
    corm__branch *branch = &tree->branches[tree->count++];
    *branch = (corm__branch){.relation = relation, .mapper = relation->target, .parent = parent};
    branch->left_out = how == CORM_LAZY_BATCH;
    /* the identity map would not find what a statement of its own has loaded */
    if (how == CORM_LAZY_SELECTIN && relation->holds_key && !corm__remote_is_key(relation))
        how = CORM_LAZY_JOINED;
    if (how != CORM_LAZY_JOINED || !tree->branches[parent].joined ||
        tables > CORM__JOINED_TABLES_MAX ||
        tree->columns + relation->target->column_count > CORM__JOINED_COLUMNS_MAX)
        return CORM_OK;
    branch->table = corm__branch_name(session, tree, relation->target->model->table);
    tree->tables++;
    if (a != NULL) {
        branch->between = corm__branch_name(session, tree, a->table);
        tree->tables++;
    }
    if (branch->table == NULL || (a != NULL && branch->between == NULL))
        return corm__no_memory(session);
    branch->joined = true;
    branch->first = tree->columns;
    tree->columns = (uint16_t)(tree->columns + relation->target->column_count);
    tree->multiplying = (uint16_t)(tree->multiplying + corm__multiplies(relation));
    return CORM_OK;
}

/* Whether what is declared is followed here: as often as .join_depth says; without it once, and not
 * to a model that the way has come by. */
static bool corm__tree_follows(const corm__tree *tree, uint16_t parent,
                               const corm__relation *relation)
{
    unsigned times = 0;
    bool back = false;
    for (uint16_t i = parent;; i = tree->branches[i].parent) {
        const corm__branch *branch = &tree->branches[i];
        times += branch->relation == relation;
        back = back || (i != parent && branch->mapper == relation->target);
        if (i == 0)
            break;
    }
    return relation->join_depth > 0 ? times < relation->join_depth : times == 0 && !back;
}

/* The tree of a query of `mapper`; `load` may be NULL. Names are in the scratch arena. */
static corm_status corm__tree_make(corm_session *session, corm__mapper *mapper,
                                   const corm_loading *load, corm__tree *tree)
{
    corm_status status = CORM_OK;
    tree->count = tree->tables = 1;
    tree->columns = mapper->column_count;
    tree->multiplying = 0;
    tree->branches[0] =
        (corm__branch){.mapper = mapper, .joined = true, .table = mapper->model->table};
    for (size_t i = 0; load != NULL && i < load->count; i++) {
        corm__relation *relation = corm__relation_of(session->registry, load->relationships[i]);
        const uint16_t count = tree->count;
        for (uint16_t p = 0; p < count && status == CORM_OK; p++)
            if (tree->branches[p].mapper == relation->source && !tree->branches[p].left_out)
                status = corm__tree_grow(session, tree, p, relation, load->how[i]);
    }
    for (uint16_t p = 0; p < tree->count; p++) {
        const corm__mapper *owner = tree->branches[p].mapper;
        if (!owner->eager || tree->branches[p].left_out)
            continue;
        for (uint16_t i = 0; i < owner->relation_count && status == CORM_OK; i++) {
            corm__relation *relation = owner->relations[i];
            if ((relation->lazy == CORM_LAZY_JOINED || relation->lazy == CORM_LAZY_SELECTIN) &&
                corm__tree_follows(tree, p, relation))
                status = corm__tree_grow(session, tree, p, relation, relation->lazy);
        }
    }
    return status;
}

/* ---- Rows of a statement with joins ---------------------------------------------------------- */

/* Pairs of pointers that were seen already. */
typedef struct corm__pairs {
    const void *(*slots)[2];
    size_t capacity, count;
} corm__pairs;

static const void **corm__pairs_place(const corm__pairs *pairs, const void *a, const void *b)
{
    uint64_t hash = corm__hash_mix(corm__hash_mix((uint64_t)(uintptr_t)a) ^ (uint64_t)(uintptr_t)b);
    size_t i = (size_t)hash & (pairs->capacity - 1);
    while (pairs->slots[i][0] != NULL && (pairs->slots[i][0] != a || pairs->slots[i][1] != b))
        i = (i + 1) & (pairs->capacity - 1);
    return pairs->slots[i];
}

/* false: out of memory. *fresh: the pair was not there. */
static bool corm__pairs_add(corm__pairs *pairs, const void *a, const void *b, bool *fresh)
{
    if (pairs->count * 2 >= pairs->capacity) {
        corm__pairs grown = {NULL, pairs->capacity == 0 ? 256 : pairs->capacity * 2, pairs->count};
        grown.slots = corm__allocate_zeroed(grown.capacity, sizeof *grown.slots);
        if (grown.slots == NULL)
            return false;
        for (size_t i = 0; i < pairs->capacity; i++) {
            if (pairs->slots[i][0] != NULL)
                memcpy(corm__pairs_place(&grown, pairs->slots[i][0], pairs->slots[i][1]),
                       pairs->slots[i], sizeof *grown.slots);
        }
        corm__free(pairs->slots);
        *pairs = grown;
    }
    const void **place = corm__pairs_place(pairs, a, b);
    *fresh = place[0] == NULL;
    place[0] = a;
    place[1] = b;
    pairs->count += *fresh;
    return true;
}

typedef struct corm__reading {
    const corm__tree *tree;
    corm__vector *roots;                      /* the query's objects, each once */
    void *now[CORM__BRANCHES_MAX];            /* the objects of this row; NULL: none */
    corm__vector objects[CORM__BRANCHES_MAX]; /* of each branch, maybe more than once */
    corm__vector owners[CORM__BRANCHES_MAX];  /* whose collections are being filled */
    corm__pairs seen;                         /* links, and items in them */
    bool hooked[CORM__BRANCHES_MAX];          /* after_load is to be called */
    /* one collection, of the query's own objects: each of its rows is a new item */
    bool simple;
} corm__reading;

/* An item of a collection, or none. What is loaded already stays as it is. */
static corm_status corm__read_item(corm_session *session, corm__reading *reading, uint16_t i,
                                   void *owner, void *item, bool first)
{
    corm__relation *relation = reading->tree->branches[i].relation;
    corm__link *link = corm__link_at(owner, relation);
    if (link == NULL || (!reading->simple && !corm__pairs_add(&reading->seen, link, NULL, &first)))
        return corm__no_memory(session);
    if (first && (!link->loaded || link->prefetched)) {
        corm__items_clear(session, link);
        if (!corm__vector_push(&reading->owners[i], owner))
            return corm__no_memory(session);
    }
    if (link->loaded || item == NULL)
        return CORM_OK;
    bool fresh = true;
    if (!reading->simple && !corm__pairs_add(&reading->seen, link, item, &fresh))
        return corm__no_memory(session);
    return !fresh || corm__items_push(session, link, item) ? CORM_OK : corm__no_memory(session);
}

/* The identity map finds what a primary key refers to; another reference is remembered. */
static corm_status corm__read_reference(corm_session *session, void *owner,
                                        const corm__relation *relation, void *target)
{
    if (corm__remote_is_key(relation))
        return CORM_OK;
    corm__link *link = corm__link_at(owner, relation);
    if (link == NULL)
        return corm__no_memory(session);
    if (link->loaded)
        return CORM_OK;
    link->target = target;
    link->loaded = true;
    return CORM_OK;
}

static corm_status corm__read_branch(corm_session *session, corm__reading *reading, uint16_t i,
                                     const corm_value *row, bool first)
{
    const corm__branch *branch = &reading->tree->branches[i];
    void *owner = reading->now[branch->parent], *object = NULL;
    reading->now[i] = NULL;
    if (owner == NULL)
        return CORM_OK;
    row += branch->first;
    if (row[branch->mapper->pk[0]].type != CORM_VALUE_NULL) {
        corm_status status =
            corm__object_of_row(session, branch->mapper, row, reading->hooked[i], &object);
        if (status != CORM_OK)
            return status;
        corm__vector *objects = &reading->objects[i];
        if ((objects->count == 0 || objects->items[objects->count - 1] != object) &&
            !corm__vector_push(objects, object))
            return corm__no_memory(session);
    }
    reading->now[i] = object;
    return corm__multiplies(branch->relation)
               ? corm__read_item(session, reading, i, owner, object, first)
               : corm__read_reference(session, owner, branch->relation, object);
}

static corm_status corm__read_tree_row(corm_session *session, corm__reading *reading,
                                       const corm_value *row)
{
    const corm__tree *tree = reading->tree;
    corm__vector *roots = reading->roots;
    corm_status status = corm__object_of_row(session, tree->branches[0].mapper, row,
                                             reading->hooked[0], &reading->now[0]);
    if (status != CORM_OK)
        return status;
    const bool first = roots->count == 0 || roots->items[roots->count - 1] != reading->now[0];
    if (first && !corm__vector_push(roots, reading->now[0]))
        return corm__no_memory(session);
    for (uint16_t i = 1; i < tree->count && status == CORM_OK; i++)
        if (tree->branches[i].joined)
            status = corm__read_branch(session, reading, i, row, first);
    return status;
}

/* After the last row: collections are loaded, and what came together is one batch of siblings. */
static corm_status corm__read_tree_end(corm_session *session, corm__reading *reading,
                                       corm_status status)
{
    for (uint16_t i = 1; i < reading->tree->count; i++) {
        corm__vector *objects = &reading->objects[i], *owners = &reading->owners[i];
        for (size_t k = 0; k < owners->count && status == CORM_OK; k++)
            status = corm__list_finish(session, owners->items[k],
                                       reading->tree->branches[i].relation, false);
        if (status == CORM_OK && objects->count > 0 &&
            corm__batch_new(session, objects->items, objects->count) == NULL)
            status = corm__no_memory(session);
        corm__vector_free(objects);
        corm__vector_free(owners);
    }
    corm__free(reading->seen.slots);
    return status;
}

static corm_status corm__read_tree(corm_session *session, const corm__tree *tree,
                                   const corm_value *values, size_t count, corm__vector *roots)
{
    corm__reading reading = {.tree = tree, .roots = roots};
    corm__cursor cursor;
    bool more = true;
    corm_value *row = corm__arena_allocate(&session->scratch, tree->columns * sizeof *row);
    if (row == NULL)
        return corm__no_memory(session);
    corm__prepared *prepared = corm__for_reading(session, corm__prepare_sql(session));
    if (prepared == NULL)
        return session->error.status;
    for (uint16_t i = 0; i < tree->count; i++)
        reading.hooked[i] =
            corm__is_hooked(session, tree->branches[i].mapper, CORM__HOOK_after_load);
    for (uint16_t i = 1; i < tree->count; i++)
        if (tree->branches[i].joined && corm__multiplies(tree->branches[i].relation))
            reading.simple = tree->multiplying == 1 && tree->branches[i].parent == 0;
    corm_status status = corm__cursor_start(session, &cursor, prepared, values, count);
    while (status == CORM_OK) {
        status = corm__cursor_fetch(session, &cursor, row, tree->columns, &more);
        if (status != CORM_OK || !more)
            break;
        status = corm__read_tree_row(session, &reading, row);
    }
    corm__cursor_end(session, &cursor);
    if (status != CORM_OK)
        (void)corm__load_failed(session, status);
    return corm__read_tree_end(session, &reading, status);
}

/* ---- Statements of their own ----------------------------------------------------------------- */

/* Loads a relationship of these objects where it is not known. */
static corm_status corm__eager(corm_session *session, corm__relation *relation,
                               const corm__vector *objects)
{
    corm__vector owners = {NULL, 0, 0};
    corm_status status = CORM_OK;
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++) {
        void *object = objects->items[i];
        corm__record *record = corm__record_of(object);
        bool known = false;
        corm__link *link = corm__link_at(object, relation);
        if (link == NULL)
            status = corm__no_memory(session);
        else if (!corm__has_row(record) || (record->flags & CORM__VISITED) ||
                 (link->loaded && !link->prefetched))
            continue;
        else if (relation->holds_key && (corm__one_now(session, object, relation, &known), known))
            continue;
        else if (!corm__vector_push(&owners, object))
            status = corm__no_memory(session);
        else
            record->flags |= CORM__VISITED;
    }
    for (size_t i = 0; i < owners.count; i++)
        corm__record_of(owners.items[i])->flags &= (uint16_t)~CORM__VISITED;
    if (status == CORM_OK && owners.count > 0)
        status = relation->holds_key
                     ? corm__load_related(session, relation, owners.items, owners.count)
                     : corm__load_lists(session, relation, &owners, false);
    corm__vector_free(&owners);
    return status;
}

/* What a relationship of these objects leads to, as far as it is known. */
static corm_status corm__branch_objects(corm_session *session, const corm__relation *relation,
                                        const corm__vector *owners, corm__vector *out)
{
    for (size_t i = 0; i < owners->count; i++) {
        bool known = true;
        corm__link *link = corm__link_if(owners->items[i], relation);
        void *one = relation->holds_key ? corm__one_now(session, owners->items[i], relation, &known)
                    : link == NULL      ? NULL
                                        : link->target;
        bool fine = !known || one == NULL || corm__vector_push(out, one);
        for (uint32_t k = 0; fine && relation->to_many && link != NULL && k < link->count; k++)
            fine = corm__vector_push(out, link->items[k]);
        if (!fine)
            return corm__no_memory(session);
    }
    return CORM_OK;
}

/* The branches that the query's statement has not brought. */
static corm_status corm__tree_rest(corm_session *session, const corm__tree *tree,
                                   const corm__vector *roots)
{
    corm__vector objects[CORM__BRANCHES_MAX] = {{NULL, 0, 0}};
    corm_status status = CORM_OK;
    for (uint16_t i = 1; i < tree->count && status == CORM_OK; i++) {
        const corm__branch *branch = &tree->branches[i];
        const corm__vector *owners = branch->parent == 0 ? roots : &objects[branch->parent];
        bool followed = false;
        for (uint16_t k = (uint16_t)(i + 1); k < tree->count; k++)
            followed = followed || tree->branches[k].parent == i;
        if (branch->left_out)
            continue;
        if (!branch->joined)
            status = corm__eager(session, branch->relation, owners);
        if (status == CORM_OK && followed)
            status = corm__branch_objects(session, branch->relation, owners, &objects[i]);
    }
    for (uint16_t i = 1; i < tree->count; i++)
        corm__vector_free(&objects[i]);
    return status;
}

/* ---- Queries and single objects -------------------------------------------------------------- */

/* Runs the statement of a tree with the query's values and those of the filters. */
static corm_status corm__run_tree(corm_session *session, const corm_query *query, bool by_key,
                                  const corm__tree *tree, const corm_value *values, size_t count,
                                  corm__vector *roots)
{
    const bool encloses = corm__tree_encloses(tree, query);
    corm_value *all = corm__arena_allocate(
        &session->scratch, (count + (size_t)tree->count * CORM__FILTER_TERMS) * sizeof *all);
    size_t used = encloses ? count : 0;
    if (all == NULL)
        return corm__no_memory(session);
    for (uint16_t i = 1; i < tree->count; i++)
        if (tree->branches[i].joined)
            used += corm__sql_filter_values(tree->branches[i].relation, &all[used]);
    if (count > 0)
        memcpy(encloses ? all : &all[used], values, count * sizeof *all);
    corm__buffer_clear(&session->sql);
    corm__sql_tree(&session->sql, session->engine->adapter->dialect, tree, query, by_key, count);
    return corm__read_tree(session, tree, all, encloses ? used : used + count, roots);
}

/* The objects of a query into `roots`, with what comes along. */
static corm_status corm__query_tree(corm_session *session, const corm_query *query, bool by_key,
                                    const corm__tree *tree, corm__vector *roots)
{
    corm__mapper *mapper = tree->branches[0].mapper;
    corm_value *values = NULL;
    size_t count = 0;
    corm_error error;
    corm_status status = CORM_OK;
    if (tree->tables == 1) {
        status = corm__query_rows(session, query, mapper, by_key, roots);
        return status == CORM_OK ? corm__tree_rest(session, tree, roots) : status;
    }
    status = corm__sql_query_values(mapper, session->engine->adapter->dialect, query,
                                    &session->scratch, &values, &count, &error);
    if (status != CORM_OK)
        return corm__fail(session, status, "%s", error.message);
    status = corm__run_tree(session, query, by_key, tree, values, count, roots);
    return status == CORM_OK ? corm__tree_rest(session, tree, roots) : status;
}

/* The object of a key, and what is declared to come with it; *out NULL: there is no such row. */
static corm_status corm__load_whole(corm_session *session, corm__mapper *mapper,
                                    const corm_value *key, void **out)
{
    corm__tree tree;
    corm__vector roots = {NULL, 0, 0};
    if (!mapper->eager)
        return corm__load_by_key(session, mapper, key, out);
    *out = NULL;
    corm__scratch_begin(session);
    corm_status status = corm__tree_make(session, mapper, NULL, &tree);
    if (status == CORM_OK && tree.tables > 1) {
        status = corm__run_tree(session, NULL, false, &tree, key, mapper->pk_count, &roots);
    } else if (status == CORM_OK) {
        status = corm__load_by_key(session, mapper, key, out);
        if (status == CORM_OK && *out != NULL && !corm__vector_push(&roots, *out))
            status = corm__no_memory(session);
    }
    if (status == CORM_OK && roots.count > 0) {
        *out = roots.items[0];
        status = corm__tree_rest(session, &tree, &roots);
    }
    corm__vector_free(&roots);
    corm__scratch_end(session);
    return status;
}

#endif /* CORM__ROOM_EAGER_C */

/* ---- src/relate.c ---------------------------------------------------------------------------- */

/* relate.c: both ends of a relationship, kept in agreement.
 *
 * Owns: joining and parting two objects in memory, and taking back what was not flushed.
 * Must not know: SQL, the order of writing, cascades.
 *
 * The truth about a foreign key stands at the end that holds it: a child knows its parent, and
 * whether that differs from what is stored. The parent's collection is the mirror: complete once
 * it is loaded; until then it remembers only what was added and removed. A many-to-many has no
 * such end; there both collections remember. Links connect only objects of one session, or of
 * none, so that nothing dangles when a session ends. */
#ifndef CORM__ROOM_RELATE_C
#define CORM__ROOM_RELATE_C

#ifdef CORM_LINES
#line 15 "src/relate.c"
#endif
/* ---- Pairs ----------------------------------------------------------------------------------- */

/* parent.relation loses child; child's reference becomes none. */
static corm_status corm__pair_part(corm_session *session, void *parent, corm__relation *relation,
                                   void *child)
{
    corm_status status = corm__one_assign(session, child, relation->inverse, NULL);
    if (status == CORM_OK && parent != NULL)
        status = corm__end_drop(session, parent, relation, child);
    return status;
}

/* parent.relation gets child, whoever had it before loses it. */
static corm_status corm__pair_join(corm_session *session, void *parent, corm__relation *relation,
                                   void *child)
{
    bool known = false;
    void *old = corm__one_now(session, child, relation->inverse, &known), *displaced = NULL;
    corm_status status = CORM_OK;
    if (known && old == parent)
        return CORM_OK;
    if (!relation->to_many)
        status = corm__one_ready(session, parent, relation, false, &displaced);
    if (status == CORM_OK && displaced != NULL && displaced != child)
        status = corm__pair_part(session, parent, relation, displaced);
    if (status == CORM_OK && old != NULL)
        status = corm__end_drop(session, old, relation, child);
    if (status == CORM_OK)
        status = corm__one_assign(session, child, relation->inverse, parent);
    if (status == CORM_OK)
        status = corm__end_add(session, parent, relation, child);
    return status;
}

/* Whether two objects are known to be linked many-to-many, without SQL. *known false: nobody has
 * loaded it. */
static bool corm__is_linked(void *object, const corm__relation *relation, const void *item,
                            bool *known)
{
    corm__link *link = corm__link_if(object, relation);
    *known = true;
    if (link != NULL && corm__index_of(link->items, link->count, item) < link->count)
        return true;
    if (link != NULL && link->changes != NULL) {
        corm__changes *c = link->changes;
        if (corm__index_of(c->added, c->added_count, item) < c->added_count)
            return true;
        if (corm__index_of(c->removed, c->removed_count, item) < c->removed_count)
            return false;
    }
    *known = !corm__has_row(corm__record_of(object)) || !corm__has_row(corm__record_of(item)) ||
             (link != NULL && link->loaded && !link->prefetched);
    return false;
}

static corm_status corm__many_join(corm_session *session, void *object, corm__relation *relation,
                                   void *item)
{
    bool known = false, other_known = false;
    if (corm__is_linked(object, relation, item, &known) ||
        (!known && corm__is_linked(item, relation->inverse, object, &other_known)))
        return CORM_OK;
    corm_status status = corm__end_add(session, object, relation, item);
    return status == CORM_OK ? corm__end_add(session, item, relation->inverse, object) : status;
}

static corm_status corm__many_part(corm_session *session, void *object, corm__relation *relation,
                                   void *item)
{
    corm_status status = corm__end_drop(session, object, relation, item);
    return status == CORM_OK ? corm__end_drop(session, item, relation->inverse, object) : status;
}

/* ---- Dropping unflushed changes (refresh, expire) -------------------------------------------- */

/* The reference becomes what is stored again, at both ends. */
static corm_status corm__reference_revert(corm_session *session, void *child,
                                          const corm__relation *relation)
{
    corm__link *link = corm__link_if(child, relation);
    bool known = false;
    corm_status status = CORM_OK;
    if (link == NULL || !link->loaded || !link->changed)
        return CORM_OK;
    if (link->target != NULL)
        status = corm__end_drop(session, link->target, relation->inverse, child);
    memset(link, 0, sizeof *link);
    void *stored = corm__one_now(session, child, relation, &known);
    if (status == CORM_OK && stored != NULL)
        status = corm__end_add(session, stored, relation->inverse, child);
    return status;
}

static corm_status corm__list_revert(corm_session *session, void *owner, corm__relation *relation)
{
    corm_status status = CORM_OK;
    corm__link *link = corm__link_if(owner, relation);
    while (status == CORM_OK && link->changes != NULL &&
           link->changes->added_count + link->changes->removed_count > 0) {
        corm__changes *c = link->changes;
        bool added = c->added_count > 0;
        void *item = added ? c->added[c->added_count - 1] : c->removed[c->removed_count - 1];
        if (relation->association == NULL) {
            status = corm__reference_revert(session, item, relation->inverse);
        } else if (added) {
            status = corm__many_part(session, owner, relation, item);
        } else {
            status = corm__end_add(session, owner, relation, item);
            if (status == CORM_OK)
                status = corm__end_add(session, item, relation->inverse, owner);
        }
        /* what the other end did not know of is forgotten here */
        (void)(added ? corm__array_erase(c->added, &c->added_count, item)
                     : corm__array_erase(c->removed, &c->removed_count, item));
    }
    return status;
}

/* Forgets what was loaded and what was changed in the object's relationships. */
static corm_status corm__links_revert(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm_status status = CORM_OK;
    if (corm__record_of(object)->extra == NULL)
        return CORM_OK;
    for (uint16_t i = 0; i < mapper->relation_count && status == CORM_OK; i++) {
        corm__relation *relation = mapper->relations[i];
        if (corm__link_if(object, relation) == NULL)
            continue;
        status = relation->holds_key ? corm__reference_revert(session, object, relation)
                                     : corm__list_revert(session, object, relation);
    }
    corm__links_reset(session, corm__record_of(object)->extra);
    return status;
}

/* Whether any relationship of the object has a change that is not flushed. */
static bool corm__links_changed(void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__link *link = corm__link_if(object, mapper->relations[i]);
        if (link == NULL)
            continue;
        if (link->changed || (link->changes != NULL &&
                              link->changes->added_count + link->changes->removed_count > 0))
            return true;
        if (!corm__has_row(corm__record_of(object)) && link->count > 0)
            return true;
    }
    return false;
}

#endif /* CORM__ROOM_RELATE_C */

/* ---- src/unloaded.c -------------------------------------------------------------------------- */

/* unloaded.c: what can be told of a collection without loading it.
 *
 * Owns: counting its rows, asking the database for one link, whether an object is in it, the
 * condition that finds its objects. It is all that a write-only collection can do besides append
 * and remove.
 * Must not know: how anything is written. */
#ifndef CORM__ROOM_UNLOADED_C
#define CORM__ROOM_UNLOADED_C

#ifdef CORM_LINES
#line 11 "src/unloaded.c"
#endif
static corm_status corm__count_rows(corm_session *session, void *object, corm__relation *relation,
                                    int64_t *out)
{
    corm_status status = CORM_OK;
    corm__scratch_begin(session);
    corm_value *values = corm__owner_keys(session, relation, &object, 1, 1);
    if (values == NULL)
        status = corm__no_memory(session);
    corm__buffer_clear(&session->sql);
    corm__sql_related_count(&session->sql, session->engine->adapter->dialect, relation);
    if (status == CORM_OK)
        status = corm__query_number(session, values,
                                    (size_t)relation->key_count + relation->filter_values, out);
    corm__scratch_end(session);
    return status;
}

/* Whether the link of a many-to-many is stored. */
static corm_status corm__link_stored(corm_session *session, const corm__relation *relation,
                                     void *object, void *item, bool *stored)
{
    corm__key mine, theirs;
    corm_value values[2];
    int64_t rows = 0;
    *stored = false;
    if (!corm__has_row(corm__record_of(object)) || !corm__has_row(corm__record_of(item)))
        return CORM_OK;
    if (corm__usable(session) != CORM_OK)
        return corm__status;
    corm__key_read(relation->source, relation->local, 1, corm__snapshot_of(object), &mine);
    corm__key_read(relation->target, relation->remote, 1, corm__snapshot_of(item), &theirs);
    values[relation->side] = mine.values[0];
    values[1 - relation->side] = theirs.values[0];
    corm__buffer_clear(&session->sql);
    corm__sql_link_count(&session->sql, session->engine->adapter->dialect, relation->association);
    corm_status status = corm__query_number(session, values, 2, &rows);
    *stored = rows > 0;
    return status;
}

/* The stored rows, and what was changed since. */
static corm_status corm__unloaded_count(corm_session *session, void *object,
                                        corm__relation *relation, size_t *out)
{
    int64_t rows = 0;
    const corm__link *link = corm__link_if(object, relation);
    *out = link == NULL ? 0 : link->count;
    if (corm__record_of(object)->state == CORM_STATE_DETACHED)
        return corm__not_loaded(session, object, relation, false);
    if (session == NULL || !corm__has_row(corm__record_of(object)))
        return CORM_OK;
    corm_status status = corm__autoflush(session);
    if (status == CORM_OK)
        status = corm__count_rows(session, object, relation, &rows);
    link = corm__link_if(object, relation);
    const corm__changes *c = link == NULL ? NULL : link->changes;
    for (uint32_t i = 0; c != NULL && i < c->added_count && status == CORM_OK; i++) {
        bool stored = false;
        if (relation->association != NULL)
            status = corm__link_stored(session, relation, object, c->added[i], &stored);
        rows += !stored;
    }
    rows -= c == NULL ? 0 : (int64_t)c->removed_count;
    *out = rows > 0 ? (size_t)rows : 0;
    return status;
}

/* A reference knows its target; of a many-to-many the database is asked. */
static corm_status corm__unloaded_contains(corm_session *session, void *object,
                                           corm__relation *relation, void *item, bool *out)
{
    bool known = false;
    corm_status status = CORM_OK;
    *out = false;
    if (corm__record_of(object)->state == CORM_STATE_DETACHED)
        return corm__not_loaded(session, object, relation, false);
    if (relation->association != NULL) {
        *out = corm__is_linked(object, relation, item, &known);
        if (!*out && !known)
            status = corm__link_stored(session, relation, object, item, out);
        return status;
    }
    if (corm__has_row(corm__record_of(item)) && session != NULL)
        status = corm__make_current(session, item);
    if (status == CORM_ROW_MISSING)
        return CORM_OK;
    const corm__link *reference = corm__link_if(item, relation->inverse);
    if (reference != NULL && reference->loaded)
        *out = reference->target == object;
    else
        *out = corm__has_row(corm__record_of(item)) && corm__has_row(corm__record_of(object)) &&
               !corm__one_differs(item, relation->inverse, object);
    return status;
}

/* ---- The condition --------------------------------------------------------------------------- */

CORM_API corm_condition corm_condition_related(corm_relationship_ref relationship, void *object)
{
    corm_condition condition = {.count = 1};
    corm__node *node = &condition.nodes[0];
    corm__record *record = object == NULL ? NULL : corm__recognise(object);
    node->operator_ = CORM__RELATED;
    node->model = relationship.model;
    node->column = (uint16_t)relationship.index;
    node->kind = relationship.backref;
    node->size = record == NULL ? CORM__RELATED_TO_NOTHING : CORM__RELATED_TO_ANOTHER;
    if (record == NULL)
        return condition;
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__relation *relation = corm__relation_of(mapper->registry, relationship);
    if (relation == NULL || relation->source != mapper)
        return condition;
    CORM__ENTER(record->session, condition);
    node->size = CORM__RELATED_TO_NEW;
    if (record->state == CORM_STATE_TRANSIENT)
        return condition;
    /* the key of a row stays what it is; another column may have been changed by someone else */
    if (corm__has_row(record) && !corm__local_is_key(relation))
        (void)corm__make_current(record->session, object);
    node->size = (uint32_t)relation->key_count + relation->filter_values;
    node->as.bytes = corm__snapshot_of(object); /* a flush before the query brings it up to date */
    return condition;
}

#endif /* CORM__ROOM_UNLOADED_C */

/* ---- src/cascade.c --------------------------------------------------------------------------- */

/* cascade.c: what is done to an object is done to the related ones too.
 *
 * Owns: walking the graph along cascades, taking what is reached into the session, the rule who
 * is an orphan.
 * Must not know: SQL, the order of writing. */
#ifndef CORM__ROOM_CASCADE_C
#define CORM__ROOM_CASCADE_C

#ifdef CORM_LINES
#line 10 "src/cascade.c"
#endif
/* ---- Walking the graph ----------------------------------------------------------------------- */

/* Everything that is known to be related, without SQL, onto the stack in reverse order. */
static bool corm__push_related(void *object, const corm__relation *relation, corm__vector *stack)
{
    corm__link *link = corm__link_if(object, relation);
    if (link == NULL)
        return true;
    if (!relation->to_many)
        return !link->loaded || link->target == NULL || corm__vector_push(stack, link->target);
    bool stored = corm__has_row(corm__record_of(object)) && !link->loaded;
    void **items = !stored ? link->items : link->changes == NULL ? NULL : link->changes->added;
    size_t count = !stored ? link->count : link->changes == NULL ? 0 : link->changes->added_count;
    for (size_t i = count; i > 0; i--) {
        if (!corm__vector_push(stack, items[i - 1]))
            return false;
    }
    return true;
}

/* A collection that the program changed without loading it counts as loaded: what it holds is
 * expunged and expired with its owner. */
static corm_status corm__load_opened(corm_session *session, void *object, corm__relation *relation)
{
    corm__link *link = corm__link_if(object, relation);
    if (link == NULL || !link->opened || link->loaded || session->poison != CORM_OK ||
        !corm__has_row(corm__record_of(object)))
        return CORM_OK;
    return corm__list_ready(session, object, relation, false, &link);
}

typedef struct corm__walk {
    unsigned cascade;
    bool load;        /* collections that are not loaded are loaded (delete) */
    bool stop_inside; /* do not go beyond objects that are in the session already (save-update) */
    corm__vector stack, found; /* found: everything reached, the start first */
} corm__walk;

static corm_status corm__walk_step(corm_session *session, corm__walk *walk, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = mapper->relation_count; i > 0; i--) {
        corm__relation *relation = mapper->relations[i - 1];
        corm_status status = CORM_OK;
        void *target = NULL;
        corm__link *link = NULL;
        if (!(relation->cascade & walk->cascade))
            continue;
        if (walk->load && !relation->passive_deletes && corm__has_row(corm__record_of(object)))
            status = relation->to_many ? corm__list_ready(session, object, relation, false, &link)
                                       : corm__one_ready(session, object, relation, false, &target);
        else if (!walk->load && walk->cascade != CORM_CASCADE_SAVE_UPDATE)
            status = corm__load_opened(session, object, relation);
        if (status != CORM_OK && status != CORM_ROW_MISSING)
            return status;
        if (!corm__push_related(object, relation, &walk->stack))
            return corm__no_memory(session);
    }
    return CORM_OK;
}

/* Collects what the cascade reaches from `start`, depth first. */
static corm_status corm__walk_run(corm_session *session, corm__walk *walk, void *start)
{
    corm_status status =
        corm__vector_push(&walk->stack, start) ? CORM_OK : corm__no_memory(session);
    while (status == CORM_OK && walk->stack.count > 0) {
        void *object = walk->stack.items[--walk->stack.count];
        corm__record *record = corm__record_of(object);
        if ((record->flags & CORM__VISITED) ||
            (walk->stop_inside && object != start && corm__is_in_session(record)))
            continue;
        if (!corm__vector_push(&walk->found, object)) {
            status = corm__no_memory(session);
            break;
        }
        record->flags |= CORM__VISITED;
        status = corm__walk_step(session, walk, object);
    }
    for (size_t i = 0; i < walk->found.count; i++)
        corm__record_of(walk->found.items[i])->flags &= (uint16_t)~CORM__VISITED;
    return status;
}

static void corm__walk_free(corm__walk *walk)
{
    corm__vector_free(&walk->stack);
    corm__vector_free(&walk->found);
}

/* ---- Save-update ----------------------------------------------------------------------------- */

/* An object without a session becomes this one's; one of another session is refused. */
static corm_status corm__claim(corm_session *session, void *object)
{
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__record_of(object);
    if (record->session == session)
        return CORM_OK;
    if (record->session != NULL)
        return corm__fail(session, CORM_OTHER_SESSION, "%s belongs to another session: %s",
                          corm__label(object, label),
                          record->state == CORM_STATE_TRANSIENT
                              ? "make it in the one that is to have it"
                              : "expunge it there before it is used here");
    if (corm__mapper_at(object)->registry != session->registry)
        return corm__fail(session, CORM_WRONG_MODEL, "%s is of a model of another schema",
                          corm__label(object, label));
    return corm__object_join(session, object) ? CORM_OK : corm__no_memory(session);
}

static corm_status corm__conflict(corm_session *session, void *object)
{
    char label[CORM__LABEL_SIZE];
    return corm__fail(session, CORM_IDENTITY_CONFLICT,
                      "%s cannot be added: the session holds another object for the same row "
                      "of %s; use that one, or "
                      "expunge it first",
                      corm__label(object, label), corm__mapper_at(object)->model->table);
}

/* What was deleted comes back only when its delete is rolled back. */
static corm_status corm__not_deleted(corm_session *session, void *object, const char *what)
{
    char label[CORM__LABEL_SIZE];
    const corm__record *record = corm__record_of(object);
    if (record->flags & CORM__DISPLACED)
        return corm__conflict(session, object);
    if (record->state == CORM_STATE_DELETED)
        return corm__fail(session, CORM_OBJECT_DELETED,
                          "%s was deleted in this transaction and cannot be %s",
                          corm__label(object, label), what);
    if (record->flags & CORM__GONE)
        return corm__fail(session, CORM_OBJECT_DELETED,
                          "%s was deleted and cannot be %s: make a new one with corm_new",
                          corm__label(object, label), what);
    return CORM_OK;
}

static corm_status corm__attach_again(corm_session *session, void *object)
{
    corm__key key;
    corm__mapper *mapper = corm__mapper_at(object);
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    void *other = corm__identity_find(session, mapper, key.values);
    if (other != NULL && other != object)
        return corm__conflict(session, object);
    if (!corm__identity_reserve(&corm__store_of(session, mapper)->identities, 1))
        return corm__no_memory(session);
    corm__record *record = corm__record_of(object);
    record->state = CORM_STATE_PERSISTENT;
    record->as.batch = NULL;
    if (record->extra != NULL) {
        record->extra->generation = session->links_generation;
        if (record->extra->touched != 0)
            session->touched++;
    }
    corm__identity_enter(session, mapper, object);
    return corm__mark_linked(session, object) ? CORM_OK : corm__no_memory(session);
}

static corm_status corm__take_in(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    corm_status status = corm__not_deleted(session, object, "added before it ends");
    if (status == CORM_OK)
        status = corm__claim(session, object);
    if (status != CORM_OK || corm__is_in_session(record))
        return status;
    if (record->state == CORM_STATE_DETACHED)
        return corm__attach_again(session, object);
    if (!corm__vector_push(&session->pending, object))
        return corm__no_memory(session);
    record->state = CORM_STATE_PENDING;
    record->flags &= (uint16_t)~CORM__LEFT;
    record->flags |= CORM__PENDING_LISTED;
    record->generation = session->generation;
    if (record->extra != NULL && !corm__mark_linked(session, object))
        return corm__no_memory(session);
    return CORM_OK;
}

/* Takes the object and what its save-update cascades reach into the session. */
static corm_status corm__save(corm_session *session, void *object)
{
    corm__walk walk = {CORM_CASCADE_SAVE_UPDATE, false, true, {NULL, 0, 0}, {NULL, 0, 0}};
    corm_status status = corm__walk_run(session, &walk, object);
    for (size_t i = 0; status == CORM_OK && i < walk.found.count; i++)
        status = corm__take_in(session, walk.found.items[i]);
    corm__walk_free(&walk);
    return status;
}

/* After a link was made from `from`: if that is in the session, `to` comes in too where the
 * relationship says so. */
static corm_status corm__cascade_link(corm_session *session, void *from,
                                      const corm__relation *relation, void *to)
{
    if (to == NULL || !(relation->cascade & CORM_CASCADE_SAVE_UPDATE) ||
        !corm__is_in_session(corm__record_of(from)) || corm__is_in_session(corm__record_of(to)))
        return CORM_OK;
    return corm__save(session, to);
}

/* ---- Orphans --------------------------------------------------------------------------------- */

/* A pending object that is taken out leaves the session at once, with what its expunge cascades
 * reach. */
static void corm__pending_leave(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    if (record->state != CORM_STATE_PENDING)
        return;
    record->flags |= CORM__LEFT;
    record->state = CORM_STATE_TRANSIENT;
    record->flags &= (uint16_t) ~(CORM__PENDING_LISTED | CORM__MARKED_DELETED);
    size_t i = corm__index_of(session->pending.items, session->pending.count, object);
    if (i < session->pending.count)
        session->pending.items[i] = NULL;
    if (record->flags & CORM__DIRTY_LINKS) {
        i = corm__index_of(session->linked.items, session->linked.count, object);
        if (i < session->linked.count)
            session->linked.items[i] = NULL;
        record->flags &= (uint16_t)~CORM__DIRTY_LINKS;
    }
}

static corm_status corm__orphan_leave(corm_session *session, const corm__relation *relation,
                                      void *child)
{
    corm__walk walk = {CORM_CASCADE_EXPUNGE, false, false, {NULL, 0, 0}, {NULL, 0, 0}};
    if (!(relation->cascade & CORM_CASCADE_DELETE_ORPHAN) ||
        corm__record_of(child)->state != CORM_STATE_PENDING)
        return CORM_OK;
    corm_status status = corm__walk_run(session, &walk, child);
    for (size_t i = 0; status == CORM_OK && i < walk.found.count; i++)
        corm__pending_leave(session, walk.found.items[i]);
    corm__walk_free(&walk);
    return status;
}

/* Whether a persistent object was taken out of a delete-orphan relationship in which it is
 * stored, and put nowhere else. */
static bool corm__is_orphan(void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        if (!relation->holds_key || !(relation->inverse->cascade & CORM_CASCADE_DELETE_ORPHAN))
            continue;
        const corm__link *link = corm__link_if(object, relation);
        if (link != NULL && link->loaded && link->changed && link->target == NULL)
            return true;
    }
    return false;
}

#endif /* CORM__ROOM_CASCADE_C */

/* ---- src/journal.c --------------------------------------------------------------------------- */

/* journal.c: what flushes did to objects, so that it can be undone.
 *
 * Owns: the journal, before-images, undoing back to a savepoint or to the beginning, what a
 * commit makes of it.
 * Must not know: SQL, why something was written. */
#ifndef CORM__ROOM_JOURNAL_C
#define CORM__ROOM_JOURNAL_C

#ifdef CORM_LINES
#line 10 "src/journal.c"
#endif
/* An entry before its statement runs, so that nothing can fail between the statement and the
 * memory of it. */
static bool corm__journal_push(corm_session *session, corm__event event, void *object,
                               corm__image *image)
{
    if (session->journal_count == session->journal_capacity) {
        size_t capacity = session->journal_capacity == 0 ? 64 : session->journal_capacity * 2;
        corm__entry *grown = corm__reallocate(session->journal, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        session->journal = grown;
        session->journal_capacity = capacity;
    }
    uint64_t unset = event == CORM__INSERTED ? corm__record_of(object)->as.unset : 0;
    session->journal[session->journal_count++] =
        (corm__entry){object, image, unset, (uint8_t)event};
    return true;
}

/* The snapshot as it is now, unless this transaction or savepoint has one already. false: out of
 * memory. */
static bool corm__journal_image(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    size_t since =
        session->mark_count > 0 ? session->marks[session->mark_count - 1].journal_count : 0;
    size_t size = corm__mapper_at(object)->size;
    if (record->image != NULL && record->image->place >= since)
        return true;
    corm__image *image = corm__arena_allocate(&session->journal_memory, sizeof *image + size);
    if (image == NULL || !corm__journal_push(session, CORM__UPDATED, object, image))
        return false;
    image->previous = record->image;
    image->place = session->journal_count - 1;
    memcpy(corm__image_struct(image), corm__snapshot_of(object), size);
    record->image = image;
    return true;
}

/* ---- Undo ------------------------------------------------------------------------------------ */

static void corm__undo_text(corm_session *session, const corm__mapper *mapper, const void *snapshot,
                            const void *kept)
{
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++)
        corm__retire_member(session, &mapper->columns[i], snapshot, kept);
}

/* The object is new again: it keeps its values and links; a key, a foreign key or another value that
 * the flush filled in is taken back. */
static void corm__undo_insert(corm_session *session, void *object, uint64_t unset)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    char *snapshot = corm__snapshot_of(object);
    const bool pending = record->state == CORM_STATE_PENDING; /* the snapshot is older */
    if (record->state == CORM_STATE_PERSISTENT) {
        corm__identity_leave(session, mapper, object);
        record->as.unset = 0;
    }
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        if (!(unset >> i & 1))
            continue;
        if (!column->primary_key && column->reference == NULL) {
            bool same = corm__member_equal(column, object, snapshot);
            if (same)
                record->as.unset |= UINT64_C(1) << i;
            if (!(mapper->filled >> i & 1) || !(same || pending))
                continue;
        }
        corm__retire_member(session, column, snapshot, NULL);
        corm__member_clear(column, object);
        corm__member_clear(column, snapshot);
        record->as.unset |= UINT64_C(1) << i;
    }
    record->state = CORM_STATE_TRANSIENT;
    record->flags &= (uint16_t) ~(CORM__MARKED_DELETED | CORM__PENDING_LISTED | CORM__DIRTY_LINKS);
    record->generation = session->generation;
    record->image = NULL;
    if (record->extra != NULL)
        record->extra->touched = record->extra->expired = record->extra->unset = 0;
    corm__texts_keep(session, object);
}

static void corm__undo_update(corm_session *session, void *object, corm__image *image)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    void *snapshot = corm__snapshot_of(object), *before = corm__image_struct(image);
    bool known = record->state == CORM_STATE_PERSISTENT;
    if (known)
        corm__identity_leave(session, mapper, object);
    corm__undo_text(session, mapper, snapshot, before);
    memcpy(snapshot, before, mapper->size);
    corm__struct_restore(mapper, object, before);
    if (known)
        corm__identity_enter(session, mapper, object);
    record->image = image->previous;
    record->generation = 0;
}

static void corm__undo_delete(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    corm__mapper *mapper = corm__mapper_at(object);
    if (record->state != CORM_STATE_DELETED)
        return;
    (void)corm__identity_reserve(&corm__store_of(session, mapper)->identities, 1);
    record->state = CORM_STATE_PERSISTENT;
    record->flags &= (uint16_t)~CORM__DISPLACED;
    record->generation = 0;
    record->as.batch = NULL;
    corm__identity_enter(session, mapper, object);
}

/* What a new object that is transient again still links to: other new objects, and what it
 * refers to. Persistent objects belong to whom the database says. */
static void corm__undo_links(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__extra *extra = corm__record_of(object)->extra;
    for (uint16_t i = 0; extra != NULL && i < mapper->relation_count; i++) {
        corm__relation *relation = mapper->relations[i];
        corm__link *link = &extra->links[i];
        uint32_t kept = 0;
        if (relation->view_only) {
            corm__link_reset(session, link);
            continue;
        }
        corm__changes_drop(session, link);
        if (link->handed && link->count > 0) { /* the program may hold the array: work on a copy */
            void **copy = corm__heap_allocate(&session->heap, link->capacity * sizeof *copy);
            if (copy != NULL)
                memcpy(copy, link->items, link->count * sizeof *copy);
            corm__retire(session, link->items, link->capacity * sizeof *copy);
            link->items = copy;
            link->handed = false;
            link->count = copy == NULL ? 0 : link->count;
            link->capacity = copy == NULL ? 0 : link->capacity;
        }
        for (uint32_t k = 0; k < link->count; k++) {
            if (relation->association != NULL || !corm__has_row(corm__record_of(link->items[k])))
                link->items[kept++] = link->items[k];
        }
        link->count = kept;
        link->prefetched = false;
        if (!relation->to_many)
            link->changed = link->target != NULL;
        if (!relation->to_many && !relation->holds_key && link->target != NULL &&
            corm__has_row(corm__record_of(link->target)))
            link->target = NULL;
    }
}

/* Undoes the journal back to `count` entries. Cannot fail. */
static void corm__journal_undo(corm_session *session, size_t count)
{
    size_t end = session->journal_count;
    for (size_t i = end; i > count; i--) {
        corm__entry *entry = &session->journal[i - 1];
        if (entry->event == CORM__INSERTED)
            corm__undo_insert(session, entry->object, entry->unset);
        else if (entry->event == CORM__DELETED)
            corm__undo_delete(session, entry->object);
        else
            corm__undo_update(session, entry->object, entry->image);
    }
    for (size_t i = count; i < end; i++) {
        if (session->journal[i].event == CORM__INSERTED)
            corm__undo_links(session, session->journal[i].object);
    }
    session->journal_count = count;
    if (count == 0)
        corm__arena_reset(&session->journal_memory);
}

/* ---- Commit ---------------------------------------------------------------------------------- */

/* Before-images are not needed any more; the texts that only they had are retired. Deleted
 * objects are detached. */
static void corm__journal_commit(corm_session *session)
{
    for (size_t i = 0; i < session->journal_count; i++) {
        void *object = session->journal[i].object;
        corm__record *record = corm__record_of(object);
        const void *later = corm__snapshot_of(object);
        if (record->state == CORM_STATE_DELETED) {
            record->state = CORM_STATE_DETACHED;
            if (!(record->flags & CORM__DISPLACED))
                record->flags |= CORM__GONE;
            record->flags &= (uint16_t)~CORM__DISPLACED;
        }
        for (corm__image *image = record->image; image != NULL; image = image->previous) {
            corm__undo_text(session, corm__mapper_at(object), corm__image_struct(image), later);
            later = corm__image_struct(image);
        }
        record->image = NULL;
    }
    session->journal_count = 0;
    corm__arena_reset(&session->journal_memory);
}

#endif /* CORM__ROOM_JOURNAL_C */

/* ---- src/plan.c ------------------------------------------------------------------------------ */

/* plan.c: what a flush has to write, and in which order.
 *
 * Owns: collecting new, changed, orphaned and deleted objects; references that must be cut
 * because their target goes; the order within tables that refer to themselves or to each other.
 * Must not know: SQL text, how a statement is run. */
#ifndef CORM__ROOM_PLAN_C
#define CORM__ROOM_PLAN_C

#ifdef CORM_LINES
#line 10 "src/plan.c"
#endif
/* a reference that becomes NULL because its target is deleted, or only for now (deferred) */
typedef struct corm__cut {
    void *child;
    corm__relation *relation; /* child's end */
    void *parent;
} corm__cut;

typedef struct corm__copy { /* a borrowed text that this flush has copied into the session */
    void *object;
    const corm__column *column;
} corm__copy;

typedef struct corm__work { /* of one table */
    corm__vector updates, inserts, deletes;
} corm__work;

typedef struct corm__plan {
    corm__work *works;    /* by mapper index */
    corm__vector planned; /* objects flagged IN_FLUSH or DOOMED */
    /* in the session, deleted by the database together with their parent */
    corm__vector passive;
    corm__cut *cuts;
    size_t cut_count, cut_capacity;
    corm__vector saves, deletes; /* in the order in which they are written */
    corm__cut *deferred;         /* references that close a circle: set by a second UPDATE */
    size_t deferred_count, deferred_capacity;
    corm__cut *loosened; /* references inside a circle of deleted rows: cut before the deletes */
    size_t loosened_count, loosened_capacity;
    corm__copy *copies;
    size_t copy_count, copy_capacity;
    size_t statements; /* objects to be written */
    corm_datetime now; /* for the functions of columns; year 0: not asked yet */
} corm__plan;

static void corm__plan_free(corm_session *session, corm__plan *plan)
{
    for (size_t i = 0; i < plan->planned.count; i++)
        corm__record_of(plan->planned.items[i])->flags &=
            (uint16_t) ~(CORM__IN_FLUSH | CORM__DOOMED | CORM__WRITTEN | CORM__VISITED | CORM__NEW);
    for (size_t i = 0; plan->works != NULL && i < session->registry->count; i++) {
        corm__vector_free(&plan->works[i].updates);
        corm__vector_free(&plan->works[i].inserts);
        corm__vector_free(&plan->works[i].deletes);
    }
    corm__free(plan->works);
    corm__free(plan->cuts);
    corm__free(plan->deferred);
    corm__free(plan->loosened);
    corm__vector_free(&plan->saves);
    corm__vector_free(&plan->deletes);
    corm__free(plan->copies);
    corm__vector_free(&plan->planned);
    corm__vector_free(&plan->passive);
}

static bool corm__cut_push(corm__cut **cuts, size_t *count, size_t *capacity, corm__cut cut)
{
    if (*count == *capacity) {
        size_t larger = *capacity == 0 ? 16 : *capacity * 2;
        corm__cut *grown = corm__reallocate(*cuts, larger * sizeof *grown);
        if (grown == NULL)
            return false;
        *cuts = grown;
        *capacity = larger;
    }
    (*cuts)[(*count)++] = cut;
    return true;
}

static bool corm__copy_push(corm__plan *plan, void *object, const corm__column *column)
{
    if (plan->copy_count == plan->copy_capacity) {
        size_t larger = plan->copy_capacity == 0 ? 16 : plan->copy_capacity * 2;
        corm__copy *grown = corm__reallocate(plan->copies, larger * sizeof *grown);
        if (grown == NULL)
            return false;
        plan->copies = grown;
        plan->copy_capacity = larger;
    }
    plan->copies[plan->copy_count++] = (corm__copy){object, column};
    return true;
}

/* ---- Collecting ------------------------------------------------------------------------------ */

static bool corm__plan_flag(corm__plan *plan, void *object, uint16_t flag)
{
    corm__record *record = corm__record_of(object);
    if (!(record->flags & (CORM__IN_FLUSH | CORM__DOOMED)) &&
        !corm__vector_push(&plan->planned, object))
        return false;
    record->flags |= flag;
    return true;
}

static corm_status corm__plan_update(corm_session *session, void *object, void *argument)
{
    corm__plan *plan = argument;
    if (corm__record_of(object)->flags & CORM__IN_FLUSH)
        return CORM_OK;
    if (!corm__plan_flag(plan, object, CORM__IN_FLUSH) ||
        !corm__vector_push(&plan->works[corm__mapper_at(object)->index].updates, object))
        return corm__no_memory(session);
    return CORM_OK;
}

/* Whatever the program linked to an object of the session comes into it now, also where it was
 * linked from the other end only. */
static corm_status corm__plan_cascade(corm_session *session)
{
    for (size_t i = 0; i < session->linked.count; i++) {
        void *object = session->linked.items[i];
        corm__vector related = {NULL, 0, 0};
        corm_status status = CORM_OK;
        if (object == NULL || !corm__is_in_session(corm__record_of(object)))
            continue;
        corm__mapper *mapper = corm__mapper_at(object);
        for (uint16_t r = 0; r < mapper->relation_count && status == CORM_OK; r++) {
            related.count = 0;
            if (!corm__push_related(object, mapper->relations[r], &related))
                status = corm__no_memory(session);
            for (size_t k = related.count; k > 0 && status == CORM_OK; k--) {
                void *item = related.items[k - 1];
                const corm__record *record = corm__record_of(item);
                if (record->state == CORM_STATE_TRANSIENT && !(record->flags & CORM__LEFT))
                    status = corm__cascade_link(session, object, mapper->relations[r], item);
            }
        }
        corm__vector_free(&related);
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

/* Whether an object that is marked deleted was put into a collection since the last flush, one that
 * is loaded or that it was appended to: then this flush writes that, and the next one deletes. What goes together with its parent goes, unless
 * it got another parent after that. */
static bool corm__is_placed_anew(void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    if ((corm__record_of(object)->flags & (CORM__CASCADED | CORM__PLACED)) == CORM__CASCADED)
        return false;
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        const corm__link *link = relation->holds_key && !relation->inverse->hidden
                                     ? corm__link_if(object, relation)
                                     : NULL;
        if (link == NULL || !link->loaded || !link->changed || link->target == NULL)
            continue;
        const corm__record *target = corm__record_of(link->target);
        const corm__link *list = corm__link_if(link->target, relation->inverse);
        if (corm__is_in_session(target) &&
            !(target->flags & (CORM__MARKED_DELETED | CORM__DOOMED)) && list != NULL &&
            (list->opened || (list->loaded && !list->prefetched)))
            return true;
    }
    return false;
}

static corm_status corm__plan_doom(corm_session *session, corm__plan *plan, void *object)
{
    corm__record *record = corm__record_of(object);
    if ((record->flags & CORM__DOOMED) || !corm__has_row(record))
        return CORM_OK;
    if (!corm__plan_flag(plan, object, CORM__DOOMED) ||
        !corm__vector_push(&plan->works[corm__mapper_at(object)->index].deletes, object))
        return corm__no_memory(session);
    plan->statements++;
    return CORM_OK;
}

static corm_status corm__plan_deleted(corm_session *session, corm__plan *plan)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < session->deleted.count && status == CORM_OK; i++) {
        void *object = session->deleted.items[i];
        if (object != NULL && !corm__is_placed_anew(object))
            status = corm__plan_doom(session, plan, object);
    }
    return status;
}

/* Orphans go with what their delete cascades reach. */
static corm_status corm__plan_orphans(corm_session *session, corm__plan *plan)
{
    for (size_t i = 0; i < session->linked.count; i++) {
        void *object = session->linked.items[i];
        corm__walk walk = {CORM_CASCADE_DELETE, true, false, {NULL, 0, 0}, {NULL, 0, 0}};
        if (object == NULL || !corm__has_row(corm__record_of(object)) || !corm__is_orphan(object))
            continue;
        corm_status status = corm__walk_run(session, &walk, object);
        for (size_t k = 0; k < walk.found.count && status == CORM_OK; k++)
            status = corm__plan_doom(session, plan, walk.found.items[k]);
        corm__walk_free(&walk);
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

/* Children that stay although their parent goes: their reference is cut. */
static corm_status corm__plan_cuts_of(corm_session *session, corm__plan *plan, void *parent,
                                      corm__relation *relation)
{
    corm__link *link = corm__link_if(parent, relation);
    corm__vector children = {NULL, 0, 0};
    corm_status status = CORM_OK;
    void *only = NULL;
    if (relation->passive_deletes && (link == NULL || !link->loaded))
        return CORM_OK;
    if (relation->to_many) {
        status = corm__list_ready(session, parent, relation, false, &link);
        for (uint32_t i = 0; status == CORM_OK && i < link->count; i++)
            status =
                corm__vector_push(&children, link->items[i]) ? CORM_OK : corm__no_memory(session);
    } else {
        status = corm__one_ready(session, parent, relation, false, &only);
        if (status == CORM_OK && only != NULL && !corm__vector_push(&children, only))
            status = corm__no_memory(session);
    }
    for (size_t i = 0; i < children.count && status == CORM_OK; i++) {
        void *child = children.items[i];
        bool known = false;
        corm__record *record = corm__record_of(child);
        if (!corm__is_in_session(record) || (record->flags & CORM__DOOMED) ||
            corm__one_now(session, child, relation->inverse, &known) != parent)
            continue;
        if (corm__has_row(record))
            status = corm__plan_update(session, child, plan);
        if (status == CORM_OK && !corm__cut_push(&plan->cuts, &plan->cut_count, &plan->cut_capacity,
                                                 (corm__cut){child, relation->inverse, parent}))
            status = corm__no_memory(session);
    }
    corm__vector_free(&children);
    return status;
}

static corm_status corm__plan_cuts(corm_session *session, corm__plan *plan)
{
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__mapper *mapper = &session->registry->mappers[m];
        for (size_t i = 0; i < plan->works[m].deletes.count; i++) {
            for (uint16_t r = 0; r < mapper->relation_count; r++) {
                corm__relation *relation = mapper->relations[r];
                if (relation->holds_key || relation->hidden || relation->view_only ||
                    relation->association != NULL || (relation->cascade & CORM_CASCADE_DELETE))
                    continue;
                corm_status status =
                    corm__plan_cuts_of(session, plan, plan->works[m].deletes.items[i], relation);
                if (status != CORM_OK)
                    return status;
            }
        }
    }
    return CORM_OK;
}

/* ---- Order by key ---------------------------------------------------------------------------- */

/* A comparison of stored keys, for qsort: integers first, then by bytes. */
static int corm__compare_keys(const void *a, const void *b)
{
    const void *one = *(void *const *)a, *other = *(void *const *)b;
    const corm__mapper *mapper = corm__mapper_at(one);
    corm__key left, right;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(one), &left);
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(other), &right);
    for (uint16_t i = 0; i < mapper->pk_count; i++) {
        const corm_value *l = &left.values[i], *r = &right.values[i];
        if (l->type != CORM_VALUE_TEXT && l->type != CORM_VALUE_BLOB) {
            if (l->as.integer != r->as.integer)
                return l->as.integer < r->as.integer ? -1 : 1;
            continue;
        }
        size_t size = l->size < r->size ? l->size : r->size;
        int order = memcmp(l->as.bytes, r->as.bytes, size);
        if (order != 0 || l->size != r->size)
            return order != 0 ? order : l->size < r->size ? -1 : 1;
    }
    return 0;
}

static void corm__sort_by_key(corm__vector *objects)
{
    bool sorted = true;
    for (size_t i = 1; i < objects->count && sorted; i++)
        sorted = corm__compare_keys(&objects->items[i - 1], &objects->items[i]) <= 0;
    if (!sorted)
        qsort(objects->items, objects->count, sizeof *objects->items, corm__compare_keys);
}

/* ---- Same key deleted and added -------------------------------------------------------------- */

/* The object that is deleted in this flush under the key that a new object brings, or NULL. */
static void *corm__switched(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__key key;
    uint64_t unset = corm__record_of(object)->as.unset;
    for (uint16_t i = 0; i < mapper->pk_count; i++) {
        if (unset >> mapper->pk[i] & 1)
            return NULL;
    }
    corm__key_read(mapper, mapper->pk, mapper->pk_count, object, &key);
    void *other = corm__identity_find(session, mapper, key.values);
    return other != NULL && other != object && (corm__record_of(other)->flags & CORM__DOOMED)
               ? other
               : NULL;
}

/* ---- The plan -------------------------------------------------------------------------------- */

static corm_status corm__plan_pending(corm_session *session, corm__plan *plan)
{
    for (size_t i = 0; i < session->pending.count; i++) {
        void *object = session->pending.items[i];
        if (object == NULL)
            continue;
        if (!corm__plan_flag(plan, object, CORM__IN_FLUSH) ||
            !corm__vector_push(&plan->works[corm__mapper_at(object)->index].inserts, object))
            return corm__no_memory(session);
        plan->statements++;
    }
    return CORM_OK;
}

static corm_status corm__plan_make(corm_session *session, corm__plan *plan)
{
    corm_status status;
    plan->works = corm__allocate_zeroed(session->registry->count, sizeof *plan->works);
    if (plan->works == NULL)
        return corm__no_memory(session);
    status = corm__plan_cascade(session);
    if (status == CORM_OK)
        status = corm__each_changed(session, corm__plan_update, plan);
    for (size_t i = 0; i < session->linked.count && status == CORM_OK; i++) {
        void *object = session->linked.items[i];
        if (object != NULL && corm__has_row(corm__record_of(object)))
            status = corm__plan_update(session, object, plan);
    }
    if (status == CORM_OK)
        status = corm__plan_deleted(session, plan);
    if (status == CORM_OK)
        status = corm__plan_orphans(session, plan);
    if (status == CORM_OK)
        status = corm__plan_cuts(session, plan);
    if (status == CORM_OK)
        status = corm__plan_pending(session, plan);
    for (size_t m = 0; m < session->registry->count && status == CORM_OK; m++) {
        corm__sort_by_key(&plan->works[m].updates);
        corm__sort_by_key(&plan->works[m].deletes);
    }
    return status;
}

#endif /* CORM__ROOM_PLAN_C */

/* ---- src/order.c ----------------------------------------------------------------------------- */

/* order.c: the order in which a flush writes.
 *
 * Owns: tables by dependency, updates before inserts, deletes last; inside tables that refer to
 * themselves or to each other, the order of single rows and the references that close circles.
 * Must not know: SQL, what is written. */
#ifndef CORM__ROOM_ORDER_C
#define CORM__ROOM_ORDER_C

#ifdef CORM_LINES
#line 10 "src/order.c"
#endif
/* ---- Order among rows that refer to each other ----------------------------------------------- */

/* Tables of one group refer to each other or to themselves: there the order is found row by row,
 * without recursion. A frame is an object whose needs are being looked at. */
typedef struct corm__frame {
    void *object;
    uint16_t next; /* relation to look at */
} corm__frame;

typedef struct corm__order {
    corm__frame *frames;
    size_t count, capacity;
    uint32_t step; /* from the depth of what is needed to the depth of what needs it */
} corm__order;

static bool corm__order_push(corm__order *order, void *object)
{
    if (order->count == order->capacity) {
        size_t capacity = order->capacity == 0 ? 64 : order->capacity * 2;
        corm__frame *grown = corm__reallocate(order->frames, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        order->frames = grown;
        order->capacity = capacity;
    }
    order->frames[order->count++] = (corm__frame){object, 0};
    corm__record_of(object)->flags |= CORM__VISITED;
    return true;
}

/* The target of a changed reference that is written in this flush and comes before, or NULL. */
static void *corm__needed_for_write(corm_session *session, void *object,
                                    const corm__relation *relation)
{
    (void)session;
    const corm__link *link = relation->holds_key ? corm__link_if(object, relation) : NULL;
    if (link == NULL || !link->loaded || !link->changed || link->target == NULL)
        return NULL;
    uint16_t flags = corm__record_of(link->target)->flags;
    return (flags & CORM__IN_FLUSH) && !(flags & CORM__DOOMED) ? link->target : NULL;
}

/* The same, and the target of a reference that does not change, where one of the two ends is loaded.
 * It need not come before, but new rows shall be numbered by their depth in the whole tree, not in
 * what changed of it. */
static void *corm__wished_for_write(corm_session *session, void *object,
                                    const corm__relation *relation)
{
    const corm__link *link = relation->holds_key ? corm__link_if(object, relation) : NULL;
    void *target = NULL;
    bool known = false;
    if (link != NULL && link->loaded) {
        target = link->target;
    } else if (relation->holds_key) {
        target = corm__one_now(session, object, relation, &known);
        const corm__link *list = target == NULL ? NULL : corm__link_if(target, relation->inverse);
        if (list == NULL || !(list->opened || (list->loaded && !list->prefetched)))
            return NULL;
    }
    if (target == NULL || target == object)
        return NULL;
    uint16_t flags = corm__record_of(target)->flags;
    return (flags & CORM__IN_FLUSH) && !(flags & CORM__DOOMED) ? target : NULL;
}

/* Whether it is known whom the object refers to, or that it refers to nobody. */
static bool corm__has_reference(void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        const corm__link *link = relation->holds_key && relation->target->group == mapper->group
                                     ? corm__link_if(object, relation)
                                     : NULL;
        if (link != NULL && link->loaded)
            return true;
    }
    return false;
}

/* The stored target of a reference that is deleted too: it goes after this row, so in reverse
 * order it comes first. */
static void *corm__needed_for_delete(corm_session *session, void *object,
                                     const corm__relation *relation)
{
    corm__key key;
    if (!relation->holds_key || relation->view_only || !corm__remote_is_key(relation))
        return NULL;
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        if (key.values[i].type == CORM_VALUE_NULL)
            return NULL;
    }
    void *target = corm__identity_find(session, relation->target, key.values);
    if (target == NULL || target == object)
        return NULL;
    uint16_t flags = corm__record_of(target)->flags;
    return flags & CORM__DOOMED ? target : NULL;
}

typedef void *(*corm__needed)(corm_session *session, void *object, const corm__relation *relation);

/* While rows are ordered, record->epoch is no epoch: positions are used up, so there are no siblings.
 * One before the session's: nothing is known; two before it: the object has a reference among the
 * cuts that circles made. */
static uint32_t corm__epoch_before(const corm_session *session, uint32_t distance)
{
    return session->epoch - distance;
}

static bool corm__is_among(const corm__cut *cuts, size_t count, const void *object,
                           const corm__relation *relation)
{
    for (size_t i = 0; i < count; i++) {
        if (cuts[i].child == object && cuts[i].relation == relation)
            return true;
    }
    return false;
}

/* Whether the reference was given up already, because it is part of a circle. */
static bool corm__is_given_up(const corm_session *session, const corm__plan *plan,
                              const void *object, const corm__relation *relation)
{
    return corm__record_of(object)->epoch == corm__epoch_before(session, 2) &&
           (corm__is_among(plan->deferred, plan->deferred_count, object, relation) ||
            corm__is_among(plan->loosened, plan->loosened_count, object, relation));
}

/* What the next relations of the object on top of the stack need, or NULL when all are looked
 * at. */
static void *corm__order_next(corm_session *session, const corm__plan *plan, corm__frame *top,
                              corm__needed needed, corm__relation **relation)
{
    corm__mapper *mapper = corm__mapper_at(top->object);
    while (top->next < mapper->relation_count) {
        *relation = mapper->relations[top->next++];
        void *first = (*relation)->target->group == mapper->group
                          ? needed(session, top->object, *relation)
                          : NULL;
        if (first != NULL && !corm__is_given_up(session, plan, top->object, *relation))
            return first;
    }
    return NULL;
}

/* The reference that closes a circle of new rows, or of rows to be deleted. */
static bool corm__circle_push(corm__plan *plan, void *object, corm__relation *relation,
                              void *target)
{
    corm__cut cut = {object, relation, target};
    if (corm__record_of(object)->flags & CORM__DOOMED)
        return corm__cut_push(&plan->loosened, &plan->loosened_count, &plan->loosened_capacity,
                              cut);
    return corm__cut_push(&plan->deferred, &plan->deferred_count, &plan->deferred_capacity, cut);
}

static bool corm__may_be_null(const corm__relation *relation)
{
    bool all = true;
    for (uint16_t i = 0; i < relation->key_count; i++)
        all = all && relation->source->columns[relation->local[i]].optional;
    return all;
}

/* A circle that `closing` closes, from the object on top of the stack to `target`, which stands in
 * it: one of its references is given up for now. That is the closing one, or, where that cannot be
 * NULL, the last before it that can; what stands above that one is looked at again later. */
static bool corm__circle_break(corm_session *session, corm__plan *plan, corm__order *order,
                               corm__relation *closing, void *target)
{
    size_t top = order->count - 1, place = top;
    corm__relation *relation = closing;
    while (!corm__may_be_null(relation) && order->frames[place].object != target) {
        const corm__frame *below = &order->frames[--place];
        relation = corm__mapper_at(below->object)->relations[below->next - 1];
    }
    if (!corm__may_be_null(relation)) { /* no way out: the write tells */
        place = top;
        relation = closing;
    }
    void *object = order->frames[place].object;
    corm__record_of(object)->epoch = corm__epoch_before(session, 2);
    if (!corm__circle_push(plan, object, relation,
                           place == top ? target : order->frames[place + 1].object))
        return false;
    for (size_t i = place + 1; i <= top; i++)
        corm__record_of(order->frames[i].object)->flags &= (uint16_t)~CORM__VISITED;
    order->count = place + 1;
    return true;
}

/* record->position is the depth: a step more than that of the deepest object that is needed. */
static corm_status corm__order_run(corm_session *session, corm__plan *plan, corm__order *order,
                                   corm__needed needed)
{
    while (order->count > 0) {
        corm__frame *top = &order->frames[order->count - 1];
        corm__relation *relation = NULL;
        void *object = top->object,
             *first = corm__order_next(session, plan, top, needed, &relation);
        corm__record *record = corm__record_of(object),
                     *before = first == NULL ? NULL : corm__record_of(first);
        if (first == NULL) {
            order->count--;
            record->flags &= (uint16_t)~CORM__VISITED;
            record->flags |= CORM__WRITTEN;
            if (order->count > 0) {
                corm__record *below = corm__record_of(order->frames[order->count - 1].object);
                if (below->position < record->position + order->step)
                    below->position = record->position + order->step;
            }
        } else if (before->flags & CORM__WRITTEN) {
            if (record->position < before->position + order->step)
                record->position = before->position + order->step;
        } else if (before->flags & CORM__VISITED) {
            /* a circle: it matters where the row that is needed is not there yet, or is not gone
             * yet */
            bool matters = before->state == CORM_STATE_PENDING || (before->flags & CORM__DOOMED);
            if (matters && !corm__circle_break(session, plan, order, relation, first))
                return corm__no_memory(session);
        } else if (!corm__order_push(order, first)) {
            return corm__no_memory(session);
        }
    }
    return CORM_OK;
}

/* By depth, and within one depth as they came. */
static corm_status corm__order_by_depth(corm_session *session, const corm__vector *objects,
                                        corm__vector *out)
{
    uint32_t deepest = 0;
    for (size_t i = 0; i < objects->count; i++) {
        uint32_t depth = corm__record_of(objects->items[i])->position;
        deepest = depth > deepest ? depth : deepest;
    }
    size_t *starts = corm__allocate_zeroed((size_t)deepest + 2, sizeof *starts);
    if (starts == NULL || !corm__vector_reserve(out, objects->count)) {
        corm__free(starts);
        return corm__no_memory(session);
    }
    for (size_t i = 0; i < objects->count; i++)
        starts[corm__record_of(objects->items[i])->position + 1]++;
    for (size_t d = 1; d <= deepest; d++)
        starts[d] += starts[d - 1];
    for (size_t i = 0; i < objects->count; i++)
        out->items[starts[corm__record_of(objects->items[i])->position]++] = objects->items[i];
    out->count = objects->count;
    corm__free(starts);
    return CORM_OK;
}

/* Puts `objects` into `out` so that what each needs stands before it. Where a circle makes that
 * impossible, the reference that closes it is put into plan->deferred or plan->loosened. */
static corm_status corm__plan_order(corm_session *session, corm__plan *plan,
                                    const corm__vector *objects, corm__needed needed,
                                    corm__vector *out)
{
    const bool deletes = needed == corm__needed_for_delete;
    corm__order order = {NULL, 0, 0, deletes ? 1 : 2};
    corm_status status = CORM_OK;
    for (size_t i = 0; i < objects->count; i++) {
        corm__record *record = corm__record_of(objects->items[i]);
        /* what is known to refer to nobody comes after what was never linked */
        record->position = !deletes && corm__has_reference(objects->items[i]);
        record->epoch = corm__epoch_before(session, 1);
    }
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++) {
        if (corm__record_of(objects->items[i])->flags & CORM__WRITTEN)
            continue;
        status = corm__order_push(&order, objects->items[i])
                     ? corm__order_run(session, plan, &order, needed)
                     : corm__no_memory(session);
    }
    if (status == CORM_OK)
        status = corm__order_by_depth(session, objects, out);
    for (size_t i = 0; i < objects->count; i++)
        corm__record_of(objects->items[i])->flags &= (uint16_t) ~(CORM__WRITTEN | CORM__VISITED);
    corm__free(order.frames);
    return status;
}

static bool corm__is_deferred(const corm__plan *plan, const void *object,
                              const corm__relation *relation)
{
    return corm__is_among(plan->deferred, plan->deferred_count, object, relation);
}

/* ---- Cuts ------------------------------------------------------------------------------------ */

static int corm__compare_cuts(const void *a, const void *b)
{
    uintptr_t one = (uintptr_t)((const corm__cut *)a)->child;
    uintptr_t other = (uintptr_t)((const corm__cut *)b)->child;
    return (one > other) - (one < other);
}

/* The cut of this reference, or NULL. The cuts must be sorted by child. */
static const corm__cut *corm__cut_of(const corm__plan *plan, const void *object,
                                     const corm__relation *relation)
{
    size_t low = 0, high = plan->cut_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)plan->cuts[middle].child < (uintptr_t)object)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < plan->cut_count && plan->cuts[low].child == object; low++) {
        if (plan->cuts[low].relation == relation)
            return &plan->cuts[low];
    }
    return NULL;
}

/* ---- The sequence ---------------------------------------------------------------------------- */

static bool corm__vector_add(corm__vector *to, const corm__vector *from)
{
    for (size_t i = 0; i < from->count; i++) {
        if (!corm__vector_push(to, from->items[i]))
            return false;
    }
    return true;
}

/* Where a group of tables ends that refer to each other. */
static size_t corm__group_end(const corm__registry *registry, size_t first)
{
    size_t end = first + 1;
    while (end < registry->count && registry->order[end]->group == registry->order[first]->group)
        end++;
    return end;
}

/* Updates by key and then inserts as they came; in tables that refer to each other parents first. */
static corm_status corm__arrange_saves(corm_session *session, corm__plan *plan, size_t first,
                                       size_t end)
{
    corm__vector objects = {NULL, 0, 0}, ordered = {NULL, 0, 0};
    const size_t known = plan->deferred_count;
    corm_status status = CORM_OK;
    for (size_t i = first; i < end && status == CORM_OK; i++) {
        corm__work *work = &plan->works[session->registry->order[i]->index];
        if (!corm__vector_add(&objects, &work->updates) ||
            !corm__vector_add(&objects, &work->inserts))
            status = corm__no_memory(session);
    }
    bool cyclic = session->registry->order[first]->cyclic && objects.count > 0;
    if (status == CORM_OK && cyclic)
        status = corm__plan_order(session, plan, &objects, corm__wished_for_write, &ordered);
    if (status == CORM_OK && plan->deferred_count > known) { /* a circle: only what must be */
        plan->deferred_count = known;
        ordered.count = 0;
        status = corm__plan_order(session, plan, &objects, corm__needed_for_write, &ordered);
    }
    if (status == CORM_OK && !corm__vector_add(&plan->saves, cyclic ? &ordered : &objects))
        status = corm__no_memory(session);
    corm__vector_free(&objects);
    corm__vector_free(&ordered);
    return status;
}

/* By key; in tables that refer to each other children first. */
static corm_status corm__arrange_deletes(corm_session *session, corm__plan *plan, size_t first,
                                         size_t end)
{
    corm__vector objects = {NULL, 0, 0}, ordered = {NULL, 0, 0};
    corm_status status = CORM_OK;
    for (size_t i = first; i < end && status == CORM_OK; i++) {
        if (!corm__vector_add(&objects, &plan->works[session->registry->order[i]->index].deletes))
            status = corm__no_memory(session);
    }
    bool cyclic = session->registry->order[first]->cyclic && objects.count > 0;
    if (status == CORM_OK && cyclic)
        status = corm__plan_order(session, plan, &objects, corm__needed_for_delete, &ordered);
    for (size_t i = ordered.count; i > 0 && status == CORM_OK && cyclic; i--) {
        if (!corm__vector_push(&plan->deletes, ordered.items[i - 1]))
            status = corm__no_memory(session);
    }
    if (status == CORM_OK && !cyclic && !corm__vector_add(&plan->deletes, &objects))
        status = corm__no_memory(session);
    corm__vector_free(&objects);
    corm__vector_free(&ordered);
    return status;
}

/* Tables by dependency: saves in that order, deletes in the reverse. */
static corm_status corm__plan_arrange(corm_session *session, corm__plan *plan)
{
    const corm__registry *registry = session->registry;
    corm_status status = CORM_OK;
    if (plan->cut_count > 1)
        qsort(plan->cuts, plan->cut_count, sizeof *plan->cuts, corm__compare_cuts);
    for (size_t i = 0, end = 0; i < registry->count && status == CORM_OK; i = end) {
        end = corm__group_end(registry, i);
        status = corm__arrange_saves(session, plan, i, end);
    }
    for (size_t end = registry->count, first = 0; end > 0 && status == CORM_OK; end = first) {
        first = end - 1;
        while (first > 0 && registry->order[first - 1]->group == registry->order[first]->group)
            first--;
        status = corm__arrange_deletes(session, plan, first, end);
    }
    return status;
}

#endif /* CORM__ROOM_ORDER_C */

/* ---- src/story.c ----------------------------------------------------------------------------- */

/* story.c: what a failed write means.
 *
 * Owns: turning a database's error into a sentence that names table, column, value and object;
 * it asks the database what SQLite does not tell, such as which referenced row is missing.
 * Must not know: what is done about it. */
#ifndef CORM__ROOM_STORY_C
#define CORM__ROOM_STORY_C

#ifdef CORM_LINES
#line 10 "src/story.c"
#endif
typedef struct corm__story {
    const corm__plan *plan;
    void *object;      /* being written */
    const char *doing; /* "inserting" */
    /* bound by the statement, by column index; NULL: read them from the object */
    const corm_value *values;
} corm__story;

static int64_t corm__story_count(corm_session *session, const corm__mapper *mapper,
                                 const uint16_t *columns, size_t count, const corm_value *values)
{
    int64_t found = 1;
    corm__cursor cursor;
    corm_value row[1] = {{0}};
    bool more = false;
    corm_error before = session->error;
    corm__buffer_clear(&session->sql);
    corm__sql_exists(&session->sql, session->engine->adapter->dialect, mapper, columns, count);
    corm__prepared *prepared =
        session->sql.failed ? NULL : corm__prepare(session, session->sql.data, session->sql.size);
    if (prepared != NULL &&
        corm__cursor_start(session, &cursor, prepared, values, count) == CORM_OK) {
        if (corm__cursor_fetch(session, &cursor, row, 1, &more) == CORM_OK && more)
            found = row[0].as.integer;
        corm__cursor_end(session, &cursor);
    }
    session->error = before;
    return found;
}

/* "users.id = 1", "order_items.order_id, order_items.line = 5, 1" */
static void corm__story_key(corm__buffer *out, const char *table, const corm__mapper *mapper,
                            const uint16_t *columns, size_t count, const corm_value *values)
{
    for (size_t i = 0; i < count; i++)
        corm__buffer_format(out, "%s%s.%s", i == 0 ? "" : ", ", table,
                            mapper->columns[columns[i]].name);
    for (size_t i = 0; values != NULL && i < count; i++) {
        corm__buffer_text(out, i == 0 ? " = " : ", ");
        corm__value_literal(out, &values[i]);
    }
}

/* The foreign key that begins with column i: its columns, and those of the target that they refer
 * to. 0: column i begins none. */
static size_t corm__story_foreign(const corm__mapper *mapper, uint16_t i, uint16_t *columns,
                                  uint16_t *targets)
{
    const corm__mapper *target = mapper->columns[i].reference;
    bool as_one = target != NULL && corm__refers_as_one(mapper, target);
    size_t count = 0;
    for (uint16_t c = 0; target != NULL && c < mapper->column_count; c++) {
        if (c != i && !(as_one && mapper->columns[c].reference == target))
            continue;
        if (c < i)
            return 0;
        columns[count] = c;
        targets[count++] = mapper->columns[c].reference_column;
    }
    return count;
}

/* Which foreign key of the written row leads nowhere. */
static bool corm__story_missing(corm_session *session, const corm__story *story, corm__buffer *out)
{
    const corm__mapper *mapper = corm__mapper_at(story->object);
    uint64_t unset = corm__unset_of(corm__record_of(story->object));
    uint16_t columns[CORM__COLUMN_MAX], targets[CORM__COLUMN_MAX];
    char label[CORM__LABEL_SIZE];
    corm__key key;
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__mapper *target = mapper->columns[i].reference;
        size_t count = corm__story_foreign(mapper, i, columns, targets);
        bool complete = count > 0;
        if (complete)
            corm__key_read(mapper, columns, count, story->object, &key);
        for (size_t c = 0; c < count; c++)
            complete =
                complete && key.values[c].type != CORM_VALUE_NULL && !(unset >> columns[c] & 1);
        if (!complete || corm__story_count(session, target, targets, count, key.values) > 0)
            continue;
        corm__story_key(out, mapper->model->table, mapper, columns, count, key.values);
        corm__buffer_text(out, ": no ");
        corm__story_key(out, target->model->table, target, targets, count, NULL);
        for (size_t c = 0; c < count; c++) {
            corm__buffer_text(out, c == 0 ? " " : ", ");
            corm__value_literal(out, &key.values[c]);
        }
        corm__buffer_format(out, " (%s %s)", story->doing, corm__label(story->object, label));
        return true;
    }
    return false;
}

/* Which rows still refer to the deleted one. */
static bool corm__story_referenced(corm_session *session, const corm__story *story,
                                   corm__buffer *out)
{
    const corm__mapper *mapper = corm__mapper_at(story->object);
    uint16_t columns[CORM__COLUMN_MAX], targets[CORM__COLUMN_MAX];
    char label[CORM__LABEL_SIZE];
    corm__key key;
    for (size_t m = 0; m < session->registry->count; m++) {
        const corm__mapper *other = &session->registry->mappers[m];
        for (uint16_t i = 0; i < other->column_count; i++) {
            if (other->columns[i].reference != mapper)
                continue;
            size_t count = corm__story_foreign(other, i, columns, targets);
            if (count == 0)
                continue;
            corm__key_read(mapper, targets, count, corm__snapshot_of(story->object), &key);
            int64_t rows = corm__story_count(session, other, columns, count, key.values);
            if (rows == 0)
                continue;
            corm__story_key(out, mapper->model->table, mapper, targets, count, key.values);
            corm__buffer_format(out, " is still referenced by %lld row%s of ", (long long)rows,
                                rows == 1 ? "" : "s");
            corm__story_key(out, other->model->table, other, columns, count, NULL);
            corm__buffer_format(out,
                                " (deleting %s): delete or move them first, or give the "
                                "relationship CORM_CASCADE_DELETE",
                                corm__label(story->object, label));
            return true;
        }
    }
    return false;
}

/* Columns that the database named as "table.column, table.column". */
static size_t corm__story_columns(const corm__mapper *mapper, const char *named, uint16_t *columns)
{
    size_t count = 0;
    for (const char *at = named; *at != 0 && count < CORM__KEY_MAX;) {
        size_t size = strcspn(at, ",");
        for (uint16_t i = 0; i < mapper->column_count; i++) {
            const char *name = mapper->columns[i].name;
            size_t length = strlen(name);
            if (size > length && at[size - length - 1] == '.' &&
                memcmp(at + size - length, name, length) == 0) {
                columns[count++] = i;
                break;
            }
        }
        at += size;
        at += strspn(at, ", ");
    }
    return count;
}

/* An object that is deleted in the same flush and holds the values that were to be unique. */
static void *corm__story_doomed(const corm__story *story, const corm__mapper *mapper,
                                const uint16_t *columns, size_t count)
{
    const corm__vector *deletes = &story->plan->works[mapper->index].deletes;
    for (size_t i = 0; i < deletes->count; i++) {
        size_t equal = 0;
        while (equal < count && corm__member_equal(&mapper->columns[columns[equal]], story->object,
                                                   corm__snapshot_of(deletes->items[i])))
            equal++;
        if (equal == count)
            return deletes->items[i];
    }
    return NULL;
}

static bool corm__story_unique(const corm__story *story, const corm_failure *failure,
                               corm__buffer *out)
{
    const corm__mapper *mapper = corm__mapper_at(story->object);
    uint16_t columns[CORM__KEY_MAX];
    corm__key key;
    char label[CORM__LABEL_SIZE];
    size_t count = corm__story_columns(mapper, failure->columns, columns);
    if (count == 0)
        return false;
    corm__key_read(mapper, columns, count, story->object, &key);
    corm__story_key(out, mapper->model->table, mapper, columns, count, key.values);
    corm__buffer_format(out, ": there is a row with this already, and it must be unique (%s %s)",
                        story->doing, corm__label(story->object, label));
    void *doomed = corm__story_doomed(story, mapper, columns, count);
    if (doomed != NULL)
        corm__buffer_format(out,
                            "; %s, which has it, is deleted in the same flush, but deletes come "
                            "last: call corm_flush "
                            "after corm_delete",
                            corm__label(doomed, label));
    return true;
}

/* ---- Checks ---------------------------------------------------------------------------------- */

/* What is left of `text` behind the beginning; NULL: it begins otherwise. */
static const char *corm__behind(const char *text, const char *beginning)
{
    const size_t size = strlen(beginning);
    return text != NULL && strncmp(text, beginning, size) == 0 ? text + size : NULL;
}

/* The check that the constraint's name stands for, ck_<table> or ck_<table>_<column>; *column is its
 * column, or NULL. NULL: it is none of the model's. */
static const char *corm__story_check_named(const corm__mapper *mapper, const char *named,
                                           const corm__column **column)
{
    const char *rest = corm__behind(corm__behind(named, "ck_"), mapper->model->table);
    *column = NULL;
    if (rest == NULL || *rest == '\0')
        return rest == NULL ? NULL : mapper->model->options.check;
    for (size_t i = 0; *rest == '_' && i < mapper->column_count; i++) {
        *column = &mapper->columns[i];
        if (strcmp((*column)->name, rest + 1) == 0)
            return (*column)->info->options.check;
    }
    return NULL;
}

/* A check failed: the columns that it speaks of, their values, and its words. */
static bool corm__story_check(const corm__story *story, const corm_failure *failure,
                              corm__buffer *out)
{
    const corm__mapper *mapper = corm__mapper_at(story->object);
    const corm__column *column;
    uint16_t columns[CORM__KEY_MAX] = {0};
    corm__key key;
    char label[CORM__LABEL_SIZE];
    size_t count = 0;
    const char *check = corm__story_check_named(mapper, failure->columns, &column);
    if (check == NULL)
        return false;
    for (uint16_t i = 0; i < mapper->column_count && count < CORM__KEY_MAX; i++)
        if (&mapper->columns[i] == column || corm__mentions(check, mapper->columns[i].name))
            columns[count++] = i;
    corm__key_read(mapper, columns, count, story->object, &key);
    for (size_t i = 0; story->values != NULL && i < count; i++)
        key.values[i] = story->values[columns[i]];
    corm__story_key(out, mapper->model->table, mapper, columns, count, key.values);
    corm__buffer_format(out, "%s: the check \"%s\" is not met (%s %s)",
                        count > 0 ? "" : mapper->model->table, check, story->doing,
                        corm__label(story->object, label));
    return true;
}

/* Why a statement that looked for the object's row by its key, and its version if it has one, has
 * found none. */
static corm_status corm__stale(corm_session *session, const corm__story *story)
{
    const corm__mapper *mapper = corm__mapper_at(story->object);
    const void *snapshot = corm__snapshot_of(story->object);
    char label[CORM__LABEL_SIZE];
    corm__key key;
    if (mapper->version == NULL)
        return corm__fail(session, CORM_STALE_DATA,
                          "%s: the row of %s is gone: someone else has deleted it",
                          mapper->model->table, corm__label(story->object, label));
    corm__buffer out = {NULL, 0, 0, false};
    corm__key_read(mapper, mapper->pk, mapper->pk_count, snapshot, &key);
    const bool there =
        corm__story_count(session, mapper, mapper->pk, mapper->pk_count, key.values) > 0;
    corm__story_key(&out, mapper->model->table, mapper, mapper->pk, mapper->pk_count, key.values);
    corm__buffer_format(
        &out, ": someone else has %s it since version %lld was read (%s %s): roll back%s",
        there ? "changed" : "deleted",
        (long long)corm__read_integer(corm__member_at(mapper->version, snapshot)), story->doing,
        corm__label(story->object, label),
        there ? ", corm_refresh it, and do it again" : "; there is no row to refresh it from");
    const corm_status status =
        corm__fail(session, CORM_STALE_DATA, "%s",
                   out.failed ? "a row has changed since it was read" : out.data);
    corm__buffer_free(&out);
    return status;
}

static void corm__story_plain(const corm__story *story, const corm_failure *failure,
                              corm__buffer *out)
{
    const corm__mapper *mapper = corm__mapper_at(story->object);
    char label[CORM__LABEL_SIZE];
    if (failure->status == CORM_NOT_NULL && failure->columns[0] != 0)
        corm__buffer_format(out, "%s is NULL, but must have a value", failure->columns);
    else
        corm__buffer_format(out, "%s: %s", mapper->model->table, failure->message);
    corm__buffer_format(out, " (%s %s)", story->doing, corm__label(story->object, label));
}

/* Records the story of a failed write as the session's error. */
static corm_status corm__tell(corm_session *session, const corm__story *story,
                              const corm_failure *failure)
{
    corm__buffer out = {NULL, 0, 0, false};
    bool told = false, deleting = corm__record_of(story->object)->flags & CORM__DOOMED;
    if (failure->status == CORM_UNIQUE)
        told = corm__story_unique(story, failure, &out);
    if (failure->status == CORM_CHECK)
        told = corm__story_check(story, failure, &out);
    if (failure->status == CORM_FOREIGN_KEY && !failure->transaction_lost)
        told = deleting ? corm__story_referenced(session, story, &out)
                        : corm__story_missing(session, story, &out);
    if (failure->status == CORM_OUT_OF_MEMORY)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory while %s was written",
                          corm__mapper_at(story->object)->model->table);
    if (!told)
        corm__story_plain(story, failure, &out);
    corm_status status = corm__fail(session, failure->status, "%s",
                                    out.failed || out.data == NULL ? failure->message : out.data);
    session->error.native_code = failure->native_code;
    corm__buffer_free(&out);
    return status;
}

#endif /* CORM__ROOM_STORY_C */

/* ---- src/sync.c ------------------------------------------------------------------------------ */

/* sync.c: the values of the rows that a flush writes.
 *
 * Owns: checking members before the first statement, copying borrowed texts, foreign keys from
 * references, missing values.
 * Must not know: statements, their order. */
#ifndef CORM__ROOM_SYNC_C
#define CORM__ROOM_SYNC_C

#ifdef CORM_LINES
#line 10 "src/sync.c"
#endif
/* ---- Checks before the first statement ------------------------------------------------------- */

/* The session gets its own copy of a text that is borrowed from the program, and the member
 * points at it. A text that is equal to the stored one is not borrowed any longer: the member
 * points at the stored one again. */
static corm_status corm__own_member(corm_session *session, corm__plan *plan, void *object,
                                    const corm__column *column)
{
    void *snapshot = corm__snapshot_of(object);
    const void *member = NULL, *owned = NULL;
    if (!column->owns)
        return CORM_OK;
    (void)corm__member_block(column, object, &member);
    (void)corm__member_block(column, snapshot, &owned);
    if (member == NULL || member == owned)
        return CORM_OK;
    if (corm__member_equal(column, object, snapshot)) {
        corm__member_copy(column, object, snapshot);
        return CORM_OK;
    }
    if (!corm__copy_push(plan, object, column))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    if (corm__member_own(session, column, object, snapshot))
        return CORM_OK;
    plan->copy_count--;
    return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
}

/* After a failure: copies that no snapshot owns are owned by the new objects that keep them, or
 * given back. */
static void corm__copies_settle(corm_session *session, corm__plan *plan)
{
    for (size_t i = 0; i < plan->copy_count; i++) {
        void *object = plan->copies[i].object;
        const corm__column *column = plan->copies[i].column;
        corm__record *record = corm__record_of(object);
        void *snapshot = corm__snapshot_of(object);
        if (!corm__has_row(record)) {
            corm__snapshot_replace(session, column, record, snapshot, object);
            continue;
        }
        corm__retire_member(session, column, object, snapshot);
        corm__member_copy(column, object, snapshot);
    }
}

/* A column that the program may only read has been given a value. */
static corm_status corm__check_read_only(corm_session *session, const void *object,
                                         const corm__column *column)
{
    const corm__record *record = corm__record_of(object);
    char label[CORM__LABEL_SIZE];
    if (corm__has_row(record) ? corm__member_equal(column, object, corm__snapshot_of(object))
                              : record->as.unset >> column->index & 1)
        return CORM_OK;
    return corm__fail(session, CORM_DATA,
                      "%s.%s: %s, the program may only read it (%s): do not assign it",
                      column->owner->model->table, column->name,
                      column->info->options.version ? "corm counts it (.version)"
                                                    : "the database computes it (.generated)",
                      corm__label(object, label));
}

static corm_status corm__check_columns(corm_session *session, corm__plan *plan, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    const void *snapshot = corm__snapshot_of(object);
    uint64_t unset = corm__unset_of(record);
    char why[256], label[CORM__LABEL_SIZE];
    bool memory;
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        if (CORM__UNLIKELY(mapper->generated >> i & 1) ||
            (CORM__UNLIKELY(column == mapper->version) && corm__has_row(record))) {
            corm_status status = corm__check_read_only(session, object, column);
            if (status != CORM_OK)
                return status;
            continue;
        }
        if (unset >> i & 1)
            continue;
        if (corm__has_row(record) && corm__member_equal(column, object, snapshot)) {
            if (column->kind == CORM_KIND_DECIMAL)
                corm__member_copy(column, object, snapshot); /* 7.5 is 7.50 again */
            corm_status status = corm__own_member(session, plan, object, column);
            if (status != CORM_OK)
                return status;
            continue;
        }
        if (!corm__member_check(column, object, &memory, why, sizeof why))
            return corm__fail(session, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, "%s.%s: %s (%s)",
                              mapper->model->table, column->name, why, corm__label(object, label));
        if (column->kind == CORM_KIND_DECIMAL)
            corm__decimal_settle(column, object);
        corm_status status = corm__own_member(session, plan, object, column);
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

static corm_status corm__row_custom(corm_session *session, void *object, const corm__column *column,
                                    corm_value *out);

/* Asks the program's validators about the values that are set or changed. */
static corm_status corm__validate(corm_session *session, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    const void *snapshot = corm__snapshot_of(object);
    uint64_t unset = corm__unset_of(record);
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        const corm__column *column = &mapper->columns[i];
        char scratch[CORM__SCRATCH];
        corm_value value = {0};
        if (column->info->options.validate == NULL || (unset >> i & 1) ||
            (corm__has_row(record) && corm__member_equal(column, object, snapshot)))
            continue;
        if (column->kind != CORM_KIND_CUSTOM)
            value = corm__member_value(column, object, scratch);
        else
            status = corm__row_custom(session, object, column, &value);
        if (status == CORM_OK && value.type != CORM_VALUE_NULL)
            status = corm__call_validator(session, object, column, &value);
    }
    return status;
}

/* Assigning a value ends unset. */
static void corm__end_unset(void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    const void *snapshot = corm__snapshot_of(object);
    for (uint16_t i = 0; i < mapper->column_count && record->as.unset >> i != 0; i++) {
        if ((record->as.unset >> i & 1) &&
            !corm__member_equal(&mapper->columns[i], object, snapshot))
            record->as.unset &= ~(UINT64_C(1) << i);
    }
}

static corm_status corm__check_object(corm_session *session, corm__plan *plan, void *object)
{
    corm_status status = corm__check_columns(session, plan, object);
    if (status == CORM_OK && corm__mapper_at(object)->validated)
        status = corm__validate(session, object);
    return status;
}

static corm_status corm__check_plan(corm_session *session, corm__plan *plan)
{
    corm_status status = CORM_OK;
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__work *work = &plan->works[m];
        for (size_t i = 0; i < work->updates.count && status == CORM_OK; i++) {
            if (!(corm__record_of(work->updates.items[i])->flags & CORM__DOOMED))
                status = corm__check_object(session, plan, work->updates.items[i]);
        }
        for (size_t i = 0; i < work->inserts.count && status == CORM_OK; i++) {
            corm__end_unset(work->inserts.items[i]);
            status = corm__check_object(session, plan, work->inserts.items[i]);
        }
    }
    return status;
}

/* ---- Foreign keys from references ------------------------------------------------------------ */

static void corm__unset_column(corm_session *session, void *object, uint16_t column, bool unset)
{
    corm__record *record = corm__record_of(object);
    uint64_t bit = UINT64_C(1) << column;
    uint64_t *bits = &record->as.unset;
    if (corm__has_row(record)) {
        corm__extra *extra = record->extra;
        if (extra == NULL)
            return;
        if (unset && (extra->touched | extra->unset) == 0)
            session->touched++;
        bits = &extra->unset;
    }
    *bits = unset ? *bits | bit : *bits & ~bit;
}

static corm_status corm__sync_null(corm_session *session, void *object,
                                   const corm__relation *relation)
{
    corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        const corm__column *column = &mapper->columns[relation->local[i]];
        if (!column->optional && corm__extra_of(object) == NULL)
            return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
        corm__member_clear(column, object);
        if (!column->optional)
            corm__unset_column(session, object, column->index, true);
    }
    return CORM_OK;
}

static corm_status corm__sync_key(corm_session *session, corm__plan *plan, void *object,
                                  const corm__relation *relation, void *target)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__key key;
    corm__key_read(relation->target, relation->remote, relation->key_count, target, &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        const corm__column *column = &mapper->columns[relation->local[i]];
        char why[64], scratch[CORM__SCRATCH];
        bool memory = false;
        corm_value known = corm__member_value(column, object, scratch);
        if (!corm__value_equal(&known, &key.values[i])) {
            memory = column->kind == CORM_KIND_TEXT && !corm__copy_push(plan, object, column);
            if (memory || !corm__member_load(column, object, &key.values[i], &session->heap,
                                             &memory, why, sizeof why))
                return corm__fail(session, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, "%s.%s: %s",
                                  mapper->model->table, column->name,
                                  memory ? "out of memory" : why);
        }
        corm__unset_column(session, object, column->index, false);
    }
    return CORM_OK;
}

/* Whether the target's key is known by now. */
static bool corm__has_key(void *target)
{
    const corm__record *record = corm__record_of(target);
    return corm__has_row(record) || (record->flags & CORM__WRITTEN);
}

static corm_status corm__circle(corm_session *session, void *object, const corm__relation *relation,
                                void *target)
{
    char label[CORM__LABEL_SIZE], other[CORM__LABEL_SIZE];
    if (target == object)
        return corm__fail(session, CORM_CYCLE,
                          "%s needs its own row first through %s.%s: give it a key beforehand, or "
                          "make %s OPTIONAL",
                          corm__label(object, label), relation->source->model->name, relation->name,
                          relation->source->columns[relation->local[0]].name);
    return corm__fail(session, CORM_CYCLE,
                      "%s and %s need each other's row first through %s.%s: make %s OPTIONAL, so "
                      "that a second UPDATE can "
                      "close the circle",
                      corm__label(object, label), corm__label(target, other),
                      relation->source->model->name, relation->name,
                      relation->source->columns[relation->local[0]].info->name);
}

/* The key of an object that is its own target is known only if the program gave it. */
static bool corm__own_key_is_set(void *object, const corm__relation *relation)
{
    uint64_t unset = corm__unset_of(corm__record_of(object));
    for (uint16_t i = 0; i < relation->key_count; i++) {
        if (unset >> relation->remote[i] & 1)
            return false;
    }
    return true;
}

static corm_status corm__sync_reference(corm_session *session, corm__plan *plan, void *object,
                                        corm__relation *relation)
{
    const corm__link *link = relation->holds_key ? corm__link_if(object, relation) : NULL;
    if (link == NULL || !link->loaded || !link->changed)
        return CORM_OK;
    if (link->target == NULL)
        return corm__sync_null(session, object, relation);
    if (corm__has_key(link->target) ||
        (link->target == object && corm__own_key_is_set(object, relation)))
        return corm__sync_key(session, plan, object, relation, link->target);
    if (corm__record_of(link->target)->state != CORM_STATE_PENDING)
        return CORM_OK; /* never came into the session: the link is ignored */
    if (!relation->source->columns[relation->local[0]].optional)
        return corm__circle(session, object, relation, link->target);
    if (!corm__is_deferred(plan, object, relation) &&
        !corm__cut_push(&plan->deferred, &plan->deferred_count, &plan->deferred_capacity,
                        (corm__cut){object, relation, link->target}))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    return CORM_OK;
}

/* Brings the foreign key members up to what the references say. */
static corm_status corm__sync(corm_session *session, corm__plan *plan, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        corm__relation *relation = mapper->relations[i];
        corm_status status = CORM_OK;
        if (plan->cut_count > 0 && relation->holds_key &&
            corm__cut_of(plan, object, relation) != NULL)
            status = corm__sync_null(session, object, relation);
        else if (corm__record_of(object)->extra != NULL)
            status = corm__sync_reference(session, plan, object, relation);
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

/* ---- Values ---------------------------------------------------------------------------------- */

typedef struct corm__row {
    corm_value values[CORM__COLUMN_MAX + CORM__KEY_MAX + 1]; /* 1: the version */
    char scratch[CORM__COLUMN_MAX][CORM__SCRATCH];
    corm__key key;
} corm__row;

/* Behind the first `count` values: those by which a statement finds the row, its key and its version
 * as the snapshot has them. Returns how many there are then. */
static size_t corm__row_place(const corm__mapper *mapper, const void *snapshot, corm__row *row,
                              size_t count)
{
    corm__key_read(mapper, mapper->pk, mapper->pk_count, snapshot, &row->key);
    memcpy(&row->values[count], row->key.values, mapper->pk_count * sizeof(corm_value));
    count += mapper->pk_count;
    if (mapper->version != NULL)
        row->values[count++] = corm__member_value(mapper->version, snapshot, NULL);
    return count;
}

static corm_status corm__missing_value(corm_session *session, const corm__plan *plan, void *object,
                                       const corm__column *column, const char *doing)
{
    char label[CORM__LABEL_SIZE], parent[CORM__LABEL_SIZE];
    const char *table = column->owner->model->table;
    for (size_t i = 0; i < plan->cut_count; i++) {
        const corm__cut *cut = &plan->cuts[i];
        if (cut->child == object && cut->relation->local[0] == column->index)
            return corm__fail(
                session, CORM_NOT_NULL,
                "%s.%s: %s refers to %s, which is deleted, and must have a value: delete it too "
                "(CORM_CASCADE_DELETE on %s.%s), or give it another first",
                table, column->name, corm__label(object, label), corm__label(cut->parent, parent),
                cut->relation->inverse->source->model->name, cut->relation->inverse->name);
    }
    return corm__fail(session, CORM_NOT_NULL, "%s.%s is NULL, but must have a value (%s %s)", table,
                      column->name, doing, corm__label(object, label));
}

/* A kind of the program's own: its bytes stay in the session's scratch until the flush is over. */
static corm_status corm__row_custom(corm_session *session, void *object, const corm__column *column,
                                    corm_value *out)
{
    const unsigned char *at = corm__member_at(column, object);
    char why[256], label[CORM__LABEL_SIZE];
    bool memory = false;
    *out = corm_value_null();
    if (column->box != 0 && *at == 0)
        return CORM_OK;
    if (corm__custom_value(column->info->custom, at + column->box, &session->scratch, out, &memory,
                           why, sizeof why))
        return CORM_OK;
    return corm__fail(session, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, "%s.%s: %s (%s)",
                      column->owner->model->table, column->name, why, corm__label(object, label));
}

/* One column's value, checked for NULL. */
static corm_status corm__row_value(corm_session *session, const corm__plan *plan, void *object,
                                   uint16_t i, const char *doing, corm_value *out,
                                   char scratch[CORM__SCRATCH])
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__column *column = &mapper->columns[i];
    if (corm__unset_of(corm__record_of(object)) >> i & 1)
        *out = corm_value_null();
    else if (CORM__LIKELY(column->kind != CORM_KIND_CUSTOM))
        *out = corm__member_value(column, object, scratch);
    else if (corm__row_custom(session, object, column, out) != CORM_OK)
        return session->error.status;
    bool numbered = mapper->integer_key && column->primary_key && doing[0] == 'i';
    if (out->type == CORM_VALUE_NULL && !column->optional && !numbered)
        return corm__missing_value(session, plan, object, column, doing);
    return CORM_OK;
}

#endif /* CORM__ROOM_SYNC_C */

/* ---- src/computed.c -------------------------------------------------------------------------- */

/* computed.c: values of columns that the program does not give.
 *
 * Owns: running the functions of columns, bringing back what the database alone knows of a row, and
 * putting either into the member; counting versions.
 * Must not know: statements, their order, how a failure is undone. */
#ifndef CORM__ROOM_COMPUTED_C
#define CORM__ROOM_COMPUTED_C

#ifdef CORM_LINES
#line 10 "src/computed.c"
#endif
/* ---- One member ------------------------------------------------------------------------------ */

/* Puts a value in its stored form into the member. A text is noted as copied by this flush, so that
 * it is given back if the flush fails. */
static corm_status corm__member_give(corm_session *session, corm__plan *plan, void *object,
                                     const corm__column *column, const corm_value *value,
                                     bool check)
{
    char why[256], label[CORM__LABEL_SIZE];
    bool memory = column->owns && !corm__copy_push(plan, object, column);
    if (!memory &&
        corm__member_load(column, object, value, &session->heap, &memory, why, sizeof why) &&
        (!check || corm__member_check(column, object, &memory, why, sizeof why)))
        return CORM_OK;
    return corm__fail(session, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, "%s.%s: %s (%s)",
                      column->owner->model->table, column->name, memory ? "out of memory" : why,
                      corm__label(object, label));
}

/* ---- Functions of columns -------------------------------------------------------------------- */

static corm_status corm__compute(corm_session *session, corm__plan *plan, void *object,
                                 const corm__column *column, corm_column_function function)
{
    char why[256] = "", label[CORM__LABEL_SIZE];
    corm_value value = corm_value_null();
    if (plan->now.year == 0)
        plan->now = corm_now();
    corm_conversion conversion = {.arena = &session->scratch,
                                  .why = why,
                                  .size = sizeof why,
                                  .column = column->info,
                                  .now = &plan->now};
    bool given = function(object, &value, &conversion);
    if (given && !conversion.memory) {
        corm_status status = corm__member_give(session, plan, object, column, &value, true);
        if (status == CORM_OK && column->info->options.validate != NULL &&
            value.type != CORM_VALUE_NULL)
            status = corm__call_validator(session, object, column, &value);
        return status;
    }
    if (conversion.memory)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    return corm__fail(session, CORM_DATA, "%s.%s: %s (%s)", column->owner->model->table,
                      column->name,
                      why[0] != '\0' ? why : "its function gives no value and does not say why",
                      corm__label(object, label));
}

/* The columns of a new object that are unset and have a function. Foreign keys come after the
 * references have been looked at, all others before, as a key may be referred to. */
static corm_status corm__compute_insert(corm_session *session, corm__plan *plan, void *object,
                                        bool foreign_keys)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    corm_status status = CORM_OK;
    uint64_t wanted = mapper->default_functions & record->as.unset;
    for (uint16_t i = 0; wanted >> i != 0 && i < mapper->column_count && status == CORM_OK; i++) {
        const corm__column *column = &mapper->columns[i];
        if (!(wanted >> i & 1) || (column->reference != NULL) != foreign_keys)
            continue;
        status =
            corm__compute(session, plan, object, column, column->info->options.default_function);
        if (status == CORM_OK)
            record->as.unset &= ~(UINT64_C(1) << i);
    }
    return status;
}

static uint64_t corm__version_bit(const corm__mapper *mapper)
{
    return mapper->version == NULL ? 0 : UINT64_C(1) << mapper->version->index;
}

/* The member becomes one more than the version in the snapshot that the row has. */
static void corm__version_next(const corm__mapper *mapper, void *object, const void *snapshot)
{
    if (mapper->version == NULL)
        return;
    /* unsigned: it may be anything that the table holds */
    uint64_t next = (uint64_t)corm__read_integer(corm__member_at(mapper->version, snapshot)) + 1;
    memcpy((char *)object + mapper->version->offset, &next, sizeof next);
}

/* A new row begins with version 1, unless the program has given another. */
static void corm__version_begin(const corm__mapper *mapper, void *object)
{
    const int64_t first = 1;
    const uint64_t bit = corm__version_bit(mapper);
    if (!(corm__record_of(object)->as.unset & bit))
        return;
    memcpy((char *)object + mapper->version->offset, &first, sizeof first);
    corm__record_of(object)->as.unset &= ~bit;
}

/* Columns that an UPDATE of these columns writes besides. */
static uint64_t corm__columns_besides(const corm__mapper *mapper, uint64_t columns)
{
    return (mapper->update_functions | corm__version_bit(mapper)) & ~columns;
}

/* Fills in what an UPDATE of these columns writes besides, and adds it to them. */
static corm_status corm__compute_update(corm_session *session, corm__plan *plan, void *object,
                                        uint64_t *columns)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    uint64_t besides = corm__columns_besides(mapper, *columns);
    corm_status status = CORM_OK;
    if (corm__record_of(object)->flags & CORM__NEW)
        return CORM_OK; /* the second statement of an INSERT */
    corm__version_next(mapper, object, corm__snapshot_of(object));
    for (uint16_t i = 0; besides >> i != 0 && i < mapper->column_count && status == CORM_OK; i++) {
        const corm__column *column = &mapper->columns[i];
        if ((besides & mapper->update_functions) >> i & 1)
            status =
                corm__compute(session, plan, object, column, column->info->options.update_function);
    }
    *columns |= besides;
    return status;
}

/* ---- What the database alone knows ------------------------------------------------------------- */

typedef struct corm__back { /* on its way from the database into an object */
    corm_session *session;
    corm__plan *plan;
    void *object;
    uint64_t columns;
    bool whole;  /* the row has all columns, not only these */
    int64_t key; /* the integer key, if it is among them */
} corm__back;

/* Puts a row into the members. */
static corm_status corm__back_take(void *context, const corm_value *row)
{
    corm__back *back = context;
    const corm__mapper *mapper = corm__mapper_at(back->object);
    corm_status status = CORM_OK;
    char scratch[CORM__SCRATCH];
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        const corm__column *column = &mapper->columns[i];
        if (!(back->columns >> i & 1)) {
            row += back->whole;
            continue;
        }
        if (column->primary_key)
            back->key = row->as.integer;
        corm_value known = corm__member_value(column, back->object, scratch);
        if (column->kind == CORM_KIND_CUSTOM || !corm__value_equal(&known, row))
            status = corm__member_give(back->session, back->plan, back->object, column, row, false);
        row++;
    }
    return status;
}

/* The same by a SELECT, for databases that cannot return; into the snapshot too. */
static corm_status corm__back_select(corm_session *session, corm__plan *plan, void *object,
                                     uint64_t columns)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__back back = {session, plan, object, columns, true, 0};
    corm_value row[CORM__COLUMN_MAX];
    corm__cursor cursor;
    corm__key key;
    bool more = false;
    char label[CORM__LABEL_SIZE];
    corm__key_read(mapper, mapper->pk, mapper->pk_count, object, &key);
    corm__prepared *prepared = corm__statement_of(session, mapper, CORM__VERB_GET, 0);
    if (prepared == NULL)
        return session->error.status;
    corm_status status =
        corm__cursor_start(session, &cursor, prepared, key.values, mapper->pk_count);
    if (status == CORM_OK)
        status = corm__cursor_fetch(session, &cursor, row, mapper->column_count, &more);
    if (status == CORM_OK && !more)
        status = corm__fail(session, CORM_STALE_DATA,
                            "%s: the row of %s is gone as soon as it was written: a trigger of the "
                            "table has deleted it",
                            mapper->model->table, corm__label(object, label));
    if (status == CORM_OK)
        status = corm__back_take(&back, row);
    corm__cursor_end(session, &cursor);
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        if (columns >> i & 1)
            corm__snapshot_replace(session, &mapper->columns[i], corm__record_of(object),
                                   corm__snapshot_of(object), object);
    }
    return status;
}

#endif /* CORM__ROOM_COMPUTED_C */

/* ---- src/write.c ----------------------------------------------------------------------------- */

/* write.c: one statement for one object.
 *
 * Owns: INSERT, UPDATE and DELETE of an object's row, an UPDATE instead of both, links of
 * many-to-many, and what the object is after each.
 * Must not know: the order of statements, how a failure is undone. */
#ifndef CORM__ROOM_WRITE_C
#define CORM__ROOM_WRITE_C

#ifdef CORM_LINES
#line 10 "src/write.c"
#endif
/* ---- Running --------------------------------------------------------------------------------- */

/* Runs a prepared statement (NULL: its error is recorded already) and tells the story of a
 * failure. */
static corm_status corm__run_taking(corm_session *session, const corm__story *story,
                                    corm__prepared *prepared, const corm_value *values,
                                    size_t count, corm__taker *taker, corm_result *result)
{
    corm_failure failure = {0};
    if (prepared == NULL)
        return session->error.status;
    corm_status status = corm__execute(session, prepared, values, count, taker, result, &failure);
    if (status == CORM_OK)
        return taker == NULL ? CORM_OK : taker->status;
    if (failure.transaction_lost)
        session->transaction_lost = true;
    session->poison = CORM_OK; /* the story replaces the bare error */
    return corm__tell(session, story, &failure);
}

static corm_status corm__run_write(corm_session *session, const corm__story *story,
                                   corm__prepared *prepared, const corm_value *values, size_t count,
                                   corm_result *result)
{
    return corm__run_taking(session, story, prepared, values, count, NULL, result);
}

/* The same for a statement that returns columns of the object. */
static corm_status corm__run_back(const corm__story *story, corm__prepared *prepared,
                                  const corm_value *values, size_t count, corm__back *back,
                                  corm_result *result)
{
    corm__taker taker = {0, corm__back_take, back, CORM_OK};
    for (uint64_t columns = back->columns; columns != 0; columns &= columns - 1)
        taker.width++;
    corm_status status = corm__run_taking(back->session, story, prepared, values, count,
                                          taker.width > 0 ? &taker : NULL, result);
    if (back->key != 0)
        result->last_key = back->key;
    return status;
}

static void corm__table_written(corm_session *session, const corm__mapper *mapper)
{
    corm__store_of(session, mapper)->written = session->clock;
}

/* Links that were void already are not shown by what is deleted. */
static void corm__is_deleted(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    if (record->extra != NULL && record->extra->generation != session->links_generation)
        corm__links_reset(session, record->extra);
    corm__identity_leave(session, corm__mapper_at(object), object);
    record->state = CORM_STATE_DELETED;
    record->flags &= (uint16_t)~CORM__MARKED_DELETED;
}

/* A row that took this key while an object of the session had it: that one's row must have gone
 * behind the session's back. */
static corm_status corm__displace(corm_session *session, const corm__mapper *mapper,
                                  const void *object)
{
    corm__key key;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, object, &key);
    void *other = corm__identity_find(session, mapper, key.values);
    if (other == NULL || other == object)
        return CORM_OK;
    if (!corm__journal_push(session, CORM__DELETED, other, NULL))
        return corm__no_memory(session);
    corm__is_deleted(session, other);
    corm__record_of(other)->flags |= CORM__DISPLACED;
    return CORM_OK;
}

static corm_status corm__inserted(corm_session *session, void *object, const corm_result *result)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    char label[CORM__LABEL_SIZE], why[256];
    if (result->changed != 1)
        return corm__fail(session, CORM_DATABASE,
                          "%s: the INSERT of %s stored no row: a trigger or a conflict rule of the "
                          "table swallowed it",
                          mapper->model->table, corm__label(object, label));
    if (mapper->integer_key && (record->as.unset >> mapper->pk[0] & 1)) {
        bool memory = false;
        corm_value key = corm_value_integer(result->last_key);
        if (!corm__member_load(&mapper->columns[mapper->pk[0]], object, &key, &session->heap,
                               &memory, why, sizeof why))
            return corm__fail(session, CORM_DATA, "%s.%s: the database gave key %lld: %s (%s)",
                              mapper->model->table, mapper->columns[mapper->pk[0]].name,
                              (long long)result->last_key, why, corm__label(object, label));
    }
    corm_status status = corm__displace(session, mapper, object);
    if (status != CORM_OK)
        return status;
    memcpy(corm__snapshot_of(object), object, mapper->size);
    record->state = CORM_STATE_PERSISTENT;
    record->as.batch = NULL;
    record->generation = session->generation;
    record->flags |= CORM__WRITTEN | CORM__NEW;
    record->flags &= (uint16_t)~CORM__PENDING_LISTED;
    if (record->extra != NULL)
        record->extra->generation = session->links_generation;
    corm__identity_enter(session, mapper, object);
    return CORM_OK;
}

static corm_status corm__write_insert(corm_session *session, corm__plan *plan, void *object,
                                      corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__story story = {plan, object, "inserting", NULL};
    corm_result result = {0, 0};
    corm_status status = CORM_OK;
    const uint64_t left =
        mapper->generated | (mapper->server_defaults & corm__record_of(object)->as.unset);
    corm__back back = {.session = session, .plan = plan, .object = object};
    size_t count = 0;
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        if (left >> i & 1)
            continue;
        status = corm__row_value(session, plan, object, i, "inserting", &row->values[count],
                                 row->scratch[i]);
        count++;
    }
    if (status != CORM_OK)
        return status;
    back.columns = corm__statement_returns(session, mapper, CORM__VERB_INSERT, left);
    status = corm__run_back(&story, corm__statement_of(session, mapper, CORM__VERB_INSERT, left),
                            row->values, count, &back, &result);
    if (status == CORM_OK)
        status = corm__inserted(session, object, &result);
    if (status == CORM_OK && left != 0 && back.columns == 0)
        status = corm__back_select(session, plan, object, left);
    return status;
}

/* The snapshot becomes what was written. */
static void corm__updated(corm_session *session, void *object, uint64_t columns)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    void *snapshot = corm__snapshot_of(object);
    bool rekeyed = false;
    for (uint16_t i = 0; i < mapper->pk_count; i++)
        rekeyed = rekeyed || (columns >> mapper->pk[i] & 1);
    if (rekeyed)
        corm__identity_leave(session, mapper, object);
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        if (columns >> i & 1)
            corm__snapshot_replace(session, &mapper->columns[i], record, snapshot, object);
    }
    if (rekeyed)
        corm__identity_enter(session, mapper, object);
}

static corm_status corm__write_columns(corm_session *session, corm__plan *plan, void *object,
                                       uint64_t columns, corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__story story = {plan, object, "updating", NULL};
    corm_result result = {0, 0};
    size_t count = 0;
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        if (columns >> i & 1) {
            status = corm__row_value(session, plan, object, i, "updating", &row->values[count],
                                     row->scratch[i]);
            count++;
        }
    }
    if (status != CORM_OK)
        return status;
    count = corm__row_place(mapper, corm__snapshot_of(object), row, count);
    if (!corm__journal_image(session, object))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    corm__back back = {.session = session, .plan = plan, .object = object};
    back.columns = corm__statement_returns(session, mapper, CORM__VERB_UPDATE, columns);
    status = corm__run_back(&story, corm__statement_of(session, mapper, CORM__VERB_UPDATE, columns),
                            row->values, count, &back, &result);
    if (status == CORM_OK && result.changed == 0)
        status = corm__stale(session, &story);
    if (status == CORM_OK)
        corm__updated(session, object, columns | back.columns);
    if (status == CORM_OK && mapper->generated != 0 && back.columns == 0)
        status = corm__back_select(session, plan, object, mapper->generated);
    if (status == CORM_OK)
        corm__record_of(object)->flags |= CORM__VISITED; /* after_update is due */
    return status;
}

static corm_status corm__write_update(corm_session *session, corm__plan *plan, void *object,
                                      corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    if (record->flags & CORM__DOOMED)
        return CORM_OK;
    corm_status status = corm__sync(session, plan, object);
    if (status != CORM_OK)
        return status;
    uint64_t columns = corm__changed_columns(mapper, object, corm__snapshot_of(object), record) &
                       ~mapper->generated;
    record->flags |= CORM__WRITTEN;
    if (columns != 0 && (mapper->update_functions != 0 || mapper->version != NULL))
        status = corm__compute_update(session, plan, object, &columns);
    return columns == 0 || status != CORM_OK
               ? status
               : corm__write_columns(session, plan, object, columns, row);
}

/* An UPDATE that makes one row another one. NULL: the error is recorded. */
static corm__prepared *corm__switch_statement(corm_session *session, const corm__mapper *mapper,
                                              uint64_t columns, uint64_t defaults,
                                              uint64_t returned)
{
    if (defaults == 0)
        return corm__statement_of(session, mapper, CORM__VERB_UPDATE, columns);
    corm__buffer_clear(&session->sql);
    corm__sql_update(&session->sql, session->engine->adapter->dialect, mapper, columns, defaults,
                     returned);
    return corm__prepare_sql(session);
}

/* The row of a deleted object is given to the new one that brings the same key: one UPDATE of
 * every column. */
static corm_status corm__write_switch(corm_session *session, corm__plan *plan, void *object,
                                      void *old, corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__story story = {plan, object, "replacing", NULL};
    corm_result result = {0, 0};
    size_t count = 0;
    uint64_t columns = 0, left = corm__record_of(object)->as.unset & mapper->server_defaults;
    corm__back back = {.session = session, .plan = plan, .object = object};
    corm_status status = CORM_OK;
    if (!corm__journal_push(session, CORM__DELETED, old, NULL))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    corm__version_next(mapper, object, corm__snapshot_of(old));
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        if (mapper->columns[i].primary_key || ((left | mapper->generated) >> i & 1))
            continue;
        columns |= UINT64_C(1) << i;
        status = corm__row_value(session, plan, object, i, "replacing", &row->values[count],
                                 row->scratch[i]);
        count++;
    }
    if (status != CORM_OK)
        return status;
    count = corm__row_place(mapper, corm__snapshot_of(old), row, count);
    if ((columns | left) == 0) {
        result.changed = 1;
    } else {
        if (session->engine->adapter->capabilities & CORM_CAN_RETURNING)
            back.columns = mapper->generated | left;
        status = corm__run_back(
            &story, corm__switch_statement(session, mapper, columns, left, back.columns),
            row->values, count, &back, &result);
    }
    story.object = old;
    if (status == CORM_OK && mapper->version != NULL && result.changed == 0)
        status = corm__stale(session, &story);
    if (status != CORM_OK)
        return status;
    corm__identity_leave(session, mapper, old);
    corm__record_of(old)->state = CORM_STATE_DELETED;
    corm__record_of(old)->flags &= (uint16_t)~CORM__MARKED_DELETED;
    status = corm__inserted(session, object, &result);
    left |= mapper->generated;
    if (status == CORM_OK && left != 0 && back.columns == 0)
        status = corm__back_select(session, plan, object, left);
    return status;
}

static corm_status corm__write_new(corm_session *session, corm__plan *plan, void *object,
                                   corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    if (!corm__journal_push(session, CORM__INSERTED, object, NULL) ||
        !corm__identity_reserve(&corm__store_of(session, mapper)->identities, 1))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    const bool functions = mapper->default_functions != 0;
    corm__version_begin(mapper, object);
    corm_status status = functions ? corm__compute_insert(session, plan, object, false) : CORM_OK;
    if (status == CORM_OK)
        status = corm__sync(session, plan, object);
    if (status == CORM_OK && functions)
        status = corm__compute_insert(session, plan, object, true);
    if (status != CORM_OK)
        return status;
    void *old =
        plan->works[mapper->index].deletes.count > 0 ? corm__switched(session, object) : NULL;
    if (old != NULL)
        return corm__write_switch(session, plan, object, old, row);
    return corm__write_insert(session, plan, object, row);
}

/* ---- Links of many-to-many ------------------------------------------------------------------- */

static size_t corm__link_values(const corm__relation *relation, void *object, void *item,
                                corm_value *values, corm__key keys[2])
{
    const corm__association *association = relation->association;
    void *ends[2] = {relation->side == 0 ? object : item, relation->side == 0 ? item : object};
    size_t count = 0;
    for (int side = 0; side < 2; side++) {
        corm__mapper *mapper = association->sides[side]->source;
        corm__key_read(mapper, mapper->pk, mapper->pk_count, ends[side], &keys[side]);
        memcpy(&values[count], keys[side].values, mapper->pk_count * sizeof *values);
        count += mapper->pk_count;
    }
    return count;
}

static void corm__links_written(corm_session *session, const corm__association *association)
{
    corm__table_written(session, association->sides[0]->source);
    corm__table_written(session, association->sides[1]->source);
    if (association->mapper != NULL)
        corm__table_written(session, association->mapper);
}

static corm_status corm__link_write(corm_session *session, corm__plan *plan,
                                    corm__relation *relation, void *object, void *item, bool insert)
{
    corm__key keys[2];
    corm_value values[2 * CORM__KEY_MAX];
    corm_result result = {0, 0};
    char label[CORM__LABEL_SIZE], other[CORM__LABEL_SIZE];
    const corm_dialect *dialect = session->engine->adapter->dialect;
    corm__story story = {plan, object, insert ? "linking" : "unlinking", NULL};
    size_t count = corm__link_values(relation, object, item, values, keys);
    corm__buffer_clear(&session->sql);
    if (insert)
        corm__sql_link_insert(&session->sql, dialect, relation->association);
    else
        corm__sql_link_delete(&session->sql, dialect, relation->association);
    corm_status status =
        corm__run_write(session, &story, corm__prepare_sql(session), values, count, &result);
    if (status == CORM_OK && result.changed == 0)
        status = corm__fail(session, CORM_STALE_DATA,
                            "%s: the link between %s and %s is gone: someone else has deleted it",
                            relation->association->table, corm__label(object, label),
                            corm__label(item, other));
    corm__links_written(session, relation->association);
    return status;
}

/* Whether the link is stored already, asked where neither collection was loaded. */
static corm_status corm__link_exists(corm_session *session, corm__relation *relation, void *object,
                                     void *item, bool *exists)
{
    corm__link *link = NULL;
    corm__link *mine = corm__link_if(object, relation),
               *theirs = corm__link_if(item, relation->inverse);
    *exists = false;
    if ((mine != NULL && mine->loaded) || (theirs != NULL && theirs->loaded))
        return CORM_OK;
    if (relation->lazy == CORM_LAZY_WRITE_ONLY || relation->inverse->lazy == CORM_LAZY_WRITE_ONLY)
        return corm__link_stored(session, relation, object, item, exists);
    corm__vector one = {NULL, 0, 0};
    if (mine == NULL || !corm__vector_push(&one, object))
        return corm__no_memory(session);
    corm__changes *changes = mine->changes;
    mine->changes = NULL;
    corm_status status = corm__load_lists(session, relation, &one, false);
    link = corm__raw_link(object, relation);
    *exists = status == CORM_OK && corm__index_of(link->items, link->count, item) < link->count;
    link->changes = NULL;
    corm__link_reset(session, link);
    link->changes = changes;
    corm__vector_free(&one);
    return status;
}

static bool corm__is_doomed(void *object)
{
    return corm__record_of(object)->flags & CORM__DOOMED;
}

/* Whether a link between the two is written: both have rows and keep them. A new link to what is
 * deleted in the same flush is an error, as the row of the link would refer to nothing. */
static corm_status corm__link_counts(corm_session *session, const corm__relation *relation,
                                     void *object, void *item, bool insert, bool *counts)
{
    char label[CORM__LABEL_SIZE], other[CORM__LABEL_SIZE];
    const bool gone = corm__is_doomed(object), item_gone = corm__is_doomed(item);
    *counts = corm__has_row(corm__record_of(item)) && !gone && !item_gone;
    if (!insert || gone == item_gone || !corm__has_row(corm__record_of(item)))
        return CORM_OK;
    return corm__fail(session, CORM_FOREIGN_KEY,
                      "%s: %s was linked to %s, which is deleted in the same flush: unlink it "
                      "first, or flush in between",
                      relation->association->table, corm__label(gone ? item : object, label),
                      corm__label(gone ? object : item, other));
}

/* The changes of one end. Both ends know every change, so only side 0 writes. */
static corm_status corm__write_links_of(corm_session *session, corm__plan *plan,
                                        corm__relation *relation, void *object, bool insert)
{
    corm__link *link = corm__link_if(object, relation);
    corm_status status = CORM_OK;
    if (link == NULL || link->changes == NULL)
        return CORM_OK;
    corm__changes *c = link->changes;
    void **items = insert ? c->added : c->removed;
    uint32_t count = insert ? c->added_count : c->removed_count;
    for (uint32_t i = 0; i < count && status == CORM_OK; i++) {
        bool exists = false, counts = false;
        status = corm__link_counts(session, relation, object, items[i], insert, &counts);
        if (status != CORM_OK || !counts)
            continue;
        if (insert)
            status = corm__link_exists(session, relation, object, items[i], &exists);
        if (status == CORM_OK && !exists)
            status = corm__link_write(session, plan, relation, object, items[i], insert);
    }
    return status;
}

/* Objects that were new in this flush have no record of changes: all their items are new links,
 * whatever the other end noted. */
static corm_status corm__write_links_of_new(corm_session *session, corm__plan *plan,
                                            corm__relation *relation, void *object)
{
    corm__link *link = corm__link_if(object, relation);
    corm_status status = CORM_OK;
    for (uint32_t i = 0; link != NULL && i < link->count && status == CORM_OK; i++) {
        void *item = link->items[i];
        bool counts = false;
        status = corm__link_counts(session, relation, object, item, true, &counts);
        if (status != CORM_OK || !counts)
            continue;
        status = corm__link_write(session, plan, relation, object, item, true);
    }
    return status;
}

static corm_status corm__write_links(corm_session *session, corm__plan *plan, bool insert)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < session->linked.count && status == CORM_OK; i++) {
        void *object = session->linked.items[i];
        if (object == NULL || !corm__has_row(corm__record_of(object)))
            continue;
        corm__mapper *mapper = corm__mapper_at(object);
        for (uint16_t r = 0; r < mapper->relation_count && status == CORM_OK; r++) {
            corm__relation *relation = mapper->relations[r];
            if (relation->association == NULL || relation->side != 0)
                continue;
            if (!(corm__record_of(object)->flags & CORM__NEW))
                status = corm__write_links_of(session, plan, relation, object, insert);
            else if (insert)
                status = corm__write_links_of_new(session, plan, relation, object);
        }
    }
    return status;
}

/* All links of the objects that are deleted. */
static corm_status corm__write_unlinks(corm_session *session, corm__plan *plan)
{
    for (size_t a = 0; a < session->registry->association_count; a++) {
        corm__association *association = session->registry->associations[a];
        for (unsigned side = 0; side < 2; side++) {
            corm__mapper *mapper = association->sides[side]->source;
            const corm__vector *deletes = &plan->works[mapper->index].deletes;
            for (size_t i = 0; i < deletes->count; i++) {
                corm__key key;
                corm__story story = {plan, deletes->items[i], "unlinking", NULL};
                corm_result result = {0, 0};
                corm__key_read(mapper, mapper->pk, mapper->pk_count,
                               corm__snapshot_of(deletes->items[i]), &key);
                corm__buffer_clear(&session->sql);
                corm__sql_link_delete_all(&session->sql, session->engine->adapter->dialect,
                                          association, side);
                corm_status status = corm__run_write(session, &story, corm__prepare_sql(session),
                                                     key.values, mapper->pk_count, &result);
                if (status != CORM_OK)
                    return status;
                corm__links_written(session, association);
            }
        }
    }
    return CORM_OK;
}

#endif /* CORM__ROOM_WRITE_C */

/* ---- src/flush.c ----------------------------------------------------------------------------- */

/* flush.c: the unit of work.
 *
 * Owns: running a plan in order: tables by dependency, updates, inserts, links, deletes; and
 * what is forgotten when it has succeeded.
 * Must not know: how a failure is undone. */
#ifndef CORM__ROOM_FLUSH_C
#define CORM__ROOM_FLUSH_C

#ifdef CORM_LINES
#line 10 "src/flush.c"
#endif
/* ---- Updates and inserts --------------------------------------------------------------------- */

static corm_status corm__write_either(corm_session *session, corm__plan *plan, void *object,
                                      corm__row *row)
{
    if (corm__record_of(object)->state == CORM_STATE_PENDING)
        return corm__write_new(session, plan, object, row);
    return corm__write_update(session, plan, object, row);
}

/* What closes a circle of new rows is set by a second UPDATE. */
static corm_status corm__write_saves(corm_session *session, corm__plan *plan, corm__row *row)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < plan->saves.count && status == CORM_OK; i++) {
        corm__table_written(session, corm__mapper_at(plan->saves.items[i]));
        status = corm__write_either(session, plan, plan->saves.items[i], row);
    }
    for (size_t i = 0; i < plan->deferred_count && status == CORM_OK; i++)
        status = corm__write_update(session, plan, plan->deferred[i].child, row);
    return status;
}

/* ---- Deletes --------------------------------------------------------------------------------- */

static corm_status corm__write_delete(corm_session *session, corm__plan *plan, void *object,
                                      corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__story story = {plan, object, "deleting", NULL};
    corm_result result = {0, 0};
    if (!corm__has_row(corm__record_of(object)))
        return CORM_OK; /* its row was given to a new object */
    if (!corm__journal_push(session, CORM__DELETED, object, NULL))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    const size_t count = corm__row_place(mapper, corm__snapshot_of(object), row, 0);
    corm_status status =
        corm__run_write(session, &story, corm__statement_of(session, mapper, CORM__VERB_DELETE, 0),
                        row->values, count, &result);
    if (status == CORM_OK && mapper->version != NULL && result.changed == 0)
        status = corm__stale(session, &story);
    if (status == CORM_OK)
        corm__is_deleted(session, object);
    return status;
}

/* A reference inside a circle of deleted rows is cut before. */
static corm_status corm__write_cut(corm_session *session, corm__plan *plan, const corm__cut *cut,
                                   corm__row *row)
{
    corm__mapper *mapper = corm__mapper_at(cut->child);
    uint64_t columns = 0;
    for (uint16_t i = 0; i < cut->relation->key_count; i++) {
        uint16_t column = cut->relation->local[i];
        columns |= UINT64_C(1) << column;
        row->values[i] = corm_value_null();
        if (!mapper->columns[column].optional)
            return corm__circle(session, cut->child, cut->relation, cut->parent);
    }
    corm__story story = {plan, cut->child, "updating", NULL};
    corm_result result = {0, 0};
    /* where the version is another one, the DELETE will say so */
    const size_t count =
        corm__row_place(mapper, corm__snapshot_of(cut->child), row, cut->relation->key_count);
    return corm__run_write(session, &story,
                           corm__statement_of(session, mapper, CORM__VERB_UPDATE, columns),
                           row->values, count, &result);
}

static corm_status corm__write_deletes(corm_session *session, corm__plan *plan, corm__row *row)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < plan->loosened_count && status == CORM_OK; i++)
        status = corm__write_cut(session, plan, &plan->loosened[i], row);
    for (size_t i = 0; i < plan->deletes.count && status == CORM_OK; i++) {
        corm__table_written(session, corm__mapper_at(plan->deletes.items[i]));
        status = corm__write_delete(session, plan, plan->deletes.items[i], row);
    }
    return status;
}

/* Objects in the session whose rows the database has deleted together with their parent's
 * (passive_deletes). */
static corm_status corm__passive_deletes_of(corm_session *session, corm__plan *plan, void *parent,
                                            corm__relation *relation)
{
    corm__store *store = corm__store_of(session, relation->target);
    for (size_t s = 0; s < store->slabs.count; s++) {
        corm__slab *slab = store->slabs.items[s];
        for (uint32_t i = 0; i < slab->used; i++) {
            void *child = corm__object_at(slab, i);
            corm__record *record = &slab->records[i];
            corm__key stored, key;
            bool same = true;
            if (record->session != session || !corm__has_row(record))
                continue;
            corm__key_read(relation->target, relation->remote, relation->key_count,
                           corm__snapshot_of(child), &stored);
            corm__key_read(relation->source, relation->local, relation->key_count,
                           corm__snapshot_of(parent), &key);
            for (uint16_t k = 0; k < relation->key_count; k++)
                same = same && corm__value_equal(&stored.values[k], &key.values[k]);
            if (!same)
                continue;
            if (!corm__vector_push(&plan->passive, child) ||
                !corm__journal_push(session, CORM__DELETED, child, NULL))
                return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
            corm__is_deleted(session, child);
        }
    }
    return CORM_OK;
}

static corm_status corm__passive_deletes(corm_session *session, corm__plan *plan, void *parent)
{
    corm__mapper *mapper = corm__mapper_at(parent);
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < mapper->relation_count && status == CORM_OK; i++) {
        corm__relation *relation = mapper->relations[i];
        const corm_column *key = relation->holds_key || relation->association != NULL
                                     ? NULL
                                     : relation->target->columns[relation->remote[0]].info;
        if (relation->passive_deletes && key != NULL &&
            key->options.on_delete == CORM_ACTION_CASCADE)
            status = corm__passive_deletes_of(session, plan, parent, relation);
    }
    return status;
}

static corm_status corm__write_passive(corm_session *session, corm__plan *plan)
{
    corm_status status = CORM_OK;
    for (size_t m = 0; m < session->registry->count; m++) {
        for (size_t i = 0; i < plan->works[m].deletes.count && status == CORM_OK; i++)
            status = corm__passive_deletes(session, plan, plan->works[m].deletes.items[i]);
    }
    for (size_t i = 0; i < plan->passive.count && status == CORM_OK; i++)
        status = corm__passive_deletes(session, plan, plan->passive.items[i]);
    return status;
}

/* ---- After success --------------------------------------------------------------------------- */

static void corm__links_flushed(corm_session *session, void *object)
{
    corm__extra *extra = corm__record_of(object)->extra;
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; extra != NULL && i < extra->link_count; i++) {
        corm__link *link = &extra->links[i];
        corm__changes *c = link->changes;
        link->changed = false;
        if (mapper->relations[i]->lazy == CORM_LAZY_WRITE_ONLY)
            link->loaded = false; /* all there was, while the object was new */
        if (c != NULL)
            c->added_count = c->removed_count = 0;
        if (c != NULL && c->recent_count == 0)
            corm__changes_drop(session, link);
    }
    if (extra != NULL)
        extra->touched = extra->unset = 0;
    corm__record_of(object)->flags &= (uint16_t)~CORM__DIRTY_LINKS;
}

static void corm__flush_done(corm_session *session, corm__plan *plan)
{
    for (size_t i = 0; i < session->linked.count; i++) {
        if (session->linked.items[i] != NULL)
            corm__links_flushed(session, session->linked.items[i]);
    }
    for (size_t i = 0; i < plan->planned.count; i++)
        corm__links_flushed(session, plan->planned.items[i]);
    size_t waiting = 0;
    for (size_t i = 0; i < session->deleted.count; i++) {
        void *object = session->deleted.items[i];
        if (object != NULL && corm__has_row(corm__record_of(object)))
            session->deleted.items[waiting++] = object;
    }
    session->deleted.count = waiting;
    session->linked.count = session->pending.count = 0;
    session->touched = 0;
}

/* ---- Hooks ----------------------------------------------------------------------------------- */

/* Whether a changed reference will change the foreign key. */
static bool corm__is_to_be_rekeyed(const corm__plan *plan, void *object,
                                   const corm__relation *relation)
{
    const corm__link *link = corm__link_if(object, relation);
    const bool cut = corm__cut_of(plan, object, relation) != NULL;
    bool equal = true;
    corm__key key, stored;
    if (!cut && (link == NULL || !link->loaded || !link->changed))
        return false;
    void *target = cut ? NULL : link->target;
    if (target != NULL && !corm__has_row(corm__record_of(target)))
        return corm__is_in_session(corm__record_of(target)); /* else it is ignored */
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &stored);
    if (target != NULL)
        corm__key_read(relation->target, relation->remote, relation->key_count, target, &key);
    for (uint16_t i = 0; i < relation->key_count; i++)
        equal = equal && (target == NULL ? stored.values[i].type == CORM_VALUE_NULL
                                         : corm__value_equal(&key.values[i], &stored.values[i]));
    return !equal;
}

/* Whether what is known now makes an UPDATE of the object's row; a collection that changed does
 * not. */
static bool corm__is_to_be_updated(const corm__plan *plan, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    if (corm__changed_columns(mapper, object, corm__snapshot_of(object), record) != 0)
        return true;
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        if (mapper->relations[i]->holds_key &&
            corm__is_to_be_rekeyed(plan, object, mapper->relations[i]))
            return true;
    }
    return false;
}

static corm_status corm__hooks_of_deletes(corm_session *session, const corm__plan *plan,
                                          corm__hook hook)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < plan->deletes.count && status == CORM_OK; i++)
        status = corm__call_object(session, hook, plan->deletes.items[i], "deleting");
    return status;
}

/* All hooks that come before a statement run before the first one, so that what they change is
 * checked, and what they refuse has written nothing. */
static corm_status corm__hooks_before(corm_session *session, const corm__plan *plan)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < plan->saves.count && status == CORM_OK; i++) {
        void *object = plan->saves.items[i];
        const corm__record *record = corm__record_of(object);
        if (record->state == CORM_STATE_PENDING)
            status = corm__call_object(session, CORM__HOOK_before_insert, object, "inserting");
        else if (corm__is_hooked(session, corm__mapper_at(object), CORM__HOOK_before_update) &&
                 !(record->flags & CORM__DOOMED) && corm__is_to_be_updated(plan, object))
            status = corm__call_object(session, CORM__HOOK_before_update, object, "updating");
    }
    return status == CORM_OK ? corm__hooks_of_deletes(session, plan, CORM__HOOK_before_delete)
                             : status;
}

/* And those that come after it when all is written and settled: what they change is a change for the
 * next flush. */
static corm_status corm__hooks_after(corm_session *session, const corm__plan *plan)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < plan->saves.count && status == CORM_OK; i++) {
        void *object = plan->saves.items[i];
        const uint16_t flags = corm__record_of(object)->flags;
        if (flags & CORM__NEW)
            status = corm__call_object(session, CORM__HOOK_after_insert, object, "inserting");
        else if (flags & CORM__VISITED)
            status = corm__call_object(session, CORM__HOOK_after_update, object, "updating");
    }
    return status == CORM_OK ? corm__hooks_of_deletes(session, plan, CORM__HOOK_after_delete)
                             : status;
}

/* ---- The flush ------------------------------------------------------------------------------- */

static corm_status corm__flush_write(corm_session *session, corm__plan *plan)
{
    corm__row *row = corm__allocate(sizeof *row);
    if (row == NULL)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    session->clock++;
    corm_status status = corm__write_saves(session, plan, row);
    /* links of deleted objects go before new ones come: a new object may have a deleted one's key */
    if (status == CORM_OK)
        status = corm__write_links(session, plan, false);
    if (status == CORM_OK)
        status = corm__write_unlinks(session, plan);
    if (status == CORM_OK)
        status = corm__write_links(session, plan, true);
    if (status == CORM_OK)
        status = corm__write_deletes(session, plan, row);
    if (status == CORM_OK)
        status = corm__write_passive(session, plan);
    corm__free(row);
    return status;
}

static bool corm__plan_is_empty(corm_session *session, const corm__plan *plan)
{
    size_t work = plan->statements;
    for (size_t m = 0; m < session->registry->count; m++)
        work += plan->works[m].updates.count;
    return work == 0;
}

/* Writes everything that is pending. On failure the error is recorded and nothing is undone yet.
 * Nothing to write: no SQL, no transaction. */
static corm_status corm__flush_now(corm_session *session)
{
    corm__plan plan = {0};
    const bool hooked = (session->registry->hooks | session->hooks) != 0;
    corm_status status = corm__plan_make(session, &plan);
    if (status == CORM_OK && !corm__plan_is_empty(session, &plan)) {
        status = corm__plan_arrange(session, &plan);
        if (status == CORM_OK && hooked)
            status = corm__hooks_before(session, &plan);
        if (status == CORM_OK)
            status = corm__check_plan(session, &plan);
        if (status == CORM_OK)
            status = corm__flush_write(session, &plan);
    }
    if (status == CORM_OK)
        corm__flush_done(session, &plan);
    else
        corm__copies_settle(session, &plan);
    if (status == CORM_OK && hooked)
        status = corm__hooks_after(session, &plan);
    corm__plan_free(session, &plan);
    return status;
}

#endif /* CORM__ROOM_FLUSH_C */

/* ---- src/transaction.c ----------------------------------------------------------------------- */

/* transaction.c: flush, commit, rollback and savepoints, with the objects.
 *
 * Owns: when a session flushes, what a failure undoes, the end of a transaction for objects and
 * connection.
 * Must not know: how a plan is made or a row is written. */
#ifndef CORM__ROOM_TRANSACTION_C
#define CORM__ROOM_TRANSACTION_C

#ifdef CORM_LINES
#line 10 "src/transaction.c"
#endif
/* How every public call ends. */
static corm_status corm__ended(corm_status status)
{
    corm__status = status;
    return status;
}

static uint32_t corm__next_generation(uint32_t generation)
{
    return generation == UINT32_MAX ? 1 : generation + 1; /* 0 means expired on its own */
}

/* ---- Undoing what was not flushed ------------------------------------------------------------ */

static corm_status corm__restore_members(corm_session *session, void *object, void *argument)
{
    (void)session;
    (void)argument;
    corm__extra *extra = corm__record_of(object)->extra;
    corm__struct_restore(corm__mapper_at(object), object, corm__snapshot_of(object));
    if (extra != NULL)
        extra->touched = extra->unset = 0;
    return CORM_OK;
}

/* Members as last flushed, nothing pending, nothing marked. Cannot fail. */
static void corm__forget_unflushed(corm_session *session)
{
    (void)corm__each_changed(session, corm__restore_members, NULL);
    session->touched = 0;
    for (size_t i = 0; i < session->pending.count; i++) {
        void *object = session->pending.items[i];
        if (object == NULL || corm__record_of(object)->state != CORM_STATE_PENDING)
            continue;
        corm__record_of(object)->state = CORM_STATE_TRANSIENT;
        corm__record_of(object)->flags &= (uint16_t) ~(CORM__PENDING_LISTED | CORM__DIRTY_LINKS);
        corm__texts_keep(session, object);
        corm__undo_links(session, object);
    }
    for (size_t i = 0; i < session->deleted.count; i++) {
        if (session->deleted.items[i] != NULL)
            corm__record_of(session->deleted.items[i])->flags &= (uint16_t)~CORM__MARKED_DELETED;
    }
    for (size_t i = 0; i < session->linked.count; i++) {
        if (session->linked.items[i] != NULL)
            corm__record_of(session->linked.items[i])->flags &= (uint16_t)~CORM__DIRTY_LINKS;
    }
    session->pending.count = session->deleted.count = session->linked.count = 0;
    session->links_generation = corm__next_generation(session->links_generation);
    session->clock++;
}

/* The end of a transaction: the connection goes back, what was fetched ahead is void. */
static void corm__transaction_end(corm_session *session, bool broken)
{
    session->mark_count = 0;
    session->epoch++;
    session->ended = ++session->clock;
    corm__give_back(session, broken);
}

/* Everything since the beginning of the transaction is undone, in the database and in the
 * objects. */
static corm_status corm__undo_all(corm_session *session)
{
    corm_failure failure = {0};
    corm_status status = CORM_OK;
    bool begun = session->connection != NULL, work = session->journal_count > 0;
    if (begun)
        status = corm__adapter_rollback(session, &failure);
    corm__journal_undo(session, 0);
    corm__forget_unflushed(session);
    if (begun || work)
        session->generation = corm__next_generation(session->generation);
    if (begun)
        corm__transaction_end(session, status != CORM_OK);
    session->mark_count = 0;
    return status;
}

static corm_status corm__break_off(corm_session *session, bool transaction_lost)
{
    corm_failure failure = {0};
    corm_status why = session->error.status;
    corm__mark *mark = session->mark_count > 0 ? &session->marks[session->mark_count - 1] : NULL;
    if (why == CORM_OK)
        why = CORM_DATABASE;
    if (mark != NULL && !transaction_lost && !session->transaction_lost && !mark->rolled_back &&
        corm__adapter_rollback_to(session, session->mark_count, &failure) == CORM_OK) {
        mark->rolled_back = true;
        corm__journal_undo(session, mark->journal_count);
        corm__forget_unflushed(session);
    } else {
        (void)corm__undo_all(session);
    }
    session->poison = why;
    return corm__ended(why);
}

/* ---- Flush ----------------------------------------------------------------------------------- */

static corm_status corm__stop_at_changed(corm_session *session, void *object, void *argument)
{
    (void)session;
    (void)argument;
    return corm__changed_columns(corm__mapper_at(object), object, corm__snapshot_of(object),
                                 corm__record_of(object)) != 0
               ? CORM_MISUSE /* there is one */
               : CORM_OK;
}

/* Whether there is anything to flush; for sessions with hooks. */
static bool corm__is_changed(corm_session *session)
{
    return session->pending.count + session->deleted.count + session->linked.count > 0 ||
           corm__each_changed(session, corm__stop_at_changed, NULL) != CORM_OK;
}

static corm_status corm__flush_or_break(corm_session *session)
{
    corm_status status = CORM_OK;
    if (session->flushing)
        return CORM_OK;
    const bool told = session->hooks != 0 && corm__is_changed(session);
    session->flushing = true;
    if (told)
        status = corm__call_session(session, CORM__HOOK_before_flush, CORM__BOUND_FLUSH);
    corm__scratch_begin(session);
    if (status == CORM_OK)
        status = corm__flush_now(session);
    corm__scratch_end(session);
    if (told && status == CORM_OK)
        status = corm__call_session(session, CORM__HOOK_after_flush, CORM__BOUND_FLUSH);
    session->flushing = false;
    return status == CORM_OK ? CORM_OK : corm__break_off(session, session->transaction_lost);
}

static corm_status corm__autoflush(corm_session *session)
{
    corm_status status = corm__usable(session);
    if (status != CORM_OK || session->options.no_autoflush || session->no_autoflush > 0)
        return status;
    return corm__flush_or_break(session);
}

static corm_status corm__stop_at_first(corm_session *session, void *object, void *argument)
{
    (void)session;
    (void)object;
    (void)argument;
    return CORM_MISUSE; /* there is one */
}

static bool corm__has_work(corm_session *session)
{
    return session->pending.count + session->deleted.count + session->linked.count > 0 ||
           corm__each_changed(session, corm__stop_at_first, NULL) != CORM_OK;
}

CORM_API corm_status corm_flush(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm__usable(session);
    if (status == CORM_OK)
        status = corm__forbidden(session, CORM__BOUND_FLUSH, "corm_flush");
    /* nothing to write needs no database: only work has to wait for the rollback */
    if (status == CORM_PENDING_ROLLBACK && !session->poisoned_for_good && !corm__has_work(session))
        return corm__ended(CORM_OK);
    return corm__ended(status == CORM_OK ? corm__flush_or_break(session) : status);
}

/* ---- Commit and rollback --------------------------------------------------------------------- */

/* Until nothing is left to be written. */
static corm_status corm__flush_all(corm_session *session)
{
    enum { FLUSHES_MAX = 100 }; /* as SQLAlchemy */
    corm_status status = corm__flush_or_break(session);
    if (status == CORM_OK && session->deleted.count > 0)
        status = corm__flush_or_break(session); /* deletes that waited for another change */
    if (CORM__LIKELY((session->hooks | session->registry->hooks) == 0))
        return status;
    for (int i = 1; status == CORM_OK && corm__is_changed(session); i++) {
        if (i == FLUSHES_MAX)
            return corm__fail(session, CORM_MISUSE,
                              "corm_commit: there is still something to write after %d flushes: "
                              "does a hook change something in each of them?",
                              i);
        status = corm__flush_or_break(session);
    }
    return status;
}

CORM_API corm_status corm_commit(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_failure failure = {0};
    corm_status status = corm__usable(session);
    if (status == CORM_OK)
        status = corm__forbidden(session, CORM__BOUND_END, "corm_commit");
    if (status == CORM_OK)
        status = corm__call_session(session, CORM__HOOK_before_commit, CORM__BOUND_END);
    if (status == CORM_OK)
        status = corm__flush_all(session);
    if (status != CORM_OK)
        return corm__ended(status);
    if (session->connection != NULL) {
        status = corm__adapter_commit(session, &failure);
        if (status != CORM_OK)
            return corm__break_off(session, true);
    }
    corm__journal_commit(session);
    if (!session->options.keep_on_commit && session->connection != NULL) {
        session->generation = corm__next_generation(session->generation);
        session->links_generation = corm__next_generation(session->links_generation);
    }
    if (session->connection != NULL)
        corm__transaction_end(session, false);
    session->mark_count = 0;
    (void)corm__call_session(session, CORM__HOOK_after_commit, CORM__BOUND_ALL);
    return corm__ended(CORM_OK);
}

CORM_API corm_status corm_rollback(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    if (session == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "the session is NULL");
    if (session->poisoned_for_good)
        return corm__ended(session->poison);
    if (corm__forbidden(session, CORM__BOUND_END, "corm_rollback") != CORM_OK)
        return corm__status;
    const bool told =
        session->hooks != 0 &&
        (session->poison != CORM_OK || session->connection != NULL || corm__is_changed(session));
    (void)corm__undo_all(session);
    session->poison = CORM_OK;
    memset(&session->error, 0, sizeof session->error);
    if (told)
        (void)corm__call_session(session, CORM__HOOK_after_rollback, CORM__BOUND_ALL);
    return corm__ended(CORM_OK);
}

/* ---- Savepoints ------------------------------------------------------------------------------ */

/* Place of the savepoint among the open ones; mark_count: it is over. */
static size_t corm__mark_of(const corm_session *session, corm_savepoint savepoint)
{
    size_t i = 0;
    while (i < session->mark_count && session->marks[i].id != savepoint.id)
        i++;
    return i;
}

static corm_status corm__no_savepoint(corm_session *session)
{
    return corm__fail(
        session, CORM_NO_SAVEPOINT,
        "the savepoint is over: it was released or rolled back, or its transaction has ended");
}

CORM_API corm_status corm_savepoint_begin(corm_session *session, corm_savepoint *out)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_failure failure = {0};
    if (out == NULL)
        return corm__ended(
            corm__fail(session, CORM_NULL_ARGUMENT, "corm_savepoint_begin: out is NULL"));
    out->id = 0;
    corm_status status = corm__usable(session);
    if (status == CORM_OK)
        status = corm__forbidden(session, CORM__BOUND_END, "corm_savepoint_begin");
    if (status == CORM_OK)
        status = corm__flush_or_break(session);
    if (status == CORM_OK)
        status = corm__begin(session);
    if (status != CORM_OK)
        return corm__ended(status);
    if (session->mark_count == session->mark_capacity) {
        size_t capacity = session->mark_capacity == 0 ? 8 : session->mark_capacity * 2;
        corm__mark *grown = corm__reallocate(session->marks, capacity * sizeof *grown);
        if (grown == NULL)
            return corm__ended(corm__no_memory(session));
        session->marks = grown;
        session->mark_capacity = capacity;
    }
    /* named by depth, so that few statements are prepared */
    status = corm__adapter_savepoint(session, session->mark_count + 1, &failure);
    if (status != CORM_OK)
        return corm__break_off(session, session->transaction_lost);
    out->id = ++session->next_mark;
    session->marks[session->mark_count++] = (corm__mark){out->id, session->journal_count, false};
    return corm__ended(CORM_OK);
}

CORM_API corm_status corm_savepoint_release(corm_session *session, corm_savepoint savepoint)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_failure failure = {0};
    corm_status status = corm__usable(session);
    if (status == CORM_OK)
        status = corm__forbidden(session, CORM__BOUND_END, "corm_savepoint_release");
    if (status != CORM_OK)
        return corm__ended(status);
    size_t place = corm__mark_of(session, savepoint);
    if (place == session->mark_count)
        return corm__ended(corm__no_savepoint(session));
    status = corm__flush_or_break(session);
    if (status != CORM_OK)
        return corm__ended(status);
    status = corm__adapter_release(session, place + 1, &failure);
    if (status != CORM_OK)
        return corm__break_off(session, session->transaction_lost);
    session->mark_count = place;
    return corm__ended(CORM_OK);
}

CORM_API corm_status corm_savepoint_rollback(corm_session *session, corm_savepoint savepoint)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_failure failure = {0};
    if (session == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "the session is NULL");
    if (session->poisoned_for_good)
        return corm__ended(session->poison);
    if (corm__forbidden(session, CORM__BOUND_END, "corm_savepoint_rollback") != CORM_OK)
        return corm__status;
    size_t place = corm__mark_of(session, savepoint);
    if (place == session->mark_count)
        return corm__ended(session->poison != CORM_OK ? CORM_PENDING_ROLLBACK
                                                      : corm__no_savepoint(session));
    corm__mark *mark = &session->marks[place];
    bool done = mark->rolled_back && place + 1 == session->mark_count;
    if (!done && corm__adapter_rollback_to(session, place + 1, &failure) != CORM_OK)
        return corm__break_off(session, true);
    corm__journal_undo(session, mark->journal_count);
    corm__forget_unflushed(session);
    session->mark_count = place;
    session->poison = CORM_OK;
    memset(&session->error, 0, sizeof session->error);
    return corm__ended(CORM_OK);
}

#endif /* CORM__ROOM_TRANSACTION_C */

/* ---- src/preview.c --------------------------------------------------------------------------- */

/* preview.c: a flush told before it happens.
 *
 * Owns: the words for each statement of a plan and for its reason.
 * Must not know: how a plan is made or run. */
#ifndef CORM__ROOM_PREVIEW_C
#define CORM__ROOM_PREVIEW_C

#ifdef CORM_LINES
#line 9 "src/preview.c"
#endif
typedef struct corm__preview {
    corm_session *session;
    corm__plan *plan;
    corm_planned *items;
    size_t count, capacity;
    corm__buffer text; /* of one item */
} corm__preview;

/* ---- Names of rows --------------------------------------------------------------------------- */

/* "posts#3", "order_items#5,1", "posts (a new Post)": a row as the plan names it. */
static void corm__preview_row(corm__buffer *out, const void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    bool stored = corm__has_row(record);
    uint64_t unset = corm__unset_of(record);
    char label[CORM__LABEL_SIZE];
    corm__key key;
    for (uint16_t i = 0; i < mapper->pk_count && !stored; i++) {
        if (unset >> mapper->pk[i] & 1) {
            corm__buffer_format(out, "%s (%s)", mapper->model->table, corm__label(object, label));
            return;
        }
    }
    corm__key_read(mapper, mapper->pk, mapper->pk_count,
                   stored ? corm__snapshot_of(object) : object, &key);
    corm__buffer_text(out, mapper->model->table);
    for (uint16_t i = 0; i < mapper->pk_count; i++) {
        corm__buffer_char(out, i == 0 ? '#' : ',');
        corm__value_literal(out, &key.values[i]);
    }
}

/* "users#1.posts": the collection in which an object stands or stood. */
static void corm__preview_place(corm__buffer *out, const void *parent,
                                const corm__relation *relation)
{
    corm__preview_row(out, parent);
    if (!relation->hidden)
        corm__buffer_format(out, ".%s", relation->name);
}

/* ---- Reasons --------------------------------------------------------------------------------- */

/* The object to which a stored reference leads, if it is in the session. */
static void *corm__stored_target(corm_session *session, const void *object,
                                 const corm__relation *relation)
{
    corm__key key;
    if (!relation->holds_key || !corm__remote_is_key(relation))
        return NULL;
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        if (key.values[i].type == CORM_VALUE_NULL)
            return NULL;
    }
    return corm__identity_find(session, relation->target, key.values);
}

/* The relationship in which the object is an orphan, or whose deleted parent takes it along. */
static const corm__relation *corm__reason_of_delete(corm_session *session, void *object,
                                                    bool orphan, void **parent)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        const corm__link *link = corm__link_if(object, relation);
        bool taken_out = link != NULL && link->loaded && link->changed && link->target == NULL;
        unsigned cascade = relation->inverse->cascade;
        *parent = corm__stored_target(session, object, relation);
        if (*parent == NULL || !relation->holds_key)
            continue;
        if (orphan && taken_out && (cascade & CORM_CASCADE_DELETE_ORPHAN))
            return relation;
        if (!orphan && !taken_out && (cascade & CORM_CASCADE_DELETE) &&
            (corm__record_of(*parent)->flags & CORM__DOOMED))
            return relation;
    }
    return NULL;
}

static void corm__preview_delete(corm__preview *preview, void *object)
{
    void *parent = NULL;
    bool asked = corm__record_of(object)->flags & CORM__MARKED_DELETED;
    bool orphan = !asked && corm__is_orphan(object);
    const corm__relation *relation =
        corm__reason_of_delete(preview->session, object, orphan, &parent);
    corm__buffer_text(&preview->text, orphan             ? "orphan"
                                      : relation != NULL ? "deleted with"
                                                         : "deleted");
    if (relation == NULL)
        return;
    corm__buffer_text(&preview->text, orphan ? " of " : " ");
    corm__preview_place(&preview->text, parent, relation->inverse);
}

/* "from users#1.posts to users#2.posts" for each reference that changed. */
static void corm__preview_moves(corm__preview *preview, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        const corm__link *link = relation->holds_key ? corm__link_if(object, relation) : NULL;
        const corm__cut *cut =
            relation->holds_key ? corm__cut_of(preview->plan, object, relation) : NULL;
        bool changed = link != NULL && link->loaded && link->changed;
        if (!changed && cut == NULL)
            continue;
        void *from = corm__has_row(corm__record_of(object))
                         ? corm__stored_target(preview->session, object, relation)
                         : NULL;
        corm__buffer_format(
            &preview->text, "%s",
            preview->text.size > 0 && preview->text.data[preview->text.size - 1] != ' ' ? ", "
                                                                                        : "");
        if (cut != NULL) {
            corm__buffer_format(&preview->text, "%s cut, because ", relation->name);
            corm__preview_row(&preview->text, cut->parent);
            corm__buffer_text(&preview->text, " is deleted");
            continue;
        }
        corm__buffer_format(&preview->text, "%s",
                            from == NULL && link->target == NULL ? relation->name : "");
        if (from != NULL) {
            corm__buffer_text(&preview->text, "from ");
            corm__preview_place(&preview->text, from, relation->inverse);
        }
        if (link->target != NULL) {
            corm__buffer_text(&preview->text, from != NULL ? " to " : "in ");
            corm__preview_place(&preview->text, link->target, relation->inverse);
        }
    }
}

/* What is written because the row is: ", updated_at computed". */
static void corm__preview_besides(corm__preview *preview, const corm__mapper *mapper,
                                  uint64_t columns)
{
    uint64_t besides = corm__columns_besides(mapper, columns);
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        if (besides >> i & 1)
            corm__buffer_format(&preview->text, ", %s", mapper->columns[i].name);
    }
    if (besides != 0)
        corm__buffer_text(&preview->text, " computed");
}

/* The changed members, and the moves. */
static bool corm__preview_update(corm__preview *preview, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    uint64_t columns =
        corm__changed_columns(mapper, object, corm__snapshot_of(object), corm__record_of(object)) &
        ~mapper->generated;
    size_t before = preview->text.size, listed = 0;
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        if (columns >> i & 1)
            corm__buffer_format(&preview->text, "%s%s", listed++ > 0 ? ", " : "",
                                mapper->columns[i].name);
    }
    if (listed > 0)
        corm__buffer_text(&preview->text, " changed");
    corm__preview_moves(preview, object);
    if (preview->text.size == before)
        return false;
    corm__preview_besides(preview, mapper, columns);
    return true;
}

static void corm__preview_insert(corm__preview *preview, void *object)
{
    corm__buffer_text(&preview->text, "new");
    corm__preview_moves(preview, object);
}

/* ---- Items ----------------------------------------------------------------------------------- */

/* Takes the text in preview->text as one item. */
static bool corm__preview_push(corm__preview *preview, const char *statement, const char *table,
                               void *object)
{
    corm_session *session = preview->session;
    if (preview->count == preview->capacity) {
        size_t capacity = preview->capacity == 0 ? 16 : preview->capacity * 2;
        corm_planned *grown = corm__heap_allocate(&session->heap, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        if (preview->count > 0)
            memcpy(grown, preview->items, preview->count * sizeof *grown);
        corm__retire(session, grown, capacity * sizeof *grown);
        preview->items = grown;
        preview->capacity = capacity;
    }
    char *text = preview->text.failed
                     ? NULL
                     : corm__heap_text(&session->heap, preview->text.data, preview->text.size);
    if (text == NULL)
        return false;
    corm__retire(session, text, preview->text.size + 1);
    preview->items[preview->count++] = (corm_planned){statement, table, object, text};
    return true;
}

static bool corm__preview_object(corm__preview *preview, const char *statement, void *object)
{
    const corm__record *record = corm__record_of(object);
    bool worth = true;
    corm__buffer_clear(&preview->text);
    corm__buffer_format(&preview->text, "%s ", statement);
    corm__preview_row(&preview->text, object);
    corm__buffer_text(&preview->text, ": ");
    if (record->flags & CORM__DOOMED)
        corm__preview_delete(preview, object);
    else if (record->state == CORM_STATE_PENDING)
        corm__preview_insert(preview, object);
    else
        worth = corm__preview_update(preview, object);
    return !worth ||
           corm__preview_push(preview, statement, corm__mapper_at(object)->model->table, object);
}

static bool corm__preview_link(corm__preview *preview, const corm__relation *relation, void *object,
                               void *item, bool insert)
{
    const char *table = relation->association->table, *verb = insert ? "INSERT" : "DELETE";
    corm__buffer_clear(&preview->text);
    corm__buffer_format(&preview->text, "%s %s: ", verb, table);
    corm__preview_row(&preview->text, object);
    corm__buffer_text(&preview->text, insert ? " linked to " : " unlinked from ");
    corm__preview_row(&preview->text, item);
    return corm__preview_push(preview, verb, table, object);
}

/* The links of one object that are written or deleted. */
static bool corm__preview_links(corm__preview *preview, void *object, bool insert)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t r = 0; r < mapper->relation_count; r++) {
        const corm__relation *relation = mapper->relations[r];
        if (relation->association == NULL || relation->side != 0)
            continue;
        const corm__link *link = corm__link_if(object, relation);
        bool stored = corm__has_row(corm__record_of(object));
        if (link == NULL || (stored && link->changes == NULL) || (!stored && !insert))
            continue;
        void **items = !stored  ? link->items
                       : insert ? link->changes->added
                                : link->changes->removed;
        uint32_t count = !stored  ? link->count
                         : insert ? link->changes->added_count
                                  : link->changes->removed_count;
        for (uint32_t i = 0; i < count; i++) {
            if (corm__is_in_session(corm__record_of(items[i])) &&
                !(corm__record_of(items[i])->flags & CORM__DOOMED) &&
                !corm__preview_link(preview, relation, object, items[i], insert))
                return false;
        }
    }
    return true;
}

/* References of a circle: set by a second UPDATE, or cut before the rows are deleted. */
static bool corm__preview_circle(corm__preview *preview, const corm__cut *cut, const char *why)
{
    corm__buffer_clear(&preview->text);
    corm__buffer_text(&preview->text, "UPDATE ");
    corm__preview_row(&preview->text, cut->child);
    corm__buffer_format(&preview->text, ": %s %s ", cut->relation->name, why);
    corm__preview_row(&preview->text, cut->parent);
    return corm__preview_push(preview, "UPDATE", corm__mapper_at(cut->child)->model->table,
                              cut->child);
}

/* All links of the objects that are deleted. */
static bool corm__preview_unlinks(corm__preview *preview)
{
    const corm__registry *registry = preview->session->registry;
    for (size_t a = 0; a < registry->association_count; a++) {
        const corm__association *association = registry->associations[a];
        for (unsigned side = 0; side < 2; side++) {
            const corm__mapper *mapper = association->sides[side]->source;
            const corm__vector *deletes = &preview->plan->works[mapper->index].deletes;
            for (size_t i = 0; i < deletes->count; i++) {
                corm__buffer_clear(&preview->text);
                corm__buffer_format(&preview->text, "DELETE %s: links of ", association->table);
                corm__preview_row(&preview->text, deletes->items[i]);
                corm__buffer_text(&preview->text, ", which is deleted");
                if (!corm__preview_push(preview, "DELETE", association->table, deletes->items[i]))
                    return false;
            }
        }
    }
    return true;
}

static corm_status corm__preview_plan(corm__preview *preview)
{
    corm_session *session = preview->session;
    corm__plan *plan = preview->plan;
    bool fits = true;
    for (size_t i = 0; i < plan->saves.count && fits; i++) {
        void *object = plan->saves.items[i];
        const corm__record *record = corm__record_of(object);
        if (record->flags & CORM__DOOMED)
            continue;
        bool is_new = record->state == CORM_STATE_PENDING;
        fits = corm__preview_object(
            preview, is_new && corm__switched(session, object) == NULL ? "INSERT" : "UPDATE",
            object);
    }
    for (size_t i = 0; i < plan->deferred_count && fits; i++)
        fits = corm__preview_circle(preview, &plan->deferred[i], "closes the circle with");
    for (int insert = 0; insert < 2; insert++) {
        for (size_t i = 0; i < session->linked.count && fits; i++) {
            void *object = session->linked.items[i];
            if (object != NULL && !(corm__record_of(object)->flags & CORM__DOOMED))
                fits = corm__preview_links(preview, object, insert == 1);
        }
    }
    fits = fits && corm__preview_unlinks(preview);
    for (size_t i = 0; i < plan->loosened_count && fits; i++)
        fits = corm__preview_circle(preview, &plan->loosened[i], "cut from");
    for (size_t i = 0; i < plan->deletes.count && fits; i++)
        fits = corm__preview_object(preview, "DELETE", plan->deletes.items[i]);
    return fits ? CORM_OK : corm__no_memory(session);
}

CORM_API corm_plan corm_session_plan(corm_session *session)
{
    CORM__ENTER(session, (corm_plan){NULL, 0});
    corm__plan plan = {0};
    corm_plan out = {NULL, 0};
    corm__preview preview = {session, &plan, NULL, 0, 0, {NULL, 0, 0, false}};
    corm_status status = corm__usable(session);
    if (status != CORM_OK) {
        (void)corm__ended(status);
        return out;
    }
    corm__scratch_begin(session);
    status = corm__plan_make(session, &plan);
    if (status == CORM_OK)
        status = corm__plan_arrange(session, &plan);
    if (status == CORM_OK)
        status = corm__preview_plan(&preview);
    corm__plan_free(session, &plan);
    corm__scratch_end(session);
    corm__buffer_free(&preview.text);
    if (corm__ended(status) == CORM_OK)
        out = (corm_plan){preview.items, preview.count};
    return out;
}

#endif /* CORM__ROOM_PREVIEW_C */

/* ---- src/session.c --------------------------------------------------------------------------- */

/* session.c: opening, clearing and closing sessions.
 *
 * Owns: the life of a session and of all its memory; running a unit of work again after a conflict.
 * Must not know: what is done with single objects, SQL. */
#ifndef CORM__ROOM_SESSION_C
#define CORM__ROOM_SESSION_C

#ifdef CORM_LINES
#line 9 "src/session.c"
#endif
/* ---- Opening and closing --------------------------------------------------------------------- */

static bool corm__session_stores(corm_session *session)
{
    size_t count = session->registry->count;
    session->stores = corm__allocate_zeroed(count, sizeof *session->stores);
    if (session->stores == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        session->stores[i].mapper = &session->registry->mappers[i];
    return true;
}

CORM_API corm_session *corm_session_open(corm_engine *engine, const corm_session_options *options)
{
    if (engine == NULL) {
        (void)corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_session_open: the engine is NULL");
        return NULL;
    }
    corm_session *session = corm__allocate_zeroed(1, sizeof *session);
    if (session == NULL) {
        (void)corm__fail(NULL, CORM_OUT_OF_MEMORY, "out of memory");
        return NULL;
    }
    session->engine = engine;
    session->generation = session->links_generation = session->epoch = 1;
    session->echo = engine->options.echo;
    session->echo_times = true;
    if (options != NULL)
        session->options = *options;
    session->hooks = corm__hooks_in(session->options.hooks);
    corm_status status = corm__engine_attach(engine);
    if (engine->registry != NULL)
        session->registry = corm__registry_retain(engine->registry);
    if (status != CORM_OK) {
        session->error = engine->error;
        session->poison = status;
        session->poisoned_for_good = true;
    }
    if (session->registry != NULL && !corm__session_stores(session)) {
        (void)corm__fail(NULL, CORM_OUT_OF_MEMORY, "out of memory");
        corm__registry_release(session->registry);
        corm__engine_detach(engine);
        corm__free(session);
        return NULL;
    }
    corm__status = status;
    return session;
}

CORM_API corm_session *corm_session_open_owning(corm_engine *engine)
{
    corm_session *session = corm_session_open(engine, NULL);
    if (session != NULL)
        session->owns_engine = true;
    else
        (void)corm_engine_close(engine);
    return session;
}

/* Frees all objects, lists and texts; the transaction must be over. */
static void corm__session_empty(corm_session *session)
{
    if (session->registry != NULL)
        corm__slabs_free(session);
    corm__heap_reset(&session->heap);
    corm__arena_reset(&session->scratch);
    corm__arena_reset(&session->journal_memory);
    session->journal_count = session->mark_count = 0;
    session->retired_count = session->retired_mark = 0;
    session->pending.count = session->deleted.count = session->linked.count = 0;
    session->touched = 0;
}

CORM_API void corm_session_close(corm_session *session)
{
    if (session == NULL ||
        corm__forbidden(session, CORM__BOUND_END, "corm_session_close") != CORM_OK)
        return;
    CORM__ENTER_LAST(session);
    if (!session->poisoned_for_good)
        (void)corm__undo_all(session);
    corm__session_empty(session);
    corm__heap_free(&session->heap);
    corm__arena_free(&session->scratch);
    corm__arena_free(&session->journal_memory);
    corm__buffer_free(&session->sql);
    corm__vector_free(&session->blocks);
    corm__vector_free(&session->pending);
    corm__vector_free(&session->deleted);
    corm__vector_free(&session->linked);
    corm__vector_free(&session->adopted);
    corm__free(session->journal);
    corm__free(session->marks);
    corm__free(session->retired);
    corm__free(session->stores);
    corm__registry_release(session->registry);
    corm_engine *engine = session->engine;
    bool owner = session->owns_engine;
    corm__free(session);
    corm__engine_detach(engine);
    if (owner)
        (void)corm_engine_close(engine);
}

CORM_API corm_status corm_clear(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm_rollback(session);
    if (status != CORM_OK)
        return status;
    corm__session_empty(session);
    session->epoch++;
    return corm__ended(CORM_OK);
}

CORM_API void corm_free_lists(corm_session *session)
{
    CORM__ENTER(session, );
    if (session == NULL || corm__forbidden(session, CORM__BOUND_ALL, "corm_free_lists") != CORM_OK)
        return;
    for (size_t i = 0; i < session->retired_count; i++)
        corm__heap_release(&session->heap, session->retired[i].block, session->retired[i].size);
    session->retired_count = session->retired_mark = 0;
    session->epoch++;
}

CORM_API corm_status corm_run(corm_engine *engine,
                              corm_status (*work)(corm_session *session, void *argument),
                              void *argument)
{
    enum { TRIES = 10 };
    corm_status status = CORM_NULL_ARGUMENT;
    if (engine == NULL || work == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_run: the engine or the function is NULL");
    for (int i = 0; i < TRIES; i++) {
        /* after a conflict, begin as a writer: then it is this one's turn */
        corm_session *session = corm_session_open(engine, &(corm_session_options){.writer = i > 0});
        if (session == NULL)
            return corm__ended(CORM_OUT_OF_MEMORY);
        status = session->poisoned_for_good ? session->poison : work(session, argument);
        corm_status first = session->poison;
        if (status == CORM_OK)
            status = corm_commit(session);
        if (status == CORM_PENDING_ROLLBACK && first != CORM_OK)
            status = first;
        if (status != CORM_OK && session->error.status != CORM_OK)
            corm__thread_error = session->error;
        else if (status != CORM_OK)
            (void)corm__fail(NULL, status, "corm_run: the function gave up: %s",
                             corm_status_text(status));
        bool again = status == CORM_CONFLICT || status == CORM_BUSY || status == CORM_STALE_DATA ||
                     first == CORM_CONFLICT || first == CORM_BUSY || first == CORM_STALE_DATA;
        corm_session_close(session);
        if (!again)
            break;
    }
    return corm__ended(status);
}

#endif /* CORM__ROOM_SESSION_C */

/* ---- src/create.c ---------------------------------------------------------------------------- */

/* create.c: objects that the program makes and hands in.
 *
 * Owns: checking every object that comes from the program, new objects with defaults and unset
 * columns, texts.
 * Must not know: SQL, relationships. */
#ifndef CORM__ROOM_CREATE_C
#define CORM__ROOM_CREATE_C

#ifdef CORM_LINES
#line 10 "src/create.c"
#endif
/* ---- Checking what comes in ------------------------------------------------------------------ */

/* The record of an object that the program names, or NULL with the error recorded. A NULL object
 * makes the session wait for rollback, so that a failed corm_new is noticed at the commit. */
static corm__record *corm__object_in(corm_session *session, const void *object, const char *call)
{
    if (object == NULL) {
        if (session != NULL)
            (void)corm__poison(session, CORM_NULL_ARGUMENT, "%s: the object is NULL", call);
        else
            (void)corm__fail(NULL, CORM_NULL_ARGUMENT, "%s: the object is NULL", call);
        return NULL;
    }
    corm__record *record = corm__recognise(object);
    if (record == NULL)
        (void)corm__fail(session, CORM_NOT_AN_OBJECT,
                         "%s: the pointer is not an object of corm: it comes from neither corm_new "
                         "nor a query (a copy is none)",
                         call);
    return record;
}

/* The same for calls that name the session too: the object belongs to it or to nobody. */
static corm__record *corm__object_of(corm_session *session, const void *object, const char *call)
{
    char label[CORM__LABEL_SIZE];
    if (session == NULL) {
        (void)corm__fail(NULL, CORM_NULL_ARGUMENT, "%s: the session is NULL", call);
        return NULL;
    }
    if (session->registry == NULL) {
        corm__status = session->poison;
        return NULL;
    }
    if (corm__forbidden(session, CORM__BOUND_ALL, call) != CORM_OK)
        return NULL;
    corm__record *record = corm__object_in(session, object, call);
    if (record == NULL || record->session == NULL || record->session == session)
        return record;
    (void)corm__fail(session, CORM_OTHER_SESSION,
                     "%s: %s belongs to another session: expunge it there first", call,
                     corm__label(object, label));
    return NULL;
}

static corm_status corm__not_persistent(corm_session *session, const void *object, const char *call)
{
    char label[CORM__LABEL_SIZE];
    return corm__fail(session, CORM_NOT_PERSISTENT, "%s: %s is not persistent in this session",
                      call, corm__label(object, label));
}

/* ---- New ------------------------------------------------------------------------------------- */

CORM_API void *corm_object_new(corm_session *session, const corm_model *model)
{
    CORM__ENTER(session, NULL);
    if (session == NULL || model == NULL) {
        (void)corm__fail(session, CORM_NULL_ARGUMENT, "corm_new: the session or the model is NULL");
        return NULL;
    }
    corm__mapper *mapper =
        session->registry == NULL ? NULL : corm__mapper_of(session->registry, model);
    if (mapper == NULL) {
        (void)corm__fail(session, CORM_WRONG_MODEL,
                         "corm_new: %s is no model of the engine's schema", model->name);
        return NULL;
    }
    void *object = corm__object_take(session, mapper);
    if (object == NULL) {
        (void)corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory: no new %s", model->name);
        return NULL;
    }
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        if (corm__has_sentinel(&mapper->columns[i]))
            corm__sentinel_fill(&mapper->columns[i], object);
        else
            corm__default_fill(&mapper->columns[i], object);
    }
    return object;
}

CORM_API void *corm_object_made(void *object)
{
    corm__record *record = object == NULL ? NULL : corm__recognise(object);
    if (record == NULL || record->session == NULL || record->state != CORM_STATE_TRANSIENT)
        return NULL; /* the error was recorded when it was begun */
    corm_session *session = record->session;
    CORM__ENTER(session, NULL);
    corm__mapper *mapper = corm__mapper_at(object);
    void *snapshot = corm__snapshot_of(object);
    memset(snapshot, 0, mapper->size);
    unsigned place = mapper->column_count; /* of the bit that corm__default_bit gives */
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        bool left_out = corm__sentinel_is(column, object), has_default = corm__has_default(column);
        if (left_out && has_default) {
            corm__default_fill(column, object);
            record->as.unset |= place < CORM__COLUMN_MAX ? UINT64_C(1) << place : 0;
        } else if (left_out) {
            corm__member_clear(column, object);
            record->as.unset |= UINT64_C(1) << i;
        }
        place += has_default;
        if (!corm__member_own(session, column, object, snapshot)) {
            for (uint16_t k = i; k < mapper->column_count; k++)
                corm__member_clear(&mapper->columns[k], object);
            corm__object_drop(session, object);
            (void)corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory: no new %s",
                               mapper->model->name);
            return NULL;
        }
    }
    memcpy(snapshot, object, mapper->size);
    corm__status = CORM_OK;
    return object;
}

enum { CORM__MAKING_MAX = 16 };
static CORM__PER_THREAD void *corm__making[CORM__MAKING_MAX];
static CORM__PER_THREAD size_t corm__making_count;
static CORM__PER_THREAD union {
    char bytes[CORM__SLAB_SIZE];
    int64_t integer;
    double real;
    void *pointer;
} corm__making_scratch; /* what assignments go to when there is no object */

CORM_API void corm_object_making(corm_session *session, const corm_model *model)
{
    void *object = NULL;
    if (corm__making_count < CORM__MAKING_MAX)
        object = corm_object_new(session, model);
    else
        (void)corm__poison(session, CORM_MISUSE, "corm_new: more than %d inside each other",
                           (int)CORM__MAKING_MAX);
    if (corm__making_count < CORM__MAKING_MAX)
        corm__making[corm__making_count] = object;
    corm__making_count++;
}

CORM_API void *corm_object_in_making(void)
{
    size_t i = corm__making_count;
    void *object = i > 0 && i <= CORM__MAKING_MAX ? corm__making[i - 1] : NULL;
    return object != NULL ? object : corm__making_scratch.bytes;
}

CORM_API void *corm_object_made_last(void)
{
    size_t i = corm__making_count;
    if (i == 0)
        return NULL;
    corm__making_count--;
    return i <= CORM__MAKING_MAX ? corm_object_made(corm__making[i - 1]) : NULL;
}

CORM_API const char *corm_text(corm_session *session, const char *format, ...)
{
    CORM__ENTER(session, NULL);
    va_list arguments, again;
    if (session == NULL || format == NULL) {
        (void)corm__fail(session, CORM_NULL_ARGUMENT,
                         "corm_text: the session or the format is NULL");
        return NULL;
    }
    va_start(arguments, format);
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = size < 0 ? NULL : corm__heap_allocate(&session->heap, (size_t)size + 1);
    if (text != NULL) {
        (void)vsnprintf(text, (size_t)size + 1, format, again);
        corm__retire(session, text, (size_t)size + 1);
        corm__status = CORM_OK;
    } else if (size < 0) {
        (void)corm__fail(session, CORM_MISUSE, "corm_text: the format cannot be written");
    } else {
        (void)corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory: no text of %d bytes", size);
    }
    va_end(again);
    return text;
}

#endif /* CORM__ROOM_CREATE_C */

/* ---- src/lifecycle.c ------------------------------------------------------------------------- */

/* lifecycle.c: what is done with single objects.
 *
 * Owns: adding, deleting, expiring, refreshing, expunging and freeing objects, and asking about
 * them.
 * Must not know: SQL. */
#ifndef CORM__ROOM_LIFECYCLE_C
#define CORM__ROOM_LIFECYCLE_C

#ifdef CORM_LINES
#line 11 "src/lifecycle.c"
#endif
/* ---- Add and delete -------------------------------------------------------------------------- */

CORM_API corm_status corm_add(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__record *record = corm__object_of(session, object, "corm_add");
    if (record == NULL)
        return corm__status;
    if (record->flags & CORM__MARKED_DELETED) {
        record->flags &= (uint16_t)~CORM__MARKED_DELETED;
        size_t i = corm__index_of(session->deleted.items, session->deleted.count, object);
        if (i < session->deleted.count)
            session->deleted.items[i] = NULL;
    }
    return corm__ended(corm__save(session, object));
}

static corm_status corm__mark_deleted(corm_session *session, void *object, bool cascaded)
{
    corm__record *record = corm__record_of(object);
    if (!corm__has_row(record) || (record->flags & CORM__MARKED_DELETED))
        return CORM_OK;
    if (!corm__vector_push(&session->deleted, object))
        return corm__no_memory(session);
    record->flags &= (uint16_t) ~(CORM__PLACED | CORM__CASCADED);
    record->flags |= (uint16_t)(CORM__MARKED_DELETED | (cascaded ? CORM__CASCADED : 0));
    return CORM_OK;
}

/* Deleting reads what goes along, and the object itself with it: its members and its key are known
 * until the flush. */
static corm_status corm__know_deleted(corm_session *session, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    bool reads = false;
    for (uint16_t i = 0; i < mapper->relation_count; i++)
        reads = reads || ((mapper->relations[i]->cascade & CORM_CASCADE_DELETE) &&
                          !mapper->relations[i]->passive_deletes);
    if (!reads || session->poison != CORM_OK || !corm__has_row(corm__record_of(object)))
        return CORM_OK;
    corm_status status = corm__make_current(session, object);
    return status == CORM_ROW_MISSING ? CORM_OK : status;
}

CORM_API corm_status corm_delete(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__walk walk = {CORM_CASCADE_DELETE, true, false, {NULL, 0, 0}, {NULL, 0, 0}};
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__object_of(session, object, "corm_delete");
    if (record == NULL)
        return corm__status;
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING)
        return corm__ended(corm__fail(
            session, CORM_NOT_PERSISTED, "corm_delete: %s has no row yet%s",
            corm__label(object, label), record->state == CORM_STATE_PENDING ? ": expunge it" : ""));
    if (record->state == CORM_STATE_DELETED ||
        (record->flags & (CORM__MARKED_DELETED | CORM__GONE)))
        return corm__ended(CORM_OK);
    corm_status status =
        record->state == CORM_STATE_DETACHED ? corm__save(session, object) : CORM_OK;
    if (status == CORM_OK)
        status = corm__know_deleted(session, object);
    if (status == CORM_OK)
        status = corm__walk_run(session, &walk, object);
    for (size_t i = 0; i < walk.found.count && status == CORM_OK; i++)
        status = corm__mark_deleted(session, walk.found.items[i], i > 0);
    corm__walk_free(&walk);
    return corm__ended(status);
}

/* ---- Expire, refresh, current ---------------------------------------------------------------- */

/* The object's members and relationships are to be loaded again; unflushed changes are dropped. */
static corm_status corm__expire_one(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    corm_status status = corm__links_revert(session, object);
    corm__struct_restore(corm__mapper_at(object), object, corm__snapshot_of(object));
    if (record->extra != NULL)
        record->extra->touched = record->extra->unset = record->extra->expired = 0;
    record->generation = 0;
    return status;
}

static corm_status corm__expire_cascade(corm_session *session, void *object)
{
    corm__walk walk = {CORM_CASCADE_REFRESH_EXPIRE, false, false, {NULL, 0, 0}, {NULL, 0, 0}};
    corm_status status = corm__walk_run(session, &walk, object);
    for (size_t i = 0; i < walk.found.count && status == CORM_OK; i++) {
        if (corm__has_row(corm__record_of(walk.found.items[i])))
            status = corm__expire_one(session, walk.found.items[i]);
    }
    corm__walk_free(&walk);
    return status;
}

CORM_API corm_status corm_expire(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__record *record = corm__object_of(session, object, "corm_expire");
    if (record == NULL)
        return corm__status;
    if (!corm__has_row(record))
        return corm__ended(corm__not_persistent(session, object, "corm_expire"));
    return corm__ended(corm__expire_cascade(session, object));
}

/* The column's index in the object's model; -1 with the error recorded. */
static int corm__column_in(corm_session *session, const void *object, corm_column_ref column)
{
    const corm_model *model = corm__mapper_at(object)->model;
    if (column.model == model && column.index < model->column_count)
        return (int)column.index;
    (void)corm__fail(session, CORM_WRONG_MODEL, "the column is one of %s, the object is of %s",
                     column.model == NULL ? "no model" : column.model->name, model->name);
    return -1;
}

CORM_API corm_status corm_expire_column(corm_session *session, void *object, corm_column_ref column)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__record *record = corm__object_of(session, object, "corm_expire_column");
    if (record == NULL)
        return corm__status;
    if (!corm__has_row(record))
        return corm__ended(corm__not_persistent(session, object, "corm_expire_column"));
    int index = corm__column_in(session, object, column);
    if (index < 0)
        return corm__status;
    corm__extra *extra = corm__extra_of(object);
    if (extra == NULL)
        return corm__ended(corm__no_memory(session));
    uint64_t bit = UINT64_C(1) << index;
    corm__member_copy(&corm__mapper_at(object)->columns[index], object, corm__snapshot_of(object));
    extra->touched &= ~bit;
    extra->unset &= ~bit;
    extra->expired |= bit;
    return corm__ended(CORM_OK);
}

static corm_status corm__expire_visit(corm_session *session, void *object, void *argument)
{
    (void)argument;
    return corm__has_row(corm__record_of(object)) ? corm__expire_one(session, object) : CORM_OK;
}

CORM_API corm_status corm_expire_all(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    if (session == NULL || session->registry == NULL)
        return corm__fail(session, CORM_NULL_ARGUMENT, "corm_expire_all: no session");
    if (corm__forbidden(session, CORM__BOUND_ALL, "corm_expire_all") != CORM_OK)
        return corm__status;
    corm_status status = corm__each_object(session, corm__expire_visit, NULL);
    session->links_generation = corm__next_generation(session->links_generation);
    return corm__ended(status);
}

static corm_status corm__row_missing(corm_session *session, const void *object)
{
    char label[CORM__LABEL_SIZE];
    return corm__fail(session, CORM_ROW_MISSING, "%s: the row of %s is gone",
                      corm__mapper_at(object)->model->table, corm__label(object, label));
}

/* Reads the row of an expired object again, with what is declared to come with it. */
static corm_status corm__refresh(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__key key;
    void *found = NULL;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    corm_status status = corm__load_whole(session, mapper, key.values, &found);
    return status == CORM_OK && found != object ? CORM_ROW_MISSING : status;
}

CORM_API corm_status corm_refresh(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__record *record = corm__object_of(session, object, "corm_refresh");
    if (record == NULL)
        return corm__status;
    if (!corm__has_row(record))
        return corm__ended(corm__not_persistent(session, object, "corm_refresh"));
    corm_status status = corm__usable(session);
    if (status == CORM_OK)
        status = corm__expire_cascade(session, object);
    if (status == CORM_OK)
        status = corm__autoflush(session);
    if (status == CORM_OK)
        status = corm__refresh(session, object);
    return corm__ended(status == CORM_ROW_MISSING ? corm__row_missing(session, object) : status);
}

CORM_API corm_status corm_current(void *object)
{
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__object_in(NULL, object, "corm_current");
    if (record == NULL)
        return corm__status;
    CORM__ENTER(record->session, CORM_MISUSE);
    corm_session *session = record->session;
    if (record->state == CORM_STATE_DETACHED && (session == NULL || record->generation == 0))
        return corm__ended(record->generation != 0
                               ? CORM_OK
                               : corm__fail(session, CORM_DETACHED,
                                            "%s is detached and expired: add it to a session first",
                                            corm__label(object, label)));
    if (!corm__has_row(record) ||
        (!corm__is_expired(record) && (record->extra == NULL || record->extra->expired == 0)))
        return corm__ended(CORM_OK);
    corm_status status = corm__autoflush(session);
    if (status == CORM_OK)
        status = corm__make_current(session, object);
    return corm__ended(status == CORM_ROW_MISSING ? corm__row_missing(session, object) : status);
}

/* ---- Expunge and free ------------------------------------------------------------------------ */

/* Takes an object out of every list of the session. */
static void corm__strike(corm_session *session, void *object)
{
    corm__vector *lists[] = {&session->pending, &session->deleted, &session->linked};
    corm__record *record = corm__record_of(object);
    static const uint16_t flags[] = {CORM__PENDING_LISTED, CORM__MARKED_DELETED, CORM__DIRTY_LINKS};
    for (size_t i = 0; i < 3; i++) {
        if (!(record->flags & flags[i]))
            continue;
        size_t place = corm__index_of(lists[i]->items, lists[i]->count, object);
        if (place < lists[i]->count)
            lists[i]->items[place] = NULL;
    }
    record->flags &= (uint16_t) ~(CORM__PENDING_LISTED | CORM__MARKED_DELETED | CORM__DIRTY_LINKS);
}

/* Cuts the links between objects that leave (VISITED) and others that stay, at the end that this
 * object has. */
static corm_status corm__sever(corm_session *session, void *object, void *argument)
{
    (void)argument;
    corm__record *record = corm__record_of(object);
    bool leaving = record->flags & CORM__VISITED;
    for (uint16_t i = 0; record->extra != NULL && i < record->extra->link_count; i++) {
        corm__link *link = &record->extra->links[i];
        bool incomplete = false;
        for (uint32_t k = link->count; k > 0; k--) {
            corm__record *item = corm__record_of(link->items[k - 1]);
            if (((item->flags & CORM__VISITED) != 0) == leaving)
                continue;
            incomplete = incomplete || (corm__has_row(record) && corm__has_row(item));
            if (!corm__items_erase(session, link, link->items[k - 1]))
                return corm__no_memory(session);
        }
        if (incomplete && !leaving) /* the row is still there: the list is loaded anew */
            corm__items_clear(session, link);
        if (link->target != NULL &&
            ((corm__record_of(link->target)->flags & CORM__VISITED) != 0) != leaving) {
            link->target = NULL;
            link->loaded = false;
            link->changed = false;
        }
        corm__changes *c = link->changes;
        for (uint32_t k = c == NULL ? 0 : c->added_count; k > 0; k--) {
            if (((corm__record_of(c->added[k - 1])->flags & CORM__VISITED) != 0) != leaving)
                (void)corm__array_erase(c->added, &c->added_count, c->added[k - 1]);
        }
        for (uint32_t k = c == NULL ? 0 : c->removed_count; k > 0; k--) {
            if (((corm__record_of(c->removed[k - 1])->flags & CORM__VISITED) != 0) != leaving)
                (void)corm__array_erase(c->removed, &c->removed_count, c->removed[k - 1]);
        }
    }
    return CORM_OK;
}

/* Entries of the journal about these objects are void: they keep what they have. */
static void corm__journal_strike(corm_session *session)
{
    size_t kept = 0;
    for (size_t i = 0; i < session->journal_count; i++) {
        corm__record *record = corm__record_of(session->journal[i].object);
        if (!(record->flags & CORM__VISITED)) {
            if (session->journal[i].image != NULL)
                session->journal[i].image->place = kept;
            session->journal[kept++] = session->journal[i];
            continue;
        }
        for (size_t m = 0; m < session->mark_count; m++)
            session->marks[m].journal_count -= session->marks[m].journal_count > kept ? 1 : 0;
    }
    session->journal_count = kept;
}

/* Forgets objects of other sessions' slabs that do not belong to this session any more. */
static void corm__adopted_compact(corm_session *session)
{
    size_t kept = 0;
    for (size_t i = 0; i < session->adopted.count; i++) {
        void *object = session->adopted.items[i];
        if (corm__record_of(object)->session == session)
            session->adopted.items[kept++] = object;
    }
    session->adopted.count = kept;
}

/* Hands these objects to the program, all or none. */
static corm_status corm__release_objects(corm_session *session, corm__vector *objects, bool all)
{
    corm_status status = CORM_OK;
    size_t packed = 0;
    corm__luggage *luggage = corm__allocate_zeroed(objects->count + 1, sizeof *luggage);
    for (size_t i = 0; i < objects->count; i++)
        corm__record_of(objects->items[i])->flags |= CORM__VISITED;
    if (luggage == NULL)
        status = corm__no_memory(session);
    if (status == CORM_OK && !all)
        status = corm__each_object(session, corm__sever, NULL);
    while (status == CORM_OK && packed < objects->count) {
        corm__extra *extra = corm__record_of(objects->items[packed])->extra;
        if (extra != NULL && corm__has_row(corm__record_of(objects->items[packed])) &&
            extra->generation != session->links_generation)
            corm__links_reset(session, extra); /* expired: nobody could load it again */
        if (corm__luggage_pack(objects->items[packed], &luggage[packed]))
            packed++;
        else
            status = corm__no_memory(session);
    }
    if (status == CORM_OK)
        corm__journal_strike(session);
    for (size_t i = 0; i < objects->count; i++)
        corm__record_of(objects->items[i])->flags &= (uint16_t)~CORM__VISITED;
    for (size_t i = 0; i < packed; i++) {
        void *object = objects->items[i];
        corm__record *record = corm__record_of(object);
        if (status != CORM_OK) {
            corm__luggage_free(&luggage[i]);
            continue;
        }
        /* what was deleted has no row that could be newer */
        bool expired = corm__is_expired(record) && !(record->flags & CORM__GONE);
        if (corm__has_row(record))
            corm__identity_leave(session, corm__mapper_at(object), object);
        corm__strike(session, object);
        record->state = record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING
                            ? CORM_STATE_TRANSIENT
                            : CORM_STATE_DETACHED;
        corm__object_leave(session, object, &luggage[i]);
        record->generation = expired ? 0 : 1;
    }
    corm__free(luggage);
    corm__adopted_compact(session);
    session->epoch++; /* batches may name objects that are not the session's any more */
    return status;
}

CORM_API corm_status corm_expunge(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__walk walk = {CORM_CASCADE_EXPUNGE, false, false, {NULL, 0, 0}, {NULL, 0, 0}};
    char label[CORM__LABEL_SIZE];
    size_t kept = 0;
    corm__record *record = corm__object_of(session, object, "corm_expunge");
    if (record == NULL)
        return corm__status;
    if (!corm__is_in_session(record))
        return corm__ended(corm__fail(session, CORM_NOT_IN_SESSION,
                                      "corm_expunge: %s is not in this session",
                                      corm__label(object, label)));
    corm_status status = corm__walk_run(session, &walk, object);
    for (size_t i = 0; i < walk.found.count; i++) {
        if (corm__is_in_session(corm__record_of(walk.found.items[i])))
            walk.found.items[kept++] = walk.found.items[i];
    }
    walk.found.count = kept;
    if (status == CORM_OK)
        status = corm__release_objects(session, &walk.found, false);
    corm__walk_free(&walk);
    return corm__ended(status);
}

static corm_status corm__collect(corm_session *session, void *object, void *argument)
{
    return corm__vector_push(argument, object) ? CORM_OK : corm__no_memory(session);
}

CORM_API corm_status corm_expunge_all(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__vector all = {NULL, 0, 0};
    if (session == NULL || session->registry == NULL)
        return corm__fail(session, CORM_NULL_ARGUMENT, "corm_expunge_all: no session");
    if (corm__forbidden(session, CORM__BOUND_ALL, "corm_expunge_all") != CORM_OK)
        return corm__status;
    corm_status status = corm__each_object(session, corm__collect, &all);
    if (status == CORM_OK)
        status = corm__release_objects(session, &all, true);
    corm__vector_free(&all);
    return corm__ended(status);
}

/* A transient or detached object that lies in a session's memory without being in it: nothing may
 * point at it any more. */
static corm_status corm__free_inside(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    record->flags |= CORM__VISITED;
    corm_status status = corm__each_object(session, corm__sever, NULL);
    corm__journal_strike(session);
    record->flags &= (uint16_t)~CORM__VISITED;
    if (status != CORM_OK)
        return status;
    session->epoch++;
    corm__strike(session, object);
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++)
        corm__retire_member(session, &mapper->columns[i], corm__snapshot_of(object), NULL);
    corm__extra_drop(session, mapper, record->extra);
    record->extra = NULL;
    if (!(record->flags & CORM__ADOPTED)) {
        corm__object_drop(session, object);
        return CORM_OK;
    }
    record->session = NULL;
    corm__adopted_compact(session);
    corm__object_bury(object);
    return CORM_OK;
}

CORM_API corm_status corm_free(void *object)
{
    char label[CORM__LABEL_SIZE];
    if (object == NULL)
        return corm__ended(CORM_OK);
    corm__record *record = corm__object_in(NULL, object, "corm_free");
    if (record == NULL)
        return corm__status;
    CORM__ENTER(record->session, CORM_MISUSE);
    if (record->session == NULL) {
        corm__object_bury(object);
        return corm__ended(CORM_OK);
    }
    if (corm__forbidden(record->session, CORM__BOUND_ALL, "corm_free") != CORM_OK)
        return corm__status;
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_DETACHED)
        return corm__ended(corm__free_inside(record->session, object));
    return corm__ended(corm__fail(record->session, CORM_MISUSE,
                                  "corm_free: %s is in a session, which frees it: expunge it first",
                                  corm__label(object, label)));
}

/* ---- Asking ---------------------------------------------------------------------------------- */

CORM_API corm_object_state corm_state(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    return record == NULL ? CORM_STATE_NONE : (corm_object_state)record->state;
}

CORM_API bool corm_in_session(const corm_session *session, const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    return record != NULL && session != NULL && record->session == session &&
           corm__is_in_session(record);
}

CORM_API bool corm_is_marked_deleted(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    return record != NULL && (record->flags & CORM__MARKED_DELETED);
}

CORM_API bool corm_is_modified(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    if (record == NULL)
        return false;
    const corm__mapper *mapper = corm__mapper_at(object);
    if (corm__changed_columns(mapper, object, corm__snapshot_of(object), record) != 0)
        return true;
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING)
        return (~record->as.unset & (~UINT64_C(0) >> (CORM__COLUMN_MAX - mapper->column_count))) !=
               0;
    return record->extra != NULL && corm__links_changed((void *)(uintptr_t)object);
}

CORM_API corm_session *corm_session_of(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    return record == NULL ? NULL : record->session;
}

CORM_API const corm_model *corm_model_of(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    return record == NULL ? NULL : corm__mapper_at(object)->model;
}

CORM_API bool corm_object_is_unset(const void *object, corm_column_ref column)
{
    corm__record *record = object == NULL ? NULL : corm__recognise(object);
    int index = record == NULL ? -1 : corm__column_in(record->session, object, column);
    if (index < 0 || !(corm__unset_of(record) >> index & 1))
        return false;
    /* assigning a value ends it */
    return corm__member_equal(&corm__mapper_at(object)->columns[index], object,
                              corm__snapshot_of(object)) ||
           corm__has_row(record);
}

static void corm__snapshot_clear(corm_session *session, const corm__column *column, void *object)
{
    void *snapshot = corm__snapshot_of(object);
    if (session != NULL)
        corm__retire_member(session, column, snapshot, NULL);
    corm__member_clear(column, snapshot);
}

static corm_status corm__set_bits(void *object, corm_column_ref column, bool unset,
                                  const char *call)
{
    corm__record *record = corm__object_in(NULL, object, call);
    if (record == NULL)
        return corm__status;
    corm_session *session = record->session;
    CORM__ENTER(session, CORM_MISUSE);
    int index = corm__column_in(session, object, column);
    if (index < 0)
        return corm__status;
    if (session != NULL && session->running != NULL && object != session->running->object &&
        corm__forbidden(session, CORM__BOUND_ALL, call) != CORM_OK)
        return corm__status;
    uint64_t bit = UINT64_C(1) << index;
    const corm__column *column_info = &corm__mapper_at(object)->columns[index];
    if (unset)
        corm__member_clear(column_info, object);
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING) {
        record->as.unset &= ~(bit | corm__default_bit(corm__mapper_at(object), (uint16_t)index));
        record->as.unset |= unset ? bit : 0;
        if (unset) /* a member that differs from the snapshot would count as assigned */
            corm__snapshot_clear(session, column_info, object);
        return corm__ended(CORM_OK);
    }
    corm__extra *extra = corm__extra_of(object);
    if (extra == NULL)
        return corm__ended(corm__no_memory(session));
    if (session != NULL && (extra->touched | extra->unset) == 0)
        session->touched++;
    extra->unset = unset ? extra->unset | bit : extra->unset & ~bit;
    extra->touched = unset ? extra->touched & ~bit : extra->touched | bit;
    return corm__ended(CORM_OK);
}

CORM_API corm_status corm_object_touch(void *object, corm_column_ref column)
{
    return corm__set_bits(object, column, false, "corm_touch");
}

CORM_API corm_status corm_object_unset(void *object, corm_column_ref column)
{
    return corm__set_bits(object, column, true, "corm_unset");
}

#endif /* CORM__ROOM_LIFECYCLE_C */

/* ---- src/access.c ---------------------------------------------------------------------------- */

/* access.c: what programs read and change through relationships and queries.
 *
 * Owns: the public calls on relationships, get and queries: checking their arguments, flushing
 * before them, handing out lists.
 * Must not know: how anything is loaded or written. */
#ifndef CORM__ROOM_ACCESS_C
#define CORM__ROOM_ACCESS_C

#ifdef CORM_LINES
#line 10 "src/access.c"
#endif
/* ---- Arguments ------------------------------------------------------------------------------- */

/* The relation of a public reference as this object's model has it; NULL with the error
 * recorded. */
static corm__relation *corm__relation_in(corm_session *session, const void *object,
                                         corm_relationship_ref reference, int to_many)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__relation *relation = corm__relation_of(mapper->registry, reference);
    if (relation == NULL || relation->source != mapper) {
        (void)corm__fail(session, CORM_WRONG_MODEL,
                         "the relationship is one of %s, the object is of %s",
                         relation == NULL ? "another schema" : relation->source->model->name,
                         mapper->model->name);
        return NULL;
    }
    if (to_many >= 0 && relation->to_many != (to_many == 1)) {
        (void)corm__fail(session, CORM_MISUSE, "%s.%s is %s", mapper->model->name, relation->name,
                         relation->to_many ? "a collection" : "a single object");
        return NULL;
    }
    return relation;
}

/* The session that two objects share; one that belongs to nobody is taken into the other's. */
static corm_status corm__together(void *object, void *item, corm_session **out)
{
    corm__record *record = corm__record_of(object), *other = corm__record_of(item);
    char label[CORM__LABEL_SIZE];
    corm_session *session = record->session != NULL ? record->session : other->session;
    *out = session;
    if (session == NULL)
        return corm__fail(NULL, CORM_DETACHED,
                          "%s belongs to no session: add it to one before it is linked",
                          corm__label(object, label));
    corm_status status = corm__claim(session, object);
    return status == CORM_OK ? corm__claim(session, item) : status;
}

/* The stored reference decides what a change means, so it must be what is stored now. */
static corm_status corm__know_stored(corm_session *session, void *object)
{
    if (!corm__has_row(corm__record_of(object)) || session->poison != CORM_OK)
        return CORM_OK;
    corm_status status = corm__make_current(session, object);
    return status == CORM_ROW_MISSING ? CORM_OK : status;
}

static corm_status corm__linkable(corm_session *session, void *object)
{
    corm_status status = corm__not_deleted(session, object, "linked");
    if (status != CORM_OK)
        return status;
    corm__record_of(object)->flags &= (uint16_t)~CORM__LEFT;
    return corm__know_stored(session, object);
}

/* The session that one of two objects belongs to, before they are checked; each may be anything. */
static corm_session *corm__either(const void *object, const void *item)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    if (record != NULL && record->session != NULL)
        return record->session;
    record = item == NULL ? NULL : corm__recognise(item);
    return record == NULL ? NULL : record->session;
}

/* Both objects of a change, checked; *out the session. */
static corm_status corm__both(void *object, void *item, const char *call, corm_session **out)
{
    *out = corm__either(object, item);
    if (corm__forbidden(*out, CORM__BOUND_ALL, call) != CORM_OK ||
        corm__object_in(*out, object, call) == NULL || corm__object_in(*out, item, call) == NULL)
        return corm__status;
    return corm__together(object, item, out);
}

static corm_status corm__changeable(corm_session *session, const corm__relation *relation)
{
    if (!relation->view_only)
        return CORM_OK;
    return corm__fail(session, CORM_MISUSE,
                      "%s.%s is %s: change the relationship or the columns that it looks at",
                      relation->source->model->name, relation->name,
                      relation->filter_count > 0 ? "view-only, because it has a .filter"
                                                 : "declared .view_only");
}

static corm_status corm__item_fits(corm_session *session, const corm__relation *relation,
                                   const void *item)
{
    if (corm__mapper_at(item) == relation->target)
        return CORM_OK;
    return corm__fail(session, CORM_WRONG_MODEL, "%s.%s holds %s, the object is a %s",
                      relation->source->model->name, relation->name, relation->target->model->name,
                      corm__mapper_at(item)->model->name);
}

/* ---- Collections ----------------------------------------------------------------------------- */

CORM_API corm_list corm_related_list(void *object, corm_relationship_ref relationship)
{
    corm_list list = {NULL, 0};
    corm__link *link = NULL;
    corm__record *record = corm__object_in(NULL, object, "a collection");
    if (record == NULL)
        return list;
    CORM__ENTER(record->session, list);
    corm__relation *relation = corm__relation_in(record->session, object, relationship, 1);
    if (relation == NULL)
        return list;
    corm_status status = relation->lazy == CORM_LAZY_WRITE_ONLY
                             ? corm__write_only(record->session, object, relation)
                             : corm__list_ready(record->session, object, relation, true, &link);
    if (corm__ended(status) != CORM_OK)
        return list;
    link->handed = link->count > 0;
    list.items = link->items;
    list.count = link->count;
    return list;
}

CORM_API size_t corm_related_count(void *object, corm_relationship_ref relationship)
{
    int64_t rows = 0;
    corm__record *record = corm__object_in(NULL, object, "the count of a collection");
    if (record == NULL)
        return 0;
    CORM__ENTER(record->session, 0);
    corm_session *session = record->session;
    corm__relation *relation = corm__relation_in(session, object, relationship, 1);
    if (relation == NULL)
        return 0;
    if (relation->lazy == CORM_LAZY_WRITE_ONLY) {
        size_t count = 0;
        corm_status counted = corm__unloaded_count(session, object, relation, &count);
        return corm__ended(counted) == CORM_OK ? count : 0;
    }
    corm__link *link = corm__link_if(object, relation);
    bool count_here = session == NULL || !corm__has_row(record) ||
                      (link != NULL && (link->opened || (link->loaded && !link->prefetched)));
    corm_status status = count_here ? CORM_OK : corm__autoflush(session);
    link = corm__link_if(object, relation);
    if (count_here || session->linked.count > 0 ||
        (link != NULL && link->loaded && link->prefetched)) {
        corm_list list =
            status == CORM_OK ? corm_related_list(object, relationship) : (corm_list){NULL, 0};
        return list.count;
    }
    if (status == CORM_OK)
        status = corm__count_rows(session, object, relation, &rows);
    return corm__ended(status) == CORM_OK ? (size_t)rows : 0;
}

CORM_API bool corm_related_contains(void *object, corm_relationship_ref relationship,
                                    const void *item)
{
    CORM__ENTER(corm__either(object, NULL), false);
    corm__record *record = object == NULL ? NULL : corm__recognise(object);
    corm__relation *relation =
        record == NULL ? NULL : corm__relation_in(record->session, object, relationship, 1);
    if (relation != NULL && relation->lazy == CORM_LAZY_WRITE_ONLY) {
        bool contained = false;
        corm_status status = CORM_OK;
        if (item != NULL && corm__recognise(item) != NULL &&
            corm__mapper_at(item) == relation->target)
            status = corm__unloaded_contains(record->session, object, relation,
                                             (void *)(uintptr_t)item, &contained);
        return corm__ended(status) == CORM_OK && contained;
    }
    corm_list list = corm_related_list(object, relationship);
    return item != NULL && corm__index_of(list.items, list.count, item) < list.count;
}

static corm_status corm__append(corm_session *session, void *object, corm__relation *relation,
                                void *item)
{
    corm_status status = corm__changeable(session, relation);
    if (status == CORM_OK)
        status = corm__item_fits(session, relation, item);
    if (status == CORM_OK)
        status = corm__linkable(session, object);
    if (status == CORM_OK)
        status = corm__linkable(session, item);
    if (status == CORM_OK)
        status = corm__list_open(session, object, relation);
    if (status ==
        CORM_OK) /* first, so that a new item comes with the parent that it had until now */
        status = corm__cascade_link(session, object, relation, item);
    if (status == CORM_OK)
        status = relation->association != NULL ? corm__many_join(session, object, relation, item)
                                               : corm__pair_join(session, object, relation, item);
    if (status == CORM_OK && relation->association == NULL)
        status = corm__cascade_link(session, item, relation->inverse, object);
    return status;
}

CORM_API corm_status corm_related_append(void *object, corm_relationship_ref relationship,
                                         void *item)
{
    CORM__ENTER(corm__either(object, item), CORM_MISUSE);
    corm_session *session = NULL;
    corm_status status = corm__both(object, item, "append", &session);
    if (status != CORM_OK)
        return corm__ended(status);
    corm__relation *relation = corm__relation_in(session, object, relationship, 1);
    return relation == NULL ? corm__status
                            : corm__ended(corm__append(session, object, relation, item));
}

static corm_status corm__not_member(corm_session *session, void *object,
                                    const corm__relation *relation, void *item)
{
    char label[CORM__LABEL_SIZE], other[CORM__LABEL_SIZE];
    return corm__fail(session, CORM_NOT_MEMBER, "%s is not among the %s of %s",
                      corm__label(item, label), relation->name, corm__label(object, other));
}

/* Whether the link was appended without a look at what is stored. */
static bool corm__is_added_blindly(void *object, const corm__relation *relation, const void *item)
{
    const corm__link *link = corm__link_if(object, relation);
    return link != NULL && !link->loaded && link->changes != NULL &&
           corm__index_of(link->changes->added, link->changes->added_count, item) <
               link->changes->added_count;
}

static corm_status corm__remove_many(corm_session *session, void *object, corm__relation *relation,
                                     void *item)
{
    bool known = false, stored = false;
    corm__link *link = NULL;
    corm_status status = CORM_OK;
    bool linked = corm__is_linked(object, relation, item, &known);
    if (!linked && !known && relation->lazy == CORM_LAZY_WRITE_ONLY)
        status = corm__link_stored(session, relation, object, item, &linked);
    else if (!linked && !known) {
        status = corm__list_ready(session, object, relation, false, &link);
        if (status == CORM_OK)
            linked = corm__is_linked(object, relation, item, &known);
    }
    if (status != CORM_OK)
        return status;
    if (!linked)
        return corm__not_member(session, object, relation, item);
    if (corm__has_row(corm__record_of(item)) && corm__is_added_blindly(object, relation, item))
        status = corm__link_exists(session, relation, object, item, &stored);
    if (status == CORM_OK)
        status = corm__many_part(session, object, relation, item);
    /* once more: the first took the addition back, this one removes what is stored */
    if (status == CORM_OK && stored)
        status = corm__many_part(session, object, relation, item);
    return status;
}

static corm_status corm__remove(corm_session *session, void *object, corm__relation *relation,
                                void *item)
{
    bool known = false;
    corm_status status = corm__changeable(session, relation);
    if (status == CORM_OK)
        status = corm__item_fits(session, relation, item);
    if (status == CORM_OK)
        status = corm__know_stored(session, item);
    if (status == CORM_OK)
        status = corm__list_open(session, object, relation);
    if (status != CORM_OK)
        return status;
    if (relation->association != NULL)
        return corm__remove_many(session, object, relation, item);
    corm__link *link = corm__link_if(object, relation);
    bool listed = link != NULL && corm__index_of(link->items, link->count, item) < link->count;
    if (corm__one_now(session, item, relation->inverse, &known) == object && known)
        status = corm__pair_part(session, object, relation, item);
    else if (listed)
        status = corm__end_drop(session, object, relation, item);
    else
        return corm__not_member(session, object, relation, item);
    return status == CORM_OK ? corm__orphan_leave(session, relation, item) : status;
}

CORM_API corm_status corm_related_remove(void *object, corm_relationship_ref relationship,
                                         void *item)
{
    CORM__ENTER(corm__either(object, item), CORM_MISUSE);
    corm_session *session = NULL;
    corm_status status = corm__both(object, item, "remove", &session);
    if (status != CORM_OK)
        return corm__ended(status);
    corm__relation *relation = corm__relation_in(session, object, relationship, 1);
    return relation == NULL ? corm__status
                            : corm__ended(corm__remove(session, object, relation, item));
}

/* The order of a collection that was replaced is the order of the new items. */
static corm_status corm__arrange(corm_session *session, void *object, corm__relation *relation,
                                 void *const *items, size_t count)
{
    corm__link *link = corm__link_at(object, relation);
    corm__link arranged = {0};
    for (size_t i = 0; i < count; i++) {
        if (corm__index_of(arranged.items, arranged.count, items[i]) == arranged.count &&
            !corm__items_push(session, &arranged, items[i]))
            return corm__no_memory(session);
    }
    if (link->handed)
        corm__retire(session, link->items, link->capacity * sizeof(void *));
    else if (link->capacity > 0)
        corm__heap_release(&session->heap, link->items, link->capacity * sizeof(void *));
    link->items = arranged.items;
    link->count = arranged.count;
    link->capacity = arranged.capacity;
    link->handed = false;
    if (!corm__has_row(corm__record_of(object)))
        link->stamp = CORM__TOLD;
    return CORM_OK;
}

static corm_status corm__replace(corm_session *session, void *object, corm__relation *relation,
                                 void *const *items, size_t count)
{
    corm__link *link = NULL;
    corm__vector old = {NULL, 0, 0};
    corm_status status = corm__changeable(session, relation);
    if (status == CORM_OK)
        status = relation->lazy == CORM_LAZY_WRITE_ONLY
                     ? corm__write_only(session, object, relation)
                     : corm__list_ready(session, object, relation, false, &link);
    for (uint32_t i = 0; status == CORM_OK && i < link->count; i++)
        status = corm__vector_push(&old, link->items[i]) ? CORM_OK : corm__no_memory(session);
    for (size_t i = 0; i < count && status == CORM_OK; i++)
        status = corm__append(session, object, relation, items[i]);
    for (size_t i = 0; i < old.count && status == CORM_OK; i++) {
        if (corm__index_of(items, count, old.items[i]) == count)
            status = corm__remove(session, object, relation, old.items[i]);
    }
    if (status == CORM_OK)
        status = corm__arrange(session, object, relation, items, count);
    corm__vector_free(&old);
    return status;
}

CORM_API corm_status corm_related_replace(void *object, corm_relationship_ref relationship,
                                          void *const *items, size_t count)
{
    CORM__ENTER(corm__either(object, NULL), CORM_MISUSE);
    corm_status status = CORM_OK;
    corm_session *session = corm__either(object, NULL);
    if (corm__forbidden(session, CORM__BOUND_ALL, "replace") != CORM_OK ||
        corm__object_in(session, object, "replace") == NULL)
        return corm__status;
    if (items == NULL && count > 0)
        return corm__ended(
            corm__poison(session, CORM_NULL_ARGUMENT, "replace: the items are NULL"));
    for (size_t i = 0; i < count && status == CORM_OK; i++)
        status = corm__both(object, items[i], "replace", &session);
    if (status == CORM_OK && session == NULL)
        status = corm__fail(NULL, CORM_DETACHED, "replace: the object belongs to no session");
    if (status != CORM_OK)
        return corm__ended(status);
    corm__relation *relation = corm__relation_in(session, object, relationship, 1);
    return relation == NULL ? corm__status
                            : corm__ended(corm__replace(session, object, relation, items, count));
}

/* ---- Single objects -------------------------------------------------------------------------- */

CORM_API void *corm_related_one(void *object, corm_relationship_ref relationship)
{
    void *target = NULL;
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__object_in(NULL, object, "a related object");
    if (record == NULL)
        return NULL;
    CORM__ENTER(record->session, NULL);
    corm_session *session = record->session;
    corm__relation *relation = corm__relation_in(session, object, relationship, 0);
    if (relation == NULL)
        return NULL;
    corm_status status = corm__one_ready(session, object, relation, true, &target);
    if (status == CORM_ROW_MISSING)
        status = corm__fail(session, CORM_ROW_MISSING, "%s: the row of %s is gone",
                            corm__mapper_at(object)->model->table, corm__label(object, label));
    return corm__ended(status) == CORM_OK ? target : NULL;
}

static corm_status corm__set_none(corm_session *session, void *object, corm__relation *relation)
{
    bool known = false;
    void *old = corm__one_now(session, object, relation, &known);
    corm_status status = CORM_OK;
    if (!relation->holds_key) {
        status = corm__one_ready(session, object, relation, false, &old);
        if (status == CORM_OK && !corm__has_row(corm__record_of(object)))
            corm__link_at(object, relation)->loaded = true; /* it is told that there is none */
        if (status == CORM_OK && old != NULL)
            status = corm__pair_part(session, object, relation, old);
        return status == CORM_OK && old != NULL ? corm__orphan_leave(session, relation, old)
                                                : status;
    }
    status = corm__pair_part(session, known ? old : NULL, relation->inverse, object);
    return status == CORM_OK && old != NULL ? corm__orphan_leave(session, relation->inverse, object)
                                            : status;
}

static corm_status corm__set_one(corm_session *session, void *object, corm__relation *relation,
                                 void *item)
{
    void *parent = relation->holds_key ? item : object,
         *child = relation->holds_key ? object : item;
    corm__relation *collection = relation->holds_key ? relation->inverse : relation;
    bool known = false;
    void *displaced = NULL;
    corm_status status = corm__linkable(session, item);
    const bool linked =
        corm__one_now(session, child, collection->inverse, &known) == parent && known;
    if (status == CORM_OK && !collection->to_many && !(linked && relation->holds_key))
        status = corm__one_ready(session, parent, collection, false, &displaced);
    if (status == CORM_OK && linked && !relation->holds_key && displaced != child) {
        /* several rows refer to the parent, and it is told here which one is its own */
        if (displaced != NULL)
            status = corm__pair_part(session, parent, collection, displaced);
        if (status == CORM_OK)
            status = corm__end_add(session, parent, collection, child);
    } else if (status == CORM_OK) {
        status = corm__pair_join(session, parent, collection, child);
    }
    if (status == CORM_OK && displaced != NULL && displaced != child)
        status = corm__orphan_leave(session, collection, displaced);
    return status == CORM_OK ? corm__cascade_link(session, object, relation, item) : status;
}

CORM_API corm_status corm_related_set(void *object, corm_relationship_ref relationship, void *item)
{
    CORM__ENTER(corm__either(object, item), CORM_MISUSE);
    corm_status status = CORM_OK;
    corm_session *session = corm__either(object, item);
    if (corm__forbidden(session, CORM__BOUND_ALL, "set") != CORM_OK ||
        corm__object_in(session, object, "set") == NULL ||
        (item != NULL && corm__object_in(session, item, "set") == NULL))
        return corm__status;
    status = item != NULL ? corm__together(object, item, &session) : CORM_OK;
    if (status == CORM_OK && session == NULL)
        status = corm__fail(NULL, CORM_DETACHED, "set: the object belongs to no session");
    if (status != CORM_OK)
        return corm__ended(status);
    corm__relation *relation = corm__relation_in(session, object, relationship, 0);
    if (relation == NULL)
        return corm__status;
    status = corm__changeable(session, relation);
    if (status == CORM_OK && item != NULL)
        status = corm__item_fits(session, relation, item);
    /* what was deleted may still change its own reference; it only cannot be linked to */
    if (status == CORM_OK)
        status = corm__is_in_session(corm__record_of(object)) ||
                         corm__record_of(object)->state == CORM_STATE_TRANSIENT
                     ? corm__linkable(session, object)
                     : CORM_OK;
    if (status == CORM_OK)
        status = item == NULL ? corm__set_none(session, object, relation)
                              : corm__set_one(session, object, relation, item);
    return corm__ended(status);
}

/* ---- Get ------------------------------------------------------------------------------------- */

static corm_status corm__key_fits(corm_session *session, const corm__mapper *mapper,
                                  const corm_value *key, size_t count)
{
    if (count != mapper->pk_count) {
        char names[128] = "";
        for (size_t i = 0, used = 0; i < mapper->pk_count && used < sizeof names; i++)
            used += (size_t)snprintf(names + used, sizeof names - used, ", %s",
                                     mapper->columns[mapper->pk[i]].info->name);
        return corm__poison(session, CORM_MISUSE,
                            "corm_get: the key of %s has %u column%s, %zu given: write "
                            "corm_get(session, %s%s)",
                            mapper->model->name, (unsigned)mapper->pk_count,
                            mapper->pk_count == 1 ? "" : "s", count, mapper->model->name, names);
    }
    for (size_t i = 0; i < count; i++) {
        const corm__column *column = &mapper->columns[mapper->pk[i]];
        if (column->kind == CORM_KIND_ENUM && key[i].type == CORM_VALUE_INTEGER)
            continue;
        bool text = column->base != CORM_KIND_INTEGER && column->base != CORM_KIND_BOOLEAN &&
                    column->base != CORM_KIND_REAL && column->base != CORM_KIND_BLOB;
        if (key[i].type != CORM_VALUE_NULL && text != (key[i].type == CORM_VALUE_TEXT))
            return corm__poison(session, CORM_MISUSE, "corm_get: %s.%s wants %s",
                                mapper->model->table, column->name, text ? "a string" : "a number");
    }
    return CORM_OK;
}

/* A key that has passed corm__key_fits, as the table spells it: an enumerator by its text, a UUID
 * in lower case. */
static corm_status corm__key_spell(corm_session *session, const corm__mapper *mapper,
                                   const corm_value *key, corm__key *out)
{
    char why[256];
    corm_uuid uuid;
    for (size_t i = 0; i < mapper->pk_count; i++) {
        const corm__column *column = &mapper->columns[mapper->pk[i]];
        out->values[i] = key[i];
        if (column->kind == CORM_KIND_ENUM && key[i].type == CORM_VALUE_INTEGER) {
            if (!corm__enum_check(column->info->enumeration, key[i].as.integer, why, sizeof why))
                return corm__poison(session, CORM_MISUSE, "corm_get: %s.%s: %s",
                                    mapper->model->table, column->name, why);
            out->values[i] = corm__enum_value(column->info->enumeration, key[i].as.integer);
        } else if (column->kind == CORM_KIND_UUID && key[i].type == CORM_VALUE_TEXT) {
            if (!corm__uuid_read(key[i].as.bytes, key[i].size, &uuid))
                return corm__poison(session, CORM_MISUSE,
                                    "corm_get: %s.%s wants a UUID of 36 characters",
                                    mapper->model->table, column->name);
            out->values[i] = corm__uuid_value(uuid, out->scratch[i]);
        }
    }
    return CORM_OK;
}

/* An expired object whose row is gone is deleted, as far as this transaction sees. */
static corm_status corm__vanished(corm_session *session, void *object)
{
    if (!corm__journal_push(session, CORM__DELETED, object, NULL))
        return corm__no_memory(session);
    corm__strike(session, object);
    corm__is_deleted(session, object);
    return CORM_OK;
}

/* Whether the next flush gives the object's row another key. */
static bool corm__is_rekeyed(const void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->pk_count; i++) {
        if (!corm__member_equal(&mapper->columns[mapper->pk[i]], object, corm__snapshot_of(object)))
            return true;
    }
    return false;
}

static corm_status corm__get(corm_session *session, corm__mapper *mapper, const corm_value *key,
                             void **out)
{
    *out = corm__identity_find(session, mapper, key);
    if (*out != NULL && !corm__is_expired(corm__record_of(*out)))
        return CORM_OK;
    /* What else has changed cannot matter to a row that is not loaded. */
    bool flush =
        *out != NULL || session->pending.count + session->deleted.count + session->linked.count > 0;
    /* Until it is flushed, an object is found under the key that its row has. */
    flush = flush && !(*out != NULL && corm__is_rekeyed(*out));
    corm_status status = flush ? corm__autoflush(session) : CORM_OK;
    if (status != CORM_OK)
        return status;
    void *known = *out = corm__identity_find(session, mapper, key);
    if (known != NULL && !corm__is_expired(corm__record_of(known)))
        return CORM_OK;
    status = corm__load_whole(session, mapper, key, out);
    if (status == CORM_OK && *out == NULL && known != NULL)
        return corm__vanished(session, known);
    /* no such row: unless a changed key waits to be written */
    size_t written = session->journal_count;
    if (status == CORM_OK && *out == NULL && !flush)
        status = corm__autoflush(session);
    if (status == CORM_OK && *out == NULL && session->journal_count > written)
        *out = corm__identity_find(session, mapper, key);
    return status;
}

CORM_API void *corm_object_get(corm_session *session, const corm_model *model,
                               const corm_value *key, size_t count)
{
    CORM__ENTER(session, NULL);
    void *object = NULL;
    if (session == NULL || model == NULL || key == NULL) {
        (void)corm__fail(session, CORM_NULL_ARGUMENT,
                         "corm_get: the session, the model or the key is NULL");
        return NULL;
    }
    corm__mapper *mapper =
        session->registry == NULL ? NULL : corm__mapper_of(session->registry, model);
    if (mapper == NULL) {
        (void)corm__fail(session, CORM_WRONG_MODEL,
                         "corm_get: %s is no model of the engine's schema", model->name);
        return NULL;
    }
    corm_status status = corm__usable(session);
    if (status == CORM_OK)
        status = corm__key_fits(session, mapper, key, count);
    for (size_t i = 0; i < count && status == CORM_OK; i++) {
        if (key[i].type == CORM_VALUE_NULL) {
            corm__status = CORM_OK;
            return NULL; /* no row has a NULL key */
        }
    }
    corm__key spelt;
    if (status == CORM_OK && !mapper->integer_key) {
        status = corm__key_spell(session, mapper, key, &spelt);
        key = spelt.values;
    }
    if (status == CORM_OK)
        status = corm__get(session, mapper, key, &object);
    return corm__ended(status) == CORM_OK ? object : NULL;
}

/* ---- Queries --------------------------------------------------------------------------------- */

/* The objects of a query into `found`. */
static corm_status corm__query(corm_session *session, const corm_query *query, bool by_key,
                               corm__vector *found)
{
    corm__mapper *mapper = NULL;
    corm__tree tree;
    corm_status status = corm__usable(session);
    if (status == CORM_OK)
        status = corm__query_prepare(session, query, &mapper);
    if (status != CORM_OK)
        return status;
    corm__scratch_begin(session);
    if (query->load.count == 0 && !mapper->eager) {
        status = corm__query_rows(session, query, mapper, by_key, found);
    } else {
        status = corm__tree_make(session, mapper, &query->load, &tree);
        if (status == CORM_OK)
            status = corm__query_tree(session, query, by_key, &tree, found);
    }
    corm__scratch_end(session);
    return status;
}

CORM_API corm_list corm_query_all(corm_session *session, const corm_query *query)
{
    CORM__ENTER(session, (corm_list){NULL, 0});
    corm_list list = {NULL, 0};
    corm__vector found = {NULL, 0, 0};
    corm_status status = corm__query(session, query, false, &found);
    if (status == CORM_OK && found.count > 0) {
        corm__batch *batch = corm__batch_new(session, found.items, found.count);
        if (batch != NULL)
            list = (corm_list){batch->items, batch->count};
        else
            status = corm__no_memory(session);
    }
    corm__vector_free(&found);
    (void)corm__ended(status);
    return list;
}

CORM_API void *corm_query_first(corm_session *session, const corm_query *query)
{
    CORM__ENTER(session, NULL);
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
    corm__mapper *mapper = NULL;
    corm_value *values = NULL;
    size_t count = 0;
    int64_t rows = -1;
    corm_error error = {0};
    corm_status status = corm__usable(session);
    if (status == CORM_OK)
        status = corm__query_prepare(session, query, &mapper);
    if (status != CORM_OK) {
        (void)corm__ended(status);
        return -1;
    }
    const corm_dialect *dialect = session->engine->adapter->dialect;
    corm__scratch_begin(session);
    status =
        corm__sql_query_values(mapper, dialect, query, &session->scratch, &values, &count, &error);
    if (status != CORM_OK) {
        (void)corm__fail(session, status, "%s", error.message);
    } else {
        corm__buffer_clear(&session->sql);
        corm__sql_count(&session->sql, dialect, mapper, query);
        status = corm__query_number(session, values, count, &rows);
    }
    corm__scratch_end(session);
    return corm__ended(status) == CORM_OK ? rows : -1;
}

#endif /* CORM__ROOM_ACCESS_C */

/* ---- src/merge.c ----------------------------------------------------------------------------- */

/* merge.c: objects from elsewhere, copied onto those of a session.
 *
 * Owns: corm_merge: which object of the session stands for a given one, what of it is copied, how
 * far merge cascades carry.
 * Must not know: SQL, how anything is loaded or written.
 *
 * Given objects are only read, and nothing of them is kept: they may be of another session, or freed
 * right afterwards. First every object that the cascades reach gets its counterpart, parents before
 * their children, so that a collection is loaded in one statement and not row by row; then the
 * relationships are set. So circles end, and one given object is merged once. */
#ifndef CORM__ROOM_MERGE_C
#define CORM__ROOM_MERGE_C

#ifdef CORM_LINES
#line 15 "src/merge.c"
#endif
typedef struct corm__merge {
    corm_session *session;
    corm__vector given;        /* in the order in which they were reached */
    corm__identity_map merged; /* by address: what each has become; itself until then */
    corm__identity_map made;   /* by key: objects without a row, which only this finds */
} corm__merge;

/* ---- What a given object tells ----------------------------------------------------------------- */

static bool corm__is_new(const corm__record *record)
{
    return record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING;
}

/* Whether what it holds may be older than its row. What was deleted keeps what it had. */
static bool corm__merge_is_old(const corm__record *record)
{
    if (record->state == CORM_STATE_DETACHED && record->session == NULL)
        return record->generation == 0;
    return record->state == CORM_STATE_PERSISTENT && corm__is_expired(record);
}

/* The link of a relationship that is merged along and known; NULL: neither. Nothing is reset here,
 * as the object may be of another session. */
static const corm__link *corm__merge_link(const void *given, const corm__relation *relation)
{
    const corm__record *record = corm__record_of(given);
    const corm__extra *extra = record->extra;
    if (extra == NULL || !(relation->cascade & CORM_CASCADE_MERGE))
        return NULL;
    const corm__link *link = &extra->links[relation->index];
    bool old = corm__has_row(record) ? extra->generation != record->session->links_generation
                                     : corm__merge_is_old(record);
    if (old || !link->loaded || link->prefetched)
        return NULL;
    if (relation->to_many && corm__is_new(record) && link->count == 0 && !corm__is_told(link))
        return NULL;
    return link;
}

static uint64_t corm__local_columns(const corm__relation *relation)
{
    uint64_t columns = 0;
    for (uint16_t i = 0; relation->holds_key && i < relation->key_count; i++)
        columns |= UINT64_C(1) << relation->local[i];
    return columns;
}

/* The columns that are copied. Onto an object that has a row go neither values that may be older
 * than it, unless the program has changed them, nor defaults; a new one takes all there is. Foreign
 * keys that the flush takes from a reference are left to the reference. */
static uint64_t corm__merge_columns(const void *given, bool fresh)
{
    const corm__mapper *mapper = corm__mapper_at(given);
    const corm__record *record = corm__record_of(given);
    uint64_t changed = corm__changed_columns(mapper, given, corm__snapshot_of(given), record);
    uint64_t left_out = 0;
    if (corm__is_new(record)) {
        left_out = record->as.unset;
        for (uint16_t i = 0; !fresh && i < mapper->column_count; i++)
            left_out |= record->as.unset & corm__default_bit(mapper, i) ? UINT64_C(1) << i : 0;
    } else if (!fresh) {
        left_out = corm__merge_is_old(record) ? ~UINT64_C(0)
                   : record->extra != NULL    ? record->extra->expired
                                              : 0;
    }
    uint64_t columns = (~left_out | changed) & ~mapper->generated;
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__link *link = corm__merge_link(given, mapper->relations[i]);
        if (link != NULL && link->changed)
            columns &= ~corm__local_columns(mapper->relations[i]);
    }
    return columns;
}

/* One column of a new object's key: from the reference that it is taken from at the flush, or from
 * the member. NULL: it is not known. */
static corm_value corm__merge_key_part(const void *object, uint16_t column, char *scratch)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm_value none = {CORM_VALUE_NULL, 0, {0}};
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        const corm__link *link = relation->holds_key ? corm__merge_link(object, relation) : NULL;
        for (uint16_t k = 0; k < relation->key_count && link != NULL && link->changed; k++) {
            const void *target = relation->local[k] == column ? link->target : NULL;
            if (target == NULL)
                continue;
            const uint16_t remote = relation->remote[k];
            if (corm__is_new(corm__record_of(target)) &&
                !(corm__merge_columns(target, true) >> remote & 1))
                return none;
            return corm__member_value(&corm__mapper_at(target)->columns[remote], target, scratch);
        }
    }
    return corm__merge_columns(object, true) >> column & 1
               ? corm__member_value(&mapper->columns[column], object, scratch)
               : none;
}

/* The key by which its row is known; false: it has none, or not all of it. */
static bool corm__merge_key(const void *object, corm__key *key)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    bool whole = true, is_new = corm__is_new(corm__record_of(object));
    if (!is_new)
        corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), key);
    for (uint16_t i = 0; i < mapper->pk_count; i++) {
        if (is_new)
            key->values[i] = corm__merge_key_part(object, mapper->pk[i], key->scratch[i]);
        whole = whole && key->values[i].type != CORM_VALUE_NULL;
    }
    return whole;
}

/* ---- Given objects, and objects without a row ---------------------------------------------------- */

static corm__slot *corm__merge_slot(corm__merge *merge, const void *given)
{
    const corm__identity_map *map = &merge->merged;
    const uint64_t hash = (uintptr_t)given;
    if (map->count == 0)
        return NULL;
    size_t i = corm__identity_place(map, hash);
    while (map->slots[i].object != NULL && map->slots[i].hash != hash)
        i = (i + 1) & (map->capacity - 1);
    return map->slots[i].object == NULL ? NULL : &map->slots[i];
}

static corm_status corm__merge_reach(corm__merge *merge, void *given)
{
    if (given == NULL || corm__merge_slot(merge, given) != NULL)
        return CORM_OK;
    if (!corm__identity_reserve(&merge->merged, 1) || !corm__vector_push(&merge->given, given))
        return corm__no_memory(merge->session);
    corm__identity_place_new(&merge->merged, (uintptr_t)given, given);
    merge->merged.count++;
    return CORM_OK;
}

static uint64_t corm__merge_hash(const corm__mapper *mapper, const corm__key *key)
{
    return corm__hash_mix(corm__key_hash(mapper, key->values) + mapper->index);
}

/* Remembers an object without a row, or the given one that it was made of, which knows its key. */
static corm_status corm__merge_note(corm__merge *merge, void *witness)
{
    corm__key key;
    if (!corm__merge_key(witness, &key))
        return CORM_OK;
    if (!corm__identity_reserve(&merge->made, 1))
        return corm__no_memory(merge->session);
    corm__identity_place_new(&merge->made, corm__merge_hash(corm__mapper_at(witness), &key),
                             witness);
    merge->made.count++;
    return CORM_OK;
}

static void *corm__merge_noted(corm__merge *merge, const corm__mapper *mapper, const corm__key *key)
{
    const corm__identity_map *map = &merge->made;
    const uint64_t hash = corm__merge_hash(mapper, key);
    size_t i = map->count == 0 ? 0 : corm__identity_place(map, hash);
    for (; map->count > 0 && map->slots[i].object != NULL; i = (i + 1) & (map->capacity - 1)) {
        corm__key other;
        void *witness = map->slots[i].object;
        bool same = map->slots[i].hash == hash &&
                    corm__mapper_at(witness)->model == mapper->model &&
                    corm__merge_key(witness, &other);
        for (uint16_t k = 0; same && k < mapper->pk_count; k++)
            same = corm__value_equal(&other.values[k], &key->values[k]);
        if (!same)
            continue;
        const corm__slot *slot = corm__merge_slot(merge, witness);
        return slot == NULL ? witness : slot->object;
    }
    return NULL;
}

/* ---- One object ------------------------------------------------------------------------------------ */

/* The session's object for the row that `given` speaks of, as it is now; NULL: there is none. */
static corm_status corm__merge_find(corm__merge *merge, corm__mapper *mapper, const void *given,
                                    void **out)
{
    corm__key key;
    *out = NULL;
    if (!corm__merge_key(given, &key))
        return CORM_OK;
    corm_status status = corm__get(merge->session, mapper, key.values, out);
    if (status == CORM_OK && *out != NULL)
        status = corm__make_current(merge->session, *out);
    if (status == CORM_ROW_MISSING) {
        status = corm__vanished(merge->session, *out);
        *out = NULL;
    }
    if (status == CORM_OK && *out != NULL &&
        (corm__record_of(*out)->flags & CORM__MARKED_DELETED)) /* given anew, it takes the row */
        *out = NULL;
    if (status == CORM_OK && *out == NULL)
        *out = corm__merge_noted(merge, mapper, &key);
    return status;
}

/* A value that is NULL although the member's type has none. */
static bool corm__merge_is_taken(const void *given, uint16_t column)
{
    const corm__record *record = corm__record_of(given);
    return !corm__is_new(record) && record->extra != NULL && (record->extra->unset >> column & 1);
}

static corm_status corm__merge_make(corm__merge *merge, corm__mapper *mapper, void *given,
                                    void **out)
{
    corm_session *session = merge->session;
    const uint64_t columns = corm__merge_columns(given, true);
    void *object = corm_object_new(session, mapper->model);
    for (uint16_t i = 0; object != NULL && i < mapper->column_count; i++) {
        if ((columns >> i & 1) && !corm__merge_is_taken(given, i))
            corm__member_copy(&mapper->columns[i], object, given);
    }
    *out = object = corm_object_made(object);
    if (object == NULL)
        return corm__no_memory(session);
    corm_status status = corm__take_in(session, object);
    return status == CORM_OK ? corm__merge_note(merge, given) : status;
}

/* One member onto an object that is there. Its text is the session's own: the given one may be gone
 * before the flush. */
static corm_status corm__merge_member(corm_session *session, const corm__column *column,
                                      const void *given, void *merged)
{
    const corm_column_ref reference = {column->owner->model, column->index};
    const corm__record *record = corm__record_of(merged);
    const void *snapshot = corm__snapshot_of(merged), *block = NULL, *owned = NULL;
    if (corm__merge_is_taken(given, column->index))
        return corm_object_unset(merged, reference);
    corm_status status = corm__unset_of(record) >> column->index & 1
                             ? corm_object_touch(merged, reference)
                             : CORM_OK;
    if (status != CORM_OK || corm__member_equal(column, given, merged))
        return status;
    corm__member_copy(column, merged, given);
    if (!corm__member_own(session, column, merged, snapshot)) {
        corm__member_copy(column, merged, snapshot);
        return corm__no_memory(session);
    }
    size_t size = corm__member_block(column, merged, &block);
    (void)corm__member_block(column, snapshot, &owned);
    if (block != owned)
        corm__retire(session, block, size);
    return CORM_OK;
}

/* What is given must have been made from the row as it is now. */
static corm_status corm__merge_version(const corm__merge *merge, const void *given,
                                       const void *merged)
{
    const corm__column *version = corm__mapper_at(merged)->version;
    char label[CORM__LABEL_SIZE];
    if (!corm__has_row(corm__record_of(merged)) || corm__member_equal(version, given, merged))
        return CORM_OK;
    return corm__fail(merge->session, CORM_STALE_DATA,
                      "corm_merge: %s has %s.%s = %lld, but its row has %lld by now: someone else "
                      "has changed it; leave the version unset to merge all the same",
                      corm__label(given, label), version->owner->model->table, version->name,
                      (long long)corm__read_integer(corm__member_at(version, given)),
                      (long long)corm__read_integer(corm__member_at(version, merged)));
}

static corm_status corm__merge_members(corm__merge *merge, const void *given, void *merged)
{
    const corm__mapper *mapper = corm__mapper_at(merged);
    const uint64_t columns = corm__merge_columns(given, false);
    corm_status status = CORM_OK;
    if (mapper->version != NULL && (columns >> mapper->version->index & 1))
        status = corm__merge_version(merge, given, merged);
    for (uint16_t i = 0; status == CORM_OK && i < mapper->column_count; i++) {
        if (columns >> i & 1)
            status = corm__merge_member(merge->session, &mapper->columns[i], given, merged);
    }
    return status;
}

/* ---- Its relationships ----------------------------------------------------------------------------- */

/* Finds or makes the counterpart of one given object, and reaches those that it is related to. What
 * is in the session already stands for itself. */
static corm_status corm__merge_one(corm__merge *merge, void *given)
{
    corm_session *session = merge->session;
    const corm__record *record = corm__record_of(given);
    const corm__mapper *source = corm__mapper_at(given);
    corm__mapper *mapper = corm__mapper_of(session->registry, source->model);
    void *merged = NULL;
    if (record->session == session && corm__is_in_session(record))
        return CORM_OK;
    corm_status status = corm__merge_find(merge, mapper, given, &merged);
    if (status == CORM_OK)
        status = merged == NULL ? corm__merge_make(merge, mapper, given, &merged)
                                : corm__merge_members(merge, given, merged);
    if (status != CORM_OK)
        return status;
    corm__merge_slot(merge, given)->object = merged;
    for (uint16_t i = 0; i < source->relation_count && status == CORM_OK; i++) {
        const corm__link *link = corm__merge_link(given, source->relations[i]);
        if (link == NULL)
            continue;
        corm__link *stored = NULL;
        /* what is stored is replaced: all of it at once */
        if (!source->relations[i]->holds_key && source->relations[i]->lazy != CORM_LAZY_WRITE_ONLY)
            status = corm__list_ready(session, merged, mapper->relations[i], false, &stored);
        if (status == CORM_OK)
            status = corm__merge_reach(merge, link->target);
        for (uint32_t k = 0; k < link->count && status == CORM_OK; k++)
            status = corm__merge_reach(merge, link->items[k]);
    }
    return status;
}

/* The list becomes the given one; one that is never loaded gets the given objects. */
static corm_status corm__merge_list(corm__merge *merge, const corm__link *link, void *merged,
                                    corm__relation *relation)
{
    corm__vector items = {NULL, 0, 0};
    const bool blind = relation->lazy == CORM_LAZY_WRITE_ONLY;
    corm_status status = CORM_OK;
    for (uint32_t i = 0; i < link->count && status == CORM_OK; i++) {
        if (!corm__vector_push(&items, corm__merge_slot(merge, link->items[i])->object))
            status = corm__no_memory(merge->session);
    }
    for (size_t i = 0; blind && i < items.count && status == CORM_OK; i++)
        status = corm__append(merge->session, merged, relation, items.items[i]);
    if (status == CORM_OK && !blind)
        status = corm__replace(merge->session, merged, relation, items.items, items.count);
    corm__vector_free(&items);
    return status;
}

/* A foreign key that the program has assigned says more than the reference that was loaded. */
static bool corm__merge_by_column(const void *given, const corm__relation *relation,
                                  const corm__link *link)
{
    return !link->changed && !corm__is_new(corm__record_of(given)) &&
           (corm__changed_columns(corm__mapper_at(given), given, corm__snapshot_of(given),
                                  corm__record_of(given)) &
            corm__local_columns(relation)) != 0;
}

static corm_status corm__merge_links(corm__merge *merge, const void *given)
{
    const corm__mapper *source = corm__mapper_at(given);
    corm_session *session = merge->session;
    void *merged = corm__merge_slot(merge, given)->object;
    corm_status status = CORM_OK;
    for (uint16_t i = 0; merged != given && i < source->relation_count && status == CORM_OK; i++) {
        const corm__link *link = corm__merge_link(given, source->relations[i]);
        corm__relation *relation = corm__mapper_at(merged)->relations[i];
        if (link == NULL || corm__merge_by_column(given, relation, link))
            continue;
        if (relation->to_many) {
            status = corm__merge_list(merge, link, merged, relation);
            continue;
        }
        status = corm__linkable(session, merged);
        if (status == CORM_OK)
            status = link->target == NULL
                         ? corm__set_none(session, merged, relation)
                         : corm__set_one(session, merged, relation,
                                         corm__merge_slot(merge, link->target)->object);
    }
    return status;
}

/* ---- The call -------------------------------------------------------------------------------------- */

static corm_status corm__merge_run(corm__merge *merge, void *object)
{
    corm_session *session = merge->session;
    corm_status status = CORM_OK;
    for (size_t i = 0; i < session->pending.count && status == CORM_OK; i++) {
        if (session->pending.items[i] != NULL)
            status = corm__merge_note(merge, session->pending.items[i]);
    }
    if (status == CORM_OK)
        status = corm__merge_reach(merge, object);
    for (size_t i = 0; i < merge->given.count && status == CORM_OK; i++)
        status = corm__merge_one(merge, merge->given.items[i]);
    for (size_t i = 0; i < merge->given.count && status == CORM_OK; i++)
        status = corm__merge_links(merge, merge->given.items[i]);
    return status;
}

CORM_API void *corm_object_merge(corm_session *session, void *object)
{
    char label[CORM__LABEL_SIZE];
    corm__merge merge = {session, {NULL, 0, 0}, {NULL, 0, 0}, {NULL, 0, 0}};
    CORM__ENTER(session, NULL);
    if (session == NULL) {
        (void)corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_merge: the session is NULL");
        return NULL;
    }
    if (session->registry == NULL) {
        corm__status = session->poison;
        return NULL;
    }
    if (corm__forbidden(session, CORM__BOUND_ALL, "corm_merge") != CORM_OK ||
        corm__object_in(session, object, "corm_merge") == NULL)
        return NULL;
    if (corm__mapper_at(object)->registry->schema != session->registry->schema) {
        (void)corm__fail(session, CORM_WRONG_MODEL,
                         "corm_merge: %s is of a model of another schema",
                         corm__label(object, label));
        return NULL;
    }
    corm_status status = corm__autoflush(session);
    session->no_autoflush++;
    if (status == CORM_OK)
        status = corm__merge_run(&merge, object);
    session->no_autoflush--;
    void *merged = status == CORM_OK ? corm__merge_slot(&merge, object)->object : NULL;
    corm__vector_free(&merge.given);
    corm__free(merge.merged.slots);
    corm__free(merge.made.slots);
    (void)corm__ended(status);
    return merged;
}

#endif /* CORM__ROOM_MERGE_C */

/* ---- src/schema.c ---------------------------------------------------------------------------- */

/* schema.c: the tables of a schema in the database.
 *
 * Owns: creating, dropping and comparing tables, the order of doing it, the DDL as text.
 * Must not know: how DDL is spelled, objects beyond expiring all of them. */
#ifndef CORM__ROOM_SCHEMA_C
#define CORM__ROOM_SCHEMA_C

#ifdef CORM_LINES
#line 9 "src/schema.c"
#endif
#include <string.h>

/* ---- What a table must look like ------------------------------------------------------------- */

typedef struct corm__wanted_column {
    const char *name;
    const corm_column *info; /* its kind */
    bool nullable, key, generated;
    bool numbered; /* the database gives a key that is left out */
} corm__wanted_column;

/* A model's table, or the table of a many-to-many. */
typedef struct corm__wanted_table {
    const char *table;
    const char *model; /* NULL: of a many-to-many */
    size_t count;
    corm__wanted_column columns[CORM__COLUMN_MAX];
    char for_what[128]; /* "model User", "the many-to-many Post.tags" */
} corm__wanted_table;

static void corm__want_model(corm__wanted_table *want, const corm__mapper *mapper)
{
    want->table = mapper->model->table;
    want->model = mapper->model->name;
    want->count = mapper->column_count;
    for (size_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        want->columns[i].name = column->name;
        want->columns[i].info = column->info;
        want->columns[i].numbered = column->primary_key && mapper->integer_key;
        want->columns[i].nullable = column->optional;
        want->columns[i].key = column->primary_key;
        want->columns[i].generated = column->info->options.generated != NULL;
    }
    /* cut at worst */
    (void)snprintf(want->for_what, sizeof want->for_what, "model %s", want->model);
}

static void corm__want_association(corm__wanted_table *want, const corm__association *association)
{
    const corm__relation *relation = association->sides[0];
    want->table = association->table;
    want->model = NULL;
    want->count = 0;
    for (unsigned side = 0; side < 2; side++)
        for (size_t i = 0; i < association->counts[side]; i++) {
            const corm__relation *end = association->sides[side];
            want->columns[want->count].info = end->source->columns[end->local[i]].info;
            want->columns[want->count++].name = association->columns[side][i];
        }
    (void)snprintf(want->for_what, sizeof want->for_what, "the many-to-many %s.%s",
                   relation->source->model->name, relation->name); /* cut at worst */
}

/* ---- Comparing ------------------------------------------------------------------------------- */

/* One row of the dialect's table_columns. */
enum {
    CORM__HAS_NAME,
    CORM__HAS_TYPE,
    CORM__HAS_NOT_NULL,
    CORM__HAS_KEY,
    CORM__HAS_DEFAULT,
    CORM__HAS_GENERATED,
    CORM__HAS_VALUES,
    CORM__HAS
};

/* A column of the table that the model does not know is in the way if an INSERT without it fails.
 * */
static corm_status corm__compare_unknown(corm_session *session, const corm__wanted_table *want,
                                         const char *name, const corm_value *row)
{
    const bool key = row[CORM__HAS_KEY].as.integer > 0;
    if (want->model != NULL && key)
        return corm__fail(
            session, CORM_SCHEMA_MISMATCH,
            "%s.%s: is part of the table's primary key, but %s has no such column: add it "
            "to the model, or change the table",
            want->table, name, want->for_what);
    if (key || row[CORM__HAS_NOT_NULL].as.integer == 0 ||
        row[CORM__HAS_DEFAULT].type != CORM_VALUE_INTEGER || row[CORM__HAS_DEFAULT].as.integer != 0)
        return CORM_OK;
    return corm__fail(
        session, CORM_SCHEMA_MISMATCH,
        "%s.%s: is NOT NULL without a default in the table, but %s has no such column: add "
        "it to the model, or give it a default in the table",
        want->table, name, want->for_what);
}

/* Whether values of the kind stay as they are in the table's column. */
static corm_status corm__compare_type(corm_session *session, const corm__wanted_table *want,
                                      const corm__wanted_column *column, const corm_value *row)
{
    const corm_column *info = column->info;
    const char *const *fits = session->engine->adapter->dialect->kinds_fit;
    const corm_value *values = &row[CORM__HAS_VALUES];
    const corm_kind kind = corm__base_kind(info);
    char text[CORM__KIND_TEXT_SIZE];
    if (fits[kind] == NULL || values->type != CORM_VALUE_TEXT ||
        corm__mentions(fits[kind], values->as.bytes) ||
        (kind == CORM_KIND_CUSTOM &&
         corm__mentions(fits[corm__stored_kind(info)], values->as.bytes)))
        return CORM_OK;
    const char *declared =
        row[CORM__HAS_TYPE].type == CORM_VALUE_TEXT ? row[CORM__HAS_TYPE].as.bytes : "";
    return corm__fail(session, CORM_SCHEMA_MISMATCH,
                      "%s.%s: is %s in the table, which is for %s values, but %s in %s, which is "
                      "stored as %s: change the kind in the model, or the table",
                      want->table, column->name, declared, (const char *)values->as.bytes,
                      corm__kind_text(info, text), want->for_what,
                      corm__stored_name(corm__stored_type(info)));
}

static corm_status corm__compare_column(corm_session *session, const corm__wanted_table *want,
                                        const corm__wanted_column *column, const corm_value *row)
{
    const bool key = row[CORM__HAS_KEY].as.integer > 0;
    const bool not_null = row[CORM__HAS_NOT_NULL].as.integer != 0;
    const bool generated = row[CORM__HAS_GENERATED].as.integer != 0;
    corm_status status = corm__compare_type(session, want, column, row);
    if (status != CORM_OK || want->model == NULL)
        return status; /* an association is only written and read by its two keys */
    if (generated != column->generated)
        return corm__fail(session, CORM_SCHEMA_MISMATCH,
                          "%s.%s: is %s the database in the table, but %s .generated in %s: change "
                          "the model or the table",
                          want->table, column->name, generated ? "computed by" : "not computed by",
                          generated ? "not" : "is", want->for_what);
    if (key != column->key)
        return corm__fail(
            session, CORM_SCHEMA_MISMATCH,
            "%s.%s: is %s the table's primary key, but %s it in %s: change the model or "
            "the table",
            want->table, column->name, key ? "part of" : "not part of",
            key ? "not part of" : "part of", want->for_what);
    if (column->numbered && row[CORM__HAS_DEFAULT].type == CORM_VALUE_INTEGER &&
        row[CORM__HAS_DEFAULT].as.integer == 0)
        return corm__fail(
            session, CORM_SCHEMA_MISMATCH,
            "%s.%s: the database does not number this key, as the INTEGER key of %s is when it is "
            "left out: declare it %s in the table, or, if the program gives all keys, "
            ".without_rowid = true at its MODEL",
            want->table, column->name, want->for_what, session->engine->adapter->dialect->key_type);
    if (key || not_null != column->nullable) /* a key's NOT NULL is spelled in different ways */
        return CORM_OK;
    return corm__fail(session, CORM_SCHEMA_MISMATCH,
                      not_null ? "%s.%s: is NOT NULL in the table, but OPTIONAL in %s: declare it "
                                 "without OPTIONAL, or change the table"
                               : "%s.%s: may be NULL in the table, but not in %s: declare it "
                                 "OPTIONAL(...), or change the table",
                      want->table, column->name, want->for_what);
}

static corm_status corm__compare_row(corm_session *session, const corm__wanted_table *want,
                                     const corm_value *row, uint64_t *seen)
{
    if (row[CORM__HAS_NAME].type != CORM_VALUE_TEXT)
        return CORM_OK;
    const char *name = row[CORM__HAS_NAME].as.bytes;
    for (size_t i = 0; i < want->count; i++) {
        if (!corm__same_identifier(want->columns[i].name, name))
            continue;
        *seen |= (uint64_t)1 << i;
        return corm__compare_column(session, want, &want->columns[i], row);
    }
    return corm__compare_unknown(session, want, name, row);
}

/* Whether the columns that were seen are all that are wanted. */
static corm_status corm__compare_seen(corm_session *session, const corm__wanted_table *want,
                                      uint64_t seen)
{
    for (size_t i = 0; i < want->count; i++)
        if ((seen >> i & 1) == 0)
            return corm__fail(
                session, CORM_SCHEMA_MISMATCH,
                "%s.%s: the table has no such column, but %s has: add it with ALTER TABLE, "
                "or drop the table and create it again",
                want->table, want->columns[i].name, want->for_what);
    return CORM_OK;
}

/* *there: whether the database has the table. A table that is not there is no difference. */
static corm_status corm__compare_table(corm_session *session, const corm__wanted_table *want,
                                       bool *there)
{
    const char *sql = session->engine->adapter->dialect->table_columns;
    const corm_value table = corm_value_text(want->table);
    uint64_t seen = 0;
    corm__cursor cursor;
    *there = false;
    corm__prepared *prepared = corm__prepare(session, sql, strlen(sql));
    if (prepared == NULL)
        return corm__status;
    corm_status status = corm__cursor_start(session, &cursor, prepared, &table, 1);
    while (status == CORM_OK) {
        corm_value row[CORM__HAS];
        bool has_row;
        status = corm__cursor_fetch(session, &cursor, row, CORM__HAS, &has_row);
        if (status != CORM_OK || !has_row)
            break;
        *there = true;
        status = corm__compare_row(session, want, row, &seen);
    }
    corm__cursor_end(session, &cursor);
    if (status == CORM_OK && *there)
        status = corm__compare_seen(session, want, seen);
    return status;
}

/* Compares every table. `missing`, tables in the registry's order and then associations, says which
 * are not there; NULL: that is an error too. */
static corm_status corm__compare_tables(corm_session *session, bool *missing)
{
    const corm__registry *registry = session->registry;
    const size_t count = registry->count + registry->association_count;
    corm__wanted_table want;
    for (size_t i = 0; i < count; i++) {
        bool there;
        memset(&want, 0, sizeof want);
        if (i < registry->count)
            corm__want_model(&want, registry->order[i]);
        else
            corm__want_association(&want, registry->associations[i - registry->count]);
        corm_status status = corm__compare_table(session, &want, &there);
        if (status == CORM_OK && !there && missing == NULL)
            status = corm__fail(session, CORM_SCHEMA_MISMATCH,
                                "%s: there is no such table for %s: corm_create_all makes it",
                                want.table, want.for_what);
        if (status != CORM_OK)
            return status;
        if (missing != NULL)
            missing[i] = !there;
    }
    return CORM_OK;
}

static corm_status corm__compare_present(corm_session *session)
{
    return corm__compare_tables(session, NULL);
}

/* ---- Transactions ---------------------------------------------------------------------------- */

/* Runs the text in session->sql. */
static corm_status corm__run_ddl(corm_session *session)
{
    if (session->sql.failed)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    const char *sql = session->sql.data;
    const double started = corm__watch_start(session);
    corm_failure failure;
    corm__failure_clear(&failure);
    corm_status status =
        session->engine->adapter->script(session->connection->connection, sql, &failure);
    if (status == CORM_OK) {
        corm__report(session, sql, NULL, 0, started, -1, NULL);
        return CORM_OK;
    }
    (void)corm__failure_complete(&failure, status);
    return corm__statement_failed(session, sql, session->sql.size, NULL, 0, started, &failure);
}

/* Ends a transaction that was begun here: commits, or with a status rolls back and leaves the error
 * as it was recorded. No object takes part in it. */
static corm_status corm__end_ddl(corm_session *session, corm_status status)
{
    corm_failure failure;
    if (session->connection == NULL)
        return status;
    if (status == CORM_OK)
        status = corm__adapter_commit(session, &failure);
    bool broken = false;
    if (status != CORM_OK) {
        const corm_error error = session->error;
        broken = corm__adapter_rollback(session, &failure) != CORM_OK;
        session->error = error;
    }
    corm__give_back(session, broken);
    return status;
}

typedef corm_status (*corm__ddl_work)(corm_session *session);

static corm_status corm__try_ddl(corm_session *session, corm__ddl_work work)
{
    corm_status status = corm__begin(session);
    return status == CORM_OK ? corm__end_ddl(session, work(session)) : status;
}

/* A transaction of its own around the work. If someone else was faster, it runs again and begins as
 * a writer, who waits his turn; not from the start, because where nothing is to be done nobody
 * should have to wait, and a database that is read-only will do. */
static corm_status corm__in_ddl(corm_session *session, corm__ddl_work work, const char *what)
{
    corm_status status = corm__usable(session);
    if (status == CORM_OK)
        status = corm__forbidden(session, CORM__BOUND_END, what);
    if (status != CORM_OK)
        return status;
    if (session->connection != NULL)
        return corm__fail(
            session, CORM_MISUSE,
            "%s: a transaction is open: commit or roll back before the tables are changed", what);
    const corm_error before = session->error;
    const bool writer = session->options.writer;
    status = corm__try_ddl(session, work);
    if ((status == CORM_CONFLICT || status == CORM_BUSY) && !writer) {
        session->error = before;
        session->options.writer = true;
        status = corm__try_ddl(session, work);
        session->options.writer = false;
    }
    return corm__status = status;
}

/* ---- Creating and dropping ------------------------------------------------------------------- */

static corm_status corm__create_table(corm_session *session, const corm__mapper *mapper,
                                      bool missing)
{
    const corm_dialect *dialect = session->engine->adapter->dialect;
    corm_status status = CORM_OK;
    if (missing) {
        corm__buffer_clear(&session->sql);
        corm__sql_create_table(&session->sql, dialect, mapper);
        status = corm__run_ddl(session);
    }
    for (size_t i = 0; i < mapper->index_count && status == CORM_OK; i++) {
        corm__buffer_clear(&session->sql);
        corm__sql_create_index(&session->sql, dialect, mapper, &mapper->indexes[i]);
        status = corm__run_ddl(session);
    }
    return status;
}

/* Whether the table of a many-to-many is the table of a model as well, which then makes it. */
static bool corm__is_mapped(const corm__registry *registry, const corm__association *association)
{
    return corm__mapper_of_table(registry, association->table) != NULL;
}

static corm_status corm__create_missing(corm_session *session, const bool *missing)
{
    const corm__registry *registry = session->registry;
    corm_status status = CORM_OK;
    for (size_t i = 0; i < registry->count && status == CORM_OK; i++)
        status = corm__create_table(session, registry->order[i], missing[i]);
    for (size_t i = 0; i < registry->association_count && status == CORM_OK; i++) {
        if (!missing[registry->count + i] || corm__is_mapped(registry, registry->associations[i]))
            continue;
        corm__buffer_clear(&session->sql);
        corm__sql_create_association(&session->sql, session->engine->adapter->dialect,
                                     registry->associations[i]);
        status = corm__run_ddl(session);
    }
    return status;
}

static corm_status corm__create_tables(corm_session *session)
{
    const size_t count = session->registry->count + session->registry->association_count;
    bool *missing = corm__allocate_zeroed(count, sizeof *missing);
    if (missing == NULL)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    corm_status status = corm__compare_tables(session, missing);
    if (status == CORM_OK)
        status = corm__create_missing(session, missing);
    corm__free(missing);
    return status;
}

CORM_API corm_status corm_create_all(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    return corm__in_ddl(session, corm__create_tables, "corm_create_all");
}

static corm_status corm__drop_table(corm_session *session, const char *table)
{
    corm__buffer_clear(&session->sql);
    corm__sql_drop_table(&session->sql, session->engine->adapter->dialect, table);
    return corm__run_ddl(session);
}

/* In a circle every order drops a table whose rows are referred to still. */
static corm_status corm__defer_foreign_keys(corm_session *session)
{
    const char *sql = session->engine->adapter->dialect->defer_foreign_keys;
    bool circle = false;
    for (size_t i = 0; i < session->registry->count; i++)
        circle = circle || session->registry->mappers[i].cyclic;
    if (!circle || sql == NULL)
        return CORM_OK;
    corm__buffer_clear(&session->sql);
    corm__buffer_text(&session->sql, sql);
    return corm__run_ddl(session);
}

static corm_status corm__drop_tables(corm_session *session)
{
    const corm__registry *registry = session->registry;
    corm_status status = corm__defer_foreign_keys(session);
    for (size_t i = registry->association_count; i > 0 && status == CORM_OK; i--)
        status = corm__drop_table(session, registry->associations[i - 1]->table);
    for (size_t i = registry->count; i > 0 && status == CORM_OK; i--)
        status = corm__drop_table(session, registry->order[i - 1]->model->table);
    return status;
}

CORM_API corm_status corm_drop_all(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm__in_ddl(session, corm__drop_tables, "corm_drop_all");
    if (status != CORM_OK)
        return status;
    session->generation += session->generation == UINT32_MAX ? 2 : 1; /* 0 is no generation */
    session->links_generation++;
    return status;
}

CORM_API corm_status corm_check_tables(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm__usable(session);
    if (status != CORM_OK)
        return status;
    if (session->connection == NULL)
        return corm__status = corm__try_ddl(session, corm__compare_present);
    status = corm__compare_present(session);
    if (status == CORM_OK || status == CORM_SCHEMA_MISMATCH)
        return corm__status = status;
    return corm__break_off(session, session->transaction_lost);
}

/* ---- As text --------------------------------------------------------------------------------- */

static void corm__write_ddl(corm__buffer *out, const corm__registry *registry,
                            const corm_dialect *dialect)
{
    corm__buffer_text(out, "");
    for (size_t i = 0; i < registry->count; i++) {
        const corm__mapper *mapper = registry->order[i];
        corm__sql_create_table(out, dialect, mapper);
        corm__buffer_text(out, ";\n");
        for (size_t k = 0; k < mapper->index_count; k++) {
            corm__sql_create_index(out, dialect, mapper, &mapper->indexes[k]);
            corm__buffer_text(out, ";\n");
        }
    }
    for (size_t i = 0; i < registry->association_count; i++) {
        if (corm__is_mapped(registry, registry->associations[i]))
            continue;
        corm__sql_create_association(out, dialect, registry->associations[i]);
        corm__buffer_text(out, ";\n");
    }
}

CORM_API char *corm_ddl(const corm_schema *schema, const corm_dialect *dialect, corm_error *error)
{
    corm_error own;
    corm__buffer ddl = {0};
    error = error != NULL ? error : &own;
    corm__status = corm__error_set(error, CORM_OK, "%s", "");
    if (schema == NULL || dialect == NULL) {
        corm__status = corm__error_set(error, CORM_NULL_ARGUMENT, "corm_ddl: the %s is NULL",
                                       schema == NULL ? "schema" : "dialect");
        return NULL;
    }
    corm__registry *registry = corm__registry_acquire(schema, error);
    if (registry == NULL || corm__ddl_vet(registry, dialect, error) != CORM_OK) {
        corm__registry_release(registry);
        corm__status = error->status;
        return NULL;
    }
    corm__write_ddl(&ddl, registry, dialect);
    corm__registry_release(registry);
    if (ddl.failed) {
        corm__buffer_free(&ddl);
        corm__status =
            corm__error_set(error, CORM_OUT_OF_MEMORY, "out of memory while writing DDL");
        return NULL;
    }
    return ddl.data;
}

CORM_API void corm_ddl_free(char *ddl)
{
    corm__free(ddl);
}

#endif /* CORM__ROOM_SCHEMA_C */

#endif /* CORM__IMPLEMENTED */
#endif /* CORM_IMPLEMENTATION */
