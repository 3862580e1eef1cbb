/* keys.c: what joins the two ends of a relationship.
 *
 * Owns: the keys and association tables, and what is said about those that are declared wrongly.
 * Must not know: objects, sessions, SQL text, which database it is. */
#ifndef CORM__ROOM_KEYS_C
#define CORM__ROOM_KEYS_C

#include "joining.c"

#include <string.h>

/* ---- The keys -------------------------------------------------------------------------------- */

static size_t corm__reference_count(const corm__mapper *holder, const corm__mapper *target)
{
    size_t count = 0;
    for (size_t i = 0; i < holder->column_count; i++)
        if (holder->columns[i].reference == target)
            count++;
    if (count > 0 && corm__refers_as_one(holder, target))
        count = 1;
    return count;
}

/* The option .foreign_key of the row behind this end; NULL: not given. */
static const corm_reference *corm__row_foreign_key(const corm__relation *end)
{
    const corm_relationship *row = corm__relation_row(end);
    return row != NULL && row->options.foreign_key.model != NULL ? &row->options.foreign_key : NULL;
}

static corm_status corm__vet_no_key(const corm__relation *relation, const corm__mapper *holder,
                                    const corm__mapper *target, corm_error *error)
{
    return corm__error_set(error, CORM_MODEL,
                           "%s.%s: no column of %s refers to %s: give one .references = "
                           "corm_ref(%s, %s)",
                           relation->source->model->name, relation->name, holder->model->name,
                           target->model->name, target->model->name,
                           target->columns[target->pk[0]].info->name);
}

/* Of a ONE_TO_ONE: which end's rows hold the key. */
static corm_status corm__build_holder(corm__relation *relation, const corm_reference *choice,
                                      corm__relation **out, corm_error *error)
{
    corm__relation *other = relation->inverse;
    const corm__mapper *source = relation->source, *target = relation->target;
    const size_t here = corm__reference_count(source, target);
    const size_t there = corm__reference_count(target, source);
    *out = relation;
    if (source == target) {
        /* Both ends stand in the same table. Of two rows, the one that gives .foreign_key holds
         * it. */
        if (corm__relation_row(other) == NULL)
            return CORM_OK;
        if ((corm__row_foreign_key(relation) == NULL) == (corm__row_foreign_key(other) == NULL))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s and %s.%s: give .foreign_key to one of them, the one "
                                   "whose object the column refers to",
                                   source->model->name, relation->name, source->model->name,
                                   other->name);
        if (corm__row_foreign_key(relation) == NULL)
            *out = other;
        return CORM_OK;
    }
    if (choice != NULL) {
        if (choice->model == target->model)
            *out = other;
        return CORM_OK;
    }
    if (here > 0 && there > 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: %s refers to %s and the other way round: choose the column "
                               "with .foreign_key = corm_ref(Model, column)",
                               source->model->name, relation->name, source->model->name,
                               target->model->name);
    if (here == 0 && there == 0)
        return corm__vet_no_key(relation, target, source, error);
    if (there > 0)
        *out = other;
    return CORM_OK;
}

/* The columns of `holder` that make the key: all that refer to the target where they are one
 * key, the chosen one, or the only one. `relation` is the row to speak of. */
static corm_status corm__build_key_columns(const corm__relation *relation, corm__relation *holder,
                                           const corm_reference *choice, corm_error *error)
{
    const corm__mapper *source = holder->source, *target = holder->target;
    const char *model = relation->source->model->name, *holding = source->model->name;
    const corm__column *chosen = NULL;
    if (choice != NULL) {
        chosen =
            choice->model == source->model ? corm__column_of_member(source, choice->column) : NULL;
        if (chosen == NULL || chosen->reference != target)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .foreign_key = corm_ref(%s, %s) is no column of %s that "
                                   "refers to %s",
                                   model, relation->name, choice->model->name, choice->column,
                                   holding, target->model->name);
    }
    const bool as_one = corm__refers_as_one(source, target);
    const corm__column *found = NULL;
    for (size_t i = 0; i < source->column_count; i++) {
        const corm__column *column = &source->columns[i];
        if (column->reference != target || (chosen != NULL && chosen != column && !as_one))
            continue;
        if (found != NULL && !as_one)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: %s.%s and %s.%s both refer to %s: choose one with "
                                   ".foreign_key = corm_ref(%s, %s)",
                                   model, relation->name, holding, found->info->name, holding,
                                   column->info->name, target->model->name, holding,
                                   found->info->name);
        found = column;
        holder->local[holder->key_count] = column->index;
        holder->remote[holder->key_count++] = column->reference_column;
    }
    return found != NULL ? CORM_OK : corm__vet_no_key(relation, source, target, error);
}

