/* session.h: what a program does with objects.
 *
 * Owns: the public operations of engines, sessions, objects and relationships, type-erased;
 * model.h puts the typed names of a program's models on top.
 * Must not know: how any of it is done. */
#ifndef CORM__SESSION_H
#define CORM__SESSION_H

#include "adapter.h"
#include "query.h"

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
