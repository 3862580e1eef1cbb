/* ddl.c: the SQL text that makes and drops tables, and how a name is written in SQL.
 *
 * Owns: identifiers (always quoted), types, CREATE and DROP, rendered from mappers and the
 * dialect. Functions append to a buffer; a missing memory shows in its `failed` when the text
 * is done.
 * Must not know: connections, objects, sessions; which database it is, beyond what the dialect
 * says. */
#ifndef CORM__ROOM_DDL_C
#define CORM__ROOM_DDL_C

#include "adapter.h"
#include "registry.c"

#include <string.h>

/* ---- Names and numbers ----------------------------------------------------------------------- */

/* The name with its quotes doubled, but without the two around it. */
static void corm__sql_name_part(corm__buffer *b, const corm_dialect *d, const char *name)
{
    for (const char *quote; (quote = strchr(name, d->quote)) != NULL; name = quote + 1) {
        corm__buffer_bytes(b, name, (size_t)(quote - name) + 1);
        corm__buffer_char(b, d->quote);
    }
    corm__buffer_text(b, name);
}

static void corm__sql_name(corm__buffer *b, const corm_dialect *d, const char *name)
{
    corm__buffer_char(b, d->quote);
    corm__sql_name_part(b, d, name);
    corm__buffer_char(b, d->quote);
}

/* One of the dialect's formats with its %u replaced. Not printf: this is on the path of every
 * statement. */
static void corm__sql_number(corm__buffer *b, const char *format, unsigned number)
{
    char digits[24];
    size_t first = sizeof digits;
    const char *hole = strstr(format, "%u");
    if (hole == NULL) {
        corm__buffer_text(b, format);
        return;
    }
    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    corm__buffer_bytes(b, format, (size_t)(hole - format));
    corm__buffer_bytes(b, digits + first, sizeof digits - first);
    corm__buffer_text(b, hole + 2);
}

