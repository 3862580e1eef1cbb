/* relation.c: relationships and their two ends, as the implementation sees them, checked.
 *
 * Owns: the ends that rows declare, those that BACKREF declares and the hidden ones behind NONE;
 * what is said about names, options and sides that do not fit each other.
 * Must not know: the columns that join the two ends, objects, sessions, SQL text, which database
 * it is. */
#ifndef CORM__ROOM_RELATION_C
#define CORM__ROOM_RELATION_C

#include "constraints.c"

#include <string.h>

static const char *const corm__relationship_words[] = {
    [CORM_ONE_TO_MANY] = "ONE_TO_MANY",
    [CORM_MANY_TO_ONE] = "MANY_TO_ONE",
    [CORM_ONE_TO_ONE] = "ONE_TO_ONE",
    [CORM_MANY_TO_MANY] = "MANY_TO_MANY",
};
static const corm_relationship_kind corm__relationship_opposites[] = {
    [CORM_ONE_TO_MANY] = CORM_MANY_TO_ONE,
    [CORM_MANY_TO_ONE] = CORM_ONE_TO_MANY,
    [CORM_ONE_TO_ONE] = CORM_ONE_TO_ONE,
    [CORM_MANY_TO_MANY] = CORM_MANY_TO_MANY,
};

/* The row that declares this end; NULL for an end that the other side's row declares or leaves
 * out. */
static const corm_relationship *corm__relation_row(const corm__relation *relation)
{
    const corm_model *model = relation->source->model;
    return relation->index < model->relationship_count ? &model->relationships[relation->index]
                                                       : NULL;
}

static corm__relation *corm__relation_of(const corm__registry *registry, corm_relationship_ref ref)
{
    const corm__mapper *mapper = ref.model == NULL ? NULL : corm__mapper_of(registry, ref.model);
    if (mapper == NULL || ref.index >= ref.model->relationship_count)
        return NULL;
    corm__relation *relation = mapper->relations[mapper->inherited_relations + ref.index];
    return ref.backref ? relation->inverse : relation;
}

/* The relation of a public reference that the mapper's own model declares; NULL: another one does, or
 * none. */
static CORM__INLINE corm__relation *corm__own_relation(const corm__mapper *mapper,
                                                       corm_relationship_ref reference)
{
    return reference.model == mapper->model && !reference.backref &&
                   reference.index < mapper->model->relationship_count
               ? mapper->relations[mapper->inherited_relations + reference.index]
               : NULL;
}

/* ---- The ends -------------------------------------------------------------------------------- */

/* What the options of a row say, without a look at the other side. */
static corm_status corm__vet_row(const corm__mapper *mapper, const corm_relationship *row,
                                 corm_error *error)
{
    const corm_relationship_options *options = &row->options;
    const corm_backref_options *back = &options->backref;
    const char *model = mapper->model->name, *kind = corm__relationship_words[row->kind];
    if (corm__mapper_of(mapper->registry, row->target) == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s is to model %s, which is not in schema %s: add it there",
                               model, row->name, row->target->name, mapper->registry->schema->name);
    if (row->kind != CORM_MANY_TO_MANY && options->secondary.table != NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .secondary is for MANY_TO_MANY, not for %s: leave it out",
                               model, row->name, kind);
    if (row->kind == CORM_MANY_TO_MANY && options->foreign_key.model != NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .foreign_key is not for MANY_TO_MANY, whose keys stand in "
                               "the association table: leave it out",
                               model, row->name);
    if (row->other_side != CORM__OTHER_BACKREF_ &&
        (back->cascade != 0 || back->lazy != CORM_LAZY_BATCH ||
         back->order_by.column.model != NULL || back->then_by[0].column.model != NULL ||
         back->passive_deletes || back->join_depth > 0))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .backref needs BACKREF(name) as the other side; where both "
                               "sides are declared, each has its own options",
                               model, row->name);
    return CORM_OK;
}

