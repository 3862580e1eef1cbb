/* expunged.c: objects that are expunged although the session still has to do with them: new ones that are linked to
 * others in it, and those that its transaction has inserted.
 *
 * Owns: that they keep their links, and their place in the session's memory for as long as it is there; what becomes of
 * them when it ends.
 * Must not know: SQL. */
#ifndef CORM__ROOM_EXPUNGED_C
#define CORM__ROOM_EXPUNGED_C

#include "journal.c"
#include "sever.c"

/* Whether a link leads to an object that is not VISITED. */
static bool corm__leads_away(const corm__link *link)
{
    bool away = link->target != NULL && !(corm__record_of(link->target)->flags & CORM__VISITED);
    for (uint32_t i = 0; i < link->count && !away; i++)
        away = !(corm__record_of(link->items[i])->flags & CORM__VISITED);
    return away;
}

/* Whether one that is not VISITED is linked to the object, which does not know. */
static bool corm__is_held(const corm_session *session, const void *object)
{
    const corm__holders *holders = &session->holders;
    for (size_t i = corm__holders_of(holders, object);
         i < holders->count && holders->by_target[i]->target == object; i++)
        if (!holders->by_target[i]->gone &&
            !(corm__record_of(holders->by_target[i]->holder)->flags & CORM__VISITED))
            return true;
    return false;
}

/* Whether these new objects are linked to none but each other. */
static bool corm__are_apart(corm_session *session, const corm__vector *objects)
{
    bool apart = corm__holders_are_listed(session, objects->items, objects->count);
    for (size_t i = 0; i < objects->count; i++)
        corm__record_of(objects->items[i])->flags |= CORM__VISITED;
    for (size_t i = 0; i < objects->count && apart; i++) {
        const corm__extra *extra = corm__record_of(objects->items[i])->extra;
        apart = !corm__is_held(session, objects->items[i]);
        for (uint16_t r = 0; extra != NULL && r < extra->link_count && apart; r++)
            apart = !corm__leads_away(&extra->links[r]);
    }
    for (size_t i = 0; i < objects->count; i++)
        corm__record_of(objects->items[i])->flags &= (uint16_t)~CORM__VISITED;
    return apart;
}

/* Whether a key that the program has assigned, and no flush has written, is a text: whoever reads the row by it must not
 * be told that it is stored. */
static bool corm__is_given_a_key(const void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    bool rekeyed = false;
    for (uint64_t left = mapper->owning; left != 0 && !rekeyed; left &= left - 1) {
        const corm__column *column = &mapper->columns[corm__lowest_bit(left)];
        rekeyed = (column->primary_key || column->reference != NULL) &&
                  !corm__member_equal(column, object, corm__snapshot_of(object));
    }
    return rekeyed;
}

/* Whether the transaction has to do with these objects also when they are expunged: its end decides whether rows of
 * theirs are there, or others of the session are linked to what is new. */
static bool corm__are_here_only(corm_session *session, const corm__vector *objects)
{
    bool fresh = false, old = false;
    for (size_t i = 0; i < objects->count; i++) {
        const corm__record *record = corm__record_of(objects->items[i]);
        fresh = fresh || record->fresh;
        old = old || !(record->fresh || corm__is_new(record));
    }
    for (size_t i = 0; i < objects->count && fresh; i++)
        if (!corm__is_new(corm__record_of(objects->items[i])) &&
            corm__is_given_a_key(objects->items[i]))
            return false;
    return fresh || (!old && !corm__are_apart(session, objects));
}

/* Texts that were assigned since the last flush become the object's own, and are still to be written. false: out of
 * memory. */
static bool corm__assigned_keep(corm_session *session, void *object, corm__rare *rare)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    void *snapshot = corm__snapshot_of(object);
    for (uint64_t left = mapper->owning; left != 0; left &= left - 1) {
        const corm__column *column = &mapper->columns[corm__lowest_bit(left)];
        if (corm__member_equal(column, object, snapshot)) {
            corm__member_copy(column, object, snapshot);
            continue;
        }
        if (!corm__member_own(session, column, object, snapshot))
            return false;
        corm__snapshot_replace(session, column, corm__record_of(object), snapshot, object);
        if ((rare->touched | rare->unset) == 0)
            session->touched++;
        rare->touched |= UINT64_C(1) << column->index;
    }
    return true;
}

/* No undo gives it back what it was: it has what was last written. */
static void corm__images_strike(corm_session *session, const void *object)
{
    corm__record *record = corm__record_of(object);
    corm__images_end(session, corm__mapper_at(object), object, corm__image_of(record));
    for (const corm__image *i = corm__image_of(record); i != NULL; i = i->previous) {
        session->journal[i->place].object = NULL;
        session->struck.any = true;
    }
    corm__image_set(record, NULL);
}

