/* plain: SQL that the program writes itself: values, objects, single values, statements, scripts,
 * streams. Structs of CORM_ROW are in rows. */
#include "allocators.h"
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

#include <math.h>

/* ---- Models and rows ------------------------------------------------------------------------- */

typedef struct Point {
    int32_t x, y;
} Point;
static bool point_to(const Point *from, corm_value *out, corm_conversion *conversion)
{
    if (from->x < 0)
        return corm_conversion_refuse(conversion, "left of the origin");
    return corm_conversion_text(conversion, out, "%d,%d", (int)from->x, (int)from->y);
}
static bool point_from(const corm_value *from, Point *out, corm_conversion *conversion)
{
    (void)from;
    (void)out;
    return corm_conversion_refuse(conversion, "not read here");
}
CORM_KIND(point, Point, TEXT, point_to, point_from, NULL)

/* clang-format off */
#define NAMED(COLUMN)                                                                              \
    COLUMN(INTEGER,        id)                                                                     \
    COLUMN(TEXT,           name)
CORM_ROW(Named, NAMED)

#define ANIMAL(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,        id,    .primary_key = true)                                             \
    COLUMN(TEXT,           kind)                                                                   \
    COLUMN(TEXT,           name,  .name = "called")                                                \
    RELATIONSHIP(ONE_TO_MANY, toys, Toy, owner, .lazy = CORM_LAZY_JOINED)
#define DOG(COLUMN, RELATIONSHIP)                                                                  \
    ANIMAL(COLUMN, CORM_INHERITED)                                                                 \
    COLUMN(OPTIONAL(TEXT), trick)
#define TOY(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER,        id,    .primary_key = true)                                             \
    COLUMN(OPTIONAL(INTEGER), owner_id, .references = corm_ref(Animal, id))                        \
    RELATIONSHIP(MANY_TO_ONE, owner, Animal, toys)
#define ZOO(MODEL)                                                                                 \
    MODEL(Animal, "animals", ANIMAL, .discriminator = corm_member(Animal, kind), .identity = "animal") \
    MODEL(Dog,    "animals", DOG,    .inherits = corm_base(Animal), .identity = "dog")             \
    MODEL(Toy,    "toys",    TOY)
/* clang-format on */
CORM_SCHEMA(zoo, ZOO)

static int open_zoo(void **state)
{
    *state = memory_session(&zoo);
    return *state == NULL;
}
#define ZOO_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_zoo, close_session)

/* The last call failed so, the session waits for rollback, and works after it. */
#define assert_refused(session_, status_, part_)                                                   \
    do {                                                                                           \
        assert_int_equal(corm_last_status(), (status_));                                           \
        assert_message(session_, part_);                                                           \
        assert_int_equal(corm_commit(session_), CORM_PENDING_ROLLBACK);                            \
        assert_ok(session_, corm_rollback(session_));                                              \
    } while (0)

/* Ann 30, Bob 40, Cem 50 ... of 10 * i + 20 years; committed, and the session knows none. */
static void fill(corm_session *session, int count)
{
    static const char *const names[] = {"Ann", "Bob", "Cem", "Dana", "Eve"};
    for (int i = 0; i < count; i++) {
        User *user = new_user(session, names[i]);
        user->age = corm_some(10 * i + 30);
        assert_ok(session, corm_add(session, user));
    }
    start_afresh(session);
}

/* ---- Values ---------------------------------------------------------------------------------- */

static void values_are_bound_by_their_types(void **state)
{
    corm_session *session = *state;
    const Point at = {3, 4};
    const corm_uuid uuid = {{1, 2, 3}};
    const corm_blob blob = {"ab", 2};
    char word[] = "array";
    corm_optional_integer none = corm_none(INTEGER);
    (void)corm_sql_integer(
        session, "SELECT count(?1 || ?2 || ?3 || ?4 || ?5 || ?6 || ?7 || ?8 || ?9 || ?10 || ?11)",
        7, (uint64_t)8, 1.5, 2.5f, true, "text", (const char *)word, blob,
        corm_date_of(2026, 2, 28), corm_datetime_of(2026, 2, 28, 12, 30, 0, 0),
        corm_time_of(12, 30, 0, 0));
    assert_ok(session, corm_last_status());
    assert_string_equal(values_of("SELECT", 0),
                        "7, 8, 1.5, 2.5, 1, 'text', 'array', 2 bytes, '2026-02-28', "
                        "'2026-02-28 12:30:00.000000', '12:30:00.000000'");
    record(session);
    (void)corm_sql_integer(session, "SELECT count(?1 || ?2 || ?3 || ?4 || ?5 || ?6 || ?7)", uuid,
                           point_value(&at), NULL, none, corm_some(43),
                           corm_some(corm_date_of(2026, 3, 1)), (char *)NULL);
    assert_ok(session, corm_last_status());
    assert_string_equal(values_of("SELECT", 0), "'01020300-0000-0000-0000-000000000000', '3,4', "
                                                "NULL, NULL, 43, '2026-03-01', NULL");
}

