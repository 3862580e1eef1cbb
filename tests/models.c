/* models: how models may be declared; what is refused, and in which words.
 *
 * Needs no database: the models are checked when their tables are written as text. */
#define CORM_IMPLEMENTATION
#define CORM_NO_ROW_CHECKS /* what the compiler would refuse is refused here when it is opened */
#include "corm_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Not SQLite's, so that it shows where its words are missing or somebody else's are used. */
static const corm_dialect plain = {
    .name = "plain",
    .quote = '"',
    .placeholder = "$%u",
    .type_names = {[CORM_KIND_INTEGER] = "BIGINT",
                   [CORM_KIND_REAL] = "DOUBLE",
                   [CORM_KIND_BOOLEAN] = "FLAG",
                   [CORM_KIND_TEXT] = "STRING",
                   [CORM_KIND_BLOB] = "BYTES",
                   [CORM_KIND_DATE] = "DAY",
                   [CORM_KIND_DATETIME] = "MOMENT"},
    .sized_text = "STRING(%u)",
    .key_type = "NUMBERED KEY",
    .key_never_reused = "NUMBERED ONCE KEY",
    .no_limit = "ALL",
    .default_values = "DEFAULT VALUES",
    .max_parameters = 999,
    .table_columns = "",
};

/* The descriptor that CORM_SCHEMA has made of a model. */
#define M(model_) (&corm__model_##model_)

/* The models below are declared in a few large schemas; each test puts those that it needs into one
 * called "test". */
#define TEST_SCHEMA(...)                                                                           \
    (&(const corm_schema){"test", (const corm_model *const[]){__VA_ARGS__},                        \
                          sizeof((const corm_model *const[]){__VA_ARGS__}) /                       \
                              sizeof(corm_model *)})
#define assert_refused(sentence_, ...) check_refused(TEST_SCHEMA(__VA_ARGS__), sentence_)
#define assert_accepted(...) check_contains(TEST_SCHEMA(__VA_ARGS__), "CREATE TABLE")
#define assert_writes(part_, ...) check_contains(TEST_SCHEMA(__VA_ARGS__), part_)

static void check_refused(const corm_schema *schema, const char *sentence)
{
    corm_error error = {.status = CORM_OK};
    char *ddl = corm_ddl(schema, &plain, &error);
    if (ddl != NULL)
        print_error("accepted:\n%s\n", ddl);
    assert_null(ddl);
    assert_string_equal(error.message, sentence);
    assert_int_equal(error.status, CORM_MODEL);
}

static void check_contains(const corm_schema *schema, const char *part)
{
    corm_error error = {.status = CORM_OK, .message = ""};
    char *ddl = corm_ddl(schema, &plain, &error);
    assert_string_equal(error.message, "");
    assert_non_null(ddl);
    if (strstr(ddl, part) == NULL)
        print_error("not in:\n%s\n", ddl);
    assert_non_null(strstr(ddl, part));
    corm_ddl_free(ddl);
}

/* The tables are written in this order. */
static void check_order(const corm_schema *schema, const char *const *tables, size_t count)
{
    char *ddl = corm_ddl(schema, &plain, NULL);
    const char *at = ddl;
    assert_non_null(ddl);
    for (size_t i = 0; i < count; i++) {
        char start[80];
        (void)snprintf(start, sizeof start, "CREATE TABLE IF NOT EXISTS \"%s\"", tables[i]);
        const char *found = strstr(at, start);
        if (found == NULL)
            print_error("%s does not follow in:\n%s\n", tables[i], ddl);
        assert_non_null(found);
        at = found;
    }
    corm_ddl_free(ddl);
}

/* ---- Columns --------------------------------------------------------------------------------- */

/* clang-format off */
#define KEYLESS(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(TEXT, name)

#define NOT_NULLABLE(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), age, .nullable = false)

#define NULLABLE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name, .nullable = true)

#define AGREEING(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true, .nullable = false)                                    \
    COLUMN(OPTIONAL(TEXT), name, .nullable = true)

#define DOUBTFUL(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name, .nullable = 7)

#define OPTIONAL_KEY(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(OPTIONAL(INTEGER), id, .primary_key = true)

#define LONG_NUMBER(COLUMN, RELATIONSHIP)                                                          \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, size, .length = 4)

#define TEXT_KEY(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(TEXT, code, .primary_key = true, .autoincrement = true)

#define PAIR_KEY(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, a, .primary_key = true, .autoincrement = true)                                 \
    COLUMN(INTEGER, b, .primary_key = true)

#define COUNTER(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, number, .autoincrement = true)

#define NUMBERED(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true, .autoincrement = true)

#define WORD_DEFAULT(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, size, .default_value = corm_default("big"))

#define TWINS(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(TEXT, Name)

#define COLUMN_MODELS(MODEL)                                                                       \
    MODEL(Keyless, "keyless", KEYLESS)                                                             \
    MODEL(NotNullable, "t", NOT_NULLABLE)                                                          \
    MODEL(Nullable, "t", NULLABLE)                                                                 \
    MODEL(Agreeing, "t", AGREEING)                                                                 \
    MODEL(Doubtful, "t", DOUBTFUL)                                                                 \
    MODEL(OptionalKey, "t", OPTIONAL_KEY)                                                          \
    MODEL(LongNumber, "t", LONG_NUMBER)                                                            \
    MODEL(TextKey, "t", TEXT_KEY)                                                                  \
    MODEL(PairKey, "t", PAIR_KEY)                                                                  \
    MODEL(Counter, "t", COUNTER)                                                                   \
    MODEL(Numbered, "t", NUMBERED)                                                                 \
    MODEL(WordDefault, "t", WORD_DEFAULT)                                                          \
    MODEL(Twins, "t", TWINS)
/* clang-format on */

CORM_SCHEMA(column_models, COLUMN_MODELS)

static void a_model_has_a_primary_key(void **state)
{
    (void)state;
    assert_refused("Keyless has no primary key: mark a column with .primary_key = true",
                   M(Keyless));
}

static void nullable_agrees_with_the_type(void **state)
{
    (void)state;
    assert_refused("NotNullable.age: .nullable = false, but OPTIONAL(INTEGER) may be NULL: write "
                   "INTEGER, or leave .nullable out",
                   M(NotNullable));
    assert_refused(
        "Nullable.name: .nullable = true, but TEXT cannot be NULL: write OPTIONAL(TEXT), "
        "or leave .nullable out",
        M(Nullable));
    assert_refused("Doubtful.name: .nullable is true or false", M(Doubtful));
    assert_accepted(M(Agreeing));
}

static void a_primary_key_is_not_optional(void **state)
{
    (void)state;
    assert_refused("OptionalKey.id: a primary key cannot be NULL: write INTEGER instead of "
                   "OPTIONAL(INTEGER)",
                   M(OptionalKey));
}

static void length_is_for_text_and_blobs(void **state)
{
    (void)state;
    assert_refused("LongNumber.size: .length is for TEXT and BLOB, not for INTEGER: leave it out",
                   M(LongNumber));
}

static void autoincrement_is_for_a_single_integer_key(void **state)
{
    (void)state;
    assert_refused("TextKey.code: .autoincrement is for a primary key of one INTEGER column: leave "
                   "it out",
                   M(TextKey));
    assert_refused("PairKey.a: .autoincrement is for a primary key of one INTEGER column: leave it "
                   "out",
                   M(PairKey));
    assert_refused("Counter.number: .autoincrement is for a primary key of one INTEGER column: "
                   "leave it out",
                   M(Counter));
    assert_writes("\"id\" NUMBERED ONCE KEY", M(Numbered));
}

static void a_default_is_of_the_columns_kind(void **state)
{
    (void)state;
    assert_refused(
        "WordDefault.size: .default_value: the default is the text 'big', not an INTEGER of "
        "64 bits",
        M(WordDefault));
}

/* clang-format off */
#define TWO_DEFAULTS(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name, .default_value = corm_default("x"), .default_function = corm_default_uuid)

#define CHANGING_KEY(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(UUID, id, .primary_key = true, .update_function = corm_default_uuid)

#define NUMBER_NOW(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, at, .default_function = corm_default_now)

#define MOMENT_TODAY(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(DATETIME), at, .update_function = corm_default_today)

#define DATE_UUID(COLUMN, RELATIONSHIP)                                                            \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(DATE, at, .default_function = corm_default_uuid)

#define SERVER_KEY(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(UUID, id, .primary_key = true, .server_default = "make_uuid()")

#define GENERATED_KEY(COLUMN, RELATIONSHIP)                                                        \
    COLUMN(INTEGER, id, .primary_key = true, .generated = "1")

#define GENERATED_DEFAULT(COLUMN, RELATIONSHIP)                                                    \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, twice, .generated = "id * 2", .server_default = "4")

#define EMPTY_SERVER(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, size, .server_default = "")

#define EMPTY_GENERATED(COLUMN, RELATIONSHIP)                                                      \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, size, .generated = "")

#define STORED_ALONE(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, size, .stored = true)

#define SERVED(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, size, .default_value = corm_default(1), .server_default = "2")                 \
    COLUMN(INTEGER, twice, .generated = "size * 2")                                                \
    COLUMN(OPTIONAL(TEXT), kept, .generated = "'n' || id", .stored = true, .unique = true)         \
    COLUMN(OPTIONAL(INTEGER), next, .references = corm_ref(Served, id), .server_default = "1",     \
           .on_delete = CORM_ACTION_SET_DEFAULT)

#define SHORT_DEFAULT(COLUMN, RELATIONSHIP)                                                        \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER_AS(short), size, .server_default = "1")

