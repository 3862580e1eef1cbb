/* story.c: what a failed write means.
 *
 * Owns: turning a database's error into a sentence that names table, column, value and object;
 * it asks the database what the error does not tell, such as which referenced row is missing.
 * Must not know: what is done about it. */
#ifndef CORM__ROOM_STORY_C
#define CORM__ROOM_STORY_C

#include "sequence.c"

typedef struct corm__story {
    const corm__plan *plan;
    void *object;      /* being written */
    const char *doing; /* "inserting" */
    /* bound by the statement, by column index; NULL: read them from the object */
    const corm_value *values;
} corm__story;

/* How many rows the query in session->sql counts; -1: that cannot be told. */
static int64_t corm__story_ask(corm_session *session, const corm_value *values, size_t count)
{
    int64_t found = -1;
    corm__cursor cursor;
    corm_value row[1] = {{0}};
    bool more = false;
    corm_error before = session->error;
    corm__prepared *prepared =
        session->sql.failed ? NULL : corm__prepare(session, session->sql.data, session->sql.size);
    if (prepared != NULL &&
        corm__cursor_start(session, &cursor, prepared, values, count) == CORM_OK) {
        if (corm__cursor_fetch(session, &cursor, row, 1, &more) == CORM_OK && more)
            found = row[0].as.integer;
        corm__cursor_end(session, &cursor);
    }
    session->error = before;
    return found;
}

/* How many rows have these values in these columns; -1: that cannot be told. */
static int64_t corm__story_count(corm_session *session, const corm__mapper *mapper,
                                 const uint16_t *columns, size_t count, const corm_value *values)
{
    corm__buffer_clear(&session->sql);
    corm__sql_exists(&session->sql, session->engine->adapter->dialect, mapper, columns, count);
    return corm__story_ask(session, values, count);
}

/* As the program knows it; conditions of the DDL work with what is stored. */
static void corm__story_value(corm__buffer *out, const corm__column *column,
                              const corm_value *value)
{
    char text[CORM_DECIMAL_TEXT_SIZE];
    if (column->kind == CORM_KIND_DECIMAL && value->type == CORM_VALUE_INTEGER)
        corm__buffer_format(
            out, "%s (stored as %lld)",
            corm_decimal_format(corm_decimal_units(value->as.integer, column->info->scale), text),
            (long long)value->as.integer);
    else
        corm__value_literal(out, value);
}

/* "users.id = 1", "order_items.order_id, order_items.line = 5, 1" */
static void corm__story_key(corm__buffer *out, const char *table, const corm__mapper *mapper,
                            const uint16_t *columns, size_t count, const corm_value *values)
{
    for (size_t i = 0; i < count; i++)
        corm__buffer_format(out, "%s%s.%s", i == 0 ? "" : ", ", table,
                            mapper->columns[columns[i]].name);
    for (size_t i = 0; values != NULL && i < count; i++) {
        corm__buffer_text(out, i == 0 ? " = " : ", ");
        corm__story_value(out, &mapper->columns[columns[i]], &values[i]);
    }
}

/* The foreign key that begins with column i: its columns, and those of the target that they refer
 * to. 0: column i begins none. */
static size_t corm__story_foreign(const corm__mapper *mapper, uint16_t i, uint16_t *columns,
                                  uint16_t *targets)
{
    const corm__mapper *target = mapper->columns[i].reference;
    bool as_one = target != NULL && corm__refers_as_one(mapper, target);
    size_t count = 0;
    for (uint16_t c = 0; target != NULL && c < mapper->column_count; c++) {
        if (c != i && !(as_one && mapper->columns[c].reference == target))
            continue;
        if (c < i)
            return 0;
        columns[count] = c;
        targets[count++] = mapper->columns[c].reference_column;
    }
    return count;
}

/* Which foreign key of a row leads nowhere, whose columns `unset` have no value; false: none. `zero`:
 * it is 0, which a key is that was read too early. */
