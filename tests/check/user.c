/* A user's program for tests/check/modes: each construct that expands in it, once. Exits with 0 if all of it worked. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, username, .length = 64, .unique = true, .index = true)                            \
    COLUMN(TEXT, email, .length = 120)                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN, active, .default_value = corm_default(true))                                   \
    RELATIONSHIP(ONE_TO_MANY, posts, Post, author_user,                                            \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)

#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, title)                                                                            \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))                                     \
    RELATIONSHIP(MANY_TO_ONE, author_user, User, posts)

#define BLOG(MODEL)                                                                                \
    MODEL(User, "users", USER)                                                                     \
    MODEL(Post, "posts", POST)

CORM_SCHEMA(blog, BLOG)

static size_t adults_with_posts(corm_session *session)
{
    User_list adults =
        corm_all(session, User,
                 .where = corm_and(corm_ge(User_.age, 18), corm_like(User_.email, "%@example.com")),
                 .order_by = corm_asc(User_.username), .load = corm_load(User_.posts), .limit = 10);
    size_t found = 0;
    for (size_t i = 0; i < adults.count; i++)
        found += User_posts(adults.items[i]).count > 0;
    return found;
}

int main(void)
{
    corm_session *session = corm_sqlite_open(":memory:", &blog);
    if (corm_create_all(session) != CORM_OK)
        fprintf(stderr, "%s\n", corm_error_message(session));

    User *alice = corm_new(session, User, .username = "alice", .email = "alice@example.com");
    User_posts_append(alice, corm_new(session, Post, .title = "Hi"));
    User_posts_append(alice, corm_new(session, Post, .title = "Again"));
    corm_add(session, alice);
    alice->age = corm_some(43);
    if (corm_commit(session) != CORM_OK)
        fprintf(stderr, "%s\n", corm_error_message(session));

    User_posts_remove(alice, User_posts(alice).items[0]);
    corm_status status = corm_commit(session);
    size_t found = adults_with_posts(session);
    if (status != CORM_OK || found != 1)
        fprintf(stderr, "%zu found, %s\n", found, corm_error_message(session));
    corm_session_close(session);
    return status == CORM_OK && found == 1 ? 0 : 1;
}
