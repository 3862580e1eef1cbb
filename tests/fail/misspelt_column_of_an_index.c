// expects gcc: 'Like' has no member named 'usr_id'
// expects clang: no member named 'usr_id' in 'struct Like'
#include "corm_sqlite.h"

#define LIKE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, user_id)                                                                       \
    COLUMN(INTEGER, post_id)
#define BLOG(MODEL) MODEL(Like, "likes", LIKE, .indexes = {corm_index(Like, (post_id, usr_id))})
CORM_SCHEMA(blog, BLOG)
