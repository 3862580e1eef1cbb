/* insert.c: one row of an array on its way into its table: INSERT, and upsert.
 *
 * Owns: the statements of a row, what a conflict turns an INSERT into, the keys and counts that come of
 * it.
 * Must not know: the other rows, how a struct is read, objects. */
#ifndef CORM__ROOM_INSERT_C
#define CORM__ROOM_INSERT_C

#include "given.c"

typedef struct corm__made_row { /* a row that was written, of which an object is wanted */
    bool is_new;                /* and so is the object */
    uint64_t unset; /* columns that were not given: a rollback takes them from the object */
} corm__made_row;

typedef struct corm__insert { /* one corm_insert_all */
    corm__given rows;
    corm__on_conflict conflict;
    corm_insertion_counts counts;
    bool counted;             /* the program wants them */
    bool wants;               /* ... and the objects */
    bool asks;                /* what is written concerns objects: its keys are kept */
    corm__prepared *prepared; /* of the last upsert, which was without the columns `left` */
    corm__prepared *meeting;  /* looks for the row that is there already */
    uint64_t left;
    uint64_t returned;    /* columns that the statement returns */
    int64_t key;          /* that the database gave to the row */
    corm__keys keys;      /* of the rows that were written */
    bool fresh;           /* the row that was written is new */
    corm__made_row *made; /* by key; NULL: nobody wants objects */
    corm__vector objects;
    corm__effects effects;
} corm__insert;

static void corm__insert_free(corm__insert *insert)
{
    if (insert == NULL)
        return;
    corm__heap_free(&insert->rows.texts);
    corm__arena_free(&insert->rows.bytes);
    corm__free(insert->rows.row);
    corm__free(insert->rows.keys);
    corm__free(insert->keys.values);
    corm__free(insert->made);
    corm__vector_free(&insert->objects);
    corm__free(insert->effects.of);
    corm__free(insert);
}

/* ---- One statement --------------------------------------------------------------------------- */

/* The row that a statement returns. */
static corm_status corm__insert_take(void *context, const corm_value *row)
{
    corm__insert *insert = (corm__insert *)context;
    const corm__mapper *mapper = insert->rows.mapper;
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        if (!(insert->returned >> i & 1))
            continue;
        if (mapper->columns[i].primary_key && mapper->integer_key)
            insert->key = row->as.integer;
        if (mapper->columns[i].primary_key)
            status = corm__given_give(&insert->rows, &mapper->columns[i], row);
        row++;
    }
    return status;
}

static corm_status corm__insert_run(corm__insert *insert, corm__prepared *prepared, size_t count,
                                    corm_result *result)
{
    corm_session *session = insert->rows.session;
    corm_failure failure = {0};
    corm__taker taker = {0, corm__insert_take, insert, CORM_OK};
    if (prepared == NULL)
        return session->error.status;
    for (uint64_t bits = insert->returned; bits != 0; bits &= bits - 1)
        taker.width++;
    insert->key = 0;
    corm_status status = corm__execute(session, prepared, insert->rows.values, count,
                                       taker.width > 0 ? &taker : NULL, result, &failure);
    if (CORM__LIKELY(status == CORM_OK)) {
        if (insert->key == 0)
            insert->key = result->last_key;
        return taker.status;
    }
    session->poison = CORM_OK; /* the story replaces the bare error */
    return corm__given_tell(&insert->rows, &failure);
}

/* The values of the columns that an INSERT without `left` writes; gives how many. */
static corm_status corm__insert_values(corm__given *rows, const corm__mapper *in, uint64_t left,
                                       size_t *count)
{
    corm_status status = CORM_OK;
    *count = 0;
    for (uint16_t i = 0; i < in->column_count && status == CORM_OK; i++) {
        if (left >> i & 1)
            continue;
        status = corm__given_value(rows, &rows->mapper->columns[i], &rows->values[*count],
                                   rows->scratch[*count]);
        (*count)++;
    }
    return status;
}

