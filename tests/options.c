/* options: what COLUMN and MODEL say about the table: names, checks, collations, STRICT, WITHOUT
 * ROWID, unique constraints and indexes over several columns. */
#define CORM_NO_ROW_CHECKS  /* what the compiler would refuse is refused here when it is opened */
#define CORM_IMPLEMENTATION /* here: the tests look inside */
#include "corm_sqlite.h"
#include "support.h"

/* ---- Models --------------------------------------------------------------------------------------- */

/* clang-format off */
#define MAKER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,    .name = "MakerId", .primary_key = true)                                 \
    COLUMN(TEXT,    title, .name = "Maker Name", .length = 20, .collate = "NOCASE", .unique = true)\
    RELATIONSHIP(ONE_TO_MANY, products, Product, maker, .order_by = corm_by(Product, price))

#define PRODUCT(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,       .name = "ProductId", .primary_key = true)                  \
    COLUMN(TEXT,              title)                                                               \
    COLUMN(INTEGER,           price,    .name = "unit_price", .check = "unit_price >= 0",          \
                                        .index = true)                                             \
    COLUMN(OPTIONAL(INTEGER), sale,     .name = "sale_price",                                      \
                                        .check = "\"sale_price\" < unit_price AND 'title' <> ''")  \
    COLUMN(INTEGER,           maker_id, .name = "MakerId", .references = corm_ref(Maker, id))      \
    RELATIONSHIP(MANY_TO_ONE, maker, Maker, products,                                              \
                 .foreign_key = corm_ref(Product, maker_id))

#define SHOP(MODEL)                                                                                \
    MODEL(Product, "products", PRODUCT)                                                            \
    MODEL(Maker,   "makers",   MAKER, .check = "\"Maker Name\" <> 'MakerId'")

/* Members that only case tells apart, and names that are exchanged. */
#define SWAP(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,  .primary_key = true)                                                      \
    COLUMN(INTEGER, a,   .name = "b")                                                              \
    COLUMN(INTEGER, b,   .name = "a")                                                              \
    COLUMN(INTEGER, A,   .name = "c")                                                              \
    COLUMN(OPTIONAL(INTEGER), up, .references = corm_ref(Swap, id))                                \
    RELATIONSHIP(ONE_TO_MANY, parts, Swap, BACKREF(whole), .order_by = corm_by(Swap, A))
#define SWAPS(MODEL) MODEL(Swap, "swap", SWAP)

#define LIKE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,      .primary_key = true)                                                  \
    COLUMN(INTEGER, user_id, .name = "UserId")                                                     \
    COLUMN(INTEGER, post_id, .index = true)                                                        \
    COLUMN(BOOLEAN, hidden,  .default_value = corm_default(false))
#define SEAT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(TEXT,    hall,  .primary_key = true, .length = 10)                                      \
    COLUMN(INTEGER, row,   .primary_key = true)                                                    \
    COLUMN(DATE,    since)                                                                         \
    COLUMN(BOOLEAN, best)                                                                          \
    COLUMN(DECIMAL(6, 2), price, .check = "price >= 100")                                          \
    COLUMN(OPTIONAL(REAL), weight)
#define BOOKING(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id,     .primary_key = true)                                                   \
    COLUMN(INTEGER, starts)                                                                        \
    COLUMN(OPTIONAL(INTEGER), ends)
#define CODE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, number, .primary_key = true)                                                   \
    COLUMN(OPTIONAL(TEXT), text)
#define TICKETS(MODEL)                                                                             \
    MODEL(Like, "likes", LIKE,                                                                     \
          .unique = {corm_columns(Like, user_id, post_id), corm_columns(Like, id, hidden)},        \
          .indexes = {corm_index(Like, (post_id, hidden)),                                         \
                      corm_index(Like, (user_id), .unique = true, .where = "hidden = 1",           \
                                 .name = "one_hidden")})                                           \
    MODEL(Seat, "seats", SEAT, .strict = true, .without_rowid = true)                              \
    MODEL(Booking, "bookings", BOOKING, .check = "ends > starts")                                  \
    MODEL(Code, "codes", CODE, .without_rowid = true)

