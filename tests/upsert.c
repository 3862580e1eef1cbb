/* upsert: a new row that conflicts with one that is there is left out, or updates it. */
#include "allocators.h"

#define CORM_IMPLEMENTATION /* here: the tests look inside */
#include "corm_sqlite.h"
#include "support.h"

static bool stamp(const void *object, corm_value *out, corm_conversion *conversion);
static bool change(const void *object, corm_value *out, corm_conversion *conversion);

/* clang-format off */
#define ITEM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              code,    .unique = true)                                             \
    COLUMN(OPTIONAL(TEXT),    area)                                                                \
    COLUMN(OPTIONAL(INTEGER), place)                                                               \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(INTEGER,           stock)                                                               \
    COLUMN(INTEGER,           twice,   .generated = "stock * 2")                                   \
    COLUMN(OPTIONAL(TEXT),    stamped, .update_function = stamp)                                   \
    COLUMN(INTEGER,           version, .version = true)                                            \
    COLUMN(OPTIONAL(INTEGER), box_id,  .references = corm_ref(Box, id))                            \
    RELATIONSHIP(MANY_TO_ONE, box, Box, items)
#define BOX(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(ONE_TO_MANY, items, Item, box)
#define PAIR(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(TEXT,    key,   .primary_key = true)                                                    \
    COLUMN(INTEGER, part,  .primary_key = true)                                                    \
    COLUMN(TEXT,    value)
#define TOKEN(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(UUID,    id,    .primary_key = true, .default_function = corm_default_uuid)             \
    COLUMN(TEXT,    name,  .unique = true)                                                         \
    COLUMN(INTEGER, uses)
#define LABEL(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,    .primary_key = true)                                          \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(TEXT),    slug,  .generated = "lower(name)", .unique = true)                   \
    COLUMN(OPTIONAL(INTEGER), place, .server_default = "7", .unique = true)                        \
    COLUMN(INTEGER,           uses)
#define STAFF(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(TEXT,    kind)                                                                          \
    COLUMN(TEXT,    name,  .unique = true)                                                         \
    COLUMN(INTEGER, age)                                                                           \
    COLUMN(INTEGER, version, .version = true)
#define BOSS(COLUMN, RELATIONSHIP) STAFF(COLUMN, CORM_INHERITED)                                   \
    COLUMN(TEXT,    title)                                                                         \
    COLUMN(OPTIONAL(TEXT), badge,   .unique = true)                                                \
    COLUMN(OPTIONAL(TEXT), changed, .update_function = change)                                     \
    COLUMN(OPTIONAL(TEXT), shown,   .generated = "upper(title)")                                   \
    COLUMN(INTEGER,        room,    .server_default = "3 + 4")
#define CLERK(COLUMN, RELATIONSHIP) STAFF(COLUMN, CORM_INHERITED)                                  \
    COLUMN(OPTIONAL(INTEGER), desk)
#define STORE(MODEL)                                                                               \
    MODEL(Box,   "boxes",  BOX)                                                                    \
    MODEL(Item,  "items",  ITEM, .unique = {corm_columns(Item, area, place)},                      \
          .indexes = {corm_index(Item, (name), .unique = true, .where = "stock > 0"),              \
                      corm_index(Item, (name, stock), .unique = true)})                            \
    MODEL(Pair,  "pairs",  PAIR)                                                                   \
    MODEL(Token, "tokens", TOKEN)                                                                  \
    MODEL(Label, "labels", LABEL)                                                                  \
    MODEL(Staff, "staff",  STAFF, .discriminator = corm_member(Staff, kind), .identity = "staff")  \
    MODEL(Boss,  "bosses", BOSS,  .inherits = corm_base(Staff), .identity = "boss")                \
    MODEL(Clerk, "staff",  CLERK, .inherits = corm_base(Staff), .identity = "clerk")
/* clang-format on */

CORM_SCHEMA(store, STORE)

static bool stamp(const void *object, corm_value *out, corm_conversion *conversion)
{
    return corm_conversion_text(conversion, out, "again %s", ((const Item *)object)->code);
}

static bool change(const void *object, corm_value *out, corm_conversion *conversion)
{
    return corm_conversion_text(conversion, out, "to %s", ((const Boss *)object)->title);
}

static int open_store(void **state)
{
    *state = memory_session(&store);
    return *state == NULL;
}

