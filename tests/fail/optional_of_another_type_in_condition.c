// expects: corm_eq(User_.age, user->born): the value is of another type than the column
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(OPTIONAL(DATE), born)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

corm_condition same_age(const User *user);
corm_condition same_age(const User *user)
{
    return corm_eq(User_.age, user->born);
}
