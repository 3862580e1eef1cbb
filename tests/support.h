/* support.h: what the test programs share: the models of a blog, a recorder of the statements that
 * corm runs, assertions that say what happened, temporary directories.
 *
 * To be included after corm_sqlite.h. Temporary directories need _XOPEN_SOURCE 700 in the first
 * line of the program. */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- The blog ----------------------------------------------------------------------------------- */

/* clang-format off */
#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,         .primary_key = true)                                     \
    COLUMN(TEXT,              username,   .length = 64, .unique = true, .index = true)             \
    COLUMN(TEXT,              email,      .length = 120)                                           \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN,           active,     .default_value = corm_default(true))                     \
    RELATIONSHIP(ONE_TO_MANY, posts, Post, author_user,                                            \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)

#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,      .primary_key = true)                                                  \
    COLUMN(TEXT,    title)                                                                         \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))                                     \
    RELATIONSHIP(MANY_TO_ONE,  author_user, User,    posts)                                        \
    RELATIONSHIP(ONE_TO_MANY,  comments,    Comment, BACKREF(post))                                \
    RELATIONSHIP(MANY_TO_MANY, tags,        Tag,     BACKREF(posts),                               \
                 .secondary = corm_secondary("post_tags", "post_id", "tag_id"))

#define COMMENT(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              body)                                                                \
    COLUMN(OPTIONAL(INTEGER), post_id, .references = corm_ref(Post, id))

#define TAG(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name, .unique = true)

#define BLOG(MODEL)                                                                                \
    MODEL(User,    "users",    USER)                                                               \
    MODEL(Post,    "posts",    POST)                                                               \
    MODEL(Comment, "comments", COMMENT)                                                            \
    MODEL(Tag,     "tags",     TAG)
/* clang-format on */

CORM_SCHEMA(blog, BLOG)

/* ---- Complaints --------------------------------------------------------------------------------- */

/* Ends the test; the text becomes its explanation. */
static inline void complain(const char *file, int line, const char *format, ...) CORM__PRINTF(3, 4);
static inline void complain(const char *file, int line, const char *format, ...)
{
    static char text[8192];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    _assert_true(0, text, file, line);
}

