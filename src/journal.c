/* journal.c: what flushes did to objects, so that it can be undone.
 *
 * Owns: undoing the journal back to a savepoint or to the beginning, what a commit makes of it.
 * Must not know: SQL, why something was written. */
#ifndef CORM__ROOM_JOURNAL_C
#define CORM__ROOM_JOURNAL_C

#include "struck.c"

/* Inside of a savepoint: whose relationships the flush is about to write. */
static bool corm__journal_links(corm_session *session)
{
    for (size_t i = 0; session->mark_count > 0 && i < session->linked.count; i++) {
        void *object = session->linked.items[i];
        corm__flushed *flushed;
        if (object == NULL || !corm__has_row(corm__record_of(object)))
            continue;
        if (!corm__flushed_note(session, object, &flushed) ||
            !corm__journal_push(session, CORM__LINKED, object, NULL))
            return false;
        session->journal[session->journal_count - 1].as.flushed = flushed;
    }
    return true;
}

/* ---- Undo ------------------------------------------------------------------------------------ */

/* Retires the texts of the snapshot that the image has not. */
static void corm__undo_text(corm_session *session, const corm__mapper *mapper, const void *snapshot,
                            const corm__image *image)
{
    for (uint64_t left = mapper->owning; left != 0; left &= left - 1) {
        const corm__column *column = &mapper->columns[corm__lowest_bit(left)];
        if (corm__image_has_column(image, column))
            corm__retire_member(session, column, snapshot, corm__image_struct(image));
    }
}

/* What the program has unset since the INSERT, and not assigned after that, is unset in the new object. */
static CORM__COLD void corm__keep_unset(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    char *snapshot = corm__snapshot_of(object);
    corm__record *record = corm__record_of(object);
    corm__standing *standing = corm__standing_of(record);
    for (uint64_t left = corm__still_clear(object, corm__rare_read(record)->unset); left != 0;
         left &= left - 1) {
        const corm__column *column = &mapper->columns[corm__lowest_bit(left)];
        corm__retire_member(session, column, snapshot,
                            NULL); /* what differs from it counts as assigned */
        corm__member_clear(column, snapshot);
        standing->unset &= ~corm__default_bit(mapper, (uint16_t)column->index);
        standing->unset |= UINT64_C(1) << column->index;
    }
}

/* The object is new again: it keeps its values and links; a key, a foreign key or another value that
 * the flush filled in is taken back. */
static void corm__undo_insert(corm_session *session, void *object, uint64_t unset)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    char *snapshot = corm__snapshot_of(object);
    const bool pending = record->state == CORM_STATE_PENDING; /* the snapshot is older */
    if (record->state == CORM_STATE_PERSISTENT)
        corm__identity_leave(session, mapper, object);
    if (corm__is_stored(record))
        corm__standing_of(record)->unset = 0;
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        if (!(unset >> i & 1))
            continue;
        if (column->reference == NULL && column->primary_key) {
            if (!pending && !corm__member_same(column, object, snapshot))
                continue; /* the program has given another one since */
        } else if (column->reference == NULL) {
            const bool same = corm__member_same(column, object, snapshot);
            if (same)
                corm__standing_of(record)->unset |= UINT64_C(1) << i;
            if (!(mapper->filled >> i & 1) || !(same || pending))
                continue;
        }
        corm__retire_member(session, column, snapshot, NULL);
        corm__member_clear(column, object);
        corm__member_clear(column, snapshot);
        corm__standing_of(record)->unset |= UINT64_C(1) << i;
    }
    record->state = CORM_STATE_TRANSIENT;
    record->flags &= (uint16_t) ~(CORM__MARKED_DELETED | CORM__PENDING_LISTED | CORM__DIRTY_LINKS);
    record->generation = session->generation;
    corm__image_set(record, NULL);
    record->deferred = record->fresh = false;
    if (CORM__UNLIKELY(corm__rare_read(record)->unset != 0))
        corm__keep_unset(session, object);
    corm__bits_clear(record);
    if (corm__rare_known(record) != NULL)
        record->extra->rare->expired = 0;
    if (!record->expunged) /* else what was assigned since is the program's */
        (void)corm__texts_keep(session, object);
}

/* Whether what the image has is the key, or some of it. */
static bool corm__image_has_key(const corm__image *image, const corm__mapper *mapper)
{
    bool has = false;
    for (uint16_t i = 0; i < mapper->pk_count && !has; i++)
        has = corm__image_has_column(image, &mapper->columns[mapper->pk[i]]);
    return has;
}

