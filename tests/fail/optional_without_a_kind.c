// expects: User.age: OPTIONAL is no kind of column:
#include "corm.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL, age)

#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)
