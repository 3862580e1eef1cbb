/* corm_sqlite.h: corm on SQLite.
 *
 *   #define CORM_IMPLEMENTATION        (in exactly one .c file)
 *   #include "corm_sqlite.h"           (includes corm.h)
 *
 *   corm_session *session = corm_sqlite_open("blog.db", &blog);
 *   corm_session *reader = corm_sqlite_open("blog.db", &blog,
 *                                           &(corm_sqlite_options){.read_only = true});
 *
 *   corm_engine *engine = corm_sqlite_engine("blog.db", &blog, NULL);  (a server: many sessions)
 *
 * Needs SQLite 3.20 or later; link with -lsqlite3 or compile sqlite3.c with the program.
 *
 * What every connection gets: foreign keys are enforced (a build of SQLite that cannot is refused),
 * the journal is a write-ahead log with synchronous FULL (a commit that returned survives a loss of
 * power), a wait of 5 seconds for locks, and no double-quoted strings: corm quotes all identifiers,
 * and SQLite by default reads the quoted name of a column that is not there as a text.
 *
 * Owns: the SQLite calls, SQLite's error codes, the dialect.
 * Must not know: models, objects, sessions. It stands on public names of corm.h only. */
#ifndef CORM_SQLITE_H
#define CORM_SQLITE_H

/* What most files of a program want is the smaller one, where it is there. */
#if !defined(CORM_IMPLEMENTATION) && defined(__has_include)
#if __has_include("corm_declarations.h")
#include "corm_declarations.h"
#else
#include "corm.h"
#endif
#else
#include "corm.h"
#endif
#if CORM_VERSION_MAJOR != 0 || CORM_VERSION_MINOR != 1 || CORM_VERSION_PATCH != 0
#error                                                                                             \
    "corm: the headers are of different versions: copy corm.h, corm_sqlite.h and, if you have it, corm_declarations.h together"
#endif

/* Compile-time option: CORM_SQLITE_MAX_PARAMETERS, parameters in one statement. The default is SQLite's
 * own (32766; 999 before SQLite 3.32); a build of SQLite with a smaller SQLITE_MAX_VARIABLE_NUMBER is
 * refused when it opens a database, in a message that names this option. */

#ifdef __cplusplus
extern "C" {
#endif

/* As in sqlite3.h, which a file includes that calls SQLite itself. */
typedef struct sqlite3 sqlite3;

/* What a commit is worth when the power fails or the system crashes. A crash of the program alone
 * costs no commit, whatever is chosen here. (https://www.sqlite.org/pragma.html#pragma_synchronous)
 */
typedef enum corm_sqlite_durability {
    /* The commit is on the disk when it returns, at the cost of a sync or more per commit. */
    CORM_SQLITE_DURABILITY_FULL,
    /* Much faster. With WAL the last commits can be lost, the database cannot be damaged. With
     * DELETE a power loss at the wrong moment can damage it on old file systems. */
    CORM_SQLITE_DURABILITY_NORMAL,
    /* Nothing is synced: a power loss can damage the database beyond repair. */
    CORM_SQLITE_DURABILITY_OFF
} corm_sqlite_durability;

/* Where SQLite keeps what it needs to undo or finish a transaction. Where a database cannot have
 * the one asked for (a :memory: database has no log), it keeps its own. */
typedef enum corm_sqlite_journal {
    /* Write-ahead log: readers and the writer do not block each other. All of them must be on one
     * machine: not for network file systems. The file remembers it. While in use it has a -wal and
     * a -shm file beside it; a copy without the -wal lacks the latest commits. */
    CORM_SQLITE_JOURNAL_WAL,
    /* Rollback journal: one file when idle. A writer waits for the readers and locks them out
     * during its commit. */
    CORM_SQLITE_JOURNAL_DELETE,
    /* Rollback journal in memory: a crash of the program during a commit damages the database. */
    CORM_SQLITE_JOURNAL_MEMORY
} corm_sqlite_journal;

/* Zero means default. */
typedef struct corm_sqlite_options {
    /* Writes fail with CORM_READ_ONLY, and the file must exist. Its journal stays as it is. */
    bool read_only;
    /* A missing file is an error instead of a new database: guards against a misspelt path. */
    bool must_exist;
    /* Foreign keys are not enforced: rows may refer to rows that are not there, and ON DELETE does
     * nothing. */
    bool no_foreign_keys;
    corm_sqlite_durability durability; /* default: FULL */
    /* Default: WAL. A change needs the file for itself: CORM_BUSY while others use it. */
    corm_sqlite_journal journal;
    /* Wait so many milliseconds for a lock before CORM_BUSY; default: 5000. 1 hardly waits. A wait
     * blocks its thread. The engine's own writers wait in line first, for as long unless
     * engine.writer_timeout_ms says otherwise. */
    unsigned busy_timeout_ms;
    /* Memory for pages in KiB, per connection, taken as pages are used; default: 16384, because
     * with SQLite's 2000 a large flush writes pages more than once. Many rows that are written one page
     * after the other take at most 2000 of it. Below zero: SQLite's own. */
    int cache_kib;
    corm_engine_options engine; /* the pool. A database in memory has exactly one connection */
} corm_sqlite_options;

/* Opens an engine on the database file `path` (UTF-8), which is made if it is missing. ":memory:"
 * or "" is a database that lives as long as the engine; "file:..." is a URI
 * (https://www.sqlite.org/uri.html), so take care with paths from elsewhere. All connections open the
 * file that the first one has found, also where the path is relative and the program changes its
 * directory (such a URI is refused then), and none of them makes it anew. `path` and `options` (NULL:
 * defaults) are copied, the schema must outlive the engine. Where the file cannot be opened (path NULL,
 * a directory that is missing or closed to the program), corm_engine_status and every session say
 * CORM_CONNECTION, with the path and SQLite's words. Gives NULL only when memory is out; to be closed
 * with corm_engine_close. */
CORM_API corm_engine *corm_sqlite_engine(const char *path, const corm_schema *schema,
                                         const corm_sqlite_options *options);

/* The same with one session on it, which closes the engine when it is closed. NULL only when memory
 * is out. */
CORM_API corm_session *corm_sqlite_open_with(const char *path, const corm_schema *schema,
                                             const corm_sqlite_options *options);

/* SQLite's dialect, for corm_ddl: the DDL of a schema as text, without a database. Static. */
CORM_API const corm_dialect *corm_sqlite_dialect(void);

/* The session's connection, for everything SQLite can do that corm does not: functions, hooks,
 * backup. Begins the session's transaction if none is open; borrowed until that ends. Do not close
 * it, and leave transactions to corm. NULL on error or without a session. */
CORM_API sqlite3 *corm_sqlite_handle(corm_session *session);

#ifdef __cplusplus
}

static inline corm_session *corm_sqlite_open(const char *path, const corm_schema *schema,
                                             const corm_sqlite_options *options = nullptr)
{
    return corm_sqlite_open_with(path, schema, options);
}
#else

typedef struct corm_sqlite__arguments {
    const corm_schema *schema;
    const corm_sqlite_options *options;
} corm_sqlite__arguments;

static inline corm_session *corm_sqlite__open_from(const char *path,
                                                   corm_sqlite__arguments arguments)
{
    return corm_sqlite_open_with(path, arguments.schema, arguments.options);
}

/* corm_sqlite_open(path, &schema) or corm_sqlite_open(path, &schema, &(corm_sqlite_options){...}):
 * corm_sqlite_open_with, the options left out meaning defaults. The arguments pass through an
 * initializer, so that the commas between the options are commas of that initializer and not of the
 * macro. */
#define corm_sqlite_open(path_, ...)                                                               \
    corm_sqlite__open_from(path_, (corm_sqlite__arguments){.schema = __VA_ARGS__})
#endif

#endif /* CORM_SQLITE_H */

/* ================================================================================================
 * The implementation. Its sections, in which each uses only those above it:
 *
 *     Connections and statements   what is remembered of them
 *     Failures                     SQLite's codes and words as corm's
 *     Waiting for locks
 *     Preparing statements
 *     Running statements           values in, rows out
 *     Transactions                 and savepoints
 *     Many rows                    one statement for all rows of a table that a flush writes: the table
 *                                  that it reads, its text, the keys of new rows, running it
 *     Opening and closing          and the settings of a connection
 *     Blobs in pieces
 *     The dialect
 *     The plan of a query          EXPLAIN QUERY PLAN
 *     The adapter                  the table of all of these
 *     What the program calls */

#if defined(CORM_IMPLEMENTATION) && !defined(CORM_SQLITE__IMPLEMENTED)
#define CORM_SQLITE__IMPLEMENTED

#include "corm.h" /* where the declarations alone came first */

#include <errno.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if SQLITE_VERSION_NUMBER < 3020000
#error "corm_sqlite.h needs SQLite 3.20 or later"
#endif

#if !defined(CORM_SQLITE_MAX_PARAMETERS)
#if SQLITE_VERSION_NUMBER >= 3032000
#define CORM_SQLITE_MAX_PARAMETERS 32766
#else
#define CORM_SQLITE_MAX_PARAMETERS 999
#endif
#endif

/* ---- Connections and statements -------------------------------------------------------------- */

enum corm_sqlite__own {
    CORM_SQLITE__BEGIN,
    CORM_SQLITE__BEGIN_IMMEDIATE,
    CORM_SQLITE__COMMIT,
    CORM_SQLITE__ROLLBACK,
    CORM_SQLITE__OWN_COUNT
};

enum corm_sqlite__named {
    CORM_SQLITE__SAVEPOINT,
    CORM_SQLITE__RELEASE,
    CORM_SQLITE__ROLLBACK_TO,
    CORM_SQLITE__NAMED_COUNT
};

/* Savepoints are rarely nested deeper than this; beyond it their statements are only prepared
 * again. */
enum { CORM_SQLITE__SAVEPOINTS = 4, CORM_SQLITE__SAVEPOINT_NAME = 32 };

typedef struct corm_sqlite__savepoint {
    char name[CORM_SQLITE__SAVEPOINT_NAME];
    sqlite3_stmt *statements[CORM_SQLITE__NAMED_COUNT];
} corm_sqlite__savepoint;

struct corm_statement {
    sqlite3_stmt *handle;
    corm_connection *connection;
    size_t parameters;
    bool writes;
    bool running; /* a query was started and not reset */
    /* of the query that is running */
    bool inside;    /* it was started in a transaction */
    bool begun;     /* its first row has come */
    bool spread;    /* it was looked how its values lie */
    unsigned rows;  /* so many until corm_sqlite__see_row */
    size_t columns; /* of its rows */
    size_t stride;  /* bytes from a value to the next; 0: each is asked for */
};

/* Rows that are being written together. */
enum {
    CORM_SQLITE__ROW_WIDTH = 64, /* columns of a model */
    CORM_SQLITE__KEPT = 6        /* statements; the one that is oldest gives way to another */
};

/* How a statement for many rows finds them: it reads the virtual table; it looks at all of a part of the
 * table, and asks for each; they are all of that part. */
enum corm_sqlite__way { CORM_SQLITE__LISTED, CORM_SQLITE__SCANNED, CORM_SQLITE__ALL };

typedef struct corm_sqlite__kept { /* a statement for many rows, which stays prepared */
    corm_statement statement;
    sqlite3_stmt *last; /* asks for the largest key; NULL: nobody has */
    bool plain; /* the table was found to be, when `last` had been prepared again so often: */
    int prepared;
    char *names; /* of the table and of the columns, each with its end */
    corm_many_verb verb;
    bool numbered;
    size_t width;
    enum corm_sqlite__way way;
} corm_sqlite__kept;

typedef struct corm_sqlite__many {
    const corm_many *rows; /* NULL: none are */
    int64_t first;         /* the key that the first row will have, where they are numbered */
    size_t at;             /* the row that is asked about; SIZE_MAX: none yet */
    corm_value values[CORM_SQLITE__ROW_WIDTH]; /* its values, if they are */
    bool filled;
    bool ready;   /* SQLite knows the table and the functions below */
    bool refused; /* a value could not be had */
    bool assumed; /* that the table is plain: nothing has changed since it was looked at */
    enum corm_sqlite__way way;
    int trouble; /* why a question was not answered; SQLITE_OK: all were */
    /* asks whether a table is one of those for which this works; [1]: beside a temporary database */
    sqlite3_stmt *plain[2];
    corm_sqlite__kept kept[CORM_SQLITE__KEPT], *now;
    size_t next; /* of them gives way */
    size_t few;  /* rows that came in small numbers, and were not worth preparing a statement for */
    /* of the connection; its memory for pages, while it is little; the row at which to look how many pages
     * are read, and those of before */
    sqlite3 *db;
    int cache_kib;
    bool little;
    size_t look;
    int read;
} corm_sqlite__many;

struct corm_connection {
    sqlite3 *db;
    sqlite3_stmt *own[CORM_SQLITE__OWN_COUNT]; /* prepared when first needed; ROLLBACK at open */
    corm_sqlite__many many;
    corm_sqlite__savepoint savepoints[CORM_SQLITE__SAVEPOINTS];
    size_t next_savepoint; /* the slot that the next new name takes */
    int timeout, waited;   /* milliseconds: for a lock, and how many of them are over */
    bool log;              /* its journal is a write-ahead log */
    bool trial;            /* what is begun is run again if it meets a lock */
    bool read_only;        /* as the program wished */
};

/* What the engine hands to every open; written until the first one is over, then only read. */
typedef struct corm_sqlite__config {
    const char *path; /* NULL as given, else behind this struct */
    /* What the first connection has opened, from the root on; NULL: nothing yet, or it is no file. The
     * others open the same, wherever the program has gone meanwhile, and do not make another one. */
    char *file;
    bool single; /* the pool holds one connection */
    corm_sqlite_options options;
} corm_sqlite__config;

/* ---- Failures -------------------------------------------------------------------------------- */

typedef struct corm_sqlite__class {
    int code; /* extended or primary */
    corm_status status;
} corm_sqlite__class;

/* The exact code is looked up first, then its primary code; what is not here is CORM_DATABASE. A
 * constraint of no known kind (a trigger's RAISE, a commit hook, a function) is a rule of the
 * schema's author that refused the row: CHECK. SQLITE_ERROR is said by the compiler: see
 * corm_sqlite__fail for the same code from a running statement. */
static const corm_sqlite__class corm_sqlite__classes[] = {
    {SQLITE_CONSTRAINT_UNIQUE, CORM_UNIQUE},
    {SQLITE_CONSTRAINT_PRIMARYKEY, CORM_UNIQUE},
    {SQLITE_CONSTRAINT_ROWID, CORM_UNIQUE},
    {SQLITE_CONSTRAINT_NOTNULL, CORM_NOT_NULL},
    {SQLITE_CONSTRAINT_FOREIGNKEY, CORM_FOREIGN_KEY},
#if defined(SQLITE_CONSTRAINT_DATATYPE)
    {SQLITE_CONSTRAINT_DATATYPE, CORM_DATA},
#endif
    {SQLITE_CONSTRAINT, CORM_CHECK},
    {SQLITE_BUSY_SNAPSHOT, CORM_CONFLICT},
    {SQLITE_BUSY, CORM_BUSY},
    {SQLITE_LOCKED, CORM_BUSY},
    {SQLITE_PROTOCOL, CORM_BUSY}, /* lost a race for the locks of a log too often */
    {SQLITE_FULL, CORM_FULL},
    {SQLITE_IOERR_NOMEM, CORM_OUT_OF_MEMORY},
    {SQLITE_NOMEM, CORM_OUT_OF_MEMORY},
    {SQLITE_IOERR, CORM_IO},
    {SQLITE_CANTOPEN, CORM_CONNECTION},
    {SQLITE_PERM, CORM_CONNECTION},
    {SQLITE_READONLY, CORM_READ_ONLY},
    {SQLITE_INTERRUPT, CORM_INTERRUPTED},
    {SQLITE_ABORT, CORM_INTERRUPTED}, /* a rollback went through under a running query */
    {SQLITE_CORRUPT, CORM_CORRUPT},
    {SQLITE_NOTADB, CORM_CORRUPT},
    {SQLITE_TOOBIG, CORM_DATA},
    {SQLITE_MISMATCH, CORM_DATA},
    {SQLITE_RANGE, CORM_DATA},
    {SQLITE_ERROR, CORM_SYNTAX},
};

