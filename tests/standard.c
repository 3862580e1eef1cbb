/* standard: corm_new in ISO C11, as a compiler without statement expressions sees it. Compiled with
 * -pedantic-errors. */
#define CORM_NO_EXTENSIONS
#include "allocators.h"

/* Words that a program may have macros of: models do not meet them. */
#define NEW 1
#define NAMED 1
#define ONE 1
#define MANY 2
#define HOUR 3600

#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

static void members_that_are_named_get_their_values(void **state)
{
    corm_session *session = *state;
    User *user = corm_new(session, User, .username = "ann", .email = "ann@example.com",
                          .age = corm_some(43), .active = false);
    assert_got(session, user);
    assert_int_equal(corm_state(user), CORM_STATE_TRANSIENT);
    assert_string_equal(user->username, "ann");
    assert_true(user->age.has_value && user->age.value == 43);
    assert_false(user->active);
    assert_ok(session, corm_add(session, user));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|ann|ann@example.com|43|0", "SELECT * FROM users");
}

static void members_that_are_left_out_get_their_default_or_stay_unset(void **state)
{
    corm_session *session = *state;
    User *user = corm_new(session, User);
    assert_got(session, user);
    assert_true(user->active);
    assert_true(corm_is_unset(user, User_.username));
    assert_true(corm_is_unset(user, User_.age));
    assert_null(user->username);
    user->username = "ann";
    assert_false(corm_is_unset(user, User_.username));
}

static void texts_are_copied_at_once(void **state)
{
    corm_session *session = *state;
    char name[] = "ann";
    User *user = corm_new(session, User, .username = name, .email = "e");
    name[0] = 'x';
    assert_string_equal(user->username, "ann");
}

static void several_may_stand_in_one_expression(void **state)
{
    corm_session *session = *state;
    User *user = corm_new(session, User, .username = "ann", .email = "e");
    assert_ok(session, corm_add(session, user));
    assert_ok(session, User_posts_append(user, corm_new(session, Post, .title = "one")));
    assert_ok(session, Post_comments_append(corm_new(session, Post, .title = "two", .user_id = 1),
                                            corm_new(session, Comment, .body = "yes")));
    assert_int_equal(User_posts_count(user), 1);
}

/* The value of one member needs an object of its own, and so on. */
static const char *name_of(corm_session *session, int depth)
{
    User *user = corm_new(session, User, .active = depth % 2 == 0,
                          .username = depth == 1 ? "deep" : name_of(session, depth - 1),
                          .age = corm_some(depth));
    if (user == NULL)
        return NULL;
    return user->active == (depth % 2 == 0) && user->age.value == depth ? user->username : NULL;
}

static void one_may_stand_inside_another(void **state)
{
    corm_session *session = *state;
    User *user =
        corm_new(session, User, .email = "e",
                 .username = corm_new(session, Post, .title = "inner")->title, .age = corm_some(7));
    assert_got(session, user);
    assert_string_equal(user->username, "inner");
    assert_string_equal(user->email, "e");
    assert_int_equal(user->age.value, 7);
    assert_string_equal(name_of(session, 16), "deep");
}

static void more_than_sixteen_inside_one_another_are_refused(void **state)
{
    corm_session *session = *state;
    assert_null(name_of(session, 17));
    assert_string_equal(name_of(session, 16), "deep");
}

static void a_merged_object_is_assigned_without_a_cast(void **state)
{
    corm_session *session = *state;
    User *given = corm_new(session, User, .id = 5, .username = "ann", .email = "e");
    User *ann = corm_merge(session, given);
    assert_got(session, ann);
    assert_string_equal(ann->username, "ann");
    assert_int_equal(corm_state(ann), CORM_STATE_PENDING);
}

static void no_session_is_an_error_and_no_crash(void **state)
{
    corm_session *session = *state;
    assert_null(corm_new((corm_session *)NULL, User, .username = "ann", .age = corm_some(1)));
    assert_int_equal(corm_last_status(), CORM_NULL_ARGUMENT);
    assert_got(session, corm_new(session, User, .username = "ann"));
}

static void memory_that_runs_out_is_an_error(void **state)
{
    corm_session *session = *state;
    for (long n = 1; n < 100; n++) {
        arm(n, false);
        User *user = corm_new(session, User, .username = "ann", .email = "ann@example.com");
        disarm();
        if (user != NULL)
            return;
        assert_int_equal(corm_last_status(), CORM_OUT_OF_MEMORY);
        assert_ok(session, corm_rollback(session));
        assert_ok(session, corm_clear(session));
    }
    complain(__FILE__, __LINE__, "100 allocations for one object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(members_that_are_named_get_their_values),
        BLOG_TEST(members_that_are_left_out_get_their_default_or_stay_unset),
        BLOG_TEST(texts_are_copied_at_once),
        BLOG_TEST(several_may_stand_in_one_expression),
        BLOG_TEST(one_may_stand_inside_another),
        BLOG_TEST(more_than_sixteen_inside_one_another_are_refused),
        BLOG_TEST(a_merged_object_is_assigned_without_a_cast),
        BLOG_TEST(no_session_is_an_error_and_no_crash),
        BLOG_TEST(memory_that_runs_out_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
