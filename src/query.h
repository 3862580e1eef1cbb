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
    enum { corm__kind_of_##name_ = CORM_KIND_##kind_ };                                            \
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
    CORM__RELATED, /* model, column, kind: the relationship; as.bytes: a struct of its source */
    CORM__OPERAND,
    CORM__AND, /* size counts the nodes that follow and belong to it */
    CORM__OR,
    CORM__NOT
} corm__operator;

/* size of a RELATED without a struct: what is wrong. */
enum {
    CORM__RELATED_TO_NOTHING = 1000, /* no object */
    CORM__RELATED_TO_ANOTHER,        /* of another model */
    CORM__RELATED_TO_NEW,            /* without a row */
    CORM__RELATED_TO_GONE            /* read-only, and its transaction is over */
};

typedef struct corm__node {
    uint8_t operator_; /* corm__operator */
    uint8_t kind;      /* corm_kind of the operand or of the list's elements */
    uint16_t column;   /* index in the model */
    /* AND, OR, NOT: nodes below; IN: elements; DATETIME: microseconds; DECIMAL: scale */
    uint32_t size;
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
        corm_time time;
        corm_uuid uuid;
        corm_custom_value custom; /* borrowed until the query ran */
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
CORM_API corm_condition corm_condition_time(corm_column_ref column, int operator_, corm_time value);
CORM_API corm_condition corm_condition_decimal(corm_column_ref column, int operator_,
                                               corm_decimal value);
CORM_API corm_condition corm_condition_whole(corm_column_ref column, int operator_,
                                             int64_t value); /* of a DECIMAL column */
CORM_API corm_condition corm_condition_uuid(corm_column_ref column, int operator_, corm_uuid value);
CORM_API corm_condition corm_condition_json(corm_column_ref column, int operator_,
                                            const char *value);
CORM_API corm_condition corm_condition_enum(corm_column_ref column, int operator_, int64_t value);
CORM_API corm_condition corm_condition_custom(corm_column_ref column, int operator_,
                                              corm_custom_value value);
CORM_API corm_condition corm_condition_between(corm_condition low, corm_condition high);
CORM_API corm_condition corm_condition_list(corm_column_ref column, corm_kind kind,
                                            const void *items, size_t count);
CORM_API corm_condition corm_condition_null(corm_column_ref column, bool is_null);
CORM_API corm_condition corm_condition_related(corm_relationship_ref relationship, void *object);
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

/* What corm_load_where takes behind a collection, as keyword arguments. */
typedef struct corm_load_options {
    corm_condition where CORM__ZERO;   /* only these of its objects; default: all */
    corm_ordering order_by CORM__ZERO; /* default: the relationship's own */
    int64_t limit CORM__ZERO; /* of each owner at most so many; 0: all. Below zero is refused */
    /* by LEFT JOIN in the query's own statement; with a limit it has one of its own in any case */
    bool joined CORM__ZERO;
} corm_load_options;

/* The conditions and orders of all terms stand one behind the other. */
typedef struct corm_loading {
    size_t count;
    corm_relationship_ref relationships[CORM__LOAD_TERMS];
    corm_lazy how[CORM__LOAD_TERMS]; /* SELECTIN, JOINED; BATCH, RAISE: not now */
    struct {
        bool filtered; /* by corm_load_where */
        uint16_t nodes, orders;
        int64_t limit;
    } shown[CORM__LOAD_TERMS];
    uint16_t node_count, order_count;
    uint16_t wanted; /* nodes, if there was no room for all */
    corm__node nodes[CORM_CONDITION_NODES];
    corm_ordering order;
    uint16_t column_count; /* deferred columns that are loaded all the same */
    corm_column_ref columns[CORM__LOAD_TERMS];
} corm_loading;

CORM_API corm_ordering corm_ordering_by(corm_column_ref column, bool descending);
CORM_API corm_ordering corm_ordering_join(const corm_ordering *parts, size_t count);
CORM_API corm_loading corm_loading_of(const corm_relationship_ref *relationships, size_t count,
                                      corm_lazy how);
CORM_API corm_loading corm_loading_columns(const corm_column_ref *columns, size_t count);
CORM_API corm_loading corm_loading_where(corm_relationship_ref relationship,
                                         const corm_load_options *options);
CORM_API corm_loading corm_loading_join(const corm_loading *parts, size_t count);

/* What corm_all, corm_first, corm_one and corm_count take after the model, as keyword arguments. */
typedef struct corm_query {
    const corm_model *model CORM__ZERO;
    corm_condition where CORM__ZERO; /* default: every row */
    /* default: as the database likes; corm_first: by primary key */
    corm_ordering order_by CORM__ZERO;
    corm_loading load CORM__ZERO; /* relationships to load together with the objects */
    int64_t limit CORM__ZERO;     /* at most so many rows; 0: all. Below zero is refused */
    int64_t offset CORM__ZERO;    /* rows to skip. Below zero is refused */
    /* The objects are only looked at: no session tracks them, no flush compares them, what is
     * assigned to them is written nowhere. They and their lists live until the next transaction
     * begins. Of their relationships there is what the query loads */
    bool read_only CORM__ZERO;
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
corm__wrong_condition corm__a_time_column_wants_a_corm_time;
corm__wrong_condition corm__a_decimal_column_wants_a_corm_decimal_or_an_integer;
corm__wrong_condition corm__a_uuid_column_wants_a_corm_uuid;
corm__wrong_condition corm__a_json_column_wants_a_string;
corm__wrong_condition corm__an_enum_column_wants_an_enumerator;
corm__wrong_condition corm__a_custom_column_wants_the_value_function_of_its_kind;
corm__wrong_condition corm__only_a_text_column_can_be_compared_with_like;
corm__wrong_condition corm__no_array_for_this_column;

/* One part of a primary key; `room` takes the text of it. */
static inline corm_value corm__key_integer(int64_t value, char *room)
{
    (void)room;
    return corm_value_integer(value);
}
static inline corm_value corm__key_text(const char *value, char *room)
{
    (void)room;
    return corm_value_text(value);
}
static inline corm_value corm__key_date(corm_date value, char *room)
{
    return corm_value_text(corm_date_format(value, room));
}
static inline corm_value corm__key_datetime(corm_datetime value, char *room)
{
    return corm_value_text(corm_datetime_format(value, room));
}
static inline corm_value corm__key_time(corm_time value, char *room)
{
    return corm_value_text(corm_time_format(value, room));
}
static inline corm_value corm__key_uuid(corm_uuid value, char *room)
{
    return corm_value_text(corm_uuid_format(value, room));
}

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
            default: corm__a_datetime_column_wants_a_corm_datetime),                               \
        corm_time_column: _Generic((value_), corm_time: corm_condition_time,                       \
            default: corm__a_time_column_wants_a_corm_time),                                       \
        corm_decimal_column: _Generic((value_), corm_decimal: corm_condition_decimal,              \
            CORM__WHOLE(corm_condition_whole),                                                     \
            default: corm__a_decimal_column_wants_a_corm_decimal_or_an_integer),                   \
        corm_uuid_column: _Generic((value_), corm_uuid: corm_condition_uuid,                       \
            default: corm__a_uuid_column_wants_a_corm_uuid),                                       \
        corm_json_column: _Generic((value_), char *: corm_condition_json,                          \
            const char *: corm_condition_json, default: corm__a_json_column_wants_a_string),       \
        corm_enum_column: _Generic((value_), CORM__WHOLE(corm_condition_enum),                     \
            default: corm__an_enum_column_wants_an_enumerator),                                    \
        corm_custom_column: _Generic((value_), corm_custom_value: corm_condition_custom,           \
            default: corm__a_custom_column_wants_the_value_function_of_its_kind))

