/* registry.h: models as the implementation sees them.
 *
 * Owns: the structs that columns, relationships, association tables and models become when an
 * engine opens, and their limits. registry.c fills them once; from then on they are read only, so
 * that threads may share them.
 * Must not know: how they are built, SQL text, sessions. */
#ifndef CORM__ROOM_REGISTRY_H
#define CORM__ROOM_REGISTRY_H

#include "meta.h"
#include "core.c"

/* Columns of one key; columns of one table: a set of columns is one uint64_t. */
enum { CORM__KEY_MAX = 8, CORM__COLUMN_MAX = 64 };
/* Bytes of a struct. */
enum { CORM__STRUCT_MAX = 8192 };

/* The members of corm_hooks; a set of them is one uint16_t. */
typedef enum corm__hook {
#define CORM__HOOK_ENUM(name_) CORM__HOOK_##name_,
    CORM__HOOK_LIST(CORM__HOOK_ENUM)
#undef CORM__HOOK_ENUM
        CORM__HOOK_COUNT
} corm__hook;

enum { CORM__NOT_PLAIN = UINT8_MAX };

typedef struct corm__mapper corm__mapper;
typedef struct corm__relation corm__relation;
typedef struct corm__registry corm__registry;

typedef struct corm__column {
    const corm_column *info;
    const char *name; /* in the table */
    corm_kind kind;
    corm_kind base; /* as what conditions and keys know it: INTEGER for an INTEGER_AS */
    bool optional, primary_key;
    bool owns; /* TEXT, JSON, BLOB: the member is or begins with a pointer to bytes */
    /* corm_value_type: a value of this type is the member as it is (a text: its copy); or CORM__NOT_PLAIN */
    uint8_t plain;
    /* of the value in the struct of an OPTIONAL; 0: there is no such struct */
    uint16_t box;
    uint16_t index, offset, size; /* in the model; of the member in the struct, bytes */
    corm__mapper *owner;
    corm__mapper *home;      /* in whose table it is: another's where it is inherited */
    corm__mapper *reference; /* foreign key; NULL: none */
    uint16_t reference_column;
    corm__mapper *follows; /* no foreign key, but a .join: rows that are written before */
} corm__column;

/* A constant condition on the target of a relationship. */
typedef struct corm__filter {
    corm_value value; /* as the table holds it */
    uint16_t column;  /* of target */
    uint8_t operator_;
} corm__filter;

/* An index, or a unique constraint of several columns. */
typedef struct corm__index {
    const char *name;  /* NULL: a constraint */
    const char *where; /* NULL: all rows */
    bool unique;
    uint16_t count;
    uint16_t columns[CORM__KEY_MAX];
} corm__index;

/* The table of a many-to-many. */
typedef struct corm__association {
    const char *table;
    corm__relation *sides[2]; /* [0] declared first; [1] its inverse (maybe hidden) */
    /* Columns that refer to the source of sides[0] and of sides[1]; as many as its primary key. */
    const char *columns[2][CORM__KEY_MAX];
    uint16_t counts[2];
    corm__mapper *mapper; /* of the model whose table it is too; NULL: none */
} corm__association;

struct corm__relation {
    const char *name; /* "posts"; hidden ones too have a name for messages */
    corm_relationship_kind kind;
    bool to_many;   /* a list; else one object */
    bool holds_key; /* its rows hold the foreign key: many-to-one, that side of a one-to-one */
    bool hidden;    /* no accessor: made because NONE was declared, so that inverse is never NULL */
    uint16_t index; /* in source->relations */
    corm__mapper *source, *target;
    corm__relation *inverse; /* never NULL */
    unsigned cascade;        /* resolved: the defaults unless CORM_CASCADE_NONE; hidden: none */
    corm_lazy lazy;
    uint16_t join_depth; /* JOINED, SELECTIN: how often it may follow itself; 0: the default */
    bool passive_deletes;
    bool view_only;       /* no part in changes, flushes and cascades */
    uint16_t order_count; /* for lists; the primary key completes the order */
    uint16_t filter_count;
    uint16_t filter_values; /* of filters: those that are not NULL */
    struct {
        uint16_t column; /* of target */
        bool descending;
    } order[CORM__SORT_TERMS];
    corm__filter filters[CORM__FILTER_TERMS];
    /* The join: columns of source (the foreign key if holds_key, else the referenced key) and, in
     * the same order, of target. Many-to-many: the primary keys of both. */
    uint16_t key_count;
    uint16_t local[CORM__KEY_MAX];
    uint16_t remote[CORM__KEY_MAX];
    corm__association *association; /* many-to-many */
    unsigned side;                  /* 0 or 1: association->sides[side] is this one */
    bool local_is_key;              /* the join's columns of source are its primary key */
    bool remote_is_key;             /* those of target are, and nothing else is asked of it */
    /* holds_key, remote_is_key, the key is one integer that stands in the member as it is, and whatever has
     * the key is of the target's model */
    bool direct;
    uint16_t direct_at; /* offset of that member */
};

typedef struct corm__part { /* of an object's row: what is in one table */
    corm__mapper *home;
    uint64_t columns; /* of the object's model; the key is in every table, and here in the first */
} corm__part;

