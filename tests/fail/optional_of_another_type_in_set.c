// expects: corm_set(User_.born, corm_some(1)): the value is of another type than the column (DATE wants corm_date_of(...), DECIMAL corm_decimal_of(...), ENUM an enumerator; NULL is set by corm_set_null)
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(OPTIONAL(DATE), born)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

int64_t born(corm_session *session);
int64_t born(corm_session *session)
{
    return corm_update_all(session, User, .set = corm_set(User_.born, corm_some(1)),
                           .all_rows = true);
}
