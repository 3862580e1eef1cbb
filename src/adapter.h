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

#include "meta.h"

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