/* The database has numbered the row. */
static corm_status corm__insert_numbered(corm__insert *insert)
{
    corm__given *rows = &insert->rows;
    const corm__mapper *mapper = rows->mapper;
    const corm_value key = corm_value_integer(insert->key);
    if (!mapper->integer_key || !(rows->unset >> mapper->pk[0] & 1))
        return CORM_OK;
    const corm_status status = corm__is_numbered(rows->session, mapper->root);
    if (status != CORM_OK)
        return status;
    rows->unset &= ~(UINT64_C(1) << mapper->pk[0]);
    return corm__given_give(rows, &mapper->columns[mapper->pk[0]], &key);
}

/* The part of the row that is in the own table of `in`, the model or a base of it. */
static corm_status corm__insert_row_part(corm__insert *insert, const corm__mapper *in,
                                         uint64_t left)
{
    corm__given *rows = &insert->rows;
    corm_session *session = rows->session;
    corm_result result = {0, 0};
    size_t count = 0;
    left |= ~corm__inserted_columns(in);
    corm_status status = corm__insert_values(rows, in, left, &count);
    if (status != CORM_OK)
        return status;
    insert->returned = corm__statement_returns(session, in, CORM__VERB_INSERT, left);
    status = corm__insert_run(insert, corm__statement_of(session, in, CORM__VERB_INSERT, left),
                              count, &result);
    if (status == CORM_OK && result.changed != 1)
        return corm__fail(session, CORM_DATABASE,
                          "%s: the INSERT of rows[%zu] stored no row: a trigger or a conflict rule "
                          "of the table swallowed it, or it is a view, whose triggers are not "
                          "counted",
                          in->model->table, rows->at);
    return status == CORM_OK ? corm__insert_numbered(insert) : status;
}

/* ---- Upsert ---------------------------------------------------------------------------------- */

/* Whether these columns, no more and no less, tell rows apart. */
static bool corm__is_unique(const corm__mapper *mapper, uint64_t columns)
{
    if (columns == corm__column_bits(mapper->pk, mapper->pk_count))
        return true;
    for (size_t i = 0; i < mapper->unique_count; i++)
        if (columns == corm__column_bits(mapper->uniques[i].columns, mapper->uniques[i].count))
            return true;
    for (size_t i = 0; i < mapper->index_count; i++)
        if (mapper->indexes[i].unique && mapper->indexes[i].where == NULL &&
            columns == corm__column_bits(mapper->indexes[i].columns, mapper->indexes[i].count))
            return true;
    for (uint16_t i = 0; i < mapper->column_count; i++)
        if (columns == UINT64_C(1) << i && mapper->columns[i].info->options.unique)
            return true;
    return false;
}

static size_t corm__columns_in(uint64_t columns, uint16_t *out)
{
    size_t count = 0;
    for (uint16_t i = 0; i < CORM__COLUMN_MAX; i++)
        if (columns >> i & 1)
            out[count++] = i;
    return count;
}

/* The columns of a list, which must be the model's own or inherited. */
static corm_status corm__conflict_columns(corm_session *session, const corm__mapper *mapper,
                                          const corm_column_list *list, const char *what,
                                          uint64_t *out)
{
    const corm_model *model = list->other != NULL ? list->other : list->model;
    const corm__mapper *named = model == NULL ? NULL : corm__mapper_of(mapper->registry, model);
    *out = list->columns;
    if (list->model == NULL && list->other == NULL)
        return CORM_OK;
    if (list->other == NULL && named != NULL && corm__is_a(mapper, named) &&
        (named->column_count == CORM__COLUMN_MAX || list->columns >> named->column_count == 0))
        return CORM_OK;
    return corm__fail(
        session, CORM_MISUSE, "corm_insert_all(session, %s, ...): %s has a column of %s: use %s_",
        mapper->model->name, what, model == NULL ? "no model" : model->name, mapper->model->name);
}

static corm_status corm__conflict_target(corm_session *session, const corm__mapper *mapper,
                                         uint64_t target)
{
    char names[256] = "";
    uint16_t columns[CORM__COLUMN_MAX];
    const size_t count = corm__columns_in(target, columns);
    for (const corm__mapper *of = mapper; of != NULL; of = of->base)
        if (target == 0 || corm__is_unique(of, target))
            return CORM_OK;
    for (size_t i = 0, used = 0; i < count && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s.%s", i > 0 ? ", " : "",
                                 mapper->model->table, mapper->columns[columns[i]].name);
    return corm__fail(session, CORM_MISUSE,
                      "corm_insert_all(session, %s, ...): .on_conflict names %s: rows cannot "
                      "conflict there, as this is neither the primary key nor declared as unique",
                      mapper->model->name, names);
}

