/* query_model.h: the schema of tests/query_fuzz.c, and its values: random ones, their order, and as members of structs. */
#ifndef TESTS_QUERY_MODEL_H
#define TESTS_QUERY_MODEL_H

#include "random_work.h"

/* clang-format off */
#define COLOR(VALUE) VALUE(RED, "red") VALUE(GREEN, "Green") VALUE(GREY, "%") VALUE(BLUE, "it's \"blue\"", 7)
CORM_ENUM(Color, COLOR)

#define PLACE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(TEXT,              zone,   .primary_key = true)                                         \
    COLUMN(INTEGER,           number, .primary_key = true)                                         \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), level)                                                               \
    COLUMN(OPTIONAL(REAL),    area)                                                                \
    RELATIONSHIP(ONE_TO_MANY, residents, Person, place)
#define PERSON(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,                   id, .primary_key = true)                                     \
    COLUMN(INTEGER,                   n)                                                           \
    COLUMN(OPTIONAL(INTEGER),         nn)                                                          \
    COLUMN(OPTIONAL(INTEGER),         age)                                                         \
    COLUMN(INTEGER_AS(int16_t),       h)                                                           \
    COLUMN(REAL,                      r)                                                           \
    COLUMN(OPTIONAL(REAL),            rr)                                                          \
    COLUMN(TEXT,                      t)                                                           \
    COLUMN(OPTIONAL(TEXT),            tt)                                                          \
    COLUMN(BOOLEAN,                   b)                                                           \
    COLUMN(OPTIONAL(BOOLEAN),         bb)                                                          \
    COLUMN(DATE,                      d)                                                           \
    COLUMN(OPTIONAL(DATE),            dd)                                                          \
    COLUMN(DATETIME,                  m)                                                           \
    COLUMN(OPTIONAL(DATETIME),        mm)                                                          \
    COLUMN(DECIMAL(12, 2),            p)                                                           \
    COLUMN(OPTIONAL(DECIMAL(12, 2)),  pp)                                                          \
    COLUMN(ENUM(Color),               c)                                                           \
    COLUMN(OPTIONAL(ENUM(Color)),     cc)                                                          \
    COLUMN(UUID,                      u)                                                           \
    COLUMN(OPTIONAL(UUID),            uu)                                                          \
    COLUMN(BLOB,                      x)                                                           \
    COLUMN(OPTIONAL(BLOB),            xx)                                                          \
    COLUMN(OPTIONAL(TEXT),            place_zone,                                                  \
           .references = corm_ref(Place, zone), .on_delete = CORM_ACTION_SET_NULL)                 \
    COLUMN(OPTIONAL(INTEGER),         place_number,                                                \
           .references = corm_ref(Place, number), .on_delete = CORM_ACTION_SET_NULL)               \
    COLUMN(OPTIONAL(INTEGER),         boss_id,                                                     \
           .references = corm_ref(Person, id), .on_delete = CORM_ACTION_SET_NULL)                  \
    RELATIONSHIP(MANY_TO_ONE,  place, Place,  residents)                                           \
    RELATIONSHIP(MANY_TO_ONE,  boss,  Person, BACKREF(staff))                                      \
    RELATIONSHIP(ONE_TO_MANY,  items, Item,   owner)                                               \
    RELATIONSHIP(MANY_TO_MANY, tags,  Tag,    BACKREF(people),                                     \
                 .secondary = corm_secondary("people_tags", "person_id", "tag_name"))              \
    RELATIONSHIP(ONE_TO_MANY,  heavy, Item,   NONE, .join = corm_join(Item, owner_id, Person, id), \
                 .filter = corm_filter(Item, size, GE, 1.5),                                       \
                 .order_by = corm_by_descending(Item, label))                                      \
    RELATIONSHIP(ONE_TO_MANY,  books, Book,   NONE, .view_only = true,                             \
                 .join = corm_join(Book, owner_id, Person, id))
#define ITEM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(TEXT,              type)                                                                \
    COLUMN(OPTIONAL(INTEGER), owner_id,                                                            \
           .references = corm_ref(Person, id), .on_delete = CORM_ACTION_SET_NULL)                  \
    COLUMN(OPTIONAL(REAL),    size)                                                                \
    COLUMN(TEXT,              label)                                                               \
    RELATIONSHIP(MANY_TO_ONE, owner, Person, items)
#define TOOL(COLUMN, RELATIONSHIP)                                                                 \
    ITEM(COLUMN, CORM_INHERITED)                                                                   \
    COLUMN(OPTIONAL(INTEGER), power)