static corm_status corm_sqlite__status(int code)
{
    const size_t count = sizeof corm_sqlite__classes / sizeof *corm_sqlite__classes;
    for (size_t i = 0; i < count; i++)
        if (corm_sqlite__classes[i].code == code)
            return corm_sqlite__classes[i].status;
    return (code & 0xff) == code ? CORM_DATABASE : corm_sqlite__status(code & 0xff);
}

static bool corm_sqlite__in_transaction(const corm_connection *connection)
{
    return sqlite3_get_autocommit(connection->db) == 0;
}

/* Removes the first bytes of a character whose end did not fit. */
static void corm_sqlite__cut(char *text)
{
    size_t length = strlen(text), start = length;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length - (start - 1) < wanted)
        text[start - 1] = '\0';
}

/* "UNIQUE constraint failed: users.email, users.name" names the columns; for an index over
 * expressions SQLite says "index 'name'" instead. Of a list too long for `out`, whole names are
 * kept. */
static void corm_sqlite__columns(const char *words, char *out, size_t size)
{
    static const char separator[] = " constraint failed: ";
    out[0] = '\0';
    const char *list = strstr(words, separator);
    if (list == NULL)
        return;
    list += sizeof separator - 1;
    if (strncmp(list, "index '", 7) == 0)
        return;
    size_t length = strlen(list);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && strncmp(list + length, ", ", 2) != 0)
            length--;
    }
    memcpy(out, list, length);
    out[length] = '\0';
}

/* Whether the database still understands the statement: tells an error in its text (a table dropped
 * since it was prepared) from one in its work (an integer overflow), which SQLite reports with the
 * same code. */
static bool corm_sqlite__compiles(const corm_connection *connection, const char *sql)
{
    sqlite3_stmt *probe = NULL;
    int code = sqlite3_prepare_v2(connection->db, sql, -1, &probe, NULL);
    (void)sqlite3_finalize(probe); /* never stepped: no error to report */
    return code == SQLITE_OK;
}

/* What to do about it, where SQLite's words do not say it; "": they do. */
static const char *corm_sqlite__advice(const corm_connection *connection, int code,
                                       const char *words)
{
    if (code == SQLITE_BUSY_SNAPSHOT)
        return ": somebody else has committed since this transaction began to read; roll back and "
               "do all of it again, with the reading, as corm_run does";
    switch (code & 0xff) {
    case SQLITE_BUSY:
        return ": another session, or another program, holds the lock; roll back and do "
               "it again later, or wait longer (.busy_timeout_ms)";
    case SQLITE_ERROR:
        return strncmp(words, "no such table: ", 15) == 0
                   ? "; corm_create_all makes those of the models"
                   : "";
    case SQLITE_FULL: return ": make room, roll back and do it again";
    case SQLITE_READONLY:
        return connection->read_only ? ": it was opened with .read_only = true"
               : code == SQLITE_READONLY_DBMOVED
                   ? ": its file was moved, deleted or replaced; roll back and open a new engine"
                   : ": the program may not write to the file or its directory, or has asked for "
                     "reading only (mode=ro in a URI, PRAGMA query_only)";
    default: return "";
    }
}

/* Ends `handle` (NULL: the text did not become a statement) and fills in the failure; `words` NULL
 * takes SQLite's. In this order: the words are gone after the reset, and the reset may be what
 * rolls the transaction back, as it does when memory ran out while a row was read. */
static CORM__COLD corm_status corm_sqlite__fail(corm_connection *connection, sqlite3_stmt *handle,
                                                int code, bool was_inside, const char *words,
                                                corm_failure *failure)
{
    corm_status status = corm_sqlite__status(code);
    corm_failure ignored;
    if (failure == NULL)
        failure = &ignored;
    const char *advice = "";
    if (words == NULL) {
        words = status == CORM_OUT_OF_MEMORY ? sqlite3_errstr(SQLITE_NOMEM)
                                             : sqlite3_errmsg(connection->db);
        advice = corm_sqlite__advice(connection, code, words);
    }
    if (status == CORM_CHECK && strcmp(words, "FOREIGN KEY constraint failed") == 0)
        status = CORM_FOREIGN_KEY; /* of ON DELETE RESTRICT SQLite makes a trigger that says so */
    failure->columns[0] = '\0';
    if (status == CORM_UNIQUE || status == CORM_NOT_NULL || status == CORM_CHECK)
        corm_sqlite__columns(words, failure->columns, sizeof failure->columns);
    if ((size_t)snprintf(failure->message, sizeof failure->message, "%s%s", words, advice) >=
        sizeof failure->message)
        corm_sqlite__cut(failure->message);
    failure->native_code = code;
    if (handle != NULL) {
        (void)sqlite3_reset(handle); /* repeats the error that is being reported */
        if (status == CORM_SYNTAX && corm_sqlite__compiles(connection, sqlite3_sql(handle)))
            status = CORM_DATABASE;
    }
    failure->status = status;
    failure->transaction_lost = was_inside && !corm_sqlite__in_transaction(connection);
    return status;
}

/* ---- Waiting for locks ----------------------------------------------------------------------- */

/* SQLite's busy handler: whether to try again. Its own (sqlite3_busy_timeout) sleeps up to 100 ms
 * at a time; under many short transactions such a sleeper never finds the lock free. */
static int corm_sqlite__wait(void *context, int tries)
{
    enum { SHORT_TRIES = 20, LONG_MS = 5 };
    corm_connection *connection = (corm_connection *)context;
    if (tries == 0)
        connection->waited = 0;
    if (connection->waited >= connection->timeout)
        return 0;
    const int slept = sqlite3_sleep(tries < SHORT_TRIES ? 1 : LONG_MS);
    connection->waited += slept > 0 ? slept : 1;
    return 1;
}

/* ---- Preparing statements -------------------------------------------------------------------- */

/* Whether nothing is left but blanks, comments and semicolons; SQLite itself says what a comment
 * is. *code takes SQLITE_NOMEM if that cannot be found out. */
static bool corm_sqlite__nothing_left(sqlite3 *db, const char *tail, const char *end, int *code)
{
    while (tail < end && *tail != '\0') {
        sqlite3_stmt *second = NULL;
        int rc = sqlite3_prepare_v2(db, tail, -1, &second, &tail);
        bool is_statement = second != NULL;
        (void)sqlite3_finalize(second); /* never stepped: no error to report */
        if ((rc & 0xff) == SQLITE_NOMEM)
            *code = rc;
        if (rc != SQLITE_OK || is_statement)
            return false;
    }
    return tail >= end;
}

static corm_status corm_sqlite__compile(corm_connection *connection, const char *sql, size_t size,
                                        sqlite3_stmt **out, corm_failure *failure)
{
    const bool inside = corm_sqlite__in_transaction(connection);
    const char *tail = NULL, *words = NULL;
    int code = SQLITE_OK;
    *out = NULL;
    if (size >= INT_MAX)
        return corm_sqlite__fail(connection, NULL, SQLITE_TOOBIG, inside,
                                 "the statement is too long", failure);
    if (size > 0) /* the terminator is counted: SQLite then need not copy the text first */
        code = sqlite3_prepare_v3(connection->db, sql, (int)size + 1, SQLITE_PREPARE_PERSISTENT,
                                  out, &tail);
    if (code != SQLITE_OK)
        return corm_sqlite__fail(connection, NULL, code, inside, NULL, failure);
    if (*out == NULL)
        return corm_sqlite__fail(connection, NULL, SQLITE_ERROR, inside, "the statement is empty",
                                 failure);
    if (corm_sqlite__nothing_left(connection->db, tail, sql + size, &code))
        return CORM_OK;
    (void)sqlite3_finalize(*out); /* never stepped: no error to report */
    *out = NULL;
    if (code == SQLITE_OK) {
        code = SQLITE_ERROR;
        words = "the text holds more than one statement";
    }
    return corm_sqlite__fail(connection, NULL, code, inside, words, failure);
}

/* Takes over `handle`. */
static corm_status corm_sqlite__statement_of(corm_connection *connection, sqlite3_stmt *handle,
                                             corm_statement **out, corm_failure *failure)
{
    corm_statement *statement = (corm_statement *)CORM_MALLOC(sizeof *statement);
    if (statement == NULL) {
        (void)sqlite3_finalize(handle); /* never stepped: no error to report */
        return corm_sqlite__fail(connection, NULL, SQLITE_NOMEM, false, NULL, failure);
    }
    statement->handle = handle;
    statement->connection = connection;
    statement->parameters = (size_t)sqlite3_bind_parameter_count(handle);
    statement->writes = sqlite3_stmt_readonly(handle) == 0;
    statement->running = false;
    *out = statement;
    return CORM_OK;
}

static corm_status corm_sqlite__prepare(corm_connection *connection, const char *sql, size_t size,
                                        corm_statement **out, corm_failure *failure)
{
    *out = NULL;
    sqlite3_stmt *handle = NULL;
    corm_status status =
        corm_sqlite__compile(connection, sql, sql == NULL ? 0 : size, &handle, failure);
    return status == CORM_OK ? corm_sqlite__statement_of(connection, handle, out, failure) : status;
}

static corm_status corm_sqlite__prepare_next(corm_connection *connection, const char *sql,
                                             size_t size, corm_statement **out, size_t *used,
                                             corm_failure *failure)
{
    const bool inside = corm_sqlite__in_transaction(connection);
    const char *from = sql, *tail = sql;
    sqlite3_stmt *handle = NULL;
    *out = NULL;
    *used = size;
    if (size >= INT_MAX)
        return corm_sqlite__fail(connection, NULL, SQLITE_TOOBIG, inside, "the text is too long",
                                 failure);
    while (handle == NULL && tail < sql + size) { /* each round one comment or semicolon */
        from = tail;
        const int left = (int)(size - (size_t)(from - sql)) + 1; /* with the terminator */
        int code = sqlite3_prepare_v2(connection->db, from, left, &handle, &tail);
        if (code != SQLITE_OK)
            return corm_sqlite__fail(connection, NULL, code, inside, NULL, failure);
        if (tail == from) /* a zero byte */
            break;
    }
    if (handle == NULL)
        return CORM_OK;
    *used = (size_t)(tail - sql);
    return corm_sqlite__statement_of(connection, handle, out, failure);
}

static void corm_sqlite__describe(corm_statement *statement, corm_statement_info *out)
{
    out->parameters = statement->parameters;
    out->columns = (size_t)sqlite3_column_count(statement->handle);
    out->writes = statement->writes;
}

static const char *corm_sqlite__column_name(corm_statement *statement, size_t column)
{
    return sqlite3_column_name(statement->handle, (int)column);
}

/* Ends the run and lets go of the borrowed values. What sqlite3_reset returns is the last step's
 * error, which has been reported; sqlite3_clear_bindings cannot fail. */
static void corm_sqlite__end(corm_statement *statement)
{
    statement->running = false;
    (void)sqlite3_reset(statement->handle);
    (void)sqlite3_clear_bindings(statement->handle);
}

static void corm_sqlite__reset(corm_statement *statement)
{
    if (statement != NULL && statement->running)
        corm_sqlite__end(statement);
}

static void corm_sqlite__finalize(corm_statement *statement)
{
    if (statement == NULL)
        return;
    (void)sqlite3_finalize(statement->handle); /* repeats an error that was reported */
    CORM_FREE(statement);
}

static CORM__COLD corm_status corm_sqlite__fail_statement(corm_statement *statement, int code,
                                                          bool was_inside, corm_failure *failure)
{
    corm_status status = corm_sqlite__fail(statement->connection, statement->handle, code,
                                           was_inside, NULL, failure);
    corm_sqlite__end(statement);
    return status;
}

/* ---- Running statements ---------------------------------------------------------------------- */

/* Everything is bound without a copy: the values live at least as long as the run, and
 * corm_sqlite__end lets go. */
static int corm_sqlite__bind_value(sqlite3_stmt *handle, int index, const corm_value *value)
{
    switch (value->type) {
    case CORM_VALUE_INTEGER: return sqlite3_bind_int64(handle, index, value->as.integer);
    case CORM_VALUE_REAL: return sqlite3_bind_double(handle, index, value->as.real);
    case CORM_VALUE_TEXT:
        return sqlite3_bind_text64(handle, index, (const char *)value->as.bytes,
                                   (sqlite3_uint64)value->size, SQLITE_STATIC, SQLITE_UTF8);
    case CORM_VALUE_BLOB:
        return sqlite3_bind_blob64(handle, index, value->as.bytes, (sqlite3_uint64)value->size,
                                   SQLITE_STATIC);
    case CORM_VALUE_ZEROS:
        return sqlite3_bind_zeroblob64(handle, index, (sqlite3_uint64)value->size);
    case CORM_VALUE_NULL: break;
    }
    return SQLITE_OK; /* a parameter that is not bound is NULL */
}

/* Too few values would silently become NULL, so the number must be right. */
static corm_status corm_sqlite__bind(corm_statement *statement, const corm_value *values,
                                     size_t count, bool was_inside, corm_failure *failure)
{
    corm_sqlite__reset(statement);
    if (count != statement->parameters) {
        char words[96];
        (void)snprintf(words, sizeof words, "the statement takes %zu values, %zu were given",
                       statement->parameters, count); /* fits: two numbers of at most 20 digits */
        return corm_sqlite__fail(statement->connection, NULL, SQLITE_RANGE, was_inside, words,
                                 failure);
    }
    for (size_t i = 0; i < count; i++) { /* SQLite allows no more parameters than an int counts */
        int code = corm_sqlite__bind_value(statement->handle, (int)i + 1, &values[i]);
        if (code != SQLITE_OK)
            return corm_sqlite__fail_statement(statement, code, was_inside, failure);
    }
    return CORM_OK;
}

#if SQLITE_VERSION_NUMBER >= 3037000
#define CORM_SQLITE__CHANGES(db_) sqlite3_changes64(db_)
#define CORM_SQLITE__TOTAL_CHANGES(db_) sqlite3_total_changes64(db_)
#else
#define CORM_SQLITE__CHANGES(db_) sqlite3_changes(db_)
#define CORM_SQLITE__TOTAL_CHANGES(db_) sqlite3_total_changes(db_)
#endif

/* A transaction that has read and now writes while someone else does is answered at once: with a
 * rollback journal the two could wait for each other. With a log they cannot, so it waits here; if
 * the other one commits, the answer is a conflict, and if not, the transaction goes on. A trial that
 * writes does not wait: it is begun anew, without what it has read, and its old view of the database
 * would keep the log from being used again. Whether to try again what has met a lock;
 * connection->waited was set to 0 before the first try. */
static bool corm_sqlite__wait_inside(corm_connection *connection, bool inside, bool writes,
                                     int tries)
{
    return inside && connection->log && !(writes && connection->trial) &&
           corm_sqlite__wait(connection, tries) != 0;
}

