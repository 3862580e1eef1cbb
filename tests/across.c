/* across: queries over models of every make: in one table and in several, aliases, filtered relationships,
 * kinds of columns that the table holds as something else. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define SHAPE(VALUE) VALUE(ROUND, "round") VALUE(FLAT, "flat")
CORM_ENUM(Shape, SHAPE)
#define STATE(VALUE) VALUE(BROKEN, "flat") VALUE(WHOLE, "whole")
CORM_ENUM(State, STATE)

typedef struct Point { int x, y; } Point;
static bool point_to(const Point *from, corm_value *out, corm_conversion *conversion)
{
    return corm_conversion_text(conversion, out, "%d,%d", from->x, from->y);
}
static bool point_from(const corm_value *from, Point *out, corm_conversion *conversion)
{
    return sscanf((const char *)from->as.bytes, "%d,%d", &out->x, &out->y) == 2 ||
           corm_conversion_refuse(conversion, "no point");
}
CORM_KIND(point, Point, TEXT, point_to, point_from, NULL)

#define STAFF(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,               id,       .primary_key = true)                                   \
    COLUMN(TEXT,                  type)                                                            \
    COLUMN(TEXT,                  name)                                                            \
    COLUMN(OPTIONAL(INTEGER),     boss_id,  .references = corm_ref(Boss, id))                      \
    RELATIONSHIP(MANY_TO_ONE,     boss,     Boss,  staff)                                          \
    RELATIONSHIP(ONE_TO_MANY,     things,   Thing, BACKREF(owner))                                 \
    RELATIONSHIP(ONE_TO_MANY,     large,    Thing, NONE, .view_only = true, .filter = corm_filter(Thing, rank, GT, 5)) \
    RELATIONSHIP(ONE_TO_MANY,     fitting,  Thing, NONE, .filter = corm_filter(Thing, size, GE, 7, Thing, weight, LT, 2, Thing, label, LIKE, "o%")) \
    RELATIONSHIP(ONE_TO_MANY,     longer,   Thing, NONE, .filter = corm_filter(Thing, size, LT, 1000000, Thing, weight, EQ, 1.5, Thing, label, NE, "a text longer than its array"))
#define BOSS(COLUMN, RELATIONSHIP)                                                                 \
    STAFF(COLUMN, CORM_INHERITED)                                                                  \
    COLUMN(OPTIONAL(TEXT),        title)                                                           \
    RELATIONSHIP(ONE_TO_MANY,     staff,    Staff, boss)
#define CODER(COLUMN, RELATIONSHIP)                                                                \
    STAFF(COLUMN, CORM_INHERITED)                                                                  \
    COLUMN(TEXT,                  language)                                                        \
    RELATIONSHIP(MANY_TO_MANY,    friends,  Coder, BACKREF(fans), .secondary = corm_secondary("friends", "a", "b"))
#define THING(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,               id,       .primary_key = true)                                   \
    COLUMN(INTEGER,               rank)                                                            \
    COLUMN(INTEGER_AS(short),     size)                                                            \
    COLUMN(REAL_AS(float),        weight)                                                          \
    COLUMN(CHARS(16),             label)                                                           \
    COLUMN(ENUM(Shape),           shape)                                                           \
    COLUMN(OPTIONAL(ENUM(Shape)), back)                                                            \
    COLUMN(ENUM(State),           state)                                                           \
    COLUMN(CUSTOM(point),         at)                                                              \
    COLUMN(DECIMAL(8, 2),         price)                                                           \
    COLUMN(OPTIONAL(DECIMAL(8, 2)), old)                                                           \
    COLUMN(DECIMAL(8, 3),         fine)                                                            \
    COLUMN(OPTIONAL(INTEGER),     owner_id, .references = corm_ref(Staff, id))
#define SEAT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(TEXT,                  row,      .primary_key = true)                                   \
    COLUMN(INTEGER,               number,   .primary_key = true)                                   \
    COLUMN(OPTIONAL(TEXT),        next_row)                                                        \
    COLUMN(OPTIONAL(INTEGER),     next_number)                                                     \
    RELATIONSHIP(MANY_TO_ONE,     next,     Seat, BACKREF(previous), .join = corm_join(Seat, next_row, Seat, row, Seat, next_number, Seat, number))
#define OFFICE(MODEL)                                                                              \
    MODEL(Staff, "staff",  STAFF, .discriminator = corm_member(Staff, type), .identity = "staff")  \
    MODEL(Boss,  "staff",  BOSS,  .inherits = corm_base(Staff), .identity = "boss")                \
    MODEL(Coder, "coders", CODER, .inherits = corm_base(Staff), .identity = "coder")               \
    MODEL(Thing, "things", THING)                                                                  \
    MODEL(Seat,  "seats",  SEAT)
/* clang-format on */
CORM_SCHEMA(office, OFFICE)

