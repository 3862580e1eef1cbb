/* search.c: a search with filters that may be there or not, and its pages.
 *
 * The query is built up in ifs, as a web page's form would ask for it: what is not asked for is no part of the
 * SQL. Pages go by number, with the number of all rows, or from where the last one ended, which costs the
 * same on page 1,000 as on page 2. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define SHOP(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT,    city)
#define BIKE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(DECIMAL(8, 2),     price,   .index = true)                                              \
    COLUMN(INTEGER,           shop_id, .references = corm_ref(Shop, id))                           \
    RELATIONSHIP(MANY_TO_ONE, shop,    Shop, BACKREF(bikes))
#define STORE(MODEL) MODEL(Shop, "shops", SHOP) MODEL(Bike, "bikes", BIKE)
CORM_SCHEMA(store, STORE)
/* clang-format on */

/* What a visitor has filled in; NULL and 0: nothing. */
struct form {
    const char *text, *city;
    int64_t at_most;
    bool dear_first;
};

static corm_query search(const struct form *form)
{
    corm_query query = corm_query_of(Bike, .limit = 3);
    if (form->text != NULL)
        query.where = corm_and(query.where, corm_has_text(Bike_.name, form->text));
    if (form->city != NULL)
        query.where = corm_and(query.where, corm_has(Bike_.shop, corm_eq(Shop_.city, form->city)));
    if (form->at_most > 0)
        query.where = corm_and(query.where, corm_le(Bike_.price, form->at_most));
    query.order_by = form->dear_first ? corm_desc(Bike_.price) : corm_asc(Bike_.name);
    return query;
}

static void print(Bike_list bikes)
{
    for (size_t i = 0; i < bikes.count; i++) {
        char price[CORM_DECIMAL_TEXT_SIZE];
        printf("    %s, %s\n", bikes.items[i]->name,
               corm_decimal_format(bikes.items[i]->price, price));
    }
}

/* By number: page 2 of 4. */
static void page(corm_session *session, const struct form *form, int64_t number)
{
    int64_t total = 0;
    corm_query query = search(form);
    query.offset = (number - 1) * query.limit;
    query.total = &total;
    Bike_list bikes = corm_all_of(session, Bike, &query);
    printf("page %lld of %lld, %lld bikes\n", (long long)number,
           (long long)((total + query.limit - 1) / query.limit), (long long)total);
    print(bikes);
}

/* From where the last one ended: the order is completed by the key, so no bike comes twice or is left out,
 * even if others are sold meanwhile. */
static void scroll(corm_session *session, const struct form *form)
{
    corm_query query = search(form);
    for (;;) {
        Bike_list bikes = corm_all_of(session, Bike, &query);
        if (bikes.count == 0)
            break;
        printf("the next %zu\n", bikes.count);
        print(bikes);
        query.after = bikes.items[bikes.count - 1];
    }
}

static void show(void *context, const corm_trace_event *event)
{
    (void)context;
    if (strncmp(event->sql, "SELECT", 6) == 0)
        printf("%s\n", event->sql);
}

int main(void)
{
    static const char *const names[] = {"city", "racer", "mountain", "child's", "100% steel"};
    corm_session *session = corm_sqlite_open(":memory:", &store);
    corm_create_all(session);
    for (int i = 0; i < 10; i++) {
        Bike *bike = corm_new(session, Bike, .name = corm_text(session, "%s %d", names[i % 5], i),
                              .price = corm_decimal_from_integer(100 + 50 * (i % 4)));
        Bike_shop_set(bike, i < 2 ? corm_new(session, Shop, .city = i == 0 ? "Bonn" : "Kiel")
                                  : corm_get(session, Shop, 1 + i % 2));
        corm_add(session, bike);
        corm_flush(session);
    }
    corm_commit(session);
    corm_trace(session, show, NULL);
    page(session, &(struct form){.city = NULL}, 2);
    page(session, &(struct form){.text = "100%"}, 1);
    page(session, &(struct form){.city = "Kiel", .at_most = 200, .dear_first = true}, 1);
    scroll(session, &(struct form){.city = "Bonn", .dear_first = true});
    corm_session_close(session);
    return 0;
}

/* Output:
 * SELECT "id", "name", "price", "shop_id" FROM "bikes" ORDER BY "name", "id" LIMIT ?1 OFFSET ?2
 * SELECT count(*) FROM "bikes"
 * page 2 of 4, 10 bikes
 *     child's 8, 100.00
 *     city 0, 100.00
 *     city 5, 150.00
 * SELECT "id", "name", "price", "shop_id" FROM "bikes" WHERE "name" LIKE ?1 ESCAPE '\' ORDER BY "name", "id" LIMIT ?2
 * SELECT count(*) FROM "bikes" WHERE "name" LIKE ?1 ESCAPE '\'
 * page 1 of 1, 2 bikes
 *     100% steel 4, 100.00
 *     100% steel 9, 150.00
 * SELECT "id", "name", "price", "shop_id" FROM "bikes" WHERE EXISTS (SELECT 1 FROM "shops" WHERE "shops"."id" = "bikes"."shop_id" AND "shops"."city" = ?1) AND "price" <= ?2 ORDER BY "price" DESC, "id" LIMIT ?3
 * SELECT count(*) FROM "bikes" WHERE EXISTS (SELECT 1 FROM "shops" WHERE "shops"."id" = "bikes"."shop_id" AND "shops"."city" = ?1) AND "price" <= ?2
 * page 1 of 1, 3 bikes
 *     racer 1, 150.00
 *     city 5, 150.00
 *     100% steel 9, 150.00
 * SELECT "id", "name", "price", "shop_id" FROM "bikes" WHERE EXISTS (SELECT 1 FROM "shops" WHERE "shops"."id" = "bikes"."shop_id" AND "shops"."city" = ?1) ORDER BY "price" DESC, "id" LIMIT ?2
 * the next 3
 *     mountain 2, 200.00
 *     racer 6, 200.00
 *     city 0, 100.00
 * SELECT "id", "name", "price", "shop_id" FROM "bikes" WHERE EXISTS (SELECT 1 FROM "shops" WHERE "shops"."id" = "bikes"."shop_id" AND "shops"."city" = ?1) AND ("price" < ?2 OR ("price" = ?3 AND "id" > ?4)) ORDER BY "price" DESC, "id" LIMIT ?5
 * the next 2
 *     100% steel 4, 100.00
 *     child's 8, 100.00
 * SELECT "id", "name", "price", "shop_id" FROM "bikes" WHERE EXISTS (SELECT 1 FROM "shops" WHERE "shops"."id" = "bikes"."shop_id" AND "shops"."city" = ?1) AND ("price" < ?2 OR ("price" = ?3 AND "id" > ?4)) ORDER BY "price" DESC, "id" LIMIT ?5
 */
