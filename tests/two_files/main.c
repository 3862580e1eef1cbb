/* two_files: models that several .c files share, declared in models.h, defined in models.c; the
 * implementation stands in corm.c. */
#include "models.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int open_library(void **state)
{
    corm_session *session = corm_sqlite_open(":memory:", &library);
    *state = session;
    return corm_create_all(session) != CORM_OK;
}

static int close_library(void **state)
{
    corm_session_close(*state);
    return 0;
}

static void a_file_without_the_models_definition_makes_and_queries_objects(void **state)
{
    static const char *const titles[] = {"Emma", "Persuasion", "Lady Susan"};
    corm_session *session = *state;
    Author *jane = add_author(session, "Jane", titles, 3);
    assert_non_null(jane);
    assert_int_equal(corm_commit(session), CORM_OK);
    assert_int_equal(books_with(session, "%s%"), 2);
    assert_int_equal(corm_count(session, Book, .where = corm_eq(Book_.author_id, jane->id)), 3);
}

static void the_files_mean_the_same_models_and_handles(void **state)
{
    static const char *const titles[] = {"Emma"};
    corm_session *session = *state;
    Author *jane = add_author(session, "Jane", titles, 1);
    assert_int_equal(corm_commit(session), CORM_OK);
    assert_int_equal(corm_clear(session), CORM_OK);
    Author_list found = corm_all(session, Author, .where = corm_eq(Author_.name, "Jane"),
                                 .load = corm_load(Author_.books));
    assert_int_equal(found.count, 1);
    jane = found.items[0];
    assert_int_equal(Author_books(jane).count, 1);
    assert_ptr_equal(Book_author(Author_books(jane).items[0]), jane);
    assert_int_equal(corm_delete(session, jane), CORM_OK);
    assert_int_equal(corm_commit(session), CORM_OK);
    assert_int_equal(books_with(session, "%"), 0);
}

#define LIBRARY_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_library, close_library)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIBRARY_TEST(a_file_without_the_models_definition_makes_and_queries_objects),
        LIBRARY_TEST(the_files_mean_the_same_models_and_handles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
