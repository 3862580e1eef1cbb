// expects gcc: 'const struct corm__handles_User' has no member named 'mail'
// expects clang: no member named 'mail' in 'struct corm__handles_User'
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN, active)
#define POST(COLUMN, RELATIONSHIP) COLUMN(INTEGER, id, .primary_key = true)
#define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
CORM_SCHEMA(blog, BLOG)

int64_t store(corm_session *session, User *users);
int64_t store(corm_session *session, User *users)
{
    return corm_insert_all(session, User, users, 1, .ignore = true,
                           .on_conflict = corm_conflict_on(User_.mail));
}
