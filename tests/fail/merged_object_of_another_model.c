// expects gcc: initialization of 'Post *' from incompatible pointer type 'User *'
// expects clang: incompatible pointer types initializing 'Post *' (aka 'struct Post *') with an expression of type
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)
#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, title)
#define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
CORM_SCHEMA(blog, BLOG)

Post *merged(corm_session *session, User *user);
Post *merged(corm_session *session, User *user)
{
    Post *post = corm_merge(session, user);
    return post;
}
