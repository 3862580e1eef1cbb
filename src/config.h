/* config.h: version, compile-time options, compiler differences.
 *
 * Owns: the version, the C11 check, linkage (CORM_API), assertions, the allocator hooks, atomics
 * and mutexes behind one spelling.
 * Must not know: anything about models, databases or sessions. */
#ifndef CORM__CONFIG_H
#define CORM__CONFIG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CORM_VERSION_MAJOR 0
#define CORM_VERSION_MINOR 1
#define CORM_VERSION_PATCH 0
#define CORM_VERSION "0.1.0"

#if !defined(__cplusplus) && (!defined(__STDC_VERSION__) || __STDC_VERSION__ < 201112L)
#error "corm needs C11: compile with -std=c11 or later"
#endif

/* Options, to be defined before corm.h is included (the same in every file of the program):
 *
 *   CORM_IMPLEMENTATION   in exactly one .c file: the function bodies follow the declarations.
 *   CORM_STATIC           every public function is static, models and schemas too: corm is private
 *                         to that one file, so that two libraries in one program may each bring
 *                         their own. Costs a copy of the code.
 *   CORM_NO_THREADS       leaves out mutexes and atomics: the whole program uses corm from one
 *                         thread.
 *   CORM_NO_EXTENSIONS    corm_new in ISO C11, as for compilers without statement expressions: one
 *                         call more for each member, at most 16 corm_new inside one another, and
 *                         the values are evaluated even where memory is short. May differ between
 *                         files.
 *   CORM_CONDITION_NODES  how many parts fit one condition (64; a comparison has 3; each
 *                         adds 24 bytes to every condition): a plain number, in every file the
 *                         same, or they do not link.
 *   CORM_ASSERT(x)        replaces assert, which only watches corm's own invariants, never your
 *                         input.
 *   CORM_MALLOC(size), CORM_REALLOC(pointer, size), CORM_FREE(pointer)
 *                         replace malloc, realloc and free, all three together. corm allocates
 *                         through nothing else; a NULL from them is an error like any other, never
 *                         a crash.
 *   CORM_TRACE_CALLS      corm_round_trips counts the statements that each place in the program causes,
 *                         by file and line. For development, with gcc or clang: every object that
 *                         is loaded costs an entry in a table.
 *   CORM_NO_HUGE_PAGES    Linux is not asked for huge pages where a session holds more than a MiB of
 *                         something. With them memory is taken 2 MiB at a time.
 *   CORM_NO_WATCHING      Linux is not asked to note which objects are written to (src/guard.c), which spares sessions
 *                         with many objects the comparison of all of them before each query. With it a process
 *                         that has such a session holds two files.
 *   CORM_NO_ROW_CHECKS    leaves out what the compiler says about wrong rows: the engine says it
 *                         when it opens. For 40 models of 16 columns and 6 relationships the
 *                         checks take a twentieth of a second to a tenth.
 *   CORM_NO_PRAGMAS       pointers of another model and numbers for texts stay warnings. Otherwise
 *                         corm.h makes errors of -Wincompatible-pointer-types and
 *                         -Wint-conversion, from where it is included to the end of the file.
 *   CORM_LINES            keeps #line directives in corm.h, for those who work on src/. */

#if defined(__cplusplus) && (defined(CORM_IMPLEMENTATION) || defined(CORM_STATIC))
#error "corm: the implementation is C: CORM_IMPLEMENTATION and CORM_STATIC belong into a .c file"
#endif

/* What C++ warns of where an initializer leaves a member out. */
#if defined(__cplusplus)
#define CORM__ZERO = {}
#else
#define CORM__ZERO
#endif

#if defined(__cplusplus)
#define CORM_API extern "C"
#elif defined(CORM_STATIC)
#if defined(__GNUC__)
#define CORM_API static __attribute__((unused))
#else
#define CORM_API static
#endif
#else
#define CORM_API extern
#endif

/* CORM__INLINE, CORM__APART: what each row goes through is one piece, and what it rarely needs is kept out of it,
 * so that it does not have to save registers for that. Where size counts more, the compiler decides.
 * CORM__COLD: what runs when something fails, or once. It is compiled for size and put apart, as is what
 * it alone calls, and the way to it is taken to be the rare one. */
#if defined(__GNUC__)
#define CORM__UNUSED __attribute__((unused))
#define CORM__COLD __attribute__((cold))
#if defined(__MINGW_PRINTF_FORMAT) /* Windows has two, and <stdio.h> has chosen */
#define CORM__PRINTF(format_, first_)                                                              \
    __attribute__((format(__MINGW_PRINTF_FORMAT, format_, first_)))
#else
#define CORM__PRINTF(format_, first_) __attribute__((format(printf, format_, first_)))
#endif
#define CORM__LIKELY(condition_) __builtin_expect(!!(condition_), 1)
#define CORM__UNLIKELY(condition_) __builtin_expect(!!(condition_), 0)
#define CORM__PREFETCH(pointer_) __builtin_prefetch(pointer_)
#if defined(__OPTIMIZE__) && !defined(__OPTIMIZE_SIZE__)
#define CORM__INLINE inline __attribute__((always_inline))
#else
#define CORM__INLINE inline
#endif
#define CORM__APART __attribute__((noinline))
#else
#define CORM__UNUSED
#define CORM__COLD
#define CORM__PRINTF(format_, first_)
#define CORM__LIKELY(condition_) (condition_)
#define CORM__UNLIKELY(condition_) (condition_)
#define CORM__PREFETCH(pointer_) ((void)0)
#define CORM__INLINE inline
#define CORM__APART
#endif

/* C calls it an error to pass a Tag * where a Post * is wanted; gcc before 14 and clang before 16
 * only warn, and no type of parameter makes it an error that says so without a warning in right
 * calls. */
#if defined(__GNUC__) && !defined(__cplusplus) && !defined(CORM_NO_PRAGMAS)
#pragma GCC diagnostic error "-Wincompatible-pointer-types"
#pragma GCC diagnostic error "-Wint-conversion"
#endif

#if !defined(CORM_CONDITION_NODES)
#define CORM_CONDITION_NODES 64
#endif

/* An object of a sub-model is read and written through pointers to its base's struct too, which begins
 * with the same members. To a compiler they are unrelated types, whose values it may keep apart in
 * registers; this tells it that they are not. The attribute belongs to a pointer type from the moment
 * at which the struct is complete: what is declared with `User *` before the schema does not have it
 * (with gcc). */
#if defined(__GNUC__)
#define CORM__MAY_ALIAS __attribute__((may_alias))
#else
#define CORM__MAY_ALIAS
#endif

#endif /* CORM__CONFIG_H */