CORM_ALIAS(peer, Coder, CODER, fans)
CORM_ALIAS(one, Thing, THING, owner)
CORM_ALIAS(two, Thing, THING)
CORM_ALIAS(behind, Seat, SEAT, previous, next)

#define NAMED(COLUMN) COLUMN(INTEGER, id) COLUMN(TEXT, name)
CORM_ROW(Named, NAMED)
CORM_ROW_ALIAS(above, Named, NAMED)
#define MEASURED(COLUMN) COLUMN(DECIMAL(8, 2), price) COLUMN(DECIMAL(8, 3), fine)
CORM_ROW(Measured, MEASURED)

static int open_office(void **state)
{
    corm_session *s = memory_session(&office);
    *state = s;
    if (s == NULL)
        return 1;
    Boss *mia = corm_new(s, Boss, .name = "Mia", .title = "Head");
    Coder *eve = corm_new(s, Coder, .name = "Eve", .language = "C");
    Coder *bob = corm_new(s, Coder, .name = "Bob", .language = "Ada");
    Staff *ann = corm_new(s, Staff, .name = "Ann");
    Thing *thing =
        corm_new(s, Thing, .rank = 6, .size = 7, .weight = 1.5f, .shape = FLAT, .state = WHOLE,
                 .price = corm_decimal_of("1.25"), .fine = corm_decimal_of("1.250"));
    memcpy(thing->label, "one", sizeof "one");
    thing->at.x = 1;
    thing->at.y = 2;
    (void)Boss_staff_append(mia, corm_as(Staff, eve));
    (void)Boss_staff_append(mia, ann);
    (void)Coder_friends_append(eve, bob);
    (void)Staff_things_append(ann, thing);
    (void)corm_add(s, mia);
    for (int i = 1; i <= 3; i++)
        (void)corm_add(s, corm_new(s, Seat, .row = "A", .number = i, .next_row = i < 3 ? "A" : NULL,
                                   .next_number = i < 3 ? corm_some(i + 1) : corm_none(INTEGER)));
    if (corm_commit(s) != CORM_OK || corm_clear(s) != CORM_OK)
        print_error("%s\n", corm_error_message(s));
    record(s);
    return 0;
}

#define OFFICE_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_office, close_session)

/* So many rows answer, and the statement has this in it. */
#define assert_rows(number_, sql_, ...)                                                            \
    do {                                                                                           \
        record(s);                                                                                 \
        const int64_t rows_ = (int64_t)(__VA_ARGS__);                                              \
        if (rows_ != (number_))                                                                    \
            complain(__FILE__, __LINE__, "%lld rows: %s: %s", (long long)rows_,                    \
                     corm_error_message(s), sql_of("", recorder.count - 1));                       \
        assert_part(sql_of("", recorder.count - 1), sql_);                                         \
    } while (0)

/* What the values were: the digits of the column. */
#define assert_values(values_) assert_string_equal(values_of("", recorder.count - 1), (values_))

/* ---- Inheritance --------------------------------------------------------------------------------- */

static void a_model_of_one_table_with_others_finds_its_own_rows(void **state)
{
    corm_session *s = *state;
    assert_rows(1, "WHERE \"type\" IN ('boss')", corm_count(s, Boss));
    assert_rows(
        1, "(\"name\" = ?1 OR \"name\" = ?2) AND \"type\" IN ('boss')",
        corm_count(s, Boss,
                   .where = corm_or(corm_eq(Boss_.name, "Mia"), corm_eq(Staff_.name, "Ann"))));
    assert_rows(
        1,
        "LEFT JOIN \"staff\" ON \"staff\".\"id\" = \"things\".\"owner_id\" AND \"staff\".\"type\" "
        "IN ('boss')",
        corm_count(s, Thing, .join = corm_left_join_on(Boss, corm_eq(Boss_.id, Thing_.owner_id))));
    assert_rows(0, "(SELECT \"staff\".\"id\" FROM \"staff\" WHERE \"staff\".\"type\" IN ('boss'))",
                corm_count(s, Thing,
                           .where = corm_in_query(Thing_.owner_id, corm_subquery(Boss, Boss_.id))));
    assert_rows(2,
                "JOIN \"staff\" AS \"staff_1\" ON \"staff_1\".\"id\" = \"staff\".\"boss_id\" AND "
                "\"staff_1\".\"type\" IN ('boss')",
                corm_count(s, Staff, .join = corm_inner_join(Staff_.boss),
                           .where = corm_eq(Boss_.name, "Mia")));
    assert_rows(1, "SELECT \"name\" FROM \"staff\" WHERE \"type\" IN ('boss')",
                corm_values(s, Boss, Boss_.name).count);
}

