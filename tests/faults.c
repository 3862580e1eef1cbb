/* faults: every scenario is run with its 1st, 2nd, 3rd ... allocation failing, corm's and SQLite's
 * counted together, until none fails any more.
 *
 * Three ways to fail: only the nth; every one from the nth on; every one from the nth on until the
 * session and the engine are closed, without a rollback. Each run ends in CORM_OUT_OF_MEMORY or
 * succeeds (SQLite can do without some allocations), leaks nothing, leaves the database as at the
 * last commit, and after a rollback the session works.
 *
 * No allocation is left out. CORM_FAULTS=10 tries every tenth, for slow machines and memory
 * checkers. */
#if !defined(FAULTS)
#define FAULTS 1
#endif
#define _XOPEN_SOURCE 700
#include "allocators.h"

#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

static struct held held_by_sqlite;

static void *sqlite_malloc(int size)
{
    return resize_allocation(NULL, (size_t)size, &held_by_sqlite);
}
static void *sqlite_realloc(void *pointer, int size)
{
    return resize_allocation(pointer, (size_t)size, &held_by_sqlite);
}
static void sqlite_free(void *pointer)
{
    release_allocation(pointer, &held_by_sqlite);
}
static int sqlite_size(void *pointer)
{
    return (int)allocation_size(pointer);
}
static int sqlite_roundup(int size)
{
    return (size + 7) & ~7;
}
static int sqlite_start(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}
static void sqlite_stop(void *unused)
{
    (void)unused;
}

/* ---- One run --------------------------------------------------------------------------------------------- */

enum { CONTENT = 8192, TEMPLATE = 1 << 20 };

static struct place place;
static unsigned char template_file[TEMPLATE];
static size_t template_size;
static char template_content[CONTENT];

struct run {
    corm_engine *engine;
    corm_session *session;
    void *kept;              /* an object that may belong to the program */
    char committed[CONTENT]; /* what the database holds */
};

static const corm_sqlite_options options = {.durability = CORM_SQLITE_DURABILITY_OFF};

/* Everything in the database, read past corm. */
static void read_content(char *out)
{
    static const char sql[] =
        "SELECT 'u', id, username, email, age, active FROM users UNION ALL"
        " SELECT 'p', id, title, user_id, NULL, NULL FROM posts UNION ALL"
        " SELECT 'c', id, body, post_id, NULL, NULL FROM comments UNION ALL"
        " SELECT 't', id, name, NULL, NULL, NULL FROM tags UNION ALL"
        " SELECT 'l', post_id, tag_id, NULL, NULL, NULL FROM post_tags ORDER BY 1, 2, 3";
    bool paused = faults.paused;
    faults.paused = true;
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(place.path, &database), SQLITE_OK);
    (void)ask_database(database, "PRAGMA synchronous = off");
    (void)snprintf(out, CONTENT, "%s", ask_database(database, sql));
    (void)sqlite3_close(database);
    faults.paused = paused;
}

#define TRY(call_)                                                                                 \
    do {                                                                                           \
        corm_status tried = (call_);                                                               \
        if (tried != CORM_OK)                                                                      \
            return tried;                                                                          \
    } while (0)
#define TRY_GET(pointer_)                                                                          \
    do {                                                                                           \
        if ((pointer_) == NULL)                                                                    \
            return corm_last_status();                                                             \
    } while (0)

static corm_status commit(struct run *run)
{
    corm_status status = corm_commit(run->session);
    if (status == CORM_OK)
        read_content(run->committed);
    return status;
}

static corm_status open_session(struct run *run)
{
    run->engine = corm_sqlite_engine(place.path, &blog, &options);
    TRY_GET(run->engine);
    TRY(corm_engine_status(run->engine));
    run->session = corm_session_open(run->engine, NULL);
    TRY_GET(run->session);
    return CORM_OK;
}

static corm_status close_all(struct run *run)
{
    if (run->kept != NULL && corm_session_of(run->kept) == NULL)
        (void)corm_free(run->kept);
    corm_session_close(run->session);
    return corm_engine_close(run->engine);
}

static void restore_template(void)
{
    remove_database(&place);
    FILE *file = fopen(place.path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(template_file, 1, template_size, file), template_size);
    assert_int_equal(fclose(file), 0);
}

/* ---- Scenarios -------------------------------------------------------------------------------------------- */

static corm_status graph(struct run *run)
{
    corm_session *session = run->session;
    User *user = corm_new(session, User, .username = "zoe", .email = "zoe@example.com");
    TRY_GET(user);
    TRY(corm_add(session, user));
    for (int i = 0; i < 5; i++) {
        const char *title = corm_text(session, "%d of zoe's posts, with a title of some length", i);
        TRY_GET(title);
        Post *post = corm_new(session, Post, .title = title);
        TRY_GET(post);
        TRY(User_posts_append(user, post));
        Comment *comment = corm_new(session, Comment, .body = "yes");
        TRY_GET(comment);
        TRY(Post_comments_append(post, comment));
    }
    return corm_flush(session);
}

static corm_status do_open(struct run *run)
{
    TRY(corm_check_tables(run->session));
    return corm_count(run->session, User) < 0 ? corm_last_status() : CORM_OK;
}

