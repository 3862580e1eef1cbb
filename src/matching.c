/* matching.c: which columns of a query are which members.
 *
 * Owns: finding the columns of a query that the program has written by their names, or in their
 * order, and saying which of them have no counterpart.
 * Must not know: where the query comes from, what becomes of its rows. */
#ifndef CORM__ROOM_MATCHING_C
#define CORM__ROOM_MATCHING_C

#include "rows.c"

/* What is wrong, and with which statement; the session waits for rollback. */
static CORM__COLD corm_status corm__sql_wrong(corm_session *session, corm_status status,
                                              const char *sql, const char *format, ...)
    CORM__PRINTF(4, 5);
static corm_status corm__sql_wrong(corm_session *session, corm_status status, const char *sql,
                                   const char *format, ...)
{
    char what[CORM__MESSAGE_SIZE - CORM__SQL_SHOWN], shown[CORM__SQL_SHOWN + 4];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(what, sizeof what, format, arguments) < 0)
        what[0] = '\0';
    va_end(arguments);
    corm__shorten_sql(sql, strlen(sql), shown);
    return corm__poison(session, status, "%s (%s)", what, shown);
}

/* ---- A query that is looked at --------------------------------------------------------------- */

enum { CORM__NO_PLACE = UINT16_MAX };

/* The columns of the mapper's rows: its own, and then those of models that inherit from it. */
static void corm__shape_columns(const corm__mapper *mapper, const corm__column **out)
{
    const size_t own = mapper->column_count, slots = mapper->slot + own - mapper->inherited;
    for (size_t i = 0; i < own; i++)
        out[i] = &mapper->columns[i];
    for (size_t f = 1; f < mapper->family_count; f++) {
        const corm__mapper *heir = mapper->family[f];
        for (size_t i = heir->inherited; i < heir->column_count; i++)
            out[own + heir->slot - slots + i - heir->inherited] = &heir->columns[i];
    }
}

/* A query whose columns are looked at. */
typedef struct corm__look {
    corm_session *session;
    const corm__cursor *cursor;
    corm__row_shape *shape;
    const corm__column *wanted[CORM__COLUMN_MAX];
    size_t count;   /* of wanted */
    size_t columns; /* of the query */
} corm__look;

/* NULL: out of memory. */
static const char *corm__look_name(const corm__look *look, size_t column)
{
    return look->session->engine->adapter->column_name(look->cursor->prepared->statement, column);
}

/* Which of the wanted columns the query's column is by its name; look->count: none. */
static corm_status corm__look_up(const corm__look *look, size_t column, size_t *out)
{
    const char *name = corm__look_name(look, column);
    if (name == NULL)
        return corm__no_memory(look->session);
    for (*out = 0; *out < look->count; ++*out)
        if (corm__same_identifier(look->wanted[*out]->name, name))
            break;
    return CORM_OK;
}

static const char *corm__look_sql(const corm__look *look)
{
    return look->cursor->prepared->sql;
}

static void corm__look_begin(corm__look *look, corm_session *session, const corm__cursor *cursor,
                             corm__row_shape *shape)
{
    corm_statement_info info;
    session->engine->adapter->describe(cursor->prepared->statement, &info);
    look->session = session;
    look->cursor = cursor;
    look->shape = shape;
    look->columns = shape->width = info.columns;
    look->count = shape->mapper->select_count;
    shape->statement = cursor->prepared->statement;
    corm__shape_columns(shape->mapper, look->wanted);
    for (size_t i = 0; i < look->count; i++)
        shape->places[i] = CORM__NO_PLACE;
}

