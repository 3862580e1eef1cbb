/* plain.h: SQL that the program writes itself.
 *
 * Owns: values for placeholders, told apart by their C types; the calls that run a statement or a
 * script and map its rows.
 * Must not know: what models and rows expand to, how a statement runs. */
#ifndef CORM__PLAIN_H
#define CORM__PLAIN_H

#include "macros.h"
#include "session.h"

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
