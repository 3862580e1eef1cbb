/* joining.c: relationships that spell out their join, and those that are only looked at.
 *
 * Owns: .join, .filter and .view_only of a row: pairs of columns in place of a foreign key, constant
 * conditions on the target, and what is said about those that do not fit.
 * Must not know: objects, sessions, SQL text, which database it is. */
#ifndef CORM__ROOM_JOINING_C
#define CORM__ROOM_JOINING_C

#include "query.h"
#include "relation.c"

/* ---- View-only ------------------------------------------------------------------------------- */

/* Of the row behind this end; a filter makes it so. */
static bool corm__row_is_view(const corm__relation *end)
{
    const corm_relationship *row = corm__relation_row(end);
    return row != NULL &&
           (row->options.view_only || row->options.filter.terms[0].column.model != NULL);
}

/* Both ends of a pair are view-only, or none. */
static corm_status corm__build_view(corm__relation *relation, corm_error *error)
{
    corm__relation *ends[2] = {relation, relation->inverse};
    if (!corm__row_is_view(relation) && !corm__row_is_view(relation->inverse))
        return CORM_OK;
    for (int i = 0; i < 2; i++) {
        corm__relation *end = ends[i];
        const corm_relationship *row = corm__relation_row(end);
        const char *model = end->source->model->name;
        if (row != NULL && !corm__row_is_view(end))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: its other side %s.%s is view-only: give it .view_only = "
                                   "true too, or write NONE there",
                                   model, end->name, end->target->model->name, end->inverse->name);
        const unsigned usual = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_MERGE;
        if (end->passive_deletes || (end->cascade & ~usual) != 0)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s is view-only and takes no part in adding and deleting: "
                                   "leave .cascade and .passive_deletes out",
                                   model, end->name);
        if (end->lazy == CORM_LAZY_WRITE_ONLY)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s is view-only and has nothing to write: choose another "
                                   ".lazy; corm_related_to queries it",
                                   model, end->name);
        end->view_only = true;
        end->cascade = 0;
    }
    return CORM_OK;
}

/* ---- The join -------------------------------------------------------------------------------- */

static const corm_join_pairs *corm__row_join(const corm__relation *end)
{
    const corm_relationship *row = corm__relation_row(end);
    return row != NULL && row->options.join.pairs[0].from.model != NULL ? &row->options.join : NULL;
}

/* The end that gives the join; NULL: the foreign key joins. */
static corm__relation *corm__join_giver(corm__relation *relation)
{
    return corm__row_join(relation) != NULL            ? relation
           : corm__row_join(relation->inverse) != NULL ? relation->inverse
                                                       : NULL;
}

static corm_status corm__vet_join(const corm__relation *giver, corm_error *error)
{
    const char *model = giver->source->model->name;
    if (giver->kind == CORM_MANY_TO_MANY)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .join is not for MANY_TO_MANY, which is joined by "
                               ".secondary: leave it out",
                               model, giver->name);
    if (corm__row_join(giver->inverse) != NULL)
        return corm__error_set(
            error, CORM_MODEL, "%s.%s and its other side %s.%s both have .join: once is enough",
            model, giver->name, giver->target->model->name, giver->inverse->name);
    for (int i = 0; i < 2; i++) {
        const corm_relationship *row = corm__relation_row(i == 0 ? giver : giver->inverse);
        if (row != NULL && row->options.foreign_key.model != NULL)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .join and .foreign_key both say how it is joined: leave "
                                   "one out",
                                   model, giver->name);
    }
    return CORM_OK;
}

/* The two columns of a pair, found in the models that they must be of. */
static corm_status corm__join_columns(const corm__relation *giver, const corm__relation *holder,
                                      const corm_join_pair *pair, const corm__column **from,
                                      const corm__column **to, corm_error *error)
{
    const char *model = giver->source->model->name;
    const corm__mapper *source = holder->source, *target = holder->target;
    *from = pair->from.model == source->model ? corm__column_of_member(source, pair->from.column)
                                              : NULL;
    *to = pair->to.model == target->model ? corm__column_of_member(target, pair->to.column) : NULL;
    if (*from == NULL || *to == NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .join = corm_join(%s, %s, %s, %s): the first column is one "
                               "of %s, whose rows refer, and the second one of %s",
                               model, giver->name, pair->from.model->name, pair->from.column,
                               pair->to.model->name, pair->to.column, source->model->name,
                               target->model->name);
    if (!corm__kind_same((*from)->info, (*to)->info))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .join: %s.%s and %s.%s are of different kinds: make them "
                               "the same",
                               model, giver->name, source->model->name, (*from)->info->name,
                               target->model->name, (*to)->info->name);
    const corm__column *collated = (*from)->info->options.collate != NULL ? *from : *to;
    if (collated->info->options.collate != NULL)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .join: %s.%s has .collate, and keys are told apart by their "
                               "bytes: leave it out, or join by another column",
                               model, giver->name, collated->owner->model->name,
                               collated->info->name);
    return CORM_OK;
}

/* The other end has the same key, seen from the other side. */
static void corm__key_is_held_by(corm__relation *holder)
{
    corm__relation *other = holder->inverse;
    holder->holds_key = true;
    other->key_count = holder->key_count;
    memcpy(other->local, holder->remote, sizeof other->local);
    memcpy(other->remote, holder->local, sizeof other->remote);
}

/* The pairs become the key of both ends. Rows that are referred to without a foreign key are written
 * first as well. */