static corm_status corm__vet_name(const corm__mapper *mapper, const char *name, corm_error *error)
{
    const char *model = mapper->model->name;
    if (!corm__is_named(name))
        return corm__error_set(error, CORM_MODEL, "%s has a relationship without a name", model);
    if (strcmp(name, "list") == 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s.list: a relationship cannot be called list, because %s_list is "
                               "the type of a list: rename it",
                               model, model);
    for (size_t i = 0; i < mapper->column_count; i++)
        if (strcmp(mapper->columns[i].info->name, name) == 0)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s is a column and a relationship: rename one", model, name);
    for (size_t i = 0; i < mapper->relation_count; i++)
        if (mapper->relations[i] != NULL && strcmp(mapper->relations[i]->name, name) == 0)
            return corm__error_set(error, CORM_MODEL,
                                   "%s has two relationships %s: rename one (BACKREF declares one "
                                   "too)",
                                   model, name);
    return CORM_OK;
}

/* What was given, and save-update and merge unless CORM_CASCADE_NONE takes them away. */
static corm_status corm__build_cascade(corm__relation *relation, unsigned given, corm_error *error)
{
    const unsigned all = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN | CORM_CASCADE_NONE;
    const unsigned defaults = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_MERGE;
    const char *model = relation->source->model->name;
    if ((given & ~all) != 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .cascade is made of CORM_CASCADE_... only, not of "
                               "CORM_ACTION_..., which are for foreign keys",
                               model, relation->name);
    if ((given & CORM_CASCADE_NONE) != 0 && (given & defaults) == defaults)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: CORM_CASCADE_NONE takes save-update and merge away, but "
                               "both are given too: leave it out",
                               model, relation->name);
    if ((given & CORM_CASCADE_DELETE_ORPHAN) != 0 && (given & CORM_CASCADE_DELETE) == 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: CORM_CASCADE_DELETE_ORPHAN needs CORM_CASCADE_DELETE: give "
                               "both",
                               model, relation->name);
    relation->cascade =
        (given & CORM_CASCADE_NONE) != 0 ? given & ~(unsigned)CORM_CASCADE_NONE : given | defaults;
    return CORM_OK;
}

static corm_status corm__build_sort(corm__relation *relation, const corm_sort *order,
                                    corm_error *error)
{
    const char *model = relation->source->model->name;
    const char *target = relation->target->model->name;
    if (order->column.model == NULL)
        return CORM_OK;
    if (!relation->to_many)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s is one object: .order_by is for lists, leave it out", model,
                               relation->name);
    if (order->column.model != relation->target->model)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .order_by names a column of %s: it must be one of %s", model,
                               relation->name, order->column.model->name, target);
    const corm__column *column = corm__column_of_member(relation->target, order->column.column);
    if (column == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .order_by names a column that %s does not have", model,
                               relation->name, target);
    relation->order[relation->order_count].column = column->index;
    relation->order[relation->order_count++].descending = order->descending;
    return CORM_OK;
}

static corm_status corm__build_sorts(corm__relation *relation, const corm_sort *order,
                                     const corm_sort *then, corm_error *error)
{
    corm_status status = corm__build_sort(relation, order, error);
    if (order->column.model == NULL && then[0].column.model != NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .then_by goes on with an order: give .order_by first",
                               relation->source->model->name, relation->name);
    for (size_t i = 0; i < CORM__SORT_TERMS - 1 && status == CORM_OK; i++)
        status = corm__build_sort(relation, &then[i], error);
    return status;
}

static corm_status corm__build_lazy(corm__relation *relation, corm_lazy lazy, unsigned depth,
                                    corm_error *error)
{
    const bool eager = lazy == CORM_LAZY_JOINED || lazy == CORM_LAZY_SELECTIN;
    const char *model = relation->source->model->name;
    relation->lazy = lazy;
    relation->join_depth = (uint16_t)depth;
    relation->source->eager = relation->source->eager || eager;
    if ((unsigned)lazy > CORM_LAZY_WRITE_ONLY)
        return corm__error_set(error, CORM_MODEL, "%s.%s: .lazy is one of CORM_LAZY_...", model,
                               relation->name);
    if (lazy == CORM_LAZY_WRITE_ONLY && !relation->to_many)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s is one object: CORM_LAZY_WRITE_ONLY is for lists, choose "
                               "another .lazy",
                               model, relation->name);
    if (depth > 0 && !eager)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .join_depth is for CORM_LAZY_JOINED and CORM_LAZY_SELECTIN: "
                               "leave it out",
                               model, relation->name);
    if (depth > UINT16_MAX)
        return corm__error_set(error, CORM_MODEL, "%s.%s: .join_depth is %u, at most %d", model,
                               relation->name, depth, UINT16_MAX);
    return CORM_OK;
}

