/* references.c: which table refers to which.
 *
 * Owns: foreign keys as the implementation sees them, and the order of the tables that follows; what is said about one
 * that is declared wrongly.
 * Must not know: relationships, objects, sessions, SQL text, which database it is. */
#ifndef CORM__ROOM_REFERENCES_C
#define CORM__ROOM_REFERENCES_C

#include "mapper.c"

/* ---- Foreign keys ---------------------------------------------------------------------------- */

/* Whether the columns of `holder` that refer to `target` are one foreign key of several
 * columns: together they cover its primary key, each column once. Otherwise each is a foreign
 * key of its own. */
static bool corm__refers_as_one(const corm__mapper *holder, const corm__mapper *target)
{
    uint64_t key = 0, met = 0;
    size_t count = 0;
    for (size_t i = 0; i < target->pk_count; i++)
        key |= UINT64_C(1) << target->pk[i];
    for (size_t i = 0; i < holder->column_count; i++) {
        if (holder->columns[i].reference != target)
            continue;
        met |= UINT64_C(1) << holder->columns[i].reference_column;
        count++;
    }
    return target->pk_count > 1 && count == target->pk_count && met == key;
}

static corm_status corm__build_reference(corm__registry *registry, corm__column *column,
                                         corm_error *error)
{
    const corm_reference *to = &column->info->options.references;
    const char *model = column->owner->model->name, *name = column->info->name;
    if (to->model == NULL)
        return CORM_OK;
    corm__mapper *target = corm__mapper_of(registry, to->model);
    if (target == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s refers to model %s, which is not in schema %s: add it there",
                               model, name, to->model->name, registry->schema->name);
    const corm__column *key = corm__column_of_member(target, to->column);
    if (key == NULL)
        return corm__error_set(error, CORM_MODEL, "%s.%s refers to %s.%s, which is not there",
                               model, name, to->model->name,
                               to->column == NULL ? "(NULL)" : to->column);
    char kind[CORM__KIND_TEXT_SIZE], other[CORM__KIND_TEXT_SIZE];
    if (!corm__kind_same(key->info, column->info))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s is %s, but %s.%s, to which it refers, is %s: make them the "
                               "same",
                               model, name, corm__kind_text(column->info, kind), to->model->name,
                               key->info->name, corm__kind_text(key->info, other));
    if (!corm__kind_is_key(column->base))
        return corm__error_set(error, CORM_MODEL, "%s.%s: %s cannot be a foreign key", model, name,
                               corm__kind_text(column->info, kind));
    column->reference = target;
    column->reference_column = key->index;
    return CORM_OK;
}

/* What can be said when all columns of the model know what they refer to. */
static corm_status corm__vet_reference(const corm__column *column, corm_error *error)
{
    const corm__mapper *holder = column->owner, *target = column->reference;
    const corm_column_options *options = &column->info->options;
    if (target == NULL)
        return CORM_OK;
    const corm__column *key = &target->columns[column->reference_column];
    if (!corm__refers_as_one(holder, target)) {
        if (key->info->options.unique || (key->primary_key && target->pk_count == 1))
            return CORM_OK;
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s refers to %s.%s, which alone does not tell rows apart: mark "
                               "that column with .unique = true, or refer once to each column of "
                               "the primary key of %s",
                               holder->model->name, column->info->name, target->model->name,
                               key->info->name, target->model->name);
    }
    for (size_t i = 0; i < column->index; i++) {
        const corm__column *first = &holder->columns[i];
        if (first->reference != target)
            continue;
        if (first->info->options.on_delete != options->on_delete ||
            first->info->options.on_update != options->on_update)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s and %s.%s are one foreign key: give both the same "
                                   ".on_delete and .on_update",
                                   holder->model->name, first->info->name, holder->model->name,
                                   column->info->name);
        break;
    }
    return CORM_OK;
}

/* Of the model that the column refers to, and those that inherit from it. */
static void corm__build_followed(const corm__column *column)
{
    const corm__mapper *to = column->reference;
    if (to == NULL || !corm__acts(column->info->options.on_update))
        return;
    for (size_t f = 0; f < to->family_count; f++)
        to->family[f]->followed |= UINT64_C(1) << column->reference_column;
}

static CORM__COLD corm_status corm__build_references(corm__registry *registry, corm_error *error)
{
    corm_status status = CORM_OK;
    for (size_t m = 0; m < registry->count; m++) {
        corm__mapper *mapper = &registry->mappers[m];
        for (size_t i = 0; status == CORM_OK && i < mapper->column_count; i++)
            status = corm__build_reference(registry, &mapper->columns[i], error);
        for (size_t i = 0; status == CORM_OK && i < mapper->column_count; i++)
            status = corm__vet_reference(&mapper->columns[i], error);
        for (size_t i = 0; status == CORM_OK && i < mapper->column_count; i++)
            corm__build_followed(&mapper->columns[i]);
    }
    return status;
}

