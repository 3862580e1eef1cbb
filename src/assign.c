/* assign.c: assignments as values.
 *
 * Owns: making and joining them, and checking them against the model whose rows are written.
 * Must not know: the SQL text around them, sessions, rows. */
#ifndef CORM__ROOM_ASSIGN_C
#define CORM__ROOM_ASSIGN_C

#include "writing.h"
#include "select.c"

/* ---- Making ---------------------------------------------------------------------------------- */

/* `value` is a FIELD that does not know its column yet. */
CORM_API corm_assignments corm_assignment_of(corm_column_ref column, corm_condition value)
{
    corm_assignments made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    CORM__MADE_ADD_ALL(&making, value);
    corm__made_end(&making);
    made.nodes[0].as.of.model = column.model;
    made.nodes[0].column = column.index > UINT16_MAX ? UINT16_MAX : (uint16_t)column.index;
    return made;
}

CORM_API corm_assignments corm_assignment_null(corm_column_ref column)
{
    const corm_condition null = corm_operand_text(NULL);
    return corm_assignment_of(column,
                              corm_expression_of(CORM__FIELD, CORM_KIND_COUNT, 0, NULL, &null, 1));
}

CORM_API corm_assignments corm_assignments_join(const corm_assignments *parts)
{
    corm_assignments made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    for (; !CORM__IS_END(*parts); parts++)
        CORM__MADE_ADD_ALL(&making, *parts);
    corm__made_end(&making);
    return made;
}

/* ---- Sets of columns ------------------------------------------------------------------------- */

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
    uint64_t values;                                 /* columns that get a value */
    const corm_value *given;                         /* by column: which */
    uint64_t computed;                               /* columns that get what an expression gives */
    const corm__node *expressions[CORM__COLUMN_MAX]; /* by column: which */
    uint64_t counted;                                /* columns that get one more than they have */
} corm__setting;

static uint64_t corm__setting_columns(const corm__setting *setting)
{
    return setting->values | setting->computed | setting->counted;
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
    if (column->base == CORM_KIND_REAL && other->base == CORM_KIND_INTEGER)
        return true;
    if (!corm__kind_same(to, from) || to->kind != from->kind)
        return false;
    if (to->kind == CORM_KIND_CUSTOM)
        return strcmp(to->custom->name, from->custom->name) == 0;
    if (to->kind == CORM_KIND_DECIMAL)
        return to->scale == from->scale && to->precision >= from->precision;
    return length == 0 || (from->options.length > 0 && from->options.length <= length);
}

/* The column that an assignment means; NULL: it is refused. */
static const corm__column *corm__column_set(corm__writer *w, const corm__mapper *mapper,
                                            const corm__node *field)
{
    const corm_model *model = field->as.of.model;
    const corm__mapper *named =
        model == NULL ? NULL : corm__mapper_of((corm__registry *)w->registry, model);
    if (named != NULL && corm__is_a(mapper, named) && field->column < named->column_count)
        return &mapper->columns[field->column];
    if (model == NULL || field->column >= corm__meant(model)->column_count)
        CORM__REFUSE(w, CORM_MISUSE, ".set of %s: a column that no model has", mapper->model->name);
    else
        CORM__REFUSE(w, CORM_MISUSE, ".set of %s: %s.%s is a column of another model; use %s_",
                     mapper->model->name, model->name,
                     corm__meant(model)->columns[field->column].name, mapper->model->name);
    return NULL;
}

/* Something that the database computes: whether the column can hold all of it. */
static void corm__check_computed(corm__writer *w, const corm__column *column,
                                 const corm__node *value)
{
    const corm__sense sense = corm__sense_of(w, value);
    if (sense.column != NULL && !corm__takes_all_of(column, sense.column))
        CORM__REFUSE(w, CORM_MISUSE,
                     "%s.%s cannot be set from %s: not every value of that one fits into it: "
                     "declare both alike",
                     column->home->model->table, column->name, sense.column->name);
}

static void corm__check_assignment(corm__writer *w, const corm__mapper *mapper,
                                   const corm__node *field, corm__setting *out)
{
    const corm__column *column = corm__column_set(w, mapper, field);
    const corm__node *value = field + 1;
    if (column != NULL)
        w->status = corm__settable(mapper, column, ".set", w->error);
    if (w->status != CORM_OK)
        return;
    const uint64_t bit = UINT64_C(1) << column->index;
    if (corm__setting_columns(out) & bit) {
        CORM__REFUSE(w, CORM_MISUSE, "%s.%s is in .set twice", column->home->model->table,
                     column->name);
        return;
    }
    if (value->operator_ == CORM__VALUE || value->operator_ == CORM__VARIABLE) {
        out->values |= bit;
        return;
    }
    corm__check_computed(w, column, value);
    out->computed |= bit;
    out->expressions[column->index] = value;
}

/* Reads the assignments; values are not looked at. None, where they are not as they should be. */
static corm__nodes corm__check_assignments(corm__writer *w, const corm__mapper *mapper,
                                           const corm_assignments *set, corm__setting *out)
{
    const corm__nodes fields = CORM__SOUND(w, ".set", *set, CORM__IS_FIELD);
    const corm__node *end = corm__nodes_end(fields);
    if (set->count == 0)
        CORM__REFUSE(w, CORM_MISUSE,
                     "an UPDATE of %s without .set: say .set = corm_set(%s_.column, value)", w->of,
                     w->of);
    for (const corm__node *field = fields.at; field < end && w->status == CORM_OK;
         field = corm__after(field))
        corm__check_assignment(w, mapper, field, out);
    return fields;
}

#endif /* CORM__ROOM_ASSIGN_C */
