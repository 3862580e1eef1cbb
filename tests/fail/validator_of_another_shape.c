// expects gcc: from incompatible pointer type
// expects clang: incompatible function pointer types initializing 'corm_validator'
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name, .validate = check_name)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA_DECLARE(blog, BLOG)

static bool check_name(const char *name)
{
    return name[0] != '\0';
}

CORM_SCHEMA_DEFINE(blog, BLOG)
