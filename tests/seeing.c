/* seeing: the SQL of a query, how the database answers it and what it misses, and the statements that a
 * test expects. tests/trips.c has the round trips. */
#include "allocators.h"

/* A failed block ends the test, or is what the test is about. */
#define CORM_EXPECT_FAILED(report_, file_, line_) block_failed((report_), (file_), (line_))
static void block_failed(const char *report, const char *file, int line);

#define CORM_IMPLEMENTATION /* here: the tests look inside */
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define TEAM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), city_id, .references = corm_ref(City, id), .index = true)            \
    RELATIONSHIP(ONE_TO_MANY,  players, Player, team)                                              \
    RELATIONSHIP(MANY_TO_MANY, cups,    Cup,    BACKREF(teams),                                    \
                 .secondary = corm_secondary("team_cups", "team_id", "cup_id"))                    \
    RELATIONSHIP(MANY_TO_ONE,  city,    City,   NONE)
#define PLAYER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(INTEGER,           goals,   .name = "goal count")                                       \
    COLUMN(OPTIONAL(TEXT),    note)                                                                \
    COLUMN(OPTIONAL(BLOB),    photo)                                                               \
    COLUMN(INTEGER,           team_id, .references = corm_ref(Team, id))                           \
    RELATIONSHIP(MANY_TO_ONE, team, Team, players)
#define CUP(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name, .unique = true)
#define CITY(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)
#define GAME(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(TEXT,    kind)                                                                          \
    COLUMN(TEXT,    place)
#define FRIENDLY(COLUMN, RELATIONSHIP)                                                             \
    GAME(COLUMN, CORM_INHERITED)                                                                   \
    COLUMN(INTEGER, beers)
#define FINAL(COLUMN, RELATIONSHIP)                                                                \
    GAME(COLUMN, CORM_INHERITED)                                                                   \
    COLUMN(TEXT,    prize)
#define LEAGUE(MODEL)                                                                              \
    MODEL(Team,   "teams",   TEAM)                                                                 \
    MODEL(Player, "players", PLAYER)                                                               \
    MODEL(Cup,    "cups",    CUP)                                                                  \
    MODEL(City,   "cities",  CITY)                                                                 \
    MODEL(Game,   "games",   GAME, .discriminator = corm_member(Game, kind), .identity = "game")   \
    MODEL(Friendly, "games",  FRIENDLY, .inherits = corm_base(Game), .identity = "friendly")       \
    MODEL(Final,    "finals", FINAL,    .inherits = corm_base(Game), .identity = "final")
/* clang-format on */

CORM_SCHEMA(league, LEAGUE)

#define SCORER(COLUMN) COLUMN(TEXT, team) COLUMN(INTEGER, players)
CORM_ROW(Scorer, SCORER)
CORM_ALIAS(mate, Player, PLAYER)

static int open_league(void **state)
{
    *state = memory_session(&league);
    return *state == NULL;
}

#define LEAGUE_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_league, close_session)

static struct {
    int count, line;
    char report[2000];
} failed;

static void block_failed(const char *report, const char *file, int line)
{
    (void)file;
    failed.count++;
    failed.line = line;
    (void)snprintf(failed.report, sizeof failed.report, "%s", report);
}

/* ---- The text of a query -------------------------------------------------------------------- */

static void the_values_stand_in_their_places(void **state)
{
    corm_session *session = *state;
    assert_string_equal(
        corm_query_sql(session, City, .where = corm_eq(City_.name, "Rome"), .limit = 3),
        "SELECT \"id\", \"name\" FROM \"cities\" WHERE \"name\" = 'Rome' LIMIT 3\n"
        "-- sent as: SELECT \"id\", \"name\" FROM \"cities\" WHERE \"name\" = ?1 LIMIT ?2");
}

static void it_is_what_a_query_sends(void **state)
{
    corm_session *session = *state;
    char sent[1100];
    record(session);
    (void)corm_all(session, Player,
                   .where = corm_or(corm_gt(Player_.age, 3), corm_like(Player_.name, "A%")),
                   .order_by = corm_desc(Player_.name), .offset = 2);
    (void)snprintf(sent, sizeof sent, "-- sent as: %s", sql_of("SELECT", 0));
    assert_part(
        corm_query_sql(session, Player,
                       .where = corm_or(corm_gt(Player_.age, 3), corm_like(Player_.name, "A%")),
                       .order_by = corm_desc(Player_.name), .offset = 2),
        sent);
}

