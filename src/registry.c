/* registry.c: a schema as the implementation sees it, built once per engine and checked.
 *
 * Owns: the building of the whole, and what can be told of a model only when all others are known: its
 * hooks, what it begins with, what is asked of it again and again. Nothing changes afterwards, so that
 * threads share a registry.
 * Must not know: objects, sessions, SQL text, which database it is. */
#ifndef CORM__ROOM_REGISTRY_C
#define CORM__ROOM_REGISTRY_C

#include "keys.c"

#include <string.h>

/* ---- Hooks ----------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset; /* in corm_hooks */
} corm__hook_list[] = {
#define CORM__HOOK_ENTRY(name_) {#name_, offsetof(corm_hooks, name_)},
    CORM__HOOK_LIST(CORM__HOOK_ENTRY)
#undef CORM__HOOK_ENTRY
};

/* Which hooks there are, in any struct of the chain. */
static uint16_t corm__hooks_in(const corm_hooks *hooks)
{
    unsigned found = 0;
    for (; hooks != NULL; hooks = hooks->next) {
        for (unsigned i = 0; i < CORM__HOOK_COUNT; i++) {
            corm_session_notice function; /* as good as any other */
            memcpy(&function, (const char *)hooks + corm__hook_list[i].offset, sizeof function);
            found |= (unsigned)(function != NULL) << i;
        }
    }
    return (uint16_t)found;
}

/* What corm_new begins with. */
static CORM__COLD corm_status corm__build_blanks(corm__registry *registry, corm_error *error)
{
    for (size_t m = 0; m < registry->count; m++) {
        corm__mapper *mapper = &registry->mappers[m];
        mapper->blank = (unsigned char *)corm__registry_take(registry, mapper->size, 1, error);
        if (mapper->blank == NULL)
            return CORM_OUT_OF_MEMORY;
        for (uint16_t i = 0; i < mapper->column_count; i++) {
            if (corm__has_sentinel(&mapper->columns[i]))
                corm__sentinel_fill(&mapper->columns[i], mapper->blank);
            else
                corm__default_fill(&mapper->columns[i], mapper->blank);
        }
        if (mapper->discriminator != NULL)
            corm__identity_put(mapper, mapper->blank);
        size_t filled = 0;
        for (uint16_t i = 0; i < mapper->column_count; i++) {
            const corm__column *column = &mapper->columns[i];
            const bool plain = column->kind == CORM_KIND_INTEGER ||
                               column->kind == CORM_KIND_REAL || column->kind == CORM_KIND_TEXT;
            filled += plain && column->box == 0 ? column->size : 0;
        }
        mapper->dense = filled == mapper->size && mapper->deferred == 0;
    }
    return CORM_OK;
}

static CORM__COLD corm_status corm__build_hooks(corm__registry *registry, corm_error *error)
{
    for (size_t m = 0; m < registry->count; m++) {
        corm__mapper *mapper = &registry->mappers[m];
        mapper->listeners = mapper->model->options.hooks;
        mapper->hooks = corm__hooks_in(mapper->listeners);
        if (mapper->base != NULL) /* which stands above it */
            mapper->hooks |= mapper->base->hooks;
        for (const corm__mapper *base = mapper->base; base != NULL; base = base->base)
            if (base->listeners == mapper->listeners)
                mapper->listeners = NULL;
        registry->hooks |= mapper->hooks;
        for (unsigned i = CORM__HOOK_before_flush; i < CORM__HOOK_COUNT; i++)
            if (mapper->hooks >> i & 1)
                return corm__error_set(error, CORM_MODEL,
                                       "%s: .hooks has %s, which is of a session and not of a "
                                       "model: give it to corm_session_set_hooks",
                                       mapper->model->name, corm__hook_list[i].name);
    }
    return CORM_OK;
}

/* What a column is needed for with its row; NULL: nothing. */
static const char *corm__always_needed(const corm__registry *registry, const corm__column *column)
{
    const corm__mapper *owner = column->owner;
    if (column->primary_key)
        return "part of the primary key";
    if (column == owner->version || column == owner->discriminator)
        return column == owner->version ? "the version" : "the discriminator";
    if (column->reference != NULL)
        return "a foreign key";
    for (size_t m = 0; m < registry->count; m++) {
        const corm__mapper *mapper = &registry->mappers[m];
        for (uint16_t i = 0; i < mapper->relation_count; i++) {
            const corm__relation *relation = mapper->relations[i];
            for (uint16_t k = 0; k < relation->key_count; k++)
                if ((corm__is_a(owner, relation->source) && relation->local[k] == column->index) ||
                    (corm__is_a(owner, relation->target) && relation->remote[k] == column->index))
                    return "part of a relationship";
        }
    }
    return NULL;
}

