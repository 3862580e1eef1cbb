/* macros.h: the tools with which model lists are expanded.
 *
 * Owns: walking over the rows of a list, repeating a macro for each of its arguments, taking the
 * words of a row apart: kinds, shapes, the other side.
 * Must not know: what is generated. */
#ifndef CORM__MACROS_H
#define CORM__MACROS_H

#include "meta.h"

/* clang-format off */


/* ---- Tools ----------------------------------------------------------------------------------- */

#define CORM__LP() (
#define CORM__RP() )
#define CORM__JOIN2(a_, b_) CORM__JOIN2_(a_, b_)
#define CORM__JOIN2_(a_, b_) a_##b_
#define CORM__SECOND(...) CORM__SECOND_(__VA_ARGS__)
#define CORM__SECOND_(first_, second_, ...) second_

/* A sentence for a row that is wrong; the condition is an integer constant. */
#if defined(__cplusplus)
#define CORM__HOLDS(condition_, ...) static_assert(condition_, __VA_ARGS__)
#else
#define CORM__HOLDS(condition_, ...) _Static_assert(condition_, __VA_ARGS__)
#endif

/* What a generator does depends on whether the kind of its row is one: then that became several words
 * where it was one before. Picks the 9th of these. */
#define CORM__PICK_9(a_, b_, c_, d_, e_, f_, g_, h_, pick_, ...) pick_

/* MODEL(EXISTING(Device), ...): the words of a MODEL with the name alone, or with corm__new or EXISTING
 * before it; what they are is known before ## is used on them. */
