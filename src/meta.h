/* meta.h: what a model is.
 *
 * Owns: the column kinds and their C types, the const descriptors of columns, relationships,
 * models and schemas (model.h writes them, nobody changes them), dates.
 * Must not know: sessions, SQL text, which database it is. */
#ifndef CORM__META_H
#define CORM__META_H

#include "hooks.h"
#include "types.h"

/* ---- The C types of columns ------------------------------------------------------------------ */

/* A day of the Gregorian calendar, year 1 to 9999. Checked at flush; {0, 0, 0} is no day. */
typedef struct corm_date {
    int16_t year;
    uint8_t month; /* 1 to 12 */
    uint8_t day;   /* 1 to 31 */
} corm_date;

/* A moment in UTC to the microsecond, year 1 to 9999. Checked at flush. No leap seconds. */
typedef struct corm_datetime {
    int16_t year;
    uint8_t month, day;
    uint8_t hour, minute;
    uint16_t second;
    uint32_t microsecond;
} corm_datetime;

/* Bytes. data NULL is NULL; an empty blob has data and size 0. The bytes are borrowed until the
 * flush and owned by the session after it, as with text. */
typedef struct corm_blob {
    const void *data;
    size_t size;
} corm_blob;

/* OPTIONAL(...) of a kind: a value that may be absent, which is NULL in the table. TEXT, JSON and
 * BLOB say it by NULL. corm__zero is padding by name, so that whole structs can be compared: leave it
 * alone. */
typedef struct corm_optional_integer {
    bool has_value;
    uint8_t corm__zero[7];
    int64_t value;
} corm_optional_integer;
typedef struct corm_optional_real {
    bool has_value;
    uint8_t corm__zero[7];
    double value;
} corm_optional_real;
/* true is an int in C11, so that an optional boolean shares the integer's type; values other
 * than 0 and 1 are refused at flush. */
typedef corm_optional_integer corm_optional_boolean;
typedef struct corm_optional_date {
    bool has_value;
    uint8_t corm__zero;
    corm_date value;
} corm_optional_date;
typedef struct corm_optional_datetime {
    bool has_value;
    uint8_t corm__zero[3];
    corm_datetime value;
} corm_optional_datetime;
typedef struct corm_optional_time {
    bool has_value;
    uint8_t corm__zero[3];
    corm_time value;
} corm_optional_time;
typedef struct corm_optional_decimal {
    bool has_value;
    uint8_t corm__zero[7];
    corm_decimal value;
} corm_optional_decimal;
typedef struct corm_optional_uuid {
    bool has_value;
    corm_uuid value;
} corm_optional_uuid;
/* An enumerator is an int in C; values that the list does not have are refused at flush. */
typedef corm_optional_integer corm_optional_enum;

/* X(KIND, C type, C type of OPTIONAL(KIND), name of the type in function names) */
#define CORM__KIND_LIST(X)                                                                         \
    X(INTEGER, int64_t, corm_optional_integer, integer)                                            \
    X(REAL, double, corm_optional_real, real)                                                      \
    X(BOOLEAN, bool, corm_optional_boolean, boolean)                                               \
    X(TEXT, const char *, const char *, text)                                                      \
    X(BLOB, corm_blob, corm_blob, blob)                                                            \
    X(DATE, corm_date, corm_optional_date, date)                                                   \
    X(DATETIME, corm_datetime, corm_optional_datetime, datetime)                                   \
    X(TIME, corm_time, corm_optional_time, time)                                                   \
    X(DECIMAL, corm_decimal, corm_optional_decimal, decimal)                                       \
    X(UUID, corm_uuid, corm_optional_uuid, uuid)                                                   \
    X(JSON, const char *, const char *, json)                                                      \
    X(ENUM, the enum, corm_optional_enum, enum)                                                    \
    X(CUSTOM, the type, a struct of its own, custom)

typedef enum corm_kind {
#define CORM__KIND_ENUM(kind_, type_, optional_, name_) CORM_KIND_##kind_,
    CORM__KIND_LIST(CORM__KIND_ENUM)
#undef CORM__KIND_ENUM
        CORM_KIND_COUNT
} corm_kind;

/* ---- Columns --------------------------------------------------------------------------------- */

typedef struct corm_model corm_model;

/* What the database does to a row when the row it refers to is deleted or gets another key. */
typedef enum corm_action {
    CORM_ACTION_DEFAULT, /* nothing is said: refused while referenced */
    CORM_ACTION_NO_ACTION,
    CORM_ACTION_RESTRICT,
    CORM_ACTION_SET_NULL,
    CORM_ACTION_SET_DEFAULT,
    CORM_ACTION_CASCADE
} corm_action;

