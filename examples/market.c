/* market.c: users and the items they own.
 *
 * The idea: columns are members and live in the table; relationships are functions and live in the
 * program. corm keeps the two in agreement, and says in words what the database refuses. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define USER(COLUMN, RELATIONSHIP)                                                       \
    COLUMN(INTEGER,           id,            .primary_key = true)                        \
    COLUMN(TEXT,              username,      .length = 30, .unique = true)               \
    COLUMN(TEXT,              email,         .length = 50, .unique = true)               \
    COLUMN(TEXT,              password_hash, .length = 60)                               \
    COLUMN(INTEGER,           budget,        .default_value = corm_default(1000))        \
    RELATIONSHIP(ONE_TO_MANY, items, Item, BACKREF(owned_user))

#define ITEM(COLUMN, RELATIONSHIP)                                                       \
    COLUMN(INTEGER,           id,            .primary_key = true)                        \
    COLUMN(TEXT,              name,          .length = 30, .unique = true)               \
    COLUMN(INTEGER,           price)                                                     \
    COLUMN(TEXT,              barcode,       .length = 12, .unique = true)               \
    COLUMN(TEXT,              description,   .length = 1024)                             \
    COLUMN(OPTIONAL(INTEGER), owner,         .references = corm_ref(User, id))

#define MARKET(MODEL)             \
    MODEL(User, "users", USER)    \
    MODEL(Item, "items", ITEM)

CORM_SCHEMA(market, MARKET)
/* clang-format on */

static int print_row(void *unused, int count, char **values, char **names)
{
    (void)unused;
    (void)names;
    for (int i = 0; i < count; i++)
        printf("%s%s", i == 0 ? "    " : " | ", values[i] != NULL ? values[i] : "NULL");
    printf("\n");
    return 0;
}

/* Asks SQLite itself, past corm. */
static void ask_sqlite(corm_session *session, const char *sql)
{
    if (sqlite3_exec(corm_sqlite_handle(session), sql, print_row, NULL, NULL) != SQLITE_OK)
        printf("    SQLite does not answer: %s\n", sql);
}

static void commit(corm_session *session, const char *what)
{
    printf("%s: %s\n", what, corm_status_text(corm_commit(session)));
}

/* A commit that must fail: it says why, and nothing works until the rollback. */
static void commit_in_vain(corm_session *session, const char *what)
{
    commit(session, what);
    printf("    %s\n", corm_error_message(session));
    (void)corm_count(session, User);
    printf("    before the rollback: %s\n", corm_status_text(corm_last_status()));
    printf("    rollback: %s\n", corm_status_text(corm_rollback(session)));
}

int main(void)
{
    corm_session *session = corm_sqlite_open("market.db", &market);
    printf("drop_all on an empty database: %s\n", corm_status_text(corm_drop_all(session)));
    printf("create_all: %s\n", corm_status_text(corm_create_all(session)));

    printf("the columns; `items` and `owned_user` are in neither table\n");
    ask_sqlite(session, "SELECT 'users', group_concat(name, ', ') FROM pragma_table_info('users')");
    ask_sqlite(session, "SELECT 'items', group_concat(name, ', ') FROM pragma_table_info('items')");

    /* New objects are plain structs; the database hears of them after their corm_add. */
    User *u1 = corm_new(session, User, .username = "Aryant", .email = "aryant@example.com",
                        .password_hash = "$2b$12$c29tZSBoYXNo");
    User *twin = corm_new(session, User, .username = "Aryant", .email = "beate@example.com",
                          .password_hash = "$2b$12$YW5vdGhlciBv");
    Item *i1 = corm_new(session, Item, .name = "Iphone15", .price = 799, .barcode = "846154104231",
                        .description = "A telephone");
    Item *laptop =
        corm_new(session, Item, .name = "Laptop", .price = 900, .barcode = "123985473165");
    if (u1 == NULL || twin == NULL || i1 == NULL || laptop == NULL)
        return 1; /* out of memory */

    corm_add(session, u1);
    commit(session, "add Aryant");
    printf("    budget, by default: %lld\n", (long long)u1->budget);
    corm_add(session, i1);
    commit(session, "add Iphone15");

    /* The foreign key is a plain member; Item_owned_user_set(i1, u1) would do the same. */
    i1->owner = corm_some(u1->id);
    commit(session, "Aryant buys it");
    printf("    Item_owned_user(i1) == u1: %s\n", Item_owned_user(i1) == u1 ? "yes" : "no");
    printf("    User_items(u1) has i1: %s\n", User_items_contains(u1, i1) ? "yes" : "no");

    corm_add(session, twin);
    commit_in_vain(session, "add a second Aryant");
    corm_add(session, laptop);
    commit_in_vain(session, "add a Laptop without description");

    twin->username = "Beate"; /* after the rollback the two are as before their corm_add */
    laptop->description = "A computer";
    corm_add(session, twin);
    corm_add(session, laptop);
    commit(session, "mended, and added again");

    corm_delete(session, u1);
    commit(session, "delete Aryant");
    printf("    Item_owned_user(i1): %s\n", Item_owned_user(i1) == NULL ? "NULL" : "somebody");
    printf("    i1->owner: %s\n", i1->owner.has_value ? "a number" : "no value");
    ask_sqlite(session, "SELECT 'users', id, username, email, budget FROM users");
    ask_sqlite(session, "SELECT 'items', id, name, price, owner FROM items");
    corm_session_close(session);
    return 0;
}

/* Output:
 * drop_all on an empty database: ok
 * create_all: ok
 * the columns; `items` and `owned_user` are in neither table
 *     users | id, username, email, password_hash, budget
 *     items | id, name, price, barcode, description, owner
 * add Aryant: ok
 *     budget, by default: 1000
 * add Iphone15: ok
 * Aryant buys it: ok
 *     Item_owned_user(i1) == u1: yes
 *     User_items(u1) has i1: yes
 * add a second Aryant: a value that must be unique is there already
 *     users.username = 'Aryant': there is a row with this already, and it must be unique (inserting User "Aryant")
 *     before the rollback: an earlier error waits for corm_rollback
 *     rollback: ok
 * add a Laptop without description: a value is missing in a column that must have one
 *     items.description is NULL, but must have a value (inserting Item "Laptop")
 *     before the rollback: an earlier error waits for corm_rollback
 *     rollback: ok
 * mended, and added again: ok
 * delete Aryant: ok
 *     Item_owned_user(i1): NULL
 *     i1->owner: no value
 *     users | 2 | Beate | beate@example.com | 1000
 *     items | 1 | Iphone15 | 799 | NULL
 *     items | 2 | Laptop | 900 | NULL
 */
