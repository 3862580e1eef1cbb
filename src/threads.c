/* threads.c: mutexes, conditions and clocks behind one spelling.
 *
 * Owns: which of POSIX, Windows or nothing (CORM_NO_THREADS) stands behind corm__mutex,
 * corm__condition and the clocks; CORM_ASSERT; the one lock that is not part of an engine.
 * Must not know: what is locked, or why. */
#ifndef CORM__ROOM_THREADS_C
#define CORM__ROOM_THREADS_C

#include "config.h"

#include <string.h>
#include <time.h>

#if defined(_WIN32)
#if !defined(WIN32_LEAN_AND_MEAN)
#define WIN32_LEAN_AND_MEAN
#endif
#if !defined(NOMINMAX)
#define NOMINMAX
#endif
#include <windows.h>
#elif !defined(CORM_NO_THREADS)
#include <pthread.h>
#endif
#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

#if !defined(CORM_ASSERT)
#include <assert.h>
#define CORM_ASSERT(condition_) assert(condition_)
#endif

#if defined(CORM_NO_THREADS)
#define CORM__PER_THREAD
#else
#define CORM__PER_THREAD _Thread_local
#endif

/* The process's number; 0 where a process cannot be doubled by fork. */
static inline long corm__process(void)
{
#if defined(__unix__) || defined(__APPLE__)
    return (long)getpid();
#else
    return 0;
#endif
}

/* ---- Mutexes and conditions ------------------------------------------------------------------ */

/* Mutexes are not recursive. An error from them is a fault of corm's own and is asserted. Without
 * threads there are no conditions: nobody could end the wait. */
#if defined(CORM_NO_THREADS)

typedef struct corm__mutex {
    char unused;
} corm__mutex;
#define CORM__MUTEX_START 0

static void corm__mutex_init(corm__mutex *mutex)
{
    mutex->unused = 0;
}
static void corm__mutex_lock(corm__mutex *mutex)
{
    (void)mutex;
}
static void corm__mutex_unlock(corm__mutex *mutex)
{
    (void)mutex;
}
static void corm__mutex_destroy(corm__mutex *mutex)
{
    (void)mutex;
}

#elif defined(_WIN32)

typedef struct corm__mutex {
    SRWLOCK lock;
} corm__mutex;
typedef struct corm__condition {
    CONDITION_VARIABLE variable;
} corm__condition;
#define CORM__MUTEX_START SRWLOCK_INIT

static void corm__mutex_init(corm__mutex *mutex)
{
    InitializeSRWLock(&mutex->lock);
}
static void corm__mutex_lock(corm__mutex *mutex)
{
    AcquireSRWLockExclusive(&mutex->lock);
}
static void corm__mutex_unlock(corm__mutex *mutex)
{
    ReleaseSRWLockExclusive(&mutex->lock);
}
static void corm__mutex_destroy(corm__mutex *mutex)
{
    (void)mutex;
}
static void corm__condition_init(corm__condition *condition)
{
    InitializeConditionVariable(&condition->variable);
}
static void corm__condition_signal(corm__condition *condition)
{
    WakeConditionVariable(&condition->variable);
}
static void corm__condition_destroy(corm__condition *condition)
{
    (void)condition;
}
/* false: the time is over. true: woken, perhaps for nothing. */
static bool corm__condition_wait(corm__condition *condition, corm__mutex *mutex,
                                 unsigned milliseconds)
{
    return SleepConditionVariableSRW(&condition->variable, &mutex->lock, milliseconds, 0) != 0;
}

#else

typedef struct corm__mutex {
    pthread_mutex_t lock;
} corm__mutex;
typedef struct corm__condition {
    pthread_cond_t variable;
} corm__condition;
#define CORM__MUTEX_START PTHREAD_MUTEX_INITIALIZER

/* Waits by the monotonic clock where the headers offer it: strict ISO modes of compilers hide it,
 * and macOS lacks the attribute. */
#if defined(CLOCK_MONOTONIC) && !defined(__APPLE__) &&                                             \
    (!defined(_POSIX_C_SOURCE) || _POSIX_C_SOURCE >= 200112L)