static bool corm__story_missing(corm_session *session, const corm__mapper *mapper, const void *row,
                                uint64_t unset, corm__buffer *out, bool *zero)
{
    uint16_t columns[CORM__COLUMN_MAX], targets[CORM__COLUMN_MAX];
    corm__key key;
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__mapper *target = mapper->columns[i].reference;
        const size_t count = corm__story_foreign(mapper, i, columns, targets);
        bool complete = count > 0 && count <= CORM__KEY_MAX;
        if (complete)
            corm__key_read(mapper, columns, count, row, &key);
        for (size_t c = 0; complete && c < count; c++)
            complete = key.values[c].type != CORM_VALUE_NULL && !(unset >> columns[c] & 1);
        if (!complete || corm__story_count(session, target, targets, count, key.values) != 0)
            continue;
        corm__story_key(out, mapper->columns[i].home->model->table, mapper, columns, count,
                        key.values);
        corm__buffer_text(out, ": no ");
        corm__story_key(out, corm__referred_home(&target->columns[targets[0]])->model->table,
                        target, targets, count, NULL);
        for (size_t c = 0; c < count; c++) {
            corm__buffer_text(out, c == 0 ? " " : ", ");
            corm__value_literal(out, &key.values[c]);
        }
        *zero = count == 1 && target->integer_key && key.values[0].as.integer == 0;
        return true;
    }
    return false;
}

/* The same of the row that was written. */
static bool corm__story_leads_nowhere(corm_session *session, const corm__story *story,
                                      corm__buffer *out)
{
    char label[CORM__LABEL_SIZE];
    bool zero;
    if (!corm__story_missing(session, corm__mapper_at(story->object), story->object,
                             corm__unset_of(story->object), out, &zero))
        return false;
    corm__buffer_format(out, " (%s %s)%s", story->doing, corm__label(story->object, label),
                        !zero ? ""
                              : "; a new object has its key after the flush: link the two by "
                                "their relationship, or call corm_flush before the key is read");
    return true;
}

/* The relationship to the rows that refer to one of `mapper` by these columns, one with a delete cascade
 * before others; NULL: none. */
static const corm__relation *corm__story_relation(const corm__mapper *mapper,
                                                  const corm__mapper *other,
                                                  const uint16_t *columns, size_t count)
{
    const corm__relation *found = NULL;
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        if (!relation->hidden && !relation->view_only && !relation->holds_key &&
            relation->target == other && relation->key_count == count &&
            memcmp(relation->remote, columns, count * sizeof columns[0]) == 0 &&
            (found == NULL || (relation->cascade & CORM_CASCADE_DELETE)))
            found = relation;
    }
    return found;
}

/* Whether the written object gives up what it has in these columns in its row. */
static bool corm__story_gives_up(const corm__mapper *mapper, void *object, const uint16_t *columns,
                                 size_t count)
{
    if (corm__record_of(object)->flags & CORM__DOOMED)
        return true;
    for (size_t i = 0; i < count && corm__is_stored(corm__record_of(object)); i++)
        if (!corm__member_equal(&mapper->columns[columns[i]], object, corm__snapshot_of(object)))
            return true;
    return false;
}

/* Whether what refers by this column to a changed key gets that key, so that it may be in the way of others. */
static bool corm__story_follows(const corm__mapper *other, uint16_t column)
{
    return other->columns[column].info->options.on_update == CORM_ACTION_CASCADE;
}

/* Whether it is in the way itself. */
static bool corm__story_stays(const corm__mapper *other, uint16_t column)
{
    const corm_action action = other->columns[column].info->options.on_update;
    return action != CORM_ACTION_CASCADE && action != CORM_ACTION_SET_NULL &&
           action != CORM_ACTION_SET_DEFAULT;
}

/* An action belongs to a foreign key, and stands beside each of its columns. */
static void corm__story_on_update(corm__buffer *out, const corm__mapper *other,
                                  const uint16_t *columns, size_t count)
{
    const bool follows = corm__story_follows(other, columns[0]);
    corm__buffer_text(out, follows ? "" : "a key is changed before what refers to it: give ");
    for (size_t i = 0; i < count; i++)
        corm__buffer_format(out, "%s%s.%s",
                            i == 0          ? ""
                            : i + 1 < count ? ", "
                                            : " and ",
                            other->columns[columns[i]].owner->model->name,
                            other->columns[columns[i]].info->name);
    if (follows) {
        corm__buffer_text(out, " would follow by .on_update, but what refers to it in turn does "
                               "not: some table, perhaps of a many-to-many, has no ON UPDATE "
                               "CASCADE");
        return;
    }
    corm__buffer_text(out, " .on_update = CORM_ACTION_CASCADE, or call corm_flush when nothing "
                           "refers to it any more, and change it then");
}

