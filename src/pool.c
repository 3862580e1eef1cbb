/* pool.c: an engine's connections.
 *
 * Owns: opening and closing engines, the pool and the line of those who wait for a connection, registries
 * shared between engines of one schema.
 * Must not know: sessions beyond their number, objects, what a statement says. */
#ifndef CORM__ROOM_POOL_C
#define CORM__ROOM_POOL_C

#include "line.c"
#include "prepared.c"

enum {
    CORM__POOL_SIZE = 5,          /* as SQLAlchemy's pool */
    CORM__POOL_TIMEOUT_MS = 30000 /* the same */
};

struct corm_engine {
    const corm_adapter *adapter;
    void *config;
    corm__registry *registry;
    corm_error error;            /* other than CORM_OK: nothing works, and this is why */
    corm_engine_options options; /* with the defaults filled in */
    corm__mutex lock;            /* of everything below */
    corm__line waiters;          /* for a connection: while someone waits none is idle */
    corm__line writers;          /* for the turn to write, with CORM_ONE_WRITER */
    bool writing;                /* somebody has the turn */
    corm__pooled *idle;          /* a stack: the last one used has the warmest cache */
    size_t connections;          /* open, or being opened */
    size_t sessions;
    uint64_t holds;
    long process; /* that opened it */
};

/* ---- Registries ---------------------------------------------------------------------------------
 * Engines of one schema share its registry, and an object that outlives its engine keeps it alive. */

typedef struct corm__shared {
    corm__registry *registry;
    size_t users;
    struct corm__shared *next;
} corm__shared;

static corm__shared *corm__all_shared; /* under the global lock */

static corm__shared *corm__shared_new(const corm_schema *schema, corm_error *error)
{
    corm__shared *shared = corm__allocate(sizeof *shared);
    if (shared == NULL) {
        (void)corm__error_set(error, CORM_OUT_OF_MEMORY, "out of memory while reading the models");
        return NULL;
    }
    shared->registry = corm__registry_build(schema, error);
    if (shared->registry == NULL) {
        corm__free(shared);
        return NULL;
    }
    shared->users = 0;
    shared->next = corm__all_shared;
    corm__all_shared = shared;
    return shared;
}

/* The schema's registry, built if nobody has it; to be released. NULL with *error, which may be
 * NULL. */
static corm__registry *corm__registry_acquire(const corm_schema *schema, corm_error *error)
{
    corm__registry *registry = NULL;
    corm__global_lock();
    corm__shared *shared = corm__all_shared;
    while (shared != NULL && shared->registry->schema != schema)
        shared = shared->next;
    if (shared == NULL)
        shared = corm__shared_new(schema, error);
    if (shared != NULL) {
        shared->users++;
        registry = shared->registry;
    }
    corm__global_unlock();
    return registry;
}

/* One more user of a registry that is in use. */
static corm__registry *corm__registry_retain(corm__registry *registry)
{
    corm__global_lock();
    for (corm__shared *shared = corm__all_shared; shared != NULL; shared = shared->next)
        if (shared->registry == registry)
            shared->users++;
    corm__global_unlock();
    return registry;
}

/* NULL is fine. */
static void corm__registry_release(corm__registry *registry)
{
    if (registry == NULL)
        return;
    corm__global_lock();
    corm__shared **place = &corm__all_shared;
    while (*place != NULL && (*place)->registry != registry)
        place = &(*place)->next;
    corm__shared *shared = *place;
    CORM_ASSERT(shared != NULL);
    if (shared != NULL && --shared->users == 0)
        *place = shared->next;
    else
        shared = NULL;
    corm__global_unlock();
    if (shared != NULL)
        corm__registry_free(registry);
    corm__free(shared);
}

/* ---- Connections ----------------------------------------------------------------------------- */

/* Opens a connection; not under the lock, because it may take long. */
static corm_status corm__pooled_open(corm_engine *engine, corm__pooled **out, corm_error *error)
{
    corm_failure failure;
    corm__pooled *pooled = corm__allocate_zeroed(1, sizeof *pooled);
    bool *numbers = corm__allocate_zeroed(engine->registry->count + 1, sizeof *numbers);
    *out = NULL;
    if (pooled == NULL || numbers == NULL) {
        corm__free(pooled);
        corm__free(numbers);
        return corm__error_set(error, CORM_OUT_OF_MEMORY,
                               "out of memory while a connection was opened");
    }
    pooled->numbers = numbers;
    pooled->adapter = engine->adapter;
    corm__failure_clear(&failure);
    corm_status status = engine->adapter->open(engine->config, &pooled->connection, &failure);
    if (status != CORM_OK) {
        corm__free(numbers);
        corm__free(pooled);
        status = corm__failure_complete(&failure, status);
        (void)corm__error_set(error, status, "%s", failure.message);
        if (error != NULL)
            error->native_code = failure.native_code;
        return status;
    }
    *out = pooled;
    return CORM_OK;
}