static void a_handle_means_its_own_model_beside_one_that_inherits_from_it(void **state)
{
    corm_session *s = *state;
    const corm_joining boss = corm_inner_join(Staff_.boss);
    assert_rows(1, "WHERE \"staff\".\"name\" = ?1",
                corm_count(s, Staff, .join = boss, .where = corm_eq(Staff_.name, "Eve")));
    assert_rows(0, "WHERE \"staff\".\"name\" = ?1",
                corm_count(s, Staff, .join = boss, .where = corm_eq(Staff_.name, "Mia")));
    assert_rows(2, "AS \"staff_1\" WHERE \"staff_1\".\"id\" = \"staff\".\"boss_id\"",
                corm_count(s, Staff,
                           .where = corm_exists(Boss, .where = corm_eq(Boss_.id, Staff_.boss_id))));
    assert_rows(
        2, "\"staff\".\"name\" < \"staff_1\".\"name\"",
        corm_count(s, Staff, .where = corm_has(Staff_.boss, corm_lt(Staff_.name, Boss_.name))));
    Staff_list first =
        corm_all(s, Staff, .join = boss, .order_by = corm_desc(Staff_.id), .limit = 1);
    assert_int_equal(first.count, 1);
    assert_string_equal(first.items[0]->name, "Ann");
    Staff_list next = corm_all(s, Staff, .join = boss, .order_by = corm_desc(Staff_.id), .limit = 1,
                               .after = first.items[0]);
    assert_int_equal(next.count, 1);
    assert_string_equal(next.items[0]->name, "Eve");
}

static void a_model_of_several_tables_stands_wherever_one_can(void **state)
{
    corm_session *s = *state;
    assert_rows(
        1, "\"coders\".\"language\" = ?1 AND \"staff\".\"name\" = ?2",
        corm_count(s, Coder,
                   .where = corm_and(corm_eq(Coder_.language, "C"), corm_eq(Staff_.name, "Eve"))));
    assert_rows(
        0, "JOIN (\"staff\" JOIN \"coders\" ON \"coders\".\"id\" = \"staff\".\"id\") ON",
        corm_count(s, Thing, .join = corm_join_on(Coder, corm_eq(Coder_.id, Thing_.owner_id))));
    assert_rows(1, "LEFT JOIN (\"staff\" JOIN",
                corm_count(s, Thing,
                           .join = corm_left_join_on(Coder, corm_eq(Coder_.id, Thing_.owner_id))));
    assert_rows(1, "NOT (EXISTS (SELECT 1 FROM \"staff\" JOIN \"coders\"",
                corm_count(s, Thing,
                           .where = corm_not(
                               corm_exists(Coder, .where = corm_eq(Coder_.id, Thing_.owner_id)))));
    assert_rows(2, "ORDER BY \"coders\".\"language\"",
                corm_values(s, Coder, Coder_.name, .order_by = corm_asc(Coder_.language)).count);
    assert_rows(2, "SELECT DISTINCT",
                corm_all(s, Coder, .join = corm_left_join(Staff_.things), .distinct = true,
                         .order_by = corm_asc(Coder_.name))
                    .count);
    assert_rows(1, "JOIN \"staff\" ON \"staff\".\"id\" = \"things\".\"owner_id\"",
                corm_count(s, Thing, .join = corm_inner_join(Thing_owner_),
                           .where = corm_eq(Staff_.name, "Ann")));
}

static void tables_that_meet_again_have_names_of_their_own(void **state)
{
    corm_session *s = *state;
    assert_rows(1, "\"staff\" AS \"staff_1\" WHERE \"staff_1\".\"id\" = \"staff\".\"boss_id\"",
                corm_count(s, Coder, .where = corm_has(Staff_.boss, corm_eq(Boss_.name, "Mia"))));
    assert_rows(1, "\"staff_1\".\"boss_id\" = \"staff\".\"id\"",
                corm_count(s, Boss, .where = corm_any(Boss_.staff, corm_eq(Staff_.name, "Ann"))));
    assert_rows(
        1, "\"staff\" AS \"staff_1\" JOIN \"coders\" AS \"coders_1\"",
        corm_count(s, Coder, .where = corm_any(Coder_.friends, corm_eq(Coder_.language, "Ada"))));
    assert_rows(
        1, "\"coders_1\"",
        corm_count(s, Coder, .where = corm_any(Coder_fans_, corm_eq(Coder_.language, "C"))));
    assert_rows(1, "JOIN (\"staff\" AS \"peer_staff\" JOIN \"coders\" AS \"peer_coders\"",
                corm_count(s, Coder, .join = corm_inner_join_as(peer, Coder_.friends),
                           .where = corm_eq(peer_.language, "Ada")));
    assert_rows(1, "\"coders_", corm_count(s, Coder, .join = corm_inner_join(Coder_.friends)));
    assert_rows(
        1, "\"things_2\".\"size\" = ?1",
        corm_count(s, Staff,
                   .where = corm_any(
                       Staff_.things,
                       corm_has(Thing_owner_, corm_any(Staff_.things, corm_eq(Thing_.size, 7))))));
}