/* Another object that has come in under the key since the object lost it belongs to no row of the session any more: it
 * is detached, unless it is undone, too. */
static void corm__undo_coming(corm_session *session, const corm__mapper *mapper, const void *object)
{
    corm__key key;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    void *other = corm__identity_find(session, mapper->root, key.values);
    if (other == NULL)
        return;
    corm__record *record = corm__record_of(other);
    for (const corm__image *image = corm__image_of(record); image != NULL; image = image->previous)
        if (corm__image_has_key(image, corm__mapper_at(other)))
            return;
    if (record->fresh)
        return;
    corm__identity_leave(session, corm__mapper_at(other), other);
    corm__standing_of(record)->batch = NULL;
    record->state = CORM_STATE_DETACHED;
    record->flags &= (uint16_t)~CORM__MARKED_DELETED;
    if (record->extra != NULL)
        corm__links_reset(session, record->extra);
}

/* The snapshot is as it was. What the program assigned stays in the members until it is known whether the
 * object is new again; what an UPDATE fills in does not, and what is not loaded comes back. */
static void corm__undo_update(corm_session *session, void *object, corm__image *image)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    char *snapshot = corm__snapshot_of(object);
    bool known = record->state == CORM_STATE_PERSISTENT;
    if (known)
        corm__identity_leave(session, mapper, object);
    corm__undo_text(session, mapper, snapshot, image);
    memcpy(snapshot + image->first, image + 1, image->size);
    for (uint64_t left = mapper->update_functions | corm__version_bit(mapper) | mapper->generated |
                         mapper->deferred;
         left != 0; left &= left - 1) {
        const corm__column *column = &mapper->columns[corm__lowest_bit(left)];
        if (!column->info->options.deferred || !corm__is_known(object, column))
            corm__member_copy(column, object, snapshot);
    }
    if (known && corm__image_has_key(image, mapper))
        corm__undo_coming(session, mapper, object);
    if (known)
        corm__identity_enter(session, mapper, object);
    corm__image_set(record, image->previous);
    record->generation = 0;
    if (corm__rare_known(record) != NULL)
        record->extra->rare->loaded = 0; /* what the image does not have is not known */
}

static void corm__undo_delete(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    corm__mapper *mapper = corm__mapper_at(object);
    if (record->state != CORM_STATE_DELETED)
        return;
    corm__undo_coming(session, mapper, object);
    record->state = CORM_STATE_PERSISTENT;
    record->flags &= (uint16_t)~CORM__DISPLACED;
    corm__standing_of(record)->batch = NULL;
    corm__identity_enter(session, mapper, object);
}

/* What was put into a collection that was not loaded is all that a new object has; of what was put in twice
 * the later place counts. */
static void corm__made_take(corm_session *session, corm__link *link)
{
    corm__changes *c = link->changes;
    uint32_t count = 0;
    if (link->loaded || c == NULL || c->made_count == 0)
        return;
    for (uint32_t i = c->made_count; i > 0; i--) {
        corm__record *record = corm__record_of(c->made[i - 1]);
        if (record->last)
            c->made[i - 1] = NULL;
        record->last = true;
    }
    for (uint32_t i = 0; i < c->made_count; i++) {
        if (c->made[i] == NULL)
            continue;
        corm__record_of(c->made[i])->last = false;
        c->made[count++] = c->made[i];
    }
    c->made_count = count;
    corm__items_release(session, link);
    link->items = c->made;
    link->count = c->made_count;
    link->capacity = c->made_capacity;
    link->handed = false;
    link->loaded = true;
    link->told = true;
    c->made = NULL;
    c->made_count = c->made_capacity = 0;
}

/* A new object that is transient again keeps its links. A persistent object belongs to whom the
 * database says, and does not know who new refers to it, until the new one comes back. */
static void corm__undo_links(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__extra *extra = corm__record_of(object)->extra;
    for (uint16_t i = 0; extra != NULL && i < mapper->relation_count; i++) {
        corm__relation *relation = mapper->relations[i];
        corm__link *link = &extra->links[i];
        if (relation->view_only) {
            corm__link_reset(session, link);
            continue;
        }
        corm__made_take(session, link);
        corm__changes_drop(session, link);
        link->prefetched = false;
        link->kept = !relation->holds_key || link->target != NULL;
        if (!relation->to_many)
            link->changed = link->target != NULL || (relation->holds_key && link->changed);
    }
}

