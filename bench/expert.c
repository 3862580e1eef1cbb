/* expert.c: the workloads with every trick that pays on SQLite, for the same objects.
 *
 * The tricks: no mutex; memory that is not counted; one read transaction around all; a page cache
 * that holds what is changed; temporary tables in memory; texts bound without a copy; struct and
 * texts of a row in one piece of an arena; whole arrays inserted by one statement that reads them
 * as a virtual table, updated in one scan, and deleted in the order of the table; children read by
 * one scan. Mapping the file into memory would make reading faster still, but turns an error of the
 * disk into the end of the process, so it is left out. */
#include "bench.h"

typedef struct post post;
typedef struct user {
    int64_t id;
    const char *username, *email;
    int64_t age;
    double balance;
    int64_t created_at;
    post **posts;
    size_t post_count;
} user;
struct post {
    int64_t id, user_id;
    const char *title, *body;
    int64_t views;
    user *author;
};

#define USER_COLUMNS "id, username, email, age, balance, created_at"
#define POST_COLUMNS "id, user_id, title, body, views"

static sqlite3 *db;
static user **users;
static size_t user_count, user_capacity;
static post **posts;
static size_t post_count, post_capacity;
static bench_user *user_input;
static bench_post *post_input;
static size_t *order;

/* ---- Arena ----------------------------------------------------------------------------------- */

static char *arena_at, *arena_end;

static void *arena(size_t size)
{
    enum { CHUNK = 1 << 20 };
    size = (size + 7) & ~(size_t)7;
    if ((size_t)(arena_end - arena_at) < size) {
        arena_at = bench_allocate(CHUNK); /* rows are small; freed with the process */
        arena_end = arena_at + CHUNK;
    }
    char *memory = arena_at;
    arena_at += size;
    return memory;
}

static void *grown(void *array, size_t count, size_t *capacity)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity == 0 ? 1024 : *capacity * 2;
    array = realloc(array, *capacity * sizeof(void *));
    if (array == NULL)
        bench_fail("out of memory");
    return array;
}

/* ---- Arrays as virtual tables ---------------------------------------------------------------- */

typedef struct rows {
    const char *columns;
    void *const *items;
    size_t count;
    void (*column)(sqlite3_context *context, const void *item, int column);
} rows;
typedef struct rows_table {
    sqlite3_vtab base;
    const rows *from;
} rows_table;
typedef struct rows_cursor {
    sqlite3_vtab_cursor base;
    size_t at;
} rows_cursor;

static int rows_connect(sqlite3 *in, void *from, int argc, const char *const *argv,
                        sqlite3_vtab **out, char **words)
{
    (void)argc;
    (void)argv;
    (void)words;
    rows_table *table = sqlite3_malloc(sizeof *table);
    if (table == NULL)
        return SQLITE_NOMEM;
    *table = (rows_table){{0}, from};
    *out = &table->base;
    return sqlite3_declare_vtab(in, table->from->columns);
}

static int rows_disconnect(sqlite3_vtab *table)
{
    sqlite3_free(table);
    return SQLITE_OK;
}

static int rows_best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    const rows *from = ((rows_table *)(void *)table)->from;
    info->estimatedCost = (double)from->count;
    info->estimatedRows = (sqlite3_int64)from->count;
    return SQLITE_OK;
}

static int rows_open(sqlite3_vtab *table, sqlite3_vtab_cursor **out)
{
    (void)table;
    rows_cursor *cursor = sqlite3_malloc(sizeof *cursor);
    if (cursor == NULL)
        return SQLITE_NOMEM;
    *cursor = (rows_cursor){{0}, 0};
    *out = &cursor->base;
    return SQLITE_OK;
}

static int rows_close(sqlite3_vtab_cursor *cursor)
{
    sqlite3_free(cursor);
    return SQLITE_OK;
}

static int rows_filter(sqlite3_vtab_cursor *cursor, int number, const char *words, int argc,
                       sqlite3_value **argv)
{
    (void)number;
    (void)words;
    (void)argc;
    (void)argv;
    ((rows_cursor *)(void *)cursor)->at = 0;
    return SQLITE_OK;
}

static int rows_next(sqlite3_vtab_cursor *cursor)
{
    ((rows_cursor *)(void *)cursor)->at++;
    return SQLITE_OK;
}

static const rows *rows_of(const sqlite3_vtab_cursor *cursor)
{
    return ((const rows_table *)(const void *)cursor->pVtab)->from;
}

