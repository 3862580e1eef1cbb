/* schema.c: the tables of a schema in the database.
 *
 * Owns: creating, dropping and comparing tables, the order of doing it, the DDL as text.
 * Must not know: how DDL is spelled, objects beyond expiring all of them. */
#ifndef CORM__ROOM_SCHEMA_C
#define CORM__ROOM_SCHEMA_C

#include "statement.c"

#include <string.h>

/* ---- What a table must look like ------------------------------------------------------------- */

typedef struct corm__wanted_column {
    const char *name;
    const corm_column *info; /* its kind */
    bool nullable, key, generated;
    bool numbered; /* the database gives a key that is left out */
} corm__wanted_column;

/* A model's table, or the table of a many-to-many. */
typedef struct corm__wanted_table {
    const char *table;
    const char *model; /* NULL: of a many-to-many */
    size_t count;
    corm__wanted_column columns[CORM__COLUMN_MAX];
    char for_what[128]; /* "model User", "the many-to-many Post.tags" */
} corm__wanted_table;

static void corm__want_model(corm__wanted_table *want, const corm__mapper *mapper)
{
    want->table = mapper->model->table;
    want->model = mapper->model->name;
    want->count = corm__stored_count(mapper);
    for (size_t i = 0; i < want->count; i++) {
        const corm__column *column = corm__stored_at(mapper, i);
        want->columns[i].name = column->name;
        want->columns[i].info = column->info;
        want->columns[i].numbered = column->primary_key && mapper->integer_key;
        want->columns[i].nullable = corm__is_nullable(column);
        want->columns[i].key = column->primary_key;
        want->columns[i].generated = column->info->options.generated != NULL;
    }
    /* cut at worst */
    (void)snprintf(want->for_what, sizeof want->for_what, "model %s", want->model);
}

static void corm__want_association(corm__wanted_table *want, const corm__association *association)
{
    const corm__relation *relation = association->sides[0];
    want->table = association->table;
    want->model = NULL;
    want->count = 0;
    for (unsigned side = 0; side < 2; side++)
        for (size_t i = 0; i < association->counts[side]; i++) {
            const corm__relation *end = association->sides[side];
            want->columns[want->count].info = end->source->columns[end->local[i]].info;
            want->columns[want->count++].name = association->columns[side][i];
        }
    (void)snprintf(want->for_what, sizeof want->for_what, "the many-to-many %s.%s",
                   relation->source->model->name, relation->name); /* cut at worst */
}

/* ---- Comparing ------------------------------------------------------------------------------- */

/* One row of the dialect's table_columns. */
enum {
    CORM__HAS_NAME,
    CORM__HAS_TYPE,
    CORM__HAS_NOT_NULL,
    CORM__HAS_KEY,
    CORM__HAS_DEFAULT,
    CORM__HAS_GENERATED,
    CORM__HAS_VALUES,
    CORM__HAS_VIEW,
    CORM__HAS
};

/* A column of the table that the model does not know is in the way if an INSERT without it fails.
 * */
static corm_status corm__compare_unknown(corm_session *session, const corm__wanted_table *want,
                                         const char *name, const corm_value *row)
{
    const bool key = row[CORM__HAS_KEY].as.integer > 0;
    if (want->model != NULL && key)
        return corm__fail(
            session, CORM_SCHEMA_MISMATCH,
            "%s.%s: is part of the table's primary key, but %s has no such column: add it "
            "to the model, or change the table",
            want->table, name, want->for_what);
    if (key || row[CORM__HAS_NOT_NULL].as.integer == 0 ||
        row[CORM__HAS_DEFAULT].type != CORM_VALUE_INTEGER || row[CORM__HAS_DEFAULT].as.integer != 0)
        return CORM_OK;
    return corm__fail(
        session, CORM_SCHEMA_MISMATCH,
        "%s.%s: is NOT NULL without a default in the table, but %s has no such column: add "
        "it to the model, or give it a default in the table",
        want->table, name, want->for_what);
}

