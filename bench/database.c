/* database.c: makes the databases that the workloads find.
 *
 * `database KIND ROWS PATH`: "empty" has the tables only, "users" so many users, "blog" so many
 * posts by a tenth as many users. */
#include "bench.h"

static void insert_users(sqlite3 *db, size_t count)
{
    sqlite3_stmt *insert = bench_prepare(db, "INSERT INTO users VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    for (size_t i = 0; i < count; i++) {
        bench_user user;
        bench_user_make(i, &user);
        bench_ok(sqlite3_bind_int64(insert, 1, (int64_t)i + 1), db);
        bench_ok(sqlite3_bind_text(insert, 2, user.username, -1, SQLITE_STATIC), db);
        bench_ok(sqlite3_bind_text(insert, 3, user.email, -1, SQLITE_STATIC), db);
        bench_ok(sqlite3_bind_int64(insert, 4, user.age), db);
        bench_ok(sqlite3_bind_double(insert, 5, user.balance), db);
        bench_ok(sqlite3_bind_int64(insert, 6, user.created_at), db);
        bench_ok(sqlite3_step(insert), db);
        bench_ok(sqlite3_reset(insert), db);
    }
    bench_ok(sqlite3_finalize(insert), db);
}

static void insert_posts(sqlite3 *db, size_t count, size_t users)
{
    sqlite3_stmt *insert = bench_prepare(db, "INSERT INTO posts VALUES (?1, ?2, ?3, ?4, ?5)");
    for (size_t i = 0; i < count; i++) {
        bench_post post;
        bench_post_make(i, &post);
        bench_ok(sqlite3_bind_int64(insert, 1, (int64_t)i + 1), db);
        bench_ok(sqlite3_bind_int64(insert, 2, bench_author_of(i, users)), db);
        bench_ok(sqlite3_bind_text(insert, 3, post.title, -1, SQLITE_STATIC), db);
        bench_ok(sqlite3_bind_text(insert, 4, post.body, -1, SQLITE_STATIC), db);
        bench_ok(sqlite3_bind_int64(insert, 5, post.views), db);
        bench_ok(sqlite3_step(insert), db);
        bench_ok(sqlite3_reset(insert), db);
    }
    bench_ok(sqlite3_finalize(insert), db);
}

/* Takes so much memory of the system, and gives it back. */
static void touch_memory(size_t bytes)
{
    volatile char *memory = bench_allocate(bytes);
    for (size_t i = 0; i < bytes; i += 4096)
        memory[i] = 1;
    free((void *)(uintptr_t)memory);
}

int main(int argc, char **argv)
{
    sqlite3 *db = NULL;
    if (argc != 4)
        bench_fail("usage: database empty|users|blog ROWS PATH, or database memory BYTES \"\"");
    const size_t rows = (size_t)atol(argv[2]);
    if (strcmp(argv[1], "memory") == 0) {
        touch_memory(rows);
        return 0;
    }
    bench_ok(sqlite3_open(argv[3], &db), db);
    bench_sql(db, "PRAGMA synchronous=OFF");
    bench_sql(db, "BEGIN");
    bench_sql(db, "CREATE TABLE users (id INTEGER PRIMARY KEY, username VARCHAR(64) NOT NULL, "
                  "email VARCHAR(120) NOT NULL, age INTEGER NOT NULL, balance REAL NOT NULL, "
                  "created_at INTEGER NOT NULL)");
    bench_sql(db, "CREATE UNIQUE INDEX ix_users_username ON users (username)");
    bench_sql(db, "CREATE TABLE posts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL "
                  "REFERENCES users (id) ON DELETE CASCADE, title VARCHAR(120) NOT NULL, "
                  "body TEXT NOT NULL, views INTEGER NOT NULL)");
    bench_sql(db, "CREATE INDEX ix_posts_user_id ON posts (user_id)");
    const bool blog = strcmp(argv[1], "blog") == 0;
    if (strcmp(argv[1], "empty") != 0)
        insert_users(db, blog ? rows / BENCH_POSTS : rows);
    if (blog)
        insert_posts(db, rows, rows / BENCH_POSTS);
    bench_sql(db, "COMMIT");
    bench_ok(sqlite3_close(db), db);
    return 0;
}