/* ---- Relationships ------------------------------------------------------------------------------- */

static void the_filter_of_a_relationship_goes_along(void **state)
{
    corm_session *s = *state;
    assert_rows(1, "AND \"things\".\"rank\" > ?1",
                corm_count(s, Staff, .join = corm_inner_join(Staff_.large)));
    assert_rows(4, "LEFT JOIN \"things\"",
                corm_count(s, Staff, .join = corm_left_join(Staff_.large)));
    assert_rows(
        1, "\"things\".\"rank\" > ?1 AND \"things\".\"label\" = ?2",
        corm_count(s, Staff, .where = corm_any(Staff_.large, corm_eq(Thing_.label, "one"))));
}

static void a_filter_takes_columns_of_c_s_own_types(void **state)
{
    corm_session *s = *state;
    Staff *ann = corm_one(s, Staff, .where = corm_eq(Staff_.name, "Ann"));
    assert_rows(1, "\"size\" >= ?2 AND \"weight\" < ?3 AND \"label\" LIKE ?4",
                Staff_fitting(ann).count);
    assert_values("4, 7, 2, 'o%'");
    assert_rows(1, "\"size\" < ?2 AND \"weight\" = ?3 AND \"label\" <> ?4",
                Staff_longer_count(ann));
    assert_values("4, 1000000, 1.5, 'a text longer than its array'");
    assert_rows(1, "\"things\".\"size\" >= ?1",
                corm_count(s, Staff, .join = corm_inner_join(Staff_.fitting)));
    Staff_things(ann).items[0]->size = 6;
    assert_ok(s, corm_flush(s));
    assert_rows(0, "\"size\" >= ?2",
                corm_count(s, Thing, .where = corm_related_to(Staff_.fitting, ann)));
}

static void a_key_of_several_columns_is_joined_by_all(void **state)
{
    corm_session *s = *state;
    assert_rows(1,
                "\"seats_1\".\"row\" = \"seats\".\"next_row\" AND \"seats_1\".\"number\" = "
                "\"seats\".\"next_number\"",
                corm_count(s, Seat, .where = corm_has(Seat_.next, corm_eq(Seat_.number, 3))));
    assert_rows(1, "\"seats_1\"",
                corm_count(s, Seat, .where = corm_any(Seat_previous_, corm_eq(Seat_.number, 2))));
    assert_rows(1, "\"seats\" AS \"behind\"",
                corm_count(s, Seat, .join = corm_left_join_as(behind, Seat_.next),
                           .where = corm_is_null(behind_.number)));
    const Seat *first = corm_first(s, Seat);
    assert_rows(2,
                "(\"row\" > ?1 OR (\"row\" = ?2 AND \"number\" > ?3)) ORDER BY \"row\", \"number\"",
                corm_all(s, Seat, .after = first).count);
    Seat *third = corm_one(s, Seat, .where = corm_eq(Seat_.number, 3));
    assert_rows(1, "", corm_count(s, Seat, .where = corm_contains(Seat_.next, third)));
}

static void several_aliases_stand_side_by_side(void **state)
{
    corm_session *s = *state;
    assert_rows(1,
                "JOIN \"things\" AS \"one\" ON \"one\".\"owner_id\" = \"staff\".\"id\" JOIN "
                "\"things\" AS \"two\"",
                corm_count(s, Staff,
                           .join = corm_joins(corm_inner_join_as(one, Staff_.things),
                                              corm_inner_join_as(two, Staff_.things)),
                           .where = corm_eq(one_.id, two_.id)));
    assert_rows(1,
                "(SELECT max(\"one\".\"size\") FROM \"things\" AS \"one\" WHERE "
                "\"one\".\"owner_id\" = \"things\".\"owner_id\")",
                corm_count(s, Thing,
                           .where = corm_eq(
                               Thing_.size,
                               corm_subquery(one, corm_maximum(one_.size),
                                             .where = corm_eq(one_.owner_id, Thing_.owner_id)))));
    assert_rows(
        1, "WHERE \"two\".\"id\" = \"one\".\"id\" AND \"two\".\"id\" = \"things\".\"id\"",
        corm_count(s, Thing, .join = corm_join_on(one, corm_eq(one_.owner_id, Thing_.owner_id)),
                   .where = corm_exists(two, .where = corm_and(corm_eq(two_.id, one_.id),
                                                               corm_eq(two_.id, Thing_.id)))));
}

