// expects: User.name: TXT is no kind of column: it is INTEGER, REAL, BOOLEAN, TEXT, BLOB, DATE,
#include "corm.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TXT, name, .length = 20)

#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)
