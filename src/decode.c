/* decode.c: values of the database in members of structs.
 *
 * Owns: what each column kind takes from the database, and what is said about a value that does not fit.
 * Must not know: objects, sessions, SQL statements, which database it is. */
#ifndef CORM__ROOM_DECODE_C
#define CORM__ROOM_DECODE_C

#include "kinds.c"

/* Says that the value is not what the column's kind stores. Always false. */
static CORM__COLD bool corm__load_refuse(const corm__column *column, const corm_value *value,
                                         bool *memory, char *why, size_t size)
{
    char given[CORM__DESCRIBED], kind[CORM__KIND_TEXT_SIZE];
    corm__value_describe(value, given, sizeof given);
    *memory = false;
    if (column->kind != CORM_KIND_ENUM && column->kind != CORM_KIND_DECIMAL) {
        (void)snprintf(why, size, "%s is not %s", given, corm__kind_forms[column->kind]);
        return false;
    }
    int used = snprintf(why, size, "%s is no %s%s", given, corm__kind_text(column->info, kind),
                        column->kind == CORM_KIND_ENUM ? ": allowed are " : "");
    if (column->kind == CORM_KIND_ENUM && used >= 0 && (size_t)used + sizeof "..." <= size)
        corm__enum_list(column->info->enumeration, why, (size_t)used, size);
    return false;
}

static const char corm__null_in_key[] =
    "NULL in a key: leave such rows out by corm_is_not_null, or "
    "read them by corm_sql into a CORM_ROW";

static bool corm__load_null(const corm__column *column, void *object, bool *memory, char *why,
                            size_t size)
{
    if (column->optional) {
        corm__member_clear(column, object);
        return true;
    }
    char kind[CORM__KIND_TEXT_SIZE];
    if (column->primary_key)
        (void)snprintf(why, size, "%s", corm__null_in_key);
    else
        (void)snprintf(why, size, "NULL in a member that cannot say so: declare it OPTIONAL(%s)",
                       corm__kind_with_null(column->info, kind));
    *memory = false;
    return false;
}

/* Text or blob: a copy in the heap. */
static bool corm__load_bytes(const corm__column *column, unsigned char *at, const corm_value *value,
                             corm__heap *heap, bool *memory, char *why, size_t size)
{
    bool text = column->kind != CORM_KIND_BLOB;
    if (CORM__UNLIKELY(value->type != (text ? CORM_VALUE_TEXT : CORM_VALUE_BLOB)))
        return corm__load_refuse(column, value, memory, why, size);
    if (text && value->size != 0) {
        const char *zero = memchr(value->as.bytes, 0, value->size);
        if (CORM__UNLIKELY(zero != NULL)) {
            (void)snprintf(why, size, "a text with a zero byte inside, as byte %zu of %zu",
                           (size_t)(zero - (const char *)value->as.bytes) + 1, value->size);
            *memory = false;
            return false;
        }
    }
    if (column->kind == CORM_KIND_JSON && !corm__json_check(value->as.bytes, why, size)) {
        *memory = false;
        return false;
    }
    const char *copy = corm__heap_text(heap, value->as.bytes, value->size);
    if (CORM__UNLIKELY(copy == NULL)) {
        (void)snprintf(why, size, "out of memory");
        *memory = true;
        return false;
    }
    if (text) {
        memcpy(at, &copy, sizeof copy);
    } else {
        corm_blob blob = {copy, value->size};
        memcpy(at, &blob, sizeof blob);
    }
    return true;
}

/* A number as an integer, if it is one. 2^63 is the first double that is too large. -2^63 is what SQLite makes of
 * sums just below the least integer; that one itself it has as an integer. */
static bool corm__integer_of(const corm_value *value, int64_t *out)
{
    if (CORM__LIKELY(value->type == CORM_VALUE_INTEGER)) {
        *out = value->as.integer;
        return true;
    }
    if (value->type != CORM_VALUE_REAL)
        return false;
    double real = value->as.real;
    if (!(real > -9223372036854775808.0 && real < 9223372036854775808.0))
        return false;
    *out = (int64_t)real;
    return (double)*out == real;
}

static bool corm__load_real(const corm_value *value, unsigned char *at)
{
    double real = value->as.real;
    if (value->type == CORM_VALUE_INTEGER)
        real = (double)value->as.integer;
    else if (value->type != CORM_VALUE_REAL)
        return false;
    memcpy(at, &real, sizeof real);
    return true;
}

static bool corm__load_boolean(const corm__column *column, const corm_value *value,
                               unsigned char *at)
{
    if (value->type != CORM_VALUE_INTEGER || (uint64_t)value->as.integer > 1)
        return false;
    if (column->optional)
        memcpy(at, &value->as.integer, sizeof value->as.integer);
    else
        *at = (unsigned char)value->as.integer;
    return true;
}