#define CORM__APPLY(macro_, ...) macro_(__VA_ARGS__)
#define CORM__MODEL_WORDS(model_, ...) CORM__SECOND(CORM__MODEL_##model_, model_, ~), __VA_ARGS__
#define CORM__MODEL_EXISTING(name_) ~, name_
#define CORM__MODEL_HEAD(model_, ...)                                                              \
    CORM__SECOND(CORM__STRUCT_OF_##model_, corm__new, ~), CORM__MODEL_WORDS(model_, __VA_ARGS__)
#define CORM__STRUCT_OF_EXISTING(name_) ~, EXISTING

/* How a row gets to know its model. A model's list is expanded with COLUMN = `(GENERATOR, <Model>)
 * ROW`, where ROW puts the row's own words into parentheses too. So a list becomes a chain of pairs
 * that no scan changes, `(GENERATOR, <Model>) (<words>) (GENERATOR, <Model>) (<words>) ...`, and lists
 * may stand in lists, to any depth. OPEN and CLOSE go through the chain in turn and make of each pair
 * `GENERATOR (<Model>, <words>)`, whose parentheses are deferred by one scan, so that each GENERATOR is
 * invoked in the last scan, when all rows are complete. No limit on rows, and errors stay near the
 * row. */
#define CORM__WALK(...) CORM__WALK_CHAIN(CORM__OPEN __VA_ARGS__)
#define CORM__WALK_CHAIN(...) CORM__WALK_LAST(__VA_ARGS__)
#define CORM__WALK_LAST(...) __VA_ARGS__##_NOTHING
#define CORM__OPEN(generator_, model_) generator_ CORM__LP() model_, CORM__CLOSE
#define CORM__CLOSE(...) __VA_ARGS__ CORM__RP() CORM__OPEN
#define CORM__OPEN_NOTHING
#define CORM__SKIP(...)

/* Models and schemas are as private to a file as corm itself is. */
#if defined(CORM_STATIC)
#define CORM__DECLARED static CORM__UNUSED
#define CORM__DEFINED static CORM__UNUSED
#elif defined(__cplusplus)
#define CORM__DECLARED extern "C"
#else
#define CORM__DECLARED extern
#define CORM__DEFINED
#endif

/* Each(macro, data, a, b, <nothing>) is macro(data, a) macro(data, b): up to 64, the last is
 * left out. */
#define CORM__EACH(macro_, data_, ...)                                                             \
    CORM__JOIN2(CORM__EACH_, CORM__COUNT(__VA_ARGS__))(macro_, data_, __VA_ARGS__)
#define CORM__COUNT(...) \
    CORM__COUNT_(__VA_ARGS__, 65, 64, 63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, \
    48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, \
    25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define CORM__COUNT_( \
    a1_, a2_, a3_, a4_, a5_, a6_, a7_, a8_, a9_, a10_, a11_, a12_, a13_, a14_, a15_, a16_, a17_, \
    a18_, a19_, a20_, a21_, a22_, a23_, a24_, a25_, a26_, a27_, a28_, a29_, a30_, a31_, a32_, \
    a33_, a34_, a35_, a36_, a37_, a38_, a39_, a40_, a41_, a42_, a43_, a44_, a45_, a46_, a47_, \
    a48_, a49_, a50_, a51_, a52_, a53_, a54_, a55_, a56_, a57_, a58_, a59_, a60_, a61_, a62_, \
    a63_, a64_, a65_, count_, ...) count_
#define CORM__EACH_1(macro_, data_, end_)
#define CORM__EACH_2(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_1(macro_, data_, __VA_ARGS__)
#define CORM__EACH_3(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_2(macro_, data_, __VA_ARGS__)
#define CORM__EACH_4(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_3(macro_, data_, __VA_ARGS__)
#define CORM__EACH_5(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_4(macro_, data_, __VA_ARGS__)
#define CORM__EACH_6(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_5(macro_, data_, __VA_ARGS__)
#define CORM__EACH_7(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_6(macro_, data_, __VA_ARGS__)
#define CORM__EACH_8(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_7(macro_, data_, __VA_ARGS__)
#define CORM__EACH_9(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_8(macro_, data_, __VA_ARGS__)
#define CORM__EACH_10(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_9(macro_, data_, __VA_ARGS__)
#define CORM__EACH_11(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_10(macro_, data_, __VA_ARGS__)
#define CORM__EACH_12(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_11(macro_, data_, __VA_ARGS__)
#define CORM__EACH_13(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_12(macro_, data_, __VA_ARGS__)
#define CORM__EACH_14(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_13(macro_, data_, __VA_ARGS__)
#define CORM__EACH_15(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_14(macro_, data_, __VA_ARGS__)
#define CORM__EACH_16(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_15(macro_, data_, __VA_ARGS__)
#define CORM__EACH_17(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_16(macro_, data_, __VA_ARGS__)
#define CORM__EACH_18(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_17(macro_, data_, __VA_ARGS__)
#define CORM__EACH_19(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_18(macro_, data_, __VA_ARGS__)
#define CORM__EACH_20(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_19(macro_, data_, __VA_ARGS__)
#define CORM__EACH_21(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_20(macro_, data_, __VA_ARGS__)
#define CORM__EACH_22(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_21(macro_, data_, __VA_ARGS__)
#define CORM__EACH_23(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_22(macro_, data_, __VA_ARGS__)
#define CORM__EACH_24(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_23(macro_, data_, __VA_ARGS__)
#define CORM__EACH_25(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_24(macro_, data_, __VA_ARGS__)
#define CORM__EACH_26(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_25(macro_, data_, __VA_ARGS__)
#define CORM__EACH_27(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_26(macro_, data_, __VA_ARGS__)
#define CORM__EACH_28(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_27(macro_, data_, __VA_ARGS__)
#define CORM__EACH_29(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_28(macro_, data_, __VA_ARGS__)
#define CORM__EACH_30(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_29(macro_, data_, __VA_ARGS__)
#define CORM__EACH_31(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_30(macro_, data_, __VA_ARGS__)
#define CORM__EACH_32(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_31(macro_, data_, __VA_ARGS__)
#define CORM__EACH_33(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_32(macro_, data_, __VA_ARGS__)
#define CORM__EACH_34(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_33(macro_, data_, __VA_ARGS__)
#define CORM__EACH_35(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_34(macro_, data_, __VA_ARGS__)
#define CORM__EACH_36(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_35(macro_, data_, __VA_ARGS__)
#define CORM__EACH_37(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_36(macro_, data_, __VA_ARGS__)
#define CORM__EACH_38(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_37(macro_, data_, __VA_ARGS__)
#define CORM__EACH_39(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_38(macro_, data_, __VA_ARGS__)
#define CORM__EACH_40(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_39(macro_, data_, __VA_ARGS__)
#define CORM__EACH_41(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_40(macro_, data_, __VA_ARGS__)
#define CORM__EACH_42(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_41(macro_, data_, __VA_ARGS__)
#define CORM__EACH_43(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_42(macro_, data_, __VA_ARGS__)
#define CORM__EACH_44(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_43(macro_, data_, __VA_ARGS__)
#define CORM__EACH_45(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_44(macro_, data_, __VA_ARGS__)
#define CORM__EACH_46(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_45(macro_, data_, __VA_ARGS__)
#define CORM__EACH_47(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_46(macro_, data_, __VA_ARGS__)
#define CORM__EACH_48(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_47(macro_, data_, __VA_ARGS__)
#define CORM__EACH_49(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_48(macro_, data_, __VA_ARGS__)
#define CORM__EACH_50(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_49(macro_, data_, __VA_ARGS__)
#define CORM__EACH_51(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_50(macro_, data_, __VA_ARGS__)
#define CORM__EACH_52(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_51(macro_, data_, __VA_ARGS__)
#define CORM__EACH_53(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_52(macro_, data_, __VA_ARGS__)
#define CORM__EACH_54(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_53(macro_, data_, __VA_ARGS__)
#define CORM__EACH_55(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_54(macro_, data_, __VA_ARGS__)
#define CORM__EACH_56(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_55(macro_, data_, __VA_ARGS__)
#define CORM__EACH_57(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_56(macro_, data_, __VA_ARGS__)
#define CORM__EACH_58(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_57(macro_, data_, __VA_ARGS__)
#define CORM__EACH_59(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_58(macro_, data_, __VA_ARGS__)
#define CORM__EACH_60(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_59(macro_, data_, __VA_ARGS__)
#define CORM__EACH_61(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_60(macro_, data_, __VA_ARGS__)
#define CORM__EACH_62(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_61(macro_, data_, __VA_ARGS__)
#define CORM__EACH_63(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_62(macro_, data_, __VA_ARGS__)
#define CORM__EACH_64(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_63(macro_, data_, __VA_ARGS__)
#define CORM__EACH_65(macro_, data_, first_, ...) macro_(data_, first_) CORM__EACH_64(macro_, data_, __VA_ARGS__)

/* ---- Kinds: pasted at the very first macro, so that a TEXT or OPTIONAL of <windows.h> does no  */

/* CORM__K_<kind> is: kind, optional (0 or 1: what <stdbool.h> makes of false cannot always be pasted), C
 * type, name of the type in function names. */
#define CORM__K_INTEGER INTEGER, 0, int64_t, integer
#define CORM__K_REAL REAL, 0, double, real
#define CORM__K_BOOLEAN BOOLEAN, 0, bool, boolean
#define CORM__K_TEXT TEXT_, 0, const char *, text
#define CORM__K_BLOB BLOB, 0, corm_blob, blob
#define CORM__K_DATE DATE, 0, corm_date, date
#define CORM__K_DATETIME DATETIME, 0, corm_datetime, datetime
#define CORM__K_TIME TIME_, 0, corm_time, time
#define CORM__K_DECIMAL(precision_, scale_) DECIMAL_(precision_, scale_), 0, corm_decimal, decimal
#define CORM__K_UUID UUID_, 0, corm_uuid, uuid
#define CORM__K_JSON JSON_, 0, const char *, json
#define CORM__K_ENUM(enum_) ENUM_(enum_), 0, enum_, enum
#define CORM__K_CUSTOM(custom_) CUSTOM_(custom_), 0, custom_##_type, custom
/* C's own types: a number of any type, an array of char. */
#define CORM__K_INTEGER_AS(type_) INTEGER_AS_(type_), 0, type_, integer
#define CORM__K_REAL_AS(type_) REAL_AS_(type_), 0, type_, real
#define CORM__K_CHARS(size_) CHARS_(size_), 0, struct corm__CHARS_is_an_array_of_char_use_strcpy, text
#define CORM__K_OPTIONAL(kind_) CORM__KO_##kind_
#define CORM__KO_INTEGER INTEGER, 1, corm_optional_integer, integer
#define CORM__KO_REAL REAL, 1, corm_optional_real, real
#define CORM__KO_BOOLEAN BOOLEAN, 1, corm_optional_boolean, boolean
#define CORM__KO_TEXT TEXT_, 1, const char *, text
#define CORM__KO_BLOB BLOB, 1, corm_blob, blob
#define CORM__KO_DATE DATE, 1, corm_optional_date, date
#define CORM__KO_DATETIME DATETIME, 1, corm_optional_datetime, datetime
#define CORM__KO_TIME TIME_, 1, corm_optional_time, time
#define CORM__KO_DECIMAL(precision_, scale_) DECIMAL_(precision_, scale_), 1, corm_optional_decimal, decimal
#define CORM__KO_UUID UUID_, 1, corm_optional_uuid, uuid
#define CORM__KO_JSON JSON_, 1, const char *, json
#define CORM__KO_ENUM(enum_) ENUM_(enum_), 1, corm_optional_enum, enum
#define CORM__KO_CUSTOM(custom_) CUSTOM_(custom_), 1, custom_##_optional, custom

#define CORM__KO_INTEGER_AS(type_) INTEGER_AS_(type_), 1, struct corm__OPTIONAL_is_not_for_INTEGER_AS_use_INTEGER, integer
#define CORM__KO_REAL_AS(type_) REAL_AS_(type_), 1, struct corm__OPTIONAL_is_not_for_REAL_AS_use_REAL, real
#define CORM__KO_CHARS(size_) CHARS_(size_), 1, struct corm__OPTIONAL_is_not_for_CHARS_use_TEXT, text

/* CORM__KIND_VALUE_<kind> is the enumerator, and what a column of that kind has beside it; TEXT
 * goes by TEXT_ because it is expanded after the first macro. */
#define CORM__KIND_VALUE_INTEGER CORM_KIND_INTEGER
#define CORM__KIND_VALUE_REAL CORM_KIND_REAL
#define CORM__KIND_VALUE_BOOLEAN CORM_KIND_BOOLEAN
#define CORM__KIND_VALUE_TEXT_ CORM_KIND_TEXT
#define CORM__KIND_VALUE_BLOB CORM_KIND_BLOB
#define CORM__KIND_VALUE_DATE CORM_KIND_DATE
#define CORM__KIND_VALUE_DATETIME CORM_KIND_DATETIME
#define CORM__KIND_VALUE_TIME_ CORM_KIND_TIME
#define CORM__KIND_VALUE_DECIMAL_(precision_, scale_)                                              \
    CORM_KIND_DECIMAL, .precision = CORM__PRECISION(precision_, scale_), .scale = (scale_)
#define CORM__KIND_VALUE_UUID_ CORM_KIND_UUID
#define CORM__KIND_VALUE_JSON_ CORM_KIND_JSON
#define CORM__KIND_VALUE_ENUM_(enum_) CORM_KIND_ENUM, .enumeration = &corm__enum_##enum_
#define CORM__KIND_VALUE_CUSTOM_(custom_) CORM_KIND_CUSTOM, .custom = &corm__custom_##custom_

#define CORM__KIND_VALUE_INTEGER_AS_(type_)                                                        \
    CORM_KIND_CUSTOM, .custom = &(const corm_custom){                                              \
        .name = "INTEGER_AS(" #type_ ")", .stored = CORM_VALUE_INTEGER, .size = sizeof(type_),     \
        .native = (type_)-1 < (type_)1 ? CORM_NATIVE_SIGNED : CORM_NATIVE_UNSIGNED}
#define CORM__KIND_VALUE_REAL_AS_(type_)                                                           \
    CORM_KIND_CUSTOM, .custom = &(const corm_custom){                                              \
        .name = "REAL_AS(" #type_ ")", .stored = CORM_VALUE_REAL, .size = sizeof(type_),           \
        .native = CORM_NATIVE_REAL}
#define CORM__KIND_VALUE_CHARS_(size_)                                                             \
    CORM_KIND_CUSTOM, .custom = &(const corm_custom){                                              \
        .name = "CHARS(" #size_ ")", .stored = CORM_VALUE_TEXT, .size = (size_),                   \
        .native = CORM_NATIVE_CHARS}

#define CORM__PRECISION(precision_, scale_)                                                        \
    (uint8_t)((precision_) + 0 * sizeof(struct {                                                   \
        char corm__unused;                                                                         \
        _Static_assert((precision_) >= 1 && (precision_) <= 18 && (scale_) >= 0 &&                 \
                           (scale_) <= (precision_),                                               \
                       "corm: DECIMAL(precision, scale) has 1 to 18 digits, and at most as many "  \
                       "of them behind the point");                                                \
    }))

/* CORM__R_<kind> is: enumerator, shape of this end, shape of the other end. */
#define CORM__R_ONE_TO_MANY CORM_ONE_TO_MANY, corm__many, corm__one
#define CORM__R_MANY_TO_ONE CORM_MANY_TO_ONE, corm__one, corm__many
#define CORM__R_ONE_TO_ONE CORM_ONE_TO_ONE, corm__one, corm__one
#define CORM__R_MANY_TO_MANY CORM_MANY_TO_MANY, corm__many, corm__many

/* The fourth word of a relationship: corm__named, BACKREF or NONE, and the name. */
#define CORM__OTHER_IS(other_) CORM__SECOND(CORM__OTHER_##other_, corm__named, ~)
#define CORM__OTHER_BACKREF(name_) ~, BACKREF
#define CORM__OTHER_NONE ~, NONE
#define CORM__OTHER_NAME(other_) CORM__SECOND(CORM__OTHERNAME_##other_, #other_, ~)
#define CORM__OTHERNAME_BACKREF(name_) ~, #name_
#define CORM__OTHERNAME_NONE ~, NULL
#define CORM__OTHER_WORD(other_) CORM__SECOND(CORM__OTHERWORD_##other_, other_, ~)
#define CORM__OTHERWORD_BACKREF(name_) ~, name_
#define CORM__OTHERWORD_NONE ~,

/* A row's words, ready for a generator. */
#define CORM__COLUMN_WORDS(kind_, ...) (CORM__K_##kind_, __VA_ARGS__,)
#define CORM__RELATIONSHIP_WORDS(kind_, ...) (CORM__R_##kind_, CORM__RELATIONSHIP_TAIL(__VA_ARGS__, ))
#define CORM__RELATIONSHIP_TAIL(name_, target_, other_, ...)                                       \
    name_, target_, CORM__OTHER_IS(other_), CORM__OTHER_NAME(other_), CORM__OTHER_WORD(other_), __VA_ARGS__

/* The same without the options, for the generators that need none: those are most, and options are
 * most of what there is to read. */
#define CORM__COLUMN_HEAD(kind_, ...) (CORM__K_##kind_, CORM__NAME_OF(__VA_ARGS__, ~),)
#define CORM__NAME_OF(name_, ...) name_
/* And with the kind as the row has it. */
#define CORM__COLUMN_SAID(kind_, ...) (CORM__K_##kind_, #kind_, CORM__NAME_OF(__VA_ARGS__, ~),)
#define CORM__RELATIONSHIP_SAID(kind_, ...)                                                        \
    (CORM__R_##kind_, #kind_, CORM__RELATIONSHIP_NAMES(__VA_ARGS__, , , ~),)
#define CORM__RELATIONSHIP_NAMES(name_, target_, other_, ...) name_, sizeof(#other_)
#define CORM__RELATIONSHIP_HEAD(kind_, ...) (CORM__R_##kind_, CORM__RELATIONSHIP_FRONT(__VA_ARGS__, ~),)
#define CORM__RELATIONSHIP_FRONT(name_, target_, other_, ...)                                      \
    name_, target_, CORM__OTHER_IS(other_), CORM__OTHER_NAME(other_), CORM__OTHER_WORD(other_)

/* clang-format on */

#endif /* CORM__MACROS_H */
