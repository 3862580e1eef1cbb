/* lazy.c: collections loaded when they are looked at.
 *
 * Owns: what was fetched ahead and whether it still holds, merging loaded rows with what the program
 * changed meanwhile.
 * Must not know: for which objects a statement loads at once, how changes are made at both ends, how
 * anything is written. */
#ifndef CORM__ROOM_LAZY_C
#define CORM__ROOM_LAZY_C

#include "siblings.c"

/* ---- Collections that are looked at ---------------------------------------------------------- */

/* A link of many-to-many that was appended turns out to be stored: nothing is to be written. */
static void corm__addition_forget(void *owner, const corm__relation *relation, void *item)
{
    corm__link *mine = corm__link_if(owner, relation);
    corm__link *theirs = corm__link_if(item, relation->inverse);
    if (mine != NULL && mine->changes != NULL)
        (void)corm__array_erase(mine->changes->added, &mine->changes->added_count, item);
    if (theirs != NULL && theirs->changes != NULL)
        (void)corm__array_erase(theirs->changes->added, &theirs->changes->added_count, owner);
}

/* Whether it is among these. *turn: where it is expected, as the items mostly come in the same order. */
static bool corm__is_in_turn(void *const *items, uint32_t count, const void *item, uint32_t *turn)
{
    if (*turn < count && items[*turn] == item) {
        (*turn)++;
        return true;
    }
    return corm__index_of(items, count, item) < count;
}

/* What was linked from its own end before the program appended stands behind what is stored. */
static bool corm__earlier_first(corm_session *session, void *owner, const corm__relation *relation)
{
    corm__link *link = corm__raw_link(owner, relation);
    const corm__changes *c = link->changes;
    const uint32_t stored = link->count;
    uint32_t turn = 0;
    for (uint32_t i = 0; c != NULL && i < c->added_count;) {
        void *item = c->added[i];
        const bool recent = corm__is_in_turn(c->recent, c->recent_count, item, &turn);
        if (!recent && relation->association != NULL &&
            corm__index_of(link->items, stored, item) < stored) {
            corm__addition_forget(owner, relation, item); /* it was linked already */
            continue;
        }
        if (!recent && corm__index_of(link->items, link->count, item) == link->count &&
            !corm__items_push(session, link, item))
            return false;
        i++;
    }
    return true;
}

/* Takes those out that will stand last, and tells so by their mark, which the others of these keep. */
static void corm__items_clear_last(corm__link *link)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < link->count; i++) {
        corm__record *record = corm__record_of(link->items[i]);
        if (!record->last)
            link->items[kept++] = link->items[i];
        record->last = false;
    }
    link->count = kept;
}

/* What was appended last stands last until it is loaded anew. The items are looked through once, for all
 * of those together. */
static bool corm__recent_last(corm_session *session, void *owner, const corm__relation *relation)
{
    corm__link *link = corm__raw_link(owner, relation);
    corm__changes *c = link->changes;
    const uint32_t count = c == NULL ? 0 : c->recent_count;
    uint32_t turn = count > 0 && c->added_count > count ? c->added_count - count : 0;
    bool pushed = true;
    for (uint32_t i = count; i > 0; i--) {
        corm__record *record = corm__record_of(c->recent[i - 1]);
        if (record->last)
            c->recent[i - 1] = NULL; /* appended again, after its foreign key had led elsewhere */
        record->last = true;
    }
    if (count > 0)
        corm__items_clear_last(link);
    for (uint32_t i = 0; i < count; i++) {
        void *item = c->recent[i];
        if (item == NULL)
            continue;
        const bool found = !corm__record_of(item)->last;
        const bool added = corm__is_in_turn(c->added, c->added_count, item, &turn);
        corm__record_of(item)->last = false;
        if (found && added && relation->association != NULL)
            corm__addition_forget(owner, relation, item); /* it was linked already */
        if ((found || added) && !corm__items_push(session, link, item))
            pushed = false;
    }
    if (c != NULL)
        c->recent_count = 0;
    return pushed;
}