/* Undoes the journal back to `count` entries. Cannot fail. */
static void corm__journal_undo(corm_session *session, size_t count)
{
    size_t end = session->journal_count;
    for (size_t i = end; i > count; i--) {
        corm__entry *entry = &session->journal[i - 1];
        if (entry->event == CORM__INSERTED)
            corm__undo_insert(session, entry->object, entry->as.unset);
        else if (entry->event == CORM__DELETED)
            corm__undo_delete(session, entry->object);
        else if (entry->event == CORM__UPDATED)
            corm__undo_update(session, entry->object, entry->as.image);
    }
    for (size_t i = count; i < end; i++) {
        void *object = session->journal[i].object;
        if (session->journal[i].event == CORM__INSERTED)
            corm__undo_links(session, object);
        else if (session->journal[i].event == CORM__UPDATED &&
                 corm__record_of(object)->state != CORM_STATE_TRANSIENT) {
            corm__struct_restore(corm__mapper_at(object), object, corm__snapshot_of(object));
            corm__bits_clear(corm__record_of(object)); /* the restored members hide them */
        }
    }
    session->journal_count = count;
    if (count > 0)
        return;
    corm__identities_settle(session);
    corm__arena_reset(&session->journal_memory);
}

/* ---- What was loaded, after a savepoint was undone ------------------------------------------- */

/* Whether it was the same before. */
static bool corm__refers_alike(const corm__relation *relation, const corm__key *key,
                               const corm__image *before)
{
    char scratch[CORM__SCRATCH];
    for (uint16_t i = 0; i < relation->key_count; i++) {
        const corm__column *column = &relation->source->columns[relation->local[i]];
        if (!corm__image_has_column(before, column))
            continue;
        const corm_value was = corm__member_value(column, corm__image_struct(before), scratch);
        if (!corm__value_equal(&key->values[i], &was))
            return false;
    }
    return true;
}

/* The object's owner by the key in its snapshot forgets its end, if that was loaded and holds the
 * object (`holds`), or does not. What will be forgotten anyway is not looked through, nor is the owner
 * that the object has in `unless` as well. */
static void corm__owner_forgets(corm_session *session, const corm__relation *relation,
                                const void *object, const corm__image *unless, bool holds)
{
    corm__key key;
    if (!relation->holds_key || !relation->remote_is_key)
        return;
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &key);
    if (unless != NULL && corm__refers_alike(relation, &key, unless))
        return;
    void *owner = corm__key_is_null(relation, &key)
                      ? NULL
                      : corm__identity_find(session, relation->target, key.values);
    if (owner == NULL || (corm__record_of(owner)->flags & CORM__VISITED))
        return;
    corm__link *link = corm__link_if(owner, relation->inverse);
    if (link == NULL || !link->loaded)
        return;
    bool held = relation->inverse->to_many
                    ? corm__index_of(link->items, link->count, object) < link->count
                    : link->target == object;
    if (held == holds)
        corm__link_reset(session, link);
}

static void corm__owners_forget(corm_session *session, const void *object,
                                const corm__image *unless, bool holds)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++)
        corm__owner_forgets(session, mapper->relations[i], object, unless, holds);
}

/* Links to a deleted object went without a word to the other ends: those that have been loaded since
 * do not hold it. */
static void corm__others_forget(corm_session *session, const corm__relation *relation,
                                const void *object)
{
    for (size_t f = 0; f < relation->target->family_count; f++) {
        corm__store *store = corm__store_of(session, relation->target->family[f]);
        for (size_t s = 0; s < store->slabs.count; s++) {
            corm__slab *slab = store->slabs.items[s];
            for (uint32_t i = 0; slab->records != NULL && i < slab->used; i++) {
                const corm__record *record = &slab->records[i];
                if (!corm__is_of(session, corm__object_at(slab, i)) || record->extra == NULL ||
                    !corm__has_row(record))
                    continue;
                corm__link *link = corm__link_if(corm__object_at(slab, i), relation->inverse);
                if (link->loaded && corm__index_of(link->items, link->count, object) == link->count)
                    corm__link_reset(session, link);
            }
        }
    }
}

/* What was changed since the savepoint is read again. */
static void corm__expire_again(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    record->generation = 0;
    corm__unflushed_take_back(session, object);
    if (record->extra != NULL)
        corm__links_forget(session, object);
}