/* ---- The order of the tables ----------------------------------------------------------------- */

/* The model whose rows are written before, because this column takes their keys. */
static corm__mapper *corm__column_needs(const corm__column *column)
{
    return column->reference != NULL ? column->reference : column->follows;
}

/* Tarjan's walk over foreign keys (SIAM J. Comput. 1972): tables that reach each other get one
 * group, and a group gets its number after all groups it refers to. Models that inherit from each
 * other are one stop of it, their root: who refers to one may refer to a row of any. */
typedef struct corm__table_walk {
    corm__registry *registry;
    uint32_t *numbers; /* in the order of the first visit, from 1; 0: not visited */
    uint16_t *path;    /* visited, and not yet in a group */
    size_t length;
    uint32_t visited;
    uint16_t groups;
} corm__table_walk;

/* Returns the lowest number that can be reached from here. */
static uint32_t corm__table_walk_from(corm__table_walk *walk, const corm__mapper *mapper)
{
    const uint32_t number = ++walk->visited;
    uint32_t lowest = number;
    walk->numbers[mapper->index] = number;
    walk->path[walk->length++] = mapper->index;
    for (size_t f = 0; f < mapper->family_count; f++) {
        const corm__mapper *from = mapper->family[f];
        for (size_t i = from->inherited; i < from->column_count; i++) {
            const corm__mapper *to = corm__column_needs(&from->columns[i]);
            uint32_t reached = number;
            if (to == NULL)
                continue;
            to = to->root;
            if (walk->numbers[to->index] == 0)
                reached = corm__table_walk_from(walk, to);
            else if (to->group == CORM__NO_GROUP)
                reached = walk->numbers[to->index];
            if (reached < lowest)
                lowest = reached;
        }
    }
    if (lowest != number)
        return lowest;
    uint16_t member;
    do {
        member = walk->path[--walk->length];
        for (size_t f = 0; f < walk->registry->mappers[member].family_count; f++)
            walk->registry->mappers[member].family[f]->group = walk->groups;
    } while (member != mapper->index);
    walk->groups++;
    return lowest;
}

/* Of the tables of a group that have no place yet: the first that needs no row of another one
 * of them, or, where each needs one, the first. NULL: all have their place. */
static corm__mapper *corm__group_next(const corm__registry *registry, uint16_t group)
{
    corm__mapper *first = NULL;
    for (size_t m = 0; m < registry->count; m++) {
        corm__mapper *mapper = &registry->mappers[m];
        if (mapper->group != group || mapper->rank != CORM__NO_RANK)
            continue;
        bool waits = mapper->base != NULL && mapper->base->rank == CORM__NO_RANK;
        for (size_t i = 0; i < mapper->column_count; i++) {
            const corm__column *column = &mapper->columns[i];
            const corm__mapper *to = corm__column_needs(column);
            if (to != NULL && to != mapper && to->group == group && to->rank == CORM__NO_RANK &&
                !column->optional)
                waits = true;
        }
        if (!waits)
            return mapper;
        if (first == NULL)
            first = mapper;
    }
    return first;
}

static void corm__build_cyclic(corm__mapper *mapper)
{
    for (size_t i = 0; i < mapper->column_count; i++) {
        const corm__mapper *to = corm__column_needs(&mapper->columns[i]);
        for (size_t f = 0;
             to != NULL && to->group == mapper->group && f < mapper->root->family_count; f++)
            mapper->root->family[f]->cyclic = true;
    }
}

static CORM__COLD corm_status corm__build_order(corm__registry *registry, corm_error *error)
{
    const size_t count = registry->count;
    corm__table_walk walk = {.registry = registry};
    registry->order =
        (corm__mapper **)corm__registry_take(registry, count, sizeof(corm__mapper *), error);
    walk.numbers = (uint32_t *)corm__registry_take(registry, count, sizeof *walk.numbers, error);
    walk.path = (uint16_t *)corm__registry_take(registry, count, sizeof *walk.path, error);
    if (registry->order == NULL || walk.numbers == NULL || walk.path == NULL)
        return CORM_OUT_OF_MEMORY;
    for (size_t m = 0; m < count; m++)
        if (registry->mappers[m].base == NULL && walk.numbers[m] == 0)
            (void)corm__table_walk_from(&walk, &registry->mappers[m]);
    uint16_t rank = 0;
    for (uint16_t group = 0; group < walk.groups; group++) {
        corm__mapper *next;
        while ((next = corm__group_next(registry, group)) != NULL) {
            next->rank = rank;
            registry->order[rank++] = next;
        }
    }
    for (size_t m = 0; m < count; m++)
        corm__build_cyclic(&registry->mappers[m]);
    return CORM_OK;
}

#endif /* CORM__ROOM_REFERENCES_C */
