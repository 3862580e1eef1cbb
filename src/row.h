/* row.h: structs that hold one row of any query.
 *
 * Owns: what CORM_ROW makes of a list of columns: the struct, its list, the handles of its columns
 * and its descriptor.
 * Must not know: the implementation, how rows are read. */
#ifndef CORM__ROW_H
#define CORM__ROW_H

#include "calls.h"

/* The options of COLUMN(KIND, name, options...) in CORM_ROW. A row is read and never written: what
 * models say of tables has no meaning there. */
typedef struct corm_row_options {
    const char *name; /* of the column in the query; NULL: as the member */
} corm_row_options;

/* clang-format off */

/* ---- What the user writes -----------------------------------------------------------------------------
 * CORM_ROW(<Row>, <LIST>), in a header or a .c file, in no schema; no semicolon behind it:
 *   typedef struct <Row> <Row>;                  (not for EXISTING(<Row>), which is there)
 *   struct <Row> { <type> <column>; ... };
 *   typedef struct <Row>_list { <Row> *items; size_t count; } <Row>_list;
 *   struct corm__columns_<Row> { char *<column>; ... char *corm__end; };
 *   static const corm_column corm__column_list_<Row>[] = {{.name = "<column>", ...}, ...};
 *   static const corm_model corm__model_<Row> = {...};
 *   static const struct corm__handles_<Row> { corm_<type>_column <column>; ... } <Row>_ = {...};
 *   static inline <Row>_list corm__rows_of_<Row>(corm_rows);
 *   static inline <Row>_list corm__plain_<Row>(corm_session *, const char *, const corm_parameter *, size_t);
 * The list has a row for each column, as a model's has, without relationships:
 *   #define SALES(COLUMN)                                                                             \
 *       COLUMN(TEXT,           artist)                                                                \
 *       COLUMN(OPTIONAL(REAL), total, .name = "sum of totals")
 *   CORM_ROW(Sales, SALES)
 * Rows are plain structs and no objects: they have no key, no session tracks them, and a list is an
 * array of them: sales.items[i].artist. Lists and their texts belong to the session and live as all
 * lists do: until the next transaction begins, or corm_free_lists. */
