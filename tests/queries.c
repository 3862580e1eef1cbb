/* queries: conditions over typed columns, order, limit, relationships loaded with their parents. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define THING(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,            id,     .primary_key = true)                                        \
    COLUMN(TEXT,               name)                                                               \
    COLUMN(REAL,               price)                                                              \
    COLUMN(BOOLEAN,            sold)                                                               \
    COLUMN(DATE,               made)                                                               \
    COLUMN(OPTIONAL(DATETIME), seen)                                                               \
    COLUMN(OPTIONAL(INTEGER),  rank)                                                               \
    COLUMN(OPTIONAL(TEXT),     remark)                                                             \
    COLUMN(OPTIONAL(BLOB),     code)                                                               \
    COLUMN(OPTIONAL(INTEGER),  box_id, .references = corm_ref(Box, id))
#define BOX(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(ONE_TO_MANY, things, Thing, BACKREF(box))
#define THINGS(MODEL)                                                                              \
    MODEL(Box,   "boxes",  BOX)                                                                    \
    MODEL(Thing, "things", THING)
/* clang-format on */

CORM_SCHEMA(things, THINGS)

static const unsigned char code_bytes[] = {0, 1, 2};
static const corm_blob code = {code_bytes, sizeof code_bytes};

/* Things a, b, c, d, e with rising values; d and e have no rank; an empty box and one that has b. */
static int open_things(void **state)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    corm_session *session = memory_session(&things);
    *state = session;
    if (session == NULL)
        return 1;
    Box *box = corm_new(session, Box, .name = "full");
    (void)corm_add(session, corm_new(session, Box, .name = "empty"));
    for (int i = 0; i < 5; i++) {
        Thing *thing = corm_new(session, Thing, .name = names[i], .price = 0.5 * i,
                                .sold = i % 2 == 0, .made = corm_date_of(2020 + i, 1, 1));
        if (thing == NULL)
            return 1;
        if (i < 3)
            thing->rank = corm_some(10 * i);
        if (i == 1) {
            thing->remark = "it's \"b\"";
            thing->code = code;
            thing->seen = corm_some(corm_datetime_of(2024, 5, 6, 7, 8, 9, 10));
            (void)Thing_box_set(thing, box);
        }
        (void)corm_add(session, thing);
    }
    if (corm_commit(session) != CORM_OK || corm_clear(session) != CORM_OK)
        print_error("%s\n", corm_error_message(session));
    record(session);
    return 0;
}

#define THINGS_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_things, close_session)

/* The names of what a query finds, in a row: "abc". */
static const char *names_of(corm_session *session, const corm_query *query)
{
    static char names[64];
    corm_list list = corm_query_all(session, query);
    size_t used = 0;
    for (size_t i = 0; i < list.count && used < sizeof names - 1; i++)
        names[used++] = ((Thing *)list.items[i])->name[0];
    names[used] = '\0';
    return corm_last_status() == CORM_OK ? names : corm_error_message(session);
}

#define assert_found(expected_, ...)                                                               \
    assert_string_equal(names_of(session, &(const corm_query){.model = &corm__model_Thing,         \
                                                              .order_by = corm_asc(Thing_.id),     \
                                                              .where = __VA_ARGS__}),              \
                        (expected_))

static void each_comparison_finds_what_it_says(void **state)
{
    corm_session *session = *state;
    assert_found("c", corm_eq(Thing_.name, "c"));
    assert_found("abde", corm_ne(Thing_.name, "c"));
    assert_found("ab", corm_lt(Thing_.name, "c"));
    assert_found("abc", corm_le(Thing_.name, "c"));
    assert_found("de", corm_gt(Thing_.name, "c"));
    assert_found("cde", corm_ge(Thing_.name, "c"));
    assert_found("bc", corm_between(Thing_.name, "b", "c"));
    assert_found("", corm_between(Thing_.name, "c", "b"));
}

static void between_takes_what_its_two_comparisons_take(void **state)
{
    corm_session *session = *state;
    const double half = 0.5;
    /* a to e: id 1 to 5, price 0 to 2; rank 0, 10, 20 and then none */
    assert_found("bc", corm_between(Thing_.id, 2, corm_plus(Thing_.price, 2.25)));
    assert_found("abc", corm_between(Thing_.id, Thing_.price, corm_plus(Thing_.price, 2)));
    assert_found("bcde", corm_between(Thing_.price, corm_var(&half), Thing_.id));
    assert_found("a", corm_between(Thing_.price, Thing_.rank, 2.5));
    assert_found("a", corm_between(2, Thing_.rank, corm_plus(Thing_.price, 2)));
    assert_found("", corm_between(Thing_.id, corm_var(&half), 0));
}

