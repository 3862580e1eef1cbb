// expects gcc: incompatible types when assigning to type 'corm__User_id' {aka 'double'} from type 'char *'
// expects clang: assigning to 'corm__User_id' (aka 'double') from incompatible type 'char[2]'
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
    return corm_new(session, User, .id = "x");
}
