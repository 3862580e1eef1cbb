/* state.h: what a session remembers.
 *
 * Owns: the private structs of engine and session, shared by the rooms below; the few functions that an
 * upper room calls although a lower one defines them.
 * Must not know: how they are used. */
#ifndef CORM__STATE_H
#define CORM__STATE_H

#include "records.h"
#include "sql.c"

/* Whether two threads in one session are looked for: see entry.c. */
#if !defined(NDEBUG) && !defined(CORM_NO_THREADS) && !defined(__STDC_NO_ATOMICS__) &&              \
    defined(__GNUC__)
#define CORM__WATCHED
#include <stdatomic.h>
#endif

/* ---- Models ---------------------------------------------------------------------------------- */

/* What is done with one row of a table; each has its statement. */
typedef enum corm__verb {
    CORM__VERB_INSERT,
    CORM__VERB_UPDATE,
    CORM__VERB_DELETE,
    CORM__VERB_GET,
    CORM__VERB_COUNT
} corm__verb;

typedef struct corm__statement { /* valid while that connection has forgotten none since */
    struct corm__prepared *prepared;
    struct corm__pooled *connection;
    uint64_t hold;    /* of the connection */
    uint64_t columns; /* UPDATE: which; INSERT: without which */
} corm__statement;

/* A relationship that is looked at for one object after the other, of which it is not known what they
 * came with: siblings.c. */
typedef struct corm__walking {
    const corm__relation *relation;
    uint32_t clock; /* session->clock when it was last loaded */
    uint32_t reach; /* for so many */
} corm__walking;

enum {
    CORM__WALKINGS = 4 /* relationships of a model between which a program may go back and forth */
};

typedef struct corm__store { /* all objects of one model in one session */
    corm__mapper *mapper;
    corm__vector slabs;
    corm__slab *newest; /* the last one that was made; NULL: none */
    void *free_slots;   /* chain through the dead structs' first bytes */
    void *returned;     /* the same: freed by the program; under the global lock */
    corm__identity_map identities;
    corm__statement statements[CORM__VERB_COUNT];
    /* slabs whose pages are watched, from one to before the other */
    size_t guarded_from, guarded_to;
    /* session->clock when a flush last wrote this table: prefetched relations compare it */
    uint32_t written;
    corm__walking walkings[CORM__WALKINGS]; /* by the relation's index */
} corm__store;

typedef struct corm__holding { /* one end of a link */
    const void *target;
    void *holder;
    bool gone; /* it has left */
} corm__holding;

typedef struct corm__holders { /* all who are linked to somebody: holders.c */
    corm__holding *all;        /* by holder */
    corm__holding **by_target;
    size_t count, capacity;
    /* of the session's links, when they were listed; when somebody last asked for the list */
    uint64_t stamp, asked;
    uint32_t ended; /* session->ended when they were listed */
} corm__holders;

/* Slabs that the system watches: guard.c. */
enum { CORM__SUSPECTS_MAX = 64, CORM__PATIENCE_MAX = 1 << 20 };

typedef struct corm__guarded { /* addresses */
    uintptr_t start, end;
} corm__guarded;

typedef struct corm__guard {
    corm__guarded *ranges;
    size_t range_count;
    corm__guarded span; /* from the first to the last of them */
    /* of those that are watched: written to since they were last equal to their snapshots */
    corm__slab *suspects[CORM__SUSPECTS_MAX];
    size_t suspect_count;
    size_t unwatched, different; /* slabs of the comparison that is going on */
    unsigned quiet;              /* comparisons in a row that found nothing */
    unsigned patience;           /* of which so many are waited for; 0: the first number */
    uint64_t faults;             /* of the process, before the last question */
    bool for_query;              /* what is going on is the flush of a query */
    bool on;
    bool all;          /* those that are watched are to be compared, too */
    bool crowded;      /* more suspects than there is room for */
    bool refused;      /* by the system */
    bool early;        /* on before comparisons had found nothing */
    bool disappointed; /* that has ended with much written to: not again */
} corm__guard;

/* A hook or a validator that is running. */
typedef enum corm__bound { /* what is forbidden in it; each includes those before */
                           CORM__BOUND_END, /* ending the transaction */
                           CORM__BOUND_FLUSH,
                           CORM__BOUND_ALL /* whatever loads, writes, or changes what belongs to the session */
} corm__bound;
typedef struct corm__running {
    struct corm__running *outer; /* the hook inside of which it runs; NULL: none */
    const char *name;
    const void *object; /* NULL: a hook of the session */
    corm__bound bound;
    bool misused;  /* it called what it must not, which is the session's error */
    char why[256]; /* it refuses */
} corm__running;

/* ---- Rows ------------------------------------------------------------------------------------ */