#define VERSIONED_KEY(COLUMN, RELATIONSHIP)                                                        \
    COLUMN(INTEGER, id, .primary_key = true, .version = true)

#define TEXT_VERSION(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, version, .version = true)

#define OPTIONAL_VERSION(COLUMN, RELATIONSHIP)                                                     \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), version, .version = true)

#define TWO_VERSIONS(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, first, .version = true)                                                        \
    COLUMN(INTEGER, second, .version = true)

#define DEFAULT_VERSION(COLUMN, RELATIONSHIP)                                                      \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, version, .version = true, .default_value = corm_default(1))

#define GENERATED_VERSION(COLUMN, RELATIONSHIP)                                                    \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, version, .version = true, .generated = "1")

#define COMPUTED_MODELS(MODEL)                                                                     \
    MODEL(TwoDefaults, "t", TWO_DEFAULTS)                                                          \
    MODEL(ChangingKey, "t", CHANGING_KEY)                                                          \
    MODEL(NumberNow, "t", NUMBER_NOW)                                                              \
    MODEL(MomentToday, "t", MOMENT_TODAY)                                                          \
    MODEL(DateUuid, "t", DATE_UUID)                                                                \
    MODEL(ServerKey, "t", SERVER_KEY)                                                              \
    MODEL(GeneratedKey, "t", GENERATED_KEY)                                                        \
    MODEL(GeneratedDefault, "t", GENERATED_DEFAULT)                                                \
    MODEL(EmptyServer, "t", EMPTY_SERVER)                                                          \
    MODEL(EmptyGenerated, "t", EMPTY_GENERATED)                                                    \
    MODEL(StoredAlone, "t", STORED_ALONE)                                                          \
    MODEL(ShortDefault, "t", SHORT_DEFAULT)                                                        \
    MODEL(VersionedKey, "t", VERSIONED_KEY)                                                        \
    MODEL(TextVersion, "t", TEXT_VERSION)                                                          \
    MODEL(OptionalVersion, "t", OPTIONAL_VERSION)                                                  \
    MODEL(TwoVersions, "t", TWO_VERSIONS)                                                          \
    MODEL(DefaultVersion, "t", DEFAULT_VERSION)                                                    \
    MODEL(GeneratedVersion, "t", GENERATED_VERSION)                                                \
    MODEL(Served, "t", SERVED)
/* clang-format on */

CORM_SCHEMA(computed_models, COMPUTED_MODELS)

static void a_column_has_one_default(void **state)
{
    (void)state;
    assert_refused("TwoDefaults.name: .default_function with .default_value: both give a new row "
                   "its value: leave one out",
                   M(TwoDefaults));
}

static void a_primary_key_is_not_computed_at_update(void **state)
{
    (void)state;
    assert_refused("ChangingKey.id: .update_function with .primary_key: every update would change "
                   "which row it is: leave .update_function out",
                   M(ChangingKey));
}

static void ready_made_functions_are_for_their_kinds(void **state)
{
    (void)state;
    assert_refused("NumberNow.at: .default_function: corm_default_now is for DATETIME, DATE, TIME "
                   "and TEXT, not for INTEGER",
                   M(NumberNow));
    assert_refused("MomentToday.at: .update_function: corm_default_today is for DATE and TEXT, not "
                   "for DATETIME",
                   M(MomentToday));
    assert_refused("DateUuid.at: .default_function: corm_default_uuid is for UUID and TEXT, not "
                   "for DATE",
                   M(DateUuid));
}

static void what_the_database_gives_is_no_key(void **state)
{
    (void)state;
    assert_refused("ServerKey.id: .server_default with .primary_key: a key that only the database "
                   "knows cannot be found again: use .default_function",
                   M(ServerKey));
    assert_refused("GeneratedKey.id: .generated with .primary_key: the database alone gives the "
                   "column its value: leave one out",
                   M(GeneratedKey));
}

static void a_generated_column_has_no_default(void **state)
{
    (void)state;
    assert_refused("GeneratedDefault.twice: .generated with .server_default: the database alone "
                   "gives the column its value: leave one out",
                   M(GeneratedDefault));
}

static void an_expression_is_not_empty(void **state)
{
    (void)state;
    assert_refused("EmptyServer.size: .server_default is empty: write an SQL expression, or leave "
                   "it out",
                   M(EmptyServer));
    assert_refused("EmptyGenerated.size: .generated is empty: write an SQL expression, or leave it "
                   "out",
                   M(EmptyGenerated));
    assert_refused("ShortDefault.size: INTEGER_AS(short) is too small to be left out, so that "
                   "nothing would fill it in: use a type of 32 bits or more",
                   M(ShortDefault));
    assert_refused("StoredAlone.size: .stored says where a .generated column is kept: add "
                   ".generated, or leave it out",
                   M(StoredAlone));
}

static void expressions_of_the_database_stand_in_its_table(void **state)
{
    (void)state;
    assert_writes("\"size\" BIGINT NOT NULL DEFAULT (2),\n"
                  "    \"twice\" BIGINT NOT NULL GENERATED ALWAYS AS (size * 2) VIRTUAL,\n"
                  "    \"kept\" STRING UNIQUE GENERATED ALWAYS AS ('n' || id) STORED,\n"
                  "    \"next\" BIGINT DEFAULT (1) REFERENCES",
                  M(Served));
}

static void a_version_is_an_integer_that_corm_alone_counts(void **state)
{
    (void)state;
    assert_refused("VersionedKey.id: .version with .primary_key: corm alone counts a version, from "
                   "1 on: leave one out",
                   M(VersionedKey));
    assert_refused("DefaultVersion.version: .version with .default_value: corm alone counts a "
                   "version, from 1 on: leave one out",
                   M(DefaultVersion));
    assert_refused("GeneratedVersion.version: .generated with .version: the database alone gives "
                   "the column its value: leave one out",
                   M(GeneratedVersion));
    assert_refused("TextVersion.version: a .version is counted: declare it INTEGER, not TEXT",
                   M(TextVersion));
    assert_refused("OptionalVersion.version: a .version is counted: declare it INTEGER, not "
                   "OPTIONAL(INTEGER)",
                   M(OptionalVersion));
    assert_refused("TwoVersions.second: first is the version column already: one counts for the "
                   "whole row",
                   M(TwoVersions));
}

static void column_names_differ_by_more_than_case(void **state)
{
    (void)state;
    assert_refused("Twins.Name: there is a column name already, and case makes no difference: "
                   "rename one",
                   M(Twins));
}

/* A model of `count` INTEGER columns, of which the first `keys` are the primary key. */
static corm_model wide_model(size_t count, size_t keys)
{
    static char names[80][24];
    static corm_column columns[80];
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(names[i], sizeof names[i], "c%zu", i);
        columns[i] =
            (corm_column){.name = names[i],
                          .kind = CORM_KIND_INTEGER,
                          .offset = (uint16_t)(i * sizeof(int64_t)),
                          .size = sizeof(int64_t),
                          .options = {.primary_key = i < keys, .nullable = CORM__NULLABLE_BY_TYPE}};
    }
    return (corm_model){.name = "Wide",
                        .table = "wide",
                        .size = count * sizeof(int64_t),
                        .columns = columns,
                        .column_count = count};
}

static void a_model_has_at_most_64_columns(void **state)
{
    (void)state;
    const corm_model most = wide_model(64, 1);
    assert_writes("\"c63\" BIGINT NOT NULL", &most);
    const corm_model more = wide_model(65, 1);
    assert_refused("Wide has 65 columns, at most 64", &more);
}

static void a_primary_key_has_at_most_8_columns(void **state)
{
    (void)state;
    const corm_model most = wide_model(9, 8);
    assert_writes("PRIMARY KEY (\"c0\", \"c1\", \"c2\", \"c3\", \"c4\", \"c5\", \"c6\", \"c7\")",
                  &most);
    const corm_model more = wide_model(9, 9);
    assert_refused("Wide: the primary key has more than 8 columns", &more);
}

/* ---- Tables ---------------------------------------------------------------------------------- */

/* clang-format off */
#define HERE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)

#define THERE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)

#define NAMELESS(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)

#define INDEXED_FIRST(COLUMN, RELATIONSHIP)                                                        \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, b_c, .index = true)

#define INDEXED_SECOND(COLUMN, RELATIONSHIP)                                                       \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, C, .index = true)

#define QUOTED(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, order, .length = 20, .unique = true)                                              \
    COLUMN(OPTIONAL(BLOB), group, .length = 20)                                                    \
    COLUMN(DATE, from, .index = true)                                                              \
    COLUMN(DATETIME, to, .index = true, .unique = true)

#define TABLE_MODELS(MODEL)                                                                        \
    MODEL(Here, "things", HERE)                                                                    \
    MODEL(There, "Things", THERE)                                                                  \
    MODEL(Nameless, "", NAMELESS)                                                                  \
    MODEL(IndexedFirst, "a", INDEXED_FIRST)                                                        \
    MODEL(IndexedSecond, "a_b", INDEXED_SECOND)                                                    \
    MODEL(Quoted, "my \"select\"", QUOTED)
/* clang-format on */

CORM_SCHEMA(table_models, TABLE_MODELS)

static void each_model_has_a_table_of_its_own(void **state)
{
    (void)state;
    assert_refused("Here and There both stand for table Things: give each model its own", M(Here),
                   M(There));
    assert_refused("Nameless: the table has no name", M(Nameless));
}

