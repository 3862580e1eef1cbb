/* loading.c: the ways to load what belongs to objects, and the SQL of each.
 *
 * The idea: one query says what it will look at, and how much of it; the rest is loaded when it is looked at,
 * for all objects of the query at once. docs/loading.md explains each. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(TEXT, username)                                \
    RELATIONSHIP(ONE_TO_MANY, posts, Post, author)
#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(TEXT, title)                                   \
    COLUMN(BOOLEAN, draft, .default_value = corm_default(false))                                   \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))                                     \
    RELATIONSHIP(MANY_TO_ONE,  author,   User,    posts)                                           \
    RELATIONSHIP(ONE_TO_MANY,  comments, Comment, BACKREF(post))                                   \
    RELATIONSHIP(MANY_TO_MANY, tags,     Tag,     BACKREF(posts),                                  \
                 .secondary = corm_secondary("post_tags", "post_id", "tag_id"))
#define COMMENT(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(TEXT, text)                                    \
    COLUMN(INTEGER, post_id, .references = corm_ref(Post, id))
#define TAG(COLUMN, RELATIONSHIP) COLUMN(INTEGER, id, .primary_key = true) COLUMN(TEXT, name)
#define FOLDER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Folder, id))                       \
    RELATIONSHIP(ONE_TO_MANY, children, Folder, parent, .lazy = CORM_LAZY_JOINED, .join_depth = 3) \
    RELATIONSHIP(MANY_TO_ONE, parent, Folder, children)
#define BLOG(MODEL)                                                                                \
    MODEL(User, "users", USER) MODEL(Post, "posts", POST) MODEL(Comment, "comments", COMMENT)      \
    MODEL(Tag, "tags", TAG) MODEL(Folder, "folders", FOLDER)
CORM_SCHEMA(blog, BLOG)
/* clang-format on */

static void show(void *context, const corm_trace_event *event)
{
    (void)context;
    if (strncmp(event->sql, "SELECT", 6) == 0)
        printf("%s\n", event->sql);
}

/* Each way begins with an empty session: what it has is not loaded again. */
static void begin(corm_session *session, const char *what)
{
    corm_clear(session);
    printf("-- %s\n", what);
}

static void whole(corm_session *session)
{
    size_t total = 0;
    begin(session, "on access, for all users at once");
    User_list users = corm_all(session, User);
    for (size_t i = 0; i < users.count; i++)
        total += User_posts(users.items[i]).count;
    printf("   %zu posts\n", total);

    begin(session, "with the objects");
    corm_all(session, User, .load = corm_load(User_.posts));
    begin(session, "two levels deep");
    corm_all(session, User, .load = corm_load(User_.posts, Post_.comments));
    begin(session, "one joined, one by a statement of its own");
    corm_all(session, User,
             .load = corm_loads(corm_load_joined(User_.posts), corm_load(Post_.tags)));
    begin(session, "joined, with a limit: of users");
    corm_all(session, User, .order_by = corm_asc(User_.username), .limit = 10,
             .load = corm_load_joined(User_.posts));
    begin(session, "as its relationship declares it");
    corm_get(session, Folder, 1);
    begin(session, "only looked at");
    corm_all(session, User, .read_only = true, .load = corm_load(User_.posts), .limit = 1000);
}

static void parts(corm_session *session)
{
    int64_t least = 2;
    begin(session, "the last posts that are no drafts, with their comments");
    corm_all(session, User, .limit = 10,
             .load = corm_loads(corm_load_where(User_.posts, .where = corm_eq(Post_.draft, false),
                                                .order_by = corm_desc(Post_.id), .limit = 5),
                                corm_load(Post_.comments)));
    begin(session, "a part, when one is looked at");
    User_list users =
        corm_all(session, User,
                 .load = corm_load_where(User_.posts, .where = corm_ge(Post_.id, corm_var(&least)),
                                         .later = true));
    User_posts(users.items[0]); /* for all the users */
    begin(session, "never: an access is an error");
    Post_list posts = corm_all(session, Post, .load = corm_load_never(Post_.comments));
    Post_comments(posts.items[0]);
    printf("   %s\n", corm_error_message(session));
}