/* Comparisons of a column with a value: corm_eq(User_.age, 18). Comparing with NULL text finds
 * nothing, as in SQL: use corm_is_null. A value that the column could not hold (an impossible date,
 * a number that is no enumerator, a decimal with too many digits) is reported when the query runs.
 * What is compared, and sorted by, is what the table holds: numbers, dates, times and UUIDs in
 * their own order; ENUM and JSON as text, so "blue" comes before "red" whatever the enumerators'
 * numbers are; a kind of your own by its stored form. */
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

/* The column's value is one of `count_` elements of an array (int64_t, double, const char *, int for
 * an ENUM, else the column's own type; not for BOOLEAN, BLOB, JSON, CUSTOM); the array is borrowed until the query has run. No element: no row. */
#define corm_in(column_, items_, count_)                                                           \
    CORM__CALL(CORM__SEEKER(column_, items_), "corm_in(" #column_ ", " #items_                     \
               ", ...): the array is of another type than the column", column_,                    \
     _Generic((column_), corm_integer_column: CORM_KIND_INTEGER, corm_real_column: CORM_KIND_REAL, \
              corm_text_column: CORM_KIND_TEXT, corm_date_column: CORM_KIND_DATE,                  \
              corm_datetime_column: CORM_KIND_DATETIME, corm_time_column: CORM_KIND_TIME,          \
              corm_decimal_column: CORM_KIND_DECIMAL, corm_uuid_column: CORM_KIND_UUID,            \
              corm_enum_column: CORM_KIND_ENUM, default: CORM_KIND_COUNT), \
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
        corm_datetime_column: _Generic((items_), corm_datetime *: corm_condition_list,             \
            const corm_datetime *: corm_condition_list,                                            \
            default: corm__a_datetime_column_wants_a_corm_datetime),                               \
        corm_time_column: _Generic((items_), corm_time *: corm_condition_list,                     \
            const corm_time *: corm_condition_list,                                                \
            default: corm__a_time_column_wants_a_corm_time),                                       \
        corm_decimal_column: _Generic((items_), corm_decimal *: corm_condition_list,               \
            const corm_decimal *: corm_condition_list,                                             \
            default: corm__a_decimal_column_wants_a_corm_decimal_or_an_integer),                   \
        corm_uuid_column: _Generic((items_), corm_uuid *: corm_condition_list,                     \
            const corm_uuid *: corm_condition_list,                                                \
            default: corm__a_uuid_column_wants_a_corm_uuid),                                       \
        corm_enum_column: _Generic((items_), int *: corm_condition_list,                           \
            const int *: corm_condition_list, unsigned *: corm_condition_list,                     \
            const unsigned *: corm_condition_list,                                                 \
            default: corm__an_enum_column_wants_an_enumerator),                                     \
        default: corm__no_array_for_this_column)

