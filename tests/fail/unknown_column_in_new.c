// expects gcc: 'struct corm__columns_User' has no member named 'nam'
// expects clang: no member named 'nam' in 'struct corm__columns_User'
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN, active)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

User *made(corm_session *session);
User *made(corm_session *session)
{
    return corm_new(session, User, .nam = "x");
}
