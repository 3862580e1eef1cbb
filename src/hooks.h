/* hooks.h: functions of the program that corm calls when something happens to objects.
 *
 * Owns: validators of columns, hooks of models and sessions, how a hook refuses.
 * Must not know: models, how sessions work. docs/hooks.md tells the order in which hooks run. */
#ifndef CORM__HOOKS_H
#define CORM__HOOKS_H

#include "core.h"

struct corm_session;

/* ---- Validators ------------------------------------------------------------------------------ */

/* COLUMN(TEXT, email, .validate = check_email): whether the value may be written. Called at the
 * flush, before its first statement, for every value that the program has set (INSERT) or changed
 * (UPDATE), after corm's own checks; not for NULL, and not for keys that corm or the database fills
 * in. `value` is what the table will hold: an ENUM, a DATE or a UUID is its text, a DECIMAL its
 * units. All is borrowed during the call; the object must not be changed. */
typedef bool (*corm_validator)(struct corm_session *session, const void *object,
                               const corm_value *value);

/* Says why a validator or a hook refuses: `return corm_refuse(session, "must have an @");`.
 * Always false. The flush then fails with CORM_REFUSED; table, column, value and object are put
 * around the words. Outside of a hook: CORM_MISUSE. */
CORM_API bool corm_refuse(struct corm_session *session, const char *format, ...) CORM__PRINTF(2, 3);

/* ---- Hooks ----------------------------------------------------------------------------------- */

/* true: go on; false: refused, see corm_refuse. `context` is that of the struct. `object` is a
 * struct of the model: `User *user = object;`. The session may not be used in it, but for
 * corm_text and corm_new; members, and relationships that are loaded, may be read. */
typedef bool (*corm_object_hook)(struct corm_session *session, void *object, void *context);
/* The session may be used, but must not be committed, rolled back or closed, and in before_flush and
 * after_flush not be flushed. */
typedef bool (*corm_session_hook)(struct corm_session *session, void *context);
/* Cannot refuse; the session may not be used. */
typedef void (*corm_session_notice)(struct corm_session *session, void *context);

/* What is called when; NULL: nothing. Given to a model, MODEL(User, "users", USER, .hooks =
 * &user_hooks), it is for the model's objects, and those of models that inherit from it, and leaves
 * the session's members NULL; given to a session, it is for all models. It is borrowed, must outlive
 * the engine or session, and may be used by several threads at once. */
typedef struct corm_hooks {
    /* In a flush, before its first statement: may change the object's own columns, which are checked
     * after that. before_update only comes for objects that have other changes. */
    corm_object_hook before_insert, before_update, before_delete;
    /* In a flush, after its last statement: the object has its key. What they change is written by
     * the next flush. */
    corm_object_hook after_insert, after_update, after_delete;
    /* An object that the session has is about to be filled again: its members are the old ones.
     * (Before a new object is made of a row there is nothing to see.) */
    corm_object_hook before_load;
    /* The object was made of a row, or filled again. */
    corm_object_hook after_load;
    /* Of a session: when there is something to flush. Objects may be added, changed and deleted: in
     * before_flush they take part, in after_flush they wait for the next flush. */
    corm_session_hook before_flush, after_flush;
    /* Before the flush of corm_commit. If it refuses, nothing is committed and nothing undone. */
    corm_session_hook before_commit;
    corm_session_notice after_commit; /* at the end of corm_commit */
    /* At the beginning and at the end of corm_rollback, if there is anything to undo. Before it
     * nothing of that is undone yet, and corm_last_error has what failed. */
    corm_session_notice before_rollback, after_rollback;
    void *context;                 /* handed to each of them */
    const struct corm_hooks *next; /* called after these; NULL: none */
} corm_hooks;

/* The session's hooks from now on, NULL: none; the same as .hooks of corm_session_options. Refused
 * inside of a hook. */
CORM_API corm_status corm_session_set_hooks(struct corm_session *session, const corm_hooks *hooks);

/* X(member) for each of them. */
#define CORM__HOOK_LIST(X)                                                                         \
    X(before_insert)                                                                               \
    X(before_update)                                                                               \
    X(before_delete)                                                                               \
    X(after_insert)                                                                                \
    X(after_update)                                                                                \
    X(after_delete)                                                                                \
    X(before_load)                                                                                 \
    X(after_load)                                                                                  \
    X(before_flush)                                                                                \
    X(after_flush)                                                                                 \
    X(before_commit)                                                                               \
    X(after_commit)                                                                                \
    X(before_rollback)                                                                             \
    X(after_rollback)

#endif /* CORM__HOOKS_H */