static const corm_dialect plain = {
    .name = "plain",
    .quote = '"',
    .placeholder = "?%u",
    .type_names = {"INTEGER", "REAL", "BOOLEAN", "TEXT", "BLOB", "DATE", "DATETIME"},
    .sized_text = "VARCHAR(%u)",
    .key_type = "INTEGER PRIMARY KEY",
    .key_never_reused = "INTEGER PRIMARY KEY AUTOINCREMENT",
    .no_limit = "-1",
    .default_values = "DEFAULT VALUES",
    .max_parameters = 999,
    .table_columns = "",
};

static corm_status do_create(struct run *run)
{
    TRY(corm_drop_all(run->session));
    read_content(run->committed);
    TRY(corm_create_all(run->session));
    read_content(run->committed);
    char *ddl = corm_ddl(&blog, &plain, NULL);
    TRY_GET(ddl);
    corm_ddl_free(ddl);
    return CORM_OK;
}

static corm_status do_graph(struct run *run)
{
    return graph(run);
}

static corm_status do_commit(struct run *run)
{
    TRY(graph(run));
    TRY(commit(run));
    return commit(run);
}

static corm_status do_query(struct run *run)
{
    corm_session *session = run->session;
    const int64_t ids[] = {1, 2, 3};
    corm_condition where = corm_and(corm_or(corm_like(User_.email, "%@%"), corm_ge(User_.age, 3)),
                                    corm_in(User_.id, ids, 3));
    User_list users =
        corm_all(session, User, .where = where, .load = corm_load(User_.posts),
                 .order_by = corm_order(corm_desc(User_.age), corm_asc(User_.id)), .limit = 5);
    TRY(corm_last_status());
    if (users.count != 2)
        return CORM_NOT_FOUND;
    TRY_GET(corm_get(session, Post, 1));
    TRY_GET(corm_first(session, Comment));
    TRY_GET(corm_one(session, Tag, .where = corm_eq(Tag_.name, "red")));
    return corm_count(session, Post) < 0 ? corm_last_status() : CORM_OK;
}

static corm_status do_lazy_load(struct run *run)
{
    User_list users = corm_all(run->session, User);
    TRY(corm_last_status());
    for (size_t i = 0; i < users.count; i++) {
        Post_list posts = User_posts(users.items[i]);
        TRY(corm_last_status());
        for (size_t j = 0; j < posts.count; j++) {
            (void)Post_comments(posts.items[j]);
            TRY(corm_last_status());
            (void)Post_tags(posts.items[j]);
            TRY(corm_last_status());
            TRY_GET(Post_author_user(posts.items[j]));
        }
    }
    return CORM_OK;
}

static corm_status do_partial_load(struct run *run)
{
    corm_session *session = run->session;
    for (int way = 0; way < 3; way++) {
        User_list users = corm_all(
            session, User, .order_by = corm_asc(User_.id),
            .load = corm_loads(corm_load_where(User_.posts, .where = corm_ge(Post_.id, 1),
                                               .order_by = corm_desc(Post_.id),
                                               .limit = way == 2 ? 1 : 0, .joined = way == 1),
                               corm_load_where(Post_.tags, .where = corm_like(Tag_.name, "%"))));
        TRY(corm_last_status());
        if (users.count != 2)
            return CORM_NOT_FOUND;
        TRY(User_posts_append(users.items[0], corm_new(session, Post, .title = "more")));
        TRY(User_posts_remove(users.items[0], User_posts(users.items[0]).items[0]));
        TRY(commit(run));
    }
    return CORM_OK;
}

static corm_status do_later_load(struct run *run)
{
    corm_session *session = run->session;
    int64_t many[] = {1, 2, 3, 4, 5, 6, 7, 8};
    User_list users = corm_all(session, User, .order_by = corm_asc(User_.id),
                               .load = corm_loads(corm_load_where(
                                   User_.posts, .where = corm_in(Post_.id, many, 8),
                                   .order_by = corm_desc(Post_.id), .limit = 2, .later = true)));
    TRY(corm_last_status());
    if (users.count != 2)
        return CORM_NOT_FOUND;
    Post *more = corm_new(session, Post, .title = "more");
    TRY_GET(more);
    TRY(User_posts_append(users.items[0], more));
    for (size_t i = 0; i < users.count; i++) {
        const size_t count = User_posts(users.items[i]).count;
        TRY(corm_last_status());
        TRY(count > 0 || i > 0 ? CORM_OK : CORM_NOT_FOUND);
    }
    return commit(run);
}

static corm_status do_read_only(struct run *run)
{
    corm_session *session = run->session;
    for (int way = 0; way < 3; way++) {
        User_list users = corm_all(session, User, .read_only = true, .order_by = corm_asc(User_.id),
                                   .load = way == 0   ? (corm_loading){0}
                                           : way == 1 ? corm_load(User_.posts, Post_.tags)
                                                      : corm_load_joined(User_.posts, Post_.tags));
        TRY(corm_last_status());
        if (users.count != 2)
            return CORM_NOT_FOUND;
        TRY(way > 0 && User_posts(users.items[0]).count == 0 ? CORM_NOT_FOUND : CORM_OK);
    }
    TRY(corm_commit(session));
    TRY_GET(corm_first(session, Post, .read_only = true));
    return CORM_OK;
}

