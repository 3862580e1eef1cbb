/* struck.c: entries of the journal about objects that leave.
 *
 * Owns: finding and striking them, also of one object after the other without reading the journal for each; taking
 * what is struck out before the journal is read.
 * Must not know: why an object leaves, how anything is undone. */
#ifndef CORM__ROOM_STRUCK_C
#define CORM__ROOM_STRUCK_C

#include "marked.c"

/* What is struck has no object, and keeps its place until something is undone, or committed: images and savepoints
 * know places. To read the journal for each that leaves would take the square of their number, so when it has been read
 * often the places of its entries are noted by their objects. Those that come later are read, until they are many. */
enum { CORM__STRIKE_PATIENCE = 16 /* journals read: as long as it takes to note and sort one */ };

static void corm__struck_forget(corm_session *session)
{
    corm__free(session->struck.noted);
    session->struck = (corm__struck){NULL, 0, 0, 0, false, false};
}

static int corm__compare_noted(const void *a, const void *b)
{
    const uintptr_t one = (uintptr_t)((const corm__noted_entry *)a)->object,
                    other = (uintptr_t)((const corm__noted_entry *)b)->object;
    return one < other ? -1 : one > other;
}

/* Without memory they are read again. */
static void corm__noted_list(corm_session *session)
{
    corm__struck *struck = &session->struck;
    corm__noted_entry *noted =
        corm__reallocate(struck->noted, (session->journal_count + 1) * sizeof *noted);
    struck->looked = 0;
    if (noted == NULL)
        return;
    struck->noted = noted;
    struck->count = 0;
    struck->until = session->journal_count;
    struck->linked = false;
    for (size_t i = 0; i < session->journal_count; i++) {
        const corm__entry *entry = &session->journal[i];
        if (entry->object == NULL)
            continue;
        noted[struck->count++] = (corm__noted_entry){entry->object, (uint32_t)i};
        struck->linked =
            struck->linked || (entry->event == CORM__LINKED && entry->as.flushed != NULL);
    }
    qsort(noted, struck->count, sizeof *noted, corm__compare_noted);
}

/* Of those that are noted. */
static void corm__strike_noted(corm_session *session, const void *object)
{
    const corm__struck *struck = &session->struck;
    size_t from = 0, to = struck->count;
    while (from < to) {
        const size_t middle = from + (to - from) / 2;
        if ((uintptr_t)struck->noted[middle].object < (uintptr_t)object)
            from = middle + 1;
        else
            to = middle;
    }
    for (; from < struck->count && struck->noted[from].object == object; from++)
        if (struck->noted[from].place < struck->until) /* else another has that place by now */
            session->journal[struck->noted[from].place].object = NULL;
}

/* Of the objects that are VISITED. */
static void corm__strike_from(corm_session *session, size_t place)
{
    for (size_t i = place; i < session->journal_count; i++) {
        corm__entry *entry = &session->journal[i];
        if (entry->object == NULL)
            continue;
        if (corm__record_of(entry->object)->flags & CORM__VISITED)
            entry->object = NULL;
        else if (entry->event == CORM__LINKED)
            corm__flushed_sever(entry->as.flushed);
    }
}

/* Entries about these objects, which are VISITED, are void: they keep what they have. */
static void corm__journal_strike(corm_session *session, void *const *objects, size_t count)
{
    corm__struck *struck = &session->struck;
    const size_t kept =
        session->mark_count > 0 ? session->marks[session->mark_count - 1].journal_count : 0;
    struck->looked += session->journal_count - struck->until;
    if (struck->looked / CORM__STRIKE_PATIENCE > session->journal_count)
        corm__noted_list(session);
    const bool few = !struck->linked && count < struck->until / CORM__STRIKE_PATIENCE;
    for (size_t i = 0; few && i < count; i++)
        corm__strike_noted(session, objects[i]);
    corm__strike_from(session, few ? struck->until : 0);
    while (session->journal_count > kept &&
           session->journal[session->journal_count - 1].object == NULL)
        session->journal_count--;
    if (struck->until > session->journal_count)
        struck->until = session->journal_count;
    struck->any = session->journal_count > 0;
}

/* Before the journal is read, or ends: what is struck is taken out. */
static void corm__journal_settle(corm_session *session)
{
    size_t kept = 0, mark = 0;
    if (CORM__LIKELY(!session->struck.any))
        return;
    for (size_t i = 0; i < session->journal_count; i++) {
        corm__entry *entry = &session->journal[i];
        for (; mark < session->mark_count && session->marks[mark].journal_count == i; mark++)
            session->marks[mark].journal_count = kept;
        if (entry->object == NULL)
            continue;
        if (entry->event == CORM__UPDATED)
            entry->as.image->place = (uint32_t)kept;
        session->journal[kept++] = *entry;
    }
    for (; mark < session->mark_count; mark++)
        session->marks[mark].journal_count = kept;
    session->journal_count = kept;
    corm__struck_forget(session);
}

#endif /* CORM__ROOM_STRUCK_C */