static bool corm__load_date(const corm_value *value, unsigned char *at)
{
    corm_date date;
    if (value->type != CORM_VALUE_TEXT || !corm__date_read(value->as.bytes, value->size, &date))
        return false;
    memcpy(at, &date, sizeof date);
    return true;
}

static bool corm__load_datetime(const corm_value *value, unsigned char *at)
{
    corm_datetime datetime;
    if (value->type != CORM_VALUE_TEXT ||
        !corm__datetime_read(value->as.bytes, value->size, &datetime))
        return false;
    memcpy(at, &datetime, sizeof datetime);
    return true;
}

static bool corm__load_time(const corm_value *value, unsigned char *at)
{
    corm_time time;
    if (value->type != CORM_VALUE_TEXT || !corm__time_read(value->as.bytes, value->size, &time))
        return false;
    memcpy(at, &time, sizeof time);
    return true;
}

/* In lower case only: another spelling would be another key for the database. */
static bool corm__load_uuid(const corm_value *value, unsigned char *at)
{
    corm_uuid uuid;
    char text[CORM_UUID_TEXT_SIZE];
    if (value->type != CORM_VALUE_TEXT || !corm__uuid_read(value->as.bytes, value->size, &uuid) ||
        memcmp(corm_uuid_format(uuid, text), value->as.bytes, value->size) != 0)
        return false;
    memcpy(at, &uuid, sizeof uuid);
    return true;
}

static bool corm__load_decimal(const corm_column *info, const corm_value *value, unsigned char *at)
{
    int64_t units;
    if (!corm__integer_of(value, &units) || units <= -corm__power_of_ten(info->precision) ||
        units >= corm__power_of_ten(info->precision))
        return false;
    corm_decimal decimal = corm_decimal_units(units, info->scale);
    memcpy(at, &decimal, sizeof decimal);
    return true;
}

static bool corm__load_enum(const corm_column *info, const corm_value *value, unsigned char *at)
{
    const corm_enum_item *item =
        value->type != CORM_VALUE_TEXT
            ? NULL
            : corm__enum_find_text(info->enumeration, value->as.bytes, value->size);
    if (item == NULL)
        return false;
    int64_t number = item->value;
    if (info->optional)
        memcpy(at, &number, sizeof number);
    else
        corm__enum_write(info->enumeration, at, item->value);
    return true;
}

/* A value from the database into the member, whose old text or blob is not released. The bytes of a
 * text or blob are copied into `heap`, terminated: a block of size + 1. false: the member is as it
 * was and `why` says, without the column's name, why the value does not fit; or memory is out, then
 * *memory is true. */
static bool corm__member_load(const corm__column *column, void *object, const corm_value *value,
                              corm__heap *heap, bool *memory, char *why, size_t size)
{
    if (value->type == CORM_VALUE_NULL)
        return corm__load_null(column, object, memory, why, size);
    unsigned char *member = (unsigned char *)object + column->offset;
    unsigned char *at = member + column->box;
    bool done = false;
    int64_t integer;
    switch (column->kind) {
    case CORM_KIND_INTEGER:
        done = corm__integer_of(value, &integer);
        if (CORM__LIKELY(done))
            memcpy(at, &integer, sizeof integer);
        break;
    case CORM_KIND_TEXT:
    case CORM_KIND_BLOB: return corm__load_bytes(column, at, value, heap, memory, why, size);
    case CORM_KIND_REAL: done = corm__load_real(value, at); break;
    case CORM_KIND_BOOLEAN: done = corm__load_boolean(column, value, at); break;
    case CORM_KIND_DATE: done = corm__load_date(value, at); break;
    case CORM_KIND_DATETIME: done = corm__load_datetime(value, at); break;
    case CORM_KIND_TIME: done = corm__load_time(value, at); break;
    case CORM_KIND_DECIMAL: done = corm__load_decimal(column->info, value, at); break;
    case CORM_KIND_UUID: done = corm__load_uuid(value, at); break;
    case CORM_KIND_JSON: return corm__load_bytes(column, at, value, heap, memory, why, size);
    case CORM_KIND_ENUM: done = corm__load_enum(column->info, value, at); break;
    case CORM_KIND_CUSTOM:
        *memory = false;
        if (!corm__custom_load(column->info->custom, value, at, memory, why, size))
            return false;
        done = true;
        break;
    case CORM_KIND_COUNT: break;
    }
    if (CORM__UNLIKELY(!done))
        return corm__load_refuse(column, value, memory, why, size);
    if (column->box != 0)
        *member = 1;
    return true;
}

#endif /* CORM__ROOM_DECODE_C */
