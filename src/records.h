/* records.h: what is known of each object.
 *
 * Owns: the private structs that objects lie in and are found by: records, links, slabs, maps; the rules that hold
 * of them at all times.
 * Must not know: the session, how they are used. */
#ifndef CORM__RECORDS_H
#define CORM__RECORDS_H

#include "query.c"
#include "registry.c"
#include "session.h"

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

#endif /* CORM__RECORDS_H */
