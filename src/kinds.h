/* kinds.h: kinds that the program declares, before the models that use them.
 *
 * Owns: what an enum's list and a C type with its two functions become. Placeholders stand in angle brackets.
 * Must not know: models, the implementation. */
#ifndef CORM__KINDS_H
#define CORM__KINDS_H

#include "macros.h"

/* clang-format off */

/* ---- Enums ----------------------------------------------------------------------------------------------
 * CORM_ENUM(<Enum>, <LIST>):
 *   typedef enum <Enum> { <VALUE>, <VALUE> = <number>, ... } <Enum>;
 *   static const corm_enum corm__enum_<Enum> = {"<Enum>", sizeof(<Enum>), <items>, <count>};
 *   static inline const char *<Enum>_name(<Enum> value);
 *   static inline bool <Enum>_parse(const char *text, <Enum> *out);
 * The list has a row for each value: its name, the text that the table holds (default: the name),
 * its number (default: one more than the last):
 *   #define COLOR(VALUE) VALUE(RED) VALUE(GREEN, "green") VALUE(BLUE, "blue", 7)
 *   CORM_ENUM(Color, COLOR)
 *   COLUMN(ENUM(Color), color)
 * <Enum>_name gives the text, NULL for a value that is not in the list. <Enum>_parse is false, and
 * *out untouched, where no value has the text. CORM_ENUM_OVER is the same over an enum that exists
 * already. No semicolon behind them. */
#define CORM_ENUM(enum_, list_)                                                                    \
    typedef enum enum_ { list_(CORM__ENUMERATOR) } enum_;                                          \
    CORM_ENUM_OVER(enum_, list_)
#define CORM_ENUM_OVER(enum_, list_)                                                               \
    static CORM__UNUSED const corm_enum_item corm__enum_items_##enum_[] = {list_(CORM__ENUM_ITEM)}; \
    static CORM__UNUSED const corm_enum corm__enum_##enum_ = {                                     \
        #enum_, sizeof(enum_), corm__enum_items_##enum_,                                           \
        sizeof corm__enum_items_##enum_ / sizeof corm__enum_items_##enum_[0]};                     \
    static inline CORM__UNUSED const char *enum_##_name(enum_ corm__value)                         \
    {                                                                                              \
        return corm_enum_text(&corm__enum_##enum_, (int)corm__value);                              \
    }                                                                                              \
    static inline CORM__UNUSED bool enum_##_parse(const char *corm__text, enum_ *corm__out)        \
    {                                                                                              \
        int corm__value;                                                                           \
        if (corm__out == NULL || !corm_enum_parse(&corm__enum_##enum_, corm__text, &corm__value))  \
            return false;                                                                          \
        *corm__out = (enum_)corm__value;                                                           \
        return true;                                                                               \
    }

#define CORM__ENUMERATOR(...) CORM__JOIN2(CORM__ENUMERATOR_, CORM__COUNT(__VA_ARGS__))(__VA_ARGS__)
#define CORM__ENUMERATOR_1(name_) name_,
#define CORM__ENUMERATOR_2(name_, text_) name_,
#define CORM__ENUMERATOR_3(name_, text_, number_) name_ = (number_),
#define CORM__ENUM_ITEM(...) CORM__JOIN2(CORM__ENUM_ITEM_, CORM__COUNT(__VA_ARGS__))(__VA_ARGS__)
#define CORM__ENUM_ITEM_1(name_) {name_, #name_},
#define CORM__ENUM_ITEM_2(name_, text_) {name_, text_},
#define CORM__ENUM_ITEM_3(name_, text_, number_) {name_, text_},

/* ---- C types, stored by functions of the program -----------------------------------------------------
 * CORM_KIND(<kind>, <Type>, <STORED>, <to>, <from>, <equal>):
 *   typedef <Type> <kind>_type;
 *   typedef struct <kind>_optional { bool has_value; <Type> value; } <kind>_optional;
 *   static const corm_custom corm__custom_<kind> = {"<kind>", CORM_VALUE_<STORED>, ...};
 *   static inline <kind>_optional <kind>_some(<Type> value);
 *   static inline corm_custom_value <kind>_value(const <Type> *value);
 * A kind made of a C type (at most 256 bytes, no pointers in it), stored as INTEGER, REAL, TEXT or
 * BLOB by two functions of the program:
 *   bool <to>(const <Type> *from, corm_value *out, corm_conversion *conversion);
 *   bool <from>(const corm_value *from, <Type> *out, corm_conversion *conversion);
 * `from` is of the stored type; texts are terminated. What cannot be converted is refused with
 * corm_conversion_refuse. The bytes of *out are the member's own, static, or made with
 * corm_conversion_text or corm_conversion_room. <equal>, bool (const <Type> *, const <Type> *), says
 * what counts as unchanged; NULL: the bytes do, for types without padding.
 *   CORM_KIND(point, Point, TEXT, point_to, point_from, NULL)
 *   COLUMN(CUSTOM(point), at)
 * Conditions and the ordering go by the stored form: corm_eq(Place_.at, point_value(&here)). */
#define CORM_KIND(kind_, type_, stored_, to_, from_, equal_)                                       \
    typedef type_ kind_##_type;                                                                    \
    typedef struct kind_##_optional {                                                              \
        bool has_value;                                                                            \
        type_ value;                                                                               \
    } kind_##_optional;                                                                            \
    static CORM__UNUSED bool corm__to_##kind_(const void *corm__from, corm_value *corm__out,       \
                                              corm_conversion *corm__c)                            \
    {                                                                                              \
        return to_((const type_ *)corm__from, corm__out, corm__c);                                 \
    }                                                                                              \
    static CORM__UNUSED bool corm__from_##kind_(const corm_value *corm__from, void *corm__out,     \
                                                corm_conversion *corm__c)                          \
    {                                                                                              \
        return from_(corm__from, (type_ *)corm__out, corm__c);                                     \
    }                                                                                              \
    static CORM__UNUSED bool corm__equal_##kind_(const void *corm__a, const void *corm__b)         \
    {                                                                                              \
        bool (*const corm__equal)(const type_ *, const type_ *) = equal_;                          \
        return corm__equal != NULL ? corm__equal((const type_ *)corm__a, (const type_ *)corm__b)   \
                                   : memcmp(corm__a, corm__b, sizeof(type_)) == 0;                 \
    }                                                                                              \
    static CORM__UNUSED const corm_custom corm__custom_##kind_ = {                                 \
        #kind_,           CORM_VALUE_##stored_, sizeof(type_), offsetof(kind_##_optional, value),  \
        corm__to_##kind_, corm__from_##kind_,   corm__equal_##kind_, CORM_NATIVE_NONE};            \
    static inline CORM__UNUSED kind_##_optional kind_##_some(type_ corm__value)                    \
    {                                                                                              \
        kind_##_optional corm__some;                                                               \
        memset(&corm__some, 0, sizeof corm__some);                                                 \
        corm__some.has_value = true;                                                               \
        corm__some.value = corm__value;                                                            \
        return corm__some;                                                                         \
    }                                                                                              \
    static inline CORM__UNUSED corm_custom_value kind_##_value(const type_ *corm__value)           \
    {                                                                                              \
        corm_custom_value corm__wrapped = {&corm__custom_##kind_, corm__value};                      \
        return corm__wrapped;                                                                        \
    }

/* clang-format on */

#endif /* CORM__KINDS_H */