static int open_without(void **state, unsigned capability)
{
    static corm_adapter adapter;
    corm_engine_options options = {.pool_size = 1};
    adapter = corm_sqlite__adapter;
    adapter.capabilities &= ~capability;
    corm_sqlite__config *config = corm_sqlite__new_config(":memory:", NULL);
    config->single = true;
    corm_session *session =
        corm_session_open_owning(corm_engine_open(&adapter, config, &store, &options));
    *state = session;
    if (corm_create_all(session) != CORM_OK)
        return 1;
    record(session);
    return 0;
}
static int open_without_returning(void **state)
{
    return open_without(state, CORM_CAN_RETURNING);
}
static int open_without_last_key(void **state)
{
    return open_without(state, CORM_CAN_LAST_KEY);
}
static int open_without_upsert(void **state)
{
    return open_without(state, CORM_CAN_UPSERT);
}

#define STORE_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_store, close_session)
/* The test runs with and without RETURNING, and as where only RETURNING tells keys. */
#define BOTH_TEST(test_)                                                                           \
    STORE_TEST(test_),                                                                             \
        {#test_ " (without RETURNING)", test_, open_without_returning, close_session, NULL},       \
    {                                                                                              \
#test_ " (without the last key)", test_, open_without_last_key, close_session, NULL        \
    }

#define assert_refused(status_, part_, call_)                                                      \
    do {                                                                                           \
        assert_int_equal((call_), -1);                                                             \
        assert_int_equal(corm_last_status(), (status_));                                           \
        assert_message(session, (part_));                                                          \
    } while (0)

/* Items a and b with 1 and 2 pieces, committed. */
static void two_items(corm_session *session)
{
    Item items[2] = {{.code = "a", .name = "ant", .stock = 1},
                     {.code = "b", .name = "bee", .stock = 2}};
    assert_int_equal(corm_insert_all(session, Item, items, 2), 2);
    assert_ok(session, corm_commit(session));
    record(session);
}

static void a_row_that_conflicts_updates_the_named_columns(void **state)
{
    corm_session *session = *state;
    corm_insertion_counts counts;
    two_items(session);
    Item items[3] = {{.code = "b", .name = "wasp", .stock = 20},
                     {.code = "c", .name = "cow", .stock = 30},
                     {.code = "b", .name = "hornet", .stock = 21}};
    assert_int_equal(
        corm_insert_all(session, Item, items, 3, .on_conflict = corm_conflict_on(Item_.code),
                        .update = corm_columns_of(Item_.name, Item_.stock), .counts = &counts),
        3);
    assert_int_equal(counts.inserted, 1);
    assert_int_equal(counts.updated, 2);
    assert_int_equal(counts.ignored, 0);
    assert_int_equal(items[0].id, 2); /* the key of the row that was there */
    assert_int_equal(items[1].id, 3);
    assert_int_equal(items[2].id, 2);
    assert_stored(session, "1|a|ant|1|NULL|1;2|b|hornet|21|again b|3;3|c|cow|30|NULL|1",
                  "SELECT id, code, name, stock, stamped, version FROM items ORDER BY id");
}

/* Which takes less than half of what it takes to have the key returned. */
static void an_integer_key_is_looked_up_in_the_columns_of_the_conflict(void **state)
{
    corm_session *session = *state;
    corm_insertion_counts counts;
    two_items(session);
    record(session);
    Item items[3] = {{.id = 77, .code = "b", .name = "wasp", .stock = 20},
                     {.id = 78, .code = "c", .name = "cow", .stock = 30},
                     {.code = "c", .name = "calf", .stock = 31}};
    assert_int_equal(corm_insert_all(session, Item, items, 3,
                                     .on_conflict = corm_conflict_on(Item_.code),
                                     .update = corm_columns_of(Item_.name)),
                     3);
    assert_ran(3, "SELECT");
    assert_string_equal(sql_of("SELECT", 0), "SELECT \"id\" FROM \"items\" WHERE \"code\" = ?1");
    assert_null(strstr(sql_of("INSERT", 0), "RETURNING"));
    assert_int_equal(items[0].id, 2);
    assert_int_equal(items[1].id, 78);
    assert_int_equal(items[2].id, 78);
    record(session);
    items[0].stock = 99;
    assert_int_equal(corm_insert_all(session, Item, items, 2,
                                     .on_conflict = corm_conflict_on(Item_.code),
                                     .update = corm_columns_of(Item_.stock), .counts = &counts),
                     2);
    assert_ran(2, "SELECT");
    assert_true(counts.updated == 2 && counts.inserted == 0);
    assert_stored(session, "2|wasp|99;78|calf|30",
                  "SELECT id, name, stock FROM items WHERE id > 1 ORDER BY id");
}

static void its_text_is_that_of_the_standard_of_two_databases(void **state)
{
    corm_session *session = *state;
    Pair pairs[1] = {{.key = "k", .part = 1, .value = "v"}};
    assert_int_equal(corm_insert_all(session, Pair, pairs, 1,
                                     .on_conflict = corm_conflict_on(Pair_.key, Pair_.part),
                                     .update = corm_columns_of(Pair_.value)),
                     1);
    assert_string_equal(sql_of("INSERT", 0),
                        "INSERT INTO \"pairs\" (\"key\", \"part\", \"value\") VALUES (?1, ?2, ?3) "
                        "ON CONFLICT (\"key\", \"part\") DO UPDATE SET \"value\" = "
                        "\"excluded\".\"value\"");
    assert_int_equal(corm_insert_all(session, Pair, pairs, 1, .ignore = true), 0);
    assert_string_equal(sql_of("INSERT", 1),
                        "INSERT INTO \"pairs\" (\"key\", \"part\", \"value\") VALUES (?1, ?2, ?3) "
                        "ON CONFLICT DO NOTHING");
    pairs[0].value = "w";
    assert_int_equal(corm_insert_all(session, Pair, pairs, 1, .ignore = true,
                                     .on_conflict = corm_conflict_on(Pair_.part, Pair_.key)),
                     0);
    assert_stored(session, "k|1|v", "SELECT key, part, value FROM pairs");
}

static void a_row_that_conflicts_may_be_left_out(void **state)
{
    corm_session *session = *state;
    corm_insertion_counts counts = {7, 7, 7};
    two_items(session);
    Item items[3] = {{.code = "a", .name = "x", .stock = 9},
                     {.code = "c", .name = "cow", .stock = 3},
                     {.code = "z", .name = "bee", .stock = 2}};
    assert_int_equal(corm_insert_all(session, Item, items, 3, .ignore = true, .counts = &counts),
                     1);
    assert_int_equal(counts.inserted, 1);
    assert_int_equal(counts.ignored, 2);
    assert_int_equal(items[0].id, 0);
    assert_int_equal(items[1].id, 3);
    /* only conflicts in these columns are foreseen */
    Item other[1] = {{.code = "y", .name = "bee", .stock = 2}};
    assert_refused(CORM_UNIQUE, "items.name",
                   corm_insert_all(session, Item, other, 1, .ignore = true,
                                   .on_conflict = corm_conflict_on(Item_.code)));
    assert_ok(session, corm_rollback(session));
}

static void objects_of_the_session_see_what_was_updated(void **state)
{
    corm_session *session = *state;
    two_items(session);
    Box box[1] = {{.name = "box"}};
    assert_int_equal(corm_insert_all(session, Box, box, 1), 1);
    Box *loaded = corm_get(session, Box, box[0].id);
    Item *b = corm_get(session, Item, 2);
    assert_int_equal(Box_items(loaded).count, 0);
    assert_null(Item_box(b));
    Item items[1] = {{.code = "b", .name = "wasp", .stock = 20, .box_id = corm_some(box[0].id)}};
    assert_int_equal(
        corm_insert_all(session, Item, items, 1, .on_conflict = corm_conflict_on(Item_.code),
                        .update = corm_columns_of(Item_.name, Item_.stock, Item_.box_id)),
        1);
    assert_string_equal(b->name, "wasp");
    assert_int_equal(b->stock, 20);
    assert_int_equal(b->twice, 40);
    assert_int_equal(b->version, 2);
    assert_string_equal(b->stamped, "again b");
    assert_ptr_equal(Item_box(b), loaded);
    assert_int_equal(Box_items(loaded).count, 1);
    assert_ok(session, corm_rollback(session));
    assert_string_equal(b->name, "bee");
    assert_int_equal(b->version, 1);
    assert_null(Item_box(b));
}

static void an_upsert_hands_out_objects_of_old_and_new_rows(void **state)
{
    corm_session *session = *state;
    two_items(session);
    assert_ok(session, corm_clear(session));
    Item items[2] = {{.code = "c", .name = "cow", .stock = 3},
                     {.code = "a", .name = "ape", .stock = 4}};
    Item_list both =
        corm_insert_returning(session, Item, items, 2, .on_conflict = corm_conflict_on(Item_.code),
                              .update = corm_columns_of(Item_.name));
    assert_int_equal(both.count, 2);
    Item *c = both.items[0], *a = both.items[1];
    assert_string_equal(c->name, "cow");
    assert_string_equal(a->name, "ape");
    assert_int_equal(a->stock, 1);
    assert_int_equal(a->id, 1);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(c), CORM_STATE_TRANSIENT);
    assert_int_equal(corm_state(a), CORM_STATE_PERSISTENT);
    assert_ok(session, corm_current(a));
    assert_string_equal(a->name, "ant");
}

