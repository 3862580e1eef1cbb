/* mapper.c: tables and columns as the implementation sees them, checked.
 *
 * Owns: mappers and columns; and what is said about a column or a table that is declared wrongly, beyond
 * its constraints.
 * Must not know: foreign keys, relationships, objects, sessions, SQL text, which database it is. */
#ifndef CORM__ROOM_MAPPER_C
#define CORM__ROOM_MAPPER_C

#include "core.c"
#include "registry.h"
#include "defaults.c"

#include <string.h>

/* What corm__registry_build makes: the registry, and the table that finds a mapper by the
 * address of its model. */
typedef struct corm__registry_map {
    corm__registry registry; /* first, so that a pointer to it is a pointer to the whole */
    size_t mask;             /* slots - 1; a power of two, at most half full */
    corm__mapper **slots;
} corm__registry_map;

enum { CORM__NO_GROUP = UINT16_MAX, CORM__NO_RANK = UINT16_MAX };

/* ---- Tools ----------------------------------------------------------------------------------- */

/* Zeroed memory that lives as long as the registry. NULL with *error when there is none. */
static void *corm__registry_take(corm__registry *registry, size_t count, size_t size,
                                 corm_error *error)
{
    void *block = NULL;
    if (count <= SIZE_MAX / size)
        block = corm__arena_allocate(&registry->arena, count * size > 0 ? count * size : 1);
    if (block == NULL) {
        (void)corm__error_set(error, CORM_OUT_OF_MEMORY, "out of memory while reading schema %s",
                              registry->schema->name);
        return NULL;
    }
    return memset(block, 0, count * size);
}

static int corm__lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

/* Names of tables and columns are compared as SQLite does: ASCII letters without case, all else
 * by bytes. */
static bool corm__same_identifier(const char *a, const char *b)
{
    for (; corm__lower(*a) == corm__lower(*b); a++, b++)
        if (*a == '\0')
            return true;
    return false;
}

static bool corm__is_named(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static size_t corm__model_slot(const corm__registry_map *map, const corm_model *model)
{
    /* Models stand next to each other: a multiplication by the golden ratio spreads their
     * addresses. */
    const uint64_t hash = (uint64_t)(uintptr_t)model * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(hash >> 32) & map->mask;
}

static corm__mapper *corm__mapper_of(const corm__registry *registry, const corm_model *model)
{
    const corm__registry_map *map = (const corm__registry_map *)registry;
    for (size_t i = corm__model_slot(map, model);; i = (i + 1) & map->mask) {
        corm__mapper *mapper = map->slots[i];
        if (mapper == NULL || mapper->model == model)
            return mapper;
    }
}

/* The model that is mapped to this table; NULL: none. An association table may have one. */
static corm__mapper *corm__mapper_of_table(const corm__registry *registry, const char *table)
{
    for (size_t i = 0; i < registry->count; i++)
        if (corm__same_identifier(registry->mappers[i].model->table, table))
            return &registry->mappers[i];
    return NULL;
}

static corm__column *corm__column_named(const corm__mapper *mapper, const char *name)
{
    for (size_t i = 0; name != NULL && i < mapper->column_count; i++)
        if (corm__same_identifier(mapper->columns[i].name, name))
            return &mapper->columns[i];
    return NULL;
}

/* As rows name it, which case tells apart: its name in the table may be another. */
static corm__column *corm__column_of_member(const corm__mapper *mapper, const char *member)
{
    for (size_t i = 0; member != NULL && i < mapper->column_count; i++)
        if (strcmp(mapper->columns[i].info->name, member) == 0)
            return &mapper->columns[i];
    return NULL;
}

/* ---- Columns --------------------------------------------------------------------------------- */

/* Whether rows can be told apart, and found again, by values of the kind. */
static bool corm__kind_is_key(corm_kind kind)
{
    return kind != CORM_KIND_DECIMAL && kind != CORM_KIND_JSON && kind != CORM_KIND_CUSTOM;
}

/* What the kind itself says; the macros have seen to it, but not to texts and sizes. */
static bool corm__kind_vet(const corm_column *info, char *why, size_t size)
{
    if (info->kind == CORM_KIND_ENUM)
        return corm__enum_vet(info->enumeration, why, size);
    return info->kind != CORM_KIND_CUSTOM || corm__custom_vet(info->custom, why, size);
}

/* What a column says of NULL. `kind`: its kind as text. */
static corm_status corm__vet_nullable(const corm__column *column, const char *kind,
                                      corm_error *error)
{
    const int nullable = column->info->options.nullable;
    const char *model = column->owner->model->name, *name = column->info->name;
    char with_null[CORM__KIND_TEXT_SIZE];
    if (nullable == false && column->optional)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .nullable = false, but OPTIONAL(%s) may be NULL: write %s, "
                               "or leave .nullable out",
                               model, name, kind, kind);
    if (nullable == true && !column->optional)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .nullable = true, but %s cannot be NULL: write "
                               "OPTIONAL(%s), or leave .nullable out",
                               model, name, kind, corm__kind_with_null(column->info, with_null));
    if (nullable < 0 || nullable > CORM__NULLABLE_BY_TYPE)
        return corm__error_set(error, CORM_MODEL, "%s.%s: .nullable is true or false", model, name);
    return CORM_OK;
}