static void two_indexes_do_not_share_a_name(void **state)
{
    (void)state;
    assert_refused("IndexedFirst and IndexedSecond would both have the index ix_a_b_C: "
                   "declare one with corm_index(..., .name = \"...\"), or leave it out",
                   M(IndexedFirst), M(IndexedSecond));
}

static void names_are_always_quoted(void **state)
{
    (void)state;
    assert_writes("CREATE TABLE IF NOT EXISTS \"my \"\"select\"\"\" (\n"
                  "    \"id\" NUMBERED KEY,\n"
                  "    \"order\" STRING(20) NOT NULL UNIQUE,\n"
                  "    \"group\" BYTES,\n"
                  "    \"from\" DAY NOT NULL,\n"
                  "    \"to\" MOMENT NOT NULL\n"
                  ")",
                  M(Quoted));
    assert_writes("CREATE INDEX IF NOT EXISTS \"ix_my \"\"select\"\"_from\" ON "
                  "\"my \"\"select\"\"\" (\"from\")",
                  M(Quoted));
    assert_writes("CREATE UNIQUE INDEX IF NOT EXISTS \"ix_my \"\"select\"\"_to\" ON "
                  "\"my \"\"select\"\"\" (\"to\")",
                  M(Quoted));
}

/* ---- Foreign keys ---------------------------------------------------------------------------- */

/* clang-format off */
#define OWNER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(TEXT, code, .unique = true)

#define STRAY(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, owner_id, .references = corm_ref(Owner, id))

#define OTHER_KIND(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, owner_id, .references = corm_ref(Owner, id))

#define BY_NAME(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, owner_name, .references = corm_ref(Owner, name))

#define BY_CODE(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(TEXT), owner_code, .references = corm_ref(Owner, code),                        \
           .on_delete = CORM_ACTION_SET_NULL, .on_update = CORM_ACTION_CASCADE)

#define ACTOR(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, number, .on_delete = CORM_ACTION_CASCADE)

#define UPDATER(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, number, .on_update = CORM_ACTION_CASCADE)

#define MIXER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, owner_id, .references = corm_ref(Owner, id),                                   \
           .on_delete = (corm_action)CORM_CASCADE_DELETE)
#define NULL_SETTER(COLUMN, RELATIONSHIP)                                                          \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, owner_id, .references = corm_ref(Owner, id), .on_delete = CORM_ACTION_SET_NULL)

#define DEFAULT_SETTER(COLUMN, RELATIONSHIP)                                                       \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, owner_id, .references = corm_ref(Owner, id),                                   \
           .on_update = CORM_ACTION_SET_DEFAULT)

#define REASSIGNED(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, owner_id, .references = corm_ref(Owner, id),                                   \
           .on_delete = CORM_ACTION_SET_DEFAULT, .default_value = corm_default(-1))                \
    COLUMN(TEXT, owner_code, .references = corm_ref(Owner, code),                                  \
           .on_delete = CORM_ACTION_SET_DEFAULT, .default_value = corm_default("nobody's"))

#define PLACE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(TEXT, country, .primary_key = true, .length = 2)                                        \
    COLUMN(INTEGER, number, .primary_key = true)

#define HOUSE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), place_number, .references = corm_ref(Place, number),                 \
           .on_delete = CORM_ACTION_CASCADE)                                                       \
    COLUMN(OPTIONAL(TEXT), place_country, .references = corm_ref(Place, country),                  \
           .on_delete = CORM_ACTION_CASCADE)                                                       \
    RELATIONSHIP(MANY_TO_ONE, place, Place, BACKREF(houses))

#define HALF_HOUSE(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, place_country, .references = corm_ref(Place, country))

#define SPLIT_HOUSE(COLUMN, RELATIONSHIP)                                                          \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, place_country, .references = corm_ref(Place, country))                            \
    COLUMN(INTEGER, place_number, .references = corm_ref(Place, number),                           \
           .on_delete = CORM_ACTION_CASCADE)

#define FOLDER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Folder, id))                       \
    RELATIONSHIP(ONE_TO_MANY, children, Folder, parent)                                            \
    RELATIONSHIP(MANY_TO_ONE, parent, Folder, children)

#define CAPTAIN(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, ship_id, .references = corm_ref(Ship, id))

#define SHIP(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), captain_id, .references = corm_ref(Captain, id))                     \
    COLUMN(INTEGER, harbour_id, .references = corm_ref(Harbour, id))

#define HARBOUR(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)

#define KEY_MODELS(MODEL)                                                                          \
    MODEL(Owner, "owners", OWNER)                                                                  \
    MODEL(Stray, "strays", STRAY)                                                                  \
    MODEL(OtherKind, "t", OTHER_KIND)                                                              \
    MODEL(ByName, "t", BY_NAME)                                                                    \
    MODEL(ByCode, "t", BY_CODE)                                                                    \
    MODEL(Actor, "t", ACTOR)                                                                       \
    MODEL(Updater, "t", UPDATER)                                                                   \
    MODEL(Mixer, "t", MIXER)                                                                       \
    MODEL(NullSetter, "t", NULL_SETTER)                                                            \
    MODEL(DefaultSetter, "t", DEFAULT_SETTER)                                                      \
    MODEL(Reassigned, "t", REASSIGNED)                                                             \
    MODEL(Place, "places", PLACE)                                                                  \
    MODEL(House, "houses", HOUSE)                                                                  \
    MODEL(HalfHouse, "houses", HALF_HOUSE)                                                         \
    MODEL(SplitHouse, "houses", SPLIT_HOUSE)                                                       \
    MODEL(Folder, "folders", FOLDER)                                                               \
    MODEL(Captain, "captains", CAPTAIN)                                                            \
    MODEL(Ship, "ships", SHIP)                                                                     \
    MODEL(Harbour, "harbours", HARBOUR)
/* clang-format on */

CORM_SCHEMA(key_models, KEY_MODELS)

static void a_foreign_key_stays_in_the_schema(void **state)
{
    (void)state;
    assert_refused(
        "Stray.owner_id refers to model Owner, which is not in schema test: add it there",
        M(Stray));
}

static void a_foreign_key_refers_to_a_column_that_is_there(void **state)
{
    (void)state;
    corm_column columns[2];
    memcpy(columns, M(Stray)->columns, sizeof columns);
    columns[1].options.references.column = "number";
    corm_model lost = *M(Stray);
    lost.columns = columns;
    assert_refused("Stray.owner_id refers to Owner.number, which is not there", M(Owner), &lost);
}

static void a_foreign_key_is_of_the_same_kind(void **state)
{
    (void)state;
    assert_refused("OtherKind.owner_id is TEXT, but Owner.id, to which it refers, is INTEGER: make "
                   "them the same",
                   M(Owner), M(OtherKind));
}

static void a_foreign_key_refers_to_a_key_or_a_unique_column(void **state)
{
    (void)state;
    assert_refused("ByName.owner_name refers to Owner.name, which alone does not tell rows apart: "
                   "mark that column with .unique = true, or refer once to each column of the "
                   "primary key of Owner",
                   M(Owner), M(ByName));
    assert_writes("\"owner_code\" STRING REFERENCES \"owners\" (\"code\") ON DELETE SET NULL ON "
                  "UPDATE CASCADE",
                  M(ByCode), M(Owner));
}

static void on_delete_is_for_foreign_keys(void **state)
{
    (void)state;
    assert_refused("Actor.number: .on_delete is for a foreign key: add .references = "
                   "corm_ref(Model, column), or leave it out",
                   M(Actor));
    assert_refused("Updater.number: .on_update is for a foreign key: add .references = "
                   "corm_ref(Model, column), or leave it out",
                   M(Updater));
}

static void set_null_needs_a_column_that_may_be_null(void **state)
{
    (void)state;
    assert_refused("NullSetter.owner_id: .on_delete = CORM_ACTION_SET_NULL, but INTEGER cannot be "
                   "NULL: write OPTIONAL(INTEGER)",
                   M(Owner), M(NullSetter));
}

static void an_action_is_no_cascade(void **state)
{
    (void)state;
    assert_refused("Mixer.owner_id: .on_delete is one of CORM_ACTION_..., not of CORM_CASCADE_..., "
                   "which are for relationships",
                   M(Owner), M(Mixer));
}

static void set_default_needs_a_default(void **state)
{
    (void)state;
    assert_refused("DefaultSetter.owner_id: .on_update = CORM_ACTION_SET_DEFAULT, but there is no "
                   "default: add .default_value = corm_default(...)",
                   M(Owner), M(DefaultSetter));
    assert_writes(
        "\"owner_id\" BIGINT NOT NULL DEFAULT -1 REFERENCES \"owners\" (\"id\") ON DELETE "
        "SET DEFAULT",
        M(Owner), M(Reassigned));
    assert_writes("\"owner_code\" STRING NOT NULL DEFAULT 'nobody''s' REFERENCES \"owners\" "
                  "(\"code\") ON DELETE SET DEFAULT",
                  M(Owner), M(Reassigned));
}

static void columns_that_cover_a_key_are_one_foreign_key(void **state)
{
    (void)state;
    assert_writes("    \"place_number\" BIGINT,\n"
                  "    \"place_country\" STRING,\n"
                  "    FOREIGN KEY (\"place_number\", \"place_country\") REFERENCES \"places\" "
                  "(\"number\", \"country\") ON DELETE CASCADE\n"
                  ")",
                  M(House), M(Place));
    assert_writes("    \"country\" STRING(2) NOT NULL,\n"
                  "    \"number\" BIGINT NOT NULL,\n"
                  "    PRIMARY KEY (\"country\", \"number\")\n"
                  ")",
                  M(House), M(Place));
    assert_refused(
        "HalfHouse.place_country refers to Place.country, which alone does not tell rows "
        "apart: mark that column with .unique = true, or refer once to each column of "
        "the primary key of Place",
        M(HalfHouse), M(Place));
    assert_refused("SplitHouse.place_country and SplitHouse.place_number are one foreign key: give "
                   "both the same .on_delete and .on_update",
                   M(SplitHouse), M(Place));
}