static void keys_that_the_program_makes_give_way_to_stored_ones(void **state)
{
    corm_session *session = *state;
    Token first[1], again[1];
    assert_ok(session, corm_rows_blank(session, Token, first, 1));
    first[0].name = "t";
    first[0].uses = 1;
    assert_int_equal(corm_insert_all(session, Token, first, 1), 1);
    assert_ok(session, corm_rows_blank(session, Token, again, 1));
    again[0].name = "t";
    again[0].uses = 2;
    assert_int_equal(corm_insert_all(session, Token, again, 1,
                                     .on_conflict = corm_conflict_on(Token_.name),
                                     .update = corm_columns_of(Token_.uses)),
                     1);
    assert_int_equal(corm_uuid_compare(first[0].id, again[0].id), 0);
    assert_stored(session, "t|2", "SELECT name, uses FROM tokens");
}

static void null_conflicts_with_nothing(void **state)
{
    corm_session *session = *state;
    corm_insertion_counts counts;
    Item items[3] = {{.code = "a", .name = "x", .stock = 0, .area = "north"},
                     {.code = "b", .name = "y", .stock = 0, .area = "north"},
                     {.code = "c", .name = "z", .stock = 0, .area = "s", .place = corm_some(1)}};
    assert_int_equal(corm_insert_all(session, Item, items, 3,
                                     .on_conflict = corm_conflict_on(Item_.area, Item_.place),
                                     .update = corm_columns_of(Item_.name), .counts = &counts),
                     3);
    assert_int_equal(counts.inserted, 3);
    assert_int_equal(items[1].id, 2);
    assert_int_equal(items[2].id, 3);
}