/* The identity map finds what a primary key refers to; another reference is remembered. */
static corm_status corm__read_reference(corm_session *session, void *owner,
                                        const corm__relation *relation, void *target)
{
    if (relation->remote_is_key)
        return CORM_OK;
    corm__link *link = corm__link_at(owner, relation);
    if (link == NULL)
        return corm__no_memory(session);
    if (link->loaded)
        return CORM_OK;
    link->target = target;
    link->loaded = true;
    return CORM_OK;
}

/* So what is put to another owner leaves the list. */
static corm_status corm__read_references(corm_session *session, void *owner,
                                         const corm__relation *relation, const corm__link *link)
{
    corm_status status = CORM_OK;
    for (uint32_t i = 0; i < link->count && status == CORM_OK; i++)
        status = corm__read_reference(session, link->items[i], relation->inverse, owner);
    return status;
}

/* After the rows are in link->items, maybe sorted: what the program changed meanwhile is added and left out. */
static corm_status corm__list_finish(corm_session *session, void *owner, corm__relation *relation,
                                     bool sorted, bool prefetched)
{
    corm__link *link = corm__raw_link(owner, relation);
    uint32_t kept = 0;
    if (link->loaded)
        return CORM_OK; /* twice among the owners */
    if (!sorted && corm__is_sorted_here(relation))
        corm__items_sort(link);
    if (relation->association != NULL)
        corm__items_once(link);
    for (uint32_t i = 0; session->linked.count > 0 && i < link->count; i++) {
        void *item = link->items[i];
        bool gone = false;
        if (relation->association == NULL) {
            const corm__link *reference = corm__link_if(item, relation->inverse);
            gone = reference != NULL && reference->loaded && reference->changed &&
                   reference->target != owner;
        } else if (link->changes != NULL) {
            gone = corm__index_of(link->changes->removed, link->changes->removed_count, item) <
                   link->changes->removed_count;
        }
        if (!gone)
            link->items[kept++] = item;
    }
    if (session->linked.count > 0)
        link->count = kept;
    if (!corm__earlier_first(session, owner, relation) ||
        !corm__recent_last(session, owner, relation))
        return corm__no_memory(session);
    if (relation->association == NULL && !relation->view_only &&
        !relation->inverse->remote_is_key &&
        corm__read_references(session, owner, relation, link) != CORM_OK)
        return CORM_OUT_OF_MEMORY;
    if (!relation->to_many) {
        link->target = link->count > 0 ? link->items[0] : NULL;
        corm__heap_release(&session->heap, link->items, link->capacity * sizeof(void *));
        link->items = NULL;
        link->count = link->capacity = 0;
    }
    if (link->changes != NULL)
        link->changes->made_count = 0; /* the items say it */
    link->loaded = true;
    link->prefetched = prefetched;
    link->stamp = session->clock;
    return CORM_OK;
}

/* Empties a link's items before they are loaded; changes stay. */
static void corm__items_clear(corm_session *session, corm__link *link)
{
    corm__changes *changes = link->changes;
    link->changes = NULL;
    corm__link_reset(session, link);
    link->changes = changes;
}

/* What was loaded for all owners together is one batch of siblings. */
static corm_status corm__batch_items(corm_session *session, corm__relation *relation,
                                     const corm__vector *owners)
{
    size_t count = 0;
    for (size_t i = 0; i < owners->count; i++) {
        const corm__link *link = corm__raw_link(owners->items[i], relation);
        count += relation->to_many ? link->count : link->target != NULL;
    }
    if (count == 0)
        return CORM_OK;
    corm__batch *batch = corm__batch_room(session, count);
    if (batch == NULL)
        return corm__no_memory(session);
    for (size_t i = 0; i < owners->count; i++) {
        const corm__link *link = corm__raw_link(owners->items[i], relation);
        if (relation->to_many)
            corm__batch_add(session, batch, link->items, link->count);
        else if (link->target != NULL)
            corm__batch_add(session, batch, &link->target, 1);
    }
    return CORM_OK;
}

