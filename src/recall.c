/* recall.c: links that new objects have forgotten since they were inserted.
 *
 * Owns: finding them again, by the keys, before their transaction is undone and they are new again.
 * Must not know: how anything is undone. */
#ifndef CORM__ROOM_RECALL_C
#define CORM__ROOM_RECALL_C

#include "cascade.c"

static bool corm__is_by_key(const corm__relation *relation)
{
    return relation->association == NULL && !relation->view_only;
}

/* Whether the journal says from its entry `count` on to whom the object refers. */
static bool corm__is_told_since(const corm__record *record, size_t count)
{
    const corm__image *image = corm__image_of(record);
    return (record->flags & CORM__VISITED) || (image != NULL && image->place >= count);
}

/* Before the undo: an object that will be new again takes what links to it out of what it has forgotten in part: it
 * comes by its own reference. */
static void corm__recall_begin(corm_session *session, void *object, size_t count)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    corm__extra *extra = record->extra;
    const bool expired =
        extra != NULL && corm__has_row(record) && extra->generation != session->links_generation;
    for (uint16_t i = 0; extra != NULL && i < extra->link_count; i++) {
        corm__link *link = &extra->links[i];
        if (!corm__is_by_key(mapper->relations[i]))
            continue;
        if (expired)
            corm__link_reset(session, link);
        if (link->loaded || !link->forgotten || link->changes == NULL)
            continue;
        corm__changes *c = link->changes;
        uint32_t left = 0;
        for (uint32_t k = 0; k < c->made_count; k++)
            if (!corm__is_told_since(corm__record_of(c->made[k]), count))
                c->made[left++] = c->made[k];
        c->made_count = left;
    }
    if (expired)
        extra->generation = session->links_generation;
}

/* What the owner has forgotten of its end holds who refers to it; without memory only that one knows. */
static void corm__recall_item(corm_session *session, void *owner, const corm__relation *relation,
                              void *item)
{
    corm__extra *extra = corm__record_of(owner)->extra;
    corm__link *link = extra == NULL ? NULL : &extra->links[relation->index];
    if (link == NULL || link->loaded || !link->forgotten)
        return;
    if (!relation->to_many) {
        link->target = item;
        link->loaded = true;
        return;
    }
    corm__changes *c = corm__changes_of(session, link);
    if (c != NULL)
        (void)corm__array_push(session, &c->made, &c->made_count, &c->made_capacity, item);
}

/* The object refers to whom it says, or else to whom its row does; a key that it keeps says so itself. */
static void corm__recall_reference(corm_session *session, const corm__entry *entry,
                                   const corm__relation *relation)
{
    corm__record *record = corm__record_of(entry->object);
    corm__link *link = record->extra == NULL ? NULL : &record->extra->links[relation->index];
    const corm__column *column = &relation->source->columns[relation->local[0]];
    bool known = false;
    void *target = corm__one_now(session, entry->object, relation, &known);
    if (target == NULL)
        return;
    if (entry->event == CORM__INSERTED && link != NULL && !link->loaded &&
        ((entry->as.unset >> relation->local[0] & 1) || corm__imaged(record, column) != NULL)) {
        link->target = target;
        link->loaded = true;
    }
    if (corm__record_of(target)->flags & CORM__VISITED)
        corm__recall_item(session, target, relation->inverse, entry->object);
}

/* An item that will be new again refers to the owner that knows it, unless the program has said otherwise since: false. */
static bool corm__recall_owner(void *owner, const corm__relation *relation, const void *item)
{
    const corm__record *record = corm__record_of(item);
    corm__link *link = record->extra == NULL || !(record->flags & CORM__VISITED)
                           ? NULL
                           : &record->extra->links[relation->inverse->index];
    if (link == NULL || link->target != NULL || link->changed || link->told)
        return link == NULL || link->target == owner;
    link->target = owner;
    link->loaded = true;
    return true;
}

