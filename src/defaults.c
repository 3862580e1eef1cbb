/* defaults.c: members that the program did not give.
 *
 * Owns: the sentinel of a member that was never assigned, which bytes a member owns, defaults, the
 * ready-made functions of columns, and which of these options go together.
 * Must not know: objects, sessions, SQL statements, which database it is. */
#ifndef CORM__ROOM_DEFAULTS_C
#define CORM__ROOM_DEFAULTS_C

#include "decode.c"

/* ---- Sentinels ------------------------------------------------------------------------------- */

/* What stands in a member that was never assigned. Nobody writes these by accident; that a member
 * can be given exactly this value and count as unset is the price. The text is not UTF-8, so that
 * no valid text equals it. */
static const char corm__sentinel_bytes[] = "\xFE\xF5 unset \xC0\xA5\xFF";
enum { CORM__SENTINEL_BYTE = 0xA5 }; /* for bool and has_value: neither 0 nor 1 */
#define CORM__SENTINEL_INTEGER INT64_C(-0x5AC3D1E7F00B4A69)
/* A quiet NaN, which stays as it is when it is copied as a number. */
#define CORM__SENTINEL_REAL UINT64_C(0x7FF8A5C3D1E7B469)
static const corm_date corm__sentinel_date = {-23107, 0xD3, 0xB7};
static const corm_datetime corm__sentinel_datetime = {
    .year = -23107,
    .month = 0xD3,
    .day = 0xB7,
    .hour = 0xC9,
    .minute = 0xE1,
    .second = 0xF3,
    .microsecond = 0xC3D1E7B5,
};

static const corm_time corm__sentinel_time = {
    .hour = 0xC9,
    .minute = 0xE1,
    .second = 0xF3B7,
    .microsecond = 0xC3D1E7B5,
};

/* For members of any size: the text of the sentinel, over and over. */
static void corm__sentinel_bytes_fill(unsigned char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (unsigned char)corm__sentinel_bytes[i % (sizeof corm__sentinel_bytes - 1)];
}
static bool corm__sentinel_bytes_are(const unsigned char *at, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (at[i] != (unsigned char)corm__sentinel_bytes[i % (sizeof corm__sentinel_bytes - 1)])
            return false;
    return true;
}

/* A number of few bits has no value to spare: such a member is never unset. */
static bool corm__has_sentinel(const corm__column *column)
{
    return column->kind != CORM_KIND_CUSTOM || !corm__native_is_short(column->info->custom);
}

static void corm__sentinel_fill(const corm__column *column, void *object)
{
    unsigned char *at = (unsigned char *)object + column->offset;
    const int64_t integer = CORM__SENTINEL_INTEGER;
    const uint64_t real = CORM__SENTINEL_REAL;
    const char *const text = corm__sentinel_bytes;
    const corm_blob blob = {corm__sentinel_bytes, sizeof corm__sentinel_bytes - 1};
    if (column->box != 0) {
        memset(at, 0, column->size);
        *at = CORM__SENTINEL_BYTE;
        return;
    }
    switch (column->kind) {
    case CORM_KIND_INTEGER: memcpy(at, &integer, sizeof integer); break;
    case CORM_KIND_REAL: memcpy(at, &real, sizeof real); break;
    case CORM_KIND_BOOLEAN: *at = CORM__SENTINEL_BYTE; break;
    case CORM_KIND_TEXT: memcpy(at, &text, sizeof text); break;
    case CORM_KIND_BLOB: memcpy(at, &blob, sizeof blob); break;
    case CORM_KIND_DATE: memcpy(at, &corm__sentinel_date, sizeof(corm_date)); break;
    case CORM_KIND_DATETIME: memcpy(at, &corm__sentinel_datetime, sizeof(corm_datetime)); break;
    case CORM_KIND_TIME: memcpy(at, &corm__sentinel_time, sizeof(corm_time)); break;
    case CORM_KIND_JSON: memcpy(at, &text, sizeof text); break;
    case CORM_KIND_DECIMAL:
    case CORM_KIND_UUID:
    case CORM_KIND_ENUM: corm__sentinel_bytes_fill(at, column->size); break;
    case CORM_KIND_CUSTOM:
        if (corm__has_sentinel(column))
            corm__sentinel_bytes_fill(at, column->size);
        break;
    case CORM_KIND_COUNT: break;
    }
}