static void values_that_sql_cannot_hold_are_refused(void **state)
{
    corm_session *session = *state;
    const Point left = {-1, 0};
    (void)corm_sql_integer(session, "SELECT ?1", UINT64_MAX);
    assert_refused(session, CORM_DATA,
                   "value 1: 18446744073709551615 is larger than an INTEGER of 64 bits can be "
                   "(SELECT ?1)");
    (void)corm_sql_integer(session, "SELECT ?1 + ?2", 1, (double)NAN);
    assert_refused(session, CORM_DATA, "value 2: NaN is no number SQL can store");
    (void)corm_sql_integer(session, "SELECT ?1", corm_date_of(2026, 2, 30));
    assert_refused(session, CORM_DATA, "value 1: 2026-02-30 is not a date");
    (void)corm_sql_integer(session, "SELECT ?1", corm_datetime_of(2026, 2, 28, 25, 0, 0, 0));
    assert_refused(session, CORM_DATA, "is not a date-time");
    (void)corm_sql_integer(session, "SELECT ?1", corm_time_of(25, 0, 0, 0));
    assert_refused(session, CORM_DATA, "is not a time of day");
    (void)corm_sql_integer(session, "SELECT ?1", "caf\xe9");
    assert_refused(session, CORM_DATA, "value 1: text is not valid UTF-8 at byte 4");
    (void)corm_sql_integer(session, "SELECT ?1", (void *)session);
    assert_refused(session, CORM_DATA, "value 1: a pointer without a type, which is not NULL");
    (void)corm_sql_integer(session, "SELECT ?1", point_value(&left));
    assert_refused(session, CORM_DATA, "left of the origin");
    assert_ran(0, "SELECT");
}

static void as_many_values_as_placeholders_are_wanted(void **state)
{
    corm_session *session = *state;
    (void)corm_sql(session, Named, "SELECT id, username FROM users WHERE age > ?1");
    assert_refused(session, CORM_DATA,
                   "the statement has 1 placeholder, but 0 values were given (SELECT id, username "
                   "FROM users WHERE age > ?1)");
    (void)corm_sql(session, Named, "SELECT id, username FROM users WHERE age > ?1 AND id < ?2", 1);
    assert_refused(session, CORM_DATA, "has 2 placeholders, but 1 value was given");
    (void)corm_sql_run(session, "DELETE FROM users", 1);
    assert_refused(session, CORM_DATA, "has 0 placeholders, but 1 value was given");
    assert_ran(0, "SELECT");
    assert_ran(0, "DELETE");
    (void)corm_sql_execute(session, "DELETE FROM users WHERE id = ?", NULL, 1);
    assert_refused(session, CORM_NULL_ARGUMENT, "the values are NULL");
}

static void no_value_can_become_sql(void **state)
{
    static const char *const attacks[] = {
        "x'); DROP TABLE users; --", "' OR '1'='1",           "?1",
        "\"; DELETE FROM users; --", "1 UNION SELECT 1, 'x'", "%",
        "\\'; DROP TABLE users"};
    corm_session *session = *state;
    fill(session, 2);
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        User_list none =
            corm_sql(session, User, "SELECT * FROM users WHERE username = ?1", attacks[i]);
        assert_int_equal(none.count, 0);
        assert_string_equal(corm_sql_text(session, "SELECT ?1", attacks[i]), attacks[i]);
        assert_ok(session, corm_sql_run(session, "UPDATE users SET email = ?1 WHERE username = ?2",
                                        attacks[i], "Ann"));
        assert_int_equal(corm_sql_changed(session), 1);
        Named_list named =
            corm_sql(session, Named, "SELECT id, email FROM users WHERE email = ?1", attacks[i]);
        assert_int_equal(named.count, 1);
        assert_string_equal(named.items[0].name, attacks[i]);
        assert_int_equal(corm_sql_integer(session, "SELECT count(*) FROM users"), 2);
    }
}

/* ---- The statement --------------------------------------------------------------------------- */

static void two_statements_are_refused(void **state)
{
    corm_session *session = *state;
    fill(session, 2);
    User_list users = corm_sql(session, User, "SELECT * FROM users; DELETE FROM users");
    assert_int_equal(users.count, 0);
    assert_refused(session, CORM_SYNTAX,
                   "the text holds more than one statement (SELECT * FROM users; DELETE FROM "
                   "users)");
    (void)corm_sql_run(session, "DELETE FROM posts; DELETE FROM users");
    assert_refused(session, CORM_SYNTAX, "more than one statement");
    assert_int_equal(corm_sql_integer(session, "SELECT count(*) FROM users; -- all\n"), 2);
}

static void what_gives_no_rows_is_not_run_by_corm_sql(void **state)
{
    corm_session *session = *state;
    fill(session, 2);
    (void)corm_sql(session, User, "DELETE FROM users");
    assert_refused(session, CORM_MISUSE,
                   "the statement gives no rows: corm_sql_run runs it (DELETE FROM users)");
    (void)corm_sql_integer(session, "DELETE FROM users");
    assert_refused(session, CORM_MISUSE, "gives no rows");
    assert_null(corm_sql_stream(session, User, "DELETE FROM users"));
    assert_refused(session, CORM_MISUSE, "gives no rows");
    assert_int_equal(corm_sql_integer(session, "SELECT count(*) FROM users"), 2);
}

static void what_gives_rows_is_not_run_by_corm_sql_run(void **state)
{
    corm_session *session = *state;
    (void)corm_sql_run(session, "SELECT * FROM users");
    assert_refused(session, CORM_MISUSE,
                   "the statement gives rows, which would be lost: corm_sql reads them");
}

static void the_transaction_is_the_sessions(void **state)
{
    static const char *const words[] = {"BEGIN",         "commit",           " -- now\n COMMIT",
                                        "/* now */ END", "ROLLBACK TO x",    "SAVEPOINT x",
                                        "release x",     "START TRANSACTION"};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        (void)corm_sql_run(session, words[i]);
        assert_refused(session, CORM_MISUSE, "the transaction is the session's: corm_commit");
    }
}

static void a_statement_must_be_sql_in_utf_8(void **state)
{
    corm_session *session = *state;
    (void)corm_sql_run(session, NULL);
    assert_refused(session, CORM_NULL_ARGUMENT, "the statement is NULL");
    (void)corm_sql_run(session, "  -- nothing\n");
    assert_refused(session, CORM_SYNTAX, "the statement is empty");
    (void)corm_sql_run(session, "SELEC 1");
    assert_refused(session, CORM_SYNTAX, "near \"SELEC\"");
    (void)corm_sql_run(session, "SELECT '\xff'");
    assert_refused(session, CORM_DATA, "the statement: text is not valid UTF-8 at byte 9");
    (void)corm_sql_run(session, "DELETE FROM nowhere");
    assert_refused(session, CORM_SYNTAX, "no such table: nowhere");
}