/* The call answers `status_`. The session is there to tell why it does not; it may be NULL. */
#define assert_status(session_, status_, call_)                                                    \
    check_status((session_), (status_), (call_), #call_, __FILE__, __LINE__)
#define assert_ok(session_, call_) assert_status(session_, CORM_OK, call_)

static inline void check_status(corm_session *session, corm_status wanted, corm_status got,
                                const char *call, const char *file, int line)
{
    if (got != wanted)
        complain(file, line, "%s answers \"%s\", not \"%s\": %s", call, corm_status_text(got),
                 corm_status_text(wanted), corm_error_message(session));
}

/* The error of the session has this text in it. */
#define assert_message(session_, part_)                                                            \
    check_text(corm_error_message(session_), (part_), __FILE__, __LINE__)
#define assert_part(text_, part_) check_text((text_), (part_), __FILE__, __LINE__)

static inline void check_text(const char *text, const char *part, const char *file, int line)
{
    if (text == NULL || strstr(text, part) == NULL)
        complain(file, line, "\"%s\" is not in \"%s\"", part, text == NULL ? "(null)" : text);
}

/* A pointer from corm_new or a query that must not be NULL. */
#define assert_got(session_, pointer_)                                                             \
    check_got((session_), (pointer_), #pointer_, __FILE__, __LINE__)

static inline void check_got(corm_session *session, const void *pointer, const char *what,
                             const char *file, int line)
{
    if (pointer == NULL)
        complain(file, line, "%s is NULL: %s: %s", what, corm_status_text(corm_last_status()),
                 corm_error_message(session));
}

/* ---- Statements --------------------------------------------------------------------------------- */

enum { RECORDED_STATEMENTS = 400, RECORDED_BYTES = 1000 };

/* What ran on the session since record(). */
static struct recorder {
    size_t count;
    struct recorded {
        char sql[RECORDED_BYTES];
        char values[RECORDED_BYTES];
        corm_status status;
    } statements[RECORDED_STATEMENTS];
} recorder;

static inline size_t write_value(char *out, size_t size, const corm_value *value)
{
    int length = 0;
    switch (value->type) {
    case CORM_VALUE_NULL: length = snprintf(out, size, "NULL"); break;
    case CORM_VALUE_INTEGER:
        length = snprintf(out, size, "%lld", (long long)value->as.integer);
        break;
    case CORM_VALUE_REAL: length = snprintf(out, size, "%g", value->as.real); break;
    case CORM_VALUE_TEXT:
        length = snprintf(out, size, "'%.*s'", (int)value->size, (const char *)value->as.bytes);
        break;
    case CORM_VALUE_BLOB: length = snprintf(out, size, "%zu bytes", value->size); break;
    case CORM_VALUE_ZEROS: length = snprintf(out, size, "%zu zeros", value->size); break;
    }
    return length < 0 ? 0 : (size_t)length;
}

static inline void record_statement(void *context, const corm_trace_event *event)
{
    (void)context;
    if (recorder.count < RECORDED_STATEMENTS) {
        struct recorded *statement = &recorder.statements[recorder.count];
        (void)snprintf(statement->sql, sizeof statement->sql, "%s", event->sql);
        statement->values[0] = '\0';
        statement->status = event->status;
        size_t used = 0;
        for (size_t i = 0; i < event->value_count && used < RECORDED_BYTES / 2; i++) {
            if (i > 0)
                used += (size_t)snprintf(statement->values + used, RECORDED_BYTES - used, ", ");
            used += write_value(statement->values + used, RECORDED_BYTES - used, &event->values[i]);
        }
    }
    recorder.count++;
}

/* Forgets what ran and records from here on. */
static inline void record(corm_session *session)
{
    recorder.count = 0;
    corm_trace(session, record_statement, NULL);
}

static inline bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* How many statements that begin so ran; "" counts all. */
static inline size_t ran(const char *beginning)
{
    size_t count = 0;
    for (size_t i = 0; i < recorder.count && i < RECORDED_STATEMENTS; i++)
        count += begins_with(recorder.statements[i].sql, beginning);
    return recorder.count > RECORDED_STATEMENTS && beginning[0] == '\0' ? recorder.count : count;
}

static inline const struct recorded *nth(const char *beginning, size_t n)
{
    static const struct recorded none;
    for (size_t i = 0; i < recorder.count && i < RECORDED_STATEMENTS; i++)
        if (begins_with(recorder.statements[i].sql, beginning) && n-- == 0)
            return &recorder.statements[i];
    return &none;
}

/* The n-th (from 0) statement that begins so, and its values: "1, 'alice', NULL"; "" if none ran. */
static inline const char *sql_of(const char *beginning, size_t n)
{
    return nth(beginning, n)->sql;
}
static inline const char *values_of(const char *beginning, size_t n)
{
    return nth(beginning, n)->values;
}

/* So many statements that begin so ran since record(); "" is any. */
#define assert_ran(count_, beginning_) check_ran((count_), (beginning_), __FILE__, __LINE__)
#define assert_no_sql() assert_ran(0, "")

static inline void check_ran(size_t wanted, const char *beginning, const char *file, int line)
{
    size_t got = ran(beginning);
    if (got == wanted)
        return;
    char text[6000];
    size_t used = 0;
    for (size_t i = 0; i < recorder.count && i < 30 && used < sizeof text - 200; i++)
        used += (size_t)snprintf(text + used, 200, "%.120s (%.60s)\n", recorder.statements[i].sql,
                                 recorder.statements[i].values);
    text[used] = '\0';
    complain(file, line, "%zu statements \"%s...\" ran, not %zu:\n%s", got, beginning, wanted,
             text);
}

/* ---- What is stored ------------------------------------------------------------------------------ */

/* Asks SQLite itself, past corm: columns are joined by '|', rows by ';', NULL is "NULL". */
static inline const char *ask_database(sqlite3 *database, const char *sql)
{
    static char answer[8192];
    sqlite3_stmt *statement = NULL;
    size_t used = 0;
    answer[0] = '\0';
    if (database == NULL) {
        (void)snprintf(answer, sizeof answer, "no connection");
        return answer;
    }
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK) {
        (void)snprintf(answer, sizeof answer, "error: %s", sqlite3_errmsg(database));
        return answer;
    }
    for (bool first = true; sqlite3_step(statement) == SQLITE_ROW; first = false)
        for (int i = 0; i < sqlite3_column_count(statement) && used < sizeof answer - 1; i++) {
            const char *value = (const char *)sqlite3_column_text(statement, i);
            const char *before = i > 0 ? "|" : first ? "" : ";";
            int length = snprintf(answer + used, sizeof answer - used, "%s%s", before,
                                  value == NULL ? "NULL" : value);
            used += length < 0 ? 0 : (size_t)length;
        }
    (void)sqlite3_finalize(statement);
    return answer;
}

/* On the session's own connection; sees what is flushed, and begins the transaction. */
static inline const char *ask(corm_session *session, const char *sql)
{
    return ask_database(corm_sqlite_handle(session), sql);
}

#define assert_stored(session_, expected_, sql_)                                                   \
    assert_string_equal(ask((session_), (sql_)), (expected_))

/* Runs SQL past corm, in the session's transaction. */
#define run_sql(session_, sql_) run_sql_at((session_), (sql_), __FILE__, __LINE__)

static inline void run_sql_at(corm_session *session, const char *sql, const char *file, int line)
{
    sqlite3 *database = corm_sqlite_handle(session);
    if (database == NULL)
        complain(file, line, "no connection: %s", corm_error_message(session));
    else if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
        complain(file, line, "%s: %s", sql, sqlite3_errmsg(database));
}

/* ---- Sessions and graphs -------------------------------------------------------------------------- */

/* A test with a session of its own on a new database in memory, its tables created. */
#define BLOG_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_blog, close_session)

static inline corm_session *memory_session(const corm_schema *schema)
{
    corm_session *session = corm_sqlite_open(":memory:", schema);
    if (session == NULL || corm_create_all(session) != CORM_OK) {
        print_error("no session: %s\n", corm_error_message(session));
        corm_session_close(session);
        return NULL;
    }
    record(session);
    return session;
}

static inline int open_blog(void **state)
{
    *state = memory_session(&blog);
    return *state == NULL;
}

static inline int close_session(void **state)
{
    corm_session_close((corm_session *)*state);
    return 0;
}

static inline User *new_user(corm_session *session, const char *username)
{
    return corm_new(session, User, .username = username, .email = "someone@example.com");
}

/* A user with so many posts "<username> 1", "<username> 2" ..., added, not flushed. */
static inline User *user_with_posts(corm_session *session, const char *username, int count)
{
    User *user = new_user(session, username);
    assert_got(session, user);
    assert_ok(session, corm_add(session, user));
    for (int i = 1; i <= count; i++) {
        Post *post = corm_new(session, Post, .title = corm_text(session, "%s %d", username, i));
        assert_got(session, post);
        assert_ok(session, User_posts_append(user, post));
    }
    return user;
}

/* Commits, empties the session and starts recording: what comes is read from the database. */
#define start_afresh(session_)                                                                     \
    do {                                                                                           \
        assert_ok((session_), corm_commit(session_));                                              \
        assert_ok((session_), corm_clear(session_));                                               \
        record(session_);                                                                          \
    } while (0)

/* ---- Temporary directories ------------------------------------------------------------------------ */

#if defined(_XOPEN_SOURCE)
/* A directory for one database file. */
struct place {
    char directory[256];
    char path[300];
};

static inline void make_place(struct place *place)
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(place->directory, sizeof place->directory, "%s/corm-XXXXXX",
                   base == NULL ? "/tmp" : base);
    if (mkdtemp(place->directory) == NULL)
        complain(__FILE__, __LINE__, "no temporary directory %s", place->directory);
    (void)snprintf(place->path, sizeof place->path, "%s/test.db", place->directory);
}

static inline void remove_database(const struct place *place)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        char path[320];
        (void)snprintf(path, sizeof path, "%s%s", place->path, endings[i]);
        (void)remove(path);
    }
}

static inline void remove_place(const struct place *place)
{
    remove_database(place);
    (void)rmdir(place->directory);
}
#endif

#endif /* TESTS_SUPPORT_H */
