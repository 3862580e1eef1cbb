/* kinds.c: members of structs as values.
 *
 * Owns: what each column kind is in C: reading a member, comparing and checking it.
 * Must not know: objects, sessions, SQL statements, which database it is. */
#ifndef CORM__ROOM_KINDS_C
#define CORM__ROOM_KINDS_C

#include "registry.h"
#include "dates.c"
#include "decimals.c"
#include "json.c"
#include "own.c"
#include "uuids.c"
#include "values.c"

/* has_value is read and written as a byte: an unset one holds a byte that no bool may hold. */
_Static_assert(sizeof(bool) == 1, "corm: bool must be one byte");

/* Room for the text of a date, time or UUID. */
enum { CORM__SCRATCH = 40 };
_Static_assert((int)CORM_UUID_TEXT_SIZE <= (int)CORM__SCRATCH, "corm: scratch is too small");

/* What a message asks for. */
static const char *const corm__kind_forms[CORM_KIND_COUNT] = {
    [CORM_KIND_INTEGER] = "an INTEGER of 64 bits",
    [CORM_KIND_REAL] = "a REAL",
    [CORM_KIND_BOOLEAN] = "true or false (1 or 0)",
    [CORM_KIND_TEXT] = "a TEXT",
    [CORM_KIND_BLOB] = "a BLOB",
    [CORM_KIND_DATE] = "a date like 2026-02-28",
    [CORM_KIND_DATETIME] = "a date-time like 2026-02-28 12:30:00",
    [CORM_KIND_TIME] = "a time like 12:30:00",
    [CORM_KIND_DECIMAL] = "the INTEGER that a DECIMAL is stored as",
    [CORM_KIND_UUID] = "a UUID of 36 characters in lower case",
    [CORM_KIND_JSON] = "a TEXT with JSON",
    [CORM_KIND_ENUM] = "a TEXT",
    [CORM_KIND_CUSTOM] = "a stored value",
};

/* ---- Reading and comparing members ----------------------------------------------------------- */

/* Whether the bytes behind the member are the session's: TEXT, JSON, BLOB. These also say their
 * absence by NULL, all others by the has_value of a struct. */
static bool corm__kind_owns(corm_kind kind)
{
    return kind == CORM_KIND_TEXT || kind == CORM_KIND_JSON || kind == CORM_KIND_BLOB;
}

/* Where the value stands in the struct of an OPTIONAL; 0: the member is no such struct. */
static uint16_t corm__box_offset(const corm_column *info)
{
    if (!info->optional || corm__kind_owns(info->kind))
        return 0;
    switch (info->kind) {
    case CORM_KIND_DATE: return offsetof(corm_optional_date, value);
    case CORM_KIND_DATETIME: return offsetof(corm_optional_datetime, value);
    case CORM_KIND_REAL: return offsetof(corm_optional_real, value);
    case CORM_KIND_TIME: return offsetof(corm_optional_time, value);
    case CORM_KIND_DECIMAL: return offsetof(corm_optional_decimal, value);
    case CORM_KIND_UUID: return offsetof(corm_optional_uuid, value);
    case CORM_KIND_CUSTOM: return (uint16_t)info->custom->value_offset;
    default: return offsetof(corm_optional_integer, value); /* BOOLEAN and ENUM as well */
    }
}

static inline const unsigned char *corm__member_at(const corm__column *column, const void *object)
{
    return (const unsigned char *)object + column->offset;
}

/* corm__read_integer(at) and so on. By memcpy: how the member is declared is the program's affair, and
 * compilers make it one load. */
#define CORM__READER(name_, type_)                                                                 \
    static inline type_ corm__read_##name_(const unsigned char *at)                                \
    {                                                                                              \
        type_ value;                                                                               \
        memcpy(&value, at, sizeof value);                                                          \
        return value;                                                                              \
    }
