// expects gcc: passing argument 1 of 'User_posts' from incompatible pointer type
// expects clang: incompatible pointer types passing 'Post *' (aka 'struct Post *') to parameter of type 'User *'
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)
#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))                                     \
    RELATIONSHIP(MANY_TO_ONE, user, User, BACKREF(posts))
#define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
CORM_SCHEMA(blog, BLOG)

size_t count(Post *post);
size_t count(Post *post)
{
    return User_posts(post).count;
}
