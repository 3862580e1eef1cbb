/* bench.h: what the three programs of the benchmark share.
 *
 * Owns: the rows that all of them write and read, the clock, the memory in use, the check that all
 * have come to the same result, and main: `PROGRAM WORKLOAD disk|memory ROWS DATABASE` runs one
 * workload once and prints "WORKLOAD STORAGE PROGRAM ROWS MILLISECONDS KILOBYTES DIGEST PEAK HELD".
 * KILOBYTES is the peak of the process; PEAK and HELD are bytes that the measured part added: at
 * most, and of those that it still had at its end the ones that are not SQLite's.
 * Must not know: how rows become objects; each program has its own way. */
#ifndef BENCH_H
#define BENCH_H

#define _POSIX_C_SOURCE 200809L

#include <sqlite3.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* ---- What is run ----------------------------------------------------------------------------- */

typedef struct bench {
    const char *path; /* of the database, which holds what the workload finds */
    bool memory;      /* it is copied to a database in memory first */
    size_t rows;      /* that the workload is about: see bench_rows */
    size_t scale;     /* BENCH_ROWS */
    uint64_t digest;  /* of the result */
} bench;

typedef struct bench_workload {
    const char *name;
    void (*prepare)(bench *); /* not measured: opens the database */
    void (*run)(bench *);     /* measured */
    void (*check)(bench *);   /* not measured: digests the result, closes */
} bench_workload;

static inline void bench_fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static inline void *bench_allocate(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL)
        bench_fail("out of memory");
    return memory;
}

static inline char *bench_copy(const char *text)
{
    char *copy = strdup(text);
    if (copy == NULL)
        bench_fail("out of memory");
    return copy;
}

/* ---- The rows -------------------------------------------------------------------------------- */

typedef struct bench_user {
    char username[32], email[48];
    int64_t age;
    double balance;
    int64_t created_at;
} bench_user;

typedef struct bench_post {
    char title[40], body[104];
    int64_t views;
} bench_post;

enum {
    BENCH_POSTS = 10, /* of each user */
    BENCH_FLUSHES = 200,
    BENCH_QUERIES = 1000,
    BENCH_CHANGES = 10 /* of "commit-10" */
};

static inline void bench_username(size_t i, char out[static 32])
{
    snprintf(out, 32, "user%07zu", i);
}

/* Row i, counted from 0, of a table; its id is i + 1. */
static inline void bench_user_make(size_t i, bench_user *out)
{
    bench_username(i, out->username);
    snprintf(out->email, sizeof out->email, "user%07zu@example.com", i);
    out->age = (int64_t)(18 + i * 7 % 60);
    out->balance = (double)(i * 31 % 100000) / 4;
    out->created_at = 1700000000 + (int64_t)i * 37;
}

static inline void bench_post_make(size_t i, bench_post *out)
{
    snprintf(out->title, sizeof out->title, "Post %zu on %zu things", i, i % 97);
    snprintf(out->body, sizeof out->body,
             "In the year %zu there were many things to be told, and this is number %zu of them.",
             1900 + i % 120, i);
    out->views = (int64_t)(i * 13 % 5000);
}

/* A user's posts are scattered over the table, and those of neighbours lie elsewhere: each user has one of any
 * so many posts in a row, in an order that a factor mixes which is prime and so leaves none out. */
static inline int64_t bench_author_of(size_t post, size_t users)
{
    return (int64_t)((uint64_t)post % users * 2654435761u % users) + 1;
}

/* What is inserted stands ready, as if it had come from elsewhere. */
static inline bench_user *bench_users_ready(size_t count)
{
    bench_user *users = bench_allocate((count + 1) * sizeof *users);
    for (size_t i = 0; i < count; i++)
        bench_user_make(i, &users[i]);
    return users;
}