CORM__READER(integer, int64_t)
CORM__READER(real, double)
CORM__READER(text, const char *)
CORM__READER(blob, corm_blob)
CORM__READER(date, corm_date)
CORM__READER(datetime, corm_datetime)
CORM__READER(time, corm_time)
CORM__READER(decimal, corm_decimal)
CORM__READER(uuid, corm_uuid)
#undef CORM__READER

/* An OPTIONAL(ENUM) holds an integer, as booleans do. */
static int64_t corm__read_enum(const corm__column *column, const unsigned char *at)
{
    return column->optional ? corm__read_integer(at)
                            : corm__enum_read(column->info->enumeration, at);
}
/* A bool is one byte, an OPTIONAL(BOOLEAN) holds an integer. */
static inline int64_t corm__read_boolean(const corm__column *column, const unsigned char *at)
{
    return column->optional ? corm__read_integer(at) : *at;
}

static inline corm_value corm__date_value(corm_date date, char scratch[CORM__SCRATCH])
{
    corm_value value = {CORM_VALUE_TEXT, CORM_DATE_TEXT_SIZE - 1, {.bytes = scratch}};
    corm_date_format(date, scratch);
    return value;
}
static inline corm_value corm__datetime_value(corm_datetime datetime, char scratch[CORM__SCRATCH])
{
    corm_value value = {CORM_VALUE_TEXT, CORM_DATETIME_TEXT_SIZE - 1, {.bytes = scratch}};
    corm_datetime_format(datetime, scratch);
    return value;
}

static inline corm_value corm__time_value(corm_time time, char scratch[CORM__SCRATCH])
{
    corm_value value = {CORM_VALUE_TEXT, CORM_TIME_TEXT_SIZE - 1, {.bytes = scratch}};
    corm_time_format(time, scratch);
    return value;
}
static inline corm_value corm__uuid_value(corm_uuid uuid, char scratch[CORM__SCRATCH])
{
    corm_value value = {CORM_VALUE_TEXT, CORM_UUID_TEXT_SIZE - 1, {.bytes = scratch}};
    corm_uuid_format(uuid, scratch);
    return value;
}
/* The units in the column's scale; NULL where they do not fit, which the flush refuses before. */
static corm_value corm__decimal_value(const corm_column *info, corm_decimal decimal)
{
    if (decimal.scale != info->scale && !corm_decimal_rescale(decimal, info->scale, &decimal))
        return corm_value_null();
    return corm_value_integer(decimal.units);
}

/* The member as a value to bind: NULL for an absent optional and for NULL text and blobs. Text and
 * blob are borrowed from the member; dates and UUIDs are formatted into `scratch` and live as long
 * as it does. Not for CUSTOM: corm__custom_value. */
static corm_value corm__member_value(const corm__column *column, const void *object,
                                     char scratch[CORM__SCRATCH])
{
    const unsigned char *at = corm__member_at(column, object);
    if (column->box != 0) {
        if (*at == 0)
            return corm_value_null();
        at += column->box;
    }
    switch (column->kind) {
    case CORM_KIND_INTEGER: return corm_value_integer(corm__read_integer(at));
    case CORM_KIND_REAL: return corm_value_real(corm__read_real(at));
    case CORM_KIND_BOOLEAN: return corm_value_integer(corm__read_boolean(column, at));
    case CORM_KIND_TEXT: return corm_value_text(corm__read_text(at));
    case CORM_KIND_BLOB: return corm_value_blob(corm__read_blob(at));
    case CORM_KIND_DATE: return corm__date_value(corm__read_date(at), scratch);
    case CORM_KIND_DATETIME: return corm__datetime_value(corm__read_datetime(at), scratch);
    case CORM_KIND_TIME: return corm__time_value(corm__read_time(at), scratch);
    case CORM_KIND_DECIMAL: return corm__decimal_value(column->info, corm__read_decimal(at));
    case CORM_KIND_UUID: return corm__uuid_value(corm__read_uuid(at), scratch);
    case CORM_KIND_JSON: return corm_value_text(corm__read_text(at));
    case CORM_KIND_ENUM:
        return corm__enum_value(column->info->enumeration, corm__read_enum(column, at));
    case CORM_KIND_CUSTOM:
        if (column->info->custom->native != CORM_NATIVE_NONE)
            return corm__native_value(column->info->custom, at);
        break;
    case CORM_KIND_COUNT: break;
    }
    return corm_value_null();
}

