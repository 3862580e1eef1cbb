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
