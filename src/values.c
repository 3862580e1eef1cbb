/* values.c: one value, wherever it stands.
 *
 * Owns: making values, their equality and hash, their text for people, and the checks of a single
 * text, number or date that members, defaults and the operands of queries share.
 * Must not know: columns, objects, databases. */
#ifndef CORM__ROOM_VALUES_C
#define CORM__ROOM_VALUES_C

#include "core.c"
#include "dates.c"

#include <stdlib.h>

/* ---- Values, equality, hash ------------------------------------------------------------------ */

CORM_API corm_value corm_value_null(void)
{
    corm_value value = {CORM_VALUE_NULL, 0, {0}};
    return value;
}

CORM_API corm_value corm_value_integer(int64_t value)
{
    corm_value made = {CORM_VALUE_INTEGER, 0, {.integer = value}};
    return made;
}

CORM_API corm_value corm_value_real(double value)
{
    corm_value made = {CORM_VALUE_REAL, 0, {.real = value}};
    return made;
}

CORM_API corm_value corm_value_text(const char *value)
{
    if (value == NULL)
        return corm_value_null();
    corm_value made = {CORM_VALUE_TEXT, strlen(value), {.bytes = value}};
    return made;
}

/* The data of a corm_blob_of_size, which nobody reads or writes. Not const: compilers put a literal "" of the program
 * in the place of a constant with the same bytes, and the two would be one. */
static char corm__zeros[1];

CORM_API corm_blob corm_blob_of_size(size_t size)
{
    corm_blob blob = {corm__zeros, size};
    return blob;
}

CORM_API corm_value corm_value_blob(corm_blob value)
{
    if (value.data == NULL)
        return corm_value_null();
    if (value.data == corm__zeros) {
        corm_value zeros = {CORM_VALUE_ZEROS, value.size, {0}};
        return zeros;
    }
    corm_value made = {CORM_VALUE_BLOB, value.size, {.bytes = value.data}};
    return made;
}

static inline uint64_t corm__real_bits(double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}

/* The same type and the same value; REAL by bits; NULL equals NULL. */
static bool corm__value_equal(const corm_value *a, const corm_value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case CORM_VALUE_NULL: return true;
    case CORM_VALUE_ZEROS: return a->size == b->size;
    case CORM_VALUE_INTEGER: return a->as.integer == b->as.integer;
    case CORM_VALUE_REAL: return corm__real_bits(a->as.real) == corm__real_bits(b->as.real);
    case CORM_VALUE_TEXT:
    case CORM_VALUE_BLOB:
        return a->size == b->size &&
               (a->size == 0 || memcmp(a->as.bytes, b->as.bytes, a->size) == 0);
    }
    return false;
}

/* Values that are equal have the same hash. Several values: the hash of one is the seed of the
 * next. */
static uint64_t corm__value_hash(const corm_value *value, uint64_t seed)
{
    switch (value->type) {
    case CORM_VALUE_NULL:
    case CORM_VALUE_ZEROS: break;
    case CORM_VALUE_INTEGER: return corm__hash_mix(seed ^ (uint64_t)value->as.integer);
    case CORM_VALUE_REAL: return corm__hash_mix(seed ^ corm__real_bits(value->as.real));
    case CORM_VALUE_TEXT:
    case CORM_VALUE_BLOB: return corm__hash_bytes(value->as.bytes, value->size, seed);
    }
    return corm__hash_mix(~seed);
}

/* ---- Text for people ------------------------------------------------------------------------- */

enum { CORM__REAL_TEXT = 40 };

/* The shortest of 15 or 17 digits that reads back as the same number, with a point whatever the
 * locale says. */
static void corm__real_text(double real, char out[CORM__REAL_TEXT])
{
    if (real != real || real - real != 0) {
        const char *word = real != real ? "NULL" : real > 0 ? "9e999" : "-9e999";
        (void)snprintf(out, CORM__REAL_TEXT, "%s", word);
        return;
    }
    char text[CORM__REAL_TEXT];
    (void)snprintf(text, sizeof text, "%.15g", real);
    if (corm__real_bits(strtod(text, NULL)) != corm__real_bits(real))
        (void)snprintf(text, sizeof text, "%.17g", real);
    char *at = out;
    bool whole = true;
    for (const char *c = text; *c != '\0'; c++) {
        bool point = strchr("0123456789+-e", *c) == NULL;
        if (point && at > out && at[-1] == '.')
            continue; /* a point of several bytes */
        *at++ = point ? '.' : *c;
        whole = whole && !point && *c != 'e';
    }
    if (whole) {
        *at++ = '.';
        *at++ = '0';
    }
    *at = '\0';
}

/* How many bytes of a text or blob a person is shown. */
enum { CORM__SHOWN_BYTES = 64 };

