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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_library_has_its_own_corm_and_its_own_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