static bool corm__is_key_of(const corm__mapper *mapper, const uint16_t *columns, uint16_t count)
{
    return count == mapper->pk_count && memcmp(columns, mapper->pk, count * sizeof columns[0]) == 0;
}

static bool corm__ends_in_digit(const char *name)
{
    const size_t length = strlen(name);
    return length > 0 && name[length - 1] >= '0' && name[length - 1] <= '9';
}

/* What is asked of tables and relationships again and again. */
static CORM__COLD corm_status corm__build_answers(corm__registry *registry, corm_error *error)
{
    (void)error;
    for (size_t a = 0; a < registry->association_count; a++)
        registry->numbered =
            registry->numbered || corm__ends_in_digit(registry->associations[a]->table);
    for (size_t m = 0; m < registry->count; m++) {
        corm__mapper *mapper = &registry->mappers[m];
        registry->numbered = registry->numbered || corm__ends_in_digit(mapper->model->table);
        mapper->plain =
            mapper->generated == 0 && mapper->version == NULL && mapper->discriminator == NULL;
        for (uint16_t i = 0; i < mapper->column_count; i++) {
            const corm__column *column = &mapper->columns[i];
            const bool any = column->plain == CORM_VALUE_INTEGER &&
                             column->kind == CORM_KIND_INTEGER && column != mapper->version &&
                             !(mapper->generated >> i & 1);
            mapper->checked |= (uint64_t)!any << i;
            mapper->plain = mapper->plain && (any || column->plain == CORM_VALUE_TEXT ||
                                              column->plain == CORM_VALUE_REAL);
        }
        for (uint16_t i = 0; i < mapper->relation_count; i++) {
            corm__relation *r = mapper->relations[i];
            for (uint16_t k = 0; r->holds_key && k < r->key_count; k++)
                mapper->foreign_keys |= UINT64_C(1) << r->local[k];
            r->local_is_key = corm__is_key_of(r->source, r->local, r->key_count);
            r->remote_is_key =
                r->filter_count == 0 && corm__is_key_of(r->target, r->remote, r->key_count);
            r->direct = r->holds_key && r->remote_is_key && r->target->integer_key &&
                        r->target->base == NULL &&
                        r->source->columns[r->local[0]].plain == CORM_VALUE_INTEGER;
            r->direct_at = (uint16_t)r->source->columns[r->local[0]].offset;
        }
    }
    return CORM_OK;
}

static CORM__COLD corm_status corm__vet_deferred(corm__registry *registry, corm_error *error)
{
    for (size_t m = 0; m < registry->count; m++) {
        const corm__mapper *mapper = &registry->mappers[m];
        for (uint16_t i = 0; i < mapper->column_count; i++) {
            const corm__column *column = &mapper->columns[i];
            const char *why =
                mapper->deferred >> i & 1 ? corm__always_needed(registry, column) : NULL;
            if (why != NULL)
                return corm__error_set(error, CORM_MODEL,
                                       "%s.%s is .deferred, but is %s, which is read with its row: "
                                       "leave .deferred out",
                                       mapper->model->name, column->info->name, why);
        }
    }
    return CORM_OK;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static CORM__COLD void corm__registry_free(corm__registry *registry)
{
    if (registry == NULL)
        return;
    corm__arena arena = registry->arena; /* the registry itself lies in it */
    corm__arena_free(&arena);
}

static CORM__COLD corm__registry *corm__registry_build(const corm_schema *schema, corm_error *error)
{
    static corm_status (*const steps[])(corm__registry *, corm_error *) = {
        corm__build_mappers,     corm__build_families,  corm__build_references,
        corm__build_constraints, corm__build_relations, corm__build_keys,
        corm__build_inherited,   corm__build_order,     corm__build_hooks,
        corm__vet_deferred,      corm__build_blanks,    corm__build_answers};
    if (schema == NULL) {
        (void)corm__error_set(error, CORM_NULL_ARGUMENT, "the schema is NULL");
        return NULL;
    }
    corm__arena arena = {0};
    corm__registry_map *map = (corm__registry_map *)corm__arena_allocate(&arena, sizeof *map);
    if (map == NULL) {
        (void)corm__error_set(error, CORM_OUT_OF_MEMORY, "out of memory while reading schema %s",
                              schema->name);
        return NULL;
    }
    memset(map, 0, sizeof *map);
    map->registry.schema = schema;
    map->registry.arena = arena;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        if (steps[i](&map->registry, error) != CORM_OK) {
            corm__registry_free(&map->registry);
            return NULL;
        }
    }
    return &map->registry;
}

#endif /* CORM__ROOM_REGISTRY_C */
