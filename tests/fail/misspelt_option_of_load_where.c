// expects gcc: 'corm_load_options' has no member named 'order'
// expects clang: field designator 'order' does not refer to any field in type 'const corm_load_options'
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, posts, Post, BACKREF(author))
#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))
#define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
CORM_SCHEMA_DECLARE(blog, BLOG)

User_list found(corm_session *session);
User_list found(corm_session *session)
{
    return corm_all(session, User,
                    .load = corm_load_where(User_.posts, .order = corm_desc(Post_.id)));
}