/* ---- Conflicts in what the database gives --------------------------------------------------------- */

/* Labels 1 to 3: T0, See, T2; their places are 10, 7 and 12. */
static void three_labels(corm_session *session)
{
    run_sql(session, "INSERT INTO labels (id, name, place, uses)"
                     " VALUES (1, 'T0', 10, 0), (2, 'See', 7, 0), (3, 'T2', 12, 0)");
    assert_ok(session, corm_commit(session));
}

static void a_conflict_may_be_in_what_the_database_computes(void **state)
{
    corm_session *session = *state;
    corm_insertion_counts counts;
    Label rows[3] = {{.name = "SEE", .place = corm_some(1), .uses = 1},
                     {.name = "new", .place = corm_some(2), .uses = 2},
                     {.name = "NEW", .place = corm_some(3), .uses = 3}};
    three_labels(session);
    Label_list labels =
        corm_insert_returning(session, Label, rows, 3, .on_conflict = corm_conflict_on(Label_.slug),
                              .update = corm_columns_of(Label_.uses), .counts = &counts);
    assert_int_equal(labels.count, 3);
    assert_int_equal(counts.inserted, 1);
    assert_int_equal(counts.updated, 2);
    assert_int_equal(rows[0].id, 2);
    assert_int_equal(rows[1].id, 4);
    assert_int_equal(rows[2].id, 4);
    assert_string_equal(labels.items[0]->name, "See");
    assert_string_equal(labels.items[1]->slug, "new");
    assert_stored(session, "T0|10|0;See|7|1;T2|12|0;new|2|3",
                  "SELECT name, place, uses FROM labels ORDER BY id");
}

static void a_conflict_may_be_in_what_the_database_gives_where_it_is_left_out(void **state)
{
    corm_session *session = *state;
    corm_insertion_counts counts;
    Label rows[2];
    assert_ok(session, corm_rows_blank(session, Label, rows, 2));
    three_labels(session);
    rows[0].name = "a";
    rows[1].name = "b";
    rows[1].place = corm_some(8);
    rows[0].uses = rows[1].uses = 9;
    assert_int_equal(corm_insert_all(session, Label, rows, 2,
                                     .on_conflict = corm_conflict_on(Label_.place),
                                     .update = corm_columns_of(Label_.uses), .counts = &counts),
                     2);
    assert_int_equal(counts.inserted, 1);
    assert_int_equal(counts.updated, 1);
    assert_int_equal(rows[0].id, 2);
    assert_int_equal(rows[1].id, 4);
    assert_stored(session, "T0|10|0;See|7|9;T2|12|0;b|8|9",
                  "SELECT name, place, uses FROM labels ORDER BY id");
}

