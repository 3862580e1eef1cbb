/* seeing.c: what corm sends to the database, and where it asks too often.
 *
 * The idea: look at a query without running it, ask the database how it would answer and which index it
 * misses, find the loop that asks for one row at a time, and keep it from coming back. */
#define CORM_TRACE_CALLS /* in a real program: -DCORM_TRACE_CALLS, while it is being developed */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define USER(COLUMN, RELATIONSHIP)                                                       \
    COLUMN(INTEGER, id,   .primary_key = true)                                           \
    COLUMN(TEXT,    name)                                                                \
    COLUMN(INTEGER, age)                                                                 \
    RELATIONSHIP(ONE_TO_MANY, posts, Post, author, .lazy = CORM_LAZY_SELECT)
#define POST(COLUMN, RELATIONSHIP)                                                       \
    COLUMN(INTEGER, id,      .primary_key = true)                                        \
    COLUMN(TEXT,    title)                                                               \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))                           \
    RELATIONSHIP(MANY_TO_ONE, author, User, posts)
#define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
CORM_SCHEMA(blog, BLOG)
/* clang-format on */

static size_t fill(corm_session *session)
{
    static const char *const names[] = {"Ann", "Bob", "Cid", "Dan"};
    const size_t count = sizeof names / sizeof *names;
    for (size_t i = 0; i < count; i++) {
        User *user = corm_new(session, User, .name = names[i], .age = 20 + (int64_t)i);
        User_posts_append(user, corm_new(session, Post, .title = "Hello"));
        corm_add(session, user);
    }
    return corm_commit(session) == CORM_OK && corm_clear(session) == CORM_OK ? count : 0;
}

static size_t count_posts(User_list users)
{
    size_t posts = 0;
    for (size_t i = 0; i < users.count; i++)
        posts += User_posts(users.items[i]).count;
    return posts;
}

/* From here on the accesses to posts are told with their own lines, too. */
#define User_posts(user_) corm_traced(User_posts(user_))

static void count_once_more(corm_session *session)
{
    size_t posts = 0;
    corm_clear(session);
    corm_round_trips_clear(session);
    User_list users = corm_all(session, User);
    for (size_t i = 0; i < users.count; i++)
        posts += User_posts(users.items[i]).count;
    printf("%zu posts\n\n%s\n", posts, corm_round_trips(session));
}

int main(void)
{
    corm_session *session = corm_sqlite_open(":memory:", &blog);
    corm_create_all(session);
    const size_t count = fill(session);

    /* What would be sent? Nothing is. */
    const corm_condition adults = corm_ge(User_.age, 18);
    printf("%s\n\n", corm_query_sql(session, User, .where = adults, .limit = 10));
    printf("%s\n\n", corm_query_sql(session, User, .load = corm_load(User_.posts)));

    /* How would the database answer it? */
    printf("%s\n", corm_explain(session, User, .where = adults, .load = corm_load(User_.posts)));

    /* A loop that asks for the posts of one user at a time. */
    size_t posts = count_posts(corm_all(session, User, .where = adults));
    printf("%zu posts of %zu users\n\n%s\n", posts, count, corm_round_trips(session));
    count_once_more(session);

    /* As it was advised; and a test keeps it so. It would abort here, and list what ran instead. */
    corm_clear(session);
    corm_expect_statements(session, 2)
    {
        User_list users = corm_all(session, User, .where = adults, .load = corm_load(User_.posts));
        posts = count_posts(users);
    }
    printf("%zu posts, and %s", posts, corm_expect_report(session));

    /* The pair that the block is made of answers instead. */
    corm_clear(session);
    corm_expect_begin(session);
    User_list users = corm_all(session, User);
    posts = count_posts(users);
    corm_status status = corm_expect_end(session, 2); /* CORM_UNEXPECTED: 5 ran */
    printf("\n%s: %s", corm_status_text(status), corm_expect_report(session));
    corm_session_close(session);
    return posts == count ? 0 : 1;
}

/* Output:
 * SELECT "id", "name", "age" FROM "users" WHERE "age" >= 18 LIMIT 10
 * -- sent as: SELECT "id", "name", "age" FROM "users" WHERE "age" >= ?1 LIMIT ?2
 *
 * SELECT "id", "name", "age" FROM "users"
 * -- then User.posts: SELECT "id", "title", "user_id" FROM "posts" WHERE "user_id" IN (?1, ?2, ?3, ?4)
 *
 * SELECT "id", "name", "age" FROM "users" WHERE "age" >= ?1
 *   SCAN users
 *   note: users: every row is read: an index on ("age") would serve the condition
 *       User: COLUMN(..., age, .index = true), made by corm_create_all; or: CREATE INDEX "ix_users_age" ON "users" ("age")
 * then User.posts: SELECT "id", "title", "user_id" FROM "posts" WHERE "user_id" IN (?1, ?2, ?3, ?4)
 *   SCAN posts
 *   note: posts: every row is read: an index on ("user_id") would serve the condition
 *       Post: COLUMN(..., user_id, .index = true), made by corm_create_all; or: CREATE INDEX "ix_posts_user_id" ON "posts" ("user_id")
 *
 * 4 posts of 4 users
 *
 * 5 statements from 2 places
 * 4 statements, 4 rows: User.posts, of objects from examples/seeing.c:73
 *     N+1: 4 accesses asked one by one: in the query at examples/seeing.c:73 write .load = corm_load(User_.posts), or declare User.posts .lazy = CORM_LAZY_BATCH
 * 1 statement, 4 rows: corm_all(User) at examples/seeing.c:73
 *
 * 4 posts
 *
 * 5 statements from 2 places
 * 4 statements, 4 rows: User.posts at examples/seeing.c:54, of objects from examples/seeing.c:52
 *     N+1: 4 accesses asked one by one: in the query at examples/seeing.c:52 write .load = corm_load(User_.posts), or declare User.posts .lazy = CORM_LAZY_BATCH
 * 1 statement, 4 rows: corm_all(User) at examples/seeing.c:52
 *
 * 4 posts, and 2 statements expected, 2 ran (2 SELECT)
 * SELECT "id", "name", "age" FROM "users" WHERE "age" >= ?1  [18]
 * SELECT "id", "title", "user_id" FROM "posts" WHERE "user_id" IN (?1, ?2, ?3, ?4)  [1, 2, 3, 4]
 *
 * other statements ran than a test expects: 2 statements expected, 5 ran (5 SELECT)
 * SELECT "id", "name", "age" FROM "users"
 * SELECT "id", "title", "user_id" FROM "posts" WHERE "user_id" = ?1 ORDER BY "id"  [1]
 * SELECT "id", "title", "user_id" FROM "posts" WHERE "user_id" = ?1 ORDER BY "id"  [2]
 * SELECT "id", "title", "user_id" FROM "posts" WHERE "user_id" = ?1 ORDER BY "id"  [3]
 * SELECT "id", "title", "user_id" FROM "posts" WHERE "user_id" = ?1 ORDER BY "id"  [4]
 */
