/* joins.c: rows beside rows, and values instead of objects: joins along relationships and by conditions, the
 * same model twice, single values, structs, a row at a time. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define PERSON(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(INTEGER,           pay)                                                                 \
    COLUMN(OPTIONAL(INTEGER), boss_id, .references = corm_ref(Person, id))                         \
    RELATIONSHIP(MANY_TO_ONE,  boss,   Person, BACKREF(staff))                                     \
    RELATIONSHIP(MANY_TO_MANY, teams,  Team,   BACKREF(people), .secondary = corm_secondary("members", "person_id", "team_id"))
#define TEAM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              title)
#define FIRM(MODEL) MODEL(Person, "people", PERSON) MODEL(Team, "teams", TEAM)
CORM_SCHEMA(firm, FIRM)
CORM_ALIAS(boss, Person, PERSON, staff)
#define PAIR(COLUMN) COLUMN(TEXT, name) COLUMN(OPTIONAL(TEXT), boss)
CORM_ROW(Pair, PAIR)
#define NAME(COLUMN) COLUMN(TEXT, name)
CORM_ROW(Name, NAME)

static void show(void *context, const corm_trace_event *event)
{
    (void)context;
    if (strncmp(event->sql, "SELECT", 6) == 0)
        printf("%s\n", event->sql);
}

static void names(Person_list people)
{
    for (size_t i = 0; i < people.count; i++)
        printf("%s%s%s", i == 0 ? "    " : ", ", people.items[i]->name, i + 1 == people.count ? "\n" : "");
}

static void objects(corm_session *session)
{
    names(corm_all(session, Person, .join = corm_inner_join(Person_.teams),
                   .where = corm_eq(Team_.title, "compiler"), .order_by = corm_asc(Person_.name)));
    names(corm_all(session, Person, .join = corm_left_join(Person_.teams), .where = corm_is_null(Team_.id)));
    names(corm_all(session, Person, .join = corm_inner_join_as(boss, Person_.boss), .where = corm_gt(Person_.pay, boss_.pay)));
    names(corm_all(session, Person, .join = corm_inner_join_as(boss, Person_.boss),
                   .where = corm_any(boss_staff_, corm_gt(Person_.pay, boss_.pay))));
    names(corm_all(session, Person, .join = corm_join_on(boss, corm_lt(boss_.pay, Person_.pay)),
                   .distinct = true, .order_by = corm_nulls_first(corm_asc(Person_.boss_id)),
                   .load = corm_load(Person_.teams)));
}

/* A function of the program, for SQL to call. */
static void tax(sqlite3_context *context, int count, sqlite3_value **arguments)
{
    (void)count;
    sqlite3_result_int64(context, sqlite3_value_int64(arguments[0]) / 5);
}

static void values(corm_session *session)
{
    sqlite3_create_function(corm_sqlite_handle(session), "tax", 1, SQLITE_UTF8, NULL, tax, NULL, NULL);
    corm_optional_integer taxes = corm_scalar(session, Person, corm_sum(corm_call(INTEGER, "tax", Person_.pay)));
    corm_optional_real mean = corm_scalar(session, Person, corm_average(Person_.pay));
    corm_optional_integer most = corm_scalar(session, Person, corm_maximum(Person_.pay), .where = corm_is_not_null(Person_.boss_id));
    const char *all = corm_scalar(session, Team, corm_join_texts(Team_.title, ", "));
    printf("    %lld, %.1f, %lld, %s\n", (long long)taxes.value, mean.value, (long long)most.value, all);

    corm_text_values heads = corm_values(session, Person, Person_.name, .where = corm_any(Person_staff_), .order_by = corm_asc(Person_.id));
    printf("    %s ... %zu\n", heads.items[0], heads.count);
}

static void rows(corm_session *session)
{
    const corm_fields fields = corm_fields(corm_field(Pair_.name, Person_.name), corm_field(Pair_.boss, boss_.name));
    Pair_list pairs = corm_select(session, Pair, .fields = fields, .from = corm_from(Person),
                                  .join = corm_left_join_as(boss, Person_.boss), .order_by = corm_asc(Person_.id));
    for (size_t i = 0; i < pairs.count; i++)
        printf("    %s: %s\n", pairs.items[i].name, pairs.items[i].boss == NULL ? "nobody" : pairs.items[i].boss);

    corm_stream *stream = corm_stream_open(session, Person, .where = corm_ge(Person_.pay, 60), .order_by = corm_asc(Person_.id));
    for (const Person *person; (person = corm_stream_next(stream)) != NULL;)
        printf("    %s\n", person->name); /* a row at a time, outside of tracking */
    corm_stream_close(stream);
}

