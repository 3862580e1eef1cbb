/* belongings.c: what an object has besides its struct and its texts.
 *
 * Owns: the memory of its lists, of what changed in them and of what is rarely there, in the session or
 * in blocks of its own; copying all that, and giving it back.
 * Must not know: when an object leaves a session or comes into one, what the links mean. */
#ifndef CORM__ROOM_BELONGINGS_C
#define CORM__ROOM_BELONGINGS_C

#include "object.c"

/* ---- Lists, and what is rare ----------------------------------------------------------------- */

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

#endif /* CORM__ROOM_BELONGINGS_C */