/* Of two rows that name each other either may carry the choice; NULL: neither does. */
static corm_status corm__build_choice(const corm__relation *relation, const corm_reference **out,
                                      corm_error *error)
{
    const corm_reference *here = corm__row_foreign_key(relation);
    const corm_reference *there = corm__row_foreign_key(relation->inverse);
    *out = here != NULL ? here : there;
    if (here == NULL || there == NULL)
        return CORM_OK;
    if (here->model != there->model || strcmp(here->column, there->column) != 0)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s and its other side %s.%s name different columns with "
                               ".foreign_key: once is enough",
                               relation->source->model->name, relation->name,
                               relation->target->model->name, relation->inverse->name);
    return CORM_OK;
}

static corm_status corm__build_key(corm__relation *relation, corm_error *error)
{
    const corm_reference *choice = NULL;
    corm__relation *holder = relation->kind == CORM_MANY_TO_ONE ? relation : relation->inverse;
    corm__relation *giver = corm__join_giver(relation);
    if (giver != NULL)
        return corm__build_join(giver, error);
    corm_status status = corm__build_choice(relation, &choice, error);
    if (status == CORM_OK && relation->kind == CORM_ONE_TO_ONE)
        status = corm__build_holder(relation, choice, &holder, error);
    if (status == CORM_OK)
        status = corm__build_key_columns(relation, holder, choice, error);
    if (status != CORM_OK)
        return status;
    corm__key_is_held_by(holder);
    return CORM_OK;
}

/* ---- Association tables ---------------------------------------------------------------------- */

static corm_status corm__vet_secondary(const corm__relation *relation, corm_error *error)
{
    const corm_secondary_table *table = &corm__relation_row(relation)->options.secondary;
    const corm__relation *other = relation->inverse;
    const char *model = relation->source->model->name, *name = relation->name;
    if (!corm__is_named(table->table) || !corm__is_named(table->local) ||
        !corm__is_named(table->remote))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: MANY_TO_MANY needs an association table: add .secondary = "
                               "corm_secondary(\"table\", \"column for %s\", \"column for %s\")",
                               model, name, model, relation->target->model->name);
    if (corm__same_identifier(table->local, table->remote))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .secondary names column %s twice: each side has its own",
                               model, name, table->local);
    for (int i = 0; i < 2; i++) {
        const corm__mapper *end = i == 0 ? relation->source : relation->target;
        if (end->pk_count != 1)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: MANY_TO_MANY needs a primary key of one column on both "
                                   "sides, and %s has %d: give %s a key of its own, or write a "
                                   "model for the table between",
                                   model, name, end->model->name, (int)end->pk_count,
                                   end->model->name);
        if (corm__same_identifier(end->model->table, table->table))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .secondary names table %s, which is the table of %s",
                                   model, name, table->table, end->model->name);
    }
    const corm_relationship *back = corm__relation_row(other);
    if (back == NULL)
        return CORM_OK;
    const corm_secondary_table *mirror = &back->options.secondary;
    if (mirror->table == NULL || !corm__same_identifier(mirror->table, table->table) ||
        mirror->local == NULL || !corm__same_identifier(mirror->local, table->remote) ||
        mirror->remote == NULL || !corm__same_identifier(mirror->remote, table->local))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s is the other side of %s.%s: it needs the same table with the "
                               "columns exchanged, .secondary = corm_secondary(\"%s\", \"%s\", "
                               "\"%s\")",
                               other->source->model->name, other->name, model, name, table->table,
                               table->remote, table->local);
    return CORM_OK;
}

