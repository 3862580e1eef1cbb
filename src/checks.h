/* checks.h: mistakes in a model's rows, answered at compile time by a sentence.
 *
 * Owns: what the compiler can tell about a row. Each check stops the compiler with a sentence that
 * names model and row; tests/fail/ has a file for each. What needs more than the row is refused in
 * the same words when the engine opens. Nothing here reaches the object file.
 * Must not know: the implementation, sessions. */
#ifndef CORM__CHECKS_H
#define CORM__CHECKS_H

#include "row.h"

/* clang-format off */

/* Does a thing exist? What declares it says `extern char E[1];`, who asks says `extern char E[];`,
 * which alone is an incomplete type and compatible with any size:
 * _Generic(&E, char (*)[99]: <no>, default: <yes>). */

/* ---- In every file: what is no row -------------------------------------------------------------- */

/* Rows expand to nothing where COLUMN and RELATIONSHIP do; what is left then is no row. */
#define CORM__CHECK_LIST(model_, list_, ...)                                                       \
    CORM__HOLDS(sizeof(CORM__AS_TEXT(list_(__VA_ARGS__))) == 1,                                    \
                #model_ ": " #list_ " is no list of rows, or something stands between two of them: "       \
                "only COLUMN(...) and RELATIONSHIP(...), without commas and semicolons");
#define CORM__AS_TEXT(...) CORM__AS_TEXT_(__VA_ARGS__)
#define CORM__AS_TEXT_(...) #__VA_ARGS__

/* In the place of a member, where the kind is none. */
#define CORM__NO_KIND(model_, word_, said_, name_, ...)                                            \
    CORM__HOLDS(0, #model_ "." #name_ ": " said_ " is no kind of column: it is INTEGER, REAL, BOOLEAN, TEXT, " \
                "BLOB, DATE, DATETIME, TIME, DECIMAL(precision, scale), UUID, JSON, ENUM(type), "  \
                "CUSTOM(kind), INTEGER_AS(type), REAL_AS(type) or CHARS(size), or OPTIONAL(kind)");
#define CORM__NO_RELATIONSHIP(model_, word_, said_, name_, ...)                                    \
    CORM__HOLDS(0, #model_ "." #name_ ": " said_ " is no kind of relationship: it is ONE_TO_MANY, "    \
                "MANY_TO_ONE, ONE_TO_ONE or MANY_TO_MANY");

/* ---- In every file: the model on the other end ---------------------------------------------------------
 *   extern char corm__is_model_<Target>[];
 *   _Static_assert(<it is declared>, "<Model>.<name> is to model <Target>, ..."); */
