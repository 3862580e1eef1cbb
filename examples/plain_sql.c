/* plain_sql.c: SQL of one's own, beside models.
 *
 * The idea: whatever SQL can say, corm binds the values and hands back what fits the question:
 * objects of the session, structs declared for the query, single values, or a row at a time. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define ARTIST(COLUMN, RELATIONSHIP)                                                     \
    COLUMN(INTEGER,        id,     .primary_key = true)                                  \
    COLUMN(TEXT,           name,   .length = 80)                                         \
    COLUMN(OPTIONAL(TEXT), genre)                                                        \
    RELATIONSHIP(ONE_TO_MANY, sales, Sale, BACKREF(artist))
#define SALE(COLUMN, RELATIONSHIP)                                                       \
    COLUMN(INTEGER,        id,     .primary_key = true)                                  \
    COLUMN(DATE,           day)                                                          \
    COLUMN(DECIMAL(10, 2), price)                                                        \
    COLUMN(INTEGER,        artist_id, .references = corm_ref(Artist, id))
#define SHOP(MODEL)                                                                      \
    MODEL(Artist, "artists", ARTIST)                                                     \
    MODEL(Sale,   "sales",   SALE)
CORM_SCHEMA(shop, SHOP)

/* A row of a query: no table, no key, in no schema. */
#define TURNOVER(COLUMN)                                                                 \
    COLUMN(TEXT,           artist)                                                       \
    COLUMN(INTEGER,        sales)                                                        \
    COLUMN(OPTIONAL(DECIMAL(10, 2)), total)
CORM_ROW(Turnover, TURNOVER)
/* clang-format on */

static void must(corm_session *session, corm_status status)
{
    if (status == CORM_OK)
        return;
    fprintf(stderr, "%s\n", corm_error_message(session));
    exit(1);
}

static const char *money(corm_optional_decimal amount, char out[CORM_DECIMAL_TEXT_SIZE])
{
    return amount.has_value ? corm_decimal_format(amount.value, out) : "nothing";
}

static bool show_progress(void *data, int64_t rows)
{
    printf("  %s: %lld rows\n", (const char *)data, (long long)rows);
    return rows < 3000; /* enough */
}

int main(void)
{
    char text[CORM_DECIMAL_TEXT_SIZE];
    corm_session *session = corm_sqlite_open(":memory:", &shop);
    must(session, corm_create_all(session));
    must(session,
         corm_sql_script(session, "INSERT INTO artists (id, name, genre) VALUES\n"
                                  "  (1, 'Nina', 'jazz'), (2, 'Ravi', NULL), (3, 'Eve', 'rock');\n"
                                  "INSERT INTO sales (day, price, artist_id) VALUES\n"
                                  "  ('2026-01-10', 1999, 1), ('2026-02-11', 999, 1),\n"
                                  "  ('2026-02-12', 1250, 3);"));

    corm_echo_times(session, false);
    corm_echo(session, stdout);

    /* Objects: the session's own, one row one pointer. */
    Artist *nina = corm_get(session, Artist, 1);
    Artist_list found = corm_sql(session, Artist, "SELECT * FROM artists WHERE name LIKE ?1", "N%");
    printf("found %s, %s\n", found.items[0]->name,
           found.items[0] == nina ? "the same object" : "?");

    /* Structs: columns that have the members' names may come in any order. */
    Turnover_list rows =
        corm_sql(session, Turnover,
                 "SELECT a.name AS artist, sum(s.price) AS total, count(s.id) AS sales "
                 "FROM artists a LEFT JOIN sales s ON s.artist_id = a.id AND s.day >= ?1 "
                 "GROUP BY a.id ORDER BY sales DESC, artist",
                 corm_date_of(2026, 2, 1));
    for (size_t i = 0; i < rows.count; i++)
        printf("%-5s %lld sales, %s\n", rows.items[i].artist, (long long)rows.items[i].sales,
               money(rows.items[i].total, text));

    /* Single values. NULL and no row are for the optional ones. */
    printf("%lld artists\n", (long long)corm_sql_integer(session, "SELECT count(*) FROM artists"));
    const char *genre =
        corm_sql_optional_text(session, "SELECT genre FROM artists WHERE id = ?1", 2);
    printf("genre of Ravi: %s\n", genre == NULL ? "none" : genre);

    /* A statement: objects follow at their next load. */
    must(session,
         corm_sql_run(session, "UPDATE artists SET name = ?1 WHERE id = ?2", "Nina S.", 1));
    must(session, corm_current(nina));
    printf("%lld row changed: %s\n", (long long)corm_sql_changed(session), nina->name);
    must(session, corm_commit(session));
    corm_echo(session, NULL);

    /* A row at a time, with the memory of one. */
    corm_stream *stream =
        corm_sql_stream(session, Turnover,
                        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                        "SELECT 'artist ' || i, i, NULL FROM n");
    must(session, corm_stream_progress(stream, 1000, show_progress, "an endless query"));
    int64_t rows_read = 0;
    for (const Turnover *row; (row = corm_stream_next(stream)) != NULL;)
        rows_read = row->sales;
    printf("after row %lld: %s\n", (long long)rows_read,
           corm_status_text(corm_stream_close(stream)));

    /* What does not fit says so; after failed SQL the session waits for a rollback. */
    static const char *const wrong[] = {"SELECT name, id FROM artists",
                                        "SELECT name, genre, 0 FROM artists",
                                        "SELECT name, 1, 0 FROM artists WHERE id = ?1",
                                        "SELECT name, 1, 0 FROM artists; DROP TABLE sales"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        (void)corm_sql(session, Turnover, wrong[i]);
        printf("%s\n", corm_error_message(session));
        must(session, corm_rollback(session));
    }
    corm_session_close(session);
    return 0;
}

/* Output:
 * SELECT "id", "name", "genre" FROM "artists" WHERE "id" = ?1  [1]  1 row
 * SELECT * FROM artists WHERE name LIKE ?1  ['N%']  1 row
 * found Nina, the same object
 * SELECT a.name AS artist, sum(s.price) AS total, count(s.id) AS sales FROM artists a LEFT JOIN sales s ON s.artist_id = a.id AND s.day >= ?1 GROUP BY a.id ORDER BY sales DESC, artist  ['2026-02-01']  3 rows
 * Eve   1 sales, 12.50
 * Nina  1 sales, 9.99
 * Ravi  0 sales, nothing
 * SELECT count(*) FROM artists  1 row
 * 3 artists
 * SELECT genre FROM artists WHERE id = ?1  [2]  1 row
 * genre of Ravi: none
 * UPDATE artists SET name = ?1 WHERE id = ?2  ['Nina S.', 1]  1 row
 * SELECT "id", "name", "genre" FROM "artists" WHERE "id" = ?1  [1]  1 row
 * 1 row changed: Nina S.
 * COMMIT
 *   an endless query: 1000 rows
 *   an endless query: 2000 rows
 *   an endless query: 3000 rows
 * after row 2999: the statement was interrupted
 * the query has 2 columns, and Turnover has 3: there is none for Turnover.total (SELECT name, id FROM artists)
 * Turnover.sales, column 2 (genre) of row 1: the text 'jazz' is not an INTEGER of 64 bits
 * the statement has 1 placeholder, but 0 values were given (SELECT name, 1, 0 FROM artists WHERE id = ?1)
 * the text holds more than one statement (SELECT name, 1, 0 FROM artists; DROP TABLE sales)
 */
