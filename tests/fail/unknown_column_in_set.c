// expects gcc: 'const struct corm__handles_User' has no member named 'agee'
// expects clang: no member named 'agee' in 'struct corm__handles_User'
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN, active)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

int64_t grow(corm_session *session);
int64_t grow(corm_session *session)
{
    return corm_update_all(session, User, .set = corm_set(User_.agee, 1), .all_rows = true);
}