/* The first step of a statement, which has met a lock, until it does not or the time is over. */
static CORM__COLD int corm_sqlite__step_again(corm_statement *statement, bool inside)
{
    int code = SQLITE_BUSY;
    for (int tries = 1; code == SQLITE_BUSY; tries++) {
        if (!corm_sqlite__wait_inside(statement->connection, inside, statement->writes, tries))
            break;
        (void)sqlite3_reset(statement->handle); /* repeats the error */
        code = sqlite3_step(statement->handle);
    }
    return code;
}

static int corm_sqlite__first_step(corm_statement *statement, bool inside)
{
    statement->connection->waited = 0;
    const int code = sqlite3_step(statement->handle);
    return CORM__UNLIKELY(code == SQLITE_BUSY) ? corm_sqlite__step_again(statement, inside) : code;
}

/* sqlite3_changes keeps the last INSERT's count over statements that count nothing (CREATE,
 * PRAGMA). It is this statement's own if the total moved; if it did not, nothing was changed. The
 * total itself also counts what triggers did. */

static corm_status corm_sqlite__execute(corm_statement *statement, const corm_value *values,
                                        size_t count, corm_result *result, corm_failure *failure)
{
    sqlite3 *db = statement->connection->db;
    const bool inside = corm_sqlite__in_transaction(statement->connection);
    const int64_t total = CORM_SQLITE__TOTAL_CHANGES(db);
    corm_status status = corm_sqlite__bind(statement, values, count, inside, failure);
    if (status != CORM_OK)
        return status;
    int code = corm_sqlite__first_step(statement, inside);
    while (code == SQLITE_ROW)
        code = sqlite3_step(statement->handle);
    if (code != SQLITE_DONE)
        return corm_sqlite__fail_statement(statement, code, inside, failure);
    if (result != NULL) {
        const bool counted = statement->writes && CORM_SQLITE__TOTAL_CHANGES(db) != total;
        result->changed = counted ? CORM_SQLITE__CHANGES(db) : 0;
        result->last_key = result->changed > 0 ? sqlite3_last_insert_rowid(db) : 0;
    }
    corm_sqlite__end(statement);
    return CORM_OK;
}

static corm_status corm_sqlite__query(corm_statement *statement, const corm_value *values,
                                      size_t count, corm_failure *failure)
{
    const bool inside = corm_sqlite__in_transaction(statement->connection);
    corm_status status = corm_sqlite__bind(statement, values, count, inside, failure);
    statement->running = status == CORM_OK;
    statement->inside = inside;
    statement->begun = statement->spread = false;
    statement->rows = 1;
    statement->stride = 0;
    statement->connection->waited = 0;
    return status;
}

/* Of the rarer types. False: out of memory. */
static bool corm_sqlite__read_rare(sqlite3_value *value, int type, corm_value *out)
{
    out->size = 0;
    switch (type) {
    case SQLITE_FLOAT:
        out->type = CORM_VALUE_REAL;
        out->as.real = sqlite3_value_double(value);
        return true;
    case SQLITE_BLOB:
        out->type = CORM_VALUE_BLOB;
        out->as.bytes = sqlite3_value_blob(value);
        out->size = (size_t)sqlite3_value_bytes(value);
        if (out->as.bytes != NULL)
            return true;
        out->as.bytes = ""; /* SQLite gives NULL for an empty blob */
        return out->size == 0;
    default:
        out->type = CORM_VALUE_NULL;
        out->as.integer = 0;
        return true;
    }
}

/* From a value of sqlite3_column_value: the calls sqlite3_column_... would each look the column up and
 * check for an error again. "Not threadsafe" (https://www.sqlite.org/c3ref/column_blob.html) is no
 * objection here: a connection belongs to one thread at a time. The type is asked first, the size last:
 * the text may be converted. False: out of memory. */
static inline bool corm_sqlite__read_value(sqlite3_value *value, corm_value *out)
{
    const int type = sqlite3_value_type(value);
    if (type == SQLITE_INTEGER) {
        out->type = CORM_VALUE_INTEGER;
        out->size = 0;
        out->as.integer = sqlite3_value_int64(value);
        return true;
    }
    if (type != SQLITE_TEXT)
        return corm_sqlite__read_rare(value, type, out);
    out->type = CORM_VALUE_TEXT;
    out->as.bytes = sqlite3_value_text(value);
    out->size = (size_t)sqlite3_value_bytes(value);
    return out->as.bytes != NULL;
}

/* SQLite keeps the values of a row in an array of structs whose size it does not tell. Where those of
 * the row at hand lie one like the other, those of the rows that follow in the same run do so too: the
 * first of a row tells where the others are, and the last one whether that is right. To ask for each
 * is a tenth of reading a row. 0: it must be done. */
static size_t corm_sqlite__stride(sqlite3_stmt *handle, int columns)
{
    if (columns < 4) /* few: as fast one by one; and to ask for one that is not there is an error */
        return 0;
    const uintptr_t first = (uintptr_t)sqlite3_column_value(handle, 0);
    const uintptr_t stride = (uintptr_t)sqlite3_column_value(handle, 1) - first;
    for (int i = 2; i < columns; i++)
        if ((uintptr_t)sqlite3_column_value(handle, i) - first != (uintptr_t)i * stride)
            return 0;
    return stride;
}

/* Reads the values of a row. False: out of memory. */
static inline bool corm_sqlite__read_row(const corm_statement *statement, corm_value *values,
                                         size_t width)
{
    sqlite3_stmt *const handle = statement->handle;
    const size_t stride = width < 2 ? 0 : statement->stride;
    char *at = NULL;
    if (CORM__LIKELY(stride != 0)) {
        at = (char *)sqlite3_column_value(handle, 0);
        if ((void *)(at + (width - 1) * stride) == sqlite3_column_value(handle, (int)width - 1)) {
            for (; width > 0; width--, values++, at += stride)
                if (CORM__UNLIKELY(!corm_sqlite__read_value((void *)at, values)))
                    return false;
            return true;
        }
    }
    for (int i = 0, there = (int)width; i < there; i++, values++)
        if (CORM__UNLIKELY(!corm_sqlite__read_value(sqlite3_column_value(handle, i), values)))
            return false;
    return true;
}

enum { CORM_SQLITE__ROWS_BEFORE = 3, CORM_SQLITE__ROWS_BETWEEN = 2048 };

/* At the first row: SQLite has prepared the statement again if the schema has changed, and SELECT * may
 * have got other columns. At the fourth: there are more than a few. Then now and again: a long query would fill the cache with pages that it does not
 * come back to: memory that is new to the process, while that of pages which are given up is warm. */
static CORM__COLD void corm_sqlite__see_row(corm_statement *statement)
{
    statement->rows = CORM_SQLITE__ROWS_BETWEEN;
    if (!statement->begun) {
        statement->columns = (size_t)sqlite3_data_count(statement->handle);
        statement->begun = true;
        statement->rows = CORM_SQLITE__ROWS_BEFORE;
    } else if (!statement->spread) {
        statement->stride = corm_sqlite__stride(statement->handle, (int)statement->columns);
        statement->spread = true;
    } else {
        (void)sqlite3_db_release_memory(statement->connection->db); /* always succeeds */
    }
}

static corm_status corm_sqlite__fetch(corm_statement *statement, corm_value *values, size_t width,
                                      bool *row, corm_failure *failure)
{
    *row = false;
    if (!statement->running) /* a step would run the query again */
        return CORM_OK;
    sqlite3_stmt *const handle = statement->handle;
    int code = sqlite3_step(handle);
    if (CORM__UNLIKELY(code == SQLITE_BUSY) && !statement->begun) /* RETURNING writes */
        code = corm_sqlite__step_again(statement, statement->inside);
    if (CORM__UNLIKELY(code != SQLITE_ROW)) {
        if (code != SQLITE_DONE)
            return corm_sqlite__fail_statement(statement, code, statement->inside, failure);
        corm_sqlite__end(statement);
        return CORM_OK;
    }
    if (CORM__UNLIKELY(--statement->rows == 0))
        corm_sqlite__see_row(statement);
    for (; CORM__UNLIKELY(width > statement->columns); width--)
        values[width - 1] = (corm_value){.type = CORM_VALUE_NULL};
    if (CORM__UNLIKELY(!corm_sqlite__read_row(statement, values, width)))
        return corm_sqlite__fail_statement(statement, SQLITE_NOMEM, statement->inside, failure);
    *row = true;
    return CORM_OK;
}

