// expects: corm_eq(User_.id, \"x\"): the value is of another type than the column (DATE wants corm_date_of(...), DECIMAL corm_decimal_of(...), ENUM an enumerator; NULL is asked for by corm_is_null)
#include "corm_sqlite.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN, active)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)

corm_condition named(void);
corm_condition named(void)
{
    return corm_eq(User_.id, "x");
}