/* Loads a collection, or the keyless end of a one-to-one, for all these objects. The first is
 * the one that is asked for; the others are fetched ahead (`ahead`), or loaded for good. `whole`: they
 * are most of a table, and the statement need not name them. */
static corm_status corm__load_lists(corm_session *session, corm__relation *relation,
                                    const corm__vector *owners, bool ahead, bool whole)
{
    corm_status status = CORM_OK;
    const bool sorted = whole || owners->count == 1; /* by the database */
    bool batched = false;
    for (size_t i = 0; i < owners->count; i++) {
        corm__link *link = corm__link_at(owners->items[i], relation);
        if (link == NULL)
            return corm__no_memory(session);
        corm__items_clear(session, link);
    }
    status =
        whole ? corm__load_related_whole(session, relation, owners->items, owners->count, &batched)
              : corm__load_related(session, relation, owners->items, owners->count);
    for (size_t i = 0; i < owners->count && status == CORM_OK; i++)
        status = corm__list_finish(session, owners->items[i], relation, sorted, ahead && i > 0);
    return status == CORM_OK && !batched ? corm__batch_items(session, relation, owners) : status;
}

static corm_status corm__write_only(corm_session *session, void *object,
                                    const corm__relation *relation)
{
    char label[CORM__LABEL_SIZE];
    const char *model = relation->source->model->name;
    return corm__fail(session, CORM_NOT_LOADED,
                      "%s.%s is declared CORM_LAZY_WRITE_ONLY and is never loaded (%s): query it "
                      "with corm_related_to(%s_%s_, object); where the object is deleted, give the "
                      "relationship .passive_deletes = true",
                      model, relation->name, corm__label(object, label), model, relation->name);
}

/* `asked`: by the program; what corm itself needs to know is loaded also where programs must not. */
static corm_status corm__not_loaded(corm_session *session, void *object,
                                    const corm__relation *relation, bool asked)
{
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__record_of(object);
    if (record->state == CORM_STATE_DETACHED || corm__session_at(object) == NULL)
        return corm__fail(session, CORM_DETACHED,
                          "%s is detached and its %s are not loaded: add it to a session first",
                          corm__label(object, label), relation->name);
    if (corm__is_bound(session) && relation->lazy != CORM_LAZY_WRITE_ONLY)
        return corm__misused(session,
                             "%s.%s is not loaded and cannot be loaded inside of %s: load it "
                             "before, for instance with .load = corm_load(%s_.%s)",
                             relation->source->model->name, relation->name, session->running->name,
                             relation->source->model->name, relation->name);
    if (asked && relation->lazy == CORM_LAZY_RAISE)
        return corm__fail(session, CORM_NOT_LOADED,
                          "%s.%s is declared CORM_LAZY_RAISE and was not loaded (%s): name it in "
                          ".load = corm_load(...)",
                          relation->source->model->name, relation->name,
                          corm__label(object, label));
    if (relation->lazy == CORM_LAZY_WRITE_ONLY)
        return corm__write_only(session, object, relation);
    const corm__link *link = asked ? corm__link_if(object, relation) : NULL;
    if (link != NULL && link->barred)
        return corm__fail(session, CORM_NOT_LOADED,
                          "%s.%s was left out by corm_load_never and was not loaded (%s): name it "
                          "in .load = corm_load(...)",
                          relation->source->model->name, relation->name,
                          corm__label(object, label));
    return corm__usable(session);
}

static CORM__COLD corm_status corm__owner_missing(corm_session *session, void *object,
                                                  const corm__relation *relation)
{
    char label[CORM__LABEL_SIZE];
    return corm__fail(session, CORM_ROW_MISSING, "%s: the row of %s is gone",
                      relation->source->model->table, corm__label(object, label));
}

