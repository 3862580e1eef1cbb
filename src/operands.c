/* operands.c: the values in a query.
 *
 * Owns: what a value of C becomes where it is compared with a column or put into one: its kind, the
 * digits of a DECIMAL, the text of an ENUM, lists as one text of JSON, patterns for LIKE; refusing what
 * a column could not hold.
 * Must not know: SQL text, sessions, rows. */
#ifndef CORM__ROOM_OPERANDS_C
#define CORM__ROOM_OPERANDS_C

#include "decode.c"
#include "query.c"
#include "registry.c"

/* What a value is to be: that which it is compared with, or put into. */
typedef struct corm__sense {
    corm_kind kind; /* COUNT: nothing is known, it is what it is */
    const corm__column
        *column; /* knows the digits, the texts of the enum ...; NULL: there is none */
} corm__sense;

/* Where a value was refused, and where what it becomes is kept. */
typedef struct corm__operand {
    corm__sense sense;
    corm__arena *arena;
    char *why;
    size_t size;
    bool memory; /* out: refused for want of it */
} corm__operand;

static CORM__COLD bool corm__operand_refuse(corm__operand *o, const char *why)
{
    (void)snprintf(o->why, o->size, "%s", why);
    return false;
}

static CORM__COLD bool corm__operand_no_memory(corm__operand *o)
{
    o->memory = true;
    return corm__operand_refuse(o, "out of memory");
}

/* ---- Kinds that know their column ------------------------------------------------------------ */

static bool corm__decimal_operand(corm__operand *o, corm_decimal decimal, corm_value *out)
{
    int64_t units = decimal.units;
    const corm_column *info = o->sense.column == NULL ? NULL : o->sense.column->info;
    if (info == NULL)
        return corm__operand_refuse(o, "a DECIMAL that is compared with no DECIMAL column");
    if (!corm__decimal_fit(decimal, info->precision, info->scale, &units, o->why, o->size))
        return false;
    *out = corm_value_integer(units);
    return true;
}

static bool corm__enum_operand(corm__operand *o, int64_t value, corm_value *out)
{
    const corm_column *info = o->sense.column == NULL ? NULL : o->sense.column->info;
    if (info == NULL || info->enumeration == NULL)
        return corm__operand_refuse(o, "an enumerator that is compared with no ENUM column");
    *out = corm__enum_value(info->enumeration, value);
    return corm__enum_check(info->enumeration, value, o->why, o->size);
}

static bool corm__custom_operand(corm__operand *o, corm_custom_value value, corm_value *out)
{
    const corm_column *info = o->sense.column == NULL ? NULL : o->sense.column->info;
    if (info == NULL || info->custom == NULL)
        return corm__operand_refuse(
            o, "a value of a kind of its own that is compared with no such column");
    /* By name: each .c file has a descriptor of its own. */
    if (value.kind == NULL || value.value == NULL ||
        strcmp(value.kind->name, info->custom->name) != 0) {
        (void)snprintf(o->why, o->size, "a value of kind %s is compared with one of kind %s",
                       info->custom->name, value.kind == NULL ? "(none)" : value.kind->name);
        return false;
    }
    return corm__custom_value(info->custom, value.value, o->arena, out, &o->memory, o->why,
                              o->size);
}

/* ---- Moments --------------------------------------------------------------------------------- */

static bool corm__is_moment(corm_kind kind)
{
    return kind == CORM_KIND_DATETIME || kind == CORM_KIND_TIME;
}

/* A moment as others may have written it, CURRENT_TIMESTAMP among them: without the zeros at its end.
 * '12:30:00.120000' is '12:30:00.12', '12:30:00.000000' is '12:30:00'. The texts of one moment stand in the order
 * between this and the value itself; no other text does. *out is in the arena, or the value where that is the
 * only one; false: out of memory. */
static bool corm__moment_least(corm__arena *arena, const corm_value *value, corm_value *out)
{
    const char *text = value->type == CORM_VALUE_TEXT ? value->as.bytes : "";
    size_t size = strlen(text);
    while (size > 0 && text[size - 1] == '0')
        size--;
    *out = *value;
    if (text[size] == '\0')
        return true;
    size -= text[size - 1] == '.';
    char *least = corm__arena_allocate(arena, size + 1);
    if (least == NULL)
        return false;
    memcpy(least, text, size);
    least[size] = '\0';
    *out = corm_value_text(least);
    return true;
}

/* ---- By the type that the program has given -------------------------------------------------- */

static bool corm__whole_operand(corm__operand *o, int64_t value, corm_value *out)
{
    *out = corm_value_integer(value);
    switch (o->sense.kind) {
    case CORM_KIND_REAL: *out = corm_value_real((double)value); return true;
    case CORM_KIND_BOOLEAN: *out = corm_value_integer(value != 0); return true;
    case CORM_KIND_DECIMAL: return corm__decimal_operand(o, corm_decimal_from_integer(value), out);
    case CORM_KIND_ENUM: return corm__enum_operand(o, value, out);
    default: return true;
    }
}

