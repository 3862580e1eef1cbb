/* inherit.c: models that inherit from each other, as the implementation sees them, checked.
 *
 * Owns: which models are a family, which tables and columns an object of each has, what tells the
 * models of rows apart; what is said about a hierarchy that is declared wrongly.
 * Must not know: what relationships mean, objects, sessions, SQL text, which database it is. */
#ifndef CORM__ROOM_INHERIT_C
#define CORM__ROOM_INHERIT_C

#include "references.c"

#include <string.h>

/* ---- Columns --------------------------------------------------------------------------------- */

/* A pointer to an object is a pointer to one of its base: the first members are the same. */
static corm_status corm__vet_inherited(const corm__mapper *mapper, corm_error *error)
{
    const corm__mapper *base = mapper->base;
    const char *model = mapper->model->name, *from = base->model->name;
    for (size_t i = 0; i < base->column_count; i++) {
        const corm__column *theirs = &base->columns[i];
        const corm__column *own = i < mapper->column_count ? &mapper->columns[i] : NULL;
        if (own == NULL || strcmp(own->info->name, theirs->info->name) != 0)
            return corm__error_set(error, CORM_MODEL,
                                   "%s inherits %s, so its list must begin with the columns of %s: "
                                   "column %zu is %s, not %s",
                                   model, from, from, i + 1,
                                   own == NULL ? "missing" : own->info->name, theirs->info->name);
        if (own->offset != theirs->offset || own->optional != theirs->optional ||
            own->primary_key != theirs->primary_key || own->size != theirs->size ||
            own->info->scale != theirs->info->scale || !corm__kind_same(own->info, theirs->info))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s is declared otherwise than %s.%s, from which it is "
                                   "inherited: take the row from there",
                                   model, own->name, from, theirs->name);
    }
    for (size_t i = base->column_count; i < mapper->column_count; i++)
        if (mapper->columns[i].primary_key)
            return corm__error_set(
                error, CORM_MODEL,
                "%s.%s: the primary key is inherited from %s: leave .primary_key "
                "out",
                model, mapper->columns[i].info->name, from);
    return CORM_OK;
}

/* ---- The family ------------------------------------------------------------------------------ */

/* The root's family in one array, of which each member's own family is a part: every model stands
 * before its heirs, and they stand together. Returns the end. */
static size_t corm__build_heirs(const corm__registry *registry, corm__mapper *mapper,
                                corm__mapper **family, size_t place, size_t *slots)
{
    corm__mapper **first = family + place;
    mapper->place = (uint16_t)place;
    mapper->slot = (uint16_t)*slots;
    *slots += (size_t)mapper->column_count - mapper->inherited;
    const size_t own_end = *slots;
    *first = mapper;
    place++;
    for (size_t m = mapper->index + (size_t)1; m < registry->count; m++)
        if (registry->mappers[m].base == mapper)
            place = corm__build_heirs(registry, &registry->mappers[m], family, place, slots);
    mapper->family = first;
    mapper->family_count = (uint16_t)(place - mapper->place);
    mapper->select_count = (uint16_t)(mapper->column_count + (*slots - own_end));
    for (const corm__mapper *base = mapper; base != NULL; base = base->base)
        mapper->spread = mapper->spread || base->home != mapper->root;
    for (size_t f = 1; f < mapper->family_count; f++)
        mapper->spread = mapper->spread || first[f]->home == first[f];
    return place;
}

/* In which tables a row of the model is. */
static corm_status corm__build_parts(corm__registry *registry, corm__mapper *mapper,
                                     corm_error *error)
{
    const corm__mapper *base = mapper->base;
    const size_t inherited = base != NULL ? base->part_count : 0;
    mapper->parts =
        (corm__part *)corm__registry_take(registry, inherited + 1, sizeof *mapper->parts, error);
    if (mapper->parts == NULL)
        return CORM_OUT_OF_MEMORY;
    if (base != NULL)
        memcpy(mapper->parts, base->parts, inherited * sizeof *base->parts);
    mapper->part_count = (uint16_t)inherited;
    if (mapper->home == mapper)
        mapper->parts[mapper->part_count++] = (corm__part){mapper, 0};
    for (size_t i = mapper->inherited; i < mapper->column_count; i++)
        mapper->parts[mapper->part_count - 1].columns |= UINT64_C(1) << i;
    return CORM_OK;
}

static corm_status corm__store_column(corm__mapper *home, corm__column *column, corm_error *error)
{
    for (size_t i = 0; i < home->stored_count; i++) {
        const corm__column *other = home->stored[i];
        if (corm__same_identifier(other->name, column->name))
            return corm__error_set(
                error, CORM_MODEL,
                "%s.%s and %s.%s would be one column of table %s: rename one, or "
                "declare it in %s",
                other->owner->model->name, other->info->name, column->owner->model->name,
                column->info->name, home->model->table, home->model->name);
    }
    home->stored[home->stored_count++] = column;
    return CORM_OK;
}