static void without_values_it_stands_once(void **state)
{
    corm_session *session = *state;
    assert_string_equal(corm_query_sql(session, City), "SELECT \"id\", \"name\" FROM \"cities\"");
}

static void values_are_literals_and_quotes_hold_no_placeholders(void **state)
{
    corm_session *session = *state;
    const char *text = corm_query_sql(
        session, Player,
        .where = corm_and(corm_eq(Player_.name, "?1 o'clock\n"), corm_eq(Player_.goals, -4),
                          corm_eq(Player_.photo, ((corm_blob){"\1\2", 2})),
                          corm_eq(Player_.note, (const char *)NULL)));
    assert_part(text, "\"name\" = '?1 o''clock ' AND \"goal count\" = -4 AND \"photo\" = x'0102' "
                      "AND \"note\" = NULL\n");
}

static void the_text_of_a_query_runs_nothing(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, City, .name = "Oslo")));
    record(session);
    assert_non_null(corm_query_sql(session, City, .where = corm_eq(City_.id, 1)));
    assert_non_null(corm_query_sql(session, Team, .load = corm_load(Team_.players)));
    assert_no_sql();
    assert_false(corm_in_transaction(session));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_int_equal(corm_count(session, City), 1); /* and queries run as before */
}

static void what_load_brings_stands_behind_it(void **state)
{
    corm_session *session = *state;
    const char *text = corm_query_sql(
        session, Team,
        .load = corm_loads(corm_load_joined(Team_.city), corm_load(Team_.players, Team_.cups)));
    assert_part(text, "LEFT JOIN \"cities\" AS \"cities_1\" ON");
    assert_part(text, "\n-- then Team.players: SELECT ");
    assert_part(text, "WHERE \"team_id\" IN (?1, ?2, ?3, ?4)");
    assert_part(text, "\n-- then Team.cups: SELECT ");
}

static void a_wrong_query_has_no_text(void **state)
{
    corm_session *session = *state;
    assert_null(corm_query_sql(session, City, .where = corm_eq(Player_.name, "x")));
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_message(session, "use City_");
    assert_null(corm_query_sql(session, City, .limit = -1));
    assert_null(corm_query_sql(NULL, City));
    assert_int_equal(corm_last_status(), CORM_NULL_ARGUMENT);
    assert_null(corm_query_text(session, NULL));
    assert_int_equal(corm_last_status(), CORM_NULL_ARGUMENT);
}

/* ---- The plan -------------------------------------------------------------------------------- */

static void a_plan_names_its_steps(void **state)
{
    corm_session *session = *state;
    const char *plan = corm_explain(session, City, .where = corm_eq(City_.id, 7));
    assert_got(session, plan);
    assert_part(plan, "SELECT \"id\", \"name\" FROM \"cities\" WHERE \"id\" = ?1\n  SEARCH ");
    assert_null(strstr(plan, "note:"));
}

static void steps_of_a_step_are_indented(void **state)
{
    corm_session *session = *state;
    Team *team = corm_new(session, Team, .name = "Reds");
    assert_ok(session, corm_add(session, team));
    assert_ok(session, corm_flush(session));
    const char *plan = corm_explain(session, Cup, .where = corm_related_to(Team_.cups, team));
    assert_got(session, plan);
    assert_part(plan, "\n  LIST SUBQUERY");
    assert_part(plan, "\n    SEARCH ");
    assert_null(strstr(plan, "note:"));
}

static void a_scan_names_the_index_that_would_serve(void **state)
{
    corm_session *session = *state;
    const char *plan = corm_explain(session, Player, .where = corm_ge(Player_.age, 18));
    assert_got(session, plan);
    assert_part(plan, "  note: players: every row is read: an index on (\"age\") would serve the "
                      "condition\n      Player: COLUMN(..., age, .index = true), made by "
                      "corm_create_all; or: CREATE INDEX \"ix_players_age\" ON \"players\" "
                      "(\"age\")\n");
}

