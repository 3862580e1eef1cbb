// expects gcc: incompatible types when initializing type 'short unsigned int' using type 'corm_condition'
// expects clang: corm__wants_corm_set
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), age)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

int64_t grow(corm_session *session);
int64_t grow(corm_session *session)
{
    return corm_update_all(session, User, .set = corm_sets(corm_eq(User_.age, 3)),
                           .all_rows = true);
}
