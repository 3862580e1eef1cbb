/* constraints.c: what a table asks of its rows, and its indexes, as rows and MODEL declare them.
 *
 * Owns: the indexes and unique constraints of a mapper; what is said about names, checks,
 * collations, constraints and indexes that are declared wrongly.
 * Must not know: relationships, objects, sessions, SQL text, which database it is. */
#ifndef CORM__ROOM_CONSTRAINTS_C
#define CORM__ROOM_CONSTRAINTS_C

#include "inherit.c"

#include <string.h>

/* ---- Words of SQL ------------------------------------------------------------------------------ */

static bool corm__is_word(char c)
{
    return corm__lower(c) != c || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           (unsigned char)c >= 0x80;
}

/* Whether an SQL text has the name among its words; what stands in '...' is none. */
static bool corm__mentions(const char *sql, const char *name)
{
    while (*sql != '\0') {
        const char quote = *sql == '\'' || *sql == '"' || *sql == '`' ? *sql : '\0';
        const char *rest = name;
        bool same = true;
        sql += quote != '\0';
        const char *const start = sql;
        for (; *sql != '\0' && (quote != '\0' || corm__is_word(*sql)); sql++) {
            if (*sql == quote && *++sql != quote) /* doubled, it is a part of the name */
                break;
            same = same && corm__lower(*sql) == corm__lower(*rest);
            rest += same;
        }
        if (same && *rest == '\0' && quote != '\'')
            return true;
        sql += sql == start && *sql != '\0';
    }
    return false;
}

/* ---- Columns --------------------------------------------------------------------------------- */

/* What goes into the DDL as it stands. */
static corm_status corm__vet_words(const corm__column *column, corm_error *error)
{
    const corm_column_options *options = &column->info->options;
    const char *model = column->owner->model->name, *name = column->info->name;
    char kind[CORM__KIND_TEXT_SIZE];
    if (column->name[0] == '\0')
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .name is empty: give the column of the table a name, or "
                               "leave it out",
                               model, name);
    if (options->check != NULL && options->check[0] == '\0')
        return corm__error_set(
            error, CORM_MODEL,
            "%s.%s: .check is empty: write a condition like \"%s > 0\", or leave "
            "it out",
            model, name, column->name);
    if (options->collate == NULL)
        return CORM_OK;
    if (corm__stored_type(column->info) != CORM_VALUE_TEXT)
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .collate is for text, not for %s: leave it out", model, name,
                               corm__kind_text(column->info, kind));
    if (options->collate[0] == '\0')
        return corm__error_set(error, CORM_MODEL,
                               "%s.%s: .collate is empty: name a collation, or leave it out", model,
                               name);
    return CORM_OK;
}

/* Both ends of a foreign key are compared by their bytes. */
static corm_status corm__vet_collated_key(const corm__column *column, corm_error *error)
{
    if (column->reference == NULL)
        return CORM_OK;
    const corm__column *key = &column->reference->columns[column->reference_column];
    const corm__column *collated = column->info->options.collate != NULL ? column : key;
    if (collated->info->options.collate == NULL)
        return CORM_OK;
    return corm__error_set(error, CORM_MODEL,
                           "%s.%s: .collate, but %s.%s refers to %s.%s, and keys are told apart by "
                           "their bytes: leave it out, or refer to another column",
                           collated->owner->model->name, collated->info->name,
                           column->owner->model->name, column->info->name, key->owner->model->name,
                           key->info->name);
}

/* ---- Several columns ------------------------------------------------------------------------- */

/* The column that `size` bytes of text name as a row does; NULL: none. */
static const corm__column *corm__column_spelled(const corm__mapper *mapper, const char *text,
                                                size_t size)
{
    for (size_t i = 0; i < mapper->column_count; i++) {
        const char *member = mapper->columns[i].info->name;
        if (strlen(member) == size && memcmp(member, text, size) == 0)
            return &mapper->columns[i];
    }
    return NULL;
}

/* What corm_columns(...) names. */
static corm_status corm__build_column_set(const corm__mapper *mapper, const corm_column_set *set,
                                          const char *option, corm__index *out, corm_error *error)
{
    const char *model = mapper->model->name;
    if (set->model != mapper->model)
        return corm__error_set(error, CORM_MODEL,
                               "%s: %s names columns of %s: write it at the MODEL of %s", model,
                               option, set->model->name, set->model->name);
    for (const char *at = set->members; *at != '\0'; at += strspn(at, ", ")) {
        const size_t size = strcspn(at, ", ");
        const corm__column *column = corm__column_spelled(mapper, at, size);
        if (column == NULL)
            return corm__error_set(error, CORM_MODEL, "%s: %s names %.*s, which is no column of %s",
                                   model, option, (int)size, at, model);
        for (size_t i = 0; i < out->count; i++)
            if (out->columns[i] == column->index)
                return corm__error_set(error, CORM_MODEL, "%s: %s names %s twice", model, option,
                                       column->info->name);
        if (column->home != mapper->home && !column->primary_key)
            return corm__error_set(
                error, CORM_MODEL,
                "%s: %s names %s, which is in table %s and not in %s: declare it "
                "where that table is declared",
                model, option, column->info->name, column->home->model->table,
                mapper->home->model->table);
        if (out->count == CORM__KEY_MAX)
            return corm__error_set(error, CORM_MODEL, "%s: %s has more than %d columns", model,
                                   option, (int)CORM__KEY_MAX);
        out->columns[out->count++] = column->index;
        at += size;
    }
    return CORM_OK;
}