static void an_alias_has_the_ends_that_backref_declares(void **state)
{
    corm_session *s = *state;
    assert_rows(
        1,
        "\"seats\" AS \"behind\" ON \"behind\".\"row\" = \"seats\".\"next_row\" AND "
        "\"behind\".\"number\" = \"seats\".\"next_number\" JOIN \"seats\" AS \"seats_1\" ON "
        "\"seats_1\".\"next_row\" = \"behind\".\"row\"",
        corm_count(s, Seat,
                   .join = corm_joins(corm_inner_join_as(behind, Seat_.next),
                                      corm_inner_join(behind_previous_)),
                   .where = corm_eq(Seat_.number, 1)));
    assert_rows(1, "EXISTS (SELECT 1 FROM \"staff\" WHERE \"staff\".\"id\" = \"one\".\"owner_id\"",
                corm_count(s, Thing, .join = corm_join_on(one, corm_eq(one_.id, Thing_.id)),
                           .where = corm_has(one_owner_, corm_eq(Staff_.name, "Ann"))));
    assert_rows(1, "\"peer_coders\".\"id\"",
                corm_count(s, Coder, .join = corm_inner_join_as(peer, Coder_.friends),
                           .where = corm_any(peer_fans_, corm_eq(Coder_.language, "C"))));
    Seat *first = corm_first(s, Seat, .order_by = corm_asc(Seat_.number));
    assert_rows(1, "\"behind\".\"row\"",
                corm_count(s, Seat, .join = corm_inner_join_as(behind, Seat_.next),
                           .where = corm_contains(behind_previous_, first)));
    assert_rows(1, "\"seats\".\"row\" = ?1",
                corm_count(s, Seat, .join = corm_inner_join_as(behind, Seat_.next),
                           .where = corm_related_to(behind_next_, first)));
    /* each is that of its own rows */
    assert_rows(0, "\"behind\".\"row\"",
                corm_count(s, Seat, .join = corm_inner_join_as(behind, Seat_.next),
                           .where = corm_not(corm_any(behind_previous_))));
    assert_rows(1, "\"seats\".\"row\"",
                corm_count(s, Seat, .join = corm_left_join_as(behind, Seat_.next),
                           .where = corm_not(corm_any(Seat_previous_))));
}

static void an_end_of_an_alias_that_is_not_there_is_refused(void **state)
{
    corm_session *s = *state;
    assert_int_equal(corm_count(s, Seat, .where = corm_any(behind_previous_)), -1);
    assert_message(s,
                   "the condition of a query of Seat: behind.previous belongs to a model that is "
                   "not in the query: join behind");
}

static void relationships_of_an_alias_are_explained(void **state)
{
    corm_session *s = *state;
    Seat *first = corm_first(s, Seat, .order_by = corm_asc(Seat_.number));
    const char *text = corm_explain(s, Seat,
                                    .join = corm_joins(corm_inner_join_as(behind, Seat_.next),
                                                       corm_inner_join(behind_previous_)));
    assert_part(text, "\"behind\".\"row\"");
    text = corm_explain(
        s, Seat, .join = corm_inner_join_as(behind, Seat_.next),
        .where = corm_or(corm_has(behind_.next), corm_contains(behind_previous_, first)));
    assert_part(text, "EXISTS");
    text = corm_explain(s, Thing, .join = corm_join_on(one, corm_eq(one_.id, Thing_.id)),
                        .where = corm_has(one_owner_));
    assert_part(text, "\"one\".\"owner_id\"");
}

static void a_query_with_a_name_is_read_twice(void **state)
{
    corm_session *s = *state;
    const corm_select all = corm_select_for(Named, .from = corm_from(Staff));
    assert_rows(6,
                "FROM \"Named\" JOIN \"Named\" AS \"above\" ON \"above\".\"id\" < \"Named\".\"id\"",
                corm_select(s, Named, .with = {corm_with(Named, &all)}, .from = corm_from(Named),
                            .join = corm_join_on(above, corm_lt(above_.id, Named_.id)),
                            .fields = corm_fields(corm_field(Named_.id, Named_.id),
                                                  corm_field(Named_.name, above_.name)))
                    .count);
}