/* What to do about rows that refer by this column to what is deleted. */
static void corm__story_let_go(corm__buffer *out, const corm__mapper *other, uint16_t column)
{
    const corm_column *info = other->columns[column].info;
    const char *model = other->columns[column].owner->model->name;
    if (info->options.on_delete == CORM_ACTION_RESTRICT)
        corm__buffer_format(out,
                            "delete or move them first: %s.%s has .on_delete = "
                            "CORM_ACTION_RESTRICT",
                            model, info->name);
    else
        corm__buffer_format(out, "delete or move them first, or declare .on_delete for %s.%s",
                            model, info->name);
}

/* What to do about rows that refer to the deleted or changed one by these columns. */
static void corm__story_release(corm__buffer *out, const corm__story *story,
                                const corm__mapper *other, const uint16_t *columns, size_t count)
{
    const corm__relation *relation =
        corm__story_relation(corm__mapper_at(story->object), other, columns, count);
    if (!(corm__record_of(story->object)->flags & CORM__DOOMED))
        corm__story_on_update(out, other, columns, count);
    else if (relation == NULL ||
             other->columns[columns[0]].info->options.on_delete == CORM_ACTION_RESTRICT)
        corm__story_let_go(out, other, columns[0]);
    else if (relation->cascade & CORM_CASCADE_DELETE)
        corm__buffer_text(out,
                          "what was new when it was to be deleted is not deleted with it: call "
                          "corm_flush before corm_delete, or expunge it");
    else
        corm__buffer_text(out, "delete or move them first, or give the relationship "
                               "CORM_CASCADE_DELETE");
}

static void corm__story_rows(corm__buffer *out, int64_t rows)
{
    corm__buffer_format(out, " is still referenced by %lld row%s of ", (long long)rows,
                        rows == 1 ? "" : "s");
}

/* Which rows still refer to the deleted one, or to the key that the updated one had. `follows`: of those
 * that would get its new key. */
static bool corm__story_referenced(corm_session *session, const corm__story *story, bool follows,
                                   corm__buffer *out)
{
    const corm__mapper *mapper = corm__mapper_at(story->object);
    const bool doomed = corm__record_of(story->object)->flags & CORM__DOOMED;
    uint16_t columns[CORM__COLUMN_MAX], targets[CORM__COLUMN_MAX];
    char label[CORM__LABEL_SIZE];
    corm__key key;
    for (size_t m = 0; m < session->registry->count; m++) {
        const corm__mapper *other = &session->registry->mappers[m];
        for (uint16_t i = other->inherited; i < other->column_count; i++) {
            const corm__mapper *referred = other->columns[i].reference;
            if (referred == NULL || !corm__is_a(mapper, referred) ||
                !(follows ? corm__story_follows(other, i) : doomed || corm__story_stays(other, i)))
                continue;
            size_t count = corm__story_foreign(other, i, columns, targets);
            if (count == 0 || !corm__story_gives_up(mapper, story->object, targets, count))
                continue;
            corm__key_read(mapper, targets, count, corm__snapshot_of(story->object), &key);
            int64_t rows = corm__story_count(session, other, columns, count, key.values);
            if (rows <= 0)
                continue;
            corm__story_key(out, corm__referred_home(&referred->columns[targets[0]])->model->table,
                            mapper, targets, count, key.values);
            corm__story_rows(out, rows);
            corm__story_key(out, other->model->table, other, columns, count, NULL);
            corm__buffer_format(out, " (%s %s): ", story->doing, corm__label(story->object, label));
            corm__story_release(out, story, other, columns, count);
            return true;
        }
    }
    return false;
}

/* Which many-to-many still has rows with the key that the updated one had; those of a deleted one go
 * with it. A table of links that is a model's is looked at as such. */
