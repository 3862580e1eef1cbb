// expects: corm_set(User_.age, corm_average(User_.id)): the value is of another type than the column
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), age)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

int64_t grow(corm_session *session);
int64_t grow(corm_session *session)
{
    return corm_update_all(session, User, .set = corm_set(User_.age, corm_average(User_.id)),
                           .all_rows = true);
}