#define CORM__WAIT_MONOTONIC
#endif

static void corm__thread_check(int code)
{
    CORM_ASSERT(code == 0);
    (void)code;
}
static void corm__mutex_init(corm__mutex *mutex)
{
    corm__thread_check(pthread_mutex_init(&mutex->lock, NULL));
}
static void corm__mutex_lock(corm__mutex *mutex)
{
    corm__thread_check(pthread_mutex_lock(&mutex->lock));
}
static void corm__mutex_unlock(corm__mutex *mutex)
{
    corm__thread_check(pthread_mutex_unlock(&mutex->lock));
}
static void corm__mutex_destroy(corm__mutex *mutex)
{
    corm__thread_check(pthread_mutex_destroy(&mutex->lock));
}
static void corm__condition_init(corm__condition *condition)
{
#if defined(CORM__WAIT_MONOTONIC)
    pthread_condattr_t attributes;
    corm__thread_check(pthread_condattr_init(&attributes));
    corm__thread_check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    corm__thread_check(pthread_cond_init(&condition->variable, &attributes));
    corm__thread_check(pthread_condattr_destroy(&attributes));
#else
    corm__thread_check(pthread_cond_init(&condition->variable, NULL));
#endif
}
static void corm__condition_signal(corm__condition *condition)
{
    corm__thread_check(pthread_cond_signal(&condition->variable));
}
static void corm__condition_destroy(corm__condition *condition)
{
    corm__thread_check(pthread_cond_destroy(&condition->variable));
}

#endif

/* ---- Clocks ---------------------------------------------------------------------------------- */

#if defined(_WIN32)

/* The time of day, UTC since 1970; all zero where there is no clock. */
static void corm__wall_clock(struct timespec *out)
{
    FILETIME now; /* 100 ns since 1601 */
    GetSystemTimeAsFileTime(&now);
    uint64_t ticks = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    ticks -= UINT64_C(116444736000000000);
    out->tv_sec = (time_t)(ticks / 10000000u);
    out->tv_nsec = (long)(ticks % 10000000u) * 100;
}

/* Milliseconds that no change of the time of day disturbs, where possible. */
static double corm__clock(void)
{
    LARGE_INTEGER frequency, now;
    if (!QueryPerformanceFrequency(&frequency) || !QueryPerformanceCounter(&now))
        return (double)GetTickCount64();
    return (double)now.QuadPart * 1000.0 / (double)frequency.QuadPart;
}

#else

/* The time of day, UTC since 1970; all zero where there is no clock. */
static void corm__wall_clock(struct timespec *out)
{
#if defined(CLOCK_REALTIME)
    if (clock_gettime(CLOCK_REALTIME, out) == 0)
        return;
#else
    if (timespec_get(out, TIME_UTC) == TIME_UTC)
        return;
#endif
    memset(out, 0, sizeof *out);
}

/* Milliseconds that no change of the time of day disturbs, where possible. */
static double corm__clock(void)
{
    struct timespec now;
#if defined(CLOCK_MONOTONIC)
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        corm__wall_clock(&now);
#else
    corm__wall_clock(&now);
#endif
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

#if !defined(CORM_NO_THREADS)

/* false: the time is over. true: woken, perhaps for nothing. */
static bool corm__condition_wait(corm__condition *condition, corm__mutex *mutex,
                                 unsigned milliseconds)
{
    struct timespec until;
#if defined(CORM__WAIT_MONOTONIC)
    corm__thread_check(clock_gettime(CLOCK_MONOTONIC, &until));
#else
    corm__wall_clock(&until);
#endif
    until.tv_sec += (time_t)(milliseconds / 1000);
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return pthread_cond_timedwait(&condition->variable, &mutex->lock, &until) == 0;
}

#endif
#endif

/* For the little that all engines of a program share. */
static corm__mutex corm__global_mutex = {CORM__MUTEX_START};

static void corm__global_lock(void)
{
    corm__mutex_lock(&corm__global_mutex);
}
static void corm__global_unlock(void)
{
    corm__mutex_unlock(&corm__global_mutex);
}

#endif /* CORM__ROOM_THREADS_C */