static corm_status corm__conflict_update(corm_session *session, const corm__mapper *mapper,
                                         corm__on_conflict *conflict)
{
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++)
        if (conflict->update >> i & 1)
            status = corm__settable(mapper, &mapper->columns[i], ".update", &session->error);
    conflict->compute = mapper->update_functions & ~conflict->update;
    conflict->counted = corm__version_bit(mapper);
    return status;
}

static corm_status corm__conflict_make(corm_session *session, const corm__mapper *mapper,
                                       const corm_insertion *insertion, corm__on_conflict *out)
{
    const char *why = NULL;
    corm_status status = corm__conflict_columns(session, mapper, &insertion->on_conflict,
                                                ".on_conflict", &out->target);
    if (status == CORM_OK)
        status =
            corm__conflict_columns(session, mapper, &insertion->update, ".update", &out->update);
    if (status != CORM_OK)
        return status;
    out->given = out->target != 0 || out->update != 0 || insertion->ignore;
    if (!out->given)
        return CORM_OK;
    if (insertion->ignore && out->update != 0)
        why = ".update and .ignore exclude each other";
    else if (out->update != 0 && out->target == 0)
        why = ".update without .on_conflict: say in which columns a row may conflict";
    else if (out->update == 0 && !insertion->ignore)
        why = ".on_conflict without .update: say which columns the row that is there gets, or "
              ".ignore = true";
    else if (mapper->part_count > 1 && out->target == 0)
        why = "the rows of this model are in several tables: say with .on_conflict in which "
              "columns a row may conflict";
    else if (mapper->part_count > 1 && (out->target & mapper->generated) != 0)
        why = "the rows of this model are in several tables, where the row that is there is looked "
              "for: "
              ".on_conflict cannot name what the database computes";
    if (why != NULL)
        return corm__fail(session, CORM_MISUSE, "corm_insert_all(session, %s, ...): %s",
                          mapper->model->name, why);
    if (!(session->engine->adapter->capabilities & CORM_CAN_UPSERT) && mapper->part_count == 1)
        return corm__fail(session, CORM_MISUSE,
                          "corm_insert_all(session, %s, ...): this database has no ON CONFLICT",
                          mapper->model->name);
    status = corm__conflict_target(session, mapper, out->target);
    return status == CORM_OK && out->update != 0 ? corm__conflict_update(session, mapper, out)
                                                 : status;
}

/* The values that a row gets in these columns which is there already, and that are not the new row's. */
static corm_status corm__upsert_values(corm__insert *insert, uint64_t compute, size_t *count)
{
    corm__given *rows = &insert->rows;
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < rows->mapper->column_count && status == CORM_OK; i++) {
        const corm__column *column = &rows->mapper->columns[i];
        if (!(compute >> i & 1))
            continue;
        /* into a member of the copy whose value is bound already: put back what the INSERT has */
        unsigned char kept[CORM__STRUCT_MAX];
        memcpy(kept, corm__member_at(column, rows->row), column->size);
        const uint64_t unset = rows->unset;
        status = corm__given_compute(rows, column, column->info->options.update_function,
                                     &rows->values[*count]);
        rows->unset = unset;
        memcpy((char *)rows->row + column->offset, kept, column->size);
        (*count)++;
    }
    return status;
}

typedef struct corm__target { /* what the new row has in the columns of the conflict */
    uint16_t columns[CORM__COLUMN_MAX];
    size_t count;
    corm_value values[CORM__KEY_MAX];
    char scratch[CORM__KEY_MAX][CORM__SCRATCH];
    bool absent; /* one is NULL, which conflicts with nothing */
} corm__target;

static corm_status corm__target_read(corm__insert *insert, corm__target *out)
{
    corm_status status = CORM_OK;
    out->count = corm__columns_in(insert->conflict.target, out->columns);
    out->absent = false;
    for (size_t i = 0; i < out->count && status == CORM_OK; i++) {
        status = corm__given_value(&insert->rows, &insert->rows.mapper->columns[out->columns[i]],
                                   &out->values[i], out->scratch[i]);
        out->absent = out->absent || out->values[i].type == CORM_VALUE_NULL;
    }
    return status;
}

