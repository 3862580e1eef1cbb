/* Models that C defines and C++ uses. */
#ifndef TESTS_CPLUSPLUS_MODELS_H
#define TESTS_CPLUSPLUS_MODELS_H

#include "corm_sqlite.h"

/* clang-format off */
#define GENRE(VALUE) VALUE(NOVEL, "novel") VALUE(POEM) VALUE(ESSAY, "essay", 7)
CORM_ENUM(Genre, GENRE)

#define AUTHOR(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(TEXT,              name,   .unique = true, .length = 40)                                \
    COLUMN(OPTIONAL(INTEGER), born)                                                                \
    COLUMN(OPTIONAL(DATE),    died)                                                                \
    COLUMN(BOOLEAN,           living, .default_value = corm_default(false))                        \
    RELATIONSHIP(ONE_TO_MANY, books, Book, author, .cascade = CORM_CASCADE_ALL)

#define BOOK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(UUID,           id,        .primary_key = true)                                         \
    COLUMN(TEXT,           title,     .length = 80)                                                \
    COLUMN(REAL,           weight)                                                                 \
    COLUMN(DECIMAL(8, 2),  price)                                                                  \
    COLUMN(ENUM(Genre),    genre)                                                                  \
    COLUMN(OPTIONAL(TEXT), note)                                                                   \
    COLUMN(INTEGER,        author_id, .references = corm_ref(Author, id))                          \
    RELATIONSHIP(MANY_TO_ONE,  author, Author, books)                                              \
    RELATIONSHIP(MANY_TO_MANY, topics, Topic,  BACKREF(books),                                     \
                 .secondary = corm_secondary("book_topics", "book_id", "topic_id"))

#define TOPIC(COLUMN, RELATIONSHIP) COLUMN(TEXT, name, .primary_key = true)

#define LIBRARY(MODEL)                                                                             \
    MODEL(Author, "authors", AUTHOR)                                                               \
    MODEL(Book,   "books",   BOOK)                                                                 \
    MODEL(Topic,  "topics",  TOPIC)
/* clang-format on */

CORM_SCHEMA_DECLARE(library, LIBRARY)

#endif /* TESTS_CPLUSPLUS_MODELS_H */