/* A new end at `index` of its source. */
static corm__relation *corm__build_end(corm__mapper *source, size_t index,
                                       corm_relationship_kind kind, corm__mapper *target,
                                       corm_error *error)
{
    corm__relation *relation =
        (corm__relation *)corm__registry_take(source->registry, 1, sizeof *relation, error);
    if (relation == NULL)
        return NULL;
    relation->kind = kind;
    relation->to_many = kind == CORM_ONE_TO_MANY || kind == CORM_MANY_TO_MANY;
    relation->index = (uint16_t)index;
    relation->source = source;
    relation->target = target;
    source->relations[index] = relation;
    return relation;
}

static corm_status corm__build_row(corm__mapper *mapper, size_t index, corm_error *error)
{
    const corm_relationship *row = &mapper->model->relationships[index];
    corm_status status = corm__vet_row(mapper, row, error);
    if (status == CORM_OK)
        status = corm__vet_name(mapper, row->name, error);
    if (status != CORM_OK)
        return status;
    corm__mapper *target = corm__mapper_of(mapper->registry, row->target);
    corm__relation *relation = corm__build_end(mapper, index, row->kind, target, error);
    if (relation == NULL)
        return CORM_OUT_OF_MEMORY;
    relation->name = row->name;
    relation->passive_deletes = row->options.passive_deletes;
    status = corm__build_lazy(relation, row->options.lazy, row->options.join_depth, error);
    if (status == CORM_OK)
        status = corm__build_cascade(relation, row->options.cascade, error);
    return status == CORM_OK
               ? corm__build_sorts(relation, &row->options.order_by, row->options.then_by, error)
               : status;
}

/* The end that BACKREF declares, or the hidden one that stands for NONE. */
static corm_status corm__build_other_end(corm__relation *relation, corm_error *error)
{
    const corm_relationship *row = corm__relation_row(relation);
    const corm_backref_options *options = &row->options.backref;
    corm__mapper *target = relation->target;
    const char *name = row->other_name;
    if (row->other_side == CORM__OTHER_BACKREF_) {
        const corm_status status = corm__vet_name(target, name, error);
        if (status != CORM_OK)
            return status;
    } else {
        const size_t size = strlen(relation->source->model->name) + strlen(row->name) + 32;
        char *text = (char *)corm__registry_take(target->registry, size, 1, error);
        if (text == NULL)
            return CORM_OUT_OF_MEMORY;
        (void)snprintf(text, size, "(other side of %s.%s)", relation->source->model->name,
                       row->name);
        name = text;
    }
    corm__relation *end =
        corm__build_end(target, target->relation_count, corm__relationship_opposites[row->kind],
                        relation->source, error);
    if (end == NULL)
        return CORM_OUT_OF_MEMORY;
    target->relation_count++;
    end->name = name;
    end->inverse = relation;
    relation->inverse = end;
    if (row->other_side == CORM__OTHER_NONE_) {
        end->hidden = true;
        return CORM_OK;
    }
    end->passive_deletes = options->passive_deletes;
    corm_status status = corm__build_lazy(end, options->lazy, options->join_depth, error);
    if (status == CORM_OK)
        status = corm__build_cascade(end, options->cascade, error);
    return status == CORM_OK ? corm__build_sorts(end, &options->order_by, options->then_by, error)
                             : status;
}

