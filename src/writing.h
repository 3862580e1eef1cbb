/* writing.h: writing by query and by array.
 *
 * Owns: what an UPDATE, a DELETE and an INSERT of many rows are: assignments, their arguments, the
 * calls; the macros that let the compiler check names and value types.
 * Must not know: how any of it is done. */
#ifndef CORM__WRITING_H
#define CORM__WRITING_H

#include "session.h"

/* ---- Assignments ------------------------------------------------------------------------------- */

typedef uint16_t corm__wants_corm_set;

/* Columns and what they get: a value, like corm_condition, that may be built in an `if` and kept.
 * Texts, blobs, lists and variables in it are borrowed until the statement has run. The zero value
 * assigns nothing. */
typedef struct corm_assignments {
    corm__wants_corm_set count;
    uint16_t wanted; /* more than count: parts that did not fit */
    corm__node nodes[2 * CORM_CONDITION_NODES];
} corm_assignments;

/* Type-erased makers; the macros below choose among them. The last of `parts` has a count of
 * UINT16_MAX. */
CORM_API corm_assignments corm_assignment_of(corm_column_ref column, corm_condition value);
CORM_API corm_assignments corm_assignment_null(corm_column_ref column);
CORM_API corm_assignments corm_assignments_join(const corm_assignments *parts);

/* ---- UPDATE and DELETE ------------------------------------------------------------------------- */

/* What corm_update_all takes after the model, as keyword arguments. */
typedef struct corm_update {
    const corm_model *model CORM__ZERO;
    corm_assignments set CORM__ZERO; /* corm_set(...), or several in corm_sets(...) */
    corm_condition where CORM__ZERO; /* which rows; without it, .all_rows must say so */
    bool all_rows CORM__ZERO;        /* every row of the model */
} corm_update;

/* What corm_delete_all takes after the model. */
typedef struct corm_deletion {
    const corm_model *model CORM__ZERO;
    corm_condition where CORM__ZERO;
    bool all_rows CORM__ZERO;
} corm_deletion;

/* Both flush first, whatever .no_autoflush says, because the statement works on rows; it runs in the
 * session's transaction. The result is the number of rows, -1 on error: wrong arguments change
 * nothing; a statement that fails is undone as a failed flush is, and the session waits for
 * corm_rollback.
 *
 * Afterwards the session's objects are as their rows: members have the new values, a deleted row's
 * object is deleted (detached by the commit, persistent again by a rollback), and what ON DELETE and
 * ON UPDATE of the models' foreign keys did to other rows is seen in their objects. Loaded
 * collections lose what was deleted; one whose columns were changed is loaded anew.
 *
 * An UPDATE counts the version up and calls .update_function, once for the statement: its object is a
 * struct of the model with the assigned values, and zero for the rest and for what the database
 * computes. Validators are asked, hooks of objects are not called. A DELETE deletes rows, and leaves
 * what refers to them to the foreign keys' ON DELETE: the relationships' cascades are those of
 * corm_delete. */
CORM_API int64_t corm_query_update(corm_session *session, const corm_update *update);
CORM_API int64_t corm_query_delete(corm_session *session, const corm_deletion *deletion);
/* The same; the objects of those rows, in no order. Of deleted rows too: they are in the state that
 * corm_delete and a flush would have brought them to. Empty on error: corm_last_status tells. */
CORM_API corm_list corm_query_update_returning(corm_session *session, const corm_update *update);
CORM_API corm_list corm_query_delete_returning(corm_session *session,
                                               const corm_deletion *deletion);

/* ---- INSERT ------------------------------------------------------------------------------------ */

/* Columns of one model. */
typedef struct corm_column_list {
    const corm_model *model; /* NULL: none */
    const corm_model *other; /* NULL, or another model: refused when it is used */
    uint64_t columns;        /* a bit for each, by index */
} corm_column_list;
CORM_API corm_column_list corm_column_list_of(const corm_column_ref *columns, size_t count);

/* What became of the rows of an INSERT. */
typedef struct corm_insertion_counts {
    int64_t inserted, updated, ignored;
} corm_insertion_counts;