/* One column of one model by name: what corm_ref(Model, member) makes. */
typedef struct corm_reference {
    const corm_model *model; /* NULL: none */
    const char *column;
    size_t check; /* the member's size; a misspelt member does not compile */
} corm_reference;

/* A constant: what corm_default(value) makes. */
typedef struct corm_constant {
    /* NULL: what a bare value of any type but NULL itself would initialize, which the compiler refuses */
    const struct corm__wants_corm_default *corm__none;
    enum {
        CORM__CONSTANT_NONE,
        CORM__CONSTANT_INTEGER,
        CORM__CONSTANT_REAL,
        CORM__CONSTANT_TEXT
    } type;
    int64_t integer;
    double real;
    const char *text;
} corm_constant;

/* Makes the value of a column while a flush writes the row of `object` (a const User *, say), whose
 * members it may read; it must not use the session. *out takes the form in which the table holds
 * the column: DATE, DATETIME, TIME and UUID as the texts that corm_date_format and the like write,
 * ENUM its text, DECIMAL its units, BOOLEAN 0 or 1; CORM_VALUE_NULL for an OPTIONAL is no value.
 * Its bytes are static, the object's own, or made with corm_conversion_text or
 * corm_conversion_room. false, after corm_conversion_refuse has said why: the flush fails. */
typedef bool (*corm_column_function)(const void *object, corm_value *out,
                                     corm_conversion *conversion);

enum { CORM__NULLABLE_BY_TYPE = 2 };

/* The options of COLUMN(KIND, name, options...). Zero means default. */
typedef struct corm_column_options {
    bool primary_key; /* part of the primary key */
    /* the database never gives a key of a deleted row again; single INTEGER key only */
    bool autoincrement;
    bool unique;      /* no two rows have the same value (several NULLs may be) */
    bool index;       /* an index ix_<table>_<column>; with unique, one unique index */
    int nullable;     /* true or false; accepted where it agrees with the type */
    const char *name; /* of the column in the table; NULL: as the member */
    /* An SQL condition that every row must meet, for the DDL as it is: "price >= 0". It names
     * columns of the table and works with what is stored: a DECIMAL is its units, 10.00 is 1000.
     * NULL in them meets it. */
    const char *check;
    /* TEXT and kinds stored as TEXT: how the database compares and sorts them, for the DDL; SQLite
     * has "NOCASE", "RTRIM" and "BINARY". Not for columns of foreign keys */
    const char *collate;
    /* TEXT: at most so many characters of UTF-8; BLOB: bytes. 0: any. Checked at flush */
    unsigned length;
    corm_constant default_value; /* corm_default(...): given to the member by corm_new */
    /* gives the value when the row is inserted, if the column is still unset */
    corm_column_function default_function;
    /* gives the value when the row is updated, if the program has not changed the column itself */
    corm_column_function update_function;
    /* SQL: the DEFAULT in the table. A column that is unset is left out of the INSERT, and its value
     * is read back */
    const char *server_default;
    /* SQL: the database computes the column from others; the member is read only, and read back
     * after each INSERT and UPDATE of the row */
    const char *generated;
    /* INTEGER: counts the UPDATEs of the row, from 1 at the INSERT. An UPDATE or DELETE of a row that
     * has another version than the session knows is CORM_STALE_DATA. Read only */
    bool version;
    /* Not read with its row, but when corm_load_column asks for it, or a query with corm_load_columns:
     * for large values. Until then the member is empty, and not written. No key */
    bool deferred;
    bool stored;                      /* with .generated: kept in the table, not computed anew */
    corm_reference references;        /* corm_ref(Model, member): a foreign key */
    corm_action on_delete, on_update; /* of that foreign key */
    corm_validator validate;          /* a function of the program that may refuse a value */
} corm_column_options;

typedef struct corm_column {
    const char *name;
    corm_kind kind;
    bool optional;
    uint8_t precision, scale; /* DECIMAL: digits at most, and how many of them behind the point */
    uint16_t offset, size;    /* of the member in the struct, bytes */
    const corm_enum *enumeration; /* ENUM */
    const corm_custom *custom;    /* CUSTOM */
    corm_column_options options;
} corm_column;

/* A column as queries and checks name it; User_.age is one with a type around it. */
typedef struct corm_column_ref {
    const corm_model *model;
    unsigned index;
} corm_column_ref;

