// expects gcc: incompatible types when assigning to type 'corm__User_age' {aka 'corm_optional_integer'} from type 'int'
// expects clang: assigning to 'corm__User_age' (aka 'struct corm_optional_integer') from incompatible type 'int'
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
    return corm_new(session, User, .age = 43);
}
