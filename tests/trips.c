/* trips: round trips by the place that asks for them, and what is said of those in a loop. */
#include "allocators.h"

#define CORM_TRACE_CALLS
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define SHOP(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(ONE_TO_MANY, offers, Offer, BACKREF(shop), .lazy = CORM_LAZY_SELECT)              \
    RELATIONSHIP(ONE_TO_MANY, visits, Visit, shop)                                                 \
    RELATIONSHIP(ONE_TO_MANY, entries, Entry, NONE, .lazy = CORM_LAZY_WRITE_ONLY,                  \
                 .passive_deletes = true)
#define OFFER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,       .primary_key = true)                                                 \
    COLUMN(INTEGER, shop_id,  .references = corm_ref(Shop, id))                                    \
    RELATIONSHIP(ONE_TO_MANY, prices, Price, offer, .lazy = CORM_LAZY_SELECT)
#define PRICE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,       .primary_key = true)                                                 \
    COLUMN(INTEGER, offer_id, .references = corm_ref(Offer, id))                                   \
    COLUMN(OPTIONAL(TEXT), note, .deferred = true)                                                 \
    RELATIONSHIP(MANY_TO_ONE, offer, Offer, prices)
#define VISIT(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,       .primary_key = true)                                                 \
    COLUMN(INTEGER, shop_id,  .references = corm_ref(Shop, id))                                    \
    RELATIONSHIP(MANY_TO_ONE, shop, Shop, visits)
#define ENTRY(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,       .primary_key = true)                                                 \
    COLUMN(OPTIONAL(INTEGER), shop_id, .references = corm_ref(Shop, id),                           \
           .on_delete = CORM_ACTION_SET_NULL)
#define MARKET(MODEL)                                                                              \
    MODEL(Shop,  "shops",   SHOP)                                                                  \
    MODEL(Offer, "offers",  OFFER)                                                                 \
    MODEL(Price, "prices",  PRICE)                                                                 \
    MODEL(Visit, "visits",  VISIT)                                                                 \
    MODEL(Entry, "entries", ENTRY)
/* clang-format on */

CORM_SCHEMA(market, MARKET)

#define NAMED(COLUMN) COLUMN(TEXT, name)
CORM_ROW(Named, NAMED)

/* So a program names the line of the access, too. */
#define Shop_visits(shop_) corm_traced(Shop_visits(shop_))

enum { SHOPS = 4 };

static int open_market(void **state)
{
    corm_session *session = *state = memory_session(&market);
    if (session == NULL)
        return 1;
    for (int i = 0; i < SHOPS; i++) {
        Shop *shop = corm_new(session, Shop, .name = "a shop");
        Offer *offer = corm_new(session, Offer);
        (void)Shop_offers_append(shop, offer);
        (void)Offer_prices_append(offer, corm_new(session, Price));
        (void)Shop_visits_append(shop, corm_new(session, Visit));
        (void)corm_add(session, shop);
    }
    if (corm_commit(session) != CORM_OK || corm_clear(session) != CORM_OK)
        return 1;
    corm_round_trips_clear(session);
    return 0;
}

#define MARKET_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_market, close_session)

/* The report has this text in it, a format with lines of this file. */
#define assert_told(session_, ...) check_told((session_), __LINE__, __VA_ARGS__)
static void check_told(corm_session *session, int line, const char *format, ...) CORM__PRINTF(3, 4);
static void check_told(corm_session *session, int line, const char *format, ...)
{
    char part[1000];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(part, sizeof part, format, arguments);
    va_end(arguments);
    check_text(corm_round_trips(session), part, __FILE__, line);
}

/* ---- What is counted ------------------------------------------------------------------------- */

static void nothing_is_told_of_a_session_that_asks_nothing(void **state)
{
    corm_session *session = *state;
    assert_string_equal(corm_round_trips(session), "0 statements from 0 places\n");
    assert_null(corm_round_trips(NULL));
}

static void a_query_is_told_with_its_line(void **state)
{
    corm_session *session = *state;
    const int line = __LINE__ + 1;
    assert_int_equal(corm_all(session, Shop).count, SHOPS);
    assert_told(session, "1 statement from 1 place\n1 statement, 4 rows: corm_all(Shop) at %s:%d\n",
                __FILE__, line);
    assert_null(strstr(corm_round_trips(session), "N+1"));
}

static void every_kind_of_query_is_told(void **state)
{
    corm_session *session = *state;
    assert_non_null(corm_first(session, Shop));
    assert_non_null(corm_one(session, Shop, .where = corm_eq(Shop_.id, 1)));
    assert_int_equal(corm_count(session, Shop), SHOPS);
    assert_non_null(corm_get(session, Visit, 1));
    corm_stream *stream = corm_stream_open(session, Offer);
    while (corm_stream_next(stream) != NULL)
        ;
    assert_ok(session, corm_stream_close(stream));
    assert_told(session, "5 statements from 5 places\n");
    assert_told(session, "1 statement, 1 row: corm_first(Shop) at ");
    assert_told(session, "1 statement, 1 row: corm_one(Shop) at ");
    assert_told(session, "1 statement, 1 row: corm_count(Shop) at ");
    assert_told(session, "1 statement, 1 row: corm_get(Visit) at ");
    assert_told(session, "1 statement, 4 rows: corm_stream_open(Offer) at ");
}

static void what_needs_no_statement_is_not_told(void **state)
{
    corm_session *session = *state;
    assert_non_null(corm_get(session, Shop, 1));
    corm_round_trips_clear(session);
    for (int i = 0; i < 5; i++)
        assert_non_null(corm_get(session, Shop, 1));
    assert_string_equal(corm_round_trips(session), "0 statements from 0 places\n");
}

static void what_is_written_is_not_told(void **state)
{
    corm_session *session = *state;
    for (int i = 0; i < 5; i++)
        assert_ok(session, corm_add(session, corm_new(session, Shop, .name = "another")));
    assert_int_equal(corm_count(session, Shop), SHOPS + 5); /* flushes */
    assert_ok(session, corm_commit(session));
    assert_told(session, "1 statement from 1 place\n");
}

static void a_call_inside_of_an_argument_keeps_its_own_line(void **state)
{
    corm_session *session = *state;
    const corm_relationship_ref visits = Shop_.visits;
    const int line = __LINE__ + 2;
    /* clang-format off */
    (void)corm_all(session, Visit, .where = corm_related_to(visits, corm_get(session, Shop, 2)));
    /* clang-format on */
    assert_told(session, "1 statement, 1 row: corm_all(Visit) at %s:%d\n", __FILE__, line);
    assert_told(session, "1 statement, 1 row: corm_get(Shop) at %s:%d\n", __FILE__, line);
}

static void looking_at_a_query_is_no_round_trip(void **state)
{
    corm_session *session = *state;
    assert_non_null(corm_query_sql(session, Shop));
    assert_non_null(corm_explain(session, Shop));
    assert_string_equal(corm_round_trips(session), "0 statements from 0 places\n");
}

/* ---- Loops ----------------------------------------------------------------------------------- */

static void a_relationship_loaded_one_by_one_is_told_with_its_query(void **state)
{
    corm_session *session = *state;
    const int line = __LINE__ + 1;
    Shop_list shops = corm_all(session, Shop);
    for (size_t i = 0; i < shops.count; i++)
        assert_int_equal(Shop_offers(shops.items[i]).count, 1);
    assert_told(session,
                "5 statements from 2 places\n"
                "4 statements, 4 rows: Shop.offers, of objects from %s:%d\n"
                "    N+1: 4 accesses asked one by one: in the query at %s:%d write .load = "
                "corm_load(Shop_.offers), or declare Shop.offers .lazy = CORM_LAZY_BATCH\n"
                "1 statement, 4 rows: corm_all(Shop) at %s:%d\n",
                __FILE__, line, __FILE__, line, __FILE__, line);
}

static void the_advice_ends_the_loop(void **state)
{
    corm_session *session = *state;
    Shop_list shops = corm_all(session, Shop, .load = corm_load(Shop_.offers));
    for (size_t i = 0; i < shops.count; i++)
        assert_int_equal(Shop_offers(shops.items[i]).count, 1);
    assert_told(session, "2 statements from 1 place\n2 statements, 8 rows: corm_all(Shop)");
    assert_null(strstr(corm_round_trips(session), "N+1"));
}

static void a_batch_is_no_loop(void **state)
{
    corm_session *session = *state;
    Shop_list shops = corm_all(session, Shop);
    for (size_t i = 0; i < shops.count; i++)
        assert_int_equal(Shop_visits(shops.items[i]).count, 1);
    assert_told(session, "1 statement, 4 rows: Shop.visits at ");
    assert_null(strstr(corm_round_trips(session), "N+1"));
}

static void a_traced_access_is_told_with_its_own_line(void **state)
{
    corm_session *session = *state;
    const int loaded = __LINE__ + 2, looked = __LINE__ + 3;
    for (int i = 1; i <= SHOPS; i++) {
        Shop *shop = corm_get(session, Shop, i);
        assert_int_equal(Shop_visits(shop).count, 1);
    }
    assert_told(session, "4 statements, 4 rows: Shop.visits at %s:%d, of objects from %s:%d\n",
                __FILE__, looked, __FILE__, loaded);
    assert_told(session,
                "in the query at %s:%d write .load = corm_load(Shop_.visits); objects of one "
                "query share a statement, but these came one at a time or were changed in "
                "between\n",
                __FILE__, loaded);
}

static void what_a_relationship_leads_to_comes_from_the_same_query(void **state)
{
    corm_session *session = *state;
    const int line = __LINE__ + 1;
    Shop_list shops = corm_all(session, Shop, .load = corm_load(Shop_.offers));
    for (size_t i = 0; i < shops.count; i++)
        assert_int_equal(Offer_prices(Shop_offers(shops.items[i]).items[0]).count, 1);
    assert_told(session, "4 statements, 4 rows: Offer.prices, of objects from %s:%d\n", __FILE__,
                line);
    assert_ok(session, corm_clear(session));
    corm_round_trips_clear(session);
    const int again = __LINE__ + 1;
    shops = corm_all(session, Shop);
    for (size_t i = 0; i < shops.count; i++)
        assert_int_equal(Offer_prices(Shop_offers(shops.items[i]).items[0]).count, 1);
    assert_told(session, "4 statements, 4 rows: Offer.prices, of objects from %s:%d\n", __FILE__,
                again);
}

static void an_end_made_by_backref_is_named_by_its_handle(void **state)
{
    corm_session *session = *state;
    for (int i = 1; i <= SHOPS; i++)
        assert_non_null(Offer_shop(corm_get(session, Offer, i)));
    assert_told(session, "4 statements, 4 rows: Offer.shop, of objects from ");
    assert_told(session, "write .load = corm_load(Offer_shop_)");
}

static void counting_in_a_loop_is_told(void **state)
{
    corm_session *session = *state;
    Shop_list shops = corm_all(session, Shop);
    size_t sum = 0;
    for (size_t i = 0; i < shops.count; i++)
        sum += Shop_offers_count(shops.items[i]);
    assert_int_equal(sum, 4);
    assert_told(session, "4 statements, 4 rows: Shop.offers, of objects from ");
    assert_told(session, "N+1: 4 accesses asked one by one");
    corm_round_trips_clear(session);
    for (size_t i = 0; i < shops.count; i++)
        sum += Shop_entries_count(shops.items[i]);
    assert_told(session, "N+1: 4 accesses asked one by one: ask for all of them with one query\n");
}

static void corm_get_in_a_loop_is_told(void **state)
{
    corm_session *session = *state;
    const int line = __LINE__ + 2;
    for (int i = 1; i <= SHOPS; i++)
        assert_non_null(corm_get(session, Shop, i));
    assert_told(
        session,
        "4 statements, 4 rows: corm_get(Shop) at %s:%d\n"
        "    N+1: 4 calls asked one by one: ask once, with corm_all(session, Shop, .where = "
        "corm_in(Shop_.id, items, count)); corm_get then finds them in the session\n",
        __FILE__, line);
}

static void a_query_in_a_loop_is_told(void **state)
{
    corm_session *session = *state;
    const int line = __LINE__ + 2;
    for (int i = 1; i <= SHOPS; i++)
        assert_int_equal(corm_all(session, Offer, .where = corm_eq(Offer_.shop_id, i)).count, 1);
    for (int i = 1; i <= SHOPS; i++)
        assert_non_null(corm_first(session, Shop, .where = corm_eq(Shop_.id, i)));
    assert_told(
        session,
        "4 statements, 4 rows: corm_all(Offer) at %s:%d\n    N+1: 4 calls asked one by one: "
        "ask once for all of them, with corm_in(column, items, count), or follow a "
        "relationship that .load brings along\n",
        __FILE__, line);
    assert_told(session, "4 statements, 4 rows: corm_first(Shop) at %s:%d\n    N+1", __FILE__,
                line + 2);
}

static void columns_loaded_one_by_one_are_told(void **state)
{
    corm_session *session = *state;
    const int line = __LINE__ + 1;
    Price_list prices = corm_all(session, Price);
    for (size_t i = 0; i < prices.count; i++)
        assert_ok(session, corm_load_column(prices.items[i], Price_.note));
    assert_int_equal(prices.count, 4);
    assert_told(
        session,
        "4 statements, 4 rows: corm_load_column(Price_.note), of objects from %s:%d\n    N+1: "
        "4 calls asked one by one: in the query at %s:%d write .load = "
        "corm_load_columns(Price_.note)\n",
        __FILE__, line, __FILE__, line);
    (void)corm_clear(session);
    corm_round_trips_clear(session);
    prices = corm_all(session, Price, .load = corm_load_columns(Price_.note));
    for (size_t i = 0; i < prices.count; i++)
        assert_ok(session, corm_load_column(prices.items[i], Price_.note));
    assert_null(strstr(corm_round_trips(session), "N+1"));
}

static void objects_made_current_one_by_one_are_told(void **state)
{
    corm_session *session = *state;
    const int line = __LINE__ + 1;
    Shop_list shops = corm_all(session, Shop);
    Shop *kept[SHOPS]; /* the list ends with the transaction, its objects do not */
    memcpy(kept, shops.items, sizeof kept);
    assert_ok(session, corm_commit(session));
    for (size_t i = 0; i < SHOPS; i++)
        assert_ok(session, corm_current(kept[i]));
    assert_told(
        session,
        "4 statements, 4 rows: corm_current(Shop), of objects from %s:%d\n    N+1: 4 calls "
        "asked one by one: ask once, with corm_all(session, Shop, .where = corm_in(Shop_.id, "
        "items, count)); corm_current then finds them in the session\n",
        __FILE__, line);
    const int refreshed = __LINE__ + 2;
    for (size_t i = 0; i < SHOPS; i++)
        assert_ok(session, corm_traced(corm_refresh(session, kept[i])));
    assert_told(
        session,
        "4 statements, 4 rows: corm_refresh(Shop) at %s:%d, of objects from %s:%d\n    N+1: "
        "4 calls asked one by one: ask once, with corm_all(session, Shop, .where = "
        "corm_in(Shop_.id, items, count)), after corm_expire of each\n",
        __FILE__, refreshed, __FILE__, line);
}

static void merging_one_by_one_is_told(void **state)
{
    corm_session *session = *state;
    const int line = __LINE__ + 3;
    for (int i = 1; i <= SHOPS; i++) {
        Shop *shop = corm_new(session, Shop, .id = i, .name = "renamed");
        assert_non_null(corm_traced(corm_merge(session, shop)));
    }
    assert_told(session, "4 statements, 4 rows: corm_merge(Shop) at %s:%d\n    N+1: 4 calls",
                __FILE__, line);
}

static void rows_and_values_and_kept_queries_are_told(void **state)
{
    corm_session *session = *state;
    const corm_query kept = corm_query_of(Shop, .limit = 1);
    const int line = __LINE__ + 2;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(corm_select(session, Named, .from = corm_from(Shop)).count, SHOPS);
        assert_int_equal(corm_values(session, Shop, Shop_.id).count, SHOPS);
        assert_int_equal(corm_all_of(session, Shop, &kept).count, 1);
        assert_int_equal(corm_sql(session, Named, "SELECT name FROM shops LIMIT 2").count, 2);
        assert_int_equal(corm_sql_integer(session, "SELECT count(*) FROM shops"), SHOPS);
    }
    assert_told(session, "3 statements, 12 rows: corm_select(Named) at %s:%d\n    N+1", __FILE__,
                line);
    assert_told(session, "3 statements, 12 rows: corm_values(Shop) at %s:%d\n    N+1", __FILE__,
                line + 1);
    assert_told(session, "3 statements, 6 rows: corm_sql(Named) at %s:%d\n    N+1", __FILE__,
                line + 3);
    assert_told(session, "3 statements, 3 rows: a value of corm_sql at %s:%d\n    N+1", __FILE__,
                line + 4);
    assert_told(session, "3 statements, 3 rows: corm_all(Shop) at %s:%d\n    N+1", __FILE__,
                line + 2);
}