static int rows_eof(sqlite3_vtab_cursor *cursor)
{
    return ((rows_cursor *)(void *)cursor)->at >= rows_of(cursor)->count;
}

static int rows_column(sqlite3_vtab_cursor *cursor, sqlite3_context *context, int column)
{
    const rows *from = rows_of(cursor);
    from->column(context, from->items[((rows_cursor *)(void *)cursor)->at], column);
    return SQLITE_OK;
}

static int rows_id(sqlite3_vtab_cursor *cursor, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)((rows_cursor *)(void *)cursor)->at;
    return SQLITE_OK;
}

static void user_column(sqlite3_context *context, const void *item, int column)
{
    const user *u = item;
    switch (column) {
    case 0: sqlite3_result_int64(context, u->id); break;
    case 1:
        sqlite3_result_text(context, u->username, (int)strlen(u->username), SQLITE_STATIC);
        break;
    case 2: sqlite3_result_text(context, u->email, (int)strlen(u->email), SQLITE_STATIC); break;
    case 3: sqlite3_result_int64(context, u->age); break;
    case 4: sqlite3_result_double(context, u->balance); break;
    default: sqlite3_result_int64(context, u->created_at); break;
    }
}

static void post_column(sqlite3_context *context, const void *item, int column)
{
    const post *p = item;
    switch (column) {
    case 0: sqlite3_result_int64(context, p->id); break;
    case 1: sqlite3_result_int64(context, p->user_id); break;
    case 2: sqlite3_result_text(context, p->title, (int)strlen(p->title), SQLITE_STATIC); break;
    case 3: sqlite3_result_text(context, p->body, (int)strlen(p->body), SQLITE_STATIC); break;
    default: sqlite3_result_int64(context, p->views); break;
    }
}

static const sqlite3_module rows_module = {
    .xConnect = rows_connect, /* no xCreate: the table is there by itself */
    .xBestIndex = rows_best_index,
    .xDisconnect = rows_disconnect,
    .xOpen = rows_open,
    .xClose = rows_close,
    .xFilter = rows_filter,
    .xNext = rows_next,
    .xEof = rows_eof,
    .xColumn = rows_column,
    .xRowid = rows_id,
};
static rows user_rows = {"CREATE TABLE x(" USER_COLUMNS ")", NULL, 0, user_column};
static rows post_rows = {"CREATE TABLE x(" POST_COLUMNS ")", NULL, 0, post_column};

/* ---- Rows and objects ------------------------------------------------------------------------ */

static user *user_new(const bench_user *from)
{
    const size_t name = strlen(from->username) + 1, email = strlen(from->email) + 1;
    user *made = arena(sizeof *made + name + email);
    char *texts = (char *)(made + 1);
    memcpy(texts, from->username, name);
    memcpy(texts + name, from->email, email);
    *made = (user){0, texts, texts + name, from->age, from->balance, from->created_at, NULL, 0};
    return made;
}

static post *post_new(const bench_post *from)
{
    const size_t title = strlen(from->title) + 1, body = strlen(from->body) + 1;
    post *made = arena(sizeof *made + title + body);
    char *texts = (char *)(made + 1);
    memcpy(texts, from->title, title);
    memcpy(texts + title, from->body, body);
    *made = (post){0, 0, texts, texts + title, from->views, NULL};
    return made;
}

static user *user_read(sqlite3_stmt *row)
{
    const char *name = (const char *)sqlite3_column_text(row, 1);
    const char *email = (const char *)sqlite3_column_text(row, 2);
    const size_t name_size = strlen(name) + 1, email_size = strlen(email) + 1;
    user *read = arena(sizeof *read + name_size + email_size);
    char *texts = (char *)(read + 1);
    memcpy(texts, name, name_size);
    memcpy(texts + name_size, email, email_size);
    *read = (user){sqlite3_column_int64(row, 0),
                   texts,
                   texts + name_size,
                   sqlite3_column_int64(row, 3),
                   sqlite3_column_double(row, 4),
                   sqlite3_column_int64(row, 5),
                   NULL,
                   0};
    return read;
}

static post *post_read(sqlite3_stmt *row)
{
    const char *title = (const char *)sqlite3_column_text(row, 2);
    const char *body = (const char *)sqlite3_column_text(row, 3);
    const size_t title_size = strlen(title) + 1, body_size = strlen(body) + 1;
    post *read = arena(sizeof *read + title_size + body_size);
    char *texts = (char *)(read + 1);
    memcpy(texts, title, title_size);
    memcpy(texts + title_size, body, body_size);
    *read = (post){sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), texts,
                   texts + title_size,           sqlite3_column_int64(row, 4), NULL};
    return read;
}