#define CORM_ROW(...) CORM__APPLY(CORM__ROW_, CORM__MODEL_HEAD(__VA_ARGS__))
#define CORM__ROW_(is_, row_, list_)                                                               \
    CORM__CHECK_LIST(row_, list_, CORM__SKIP)                                                      \
    CORM__TYPEDEF_##is_(row_)                                                                      \
    CORM__ROW_STRUCT_##is_(row_, list_)                                                            \
    typedef struct row_##_list {                                                                   \
        row_ *items;                                                                               \
        size_t count;                                                                              \
    } row_##_list;                                                                                 \
    struct corm__columns_##row_ {                                                                  \
        CORM__WALK(list_((CORM__ROW_POINTER, row_) CORM__COLUMN_HEAD))                             \
        char *corm__end;                                                                           \
    };                                                                                             \
    CORM__QUIET                                                                                    \
    static CORM__UNUSED const corm_column corm__column_list_##row_[] = {                           \
        CORM__WALK(list_((CORM__DESCRIBE, row_) CORM__COLUMN_WORDS)) CORM__NO_COLUMN};             \
    CORM__CHECK_ROW(row_, list_)                                                                   \
    CORM__LOUD                                                                                     \
    static CORM__UNUSED const corm_model corm__model_##row_ = CORM__ROW_MODEL(                     \
        #row_, sizeof(row_), corm__column_list_##row_, CORM__COLUMN_NUMBER(row_, corm__end),       \
        CORM__EXISTS_##is_);                                                                       \
    static CORM__UNUSED const struct corm__handles_##row_ {                                        \
        CORM__WALK(list_((CORM__HANDLE, row_) CORM__COLUMN_HEAD))                                  \
    } row_##_ = {CORM__WALK(list_((CORM__HANDLE_VALUE, row_) CORM__COLUMN_HEAD))};                 \
    static inline CORM__UNUSED row_##_list corm__rows_of_##row_(corm_rows corm__found)             \
    {                                                                                              \
        row_##_list corm__typed = {(row_ *)corm__found.items, corm__found.count};                  \
        return corm__typed;                                                                        \
    }                                                                                              \
    static inline CORM__UNUSED row_##_list corm__plain_##row_(                                     \
        corm_session *corm__s, const char *corm__text, const corm_parameter *corm__v, size_t corm__n) \
    {                                                                                              \
        return corm__rows_of_##row_(                                                               \
            corm_sql_rows(corm__s, &corm__model_##row_, corm__text, corm__v, corm__n));            \
    }

#define CORM__NO_COLUMN {.name = NULL}
#define CORM__ROW_MODEL(name_, size_, columns_, count_, existing_)                                 \
    {.name = name_, .size = size_, .columns = columns_, .column_count = count_,                    \
     .existing = existing_, .row = true}

#define CORM__ROW_STRUCT_corm__new(row_, list_)                                                          \
    struct row_ {                                                                                  \
        CORM__WALK(list_((CORM__MEMBER, row_) CORM__COLUMN_SAID))                                  \
    } CORM__MAY_ALIAS;
#define CORM__ROW_STRUCT_EXISTING(row_, list_)                                                     \
    CORM__WALK(list_((CORM__MEMBER_CHECK, row_) CORM__COLUMN_SAID))

/* Another name for a row that .with makes a table, for a query that reads it twice: handles of its own.
 *   CORM_ROW_ALIAS(above, Branch, BRANCH) */
#define CORM_ROW_ALIAS(alias_, row_, list_)                                                        \
    static CORM__UNUSED const corm_model corm__model_##alias_ = {                                  \
        .name = #alias_, .alias_of = &corm__model_##row_, .row = true};                            \
    static CORM__UNUSED const struct corm__handles_##row_ alias_##_ = {                            \
        CORM__WALK(list_((CORM__ALIAS_COLUMN, (alias_, row_)) CORM__COLUMN_HEAD))};

#define CORM__ROW_POINTER(...) CORM__ROW_POINTER_(__VA_ARGS__)
#define CORM__ROW_POINTER_(row_, kind_, optional_, type_, word_, name_, ...) char *name_;

/* ---- Mistakes -----------------------------------------------------------------------------------------
 *   static inline void corm__check_row_<Row>(void)
 *   {
 *       { typedef corm_row_options <Row>_<column>;
 *         (void)sizeof((<Row>_<column>){<options>}); }
 *       _Static_assert(<none, or .name>, <sentence>); ...
 *   }
 * The sentence is for the first option; the type's name is what both compilers print for others. */
#if defined(CORM_NO_ROW_CHECKS)
#define CORM__CHECK_ROW(row_, list_)
#else
#define CORM__CHECK_ROW(row_, list_)                                                               \
    static inline CORM__UNUSED void corm__check_row_##row_(void)                                   \
    {                                                                                              \
        CORM__WALK(list_((CORM__ROW_CHECK, row_) CORM__COLUMN_WORDS))                              \
    }
#endif
#define CORM__ROW_CHECK(...) CORM__ROW_CHECK_(__VA_ARGS__)
#define CORM__ROW_CHECK_(row_, kind_, optional_, type_, word_, name_, ...)                         \
    {                                                                                              \
        _Static_assert(CORM__ROW_NAMES(#__VA_ARGS__), #row_ "." #name_ ": a column of CORM_ROW is read and "  \
            "never written: its only option is .name, leave the others to the models");            \
        typedef corm_row_options row_##_##name_;                                                   \
        (void)sizeof((row_##_##name_){.name = NULL, __VA_ARGS__});                                 \
    }
#if defined(__GNUC__)
#define CORM__ROW_NAMES(text_) (sizeof text_ < 2 || __builtin_strncmp(text_, ".name", 5) == 0)
#else
#define CORM__ROW_NAMES(text_) 1
#endif

/* clang-format on */

#endif /* CORM__ROW_H */
