/* moving.c: objects between a session and the program.
 *
 * Owns: what an object takes along when it leaves a session and needs when it comes into one; burying
 * objects and freeing the slabs of a session.
 * Must not know: why an object moves, what the links mean. */
#ifndef CORM__ROOM_MOVING_C
#define CORM__ROOM_MOVING_C

#include "belongings.c"

/* ---- Leaving a session and coming into one --------------------------------------------------- */

/* Whether the member is the text that its snapshot is. The rest of a BLOB is another value. */
static bool corm__text_is_shared(const corm__column *column, const void *object,
                                 const void *snapshot)
{
    const void *a = NULL, *b = NULL;
    size_t size = corm__member_block(column, object, &a);
    return size == corm__member_block(column, snapshot, &b) && a == b && a != NULL;
}

/* Bytes of all texts of a struct and its snapshot that differ. */
static CORM__INLINE size_t corm__texts_size(const corm__mapper *mapper, const void *object,
                                            const void *snapshot)
{
    size_t total = 0;
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        const void *block = NULL;
        total += corm__member_block(column, object, &block);
        if (!corm__text_is_shared(column, object, snapshot))
            total += corm__member_block(column, snapshot, &block);
    }
    return total;
}

static void *corm__text_move(const corm__column *column, void *in, char **next)
{
    const void *block = NULL;
    size_t size = corm__member_block(column, in, &block);
    if (block == NULL)
        return NULL;
    memcpy(*next, block, size - 1);
    (*next)[size - 1] = 0;
    const void *pointer = *next;
    memcpy((char *)in + column->offset, &pointer, sizeof pointer);
    *next += size;
    return (char *)in + column->offset;
}

/* Moves all texts of the object into `memory`; members and snapshot that shared a text still
 * share it. */
static CORM__INLINE void corm__texts_move(const corm__mapper *mapper, void *object, void *snapshot,
                                          char *memory)
{
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        const bool shared = corm__text_is_shared(column, object, snapshot);
        (void)corm__text_move(column, object, &memory);
        if (shared)
            corm__member_copy(column, snapshot, object);
        else
            (void)corm__text_move(column, snapshot, &memory);
    }
}

static bool corm__luggage_pack(void *object, corm__luggage *out)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    size_t size = corm__texts_size(mapper, object, corm__snapshot_of(object));
    out->texts = size == 0 ? NULL : corm__allocate(size);
    out->extra = record->extra != NULL ? corm__extra_copy(mapper, record->extra, NULL)
                                       : corm__extra_empty(mapper);
    if (out->extra != NULL && (size == 0 || out->texts != NULL))
        return true;
    corm__free(out->texts);
    corm__extra_free(out->extra);
    return false;
}

/* The same without its links: they may change before it leaves. */
static bool corm__luggage_reserve(void *object, corm__luggage *out)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const size_t size = corm__texts_size(mapper, object, corm__snapshot_of(object));
    char *texts = size == 0 ? NULL : corm__allocate(size);
    if (size > 0 && texts == NULL)
        return false;
    *out = (corm__luggage){corm__extra_empty(mapper), texts};
    if (out->extra == NULL)
        corm__free(texts);
    return out->extra != NULL;
}

static void corm__luggage_free(corm__luggage *luggage)
{
    corm__free(luggage->texts);
    corm__extra_free(luggage->extra);
}

/* The object belongs to the program from here on. It must be out of every list of the session. */
static CORM__INLINE void corm__object_leave(corm_session *session, void *object,
                                            corm__luggage *luggage)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++)
        corm__retire_member(session, &mapper->columns[i], corm__snapshot_of(object), NULL);
    corm__texts_move(mapper, object, corm__snapshot_of(object), luggage->texts);
    corm__rare *rare = corm__rare_known(record);
    if (rare != NULL) {
        luggage->extra->rare->own_lists = rare->own_lists;
        rare->own_lists = NULL;
    }
    corm__extra_drop(session, mapper, record->extra);
    luggage->extra->rare->own_block = luggage->texts;
    corm__extra_put(object, record, luggage->extra);
    corm__image_set(record, NULL);
    record->away = true; /* in the program's hands */
    record->fresh = record->expunged = false;
    corm__slab *slab = corm__slab_of(object);
    corm__global_lock();
    if (slab->owner == session)
        slab->block->outside++;
    corm__global_unlock();
    record->flags = (uint16_t)(record->flags & (CORM__LIVE | CORM__GONE));
}