static void together(corm_session *session)
{
    const corm_select teams = corm_select_for(Name, .fields = corm_fields(corm_field(Name_.name, Team_.title)));
    const corm_select heads = corm_select_for(Name, .fields = corm_fields(corm_field(Name_.name, Person_.name)), .where = corm_any(Person_staff_));
    Name_list all = corm_select(session, Name, .fields = corm_fields(corm_field(Name_.name, Person_.name)), .compound = {corm_union(&teams)});
    Name_list others = corm_select(session, Name, .fields = corm_fields(corm_field(Name_.name, Person_.name)), .compound = {corm_except(&heads)});
    printf("    %zu names, %zu of people without staff\n", all.count, others.count);
}

int main(void)
{
    static const char *const people[] = {"Ada", "Grace", "Linus", "Ken"};
    corm_session *session = corm_sqlite_open(":memory:", &firm);
    corm_create_all(session);
    Team *compiler = corm_new(session, Team, .title = "compiler");
    for (int i = 0; i < 4; i++) {
        Person *person = corm_new(session, Person, .name = people[i], .pay = 50 + (i * 7) % 17,
                                  .boss_id = i == 0 ? corm_none(INTEGER) : corm_some(1 + i / 3));
        if (i < 2)
            Person_teams_append(person, compiler);
        corm_add(session, person);
        corm_flush(session);
    }
    corm_commit(session);
    corm_trace(session, show, NULL);
    objects(session);
    values(session);
    rows(session);
    together(session);
    if (corm_error_status(session) != CORM_OK)
        puts(corm_error_message(session));
    corm_session_close(session);
    return 0;
}

/* Output:
 * SELECT "people"."id", "people"."name", "people"."pay", "people"."boss_id" FROM "people" JOIN "members" AS "members_1" ON "members_1"."person_id" = "people"."id" JOIN "teams" ON "members_1"."team_id" = "teams"."id" WHERE "teams"."title" = ?1 ORDER BY "people"."name"
 *     Ada, Grace
 * SELECT "people"."id", "people"."name", "people"."pay", "people"."boss_id" FROM "people" LEFT JOIN ("members" AS "members_1" JOIN "teams" ON "members_1"."team_id" = "teams"."id") ON "members_1"."person_id" = "people"."id" WHERE "teams"."id" IS NULL
 *     Linus, Ken
 * SELECT "people"."id", "people"."name", "people"."pay", "people"."boss_id" FROM "people" JOIN "people" AS "boss" ON "boss"."id" = "people"."boss_id" WHERE "people"."pay" > "boss"."pay"
 *     Grace, Linus
 * SELECT "people"."id", "people"."name", "people"."pay", "people"."boss_id" FROM "people" JOIN "people" AS "boss" ON "boss"."id" = "people"."boss_id" WHERE EXISTS (SELECT 1 FROM "people" AS "people_1" WHERE "people_1"."boss_id" = "boss"."id" AND "people_1"."pay" > "boss"."pay")
 *     Grace, Linus
 * SELECT DISTINCT "people"."id", "people"."name", "people"."pay", "people"."boss_id" FROM "people" JOIN "people" AS "boss" ON "boss"."pay" < "people"."pay" ORDER BY "people"."boss_id" NULLS FIRST
 * SELECT "members"."person_id", "teams"."id", "teams"."title" FROM "teams" JOIN "members" ON "teams"."id" = "members"."team_id" WHERE "members"."person_id" IN (?1, ?2, ?3, ?4)
 *     Grace, Linus, Ken
 * SELECT sum("tax"("pay")) FROM "people"
 * SELECT avg("pay") FROM "people"
 * SELECT max("pay") FROM "people" WHERE "boss_id" IS NOT NULL
 * SELECT group_concat("title", ?1) FROM "teams"
 *     43, 56.2, 64, compiler
 * SELECT "name" FROM "people" WHERE EXISTS (SELECT 1 FROM "people" AS "people_1" WHERE "people_1"."boss_id" = "people"."id") ORDER BY "id"
 *     Ada ... 2
 * SELECT "people"."name" AS "name", "boss"."name" AS "boss" FROM "people" LEFT JOIN "people" AS "boss" ON "boss"."id" = "people"."boss_id" ORDER BY "people"."id"
 *     Ada: nobody
 *     Grace: Ada
 *     Linus: Ada
 *     Ken: Grace
 *     Linus
 * SELECT "id", "name", "pay", "boss_id" FROM "people" WHERE "pay" >= ?1 ORDER BY "id"
 * SELECT "name" AS "name" FROM "people" UNION SELECT "title" AS "name" FROM "teams"
 * SELECT "name" AS "name" FROM "people" EXCEPT SELECT "name" AS "name" FROM "people" WHERE EXISTS (SELECT 1 FROM "people" AS "people_1" WHERE "people_1"."boss_id" = "people"."id")
 *     5 names, 2 of people without staff
 */