static inline bench_post *bench_posts_ready(size_t count)
{
    bench_post *posts = bench_allocate((count + 1) * sizeof *posts);
    for (size_t i = 0; i < count; i++)
        bench_post_make(i, &posts[i]);
    return posts;
}

/* The numbers below `count` in an order that is random and always the same. */
static inline size_t *bench_shuffled(size_t count)
{
    size_t *order = bench_allocate((count + 1) * sizeof *order);
    uint64_t state = 88172645463325252u;
    for (size_t i = 0; i < count; i++)
        order[i] = i;
    for (size_t i = count; i > 1; i--) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        const size_t k = (size_t)(state % i), kept = order[i - 1];
        order[i - 1] = order[k];
        order[k] = kept;
    }
    return order;
}

/* ---- Digests --------------------------------------------------------------------------------- */

static inline void bench_digest_bytes(uint64_t *digest, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        *digest = (*digest ^ at[i]) * 1099511628211u;
}

static inline void bench_digest_integer(uint64_t *digest, int64_t value)
{
    bench_digest_bytes(digest, &value, sizeof value);
}

static inline void bench_digest_text(uint64_t *digest, const char *text)
{
    bench_digest_bytes(digest, text, strlen(text) + 1);
}

static inline void bench_digest_user(uint64_t *digest, int64_t id, const char *username,
                                     const char *email, int64_t age, double balance,
                                     int64_t created_at)
{
    bench_digest_integer(digest, id);
    bench_digest_text(digest, username);
    bench_digest_text(digest, email);
    bench_digest_integer(digest, age);
    bench_digest_bytes(digest, &balance, sizeof balance);
    bench_digest_integer(digest, created_at);
}

static inline void bench_digest_post(uint64_t *digest, int64_t id, int64_t user_id,
                                     const char *title, const char *body, int64_t views)
{
    bench_digest_integer(digest, id);
    bench_digest_integer(digest, user_id);
    bench_digest_text(digest, title);
    bench_digest_text(digest, body);
    bench_digest_integer(digest, views);
}

/* ---- SQLite ---------------------------------------------------------------------------------- */

static inline void bench_ok(int code, sqlite3 *db)
{
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
        bench_fail(db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(db));
}

static inline void bench_sql(sqlite3 *db, const char *sql)
{
    bench_ok(sqlite3_exec(db, sql, NULL, NULL, NULL), db);
}

static inline sqlite3_stmt *bench_prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    bench_ok(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL), db);
    return statement;
}

/* Copies the file into a database that is empty and in memory. */
static inline void bench_copy_into(sqlite3 *db, const char *path)
{
    sqlite3 *from = NULL;
    bench_ok(sqlite3_open_v2(path, &from, SQLITE_OPEN_READONLY, NULL), from);
    sqlite3_backup *backup = sqlite3_backup_init(db, "main", from, "main");
    if (backup == NULL)
        bench_fail(sqlite3_errmsg(db));
    bench_ok(sqlite3_backup_step(backup, -1), db);
    bench_ok(sqlite3_backup_finish(backup), db);
    bench_ok(sqlite3_close(from), from);
}

/* A connection with the durability that corm has by default: a commit survives a loss of power. */
static inline sqlite3 *bench_open(const bench *b, int flags)
{
    sqlite3 *db = NULL;
    bench_ok(sqlite3_open_v2(b->memory ? ":memory:" : b->path, &db,
                             flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL),
             db);
    if (b->memory)
        bench_copy_into(db, b->path);
    bench_sql(db, "PRAGMA journal_mode=WAL");
    bench_sql(db, "PRAGMA synchronous=FULL");
    bench_sql(db, "PRAGMA foreign_keys=ON");
    return db;
}

/* SQLite's cache as full as it gets by queries for names. */
static inline void bench_warm(sqlite3 *db)
{
    bench_sql(db, "SELECT sum(created_at) FROM users INDEXED BY ix_users_username "
                  "WHERE username >= ''");
}