static corm_status do_change(struct run *run)
{
    User *alice = corm_get(run->session, User, 1);
    TRY_GET(alice);
    User *bob = corm_get(run->session, User, 2);
    TRY_GET(bob);
    alice->email = "a new address that is longer than the one before @example.com";
    bob->age = corm_some(77);
    Post_list posts = User_posts(alice);
    TRY(corm_last_status());
    TRY(User_posts_append(bob, posts.items[0]));
    posts.items[1]->title = "changed";
    TRY(commit(run));
    TRY(corm_current(alice));
    alice->username = bob->email;
    TRY(corm_touch(bob, User_.active));
    return commit(run);
}

static corm_status do_delete(struct run *run)
{
    User *alice = corm_get(run->session, User, 1);
    TRY_GET(alice);
    TRY(corm_delete(run->session, alice));
    TRY(commit(run));
    return CORM_OK;
}

static corm_status do_write_by_query(struct run *run)
{
    corm_session *session = run->session;
    User *alice = corm_get(session, User, 1);
    TRY_GET(alice);
    Post_list posts = User_posts(alice);
    TRY(corm_last_status());
    TRY_GET(corm_get(session, Comment, 1));
    alice->age = corm_some(3); /* flushed before */
    (void)corm_update_all(session, Post,
                          .set = corm_sets(corm_set(Post_.title, "a title of some length"),
                                           corm_set(Post_.user_id, 2)),
                          .where = corm_le(Post_.id, posts.items[1]->id));
    TRY(corm_last_status());
    (void)corm_update_returning(session, User, .set = corm_set(User_.email, "all@example.com"),
                                .all_rows = true);
    TRY(corm_last_status());
    (void)User_posts(alice);
    TRY(corm_last_status());
    (void)corm_delete_all(session, Comment, .all_rows = true);
    TRY(corm_last_status());
    (void)corm_delete_returning(session, Post, .where = corm_gt(Post_.id, 1));
    TRY(corm_last_status());
    return commit(run);
}

static corm_status do_insert_arrays(struct run *run)
{
    corm_session *session = run->session;
    User users[3];
    TRY(corm_rows_blank(session, User, users, 3));
    for (int i = 0; i < 3; i++) {
        users[i].username = i == 0 ? "dora" : i == 1 ? "emil" : "alice";
        users[i].email = "new@example.com";
    }
    TRY_GET(corm_get(session, User, 1));
    (void)corm_insert_all(session, User, users, 2);
    TRY(corm_last_status());
    (void)corm_insert_returning(session, User, users + 2, 1,
                                .on_conflict = corm_conflict_on(User_.username),
                                .update = corm_columns_of(User_.email, User_.age));
    TRY(corm_last_status());
    Post posts[2] = {{.title = "one", .user_id = users[0].id},
                     {.title = "two", .user_id = users[1].id}};
    (void)corm_insert_returning(session, Post, posts, 2, .ignore = true);
    TRY(corm_last_status());
    return commit(run);
}

static corm_status do_rollback(struct run *run)
{
    User *alice = corm_get(run->session, User, 1);
    TRY_GET(alice);
    TRY(graph(run));
    alice->email = "x";
    Post_list posts = User_posts(alice);
    TRY(corm_last_status());
    TRY(User_posts_remove(alice, posts.items[0]));
    TRY(corm_flush(run->session));
    User *bob = corm_new(run->session, User, .username = "bobby");
    TRY_GET(bob);
    TRY(corm_add(run->session, bob));
    bob->email = "assigned, and kept over the rollback";
    TRY(corm_rollback(run->session));
    bob->email = bob->email != NULL ? bob->email : ""; /* memory was out for the copy */
    TRY(corm_add(run->session, bob));
    TRY(corm_flush(run->session));
    TRY(corm_rollback(run->session));
    return graph(run);
}

static corm_status do_savepoint(struct run *run)
{
    corm_savepoint outer, inner;
    User *alice = corm_get(run->session, User, 1);
    TRY_GET(alice);
    TRY(corm_savepoint_begin(run->session, &outer));
    alice->email = "x";
    TRY(corm_savepoint_begin(run->session, &inner));
    TRY(graph(run));
    TRY(corm_savepoint_rollback(run->session, inner));
    TRY(corm_savepoint_begin(run->session, &inner));
    alice->email = "y";
    TRY(corm_savepoint_release(run->session, inner));
    TRY(corm_savepoint_release(run->session, outer));
    return commit(run);
}

static corm_status do_many_to_many(struct run *run)
{
    Post *post = corm_get(run->session, Post, 1);
    TRY_GET(post);
    Tag *green = corm_new(run->session, Tag, .name = "green");
    TRY_GET(green);
    TRY(Tag_posts_append(green, post));
    TRY(commit(run));
    Tag_list tags = Post_tags(post);
    TRY(corm_last_status());
    for (size_t i = 0; i < tags.count; i++)
        TRY(Post_tags_remove(post, tags.items[i]));
    TRY(commit(run));
    TRY(Post_tags_replace(post, (Tag *[]){green}, 1));
    TRY(commit(run));
    TRY(corm_delete(run->session, green));
    return commit(run);
}

static corm_status do_clear(struct run *run)
{
    for (int i = 0; i < 3; i++) {
        TRY(graph(run));
        TRY(corm_clear(run->session));
        TRY_GET(corm_get(run->session, User, 1));
        corm_free_lists(run->session);
    }
    return CORM_OK;
}