/* The columns of a home's table: the key, its own, and those of heirs that have no table. */
static corm_status corm__build_stored(corm__registry *registry, corm__mapper *home,
                                      corm_error *error)
{
    corm_status status = CORM_OK;
    home->stored = (corm__column **)corm__registry_take(registry, CORM__COLUMN_MAX,
                                                        sizeof(corm__column *), error);
    if (home->stored == NULL)
        return CORM_OUT_OF_MEMORY;
    for (size_t i = 0; i < home->inherited; i++)
        if (home->columns[i].primary_key)
            home->stored[home->stored_count++] = &home->columns[i];
    for (size_t f = 0; f < home->family_count; f++) {
        corm__mapper *heir = home->family[f];
        for (size_t i = heir->inherited;
             status == CORM_OK && heir->home == home && i < heir->column_count; i++)
            status = corm__store_column(home, &heir->columns[i], error);
    }
    return status;
}

/* ---- Identities ------------------------------------------------------------------------------ */

static corm_status corm__vet_discriminator(const corm__mapper *root, const corm__column *column,
                                           corm_error *error)
{
    const corm_reference *given = &root->model->options.discriminator;
    const char *model = root->model->name;
    if (given->model == NULL)
        return corm__error_set(
            error, CORM_MODEL,
            "%s inherits %s, which has no column that tells their rows apart: add "
            ".discriminator = corm_member(%s, column) to MODEL(%s, ...)",
            root->family[1]->model->name, model, model, model);
    if (column == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s: .discriminator = corm_member(%s, %s) is no column of %s", model,
                               given->model->name, given->column, model);
    if ((column->kind != CORM_KIND_TEXT && column->kind != CORM_KIND_ENUM) || column->optional ||
        column->primary_key)
        return corm__error_set(
            error, CORM_MODEL,
            "%s.%s: a discriminator is TEXT or ENUM, not OPTIONAL and no primary "
            "key",
            model, column->info->name);
    return CORM_OK;
}

static corm_status corm__vet_identity(const corm__mapper *mapper, corm_error *error)
{
    const corm_model *model = mapper->model;
    const corm__column *column = mapper->discriminator;
    const char *identity = model->options.identity;
    if (model->existing)
        return corm__error_set(
            error, CORM_MODEL,
            "%s: EXISTING(%s) has no part in inheritance: a compiler may take its "
            "struct for unrelated to others; let MODEL make it",
            model->name, model->name);
    if (mapper->base != NULL && model->options.discriminator.model != NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s: .discriminator belongs to %s, from which it inherits: leave it "
                               "out",
                               model->name, mapper->root->model->name);
    if (!corm__is_named(identity))
        return corm__error_set(
            error, CORM_MODEL,
            "%s has no identity, which stands in %s.%s of its rows: add .identity "
            "= \"...\" to MODEL(%s, ...)",
            model->name, mapper->root->model->table, column->name, model->name);
    const size_t size = strlen(identity), length = column->info->options.length;
    size_t characters, bad;
    if (column->kind == CORM_KIND_ENUM
            ? corm__enum_find_text(column->info->enumeration, identity, size) == NULL
            : !corm__utf8_count(identity, size, &characters, &bad) ||
                  (length > 0 && characters > length))
        return corm__error_set(error, CORM_MODEL, "%s: .identity = \"%s\" is no value of %s.%s",
                               model->name, identity, mapper->root->model->name,
                               column->info->name);
    for (size_t f = 0; f < mapper->place; f++) {
        const corm_model *other = mapper->root->family[f]->model;
        if (strcmp(other->options.identity, identity) == 0)
            return corm__error_set(error, CORM_MODEL,
                                   "%s and %s both have .identity = \"%s\": give each its own",
                                   other->name, model->name, identity);
    }
    return CORM_OK;
}

static corm_status corm__build_identities(corm__mapper *root, corm_error *error)
{
    const corm_reference *given = &root->model->options.discriminator;
    const corm__column *column =
        given->model == root->model ? corm__column_of_member(root, given->column) : NULL;
    corm_status status = corm__vet_discriminator(root, column, error);
    for (size_t f = 0; status == CORM_OK && f < root->family_count; f++) {
        corm__mapper *mapper = root->family[f];
        mapper->discriminator = &mapper->columns[column->index];
        status = corm__vet_identity(mapper, error);
        mapper->identity = corm_value_text(mapper->model->options.identity);
    }
    return status;
}

/* New objects have it from the start. A text points at the constant. */
static void corm__identity_put(const corm__mapper *mapper, void *object)
{
    const corm__column *column = mapper->discriminator;
    unsigned char *at = (unsigned char *)object + column->offset;
    if (column->kind == CORM_KIND_TEXT)
        memcpy(at, &mapper->identity.as.bytes, sizeof mapper->identity.as.bytes);
    else
        (void)corm__load_enum(column->info, &mapper->identity, at);
}

/* The model of a row of `mapper`, whose columns are given; NULL: none of its family. */
static corm__mapper *corm__model_of_row(const corm__mapper *mapper, const corm_value *row)
{
    const corm_value *identity = &row[mapper->discriminator->index];
    for (size_t f = 0; f < mapper->family_count; f++)
        if (corm__value_equal(&mapper->family[f]->identity, identity))
            return mapper->family[f];
    return NULL;
}

