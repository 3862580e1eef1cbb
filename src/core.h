/* core.h: what every room stands on.
 *
 * Owns: the list of status codes, the error record, the value that crosses between corm and a
 * database.
 * Must not know: models, sessions, SQL. */
#ifndef CORM__CORE_H
#define CORM__CORE_H

#include "config.h"

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
