/* views.c: collections of which a query shows a part.
 *
 * Owns: reading the rows of such a part for many owners at once, and what the program has changed of
 * the collection before.
 * Must not know: which queries ask for it, how anything is written. */
#ifndef CORM__ROOM_VIEWS_C
#define CORM__ROOM_VIEWS_C

#include "joins.c"
#include "lazy.c"

/* After the rows are in the list: what the program has changed and not flushed is left out and put
 * last, as it is when a whole collection is loaded. */
static corm_status corm__view_finish(corm_session *session, void *owner,
                                     const corm__relation *relation, corm__link *list)
{
    const corm__link *link = corm__link_if(owner, relation);
    const corm__changes *c = link == NULL ? NULL : link->changes;
    if (list->loaded)
        return CORM_OK;
    list->loaded = true;
    for (uint32_t i = 0; c != NULL && i < c->removed_count; i++)
        (void)corm__array_erase(list->items, &list->count, c->removed[i]);
    for (uint32_t i = 0; c != NULL && i < c->added_count; i++)
        if (corm__index_of(list->items, list->count, c->added[i]) == list->count &&
            !corm__items_push(session, list, c->added[i]))
            return corm__no_memory(session);
    return CORM_OK;
}

static corm_status corm__take_shown(corm_session *session, void *object, const corm_value *row,
                                    void *argument)
{
    corm__related_rows *rows = argument;
    void *owner = corm__owner_of_row(session, rows, row);
    corm__link *list = owner == NULL ? NULL : corm__view_of(owner, rows->relation);
    rows->last = owner;
    if (list == NULL || list->loaded)
        return CORM_OK; /* not asked for in this statement */
    return corm__items_push(session, list, object) ? CORM_OK : corm__no_memory(session);
}

/* How many owners fit one statement; 0: not one. */
static size_t corm__shown_chunk(const corm_session *session, const corm__relation *relation,
                                const corm__shown *shown)
{
    const size_t taken = relation->filter_values + shown->count;
    const size_t room = session->engine->adapter->dialect->max_parameters;
    const size_t fits = room <= taken ? 0 : (room - taken) / relation->key_count;
    return fits >= CORM__SIBLINGS_MAX ? CORM__SIBLINGS_MAX
           : fits >= 256              ? 256
           : fits >= 64               ? 64
           : fits >= 1                ? 1
                                      : 0;
}

static corm_status corm__shown_too_many(corm_session *session, const corm__relation *relation,
                                        const corm__shown *shown)
{
    return corm__fail(session, CORM_MISUSE,
                      "corm_load_where(%s_.%s, ...) has %zu values, more than one statement takes",
                      relation->source->model->name, relation->name, shown->count);
}

/* The statement for these owners into session->sql, and its values. NULL: out of memory. */
static corm_value *corm__shown_statement(corm_session *session, const corm__relation *relation,
                                         void **owners, size_t count, const corm__shown *shown,
                                         corm__struct_place place, size_t *value_count)
{
    const size_t size = corm__statement_size(count);
    const size_t keys = size * relation->key_count + relation->filter_values;
    corm_value *known = corm__keys_of(session, relation, owners, count, size, place);
    corm_value *values =
        corm__arena_allocate(&session->scratch, (keys + shown->count) * sizeof *values);
    if (known == NULL || values == NULL)
        return NULL;
    memcpy(values, known, keys * sizeof *values);
    if (shown->count > 0)
        memcpy(&values[keys], shown->values, shown->count * sizeof *values);
    corm__buffer_clear(&session->sql);
    corm__sql_shown(&session->sql, session->engine->adapter->dialect, relation, size, shown);
    *value_count = keys + shown->count;
    return values;
}

/* Views of the owners, whose lists are empty and not loaded. */
static corm_status corm__views_fill(corm_session *session, corm__relation *relation,
                                    const corm__shown *shown, const corm__vector *owners)
{
    const size_t most = corm__shown_chunk(session, relation, shown);
    const size_t lead = relation->association != NULL ? relation->key_count : 0;
    corm_status status = CORM_OK;
    if (most == 0)
        return corm__shown_too_many(session, relation, shown);
    for (size_t i = 0; i < owners->count && status == CORM_OK; i += most) {
        const size_t count = owners->count - i < most ? owners->count - i : most;
        corm__related_rows rows = {relation, owners->items + i, count, NULL};
        size_t value_count = 0;
        corm_value *values = corm__shown_statement(session, relation, rows.owners, count, shown,
                                                   corm__struct_stored, &value_count);
        if (values == NULL)
            return corm__no_memory(session);
        status = corm__read_rows(session, relation->target, corm__prepare_sql(session), lead,
                                 values, value_count, corm__take_shown, &rows);
    }
    return status;
}

/* The lists are complete; what is in them is one batch of siblings. */
static corm_status corm__views_finish(corm_session *session, const corm__relation *relation,
                                      const corm__vector *owners)
{
    corm__vector all = {NULL, 0, 0};
    corm_status status = CORM_OK;
    for (size_t i = 0; i < owners->count && status == CORM_OK; i++) {
        corm__link *list = corm__view_of(owners->items[i], relation);
        if (list == NULL)
            continue;
        status = corm__view_finish(session, owners->items[i], relation, list);
        for (uint32_t k = 0; k < list->count && status == CORM_OK; k++)
            status = corm__vector_push(&all, list->items[k]) ? CORM_OK : corm__no_memory(session);
    }
    if (status == CORM_OK && all.count > 0 &&
        corm__batch_new(session, all.items, all.count) == NULL)
        status = corm__no_memory(session);
    corm__vector_free(&all);
    return status;
}

/* Shows the part of the collection of these objects, in statements of their own. */
static corm_status corm__views_load(corm_session *session, corm__relation *relation,
                                    const corm__shown *shown, const corm__vector *objects)
{
    corm__vector owners = {NULL, 0, 0};
    corm_status status = CORM_OK;
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++) {
        void *object = objects->items[i];
        corm__record *record = corm__record_of(object);
        if (!corm__is_a(corm__mapper_at(object), relation->source) || !corm__has_row(record) ||
            (record->flags & CORM__VISITED))
            continue;
        if (corm__view_begin(session, object, relation) == NULL ||
            !corm__vector_push(&owners, object))
            status = corm__no_memory(session);
        else
            record->flags |= CORM__VISITED;
    }
    for (size_t i = 0; i < owners.count; i++)
        corm__record_of(owners.items[i])->flags &= (uint16_t)~CORM__VISITED;
    if (status == CORM_OK)
        status = corm__views_fill(session, relation, shown, &owners);
    if (status == CORM_OK)
        status = corm__views_finish(session, relation, &owners);
    for (size_t i = 0; i < owners.count && status != CORM_OK; i++)
        corm__view_end(session, owners.items[i], relation);
    corm__vector_free(&owners);
    return status;
}

#endif /* CORM__ROOM_VIEWS_C */