static CORM__COLD corm_status corm_sqlite__script(corm_connection *connection, const char *sql,
                                                  corm_failure *failure)
{
    const bool inside = corm_sqlite__in_transaction(connection);
    while (sql != NULL && *sql != '\0') {
        sqlite3_stmt *handle = NULL;
        int code = sqlite3_prepare_v2(connection->db, sql, -1, &handle, &sql);
        if (code != SQLITE_OK)
            return corm_sqlite__fail(connection, NULL, code, inside, NULL, failure);
        if (handle == NULL) /* a comment, blanks */
            continue;
        do
            code = sqlite3_step(handle);
        while (code == SQLITE_ROW);
        corm_status status = CORM_OK;
        if (code != SQLITE_DONE)
            status = corm_sqlite__fail(connection, handle, code, inside, NULL, failure);
        (void)sqlite3_finalize(handle); /* repeats the step's error */
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

/* ---- Transactions ---------------------------------------------------------------------------- */

/* Runs a statement without parameters and rows, which *handle keeps prepared. */
static corm_status corm_sqlite__run(corm_connection *connection, sqlite3_stmt **handle,
                                    const char *sql, corm_failure *failure)
{
    const bool inside = corm_sqlite__in_transaction(connection);
    if (*handle == NULL) {
        corm_status status = corm_sqlite__compile(connection, sql, strlen(sql), handle, failure);
        if (status != CORM_OK)
            return status;
    }
    int code = sqlite3_step(*handle);
    if (code != SQLITE_DONE)
        return corm_sqlite__fail(connection, *handle, code, inside, NULL, failure);
    (void)sqlite3_reset(*handle); /* repeats the step's success */
    return CORM_OK;
}

static corm_status corm_sqlite__run_own(corm_connection *connection, enum corm_sqlite__own which,
                                        corm_failure *failure)
{
    static const char *const texts[CORM_SQLITE__OWN_COUNT] = {
        [CORM_SQLITE__BEGIN] = "BEGIN",
        [CORM_SQLITE__BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
        [CORM_SQLITE__COMMIT] = "COMMIT",
        [CORM_SQLITE__ROLLBACK] = "ROLLBACK",
    };
    return corm_sqlite__run(connection, &connection->own[which], texts[which], failure);
}

/* If that fails, the limit stays as it was. */
static CORM__COLD bool corm_sqlite__limit_cache(sqlite3 *db, int kib)
{
    char sql[48];
    (void)snprintf(sql, sizeof sql, "PRAGMA main.cache_size=-%d", kib); /* fits: one int */
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* An interrupt makes every statement fail until none is open: then it is tried again with the next transaction. */
static CORM__COLD void corm_sqlite__restore_cache(corm_sqlite__many *many)
{
    many->little = !corm_sqlite__limit_cache(many->db, many->cache_kib);
}

static corm_status corm_sqlite__begin(corm_connection *connection, corm_beginning as,
                                      corm_failure *failure)
{
    if (CORM__UNLIKELY(connection->many.little))
        corm_sqlite__restore_cache(&connection->many);
    connection->trial = as == CORM_BEGIN_TRIAL;
    return corm_sqlite__run_own(
        connection, as == CORM_BEGIN_WRITER ? CORM_SQLITE__BEGIN_IMMEDIATE : CORM_SQLITE__BEGIN,
        failure);
}

/* May fail and leave the transaction open: a deferred foreign key that is not satisfied, a reader
 * in the way. */
static corm_status corm_sqlite__commit(corm_connection *connection, corm_failure *failure)
{
    static const char deferred[] =
        ": one that is deferred refers to a row that is not there; before the commit, "
        "PRAGMA foreign_key_check lists such rows";
    const corm_status status = corm_sqlite__run_own(connection, CORM_SQLITE__COMMIT, failure);
    if (CORM__LIKELY(status != CORM_FOREIGN_KEY) || failure == NULL)
        return status;
    const size_t length = strlen(failure->message);
    if (length + sizeof deferred <= sizeof failure->message)
        memcpy(failure->message + length, deferred, sizeof deferred);
    return status;
}

/* Twice, because ROLLBACK is compiled again after a change of the schema, and memory may be had by
 * giving up cached pages. If it cannot, closing the connection rolls back. */
static corm_status corm_sqlite__rollback(corm_connection *connection, corm_failure *failure)
{
    corm_status status = CORM_OK;
    for (int attempt = 0; attempt < 2 && corm_sqlite__in_transaction(connection); attempt++) {
        if (attempt > 0)
            (void)sqlite3_db_release_memory(connection->db); /* always succeeds */
        status = corm_sqlite__run_own(connection, CORM_SQLITE__ROLLBACK, failure);
    }
    return corm_sqlite__in_transaction(connection) ? status : CORM_OK;
}

/* The slot that keeps this savepoint's statements; NULL for a name too long to keep. */
static corm_sqlite__savepoint *corm_sqlite__savepoint_of(corm_connection *connection,
                                                         const char *name)
{
    for (size_t i = 0; i < CORM_SQLITE__SAVEPOINTS; i++)
        if (strcmp(connection->savepoints[i].name, name) == 0)
            return &connection->savepoints[i];
    const size_t length = strlen(name);
    if (length >= CORM_SQLITE__SAVEPOINT_NAME)
        return NULL;
    corm_sqlite__savepoint *slot = &connection->savepoints[connection->next_savepoint];
    connection->next_savepoint = (connection->next_savepoint + 1) % CORM_SQLITE__SAVEPOINTS;
    for (size_t i = 0; i < CORM_SQLITE__NAMED_COUNT; i++) {
        (void)sqlite3_finalize(slot->statements[i]); /* repeats an error that was reported */
        slot->statements[i] = NULL;
    }
    memcpy(slot->name, name, length + 1);
    return slot;
}

static corm_status corm_sqlite__run_named(corm_connection *connection,
                                          enum corm_sqlite__named which, const char *name,
                                          corm_failure *failure)
{
    static const char *const formats[CORM_SQLITE__NAMED_COUNT] = {
        [CORM_SQLITE__SAVEPOINT] = "SAVEPOINT \"%w\"",
        [CORM_SQLITE__RELEASE] = "RELEASE \"%w\"",
        [CORM_SQLITE__ROLLBACK_TO] = "ROLLBACK TO \"%w\"",
    };
    if (name == NULL)
        name = "";
    corm_sqlite__savepoint *slot = corm_sqlite__savepoint_of(connection, name);
    sqlite3_stmt *loose = NULL;
    sqlite3_stmt **handle = slot == NULL ? &loose : &slot->statements[which];
    char *sql = NULL;
    if (*handle == NULL) {
        sql = sqlite3_mprintf(formats[which], name); /* %w doubles quotes */
        if (sql == NULL)
            return corm_sqlite__fail(connection, NULL, SQLITE_NOMEM, false, NULL, failure);
    }
    corm_status status = corm_sqlite__run(connection, handle, sql, failure);
    (void)sqlite3_finalize(loose); /* repeats an error that is being reported */
    sqlite3_free(sql);
    return status;
}

static corm_status corm_sqlite__savepoint_begin(corm_connection *connection, const char *name,
                                                corm_failure *failure)
{
    return corm_sqlite__run_named(connection, CORM_SQLITE__SAVEPOINT, name, failure);
}

static corm_status corm_sqlite__release(corm_connection *connection, const char *name,
                                        corm_failure *failure)
{
    return corm_sqlite__run_named(connection, CORM_SQLITE__RELEASE, name, failure);
}

/* ROLLBACK TO leaves the savepoint itself standing. */
static corm_status corm_sqlite__rollback_to(corm_connection *connection, const char *name,
                                            corm_failure *failure)
{
    corm_status status =
        corm_sqlite__run_named(connection, CORM_SQLITE__ROLLBACK_TO, name, failure);
    return status == CORM_OK ? corm_sqlite__release(connection, name, failure) : status;
}

/* ---- Many rows: the table that the statement reads ------------------------------------------- */

/* One statement writes them all. New rows are read from a table-valued view of the rows, a virtual
 * table that is there by itself (https://www.sqlite.org/vtab.html#eponymous_virtual_tables):
 *   INSERT INTO "users"("id", "username") SELECT c0, c1 FROM corm_rows
 * Where the database gives the keys, the key is left out: each is one more than the largest
 * (https://www.sqlite.org/autoinc.html), and SQLite need not look whether it is taken.
 * Changed rows are found in one scan of the part of the table in which they lie, and two functions
 * step along:
 *   UPDATE "users" SET "age" = corm_row_value("id", 1)
 *   WHERE "id" BETWEEN ?1 AND ?2 AND corm_row_is("id")
 * Deleted rows are found by the same scan, which asks for none where all are meant; or, where they are few
 * of the rows in their part, by their keys:
 *   DELETE FROM "users" WHERE "id" IN (SELECT c0 FROM corm_rows)
 * Outside of such a statement the virtual table is empty, and the functions give 0 and NULL. */
#if !defined(SQLITE_OMIT_VIRTUALTABLE)

enum {
    /* A scan reads at most so many rows for one that is meant: beyond, looking each up is faster. */
    CORM_SQLITE__SPARSE = 4
};

typedef struct corm_sqlite__rows_table {
    sqlite3_vtab base;
    corm_sqlite__many *many;
} corm_sqlite__rows_table;

typedef struct corm_sqlite__rows_cursor {
    sqlite3_vtab_cursor base;
    size_t at;
} corm_sqlite__rows_cursor;

static corm_sqlite__many *corm_sqlite__many_of(const sqlite3_vtab_cursor *cursor)
{
    return ((const corm_sqlite__rows_table *)(const void *)cursor->pVtab)->many;
}

static size_t *corm_sqlite__rows_at(sqlite3_vtab_cursor *cursor)
{
    return &((corm_sqlite__rows_cursor *)(void *)cursor)->at;
}

static CORM__COLD int corm_sqlite__rows_connect(sqlite3 *db, void *many, int argc,
                                                const char *const *argv, sqlite3_vtab **out,
                                                char **words)
{
    char sql[CORM_SQLITE__ROW_WIDTH * 5 + 32];
    size_t length = (size_t)snprintf(sql, sizeof sql, "CREATE TABLE x(c0"); /* fits, as does all */
    (void)argc;
    (void)argv;
    (void)words;
    for (int i = 1; i < CORM_SQLITE__ROW_WIDTH; i++)
        length += (size_t)snprintf(sql + length, sizeof sql - length, ",c%d", i);
    (void)snprintf(sql + length, sizeof sql - length, ")");
    int code = sqlite3_declare_vtab(db, sql);
    if (code != SQLITE_OK)
        return code;
    corm_sqlite__rows_table *table = (corm_sqlite__rows_table *)sqlite3_malloc((int)sizeof *table);
    if (table == NULL)
        return SQLITE_NOMEM;
    memset(table, 0, sizeof *table);
    table->many = (corm_sqlite__many *)many;
    *out = &table->base;
    return SQLITE_OK;
}

static int corm_sqlite__rows_disconnect(sqlite3_vtab *table)
{
    sqlite3_free(table);
    return SQLITE_OK;
}

/* A statement is kept for other rows, which may be more or fewer. */
static int corm_sqlite__rows_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    (void)table;
    info->estimatedCost = 1;
    return SQLITE_OK;
}

static int corm_sqlite__rows_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
    (void)table;
    corm_sqlite__rows_cursor *cursor =
        (corm_sqlite__rows_cursor *)sqlite3_malloc((int)sizeof *cursor);
    if (cursor == NULL)
        return SQLITE_NOMEM;
    memset(cursor, 0, sizeof *cursor);
    *out = &cursor->base;
    return SQLITE_OK;
}

static int corm_sqlite__rows_close(sqlite3_vtab_cursor *cursor)
{
    sqlite3_free(cursor);
    return SQLITE_OK;
}

static int corm_sqlite__rows_filter(sqlite3_vtab_cursor *cursor, int number, const char *words,
                                    int argc, sqlite3_value **argv)
{
    (void)number;
    (void)words;
    (void)argc;
    (void)argv;
    *corm_sqlite__rows_at(cursor) = 0;
    return SQLITE_OK;
}

static int corm_sqlite__rows_eof(sqlite3_vtab_cursor *cursor)
{
    const corm_many *rows = corm_sqlite__many_of(cursor)->rows;
    return rows == NULL || corm_sqlite__many_of(cursor)->way != CORM_SQLITE__LISTED ||
           *corm_sqlite__rows_at(cursor) >= rows->count;
}

static inline void corm_sqlite__give(sqlite3_context *context, const corm_value *value)
{
    switch (value->type) {
    case CORM_VALUE_INTEGER: sqlite3_result_int64(context, value->as.integer); break;
    case CORM_VALUE_REAL: sqlite3_result_double(context, value->as.real); break;
    case CORM_VALUE_TEXT:
        if (CORM__LIKELY(value->size <= INT_MAX)) /* a shorter way */
            sqlite3_result_text(context, (const char *)value->as.bytes, (int)value->size,
                                SQLITE_STATIC);
        else
            sqlite3_result_text64(context, (const char *)value->as.bytes,
                                  (sqlite3_uint64)value->size, SQLITE_STATIC, SQLITE_UTF8);
        break;
    case CORM_VALUE_BLOB:
        sqlite3_result_blob64(context, value->as.bytes, (sqlite3_uint64)value->size, SQLITE_STATIC);
        break;
    case CORM_VALUE_ZEROS:
        (void)sqlite3_result_zeroblob64(context, (sqlite3_uint64)value->size);
        break;
    case CORM_VALUE_NULL: sqlite3_result_null(context); break;
    }
}

/* Where keys and what is indexed rise, SQLite writes rows to one page after the other and does not come back.
 * A page that is written out early leaves its memory to the next one; a large cache would take memory that
 * is new to the process for each, which costs more than the page. So many rows begin with little memory,
 * until many pages are read. Not where the journal is for rollback: before a page is written to the database's
 * file, readers have to be waited for, and are locked out from then on. */

#if !defined(CORM_SQLITE__ROWS_FOR_LITTLE)
#define CORM_SQLITE__ROWS_FOR_LITTLE 8192 /* from which on it matters */
#endif
#if !defined(CORM_SQLITE__ROWS_BETWEEN_LOOKS)
#define CORM_SQLITE__ROWS_BETWEEN_LOOKS 1024
#endif

enum {
    CORM_SQLITE__LITTLE_KIB = 2000,
    CORM_SQLITE__PAGES_MANY =
        64 /* read between two looks: SQLite comes back to what it has written */
};

static CORM__COLD int corm_sqlite__pages_read(sqlite3 *db)
{
    int read = 0, most = 0;
    (void)sqlite3_db_status(db, SQLITE_DBSTATUS_CACHE_MISS, &read, &most,
                            0); /* 0 if it cannot tell */
    return read;
}

static int corm_sqlite__read_limit(void *out, int count, char **values, char **names)
{
    (void)count;
    (void)names;
    const long limit = values[0] == NULL ? 0 : strtol(values[0], NULL, 10);
    *(int *)out = limit < 0 && limit >= -INT_MAX ? (int)-limit : 0;
    return 0;
}

/* The program may have set the limit; one that counts pages stays. */
static void corm_sqlite__little_cache(corm_connection *connection)
{
    corm_sqlite__many *many = &connection->many;
    if (!connection->log || many->little ||
        many->rows->verb == CORM_MANY_DELETE || /* what goes along lies anywhere */
        many->rows->count < CORM_SQLITE__ROWS_FOR_LITTLE)
        return;
    many->cache_kib = 0;
    (void)sqlite3_exec(many->db, "PRAGMA main.cache_size", corm_sqlite__read_limit,
                       &many->cache_kib, NULL); /* 0 if it fails */
    if (many->cache_kib <= CORM_SQLITE__LITTLE_KIB)
        return;
    many->little = corm_sqlite__limit_cache(many->db, CORM_SQLITE__LITTLE_KIB);
    /* What earlier statements have left there would have to go while this one runs, and then SQLite first writes a copy
     * of each page to a temporary file, for undoing the statement. What fails here fails the statement, too. */
    (void)sqlite3_db_cacheflush(many->db);
    many->look = CORM_SQLITE__ROWS_BETWEEN_LOOKS;
    many->read = corm_sqlite__pages_read(many->db);
}

static void corm_sqlite__whole_cache(corm_sqlite__many *many)
{
    if (many->look == SIZE_MAX)
        return;
    many->look = SIZE_MAX;
    corm_sqlite__restore_cache(many);
}

static CORM__COLD void corm_sqlite__look_at_cache(corm_sqlite__many *many)
{
    const int before = many->read;
    many->look += CORM_SQLITE__ROWS_BETWEEN_LOOKS;
    if (many->look >=
        many->rows->count) /* SQLite may go through the rows twice, to find and to write */
        many->look = CORM_SQLITE__ROWS_BETWEEN_LOOKS;
    many->read = corm_sqlite__pages_read(many->db);
    if (many->read - before > CORM_SQLITE__PAGES_MANY)
        corm_sqlite__whole_cache(many);
}

/* The values of the row that is asked about. */
static bool corm_sqlite__many_fill(corm_sqlite__many *many)
{
    many->filled = many->rows->row(many->rows->context, many->at, many->values);
    many->refused = !many->filled;
    return many->filled;
}

/* To another row. */
static inline bool corm_sqlite__many_move(corm_sqlite__many *many, size_t row)
{
    if (row == many->look)
        corm_sqlite__look_at_cache(many);
    many->at = row;
    many->filled = false;
    return many->rows->members != NULL || corm_sqlite__many_fill(many);
}

/* A value from where it stands; false: it has to be asked for. */
static CORM__INLINE bool corm_sqlite__give_member(sqlite3_context *context, const void *row,
                                                  const corm_many_member *member)
{
    const char *at = (const char *)row + member->offset, *text;
    int64_t integer;
    double real;
    switch (member->type) {
    case CORM_VALUE_INTEGER:
        memcpy(&integer, at, sizeof integer);
        sqlite3_result_int64(context, integer);
        return true;
    case CORM_VALUE_REAL:
        memcpy(&real, at, sizeof real);
        sqlite3_result_double(context, real);
        return true;
    case CORM_VALUE_TEXT:
        memcpy(&text, at, sizeof text);
        if (text != NULL)
            sqlite3_result_text(context, text, -1, SQLITE_STATIC);
        return text != NULL;
    case CORM_VALUE_NULL: return true; /* it is NULL already */
    case CORM_VALUE_BLOB:
    case CORM_VALUE_ZEROS: break;
    }
    return false;
}

/* A value of the row that is asked about; false: it cannot be had. */
static CORM__INLINE bool corm_sqlite__many_give(corm_sqlite__many *many, sqlite3_context *context,
                                                size_t column)
{
    const corm_many *rows = many->rows;
    if (rows->members != NULL &&
        corm_sqlite__give_member(context, rows->structs[many->at], &rows->members[column]))
        return true;
    if (!many->filled && !corm_sqlite__many_fill(many))
        return false;
    corm_sqlite__give(context, &many->values[column]);
    return true;
}

static int corm_sqlite__rows_next(sqlite3_vtab_cursor *cursor)
{
    corm_sqlite__many *many = corm_sqlite__many_of(cursor);
    if (++*corm_sqlite__rows_at(cursor) == many->look)
        corm_sqlite__look_at_cache(many);
    return SQLITE_OK;
}

/* What does not simply stand there. */
static CORM__APART int corm_sqlite__rows_ask(corm_sqlite__many *many, size_t row,
                                             sqlite3_context *context, size_t column)
{
    if (!many->refused && (row == many->at || corm_sqlite__many_move(many, row)) &&
        corm_sqlite__many_give(many, context, column))
        return SQLITE_OK;
    sqlite3_result_error_code(context, SQLITE_ABORT); /* this statement ends here */
    return SQLITE_ABORT;
}

static int corm_sqlite__rows_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context,
                                    int column)
{
    corm_sqlite__many *many = corm_sqlite__many_of(cursor);
    const size_t row = *corm_sqlite__rows_at(cursor);
    const corm_many *rows = many->rows;
    if (CORM__UNLIKELY((size_t)column >= rows->width))
        return SQLITE_OK;
    if (rows->members != NULL &&
        CORM__LIKELY(corm_sqlite__give_member(context, rows->structs[row], &rows->members[column])))
        return SQLITE_OK;
    return corm_sqlite__rows_ask(many, row, context, (size_t)column);
}

static int corm_sqlite__rows_id(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)*corm_sqlite__rows_at(cursor);
    return SQLITE_OK;
}

/* No xCreate: nobody can make another one. */
static const sqlite3_module corm_sqlite__rows_module = {
    .xConnect = corm_sqlite__rows_connect,
    .xBestIndex = corm_sqlite__rows_best_index,
    .xDisconnect = corm_sqlite__rows_disconnect,
    .xOpen = corm_sqlite__rows_open,
    .xClose = corm_sqlite__rows_close,
    .xFilter = corm_sqlite__rows_filter,
    .xNext = corm_sqlite__rows_next,
    .xEof = corm_sqlite__rows_eof,
    .xColumn = corm_sqlite__rows_column,
    .xRowid = corm_sqlite__rows_id,
};

/* Of the row that is asked about. */
static inline int64_t corm_sqlite__many_key(const corm_sqlite__many *many)
{
    const corm_many *rows = many->rows;
    int64_t key = many->values[0].as.integer;
    if (rows->members != NULL)
        memcpy(&key, (const char *)rows->structs[many->at] + rows->members[0].offset, sizeof key);
    return key;
}

/* Whether there is a row of this key; it is then the one at many->at. Keys are asked for in
 * ascending order, mostly: SQLite may do so for all before it writes the first. */
static bool corm_sqlite__many_find(corm_sqlite__many *many, int64_t key)
{
    if (many->rows == NULL || many->way != CORM_SQLITE__SCANNED || many->refused)
        return false;
    while (corm_sqlite__many_key(many) < key && many->at + 1 < many->rows->count)
        if (!corm_sqlite__many_move(many, many->at + 1))
            return false;
    while (corm_sqlite__many_key(many) > key && many->at > 0)
        if (!corm_sqlite__many_move(many, many->at - 1))
            return false;
    return corm_sqlite__many_key(many) == key;
}

static void corm_sqlite__row_is(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    corm_sqlite__many *many = (corm_sqlite__many *)sqlite3_user_data(context);
    (void)argc;
    sqlite3_result_int(context, corm_sqlite__many_find(many, sqlite3_value_int64(argv[0])));
    if (many->refused)
        sqlite3_result_error_code(context, SQLITE_ABORT);
}

static void corm_sqlite__row_value(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    corm_sqlite__many *many = (corm_sqlite__many *)sqlite3_user_data(context);
    const sqlite3_int64 column = sqlite3_value_int64(argv[1]);
    (void)argc;
    if (corm_sqlite__many_find(many, sqlite3_value_int64(argv[0])) && column >= 0 &&
        (size_t)column < many->rows->width)
        (void)corm_sqlite__many_give(many, context, (size_t)column);
    if (many->refused)
        sqlite3_result_error_code(context, SQLITE_ABORT);
}