/* What a column says about itself. */
static corm_status corm__vet_column(const corm__column *column, corm_error *error)
{
    const corm_column_options *options = &column->info->options;
    const char *model = column->owner->model->name, *name = column->info->name;
    char kind[CORM__KIND_TEXT_SIZE], why[256];

    (void)corm__kind_text(column->info, kind);
    const corm_status status = corm__vet_nullable(column, kind, error);
    if (status != CORM_OK)
        return status;
    if (options->primary_key && column->optional)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: a primary key cannot be NULL: write %s instead of "
                               "OPTIONAL(%s)",
                               model, name, kind, kind);
    if (options->primary_key && !corm__kind_is_key(column->base))
        return corm__error_set(
            error, CORM_MODEL,
            "%s.%s: %s cannot be a primary key: use INTEGER, TEXT, UUID, ENUM or "
            "DATE",
            model, name, kind);
    if (!corm__kind_vet(column->info, why, sizeof why))
        return corm__error_set(error, CORM_MODEL, "%s.%s: %s", model, name, why);
    if (corm__is_native(column->info) && column->optional)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s cannot be OPTIONAL, as a member of a C type has no place "
                               "for NULL: use OPTIONAL(%s)",
                               model, name, kind,
                               corm__kind_names[corm__stored_kind(column->info)]);
    if (options->primary_key && column->kind == CORM_KIND_CUSTOM &&
        corm__native_is_short(column->info->custom))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s is too small for a primary key, which may be left out: "
                               "use a type of 32 bits or more",
                               model, name, kind);
    if (options->length != 0 && column->kind != CORM_KIND_TEXT && column->kind != CORM_KIND_BLOB)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .length is for TEXT and BLOB, not for %s: leave it out",
                               model, name, kind);
    if (options->default_value.type != CORM__CONSTANT_NONE &&
        !corm__default_check(column->info, why, sizeof why))
        return corm__error_set(error, CORM_MODEL, "%s.%s: .default_value: %s", model, name, why);
    return CORM_OK;
}

/* Whether a foreign key changes the rows that refer, instead of refusing. */
static bool corm__acts(corm_action action)
{
    return action == CORM_ACTION_CASCADE || action == CORM_ACTION_SET_NULL ||
           action == CORM_ACTION_SET_DEFAULT;
}

/* One of the two things that can happen to a foreign key. */
static corm_status corm__vet_action(const corm__column *column, const char *option,
                                    corm_action action, corm_error *error)
{
    const char *model = column->owner->model->name, *name = column->info->name;
    if (action == CORM_ACTION_DEFAULT)
        return CORM_OK;
    if ((unsigned)action > CORM_ACTION_CASCADE)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s is one of CORM_ACTION_..., not of CORM_CASCADE_..., "
                               "which are for relationships",
                               model, name, option);
    if (column->info->options.references.model == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s is for a foreign key: add .references = "
                               "corm_ref(Model, column), or leave it out",
                               model, name, option);
    char kind[CORM__KIND_TEXT_SIZE], with_null[CORM__KIND_TEXT_SIZE];
    if (action == CORM_ACTION_SET_NULL && !column->optional)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s = CORM_ACTION_SET_NULL, but %s cannot be NULL: write "
                               "OPTIONAL(%s)",
                               model, name, option, corm__kind_text(column->info, kind),
                               corm__kind_with_null(column->info, with_null));
    if (action == CORM_ACTION_SET_DEFAULT &&
        column->info->options.default_value.type == CORM__CONSTANT_NONE &&
        column->info->options.server_default == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s = CORM_ACTION_SET_DEFAULT, but there is no default: add "
                               ".default_value = corm_default(...)",
                               model, name, option);
    return CORM_OK;
}

/* What the columns say together: names, the primary key. */
static corm_status corm__vet_key(const corm__mapper *mapper, corm_error *error)
{
    const char *model = mapper->model->name;
    if (mapper->pk_count == 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s has no primary key: mark a column with .primary_key = true",
                               model);
    for (size_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        const corm__column *first = corm__column_named(mapper, column->name);
        if (first != column)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: there is a column %s already, and case makes no "
                                   "difference: rename one",
                                   model, column->info->name, first->name);
        if (!column->info->options.autoincrement)
            continue;
        if (mapper->model->options.without_rowid)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .autoincrement, but a .without_rowid table numbers no "
                                   "keys: leave one out",
                                   model, column->info->name);
        if (!column->primary_key || !mapper->integer_key)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .autoincrement is for a primary key of one INTEGER "
                                   "column: leave it out",
                                   model, column->info->name);
    }
    return CORM_OK;
}

