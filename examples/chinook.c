/* chinook.c: a database that is there already.
 *
 * The idea: models fit tables that somebody else has made. This program works on a copy of the
 * Chinook sample database (models in chinook.h), and checks every figure against plain SQL. */
#define _XOPEN_SOURCE 700 /* mkstemp */
#define CORM_IMPLEMENTATION
#include "chinook.h"
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static char mine[4096]; /* what corm found, a line for each row */
static int differences;
#define found(...) (void)snprintf(mine + strlen(mine), sizeof mine - strlen(mine), __VA_ARGS__)

/* Asks SQLite itself for the same lines, and prints them if they are. */
static void agree(corm_session *session, const char *what, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    char theirs[sizeof mine] = "";
    (void)sqlite3_prepare_v2(corm_sqlite_handle(session), sql, -1, &statement, NULL);
    while (sqlite3_step(statement) == SQLITE_ROW)
        (void)snprintf(theirs + strlen(theirs), sizeof theirs - strlen(theirs), "    %s\n",
                       (const char *)sqlite3_column_text(statement, 0));
    (void)sqlite3_finalize(statement);
    printf("%s\n%s", what, mine);
    if (strcmp(mine, theirs) != 0 || mine[0] == '\0')
        differences += printf("SQLite says something else:\n%s", theirs);
    mine[0] = '\0';
}

static void albums(corm_session *session)
{
    Artist *artist = corm_one(session, Artist, .where = corm_eq(Artist_.Name, "AC/DC"));
    Album_list list = Artist_albums(artist);
    for (size_t i = 0; i < list.count; i++) {
        Track_list tracks = Album_tracks(list.items[i]);
        for (size_t k = 0; k < tracks.count; k++)
            found("    %s: %s\n", list.items[i]->Title, tracks.items[k]->Name);
    }
    agree(session, "albums of AC/DC, and their tracks:",
          "SELECT Title || ': ' || t.Name FROM Artist a JOIN Album USING (ArtistId) JOIN Track t "
          "USING (AlbumId) WHERE a.Name = 'AC/DC' ORDER BY AlbumId, TrackId");
}

static void playlists(corm_session *session)
{
    Playlist_list list = Track_playlists(corm_get(session, Track, 3402));
    for (size_t i = 0; i < list.count; i++)
        found("    %s\n", list.items[i]->Name);
    agree(session, "playlists with track 3402:",
          "SELECT Name FROM Playlist JOIN PlaylistTrack USING (PlaylistId) WHERE TrackId = 3402 "
          "ORDER BY PlaylistId");
}

static void managers(corm_session *session)
{
    Employee *employee = corm_get(session, Employee, 8);
    while ((employee = Employee_manager(employee)) != NULL)
        found("    %s, %s\n", employee->LastName, employee->Title);
    agree(session, "managers of employee 8:",
          "WITH RECURSIVE chain(id, depth) AS (SELECT ReportsTo, 1 FROM Employee WHERE EmployeeId "
          "= 8 UNION ALL SELECT ReportsTo, depth + 1 FROM chain JOIN Employee ON EmployeeId = id) "
          "SELECT LastName || ', ' || Title FROM chain JOIN Employee ON EmployeeId = id ORDER BY "
          "depth");
}

static int64_t cents(Customer *customer)
{
    double sum = 0;
    Invoice_list invoices = Customer_invoices(customer); /* loads those of all customers */
    for (size_t i = 0; i < invoices.count; i++)
        sum += invoices.items[i]->Total;
    return llround(sum * 100);
}

static int by_cents(const void *a, const void *b)
{
    Customer *one = *(Customer *const *)a, *two = *(Customer *const *)b;
    int64_t more = cents(two) - cents(one);
    return (int)(more != 0 ? more : one->CustomerId - two->CustomerId);
}

static void best_customers(corm_session *session)
{
    Customer_list list = corm_all(session, Customer);
    qsort(list.items, list.count, sizeof *list.items, by_cents);
    for (size_t i = 0; i < 10 && i < list.count; i++)
        found("    %s %s: %lld cents\n", list.items[i]->FirstName, list.items[i]->LastName,
              (long long)cents(list.items[i]));
    agree(session, "the ten best customers:",
          "SELECT FirstName || ' ' || LastName || ': ' || CAST(round(sum(Total) * 100) AS INTEGER) "
          "|| ' cents' FROM Customer JOIN Invoice USING (CustomerId) GROUP BY CustomerId "
          "ORDER BY CAST(round(sum(Total) * 100) AS INTEGER) DESC, CustomerId LIMIT 10");
}

static void sell(corm_session *session)
{
    Customer *customer = corm_get(session, Customer, 1);
    Invoice *invoice = corm_new(session, Invoice, .Total = 1.98,
                                .InvoiceDate = corm_datetime_of(2026, 2, 28, 0, 0, 0, 0));
    for (int64_t id = 1; id <= 2; id++)
        Invoice_lines_append(invoice, corm_new(session, InvoiceLine, .TrackId = id,
                                               .UnitPrice = 0.99, .Quantity = 1));
    Invoice_customer_set(invoice, customer); /* takes it into the session, with its lines */
    corm_commit(session);
    found("    %lld: 2026-02-28 00:00:00, 1.98 from 1, 2\n", (long long)invoice->InvoiceId);
    agree(
        session, "a new invoice:",
        "SELECT InvoiceId || ': ' || InvoiceDate || ', ' || sum(UnitPrice * Quantity) || ' from ' "
        "|| group_concat(TrackId, ', ') FROM Invoice JOIN InvoiceLine USING (InvoiceId) WHERE "
        "InvoiceId = (SELECT max(InvoiceId) FROM Invoice) AND Total = 1.98 AND CustomerId = 1");
    corm_delete(session, invoice); /* and its lines */
    corm_commit(session);
    found("    %lld invoices, %lld lines\n", (long long)corm_count(session, Invoice),
          (long long)corm_count(session, InvoiceLine));
    agree(session, "without it:",
          "SELECT (SELECT count(*) FROM Invoice) || ' invoices, ' || count(*) || ' lines' FROM "
          "InvoiceLine");
}

int main(int count, char **arguments)
{
    char copy[] = "/tmp/chinook-XXXXXX", sql[64];
    sqlite3 *original = NULL;
    if (count < 2)
        return puts("usage: chinook Chinook_Sqlite.sqlite (github.com/lerocha/chinook-database)") <
               0;
    int file = mkstemp(copy);
    (void)snprintf(sql, sizeof sql, "VACUUM INTO '%s'", copy);
    if (file < 0 || close(file) != 0 || sqlite3_open(arguments[1], &original) != SQLITE_OK ||
        sqlite3_exec(original, sql, NULL, NULL, NULL) != SQLITE_OK)
        differences += printf("%s cannot be copied: %s\n", arguments[1], sqlite3_errmsg(original));
    (void)sqlite3_close(original);
    corm_session *session = corm_sqlite_open(copy, &chinook);
    void (*const work[])(corm_session *) = {albums, playlists, managers, best_customers, sell};
    corm_status fits = corm_check_tables(session);
    for (size_t i = 0; fits == CORM_OK && i < sizeof work / sizeof *work; i++)
        work[i](session);
    if (corm_commit(session) != CORM_OK || corm_error_status(session) != CORM_OK)
        differences += printf("%s\n", corm_error_message(session));
    corm_session_close(session);
    (void)remove(copy);
    printf("%s\n", differences == 0 ? "SQLite says the same" : "something is different");
    return differences != 0;
}

/* Output:
 * usage: chinook Chinook_Sqlite.sqlite (github.com/lerocha/chinook-database)
 */