static void corm__text_literal(corm__buffer *b, const char *text, size_t size)
{
    size_t shown = size;
    if (size > CORM__SHOWN_BYTES)
        shown = corm__utf8_cut(text, CORM__SHOWN_BYTES);
    corm__buffer_char(b, '\'');
    size_t from = 0;
    for (size_t i = 0; i < shown; i++) {
        if (text[i] != '\'')
            continue;
        corm__buffer_bytes(b, text + from, i + 1 - from);
        from = i; /* once more */
    }
    corm__buffer_bytes(b, text + from, shown - from);
    corm__buffer_text(b, shown < size ? "'..." : "'");
}

static void corm__blob_literal(corm__buffer *b, const unsigned char *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    size_t shown = size > CORM__SHOWN_BYTES ? CORM__SHOWN_BYTES : size;
    corm__buffer_text(b, "x'");
    for (size_t i = 0; i < shown; i++) {
        char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
        corm__buffer_bytes(b, pair, 2);
    }
    corm__buffer_text(b, shown < size ? "'..." : "'");
}

/* Appends the value as a person reads it in SQL: 42, 1.5, 'it''s', x'00ff', NULL; long ones are
 * cut, with ... behind. */
static void corm__value_literal(corm__buffer *b, const corm_value *value)
{
    char real[CORM__REAL_TEXT];
    switch (value->type) {
    case CORM_VALUE_NULL: break;
    case CORM_VALUE_INTEGER: corm__buffer_format(b, "%lld", (long long)value->as.integer); return;
    case CORM_VALUE_REAL:
        corm__real_text(value->as.real, real);
        corm__buffer_text(b, real);
        return;
    case CORM_VALUE_TEXT: corm__text_literal(b, value->as.bytes, value->size); return;
    case CORM_VALUE_BLOB: corm__blob_literal(b, value->as.bytes, value->size); return;
    case CORM_VALUE_ZEROS: corm__buffer_format(b, "%zu zero bytes", value->size); return;
    }
    corm__buffer_text(b, "NULL");
}

/* Room for it. */
enum { CORM__DESCRIBED = CORM__SHOWN_BYTES + 32 };

/* A value as messages name it, without memory: "the text 'abc'". */
static void corm__value_describe(const corm_value *value, char *out, size_t size)
{
    char part[CORM__SHOWN_BYTES + 1];
    size_t shown;
    switch (value->type) {
    case CORM_VALUE_NULL: (void)snprintf(out, size, "NULL"); return;
    case CORM_VALUE_INTEGER:
        (void)snprintf(out, size, "the integer %lld", (long long)value->as.integer);
        return;
    case CORM_VALUE_REAL:
        corm__real_text(value->as.real, part);
        (void)snprintf(out, size, "the number %s", part);
        return;
    case CORM_VALUE_BLOB: (void)snprintf(out, size, "a blob of %zu bytes", value->size); return;
    case CORM_VALUE_ZEROS: (void)snprintf(out, size, "%zu zero bytes", value->size); return;
    case CORM_VALUE_TEXT: break;
    }
    shown = value->size;
    if (shown > CORM__SHOWN_BYTES)
        shown = corm__utf8_cut(value->as.bytes, CORM__SHOWN_BYTES);
    memcpy(part, value->as.bytes, shown);
    part[shown] = '\0';
    for (size_t i = 0; i < shown; i++) {
        if ((unsigned char)part[i] < ' ')
            part[i] = '?';
    }
    (void)snprintf(out, size, "the text '%s'%s", part, shown < value->size ? "..." : "");
}
_Static_assert(CORM__REAL_TEXT <= CORM__SHOWN_BYTES + 1, "corm: part must hold a number");

/* ---- Checks ---------------------------------------------------------------------------------- */

static inline bool corm__is_tail(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* The bytes of the character that begins here; 0 if it is none: RFC 3629, section 4. */
static size_t corm__utf8_length(const unsigned char *at, size_t left)
{
    unsigned char c = at[0];
    if (c < 0x80)
        return 1;
    if (c < 0xC2 || c > 0xF4 || left < 2)
        return 0;
    /* The second byte excludes overlong forms, surrogates and what lies above U+10FFFF. */
    unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    unsigned char high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high)
        return 0;
    if (c < 0xE0)
        return 2;
    if (left < 3 || !corm__is_tail(at[2]))
        return 0;
    if (c < 0xF0)
        return 3;
    return left < 4 || !corm__is_tail(at[3]) ? 0 : 4;
}

