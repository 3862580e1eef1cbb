/* state.h: what a session remembers.
 *
 * Owns: the private structs of engine, session and object, shared by the rooms below; the few
 * functions that an upper room calls although a lower one defines them.
 * Must not know: how they are used. */
#ifndef CORM__STATE_H
#define CORM__STATE_H

#include "query.c"
#include "registry.c"
#include "session.h"
#include "sql.c"

/* Whether two threads in one session are looked for: see entry.c. */
#if !defined(NDEBUG) && !defined(CORM_NO_THREADS) && !defined(__STDC_NO_ATOMICS__) &&              \
    defined(__GNUC__)
#define CORM__WATCHED
#include <stdatomic.h>
#endif

/* ---- Objects --------------------------------------------------------------------------------------
 * The structs of one model lie in slabs: pieces of memory aligned to their size, so that the address of an object
 * leads to its slab by masking. Beside the structs a slab has two parallel arrays: the records (what corm knows of each
 * object) and the snapshots (each struct as it was last loaded, flushed or made). Two rules hold at all times:
 *   - The texts and blobs that a snapshot points at belong to the session. A member that points elsewhere is
 *     borrowed from the program until the next flush copies it.
 *   - A persistent object's snapshot is its row as the session last saw it: it tells the stored key and
 *     foreign keys. */

enum {
    /* small enough for small sessions, large enough for 64 columns of 16 bytes */
    CORM__SLAB_SIZE = 16384,
    CORM__SLAB_MAGIC = 0x636f726d /* "corm" */
};

typedef struct corm__batch { /* what one query loaded: the siblings */
    void **items;
    size_t count;
    bool whole; /* they are all that their table has */
    /* the relationship that was last loaded for some of them, session->clock then, how many those were */
    const corm__relation *relation;
    uint32_t clock;
    size_t reach;
} corm__batch;

enum {                                 /* corm__record.flags */
       CORM__LIVE = 1u << 0,           /* the slot holds an object */
       CORM__MARKED_DELETED = 1u << 1, /* corm_delete was asked for; it is in session->deleted */
       CORM__DIRTY_LINKS = 1u << 2,    /* it is in session->linked */
       CORM__PENDING_LISTED = 1u << 3, /* it is in session->pending */
       CORM__NEW = 1u << 4,            /* flush: it was inserted in it */
       CORM__IN_FLUSH = 1u << 5,       /* flush: it is in the plan */
       CORM__VISITED = 1u << 6,        /* a walk over the graph has been here */
       CORM__WRITTEN = 1u << 7,        /* flush: its INSERT or UPDATE is done, or needs none */
       /* lives in a slab of another session; it is in session->adopted */
       CORM__ADOPTED = 1u << 8,
       /* flush: deleted as orphan or by cascade from one, for this flush only */
       CORM__DOOMED = 1u << 9,
       /* was pending and left as an orphan: adding or linking it again brings it back, a flush does
        * not */
       CORM__LEFT = 1u << 10,
       CORM__GONE = 1u << 11, /* its delete was committed: it has no row to come back to */
       /* a new object was inserted with its key: its row had gone without the session's doing */
       CORM__DISPLACED = 1u << 12,
       CORM__CASCADED = 1u << 13, /* marked deleted together with a parent */
       /* inserted with a foreign key left out, and not read since: that nobody is referred to was
        * never said */
       CORM__UNSAID = 1u << 14
};

typedef union corm__standing {
    /* transient, pending: columns without a value; above them the columns with a default, in
     * their order, as far as there is room: those that have it because they were left out */
    uint64_t unset;
    corm__batch *batch; /* persistent: its siblings, while epoch is the session's */
} corm__standing;

typedef struct corm__image {      /* a part of a snapshot as it was before a flush, for rollback */
    struct corm__image *previous; /* of the same object, older */
    uint32_t place;               /* of its entry in the journal */
    uint16_t first, size;         /* which bytes of the struct */
    corm__standing standing;      /* the newest one: the object's */
    /* the bytes follow */
} corm__image;

