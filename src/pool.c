/* pool.c: an engine's connections and the statements prepared on them.
 *
 * Owns: opening and closing engines, the pool and the line of those who wait for a connection, the
 * prepared statements of each connection, registries shared between engines of one schema.
 * Must not know: sessions beyond their number, objects, what a statement says. */
#ifndef CORM__ROOM_POOL_C
#define CORM__ROOM_POOL_C

#include "entry.c"
#include "line.c"

#include <string.h>

enum {
    CORM__POOL_SIZE = 5,           /* as SQLAlchemy's pool */
    CORM__POOL_TIMEOUT_MS = 30000, /* the same */
    CORM__STATEMENTS_MAX = 512,    /* prepared at a time on one connection; a few KiB each */
    CORM__STATEMENT_SLOTS_FIRST = 64,
    CORM__HOT_STATEMENTS = 64 /* found without hashing their text */
};

/* A statement of one connection. The pointer is good as long as its holder holds the connection,
 * also where other statements have taken its place: it is prepared again then; and when it holds the
 * connection again, unless statements were forgotten since. */
typedef struct corm__prepared {
    corm_statement *statement;   /* NULL: finalized to make room */
    char *sql;                   /* terminated; behind this struct */
    size_t size;                 /* bytes of sql */
    uint64_t hash;               /* of sql */
    uint64_t used;               /* pooled->uses at its last use: the smallest goes first */
    bool running;                /* a cursor is open on it */
    struct corm__prepared *twin; /* one more of the same text, for use while this one runs */
    struct corm__prepared *next; /* of all on this connection */
} corm__prepared;

typedef struct corm__pooled {
    corm_connection *connection;
    const corm_adapter *adapter;
    uint64_t hold; /* a number of its own for each time it is taken from the pool */
    /* in this hold, or at its end, statements were last forgotten: who noted one later may use it */
    uint64_t tidied;
    bool turn; /* whoever holds it has the turn to write */
    corm__prepared *all;
    corm__prepared **slots; /* by hash, linear probing; twins hang on the first of their text */
    size_t slot_count;      /* a power of two, or 0 */
    size_t count;           /* of `all` */
    size_t live;            /* those with a statement */
    size_t running;
    uint64_t uses;
    corm__prepared *hot[CORM__HOT_STATEMENTS];
    struct corm__pooled *next; /* idle */
} corm__pooled;

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

/* ---- Failures -------------------------------------------------------------------------------- */

/* Before an adapter's call; cheaper than clearing all of it, for every row. */
static void corm__failure_clear(corm_failure *failure)
{
    failure->status = CORM_OK;
    failure->native_code = 0;
    failure->transaction_lost = false;
    failure->message[0] = failure->columns[0] = '\0';
}

/* Of corm's own making: nothing was asked of the database. */
static void corm__failure_set(corm_failure *failure, corm_status status, const char *message)
{
    corm__failure_clear(failure);
    failure->status = status;
    (void)snprintf(failure->message, sizeof failure->message, "%s", message); /* cut at worst */
}

/* Completes what a failed call of an adapter left out. */
static corm_status corm__failure_complete(corm_failure *failure, corm_status status)
{
    if (failure->status == CORM_OK)
        failure->status = status;
    if (failure->message[0] == '\0')
        (void)snprintf(failure->message, sizeof failure->message, "%s",
                       corm_status_text(failure->status)); /* cut at worst */
    return failure->status;
}

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

/* ---- Statements ------------------------------------------------------------------------------ */

static bool corm__prepared_is(const corm__prepared *prepared, const char *sql, size_t size)
{
    return prepared->size == size && memcmp(prepared->sql, sql, size) == 0;
}

/* Texts of one kind begin and end alike, so their middle and their size choose the place. */
static corm__prepared **corm__hot_place(corm__pooled *pooled, const char *sql, size_t size)
{
    uint64_t middle = 0;
    size_t taken = size < sizeof middle ? size : sizeof middle;
    memcpy(&middle, sql + (size - taken) / 2, taken);
    return &pooled->hot[corm__hash_mix(middle ^ size) % CORM__HOT_STATEMENTS];
}

/* Where the text stands, or the empty slot where it would. There is always one. */
static corm__prepared **corm__statement_slot(corm__pooled *pooled, const char *sql, size_t size,
                                             uint64_t hash)
{
    size_t i = (size_t)hash & (pooled->slot_count - 1);
    while (pooled->slots[i] != NULL) {
        const corm__prepared *other = pooled->slots[i];
        if (other->hash == hash && corm__prepared_is(other, sql, size))
            break;
        i = (i + 1) & (pooled->slot_count - 1);
    }
    return &pooled->slots[i];
}

/* Fills the empty slots anew from the list. */
static void corm__statements_place(corm__pooled *pooled)
{
    for (corm__prepared *one = pooled->all; one != NULL; one = one->next) {
        corm__prepared **slot = corm__statement_slot(pooled, one->sql, one->size, one->hash);
        one->twin = *slot;
        *slot = one;
    }
}

/* Room for one more; false: out of memory. */
static bool corm__statements_grow(corm__pooled *pooled)
{
    if ((pooled->count + 1) * 4 <= pooled->slot_count * 3)
        return true;
    size_t count = pooled->slot_count == 0 ? CORM__STATEMENT_SLOTS_FIRST : pooled->slot_count * 2;
    corm__prepared **slots = corm__allocate_zeroed(count, sizeof *slots);
    if (slots == NULL)
        return false;
    corm__free(pooled->slots);
    pooled->slots = slots;
    pooled->slot_count = count;
    corm__statements_place(pooled);
    return true;
}

