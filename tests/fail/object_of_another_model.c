// expects gcc: passing argument 2 of 'User_posts_append' from incompatible pointer type
// expects clang: incompatible pointer types passing 'User *' (aka 'struct User *') to parameter of type 'Post *'
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

corm_status befriend(User *user, User *friend);
corm_status befriend(User *user, User *friend)
{
    return User_posts_append(user, friend);
}
