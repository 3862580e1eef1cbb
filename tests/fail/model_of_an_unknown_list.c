// expects: User: USERS is no list of rows, or something stands between two of them
#include "corm.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)

#define BLOG(MODEL) MODEL(User, "users", USERS)
CORM_SCHEMA(blog, BLOG)
