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

User_list adults(corm_session *session);
User_list adults(corm_session *session)
{
    return corm_all(session, User, .order_by = corm_asc(User_.agee));
}