/* NULL meets no other NULL: the value is the one that the database would have given. */
static void what_the_database_gives_has_no_value_in_a_message(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Label, .name = "Red", .uses = 0)));
    assert_ok(session, corm_commit(session));
    Label row = {.name = "RED", .place = corm_some(8)};
    assert_refused(CORM_UNIQUE, "labels.slug: there is a row with this already, and it must be",
                   corm_insert_all(session, Label, &row, 1));
    assert_ok(session, corm_rollback(session));
    Label *label = corm_new(session, Label, .name = "blue", .uses = 0);
    assert_ok(session, corm_add(session, label));
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_message(session, "labels.place: there is a row with this already, and it must be");
    assert_ok(session, corm_rollback(session));
    label->place = corm_some(7);
    assert_ok(session, corm_add(session, label));
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_message(session, "labels.place = 7: there is a row with this already");
}

static void a_database_that_cannot_tell_which_row_it_was_says_so(void **state)
{
    corm_session *session = *state;
    Label rows[1] = {{.name = "SEE", .place = corm_some(1), .uses = 1}};
    three_labels(session);
    assert_refused(CORM_MISUSE,
                   "corm_insert_all(session, Label, ...): rows[0] meets a row that is there in "
                   "columns whose values the database gives, and this database does not tell which",
                   corm_insert_all(session, Label, rows, 1,
                                   .on_conflict = corm_conflict_on(Label_.slug),
                                   .update = corm_columns_of(Label_.uses)));
    assert_ok(session, corm_rollback(session));
    assert_stored(session, "0", "SELECT sum(uses) FROM labels");
}

/* ---- Rows in several tables ---------------------------------------------------------------------- */

static const char bosses_stored[] =
    "SELECT s.id, kind, name, age, version, title, badge, changed FROM staff s LEFT JOIN bosses b "
    "ON b.id = s.id ORDER BY s.id";

static void each_table_of_a_row_gets_its_columns(void **state)
{
    corm_session *session = *state;
    corm_insertion_counts counts;
    Boss first[2] = {{.name = "sue", .age = 40, .title = "Dr", .badge = "s1"},
                     {.name = "tim", .age = 50, .title = "Mr"}};
    assert_int_equal(corm_insert_all(session, Boss, first, 2), 2);
    assert_ok(session, corm_commit(session));
    Boss *sue = corm_get(session, Boss, first[0].id);
    Boss more[3] = {{.name = "sue", .age = 41, .title = "Prof", .badge = "s2"},
                    {.name = "uma", .age = 30, .title = "Ms"},
                    {.name = "uma", .age = 31, .title = "Dr"}};
    record(session);
    assert_int_equal(
        corm_insert_all(session, Boss, more, 3, .on_conflict = corm_conflict_on(Boss_.name),
                        .update = corm_columns_of(Boss_.age, Boss_.title), .counts = &counts),
        3);
    assert_true(counts.inserted == 1 && counts.updated == 2 && counts.ignored == 0);
    assert_string_equal(
        sql_of("SELECT", 0),
        "SELECT \"staff\".\"id\" FROM \"staff\" JOIN \"bosses\" ON \"bosses\".\"id\" = "
        "\"staff\".\"id\" WHERE \"staff\".\"name\" = ?1");
    assert_string_equal(sql_of("UPDATE", 0), "UPDATE \"staff\" SET \"age\" = ?1, \"version\" = "
                                             "\"version\" + 1 WHERE \"id\" = ?2");
    assert_string_equal(sql_of("UPDATE", 1),
                        "UPDATE \"bosses\" SET \"title\" = ?1, \"changed\" = ?2 WHERE \"id\" = ?3");
    assert_string_equal(values_of("UPDATE", 1), "'Prof', 'to Prof', 1");
    assert_int_equal(more[0].id, first[0].id);
    assert_int_equal(more[1].id, 3);
    assert_int_equal(more[2].id, 3);
    assert_int_equal(sue->age, 41); /* the session's object sees it */
    assert_string_equal(sue->title, "Prof");
    assert_ok(session, corm_commit(session));
    assert_stored(session,
                  "1|boss|sue|41|2|Prof|s1|to "
                  "Prof;2|boss|tim|50|1|Mr|NULL|NULL;3|boss|uma|31|2|Dr|NULL|to Dr",
                  bosses_stored);
    /* in the columns of the second table, of which nothing else is written; the objects handed out */
    Boss again[1] = {{.name = "x", .age = 42, .title = "y", .badge = "s1"}};
    Boss_list list =
        corm_insert_returning(session, Boss, again, 1, .on_conflict = corm_conflict_on(Boss_.badge),
                              .update = corm_columns_of(Boss_.age));
    assert_int_equal(list.count, 1);
    assert_ptr_equal(list.items[0], sue);
    assert_int_equal(sue->age, 42);
    assert_int_equal(sue->version, 3);
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_current(sue));
    assert_int_equal(sue->age, 41);
}