static void load_users(void)
{
    sqlite3_stmt *query = bench_prepare(db, "SELECT " USER_COLUMNS " FROM users ORDER BY id");
    while (sqlite3_step(query) == SQLITE_ROW) {
        users = grown(users, user_count, &user_capacity);
        users[user_count++] = user_read(query);
    }
    bench_ok(sqlite3_finalize(query), db);
}

static void bind_user(sqlite3_stmt *insert, const user *from)
{
    (void)sqlite3_bind_text(insert, 1, from->username, (int)strlen(from->username), SQLITE_STATIC);
    (void)sqlite3_bind_text(insert, 2, from->email, (int)strlen(from->email), SQLITE_STATIC);
    (void)sqlite3_bind_int64(insert, 3, from->age);
    (void)sqlite3_bind_double(insert, 4, from->balance);
    (void)sqlite3_bind_int64(insert, 5, from->created_at);
}

/* Nobody else writes in a transaction that has begun to write, so these are the keys that SQLite will give:
 * each one more than the largest. It need not look for them if they are left out. */
static int64_t last_id(const char *sql)
{
    sqlite3_stmt *query = bench_prepare(db, sql);
    bench_ok(sqlite3_step(query), db);
    const int64_t id = sqlite3_column_int64(query, 0);
    bench_ok(sqlite3_finalize(query), db);
    return id;
}

static void insert_users(void)
{
    int64_t id = last_id("SELECT max(id) FROM users");
    for (size_t i = 0; i < user_count; i++)
        users[i]->id = ++id;
    user_rows.items = (void *const *)users;
    user_rows.count = user_count;
    bench_sql(db, "INSERT INTO users (username, email, age, balance, created_at) "
                  "SELECT username, email, age, balance, created_at FROM user_rows");
}

/* ---- Before and after ------------------------------------------------------------------------ */

static void prepare_load(bench *b)
{
    bench_ok(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0), NULL);
    db = bench_open(b, SQLITE_OPEN_NOMUTEX);
    bench_sql(db, "PRAGMA temp_store=MEMORY");
    bench_ok(sqlite3_create_module(db, "user_rows", &rows_module, &user_rows), db);
    bench_ok(sqlite3_create_module(db, "post_rows", &rows_module, &post_rows), db);
}

/* What is changed stays in memory until the commit. What is only read, and new rows that go to one page
 * after the other, are better served by the small cache that SQLite has by default: its pages are warm. */
static void cache_writes(void)
{
    bench_sql(db, "PRAGMA cache_size=-65536");
}

static void prepare_change(bench *b)
{
    prepare_load(b);
    cache_writes();
}

static void prepare(bench *b)
{
    prepare_load(b);
    users = bench_allocate((b->scale + 1) * sizeof *users);
    user_capacity = b->scale + 1;
}

static void prepare_input(bench *b)
{
    prepare(b);
    user_input = bench_users_ready(b->rows);
}

static void prepare_flushes(bench *b)
{
    prepare_input(b);
    free(users);
    users = bench_allocate((b->rows + 1) * sizeof *users);
}

static void prepare_graph_input(bench *b)
{
    prepare(b);
    posts = bench_allocate((b->scale + 1) * sizeof *posts);
    user_input = bench_users_ready(b->scale / BENCH_POSTS);
    post_input = bench_posts_ready(b->scale);
}

static void prepare_order(bench *b)
{
    prepare(b);
    order = bench_shuffled(b->scale);
}

static void prepare_loaded(bench *b)
{
    prepare_load(b);
    cache_writes();
    load_users();
    order = bench_shuffled(user_count);
}

static void check_users(bench *b)
{
    for (size_t i = 0; i < user_count; i++)
        bench_digest_user(&b->digest, users[i]->id, users[i]->username, users[i]->email,
                          users[i]->age, users[i]->balance, users[i]->created_at);
    bench_ok(sqlite3_close(db), db);
}

static void check_graph(bench *b)
{
    for (size_t i = 0; i < user_count; i++)
        for (size_t k = 0; k < users[i]->post_count; k++) {
            const post *p = users[i]->posts[k];
            bench_digest_post(&b->digest, p->id, p->user_id, p->title, p->body, p->views);
        }
    check_users(b);
}

static void check_written(bench *b)
{
    bench_digest_database(b, db);
    check_users(b);
}

static void check_graph_written(bench *b)
{
    bench_digest_database(b, db);
    check_graph(b);
}

