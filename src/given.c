/* given.c: structs that are written as they are, without becoming objects.
 *
 * Owns: reading a struct of the program's array: what is unset in it, its defaults, its values, checked
 * as those of a flush are; giving keys back to it; the story of a row that could not be written.
 * Must not know: statements, what becomes of the session's objects. */
#ifndef CORM__ROOM_GIVEN_C
#define CORM__ROOM_GIVEN_C

#include "sweep.c"

typedef struct corm__given { /* an array on its way into a table */
    corm_session *session;
    corm__mapper *mapper;
    char *array;
    size_t count;
    size_t at; /* the row that is being written */
    void *row; /* a copy of it, in which what is unset is zero, and what is computed is there */
    uint64_t unset; /* its columns without a value */
    corm__heap texts;
    corm__arena bytes; /* of its values */
    bool filled;       /* there may be something in these two */
    corm_value values[2 * CORM__COLUMN_MAX];
    char scratch[2 * CORM__COLUMN_MAX][CORM__SCRATCH];
    corm_datetime now;
    char *keys; /* what the array's keys were; NULL: they stay as they are */
    size_t keys_size;
} corm__given;

static void *corm__given_at(const corm__given *rows, size_t i)
{
    return rows->array + i * rows->mapper->size;
}

static corm_status corm__given_fail(const corm__given *rows, corm_status status,
                                    const corm__column *column, const char *why)
{
    return corm__fail(rows->session, status, "%s.%s%s%s (rows[%zu])", column->home->model->table,
                      column->name, status == CORM_NOT_NULL ? " " : ": ", why, rows->at);
}

/* ---- Reading a row --------------------------------------------------------------------------- */

/* The database numbers what has no key. */
static bool corm__is_to_be_numbered(const corm__mapper *mapper, const corm__column *column,
                                    const void *row)
{
    return mapper->integer_key && column->primary_key &&
           corm__read_integer(corm__member_at(column, row)) == 0;
}

static void corm__given_take(corm__given *rows, size_t i)
{
    const corm__mapper *mapper = rows->mapper;
    if (rows->filled) {
        corm__heap_reset(&rows->texts);
        corm__arena_reset(&rows->bytes);
        rows->filled = false;
    }
    memcpy(rows->row, corm__given_at(rows, i), mapper->size);
    rows->at = i;
    rows->unset = 0;
    for (uint16_t c = 0; c < mapper->column_count; c++) {
        const corm__column *column = &mapper->columns[c];
        bool unset = (mapper->generated >> c & 1) || corm__sentinel_is(column, rows->row) ||
                     corm__is_to_be_numbered(mapper, column, rows->row);
        if (unset && corm__has_default(column))
            corm__default_fill(column, rows->row);
        else if (unset)
            corm__member_clear(column, rows->row);
        if (unset && !corm__has_default(column))
            rows->unset |= UINT64_C(1) << c;
    }
    if (mapper->version != NULL &&
        corm__read_integer(corm__member_at(mapper->version, rows->row)) == 0) {
        const int64_t first = 1;
        memcpy((char *)rows->row + mapper->version->offset, &first, sizeof first);
        rows->unset &= ~corm__version_bit(mapper);
    }
    if (mapper->discriminator != NULL) {
        corm__identity_put(mapper, rows->row);
        rows->unset &= ~(UINT64_C(1) << mapper->discriminator->index);
    }
}

/* The value of a column; its bytes live until the next row is taken. */
static corm_status corm__given_value(corm__given *rows, const corm__column *column, corm_value *out,
                                     char scratch[CORM__SCRATCH])
{
    const unsigned char *at = corm__member_at(column, rows->row);
    char why[256];
    bool memory = false;
    *out = corm_value_null();
    if ((rows->unset >> column->index & 1) ||
        (column->kind == CORM_KIND_CUSTOM && column->box != 0 && *at == 0))
        return CORM_OK;
    if (CORM__LIKELY(column->kind != CORM_KIND_CUSTOM)) {
        *out = corm__member_value(column, rows->row, scratch);
        return CORM_OK;
    }
    rows->filled = true;
    if (corm__custom_value(column->info->custom, at + column->box, &rows->bytes, out, &memory, why,
                           sizeof why))
        return CORM_OK;
    return corm__given_fail(rows, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, column, why);
}