static const char *corm__sql_table(const corm__mapper *m)
{
    return m->model->table;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static void corm__sql_type(corm__buffer *b, const corm_dialect *d, const corm__column *column)
{
    if (column->kind == CORM_KIND_CUSTOM || column->owner->model->options.strict)
        corm__buffer_text(b, d->type_names[corm__stored_kind(column->info)]);
    else if (column->kind == CORM_KIND_TEXT && column->info->options.length > 0)
        corm__sql_number(b, d->sized_text, column->info->options.length);
    else
        corm__buffer_text(b, d->type_names[column->kind]);
}

/* A text in DDL, whole, where corm__value_literal would cut it. */
static void corm__sql_text(corm__buffer *b, const char *text)
{
    corm__buffer_char(b, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            corm__buffer_char(b, '\'');
        corm__buffer_char(b, *text);
    }
    corm__buffer_char(b, '\'');
}

/* The default of a column in DDL, where no parameter can stand. */
static void corm__sql_default(corm__buffer *b, const corm_column *info)
{
    const corm_constant *constant = &info->options.default_value;
    if (info->kind == CORM_KIND_ENUM) {
        const corm_enum_item *item = corm__enum_find(info->enumeration, constant->integer);
        CORM_ASSERT(item != NULL); /* corm__default_check has been passed */
        corm__sql_text(b, item->text);
        return;
    }
    if (constant->type != CORM__CONSTANT_TEXT) {
        const corm_value value = constant->type == CORM__CONSTANT_REAL
                                     ? corm_value_real(constant->real)
                                     : corm_value_integer(constant->integer);
        corm__value_literal(b, &value);
        return;
    }
    corm__sql_text(b, constant->text);
}

/* CHECK (color IN ('RED', 'green')); NULL passes a check. */
static void corm__sql_enum_check(corm__buffer *b, const corm_dialect *d, const corm__column *column)
{
    const corm_enum *enumeration = column->info->enumeration;
    corm__buffer_text(b, " CHECK (");
    corm__sql_name(b, d, column->name);
    for (size_t i = 0; i < enumeration->count; i++) {
        corm__buffer_text(b, i > 0 ? ", " : " IN (");
        corm__sql_text(b, enumeration->items[i].text);
    }
    corm__buffer_text(b, "))");
}

/* CONSTRAINT "ck_products_price" CHECK (price >= 0); by the name a failure finds it again. column
 * NULL: the check of the table. */
static void corm__sql_check(corm__buffer *b, const corm_dialect *d, const char *table,
                            const char *column, const char *check)
{
    corm__buffer_text(b, "CONSTRAINT ");
    corm__buffer_char(b, d->quote);
    corm__buffer_text(b, "ck_");
    corm__sql_name_part(b, d, table);
    if (column != NULL) {
        corm__buffer_char(b, '_');
        corm__sql_name_part(b, d, column);
    }
    corm__buffer_char(b, d->quote);
    corm__buffer_text(b, " CHECK (");
    corm__buffer_text(b, check);
    corm__buffer_char(b, ')');
}

static void corm__sql_actions(corm__buffer *b, const corm_column_options *options)
{
    static const char *const actions[] = {[CORM_ACTION_DEFAULT] = NULL,
                                          [CORM_ACTION_NO_ACTION] = "NO ACTION",
                                          [CORM_ACTION_RESTRICT] = "RESTRICT",
                                          [CORM_ACTION_SET_NULL] = "SET NULL",
                                          [CORM_ACTION_SET_DEFAULT] = "SET DEFAULT",
                                          [CORM_ACTION_CASCADE] = "CASCADE"};
    if (options->on_delete != CORM_ACTION_DEFAULT) {
        corm__buffer_text(b, " ON DELETE ");
        corm__buffer_text(b, actions[options->on_delete]);
    }
    if (options->on_update != CORM_ACTION_DEFAULT) {
        corm__buffer_text(b, " ON UPDATE ");
        corm__buffer_text(b, actions[options->on_update]);
    }
}

static void corm__sql_references(corm__buffer *b, const corm_dialect *d, const corm__mapper *target,
                                 uint16_t column)
{
    corm__buffer_text(b, " REFERENCES ");
    corm__sql_name(b, d, corm__sql_table(corm__referred_home(&target->columns[column])));
    corm__buffer_text(b, " (");
    corm__sql_name(b, d, target->columns[column].name);
    corm__buffer_char(b, ')');
}

/* A row of a joined model is nothing without the rest of it in the base's table: it goes with it,
 * and follows its key. */
static const corm_column_options corm__sql_part_of = {.on_delete = CORM_ACTION_CASCADE,
                                                      .on_update = CORM_ACTION_CASCADE};

static void corm__sql_define_part(corm__buffer *b, const corm_dialect *d, const corm__column *key)
{
    const corm__mapper *m = key->owner;
    if (m->integer_key) {
        corm__buffer_text(b, d->key_type);
    } else {
        corm__sql_type(b, d, key);
        corm__buffer_text(b, m->pk_count == 1 ? " NOT NULL PRIMARY KEY" : " NOT NULL");
    }
    if (m->pk_count > 1)
        return;
    corm__sql_references(b, d, m->base, key->index);
    corm__sql_actions(b, &corm__sql_part_of);
}

/* Another default of a column is the program's affair (corm_new), but ON ... SET DEFAULT is the database's. */
static void corm__sql_define_default(corm__buffer *b, const corm_column *info)
{
    const corm_column_options *options = &info->options;
    if (options->server_default != NULL) {
        corm__buffer_text(b, " DEFAULT (");
        corm__buffer_text(b, options->server_default);
        corm__buffer_char(b, ')');
    } else if (options->on_delete == CORM_ACTION_SET_DEFAULT ||
               options->on_update == CORM_ACTION_SET_DEFAULT) {
        corm__buffer_text(b, " DEFAULT ");
        corm__sql_default(b, info);
    }
}

/* One column with everything that can stand behind it. */
static void corm__sql_define_column(corm__buffer *b, const corm_dialect *d,
                                    const corm__column *column)
{
    const corm__mapper *m = column->owner;
    const corm_column_options *options = &column->info->options;
    const bool is_key = column->primary_key && m->pk_count == 1;
    corm__sql_name(b, d, column->name);
    corm__buffer_char(b, ' ');
    if (column->primary_key && m->base != NULL) {
        corm__sql_define_part(b, d, column);
        return;
    }
    if (is_key && m->integer_key) {
        corm__buffer_text(b, options->autoincrement ? d->key_never_reused : d->key_type);
    } else {
        corm__sql_type(b, d, column);
        if (options->collate != NULL) {
            corm__buffer_text(b, " COLLATE ");
            corm__sql_name(b, d, options->collate);
        }
        if (!corm__is_nullable(column))
            corm__buffer_text(b, " NOT NULL");
        if (is_key)
            corm__buffer_text(b, " PRIMARY KEY");
    }
    if (options->unique && !options->index && !is_key)
        corm__buffer_text(b, " UNIQUE");
    if (options->generated != NULL) {
        corm__buffer_text(b, " GENERATED ALWAYS AS (");
        corm__buffer_text(b, options->generated);
        corm__buffer_text(b, options->stored ? ") STORED" : ") VIRTUAL");
    }
    corm__sql_define_default(b, column->info);
    if (column->kind == CORM_KIND_ENUM)
        corm__sql_enum_check(b, d, column);
    if (options->check != NULL) {
        corm__buffer_char(b, ' ');
        corm__sql_check(b, d, corm__sql_table(m), column->name, options->check);
    }
    if (column->reference != NULL && !corm__refers_as_one(m, column->reference)) {
        corm__sql_references(b, d, column->reference, column->reference_column);
        corm__sql_actions(b, options);
    }
}

/* A foreign key of several columns: those that refer to the same model as `first`, which is the
 * first of them. */
static void corm__sql_define_foreign_key(corm__buffer *b, const corm_dialect *d,
                                         const corm__column *first)
{
    const corm__mapper *m = first->owner, *target = first->reference;
    corm__buffer_text(b, ",\n    FOREIGN KEY (");
    for (size_t i = first->index; i < m->column_count; i++) {
        if (m->columns[i].reference != target)
            continue;
        if (i > first->index)
            corm__buffer_text(b, ", ");
        corm__sql_name(b, d, m->columns[i].name);
    }
    corm__buffer_text(b, ") REFERENCES ");
    corm__sql_name(b, d,
                   corm__sql_table(corm__referred_home(&target->columns[first->reference_column])));
    corm__buffer_text(b, " (");
    for (size_t i = first->index; i < m->column_count; i++) {
        if (m->columns[i].reference != target)
            continue;
        if (i > first->index)
            corm__buffer_text(b, ", ");
        corm__sql_name(b, d, target->columns[m->columns[i].reference_column].name);
    }
    corm__buffer_char(b, ')');
    corm__sql_actions(b, &first->info->options);
}

static bool corm__sql_is_first_reference(const corm__column *column)
{
    for (size_t i = 0; i < column->index; i++)
        if (column->owner->columns[i].reference == column->reference)
            return false;
    return true;
}

/* ("user_id", "post_id"), with a space before it */
static void corm__sql_column_list(corm__buffer *b, const corm_dialect *d, const corm__mapper *m,
                                  const uint16_t *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        corm__buffer_text(b, i > 0 ? ", " : " (");
        corm__sql_name(b, d, m->columns[columns[i]].name);
    }
    corm__buffer_char(b, ')');
}

