/* query.h: what a query is.
 *
 * Owns: joins, the columns of rows, subqueries, loading options, and the structs that take all clauses
 * of a query as keyword arguments; the parts of a primary key.
 * Must not know: SQL text, sessions, rows. */
#ifndef CORM__QUERY_H
#define CORM__QUERY_H

#include "expression.h"

/* ---- Clauses --------------------------------------------------------------------------------- */

/* Tables whose rows are put beside those of the query. Small values like conditions. */
typedef struct corm_joining {
    corm__wants_a_join count;
    uint16_t wanted; /* more than count: parts that did not fit */
    corm__node nodes[CORM_CONDITION_NODES];
} corm_joining;

/* What fills the members of a row's struct. */
typedef struct corm_fields {
    corm__wants_corm_field count;
    uint16_t wanted;
    corm__node nodes[2 * CORM_CONDITION_NODES];
} corm_fields;

enum { CORM__LOAD_TERMS = 8, CORM__TABLE_TERMS = 4 };

/* What corm_load_where takes behind a collection, as keyword arguments. */
typedef struct corm_load_options {
    corm_condition where CORM__ZERO;   /* only these of its objects; default: all */
    corm_ordering order_by CORM__ZERO; /* default: the relationship's own */
    int64_t limit CORM__ZERO; /* of each owner at most so many; 0: all. Below zero is refused */
    /* by LEFT JOIN in the query's own statement; with a limit it has one of its own in any case */
    bool joined CORM__ZERO;
    /* when one of the owners' collections is looked at, for all siblings: values and variables count as
     * they are when the query runs, and are not needed after it */
    bool later CORM__ZERO;
} corm_load_options;

/* The conditions and orders of all terms stand one behind the other. */
typedef struct corm_loading {
    corm__wants_corm_load count;
    corm_relationship_ref relationships[CORM__LOAD_TERMS];
    corm_lazy how[CORM__LOAD_TERMS]; /* SELECTIN, JOINED; BATCH, RAISE: not now */
    struct {
        bool filtered;         /* by corm_load_where */
        uint16_t where, order; /* nodes of the condition, and of the order behind it */
        int64_t limit;
        bool joined, later; /* as asked for */
    } shown[CORM__LOAD_TERMS];
    uint16_t node_count;
    uint16_t wanted; /* nodes, if there was no room for all */
    corm__node nodes[CORM_CONDITION_NODES];
    uint16_t column_count; /* deferred columns that are loaded all the same */
    corm_column_ref columns[CORM__LOAD_TERMS];
} corm_loading;

typedef struct corm_select corm_select;

/* A query with a name, whose rows others read like those of a table: WITH. Made by corm_with and
 * corm_with_recursive. Both queries are borrowed until the query in which this stands has run. */
typedef struct corm_table {
    const corm_model *row; /* the CORM_ROW that gives it its name, and its members as columns */
    const corm_select *first, *next; /* next: NULL: not recursive */
} corm_table;

/* Another query whose rows are added to, kept from, or taken from those before: corm_union,
 * corm_union_all, corm_intersect, corm_except. Borrowed until the query has run. */
typedef struct corm_compound {
    const corm_select *other;
    unsigned how; /* corm__compounding */
} corm_compound;
enum { CORM__UNION = 1, CORM__UNION_ALL, CORM__INTERSECT, CORM__EXCEPT };

/* What corm_all, corm_first, corm_one, corm_count and corm_stream_open take after the model, as keyword
 * arguments. It may be built up and kept: corm_query_of(User, .limit = 10), and run with corm_all_of. */
typedef struct corm_query {
    const corm_model *model CORM__ZERO;
    corm_table with[CORM__TABLE_TERMS] CORM__ZERO;
    /* Joined rows are there for conditions and orders; an object comes once for each of its partners,
     * unless the query is .distinct. */
    bool distinct CORM__ZERO;
    corm_joining join CORM__ZERO;
    corm_condition where CORM__ZERO; /* default: every row */
    /* default: as the database likes; corm_first: by primary key */
    corm_ordering order_by CORM__ZERO;
    corm_loading load CORM__ZERO; /* relationships to load together with the objects */
    int64_t limit CORM__ZERO;     /* at most so many rows; 0: all. Below zero is refused */
    int64_t offset CORM__ZERO;    /* rows to skip. Below zero is refused */
    /* The objects are only looked at: no session tracks them, no flush compares them, what is
     * assigned to them is written nowhere. They and their lists live until the next transaction
     * begins. Of their relationships there is what the query loads */
    bool read_only CORM__ZERO;
    /* A page: how many rows there are without limit and offset is stored here, by a statement of its
     * own. Borrowed until the query has run. */
    int64_t *total CORM__ZERO;
    /* The page behind this struct of the model (an object, or members that were kept): rows that come
     * after it in the order of .order_by, which has columns of the model only; without one, in that of the
     * primary key. Give the first page the same .order_by, that of the key if there is no other: with a
     * .limit the key completes it, so no row is met twice or left out. Borrowed until the query has run. */
    const void *after CORM__ZERO;
} corm_query;