static corm_status do_expunge(struct run *run)
{
    Tag *tag = corm_get(run->session, Tag, 1);
    TRY_GET(tag);
    run->kept = tag;
    tag->name = "a name that the object takes along";
    TRY(corm_expunge(run->session, tag));
    TRY(corm_add(run->session, tag));
    TRY(commit(run));
    TRY(corm_expire(run->session, tag));
    TRY(corm_refresh(run->session, tag));
    return corm_expunge(run->session, tag);
}

/* New objects, of which one stays in the session: the others are linked to it until that is cleared. */
static corm_status do_expunge_new(struct run *run)
{
    corm_session *session = run->session;
    User *user = corm_get(session, User, 1);
    TRY_GET(user);
    Post *post = corm_new(session, Post, .title = "a title of some length");
    TRY_GET(post);
    Tag *tag = corm_new(session, Tag, .name = "new");
    TRY_GET(tag);
    run->kept = post;
    TRY(User_posts_append(user, post));
    TRY(Post_tags_append(post, tag));
    post->title = "a title that the object takes along";
    TRY(corm_expunge(session, post));
    TRY(corm_add(session, post));
    TRY(corm_flush(session));
    TRY(corm_expunge(session, post));
    TRY(corm_add(session, post));
    TRY(corm_expunge(session, post));
    TRY(corm_rollback(session));
    TRY(corm_add(session, post));
    TRY(corm_expunge(session, post));
    return corm_clear(session);
}

static corm_status do_merge(struct run *run)
{
    corm_session *session = run->session;
    User *given = corm_new(session, User, .id = 1, .email = "a new address@example.com");
    TRY_GET(given);
    for (int i = 0; i < 3; i++) {
        Post *post = i < 2 ? corm_new(session, Post, .id = i + 1, .title = "a title of some length")
                           : corm_new(session, Post, .title = "new");
        TRY_GET(post);
        Tag *tag = corm_new(session, Tag, .name = corm_text(session, "tag %d", i));
        TRY_GET(tag);
        TRY(User_posts_append(given, post));
        TRY(Post_tags_append(post, tag));
    }
    TRY_GET(corm_merge(session, given));
    TRY(commit(run));
    Tag *tag = corm_get(session, Tag, 1);
    TRY_GET(tag);
    run->kept = tag;
    TRY(corm_expunge(session, tag));
    tag->name = "a name that was given while it was away";
    TRY_GET(corm_merge(session, tag));
    return commit(run);
}

/* An error on the way to an error: either may be told. */
static corm_status do_conflict(struct run *run)
{
    User *again = corm_new(run->session, User, .username = "alice", .email = "e");
    TRY_GET(again);
    TRY(corm_add(run->session, again));
    corm_status status = corm_flush(run->session);
    if (status != CORM_UNIQUE)
        return status == CORM_OK ? CORM_MISUSE : status;
    TRY(corm_rollback(run->session));
    Post *post = corm_new(run->session, Post, .title = "lost", .user_id = 99);
    TRY_GET(post);
    TRY(corm_add(run->session, post));
    status = corm_flush(run->session);
    return status == CORM_FOREIGN_KEY ? CORM_OK : status == CORM_OK ? CORM_MISUSE : status;
}

/* clang-format off */
#define TIMED(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(UUID,     id,         .primary_key = true, .default_function = corm_default_uuid)       \
    COLUMN(TEXT,     name)                                                                         \
    COLUMN(TEXT,     code,       .default_function = corm_default_uuid)                            \
    COLUMN(TEXT,     changed_at, .default_function = corm_default_now,                             \
                                 .update_function = corm_default_now)                              \
    COLUMN(TEXT,     status,     .server_default = "'as new as it can be'")                        \
    COLUMN(TEXT,     shout,      .generated = "upper(name || code)")                               \
    COLUMN(INTEGER,  version,    .version = true)
#define COMPUTING(MODEL) MODEL(Timed, "timed", TIMED)
/* clang-format on */

CORM_SCHEMA(computing, COMPUTING)

static corm_status compute(corm_session *session)
{
    Timed *timed = NULL;
    for (int i = 0; i < 3; i++) {
        timed = corm_new(session, Timed, .name = "before");
        TRY_GET(timed);
        TRY(corm_add(session, timed));
    }
    TRY(corm_commit(session));
    timed->name = "after";
    const corm_plan plan = corm_session_plan(session);
    TRY(corm_last_status());
    if (plan.count != 1 || strstr(plan.items[0].text, ", version computed") == NULL)
        return CORM_NOT_FOUND;
    TRY(corm_flush(session));
    TRY(corm_delete(session, timed));
    return corm_commit(session);
}

/* On a database of its own. */
static corm_status do_compute(struct run *run)
{
    (void)run;
    corm_session *session = corm_sqlite_open(":memory:", &computing);
    TRY_GET(session);
    corm_status status = corm_create_all(session);
    if (status == CORM_OK)
        status = compute(session);
    corm_session_close(session);
    return status;
}

/* ---- Large columns ---- */

/* clang-format off */
#define LARGE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,        id,    .primary_key = true)                                             \
    COLUMN(BLOB,           data,  .deferred = true)                                                \
    COLUMN(OPTIONAL(TEXT), notes, .deferred = true)
