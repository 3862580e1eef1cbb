/* decimals.c: exact numbers of at most 18 digits.
 *
 * Owns: decimals as integers with a scale: comparing, rescaling, adding, multiplying, their text. Nothing here
 * rounds and nothing overflows: 10^18, and sums of a few such numbers, fit into 64 bits.
 * Must not know: columns, databases. */
#ifndef CORM__ROOM_DECIMALS_C
#define CORM__ROOM_DECIMALS_C

#include "types.h"
#include "core.c"

enum { CORM__DECIMAL_DIGITS = 18 };
/* CORM__TEXT_SCALE: of a text that is no number; its units are the first 7 bytes, for the message,
 * and whether there are more. */
enum { CORM__TEXT_SCALE = 254, CORM__IMPOSSIBLE_SCALE = 255 };

/* exponent: 0 to 18 */
static int64_t corm__power_of_ten(unsigned exponent)
{
    int64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

static bool corm__units_fit(int64_t units)
{
    const int64_t limit = INT64_C(1000000000000000000);
    return units > -limit && units < limit;
}

/* Whether there is room for another digit. */
static bool corm__units_grow(int64_t units)
{
    const int64_t limit = INT64_C(100000000000000000);
    return units > -limit && units < limit;
}

CORM_API bool corm_decimal_is_valid(corm_decimal decimal)
{
    return decimal.scale <= CORM__DECIMAL_DIGITS && corm__units_fit(decimal.units);
}

CORM_API corm_decimal corm_decimal_units(int64_t units, int scale)
{
    corm_decimal decimal = {.units = units, .scale = CORM__IMPOSSIBLE_SCALE};
    if (scale >= 0 && scale < CORM__IMPOSSIBLE_SCALE)
        decimal.scale = (uint8_t)scale;
    return decimal;
}

CORM_API corm_decimal corm_decimal_from_integer(int64_t integer)
{
    return corm_decimal_units(integer, 0);
}

/* ---- Arithmetic ------------------------------------------------------------------------------ */

CORM_API int corm_decimal_compare(corm_decimal a, corm_decimal b)
{
    const bool a_valid = corm_decimal_is_valid(a), b_valid = corm_decimal_is_valid(b);
    if (!a_valid || !b_valid)
        return a_valid - b_valid;
    int64_t a_one = corm__power_of_ten(a.scale), b_one = corm__power_of_ten(b.scale);
    int64_t a_part = a.units / a_one, b_part = b.units / b_one;
    if (a_part == b_part) { /* then the fractions, in units of 10^-18 */
        a_part = a.units % a_one * corm__power_of_ten(CORM__DECIMAL_DIGITS - a.scale);
        b_part = b.units % b_one * corm__power_of_ten(CORM__DECIMAL_DIGITS - b.scale);
    }
    return (a_part > b_part) - (a_part < b_part);
}

CORM_API bool corm_decimal_rescale(corm_decimal decimal, int scale, corm_decimal *out)
{
    if (out == NULL || scale < 0 || scale > CORM__DECIMAL_DIGITS || !corm_decimal_is_valid(decimal))
        return false;
    int64_t units = decimal.units;
    for (int s = decimal.scale; s > scale; s--, units /= 10)
        if (units % 10 != 0)
            return false;
    for (int s = decimal.scale; s < scale; s++) {
        if (!corm__units_grow(units))
            return false;
        units *= 10;
    }
    *out = corm_decimal_units(units, scale);
    return true;
}

/* So many digits behind the point as the other of two that are added. What is larger than two decimals can be is
 * not brought back by the other: false. */
static bool corm__units_beside(corm_decimal decimal, int scale, int64_t *out)
{
    const int64_t most = INT64_C(200000000000000000);
    int64_t units = decimal.units;
    for (int s = decimal.scale; s < scale; s++) {
        if (units < -most || units > most)
            return false;
        units *= 10;
    }
    *out = units;
    return true;
}

CORM_API bool corm_decimal_add(corm_decimal a, corm_decimal b, corm_decimal *out)
{
    const int scale = a.scale > b.scale ? a.scale : b.scale;
    int64_t of_a, of_b;
    if (out == NULL || !corm_decimal_is_valid(a) || !corm_decimal_is_valid(b) ||
        !corm__units_beside(a, scale, &of_a) || !corm__units_beside(b, scale, &of_b))
        return false;
    corm_decimal sum = corm_decimal_units(of_a + of_b, scale);
    if (!corm_decimal_is_valid(sum))
        return false;
    *out = sum;
    return true;
}

CORM_API bool corm_decimal_subtract(corm_decimal a, corm_decimal b, corm_decimal *out)
{
    if (!corm_decimal_is_valid(b))
        return false;
    b.units = -b.units;
    return corm_decimal_add(a, b, out);
}

CORM_API bool corm_decimal_multiply(corm_decimal decimal, int64_t factor, corm_decimal *out)
{
    if (out == NULL || !corm_decimal_is_valid(decimal))
        return false;
    const uint64_t most = (uint64_t)corm__power_of_ten(CORM__DECIMAL_DIGITS) - 1;
    const uint64_t units = (uint64_t)(decimal.units < 0 ? -decimal.units : decimal.units);
    if (units != 0 && (factor < 0 ? 0 - (uint64_t)factor : (uint64_t)factor) > most / units)
        return false;
    *out = corm_decimal_units(units == 0 ? 0 : decimal.units * factor, decimal.scale);
    return true;
}

/* ---- Text ------------------------------------------------------------------------------------ */

CORM_API char *corm_decimal_format(corm_decimal decimal, char out[CORM_DECIMAL_TEXT_SIZE])
{
    char digits[CORM_DECIMAL_TEXT_SIZE];
    size_t count = 0, at = 0;
    if (!corm_decimal_is_valid(decimal)) {
        out[0] = '?';
        out[1] = '\0';
        return out;
    }
    int64_t left = decimal.units < 0 ? -decimal.units : decimal.units;
    for (; left > 0 || count <= decimal.scale; left /= 10)
        digits[count++] = (char)('0' + left % 10);
    if (decimal.units < 0)
        out[at++] = '-';
    while (count > 0) {
        out[at++] = digits[--count];
        if (count > 0 && count == decimal.scale)
            out[at++] = '.';
    }
    out[at] = '\0';
    return out;
}

CORM_API bool corm_decimal_parse(const char *text, corm_decimal *out)
{
    int64_t units = 0;
    int scale = 0;
    bool point = false;
    if (text == NULL || out == NULL)
        return false;
    const char *at = *text == '-' || *text == '+' ? text + 1 : text;
    const char *first = at;
    for (; *at != '\0'; at++) {
        if (*at == '.' && !point && at > first) {
            point = true;
            continue;
        }
        if (*at < '0' || *at > '9')
            return false;
        scale += point;
        if (!corm__units_grow(units) || scale > CORM__DECIMAL_DIGITS)
            return false;
        units = units * 10 + (*at - '0');
    }
    if (at == first || at[-1] == '.')
        return false;
    *out = corm_decimal_units(*text == '-' ? -units : units, scale);
    return true;
}

CORM_API corm_decimal corm_decimal_of(const char *text)
{
    corm_decimal decimal = corm_decimal_units(0, CORM__IMPOSSIBLE_SCALE);
    if (corm_decimal_parse(text, &decimal) || text == NULL)
        return decimal; /* impossible without a text */
    char begin[sizeof decimal.units] = {0};
    size_t count = 0;
    for (; count + 1 < sizeof begin && text[count] != '\0'; count++)
        begin[count] = text[count];
    begin[sizeof begin - 1] = text[count] != '\0';
    memcpy(&decimal.units, begin, sizeof begin);
    decimal.scale = CORM__TEXT_SCALE;
    return decimal;
}

/* ---- Checks ---------------------------------------------------------------------------------- */

/* What is wrong with a decimal that is not valid: the text that it was made of, as far as it is plain. */
static void corm__decimal_invalid(corm_decimal decimal, char *why, size_t size)
{
    char text[sizeof decimal.units];
    size_t plain = 0;
    memcpy(text, &decimal.units, sizeof text);
    while (decimal.scale == CORM__TEXT_SCALE && plain + 1 < sizeof text && text[plain] >= ' ' &&
           text[plain] <= '~')
        plain++;
    const bool whole = text[plain] == '\0';
    if (plain == 0)
        (void)snprintf(why, size, "not a decimal number of at most %d digits",
                       (int)CORM__DECIMAL_DIGITS);
    else
        (void)snprintf(why, size, "\"%.*s\"%s is not a decimal number of at most %d digits",
                       (int)plain, text, whole ? "" : "...", (int)CORM__DECIMAL_DIGITS);
}

/* The units of a number in a column of that precision and scale; false with `why`, in digits. */
static bool corm__decimal_fit(corm_decimal decimal, unsigned precision, unsigned scale,
                              int64_t *units, char *why, size_t size)
{
    char text[CORM_DECIMAL_TEXT_SIZE];
    corm_decimal fitted;
    if (!corm_decimal_is_valid(decimal)) {
        corm__decimal_invalid(decimal, why, size);
        return false;
    }
    int digits = decimal.scale;
    for (int64_t left = decimal.units; digits > 0 && left % 10 == 0; left /= 10)
        digits--;
    if (digits > (int)scale) {
        (void)snprintf(why, size, "%s has %d digits behind the point, at most %u: round it first",
                       corm_decimal_format(decimal, text), digits, scale);
        return false;
    }
    if (!corm_decimal_rescale(decimal, (int)scale, &fitted) ||
        fitted.units <= -corm__power_of_ten(precision) ||
        fitted.units >= corm__power_of_ten(precision)) {
        (void)snprintf(why, size, "%s is too large: at most %u digits before the point",
                       corm_decimal_format(decimal, text), precision - scale);
        return false;
    }
    *units = fitted.units;
    return true;
}

#endif /* CORM__ROOM_DECIMALS_C */