/* Declared wrongly, one schema each. */
#define W_NAME(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(INTEGER, size, .name = "")
#define W_TWICE(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(INTEGER, size, .name = "ID")
#define W_CHECK(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(INTEGER, size, .check = "")
#define W_COLLATE(COLUMN, RELATIONSHIP)                                                            \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(DECIMAL(5, 2), size, .collate = "NOCASE")
#define W_COLLATE_EMPTY(COLUMN, RELATIONSHIP)                                                      \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(TEXT, size, .collate = "")
#define W_COLLATE_KEY(COLUMN, RELATIONSHIP)                                                        \
    COLUMN(TEXT, code, .primary_key = true, .collate = "NOCASE")                                   \
    COLUMN(OPTIONAL(TEXT), up, .references = corm_ref(WCollateKey, code))
#define W_COLLATE_REF(COLUMN, RELATIONSHIP)                                                        \
    COLUMN(TEXT, code, .primary_key = true)                                                        \
    COLUMN(OPTIONAL(TEXT), up, .collate = "NOCASE", .references = corm_ref(WCollateRef, code))
#define PLAIN(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(INTEGER, size) COLUMN(INTEGER, z)
#define AUTO(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true, .autoincrement = true)
#define NINE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, a, .primary_key = true)                                                        \
    COLUMN(INTEGER, b) COLUMN(INTEGER, c) COLUMN(INTEGER, d) COLUMN(INTEGER, e)                    \
    COLUMN(INTEGER, f) COLUMN(INTEGER, g) COLUMN(INTEGER, h) COLUMN(INTEGER, i)
#define INDEXED(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(INTEGER, b_c, .index = true)
#define S_AUTO(MODEL) MODEL(WAuto, "w", AUTO, .without_rowid = true)
#define S_TABLE_CHECK(MODEL) MODEL(WTableCheck, "w", PLAIN, .check = "")
#define S_ANOTHER(MODEL)                                                                           \
    MODEL(WAnother, "w", PLAIN, .unique = {corm_columns(WOther, id, size)})                        \
    MODEL(WOther, "o", PLAIN)
#define S_REPEAT(MODEL) MODEL(WRepeat, "w", PLAIN, .unique = {corm_columns(WRepeat, z, size, z)})
#define S_NINE(MODEL)                                                                              \
    MODEL(WNine, "w", NINE, .indexes = {corm_index(WNine, (a, b, c, d, e, f, g, h, i))})
#define S_WHERE(MODEL) MODEL(WWhere, "w", PLAIN, .indexes = {corm_index(WWhere, (z), .where = "")})
#define S_SAME(MODEL)                                                                              \
    MODEL(WSame, "w", PLAIN,                                                                       \
          .indexes = {corm_index(WSame, (z)), corm_index(WSame, (size), .name = "IX_w_z")})
#define S_SAME_TABLES(MODEL)                                                                       \
    MODEL(WSameA, "a", INDEXED)                                                                    \
    MODEL(WSameB, "a_b", PLAIN, .indexes = {corm_index(WSameB, (size), .name = "ix_a_b_c")})
#define S_NAME(MODEL) MODEL(WName, "w", W_NAME)
#define S_TWICE(MODEL) MODEL(WTwice, "w", W_TWICE)
#define S_CHECK(MODEL) MODEL(WCheck, "w", W_CHECK)
#define S_COLLATE(MODEL) MODEL(WCollate, "w", W_COLLATE)
#define S_COLLATE_EMPTY(MODEL) MODEL(WCollateEmpty, "w", W_COLLATE_EMPTY)
#define S_COLLATE_KEY(MODEL) MODEL(WCollateKey, "w", W_COLLATE_KEY)
#define S_COLLATE_REF(MODEL) MODEL(WCollateRef, "w", W_COLLATE_REF)
/* clang-format on */

