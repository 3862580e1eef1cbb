/* one_to_many.c: three users, their posts and comments: insert, retrieve, delete.
 *
 * The idea: a session is a piece of work. It has a transaction and a connection only from its first
 * statement to its commit, and each row of the database is one object in it. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* A post must have a user, a comment may have one. No cascade is declared. */
/* clang-format off */
#define USER(COLUMN, RELATIONSHIP)                                          \
    COLUMN(INTEGER,           id,      .primary_key = true)                 \
    COLUMN(TEXT,              name,    .length = 40, .unique = true)        \
    RELATIONSHIP(ONE_TO_MANY, posts,    Post,    BACKREF(author))           \
    RELATIONSHIP(ONE_TO_MANY, comments, Comment, BACKREF(author))
#define POST(COLUMN, RELATIONSHIP)                                          \
    COLUMN(INTEGER,           id,      .primary_key = true)                 \
    COLUMN(TEXT,              title)                                        \
    COLUMN(INTEGER,           user_id, .references = corm_ref(User, id))
#define COMMENT(COLUMN, RELATIONSHIP)                                       \
    COLUMN(INTEGER,           id,      .primary_key = true)                 \
    COLUMN(TEXT,              title)                                        \
    COLUMN(OPTIONAL(INTEGER), user_id, .references = corm_ref(User, id))
#define BLOG(MODEL) \
    MODEL(User, "users", USER) MODEL(Post, "posts", POST) MODEL(Comment, "comments", COMMENT)
CORM_SCHEMA(blog, BLOG)
/* clang-format on */

static void claim(const char *what, bool holds)
{
    printf("%s: %s\n", holds ? "yes" : "NO", what);
}

static int print_row(void *unused, int count, char **values, char **names)
{
    (void)unused, (void)count;
    return printf("    %-8s  %s\n", names[0], values[0] != NULL ? values[0] : "no rows") < 0;
}

/* What another program sees in the file: what is committed; in brackets the user_id. */
static void print_tables(void)
{
    static const char sql[] =
        "SELECT group_concat(id||' '||name, ', ') AS users FROM users;"
        "SELECT group_concat(id||' '||title||' ('||user_id||')', ', ') AS posts FROM posts;"
        "SELECT group_concat(id||' '||title||' ('||ifnull(user_id, 'NULL')||')', ', ') AS comments"
        " FROM comments;";
    sqlite3 *file = NULL;
    if (sqlite3_open("one_to_many.db", &file) != SQLITE_OK ||
        sqlite3_exec(file, sql, print_row, NULL, NULL) != SQLITE_OK)
        printf("    %s\n", sqlite3_errmsg(file));
    sqlite3_close(file);
}

static void commit(corm_session *session, const char *what)
{
    corm_status status = corm_commit(session);
    printf("%s: %s\n", what, status == CORM_OK ? "done" : corm_error_message(session));
    if (status != CORM_OK)
        corm_rollback(session);
    print_tables();
}

/* The pool has one connection: `other` gets it once `session` has given it back. */
static void insert(corm_session *session, corm_session *other)
{
    User *ann = corm_new(session, User, .name = "Ann");
    User *ben = corm_new(session, User, .name = "Ben");
    User_posts_append(ann, corm_new(session, Post, .title = "First"));
    User_posts_append(ann, corm_new(session, Post, .title = "Second"));
    User_comments_append(ben, corm_new(session, Comment, .title = "Nice"));
    corm_add(session, ann); /* takes the posts along */
    corm_add(session, ben);
    corm_add(session, corm_new(session, User, .name = "Cleo"));
    claim("no transaction before the first statement", !corm_in_transaction(session));
    corm_flush(session);
    claim("one after it", corm_in_transaction(session));
    claim("its connection is taken", corm_count(other, User) == -1);
    corm_rollback(other);
    commit(session, "insert");
    claim("no transaction after the commit", !corm_in_transaction(session));
    claim("its connection is free", corm_count(other, User) == 3);
    corm_rollback(other);
}

static void retrieve(corm_session *session)
{
    User *ann = corm_first(session, User, .where = corm_eq(User_.name, "Ann"));
    Post_list posts = User_posts(ann);
    for (size_t i = 0; i < posts.count; i++)
        printf("%s, by %s\n", posts.items[i]->title, Post_author(posts.items[i])->name);
    claim("one row is one object", corm_get(session, User, 1) == ann);
}

static void delete_users(corm_session *session)
{
    corm_delete(session, corm_get(session, User, 2));
    commit(session, "delete Ben: his comment stays, without a user");
    User *ann = corm_get(session, User, 1);
    corm_delete(session, ann);
    commit(session, "delete Ann: her posts cannot be without a user");

    Post_list posts = User_posts(ann); /* stays as it is while we walk it */
    for (size_t i = 0; i < posts.count; i++)
        corm_delete(session, posts.items[i]);
    corm_delete(session, ann);
    commit(session, "delete Ann's posts, and Ann");
}

int main(void)
{
    corm_sqlite_options one = {.engine = {.pool_size = 1, .pool_timeout_ms = 1}};
    corm_engine *engine = corm_sqlite_engine("one_to_many.db", &blog, &one);
    corm_session *session = corm_session_open(engine, NULL);
    corm_session *other = corm_session_open(engine, NULL);
    corm_create_all(session);
    insert(session, other);
    retrieve(session);
    delete_users(session);
    corm_session_close(other);
    corm_session_close(session);
    return corm_engine_close(engine) == CORM_OK ? 0 : 1;
}

/* Output:
 * yes: no transaction before the first statement
 * yes: one after it
 * yes: its connection is taken
 * insert: done
 *     users     1 Ann, 2 Ben, 3 Cleo
 *     posts     1 First (1), 2 Second (1)
 *     comments  1 Nice (2)
 * yes: no transaction after the commit
 * yes: its connection is free
 * First, by Ann
 * Second, by Ann
 * yes: one row is one object
 * delete Ben: his comment stays, without a user: done
 *     users     1 Ann, 3 Cleo
 *     posts     1 First (1), 2 Second (1)
 *     comments  1 Nice (NULL)
 * delete Ann: her posts cannot be without a user: posts.user_id: Post "First" refers to User "Ann", which is deleted, and must have a value: delete it too (CORM_CASCADE_DELETE on User.posts), or give it another first
 *     users     1 Ann, 3 Cleo
 *     posts     1 First (1), 2 Second (1)
 *     comments  1 Nice (NULL)
 * delete Ann's posts, and Ann: done
 *     users     3 Cleo
 *     posts     no rows
 *     comments  1 Nice (NULL)
 */
