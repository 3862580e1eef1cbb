/* computed.c: values of columns that the program does not give.
 *
 * Owns: running the functions of columns, and putting what they give into the member.
 * Must not know: statements, their order, how a failure is undone. */
#ifndef CORM__ROOM_COMPUTED_C
#define CORM__ROOM_COMPUTED_C

#include "sync.c"

/* ---- One member ------------------------------------------------------------------------------ */

/* Puts a value in its stored form into the member. A text is noted as copied by this flush, so that
 * it is given back if the flush fails. */
static corm_status corm__member_give(corm_session *session, corm__plan *plan, void *object,
                                     const corm__column *column, const corm_value *value)
{
    char why[256], label[CORM__LABEL_SIZE];
    bool memory = column->owns && !corm__copy_push(plan, object, column);
    if (!memory &&
        corm__member_load(column, object, value, &session->heap, &memory, why, sizeof why) &&
        corm__member_check(column, object, &memory, why, sizeof why))
        return CORM_OK;
    return corm__fail(session, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, "%s.%s: %s (%s)",
                      column->owner->model->table, column->name, memory ? "out of memory" : why,
                      corm__label(object, label));
}

/* ---- Functions of columns -------------------------------------------------------------------- */

static corm_status corm__compute(corm_session *session, corm__plan *plan, void *object,
                                 const corm__column *column, corm_column_function function)
{
    char why[256] = "", label[CORM__LABEL_SIZE];
    corm_value value = corm_value_null();
    if (plan->now.year == 0)
        plan->now = corm_now();
    corm_conversion conversion = {.arena = &session->scratch,
                                  .why = why,
                                  .size = sizeof why,
                                  .column = column->info,
                                  .now = &plan->now};
    bool given = function(object, &value, &conversion);
    if (given && !conversion.memory)
        return corm__member_give(session, plan, object, column, &value);
    if (conversion.memory)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    return corm__fail(session, CORM_DATA, "%s.%s: %s (%s)", column->owner->model->table,
                      column->name,
                      why[0] != '\0' ? why : "its function gives no value and does not say why",
                      corm__label(object, label));
}

/* The columns of a new object that are unset and have a function. Foreign keys come after the
 * references have been looked at, all others before, as a key may be referred to. */
static corm_status corm__compute_insert(corm_session *session, corm__plan *plan, void *object,
                                        bool foreign_keys)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    corm_status status = CORM_OK;
    uint64_t wanted = mapper->default_functions & record->as.unset;
    for (uint16_t i = 0; wanted >> i != 0 && i < mapper->column_count && status == CORM_OK; i++) {
        const corm__column *column = &mapper->columns[i];
        if (!(wanted >> i & 1) || (column->reference != NULL) != foreign_keys)
            continue;
        status =
            corm__compute(session, plan, object, column, column->info->options.default_function);
        if (status == CORM_OK)
            record->as.unset &= ~(UINT64_C(1) << i);
    }
    return status;
}

/* Columns that an UPDATE of these columns writes besides. */
static uint64_t corm__columns_besides(const corm__mapper *mapper, uint64_t columns)
{
    return mapper->update_functions & ~columns;
}

/* Fills in what an UPDATE of these columns writes besides, and adds it to them. */
static corm_status corm__compute_update(corm_session *session, corm__plan *plan, void *object,
                                        uint64_t *columns)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    uint64_t besides = corm__columns_besides(mapper, *columns);
    corm_status status = CORM_OK;
    if (corm__record_of(object)->flags & CORM__NEW)
        return CORM_OK; /* the second statement of an INSERT */
    for (uint16_t i = 0; besides >> i != 0 && i < mapper->column_count && status == CORM_OK; i++) {
        const corm__column *column = &mapper->columns[i];
        if (besides >> i & 1)
            status =
                corm__compute(session, plan, object, column, column->info->options.update_function);
    }
    *columns |= besides;
    return status;
}

#endif /* CORM__ROOM_COMPUTED_C */