/* Before the undo: what has been loaded since may hold what will not be there. What is new keeps its
 * links, what was written forgets them all. */
static void corm__forget_undone(corm_session *session, size_t count)
{
    for (size_t i = count; i < session->journal_count; i++) {
        const corm__entry *entry = &session->journal[i];
        if (entry->event != CORM__DELETED)
            corm__record_of(entry->object)->flags |= CORM__VISITED;
    }
    for (size_t i = count; i < session->journal_count; i++) {
        const corm__entry *entry = &session->journal[i];
        if ((entry->event == CORM__INSERTED || entry->event == CORM__UPDATED) &&
            corm__has_row(corm__record_of(entry->object)))
            corm__owners_forget(session, entry->object,
                                entry->event == CORM__UPDATED ? entry->as.image : NULL, true);
    }
}

/* And after it, may lack what is there again. */
static void corm__forget_restored(corm_session *session, size_t count, size_t end)
{
    for (size_t i = end; i > count; i--)
        corm__flushed_take_back(session, &session->journal[i - 1]);
    for (size_t i = count; i < end; i++) {
        const corm__entry *entry = &session->journal[i];
        void *object = entry->object;
        corm__record *record = corm__record_of(object);
        const corm__mapper *mapper = corm__mapper_at(object);
        /* a deleted object was in no list of what has changed */
        if (corm__has_row(record) &&
            ((record->flags & CORM__VISITED) ||
             (entry->event == CORM__DELETED && corm__links_changed(object))))
            corm__expire_again(session, object);
        if (!corm__has_row(record) || entry->event == CORM__LINKED)
            continue;
        corm__owners_forget(session, object, NULL, false);
        for (uint16_t r = 0; entry->event == CORM__DELETED && r < mapper->relation_count; r++) {
            if (mapper->relations[r]->association != NULL)
                corm__others_forget(session, mapper->relations[r], object);
        }
    }
    for (size_t i = count; i < end; i++)
        corm__record_of(session->journal[i].object)->flags &= (uint16_t)~CORM__VISITED;
}

/* Undoes what came after a savepoint. What was loaded of objects that were not written since then is
 * as it was, and stays. Cannot fail. */
static void corm__journal_undo_part(corm_session *session, size_t count)
{
    const size_t end = session->journal_count;
    corm__links_recall(session, count);
    corm__forget_undone(session, count);
    corm__journal_undo(session, count);
    corm__forget_restored(session, count, end);
}

/* ---- Commit ---------------------------------------------------------------------------------- */

/* The texts that only images have are retired. Whether one has a text still tells the next newer image that has the
 * column, or the snapshot. */
static void corm__images_end(corm_session *session, const corm__mapper *mapper, const void *object,
                             const corm__image *newest)
{
    for (const corm__image *image = newest; image != NULL; image = image->previous) {
        for (uint64_t left = mapper->owning; left != 0; left &= left - 1) {
            const corm__column *column = &mapper->columns[corm__lowest_bit(left)];
            const void *later = corm__snapshot_of(object);
            if (!corm__image_has_column(image, column))
                continue;
            for (const corm__image *newer = newest; newer != image; newer = newer->previous)
                if (corm__image_has_column(newer, column))
                    later = corm__image_struct(newer);
            corm__retire_member(session, column, corm__image_struct(image), later);
        }
    }
}

/* Images are not needed any more. Deleted objects are detached. */
static void corm__journal_commit(corm_session *session)
{
    corm__journal_settle(session);
    for (size_t i = 0; i < session->journal_count; i++) {
        void *object = session->journal[i].object;
        corm__record *record = corm__record_of(object);
        if (record->state == CORM_STATE_DELETED) {
            record->state = CORM_STATE_DETACHED;
            if (!(record->flags & CORM__DISPLACED))
                record->flags |= CORM__GONE;
            record->flags &= (uint16_t)~CORM__DISPLACED;
            if (record->generation != 0)                  /* else it has expired since its delete */
                record->generation = session->generation; /* no row is newer than the members */
        }
        corm__images_end(session, corm__mapper_at(object), object, corm__image_of(record));
        corm__image_set(record, NULL);
        record->fresh = false;
    }
    session->journal_count = 0;
    corm__identities_settle(session);
    corm__arena_reset(&session->journal_memory);
}

#endif /* CORM__ROOM_JOURNAL_C */
