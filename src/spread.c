/* spread.c: upsert of rows that are in several tables.
 *
 * Owns: looking for the row that is there, its UPDATE in each of its tables or the INSERTs of a new one. No
 * statement writes into two tables, so ON CONFLICT does not help: corm writes row by row what the conflict makes of
 * each; the transaction writes already, and nobody else comes between.
 * Must not know: how a struct is read, how objects are made true to rows. */
#ifndef CORM__ROOM_SPREAD_C
#define CORM__ROOM_SPREAD_C

#include "insert.c"

/* The statement that gives the key of the row which is there. What is left out needs to be in the table of the
 * conflict only; what is updated is a whole row of this model. */
static corm__prepared *corm__spread_statement(corm__insert *insert, const corm__target *target)
{
    corm_session *session = insert->rows.session;
    const corm_dialect *dialect = session->engine->adapter->dialect;
    const corm__mapper *mapper = insert->rows.mapper;
    const corm__mapper *home = mapper->columns[target->columns[0]].home;
    if (insert->meeting != NULL)
        return insert->meeting;
    corm__buffer_clear(&session->sql);
    if (insert->conflict.update == 0)
        corm__sql_key_of(&session->sql, dialect, home, target->columns, target->count);
    else
        corm__sql_key_of_whole(&session->sql, dialect, mapper, home, target->columns,
                               target->count);
    return insert->meeting = corm__prepare_sql(session);
}

/* Whether the row is there; then its key is that of the new one. */
static corm_status corm__spread_meets(corm__insert *insert, bool *met)
{
    corm__given *rows = &insert->rows;
    corm_session *session = rows->session;
    const corm__mapper *mapper = rows->mapper;
    corm__target target;
    corm__cursor cursor;
    corm_value row[CORM__KEY_MAX];
    corm_status status = corm__target_read(insert, &target);
    *met = false;
    if (status != CORM_OK || target.absent)
        return status;
    corm__prepared *prepared = corm__for_reading(session, corm__spread_statement(insert, &target));
    if (prepared == NULL)
        return session->error.status;
    status = corm__cursor_start(session, &cursor, prepared, target.values, target.count);
    if (status == CORM_OK)
        status = corm__cursor_fetch(session, &cursor, row, mapper->pk_count, met);
    if (status != CORM_OK)
        status = corm__load_failed(session, status);
    for (size_t i = 0; *met && insert->conflict.update != 0 && i < mapper->pk_count; i++)
        if (status == CORM_OK)
            status = corm__given_give(rows, &mapper->columns[mapper->pk[i]], &row[i]);
    corm__cursor_end(session, &cursor);
    if (*met)
        rows->unset &= ~corm__column_bits(mapper->pk, mapper->pk_count);
    return status;
}

/* The UPDATE of one table; nothing where the conflict writes none of its columns. */
static corm_status corm__spread_update(corm__insert *insert, const corm__mapper *in,
                                       int64_t *changed)
{
    corm__given *rows = &insert->rows;
    corm_session *session = rows->session;
    const corm__mapper *mapper = rows->mapper;
    corm__on_conflict part = insert->conflict;
    corm__key key;
    corm_result result = {0, 0};
    uint64_t own = 0;
    size_t count = 0;
    for (uint16_t i = 0; i < mapper->column_count; i++)
        own |= (uint64_t)(mapper->columns[i].home == in->home) << i;
    part.update &= own;
    part.compute &= own;
    part.counted &= own;
    if ((part.update | part.compute | part.counted) == 0)
        return CORM_OK;
    /* what the new row leaves to the database is its default, as it would be in a new row */
    const uint64_t defaults = part.update & rows->unset & mapper->server_defaults;
    part.update &= ~defaults;
    corm_status status = corm__insert_values(rows, mapper, ~part.update, &count);
    if (status == CORM_OK)
        status = corm__upsert_values(insert, part.compute, &count);
    if (status != CORM_OK)
        return status;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, rows->row, &key);
    for (size_t i = 0; i < mapper->pk_count; i++)
        rows->values[count++] = key.values[i];
    corm__buffer_clear(&session->sql);
    corm__sql_update_met(&session->sql, session->engine->adapter->dialect, mapper, in, &part,
                         defaults);
    insert->returned = 0;
    status = corm__insert_run(insert, corm__prepare_sql(session), count, &result);
    insert->meeting = NULL;
    *changed += result.changed;
    return status;
}

/* Updates the row that is there, leaves the new one out, or inserts it. */
static corm_status corm__upsert_spread(corm__insert *insert, uint64_t left)
{
    const corm__mapper *mapper = insert->rows.mapper;
    int64_t changed = 0;
    bool met = false;
    corm_status status = corm__spread_meets(insert, &met);
    for (uint16_t part = 1; part <= mapper->part_count && status == CORM_OK; part++) {
        const corm__mapper *in = corm__part_model(mapper, part);
        if (!met)
            status = corm__insert_row_part(insert, in, left);
        else if (insert->conflict.update != 0)
            status = corm__spread_update(insert, in, &changed);
    }
    insert->fresh = !met;
    insert->counts.inserted += status == CORM_OK && !met;
    insert->counts.updated += status == CORM_OK && changed > 0;
    insert->counts.ignored += status == CORM_OK && met && changed == 0;
    return status;
}

#endif /* CORM__ROOM_SPREAD_C */