#define LARGES(MODEL) MODEL(Large, "larges", LARGE)
/* clang-format on */

CORM_SCHEMA(larges, LARGES)

static corm_status large_columns(corm_session *session)
{
    char bytes[100] = "0123456789";
    for (int i = 0; i < 2; i++) {
        Large *made = corm_new(session, Large, .data = corm_blob_of_size(100), .notes = "a note");
        TRY_GET(made);
        TRY(corm_add(session, made));
        corm_blob_handle *blob = corm_blob_open(made, Large_.data, true);
        TRY_GET(blob);
        TRY(corm_blob_write(blob, 0, bytes, sizeof bytes));
        TRY(corm_blob_close(blob));
    }
    TRY(corm_commit(session));
    TRY(corm_clear(session));
    Large *large = corm_get(session, Large, 1);
    TRY_GET(large);
    TRY(corm_load_column(large, Large_.data));
    TRY(large->data.size == sizeof bytes ? CORM_OK : CORM_NOT_FOUND);
    for (int way = 0; way < 2; way++) {
        Large_list all = corm_all(session, Large, .read_only = way == 1,
                                  .load = corm_load_columns(Large_.notes, Large_.data));
        TRY(corm_last_status());
        TRY(all.count == 2 && all.items[1]->data.size == sizeof bytes ? CORM_OK : CORM_NOT_FOUND);
    }
    corm_blob_handle *blob = corm_blob_open(large, Large_.data, false);
    TRY_GET(blob);
    TRY(corm_blob_read(blob, 10, bytes, 20));
    return corm_commit(session);
}

/* On a database of its own. */
static corm_status do_large_columns(struct run *run)
{
    (void)run;
    corm_session *session = corm_sqlite_open(":memory:", &larges);
    TRY_GET(session);
    corm_status status = corm_create_all(session);
    if (status == CORM_OK)
        status = large_columns(session);
    corm_session_close(session);
    return status;
}

/* ---- Inheritance ---- */

/* clang-format off */
#define STAFF(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, type)                                                                             \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), boss_id, .references = corm_ref(Boss, id))                           \
    RELATIONSHIP(MANY_TO_ONE, boss, Boss, staff)
#define BOSS(COLUMN, RELATIONSHIP)                                                                 \
    STAFF(COLUMN, CORM_INHERITED)                                                                  \
    COLUMN(OPTIONAL(TEXT), title)                                                                  \
    RELATIONSHIP(ONE_TO_MANY, staff, Staff, boss)
#define CODER(COLUMN, RELATIONSHIP)                                                                \
    STAFF(COLUMN, CORM_INHERITED)                                                                  \
    COLUMN(TEXT, language)
#define OFFICE(MODEL)                                                                              \
    MODEL(Staff, "staff", STAFF, .discriminator = corm_member(Staff, type), .identity = "staff")   \
    MODEL(Boss, "staff", BOSS, .inherits = corm_base(Staff), .identity = "boss")                   \
    MODEL(Coder, "coders", CODER, .inherits = corm_base(Staff), .identity = "coder")
/* clang-format on */

CORM_SCHEMA(office, OFFICE)

static corm_status inherit(corm_session *session)
{
    Boss *boss = corm_new(session, Boss, .name = "Mia", .title = "Head");
    Coder *coder = corm_new(session, Coder, .name = "Eve", .language = "C");
    TRY_GET(boss);
    TRY_GET(coder);
    TRY(Boss_staff_append(boss, corm_as(Staff, coder)));
    TRY(corm_add(session, boss));
    TRY(corm_commit(session));
    coder->language = "Ada";
    coder->name = "Eva";
    TRY(corm_commit(session));
    TRY(corm_clear(session));
    Staff_list all = corm_all(session, Staff, .order_by = corm_asc(Staff_.id));
    TRY(corm_last_status());
    for (size_t i = 0; i < all.count; i++) {
        (void)Staff_boss(all.items[i]);
        TRY(corm_last_status());
    }
    TRY(corm_delete(session, all.items[1]));
    return corm_commit(session);
}

/* On a database of its own. */
static corm_status do_inherit(struct run *run)
{
    (void)run;
    corm_session *session = corm_sqlite_open(":memory:", &office);
    TRY_GET(session);
    corm_status status = corm_create_all(session);
    if (status == CORM_OK)
        status = inherit(session);
    corm_session_close(session);
    return status;
}

static corm_status do_stream(struct run *run)
{
    corm_stream *stream = corm_stream_open(run->session, User, .order_by = corm_asc(User_.id),
                                           .where = corm_ne(User_.username, "nobody"));
    TRY_GET(stream);
    while (corm_stream_next(stream) != NULL) {
    }
    return corm_stream_close(stream);
}

/* clang-format off */
#define TOTAL(COLUMN)                                                                              \
    COLUMN(TEXT,           name)                                                                   \
    COLUMN(INTEGER,        posts)
/* clang-format on */
CORM_ROW(Total, TOTAL)