/* It is detached. */
static void corm__stored_leave(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    const bool expired = corm__is_expired(object);
    corm__images_strike(session, object);
    if (expired && record->extra->generation != session->links_generation)
        corm__links_reset(session, record->extra); /* nobody could load it again */
    corm__identity_leave(session, corm__mapper_at(object), object);
    corm__strike(session, record, object);
    record->state = CORM_STATE_DETACHED;
    record->generation = expired ? 0 : 1;
}

/* These objects leave the session, but not its memory. What they take along when it ends is made now: then nothing may
 * fail. */
static corm_status corm__expunge_here(corm_session *session, const corm__vector *objects)
{
    for (size_t i = 0; i < objects->count; i++) {
        void *object = objects->items[i];
        if (corm__record_of(object)->expunged) /* before: it has what it needs */
            continue;
        corm__rare *rare = corm__rare_of(object);
        if (rare == NULL)
            return corm__no_memory(session);
        corm__unpack(rare);
        if (!(corm__is_new(corm__record_of(object)) ? corm__texts_keep(session, object)
                                                    : corm__assigned_keep(session, object, rare)) ||
            !corm__luggage_reserve(object, &rare->packed)) {
            rare->packed = (corm__luggage){NULL, NULL};
            return corm__no_memory(session);
        }
    }
    for (size_t i = 0; i < objects->count; i++) {
        void *object = objects->items[i];
        if (corm__is_new(corm__record_of(object)))
            corm__pending_leave(session, object);
        else
            corm__stored_leave(session, object);
        corm__record_of(object)->expunged = true;
    }
    session->expunged = true;
    session->epoch++; /* batches may name objects that are not the session's any more */
    return CORM_OK;
}

/* ---- The session ends ------------------------------------------------------------------------- */

static corm_status corm__expunged_mark(corm_session *session, void *object, void *argument)
{
    (void)session;
    (void)argument;
    if (corm__record_of(object)->expunged)
        corm__record_of(object)->flags |= CORM__VISITED;
    return CORM_OK;
}

/* Links among those that go are kept, unless memory is out. */
static corm_status corm__expunged_pack(corm_session *session, void *object, void *argument)
{
    corm__record *record = corm__record_of(object);
    corm__extra *extra = NULL;
    (void)argument;
    if (!record->expunged)
        return CORM_OK;
    if (corm__sever(session, object) == CORM_OK)
        extra = corm__extra_copy(corm__mapper_at(object), record->extra, NULL);
    if (extra != NULL) {
        corm__extra_free(record->extra->rare->packed.extra);
        record->extra->rare->packed.extra = extra;
    }
    return CORM_OK;
}

/* A member that points into the text that its snapshot had goes on to do so where that is now. */
static void corm__member_follow(const corm__column *column, void *object, const void *before,
                                size_t size)
{
    const uintptr_t offset = (uintptr_t)corm__member_pointer(column, object) - (uintptr_t)before;
    if (before == NULL || offset >= size)
        return;
    const void *now =
        (const char *)corm__member_pointer(column, corm__snapshot_of(object)) + offset;
    memcpy((char *)object + column->offset, &now, sizeof now);
}

/* Members that were assigned since stay as they are: whom they point to is not known. */
static corm_status corm__expunged_leave(corm_session *session, void *object, void *argument)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    void *snapshot = corm__snapshot_of(object);
    unsigned char members[CORM__STRUCT_MAX];
    const void *before[CORM__COLUMN_MAX];
    size_t sizes[CORM__COLUMN_MAX];
    uint64_t lent = 0;
    (void)argument;
    if (!record->expunged)
        return CORM_OK;
    memcpy(members, object, mapper->size);
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        if (!column->owns || corm__text_is_shared(column, object, snapshot))
            continue;
        lent |= UINT64_C(1) << i;
        before[i] = NULL;
        sizes[i] = corm__member_block(column, snapshot, &before[i]);
        corm__member_copy(column, object, snapshot);
    }
    corm__luggage packed = record->extra->rare->packed;
    record->extra->rare->packed = (corm__luggage){NULL, NULL};
    corm__object_leave(session, object, &packed);
    for (uint64_t left = lent; left != 0; left &= left - 1) {
        const unsigned i = corm__lowest_bit(left);
        corm__member_copy(&mapper->columns[i], object, members);
        corm__member_follow(&mapper->columns[i], object, before[i], sizes[i]);
    }
    return CORM_OK;
}

/* Before the session's memory is given back: what is expunged goes to the program. Without memory, links are lost. */
static CORM__COLD void corm__expunged_go(corm_session *session)
{
    const corm_status poison = session->poison;
    (void)corm__each_object(session, corm__expunged_mark, NULL);
    (void)corm__each_object(session, corm__expunged_pack, NULL);
    (void)corm__each_object(session, corm__expunged_leave, NULL);
    session->poison = poison;
    session->expunged = false;
    size_t kept = 0;
    for (size_t i = 0; i < session->adopted.count; i++)
        if (corm__session_at(session->adopted.items[i]) == session)
            session->adopted.items[kept++] = session->adopted.items[i];
    session->adopted.count = kept;
}

#endif /* CORM__ROOM_EXPUNGED_C */
