/* cplusplus.h: the same names for programs in C++.
 *
 * Owns: what C++ cannot read in the rooms above, said in its own way: values, conditions, orderings,
 * corm_get, queries, writing.
 * Must not know: anything that C programs see.
 *
 * C++17 or later includes the headers and CORM_SCHEMA_DECLARE; CORM_IMPLEMENTATION and
 * CORM_SCHEMA_DEFINE stand in a C file, where the rows are checked and which links as usual. Structs,
 * handles, functions of relationships, conditions and corm_new are there in C++17 (a query is a
 * corm_query that the program fills in); the keyword arguments of corm_all, corm_first, corm_one,
 * corm_count, corm_update_all, corm_delete_all and corm_insert_all are designated initializers, which are
 * C++20, and stand in the order of corm_query, corm_update, corm_deletion and corm_insertion. */
#ifndef CORM__CPLUSPLUS_H
#define CORM__CPLUSPLUS_H

#include "checks.h"

#if defined(__cplusplus)

#if (defined(_MSVC_LANG) ? _MSVC_LANG : __cplusplus) < 201703L
#error "corm needs C++17: compile with -std=c++17 or later"
#endif

#include <type_traits>

/* clang-format off */

/* ---- Models ---------------------------------------------------------------------------------- */

/* The rows are checked where they are defined. */
#undef CORM__CHECK_TARGET
#define CORM__CHECK_TARGET(model_, name_, target_)
#undef CORM__CHECK_KEYS
#define CORM__CHECK_KEYS(model_, list_)
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

/* ---- Conditions ------------------------------------------------------------------------------ */

/* corm__compare(<column>, <operator>, <value>), chosen by the column's type. */
#define CORM__COMPARABLE(word_, condition_, sentence_, maker_, type_)                              \
    template <typename T> inline corm_condition corm__compare(corm_##word_##_column column, int operator_, T value) \
    {                                                                                              \
        static_assert(condition_, "corm: " sentence_);                                             \
        return maker_(column.column, operator_, (type_)value);                                     \
    }
CORM__COMPARABLE(integer, corm__is_whole<T>, "an INTEGER column is compared with an integer", corm_condition_integer, int64_t)
CORM__COMPARABLE(real, corm__is_whole<T> || std::is_floating_point_v<T>, "a REAL column is compared with a number", corm_condition_real, double)
CORM__COMPARABLE(boolean, (std::is_same_v<T, bool> || std::is_same_v<T, int>), "a BOOLEAN column is compared with true or false", corm_condition_boolean, bool)
CORM__COMPARABLE(text, corm__is_text<T>, "a TEXT column is compared with a string (const char *)", corm_condition_text, const char *)
CORM__COMPARABLE(json, corm__is_text<T>, "a JSON column is compared with a string (const char *)", corm_condition_json, const char *)
CORM__COMPARABLE(enum, corm__is_whole<T>, "an ENUM column is compared with an enumerator", corm_condition_enum, int64_t)
#undef CORM__COMPARABLE
#define CORM__COMPARABLE(word_, type_, value_)                                                     \
    inline corm_condition corm__compare(corm_##word_##_column column, int operator_, type_ value)  \
    {                                                                                              \
        return corm_condition_##value_(column.column, operator_, value);                           \
    }
CORM__COMPARABLE(blob, corm_blob, blob)
CORM__COMPARABLE(date, corm_date, date)
CORM__COMPARABLE(datetime, corm_datetime, datetime)
CORM__COMPARABLE(time, corm_time, time)
CORM__COMPARABLE(decimal, corm_decimal, decimal)
CORM__COMPARABLE(decimal, int64_t, whole)
CORM__COMPARABLE(uuid, corm_uuid, uuid)
CORM__COMPARABLE(custom, corm_custom_value, custom)
#undef CORM__COMPARABLE

#undef CORM__COMPARE
#define CORM__COMPARE(operator_, text_, column_, value_) corm__compare((column_), (operator_), (value_))
#undef corm_like
#define corm_like(column_, pattern_) corm__like((column_), (pattern_))
inline corm_condition corm__like(corm_text_column column, const char *pattern)
{
    return corm_condition_text(column.column, CORM__LIKE, pattern);
}

#undef corm_in
#define CORM__LISTED(word_, type_, kind_)                                                          \
    inline corm_condition corm_in(corm_##word_##_column column, const type_ *items, size_t count)  \
    {                                                                                              \
        return corm_condition_list(column.column, CORM_KIND_##kind_, items, count);                \
    }
CORM__LISTED(integer, int64_t, INTEGER)
CORM__LISTED(real, double, REAL)
CORM__LISTED(text, char *const, TEXT)
CORM__LISTED(date, corm_date, DATE)
CORM__LISTED(datetime, corm_datetime, DATETIME)
CORM__LISTED(time, corm_time, TIME)
CORM__LISTED(decimal, corm_decimal, DECIMAL)
CORM__LISTED(uuid, corm_uuid, UUID)
CORM__LISTED(enum, int, ENUM)
CORM__LISTED(enum, unsigned, ENUM)
#undef CORM__LISTED

/* What C writes as the literal of an array. */
#undef CORM__JOIN
#define CORM__JOIN(operator_, ...) corm__join((operator_), __VA_ARGS__)
template <typename... T> inline corm_condition corm__join(int operator_, const T &...parts)
{
    const corm_condition all[] = {parts...};
    return corm_condition_join(operator_, all, sizeof...(parts));
}
#undef corm_order
template <typename... T> inline corm_ordering corm_order(const T &...parts)
{
    const corm_ordering all[] = {parts...};
    return corm_ordering_join(all, sizeof...(parts));
}
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

/* ---- Queries --------------------------------------------------------------------------------- */

/* The query lives until the end of the expression in which it stands. */
inline const corm_query *corm__asked(const corm_query &query) { return &query; }

#undef CORM__ALL
#define CORM__ALL(session_, model_, ...)                                                           \
    corm__all_##model_((session_), corm__asked(corm_query{.model = &corm__model_##model_, __VA_ARGS__}))
#undef CORM__FIRST
#define CORM__FIRST(session_, model_, ...)                                                         \
    ((model_ *)corm_query_first((session_), corm__asked(corm_query{.model = &corm__model_##model_, __VA_ARGS__})))
#undef CORM__ONE
#define CORM__ONE(session_, model_, ...)                                                           \
    ((model_ *)corm_query_one((session_), corm__asked(corm_query{.model = &corm__model_##model_, __VA_ARGS__})))
#undef CORM__COUNT_ROWS
#define CORM__COUNT_ROWS(session_, model_, ...)                                                    \
    corm_query_count((session_), corm__asked(corm_query{.model = &corm__model_##model_, __VA_ARGS__}))

/* ---- Writing --------------------------------------------------------------------------------- */

/* As the query, so what is to be written. */
#undef CORM__ARGUMENT
#define CORM__ARGUMENT(type_, ...) corm__argument(type_{__VA_ARGS__})
template <typename T> inline const T *corm__argument(const T &argument) { return &argument; }

#undef corm_set_column
template <typename T> inline corm_assignments corm_set_column(T column, T other)
{
    return corm_assignment_column(column.column, other.column);
}
#undef corm_sets
template <typename... T> inline corm_assignments corm_sets(const T &...parts)
{
    const corm_assignments all[] = {parts...};
    return corm_assignments_join(all, sizeof...(parts));
}
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
#define corm_get(session_, model_, ...) ((model_ *)corm__get((session_), &corm__model_##model_, __VA_ARGS__))

/* clang-format on */

#endif /* __cplusplus */
#endif /* CORM__CPLUSPLUS_H */
