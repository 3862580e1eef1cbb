// expects: corm_between(User_.age, 1.5, User_.id): the value is of another type than the column
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN, active)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

corm_condition between(void);
corm_condition between(void)
{
    return corm_between(User_.age, 1.5, User_.id);
}
