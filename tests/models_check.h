/* models_check.h: the tables of a session, read without corm, and the comparison of its objects with them, for
 * tests/models_fuzz.c. It knows no model: what must be equal follows from the descriptors. */
#ifndef TESTS_MODELS_CHECK_H
#define TESTS_MODELS_CHECK_H

#include "models_schema.h"

enum { DEPTH = 3, LABEL = 200 };

struct row { /* all that an object's row is, from whichever tables */
    const corm__mapper *mapper;
    char key[LABEL];
    char **values; /* NULL: NULL */
};
struct pair { /* in the table of a many-to-many */
    const corm__association *association;
    char keys[2][LABEL];
};

static struct run {
    corm_engine *engine;
    corm_session *session;
    const corm__registry *registry;
    void **objects; /* the session's, and those of nobody */
    size_t count, capacity;
    struct row *rows;
    size_t row_count, row_capacity;
    struct pair *pairs;
    size_t pair_count, pair_capacity;
    char *committed, *marks[DEPTH]; /* the tables as text */
    corm_savepoint savepoints[DEPTH];
    int depth;
    size_t statements;
    bool arrays; /* rows were inserted that have no objects */
    bool anew;   /* in a session that has changed nothing */
    bool away;   /* an object was used that had been away: its row may be another by now */
} run;

static void *more(void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity == 0 ? 64 : 2 * *capacity;
    array = realloc(array, *capacity * size);
    if (array == NULL)
        abort();
    return array;
}

static char *copy_of(const char *text)
{
    char *copy = text == NULL ? NULL : malloc(strlen(text) + 1);
    return copy == NULL ? NULL : strcpy(copy, text);
}

/* ---- The tables ----------------------------------------------------------------------------------- */

static sqlite3_stmt *prepared(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        complain("%s: %s", sql, sqlite3_errmsg(database));
    return statement;
}

static const char *text_at(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

/* The values of these columns, as the key of a row or as what refers to one; false: one is NULL. */
static bool key_text(char *const *values, const uint16_t *columns, size_t count, char out[LABEL])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const char *value = values[columns[i]];
        if (value == NULL)
            return false;
        used += (size_t)snprintf(out + used, LABEL - used, "%s|", value);
        assert_true(used < LABEL);
    }
    return true;
}

static void forget_rows(void)
{
    for (size_t i = 0; i < run.row_count; i++) {
        for (size_t c = 0; c < run.rows[i].mapper->column_count; c++)
            free(run.rows[i].values[c]);
        free(run.rows[i].values);
    }
    run.row_count = run.pair_count = 0;
}

/* SELECT of all columns of a model, over its tables. */
static void row_query(const corm__mapper *mapper, char *sql, size_t size)
{
    size_t used = 0;
    for (size_t c = 0; c < mapper->column_count; c++) {
        size_t part = 0;
        while ((mapper->parts[part].columns >> c & 1) == 0)
            part++;
        used += (size_t)snprintf(sql + used, size - used, "%s%s.\"%s\"", c == 0 ? "SELECT " : ", ",
                                 mapper->parts[part].home->model->table, mapper->columns[c].name);
    }
    for (size_t i = 0; i < mapper->part_count; i++) {
        const char *table = mapper->parts[i].home->model->table;
        const char *key = mapper->columns[mapper->pk[0]].name;
        used += (size_t)snprintf(sql + used, size - used, i == 0 ? " FROM %s" : " JOIN %s", table);
        if (i > 0)
            used += (size_t)snprintf(sql + used, size - used, " ON %s.%s = %s.%s", table, key,
                                     mapper->parts[0].home->model->table, key);
    }
    if (mapper->discriminator != NULL)
        used +=
            (size_t)snprintf(sql + used, size - used, " WHERE %s = '%s'",
                             mapper->discriminator->name, (const char *)mapper->identity.as.bytes);
    assert_true(used < size);
}