/* ix_<table>_<column>_<column>... */
static corm_status corm__index_name(const corm__mapper *mapper, corm__index *index,
                                    corm_error *error)
{
    size_t size = strlen(mapper->model->table) + sizeof "ix_";
    for (size_t i = 0; i < index->count; i++)
        size += 1 + strlen(mapper->columns[index->columns[i]].name);
    char *name = (char *)corm__registry_take(mapper->registry, size, 1, error);
    if (name == NULL)
        return CORM_OUT_OF_MEMORY;
    int used = snprintf(name, size, "ix_%s", mapper->model->table);
    for (size_t i = 0; i < index->count && used > 0; i++)
        used += snprintf(name + used, size - (size_t)used, "_%s",
                         mapper->columns[index->columns[i]].name);
    index->name = name;
    return CORM_OK;
}

/* Two indexes of one name: IF NOT EXISTS would leave the second out without a word. */
static corm_status corm__vet_index_name(const corm__mapper *mapper, const corm__index *index,
                                        corm_error *error)
{
    for (const corm__mapper *other = mapper->registry->mappers; other <= mapper; other++)
        for (size_t i = 0; i < other->index_count; i++)
            if (&other->indexes[i] != index &&
                corm__same_identifier(other->indexes[i].name, index->name))
                return corm__error_set(error, CORM_MODEL,
                                       "%s and %s would both have the index %s: declare one with "
                                       "corm_index(..., .name = \"...\"), or leave it out",
                                       other->model->name, mapper->model->name, index->name);
    return CORM_OK;
}

static corm_status corm__build_index(corm__mapper *mapper, const corm_index_options *options,
                                     corm_error *error)
{
    corm__index *index = &mapper->indexes[mapper->index_count];
    const char *model = mapper->model->name;
    const bool no_where = options->where != NULL && options->where[0] == '\0';
    if (no_where || (options->name != NULL && options->name[0] == '\0'))
        return corm__error_set(error, CORM_MODEL,
                               "%s: corm_index(%s, (%s)): %s is empty: leave it out", model, model,
                               options->columns.members, no_where ? ".where" : ".name");
    index->name = options->name;
    index->where = options->where;
    index->unique = options->unique;
    corm_status status =
        corm__build_column_set(mapper, &options->columns, "corm_index", index, error);
    if (status == CORM_OK && index->name == NULL)
        status = corm__index_name(mapper, index, error);
    mapper->index_count++;
    return status == CORM_OK ? corm__vet_index_name(mapper, index, error) : status;
}

/* .index of a column. */
static corm_status corm__build_column_index(corm__mapper *mapper, const corm__column *column,
                                            corm_error *error)
{
    corm__index *index = &mapper->indexes[mapper->index_count++];
    index->unique = column->info->options.unique;
    index->columns[index->count++] = column->index;
    corm_status status = corm__index_name(mapper, index, error);
    return status == CORM_OK ? corm__vet_index_name(mapper, index, error) : status;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static corm_status corm__vet_table_options(const corm__mapper *mapper, corm_error *error)
{
    const corm_model_options *options = &mapper->model->options;
    const char *model = mapper->model->name;
    if (options->check != NULL && options->check[0] == '\0')
        return corm__error_set(error, CORM_MODEL,
                               "%s: .check is empty: write a condition like \"ends > starts\", or "
                               "leave it out",
                               model);
    if (corm__is_narrow(mapper) &&
        (options->strict || options->without_rowid || options->check != NULL))
        return corm__error_set(
            error, CORM_MODEL,
            "%s: .strict, .without_rowid and .check are said of a table, and this "
            "one is that of %s: give them to it",
            model, mapper->home->model->name);
    return CORM_OK;
}

static corm_status corm__build_constraints_of(corm__mapper *mapper, corm_error *error)
{
    const corm_model_options *options = &mapper->model->options;
    corm_status status = corm__vet_table_options(mapper, error);
    size_t indexes = CORM_TABLE_INDEXES;
    for (size_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        status = corm__vet_words(&mapper->columns[i], error);
        if (status == CORM_OK)
            status = corm__vet_collated_key(&mapper->columns[i], error);
        indexes += mapper->columns[i].info->options.index;
    }
    if (status != CORM_OK)
        return status;
    mapper->indexes = (corm__index *)corm__registry_take(mapper->registry, indexes,
                                                         sizeof *mapper->indexes, error);
    mapper->uniques = (corm__index *)corm__registry_take(mapper->registry, CORM_TABLE_UNIQUES,
                                                         sizeof *mapper->uniques, error);
    if (mapper->indexes == NULL || mapper->uniques == NULL)
        return CORM_OUT_OF_MEMORY;
    /* inherited ones have theirs */
    for (size_t i = mapper->inherited; i < mapper->column_count && status == CORM_OK; i++)
        if (mapper->columns[i].info->options.index)
            status = corm__build_column_index(mapper, &mapper->columns[i], error);
    for (size_t i = 0; i < CORM_TABLE_INDEXES && status == CORM_OK; i++)
        if (options->indexes[i].columns.model != NULL)
            status = corm__build_index(mapper, &options->indexes[i], error);
    for (size_t i = 0; i < CORM_TABLE_UNIQUES && status == CORM_OK; i++)
        if (options->unique[i].model != NULL)
            status = corm__build_column_set(mapper, &options->unique[i], ".unique",
                                            &mapper->uniques[mapper->unique_count++], error);
    return status;
}

static CORM__COLD corm_status corm__build_constraints(corm__registry *registry, corm_error *error)
{
    corm_status status = CORM_OK;
    for (size_t m = 0; m < registry->count && status == CORM_OK; m++)
        status = corm__build_constraints_of(&registry->mappers[m], error);
    return status;
}

#endif /* CORM__ROOM_CONSTRAINTS_C */