static bool corm__text_operand(corm__operand *o, const char *text, corm_value *out)
{
    size_t characters, bad;
    *out = corm_value_text(text);
    if (text == NULL)
        return true;
    if (o->sense.kind == CORM_KIND_JSON)
        return corm__json_member_check(text, o->why, o->size);
    if (corm__utf8_count(text, out->size, &characters, &bad))
        return true;
    (void)snprintf(o->why, o->size, "the text is not UTF-8 (byte %zu)", bad + 1);
    return false;
}

/* A formatted value lives in the arena. */
static char *corm__operand_room(corm__operand *o)
{
    char *room = corm__arena_allocate(o->arena, CORM__SCRATCH);
    if (room == NULL)
        (void)corm__operand_no_memory(o);
    return room;
}

static bool corm__date_operand(corm__operand *o, corm_date value, corm_value *out)
{
    char *room = corm__operand_room(o);
    if (room == NULL || !corm__date_check(value, o->why, o->size))
        return false;
    *out = corm__date_value(value, room);
    return true;
}

static bool corm__datetime_operand(corm__operand *o, corm_datetime value, corm_value *out)
{
    char *room = corm__operand_room(o);
    if (room == NULL || !corm__datetime_check(value, o->why, o->size))
        return false;
    *out = corm__datetime_value(value, room);
    return true;
}

static bool corm__time_operand(corm__operand *o, corm_time value, corm_value *out)
{
    char *room = corm__operand_room(o);
    if (room == NULL || !corm__time_check(value, o->why, o->size))
        return false;
    *out = corm__time_value(value, room);
    return true;
}

static bool corm__uuid_operand(corm__operand *o, corm_uuid value, corm_value *out)
{
    char *room = corm__operand_room(o);
    if (room == NULL)
        return false;
    *out = corm__uuid_value(value, room);
    return true;
}

static bool corm__blob_operand(corm__operand *o, corm_blob value, corm_value *out)
{
    *out = corm_value_blob(value);
    return value.size < UINT32_MAX || corm__operand_refuse(o, "a blob of 4 GiB or more");
}

static bool corm__real_operand(corm__operand *o, double value, corm_value *out)
{
    *out = corm_value_real(value);
    return corm__real_check(value, o->why, o->size);
}

static corm_datetime corm__node_datetime(const corm__node *node)
{
    corm_datetime moment =
        corm_datetime_of(node->as.moment.year, node->as.moment.month, node->as.moment.day,
                         node->as.moment.hour, node->as.moment.minute, node->as.moment.second, 0);
    moment.microsecond = node->size;
    return moment;
}

/* A VALUE as the database takes it. Texts and blobs are borrowed, what is formatted is in the arena.
 * NULL texts and blobs give NULL. false: refused. */
static bool corm__value_operand(corm__operand *o, const corm__node *node, corm_value *out)
{
    switch (node->kind) {
    case CORM_KIND_INTEGER:
        if (node->size == 1)
            return corm__operand_refuse(o, "the number is larger than an integer can be: "
                                           "9223372036854775807");
        return corm__whole_operand(o, node->as.integer, out);
    case CORM_KIND_BOOLEAN: return corm__whole_operand(o, node->as.integer, out);
    case CORM_KIND_REAL: return corm__real_operand(o, node->as.real, out);
    case CORM_KIND_TEXT:
    case CORM_KIND_JSON: return corm__text_operand(o, node->as.bytes, out);
    case CORM_KIND_BLOB: return corm__blob_operand(o, (corm_blob){node->as.bytes, node->size}, out);
    case CORM_KIND_DATE: return corm__date_operand(o, node->as.date, out);
    case CORM_KIND_DATETIME: return corm__datetime_operand(o, corm__node_datetime(node), out);
    case CORM_KIND_TIME: return corm__time_operand(o, node->as.time, out);
    case CORM_KIND_DECIMAL:
        return corm__decimal_operand(o, corm_decimal_units(node->as.integer, (int)node->size), out);
    case CORM_KIND_UUID: return corm__uuid_operand(o, node->as.uuid, out);
    case CORM_KIND_CUSTOM: return corm__custom_operand(o, node->as.custom, out);
    default: return corm__operand_refuse(o, "an operand of no kind");
    }
}