static void referenced_tables_come_first(void **state)
{
    (void)state;
    const char *const tables[] = {"owners", "t", "harbours"};
    check_order(TEST_SCHEMA(M(ByCode), M(Owner), M(Harbour)), tables, 3);
}

static void a_table_may_refer_to_itself(void **state)
{
    (void)state;
    assert_writes("\"parent_id\" BIGINT REFERENCES \"folders\" (\"id\")", M(Folder));
}

static void in_a_circle_the_tables_that_must_be_there_come_first(void **state)
{
    (void)state;
    const char *const tables[] = {"harbours", "ships", "captains"};
    check_order(TEST_SCHEMA(M(Captain), M(Ship), M(Harbour)), tables, 3);
}

/* ---- Relationships: the two sides ------------------------------------------------------------ */

/* clang-format off */
#define PARENT(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)

#define OUTSIDER(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, parent_id, .references = corm_ref(Parent, id))                                 \
    RELATIONSHIP(MANY_TO_ONE, parent, Parent, NONE)

#define LONGING(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, parent_id, .references = corm_ref(Parent, id))                                 \
    RELATIONSHIP(MANY_TO_ONE, parent, Parent, children)

#define NARCISSUS(COLUMN, RELATIONSHIP)                                                            \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), next_id, .references = corm_ref(Narcissus, id))                      \
    RELATIONSHIP(ONE_TO_ONE, next, Narcissus, next)

#define COOK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, meals, Meal, cook)

#define MEAL(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, cook_id, .references = corm_ref(Cook, id))                                     \
    RELATIONSHIP(MANY_TO_ONE, cook, Cook, dishes)

#define SHOP(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, wares, Ware, parent)

#define WARE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, parent_id, .references = corm_ref(Parent, id))                                 \
    COLUMN(INTEGER, shop_id, .references = corm_ref(Shop, id))                                     \
    RELATIONSHIP(MANY_TO_ONE, parent, Parent, NONE)

#define TEAM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, players, Player, team)

#define PLAYER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, team_id, .references = corm_ref(Team, id))                                     \
    RELATIONSHIP(ONE_TO_ONE, team, Team, players)

#define BAND(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, songs, Song, NONE)

#define SONG(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, band_id, .references = corm_ref(Band, id))                                     \
    RELATIONSHIP(MANY_TO_ONE, band, Band, BACKREF(tracks))

#define LISTENER(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, parent_id, .references = corm_ref(Parent, id))                                 \
    RELATIONSHIP(MANY_TO_ONE, parent, Parent, NONE, .backref = {.passive_deletes = true})

#define SIDE_MODELS(MODEL)                                                                         \
    MODEL(Parent, "parents", PARENT)                                                               \
    MODEL(Outsider, "outsiders", OUTSIDER)                                                         \
    MODEL(Longing, "t", LONGING)                                                                   \
    MODEL(Narcissus, "t", NARCISSUS)                                                               \
    MODEL(Cook, "cooks", COOK)                                                                     \
    MODEL(Meal, "meals", MEAL)                                                                     \
    MODEL(Shop, "shops", SHOP)                                                                     \
    MODEL(Ware, "wares", WARE)                                                                     \
    MODEL(Team, "teams", TEAM)                                                                     \
    MODEL(Player, "players", PLAYER)                                                               \
    MODEL(Band, "bands", BAND)                                                                     \
    MODEL(Song, "songs", SONG)                                                                     \
    MODEL(Listener, "t", LISTENER)
/* clang-format on */

CORM_SCHEMA(side_models, SIDE_MODELS)

static void a_relationship_stays_in_the_schema(void **state)
{
    (void)state;
    corm_model keyless = *M(Outsider);
    keyless.column_count = 1;
    assert_refused("Outsider.parent is to model Parent, which is not in schema test: add it there",
                   &keyless);
}

static void the_other_side_is_there(void **state)
{
    (void)state;
    assert_refused(
        "Longing.parent: Parent has no relationship children: declare it there, or write "
        "BACKREF(children) or NONE",
        M(Parent), M(Longing));
}

static void the_other_side_is_another_relationship(void **state)
{
    (void)state;
    assert_refused("Narcissus.next names itself as its other side: the way back is another "
                   "relationship, BACKREF(name) or NONE",
                   M(Narcissus));
}

static void the_other_side_names_this_one_back(void **state)
{
    (void)state;
    assert_refused("Cook.meals names Meal.cook as its other side, which does not name it back: "
                   "write meals there",
                   M(Cook), M(Meal));
}

static void the_other_side_leads_back(void **state)
{
    (void)state;
    assert_refused("Shop.wares: its other side Ware.parent is to Parent, not to Shop", M(Parent),
                   M(Shop), M(Ware));
}

static void the_other_side_is_of_the_opposite_kind(void **state)
{
    (void)state;
    assert_refused(
        "Team.players is ONE_TO_MANY, so Player.team must be MANY_TO_ONE, not ONE_TO_ONE", M(Team),
        M(Player));
}

/* Band and Song with other names for Song.band and its other side: the compiler would refuse these
 * on its own. */
static void check_names(const char *name, const char *other_name, const char *sentence)
{
    corm_model band = *M(Band), song = *M(Song);
    corm_relationship songs = M(Band)->relationships[0], row = M(Song)->relationships[0];
    corm_column columns[2];
    memcpy(columns, M(Song)->columns, sizeof columns);
    columns[1].options.references.model = &band;
    song.columns = columns;
    row.target = &band;
    row.name = name;
    row.other_name = other_name;
    song.relationships = &row;
    songs.target = &song;
    band.relationships = &songs;
    if (sentence == NULL)
        assert_accepted(&band, &song);
    else
        assert_refused(sentence, &band, &song);
}

static void relationships_of_a_model_have_different_names(void **state)
{
    (void)state;
    check_names("band", "tracks", NULL);
    check_names("band", "songs",
                "Band has two relationships songs: rename one (BACKREF declares one too)");
}

static void a_relationship_is_not_called_list(void **state)
{
    (void)state;
    check_names("band", "list",
                "Band.list: a relationship cannot be called list, because Band_list is the type of "
                "a list: rename it");
}

static void a_relationship_is_not_called_as_a_column(void **state)
{
    (void)state;
    check_names("band_id", "tracks", "Song.band_id is a column and a relationship: rename one");
}

static void backref_options_need_a_backref(void **state)
{
    (void)state;
    assert_refused("Listener.parent: .backref needs BACKREF(name) as the other side; where both "
                   "sides are declared, each has its own options",
                   M(Parent), M(Listener));
}

/* ---- Relationships: the foreign key ---------------------------------------------------------- */

/* clang-format off */
#define PERSON(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)

#define GIFT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, giver_id, .references = corm_ref(Person, id))                                  \
    COLUMN(INTEGER, taker_id, .references = corm_ref(Person, id))                                  \
    COLUMN(INTEGER, price)                                                                         \
    RELATIONSHIP(MANY_TO_ONE, giver, Person, NONE)

#define PRESENT(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, giver_id, .references = corm_ref(Person, id))                                  \
    COLUMN(INTEGER, taker_id, .references = corm_ref(Person, id))                                  \
    RELATIONSHIP(MANY_TO_ONE, giver, Person, BACKREF(given),                                       \
                 .foreign_key = corm_ref(Present, giver_id))                                       \
    RELATIONSHIP(MANY_TO_ONE, taker, Person, BACKREF(taken),                                       \
                 .foreign_key = corm_ref(Present, taker_id))

#define CARD(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, giver_id, .references = corm_ref(Person, id))                                  \
    COLUMN(INTEGER, price)                                                                         \
    RELATIONSHIP(MANY_TO_ONE, giver, Person, NONE, .foreign_key = corm_ref(Card, price))

#define FLOWER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, giver_id, .references = corm_ref(Person, id))                                  \
    RELATIONSHIP(MANY_TO_ONE, giver, Person, NONE, .foreign_key = corm_ref(Person, id))

#define STONE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_ONE, owner, Person, NONE)

#define QUARRY(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, stones, Stone, NONE)                                                 \
    RELATIONSHIP(ONE_TO_ONE, first, Stone, NONE)

#define AUTHOR(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, texts, Writing, author, .foreign_key = corm_ref(Writing, author_id))

#define WRITING(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, author_id, .references = corm_ref(Author, id))                                 \
    COLUMN(INTEGER, editor_id, .references = corm_ref(Author, id))                                 \
    RELATIONSHIP(MANY_TO_ONE, author, Author, texts)

#define POET(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, poems, Poem, poet, .foreign_key = corm_ref(Poem, poet_id))

#define POEM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, poet_id, .references = corm_ref(Poet, id))                                     \
    COLUMN(INTEGER, editor_id, .references = corm_ref(Poet, id))                                   \
    RELATIONSHIP(MANY_TO_ONE, poet, Poet, poems, .foreign_key = corm_ref(Poem, editor_id))

#define LOCK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), key_id, .references = corm_ref(Key, id))                             \
    RELATIONSHIP(ONE_TO_ONE, key, Key, NONE)

