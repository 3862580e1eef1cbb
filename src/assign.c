/* assign.c: assignments as values.
 *
 * Owns: making and joining them, and checking them against the model whose rows are written.
 * Must not know: SQL text, sessions, rows. */
#ifndef CORM__ROOM_ASSIGN_C
#define CORM__ROOM_ASSIGN_C

#include "writing.h"
#include "query.c"

/* operator_ of a node: as.bytes and size name another column, which gives the value. */
enum { CORM__FROM_COLUMN = 255 };

/* ---- Making ---------------------------------------------------------------------------------- */

CORM_API corm_assignments corm_assignment_of(corm_condition equality)
{
    corm_assignments made;
    made.terms = equality;
    return made;
}

CORM_API corm_assignments corm_assignment_null(corm_column_ref column)
{
    return corm_assignment_of(corm_condition_null(column, true));
}

CORM_API corm_assignments corm_assignment_column(corm_column_ref column, corm_column_ref other)
{
    corm_assignments made = corm_assignment_null(column);
    corm__node *node = &made.terms.nodes[0];
    node->operator_ = CORM__FROM_COLUMN;
    node->as.bytes = other.model;
    node->size = other.index;
    return made;
}

CORM_API corm_assignments corm_assignments_join(const corm_assignments *parts, size_t count)
{
    corm_assignments joined = {{0}};
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++) {
        const corm_condition *part = &parts[i].terms;
        wanted += part->wanted > part->count ? part->wanted : part->count;
        for (size_t k = 0; k < part->count && joined.terms.count < CORM_CONDITION_NODES; k++)
            joined.terms.nodes[joined.terms.count++] = part->nodes[k];
    }
    joined.terms.wanted = wanted < UINT16_MAX ? (uint16_t)wanted : UINT16_MAX;
    return joined;
}

/* ---- Sets of columns ------------------------------------------------------------------------- */

static uint64_t corm__column_bits(const uint16_t *columns, size_t count)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= UINT64_C(1) << columns[i];
    return bits;
}

CORM_API corm_column_list corm_column_list_of(const corm_column_ref *columns, size_t count)
{
    corm_column_list list = {NULL, NULL, 0};
    for (size_t i = 0; i < count; i++) {
        if (list.model == NULL)
            list.model = columns[i].model;
        if (columns[i].model != list.model || columns[i].index >= CORM__COLUMN_MAX)
            list.other = columns[i].model;
        else
            list.columns |= UINT64_C(1) << columns[i].index;
    }
    return list;
}

/* ---- Checking -------------------------------------------------------------------------------- */

/* What an UPDATE writes into the columns of a model. */
typedef struct corm__setting {
    uint64_t values;                 /* columns that get a value, in their order */
    uint64_t copies;                 /* columns that get another one's */
    uint16_t from[CORM__COLUMN_MAX]; /* which, for those */
    uint64_t counted;                /* columns that get one more than they have */
} corm__setting;

static uint64_t corm__setting_columns(const corm__setting *setting)
{
    return setting->values | setting->copies | setting->counted;
}

/* A column that statements for many rows leave alone; `what` is ".set". */
static corm_status corm__settable(const corm__mapper *mapper, const corm__column *column,
                                  const char *what, corm_error *error)
{
    const char *why = NULL;
    if (column->primary_key)
        why = "it is part of the primary key, by which the session knows its objects: assign it to "
              "an object, and flush";
    else if (column->info->options.generated != NULL)
        why = "the database computes it (.generated)";
    else if (column == mapper->version)
        why = "corm counts it (.version)";
    else if (column == mapper->discriminator)
        why = "it says of which model a row is";
    if (why == NULL)
        return CORM_OK;
    return corm__error_set(error, CORM_MISUSE, "%s.%s cannot be in %s: %s",
                           column->home->model->table, column->name, what, why);
}

