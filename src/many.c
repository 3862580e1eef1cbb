/* many.c: many rows in one call of the adapter.
 *
 * Owns: which objects of a flush can be written together: new ones of one table, changed ones of one
 * table in which the same columns have changed, and deleted ones of one table.
 * Must not know: how the database does it. Where it does not, and where one of the rows is refused,
 * they are written one by one, so that an error names its object. */
#ifndef CORM__ROOM_MANY_C
#define CORM__ROOM_MANY_C

#include "secondary.c"

/* Fewer are written as fast one by one; of new rows, which need not be looked for. */
#if !defined(CORM__MANY)
#define CORM__MANY 64
#define CORM__MANY_NEW 8
#else
#define CORM__MANY_NEW CORM__MANY
#endif

typedef struct corm__many { /* what is written together */
    corm_session *session;
    corm__plan *plan;
    const corm__mapper *mapper;
    corm__row *row;
    corm_many_verb verb;
    const char *doing;
    void **objects;
    size_t count;
    uint64_t columns;
    const corm__column *written[CORM__COLUMN_MAX]; /* with the key first in an UPDATE */
    const char *names[CORM__COLUMN_MAX];
    corm_many_member members[CORM__COLUMN_MAX];
    uint16_t width;
    bool asked;    /* some value is not simply a member of the struct, or is unset */
    bool numbered; /* new rows, whose keys the database gives */
} corm__many;

/* Whether the table is one whose rows are written with nothing but their values. Statements that are
 * looked at are shown as they always are: one for each row. */
static bool corm__many_fits(const corm_session *session, const corm__mapper *mapper)
{
    return session->engine->adapter->write_many != NULL && session->echo == NULL &&
           session->trace == NULL && mapper->part_count == 1 && !mapper->cyclic &&
           mapper->generated == 0 && mapper->pk_count > 0;
}

/* The frequent kinds, about which nothing can be wrong but a NULL. */
static inline bool corm__many_plain(const corm__column *column, const void *object, corm_value *out)
{
    const unsigned char *at = corm__member_at(column, object);
    if (column->plain == CORM_VALUE_TEXT) {
        *out = corm_value_text(corm__read_text(at));
        return out->type == CORM_VALUE_TEXT;
    }
    if (column->plain == CORM__NOT_PLAIN)
        return false;
    out->type = (corm_value_type)column->plain;
    out->size = 0;
    memcpy(&out->as, at, sizeof(int64_t));
    return true;
}

static bool corm__many_row(void *context, size_t row, corm_value *out)
{
    const corm__many *many = (const corm__many *)context;
    void *object = many->objects[row];
    if (many->verb == CORM_MANY_DELETE) { /* the row has the key that it was stored with */
        out[0] = corm_value_integer(corm__integer_key_of(object));
        return true;
    }
    const uint64_t unset = corm__unset_of(object);
    const corm__column *const *next = &many->written[many->numbered];
    const corm__column *const *const end = &many->written[many->width];
    for (out += many->numbered; next < end; next++, out++) {
        const uint16_t place = (*next)->index;
        if (CORM__LIKELY(!(unset >> place & 1)) &&
            CORM__LIKELY(corm__many_plain(*next, object, out)))
            continue;
        if (corm__row_value(many->session, many->plan, object, place, many->doing, out,
                            many->row->scratch[place]) != CORM_OK)
            return false;
    }
    return true;
}

static void corm__many_add(corm__many *many, uint16_t column)
{
    const corm__column *added = &many->mapper->columns[column];
    const bool plain = added->plain != CORM__NOT_PLAIN;
    many->written[many->width] = added;
    many->members[many->width] =
        (corm_many_member){added->offset, plain ? (corm_value_type)added->plain : CORM_VALUE_NULL};
    many->names[many->width++] = added->name;
    many->asked = many->asked || !plain;
}