/* Where a model stands for the table, a link is a row of the model: its two columns must be there, and
 * nothing else must need a value. */
static corm_status corm__vet_mapped_association(const corm__association *association,
                                                corm_error *error)
{
    const corm__relation *relation = association->sides[0];
    const corm__mapper *mapper = association->mapper;
    const char *model = relation->source->model->name, *name = relation->name;
    const corm__column *ends[2] = {NULL, NULL};
    for (size_t side = 0; side < 2; side++) {
        const corm__mapper *source = association->sides[side]->source;
        const corm__column *key = &source->columns[source->pk[0]];
        const corm__column *column = corm__column_named(mapper, association->columns[side][0]);
        if (column == NULL || !corm__kind_same(column->info, key->info))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: association table %s is the table of model %s, which "
                                   "has no column %s of kind %s",
                                   model, name, association->table, mapper->model->name,
                                   association->columns[side][0], corm__kind_names[key->kind]);
        if (column->reference != source || column->reference_column != key->index)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: association table %s is the table of model %s, whose "
                                   "column %s does not refer to %s: give it .references = "
                                   "corm_ref(%s, %s)",
                                   model, name, association->table, mapper->model->name,
                                   column->name, source->model->name, source->model->name,
                                   key->info->name);
        ends[side] = column;
    }
    for (size_t i = 0; i < mapper->column_count && !relation->view_only; i++) {
        const corm__column *column = &mapper->columns[i];
        if (column != ends[0] && column != ends[1] && !column->optional &&
            column->info->options.server_default == NULL &&
            column->info->options.generated == NULL &&
            !(column->primary_key && mapper->integer_key))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: association table %s is the table of model %s, whose "
                                   "column %s must have a value, which a link has not: make it "
                                   "OPTIONAL, or take a ONE_TO_MANY to %s instead",
                                   model, name, association->table, mapper->model->name,
                                   column->name, mapper->model->name);
    }
    return CORM_OK;
}

/* A table belongs to one pair of relationships. */
static corm_status corm__vet_association(const corm__registry *registry,
                                         const corm__association *association, corm_error *error)
{
    const corm__relation *relation = association->sides[0];
    const char *model = relation->source->model->name, *name = relation->name;
    for (size_t i = 0; i < registry->association_count && !relation->view_only; i++) {
        const corm__association *other = registry->associations[i];
        if (corm__same_identifier(other->table, association->table))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s and %s.%s both use association table %s: if they are the "
                                   "two sides of one relationship, name each other, else give each "
                                   "its own table",
                                   other->sides[0]->source->model->name, other->sides[0]->name,
                                   model, name, association->table);
    }
    return association->mapper == NULL ? CORM_OK : corm__vet_mapped_association(association, error);
}

static corm_status corm__build_association(corm__registry *registry, corm__relation *relation,
                                           corm_error *error)
{
    corm__relation *giver = corm__join_giver(relation);
    corm_status status = corm__vet_secondary(relation, error);
    if (status == CORM_OK && giver != NULL)
        status = corm__vet_join(giver, error);
    if (status != CORM_OK)
        return status;
    const corm_secondary_table *table = &corm__relation_row(relation)->options.secondary;
    corm__association *association =
        (corm__association *)corm__registry_take(registry, 1, sizeof *association, error);
    if (association == NULL)
        return CORM_OUT_OF_MEMORY;
    association->table = table->table;
    association->mapper = corm__mapper_of_table(registry, table->table);
    association->sides[0] = relation;
    association->sides[1] = relation->inverse;
    association->columns[0][0] = table->local;
    association->columns[1][0] = table->remote;
    for (unsigned side = 0; side < 2; side++) {
        corm__relation *end = association->sides[side];
        association->counts[side] = 1;
        end->association = association;
        end->side = side;
        end->key_count = 1;
        end->local[0] = end->source->pk[0];
        end->remote[0] = end->target->pk[0];
    }
    status = corm__vet_association(registry, association, error);
    if (status == CORM_OK && !relation->view_only)
        registry->associations[registry->association_count++] = association;
    return status;
}

