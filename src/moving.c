/* moving.c: objects between a session and the program.
 *
 * Owns: where lists and changes of objects lie, with a session and without; what an object takes
 * along when it leaves a session and needs when it comes into one; burying objects and freeing the
 * slabs of a session.
 * Must not know: why an object moves, what the links mean. */
#ifndef CORM__ROOM_MOVING_C
#define CORM__ROOM_MOVING_C

#include "object.c"

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

/* Lists and changes lie in the session's heap, those of an object without a session each in a block
 * of its own. A block may keep an older one alive that the program holds. */
typedef union corm__own {
    union corm__own *older;
    max_align_t aligned;
} corm__own;

static void *corm__list_allocate(corm_session *session, size_t size)
{
    if (session != NULL)
        return corm__heap_allocate(&session->heap, size);
    corm__own *block =
        size > SIZE_MAX - sizeof *block ? NULL : corm__allocate(sizeof *block + size);
    if (block == NULL)
        return NULL;
    block->older = NULL;
    return block + 1;
}

static void corm__list_release(corm_session *session, void *list, size_t size)
{
    if (session != NULL) {
        corm__heap_release(&session->heap, list, size);
        return;
    }
    corm__own *block = list == NULL ? NULL : (corm__own *)list - 1;
    while (block != NULL) {
        corm__own *older = block->older;
        corm__free(block);
        block = older;
    }
}

/* The link's items are these from here on, in a new array. The program may hold the old one. */
static void corm__items_replace(corm_session *session, corm__link *link, void **items,
                                uint32_t capacity)
{
    if (!link->handed)
        corm__list_release(session, link->items, link->capacity * sizeof *items);
    else if (session != NULL)
        corm__retire(session, link->items, link->capacity * sizeof *items);
    else
        ((corm__own *)(void *)items - 1)->older = (corm__own *)(void *)link->items - 1;
    link->items = items;
    link->capacity = capacity;
    link->handed = false;
}

static void corm__changes_drop(corm_session *session, corm__link *link)
{
    corm__changes *changes = link->changes;
    if (changes == NULL)
        return;
    corm__list_release(session, changes->added, changes->added_capacity * sizeof(void *));
    corm__list_release(session, changes->removed, changes->removed_capacity * sizeof(void *));
    corm__list_release(session, changes->recent, changes->recent_capacity * sizeof(void *));
    corm__list_release(session, changes->made, changes->made_capacity * sizeof(void *));
    corm__list_release(session, changes, sizeof *changes);
    link->changes = NULL;
}

/* Gives back the array of a list; the program may have it in its hands. */
static void corm__items_release(corm_session *session, corm__link *link)
{
    if (link->capacity > 0 && link->handed)
        corm__retire(session, link->items, link->capacity * sizeof(void *));
    else if (link->capacity > 0)
        corm__heap_release(&session->heap, link->items, link->capacity * sizeof(void *));
    link->items = NULL;
    link->count = link->capacity = 0;
}

/* One less needs it. NULL is fine. */
static void corm__later_release(corm_session *session, corm__later *later)
{
    if (later != NULL && --later->uses == 0)
        corm__heap_release(&session->heap, later, later->size);
}

static void corm__views_drop(corm_session *session, corm__extra *extra)
{
    corm__rare *rare = extra->rare;
    while (rare != NULL && rare->views != NULL) {
        corm__view *view = rare->views;
        rare->views = view->next;
        corm__items_release(session, &view->list);
        corm__later_release(session, view->later);
        corm__heap_release(&session->heap, view, sizeof *view);
    }
}

/* Frees the lists and changes of an extra that the program does not hold; session NULL: its object
 * has none. */
static void corm__lists_free(corm_session *session, corm__extra *extra)
{
    for (uint16_t i = 0; i < extra->link_count; i++) {
        corm__link *link = &extra->links[i];
        corm__changes_drop(session, link);
        corm__list_release(session, link->items, link->capacity * sizeof(void *));
        link->items = NULL;
    }
}

/* A copy of an array; *capacity is what it has room for. false: out of memory. */
static bool corm__array_copy(corm_session *to, void ***items, uint32_t count, uint32_t *capacity)
{
    void **copy = NULL;
    if (count > 0) {
        copy = corm__list_allocate(to, count * sizeof *copy);
        if (copy != NULL)
            memcpy(copy, *items, count * sizeof *copy);
    }
    *items = copy;
    *capacity = copy == NULL ? 0 : count;
    return copy != NULL || count == 0;
}