/* Whether the row is there with which the new one will conflict, and its key, where that is one integer. */
static corm_status corm__upsert_meets(corm__insert *insert, bool *met, corm_value *key)
{
    corm_session *session = insert->rows.session;
    corm__target target;
    corm__cursor cursor;
    corm_value row[CORM__KEY_MAX];
    corm_status status = corm__target_read(insert, &target);
    *met = false;
    if (status != CORM_OK || target.absent)
        return status;
    if (insert->meeting == NULL) {
        corm__buffer_clear(&session->sql);
        corm__sql_key_of(&session->sql, session->engine->adapter->dialect, insert->rows.mapper,
                         target.columns, target.count);
        insert->meeting = corm__prepare_sql(session);
    }
    corm__prepared *prepared = corm__for_reading(session, insert->meeting);
    if (prepared == NULL)
        return session->error.status;
    status = corm__cursor_start(session, &cursor, prepared, target.values, target.count);
    if (status == CORM_OK)
        status = corm__cursor_fetch(session, &cursor, row, insert->rows.mapper->pk_count, met);
    if (status == CORM_OK && *met && insert->rows.mapper->integer_key)
        *key = row[0];
    corm__cursor_end(session, &cursor);
    return status == CORM_OK ? CORM_OK : corm__load_failed(session, status);
}

/* The key of the row that was updated, asked by the columns of the conflict. */
static corm_status corm__upsert_ask_key(corm__insert *insert)
{
    corm_session *session = insert->rows.session;
    const corm__mapper *mapper = insert->rows.mapper;
    corm__target target;
    corm_value row[CORM__KEY_MAX];
    corm__cursor cursor;
    bool more = false;
    corm_status status = corm__target_read(insert, &target);
    if (status != CORM_OK || target.absent)
        return status;
    corm__buffer_clear(&session->sql);
    corm__sql_key_of(&session->sql, session->engine->adapter->dialect, mapper, target.columns,
                     target.count);
    corm__prepared *prepared = corm__prepare_sql(session);
    if (prepared == NULL)
        return session->error.status;
    status = corm__cursor_start(session, &cursor, prepared, target.values, target.count);
    if (status == CORM_OK)
        status = corm__cursor_fetch(session, &cursor, row, mapper->pk_count, &more);
    if (status == CORM_OK && more) {
        insert->returned = corm__column_bits(mapper->pk, mapper->pk_count);
        status = corm__insert_take(insert, row);
    }
    corm__cursor_end(session, &cursor);
    return status;
}

/* The statement without these columns, made anew where the last one had others. */
static corm__prepared *corm__upsert_statement(corm__insert *insert, uint64_t left, size_t count)
{
    corm_session *session = insert->rows.session;
    if (insert->prepared != NULL && insert->left == left)
        return insert->prepared;
    corm__buffer_clear(&session->sql);
    corm__sql_upsert(&session->sql, session->engine->adapter->dialect, insert->rows.mapper, left,
                     &insert->conflict, (unsigned)count, insert->returned);
    insert->left = left;
    insert->meeting = NULL; /* many of these could take its place */
    return insert->prepared = corm__prepare_sql(session);
}

/* The key, where the statement is to return it. `elsewhere`: it may be that of a row which is there. */
static uint64_t corm__upsert_returns(const corm__insert *insert, bool elsewhere)
{
    const corm__mapper *mapper = insert->rows.mapper;
    const unsigned can = insert->rows.session->engine->adapter->capabilities;
    return (can & CORM_CAN_RETURNING) && (elsewhere || !(can & CORM_CAN_LAST_KEY))
               ? corm__column_bits(mapper->pk, mapper->pk_count)
               : 0;
}

/* Where the database alone knows what the new row has in the columns of the conflict (it computes them,
 * or they get its defaults), corm cannot look for the row that is there. An INSERT that does nothing to
 * that row tells whether there is one; `inserted` of the `count` values are the INSERT's. */