static corm_status corm__build_join(corm__relation *giver, corm_error *error)
{
    const corm_join_pairs *join = corm__row_join(giver);
    corm__relation *holder = giver->kind == CORM_ONE_TO_MANY ? giver->inverse : giver;
    corm_status status = corm__vet_join(giver, error);
    if (giver->kind == CORM_ONE_TO_ONE && join->pairs[0].from.model != giver->source->model)
        holder = giver->inverse;
    for (size_t i = 0; i < CORM__JOIN_PAIRS && status == CORM_OK; i++) {
        const corm__column *from, *to;
        if (join->pairs[i].from.model == NULL)
            break;
        status = corm__join_columns(giver, holder, &join->pairs[i], &from, &to, error);
        if (status != CORM_OK)
            return status;
        holder->local[holder->key_count] = from->index;
        holder->remote[holder->key_count++] = to->index;
        if (!holder->view_only && from->reference == NULL)
            holder->source->columns[from->index].follows = holder->target;
    }
    corm__key_is_held_by(holder);
    return status;
}

/* ---- The filter ------------------------------------------------------------------------------ */

/* Of a column of C's own types: what is compared is stored as it is, whatever fits the member. */
static bool corm__filter_native(const corm_custom *custom, const corm_constant *constant,
                                corm_value *out, char *why, size_t size)
{
    *out = corm__constant_value(constant);
    if (custom->native == CORM_NATIVE_REAL && out->type == CORM_VALUE_INTEGER)
        *out = corm_value_real((double)constant->integer);
    return out->type == custom->stored &&
           (out->type != CORM_VALUE_REAL || corm__real_check(out->as.real, why, size)) &&
           (out->type != CORM_VALUE_TEXT || corm__text_check(out->as.bytes, 0, why, size));
}

/* The constant as the table holds it; its text is its own, or in the registry's memory. */
static corm_status corm__filter_value(const corm__relation *relation, const corm__column *column,
                                      const corm_constant *constant, corm_value *out,
                                      corm_error *error)
{
    char why[256];
    corm_column info = *column->info;
    corm__column copy = *column;
    info.options.default_value = *constant;
    copy.info = &info;
    *out = corm_value_null();
    if (constant->type == CORM__CONSTANT_NONE ||
        (corm__is_native(&info) &&
         corm__filter_native(info.custom, constant, out, why, sizeof why)))
        return CORM_OK;
    void *object = corm__registry_take(relation->source->registry, 1, column->owner->size, error);
    char *scratch =
        (char *)corm__registry_take(relation->source->registry, 1, CORM__SCRATCH, error);
    if (object == NULL || scratch == NULL)
        return CORM_OUT_OF_MEMORY;
    if (column->kind == CORM_KIND_CUSTOM || !corm__default_check(&info, why, sizeof why))
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .filter: %s.%s cannot be compared with that constant",
                               relation->source->model->name, relation->name,
                               column->owner->model->name, column->info->name);
    corm__default_fill(&copy, object);
    *out = corm__member_value(&copy, object, scratch);
    return CORM_OK;
}

static bool corm__takes_like(const corm__column *column)
{
    return column->kind == CORM_KIND_TEXT || corm__is_chars(column->info);
}

static CORM__COLD corm_status corm__build_filter(corm__relation *relation, corm_error *error)
{
    const corm_relationship *row = corm__relation_row(relation);
    const char *model = relation->source->model->name;
    for (size_t i = 0; row != NULL && i < CORM__FILTER_TERMS; i++) {
        const corm_filter_term *term = &row->options.filter.terms[i];
        corm__filter *filter = &relation->filters[relation->filter_count];
        if (term->column.model == NULL)
            break;
        const corm__column *column =
            term->column.model == relation->target->model
                ? corm__column_of_member(relation->target, term->column.column)
                : NULL;
        if (column == NULL)
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .filter names %s.%s: it must be a column of %s", model,
                                   relation->name, term->column.model->name, term->column.column,
                                   relation->target->model->name);
        const bool null = term->value.type == CORM__CONSTANT_NONE;
        if (term->operator_ > CORM__LIKE || (null && term->operator_ > CORM__NE) ||
            (term->operator_ == CORM__LIKE && !corm__takes_like(column)))
            return corm__error_set(error, CORM_MODEL,
                                   "%s.%s: .filter: %s.%s is compared by EQ, NE, LT, LE, GT or GE, "
                                   "a TEXT by LIKE too, with NULL by EQ or NE",
                                   model, relation->name, relation->target->model->name,
                                   column->info->name);
        const corm_status status =
            corm__filter_value(relation, column, &term->value, &filter->value, error);
        if (status != CORM_OK)
            return status;
        filter->column = column->index;
        filter->operator_ = (uint8_t)(!null                         ? term->operator_
                                      : term->operator_ == CORM__EQ ? CORM__IS_NULL
                                                                    : CORM__IS_NOT_NULL);
        relation->filter_count++;
        relation->filter_values = (uint16_t)(relation->filter_values + !null);
    }
    return CORM_OK;
}

/* What both ends' rows say of view-only and filters. */
static corm_status corm__build_views(corm__relation *relation, corm_error *error)
{
    corm_status status = corm__build_view(relation, error);
    if (status == CORM_OK)
        status = corm__build_filter(relation, error);
    return status == CORM_OK ? corm__build_filter(relation->inverse, error) : status;
}

#endif /* CORM__ROOM_JOINING_C */
