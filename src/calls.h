/* calls.h: what a program calls with the names of its models.
 *
 * Owns: the typed calls: new objects, queries, selects, single values, objects by their key.
 * Must not know: what a model list becomes, the implementation. */
#ifndef CORM__CALLS_H
#define CORM__CALLS_H

#include "model.h"

/* clang-format off */

/* A new transient object: corm_new(session, User, .username = "alice", .email = "a@b.c").
 * Columns that are left out get their default or stay unset. Each argument is a plain
 * assignment, so that the compiler checks its type; a comma inside braces would split it: use
 * corm_date_of(...) and corm_some(...). NULL: out of memory, or no session. */
#define corm_new(session_, ...) CORM__NEW(session_, __VA_ARGS__, )
#if defined(__GNUC__) && !defined(CORM_NO_EXTENSIONS)
#define CORM__NEW(session_, model_, ...)                                                           \
    CORM__NEW_(session_, model_, CORM__JOIN2(corm__new_, __COUNTER__), __VA_ARGS__)
#define CORM__NEW_(session_, model_, object_, ...)                                                 \
    __extension__({                                                                                \
        model_ *object_ = (model_ *)corm_object_new((session_), &corm__model_##model_);            \
        CORM__EACH(CORM__NEW_CHECK, model_, __VA_ARGS__)                                           \
        /* one expression: what is temporary in it lives until its texts are copied */             \
        (model_ *)corm_object_made(                                                                \
            object_ == NULL ? object_                                                              \
                            : (CORM__EACH(CORM__NEW_ASSIGN, object_, __VA_ARGS__) object_));       \
    })
#define CORM__NEW_ASSIGN(object_, assignment_) (*object_) assignment_,
#define CORM__NEW_CHECK(model_, assignment_) (void)sizeof(*(*(struct corm__columns_##model_ *)0) assignment_);
#else
/* The standard way: the object being made waits on a stack of the thread. */
#define CORM__NEW(session_, model_, ...)                                                           \
    ((model_ *)(corm_object_making((session_), &corm__model_##model_),                             \
                CORM__EACH(CORM__NEW_ASSIGN, model_, __VA_ARGS__) corm_object_made_last()))
#define CORM__NEW_ASSIGN(model_, assignment_)                                                      \
    (void)sizeof(*(*(struct corm__columns_##model_ *)0) assignment_),                              \
    (void)((*(model_ *)corm_object_in_making()) assignment_),
#endif

/* Queries: corm_all(session, User, .where = ..., .order_by = ..., .load = ..., .limit = 10). */
#define corm_all(session_, ...) CORM__ALL(session_, __VA_ARGS__, )
#define CORM__ALL(session_, model_, ...)                                                           \
    corm__all_##model_((session_), CORM__NOTED(CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__)))
/* Deferred columns that a query loads all the same, each in a statement of its own: .load =
 * corm_load_columns(Photo_.data, Photo_.notes). Of any of the models that the query loads. */
#define corm_load_columns(...)                                                                     \
    corm_loading_columns((const corm_column_ref[]){CORM__EACH(CORM__LOAD_COLUMN, ~, __VA_ARGS__, )}, \
                         CORM__COUNT(__VA_ARGS__))
#define CORM__LOAD_COLUMN(data_, column_) (column_).column,
/* The rows of the query one at a time: see corm_stream_next.
 *   corm_stream *stream = corm_stream_open(session, Post, .where = ...);
 *   for (const Post *post; (post = corm_stream_next(stream)) != NULL;) ...
 *   corm_status status = corm_stream_close(stream); */
#define corm_stream_open(session_, ...) CORM__STREAM_OPEN(session_, __VA_ARGS__, )
#define CORM__STREAM_OPEN(session_, model_, ...)                                                   \
    corm_query_stream((session_), CORM__NOTED(CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__)))
/* The first object of the query, NULL if there is none. */
#define corm_first(session_, ...) CORM__FIRST(session_, __VA_ARGS__, )
#define CORM__FIRST(session_, model_, ...)                                                         \
    ((model_ *)corm_query_first((session_),                                                        \
                                CORM__NOTED(CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__))))
/* The only object of the query; NULL and an error if there is none or more than one. */
#define corm_one(session_, ...) CORM__ONE(session_, __VA_ARGS__, )
#define CORM__ONE(session_, model_, ...)                                                           \
    ((model_ *)corm_query_one((session_),                                                          \
                              CORM__NOTED(CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__))))
/* How many rows match; -1 on error. */
#define corm_count(session_, ...) CORM__COUNT_ROWS(session_, __VA_ARGS__, )
#define CORM__COUNT_ROWS(session_, model_, ...)                                                    \
    corm_query_count((session_), CORM__NOTED(CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__)))
/* The SQL that corm_all would run, with its values, to be read: see corm_query_text. */
#define corm_query_sql(session_, ...) CORM__QUERY_SQL(session_, __VA_ARGS__, )
#define CORM__QUERY_SQL(session_, model_, ...)                                                     \
    corm_query_text((session_), CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__))