CORM_SCHEMA(shop, SHOP)
CORM_SCHEMA(swaps, SWAPS)
CORM_SCHEMA(tickets, TICKETS)
CORM_SCHEMA(w_auto, S_AUTO)
CORM_SCHEMA(w_table_check, S_TABLE_CHECK)
CORM_SCHEMA(w_another, S_ANOTHER)
CORM_SCHEMA(w_repeat, S_REPEAT)
CORM_SCHEMA(w_nine, S_NINE)
CORM_SCHEMA(w_where, S_WHERE)
CORM_SCHEMA(w_same, S_SAME)
CORM_SCHEMA(w_same_tables, S_SAME_TABLES)
CORM_SCHEMA(w_name, S_NAME)
CORM_SCHEMA(w_twice, S_TWICE)
CORM_SCHEMA(w_check, S_CHECK)
CORM_SCHEMA(w_collate, S_COLLATE)
CORM_SCHEMA(w_collate_empty, S_COLLATE_EMPTY)
CORM_SCHEMA(w_collate_key, S_COLLATE_KEY)
CORM_SCHEMA(w_collate_ref, S_COLLATE_REF)

static int open_shop(void **state)
{
    *state = memory_session(&shop);
    return *state == NULL;
}

static int open_tickets(void **state)
{
    *state = memory_session(&tickets);
    return *state == NULL;
}

#define TICKETS_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_tickets, close_session)
#define SHOP_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_shop, close_session)

static Maker *new_maker(corm_session *session, const char *title)
{
    Maker *maker = corm_new(session, Maker, .title = title);
    assert_got(session, maker);
    assert_ok(session, corm_add(session, maker));
    return maker;
}

static Product *new_product(corm_session *session, Maker *maker, const char *title, int64_t price)
{
    Product *product = corm_new(session, Product, .title = title, .price = price);
    assert_got(session, product);
    assert_ok(session, Maker_products_append(maker, product));
    return product;
}