static void what_a_row_leaves_to_the_database_is_its_default_also_in_an_update(void **state)
{
    corm_session *session = *state;
    Boss bosses[2];
    for (int again = 0; again < 2; again++) {
        assert_ok(session, corm_rows_blank(session, Boss, bosses, 2));
        bosses[0].name = "sue";
        bosses[1].name = "tim";
        bosses[0].title = bosses[1].title = again == 0 ? "Dr" : "Prof";
        bosses[0].age = bosses[1].age = 40;
        bosses[again].room = 9;
        assert_int_equal(corm_insert_all(session, Boss, bosses, 2,
                                         .on_conflict = corm_conflict_on(Boss_.name),
                                         .update = corm_columns_of(Boss_.room, Boss_.title)),
                         2);
        assert_stored(session, again == 0 ? "9|Dr;7|Dr" : "7|Prof;9|Prof",
                      "SELECT room, title FROM bosses ORDER BY id");
    }
}

static void a_row_of_another_model_in_the_same_table_is_not_updated(void **state)
{
    corm_session *session = *state;
    Staff ann = {.name = "ann", .age = 20};
    Clerk clerks[2] = {{.name = "kim", .age = 30, .desk = corm_some(4)},
                       {.name = "ann", .age = 31, .desk = corm_some(5)}};
    assert_int_equal(corm_insert_all(session, Staff, &ann, 1), 1);
    assert_int_equal(corm_insert_all(session, Clerk, clerks, 1), 1);
    assert_ok(session, corm_commit(session));
    clerks[0].id = 0;
    clerks[0].desk = corm_some(6);
    record(session);
    assert_int_equal(corm_insert_all(session, Clerk, clerks, 1,
                                     .on_conflict = corm_conflict_on(Clerk_.name),
                                     .update = corm_columns_of(Clerk_.desk)),
                     1);
    assert_non_null(strstr(sql_of("INSERT", 0), " WHERE \"staff\".\"kind\" IN ('clerk')"));
    assert_int_equal(corm_insert_all(session, Clerk, clerks, 2,
                                     .on_conflict = corm_conflict_on(Clerk_.name),
                                     .update = corm_columns_of(Clerk_.desk)),
                     -1);
    assert_int_equal(corm_last_status(), CORM_UNIQUE);
    assert_message(session, "staff: rows[1] meets a row that is there and is no Clerk: a row of "
                            "another model cannot be updated as one");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_insert_all(session, Clerk, clerks, 2, .ignore = true), 0);
    ann.id = 0; /* a base takes rows of all its models */
    ann.name = "kim";
    assert_int_equal(corm_insert_all(session, Staff, &ann, 1,
                                     .on_conflict = corm_conflict_on(Staff_.name),
                                     .update = corm_columns_of(Staff_.age)),
                     1);
    assert_stored(session, "staff|ann|20|NULL;clerk|kim|20|4",
                  "SELECT kind, name, age, desk FROM staff ORDER BY name");
}

static void rows_in_several_tables_may_be_left_out(void **state)
{
    corm_session *session = *state;
    corm_insertion_counts counts;
    Staff clerk = {.name = "ann", .age = 20};
    assert_int_equal(corm_insert_all(session, Staff, &clerk, 1), 1);
    Boss bosses[3] = {{.name = "ann", .title = "Dr"},
                      {.name = "sue", .title = "Dr"},
                      {.name = "sue", .title = "Mr"}};
    assert_int_equal(corm_insert_all(session, Boss, bosses, 3, .ignore = true, .counts = &counts,
                                     .on_conflict = corm_conflict_on(Boss_.name)),
                     1);
    assert_true(counts.inserted == 1 && counts.updated == 0 && counts.ignored == 2);
    assert_int_equal(bosses[0].id, 0);
    /* what is not of this model is not updated: it conflicts */
    assert_refused(
        CORM_UNIQUE,
        "staff.name = 'ann': there is a row with this already, and it must be unique (rows[0])",
        corm_insert_all(session, Boss, bosses, 1, .on_conflict = corm_conflict_on(Boss_.name),
                        .update = corm_columns_of(Boss_.title)));
}