static void the_index_that_is_advised_ends_the_scan(void **state)
{
    corm_session *session = *state;
    const corm_condition where =
        corm_and(corm_gt(Player_.age, 18), corm_eq(Player_.goals, 3), corm_eq(Player_.team_id, 1));
    const char *plan =
        corm_explain(session, Player, .where = where, .order_by = corm_desc(Player_.age));
    assert_part(plan,
                "would serve the condition and the order\n      MODEL(Player, ..., .indexes = "
                "{corm_index(Player, (goals, team_id, age))}), made by corm_create_all; or:\n");
    const char *create = strstr(plan, "CREATE INDEX");
    assert_non_null(create);
    run_sql(session, create);
    plan = corm_explain(session, Player, .where = where, .order_by = corm_desc(Player_.age));
    assert_null(strstr(plan, "note:"));
    assert_part(plan, "USING INDEX ix_players_goal count_team_id_age");
}

static void a_sort_names_the_index_that_would_spare_it(void **state)
{
    corm_session *session = *state;
    const char *plan = corm_explain(session, Player, .order_by = corm_asc(Player_.name));
    assert_part(plan, "  note: the rows are sorted on the side: an index on (\"name\") would serve "
                      "the order\n      Player: COLUMN(..., name, .index = true)");
    assert_null(strstr(plan, "every row is read")); /* every row was asked for */
    plan = corm_explain(session, Player,
                        .order_by = corm_order(corm_desc(Player_.age), corm_asc(Player_.name)));
    assert_part(plan, "note: the rows are sorted on the side: an index on (\"age\", \"name\" DESC) "
                      "would serve the order\n      CREATE INDEX \"ix_players_age_name\" ON "
                      "\"players\" (\"age\", \"name\" DESC)");
    run_sql(session, strstr(plan, "CREATE INDEX"));
    plan = corm_explain(session, Player,
                        .order_by = corm_order(corm_desc(Player_.age), corm_asc(Player_.name)));
    assert_null(strstr(plan, "note:"));
}

static void what_no_index_serves_is_said(void **state)
{
    corm_session *session = *state;
    assert_part(
        corm_explain(session, Player,
                     .where = corm_or(corm_eq(Player_.age, 1), corm_like(Player_.name, "%x"))),
        "note: players: every row is read: no index serves the condition");
    const char *plan = corm_explain(session, Player, .where = corm_gt(Player_.age, 1),
                                    .order_by = corm_asc(Player_.name));
    assert_part(plan, "an index on (\"age\") would serve the condition\n");
    assert_part(plan, "note: the rows are sorted on the side: no index serves this condition and "
                      "gives this order, too");
    plan = corm_explain(session, Team, .order_by = corm_asc(Team_.id),
                        .load = corm_load_joined(Team_.players));
    assert_part(plan, "the order goes over several tables, which no index does");
}

static void a_list_of_values_uses_an_index_too(void **state)
{
    corm_session *session = *state;
    const int64_t ages[] = {17, 18};
    assert_part(
        corm_explain(session, Player,
                     .where = corm_and(corm_in(Player_.age, ages, 2), corm_is_null(Player_.note))),
        "an index on (\"note\", \"age\") would serve the condition");
}

static void a_foreign_key_without_an_index_is_found(void **state)
{
    corm_session *session = *state;
    const char *joined = corm_explain(session, Team, .load = corm_load_joined(Team_.players));
    assert_part(joined,
                "note: players_1: an index is made for this query alone, each time it runs: "
                "an index on (\"team_id\") would serve the condition\n      Player: "
                "COLUMN(..., team_id, .index = true)");
    const char *apart = corm_explain(session, Team, .load = corm_load(Team_.players, Team_.city));
    assert_part(apart, "\nthen Team.players: SELECT ");
    assert_part(apart, "note: players: every row is read: an index on (\"team_id\")");
    assert_part(apart, "\nthen Team.city: SELECT ");
    Team *team = corm_new(session, Team, .name = "Reds");
    assert_ok(session, corm_add(session, team));
    assert_ok(session, corm_flush(session));
    assert_part(corm_explain(session, Player, .where = corm_related_to(Team_.players, team)),
                "an index on (\"team_id\") would serve the condition");
}

