/* chinook.h: models over the eleven tables of the Chinook sample database, as they are.
 *
 * The tables are there already, with names and types of their own, so the members are called like
 * the columns. corm_check_tables says whether the models fit. Two kinds need a word:
 *
 *  - Prices are NUMERIC(10,2), and SQLite keeps 0.99 there as the floating-point number 0.99. A
 *    DECIMAL of corm is stored as 99 hundredths: it would not be the same number for others who
 *    read the table. So prices are REAL here.
 *  - Dates are texts like '2021-01-01 00:00:00'. A DATETIME of corm has microseconds behind that,
 *    and would make another text of the same moment. So `moment` is a kind of its own, which writes
 *    the text as it was. */
#ifndef CHINOOK_H
#define CHINOOK_H

#include "corm_sqlite.h"

static inline bool moment_to(const corm_datetime *from, corm_value *out,
                             corm_conversion *conversion)
{
    return corm_conversion_text(conversion, out, "%04d-%02d-%02d %02d:%02d:%02d", from->year,
                                from->month, from->day, from->hour, from->minute, from->second);
}

static inline bool moment_from(const corm_value *from, corm_datetime *out,
                               corm_conversion *conversion)
{
    (void)conversion; /* corm says what is wrong with the text */
    return corm_datetime_parse((const char *)from->as.bytes, out);
}

CORM_KIND(moment, corm_datetime, TEXT, moment_to, moment_from, NULL)

/* clang-format off */
#define ARTIST(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           ArtistId,     .primary_key = true)                                   \
    COLUMN(OPTIONAL(TEXT),    Name,         .length = 120)                                         \
    RELATIONSHIP(ONE_TO_MANY, albums, Album, artist)

#define ALBUM(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           AlbumId,      .primary_key = true)                                   \
    COLUMN(TEXT,              Title,        .length = 160)                                         \
    COLUMN(INTEGER,           ArtistId,     .references = corm_ref(Artist, ArtistId))              \
    RELATIONSHIP(MANY_TO_ONE, artist, Artist, albums)                                              \
    RELATIONSHIP(ONE_TO_MANY, tracks, Track, album)

#define GENRE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           GenreId,      .primary_key = true)                                   \
    COLUMN(OPTIONAL(TEXT),    Name,         .length = 120)

#define MEDIA_TYPE(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER,           MediaTypeId,  .primary_key = true)                                   \
    COLUMN(OPTIONAL(TEXT),    Name,         .length = 120)

#define TRACK(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           TrackId,      .primary_key = true)                                   \
    COLUMN(TEXT,              Name,         .length = 200)                                         \
    COLUMN(OPTIONAL(INTEGER), AlbumId,      .references = corm_ref(Album, AlbumId))                \
    COLUMN(INTEGER,           MediaTypeId,  .references = corm_ref(MediaType, MediaTypeId))        \
    COLUMN(OPTIONAL(INTEGER), GenreId,      .references = corm_ref(Genre, GenreId))                \
    COLUMN(OPTIONAL(TEXT),    Composer,     .length = 220)                                         \
    COLUMN(INTEGER,           Milliseconds)                                                        \
    COLUMN(OPTIONAL(INTEGER), Bytes)                                                               \
    COLUMN(REAL,              UnitPrice)                                                           \
    RELATIONSHIP(MANY_TO_ONE,  album,      Album,     tracks)                                      \
    RELATIONSHIP(MANY_TO_ONE,  genre,      Genre,     BACKREF(tracks))                             \
    RELATIONSHIP(MANY_TO_ONE,  media_type, MediaType, BACKREF(tracks))

/* The eleventh table, PlaylistTrack, joins two others and holds nothing else. */
#define PLAYLIST(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER,           PlaylistId,   .primary_key = true)                                   \
    COLUMN(OPTIONAL(TEXT),    Name,         .length = 120)                                         \
    RELATIONSHIP(MANY_TO_MANY, tracks, Track, BACKREF(playlists),                                  \
                 .secondary = corm_secondary("PlaylistTrack", "PlaylistId", "TrackId"))

#define EMPLOYEE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER,           EmployeeId,   .primary_key = true)                                   \
    COLUMN(TEXT,              LastName,     .length = 20)                                          \
    COLUMN(TEXT,              FirstName,    .length = 20)                                          \
    COLUMN(OPTIONAL(TEXT),    Title,        .length = 30)                                          \
    COLUMN(OPTIONAL(INTEGER), ReportsTo,    .references = corm_ref(Employee, EmployeeId))          \
    COLUMN(OPTIONAL(CUSTOM(moment)), BirthDate)                                                    \
    COLUMN(OPTIONAL(CUSTOM(moment)), HireDate)                                                     \
    COLUMN(OPTIONAL(TEXT),    Address,      .length = 70)                                          \
    COLUMN(OPTIONAL(TEXT),    City,         .length = 40)                                          \
    COLUMN(OPTIONAL(TEXT),    State,        .length = 40)                                          \
    COLUMN(OPTIONAL(TEXT),    Country,      .length = 40)                                          \
    COLUMN(OPTIONAL(TEXT),    PostalCode,   .length = 10)                                          \
    COLUMN(OPTIONAL(TEXT),    Phone,        .length = 24)                                          \
    COLUMN(OPTIONAL(TEXT),    Fax,          .length = 24)                                          \
    COLUMN(OPTIONAL(TEXT),    Email,        .length = 60)                                          \
    RELATIONSHIP(MANY_TO_ONE, manager, Employee, BACKREF(reports))