/* Whether something else than the program will give the column a value. */
static bool corm__given_comes_later(const corm__mapper *mapper, const corm__column *column)
{
    const uint64_t bit = UINT64_C(1) << column->index;
    return (mapper->generated | mapper->default_functions | mapper->server_defaults) & bit ||
           (mapper->integer_key && column->primary_key);
}

static corm_status corm__given_validate(corm__given *rows, const corm__column *column,
                                        const corm_value *value)
{
    char doing[40];
    if (CORM__LIKELY(column->info->options.validate == NULL))
        return CORM_OK;
    (void)snprintf(doing, sizeof doing, "rows[%zu]", rows->at);
    return corm__validate_value(rows->session, rows->row, column, value, doing);
}

static corm_status corm__given_check_column(corm__given *rows, const corm__column *column)
{
    char why[256], scratch[CORM__SCRATCH];
    bool memory = false;
    corm_value value;
    const bool unset = rows->unset >> column->index & 1;
    if (unset && (column->optional || corm__given_comes_later(rows->mapper, column)))
        return CORM_OK;
    if (!unset && !corm__member_check(column, rows->row, &memory, why, sizeof why))
        return corm__given_fail(rows, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, column, why);
    if (!unset && column->info->options.validate == NULL && !column->owns)
        return CORM_OK;
    corm_status status = corm__given_value(rows, column, &value, scratch);
    if (status == CORM_OK && value.type == CORM_VALUE_NULL && !column->optional)
        return corm__given_fail(rows, CORM_NOT_NULL, column, "is NULL, but must have a value");
    return status == CORM_OK ? corm__given_validate(rows, column, &value) : status;
}

/* Every value that the program gives. */
static corm_status corm__given_check(corm__given *rows)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < rows->count && status == CORM_OK; i++) {
        corm__given_take(rows, i);
        for (uint16_t c = 0; c < rows->mapper->column_count && status == CORM_OK; c++)
            status = corm__given_check_column(rows, &rows->mapper->columns[c]);
    }
    return status;
}

/* ---- Functions of columns -------------------------------------------------------------------- */

/* The stored form of a value into the copy. */
static corm_status corm__given_give(corm__given *rows, const corm__column *column,
                                    const corm_value *value)
{
    char why[256];
    bool memory = false;
    rows->filled = rows->filled || column->owns;
    if (corm__member_load(column, rows->row, value, &rows->texts, &memory, why, sizeof why) &&
        corm__member_check(column, rows->row, &memory, why, sizeof why))
        return CORM_OK;
    return corm__given_fail(rows, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, column, why);
}

/* What a column's function gives for the row; in its stored form too. */
static corm_status corm__given_compute(corm__given *rows, const corm__column *column,
                                       corm_column_function function, corm_value *value)
{
    char why[256] = "";
    if (rows->now.year == 0)
        rows->now = corm_now();
    corm_conversion conversion = {.arena = &rows->bytes,
                                  .why = why,
                                  .size = sizeof why,
                                  .column = column->info,
                                  .now = &rows->now};
    *value = corm_value_null();
    rows->filled = true;
    const bool given = function(rows->row, value, &conversion);
    if (conversion.memory)
        return corm__no_memory(rows->session);
    if (!given)
        return corm__given_fail(
            rows, CORM_DATA, column,
            why[0] != '\0' ? why : "its function gives no value and does not say why");
    corm_status status = corm__given_give(rows, column, value);
    rows->unset &= ~(UINT64_C(1) << column->index);
    return status == CORM_OK ? corm__given_validate(rows, column, value) : status;
}