/* What both tables hold. */
static inline void bench_digest_database(bench *b, sqlite3 *db)
{
    sqlite3_stmt *users = bench_prepare(db, "SELECT * FROM users ORDER BY id");
    while (sqlite3_step(users) == SQLITE_ROW)
        bench_digest_user(
            &b->digest, sqlite3_column_int64(users, 0), (const char *)sqlite3_column_text(users, 1),
            (const char *)sqlite3_column_text(users, 2), sqlite3_column_int64(users, 3),
            sqlite3_column_double(users, 4), sqlite3_column_int64(users, 5));
    bench_ok(sqlite3_finalize(users), db);
    sqlite3_stmt *posts = bench_prepare(db, "SELECT * FROM posts ORDER BY id");
    while (sqlite3_step(posts) == SQLITE_ROW)
        bench_digest_post(
            &b->digest, sqlite3_column_int64(posts, 0), sqlite3_column_int64(posts, 1),
            (const char *)sqlite3_column_text(posts, 2),
            (const char *)sqlite3_column_text(posts, 3), sqlite3_column_int64(posts, 4));
    bench_ok(sqlite3_finalize(posts), db);
}

/* ---- Running --------------------------------------------------------------------------------- */

/* What the ratio is about: W8 reads ten times as many rows as the others, W7 deletes a tenth of
 * them, "get" asks ten times for each; so many queries and changes as there are, whatever is
 * loaded. Posts where there are posts. */
static inline size_t bench_rows(const char *name, size_t scale)
{
    if (strcmp(name, "W8") == 0 || strcmp(name, "get") == 0)
        return scale * 10;
    if (strncmp(name, "W7", 2) == 0)
        return scale / BENCH_POSTS;
    if (strncmp(name, "queries", 7) == 0)
        return BENCH_QUERIES;
    if (strcmp(name, "commit-10") == 0)
        return BENCH_CHANGES;
    if (strncmp(name, "flush-", 6) == 0)
        return (size_t)atol(name + 6) * BENCH_FLUSHES;
    return scale;
}

/* Bytes that the process has in memory; 0 where the system does not say. */
static inline long long bench_resident(void)
{
    long long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    if (fscanf(file, "%lld %lld", &all, &resident) != 2)
        resident = 0;
    fclose(file);
    return resident * sysconf(_SC_PAGESIZE);
}

static inline double bench_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* A function of its own, so that callgrind can be told to count what happens in it. */
__attribute__((noinline)) static void bench_measured(const bench_workload *workload, bench *b)
{
    workload->run(b);
}

static inline int bench_main(int argc, char **argv, const char *program,
                             const bench_workload *workloads)
{
    struct rusage usage;
    if (argc != 5)
        bench_fail("usage: PROGRAM WORKLOAD disk|memory ROWS DATABASE");
    const bench_workload *workload = workloads;
    while (workload->name != NULL && strcmp(workload->name, argv[1]) != 0)
        workload++;
    if (workload->name == NULL)
        bench_fail("no such workload");
    bench b = {.path = argv[4],
               .memory = strcmp(argv[2], "memory") == 0,
               .scale = (size_t)atol(argv[3]),
               .digest = 14695981039346656037u};
    b.rows = bench_rows(workload->name, b.scale);
    workload->prepare(&b);
    const long long before = bench_resident(), cached = sqlite3_memory_used();
    const double start = bench_clock();
    bench_measured(workload, &b);
    const double spent = bench_clock() - start;
    const long long held = bench_resident() - before - (sqlite3_memory_used() - cached);
    getrusage(RUSAGE_SELF, &usage);
    workload->check(&b);
    printf("%s %s %s %zu %.4f %ld %016" PRIx64 " %lld %lld\n", workload->name, argv[2], program,
           b.rows, spent, usage.ru_maxrss, b.digest, usage.ru_maxrss * 1024LL - before, held);
    return 0;
}

#endif /* BENCH_H */
