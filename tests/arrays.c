/* arrays: structs that are no objects are inserted as they are, all or none. */
#define CORM_IMPLEMENTATION /* here: the tests look inside */
#include "corm_sqlite.h"
#include "support.h"

static bool is_even(corm_session *session, const void *object, const corm_value *value)
{
    (void)object;
    return value->as.integer % 2 == 0 || corm_refuse(session, "an odd number");
}

static int64_t numbers;
static bool next_number(const void *object, corm_value *out, corm_conversion *conversion)
{
    (void)object;
    if (numbers < 0)
        return corm_conversion_refuse(conversion, "no numbers left");
    *out = corm_value_integer(++numbers);
    return true;
}

/* clang-format off */
#define LEVEL(VALUE) VALUE(LOW, "low") VALUE(HIGH, "high")
CORM_ENUM(Level, LEVEL)

#define ITEM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name,    .length = 10, .unique = true)                               \
    COLUMN(OPTIONAL(TEXT),    note)                                                                \
    COLUMN(INTEGER,           points,  .validate = is_even, .check = "points < 1000",              \
                                       .default_value = corm_default(8))                           \
    COLUMN(INTEGER,           twice,   .generated = "points * 2")                                  \
    COLUMN(DECIMAL(6, 2),     balance)                                                             \
    COLUMN(ENUM(Level),       level,   .default_value = corm_default(HIGH))                        \
    COLUMN(OPTIONAL(DATE),    seen)                                                                \
    COLUMN(OPTIONAL(BLOB),    picture, .length = 4)                                                \
    COLUMN(INTEGER,           number,  .default_function = next_number)                            \
    COLUMN(TEXT,              state,   .server_default = "'new'")                                  \
    COLUMN(INTEGER_AS(int8_t), small)                                                              \
    COLUMN(INTEGER,           version, .version = true)

#define OWNER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(UUID, id,   .primary_key = true, .default_function = corm_default_uuid)                 \
    COLUMN(TEXT, name)                                                                             \
    RELATIONSHIP(ONE_TO_MANY, pets, Pet, owner)
#define PET(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(TEXT, id,       .primary_key = true, .default_function = corm_default_uuid)             \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(UUID, owner_id, .references = corm_ref(Owner, id))                                      \
    RELATIONSHIP(MANY_TO_ONE, owner, Owner, pets)
#define STAFF(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(TEXT,    kind)                                                                          \
    COLUMN(TEXT,    name)
#define BOSS(COLUMN, RELATIONSHIP) STAFF(COLUMN, CORM_INHERITED) COLUMN(TEXT, title)
#define SHOP(MODEL)                                                                                \
    MODEL(Item,  "items",  ITEM)                                                                   \
    MODEL(Owner, "owners", OWNER)                                                                  \
    MODEL(Pet,   "pets",   PET)                                                                    \
    MODEL(Staff, "staff",  STAFF, .discriminator = corm_member(Staff, kind), .identity = "staff")  \
    MODEL(Boss,  "bosses", BOSS,  .inherits = corm_base(Staff), .identity = "boss")
/* clang-format on */

CORM_SCHEMA(shop, SHOP)

static int open_shop(void **state)
{
    numbers = 0;
    *state = memory_session(&shop);
    return *state == NULL;
}

static int open_without_returning(void **state)
{
    static corm_adapter adapter;
    corm_engine_options options = {.pool_size = 1};
    numbers = 0;
    adapter = corm_sqlite__adapter;
    adapter.capabilities &= ~(unsigned)CORM_CAN_RETURNING;
    corm_sqlite__config *config = corm_sqlite__new_config(":memory:", NULL);
    config->single = true;
    corm_session *session =
        corm_session_open_owning(corm_engine_open(&adapter, config, &shop, &options));
    *state = session;
    if (corm_create_all(session) != CORM_OK)
        return 1;
    record(session);
    return 0;
}

#define SHOP_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_shop, close_session)
/* The test runs with and without RETURNING. */
#define BOTH_TEST(test_)                                                                           \
    SHOP_TEST(test_),                                                                              \
    {                                                                                              \
#test_ " (without RETURNING)", test_, open_without_returning, close_session, NULL          \
    }

