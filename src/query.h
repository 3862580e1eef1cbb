/* query.h: what a query is.
 *
 * Owns: conditions, orderings, loading options as small values that can be built, copied and
 * combined freely; the typed column handles and the macros that let the compiler check names and
 * value types.
 * Must not know: SQL text, sessions, rows. */
#ifndef CORM__QUERY_H
#define CORM__QUERY_H

#include "meta.h"

/* ---- Column handles -------------------------------------------------------------------------- */

/* User_.age is a constant of one of these types: corm_integer_column, corm_text_column ... Only
 * the type of corm__kind is used: it tells the compiler the column's kind. */
#define CORM__HANDLE(kind_, type_, optional_, name_)                                               \
    typedef union corm_##name_##_column {                                                          \
        corm_column_ref column;                                                                    \
        char (*corm__kind)[1 + CORM_KIND_##kind_];                                                 \
    } corm_##name_##_column;
CORM__KIND_LIST(CORM__HANDLE)
#undef CORM__HANDLE

/* ---- Conditions ------------------------------------------------------------------------------ */

typedef enum corm__operator {
    CORM__EQ,
    CORM__NE,
    CORM__LT,
    CORM__LE,
    CORM__GT,
    CORM__GE,
    CORM__LIKE,
    CORM__BETWEEN, /* two nodes: this one with the lower bound, an OPERAND with the upper */
    CORM__IN,      /* this node; as.list points at values, size counts them */
    CORM__IS_NULL,
    CORM__IS_NOT_NULL,
    CORM__OPERAND,
    CORM__AND, /* size counts the nodes that follow and belong to it */
    CORM__OR,
    CORM__NOT
} corm__operator;

typedef struct corm__node {
    uint8_t operator_; /* corm__operator */
    uint8_t kind;      /* corm_kind of the operand or of the list's elements */
    uint16_t column;   /* index in the model */
    uint32_t size;     /* AND, OR, NOT: nodes below; IN: elements; DATETIME: microseconds */
    const corm_model *model;
    union {
        int64_t integer;
        double real;
        const void *bytes; /* text, list: borrowed until the query ran */
        corm_date date;
        struct {
            int16_t year;
            uint8_t month, day, hour, minute;
            uint16_t second;
        } moment;
    } as;
} corm__node;

/* A condition over columns: a value without a pointer into itself, so it may be built in an
 * `if`, copied and kept. Texts, blobs and lists in it are borrowed until the query has run. The
 * zero value is "no condition" and changes nothing in corm_and. Too many parts
 * (CORM_CONDITION_NODES) are reported when the query runs. */
typedef struct corm_condition {
    uint16_t count;
    uint16_t wanted; /* more than count: parts that did not fit */
    corm__node nodes[CORM_CONDITION_NODES];
} corm_condition;

/* Type-erased makers; the macros below choose among them. */
CORM_API corm_condition corm_condition_integer(corm_column_ref column, int operator_,
                                               int64_t value);
CORM_API corm_condition corm_condition_real(corm_column_ref column, int operator_, double value);
CORM_API corm_condition corm_condition_boolean(corm_column_ref column, int operator_, bool value);
CORM_API corm_condition corm_condition_text(corm_column_ref column, int operator_,
                                            const char *value);
CORM_API corm_condition corm_condition_blob(corm_column_ref column, int operator_, corm_blob value);
CORM_API corm_condition corm_condition_date(corm_column_ref column, int operator_, corm_date value);
CORM_API corm_condition corm_condition_datetime(corm_column_ref column, int operator_,
                                                corm_datetime value);
CORM_API corm_condition corm_condition_between(corm_condition low, corm_condition high);
CORM_API corm_condition corm_condition_list(corm_column_ref column, corm_kind kind,
                                            const void *items, size_t count);
CORM_API corm_condition corm_condition_null(corm_column_ref column, bool is_null);
CORM_API corm_condition corm_condition_join(int operator_, const corm_condition *parts,
                                            size_t count);

/* ---- Orderings and loading ------------------------------------------------------------------- */

enum { CORM__ORDER_TERMS = 8, CORM__LOAD_TERMS = 8 };

typedef struct corm_ordering {
    size_t count;
    struct {
        corm_column_ref column;
        bool descending;
    } terms[CORM__ORDER_TERMS];
} corm_ordering;

typedef struct corm_loading {
    size_t count;
    corm_relationship_ref relationships[CORM__LOAD_TERMS];
} corm_loading;

CORM_API corm_ordering corm_ordering_by(corm_column_ref column, bool descending);
CORM_API corm_ordering corm_ordering_join(const corm_ordering *parts, size_t count);
CORM_API corm_loading corm_loading_of(const corm_relationship_ref *relationships, size_t count);

/* What corm_all, corm_first, corm_one and corm_count take after the model, as keyword arguments. */
typedef struct corm_query {
    const corm_model *model;
    corm_condition where;   /* default: every row */
    corm_ordering order_by; /* default: as the database likes; corm_first: by primary key */
    corm_loading load;      /* relationships to load together with the objects */
    int64_t limit;          /* at most so many rows; 0: all. Below zero is refused */
    int64_t offset;         /* rows to skip. Below zero is refused */
} corm_query;