/* ---- Relationships --------------------------------------------------------------------------- */

typedef enum corm_relationship_kind {
    CORM_ONE_TO_MANY,
    CORM_MANY_TO_ONE,
    CORM_ONE_TO_ONE,
    CORM_MANY_TO_MANY
} corm_relationship_kind;

/* Cascades: what is done to an object is done to the related ones too. Save-update and merge are on
 * unless CORM_CASCADE_NONE is given. The bits lie beyond the numbers of corm_action, so that one is
 * refused where the other belongs. */
enum {
    CORM_CASCADE_SAVE_UPDATE = 1u << 8,     /* add */
    CORM_CASCADE_DELETE = 1u << 9,          /* delete */
    CORM_CASCADE_DELETE_ORPHAN = 1u << 10,  /* delete what was taken out; needs DELETE */
    CORM_CASCADE_EXPUNGE = 1u << 11,        /* expunge */
    CORM_CASCADE_REFRESH_EXPIRE = 1u << 12, /* refresh, expire */
    CORM_CASCADE_MERGE = 1u << 13,          /* merge */
    CORM_CASCADE_NONE = 1u << 14,           /* only what is given beside it, if anything */
    CORM_CASCADE_ALL = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_DELETE | CORM_CASCADE_EXPUNGE |
                       CORM_CASCADE_REFRESH_EXPIRE | CORM_CASCADE_MERGE
};

/* When a relationship is loaded. */
typedef enum corm_lazy {
    CORM_LAZY_BATCH,    /* on access, for all siblings at once (the default) */
    CORM_LAZY_SELECT,   /* on access, for one object */
    CORM_LAZY_SELECTIN, /* with the object that has it, in one more statement per 1,000 objects */
    CORM_LAZY_RAISE,    /* never: an access is an error that names the relationship */
    CORM_LAZY_JOINED,   /* with the object that has it, in the same statement, by LEFT JOIN */
    /* never, however large: append, remove, count, contains and corm_related_to; lists only */
    CORM_LAZY_WRITE_ONLY
} corm_lazy;

/* The order of a collection: corm_by(Model, member) or corm_by_descending(Model, member). */
typedef struct corm_sort {
    corm_reference column; /* model NULL: by primary key */
    bool descending;
} corm_sort;

enum { CORM__SORT_TERMS = 4, CORM__JOIN_PAIRS = 4, CORM__FILTER_TERMS = 4 };

/* A join by columns: corm_join(Track, artist_id, User, id) makes one pair; up to four pairs. The
 * first column is of the model whose rows refer to the other's. */
typedef struct corm_join_pair {
    corm_reference from, to;
    size_t check; /* columns of different kinds do not compile */
} corm_join_pair;
typedef struct corm_join_pairs {
    corm_join_pair pairs[CORM__JOIN_PAIRS];
} corm_join_pairs;

/* Constant conditions on the target, all of which must hold: corm_filter(Post, state, EQ, OPEN). */
typedef struct corm_filter_term {
    corm_reference column;
    unsigned operator_;
    corm_constant value; /* CORM__CONSTANT_NONE: NULL */
    size_t check;        /* a value of another type does not compile */
} corm_filter_term;
typedef struct corm_filter_terms {
    corm_filter_term terms[CORM__FILTER_TERMS];
} corm_filter_terms;

/* Options of the other side, where BACKREF declares it. */
typedef struct corm_backref_options {
    unsigned cascade;
    corm_lazy lazy;
    corm_sort order_by, then_by[CORM__SORT_TERMS - 1];
    bool passive_deletes;
    unsigned join_depth;
} corm_backref_options;

/* The association table of MANY_TO_MANY: corm_secondary("post_tags", "post_id", "tag_id"). The
 * first column refers to the model that declares the relationship, the second to its target.
 * Both sides name the same table. */
typedef struct corm_secondary_table {
    const char *table; /* NULL: none */
    const char *local, *remote;
} corm_secondary_table;

