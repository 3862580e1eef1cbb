/* Another library with a corm of its own. Its names are those of first.c, and mean something else.
 */
#define CORM_STATIC
#define CORM_NO_THREADS
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

#include "libraries.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, number, .primary_key = true)                                                   \
    COLUMN(REAL, weight)                                                                           \
    COLUMN(OPTIONAL(INTEGER), chief, .references = corm_ref(User, number))                         \
    RELATIONSHIP(ONE_TO_MANY, staff, User, BACKREF(boss))
#define DATA(MODEL) MODEL(User, "people", USER)
CORM_SCHEMA(data, DATA)

size_t second_saves(int number)
{
    corm_session *session = corm_sqlite_open(":memory:", &data);
    (void)corm_create_all(session);
    User *boss = corm_new(session, User, .number = number, .weight = 80.5);
    (void)User_staff_append(boss, corm_new(session, User, .number = number + 1, .weight = 70));
    (void)corm_add(session, boss);
    size_t count = 0;
    if (corm_commit(session) == CORM_OK)
        count = corm_all(session, User, .where = corm_ge(User_.number, number)).count;
    corm_session_close(session);
    return count;
}
