/* owners.c: a relationship of many objects in one statement.
 *
 * Owns: which keys a statement takes and how many, telling whose each row is.
 * Must not know: which objects are loaded together, what a link means for changes. */
#ifndef CORM__ROOM_OWNERS_C
#define CORM__ROOM_OWNERS_C

#include "gathered.c"
#include "reading.c"

/* ---- A relationship for many objects --------------------------------------------------------- */

/* Room for one more; the old array may be in the program's hands. */
static CORM__APART bool corm__items_grow(corm_session *session, corm__link *link)
{
    uint32_t capacity = link->count < 4 ? 8 : link->count * 2;
    void **items = corm__list_allocate(session, capacity * sizeof *items);
    if (items == NULL)
        return false;
    if (link->items == NULL) {
        link->items = items;
        link->capacity = capacity;
        link->handed = false;
        return true;
    }
    memcpy(items, link->items, link->count * sizeof *items);
    corm__items_replace(session, link, items, capacity);
    return true;
}

/* Appends to a link's items without looking for the item. */
static inline bool corm__items_push(corm_session *session, corm__link *link, void *item)
{
    if (CORM__UNLIKELY(link->count == link->capacity || link->handed) &&
        !corm__items_grow(session, link))
        return false;
    link->items[link->count++] = item;
    return true;
}

typedef struct corm__related_rows {
    corm__relation *relation;
    void **owners; /* in this statement */
    size_t count;
    void *last; /* owner of the row before: rows of one owner often follow each other */
    /* where an integer that is their key tells the owners apart: they, by that, and its column in the row */
    const corm__identity_map *by_key;
    size_t column;
    int64_t last_key; /* by_key: of the last owner, and its link, NULL where it was not asked for */
    corm__link *link;
    corm__gathered gathered; /* where the rows come in no order */
} corm__related_rows;

static void corm__related_begin(corm_session *session, corm__related_rows *rows,
                                corm__relation *relation, void **owners, size_t count)
{
    const corm__mapper *source = relation->source;
    *rows = (corm__related_rows){.relation = relation, .owners = owners, .count = count};
    rows->column = relation->association != NULL ? 0 : relation->remote[0];
    if (relation->key_count == 1 && relation->local_is_key && source->integer_key &&
        source->base == NULL)
        rows->by_key = corm__identities_of(session, source);
}

/* Whether the row's columns that refer to the owner are the owner's key. */
static bool corm__row_is_of(const corm__relation *relation, void *owner, const corm_value *row)
{
    corm__key key;
    corm__key_read(relation->source, relation->local, relation->key_count, corm__snapshot_of(owner),
                   &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        const corm_value *value =
            relation->association != NULL ? &row[i] : &row[relation->remote[i]];
        if (!corm__value_equal(&key.values[i], value))
            return false;
    }
    return true;
}

static void *corm__owner_of_row(corm_session *session, corm__related_rows *rows,
                                const corm_value *row)
{
    corm__relation *relation = rows->relation;
    if (rows->last != NULL && !relation->source->integer_key &&
        corm__row_is_of(relation, rows->last, row))
        return rows->last;
    if (relation->local_is_key) {
        corm_value key[CORM__KEY_MAX];
        for (uint16_t i = 0; i < relation->key_count; i++)
            key[i] = relation->association != NULL ? row[i] : row[relation->remote[i]];
        return corm__identity_find(session, relation->source, key);
    }
    for (size_t i = 0; i < rows->count; i++) {
        if (corm__row_is_of(relation, rows->owners[i], row))
            return rows->owners[i];
    }
    return NULL;
}

static CORM__COLD corm_status corm__related_no_memory(corm_session *session,
                                                      const corm__relation *relation)
{
    return corm__poison(session, CORM_OUT_OF_MEMORY, "out of memory while %s.%s was loaded",
                        relation->source->model->name, relation->name);
}

static corm_status corm__related_searched(corm_session *session, corm__related_rows *rows,
                                          void *object, const corm_value *row)
{
    rows->last = corm__owner_of_row(session, rows, row);
    corm__link *link = corm__link_asked(rows->last, rows->relation->index);
    return link == NULL || corm__items_push(session, link, object)
               ? CORM_OK
               : corm__related_no_memory(session, rows->relation);
}

static corm_status corm__take_related(corm_session *session, void *object, const corm_value *row,
                                      void *argument)
{
    corm__related_rows *rows = argument;
    const corm_value *key = &row[rows->column];
    if (CORM__UNLIKELY(rows->by_key == NULL || key->type != CORM_VALUE_INTEGER))
        return corm__related_searched(session, rows, object, row);
    bool fine = true;
    if (corm__may_wait(&rows->gathered, key->as.integer)) {
        fine = corm__gather(&rows->gathered, key->as.integer, object);
    } else {
        if (rows->last == NULL || rows->last_key != key->as.integer) {
            rows->last_key = key->as.integer;
            rows->last = corm__identity_at(rows->by_key, (uint64_t)rows->last_key);
            rows->link = corm__link_asked(rows->last, rows->relation->index);
        }
        fine = rows->link == NULL || corm__items_push(session, rows->link, object);
    }
    return CORM__LIKELY(fine) ? CORM_OK : corm__related_no_memory(session, rows->relation);
}

static corm_status corm__take_nothing(corm_session *session, void *object, const corm_value *row,
                                      void *argument)
{
    (void)session;
    (void)object;
    (void)row;
    (void)argument;
    return CORM_OK;
}

/* Statements come in few sizes, so that few are prepared: the last key is repeated up to the
 * next size. */
