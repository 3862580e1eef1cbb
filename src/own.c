/* own.c: kinds that the program declares: enumerations, and kinds made of a C type of its own.
 *
 * Owns: finding the value of a text and the text of a value, running a program's conversions and
 * checking what they give, the declared form of a kind in messages.
 * Must not know: objects, sessions, SQL. */
#ifndef CORM__ROOM_OWN_C
#define CORM__ROOM_OWN_C

#include "meta.h"
#include "native.c"
#include "decimals.c"
#include "values.c"

static const char *const corm__kind_names[] = {
#define CORM__KIND_NAME(kind_, type_, optional_, name_) #kind_,
    CORM__KIND_LIST(CORM__KIND_NAME)
#undef CORM__KIND_NAME
};

enum { CORM__KIND_TEXT_SIZE = 64 };

/* INTEGER_AS, REAL_AS, CHARS. */
static bool corm__is_native(const corm_column *info)
{
    return info->kind == CORM_KIND_CUSTOM && info->custom->native != CORM_NATIVE_NONE;
}

static bool corm__is_chars(const corm_column *info)
{
    return corm__is_native(info) && info->custom->native == CORM_NATIVE_CHARS;
}

/* The kind as the model's row has it: INTEGER, DECIMAL(10, 2), ENUM(Color); long names are cut. */
static const char *corm__kind_text(const corm_column *info, char out[CORM__KIND_TEXT_SIZE])
{
    const char *name = corm__kind_names[info->kind];
    if (info->kind == CORM_KIND_DECIMAL)
        (void)snprintf(out, CORM__KIND_TEXT_SIZE, "%s(%u, %u)", name, info->precision + 0u,
                       info->scale + 0u);
    else if (corm__is_native(info))
        (void)snprintf(out, CORM__KIND_TEXT_SIZE, "%s", info->custom->name);
    else if (info->kind == CORM_KIND_ENUM || info->kind == CORM_KIND_CUSTOM)
        (void)snprintf(out, CORM__KIND_TEXT_SIZE, "%s(%s)", name,
                       info->kind == CORM_KIND_ENUM ? info->enumeration->name : info->custom->name);
    else
        (void)snprintf(out, CORM__KIND_TEXT_SIZE, "%s", name);
    return out;
}

/* As what the table holds values of the kind. */
static corm_value_type corm__stored_type(const corm_column *info)
{
    static const corm_value_type types[CORM_KIND_COUNT] = {
        [CORM_KIND_INTEGER] = CORM_VALUE_INTEGER, [CORM_KIND_REAL] = CORM_VALUE_REAL,
        [CORM_KIND_BOOLEAN] = CORM_VALUE_INTEGER, [CORM_KIND_TEXT] = CORM_VALUE_TEXT,
        [CORM_KIND_BLOB] = CORM_VALUE_BLOB,       [CORM_KIND_DATE] = CORM_VALUE_TEXT,
        [CORM_KIND_DATETIME] = CORM_VALUE_TEXT,   [CORM_KIND_TIME] = CORM_VALUE_TEXT,
        [CORM_KIND_DECIMAL] = CORM_VALUE_INTEGER, [CORM_KIND_UUID] = CORM_VALUE_TEXT,
        [CORM_KIND_JSON] = CORM_VALUE_TEXT,       [CORM_KIND_ENUM] = CORM_VALUE_TEXT};
    return info->kind == CORM_KIND_CUSTOM ? info->custom->stored : types[info->kind];
}

/* The plain kind that is stored in the same way. */
static corm_kind corm__stored_kind(const corm_column *info)
{
    static const corm_kind kinds[] = {[CORM_VALUE_INTEGER] = CORM_KIND_INTEGER,
                                      [CORM_VALUE_REAL] = CORM_KIND_REAL,
                                      [CORM_VALUE_TEXT] = CORM_KIND_TEXT,
                                      [CORM_VALUE_BLOB] = CORM_KIND_BLOB};
    return kinds[corm__stored_type(info)];
}