static void pages_and_loads_go_with_joins(void **state)
{
    corm_session *s = *state;
    int64_t total = 0;
    Staff_list page = corm_all(s, Staff, .join = corm_left_join(Staff_.things),
                               .load = corm_load_joined(Staff_.things), .distinct = true,
                               .limit = 2, .total = &total, .order_by = corm_asc(Staff_.name));
    assert_int_equal(page.count, 2);
    assert_int_equal(total, 4);
    assert_string_equal(page.items[1]->name, "Bob");
    record(s);
    assert_int_equal(Staff_things(page.items[0]).count, 1);
    assert_no_sql();
    Staff_list next = corm_all(
        s, Staff, .join = corm_left_join(Staff_.things), .load = corm_load_joined(Staff_.things),
        .distinct = true, .limit = 2, .after = page.items[1], .order_by = corm_asc(Staff_.name));
    assert_int_equal(next.count, 2);
    assert_string_equal(next.items[0]->name, "Eve");
    assert_rows(1, "ORDER BY \"staff\".\"name\" DESC, \"things\".\"id\" LIMIT",
                corm_first(s, Thing, .join = corm_inner_join(Thing_owner_),
                           .order_by = corm_desc(Staff_.name)) != NULL);
    assert_rows(1, "LIMIT", corm_one(s, Thing, .join = corm_inner_join(Thing_owner_)) != NULL);
}

/* ---- Groups -------------------------------------------------------------------------------------- */

static void windows_look_at_groups(void **state)
{
    corm_session *s = *state;
    assert_rows(3, "rank() OVER (ORDER BY count(*) DESC) AS \"id\"",
                corm_select(s, Named,
                            .fields = corm_fields(
                                corm_field(Named_.id, corm_over(corm_rank(), corm_no_group,
                                                                corm_desc(corm_count_rows()))),
                                corm_field(Named_.name, Staff_.type)),
                            .group_by = corm_group(Staff_.type), .order_by = corm_asc(Named_.id))
                    .count);
    assert_rows(
        3, "sum(count(*)) OVER (ORDER BY \"staff\".\"type\")",
        corm_select(s, Named, .from = corm_from(Staff),
                    .fields = corm_fields(
                        corm_field(Named_.id, corm_over(corm_sum(corm_count_rows()), corm_no_group,
                                                        corm_asc(Staff_.type))),
                        corm_field(Named_.name, Staff_.type)),
                    .group_by = corm_group(Staff_.type))
            .count);
}

/* ---- Kinds --------------------------------------------------------------------------------------- */

static void a_decimal_has_the_digits_of_its_column_everywhere(void **state)
{
    corm_session *s = *state;
    const corm_decimal prices[] = {corm_decimal_of("1.25"), corm_decimal_of("3")};
    assert_rows(
        1, "BETWEEN",
        corm_count(s, Thing, .where = corm_between(Thing_.price, corm_decimal_of("1.2"), 2)));
    assert_values("120, 200");
    assert_rows(1, "IN", corm_count(s, Thing, .where = corm_in(Thing_.price, prices, 2)));
    assert_values("125, 300");
    assert_rows(1, "coalesce",
                corm_count(s, Thing, .where = corm_eq(corm_coalesce(Thing_.old, 3), 3)));
    assert_values("300, 300");
    assert_rows(1, "CASE",
                corm_count(s, Thing,
                           .where = corm_eq(corm_case(corm_gt(Thing_.size, 5), Thing_.price, 9),
                                            corm_decimal_of("1.25"))));
    assert_values("5, 900, 125");
    assert_rows(1, "CASE",
                corm_count(s, Thing,
                           .where = corm_eq(corm_case(corm_lt(Thing_.size, 5), 9, Thing_.price),
                                            corm_decimal_of("1.25"))));
    assert_values("5, 900, 125");
    assert_rows(0, "min",
                corm_count(s, Thing,
                           .where = corm_eq(corm_least(1, Thing_.price), corm_decimal_of("1.25"))));
    assert_values("100, 125");
    corm_optional_decimal case_ =
        corm_scalar(s, Thing, corm_case(corm_lt(Thing_.size, 5), 0, Thing_.price));
    assert_int_equal(corm_decimal_compare(case_.value, corm_decimal_of("1.25")), 0);
    corm_optional_decimal times = corm_scalar(s, Thing, corm_times(Thing_.price, Thing_.size));
    assert_int_equal(corm_decimal_compare(times.value, corm_decimal_of("8.75")), 0);
    times = corm_scalar(s, Thing, corm_sum(corm_times(Thing_.size, Thing_.price)));
    assert_int_equal(corm_decimal_compare(times.value, corm_decimal_of("8.75")), 0);
    times =
        corm_scalar(s, Thing, corm_times(corm_case(corm_lt(Thing_.size, 5), 9, Thing_.price), 2));
    assert_int_equal(corm_decimal_compare(times.value, corm_decimal_of("2.5")), 0);
    assert_values("5, 900, 2");
    times = corm_scalar(
        s, Thing,
        corm_divided(corm_case(corm_gt(Thing_.size, 5), corm_decimal_of("0.5"), Thing_.price), 2));
    assert_int_equal(corm_decimal_compare(times.value, corm_decimal_of("0.25")), 0);
    corm_optional_decimal plus =
        corm_scalar(s, Thing, corm_plus(Thing_.price, corm_decimal_of("0.5")));
    assert_int_equal(corm_decimal_compare(plus.value, corm_decimal_of("1.75")), 0);
    assert_int_equal(corm_count(s, Thing, .where = corm_eq(Thing_.price, Thing_.fine)), -1);
    assert_message(s, "2 digits behind the point and Thing.fine has 3");
    assert_int_equal(
        corm_count(s, Thing, .where = corm_eq(corm_times(Thing_.price, Thing_.price), 1)), -1);
    assert_message(s, "a DECIMAL times a DECIMAL");
    assert_rows(
        1, "CAST",
        corm_count(s, Thing,
                   .where = corm_eq(corm_cast(REAL, Thing_.price), corm_cast(REAL, Thing_.fine))));
    assert_rows(1, "HAVING sum",
                corm_values(s, Thing, corm_sum(Thing_.price),
                            .having = corm_gt(corm_sum(Thing_.price), 1),
                            .group_by = corm_group(Thing_.shape))
                    .count);
    assert_values("100");
}