static void two_calls_are_no_loop(void **state)
{
    corm_session *session = *state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(corm_count(session, Shop), SHOPS);
    assert_told(session, "2 statements, 2 rows: corm_count(Shop)");
    assert_null(strstr(corm_round_trips(session), "N+1"));
}

static void the_most_statements_come_first(void **state)
{
    corm_session *session = *state;
    (void)corm_count(session, Visit);
    for (int i = 0; i < 2; i++)
        (void)corm_count(session, Price);
    for (int i = 0; i < 3; i++)
        (void)corm_count(session, Offer);
    const char *told = corm_round_trips(session);
    const char *offer = strstr(told, "(Offer)"), *price = strstr(told, "(Price)");
    const char *visit = strstr(told, "(Visit)");
    assert_true(offer != NULL && offer < price && price < visit);
    corm_round_trips_clear(session);
    assert_string_equal(corm_round_trips(session), "0 statements from 0 places\n");
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static corm_status load_all(corm_session *session)
{
    Shop_list shops = corm_all(session, Shop);
    corm_status status = corm_last_status();
    for (size_t i = 0; i < shops.count && status == CORM_OK; i++) {
        (void)Shop_offers(shops.items[i]);
        status = corm_last_status();
    }
    if (status == CORM_OK && corm_round_trips(session) == NULL)
        status = corm_last_status();
    return status;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    (void)state;
    for (long nth = 1;; nth++) {
        const struct held before = held_by_corm;
        void *opened = NULL;
        assert_int_equal(open_market(&opened), 0);
        corm_session *session = opened;
        corm_trace(session, NULL, NULL);
        arm(nth, false);
        const corm_status status = load_all(session);
        disarm();
        assert_true(status == CORM_OK || status == CORM_OUT_OF_MEMORY);
        assert_ok(session, corm_rollback(session));
        assert_int_equal(corm_count(session, Shop), SHOPS);
        corm_session_close(session);
        assert_int_equal(held_by_corm.blocks, before.blocks);
        if (!faults.reached)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MARKET_TEST(nothing_is_told_of_a_session_that_asks_nothing),
        MARKET_TEST(a_query_is_told_with_its_line),
        MARKET_TEST(every_kind_of_query_is_told),
        MARKET_TEST(what_needs_no_statement_is_not_told),
        MARKET_TEST(what_is_written_is_not_told),
        MARKET_TEST(a_call_inside_of_an_argument_keeps_its_own_line),
        MARKET_TEST(looking_at_a_query_is_no_round_trip),
        MARKET_TEST(a_relationship_loaded_one_by_one_is_told_with_its_query),
        MARKET_TEST(the_advice_ends_the_loop),
        MARKET_TEST(a_batch_is_no_loop),
        MARKET_TEST(a_traced_access_is_told_with_its_own_line),
        MARKET_TEST(what_a_relationship_leads_to_comes_from_the_same_query),
        MARKET_TEST(an_end_made_by_backref_is_named_by_its_handle),
        MARKET_TEST(counting_in_a_loop_is_told),
        MARKET_TEST(corm_get_in_a_loop_is_told),
        MARKET_TEST(a_query_in_a_loop_is_told),
        MARKET_TEST(columns_loaded_one_by_one_are_told),
        MARKET_TEST(objects_made_current_one_by_one_are_told),
        MARKET_TEST(merging_one_by_one_is_told),
        MARKET_TEST(rows_and_values_and_kept_queries_are_told),
        MARKET_TEST(two_calls_are_no_loop),
        MARKET_TEST(the_most_statements_come_first),
        cmocka_unit_test(a_failed_allocation_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