/* What stands behind the last parenthesis of CREATE TABLE. */
static void corm__sql_table_options(corm__buffer *b, const corm_dialect *d,
                                    const corm_model_options *options)
{
    const char *words[] = {options->strict ? d->strict : "",
                           options->without_rowid ? d->without_rowid : ""};
    const char *between = " ";
    for (size_t i = 0; i < 2; i++) {
        if (words[i][0] == '\0')
            continue;
        corm__buffer_text(b, between);
        corm__buffer_text(b, words[i]);
        between = ", ";
    }
}

/* Whether the database has what the models ask of it. */
static corm_status corm__ddl_vet(const corm__registry *registry, const corm_dialect *d,
                                 corm_error *error)
{
    for (size_t i = 0; i < registry->count; i++) {
        const corm_model *model = registry->mappers[i].model;
        const char *option = model->options.strict && d->strict == NULL ? ".strict"
                             : model->options.without_rowid && d->without_rowid == NULL
                                 ? ".without_rowid"
                                 : NULL;
        if (option != NULL)
            return corm__error_set(error, CORM_MODEL,
                                   "%s: %s: %s, or this version of it, has no such tables: leave "
                                   "it out",
                                   model->name, option, d->name);
    }
    return CORM_OK;
}

static CORM__COLD void corm__sql_create_table(corm__buffer *b, const corm_dialect *d,
                                              const corm__mapper *m)
{
    corm__buffer_text(b, "CREATE TABLE IF NOT EXISTS ");
    corm__sql_name(b, d, corm__sql_table(m));
    corm__buffer_text(b, " (");
    for (size_t i = 0; i < corm__stored_count(m); i++) {
        corm__buffer_text(b, i > 0 ? ",\n    " : "\n    ");
        corm__sql_define_column(b, d, corm__stored_at(m, i));
    }
    if (m->pk_count > 1) {
        corm__buffer_text(b, ",\n    PRIMARY KEY");
        corm__sql_column_list(b, d, m, m->pk, m->pk_count);
    }
    for (size_t f = 0; f < m->family_count; f++) {
        const corm__mapper *heir = m->family[f];
        for (size_t i = 0; heir->home == m && i < heir->unique_count; i++) {
            corm__buffer_text(b, ",\n    UNIQUE");
            corm__sql_column_list(b, d, heir, heir->uniques[i].columns, heir->uniques[i].count);
        }
    }
    if (m->pk_count > 1 && m->base != NULL) {
        corm__buffer_text(b, ",\n    FOREIGN KEY");
        corm__sql_column_list(b, d, m, m->pk, m->pk_count);
        corm__buffer_text(b, " REFERENCES ");
        corm__sql_name(b, d, corm__sql_table(m->base->home));
        corm__sql_column_list(b, d, m, m->pk, m->pk_count);
        corm__sql_actions(b, &corm__sql_part_of);
    }
    for (size_t i = 0; i < corm__stored_count(m); i++) {
        const corm__column *column = corm__stored_at(m, i);
        if (column->reference != NULL && column->home == m &&
            corm__sql_is_first_reference(column) &&
            corm__refers_as_one(column->owner, column->reference))
            corm__sql_define_foreign_key(b, d, column);
    }
    if (m->model->options.check != NULL) {
        corm__buffer_text(b, ",\n    ");
        corm__sql_check(b, d, corm__sql_table(m), NULL, m->model->options.check);
    }
    corm__buffer_text(b, "\n)");
    corm__sql_table_options(b, d, &m->model->options);
}