/* The kind that takes NULL within OPTIONAL(...): its own, or for a member of a C type the plain one. */
static const char *corm__kind_with_null(const corm_column *info, char out[CORM__KIND_TEXT_SIZE])
{
    return corm__is_native(info) ? corm__kind_names[corm__stored_kind(info)]
                                 : corm__kind_text(info, out);
}

/* As what conditions and keys know the kind. */
static corm_kind corm__base_kind(const corm_column *info)
{
    return corm__is_native(info) ? corm__stored_kind(info) : info->kind;
}

/* Whether two columns may hold the same value: the same kind, and the same enumeration. */
static bool corm__kind_same(const corm_column *a, const corm_column *b)
{
    return corm__base_kind(a) == corm__base_kind(b) &&
           (a->kind != CORM_KIND_ENUM || strcmp(a->enumeration->name, b->enumeration->name) == 0);
}

/* ---- Enumerations ---------------------------------------------------------------------------- */

/* NULL: the list has no such value. Most enumerations count from 0. */
static const corm_enum_item *corm__enum_find(const corm_enum *enumeration, int64_t value)
{
    const corm_enum_item *items = enumeration->items;
    if (value >= 0 && (uint64_t)value < enumeration->count && items[value].value == value)
        return &items[value];
    for (size_t i = 0; i < enumeration->count; i++)
        if (items[i].value == value)
            return &items[i];
    return NULL;
}

/* `size` bytes, which need no terminator. */
static const corm_enum_item *corm__enum_find_text(const corm_enum *enumeration, const char *text,
                                                  size_t size)
{
    for (size_t i = 0; i < enumeration->count; i++) {
        const char *known = enumeration->items[i].text;
        if (strlen(known) == size && memcmp(known, text, size) == 0)
            return &enumeration->items[i];
    }
    return NULL;
}

CORM_API const char *corm_enum_text(const corm_enum *enumeration, int value)
{
    const corm_enum_item *item = enumeration == NULL ? NULL : corm__enum_find(enumeration, value);
    return item == NULL ? NULL : item->text;
}

CORM_API bool corm_enum_parse(const corm_enum *enumeration, const char *text, int *out)
{
    if (enumeration == NULL || text == NULL || out == NULL)
        return false;
    const corm_enum_item *item = corm__enum_find_text(enumeration, text, strlen(text));
    if (item != NULL)
        *out = item->value;
    return item != NULL;
}

/* A C enum takes the size that the compiler likes, and may be unsigned. */
static int64_t corm__enum_read(const corm_enum *enumeration, const unsigned char *at)
{
    int8_t byte;
    int16_t half;
    int32_t word;
    int64_t whole;
    switch (enumeration->size) {
    case sizeof byte:
        memcpy(&byte, at, sizeof byte);
        return byte >= 0 || corm__enum_find(enumeration, byte) != NULL ? byte
                                                                       : (int64_t)(uint8_t)byte;
    case sizeof half:
        memcpy(&half, at, sizeof half);
        return half >= 0 || corm__enum_find(enumeration, half) != NULL ? half
                                                                       : (int64_t)(uint16_t)half;
    case sizeof word: memcpy(&word, at, sizeof word); return word;
    default: memcpy(&whole, at, sizeof whole); return whole;
    }
}

static void corm__enum_write(const corm_enum *enumeration, unsigned char *at, int value)
{
    const int8_t byte = (int8_t)value;
    const int16_t half = (int16_t)value;
    const int32_t word = value;
    const int64_t whole = value;
    switch (enumeration->size) {
    case sizeof byte: memcpy(at, &byte, sizeof byte); break;
    case sizeof half: memcpy(at, &half, sizeof half); break;
    case sizeof word: memcpy(at, &word, sizeof word); break;
    default: memcpy(at, &whole, sizeof whole);
    }
}

/* Appends "RED, green, BLUE" to a text that ends at `used`; a list that is too long ends in "...". */
static void corm__enum_list(const corm_enum *enumeration, char *out, size_t used, size_t size)
{
    for (size_t i = 0; i < enumeration->count; i++) {
        const char *text = enumeration->items[i].text;
        if (used + strlen(text) + sizeof ", , ..." > size) {
            (void)snprintf(out + used, size - used, "%s", i > 0 ? ", ..." : "...");
            return;
        }
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", text);
    }
}

