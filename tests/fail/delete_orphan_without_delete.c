// expects: User.posts: CORM_CASCADE_DELETE_ORPHAN needs CORM_CASCADE_DELETE: give both
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    RELATIONSHIP(ONE_TO_MANY, posts, Post, BACKREF(user), .cascade = CORM_CASCADE_DELETE_ORPHAN)
#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))
#define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
CORM_SCHEMA(blog, BLOG)
