/* computed.c: values of columns that the program does not give.
 *
 * Owns: running the functions of columns, bringing back what the database alone knows of a row, and
 * putting either into the member; counting versions.
 * Must not know: statements, their order, how a failure is undone. */
#ifndef CORM__ROOM_COMPUTED_C
#define CORM__ROOM_COMPUTED_C

#include "sync.c"

/* ---- One member ------------------------------------------------------------------------------ */

/* Puts a value in its stored form into the member. A text is noted as copied by this flush, so that
 * it is given back if the flush fails. */
static corm_status corm__member_give(corm_session *session, corm__plan *plan, void *object,
                                     const corm__column *column, const corm_value *value,
                                     bool check)
{
    char why[256], label[CORM__LABEL_SIZE];
    bool memory = column->owns && !corm__copy_push(plan, object, column);
    if (!memory &&
        corm__member_load(column, object, value, &session->heap, &memory, why, sizeof why) &&
        (!check || corm__member_check(column, object, &memory, why, sizeof why)))
        return CORM_OK;
    return corm__fail(session, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, "%s.%s: %s (%s)",
                      column->home->model->table, column->name, memory ? "out of memory" : why,
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
    if (given && !conversion.memory) {
        corm_status status = corm__member_give(session, plan, object, column, &value, true);
        if (status == CORM_OK && column->info->options.validate != NULL &&
            value.type != CORM_VALUE_NULL)
            status = corm__call_validator(session, object, column, &value);
        return status;
    }
    if (conversion.memory)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    return corm__fail(session, CORM_DATA, "%s.%s: %s (%s)", column->home->model->table,
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
    uint64_t wanted = mapper->default_functions & corm__standing_of(record)->unset;
    for (uint16_t i = 0; wanted >> i != 0 && i < mapper->column_count && status == CORM_OK; i++) {
        const corm__column *column = &mapper->columns[i];
        if (!(wanted >> i & 1) || (column->reference != NULL) != foreign_keys)
            continue;
        status =
            corm__compute(session, plan, object, column, column->info->options.default_function);
        if (status == CORM_OK)
            corm__standing_of(record)->unset &= ~(UINT64_C(1) << i);
    }
    return status;
}

/* The member becomes one more than the version in the snapshot that the row has. */
static void corm__version_next(const corm__mapper *mapper, void *object, const void *snapshot)
{
    if (mapper->version == NULL)
        return;
    /* unsigned: it may be anything that the table holds */
    uint64_t next = (uint64_t)corm__read_integer(corm__member_at(mapper->version, snapshot)) + 1;
    memcpy((char *)object + mapper->version->offset, &next, sizeof next);
}

/* A new row begins with version 1, unless the program has given another. */
static void corm__version_begin(const corm__mapper *mapper, void *object)
{
    const int64_t first = 1;
    const uint64_t bit = corm__version_bit(mapper);
    if (!(corm__standing_of(corm__record_of(object))->unset & bit))
        return;
    memcpy((char *)object + mapper->version->offset, &first, sizeof first);
    corm__standing_of(corm__record_of(object))->unset &= ~bit;
}

/* Columns that an UPDATE of these columns writes besides. */
static uint64_t corm__columns_besides(const corm__mapper *mapper, uint64_t columns)
{
    return (mapper->update_functions | corm__version_bit(mapper)) & ~columns;
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
    corm__version_next(mapper, object, corm__snapshot_of(object));
    for (uint16_t i = 0; besides >> i != 0 && i < mapper->column_count && status == CORM_OK; i++) {
        const corm__column *column = &mapper->columns[i];
        if ((besides & mapper->update_functions) >> i & 1)
            status =
                corm__compute(session, plan, object, column, column->info->options.update_function);
    }
    *columns |= besides;
    return status;
}

/* ---- What the database alone knows ------------------------------------------------------------- */

typedef struct corm__back { /* on its way from the database into an object */
    corm_session *session;
    corm__plan *plan;
    void *object;
    uint64_t columns;
    bool whole;  /* the row has all columns, not only these */
    int64_t key; /* the integer key, if it is among them */
} corm__back;

/* Puts a row into the members. */
static corm_status corm__back_take(void *context, const corm_value *row)
{
    corm__back *back = context;
    const corm__mapper *mapper = corm__mapper_at(back->object);
    corm_status status = CORM_OK;
    char scratch[CORM__SCRATCH];
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        const corm__column *column = &mapper->columns[i];
        if (!(back->columns >> i & 1)) {
            row += back->whole;
            continue;
        }
        if (column->primary_key)
            back->key = row->as.integer;
        corm_value known = corm__member_value(column, back->object, scratch);
        if (column->kind == CORM_KIND_CUSTOM || !corm__value_equal(&known, row))
            status = corm__member_give(back->session, back->plan, back->object, column, row, false);
        row++;
    }
    return status;
}

/* The same by a SELECT, for databases that cannot return; into the snapshot too. */
static corm_status corm__back_select(corm_session *session, corm__plan *plan, void *object,
                                     uint64_t columns)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__back back = {session, plan, object, columns, true, 0};
    corm_value row[CORM__COLUMN_MAX];
    corm__cursor cursor;
    corm__key key;
    bool more = false;
    char label[CORM__LABEL_SIZE];
    corm__key_read(mapper, mapper->pk, mapper->pk_count, object, &key);
    corm__prepared *prepared = corm__statement_of(session, mapper, CORM__VERB_GET, 0);
    if (prepared == NULL)
        return session->error.status;
    corm_status status =
        corm__cursor_start(session, &cursor, prepared, key.values, mapper->pk_count);
    if (status == CORM_OK)
        status = corm__cursor_fetch(session, &cursor, row, mapper->select_count, &more);
    if (status == CORM_OK && !more)
        status = corm__fail(session, CORM_STALE_DATA,
                            "%s: the row of %s is gone as soon as it was written: a trigger of the "
                            "table has deleted it",
                            mapper->model->table, corm__label(object, label));
    if (status == CORM_OK)
        status = corm__back_take(&back, row);
    corm__cursor_end(session, &cursor);
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        if (columns >> i & 1)
            corm__snapshot_replace(session, &mapper->columns[i], corm__record_of(object),
                                   corm__snapshot_of(object), object);
    }
    return status;
}

#endif /* CORM__ROOM_COMPUTED_C */
