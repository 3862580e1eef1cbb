/* wide: 40 models of 64 columns and 32 relationships each compile, and work.
 *
 * All models are made of one list. Each has a key, a foreign key to every model (its own included)
 * and 23 columns of all kinds; 16 references, and 16 collections of the models that refer to it. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define WIDE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), f1, .references = corm_ref(M1, id))                                  \
    COLUMN(OPTIONAL(INTEGER), f2, .references = corm_ref(M2, id))                                  \
    COLUMN(OPTIONAL(INTEGER), f3, .references = corm_ref(M3, id))                                  \
    COLUMN(OPTIONAL(INTEGER), f4, .references = corm_ref(M4, id))                                  \
    COLUMN(OPTIONAL(INTEGER), f5, .references = corm_ref(M5, id))                                  \
    COLUMN(OPTIONAL(INTEGER), f6, .references = corm_ref(M6, id))                                  \
    COLUMN(OPTIONAL(INTEGER), f7, .references = corm_ref(M7, id))                                  \
    COLUMN(OPTIONAL(INTEGER), f8, .references = corm_ref(M8, id))                                  \
    COLUMN(OPTIONAL(INTEGER), f9, .references = corm_ref(M9, id))                                  \
    COLUMN(OPTIONAL(INTEGER), f10, .references = corm_ref(M10, id))                                \
    COLUMN(OPTIONAL(INTEGER), f11, .references = corm_ref(M11, id))                                \
    COLUMN(OPTIONAL(INTEGER), f12, .references = corm_ref(M12, id))                                \
    COLUMN(OPTIONAL(INTEGER), f13, .references = corm_ref(M13, id))                                \
    COLUMN(OPTIONAL(INTEGER), f14, .references = corm_ref(M14, id))                                \
    COLUMN(OPTIONAL(INTEGER), f15, .references = corm_ref(M15, id))                                \
    COLUMN(OPTIONAL(INTEGER), f16, .references = corm_ref(M16, id))                                \
    COLUMN(OPTIONAL(INTEGER), f17, .references = corm_ref(M17, id))                                \
    COLUMN(OPTIONAL(INTEGER), f18, .references = corm_ref(M18, id))                                \
    COLUMN(OPTIONAL(INTEGER), f19, .references = corm_ref(M19, id))                                \
    COLUMN(OPTIONAL(INTEGER), f20, .references = corm_ref(M20, id))                                \
    COLUMN(OPTIONAL(INTEGER), f21, .references = corm_ref(M21, id))                                \
    COLUMN(OPTIONAL(INTEGER), f22, .references = corm_ref(M22, id))                                \
    COLUMN(OPTIONAL(INTEGER), f23, .references = corm_ref(M23, id))                                \
    COLUMN(OPTIONAL(INTEGER), f24, .references = corm_ref(M24, id))                                \
    COLUMN(OPTIONAL(INTEGER), f25, .references = corm_ref(M25, id))                                \
    COLUMN(OPTIONAL(INTEGER), f26, .references = corm_ref(M26, id))                                \
    COLUMN(OPTIONAL(INTEGER), f27, .references = corm_ref(M27, id))                                \
    COLUMN(OPTIONAL(INTEGER), f28, .references = corm_ref(M28, id))                                \
    COLUMN(OPTIONAL(INTEGER), f29, .references = corm_ref(M29, id))                                \
    COLUMN(OPTIONAL(INTEGER), f30, .references = corm_ref(M30, id))                                \
    COLUMN(OPTIONAL(INTEGER), f31, .references = corm_ref(M31, id))                                \
    COLUMN(OPTIONAL(INTEGER), f32, .references = corm_ref(M32, id))                                \
    COLUMN(OPTIONAL(INTEGER), f33, .references = corm_ref(M33, id))                                \
    COLUMN(OPTIONAL(INTEGER), f34, .references = corm_ref(M34, id))                                \
    COLUMN(OPTIONAL(INTEGER), f35, .references = corm_ref(M35, id))                                \
    COLUMN(OPTIONAL(INTEGER), f36, .references = corm_ref(M36, id))                                \
    COLUMN(OPTIONAL(INTEGER), f37, .references = corm_ref(M37, id))                                \
    COLUMN(OPTIONAL(INTEGER), f38, .references = corm_ref(M38, id))                                \
    COLUMN(OPTIONAL(INTEGER), f39, .references = corm_ref(M39, id))                                \
    COLUMN(OPTIONAL(INTEGER), f40, .references = corm_ref(M40, id))                                \
    COLUMN(INTEGER, c1, .default_value = corm_default(7))                                          \
    COLUMN(REAL, c2, .default_value = corm_default(0.5))                                           \
    COLUMN(BOOLEAN, c3, .default_value = corm_default(true))                                       \
    COLUMN(TEXT, c4, .default_value = corm_default("text"), .length = 20)                          \
    COLUMN(OPTIONAL(BLOB), c5)                                                                     \
    COLUMN(DATE, c6, .default_value = corm_default("2024-02-29"))                                  \
    COLUMN(DATETIME, c7, .default_value = corm_default("2024-02-29 12:00:00"))                     \
    COLUMN(OPTIONAL(INTEGER), c8)                                                                  \
    COLUMN(OPTIONAL(REAL), c9)                                                                     \
    COLUMN(OPTIONAL(BOOLEAN), c10)                                                                 \
    COLUMN(OPTIONAL(TEXT), c11)                                                                    \
    COLUMN(OPTIONAL(BLOB), c12)                                                                    \
    COLUMN(OPTIONAL(DATE), c13)                                                                    \
    COLUMN(OPTIONAL(DATETIME), c14)                                                                \
    COLUMN(OPTIONAL(INTEGER), c15)                                                                 \
    COLUMN(OPTIONAL(REAL), c16)                                                                    \
    COLUMN(OPTIONAL(BOOLEAN), c17)                                                                 \
    COLUMN(OPTIONAL(TEXT), c18)                                                                    \
    COLUMN(OPTIONAL(BLOB), c19)                                                                    \
    COLUMN(OPTIONAL(DATE), c20)                                                                    \
    COLUMN(OPTIONAL(DATETIME), c21)                                                                \
    COLUMN(OPTIONAL(INTEGER), c22)                                                                 \
    COLUMN(OPTIONAL(REAL), c23)                                                                    \
    RELATIONSHIP(MANY_TO_ONE, r1, M1, NONE)                                                        \
    RELATIONSHIP(MANY_TO_ONE, r2, M2, NONE)                                                        \
    RELATIONSHIP(MANY_TO_ONE, r3, M3, NONE)                                                        \
    RELATIONSHIP(MANY_TO_ONE, r4, M4, NONE)                                                        \
    RELATIONSHIP(MANY_TO_ONE, r5, M5, NONE)                                                        \
    RELATIONSHIP(MANY_TO_ONE, r6, M6, NONE)                                                        \
    RELATIONSHIP(MANY_TO_ONE, r7, M7, NONE)                                                        \
    RELATIONSHIP(MANY_TO_ONE, r8, M8, NONE)                                                        \
    RELATIONSHIP(MANY_TO_ONE, r9, M9, NONE)                                                        \
    RELATIONSHIP(MANY_TO_ONE, r10, M10, NONE)                                                      \
    RELATIONSHIP(MANY_TO_ONE, r11, M11, NONE)                                                      \
    RELATIONSHIP(MANY_TO_ONE, r12, M12, NONE)                                                      \
    RELATIONSHIP(MANY_TO_ONE, r13, M13, NONE)                                                      \
    RELATIONSHIP(MANY_TO_ONE, r14, M14, NONE)                                                      \
    RELATIONSHIP(MANY_TO_ONE, r15, M15, NONE)                                                      \
    RELATIONSHIP(MANY_TO_ONE, r16, M16, NONE)                                                      \
    RELATIONSHIP(ONE_TO_MANY, r17, M1, NONE)                                                       \
    RELATIONSHIP(ONE_TO_MANY, r18, M2, NONE)                                                       \
    RELATIONSHIP(ONE_TO_MANY, r19, M3, NONE)                                                       \
    RELATIONSHIP(ONE_TO_MANY, r20, M4, NONE)                                                       \
    RELATIONSHIP(ONE_TO_MANY, r21, M5, NONE)                                                       \
    RELATIONSHIP(ONE_TO_MANY, r22, M6, NONE)                                                       \
    RELATIONSHIP(ONE_TO_MANY, r23, M7, NONE)                                                       \
    RELATIONSHIP(ONE_TO_MANY, r24, M8, NONE)                                                       \
    RELATIONSHIP(ONE_TO_MANY, r25, M9, NONE)                                                       \
    RELATIONSHIP(ONE_TO_MANY, r26, M10, NONE)                                                      \
    RELATIONSHIP(ONE_TO_MANY, r27, M11, NONE)                                                      \
    RELATIONSHIP(ONE_TO_MANY, r28, M12, NONE)                                                      \
    RELATIONSHIP(ONE_TO_MANY, r29, M13, NONE)                                                      \
    RELATIONSHIP(ONE_TO_MANY, r30, M14, NONE)                                                      \
    RELATIONSHIP(ONE_TO_MANY, r31, M15, NONE)                                                      \
    RELATIONSHIP(ONE_TO_MANY, r32, M16, NONE)

#define MODELS(MODEL)                                                                              \
    MODEL(M1, "m1", WIDE) MODEL(M2, "m2", WIDE)                                                    \
    MODEL(M3, "m3", WIDE) MODEL(M4, "m4", WIDE)                                                    \
    MODEL(M5, "m5", WIDE) MODEL(M6, "m6", WIDE)                                                    \
    MODEL(M7, "m7", WIDE) MODEL(M8, "m8", WIDE)                                                    \
    MODEL(M9, "m9", WIDE) MODEL(M10, "m10", WIDE)                                                  \
    MODEL(M11, "m11", WIDE) MODEL(M12, "m12", WIDE)                                                \
    MODEL(M13, "m13", WIDE) MODEL(M14, "m14", WIDE)                                                \
    MODEL(M15, "m15", WIDE) MODEL(M16, "m16", WIDE)                                                \
    MODEL(M17, "m17", WIDE) MODEL(M18, "m18", WIDE)                                                \
    MODEL(M19, "m19", WIDE) MODEL(M20, "m20", WIDE)                                                \
    MODEL(M21, "m21", WIDE) MODEL(M22, "m22", WIDE)                                                \
    MODEL(M23, "m23", WIDE) MODEL(M24, "m24", WIDE)                                                \
    MODEL(M25, "m25", WIDE) MODEL(M26, "m26", WIDE)                                                \
    MODEL(M27, "m27", WIDE) MODEL(M28, "m28", WIDE)                                                \
    MODEL(M29, "m29", WIDE) MODEL(M30, "m30", WIDE)                                                \
    MODEL(M31, "m31", WIDE) MODEL(M32, "m32", WIDE)                                                \
    MODEL(M33, "m33", WIDE) MODEL(M34, "m34", WIDE)                                                \
    MODEL(M35, "m35", WIDE) MODEL(M36, "m36", WIDE)                                                \
    MODEL(M37, "m37", WIDE) MODEL(M38, "m38", WIDE)                                                \
    MODEL(M39, "m39", WIDE) MODEL(M40, "m40", WIDE)
/* clang-format on */