/* And not those of a column that decides, or is only looked at, on the way to the value. */
static void a_value_has_the_digits_and_texts_of_what_it_is_made_of(void **state)
{
    corm_session *s = *state;
    corm_optional_decimal fine =
        corm_scalar(s, Thing, corm_case(corm_gt(Thing_.price, 1), Thing_.fine, 0));
    assert_int_equal(corm_decimal_compare(fine.value, corm_decimal_of("1.25")), 0);
    assert_int_equal(fine.value.scale, 3);
    assert_rows(1, "CASE",
                corm_count(s, Thing,
                           .where = corm_eq(corm_case(corm_gt(Thing_.price, 1), Thing_.fine, 0),
                                            corm_decimal_of("1.25"))));
    assert_values("100, 0, 1250");
    Measured_list rows = corm_select(
        s, Measured, .from = corm_from(Thing),
        .fields = corm_fields(
            corm_field(Measured_.price, corm_case(corm_gt(Thing_.fine, 1), Thing_.price, 0)),
            corm_field(Measured_.fine,
                       corm_case(corm_lt(Thing_.price, 1), 0,
                                 corm_case(corm_gt(Thing_.price, 1), Thing_.fine, Thing_.fine)))));
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.items[0].price.units, 125);
    assert_int_equal(rows.items[0].fine.units, 1250);
    assert_int_equal(
        corm_update_all(
            s, Thing, .all_rows = true,
            .set = corm_set(Thing_.price, corm_case(corm_gt(Thing_.price, 1), Thing_.fine, 1))),
        -1);
    assert_message(s, "things.price cannot be set from fine");
    assert_int_equal(
        corm_count(s, Thing,
                   .where = corm_eq(Thing_.price, corm_case(corm_gt(Thing_.price, 1), Thing_.price,
                                                            Thing_.fine))),
        -1);
    assert_message(s, "2 digits behind the point and Thing.fine has 3");
    corm_enum_values states =
        corm_values(s, Thing, corm_case(corm_eq(Thing_.shape, FLAT), Thing_.state, BROKEN));
    assert_int_equal(states.count, 1);
    assert_int_equal(states.items[0].value, WHOLE);
    assert_rows(
        1, "CASE",
        corm_count(
            s, Thing,
            .where = corm_eq(corm_case(corm_eq(Thing_.shape, FLAT), Thing_.state, BROKEN), WHOLE)));
    assert_values("'flat', 'flat', 'whole'");
}

static void decimals_of_other_digits_are_not_sought_among_each_other(void **state)
{
    corm_session *s = *state;
    assert_int_equal(
        corm_count(s, Thing,
                   .where = corm_in_query(Thing_.price, corm_subquery(Thing, Thing_.fine))),
        -1);
    assert_message(s, "2 digits behind the point and Thing.fine has 3");
    assert_rows(1, "IN",
                corm_count(s, Thing,
                           .where = corm_in_query(
                               Thing_.price, corm_subquery(Thing, Thing_.price,
                                                           .where = corm_gt(Thing_.fine, 1)))));
}

static void the_mean_of_decimals_has_a_window(void **state)
{
    corm_session *s = *state;
    corm_optional_real mean = corm_scalar(
        s, Thing, corm_over(corm_average(Thing_.price), corm_group(Thing_.shape), corm_no_order));
    assert_true(mean.has_value);
    assert_true(mean.value == 1.25);
    mean = corm_scalar(
        s, Thing,
        corm_over_rows(corm_average(Thing_.fine), corm_no_group, corm_asc(Thing_.id), -1, 0));
    assert_true(mean.value == 1.25);
}

