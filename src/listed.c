/* listed.c: what the state of an object says, and the lists of a session in which it stands because of it.
 *
 * Owns: asking for states; entering those whose links have changed; taking objects out of the lists of what is pending,
 * to be deleted, and changed.
 * Must not know: why an object comes or goes. */
#ifndef CORM__ROOM_LISTED_C
#define CORM__ROOM_LISTED_C

#include "object.c"

/* ---- States ---------------------------------------------------------------------------------- */

static inline bool corm__has_row(const corm__record *record)
{
    return record->state == CORM_STATE_PERSISTENT;
}

/* It has a row as far as it knows, also where no session sees to it. */
static inline bool corm__is_stored(const corm__record *record)
{
    return record->state == CORM_STATE_PERSISTENT || record->state == CORM_STATE_DETACHED;
}

static inline bool corm__is_new(const corm__record *record)
{
    return record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING;
}

static inline bool corm__is_in_session(const corm__record *record)
{
    return record->state == CORM_STATE_PERSISTENT || record->state == CORM_STATE_PENDING;
}

/* ---- In -------------------------------------------------------------------------------------- */

static inline bool corm__mark_seat_linked(corm_session *session, const corm__seat *seat)
{
    corm__record *record = seat->record;
    if (session != NULL)
        session->linkings++;
    if ((record->flags & CORM__DIRTY_LINKS) || !corm__is_in_session(record))
        return true;
    if (!corm__vector_push(&session->linked, seat->object))
        return false;
    record->flags |= CORM__DIRTY_LINKS;
    return true;
}

static inline bool corm__mark_linked(corm_session *session, void *object)
{
    const corm__seat seat = {object, corm__record_of(object), NULL};
    return corm__mark_seat_linked(session, &seat);
}

/* ---- Out ------------------------------------------------------------------------------------- */

/* count: it is not among them. Looks at the last one first, which is where loops that take out everything end or
 * begin, and at eight at a time, since an array may be long. */
static size_t corm__index_of(void *const *items, size_t count, const void *item)
{
    size_t i = 0;
    if (count > 0 && items[count - 1] == item)
        return count - 1;
    for (; i + 8 <= count; i += 8) {
        void *const *const now = items + i;
        if ((now[0] == item) | (now[1] == item) | (now[2] == item) | (now[3] == item) |
            (now[4] == item) | (now[5] == item) | (now[6] == item) | (now[7] == item))
            break;
    }
    while (i < count && items[i] != item)
        i++;
    return i;
}

/* Where it is in a list of the session; *guess: where one was before, and becomes that. Objects that leave one after the
 * other mostly stand near each other. */
static size_t corm__place_near(const corm__vector *list, size_t *guess, const void *object)
{
    enum { REACH = 32 };
    for (size_t i = 0; i <= REACH; i++) {
        if (*guess + i < list->count && list->items[*guess + i] == object)
            return *guess += i;
        if (i <= *guess && *guess - i < list->count && list->items[*guess - i] == object)
            return *guess -= i;
    }
    return *guess = corm__index_of(list->items, list->count, object);
}

/* Takes an object out of these lists of the session, as far as it is in them. */
static CORM__APART void corm__strike_listed(corm_session *session, corm__record *record,
                                            const void *object, uint16_t lists)
{
    const struct {
        corm__vector *list;
        uint16_t flag;
    } all[] = {{&session->pending, CORM__PENDING_LISTED},
               {&session->deleted, CORM__MARKED_DELETED},
               {&session->linked, CORM__DIRTY_LINKS}};
    for (size_t i = 0; i < 3; i++) {
        if (!(record->flags & lists & all[i].flag))
            continue;
        const size_t place = corm__place_near(all[i].list, &session->struck_near[i], object);
        if (place < all[i].list->count)
            all[i].list->items[place] = NULL;
    }
    record->flags &= (uint16_t)~lists;
}

/* Out of all of them. */
static inline void corm__strike(corm_session *session, corm__record *record, const void *object)
{
    enum { LISTED = CORM__PENDING_LISTED | CORM__MARKED_DELETED | CORM__DIRTY_LINKS };
    if (record->flags & LISTED)
        corm__strike_listed(session, record, object, LISTED);
}

#endif /* CORM__ROOM_LISTED_C */
