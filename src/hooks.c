/* hooks.c: calling the program's functions.
 *
 * Owns: calling validators and hooks one after the other, what a refusal says, what a running hook
 * must not do.
 * Must not know: when in a flush they are called, SQL. */
#ifndef CORM__ROOM_HOOKS_C
#define CORM__ROOM_HOOKS_C

#include "moving.c"

/* ---- What a hook says ------------------------------------------------------------------------ */

CORM_API bool corm_refuse(corm_session *session, const char *format, ...)
{
    CORM__ENTER(session, false);
    corm__running *running = session == NULL ? NULL : session->running;
    va_list arguments;
    if (running == NULL || format == NULL) {
        (void)corm__fail(session, running == NULL ? CORM_MISUSE : CORM_NULL_ARGUMENT,
                         "corm_refuse: %s",
                         running == NULL ? "no hook or validator runs" : "the format is NULL");
        return false;
    }
    va_start(arguments, format);
    int length = vsnprintf(running->why, sizeof running->why, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length >= sizeof running->why)
        running->why[corm__utf8_cut(running->why, sizeof running->why - 1)] = '\0';
    return false;
}

CORM_API corm_status corm_session_set_hooks(corm_session *session, const corm_hooks *hooks)
{
    CORM__ENTER(session, CORM_MISUSE);
    if (session == NULL)
        return corm__fail(NULL, CORM_NULL_ARGUMENT, "corm_session_set_hooks: the session is NULL");
    if (corm__forbidden(session, CORM__BOUND_END, "corm_session_set_hooks") != CORM_OK)
        return corm__status;
    session->options.hooks = hooks;
    session->hooks = corm__hooks_in(hooks);
    return corm__status = CORM_OK;
}

/* ---- Running --------------------------------------------------------------------------------- */

static void corm__running_begin(corm_session *session, corm__running *running, const char *name,
                                const void *object, corm__bound bound)
{
    running->outer = session->running;
    running->name = name;
    running->object = object;
    running->bound = bound;
    running->misused = false;
    running->why[0] = '\0';
    session->running = running;
}

/* A hook that ran into an error of the session, or called what it must not, has failed, whatever it
 * answers. `doing` is "inserting"; NULL: for no object. */
static corm_status corm__running_end(corm_session *session, const corm__running *running,
                                     const char *doing)
{
    char label[CORM__LABEL_SIZE];
    session->running = running->outer;
    if (session->poison != CORM_OK)
        return corm__status = session->poison;
    if (session->transaction_lost)
        return corm__status = CORM_PENDING_ROLLBACK;
    if (!running->misused)
        return CORM_OK;
    const corm_error error = session->error;
    if (doing == NULL)
        return corm__status = error.status;
    return corm__fail(session, error.status, "%s (%s %s)", error.message, doing,
                      corm__label(running->object, label));
}

/* Whether the hook is to be called for objects of the model. */
static inline bool corm__is_hooked(const corm_session *session, const corm__mapper *mapper,
                                   corm__hook hook)
{
    return (mapper->hooks | session->hooks) >> hook & 1;
}

/* One function; those that are told cannot refuse. */
static bool corm__call_one(corm_session *session, const corm_hooks *hooks, corm__hook hook,
                           void *object)
{
    const char *at = (const char *)hooks + corm__hook_list[hook].offset;
    union {
        corm_object_hook object;
        corm_session_hook session;
        corm_session_notice told;
    } function;
    if (hook < CORM__HOOK_before_flush) {
        memcpy(&function.object, at, sizeof function.object);
        return function.object == NULL || function.object(session, object, hooks->context);
    }
    if (hook < CORM__HOOK_after_commit) {
        memcpy(&function.session, at, sizeof function.session);
        return function.session == NULL || function.session(session, hooks->context);
    }
    memcpy(&function.told, at, sizeof function.told);
    if (function.told != NULL)
        function.told(session, hooks->context);
    return true;
}

/* The next .hooks on the way from the root down to `mapper`, below `at` (NULL: from the beginning);
 * NULL: no more. */
