/* later.c: parts of collections that are loaded when one of them is looked at.
 *
 * Owns: the statement of such a part, which the query has written and which is kept with its values
 * until it runs; for which siblings it runs.
 * Must not know: which queries ask for it, the conditions from which the statement was made. */
#ifndef CORM__ROOM_LATER_C
#define CORM__ROOM_LATER_C

#include "views.c"

/* ---- Keeping a statement --------------------------------------------------------------------- */

static size_t corm__value_bytes(const corm_value *value)
{
    const bool borrows = value->type == CORM_VALUE_TEXT || value->type == CORM_VALUE_BLOB;
    return borrows ? value->size + 1 : 0;
}

/* Value i of those beside the keys: an order that computes stands before them. */
static const corm_value *corm__later_value(const corm__writer *w, size_t i, size_t keys)
{
    return &w->values[i < w->keys_at ? i : keys + i];
}

/* A copy of the writer's statement, which takes the keys of so many owners, and of its values before
 * and behind them. It is used by who makes it. NULL: out of memory. */
static corm__later *corm__later_keep(corm_session *session, const corm__writer *w, size_t owners,
                                     size_t keys)
{
    const size_t count = w->count - keys;
    size_t size = sizeof(corm__later) + count * sizeof(corm_value) + w->b->size + 1;
    for (size_t i = 0; i < count; i++)
        size += corm__value_bytes(corm__later_value(w, i, keys));
    corm__later *later = corm__heap_allocate(&session->heap, size);
    if (later == NULL)
        return NULL;
    *later = (corm__later){
        .size = size, .uses = 1, .owners = owners, .value_count = count, .keys_at = w->keys_at};
    later->values = (corm_value *)(void *)(later + 1);
    later->sql = (char *)(later->values + count);
    later->sql_size = w->b->size;
    memcpy(later->sql, w->b->data, w->b->size + 1);
    char *place = later->sql + w->b->size + 1;
    for (size_t i = 0; i < count; i++) {
        corm_value *value = &later->values[i];
        *value = *corm__later_value(w, i, keys);
        if (corm__value_bytes(value) == 0)
            continue;
        if (value->size > 0)
            memcpy(place, value->as.bytes, value->size);
        place[value->size] = '\0';
        value->as.bytes = place;
        place += value->size + 1;
    }
    return later;
}

/* The statement for all of these owners, or for as many as one may be for. */
static corm_status corm__later_make(corm_session *session, const corm__relation *relation,
                                    const corm__shown *shown, const corm__vector *owners,
                                    corm__later **out)
{
    corm__writer w;
    size_t most = 1;
    corm_status status = corm__shown_chunk(session, relation, shown, owners->items, owners->count,
                                           corm__struct_stored, &most);
    const size_t count = owners->count < most ? owners->count : most;
    const size_t size = corm__statement_size(count);
    if (status == CORM_OK)
        status = corm__shown_statement(session, relation, owners->items, count, shown,
                                       corm__struct_stored, &w);
    if (status != CORM_OK)
        return status;
    if (w.b->failed)
        return corm__no_memory(session);
    *out = corm__later_keep(session, &w, size, size * relation->key_count);
    return *out != NULL ? CORM_OK : corm__no_memory(session);
}

/* The collections of these objects show a part from now on, which is loaded on access. */
static corm_status corm__later_begin(corm_session *session, const corm__relation *relation,
                                     const corm__shown *shown, const corm__vector *objects)
{
    corm__vector owners = {NULL, 0, 0};
    corm__later *later = NULL;
    corm_status status = CORM_OK;
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++) {
        void *object = objects->items[i];
        if (corm__is_a(corm__mapper_at(object), relation->source) &&
            corm__has_row(corm__record_of(object)) && !corm__vector_push(&owners, object))
            status = corm__no_memory(session);
    }
    if (status == CORM_OK && owners.count > 0)
        status = corm__later_make(session, relation, shown, &owners, &later);
    for (size_t i = 0; i < owners.count && status == CORM_OK; i++) {
        void *owner = owners.items[i];
        corm__view *view = corm__view_find(owner, relation);
        if (view != NULL && view->later == later)
            continue; /* twice among the objects */
        if (corm__view_begin(session, owner, relation) == NULL) {
            status = corm__no_memory(session);
            continue;
        }
        corm__link_at(owner, relation)->barred = false;
        view = corm__view_find(owner, relation);
        if (view == NULL)
            continue; /* marked by a flush as deleted: it shows nothing */
        view->later = later;
        later->uses++;
    }
    for (size_t i = 0; i < owners.count && status != CORM_OK; i++)
        corm__view_end(session, owners.items[i], relation);
    corm__later_release(session, later);
    corm__vector_free(&owners);
    return status;
}

/* ---- On access ------------------------------------------------------------------------------- */