#define KEY(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), lock_id, .references = corm_ref(Lock, id))

#define BOLT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), nut_id, .references = corm_ref(Nut, id))                             \
    RELATIONSHIP(ONE_TO_ONE, nut, Nut, BACKREF(bolt), .foreign_key = corm_ref(Nut, bolt_id))

#define NUT(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), bolt_id, .references = corm_ref(Bolt, id))

#define PAGE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), next_id, .references = corm_ref(Page, id))                           \
    RELATIONSHIP(ONE_TO_ONE, next, Page, previous)                                                 \
    RELATIONSHIP(ONE_TO_ONE, previous, Page, next)

#define LEAF(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), next_id, .references = corm_ref(Leaf, id))                           \
    RELATIONSHIP(ONE_TO_ONE, previous, Leaf, next)                                                 \
    RELATIONSHIP(ONE_TO_ONE, next, Leaf, previous, .foreign_key = corm_ref(Leaf, next_id))

#define FOREIGN_MODELS(MODEL)                                                                      \
    MODEL(Person, "persons", PERSON)                                                               \
    MODEL(Gift, "gifts", GIFT)                                                                     \
    MODEL(Present, "gifts", PRESENT)                                                               \
    MODEL(Card, "gifts", CARD)                                                                     \
    MODEL(Flower, "gifts", FLOWER)                                                                 \
    MODEL(Stone, "stones", STONE)                                                                  \
    MODEL(Quarry, "quarries", QUARRY)                                                              \
    MODEL(Author, "authors", AUTHOR)                                                               \
    MODEL(Writing, "texts", WRITING)                                                               \
    MODEL(Poet, "poets", POET)                                                                     \
    MODEL(Poem, "poems", POEM)                                                                     \
    MODEL(Lock, "locks", LOCK)                                                                     \
    MODEL(Key, "keys", KEY)                                                                        \
    MODEL(Bolt, "bolts", BOLT)                                                                     \
    MODEL(Nut, "nuts", NUT)                                                                        \
    MODEL(Page, "pages", PAGE)                                                                     \
    MODEL(Leaf, "leaves", LEAF)
/* clang-format on */

CORM_SCHEMA(foreign_models, FOREIGN_MODELS)

static void a_relationship_needs_a_foreign_key(void **state)
{
    (void)state;
    assert_refused("Stone.owner: no column of Stone refers to Person: give one .references = "
                   "corm_ref(Person, id)",
                   M(Person), M(Stone));
    corm_model stone = *M(Stone), quarry = *M(Quarry);
    corm_relationship rows[2];
    memcpy(rows, M(Quarry)->relationships, sizeof rows);
    rows[0].target = rows[1].target = &stone;
    quarry.relationships = rows;
    stone.relationship_count = 0;
    assert_refused("Quarry.stones: no column of Stone refers to Quarry: give one .references = "
                   "corm_ref(Quarry, id)",
                   &quarry, &stone);
    quarry.relationships = rows + 1;
    quarry.relationship_count = 1;
    assert_refused("Quarry.first: no column of Stone refers to Quarry: give one .references = "
                   "corm_ref(Quarry, id)",
                   &quarry, &stone);
}

static void among_several_foreign_keys_one_is_chosen(void **state)
{
    (void)state;
    assert_refused("Gift.giver: Gift.giver_id and Gift.taker_id both refer to Person: choose one "
                   "with .foreign_key = corm_ref(Gift, giver_id)",
                   M(Person), M(Gift));
    assert_accepted(M(Person), M(Present));
}

static void the_chosen_column_is_such_a_foreign_key(void **state)
{
    (void)state;
    assert_refused("Card.giver: .foreign_key = corm_ref(Card, price) is no column of Card that "
                   "refers to Person",
                   M(Person), M(Card));
    assert_refused("Flower.giver: .foreign_key = corm_ref(Person, id) is no column of Flower that "
                   "refers to Person",
                   M(Person), M(Flower));
}

static void either_side_may_choose_but_both_agree(void **state)
{
    (void)state;
    assert_accepted(M(Author), M(Writing));
    assert_refused("Poet.poems and its other side Poem.poet name different columns with "
                   ".foreign_key: once is enough",
                   M(Poet), M(Poem));
}

static void a_one_to_one_with_keys_on_both_sides_chooses(void **state)
{
    (void)state;
    assert_refused("Lock.key: Lock refers to Key and the other way round: choose the column with "
                   ".foreign_key = corm_ref(Model, column)",
                   M(Lock), M(Key));
    assert_accepted(M(Bolt), M(Nut));
}

static void a_one_to_one_within_a_table_says_which_end_holds_the_key(void **state)
{
    (void)state;
    assert_refused("Page.next and Page.previous: give .foreign_key to one of them, the one whose "
                   "object the column refers to",
                   M(Page));
    assert_accepted(M(Leaf));
}

/* ---- Relationships: many to many ------------------------------------------------------------- */

/* clang-format off */
#define LABEL(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)

#define UNLINKED(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_MANY, labels, Label, NONE)

#define ONESIDED(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_MANY, labels, Label, NONE,                                                \
                 .secondary = corm_secondary("links", "id", "ID"))

#define LISTER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, label_id, .references = corm_ref(Label, id))                                   \
    RELATIONSHIP(MANY_TO_ONE, label, Label, NONE,                                                  \
                 .secondary = corm_secondary("links", "t_id", "label_id"))

#define KEYED_LINK(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, label_id, .references = corm_ref(Label, id))                                   \
    RELATIONSHIP(MANY_TO_MANY, labels, Label, NONE, .foreign_key = corm_ref(KeyedLink, label_id),  \
                 .secondary = corm_secondary("links", "t_id", "label_id"))

#define PAIR(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, a, .primary_key = true)                                                        \
    COLUMN(INTEGER, b, .primary_key = true)                                                        \
    RELATIONSHIP(MANY_TO_MANY, labels, Label, NONE,                                                \
                 .secondary = corm_secondary("links", "t_id", "label_id"))

#define CIRCULAR(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_MANY, labels, Label, NONE,                                                \
                 .secondary = corm_secondary("Links", "t_id", "label_id"))

#define FILM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_MANY, genres, Genre, films,                                               \
                 .secondary = corm_secondary("film_genres", "film_id", "genre_id"))

#define GENRE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(TEXT, code, .primary_key = true, .length = 8)                                           \
    RELATIONSHIP(MANY_TO_MANY, films, Film, genres,                                                \
                 .secondary = corm_secondary("film_genres", "genre_id", "film_id"))

#define STORY(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_MANY, topics, Topic, stories,                                             \
                 .secondary = corm_secondary("story_topics", "story_id", "topic_id"))

#define TOPIC(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_MANY, stories, Story, topics,                                             \
                 .secondary = corm_secondary("story_topics", "story_id", "topic_id"))

#define TUNE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_MANY, moods, Mood, NONE,                                                  \
                 .secondary = corm_secondary("tune_moods", "tune_id", "mood_id"))

#define MOOD(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_MANY, tunes, Tune, NONE,                                                  \
                 .secondary = corm_secondary("tune_moods", "mood_id", "tune_id"))

#define FILM_GENRE(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, film_id, .primary_key = true, .references = corm_ref(Film, id))                \
    COLUMN(TEXT, genre_id, .primary_key = true, .references = corm_ref(Genre, code))

#define GENRE_ONLY(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, genre_id, .references = corm_ref(Genre, code))

#define GENRE_LOOSE(COLUMN, RELATIONSHIP)                                                          \
    COLUMN(INTEGER, film_id, .primary_key = true)                                                  \
    COLUMN(TEXT, genre_id, .primary_key = true, .references = corm_ref(Genre, code))

#define GENRE_RANKED(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, film_id, .references = corm_ref(Film, id))                                     \
    COLUMN(TEXT, genre_id, .references = corm_ref(Genre, code))                                    \
    COLUMN(OPTIONAL(TEXT), remark)                                                                 \
    COLUMN(INTEGER, rank)

#define FRIEND(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_MANY, friends, Friend, BACKREF(friend_of),                                \
                 .secondary = corm_secondary("friends", "a_id", "b_id"))

#define MANY_MODELS(MODEL)                                                                         \
    MODEL(Label, "labels", LABEL)                                                                  \
    MODEL(Unlinked, "t", UNLINKED)                                                                 \
    MODEL(Onesided, "t", ONESIDED)                                                                 \
    MODEL(Lister, "t", LISTER)                                                                     \
    MODEL(KeyedLink, "t", KEYED_LINK)                                                              \
    MODEL(Pair, "t", PAIR)                                                                         \
    MODEL(Circular, "links", CIRCULAR)                                                             \
    MODEL(Film, "films", FILM)                                                                     \
    MODEL(Genre, "genres", GENRE)                                                                  \
    MODEL(Story, "stories", STORY)                                                                 \
    MODEL(Topic, "topics", TOPIC)                                                                  \
    MODEL(Tune, "tunes", TUNE)                                                                     \
    MODEL(Mood, "moods", MOOD)                                                                     \
    MODEL(FilmGenre, "film_genres", FILM_GENRE)                                                    \
    MODEL(GenreOnly, "film_genres", GENRE_ONLY)                                                    \
    MODEL(GenreLoose, "film_genres", GENRE_LOOSE)                                                  \
    MODEL(GenreRanked, "film_genres", GENRE_RANKED)                                                \
    MODEL(Friend, "people", FRIEND)
/* clang-format on */

CORM_SCHEMA(many_models, MANY_MODELS)