int main(void)
{
    corm_session *session = corm_sqlite_open(":memory:", &blog);
    corm_create_all(session);
    for (int i = 0; i < 2; i++) {
        User *user = corm_new(session, User, .username = i == 0 ? "ann" : "ben");
        Post *post = corm_new(session, Post, .title = "Hello");
        User_posts_append(user, post);
        User_posts_append(user, corm_new(session, Post, .title = "Later", .draft = true));
        Post_comments_append(post, corm_new(session, Comment, .text = "Hello!"));
        corm_add(session, user);
    }
    corm_add(session, corm_new(session, Folder));
    corm_commit(session);
    corm_trace(session, show, NULL);
    whole(session);
    parts(session);
    corm_session_close(session);
    return 0;
}

/* Output:
 * -- on access, for all users at once
 * SELECT "id", "username" FROM "users"
 * SELECT "id", "title", "draft", "user_id" FROM "posts" WHERE "user_id" IN (?1, ?2, ?3, ?4)
 *    4 posts
 * -- with the objects
 * SELECT "id", "username" FROM "users"
 * SELECT "id", "title", "draft", "user_id" FROM "posts" WHERE "user_id" IN (?1, ?2, ?3, ?4)
 * -- two levels deep
 * SELECT "id", "username" FROM "users"
 * SELECT "id", "title", "draft", "user_id" FROM "posts" WHERE "user_id" IN (?1, ?2, ?3, ?4)
 * SELECT "id", "text", "post_id" FROM "comments" WHERE "post_id" IN (?1, ?2, ?3, ?4)
 * -- one joined, one by a statement of its own
 * SELECT "users"."id", "users"."username", "posts_1"."id", "posts_1"."title", "posts_1"."draft", "posts_1"."user_id" FROM "users" LEFT JOIN "posts" AS "posts_1" ON "posts_1"."user_id" = "users"."id" ORDER BY "users"."id", "posts_1"."id"
 * SELECT "post_tags"."post_id", "tags"."id", "tags"."name" FROM "tags" JOIN "post_tags" ON "tags"."id" = "post_tags"."tag_id" WHERE "post_tags"."post_id" IN (?1, ?2, ?3, ?4)
 * -- joined, with a limit: of users
 * SELECT "users"."id", "users"."username", "posts_1"."id", "posts_1"."title", "posts_1"."draft", "posts_1"."user_id" FROM (SELECT "id", "username" FROM "users" ORDER BY "username", "id" LIMIT ?1) AS "users" LEFT JOIN "posts" AS "posts_1" ON "posts_1"."user_id" = "users"."id" ORDER BY "users"."username", "users"."id", "posts_1"."id"
 * -- as its relationship declares it
 * SELECT "folders"."id", "folders"."parent_id", "folders_1"."id", "folders_1"."parent_id", "folders_2"."id", "folders_2"."parent_id", "folders_3"."id", "folders_3"."parent_id" FROM "folders" LEFT JOIN "folders" AS "folders_1" ON "folders_1"."parent_id" = "folders"."id" LEFT JOIN "folders" AS "folders_2" ON "folders_2"."parent_id" = "folders_1"."id" LEFT JOIN "folders" AS "folders_3" ON "folders_3"."parent_id" = "folders_2"."id" WHERE "folders"."id" = ?1 ORDER BY "folders_1"."id", "folders_2"."id", "folders_3"."id"
 * -- only looked at
 * SELECT "id", "username" FROM "users" LIMIT ?1
 * SELECT "id", "title", "draft", "user_id" FROM "posts" WHERE "user_id" IN (?1, ?2, ?3, ?4) ORDER BY "id"
 * -- the last posts that are no drafts, with their comments
 * SELECT "id", "username" FROM "users" LIMIT ?1
 * SELECT "c1", "c2", "c3", "c4" FROM (SELECT "id" AS "c1", "title" AS "c2", "draft" AS "c3", "user_id" AS "c4", row_number() OVER (PARTITION BY "user_id" ORDER BY "id" DESC) AS "place" FROM "posts" WHERE "user_id" IN (?1, ?2, ?3, ?4) AND "draft" = ?5) AS "shown" WHERE "place" <= ?6 ORDER BY "place"
 * SELECT "id", "text", "post_id" FROM "comments" WHERE "post_id" IN (?1, ?2, ?3, ?4)
 * -- a part, when one is looked at
 * SELECT "id", "username" FROM "users"
 * SELECT "id", "title", "draft", "user_id" FROM "posts" WHERE "user_id" IN (?1, ?2, ?3, ?4) AND "id" >= ?5 ORDER BY "id"
 * -- never: an access is an error
 * SELECT "id", "title", "draft", "user_id" FROM "posts"
 *    Post.comments was left out by corm_load_never and was not loaded (Post "Hello"): name it in .load = corm_load(...)
 */