static void check_database(bench *b)
{
    bench_digest_database(b, db);
    bench_ok(sqlite3_close(db), db);
}

static void check_digest(bench *b)
{
    (void)b;
    bench_ok(sqlite3_close(db), db);
}

/* ---- W1, flushes: inserts -------------------------------------------------------------------- */

static void run_insert(bench *b)
{
    for (size_t i = 0; i < b->rows; i++)
        users[user_count++] = user_new(&user_input[i]);
    bench_sql(db, "BEGIN IMMEDIATE");
    insert_users();
    bench_sql(db, "COMMIT");
}

/* A virtual table does not pay for so few rows. */
static void run_flushes(bench *b)
{
    const size_t each = b->rows / BENCH_FLUSHES;
    sqlite3_stmt *begin = bench_prepare(db, "BEGIN IMMEDIATE"),
                 *commit = bench_prepare(db, "COMMIT");
    sqlite3_stmt *insert =
        bench_prepare(db, "INSERT INTO users (username, email, age, balance, created_at) "
                          "VALUES (?1, ?2, ?3, ?4, ?5)");
    while (user_count < b->rows) {
        (void)sqlite3_step(begin); /* reset repeats the error */
        bench_ok(sqlite3_reset(begin), db);
        for (size_t i = 0; i < each; i++) {
            user *made = users[user_count] = user_new(&user_input[user_count]);
            bind_user(insert, made);
            (void)sqlite3_step(insert);
            bench_ok(sqlite3_reset(insert), db);
            made->id = sqlite3_last_insert_rowid(db);
            user_count++;
        }
        (void)sqlite3_step(commit);
        bench_ok(sqlite3_reset(commit), db);
    }
    bench_ok(sqlite3_finalize(begin), db);
    bench_ok(sqlite3_finalize(commit), db);
    bench_ok(sqlite3_finalize(insert), db);
}

/* ---- W2, get: one by its key ----------------------------------------------------------------- */

static void run_get(bench *b)
{
    bench_sql(db, "BEGIN");
    sqlite3_stmt *query = bench_prepare(db, "SELECT " USER_COLUMNS " FROM users WHERE id = ?1");
    for (size_t i = 0; i < b->rows; i++) {
        (void)sqlite3_bind_int64(query, 1, (int64_t)order[i] + 1);
        if (sqlite3_step(query) == SQLITE_ROW)
            users[user_count++] = user_read(query);
        bench_ok(sqlite3_reset(query), db);
    }
    bench_ok(sqlite3_finalize(query), db);
    bench_sql(db, "COMMIT");
}

/* A table without chains, its places half used. */
typedef struct slot {
    int64_t id;
    user *object;
} slot;
static slot *slots;
static size_t slot_mask;

static size_t slot_of(int64_t id)
{
    return (size_t)(uint64_t)id & slot_mask;
}

static void prepare_known(bench *b)
{
    prepare_loaded(b);
    for (slot_mask = 63; slot_mask < user_count * 2; slot_mask = slot_mask * 2 + 1) {
    }
    slots = calloc(slot_mask + 1, sizeof *slots);
    if (slots == NULL)
        bench_fail("out of memory");
    for (size_t i = 0; i < user_count; i++) {
        size_t at = slot_of(users[i]->id);
        while (slots[at].object != NULL)
            at = (at + 1) & slot_mask;
        slots[at] = (slot){users[i]->id, users[i]};
    }
}

static user *known(int64_t id)
{
    size_t at = slot_of(id);
    while (slots[at].object != NULL && slots[at].id != id)
        at = (at + 1) & slot_mask;
    return slots[at].object;
}

static void run_known(bench *b)
{
    int64_t sum = 0;
    for (size_t round = 0; round < b->rows / user_count; round++)
        for (size_t i = 0; i < user_count; i++)
            sum += known((int64_t)order[i] + 1)->age;
    bench_digest_integer(&b->digest, sum);
}

/* ---- W3, W8: all users ----------------------------------------------------------------------- */

static void run_load(bench *b)
{
    (void)b;
    load_users();
}

