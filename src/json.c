/* json.c: whether a text is JSON.
 *
 * Owns: the grammar of RFC 8259, with a limit to how deep arrays and objects are nested. Values are
 * not read: a name may stand twice, a number may be of any size.
 * Must not know: columns, databases. */
#ifndef CORM__ROOM_JSON_C
#define CORM__ROOM_JSON_C

#include "values.c"

/* Deeper texts are refused: each level is a call. SQLite reads 1,000 levels. */
enum { CORM__JSON_DEPTH = 500 };

typedef struct corm__json {
    const char *at; /* in a terminated text: what is not expected at its end ends the reading */
    const char *expected;
} corm__json;

static bool corm__json_wants(corm__json *json, const char *expected)
{
    json->expected = expected;
    return false;
}

static void corm__json_space(corm__json *json)
{
    while (*json->at == ' ' || *json->at == '\t' || *json->at == '\n' || *json->at == '\r')
        json->at++;
}

static bool corm__json_word(corm__json *json, const char *word)
{
    for (; *word != '\0'; word++, json->at++)
        if (*json->at != *word)
            return corm__json_wants(json, "true, false or null");
    return true;
}

static bool corm__json_digits(corm__json *json)
{
    const char *first = json->at;
    while (*json->at >= '0' && *json->at <= '9')
        json->at++;
    return json->at > first || corm__json_wants(json, "a digit");
}

/* Section 6: no leading zero, no plus, digits on both sides of the point. */
static bool corm__json_number(corm__json *json)
{
    if (*json->at == '-')
        json->at++;
    if (*json->at == '0')
        json->at++;
    else if (!corm__json_digits(json))
        return false;
    if (*json->at == '.') {
        json->at++;
        if (!corm__json_digits(json))
            return false;
    }
    if (*json->at != 'e' && *json->at != 'E')
        return true;
    json->at++;
    if (*json->at == '-' || *json->at == '+')
        json->at++;
    return corm__json_digits(json);
}

/* Section 7: control characters are escaped. Halves of surrogate pairs are within the grammar. */
static bool corm__json_string(corm__json *json)
{
    if (*json->at != '"')
        return corm__json_wants(json, "a string in double quotes");
    for (json->at++; *json->at != '"'; json->at++) {
        if ((unsigned char)*json->at < ' ')
            return corm__json_wants(json, *json->at == '\0' ? "the end of the string"
                                                            : "an escape, \\n or \\u000a");
        if (*json->at != '\\')
            continue;
        json->at++;
        if (*json->at == '\0' || strchr("\"\\/bfnrtu", *json->at) == NULL)
            return corm__json_wants(json, "one of \"\\/bfnrtu");
        for (int digits = *json->at == 'u' ? 4 : 0; digits > 0; digits--) {
            json->at++;
            if (*json->at == '\0' || strchr("0123456789abcdefABCDEF", *json->at) == NULL)
                return corm__json_wants(json, "four hexadecimal digits");
        }
    }
    json->at++;
    return true;
}

static bool corm__json_value(corm__json *json, int depth);

/* The inside of an array or object, up to its end. */
static bool corm__json_members(corm__json *json, int depth, bool object)
{
    const char end = object ? '}' : ']';
    json->at++;
    corm__json_space(json);
    if (*json->at == end) {
        json->at++;
        return true;
    }
    for (;; json->at++) {
        corm__json_space(json);
        if (object) {
            if (!corm__json_string(json))
                return false;
            corm__json_space(json);
            if (*json->at != ':')
                return corm__json_wants(json, "a colon");
            json->at++;
        }
        if (!corm__json_value(json, depth + 1))
            return false;
        if (*json->at == end) {
            json->at++;
            return true;
        }
        if (*json->at != ',')
            return corm__json_wants(json, object ? "a comma or }" : "a comma or ]");
    }
}

/* A value with the space around it. */
static bool corm__json_value(corm__json *json, int depth)
{
    bool fine;
    corm__json_space(json);
    switch (*json->at) {
    case '{':
    case '[':
        fine = depth < CORM__JSON_DEPTH ? corm__json_members(json, depth, *json->at == '{')
                                        : corm__json_wants(json, "no more than 500 levels");
        break;
    case '"': fine = corm__json_string(json); break;
    case 't': fine = corm__json_word(json, "true"); break;
    case 'f': fine = corm__json_word(json, "false"); break;
    case 'n': fine = corm__json_word(json, "null"); break;
    default:
        if (*json->at != '-' && (*json->at < '0' || *json->at > '9'))
            return corm__json_wants(json, "a value");
        fine = corm__json_number(json);
    }
    if (fine) /* else the place stays where it is told */
        corm__json_space(json);
    return fine;
}
_Static_assert(CORM__JSON_DEPTH == 500, "corm: the message above names the number");

/* Bytes are counted from 1. */
static bool corm__json_check(const char *text, char *why, size_t size)
{
    corm__json json = {text, NULL};
    if (!corm__text_check(text, 0, why, size))
        return false;
    if (corm__json_value(&json, 0) && *json.at != '\0')
        json.expected = "the end";
    if (json.expected == NULL)
        return true;
    (void)snprintf(why, size, "not JSON at byte %zu: expected %s", (size_t)(json.at - text) + 1,
                   json.expected);
    return false;
}

#endif /* CORM__ROOM_JSON_C */