static void without_a_session_there_is_an_error(void **state)
{
    corm_session *none = NULL;
    corm_session *session = *state;
    assert_int_equal(corm_sql(none, User, "SELECT 1").count, 0);
    assert_int_equal(corm_last_status(), CORM_NULL_ARGUMENT);
    assert_int_equal(corm_sql(none, Named, "SELECT 1").count, 0);
    assert_int_equal(corm_sql_integer(none, "SELECT 1"), 0);
    assert_int_equal(corm_sql_run(none, "DELETE FROM users"), CORM_NULL_ARGUMENT);
    assert_int_equal(corm_sql_script(none, ""), CORM_NULL_ARGUMENT);
    assert_null(corm_sql_stream(none, User, "SELECT 1"));
    assert_int_equal(corm_last_status(), CORM_NULL_ARGUMENT);
    assert_int_equal(corm_sql_changed(none), 0);
    (void)corm_sql_rows(session, &corm__model_User, "SELECT 1", NULL, 0);
    assert_refused(session, CORM_WRONG_MODEL, "User is no row made by CORM_ROW");
    (void)corm_sql_objects(session, &corm__model_Animal, "SELECT 1", NULL, 0);
    assert_refused(session, CORM_WRONG_MODEL, "Animal is no model of schema blog");
    assert_int_equal(corm_sql_value(session, CORM_KIND_ENUM, false, "SELECT 1", NULL, 0, &none),
                     CORM_MISUSE);
    assert_message(session, "no single values of kind");
    assert_int_equal(corm_sql_value(session, CORM_KIND_INTEGER, false, "SELECT 1", NULL, 0, NULL),
                     CORM_NULL_ARGUMENT);
}

static void the_array_may_be_of_any_length(void **state)
{
    enum { COUNT = 500 };
    corm_session *session = *state;
    static corm_parameter values[COUNT];
    char sql[COUNT * 4 + 100] = "SELECT 0 IN (9";
    for (int i = 0; i < COUNT; i++) {
        values[i] = corm_sql_parameter(i);
        (void)strcat(sql, ", ?");
    }
    (void)strcat(sql, ")");
    int64_t found = 0;
    assert_ok(session,
              corm_sql_value(session, CORM_KIND_INTEGER, false, sql, values, COUNT, &found));
    assert_int_equal(found, 1);
}

/* ---- Objects --------------------------------------------------------------------------------- */

static void rows_of_a_model_are_the_sessions_objects(void **state)
{
    corm_session *session = *state;
    fill(session, 3);
    User *bob = corm_first(session, User, .where = corm_eq(User_.username, "Bob"));
    User_list old =
        corm_sql(session, User, "SELECT * FROM users WHERE age >= ?1 ORDER BY username DESC", 40);
    assert_int_equal(old.count, 2);
    assert_string_equal(old.items[0]->username, "Cem");
    assert_ptr_equal(old.items[1], bob);
    assert_int_equal(corm_state(old.items[0]), CORM_STATE_PERSISTENT);
    old.items[0]->age = corm_some(51);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "51", "SELECT age FROM users WHERE username = 'Cem'");
}

static void columns_of_a_model_come_in_any_order(void **state)
{
    corm_session *session = *state;
    fill(session, 1);
    User_list users = corm_sql(
        session, User, "SELECT active, AGE, u.email, username, u.id AS \"ID\" FROM users AS u");
    assert_int_equal(users.count, 1);
    assert_string_equal(users.items[0]->username, "Ann");
    assert_true(users.items[0]->age.value == 30 && users.items[0]->active);
}

static void what_is_pending_is_found(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, new_user(session, "new")));
    assert_int_equal(corm_sql_integer(session, "SELECT count(*) FROM users"), 1);
    assert_int_equal(corm_sql(session, User, "SELECT * FROM users").count, 1);
}

static void missing_columns_are_named(void **state)
{
    corm_session *session = *state;
    fill(session, 1);
    (void)corm_sql(session, User, "SELECT id, username, active FROM users");
    assert_refused(session, CORM_DATA,
                   "User.email, User.age: not among the columns of the query: an object needs all "
                   "of its row; for a part of it declare a CORM_ROW (SELECT id, username, active "
                   "FROM users)");
    (void)corm_sql(session, User, "SELECT username, email, age, active FROM users");
    assert_refused(session, CORM_DATA, "User.id: not among the columns");
}

static void columns_that_a_model_does_not_have_are_named(void **state)
{
    corm_session *session = *state;
    fill(session, 1);
    (void)corm_sql(session, User, "SELECT users.*, length(username) AS size FROM users");
    assert_refused(session, CORM_DATA,
                   "column 6 of the query, size, is no column of User: leave it out, or declare a "
                   "CORM_ROW");
    (void)corm_sql(session, User, "SELECT a.*, b.* FROM users AS a, users AS b");
    assert_refused(session, CORM_DATA,
                   "columns 1 and 6 of the query are both named id, and User has one: select the "
                   "columns of its table only");
}

static void a_value_that_does_not_fit_names_table_and_column(void **state)
{
    corm_session *session = *state;
    fill(session, 1);
    (void)corm_sql(session, User, "SELECT id, username, NULL AS email, age, active FROM users");
    assert_refused(session, CORM_DATA, "users.email: NULL in a member that cannot say so");
    (void)corm_sql(session, User, "SELECT NULL AS id, username, email, age, active FROM users");
    assert_refused(session, CORM_DATA, "users.id: NULL in a key: leave such rows out");
    (void)corm_sql(session, User, "SELECT 'x' AS id, username, email, age, active FROM users");
    assert_refused(session, CORM_DATA, "users.id: the key is not an integer");
    (void)corm_sql(session, User, "SELECT id, username, email, 'old' AS age, active FROM users");
    assert_refused(session, CORM_DATA, "users.age: the text 'old' is not an INTEGER of 64 bits");
}

