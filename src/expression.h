/* expression.h: values that SQL computes.
 *
 * Owns: arithmetic, functions of texts, dates and JSON, CASE, CAST, aggregates and windows, as typed
 * expressions that stand wherever a column may.
 * Must not know: SQL text, sessions, rows. */
#ifndef CORM__EXPRESSION_H
#define CORM__EXPRESSION_H

#include "adapter.h"
#include "condition.h"
#include "macros.h"

/* clang-format off */

/* An expression in an expression makes what the compiler reads twice as long, and three times in
 * arithmetic and where both operands tell the kind (not in C++; without statement expressions three to
 * six times): where there would be more than five, give the inner ones names:
 *   corm_text_expression name = corm_concat(Person_.first, corm_concat(" ", Person_.last)); */

/* ---- Of which kind the result is ------------------------------------------------------------- */

/* A function of one kind whatever it is given. */
#define CORM__COMPUTED(name_, kind_, function_, count_, ...)                                       \
    corm__as_##name_(corm_expression_of(CORM__FUNCTION, CORM_KIND_##kind_, function_, NULL,        \
                                        CORM__PARTS(__VA_ARGS__), count_))
#define CORM__WANTED(fits_, text_, wanted_, a_) CORM__TAKEN(a_, fits_, text_ ": it takes " wanted_)

