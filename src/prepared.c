/* prepared.c: the statements that a connection keeps prepared.
 *
 * Owns: finding a statement by its text, preparing it once, making room for others; what a failure of an
 * adapter is filled in with.
 * Must not know: engines, sessions, objects, what a statement says. */
#ifndef CORM__ROOM_PREPARED_C
#define CORM__ROOM_PREPARED_C

#include "entry.c"

#include <string.h>

enum {
    CORM__STATEMENTS_MAX = 512, /* prepared at a time on one connection; a few KiB each */
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
    bool *numbers; /* by model: its table was seen to number rows whose keys are left out */
    struct corm__pooled *next; /* idle */
} corm__pooled;

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

#endif /* CORM__ROOM_PREPARED_C */