static bool corm__enum_check(const corm_enum *enumeration, int64_t value, char *why, size_t size)
{
    if (corm__enum_find(enumeration, value) != NULL)
        return true;
    int used =
        snprintf(why, size, "%lld is no %s: allowed are ", (long long)value, enumeration->name);
    if (used >= 0 && (size_t)used + sizeof "..." <= size)
        corm__enum_list(enumeration, why, (size_t)used, size);
    return false;
}

static corm_value corm__enum_value(const corm_enum *enumeration, int64_t value)
{
    const corm_enum_item *item = corm__enum_find(enumeration, value);
    return corm_value_text(item == NULL ? NULL : item->text);
}

/* Whether values and texts tell each other; else `why`. */
static bool corm__enum_vet(const corm_enum *enumeration, char *why, size_t size)
{
    for (size_t i = 0; i < enumeration->count; i++) {
        const corm_enum_item *one = &enumeration->items[i];
        if (one->text == NULL || !corm__text_check(one->text, 0, why, size)) {
            (void)snprintf(why, size, "the text of value %d of %s is not UTF-8", one->value,
                           enumeration->name);
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            const corm_enum_item *other = &enumeration->items[k];
            if (one->value != other->value && strcmp(one->text, other->text) != 0)
                continue;
            (void)snprintf(why, size,
                           "values %d and %d of %s have the texts '%s' and '%s': give "
                           "each value one text, and each text one value",
                           other->value, one->value, enumeration->name, other->text, one->text);
            return false;
        }
    }
    return true;
}

/* ---- Conversions ----------------------------------------------------------------------------- */

struct corm_conversion {
    corm__arena *arena;
    char *why;
    size_t size;
    bool memory; /* is out */
    /* for a column's function: the column, and the moment of the flush; else NULL */
    const corm_column *column;
    const corm_datetime *now;
};

CORM_API void *corm_conversion_room(corm_conversion *conversion, size_t size)
{
    void *room = conversion == NULL ? NULL : corm__arena_allocate(conversion->arena, size);
    if (room == NULL && conversion != NULL)
        conversion->memory = true;
    return room;
}

CORM_API bool corm_conversion_text(corm_conversion *conversion, corm_value *out, const char *format,
                                   ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return corm_conversion_refuse(conversion, "the format cannot be written");
    char *text = (char *)corm_conversion_room(conversion, (size_t)length + 1);
    if (text == NULL)
        return false;
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    *out = corm_value_text(text);
    return true;
}

CORM_API bool corm_conversion_refuse(corm_conversion *conversion, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(conversion->why, conversion->size, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length >= conversion->size)
        conversion->why[corm__utf8_cut(conversion->why, conversion->size - 1)] = '\0';
    return false;
}

/* ---- Kinds of the program's own -------------------------------------------------------------- */

/* Large enough for what is one value; a member is converted in a copy of this size. */
enum { CORM__CUSTOM_MAX = 256 };

static const char *corm__stored_name(corm_value_type type)
{
    static const char *const names[] = {[CORM_VALUE_NULL] = "NULL",
                                        [CORM_VALUE_INTEGER] = "INTEGER",
                                        [CORM_VALUE_REAL] = "REAL",
                                        [CORM_VALUE_TEXT] = "TEXT",
                                        [CORM_VALUE_BLOB] = "BLOB"};
    return (unsigned)type < sizeof names / sizeof *names ? names[type] : "something else";
}

static bool corm__custom_vet(const corm_custom *custom, char *why, size_t size)
{
    if (custom->native != CORM_NATIVE_NONE)
        return corm__native_vet(custom, why, size);
    bool stored = custom->stored > CORM_VALUE_NULL && custom->stored <= CORM_VALUE_BLOB;
    if (custom->size <= CORM__CUSTOM_MAX && stored)
        return true;
    (void)snprintf(why, size,
                   stored ? "the type of kind %s has %zu bytes, at most 256"
                          : "kind %s (%zu bytes) is stored as none of INTEGER, REAL, TEXT, BLOB",
                   custom->name, custom->size);
    return false;
}
_Static_assert(CORM__CUSTOM_MAX == 256, "corm: the message above names the number");

