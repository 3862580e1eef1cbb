/* scope.c: which tables the columns of a query are looked for in.
 *
 * Owns: the text of a query on its way with its values, the tables that are in sight at each place of
 * it and their names there, finding the column that a handle means.
 * Must not know: what stands in the text, objects, sessions, connections. */
#ifndef CORM__ROOM_SCOPE_C
#define CORM__ROOM_SCOPE_C

#include "operands.c"
#include "sql.c"

enum { CORM__SOURCES_MAX = 16 };

/* A table whose columns may be named. */
typedef struct corm__source {
    const corm_model *model; /* as handles name it: a model, an alias, a CORM_ROW */
    const corm__mapper *mapper;
    const char *name;
    unsigned number; /* behind the name, where it would stand there twice: posts_2; 0: none */
    bool spread;     /* its columns are in several tables, which have their own names */
    const corm__mapper *only; /* the one of these that is there; NULL: all are */
} corm__source;

typedef struct corm__scope {
    const struct corm__scope *outer; /* of the query around this one */
    corm__source sources[CORM__SOURCES_MAX];
    size_t count;
    bool qualified;        /* columns are written with their tables */
    const corm_model *row; /* whose members may be named as well, by the names of the result */
    corm__nodes fields;    /* what they are */
    bool results;          /* they have these names now: behind ORDER BY */
} corm__scope;

/* Finds what a CORM_ROW is; NULL with an error. */
typedef const corm__mapper *corm__row_finder(void *context, const corm_model *row,
                                             corm_error *error);

/* repeats.c: the expressions that stand several times in a query. */
typedef struct corm__repeats corm__repeats;

/* A query on its way to text. */
typedef struct corm__writer {
    corm__buffer *b;
    const corm_dialect *d;
    const corm__registry *registry;
    corm__arena *arena; /* of the values and what they are made of */
    corm__row_finder *rows;
    void *context;
    corm_value *values; /* one for each placeholder, in their order */
    size_t count, capacity;
    const corm_table *with; /* the queries with a name, CORM__TABLE_TERMS; NULL: none */
    unsigned last;          /* placeholders so far */
    size_t keys_at; /* of a part of collections: so many values stand before the owners' keys */
    corm__repeats *repeats; /* NULL: each expression has placeholders of its own */
    bool lively;            /* has values of objects, which a flush may change */
    unsigned numbered;      /* tables that were given a number */
    const char *place;      /* for messages: "the condition" */
    const char *of;         /* the query's model, for messages */
    corm_status status;     /* of the first error, which is in *error */
    corm_error *error;
} corm__writer;

/* ---- Errors and values ----------------------------------------------------------------------- */

#define CORM__REFUSE(w_, status_, ...)                                                             \
    ((void)((w_)->status == CORM_OK                                                                \
                ? ((w_)->status = corm__error_set((w_)->error, (status_), __VA_ARGS__))            \
                : CORM_OK))

static CORM__COLD void corm__write_no_memory(corm__writer *w)
{
    CORM__REFUSE(w, CORM_OUT_OF_MEMORY, "out of memory for a query of %s", w->of);
}

static void corm__keep_value(corm__writer *w, const corm_value *value)
{
    if (w->count == w->capacity) {
        const size_t capacity = w->capacity == 0 ? 8 : w->capacity * 2;
        corm_value *values = corm__arena_allocate(w->arena, capacity * sizeof *values);
        if (values == NULL) {
            corm__write_no_memory(w);
            return;
        }
        if (w->count > 0)
            memcpy(values, w->values, w->count * sizeof *values);
        w->values = values;
        w->capacity = capacity;
    }
    w->values[w->count++] = *value;
}

/* A placeholder and its value. */
static void corm__write_value(corm__writer *w, corm_value value)
{
    corm__sql_parameter(w->b, w->d, &w->last);
    corm__keep_value(w, &value);
}

/* ---- Models ---------------------------------------------------------------------------------- */

static const corm_model *corm__meant(const corm_model *model)
{
    return model != NULL && model->alias_of != NULL ? model->alias_of : model;
}