/* Whether the sentinel is still there. */
static bool corm__sentinel_is(const corm__column *column, const void *object)
{
    const unsigned char *at = corm__member_at(column, object);
    if (column->box != 0 || column->kind == CORM_KIND_BOOLEAN)
        return *at == CORM__SENTINEL_BYTE;
    switch (column->kind) {
    case CORM_KIND_INTEGER: return corm__read_integer(at) == CORM__SENTINEL_INTEGER;
    case CORM_KIND_REAL:
        return (uint64_t)corm__read_integer(at) == CORM__SENTINEL_REAL; /* the bits */
    case CORM_KIND_TEXT: return corm__read_text(at) == corm__sentinel_bytes;
    case CORM_KIND_BLOB: return corm__read_blob(at).data == corm__sentinel_bytes;
    case CORM_KIND_DATE: return memcmp(at, &corm__sentinel_date, sizeof(corm_date)) == 0;
    case CORM_KIND_DATETIME:
        return corm_datetime_compare(corm__read_datetime(at), corm__sentinel_datetime) == 0;
    case CORM_KIND_TIME: return memcmp(at, &corm__sentinel_time, sizeof(corm_time)) == 0;
    case CORM_KIND_JSON: return corm__read_text(at) == corm__sentinel_bytes;
    case CORM_KIND_DECIMAL:
    case CORM_KIND_UUID:
    case CORM_KIND_ENUM: return corm__sentinel_bytes_are(at, column->size);
    case CORM_KIND_CUSTOM:
        return corm__has_sentinel(column) && corm__sentinel_bytes_are(at, column->size);
    default: return false;
    }
}

/* The block of heap memory that a text or blob member owns, and its size as it was asked for: 0 and
 * NULL if it owns none. A sentinel is nobody's. */
static size_t corm__member_block(const corm__column *column, const void *object, const void **block)
{
    const unsigned char *at = corm__member_at(column, object);
    size_t size = 0;
    *block = NULL;
    if (column->kind == CORM_KIND_TEXT || column->kind == CORM_KIND_JSON) {
        const char *text = corm__read_text(at);
        if (text != NULL && text != corm__sentinel_bytes) {
            *block = text;
            size = strlen(text) + 1;
        }
    } else if (column->kind == CORM_KIND_BLOB) {
        corm_blob blob = corm__read_blob(at);
        if (blob.data != NULL && blob.data != corm__sentinel_bytes && blob.data != corm__zeros) {
            *block = blob.data;
            size = blob.size + 1;
        }
    }
    return size;
}

/* ---- Defaults -------------------------------------------------------------------------------- */

static corm_value corm__constant_value(const corm_constant *constant)
{
    switch (constant->type) {
    case CORM__CONSTANT_INTEGER: return corm_value_integer(constant->integer);
    case CORM__CONSTANT_REAL: return corm_value_real(constant->real);
    case CORM__CONSTANT_TEXT: return corm_value_text(constant->text);
    case CORM__CONSTANT_NONE: break;
    }
    return corm_value_null();
}

/* The default of a DECIMAL: a whole number, or a text. A number with a point was rounded by the
 * compiler already. */
static bool corm__default_decimal(const corm_constant *constant, corm_decimal *out)
{
    *out = corm_decimal_from_integer(constant->integer);
    return constant->type == CORM__CONSTANT_INTEGER ||
           (constant->type == CORM__CONSTANT_TEXT && corm_decimal_parse(constant->text, out));
}

/* The default of a CUSTOM is given in its stored form: tries it. */
static bool corm__default_custom(const corm_column *info, const corm_value *value, char *why,
                                 size_t size)
{
    unsigned char made[CORM__CUSTOM_MAX];
    bool memory = false;
    if (corm__is_native(info))
        return corm__native_load(info->custom, value, NULL, why, size);
    return corm__custom_load(info->custom, value, made, &memory, why, size);
}

/* Says that the default is none for a column of this kind. Always false. */
static bool corm__default_refuse(corm_kind kind, const corm_value *value, char *why, size_t size)
{
    char given[CORM__DESCRIBED];
    corm__value_describe(value, given, sizeof given);
    (void)snprintf(why, size, "the default is %s, not %s", given,
                   kind == CORM_KIND_DECIMAL ? "a whole number or a text like \"19.99\""
                   : kind == CORM_KIND_ENUM  ? "an enumerator"
                   : kind == CORM_KIND_UUID  ? "a UUID of 36 characters"
                                             : corm__kind_forms[kind]);
    return false;
}

