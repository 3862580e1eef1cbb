// expects: Post.users: CORM_CASCADE_DELETE_ORPHAN is not for MANY_TO_MANY, where another Post may still have the object: leave it out
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)
#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_MANY, users, User, BACKREF(posts),                                        \
                 .secondary = corm_secondary("post_users", "post_id", "user_id"),                  \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)
#define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
CORM_SCHEMA(blog, BLOG)
