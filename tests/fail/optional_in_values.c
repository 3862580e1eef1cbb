// expects: corm_values(..., User, user->born): it takes a column or an expression
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(OPTIONAL(DATE), born)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

corm_date_values all(corm_session *session, const User *user);
corm_date_values all(corm_session *session, const User *user)
{
    return corm_values(session, User, user->born);
}