static corm_status do_plain_rows(struct run *run)
{
    corm_session *session = run->session;
    Total_list totals = corm_sql(session, Total,
                                 "SELECT name || ?1 || ?2, n FROM (WITH RECURSIVE t(n, name) AS "
                                 "(SELECT 1, 'a' UNION ALL SELECT n + 1, name || 'b' FROM t WHERE "
                                 "n < 40) SELECT * FROM t)",
                                 "a text", corm_date_of(2026, 2, 28));
    TRY(corm_last_status());
    if (totals.count != 40 || strlen(totals.items[39].name) < 50)
        return CORM_MISUSE;
    TRY_GET(corm_sql_text(session, "SELECT 'a value' || ?1", ""));
    corm_stream *stream = corm_sql_stream(
        session, Total, "SELECT count(*) AS posts, title AS name FROM posts GROUP BY title");
    TRY_GET(stream);
    while (corm_stream_next(stream) != NULL)
        continue;
    return corm_stream_close(stream);
}

static corm_status do_plain(struct run *run)
{
    corm_session *session = run->session;
    User_list users = corm_sql(session, User, "SELECT * FROM users WHERE id > ?1", 0);
    TRY(corm_last_status());
    users.items[0]->email = "changed@example.com";
    TRY(corm_sql_run(session, "UPDATE users SET age = ?1", corm_some(33)));
    TRY(corm_sql_script(session, "UPDATE posts SET title = title || '!';\n"
                                 "DELETE FROM comments WHERE body = 'none'; -- end"));
    TRY(corm_current(users.items[0]));
    return users.items[0]->age.value == 33 ? commit(run) : CORM_MISUSE;
}

static corm_status do_joined_load(struct run *run)
{
    User_list users =
        corm_all(run->session, User, .order_by = corm_asc(User_.id), .limit = 2,
                 .load = corm_loads(corm_load_joined(User_.posts, Post_.comments, Post_.tags),
                                    corm_load(Tag_posts_)));
    TRY(corm_last_status());
    Post *post = corm_get(run->session, Post, 1);
    TRY_GET(post);
    (void)corm_all(run->session, Tag, .where = corm_related_to(Post_.tags, post));
    TRY(corm_last_status());
    for (size_t i = 0; i < users.count; i++) {
        (void)User_posts(users.items[i]);
        TRY(corm_last_status());
    }
    return CORM_OK;
}

static bool stamp(corm_session *session, void *object, void *context)
{
    (void)context;
    if (strcmp(corm_model_of(object)->name, "User") != 0)
        return true;
    User *user = object;
    user->email = corm_text(session, "%s, stamped, at a host of some length", user->username);
    return user->email != NULL;
}

static bool add_tag(corm_session *session, void *context)
{
    bool *added = context;
    Tag *tag = *added ? NULL : corm_new(session, Tag, .name = "a tag of before_flush");
    if (*added || corm_add(session, tag) != CORM_OK)
        return *added;
    return *added = corm_count(session, User) > 0;
}

static bool is_long(corm_session *session, void *object, void *context)
{
    (void)context;
    return strcmp(corm_model_of(object)->name, "Post") != 0 || ((Post *)object)->title[0] != '\0' ||
           corm_refuse(session, "without a title");
}

/* Hooks that change, add and refuse. */
static corm_status do_hooks(struct run *run)
{
    bool added = false;
    const corm_hooks hooks = {.before_insert = stamp,
                              .before_update = stamp,
                              .after_insert = is_long,
                              .after_load = is_long,
                              .before_flush = add_tag,
                              .context = &added};
    corm_session *session = run->session;
    TRY(corm_session_set_hooks(session, &hooks));
    corm_status status = graph(run);
    User *alice = status == CORM_OK ? corm_get(session, User, 1) : NULL;
    if (alice != NULL) {
        alice->age = corm_some(50);
        status = commit(run);
    } else {
        status = corm_last_status();
    }
    if (status == CORM_OK)
        status = corm_add(session, corm_new(session, Post, .title = "", .user_id = 1));
    if (status == CORM_OK)
        status = corm_flush(session);
    (void)corm_session_set_hooks(session, NULL);
    return status == CORM_REFUSED ? corm_rollback(session)
           : status == CORM_OK    ? CORM_MISUSE
                                  : status;
}

CORM_ALIAS(writer, User, USER)

#define LISTED(COLUMN) COLUMN(TEXT, name) COLUMN(INTEGER, depth)
CORM_ROW(Listed, LISTED)

/* Joins, subqueries, a long list, a variable, conditions across relationships, a page. */
static corm_status do_conditions(struct run *run)
{
    corm_session *session = run->session;
    static int64_t ids[100];
    const char *name = "alice";
    int64_t total = 0;
    for (int i = 0; i < 100; i++)
        ids[i] = i;
    Post_list posts =
        corm_all(session, Post,
                 .join = corm_joins(corm_inner_join_as(writer, Post_.author_user),
                                    corm_left_join(Post_.tags, corm_ne(Tag_.name, "green"))),
                 .where = corm_and(
                     corm_in(Post_.id, ids, 100), corm_eq(writer_.username, corm_var(&name)),
                     corm_or(corm_has_text(Post_.title, "1"), corm_any(Post_.comments)),
                     corm_in_query(Post_.user_id, corm_subquery(User, User_.id,
                                                                .where = corm_is_null(User_.age)))),
                 .order_by = corm_order(corm_asc(corm_lower(Post_.title)), corm_asc(Post_.id)),
                 .distinct = true, .limit = 1, .total = &total);
    TRY(corm_last_status());
    if (posts.count != 1 || total != 1)
        return CORM_NOT_FOUND;
    Post_list behind = corm_all(session, Post, .after = posts.items[0], .limit = 2);
    TRY(corm_last_status());
    return behind.count == 2 ? CORM_OK : CORM_NOT_FOUND;
}