/* Whether .default_value, if any, fits the column; else `why`, without the column's name. */
static bool corm__default_check(const corm_column *column, char *why, size_t size)
{
    if (column->options.default_value.type == CORM__CONSTANT_NONE)
        return true;
    corm_value value = corm__constant_value(&column->options.default_value);
    bool integer = value.type == CORM_VALUE_INTEGER;
    bool text = value.type == CORM_VALUE_TEXT;
    bool fine = false;
    corm_date date;
    corm_datetime datetime;
    corm_time time;
    corm_uuid uuid;
    corm_decimal decimal;
    switch (column->kind) {
    case CORM_KIND_INTEGER: fine = integer; break;
    case CORM_KIND_REAL:
        if (value.type == CORM_VALUE_REAL)
            return corm__real_check(value.as.real, why, size);
        fine = integer;
        break;
    case CORM_KIND_BOOLEAN: fine = integer && (uint64_t)value.as.integer <= 1; break;
    case CORM_KIND_TEXT:
        if (text)
            return corm__text_check(value.as.bytes, column->options.length, why, size);
        break;
    case CORM_KIND_DATE: fine = text && corm_date_parse(value.as.bytes, &date); break;
    case CORM_KIND_DATETIME: fine = text && corm_datetime_parse(value.as.bytes, &datetime); break;
    case CORM_KIND_TIME: fine = text && corm_time_parse(value.as.bytes, &time); break;
    case CORM_KIND_DECIMAL:
        if (corm__default_decimal(&column->options.default_value, &decimal))
            return corm__decimal_check(column, decimal, why, size);
        break;
    case CORM_KIND_UUID: fine = text && corm_uuid_parse(value.as.bytes, &uuid); break;
    case CORM_KIND_JSON:
        if (text)
            return corm__json_check(value.as.bytes, why, size);
        break;
    case CORM_KIND_ENUM:
        if (integer)
            return corm__enum_check(column->enumeration, value.as.integer, why, size);
        break;
    case CORM_KIND_CUSTOM: return corm__default_custom(column, &value, why, size);
    case CORM_KIND_BLOB:
    case CORM_KIND_COUNT: break;
    }
    return fine || corm__default_refuse(column->kind, &value, why, size);
}

/* For the kinds whose default is given in another form than the stored one. */
static bool corm__default_fill_other(const corm_column *info, const corm_value *value,
                                     unsigned char *at)
{
    char why[8];
    bool memory;
    corm_decimal decimal;
    corm_uuid uuid;
    switch (info->kind) {
    case CORM_KIND_TIME: return corm__load_time(value, at);
    case CORM_KIND_DECIMAL:
        if (!corm__default_decimal(&info->options.default_value, &decimal))
            return false;
        memcpy(at, &decimal, sizeof decimal);
        return true;
    case CORM_KIND_UUID:
        if (!corm_uuid_parse(value->as.bytes, &uuid))
            return false;
        memcpy(at, &uuid, sizeof uuid);
        return true;
    case CORM_KIND_ENUM:
        if (info->optional)
            memcpy(at, &value->as.integer, sizeof value->as.integer);
        else
            corm__enum_write(info->enumeration, at, (int)value->as.integer);
        return true;
    case CORM_KIND_CUSTOM:
        return corm__custom_load(info->custom, value, at, &memory, why, sizeof why);
    default: return false;
    }
}

static bool corm__has_default(const corm__column *column)
{
    return column->info->options.default_value.type != CORM__CONSTANT_NONE;
}

/* .default_value into the member; a text points at the constant. corm__default_check has been
 * passed. */