/* The nodes as an expression of the operand's own kind. */
#define CORM__LIKE_IT(a_, nodes_) _Generic((a_), CORM__BY_TYPE(corm__as, corm__as_custom))(nodes_)
#define CORM__BY_TYPE(do_, custom_)                                                                \
    CORM__TYPES(integer, do_##_integer), CORM__TYPES(real, do_##_real),                            \
    CORM__TYPES(boolean, do_##_boolean), CORM__TYPES(text, do_##_text),                            \
    CORM__TYPES(blob, do_##_blob), CORM__TYPES(date, do_##_date),                                  \
    CORM__TYPES(datetime, do_##_datetime), CORM__TYPES(time, do_##_time),                          \
    CORM__TYPES(decimal, do_##_decimal), CORM__TYPES(uuid, do_##_uuid),                            \
    CORM__TYPES(json, do_##_json), CORM__TYPES(enum, do_##_enum), CORM__TYPES(custom, custom_),    \
    float: do_##_real, double: do_##_real, char *: do_##_text, const char *: do_##_text,           \
    bool: do_##_boolean, corm_condition: do_##_boolean, corm_blob: do_##_blob,                     \
    corm_date: do_##_date, corm_datetime: do_##_datetime, corm_time: do_##_time,                   \
    corm_decimal: do_##_decimal, corm_uuid: do_##_uuid, corm_custom_value: custom_,                \
    default: do_##_integer
/* Of the kind of the first, or of the second where the first is a number of C: that is of any kind. */
#define CORM__LIKE_EITHER(a_, b_, text_, nodes_)                                                   \
    _Generic(CORM__LOOK2(CORM__EITHER, a_, b_, text_), CORM__BY_TYPE(corm__as, corm__as_custom))(nodes_)
#define CORM__EITHER(a_, b_, a_is_, b_is_, text_)                                                  \
    ((void)CORM__CHECK_ALIKE(a_is_, b_is_, text_),                                                 \
     _Generic((char (*)[1 + _Generic((a_), bool: 1, char: 1, signed char: 1, unsigned char: 1, short: 1, \
                  unsigned short: 1, int: 1, unsigned: 1, long: 1, unsigned long: 1, long long: 1, \
                  unsigned long long: 1, default: 0)])0, char (*)[2]: (b_), default: (a_)))
#define CORM__CHECK_ALIKE(a_is_, b_is_, text_)                                                     \
    CORM__CHECK((a_is_) & (b_is_) & (CORM__ANY_KIND | CORM__FITS_NUMBERS), text_)
/* The kind that corm_expression_of takes from the parts, in the same way. */
#define CORM__SAME_KIND CORM_KIND_COUNT

/* A number of C that stands for the kind in arithmetic: the compiler's own rules tell what the sum of
 * two is. */
#define CORM__NUMBER(a_)                                                                           \
    _Generic((a_), CORM__TYPES(real, 0.0), float: 0.0, double: 0.0, CORM__TYPES(decimal, 0.0L),    \
        corm_decimal: 0.0L, default: (int64_t)0)
#define CORM__LIKE_SUM(a_, b_, operator_, text_, nodes_)                                           \
    _Generic(CORM__LOOK2(CORM__TOGETHER, a_, b_, operator_, text_), double: corm__as_real,         \
        long double: corm__as_decimal, default: corm__as_integer)(nodes_)
#define CORM__TOGETHER(a_, b_, a_is_, b_is_, operator_, text_)                                     \
    (CORM__CHECK_SUM(a_is_, b_is_, operator_, text_) + CORM__NUMBER(a_) + CORM__NUMBER(b_))
#define CORM__CHECK_SUM(a_is_, b_is_, operator_, text_)                                            \
    CORM__CHECK(((a_is_) & (b_is_) & (CORM__IS_INTEGER | CORM__IS_REAL | CORM__FITS_DECIMAL)) ||   \
                    CORM__SCALES(operator_, a_is_, b_is_),                                         \
        text_ ": it computes with two numbers that fit: INTEGER and REAL, or DECIMAL and a whole " \
        "number or another DECIMAL")
#define CORM__ARITHMETIC(operator_, text_, a_, b_) CORM__LET2(CORM__SUM, a_, b_, operator_, text_)
#define CORM__SUM(a_, b_, operator_, text_)                                                        \
    CORM__LIKE_SUM(a_, b_, operator_, text_, corm_expression_of(operator_, CORM__SAME_KIND, 0, NULL, \
        CORM__PARTS(CORM__OPERAND(a_), CORM__OPERAND(b_)), 2))

/* A DECIMAL times or divided by an INTEGER, or an INTEGER times a DECIMAL. */
#define CORM__SCALES(operator_, a_is_, b_is_)                                                      \
    (((operator_) == CORM__TIMES || (operator_) == CORM__DIVIDED) &&                               \
     ((((a_is_) & CORM__FITS_DECIMAL) && ((b_is_) & CORM__FITS_INTEGER)) ||                        \
      ((operator_) == CORM__TIMES && ((a_is_) & CORM__FITS_INTEGER) && ((b_is_) & CORM__FITS_DECIMAL))))

/* ---- Arithmetic ------------------------------------------------------------------------------ */

/* INTEGER with INTEGER is INTEGER, also divided; with REAL it is REAL. DECIMALs are added and
 * subtracted if they have the same digits behind the point, and multiplied by whole numbers. What does
 * not fit 64 bits becomes a REAL in SQLite, and is refused where it is read; a division by zero is NULL. */
#define corm_plus(a_, b_) CORM__ARITHMETIC(CORM__PLUS, "corm_plus(" #a_ ", " #b_ ")", a_, b_)
#define corm_minus(a_, b_) CORM__ARITHMETIC(CORM__MINUS, "corm_minus(" #a_ ", " #b_ ")", a_, b_)
#define corm_times(a_, b_) CORM__ARITHMETIC(CORM__TIMES, "corm_times(" #a_ ", " #b_ ")", a_, b_)
#define corm_divided(a_, b_) CORM__ARITHMETIC(CORM__DIVIDED, "corm_divided(" #a_ ", " #b_ ")", a_, b_)
#define corm_modulo(a_, b_) CORM__LET2(CORM__REMAINDER, a_, b_, "corm_modulo(" #a_ ", " #b_ ")")
#define CORM__REMAINDER(a_, b_, text_)                                                             \
    corm__as_integer(corm_expression_of(CORM__MODULO, CORM_KIND_INTEGER, 0, NULL,                  \
        CORM__PARTS(CORM__TAKEN(a_, CORM__FITS_INTEGER, text_ ": it takes two integers"),          \
                    CORM__TAKEN(b_, CORM__FITS_INTEGER, text_ ": it takes two integers")), 2))
#define corm_negative(a_) CORM__OF_NUMBER(CORM__NEGATIVE, 0, "corm_negative(" #a_ ")", a_)
#define corm_abs(a_) CORM__OF_NUMBER(CORM__FUNCTION, CORM_FUNCTION_ABS, "corm_abs(" #a_ ")", a_)
#define CORM__OF_NUMBER(operator_, function_, text_, a_)                                           \
    CORM__LET1(CORM__NUMBER_ALIKE, a_, operator_, function_, text_)
#define CORM__NUMBER_ALIKE(a_, operator_, function_, text_)                                        \
    CORM__LIKE_IT(a_, corm_expression_of(operator_, CORM__SAME_KIND, function_, NULL,              \
        CORM__PARTS(CORM__WANTED(CORM__IS_INTEGER | CORM__IS_REAL | CORM__FITS_DECIMAL, text_,     \
                                 "a number", a_)), 1))
/* To so many digits behind the point; REAL. */
#define corm_round(a_, digits_)                                                                    \
    CORM__LET2(CORM__ROUNDED, a_, digits_, "corm_round(" #a_ ", " #digits_ ")")
#define CORM__ROUNDED(a_, digits_, text_)                                                          \
    CORM__COMPUTED(real, REAL, CORM_FUNCTION_ROUND, 2,                                             \
        CORM__WANTED(CORM__IS_INTEGER | CORM__IS_REAL, text_, "an INTEGER or REAL", a_),           \
        corm_operand_integer(digits_))

/* ---- Texts ----------------------------------------------------------------------------------- */

/* Functions of so many operands, which are of the wanted types: `texts_` say it. */
#define CORM__GIVEN1(name_, kind_, function_, fits_, wanted_, text_, a_)                           \
    CORM__LET1(CORM__GIVEN1_, a_, name_, kind_, function_, fits_, wanted_, text_)
#define CORM__GIVEN1_(a_, name_, kind_, function_, fits_, wanted_, text_)                          \
    CORM__COMPUTED(name_, kind_, function_, 1, CORM__WANTED(fits_, text_, wanted_, a_))
#define CORM__GIVEN2(name_, kind_, function_, fits_, wanted_, text_, a_, b_fits_, b_wanted_, b_text_, b_) \
    CORM__LET2(CORM__GIVEN2_, a_, b_, name_, kind_, function_, fits_, wanted_, text_, b_fits_,     \
               b_wanted_, b_text_)
#define CORM__GIVEN2_(a_, b_, name_, kind_, function_, fits_, wanted_, text_, b_fits_, b_wanted_, b_text_) \
    CORM__COMPUTED(name_, kind_, function_, 2, CORM__WANTED(fits_, text_, wanted_, a_),            \
                   CORM__WANTED(b_fits_, b_text_, b_wanted_, b_))

#define CORM__OF_TEXT(function_, text_, a_)                                                        \
    CORM__GIVEN1(text, TEXT, function_, CORM__FITS_TEXT, "a text", text_, a_)
/* SQLite knows upper and lower case of ASCII letters only. */
#define corm_lower(a_) CORM__OF_TEXT(CORM_FUNCTION_LOWER, "corm_lower(" #a_ ")", a_)
#define corm_upper(a_) CORM__OF_TEXT(CORM_FUNCTION_UPPER, "corm_upper(" #a_ ")", a_)
#define corm_trim(a_) CORM__OF_TEXT(CORM_FUNCTION_TRIM, "corm_trim(" #a_ ")", a_)
#define corm_trim_left(a_) CORM__OF_TEXT(CORM_FUNCTION_TRIM_LEFT, "corm_trim_left(" #a_ ")", a_)
#define corm_trim_right(a_) CORM__OF_TEXT(CORM_FUNCTION_TRIM_RIGHT, "corm_trim_right(" #a_ ")", a_)
/* In characters; of a BLOB in bytes. */
#define corm_length(a_)                                                                            \
    CORM__GIVEN1(integer, INTEGER, CORM_FUNCTION_LENGTH, CORM__FITS_TEXT | CORM__FITS_BLOB,        \
                 "a text or a blob", "corm_length(" #a_ ")", a_)
/* `count_` characters from the one at `first_` on, which is 1 for the first. */
#define corm_substring(a_, first_, count_)                                                         \
    CORM__LET3(CORM__SUBSTRING, a_, first_, count_, "corm_substring(" #a_ ", ...)",                \
               "corm_substring(..., " #first_ ", ...)", "corm_substring(..., " #count_ ")")
#define CORM__SUBSTRING(a_, first_, count_, text_, first_text_, count_text_)                       \
    CORM__COMPUTED(text, TEXT, CORM_FUNCTION_SUBSTRING, 3,                                         \
        CORM__WANTED(CORM__FITS_TEXT, text_, "a text", a_),                                        \
        CORM__WANTED(CORM__FITS_INTEGER, first_text_, "an integer", first_),                       \
        CORM__WANTED(CORM__FITS_INTEGER, count_text_, "an integer", count_))
/* Every `from_` in it becomes `to_`. */
#define corm_replace(a_, from_, to_)                                                               \
    CORM__LET3(CORM__REPLACED, a_, from_, to_, "corm_replace(" #a_ ", ...)",                       \
               "corm_replace(..., " #from_ ", ...)", "corm_replace(..., " #to_ ")")
#define CORM__REPLACED(a_, from_, to_, text_, from_text_, to_text_)                                \
    CORM__COMPUTED(text, TEXT, CORM_FUNCTION_REPLACE, 3,                                           \
        CORM__WANTED(CORM__FITS_TEXT, text_, "a text", a_),                                        \
        CORM__WANTED(CORM__FITS_TEXT, from_text_, "a text", from_),                                \
        CORM__WANTED(CORM__FITS_TEXT, to_text_, "a text", to_))
/* Where it stands in it, from 1 on; 0: nowhere. */
#define corm_position(a_, text_)                                                                   \
    CORM__GIVEN2(integer, INTEGER, CORM_FUNCTION_POSITION,                                         \
                 CORM__FITS_TEXT, "a text", "corm_position(" #a_ ", ...)", a_,                     \
                 CORM__FITS_TEXT, "a text", "corm_position(..., " #text_ ")", text_)
/* One text behind the other; NULL if one of them is. */
#define corm_concat(a_, b_)                                                                        \
    CORM__GIVEN2(text, TEXT, CORM_FUNCTION_CONCAT,                                                 \
                 CORM__FITS_TEXT, "a text", "corm_concat(" #a_ ", ...)", a_,                       \
                 CORM__FITS_TEXT, "a text", "corm_concat(..., " #b_ ")", b_)

/* ---- NULL, CASE, CAST ------------------------------------------------------------------------ */

#define CORM__TWO_ALIKE(function_, text_, a_, b_) CORM__LET2(CORM__ALIKE, a_, b_, function_, text_)
#define CORM__ALIKE(a_, b_, function_, text_)                                                      \
    CORM__LIKE_EITHER(a_, b_, text_ ": the two are of different types",                            \
        corm_expression_of(CORM__FUNCTION, CORM__SAME_KIND, function_, NULL,                       \
                           CORM__PARTS(CORM__OPERAND(a_), CORM__OPERAND(b_)), 2))
/* The first unless it is NULL, else the second; for more, one in the other. */
#define corm_coalesce(a_, b_)                                                                      \
    CORM__TWO_ALIKE(CORM_FUNCTION_COALESCE, "corm_coalesce(" #a_ ", " #b_ ")", a_, b_)
/* The first, but NULL where it equals the second. */
#define corm_null_if(a_, b_)                                                                       \
    CORM__TWO_ALIKE(CORM_FUNCTION_NULL_IF, "corm_null_if(" #a_ ", " #b_ ")", a_, b_)
/* The smaller, the greater of two; NULL if one of them is. */
#define corm_least(a_, b_)                                                                         \
    CORM__TWO_ALIKE(CORM_FUNCTION_LEAST, "corm_least(" #a_ ", " #b_ ")", a_, b_)
#define corm_greatest(a_, b_)                                                                      \
    CORM__TWO_ALIKE(CORM_FUNCTION_GREATEST, "corm_greatest(" #a_ ", " #b_ ")", a_, b_)
/* CASE: the first value if the condition holds, else the second, both of one kind; for more
 * cases, one in the other: corm_case(c, "low", corm_case(d, "high", "right")). */
#define corm_case(condition_, then_, else_)                                                        \
    CORM__LET3(CORM__IN_CASE, condition_, then_, else_, "corm_case(" #condition_ ", ...)",         \
               "corm_case(..., " #then_ ", " #else_ ")")
#define CORM__IN_CASE(condition_, then_, else_, if_text_, text_)                                   \
    CORM__LIKE_EITHER(then_, else_, text_ ": the two values are of different types",               \
        corm_expression_of(CORM__CASE, CORM__SAME_KIND, 0, NULL,                                   \
            CORM__PARTS(CORM__OPERAND_LIKE(CORM__LOOK1(CORM__IF, condition_, if_text_), condition_), \
                        CORM__OPERAND(then_), CORM__OPERAND(else_)), 3))
#define CORM__IF(condition_, is_, if_text_)                                                        \
    ((void)CORM__CHECK((int)(is_) == (int)CORM__FITS_BOOLEAN, if_text_ ": it takes a condition"), (condition_))
/* As another kind: corm_cast(TEXT, User_.age). INTEGER, REAL, TEXT; a DECIMAL becomes REAL only. */
#define corm_cast(kind_, a_) CORM__CAST_##kind_(a_, "corm_cast(" #kind_ ", " #a_ ")")
#define CORM__CAST_INTEGER(a_, text_) CORM__CAST_TO(integer, INTEGER, a_, text_, CORM__FITS_DECIMAL)
#define CORM__CAST_REAL(a_, text_) CORM__CAST_TO(real, REAL, a_, text_, 0)
#define CORM__CAST_TEXT(a_, text_) CORM__CAST_TO(text, TEXT, a_, text_, CORM__FITS_DECIMAL)
#define CORM__CAST_TO(name_, kind_, a_, text_, not_)                                               \
    CORM__LET1(CORM__MADE_FROM, a_, name_, kind_, text_, not_)
#define CORM__MADE_FROM(a_, name_, kind_, text_, not_)                                             \
    corm__as_##name_(corm_expression_of(CORM__CAST, CORM_KIND_##kind_, 0, NULL,                    \
        CORM__PARTS(CORM__OPERAND_LIKE(CORM__LOOK1(CORM__BECOMES, a_, text_, not_), a_)), 1))
#define CORM__BECOMES(a_, is_, text_, not_)                                                        \
    ((void)CORM__CHECK((is_) != 0 && (int)(is_) != (int)(not_),                                             \
                       text_ ": it cannot be made of that; a DECIMAL becomes REAL"), (a_))

/* ---- Dates and times ------------------------------------------------------------------------- */

#define CORM__OF_DATE(function_, text_, a_)                                                        \
    CORM__GIVEN1(integer, INTEGER, function_, CORM__FITS_DATE | CORM__FITS_DATETIME,               \
                 "a DATE or DATETIME", text_, a_)
#define CORM__OF_TIME(function_, text_, a_)                                                        \
    CORM__GIVEN1(integer, INTEGER, function_, CORM__FITS_TIME | CORM__FITS_DATETIME,               \
                 "a TIME or DATETIME", text_, a_)
#define corm_year(a_) CORM__OF_DATE(CORM_FUNCTION_YEAR, "corm_year(" #a_ ")", a_)
#define corm_month(a_) CORM__OF_DATE(CORM_FUNCTION_MONTH, "corm_month(" #a_ ")", a_)
#define corm_day(a_) CORM__OF_DATE(CORM_FUNCTION_DAY, "corm_day(" #a_ ")", a_)
/* 0 is Sunday. */
#define corm_weekday(a_) CORM__OF_DATE(CORM_FUNCTION_WEEKDAY, "corm_weekday(" #a_ ")", a_)
#define corm_hour(a_) CORM__OF_TIME(CORM_FUNCTION_HOUR, "corm_hour(" #a_ ")", a_)
#define corm_minute(a_) CORM__OF_TIME(CORM_FUNCTION_MINUTE, "corm_minute(" #a_ ")", a_)
#define corm_second(a_) CORM__OF_TIME(CORM_FUNCTION_SECOND, "corm_second(" #a_ ")", a_)
/* The day of a DATETIME. */
#define corm_to_date(a_)                                                                           \
    CORM__GIVEN1(date, DATE, CORM_FUNCTION_TO_DATE, CORM__FITS_DATETIME, "a DATETIME",             \
                 "corm_to_date(" #a_ ")", a_)
/* A DATE so many days later; a DATETIME so many seconds later, to the millisecond. */
#define corm_add_days(a_, days_)                                                                   \
    CORM__GIVEN2(date, DATE, CORM_FUNCTION_ADD_DAYS,                                               \
                 CORM__FITS_DATE, "a DATE", "corm_add_days(" #a_ ", ...)", a_,                     \
                 CORM__FITS_INTEGER, "an integer", "corm_add_days(..., " #days_ ")", days_)
#define corm_add_seconds(a_, seconds_)                                                             \
    CORM__GIVEN2(datetime, DATETIME, CORM_FUNCTION_ADD_SECONDS,                                    \
                 CORM__FITS_DATETIME, "a DATETIME", "corm_add_seconds(" #a_ ", ...)", a_,          \
                 CORM__FITS_INTEGER, "an integer", "corm_add_seconds(..., " #seconds_ ")", seconds_)
/* Days from the second to the first, both DATE or both DATETIME, whose times count for nothing. */
#define corm_days_between(a_, b_)                                                                  \
    CORM__LET2(CORM__DAYS, a_, b_, "corm_days_between(" #a_ ", " #b_ ")")
#define CORM__DAYS(a_, b_, text_)                                                                  \
    CORM__COMPUTED(integer, INTEGER, CORM_FUNCTION_DAYS_BETWEEN, 2,                                \
        CORM__TAKEN_WITH(a_, b_, CORM__FITS_DATE | CORM__FITS_DATETIME,                            \
                         text_ ": it takes two DATEs, or two DATETIMEs"),                          \
        CORM__OPERAND(b_))

/* ---- JSON ------------------------------------------------------------------------------------ */

/* The value at a path, "$.address.city", "$.tags[0]"; NULL where there is none. The path is bound as a
 * value. */
#define corm_json_text(a_, path_) CORM__JSON_AT(text, TEXT, "corm_json_text(" #a_ ", ...)", a_, path_)
#define corm_json_integer(a_, path_) CORM__JSON_AT(integer, INTEGER, "corm_json_integer(" #a_ ", ...)", a_, path_)
#define corm_json_real(a_, path_) CORM__JSON_AT(real, REAL, "corm_json_real(" #a_ ", ...)", a_, path_)
#define corm_json_boolean(a_, path_) CORM__JSON_AT(boolean, BOOLEAN, "corm_json_boolean(" #a_ ", ...)", a_, path_)
#define CORM__JSON_AT(name_, kind_, text_, a_, path_)                                              \
    CORM__LET2(CORM__JSON_VALUE, a_, path_, name_, kind_, text_)
#define CORM__JSON_VALUE(a_, path_, name_, kind_, text_)                                           \
    CORM__COMPUTED(name_, kind_, CORM_FUNCTION_JSON_VALUE, 2,                                      \
        CORM__WANTED(CORM__FITS_JSON, text_, "a JSON column", a_), corm_operand_text(path_))

/* ---- SQL functions by name ------------------------------------------------------------------- */

/* Any function that the database has, or that the program has registered with it, of the kind that the
 * program says: corm_call(REAL, "distance", Place_.x, Place_.y, 1.5). The name is quoted, the arguments are
 * bound. At most 8. */
#define corm_call(kind_, ...) CORM__CALL_##kind_(__VA_ARGS__, )
#define CORM__CALL_INTEGER(...) corm__as_integer(CORM__CALL_OF(CORM_KIND_INTEGER, __VA_ARGS__))
#define CORM__CALL_REAL(...) corm__as_real(CORM__CALL_OF(CORM_KIND_REAL, __VA_ARGS__))
#define CORM__CALL_BOOLEAN(...) corm__as_boolean(CORM__CALL_OF(CORM_KIND_BOOLEAN, __VA_ARGS__))
#define CORM__CALL_TEXT(...) corm__as_text(CORM__CALL_OF(CORM_KIND_TEXT, __VA_ARGS__))
#define CORM__CALL_BLOB(...) corm__as_blob(CORM__CALL_OF(CORM_KIND_BLOB, __VA_ARGS__))
#define CORM__CALL_DATE(...) corm__as_date(CORM__CALL_OF(CORM_KIND_DATE, __VA_ARGS__))
#define CORM__CALL_DATETIME(...) corm__as_datetime(CORM__CALL_OF(CORM_KIND_DATETIME, __VA_ARGS__))
#define CORM__CALL_TIME(...) corm__as_time(CORM__CALL_OF(CORM_KIND_TIME, __VA_ARGS__))
#define CORM__CALL_UUID(...) corm__as_uuid(CORM__CALL_OF(CORM_KIND_UUID, __VA_ARGS__))
#define CORM__CALL_JSON(...) corm__as_json(CORM__CALL_OF(CORM_KIND_JSON, __VA_ARGS__))
/* The first part stands for none, so that there may be no argument; the last ends them. */
#define CORM__CALL_OF(kind_, name_, ...)                                                           \
    corm_expression_call(kind_, (name_), CORM__PARTS(                                              \
        CORM__EACH(CORM__ARGUMENT, "corm_call: it takes columns, expressions and values", __VA_ARGS__) CORM__END(corm_condition)))
#define CORM__ARGUMENT(text_, a_) CORM__LET1(CORM__ARGUMENT_OF, a_, text_),
#define CORM__ARGUMENT_OF(a_, text_) CORM__TAKEN(a_, ~0, text_)

/* ---- Aggregates ------------------------------------------------------------------------------ */

/* Over the rows of a query, or of each of its groups; NULLs are left out. */
#define corm_count_rows() CORM__COMPUTED(integer, INTEGER, CORM_FUNCTION_COUNT_ROWS, 0, CORM__NONE(corm_condition))
#define corm_count_values(a_)                                                                      \
    CORM__GIVEN1(integer, INTEGER, CORM_FUNCTION_COUNT, CORM__ANY_KIND, "a column",                \
                 "corm_count_values(" #a_ ")", a_)
#define corm_count_distinct(a_)                                                                    \
    CORM__GIVEN1(integer, INTEGER, CORM_FUNCTION_COUNT_DISTINCT, CORM__ANY_KIND, "a column",       \
                 "corm_count_distinct(" #a_ ")", a_)
/* Of no row it is NULL. */
#define corm_sum(a_) CORM__OF_NUMBER(CORM__FUNCTION, CORM_FUNCTION_SUM, "corm_sum(" #a_ ")", a_)
#define corm_average(a_)                                                                           \
    CORM__GIVEN1(real, REAL, CORM_FUNCTION_AVERAGE,                                                \
                 CORM__IS_INTEGER | CORM__IS_REAL | CORM__FITS_DECIMAL, "a number", "corm_average(" #a_ ")", a_)
#define corm_minimum(a_) CORM__OF_ANY(CORM_FUNCTION_MINIMUM, "corm_minimum(" #a_ ")", a_)
#define corm_maximum(a_) CORM__OF_ANY(CORM_FUNCTION_MAXIMUM, "corm_maximum(" #a_ ")", a_)
#define CORM__OF_ANY(function_, text_, a_) CORM__LET1(CORM__ANY_ALIKE, a_, function_, text_)
#define CORM__ANY_ALIKE(a_, function_, text_)                                                      \
    CORM__LIKE_IT(a_, corm_expression_of(CORM__FUNCTION, CORM__SAME_KIND, function_, NULL,         \
        CORM__PARTS(CORM__WANTED(CORM__ANY_KIND, text_, "a column or an expression", a_)), 1))
/* The texts with `between_` between them, in no order. */
#define corm_join_texts(a_, between_)                                                              \
    CORM__LET2(CORM__JOINED_TEXTS, a_, between_, "corm_join_texts(" #a_ ", ...)")
#define CORM__JOINED_TEXTS(a_, between_, text_)                                                    \
    CORM__COMPUTED(text, TEXT, CORM_FUNCTION_JOIN_TEXTS, 2,                                        \
        CORM__WANTED(CORM__FITS_TEXT, text_, "a text", a_), corm_operand_text(between_))

/* ---- Windows --------------------------------------------------------------------------------- */

/* A function over the rows around the row, which stay rows of their own:
 *   corm_over(corm_rank(), corm_group(Track_.album_id), corm_desc(Track_.plays))
 *   corm_over(corm_sum(Sale_.amount), corm_no_group, corm_asc(Sale_.day))
 * corm_over_rows: over `before_` rows before and `behind_` rows behind it; -1: all of them. */
#define corm_over(function_, group_, order_)                                                       \
    CORM__LET2(CORM__OVER_ROWS, function_, corm__window_of((group_), (order_), false, 0, 0),       \
               "corm_over(" #function_ ", ...)")
#define corm_over_rows(function_, group_, order_, before_, behind_)                                \
    CORM__LET2(CORM__OVER_ROWS, function_,                                                         \
               corm__window_of((group_), (order_), true, (before_), (behind_)),                    \
               "corm_over_rows(" #function_ ", ...)")
#define CORM__OVER_ROWS(function_, window_, text_)                                                 \
    CORM__LIKE_IT(function_, corm__expression_over(                                                \
        CORM__WANTED(CORM__ANY_KIND, text_, "a function", function_), window_))
#define corm_row_number() CORM__COMPUTED(integer, INTEGER, CORM_FUNCTION_ROW_NUMBER, 0, CORM__NONE(corm_condition))
#define corm_rank() CORM__COMPUTED(integer, INTEGER, CORM_FUNCTION_RANK, 0, CORM__NONE(corm_condition))
#define corm_dense_rank() CORM__COMPUTED(integer, INTEGER, CORM_FUNCTION_DENSE_RANK, 0, CORM__NONE(corm_condition))
/* The number of the row's part where the rows are cut into so many equal ones. */
#define corm_ntile(parts_) CORM__LET1(CORM__PART_OF, parts_, ~)
#define CORM__PART_OF(parts_, none_)                                                               \
    CORM__COMPUTED(integer, INTEGER, CORM_FUNCTION_NTILE, 1, corm_operand_integer(parts_))
/* The value in the row so many before, or behind; NULL where there is none. */
#define corm_lag(a_, rows_) CORM__OF_ROW(CORM_FUNCTION_LAG, "corm_lag(" #a_ ", ...)", a_, rows_)
#define corm_lead(a_, rows_) CORM__OF_ROW(CORM_FUNCTION_LEAD, "corm_lead(" #a_ ", ...)", a_, rows_)
#define CORM__OF_ROW(function_, text_, a_, rows_)                                                  \
    CORM__LET2(CORM__ROW_ALIKE, a_, rows_, function_, text_)
#define CORM__ROW_ALIKE(a_, rows_, function_, text_)                                               \
    CORM__LIKE_IT(a_, corm_expression_of(CORM__FUNCTION, CORM__SAME_KIND, function_, NULL,         \
        CORM__PARTS(CORM__WANTED(CORM__ANY_KIND, text_, "a column or an expression", a_),          \
                    corm_operand_integer(rows_)), 2))
#define corm_first_value(a_) CORM__OF_ANY(CORM_FUNCTION_FIRST_VALUE, "corm_first_value(" #a_ ")", a_)
#define corm_last_value(a_) CORM__OF_ANY(CORM_FUNCTION_LAST_VALUE, "corm_last_value(" #a_ ")", a_)

/* clang-format on */

/* ---- Orders and groups ----------------------------------------------------------------------- */

/* Expressions by which rows are sorted, or put together. Small values like conditions. */
typedef struct corm_ordering {
    corm__wants_corm_asc_or_corm_desc count;
    uint16_t wanted; /* more than count: parts that did not fit */
    corm__node nodes[CORM_CONDITION_NODES / 2];
} corm_ordering;

typedef struct corm_grouping {
    corm__wants_corm_group count;
    uint16_t wanted;
    corm__node nodes[CORM_CONDITION_NODES / 2];
} corm_grouping;

/* The last of the parts of a join has a count of UINT16_MAX. */
CORM_API corm_condition corm_expression_call(int kind, const char *name,
                                             const corm_condition *arguments);
CORM_API corm_condition corm_expression_over(corm_condition function, corm_grouping group,
                                             corm_ordering order, bool framed, int64_t before,
                                             int64_t behind);
CORM_API corm_ordering corm_ordering_by(int operator_, corm_condition expression);
CORM_API corm_ordering corm_ordering_nulls(corm_ordering ordering, bool first);
CORM_API corm_ordering corm_ordering_join(const corm_ordering *parts);
CORM_API corm_grouping corm_grouping_by(const corm_condition *parts);

/* What corm_over stands over. */
typedef struct corm__window {
    corm_grouping group;
    corm_ordering order;
    bool framed;
    int64_t before, behind;
} corm__window;
static inline CORM__UNUSED corm__window corm__window_of(corm_grouping group, corm_ordering order,
                                                        bool framed, int64_t before, int64_t behind)
{
    corm__window window;
    window.group = group;
    window.order = order;
    window.framed = framed;
    window.before = before;
    window.behind = behind;
    return window;
}
static inline CORM__UNUSED corm_condition corm__expression_over(corm_condition function,
                                                                corm__window window)
{
    return corm_expression_over(function, window.group, window.order, window.framed, window.before,
                                window.behind);
}

/* clang-format off */

/* Orderings: corm_asc(User_.username); several: corm_order(corm_desc(User_.age),
 * corm_asc(corm_lower(User_.username))). NULL sorts lowest in SQLite, unless the ordering stands in
 * corm_nulls_first or corm_nulls_last. */
#define corm_asc(a_) CORM__SORTED(a_, "corm_asc(" #a_ ")", CORM__ASCENDING)
#define corm_desc(a_) CORM__SORTED(a_, "corm_desc(" #a_ ")", CORM__DESCENDING)
#define CORM__SORTED(a_, text_, how_) CORM__LET1(CORM__SORTED_BY, a_, text_, how_)
#define CORM__SORTED_BY(a_, text_, how_)                                                           \
    corm_ordering_by((how_) + CORM__CHECK(CORM__FITS(a_) != 0,                                     \
        text_ ": it takes a column or an expression"), CORM__OPERAND(a_))
#define corm_nulls_first(ordering_) corm_ordering_nulls((ordering_), true)
#define corm_nulls_last(ordering_) corm_ordering_nulls((ordering_), false)
#define corm_order(...) corm_ordering_join(CORM__LIST(corm_ordering, __VA_ARGS__, CORM__END(corm_ordering)))

/* GROUP BY, or the groups of a window: corm_group(Track_.album_id, corm_year(Track_.made)). */
#define corm_group(...)                                                                            \
    corm_grouping_by(CORM__PARTS(CORM__EACH(CORM__ARGUMENT,                                        \
        "corm_group: it takes columns and expressions", __VA_ARGS__, ) CORM__END(corm_condition)))
#define corm_no_group CORM__NONE(corm_grouping)
#define corm_no_order CORM__NONE(corm_ordering)

/* clang-format on */

#endif /* CORM__EXPRESSION_H */