static void each_kind_of_column_can_be_compared(void **state)
{
    corm_session *session = *state;
    assert_found("b", corm_eq(Thing_.id, 2));
    assert_found("b", corm_eq(Thing_.rank, INT64_C(10)));
    assert_found("bc", corm_gt(Thing_.rank, 0)); /* NULL is neither greater nor less */
    assert_found("c", corm_eq(Thing_.price, 1.0));
    assert_found("c", corm_eq(Thing_.price, 1));
    assert_found("de", corm_gt(Thing_.price, 1.0F));
    assert_found("ace", corm_eq(Thing_.sold, true));
    assert_found("bd", corm_ne(Thing_.sold, true));
    assert_found("ab", corm_lt(Thing_.made, corm_date_of(2022, 1, 1)));
    assert_found("b", corm_eq(Thing_.seen, corm_datetime_of(2024, 5, 6, 7, 8, 9, 10)));
    assert_found("", corm_gt(Thing_.seen, corm_datetime_of(2024, 5, 6, 7, 8, 9, 10)));
    assert_found("b", corm_eq(Thing_.seen, corm_some(corm_datetime_of(2024, 5, 6, 7, 8, 9, 10))));
    assert_found("b", corm_eq(Thing_.code, code));
    assert_found("", corm_eq(Thing_.remark, "none"));
}

static void comparing_with_null_text_finds_nothing(void **state)
{
    corm_session *session = *state;
    const char *none = NULL;
    assert_found("", corm_eq(Thing_.remark, none));
    assert_found("", corm_ne(Thing_.remark, none));
    assert_found("acde", corm_is_null(Thing_.remark));
    assert_found("b", corm_is_not_null(Thing_.remark));
}

static void like_knows_percent_and_underscore(void **state)
{
    corm_session *session = *state;
    assert_found("b", corm_like(Thing_.remark, "it%"));
    assert_found("b", corm_like(Thing_.remark, "%'s \"_\""));
    assert_found("", corm_like(Thing_.remark, "b"));
    assert_found("abcde", corm_like(Thing_.name, "_"));
    assert_found("a", corm_like(Thing_.name, "A"));
}

static void in_takes_any_number_of_values(void **state)
{
    corm_session *session = *state;
    const int64_t ids[] = {5, 1, 1, 99};
    const char *const names[] = {"b", "it's"};
    const double prices[] = {0.5, 2.0};
    const corm_date days[] = {{2020, 1, 1}, {2021, 1, 1}};
    assert_found("ae", corm_in(Thing_.id, ids, 4));
    assert_found("b", corm_in(Thing_.name, names, 2));
    assert_found("be", corm_in(Thing_.price, prices, 2));
    assert_found("ab", corm_in(Thing_.made, days, 2));
    assert_found("", corm_in(Thing_.id, ids, 0));
    assert_found("abcde", corm_not(corm_in(Thing_.id, ids, 0)));
    assert_found("abcde", corm_or(corm_in(Thing_.id, ids, 0), corm_ge(Thing_.id, 1)));
}

static void a_list_may_have_a_thousand_values(void **state)
{
    corm_session *session = *state;
    int64_t ids[1000];
    for (int i = 0; i < 1000; i++)
        ids[i] = 2 + i;
    assert_found("bcde", corm_in(Thing_.id, ids, 1000));
}

static void conditions_are_combined_with_and_or_not(void **state)
{
    corm_session *session = *state;
    assert_found("bd", corm_and(corm_gt(Thing_.id, 1), corm_eq(Thing_.sold, false)));
    assert_found("abc", corm_or(corm_eq(Thing_.name, "a"),
                                corm_in(Thing_.id, ((const int64_t[]){2, 3}), 2)));
    assert_found("de", corm_not(corm_le(Thing_.name, "c")));
    assert_found("a", corm_and(corm_or(corm_eq(Thing_.id, 1), corm_eq(Thing_.id, 2)),
                               corm_not(corm_eq(Thing_.id, 2))));
    assert_found("bcde", corm_not(corm_and(corm_eq(Thing_.id, 1), corm_eq(Thing_.name, "a"))));
    assert_found("abcde", corm_or(corm_and(corm_lt(Thing_.id, 3), corm_gt(Thing_.id, 0)),
                                  corm_and(corm_gt(Thing_.id, 2), corm_lt(Thing_.id, 9))));
}

/* A search form: every field may be left out. */
static corm_condition search(const char *name, int least, bool unsold)
{
    corm_condition condition = {0};
    if (name != NULL)
        condition = corm_and(condition, corm_eq(Thing_.name, name));
    if (least > 0)
        condition = corm_and(condition, corm_ge(Thing_.id, least));
    if (unsold) {
        corm_condition part = corm_eq(Thing_.sold, false);
        condition = corm_and(condition, part);
    }
    return condition;
}

