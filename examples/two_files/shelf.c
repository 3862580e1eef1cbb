/* shelf.c: a file that uses the models. It neither defines them nor contains corm. */
#include "shelf.h"

Author *shelf_author(corm_session *session, const char *name)
{
    Author *author = corm_first(session, Author, .where = corm_eq(Author_.name, name));
    if (author != NULL || corm_last_status() != CORM_OK)
        return author;
    author = corm_new(session, Author, .name = name);
    return corm_add(session, author) == CORM_OK ? author : NULL;
}

corm_status shelf_add(corm_session *session, Author *author, const char *title, int year)
{
    return Author_books_append(author, corm_new(session, Book, .title = title, .year = year));
}