static void corm__sql_link_columns(corm__buffer *b, const corm_dialect *d,
                                   const corm__association *a, unsigned side)
{
    for (size_t i = 0; i < a->counts[side]; i++) {
        if (i > 0)
            corm__buffer_text(b, ", ");
        corm__sql_name(b, d, a->columns[side][i]);
    }
}

static void corm__sql_create_association(corm__buffer *b, const corm_dialect *d,
                                         const corm__association *a)
{
    corm__buffer_text(b, "CREATE TABLE IF NOT EXISTS ");
    corm__sql_name(b, d, a->table);
    corm__buffer_text(b, " (");
    for (unsigned side = 0; side < 2; side++) {
        const corm__relation *r = a->sides[side];
        for (size_t i = 0; i < a->counts[side]; i++) {
            corm__buffer_text(b, "\n    ");
            corm__sql_name(b, d, a->columns[side][i]);
            corm__buffer_char(b, ' ');
            corm__sql_type(b, d, &r->source->columns[r->local[i]]);
            corm__buffer_text(b, " NOT NULL");
            corm__sql_references(b, d, r->source, r->local[i]);
            /* A link without one of its ends means nothing, whoever deletes that end; and it follows a key that
             * itself follows another one. */
            corm__buffer_text(b, " ON DELETE CASCADE");
            if (r->source->columns[r->local[i]].info->options.on_update == CORM_ACTION_CASCADE)
                corm__buffer_text(b, " ON UPDATE CASCADE");
            corm__buffer_char(b, ',');
        }
    }
    corm__buffer_text(b, "\n    PRIMARY KEY (");
    corm__sql_link_columns(b, d, a, 0);
    corm__buffer_text(b, ", ");
    corm__sql_link_columns(b, d, a, 1);
    /* The same pair the other way round: its index answers for the second side. */
    corm__buffer_text(b, "),\n    UNIQUE (");
    corm__sql_link_columns(b, d, a, 1);
    corm__buffer_text(b, ", ");
    corm__sql_link_columns(b, d, a, 0);
    corm__buffer_text(b, ")\n)");
}

static CORM__COLD void corm__sql_create_index(corm__buffer *b, const corm_dialect *d,
                                              const corm__mapper *m, const corm__index *index)
{
    corm__buffer_text(b, index->unique ? "CREATE UNIQUE INDEX IF NOT EXISTS "
                                       : "CREATE INDEX IF NOT EXISTS ");
    corm__sql_name(b, d, index->name);
    corm__buffer_text(b, " ON ");
    corm__sql_name(b, d, corm__sql_table(m));
    corm__sql_column_list(b, d, m, index->columns, index->count);
    if (index->where != NULL) {
        corm__buffer_text(b, " WHERE ");
        corm__buffer_text(b, index->where);
    }
}

static void corm__sql_drop_table(corm__buffer *b, const corm_dialect *d, const char *table)
{
    corm__buffer_text(b, "DROP TABLE IF EXISTS ");
    corm__sql_name(b, d, table);
}

#endif /* CORM__ROOM_DDL_C */