static void conditions_can_be_built_up_in_ifs(void **state)
{
    corm_session *session = *state;
    assert_found("abcde", search(NULL, 0, false));
    assert_found("b", search("b", 0, false));
    assert_found("cde", search(NULL, 3, false));
    assert_found("d", search(NULL, 3, true));
    assert_found("", search("a", 3, true));
    corm_condition any = {0};
    for (int i = 1; i <= 3; i++)
        any = corm_or(any, corm_eq(Thing_.id, i));
    corm_condition kept = any;
    any = corm_not(any);
    assert_found("abc", kept);
    assert_found("de", any);
}

static void too_many_parts_are_reported_when_the_query_runs(void **state)
{
    corm_session *session = *state;
    corm_condition condition = {0};
    for (int i = 0; i < CORM_CONDITION_NODES + 10; i++)
        condition = corm_or(condition, corm_eq(Thing_.id, i));
    assert_int_equal(corm_all(session, Thing, .where = condition).count, 0);
    assert_int_not_equal(corm_last_status(), CORM_OK);
    assert_message(session, "64");
    assert_message(session, "CORM_CONDITION_NODES");
    assert_no_sql();
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_count(session, Thing), 5);
}

static void an_impossible_date_is_reported_when_the_query_runs(void **state)
{
    corm_session *session = *state;
    assert_int_equal(
        corm_count(session, Thing, .where = corm_eq(Thing_.made, corm_date_of(2025, 2, 30))), -1);
    assert_message(session, "2025-02-30");
}

static void results_are_ordered_by_several_columns(void **state)
{
    corm_session *session = *state;
    Thing_list list = corm_all(session, Thing,
                               .order_by = corm_order(corm_desc(Thing_.sold), corm_asc(Thing_.rank),
                                                      corm_desc(Thing_.id)));
    const char *expected = "eacdb"; /* sold: e (no rank), a, c; not sold: d (no rank), b */
    assert_int_equal(list.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(list.items[i]->name[0], expected[i]);
}

static void limit_and_offset_cut_a_piece_out(void **state)
{
    corm_session *session = *state;
    assert_found("ab", {0}, .limit = 2);
    assert_found("cd", {0}, .limit = 2, .offset = 2);
    assert_found("e", {0}, .limit = 10, .offset = 4);
    assert_found("de", {0}, .offset = 3);
    assert_found("", {0}, .offset = 5);
    assert_int_equal(corm_count(session, Thing, .limit = 2), 2);
    assert_int_equal(corm_count(session, Thing, .offset = 4), 1);
}

static void a_limit_or_offset_below_zero_is_refused(void **state)
{
    corm_session *session = *state;
    assert_int_equal(corm_all(session, Thing, .limit = -1).count, 0);
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_message(session, "limit");
    assert_int_equal(corm_count(session, Thing, .offset = -1), -1);
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_message(session, "offset");
    assert_no_sql();
    assert_int_equal(corm_count(session, Thing), 5); /* it blocks nothing */
}

static void first_takes_the_first_and_one_wants_exactly_one(void **state)
{
    corm_session *session = *state;
    assert_string_equal(corm_first(session, Thing)->name, "a");
    assert_string_equal(corm_first(session, Thing, .order_by = corm_desc(Thing_.name))->name, "e");
    assert_null(corm_first(session, Thing, .where = corm_eq(Thing_.id, 99)));
    assert_int_equal(corm_error_status(session), CORM_OK);
    assert_string_equal(corm_one(session, Thing, .where = corm_eq(Thing_.id, 3))->name, "c");
    assert_null(corm_one(session, Thing, .where = corm_eq(Thing_.id, 99)));
    assert_int_equal(corm_last_status(), CORM_NOT_FOUND);
    assert_null(corm_one(session, Thing));
    assert_int_equal(corm_last_status(), CORM_NOT_UNIQUE);
    assert_ok(session, corm_commit(session));
}

static void count_counts_rows_and_loads_none(void **state)
{
    corm_session *session = *state;
    assert_int_equal(corm_count(session, Thing), 5);
    assert_int_equal(corm_count(session, Thing, .where = corm_is_null(Thing_.rank)), 2);
    assert_int_equal(corm_count(session, Thing, .where = corm_eq(Thing_.id, 99)), 0);
    assert_ran(3, "SELECT");
}

static void relationships_are_loaded_with_their_parents(void **state)
{
    corm_session *session = *state;
    Box_list boxes =
        corm_all(session, Box, .load = corm_load(Box_.things), .order_by = corm_asc(Box_.id));
    assert_int_equal(boxes.count, 2);
    assert_ran(2, "SELECT");
    assert_int_equal(Box_things(boxes.items[0]).count + Box_things(boxes.items[1]).count, 1);
    Thing_list all = corm_all(session, Thing, .load = corm_load(Thing_box_));
    assert_int_equal(all.count, 5);
    size_t statements = ran("SELECT");
    assert_in_range(statements, 3, 4); /* the boxes are in the session already */
    for (size_t i = 0; i < all.count; i++)
        assert_true((Thing_box(all.items[i]) != NULL) == (all.items[i]->name[0] == 'b'));
    assert_ran(statements, "SELECT");
}

static void the_number_of_statements_does_not_grow_with_the_parents(void **state)
{
    corm_session *session = *state;
    size_t statements[2];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 200; i++) {
            User *user = user_with_posts(session, corm_text(session, "u%d.%d", round, i), 1);
            assert_ok(session, Post_comments_append(User_posts(user).items[0],
                                                    corm_new(session, Comment, .body = "c")));
        }
        start_afresh(session);
        User_list users = corm_all(session, User, .load = corm_load(User_.posts));
        assert_int_equal(users.count, 200 * (round + 1));
        for (size_t i = 0; i < users.count; i++)
            assert_int_equal(User_posts(users.items[i]).count, 1);
        statements[round] = ran("SELECT");
    }
    assert_int_equal(statements[0], 2);
    assert_int_equal(statements[1], 2);
}