static void corm__pooled_close(corm__pooled *pooled)
{
    corm__statements_stop(pooled);
    while (pooled->all != NULL) {
        corm__prepared *one = pooled->all;
        pooled->all = one->next;
        corm__statement_finalize(pooled, one);
        corm__free(one);
    }
    corm__free(pooled->slots);
    corm__free(pooled->numbers);
    pooled->adapter->close(pooled->connection);
    corm__free(pooled);
}

/* A connection, or with NULL the place of one that is gone, to who has waited longest; a newcomer
 * cannot snatch it. Under the lock. */
static void corm__pool_put(corm_engine *engine, corm__pooled *pooled)
{
    if (corm__line_serve(&engine->waiters, pooled))
        return;
    if (pooled != NULL) {
        pooled->next = engine->idle;
        engine->idle = pooled;
    } else {
        engine->connections--;
    }
}

/* Whether a connection (*out) or the place for one (*out NULL) could be had in time. */
static bool corm__pool_take(corm_engine *engine, corm__pooled **out)
{
    bool taken = true;
    void *given = NULL;
    *out = NULL;
    corm__mutex_lock(&engine->lock);
    if (engine->idle != NULL) {
        *out = engine->idle;
        engine->idle = (*out)->next;
    } else if (engine->connections < engine->options.pool_size) {
        engine->connections++;
    } else {
        taken = corm__line_wait(&engine->waiters, &engine->lock, engine->options.pool_timeout_ms,
                                &given);
        *out = given;
    }
    if (*out != NULL)
        (*out)->hold = ++engine->holds;
    corm__mutex_unlock(&engine->lock);
    return taken;
}

static corm_status corm__pool_timeout(const corm_engine *engine, corm_error *error)
{
    if (engine->options.pool_size == 1)
        return corm__error_set(
            error, CORM_TIMEOUT,
            "no connection was free within %u ms: the database has a single "
            "connection and another session holds it; commit, roll back or close "
            "that session",
            engine->options.pool_timeout_ms);
    return corm__error_set(
        error, CORM_TIMEOUT,
        "no connection was free within %u ms: all %zu are in use; close or commit "
        "a session, or raise .pool_size",
        engine->options.pool_timeout_ms, engine->options.pool_size);
}

/* A connection that nobody else has; waits for one if all are in use. */
static corm_status corm__pool_get(corm_engine *engine, corm__pooled **out, corm_error *error)
{
    if (!corm__pool_take(engine, out))
        return corm__pool_timeout(engine, error);
    if (*out != NULL)
        return CORM_OK;
    corm_status status = corm__pooled_open(engine, out, error);
    corm__mutex_lock(&engine->lock);
    if (status == CORM_OK) { /* its memory may have been that of another one */
        (*out)->tidied = engine->holds;
        (*out)->hold = ++engine->holds;
    } else {
        corm__pool_put(engine, NULL);
    }
    corm__mutex_unlock(&engine->lock);
    return status;
}

/* Where one transaction writes at a time, the writers of this engine take turns in the order in
 * which they come: the database would let them try again and again, and some of them never win. */
static corm_status corm__turn_take(corm_engine *engine, corm_error *error)
{
    bool taken = true;
    void *nothing;
    corm__mutex_lock(&engine->lock);
    if (engine->writing)
        taken = corm__line_wait(&engine->writers, &engine->lock, engine->options.writer_timeout_ms,
                                &nothing);
    else
        engine->writing = true;
    corm__mutex_unlock(&engine->lock);
    return taken ? CORM_OK
                 : corm__error_set(error, CORM_BUSY,
                                   "it was not this session's turn to write within %u ms: other "
                                   "sessions of the engine write; commit or roll back earlier",
                                   engine->options.writer_timeout_ms);
}

static void corm__turn_give(corm_engine *engine)
{
    corm__mutex_lock(&engine->lock);
    engine->writing = corm__line_serve(&engine->writers, NULL);
    corm__mutex_unlock(&engine->lock);
}

/* A connection of its own for the caller, until it gives it back, and for a `writer` its turn, which
 * it waits for before it holds a connection. CORM_TIMEOUT, CORM_BUSY, or why none could be
 * opened. */
static corm_status corm__engine_acquire(corm_engine *engine, bool writer, corm__pooled **out,
                                        corm_error *error)
{
    *out = NULL;
    if (engine == NULL)
        return corm__error_set(error, CORM_NULL_ARGUMENT, "the engine is NULL");
    if (engine->error.status != CORM_OK) {
        if (error != NULL)
            *error = engine->error;
        return engine->error.status;
    }
    if (CORM__UNLIKELY(engine->process != corm__process()))
        return corm__error_set(error, CORM_MISUSE,
                               "the engine was opened by another process, before fork: connections "
                               "do not survive it; open an engine in each process");
    /* a single connection is a turn of its own */
    const bool turn = writer && engine->options.pool_size > 1 &&
                      (engine->adapter->capabilities & CORM_ONE_WRITER) != 0;
    corm_status status = turn ? corm__turn_take(engine, error) : CORM_OK;
    if (status != CORM_OK)
        return status;
    status = corm__pool_get(engine, out, error);
    if (status == CORM_OK)
        (*out)->turn = turn;
    else if (turn)
        corm__turn_give(engine);
    return status;
}

