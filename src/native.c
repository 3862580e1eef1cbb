/* native.c: members of C's own types: numbers of any size, arrays of char.
 *
 * Owns: reading, comparing, checking and loading them, without conversions of the program.
 * Must not know: columns, objects, sessions, SQL. */
#ifndef CORM__ROOM_NATIVE_C
#define CORM__ROOM_NATIVE_C

#include "types.h"
#include "values.c"

#include <float.h>

/* An array of char is a part of the struct, which has at most CORM__STRUCT_MAX bytes. */
enum { CORM__CHARS_MAX = 8192 };

static bool corm__native_vet(const corm_custom *custom, char *why, size_t size)
{
    const size_t bytes = custom->size;
    bool fine = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
    if (custom->native == CORM_NATIVE_REAL)
        fine = bytes == sizeof(float) || bytes == sizeof(double);
    else if (custom->native == CORM_NATIVE_CHARS)
        fine = bytes >= 2 && bytes <= CORM__CHARS_MAX;
    if (!fine)
        (void)snprintf(why, size, "%s has %zu bytes: %s", custom->name, bytes,
                       custom->native == CORM_NATIVE_REAL ? "use REAL_AS(double)"
                       : custom->native == CORM_NATIVE_CHARS
                           ? "an array has 2 at least, one for the terminating zero"
                           : "an integer has at most 8");
    return fine;
}

/* Too narrow to hold "unset": what is left out is 0. */
static bool corm__native_is_short(const corm_custom *custom)
{
    return (custom->native == CORM_NATIVE_SIGNED || custom->native == CORM_NATIVE_UNSIGNED) &&
           custom->size < 4;
}

/* ---- Integers: by their bytes, as a member's own type is not known here ---------------------- */

/* The bits, with the sign in front of a smaller one. */
static uint64_t corm__native_bits(const corm_custom *custom, const void *at)
{
    uint8_t byte;
    uint16_t half;
    uint32_t word;
    uint64_t bits;
    switch (custom->size) {
    case 1: memcpy(&byte, at, 1), bits = byte; break;
    case 2: memcpy(&half, at, 2), bits = half; break;
    case 4: memcpy(&word, at, 4), bits = word; break;
    default: memcpy(&bits, at, 8);
    }
    const unsigned width = (unsigned)custom->size * 8;
    if (custom->native == CORM_NATIVE_SIGNED && width < 64 && (bits >> (width - 1)) != 0)
        bits |= UINT64_MAX << width;
    return bits;
}

static void corm__native_put(const corm_custom *custom, void *at, int64_t value)
{
    const uint8_t byte = (uint8_t)value;
    const uint16_t half = (uint16_t)value;
    const uint32_t word = (uint32_t)value;
    switch (custom->size) {
    case 1: memcpy(at, &byte, 1); break;
    case 2: memcpy(at, &half, 2); break;
    case 4: memcpy(at, &word, 4); break;
    default: memcpy(at, &value, 8);
    }
}

static int64_t corm__native_greatest(const corm_custom *custom)
{
    const unsigned width =
        (unsigned)custom->size * 8 - (custom->native == CORM_NATIVE_SIGNED || custom->size == 8);
    return (int64_t)((UINT64_C(1) << width) - 1);
}

static int64_t corm__native_least(const corm_custom *custom)
{
    return custom->native == CORM_NATIVE_SIGNED ? -corm__native_greatest(custom) - 1 : 0;
}

/* ---- All ------------------------------------------------------------------------------------- */

static double corm__native_real(const corm_custom *custom, const void *at)
{
    float single;
    double real;
    if (custom->size == sizeof single) {
        memcpy(&single, at, sizeof single);
        return (double)single;
    }
    memcpy(&real, at, sizeof real);
    return real;
}

/* Up to the terminator, or the end of the array. */
static size_t corm__chars_length(const corm_custom *custom, const void *at)
{
    const char *end = memchr(at, 0, custom->size);
    return end == NULL ? custom->size : (size_t)(end - (const char *)at);
}

/* Text is borrowed from the member. What corm__native_check refuses has some value. */
static corm_value corm__native_value(const corm_custom *custom, const void *at)
{
    corm_value text = {CORM_VALUE_TEXT, 0, {.bytes = at}};
    if (custom->native == CORM_NATIVE_REAL)
        return corm_value_real(corm__native_real(custom, at));
    if (custom->native != CORM_NATIVE_CHARS)
        return corm_value_integer((int64_t)corm__native_bits(custom, at));
    text.size = corm__chars_length(custom, at);
    return text;
}