/* Whether a value of one of the rows is unset. */
static bool corm__many_unset(const corm__many *many, uint64_t columns)
{
    uint64_t unset = 0;
    for (size_t i = 0; i < many->count; i++)
        unset |= corm__unset_of(many->objects[i]);
    return (unset & columns) != 0;
}

/* *done false: nothing was written. */
static corm_status corm__many_write(corm__many *many, corm_result *result, bool *done)
{
    corm_session *session = many->session;
    corm_failure failure;
    corm__failure_clear(&failure);
    *done = false;
    *result = (corm_result){0, 0};
    if (corm__begin(session) != CORM_OK)
        return session->error.status;
    const corm_many rows = {.table = many->mapper->model->table,
                            .columns = many->names,
                            .width = many->width,
                            .count = many->count,
                            .verb = many->verb,
                            .numbered = many->numbered,
                            .row = corm__many_row,
                            .context = many,
                            .members = many->asked ? NULL : many->members,
                            .structs = many->objects};
    corm_status status = session->engine->adapter->write_many(session->connection->connection,
                                                              &rows, result, &failure);
    if (status == CORM_OK) {
        *done = result->changed == (int64_t)many->count;
        return CORM_OK;
    }
    const corm__story story = {many->plan, many->objects[0], many->doing, NULL};
    (void)corm__failure_complete(&failure, status);
    if (failure.transaction_lost)
        session->transaction_lost = true;
    return corm__tell(session, &story, &failure);
}

/* ---- New rows -------------------------------------------------------------------------------- */

/* How many of these objects, from the first on, are new rows of one table and of one kind. */
static size_t corm__many_new_count(const corm__plan *plan, void *const *objects, size_t count)
{
    const corm__mapper *mapper = corm__mapper_at(objects[0]);
    const bool numbered = corm__key_is_unset(mapper, corm__record_of(objects[0]));
    size_t same = 0;
    if (corm__work_of(plan, objects[0])->deletes.count > 0) /* one may take the row of another */
        return 0;
    while (same < count) {
        const corm__record *record = corm__record_of(objects[same]);
        if (record->state != CORM_STATE_PENDING || corm__mapper_at(objects[same]) != mapper ||
            (corm__standing_of(record)->unset & mapper->server_defaults) != 0 ||
            corm__key_is_unset(mapper, record) != numbered)
            break;
        same++;
    }
    return same;
}

static corm_status corm__many_inserted(corm__many *many, corm_result result)
{
    corm_session *session = many->session;
    const corm__mapper *mapper = many->mapper;
    corm_status status = CORM_OK;
    const int64_t first = result.last_key - (int64_t)(many->count - 1);
    result.changed = 1;
    if (many->numbered)
        corm__identity_expect(corm__identities_of(session, mapper), first, many->count);
    for (size_t i = 0; i < many->count && status == CORM_OK; i++) {
        const corm__seat seat = corm__seat_at(many->objects[i]);
        result.last_key = first + (int64_t)i;
        status = corm__key_given(session, mapper, &seat, &result);
        if (status == CORM_OK)
            status = corm__inserted(session, mapper, &seat);
    }
    return status;
}

static corm_status corm__many_insert(corm__many *many)
{
    corm_session *session = many->session;
    corm__mapper *mapper = corm__mapper_at(many->objects[0]);
    corm_status status = corm__ready_table(session, mapper, many->count);
    corm_result result;
    bool done = false;
    for (size_t i = 0; i < many->count && status == CORM_OK; i++)
        status = corm__ready_new(session, many->plan, mapper, many->objects[i]);
    if (status != CORM_OK)
        return status;
    many->numbered = corm__key_is_unset(mapper, corm__record_of(many->objects[0]));
    uint64_t written = corm__inserted_columns(mapper);
    if (many->numbered) {
        corm__many_add(many, mapper->pk[0]);
        many->members[0].type = CORM_VALUE_NULL;
        written &= ~(UINT64_C(1) << mapper->pk[0]);
    }
    for (uint16_t i = 0; i < mapper->column_count; i++)
        if (written >> i & 1)
            corm__many_add(many, i);
    many->asked = many->asked || corm__many_unset(many, written);
    status = corm__many_write(many, &result, &done);
    if (status == CORM_OK && done && many->numbered)
        status = corm__is_numbered(session, mapper);
    if (status == CORM_OK && done)
        return corm__many_inserted(many, result);
    for (size_t i = 0; i < many->count && status == CORM_OK; i++)
        status = corm__write_insert(session, many->plan, many->objects[i], many->row);
    return status;
}