static void a_failed_upsert_into_several_tables_leaves_nothing(void **state)
{
    corm_session *session = *state;
    Boss first[2] = {{.name = "sue", .title = "Dr", .badge = "s1"},
                     {.name = "tim", .title = "Mr", .badge = "t1"}};
    assert_int_equal(corm_insert_all(session, Boss, first, 2), 2);
    assert_ok(session, corm_commit(session));
    Boss more[2] = {{.name = "sue", .age = 9, .title = "Prof", .badge = "s1"},
                    {.name = "tim", .age = 9, .title = "Prof", .badge = "s1"}};
    assert_refused(CORM_UNIQUE, "bosses.badge = 's1': there is a row with this already",
                   corm_insert_all(session, Boss, more, 2,
                                   .on_conflict = corm_conflict_on(Boss_.name),
                                   .update = corm_columns_of(Boss_.age, Boss_.badge)));
    assert_int_equal(more[0].id, 0);
    assert_ok(session, corm_rollback(session));
    assert_stored(session, "1|boss|sue|0|1|Dr|s1|NULL;2|boss|tim|0|1|Mr|t1|NULL", bosses_stored);
}

static void a_failed_allocation_in_it_leaves_nothing_behind(void **state)
{
    corm_session *session = *state;
    Boss first = {.name = "sue", .title = "Dr", .badge = "s1"};
    assert_int_equal(corm_insert_all(session, Boss, &first, 1), 1);
    assert_ok(session, corm_commit(session));
    int64_t rows = -1;
    for (long nth = 1; rows < 0; nth++) {
        Boss more[2] = {{.name = "sue", .age = 9, .title = "Prof"}, {.name = "tim", .title = "Mr"}};
        arm(nth, nth % 2 == 0);
        rows = corm_insert_all(session, Boss, more, 2, .on_conflict = corm_conflict_on(Boss_.name),
                               .update = corm_columns_of(Boss_.age, Boss_.title));
        disarm();
        assert_true(rows == 2 || corm_last_status() == CORM_OUT_OF_MEMORY);
        if (rows == 2)
            break;
        assert_ok(session, corm_rollback(session));
        assert_int_equal(more[0].id, 0);
        assert_stored(session, "1|boss|sue|0|1|Dr|s1|NULL", bosses_stored);
        assert_ok(session, corm_rollback(session));
        assert_true(nth < 10000);
    }
}

/* ---- Refused ------------------------------------------------------------------------------------ */

static void columns_that_cannot_conflict_are_named(void **state)
{
    corm_session *session = *state;
    Item items[1] = {{.code = "a", .name = "x", .stock = 0}};
    Boss bosses[1] = {{.name = "sue", .title = "Dr"}};
    assert_refused(CORM_MISUSE,
                   "corm_insert_all(session, Item, ...): .on_conflict names items.area, "
                   "items.name: rows cannot conflict there, as this is neither the primary key "
                   "nor declared as unique",
                   corm_insert_all(session, Item, items, 1, .ignore = true,
                                   .on_conflict = corm_conflict_on(Item_.area, Item_.name)));
    assert_refused(CORM_MISUSE, ".on_conflict names items.name: ", /* unique in some rows only */
                   corm_insert_all(session, Item, items, 1, .ignore = true,
                                   .on_conflict = corm_conflict_on(Item_.name)));
    assert_int_equal(corm_insert_all(session, Item, items, 1, .ignore = true,
                                     .on_conflict = corm_conflict_on(Item_.stock, Item_.name)),
                     1);
    assert_refused(CORM_MISUSE, ".on_conflict has a column of Box: use Item_",
                   corm_insert_all(session, Item, items, 1, .ignore = true,
                                   .on_conflict = corm_conflict_on(Box_.id)));
    assert_refused(CORM_MISUSE, ".update has a column of Box: use Item_",
                   corm_insert_all(session, Item, items, 1,
                                   .on_conflict = corm_conflict_on(Item_.id),
                                   .update = corm_columns_of(Item_.name, Box_.name)));
    assert_refused(CORM_MISUSE, "items.version cannot be in .update: corm counts it",
                   corm_insert_all(session, Item, items, 1,
                                   .on_conflict = corm_conflict_on(Item_.code),
                                   .update = corm_columns_of(Item_.version)));
    assert_refused(CORM_MISUSE, ".update and .ignore exclude each other",
                   corm_insert_all(session, Item, items, 1, .ignore = true,
                                   .on_conflict = corm_conflict_on(Item_.code),
                                   .update = corm_columns_of(Item_.name)));
    assert_refused(CORM_MISUSE, ".update without .on_conflict: say in which columns",
                   corm_insert_all(session, Item, items, 1, .update = corm_columns_of(Item_.name)));
    assert_refused(
        CORM_MISUSE, ".on_conflict without .update: say which columns",
        corm_insert_all(session, Item, items, 1, .on_conflict = corm_conflict_on(Item_.code)));
    assert_refused(CORM_MISUSE,
                   "the rows of this model are in several tables: say with .on_conflict in which "
                   "columns a row may conflict",
                   corm_insert_all(session, Boss, bosses, 1, .ignore = true));
    assert_refused(CORM_MISUSE, ".on_conflict cannot name what the database computes",
                   corm_insert_all(session, Boss, bosses, 1, .ignore = true,
                                   .on_conflict = corm_conflict_on(Boss_.shown)));
    assert_refused(CORM_MISUSE, "neither the primary key nor declared as unique",
                   corm_insert_all(session, Boss, bosses, 1, .ignore = true,
                                   .on_conflict = corm_conflict_on(Boss_.name, Boss_.badge)));
    assert_ok(session, corm_commit(session));
}

