/* two_files: models that several .c files share.
 *
 * The idea: models.h declares them with CORM_SCHEMA_DECLARE, for every file that includes it;
 * CORM_SCHEMA_DEFINE and CORM_IMPLEMENTATION stand once in the whole program, here. shelf.c uses the
 * same models and has neither. */
#define CORM_IMPLEMENTATION
#include "shelf.h"

CORM_SCHEMA_DEFINE(library, LIBRARY)

int main(void)
{
    corm_session *session = corm_sqlite_open("library.db", &library);
    corm_create_all(session);
    Author *jane = shelf_author(session, "Jane Austen");
    shelf_add(session, jane, "Emma", 1815);
    shelf_add(session, shelf_author(session, "Jane Austen"), "Persuasion", 1817);
    shelf_add(session, shelf_author(session, "Mary Shelley"), "Frankenstein", 1818);
    if (corm_commit(session) != CORM_OK)
        printf("%s\n", corm_error_message(session));

    Author_list authors = corm_all(session, Author, .order_by = corm_asc(Author_.name));
    for (size_t i = 0; i < authors.count; i++) {
        Book_list books = Author_books(authors.items[i]);
        for (size_t k = 0; k < books.count; k++)
            printf("%s: %s (%lld)\n", authors.items[i]->name, books.items[k]->title,
                   (long long)books.items[k]->year);
    }
    bool good = authors.count == 2 && corm_error_status(session) == CORM_OK;
    corm_session_close(session);
    return good ? 0 : 1;
}

/* Output:
 * Jane Austen: Emma (1815)
 * Jane Austen: Persuasion (1817)
 * Mary Shelley: Frankenstein (1818)
 */