/* Element i of an array of C. */
static bool corm__item_operand(corm__operand *o, int kind, const void *items, size_t i,
                               corm_value *out)
{
    switch (kind) {
    case CORM_KIND_INTEGER: return corm__whole_operand(o, ((const int64_t *)items)[i], out);
    case CORM_KIND_BOOLEAN: return corm__whole_operand(o, ((const bool *)items)[i], out);
    case CORM_KIND_REAL: return corm__real_operand(o, ((const double *)items)[i], out);
    case CORM_KIND_TEXT: return corm__text_operand(o, ((const char *const *)items)[i], out);
    case CORM_KIND_BLOB: return corm__blob_operand(o, ((const corm_blob *)items)[i], out);
    case CORM_KIND_DATE: return corm__date_operand(o, ((const corm_date *)items)[i], out);
    case CORM_KIND_DATETIME:
        return corm__datetime_operand(o, ((const corm_datetime *)items)[i], out);
    case CORM_KIND_TIME: return corm__time_operand(o, ((const corm_time *)items)[i], out);
    case CORM_KIND_DECIMAL: return corm__decimal_operand(o, ((const corm_decimal *)items)[i], out);
    case CORM_KIND_UUID: return corm__uuid_operand(o, ((const corm_uuid *)items)[i], out);
    case CORM_KIND_ENUM: return corm__enum_operand(o, ((const int *)items)[i], out);
    default: return corm__operand_refuse(o, "a list of no kind");
    }
}

/* A program's variable, as it is now. */
static bool corm__variable_operand(corm__operand *o, const corm__node *node, corm_value *out)
{
    if (node->as.of.data == NULL)
        return corm__operand_refuse(o, "corm_var(NULL): there is no variable");
    return corm__item_operand(o, node->kind, node->as.of.data, 0, out);
}

/* ---- Lists as one text ----------------------------------------------------------------------- */

static void corm__json_quote(corm__buffer *b, const char *text, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    corm__buffer_char(b, '"');
    for (size_t i = 0; i < size; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\') {
            corm__buffer_char(b, '\\');
            corm__buffer_char(b, (char)c);
        } else if (c < 0x20) {
            corm__buffer_text(b, "\\u00");
            corm__buffer_char(b, digits[c >> 4]);
            corm__buffer_char(b, digits[c & 15]);
        } else {
            corm__buffer_char(b, (char)c);
        }
    }
    corm__buffer_char(b, '"');
}

/* A real number is a text: what JSON calls a number is not read to the last bit by all databases. false: JSON has no such value. */
static bool corm__json_item(corm__buffer *b, const corm_value *value)
{
    char number[CORM__REAL_TEXT];
    switch (value->type) {
    case CORM_VALUE_INTEGER:
        (void)snprintf(number, sizeof number, "%lld", (long long)value->as.integer);
        corm__buffer_text(b, number);
        return true;
    case CORM_VALUE_REAL:
        corm__real_text(value->as.real, number);
        corm__json_quote(b, number, strlen(number));
        return true;
    case CORM_VALUE_TEXT: corm__json_quote(b, value->as.bytes, value->size); return true;
    case CORM_VALUE_NULL: corm__buffer_text(b, "null"); return true;
    default: return false;
    }
}

/* The whole list as "[1,2,3]". *fits false: it has values that JSON cannot say; *reals: its values are
 * real numbers, or NULL. */
static bool corm__list_as_json(corm__operand *o, const corm__node *node, corm_value *out,
                               bool *fits, bool *reals)
{
    corm__buffer b = {.data = NULL};
    corm_value item;
    bool fine = true, others = false;
    *fits = true;
    *reals = false;
    corm__buffer_char(&b, '[');
    for (uint32_t i = 0; i < node->size && fine && *fits; i++) {
        if (i > 0)
            corm__buffer_char(&b, ',');
        fine = corm__item_operand(o, node->kind, node->as.of.data, i, &item);
        *fits = !fine || corm__json_item(&b, &item);
        *reals = *reals || (fine && item.type == CORM_VALUE_REAL);
        others = others || (fine && item.type != CORM_VALUE_REAL && item.type != CORM_VALUE_NULL);
        *fits = *fits && !(*reals && others);
    }
    corm__buffer_char(&b, ']');
    if (fine && *fits) {
        char *text = b.failed ? NULL : corm__arena_allocate(o->arena, b.size + 1);
        fine = text != NULL || corm__operand_no_memory(o);
        if (fine) {
            memcpy(text, b.data, b.size);
            text[b.size] = '\0';
            *out = corm_value_text(text);
        }
    }
    corm__buffer_free(&b);
    return fine;
}

/* ---- Patterns -------------------------------------------------------------------------------- */

/* The text as a pattern of LIKE in which '\' takes the meaning from what stands behind it. */
static bool corm__pattern_operand(corm__operand *o, unsigned how, const corm_value *text,
                                  corm_value *out)
{
    *out = *text;
    if (text->type != CORM_VALUE_TEXT)
        return true;
    char *pattern = corm__arena_allocate(o->arena, 2 * text->size + 3), *end = pattern;
    if (pattern == NULL)
        return corm__operand_no_memory(o);
    if (how != CORM__HOLDS_FIRST)
        *end++ = '%';
    for (size_t i = 0; i < text->size; i++) {
        const char c = ((const char *)text->as.bytes)[i];
        if (c == '%' || c == '_' || c == '\\')
            *end++ = '\\';
        *end++ = c;
    }
    if (how != CORM__HOLDS_LAST)
        *end++ = '%';
    *end = '\0';
    *out = corm_value_text(pattern);
    return true;
}

#endif /* CORM__ROOM_OPERANDS_C */