typedef struct corm__record {  /* 32 bytes where pointers have 8 */
    struct corm__extra *extra; /* relationships and rare things, made at first use */
    union {
        corm__standing standing;
        corm__image *image; /* imaged: newest before-image of this transaction */
    } as;
    /* of the session when the members were loaded; older: expired; 0: expired on its own */
    uint32_t generation;
    uint32_t position; /* in the batch */
    uint32_t epoch;    /* of the session when the batch was handed out */
    uint16_t flags;
    uint8_t state;     /* corm_object_state */
    bool deferred : 1; /* its deferred columns are not loaded, but those in extra->loaded */
    bool imaged : 1;
    bool away : 1;  /* it belongs to extra->session, not to the owner of its slab */
    bool fresh : 1; /* its row was inserted in this transaction */
    bool last : 1;  /* while a list is put together: it will stand behind the others */
    /* it has no row yet, and nothing is wrong with the texts of its snapshot, nor with its real numbers */
    bool checked : 1;
    /* new: the program's, though it lies in its session's memory still, as it is linked to others there */
    bool expunged : 1;
} corm__record;

typedef struct corm__changes { /* of a collection, since the last flush; net */
    void **added, **removed;
    /* appended while the collection was not loaded: their order, for when it is */
    void **recent;
    /* of a fresh owner: put in while the collection was not loaded, for when a rollback makes the owner
     * new again */
    void **made;
    uint32_t added_count, added_capacity, removed_count, removed_capacity, recent_count,
        recent_capacity, made_count, made_capacity;
} corm__changes;

typedef struct corm__link { /* one relationship of one object */
    /* to-many: loaded, or (transient and pending owners) everything there is */
    void **items;
    void *target;           /* to-one */
    corm__changes *changes; /* to-many of a persistent owner; NULL: none */
    uint32_t count, capacity;
    uint32_t stamp;  /* prefetched: session->clock at that time */
    bool loaded;     /* items or target are known */
    bool handed : 1; /* items were given to the program: copy before the next change */
    /* to-many, not loaded: the program appended to it or removed from it, as if it had been loaded
     * then: what is linked from now on stands last, looking at it does not flush, cascades see it */
    bool opened : 1;
    bool barred : 1; /* not loaded on access, because a query has said corm_load_never */
    /* of an object that was new when its transaction was undone: what it held has a row, and refers
     * to what that says; the next flush that finds the object in the session links it again */
    bool kept : 1;
    /* of an object in the program's hands: without what has stayed in the session that it left. In the
     * next one it is loaded anew */
    bool cut : 1;
    bool forgotten : 1; /* what it had is not known any more */
    /* the program has said: of a reference to whom, since the last flush; of a list, whose owner has no row, what is
     * put in or taken out, so that an empty one is meant to be empty */
    bool told : 1;
    bool bare : 1; /* to-one without the key, changed: there was nothing before */
    bool
        changed; /* to-one: differs from what is stored; without the key: was given or lost something */
    bool prefetched; /* loaded for a sibling: valid only while nothing was written */
} corm__link;

/* What a query with corm_load_where shows of a collection. The link itself knows nothing of it, so that
 * whatever needs the whole collection finds it not loaded and reads it. */
typedef struct corm__view {
    struct corm__view *next; /* of the same object */
    corm__link list;         /* items; loaded: they are complete */
    /* the part is loaded when it is looked at: until then the items are what was appended; NULL: it
     * is loaded */
    struct corm__later *later;
    uint32_t appended;   /* while it is being loaded: so many items stood there before */
    uint32_t generation; /* of the session's links */
    uint16_t relation;   /* its index */
} corm__view;

/* The SELECT of parts that are loaded on access, as the query has written it, with its own copies of
 * the values: nothing of the program is borrowed. Of the views that wait for it; one block. */