#define assert_refused(status_, part_, call_)                                                      \
    do {                                                                                           \
        assert_int_equal((call_), -1);                                                             \
        assert_int_equal(corm_last_status(), (status_));                                           \
        assert_message(session, (part_));                                                          \
    } while (0)

/* ---- Rows --------------------------------------------------------------------------------------- */

static void every_struct_becomes_a_row_and_gets_its_key(void **state)
{
    corm_session *session = *state;
    User users[3] = {{.username = "ann", .email = "a@x"},
                     {.username = "ben", .email = "b@x", .age = corm_some(30), .active = true},
                     {.id = 10, .username = "cleo", .email = "c@x"}};
    assert_int_equal(corm_insert_all(session, User, users, 3), 3);
    assert_ran(3, "INSERT");
    assert_string_equal(values_of("INSERT", 1), "NULL, 'ben', 'b@x', 30, 1");
    assert_int_equal(users[0].id, 1);
    assert_int_equal(users[1].id, 2);
    assert_int_equal(users[2].id, 10);
    assert_int_equal(corm_state(&users[0]), CORM_STATE_NONE); /* still plain data */
    assert_true(corm_in_transaction(session));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|ann|NULL|0;2|ben|30|1;10|cleo|NULL|0",
                  "SELECT id, username, age, active FROM users ORDER BY id");
    assert_int_equal(corm_insert_all(session, User, users, 0), 0);
    User *ben = corm_get(session, User, 2);
    assert_string_equal(ben->email, "b@x");
}

static void members_left_unset_come_from_defaults(void **state)
{
    corm_session *session = *state;
    Item items[2];
    assert_ok(session, corm_rows_blank(session, Item, items, 2));
    items[0].name = "a";
    items[0].balance = corm_decimal_of("1.5");
    items[0].small = 3;
    items[1] = items[0];
    items[1].name = "b";
    items[1].points = 2;
    items[1].number = 77;
    items[1].state = "old";
    items[1].level = LOW;
    items[1].version = 5;
    assert_int_equal(corm_insert_all(session, Item, items, 2), 2);
    assert_stored(session, "a|8|16|150|high|1|new|3|1;b|2|4|150|low|77|old|3|5",
                  "SELECT name, points, twice, balance, level, number, state, small, version FROM "
                  "items ORDER BY id");
    assert_int_equal(items[1].id, 2);
}

static void zero_is_a_value(void **state)
{
    corm_session *session = *state;
    Item items[1] = {{.name = "a", .state = ""}};
    assert_int_equal(corm_insert_all(session, Item, items, 1), 1);
    assert_stored(session, "1|0|0|low|0||1",
                  "SELECT id, points, balance, level, number, state, version FROM items");
    Item other[1] = {{.name = "b"}};
    assert_refused(CORM_NOT_NULL, "items.state is NULL, but must have a value (rows[0])",
                   corm_insert_all(session, Item, other, 1));
}

static void keys_that_a_function_makes_are_written_back(void **state)
{
    corm_session *session = *state;
    Owner owners[2];
    Pet pets[2];
    assert_ok(session, corm_rows_blank(session, Owner, owners, 2));
    owners[0].name = "ann";
    owners[1].name = "ben";
    assert_int_equal(corm_insert_all(session, Owner, owners, 2), 2);
    assert_true(corm_uuid_compare(owners[0].id, owners[1].id) != 0);
    assert_ok(session, corm_rows_blank(session, Pet, pets, 2));
    for (int i = 0; i < 2; i++) {
        pets[i].name = "pet";
        pets[i].owner_id = owners[i].id;
    }
    pets[1].id = "given";
    assert_int_equal(corm_insert_all(session, Pet, pets, 2), 2);
    assert_int_equal(strlen(pets[0].id), 36);
    assert_string_equal(pets[1].id, "given");
    assert_got(session, corm_get(session, Pet, pets[0].id));
}