/* The texts of a row live until the next one is asked for: that is long enough. */
static void run_each(bench *b)
{
    sqlite3_stmt *query = bench_prepare(db, "SELECT " USER_COLUMNS " FROM users ORDER BY id");
    int64_t sum = 0;
    while (sqlite3_step(query) == SQLITE_ROW) {
        const user one = {sqlite3_column_int64(query, 0),
                          (const char *)sqlite3_column_text(query, 1),
                          (const char *)sqlite3_column_text(query, 2),
                          sqlite3_column_int64(query, 3),
                          sqlite3_column_double(query, 4),
                          sqlite3_column_int64(query, 5),
                          NULL,
                          0};
        sum += one.age + one.created_at + one.username[4] + one.email[5];
    }
    bench_ok(sqlite3_finalize(query), db);
    bench_digest_integer(&b->digest, sum);
}

/* ---- W4, W5: users with their posts ---------------------------------------------------------- */

static void walk_graph(bench *b)
{
    int64_t sum = 0;
    for (size_t i = 0; i < user_count; i++)
        for (size_t k = 0; k < users[i]->post_count; k++)
            sum += users[i]->posts[k]->author->id + users[i]->posts[k]->views;
    bench_digest_integer(&b->digest, sum);
}

static user *user_by_id(int64_t id)
{
    if (id >= 1 && id <= (int64_t)user_count && users[id - 1]->id == id)
        return users[id - 1]; /* no key is missing */
    size_t low = 0, high = user_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (users[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < user_count && users[low]->id == id ? users[low] : NULL;
}

/* Counted, then filled in: the lists of all users are one array. */
static void link_posts(void)
{
    post **lists = bench_allocate((post_count + 1) * sizeof(post *));
    for (size_t i = 0; i < post_count; i++)
        posts[i]->author->post_count++;
    for (size_t i = 0; i < user_count; i++) {
        users[i]->posts = lists;
        lists += users[i]->post_count;
        users[i]->post_count = 0;
    }
    for (size_t i = 0; i < post_count; i++) {
        user *author = posts[i]->author;
        author->posts[author->post_count++] = posts[i];
    }
}

static void load_posts(void)
{
    sqlite3_stmt *query = bench_prepare(db, "SELECT " POST_COLUMNS " FROM posts ORDER BY id");
    while (sqlite3_step(query) == SQLITE_ROW) {
        user *author = user_by_id(sqlite3_column_int64(query, 1));
        if (author == NULL)
            continue;
        posts = grown(posts, post_count, &post_capacity);
        posts[post_count] = post_read(query);
        posts[post_count++]->author = author;
    }
    bench_ok(sqlite3_finalize(query), db);
    link_posts();
}

static void run_graph(bench *b)
{
    bench_sql(db, "BEGIN");
    load_users();
    load_posts();
    bench_sql(db, "COMMIT");
    walk_graph(b);
}

static void run_graph_by_parent(bench *b)
{
    bench_sql(db, "BEGIN");
    load_users();
    sqlite3_stmt *query =
        bench_prepare(db, "SELECT " POST_COLUMNS " FROM posts WHERE user_id = ?1 ORDER BY id");
    for (size_t i = 0; i < user_count; i++) {
        post *found[256]; /* more than anybody has */
        size_t count = 0;
        (void)sqlite3_bind_int64(query, 1, users[i]->id);
        while (sqlite3_step(query) == SQLITE_ROW && count < sizeof found / sizeof *found) {
            found[count] = post_read(query);
            found[count++]->author = users[i];
        }
        bench_ok(sqlite3_reset(query), db);
        users[i]->posts = arena(count * sizeof *found);
        memcpy(users[i]->posts, found, count * sizeof *found);
        users[i]->post_count = count;
    }
    bench_ok(sqlite3_finalize(query), db);
    bench_sql(db, "COMMIT");
    walk_graph(b);
}

/* ---- W6: one column of each ------------------------------------------------------------------ */

/* The changed rows are in the order of their keys, and most rows have changed: a scan of the table
 * that steps along both is faster than looking each row up, and than UPDATE ... FROM. */
static size_t change_at;

static user *change_of(int64_t id)
{
    while (change_at > 0 && users[change_at]->id > id)
        change_at--;
    while (change_at + 1 < user_count && users[change_at]->id < id)
        change_at++;
    return users[change_at]->id == id ? users[change_at] : NULL;
}

static void changed(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    sqlite3_result_int(context, change_of(sqlite3_value_int64(argv[0])) != NULL);
}

static void age_of(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc;
    sqlite3_result_int64(context, change_of(sqlite3_value_int64(argv[0]))->age);
}

static void run_update(bench *b)
{
    (void)b;
    bench_sql(db, "BEGIN IMMEDIATE");
    load_users();
    for (size_t i = 0; i < user_count; i++)
        users[i]->age += 1;
    bench_ok(sqlite3_create_function(db, "changed", 1, SQLITE_UTF8, NULL, changed, NULL, NULL), db);
    bench_ok(sqlite3_create_function(db, "age_of", 1, SQLITE_UTF8, NULL, age_of, NULL, NULL), db);
    sqlite3_stmt *update = bench_prepare(
        db, "UPDATE users SET age = age_of(id) WHERE id BETWEEN ?1 AND ?2 AND changed(id)");
    (void)sqlite3_bind_int64(update, 1, users[0]->id);
    (void)sqlite3_bind_int64(update, 2, users[user_count - 1]->id);
    (void)sqlite3_step(update);
    bench_ok(sqlite3_finalize(update), db);
    bench_sql(db, "COMMIT");
}

/* ---- W7, W7o: deletes ------------------------------------------------------------------------ */

static int by_user_id(const void *a, const void *b)
{
    const user *one = *(user *const *)a, *other = *(user *const *)b;
    return one->id < other->id ? -1 : one->id > other->id;
}

/* The order in which the program comes upon them is random; that of the table is faster. */
static void sort_doomed(void)
{
    user **doomed = bench_allocate((user_count + 1) * sizeof(user *));
    for (size_t i = 0; i < user_count; i++)
        doomed[i] = users[order[i]];
    qsort(doomed, user_count, sizeof *doomed, by_user_id);
    user_rows.items = (void *const *)doomed;
    user_rows.count = user_count;
}

static void run_delete(bench *b)
{
    (void)b;
    bench_sql(db, "BEGIN IMMEDIATE");
    sort_doomed();
    bench_sql(db, "DELETE FROM posts WHERE user_id IN (SELECT id FROM user_rows)");
    bench_sql(db, "DELETE FROM users WHERE id IN (SELECT id FROM user_rows)");
    bench_sql(db, "COMMIT");
}

static void run_delete_objects(bench *b)
{
    (void)b;
    bench_sql(db, "BEGIN IMMEDIATE");
    sort_doomed();
    load_posts();
    post_rows.items = (void *const *)posts;
    post_rows.count = post_count;
    bench_sql(db, "DELETE FROM posts WHERE id IN (SELECT id FROM post_rows)");
    bench_sql(db, "DELETE FROM users WHERE id IN (SELECT id FROM user_rows)");
    bench_sql(db, "COMMIT");
}

/* ---- W9: a new graph ------------------------------------------------------------------------- */

static void run_new_graph(bench *b)
{
    const size_t parents = b->scale / BENCH_POSTS;
    for (size_t i = 0; i < parents; i++) {
        user *author = users[user_count++] = user_new(&user_input[i]);
        author->posts = &posts[post_count];
        author->post_count = BENCH_POSTS;
        for (size_t k = 0; k < BENCH_POSTS; k++) {
            posts[post_count] = post_new(&post_input[post_count]);
            posts[post_count++]->author = author;
        }
    }
    bench_sql(db, "BEGIN IMMEDIATE");
    insert_users();
    int64_t id = last_id("SELECT max(id) FROM posts");
    for (size_t i = 0; i < post_count; i++) {
        posts[i]->id = ++id;
        posts[i]->user_id = posts[i]->author->id;
    }
    post_rows.items = (void *const *)posts;
    post_rows.count = post_count;
    bench_sql(db, "INSERT INTO posts (user_id, title, body, views) "
                  "SELECT user_id, title, body, views FROM post_rows");
    bench_sql(db, "COMMIT");
}

/* ---- All ------------------------------------------------------------------------------------- */

static const bench_workload workloads[] = {
    {"W1", prepare_input, run_insert, check_written},
    {"W2", prepare_order, run_get, check_users},
    {"get", prepare_known, run_known, check_digest},
    {"W3", prepare_load, run_load, check_users},
    {"W3-read-only", prepare_load, run_load, check_users},
    {"W4", prepare_load, run_graph, check_graph},
    {"W5", prepare_load, run_graph_by_parent, check_graph},
    {"W6", prepare_change, run_update, check_written},
    {"W7", prepare_loaded, run_delete, check_database},
    {"W7o", prepare_loaded, run_delete_objects, check_database},
    {"W8", prepare_load, run_each, check_digest},
    {"W9", prepare_graph_input, run_new_graph, check_graph_written},
    {"flush-1", prepare_flushes, run_flushes, check_written},
    {"flush-10", prepare_flushes, run_flushes, check_written},
    {"flush-100", prepare_flushes, run_flushes, check_written},
    {NULL, NULL, NULL, NULL},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, "expert", workloads);
}