static void read_rows(sqlite3 *database, const corm__mapper *mapper)
{
    char sql[2000];
    row_query(mapper, sql, sizeof sql);
    sqlite3_stmt *statement = prepared(database, sql);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        run.rows = more(run.rows, run.row_count, &run.row_capacity, sizeof *run.rows);
        struct row *row = &run.rows[run.row_count++];
        row->mapper = mapper;
        row->values = calloc(mapper->column_count, sizeof *row->values);
        assert_non_null(row->values);
        for (size_t c = 0; c < mapper->column_count; c++)
            row->values[c] = copy_of(text_at(statement, (int)c));
        (void)key_text(row->values, mapper->pk, mapper->pk_count, row->key);
    }
    (void)sqlite3_finalize(statement);
}

static void read_pairs(sqlite3 *database, const corm__association *association)
{
    char sql[300];
    (void)snprintf(sql, sizeof sql, "SELECT %s, %s FROM %s", association->columns[0][0],
                   association->columns[1][0], association->table);
    sqlite3_stmt *statement = prepared(database, sql);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        run.pairs = more(run.pairs, run.pair_count, &run.pair_capacity, sizeof *run.pairs);
        struct pair *pair = &run.pairs[run.pair_count++];
        pair->association = association;
        for (int side = 0; side < 2; side++)
            (void)snprintf(pair->keys[side], LABEL, "%s|", text_at(statement, side));
    }
    (void)sqlite3_finalize(statement);
}

static void no_rows(sqlite3 *database, const char *sql, const char *good)
{
    sqlite3_stmt *statement = prepared(database, sql);
    while (sqlite3_step(statement) == SQLITE_ROW)
        if (good == NULL || strcmp(text_at(statement, 0), good) != 0)
            complain("%s: %s", sql, text_at(statement, 0));
    (void)sqlite3_finalize(statement);
}

/* Reads everything, within the session's transaction. */
static void read_tables(corm_session *session)
{
    sqlite3 *database = corm_sqlite_handle(session);
    if (database == NULL)
        complain("no handle: %s", corm_error_message(session));
    forget_rows();
    for (size_t i = 0; i < run.registry->count; i++)
        read_rows(database, &run.registry->mappers[i]);
    for (size_t i = 0; i < run.registry->association_count; i++)
        read_pairs(database, run.registry->associations[i]);
    no_rows(database, "PRAGMA foreign_key_check", NULL);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What was read as one text; the rows in an order that does not depend on their places. */
static char *told_tables(void)
{
    const size_t count = run.row_count + run.pair_count;
    char **lines = calloc(count + 1, sizeof *lines), line[2000];
    size_t size = 1, used = 0;
    assert_non_null(lines);
    for (size_t i = 0; i < count; i++) {
        int length;
        if (i >= run.row_count) {
            const struct pair *pair = &run.pairs[i - run.row_count];
            length = snprintf(line, sizeof line, "%s %s%s\n", pair->association->table,
                              pair->keys[0], pair->keys[1]);
        } else {
            const struct row *row = &run.rows[i];
            length = snprintf(line, sizeof line, "%s", row->mapper->model->name);
            for (size_t c = 0; c < row->mapper->column_count; c++)
                length += snprintf(line + length, sizeof line - (size_t)length, " %s",
                                   row->values[c] == NULL ? "~" : row->values[c]);
            length += snprintf(line + length, sizeof line - (size_t)length, "\n");
        }
        assert_true((size_t)length < sizeof line);
        lines[i] = copy_of(line);
        size += (size_t)length;
    }
    qsort(lines, count, sizeof *lines, by_text);
    char *text = malloc(size);
    assert_non_null(text);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(lines[i]);
        memcpy(text + used, lines[i], length + 1);
        used += length;
        free(lines[i]);
    }
    free(lines);
    return text;
}