static void the_columns_are_those_of_now(void **state)
{
    corm_session *session = *state;
    const char all[] = "SELECT * FROM users";
    fill(session, 1);
    assert_int_equal(corm_sql(session, User, all).count, 1);
    assert_ok(session, corm_sql_run(session, "ALTER TABLE users ADD COLUMN more TEXT"));
    (void)corm_sql(session, User, all); /* the same prepared statement */
    assert_int_equal(corm_last_status(), CORM_DATA);
    assert_message(session, "column 6 of the query, more, is no column of User");
}

static void kinds_of_a_model_come_as_themselves(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Animal, .name = "Tom")));
    assert_ok(session, corm_add(session, corm_new(session, Dog, .name = "Rex", .trick = "sit")));
    start_afresh(session);
    Animal_list animals = corm_sql(session, Animal, "SELECT * FROM animals ORDER BY id");
    assert_int_equal(animals.count, 2);
    assert_null(corm_as(Dog, animals.items[0]));
    assert_string_equal(corm_as(Dog, animals.items[1])->trick, "sit");
    Dog_list dogs = corm_sql(session, Dog, "SELECT * FROM animals WHERE kind = 'dog'");
    assert_ptr_equal(dogs.items[0], animals.items[1]);
    (void)corm_sql(session, Animal, "SELECT id, kind, called FROM animals");
    assert_refused(session, CORM_DATA, "Dog.trick: not among the columns of the query");
}

static void what_is_loaded_with_a_model_is_loaded_here(void **state)
{
    corm_session *session = *state;
    Animal *tom = corm_new(session, Animal, .name = "Tom");
    assert_ok(session, corm_add(session, tom));
    assert_ok(session, Animal_toys_append(tom, corm_new(session, Toy)));
    assert_ok(session, Animal_toys_append(tom, corm_new(session, Toy)));
    start_afresh(session);
    Animal_list animals = corm_sql(session, Animal, "SELECT * FROM animals");
    assert_ran(2, "SELECT");
    record(session);
    assert_int_equal(Animal_toys(animals.items[0]).count, 2);
    assert_no_sql();
}

/* ---- Single values --------------------------------------------------------------------------- */

static void single_values_have_the_type_of_their_name(void **state)
{
    corm_session *session = *state;
    fill(session, 3);
    assert_int_equal(corm_sql_integer(session, "SELECT count(*) FROM users WHERE age > ?1", 30), 2);
    assert_true(corm_sql_real(session, "SELECT avg(age) FROM users") == 40.0);
    assert_true(corm_sql_boolean(session, "SELECT max(age) > 40 FROM users"));
    assert_string_equal(corm_sql_text(session, "SELECT max(username) FROM users"), "Cem");
    corm_blob blob = corm_sql_blob(session, "SELECT x'0001'");
    assert_true(blob.size == 2 && memcmp(blob.data, "\0\1", 2) == 0);
    assert_int_equal(corm_sql_date(session, "SELECT '2026-02-28'").day, 28);
    assert_int_equal(corm_sql_datetime(session, "SELECT '2026-02-28 12:30:00'").minute, 30);
    assert_int_equal(corm_sql_time(session, "SELECT '12:30:00'").hour, 12);
    assert_int_equal(
        corm_sql_uuid(session, "SELECT '01020300-0000-0000-0000-000000000000'").bytes[2], 3);
    assert_ok(session, corm_last_status());
}

static void null_is_for_optional_single_values(void **state)
{
    corm_session *session = *state;
    assert_int_equal(corm_sql_integer(session, "SELECT max(age) FROM users"), 0);
    assert_refused(session, CORM_DATA,
                   "column 1, max(age): NULL is no INTEGER: corm_sql_optional_... takes it (SELECT "
                   "max(age) FROM users)");
    assert_null(corm_sql_text(session, "SELECT NULL"));
    assert_refused(session, CORM_DATA, "NULL is no TEXT");
    assert_false(corm_sql_optional_integer(session, "SELECT max(age) FROM users").has_value);
    assert_ok(session, corm_last_status());
    assert_int_equal(corm_sql_optional_integer(session, "SELECT 7").value, 7);
    assert_true(corm_sql_optional_real(session, "SELECT 1.5").value == 1.5);
    assert_true(corm_sql_optional_boolean(session, "SELECT 1").value == 1);
    assert_null(corm_sql_optional_text(session, "SELECT NULL"));
    assert_string_equal(corm_sql_optional_text(session, "SELECT 'a'"), "a");
    assert_null(corm_sql_optional_blob(session, "SELECT NULL").data);
    assert_int_equal(corm_sql_optional_date(session, "SELECT '2026-02-28'").value.day, 28);
    assert_false(corm_sql_optional_datetime(session, "SELECT NULL").has_value);
    assert_false(corm_sql_optional_time(session, "SELECT NULL").has_value);
    assert_false(corm_sql_optional_uuid(session, "SELECT NULL").has_value);
    assert_ok(session, corm_last_status());
}

