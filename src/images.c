/* images.c: what a flush is about to change, kept so that it can be undone.
 *
 * Owns: the lines of the journal, images of what snapshots were before.
 * Must not know: how anything is undone, why something is written. */
#ifndef CORM__ROOM_IMAGES_C
#define CORM__ROOM_IMAGES_C

#include "guard.c"

/* ---- The journal ----------------------------------------------------------------------------- */

/* Room for so many entries more. false: out of memory. */
static bool corm__journal_reserve(corm_session *session, size_t more)
{
    const size_t count = session->journal_count + more;
    size_t capacity = session->journal_capacity == 0 ? 64 : session->journal_capacity;
    if (count <= session->journal_capacity)
        return true;
    if (count > UINT32_MAX) /* images know their places */
        return false;
    while (capacity < count)
        capacity *= 2;
    corm__entry *grown = corm__reallocate(session->journal, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    session->journal = grown;
    session->journal_capacity = capacity;
    return true;
}

/* An entry before its statement runs, so that nothing can fail between the statement and the
 * memory of it; or after it, where there is room. */
static bool corm__journal_push(corm_session *session, corm__event event, void *object,
                               corm__image *image)
{
    if (session->journal_count == session->journal_capacity && !corm__journal_reserve(session, 1))
        return false;
    session->journal[session->journal_count++] =
        (corm__entry){.object = object, .as.image = image, .event = (uint8_t)event};
    return true;
}

/* The same for an INSERT. */
static inline bool corm__journal_insert(corm_session *session, void *object, corm__record *record)
{
    if (CORM__UNLIKELY(session->journal_count == session->journal_capacity) &&
        !corm__journal_reserve(session, 1))
        return false;
    session->journal[session->journal_count++] = (corm__entry){
        .object = object, .as.unset = corm__standing_of(record)->unset, .event = CORM__INSERTED};
    record->fresh = true;
    return true;
}

/* ---- Images ---------------------------------------------------------------------------------- */

/* Bytes of a struct from its column of the lowest offset to that of the highest, in whole words. All of it for
 * UINT64_MAX, and where deferred columns that were not known before must not be known after a rollback. */
typedef struct corm__span {
    size_t first, end;
} corm__span;

static corm__span corm__span_of(const corm__mapper *mapper, uint64_t columns)
{
    corm__span span = {mapper->size, 0};
    if (columns == UINT64_MAX || mapper->deferred != 0)
        return (corm__span){0, mapper->size};
    for (uint64_t left = columns; left != 0; left &= left - 1) {
        const corm__column *column = &mapper->columns[corm__lowest_bit(left)];
        const size_t first = column->offset & ~(size_t)7;
        const size_t end = ((size_t)column->offset + column->size + 7) & ~(size_t)7;
        span.first = first < span.first ? first : span.first;
        span.end = end > span.end ? end : span.end;
    }
    span.end = span.end < mapper->size ? span.end : mapper->size;
    return span;
}

static inline bool corm__image_has(const corm__image *image, corm__span span)
{
    return span.first >= image->first && span.end <= (size_t)image->first + image->size;
}

/* As a struct of which only the columns that the image has may be looked at. */
static inline void *corm__image_struct(const corm__image *image)
{
    return (void *)((uintptr_t)(image + 1) - image->first);
}

static inline bool corm__image_has_column(const corm__image *image, const corm__column *column)
{
    return corm__image_has(image, (corm__span){column->offset, column->offset + column->size});
}

/* The newest image that has the column, as corm__image_struct gives it; NULL: this transaction has not written it. */
static inline const void *corm__imaged(const corm__record *record, const corm__column *column)
{
    const corm__image *image = corm__image_of(record);
    while (CORM__UNLIKELY(image != NULL) && !corm__image_has_column(image, column))
        image = image->previous;
    return image == NULL ? NULL : corm__image_struct(image);
}

/* Of these bytes of the snapshot as they are now, unless this transaction or savepoint has them already. false: out of
 * memory. */
static bool corm__journal_span(corm_session *session, void *object, corm__span span)
{
    corm__record *record = corm__record_of(object);
    const size_t since =
        session->mark_count > 0 ? session->marks[session->mark_count - 1].journal_count : 0;
    for (const corm__image *known = corm__image_of(record); known != NULL && known->place >= since;
         known = known->previous)
        if (corm__image_has(known, span))
            return true;
    const size_t size = span.end - span.first;
    corm__image *image = corm__arena_allocate(&session->journal_memory, sizeof *image + size);
    if (image == NULL || !corm__journal_push(session, CORM__UPDATED, object, image))
        return false;
    image->previous = corm__image_of(record);
    image->place = (uint32_t)(session->journal_count - 1);
    image->first = (uint16_t)span.first;
    image->size = (uint16_t)size;
    memcpy(image + 1, (const char *)corm__snapshot_of(object) + span.first, size);
    corm__image_set(record, image);
    return true;
}

/* The same of columns. */
static bool corm__journal_image(corm_session *session, void *object, uint64_t columns)
{
    return columns == 0 ||
           corm__journal_span(session, object, corm__span_of(corm__mapper_at(object), columns));
}

#endif /* CORM__ROOM_IMAGES_C */