/* How the database would answer it, and what it misses: see corm_query_explain. */
#define corm_explain(session_, ...) CORM__EXPLAIN(session_, __VA_ARGS__, )
#define CORM__EXPLAIN(session_, model_, ...)                                                       \
    corm_query_explain((session_), CORM__AT(corm_query, model, &corm__model_##model_, __VA_ARGS__))
/* A query that is built up and kept, and runs as often as one likes; texts and lists in it are borrowed,
 * corm_var reads the program's variables each time:
 *   corm_query adults = corm_query_of(User, .where = corm_ge(User_.age, corm_var(&minimum)));
 *   if (name != NULL)
 *       adults.where = corm_and(adults.where, corm_starts_with(User_.name, name));
 *   User_list found = corm_all_of(session, User, &adults); */
#define corm_query_of(...) CORM__QUERY_OF(__VA_ARGS__, )
#define CORM__QUERY_OF(model_, ...) CORM__MADE(corm_query, model, &corm__model_##model_, __VA_ARGS__)
#define corm_all_of(session_, model_, query_) corm__all_##model_((session_), CORM__NOTED((query_)))
#define corm_first_of(session_, model_, query_) ((model_ *)corm_query_first((session_), CORM__NOTED((query_))))
#define corm_one_of(session_, model_, query_) ((model_ *)corm_query_one((session_), CORM__NOTED((query_))))
#define corm_count_of(session_, query_) corm_query_count((session_), CORM__NOTED((query_)))

/* Rows of any shape, as structs that CORM_ROW has declared:
 *   Sales_list top = corm_select(session, Sales,
 *                                .fields   = corm_fields(corm_field(Sales_.artist, Artist_.name),
 *                                                        corm_field(Sales_.tracks, corm_count_rows())),
 *                                .from     = corm_from(Track),
 *                                .join     = corm_joins(corm_inner_join(Track_.album), corm_inner_join(Album_.artist)),
 *                                .group_by = corm_group(Artist_.id),
 *                                .order_by = corm_desc(Sales_.tracks)); */
#define corm_select(session_, ...) CORM__SELECT(session_, __VA_ARGS__, )
#define CORM__SELECT(session_, row_, ...)                                                          \
    corm__rows_of_##row_(corm_select_rows(                                                         \
        (session_), CORM__NOTED(CORM__AT(corm_select, row, &corm__model_##row_, __VA_ARGS__))))
/* The same one at a time, with the memory of one row: see corm_stream_next. */
#define corm_select_stream(session_, ...) CORM__SELECT_STREAM(session_, __VA_ARGS__, )
#define CORM__SELECT_STREAM(session_, row_, ...)                                                   \
    corm_select_rows_stream((session_), CORM__NOTED(CORM__AT(corm_select, row, &corm__model_##row_, __VA_ARGS__)))
/* One for .with, .compound and kept ones; run by corm_select_of. */
#define corm_select_for(...) CORM__SELECT_FOR(__VA_ARGS__, )
#define CORM__SELECT_FOR(row_, ...) CORM__MADE(corm_select, row, &corm__model_##row_, __VA_ARGS__)
#define corm_select_of(session_, row_, select_)                                                    \
    corm__rows_of_##row_(corm_select_rows((session_), CORM__NOTED((select_))))

/* What corm_query_sql and corm_explain are for objects. */
#define corm_select_sql(session_, ...) CORM__SELECT_SQL(session_, __VA_ARGS__, )
#define CORM__SELECT_SQL(session_, row_, ...)                                                      \
    corm_select_text((session_), CORM__AT(corm_select, row, &corm__model_##row_, __VA_ARGS__))
#define corm_explain_select(session_, ...) CORM__EXPLAIN_SELECT(session_, __VA_ARGS__, )
#define CORM__EXPLAIN_SELECT(session_, row_, ...)                                                  \
    corm_select_explain((session_), CORM__AT(corm_select, row, &corm__model_##row_, __VA_ARGS__))

/* One column or expression of each row, as a list of the OPTIONAL of its kind (texts as const char *, NULL
 * where there is none; blobs as corm_blob): corm_integer_values, corm_real_values, corm_text_values ...
 *   corm_integer_values ages = corm_values(session, User, User_.age, .where = ...);
 *   for (size_t i = 0; i < ages.count; i++)
 *       if (ages.items[i].has_value) ... ages.items[i].value
 * corm_scalar: that of the first row, none where there is no row:
 *   corm_optional_real mean = corm_scalar(session, User, corm_average(User_.age)); */
#define corm_values(session_, ...) CORM__VALUES(session_, __VA_ARGS__, )
#define CORM__VALUES(session_, model_, value_, ...)                                                \
    CORM__LET3(CORM__RESULTS, value_, session_,                                                    \
               CORM__AT(corm_select, from, &corm__model_##model_, __VA_ARGS__), corm__values,    \
               "corm_values(..., " #model_ ", " #value_ ")")
#define corm_scalar(session_, ...) CORM__SCALAR(session_, __VA_ARGS__, )
#define CORM__SCALAR(session_, model_, value_, ...)                                                \
    CORM__LET3(CORM__RESULTS, value_, session_,                                                    \
               CORM__AT(corm_select, from, &corm__model_##model_, __VA_ARGS__), corm__scalar,    \
               "corm_scalar(..., " #model_ ", " #value_ ")")
#define CORM__RESULTS(value_, session_, select_, do_, text_)                                       \
    CORM__BY_KIND(value_, do_, corm_select_values((session_), CORM__NOTED((select_) + CORM__CHECK( \
        CORM__FITS(value_) & (CORM__ANY_KIND & ~CORM__FITS_CUSTOM), text_                          \
        ": it takes a column or an expression, not of a kind of your own")), CORM__OPERAND(value_)))
#define CORM__BY_KIND(value_, do_, rows_)                                                          \
    _Generic((value_), CORM__BY_TYPE(do_, do_##_integer))(rows_)
#define CORM__VALUE_LIST(X)                                                                        \
    X(integer, corm_optional_integer) X(real, corm_optional_real) X(boolean, corm_optional_boolean) \
    X(text, const char *) X(blob, corm_blob) X(date, corm_optional_date)                           \
    X(datetime, corm_optional_datetime) X(time, corm_optional_time)                                \
    X(decimal, corm_optional_decimal) X(uuid, corm_optional_uuid) X(json, const char *)            \
    X(enum, corm_optional_enum)
#define CORM__VALUE_TYPE(name_, type_)                                                             \
    typedef struct corm_##name_##_values {                                                         \
        type_ *items;                                                                              \
        size_t count;                                                                              \
    } corm_##name_##_values;                                                                       \
    static inline CORM__UNUSED corm_##name_##_values corm__values_##name_(corm_rows corm__rows)    \
    {                                                                                              \
        corm_##name_##_values corm__typed = {(type_ *)corm__rows.items, corm__rows.count};         \
        return corm__typed;                                                                        \
    }                                                                                              \
    static inline CORM__UNUSED type_ corm__scalar_##name_(corm_rows corm__rows)                    \
    {                                                                                              \
        type_ corm__none;                                                                          \
        memset(&corm__none, 0, sizeof corm__none);                                                 \
        return corm__rows.count > 0 ? ((type_ *)corm__rows.items)[0] : corm__none;                 \
    }
CORM__VALUE_LIST(CORM__VALUE_TYPE)
#undef CORM__VALUE_TYPE
#undef CORM__VALUE_LIST

/* By primary key, all parts of it in order: corm_get(session, User, 1). NULL if there is no such
 * row. */
#define corm_get(session_, ...) CORM__GET(session_, __VA_ARGS__, )
#define CORM__GET(session_, model_, ...)                                                           \
    ((model_ *)corm_object_get((session_), &corm__model_##model_,                                  \
                               CORM__NOTED(((const corm_value[]){CORM__EACH(CORM__GET_KEY, ~, __VA_ARGS__)})), \
                               0 CORM__EACH(CORM__GET_COUNT, (model_, CORM__COUNT(__VA_ARGS__)), __VA_ARGS__)))
/* The session's own object for the row that `object_` speaks of, with what `object_` holds copied
 * onto it: see corm_object_merge. Of the type of `object_`, which is evaluated once. */
#if defined(__GNUC__) && !defined(CORM_NO_EXTENSIONS)
#define corm_merge(session_, object_)                                                              \
    ((__typeof__(1 ? (object_) : (object_)))corm_object_merge((session_), (object_)))
#else
#define corm_merge(session_, object_) corm_object_merge((session_), (object_))
#endif
#define CORM__GET_KEY(data_, value_) CORM__KEY(value_),
#define CORM__GET_COUNT(key_, value_)                                                              \
    + 1 + CORM__CHECK(CORM__IS_KEY(value_, CORM__GET_KINDS key_), CORM__GET_TEXT key_ #value_       \
                      "): the value is of another type than the key")
/* `end_` is 2 where there is one value. */
#define CORM__GET_KINDS(model_, end_) (end_ == 2 ? corm__keys_##model_ : 0)
#define CORM__GET_TEXT(model_, end_) "corm_get(" #model_ ", "

/* clang-format on */

#endif /* CORM__CALLS_H */