static void many_to_many_needs_an_association_table(void **state)
{
    (void)state;
    assert_refused("Unlinked.labels: MANY_TO_MANY needs an association table: add .secondary = "
                   "corm_secondary(\"table\", \"column for Unlinked\", \"column for Label\")",
                   M(Label), M(Unlinked));
    assert_refused("Onesided.labels: .secondary names column id twice: each side has its own",
                   M(Label), M(Onesided));
    assert_refused("Circular.labels: .secondary names table Links, which is the table of Circular",
                   M(Label), M(Circular));
}

static void other_kinds_have_no_association_table(void **state)
{
    (void)state;
    assert_refused(
        "Lister.label: .secondary is for MANY_TO_MANY, not for MANY_TO_ONE: leave it out", M(Label),
        M(Lister));
}

static void many_to_many_takes_no_foreign_key(void **state)
{
    (void)state;
    assert_refused(
        "KeyedLink.labels: .foreign_key is not for MANY_TO_MANY, whose keys stand in the "
        "association table: leave it out",
        M(Label), M(KeyedLink));
}

static void many_to_many_needs_keys_of_one_column(void **state)
{
    (void)state;
    assert_refused("Pair.labels: MANY_TO_MANY needs a primary key of one column on both sides, and "
                   "Pair has 2: give Pair a key of its own, or write a model for the table between",
                   M(Label), M(Pair));
}

static void both_sides_name_the_same_table_with_the_columns_exchanged(void **state)
{
    (void)state;
    assert_refused("Topic.stories is the other side of Story.topics: it needs the same table with "
                   "the columns exchanged, .secondary = corm_secondary(\"story_topics\", "
                   "\"topic_id\", \"story_id\")",
                   M(Story), M(Topic));
    assert_writes(
        "CREATE TABLE IF NOT EXISTS \"film_genres\" (\n"
        "    \"film_id\" BIGINT NOT NULL REFERENCES \"films\" (\"id\") ON DELETE CASCADE,\n"
        "    \"genre_id\" STRING(8) NOT NULL REFERENCES \"genres\" (\"code\") ON DELETE "
        "CASCADE,\n"
        "    PRIMARY KEY (\"film_id\", \"genre_id\"),\n"
        "    UNIQUE (\"genre_id\", \"film_id\")\n"
        ")",
        M(Film), M(Genre));
}

static void an_association_table_belongs_to_one_relationship(void **state)
{
    (void)state;
    assert_refused("Tune.moods and Mood.tunes both use association table tune_moods: if they are "
                   "the two sides of one relationship, name each other, else give each its own "
                   "table",
                   M(Tune), M(Mood));
}

static void a_model_may_stand_for_an_association_table(void **state)
{
    (void)state;
    assert_writes("\"genre_id\" STRING NOT NULL REFERENCES \"genres\" (\"code\")", M(Film),
                  M(Genre), M(FilmGenre));
    assert_refused("Film.genres: association table film_genres is the table of model GenreOnly, "
                   "which has no column film_id of kind INTEGER",
                   M(Film), M(Genre), M(GenreOnly));
    assert_refused("Film.genres: association table film_genres is the table of model GenreLoose, "
                   "whose column film_id does not refer to Film: give it .references = "
                   "corm_ref(Film, id)",
                   M(Film), M(Genre), M(GenreLoose));
    assert_refused(
        "Film.genres: association table film_genres is the table of model GenreRanked, "
        "whose column rank must have a value, which a link has not: make it OPTIONAL, or "
        "take a ONE_TO_MANY to GenreRanked instead",
        M(Film), M(Genre), M(GenreRanked));
}

static void a_model_may_be_many_to_many_with_itself(void **state)
{
    (void)state;
    assert_writes("PRIMARY KEY (\"a_id\", \"b_id\")", M(Friend));
}

/* ---- Relationships: options ------------------------------------------------------------------ */

/* clang-format off */
#define MOTHER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)

#define ORPHANAGE(COLUMN, RELATIONSHIP)                                                            \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), mother_id, .references = corm_ref(Mother, id))                       \
    RELATIONSHIP(MANY_TO_ONE, mother, Mother, BACKREF(orphanage),                                  \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)

#define NURSERY(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), mother_id, .references = corm_ref(Mother, id))                       \
    RELATIONSHIP(MANY_TO_ONE, mother, Mother, BACKREF(nursery),                                    \
                 .backref = {.cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN})

#define HALF(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), mother_id, .references = corm_ref(Mother, id))                       \
    RELATIONSHIP(MANY_TO_ONE, mother, Mother, BACKREF(half),                                       \
                 .backref = {.cascade = CORM_CASCADE_DELETE_ORPHAN})

#define ONLY(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), mother_id, .references = corm_ref(Mother, id))                       \
    RELATIONSHIP(ONE_TO_ONE, mother, Mother, BACKREF(only),                                        \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)

#define SHARER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_MANY, mothers, Mother, NONE,                                              \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN,                         \
                 .secondary = corm_secondary("links", "t_id", "mother_id"))

#define TORN(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), mother_id, .references = corm_ref(Mother, id))                       \
    RELATIONSHIP(MANY_TO_ONE, mother, Mother, NONE,                                                \
                 .cascade = CORM_CASCADE_NONE | CORM_CASCADE_ALL)

#define UNKNOWN(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), mother_id, .references = corm_ref(Mother, id))                       \
    RELATIONSHIP(MANY_TO_ONE, mother, Mother, NONE, .cascade = CORM_ACTION_CASCADE)

#define PASSIVE(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), mother_id, .references = corm_ref(Mother, id))                       \
    RELATIONSHIP(MANY_TO_ONE, mother, Mother, BACKREF(passive),                                    \
                 .backref = {.passive_deletes = true})

#define PASSING(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, mother_id, .references = corm_ref(Mother, id),                                 \
           .on_delete = CORM_ACTION_CASCADE)                                                       \
    RELATIONSHIP(MANY_TO_ONE, mother, Mother, BACKREF(passing),                                    \
                 .backref = {.passive_deletes = true})

#define BACKWARD(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, mother_id, .references = corm_ref(Mother, id),                                 \
           .on_delete = CORM_ACTION_CASCADE)                                                       \
    RELATIONSHIP(MANY_TO_ONE, mother, Mother, BACKREF(backward), .passive_deletes = true)

#define SORTED(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), mother_id, .references = corm_ref(Mother, id))                       \
    COLUMN(TEXT, name)                                                                             \
    RELATIONSHIP(MANY_TO_ONE, mother, Mother, BACKREF(sorted),                                     \
                 .backref = {.order_by = corm_by_descending(Sorted, name)})

#define MISSORTED(COLUMN, RELATIONSHIP)                                                            \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), mother_id, .references = corm_ref(Mother, id))                       \
    RELATIONSHIP(MANY_TO_ONE, mother, Mother, BACKREF(missorted),                                  \
                 .backref = {.order_by = corm_by(Mother, name)})

#define ONE_SORTED(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), mother_id, .references = corm_ref(Mother, id))                       \
    RELATIONSHIP(MANY_TO_ONE, mother, Mother, NONE, .order_by = corm_by(Mother, name))

#define OPTION_MODELS(MODEL)                                                                       \
    MODEL(Mother, "mothers", MOTHER)                                                               \
    MODEL(Orphanage, "t", ORPHANAGE)                                                               \
    MODEL(Nursery, "t", NURSERY)                                                                   \
    MODEL(Half, "t", HALF)                                                                         \
    MODEL(Only, "t", ONLY)                                                                         \
    MODEL(Sharer, "t", SHARER)                                                                     \
    MODEL(Torn, "t", TORN)                                                                         \
    MODEL(Unknown, "t", UNKNOWN)                                                                   \
    MODEL(Passive, "t", PASSIVE)                                                                   \
    MODEL(Passing, "t", PASSING)                                                                   \
    MODEL(Backward, "t", BACKWARD)                                                                 \
    MODEL(Sorted, "t", SORTED)                                                                     \
    MODEL(Missorted, "t", MISSORTED)                                                               \
    MODEL(OneSorted, "t", ONE_SORTED)
/* clang-format on */

CORM_SCHEMA(option_models, OPTION_MODELS)

static void delete_orphan_belongs_to_the_parents_side(void **state)
{
    (void)state;
    assert_refused(
        "Orphanage.mother: CORM_CASCADE_DELETE_ORPHAN belongs to the parent's side: give "
        "it to Mother.orphanage",
        M(Mother), M(Orphanage));
    assert_refused("Only.mother: CORM_CASCADE_DELETE_ORPHAN belongs to the parent's side: give it "
                   "to Mother.only",
                   M(Mother), M(Only));
    assert_refused("Sharer.mothers: CORM_CASCADE_DELETE_ORPHAN is not for MANY_TO_MANY, where "
                   "another Sharer may still have the object: leave it out",
                   M(Mother), M(Sharer));
    assert_accepted(M(Mother), M(Nursery));
}

static void delete_orphan_needs_delete(void **state)
{
    (void)state;
    assert_refused("Mother.half: CORM_CASCADE_DELETE_ORPHAN needs CORM_CASCADE_DELETE: give both",
                   M(Mother), M(Half));
}

static void cascades_do_not_contradict_each_other(void **state)
{
    (void)state;
    assert_refused("Torn.mother: CORM_CASCADE_NONE takes save-update and merge away, but both are "
                   "given too: leave it out",
                   M(Mother), M(Torn));
    assert_refused("Unknown.mother: .cascade is made of CORM_CASCADE_... only, not of "
                   "CORM_ACTION_..., which are for foreign keys",
                   M(Mother), M(Unknown));
}