/* Whether values of the kind stay as they are in the table's column. */
static corm_status corm__compare_type(corm_session *session, const corm__wanted_table *want,
                                      const corm__wanted_column *column, const corm_value *row)
{
    const corm_column *info = column->info;
    const char *const *fits = session->engine->adapter->dialect->kinds_fit;
    const corm_value *values = &row[CORM__HAS_VALUES];
    const corm_kind kind = corm__base_kind(info);
    char text[CORM__KIND_TEXT_SIZE];
    if (fits[kind] == NULL || values->type != CORM_VALUE_TEXT ||
        corm__mentions(fits[kind], values->as.bytes) ||
        (kind == CORM_KIND_CUSTOM &&
         corm__mentions(fits[corm__stored_kind(info)], values->as.bytes)))
        return CORM_OK;
    const char *declared =
        row[CORM__HAS_TYPE].type == CORM_VALUE_TEXT ? row[CORM__HAS_TYPE].as.bytes : "";
    return corm__fail(session, CORM_SCHEMA_MISMATCH,
                      "%s.%s: is %s in the table, which is for %s values, but %s in %s, which is "
                      "stored as %s: change the kind in the model, or the table",
                      want->table, column->name, declared, (const char *)values->as.bytes,
                      corm__kind_text(info, text), want->for_what,
                      corm__stored_name(corm__stored_type(info)));
}

static corm_status corm__compare_column(corm_session *session, const corm__wanted_table *want,
                                        const corm__wanted_column *column, const corm_value *row)
{
    const bool key = row[CORM__HAS_KEY].as.integer > 0;
    const bool not_null = row[CORM__HAS_NOT_NULL].as.integer != 0;
    const bool generated = row[CORM__HAS_GENERATED].as.integer != 0;
    corm_status status = corm__compare_type(session, want, column, row);
    if (status != CORM_OK || want->model == NULL || row[CORM__HAS_VIEW].as.integer != 0)
        return status; /* an association is only written and read by its two keys; a view has none */
    if (generated != column->generated)
        return corm__fail(session, CORM_SCHEMA_MISMATCH,
                          "%s.%s: is %s the database in the table, but %s .generated in %s: change "
                          "the model or the table",
                          want->table, column->name, generated ? "computed by" : "not computed by",
                          generated ? "not" : "is", want->for_what);
    if (key != column->key)
        return corm__fail(
            session, CORM_SCHEMA_MISMATCH,
            "%s.%s: is %s the table's primary key, but %s it in %s: change the model or "
            "the table",
            want->table, column->name, key ? "part of" : "not part of",
            key ? "not part of" : "part of", want->for_what);
    if (column->numbered && row[CORM__HAS_DEFAULT].type == CORM_VALUE_INTEGER &&
        row[CORM__HAS_DEFAULT].as.integer == 0)
        return corm__fail(
            session, CORM_SCHEMA_MISMATCH,
            "%s.%s: the database does not number this key, as the INTEGER key of %s is when it is "
            "left out: declare it %s in the table, or, if the program gives all keys, "
            ".without_rowid = true at its MODEL",
            want->table, column->name, want->for_what, session->engine->adapter->dialect->key_type);
    if (key || not_null != column->nullable) /* a key's NOT NULL is spelled in different ways */
        return CORM_OK;
    return corm__fail(session, CORM_SCHEMA_MISMATCH,
                      not_null ? "%s.%s: is NOT NULL in the table, but OPTIONAL in %s: declare it "
                                 "without OPTIONAL, or change the table"
                               : "%s.%s: may be NULL in the table, but not in %s: declare it "
                                 "OPTIONAL(...), or change the table",
                      want->table, column->name, want->for_what);
}

static corm_status corm__compare_row(corm_session *session, const corm__wanted_table *want,
                                     const corm_value *row, uint64_t *seen)
{
    if (row[CORM__HAS_NAME].type != CORM_VALUE_TEXT)
        return CORM_OK;
    const char *name = row[CORM__HAS_NAME].as.bytes;
    for (size_t i = 0; i < want->count; i++) {
        if (!corm__same_identifier(want->columns[i].name, name))
            continue;
        *seen |= (uint64_t)1 << i;
        return corm__compare_column(session, want, &want->columns[i], row);
    }
    return corm__compare_unknown(session, want, name, row);
}

/* Whether the columns that were seen are all that are wanted. */
static corm_status corm__compare_seen(corm_session *session, const corm__wanted_table *want,
                                      uint64_t seen, bool view)
{
    for (size_t i = 0; i < want->count; i++)
        if ((seen >> i & 1) == 0)
            return corm__fail(
                session, CORM_SCHEMA_MISMATCH,
                "%s.%s: the %s has no such column, but %s has: %s, or, if it is called otherwise "
                "there, say so by %s",
                want->table, want->columns[i].name, view ? "view" : "table", want->for_what,
                view ? "create the view again with it" : "add it with ALTER TABLE",
                want->model != NULL ? ".name" : ".secondary");
    return CORM_OK;
}

