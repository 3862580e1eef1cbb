/* cplusplus.h: the same names for programs in C++.
 *
 * Owns: what C++ cannot read in the rooms above, said in its own way: values, conditions, orderings,
 * corm_get, queries, rows, values of plain SQL, writing.
 * Must not know: anything that C programs see.
 *
 * C++17 or later includes the headers and CORM_SCHEMA_DECLARE; CORM_IMPLEMENTATION and
 * CORM_SCHEMA_DEFINE stand in a C file, where the rows are checked and which links as usual. All else
 * has the same names there, in two ways: keyword arguments of queries are designated initializers in
 * C++20, which stand in the order of corm_query, corm_select, corm_update, corm_deletion and
 * corm_insertion, and assignments in C++17, which stand in any, but for the lists .with and .compound. */
#ifndef CORM__CPLUSPLUS_H
#define CORM__CPLUSPLUS_H

#include "checks.h"

#if defined(__cplusplus)

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 201703L
#error "corm needs C++17: compile with -std=c++17 or later"
#endif

#include <cstddef>
#include <initializer_list>
#include <type_traits>

/* clang-format off */

/* ---- Models ---------------------------------------------------------------------------------- */

/* The rows are checked where they are defined. */
#undef CORM__CHECK_TARGET
#define CORM__CHECK_TARGET(model_, name_, target_)
#undef CORM__CHECK_KEYS
#define CORM__CHECK_KEYS(model_, list_) enum { corm__keys_##model_ = 0 };
#undef CORM_SCHEMA_DEFINE
#define CORM_SCHEMA_DEFINE(schema_, models_)                                                       \
    static_assert(false, "corm: CORM_SCHEMA_DEFINE(" #schema_ ", ...) belongs into a .c file, and CORM_SCHEMA_DECLARE into a header for both");

/* In the order of the members, without their names. */
#undef CORM__HANDLE_VALUE_
#define CORM__HANDLE_VALUE_(model_, kind_, optional_, type_, word_, name_, ...)                    \
    {{&corm__model_##model_, (unsigned)CORM__COLUMN_NUMBER(model_, name_)}},
#undef CORM__RELATED_VALUE_
#define CORM__RELATED_VALUE_(model_, kind_, shape_, back_, name_, ...)                             \
    {&corm__model_##model_, (unsigned)offsetof(struct corm__relationships_##model_, name_), false},

#undef CORM__ALIAS_COLUMN_
#define CORM__ALIAS_COLUMN_(alias_, kind_, optional_, type_, word_, name_, ...)                    \
    {{&CORM__ALIAS_OF alias_, (unsigned)CORM__COLUMN_NUMBER_OF(CORM__ALIASED alias_, name_)}},
#undef CORM__ALIAS_RELATED_
#define CORM__ALIAS_RELATED_(alias_, kind_, shape_, back_, name_, ...)                             \
    {&CORM__ALIAS_OF alias_, (unsigned)CORM__ROW_NUMBER_OF(CORM__ALIASED alias_, name_), false},
#undef CORM__ALIAS_MODEL
#define CORM__ALIAS_MODEL(name_, model_) corm__alias(name_, model_)
#undef CORM__END_MODEL
#define CORM__END_MODEL(name_, model_, end_) corm__alias(name_, model_, end_)
constexpr corm_model corm__alias(const char *name, const corm_model *model, const corm_relationship_ref *end = nullptr)
{
    corm_model alias = {};
    alias.name = name;
    alias.alias_of = model;
    alias.end = end;
    return alias;
}

/* Rows: their descriptors stand in the file itself. */
struct corm__kind_words {
    corm_kind kind;
    uint8_t precision = 0, scale = 0;
    const corm_enum *enumeration = nullptr;
    const corm_custom *custom = nullptr;
};
constexpr corm_column corm__column(const char *name, const corm__kind_words &words, bool optional, size_t offset,
                                   size_t size, const corm_row_options &options)
{
    corm_column column = {};
    column.name = name;
    column.kind = words.kind;
    column.optional = optional;
    column.precision = words.precision;
    column.scale = words.scale;
    column.offset = (uint16_t)offset;
    column.size = (uint16_t)size;
    column.enumeration = words.enumeration;
    column.custom = words.custom;
    column.options.name = options.name;
    column.options.nullable = CORM__NULLABLE_BY_TYPE;
    return column;
}
constexpr corm_model corm__row(const char *name, size_t size, const corm_column *columns, size_t count, bool existing)
{
    corm_model row = {};
    row.name = name;
    row.size = size;
    row.columns = columns;
    row.column_count = count;
    row.existing = existing;
    row.row = true;
    return row;
}
constexpr corm_custom corm__native(const char *name, corm_value_type stored, size_t size, corm_native native)
{
    corm_custom custom = {};
    custom.name = name;
    custom.stored = stored;
    custom.size = size;
    custom.native = native;
    return custom;
}
template <int precision, int scale> constexpr uint8_t corm__precision()
{
    static_assert(precision >= 1 && precision <= 18 && scale >= 0 && scale <= precision,
                  "corm: DECIMAL(precision, scale) has 1 to 18 digits, and at most as many of them behind the point");
    return (uint8_t)precision;
}
#undef CORM__DESCRIBE_
#define CORM__DESCRIBE_(row_, kind_, optional_, type_, word_, name_, ...)                          \
    corm__column(#name_, {CORM__KIND_VALUE_##kind_}, optional_, offsetof(row_, name_),             \
                 sizeof(((row_ *)0)->name_), corm_row_options{__VA_ARGS__}),
#undef CORM__NO_COLUMN
#define CORM__NO_COLUMN {}
#undef CORM__ROW_MODEL
#define CORM__ROW_MODEL(...) corm__row(__VA_ARGS__)
#undef CORM__CHECK_ROW
#define CORM__CHECK_ROW(row_, list_)
#undef CORM__KIND_VALUE_DECIMAL_
#define CORM__KIND_VALUE_DECIMAL_(precision_, scale_)                                              \
    CORM_KIND_DECIMAL, corm__precision<(precision_), (scale_)>(), (scale_)
#undef CORM__KIND_VALUE_ENUM_
#define CORM__KIND_VALUE_ENUM_(enum_) CORM_KIND_ENUM, 0, 0, &corm__enum_##enum_
#undef CORM__KIND_VALUE_CUSTOM_
#define CORM__KIND_VALUE_CUSTOM_(custom_) CORM_KIND_CUSTOM, 0, 0, nullptr, &corm__custom_##custom_
#define CORM__NATIVE(...)                                                                          \
    CORM_KIND_CUSTOM, 0, 0, nullptr, []() -> const corm_custom * {                                 \
        static const corm_custom native = corm__native(__VA_ARGS__); return &native; }()
#undef CORM__KIND_VALUE_INTEGER_AS_
#define CORM__KIND_VALUE_INTEGER_AS_(type_)                                                        \
    CORM__NATIVE("INTEGER_AS(" #type_ ")", CORM_VALUE_INTEGER, sizeof(type_),                      \
                 std::is_signed_v<type_> ? CORM_NATIVE_SIGNED : CORM_NATIVE_UNSIGNED)
#undef CORM__KIND_VALUE_REAL_AS_
#define CORM__KIND_VALUE_REAL_AS_(type_)                                                           \
    CORM__NATIVE("REAL_AS(" #type_ ")", CORM_VALUE_REAL, sizeof(type_), CORM_NATIVE_REAL)
#undef CORM__KIND_VALUE_CHARS_
#define CORM__KIND_VALUE_CHARS_(size_)                                                             \
    CORM__NATIVE("CHARS(" #size_ ")", CORM_VALUE_TEXT, (size_), CORM_NATIVE_CHARS)

/* A struct of the program that EXISTING brings. */
#undef CORM__MEMBER_CHECK_
#define CORM__MEMBER_CHECK_(model_, kind_, optional_, type_, word_, said_, name_, ...)             \
    static_assert(std::is_same_v<decltype(&((model_ *)0)->name_), CORM__SECOND(CORM__IN_##kind_, type_ *, ~)>, \
        #model_ "." #name_ " is not of type " CORM__SECOND(CORM__SAID_##kind_, #type_, ~)           \
        ", which " said_ " wants: for types of C there are INTEGER_AS(type), REAL_AS(type), "      \
        "CHARS(size) and, for any other, CUSTOM(kind)");

#undef CORM__QUIET
#undef CORM__LOUD
#if defined(__GNUC__)
#define CORM__QUIET                                                                                \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Wshadow\"")                  \
    _Pragma("GCC diagnostic ignored \"-Wredundant-decls\"")
#define CORM__LOUD _Pragma("GCC diagnostic pop")
#else
#define CORM__QUIET
#define CORM__LOUD
#endif

/* ---- Values ---------------------------------------------------------------------------------- */

template <typename T> constexpr bool corm__is_whole = std::is_integral_v<T> || std::is_enum_v<T>;
template <typename T> constexpr bool corm__is_text = std::is_same_v<T, const char *> || std::is_same_v<T, char *>;
template <typename T> constexpr bool corm__no = false;

#undef corm_some
template <typename T> inline auto corm_some(T value)
{
    if constexpr (corm__is_whole<T>) return corm__some_integer((int64_t)value);
    else if constexpr (std::is_floating_point_v<T>) return corm__some_real((double)value);
    else if constexpr (std::is_same_v<T, corm_date>) return corm__some_date(value);
    else if constexpr (std::is_same_v<T, corm_datetime>) return corm__some_datetime(value);
    else if constexpr (std::is_same_v<T, corm_time>) return corm__some_time(value);
    else if constexpr (std::is_same_v<T, corm_decimal>) return corm__some_decimal(value);
    else if constexpr (std::is_same_v<T, corm_uuid>) return corm__some_uuid(value);
    else static_assert(corm__no<T>, "corm_some(value): a number, a date, a time, a decimal or a UUID");
}

#undef corm_none
#define corm_none(kind_) (CORM__NONE_##kind_{})

/* ---- Operands -------------------------------------------------------------------------------- */

/* What _Generic tells in C: which columns a type fits (CORM__FITS), and its kind (CORM__LIKE_IT). */
template <typename T> constexpr int corm__kind =
    std::is_same_v<T, bool> || std::is_same_v<T, corm_condition> ? CORM_KIND_BOOLEAN
    : std::is_floating_point_v<T> ? CORM_KIND_REAL
    : corm__is_text<T> ? CORM_KIND_TEXT
    : std::is_same_v<T, corm_blob> ? CORM_KIND_BLOB
    : std::is_same_v<T, corm_date> ? CORM_KIND_DATE
    : std::is_same_v<T, corm_datetime> ? CORM_KIND_DATETIME
    : std::is_same_v<T, corm_time> ? CORM_KIND_TIME
    : std::is_same_v<T, corm_decimal> ? CORM_KIND_DECIMAL
    : std::is_same_v<T, corm_uuid> ? CORM_KIND_UUID
    : std::is_same_v<T, corm_custom_value> ? CORM_KIND_CUSTOM : CORM_KIND_INTEGER;
template <typename T> constexpr int corm__fits =
    std::is_same_v<T, bool> || std::is_same_v<T, int> ? int(CORM__FITS_WHOLE) | int(CORM__FITS_BOOLEAN)
    : corm__is_whole<T> ? int(CORM__FITS_WHOLE)
    : std::is_floating_point_v<T> ? int(CORM__FITS_REAL) | int(CORM__FITS_TO_COMPUTE)
    : corm__is_text<T> ? int(CORM__FITS_TEXT) | int(CORM__FITS_JSON)
    : std::is_same_v<T, corm_optional_integer>
        ? CORM__FITS_OPTIONAL(int(CORM__FITS_WHOLE) | int(CORM__FITS_BOOLEAN))
    : std::is_same_v<T, corm_optional_real> ? CORM__FITS_OPTIONAL(int(CORM__FITS_REAL))
    : std::is_same_v<T, corm_optional_date> ? CORM__FITS_OPTIONAL(int(CORM__FITS_DATE))
    : std::is_same_v<T, corm_optional_datetime> ? CORM__FITS_OPTIONAL(int(CORM__FITS_DATETIME))
    : std::is_same_v<T, corm_optional_time> ? CORM__FITS_OPTIONAL(int(CORM__FITS_TIME))
    : std::is_same_v<T, corm_optional_decimal> ? CORM__FITS_OPTIONAL(int(CORM__FITS_DECIMAL))
    : std::is_same_v<T, corm_optional_uuid> ? CORM__FITS_OPTIONAL(int(CORM__FITS_UUID))
    : corm__kind<T> != CORM_KIND_INTEGER ? 1 << corm__kind<T> : 0;
/* Columns, expressions and variables, whose nodes are corm__nodes_of(<it>). */
#define CORM__HANDLES(kind_, type_, optional_, name_)                                              \
    CORM__HANDLED(kind_, corm_##name_##_column, corm__of_##name_##_column)                         \
    CORM__HANDLED(kind_, corm_##name_##_expression, corm__of_##name_##_expression)                 \
    CORM__HANDLED(kind_, corm_##name_##_variable, corm__of_##name_##_variable)                     \
    inline corm_##name_##_expression corm__as(corm__kind_is<CORM_KIND_##kind_>, const corm_condition &nodes) \
    {                                                                                              \
        return corm__as_##name_(nodes);                                                            \
    }
#define CORM__HANDLED(kind_, type_, nodes_)                                                        \
    template <> inline constexpr int corm__kind<type_> = CORM_KIND_##kind_;                        \
    template <> inline constexpr int corm__fits<type_> =                                           \
        CORM_KIND_##kind_ == CORM_KIND_INTEGER ? int(CORM__IS_INTEGER)                             \
        : CORM_KIND_##kind_ == CORM_KIND_REAL ? int(CORM__IS_REAL) : 1 << CORM_KIND_##kind_;       \
    inline corm_condition corm__nodes_of(const type_ &operand) { return nodes_(operand); }
template <int kind> using corm__kind_is = std::integral_constant<int, kind>;
CORM__KIND_LIST(CORM__HANDLES)
#undef CORM__HANDLES
#undef CORM__HANDLED
inline corm_condition corm__nodes_of(const corm_condition &condition) { return condition; }
inline corm_condition corm__nodes_of(corm_optional_integer value) { return corm__of_optional_integer(value); }
inline corm_condition corm__nodes_of(corm_optional_real value) { return corm__of_optional_real(value); }
inline corm_condition corm__nodes_of(corm_optional_date value) { return corm__of_optional_date(value); }
inline corm_condition corm__nodes_of(corm_optional_datetime value) { return corm__of_optional_datetime(value); }
inline corm_condition corm__nodes_of(corm_optional_time value) { return corm__of_optional_time(value); }
inline corm_condition corm__nodes_of(corm_optional_decimal value) { return corm__of_optional_decimal(value); }
inline corm_condition corm__nodes_of(corm_optional_uuid value) { return corm__of_optional_uuid(value); }

template <typename T> inline corm_condition corm__operand(T value)
{
    if constexpr (std::is_same_v<T, bool>) return corm_operand_boolean(value);
    else if constexpr (corm__is_whole<T> && std::is_unsigned_v<T>) return corm_operand_unsigned(uint64_t(value));
    else if constexpr (corm__is_whole<T>) return corm_operand_integer(int64_t(value));
    else if constexpr (std::is_floating_point_v<T>) return corm_operand_real(double(value));
    else if constexpr (corm__is_text<T>) return corm_operand_text(value);
    else if constexpr (std::is_same_v<T, corm_blob>) return corm_operand_blob(value);
    else if constexpr (std::is_same_v<T, corm_date>) return corm_operand_date(value);
    else if constexpr (std::is_same_v<T, corm_datetime>) return corm_operand_datetime(value);
    else if constexpr (std::is_same_v<T, corm_time>) return corm_operand_time(value);
    else if constexpr (std::is_same_v<T, corm_decimal>) return corm_operand_decimal(value);
    else if constexpr (std::is_same_v<T, corm_uuid>) return corm_operand_uuid(value);
    else if constexpr (std::is_same_v<T, corm_custom_value>) return corm_operand_custom(value);
    else if constexpr (corm__fits<T> != 0) return corm__nodes_of(value);
    else return corm_condition{}; /* a check has said what is wrong */
}

#undef corm_var
template <typename T> inline auto corm_var(const T *pointer)
{
    if constexpr (std::is_same_v<T, int64_t>) return corm__var_integer(0, pointer);
    else if constexpr (std::is_same_v<T, double>) return corm__var_real(0, pointer);
    else if constexpr (std::is_same_v<T, bool>) return corm__var_boolean(0, pointer);
    else if constexpr (corm__is_text<T>) return corm__var_text(0, pointer);
    else if constexpr (std::is_same_v<T, corm_blob>) return corm__var_blob(0, pointer);
    else if constexpr (std::is_same_v<T, corm_date>) return corm__var_date(0, pointer);
    else if constexpr (std::is_same_v<T, corm_datetime>) return corm__var_datetime(0, pointer);
    else if constexpr (std::is_same_v<T, corm_time>) return corm__var_time(0, pointer);
    else if constexpr (std::is_same_v<T, corm_decimal>) return corm__var_decimal(0, pointer);
    else if constexpr (std::is_same_v<T, corm_uuid>) return corm__var_uuid(0, pointer);
    else static_assert(corm__no<T>, "corm_var(&variable): int64_t, double, bool, const char *, a date, a time, a decimal, a UUID or a blob");
}

template <typename T> constexpr int corm__list_kind = /* CORM_KIND_COUNT: no list */
    std::is_same_v<T, int64_t> ? CORM_KIND_INTEGER
    : std::is_same_v<T, int> || std::is_same_v<T, unsigned> || std::is_enum_v<T> ? CORM_KIND_ENUM
    : std::is_same_v<T, float> || std::is_same_v<T, bool> || std::is_same_v<T, corm_blob> ||
      std::is_same_v<T, corm_custom_value> || (corm__fits<T> & CORM__ANY_KIND) == 0 || corm__is_whole<T> ? int(CORM_KIND_COUNT)
    : corm__kind<T>;
template <typename T> constexpr int corm__listed =
    std::is_pointer_v<T> ? corm__list_kind<std::remove_cv_t<std::remove_pointer_t<T>>> : int(CORM_KIND_COUNT);

#undef CORM__FITS
#define CORM__FITS(operand_) corm__fits<decltype(operand_)>
#undef CORM__OPERAND
#define CORM__OPERAND(operand_) corm__operand(operand_)
/* The type is one of a name, and what is said about it a check, which costs nothing. */
#undef CORM__OPERAND_LIKE
#define CORM__OPERAND_LIKE(typed_, operand_) ((void)(typed_), corm__operand(operand_))
#undef CORM__LOOK1
#define CORM__LOOK1(body_, a_, ...) body_(a_, CORM__FITS(a_), __VA_ARGS__)
#undef CORM__LOOK2
#define CORM__LOOK2(body_, a_, b_, ...) body_(a_, b_, CORM__FITS(a_), CORM__FITS(b_), __VA_ARGS__)
#undef CORM__LOOK3
#define CORM__LOOK3(body_, a_, b_, c_, ...)                                                        \
    body_(a_, b_, c_, CORM__FITS(a_), CORM__FITS(b_), CORM__FITS(c_), __VA_ARGS__)
#undef CORM__FITS_LIST
#define CORM__FITS_LIST(items_) (1 << corm__listed<decltype(items_)>) % (1 << CORM_KIND_COUNT)
#undef CORM__LIST_KIND
#define CORM__LIST_KIND(items_) corm__listed<decltype(items_)>
#undef CORM__LIKE_IT
#define CORM__LIKE_IT(a_, nodes_) corm__as(corm__kind_is<corm__kind<decltype(a_)>>{}, nodes_)
#undef CORM__LIKE_EITHER
#define CORM__LIKE_EITHER(a_, b_, text_, nodes_)                                                   \
    ((void)CORM__CHECK_ALIKE(CORM__FITS(a_), CORM__FITS(b_), text_),                               \
     corm__as(corm__kind_is<(corm__is_whole<decltype(a_)> ? corm__kind<decltype(b_)>               \
                                                          : corm__kind<decltype(a_)>)>{}, nodes_))
#undef CORM__LIKE_SUM
#define CORM__LIKE_SUM(a_, b_, operator_, text_, nodes_)                                           \
    ((void)CORM__CHECK_SUM(CORM__FITS(a_), CORM__FITS(b_), operator_, text_),                      \
     corm__as(corm__kind_is<corm__sum_kind(corm__kind<decltype(a_)>, corm__kind<decltype(b_)>)>{}, nodes_))
constexpr int corm__sum_kind(int a, int b)
{
    return a == CORM_KIND_DECIMAL || b == CORM_KIND_DECIMAL ? int(CORM_KIND_DECIMAL)
           : a == CORM_KIND_REAL || b == CORM_KIND_REAL ? int(CORM_KIND_REAL) : int(CORM_KIND_INTEGER);
}

/* The body of a function that is called at once: operands are evaluated once, whatever it makes of
 * their types, and it may stand outside of functions, too. */
#undef CORM__LET1
#define CORM__LET1(body_, a_, ...) [](auto corm__a) { return body_(corm__a, __VA_ARGS__); }(a_)
#undef CORM__LET2
#define CORM__LET2(body_, a_, b_, ...)                                                             \
    [](auto corm__a, auto corm__b) { return body_(corm__a, corm__b, __VA_ARGS__); }(a_, b_)
#undef CORM__LET3
#define CORM__LET3(body_, a_, b_, c_, ...)                                                         \
    [](auto corm__a, auto corm__b, auto corm__c) { return body_(corm__a, corm__b, corm__c, __VA_ARGS__); }(a_, b_, c_)
#undef CORM__CHECK
#define CORM__CHECK(condition_, sentence_) []() { static_assert((condition_) != 0, sentence_); return 0; }()

/* What C writes as literals. Arrays and what CORM__AT points to live until the end of the
 * expression in which they stand. */
#undef CORM__LIST
#define CORM__LIST(type_, ...) corm__list_of<type_>({__VA_ARGS__})
#undef CORM__PARTS
#define CORM__PARTS(...) CORM__LIST(corm_condition, __VA_ARGS__)
template <typename T> inline const T *corm__list_of(std::initializer_list<T> items) { return items.begin(); }
#undef CORM__END
#define CORM__END(type_) corm__end<type_>()
template <typename T> inline T corm__end()
{
    T end = {};
    end.count = static_cast<decltype(end.count)>(UINT16_MAX);
    return end;
}
#undef CORM__NONE
#define CORM__NONE(type_) type_{}
/* Designated initializers are C++20; before that, keyword arguments are assigned, in one expression, at
 * whose end temporaries like std::string("x").c_str() go: to the struct that is on top of a stack meanwhile. */
#undef CORM__MADE
#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) >= 202002L
#define CORM__MADE(type_, member_, model_, ...) type_{.member_ = model_, __VA_ARGS__}
#else
#define CORM__MADE(type_, member_, model_, ...)                                                    \
    corm__made<type_>{corm__making<type_>(),                                                       \
                      (CORM__EACH(CORM__MADE_WITH, type_, .member_ = model_, __VA_ARGS__) 0)}.copy()
#define CORM__MADE_WITH(type_, argument_) corm__making<type_>::now() argument_,
template <typename T> struct corm__making {
    static inline thread_local corm__making *top = nullptr;
    T value = {};
    corm__making *below;
    corm__making() : below(top) { top = this; }
    corm__making(const corm__making &) = delete;
    static T &now() { return top->value; }
    ~corm__making() { end(); } /* where an argument has thrown, it is still on the stack */
    void end()
    {
        if (top == this)
            top = below;
    }
};
template <typename T> struct corm__made { /* the braces are evaluated from left to right */
    const T &value;
    corm__made(corm__making<T> &&made, int) : value(made.value) { made.end(); }
    T copy() const { return value; }
};
#endif
#undef CORM__AT
#define CORM__AT(type_, ...) corm__at<type_>(CORM__MADE(type_, __VA_ARGS__))
template <typename T> inline const T *corm__at(const T &value) { return &value; }

/* ---- Loading --------------------------------------------------------------------------------- */

#undef corm_loads
template <typename... T> inline corm_loading corm_loads(const T &...parts)
{
    const corm_loading all[] = {parts...};
    return corm_loading_join(all, sizeof...(parts));
}
#undef CORM__LOADING
#define CORM__LOADING(how_, ...) corm__loading((how_), __VA_ARGS__)
template <typename... T> inline corm_loading corm__loading(corm_lazy how, const T &...relationships)
{
    const corm_relationship_ref all[] = {relationships...};
    return corm_loading_of(all, sizeof...(relationships), how);
}

#undef corm_load_columns
template <typename... T> inline corm_loading corm_load_columns(const T &...columns)
{
    const corm_column_ref all[] = {columns.column...};
    return corm_loading_columns(all, sizeof...(columns));
}
#undef corm_load_where
#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) >= 202002L
#define corm_load_where(relationship_, ...)                                                        \
    corm__load_where((relationship_), corm_load_options{__VA_ARGS__})
#else
#define corm_load_where(relationship_, ...)                                                        \
    corm__load_where((relationship_), CORM__MADE(corm_load_options, limit, 0, __VA_ARGS__, ))
#endif
inline corm_loading corm__load_where(corm_relationship_ref relationship, const corm_load_options &options)
{
    return corm_loading_where(relationship, &options);
}

/* ---- Queries --------------------------------------------------------------------------------- */

#undef CORM__NOTED
#if defined(CORM_TRACE_CALLS)
template <typename T> inline const T *corm__noted(const T *argument, const char *file, int line)
{
    return (const T *)corm_called_at(argument, file, line);
}
#define CORM__NOTED(argument_) corm__noted((argument_), __FILE__, __LINE__)
/* A default argument is evaluated where the function is called. */
#undef CORM__CALLER
#define CORM__CALLER , const char *corm__file = __builtin_FILE(), int corm__line = __builtin_LINE()
#undef CORM__CALLED
#define CORM__CALLED (void)corm_called_at(nullptr, corm__file, corm__line);
#else
#define CORM__NOTED(argument_) (argument_)
#endif

/* corm__values_for(<kind>, <rows>), corm__scalar_for(<kind>, <rows>). */
#define CORM__FOR_KIND(kind_, name_)                                                               \
    inline auto corm__values_for(corm__kind_is<CORM_KIND_##kind_>, corm_rows rows) { return corm__values_##name_(rows); } \
    inline auto corm__scalar_for(corm__kind_is<CORM_KIND_##kind_>, corm_rows rows) { return corm__scalar_##name_(rows); }
CORM__FOR_KIND(INTEGER, integer) CORM__FOR_KIND(REAL, real) CORM__FOR_KIND(BOOLEAN, boolean) CORM__FOR_KIND(TEXT, text)
CORM__FOR_KIND(BLOB, blob) CORM__FOR_KIND(DATE, date) CORM__FOR_KIND(DATETIME, datetime) CORM__FOR_KIND(TIME, time)
CORM__FOR_KIND(DECIMAL, decimal) CORM__FOR_KIND(UUID, uuid) CORM__FOR_KIND(JSON, json) CORM__FOR_KIND(ENUM, enum)
CORM__FOR_KIND(CUSTOM, integer) /* refused */
#undef CORM__FOR_KIND
#undef CORM__BY_KIND
#define CORM__BY_KIND(value_, do_, rows_) do_##_for(corm__kind_is<corm__kind<decltype(value_)>>{}, rows_)

/* ---- Writing --------------------------------------------------------------------------------- */

#undef CORM__COLUMN_LIST
#define CORM__COLUMN_LIST(...) corm__column_list(__VA_ARGS__)
template <typename... T> inline corm_column_list corm__column_list(const T &...columns)
{
    const corm_column_ref all[] = {columns.column...};
    return corm_column_list_of(all, sizeof...(columns));
}
#undef CORM__ROW_COUNT
#define CORM__ROW_COUNT(call_, model_, rows_, count_) corm__row_count<model_>((rows_), (size_t)(count_))
template <typename T> inline size_t corm__row_count(T *, size_t count) { return count; }

/* ---- Keys ------------------------------------------------------------------------------------ */

template <typename T> inline corm_value corm__key(T value, char *room)
{
    if constexpr (corm__is_whole<T>) return corm__key_integer((int64_t)value, room);
    else if constexpr (corm__is_text<T>) return corm__key_text(value, room);
    else if constexpr (std::is_same_v<T, corm_date>) return corm__key_date(value, room);
    else if constexpr (std::is_same_v<T, corm_datetime>) return corm__key_datetime(value, room);
    else if constexpr (std::is_same_v<T, corm_time>) return corm__key_time(value, room);
    else if constexpr (std::is_same_v<T, corm_uuid>) return corm__key_uuid(value, room);
    else static_assert(corm__no<T>, "corm_get(session, Model, key): a key is an integer, a string, a date, a time or a UUID");
}
template <typename... T> inline void *corm__get(corm_session *session, const corm_model *model, T... keys)
{
    char rooms[sizeof...(keys)][CORM_UUID_TEXT_SIZE];
    size_t i = 0;
    const corm_value values[] = {corm__key(keys, rooms[i++])...}; /* from left to right */
    return corm_object_get(session, model, values, sizeof...(keys));
}
#undef corm_get
#define corm_get(session_, model_, ...) ((model_ *)corm__get((session_), CORM__NOTED(&corm__model_##model_), __VA_ARGS__))

#undef corm_merge
template <typename T> inline T *corm_merge(corm_session *session, T *object)
{
    return (T *)corm_object_merge(session, object);
}

/* ---- SQL of one's own ------------------------------------------------------------------------ */

template <typename T> inline corm_parameter corm__parameter(T value)
{
    if constexpr (std::is_same_v<T, unsigned long> || std::is_same_v<T, unsigned long long>)
        return corm_parameter_of(CORM__C_UNSIGNED_LONG_LONG, (unsigned long long)value);
    else if constexpr (corm__is_whole<T>) return corm_parameter_of(CORM__C_LONG_LONG, (long long)value);
    else if constexpr (std::is_floating_point_v<T>) return corm_parameter_of(CORM__C_DOUBLE, (double)value);
    else if constexpr (corm__is_text<T>) return corm_parameter_of(CORM__C_TEXT, (const char *)value);
    else if constexpr (std::is_same_v<T, corm_blob>) return corm_parameter_of(CORM__C_BLOB, value);
    else if constexpr (std::is_same_v<T, corm_date>) return corm_parameter_of(CORM__C_DATE, value);
    else if constexpr (std::is_same_v<T, corm_datetime>) return corm_parameter_of(CORM__C_DATETIME, value);
    else if constexpr (std::is_same_v<T, corm_time>) return corm_parameter_of(CORM__C_TIME, value);
    else if constexpr (std::is_same_v<T, corm_uuid>) return corm_parameter_of(CORM__C_UUID, value);
    else if constexpr (std::is_same_v<T, corm_custom_value>) return corm_parameter_of(CORM__C_CUSTOM, value);
    else if constexpr (std::is_same_v<T, corm_optional_integer>) return corm_parameter_of(CORM__C_OPTIONAL_INTEGER, value);
    else if constexpr (std::is_same_v<T, corm_optional_real>) return corm_parameter_of(CORM__C_OPTIONAL_REAL, value);
    else if constexpr (std::is_same_v<T, corm_optional_date>) return corm_parameter_of(CORM__C_OPTIONAL_DATE, value);
    else if constexpr (std::is_same_v<T, corm_optional_datetime>) return corm_parameter_of(CORM__C_OPTIONAL_DATETIME, value);
    else if constexpr (std::is_same_v<T, corm_optional_time>) return corm_parameter_of(CORM__C_OPTIONAL_TIME, value);
    else if constexpr (std::is_same_v<T, corm_optional_uuid>) return corm_parameter_of(CORM__C_OPTIONAL_UUID, value);
    else if constexpr (std::is_same_v<T, std::nullptr_t>) return corm_parameter_of(CORM__C_POINTER, (const void *)nullptr);
    else static_assert(corm__no<T>, "corm_sql: a value for a placeholder is a number, a string (const char *), a corm_blob, a date, a time, a UUID, an OPTIONAL of them or nullptr; of a corm_decimal its .units");
}
#undef corm_sql_parameter
#define corm_sql_parameter(value_) corm__parameter(value_)

/* Lives until the end of the expression in which it stands; the last is not counted. */
template <size_t count> struct corm__parameters {
    corm_parameter values[count];
    const corm_parameter *all() const { return values; }
};
#undef CORM__PARAMETERS
#define CORM__PARAMETERS(call_, ...)                                                               \
    corm__parameters<1 CORM__EACH(CORM__PARAMETER_COUNT, ~, __VA_ARGS__)>{{                        \
        CORM__EACH(CORM__PARAMETER, ~, __VA_ARGS__) corm_parameter{}}}.all(),                      \
    (size_t)(0 CORM__EACH(CORM__PARAMETER_COUNT, ~, __VA_ARGS__))
#undef CORM__PARAMETER
#define CORM__PARAMETER(data_, value_) corm__parameter(value_),
#undef CORM__PARAMETER_COUNT
#define CORM__PARAMETER_COUNT(data_, value_) + 1

/* clang-format on */

#endif /* __cplusplus */
#endif /* CORM__CPLUSPLUS_H */
