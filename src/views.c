/* views.c: collections of which a query shows a part.
 *
 * Owns: reading the rows of such a part for many owners at once, and what the program has changed of
 * the collection before.
 * Must not know: which queries ask for it, how anything is written. */
#ifndef CORM__ROOM_VIEWS_C
#define CORM__ROOM_VIEWS_C

#include "joins.c"
#include "followed.c"

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
    if (relation->association != NULL)
        corm__items_once(list);
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

/* The statement for these owners, with its values. */
static corm_status corm__shown_statement(corm_session *session, const corm__relation *relation,
                                         void **owners, size_t count, const corm__shown *shown,
                                         corm__struct_place place, corm__writer *w)
{
    corm_error error;
    const size_t size = corm__statement_size(count);
    const corm_value *keys = corm__keys_of(session, relation, owners, count, size, place);
    if (keys == NULL)
        return corm__no_memory(session);
    corm__writer_begin(session, w, relation->target->model, &error);
    const corm_status status = corm__write_shown(w, relation, size, keys, shown);
    return status == CORM_OK ? CORM_OK : corm__writer_failed(session, w);
}

/* How many of the owners fit one statement beside the values of the condition. */
static corm_status corm__shown_chunk(corm_session *session, const corm__relation *relation,
                                     const corm__shown *shown, void **owners, size_t count,
                                     corm__struct_place place, size_t *most)
{
    corm__writer w;
    *most = 1;
    corm_status status =
        count == 0 ? CORM_OK
                   : corm__shown_statement(session, relation, owners, 1, shown, place, &w);
    if (count == 0 || status != CORM_OK)
        return status;
    const size_t taken = w.count - relation->key_count;
    *most = corm__keys_most(session->engine->adapter->dialect->max_parameters - taken,
                            relation->key_count);
    return CORM_OK;
}

/* Views of the owners, whose lists are empty and not loaded. */
static corm_status corm__views_fill(corm_session *session, corm__relation *relation,
                                    const corm__shown *shown, const corm__vector *owners)
{
    const size_t lead = relation->association != NULL ? relation->key_count : 0;
    size_t most = 1;
    corm__writer w;
    corm_status status = corm__shown_chunk(session, relation, shown, owners->items, owners->count,
                                           corm__struct_stored, &most);
    for (size_t i = 0; i < owners->count && status == CORM_OK; i += most) {
        const size_t count = owners->count - i < most ? owners->count - i : most;
        corm__related_rows rows = {
            .relation = relation, .owners = owners->items + i, .count = count};
        status = corm__shown_statement(session, relation, rows.owners, count, shown,
                                       corm__struct_stored, &w);
        if (status == CORM_OK)
            status = corm__read_rows(session, relation->target, corm__prepare_sql(session), lead,
                                     w.values, w.count, corm__take_shown, &rows);
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