static void passive_deletes_needs_an_action_of_the_database(void **state)
{
    (void)state;
    assert_refused("Mother.passive: .passive_deletes leaves the rows to the database, but "
                   "Passive.mother_id does not say what happens: give it .on_delete",
                   M(Mother), M(Passive));
    assert_refused("Backward.mother: .passive_deletes belongs to the parent's side: give it to "
                   "Mother.backward",
                   M(Mother), M(Backward));
    assert_accepted(M(Mother), M(Passing));
}

static void a_list_is_ordered_by_a_column_of_what_is_in_it(void **state)
{
    (void)state;
    assert_refused("Mother.missorted: .order_by names a column of Mother: it must be one of "
                   "Missorted",
                   M(Mother), M(Missorted));
    assert_refused("OneSorted.mother is one object: .order_by is for lists, leave it out",
                   M(Mother), M(OneSorted));
    assert_accepted(M(Mother), M(Sorted));
}

/* ---- The engine ------------------------------------------------------------------------------ */

/* ---- Inheritance ----------------------------------------------------------------------------- */

/* clang-format off */
#define ANIMAL(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, type, .length = 5)                                                                \
    COLUMN(OPTIONAL(INTEGER), legs)                                                                \
    RELATIONSHIP(ONE_TO_MANY, toys, Toy, NONE)
#define TOY(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, animal_id, .references = corm_ref(Animal, id))
#define BARKING(COLUMN, RELATIONSHIP) ANIMAL(COLUMN, CORM_INHERITED) COLUMN(TEXT, bark)
#define SHORT_LIST(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, type, .length = 5)
#define MIXED_LIST(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(OPTIONAL(INTEGER), legs)                                                                \
    COLUMN(TEXT, type, .length = 5)
#define OTHER_KIND_LIST(COLUMN, RELATIONSHIP)                                                      \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, type, .length = 5)                                                                \
    COLUMN(OPTIONAL(REAL), legs)
#define OWN_KEY(COLUMN, RELATIONSHIP)                                                              \
    ANIMAL(COLUMN, CORM_INHERITED) COLUMN(INTEGER, number, .primary_key = true)
#define TOYS_AGAIN(COLUMN, RELATIONSHIP)                                                           \
    ANIMAL(COLUMN, CORM_INHERITED)                                                                 \
    RELATIONSHIP(MANY_TO_MANY, toys, Toy, NONE, .secondary = corm_secondary("t", "a", "b"))