/* What corm_insert_all takes after the model, the rows and their number. */
typedef struct corm_insertion {
    const corm_model *model CORM__ZERO;
    void *rows CORM__ZERO; /* an array of structs of the model, which are no objects of a session */
    size_t count CORM__ZERO;
    /* Upsert: the columns in which a row that is there may conflict with a new one: the primary key or
     * what the model declares as unique. */
    corm_column_list on_conflict CORM__ZERO; /* corm_conflict_on(User_.email) */
    /* ... and these columns of that row get the new row's values; with .on_conflict */
    corm_column_list update CORM__ZERO; /* corm_columns_of(User_.name, User_.age) */
    /* ... or the new row is left out; without .on_conflict whatever it conflicts in */
    bool ignore CORM__ZERO;
    /* Gets what became of them, if not NULL; whether a row will be updated is asked before, for each */
    corm_insertion_counts *counts CORM__ZERO;
} corm_insertion;

/* Inserts structs, in their order. What is pending is flushed first; then all rows are checked as a
 * flush checks objects, and one that does not fit is an error that names it and writes nothing; a
 * statement that fails is undone as a failed flush is. Every member is a value, zero and NULL too, but:
 * an INTEGER key of 0 is given by the database, a version of 0 begins at 1, the discriminator follows
 * from the model, .generated columns are not looked at, and what corm_rows_blank has left unset comes
 * from .default_function or .server_default or is NULL. Keys that were given are written into the array,
 * and after a failure taken out again: a text among them lives as one of corm_text. Validators are
 * asked, with the struct as object; hooks of objects are not called.
 *
 * The result is the number of rows inserted or updated, -1 on error. An object that the session has of
 * such a row is read again. */
CORM_API int64_t corm_rows_insert(corm_session *session, const corm_insertion *insertion);
/* The same; the objects of the rows that were inserted or updated, in the order of the array. */
CORM_API corm_list corm_rows_insert_returning(corm_session *session,
                                              const corm_insertion *insertion);
/* Gives every member of every struct its default, or leaves it unset, as corm_new does. */
CORM_API corm_status corm_rows_prepare(corm_session *session, const corm_model *model, void *rows,
                                       size_t count);

/* ---- What the user writes ---------------------------------------------------------------------- */

/* clang-format off */

/* The column gets a value of C, what another column of the row has, or any expression over the row as it
 * is before the statement: corm_set(User_.age, 18), corm_set(User_.logins, corm_plus(User_.logins, 1)),
 * corm_set(User_.nick, corm_lower(User_.name)). Of the column's type, as in corm_eq; a REAL takes an INTEGER
 * too. A NULL text, a corm_blob without data, and an OPTIONAL member that is absent are NULL. */
