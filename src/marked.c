/* marked.c: many-to-many links of fresh objects inside of a savepoint.
 *
 * Owns: what flushes have written of them since, and taking it back: what such an object had at the savepoint is what
 * it has if the rest is undone, too, and no key tells it then.
 * Must not know: how anything else is undone. */
#ifndef CORM__ROOM_MARKED_C
#define CORM__ROOM_MARKED_C

#include "recall.c"

typedef struct corm__flushed { /* of one relationship, in the journal's memory */
    struct corm__flushed *next;
    uint32_t added, removed;
    uint16_t relation; /* its index */
    void *items[];     /* those that were added, then those that were removed */
} corm__flushed;

/* ---- Noting ----------------------------------------------------------------------------------- */

/* What the next flush writes of the object's many-to-many links. false: out of memory. */
static bool corm__flushed_note(corm_session *session, void *object, corm__flushed **out)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    const corm__extra *extra = record->fresh ? record->extra : NULL;
    *out = NULL;
    for (uint16_t i = 0; extra != NULL && i < extra->link_count; i++) {
        const corm__changes *c = extra->links[i].changes;
        const size_t count = c == NULL ? 0 : (size_t)c->added_count + c->removed_count;
        if (mapper->relations[i]->association == NULL || count == 0)
            continue;
        corm__flushed *flushed = corm__arena_allocate(&session->journal_memory,
                                                      sizeof *flushed + count * sizeof(void *));
        if (flushed == NULL)
            return false;
        *flushed = (corm__flushed){*out, c->added_count, c->removed_count, i};
        for (uint32_t k = 0; k < c->added_count; k++)
            flushed->items[k] = c->added[k];
        for (uint32_t k = 0; k < c->removed_count; k++)
            flushed->items[c->added_count + k] = c->removed[k];
        *out = flushed;
    }
    return true;
}

/* Those that leave the session (VISITED) are forgotten. */
static void corm__flushed_sever(corm__flushed *flushed)
{
    for (; flushed != NULL; flushed = flushed->next) {
        void **to = flushed->items;
        const uint32_t added = flushed->added, count = added + flushed->removed;
        flushed->added = flushed->removed = 0;
        for (uint32_t i = 0; i < count; i++) {
            if (corm__record_of(flushed->items[i])->flags & CORM__VISITED)
                continue;
            *to++ = flushed->items[i];
            *(i < added ? &flushed->added : &flushed->removed) += 1;
        }
    }
}

/* ---- Taking back ------------------------------------------------------------------------------ */

/* Without memory what was removed is not there again. */
static void corm__link_take_back(corm_session *session, corm__link *link, void *const *added,
                                 uint32_t added_count, void *const *removed, uint32_t removed_count)
{
    corm__changes *c = link->changes;
    for (uint32_t i = 0; i < added_count; i++) {
        (void)corm__items_erase(session, link, added[i]);
        while (c != NULL && corm__array_erase(c->made, &c->made_count, added[i]))
            ;
    }
    c = removed_count > 0 && !link->loaded ? corm__changes_of(session, link) : c;
    for (uint32_t i = 0; i < removed_count; i++) {
        if (link->loaded) {
            if (corm__index_of(link->items, link->count, removed[i]) == link->count)
                (void)corm__items_push(session, link, removed[i]);
        } else if (c != NULL &&
                   corm__index_of(c->made, c->made_count, removed[i]) == c->made_count) {
            (void)corm__array_push(session, &c->made, &c->made_count, &c->made_capacity,
                                   removed[i]);
        }
    }
}

/* Of a fresh object, before its links are forgotten: what was not flushed. */
static void corm__unflushed_take_back(corm_session *session, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    corm__extra *extra = corm__has_row(record) && record->fresh ? record->extra : NULL;
    for (uint16_t i = 0; extra != NULL && i < extra->link_count; i++) {
        corm__link *link = &extra->links[i];
        corm__changes *c = link->changes;
        if (mapper->relations[i]->association == NULL || c == NULL)
            continue;
        corm__link_take_back(session, link, c->added, c->added_count, c->removed, c->removed_count);
        c->added_count = c->removed_count = 0;
    }
}

/* And after it what the flush wrote that the entry of the journal is about. */
static void corm__flushed_take_back(corm_session *session, const corm__entry *entry)
{
    const corm__record *record = corm__record_of(entry->object);
    if (entry->event != CORM__LINKED || !corm__has_row(record) || !record->fresh ||
        record->extra == NULL)
        return;
    corm__unflushed_take_back(session, entry->object);
    for (const corm__flushed *f = entry->as.flushed; f != NULL; f = f->next)
        corm__link_take_back(session, &record->extra->links[f->relation], f->items, f->added,
                             f->items + f->added, f->removed);
}

#endif /* CORM__ROOM_MARKED_C */