/* All columns of a model must be there, and no other. */
static corm_status corm__shape_model(corm_session *session, const corm__cursor *cursor,
                                     corm__row_shape *shape)
{
    corm__look look;
    const char *model = shape->mapper->model->name;
    corm__look_begin(&look, session, cursor, shape);
    for (size_t i = 0; i < look.columns; i++) {
        size_t found;
        const corm_status status = corm__look_up(&look, i, &found);
        if (status != CORM_OK)
            return status;
        const char *name = corm__look_name(&look, i);
        if (found == look.count)
            return corm__sql_wrong(session, CORM_DATA, corm__look_sql(&look),
                                   "column %zu of the query, %s, is no column of %s: leave it "
                                   "out, or declare a CORM_ROW",
                                   i + 1, name != NULL ? name : "", model);
        if (shape->places[found] != CORM__NO_PLACE)
            return corm__sql_wrong(session, CORM_DATA, corm__look_sql(&look),
                                   "columns %u and %zu of the query are both named %s, and %s "
                                   "has one: select the columns of its table only",
                                   shape->places[found] + 1u, i + 1, name != NULL ? name : "",
                                   model);
        shape->places[found] = (uint16_t)i;
    }
    char names[256];
    size_t used = 0;
    for (size_t i = 0; i < look.count; i++)
        if (shape->places[i] == CORM__NO_PLACE && used < sizeof names) {
            const int length =
                snprintf(names + used, sizeof names - used, "%s%s.%s", used > 0 ? ", " : "",
                         look.wanted[i]->owner->model->name, look.wanted[i]->name);
            used += length > 0 ? (size_t)length : 0;
        }
    if (used == 0)
        return CORM_OK;
    return corm__sql_wrong(session, CORM_DATA, corm__look_sql(&look),
                           "%s: not among the columns of the query: an object needs all of its "
                           "row; for a part of it declare a CORM_ROW",
                           names);
}

/* The number of columns is not that of the members: says what has no counterpart, by name where all of
 * the fewer have names of the others, else by place. */
static CORM__COLD corm_status corm__shape_miscounted(const corm__look *look, const size_t *found,
                                                     bool named)
{
    const corm__row_shape *shape = look->shape;
    const char *model = shape->mapper->model->name;
    if (look->columns < look->count) {
        size_t missing = named ? 0 : look->columns;
        while (named && shape->places[missing] != CORM__NO_PLACE)
            missing++;
        return corm__sql_wrong(look->session, CORM_DATA, corm__look_sql(look),
                               "the query has %zu column%s, and %s has %zu: there is none for "
                               "%s.%s",
                               look->columns, look->columns == 1 ? "" : "s", model, look->count,
                               model, look->wanted[missing]->info->name);
    }
    size_t extra = look->count, placed = 0;
    for (size_t i = 0; i < look->count; i++)
        placed += shape->places[i] != CORM__NO_PLACE;
    for (size_t i = look->count; placed == look->count && i-- > 0;)
        if (found[i] == look->count || shape->places[found[i]] != i)
            extra = i;
    const char *name = corm__look_name(look, extra);
    return corm__sql_wrong(look->session, CORM_DATA, corm__look_sql(look),
                           "the query has %zu columns, and %s has %zu: there is no member for "
                           "column %zu, %s",
                           look->columns, model, look->count, extra + 1, name != NULL ? name : "");
}

/* As many columns as members: by their names where each is the name of one, else in order. */
static corm_status corm__shape_row(corm_session *session, const corm__cursor *cursor,
                                   corm__row_shape *shape)
{
    corm__look look;
    size_t found[CORM__COLUMN_MAX];
    bool named = true;
    corm__look_begin(&look, session, cursor, shape);
    for (size_t i = 0; i < look.columns && i < CORM__COLUMN_MAX; i++) {
        const corm_status status = corm__look_up(&look, i, &found[i]);
        if (status != CORM_OK)
            return status;
        if (found[i] < look.count && shape->places[found[i]] == CORM__NO_PLACE)
            shape->places[found[i]] = (uint16_t)i;
        else
            named = false;
    }
    if (look.columns != look.count)
        return corm__shape_miscounted(&look, found, named);
    for (size_t i = 0; i < look.count && !named; i++) {
        const char *model = shape->mapper->model->name;
        if (found[i] < look.count && found[i] != i)
            return corm__sql_wrong(session, CORM_DATA, corm__look_sql(&look),
                                   "column %zu of the query is named after %s.%s, but stands "
                                   "where %s.%s is: give all columns the names of the members "
                                   "(AS), or put them in the order of the members",
                                   i + 1, model, look.wanted[found[i]]->info->name, model,
                                   look.wanted[i]->info->name);
        shape->places[i] = (uint16_t)i;
    }
    return CORM_OK;
}

#endif /* CORM__ROOM_MATCHING_C */