/* What stands behind a terminator does not count. */
static bool corm__native_equal(const corm_custom *custom, const void *a, const void *b)
{
    if (custom->native == CORM_NATIVE_CHARS)
        return strncmp(a, b, custom->size) == 0;
    return memcmp(a, b, custom->size) == 0;
}

/* Whether the member can be stored; else `why`. */
static bool corm__native_check(const corm_custom *custom, const void *at, char *why, size_t size)
{
    if (custom->native == CORM_NATIVE_REAL)
        return corm__real_check(corm__native_real(custom, at), why, size);
    if (custom->native == CORM_NATIVE_UNSIGNED && corm__native_bits(custom, at) > INT64_MAX) {
        (void)snprintf(why, size, "%llu is too large: an INTEGER ends at 9223372036854775807",
                       (unsigned long long)corm__native_bits(custom, at));
        return false;
    }
    if (custom->native != CORM_NATIVE_CHARS)
        return true;
    if (corm__chars_length(custom, at) < custom->size)
        return corm__text_check(at, 0, why, size);
    (void)snprintf(why, size, "no terminating zero in the %zu bytes of %s", custom->size,
                   custom->name);
    return false;
}

static bool corm__native_load_integer(const corm_custom *custom, const corm_value *value, void *at,
                                      char *why, size_t size)
{
    const int64_t least = corm__native_least(custom), greatest = corm__native_greatest(custom);
    if (value->as.integer >= least && value->as.integer <= greatest) {
        if (at != NULL)
            corm__native_put(custom, at, value->as.integer);
        return true;
    }
    (void)snprintf(why, size, "%lld does not fit %s, which goes from %lld to %lld",
                   (long long)value->as.integer, custom->name, (long long)least,
                   (long long)greatest);
    return false;
}

static bool corm__native_load_real(const corm_custom *custom, const corm_value *value, void *at,
                                   char *why, size_t size)
{
    const double real =
        value->type == CORM_VALUE_INTEGER ? (double)value->as.integer : value->as.real;
    const bool finite = real - real == 0; /* a float can be infinite too */
    if (custom->size == sizeof(float) && finite &&
        (real > (double)FLT_MAX || real < -(double)FLT_MAX)) {
        char text[CORM__REAL_TEXT];
        corm__real_text(real, text);
        (void)snprintf(why, size, "%s does not fit %s", text, custom->name);
        return false;
    }
    if (at != NULL && custom->size == sizeof(float)) {
        const float single = (float)real;
        memcpy(at, &single, sizeof single);
    } else if (at != NULL) {
        memcpy(at, &real, sizeof real);
    }
    return true;
}

static bool corm__native_load_chars(const corm_custom *custom, const corm_value *value, char *at,
                                    char *why, size_t size)
{
    if (value->size >= custom->size || memchr(value->as.bytes, 0, value->size) != NULL) {
        (void)snprintf(why, size,
                       value->size >= custom->size ? "%zu bytes of text do not fit %s, which holds "
                                                     "%zu and a terminating zero"
                                                   : "%zu bytes of text with a zero byte inside "
                                                     "do not fit %s",
                       value->size, custom->name, custom->size - 1);
        return false;
    }
    if (at == NULL)
        return true;
    memset(at, 0, custom->size);
    memcpy(at, value->as.bytes, value->size);
    return true;
}

/* A value of the database into the member; at NULL: only tries it. false: the member is as it was,
 * and `why`. */
static bool corm__native_load(const corm_custom *custom, const corm_value *value, void *at,
                              char *why, size_t size)
{
    char described[CORM__DESCRIBED];
    if (custom->native == CORM_NATIVE_REAL &&
        (value->type == CORM_VALUE_REAL || value->type == CORM_VALUE_INTEGER))
        return corm__native_load_real(custom, value, at, why, size);
    if (value->type == custom->stored)
        return custom->native == CORM_NATIVE_CHARS
                   ? corm__native_load_chars(custom, value, at, why, size)
                   : corm__native_load_integer(custom, value, at, why, size);
    corm__value_describe(value, described, sizeof described);
    (void)snprintf(why, size, "%s is no %s", described, custom->name);
    return false;
}

#endif /* CORM__ROOM_NATIVE_C */