static inline bool corm__text_equal(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A NULL blob is not an empty one, and has no size. */
static inline bool corm__blob_equal(corm_blob a, corm_blob b)
{
    if (a.data == NULL || b.data == NULL)
        return a.data == b.data;
    if (a.data == corm__zeros || b.data == corm__zeros)
        return a.data == b.data && a.size == b.size;
    return a.size == b.size &&
           (a.data == b.data || a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Numerically; an impossible number equals only itself. */
static bool corm__decimal_equal(corm_decimal a, corm_decimal b)
{
    if (a.scale == b.scale)
        return a.units == b.units;
    return corm_decimal_is_valid(a) && corm_decimal_is_valid(b) && corm_decimal_compare(a, b) == 0;
}

/* Whether two objects' members are the same value: REAL by bits, absent optionals equal whatever
 * their value, text by bytes. A sentinel equals only itself. Padding is never compared. */
static bool corm__member_equal(const corm__column *column, const void *a, const void *b)
{
    const unsigned char *one = corm__member_at(column, a);
    const unsigned char *two = corm__member_at(column, b);
    if (column->box != 0) {
        if (*one != *two)
            return false;
        if (*one == 0)
            return true;
        one += column->box;
        two += column->box;
    }
    switch (column->kind) {
    case CORM_KIND_INTEGER:
    case CORM_KIND_REAL: return corm__read_integer(one) == corm__read_integer(two);
    case CORM_KIND_BOOLEAN:
        return corm__read_boolean(column, one) == corm__read_boolean(column, two);
    case CORM_KIND_TEXT: return corm__text_equal(corm__read_text(one), corm__read_text(two));
    case CORM_KIND_BLOB: return corm__blob_equal(corm__read_blob(one), corm__read_blob(two));
    case CORM_KIND_DATE: return memcmp(one, two, sizeof(corm_date)) == 0; /* has no padding */
    case CORM_KIND_DATETIME:
        return corm_datetime_compare(corm__read_datetime(one), corm__read_datetime(two)) == 0;
    case CORM_KIND_TIME: return memcmp(one, two, sizeof(corm_time)) == 0;
    case CORM_KIND_DECIMAL:
        return corm__decimal_equal(corm__read_decimal(one), corm__read_decimal(two));
    case CORM_KIND_UUID: return memcmp(one, two, sizeof(corm_uuid)) == 0;
    case CORM_KIND_JSON: return corm__text_equal(corm__read_text(one), corm__read_text(two));
    case CORM_KIND_ENUM: return corm__read_enum(column, one) == corm__read_enum(column, two);
    case CORM_KIND_CUSTOM: return corm__custom_equal(column->info->custom, one, two);
    case CORM_KIND_COUNT: break;
    }
    return false;
}
_Static_assert(sizeof(corm_date) == 4, "corm: a date must have no padding");
_Static_assert(sizeof(corm_time) == 8, "corm: a time must have no padding");
_Static_assert(sizeof(corm_uuid) == 16, "corm: a UUID must have no padding");

/* Copies one member, pointers as they are. */
static void corm__member_copy(const corm__column *column, void *to, const void *from)
{
    unsigned char *target = (unsigned char *)to + column->offset;
    const unsigned char *source = corm__member_at(column, from);
    /* The frequent sizes by name: one move instead of a call. */
    switch (column->size) {
    case 1: *target = *source; break;
    case 8: memmove(target, source, 8); break;
    case 16: memmove(target, source, 16); break;
    default: memmove(target, source, column->size);
    }
}

/* Sets the member to zero, absent or NULL. */
static void corm__member_clear(const corm__column *column, void *object)
{
    const int64_t zero = 0;
    unsigned char *at = (unsigned char *)object + column->offset;
    if (CORM__LIKELY(column->size == sizeof zero))
        memcpy(at, &zero, sizeof zero);
    else
        memset(at, 0, column->size);
}

static bool corm__member_is_clear(const corm__column *column, const void *object)
{
    const unsigned char *at = corm__member_at(column, object);
    size_t i = 0;
    while (i < column->size && at[i] == 0)
        i++;
    return i == column->size;
}

/* ---- Checking members ------------------------------------------------------------------------ */

static bool corm__zeros_check(const corm_column *info, corm_blob blob, char *why, size_t size)
{
    if (blob.data != corm__zeros || info->options.deferred)
        return true;
    (void)snprintf(why, size, "corm_blob_of_size is for .deferred columns: declare it so");
    return false;
}

static bool corm__json_member_check(const char *text, char *why, size_t size)
{
    return text == NULL || corm__json_check(text, why, size);
}

static bool corm__decimal_check(const corm_column *info, corm_decimal decimal, char *why,
                                size_t size)
{
    int64_t units;
    return corm__decimal_fit(decimal, info->precision, info->scale, &units, why, size);
}

/* Checks what the member holds against its kind and .length; false with `why`, without the column's
 * name, or because memory is out, then *memory is true. Whether it may be NULL is not checked
 * here. */
static bool corm__member_check(const corm__column *column, const void *object, bool *memory,
                               char *why, size_t size)
{
    const unsigned char *at = corm__member_at(column, object);
    unsigned length = column->info->options.length;
    *memory = false;
    if (column->box != 0) {
        if (*at == 0)
            return true;
        at += column->box;
    }
    switch (column->kind) {
    case CORM_KIND_INTEGER: return true;
    case CORM_KIND_REAL: return corm__real_check(corm__read_real(at), why, size);
    case CORM_KIND_BOOLEAN: return corm__boolean_check(corm__read_boolean(column, at), why, size);
    case CORM_KIND_TEXT:
        return corm__read_text(at) == NULL ||
               corm__text_check(corm__read_text(at), length, why, size);
    case CORM_KIND_BLOB:
        return corm__read_blob(at).data == NULL ||
               (corm__zeros_check(column->info, corm__read_blob(at), why, size) &&
                corm__blob_check(corm__read_blob(at), length, why, size));
    case CORM_KIND_DATE: return corm__date_check(corm__read_date(at), why, size);
    case CORM_KIND_DATETIME: return corm__datetime_check(corm__read_datetime(at), why, size);
    case CORM_KIND_TIME: return corm__time_check(corm__read_time(at), why, size);
    case CORM_KIND_DECIMAL:
        return corm__decimal_check(column->info, corm__read_decimal(at), why, size);
    case CORM_KIND_UUID: return true;
    case CORM_KIND_JSON: return corm__json_member_check(corm__read_text(at), why, size);
    case CORM_KIND_ENUM:
        return corm__enum_check(column->info->enumeration, corm__read_enum(column, at), why, size);
    case CORM_KIND_CUSTOM: return corm__custom_check(column->info->custom, at, memory, why, size);
    case CORM_KIND_COUNT: break;
    }
    return false;
}

/* Gives a DECIMAL that has been checked the scale of its column, as it will be read back. */
static void corm__decimal_settle(const corm__column *column, void *object)
{
    unsigned char *at = (unsigned char *)object + column->offset;
    if (column->box != 0 && *at == 0)
        return;
    at += column->box;
    corm_decimal decimal = corm__read_decimal(at);
    if (corm_decimal_rescale(decimal, column->info->scale, &decimal))
        memcpy(at, &decimal, sizeof decimal);
}

#endif /* CORM__ROOM_KINDS_C */
