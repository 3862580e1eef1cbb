/* writing.h: writing by query and by array.
 *
 * Owns: what an UPDATE, a DELETE and an INSERT of many rows are: assignments, their arguments, the
 * calls; the macros that let the compiler check names and value types.
 * Must not know: how any of it is done. */
#ifndef CORM__WRITING_H
#define CORM__WRITING_H

#include "session.h"

/* ---- Assignments ------------------------------------------------------------------------------- */

/* Columns and what they get: a value, like corm_condition, that may be built in an `if` and kept. Each
 * is an equality of a column; texts, blobs in it are borrowed until the statement has run. The zero
 * value assigns nothing. */
typedef struct corm_assignments {
    corm_condition terms;
} corm_assignments;

/* Type-erased makers; the macros below choose among them. */
CORM_API corm_assignments corm_assignment_of(corm_condition equality);
CORM_API corm_assignments corm_assignment_null(corm_column_ref column);
CORM_API corm_assignments corm_assignment_column(corm_column_ref column, corm_column_ref other);
CORM_API corm_assignments corm_assignments_join(const corm_assignments *parts, size_t count);

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
 * An UPDATE counts the version up and calls .update_function, once for the statement: its object is
 * a struct of the model with the assigned values, and zero for the rest. Validators are asked, hooks
 * of objects are not called. A DELETE deletes rows, and leaves what refers to them to the foreign
 * keys' ON DELETE: the relationships' cascades are those of corm_delete. */
CORM_API int64_t corm_query_update(corm_session *session, const corm_update *update);
CORM_API int64_t corm_query_delete(corm_session *session, const corm_deletion *deletion);
/* The same; the objects of those rows, in no order. Of deleted rows too: they are in the state that
 * corm_delete and a flush would have brought them to. Empty on error: corm_last_status tells. */
CORM_API corm_list corm_query_update_returning(corm_session *session, const corm_update *update);
CORM_API corm_list corm_query_delete_returning(corm_session *session,
                                               const corm_deletion *deletion);

/* ---- What the user writes ---------------------------------------------------------------------- */

/* clang-format off */

/* How an argument of keywords is handed over. */
#define CORM__ARGUMENT(type_, ...) &(const type_){__VA_ARGS__}

/* The column gets the value, of a type as in corm_eq: corm_set(User_.age, 18). NULL for a TEXT or a
 * JSON, and a corm_blob without data, are NULL. */
#define corm_set(column_, value_)                                                                  \
    corm_assignment_of(CORM__COMPARE(CORM__EQ, "corm_set(" #column_ ", " #value_ ")", column_, value_))
/* OPTIONAL columns: NULL. */
#define corm_set_null(column_) corm_assignment_null((column_).column)
/* What another column of the row has, before the statement. */
#define corm_set_column(column_, other_)                                                           \
    corm_assignment_column((column_).column, (corm_column_ref){(other_).column.model,              \
        (other_).column.index + CORM__CHECK(                                                       \
            sizeof *(column_).corm__kind == sizeof *(other_).corm__kind, "corm_set_column("        \
            #column_ ", " #other_ "): the columns are of different kinds")})
/* Several; those that are zero are left out. */
#define corm_sets(...)                                                                             \
    corm_assignments_join((const corm_assignments[]){__VA_ARGS__},                                 \
                          sizeof((const corm_assignments[]){__VA_ARGS__}) / sizeof(corm_assignments))

/* int64_t rows = corm_update_all(session, User, .set = corm_set(User_.active, false),
 *                                .where = corm_lt(User_.age, 18)); */
#define corm_update_all(session_, ...) CORM__UPDATE(session_, __VA_ARGS__, )
#define CORM__UPDATE(session_, model_, ...)                                                        \
    corm_query_update((session_), CORM__ARGUMENT(corm_update, .model = &corm__model_##model_, __VA_ARGS__))
/* int64_t rows = corm_delete_all(session, Post, .where = corm_eq(Post_.user_id, 7)); */
#define corm_delete_all(session_, ...) CORM__DELETE(session_, __VA_ARGS__, )
#define CORM__DELETE(session_, model_, ...)                                                        \
    corm_query_delete((session_), CORM__ARGUMENT(corm_deletion, .model = &corm__model_##model_, __VA_ARGS__))
/* The same, giving the objects: User_list changed = corm_update_returning(session, User, ...); */
#define corm_update_returning(session_, ...) CORM__UPDATE_RETURNING(session_, __VA_ARGS__, )
#define CORM__UPDATE_RETURNING(session_, model_, ...)                                              \
    corm__list_of_##model_(corm_query_update_returning((session_),                                 \
        CORM__ARGUMENT(corm_update, .model = &corm__model_##model_, __VA_ARGS__)))
#define corm_delete_returning(session_, ...) CORM__DELETE_RETURNING(session_, __VA_ARGS__, )
#define CORM__DELETE_RETURNING(session_, model_, ...)                                              \
    corm__list_of_##model_(corm_query_delete_returning((session_),                                 \
        CORM__ARGUMENT(corm_deletion, .model = &corm__model_##model_, __VA_ARGS__)))

/* clang-format on */

#endif /* CORM__WRITING_H */
