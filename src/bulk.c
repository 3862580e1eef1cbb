/* bulk.c: what a statement for many rows writes, and why it failed.
 *
 * Owns: the values that an UPDATE by query assigns, checked as those of a flush are; running one
 * statement, and the story of its failure.
 * Must not know: in which way the rows are found, what becomes of their objects. */
#ifndef CORM__ROOM_BULK_C
#define CORM__ROOM_BULK_C

#include "reread.c"

typedef struct corm__bulk { /* one statement by query */
    corm_session *session;
    corm__mapper *mapper;
    const char *verb;       /* "UPDATE" */
    corm_condition where;   /* which rows; empty: all */
    const corm__keys *keys; /* by which they are written; NULL: by the conditions */
    corm__setting setting;
    void *row; /* a struct of the model, with the assigned values */
    corm__heap texts;
    corm_value given[CORM__COLUMN_MAX]; /* by column: the assigned values */
    corm_datetime now;
    bool lively;          /* a flush may change what it says */
    bool wants;           /* the program wants the objects of the rows */
    corm__vector objects; /* of the rows: those that the session has, or all */
    corm__effects effects;
    int64_t rows;
} corm__bulk;

static void corm__bulk_free(corm__bulk *bulk)
{
    if (bulk == NULL)
        return;
    corm__heap_free(&bulk->texts);
    corm__vector_free(&bulk->objects);
    corm__free(bulk->effects.of);
    corm__free(bulk->row);
    corm__free(bulk);
}

/* ---- Values ---------------------------------------------------------------------------------- */

/* Asks the program's validator about a value that no object has; `row` is a struct of the model. */
static corm_status corm__validate_value(corm_session *session, const void *row,
                                        const corm__column *column, const corm_value *value,
                                        const char *doing)
{
    char shown[CORM__DESCRIBED];
    corm__running running;
    if (column->info->options.validate == NULL || value->type == CORM_VALUE_NULL)
        return CORM_OK;
    corm__running_begin(session, &running, "a validator", row, CORM__BOUND_ALL);
    const bool fine = column->info->options.validate(session, row, value);
    const corm_status status = corm__running_end(session, &running, NULL);
    if (status != CORM_OK || fine)
        return status;
    corm__value_describe(value, shown, sizeof shown);
    return corm__fail(session, CORM_REFUSED, "%s.%s: %s is refused%s%s (%s)",
                      column->home->model->table, column->name, shown,
                      running.why[0] == '\0' ? "" : ": ", running.why, doing);
}

/* The value in its stored form into the struct, checked as a flush would; the struct's member need
 * not live. */
static corm_status corm__bulk_give(corm__bulk *bulk, const corm__column *column,
                                   const corm_value *value)
{
    corm_session *session = bulk->session;
    char why[256];
    bool memory = false;
    bulk->given[column->index] = *value;
    if (value->type == CORM_VALUE_NULL && !column->optional)
        return corm__fail(session, CORM_NOT_NULL,
                          "%s.%s is to become NULL, but must have a value (%s by query)",
                          column->home->model->table, column->name, bulk->verb);
    if (!corm__member_load(column, bulk->row, value, &bulk->texts, &memory, why, sizeof why) ||
        !corm__member_check(column, bulk->row, &memory, why, sizeof why))
        return corm__fail(session, memory ? CORM_OUT_OF_MEMORY : CORM_DATA,
                          "%s.%s: %s (%s by query)", column->home->model->table, column->name, why,
                          bulk->verb);
    return corm__validate_value(session, bulk->row, column, value, "UPDATE by query");
}

/* The assigned values; what is computed is none. */
static corm_status corm__bulk_assign(corm__bulk *bulk, corm__nodes fields)
{
    corm_session *session = bulk->session;
    const corm__node *end = corm__nodes_end(fields);
    corm_status status = CORM_OK;
    char why[256] = "";
    for (const corm__node *field = fields.at; field < end && status == CORM_OK;
         field = corm__after(field)) {
        const corm__column *column = &bulk->mapper->columns[field->column];
        corm__operand o = {{column->base, column}, &session->scratch, why, sizeof why, false};
        corm_value value = corm_value_null();
        if (!(bulk->setting.values >> column->index & 1))
            continue;
        const bool fine = field[1].operator_ == CORM__VARIABLE
                              ? corm__variable_operand(&o, field + 1, &value)
                              : corm__value_operand(&o, field + 1, &value);
        status = fine ? corm__bulk_give(bulk, column, &value)
                      : corm__fail(session, o.memory ? CORM_OUT_OF_MEMORY : CORM_DATA,
                                   "%s.%s: %s (%s by query)", column->home->model->table,
                                   column->name, why, bulk->verb);
    }
    return status;
}

