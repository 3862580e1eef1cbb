/* checks.h: mistakes in a model's rows, answered at compile time by a sentence.
 *
 * Owns: what the compiler can tell about a row. Each check stops the compiler with a sentence that
 * names model and row; tests/fail/ has a file for each. What needs more than the row is refused in
 * the same words when the engine opens. Nothing here reaches the object file.
 * Must not know: the implementation, sessions. */
#ifndef CORM__CHECKS_H
#define CORM__CHECKS_H

#include "model.h"

/* clang-format off */

/* ---- Tools ----------------------------------------------------------------------------------- */

/* Does a thing exist? What declares it says `extern char E[1];`, who asks says `extern char E[];`
 * before. The second alone is an incomplete type, which is compatible with any size. */
#define CORM__IS_DECLARED(name_) _Generic(&name_, char (*)[99]: 0, default: 1)

/* A condition as a constant whose expansion clang does not print behind the sentence. */
#define CORM__HOLDS(condition_) \
    _Generic((char (*)[1 + !!(condition_)])0, char (*)[2]: 1, default: 0)

/* 0 in any expression; the sentence if the condition does not hold. */
#define CORM__CHECK_IN_EXPRESSION(condition_, sentence_) \
    (0 * sizeof(struct { _Static_assert(CORM__HOLDS(condition_), sentence_); char corm__none; }))

/* ---- In every file: the model on the other end ---------------------------------------------------------
 *   extern char corm__is_model_<Target>[];
 *   _Static_assert(<it is declared>, "<Model>.<name> is to model <Target>, ..."); */
