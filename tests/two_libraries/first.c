/* A library with a corm of its own, a schema called `data` and a model called User. */
#define CORM_STATIC
#define CORM_IMPLEMENTATION
#define CORM__GUARD_EAGERLY /* as tests/watched.c */
#include "corm_sqlite.h"

#include "libraries.h"

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)
#define DATA(MODEL) MODEL(User, "users", USER)
CORM_SCHEMA(data, DATA)

size_t first_saves(const char *name)
{
    corm_session *session = corm_sqlite_open(":memory:", &data);
    (void)corm_create_all(session);
    (void)corm_add(session, corm_new(session, User, .name = name));
    size_t count = 0;
    if (corm_commit(session) == CORM_OK)
        count = corm_all(session, User, .where = corm_eq(User_.name, name)).count;
    corm_session_close(session);
    return count;
}

static corm_session *kept;
static User_list users;

void first_keeps(size_t more)
{
    if (kept == NULL) {
        kept = corm_sqlite_open(":memory:", &data);
        (void)corm_create_all(kept);
    }
    for (size_t i = 0; i < more; i++)
        (void)corm_add(kept, corm_new(kept, User, .name = "Ann"));
    (void)corm_commit(kept);
    users = corm_all(kept, User);
    for (int i = 0; i < 10; i++)
        (void)corm_flush(kept);
}

void first_changes(size_t at)
{
    users.items[at]->name = "Ben";
}

size_t first_has_changed(void)
{
    return corm_all(kept, User, .where = corm_eq(User_.name, "Ben")).count;
}

void first_ends(void)
{
    corm_session_close(kept);
    kept = NULL;
}
