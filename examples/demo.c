/* demo.c: the life of a few objects, with every SQL statement that it causes.
 *
 * `make demo` runs it. The models and main are the whole program; show and show_post only look. */
#define CORM_IMPLEMENTATION /* in exactly one .c file */
#include "corm_sqlite.h"

/* clang-format off */
#define USER(COLUMN, RELATIONSHIP)                                                       \
    COLUMN(INTEGER,           id,         .primary_key = true)                           \
    COLUMN(TEXT,              username,   .length = 64, .unique = true, .index = true)   \
    COLUMN(TEXT,              email,      .length = 120)                                 \
    COLUMN(OPTIONAL(INTEGER), age)                                                       \
    COLUMN(BOOLEAN,           active,     .default_value = corm_default(true))           \
    RELATIONSHIP(ONE_TO_MANY, posts, Post, author_user,                                  \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)

#define POST(COLUMN, RELATIONSHIP)                                                       \
    COLUMN(INTEGER, id,      .primary_key = true)                                        \
    COLUMN(TEXT,    title)                                                               \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))                           \
    RELATIONSHIP(MANY_TO_ONE, author_user, User, posts)

#define BLOG(MODEL)               \
    MODEL(User, "users", USER)    \
    MODEL(Post, "posts", POST)

CORM_SCHEMA(blog, BLOG) /* structs, accessors, and the schema object `blog` */
/* clang-format on */

static const char *state(const void *object)
{
    static const char *const names[] = {"nothing",    "transient", "pending",
                                        "persistent", "deleted",   "detached"};
    return names[corm_state(object)];
}

static void show(const char *when, const User *user, const Post *post)
{
    printf("\n---- %s\n", when);
    printf("User (%s): id %lld, username %s, email %s, ", state(user), (long long)user->id,
           user->username, user->email);
    if (user->age.has_value)
        printf("age %lld, ", (long long)user->age.value);
    printf("%s\n", user->active ? "active" : "not active");
    printf("Post (%s): id %lld, title \"%s\", user_id %lld\n", state(post), (long long)post->id,
           post->title, (long long)post->user_id);
}

int main(int argc, char **argv)
{
    corm_session *session = corm_sqlite_open(argc > 1 ? argv[1] : "blog.db", &blog);
    char *ddl = corm_ddl(&blog, corm_sqlite_dialect(), NULL);
    fputs(ddl != NULL ? ddl : "no memory for the text of the tables\n", stdout);
    corm_ddl_free(ddl);
    corm_create_all(session);
    corm_echo(session, stdout);
    corm_echo_times(session, false);

    User *alice = corm_new(session, User, .username = "alice", .email = "alice@example.com");
    User_posts_append(alice, corm_new(session, Post, .title = "Hi"));
    corm_add(session, alice);
    Post *hi = User_posts(alice).count == 1 ? User_posts(alice).items[0] : NULL;
    if (alice == NULL || hi == NULL) {
        fprintf(stderr, "%s\n", corm_error_message(session));
        corm_session_close(session);
        return 1;
    }
    show("made and added: no SQL yet, no keys yet, active by default", alice, hi);
    if (corm_commit(session) != CORM_OK) {
        fprintf(stderr, "%s\n", corm_error_message(session));
        corm_session_close(session);
        return 1;
    }
    show("committed: the database gave the keys", alice, hi);

    alice->age = corm_some(43);                           /* a plain assignment is a change */
    User_posts_remove(alice, User_posts(alice).items[0]); /* delete-orphan */
    corm_commit(session);                                 /* one UPDATE of one column, one DELETE */
    show("committed: one column changed, the orphan is gone", alice, hi);

    printf("\n---- a query\n");
    User_list adults =
        corm_all(session, User,
                 .where = corm_and(corm_ge(User_.age, 18), corm_like(User_.email, "%@example.com")),
                 .order_by = corm_asc(User_.username), .load = corm_load(User_.posts), .limit = 10);
    for (size_t i = 0; i < adults.count; i++)
        printf("%s has %zu posts\n", adults.items[i]->username, User_posts(adults.items[i]).count);

    corm_session_close(session); /* frees every object and string */
    return 0;
}

/* Output:
 * CREATE TABLE IF NOT EXISTS "users" (
 *     "id" INTEGER PRIMARY KEY,
 *     "username" VARCHAR(64) NOT NULL,
 *     "email" VARCHAR(120) NOT NULL,
 *     "age" INTEGER,
 *     "active" BOOLEAN NOT NULL
 * );
 * CREATE UNIQUE INDEX IF NOT EXISTS "ix_users_username" ON "users" ("username");
 * CREATE TABLE IF NOT EXISTS "posts" (
 *     "id" INTEGER PRIMARY KEY,
 *     "title" TEXT NOT NULL,
 *     "user_id" INTEGER NOT NULL REFERENCES "users" ("id")
 * );
 *
 * ---- made and added: no SQL yet, no keys yet, active by default
 * User (pending): id 0, username alice, email alice@example.com, active
 * Post (pending): id 0, title "Hi", user_id 0
 * BEGIN
 * INSERT INTO "users" ("id", "username", "email", "age", "active") VALUES (?1, ?2, ?3, ?4, ?5)  [NULL, 'alice', 'alice@example.com', NULL, 1]  1 row
 * INSERT INTO "posts" ("id", "title", "user_id") VALUES (?1, ?2, ?3)  [NULL, 'Hi', 1]  1 row
 * COMMIT
 *
 * ---- committed: the database gave the keys
 * User (persistent): id 1, username alice, email alice@example.com, active
 * Post (persistent): id 1, title "Hi", user_id 1
 * BEGIN
 * UPDATE "users" SET "age" = ?1 WHERE "id" = ?2  [43, 1]  1 row
 * SELECT "id", "username", "email", "age", "active" FROM "users" WHERE "id" = ?1  [1]  1 row
 * SELECT "id", "title", "user_id" FROM "posts" WHERE "user_id" = ?1 ORDER BY "id"  [1]  1 row
 * DELETE FROM "posts" WHERE "id" = ?1  [1]  1 row
 * COMMIT
 *
 * ---- committed: one column changed, the orphan is gone
 * User (persistent): id 1, username alice, email alice@example.com, age 43, active
 * Post (detached): id 1, title "Hi", user_id 1
 *
 * ---- a query
 * BEGIN
 * SELECT "id", "username", "email", "age", "active" FROM "users" WHERE "age" >= ?1 AND "email" LIKE ?2 ORDER BY "username", "id" LIMIT ?3  [18, '%@example.com', 10]  1 row
 * SELECT "id", "title", "user_id" FROM "posts" WHERE "user_id" = ?1 ORDER BY "id"  [1]  0 rows
 * alice has 0 posts
 * ROLLBACK
 */