/* Whether every value of `other` is one of `column`. */
static bool corm__takes_all_of(const corm__column *column, const corm__column *other)
{
    const corm_column *to = column->info, *from = other->info;
    const unsigned length = to->options.length;
    if (!corm__kind_same(to, from) || to->kind != from->kind)
        return false;
    if (to->kind == CORM_KIND_CUSTOM)
        return strcmp(to->custom->name, from->custom->name) == 0;
    if (to->kind == CORM_KIND_DECIMAL)
        return to->scale == from->scale && to->precision >= from->precision;
    return length == 0 || (from->options.length > 0 && from->options.length <= length);
}

static corm_status corm__copy_check(const corm__mapper *mapper, const corm__column *column,
                                    const corm__node *node, corm__setting *out, corm_error *error)
{
    const corm__column *other =
        corm__query_column(mapper, (const corm_model *)node->as.bytes, node->size, ".set", error);
    if (other == NULL)
        return CORM_MISUSE;
    if (!corm__takes_all_of(column, other))
        return corm__error_set(error, CORM_MISUSE,
                               "%s.%s cannot be set from %s: not every value of that one fits into "
                               "it: declare both alike",
                               column->home->model->table, column->name, other->name);
    out->copies |= UINT64_C(1) << column->index;
    out->from[column->index] = other->index;
    return CORM_OK;
}

static corm_status corm__assignment_check(const corm__mapper *mapper, const corm__node *node,
                                          corm__setting *out, corm_error *error)
{
    const corm__column *column =
        corm__query_column(mapper, node->model, node->column, ".set", error);
    if (column == NULL)
        return CORM_MISUSE;
    corm_status status = corm__settable(mapper, column, ".set", error);
    if (status != CORM_OK)
        return status;
    const char *table = column->home->model->table;
    if (corm__setting_columns(out) >> column->index & 1)
        return corm__error_set(error, CORM_MISUSE, "%s.%s is in .set twice", table, column->name);
    if (node->operator_ == CORM__FROM_COLUMN)
        return corm__copy_check(mapper, column, node, out, error);
    if (node->operator_ == CORM__IS_NULL && !column->optional)
        return corm__error_set(error, CORM_NOT_NULL,
                               "%s.%s cannot be set to NULL: it must have a value; declare it "
                               "OPTIONAL to allow none",
                               table, column->name);
    if (node->operator_ != CORM__IS_NULL &&
        (node->operator_ != CORM__EQ || node->kind != column->base))
        return corm__error_set(error, CORM_MISUSE, "%s.%s is %s: .set gives it %s", table,
                               column->name, corm__kind_names[column->base],
                               node->operator_ == CORM__EQ && node->kind < CORM_KIND_COUNT
                                   ? corm__kind_names[node->kind]
                                   : "something that is no value: use corm_set");
    out->values |= UINT64_C(1) << column->index;
    return CORM_OK;
}

/* CORM_MISUSE, or CORM_NOT_NULL; values are not looked at. */
static corm_status corm__assignments_check(const corm__mapper *mapper, const corm_assignments *set,
                                           corm__setting *out, corm_error *error)
{
    const corm_condition *terms = &set->terms;
    corm_status status = CORM_OK;
    if (terms->count == 0)
        return corm__error_set(error, CORM_MISUSE,
                               "an UPDATE of %s without .set: say .set = corm_set(%s_.column, "
                               "value)",
                               mapper->model->name, mapper->model->name);
    if (terms->wanted > terms->count || terms->count > CORM_CONDITION_NODES)
        return corm__error_set(
            error, CORM_MISUSE,
            ".set has %u assignments, at most %u: define CORM_CONDITION_NODES larger",
            (unsigned)(terms->wanted > terms->count ? terms->wanted : terms->count),
            (unsigned)CORM_CONDITION_NODES);
    for (size_t i = 0; i < terms->count && status == CORM_OK; i++)
        status = corm__assignment_check(mapper, &terms->nodes[i], out, error);
    return status;
}

#endif /* CORM__ROOM_ASSIGN_C */