/* ---- Many rows: the statement ---------------------------------------------------------------- */

static void corm_sqlite__many_forget(corm_sqlite__kept *kept)
{
    (void)sqlite3_finalize(kept->statement.handle); /* repeat errors that are known */
    (void)sqlite3_finalize(kept->last);
    sqlite3_free(kept->names);
    kept->plain = false;
    kept->statement.handle = kept->last = NULL;
    kept->names = NULL;
}

/* A connection without them writes row by row. */
static CORM__COLD void corm_sqlite__many_open(corm_connection *connection)
{
    corm_sqlite__many *many = &connection->many;
    many->db = connection->db;
    many->ready = sqlite3_create_module(connection->db, "corm_rows", &corm_sqlite__rows_module,
                                        many) == SQLITE_OK &&
                  sqlite3_create_function(connection->db, "corm_row_is", 1, SQLITE_UTF8, many,
                                          corm_sqlite__row_is, NULL, NULL) == SQLITE_OK &&
                  sqlite3_create_function(connection->db, "corm_row_value", 2, SQLITE_UTF8, many,
                                          corm_sqlite__row_value, NULL, NULL) == SQLITE_OK;
}

static void corm_sqlite__many_close(corm_connection *connection)
{
    corm_sqlite__many *many = &connection->many;
    for (size_t i = 0; i < CORM_SQLITE__KEPT; i++)
        corm_sqlite__many_forget(&many->kept[i]);
    for (size_t i = 0; i < 2; i++)
        (void)sqlite3_finalize(many->plain[i]); /* repeats a known error */
}

/* Triggers would see the rows in another order than one by one, and make keys of their own; keys of
 * AUTOINCREMENT are given by SQLite alone. Of a table that is not found here, as it is one of another
 * file that the program has attached, neither is known. (upper: PRAGMA case_sensitive_like)
 * To ask the temporary database makes it, with a page cache of its own: only where there is one it is asked. */