/* Where values come from that the program does not give. */
static corm_status corm__build_source(const corm__column *column, corm_error *error)
{
    corm__mapper *mapper = column->owner;
    const corm_column_options *options = &column->info->options;
    const uint64_t bit = UINT64_C(1) << column->index;
    const corm_status status = corm__vet_sources(column, error);
    if (status == CORM_OK && options->version && mapper->version != NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s is the version column already: one counts for the whole "
                               "row",
                               mapper->model->name, column->info->name,
                               mapper->version->info->name);
    mapper->version = options->version ? column : mapper->version;
    mapper->default_functions |= options->default_function != NULL ? bit : 0;
    mapper->update_functions |= options->update_function != NULL ? bit : 0;
    mapper->server_defaults |= options->server_default != NULL ? bit : 0;
    mapper->generated |= options->generated != NULL ? bit : 0;
    mapper->deferred |= options->deferred ? bit : 0;
    mapper->filled |= options->version || options->default_function != NULL ||
                              options->server_default != NULL || options->generated != NULL
                          ? bit
                          : 0;
    return status;
}

static uint64_t corm__column_bits(const uint16_t *columns, size_t count)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= UINT64_C(1) << columns[i];
    return bits;
}

static uint64_t corm__version_bit(const corm__mapper *mapper)
{
    return mapper->version == NULL ? 0 : UINT64_C(1) << mapper->version->index;
}

static uint8_t corm__plain_type(const corm__column *column)
{
    return (uint8_t)(column->kind == CORM_KIND_TEXT                          ? CORM_VALUE_TEXT
                     : column->kind == CORM_KIND_INTEGER && column->box == 0 ? CORM_VALUE_INTEGER
                     : column->kind == CORM_KIND_REAL && column->box == 0    ? CORM_VALUE_REAL
                                                                             : CORM__NOT_PLAIN);
}

/* What the declaration of column i says of it. */
static corm__column *corm__column_declared(corm__mapper *mapper, size_t i)
{
    const corm_column *info = &mapper->model->columns[i];
    corm__column *column = &mapper->columns[i];
    column->info = info;
    column->name = info->options.name != NULL ? info->options.name : info->name;
    column->kind = info->kind;
    column->base = corm__base_kind(info);
    column->optional = info->optional;
    column->index = (uint16_t)i;
    column->offset = info->offset;
    column->size = info->size;
    column->owner = column->home = mapper;
    column->owns = corm__kind_owns(info->kind);
    column->box = corm__box_offset(info);
    mapper->text_members = mapper->text_members || column->owns;
    return column;
}

static corm_status corm__build_columns(corm__mapper *mapper, corm_error *error)
{
    const corm_model *model = mapper->model;
    for (size_t i = 0; i < model->column_count; i++) {
        const corm_column *info = &model->columns[i];
        corm__column *column = corm__column_declared(mapper, i);
        column->primary_key = info->options.primary_key;
        column->home = i < mapper->inherited && i < mapper->base->column_count
                           ? mapper->base->columns[i].home
                           : mapper->home;
        column->plain = corm__plain_type(column);
        mapper->owning |= (uint64_t)column->owns << i;
        mapper->validated = mapper->validated || info->options.validate != NULL;

        corm_status status = corm__vet_column(column, error);
        if (status == CORM_OK)
            status = corm__vet_action(column, ".on_delete", info->options.on_delete, error);
        if (status == CORM_OK)
            status = corm__vet_action(column, ".on_update", info->options.on_update, error);
        if (status == CORM_OK)
            status = corm__build_source(column, error);
        if (status != CORM_OK)
            return status;
        if (!column->primary_key)
            continue;
        if (mapper->pk_count == CORM__KEY_MAX)
            return corm__error_set(error, CORM_MODEL,
                                   "%s: the primary key has more than %d columns", model->name,
                                   (int)CORM__KEY_MAX);
        mapper->pk[mapper->pk_count++] = (uint16_t)i;
    }
    mapper->integer_key = mapper->pk_count == 1 && !model->options.without_rowid &&
                          mapper->columns[mapper->pk[0]].base == CORM_KIND_INTEGER;
    mapper->plain_key =
        mapper->integer_key && mapper->columns[mapper->pk[0]].kind == CORM_KIND_INTEGER;
    return corm__vet_key(mapper, error);
}

