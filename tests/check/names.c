/* corm.h behind macros with ordinary names, most of them from <windows.h>, and included twice. */
#define TEXT(quote) L##quote
#define OPTIONAL
#define IN
#define OUT
#define near
#define far
#define small char
#define interface struct
#define CONST const
#define ERROR 0
#define DELETE (0x00010000L)
#define ONE_TO_MANY 3
#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))

#include "corm.h"
#include "corm.h"

#define NAMES_OWNER(COLUMN, RELATIONSHIP)                                                          \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(TEXT), note)                                                                   \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    RELATIONSHIP(ONE_TO_MANY, things, Thing, owner)

#define NAMES_THING(COLUMN, RELATIONSHIP)                                                          \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, owner_id, .references = corm_ref(Owner, id))                                   \
    RELATIONSHIP(MANY_TO_ONE, owner, Owner, things)

#define NAMES_SCHEMA(MODEL)                                                                        \
    MODEL(Owner, "owners", NAMES_OWNER)                                                            \
    MODEL(Thing, "things", NAMES_THING)

CORM_SCHEMA(names, NAMES_SCHEMA)