/* A column that nobody assigns, but its .update_function. */
static corm_status corm__bulk_compute(corm__bulk *bulk, const corm__column *column)
{
    corm_session *session = bulk->session;
    char why[256] = "";
    corm_value value = corm_value_null();
    if (bulk->now.year == 0)
        bulk->now = corm_now();
    corm_conversion conversion = {.arena = &session->scratch,
                                  .why = why,
                                  .size = sizeof why,
                                  .column = column->info,
                                  .now = &bulk->now};
    const bool given = column->info->options.update_function(bulk->row, &value, &conversion);
    bulk->setting.values |= UINT64_C(1) << column->index;
    if (conversion.memory)
        return corm__no_memory(session);
    if (!given)
        return corm__fail(
            session, CORM_DATA, "%s.%s: %s (%s by query)", column->home->model->table, column->name,
            why[0] != '\0' ? why : "its function gives no value and does not say why", bulk->verb);
    return corm__bulk_give(bulk, column, &value);
}

/* All columns that the UPDATE writes. */
static corm_status corm__bulk_setting(corm__bulk *bulk, const corm_assignments *set)
{
    const corm__mapper *mapper = bulk->mapper;
    corm__writer w;
    corm_error error;
    corm__writer_begin(bulk->session, &w, mapper->model, &error);
    const corm__nodes fields = corm__check_assignments(&w, mapper, set, &bulk->setting);
    if (w.status != CORM_OK)
        return corm__writer_failed(bulk->session, &w);
    bulk->setting.given = bulk->given;
    bulk->row = corm__allocate_zeroed(1, mapper->size);
    if (bulk->row == NULL)
        return corm__no_memory(bulk->session);
    corm_status status = corm__bulk_assign(bulk, fields);
    const uint64_t computed = mapper->update_functions & ~corm__setting_columns(&bulk->setting);
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++)
        if (computed >> i & 1)
            status = corm__bulk_compute(bulk, &mapper->columns[i]);
    bulk->setting.counted = corm__version_bit(mapper);
    return status;
}

/* Whether what was written is a statement. */
static corm_status corm__bulk_written(corm__bulk *bulk, corm__writer *w)
{
    bulk->lively = bulk->lively || w->lively;
    return corm__write_end(w) == CORM_OK ? CORM_OK : corm__writer_failed(bulk->session, w);
}

/* ---- Why it failed --------------------------------------------------------------------------- */

/* Which assigned foreign key leads nowhere. */
static bool corm__bulk_missing(corm__bulk *bulk, corm__buffer *out)
{
    const corm__mapper *mapper = bulk->mapper;
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        const corm__mapper *target = column->reference;
        const uint16_t referred = column->reference_column;
        if (target == NULL || !(bulk->setting.values >> i & 1) ||
            bulk->given[i].type == CORM_VALUE_NULL ||
            corm__story_count(bulk->session, target, &referred, 1, &bulk->given[i]) != 0)
            continue;
        corm__story_key(out, column->home->model->table, mapper, &i, 1, &bulk->given[i]);
        corm__buffer_text(out, ": no ");
        corm__story_key(out, corm__referred_home(&target->columns[referred])->model->table, target,
                        &referred, 1, NULL);
        corm__buffer_char(out, ' ');
        corm__value_literal(out, &bulk->given[i]);
        return true;
    }
    return false;
}

/* How many rows of `other` refer by this foreign key to rows of these keys: a query does not find them any more when
 * their parts in other tables are gone. */
static int64_t corm__bulk_referring_keys(corm__bulk *bulk, const corm__mapper *other,
                                         const uint16_t *columns, size_t count,
                                         const uint16_t *targets)
{
    const corm__mapper *mapper = bulk->mapper;
    const corm__keys *keys = bulk->keys;
    corm_value values[CORM__KEY_MAX];
    int64_t rows = 0;
    if (corm__column_bits(targets, count) != corm__column_bits(mapper->pk, mapper->pk_count))
        return 0;
    for (size_t i = 0; i < keys->count; i++) {
        for (size_t c = 0; c < count; c++)
            for (uint16_t k = 0; k < mapper->pk_count; k++)
                if (mapper->pk[k] == targets[c])
                    values[c] = keys->values[i * keys->width + k];
        const int64_t of_one = corm__story_count(bulk->session, other, columns, count, values);
        rows += of_one > 0 ? of_one : 0;
    }
    return rows;
}

/* How many rows of `other` refer by this foreign key to those that the query finds; 0 also where that
 * cannot be told. */
