// expects gcc: 'Post_options' {aka 'corm_model_options'} has no member named 'stric'
// expects clang: field designator 'stric' does not refer to any field in type 'Post_options'
#include "corm_sqlite.h"

#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, title)
#define BLOG(MODEL) MODEL(Post, "posts", POST, .stric = true)
CORM_SCHEMA(blog, BLOG)