/* What an object needs in the session that it comes into: prepared first, because it may fail, and
 * taken over then. */
typedef struct corm__arrival {
    corm__extra *extra;
    char *copies[CORM__COLUMN_MAX]; /* room for the texts of the snapshot */
} corm__arrival;

static void corm__arrival_free(corm_session *session, void *object, corm__arrival *arrival)
{
    corm__mapper *mapper = corm__mapper_at(object);
    const void *block = NULL;
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++)
        corm__heap_release(
            &session->heap, arrival->copies[i],
            corm__member_block(&mapper->columns[i], corm__snapshot_of(object), &block));
    if (arrival->extra == NULL)
        return;
    corm__lists_free(session, arrival->extra);
    corm__extra_release(session, mapper, arrival->extra);
}

/* false: out of memory. */
static bool corm__arrival_prepare(corm_session *session, void *object, corm__arrival *out)
{
    corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    if (record->extra == NULL)
        return true;
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const void *block = NULL;
        size_t size = corm__member_block(&mapper->columns[i], corm__snapshot_of(object), &block);
        if (size == 0)
            continue;
        out->copies[i] = corm__heap_allocate(&session->heap, size);
        if (out->copies[i] == NULL)
            return false;
    }
    out->extra = corm__extra_copy(mapper, record->extra, session);
    return out->extra != NULL;
}

/* The texts of a snapshot move into the session; members that share them follow, others stay
 * borrowed from the object's own block, which lives on until the object leaves or dies. */
static void corm__texts_arrive(const corm__mapper *mapper, void *object, void *snapshot,
                               char *copies[CORM__COLUMN_MAX])
{
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        if (copies[i] == NULL)
            continue;
        const bool shared = corm__text_is_shared(column, object, snapshot);
        (void)corm__text_move(column, snapshot, &copies[i]);
        if (shared)
            corm__member_copy(column, object, snapshot);
    }
}

/* Lists that the program may hold live on with the object. */
static void corm__lists_keep(corm__extra *from, corm__extra *to)
{
    corm__rare *rare = to->rare;
    rare->own_lists = from->rare->own_lists;
    from->rare->own_lists = NULL;
    for (uint16_t i = 0; i < from->link_count; i++) {
        corm__link *link = &from->links[i];
        corm__own *block = link->items == NULL ? NULL : (corm__own *)(void *)link->items - 1;
        corm__own *kept = block == NULL || link->handed ? block : block->older, *last = kept;
        if (kept == NULL)
            continue;
        while (last->older != NULL)
            last = last->older;
        last->older = rare->own_lists == NULL ? NULL : (corm__own *)rare->own_lists - 1;
        rare->own_lists = kept + 1;
        if (link->handed)
            link->items = NULL;
        else
            block->older = NULL;
    }
}

/* Of an object that has come into a session: lists that are not complete, as what they lack stayed in the one that it
 * left, are not loaded. */
static void corm__cut_lists_forget(corm_session *session, corm__extra *extra)
{
    for (uint16_t i = 0; i < extra->link_count; i++) {
        corm__link *link = &extra->links[i];
        corm__changes *changes = link->changes;
        if (!link->cut)
            continue;
        corm__items_release(session, link);
        *link = (corm__link){.changes = changes};
    }
}

/* How often objects that belonged to nobody have come into a session or were freed: others that were linked to them
 * may not know. Written under the global lock. */
static CORM__SHARED(uintptr_t) corm__gone;

/* An object without a session belongs to this one from here on, which has room for it among the
 * adopted ones. */
static void corm__object_join(corm_session *session, void *object, corm__arrival *arrival)
{
    corm__record *record = corm__record_of(object);
    corm__slab *slab = corm__slab_of(object);
    if (arrival->extra != NULL) {
        corm__texts_arrive(corm__mapper_at(object), object, corm__snapshot_of(object),
                           arrival->copies);
        corm__lists_keep(record->extra, arrival->extra);
        arrival->extra->rare->own_block = record->extra->rare->own_block;
        record->extra->rare->own_block = NULL;
        corm__extra_free(record->extra);
    }
    corm__extra_put(object, record, arrival->extra);
    record->away = slab->owner != session;
    if (record->away)
        record->extra->rare->session = session;
    record->generation = record->generation == 0 ? 0 : session->generation;
    if (slab->owner != session) {
        session->adopted.items[session->adopted.count++] = object;
        record->flags |= CORM__ADOPTED;
        return;
    }
    corm__global_lock();
    slab->block->outside--;
    corm__global_unlock();
}

