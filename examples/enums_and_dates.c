/* enums_and_dates.c: a library lends books.
 *
 * The idea: a column's kind says what it may hold, in C and in the table. What does not fit is
 * refused at the flush, in a sentence; what is stored compares and sorts as it should. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* A kind of our own: a shelf mark like "B-12", stored as text. */
typedef struct Mark {
    char room;
    uint8_t shelf;
} Mark;

static bool mark_to(const Mark *from, corm_value *out, corm_conversion *conversion)
{
    if (from->room < 'A' || from->room > 'Z')
        return corm_conversion_refuse(conversion, "rooms go from A to Z");
    return corm_conversion_text(conversion, out, "%c-%02u", from->room, from->shelf + 0u);
}

static bool mark_from(const corm_value *from, Mark *out, corm_conversion *conversion)
{
    unsigned shelf = 0;
    if (sscanf(from->as.bytes, "%c-%2u", &out->room, &shelf) != 2)
        return corm_conversion_refuse(conversion, "a mark is written like B-12");
    out->shelf = (uint8_t)shelf;
    return true;
}

CORM_KIND(mark, Mark, TEXT, mark_to, mark_from, NULL)

/* clang-format off */
#define GENRE(VALUE)                                                                     \
    VALUE(NOVEL, "novel")                                                                \
    VALUE(POETRY, "poetry")                                                              \
    VALUE(SCIENCE, "science")
CORM_ENUM(Genre, GENRE)

#define BOOK(COLUMN, RELATIONSHIP)                                                       \
    COLUMN(UUID,           id,    .primary_key = true)                                   \
    COLUMN(TEXT,           title)                                                        \
    COLUMN(ENUM(Genre),    genre, .default_value = corm_default(NOVEL))                  \
    COLUMN(DECIMAL(6, 2),  price)                                                        \
    COLUMN(OPTIONAL(DATE), due)                                                          \
    COLUMN(CUSTOM(mark),   mark)                                                         \
    COLUMN(OPTIONAL(JSON), extra)

#define HOURS(COLUMN, RELATIONSHIP)                                                      \
    COLUMN(DATE,           day,   .primary_key = true)                                   \
    COLUMN(TIME,           opens, .default_value = corm_default("09:00:00"))

#define LIBRARY(MODEL)            \
    MODEL(Book,  "books", BOOK)   \
    MODEL(Hours, "hours", HOURS)
CORM_SCHEMA(library, LIBRARY)
/* clang-format on */

static Book *add(corm_session *session, const char *title, Genre genre, const char *price,
                 Mark mark)
{
    Book *book = corm_new(session, Book, .id = corm_uuid_new(), .title = title, .genre = genre,
                          .price = corm_decimal_of(price), .mark = mark);
    corm_add(session, book);
    return book;
}

static void print_books(const char *what, Book_list books)
{
    char price[CORM_DECIMAL_TEXT_SIZE], due[CORM_DATE_TEXT_SIZE];
    printf("%s:\n", what);
    for (size_t i = 0; i < books.count; i++) {
        const Book *book = books.items[i];
        printf("    %-8s %-7s %6s  %c-%02u  %s\n", book->title, Genre_name(book->genre),
               corm_decimal_format(book->price, price), book->mark.room, book->mark.shelf + 0u,
               book->due.has_value ? corm_date_format(book->due.value, due) : "here");
    }
}

/* What the flush says to a change that must not be. */
static void in_vain(corm_session *session)
{
    corm_status status = corm_flush(session);
    printf("    %s\n", status == CORM_OK ? "(accepted)" : corm_error_message(session));
    corm_rollback(session);
}

int main(void)
{
    corm_session *session = corm_sqlite_open(":memory:", &library);
    corm_create_all(session);

    Book *emma = add(session, "Emma", NOVEL, "9.99", (Mark){'A', 3});
    Book *optics = add(session, "Optics", SCIENCE, "100", (Mark){'C', 12});
    Book *odes = add(session, "Odes", POETRY, "7.5", (Mark){'B', 1});
    emma->due = corm_some(corm_date_of(2026, 3, 1));
    odes->due = corm_some(corm_date_of(2026, 2, 28));
    optics->extra = "{\"pages\": 414}";
    corm_commit(session);

    print_books("by price, exactly", corm_all(session, Book, .order_by = corm_asc(Book_.price)));
    print_books("overdue on 2026-03-01",
                corm_all(session, Book, .where = corm_lt(Book_.due, corm_date_of(2026, 3, 1))));
    print_books("no novel, below 50",
                corm_all(session, Book,
                         .where = corm_and(corm_ne(Book_.genre, NOVEL), corm_lt(Book_.price, 50))));
    const Mark first = {'B', 0};
    print_books("from room B on", corm_all(session, Book, .order_by = corm_asc(Book_.mark),
                                           .where = corm_ge(Book_.mark, mark_value(&first))));

    printf("refused:\n");
    emma->genre = (Genre)7;
    in_vain(session);
    emma->price = corm_decimal_of("9.999");
    in_vain(session);
    emma->due = corm_some(corm_date_of(2026, 2, 30));
    in_vain(session);
    optics->extra = "{\"pages\": }";
    in_vain(session);
    odes->mark = (Mark){'?', 1};
    in_vain(session);

    corm_add(session, corm_new(session, Hours, .day = corm_date_of(2026, 3, 2)));
    corm_commit(session);
    char opens[CORM_TIME_TEXT_SIZE];
    Hours *monday = corm_get(session, Hours, corm_date_of(2026, 3, 2));
    printf("opens at %.5s\n", corm_time_format(monday->opens, opens));
    corm_session_close(session);
    return 0;
}

/* Output:
 * by price, exactly:
 *     Odes     poetry    7.50  B-01  2026-02-28
 *     Emma     novel     9.99  A-03  2026-03-01
 *     Optics   science 100.00  C-12  here
 * overdue on 2026-03-01:
 *     Odes     poetry    7.50  B-01  2026-02-28
 * no novel, below 50:
 *     Odes     poetry    7.50  B-01  2026-02-28
 * from room B on:
 *     Odes     poetry    7.50  B-01  2026-02-28
 *     Optics   science 100.00  C-12  here
 * refused:
 *     books.genre: 7 is no Genre: allowed are novel, poetry, science (Book "Emma")
 *     books.price: 9.999 has 3 digits behind the point, at most 2: round it first (Book "Emma")
 *     books.due: 2026-02-30 is not a date (Book "Emma")
 *     books.extra: not JSON at byte 11: expected a value (Book "Optics")
 *     books.mark: rooms go from A to Z (Book "Odes")
 * opens at 09:00
 */
