/* condition.h: what a query compares.
 *
 * Owns: the nodes of which conditions and expressions are made, as values that can be built, copied
 * and kept; the typed column handles; the macros that let the compiler check names and types of what
 * is compared.
 * Must not know: SQL text, sessions, rows, what a query is made of beside its conditions. */
#ifndef CORM__CONDITION_H
#define CORM__CONDITION_H

#include "macros.h"

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

/* ---- Nodes ----------------------------------------------------------------------------------- */

/* A condition is a tree, written in the order in which it is read: a node, then what belongs to it. */
typedef enum corm__operator {
    CORM__NOTHING,
    /* Leaves. kind: of the value. */
    CORM__COLUMN,   /* of.model, column: the handle */
    CORM__VALUE,    /* the value; size: see corm__node */
    CORM__VARIABLE, /* of.data: the program's variable, read when the query runs */
    CORM__LIST,     /* of.data: values, size counts them */
    CORM__MEMBER,   /* of.model, column: of the struct at of.data */
    CORM__RELATED,  /* of.model, column, kind: the relationship; of.data: a struct of its source */
    CORM__LIMIT,    /* integer: a query's */
    CORM__OFFSET,
    CORM__DISTINCT,
    CORM__LAST_LEAF = CORM__DISTINCT,
    /* Comparisons. */
    CORM__EQ,
    CORM__NE,
    CORM__LT,
    CORM__LE,
    CORM__GT,
    CORM__GE,
    CORM__LIKE, /* two operands, or three with the character that escapes */
    CORM__GLOB,
    CORM__HOLDS,  /* LIKE with the text itself between, before or behind %: column says which */
    CORM__SAME,   /* IS NOT DISTINCT FROM */
    CORM__DIFFER, /* IS DISTINCT FROM */
    CORM__BETWEEN,
    CORM__IN, /* a LIST or a QUERY behind the operand */
    CORM__IS_NULL,
    CORM__IS_NOT_NULL,
    CORM__EXISTS,
    CORM__ANY, /* of.model, column, kind: the relationship; a condition on what it leads to, or none */
    CORM__AND,
    CORM__OR,
    CORM__NOT,
    /* Values made of others. kind: of the result. */
    CORM__PLUS,
    CORM__MINUS,
    CORM__TIMES,
    CORM__DIVIDED,
    CORM__MODULO,
    CORM__NEGATIVE,
    CORM__FUNCTION, /* column: a corm_function */
    CORM__CALL,     /* of.data: the name of an SQL function */
    CORM__CASE,     /* condition, value, value if it does not hold */
    CORM__CAST,
    CORM__OVER, /* a function, then GROUP and ORDER or none, then FRAME or none */
    /* A query inside another, and the clauses of one. */
    CORM__QUERY, /* of.model: whose rows; clauses */
    CORM__FIELDS,
    CORM__JOINS,
    CORM__WHERE,
    CORM__GROUP,
    CORM__HAVING,
    CORM__ORDER,
    /* Parts of clauses. */
    CORM__FIELD,        /* of.model, column: of a row's struct; its value */
    CORM__JOIN_RELATED, /* of.model, column, kind: the relationship; of.data: the alias or NULL;
                           a further condition or none. JOIN_LEFT_...: rows without a partner too */
    CORM__JOIN_LEFT_RELATED,
    CORM__JOIN_MODEL, /* of.model; its condition */
    CORM__JOIN_LEFT_MODEL,
    CORM__ASCENDING, /* kind: 0, CORM__NULLS_FIRST, CORM__NULLS_LAST */
    CORM__DESCENDING,
    CORM__FRAME /* two VALUE leaves: rows before and behind; below zero: all */
} corm__operator;

enum { CORM__NULLS_FIRST = 1, CORM__NULLS_LAST };
enum { CORM__HOLDS_WITHIN, CORM__HOLDS_FIRST, CORM__HOLDS_LAST };

/* size of a RELATED without a struct: what is wrong. */
enum {
    CORM__RELATED_TO_NOTHING = 1000, /* no object */
    CORM__RELATED_TO_ANOTHER,        /* of another model */
    CORM__RELATED_TO_NEW,            /* without a row */
    CORM__RELATED_TO_GONE            /* read-only, and its transaction is over */
};

typedef struct corm__node {
    uint8_t operator_; /* corm__operator */
    uint8_t kind;      /* corm_kind */
    uint16_t column;
    /* Behind a leaf: DATETIME: microseconds; DECIMAL: scale; BLOB: bytes; INTEGER: 1: it was too large.
     * Else so many nodes belong to this one. */
    uint32_t size;
    union {
        int64_t integer;
        double real;
        const void *bytes; /* text: borrowed until the query has run */
        corm_date date;
        struct {
            int16_t year;
            uint8_t month, day, hour, minute;
            uint16_t second;
        } moment;
        corm_time time;
        corm_uuid uuid;
        corm_custom_value custom; /* borrowed until the query has run */
        struct {
            const corm_model *model;
            const void *data;
        } of;
    } as;
} corm__node;

/* The first member of a struct has the type that compilers name where something else stands in a
 * list of such structs: corm_and(User_.active) is to be corm_and(corm_eq(User_.active, true)). C takes a
 * number there (`.where = false`), with a warning about braces; C++ takes none. */
