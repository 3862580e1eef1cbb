// expects: corm_plus(User_.age, user->age): it computes with two numbers that fit
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(OPTIONAL(DATE), born)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

corm_condition twice(const User *user);
corm_condition twice(const User *user)
{
    return corm_gt(corm_plus(User_.age, user->age), 18);
}