static void an_index_is_advised_where_the_column_is_declared(void **state)
{
    corm_session *session = *state;
    assert_part(
        corm_explain(session, Friendly, .where = corm_eq(Friendly_.place, "Rome")),
        "note: games: every row is read: an index on (\"place\") would serve the condition\n"
        "      Game: COLUMN(..., place, .index = true)");
    assert_part(corm_explain(session, Friendly, .where = corm_gt(Friendly_.beers, 3)),
                "\n      Friendly: COLUMN(..., beers, .index = true)");
    assert_part(corm_explain(session, Friendly),
                "note: games: every row is read: an index on (\"kind\") would serve the condition\n"
                "      Game: COLUMN(..., kind, .index = true)");
    assert_part(corm_explain(session, Final, .where = corm_eq(Final_.place, "Rome")),
                "note: games: every row is read: an index on (\"place\")");
    assert_part(
        corm_explain(session, Final,
                     .order_by = corm_order(corm_asc(Final_.place), corm_asc(Final_.prize))),
        "the order goes over several tables, which no index does");
}

static void what_is_equal_in_all_rows_is_no_order(void **state)
{
    corm_session *session = *state;
    const char *plan = corm_explain(
        session, Player, .where = corm_and(corm_eq(Player_.age, 3), corm_lt(Player_.goals, 9)),
        .order_by = corm_order(corm_desc(Player_.age), corm_asc(Player_.goals)));
    assert_part(plan,
                "an index on (\"age\", \"goal count\") would serve the condition and the order");
    run_sql(session, strstr(plan, "CREATE INDEX"));
    plan = corm_explain(session, Player,
                        .where = corm_and(corm_eq(Player_.age, 3), corm_lt(Player_.goals, 9)),
                        .order_by = corm_order(corm_desc(Player_.age), corm_asc(Player_.goals)));
    assert_null(strstr(plan, "note:"));
}

static void joined_tables_are_looked_at_too(void **state)
{
    corm_session *session = *state;
    const char *plan = corm_explain(session, Team, .join = corm_left_join(Team_.players),
                                    .where = corm_eq(Team_.id, 1));
    assert_part(plan, "note: players: every row is read: an index on (\"team_id\") would serve the "
                      "condition\n      Player: COLUMN(..., team_id, .index = true)");
    plan = corm_explain(session, Team, .where = corm_any(Team_.players, corm_gt(Player_.goals, 3)));
    assert_part(plan, "note: players: "); /* "every row is read" or, of late, "an index is made" */
    assert_part(plan, ": an index on (\"team_id\")");
    plan = corm_explain(session, Player, .join = corm_inner_join(Player_.team),
                        .where = corm_eq(Player_.note, "x"));
    assert_part(plan, "note: players: every row is read: an index on (\"note\")");
    assert_null(strstr(plan, "note: teams"));
}

static void what_is_computed_is_in_no_index(void **state)
{
    corm_session *session = *state;
    assert_part(
        corm_explain(session, Player, .order_by = corm_asc(corm_lower(Player_.name))),
        "note: the rows are sorted on the side: the order goes by what is computed, which is in "
        "no index");
    const char *plan =
        corm_explain(session, Player, .where = corm_eq(corm_plus(Player_.age, 1), Player_.goals));
    assert_part(plan, "note: players: every row is read: no index serves the condition");
}

static void the_text_of_a_page_is_without_its_total(void **state)
{
    corm_session *session = *state;
    int64_t total = -7;
    assert_string_equal(corm_query_sql(session, City, .limit = 2, .total = &total),
                        "SELECT \"id\", \"name\" FROM \"cities\" LIMIT 2\n"
                        "-- sent as: SELECT \"id\", \"name\" FROM \"cities\" LIMIT ?1");
    assert_int_equal(total, -7);
}

