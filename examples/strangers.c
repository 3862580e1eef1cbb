/* strangers.c: whatever comes from a form, a file or another program.
 *
 * The idea: every value is bound and every name is quoted, so no text becomes SQL; what cannot be right is refused
 * in a sentence, before anything is sent, and the session goes on. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

#include <math.h>

/* clang-format off */
#define PERSON(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT,    name, .name = "the \"name\"; --")                                              \
    COLUMN(REAL,    height)                                                                        \
    COLUMN(INTEGER, points)
#define CLUB(MODEL) MODEL(Person, "people", PERSON)
CORM_SCHEMA(club, CLUB)
/* clang-format on */

/* How many there are, or why that cannot be told. */
static void answer(corm_session *session, int64_t rows)
{
    if (rows >= 0)
        printf(" => %lld\n", (long long)rows);
    else
        printf("%s\n", corm_error_message(session));
}
#define PEOPLE(...) answer(session, corm_count(session, Person, __VA_ARGS__))

static void show(void *context, const corm_trace_event *event)
{
    (void)context;
    if (strncmp(event->sql, "SELECT", 6) != 0)
        return;
    printf("%s", event->sql);
    for (size_t i = 0; i < event->value_count; i++)
        if (event->values[i].type == CORM_VALUE_TEXT)
            printf("%s'%.*s'", i == 0 ? "; -- " : ", ",
                   event->values[i].size > 30 ? 30 : (int)event->values[i].size,
                   (const char *)event->values[i].as.bytes);
}

static void texts(corm_session *session)
{
    PEOPLE(.where = corm_eq(Person_.name, "'; DROP TABLE people; --"));
    PEOPLE(.where = corm_has_text(Person_.name, "%")); /* a percent sign */
    PEOPLE(.where = corm_like(Person_.name, "%"));     /* everybody */
    PEOPLE(.where = corm_like_escaped(Person_.name, "100!%%", "!"));
    PEOPLE(.where = corm_glob(Person_.name, "[A-M]*'*"));
    PEOPLE(.where = corm_eq(Person_.name, "caf\xe9"));
}

static void lists(corm_session *session)
{
    enum { MANY = 100000 };
    static int64_t ids[MANY];
    for (int i = 0; i < MANY; i++)
        ids[i] = i;
    PEOPLE(.where = corm_in(Person_.id, ids, MANY));
    PEOPLE(.where = corm_in(Person_.id, ids, 0));
    PEOPLE(.where = corm_not(corm_in(Person_.id, ids, 0)));
}

static void numbers(corm_session *session)
{
    PEOPLE(.where = corm_lt(Person_.height, NAN));
    PEOPLE(.where = corm_eq(Person_.points, UINT64_MAX));
    PEOPLE(.limit = -1);
    PEOPLE(.limit = 10, .offset = -10);
}

/* What only the database can know; then the transaction is to be rolled back. */
static void found_out_late(corm_session *session)
{
    corm_optional_integer sum = corm_scalar(session, Person, corm_sum(Person_.points));
    if (!sum.has_value)
        printf("\n%s\n", corm_error_message(session));
    corm_rollback(session);
    corm_sql_run(
        session,
        "UPDATE people SET \"the \"\"name\"\"; --\" = CAST(x'410042' AS TEXT) WHERE id = ?1", 1);
    if (corm_get(session, Person, 1) == NULL)
        printf("\n%s\n", corm_error_message(session));
    corm_rollback(session);
}

int main(void)
{
    corm_session *session = corm_sqlite_open(":memory:", &club);
    corm_create_all(session);
    Person people[] = {
        {.name = "Conan O'Brien", .height = 1.93, .points = INT64_MAX},
        {.name = "100% Robert\"); DROP TABLE people; --", .height = 1.40, .points = 1}};
    corm_insert_all(session, Person, people, 2);
    corm_commit(session);
    corm_trace(session, show, NULL);
    texts(session);
    lists(session);
    numbers(session);
    found_out_late(session);
    PEOPLE(.limit = 0);
    PEOPLE(.where = corm_gt(Person_.id, 0));
    corm_session_close(session);
    return 0;
}

/* Output:
 * SELECT count(*) FROM "people" WHERE "the ""name""; --" = ?1; -- ''; DROP TABLE people; --' => 0
 * SELECT count(*) FROM "people" WHERE "the ""name""; --" LIKE ?1 ESCAPE '\'; -- '%\%%' => 1
 * SELECT count(*) FROM "people" WHERE "the ""name""; --" LIKE ?1; -- '%' => 2
 * SELECT count(*) FROM "people" WHERE "the ""name""; --" LIKE ?1 ESCAPE ?2; -- '100!%%', '!' => 1
 * SELECT count(*) FROM "people" WHERE "the ""name""; --" GLOB ?1; -- '[A-M]*'*' => 1
 * people.the "name"; -- in a condition: the text is not UTF-8 (byte 4)
 * SELECT count(*) FROM "people" WHERE "id" IN (SELECT value FROM json_each(?1)); -- '[0,1,2,3,4,5,6,7,8,9,10,11,12,' => 2
 * SELECT count(*) FROM "people" WHERE 1 = 0 => 0
 * SELECT count(*) FROM "people" WHERE NOT (1 = 0) => 2
 * people.height in a condition: NaN is no number SQL can store
 * people.points in a condition: the number is larger than an integer can be: 9223372036854775807
 * the limit of a query of Person is -1: it must not be below zero
 * the offset of a query of Person is -10: it must not be below zero
 * SELECT sum("points") FROM "people"
 * integer overflow (SELECT sum("points") FROM "people")
 * SELECT "id", "the ""name""; --", "height", "points" FROM "people" WHERE "id" = ?1
 * people.the "name"; --: a text with a zero byte inside, as byte 2 of 3 (in the row id = 1)
 * SELECT count(*) FROM "people" => 2
 * SELECT count(*) FROM "people" WHERE "id" > ?1 => 2
 */
