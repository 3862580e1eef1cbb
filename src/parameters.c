/* parameters.c: values that the program gives for placeholders.
 *
 * Owns: what a value of a C type is in SQL, and which values are refused.
 * Must not know: the statements that they are for. */
#ifndef CORM__ROOM_PARAMETERS_C
#define CORM__ROOM_PARAMETERS_C

#include "plain.h"
#include "state.h"

static corm_parameter corm__parameter_integer(int64_t value)
{
    corm_parameter made = {.type = CORM__C_INT, .as = {.integer = value}};
    return made;
}

static corm_parameter corm__parameter_unsigned(uint64_t value)
{
    corm_parameter made = {.type = CORM__C_UNSIGNED_LONG_LONG, .as = {.unsigned_ = value}};
    return value > INT64_MAX ? made : corm__parameter_integer((int64_t)value);
}

CORM_API corm_parameter corm_parameter_of(int c_type, ...)
{
    corm_parameter made = {.type = (corm__c_type)c_type};
    va_list rest;
    va_start(rest, c_type);
/* An absent OPTIONAL is a NULL pointer. */
#define CORM__TAKE_OPTIONAL(TYPE_, name_)                                                          \
    case CORM__C_OPTIONAL_##TYPE_: {                                                               \
        const corm_optional_##name_ given = va_arg(rest, corm_optional_##name_);                   \
        made.type = given.has_value ? CORM__C_##TYPE_ : CORM__C_POINTER;                           \
        if (given.has_value)                                                                       \
            made.as.name_ = given.value;                                                           \
        break;                                                                                     \
    }
    enum { CORM__C_INTEGER = CORM__C_INT, CORM__C_REAL = CORM__C_DOUBLE };
    switch (made.type) {
    case CORM__C_INT: made.as.integer = va_arg(rest, int); break;
    case CORM__C_UNSIGNED: made = corm__parameter_integer(va_arg(rest, unsigned)); break;
    case CORM__C_LONG: made = corm__parameter_integer(va_arg(rest, long)); break;
    case CORM__C_UNSIGNED_LONG: made = corm__parameter_unsigned(va_arg(rest, unsigned long)); break;
    case CORM__C_LONG_LONG: made = corm__parameter_integer(va_arg(rest, long long)); break;
    case CORM__C_UNSIGNED_LONG_LONG:
        made = corm__parameter_unsigned(va_arg(rest, unsigned long long));
        break;
    case CORM__C_DOUBLE: made.as.real = va_arg(rest, double); break;
    case CORM__C_TEXT: made.as.text = va_arg(rest, const char *); break;
    case CORM__C_BLOB: made.as.blob = va_arg(rest, corm_blob); break;
    case CORM__C_DATE: made.as.date = va_arg(rest, corm_date); break;
    case CORM__C_DATETIME: made.as.datetime = va_arg(rest, corm_datetime); break;
    case CORM__C_TIME: made.as.time = va_arg(rest, corm_time); break;
    case CORM__C_UUID: made.as.uuid = va_arg(rest, corm_uuid); break;
    case CORM__C_CUSTOM:
        made.as.custom = va_arg(rest, corm_custom_value);
        break;
        CORM__TAKE_OPTIONAL(INTEGER, integer)
        CORM__TAKE_OPTIONAL(REAL, real)
        CORM__TAKE_OPTIONAL(DATE, date)
        CORM__TAKE_OPTIONAL(DATETIME, datetime)
        CORM__TAKE_OPTIONAL(TIME, time)
        CORM__TAKE_OPTIONAL(UUID, uuid)
    case CORM__C_POINTER: made.as.pointer = va_arg(rest, const void *); break;
    case CORM__C_NO_VALUE: break;
    }
#undef CORM__TAKE_OPTIONAL
    va_end(rest);
    return made;
}

/* A date, time or UUID, checked; its text is in the scratch arena. */
static bool corm__parameter_moment(corm_session *session, const corm_parameter *from,
                                   corm_value *out, bool *memory, char *why, size_t size)
{
    char *room = corm__arena_allocate(&session->scratch, CORM__SCRATCH);
    *memory = room == NULL;
    if (room == NULL)
        return false;
    switch (from->type) {
    case CORM__C_DATE:
        *out = corm__date_value(from->as.date, room);
        return corm__date_check(from->as.date, why, size);
    case CORM__C_DATETIME:
        *out = corm__datetime_value(from->as.datetime, room);
        return corm__datetime_check(from->as.datetime, why, size);
    case CORM__C_TIME:
        *out = corm__time_value(from->as.time, room);
        return corm__time_check(from->as.time, why, size);
    default: *out = corm__uuid_value(from->as.uuid, room); return true;
    }
}

/* false: memory is out, or `why` says what is wrong. */
static bool corm__parameter_value(corm_session *session, const corm_parameter *from,
                                  corm_value *out, bool *memory, char *why, size_t size)
{
    const corm_custom_value *custom = &from->as.custom;
    *memory = false;
    *out = corm_value_null();
    switch (from->type) {
    case CORM__C_INT: *out = corm_value_integer(from->as.integer); return true;
    case CORM__C_DOUBLE:
        *out = corm_value_real(from->as.real);
        return corm__real_check(from->as.real, why, size);
    case CORM__C_TEXT:
        *out = corm_value_text(from->as.text);
        return from->as.text == NULL || corm__text_check(from->as.text, 0, why, size);
    case CORM__C_BLOB: *out = corm_value_blob(from->as.blob); return true;
    case CORM__C_DATE:
    case CORM__C_DATETIME:
    case CORM__C_TIME:
    case CORM__C_UUID: return corm__parameter_moment(session, from, out, memory, why, size);
    case CORM__C_CUSTOM:
        return custom->kind == NULL || custom->value == NULL ||
               corm__custom_value(custom->kind, custom->value, &session->scratch, out, memory, why,
                                  size);
    case CORM__C_UNSIGNED_LONG_LONG:
        (void)snprintf(why, size, "%llu is larger than an INTEGER of 64 bits can be",
                       (unsigned long long)from->as.unsigned_);
        return false;
    default: break;
    }
    if (from->type == CORM__C_POINTER && from->as.pointer == NULL)
        return true;
    (void)snprintf(why, size, "a pointer without a type, which is not NULL");
    return false;
}

#endif /* CORM__ROOM_PARAMETERS_C */
