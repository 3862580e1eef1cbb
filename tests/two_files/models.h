/* What several .c files share: the models, declared. */
#ifndef TESTS_TWO_FILES_MODELS_H
#define TESTS_TWO_FILES_MODELS_H

#include "corm_sqlite.h"

/* clang-format off */
#define AUTHOR(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,    .primary_key = true)                                          \
    COLUMN(TEXT,              name,  .unique = true)                                               \
    COLUMN(OPTIONAL(INTEGER), born)                                                                \
    RELATIONSHIP(ONE_TO_MANY, books, Book, author, .cascade = CORM_CASCADE_ALL)

#define BOOK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,        .primary_key = true)                                                \
    COLUMN(TEXT,    title,     .length = 80)                                                       \
    COLUMN(INTEGER, author_id, .references = corm_ref(Author, id))                                 \
    RELATIONSHIP(MANY_TO_ONE, author, Author, books)

#define LIBRARY(MODEL)                                                                             \
    MODEL(Author, "authors", AUTHOR)                                                               \
    MODEL(Book,   "books",   BOOK)
/* clang-format on */

CORM_SCHEMA_DECLARE(library, LIBRARY)

/* In writers.c. */
Author *add_author(corm_session *session, const char *name, const char *const *titles,
                   size_t count);
size_t books_with(corm_session *session, const char *pattern);

#endif /* TESTS_TWO_FILES_MODELS_H */