static corm_status corm__given_defaults(corm__given *rows)
{
    const uint64_t wanted = rows->unset & rows->mapper->default_functions;
    corm_status status = CORM_OK;
    corm_value value;
    for (uint16_t c = 0; wanted >> c != 0 && c < rows->mapper->column_count && status == CORM_OK;
         c++) {
        const corm__column *column = &rows->mapper->columns[c];
        if (wanted >> c & 1)
            status =
                corm__given_compute(rows, column, column->info->options.default_function, &value);
    }
    return status;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

/* Keeps what the array's keys are, where they may be written. */
static corm_status corm__given_keep_keys(corm__given *rows)
{
    const corm__mapper *mapper = rows->mapper;
    for (uint16_t i = 0; i < mapper->pk_count; i++)
        rows->keys_size += mapper->columns[mapper->pk[i]].size;
    rows->keys = (char *)corm__allocate(rows->count * rows->keys_size);
    if (rows->keys == NULL)
        return corm__no_memory(rows->session);
    char *at = rows->keys;
    for (size_t i = 0; i < rows->count; i++) {
        for (uint16_t k = 0; k < mapper->pk_count; k++) {
            const corm__column *column = &mapper->columns[mapper->pk[k]];
            memcpy(at, corm__member_at(column, corm__given_at(rows, i)), column->size);
            at += column->size;
        }
    }
    return CORM_OK;
}

static void corm__given_restore_keys(const corm__given *rows)
{
    const corm__mapper *mapper = rows->mapper;
    const char *at = rows->keys;
    for (size_t i = 0; at != NULL && i < rows->count; i++) {
        for (uint16_t k = 0; k < mapper->pk_count; k++) {
            const corm__column *column = &mapper->columns[mapper->pk[k]];
            memcpy((char *)corm__given_at(rows, i) + column->offset, at, column->size);
            at += column->size;
        }
    }
}

/* The key of the copy, which is known by now, into the array. A text that is corm's is kept for the
 * program. */
static corm_status corm__given_put_key(corm__given *rows)
{
    const corm__mapper *mapper = rows->mapper;
    corm_session *session = rows->session;
    void *target = corm__given_at(rows, rows->at);
    for (uint16_t k = 0; rows->keys != NULL && k < mapper->pk_count; k++) {
        const corm__column *column = &mapper->columns[mapper->pk[k]];
        const void *block = NULL, *own = NULL;
        const size_t size = corm__member_block(column, rows->row, &block);
        (void)corm__member_block(column, target, &own);
        if (block == own && block != NULL)
            continue; /* the program's own */
        if (block != NULL && !corm__member_own(session, column, rows->row, target))
            return corm__no_memory(session);
        (void)corm__member_block(column, rows->row, &block);
        corm__retire(session, block, size);
        corm__member_copy(column, target, rows->row);
    }
    return CORM_OK;
}

/* ---- Why it failed --------------------------------------------------------------------------- */

static void corm__given_story(corm__given *rows, const corm_failure *failure, corm__buffer *out)
{
    uint16_t columns[CORM__KEY_MAX];
    bool told = false, zero = false;
    if (failure->status == CORM_UNIQUE)
        told = corm__story_taken(rows->mapper, rows->row, rows->unset, failure, columns, out) > 0;
    else if (failure->status == CORM_CHECK)
        told = corm__story_unmet(rows->mapper, rows->row, rows->unset, NULL, failure, out);
    else if (failure->status == CORM_FOREIGN_KEY && !failure->transaction_lost)
        told = corm__story_missing(rows->session, rows->mapper, rows->row, rows->unset, out, &zero);
    if (!told && failure->status == CORM_NOT_NULL && failure->columns[0] != '\0')
        corm__buffer_format(out, "%s is NULL, but must have a value", failure->columns);
    else if (!told)
        corm__buffer_format(out, "%s: %s", rows->mapper->model->table, failure->message);
    corm__buffer_format(out, " (rows[%zu])%s", rows->at,
                        !zero ? ""
                              : "; a new object has its key after the flush: call corm_flush "
                                "before the key is read");
}

static CORM__COLD corm_status corm__given_tell(corm__given *rows, const corm_failure *failure)
{
    corm__buffer out = {.data = NULL};
    if (failure->status != CORM_OUT_OF_MEMORY)
        corm__given_story(rows, failure, &out);
    return corm__story_end(rows->session, rows->mapper, failure, &out);
}

#endif /* CORM__ROOM_GIVEN_C */
