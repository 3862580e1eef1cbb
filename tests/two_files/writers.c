/* A file that uses the models and neither defines them nor tests anything. */
#include "models.h"

Author *add_author(corm_session *session, const char *name, const char *const *titles, size_t count)
{
    Author *author = corm_new(session, Author, .name = name);
    for (size_t i = 0; i < count; i++)
        if (Author_books_append(author, corm_new(session, Book, .title = titles[i])) != CORM_OK)
            return NULL;
    return corm_add(session, author) == CORM_OK ? author : NULL;
}

size_t books_with(corm_session *session, const char *pattern)
{
    return corm_all(session, Book, .where = corm_like(Book_.title, pattern)).count;
}