static void a_single_value_is_one_column_of_one_row(void **state)
{
    corm_session *session = *state;
    fill(session, 2);
    assert_int_equal(corm_sql_integer(session, "SELECT age FROM users WHERE id = ?1", 99), 0);
    assert_int_equal(corm_last_status(), CORM_NOT_FOUND);
    assert_message(session, "no row answers the query (SELECT age FROM users WHERE id = ?1)");
    assert_false(
        corm_sql_optional_integer(session, "SELECT age FROM users WHERE id = 99").has_value);
    assert_ok(session, corm_last_status());
    assert_int_equal(corm_sql_integer(session, "SELECT age\nFROM users"), 0);
    assert_int_equal(corm_last_status(), CORM_NOT_UNIQUE);
    assert_message(session, "more than one row answers the query (SELECT age FROM users)");
    assert_int_equal(corm_sql_integer(session, "SELECT 5"), 5); /* these block nothing */
    assert_int_equal(corm_sql_integer(session, "SELECT 1, 2"), 0);
    assert_refused(session, CORM_DATA, "the query has 2 columns: a single value is one");
    assert_int_equal(corm_sql_integer(session, "SELECT 'many' AS n"), 0);
    assert_refused(
        session, CORM_DATA,
        "column 1, n: the text 'many' is not an INTEGER of 64 bits (SELECT 'many' AS n)");
}

static void a_text_lives_as_lists_do(void **state)
{
    corm_session *session = *state;
    const char *text = corm_sql_text(session, "SELECT 'a text of its own'");
    assert_ok(session, corm_commit(session));
    assert_string_equal(text, "a text of its own");
}

/* ---- Statements without rows ----------------------------------------------------------------- */

static void a_statement_tells_how_many_rows_it_changed(void **state)
{
    corm_session *session = *state;
    fill(session, 3);
    assert_ok(session,
              corm_sql_run(session, "UPDATE users SET age = age + ?1 WHERE age > ?2", 1, 30));
    assert_int_equal(corm_sql_changed(session), 2);
    assert_ok(session, corm_sql_run(session, "DELETE FROM users WHERE id = ?1", 99));
    assert_int_equal(corm_sql_changed(session), 0);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "30;41;51", "SELECT age FROM users ORDER BY id");
}

static void objects_that_were_changed_are_refreshed_by_the_next_load(void **state)
{
    corm_session *session = *state;
    fill(session, 2);
    User_list users = corm_all(session, User, .order_by = corm_asc(User_.id));
    users.items[1]->email = "kept@example.com"; /* flushed before the statement */
    assert_ok(session, corm_sql_run(session, "UPDATE users SET age = age + 1"));
    assert_int_equal(users.items[0]->age.value, 30); /* still readable */
    assert_ok(session, corm_current(users.items[0]));
    assert_int_equal(users.items[0]->age.value, 31);
    (void)corm_all(session, User);
    assert_int_equal(users.items[1]->age.value, 41);
    assert_string_equal(users.items[1]->email, "kept@example.com");
    assert_ok(session, corm_sql_run(session, "DELETE FROM users WHERE username = ?1", "Bob"));
    assert_null(corm_get(session, User, users.items[1]->id));
}

static void what_is_not_flushed_survives_the_refresh(void **state)
{
    corm_engine *engine = corm_sqlite_engine(":memory:", &blog, NULL);
    corm_session *session =
        corm_session_open(engine, &(corm_session_options){.no_autoflush = true});
    (void)state;
    assert_ok(session, corm_create_all(session));
    User *ann = user_with_posts(session, "Ann", 1);
    assert_ok(session, corm_commit(session));
    ann->email = "later@example.com";
    assert_ok(session, User_posts_append(ann, corm_new(session, Post, .title = "later")));
    assert_ok(session, corm_sql_run(session, "UPDATE users SET age = 7, email = 'sooner'"));
    assert_ok(session, corm_current(ann));
    assert_int_equal(ann->age.value, 7);
    assert_string_equal(ann->email, "later@example.com");
    assert_ok(session, corm_commit(session));
    assert_stored(session, "later@example.com", "SELECT email FROM users");
    assert_stored(session, "2", "SELECT count(*) FROM posts");
    corm_session_close(session);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

static bool query_before_flush(corm_session *session, void *context)
{
    *(int64_t *)context = corm_sql_integer(session, "SELECT count(*) FROM users");
    return true;
}

static void hooks_may_use_it_where_they_may_use_the_session(void **state)
{
    corm_session *session = *state;
    int64_t seen = -1;
    const corm_hooks hooks = {.before_flush = query_before_flush, .context = &seen};
    assert_ok(session, corm_session_set_hooks(session, &hooks));
    assert_ok(session, corm_add(session, new_user(session, "new")));
    assert_ok(session, corm_flush(session));
    assert_int_equal(seen, 0);
    assert_ok(session, corm_session_set_hooks(session, NULL));
}

static void relationships_that_were_changed_are_loaded_again(void **state)
{
    corm_session *session = *state;
    User *ann = user_with_posts(session, "Ann", 2);
    assert_ok(session, corm_commit(session));
    assert_int_equal(User_posts(ann).count, 2);
    assert_ok(session, corm_sql_run(session, "INSERT INTO posts (title, user_id) VALUES (?1, ?2)",
                                    "third", ann->id));
    assert_int_equal(User_posts(ann).count, 3);
}

static void returning_gives_rows_and_refreshes_objects(void **state)
{
    corm_session *session = *state;
    fill(session, 2);
    User *ann = corm_get(session, User, 1);
    User_list older =
        corm_sql(session, User, "UPDATE users SET age = age + ?1 WHERE id = 1 RETURNING *", 5);
    assert_ok(session, corm_last_status());
    assert_int_equal(older.count, 1);
    assert_ptr_equal(older.items[0], ann);
    assert_int_equal(ann->age.value, 35);
}

static void a_statement_that_fails_waits_for_rollback(void **state)
{
    corm_session *session = *state;
    fill(session, 2);
    assert_status(session, CORM_UNIQUE,
                  corm_sql_run(session, "UPDATE users SET username = 'same'"));
    assert_refused(session, CORM_UNIQUE, "users.username");
    assert_stored(session, "Ann;Bob", "SELECT username FROM users ORDER BY id");
}

static void a_statement_that_begins_the_transaction_begins_it_as_a_writer(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_sql_run(session, "DELETE FROM users"));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(sqlite3_txn_state(corm_sqlite_handle(session), NULL), SQLITE_TXN_NONE);
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_sql_run(session, "DELETE FROM users WHERE 1 = 0"));
    assert_int_equal(sqlite3_txn_state(corm_sqlite_handle(session), NULL), SQLITE_TXN_WRITE);
}