static corm_status corm__upsert_hidden(corm__insert *insert, uint64_t left, size_t inserted,
                                       size_t count, corm_result *result, bool *met)
{
    corm_session *session = insert->rows.session;
    const corm__mapper *mapper = insert->rows.mapper;
    const uint64_t out = left | ~corm__inserted_columns(mapper);
    const corm__on_conflict nothing = {.given = true, .target = insert->conflict.target};
    insert->returned = corm__upsert_returns(insert, false);
    corm__buffer_clear(&session->sql);
    corm__sql_upsert(&session->sql, session->engine->adapter->dialect, mapper, out, &nothing,
                     (unsigned)inserted, insert->returned);
    corm_status status = corm__insert_run(insert, corm__prepare_sql(session), inserted, result);
    *met = status == CORM_OK && result->changed == 0;
    if (!*met)
        return status;
    insert->returned = corm__upsert_returns(insert, true);
    if (insert->returned == 0)
        return corm__fail(
            session, CORM_MISUSE,
            "corm_insert_all(session, %s, ...): rows[%zu] meets a row that is there in "
            "columns whose values the database gives, and this database does not tell "
            "which row that is",
            mapper->model->name, insert->rows.at);
    return corm__insert_run(insert, corm__upsert_statement(insert, out, inserted), count, result);
}

/* Nothing was written where a row was to be updated: in a table with rows of several models it is of another one. */
static corm_status corm__upsert_missed(const corm__insert *insert)
{
    const corm__given *rows = &insert->rows;
    return corm__fail(
        rows->session, CORM_UNIQUE,
        "%s: rows[%zu] meets a row that is there and is no %s: a row of another model "
        "cannot be updated as one",
        corm__sql_table(rows->mapper->home), rows->at, rows->mapper->model->name);
}

/* Whether the row that is there is to be looked for. */
static bool corm__upsert_looks(const corm__insert *insert, bool seeks)
{
    return insert->conflict.update != 0 && (seeks || insert->counted || insert->wants);
}

static corm_status corm__upsert_row(corm__insert *insert, uint64_t left)
{
    corm__given *rows = &insert->rows;
    const corm__mapper *mapper = rows->mapper;
    const uint64_t key = corm__column_bits(mapper->pk, mapper->pk_count);
    const uint64_t out = left | ~corm__inserted_columns(mapper);
    const bool updates = insert->conflict.update != 0;
    const bool elsewhere = updates && insert->conflict.target != key;
    const bool hidden = updates && (insert->conflict.target & left) != 0;
    /* cheaper than to have each row returned */
    const bool seeks = elsewhere && !hidden && mapper->integer_key &&
                       (rows->session->engine->adapter->capabilities & CORM_CAN_LAST_KEY);
    corm_result result = {0, 0};
    size_t count = 0;
    bool met = false;
    corm_value known = corm_value_null();
    corm_status status = corm__insert_values(rows, mapper, out, &count);
    const size_t inserted = count;
    if (status == CORM_OK && updates)
        status = corm__upsert_values(insert, insert->conflict.compute, &count);
    if (status == CORM_OK && !hidden && corm__upsert_looks(insert, seeks))
        status = corm__upsert_meets(insert, &met, &known);
    if (status != CORM_OK)
        return status;
    if (hidden) {
        status = corm__upsert_hidden(insert, left, inserted, count, &result, &met);
    } else {
        insert->returned = seeks ? 0 : corm__upsert_returns(insert, elsewhere);
        status =
            corm__insert_run(insert, corm__upsert_statement(insert, out, inserted), count, &result);
    }
    insert->counts.ignored += status == CORM_OK && result.changed == 0;
    if (status == CORM_OK && result.changed == 0 && updates && corm__is_narrow(mapper))
        return corm__upsert_missed(insert);
    if (status != CORM_OK || result.changed == 0)
        return status;
    insert->counts.updated += met;
    insert->counts.inserted += !met;
    insert->fresh = !met;
    if (seeks && met)
        status = corm__given_give(rows, &mapper->columns[mapper->pk[0]], &known);
    else if (elsewhere && !seeks && !hidden && insert->returned == 0)
        status = corm__upsert_ask_key(insert);
    if (insert->returned != 0 || (seeks && met))
        rows->unset &= ~key;
    return status == CORM_OK ? corm__insert_numbered(insert) : status;
}

#endif /* CORM__ROOM_INSERT_C */