/* What opening a schema says. */
static void assert_refused(const corm_schema *schema, const char *part)
{
    corm_engine *engine = corm_sqlite_engine(":memory:", schema, NULL);
    assert_non_null(engine);
    assert_int_equal(corm_engine_status(engine), CORM_MODEL);
    assert_part(corm_engine_message(engine), part);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

/* ---- Names ---------------------------------------------------------------------------------------- */

static void the_name_of_a_column_is_used_in_every_statement(void **state)
{
    corm_session *session = *state;
    Maker *maker = new_maker(session, "Acme");
    Product *pen = new_product(session, maker, "Pen", 5);
    (void)new_product(session, maker, "Ink", 3);
    start_afresh(session);
    assert_stored(session, "Pen|5|1;Ink|3|1",
                  "SELECT title, unit_price, MakerId FROM products ORDER BY ProductId");
    pen = corm_one(session, Product,
                   .where = corm_and(corm_eq(Product_.maker_id, 1), corm_gt(Product_.price, 4)),
                   .order_by = corm_desc(Product_.sale));
    assert_got(session, pen);
    assert_string_equal(Product_maker(pen)->title, "Acme");
    pen->price = 6;
    pen->sale = corm_some(2);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "6|2",
                  "SELECT unit_price, sale_price FROM products WHERE ProductId = 1");
    maker = corm_get(session, Maker, 1);
    Product_list products = Maker_products(maker);
    assert_int_equal(products.count, 2);
    assert_string_equal(products.items[0]->title, "Ink"); /* .order_by goes by the member */
    assert_ok(session, corm_delete(session, products.items[0]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1", "SELECT count(*) FROM products");
    assert_ok(session, corm_check_tables(session));
}

static void the_ddl_has_the_names_of_columns(void **state)
{
    (void)state;
    char *ddl = corm_ddl(&shop, corm_sqlite_dialect(), NULL);
    assert_non_null(ddl);
    assert_part(ddl, "\"MakerId\" INTEGER PRIMARY KEY,\n    \"Maker Name\" VARCHAR(20) COLLATE "
                     "\"NOCASE\" NOT NULL UNIQUE");
    assert_part(ddl, "\"MakerId\" INTEGER NOT NULL REFERENCES \"makers\" (\"MakerId\")");
    assert_part(ddl, "CREATE INDEX IF NOT EXISTS \"ix_products_unit_price\" ON \"products\" "
                     "(\"unit_price\")");
    corm_ddl_free(ddl);
}

static void names_may_be_exchanged(void **state)
{
    corm_session *session = memory_session(&swaps);
    *state = (corm_session_close(*state), session);
    Swap *whole = corm_new(session, Swap, .a = 1, .b = 2, .A = 3);
    assert_ok(session, Swap_parts_append(whole, corm_new(session, Swap, .a = 4, .b = 5, .A = 9)));
    assert_ok(session, Swap_parts_append(whole, corm_new(session, Swap, .a = 7, .b = 8, .A = 6)));
    assert_ok(session, corm_add(session, whole));
    start_afresh(session);
    assert_stored(session, "2|1|3", "SELECT a, b, c FROM swap WHERE id = 1");
    whole = corm_get(session, Swap, 1);
    assert_true(whole->a == 1 && whole->b == 2 && whole->A == 3);
    assert_true(Swap_parts(whole).items[0]->A == 6);
}

static void messages_name_the_column_of_the_table(void **state)
{
    corm_session *session = *state;
    Maker *maker = new_maker(session, "a name of more than twenty characters");
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "makers.Maker Name: ");
    assert_ok(session, corm_rollback(session));
    maker->title = "Acme";
    assert_ok(session, corm_add(session, maker));
    Product *lost = corm_new(session, Product, .title = "Lost", .price = 1, .maker_id = 99);
    assert_ok(session, corm_add(session, lost));
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session, "products.MakerId = 99: no makers.MakerId 99 (inserting Product "
                            "\"Lost\")");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_add(session, corm_new(session, Product, .title = "New", .price = 1)));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "products.MakerId is NULL");
    assert_ok(session, corm_rollback(session));
    run_sql(session, "INSERT INTO makers VALUES (7, 'x')");
    run_sql(session, "INSERT INTO products VALUES (1, 'bad', 'no number', NULL, 7)");
    assert_null(corm_get(session, Product, 1));
    assert_message(session, "products.unit_price: ");
}

/* ---- Checks --------------------------------------------------------------------------------------- */

static void a_check_names_table_column_value_and_object(void **state)
{
    corm_session *session = *state;
    Product *pen = new_product(session, new_maker(session, "Acme"), "Pen", -1);
    assert_status(session, CORM_CHECK, corm_flush(session));
    assert_message(session, "products.unit_price = -1: the check \"unit_price >= 0\" is not met "
                            "(inserting Product \"Pen\")");
    assert_ok(session, corm_rollback(session));
    pen->price = 4;
    assert_ok(session, corm_add(session, pen));
    assert_ok(session, corm_commit(session));
    pen->price = -2;
    assert_status(session, CORM_CHECK, corm_commit(session));
    assert_message(session, "products.unit_price = -2: the check \"unit_price >= 0\" is not met "
                            "(updating Product \"Pen\")");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(pen->price, 4);
}

static void a_check_names_every_column_that_it_speaks_of(void **state)
{
    corm_session *session = *state;
    Product *pen = new_product(session, new_maker(session, "Acme"), "Pen", 5);
    pen->sale = corm_some(5);
    assert_status(session, CORM_CHECK, corm_flush(session));
    assert_message(session, "products.unit_price, products.sale_price = 5, 5: the check \"\"sale_");
    assert_ok(session, corm_rollback(session));
    (void)new_maker(session, "MakerId"); /* a name of several words is one column; a text is none */
    assert_status(session, CORM_CHECK, corm_flush(session));
    assert_message(session, "makers.Maker Name = 'MakerId': the check \"\"Maker Name\" <> ");
    assert_ok(session, corm_rollback(session));
}