static bool corm__story_linked(corm_session *session, const corm__story *story, corm__buffer *out)
{
    const corm__mapper *mapper = corm__mapper_at(story->object);
    const corm__registry *registry = session->registry;
    char label[CORM__LABEL_SIZE];
    corm__key key;
    for (size_t i = 0; i < 2 * registry->association_count; i++) {
        const corm__association *a = registry->associations[i / 2];
        const unsigned side = i % 2;
        const corm__relation *links = a->sides[side];
        if (a->mapper != NULL || !corm__is_a(mapper, links->source) ||
            !corm__story_gives_up(mapper, story->object, links->local, links->key_count))
            continue;
        corm__key_read(mapper, links->local, links->key_count, corm__snapshot_of(story->object),
                       &key);
        corm__buffer_clear(&session->sql);
        corm__sql_link_count(&session->sql, session->engine->adapter->dialect, a, side, side + 1);
        const int64_t rows = corm__story_ask(session, key.values, links->key_count);
        if (rows <= 0)
            continue;
        corm__story_key(out, links->source->root->model->table, mapper, links->local,
                        links->key_count, key.values);
        corm__story_rows(out, rows);
        corm__buffer_format(
            out,
            "%s.%s (%s %s): a key is changed before what refers to it: end the links "
            "of %s.%s, call corm_flush, change it and link again; or make %s the "
            "table of a model, with .on_update = CORM_ACTION_CASCADE",
            a->table, a->columns[side][0], story->doing, corm__label(story->object, label),
            links->source->model->name, links->name, a->table);
        return true;
    }
    return false;
}

/* Whether the first bytes of a text are an identifier. */
static bool corm__story_begins(const char *text, size_t size, const char *identifier)
{
    size_t i = 0;
    while (i < size && identifier[i] != '\0' && corm__lower(text[i]) == corm__lower(identifier[i]))
        i++;
    return i == size && identifier[i] == '\0';
}

/* Whether "table.column" of so many bytes is this one; the key stands in each table of the row. */
static bool corm__story_is_column(const corm__mapper *mapper, uint16_t i, const char *at,
                                  size_t size)
{
    const corm__column *column = &mapper->columns[i];
    const size_t length = strlen(column->name);
    if (size <= length || at[size - length - 1] != '.' ||
        !corm__story_begins(at + size - length, length, column->name))
        return false;
    for (size_t part = 0; part < mapper->part_count; part++) {
        const corm__mapper *home = mapper->parts[part].home;
        if ((column->primary_key || home == column->home) &&
            corm__story_begins(at, size - length - 1, home->model->table))
            return true;
    }
    return false;
}

/* Columns that the database named as "table.column, table.column". 0: some are of another table, into
 * which a trigger writes, or unknown. */
static size_t corm__story_columns(const corm__mapper *mapper, const char *named, uint16_t *columns)
{
    size_t count = 0;
    for (const char *at = named; *at != 0 && count < CORM__KEY_MAX;) {
        const size_t size = strcspn(at, ",");
        uint16_t i = 0;
        while (i < mapper->column_count && !corm__story_is_column(mapper, i, at, size))
            i++;
        if (i == mapper->column_count)
            return 0;
        columns[count++] = i;
        at += size;
        at += strspn(at, ", ");
    }
    return count;
}

/* An object that is deleted in the same flush and holds the values that were to be unique. One whose row another new
 * object has been given holds nothing any more. */
static void *corm__story_doomed(const corm__story *story, const corm__mapper *mapper,
                                const uint16_t *columns, size_t count)
{
    const corm__vector *deletes = &corm__work_of(story->plan, story->object)->deletes;
    for (size_t i = 0; i < deletes->count; i++) {
        const bool there = corm__has_row(corm__record_of(deletes->items[i])) &&
                           corm__is_a(corm__mapper_at(deletes->items[i]), mapper);
        size_t equal = there ? 0 : count + 1;
        while (equal < count && corm__member_equal(&mapper->columns[columns[equal]], story->object,
                                                   corm__snapshot_of(deletes->items[i])))
            equal++;
        if (equal == count)
            return deletes->items[i];
    }
    return NULL;
}

/* Which columns would have what another row has already, with their values, unless it is the database that gives one:
 * a column in `unset`, or a generated one. Returns how many. */