#define CORM__CHECK_TARGET(model_, name_, target_)                                                 \
    extern char corm__is_model_##target_[];                                                        \
    _Static_assert(CORM__HOLDS(CORM__IS_DECLARED(corm__is_model_##target_)), \
                   #model_ "." #name_ " is to model " #target_ \
                   ", which is not in the schema: add it there");

/* ---- Options: what corm_ref names ------------------------------------------------------------ */

/* The kind of the column whose options are read. The block of a row gives it the row's;
 * CORM_KIND_COUNT: any. */
enum { corm__row_kind = CORM_KIND_COUNT };

#define CORM__CHECK_REFERENCE(model_, member_)                                                     \
    (1 + CORM__CHECK_IN_EXPRESSION(CORM__IS_OF_ROW_KIND(model_##_.member_),                         \
        "corm_ref(" #model_ ", " #member_ ") is of another type than the column that refers to it: "\
        "make them the same"))
#define CORM__IS_OF_ROW_KIND(handle_)                                                              \
    ((int)corm__row_kind == (int)CORM_KIND_COUNT ||                                                \
     _Generic(handle_, CORM__KIND_LIST(CORM__HANDLE_IS_OF_ROW_KIND) default: 1))
#define CORM__HANDLE_IS_OF_ROW_KIND(kind_, type_, optional_, name_)                                \
    corm_##name_##_column: (int)corm__row_kind == (int)CORM_KIND_##kind_,

/* ---- In one file: both ends of a relationship ----------------------------------------------------------
 * First every row declares its end, and which one it names as the other side:
 *   extern char corm__end_<Model>_<name>[1];
 *   extern char corm__pair_<Model>_<name>_<Target>_<other>[1 + <kind>]; */
#define CORM__PASS_ENDS(model_, table_, list_)                                                     \
    CORM__WALK(CORM__START list_(CORM__SKIP, CORM__OPEN_END(model_) CORM__RELATIONSHIP_WORDS)))

#define CORM__OPEN_END(model_) ) CORM__END CORM__LP CORM__EMPTY () () model_,
#define CORM__END(...) CORM__END_(__VA_ARGS__)
#define CORM__END_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...)      \
    extern char corm__end_##model_##_##name_[1];                                                   \
    CORM__END_##other_(model_, kind_, name_, target_, word_)
#define CORM__END_NAMED(model_, kind_, name_, target_, word_)                                      \
    extern char corm__pair_##model_##_##name_##_##target_##_##word_[1 + kind_];
#define CORM__END_BACKREF(model_, kind_, name_, target_, word_)
#define CORM__END_NONE(model_, kind_, name_, target_, word_)

/* Then each row that names another asks for it. */
#define CORM__PAIR_NAMED(model_, kind_, name_, target_, word_)                                     \
    extern char corm__end_##target_##_##word_[];                                                   \
    extern char corm__pair_##target_##_##word_##_##model_##_##name_[];                             \
    CORM__PAIR_CHECK(corm__is_model_##target_, corm__end_##target_##_##word_,                      \
                     corm__pair_##target_##_##word_##_##model_##_##name_, kind_,                   \
                     #model_ "." #name_, #target_, #word_, #name_)
#define CORM__PAIR_BACKREF(model_, kind_, name_, target_, word_)
#define CORM__PAIR_NONE(model_, kind_, name_, target_, word_)

#define CORM__PAIR_CHECK(target_, end_, pair_, kind_, row_, target_name_, word_, name_)            \
    _Static_assert(CORM__HOLDS(CORM__IS_DECLARED(end_) || !CORM__IS_DECLARED(target_)),            \
                   row_ ": " target_name_ " has no relationship " word_                            \
                   ": declare it there, or write BACKREF(" word_ ") or NONE");                     \
    _Static_assert(CORM__HOLDS(CORM__IS_DECLARED(pair_) || !CORM__IS_DECLARED(end_)),              \
                   row_ " names " target_name_ "." word_                                           \
                   " as its other side, which does not name it back: write " name_ " there");      \
    _Static_assert(_Generic(&pair_, char (*)[1 + CORM__OPPOSITE_##kind_]: 1, default: 0),          \
                   row_ " and " target_name_ "." word_ " do not fit: the other side of "           \
                   CORM__OPPOSITES_##kind_);
#define CORM__OPPOSITE_CORM_ONE_TO_MANY CORM_MANY_TO_ONE
#define CORM__OPPOSITE_CORM_MANY_TO_ONE CORM_ONE_TO_MANY
#define CORM__OPPOSITE_CORM_ONE_TO_ONE CORM_ONE_TO_ONE
#define CORM__OPPOSITE_CORM_MANY_TO_MANY CORM_MANY_TO_MANY
#define CORM__OPPOSITES_CORM_ONE_TO_MANY "ONE_TO_MANY is MANY_TO_ONE"
#define CORM__OPPOSITES_CORM_MANY_TO_ONE "MANY_TO_ONE is ONE_TO_MANY"
#define CORM__OPPOSITES_CORM_ONE_TO_ONE "ONE_TO_ONE is ONE_TO_ONE"
#define CORM__OPPOSITES_CORM_MANY_TO_MANY "MANY_TO_MANY is MANY_TO_MANY"

/* ---- In one file: the rows ----------------------------------------------------------------------------
 *   static inline void corm__check_rows_of_<Model>(void)
 *   {
 *       { enum { corm__row_kind = <kind> };
 *         typedef corm_column_options corm__options_of_<Model>_<column>;
 *         (void)sizeof((corm__options_of_<Model>_<column>){<options>}); } ...
 *       { typedef corm_relationship_options corm__options_of_<Model>_<name>;
 *         (void)sizeof((corm__options_of_<Model>_<name>){<options>}); <checks> } ...
 *   }
 * The type's name is what both compilers print for a misspelt option. */
#define CORM__PASS_ROWS(model_, table_, list_)                                                     \
    static inline CORM__UNUSED void corm__check_rows_of_##model_(void)                             \
    {                                                                                              \
        CORM__WALK(CORM__START list_(CORM__OPEN_COLUMN_CHECK(model_) CORM__COLUMN_WORDS,           \
                   CORM__OPEN_RELATIONSHIP_CHECK(model_) CORM__RELATIONSHIP_WORDS)))               \
    }

#define CORM__OPEN_COLUMN_CHECK(model_) ) CORM__COLUMN_CHECK CORM__LP CORM__EMPTY () () model_,
#define CORM__COLUMN_CHECK(...) CORM__COLUMN_CHECK_(__VA_ARGS__)
#define CORM__COLUMN_CHECK_(model_, kind_, optional_, type_, word_, name_, ...)                    \
    CORM__JOIN2(CORM__COLUMN_CHECK_, CORM__HAS_OPTIONS(__VA_ARGS__))(                              \
        CORM__KIND_VALUE_##kind_, corm__options_of_##model_##_##name_, __VA_ARGS__)
#define CORM__COLUMN_CHECK_0(kind_, type_, ...)
#define CORM__COLUMN_CHECK_1(kind_, type_, ...)                                                    \
    {                                                                                              \
        enum { corm__row_kind = kind_ };                                                           \
        typedef corm_column_options type_;                                                         \
        (void)sizeof((type_){__VA_ARGS__});                                                        \
    }
/* A row's options end in a comma: one word means that there is none. */
#define CORM__HAS_OPTIONS(...) \
    CORM__HAS_OPTIONS_(__VA_ARGS__, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, \
                       1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, ~)
#define CORM__HAS_OPTIONS_(a1_, a2_, a3_, a4_, a5_, a6_, a7_, a8_, a9_, a10_, a11_, a12_, a13_,    \
                           a14_, a15_, a16_, a17_, a18_, a19_, a20_, a21_, a22_, a23_, a24_, a25_, \
                           a26_, a27_, a28_, a29_, a30_, a31_, a32_, has_, ...) has_

#define CORM__OPEN_RELATIONSHIP_CHECK(model_)                                                      \
    ) CORM__RELATIONSHIP_CHECK CORM__LP CORM__EMPTY () () model_,
#define CORM__RELATIONSHIP_CHECK(...) CORM__RELATIONSHIP_CHECK_(__VA_ARGS__)
#define CORM__RELATIONSHIP_CHECK_(model_, kind_, shape_, back_, name_, target_, other_, quoted_, word_, ...) \
    {                                                                                              \
        CORM__PAIR_##other_(model_, kind_, name_, target_, word_)                                  \
        CORM__JOIN2(CORM__RELATED_CHECK_, CORM__HAS_OPTIONS(__VA_ARGS__))(                         \
            corm__options_of_##model_##_##name_, kind_, #model_, #name_,                           \
            CORM__PARENT_##other_(target_, word_), #__VA_ARGS__, __VA_ARGS__)                      \
    }
#define CORM__PARENT_NAMED(target_, word_) #target_ "." #word_
#define CORM__PARENT_BACKREF(target_, word_) #target_ "." #word_
#define CORM__PARENT_NONE(target_, word_) "a relationship of " #target_
#define CORM__RELATED_CHECK_0(type_, kind_, model_, name_, parent_, text_, ...)
#define CORM__RELATED_CHECK_1(type_, kind_, model_, name_, parent_, text_, ...)                    \
    typedef corm_relationship_options type_;                                                       \
    (void)sizeof((type_){__VA_ARGS__});                                                            \
    CORM__ORPHAN_##kind_(CORM__CASCADES_ORPHANS(text_, (type_){__VA_ARGS__}), model_, name_, parent_) \
    _Static_assert(CORM__HOLDS(!CORM__CASCADES_ORPHANS_ONLY(text_, (type_){__VA_ARGS__})),         \
        model_ "." name_ ": CORM_CASCADE_DELETE_ORPHAN needs CORM_CASCADE_DELETE: give both");

#define CORM__ORPHAN_CORM_ONE_TO_MANY(given_, model_, name_, parent_)
#define CORM__ORPHAN_CORM_ONE_TO_ONE(given_, model_, name_, parent_)
#define CORM__ORPHAN_CORM_MANY_TO_ONE(given_, model_, name_, parent_)                              \
    _Static_assert(CORM__HOLDS(!(given_)), model_ "." name_                                        \
        ": CORM_CASCADE_DELETE_ORPHAN belongs to the parent's side: give it to " parent_);
#define CORM__ORPHAN_CORM_MANY_TO_MANY(given_, model_, name_, parent_)                             \
    _Static_assert(CORM__HOLDS(!(given_)), model_ "." name_                                        \
        ": CORM_CASCADE_DELETE_ORPHAN is not for MANY_TO_MANY, where another " model_              \
        " may still have the object: leave it out");

/* An option's value is no constant expression of C. clang computes it where a builtin asks. gcc
 * does not, but searches texts: there the words of the row are read, and what they leave open is
 * left to corm_engine_open. */
#if defined(__clang__)
#define CORM__CASCADES(options_) __builtin_expect((long)(options_).cascade, 0)
#define CORM__CASCADES_ORPHANS(text_, ...)                                                         \
    ((CORM__CASCADES((__VA_ARGS__)) & CORM_CASCADE_DELETE_ORPHAN) != 0)
#define CORM__CASCADES_ORPHANS_ONLY(text_, ...)                                                    \
    ((CORM__CASCADES((__VA_ARGS__)) & (CORM_CASCADE_DELETE_ORPHAN | CORM_CASCADE_DELETE)) ==       \
     CORM_CASCADE_DELETE_ORPHAN)
#elif defined(__GNUC__)
#define CORM__SAYS(text_, part_)                                                                   \
    (__builtin_strlen(__builtin_strstr(text_ part_, part_)) >= sizeof part_)
#define CORM__CASCADES_ORPHANS(text_, ...)                                                         \
    (CORM__SAYS(text_, "CORM_CASCADE_DELETE_ORPHAN") && !CORM__SAYS(text_, "backref") &&           \
     !CORM__SAYS(text_, "~"))
#define CORM__CASCADES_ORPHANS_ONLY(text_, ...)                                                    \
    (CORM__SAYS(text_, "cascade = CORM_CASCADE_DELETE_ORPHAN,") ||                                 \
     CORM__SAYS(text_, "CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_DELETE_ORPHAN,") ||                \
     CORM__SAYS(text_, "cascade = CORM_CASCADE_DELETE_ORPHAN | CORM_CASCADE_SAVE_UPDATE,"))
#else
#define CORM__CASCADES_ORPHANS(text_, ...) false
#define CORM__CASCADES_ORPHANS_ONLY(text_, ...) false
#endif

#if defined(CORM_NO_ROW_CHECKS)
#define CORM__CHECK_SCHEMA(models_)
#else
#define CORM__CHECK_SCHEMA(models_) models_(CORM__PASS_ENDS) models_(CORM__PASS_ROWS)
#endif

/* clang-format on */

#endif /* CORM__CHECKS_H */