/* ---- Scripts --------------------------------------------------------------------------------- */

static void a_script_runs_all_its_statements(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_sql_script(
                           session, "-- a table; and more\n"
                                    "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);\n"
                                    "INSERT INTO notes (text) VALUES ('one; with a semicolon');\n"
                                    "/* ; */ ;;\n"
                                    "CREATE TRIGGER more AFTER INSERT ON notes BEGIN\n"
                                    "  INSERT INTO notes (text) SELECT 'by trigger'\n"
                                    "    WHERE NEW.text = 'two'; END;\n"
                                    "INSERT INTO notes (text) VALUES ('two');\n"
                                    "SELECT * FROM notes -- the rows are thrown away"));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "one; with a semicolon;two;by trigger",
                  "SELECT text FROM notes ORDER BY id");
    assert_ran(1, "INSERT INTO notes (text) VALUES ('two')");
    assert_ok(session, corm_sql_script(session, ""));
    assert_ok(session, corm_sql_script(session, " ; -- nothing\n"));
}

static void a_script_is_all_or_nothing(void **state)
{
    corm_session *session = *state;
    fill(session, 2);
    assert_status(session, CORM_SYNTAX,
                  corm_sql_script(session, "UPDATE users SET age = 1;\n\n"
                                           "  -- the second\n  INSERT INTO nowhere\n VALUES (1);\n"
                                           "UPDATE users SET age = 2"));
    assert_refused(session, CORM_SYNTAX,
                   "statement 2, line 4: no such table: nowhere; corm_create_all makes those of "
                   "the models (INSERT INTO nowhere VALUES (1);");
    assert_stored(session, "30;40", "SELECT age FROM users ORDER BY id");
    assert_status(
        session, CORM_UNIQUE,
        corm_sql_script(session, "UPDATE users SET age = 1;UPDATE users SET username = 'x';"));
    assert_refused(
        session, CORM_UNIQUE,
        "statement 2, line 1: UNIQUE constraint failed: users.username (UPDATE users SET "
        "username = 'x';)");
    assert_stored(session, "30;40", "SELECT age FROM users ORDER BY id");
}

static void a_script_cannot_end_the_transaction(void **state)
{
    corm_session *session = *state;
    fill(session, 2);
    assert_status(session, CORM_MISUSE,
                  corm_sql_script(session, "DELETE FROM users;\nCOMMIT;\nDELETE FROM posts"));
    assert_refused(session, CORM_MISUSE, "statement 2, line 2: the transaction is the session's");
    assert_int_equal(corm_sql_integer(session, "SELECT count(*) FROM users"), 2);
}

static void a_script_has_no_values(void **state)
{
    corm_session *session = *state;
    assert_status(session, CORM_MISUSE,
                  corm_sql_script(session, "DELETE FROM users WHERE id = ?1"));
    assert_refused(
        session, CORM_MISUSE,
        "statement 1, line 1: a script has no values for placeholders: corm_sql_run has");
    assert_status(session, CORM_NULL_ARGUMENT, corm_sql_script(session, NULL));
    assert_refused(session, CORM_NULL_ARGUMENT, "the text is NULL");
    assert_status(session, CORM_DATA, corm_sql_script(session, "SELECT '\xc3'"));
    assert_refused(session, CORM_DATA, "not valid UTF-8 at byte 9");
}

static void objects_are_refreshed_after_a_script(void **state)
{
    corm_session *session = *state;
    fill(session, 1);
    User *ann = corm_get(session, User, 1);
    ann->email = "flushed@example.com";
    assert_ok(session, corm_sql_script(session, "UPDATE users SET age = 1; UPDATE users SET age = "
                                                "age + 1"));
    assert_ok(session, corm_current(ann));
    assert_int_equal(ann->age.value, 2);
    assert_string_equal(ann->email, "flushed@example.com");
}

static void a_failed_script_can_be_undone_to_a_savepoint(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    assert_ok(session, corm_add(session, new_user(session, "kept")));
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_status(session, CORM_SYNTAX, corm_sql_script(session, "DELETE FROM users; oops"));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "kept", "SELECT username FROM users");
}

/* However it was written. */
static void what_was_loaded_since_is_read_again_when_a_savepoint_is_undone(void **state)
{
    corm_session *session = *state;
    static const char sql[] = "UPDATE posts SET title = 'moved', user_id = 2 WHERE id = ?1";
    fill(session, 3);
    for (int64_t id = 1; id < 4; id++)
        assert_ok(session, corm_sql_run(session, "INSERT INTO posts VALUES (?1, 'there', 1)", id));
    assert_ok(session, corm_commit(session));
    for (int64_t id = 1; id < 4; id++) {
        corm_savepoint savepoint;
        assert_ok(session, corm_savepoint_begin(session, &savepoint));
        if (id == 1)
            assert_ok(session, corm_sql_run(session, sql, id));
        else if (id == 2)
            assert_int_equal(
                corm_sql_integer(session, corm_text(session, "%s RETURNING id", sql), id), id);
        else
            assert_ok(session, corm_sql_script(session, corm_text(session, "%.*s 3",
                                                                  (int)strlen(sql) - 2, sql)));
        Post *post = corm_get(session, Post, id); /* for the first time */
        assert_string_equal(post->title, "moved");
        User *bob = corm_get(session, User, 2);
        assert_int_equal(User_posts(bob).count, 1);
        assert_ptr_equal(Post_author_user(post), bob);
        assert_ok(session, corm_savepoint_rollback(session, savepoint));
        assert_ptr_equal(corm_one(session, Post, .where = corm_eq(Post_.id, id)), post);
        assert_string_equal(post->title, "there");
        assert_int_equal(User_posts(bob).count, 0);
        assert_ptr_equal(Post_author_user(post), corm_get(session, User, 1));
        assert_ok(session, corm_commit(session));
    }
}