static size_t corm__story_taken(const corm__mapper *mapper, const void *row, uint64_t unset,
                                const corm_failure *failure, uint16_t *columns, corm__buffer *out)
{
    const size_t count = corm__story_columns(mapper, failure->columns, columns);
    const bool known = (corm__column_bits(columns, count) & (unset | mapper->generated)) == 0;
    corm__key key;
    if (count == 0)
        return 0;
    corm__key_read(mapper, columns, count, row, &key);
    corm__story_key(out, mapper->columns[columns[0]].home->model->table, mapper, columns, count,
                    known ? key.values : NULL);
    corm__buffer_text(out, ": there is a row with this already, and it must be unique");
    return count;
}

static bool corm__story_unique(const corm__story *story, const corm_failure *failure,
                               corm__buffer *out)
{
    const corm__mapper *mapper = corm__mapper_at(story->object);
    uint16_t columns[CORM__KEY_MAX];
    char label[CORM__LABEL_SIZE];
    const size_t count = corm__story_taken(mapper, story->object, corm__unset_of(story->object),
                                           failure, columns, out);
    if (count == 0)
        return false;
    corm__buffer_format(out, " (%s %s)", story->doing, corm__label(story->object, label));
    void *doomed = corm__story_doomed(story, mapper, columns, count);
    if (doomed != NULL)
        corm__buffer_format(out,
                            "; %s, which has it, is deleted in the same flush, but deletes come "
                            "last: call corm_flush "
                            "after corm_delete",
                            corm__label(doomed, label));
    return true;
}

/* ---- Checks ---------------------------------------------------------------------------------- */

/* What is left of `text` behind the beginning; NULL: it begins otherwise. */
static const char *corm__behind(const char *text, const char *beginning)
{
    const size_t size = strlen(beginning);
    return text != NULL && strncmp(text, beginning, size) == 0 ? text + size : NULL;
}

/* The check that the constraint's name stands for, ck_<table> or ck_<table>_<column>; *column is its
 * column, or NULL. NULL: it is none of the model's. */
static const char *corm__story_check_named(const corm__mapper *mapper, const char *named,
                                           const corm__column **column)
{
    for (size_t part = 0; part < mapper->part_count; part++) {
        const corm_model *model = mapper->parts[part].home->model;
        const char *rest = corm__behind(corm__behind(named, "ck_"), model->table);
        *column = NULL;
        if (rest != NULL && *rest == '\0')
            return model->options.check;
        for (size_t i = 0; rest != NULL && *rest == '_' && i < mapper->column_count; i++) {
            *column = &mapper->columns[i];
            if (strcmp((*column)->name, rest + 1) == 0)
                return (*column)->info->options.check;
        }
    }
    return NULL;
}

/* A check failed: the columns that it speaks of, their values in the row, and its words. `unset`: columns without a
 * value. `values`: those that were written, by column; NULL: those of the row. */
static bool corm__story_unmet(const corm__mapper *mapper, const void *row, uint64_t unset,
                              const corm_value *values, const corm_failure *failure,
                              corm__buffer *out)
{
    const corm__column *column;
    uint16_t columns[CORM__KEY_MAX] = {0};
    corm__key key;
    size_t count = 0;
    const char *check = corm__story_check_named(mapper, failure->columns, &column);
    if (check == NULL)
        return false;
    for (uint16_t i = 0; i < mapper->column_count && count < CORM__KEY_MAX; i++)
        if (&mapper->columns[i] == column || corm__mentions(check, mapper->columns[i].name))
            columns[count++] = i;
    corm__key_read(mapper, columns, count, row, &key);
    for (size_t i = 0; i < count; i++)
        if (values != NULL)
            key.values[i] = values[columns[i]];
        else if (unset >> columns[i] & 1)
            key.values[i] = corm_value_null();
    if (count > 0)
        corm__story_key(out, mapper->columns[columns[0]].home->model->table, mapper, columns, count,
                        key.values);
    corm__buffer_format(out, "%s: the check \"%s\" is not met",
                        count > 0 ? "" : mapper->model->table, check);
    return true;
}

static bool corm__story_check(const corm__story *story, const corm_failure *failure,
                              corm__buffer *out)
{
    char label[CORM__LABEL_SIZE];
    if (!corm__story_unmet(corm__mapper_at(story->object), story->object, 0, story->values, failure,
                           out))
        return false;
    corm__buffer_format(out, " (%s %s)", story->doing, corm__label(story->object, label));
    return true;
}

