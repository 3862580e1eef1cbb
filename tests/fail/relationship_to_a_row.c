// expects: User.sales is to model Sale, which is not in the schema: add it there
#include "corm_sqlite.h"

#define SALE(COLUMN)                                                                               \
    COLUMN(TEXT, customer)                                                                         \
    COLUMN(REAL, total)
CORM_ROW(Sale, SALE)

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, sales, Sale, NONE)
#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)