/* ---- Streams --------------------------------------------------------------------------------- */

static void a_stream_of_rows_has_the_memory_of_one(void **state)
{
    corm_session *session = *state;
    char *last = malloc(8);
    (void)snprintf(last, 8, "%d", 20000);
    corm_stream *stream = corm_sql_stream(
        session, Named,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 + 0) "
        "SELECT 'row ' || i AS name, i AS id FROM n",
        (const char *)last);
    free(last); /* borrowed until the call returned */
    assert_got(session, stream);
    size_t held = 0;
    int64_t sum = 0, rows = 0;
    for (const Named *row; (row = corm_stream_next(stream)) != NULL; rows++) {
        sum += row->id;
        if (rows == 100) {
            assert_string_equal(row->name, "row 101");
            held = held_by_corm.bytes;
        }
    }
    assert_int_equal(held_by_corm.bytes, held);
    assert_ok(session, corm_stream_close(stream));
    assert_true(rows == 20000 && sum == (int64_t)20000 * 20001 / 2);
}

static void a_stream_of_a_model_gives_structs(void **state)
{
    corm_session *session = *state;
    fill(session, 3);
    corm_stream *stream = corm_sql_stream(
        session, User, "SELECT active, age, email, username, id FROM users ORDER BY id");
    const User *user = corm_stream_next(stream);
    assert_string_equal(user->username, "Ann");
    assert_int_equal(user->age.value, 30);
    assert_int_equal(corm_state((void *)(uintptr_t)user), CORM_STATE_NONE);
    User *ann = corm_get(session, User, user->id);
    ann->age = corm_some(1);
    assert_ok(session, corm_flush(session));
    assert_string_equal(((const User *)corm_stream_next(stream))->username, "Bob");
    assert_ok(session, corm_add(session, new_user(session, "new")));
    assert_status(session, CORM_MISUSE, corm_flush(session));
    assert_message(session, "no row can be inserted while a stream reads the table");
    (void)corm_stream_close(stream);
}

static void a_stream_of_kinds_gives_each_its_own_struct(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Dog, .name = "Rex", .trick = "sit")));
    start_afresh(session);
    corm_stream *stream =
        corm_sql_stream(session, Animal, "SELECT trick, called, kind, id FROM animals");
    const Animal *animal = corm_stream_next(stream);
    assert_got(session, animal);
    assert_string_equal(((const Dog *)animal)->trick, "sit");
    assert_null(corm_stream_next(stream));
    assert_ok(session, corm_stream_close(stream));
}

static void a_stream_of_rows_that_do_not_fit_ends(void **state)
{
    corm_session *session = *state;
    corm_stream *stream =
        corm_sql_stream(session, Named, "SELECT 1, 'x' UNION ALL SELECT 'many', 'y'");
    assert_got(session, corm_stream_next(stream));
    assert_null(corm_stream_next(stream));
    assert_message(session, "Named.id, column 1 (1) of row 2: the text 'many'");
    assert_null(corm_stream_next(stream));
    assert_int_equal(corm_stream_close(stream), CORM_DATA);
    assert_ok(session, corm_rollback(session));
    stream = corm_sql_stream(session, Named, "SELECT 1");
    assert_null(corm_stream_next(stream));
    assert_int_equal(corm_stream_close(stream), CORM_DATA);
    assert_refused(session, CORM_DATA, "the query has 1 column, and Named has 2");
}

struct progress {
    corm_session *session;
    corm_stream *stream;
    int64_t rows[8];
    size_t calls;
    int64_t stop;
};
static bool note_progress(void *data, int64_t rows)
{
    struct progress *progress = data;
    progress->rows[progress->calls++ % 8] = rows;
    if (progress->stream != NULL) {
        assert_int_equal(corm_commit(progress->session), CORM_MISUSE);
        assert_message(progress->session, "the progress function of a stream, which cannot use");
        assert_int_equal(corm_stream_close(progress->stream), CORM_MISUSE);
        corm_clear_error(progress->session);
    }
    return progress->stop == 0 || rows < progress->stop;
}

