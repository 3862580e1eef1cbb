/* models.h: what every file of the program needs to know of the models. */
#ifndef MODELS_H
#define MODELS_H

#include "corm_sqlite.h"

/* clang-format off */
#define AUTHOR(COLUMN, RELATIONSHIP)                                       \
    COLUMN(INTEGER, id,   .primary_key = true)                             \
    COLUMN(TEXT,    name, .length = 80, .unique = true)                    \
    RELATIONSHIP(ONE_TO_MANY, books, Book, author,                         \
                 .order_by = corm_by(Book, year),                          \
                 .cascade  = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)
#define BOOK(COLUMN, RELATIONSHIP)                                         \
    COLUMN(INTEGER, id,        .primary_key = true)                        \
    COLUMN(TEXT,    title)                                                 \
    COLUMN(INTEGER, year)                                                  \
    COLUMN(INTEGER, author_id, .references = corm_ref(Author, id))         \
    RELATIONSHIP(MANY_TO_ONE, author, Author, books)
#define LIBRARY(MODEL)                                                     \
    MODEL(Author, "authors", AUTHOR)                                       \
    MODEL(Book,   "books",   BOOK)
/* clang-format on */

CORM_SCHEMA_DECLARE(library, LIBRARY) /* structs, handles, functions; and that `library` exists */

#endif /* MODELS_H */