#if defined(__cplusplus)
#define CORM__FIRST_MEMBER(name_) enum class name_ : uint16_t {};
#else
#define CORM__FIRST_MEMBER(name_) typedef uint16_t name_;
#endif
CORM__FIRST_MEMBER(corm__wants_a_condition)
CORM__FIRST_MEMBER(corm__wants_corm_asc_or_corm_desc)
CORM__FIRST_MEMBER(corm__wants_a_join)
CORM__FIRST_MEMBER(corm__wants_corm_field)
#undef CORM__FIRST_MEMBER
typedef uint16_t corm__wants_corm_group;
typedef size_t corm__wants_corm_load;

/* A condition over columns, or any other expression: a value without a pointer into itself, so it may
 * be built in an `if`, copied and kept. Texts, blobs, lists and variables in it are borrowed until the
 * query has run. The zero value is "no condition" and changes nothing in corm_and. Too many parts
 * (CORM_CONDITION_NODES) are reported when the query runs. */
typedef struct corm_condition {
    corm__wants_a_condition count;
    uint16_t wanted; /* more than count: parts that did not fit */
    corm__node nodes[CORM_CONDITION_NODES];
} corm_condition;

/* Files whose conditions differ in size, or which were compiled with another version, must not be linked: each
 * schema refers to this function, which is defined where the implementation is. */
#define CORM__HAS_NODES                                                                            \
    CORM__NODES_OF(CORM_VERSION_MAJOR, CORM_VERSION_MINOR, CORM_VERSION_PATCH, CORM_CONDITION_NODES)
#define CORM__NODES_OF(major_, minor_, patch_, nodes_)                                             \
    CORM__NODES_OF_(major_, minor_, patch_, nodes_)
#define CORM__NODES_OF_(major_, minor_, patch_, nodes_)                                            \
    corm_##major_##_##minor_##_##patch_##_has_CORM_CONDITION_NODES_##nodes_
CORM_API void CORM__HAS_NODES(void);
#if defined(__GNUC__) && !defined(CORM_STATIC)
#define CORM__WANTS_NODES(schema_)                                                                 \
    __attribute__((used)) static void (*const corm__nodes_of_##schema_)(void) = CORM__HAS_NODES;
#else
#define CORM__WANTS_NODES(schema_)
#endif

/* The result of corm_lower, corm_plus, corm_sum ...: a value that SQL computes, of a kind that the
 * compiler knows: corm_integer_expression, corm_text_expression ... Stands wherever a column may. */
#define CORM__EXPRESSION(kind_, type_, optional_, name_)                                           \
    typedef struct corm_##name_##_expression {                                                     \
        corm_condition corm__nodes;                                                                \
    } corm_##name_##_expression;
CORM__KIND_LIST(CORM__EXPRESSION)
#undef CORM__EXPRESSION

/* ---- Makers, type-erased: the macros below choose among them --------------------------------- */

CORM_API corm_condition corm_operand_column(corm_column_ref column, int kind);
CORM_API corm_condition corm_operand_integer(int64_t value);
CORM_API corm_condition corm_operand_unsigned(uint64_t value);
CORM_API corm_condition corm_operand_boolean(bool value);
CORM_API corm_condition corm_operand_real(double value);
CORM_API corm_condition corm_operand_text(const char *value);
CORM_API corm_condition corm_operand_blob(corm_blob value);
CORM_API corm_condition corm_operand_date(corm_date value);
CORM_API corm_condition corm_operand_datetime(corm_datetime value);
CORM_API corm_condition corm_operand_time(corm_time value);
CORM_API corm_condition corm_operand_decimal(corm_decimal value);
CORM_API corm_condition corm_operand_uuid(corm_uuid value);
CORM_API corm_condition corm_operand_custom(corm_custom_value value);
CORM_API corm_condition corm_operand_variable(int kind, const void *variable);
CORM_API corm_condition corm_operand_list(int kind, const void *items, size_t count);
/* A node over parts; `kind`, `column` and `data` as the operator wants them. */
CORM_API corm_condition corm_expression_of(int operator_, int kind, unsigned column,
                                           const void *data, const corm_condition *parts,
                                           size_t count);
/* Conditions that are zero are left out. The last of `parts` has a count of UINT16_MAX. */
CORM_API corm_condition corm_condition_join(int operator_, const corm_condition *parts);
CORM_API corm_condition corm_condition_related(corm_relationship_ref relationship, void *object);

/* clang-format off */

/* ---- Operands: a value of C, a column, an expression ----------------------------------------- */

/* A value that is read from the program's variable each time the query runs, so that a query that is
 * kept can run again with others: corm_ge(User_.age, corm_var(&minimum)). int64_t, double, bool, const
 * char *, corm_date, corm_datetime, corm_time, corm_decimal, corm_uuid, corm_blob; NULL is refused. */