static void rows_have_a_text_and_a_plan(void **state)
{
    corm_session *session = *state;
    const corm_select select = corm_select_for(
        Scorer,
        .fields = corm_fields(corm_field(Scorer_.team, Team_.name),
                              corm_field(Scorer_.players, corm_count_rows())),
        .from = corm_from(Player), .join = corm_joins(corm_inner_join(Player_.team)),
        .where = corm_gt(Player_.age, 17), .group_by = corm_group(Team_.id),
        .order_by = corm_desc(Scorer_.players));
    const char *text = corm_select_text(session, &select);
    assert_got(session, text);
    assert_part(text, "> 17 GROUP BY");
    assert_part(text, "\n-- sent as: SELECT ");
    const char *plan = corm_select_explain(session, &select);
    assert_got(session, plan);
    assert_part(plan, "an index on (\"age\") would serve the condition");
    assert_part(plan, "the order goes by what is computed");
    assert_string_equal(
        corm_select_sql(session, Scorer, .from = corm_from(Team),
                        .fields = corm_fields(corm_field(Scorer_.team, Team_.name),
                                              corm_field(Scorer_.players, Team_.id))),
        "SELECT \"name\" AS \"team\", \"id\" AS \"players\" FROM \"teams\"");
    plan = corm_explain_select(session, Scorer,
                               .fields = corm_fields(corm_field(Scorer_.team, mate_.name),
                                                     corm_field(Scorer_.players, mate_.goals)),
                               .from = corm_from(mate), .where = corm_eq(mate_.age, 20));
    assert_got(session, plan);
    assert_part(plan, "note: mate: every row is read: an index on (\"age\") would serve the "
                      "condition\n      Player: COLUMN(..., age, .index = true), made by "
                      "corm_create_all; or: CREATE INDEX \"ix_players_age\" ON \"players\"");
    assert_null(corm_select_text(session, NULL));
    assert_int_equal(corm_last_status(), CORM_NULL_ARGUMENT);
    assert_ok(session, corm_rollback(session));
    assert_null(corm_select_explain(NULL, &select));
    assert_null(corm_select_text(NULL, &select));
}

static void a_declared_index_that_the_table_lacks_is_named(void **state)
{
    corm_session *session = *state;
    run_sql(session, "DROP INDEX ix_teams_city_id");
    assert_part(
        corm_explain(session, Team, .where = corm_eq(Team_.city_id, 1)),
        "an index on (\"city_id\") would serve the condition, and Team declares one "
        "(ix_teams_city_id): the table lacks it (corm_create_all makes it), or the database");
}

static void rows_of_a_subquery_are_no_table(void **state)
{
    corm_session *session = *state;
    const char *plan = corm_explain(session, Team, .limit = 2, .order_by = corm_asc(Team_.name),
                                    .load = corm_load_joined(Team_.cups));
    assert_got(session, plan);
    assert_part(plan, "\n  CO-ROUTINE teams\n    SCAN teams\n");
    assert_null(strstr(plan, "note: teams"));
    assert_part(plan, "note: the rows are sorted on the side: an index on (\"name\") would serve");
    assert_part(plan, "note: the rows are sorted on the side: the order goes over several tables");
    plan = corm_explain(session, Player, .limit = 2, .where = corm_eq(Player_.age, 3),
                        .load = corm_load(Player_.team));
    assert_part(plan, "note: players: every row is read: an index on (\"age\")");
}

static void explaining_writes_nothing(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, City, .name = "Oslo")));
    record(session);
    assert_got(session, corm_explain(session, City));
    assert_ran(0, "INSERT");
    assert_ran(1, "EXPLAIN");
}

static void what_cannot_be_explained_is_an_error(void **state)
{
    corm_session *session = *state;
    assert_null(corm_explain(session, City, .limit = -1));
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_null(corm_explain(NULL, City));
    run_sql(session, "DROP TABLE cities");
    assert_null(corm_explain(session, City));
    assert_message(session, "no such table: cities");
    assert_status(session, CORM_PENDING_ROLLBACK,
                  corm_commit(session)); /* as after any failed SQL */
    assert_ok(session, corm_rollback(session));
    assert_got(session, corm_explain(session, City));
}