/* ---- What the user writes -------------------------------------------------------------------- */

/* Chosen for a value of the wrong type, and undefined on purpose. Their type tells CORM__CALL, which
 * answers with a sentence; they take anything, so that there is no second one. */
typedef corm_condition corm__wrong_condition(corm_column_ref column, ...);
corm__wrong_condition corm__an_integer_column_wants_an_integer;
corm__wrong_condition corm__a_real_column_wants_a_number;
corm__wrong_condition corm__a_boolean_column_wants_true_or_false;
corm__wrong_condition corm__a_text_column_wants_a_string;
corm__wrong_condition corm__a_blob_column_wants_a_corm_blob;
corm__wrong_condition corm__a_date_column_wants_a_corm_date;
corm__wrong_condition corm__a_datetime_column_wants_a_corm_datetime;
corm__wrong_condition corm__no_array_for_this_column;
corm__wrong_condition corm__only_a_text_column_can_be_compared_with_like;

/* clang-format off */
#define CORM__WHOLE(function_)                                                                     \
    bool: function_, char: function_, signed char: function_, unsigned char: function_,            \
    short: function_, unsigned short: function_, int: function_, unsigned: function_,              \
    long: function_, unsigned long: function_, long long: function_, unsigned long long: function_

/* Calls the chosen function; if it is one of the wrong ones, the compiler says the sentence. The
 * check is 0, added to the operator. */
#define CORM__CALL(function_, sentence_, column_, operator_, ...)                                  \
    function_((column_).column, (operator_) + CORM__CHECK(                                         \
        _Generic(function_, corm__wrong_condition *: 0, default: 1), sentence_), __VA_ARGS__)
#define CORM__CHECK(condition_, sentence_)                                                         \
    0 * (int)sizeof(struct { _Static_assert(condition_, sentence_); char corm__none; })

#define CORM__COMPARE(operator_, text_, column_, value_)                                           \
    CORM__CALL(CORM__COMPARER(column_, value_),                                                    \
               text_ ": the value is of another type than the column", column_, operator_, (value_))
#define CORM__COMPARER(column_, value_)                                                            \
    _Generic((column_),                                                                            \
        corm_integer_column: _Generic((value_), CORM__WHOLE(corm_condition_integer),               \
            default: corm__an_integer_column_wants_an_integer),                                    \
        corm_real_column: _Generic((value_), CORM__WHOLE(corm_condition_real),                     \
            float: corm_condition_real, double: corm_condition_real,                               \
            default: corm__a_real_column_wants_a_number),                                          \
        corm_boolean_column: _Generic((value_), bool: corm_condition_boolean,                      \
            int: corm_condition_boolean, default: corm__a_boolean_column_wants_true_or_false),     \
        corm_text_column: _Generic((value_), char *: corm_condition_text,                          \
            const char *: corm_condition_text, default: corm__a_text_column_wants_a_string),       \
        corm_blob_column: _Generic((value_), corm_blob: corm_condition_blob,                       \
            default: corm__a_blob_column_wants_a_corm_blob),                                       \
        corm_date_column: _Generic((value_), corm_date: corm_condition_date,                       \
            default: corm__a_date_column_wants_a_corm_date),                                       \
        corm_datetime_column: _Generic((value_), corm_datetime: corm_condition_datetime,           \
            default: corm__a_datetime_column_wants_a_corm_datetime))

/* Comparisons of a column with a value: corm_eq(User_.age, 18). Comparing with NULL text finds
 * nothing, as in SQL: use corm_is_null. An impossible date is reported when the query runs. */