/* The options of RELATIONSHIP(KIND, name, Model, other side, options...). Zero means default. */
typedef struct corm_relationship_options {
    bool declared;    /* set by RELATIONSHIP itself */
    unsigned cascade; /* CORM_CASCADE_...; 0: save-update and merge */
    corm_lazy lazy;
    corm_sort order_by; /* to-many; default: the primary key */
    /* further columns: .then_by = {corm_by(Post, title)} */
    corm_sort then_by[CORM__SORT_TERMS - 1];
    corm_reference foreign_key; /* which column, where several refer to the same model */
    /* children that are not loaded are left to the database's ON DELETE */
    bool passive_deletes;
    /* JOINED, SELECTIN: how often it may follow itself, as in a tree. 0: once, and never back to a
     * model that the way came from */
    unsigned join_depth;
    corm_secondary_table secondary;
    /* read only: no part in changes, flushes and cascades; may look at another one's columns */
    bool view_only;
    corm_join_pairs join;     /* the columns that join, in place of a foreign key */
    corm_filter_terms filter; /* only these objects; makes it view-only */
    corm_backref_options backref;
} corm_relationship_options;

typedef enum corm__other_side {
    CORM__OTHER_NAMED_,
    CORM__OTHER_BACKREF_,
    CORM__OTHER_NONE_
} corm__other_side;

typedef struct corm_relationship {
    const char *name;
    corm_relationship_kind kind;
    const corm_model *target;
    corm__other_side other_side;
    const char *other_name; /* a row or BACKREF */
    corm_relationship_options options;
} corm_relationship;

/* A relationship as accessors and queries name it: the row that declares it, and which of its
 * two ends. User_.posts is one; User_posts_ is the same, and the only spelling for an end that
 * BACKREF declares. */
typedef struct corm_relationship_ref {
    const corm_model *model; /* the model whose list has the row */
    unsigned index;          /* of the row */
    bool backref;            /* the end on the target, declared by BACKREF */
} corm_relationship_ref;

/* ---- Models and schemas ---------------------------------------------------------------------- */

/* How many a model may have; a constraint or an index has at most 8 columns. */
enum { CORM_TABLE_UNIQUES = 8, CORM_TABLE_INDEXES = 8 };

/* Columns of one model: corm_columns(Like, user_id, post_id). */
typedef struct corm_column_set {
    const corm_model *model; /* NULL: none */
    const char *members;     /* "user_id, post_id" */
    size_t check;            /* 0; a misspelt member does not compile */
} corm_column_set;

/* An index: corm_index(Like, (user_id, created_at), options...). */
typedef struct corm_index_options {
    corm_column_set columns; /* set by corm_index itself */
    bool unique;             /* no two of its rows have the same values (NULLs may be) */
    /* an SQL condition, for the DDL as it is: only rows that meet it are in the index */
    const char *where;
    const char *name; /* NULL: ix_<table>_<column>_<column>... */
} corm_index_options;

/* The options of MODEL(Model, "table", LIST, options...). Zero means default. */
typedef struct corm_model_options {
    bool declared; /* set by MODEL itself */
    /* SQLite: a STRICT table, which refuses values of another type than the column's. Its columns
     * are INTEGER, REAL, TEXT or BLOB */
    bool strict;
    /* SQLite: a WITHOUT ROWID table, stored by its primary key. The program gives all keys */
    bool without_rowid;
    /* an SQL condition that every row must meet, for the DDL as it is: "ends > starts" */
    const char *check;
    /* no two rows have the same values in all of these: {corm_columns(Like, user_id, post_id)} */
    corm_column_set unique[CORM_TABLE_UNIQUES];
    /* {corm_index(Like, (user_id, created_at)), corm_index(...)}, made by corm_create_all */
    corm_index_options indexes[CORM_TABLE_INDEXES];
    const corm_hooks *hooks; /* called when something happens to its objects */
    /* corm_base(Model): a model of which this one is a kind. Its list begins with that one's columns.
     * In the same table: single-table inheritance; in one of its own: joined */
    const corm_model *inherits;
    /* corm_member(Model, column), TEXT or ENUM: of a model that others inherit from, the column that
     * says of which model a row is */
    corm_reference discriminator;
    const char *identity; /* what stands there in rows of this model */
} corm_model_options;

struct corm_model {
    const char *name, *table;
    size_t size; /* of the struct */
    const corm_column *columns;
    size_t column_count;
    const corm_relationship *relationships;
    size_t relationship_count;
    corm_model_options options;
    /* The struct is the program's, by EXISTING: what the columns do not name is left alone. */
    bool existing;
    bool row; /* made by CORM_ROW: no table, no key, in no schema */
    /* made by CORM_ALIAS: another name for this model, and nothing more; else NULL */
    const corm_model *alias_of;
    /* made by CORM_ALIAS for an end of that alias: the same end of the model; else NULL */
    const corm_relationship_ref *end;
};