/* Gives it back, without a transaction. broken: it is closed instead of kept. */
static void corm__engine_release(corm_engine *engine, corm__pooled *pooled, bool broken)
{
    if (engine == NULL || pooled == NULL)
        return;
    const bool turn = pooled->turn;
    pooled->turn = false;
    if (broken) {
        corm__pooled_close(pooled);
        pooled = NULL;
    } else {
        corm__statements_stop(pooled);
        corm__statements_tidy(pooled);
    }
    corm__mutex_lock(&engine->lock);
    if (turn)
        engine->writing = corm__line_serve(&engine->writers, NULL);
    corm__pool_put(engine, pooled);
    corm__mutex_unlock(&engine->lock);
}

/* ---- Engines --------------------------------------------------------------------------------- */

/* Counts a session, also on a broken engine, whose status is the answer; it must be detached in any
 * case. */
static corm_status corm__engine_attach(corm_engine *engine)
{
    if (engine == NULL)
        return CORM_NULL_ARGUMENT;
    corm__mutex_lock(&engine->lock);
    engine->sessions++;
    corm__mutex_unlock(&engine->lock);
    return engine->error.status;
}

static void corm__engine_detach(corm_engine *engine)
{
    if (engine == NULL)
        return;
    corm__mutex_lock(&engine->lock);
    engine->sessions--;
    corm__mutex_unlock(&engine->lock);
}

/* Reads the models and opens the first connection, so that what is wrong shows at once. */
static corm_status corm__engine_start(corm_engine *engine, const corm_schema *schema)
{
    if (engine->adapter == NULL || engine->adapter->dialect == NULL)
        return corm__error_set(&engine->error, CORM_NULL_ARGUMENT,
                               "corm_engine_open: the adapter, or its dialect, is NULL");
    if (schema == NULL)
        return corm__error_set(&engine->error, CORM_NULL_ARGUMENT,
                               "corm_engine_open: the schema is NULL");
    engine->registry = corm__registry_acquire(schema, &engine->error);
    if (engine->registry == NULL)
        return engine->error.status;
    if (corm__ddl_vet(engine->registry, engine->adapter->dialect, &engine->error) != CORM_OK) {
        corm__registry_release(engine->registry);
        engine->registry = NULL;
        return engine->error.status;
    }
    if (corm__pooled_open(engine, &engine->idle, &engine->error) == CORM_OK)
        engine->connections = 1;
    return engine->error.status;
}

CORM_API CORM__COLD corm_engine *corm_engine_open(const corm_adapter *adapter, void *config,
                                                  const corm_schema *schema,
                                                  const corm_engine_options *options)
{
    corm_engine *engine = corm__allocate_zeroed(1, sizeof *engine);
    if (engine == NULL) {
        if (adapter != NULL && adapter->free_config != NULL)
            adapter->free_config(config);
        corm__status = corm__error_set(&corm__thread_error, CORM_OUT_OF_MEMORY,
                                       "corm_engine_open: out of memory");
        return NULL;
    }
    engine->adapter = adapter;
    engine->config = config;
    engine->process = corm__process();
    if (options != NULL)
        engine->options = *options;
    if (engine->options.pool_size == 0)
        engine->options.pool_size = CORM__POOL_SIZE;
    if (engine->options.pool_timeout_ms == 0)
        engine->options.pool_timeout_ms = CORM__POOL_TIMEOUT_MS;
    if (engine->options.writer_timeout_ms == 0)
        engine->options.writer_timeout_ms = engine->options.pool_timeout_ms;
    corm__line_init(&engine->waiters);
    corm__line_init(&engine->writers);
    corm__mutex_init(&engine->lock);
    corm__status = corm__engine_start(engine, schema);
    return engine;
}

CORM_API corm_status corm_engine_status(const corm_engine *engine)
{
    return engine == NULL ? CORM_NULL_ARGUMENT : engine->error.status;
}

CORM_API const char *corm_engine_message(const corm_engine *engine)
{
    return engine == NULL ? "the engine is NULL" : engine->error.message;
}

CORM_API CORM__COLD corm_status corm_engine_close(corm_engine *engine)
{
    if (engine == NULL)
        return corm__status = CORM_OK;
    corm__mutex_lock(&engine->lock);
    const size_t sessions = engine->sessions;
    corm__mutex_unlock(&engine->lock);
    if (sessions > 0)
        return corm__status = corm__error_set(
                   &corm__thread_error, CORM_MISUSE,
                   "corm_engine_close: %zu of its sessions %s open: close "
                   "%s first",
                   sessions, sessions == 1 ? "is" : "are", sessions == 1 ? "it" : "them");
    while (engine->idle != NULL) {
        corm__pooled *pooled = engine->idle;
        engine->idle = pooled->next;
        corm__pooled_close(pooled);
    }
    corm__registry_release(engine->registry);
    if (engine->adapter != NULL && engine->adapter->free_config != NULL)
        engine->adapter->free_config(engine->config);
    corm__mutex_destroy(&engine->lock);
    corm__free(engine);
    return corm__status = CORM_OK;
}

#endif /* CORM__ROOM_POOL_C */