typedef struct corm__later {
    size_t size;                 /* of the block */
    size_t uses;                 /* views that wait, and who reads */
    size_t owners;               /* whose keys the statement takes, among the values */
    corm_value *values;          /* of filters, condition, order and limit */
    size_t value_count, keys_at; /* so many of them stand before the keys */
    char *sql;
    size_t sql_size;
} corm__later;

/* What an object takes along when it leaves a session: prepared first, because it may fail, and handed over then. */
typedef struct corm__luggage {
    struct corm__extra *extra;
    char *texts;
} corm__luggage;

typedef struct corm__rare { /* what most objects have nothing of */
    uint64_t touched;       /* columns to be written in any case */
    uint64_t expired;       /* single columns that are expired */
    uint64_t unset;         /* persistent: columns whose value was taken away */
    uint64_t loaded;        /* deferred columns that were loaded all the same */
    corm_session *session;  /* of an object that is away; NULL: the program */
    void *own_block;        /* texts of an object that was expunged */
    corm__view *views;      /* of its collections */
    void *own_lists;        /* lists that the program got while the object had no session */
    /* without a session: corm__gone when it was last seen who of its links is there */
    uintptr_t gone;
    /* of an expunged object that lies in its session's memory: for when that ends. Its extra is empty */
    corm__luggage packed;
} corm__rare;

typedef struct corm__extra {
    uint32_t generation; /* of the session's links */
    uint16_t link_count;
    /* allocated for itself (expunged object), not from the session's heap; so is the rest */
    bool own;
    corm__rare *rare;   /* NULL: all zero; there is one where the object is or was away */
    corm__link links[]; /* by index of the relation */
} corm__extra;

/* What one looks at to find the way from an object to what is known of it stands first, in one line of a
 * processor's cache. */
typedef struct corm__slab {
    uint32_t magic;
    uint32_t reciprocal;     /* place = (offset * reciprocal) >> 32 */
    uint32_t first;          /* offset of the first struct */
    uint32_t capacity, used; /* used: high-water mark */
    uint32_t live;           /* slots in use, of any session or none */
    corm__mapper *mapper;
    corm_session *owner;   /* gives out its slots; NULL once that session is gone */
    corm__record *records; /* NULL: its structs are read-only objects, which have none */
    char *snapshots;
    bool linked; /* an object in it has, or had, what belongs to relationships */
    struct corm__block *block;
    struct corm__slab *older; /* in its block */
    /* read-only objects with relationships: of each, its links, or NULL where none is loaded */
    struct corm__frozen_link **links;
} corm__slab;

/* What was loaded of a relationship of a read-only object. */
typedef struct corm__frozen_link {
    void **items; /* to-many */
    void *target; /* to-one */
    uint32_t count, capacity;
    bool loaded;
} corm__frozen_link;

/* The read-only objects of one session, which are given back all together. */
typedef struct corm__frozen {
    corm__heap heap;     /* texts, links, lists */
    corm__vector slabs;  /* the first `taken` are in use */
    corm__vector memory; /* that they are cut from */
    size_t taken;
    corm__slab **open; /* of each model, where the next object goes: without links, with links */
} corm__frozen;

typedef struct corm__slot {
    uint64_t hash; /* of an integer key: the key itself */
    void *object;  /* NULL: nothing was here; corm__left: what was has left */
} corm__slot;

typedef struct corm__hash_map { /* by_hash.c */
    corm__slot *slots;
    size_t capacity, count;
    size_t used, limit; /* slots in which something is or was; how many there may be */
    size_t owed;        /* how many have left and may come back, for which there is room */
    void *block;        /* that the slots lie in */
} corm__hash_map;

typedef struct corm__identity_map { /* identity.c */
    void **row;     /* of the objects whose keys are first, first + 1, ...; NULL: there is none */
    uint64_t first; /* integer keys as they are stored: modulo 2^64 */
    size_t width, in_row; /* its places; how many of them have an object */
    void *block;          /* that it lies in */
    corm__hash_map others;
    bool numbered; /* keys are single integers */
} corm__identity_map;

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