static size_t corm__statement_size(size_t count)
{
    static const size_t sizes[] = {1, 4, 16, 64, 256, CORM__SIBLINGS_MAX};
    size_t i = 0;
    while (sizes[i] < count)
        i++;
    return sizes[i];
}

/* The keys of so many columns that one statement takes, which has room for so many values. Where a key
 * has several columns, each is one more OR: databases limit how deep an expression goes, SQLite to
 * 1,000. */
static size_t corm__keys_most(size_t values, size_t width)
{
    const size_t fits = values / width;
    if (width == 1 && fits >= CORM__SIBLINGS_MAX)
        return CORM__SIBLINGS_MAX;
    return fits >= 256 ? 256 : fits >= 64 ? 64 : 1;
}

/* Where the columns of an owner stand: its snapshot, or the struct itself of one that has none. */
typedef void *(*corm__struct_place)(const void *owner);

static void *corm__struct_stored(const void *owner)
{
    return corm__snapshot_of(owner);
}

static void *corm__struct_itself(const void *owner)
{
    return (void *)(uintptr_t)owner;
}

/* A value outlives the key that it was read into: what that had to write down is copied. false: out of memory. */
static bool corm__key_value_keep(corm_session *session, const corm__key *key, size_t column,
                                 corm_value *out)
{
    const char *room = key->scratch[column];
    *out = key->values[column];
    if ((out->type != CORM_VALUE_TEXT && out->type != CORM_VALUE_BLOB) || out->as.bytes != room)
        return true;
    char *copy = corm__arena_allocate(&session->scratch, out->size);
    if (copy == NULL)
        return false;
    memcpy(copy, room, out->size);
    out->as.bytes = copy;
    return true;
}

/* Keys of the owners as parameters of a statement of that size; in the scratch arena. */
static corm_value *corm__keys_of(corm_session *session, const corm__relation *relation,
                                 void **owners, size_t count, size_t size, corm__struct_place place)
{
    const size_t width = relation->key_count;
    corm__key key;
    corm_value *values = corm__arena_allocate(&session->scratch,
                                              (size * width + CORM__FILTER_TERMS) * sizeof *values);
    if (values == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        corm__key_read(relation->source, relation->local, width, place(owners[i]), &key);
        for (size_t k = 0; k < width; k++)
            if (!corm__key_value_keep(session, &key, k, &values[i * width + k]))
                return NULL;
    }
    for (size_t i = count; i < size; i++)
        memcpy(&values[i * width], &values[(count - 1) * width], width * sizeof *values);
    (void)corm__sql_filter_values(relation, &values[size * width]);
    return values;
}

static corm_value *corm__owner_keys(corm_session *session, const corm__relation *relation,
                                    void **owners, size_t count, size_t size)
{
    return corm__keys_of(session, relation, owners, count, size, corm__struct_stored);
}

/* One statement for that many owners of `rows`, at most CORM__SIBLINGS_MAX, or of 0 for all there are, whose
 * links are not loaded. To-many and the keyless end of a one-to-one: the rows go into link->items; the
 * caller finishes the links. A relation that holds the key: the targets are loaded into the session,
 * nothing else. */
static corm_status corm__load_related_rows(corm_session *session, corm__related_rows *rows,
                                           size_t size)
{
    corm__relation *relation = rows->relation;
    const size_t lead = relation->association != NULL ? relation->key_count : 0;
    corm_value *values =
        corm__owner_keys(session, relation, rows->owners, size == 0 ? 0 : rows->count, size);
    if (values == NULL)
        return corm__related_no_memory(session, relation);
    corm__buffer_clear(&session->sql);
    corm__sql_related(&session->sql, session->engine->adapter->dialect, relation, size);
    corm__prepared *prepared = corm__prepare_sql(session);
    const size_t count = size * relation->key_count + relation->filter_values;
    if (relation->holds_key)
        return corm__read_rows(session, relation->target, prepared, lead, values, count,
                               corm__take_nothing, rows);
    return corm__read_rows_by(session, relation->target, prepared, lead, values, count,
                              corm__take_related, rows, true);
}

/* The same in one statement for owners that are most of a table. *batched: what was loaded is one batch of
 * siblings. */
static corm_status corm__load_related_whole(corm_session *session, corm__relation *relation,
                                            void **owners, size_t count, bool *batched)
{
    corm__related_rows rows;
    corm__related_begin(session, &rows, relation, owners, count);
    if (rows.by_key != NULL)
        corm__gather_begin(&rows.gathered, rows.by_key);
    *batched = rows.gathered.width > 0;
    corm__scratch_begin(session);
    corm_status status = corm__load_related_rows(session, &rows, 0);
    if (status == CORM_OK && !corm__gather_settle(session, &rows.gathered, relation->index))
        status = corm__related_no_memory(session, relation);
    corm__gather_end(&rows.gathered);
    corm__scratch_end(session);
    return status;
}

static size_t corm__chunk_size(const corm_session *session, const corm__relation *relation)
{
    const size_t most = session->engine->adapter->dialect->max_parameters;
    return corm__keys_most(most - relation->filter_values, relation->key_count);
}

static corm_status corm__load_related(corm_session *session, corm__relation *relation,
                                      void **owners, size_t count)
{
    const size_t most = corm__chunk_size(session, relation);
    corm_status status = CORM_OK;
    corm__related_rows rows;
    corm__scratch_begin(session);
    for (size_t i = 0; i < count && status == CORM_OK; i += most) {
        corm__related_begin(session, &rows, relation, owners + i,
                            count - i < most ? count - i : most);
        status = corm__load_related_rows(session, &rows, corm__statement_size(rows.count));
    }
    corm__scratch_end(session);
    return status;
}

#endif /* CORM__ROOM_OWNERS_C */