static bool corm_sqlite__is_plain(corm_connection *connection, const char *table)
{
#define CORM_SQLITE__IS_SPECIAL(rows_)                                                             \
    "SELECT 1 FROM (SELECT coalesce(max(type IN ('trigger', 'view')"                               \
    " OR (type = 'table' AND upper(sql) LIKE '%AUTOINCREMENT%')), 1) AS special FROM"              \
    " (SELECT type, tbl_name, sql FROM " rows_ ")"                                                 \
    " WHERE tbl_name = ?1 COLLATE NOCASE) WHERE special"
    static const char *const sql[2] = {
        CORM_SQLITE__IS_SPECIAL("sqlite_master"),
        CORM_SQLITE__IS_SPECIAL(
            "sqlite_master UNION ALL SELECT type, tbl_name, sql FROM sqlite_temp_master")};
#undef CORM_SQLITE__IS_SPECIAL
    const int temporary = sqlite3_db_filename(connection->db, "temp") != NULL;
    sqlite3_stmt **plain = &connection->many.plain[temporary];
    int code = SQLITE_OK;
    if (*plain == NULL)
        code = sqlite3_prepare_v3(connection->db, sql[temporary], -1, SQLITE_PREPARE_PERSISTENT,
                                  plain, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(*plain, 1, table, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(*plain);
    if (*plain != NULL) {
        (void)sqlite3_reset(*plain); /* repeats the error of the step: then it is not known to be */
        (void)sqlite3_clear_bindings(*plain);
    }
    if (code != SQLITE_DONE && code != SQLITE_ROW)
        connection->many.trouble = code;
    return code == SQLITE_DONE;
}

/* The text of the statement, to be freed with sqlite3_free; NULL: out of memory. */
static char *corm_sqlite__delete_sql(const corm_many *rows, enum corm_sqlite__way way)
{
    static const char *const texts[] = {
        [CORM_SQLITE__LISTED] = "DELETE FROM \"%w\" WHERE \"%w\" IN (SELECT c0 FROM corm_rows)",
        [CORM_SQLITE__SCANNED] =
            "DELETE FROM \"%w\" WHERE \"%w\" BETWEEN ?1 AND ?2 AND corm_row_is(\"%w\")",
        [CORM_SQLITE__ALL] = "DELETE FROM \"%w\" WHERE \"%w\" BETWEEN ?1 AND ?2",
    };
    return sqlite3_mprintf(texts[way], rows->table, rows->columns[0], rows->columns[0]);
}

static char *corm_sqlite__many_sql(const corm_many *rows, enum corm_sqlite__way way)
{
    const char *key = rows->columns[0];
    const bool update = rows->verb == CORM_MANY_UPDATE;
    const size_t first = update || (rows->numbered && rows->width > 1);
    if (rows->verb == CORM_MANY_DELETE)
        return corm_sqlite__delete_sql(rows, way);
    char *sql = sqlite3_mprintf(update ? "UPDATE \"%w\"" : "INSERT INTO \"%w\"", rows->table);
    for (size_t i = first; i < rows->width && sql != NULL; i++) {
        if (update)
            sql = sqlite3_mprintf("%z%s \"%w\" = corm_row_value(\"%w\", %d)", sql,
                                  i == first ? " SET" : ",", rows->columns[i], key, (int)i);
        else
            sql = sqlite3_mprintf("%z%s\"%w\"", sql, i == first ? "(" : ", ", rows->columns[i]);
    }
    if (update)
        return sql == NULL ? NULL
                           : sqlite3_mprintf("%z WHERE \"%w\" BETWEEN ?1 AND ?2"
                                             " AND corm_row_is(\"%w\")",
                                             sql, key, key);
    for (size_t i = first; i < rows->width && sql != NULL; i++)
        sql = sqlite3_mprintf("%z%sc%d", sql, i == first ? ") SELECT " : ", ", (int)i);
    return sql == NULL ? NULL : sqlite3_mprintf("%z FROM corm_rows", sql);
}

/* Of the table first and then of the columns. */
static const char *corm_sqlite__many_name(const corm_many *rows, size_t i)
{
    return i == 0 ? rows->table : rows->columns[i - 1];
}

static bool corm_sqlite__many_is(const corm_sqlite__kept *kept, const corm_many *rows,
                                 enum corm_sqlite__way way)
{
    const char *name = kept->names;
    if (name == NULL || kept->verb != rows->verb || kept->numbered != rows->numbered ||
        kept->width != rows->width || kept->way != way)
        return false;
    for (size_t i = 0; i <= rows->width; i++) {
        if (strcmp(name, corm_sqlite__many_name(rows, i)) != 0)
            return false;
        name += strlen(name) + 1;
    }
    return true;
}

/* Notes what the statement is for. False: out of memory. */
static bool corm_sqlite__many_note(corm_sqlite__kept *kept, const corm_many *rows,
                                   enum corm_sqlite__way way)
{
    size_t size = 0;
    for (size_t i = 0; i <= rows->width; i++)
        size += strlen(corm_sqlite__many_name(rows, i)) + 1;
    char *to = kept->names = (char *)sqlite3_malloc64(size);
    for (size_t i = 0; i <= rows->width && to != NULL; i++) {
        const size_t length = strlen(corm_sqlite__many_name(rows, i)) + 1;
        memcpy(to, corm_sqlite__many_name(rows, i), length);
        to += length;
    }
    kept->verb = rows->verb;
    kept->numbered = rows->numbered;
    kept->width = rows->width;
    kept->way = way;
    return to != NULL;
}

/* In the place of the oldest. False: it cannot be prepared. */
static CORM__COLD bool corm_sqlite__many_make(corm_connection *connection, const corm_many *rows)
{
    corm_sqlite__many *many = &connection->many;
    corm_sqlite__kept *kept = &many->kept[many->next];
    corm_sqlite__many_forget(kept);
    char *sql = corm_sqlite__many_sql(rows, many->way);
    if (sql == NULL)
        return false;
    const int code = sqlite3_prepare_v3(connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                        &kept->statement.handle, NULL);
    sqlite3_free(sql);
    if (code != SQLITE_OK) {
        kept->statement.handle = NULL;
        many->trouble = code;
    }
    if (code != SQLITE_OK || !corm_sqlite__many_note(kept, rows, many->way)) {
        corm_sqlite__many_forget(kept);
        return false;
    }
    kept->statement.connection = connection;
    kept->statement.writes = true;
    many->next = (many->next + 1) % CORM_SQLITE__KEPT;
    many->now = kept;
    return true;
}

/* Preparing costs as much as writing some twenty rows, and saves a third of each: fewer rows than
 * these have to come before it is done for few at a time. */
enum { CORM_SQLITE__MANY = 64 };
#if !defined(CORM_SQLITE__FEW_BEFORE)
#define CORM_SQLITE__FEW_BEFORE 200
#endif

/* The statement that was prepared for such rows. */
static bool corm_sqlite__many_find_kept(corm_sqlite__many *many, const corm_many *rows)
{
    for (size_t i = 0; i < CORM_SQLITE__KEPT; i++) {
        many->now = &many->kept[i];
        if (corm_sqlite__many_is(many->now, rows, many->way))
            return true;
    }
    return false;
}

/* Whether the rows are enough for a statement to be prepared. */
static bool corm_sqlite__many_pays(corm_sqlite__many *many, const corm_many *rows)
{
    const bool enough =
        rows->count >= CORM_SQLITE__MANY || many->few + rows->count >= CORM_SQLITE__FEW_BEFORE;
    many->few = enough ? 0 : many->few + rows->count;
    return enough;
}

/* ---- Many rows: keys of new rows ------------------------------------------------------------- */

/* The statement for the largest key, of the table that the other one is for. */
static CORM__COLD int corm_sqlite__many_prepare_last(corm_connection *connection,
                                                     const corm_many *rows)
{
    char *sql = sqlite3_mprintf("SELECT max(\"%w\") FROM \"%w\"", rows->columns[0], rows->table);
    if (sql == NULL)
        return SQLITE_NOMEM;
    const int code = sqlite3_prepare_v3(connection->db, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                        &connection->many.now->last, NULL);
    sqlite3_free(sql);
    return code;
}

/* Tells which keys SQLite will give: one after the other, from the largest on. False: there are none, or it
 * cannot be told. */
static bool corm_sqlite__many_number(corm_connection *connection, const corm_many *rows)
{
    corm_sqlite__many *many = &connection->many;
    bool numbered = false;
    int code =
        many->now->last == NULL ? corm_sqlite__many_prepare_last(connection, rows) : SQLITE_OK;
    if (code == SQLITE_OK && sqlite3_step(many->now->last) == SQLITE_ROW) {
        const int64_t last = sqlite3_column_type(many->now->last, 0) == SQLITE_NULL
                                 ? 0
                                 : sqlite3_column_int64(many->now->last, 0);
        numbered = last <= INT64_MAX - (int64_t)rows->count;
        many->first = numbered ? last + 1 : 0;
    }
    if (code == SQLITE_OK)
        code = sqlite3_reset(many->now->last); /* repeats the error of the step */
    if (code != SQLITE_OK)
        many->trouble = code;
    return code == SQLITE_OK && numbered;
}

/* How often SQLite has prepared the statement again, as it must where the schema has changed
 * (https://www.sqlite.org/c3ref/c_stmtstatus_counter.html,
 * https://www.sqlite.org/fileformat2.html#schema_cookie). */
static int corm_sqlite__prepared(sqlite3_stmt *handle)
{
    return sqlite3_stmt_status(handle, SQLITE_STMTSTATUS_REPREPARE, 0);
}

/* Numbers the rows of a statement that was prepared before, and looks at the table if anything has
 * changed since it was looked at: to ask costs as much as to write a row or two. */
static bool corm_sqlite__many_number_again(corm_connection *connection, const corm_many *rows)
{
    corm_sqlite__many *many = &connection->many;
    corm_sqlite__kept *now = many->now;
    if (!corm_sqlite__many_number(connection, rows))
        return false;
    const int prepared = corm_sqlite__prepared(now->last);
    many->assumed = now->plain && now->prepared == prepared;
    if (!many->assumed)
        now->plain = corm_sqlite__is_plain(connection, rows->table);
    now->prepared = prepared;
    return now->plain;
}

/* ---- Many rows: running the statement -------------------------------------------------------- */

/* The part of the table in which the rows lie. */
typedef struct corm_sqlite__part {
    int64_t first, last;
} corm_sqlite__part;

/* Where the rows lie, and so how they are found. False: a row is refused. */
static bool corm_sqlite__many_lie(corm_sqlite__many *many, const corm_many *rows,
                                  corm_sqlite__part *part)
{
    many->way = CORM_SQLITE__LISTED;
    if (rows->verb == CORM_MANY_INSERT)
        return true;
    if (!corm_sqlite__many_move(many, rows->count - 1))
        return false;
    part->last = corm_sqlite__many_key(many);
    if (!corm_sqlite__many_move(many, 0))
        return false;
    part->first = corm_sqlite__many_key(many);
    const uint64_t width = (uint64_t)part->last - (uint64_t)part->first;
    if (rows->verb == CORM_MANY_DELETE && width == rows->count - 1)
        many->way = CORM_SQLITE__ALL;
    else if (part->first <= part->last && width / CORM_SQLITE__SPARSE < rows->count)
        many->way = CORM_SQLITE__SCANNED;
    return true;
}

static bool corm_sqlite__many_bind(sqlite3_stmt *handle, const corm_sqlite__part *part)
{
    return sqlite3_bind_int64(handle, 1, part->first) == SQLITE_OK &&
           sqlite3_bind_int64(handle, 2, part->last) == SQLITE_OK;
}

/* Whether a failure is one of the rows' own, which one by one will show. */
static bool corm_sqlite__is_of_row(corm_status status)
{
    return status == CORM_UNIQUE || status == CORM_NOT_NULL || status == CORM_FOREIGN_KEY ||
           status == CORM_CHECK || status == CORM_DATA || status == CORM_DATABASE ||
           status == CORM_SYNTAX || status == CORM_STALE_DATA;
}

/* The statement has run. Rows that are to be deleted and are not there are no failure; those that were to
 * be numbered have the numbers that were told. */
static void corm_sqlite__many_count(const corm_connection *connection, corm_result *result)
{
    const corm_many *rows = connection->many.rows;
    const int64_t wanted = (int64_t)rows->count;
    const int64_t last = sqlite3_last_insert_rowid(connection->db);
    if (rows->numbered && last != connection->many.first + wanted - 1)
        return;
    if (rows->verb == CORM_MANY_DELETE || CORM_SQLITE__CHANGES(connection->db) == wanted)
        *result = (corm_result){wanted, last};
}

/* Runs the statement of rows that are changed or deleted. Whatever it did, it is no harm if the same is
 * done again one by one. */
static corm_status corm_sqlite__many_run(corm_connection *connection, corm_result *result,
                                         corm_failure *failure)
{
    corm_sqlite__many *many = &connection->many;
    sqlite3_stmt *handle = many->now->statement.handle;
    corm_sqlite__little_cache(connection);
    const int code = corm_sqlite__first_step(&many->now->statement, true);
    if (code == SQLITE_DONE) {
        corm_sqlite__many_count(connection, result);
        (void)sqlite3_reset(handle); /* repeats the step's success */
        corm_sqlite__whole_cache(many);
        return CORM_OK;
    }
    const corm_status status = corm_sqlite__fail(connection, handle, code, true, NULL, failure);
    corm_sqlite__whole_cache(many); /* after SQLite's words for the failure are read */
    const bool retry = many->refused || corm_sqlite__is_of_row(status);
    return retry && !failure->transaction_lost ? CORM_OK : status;
}

/* Runs the statement of new rows inside of a savepoint, as part of them must not stay. */
static corm_status corm_sqlite__many_insert(corm_connection *connection, corm_result *result,
                                            corm_failure *failure)
{
    static const char name[] = "corm_many";
    corm_status status = corm_sqlite__savepoint_begin(connection, name, failure);
    if (status != CORM_OK)
        return status;
    const corm_sqlite__many *many = &connection->many;
    const int prepared = corm_sqlite__prepared(many->now->statement.handle);
    status = corm_sqlite__many_run(connection, result, failure);
    if (many->assumed && corm_sqlite__prepared(many->now->statement.handle) != prepared)
        *result = (corm_result){0, 0}; /* something has changed all the same: row by row */
    if (status == CORM_OK && result->changed > 0) {
        const corm_status released = corm_sqlite__release(connection, name, failure);
        if (released != CORM_OK)
            *result = (corm_result){0, 0};
        return released;
    }
    if (status != CORM_OK && failure->transaction_lost)
        return status;
    corm_failure ignored;
    const corm_status undone =
        corm_sqlite__rollback_to(connection, name, status == CORM_OK ? failure : &ignored);
    return status == CORM_OK ? undone : status;
}

/* Whether the rows can be written together, and all is ready for it. */
static bool corm_sqlite__many_begin(corm_connection *connection, const corm_many *rows)
{
    corm_sqlite__many *many = &connection->many;
    corm_sqlite__part part = {0, 0};
    if (!many->ready || rows->width > CORM_SQLITE__ROW_WIDTH || rows->count == 0)
        return false;
    many->rows = rows;
    if (!corm_sqlite__many_lie(many, rows, &part) ||
        (rows->verb == CORM_MANY_UPDATE && many->way == CORM_SQLITE__LISTED))
        return false;
    const bool kept = corm_sqlite__many_find_kept(many, rows);
    if (kept && rows->numbered && rows->verb == CORM_MANY_INSERT)
        return corm_sqlite__many_number_again(connection, rows);
    return (kept || corm_sqlite__many_pays(many, rows)) &&
           corm_sqlite__is_plain(connection, rows->table) &&
           (kept || corm_sqlite__many_make(connection, rows)) &&
           (!rows->numbered || corm_sqlite__many_number(connection, rows)) &&
           (many->way == CORM_SQLITE__LISTED ||
            corm_sqlite__many_bind(many->now->statement.handle, &part));
}

/* Where a question is not answered, too, SQLite may have ended the transaction; and who has interrupted
 * it means all of the work. */
static corm_status corm_sqlite__write_many(corm_connection *connection, const corm_many *rows,
                                           corm_result *result, corm_failure *failure)
{
    corm_sqlite__many *many = &connection->many;
    corm_status status = CORM_OK;
    *result = (corm_result){0, 0};
    many->filled = many->refused = many->assumed = false;
    many->trouble = SQLITE_OK;
    many->at = many->look = SIZE_MAX; /* rows are looked at before memory is made little */
    many->values[0] = (corm_value){.type = CORM_VALUE_NULL}; /* of rows that are numbered */
    if (!corm_sqlite__in_transaction(connection))
        return CORM_OK;
    if (corm_sqlite__many_begin(connection, rows))
        status = rows->verb == CORM_MANY_INSERT
                     ? corm_sqlite__many_insert(connection, result, failure)
                     : corm_sqlite__many_run(connection, result, failure);
    many->rows = NULL;
    if (status == CORM_OK && (!corm_sqlite__in_transaction(connection) ||
                              corm_sqlite__status(many->trouble) == CORM_INTERRUPTED))
        status = corm_sqlite__fail(connection, NULL,
                                   many->trouble != SQLITE_OK ? many->trouble : SQLITE_NOMEM, true,
                                   NULL, failure);
    return status;
}

#else

static void corm_sqlite__many_open(corm_connection *connection)
{
    (void)connection;
}

static void corm_sqlite__many_close(corm_connection *connection)
{
    (void)connection;
}

#endif

/* ---- Real numbers ---------------------------------------------------------------------------- */

/* corm_real(text): the number. SQLite reads a text to the last bit or to the one before it, and a number
 * of JSON, where it is not built of the one file (as Debian's), by strtod: as the locale says, with a
 * comma for a point. This is strtod in any locale. */
static void corm_sqlite__real(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    enum { LONGEST = 64 }; /* no number that corm writes is as long */
    char point[LONGEST], number[2 * LONGEST];
    const char *text = (const char *)sqlite3_value_text(argv[0]);
    (void)argc;
    if (text == NULL && sqlite3_value_type(argv[0]) != SQLITE_NULL)
        sqlite3_result_error_nomem(context);
    if (text == NULL || strlen(text) >= LONGEST)
        return;                                       /* NULL */
    (void)snprintf(point, sizeof point, "%.1f", 0.5); /* "0,5" */
    point[strlen(point) - 1] = '\0';
    const size_t whole = strcspn(text, ".");
    const bool more = text[whole] != '\0';
    (void)snprintf(number, sizeof number, "%.*s%s%s", (int)whole, text, more ? point + 1 : "",
                   more ? text + whole + 1 : ""); /* fits: two that are shorter than LONGEST */
    sqlite3_result_double(context, strtod(number, NULL));
}

/* ---- Opening and closing --------------------------------------------------------------------- */

enum {
    CORM_SQLITE__BUSY_TIMEOUT_MS = 5000,
    CORM_SQLITE__CACHE_KIB = 16384,
    CORM_SQLITE__STEP_MS = 5 /* between two tries; changing the journal takes about as long */
};

static CORM__COLD void corm_sqlite__close(corm_connection *connection)
{
    if (connection == NULL)
        return;
    /* A statement that the program left open would keep the transaction alive, and its lock. */
    if (connection->db != NULL && corm_sqlite__in_transaction(connection))
        (void)corm_sqlite__rollback(connection, NULL); /* nobody is left to be told */
    corm_sqlite__many_close(connection);
    for (size_t i = 0; i < CORM_SQLITE__OWN_COUNT; i++)
        (void)sqlite3_finalize(connection->own[i]); /* repeats errors that were reported */
    for (size_t i = 0; i < CORM_SQLITE__SAVEPOINTS; i++)
        for (size_t k = 0; k < CORM_SQLITE__NAMED_COUNT; k++)
            (void)sqlite3_finalize(connection->savepoints[i].statements[k]);
    (void)sqlite3_close_v2(connection->db); /* with NULL or a good handle it cannot fail */
    CORM_FREE(connection);
}

/* A URI has more to say than the file's name, so it is opened as it is. */
static bool corm_sqlite__is_uri(const char *path)
{
    return strncmp(path, "file:", 5) == 0;
}

/* What the system's error number means for a path; "": its number must do. */
static const char *corm_sqlite__path_trouble(int number, const corm_sqlite__config *config)
{
#if defined(_WIN32)
    (void)number, (void)config; /* the numbers are GetLastError's */
    return "";
#else
    const corm_sqlite_options *options = &config->options;
    switch (number) {
    case ENOENT:
        return config->file != NULL  ? ": the file with which the engine was opened is gone"
               : options->read_only  ? ": there is no such file, and .read_only = true makes none"
               : options->must_exist ? ": there is no such file, and .must_exist = true makes none"
               : corm_sqlite__is_uri(config->path)
                   ? ": it, or its directory, is not there"
                   : ": its directory is not there, or takes no new files";
    case EACCES:
    case EPERM: return ": the program may not open it, or not make files in its directory";
    case EISDIR: return ": it is a directory";
    case ENOTDIR: return ": one of the directories in the path is a file";
    case EROFS: return ": the file system may only be read";
    case EMFILE:
    case ENFILE: return ": too many files are open";
    default: return "";
    }
#endif
}

/* Says which database could not be opened and why. `words` NULL takes SQLite's, with what the system
 * says. Of a long path the end is shown. */
static CORM__COLD corm_status corm_sqlite__fail_open(sqlite3 *db, const corm_sqlite__config *config,
                                                     int code, const char *words,
                                                     corm_failure *failure)
{
    const char *const path = config == NULL ? NULL : config->path;
    enum { SHOWN = 120 };
    corm_status status = corm_sqlite__status(code);
    if (status != CORM_OUT_OF_MEMORY && status != CORM_BUSY && status != CORM_CORRUPT &&
        status != CORM_FULL && status != CORM_IO)
        status = CORM_CONNECTION;
    if (failure == NULL)
        return status;
    failure->native_code = words == NULL ? code : 0;
    char reason[112] = "";
    if (words == NULL && db != NULL && (code & 0xff) == SQLITE_CANTOPEN &&
        sqlite3_system_errno(db) != 0)
        (void)snprintf(reason, sizeof reason, "%s (error %d of the system)",
                       corm_sqlite__path_trouble(sqlite3_system_errno(db), config),
                       sqlite3_system_errno(db)); /* cut at worst */
    else if (words == NULL && (code & 0xff) == SQLITE_NOTADB)
        (void)snprintf(reason, sizeof reason, "%s", ": it is none of SQLite, or encrypted");
    else if (words == NULL && (code & 0xff) == SQLITE_BUSY)
        (void)snprintf(reason, sizeof reason, "%s",
                       ": another program holds it; try again later, or wait longer "
                       "(.busy_timeout_ms)");
    if (words == NULL)
        words =
            db == NULL || status == CORM_OUT_OF_MEMORY ? sqlite3_errstr(code) : sqlite3_errmsg(db);
    const char *shown = path == NULL ? "" : path, *dots = "";
    if (strlen(shown) > SHOWN) {
        shown += strlen(shown) - SHOWN;
        while (((unsigned char)*shown & 0xC0) == 0x80)
            shown++;
        dots = "...";
    }
    int length = snprintf(failure->message, sizeof failure->message, "cannot open \"%s%s\": %s%s",
                          dots, shown, words, reason);
    if (length < 0 || (size_t)length >= sizeof failure->message)
        corm_sqlite__cut(failure->message);
    failure->status = status;
    failure->transaction_lost = false;
    failure->columns[0] = '\0';
    return status;
}

/* Runs one setting and copies the first value of its answer ("" without one) to `answer`, which may
 * be NULL. Several connections that open a new database at once get in each other's way without
 * SQLite calling its busy handler; so the waiting is done here, for all settings out of one budget
 * of milliseconds. */
static int corm_sqlite__set(sqlite3 *db, const char *sql, char *answer, size_t size, int *budget)
{
    for (;;) {
        sqlite3_stmt *handle = NULL;
        if (answer != NULL)
            answer[0] = '\0';
        int code = sqlite3_prepare_v2(db, sql, -1, &handle, NULL);
        if (code == SQLITE_OK)
            code = sqlite3_step(handle);
        if (code == SQLITE_ROW) {
            const char *text = (const char *)sqlite3_column_text(handle, 0);
            if (answer != NULL && text != NULL)
                (void)snprintf(answer, size, "%s", text); /* one word; cut, it equals no other */
            code = SQLITE_OK;
        }
        int finalized = sqlite3_finalize(handle); /* a PRAGMA may fail after its row */
        if (code == SQLITE_DONE || code == SQLITE_OK)
            code = finalized;
        if (corm_sqlite__status(code) != CORM_BUSY || *budget <= 0)
            return code;
        int slept = sqlite3_sleep(*budget < CORM_SQLITE__STEP_MS ? *budget : CORM_SQLITE__STEP_MS);
        *budget -= slept > 0 ? slept : 1;
    }
}

/* Reading the file comes first: sqlite3_open_v2 opens whatever it is given. */
static int corm_sqlite__set_journal(corm_connection *connection, const corm_sqlite_options *options,
                                    int *budget)
{
    static const char *const journals[] = {
        [CORM_SQLITE_JOURNAL_WAL] = "PRAGMA main.journal_mode=WAL",
        [CORM_SQLITE_JOURNAL_DELETE] = "PRAGMA main.journal_mode=DELETE",
        [CORM_SQLITE_JOURNAL_MEMORY] = "PRAGMA main.journal_mode=MEMORY",
    };
    static const char *const durabilities[] = {
        [CORM_SQLITE_DURABILITY_FULL] = "PRAGMA main.synchronous=FULL",
        [CORM_SQLITE_DURABILITY_NORMAL] = "PRAGMA main.synchronous=NORMAL",
        [CORM_SQLITE_DURABILITY_OFF] = "PRAGMA main.synchronous=OFF",
    };
    char mode[16] = "";
    sqlite3 *db = connection->db;
    int code = corm_sqlite__set(db, "PRAGMA main.schema_version", NULL, 0, budget);
    if (code != SQLITE_OK || options->read_only || sqlite3_db_readonly(db, "main") == 1)
        return code;
    code = corm_sqlite__set(db, journals[options->journal], mode, sizeof mode, budget);
    if (code != SQLITE_OK)
        return code;
    connection->log = strcmp(mode, "wal") == 0;
    const char *durability = durabilities[options->durability];
    /* With FULL a power loss may bring the deleted journal back, and undo the commit with it. */
    if (options->durability == CORM_SQLITE_DURABILITY_FULL && strcmp(mode, "delete") == 0)
        durability = "PRAGMA main.synchronous=EXTRA";
    return corm_sqlite__set(db, durability, NULL, 0, budget);
}

static unsigned corm_sqlite__busy_timeout(const corm_sqlite_options *options)
{
    return options->busy_timeout_ms == 0 ? CORM_SQLITE__BUSY_TIMEOUT_MS : options->busy_timeout_ms;
}

/* Brings a fresh handle into the state that corm counts on. *words tells what SQLite has no words
 * for. */
static int corm_sqlite__configure(corm_connection *connection, const corm_sqlite__config *config,
                                  const char **words)
{
    const corm_sqlite_options *options = &config->options;
    sqlite3 *db = connection->db;
    const unsigned wait = corm_sqlite__busy_timeout(options);
    connection->timeout = wait > INT_MAX ? INT_MAX : (int)wait;
    int budget = connection->timeout;
    (void)sqlite3_extended_result_codes(db, 1); /* only fails without a handle */
#if defined(SQLITE_DBCONFIG_DQS_DML)
    /* An older library than the header does not know them, and works. */
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
#endif
    if (sqlite3_limit(db, SQLITE_LIMIT_VARIABLE_NUMBER, -1) < CORM_SQLITE_MAX_PARAMETERS) {
        *words = "this SQLite takes fewer parameters than CORM_SQLITE_MAX_PARAMETERS";
        return SQLITE_CANTOPEN;
    }
    const char *name = sqlite3_db_filename(db, "main");
    if (!config->single && (name == NULL || name[0] == '\0')) {
        *words = "each connection would get a database of its own; set pool_size to 1";
        return SQLITE_CANTOPEN;
    }
    int code = corm_sqlite__set_journal(connection, options, &budget);
    if (code == SQLITE_OK && options->cache_kib >= 0) {
        char cache[48];
        (void)snprintf(cache, sizeof cache, "PRAGMA main.cache_size=-%d", /* fits: one int */
                       options->cache_kib == 0 ? CORM_SQLITE__CACHE_KIB : options->cache_kib);
        code = corm_sqlite__set(db, cache, NULL, 0, &budget);
    }
    if (code == SQLITE_OK) {
        const char *keys =
            options->no_foreign_keys ? "PRAGMA foreign_keys=OFF" : "PRAGMA foreign_keys=ON";
        code = corm_sqlite__set(db, keys, NULL, 0, &budget);
    }
    char enforced[16] = "";
    if (code == SQLITE_OK)
        code = corm_sqlite__set(db, "PRAGMA foreign_keys", enforced, sizeof enforced, &budget);
    if (code == SQLITE_OK && !options->no_foreign_keys && strcmp(enforced, "1") != 0) {
        *words = "this SQLite cannot enforce foreign keys";
        return SQLITE_CANTOPEN;
    }
    return code == SQLITE_OK ? sqlite3_busy_handler(db, corm_sqlite__wait, connection) : code;
}

/* What can be told wrong before a file is touched; NULL: nothing. */
static const char *corm_sqlite__wrong_config(const corm_sqlite__config *config)
{
    if (config->path == NULL)
        return "the path is NULL";
    if ((unsigned)config->options.durability > CORM_SQLITE_DURABILITY_OFF)
        return "options.durability is none of CORM_SQLITE_DURABILITY_...";
    if ((unsigned)config->options.journal > CORM_SQLITE_JOURNAL_MEMORY)
        return "options.journal is none of CORM_SQLITE_JOURNAL_...";
#if !defined(CORM_NO_THREADS)
    if (sqlite3_threadsafe() == 0)
        return "this SQLite is built for one thread; define CORM_NO_THREADS if the program has "
               "only one";
#endif
    return NULL;
}

static int corm_sqlite__open_flags(const corm_sqlite__config *config)
{
    const corm_sqlite_options *options = &config->options;
    const bool exists = options->must_exist || config->file != NULL;
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    if (options->read_only)
        return flags | SQLITE_OPEN_READONLY;
    return flags | SQLITE_OPEN_READWRITE | (exists ? 0 : SQLITE_OPEN_CREATE);
}

/* A URI with mode=rwc, which SQLite refuses where no file may be made: of several modes the last one
 * counts. */
static int corm_sqlite__open_again(corm_connection *connection, const char *uri, int flags)
{
    const int size = (int)strcspn(uri, "#"); /* what is behind it means nothing */
    char *again = sqlite3_mprintf("%.*s&mode=rw", size, uri);
    (void)sqlite3_close(connection->db); /* nothing is open on it */
    connection->db = NULL;
    const int code =
        again == NULL ? SQLITE_NOMEM
                      : sqlite3_open_v2(again, &connection->db, flags | SQLITE_OPEN_CREATE, NULL);
    sqlite3_free(again);
    return code;
}

static int corm_sqlite__open_file(corm_connection *connection, const corm_sqlite__config *config,
                                  const char **words)
{
    const bool known = config->file != NULL, uri = corm_sqlite__is_uri(config->path);
    const char *path = known && !uri ? config->file : config->path;
    const int flags = corm_sqlite__open_flags(config);
    int code = sqlite3_initialize(); /* for builds that do not do it themselves */
    if (code == SQLITE_OK)
        code = sqlite3_open_v2(path, &connection->db, flags, NULL);
    if (code == SQLITE_PERM && known && uri && !config->options.must_exist &&
        !config->options.read_only)
        code = corm_sqlite__open_again(connection, path, flags);
    if (code == SQLITE_OK && known && uri &&
        strcmp(config->file, sqlite3_db_filename(connection->db, "main")) != 0) {
        *words = "the path is relative and leads elsewhere by now: give the engine a whole one";
        return SQLITE_CANTOPEN;
    }
    return code == SQLITE_OK ? corm_sqlite__configure(connection, config, words) : code;
}

/* The first connection is open. */
static int corm_sqlite__note_file(const corm_connection *connection, corm_sqlite__config *config)
{
    const char *name = sqlite3_db_filename(connection->db, "main");
    if (config->file != NULL || name == NULL || name[0] == '\0')
        return SQLITE_OK;
    const size_t size = strlen(name) + 1;
    config->file = (char *)CORM_MALLOC(size);
    if (config->file == NULL)
        return SQLITE_NOMEM;
    memcpy(config->file, name, size);
    return SQLITE_OK;
}

static CORM__COLD corm_status corm_sqlite__open(void *config, corm_connection **out,
                                                corm_failure *failure)
{
    corm_sqlite__config *settings = (corm_sqlite__config *)config;
    *out = NULL;
    if (settings == NULL) /* there was no memory for it */
        return corm_sqlite__fail_open(NULL, NULL, SQLITE_NOMEM, NULL, failure);
    const char *words = corm_sqlite__wrong_config(settings);
    if (words != NULL)
        return corm_sqlite__fail_open(NULL, settings, SQLITE_CANTOPEN, words, failure);
    corm_connection *connection = (corm_connection *)CORM_MALLOC(sizeof *connection);
    if (connection == NULL)
        return corm_sqlite__fail_open(NULL, settings, SQLITE_NOMEM, NULL, failure);
    memset(connection, 0, sizeof *connection);
    connection->read_only = settings->options.read_only;
    int code = corm_sqlite__open_file(connection, settings, &words);
    if (code == SQLITE_OK)
        code = corm_sqlite__note_file(connection, settings);
    if (code == SQLITE_OK) /* at once: a rollback must not wait for memory */
        code = sqlite3_prepare_v3(connection->db, "ROLLBACK", -1, SQLITE_PREPARE_PERSISTENT,
                                  &connection->own[CORM_SQLITE__ROLLBACK], NULL);
    if (code == SQLITE_OK)
        code = sqlite3_create_function(connection->db, "corm_real", 1,
                                       SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, corm_sqlite__real,
                                       NULL, NULL);
    if (code != SQLITE_OK) {
        corm_status status = corm_sqlite__fail_open(connection->db, settings, code, words, failure);
        corm_sqlite__close(connection);
        return status;
    }
    corm_sqlite__many_open(connection);
    *out = connection;
    return CORM_OK;
}

static CORM__COLD void corm_sqlite__free_config(void *config)
{
    corm_sqlite__config *settings = (corm_sqlite__config *)config;
    if (settings == NULL)
        return;
    if (settings->file != NULL)
        CORM_FREE(settings->file);
    CORM_FREE(settings);
}

/* What stands behind `word` at the beginning of the text; NULL: it begins otherwise. */
static const char *corm_sqlite__behind(const char *text, const char *word)
{
    const size_t size = strlen(word);
    return strncmp(text, word, size) == 0 ? text + size : NULL;
}

/* ---- Blobs in pieces -------------------------------------------------------------------------
 * https://www.sqlite.org/c3ref/blob_open.html. A blob is found by the rowid, which a table WITHOUT
 * ROWID does not have. */

struct corm_open_blob {
    corm_connection *connection;
    sqlite3_blob *blob;
};

/* The table of a blob. */
typedef struct corm_sqlite__home {
    char *
        file; /* that has it, "main"; to be freed with sqlite3_free; NULL: there is no such table */
    char rowid[8]; /* a word for the rowid that no column has for a name; "": there is none */
} corm_sqlite__home;

#if SQLITE_VERSION_NUMBER >= 3026000
#define CORM_SQLITE__ALL_COLUMNS "pragma_table_xinfo"
#else
#define CORM_SQLITE__ALL_COLUMNS "pragma_table_info"
#endif

/* In the file in which a statement finds the table, as SQLite looks for it: among those that are
 * temporary, in the one that was opened, in those that the program has attached. */
static int corm_sqlite__home_of(sqlite3 *db, const char *table, corm_sqlite__home *out)
{
    static const char sql[] =
        "SELECT d.name, (SELECT column1 FROM (VALUES ('_rowid_'), ('rowid'), ('oid'))"
        " WHERE column1 NOT IN (SELECT lower(name) FROM " CORM_SQLITE__ALL_COLUMNS "(?1, d.name)))"
        " FROM pragma_database_list AS d WHERE EXISTS"
        " (SELECT 1 FROM pragma_table_info(?1, d.name)) ORDER BY d.seq <> 1, d.seq LIMIT 1";
    sqlite3_stmt *handle = NULL;
    *out = (corm_sqlite__home){NULL, ""};
    int code = sqlite3_prepare_v2(db, sql, -1, &handle, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(handle, 1, table, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(handle);
    if (code == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(handle, 0);
        const char *rowid = (const char *)sqlite3_column_text(handle, 1);
        out->file = name == NULL ? NULL : sqlite3_mprintf("%s", name);
        (void)snprintf(out->rowid, sizeof out->rowid, "%s", rowid == NULL ? "" : rowid); /* fits */
        code = out->file == NULL ? SQLITE_NOMEM : SQLITE_OK;
    }
    (void)sqlite3_finalize(handle); /* repeats the error */
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* SELECT _rowid_ FROM "table" WHERE "key" = ?1 AND ...; NULL: out of memory. */
static char *corm_sqlite__rowid_query(const corm_blob_place *place, const char *rowid)
{
    char *sql = sqlite3_mprintf("SELECT %s FROM \"%w\" WHERE", rowid, place->table);
    for (size_t i = 0; i < place->key_count && sql != NULL; i++)
        sql = sqlite3_mprintf("%z%s \"%w\" = ?", sql, i > 0 ? " AND" : "", place->key_columns[i]);
    return sql;
}

/* *words tells what SQLite has no words for. */
static int corm_sqlite__find_row(corm_connection *connection, const corm_blob_place *place,
                                 const corm_sqlite__home *home, sqlite3_int64 *row, bool *found,
                                 const char **words)
{
    sqlite3_stmt *handle = NULL;
    char *sql = corm_sqlite__rowid_query(place, home->rowid[0] != '\0' ? home->rowid : "rowid");
    int code =
        sql == NULL ? SQLITE_NOMEM : sqlite3_prepare_v2(connection->db, sql, -1, &handle, NULL);
    sqlite3_free(sql);
    if (home->file != NULL &&
        ((code & 0xff) == SQLITE_ERROR || (code == SQLITE_OK && home->rowid[0] == '\0'))) {
        *words = "its table has no rowid, by which SQLite finds a blob: load it with "
                 "corm_load_column";
        code = SQLITE_ERROR;
    }
    for (size_t i = 0; i < place->key_count && code == SQLITE_OK; i++)
        code = corm_sqlite__bind_value(handle, (int)i + 1, &place->key[i]);
    if (code == SQLITE_OK)
        code = sqlite3_step(handle);
    *found = code == SQLITE_ROW;
    if (*found)
        *row = sqlite3_column_int64(handle, 0);
    (void)sqlite3_finalize(handle); /* repeats the error */
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Waits for a lock as a statement does. */
static int corm_sqlite__blob_open_in(corm_connection *connection, const corm_blob_place *place,
                                     const corm_sqlite__home *home, sqlite3_int64 row,
                                     bool writable, sqlite3_blob **out)
{
    const bool inside = corm_sqlite__in_transaction(connection);
    int code;
    connection->waited = 0;
    for (int tries = 1;; tries++) {
        code = sqlite3_blob_open(connection->db, home->file == NULL ? "main" : home->file,
                                 place->table, place->column, row, writable, out);
        if (code != SQLITE_BUSY || !corm_sqlite__wait_inside(connection, inside, writable, tries))
            return code;
    }
}

static void corm_sqlite__blob_close(corm_open_blob *blob)
{
    (void)sqlite3_blob_close(blob->blob); /* commits nothing inside a transaction */
    CORM_FREE(blob);
}

/* Finds the row and opens its blob; *found false: there is no such row. */
static int corm_sqlite__blob_find(corm_connection *connection, const corm_blob_place *place,
                                  bool writable, bool *found, sqlite3_blob **out,
                                  const char **words)
{
    corm_sqlite__home home;
    sqlite3_int64 row = 0;
    *found = false;
    *out = NULL;
    int code = corm_sqlite__home_of(connection->db, place->table, &home);
    if (code == SQLITE_OK)
        code = corm_sqlite__find_row(connection, place, &home, &row, found, words);
    if (code == SQLITE_OK && *found)
        code = corm_sqlite__blob_open_in(connection, place, &home, row, writable, out);
    sqlite3_free(home.file);
    return code;
}

static corm_status corm_sqlite__blob_open(corm_connection *connection, const corm_blob_place *place,
                                          bool writable, corm_open_blob **out, size_t *size,
                                          corm_failure *failure)
{
    const bool inside = corm_sqlite__in_transaction(connection);
    const char *words = NULL;
    bool found = false;
    corm_open_blob *blob = (corm_open_blob *)CORM_MALLOC(sizeof *blob);
    if (blob == NULL)
        return corm_sqlite__fail(connection, NULL, SQLITE_NOMEM, inside, NULL, failure);
    blob->connection = connection;
    const int code =
        corm_sqlite__blob_find(connection, place, writable, &found, &blob->blob, &words);
    if (code == SQLITE_OK && found) {
        *size = (size_t)sqlite3_blob_bytes(blob->blob);
        *out = blob;
        return CORM_OK;
    }
    corm_status status = CORM_ROW_MISSING;
    if (code != SQLITE_OK)
        status = corm_sqlite__fail(connection, NULL, code, inside, words, failure);
    (void)sqlite3_blob_close(blob->blob);
    CORM_FREE(blob);
    if (status != CORM_SYNTAX) /* SQLite has no other code for what cannot be opened */
        return status;
    return corm_sqlite__behind(failure->message, "cannot open value") != NULL ? CORM_DATA
                                                                              : CORM_MISUSE;
}

static corm_status corm_sqlite__blob_piece(corm_open_blob *blob, int code, bool inside,
                                           corm_failure *failure)
{
    if (code == SQLITE_OK)
        return CORM_OK;
    corm_status status = corm_sqlite__fail(blob->connection, NULL, code, inside, NULL, failure);
    return (code & 0xff) == SQLITE_ABORT ? CORM_STALE_DATA : status;
}

/* Offset and size are within what sqlite3_blob_bytes says, which is an int. */
static corm_status corm_sqlite__blob_read(corm_open_blob *blob, size_t offset, void *out,
                                          size_t size, corm_failure *failure)
{
    const bool inside = corm_sqlite__in_transaction(blob->connection);
    return corm_sqlite__blob_piece(blob, sqlite3_blob_read(blob->blob, out, (int)size, (int)offset),
                                   inside, failure);
}

static corm_status corm_sqlite__blob_write(corm_open_blob *blob, size_t offset, const void *bytes,
                                           size_t size, corm_failure *failure)
{
    const bool inside = corm_sqlite__in_transaction(blob->connection);
    return corm_sqlite__blob_piece(
        blob, sqlite3_blob_write(blob->blob, bytes, (int)size, (int)offset), inside, failure);
}

/* ---- The dialect ----------------------------------------------------------------------------- */

/* What pragma_table_xinfo calls hidden: 1 columns of a virtual table, 2 and 3 generated ones. */
#if SQLITE_VERSION_NUMBER >= 3026000
#define CORM_SQLITE__COLUMNS "pragma_table_xinfo(?1) WHERE hidden <> 1"
#define CORM_SQLITE__GENERATED "hidden > 1"
#else
#define CORM_SQLITE__COLUMNS "pragma_table_info(?1)"
#define CORM_SQLITE__GENERATED "0"
#endif

/* (Who reads sqlite_temp_master gets the temporary database, and each transaction begins and ends there, too.) */
#if SQLITE_VERSION_NUMBER >= 3037000
#define CORM_SQLITE__VIEWS "SELECT name FROM pragma_table_list WHERE type = 'view'"
#else
#define CORM_SQLITE__VIEWS                                                                         \
    "SELECT name FROM sqlite_master WHERE type = 'view' UNION ALL"                                 \
    " SELECT name FROM sqlite_temp_master WHERE type = 'view'"
#endif

/* Declared types decide how SQLite converts: BOOLEAN, DATE, DATETIME and TIME have NUMERIC affinity,
 * which leaves 0, 1 and the texts of dates as they are. JSON and the texts of enumerations may look
 * like numbers and need TEXT affinity, which CHAR(36) has too. */
static const corm_dialect corm_sqlite__dialect = {
    .name = "sqlite",
    .quote = '"',
    .placeholder = "?%u",
    .type_names =
        {
            [CORM_KIND_INTEGER] = "INTEGER",
            [CORM_KIND_REAL] = "REAL",
            [CORM_KIND_BOOLEAN] = "BOOLEAN",
            [CORM_KIND_TEXT] = "TEXT",
            [CORM_KIND_BLOB] = "BLOB",
            [CORM_KIND_DATE] = "DATE",
            [CORM_KIND_DATETIME] = "DATETIME",
            [CORM_KIND_TIME] = "TIME",
            [CORM_KIND_DECIMAL] = "INTEGER",
            [CORM_KIND_UUID] = "CHAR(36)",
            [CORM_KIND_JSON] = "TEXT",
            [CORM_KIND_ENUM] = "TEXT",
        },
    .sized_text = "VARCHAR(%u)",
    .key_type = "INTEGER PRIMARY KEY",
    .key_never_reused = "INTEGER PRIMARY KEY AUTOINCREMENT",
#if SQLITE_VERSION_NUMBER >= 3037000
    .strict = "STRICT",
#endif
    .without_rowid = "WITHOUT ROWID",
    .no_limit = "-1",
    .default_values = "DEFAULT VALUES",
    .proposed = "excluded",
    .max_parameters = CORM_SQLITE_MAX_PARAMETERS,
    /* https://www.sqlite.org/lang_corefunc.html, lang_datefunc.html, json1.html */
    .functions =
        {
            [CORM_FUNCTION_POSITION] = "instr($1, $2)",
            [CORM_FUNCTION_LEAST] = "min($1, $2)",
            [CORM_FUNCTION_GREATEST] = "max($1, $2)",
            [CORM_FUNCTION_YEAR] = "CAST(strftime('%Y', $1) AS INTEGER)",
            [CORM_FUNCTION_MONTH] = "CAST(strftime('%m', $1) AS INTEGER)",
            [CORM_FUNCTION_DAY] = "CAST(strftime('%d', $1) AS INTEGER)",
            [CORM_FUNCTION_WEEKDAY] = "CAST(strftime('%w', $1) AS INTEGER)",
            [CORM_FUNCTION_HOUR] = "CAST(strftime('%H', $1) AS INTEGER)",
            [CORM_FUNCTION_MINUTE] = "CAST(strftime('%M', $1) AS INTEGER)",
            [CORM_FUNCTION_SECOND] = "CAST(strftime('%S', $1) AS INTEGER)",
            [CORM_FUNCTION_TO_DATE] = "date($1)",
            [CORM_FUNCTION_ADD_DAYS] = "date($1, $2 || ' days')",
            /* a DATETIME has six digits of a second, and strftime gives three */
            [CORM_FUNCTION_ADD_SECONDS] = "strftime('%Y-%m-%d %H:%M:%f000', $1, $2 || ' seconds')",
            [CORM_FUNCTION_DAYS_BETWEEN] =
                "CAST(julianday(date($1)) - julianday(date($2)) AS INTEGER)",
            [CORM_FUNCTION_JSON_VALUE] = "json_extract($1, $2)",
            [CORM_FUNCTION_JOIN_TEXTS] = "group_concat($1, $2)",
        },
    .same = " IS ",
    .differ = " IS NOT ",
    .glob = " GLOB ",
#if defined(SQLITE_VERSION_NUMBER) && SQLITE_VERSION_NUMBER >= 3038000 && !defined(SQLITE_OMIT_JSON)
    .list_of_json = "(SELECT value FROM json_each($1))",
    .list_of_reals = "(SELECT corm_real(value) FROM json_each($1))",
#endif
    /* The rowid alone is numbered: an INTEGER PRIMARY KEY, which has no index. The words are
     * affinities (https://www.sqlite.org/datatype3.html#determination_of_column_affinity), but ANY
     * for a column that changes nothing. */
    .table_columns = "SELECT name, type, \"notnull\", pk,"
                     " dflt_value IS NOT NULL OR " CORM_SQLITE__GENERATED " OR (pk > 0 AND NOT"
                     " EXISTS (SELECT 1 FROM pragma_index_list(?1) WHERE origin = 'pk')),"
                     " " CORM_SQLITE__GENERATED ", CASE"
                     " WHEN upper(type) LIKE '%INT%' THEN 'INTEGER'"
                     " WHEN upper(type) LIKE '%CHAR%' OR upper(type) LIKE '%CLOB%' OR upper(type) "
                     "LIKE '%TEXT%' THEN 'TEXT'"
                     " WHEN upper(type) LIKE '%BLOB%' THEN 'BLOB'"
                     " WHEN type = '' OR upper(type) = 'ANY' THEN 'ANY'"
                     " WHEN upper(type) LIKE '%REAL%' OR upper(type) LIKE '%FLOA%' OR upper(type) "
                     "LIKE '%DOUB%' THEN 'REAL'"
                     " ELSE 'NUMERIC' END, EXISTS (SELECT 1 FROM (" CORM_SQLITE__VIEWS ")"
                     " WHERE name = ?1 COLLATE NOCASE) FROM " CORM_SQLITE__COLUMNS " ORDER BY cid",
    .views = CORM_SQLITE__VIEWS,
    /* NUMERIC makes a number of a text that looks like one: '007' is 7. Dates, times and UUIDs do
     * not look like one. A DECIMAL of 2 is stored as 200, and whoever declares NUMERIC stores 2. */
    .kinds_fit =
        {
            [CORM_KIND_INTEGER] = "INTEGER NUMERIC ANY",
            [CORM_KIND_REAL] = "REAL NUMERIC ANY",
            [CORM_KIND_BOOLEAN] = "INTEGER NUMERIC ANY",
            [CORM_KIND_TEXT] = "TEXT ANY",
            [CORM_KIND_BLOB] = "BLOB NUMERIC ANY",
            [CORM_KIND_DATE] = "TEXT NUMERIC ANY",
            [CORM_KIND_DATETIME] = "TEXT NUMERIC ANY",
            [CORM_KIND_TIME] = "TEXT NUMERIC ANY",
            [CORM_KIND_DECIMAL] = "INTEGER ANY",
            [CORM_KIND_UUID] = "TEXT NUMERIC ANY",
            [CORM_KIND_JSON] = "TEXT ANY",
            [CORM_KIND_ENUM] = "TEXT ANY",
            [CORM_KIND_CUSTOM] =
                "NUMERIC", /* the program knows whether its texts look like numbers */
        },
    .defer_foreign_keys = "PRAGMA defer_foreign_keys = ON",
    .explain = "EXPLAIN QUERY PLAN ",
    .explain_columns = 4,
};

/* ---- The plan of a query --------------------------------------------------------------------- */

/* Copies the name with which a SCAN or SEARCH goes on, up to one of the words that may follow it.
 * Before SQLite 3.36 it was "TABLE posts AS posts_1"; of late the table of an EXISTS is joined. */
static void corm_sqlite__step_table(const char *text, char *out, size_t size)
{
    static const char *const ends[] = {" USING ", " LEFT-JOIN", " EXISTS", " VIRTUAL TABLE INDEX "};
    const char *old = corm_sqlite__behind(text, "TABLE ");
    const char *as = old == NULL ? NULL : strstr(old, " AS ");
    text = as != NULL ? as + 4 : old != NULL ? old : text;
    size_t length = strlen(text);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *end = strstr(text, ends[i]);
        if (end != NULL && (size_t)(end - text) < length)
            length = (size_t)(end - text);
    }
    (void)snprintf(out, size, "%.*s", (int)length, text); /* cut at worst: then it is no table's */
}

/* Whether the rows of a SCAN are those of a subquery that goes by a table's name: a step outside of
 * the one that makes them. */
static bool corm_sqlite__is_made(const corm_step *steps, size_t count, const corm_step *step)
{
    for (size_t i = 0; i < count; i++) {
        const char *made = corm_sqlite__behind(steps[i].text, "CO-ROUTINE ");
        if (made == NULL)
            made = corm_sqlite__behind(steps[i].text, "MATERIALIZE ");
        if (made == NULL || strcmp(made, step->table) != 0)
            continue;
        bool inside = true;
        for (size_t k = i + 1; k < count; k++)
            inside = inside && steps[k].depth > steps[i].depth;
        if (!inside || step->depth <= steps[i].depth)
            return true;
    }
    return false;
}

/* A row is: a number, the number of the step that it belongs to, nothing, the words. Older than 3.24
 * it is of other numbers; then the words alone are taken. */
static void corm_sqlite__explained(const corm_value *row, corm_step *steps, size_t count)
{
    corm_step *step = &steps[count];
    const char *words = row[3].type == CORM_VALUE_TEXT ? (const char *)row[3].as.bytes : "";
    const char *table = corm_sqlite__behind(words, "SCAN ");
    const char *found = corm_sqlite__behind(words, "SEARCH ");
    (void)snprintf(step->text, sizeof step->text, "%s", words); /* for reading; cut at worst */
    step->id = row[0].as.integer;
    for (size_t i = 0; i < count && sqlite3_libversion_number() >= 3024000; i++)
        if (steps[i].id == row[1].as.integer)
            step->depth = steps[i].depth + 1;
    if (table != NULL)
        step->kind = CORM_STEP_SCAN;
    else if (found != NULL)
        step->kind =
            strstr(found, " USING AUTOMATIC ") != NULL ? CORM_STEP_MAKE_INDEX : CORM_STEP_SEARCH;
    else if (corm_sqlite__behind(words, "USE TEMP B-TREE FOR ") != NULL &&
             strstr(words, "ORDER BY") != NULL)
        step->kind = CORM_STEP_SORT;
    if (table == NULL)
        table = found;
    if (table == NULL)
        return;
    corm_sqlite__step_table(table, step->table, sizeof step->table);
    if (step->kind == CORM_STEP_SCAN && (corm_sqlite__behind(table, "CONSTANT ROW") != NULL ||
                                         corm_sqlite__behind(table, "SUBQUERY ") != NULL ||
                                         corm_sqlite__is_made(steps, count, step))) {
        step->kind = CORM_STEP_OTHER;
        step->table[0] = '\0';
    }
}

/* ---- The adapter ----------------------------------------------------------------------------- */

static void *corm_sqlite__native(corm_connection *connection)
{
    return connection == NULL ? NULL : connection->db;
}

static const corm_adapter corm_sqlite__adapter = {
    .name = "sqlite",
    .capabilities = CORM_CAN_LAST_KEY | CORM_CAN_DDL_ROLLBACK | CORM_ERROR_KEEPS_TRANSACTION |
                    CORM_ONE_WRITER | CORM_CAN_BLOB_IO
#if SQLITE_VERSION_NUMBER >= 3035000
                    | CORM_CAN_RETURNING
#endif
#if SQLITE_VERSION_NUMBER >= 3024000
                    | CORM_CAN_UPSERT
#endif
    ,
    .dialect = &corm_sqlite__dialect,
    .open = corm_sqlite__open,
    .close = corm_sqlite__close,
    .free_config = corm_sqlite__free_config,
    .begin = corm_sqlite__begin,
    .commit = corm_sqlite__commit,
    .rollback = corm_sqlite__rollback,
    .savepoint = corm_sqlite__savepoint_begin,
    .release = corm_sqlite__release,
    .rollback_to = corm_sqlite__rollback_to,
    .prepare = corm_sqlite__prepare,
    .prepare_next = corm_sqlite__prepare_next,
    .describe = corm_sqlite__describe,
    .column_name = corm_sqlite__column_name,
    .finalize = corm_sqlite__finalize,
    .execute = corm_sqlite__execute,
#if !defined(SQLITE_OMIT_VIRTUALTABLE)
    .write_many = corm_sqlite__write_many,
#endif
    .query = corm_sqlite__query,
    .fetch = corm_sqlite__fetch,
    .reset = corm_sqlite__reset,
    .script = corm_sqlite__script,
    .blob_open = corm_sqlite__blob_open,
    .blob_read = corm_sqlite__blob_read,
    .blob_write = corm_sqlite__blob_write,
    .blob_close = corm_sqlite__blob_close,
    .explained = corm_sqlite__explained,
    .handle = corm_sqlite__native,
};

/* ---- What the program calls ------------------------------------------------------------------ */

/* Whether a URI's query ("mode=memory&cache=shared") asks for a database in memory. */
static bool corm_sqlite__asks_for_memory(const char *query)
{
    static const char mode[] = "mode=memory", vfs[] = "vfs=memdb";
    while (*query != '\0' && *query != '#') {
        const size_t length = strcspn(query, "&#");
        if (length == sizeof mode - 1 && strncmp(query, mode, length) == 0)
            return true;
        if (length == sizeof vfs - 1 && strncmp(query, vfs, length) == 0)
            return true;
        query += length;
        if (*query == '&')
            query++;
    }
    return false;
}

/* Whether every connection to this path would get a database of its own. A spelling that is not
 * seen through here ("mode=%6Demory") is refused when it is opened. */
static bool corm_sqlite__is_private(const char *path)
{
    if (path == NULL || !corm_sqlite__is_uri(path))
        return path != NULL && (path[0] == '\0' || strcmp(path, ":memory:") == 0);
    const char *name = path + 5;
    if (strncmp(name, "//", 2) == 0) /* an authority: "" or "localhost" */
        name += 2 + strcspn(name + 2, "/?#");
    const size_t length = strcspn(name, "?#");
    if (length == 0 || (length == 8 && strncmp(name, ":memory:", 8) == 0))
        return true;
    return name[length] == '?' && corm_sqlite__asks_for_memory(name + length + 1);
}

/* NULL: out of memory. */
static corm_sqlite__config *corm_sqlite__new_config(const char *path,
                                                    const corm_sqlite_options *options)
{
    const size_t size = path == NULL ? 0 : strlen(path) + 1;
    corm_sqlite__config *config = (corm_sqlite__config *)CORM_MALLOC(sizeof *config + size);
    if (config == NULL)
        return NULL;
    memset(config, 0, sizeof *config);
    if (options != NULL)
        config->options = *options;
    if (path != NULL)
        config->path = (const char *)memcpy(config + 1, path, size);
    return config;
}

CORM_API corm_engine *corm_sqlite_engine(const char *path, const corm_schema *schema,
                                         const corm_sqlite_options *options)
{
    corm_engine_options engine;
    memset(&engine, 0, sizeof engine);
    if (options != NULL)
        engine = options->engine;
    if (corm_sqlite__is_private(path))
        engine.pool_size = 1;
    if (engine.writer_timeout_ms == 0)
        engine.writer_timeout_ms =
            options == NULL ? CORM_SQLITE__BUSY_TIMEOUT_MS : corm_sqlite__busy_timeout(options);
    corm_sqlite__config *config =
        corm_sqlite__new_config(path, options); /* NULL is reported by open */
    if (config != NULL)
        config->single = engine.pool_size == 1;
    return corm_engine_open(&corm_sqlite__adapter, config, schema, &engine);
}

CORM_API corm_session *corm_sqlite_open_with(const char *path, const corm_schema *schema,
                                             const corm_sqlite_options *options)
{
    return corm_session_open_owning(corm_sqlite_engine(path, schema, options));
}

CORM_API const corm_dialect *corm_sqlite_dialect(void)
{
    return &corm_sqlite__dialect;
}

CORM_API sqlite3 *corm_sqlite_handle(corm_session *session)
{
    return session == NULL ? NULL : (sqlite3 *)corm_native_handle(session);
}

#endif /* CORM_IMPLEMENTATION */