/* Why a statement that looked for the object's row by its key, and its version if it has one, has
 * found none. */
static CORM__COLD corm_status corm__stale(corm_session *session, const corm__story *story)
{
    const corm__mapper *mapper = corm__mapper_at(story->object);
    const void *snapshot = corm__snapshot_of(story->object);
    char label[CORM__LABEL_SIZE];
    corm__key key;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, snapshot, &key);
    const int64_t rows =
        corm__story_count(session, mapper, mapper->pk, mapper->pk_count, key.values);
    if (mapper->version == NULL && mapper->part_count == 1 && rows > 0)
        return corm__fail(
            session, CORM_DATABASE,
            "%s: the UPDATE of %s changed no row, although the row is there: a trigger "
            "or a conflict rule of the table swallowed it, or it is a view, whose triggers are not "
            "counted",
            mapper->root->model->table, corm__label(story->object, label));
    if (mapper->version == NULL)
        return corm__fail(session, CORM_STALE_DATA,
                          "%s: the row of %s is gone: someone else has deleted it",
                          mapper->root->model->table, corm__label(story->object, label));
    corm__buffer out = {.data = NULL};
    const bool there = rows != 0;
    corm__story_key(&out, mapper->root->model->table, mapper, mapper->pk, mapper->pk_count,
                    key.values);
    corm__buffer_format(
        &out, ": someone else has %s it since version %lld was read (%s %s): roll back%s",
        there ? "changed" : "deleted",
        (long long)corm__read_integer(corm__member_at(mapper->version, snapshot)), story->doing,
        corm__label(story->object, label),
        there ? ", corm_refresh it, and do it again" : "; there is no row to refresh it from");
    const corm_status status =
        corm__fail(session, CORM_STALE_DATA, "%s",
                   out.failed ? "a row has changed since it was read" : out.data);
    corm__buffer_free(&out);
    return status;
}

static void corm__story_plain(const corm__story *story, const corm_failure *failure,
                              corm__buffer *out)
{
    const corm__mapper *mapper = corm__mapper_at(story->object);
    char label[CORM__LABEL_SIZE];
    if (failure->status == CORM_NOT_NULL && failure->columns[0] != 0)
        corm__buffer_format(out, "%s is NULL, but must have a value", failure->columns);
    else
        corm__buffer_format(out, "%s: %s", mapper->model->table, failure->message);
    corm__buffer_format(out, " (%s %s)", story->doing, corm__label(story->object, label));
}

/* Records the story that `out` holds, which is freed. */
static CORM__COLD corm_status corm__story_end(corm_session *session, const corm__mapper *mapper,
                                              const corm_failure *failure, corm__buffer *out)
{
    if (failure->status == CORM_OUT_OF_MEMORY)
        (void)corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory while %s was written",
                         mapper->model->table);
    else
        (void)corm__fail_native(session, failure->status, failure->native_code, "%s",
                                out->failed || out->data == NULL ? failure->message : out->data);
    corm__buffer_free(out);
    return failure->status;
}

/* Records the story of a failed write as the session's error. */
static CORM__COLD corm_status corm__tell(corm_session *session, const corm__story *story,
                                         const corm_failure *failure)
{
    corm__buffer out = {.data = NULL};
    bool told = false, deleting = corm__record_of(story->object)->flags & CORM__DOOMED;
    if (failure->status == CORM_UNIQUE)
        told = corm__story_unique(story, failure, &out);
    if (failure->status == CORM_CHECK)
        told = corm__story_check(story, failure, &out);
    if (failure->status == CORM_FOREIGN_KEY && !failure->transaction_lost)
        told = (!deleting && corm__story_leads_nowhere(session, story, &out)) ||
               corm__story_referenced(session, story, false, &out) ||
               (!deleting && (corm__story_linked(session, story, &out) ||
                              corm__story_referenced(session, story, true, &out)));
    if (!told && failure->status != CORM_OUT_OF_MEMORY)
        corm__story_plain(story, failure, &out);
    return corm__story_end(session, corm__mapper_at(story->object), failure, &out);
}

#endif /* CORM__ROOM_STORY_C */
