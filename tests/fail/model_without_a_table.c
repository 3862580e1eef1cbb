// expects: MODEL(User, ...) has three words and then options: the model, the table in quotes and the list of rows
#include "corm.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)

#define BLOG(MODEL) MODEL(User, USER)
CORM_SCHEMA(blog, BLOG)