CORM_SCHEMA(wide, MODELS)

static int open_wide(void **state)
{
    *state = memory_session(&wide);
    return *state == NULL;
}

static void forty_models_have_64_columns_and_32_relationships(void **state)
{
    (void)state;
    assert_int_equal(wide.model_count, 40);
    for (size_t i = 0; i < wide.model_count; i++) {
        assert_int_equal(wide.models[i]->column_count, 64);
        assert_int_equal(wide.models[i]->relationship_count, 32);
    }
}

static void the_last_column_and_the_last_relationship_work(void **state)
{
    corm_session *session = *state;
    M40 *last = corm_new(session, M40, .c23 = corm_some(0.25));
    M16 *one = corm_new(session, M16, .c4 = "one"), *two = corm_new(session, M16, .c4 = "two");
    assert_got(session, last);
    assert_ok(session, corm_add(session, last));
    assert_ok(session, M40_r32_append(last, one));
    assert_ok(session, M40_r32_append(last, two));
    assert_ok(session, M40_r16_set(last, two));
    start_afresh(session);

    last = corm_one(session, M40, .load = corm_load(M40_.r32));
    assert_got(session, last);
    assert_int_equal(M40_r32(last).count, 2);
    assert_string_equal(M40_r16(last)->c4, "two");
    assert_int_equal(M40_r16(last)->f40.value, last->id);
    assert_int_equal(last->c1, 7);
    assert_int_equal(last->c6.day, 29);
}

static void a_change_of_the_last_column_writes_that_column_only(void **state)
{
    corm_session *session = *state;
    M40 *last = corm_new(session, M40);
    assert_ok(session, corm_add(session, last));
    assert_ok(session, corm_commit(session));
    record(session);
    last->c23 = corm_some(2.5);
    assert_ok(session, corm_commit(session));
    assert_ran(1, "UPDATE");
    assert_string_equal(sql_of("UPDATE", 0), "UPDATE \"m40\" SET \"c23\" = ?1 WHERE \"id\" = ?2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forty_models_have_64_columns_and_32_relationships),
        cmocka_unit_test_setup_teardown(the_last_column_and_the_last_relationship_work, open_wide,
                                        close_session),
        cmocka_unit_test_setup_teardown(a_change_of_the_last_column_writes_that_column_only,
                                        open_wide, close_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