static void an_adapter_may_be_unable_to_explain(void **state)
{
    (void)state;
    corm_dialect mute = corm_sqlite__dialect;
    corm_adapter adapter = corm_sqlite__adapter;
    const corm_engine_options one = {.pool_size = 1};
    const corm_sqlite_options options = {.engine = one};
    mute.explain = NULL;
    adapter.dialect = &mute;
    adapter.name = "mute";
    corm_sqlite__config *config = corm_sqlite__new_config(":memory:", &options);
    config->single = true;
    corm_session *session =
        corm_session_open_owning(corm_engine_open(&adapter, config, &league, &one));
    assert_null(corm_explain(session, City));
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_message(session,
                   "corm_explain: the adapter mute cannot tell how a query is answered: ask "
                   "the database itself, corm_query_sql gives the statement");
    corm_session_close(session);
}

/* Words of SQLite's older versions, and of what other statements do. */
static void the_words_of_sqlite_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        corm_step_kind kind;
        const char *table;
    } known[] = {
        {"SCAN TABLE posts AS posts_1", CORM_STEP_SCAN, "posts_1"},
        {"SCAN TABLE order items", CORM_STEP_SCAN, "order items"},
        {"SCAN posts USING COVERING INDEX ix", CORM_STEP_SCAN, "posts"},
        {"SEARCH TABLE posts USING INDEX ix (a=?)", CORM_STEP_SEARCH, "posts"},
        {"SEARCH p USING AUTOMATIC PARTIAL COVERING INDEX (a=?)", CORM_STEP_MAKE_INDEX, "p"},
        {"SCAN SUBQUERY 1", CORM_STEP_OTHER, ""},
        {"SCAN 2 CONSTANT ROWS", CORM_STEP_SCAN, "2 CONSTANT ROWS"},
        {"SCAN CONSTANT ROW", CORM_STEP_OTHER, ""},
        {"USE TEMP B-TREE FOR GROUP BY", CORM_STEP_OTHER, ""},
        {"USE TEMP B-TREE FOR LAST TERM OF ORDER BY", CORM_STEP_SORT, ""}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const corm_value row[4] = {corm_value_integer(1), corm_value_integer(0),
                                   corm_value_integer(0), corm_value_text(known[i].words)};
        corm_step step;
        memset(&step, 0, sizeof step);
        corm_sqlite__explained(row, &step, 0);
        assert_int_equal(step.kind, known[i].kind);
        assert_string_equal(step.table, known[i].table);
        assert_string_equal(step.text, known[i].words);
    }
}

/* ---- The statements that a test expects ------------------------------------------------------ */

static void a_block_that_runs_what_is_expected_passes(void **state)
{
    corm_session *session = *state;
    failed.count = 0;
    assert_ok(session, corm_add(session, corm_new(session, City, .name = "Oslo")));
    corm_expect_statements(session, 2)
    {
        assert_ok(session, corm_commit(session)); /* BEGIN and COMMIT do not count */
        assert_int_equal(corm_count(session, City), 1);
    }
    corm_expect_statements(session, 0)
    {
        assert_ok(session, corm_flush(session));
    }
    assert_int_equal(failed.count, 0);
}

static void savepoints_do_not_count(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    failed.count = 0;
    corm_expect_statements(session, 1)
    {
        assert_ok(session, corm_savepoint_begin(session, &savepoint));
        assert_int_equal(corm_count(session, City), 0);
        assert_ok(session, corm_savepoint_rollback(session, savepoint));
        assert_ok(session, corm_rollback(session));
    }
    assert_int_equal(failed.count, 0);
}

static void a_block_that_runs_something_else_tells_what_ran(void **state)
{
    corm_session *session = *state;
    failed.count = 0;
    const int line = __LINE__ + 1;
    corm_expect_statements(session, 1)
    {
        (void)corm_count(session, City);
        (void)corm_get(session, City, 7);
    }
    assert_int_equal(failed.count, 1);
    assert_int_equal(failed.line, line);
    assert_string_equal(failed.report,
                        "1 statement expected, 2 ran (2 SELECT)\n"
                        "SELECT count(*) FROM \"cities\"\n"
                        "SELECT \"id\", \"name\" FROM \"cities\" WHERE \"id\" = ?1  [7]\n");
}