#define CUSTOMER(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER,           CustomerId,   .primary_key = true)                                   \
    COLUMN(TEXT,              FirstName,    .length = 40)                                          \
    COLUMN(TEXT,              LastName,     .length = 20)                                          \
    COLUMN(OPTIONAL(TEXT),    Company,      .length = 80)                                          \
    COLUMN(OPTIONAL(TEXT),    Address,      .length = 70)                                          \
    COLUMN(OPTIONAL(TEXT),    City,         .length = 40)                                          \
    COLUMN(OPTIONAL(TEXT),    State,        .length = 40)                                          \
    COLUMN(OPTIONAL(TEXT),    Country,      .length = 40)                                          \
    COLUMN(OPTIONAL(TEXT),    PostalCode,   .length = 10)                                          \
    COLUMN(OPTIONAL(TEXT),    Phone,        .length = 24)                                          \
    COLUMN(OPTIONAL(TEXT),    Fax,          .length = 24)                                          \
    COLUMN(TEXT,              Email,        .length = 60)                                          \
    COLUMN(OPTIONAL(INTEGER), SupportRepId, .references = corm_ref(Employee, EmployeeId))          \
    RELATIONSHIP(MANY_TO_ONE, support_rep, Employee, BACKREF(customers))                           \
    RELATIONSHIP(ONE_TO_MANY, invoices, Invoice, customer)

#define INVOICE(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           InvoiceId,    .primary_key = true)                                   \
    COLUMN(INTEGER,           CustomerId,   .references = corm_ref(Customer, CustomerId))          \
    COLUMN(CUSTOM(moment),    InvoiceDate)                                                         \
    COLUMN(OPTIONAL(TEXT),    BillingAddress,    .length = 70)                                     \
    COLUMN(OPTIONAL(TEXT),    BillingCity,       .length = 40)                                     \
    COLUMN(OPTIONAL(TEXT),    BillingState,      .length = 40)                                     \
    COLUMN(OPTIONAL(TEXT),    BillingCountry,    .length = 40)                                     \
    COLUMN(OPTIONAL(TEXT),    BillingPostalCode, .length = 10)                                     \
    COLUMN(REAL,              Total)                                                               \
    RELATIONSHIP(MANY_TO_ONE, customer, Customer, invoices)                                        \
    RELATIONSHIP(ONE_TO_MANY, lines, InvoiceLine, invoice,                                         \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)

#define INVOICE_LINE(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(INTEGER,           InvoiceLineId, .primary_key = true)                                  \
    COLUMN(INTEGER,           InvoiceId,     .references = corm_ref(Invoice, InvoiceId))           \
    COLUMN(INTEGER,           TrackId,       .references = corm_ref(Track, TrackId))               \
    COLUMN(REAL,              UnitPrice)                                                           \
    COLUMN(INTEGER,           Quantity)                                                            \
    RELATIONSHIP(MANY_TO_ONE, invoice, Invoice, lines)                                             \
    RELATIONSHIP(MANY_TO_ONE, track,   Track,   BACKREF(invoice_lines))

#define CHINOOK(MODEL)                                                                             \
    MODEL(Artist,      "Artist",      ARTIST)                                                      \
    MODEL(Album,       "Album",       ALBUM,                                                       \
          .indexes = {corm_index(Album, (ArtistId), .name = "IFK_AlbumArtistId")})                 \
    MODEL(Genre,       "Genre",       GENRE)                                                       \
    MODEL(MediaType,   "MediaType",   MEDIA_TYPE)                                                  \
    MODEL(Track,       "Track",       TRACK,                                                       \
          .indexes = {corm_index(Track, (AlbumId), .name = "IFK_TrackAlbumId"),                    \
                      corm_index(Track, (GenreId), .name = "IFK_TrackGenreId"),                    \
                      corm_index(Track, (MediaTypeId), .name = "IFK_TrackMediaTypeId")})           \
    MODEL(Playlist,    "Playlist",    PLAYLIST)                                                    \
    MODEL(Employee,    "Employee",    EMPLOYEE,                                                    \
          .indexes = {corm_index(Employee, (ReportsTo), .name = "IFK_EmployeeReportsTo")})         \
    MODEL(Customer,    "Customer",    CUSTOMER,                                                    \
          .indexes = {corm_index(Customer, (SupportRepId), .name = "IFK_CustomerSupportRepId")})   \
    MODEL(Invoice,     "Invoice",     INVOICE,                                                     \
          .indexes = {corm_index(Invoice, (CustomerId), .name = "IFK_InvoiceCustomerId")})         \
    MODEL(InvoiceLine, "InvoiceLine", INVOICE_LINE,                                                \
          .indexes = {corm_index(InvoiceLine, (InvoiceId), .name = "IFK_InvoiceLineInvoiceId"),    \
                      corm_index(InvoiceLine, (TrackId), .name = "IFK_InvoiceLineTrackId")})
/* clang-format on */

CORM_SCHEMA(chinook, CHINOOK)

#endif /* CHINOOK_H */