#define BOOK(COLUMN, RELATIONSHIP)                                                                 \
    ITEM(COLUMN, CORM_INHERITED)                                                                   \
    COLUMN(INTEGER,        pages)                                                                  \
    COLUMN(OPTIONAL(TEXT), title)
#define TAG(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(TEXT,           name, .primary_key = true)                                              \
    COLUMN(OPTIONAL(REAL), weight)
#define TOWN(MODEL)                                                                                \
    MODEL(Place,  "places", PLACE)                                                                 \
    MODEL(Person, "people", PERSON)                                                                \
    MODEL(Item,   "items",  ITEM, .discriminator = corm_member(Item, type), .identity = "item")    \
    MODEL(Tool,   "items",  TOOL, .inherits = corm_base(Item), .identity = "tool")                 \
    MODEL(Book,   "books",  BOOK, .inherits = corm_base(Item), .identity = "book")                 \
    MODEL(Tag,    "tags",   TAG)
/* clang-format on */

CORM_SCHEMA(town, TOWN)
CORM_ALIAS(chief, Person, PERSON)

/* ---- The model ------------------------------------------------------------------------------------ */

enum { PLACES, PEOPLE, ITEMS, TAGS, TABLES };
enum { ROWS = 80, COLUMNS = 26, NEVER = -1 };

/* What SQLite holds: an ENUM, a date, a UUID is its text, a DECIMAL its units. */
struct value {
    enum { NOTHING, WHOLE, REAL, TEXT, BYTES } type;
    int64_t whole;
    double real;
    const char *bytes;
    size_t size;
};
struct row {
    bool live;
    const corm_model *model;
    struct value cells[COLUMNS];
};
struct state {
    struct row rows[TABLES][ROWS];
    bool linked[ROWS][ROWS]; /* people and tags */
};

static struct run {
    corm_engine *engine;
    corm_session *session;
    struct state now, committed;
    int statements;
    jmp_buf out_of_memory;
    bool disordered, large;
    const corm_query *query; /* what is asked, for complaints */
    const corm_select *select;
    const char *what;
} run;

enum { KEPT_ROOM = 1 << 26, PASSING_ROOM = 1 << 26 };
static struct room {
    char *bytes;
    size_t used, size;
} kept, passing; /* texts of rows and queries; of what is computed for one query */

/* What was asked when a complaint came. */
static void explain(void)
{
    print_error("%s\n", run.what);
    if (run.query != NULL || run.select != NULL) {
        const char *sql = run.query != NULL ? corm_query_text(run.session, run.query)
                                            : corm_select_text(run.session, run.select);
        print_error("%s\n", sql == NULL ? corm_error_message(run.session) : sql);
    }
}

static void *room_in(struct room *room, size_t size)
{
    const size_t rounded = (size + 15) & ~(size_t)15;
    if (room->used + rounded > room->size)
        complain("no more room");
    void *found = room->bytes + room->used;
    room->used += rounded;
    memset(found, 0, size);
    return found;
}

/* ---- Values --------------------------------------------------------------------------------------- */

static struct value nothing(void)
{
    return (struct value){.type = NOTHING};
}
static struct value whole(int64_t number)
{
    return (struct value){.type = WHOLE, .whole = number};
}
static struct value real(double number)
{
    if (number != number)
        return nothing(); /* NaN is NULL */
    return (struct value){.type = REAL, .real = number};
}
static struct value bytes_in(struct room *room, int type, const void *bytes, size_t size)
{
    char *copy = room_in(room, size + 1);
    memcpy(copy, bytes, size);
    return (struct value){.type = type == TEXT ? TEXT : BYTES, .bytes = copy, .size = size};
}
static struct value text(const char *bytes)
{
    return bytes_in(&kept, TEXT, bytes, strlen(bytes));
}

static int compare_numbers(struct value a, struct value b)
{
    if (a.type == WHOLE && b.type == WHOLE)
        return (a.whole > b.whole) - (a.whole < b.whole);
    if (a.type == REAL && b.type == REAL)
        return (a.real > b.real) - (a.real < b.real);
    if (a.type == REAL)
        return -compare_numbers(b, a);
    if (b.real >= 9223372036854775808.0)
        return -1;
    if (b.real < -9223372036854775808.0)
        return 1;
    const int64_t floor = (int64_t)b.real;
    if (a.whole != floor)
        return a.whole < floor ? -1 : 1;
    const double rest = b.real - (double)floor;
    return (rest < 0) - (rest > 0);
}

