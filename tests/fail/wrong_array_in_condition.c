// expects: corm_in(User_.name, ids, ...): the array is of another type than the column (INTEGER wants
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN, active)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

corm_condition among(const int64_t *ids);
corm_condition among(const int64_t *ids)
{
    return corm_in(User_.name, ids, 2);
}