static void null_meets_a_check(void **state)
{
    corm_session *session = *state;
    (void)new_product(session, new_maker(session, "Acme"), "Pen", 5);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "NULL", "SELECT sale_price FROM products");
}

static void a_check_of_somebody_else_is_told_in_the_databases_words(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_drop_all(session));
    run_sql(session,
            "CREATE TABLE makers (MakerId INTEGER PRIMARY KEY, \"Maker Name\" TEXT NOT NULL"
            " CONSTRAINT ck_makers_short CHECK (length(\"Maker Name\") < 3))");
    assert_ok(session, corm_commit(session));
    (void)new_maker(session, "Acme");
    assert_status(session, CORM_CHECK, corm_commit(session));
    assert_message(session, "ck_makers_short (inserting Maker \"Acme\")");
    assert_ok(session, corm_rollback(session));
}

/* ---- Collations ----------------------------------------------------------------------------------- */

static void a_collation_is_how_the_database_compares(void **state)
{
    corm_session *session = *state;
    (void)new_maker(session, "acme");
    (void)new_maker(session, "Basic");
    start_afresh(session);
    assert_true(corm_count(session, Maker, .where = corm_eq(Maker_.title, "ACME")) == 1);
    Maker_list sorted = corm_all(session, Maker, .order_by = corm_asc(Maker_.title));
    assert_string_equal(sorted.items[0]->title, "acme");
    (void)new_maker(session, "ACME");
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_message(session, "makers.Maker Name = 'ACME': there is a row with this already");
    assert_ok(session, corm_rollback(session));
}

/* ---- Tables --------------------------------------------------------------------------------------- */

static void the_ddl_has_the_options_of_the_table(void **state)
{
    static const char *const parts[] = {
        "UNIQUE (\"UserId\", \"post_id\"),\n    UNIQUE (\"id\", \"hidden\")\n);\n"
        "CREATE INDEX IF NOT EXISTS \"ix_likes_post_id\" ON \"likes\" (\"post_id\");\n"
        "CREATE INDEX IF NOT EXISTS \"ix_likes_post_id_hidden\" ON \"likes\" (\"post_id\", "
        "\"hidden\");\n"
        "CREATE UNIQUE INDEX IF NOT EXISTS \"one_hidden\" ON \"likes\" (\"UserId\") WHERE hidden "
        "= 1;\n",
        "\"hall\" TEXT NOT NULL,\n    \"row\" INTEGER NOT NULL,\n    \"since\" TEXT NOT NULL,\n"
        "    \"best\" INTEGER NOT NULL,\n    \"price\" INTEGER NOT NULL CONSTRAINT "
        "\"ck_seats_price\" CHECK (price >= "
        "100),\n    \"weight\" REAL,\n"
        "    PRIMARY KEY (\"hall\", \"row\")\n) STRICT, WITHOUT ROWID;",
        "CONSTRAINT \"ck_bookings\" CHECK (ends > starts)\n);",
        "\"number\" INTEGER NOT NULL PRIMARY KEY,\n    \"text\" TEXT\n) WITHOUT ROWID;"};
    (void)state;
    char *ddl = corm_ddl(&tickets, corm_sqlite_dialect(), NULL);
    assert_non_null(ddl);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_part(ddl, parts[i]);
    corm_ddl_free(ddl);
}

