/* A library with a corm of its own, a schema called `data` and a model called User. */
#define CORM_STATIC
#define CORM_IMPLEMENTATION
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