/* Two rows that name each other. */
static corm_status corm__build_named_end(corm__relation *relation, corm_error *error)
{
    const corm_relationship *row = corm__relation_row(relation);
    const corm__mapper *target = relation->target;
    const char *model = relation->source->model->name, *other_name = row->other_name;
    corm__relation *other = NULL;
    for (size_t i = 0; i < target->model->relationship_count; i++)
        if (strcmp(target->relations[i]->name, other_name) == 0)
            other = target->relations[i];
    if (other == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s has no relationship %s: declare it there, or write "
                               "BACKREF(%s) or NONE",
                               model, row->name, target->model->name, other_name, other_name);
    if (other == relation)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s names itself as its other side: the way back is another "
                               "relationship, BACKREF(name) or NONE",
                               model, row->name);
    const corm_relationship *back = corm__relation_row(other);
    if (other->target != relation->source)
        return corm__error_set(error, CORM_MODEL, "%s.%s: its other side %s.%s is to %s, not to %s",
                               model, row->name, target->model->name, other->name,
                               other->target->model->name, model);
    if (back->other_side != CORM__OTHER_NAMED_ || strcmp(back->other_name, row->name) != 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s names %s.%s as its other side, which does not name it back: "
                               "write %s there",
                               model, row->name, target->model->name, other->name, row->name);
    if (back->kind != corm__relationship_opposites[row->kind])
        return corm__error_set(error, CORM_MODEL, "%s.%s is %s, so %s.%s must be %s, not %s", model,
                               row->name, corm__relationship_words[row->kind], target->model->name,
                               other->name,
                               corm__relationship_words[corm__relationship_opposites[row->kind]],
                               corm__relationship_words[back->kind]);
    relation->inverse = other;
    other->inverse = relation;
    return CORM_OK;
}

static corm_status corm__build_room(corm__registry *registry, corm_error *error)
{
    /* So many ends will be on each mapper: its own rows, and those that point at it without
     * naming a row. */
    size_t *counts =
        (size_t *)corm__registry_take(registry, registry->count, sizeof *counts, error);
    if (counts == NULL)
        return CORM_OUT_OF_MEMORY;
    for (size_t m = 0; m < registry->count; m++) {
        const corm_model *model = registry->mappers[m].model;
        counts[m] += model->relationship_count;
        for (size_t i = 0; i < model->relationship_count; i++) {
            const corm_relationship *row = &model->relationships[i];
            const corm__mapper *target = corm__mapper_of(registry, row->target);
            if (target != NULL && row->other_side != CORM__OTHER_NAMED_)
                counts[target->index]++;
        }
    }
    for (size_t m = 0; m < registry->count; m++) {
        corm__mapper *mapper = &registry->mappers[m];
        if (counts[m] > UINT16_MAX)
            return corm__error_set(error, CORM_MODEL, "%s has %zu relationships, at most %d",
                                   mapper->model->name, counts[m], UINT16_MAX);
        mapper->relations = (corm__relation **)corm__registry_take(registry, counts[m],
                                                                   sizeof(corm__relation *), error);
        if (mapper->relations == NULL)
            return CORM_OUT_OF_MEMORY;
        mapper->relation_count = (uint16_t)mapper->model->relationship_count;
    }
    return CORM_OK;
}

/* Rows first, so that they keep their numbers; then the ends that no row stands for. */
static CORM__COLD corm_status corm__build_relations(corm__registry *registry, corm_error *error)
{
    corm_status status = corm__build_room(registry, error);
    for (size_t m = 0; status == CORM_OK && m < registry->count; m++)
        for (size_t i = 0; status == CORM_OK && i < registry->mappers[m].model->relationship_count;
             i++)
            status = corm__build_row(&registry->mappers[m], i, error);
    for (size_t m = 0; status == CORM_OK && m < registry->count; m++) {
        const corm__mapper *mapper = &registry->mappers[m];
        for (size_t i = 0; status == CORM_OK && i < mapper->model->relationship_count; i++) {
            corm__relation *relation = mapper->relations[i];
            if (relation->inverse != NULL)
                continue;
            status = corm__relation_row(relation)->other_side == CORM__OTHER_NAMED_
                         ? corm__build_named_end(relation, error)
                         : corm__build_other_end(relation, error);
        }
    }
    return status;
}

#endif /* CORM__ROOM_RELATION_C */
