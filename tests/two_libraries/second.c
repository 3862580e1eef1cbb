/* Another library with a corm of its own. Its names are those of first.c, and mean something else.
 */
#define CORM_STATIC
#define CORM_NO_THREADS
#define CORM_IMPLEMENTATION
#define CORM__GUARD_EAGERLY /* as tests/watched.c */
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

static corm_session *kept;
static User_list users;

void second_keeps(size_t more)
{
    if (kept == NULL) {
        kept = corm_sqlite_open(":memory:", &data);
        (void)corm_create_all(kept);
    }
    for (size_t i = 0; i < more; i++)
        (void)corm_add(kept, corm_new(kept, User, .weight = 70));
    (void)corm_commit(kept);
    users = corm_all(kept, User);
    for (int i = 0; i < 10; i++)
        (void)corm_flush(kept);
}

void second_changes(size_t at)
{
    users.items[at]->weight = 80.5;
}

size_t second_has_changed(void)
{
    return corm_all(kept, User, .where = corm_eq(User_.weight, 80.5)).count;
}

void second_ends(void)
{
    corm_session_close(kept);
    kept = NULL;
}