#define corm_set(column_, value_)                                                                  \
    CORM__LET2(CORM__SET, column_, value_, "corm_set(" #column_ ", " #value_ ")")
#define CORM__SET(column_, value_, text_)                                                          \
    corm_assignment_of((column_).column, corm_expression_of(CORM__FIELD, CORM_KIND_COUNT + CORM__CHECK( \
        CORM__FITS_INTO(column_, value_),                                                          \
        text_ CORM__OTHER_TYPE "is set by corm_set_null)"), 0, NULL,                               \
        CORM__PARTS(CORM__OPERAND(value_)), 1))
/* OPTIONAL columns: NULL. */
#define corm_set_null(column_) corm_assignment_null((column_).column)
/* Several; those that are zero are left out. */
#define corm_sets(...)                                                                             \
    corm_assignments_join(CORM__LIST(corm_assignments, __VA_ARGS__, CORM__END(corm_assignments)))

/* int64_t rows = corm_update_all(session, User, .set = corm_set(User_.active, false),
 *                                .where = corm_lt(User_.age, 18)); */
#define corm_update_all(session_, ...) CORM__UPDATE(session_, __VA_ARGS__, )
#define CORM__UPDATE(session_, model_, ...)                                                        \
    corm_query_update((session_), CORM__NOTED(CORM__AT(corm_update, model, &corm__model_##model_, __VA_ARGS__)))
/* int64_t rows = corm_delete_all(session, Post, .where = corm_eq(Post_.user_id, 7)); */
#define corm_delete_all(session_, ...) CORM__DELETE(session_, __VA_ARGS__, )
#define CORM__DELETE(session_, model_, ...)                                                        \
    corm_query_delete((session_), CORM__NOTED(CORM__AT(corm_deletion, model, &corm__model_##model_, __VA_ARGS__)))
/* The same, giving the objects: User_list changed = corm_update_returning(session, User, ...); */
#define corm_update_returning(session_, ...) CORM__UPDATE_RETURNING(session_, __VA_ARGS__, )
#define CORM__UPDATE_RETURNING(session_, model_, ...)                                              \
    corm__list_of_##model_(corm_query_update_returning((session_),                                 \
        CORM__NOTED(CORM__AT(corm_update, model, &corm__model_##model_, __VA_ARGS__))))
#define corm_delete_returning(session_, ...) CORM__DELETE_RETURNING(session_, __VA_ARGS__, )
#define CORM__DELETE_RETURNING(session_, model_, ...)                                              \
    corm__list_of_##model_(corm_query_delete_returning((session_),                                 \
        CORM__NOTED(CORM__AT(corm_deletion, model, &corm__model_##model_, __VA_ARGS__))))

/* int64_t rows = corm_insert_all(session, User, users, count);
 * ... corm_insert_all(session, User, users, count, .on_conflict = corm_conflict_on(User_.email),
 *                     .update = corm_columns_of(User_.name, User_.age)); */
#define corm_insert_all(session_, ...) CORM__INSERT(session_, __VA_ARGS__, )
#define CORM__INSERT(session_, model_, rows_, count_, ...)                                         \
    corm_rows_insert((session_), CORM__NOTED(CORM__AT(corm_insertion, model, &corm__model_##model_, \
        .rows = (rows_), .count = CORM__ROW_COUNT("corm_insert_all", model_, rows_, count_), __VA_ARGS__)))
/* The same, giving the objects. */
#define corm_insert_returning(session_, ...) CORM__INSERT_RETURNING(session_, __VA_ARGS__, )
#define CORM__INSERT_RETURNING(session_, model_, rows_, count_, ...)                               \
    corm__list_of_##model_(corm_rows_insert_returning((session_), CORM__NOTED(                     \
        CORM__AT(corm_insertion, model, &corm__model_##model_, .rows = (rows_),                    \
            .count = CORM__ROW_COUNT("corm_insert_returning", model_, rows_, count_), __VA_ARGS__))))
/* Before members are assigned: User users[100]; corm_rows_blank(session, User, users, 100); */
#define corm_rows_blank(session_, model_, rows_, count_)                                           \
    corm_rows_prepare((session_), &corm__model_##model_, (rows_),                                  \
                      CORM__ROW_COUNT("corm_rows_blank", model_, rows_, count_))
#define CORM__ROW_COUNT(call_, model_, rows_, count_)                                              \
    ((count_) + (size_t)CORM__CHECK(_Generic((rows_), model_ *: 1, default: 0), call_ "(session, " #model_ ", " \
        #rows_ ", ...): the rows are an array of " #model_ ", which is not const"))

#define corm_conflict_on(...) CORM__COLUMN_LIST(__VA_ARGS__)
#define corm_columns_of(...) CORM__COLUMN_LIST(__VA_ARGS__)
#define CORM__COLUMN_LIST(...)                                                                     \
    corm_column_list_of((const corm_column_ref[]){CORM__EACH(CORM__COLUMN_OF, ~, __VA_ARGS__, )},  \
                        sizeof((const corm_column_ref[]){CORM__EACH(CORM__COLUMN_OF, ~, __VA_ARGS__, )}) / \
                            sizeof(corm_column_ref))
#define CORM__COLUMN_OF(data_, column_) (column_).column,

/* clang-format on */

#endif /* CORM__WRITING_H */
