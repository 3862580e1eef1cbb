// expects: corm_eq(User_.id, \"x\"): the value is of another type than the column
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

const char *plan(corm_session *session);
const char *plan(corm_session *session)
{
    return corm_explain(session, User, .where = corm_eq(User_.id, "x"));
}