static void a_database_without_it_says_so(void **state)
{
    corm_session *session = *state;
    Pair pairs[1] = {{.key = "k", .part = 1, .value = "v"}};
    assert_refused(CORM_MISUSE,
                   "corm_insert_all(session, Pair, ...): this database has no ON CONFLICT",
                   corm_insert_all(session, Pair, pairs, 1, .ignore = true));
    assert_int_equal(corm_insert_all(session, Pair, pairs, 1), 1);
    /* but where one would not help, it is not needed */
    Boss boss = {.name = "sue", .title = "Dr"};
    for (int i = 0; i < 2; i++, boss.age++)
        assert_int_equal(corm_insert_all(session, Boss, &boss, 1,
                                         .on_conflict = corm_conflict_on(Boss_.name),
                                         .update = corm_columns_of(Boss_.age)),
                         1);
    assert_stored(session, "1|boss|sue|1|2|Dr|NULL|to Dr", bosses_stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH_TEST(a_row_that_conflicts_updates_the_named_columns),
        STORE_TEST(an_integer_key_is_looked_up_in_the_columns_of_the_conflict),
        STORE_TEST(its_text_is_that_of_the_standard_of_two_databases),
        BOTH_TEST(a_row_that_conflicts_may_be_left_out),
        BOTH_TEST(objects_of_the_session_see_what_was_updated),
        BOTH_TEST(an_upsert_hands_out_objects_of_old_and_new_rows),
        BOTH_TEST(keys_that_the_program_makes_give_way_to_stored_ones),
        BOTH_TEST(null_conflicts_with_nothing),
        STORE_TEST(what_the_database_gives_has_no_value_in_a_message),
        STORE_TEST(a_conflict_may_be_in_what_the_database_computes),
        {"a_conflict_may_be_in_what_the_database_computes (without the last key)",
         a_conflict_may_be_in_what_the_database_computes, open_without_last_key, close_session,
         NULL},
        STORE_TEST(a_conflict_may_be_in_what_the_database_gives_where_it_is_left_out),
        {"a_database_that_cannot_tell_which_row_it_was_says_so",
         a_database_that_cannot_tell_which_row_it_was_says_so, open_without_returning,
         close_session, NULL},
        BOTH_TEST(each_table_of_a_row_gets_its_columns),
        BOTH_TEST(what_a_row_leaves_to_the_database_is_its_default_also_in_an_update),
        STORE_TEST(a_row_of_another_model_in_the_same_table_is_not_updated),
        STORE_TEST(rows_in_several_tables_may_be_left_out),
        BOTH_TEST(a_failed_upsert_into_several_tables_leaves_nothing),
        STORE_TEST(a_failed_allocation_in_it_leaves_nothing_behind),
        STORE_TEST(columns_that_cannot_conflict_are_named),
        cmocka_unit_test_setup_teardown(a_database_without_it_says_so, open_without_upsert,
                                        close_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