static void an_enum_is_its_text_everywhere(void **state)
{
    corm_session *s = *state;
    assert_rows(1, "BETWEEN",
                corm_count(s, Thing, .where = corm_between(Thing_.shape, FLAT, FLAT)));
    assert_values("'flat', 'flat'");
    assert_rows(
        1, "coalesce",
        corm_count(s, Thing, .where = corm_eq(corm_coalesce(Thing_.back, FLAT), Thing_.shape)));
    assert_values("'flat'");
    assert_rows(1, "coalesce",
                corm_count(s, Thing, .where = corm_eq(corm_coalesce(Thing_.back, FLAT), FLAT)));
    assert_values("'flat', 'flat'");
    assert_rows(0, " IS ", corm_count(s, Thing, .where = corm_same(Thing_.back, ROUND)));
    assert_rows(1, "nullif",
                corm_count(s, Thing, .where = corm_eq(corm_null_if(Thing_.shape, ROUND), FLAT)));
    assert_int_equal(corm_scalar(s, Thing, corm_maximum(Thing_.shape)).value, FLAT);
    assert_int_equal(
        corm_scalar(s, Thing, corm_case(corm_eq(Thing_.size, 7), ROUND, Thing_.shape)).value,
        ROUND);
    assert_int_equal(
        corm_scalar(s, Thing, corm_case(corm_eq(Thing_.size, 1), ROUND, Thing_.shape)).value, FLAT);
    assert_int_equal(corm_count(s, Thing, .where = corm_eq(corm_coalesce(Thing_.back, 9), FLAT)),
                     -1);
    assert_message(s, "things.back in a condition");
}

static void kinds_of_the_program_and_of_c_are_compared_as_stored(void **state)
{
    corm_session *s = *state;
    const Point here = {1, 2};
    assert_rows(1, "\"at\" = ?1",
                corm_count(s, Thing, .where = corm_eq(Thing_.at, point_value(&here))));
    assert_values("'1,2'");
    assert_rows(1, "coalesce",
                corm_count(s, Thing,
                           .where = corm_eq(corm_coalesce(Thing_.at, point_value(&here)),
                                            point_value(&here))));
    assert_values("'1,2', '1,2'");
    assert_rows(
        1, "BETWEEN",
        corm_count(s, Thing,
                   .where = corm_between(Thing_.at, point_value(&here), point_value(&here))));
    assert_rows(1, "(\"size\" + \"weight\") > ?1",
                corm_count(s, Thing, .where = corm_gt(corm_plus(Thing_.size, Thing_.weight), 8)));
    assert_rows(1, "upper(\"label\") = ?1 AND \"label\" LIKE ?2",
                corm_count(s, Thing,
                           .where = corm_and(corm_eq(corm_upper(Thing_.label), "ONE"),
                                             corm_like(Thing_.label, "o%"))));
    assert_string_equal(corm_scalar(s, Thing, Thing_.label), "one");
    assert_true(corm_scalar(s, Thing, Thing_.weight).value == 1.5);
    assert_int_equal(corm_scalar(s, Thing, Thing_.size).value, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        OFFICE_TEST(a_model_of_one_table_with_others_finds_its_own_rows),
        OFFICE_TEST(a_handle_means_its_own_model_beside_one_that_inherits_from_it),
        OFFICE_TEST(a_model_of_several_tables_stands_wherever_one_can),
        OFFICE_TEST(tables_that_meet_again_have_names_of_their_own),
        OFFICE_TEST(the_filter_of_a_relationship_goes_along),
        OFFICE_TEST(a_filter_takes_columns_of_c_s_own_types),
        OFFICE_TEST(a_key_of_several_columns_is_joined_by_all),
        OFFICE_TEST(several_aliases_stand_side_by_side),
        OFFICE_TEST(an_alias_has_the_ends_that_backref_declares),
        OFFICE_TEST(an_end_of_an_alias_that_is_not_there_is_refused),
        OFFICE_TEST(relationships_of_an_alias_are_explained),
        OFFICE_TEST(a_query_with_a_name_is_read_twice),
        OFFICE_TEST(pages_and_loads_go_with_joins),
        OFFICE_TEST(windows_look_at_groups),
        OFFICE_TEST(a_decimal_has_the_digits_of_its_column_everywhere),
        OFFICE_TEST(a_value_has_the_digits_and_texts_of_what_it_is_made_of),
        OFFICE_TEST(decimals_of_other_digits_are_not_sought_among_each_other),
        OFFICE_TEST(the_mean_of_decimals_has_a_window),
        OFFICE_TEST(an_enum_is_its_text_everywhere),
        OFFICE_TEST(kinds_of_the_program_and_of_c_are_compared_as_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