/* What corm_select, corm_values and corm_scalar take behind the row, and subqueries behind their value. */
struct corm_select {
    const corm_model *row CORM__ZERO; /* the struct that a row becomes */
    corm_table with[CORM__TABLE_TERMS] CORM__ZERO;
    bool distinct CORM__ZERO;
    corm_fields fields CORM__ZERO; /* default: members get the columns of their names */
    const corm_model *from
        CORM__ZERO; /* corm_from(Track): whose rows; default: the first field's */
    corm_joining join CORM__ZERO;
    corm_condition where CORM__ZERO;
    corm_grouping group_by CORM__ZERO;
    corm_condition having CORM__ZERO; /* a condition on groups: corm_gt(corm_count_rows(), 1) */
    corm_compound compound[CORM__TABLE_TERMS] CORM__ZERO;
    corm_ordering order_by CORM__ZERO; /* members of the row too: corm_desc(Sales_.total) */
    int64_t limit CORM__ZERO;
    int64_t offset CORM__ZERO;
};

/* The last of the parts of a join has a count of UINT16_MAX. */
CORM_API corm_joining corm_joining_related(int operator_, corm_relationship_ref relationship,
                                           const corm_model *alias, corm_condition on);
CORM_API corm_joining corm_joining_model(int operator_, const corm_model *model, corm_condition on);
CORM_API corm_joining corm_joining_join(const corm_joining *parts);
CORM_API corm_fields corm_fields_of(corm_column_ref member, corm_condition value);
CORM_API corm_fields corm_fields_join(const corm_fields *parts);
CORM_API corm_condition corm_condition_any(corm_relationship_ref relationship,
                                           corm_condition condition);
CORM_API corm_condition corm_condition_holds(corm_relationship_ref relationship, void *object);
CORM_API corm_condition corm_condition_query(const corm_select *select, corm_condition value);
CORM_API corm_loading corm_loading_of(const corm_relationship_ref *relationships, size_t count,
                                      corm_lazy how);
CORM_API corm_loading corm_loading_columns(const corm_column_ref *columns, size_t count);
CORM_API corm_loading corm_loading_where(corm_relationship_ref relationship,
                                         const corm_load_options *options);
CORM_API corm_loading corm_loading_join(const corm_loading *parts, size_t count);

/* ---- What the user writes -------------------------------------------------------------------- */

/* One part of a primary key; `room` takes the text of it. */
static inline corm_value corm__key_integer(int64_t value, char *room)
{
    (void)room;
    return corm_value_integer(value);
}
static inline corm_value corm__key_text(const char *value, char *room)
{
    (void)room;
    return corm_value_text(value);
}
static inline corm_value corm__key_date(corm_date value, char *room)
{
    return corm_value_text(corm_date_format(value, room));
}
static inline corm_value corm__key_datetime(corm_datetime value, char *room)
{
    return corm_value_text(corm_datetime_format(value, room));
}
static inline corm_value corm__key_time(corm_time value, char *room)
{
    return corm_value_text(corm_time_format(value, room));
}
static inline corm_value corm__key_uuid(corm_uuid value, char *room)
{
    return corm_value_text(corm_uuid_format(value, room));
}

/* clang-format off */

/* Joins, for .join: along a relationship, corm_inner_join(Track_.album), or with a condition of one's
 * own, corm_join_on(Album, corm_eq(Album_.id, Track_.album_id)). The left ones keep rows without a
 * partner, whose columns are NULL. Several: corm_joins(corm_inner_join(Track_.album),
 * corm_left_join(Album_.artist)). A further condition on the partners may stand behind the
 * relationship. The partners of a relationship can have an alias: corm_inner_join_as(boss,
 * Employee_.manager). */
