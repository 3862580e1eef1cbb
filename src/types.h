/* types.h: C types for what C has none for.
 *
 * Owns: the time of day, exact decimals, UUIDs; enumerations with a text for each value; kinds of
 * columns that a program makes of a C type of its own.
 * Must not know: columns, models, sessions, SQL. */
#ifndef CORM__TYPES_H
#define CORM__TYPES_H

#include "core.h"

#include <string.h>

/* ---- The time of day ------------------------------------------------------------------------- */

/* A time of day to the microsecond, 00:00:00 to 23:59:59.999999. Checked at flush: 24:00 and the
 * second 60 are refused. */
typedef struct corm_time {
    uint8_t hour, minute;
    uint16_t second;
    uint32_t microsecond;
} corm_time;

CORM_API bool corm_time_is_valid(corm_time time);
/* From numbers, unchecked until the flush: an impossible number stays impossible. */
CORM_API corm_time corm_time_of(int hour, int minute, int second, int microsecond);
/* Before: negative; equal: 0; after: positive. */
CORM_API int corm_time_compare(corm_time a, corm_time b);
/* Microseconds since midnight, and back; outside of one day the result is no time. */
CORM_API int64_t corm_time_to_microseconds(corm_time time);
CORM_API corm_time corm_time_from_microseconds(int64_t microseconds);

enum { CORM_TIME_TEXT_SIZE = 16 };
/* Writes 'HH:MM:SS.ffffff', terminated, into `out` and returns it. */
CORM_API char *corm_time_format(corm_time time, char out[CORM_TIME_TEXT_SIZE]);
/* Reads 'HH:MM:SS', perhaps with a point and 1 to 6 digits; false if the text is anything else. */
CORM_API bool corm_time_parse(const char *text, corm_time *out);

/* ---- Decimals -------------------------------------------------------------------------------- */

/* An exact number: units / 10^scale, of at most 18 digits: 19.99 is 1999 units of scale 2. It is
 * never rounded unasked: what does not fit is refused, here by `false` and at the flush by an error.
 * 19.9 and 19.90 are equal; the flush gives a member the scale of its column. The zero value is
 * 0. */
typedef struct corm_decimal {
    int64_t units;
    uint8_t scale; /* digits behind the point, 0 to 18 */
    uint8_t corm__zero[7];
} corm_decimal;

CORM_API bool corm_decimal_is_valid(corm_decimal decimal);
/* From a text like "-19.99"; any other text gives an impossible number, refused at the flush. */
CORM_API corm_decimal corm_decimal_of(const char *text);
/* corm_decimal_units(1999, 2) is 19.99; unchecked until the flush. */
CORM_API corm_decimal corm_decimal_units(int64_t units, int scale);
CORM_API corm_decimal corm_decimal_from_integer(int64_t integer);
/* Less: negative; equal: 0; greater: positive. An impossible number is less than all others, and as large as another
 * impossible one. */
CORM_API int corm_decimal_compare(corm_decimal a, corm_decimal b);
/* The same number with so many digits behind the point; false if digits would get lost, or if it
 * would have more than 18 of them. *out is untouched then; it may be `decimal` itself. */
CORM_API bool corm_decimal_rescale(corm_decimal decimal, int scale, corm_decimal *out);
/* With the larger scale of both; false if the result has more than 18 digits. */
CORM_API bool corm_decimal_add(corm_decimal a, corm_decimal b, corm_decimal *out);
CORM_API bool corm_decimal_subtract(corm_decimal a, corm_decimal b, corm_decimal *out);
/* By a whole number: a price by a quantity; by -1 it is the other way round. The scale stays. */
CORM_API bool corm_decimal_multiply(corm_decimal decimal, int64_t factor, corm_decimal *out);

enum { CORM_DECIMAL_TEXT_SIZE = 24 };
/* Writes "-19.99", with all digits of its scale, into `out` and returns it. */
CORM_API char *corm_decimal_format(corm_decimal decimal, char out[CORM_DECIMAL_TEXT_SIZE]);
/* Reads an optional sign, digits, perhaps a point and digits; the scale is the number of digits
 * behind the point. false: anything else, or more than 18 digits. */