/* Rows of a program's own, single values, queries with a name and queries put together. */
static corm_status do_rows(struct run *run)
{
    corm_session *session = run->session;
    const corm_select first =
        corm_select_for(Listed, .fields = corm_fields(corm_field(Listed_.name, User_.username),
                                                      corm_field(Listed_.depth, 0)));
    const corm_select next = corm_select_for(
        Listed, .from = corm_from(Listed), .where = corm_lt(Listed_.depth, 20),
        .fields = corm_fields(corm_field(Listed_.name, corm_concat(Listed_.name, "!")),
                              corm_field(Listed_.depth, corm_plus(Listed_.depth, 1))));
    const corm_select tags = corm_select_for(
        Listed,
        .fields = corm_fields(
            corm_field(Listed_.name, Tag_.name),
            corm_field(Listed_.depth, corm_over(corm_rank(), corm_no_group, corm_asc(Tag_.id)))));
    Listed_list rows =
        corm_select(session, Listed, .with = {corm_with_recursive(Listed, &first, &next)},
                    .from = corm_from(Listed), .compound = {corm_union(&tags)},
                    .order_by = corm_desc(Listed_.name));
    TRY(corm_last_status());
    if (rows.count != 44)
        return CORM_NOT_FOUND;
    const char *names = corm_scalar(session, User, corm_join_texts(User_.username, ", "));
    TRY(corm_last_status());
    TRY_GET(names);
    corm_text_values titles =
        corm_values(session, Post, Post_.title, .group_by = corm_group(Post_.title),
                    .having = corm_ge(corm_count_rows(), 1));
    TRY(corm_last_status());
    return titles.count == 4 ? CORM_OK : CORM_NOT_FOUND;
}

static const struct scenario {
    const char *name;
    corm_status (*body)(struct run *run);
    bool opens; /* opening is part of it */
} scenarios[] = {
    {"open", do_open, true},
    {"drop_all and create_all", do_create, false},
    {"build a graph", do_graph, false},
    {"commit", do_commit, false},
    {"query", do_query, false},
    {"conditions", do_conditions, false},
    {"rows", do_rows, false},
    {"lazy load", do_lazy_load, false},
    {"joined load", do_joined_load, false},
    {"stream", do_stream, false},
    {"partial load", do_partial_load, false},
    {"later load", do_later_load, false},
    {"read-only objects", do_read_only, false},
    {"rows of plain SQL", do_plain_rows, false},
    {"plain SQL", do_plain, false},
    {"change", do_change, false},
    {"delete", do_delete, false},
    {"write by query", do_write_by_query, false},
    {"insert arrays", do_insert_arrays, false},
    {"rollback", do_rollback, false},
    {"savepoint", do_savepoint, false},
    {"many-to-many", do_many_to_many, false},
    {"clear", do_clear, false},
    {"expunge", do_expunge, false},
    {"expunge new", do_expunge_new, false},
    {"merge", do_merge, false},
    {"conflict", do_conflict, false},
    {"hooks", do_hooks, false},
    {"computed columns", do_compute, false},
    {"large columns", do_large_columns, false},
    {"inheritance", do_inherit, false},
};

/* ---- The programme ---------------------------------------------------------------------------------------- */

enum mode { ONCE, FROM_THEN_ON, UNTIL_CLOSED };

static void wrong(const struct scenario *scenario, enum mode mode, long n, const char *format, ...)
    CORM__PRINTF(4, 5);
static void wrong(const struct scenario *scenario, enum mode mode, long n, const char *format, ...)
{
    static const char *const modes[] = {"fails once", "fails from then on", "fails until closed"};
    char text[2000];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    faults.paused = false;
    disarm();
    complain(__FILE__, __LINE__, "%s, allocation %ld %s: %s", scenario->name, n, modes[mode], text);
}

/* The session sees what the database holds, and can write. */
static const char *session_works(corm_session *session)
{
    if (corm_create_all(session) != CORM_OK) /* one scenario drops the tables */
        return corm_error_message(session);
    User_list users = corm_all(session, User, .order_by = corm_asc(User_.id));
    if (corm_last_status() != CORM_OK)
        return corm_error_message(session);
    size_t posts = 0;
    char names[512] = "";
    size_t used = 0;
    for (size_t i = 0; i < users.count; i++) {
        posts += User_posts(users.items[i]).count;
        if (corm_last_status() != CORM_OK)
            return corm_error_message(session);
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i == 0 ? "" : ";",
                                 users.items[i]->username);
    }
    if (strcmp(names, ask(session, "SELECT username FROM users ORDER BY id")) != 0)
        return "users are not as in the database";
    if (posts != (size_t)atoi(ask(session, "SELECT count(*) FROM posts")))
        return "posts are not as in the database";
    User *user = corm_new(session, User, .username = "after", .email = "after@example.com");
    if (user == NULL || corm_add(session, user) != CORM_OK || corm_commit(session) != CORM_OK)
        return corm_error_message(session);
    return NULL;
}