#define corm_inner_join(...) CORM__JOINING(CORM__JOIN_RELATED, NULL, __VA_ARGS__, )
#define corm_left_join(...) CORM__JOINING(CORM__JOIN_LEFT_RELATED, NULL, __VA_ARGS__, )
#define corm_inner_join_as(alias_, ...)                                                            \
    CORM__JOINING(CORM__JOIN_RELATED, &corm__model_##alias_, __VA_ARGS__, )
#define corm_left_join_as(alias_, ...)                                                             \
    CORM__JOINING(CORM__JOIN_LEFT_RELATED, &corm__model_##alias_, __VA_ARGS__, )
#define CORM__JOINING(operator_, alias_, relationship_, ...)                                       \
    corm_joining_related(operator_, (relationship_), alias_, CORM__MAYBE(__VA_ARGS__))
#define CORM__MAYBE(...) CORM__JOIN2(CORM__MAYBE_, CORM__COUNT(__VA_ARGS__))(__VA_ARGS__)
#define CORM__MAYBE_1(end_) CORM__NONE(corm_condition)
#define CORM__MAYBE_2(condition_, end_) (condition_)
#define corm_join_on(model_, condition_)                                                           \
    corm_joining_model(CORM__JOIN_MODEL, &corm__model_##model_, (condition_))
#define corm_left_join_on(model_, condition_)                                                      \
    corm_joining_model(CORM__JOIN_LEFT_MODEL, &corm__model_##model_, (condition_))
#define corm_joins(...) corm_joining_join(CORM__LIST(corm_joining, __VA_ARGS__, CORM__END(corm_joining)))

/* Another name for a model, for a query that needs its rows twice: handles of its own, boss_.name. At the
 * beginning of a file or a block; EMPLOYEE is the model's list. No semicolon behind it. Behind the list may
 * stand ends that BACKREF declares, which no list has: boss_staff_ is that of Employee_staff_.
 *   CORM_ALIAS(boss, Employee, EMPLOYEE)
 *   CORM_ALIAS(boss, Employee, EMPLOYEE, staff, reports) */
#define CORM_ALIAS(alias_, model_, ...) CORM__ALIAS(alias_, model_, __VA_ARGS__, )
#define CORM__ALIAS(alias_, model_, list_, ...)                                                    \
    enum { corm__keys_##alias_ = corm__keys_##model_ };                                            \
    static CORM__UNUSED const corm_model corm__model_##alias_ = CORM__ALIAS_MODEL(#alias_, &corm__model_##model_); \
    static CORM__UNUSED const struct corm__handles_##model_ alias_##_ = {                          \
        CORM__WALK(list_((CORM__ALIAS_COLUMN, (alias_, model_)) CORM__COLUMN_HEAD,                 \
                         (CORM__ALIAS_RELATED, (alias_, model_)) CORM__RELATIONSHIP_HEAD))};           \
    CORM__EACH(CORM__ALIAS_END, (alias_, model_), __VA_ARGS__)
#define CORM__ALIAS_END(pair_, end_)                                                               \
    CORM__APPLY(CORM__ALIAS_END_, CORM__ALIAS_PAIR pair_, end_)
#define CORM__ALIAS_PAIR(alias_, model_) alias_, model_
#define CORM__ALIAS_END_(alias_, model_, end_)                                                     \
    static CORM__UNUSED const corm_model corm__end_##alias_##_##end_ =                             \
        CORM__END_MODEL(#alias_, &corm__model_##alias_, &model_##_##end_##_);                      \
    static CORM__UNUSED const corm_relationship_ref alias_##_##end_##_ = {&corm__end_##alias_##_##end_, 0, true};
#define CORM__END_MODEL(name_, model_, end_) {.name = name_, .alias_of = model_, .end = end_}
#define CORM__ALIAS_MODEL(name_, model_) {.name = name_, .alias_of = model_}
#define CORM__ALIAS_COLUMN(...) CORM__ALIAS_COLUMN_(__VA_ARGS__)
#define CORM__ALIAS_COLUMN_(alias_, kind_, optional_, type_, word_, name_, ...)                    \
    .name_ = {{&CORM__ALIAS_OF alias_, (unsigned)CORM__COLUMN_NUMBER_OF(CORM__ALIASED alias_, name_)}},
#define CORM__ALIAS_RELATED(...) CORM__ALIAS_RELATED_(__VA_ARGS__)
#define CORM__ALIAS_RELATED_(alias_, kind_, shape_, back_, name_, ...)                             \
    .name_ = {&CORM__ALIAS_OF alias_, (unsigned)CORM__ROW_NUMBER_OF(CORM__ALIASED alias_, name_), false},
#define CORM__ALIAS_OF(alias_, model_) corm__model_##alias_
#define CORM__ALIASED(alias_, model_) model_
#define CORM__COLUMN_NUMBER_OF(model_, name_) CORM__APPLY(CORM__COLUMN_NUMBER, model_, name_)
#define CORM__ROW_NUMBER_OF(model_, name_) CORM__APPLY(CORM__ROW_NUMBER, model_, name_)
#define CORM__ROW_NUMBER(model_, name_) offsetof(struct corm__relationships_##model_, name_)

/* What fills a member of a row's struct, for .fields:
 *   corm_fields(corm_field(Sales_.artist, Artist_.name), corm_field(Sales_.tracks, corm_count_rows())) */
#define corm_field(member_, value_)                                                                \
    CORM__LET2(CORM__FIELD_OF, member_, value_, "corm_field(" #member_ ", " #value_ ")")
#define CORM__FIELD_OF(member_, value_, text_)                                                     \
    corm_fields_of((member_).column, corm_expression_of(CORM__FIELD, CORM_KIND_COUNT + CORM__CHECK(\
        CORM__FITS_INTO(member_, value_),                                                          \
        text_ ": the value is of another type than the member"), 0, NULL,                          \
        CORM__PARTS(CORM__OPERAND(value_)), 1))
#define corm_fields(...)                                                                           \
    corm_fields_join(CORM__LIST(corm_fields, __VA_ARGS__, CORM__END(corm_fields)))

/* Conditions on what a relationship leads to: users with a post that ..., posts whose author ... Without
 * a condition: with any. */
#define corm_any(...) CORM__ANY_OF(__VA_ARGS__, )
#define corm_has(...) CORM__ANY_OF(__VA_ARGS__, )
#define CORM__ANY_OF(relationship_, ...)                                                           \
    corm_condition_any((relationship_), CORM__MAYBE(__VA_ARGS__))
/* The relationship leads to this object: users who have this post, tags and all. */
#define corm_contains(relationship_, object_) corm_condition_holds((relationship_), (object_))

/* A query inside another: of one value for each row, corm_subquery(Post, Post_.user_id, .where = ...),
 * behind corm_in_query, or of one row, as an operand. Its conditions may speak of the rows of the query
 * around it. */
#define corm_subquery(from_, ...) CORM__SUBQUERY(from_, __VA_ARGS__, )
#define CORM__SUBQUERY(from_, value_, ...)                                                         \
    CORM__LET2(CORM__QUERIED, value_,                                                              \
               CORM__AT(corm_select, from, &corm__model_##from_, __VA_ARGS__),                     \
               "corm_subquery(" #from_ ", " #value_ ")")
#define CORM__QUERIED(value_, select_, text_)                                                      \
    CORM__LIKE_IT(value_, corm_condition_query((select_) + CORM__CHECK(CORM__FITS(value_) & CORM__ANY_KIND, \
        text_ ": it takes a column or an expression"), CORM__OPERAND(value_)))
#define corm_in_query(a_, query_)                                                                  \
    CORM__COMPARE(CORM__IN, "corm_in_query(" #a_ ", ...)", a_, query_)
#define corm_exists(...) CORM__IF_EXISTS(__VA_ARGS__, )
#define CORM__IF_EXISTS(from_, ...)                                                                \
    corm_expression_of(CORM__EXISTS, CORM_KIND_BOOLEAN, 0, NULL, CORM__PARTS(corm_condition_query( \
        CORM__AT(corm_select, from, &corm__model_##from_, __VA_ARGS__), CORM__NONE(corm_condition))), 1)

/* .with = {corm_with(Recent, &query)}, and then Recent_.id like any column, corm_from(Recent),
 * corm_join_on(Recent, ...). The recursive one begins with the rows of the first query, and adds those of
 * the second, which reads what was added last, until there are none. */
#define corm_with(row_, query_) {&corm__model_##row_, (query_), NULL}
#define corm_with_recursive(row_, first_, next_) {&corm__model_##row_, (first_), (next_)}
#define corm_from(model_) (&corm__model_##model_)
#define corm_union(query_) {(query_), CORM__UNION}
#define corm_union_all(query_) {(query_), CORM__UNION_ALL}
#define corm_intersect(query_) {(query_), CORM__INTERSECT}
#define corm_except(query_) {(query_), CORM__EXCEPT}

/* Relationships to load with the objects: corm_load(User_.posts, User_.profile), each in a statement
 * of its own. corm_load_joined: in the query's statement, by LEFT JOIN. corm_load_later: on access,
 * although it is declared to come with the object. A relationship of another model belongs to what
 * those named before it lead to: corm_load(User_.posts, Post_.comments); named twice, one that
 * leads to its own model goes two levels deep. corm_loads(corm_load(...), corm_load_joined(...))
 * takes several ways together. */
#define corm_load(...) CORM__LOADING(CORM_LAZY_SELECTIN, __VA_ARGS__)
#define corm_load_joined(...) CORM__LOADING(CORM_LAZY_JOINED, __VA_ARGS__)
#define corm_load_later(...) CORM__LOADING(CORM_LAZY_BATCH, __VA_ARGS__)
/* Neither now nor on access: with the objects of this query, looking at it is an error while it is not
 * loaded, until the transaction ends. */
#define corm_load_never(...) CORM__LOADING(CORM_LAZY_RAISE, __VA_ARGS__)
/* A part of a collection, in another order: corm_load_where(User_.posts,
 * .where = corm_eq(Post_.draft, false), .order_by = corm_desc(Post_.id), .limit = 5). It is loaded with
 * the query, or with .later = true on access, for all siblings. The list of each owner in the session shows that part until it is
 * loaded with corm_load or corm_load_where, the owner is refreshed, or the transaction ends; what is
 * appended and removed meanwhile shows too. What corm does by itself (cascades, orphans, _replace,
 * corm_merge) goes by all that is stored. */
#define corm_load_where(relationship_, ...)                                                        \
    corm_loading_where((relationship_), &(const corm_load_options){__VA_ARGS__})
#define corm_loads(...)                                                                            \
    corm_loading_join((const corm_loading[]){__VA_ARGS__},                                         \
                      sizeof((const corm_loading[]){__VA_ARGS__}) / sizeof(corm_loading))
#define CORM__LOADING(how_, ...)                                                                   \
    corm_loading_of((const corm_relationship_ref[]){__VA_ARGS__},                                  \
                    sizeof((const corm_relationship_ref[]){__VA_ARGS__}) /                         \
                        sizeof(corm_relationship_ref), how_)

#define CORM__WHOLE(function_)                                                                     \
    bool: function_, char: function_, signed char: function_, unsigned char: function_,            \
    short: function_, unsigned short: function_, int: function_, unsigned: function_,              \
    long: function_, unsigned long: function_, long long: function_, unsigned long long: function_

/* One part of a primary key, for corm_get. The room lives as long as the block around it. */
#define CORM__KEY(value_)                                                                          \
    _Generic((value_), CORM__WHOLE(corm__key_integer), char *: corm__key_text,                     \
        const char *: corm__key_text, corm_date: corm__key_date, corm_time: corm__key_time,        \
        corm_datetime: corm__key_datetime, corm_uuid: corm__key_uuid,                              \
        default: corm__key_integer)                                                                \
    (_Generic((value_), CORM__WHOLE((value_)), char *: (value_), const char *: (value_),           \
         corm_date: (value_), corm_time: (value_), corm_datetime: (value_), corm_uuid: (value_),   \
         default: 0), (char[CORM_UUID_TEXT_SIZE]){0})
/* Whether a value may be part of a key whose columns have these kinds (a bit for each; 0: not
 * known): a number is no text, and the other way round. */
#define CORM__IS_KEY(value_, kinds_)                                                               \
    _Generic((value_), CORM__WHOLE((kinds_) == 0 || ((kinds_) & ~CORM__TEXT_KINDS) != 0),          \
        char *: (kinds_) == 0 || ((kinds_) & ~CORM__NUMBER_KINDS) != 0,                            \
        const char *: (kinds_) == 0 || ((kinds_) & ~CORM__NUMBER_KINDS) != 0,                      \
        corm_date: 1, corm_time: 1, corm_datetime: 1, corm_uuid: 1, default: 0)
enum {
    CORM__TEXT_KINDS = 1 << CORM_KIND_TEXT | 1 << CORM_KIND_BLOB | 1 << CORM_KIND_DATE |
                       1 << CORM_KIND_DATETIME | 1 << CORM_KIND_TIME | 1 << CORM_KIND_UUID,
    CORM__NUMBER_KINDS = 1 << CORM_KIND_INTEGER | 1 << CORM_KIND_REAL | 1 << CORM_KIND_BOOLEAN |
                         1 << CORM_KIND_DECIMAL
};
/* clang-format on */

#endif /* CORM__QUERY_H */