static void a_database_without_such_tables_refuses_them(void **state)
{
    (void)state;
    corm_dialect old = *corm_sqlite_dialect();
    corm_error error;
    old.strict = NULL;
    assert_null(corm_ddl(&tickets, &old, &error));
    assert_int_equal(error.status, CORM_MODEL);
    assert_part(error.message, "Seat: .strict: sqlite, or this version of it, has no such tables");
    old.strict = ""; /* all tables are */
    old.without_rowid = NULL;
    assert_null(corm_ddl(&tickets, &old, &error));
    assert_part(error.message, "Seat: .without_rowid: ");
    old.without_rowid = "";
    char *ddl = corm_ddl(&tickets, &old, &error);
    assert_part(ddl, "PRIMARY KEY (\"hall\", \"row\")\n);");
    corm_ddl_free(ddl);

    corm_adapter adapter = corm_sqlite__adapter;
    adapter.dialect = &old;
    old.strict = NULL;
    adapter.free_config = NULL;
    corm_engine *engine = corm_engine_open(&adapter, NULL, &tickets, NULL);
    assert_non_null(engine);
    assert_int_equal(corm_engine_status(engine), CORM_MODEL);
    assert_part(corm_engine_message(engine), "Seat: .strict: ");
    corm_session *session = corm_session_open(engine, NULL);
    assert_status(session, CORM_MODEL, corm_create_all(session));
    corm_session_close(session);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

static void every_kind_fits_a_strict_table_without_rowid(void **state)
{
    corm_session *session = *state;
    Seat *seat = corm_new(session, Seat, .hall = "big", .row = 4, .best = true,
                          .since = corm_date_of(2024, 2, 29), .price = corm_decimal_of("12.5"));
    assert_ok(session, corm_add(session, seat));
    start_afresh(session);
    assert_stored(session, "text|integer|null",
                  "SELECT typeof(since), typeof(price), typeof(weight) FROM seats");
    seat = corm_get(session, Seat, "big", 4);
    assert_got(session, seat);
    assert_int_equal(seat->since.day, 29);
    seat->weight = corm_some(1.5);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1.5", "SELECT weight FROM seats");
    assert_ok(session, corm_check_tables(session));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_create_all(session));
}

/* A check works with what is stored, and the message has both. */
static void a_check_of_a_decimal_tells_the_number_and_its_units(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Seat, .hall = "big", .row = 1,
                                                  .best = false, .since = corm_date_of(2024, 1, 1),
                                                  .price = corm_decimal_of("-0.5"))));
    assert_status(session, CORM_CHECK, corm_flush(session));
    assert_message(session,
                   "seats.price = -0.50 (stored as -50): the check \"price >= 100\" is not "
                   "met (inserting Seat");
    assert_ok(session, corm_rollback(session));
}

static void a_table_without_rowid_takes_its_key_from_the_program(void **state)
{
    corm_session *session = *state;
    Code *code = corm_new(session, Code, .text = "lost");
    assert_ok(session, corm_add(session, code));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "codes.number is NULL, but must have a value");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_add(session, corm_new(session, Code, .number = 7, .text = "x")));
    start_afresh(session);
    code = corm_get(session, Code, 7);
    assert_got(session, code);
    assert_ptr_equal(corm_first(session, Code), code);
    assert_ok(session, corm_delete(session, code));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "0", "SELECT count(*) FROM codes");
}

static void a_check_of_the_table_names_its_columns(void **state)
{
    corm_session *session = *state;
    Booking *booking = corm_new(session, Booking, .id = 3, .starts = 5, .ends = corm_some(4));
    assert_ok(session, corm_add(session, booking));
    assert_status(session, CORM_CHECK, corm_flush(session));
    assert_message(session, "bookings.starts, bookings.ends = 5, 4: the check \"ends > starts\" is "
                            "not met (inserting Booking 3)");
    assert_ok(session, corm_rollback(session));
    booking->ends = corm_none(INTEGER);
    assert_ok(session, corm_add(session, booking));
    assert_ok(session, corm_commit(session));
}

static void unique_columns_are_told_together_with_their_values(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Like, .user_id = 1, .post_id = 2)));
    assert_ok(session, corm_add(session, corm_new(session, Like, .user_id = 1, .post_id = 3)));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_add(session, corm_new(session, Like, .user_id = 1, .post_id = 3)));
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_message(session, "likes.UserId, likes.post_id = 1, 3: there is a row with this already");
    assert_ok(session, corm_rollback(session));
}

