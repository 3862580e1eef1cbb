/* entry.c: which thread is in a session.
 *
 * Owns: finding a session that two threads use at once; errors that no session can keep.
 * Must not know: what the calls do.
 *
 * Watched are builds without NDEBUG, by compilers that run something at the end of a scope however it
 * is left. A watched call costs a few plain reads and writes, no locked instruction: two threads that
 * enter within the same few nanoseconds may both pass, which the next call makes good. Nothing here
 * orders memory, so that a checker of data races sees through it. */
#ifndef CORM__ROOM_ENTRY_C
#define CORM__ROOM_ENTRY_C

#include "state.h"

/* Of calls without a session, and of corm_run, whose session is gone when it returns. */
static CORM__PER_THREAD corm_error corm__thread_error;

#if defined(CORM__WATCHED)

static CORM__PER_THREAD char corm__thread; /* its address is the thread's name */
/* the session whose last call by this thread was refused; NULL: none since another went well */
static CORM__PER_THREAD const corm_session *corm__refused;

static const corm_error corm__two_threads = {
    CORM_MISUSE, 0,
    "the session is used by two threads at once: give each thread a session of its own "
    "(corm_session_open); one may pass from thread to thread between two calls"};

typedef struct corm__visit {
    corm_session *session; /* to be left; NULL: an outer call of this thread does that */
    bool refused;
} corm__visit;

/* What the other thread was refused is missing now: this one must not commit without it. */
static CORM__COLD void corm__trespassed(corm_session *session)
{
    atomic_store_explicit(&session->trespassed, false, memory_order_relaxed);
    if (session->poison != CORM_OK)
        return;
    session->error = corm__two_threads;
    session->poison = CORM_MISUSE;
}

/* The session may be NULL. */
static inline corm__visit corm__enter(corm_session *session)
{
    corm__visit visit = {NULL, false};
    if (session == NULL)
        return visit;
    const uintptr_t me = (uintptr_t)&corm__thread;
    const uintptr_t now = atomic_load_explicit(&session->visitor, memory_order_relaxed);
    if (now == me)
        return visit;
    if (CORM__UNLIKELY(now != 0)) {
        atomic_store_explicit(&session->trespassed, true, memory_order_relaxed);
        corm__refused = session;
        corm__status = CORM_MISUSE;
        visit.refused = true;
        return visit;
    }
    atomic_store_explicit(&session->visitor, me, memory_order_relaxed);
    corm__refused = NULL;
    if (CORM__UNLIKELY(atomic_load_explicit(&session->trespassed, memory_order_relaxed)))
        corm__trespassed(session);
    visit.session = session;
    return visit;
}

static inline void corm__leave(corm__visit *visit)
{
    if (visit->session != NULL)
        atomic_store_explicit(&visit->session->visitor, 0, memory_order_relaxed);
}

/* Whether no thread is in the session, and none was refused. A call that reads a few words and is over
 * passes without a mark: it takes no longer than what two threads may both pass in. */
static inline bool corm__is_vacant(const corm_session *session)
{
    return atomic_load_explicit(&session->visitor, memory_order_relaxed) == 0 &&
           !atomic_load_explicit(&session->trespassed, memory_order_relaxed) &&
           corm__refused == NULL;
}

/* The first line of every public call that works in a session, before anything in it is touched.
 * Behind the session stands what the call returns if another thread is in it; nothing, if it
 * returns nothing. */
#define CORM__ENTER(session_, ...)                                                                 \
    __attribute__((cleanup(corm__leave))) corm__visit corm__here = corm__enter(session_);          \
    if (CORM__UNLIKELY(corm__here.refused))                                                        \
    return __VA_ARGS__
/* The same for the call after which there is no session to leave. */
#define CORM__ENTER_LAST(session_)                                                                 \
    if (corm__enter(session_).refused)                                                             \
    return

#else
#define CORM__ENTER(session_, ...) ((void)0)
#define CORM__ENTER_LAST(session_) ((void)0)
static inline bool corm__is_vacant(const corm_session *session)
{
    (void)session;
    return true;
}
#endif

#endif /* CORM__ROOM_ENTRY_C */