typedef struct corm__row_model { /* what CORM_ROW declared, as the session knows it */
    struct corm__row_model *next;
    corm__mapper mapper;
    corm__column columns[];
} corm__row_model;

typedef struct corm__row_list { /* structs that the program was given */
    struct corm__row_list *next;
    uint64_t transaction; /* in which they were read: session->transactions */
    char *items;
    size_t count, capacity;
    corm__heap texts;
} corm__row_list;

/* ---- Session --------------------------------------------------------------------------------- */

/* LINKED: its relationships were written, as far as a savepoint must know */
typedef enum corm__event { CORM__INSERTED, CORM__UPDATED, CORM__DELETED, CORM__LINKED } corm__event;
typedef struct corm__entry { /* one line of the journal: what a flush did to an object */
    void *object;
    union {
        corm__image *image; /* UPDATED: what of the snapshot was changed, before */
        uint64_t unset;     /* INSERTED: what was unset before */
        /* LINKED: of a fresh object, what was written of its many-to-many links */
        struct corm__flushed *flushed;
    } as;
    uint8_t event;
} corm__entry;

typedef struct corm__noted_entry { /* an entry of the journal */
    const void *object;
    uint32_t place;
} corm__noted_entry;

typedef struct corm__struck { /* entries of the journal about objects that have left: struck.c */
    corm__noted_entry *noted; /* by object */
    size_t count;
    size_t until;  /* those before that place are noted */
    size_t looked; /* how many were read since */
    bool linked;   /* among those that are noted some name others than their objects */
    bool any;      /* some may be struck, or are noted */
} corm__struck;

typedef struct corm__mark { /* an open savepoint */
    uint64_t id;
    size_t journal_count;
    uint64_t sweeps;  /* of the session, when it was begun */
    bool rolled_back; /* a failed flush has gone back to it already */
} corm__mark;

/* heap memory to release at the next begin */
typedef struct corm__retired {
    void *block;
    size_t size;
    bool
        lent; /* to a member, perhaps, until the flush copies it: corm_free_lists leaves it alone */
} corm__retired;

/* The statements that run while a test expects some: expect.c. */
typedef struct corm__expectations corm__expectations;

#if defined(CORM_TRACE_CALLS)
#if !defined(__GNUC__)
#error "corm: CORM_TRACE_CALLS needs gcc or clang: it notes where a call ends"
#endif
/* Where the program asks for something, and what the asking costs: trips.c. */
typedef struct corm__spot {
    const char *file; /* NULL: not known */
    int line;
} corm__spot;

typedef struct corm__errand { /* a public call that may read */
    const char *name;         /* "corm_get"; NULL: a relationship */
    const corm_model *model;
    const corm__mapper *mapper; /* NULL: of none in the registry */
    const corm__relation *relation;
    const corm__column *column; /* corm_load_column */
    corm__spot at;              /* where it stands */
    corm__spot origin;          /* relationship: where its object was asked for */
    size_t trip;                /* 1 + its place in trips; 0: it has not run a statement yet */
} corm__errand;

typedef struct corm__trip {
    corm__errand call;
    size_t calls, statements;
    int64_t rows;
} corm__trip;

typedef struct corm__origin {
    const void *object;
    corm__spot place;
} corm__origin;

typedef struct corm__trips {
    corm__errand now; /* name and relation NULL: no call */
    corm__trip *items;
    size_t count, capacity;
    corm__origin *origins; /* by address, linear probing */
    size_t origin_count, origin_capacity;
    bool incomplete; /* memory was out */
} corm__trips;
#endif

struct corm_session {
    corm_engine *engine;
    corm_session_options options;
    bool trial; /* corm_run runs the work again, as a writer, if it meets a lock */
    bool lent;  /* to the function of corm_run, which must not close it */
    bool owns_engine;
    corm__registry *registry;
    corm_status poison;     /* CORM_OK: usable; else why nothing runs before rollback */
    bool poisoned_for_good; /* the engine could not be opened */

    struct corm__pooled *connection; /* NULL: no transaction */
    bool transaction_lost;
    double transaction_start;
    uint64_t transactions; /* how many were begun: prepared statements are known within one */