/* *there: whether the database has the table. A table that is not there is no difference. */
static corm_status corm__compare_table(corm_session *session, const corm__wanted_table *want,
                                       bool *there)
{
    const char *sql = session->engine->adapter->dialect->table_columns;
    const corm_value table = corm_value_text(want->table);
    uint64_t seen = 0;
    bool view = false;
    corm__cursor cursor;
    *there = false;
    corm__prepared *prepared = corm__prepare(session, sql, strlen(sql));
    if (prepared == NULL)
        return corm__status;
    corm_status status = corm__cursor_start(session, &cursor, prepared, &table, 1);
    while (status == CORM_OK) {
        corm_value row[CORM__HAS];
        bool has_row;
        status = corm__cursor_fetch(session, &cursor, row, CORM__HAS, &has_row);
        if (status != CORM_OK || !has_row)
            break;
        *there = true;
        view = row[CORM__HAS_VIEW].as.integer != 0;
        status = corm__compare_row(session, want, row, &seen);
    }
    corm__cursor_end(session, &cursor);
    if (status == CORM_OK && *there)
        status = corm__compare_seen(session, want, seen, view);
    return status;
}

/* The tables that are wanted are counted in the registry's order, and then associations. */
static size_t corm__table_count(const corm__registry *registry)
{
    return registry->count + registry->association_count;
}
static const char *corm__table_at(const corm__registry *registry, size_t i)
{
    return i < registry->count ? registry->order[i]->model->table
                               : registry->associations[i - registry->count]->table;
}

/* Which of them are views: these are made by the program, and only read from here. */
static corm_status corm__find_views(corm_session *session, bool *views)
{
    const corm__registry *registry = session->registry;
    const char *sql = session->engine->adapter->dialect->views;
    corm__cursor cursor;
    corm_value row[1];
    bool more = true;
    if (sql == NULL)
        return CORM_OK;
    corm__prepared *prepared = corm__prepare(session, sql, strlen(sql));
    if (prepared == NULL)
        return corm__status;
    corm_status status = corm__cursor_start(session, &cursor, prepared, NULL, 0);
    while (status == CORM_OK) {
        status = corm__cursor_fetch(session, &cursor, row, 1, &more);
        if (status != CORM_OK || !more)
            break;
        for (size_t i = 0; i < corm__table_count(registry); i++)
            views[i] =
                views[i] || (row[0].type == CORM_VALUE_TEXT &&
                             corm__same_identifier(corm__table_at(registry, i), row[0].as.bytes));
    }
    corm__cursor_end(session, &cursor);
    return status;
}

/* Compares one of the tables. *there NULL: it is an error if the database does not have it. */
static corm_status corm__compare_wanted(corm_session *session, size_t i, bool *there)
{
    const corm__registry *registry = session->registry;
    corm__wanted_table want;
    bool found;
    memset(&want, 0, sizeof want);
    if (i < registry->count)
        corm__want_model(&want, registry->order[i]);
    else
        corm__want_association(&want, registry->associations[i - registry->count]);
    const corm_status status = corm__compare_table(session, &want, &found);
    if (status != CORM_OK || found || there != NULL) {
        if (there != NULL)
            *there = found;
        return status;
    }
    return corm__fail(session, CORM_SCHEMA_MISMATCH,
                      "%s: there is no such table for %s: corm_create_all makes it", want.table,
                      want.for_what);
}

/* Compares those that are views, or are none; views NULL: all. `missing` says which are not there;
 * NULL: that is an error too. */
static CORM__COLD corm_status corm__compare_tables(corm_session *session, bool *missing,
                                                   const bool *views, bool of_views)
{
    const corm__registry *registry = session->registry;
    for (size_t i = 0; i < corm__table_count(registry); i++) {
        bool there = false;
        if ((i < registry->count && corm__is_narrow(registry->order[i])) || /* in another's table */
            (views != NULL && views[i] != of_views))
            continue;
        const corm_status status =
            corm__compare_wanted(session, i, missing == NULL ? NULL : &there);
        if (status != CORM_OK)
            return status;
        if (missing != NULL)
            missing[i] = !there;
    }
    return CORM_OK;
}

static corm_status corm__compare_present(corm_session *session)
{
    return corm__compare_tables(session, NULL, NULL, false);
}

/* ---- Transactions ---------------------------------------------------------------------------- */

/* Runs the text in session->sql. */
static corm_status corm__run_ddl(corm_session *session)
{
    if (session->sql.failed)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    const char *sql = session->sql.data;
    const double started = corm__watch_start(session);
    corm_failure failure;
    corm__failure_clear(&failure);
    corm_status status =
        session->engine->adapter->script(session->connection->connection, sql, &failure);
    if (status == CORM_OK) {
        corm__report(session, sql, NULL, 0, started, -1, NULL);
        return CORM_OK;
    }
    (void)corm__failure_complete(&failure, status);
    return corm__statement_failed(session, sql, session->sql.size, NULL, 0, started, &failure);
}