static void a_pair_answers_with_a_status(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_expect_begin(session));
    (void)corm_count(session, City);
    assert_ok(session, corm_expect_end(session, 1));
    assert_string_equal(corm_expect_report(session), "1 statement expected, 1 ran (1 SELECT)\n"
                                                     "SELECT count(*) FROM \"cities\"\n");
    assert_ok(session, corm_expect_begin(session));
    assert_ok(session, corm_add(session, corm_new(session, City, .name = "Oslo")));
    assert_ok(session, corm_commit(session));
    (void)corm_count(session, City);
    assert_status(session, CORM_UNEXPECTED, corm_expect_end(session, 1));
    assert_string_equal(corm_error_message(session),
                        "1 statement expected, 2 ran: INSERT INTO \"cities\" (\"id\", \"name\") "
                        "VALUES (?1, ?2) [NULL, 'Oslo']; SELECT count(*) FROM \"cities\"");
    assert_ok(session, corm_flush(session)); /* it blocks nothing */
}

static void a_message_lists_as_many_as_it_holds(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_expect_begin(session));
    for (int i = 0; i < 30; i++)
        (void)corm_get(session, City, i);
    assert_status(session, CORM_UNEXPECTED, corm_expect_end(session, 1));
    assert_message(session, "1 statement expected, 30 ran: SELECT");
    assert_message(session, "; and 2");
    assert_message(session, " more");
    assert_part(corm_expect_report(session), "[29]\n");
}

static void expectations_stand_inside_one_another(void **state)
{
    corm_session *session = *state;
    failed.count = 0;
    corm_expect_statements(session, 3)
    {
        (void)corm_count(session, City);
        corm_expect_statements(session, 1)
        {
            (void)corm_count(session, Cup);
        }
        (void)corm_count(session, Team);
    }
    assert_int_equal(failed.count, 0);
}

static void break_ends_a_block(void **state)
{
    corm_session *session = *state;
    failed.count = 0;
    corm_expect_statements(session, 5)
    {
        if (corm_count(session, City) == 0)
            break;
    }
    assert_int_equal(failed.count, 1);
    assert_status(session, CORM_MISUSE, corm_expect_end(session, 0));
}

static void a_statement_that_fails_counts(void **state)
{
    corm_session *session = *state;
    run_sql(session, "DROP TABLE cups");
    assert_ok(session, corm_expect_begin(session));
    assert_int_equal(corm_count(session, Cup), -1);
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_expect_end(session, 1));
    assert_part(corm_expect_report(session),
                "FROM \"cups\"  failed: the database does not understand");
}

static void expecting_leaves_echo_and_trace_alone(void **state)
{
    corm_session *session = *state;
    record(session);
    assert_ok(session, corm_expect_begin(session));
    (void)corm_count(session, City);
    assert_ok(session, corm_expect_end(session, 1));
    (void)corm_count(session, City);
    assert_ran(2, "SELECT");
    corm_trace(session, NULL, NULL);
    assert_ok(session, corm_expect_begin(session));
    (void)corm_count(session, City);
    assert_ok(session, corm_expect_end(session, 1));
}

static void wrong_expectations_are_errors(void **state)
{
    corm_session *session = *state;
    assert_status(session, CORM_MISUSE, corm_expect_end(session, 0));
    assert_message(session, "corm_expect_end without corm_expect_begin: nothing was counted");
    assert_part(corm_expect_report(session), "no corm_expect_end was there");
    assert_status(NULL, CORM_NULL_ARGUMENT, corm_expect_begin(NULL));
    assert_status(NULL, CORM_NULL_ARGUMENT, corm_expect_end(NULL, 0));
    assert_non_null(corm_expect_report(NULL));
    for (int i = 0; i < 16; i++)
        assert_ok(session, corm_expect_begin(session));
    assert_status(session, CORM_MISUSE, corm_expect_begin(session));
    assert_message(session, "corm_expect_begin: 16 are open: end them with corm_expect_end");
}

/* ---- Round trips ----------------------------------------------------------------------------- */