/* The first line in which they differ. */
static void same_tables(const char *now, const char *before, const char *what)
{
    if (strcmp(now, before) == 0)
        return;
    size_t at = 0;
    while (now[at] != '\0' && now[at] == before[at])
        at++;
    while (at > 0 && now[at - 1] != '\n')
        at--;
    complain("%s: the tables have\n%.*s\nwhere they had\n%.*s", what, (int)strcspn(now + at, "\n"),
             now + at, (int)strcspn(before + at, "\n"), before + at);
}

/* ---- Objects -------------------------------------------------------------------------------------- */

static bool is_mine(const void *object)
{
    return corm_state(object) == CORM_STATE_PERSISTENT && corm_session_of(object) == run.session;
}

static void remember(void *object)
{
    if (object == NULL)
        return;
    for (size_t i = 0; i < run.count; i++)
        if (run.objects[i] == object)
            return;
    run.objects = more(run.objects, run.count, &run.capacity, sizeof *run.objects);
    run.objects[run.count++] = object;
}

static void forget(const void *object)
{
    for (size_t i = 0; i < run.count; i++)
        if (run.objects[i] == object) {
            run.objects[i] = run.objects[--run.count];
            return;
        }
}

/* As SQLite gives the column as text; NULL for NULL. */
static const char *member_text(const corm__column *column, const void *object, char out[LABEL])
{
    char scratch[CORM__SCRATCH];
    const corm_value value = corm__member_value(column, object, scratch);
    switch (value.type) {
    case CORM_VALUE_INTEGER: (void)snprintf(out, LABEL, "%lld", (long long)value.as.integer); break;
    case CORM_VALUE_REAL: (void)snprintf(out, LABEL, "%.1f", value.as.real); break;
    case CORM_VALUE_TEXT:
    case CORM_VALUE_BLOB:
        (void)snprintf(out, LABEL, "%.*s", (int)value.size, (const char *)value.as.bytes);
        break;
    default: return NULL;
    }
    return out;
}

/* The key in a struct of the model; false: it has none yet. */
static bool struct_key(const corm__mapper *mapper, const void *object, char out[LABEL])
{
    char *values[CORM__COLUMN_MAX] = {NULL};
    char texts[CORM__KEY_MAX][LABEL];
    for (size_t i = 0; i < mapper->pk_count; i++)
        values[mapper->pk[i]] =
            (char *)(uintptr_t)member_text(&mapper->columns[mapper->pk[i]], object, texts[i]);
    return key_text(values, mapper->pk, mapper->pk_count, out);
}

static bool object_key(const void *object, char out[LABEL])
{
    return struct_key(corm__mapper_at(object), object, out);
}

/* As the session knows the row: the program may have assigned another key since. */
static bool stored_key(const void *object, char out[LABEL])
{
    return struct_key(corm__mapper_at(object), corm__snapshot_of(object), out);
}

static const char *name_of(const void *object)
{
    static char names[4][LABEL + 80];
    static unsigned next;
    char key[LABEL] = "";
    if (object == NULL)
        return "NULL";
    char *out = names[next++ % 4];
    (void)object_key(object, key);
    (void)snprintf(out, sizeof names[0], "%s %s%s (%d)", corm_model_of(object)->name, key,
                   corm_is_marked_deleted(object) ? " marked" : "", (int)corm_state(object));
    return out;
}

static const struct row *row_of(const corm__mapper *mapper, const char *key)
{
    for (size_t i = 0; i < run.row_count; i++)
        if (run.rows[i].mapper->root == mapper->root && strcmp(run.rows[i].key, key) == 0)
            return &run.rows[i];
    return NULL;
}

static void check_members(const void *object, const struct row *row)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    char text[LABEL];
    if (row->mapper != mapper)
        complain("%s is a %s in the table", name_of(object), row->mapper->model->name);
    for (size_t c = 0; c < mapper->column_count; c++) {
        const corm_column_ref column = {mapper->model, (unsigned)c};
        const char *value = member_text(&mapper->columns[c], object, text);
        if (!corm_object_is_loaded(object, column))
            continue;
        if ((value == NULL) != (row->values[c] == NULL) ||
            (value != NULL && strcmp(value, row->values[c]) != 0))
            complain("%s.%s is %s, and in the table %s", name_of(object), mapper->columns[c].name,
                     value == NULL ? "NULL" : value,
                     row->values[c] == NULL ? "NULL" : row->values[c]);
    }
}