/* A flush deleted the object while its collection was looked at. An expired object has nothing left
 * to look at; a collection holds what still refers to the row: nothing. */
static corm_status corm__list_of_deleted(corm_session *session, void *object,
                                         const corm__relation *relation, bool expired,
                                         corm__link *link)
{
    if (expired)
        return corm__owner_missing(session, object, relation);
    if (link == NULL)
        return corm__no_memory(session);
    corm__link_reset(session, link);
    link->loaded = true;
    return CORM_OK;
}

/* Who looks at a collection of an expired object looks at the object: it is filled again. */
static corm_status corm__owner_current(corm_session *session, void *object,
                                       const corm__relation *relation)
{
    const corm__record *record = corm__record_of(object);
    if (!corm__has_row(record) || !corm__is_expired(object))
        return CORM_OK;
    corm_status status = corm__make_current(session, object);
    return status == CORM_ROW_MISSING ? corm__owner_missing(session, object, relation) : status;
}

/* Comparing so many objects with what was stored costs less than a thousandth of a statement. */
enum { CORM__FEW_OBJECTS = 1000 };

static bool corm__has_few_objects(corm_session *session)
{
    size_t count = 0;
    for (size_t i = 0; i < session->registry->count; i++)
        count += corm__identity_count(corm__identities_of(session, &session->registry->mappers[i]));
    return count <= CORM__FEW_OBJECTS;
}

/* Whether the list came with that of a sibling and nothing that the session knows of waits to be
 * written. Members that were assigned since are looked for where the session has few objects: else all
 * of them would be compared for each list. */
static bool corm__is_fetched(corm_session *session, const corm__relation *relation,
                             const corm__link *link)
{
    return link->loaded && link->prefetched && session->pending.count == 0 &&
           session->deleted.count == 0 && session->linked.count == 0 && session->touched == 0 &&
           corm__prefetch_is_valid(session, relation, link) && !corm__has_few_objects(session);
}

/* The link with its items there, loaded if need be. */
static corm_status corm__list_ready(corm_session *session, void *object, corm__relation *relation,
                                    bool flush, corm__link **out)
{
    corm__vector owners = {NULL, 0, 0};
    corm__record *record = corm__record_of(object);
    corm__link *link = *out = corm__link_at(object, relation);
    if (link == NULL)
        return corm__session_at(object) == NULL ? corm__not_loaded(session, object, relation, flush)
                                                : corm__no_memory(session);
    if (link->loaded && !link->prefetched)
        return CORM_OK;
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING ||
        ((record->flags & CORM__GONE) && record->generation != 0 && !relation->passive_deletes)) {
        link->loaded = true; /* nothing refers to a row that is not there */
        return CORM_OK;
    }
    if (corm__is_void(record))
        return corm__owner_missing(session, object, relation);
    const bool expired = corm__is_expired(object), present = corm__has_row(record);
    corm_status status = corm__not_loaded(session, object, relation, flush);
    if (status == CORM_OK && flush && !link->opened && !corm__is_fetched(session, relation, link))
        status = corm__autoflush(session);
    if (status != CORM_OK)
        return status;
    link = *out = corm__link_at(object, relation);
    if (present && !corm__has_row(record))
        return corm__list_of_deleted(session, object, relation, expired, link);
    status = flush ? corm__owner_current(session, object, relation) : CORM_OK;
    if (status != CORM_OK)
        return status;
    if (link != NULL && link->loaded &&
        (!link->prefetched || corm__prefetch_is_valid(session, relation, link))) {
        link->prefetched = false;
        return CORM_OK;
    }
    bool whole = false;
    status = corm__siblings(session, object, relation, &owners, &whole);
    if (status == CORM_OK)
        status = corm__load_lists(session, relation, &owners, true, whole);
    corm__vector_free(&owners);
    return status;
}

#endif /* CORM__ROOM_LAZY_C */