/* Ends a transaction that was begun here: commits, or with a status rolls back and leaves the error
 * as it was recorded. No object takes part in it. */
static corm_status corm__end_ddl(corm_session *session, corm_status status)
{
    corm_failure failure;
    if (session->connection == NULL)
        return status;
    if (status == CORM_OK)
        status = corm__adapter_commit(session, &failure);
    bool broken = false;
    if (status != CORM_OK) {
        const corm_error error = session->error;
        broken = corm__adapter_rollback(session, &failure) != CORM_OK;
        session->error = error;
    }
    corm__give_back(session, broken);
    return status;
}

typedef corm_status (*corm__ddl_work)(corm_session *session);

static corm_status corm__try_ddl(corm_session *session, corm__ddl_work work)
{
    corm_status status = corm__begin(session);
    return status == CORM_OK ? corm__end_ddl(session, work(session)) : status;
}

/* A transaction of its own around the work. If someone else was faster, it runs again and begins as
 * a writer, who waits his turn; not from the start, because where nothing is to be done nobody
 * should have to wait, and a database that is read-only will do. */
static corm_status corm__in_ddl(corm_session *session, corm__ddl_work work, const char *what)
{
    corm_status status = corm__usable_for(session, what);
    if (status == CORM_OK)
        status = corm__forbidden(session, CORM__BOUND_END, what);
    if (status != CORM_OK)
        return status;
    if (session->connection != NULL)
        return corm__fail(
            session, CORM_MISUSE,
            "%s: a transaction is open: commit or roll back before the tables are changed", what);
    const corm_error before = session->error;
    const bool writer = session->options.writer;
    status = corm__try_ddl(session, work);
    if ((status == CORM_CONFLICT || status == CORM_BUSY) && !writer) {
        session->error = before;
        session->options.writer = true;
        status = corm__try_ddl(session, work);
        session->options.writer = false;
    }
    return corm__status = status;
}

/* ---- Creating and dropping ------------------------------------------------------------------- */

static corm_status corm__create_table(corm_session *session, const corm__mapper *mapper,
                                      bool missing)
{
    const corm_dialect *dialect = session->engine->adapter->dialect;
    corm_status status = CORM_OK;
    if (missing) {
        corm__buffer_clear(&session->sql);
        corm__sql_create_table(&session->sql, dialect, mapper);
        status = corm__run_ddl(session);
    }
    for (size_t i = 0; i < mapper->index_count && status == CORM_OK; i++) {
        corm__buffer_clear(&session->sql);
        corm__sql_create_index(&session->sql, dialect, mapper, &mapper->indexes[i]);
        status = corm__run_ddl(session);
    }
    return status;
}

/* Whether the table of a many-to-many is the table of a model as well, which then makes it. */
static bool corm__is_mapped(const corm__registry *registry, const corm__association *association)
{
    return corm__mapper_of_table(registry, association->table) != NULL;
}

static corm_status corm__create_missing(corm_session *session, const bool *missing)
{
    const corm__registry *registry = session->registry;
    corm_status status = CORM_OK;
    for (size_t i = 0; i < registry->count && status == CORM_OK; i++)
        status = corm__create_table(session, registry->order[i], missing[i]);
    for (size_t i = 0; i < registry->association_count && status == CORM_OK; i++) {
        if (!missing[registry->count + i] || corm__is_mapped(registry, registry->associations[i]))
            continue;
        corm__buffer_clear(&session->sql);
        corm__sql_create_association(&session->sql, session->engine->adapter->dialect,
                                     registry->associations[i]);
        status = corm__run_ddl(session);
    }
    return status;
}

/* Views come last: they may read tables that are made here. */
static corm_status corm__create_tables(corm_session *session)
{
    const size_t count = corm__table_count(session->registry);
    bool *missing = corm__allocate_zeroed(2 * count, sizeof *missing);
    if (missing == NULL)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    bool *const views = missing + count;
    corm_status status = corm__find_views(session, views);
    if (status == CORM_OK)
        status = corm__compare_tables(session, missing, views, false);
    if (status == CORM_OK)
        status = corm__create_missing(session, missing);
    if (status == CORM_OK)
        status = corm__compare_tables(session, NULL, views, true);
    corm__free(missing);
    return status;
}

CORM_API CORM__COLD corm_status corm_create_all(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    return corm__in_ddl(session, corm__create_tables, "corm_create_all");
}