/* The object and those of its neighbours among its siblings that wait for the same statement. */
static corm_status corm__later_owners(corm_session *session, void *object,
                                      const corm__relation *relation, const corm__later *later,
                                      corm__vector *out)
{
    const corm__record *record = corm__record_of(object);
    const corm__batch *batch =
        record->epoch == session->epoch ? corm__standing_of(record)->batch : NULL;
    size_t most = batch == NULL ? 1 : batch->count;
    most = most < CORM__SIBLINGS_MAX ? most : CORM__SIBLINGS_MAX;
    if (!corm__vector_push(out, object))
        return corm__no_memory(session);
    for (size_t i = 1; i < most && out->count < later->owners; i++) {
        void *sibling = batch->items[(record->position + i) % batch->count];
        const corm__record *other = corm__record_of(sibling);
        if (sibling == object || !corm__is_of(session, sibling) || !corm__has_row(other) ||
            (other->flags & CORM__MARKED_DELETED) ||
            !corm__is_a(corm__mapper_at(sibling), relation->source))
            continue;
        const corm__view *view = corm__view_find(sibling, relation);
        if (view != NULL && view->later == later && !corm__vector_push(out, sibling))
            return corm__no_memory(session);
    }
    return CORM_OK;
}

/* Runs the statement for these owners: the rows stand behind what their lists have. */
static corm_status corm__later_read(corm_session *session, corm__relation *relation,
                                    const corm__later *later, const corm__vector *owners)
{
    const size_t lead = relation->association != NULL ? relation->key_count : 0;
    const size_t width = later->owners * relation->key_count, count = width + later->value_count;
    corm__related_rows rows = {
        .relation = relation, .owners = owners->items, .count = owners->count};
    corm_value *values = corm__arena_allocate(&session->scratch, count * sizeof *values);
    const corm_value *keys = corm__keys_of(session, relation, owners->items, owners->count,
                                           later->owners, corm__struct_stored);
    if (values == NULL || keys == NULL)
        return corm__no_memory(session);
    for (size_t i = 0; i < count; i++)
        values[i] = i < later->keys_at           ? later->values[i]
                    : i < later->keys_at + width ? keys[i - later->keys_at]
                                                 : later->values[i - width];
    return corm__read_rows(session, relation->target,
                           corm__prepare(session, later->sql, later->sql_size), lead, values, count,
                           corm__take_shown, &rows);
}

/* What was appended before the part was loaded stands behind it, as what is appended after that. */
static void corm__later_arrange(corm__view *view)
{
    void **items = view->list.items;
    uint32_t kept = view->appended;
    for (uint32_t i = view->appended; view->appended > 0 && i < view->list.count; i++)
        if (corm__index_of(items, view->appended, items[i]) == view->appended)
            items[kept++] = items[i];
    if (view->appended > 0)
        view->list.count = kept;
    for (uint32_t left = view->appended; left > 0; left--) {
        void *item = items[0];
        memmove(items, items + 1, (view->list.count - 1) * sizeof *items);
        if (corm__record_of(item)->state == CORM_STATE_DELETED)
            view->list.count--; /* meanwhile */
        else
            items[view->list.count - 1] = item;
    }
    view->appended = 0;
}

/* The part of the object and its siblings. After a failure they wait on. */
static corm_status corm__later_load(corm_session *session, void *object, corm__relation *relation,
                                    corm__later *later)
{
    corm__vector owners = {NULL, 0, 0};
    later->uses++;
    corm__scratch_begin(session);
    corm_status status = corm__later_owners(session, object, relation, later, &owners);
    for (size_t i = 0; i < owners.count; i++) {
        corm__view *view = corm__view_find(owners.items[i], relation);
        view->appended = view->list.count;
    }
    if (status == CORM_OK)
        status = corm__later_read(session, relation, later, &owners);
    if (status == CORM_OK)
        status = corm__views_finish(session, relation, &owners);
    for (size_t i = 0; i < owners.count; i++) {
        corm__view *view = corm__view_find(owners.items[i], relation);
        if (view == NULL || view->later != later)
            continue; /* twice among the siblings */
        if (status != CORM_OK) {
            view->list.count = view->appended;
            view->list.loaded = false;
            continue;
        }
        corm__later_arrange(view);
        view->later = NULL;
        corm__later_release(session, later);
    }
    corm__scratch_end(session);
    corm__later_release(session, later);
    corm__vector_free(&owners);
    return status;
}

/* What is shown of the collection, loaded if need be; *out NULL: nothing is shown of it any more, as a
 * flush before that has deleted the object. */
static corm_status corm__later_ready(corm_session *session, void *object, corm__relation *relation,
                                     corm__link **out)
{
    corm__view *view = corm__view_find(object, relation);
    const corm__link *link = corm__link_if(object, relation);
    corm_status status = CORM_OK;
    *out = NULL;
    if (view != NULL && view->later != NULL) {
        status = corm__usable(session);
        if (status == CORM_OK && (link == NULL || !link->opened))
            status = corm__autoflush(session);
        view = status == CORM_OK ? corm__view_find(object, relation) : NULL;
        if (view != NULL && view->later != NULL)
            status = corm__later_load(session, object, relation, view->later);
    }
    if (view != NULL && status == CORM_OK)
        *out = &view->list;
    return status;
}

#endif /* CORM__ROOM_LATER_C */