#define corm_eq(column_, value_)                                                                   \
    CORM__COMPARE(CORM__EQ, "corm_eq(" #column_ ", " #value_ ")", column_, value_)
#define corm_ne(column_, value_)                                                                   \
    CORM__COMPARE(CORM__NE, "corm_ne(" #column_ ", " #value_ ")", column_, value_)
#define corm_lt(column_, value_)                                                                   \
    CORM__COMPARE(CORM__LT, "corm_lt(" #column_ ", " #value_ ")", column_, value_)
#define corm_le(column_, value_)                                                                   \
    CORM__COMPARE(CORM__LE, "corm_le(" #column_ ", " #value_ ")", column_, value_)
#define corm_gt(column_, value_)                                                                   \
    CORM__COMPARE(CORM__GT, "corm_gt(" #column_ ", " #value_ ")", column_, value_)
#define corm_ge(column_, value_)                                                                   \
    CORM__COMPARE(CORM__GE, "corm_ge(" #column_ ", " #value_ ")", column_, value_)

/* low <= column <= high */
#define corm_between(column_, low_, high_)                                                         \
    corm_condition_between(corm_ge(column_, low_), corm_le(column_, high_))

/* % stands for any characters, _ for one; SQLite ignores the case of ASCII letters. */
#define corm_like(column_, pattern_)                                                               \
    CORM__CALL(CORM__LIKER(column_, pattern_), "corm_like(" #column_ ", " #pattern_                \
               "): it compares a TEXT column with a string", column_, CORM__LIKE, (pattern_))
#define CORM__LIKER(column_, pattern_)                                                             \
    _Generic((column_),                                                                            \
        corm_text_column: _Generic((pattern_), char *: corm_condition_text,                        \
            const char *: corm_condition_text, default: corm__a_text_column_wants_a_string),       \
        default: corm__only_a_text_column_can_be_compared_with_like)

/* The column's value is one of `count_` elements of an array (int64_t, double, const char *,
 * corm_date); the array is borrowed until the query has run. No element: no row. */
#define corm_in(column_, items_, count_)                                                           \
    CORM__CALL(CORM__SEEKER(column_, items_), "corm_in(" #column_ ", " #items_                      \
               ", ...): the array is of another type than the column", column_,                    \
        _Generic((column_), corm_integer_column: CORM_KIND_INTEGER, corm_real_column: CORM_KIND_REAL, \
                 corm_text_column: CORM_KIND_TEXT, corm_date_column: CORM_KIND_DATE,               \
                 default: CORM_KIND_COUNT),                                                        \
        (items_), (count_))
#define CORM__SEEKER(column_, items_)                                                              \
    _Generic((column_),                                                                            \
        corm_integer_column: _Generic((items_), int64_t *: corm_condition_list,                    \
            const int64_t *: corm_condition_list,                                                  \
            default: corm__an_integer_column_wants_an_integer),                                    \
        corm_real_column: _Generic((items_), double *: corm_condition_list,                        \
            const double *: corm_condition_list, default: corm__a_real_column_wants_a_number),     \
        corm_text_column: _Generic((items_), char **: corm_condition_list,                         \
            const char **: corm_condition_list, const char *const *: corm_condition_list,          \
            char *const *: corm_condition_list, default: corm__a_text_column_wants_a_string),      \
        corm_date_column: _Generic((items_), corm_date *: corm_condition_list,                     \
            const corm_date *: corm_condition_list,                                                \
            default: corm__a_date_column_wants_a_corm_date),                                       \
        default: corm__no_array_for_this_column)

#define corm_is_null(column_) corm_condition_null((column_).column, true)
#define corm_is_not_null(column_) corm_condition_null((column_).column, false)

#define CORM__JOIN(operator_, ...)                                                                 \
    corm_condition_join(operator_, (const corm_condition[]){__VA_ARGS__},                          \
                        sizeof((const corm_condition[]){__VA_ARGS__}) / sizeof(corm_condition))

/* All of, any of, none of several conditions; conditions that are zero are left out. */
#define corm_and(...) CORM__JOIN(CORM__AND, __VA_ARGS__)
#define corm_or(...) CORM__JOIN(CORM__OR, __VA_ARGS__)
#define corm_not(...) CORM__JOIN(CORM__NOT, __VA_ARGS__)

/* Orderings: corm_asc(User_.username); several: corm_order(corm_desc(User_.age),
 * corm_asc(User_.id)). NULL sorts lowest in SQLite. */
#define corm_asc(column_) corm_ordering_by((column_).column, false)
#define corm_desc(column_) corm_ordering_by((column_).column, true)
#define corm_order(...)                                                                            \
    corm_ordering_join((const corm_ordering[]){__VA_ARGS__},                                       \
                       sizeof((const corm_ordering[]){__VA_ARGS__}) / sizeof(corm_ordering))

/* Relationships to load with the objects: corm_load(User_.posts, User_.profile). */
#define corm_load(...)                                                                             \
    corm_loading_of((const corm_relationship_ref[]){__VA_ARGS__},                                  \
                    sizeof((const corm_relationship_ref[]){__VA_ARGS__}) /                         \
                        sizeof(corm_relationship_ref))

/* One part of a primary key, for corm_get. */
#define CORM__KEY(value_)                                                                          \
    _Generic((value_), char *: corm_value_text, const char *: corm_value_text,                     \
        default: corm_value_integer)                                                               \
    (_Generic((value_), CORM__WHOLE((value_)), char *: (value_), const char *: (value_), default: 0))
/* Whether a value may be part of a key whose columns have these kinds (a bit for each; 0: not
 * known): a number is no text, and the other way round. */
#define CORM__IS_KEY(value_, kinds_)                                                               \
    _Generic((value_), CORM__WHOLE((kinds_) == 0 || ((kinds_) & ~CORM__TEXT_KINDS) != 0),          \
        char *: (kinds_) == 0 || ((kinds_) & ~CORM__NUMBER_KINDS) != 0,                            \
        const char *: (kinds_) == 0 || ((kinds_) & ~CORM__NUMBER_KINDS) != 0, default: 0)
enum {
    CORM__TEXT_KINDS = 1 << CORM_KIND_TEXT | 1 << CORM_KIND_BLOB | 1 << CORM_KIND_DATE |
                       1 << CORM_KIND_DATETIME,
    CORM__NUMBER_KINDS = 1 << CORM_KIND_INTEGER | 1 << CORM_KIND_REAL | 1 << CORM_KIND_BOOLEAN
};
/* clang-format on */

#endif /* CORM__QUERY_H */