struct corm__mapper {
    const corm_model *model;
    corm__registry *registry;
    uint16_t index; /* in registry->mappers */
    uint16_t rank;  /* position in registry->order */
    /* Tables that refer to each other in a circle share a group; groups go by dependency. */
    uint16_t group;
    bool cyclic; /* refers to itself, or to a table of its own group */
    corm__column *columns;
    uint16_t column_count;
    uint16_t pk[CORM__KEY_MAX];
    uint16_t pk_count;
    bool integer_key;  /* a single INTEGER column, not optional: the database may number it */
    bool plain_key;    /* the same, whose member holds what the row has */
    bool text_members; /* has members that own bytes */
    corm__index *uniques, *indexes; /* unique constraints; those of columns come first */
    uint16_t unique_count, index_count;
    /* columns with .default_function, with .update_function */
    uint64_t default_functions, update_functions;
    /* columns with .server_default, with .generated */
    uint64_t server_defaults, generated;
    uint64_t deferred;           /* columns that are not read with their row */
    const corm__column *version; /* NULL: none */
    uint64_t filled;             /* columns that an INSERT may fill where they are unset */
    uint64_t foreign_keys;       /* columns that a relationship goes by */
    uint64_t followed;           /* columns whose change the database carries on: ON UPDATE */
    uint64_t checked;            /* columns that may have what cannot be written */
    bool plain;      /* these are texts and numbers; all others are the program's to give */
    uint64_t owning; /* columns of texts and blobs */
    bool eager;      /* has relationships that are loaded with its objects */
    bool validated;  /* has columns with a validator */
    uint16_t hooks;  /* of the model and its bases: which there are */
    const corm_hooks *listeners; /* its .hooks; NULL: none, or given to a base too */
    /* Declared ones first (same index as the model's rows), then backrefs and hidden ends. */
    corm__relation **relations;
    uint16_t relation_count;
    size_t size; /* of the struct, bytes */
    bool dense;  /* a row fills every byte of the struct */
    /* a struct to which nothing was assigned yet: sentinels, defaults, the identity */
    unsigned char *blank;
    /* Inheritance. A model that has no part in it is its own root, home and family; base and
     * discriminator are NULL. */
    corm__mapper *base, *root;
    corm__mapper *home;           /* whose table has its own columns */
    corm__column *discriminator;  /* of this mapper's columns */
    corm_value identity;          /* what stands there */
    corm__mapper **family;        /* itself and those that inherit, each before its own heirs */
    uint16_t family_count, place; /* place: in root->family */
    uint16_t inherited, inherited_relations; /* so many columns and relations are the base's */
    /* Rows of a query have the model's columns, and then the heirs' own, in the family's order. */
    uint16_t slot, select_count; /* slot: of the first own one, counted in the whole hierarchy */
    bool spread;                 /* its and its heirs' columns are in several tables */
    uint16_t part_count, stored_count;
    corm__part *parts, whole; /* the base's table first */
    corm__column **stored;    /* of a home: the columns of its table; NULL: columns */
};

struct corm__registry {
    const corm_schema *schema;
    corm__mapper *mappers;
    size_t count;
    corm__mapper **order; /* referenced tables first; ties keep the order of the schema */
    corm__association **associations;
    size_t association_count;
    uint16_t hooks;    /* of all models */
    bool numbered;     /* a table's name ends in a number, as names in queries may: posts_2 */
    corm__arena arena; /* owns all of it */
};

/* Whether an object of `mapper` is one of `base` too. */
static inline bool corm__is_a(const corm__mapper *mapper, const corm__mapper *base)
{
    return mapper == base || (mapper->root == base->root && mapper->place >= base->place &&
                              mapper->place < base->place + base->family_count);
}

/* Whether an object of one of them may be one of the other too. */
static inline bool corm__are_kin(const corm__mapper *a, const corm__mapper *b)
{
    return corm__is_a(a, b) || corm__is_a(b, a);
}

/* The columns of a home's table. */
static inline size_t corm__stored_count(const corm__mapper *home)
{
    return home->stored != NULL ? home->stored_count : home->column_count;
}
static inline const corm__column *corm__stored_at(const corm__mapper *home, size_t i)
{
    return home->stored != NULL ? home->stored[i] : &home->columns[i];
}

/* Whether its rows share the table with others, from which only the discriminator tells them. */
static inline bool corm__is_narrow(const corm__mapper *mapper)
{
    return mapper->home != mapper;
}

/* The model, itself or a base, whose rows have `count` parts: what it says of its own table holds
 * for that part of the mapper's rows. */
static inline const corm__mapper *corm__part_model(const corm__mapper *mapper, size_t count)
{
    while (mapper->part_count > count)
        mapper = mapper->base;
    return mapper;
}

/* The version that stands in the mapper's own table; NULL: none there. */
static inline const corm__column *corm__own_version(const corm__mapper *mapper)
{
    return mapper->version != NULL && mapper->version->home == mapper->home ? mapper->version
                                                                            : NULL;
}

/* The columns that an INSERT into the model's own table writes. */
static inline uint64_t corm__inserted_columns(const corm__mapper *mapper)
{
    uint64_t columns = mapper->parts[mapper->part_count - 1].columns;
    for (size_t i = 0; mapper->part_count > 1 && i < mapper->pk_count; i++)
        columns |= UINT64_C(1) << mapper->pk[i];
    return columns;
}

/* The table that a foreign key to this column of the model refers to. */
static inline const corm__mapper *corm__referred_home(const corm__column *column)
{
    return column->primary_key ? column->owner->home : column->home;
}

/* In the table: a column of one model among several in a table is NULL in the others' rows. */
static inline bool corm__is_nullable(const corm__column *column)
{
    return column->optional || column->owner != column->owner->home;
}

#endif /* CORM__ROOM_REGISTRY_H */
