/* inventory.c: products in categories, and which of them expire soon.
 *
 * The idea: the relationship is declared once, where the foreign key is. BACKREF gives the category
 * its end of it, so that Category's list is nothing but its columns; and a product that is added on
 * its own brings along the category that it was given. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define CATEGORY(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, category_id, .primary_key = true)                                            \
    COLUMN(TEXT,    name,        .length = 40, .unique = true)
#define PRODUCT(COLUMN, RELATIONSHIP)                                                            \
    COLUMN(INTEGER,        product_id,  .primary_key = true)                                     \
    COLUMN(TEXT,           name,        .length = 80)                                            \
    COLUMN(INTEGER,        quantity,    .default_value = corm_default(0))                        \
    COLUMN(DECIMAL(10, 2), price)                                                                \
    COLUMN(OPTIONAL(DATE), expiry_date, .index = true)                                           \
    COLUMN(INTEGER,        category_id, .references = corm_ref(Category, category_id), .index = true) \
    RELATIONSHIP(MANY_TO_ONE, category, Category, BACKREF(products),                             \
                 .backref = {.order_by = corm_by(Product, name)})
#define SHOP(MODEL) MODEL(Category, "categories", CATEGORY) MODEL(Product, "products", PRODUCT)
CORM_SCHEMA(shop, SHOP)
/* clang-format on */

static Product *stock(corm_session *session, Category *category, const char *name, int quantity,
                      const char *price)
{
    Product *product = corm_new(session, Product, .name = name, .quantity = quantity,
                                .price = corm_decimal_of(price));
    Product_category_set(product, category);
    return product;
}

static void fill(corm_session *session)
{
    Category *dairy = corm_new(session, Category, .name = "dairy");
    Category *pantry = corm_new(session, Category, .name = "pantry");
    Product *milk = stock(session, dairy, "milk", 20, "1.19");
    Product *butter = stock(session, dairy, "butter", 8, "2.49");
    Product *salt = stock(session, pantry, "salt", 50, "0.59"); /* keeps for ever */
    Product *rice = stock(session, pantry, "rice", 30, "2.99");
    milk->expiry_date = corm_some(corm_date_of(2026, 3, 4));
    butter->expiry_date = corm_some(corm_date_of(2026, 3, 20));
    rice->expiry_date = corm_some(corm_date_of(2027, 11, 1));
    corm_add(session, milk); /* brings dairy along, and that its butter */
    corm_add(session, salt);
    corm_commit(session);
}

static void print_expiring(corm_session *session, corm_date before)
{
    char day[CORM_DATE_TEXT_SIZE], price[CORM_DECIMAL_TEXT_SIZE];
    Product_list found = corm_all(session, Product, .where = corm_lt(Product_.expiry_date, before),
                                  .order_by = corm_asc(Product_.expiry_date));
    printf("before %s: %zu\n", corm_date_format(before, day), found.count);
    for (size_t i = 0; i < found.count; i++) {
        const Product *product = found.items[i];
        printf("  %s  %-6s  %lld at %s\n", corm_date_format(product->expiry_date.value, day),
               product->name, (long long)product->quantity,
               corm_decimal_format(product->price, price));
    }
}

static void print_categories(corm_session *session)
{
    Category_list all = corm_all(session, Category, .order_by = corm_asc(Category_.name));
    for (size_t i = 0; i < all.count; i++) {
        Product_list products = Category_products(all.items[i]); /* one SELECT for all of them */
        printf("%s:", all.items[i]->name);
        for (size_t k = 0; k < products.count; k++)
            printf(" %s", products.items[k]->name);
        printf("\n");
    }
}

int main(void)
{
    corm_session *session = corm_sqlite_open("inventory.db", &shop);
    corm_create_all(session);
    fill(session);
    print_expiring(session, corm_date_of(2026, 4, 1));
    print_categories(session);

    /* One product on its own; its category is made on the way. */
    Product *apple =
        stock(session, corm_new(session, Category, .name = "fruit"), "apple", 6, "0.3");
    apple->expiry_date = corm_some(corm_date_of(2026, 3, 9));
    corm_add(session, apple);
    Product *milk = corm_one(session, Product, .where = corm_eq(Product_.name, "milk"));
    if (milk != NULL)
        corm_delete(session, milk); /* sold out */
    corm_commit(session);
    print_expiring(session, corm_date_of(2026, 4, 1));
    print_categories(session);

    corm_delete(session, Product_category(apple)); /* a product must have a category */
    if (corm_commit(session) != CORM_OK)
        printf("%s\n", corm_error_message(session));
    corm_rollback(session);
    bool good = corm_count(session, Product) == 4 && corm_error_status(session) == CORM_OK;
    corm_session_close(session);
    return good ? 0 : 1;
}

/* Output:
 * before 2026-04-01: 2
 *   2026-03-04  milk    20 at 1.19
 *   2026-03-20  butter  8 at 2.49
 * dairy: butter milk
 * pantry: rice salt
 * before 2026-04-01: 2
 *   2026-03-09  apple   6 at 0.30
 *   2026-03-20  butter  8 at 2.49
 * dairy: butter
 * fruit: apple
 * pantry: rice salt
 * products.category_id: Product "apple" refers to Category "fruit", which is deleted, and must have a value: delete it too (CORM_CASCADE_DELETE on Category.products), or give it another first
 */
