// expects gcc: 'corm_deletion' has no member named 'when'
// expects clang: field designator 'when' does not refer to any field in type 'const corm_deletion'
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN, active)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

int64_t clear(corm_session *session);
int64_t clear(corm_session *session)
{
    return corm_delete_all(session, User, .when = corm_eq(User_.id, 1));
}
