// expects gcc: incompatible types when assigning to type 'corm__User_active' {aka 'double'} from type 'char *'
// expects clang: assigning to 'corm__User_active' (aka 'double') from incompatible type 'char[4]'
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
    return corm_new(session, User, .active = "yes");
}