#define CORM__CHECK_TARGET(model_, name_, target_)                                                 \
    extern char corm__is_model_##target_[];                                                        \
    _Static_assert(_Generic(&corm__is_model_##target_, char (*)[99]: 0, default: 1),               \
                   #model_ "." #name_ " is to model " #target_ \
                   ", which is not in the schema: add it there");

/* ---- In every file: values ---------------------------------------------------------------------------
 *   typedef <type> corm__<Model>_<column>; ...
 *   enum { corm__keys_<Model> = 0 | <1 << kind, if it is part of the primary key> ... };
 * The pointers of corm__columns_<Model> are to these types; corm_new tries its assignments on them, and
 * the compiler prints their names. INTEGER, BOOLEAN and ENUM stand as double there, to which C assigns
 * no pointer, while a bool takes any. */
#define CORM__CHECK_VALUES(model_, list_)                                                          \
    CORM__WALK(list_((CORM__TYPE_OF_VALUE, model_) CORM__COLUMN_HEAD, CORM__SKIP))
#define CORM__TYPE_OF_VALUE(...) CORM__TYPE_OF_VALUE_(__VA_ARGS__)
#define CORM__TYPE_OF_VALUE_(model_, kind_, optional_, type_, word_, name_, ...)                   \
    typedef CORM__SECOND(CORM__VALUE_##word_##optional_, type_, ~) corm__##model_##_##name_;
#define CORM__VALUE_integer0 ~, double
#define CORM__VALUE_boolean0 ~, double
#define CORM__VALUE_enum0 ~, double

#if defined(CORM_NO_ROW_CHECKS)
#define CORM__CHECK_KEYS(model_, list_) enum { corm__keys_##model_ = 0 };
#else
#define CORM__CHECK_KEYS(model_, list_)                                                            \
    enum {                                                                                         \
        corm__keys_##model_ = 0                                                                    \
        CORM__WALK(list_((CORM__KEY_KIND, model_) CORM__COLUMN_WORDS, CORM__SKIP)) \
    };
#endif
#define CORM__KEY_KIND(...) CORM__KEY_KIND_(__VA_ARGS__)
#define CORM__KEY_KIND_(model_, kind_, optional_, type_, word_, name_, ...)                        \
    | CORM__KEY_GIVEN(#__VA_ARGS__) << corm__kind_of_##word_
/* Only where it is the first option, which is quickest to find out: corm_get asks where it has one
 * value, and 0, no key at all, says that nothing is known. */
#if defined(__GNUC__) && __STDC_VERSION__ > 201710L
#define CORM__KEY_GIVEN(text_) /* true is a keyword, or an early <stdbool.h> makes of it what it likes */ \
    (__builtin_strncmp(text_, ".primary_key = true", 19) == 0 ||                                   \
     __builtin_strncmp(text_, ".primary_key = 1", 16) == 0 ||                                      \
     __builtin_strncmp(text_, ".primary_key = ((_Bool)+1u)", 27) == 0)
#elif defined(__GNUC__)
#define CORM__KEY_GIVEN(text_) (__builtin_strncmp(text_, ".primary_key = 1", 16) == 0)
#else
#define CORM__KEY_GIVEN(text_) 0
#endif

/* ---- In one file: both ends of a relationship ----------------------------------------------------------
 * First each row that names its other side declares the pair:
 *   extern char corm__<Model>_<name>_<Target>_<other>[1 + <kind>]; */
#define CORM__PASS_PAIRS(...) CORM__APPLY(CORM__PASS_PAIRS_, CORM__MODEL_WORDS(__VA_ARGS__, ))
#define CORM__PASS_PAIRS_(model_, table_, list_, ...)                                                    \
    CORM__WALK(list_(CORM__SKIP, (CORM__PAIR, model_) CORM__RELATIONSHIP_HEAD))

#define CORM__PAIR(...) CORM__PAIR_(__VA_ARGS__)
#define CORM__PAIR_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...)     \
    CORM__PAIR_##other_(model_, kind_, name_, target_, word_)
#define CORM__PAIR_corm__named(model_, kind_, name_, target_, word_)                               \
    extern char corm__##model_##_##name_##_##target_##_##word_[1 + kind_];
#define CORM__PAIR_BACKREF(model_, kind_, name_, target_, word_)
#define CORM__PAIR_NONE(model_, kind_, name_, target_, word_)

/* Then it asks for the same pair seen from there, of the opposite kind. */
#define CORM__BACK_corm__named(model_, kind_, name_, target_, word_)                               \
    CORM__BACK_CHECK(corm__##target_##_##word_##_##model_##_##name_, CORM__OPPOSITE_##kind_,       \
                     #model_ "." #name_, #target_, #word_, #name_)
#define CORM__BACK_BACKREF(model_, kind_, name_, target_, word_)
#define CORM__BACK_NONE(model_, kind_, name_, target_, word_)
#define CORM__BACK_CHECK(...) CORM__BACK_CHECK_(__VA_ARGS__)
#define CORM__BACK_CHECK_(pair_, opposite_, is_, must_, row_, target_, word_, name_)               \
    extern char pair_[];                                                                           \
    _Static_assert(_Generic(&pair_, char (*)[99]: 0, default: 1),                                  \
        row_ ": " target_ " has no relationship " word_ " that names " name_                       \
        " as its other side: declare it there, or write BACKREF(" word_ ") or NONE");              \
    _Static_assert(_Generic(&pair_, char (*)[1 + opposite_]: 1, default: 0),                       \
        row_ " is " is_ target_ "." word_ must_);
#define CORM__OPPOSITE_CORM_ONE_TO_MANY CORM_MANY_TO_ONE, "ONE_TO_MANY, so ", " must be MANY_TO_ONE"
#define CORM__OPPOSITE_CORM_MANY_TO_ONE CORM_ONE_TO_MANY, "MANY_TO_ONE, so ", " must be ONE_TO_MANY"
#define CORM__OPPOSITE_CORM_ONE_TO_ONE CORM_ONE_TO_ONE, "ONE_TO_ONE, so ", " must be ONE_TO_ONE"
#define CORM__OPPOSITE_CORM_MANY_TO_MANY CORM_MANY_TO_MANY, "MANY_TO_MANY, so ", " must be MANY_TO_MANY"

/* ---- In one file: the rows ----------------------------------------------------------------------------
 *   static inline void corm__check_rows_of_<Model>(void)
 *   {
 *       typedef corm_model_options <Model>_options;
 *       (void)sizeof((<Model>_options){<options of MODEL>});
 *       { enum { corm__row_kind = 1 + <kind> };
 *         typedef corm_column_options <Model>_<column>;
 *         (void)sizeof((<Model>_<column>){<options>}); } ...
 *       { typedef corm_relationship_options <Model>_<name>;
 *         enum { corm__cascade = <.cascade of (<Model>_<name>){<options>}> };
 *         _Static_assert(<condition>, <sentence>); ... } ...
 *   }
 * The type's name is what both compilers print for a misspelt option. */
#define CORM__PASS_ROWS(...) CORM__APPLY(CORM__PASS_ROWS_, CORM__MODEL_WORDS(__VA_ARGS__, ))
#define CORM__PASS_ROWS_(model_, table_, list_, ...)                                                     \
    static inline CORM__UNUSED void corm__check_rows_of_##model_(void)                             \
    {                                                                                              \
        typedef corm_model_options model_##_options;                                               \
        (void)sizeof((model_##_options){.declared = true, __VA_ARGS__});                           \
        CORM__WALK(list_((CORM__COLUMN_CHECK, model_) CORM__COLUMN_WORDS,                          \
                         (CORM__RELATIONSHIP_CHECK, model_) CORM__RELATIONSHIP_WORDS))             \
    }

#define CORM__COLUMN_CHECK(...) CORM__COLUMN_CHECK_(__VA_ARGS__)
#define CORM__COLUMN_CHECK_(model_, kind_, optional_, type_, word_, name_, ...)                    \
    {                                                                                              \
        enum { corm__row_kind = 1 + corm__kind_of_##word_ };                                       \
        typedef corm_column_options model_##_##name_;                                              \
        (void)sizeof((model_##_##name_){.nullable = 0, __VA_ARGS__});                              \
    }

#define CORM__RELATIONSHIP_CHECK(...) CORM__RELATIONSHIP_CHECK_(__VA_ARGS__)
#define CORM__RELATIONSHIP_CHECK_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...) \
    {                                                                                              \
        typedef corm_relationship_options model_##_##name_;                                        \
        enum { corm__cascade = CORM__CASCADE_OF(#__VA_ARGS__, (model_##_##name_){.declared = true, __VA_ARGS__}) }; \
        _Static_assert((corm__cascade & CORM__ORPHANS) != CORM_CASCADE_DELETE_ORPHAN, #model_ "." #name_ \
            ": CORM_CASCADE_DELETE_ORPHAN needs CORM_CASCADE_DELETE: give both");                  \
        CORM__ORPHAN_##kind_(model_, name_, CORM__PARENT_##other_(target_, word_))                 \
        CORM__BACK_##other_(model_, kind_, name_, target_, word_)                                  \
    }
#define CORM__PARENT_corm__named(target_, word_) #target_ "." #word_
#define CORM__PARENT_BACKREF(target_, word_) #target_ "." #word_
#define CORM__PARENT_NONE(target_, word_) "a relationship of " #target_

#define CORM__ORPHAN_CORM_ONE_TO_MANY(model_, name_, parent_)
#define CORM__ORPHAN_CORM_ONE_TO_ONE(model_, name_, parent_)
#define CORM__ORPHAN_CORM_MANY_TO_ONE(model_, name_, parent_)                                      \
    _Static_assert((corm__cascade & CORM_CASCADE_DELETE_ORPHAN) == 0, #model_ "." #name_           \
        ": CORM_CASCADE_DELETE_ORPHAN belongs to the parent's side: give it to " parent_);
#define CORM__ORPHAN_CORM_MANY_TO_MANY(model_, name_, parent_)                                     \
    _Static_assert((corm__cascade & CORM_CASCADE_DELETE_ORPHAN) == 0, #model_ "." #name_           \
        ": CORM_CASCADE_DELETE_ORPHAN is not for MANY_TO_MANY, where another " #model_             \
        " may still have the object: leave it out");

/* The bits of .cascade, as far as a constant can be had: an option's value is no constant
 * expression of C. clang computes it where a builtin asks. gcc does not, but it searches texts:
 * there the words of the row are read, and the bits of delete and delete-orphan are set only
 * where the words leave no doubt; the rest is left to corm_engine_open. */
#define CORM__ORPHANS (CORM_CASCADE_DELETE | CORM_CASCADE_DELETE_ORPHAN)
#if defined(__clang__)
#define CORM__CASCADE_OF(text_, ...) __builtin_expect((long)(__VA_ARGS__).cascade, 0)
#elif defined(__GNUC__)
#define CORM__CASCADE_OF(text_, ...)                                                               \
    (0 * sizeof(__VA_ARGS__) +                                                            \
     (CORM__SAYS(text_, "CASCADE_DELETE_ORPHAN") && !CORM__SAYS(text_, "backref") &&               \
              !CORM__SAYS(text_, "~")                                                              \
          ? CORM_CASCADE_DELETE_ORPHAN + CORM_CASCADE_DELETE *                                     \
                       !(CORM__SAYS(text_, "cascade = CORM_CASCADE_DELETE_ORPHAN,") ||             \
                        CORM__SAYS(text_, "= CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_DELETE_ORPHAN,")) \
          : 0u))
#define CORM__SAYS(text_, part_) (__builtin_strlen(__builtin_strstr(text_ part_, part_)) >= sizeof part_)
#else
#define CORM__CASCADE_OF(text_, ...) (0 * sizeof(__VA_ARGS__))
#endif

#if defined(CORM_NO_ROW_CHECKS)
#define CORM__CHECK_SCHEMA(models_)
#else
#define CORM__CHECK_SCHEMA(models_) models_(CORM__PASS_PAIRS) models_(CORM__PASS_ROWS)
#endif

/* clang-format on */

#endif /* CORM__CHECKS_H */