static void rows_of_models_that_inherit_are_written_into_their_tables(void **state)
{
    corm_session *session = *state;
    Boss bosses[2] = {{.name = "sue", .title = "Dr"}, {.name = "tom", .title = "Sir"}};
    Staff staff[1] = {{.name = "joe"}};
    assert_int_equal(corm_insert_all(session, Boss, bosses, 2), 2);
    assert_int_equal(corm_insert_all(session, Staff, staff, 1), 1);
    assert_int_equal(bosses[1].id, 2);
    assert_int_equal(staff[0].id, 3);
    assert_stored(session, "1|boss|sue|Dr;2|boss|tom|Sir;3|staff|joe|NULL",
                  "SELECT s.id, kind, name, title FROM staff s LEFT JOIN bosses b ON b.id = s.id "
                  "ORDER BY s.id");
}

static void many_rows_need_no_more_memory_than_one(void **state)
{
    corm_session *session = *state;
    enum { COUNT = 20000 };
    User *users = (User *)calloc(COUNT, sizeof *users);
    static char names[COUNT][16];
    assert_non_null(users);
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(names[i], sizeof names[i], "u%d", i);
        users[i].username = names[i];
        users[i].email = "x";
    }
    corm_trace(session, NULL, NULL);
    assert_int_equal(corm_insert_all(session, User, users, COUNT), COUNT);
    assert_int_equal(users[COUNT - 1].id, COUNT);
    assert_stored(session, "20000", "SELECT count(*) FROM users");
    free(users);
}

/* ---- The session -------------------------------------------------------------------------------- */

static void what_is_pending_goes_first(void **state)
{
    corm_session *session = *state;
    User *ann = new_user(session, "ann");
    assert_ok(session, corm_add(session, ann));
    assert_ok(session, corm_flush(session));
    (void)corm_add(session, new_user(session, "ben"));
    Post posts[2] = {{.title = "one", .user_id = ann->id}, {.title = "two", .user_id = 2}};
    assert_int_equal(corm_insert_all(session, Post, posts, 2), 2);
    assert_int_equal(posts[1].id, 2);
}

static void loaded_collections_see_the_new_rows(void **state)
{
    corm_session *session = *state;
    User *ann = user_with_posts(session, "ann", 1);
    start_afresh(session);
    ann = corm_get(session, User, 1);
    assert_int_equal(User_posts(ann).count, 1);
    Post posts[2] = {{.title = "x", .user_id = 1}, {.title = "y", .user_id = 1}};
    assert_int_equal(corm_insert_all(session, Post, posts, 2), 2);
    assert_int_equal(User_posts(ann).count, 3);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(User_posts(ann).count, 1);
}

static void an_insert_hands_out_objects_in_the_order_of_the_array(void **state)
{
    corm_session *session = *state;
    Item items[3];
    assert_ok(session, corm_rows_blank(session, Item, items, 3));
    static const char *const names[] = {"c", "b", "a"};
    for (int i = 0; i < 3; i++) {
        items[i].id = 3 - i;
        items[i].name = names[i];
        items[i].balance = corm_decimal_of("0");
        items[i].small = 0;
    }
    Item_list made = corm_insert_returning(session, Item, items, 3);
    assert_int_equal(made.count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(made.items[i]->name, names[i]);
    assert_int_equal(made.items[0]->twice, 16);
    assert_string_equal(made.items[0]->state, "new");
    assert_int_equal(corm_state(made.items[0]), CORM_STATE_PERSISTENT);
    assert_ptr_equal(corm_get(session, Item, 3), made.items[0]);
    made.items[0]->points = 2;
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(made.items[0]), CORM_STATE_TRANSIENT);
    assert_null(corm_get(session, Item, 3));
    assert_stored(session, "0", "SELECT count(*) FROM items");
}