static const corm_hooks *corm__hooks_below(const corm__mapper *mapper, const corm__mapper **at)
{
    const corm_hooks *hooks = NULL;
    while (hooks == NULL && *at != mapper) {
        const corm__mapper *below = mapper;
        while (below->base != *at)
            below = below->base;
        *at = below;
        hooks = below->listeners;
    }
    return hooks;
}

/* All of a kind: of the object's model first, after those of its bases, then of the session. `doing`
 * is "inserting". */
static corm_status corm__call(corm_session *session, corm__hook hook, void *object,
                              const char *doing, corm__bound bound)
{
    const corm__mapper *mapper = object == NULL ? NULL : corm__mapper_at(object), *at = NULL;
    const corm_hooks *hooks = NULL;
    const char *name = corm__hook_list[hook].name;
    char label[CORM__LABEL_SIZE];
    bool of_session = false;
    for (;; hooks = hooks->next) {
        corm__running running;
        if (hooks == NULL)
            hooks = corm__hooks_below(mapper, &at);
        if (hooks == NULL && !of_session) {
            hooks = session->options.hooks;
            of_session = true;
        }
        if (hooks == NULL)
            return CORM_OK;
        corm__running_begin(session, &running, name, object, bound);
        bool fine = corm__call_one(session, hooks, hook, object);
        corm_status status = corm__running_end(session, &running, doing);
        if (hook >= CORM__HOOK_after_commit)
            continue; /* all are told, also where the session waits for the rollback */
        if (status != CORM_OK)
            return status;
        const char *between = running.why[0] == '\0' ? "" : ": ";
        if (!fine && object == NULL)
            return corm__fail(session, CORM_REFUSED, "%s refused%s%s", name, between, running.why);
        if (!fine)
            return corm__fail(session, CORM_REFUSED, "%s: %s refused%s%s (%s %s)",
                              mapper->model->table, name, between, running.why, doing,
                              corm__label(object, label));
    }
}

/* In a flush, if there is such a hook. */
static corm_status corm__call_object(corm_session *session, corm__hook hook, void *object,
                                     const char *doing)
{
    return corm__is_hooked(session, corm__mapper_at(object), hook)
               ? corm__call(session, hook, object, doing, CORM__BOUND_ALL)
               : CORM_OK;
}

static inline bool corm__is_load_hooked(const corm_session *session, const corm__mapper *mapper)
{
    return corm__is_hooked(session, mapper, CORM__HOOK_before_load) ||
           corm__is_hooked(session, mapper, CORM__HOOK_after_load);
}

/* Around the filling of an object from its row. */
static corm_status corm__call_load(corm_session *session, corm__hook hook, void *object)
{
    corm_status status = corm__call_object(session, hook, object, "loading");
    if (status != CORM_OK && session->poison == CORM_OK)
        session->poison = status; /* as after any other failed load */
    return status;
}

/* A hook of the session; CORM_OK where there is none. */
static corm_status corm__call_session(corm_session *session, corm__hook hook, corm__bound bound)
{
    return CORM__LIKELY(!(session->hooks >> hook & 1))
               ? CORM_OK
               : corm__call(session, hook, NULL, NULL, bound);
}

/* ---- Validators ------------------------------------------------------------------------------ */

static corm_status corm__call_validator(corm_session *session, const void *object,
                                        const corm__column *column, const corm_value *value)
{
    char shown[CORM__DESCRIBED], label[CORM__LABEL_SIZE];
    const char *doing =
        corm__record_of(object)->state == CORM_STATE_PENDING ? "inserting" : "updating";
    corm__running running;
    corm__running_begin(session, &running, "a validator", object, CORM__BOUND_ALL);
    bool fine = column->info->options.validate(session, object, value);
    corm_status status = corm__running_end(session, &running, doing);
    if (status != CORM_OK || fine)
        return status;
    corm__value_describe(value, shown, sizeof shown);
    return corm__fail(session, CORM_REFUSED, "%s.%s: %s is refused%s%s (%s %s)",
                      column->home->model->table, column->name, shown,
                      running.why[0] == '\0' ? "" : ": ", running.why, doing,
                      corm__label(object, label));
}

#endif /* CORM__ROOM_HOOKS_C */
