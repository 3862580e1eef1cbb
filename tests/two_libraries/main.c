/* two_libraries: two libraries in one program may each bring a corm (CORM_STATIC), with models and
 * schemas of the same names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libraries.h"

static void each_library_has_its_own_corm_and_its_own_models(void **state)
{
    (void)state;
    assert_int_equal(first_saves("Ann"), 1);
    assert_int_equal(second_saves(7), 2);
    assert_int_equal(first_saves("Ben"), 1);
}

/* Their objects lie among each other. */
static void neither_library_takes_from_the_other_what_was_written_to(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        first_keeps(150);
        second_keeps(150);
    }
    for (size_t i = 0; i < 50; i++) {
        first_changes(i * 59);
        second_changes(i * 59);
        assert_int_equal(first_has_changed(), i + 1);
        assert_int_equal(second_has_changed(), i + 1);
    }
    first_ends();
    second_ends();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_library_has_its_own_corm_and_its_own_models),
        cmocka_unit_test(neither_library_takes_from_the_other_what_was_written_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