/* ---- Relationships ---------------------------------------------------------------------------------- */

static corm_relationship_ref ref_of(const corm__relation *r)
{
    const corm__mapper *source = r->source;
    const unsigned own = (unsigned)(r->index - source->inherited_relations);
    if (own < source->model->relationship_count)
        return (corm_relationship_ref){source->model, own, false};
    return (corm_relationship_ref){
        r->inverse->source->model,
        (unsigned)(r->inverse->index - r->inverse->source->inherited_relations), true};
}

static bool passes_filters(const corm__relation *r, const struct row *target)
{
    char text[LABEL];
    for (size_t i = 0; i < r->filter_count; i++) {
        const corm_value *value = &r->filters[i].value;
        (void)snprintf(text, sizeof text, "%.*s", (int)value->size, (const char *)value->as.bytes);
        if (target->values[r->filters[i].column] == NULL ||
            strcmp(target->values[r->filters[i].column], text) != 0)
            return false;
    }
    return true;
}

/* Whether the tables say that `row` is related to `target`. */
static bool are_related(const corm__relation *r, const struct row *row, const struct row *target)
{
    char a[LABEL], b[LABEL];
    if (!corm__is_a(target->mapper, r->target))
        return false;
    if (r->association == NULL)
        return key_text(row->values, r->local, r->key_count, a) &&
               key_text(target->values, r->remote, r->key_count, b) && strcmp(a, b) == 0 &&
               passes_filters(r, target);
    for (size_t i = 0; i < run.pair_count; i++)
        if (run.pairs[i].association == r->association &&
            strcmp(run.pairs[i].keys[r->side], row->key) == 0 &&
            strcmp(run.pairs[i].keys[1 - r->side], target->key) == 0)
            return true;
    return false;
}

/* What was deleted, in this transaction or before, may be linked to still; it is only never written. */
static bool is_gone(const void *object)
{
    return corm_state(object) == CORM_STATE_DELETED || corm_state(object) == CORM_STATE_DETACHED;
}

/* A new object that was taken from one of the parents that it must have was never inserted; another one may have it
 * still. Nor does it come back by itself from a parent that the session does not have. */
static bool is_orphan(void *item)
{
    const corm__mapper *mapper = corm__mapper_at(item);
    if (corm_state(item) == CORM_STATE_TRANSIENT && (corm__record_of(item)->flags & CORM__LEFT))
        return true;
    for (size_t i = 0; corm_state(item) == CORM_STATE_TRANSIENT && i < mapper->relation_count;
         i++) {
        const corm__relation *r = mapper->relations[i];
        if (r->holds_key && r->inverse != NULL &&
            (r->inverse->cascade & CORM_CASCADE_DELETE_ORPHAN) &&
            corm_related_one(item, ref_of(r)) == NULL)
            return true;
    }
    return false;
}

static void check_one(void *object, const struct row *row, const corm__relation *r)
{
    const struct row *wanted = NULL;
    char key[LABEL];
    for (size_t i = 0; i < run.row_count; i++)
        if (are_related(r, row, &run.rows[i])) {
            if (wanted != NULL)
                return; /* two, where one is meant: either */
            wanted = &run.rows[i];
        }
    void *found = corm_related_one(object, ref_of(r));
    if (corm_last_status() != CORM_OK)
        complain("%s.%s: %s", name_of(object), r->name, corm_error_message(run.session));
    if (found != NULL && (is_gone(found) || is_orphan(found)))
        found = NULL;
    remember(found);
    if (found == NULL ? wanted != NULL
                      : wanted == NULL || !object_key(found, key) || strcmp(key, wanted->key) != 0)
        complain("%s.%s is %s, and in the tables %s", name_of(object), r->name, name_of(found),
                 wanted == NULL ? "nobody" : wanted->key);
}

