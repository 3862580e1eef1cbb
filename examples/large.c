/* large.c: what is too large to be loaded as a whole.
 *
 * The idea: a collection of millions of rows is asked and never loaded, a column of megabytes is read on
 * request, and what need not lie in memory at all is read and written in pieces. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define ACCOUNT(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, moves, Move, account, .lazy = CORM_LAZY_WRITE_ONLY, .passive_deletes = true)
#define MOVE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(INTEGER, amount)                               \
    COLUMN(OPTIONAL(INTEGER), account_id, .references = corm_ref(Account, id), .on_delete = CORM_ACTION_CASCADE) \
    RELATIONSHIP(MANY_TO_ONE, account, Account, moves)
#define PHOTO(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(TEXT, name)                                    \
    COLUMN(BLOB, data, .deferred = true)
#define ARCHIVE(MODEL)                                                                             \
    MODEL(Account, "accounts", ACCOUNT) MODEL(Move, "moves", MOVE) MODEL(Photo, "photos", PHOTO)
CORM_SCHEMA(archive, ARCHIVE)
/* clang-format on */

static void show(void *context, const corm_trace_event *event)
{
    (void)context;
    if (strncmp(event->sql, "SELECT", 6) == 0 || strncmp(event->sql, "INSERT", 6) == 0)
        printf("%s\n", event->sql);
}

static void many_rows(corm_session *session, Account *account)
{
    Move *move = corm_get(session, Move, 1);
    Account_moves_append(account, corm_new(session, Move, .amount = 5));
    Account_moves_remove(account, move);
    size_t moves = Account_moves_count(account);
    bool there = Account_moves_contains(account, move);
    printf("   %zu moves, the first is %s of them\n", moves, there ? "one" : "none");
    Move_list large = corm_all(
        session, Move,
        .where = corm_and(corm_related_to(Account_.moves, account), corm_ge(Move_.amount, 1000)),
        .order_by = corm_desc(Move_.amount), .limit = 10);
    printf("   %zu are large\n", large.count);

    int64_t sum = 0;
    corm_stream *stream =
        corm_stream_open(session, Move, .where = corm_related_to(Account_.moves, account));
    for (const Move *one; (one = corm_stream_next(stream)) != NULL;)
        sum += one->amount;
    corm_status status = corm_stream_close(stream); /* CORM_OK: all of them came */
    printf("   %lld in all, %s\n", (long long)sum, corm_status_text(status));
}

/* A photo that is written piece by piece, as from a file of size bytes. */
static void written_in_pieces(corm_session *session, size_t size)
{
    char piece[1000];
    Photo *photo = corm_new(session, Photo, .name = "sky", .data = corm_blob_of_size(size));
    corm_add(session, photo);
    corm_blob_handle *blob = corm_blob_open(photo, Photo_.data, true); /* writable; flushes first */
    for (size_t at = 0, got; at < size; at += got) {
        got = size - at < sizeof piece ? size - at : sizeof piece;
        memset(piece, 'a' + (int)(at / sizeof piece), got);
        corm_blob_write(blob, at, piece, got);
    }
    corm_blob_close(blob);
    corm_commit(session);
}

static void read_on_request(corm_session *session)
{
    Photo *photo = corm_get(session, Photo, 1);
    printf("   %s is %s\n", photo->name,
           corm_is_loaded(photo, Photo_.data) ? "loaded" : "not loaded");
    corm_load_column(photo, Photo_.data);
    printf("   %zu bytes, from %c to %c\n", photo->data.size, ((const char *)photo->data.data)[0],
           ((const char *)photo->data.data)[photo->data.size - 1]);
    corm_clear(session);
    Photo_list photos = corm_all(session, Photo, .load = corm_load_columns(Photo_.data));

    char middle[4];
    corm_blob_handle *blob = corm_blob_open(photos.items[0], Photo_.data, false);
    corm_blob_read(blob, corm_blob_size(blob) / 2 - 2, middle, sizeof middle);
    printf("   in the middle: %.4s\n", middle);
    corm_blob_close(blob);
}

int main(void)
{
    corm_session *session = corm_sqlite_open(":memory:", &archive);
    corm_create_all(session);
    Account *account = corm_new(session, Account);
    corm_add(session, account);
    for (int i = 1; i <= 100; i++)
        Account_moves_append(account, corm_new(session, Move, .amount = 20 * i));
    corm_commit(session);
    corm_trace(session, show, NULL);
    many_rows(session, account);
    corm_rollback(session);
    written_in_pieces(session, 26000);
    corm_clear(session);
    read_on_request(session);
    if (corm_error_status(session) != CORM_OK)
        puts(corm_error_message(session));
    corm_session_close(session);
    return 0;
}

/* Output:
 * SELECT "id", "amount", "account_id" FROM "moves" WHERE "id" = ?1
 * SELECT "id" FROM "accounts" WHERE "id" = ?1
 * INSERT INTO "moves" ("id", "amount", "account_id") VALUES (?1, ?2, ?3)
 * SELECT count(*) FROM "moves" WHERE "account_id" = ?1
 *    100 moves, the first is none of them
 * SELECT "id", "amount", "account_id" FROM "moves" WHERE "account_id" = ?1 AND "amount" >= ?2 ORDER BY "amount" DESC, "id" LIMIT ?3
 *    10 are large
 * SELECT "id", "amount", "account_id" FROM "moves" WHERE "account_id" = ?1
 *    100985 in all, ok
 * INSERT INTO "photos" ("id", "name", "data") VALUES (?1, ?2, ?3)
 * SELECT "id", "name", NULL FROM "photos" WHERE "id" = ?1
 *    sky is not loaded
 * SELECT "id", "data" FROM "photos" WHERE "id" = ?1
 *    26000 bytes, from a to z
 * SELECT "id", "name", NULL FROM "photos"
 * SELECT "id", "data" FROM "photos" WHERE "id" = ?1
 *    in the middle: mmnn
 */