CORM_API bool corm_decimal_parse(const char *text, corm_decimal *out);

/* ---- UUIDs ----------------------------------------------------------------------------------- */

/* A universally unique identifier (RFC 9562). All bytes zero is the nil UUID, which is a value; a
 * UUID that is absent is a corm_none(UUID). */
typedef struct corm_uuid {
    uint8_t bytes[16];
} corm_uuid;

/* A new random one, version 4. The bytes come from the operating system (getrandom, /dev/urandom,
 * RtlGenRandom). Where it has none to give, they are mixed from clocks, addresses and a counter:
 * still not seen before, but such a UUID can be guessed, so do not use it as a secret. */
CORM_API corm_uuid corm_uuid_new(void);
/* By bytes, as their texts sort. */
CORM_API int corm_uuid_compare(corm_uuid a, corm_uuid b);

enum { CORM_UUID_TEXT_SIZE = 37 };
/* Writes 36 characters in lower case, terminated, into `out` and returns it. */
CORM_API char *corm_uuid_format(corm_uuid uuid, char out[CORM_UUID_TEXT_SIZE]);
/* Reads 36 characters in either case; false if the text is anything else. */
CORM_API bool corm_uuid_parse(const char *text, corm_uuid *out);

/* ---- Enumerations ---------------------------------------------------------------------------- */

typedef struct corm_enum_item {
    int value;
    const char *text; /* what the table holds */
} corm_enum_item;

/* A C enum whose values have texts: what CORM_ENUM makes. */
typedef struct corm_enum {
    const char *name;
    size_t size; /* of the C type */
    const corm_enum_item *items;
    size_t count;
} corm_enum;

/* The text of a value; NULL if the list has no such value. Static. */
CORM_API const char *corm_enum_text(const corm_enum *enumeration, int value);
/* The value of a text, with case; false if the list has no such text. */
CORM_API bool corm_enum_parse(const corm_enum *enumeration, const char *text, int *out);

/* ---- Kinds of the program's own -------------------------------------------------------------- */

/* What a conversion works with: corm's, valid during the call. */
typedef struct corm_conversion corm_conversion;

/* Memory for the bytes of a value, owned by corm and kept until the value has been used. NULL: out
 * of memory; return false then. */
CORM_API void *corm_conversion_room(corm_conversion *conversion, size_t size);
/* Formats a text into such memory and makes *out of it; false if memory is out. */
CORM_API bool corm_conversion_text(corm_conversion *conversion, corm_value *out, const char *format,
                                   ...) CORM__PRINTF(3, 4);
/* Says why the value cannot be converted; table, column and object are put around it. Always
 * false, so that a conversion can return it. */
CORM_API bool corm_conversion_refuse(corm_conversion *conversion, const char *format, ...)
    CORM__PRINTF(2, 3);

/* What a kind is over a C type that needs no conversion. */
typedef enum corm_native {
    CORM_NATIVE_NONE, /* by two functions */
    CORM_NATIVE_SIGNED,
    CORM_NATIVE_UNSIGNED,
    CORM_NATIVE_REAL,
    CORM_NATIVE_CHARS /* char[size], terminated */
} corm_native;

/* A kind made of a C type: what CORM_KIND makes. The type must hold its value whole, without
 * pointers: corm copies it by bytes. */
typedef struct corm_custom {
    const char *name;
    corm_value_type stored;    /* INTEGER, REAL, TEXT or BLOB */
    size_t size, value_offset; /* of the type; of `value` in its OPTIONAL */
    bool (*to_value)(const void *member, corm_value *out, corm_conversion *conversion);
    bool (*from_value)(const corm_value *value, void *member, corm_conversion *conversion);
    bool (*equal)(const void *a, const void *b);
    corm_native native; /* INTEGER_AS, REAL_AS, CHARS: without functions */
} corm_custom;

/* A value of such a kind as a condition takes it: point_value(&point). The value is borrowed until
 * the query has run. */
typedef struct corm_custom_value {
    const corm_custom *kind;
    const void *value;
} corm_custom_value;

#endif /* CORM__TYPES_H */