static void check_list(void *object, const struct row *row, const corm__relation *r)
{
    const corm_relationship_ref ref = ref_of(r);
    const bool unloaded = r->lazy == CORM_LAZY_WRITE_ONLY;
    size_t wanted = 0, found = 0;
    char key[LABEL];
    corm_list list = {0};
    if (!unloaded) {
        list = corm_related_list(object, ref);
        if (corm_last_status() != CORM_OK)
            complain("%s.%s: %s", name_of(object), r->name, corm_error_message(run.session));
    }
    for (size_t i = 0; i < list.count; i++) {
        if (is_gone(list.items[i]) || is_orphan(list.items[i]))
            continue;
        remember(list.items[i]);
        found++;
        const struct row *target = object_key(list.items[i], key) ? row_of(r->target, key) : NULL;
        if (!is_mine(list.items[i]) || target == NULL || !are_related(r, row, target))
            complain("%s.%s has %s, and in the tables it has not", name_of(object), r->name,
                     name_of(list.items[i]));
        for (size_t k = 0; k < i; k++)
            if (list.items[k] == list.items[i])
                complain("%s.%s has %s twice", name_of(object), r->name, name_of(list.items[i]));
    }
    for (size_t i = 0; i < run.row_count; i++)
        wanted += are_related(r, row, &run.rows[i]);
    if (unloaded)
        found = corm_related_count(object, ref);
    if (found != wanted)
        complain("%s.%s has %zu, and in the tables %zu", name_of(object), r->name, found, wanted);
}

static void check_object(void *object, int percent)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    char key[LABEL];
    const struct row *row = object_key(object, key) ? row_of(mapper, key) : NULL;
    if (row == NULL && !corm_object_is_loaded(object, (corm_column_ref){mapper->model, 0}) &&
        corm_current(object) == CORM_ROW_MISSING) { /* it was loaded, and its row rolled back */
        corm_clear_error(run.session);
        (void)corm_expunge(run.session, object);
        return;
    }
    if (row == NULL)
        complain("%s has no row", name_of(object));
    check_members(object, row);
    for (size_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *r = mapper->relations[i];
        /* what is only looked at is as it was when it was loaded */
        if (r->hidden || below(100) >= percent || (r->view_only && !run.anew))
            continue;
        if (r->to_many)
            check_list(object, row, r);
        else
            check_one(object, row, r);
    }
}

/* Every object of the session is as its row, and is related to what the tables say; so many of a hundred
 * relationships are looked at. Nothing must be waiting for a flush. */
static void check_objects(int percent)
{
    char key[LABEL];
    const size_t first = run.count == 0 ? 0 : (size_t)below((int)run.count);
    read_tables(run.session);
    for (size_t i = 0, count = run.count; i < count; i++) {
        void *object = run.objects[(first + i) % count];
        if (is_mine(object))
            check_object(object, percent);
        if (run.arrays || corm_state(object) != CORM_STATE_DELETED || !stored_key(object, key) ||
            row_of(corm__mapper_at(object), key) == NULL)
            continue;
        bool taken = false;
        for (size_t k = 0; k < run.count && !taken; k++) {
            char other[LABEL];
            taken = is_mine(run.objects[k]) &&
                    corm__mapper_at(run.objects[k])->root == corm__mapper_at(object)->root &&
                    object_key(run.objects[k], other) && strcmp(key, other) == 0;
        }
        if (!taken)
            complain("%s is deleted, but its row is there", name_of(object));
    }
    if (corm_error_status(run.session) != CORM_OK)
        complain("looking made an error: %s", corm_error_message(run.session));
}

#endif /* TESTS_MODELS_CHECK_H */