/* What was deleted, and will be new again, knows what it was linked to, of which the keys tell nothing any more. */
static void corm__recall_deleted(corm_session *session, void *owner)
{
    const corm__mapper *mapper = corm__mapper_at(owner);
    const corm__record *record = corm__record_of(owner);
    for (uint16_t i = 0; record->extra != NULL && i < record->extra->link_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        corm__link *link = &record->extra->links[i];
        if (relation->holds_key || !corm__is_by_key(relation) || !link->loaded)
            continue;
        for (uint32_t k = link->count; k > 0; k--)
            if (!corm__recall_owner(owner, relation, link->items[k - 1]))
                (void)corm__items_erase(session, link, link->items[k - 1]);
        if (link->target != NULL && !corm__recall_owner(owner, relation, link->target))
            link->target = NULL;
    }
}

/* Whether the object, which will be new again, has forgotten any of its links since it was inserted. */
static bool corm__has_forgotten(const corm_session *session, const void *object)
{
    const corm__record *record = corm__record_of(object);
    const corm__extra *extra = record->extra;
    const bool stored = corm__has_row(record); /* else only its links tell to whom it refers */
    bool any = extra != NULL && stored && extra->generation != session->links_generation;
    for (uint16_t i = 0; !any && extra != NULL && i < extra->link_count; i++)
        any = extra->links[i].forgotten && !extra->links[i].loaded &&
              (stored || !corm__mapper_at(object)->relations[i]->holds_key);
    return any;
}

/* Whether what was inserted and deleted again had been linked to something that may refer to it. */
static bool corm__was_referred_to(const void *owner)
{
    const corm__record *record = corm__record_of(owner);
    const corm__extra *extra = record->extra;
    bool any = false;
    for (uint16_t i = 0; !any && record->fresh && extra != NULL && i < extra->link_count; i++)
        any = (extra->links[i].count > 0 || extra->links[i].target != NULL) &&
              !corm__mapper_at(owner)->relations[i]->holds_key;
    return any;
}

static bool corm__asks_to_recall(const corm_session *session, const corm__entry *entry)
{
    return entry->event == CORM__INSERTED
               ? corm__has_forgotten(session, entry->object)
               : entry->event == CORM__DELETED && corm__was_referred_to(entry->object);
}

/* New objects keep their links, also where these were expired since: keys still tell who refers to whom. */
static void corm__links_recall(corm_session *session, size_t count)
{
    size_t first = count;
    while (first < session->journal_count &&
           !corm__asks_to_recall(session, &session->journal[first]))
        first++;
    if (first == session->journal_count)
        return;
    for (size_t i = count; i < session->journal_count; i++)
        if (session->journal[i].event == CORM__INSERTED)
            corm__record_of(session->journal[i].object)->flags |= CORM__VISITED;
    for (size_t i = count; i < session->journal_count; i++)
        if (session->journal[i].event == CORM__INSERTED)
            corm__recall_begin(session, session->journal[i].object, count);
    for (size_t i = count; i < session->journal_count; i++) {
        const corm__entry *entry = &session->journal[i];
        const corm__record *record = corm__record_of(entry->object);
        const corm__mapper *mapper = corm__mapper_at(entry->object);
        const bool told = entry->event == CORM__INSERTED ||
                          (entry->event == CORM__UPDATED && !(record->flags & CORM__VISITED) &&
                           corm__image_of(record) == entry->as.image);
        for (uint16_t r = 0; told && r < mapper->relation_count; r++)
            if (mapper->relations[r]->holds_key && corm__is_by_key(mapper->relations[r]))
                corm__recall_reference(session, entry, mapper->relations[r]);
    }
    for (size_t i = count; i < session->journal_count; i++)
        if (session->journal[i].event == CORM__DELETED &&
            (corm__record_of(session->journal[i].object)->flags & CORM__VISITED))
            corm__recall_deleted(session, session->journal[i].object);
    for (size_t i = count; i < session->journal_count; i++)
        corm__record_of(session->journal[i].object)->flags &= (uint16_t)~CORM__VISITED;
}

#endif /* CORM__ROOM_RECALL_C */