    uint32_t generation; /* never 0 */
    uint32_t links_generation;
    uint32_t epoch;    /* of lists: another one when lists were freed */
    uint32_t clock;    /* counts writes of tables and ends of transactions */
    uint32_t ended;    /* clock when the last transaction ended, or all may have changed */
    uint64_t linkings; /* counts what may have linked objects */
    corm__holders holders;
    corm__store *stores; /* by mapper index */
    corm__heap heap;     /* texts, links, lists */
    corm__arena scratch; /* one operation */
    int scratch_users;   /* reset when the outermost is done */
    corm__buffer sql;
    corm__vector blocks;        /* of slabs */
    corm__vector pending;       /* in the order of becoming pending; NULL: gone again */
    corm__vector deleted;       /* marked; NULL: unmarked again */
    corm__vector linked;        /* objects with unflushed relationship changes; NULL: gone */
    size_t struck_near[3];      /* where in those three one was struck last */
    corm__vector adopted;       /* objects in other sessions' slabs */
    corm__vector walks[2];      /* memory of the last walk, for the next one */
    struct corm__row *row;      /* of the last flush; NULL: there was none */
    corm__arena journal_memory; /* before-images */
    corm__entry *journal;
    size_t journal_count, journal_capacity;
    corm__struck struck;
    corm__mark *marks;
    size_t mark_count, mark_capacity;
    uint64_t next_mark;
    uint64_t sweeps; /* how often rows were written past objects */
    corm__retired *retired;
    size_t retired_count, retired_capacity;
    size_t retired_mark; /* those before it were retired before the last transaction ended */
    /* how often a column was touched or unset since the last flush; 0: none is */
    size_t touched;
    corm__guard guard;
    corm_stream *streams;    /* that were not closed */
    corm_blob_handle *blobs; /* that were not closed */
    corm__frozen *frozen;    /* read-only objects; NULL: there were none yet */
    corm__row_model *row_models;
    corm__row_list *row_lists;
    bool expunged; /* there are, or were, objects in its memory that are expunged */
    bool flushing;
    bool writing;           /* a transaction that begins now is going to write */
    int64_t sql_changed;    /* rows, by the last corm_sql_run */
    unsigned no_autoflush;  /* > 0: loads for internal needs do not flush */
    uint16_t hooks;         /* of its options: which there are */
    corm__running *running; /* the innermost hook; NULL: none */
    bool watched; /* somebody wants to know which statements run: one of those that follow */
    FILE *echo;
    bool echo_times; /* on, unless corm_echo_times switches it off */
    corm_trace_function trace;
    void *trace_context;
    bool expecting;                   /* a test counts statements */
    corm__expectations *expectations; /* NULL: none ever did */
    struct corm__looker *looker;      /* NULL: queries run; else they are only looked at */
#if defined(CORM_TRACE_CALLS)
    corm__trips trips;
#endif
#if defined(CORM__WATCHED)
    _Atomic(uintptr_t) visitor; /* the thread that is in it; 0: none */
    _Atomic(bool) trespassed;   /* another thread was refused since */
#endif
    corm_error error; /* while poisoned: the first one. Large, so behind what is used more */
};

/* The status of the last call on this thread. */
static CORM__PER_THREAD corm_status corm__status;

static inline corm__store *corm__store_of(corm_session *session, const corm__mapper *mapper)
{
    return &session->stores[mapper->index];
}

/* One for all models that inherit from each other. */
static inline corm__identity_map *corm__identities_of(corm_session *session,
                                                      const corm__mapper *mapper)
{
    return &session->stores[mapper->root->index].identities;
}

/* ---- Defined below, called above ------------------------------------------------------------- */

/* What corm_blob_open opened. */
struct corm_blob_handle {
    corm_session *session;
    corm_blob_handle *next; /* of the session's */
    corm_open_blob *open;   /* NULL: it has ended */
    const corm__column *column;
    size_t size;
    bool writable;
};

/* stream.c: the rows of streams that the program has get texts of their own: the statements end. */
static void corm__streams_keep(corm_session *session);
/* frozen.c: gives the read-only objects back, and forgets them; there are some. */
static void corm__frozen_release(corm_session *session);
/* expect.c */
static void corm__expected(corm_session *session, const corm_trace_event *event);
#if defined(CORM_TRACE_CALLS)
/* trips.c */
static void corm__trip_count(corm_session *session, const corm_trace_event *event);
static void corm__trip_loaded(corm_session *session, const void *object);
/* A row of a query, or of a relationship, has become this object. */
#define CORM__LOADED(session_, object_) corm__trip_loaded((session_), (object_))
#else
#define CORM__LOADED(session_, object_) ((void)0)
#endif

/* link.c */
static CORM__COLD corm_status corm__no_memory(corm_session *session);
/* expunge.c: expunged objects that lie in the session's memory leave it. */
static CORM__COLD corm_status corm__expunged_release(corm_session *session);
/* rows.c */
static corm_status corm__row_mapper(corm_session *session, const corm_model *model,
                                    corm__mapper **out);
/* rows.c: frees the lists of rows of earlier transactions; `all`: of this one, too. */
static void corm__row_lists_free(corm_session *session, bool all);
/* session.c */
static corm_status corm__autoflush(corm_session *session);
/* Undoes the transaction, or what came after the innermost savepoint, after a failure; poisons
 * the session with the error it has. */
static CORM__COLD corm_status corm__break_off(corm_session *session, bool transaction_lost);

#endif /* CORM__STATE_H */