static void corm__default_fill(const corm__column *column, void *object)
{
    const corm_constant *constant = &column->info->options.default_value;
    if (constant->type == CORM__CONSTANT_NONE)
        return;
    corm_value value = corm__constant_value(constant);
    unsigned char *at = (unsigned char *)object + column->offset;
    corm__member_clear(column, object);
    if (column->box != 0) {
        *at = 1;
        at += column->box;
    }
    bool done = true;
    switch (column->kind) {
    case CORM_KIND_INTEGER: memcpy(at, &value.as.integer, sizeof value.as.integer); break;
    case CORM_KIND_TEXT: memcpy(at, &constant->text, sizeof constant->text); break;
    case CORM_KIND_REAL: done = corm__load_real(&value, at); break;
    case CORM_KIND_BOOLEAN: done = corm__load_boolean(column, &value, at); break;
    case CORM_KIND_DATE: done = corm__load_date(&value, at); break;
    case CORM_KIND_DATETIME: done = corm__load_datetime(&value, at); break;
    case CORM_KIND_JSON: memcpy(at, &constant->text, sizeof constant->text); break;
    case CORM_KIND_TIME:
    case CORM_KIND_DECIMAL:
    case CORM_KIND_UUID:
    case CORM_KIND_ENUM:
    case CORM_KIND_CUSTOM: done = corm__default_fill_other(column->info, &value, at); break;
    case CORM_KIND_BLOB:
    case CORM_KIND_COUNT: done = false; break;
    }
    CORM_ASSERT(done);
    (void)done;
}

/* ---- Functions ------------------------------------------------------------------------------- */

/* So many characters of 'YYYY-MM-DD HH:MM:SS.ffffff' from one on. */
static bool corm__default_moment(corm_value *out, corm_conversion *conversion, int from, int count)
{
    char text[CORM_DATETIME_TEXT_SIZE];
    if (out == NULL || conversion == NULL)
        return false;
    (void)corm_datetime_format(conversion->now != NULL ? *conversion->now : corm_now(), text);
    return corm_conversion_text(conversion, out, "%.*s", count, text + from);
}

CORM_API bool corm_default_now(const void *object, corm_value *out, corm_conversion *conversion)
{
    (void)object;
    const corm_column *column = conversion == NULL ? NULL : conversion->column;
    const corm_kind kind = column == NULL ? CORM_KIND_DATETIME : column->kind;
    return corm__default_moment(out, conversion, kind == CORM_KIND_TIME ? CORM_DATE_TEXT_SIZE : 0,
                                kind == CORM_KIND_DATE ? CORM_DATE_TEXT_SIZE - 1
                                                       : CORM_DATETIME_TEXT_SIZE - 1);
}

CORM_API bool corm_default_today(const void *object, corm_value *out, corm_conversion *conversion)
{
    (void)object;
    return corm__default_moment(out, conversion, 0, CORM_DATE_TEXT_SIZE - 1);
}

CORM_API bool corm_default_uuid(const void *object, corm_value *out, corm_conversion *conversion)
{
    char text[CORM_UUID_TEXT_SIZE];
    (void)object;
    return out != NULL && conversion != NULL &&
           corm_conversion_text(conversion, out, "%s", corm_uuid_format(corm_uuid_new(), text));
}

/* Whether a ready-made function gives what the column's kind can hold. */
static corm_status corm__vet_function(const corm__column *column, const char *option,
                                      corm_column_function function, corm_error *error)
{
    static const struct {
        corm_column_function function;
        const char *name;
        unsigned kinds;
    } known[] = {
        {corm_default_now, "corm_default_now is for DATETIME, DATE, TIME and TEXT",
         1u << CORM_KIND_DATETIME | 1u << CORM_KIND_DATE | 1u << CORM_KIND_TIME |
             1u << CORM_KIND_TEXT},
        {corm_default_today, "corm_default_today is for DATE and TEXT",
         1u << CORM_KIND_DATE | 1u << CORM_KIND_TEXT},
        {corm_default_uuid, "corm_default_uuid is for UUID and TEXT",
         1u << CORM_KIND_UUID | 1u << CORM_KIND_TEXT},
    };
    char kind[CORM__KIND_TEXT_SIZE];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (function == known[i].function && !(known[i].kinds >> column->base & 1))
            return corm__error_set(error, CORM_MODEL, "%s.%s: %s: %s, not for %s",
                                   column->owner->model->name, column->info->name, option,
                                   known[i].name, corm__kind_text(column->info, kind));
    return CORM_OK;
}

/* What stands in a column's row, as far as it concerns where its value comes from. */
enum {
    CORM__SAYS_KEY = 1u << 0,
    CORM__SAYS_REFERENCES = 1u << 1,
    CORM__SAYS_VALUE = 1u << 2,
    CORM__SAYS_FUNCTION = 1u << 3,
    CORM__SAYS_UPDATE = 1u << 4,
    CORM__SAYS_SERVER = 1u << 5,
    CORM__SAYS_VERSION = 1u << 6,
    CORM__SAYS_GENERATED = 1u << 7,
    CORM__SAYS_FILLED = CORM__SAYS_FUNCTION | CORM__SAYS_SERVER | CORM__SAYS_GENERATED
};

