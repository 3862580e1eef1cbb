/* families: models of one hierarchy that refer to each other: a base to one of its sub-models, a sub-model to itself
 * or to its base, and what a change in one of their tables does to the others. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define PARTY(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(TEXT,           code,       .primary_key = true)                                        \
    COLUMN(TEXT,           kind)                                                                   \
    COLUMN(OPTIONAL(TEXT), group_code, .references = corm_ref(Group, code))                        \
    COLUMN(INTEGER,        version,    .version = true)                                            \
    RELATIONSHIP(MANY_TO_ONE, group, Group, members)

#define GROUP(COLUMN, RELATIONSHIP)                                                                \
    PARTY(COLUMN, CORM_INHERITED)                                                                  \
    COLUMN(INTEGER, size, .default_value = corm_default(0))                                        \
    RELATIONSHIP(ONE_TO_MANY, members, Party, group)

#define WORKER(COLUMN, RELATIONSHIP)                                                               \
    PARTY(COLUMN, CORM_INHERITED)                                                                  \
    COLUMN(OPTIONAL(TEXT), mate_code, .references = corm_ref(Worker, code))                        \
    RELATIONSHIP(MANY_TO_ONE, mate, Worker, BACKREF(mates))

#define FAMILY(MODEL)                                                                              \
    MODEL(Party,  "parties", PARTY,                                                                \
          .discriminator = corm_member(Party, kind), .identity = "party")                          \
    MODEL(Group,  "groups",  GROUP,  .inherits = corm_base(Party), .identity = "group")            \
    MODEL(Worker, "workers", WORKER, .inherits = corm_base(Party), .identity = "worker")
/* clang-format on */

CORM_SCHEMA(family, FAMILY)

#define FAMILY_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_family, close_session)

static int open_family(void **state)
{
    *state = memory_session(&family);
    return *state == NULL;
}

static void a_base_that_may_refer_to_a_sub_model_is_none_of_its_objects(void **state)
{
    corm_session *session = *state;
    Party *party = corm_new(session, Party, .code = "p");
    Group *group = corm_new(session, Group, .code = "g");
    assert_ok(session, corm_add(session, party));
    assert_ok(session, corm_add(session, group));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_delete(session, party)); /* whose links are not those of a group */
    assert_ok(session, corm_flush(session));
    assert_null(Party_group(party));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_stored(session, "g", "SELECT group_concat(code) FROM parties");
}

static void the_plan_has_the_version_that_a_reference_of_a_sub_model_counts_up(void **state)
{
    corm_session *session = *state;
    Worker *ann = corm_new(session, Worker, .code = "ann");
    Worker *ben = corm_new(session, Worker, .code = "ben");
    assert_ok(session, corm_add(session, ann));
    assert_ok(session, corm_add(session, ben));
    assert_ok(session, corm_commit(session));
    assert_ok(session, Worker_mate_set(ann, ben));
    corm_plan plan = corm_session_plan(session);
    assert_int_equal(plan.count, 2);
    assert_string_equal(plan.items[0].text, "UPDATE workers#'ann': in parties#'ben'.mates");
    assert_string_equal(plan.items[1].text, "UPDATE parties#'ann': version computed");
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2", "SELECT version FROM parties WHERE code = 'ann'");
    assert_ok(session, Worker_mate_set(ann, NULL)); /* and back: nothing is written */
    assert_ok(session, Worker_mate_set(ann, ben));
    assert_int_equal(corm_session_plan(session).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FAMILY_TEST(a_base_that_may_refer_to_a_sub_model_is_none_of_its_objects),
        FAMILY_TEST(the_plan_has_the_version_that_a_reference_of_a_sub_model_counts_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