#define corm_var(pointer_) CORM__LET1(CORM__VAR, pointer_, "corm_var(" #pointer_ ")")
#define CORM__VAR(pointer_, text_)                                                                 \
    _Generic((pointer_), CORM__VARS(corm__var), default: corm__var_integer)(                       \
        CORM__CHECK(_Generic((pointer_), CORM__VARS(CORM__IS_VAR), default: 0),                    \
                    text_ ": it takes the address of an int64_t, double, bool, const char *, "     \
                    "corm_date, corm_datetime, corm_time, corm_decimal, corm_uuid or corm_blob"),  \
        (pointer_))
#define CORM__VARS(do_)                                                                            \
    CORM__LISTS(int64_t, do_##_integer), CORM__LISTS(double, do_##_real), CORM__LISTS(bool, do_##_boolean), \
    char **: do_##_text, const char **: do_##_text, const char *const *: do_##_text, char *const *: do_##_text, \
    CORM__LISTS(corm_date, do_##_date), CORM__LISTS(corm_datetime, do_##_datetime),                \
    CORM__LISTS(corm_time, do_##_time), CORM__LISTS(corm_decimal, do_##_decimal),                  \
    CORM__LISTS(corm_uuid, do_##_uuid), CORM__LISTS(corm_blob, do_##_blob)
enum {
    CORM__IS_VAR_integer = 1, CORM__IS_VAR_real = 1, CORM__IS_VAR_boolean = 1, CORM__IS_VAR_text = 1,
    CORM__IS_VAR_date = 1, CORM__IS_VAR_datetime = 1, CORM__IS_VAR_time = 1, CORM__IS_VAR_decimal = 1,
    CORM__IS_VAR_uuid = 1, CORM__IS_VAR_blob = 1
};

/* What is to be inside of it: compared with a column of that kind, or put into one. */
#define CORM__OPERANDS(kind_, type_, optional_, name_)                                             \
    typedef struct corm_##name_##_variable {                                                       \
        const void *corm__pointer;                                                                 \
    } corm_##name_##_variable;                                                                     \
    static inline CORM__UNUSED corm_condition corm__of_##name_##_column(corm_##name_##_column corm__c) \
    {                                                                                              \
        return corm_operand_column(corm__c.column, CORM_KIND_##kind_);                             \
    }                                                                                              \
    static inline CORM__UNUSED corm_condition corm__of_##name_##_expression(corm_##name_##_expression corm__e) \
    {                                                                                              \
        return corm__e.corm__nodes;                                                                \
    }                                                                                              \
    static inline CORM__UNUSED corm_condition corm__of_##name_##_variable(corm_##name_##_variable corm__v) \
    {                                                                                              \
        return corm_operand_variable(CORM_KIND_##kind_, corm__v.corm__pointer);                    \
    }                                                                                              \
    static inline CORM__UNUSED corm_##name_##_variable corm__var_##name_(int corm__checked, const void *corm__p)      \
    {                                                                                              \
        corm_##name_##_variable corm__v = {corm__p};                                               \
        (void)corm__checked;                                               \
        return corm__v;                                                                            \
    }                                                                                              \
    static inline CORM__UNUSED corm_##name_##_expression corm__as_##name_(corm_condition corm__c)  \
    {                                                                                              \
        corm_##name_##_expression corm__e;                                                         \
        corm__e.corm__nodes = corm__c;                                                             \
        return corm__e;                                                                            \
    }
CORM__KIND_LIST(CORM__OPERANDS)
#undef CORM__OPERANDS

static inline CORM__UNUSED corm_condition corm__of_condition(corm_condition corm__c) { return corm__c; }

/* An OPTIONAL member is its value, or NULL. */
#define CORM__OF_OPTIONAL(name_)                                                                   \
    static inline CORM__UNUSED corm_condition corm__of_optional_##name_(corm_optional_##name_ corm__o) \
    {                                                                                              \
        return corm__o.has_value ? corm_operand_##name_(corm__o.value) : corm_operand_text(NULL);  \
    }
CORM__OF_OPTIONAL(integer)
CORM__OF_OPTIONAL(real)
CORM__OF_OPTIONAL(date)
CORM__OF_OPTIONAL(datetime)
CORM__OF_OPTIONAL(time)
CORM__OF_OPTIONAL(decimal)
CORM__OF_OPTIONAL(uuid)
#undef CORM__OF_OPTIONAL

/* The kinds of column that an operand can be compared with: a bit for each kind, and more where numbers of
 * different kinds may meet. Two operands fit if they share a bit. An OPTIONAL has other bits, as it goes
 * where NULL does: behind a column in a comparison, into one. */
enum {
    CORM__FITS_INTEGER = 1 << CORM_KIND_INTEGER,
    CORM__FITS_REAL = 1 << CORM_KIND_REAL,
    CORM__FITS_BOOLEAN = 1 << CORM_KIND_BOOLEAN,
    CORM__FITS_TEXT = 1 << CORM_KIND_TEXT,
    CORM__FITS_BLOB = 1 << CORM_KIND_BLOB,
    CORM__FITS_DATE = 1 << CORM_KIND_DATE,
    CORM__FITS_DATETIME = 1 << CORM_KIND_DATETIME,
    CORM__FITS_TIME = 1 << CORM_KIND_TIME,
    CORM__FITS_DECIMAL = 1 << CORM_KIND_DECIMAL,
    CORM__FITS_UUID = 1 << CORM_KIND_UUID,
    CORM__FITS_JSON = 1 << CORM_KIND_JSON,
    CORM__FITS_ENUM = 1 << CORM_KIND_ENUM,
    CORM__FITS_CUSTOM = 1 << CORM_KIND_CUSTOM,
    CORM__FITS_NUMBERS = 1 << 26,  /* an INTEGER column and a REAL one */
    CORM__FITS_TO_COMPUTE = 1 << 27, /* an INTEGER column and a double: not to be compared */
    CORM__FITS_WHOLE = CORM__FITS_INTEGER | CORM__FITS_REAL | CORM__FITS_DECIMAL | CORM__FITS_ENUM,
    CORM__IS_INTEGER = CORM__FITS_INTEGER | CORM__FITS_NUMBERS | CORM__FITS_TO_COMPUTE,
    CORM__IS_REAL = CORM__FITS_REAL | CORM__FITS_NUMBERS,
    CORM__ANY_KIND = (1 << CORM_KIND_COUNT) - 1
};
/* The bits of an OPTIONAL: those of its value, so much higher. */
#define CORM__FITS_OPTIONAL(fits_) ((fits_) << CORM_KIND_COUNT)
#define CORM__FITS_BESIDE(fits_) ((fits_) >> CORM_KIND_COUNT & CORM__ANY_KIND)

#define CORM__TYPES(name_, result_)                                                                \
    corm_##name_##_column: result_, corm_##name_##_expression: result_, corm_##name_##_variable: result_
#define CORM__FITS(operand_)                                                                       \
    _Generic((operand_),                                                                           \
        int: CORM__FITS_WHOLE | CORM__FITS_BOOLEAN, bool: CORM__FITS_WHOLE | CORM__FITS_BOOLEAN,   \
        char: CORM__FITS_WHOLE, signed char: CORM__FITS_WHOLE, unsigned char: CORM__FITS_WHOLE,    \
        short: CORM__FITS_WHOLE, unsigned short: CORM__FITS_WHOLE, unsigned: CORM__FITS_WHOLE,     \
        long: CORM__FITS_WHOLE, unsigned long: CORM__FITS_WHOLE, long long: CORM__FITS_WHOLE,      \
        unsigned long long: CORM__FITS_WHOLE,                                                      \
        float: CORM__FITS_REAL | CORM__FITS_TO_COMPUTE, double: CORM__FITS_REAL | CORM__FITS_TO_COMPUTE, \
        char *: CORM__FITS_TEXT | CORM__FITS_JSON, const char *: CORM__FITS_TEXT | CORM__FITS_JSON, \
        corm_blob: CORM__FITS_BLOB, corm_date: CORM__FITS_DATE, corm_datetime: CORM__FITS_DATETIME, \
        corm_time: CORM__FITS_TIME, corm_decimal: CORM__FITS_DECIMAL, corm_uuid: CORM__FITS_UUID,  \
        corm_custom_value: CORM__FITS_CUSTOM, corm_condition: CORM__FITS_BOOLEAN,                  \
        CORM__TYPES(integer, CORM__IS_INTEGER), CORM__TYPES(real, CORM__IS_REAL),                  \
        CORM__TYPES(boolean, CORM__FITS_BOOLEAN), CORM__TYPES(text, CORM__FITS_TEXT),              \
        CORM__TYPES(blob, CORM__FITS_BLOB), CORM__TYPES(date, CORM__FITS_DATE),                    \
        CORM__TYPES(datetime, CORM__FITS_DATETIME), CORM__TYPES(time, CORM__FITS_TIME),            \
        CORM__TYPES(decimal, CORM__FITS_DECIMAL), CORM__TYPES(uuid, CORM__FITS_UUID),              \
        CORM__TYPES(json, CORM__FITS_JSON), CORM__TYPES(enum, CORM__FITS_ENUM),                    \
        CORM__TYPES(custom, CORM__FITS_CUSTOM),                                                    \
        corm_optional_integer: CORM__FITS_OPTIONAL(CORM__FITS_WHOLE | CORM__FITS_BOOLEAN),         \
        corm_optional_real: CORM__FITS_OPTIONAL(CORM__FITS_REAL),                                  \
        corm_optional_date: CORM__FITS_OPTIONAL(CORM__FITS_DATE),                                  \
        corm_optional_datetime: CORM__FITS_OPTIONAL(CORM__FITS_DATETIME),                          \
        corm_optional_time: CORM__FITS_OPTIONAL(CORM__FITS_TIME),                                  \
        corm_optional_decimal: CORM__FITS_OPTIONAL(CORM__FITS_DECIMAL),                            \
        corm_optional_uuid: CORM__FITS_OPTIONAL(CORM__FITS_UUID), default: 0)

/* Whether a column takes the value: it is of its kind, an OPTIONAL of it, or an INTEGER that becomes a REAL. */
#define CORM__FITS_INTO(column_, value_)                                                           \
    ((CORM__FITS(column_) & CORM__FITS(value_) & CORM__ANY_KIND) ||                                \
     (CORM__FITS(column_) & CORM__FITS_BESIDE(CORM__FITS(value_))) ||                              \
     ((CORM__FITS(column_) & CORM__FITS_REAL) && (CORM__FITS(value_) & CORM__FITS_NUMBERS)))

/* The operand as nodes: by its type alone, and for one of the type of the first. What is none is refused by
 * a check. */
#define CORM__OPERAND(operand_) CORM__OPERAND_LIKE(operand_, operand_)
#define CORM__OPERAND_LIKE(typed_, operand_)                                                       \
    _Generic((typed_), bool: corm_operand_boolean,                                               \
        char: corm_operand_integer, signed char: corm_operand_integer,                             \
        unsigned char: corm_operand_integer, short: corm_operand_integer,                          \
        unsigned short: corm_operand_integer, int: corm_operand_integer,                           \
        unsigned: corm_operand_integer, long: corm_operand_integer,                                \
        unsigned long: corm_operand_unsigned, long long: corm_operand_integer,                     \
        unsigned long long: corm_operand_unsigned,                                                 \
        float: corm_operand_real, double: corm_operand_real,                                       \
        char *: corm_operand_text, const char *: corm_operand_text,                                \
        corm_blob: corm_operand_blob, corm_date: corm_operand_date,                                \
        corm_datetime: corm_operand_datetime, corm_time: corm_operand_time,                        \
        corm_decimal: corm_operand_decimal, corm_uuid: corm_operand_uuid,                          \
        corm_custom_value: corm_operand_custom, corm_condition: corm__of_condition,                \
        CORM__OF(integer), CORM__OF(real), CORM__OF(boolean), CORM__OF(text), CORM__OF(blob),      \
        CORM__OF(date), CORM__OF(datetime), CORM__OF(time), CORM__OF(decimal), CORM__OF(uuid),     \
        CORM__OF(json), CORM__OF(enum), CORM__OF(custom),                                          \
        corm_optional_integer: corm__of_optional_integer,                                          \
        corm_optional_real: corm__of_optional_real,                                                \
        corm_optional_date: corm__of_optional_date,                                                \
        corm_optional_datetime: corm__of_optional_datetime,                                        \
        corm_optional_time: corm__of_optional_time,                                                \
        corm_optional_decimal: corm__of_optional_decimal,                                          \
        corm_optional_uuid: corm__of_optional_uuid, default: corm__of_condition)(operand_)
#define CORM__OF(name_)                                                                            \
    corm_##name_##_column: corm__of_##name_##_column,                                              \
    corm_##name_##_expression: corm__of_##name_##_expression,                                      \
    corm_##name_##_variable: corm__of_##name_##_variable

/* 0, if the condition holds; else the compiler says the sentence, or only that the check failed where
 * it has no statement expressions. */
#if defined(__GNUC__) && !defined(CORM_NO_EXTENSIONS)
#define CORM__CHECK(condition_, sentence_)                                                         \
    __extension__({ _Static_assert(_Generic((char (*)[1 + !!(condition_)])0, char (*)[2]: 1, default: 0), sentence_); 0; })
#else
#define CORM__CHECK(condition_, sentence_) (0 * (int)sizeof(char[(condition_) ? 1 : -1]))
#endif

/* CORM__LET2(<body>, <a>, <b>, <data>) is <body>(<a>, <b>, <data>), which looks at the type of each operand and
 * at its value: in C the operand stands there several times, of which one is evaluated, so that an
 * expression in an expression in an expression becomes long; C++ gives each a name. A statement
 * expression could, too, but literals in the operands would live no longer than it:
 * corm_in(User_.id, ((int64_t[]){1, 2}), 2) is to hold until the query has run. */
#define CORM__LET1(body_, a_, ...) body_(a_, __VA_ARGS__)
#define CORM__LET2(body_, a_, b_, ...) body_(a_, b_, __VA_ARGS__)
#define CORM__LET3(body_, a_, b_, c_, ...) body_(a_, b_, c_, __VA_ARGS__)

/* CORM__LOOK2(<body>, <a>, <b>, <data>) is <body>(<a>, <b>, <what a fits>, <what b fits>, <data>) where
 * <body> asks for types alone, and is not evaluated. Where there are statement expressions each operand
 * stands there once. Names are numbered: there may be another such expression in each operand. */
#if defined(__GNUC__) && defined(__COUNTER__) && !defined(CORM_NO_EXTENSIONS)
#define CORM__LOOK1(body_, a_, ...) CORM__LOOK1_(__COUNTER__, body_, a_, __VA_ARGS__)
#define CORM__LOOK2(body_, a_, b_, ...) CORM__LOOK2_(__COUNTER__, body_, a_, b_, __VA_ARGS__)
#define CORM__LOOK3(body_, a_, b_, c_, ...) CORM__LOOK3_(__COUNTER__, body_, a_, b_, c_, __VA_ARGS__)
#define CORM__LOOK1_(n_, body_, a_, ...) CORM__LOOK1__(n_, body_, a_, __VA_ARGS__)
#define CORM__LOOK2_(n_, body_, a_, b_, ...) CORM__LOOK2__(n_, body_, a_, b_, __VA_ARGS__)
#define CORM__LOOK3_(n_, body_, a_, b_, c_, ...) CORM__LOOK3__(n_, body_, a_, b_, c_, __VA_ARGS__)
#define CORM__LOOK1__(n_, body_, a_, ...)                                                          \
    __extension__({ CORM__TYPED(a_, corm__a##n_, corm__f##n_)                                      \
                    body_(*corm__a##n_, corm__f##n_, __VA_ARGS__); })
#define CORM__LOOK2__(n_, body_, a_, b_, ...)                                                      \
    __extension__({ CORM__TYPED(a_, corm__a##n_, corm__f##n_) CORM__TYPED(b_, corm__b##n_, corm__g##n_) \
                    body_(*corm__a##n_, *corm__b##n_, corm__f##n_, corm__g##n_, __VA_ARGS__); })
#define CORM__LOOK3__(n_, body_, a_, b_, c_, ...)                                                  \
    __extension__({ CORM__TYPED(a_, corm__a##n_, corm__f##n_) CORM__TYPED(b_, corm__b##n_, corm__g##n_) \
                    CORM__TYPED(c_, corm__c##n_, corm__h##n_)                                      \
                    body_(*corm__a##n_, *corm__b##n_, *corm__c##n_, corm__f##n_, corm__g##n_, corm__h##n_, \
                          __VA_ARGS__); })
#define CORM__TYPED(a_, name_, fits_)                                                              \
    __typeof__((void)0, (a_)) *name_ = NULL; enum { fits_ = CORM__FITS(*name_) };
#else
#define CORM__LOOK1(body_, a_, ...) body_(a_, CORM__FITS(a_), __VA_ARGS__)
#define CORM__LOOK2(body_, a_, b_, ...) body_(a_, b_, CORM__FITS(a_), CORM__FITS(b_), __VA_ARGS__)
#define CORM__LOOK3(body_, a_, b_, c_, ...)                                                        \
    body_(a_, b_, c_, CORM__FITS(a_), CORM__FITS(b_), CORM__FITS(c_), __VA_ARGS__)
#endif

/* An operand as nodes, if its type is one of those. */
#define CORM__TAKEN(a_, fits_, sentence_)                                                          \
    CORM__OPERAND_LIKE(CORM__LOOK1(CORM__TAKEN_IF, a_, fits_, sentence_), a_)
#define CORM__TAKEN_IF(a_, is_, fits_, sentence_) ((void)CORM__CHECK(((is_) & (fits_)) != 0, sentence_), (a_))
/* The same, if it goes with another. */
#define CORM__TAKEN_WITH(a_, b_, fits_, sentence_)                                                 \
    CORM__OPERAND_LIKE(CORM__LOOK2(CORM__TAKEN_WITH_IF, a_, b_, fits_, sentence_), a_)
#define CORM__TAKEN_WITH_IF(a_, b_, a_is_, b_is_, fits_, sentence_)                                \
    ((void)CORM__CHECK(((a_is_) & (b_is_) & (fits_)) != 0, sentence_), (a_))

/* What C writes as a literal, and C++ in its own way: an array; its end; a zero value; a query, which takes
 * a model and keyword arguments; the address of one, which lives as long as the block around it. */
#define CORM__LIST(type_, ...) (const type_[]){__VA_ARGS__}
#define CORM__END(type_) {.count = UINT16_MAX}
#define CORM__NONE(type_) (type_){.count = 0}
#define CORM__MADE(type_, member_, model_, ...) ((type_){.member_ = model_, __VA_ARGS__})
#define CORM__AT(type_, member_, model_, ...) (&(const type_){.member_ = model_, __VA_ARGS__})
#define CORM__PARTS(...) (const corm_condition[]){__VA_ARGS__}

/* ---- Comparisons ----------------------------------------------------------------------------- */

#define CORM__COMPARE(operator_, text_, a_, b_) CORM__LET2(CORM__COMPARISON, a_, b_, operator_, text_)
#define CORM__COMPARISON(a_, b_, operator_, text_)                                                 \
    corm_expression_of(operator_, CORM_KIND_BOOLEAN, 0, NULL,                                      \
        CORM__PARTS(CORM__COMPARED(a_, b_, text_), CORM__OPERAND(b_)), 2)
#define CORM__COMPARED(a_, b_, text_)                                                              \
    CORM__OPERAND_LIKE(CORM__LOOK2(CORM__COMPARED_IF, a_, b_, text_ CORM__OTHER_TYPE "is asked for by corm_is_null)"), a_)
#define CORM__COMPARED_IF(a_, b_, a_is_, b_is_, sentence_)                                         \
    ((void)CORM__CHECK(((a_is_) & (((b_is_) & (CORM__ANY_KIND | CORM__FITS_NUMBERS)) |             \
                                   CORM__FITS_BESIDE(b_is_))) != 0, sentence_), (a_))
#define CORM__OTHER_TYPE                                                                           \
    ": the value is of another type than the column (DATE wants corm_date_of(...), DECIMAL "       \
    "corm_decimal_of(...), ENUM an enumerator; NULL "

/* Comparisons of a column or an expression with a value or another: corm_eq(User_.age, 18),
 * corm_gt(Post_.likes, Post_.views). The value may be an OPTIONAL member. One that is absent, and a NULL
 * text, are NULL, with which comparing finds nothing, as in SQL: use corm_is_null, corm_same. A value that the column could not hold (an impossible date, a number that
 * is no enumerator, a decimal with too many digits) is reported when the query runs. What is compared,
 * and sorted by, is what the table holds: numbers, dates, times and UUIDs in their own order; ENUM and
 * JSON as text, so "blue" comes before "red" whatever the enumerators' numbers are; a kind of your own
 * by its stored form. */
#define corm_eq(a_, b_) CORM__COMPARE(CORM__EQ, "corm_eq(" #a_ ", " #b_ ")", a_, b_)
#define corm_ne(a_, b_) CORM__COMPARE(CORM__NE, "corm_ne(" #a_ ", " #b_ ")", a_, b_)
#define corm_lt(a_, b_) CORM__COMPARE(CORM__LT, "corm_lt(" #a_ ", " #b_ ")", a_, b_)
#define corm_le(a_, b_) CORM__COMPARE(CORM__LE, "corm_le(" #a_ ", " #b_ ")", a_, b_)
#define corm_gt(a_, b_) CORM__COMPARE(CORM__GT, "corm_gt(" #a_ ", " #b_ ")", a_, b_)
#define corm_ge(a_, b_) CORM__COMPARE(CORM__GE, "corm_ge(" #a_ ", " #b_ ")", a_, b_)

/* Equal, or both NULL; not so: IS NOT DISTINCT FROM, IS DISTINCT FROM. */
#define corm_same(a_, b_) CORM__COMPARE(CORM__SAME, "corm_same(" #a_ ", " #b_ ")", a_, b_)
#define corm_differ(a_, b_) CORM__COMPARE(CORM__DIFFER, "corm_differ(" #a_ ", " #b_ ")", a_, b_)

/* low <= a <= high: whatever corm_ge and corm_le take, of which the bounds go with each other too. */
#define corm_between(a_, low_, high_)                                                              \
    CORM__LET3(CORM__RANGE, a_, low_, high_, "corm_between(" #a_ ", " #low_ ", " #high_ ")")
#define CORM__RANGE(a_, low_, high_, text_)                                                        \
    corm_expression_of(CORM__BETWEEN, CORM_KIND_BOOLEAN, 0, NULL,                                  \
        CORM__PARTS(CORM__OPERAND_LIKE(CORM__LOOK3(CORM__IN_RANGE, a_, low_, high_, text_), a_),   \
                    CORM__OPERAND(low_), CORM__OPERAND(high_)), 3)
#define CORM__IN_RANGE(a_, low_, high_, a_is_, low_is_, high_is_, text_)                           \
    ((void)CORM__CHECK(((a_is_) & (low_is_) & ~CORM__FITS_TO_COMPUTE) != 0 &&                      \
                           ((a_is_) & (high_is_) & ~CORM__FITS_TO_COMPUTE) != 0 && ((low_is_) & (high_is_)) != 0, \
                       text_ CORM__OTHER_TYPE "is asked for by corm_is_null)"), (a_))

#define CORM__TEXTS(operator_, how_, text_, a_, b_)                                                \
    CORM__LET2(CORM__TEXT_IN_TEXT, a_, b_, operator_, how_, text_)
#define CORM__TEXT_IN_TEXT(a_, b_, operator_, how_, text_)                                         \
    corm_expression_of(operator_, CORM_KIND_BOOLEAN, how_, NULL,                                   \
        CORM__PARTS(CORM__COMPARED_TEXT(a_, text_), CORM__COMPARED_TEXT(b_, text_)), 2)
#define CORM__COMPARED_TEXT(a_, text_)                                                             \
    CORM__TAKEN(a_, CORM__FITS_TEXT, text_ ": it compares a TEXT column with a string")

/* % stands for any characters, _ for one; SQLite ignores the case of ASCII letters. For a text that
 * comes from elsewhere there are the four below, in which nothing but itself stands for anything. */
#define corm_like(a_, pattern_)                                                                    \
    CORM__TEXTS(CORM__LIKE, 0, "corm_like(" #a_ ", " #pattern_ ")", a_, pattern_)
/* `escape_`, a text of one character, takes its meaning from a % or _ that it stands before. */
#define corm_like_escaped(a_, pattern_, escape_)                                                   \
    CORM__LET3(CORM__ESCAPED, a_, pattern_, escape_,                                               \
               "corm_like_escaped(" #a_ ", " #pattern_ ", " #escape_ ")")
#define CORM__ESCAPED(a_, pattern_, escape_, text_)                                                \
    corm_expression_of(CORM__LIKE, CORM_KIND_BOOLEAN, 0, NULL,                                     \
        CORM__PARTS(CORM__COMPARED_TEXT(a_, text_), CORM__COMPARED_TEXT(pattern_, text_),          \
                    CORM__COMPARED_TEXT(escape_, text_)), 3)
/* The text stands in it, at its beginning, at its end: whatever characters it has. Upper and lower case
 * as in corm_like. The text is a value, not a column. */
#define corm_has_text(a_, text_)                                                                   \
    CORM__TEXTS(CORM__HOLDS, CORM__HOLDS_WITHIN, "corm_has_text(" #a_ ", " #text_ ")", a_, text_)
#define corm_starts_with(a_, text_)                                                                \
    CORM__TEXTS(CORM__HOLDS, CORM__HOLDS_FIRST, "corm_starts_with(" #a_ ", " #text_ ")", a_, text_)
#define corm_ends_with(a_, text_)                                                                  \
    CORM__TEXTS(CORM__HOLDS, CORM__HOLDS_LAST, "corm_ends_with(" #a_ ", " #text_ ")", a_, text_)
/* *, ? and [a-z], upper and lower case told apart: SQLite's GLOB. */
#define corm_glob(a_, pattern_)                                                                    \
    CORM__TEXTS(CORM__GLOB, 0, "corm_glob(" #a_ ", " #pattern_ ")", a_, pattern_)

/* The value is one of `count_` elements of an array (int64_t, double, const char *, int for an ENUM, else
 * the column's own type; not for BOOLEAN, BLOB, JSON, CUSTOM), however many; the array is borrowed until
 * the query has run. No element: no row. */
#define corm_in(a_, items_, count_)                                                                \
    CORM__LET3(CORM__IN_LIST, a_, items_, count_, "corm_in(" #a_ ", " #items_ ", ...)")
#define CORM__IN_LIST(a_, items_, count_, text_)                                                   \
    corm_expression_of(CORM__IN, CORM_KIND_BOOLEAN +                                               \
        CORM__CHECK(CORM__FITS(a_) & CORM__FITS_LIST(items_),                                      \
                    text_ ": the array is of another type than the column (INTEGER wants "         \
                          "int64_t[], REAL double[], TEXT const char *[])"),                       \
        0, NULL, CORM__PARTS(CORM__OPERAND(a_),                                                    \
        corm_operand_list(CORM__LIST_KIND(items_), (items_), (size_t)(count_))), 2)
#define CORM__LISTS(type_, result_) type_ *: result_, const type_ *: result_
#define CORM__FITS_LIST(items_)                                                                    \
    _Generic((items_), CORM__LISTS(int64_t, CORM__FITS_INTEGER), CORM__LISTS(double, CORM__FITS_REAL), \
        char **: CORM__FITS_TEXT, const char **: CORM__FITS_TEXT,                                  \
        const char *const *: CORM__FITS_TEXT, char *const *: CORM__FITS_TEXT,                      \
        CORM__LISTS(corm_date, CORM__FITS_DATE), CORM__LISTS(corm_datetime, CORM__FITS_DATETIME),  \
        CORM__LISTS(corm_time, CORM__FITS_TIME), CORM__LISTS(corm_decimal, CORM__FITS_DECIMAL),    \
        CORM__LISTS(corm_uuid, CORM__FITS_UUID), CORM__LISTS(int, CORM__FITS_ENUM),                \
        CORM__LISTS(unsigned, CORM__FITS_ENUM), default: 0)
#define CORM__LIST_KIND(items_)                                                                    \
    _Generic((items_), CORM__LISTS(int64_t, CORM_KIND_INTEGER), CORM__LISTS(double, CORM_KIND_REAL), \
        CORM__LISTS(corm_date, CORM_KIND_DATE), CORM__LISTS(corm_datetime, CORM_KIND_DATETIME),    \
        CORM__LISTS(corm_time, CORM_KIND_TIME), CORM__LISTS(corm_decimal, CORM_KIND_DECIMAL),      \
        CORM__LISTS(corm_uuid, CORM_KIND_UUID), CORM__LISTS(int, CORM_KIND_ENUM),                  \
        CORM__LISTS(unsigned, CORM_KIND_ENUM), default: CORM_KIND_TEXT)

#define corm_is_null(a_) CORM__IF_NULL(CORM__IS_NULL, "corm_is_null(" #a_ ")", a_)
#define corm_is_not_null(a_) CORM__IF_NULL(CORM__IS_NOT_NULL, "corm_is_not_null(" #a_ ")", a_)
#define CORM__IF_NULL(operator_, text_, a_) CORM__LET1(CORM__NULLITY, a_, operator_, text_)
#define CORM__NULLITY(a_, operator_, text_)                                                        \
    corm_expression_of(operator_, CORM_KIND_BOOLEAN +                                              \
        CORM__CHECK(CORM__FITS(a_) != 0, text_ ": it asks for a column or an expression"),         \
        0, NULL, CORM__PARTS(CORM__OPERAND(a_)), 1)

/* What is related to an object, without loading it: the posts of `user` are
 * corm_all(session, Post, .where = corm_related_to(User_.posts, user)). The object is borrowed until
 * the query has run. */
#define corm_related_to(relationship_, object_)                                                    \
    corm_condition_related((relationship_), (object_))

/* All of, any of, none of several conditions; conditions that are zero are left out. */
#define corm_and(...)                                                                              \
    corm_condition_join(CORM__AND, CORM__PARTS(__VA_ARGS__, CORM__END(corm_condition)))
#define corm_or(...)                                                                               \
    corm_condition_join(CORM__OR, CORM__PARTS(__VA_ARGS__, CORM__END(corm_condition)))
#define corm_not(...)                                                                              \
    corm_condition_join(CORM__NOT, CORM__PARTS(__VA_ARGS__, CORM__END(corm_condition)))

/* clang-format on */

#endif /* CORM__CONDITION_H */