static const char thousand[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
    "SELECT i, 'x' FROM n";

static void progress_is_told_every_so_many_rows(void **state)
{
    corm_session *session = *state;
    struct progress progress = {.session = session};
    corm_stream *stream = corm_sql_stream(session, Named, thousand);
    assert_ok(session, corm_stream_progress(stream, 300, note_progress, &progress));
    int64_t rows = 0;
    while (corm_stream_next(stream) != NULL)
        rows++;
    assert_ok(session, corm_stream_close(stream));
    assert_true(rows == 1000 && progress.calls == 3);
    assert_true(progress.rows[0] == 300 && progress.rows[2] == 900);
}

static void progress_can_stop_a_stream(void **state)
{
    corm_session *session = *state;
    struct progress progress = {.session = session, .stop = 200};
    fill(session, 1);
    corm_stream *stream = corm_sql_stream(session, Named, thousand);
    progress.stream = stream;
    assert_ok(session, corm_stream_progress(stream, 100, note_progress, &progress));
    int64_t rows = 0;
    while (corm_stream_next(stream) != NULL)
        rows++;
    assert_int_equal(rows, 199);
    assert_int_equal(corm_last_status(), CORM_INTERRUPTED);
    assert_message(session, "the stream was stopped by its progress function after 200 rows");
    assert_null(corm_stream_next(stream));
    assert_int_equal(corm_stream_close(stream), CORM_INTERRUPTED);
    assert_ok(session, corm_commit(session)); /* it blocks nothing */
}

static bool count_in_progress(void *session, int64_t rows)
{
    return rows > 0 && corm_count(session, User) == -1;
}

static void progress_that_uses_the_session_ends_the_stream(void **state)
{
    corm_session *session = *state;
    fill(session, 1);
    corm_stream *stream = corm_sql_stream(session, Named, thousand);
    assert_ok(session, corm_stream_progress(stream, 100, count_in_progress, session));
    int64_t rows = 0;
    while (corm_stream_next(stream) != NULL)
        rows++;
    assert_int_equal(rows, 99);
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_string_equal(corm_error_message(session),
                        "corm_count inside of the progress function of a stream, which cannot "
                        "use the session");
    assert_int_equal(corm_stream_close(stream), CORM_MISUSE);
    assert_ok(session, corm_commit(session)); /* it blocks nothing */
}

static void progress_is_told_of_streams_of_models(void **state)
{
    corm_session *session = *state;
    struct progress progress = {.session = session};
    fill(session, 5);
    corm_stream *stream = corm_stream_open(session, User);
    assert_got(session, corm_stream_next(stream));
    assert_ok(session, corm_stream_progress(stream, 2, note_progress, &progress));
    assert_status(session, CORM_MISUSE, corm_stream_progress(stream, 0, note_progress, NULL));
    assert_message(session, "every 0 rows: it must be one or more");
    while (corm_stream_next(stream) != NULL)
        continue;
    assert_true(progress.calls == 2 && progress.rows[0] == 3 && progress.rows[1] == 5);
    assert_ok(session, corm_stream_close(stream));
    assert_int_equal(corm_stream_progress(NULL, 1, note_progress, NULL), CORM_NULL_ARGUMENT);
}

static void a_stream_ends_with_its_transaction(void **state)
{
    corm_session *session = *state;
    corm_stream *stream = corm_sql_stream(session, Named, thousand);
    assert_got(session, corm_stream_next(stream));
    assert_ok(session, corm_commit(session));
    assert_null(corm_stream_next(stream));
    assert_int_equal(corm_stream_close(stream), CORM_MISUSE);
    stream = corm_sql_stream(session, Named, thousand); /* closed by the session */
    assert_got(session, corm_stream_next(stream));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(values_are_bound_by_their_types),
        BLOG_TEST(values_that_sql_cannot_hold_are_refused),
        BLOG_TEST(as_many_values_as_placeholders_are_wanted),
        BLOG_TEST(no_value_can_become_sql),
        BLOG_TEST(two_statements_are_refused),
        BLOG_TEST(what_gives_no_rows_is_not_run_by_corm_sql),
        BLOG_TEST(what_gives_rows_is_not_run_by_corm_sql_run),
        BLOG_TEST(the_transaction_is_the_sessions),
        BLOG_TEST(a_statement_must_be_sql_in_utf_8),
        BLOG_TEST(without_a_session_there_is_an_error),
        BLOG_TEST(the_array_may_be_of_any_length),
        BLOG_TEST(rows_of_a_model_are_the_sessions_objects),
        BLOG_TEST(columns_of_a_model_come_in_any_order),
        BLOG_TEST(what_is_pending_is_found),
        BLOG_TEST(missing_columns_are_named),
        BLOG_TEST(columns_that_a_model_does_not_have_are_named),
        BLOG_TEST(a_value_that_does_not_fit_names_table_and_column),
        BLOG_TEST(the_columns_are_those_of_now),
        ZOO_TEST(kinds_of_a_model_come_as_themselves),
        ZOO_TEST(what_is_loaded_with_a_model_is_loaded_here),
        BLOG_TEST(single_values_have_the_type_of_their_name),
        BLOG_TEST(null_is_for_optional_single_values),
        BLOG_TEST(a_single_value_is_one_column_of_one_row),
        BLOG_TEST(a_text_lives_as_lists_do),
        BLOG_TEST(a_statement_tells_how_many_rows_it_changed),
        BLOG_TEST(objects_that_were_changed_are_refreshed_by_the_next_load),
        BLOG_TEST(what_is_not_flushed_survives_the_refresh),
        BLOG_TEST(hooks_may_use_it_where_they_may_use_the_session),
        BLOG_TEST(relationships_that_were_changed_are_loaded_again),
        BLOG_TEST(returning_gives_rows_and_refreshes_objects),
        BLOG_TEST(a_statement_that_fails_waits_for_rollback),
        BLOG_TEST(a_statement_that_begins_the_transaction_begins_it_as_a_writer),
        BLOG_TEST(a_script_runs_all_its_statements),
        BLOG_TEST(a_script_is_all_or_nothing),
        BLOG_TEST(a_script_cannot_end_the_transaction),
        BLOG_TEST(a_script_has_no_values),
        BLOG_TEST(objects_are_refreshed_after_a_script),
        BLOG_TEST(a_failed_script_can_be_undone_to_a_savepoint),
        BLOG_TEST(what_was_loaded_since_is_read_again_when_a_savepoint_is_undone),
        BLOG_TEST(a_stream_of_rows_has_the_memory_of_one),
        BLOG_TEST(a_stream_of_a_model_gives_structs),
        ZOO_TEST(a_stream_of_kinds_gives_each_its_own_struct),
        BLOG_TEST(a_stream_of_rows_that_do_not_fit_ends),
        BLOG_TEST(progress_is_told_every_so_many_rows),
        BLOG_TEST(progress_can_stop_a_stream),
        BLOG_TEST(progress_that_uses_the_session_ends_the_stream),
        BLOG_TEST(progress_is_told_of_streams_of_models),
        BLOG_TEST(a_stream_ends_with_its_transaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