/* ---- Changed rows ---------------------------------------------------------------------------- */

/* The columns of an object that an UPDATE would write, once its references are looked at. */
static corm_status corm__many_changes(corm_session *session, corm__plan *plan, void *object,
                                      uint64_t *columns)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    *columns = 0;
    corm_status status = corm__sync(session, plan, object, record);
    if (status == CORM_OK)
        *columns = corm__changed_columns(mapper, object, corm__snapshot_of(object), record);
    return status;
}

static bool corm__many_updates(const corm__mapper *mapper)
{
    return mapper->integer_key && mapper->version == NULL && mapper->update_functions == 0;
}

/* How many of these objects, from the first on, are changed in the same columns, with keys that
 * ascend. */
static corm_status corm__many_changed_count(corm__many *many, size_t count)
{
    corm_status status = CORM_OK;
    int64_t last = 0;
    many->count = 0;
    for (size_t i = 0; i < count && status == CORM_OK; i++) {
        void *object = many->objects[i];
        const corm__record *record = corm__record_of(object);
        uint64_t columns = 0;
        if (record->state != CORM_STATE_PERSISTENT || (record->flags & CORM__DOOMED) ||
            corm__mapper_at(object) != many->mapper ||
            (i > 0 && corm__integer_key_of(object) <= last))
            break;
        last = corm__integer_key_of(object);
        status = corm__many_changes(many->session, many->plan, object, &columns);
        if (status != CORM_OK || columns == 0 || (i > 0 && columns != many->columns) ||
            (columns >> many->mapper->pk[0] & 1) || (columns & many->mapper->followed) != 0)
            break;
        many->columns = columns;
        many->count++;
    }
    return status;
}

static corm_status corm__many_update(corm__many *many)
{
    corm_session *session = many->session;
    corm_result result;
    corm_status status;
    bool done = false;
    const corm__span span = corm__span_of(many->mapper, many->columns);
    for (size_t i = 0; i < many->count; i++) {
        corm__record_of(many->objects[i])->flags |= CORM__WRITTEN;
        if (!corm__journal_span(session, many->objects[i], span))
            return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    }
    corm__many_add(many, many->mapper->pk[0]);
    for (uint16_t i = 0; i < many->mapper->column_count; i++)
        if (many->columns >> i & 1)
            corm__many_add(many, i);
    many->asked = many->asked || corm__many_unset(many, many->columns);
    status = corm__many_write(many, &result, &done);
    for (size_t i = 0; i < many->count && status == CORM_OK; i++) {
        void *object = many->objects[i];
        if (!done) {
            status = corm__write_columns(session, many->plan, object, many->columns, many->row);
            continue;
        }
        corm__updated(session, object, many->columns);
        corm__record_of(object)->flags |= CORM__VISITED; /* after_update is due */
    }
    return status;
}

/* ---- Either ---------------------------------------------------------------------------------- */

static corm_status corm__write_either(corm_session *session, corm__plan *plan, void *object,
                                      corm__row *row)
{
    if (corm__record_of(object)->state == CORM_STATE_PENDING)
        return corm__write_new(session, plan, object, row);
    return corm__write_update(session, plan, object, row);
}

/* Writes the first of these objects, together with those behind it that go together; *written is how
 * many that were. */