/* Copies the changes of one link into another one, which has the rest already. */
static bool corm__changes_copy(corm_session *to, corm__link *link, const corm__changes *from)
{
    link->changes = corm__list_allocate(to, sizeof *from);
    if (link->changes == NULL)
        return false;
    corm__changes *c = link->changes;
    *c = *from;
    c->made = NULL; /* elsewhere, no rollback knows it */
    c->made_count = c->made_capacity = 0;
    bool copied = corm__array_copy(to, &c->added, c->added_count, &c->added_capacity);
    copied = corm__array_copy(to, &c->removed, c->removed_count, &c->removed_capacity) && copied;
    copied = corm__array_copy(to, &c->recent, c->recent_count, &c->recent_capacity) && copied;
    return copied;
}

static void corm__extra_release(corm_session *session, const corm__mapper *mapper,
                                corm__extra *extra)
{
    if (session != NULL) {
        corm__heap_release(&session->heap, extra->rare, sizeof *extra->rare);
        corm__heap_release(&session->heap, extra, corm__extra_size(mapper));
    } else {
        corm__free(extra->rare);
        corm__free(extra);
    }
}

/* A copy for the other session, or for none, without what stays behind. NULL: out of memory. */
static CORM__INLINE corm__rare *corm__rare_copy(const corm__rare *from, corm_session *to)
{
    const size_t size = sizeof(corm__rare);
    corm__rare *copy = to != NULL ? corm__heap_allocate(&to->heap, size) : corm__allocate(size);
    if (copy == NULL)
        return NULL;
    *copy = from == NULL ? (corm__rare){0} : *from;
    copy->session = NULL;
    copy->own_block = copy->own_lists = NULL;
    copy->packed = (corm__luggage){NULL, NULL};
    copy->views = NULL; /* what is shown of a collection ends where the object leaves its session */
    return copy;
}

/* A copy of an extra for the session that its object comes into, NULL: for none. NULL: out of
 * memory. */
static corm__extra *corm__extra_copy(const corm__mapper *mapper, const corm__extra *from,
                                     corm_session *to)
{
    bool copied = true;
    size_t size = corm__extra_size(mapper);
    corm__extra *copy = to != NULL ? corm__heap_allocate(&to->heap, size) : corm__allocate(size);
    if (copy == NULL)
        return NULL;
    memcpy(copy, from, size);
    copy->own = to == NULL;
    copy->rare = corm__rare_copy(from->rare, to);
    copied = copy->rare != NULL;
    for (uint16_t i = 0; i < copy->link_count; i++) {
        corm__link *link = &copy->links[i];
        const corm__changes *changes = link->changes;
        link->handed = false;
        link->changes = NULL;
        copied = corm__array_copy(to, &link->items, link->count, &link->capacity) && copied;
        if (changes != NULL)
            copied = corm__changes_copy(to, link, changes) && copied;
    }
    if (copied)
        return copy;
    corm__lists_free(to, copy);
    corm__extra_release(to, mapper, copy);
    return NULL;
}

/* What an object had ready to take along, which is empty but for texts. */
static CORM__COLD void corm__unpack(corm__rare *rare)
{
    if (rare->packed.extra != NULL)
        corm__free(rare->packed.extra->rare);
    corm__free(rare->packed.extra);
    corm__free(rare->packed.texts);
    rare->packed = (corm__luggage){NULL, NULL};
}

/* What an extra holds outside of the session's heap. */
static void corm__extra_disown(corm__extra *extra)
{
    corm__rare *rare = extra->rare;
    if (rare == NULL)
        return;
    corm__free(rare->own_block);
    corm__list_release(NULL, rare->own_lists, 0);
    rare->own_block = rare->own_lists = NULL;
    if (rare->packed.extra != NULL)
        corm__unpack(rare);
}

/* Frees an extra that is on its own. */
static void corm__extra_free(corm__extra *extra)
{
    if (extra == NULL || !extra->own)
        return;
    corm__lists_free(NULL, extra);
    corm__extra_disown(extra);
    corm__free(extra->rare);
    corm__free(extra);
}

/* Gives the extra of an object of the session back; its lists may be in the program's hands. */
static void corm__extra_drop(corm_session *session, const corm__mapper *mapper, corm__extra *extra)
{
    if (extra == NULL)
        return;
    corm__extra_disown(extra);
    corm__views_drop(session, extra);
    for (uint16_t i = 0; i < extra->link_count; i++) {
        corm__changes_drop(session, &extra->links[i]);
        corm__retire(session, extra->links[i].items, extra->links[i].capacity * sizeof(void *));
    }
    corm__extra_release(session, mapper, extra);
}

/* An empty extra that is on its own. NULL: out of memory. */
static CORM__INLINE corm__extra *corm__extra_empty(const corm__mapper *mapper)
{
    corm__extra *extra = corm__allocate_zeroed(1, corm__extra_size(mapper));
    if (extra == NULL)
        return NULL;
    extra->own = true;
    extra->link_count = mapper->relation_count;
    extra->rare = corm__rare_copy(NULL, NULL);
    if (extra->rare != NULL)
        return extra;
    corm__free(extra);
    return NULL;
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
