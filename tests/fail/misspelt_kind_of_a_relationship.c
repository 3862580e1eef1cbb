// expects: User.boss: MANY_TO_ON is no kind of relationship: it is ONE_TO_MANY, MANY_TO_ONE, ONE_TO_ONE or MANY_TO_MANY
#include "corm.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), boss_id, .references = corm_ref(User, id))                           \
    RELATIONSHIP(MANY_TO_ON, boss, User, BACKREF(staff))

#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)
