// expects gcc: 'User_post_' undeclared
// expects clang: use of undeclared identifier 'User_post_'
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP) COLUMN(INTEGER, id, .primary_key = true)
#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))                                     \
    RELATIONSHIP(MANY_TO_ONE, author, User, BACKREF(posts))
#define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
CORM_SCHEMA(blog, BLOG)
CORM_ALIAS(writer, User, USER, post)