static void an_inserted_object_may_be_added_again_after_a_rollback(void **state)
{
    corm_session *session = *state;
    Item rows[1];
    assert_ok(session, corm_rows_blank(session, Item, rows, 1));
    rows[0].name = "a";
    rows[0].balance = corm_decimal_of("0");
    rows[0].small = 0;
    Item *item = corm_insert_returning(session, Item, rows, 1).items[0];
    assert_int_equal(item->id, 1);
    item->points = 4;
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_true(corm_is_unset(item, Item_.id)); /* as of one that corm_new has made */
    assert_true(corm_is_unset(item, Item_.twice));
    assert_true(corm_is_unset(item, Item_.state));
    assert_int_equal(item->points, 4);
    assert_ok(session, corm_add(session, item));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|a|4|8", "SELECT id, name, points, twice FROM items");
}

static void an_object_whose_row_had_gone_has_the_new_one(void **state)
{
    corm_session *session = *state;
    User *ann = new_user(session, "ann");
    assert_ok(session, corm_add(session, ann));
    assert_ok(session, corm_commit(session));
    ann = corm_get(session, User, 1);
    run_sql(session, "DELETE FROM users");
    User users[1] = {{.id = 1, .username = "zoe", .email = "z@x"}};
    assert_int_equal(corm_insert_all(session, User, users, 1), 1);
    assert_string_equal(ann->username, "zoe");
}

/* ---- Errors ------------------------------------------------------------------------------------- */

static Item fine(const char *name)
{
    Item item = {.name = name, .state = "s"};
    return item;
}

static void a_value_that_does_not_fit_is_named_and_nothing_is_written(void **state)
{
    corm_session *session = *state;
    static const unsigned char bytes[5] = {1, 2, 3, 4, 5};
#define assert_misfit(status_, part_, assignment_)                                                 \
    do {                                                                                           \
        Item items[3] = {fine("a"), fine("b"), fine("c")};                                         \
        items[2] assignment_;                                                                      \
        record(session);                                                                           \
        assert_refused(status_, part_, corm_insert_all(session, Item, items, 3));                  \
        assert_no_sql();                                                                           \
        assert_int_equal(items[0].id, 0);                                                          \
    } while (0)
    assert_misfit(CORM_DATA, "items.name: ", .name = "longer than ten");
    assert_misfit(CORM_DATA, "at most 10 (rows[2])", .name = "longer than ten");
    assert_misfit(CORM_NOT_NULL, "items.name is NULL, but must have a value (rows[2])",
                  .name = NULL);
    assert_misfit(CORM_DATA, "items.seen: ", .seen = corm_some(corm_date_of(2026, 2, 30)));
    assert_misfit(CORM_DATA, "items.balance: ", .balance = corm_decimal_of("1.234"));
    assert_misfit(CORM_DATA, "items.level: ", .level = (Level)7);
    assert_misfit(CORM_DATA, "items.picture: ", .picture = ((corm_blob){bytes, sizeof bytes}));
    assert_misfit(CORM_REFUSED, "items.points: the integer 3 is refused: an odd number (rows[2])",
                  .points = 3);
    Item blank[2];
    assert_ok(session, corm_rows_blank(session, Item, blank, 2));
    blank[0] = fine("a");
    blank[1].name = "b";
    assert_refused(CORM_NOT_NULL, "items.balance is NULL, but must have a value (rows[1])",
                   corm_insert_all(session, Item, blank, 2));
    assert_ok(session, corm_commit(session)); /* nothing blocks */
}