static void without_the_option_round_trips_say_how_to_get_them(void **state)
{
    corm_session *session = *state;
    (void)corm_count(session, City);
    assert_part(corm_round_trips(session), "define CORM_TRACE_CALLS in every file");
    corm_round_trips_clear(session);
    assert_int_equal(corm_traced(corm_count(session, City)), 0);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static corm_status look_at_everything(corm_session *session)
{
    if (corm_query_sql(session, Team, .where = corm_eq(Team_.name, "x"),
                       .load = corm_load(Team_.players)) == NULL)
        return corm_last_status();
    if (corm_explain(session, Team, .where = corm_eq(Team_.name, "x"),
                     .load = corm_loads(corm_load(Team_.players), corm_load_joined(Team_.cups))) ==
        NULL)
        return corm_last_status();
    corm_status status = corm_expect_begin(session);
    if (status != CORM_OK)
        return status;
    const int64_t count = corm_count(session, City);
    status = corm_last_status();
    const corm_status ended = corm_expect_end(session, count < 0 ? 0 : 1);
    return status != CORM_OK || ended == CORM_UNEXPECTED ? status : ended;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    for (int lasting = 0; lasting < 2; lasting++) {
        for (long nth = 1;; nth++) {
            const struct held before = held_by_corm;
            corm_session *session = memory_session(&league);
            assert_ok(session, corm_rollback(session));
            corm_trace(session, NULL, NULL);
            arm(nth, lasting == 1);
            const corm_status status = look_at_everything(session);
            disarm();
            assert_true(status == CORM_OK || status == CORM_OUT_OF_MEMORY);
            assert_ok(session, corm_rollback(session));
            assert_int_equal(corm_count(session, City), 0);
            corm_session_close(session);
            assert_int_equal(held_by_corm.blocks, before.blocks);
            if (!faults.reached)
                break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LEAGUE_TEST(the_values_stand_in_their_places),
        LEAGUE_TEST(it_is_what_a_query_sends),
        LEAGUE_TEST(without_values_it_stands_once),
        LEAGUE_TEST(values_are_literals_and_quotes_hold_no_placeholders),
        LEAGUE_TEST(the_text_of_a_query_runs_nothing),
        LEAGUE_TEST(what_load_brings_stands_behind_it),
        LEAGUE_TEST(a_wrong_query_has_no_text),
        LEAGUE_TEST(a_plan_names_its_steps),
        LEAGUE_TEST(steps_of_a_step_are_indented),
        LEAGUE_TEST(a_scan_names_the_index_that_would_serve),
        LEAGUE_TEST(the_index_that_is_advised_ends_the_scan),
        LEAGUE_TEST(a_sort_names_the_index_that_would_spare_it),
        LEAGUE_TEST(what_no_index_serves_is_said),
        LEAGUE_TEST(a_list_of_values_uses_an_index_too),
        LEAGUE_TEST(a_foreign_key_without_an_index_is_found),
        LEAGUE_TEST(an_index_is_advised_where_the_column_is_declared),
        LEAGUE_TEST(what_is_equal_in_all_rows_is_no_order),
        LEAGUE_TEST(joined_tables_are_looked_at_too),
        LEAGUE_TEST(what_is_computed_is_in_no_index),
        LEAGUE_TEST(the_text_of_a_page_is_without_its_total),
        LEAGUE_TEST(rows_have_a_text_and_a_plan),
        LEAGUE_TEST(a_declared_index_that_the_table_lacks_is_named),
        LEAGUE_TEST(rows_of_a_subquery_are_no_table),
        LEAGUE_TEST(explaining_writes_nothing),
        LEAGUE_TEST(what_cannot_be_explained_is_an_error),
        cmocka_unit_test(an_adapter_may_be_unable_to_explain),
        cmocka_unit_test(the_words_of_sqlite_are_read),
        LEAGUE_TEST(a_block_that_runs_what_is_expected_passes),
        LEAGUE_TEST(savepoints_do_not_count),
        LEAGUE_TEST(a_block_that_runs_something_else_tells_what_ran),
        LEAGUE_TEST(a_pair_answers_with_a_status),
        LEAGUE_TEST(a_message_lists_as_many_as_it_holds),
        LEAGUE_TEST(expectations_stand_inside_one_another),
        LEAGUE_TEST(break_ends_a_block),
        LEAGUE_TEST(a_statement_that_fails_counts),
        LEAGUE_TEST(expecting_leaves_echo_and_trace_alone),
        LEAGUE_TEST(wrong_expectations_are_errors),
        LEAGUE_TEST(without_the_option_round_trips_say_how_to_get_them),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