/* A set of models that know each other. */
typedef struct corm_schema {
    const char *name;
    const corm_model *const *models;
    size_t model_count;
} corm_schema;

/* ---- Dates and values ------------------------------------------------------------------------ */

/* Whether it is a day of the calendar, year 1 to 9999; 2025-02-30 is not. */
CORM_API bool corm_date_is_valid(corm_date date);
CORM_API bool corm_datetime_is_valid(corm_datetime datetime);

/* Make one from numbers, unchecked until the flush: an impossible number stays impossible and is
 * refused there. */
CORM_API corm_date corm_date_of(int year, int month, int day);
CORM_API corm_datetime corm_datetime_of(int year, int month, int day, int hour, int minute,
                                        int second, int microsecond);

/* Before: negative; equal: 0; after: positive. */
CORM_API int corm_date_compare(corm_date a, corm_date b);
CORM_API int corm_datetime_compare(corm_datetime a, corm_datetime b);

/* Days since 1970-01-01, and back; for counting days. The date must be valid. */
CORM_API int64_t corm_date_to_days(corm_date date);
CORM_API corm_date corm_date_from_days(int64_t days);

/* Microseconds since 1970-01-01 00:00:00 UTC, and back. The date-time must be valid. */
CORM_API int64_t corm_datetime_to_microseconds(corm_datetime datetime);
CORM_API corm_datetime corm_datetime_from_microseconds(int64_t microseconds);

/* The present moment, UTC. */
CORM_API corm_datetime corm_now(void);
CORM_API corm_date corm_today(void); /* in UTC */

/* For .default_function and .update_function. Now: DATETIME, DATE, TIME or TEXT, in UTC; one moment
 * for everything that a flush writes. Today: DATE or TEXT, of that moment. */
CORM_API bool corm_default_now(const void *object, corm_value *out, corm_conversion *conversion);
CORM_API bool corm_default_today(const void *object, corm_value *out, corm_conversion *conversion);
/* A new random UUID: UUID or TEXT. */
CORM_API bool corm_default_uuid(const void *object, corm_value *out, corm_conversion *conversion);

enum { CORM_DATE_TEXT_SIZE = 11, CORM_DATETIME_TEXT_SIZE = 27 };
/* Write 'YYYY-MM-DD' or 'YYYY-MM-DD HH:MM:SS.ffffff', terminated, into `out` and return it. */
CORM_API char *corm_date_format(corm_date date, char out[CORM_DATE_TEXT_SIZE]);
CORM_API char *corm_datetime_format(corm_datetime datetime, char out[CORM_DATETIME_TEXT_SIZE]);
/* Read them back; false if the text is anything else. A date-time's fraction may be left out,
 * 'T' may stand for the space. */
CORM_API bool corm_date_parse(const char *text, corm_date *out);
CORM_API bool corm_datetime_parse(const char *text, corm_datetime *out);

/* Values for corm_value parameters; bytes are borrowed. A NULL text or blob gives NULL. */
CORM_API corm_value corm_value_null(void);
CORM_API corm_value corm_value_integer(int64_t value);
CORM_API corm_value corm_value_real(double value);
CORM_API corm_value corm_value_text(const char *value);
CORM_API corm_value corm_value_blob(corm_blob value);

/* So many zero bytes, which are nowhere in memory: for a .deferred column that corm_blob_write is going
 * to fill. Its data is not to be read; the flush that has written it empties the member. */
CORM_API corm_blob corm_blob_of_size(size_t size);

/* The value inside an OPTIONAL. */
static inline corm_optional_integer corm__some_integer(int64_t value)
{
    corm_optional_integer some = {true, {0}, value};
    return some;
}
static inline corm_optional_real corm__some_real(double value)
{
    corm_optional_real some = {true, {0}, value};
    return some;
}
static inline corm_optional_date corm__some_date(corm_date value)
{
    corm_optional_date some = {true, 0, value};
    return some;
}
static inline corm_optional_datetime corm__some_datetime(corm_datetime value)
{
    corm_optional_datetime some = {true, {0}, value};
    return some;
}

static inline corm_optional_time corm__some_time(corm_time value)
{
    corm_optional_time some = {true, {0}, value};
    return some;
}
static inline corm_optional_decimal corm__some_decimal(corm_decimal value)
{
    corm_optional_decimal some = {true, {0}, value};
    return some;
}
static inline corm_optional_uuid corm__some_uuid(corm_uuid value)
{
    corm_optional_uuid some = {true, value};
    return some;
}

#endif /* CORM__META_H */