static corm_status corm__drop_table(corm_session *session, const char *table)
{
    corm__buffer_clear(&session->sql);
    corm__sql_drop_table(&session->sql, session->engine->adapter->dialect, table);
    return corm__run_ddl(session);
}

/* In a circle every order drops a table whose rows are referred to still. */
static corm_status corm__defer_foreign_keys(corm_session *session)
{
    const char *sql = session->engine->adapter->dialect->defer_foreign_keys;
    bool circle = false;
    for (size_t i = 0; i < session->registry->count; i++)
        circle = circle || session->registry->mappers[i].cyclic;
    if (!circle || sql == NULL)
        return CORM_OK;
    corm__buffer_clear(&session->sql);
    corm__buffer_text(&session->sql, sql);
    return corm__run_ddl(session);
}

static corm_status corm__drop_but_views(corm_session *session, const bool *views)
{
    const corm__registry *registry = session->registry;
    corm_status status = corm__defer_foreign_keys(session);
    for (size_t i = corm__table_count(registry); i-- > 0 && status == CORM_OK;)
        if (!views[i] && (i >= registry->count || !corm__is_narrow(registry->order[i])))
            status = corm__drop_table(session, corm__table_at(registry, i));
    return status;
}

static corm_status corm__drop_tables(corm_session *session)
{
    bool *views = corm__allocate_zeroed(corm__table_count(session->registry), sizeof *views);
    if (views == NULL)
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    corm_status status = corm__find_views(session, views);
    if (status == CORM_OK)
        status = corm__drop_but_views(session, views);
    corm__free(views);
    return status;
}

CORM_API CORM__COLD corm_status corm_drop_all(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm__in_ddl(session, corm__drop_tables, "corm_drop_all");
    if (status != CORM_OK)
        return status;
    session->generation += session->generation == UINT32_MAX ? 2 : 1; /* 0 is no generation */
    session->links_generation++;
    return status;
}

CORM_API CORM__COLD corm_status corm_check_tables(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm__usable_for(session, "corm_check_tables");
    if (status != CORM_OK)
        return status;
    if (session->connection == NULL)
        return corm__status = corm__try_ddl(session, corm__compare_present);
    status = corm__compare_present(session);
    if (status == CORM_OK || status == CORM_SCHEMA_MISMATCH)
        return corm__status = status;
    return corm__break_off(session, session->transaction_lost);
}

/* ---- As text --------------------------------------------------------------------------------- */

static void corm__write_ddl(corm__buffer *out, const corm__registry *registry,
                            const corm_dialect *dialect)
{
    corm__buffer_text(out, "");
    for (size_t i = 0; i < registry->count; i++) {
        const corm__mapper *mapper = registry->order[i];
        if (!corm__is_narrow(mapper)) {
            corm__sql_create_table(out, dialect, mapper);
            corm__buffer_text(out, ";\n");
        }
        for (size_t k = 0; k < mapper->index_count; k++) {
            corm__sql_create_index(out, dialect, mapper, &mapper->indexes[k]);
            corm__buffer_text(out, ";\n");
        }
    }
    for (size_t i = 0; i < registry->association_count; i++) {
        if (corm__is_mapped(registry, registry->associations[i]))
            continue;
        corm__sql_create_association(out, dialect, registry->associations[i]);
        corm__buffer_text(out, ";\n");
    }
}

CORM_API CORM__COLD char *corm_ddl(const corm_schema *schema, const corm_dialect *dialect,
                                   corm_error *error)
{
    corm_error own;
    corm__buffer ddl = {0};
    error = error != NULL ? error : &own;
    corm__status = corm__error_set(error, CORM_OK, "%s", "");
    if (schema == NULL || dialect == NULL) {
        corm__status = corm__error_set(error, CORM_NULL_ARGUMENT, "corm_ddl: the %s is NULL",
                                       schema == NULL ? "schema" : "dialect");
        return NULL;
    }
    corm__registry *registry = corm__registry_acquire(schema, error);
    if (registry == NULL || corm__ddl_vet(registry, dialect, error) != CORM_OK) {
        corm__registry_release(registry);
        corm__status = error->status;
        return NULL;
    }
    corm__write_ddl(&ddl, registry, dialect);
    corm__registry_release(registry);
    if (ddl.failed) {
        corm__buffer_free(&ddl);
        corm__status =
            corm__error_set(error, CORM_OUT_OF_MEMORY, "out of memory while writing DDL");
        return NULL;
    }
    return ddl.data;
}

CORM_API void corm_ddl_free(char *ddl)
{
    corm__free(ddl);
}

#endif /* CORM__ROOM_SCHEMA_C */