static unsigned corm__column_says(const corm_column_options *options)
{
    return (options->primary_key ? CORM__SAYS_KEY : 0u) |
           (options->references.model != NULL ? CORM__SAYS_REFERENCES : 0u) |
           (options->default_value.type != CORM__CONSTANT_NONE ? CORM__SAYS_VALUE : 0u) |
           (options->default_function != NULL ? CORM__SAYS_FUNCTION : 0u) |
           (options->update_function != NULL ? CORM__SAYS_UPDATE : 0u) |
           (options->server_default != NULL ? CORM__SAYS_SERVER : 0u) |
           (options->version ? CORM__SAYS_VERSION : 0u) |
           (options->generated != NULL ? CORM__SAYS_GENERATED : 0u);
}

/* Options that contradict each other. */
static corm_status corm__vet_pairs(const corm__column *column, corm_error *error)
{
    static const char *const names[] = {".primary_key",      ".references",      ".default_value",
                                        ".default_function", ".update_function", ".server_default",
                                        ".version",          ".generated"};
    static const struct {
        unsigned one, others;
        const char *why;
    } rules[] = {
        {CORM__SAYS_FUNCTION, CORM__SAYS_VALUE, "both give a new row its value: leave one out"},
        {CORM__SAYS_UPDATE, CORM__SAYS_KEY,
         "every update would change which row it is: leave .update_function out"},
        {CORM__SAYS_SERVER, CORM__SAYS_KEY,
         "a key that only the database knows cannot be found again: use .default_function"},
        {CORM__SAYS_VERSION, CORM__SAYS_VERSION - 1u,
         "corm alone counts a version, from 1 on: leave one out"},
        {CORM__SAYS_GENERATED, CORM__SAYS_GENERATED - 1u,
         "the database alone gives the column its value: leave one out"},
    };
    const unsigned given = corm__column_says(&column->info->options);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        unsigned others = given & rules[i].one ? given & rules[i].others : 0, one = 0, other = 0;
        if (others == 0)
            continue;
        while (rules[i].one >> one != 1)
            one++;
        while (!(others >> other & 1))
            other++;
        return corm__error_set(error, CORM_MODEL, "%s.%s: %s with %s: %s",
                               column->owner->model->name, column->info->name, names[one],
                               names[other], rules[i].why);
    }
    return CORM_OK;
}

/* Whether the options that say where a column's value comes from make sense. */
static corm_status corm__vet_sources(const corm__column *column, corm_error *error)
{
    const corm_column_options *options = &column->info->options;
    const char *model = column->owner->model->name, *name = column->info->name;
    corm_status status = corm__vet_pairs(column, error);
    if (status == CORM_OK)
        status = corm__vet_function(column, ".default_function", options->default_function, error);
    if (status == CORM_OK)
        status = corm__vet_function(column, ".update_function", options->update_function, error);
    if (status != CORM_OK)
        return status;
    if ((options->server_default != NULL && options->server_default[0] == '\0') ||
        (options->generated != NULL && options->generated[0] == '\0'))
        return corm__error_set(
            error, CORM_MODEL, "%s.%s: %s is empty: write an SQL expression, or leave it out",
            model, name, options->generated != NULL ? ".generated" : ".server_default");
    char kind[CORM__KIND_TEXT_SIZE];
    if (options->version && (column->kind != CORM_KIND_INTEGER || column->optional))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: a .version is counted: declare it INTEGER, not %s%s%s",
                               model, name, column->optional ? "OPTIONAL(" : "",
                               corm__kind_text(column->info, kind), column->optional ? ")" : "");
    if (!corm__has_sentinel(column) && (corm__column_says(options) & CORM__SAYS_FILLED))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s is too small to be left out, so that nothing would fill "
                               "it in: use a type of 32 bits or more",
                               model, name, corm__kind_text(column->info, kind));
    if (options->stored && options->generated == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .stored says where a .generated column is kept: add "
                               ".generated, or leave it out",
                               model, name);
    return CORM_OK;
}

#endif /* CORM__ROOM_DEFAULTS_C */