/* Counts the characters; false at the first byte that is not UTF-8, its position goes to *bad. */
static bool corm__utf8_count(const char *text, size_t size, size_t *characters, size_t *bad)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t i = 0, more = 0; /* more: bytes than characters */
    for (;;) {
        uint64_t word;
        for (; size - i >= sizeof word; i += sizeof word) {
            memcpy(&word, bytes + i, sizeof word);
            if ((word & UINT64_C(0x8080808080808080)) != 0)
                break;
        }
        while (i < size && bytes[i] < 0x80)
            i++;
        if (i == size)
            break;
        const size_t length = corm__utf8_length(bytes + i, size - i);
        if (length == 0) {
            *bad = i;
            return false;
        }
        i += length;
        more += length - 1;
    }
    *characters = size - more;
    return true;
}

/* Whether all bytes are below 0x80: then it is UTF-8, of as many characters. */
static inline bool corm__is_ascii(const char *text, size_t size)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t word, all = 0;
    if (size < sizeof word) {
        for (size_t i = 0; i < size; i++)
            all |= (uint64_t)(unsigned char)text[i];
        return all < 0x80;
    }
    uint64_t words[4];
    size_t i = 0;
    for (; i + sizeof words < size; i += sizeof words) {
        memcpy(words, text + i, sizeof words);
        all |= words[0] | words[1] | words[2] | words[3];
    }
    for (; i + sizeof word < size; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        all |= word;
    }
    memcpy(&word, text + size - sizeof word, sizeof word); /* the rest, and some of it again */
    return ((all | word) & high) == 0;
}

/* Copies a text of `size` bytes and its end. Whether all bytes are below 0x80. */
static inline bool corm__copy_ascii(char *copy, const char *text, size_t size)
{
    enum { FEW = 32 }; /* by words, which the copy and the look share */
    uint64_t word, all = 0;
    if (size < sizeof word || size > FEW) {
        memcpy(copy, text, size + 1);
        return corm__is_ascii(text, size);
    }
    for (size_t i = 0; i + sizeof word <= size; i += sizeof word) {
        memcpy(&word, text + i, sizeof word);
        memcpy(copy + i, &word, sizeof word);
        all |= word;
    }
    memcpy(&word, text + size + 1 - sizeof word, sizeof word);
    memcpy(copy + size + 1 - sizeof word, &word, sizeof word);
    return ((all | word) & UINT64_C(0x8080808080808080)) == 0;
}

/* The checks of one value, shared by members, defaults and the operands of queries. Bytes are
 * counted from 1. */
static bool corm__text_check(const char *text, unsigned length, char *why, size_t size)
{
    size_t characters = strlen(text), bad = 0;
    if (!corm__is_ascii(text, characters) &&
        !corm__utf8_count(text, characters, &characters, &bad)) {
        (void)snprintf(why, size, "text is not valid UTF-8 at byte %zu", bad + 1);
        return false;
    }
    if (length == 0 || characters <= length)
        return true;
    (void)snprintf(why, size, "%zu characters, at most %u", characters, length);
    return false;
}

static bool corm__blob_check(corm_blob blob, unsigned length, char *why, size_t size)
{
    if (length == 0 || blob.size <= length)
        return true;
    (void)snprintf(why, size, "%zu bytes, at most %u", blob.size, length);
    return false;
}

static inline bool corm__is_number(double real)
{
    return real == real;
}

static bool corm__real_check(double real, char *why, size_t size)
{
    if (corm__is_number(real))
        return true;
    (void)snprintf(why, size, "NaN is no number SQL can store");
    return false;
}

static bool corm__boolean_check(int64_t value, char *why, size_t size)
{
    if (value == 0 || value == 1)
        return true;
    (void)snprintf(why, size, "%lld is not true or false", (long long)value);
    return false;
}

static bool corm__date_check(corm_date date, char *why, size_t size)
{
    if (corm_date_is_valid(date))
        return true;
    (void)snprintf(why, size, "%04d-%02u-%02u is not a date", date.year, date.month + 0u,
                   date.day + 0u);
    return false;
}

static bool corm__datetime_check(corm_datetime d, char *why, size_t size)
{
    if (corm_datetime_is_valid(d))
        return true;
    (void)snprintf(why, size, "%04d-%02u-%02u %02u:%02u:%02u.%06lu is not a date-time", d.year,
                   d.month + 0u, d.day + 0u, d.hour + 0u, d.minute + 0u, d.second + 0u,
                   (unsigned long)d.microsecond);
    return false;
}

static bool corm__time_check(corm_time t, char *why, size_t size)
{
    if (corm_time_is_valid(t))
        return true;
    (void)snprintf(why, size, "%02u:%02u:%02u.%06lu is not a time of day", t.hour + 0u,
                   t.minute + 0u, t.second + 0u, (unsigned long)t.microsecond);
    return false;
}

#endif /* CORM__ROOM_VALUES_C */