static void a_partial_index_counts_for_its_rows_only(void **state)
{
    corm_session *session = *state;
    for (int64_t post = 1; post <= 3; post++)
        assert_ok(session, corm_add(session, corm_new(session, Like, .user_id = 1, .post_id = post,
                                                      .hidden = post == 3)));
    assert_ok(session, corm_commit(session));
    Like *second = corm_one(session, Like, .where = corm_eq(Like_.post_id, 2));
    second->hidden = true;
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_message(session, "likes.UserId = 1: there is a row with this already");
    assert_ok(session, corm_rollback(session));
    assert_false(second->hidden);
}

static void indexes_that_are_missing_are_made(void **state)
{
    corm_session *session = *state;
    run_sql(session, "DROP INDEX one_hidden");
    run_sql(session, "DROP INDEX ix_likes_post_id_hidden");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_create_all(session));
    assert_stored(session, "ix_likes_post_id;ix_likes_post_id_hidden;one_hidden",
                  "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
                  " ORDER BY name");
}

/* ---- What is refused ------------------------------------------------------------------------------ */

static void wrong_options_of_columns_are_refused(void **state)
{
    (void)state;
    assert_refused(&w_name, "WName.size: .name is empty");
    assert_refused(&w_twice, "WTwice.size: there is a column id already");
    assert_refused(&w_check, "WCheck.size: .check is empty: write a condition like \"size > 0\"");
    assert_refused(&w_collate, "WCollate.size: .collate is for text, not for DECIMAL(5, 2)");
    assert_refused(&w_collate_empty, "WCollateEmpty.size: .collate is empty");
    assert_refused(&w_collate_key, "WCollateKey.code: .collate, but WCollateKey.up refers to "
                                   "WCollateKey.code, and keys are told apart by their bytes");
    assert_refused(&w_collate_ref, "WCollateRef.up: .collate, but WCollateRef.up refers to");
}

static void wrong_options_of_tables_are_refused(void **state)
{
    (void)state;
    assert_refused(&w_auto, "WAuto.id: .autoincrement, but a .without_rowid table numbers no keys");
    assert_refused(&w_table_check, "WTableCheck: .check is empty");
    assert_refused(&w_another, "WAnother: .unique names columns of WOther: write it at the MODEL");
    assert_refused(&w_repeat, "WRepeat: .unique names z twice");
    assert_refused(&w_nine, "WNine: corm_index has more than 8 columns");
    assert_refused(&w_where, "WWhere: corm_index(WWhere, (z)): .where is empty");
    assert_refused(&w_same, "WSame and WSame would both have the index IX_w_z");
    assert_refused(&w_same_tables, "WSameA and WSameB would both have the index ix_a_b_c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHOP_TEST(the_name_of_a_column_is_used_in_every_statement),
        cmocka_unit_test(the_ddl_has_the_names_of_columns),
        SHOP_TEST(names_may_be_exchanged),
        SHOP_TEST(messages_name_the_column_of_the_table),
        SHOP_TEST(a_check_names_table_column_value_and_object),
        SHOP_TEST(a_check_names_every_column_that_it_speaks_of),
        SHOP_TEST(null_meets_a_check),
        SHOP_TEST(a_check_of_somebody_else_is_told_in_the_databases_words),
        SHOP_TEST(a_collation_is_how_the_database_compares),
        cmocka_unit_test(the_ddl_has_the_options_of_the_table),
        cmocka_unit_test(a_database_without_such_tables_refuses_them),
        TICKETS_TEST(every_kind_fits_a_strict_table_without_rowid),
        TICKETS_TEST(a_check_of_a_decimal_tells_the_number_and_its_units),
        TICKETS_TEST(a_table_without_rowid_takes_its_key_from_the_program),
        TICKETS_TEST(a_check_of_the_table_names_its_columns),
        TICKETS_TEST(unique_columns_are_told_together_with_their_values),
        TICKETS_TEST(a_partial_index_counts_for_its_rows_only),
        TICKETS_TEST(indexes_that_are_missing_are_made),
        cmocka_unit_test(wrong_options_of_columns_are_refused),
        cmocka_unit_test(wrong_options_of_tables_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