/* ---- What needs the keys --------------------------------------------------------------------- */

static bool corm__key_has_action(const corm__relation *relation)
{
    for (size_t i = 0; i < relation->key_count; i++) {
        const corm__column *column = &relation->target->columns[relation->remote[i]];
        if (column->info->options.on_delete == CORM_ACTION_DEFAULT)
            return false;
    }
    return true;
}

/* A view-only many-to-many makes no table: a model or another relationship has it. */
static corm_status corm__vet_viewed_table(const corm__relation *relation, corm_error *error)
{
    const corm__registry *registry = relation->source->registry;
    const char *table = relation->association->table;
    for (size_t i = 0; i < registry->association_count; i++)
        if (corm__same_identifier(registry->associations[i]->table, table))
            return CORM_OK;
    if (corm__mapper_of_table(registry, table) != NULL)
        return CORM_OK;
    return corm__error_set(error, CORM_MODEL,
                           "%s.%s is view-only, and nothing else makes its table %s: declare a "
                           "model for it, or another relationship through it",
                           relation->source->model->name, relation->name, table);
}

static corm_status corm__vet_end(const corm__relation *relation, corm_error *error)
{
    const char *model = relation->source->model->name, *name = relation->name;
    const corm__relation *other = relation->inverse;
    if ((relation->cascade & CORM_CASCADE_DELETE_ORPHAN) != 0) {
        if (relation->association != NULL)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: CORM_CASCADE_DELETE_ORPHAN is not for MANY_TO_MANY, "
                                   "where another %s may still have the object: leave it out",
                                   model, name, model);
        if (relation->holds_key)
            return corm__error_set(
                error, CORM_MODEL,
                "%s.%s: CORM_CASCADE_DELETE_ORPHAN belongs to the parent's side: "
                "give it to %s.%s",
                model, name, other->source->model->name, other->name);
    }
    if (relation->view_only && relation->association != NULL)
        return corm__vet_viewed_table(relation, error);
    if (!relation->passive_deletes || relation->association != NULL)
        return CORM_OK;
    if (relation->holds_key)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .passive_deletes belongs to the parent's side: give it to "
                               "%s.%s",
                               model, name, other->source->model->name, other->name);
    if (!corm__key_has_action(relation))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .passive_deletes leaves the rows to the database, but %s.%s "
                               "does not say what happens: give it .on_delete",
                               model, name, relation->target->model->name,
                               relation->target->columns[relation->remote[0]].info->name);
    return CORM_OK;
}

static CORM__COLD corm_status corm__build_keys(corm__registry *registry, corm_error *error)
{
    size_t rows = 0;
    for (size_t m = 0; m < registry->count; m++)
        rows += registry->mappers[m].model->relationship_count;
    registry->associations = (corm__association **)corm__registry_take(
        registry, rows, sizeof(corm__association *), error);
    if (registry->associations == NULL)
        return CORM_OUT_OF_MEMORY;
    corm_status status = CORM_OK;
    for (size_t m = 0; m < registry->count; m++) {
        const corm__mapper *mapper = &registry->mappers[m];
        for (size_t i = 0; status == CORM_OK && i < mapper->model->relationship_count; i++) {
            corm__relation *relation = mapper->relations[i];
            if (relation->key_count > 0)
                continue; /* came with its other side */
            status = corm__build_views(relation, error);
            if (status != CORM_OK)
                break;
            status = relation->kind == CORM_MANY_TO_MANY
                         ? corm__build_association(registry, relation, error)
                         : corm__build_key(relation, error);
        }
    }
    for (size_t m = 0; m < registry->count; m++) {
        const corm__mapper *mapper = &registry->mappers[m];
        for (size_t i = 0; status == CORM_OK && i < mapper->relation_count; i++)
            status = corm__vet_end(mapper->relations[i], error);
    }
    return status;
}

#endif /* CORM__ROOM_KEYS_C */