static int64_t corm__bulk_referring(corm__bulk *bulk, const corm__mapper *other,
                                    const uint16_t *columns, size_t count, const uint16_t *targets)
{
    corm_session *session = bulk->session;
    corm__writer w;
    corm_error error;
    int64_t rows = 0;
    if (bulk->keys != NULL)
        return corm__bulk_referring_keys(bulk, other, columns, count, targets);
    corm__writer_begin(session, &w, bulk->mapper->model, &error);
    corm__write_referring(&w, other, columns, count, bulk->mapper, targets, &bulk->where);
    if (corm__write_end(&w) != CORM_OK || corm__query_number(session, corm__prepare_sql(session),
                                                             w.values, w.count, &rows) != CORM_OK)
        return 0;
    return rows;
}

/* Which rows still refer to those that the query finds. */
static bool corm__bulk_referenced(corm__bulk *bulk, corm__buffer *out)
{
    corm_session *session = bulk->session;
    const corm_error before = session->error;
    uint16_t columns[CORM__COLUMN_MAX], targets[CORM__COLUMN_MAX];
    int64_t rows = 0;
    for (size_t m = 0; m < session->registry->count && rows == 0; m++) {
        const corm__mapper *other = &session->registry->mappers[m];
        for (uint16_t i = other->inherited; i < other->column_count && rows == 0; i++) {
            const corm__column *column = &other->columns[i];
            if (column->reference == NULL || !corm__is_a(bulk->mapper, column->reference) ||
                corm__acts(column->info->options.on_delete))
                continue;
            const size_t count = corm__story_foreign(other, i, columns, targets);
            rows = count == 0 ? 0 : corm__bulk_referring(bulk, other, columns, count, targets);
            if (rows == 0)
                continue;
            corm__story_key(out, column->home->model->table, other, columns, count, NULL);
            corm__buffer_format(out,
                                ": %lld row%s still refer%s to rows of %s that are to be deleted: ",
                                (long long)rows, rows == 1 ? "" : "s", rows == 1 ? "s" : "",
                                bulk->mapper->model->table);
            corm__story_let_go(out, other, i);
        }
    }
    session->poison = CORM_OK; /* questions that failed are no matter */
    session->error = before;
    return rows > 0;
}

static void corm__bulk_story(corm__bulk *bulk, const corm_failure *failure, corm__buffer *out)
{
    const corm__column *column;
    const char *check = failure->status == CORM_CHECK
                            ? corm__story_check_named(bulk->mapper, failure->columns, &column)
                            : NULL;
    const bool asks = failure->status == CORM_FOREIGN_KEY && !failure->transaction_lost;
    if (failure->status == CORM_UNIQUE && failure->columns[0] != '\0')
        corm__buffer_format(out,
                            "%s: several rows would have the same value, and it must be unique",
                            failure->columns);
    else if (failure->status == CORM_NOT_NULL && failure->columns[0] != '\0')
        corm__buffer_format(out, "%s would be NULL, but must have a value", failure->columns);
    else if (check != NULL)
        corm__buffer_format(out, "%s: a row would not meet the check \"%s\"",
                            bulk->mapper->model->table, check);
    else if (!asks || !(bulk->verb[0] == 'U' ? corm__bulk_missing(bulk, out)
                                             : corm__bulk_referenced(bulk, out)))
        corm__buffer_format(out, "%s: %s", bulk->mapper->model->table, failure->message);
    corm__buffer_format(out, " (%s of %s by query)", bulk->verb, bulk->mapper->model->table);
}

static CORM__COLD corm_status corm__bulk_tell(corm__bulk *bulk, const corm_failure *failure)
{
    corm__buffer out = {.data = NULL};
    if (failure->status != CORM_OUT_OF_MEMORY)
        corm__bulk_story(bulk, failure, &out);
    return corm__story_end(bulk->session, bulk->mapper, failure, &out);
}

/* Runs session->sql; `meeting` gets its rows, NULL: it has none. */
static corm_status corm__bulk_run(corm__bulk *bulk, const corm_value *values, size_t count,
                                  corm__meeting *meeting, corm_result *result)
{
    corm_session *session = bulk->session;
    corm_failure failure = {0};
    corm__taker taker = {0, corm__meet, meeting, CORM_OK};
    if (meeting != NULL && meeting->whole)
        taker.width = meeting->mapper->select_count;
    for (uint64_t bits = meeting == NULL || meeting->whole ? 0 : meeting->columns; bits != 0;
         bits &= bits - 1)
        taker.width++;
    corm__prepared *prepared = corm__prepare_sql(session);
    if (prepared == NULL)
        return session->error.status;
    corm_status status = corm__execute(session, prepared, values, count,
                                       meeting == NULL ? NULL : &taker, result, &failure);
    if (status == CORM_OK)
        return taker.status;
    session->poison = CORM_OK; /* the story replaces the bare error */
    return corm__bulk_tell(bulk, &failure);
}

#endif /* CORM__ROOM_BULK_C */
