#define CORM_IMPLEMENTATION /* in exactly one .c file */
#include "corm_sqlite.h"

/* clang-format off */
#define USER(COLUMN, RELATIONSHIP) COLUMN(TEXT, name, .primary_key = true)
#define POST(COLUMN, RELATIONSHIP)                                     \
    COLUMN(INTEGER, id,     .primary_key = true)                       \
    COLUMN(TEXT,    title,  .length = 80)                              \
    COLUMN(TEXT,    writer, .references = corm_ref(User, name))        \
    RELATIONSHIP(MANY_TO_ONE, author, User, BACKREF(posts))
#define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
CORM_SCHEMA(blog, BLOG) /* structs, functions, tables: all from the lists above */
/* clang-format on */

int main(void)
{
    corm_session *session = corm_sqlite_open("blog.db", &blog);
    corm_create_all(session);
    User *ann = corm_new(session, User, .name = "Ann");
    User_posts_append(ann, corm_new(session, Post, .title = "Hello from C"));
    corm_add(session, ann); /* takes her post along; the commit inserts both, in order */
    puts(corm_commit(session) == CORM_OK ? "saved" : corm_error_message(session));
    Post_list found = corm_all(session, Post, .where = corm_like(Post_.title, "%C"));
    for (size_t i = 0; i < found.count; i++)
        printf("\"%s\", by %s\n", found.items[i]->title, found.items[i]->writer);
    corm_session_close(session); /* frees every object and string */
}

/* Output:
 * saved
 * "Hello from C", by Ann
 */