/* Of a row of `mapper`, with the columns of all heirs, those of the heir `model` in its order. */
static void corm__row_of_heir(const corm__mapper *mapper, const corm__mapper *model,
                              const corm_value *row, corm_value *out)
{
    const size_t own = mapper->column_count, slots = mapper->slot + own - mapper->inherited;
    memcpy(out, row, own * sizeof *out);
    for (; model != mapper; model = model->base)
        memcpy(&out[model->inherited], &row[own + model->slot - slots],
               ((size_t)model->column_count - model->inherited) * sizeof *out);
}

/* ---- The whole ------------------------------------------------------------------------------- */

static corm_status corm__build_family(corm__registry *registry, corm__mapper *root,
                                      corm_error *error)
{
    size_t slots = 0;
    corm__mapper **family = (corm__mapper **)corm__registry_take(registry, registry->count,
                                                                 sizeof(corm__mapper *), error);
    if (family == NULL)
        return CORM_OUT_OF_MEMORY;
    (void)corm__build_heirs(registry, root, family, 0, &slots);
    if (slots > CORM__COLUMN_MAX)
        return corm__error_set(
            error, CORM_MODEL,
            "%s and the models that inherit from it have %zu columns, at most %d",
            root->model->name, slots, (int)CORM__COLUMN_MAX);
    corm_status status = corm__build_identities(root, error);
    for (size_t f = 0; status == CORM_OK && f < root->family_count; f++) {
        status = corm__build_parts(registry, family[f], error);
        if (status == CORM_OK && family[f]->home == family[f])
            status = corm__build_stored(registry, family[f], error);
    }
    return status;
}

/* Behind corm__build_mappers. */
static CORM__COLD corm_status corm__build_families(corm__registry *registry, corm_error *error)
{
    corm_status status = CORM_OK;
    for (size_t m = 0; status == CORM_OK && m < registry->count; m++)
        if (registry->mappers[m].base != NULL)
            status = corm__vet_inherited(&registry->mappers[m], error);
    for (size_t m = 0; status == CORM_OK && m < registry->count; m++) {
        corm__mapper *mapper = &registry->mappers[m];
        const corm_model_options *options = &mapper->model->options;
        bool alone = mapper->base == NULL && options->discriminator.model == NULL;
        for (size_t i = m + 1; alone && i < registry->count; i++)
            alone = registry->mappers[i].base != mapper;
        if (mapper->base == NULL && !alone)
            status = corm__build_family(registry, mapper, error);
        else if (alone && options->identity != NULL)
            status = corm__error_set(error, CORM_MODEL,
                                     "%s: .identity is for models with .inherits or "
                                     ".discriminator: leave it out",
                                     mapper->model->name);
    }
    return status;
}

static corm_status corm__inherit_relations(corm__registry *registry, corm__mapper *mapper,
                                           corm_error *error)
{
    const corm__mapper *base = mapper->base;
    const size_t own = mapper->relation_count, more = base->relation_count;
    corm__relation **all = (corm__relation **)corm__registry_take(registry, own + more,
                                                                  sizeof(corm__relation *), error);
    if (all == NULL)
        return CORM_OUT_OF_MEMORY;
    if (own + more > UINT16_MAX)
        return corm__error_set(error, CORM_MODEL, "%s has %zu relationships, at most %d",
                               mapper->model->name, own + more, UINT16_MAX);
    memcpy(all, base->relations, more * sizeof *all);
    for (size_t i = 0; i < own; i++) {
        corm__relation *relation = all[more + i] = mapper->relations[i];
        for (size_t k = 0; k < more; k++)
            if (strcmp(relation->name, all[k]->name) == 0)
                return corm__error_set(error, CORM_MODEL,
                                       "%s.%s: %s, from which %s inherits, has a relationship %s "
                                       "already: rename one",
                                       mapper->model->name, relation->name, base->model->name,
                                       mapper->model->name, relation->name);
        relation->index = (uint16_t)(more + i);
    }
    mapper->relations = all;
    mapper->relation_count = (uint16_t)(own + more);
    mapper->inherited_relations = (uint16_t)more;
    mapper->eager = mapper->eager || base->eager;
    return CORM_OK;
}

/* The base's relationships come first, under the same numbers. When all ends and keys are there:
 * until then a mapper has only its own. */
static CORM__COLD corm_status corm__build_inherited(corm__registry *registry, corm_error *error)
{
    corm_status status = CORM_OK;
    for (size_t m = 0; status == CORM_OK && m < registry->count; m++)
        if (registry->mappers[m].base != NULL)
            status = corm__inherit_relations(registry, &registry->mappers[m], error);
    for (size_t m = registry->count; m > 0;
         m--) /* what comes with an heir comes in the base's queries */
        if (registry->mappers[m - 1].base != NULL && registry->mappers[m - 1].eager)
            registry->mappers[m - 1].base->eager = true;
    return status;
}

#endif /* CORM__ROOM_INHERIT_C */