/* ---- Mappers --------------------------------------------------------------------------------- */

static corm_status corm__vet_table(const corm__registry *registry, const corm__mapper *mapper,
                                   corm_error *error)
{
    const corm_model *model = mapper->model;
    if (!corm__is_named(model->table))
        return corm__error_set(error, CORM_MODEL, "%s: the table has no name", model->name);
    if (model->column_count > CORM__COLUMN_MAX)
        return corm__error_set(error, CORM_MODEL, "%s has %zu columns, at most %d", model->name,
                               model->column_count, (int)CORM__COLUMN_MAX);
    if (model->size > CORM__STRUCT_MAX)
        return corm__error_set(error, CORM_MODEL,
                               "%s: the struct has %zu bytes, at most %d: put what is large into a "
                               "TEXT or BLOB",
                               model->name, model->size, (int)CORM__STRUCT_MAX);
    for (const corm__mapper *other = registry->mappers; other < mapper; other++)
        if (corm__same_identifier(other->model->table, model->table) && other->home != mapper->home)
            return corm__error_set(error, CORM_MODEL,
                                   "%s and %s both stand for table %s: give each model its own",
                                   other->model->name, model->name, model->table);
    return CORM_OK;
}

/* Of which model it is a kind, and in whose table it is. Alone it is a family of one. */
static corm_status corm__build_base(corm__mapper *mapper, corm_error *error)
{
    const corm_model *model = mapper->model, *from = model->options.inherits;
    mapper->root = mapper->home = mapper->whole.home = mapper;
    mapper->whole.columns = ~UINT64_C(0);
    mapper->parts = &mapper->whole;
    mapper->family = &mapper->home;
    mapper->part_count = mapper->family_count = 1;
    mapper->select_count = (uint16_t)model->column_count;
    if (from == NULL)
        return CORM_OK;
    mapper->base = corm__mapper_of(mapper->registry, from);
    if (mapper->base == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s inherits %s, which is not in schema %s before it: put MODEL(%s, "
                               "...) above MODEL(%s, ...)",
                               model->name, from->name, mapper->registry->schema->name, from->name,
                               model->name);
    mapper->root = mapper->base->root;
    mapper->inherited = mapper->base->column_count;
    if (model->table != NULL &&
        corm__same_identifier(model->table, mapper->base->home->model->table))
        mapper->home = mapper->base->home;
    return CORM_OK;
}

static corm_status corm__build_mapper(corm__registry *registry, corm__mapper *mapper,
                                      const corm_model *model, corm_error *error)
{
    mapper->model = model;
    mapper->registry = registry;
    mapper->index = (uint16_t)(mapper - registry->mappers);
    mapper->rank = CORM__NO_RANK;
    mapper->group = CORM__NO_GROUP;
    mapper->size = model->size;
    corm_status status = corm__build_base(mapper, error);
    if (status == CORM_OK)
        status = corm__vet_table(registry, mapper, error);
    if (status != CORM_OK)
        return status;
    mapper->columns = (corm__column *)corm__registry_take(registry, model->column_count,
                                                          sizeof *mapper->columns, error);
    if (mapper->columns == NULL)
        return CORM_OUT_OF_MEMORY;
    mapper->column_count = (uint16_t)model->column_count;
    return corm__build_columns(mapper, error);
}

static CORM__COLD corm_status corm__build_mappers(corm__registry *registry, corm_error *error)
{
    corm__registry_map *map = (corm__registry_map *)registry;
    const corm_schema *schema = registry->schema;
    if (schema->model_count >= CORM__NO_RANK)
        return corm__error_set(error, CORM_MODEL, "schema %s has %zu models, at most %d",
                               schema->name, schema->model_count, CORM__NO_RANK - 1);
    size_t slots = 8;
    while (slots < schema->model_count * 2)
        slots *= 2;
    map->mask = slots - 1;
    map->slots = (corm__mapper **)corm__registry_take(registry, slots, sizeof *map->slots, error);
    registry->mappers = (corm__mapper *)corm__registry_take(registry, schema->model_count,
                                                            sizeof *registry->mappers, error);
    if (map->slots == NULL || registry->mappers == NULL)
        return CORM_OUT_OF_MEMORY;
    for (size_t i = 0; i < schema->model_count; i++) {
        corm__mapper *mapper = &registry->mappers[i];
        const corm_status status = corm__build_mapper(registry, mapper, schema->models[i], error);
        if (status != CORM_OK)
            return status;
        registry->count++;
        size_t slot = corm__model_slot(map, mapper->model);
        while (map->slots[slot] != NULL)
            slot = (slot + 1) & map->mask;
        map->slots[slot] = mapper;
    }
    return CORM_OK;
}

#endif /* CORM__ROOM_MAPPER_C */
