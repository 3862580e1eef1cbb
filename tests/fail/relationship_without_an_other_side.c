// expects: User.boss: a RELATIONSHIP has four words and then options: its kind, its name, the other model, and the other side there, or BACKREF(name) or NONE
#include "corm.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), boss_id, .references = corm_ref(User, id))                           \
    RELATIONSHIP(MANY_TO_ONE, boss, User)

#define BLOG(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(blog, BLOG)