static const char *works_when_opened_again(void)
{
    struct run again = {0};
    if (open_session(&again) != CORM_OK)
        return "it cannot be opened again";
    const char *why = session_works(again.session);
    return close_all(&again) != CORM_OK ? "it cannot be closed" : why;
}

/* True if an allocation failed. */
static bool run_once(const struct scenario *scenario, enum mode mode, long n)
{
    static struct run run;
    static char found[CONTENT];
    restore_template();
    long corm_before = held_by_corm.blocks, sqlite_before = held_by_sqlite.blocks;
    memset(&run, 0, sizeof run);
    memcpy(run.committed, template_content, CONTENT);
    if (!scenario->opens && open_session(&run) != CORM_OK)
        wrong(scenario, mode, n, "it does not open: %s", corm_engine_message(run.engine));

    arm(n, mode != ONCE);
    corm_status status = scenario->opens ? open_session(&run) : CORM_OK;
    if (status == CORM_OK)
        status = scenario->body(&run);
    bool reached = faults.reached;
    faults.paused = true;
    if (status != CORM_OK && (!reached || status != CORM_OUT_OF_MEMORY))
        wrong(scenario, mode, n, "\"%s\", %s", corm_status_text(status),
              corm_error_message(run.session));

    bool usable = run.session != NULL && corm_engine_status(run.engine) == CORM_OK;
    const char *why = NULL;
    if (usable && mode != UNTIL_CLOSED && corm_rollback(run.session) != CORM_OK)
        wrong(scenario, mode, n, "no rollback: %s", corm_error_message(run.session));
    if (mode == UNTIL_CLOSED)
        faults.paused = false;
    else
        read_content(found);
    if (usable && mode != UNTIL_CLOSED)
        why = session_works(run.session);
    if (why != NULL)
        wrong(scenario, mode, n, "after the rollback: %s", why);
    if (close_all(&run) != CORM_OK)
        wrong(scenario, mode, n, "the engine is not closed");
    faults.paused = false;
    disarm();

    if (mode == UNTIL_CLOSED)
        read_content(found);
    if (strcmp(found, run.committed) != 0)
        wrong(scenario, mode, n, "the database holds\n%s, not\n%s", found, run.committed);
    if (!usable)
        why = works_when_opened_again();
    if (why != NULL)
        wrong(scenario, mode, n, "afterwards: %s", why);
    if (held_by_corm.blocks != corm_before || held_by_sqlite.blocks != sqlite_before)
        wrong(scenario, mode, n, "%ld blocks of corm and %ld of SQLite leak",
              held_by_corm.blocks - corm_before, held_by_sqlite.blocks - sqlite_before);
    return reached;
}

static void run_scenario(const struct scenario *scenario)
{
    const char *wanted = getenv("CORM_FAULTS");
    long step = wanted == NULL ? FAULTS : strtol(wanted, NULL, 10);
    run_once(scenario, ONCE, 0); /* none fails: it succeeds and leaks nothing */
    for (int mode = ONCE; mode <= UNTIL_CLOSED; mode++)
        for (long n = 1; run_once(scenario, (enum mode)mode, n);)
            n += step > 1 ? step : 1;
}

static void no_allocation_that_fails_does_harm(void **state)
{
    run_scenario(*state);
}

/* The database that every run begins with. */
static int make_template(void **state)
{
    (void)state;
    static const sqlite3_mem_methods methods = {
        sqlite_malloc,  sqlite_free,  sqlite_realloc, sqlite_size,
        sqlite_roundup, sqlite_start, sqlite_stop,    NULL};
    /* Without lookaside every small allocation can fail as well. */
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0) != SQLITE_OK)
        return 1;
    make_place(&place);
    struct run run = {0};
    if (open_session(&run) != CORM_OK)
        return 1;
    corm_session *session = run.session;
    if (corm_create_all(session) != CORM_OK)
        return 1;
    User *alice = user_with_posts(session, "alice", 3), *bob = user_with_posts(session, "bob", 1);
    bob->age = corm_some(30);
    Post *post = User_posts(alice).items[0];
    (void)Post_tags_append(post, corm_new(session, Tag, .name = "red"));
    (void)Post_tags_append(post, corm_new(session, Tag, .name = "blue"));
    (void)Post_comments_append(post, corm_new(session, Comment, .body = "well said"));
    corm_status status = corm_commit(session);
    if (status != CORM_OK)
        print_error("%s\n", corm_error_message(session));
    if (close_all(&run) != CORM_OK || status != CORM_OK)
        return 1;
    FILE *file = fopen(place.path, "rb");
    if (file == NULL)
        return 1;
    template_size = fread(template_file, 1, TEMPLATE, file);
    (void)fclose(file);
    read_content(template_content);
    return template_size == 0 || template_size == TEMPLATE;
}

static int remove_template(void **state)
{
    (void)state;
    remove_place(&place);
    return sqlite3_shutdown() != SQLITE_OK || held_by_sqlite.blocks != 0;
}

int main(void)
{
    enum { COUNT = sizeof scenarios / sizeof scenarios[0] };
    struct CMUnitTest tests[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){.name = scenarios[i].name,
                                       .test_func = no_allocation_that_fails_does_harm,
                                       .initial_state = (void *)(uintptr_t)&scenarios[i]};
    return cmocka_run_group_tests(tests, make_template, remove_template);
}