/* The same for several objects, all or none. false: out of memory. */
static bool corm__objects_join(corm_session *session, const corm__vector *objects)
{
    corm__arrival *arrivals = corm__allocate_zeroed(objects->count, sizeof *arrivals);
    bool prepared =
        arrivals != NULL &&
        corm__vector_reserve(&session->adopted, session->adopted.count + objects->count);
    size_t tried = 0;
    while (prepared && tried < objects->count) {
        prepared = corm__arrival_prepare(session, objects->items[tried], &arrivals[tried]);
        tried++;
    }
    session->linkings++;
    session->holders.ended = UINT32_MAX; /* nobody has looked at these */
    for (size_t i = 0; i < tried; i++) {
        if (prepared)
            corm__object_join(session, objects->items[i], &arrivals[i]);
        else
            corm__arrival_free(session, objects->items[i], &arrivals[i]);
    }
    corm__global_lock();
    CORM__WRITE(corm__gone, CORM__READ(corm__gone) + 1);
    corm__global_unlock();
    corm__free(arrivals);
    return prepared;
}

/* Frees an object that belongs to nobody; its slab too, if it was the last one of a closed
 * session. */
static void corm__object_bury(void *object)
{
    corm__slab *slab = corm__slab_of(object);
    corm__record *record = corm__record_of(object);
    corm__block *block = slab->block;
    corm__registry *registry = NULL;
    corm__extra_free(record->extra);
    corm__global_lock();
    record->flags = 0;
    record->extra = NULL;
    slab->live--;
    block->outside--;
    CORM__WRITE(corm__gone, CORM__READ(corm__gone) + 1);
    if (slab->owner != NULL && slab->mapper->size >= sizeof(void *)) {
        corm__store *store = corm__store_of(slab->owner, slab->mapper);
        memcpy(object, &store->returned, sizeof(void *));
        store->returned = object;
    }
    if (block->orphan && block->outside == 0) {
        registry = block->registry;
        corm__block_free(block);
    }
    corm__global_unlock();
    corm__registry_release(registry);
}

/* Frees every slab of the session but those in which objects live on that belong elsewhere. */
static void corm__slabs_free(corm_session *session)
{
    for (size_t i = 0; i < session->adopted.count; i++) {
        void *object = session->adopted.items[i];
        corm__extra *extra = corm__record_of(object)->extra;
        if (extra != NULL)
            corm__extra_disown(extra);
        corm__record_of(object)->extra = NULL;
        corm__object_bury(object);
    }
    session->adopted.count = 0;
    for (size_t i = 0; i < session->blocks.count; i++) {
        corm__block *block = session->blocks.items[i];
        corm__registry *registry = NULL;
        for (corm__slab *slab = block->newest; slab != NULL; slab = slab->older) {
            for (uint32_t o = 0; o < slab->used; o++) {
                corm__record *record = &slab->records[o];
                if (!corm__is_of(session, corm__object_at(slab, o)))
                    continue;
                if (record->extra != NULL)
                    corm__extra_disown(record->extra);
                record->flags = 0;
                record->extra = NULL;
            }
        }
        corm__global_lock();
        block->orphan = true;
        for (corm__slab *slab = block->newest; slab != NULL; slab = slab->older)
            slab->owner = NULL;
        if (block->outside == 0) {
            registry = block->registry;
            corm__block_free(block);
        }
        corm__global_unlock();
        corm__registry_release(registry);
    }
    session->blocks.count = 0;
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__store *store = &session->stores[m];
        corm__vector_free(&store->slabs);
        corm__free(store->identities.block);
        corm__free(store->identities.others.block);
        store->identities = (corm__identity_map){.numbered = store->identities.numbered};
        store->newest = NULL;
        store->free_slots = store->returned = NULL;
    }
}

#endif /* CORM__ROOM_MOVING_C */