/* NULL: an error. */
static const corm__mapper *corm__mapper_meant(corm__writer *w, const corm_model *model)
{
    const corm_model *meant = corm__meant(model);
    if (meant != NULL && meant->row) {
        const corm__mapper *row = w->rows(w->context, meant, w->error);
        if (row == NULL && w->status == CORM_OK)
            w->status = w->error != NULL && w->error->status != CORM_OK ? w->error->status
                                                                        : CORM_WRONG_MODEL;
        return row;
    }
    const corm__mapper *mapper =
        meant == NULL ? NULL : corm__mapper_of((corm__registry *)w->registry, meant);
    if (mapper == NULL)
        CORM__REFUSE(w, CORM_WRONG_MODEL, "%s of a query of %s: %s is no model of schema %s",
                     w->place, w->of, meant == NULL ? "NULL" : meant->name,
                     w->registry->schema->name);
    return mapper;
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* Whether the source stands under the name of the table itself. */
static bool corm__is_plain(const corm__source *source)
{
    return source->number == 0 && source->model->alias_of == NULL;
}

static const char *corm__name_of(corm__writer *w, const char *first, const char *second,
                                 unsigned number)
{
    const size_t size = strlen(first) + strlen(second) + 16;
    char *name = corm__arena_allocate(w->arena, size);
    if (name == NULL) {
        corm__write_no_memory(w);
        return first;
    }
    if (number > 0)
        (void)snprintf(name, size, "%s_%u", first, number);
    else
        (void)snprintf(name, size, "%s_%s", first, second);
    return name;
}

/* What the table of a part of it is called. */
static const char *corm__part_name(corm__writer *w, const corm__source *source,
                                   const corm__mapper *home)
{
    const char *table = corm__sql_table(home);
    if (corm__is_plain(source))
        return table;
    return source->number > 0 ? corm__name_of(w, table, "", source->number)
                              : corm__name_of(w, source->name, table, 0);
}

static bool corm__is_table(const corm__registry *registry, const char *name)
{
    for (size_t m = 0; m < registry->count; m++)
        if (corm__same_identifier(registry->mappers[m].model->table, name))
            return true;
    for (size_t a = 0; a < registry->association_count; a++)
        if (corm__same_identifier(registry->associations[a]->table, name))
            return true;
    return false;
}

/* "posts_2" and 2 */
static bool corm__ends_in(const char *name, unsigned number)
{
    char end[16];
    const size_t size = (size_t)snprintf(end, sizeof end, "_%u", number), length = strlen(name);
    return length > size && strcmp(name + length - size, end) == 0;
}

/* A query in .with is called like its row, unless a table is: that would be out of sight then. */
static const char *corm__row_name(corm__writer *w, const corm_model *row)
{
    const char *name = row->name;
    while (w->status == CORM_OK && corm__is_table(w->registry, name))
        name = corm__name_of(w, name, "rows", 0);
    return name;
}

/* Whether this is the name of one of its tables, or its own. */
static bool corm__source_takes(corm__writer *w, const corm__source *source, const char *name)
{
    const corm__mapper *m = source->mapper;
    if (!source->spread || source->number > 0)
        return source->number == 0 && corm__same_identifier(source->name, name);
    for (size_t k = 0; k < m->part_count; k++)
        if (corm__same_identifier(corm__part_name(w, source, m->parts[k].home), name))
            return true;
    for (size_t f = 0; corm__is_plain(source) && f < m->family_count; f++)
        if (corm__same_identifier(corm__sql_table(m->family[f]->home), name))
            return true;
    return false;
}

static bool corm__is_taken(corm__writer *w, const corm__scope *scope, const char *name)
{
    for (; scope != NULL; scope = scope->outer)
        for (size_t i = 0; i < scope->count; i++)
            if (corm__source_takes(w, &scope->sources[i], name))
                return true;
    return false;
}

/* One of the tables of a source, or the only one, has a name that is taken. */
static bool corm__is_met_again(corm__writer *w, const corm__scope *scope,
                               const corm__source *source)
{
    const corm__mapper *m = source->mapper;
    bool taken = corm__is_taken(w, scope, source->name);
    for (size_t k = 0; source->spread && k < m->part_count; k++)
        taken = taken || corm__is_taken(w, scope, corm__part_name(w, source, m->parts[k].home));
    const bool free = source->model->alias_of != NULL || source->model->row;
    for (unsigned n = 1; free && n <= w->numbered; n++)
        taken = taken || corm__ends_in(source->name, n);
    return taken;
}

/* Whether a table of the schema or another name in sight ends in it. */
static bool corm__is_number_taken(const corm__writer *w, const corm__scope *scope, unsigned number)
{
    const corm__registry *registry = w->registry;
    for (size_t m = 0; registry->numbered && m < registry->count; m++)
        if (corm__ends_in(registry->mappers[m].model->table, number))
            return true;
    for (size_t a = 0; registry->numbered && a < registry->association_count; a++)
        if (corm__ends_in(registry->associations[a]->table, number))
            return true;
    for (; scope != NULL; scope = scope->outer)
        for (size_t i = 0; i < scope->count; i++)
            if (corm__ends_in(scope->sources[i].name, number))
                return true;
    return false;
}

/* The next number that makes a name which nothing else has: posts_2. */
static unsigned corm__next_number(corm__writer *w, const corm__scope *scope)
{
    do
        w->numbered++;
    while (corm__is_number_taken(w, scope, w->numbered));
    return w->numbered;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

/* A CORM_ROW is a table where a query in .with has its name. */
static bool corm__is_in_with(const corm__writer *w, const corm_model *row)
{
    for (size_t i = 0; w->with != NULL && i < CORM__TABLE_TERMS; i++)
        if (w->with[i].row != NULL && w->with[i].row == corm__meant(row))
            return true;
    return false;
}

/* Adds a table under a name that nothing else in sight has. NULL: an error. */
static corm__source *corm__scope_add(corm__writer *w, corm__scope *scope, const corm_model *model)
{
    const corm__mapper *mapper = corm__mapper_meant(w, model);
    if (mapper == NULL)
        return NULL;
    if (scope->count == CORM__SOURCES_MAX) {
        CORM__REFUSE(w, CORM_MISUSE, "a query of %s has more than %d tables", w->of,
                     (int)CORM__SOURCES_MAX);
        return NULL;
    }
    if (corm__meant(model)->row && !corm__is_in_with(w, model)) {
        CORM__REFUSE(
            w, CORM_MISUSE,
            "a query of %s: %s is a CORM_ROW and no table: .with = {corm_with(%s, &query)} "
            "makes it one",
            w->of, model->name, corm__meant(model)->name);
        return NULL;
    }
    corm__source *source = &scope->sources[scope->count];
    *source = (corm__source){.model = model, .mapper = mapper, .spread = mapper->spread};
    source->name = model->alias_of != NULL ? model->name
                   : model->row            ? corm__row_name(w, model)
                                           : corm__sql_table(mapper);
    if (corm__is_met_again(w, scope, source))
        source->number = corm__next_number(w, scope);
    scope->count++;
    return source;
}

/* ---- Columns --------------------------------------------------------------------------------- */

static void corm__write_source_name(corm__writer *w, const corm__source *source)
{
    corm__sql_name(w->b, w->d,
                   source->number == 0 ? source->name
                                       : corm__name_of(w, source->name, "", source->number));
}

static void corm__write_column(corm__writer *w, const corm__source *source,
                               const corm__column *column, bool qualified)
{
    if (source->only != NULL && column->home != source->only)
        CORM__REFUSE(w, CORM_MISUSE,
                     "%s of a query of %s: %s.%s is in another table than what it is for, which is "
                     "in %s",
                     w->place, w->of, column->home->model->table, column->name,
                     source->only->model->table);
    if (source->spread) {
        corm__sql_column(w->b, w->d, corm__part_name(w, source, column->home), column->name);
        return;
    }
    if (qualified) {
        corm__write_source_name(w, source);
        corm__buffer_char(w->b, '.');
    }
    corm__sql_name(w->b, w->d, column->name);
}

/* The table of a part, and what it is called where that is another name. */
static void corm__write_part(corm__writer *w, const corm__source *source, const corm__mapper *home)
{
    corm__sql_name(w->b, w->d, corm__sql_table(home));
    if (corm__is_plain(source))
        return;
    corm__buffer_text(w->b, " AS ");
    corm__sql_name(w->b, w->d, corm__part_name(w, source, home));
}

/* The tables of a model that has several; but the root's they are joined by its key. */
static void corm__write_parts(corm__writer *w, const corm__source *source)
{
    const corm__mapper *m = source->mapper;
    corm__write_part(w, source, m->root);
    for (size_t k = 1; k < m->part_count; k++) {
        const corm__mapper *home = m->parts[k].home;
        corm__buffer_text(w->b, " JOIN ");
        corm__write_part(w, source, home);
        for (size_t i = 0; i < home->pk_count; i++) {
            const char *key = home->columns[home->pk[i]].name;
            corm__buffer_text(w->b, i > 0 ? " AND " : " ON ");
            corm__sql_column(w->b, w->d, corm__part_name(w, source, home), key);
            corm__buffer_text(w->b, " = ");
            corm__sql_column(w->b, w->d, corm__part_name(w, source, m->root), key);
        }
    }
}

/* The table, and its name here where that is another; `whole`: with those that heirs have of their
 * own. */
static void corm__write_table(corm__writer *w, const corm__source *source, bool whole)
{
    const corm_model *meant = corm__meant(source->model);
    if (source->spread && whole && corm__is_plain(source)) {
        corm__sql_tables(w->b, w->d, source->mapper, whole);
        return;
    }
    if (source->spread) {
        corm__write_parts(w, source);
        return;
    }
    corm__sql_name(w->b, w->d,
                   meant->row ? corm__row_name(w, meant) : corm__sql_table(source->mapper));
    if (corm__is_plain(source))
        return;
    corm__buffer_text(w->b, " AS ");
    corm__write_source_name(w, source);
}

/* ---- Handles --------------------------------------------------------------------------------- */

/* The column of a source that a handle of `model` means; NULL: it means none. */
static const corm__column *corm__source_column(const corm__source *source, const corm_model *model,
                                               const corm__mapper *named, size_t index)
{
    const bool special = model->alias_of != NULL || model->row || source->model->alias_of != NULL ||
                         source->model->row;
    if (special ? source->model != model
                : named == NULL || named->registry != source->mapper->registry ||
                      !corm__is_a(source->mapper, named))
        return NULL;
    return index < (named != NULL ? named : source->mapper)->column_count
               ? &source->mapper->columns[index]
               : NULL;
}

/* Where the column of a handle is in sight, from the inside out; NULL: nowhere. A model that inherits the column is
 * meant only where the handle's own model is not in sight. */
static const corm__source *corm__scope_find(corm__writer *w, const corm__scope *scope,
                                            const corm_model *model, size_t index,
                                            const corm__column **out)
{
    const corm__mapper *named =
        model == NULL || model->row
            ? NULL
            : corm__mapper_of((corm__registry *)w->registry, corm__meant(model));
    const corm__source *found = NULL;
    *out = NULL;
    for (; model != NULL && scope != NULL; scope = scope->outer)
        for (size_t i = scope->count; i-- > 0;) {
            const corm__source *source = &scope->sources[i];
            const corm__column *column = corm__source_column(source, model, named, index);
            const bool own = named == NULL || source->mapper == named;
            if (column == NULL || (found != NULL && !own))
                continue;
            found = source;
            *out = column;
            if (own)
                return found;
        }
    return found;
}

/* What a handle that nothing in sight has is told. */
static CORM__COLD void corm__write_stranger(corm__writer *w, const corm_model *model, size_t index)
{
    const corm_model *meant = corm__meant(model);
    bool row = true; /* of a struct of the program's, whose own columns are no help */
    for (size_t i = 0; i < w->registry->count && row; i++)
        row = strcmp(w->registry->mappers[i].model->name, w->of) != 0;
    if (meant == NULL || index >= meant->column_count)
        CORM__REFUSE(w, CORM_MISUSE, "%s of a query of %s: a column that no model has", w->place,
                     w->of);
    else if (row)
        CORM__REFUSE(w, CORM_MISUSE,
                     "%s of a query of %s: %s.%s is a column of a model that is not in the query: "
                     "join %s",
                     w->place, w->of, model->name, meant->columns[index].name, model->name);
    else
        CORM__REFUSE(w, CORM_MISUSE,
                     "%s of a query of %s: %s.%s is a column of another model; use %s_, or join %s",
                     w->place, w->of, model->name, meant->columns[index].name, w->of, model->name);
}

/* The nearest source of a model, for the relationships that it has; NULL: an error. `model` is that of
 * the handle. */
static const corm__source *corm__scope_owner(corm__writer *w, const corm__scope *scope,
                                             const corm_model *model,
                                             const corm__relation *relation)
{
    model = model->end != NULL ? model->alias_of : model;
    for (const corm__scope *in = scope; in != NULL; in = in->outer)
        for (size_t i = in->count; i-- > 0;) {
            const corm__source *source = &in->sources[i];
            if (source->model->row)
                continue;
            if (model->alias_of != NULL ? source->model == model
                                        : source->model->alias_of == NULL &&
                                              corm__is_a(source->mapper, relation->source))
                return source;
        }
    const char *name = model->alias_of != NULL ? model->name : relation->source->model->name;
    CORM__REFUSE(w, CORM_MISUSE,
                 "%s of a query of %s: %s.%s belongs to a model that is not in the query: join %s",
                 w->place, w->of, name, relation->name, name);
    return NULL;
}

#endif /* CORM__ROOM_SCOPE_C */
