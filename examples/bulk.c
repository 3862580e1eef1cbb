/* bulk.c: a shop takes in a price list.
 *
 * The idea: what concerns many rows is one statement, and no object is loaded for it; and still the
 * objects that the session has show what was written. Each statement is printed as it runs. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define PRODUCT(COLUMN, RELATIONSHIP)                                                    \
    COLUMN(INTEGER,          id,     .primary_key = true)                                \
    COLUMN(TEXT,             code,   .unique = true, .length = 8)                        \
    COLUMN(TEXT,             name)                                                       \
    COLUMN(DECIMAL(8, 2),    price)                                                      \
    COLUMN(INTEGER,          stock,  .default_value = corm_default(0))                   \
    COLUMN(BOOLEAN,          listed, .default_value = corm_default(true))                \
    COLUMN(OPTIONAL(DATE),   seen)                                                       \
    RELATIONSHIP(ONE_TO_MANY, offers, Offer, product, .passive_deletes = true)

#define OFFER(COLUMN, RELATIONSHIP)                                                      \
    COLUMN(INTEGER,         id,     .primary_key = true)                                 \
    COLUMN(DECIMAL(8, 2),   price)                                                       \
    COLUMN(INTEGER, product_id, .references = corm_ref(Product, id),                     \
                                .on_delete = CORM_ACTION_CASCADE)                        \
    RELATIONSHIP(MANY_TO_ONE, product, Product, offers)

#define SHOP(MODEL) MODEL(Product, "products", PRODUCT) MODEL(Offer, "offers", OFFER)
CORM_SCHEMA(shop, SHOP)
/* clang-format on */

static void print(const Product *product)
{
    char price[CORM_DECIMAL_TEXT_SIZE];
    printf("  %s: %s, %s, %d pieces%s\n", product->code, product->name,
           corm_decimal_format(product->price, price), (int)product->stock,
           product->listed ? "" : ", not listed");
}

static int failed(corm_session *session)
{
    printf("%s\n", corm_error_message(session));
    corm_session_close(session);
    return 1;
}

/* An array of plain structs: nothing to add, nothing to free. */
static int64_t stock_up(corm_session *session)
{
    static const char *const names[] = {"apple", "bread", "cheese"};
    Product products[3];
    corm_rows_blank(session, Product, products, 3); /* defaults, and the rest unset */
    for (int i = 0; i < 3; i++) {
        products[i].code = corm_text(session, "P%d", i + 1);
        products[i].name = names[i];
        products[i].price = corm_decimal_units(150 + 100 * i, 2);
        products[i].stock = 10 * i;
    }
    int64_t rows = corm_insert_all(session, Product, products, 3);
    Offer offers[] = {{.price = corm_decimal_of("0.99"), .product_id = products[0].id},
                      {.price = corm_decimal_of("2.99"), .product_id = products[2].id}};
    return rows < 0 ? rows : corm_insert_all(session, Offer, offers, 2);
}

/* Products that the list has and the table has not are new; the others get the list's price. */
static int64_t take_in(corm_session *session)
{
    corm_insertion_counts counts;
    Product list[] = {
        {.code = "P2", .name = "bread", .price = corm_decimal_of("2.75")},
        {.code = "P4", .name = "dates", .price = corm_decimal_of("4.20"), .listed = true}};
    int64_t rows =
        corm_insert_all(session, Product, list, 2, .on_conflict = corm_conflict_on(Product_.code),
                        .update = corm_columns_of(Product_.price), .counts = &counts);
    printf("taken in: %d new, %d updated\n", (int)counts.inserted, (int)counts.updated);
    return rows;
}

int main(void)
{
    corm_session *session = corm_sqlite_open("shop.db", &shop);
    if (corm_create_all(session) != CORM_OK || stock_up(session) < 0 ||
        corm_commit(session) != CORM_OK)
        return failed(session);
    Product *apple = corm_get(session, Product, 1), *bread = corm_get(session, Product, 2);
    Product *cheese = corm_get(session, Product, 3);
    Offer_list offers = Product_offers(cheese);
    corm_echo_times(session, false);
    corm_echo(session, stdout);

    if (take_in(session) < 0)
        return failed(session);
    print(bread); /* the session's object has the new price */

    int64_t rows = corm_update_all(
        session, Product,
        .set = corm_sets(corm_set(Product_.listed, false), corm_set_null(Product_.seen)),
        .where = corm_eq(Product_.stock, 0));
    printf("%d products are out of stock\n", (int)rows);
    print(apple);

    if (corm_update_all(session, Product, .set = corm_set(Product_.listed, false)) < 0)
        printf("%s\n", corm_error_message(session));
    if (corm_update_all(session, Product, .set = corm_set(Product_.code, "too long a code"),
                        .all_rows = true) < 0)
        printf("%s\n", corm_error_message(session));

    Product_list gone = corm_delete_returning(
        session, Product, .where = corm_gt(Product_.price, corm_decimal_of("3")));
    printf("%zu products were too dear:\n", gone.count);
    for (size_t i = 0; i < gone.count; i++)
        print(gone.items[i]);
    printf("the offer for cheese: %s\n", /* ON DELETE CASCADE */
           corm_state(offers.items[0]) == CORM_STATE_DELETED ? "deleted" : "still there");

    corm_rollback(session); /* all of it */
    printf("products: %d, and cheese is %s\n", (int)corm_count(session, Product),
           corm_state(cheese) == CORM_STATE_PERSISTENT ? "back" : "gone");
    corm_session_close(session);
    return 0;
}

/* Output:
 * SELECT "id" FROM "products" WHERE "code" = ?1  ['P2']  1 row
 * INSERT INTO "products" ("id", "code", "name", "price", "stock", "listed", "seen") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT ("code") DO UPDATE SET "price" = "excluded"."price"  [NULL, 'P2', 'bread', 275, 0, 0, NULL]  1 row
 * SELECT "id" FROM "products" WHERE "code" = ?1  ['P4']  0 rows
 * INSERT INTO "products" ("id", "code", "name", "price", "stock", "listed", "seen") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT ("code") DO UPDATE SET "price" = "excluded"."price"  [NULL, 'P4', 'dates', 420, 0, 1, NULL]  1 row
 * SELECT "id", "code", "name", "price", "stock", "listed", "seen" FROM "products" WHERE "id" = ?1  [2]  1 row
 * taken in: 1 new, 1 updated
 *   P2: bread, 2.75, 10 pieces
 * UPDATE "products" SET "listed" = ?1, "seen" = ?2 WHERE "stock" = ?3 RETURNING "id", "listed", "seen"  [0, NULL, 0]  2 rows
 * 2 products are out of stock
 *   P1: apple, 1.50, 0 pieces, not listed
 * corm_update_all(session, Product, ...) without .where: say .all_rows = true if every row is meant
 * products.code: 15 characters, at most 8 (UPDATE by query)
 * DELETE FROM "products" WHERE "price" > ?1 RETURNING "id", "code", "name", "price", "stock", "listed", "seen"  [300]  2 rows
 * SELECT "id", "price", "product_id" FROM "offers" WHERE "id" = ?1  [2]  0 rows
 * 2 products were too dear:
 *   P3: cheese, 3.50, 20 pieces
 *   P4: dates, 4.20, 0 pieces, not listed
 * the offer for cheese: deleted
 * ROLLBACK
 * BEGIN
 * SELECT count(*) FROM "products"  1 row
 * products: 3, and cheese is back
 * ROLLBACK
 */