/* In the order of SQLite: NULL, numbers, texts, blobs. */
static int compare(struct value a, struct value b)
{
    const int ranks[] = {0, 1, 1, 2, 3};
    if (ranks[a.type] != ranks[b.type])
        return ranks[a.type] - ranks[b.type];
    if (a.type == NOTHING)
        return 0;
    if (ranks[a.type] == 1)
        return compare_numbers(a, b);
    const int order = memcmp(a.bytes, b.bytes, a.size < b.size ? a.size : b.size);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static const char *shown(struct value value)
{
    static char texts[4][300];
    static int turn;
    char *out = texts[turn++ % 4];
    switch (value.type) {
    case NOTHING: return "NULL";
    case WHOLE: (void)snprintf(out, 300, "%lld", (long long)value.whole); break;
    case REAL: (void)snprintf(out, 300, "%.17g", value.real); break;
    case TEXT: (void)snprintf(out, 300, "'%.250s'", value.bytes); break;
    default: (void)snprintf(out, 300, "%zu bytes", value.size);
    }
    return out;
}

/* The kind as conditions know it. */
static corm_kind kind_of(const corm_column *column)
{
    return column->kind == CORM_KIND_CUSTOM ? CORM_KIND_INTEGER : column->kind;
}

static const char *random_text(void)
{
    static const char *const parts[] = {"a",  "A", "b",    "ab", "B",  "%", "_",       "\\",   "'",
                                        "\"", " ", "é",    "É",  "€",  "𝄞", "z",       "[",    "*",
                                        "?",  "]", "\n\t", "--", "?1", "-", "\\u00e9", "\x7f", "!"};
    char out[64] = "";
    for (int count = below(4); count > 0; count--)
        strcat(out, PICK(parts));
    return bytes_in(&kept, TEXT, out, strlen(out)).bytes;
}
static int64_t random_whole(void)
{
    static const int64_t edges[] = {
        INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_C(1) << 53, (INT64_C(1) << 53) + 1,
        INT32_MAX, -1};
    return one_in(3) ? PICK(edges) : below(9) - 3;
}
static double random_real(void)
{
    static const double edges[] = {0.0,
                                   -0.0,
                                   1e308,
                                   -1e308,
                                   5e-324,
                                   2.2e-308,
                                   1e15 + 0.3,
                                   0.1,
                                   1e-7,
                                   1.5,
                                   9007199254740992.0,
                                   9.2233720368547758e18};
    return one_in(2) ? PICK(edges) : (below(13) - 4) / 2.0;
}
static corm_date random_date(void)
{
    static const corm_date edges[] = {{1, 1, 1},     {9999, 12, 31}, {1970, 1, 1},
                                      {2024, 2, 29}, {1969, 12, 31}, {2000, 2, 28}};
    return one_in(2) ? PICK(edges) : corm_date_of(2023 + below(2), 1 + below(12), 1 + below(28));
}

/* A value that such a column can hold. */
static struct value random_value(corm_kind kind)
{
    static const struct value blobs[] = {{BYTES, 0, 0, "", 0},
                                         {BYTES, 0, 0, "\0", 1},
                                         {BYTES, 0, 0, "\0\1", 2},
                                         {BYTES, 0, 0, "a\0b", 3},
                                         {BYTES, 0, 0, "\xff\xfe", 2}};
    static const int64_t decimals[] = {0, 1, -1, 1999, 999999999999, -999999999999, 100, 50, 150};
    static const int moments[] = {0, 1, 500000, 999999};
    char out[64];
    corm_uuid uuid = {{0}};
    switch (kind) {
    case CORM_KIND_INTEGER: return whole(random_whole());
    case CORM_KIND_REAL: return real(random_real());
    case CORM_KIND_BOOLEAN: return whole(below(2));
    case CORM_KIND_TEXT: return text(random_text());
    case CORM_KIND_DATE: return text(corm_date_format(random_date(), out));
    case CORM_KIND_DATETIME: {
        const corm_date day = random_date();
        return text(
            corm_datetime_format(corm_datetime_of(day.year, day.month, day.day, one_in(2) ? 23 : 0,
                                                  below(60), below(60), PICK(moments)),
                                 out));
    }
    case CORM_KIND_DECIMAL: return whole(PICK(decimals));
    case CORM_KIND_ENUM: return text(corm__enum_items_Color[below(4)].text);
    case CORM_KIND_UUID:
        uuid.bytes[below(2) * 15] = (uint8_t)(below(3) * 0x7f);
        return text(corm_uuid_format(uuid, out));
    default: return PICK(blobs);
    }
}

/* ---- Members -------------------------------------------------------------------------------------- */

#define PRESENT(type_)                                                                             \
    (!column->optional ? *(const type_ *)member                                                    \
     : !((const corm_optional_##type_##_of *)member)->has_value                                    \
         ? (absent = true, (type_){0})                                                             \
         : ((const corm_optional_##type_##_of *)member)->value)
typedef int64_t integer;
typedef corm_optional_integer corm_optional_integer_of;
typedef corm_optional_real corm_optional_double_of;
typedef corm_optional_date corm_optional_corm_date_of;
typedef corm_optional_datetime corm_optional_corm_datetime_of;
typedef corm_optional_decimal corm_optional_corm_decimal_of;
typedef corm_optional_uuid corm_optional_corm_uuid_of;
typedef int enumerator;
typedef corm_optional_enum corm_optional_enumerator_of;

static struct value member_of(const corm_column *column, const void *object)
{
    const void *member = (const char *)object + column->offset;
    bool absent = false;
    char out[64];
    struct value value = nothing();
    switch (column->kind) {
    case CORM_KIND_INTEGER: value = whole(PRESENT(integer)); break;
    case CORM_KIND_CUSTOM: value = whole(*(const int16_t *)member); break;
    case CORM_KIND_REAL: value = real(PRESENT(double)); break;
    case CORM_KIND_BOOLEAN:
        value = whole(column->optional ? PRESENT(integer) : *(const bool *)member);
        break;
    case CORM_KIND_DATE: value = text(corm_date_format(PRESENT(corm_date), out)); break;
    case CORM_KIND_DATETIME: value = text(corm_datetime_format(PRESENT(corm_datetime), out)); break;
    case CORM_KIND_UUID: value = text(corm_uuid_format(PRESENT(corm_uuid), out)); break;
    case CORM_KIND_DECIMAL: {
        const corm_decimal decimal = PRESENT(corm_decimal);
        value = whole(decimal.units);
        if (!absent && decimal.scale != column->scale)
            complain("%s has the scale %d", column->name, decimal.scale);
        break;
    }
    case CORM_KIND_ENUM: {
        const char *name = corm_enum_text(column->enumeration, (int)PRESENT(enumerator));
        value = absent ? nothing() : text(name == NULL ? "no such value" : name);
        break;
    }
    case CORM_KIND_TEXT: {
        const char *held = *(const char *const *)member;
        value = held == NULL ? nothing() : text(held);
        break;
    }
    default: {
        const corm_blob blob = *(const corm_blob *)member;
        value = blob.data == NULL ? nothing() : bytes_in(&kept, BYTES, blob.data, blob.size);
    }
    }
    return absent ? nothing() : value;
}

#define ASSIGN(type_, value_)                                                                      \
    do {                                                                                           \
        if (!column->optional)                                                                     \
            *(type_ *)member = (value_);                                                           \
        else if (value.type == NOTHING)                                                            \
            *(corm_optional_##type_##_of *)member =                                                \
                (corm_optional_##type_##_of){.has_value = false};                                  \
        else                                                                                       \
            *(corm_optional_##type_##_of *)member =                                                \
                (corm_optional_##type_##_of){.has_value = true, .value = (value_)};                \
    } while (0)

static void set_member(const corm_column *column, void *object, struct value value)
{
    void *member = (char *)object + column->offset;
    corm_date date = {0};
    corm_datetime moment = {0};
    corm_uuid uuid = {{0}};
    int number = 0;
    switch (column->kind) {
    case CORM_KIND_INTEGER: ASSIGN(integer, value.whole); break;
    case CORM_KIND_CUSTOM: *(int16_t *)member = (int16_t)value.whole; break;
    case CORM_KIND_REAL: ASSIGN(double, value.real); break;
    case CORM_KIND_BOOLEAN:
        if (column->optional)
            ASSIGN(integer, value.whole);
        else
            *(bool *)member = value.whole != 0;
        break;
    case CORM_KIND_DATE:
        (void)corm_date_parse(value.bytes, &date);
        ASSIGN(corm_date, date);
        break;
    case CORM_KIND_DATETIME:
        (void)corm_datetime_parse(value.bytes, &moment);
        ASSIGN(corm_datetime, moment);
        break;
    case CORM_KIND_UUID:
        (void)corm_uuid_parse(value.bytes, &uuid);
        ASSIGN(corm_uuid, uuid);
        break;
    case CORM_KIND_DECIMAL: ASSIGN(corm_decimal, corm_decimal_units(value.whole, 2)); break;
    case CORM_KIND_ENUM:
        (void)corm_enum_parse(column->enumeration, value.bytes, &number);
        ASSIGN(enumerator, number);
        break;
    case CORM_KIND_TEXT: *(const char **)member = value.bytes; break;
    default: *(corm_blob *)member = (corm_blob){value.bytes, value.size};
    }
}

#endif /* TESTS_QUERY_MODEL_H */
