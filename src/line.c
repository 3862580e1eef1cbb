/* line.c: threads that wait in line.
 *
 * Owns: the order of those who wait, and being called; nobody who comes later is served earlier.
 * Must not know: what they wait for. */
#ifndef CORM__ROOM_LINE_C
#define CORM__ROOM_LINE_C

#include "threads.c"

#if defined(CORM_NO_THREADS)

typedef struct corm__line {
    char unused;
} corm__line;

static void corm__line_init(corm__line *line)
{
    line->unused = 0;
}
static bool corm__line_serve(corm__line *line, void *given)
{
    (void)line, (void)given;
    return false;
}
/* Nobody else could end the wait: the time is over at once. */
static bool corm__line_wait(corm__line *line, corm__mutex *lock, unsigned milliseconds, void **out)
{
    (void)line, (void)lock, (void)milliseconds;
    *out = NULL;
    return false;
}

#else

/* Someone in line; lies on the waiting thread's stack. */
typedef struct corm__waiter {
    corm__condition called;
    void *given;
    bool served;
    struct corm__waiter *next;
} corm__waiter;

/* Everything here happens under one lock, the line owner's. */
typedef struct corm__line {
    corm__waiter *first, **last;
} corm__line;

static void corm__line_init(corm__line *line)
{
    line->first = NULL;
    line->last = &line->first;
}

/* Hands `given` to who has waited longest; false: nobody waits. */
static bool corm__line_serve(corm__line *line, void *given)
{
    corm__waiter *waiter = line->first;
    if (waiter == NULL)
        return false;
    line->first = waiter->next;
    if (line->first == NULL)
        line->last = &line->first;
    waiter->given = given;
    waiter->served = true;
    corm__condition_signal(&waiter->called);
    return true;
}

/* Apart, where no compiler takes a place on the stack in a list for a mistake. */
static CORM__APART void corm__line_enter(corm__line *line, corm__waiter *me)
{
    *line->last = me;
    line->last = &me->next;
}

static void corm__line_leave(corm__line *line, const corm__waiter *me)
{
    corm__waiter **place = &line->first;
    while (*place != me)
        place = &(*place)->next;
    *place = me->next;
    if (line->last == &me->next)
        line->last = place;
}

/* Waits until served; *out is what was given. false: the time is over. The lock is given up while
 * waiting. */
static bool corm__line_wait(corm__line *line, corm__mutex *lock, unsigned milliseconds, void **out)
{
    corm__waiter me = {.served = false};
    const double deadline = corm__clock() + milliseconds;
    corm__condition_init(&me.called);
    corm__line_enter(line, &me);
    while (!me.served) {
        double left = deadline - corm__clock();
        if (left <= 0)
            break;
        unsigned slice = left < 1e9 ? (unsigned)left + 1 : 1000000000u; /* never wraps to 0 */
        if (!corm__condition_wait(&me.called, lock, slice))
            break;
    }
    if (!me.served)
        corm__line_leave(line, &me);
    corm__condition_destroy(&me.called);
    *out = me.given;
    return me.served;
}

#endif

#endif /* CORM__ROOM_LINE_C */