#define corm_is_null(column_) corm_condition_null((column_).column, true)
#define corm_is_not_null(column_) corm_condition_null((column_).column, false)

/* What is related to an object, without loading it: the posts of `user` are
 * corm_all(session, Post, .where = corm_related_to(User_.posts, user)). The object is borrowed until
 * the query has run. */
#define corm_related_to(relationship_, object_)                                                    \
    corm_condition_related((relationship_), (object_))

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

/* Relationships to load with the objects: corm_load(User_.posts, User_.profile), each in a statement
 * of its own. corm_load_joined: in the query's statement, by LEFT JOIN. corm_load_later: on access,
 * although it is declared to come with the object. A relationship of another model belongs to what
 * those named before it lead to: corm_load(User_.posts, Post_.comments); named twice, one that
 * leads to its own model goes two levels deep. corm_loads(corm_load(...), corm_load_joined(...))
 * takes several ways together. */
#define corm_load(...) CORM__LOADING(CORM_LAZY_SELECTIN, __VA_ARGS__)
#define corm_load_joined(...) CORM__LOADING(CORM_LAZY_JOINED, __VA_ARGS__)
#define corm_load_later(...) CORM__LOADING(CORM_LAZY_BATCH, __VA_ARGS__)
/* Neither now nor on access: with the objects of this query, looking at it is an error while it is not
 * loaded, until the transaction ends. */
#define corm_load_never(...) CORM__LOADING(CORM_LAZY_RAISE, __VA_ARGS__)
/* A part of a collection, in another order: corm_load_where(User_.posts, .where =
 * corm_eq(Post_.draft, false), .order_by = corm_desc(Post_.id), .limit = 5). The list of each owner in
 * the session shows that part until it is loaded with corm_load or corm_load_where, the owner is
 * refreshed, or the transaction ends; what is appended and removed meanwhile shows too. What corm does
 * by itself (cascades, orphans, _replace, corm_merge) goes by all that is stored. */
#define corm_load_where(relationship_, ...)                                                        \
    corm_loading_where((relationship_), &(const corm_load_options){__VA_ARGS__})
#define corm_loads(...)                                                                            \
    corm_loading_join((const corm_loading[]){__VA_ARGS__},                                         \
                      sizeof((const corm_loading[]){__VA_ARGS__}) / sizeof(corm_loading))
#define CORM__LOADING(how_, ...)                                                                   \
    corm_loading_of((const corm_relationship_ref[]){__VA_ARGS__},                                  \
                    sizeof((const corm_relationship_ref[]){__VA_ARGS__}) /                         \
                        sizeof(corm_relationship_ref), how_)

/* One part of a primary key, for corm_get. The room lives as long as the block around it. */
#define CORM__KEY(value_)                                                                          \
    _Generic((value_), CORM__WHOLE(corm__key_integer), char *: corm__key_text,                     \
        const char *: corm__key_text, corm_date: corm__key_date, corm_time: corm__key_time,        \
        corm_datetime: corm__key_datetime, corm_uuid: corm__key_uuid,                              \
        default: corm__key_integer)                                                                \
    (_Generic((value_), CORM__WHOLE((value_)), char *: (value_), const char *: (value_),           \
         corm_date: (value_), corm_time: (value_), corm_datetime: (value_), corm_uuid: (value_),   \
         default: 0), (char[CORM_UUID_TEXT_SIZE]){0})
/* Whether a value may be part of a key whose columns have these kinds (a bit for each; 0: not
 * known): a number is no text, and the other way round. */
#define CORM__IS_KEY(value_, kinds_)                                                               \
    _Generic((value_), CORM__WHOLE((kinds_) == 0 || ((kinds_) & ~CORM__TEXT_KINDS) != 0),          \
        char *: (kinds_) == 0 || ((kinds_) & ~CORM__NUMBER_KINDS) != 0,                            \
        const char *: (kinds_) == 0 || ((kinds_) & ~CORM__NUMBER_KINDS) != 0,                      \
        corm_date: 1, corm_time: 1, corm_datetime: 1, corm_uuid: 1, default: 0)
enum {
    CORM__TEXT_KINDS = 1 << CORM_KIND_TEXT | 1 << CORM_KIND_BLOB | 1 << CORM_KIND_DATE |
                       1 << CORM_KIND_DATETIME | 1 << CORM_KIND_TIME | 1 << CORM_KIND_UUID,
    CORM__NUMBER_KINDS = 1 << CORM_KIND_INTEGER | 1 << CORM_KIND_REAL | 1 << CORM_KIND_BOOLEAN |
                         1 << CORM_KIND_DECIMAL
};
/* clang-format on */

#endif /* CORM__QUERY_H */
