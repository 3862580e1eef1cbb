// expects: corm_insert_all(session, User, posts, ...): the rows are an array of User, which is not const
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN, active)
#define POST(COLUMN, RELATIONSHIP) COLUMN(INTEGER, id, .primary_key = true)
#define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
CORM_SCHEMA(blog, BLOG)

int64_t store(corm_session *session, Post *posts);
int64_t store(corm_session *session, Post *posts)
{
    return corm_insert_all(session, User, posts, 1);
}