static corm__prepared *corm__statement_new(corm__pooled *pooled, const char *sql, size_t size,
                                           uint64_t hash)
{
    corm__prepared *made =
        size < SIZE_MAX - sizeof *made ? corm__allocate(sizeof *made + size + 1) : NULL;
    if (made == NULL)
        return NULL;
    memset(made, 0, sizeof *made);
    made->sql = memcpy(made + 1, sql, size);
    made->sql[size] = '\0';
    made->size = size;
    made->hash = hash;
    made->next = pooled->all;
    pooled->all = made;
    pooled->count++;
    return made;
}

static void corm__statement_finalize(corm__pooled *pooled, corm__prepared *prepared)
{
    if (prepared->statement == NULL)
        return;
    pooled->adapter->finalize(prepared->statement);
    prepared->statement = NULL;
    pooled->live--;
}

/* Finalizes the one that was not used for longest, if there are too many. Its text stays: somebody
 * may hold it. */
static void corm__statements_make_room(corm__pooled *pooled)
{
    corm__prepared *oldest = NULL;
    if (pooled->live < CORM__STATEMENTS_MAX)
        return;
    for (corm__prepared *one = pooled->all; one != NULL; one = one->next)
        if (one->statement != NULL && !one->running && (oldest == NULL || one->used < oldest->used))
            oldest = one;
    if (oldest != NULL)
        corm__statement_finalize(pooled, oldest);
}

/* Of the statements with this text one that can be run now: prepared, and no cursor is open on it.
 * NULL with *failure. */
static corm__prepared *corm__statement_ready(corm__pooled *pooled, corm__prepared *prepared,
                                             corm_failure *failure)
{
    while (prepared->running && prepared->twin != NULL)
        prepared = prepared->twin;
    if (prepared->running) {
        corm__prepared *twin =
            corm__statements_grow(pooled)
                ? corm__statement_new(pooled, prepared->sql, prepared->size, prepared->hash)
                : NULL;
        if (twin == NULL) {
            corm__failure_set(failure, CORM_OUT_OF_MEMORY, "out of memory");
            return NULL;
        }
        twin->twin = prepared->twin; /* growing may have put one behind it */
        prepared->twin = twin;
        prepared = twin;
    }
    if (prepared->statement == NULL) {
        corm__statements_make_room(pooled);
        corm__failure_clear(failure);
        corm_status status = pooled->adapter->prepare(
            pooled->connection, prepared->sql, prepared->size, &prepared->statement, failure);
        if (status != CORM_OK) {
            prepared->statement = NULL;
            (void)corm__failure_complete(failure, status);
            return NULL;
        }
        pooled->live++;
    }
    prepared->used = ++pooled->uses;
    return prepared;
}

/* The statement of this text on this connection, prepared now if it was not. NULL with *failure.
 * Valid as long as the connection is held. */
static corm__prepared *corm__engine_prepare(corm__pooled *pooled, const char *sql, size_t size,
                                            corm_failure *failure)
{
    corm__prepared **hot = corm__hot_place(pooled, sql, size);
    if (*hot == NULL || !corm__prepared_is(*hot, sql, size)) {
        const uint64_t hash = corm__hash_bytes(sql, size, 0);
        if (!corm__statements_grow(pooled)) {
            corm__failure_set(failure, CORM_OUT_OF_MEMORY, "out of memory");
            return NULL;
        }
        corm__prepared **slot = corm__statement_slot(pooled, sql, size, hash);
        if (*slot == NULL)
            *slot = corm__statement_new(pooled, sql, size, hash);
        if (*slot == NULL) {
            corm__failure_set(failure, CORM_OUT_OF_MEMORY, "out of memory");
            return NULL;
        }
        *hot = *slot;
    }
    return corm__statement_ready(pooled, *hot, failure);
}

/* Ends the queries whose rows were not read to the end: they must not outlive the transaction. */
static void corm__statements_stop(corm__pooled *pooled)
{
    for (corm__prepared *one = pooled->all; pooled->running > 0 && one != NULL; one = one->next) {
        if (!one->running)
            continue;
        pooled->adapter->reset(one->statement);
        one->running = false;
        pooled->running--;
    }
}

/* Forgets the texts whose statements were finalized or never understood; nobody may hold one. */
static void corm__statements_tidy(corm__pooled *pooled)
{
    if (pooled->count == pooled->live)
        return;
    for (corm__prepared **place = &pooled->all; *place != NULL;) {
        corm__prepared *one = *place;
        if (one->statement != NULL) {
            place = &one->next;
            continue;
        }
        *place = one->next;
        corm__free(one);
        pooled->count--;
    }
    pooled->tidied = pooled->hold;
    memset(pooled->hot, 0, sizeof pooled->hot);
    memset(pooled->slots, 0, pooled->slot_count * sizeof *pooled->slots);
    corm__statements_place(pooled);
}

/* ---- Connections ----------------------------------------------------------------------------- */

/* Opens a connection; not under the lock, because it may take long. */
static corm_status corm__pooled_open(corm_engine *engine, corm__pooled **out, corm_error *error)
{
    corm_failure failure;
    corm__pooled *pooled = corm__allocate_zeroed(1, sizeof *pooled);
    *out = NULL;
    if (pooled == NULL)
        return corm__error_set(error, CORM_OUT_OF_MEMORY,
                               "out of memory while a connection was opened");
    pooled->adapter = engine->adapter;
    corm__failure_clear(&failure);
    corm_status status = engine->adapter->open(engine->config, &pooled->connection, &failure);
    if (status != CORM_OK) {
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
        return corm__status =
                   corm__error_set(&corm__thread_error, CORM_MISUSE,
                                   "corm_engine_close: %zu of its sessions are open: close "
                                   "them first",
                                   sessions);
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