/* What a conversion gave: of the right type, and something the table can hold. */
static bool corm__custom_given(const corm_custom *custom, const corm_value *value, char *why,
                               size_t size)
{
    if (value->type != custom->stored) {
        (void)snprintf(why, size, "the conversion of %s gives %s, but the kind is stored as %s",
                       custom->name, corm__stored_name(value->type),
                       corm__stored_name(custom->stored));
        return false;
    }
    if (value->type == CORM_VALUE_REAL)
        return corm__real_check(value->as.real, why, size);
    return value->type != CORM_VALUE_TEXT || corm__text_check(value->as.bytes, 0, why, size);
}

/* A conversion that failed without a word gets one. */
static bool corm__custom_failed(const corm_custom *custom, const corm_conversion *conversion,
                                const corm_value *value, bool *memory)
{
    char described[CORM__DESCRIBED];
    *memory = conversion->memory;
    if (conversion->memory) {
        (void)snprintf(conversion->why, conversion->size, "out of memory");
    } else if (conversion->why[0] == '\0' && value != NULL) {
        corm__value_describe(value, described, sizeof described);
        (void)snprintf(conversion->why, conversion->size, "%s is no %s", described, custom->name);
    } else if (conversion->why[0] == '\0') {
        (void)snprintf(conversion->why, conversion->size, "not a valid %s", custom->name);
    }
    return false;
}

/* The stored form; its bytes live as long as the arena and the member do. false: `why`, or memory
 * is out, then *memory is true. */
static bool corm__custom_value(const corm_custom *custom, const void *at, corm__arena *arena,
                               corm_value *out, bool *memory, char *why, size_t size)
{
    corm_conversion conversion = {.arena = arena, .why = why, .size = size};
    if (custom->native != CORM_NATIVE_NONE) {
        *out = corm__native_value(custom, at);
        *memory = false;
        return corm__native_check(custom, at, why, size);
    }
    *out = corm_value_null();
    why[0] = '\0';
    if (!custom->to_value(at, out, &conversion) || conversion.memory)
        return corm__custom_failed(custom, &conversion, NULL, memory);
    return corm__custom_given(custom, out, why, size);
}

/* The member from its stored form; *at is untouched where the value does not fit. */
static bool corm__custom_load(const corm_custom *custom, const corm_value *value, unsigned char *at,
                              bool *memory, char *why, size_t size)
{
    union {
        unsigned char bytes[CORM__CUSTOM_MAX];
        max_align_t aligned;
    } made;
    corm__arena arena = {0};
    corm_conversion conversion = {.arena = &arena, .why = why, .size = size};
    corm_value given = *value;
    if (custom->native != CORM_NATIVE_NONE)
        return corm__native_load(custom, value, at, why, size);
    if (given.type == CORM_VALUE_INTEGER && custom->stored == CORM_VALUE_REAL)
        given = corm_value_real((double)given.as.integer);
    if (given.type != custom->stored) {
        char described[CORM__DESCRIBED];
        corm__value_describe(value, described, sizeof described);
        (void)snprintf(why, size, "%s is not %s, as which %s is stored", described,
                       corm__stored_name(custom->stored), custom->name);
        return false;
    }
    memset(&made, 0, custom->size);
    why[0] = '\0';
    bool done = custom->from_value(&given, made.bytes, &conversion) && !conversion.memory;
    corm__arena_free(&arena);
    if (!done)
        return corm__custom_failed(custom, &conversion, &given, memory);
    memcpy(at, made.bytes, custom->size);
    return true;
}

static bool corm__custom_equal(const corm_custom *custom, const void *a, const void *b)
{
    return custom->native != CORM_NATIVE_NONE ? corm__native_equal(custom, a, b)
                                              : custom->equal(a, b);
}

/* Whether the member can be stored. */
static bool corm__custom_check(const corm_custom *custom, const void *at, bool *memory, char *why,
                               size_t size)
{
    corm__arena arena = {0};
    corm_value value;
    bool fine = corm__custom_value(custom, at, &arena, &value, memory, why, size);
    corm__arena_free(&arena);
    return fine;
}

#endif /* CORM__ROOM_OWN_C */