static void a_statement_that_fails_takes_all_rows_back(void **state)
{
    corm_session *session = *state;
    Item items[3] = {fine("a"), fine("b"), fine("a")};
    assert_refused(CORM_UNIQUE,
                   "items.name = 'a': there is a row with this already, and it must be unique "
                   "(rows[2])",
                   corm_insert_all(session, Item, items, 3));
    assert_int_equal(items[0].id, 0);
    assert_int_equal(items[1].id, 0);
    assert_int_equal(corm_flush(session), CORM_OK);
    assert_int_equal(corm_insert_all(session, Item, items, 1), -1);
    assert_int_equal(corm_last_status(), CORM_PENDING_ROLLBACK);
    assert_ok(session, corm_rollback(session));
    assert_stored(session, "0", "SELECT count(*) FROM items");

    items[2] = fine("c");
    items[2].points = 5000;
    assert_refused(CORM_CHECK,
                   "items.points = 5000: the check \"points < 1000\" is not met (rows[2])",
                   corm_insert_all(session, Item, items, 3));
    assert_ok(session, corm_rollback(session));

    Pet pets[1] = {{.id = "p", .name = "x"}};
    assert_refused(CORM_FOREIGN_KEY,
                   "pets.owner_id = '00000000-0000-0000-0000-000000000000': no owners.id "
                   "'00000000-0000-0000-0000-000000000000' (rows[0])",
                   corm_insert_all(session, Pet, pets, 1));
    assert_ok(session, corm_rollback(session));

    Item numbered[1];
    assert_ok(session, corm_rows_blank(session, Item, numbered, 1));
    numbered[0].name = "n";
    numbered[0].balance = corm_decimal_of("0");
    numbered[0].small = 0;
    numbers = -1;
    assert_refused(CORM_DATA, "items.number: no numbers left (rows[0])",
                   corm_insert_all(session, Item, numbered, 1));
    assert_ok(session, corm_rollback(session));
    run_sql(session,
            "CREATE TRIGGER swallow BEFORE INSERT ON items BEGIN SELECT RAISE(IGNORE); END");
    assert_refused(CORM_DATABASE, "items: the INSERT of rows[0] stored no row",
                   corm_insert_all(session, Item, items, 1));
    assert_ok(session, corm_rollback(session));
}

static void a_stream_over_the_table_is_not_disturbed(void **state)
{
    corm_session *session = *state;
    (void)user_with_posts(session, "ann", 3);
    assert_ok(session, corm_commit(session));
    corm_stream *stream = corm_stream_open(session, Post);
    assert_non_null(corm_stream_next(stream));
    Post posts[1] = {{.title = "x", .user_id = 1}};
    assert_refused(CORM_MISUSE, "no row can be inserted while a stream reads the table",
                   corm_insert_all(session, Post, posts, 1));
    assert_int_equal(corm_stream_close(stream), CORM_OK);
}

static void wrong_arguments_are_told(void **state)
{
    corm_session *session = *state;
    User users[1] = {{.username = "x"}};
    User *none = NULL;
    assert_int_equal(corm_rows_insert(NULL, NULL), -1);
    assert_refused(CORM_NULL_ARGUMENT, "corm_insert_all: the rows are NULL",
                   corm_insert_all(session, Item, (Item *)NULL, 1));
    assert_refused(CORM_WRONG_MODEL, "corm_insert_all: User is no model of schema shop",
                   corm_insert_all(session, User, users, 1));
    assert_status(session, CORM_NULL_ARGUMENT, corm_rows_blank(session, User, none, 1));
    assert_message(session, "corm_rows_blank: the session or the rows are NULL");
    assert_status(session, CORM_WRONG_MODEL, corm_rows_blank(session, User, users, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(every_struct_becomes_a_row_and_gets_its_key),
        BOTH_TEST(members_left_unset_come_from_defaults),
        SHOP_TEST(zero_is_a_value),
        BOTH_TEST(keys_that_a_function_makes_are_written_back),
        BOTH_TEST(rows_of_models_that_inherit_are_written_into_their_tables),
        BLOG_TEST(many_rows_need_no_more_memory_than_one),
        BLOG_TEST(what_is_pending_goes_first),
        BLOG_TEST(loaded_collections_see_the_new_rows),
        BOTH_TEST(an_insert_hands_out_objects_in_the_order_of_the_array),
        BOTH_TEST(an_inserted_object_may_be_added_again_after_a_rollback),
        BLOG_TEST(an_object_whose_row_had_gone_has_the_new_one),
        SHOP_TEST(a_value_that_does_not_fit_is_named_and_nothing_is_written),
        BOTH_TEST(a_statement_that_fails_takes_all_rows_back),
        BLOG_TEST(a_stream_over_the_table_is_not_disturbed),
        SHOP_TEST(wrong_arguments_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
