/* model.h: from an X-macro list to structs, handles, accessors and descriptors.
 *
 * Owns: what a model list becomes, and the values of options in its rows. CORM_SCHEMA expands the models'
 * lists several times; each pass is one generator below, with the C it emits above it. Placeholders stand
 * in angle brackets.
 * Must not know: the implementation; only the checks of its rows depend on this room. */
#ifndef CORM__MODEL_H
#define CORM__MODEL_H

#include "kinds.h"
#include "plain.h"
#include "seeing.h"
#include "writing.h"

/* clang-format off */

/* ---- Pass 1: names ------------------------------------------------------------------------------------
 *   typedef struct <Model> <Model>;              (not for EXISTING(<Model>), which is there)
 *   extern const corm_model corm__model_<Model>;
 *   extern char corm__is_model_<Model>[1]; */
#define CORM__PASS_NAMES(...) CORM__APPLY(CORM__PASS_NAMES_, CORM__MODEL_HEAD(__VA_ARGS__, ))
#define CORM__PASS_NAMES_(is_, model_, table_, list_, ...)                                                    \
    CORM__HOLDS(sizeof(#list_) > 1, "MODEL(" #model_ ", ...) has three words and then options: the "         \
                "model, the table in quotes and the list of rows, as in MODEL(User, \"users\", USER)");   \
    CORM__CHECK_LIST(model_, list_, CORM__SKIP, CORM__SKIP)                                        \
    CORM__TYPEDEF_##is_(model_)                                                                    \
    CORM__DECLARED const corm_model corm__model_##model_;                                          \
    extern char corm__is_model_##model_[1];
#define CORM__TYPEDEF_corm__new(model_) typedef struct model_ model_;
#define CORM__TYPEDEF_EXISTING(model_)

/* ---- Pass 2: structs; and numbers for rows: the place in a struct of pointers or of chars ----------------
 *   struct <Model> { <type> <column>; ... char <column>[<size>]; ... };
 *   typedef struct <Model>_list { <Model> **items; size_t count; } <Model>_list;
 *   struct corm__columns_<Model> { corm__<Model>_<column> *<column>; ... char *corm__end; };
 *   struct corm__relationships_<Model> { char <relationship>; ... char corm__end; };
 *   static inline <Model>_list corm__list_of_<Model>(corm_list);
 *   static inline <Model>_list corm__all_<Model>(corm_session *, const corm_query *);
 *   static inline <Model>_list corm__plain_<Model>(corm_session *, const char *, const corm_parameter *, size_t); */
#define CORM__PASS_STRUCTS(...) CORM__APPLY(CORM__PASS_STRUCTS_, CORM__MODEL_HEAD(__VA_ARGS__, ))
#define CORM__PASS_STRUCTS_(is_, model_, table_, list_, ...)                                                  \
    CORM__STRUCT_##is_(model_, list_)                                                              \
    typedef struct model_##_list {                                                                 \
        model_ **items;                                                                            \
        size_t count;                                                                              \
    } model_##_list;                                                                               \
    CORM__CHECK_VALUES(model_, list_)                                                              \
    struct corm__columns_##model_ {                                                                \
        CORM__WALK(list_((CORM__COLUMN_POINTER, model_) CORM__COLUMN_HEAD, CORM__SKIP))          \
        char *corm__end;                                                                           \
    };                                                                                             \
    struct corm__relationships_##model_ {                                                          \
        CORM__WALK(list_(CORM__SKIP, (CORM__RELATIONSHIP_CHAR, model_) CORM__RELATIONSHIP_SAID)) \
        char corm__end;                                                                            \
    };                                                                                             \
    static inline CORM__UNUSED model_##_list corm__list_of_##model_(corm_list corm__found)         \
    {                                                                                              \
        model_##_list corm__typed = {(model_ **)corm__found.items, corm__found.count};             \
        return corm__typed;                                                                        \
    }                                                                                              \
    static inline CORM__UNUSED model_##_list corm__all_##model_(corm_session *corm__s,             \
                                                                const corm_query *corm__q)         \
    {                                                                                              \
        return corm__list_of_##model_(corm_query_all(corm__s, corm__q));                           \
    }                                                                                              \
    static inline CORM__UNUSED model_##_list corm__plain_##model_(                                 \
        corm_session *corm__s, const char *corm__text, const corm_parameter *corm__v, size_t corm__n) \
    {                                                                                              \
        return corm__list_of_##model_(                                                             \
            corm_sql_objects(corm__s, &corm__model_##model_, corm__text, corm__v, corm__n));       \
    }

#define CORM__STRUCT_corm__new(model_, list_)                                                      \
    struct model_ {                                                                                \
        CORM__WALK(list_((CORM__MEMBER, model_) CORM__COLUMN_SAID, CORM__SKIP))                    \
    } CORM__MAY_ALIAS;
/* The struct is there: each member is of the kind's type.
 *   _Static_assert(_Generic(&((<Model> *)0)-><column>, <type> *: 1, default: 0), <sentence>); */
#define CORM__STRUCT_EXISTING(model_, list_)                                                       \
    CORM__WALK(list_((CORM__MEMBER_CHECK, model_) CORM__COLUMN_SAID, CORM__SKIP))
#define CORM__MEMBER_CHECK(...)                                                                    \
    CORM__PICK_9(__VA_ARGS__, CORM__MEMBER_CHECK_, ~, ~, CORM__NO_KIND, ~)(__VA_ARGS__)
#define CORM__MEMBER_CHECK_(model_, kind_, optional_, type_, word_, said_, name_, ...)             \
    _Static_assert(                                                                                \
        _Generic(&((model_ *)0)->name_, CORM__SECOND(CORM__IN_##kind_, type_ *, ~): 1, default: 0), \
        #model_ "." #name_ " is not of type " CORM__SECOND(CORM__SAID_##kind_, #type_, ~)           \
        ", which " said_ " wants: for types of C there are INTEGER_AS(type), REAL_AS(type), "    \
        "CHARS(size) and, for any other, CUSTOM(kind)");
#define CORM__IN_CHARS_(size_) ~, char (*)[size_]
#define CORM__SAID_CHARS_(size_) ~, "char[" #size_ "]"

#define CORM__MEMBER(...)                                                                          \
    CORM__PICK_9(__VA_ARGS__, CORM__MEMBER_, ~, ~, CORM__NO_KIND, ~)(__VA_ARGS__)
#define CORM__MEMBER_(model_, kind_, optional_, type_, word_, said_, name_, ...)                   \
    CORM__SECOND(CORM__OF_##kind_, type_, ~) name_ CORM__SECOND(CORM__ARRAY_##kind_, , ~);
#define CORM__OF_CHARS_(size_) ~, char
#define CORM__ARRAY_CHARS_(size_) ~, [size_]

#define CORM__COLUMN_NUMBER(model_, name_)                                                         \
    (offsetof(struct corm__columns_##model_, name_) / sizeof(char *))
#define CORM__COLUMN_POINTER(...) CORM__COLUMN_POINTER_(__VA_ARGS__)
#define CORM__COLUMN_POINTER_(model_, kind_, optional_, type_, word_, name_, ...)                  \
    corm__##model_##_##name_ *name_;

#define CORM__RELATIONSHIP_CHAR(...)                                                               \
    CORM__PICK_9(__VA_ARGS__, CORM__RELATIONSHIP_CHAR_, ~, CORM__NO_RELATIONSHIP, ~, ~)(__VA_ARGS__)
#define CORM__RELATIONSHIP_CHAR_(model_, kind_, shape_, back_, said_, name_, other_, ...)          \
    CORM__HOLDS((other_) > 1, #model_ "." #name_ ": a RELATIONSHIP has four words and then options: its kind, " \
                "its name, the other model, and the other side there, or BACKREF(name) or NONE");  \
    char name_;

/* ---- Pass 3: handles ------------------------------------------------------------------------------------
 *   static const struct corm__handles_<Model> {
 *       corm_<type>_column <column>; ...
 *       corm_relationship_ref <relationship>; ...
 *   } <Model>_ = {{{&corm__model_<Model>, <index>}}, ... {&corm__model_<Model>, <index>, false}, ...}; */
#define CORM__PASS_HANDLES(...) CORM__APPLY(CORM__PASS_HANDLES_, CORM__MODEL_WORDS(__VA_ARGS__, ))
#define CORM__PASS_HANDLES_(model_, table_, list_, ...)                                                  \
    static CORM__UNUSED const struct corm__handles_##model_ {                                      \
        CORM__WALK(list_((CORM__HANDLE, model_) CORM__COLUMN_HEAD,                            \
                   (CORM__RELATED_HANDLE, model_) CORM__RELATIONSHIP_HEAD))                    \
    } model_##_ = {                                                                                \
        CORM__WALK(list_((CORM__HANDLE_VALUE, model_) CORM__COLUMN_HEAD,                      \
                   (CORM__RELATED_VALUE, model_) CORM__RELATIONSHIP_HEAD))                     \
    };

#define CORM__HANDLE(...) CORM__HANDLE_(__VA_ARGS__)
#define CORM__HANDLE_(model_, kind_, optional_, type_, word_, name_, ...) corm_##word_##_column name_;

#define CORM__RELATED_HANDLE(...) CORM__RELATED_HANDLE_(__VA_ARGS__)
#define CORM__RELATED_HANDLE_(model_, kind_, shape_, back_, name_, ...) corm_relationship_ref name_;

#define CORM__HANDLE_VALUE(...) CORM__HANDLE_VALUE_(__VA_ARGS__)
#define CORM__HANDLE_VALUE_(model_, kind_, optional_, type_, word_, name_, ...)                    \
    .name_ = {{&corm__model_##model_, (unsigned)CORM__COLUMN_NUMBER(model_, name_)}},

#define CORM__RELATED_VALUE(...) CORM__RELATED_VALUE_(__VA_ARGS__)
#define CORM__RELATED_VALUE_(model_, kind_, shape_, back_, name_, ...)                             \
    .name_ = {&corm__model_##model_,                                                               \
              (unsigned)offsetof(struct corm__relationships_##model_, name_), false},

/* ---- Pass 4: relationship functions ------------------------------------------------------------------------
 * A to-many end:
 *   static const corm_relationship_ref <Model>_<name>_;
 *   <Target>_list <Model>_<name>(<Model> *);
 *   size_t <Model>_<name>_count(<Model> *);
 *   bool <Model>_<name>_contains(<Model> *, const <Target> *);
 *   corm_status <Model>_<name>_append(<Model> *, <Target> *);
 *   corm_status <Model>_<name>_remove(<Model> *, <Target> *);
 *   corm_status <Model>_<name>_replace(<Model> *, <Target> *const *items, size_t count);
 * A to-one end:
 *   static const corm_relationship_ref <Model>_<name>_;
 *   <Target> *<Model>_<name>(<Model> *);
 *   corm_status <Model>_<name>_set(<Model> *, <Target> *);
 * BACKREF(<other>) emits the other end as well: <Target>_<other>... */
#define CORM__PASS_ACCESSORS(...) CORM__APPLY(CORM__PASS_ACCESSORS_, CORM__MODEL_WORDS(__VA_ARGS__, ))
#define CORM__PASS_ACCESSORS_(model_, table_, list_, ...)                                                \
    CORM__CHECK_KEYS(model_, list_)                                                                \
    CORM__WALK(list_(CORM__SKIP, (CORM__ACCESS, model_) CORM__RELATIONSHIP_HEAD))

#define CORM__ACCESS(...) CORM__ACCESS_(__VA_ARGS__)
#define CORM__ACCESS_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...)   \
    CORM__CHECK_TARGET(model_, name_, target_)                                                     \
    CORM__ACCESS_##shape_(model_, name_, target_, model_, name_, false)                            \
    CORM__ACCESS_BACK_##other_(model_, name_, target_, back_, word_)

#define CORM__ACCESS_BACK_corm__named(model_, name_, target_, back_, word_)
#define CORM__ACCESS_BACK_NONE(model_, name_, target_, back_, word_)
#define CORM__ACCESS_BACK_BACKREF(model_, name_, target_, back_, word_)                            \
    CORM__ACCESS_##back_(target_, word_, model_, model_, name_, true)

#define CORM__ACCESS_HANDLE(owner_, end_, model_, row_, back_)                                     \
    static CORM__UNUSED const corm_relationship_ref owner_##_##end_##_ = {                         \
        &corm__model_##model_, (unsigned)offsetof(struct corm__relationships_##model_, row_), back_};

/* Nothing in C, where a function cannot know who calls it; see cplusplus.h. */
#define CORM__CALLER
#define CORM__CALLED
#define CORM__ACCESS_corm__many(owner_, end_, item_, model_, row_, back_)                          \
    CORM__ACCESS_HANDLE(owner_, end_, model_, row_, back_)                                         \
    static inline CORM__UNUSED item_##_list owner_##_##end_(owner_ *corm__o CORM__CALLER)          \
    {                                                                                              \
        CORM__CALLED                                                                               \
        corm_list corm__found = corm_related_list(corm__o, owner_##_##end_##_);                    \
        item_##_list corm__typed = {(item_ **)corm__found.items, corm__found.count};               \
        return corm__typed;                                                                        \
    }                                                                                              \
    static inline CORM__UNUSED size_t owner_##_##end_##_count(owner_ *corm__o CORM__CALLER)        \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return corm_related_count(corm__o, owner_##_##end_##_);                                    \
    }                                                                                              \
    static inline CORM__UNUSED bool owner_##_##end_##_contains(owner_ *corm__o, const item_ *corm__i CORM__CALLER) \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return corm_related_contains(corm__o, owner_##_##end_##_, corm__i);                        \
    }                                                                                              \
    static inline CORM__UNUSED corm_status owner_##_##end_##_append(owner_ *corm__o, item_ *corm__i CORM__CALLER) \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return corm_related_append(corm__o, owner_##_##end_##_, corm__i);                          \
    }                                                                                              \
    static inline CORM__UNUSED corm_status owner_##_##end_##_remove(owner_ *corm__o, item_ *corm__i CORM__CALLER) \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return corm_related_remove(corm__o, owner_##_##end_##_, corm__i);                          \
    }                                                                                              \
    static inline CORM__UNUSED corm_status owner_##_##end_##_replace(                              \
        owner_ *corm__o, item_ *const *corm__items, size_t corm__n CORM__CALLER)                   \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return corm_related_replace(corm__o, owner_##_##end_##_, (void *const *)corm__items, corm__n); \
    }

#define CORM__ACCESS_corm__one(owner_, end_, item_, model_, row_, back_)                           \
    CORM__ACCESS_HANDLE(owner_, end_, model_, row_, back_)                                         \
    static inline CORM__UNUSED item_ *owner_##_##end_(owner_ *corm__o CORM__CALLER)                \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return (item_ *)corm_related_one(corm__o, owner_##_##end_##_);                             \
    }                                                                                              \
    static inline CORM__UNUSED corm_status owner_##_##end_##_set(owner_ *corm__o, item_ *corm__i CORM__CALLER) \
    {                                                                                              \
        CORM__CALLED                                                                               \
        return corm_related_set(corm__o, owner_##_##end_##_, corm__i);                             \
    }

/* ---- Pass 5: descriptors, in one file -----------------------------------------------------------------------
 *   static const corm_column corm__column_list_<Model>[] = {{.name = "<column>", ... .options = {<options>}}, ...};
 *   static const corm_relationship corm__relationship_list_<Model>[] = {{.name = "<relationship>", ...}, ... {0}};
 *   const corm_model corm__model_<Model> = {...}; */
#define CORM__PASS_DESCRIPTORS(...) CORM__APPLY(CORM__PASS_DESCRIPTORS_, CORM__MODEL_HEAD(__VA_ARGS__, ))
#define CORM__PASS_DESCRIPTORS_(is_, model_, table_, list_, ...)                                              \
    static const corm_column corm__column_list_##model_[] = {                                      \
        CORM__WALK(list_((CORM__DESCRIBE, model_) CORM__COLUMN_WORDS, CORM__SKIP))             \
        {.name = NULL}};                                                                           \
    static const corm_relationship corm__relationship_list_##model_[] = {                          \
        CORM__WALK(list_(CORM__SKIP, (CORM__RELATE, model_) CORM__RELATIONSHIP_WORDS))         \
        {.name = NULL}};                                                                           \
    CORM__DEFINED const corm_model corm__model_##model_ = {                                        \
        #model_,                                                                                   \
        table_,                                                                                    \
        sizeof(model_),                                                                            \
        corm__column_list_##model_,                                                                \
        CORM__COLUMN_NUMBER(model_, corm__end),                                        \
        corm__relationship_list_##model_,                                                          \
        offsetof(struct corm__relationships_##model_, corm__end),                                  \
        {.declared = true, __VA_ARGS__},                                                           \
        CORM__EXISTS_##is_,                                                                        \
        false,                                                                                     \
        NULL,                                                                                      \
        NULL};
#define CORM__EXISTS_corm__new false
#define CORM__EXISTS_EXISTING true

#define CORM__DESCRIBE(...) CORM__DESCRIBE_(__VA_ARGS__)
#define CORM__DESCRIBE_(model_, kind_, optional_, type_, word_, name_, ...)                        \
    {.name = #name_,                                                                               \
     .kind = CORM__KIND_VALUE_##kind_,                                                             \
     .optional = optional_,                                                                        \
     .offset = (uint16_t)offsetof(model_, name_),                                                  \
     .size = (uint16_t)sizeof(((model_ *)0)->name_),                                               \
     .options = {.nullable = CORM__NULLABLE_BY_TYPE, __VA_ARGS__}},

#define CORM__RELATE(...) CORM__RELATE_(__VA_ARGS__)
#define CORM__RELATE_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...)   \
    {.name = #name_,                                                                               \
     .kind = kind_,                                                                                \
     .target = &corm__model_##target_,                                                             \
     .other_side = CORM__OTHER_##other_##_SIDE,                                                    \
     .other_name = quoted_,                                                                        \
     .options = {.declared = true, __VA_ARGS__}},
#define CORM__OTHER_corm__named_SIDE CORM__OTHER_NAMED_
#define CORM__OTHER_BACKREF_SIDE CORM__OTHER_BACKREF_
#define CORM__OTHER_NONE_SIDE CORM__OTHER_NONE_

#define CORM__PASS_POINTERS(...) CORM__APPLY(CORM__PASS_POINTERS_, CORM__MODEL_WORDS(__VA_ARGS__, ))
#define CORM__PASS_POINTERS_(model_, table_, list_, ...) &corm__model_##model_,

/* `.nullable` has a first value that the row may override; checks declare a name again, and give
 * a constant another value in a block. */
#if defined(__clang__)
#define CORM__QUIET                                                                                \
    _Pragma("clang diagnostic push") _Pragma("clang diagnostic ignored \"-Winitializer-overrides\"") \
    _Pragma("clang diagnostic ignored \"-Wshadow\"")
#define CORM__LOUD _Pragma("clang diagnostic pop")
#elif defined(__GNUC__)
#define CORM__QUIET                                                                                \
    _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Woverride-init\"")           \
    _Pragma("GCC diagnostic ignored \"-Woverlength-strings\"")                                     \
    _Pragma("GCC diagnostic ignored \"-Wshadow\"")                                                 \
    _Pragma("GCC diagnostic ignored \"-Wredundant-decls\"")
#define CORM__LOUD _Pragma("GCC diagnostic pop")
#else
#define CORM__QUIET
#define CORM__LOUD
#endif

/* ---- What the user writes -------------------------------------------------------------------- */

/* In a header that several files share: the models' structs, handles and functions. */
#define CORM_SCHEMA_DECLARE(schema_, models_)                                                      \
    models_(CORM__PASS_NAMES)                                                                      \
    models_(CORM__PASS_STRUCTS)                                                                    \
    models_(CORM__PASS_HANDLES)                                                                    \
    CORM__QUIET                                                                                    \
    models_(CORM__PASS_ACCESSORS)                                                                  \
    CORM__LOUD                                                                                     \
    CORM__WANTS_NODES(schema_)                                                                     \
    CORM__DECLARED const corm_schema schema_;

/* In one .c file: the descriptors and the schema object. */
#define CORM_SCHEMA_DEFINE(schema_, models_)                                                       \
    CORM__QUIET                                                                                    \
    CORM__CHECK_SCHEMA(models_)                                                                    \
    models_(CORM__PASS_DESCRIPTORS)                                                                \
    CORM__LOUD                                                                                     \
    static const corm_model *const corm__models_of_##schema_[] = {models_(CORM__PASS_POINTERS)};   \
    CORM__DEFINED const corm_schema schema_ = {#schema_, corm__models_of_##schema_,                \
                                               sizeof(corm__models_of_##schema_) /                 \
                                                   sizeof(corm__models_of_##schema_[0])};

/* Both, for a program in one file. No semicolon behind any of the three. */
#define CORM_SCHEMA(schema_, models_)                                                              \
    CORM_SCHEMA_DECLARE(schema_, models_)                                                          \
    CORM_SCHEMA_DEFINE(schema_, models_)

/* ---- Inheritance -----------------------------------------------------------------------------
 * A sub-model's list begins with the base's columns, and leaves its relationships out:
 *   #define MANAGER(COLUMN, RELATIONSHIP) EMPLOYEE(COLUMN, CORM_INHERITED) COLUMN(TEXT, title)
 * The same makes columns that several models share: a list may stand in lists. */
#define CORM_INHERITED(...)
/* Values of the options .inherits and .discriminator of MODEL. */
#define corm_base(model_) (&corm__model_##model_)
#define corm_member(model_, member_) corm_ref(model_, member_)
/* The object as one of this model: corm_as(Manager, employee), corm_as(Employee, manager). NULL if
 * its own model neither is this one nor inherits from it, and for what is no object. */
#define corm_as(model_, object_) ((model_ *)corm_object_as((object_), &corm__model_##model_))

/* Option values. corm_ref stands in rows, which are read once for each pass: it expands to few
 * words. corm__row_kind is 1 + the kind of the row's column where rows are checked. */
enum { corm__row_kind = 0 };
#define corm_ref(model_, member_)                                                                  \
    {&corm__model_##model_, #member_, sizeof(struct { _Static_assert(corm__row_kind == 0 ||        \
        corm__row_kind == sizeof *model_##_.member_.corm__kind, "corm_ref(" #model_ ", " #member_  \
        ") is of another kind than the column that refers to it: make them the same"); char corm__c; })}
/* Columns of the model, for .unique of MODEL: corm_columns(Like, user_id, post_id). */
#define corm_columns(model_, ...) CORM__COLUMN_SET(model_, __VA_ARGS__)
#define CORM__COLUMN_SET(model_, ...)                                                              \
    {&corm__model_##model_, #__VA_ARGS__, 0 CORM__EACH(CORM__COLUMN_THERE, model_, __VA_ARGS__, )}
#define CORM__COLUMN_THERE(model_, member_) + 0 * sizeof(((model_ *)0)->member_)
/* For .indexes of MODEL: corm_index(Like, (user_id, created_at), .where = "deleted = 0"). */
#define corm_index(model_, ...) CORM__INDEX(model_, __VA_ARGS__, )
#define CORM__INDEX(model_, columns_, ...)                                                         \
    {.columns = corm_columns(model_, corm__its_columns_stand_in_parentheses columns_), __VA_ARGS__}
#define corm__its_columns_stand_in_parentheses(...) __VA_ARGS__
#define corm_by(model_, member_) {.column = corm_ref(model_, member_), .descending = false}
#define corm_by_descending(model_, member_) {.column = corm_ref(model_, member_), .descending = true}
#define corm_secondary(table_, local_, remote_) {table_, local_, remote_}
/* The columns that join a relationship: corm_join(Track, artist_id, User, id); the first is of the
 * model whose rows refer. Several pairs stand behind each other, four words each. */
#define corm_join(...) {{CORM__JOIN2(CORM__JOIN_, CORM__COUNT(__VA_ARGS__))(__VA_ARGS__)}}
#define CORM__JOIN_4(from_, column_, to_, key_)                                                    \
    {corm_ref(from_, column_), corm_ref(to_, key_), sizeof(struct { _Static_assert(                \
        sizeof *from_##_.column_.corm__kind == sizeof *to_##_.key_.corm__kind, "corm_join: "       \
        #from_ "." #column_ " and " #to_ "." #key_ " are of different kinds: make them the same"); \
        char corm__c; })},
#define CORM__JOIN_8(a_, b_, c_, d_, ...) CORM__JOIN_4(a_, b_, c_, d_) CORM__JOIN_4(__VA_ARGS__)
#define CORM__JOIN_12(a_, b_, c_, d_, ...) CORM__JOIN_4(a_, b_, c_, d_) CORM__JOIN_8(__VA_ARGS__)
#define CORM__JOIN_16(a_, b_, c_, d_, ...) CORM__JOIN_4(a_, b_, c_, d_) CORM__JOIN_12(__VA_ARGS__)
/* Only targets whose column compares so with a constant: corm_filter(Post, stars, GE, 3). EQ, NE, LT,
 * LE, GT, GE, LIKE; EQ and NE with NULL too. Constants as in corm_default. Several conditions stand behind
 * each other, four words each; all must hold. */
#define corm_filter(...) {{CORM__JOIN2(CORM__FILTER_, CORM__COUNT(__VA_ARGS__))(__VA_ARGS__)}}
#define CORM__FILTER_4(model_, column_, operator_, value_)                                         \
    {corm_ref(model_, column_), CORM__##operator_, CORM__FILTER_VALUE(value_),                     \
     sizeof(struct { _Static_assert(CORM__FILTER_KINDS(value_) >>                                  \
        (sizeof *model_##_.column_.corm__kind - 1) & 1, "corm_filter: " #value_                    \
        " is of another type than " #model_ "." #column_); char corm__c; })},
#define CORM__FILTER_8(a_, b_, c_, d_, ...) CORM__FILTER_4(a_, b_, c_, d_) CORM__FILTER_4(__VA_ARGS__)
#define CORM__FILTER_12(a_, b_, c_, d_, ...) CORM__FILTER_4(a_, b_, c_, d_) CORM__FILTER_8(__VA_ARGS__)
#define CORM__FILTER_16(a_, b_, c_, d_, ...) CORM__FILTER_4(a_, b_, c_, d_) CORM__FILTER_12(__VA_ARGS__)
#define CORM__FILTER_VALUE(v_)                                                                     \
    {NULL, _Generic((v_), char *: CORM__CONSTANT_TEXT, double: CORM__CONSTANT_REAL,                \
              void *: CORM__CONSTANT_NONE, default: CORM__CONSTANT_INTEGER),                       \
     _Generic((v_), char *: 0, double: 0, void *: 0, default: (v_)),                               \
     _Generic((v_), double: (v_), default: 0.0), _Generic((v_), char *: (v_), default: NULL)}
#define CORM__FILTER_KINDS(v_)                                                                     \
    _Generic((v_), char *: CORM__FILTER_TEXTS, double: 1 << CORM_KIND_REAL, void *: ~0,            \
             default: CORM__FILTER_NUMBERS)
enum {
    CORM__FILTER_TEXTS = 1 << CORM_KIND_TEXT | 1 << CORM_KIND_DATE | 1 << CORM_KIND_DATETIME |
                         1 << CORM_KIND_TIME | 1 << CORM_KIND_DECIMAL | 1 << CORM_KIND_UUID |
                         1 << CORM_KIND_JSON,
    CORM__FILTER_NUMBERS = 1 << CORM_KIND_INTEGER | 1 << CORM_KIND_BOOLEAN | 1 << CORM_KIND_REAL |
                           1 << CORM_KIND_DECIMAL | 1 << CORM_KIND_ENUM
};
/* A number, true, false or a string; dates as 'YYYY-MM-DD' and 'YYYY-MM-DD HH:MM:SS', times as
 * 'HH:MM:SS'; a DECIMAL as a whole number or "19.99"; an ENUM by its enumerator; UUID and JSON as
 * text; a kind of the program's own in its stored form. */
#define corm_default(value_)                                                                       \
    {.type = _Generic((value_), CORM__WHOLE(CORM__CONSTANT_INTEGER), float: CORM__CONSTANT_REAL,   \
                      double: CORM__CONSTANT_REAL, char *: CORM__CONSTANT_TEXT,                    \
                      const char *: CORM__CONSTANT_TEXT),                                          \
     .integer = _Generic((value_), CORM__WHOLE((value_)), default: 0),                             \
     .real = _Generic((value_), float: (value_), double: (value_), default: 0.0),                  \
     .text = _Generic((value_), char *: (value_), const char *: (value_), default: NULL)}

/* A value for an OPTIONAL member, and its absence: user->age = corm_some(43); user->age =
 * corm_none(INTEGER); car->color = corm_none(ENUM(Color)); price = corm_none(DECIMAL). A kind of the
 * program's own has <kind>_some(value) and corm_none(CUSTOM(<kind>)). */
#define corm_some(value_)                                                                          \
    _Generic((value_), CORM__WHOLE(corm__some_integer), float: corm__some_real,                    \
             double: corm__some_real, corm_date: corm__some_date,                                  \
             corm_datetime: corm__some_datetime, corm_time: corm__some_time,                       \
             corm_decimal: corm__some_decimal, corm_uuid: corm__some_uuid)(value_)
#define corm_none(kind_) ((CORM__NONE_##kind_){0})
#define CORM__NONE_INTEGER corm_optional_integer
#define CORM__NONE_REAL corm_optional_real
#define CORM__NONE_BOOLEAN corm_optional_boolean
#define CORM__NONE_DATE corm_optional_date
#define CORM__NONE_DATETIME corm_optional_datetime
#define CORM__NONE_BLOB corm_blob
#define CORM__NONE_TIME corm_optional_time
#define CORM__NONE_DECIMAL corm_optional_decimal
#define CORM__NONE_UUID corm_optional_uuid
#define CORM__NONE_ENUM(enum_) corm_optional_enum
#define CORM__NONE_CUSTOM(custom_) custom_##_optional

/* clang-format on */

#endif /* CORM__MODEL_H */