static corm_status corm__write_some(corm_session *session, corm__plan *plan, void **objects,
                                    size_t count, corm__row *row, size_t *written)
{
    const corm__mapper *mapper = corm__mapper_at(objects[0]);
    const bool insert = corm__record_of(objects[0])->state == CORM_STATE_PENDING;
    corm__many many = {.session = session,
                       .plan = plan,
                       .mapper = mapper,
                       .row = row,
                       .verb = insert ? CORM_MANY_INSERT : CORM_MANY_UPDATE,
                       .doing = insert ? "inserting" : "updating",
                       .objects = objects,
                       .count = 1};
    const size_t least = insert ? CORM__MANY_NEW : CORM__MANY;
    const bool fits = count >= least && corm__many_fits(session, mapper) &&
                      (insert || corm__many_updates(mapper));
    corm_status status = CORM_OK;
    if (fits && insert)
        many.count = corm__many_new_count(plan, objects, count);
    else if (fits)
        status = corm__many_changed_count(&many, count);
    *written = many.count > 0 ? many.count : 1;
    if (status == CORM_OK && fits && many.count >= least)
        return insert ? corm__many_insert(&many) : corm__many_update(&many);
    for (size_t i = 0; i < *written && status == CORM_OK; i++)
        status = corm__write_either(session, plan, objects[i], row);
    return status;
}

/* ---- Deleted rows ---------------------------------------------------------------------------- */

static bool corm__many_deletes(const corm_session *session, const corm__mapper *mapper)
{
    return corm__many_fits(session, mapper) && mapper->integer_key && mapper->version == NULL;
}

/* How many of these objects, from the first on, are rows of one table, with keys that ascend. */
static size_t corm__many_deleted_count(void *const *objects, size_t count)
{
    const corm__mapper *mapper = corm__mapper_at(objects[0]);
    size_t same = 0;
    while (same < count && corm__mapper_at(objects[same]) == mapper &&
           corm__has_row(corm__record_of(objects[same])) &&
           (same == 0 ||
            corm__integer_key_of(objects[same - 1]) < corm__integer_key_of(objects[same])))
        same++;
    return same;
}

static corm_status corm__many_delete(corm__many *many)
{
    corm_session *session = many->session;
    corm_result result;
    bool done = false;
    corm__many_add(many, many->mapper->pk[0]);
    many->asked = true; /* the key that is stored */
    if (!corm__journal_reserve(session, many->count))
        return corm__no_memory(session);
    corm_status status = corm__many_write(many, &result, &done);
    for (size_t i = 0; i < many->count && status == CORM_OK; i++) {
        void *object = many->objects[i];
        if (!done) {
            status = corm__write_delete(session, many->plan, object, many->row);
            continue;
        }
        (void)corm__journal_push(session, CORM__DELETED, object, NULL); /* there is room */
        corm__is_deleted(session, object);
    }
    return status;
}

/* Deletes the first of these objects, together with those behind it that go together; *written is how
 * many that were. */
static corm_status corm__delete_some(corm_session *session, corm__plan *plan, void **objects,
                                     size_t count, corm__row *row, size_t *written)
{
    const corm__mapper *mapper = corm__mapper_at(objects[0]);
    corm__many many = {.session = session,
                       .plan = plan,
                       .mapper = mapper,
                       .row = row,
                       .verb = CORM_MANY_DELETE,
                       .doing = "deleting",
                       .objects = objects,
                       .count = 1};
    const bool fits = count >= CORM__MANY && corm__many_deletes(session, mapper);
    if (fits)
        many.count = corm__many_deleted_count(objects, count);
    *written = many.count > 0 ? many.count : 1;
    if (fits && many.count >= CORM__MANY)
        return corm__many_delete(&many);
    corm_status status = CORM_OK;
    for (size_t i = 0; i < *written && status == CORM_OK; i++)
        status = corm__write_delete(session, plan, objects[i], row);
    return status;
}

#endif /* CORM__ROOM_MANY_C */
