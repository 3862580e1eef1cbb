// expects: User: USER is no list of rows, or something stands between two of them: only COLUMN(...) and RELATIONSHIP(...), without commas and semicolons
#include "corm.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true);                                                      \
    COLUMN(TEXT, name)

#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)
