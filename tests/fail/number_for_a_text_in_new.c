// expects gcc: assignment to 'corm__User_name' {aka 'const char *'} from 'int' makes pointer from integer
// expects clang: incompatible integer to pointer conversion assigning to 'corm__User_name' (aka 'const char *') from 'int'
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
    return corm_new(session, User, .name = 5);
}