/* Every place that takes a text takes these. */
static void a_text_is_never_part_of_the_sql(void **state)
{
    static const char *const texts[] = {"'; DROP TABLE things; --",
                                        "\"; DROP TABLE things; --",
                                        "a' OR '1'='1",
                                        "?1",
                                        "%",
                                        "%s%n",
                                        ":name",
                                        "$1",
                                        "'",
                                        "\"",
                                        "\\",
                                        "/*",
                                        "a\nb",
                                        "\xf0\x9f\x99\x82"};
    corm_session *session = *state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = texts[i];
        Thing *thing = corm_new(session, Thing, .name = text, .price = 0, .sold = false,
                                .made = corm_date_of(2000, 1, 1), .remark = text);
        assert_ok(session, corm_add(session, thing));
        assert_ok(session, corm_flush(session));
        record(session);
        assert_int_equal(corm_count(session, Thing, .where = corm_eq(Thing_.name, text)), 1);
        assert_int_equal(corm_count(session, Thing, .where = corm_in(Thing_.name, &text, 1)), 1);
        assert_int_equal(
            corm_count(session, Thing, .where = corm_between(Thing_.remark, text, text)), 1);
        assert_true(corm_count(session, Thing, .where = corm_like(Thing_.name, text)) >= 0);
        if (strlen(text) > 4)
            for (size_t j = 0; j < recorder.count; j++)
                assert_null(strstr(recorder.statements[j].sql, text));
        thing->remark = "x";
        assert_ok(session, corm_delete(session, thing));
        assert_ok(session, corm_commit(session));
    }
    assert_int_equal(corm_count(session, Thing), 5);
}

static void a_column_of_another_model_is_refused(void **state)
{
    corm_session *session = *state;
    assert_int_equal(corm_count(session, Thing, .where = corm_eq(Box_.name, "full")), -1);
    assert_int_not_equal(corm_last_status(), CORM_OK);
    assert_message(session, ".name");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_count(session, Thing), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        THINGS_TEST(each_comparison_finds_what_it_says),
        THINGS_TEST(between_takes_what_its_two_comparisons_take),
        THINGS_TEST(each_kind_of_column_can_be_compared),
        THINGS_TEST(comparing_with_null_text_finds_nothing),
        THINGS_TEST(like_knows_percent_and_underscore),
        THINGS_TEST(in_takes_any_number_of_values),
        THINGS_TEST(a_list_may_have_a_thousand_values),
        THINGS_TEST(conditions_are_combined_with_and_or_not),
        THINGS_TEST(conditions_can_be_built_up_in_ifs),
        THINGS_TEST(too_many_parts_are_reported_when_the_query_runs),
        THINGS_TEST(an_impossible_date_is_reported_when_the_query_runs),
        THINGS_TEST(results_are_ordered_by_several_columns),
        THINGS_TEST(limit_and_offset_cut_a_piece_out),
        THINGS_TEST(a_limit_or_offset_below_zero_is_refused),
        THINGS_TEST(first_takes_the_first_and_one_wants_exactly_one),
        THINGS_TEST(count_counts_rows_and_loads_none),
        THINGS_TEST(relationships_are_loaded_with_their_parents),
        BLOG_TEST(the_number_of_statements_does_not_grow_with_the_parents),
        THINGS_TEST(a_text_is_never_part_of_the_sql),
        THINGS_TEST(a_column_of_another_model_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