#define MANY_1(COLUMN, x_)                                                                         \
    COLUMN(REAL, x_##0) COLUMN(REAL, x_##1) COLUMN(REAL, x_##2) COLUMN(REAL, x_##3)                \
    COLUMN(REAL, x_##4) COLUMN(REAL, x_##5) COLUMN(REAL, x_##6) COLUMN(REAL, x_##7)
#define WIDE_LIST(COLUMN, RELATIONSHIP)                                                            \
    ANIMAL(COLUMN, CORM_INHERITED)                                                                 \
    MANY_1(COLUMN, a) MANY_1(COLUMN, b) MANY_1(COLUMN, c) MANY_1(COLUMN, d)
#define WIDE_LIST_2(COLUMN, RELATIONSHIP)                                                          \
    ANIMAL(COLUMN, CORM_INHERITED)                                                                 \
    MANY_1(COLUMN, e) MANY_1(COLUMN, f) MANY_1(COLUMN, g) MANY_1(COLUMN, h)
#define PAIRED(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, a, .primary_key = true)                                                        \
    COLUMN(INTEGER, b, .primary_key = true)                                                        \
    COLUMN(TEXT, kind)
#define PAIRED_MORE(COLUMN, RELATIONSHIP) PAIRED(COLUMN, CORM_INHERITED) COLUMN(TEXT, more)
typedef struct Cat { int64_t id; const char *type; corm_optional_integer legs; } Cat;

#define TYPE .discriminator = corm_member(Animal, type)
#define A_KIND .inherits = corm_base(Animal)
#define ANIMAL_MODELS(MODEL)                                                                       \
    MODEL(Animal,   "animals", ANIMAL, TYPE, .identity = "any")                                    \
    MODEL(Toy,      "toys",    TOY)                                                                \
    MODEL(Dog,      "animals", BARKING, A_KIND, .identity = "dog",                                 \
          .unique = {corm_columns(Dog, legs, bark)}, .indexes = {corm_index(Dog, (bark, type))})   \
    MODEL(Fox,      "foxes",   BARKING, A_KIND, .identity = "fox")                                 \
    MODEL(Seal,     "animals", BARKING, A_KIND, .identity = "seal")                                \
    MODEL(Short,    "shorts",  SHORT_LIST, A_KIND, .identity = "s")                                \
    MODEL(Mixed,    "mixed",   MIXED_LIST, A_KIND, .identity = "m")                                \
    MODEL(Unlike,   "others",  OTHER_KIND_LIST, A_KIND, .identity = "o")                           \
    MODEL(OwnKey,   "keys",    OWN_KEY, A_KIND, .identity = "k")                                   \
    MODEL(Nobody,   "nobody",  BARKING, A_KIND)                                                    \
    MODEL(Twin,     "twins",   BARKING, A_KIND, .identity = "fox")                                 \
    MODEL(Lengthy,  "lengthy", BARKING, A_KIND, .identity = "lengthy")                             \
    MODEL(Second,   "second",  BARKING, A_KIND, .identity = "x", TYPE)                             \
    MODEL(Toyful,   "toyful",  TOYS_AGAIN, A_KIND, .identity = "x")                                \
    MODEL(WideOne,  "animals", WIDE_LIST, A_KIND, .identity = "w")                                 \
    MODEL(WideTwo,  "wide2",   WIDE_LIST_2, A_KIND, .identity = "v")                               \
    MODEL(Strict,   "animals", BARKING, A_KIND, .identity = "x", .strict = true)                   \
    MODEL(Afar,     "afar",    BARKING, A_KIND, .identity = "x",                                   \
          .indexes = {corm_index(Afar, (bark, legs))})                                             \
    MODEL(EXISTING(Cat),  "cats", ANIMAL, A_KIND, .identity = "x")                              \
    MODEL(Silent,   "silent",  SHORT_LIST)                                                         \
    MODEL(Speaking, "speak",   SHORT_LIST, .inherits = corm_base(Silent), .identity = "x")         \
    MODEL(Named,    "named",   SHORT_LIST, .identity = "x")                                        \
    MODEL(ById,     "byid",    SHORT_LIST, .discriminator = corm_member(ById, id), .identity = "x") \
    MODEL(ByOther,  "byother", SHORT_LIST, .discriminator = corm_member(ById, id), .identity = "x") \
    MODEL(Duo,      "duos",    PAIRED, .discriminator = corm_member(Duo, kind), .identity = "p")  \
    MODEL(DuoMore,  "more",    PAIRED_MORE, .inherits = corm_base(Duo), .identity = "m")
/* clang-format on */

CORM_SCHEMA(animal_models, ANIMAL_MODELS)

static void a_base_is_in_the_schema_before_its_heirs(void **state)
{
    (void)state;
    assert_refused("Dog inherits Animal, which is not in schema test before it: put MODEL(Animal, "
                   "...) above MODEL(Dog, ...)",
                   M(Dog), M(Animal), M(Toy));
    assert_refused("Dog inherits Animal, which is not in schema test before it: put MODEL(Animal, "
                   "...) above MODEL(Dog, ...)",
                   M(Dog));
    assert_accepted(M(Animal), M(Toy), M(Dog), M(Fox));
}

static void a_list_begins_with_the_bases_columns(void **state)
{
    (void)state;
    assert_refused("Short inherits Animal, so its list must begin with the columns of Animal: "
                   "column 3 is missing, not legs",
                   M(Animal), M(Toy), M(Short));
    assert_refused("Mixed inherits Animal, so its list must begin with the columns of Animal: "
                   "column 2 is legs, not type",
                   M(Animal), M(Toy), M(Mixed));
    assert_refused("Unlike.legs is declared otherwise than Animal.legs, from which it is "
                   "inherited: take the row from there",
                   M(Animal), M(Toy), M(Unlike));
    assert_refused(
        "OwnKey.number: the primary key is inherited from Animal: leave .primary_key out",
        M(Animal), M(Toy), M(OwnKey));
    assert_refused("Cat: EXISTING(Cat) has no part in inheritance: a compiler may take its "
                   "struct for unrelated to others; let MODEL make it",
                   M(Animal), M(Toy), M(Cat));
}

static void a_hierarchy_has_a_discriminator_and_identities(void **state)
{
    (void)state;
    assert_refused("Speaking inherits Silent, which has no column that tells their rows apart: add "
                   ".discriminator = corm_member(Silent, column) to MODEL(Silent, ...)",
                   M(Silent), M(Speaking));
    assert_refused("ById.id: a discriminator is TEXT or ENUM, not OPTIONAL and no primary key",
                   M(ById));
    assert_refused("ByOther: .discriminator = corm_member(ById, id) is no column of ByOther",
                   M(ByOther));
    assert_refused("Nobody has no identity, which stands in animals.type of its rows: add "
                   ".identity = \"...\" to MODEL(Nobody, ...)",
                   M(Animal), M(Toy), M(Nobody));
    assert_refused("Fox and Twin both have .identity = \"fox\": give each its own", M(Animal),
                   M(Toy), M(Fox), M(Twin));
    assert_refused("Lengthy: .identity = \"lengthy\" is no value of Animal.type", M(Animal), M(Toy),
                   M(Lengthy));
    assert_refused("Second: .discriminator belongs to Animal, from which it inherits: leave it out",
                   M(Animal), M(Toy), M(Second));
    assert_refused("Named: .identity is for models with .inherits or .discriminator: leave it out",
                   M(Named));
}

static void models_in_one_table_have_columns_of_their_own(void **state)
{
    (void)state;
    assert_refused("Dog.bark and Seal.bark would be one column of table animals: rename one, or "
                   "declare it in Animal",
                   M(Animal), M(Toy), M(Dog), M(Seal));
    assert_accepted(M(Animal), M(Toy), M(Fox), M(Seal));
    assert_refused("Animal and the models that inherit from it have 67 columns, at most 64",
                   M(Animal), M(Toy), M(WideOne), M(WideTwo));
    assert_refused("Toyful.toys: Animal, from which Toyful inherits, has a relationship toys "
                   "already: rename one",
                   M(Animal), M(Toy), M(Toyful));
}

static void what_is_said_of_a_table_is_said_once(void **state)
{
    (void)state;
    assert_refused(
        "Strict: .strict, .without_rowid and .check are said of a table, and this one is "
        "that of Animal: give them to it",
        M(Animal), M(Toy), M(Strict));
    assert_refused("Afar: corm_index names legs, which is in table animals and not in afar: "
                   "declare it where that table is declared",
                   M(Animal), M(Toy), M(Afar));
    assert_writes("\"bark\" STRING,\n    UNIQUE (\"legs\", \"bark\")\n);\n"
                  "CREATE INDEX IF NOT EXISTS \"ix_animals_bark_type\" ON \"animals\" (\"bark\", "
                  "\"type\");",
                  M(Animal), M(Toy), M(Dog));
}

static void a_joined_table_takes_the_whole_key_along(void **state)
{
    (void)state;
    assert_writes("CREATE TABLE IF NOT EXISTS \"more\" (\n    \"a\" BIGINT NOT NULL,\n    \"b\" "
                  "BIGINT NOT NULL,\n    \"more\" STRING NOT NULL,\n    PRIMARY KEY (\"a\", \"b\")"
                  ",\n    FOREIGN KEY (\"a\", \"b\") REFERENCES \"duos\" (\"a\", \"b\") ON DELETE "
                  "CASCADE ON UPDATE CASCADE\n)",
                  M(Duo), M(DuoMore));
}

static void an_engine_on_wrong_models_says_so(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", TEST_SCHEMA(M(Keyless)), NULL);
    assert_non_null(engine);
    assert_int_equal(corm_engine_status(engine), CORM_MODEL);
    assert_non_null(strstr(corm_engine_message(engine), "Keyless has no primary key"));
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

/* Whatever is called, the status is that of the message. */
static void a_session_on_wrong_models_repeats_what_is_wrong(void **state)
{
    (void)state;
    corm_session *session = corm_sqlite_open(":memory:", TEST_SCHEMA(M(Keyless)));
    assert_non_null(session);
    assert_null(corm_object_new(session, TEST_SCHEMA(M(Keyless))->models[0]));
    assert_int_equal(corm_last_status(), CORM_MODEL);
    const corm_value key = corm_value_integer(1);
    assert_null(corm_object_get(session, TEST_SCHEMA(M(Keyless))->models[0], &key, 1));
    assert_int_equal(corm_last_status(), CORM_MODEL);
    int64_t row;
    assert_int_equal(corm_rows_prepare(session, TEST_SCHEMA(M(Keyless))->models[0], &row, 1),
                     CORM_MODEL);
    assert_int_equal(corm_expire_all(session), CORM_MODEL);
    assert_int_equal(corm_expunge_all(session), CORM_MODEL);
    assert_int_equal(corm_last_status(), CORM_MODEL);
    assert_non_null(strstr(corm_error_message(session), "Keyless has no primary key"));
    corm_session_close(session);
}

static void the_models_of_a_correct_schema_make_an_engine(void **state)
{
    (void)state;
    const corm_schema *schema = TEST_SCHEMA(M(FilmGenre), M(Film), M(Genre), M(Folder), M(House),
                                            M(Place), M(Captain), M(Ship), M(Harbour), M(Friend));
    corm_session *session = corm_sqlite_open(":memory:", schema);
    assert_non_null(session);
    assert_int_equal(corm_create_all(session), CORM_OK);
    assert_int_equal(corm_check_tables(session), CORM_OK);
    corm_session_close(session);
}

/* ---- All ------------------------------------------------------------------------------------- */

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_model_has_a_primary_key),
        cmocka_unit_test(nullable_agrees_with_the_type),
        cmocka_unit_test(a_primary_key_is_not_optional),
        cmocka_unit_test(length_is_for_text_and_blobs),
        cmocka_unit_test(autoincrement_is_for_a_single_integer_key),
        cmocka_unit_test(a_default_is_of_the_columns_kind),
        cmocka_unit_test(a_column_has_one_default),
        cmocka_unit_test(a_primary_key_is_not_computed_at_update),
        cmocka_unit_test(ready_made_functions_are_for_their_kinds),
        cmocka_unit_test(what_the_database_gives_is_no_key),
        cmocka_unit_test(a_generated_column_has_no_default),
        cmocka_unit_test(an_expression_is_not_empty),
        cmocka_unit_test(expressions_of_the_database_stand_in_its_table),
        cmocka_unit_test(a_version_is_an_integer_that_corm_alone_counts),
        cmocka_unit_test(column_names_differ_by_more_than_case),
        cmocka_unit_test(a_model_has_at_most_64_columns),
        cmocka_unit_test(a_primary_key_has_at_most_8_columns),
        cmocka_unit_test(each_model_has_a_table_of_its_own),
        cmocka_unit_test(two_indexes_do_not_share_a_name),
        cmocka_unit_test(names_are_always_quoted),
        cmocka_unit_test(a_foreign_key_stays_in_the_schema),
        cmocka_unit_test(a_foreign_key_refers_to_a_column_that_is_there),
        cmocka_unit_test(a_foreign_key_is_of_the_same_kind),
        cmocka_unit_test(a_foreign_key_refers_to_a_key_or_a_unique_column),
        cmocka_unit_test(on_delete_is_for_foreign_keys),
        cmocka_unit_test(set_null_needs_a_column_that_may_be_null),
        cmocka_unit_test(an_action_is_no_cascade),
        cmocka_unit_test(set_default_needs_a_default),
        cmocka_unit_test(columns_that_cover_a_key_are_one_foreign_key),
        cmocka_unit_test(referenced_tables_come_first),
        cmocka_unit_test(a_table_may_refer_to_itself),
        cmocka_unit_test(in_a_circle_the_tables_that_must_be_there_come_first),
        cmocka_unit_test(a_relationship_stays_in_the_schema),
        cmocka_unit_test(the_other_side_is_there),
        cmocka_unit_test(the_other_side_is_another_relationship),
        cmocka_unit_test(the_other_side_names_this_one_back),
        cmocka_unit_test(the_other_side_leads_back),
        cmocka_unit_test(the_other_side_is_of_the_opposite_kind),
        cmocka_unit_test(relationships_of_a_model_have_different_names),
        cmocka_unit_test(a_relationship_is_not_called_list),
        cmocka_unit_test(a_relationship_is_not_called_as_a_column),
        cmocka_unit_test(backref_options_need_a_backref),
        cmocka_unit_test(a_relationship_needs_a_foreign_key),
        cmocka_unit_test(among_several_foreign_keys_one_is_chosen),
        cmocka_unit_test(the_chosen_column_is_such_a_foreign_key),
        cmocka_unit_test(either_side_may_choose_but_both_agree),
        cmocka_unit_test(a_one_to_one_with_keys_on_both_sides_chooses),
        cmocka_unit_test(a_one_to_one_within_a_table_says_which_end_holds_the_key),
        cmocka_unit_test(many_to_many_needs_an_association_table),
        cmocka_unit_test(other_kinds_have_no_association_table),
        cmocka_unit_test(many_to_many_takes_no_foreign_key),
        cmocka_unit_test(many_to_many_needs_keys_of_one_column),
        cmocka_unit_test(both_sides_name_the_same_table_with_the_columns_exchanged),
        cmocka_unit_test(an_association_table_belongs_to_one_relationship),
        cmocka_unit_test(a_model_may_stand_for_an_association_table),
        cmocka_unit_test(a_model_may_be_many_to_many_with_itself),
        cmocka_unit_test(delete_orphan_belongs_to_the_parents_side),
        cmocka_unit_test(delete_orphan_needs_delete),
        cmocka_unit_test(cascades_do_not_contradict_each_other),
        cmocka_unit_test(passive_deletes_needs_an_action_of_the_database),
        cmocka_unit_test(a_list_is_ordered_by_a_column_of_what_is_in_it),
        cmocka_unit_test(a_base_is_in_the_schema_before_its_heirs),
        cmocka_unit_test(a_list_begins_with_the_bases_columns),
        cmocka_unit_test(a_hierarchy_has_a_discriminator_and_identities),
        cmocka_unit_test(models_in_one_table_have_columns_of_their_own),
        cmocka_unit_test(what_is_said_of_a_table_is_said_once),
        cmocka_unit_test(a_joined_table_takes_the_whole_key_along),
        cmocka_unit_test(an_engine_on_wrong_models_says_so),
        cmocka_unit_test(a_session_on_wrong_models_repeats_what_is_wrong),
        cmocka_unit_test(the_models_of_a_correct_schema_make_an_engine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
