/* plain.c: the workloads as a competent programmer writes them in C, by hand and without haste:
 * statements are prepared once and used again, what is written is in one transaction, each row that
 * is read becomes a struct from malloc with texts from strdup. */
#include "bench.h"

typedef struct post post;
typedef struct user {
    int64_t id;
    char *username, *email;
    int64_t age;
    double balance;
    int64_t created_at;
    post **posts;
    size_t post_count, post_capacity;
} user;
struct post {
    int64_t id, user_id;
    char *title, *body;
    int64_t views;
    user *author;
};

#define USER_COLUMNS "id, username, email, age, balance, created_at"
#define POST_COLUMNS "id, user_id, title, body, views"

static sqlite3 *db;
static user **users;
static size_t user_count;
static post **posts;
static size_t post_count;
static bench_user *user_input;
static bench_post *post_input;
static size_t *order;

/* ---- Rows and objects ------------------------------------------------------------------------ */

static user *user_new(const bench_user *from)
{
    user *made = bench_allocate(sizeof *made);
    *made = (user){.username = bench_copy(from->username),
                   .email = bench_copy(from->email),
                   .age = from->age,
                   .balance = from->balance,
                   .created_at = from->created_at};
    return made;
}

static post *post_new(const bench_post *from)
{
    post *made = bench_allocate(sizeof *made);
    *made = (post){
        .title = bench_copy(from->title), .body = bench_copy(from->body), .views = from->views};
    return made;
}

static user *user_read(sqlite3_stmt *row)
{
    user *read = bench_allocate(sizeof *read);
    *read = (user){.id = sqlite3_column_int64(row, 0),
                   .username = bench_copy((const char *)sqlite3_column_text(row, 1)),
                   .email = bench_copy((const char *)sqlite3_column_text(row, 2)),
                   .age = sqlite3_column_int64(row, 3),
                   .balance = sqlite3_column_double(row, 4),
                   .created_at = sqlite3_column_int64(row, 5)};
    return read;
}

static post *post_read(sqlite3_stmt *row)
{
    post *read = bench_allocate(sizeof *read);
    *read = (post){.id = sqlite3_column_int64(row, 0),
                   .user_id = sqlite3_column_int64(row, 1),
                   .title = bench_copy((const char *)sqlite3_column_text(row, 2)),
                   .body = bench_copy((const char *)sqlite3_column_text(row, 3)),
                   .views = sqlite3_column_int64(row, 4)};
    return read;
}

static void user_free(user *gone)
{
    free(gone->username);
    free(gone->email);
    free(gone->posts);
    free(gone);
}

static void post_free(post *gone)
{
    free(gone->title);
    free(gone->body);
    free(gone);
}

static void user_add_post(user *author, post *added)
{
    if (author->post_count == author->post_capacity) {
        author->post_capacity = author->post_capacity == 0 ? 8 : author->post_capacity * 2;
        author->posts = realloc(author->posts, author->post_capacity * sizeof *author->posts);
        if (author->posts == NULL)
            bench_fail("out of memory");
    }
    author->posts[author->post_count++] = added;
    added->author = author;
}

static void load_users(void)
{
    size_t capacity = 0;
    sqlite3_stmt *query = bench_prepare(db, "SELECT " USER_COLUMNS " FROM users ORDER BY id");
    while (sqlite3_step(query) == SQLITE_ROW) {
        if (user_count == capacity) {
            capacity = capacity == 0 ? 64 : capacity * 2;
            users = realloc(users, capacity * sizeof *users);
            if (users == NULL)
                bench_fail("out of memory");
        }
        users[user_count++] = user_read(query);
    }
    bench_ok(sqlite3_finalize(query), db);
}

static int64_t insert_user(sqlite3_stmt *insert, const user *from)
{
    bench_ok(sqlite3_bind_text(insert, 1, from->username, -1, SQLITE_TRANSIENT), db);
    bench_ok(sqlite3_bind_text(insert, 2, from->email, -1, SQLITE_TRANSIENT), db);
    bench_ok(sqlite3_bind_int64(insert, 3, from->age), db);
    bench_ok(sqlite3_bind_double(insert, 4, from->balance), db);
    bench_ok(sqlite3_bind_int64(insert, 5, from->created_at), db);
    bench_ok(sqlite3_step(insert), db);
    bench_ok(sqlite3_reset(insert), db);
    return sqlite3_last_insert_rowid(db);
}

static int64_t insert_post(sqlite3_stmt *insert, const post *from)
{
    bench_ok(sqlite3_bind_int64(insert, 1, from->user_id), db);
    bench_ok(sqlite3_bind_text(insert, 2, from->title, -1, SQLITE_TRANSIENT), db);
    bench_ok(sqlite3_bind_text(insert, 3, from->body, -1, SQLITE_TRANSIENT), db);
    bench_ok(sqlite3_bind_int64(insert, 4, from->views), db);
    bench_ok(sqlite3_step(insert), db);
    bench_ok(sqlite3_reset(insert), db);
    return sqlite3_last_insert_rowid(db);
}

static sqlite3_stmt *prepare_user_insert(void)
{
    return bench_prepare(db, "INSERT INTO users (username, email, age, balance, created_at) "
                             "VALUES (?1, ?2, ?3, ?4, ?5)");
}

static sqlite3_stmt *prepare_age_update(void)
{
    return bench_prepare(db, "UPDATE users SET age = ?1 WHERE id = ?2");
}

static void update_age(sqlite3_stmt *update, const user *from)
{
    bench_ok(sqlite3_bind_int64(update, 1, from->age), db);
    bench_ok(sqlite3_bind_int64(update, 2, from->id), db);
    bench_ok(sqlite3_step(update), db);
    bench_ok(sqlite3_reset(update), db);
}

/* ---- Before and after ------------------------------------------------------------------------ */

static void prepare(bench *b)
{
    db = bench_open(b, 0);
    users = bench_allocate((b->scale + 1) * sizeof *users);
}

static void prepare_input(bench *b)
{
    prepare(b);
    user_input = bench_users_ready(b->rows);
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
    prepare(b);
    users = NULL;
    load_users();
    order = bench_shuffled(user_count);
}

static void prepare_queries(bench *b)
{
    prepare_loaded(b);
    bench_warm(db);
}

static void prepare_load(bench *b)
{
    db = bench_open(b, 0);
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
    bench_sql(db, "BEGIN");
    sqlite3_stmt *insert = prepare_user_insert();
    for (size_t i = 0; i < b->rows; i++) {
        user *made = users[user_count++] = user_new(&user_input[i]);
        made->id = insert_user(insert, made);
    }
    bench_ok(sqlite3_finalize(insert), db);
    bench_sql(db, "COMMIT");
}

static void prepare_flushes(bench *b)
{
    prepare_input(b);
    free(users);
    users = bench_allocate((b->rows + 1) * sizeof *users);
}

static void run_flushes(bench *b)
{
    const size_t each = b->rows / BENCH_FLUSHES;
    sqlite3_stmt *begin = bench_prepare(db, "BEGIN"), *commit = bench_prepare(db, "COMMIT");
    sqlite3_stmt *insert = prepare_user_insert();
    while (user_count < b->rows) {
        bench_ok(sqlite3_step(begin), db);
        bench_ok(sqlite3_reset(begin), db);
        for (size_t i = 0; i < each; i++) {
            user *made = users[user_count] = user_new(&user_input[user_count]);
            made->id = insert_user(insert, made);
            user_count++;
        }
        bench_ok(sqlite3_step(commit), db);
        bench_ok(sqlite3_reset(commit), db);
    }
    bench_ok(sqlite3_finalize(begin), db);
    bench_ok(sqlite3_finalize(commit), db);
    bench_ok(sqlite3_finalize(insert), db);
}

/* ---- W2, get: one by its key ----------------------------------------------------------------- */

static void run_get(bench *b)
{
    sqlite3_stmt *query = bench_prepare(db, "SELECT " USER_COLUMNS " FROM users WHERE id = ?1");
    for (size_t i = 0; i < b->rows; i++) {
        bench_ok(sqlite3_bind_int64(query, 1, (int64_t)order[i] + 1), db);
        if (sqlite3_step(query) == SQLITE_ROW)
            users[user_count++] = user_read(query);
        bench_ok(sqlite3_reset(query), db);
    }
    bench_ok(sqlite3_finalize(query), db);
}

/* A table with chains, as books show it. */
typedef struct entry {
    user *object;
    struct entry *next;
} entry;
static entry **buckets;
static size_t bucket_count;

static void prepare_known(bench *b)
{
    prepare_loaded(b);
    for (bucket_count = 64; bucket_count < user_count; bucket_count *= 2) {
    }
    buckets = calloc(bucket_count, sizeof(entry *));
    if (buckets == NULL)
        bench_fail("out of memory");
    for (size_t i = 0; i < user_count; i++) {
        entry *added = bench_allocate(sizeof *added);
        entry **bucket = &buckets[(uint64_t)users[i]->id % bucket_count];
        *added = (entry){users[i], *bucket};
        *bucket = added;
    }
}

static user *known(int64_t id)
{
    entry *at = buckets[(uint64_t)id % bucket_count];
    while (at != NULL && at->object->id != id)
        at = at->next;
    return at == NULL ? NULL : at->object;
}

static void run_known(bench *b)
{
    int64_t sum = 0;
    for (size_t round = 0; round < b->rows / user_count; round++)
        for (size_t i = 0; i < user_count; i++)
            sum += known((int64_t)order[i] + 1)->age;
    bench_digest_integer(&b->digest, sum);
}

/* ---- Queries and a commit among many objects ------------------------------------------------- */

static void run_queries(bench *b)
{
    int64_t sum = 0;
    char username[32];
    sqlite3_stmt *query =
        bench_prepare(db, "SELECT " USER_COLUMNS " FROM users WHERE username = ?1");
    for (size_t i = 0; i < b->rows; i++) {
        bench_username(order[i % user_count], username);
        bench_ok(sqlite3_bind_text(query, 1, username, -1, SQLITE_TRANSIENT), db);
        if (sqlite3_step(query) != SQLITE_ROW)
            bench_fail(sqlite3_errmsg(db));
        user *read = user_read(query);
        sum += read->created_at;
        user_free(read);
        bench_ok(sqlite3_reset(query), db);
    }
    bench_ok(sqlite3_finalize(query), db);
    bench_digest_integer(&b->digest, sum);
}

static void run_few_changes(bench *b)
{
    bench_sql(db, "BEGIN");
    sqlite3_stmt *update = prepare_age_update();
    for (size_t i = 0; i < b->rows; i++) {
        users[order[i]]->age += 1;
        update_age(update, users[order[i]]);
    }
    bench_ok(sqlite3_finalize(update), db);
    bench_sql(db, "COMMIT");
}

/* ---- W3, W8: all users ----------------------------------------------------------------------- */

static void run_load(bench *b)
{
    (void)b;
    load_users();
}

static void run_each(bench *b)
{
    sqlite3_stmt *query = bench_prepare(db, "SELECT " USER_COLUMNS " FROM users ORDER BY id");
    int64_t sum = 0;
    while (sqlite3_step(query) == SQLITE_ROW) {
        user *one = user_read(query);
        sum += one->age + one->created_at + one->username[4] + one->email[5];
        user_free(one);
    }
    bench_ok(sqlite3_finalize(query), db);
    bench_digest_integer(&b->digest, sum);
}

/* ---- W4, W5: users with their posts ---------------------------------------------------------- */

/* Both ends are used: what is not linked before it is looked at would not be measured. */
static void walk_graph(bench *b)
{
    int64_t sum = 0;
    for (size_t i = 0; i < user_count; i++)
        for (size_t k = 0; k < users[i]->post_count; k++)
            sum += users[i]->posts[k]->author->id + users[i]->posts[k]->views;
    bench_digest_integer(&b->digest, sum);
}

static void run_graph(bench *b)
{
    enum { RANGE = 1000 };
    load_users();
    sqlite3_stmt *query = bench_prepare(db, "SELECT " POST_COLUMNS " FROM posts WHERE user_id "
                                            "BETWEEN ?1 AND ?2 ORDER BY user_id, id");
    for (size_t first = 0; first < user_count; first += RANGE) {
        const size_t end = first + RANGE < user_count ? first + RANGE : user_count;
        size_t at = first;
        bench_ok(sqlite3_bind_int64(query, 1, users[first]->id), db);
        bench_ok(sqlite3_bind_int64(query, 2, users[end - 1]->id), db);
        while (sqlite3_step(query) == SQLITE_ROW) {
            post *read = post_read(query);
            while (users[at]->id != read->user_id)
                at++;
            user_add_post(users[at], read);
        }
        bench_ok(sqlite3_reset(query), db);
    }
    bench_ok(sqlite3_finalize(query), db);
    walk_graph(b);
}

static sqlite3_stmt *prepare_posts_of(void)
{
    return bench_prepare(db, "SELECT " POST_COLUMNS " FROM posts WHERE user_id = ?1 ORDER BY id");
}

static void load_posts_of(sqlite3_stmt *query, user *author)
{
    bench_ok(sqlite3_bind_int64(query, 1, author->id), db);
    while (sqlite3_step(query) == SQLITE_ROW)
        user_add_post(author, post_read(query));
    bench_ok(sqlite3_reset(query), db);
}

static void run_graph_by_parent(bench *b)
{
    load_users();
    sqlite3_stmt *query = prepare_posts_of();
    for (size_t i = 0; i < user_count; i++)
        load_posts_of(query, users[i]);
    bench_ok(sqlite3_finalize(query), db);
    walk_graph(b);
}

/* ---- W6: one column of each ------------------------------------------------------------------ */

static void run_update(bench *b)
{
    (void)b;
    bench_sql(db, "BEGIN");
    load_users();
    sqlite3_stmt *update = prepare_age_update();
    for (size_t i = 0; i < user_count; i++) {
        users[i]->age += 1;
        update_age(update, users[i]);
    }
    bench_ok(sqlite3_finalize(update), db);
    bench_sql(db, "COMMIT");
}

/* ---- W7, W7o: deletes ------------------------------------------------------------------------ */

static void delete_row(sqlite3_stmt *statement, int64_t id)
{
    bench_ok(sqlite3_bind_int64(statement, 1, id), db);
    bench_ok(sqlite3_step(statement), db);
    bench_ok(sqlite3_reset(statement), db);
}

static void run_delete(bench *b)
{
    (void)b;
    bench_sql(db, "BEGIN");
    sqlite3_stmt *statement = bench_prepare(db, "DELETE FROM users WHERE id = ?1");
    for (size_t i = 0; i < user_count; i++) {
        delete_row(statement, users[order[i]]->id);
        user_free(users[order[i]]);
    }
    bench_ok(sqlite3_finalize(statement), db);
    bench_sql(db, "COMMIT");
}

static void run_delete_objects(bench *b)
{
    (void)b;
    bench_sql(db, "BEGIN");
    sqlite3_stmt *query = prepare_posts_of();
    sqlite3_stmt *of_user = bench_prepare(db, "DELETE FROM users WHERE id = ?1");
    sqlite3_stmt *of_post = bench_prepare(db, "DELETE FROM posts WHERE id = ?1");
    for (size_t i = 0; i < user_count; i++) {
        user *gone = users[order[i]];
        load_posts_of(query, gone);
        for (size_t k = 0; k < gone->post_count; k++) {
            delete_row(of_post, gone->posts[k]->id);
            post_free(gone->posts[k]);
        }
        delete_row(of_user, gone->id);
        user_free(gone);
    }
    bench_ok(sqlite3_finalize(query), db);
    bench_ok(sqlite3_finalize(of_user), db);
    bench_ok(sqlite3_finalize(of_post), db);
    bench_sql(db, "COMMIT");
}

/* ---- W9: a new graph ------------------------------------------------------------------------- */

static void run_new_graph(bench *b)
{
    const size_t parents = b->scale / BENCH_POSTS;
    for (size_t i = 0; i < parents; i++) {
        users[user_count++] = user_new(&user_input[i]);
        for (size_t k = 0; k < BENCH_POSTS; k++) {
            posts[post_count] = post_new(&post_input[post_count]);
            user_add_post(users[i], posts[post_count]);
            post_count++;
        }
    }
    bench_sql(db, "BEGIN");
    sqlite3_stmt *insert = prepare_user_insert();
    sqlite3_stmt *of_post = bench_prepare(
        db, "INSERT INTO posts (user_id, title, body, views) VALUES (?1, ?2, ?3, ?4)");
    for (size_t i = 0; i < user_count; i++)
        users[i]->id = insert_user(insert, users[i]);
    for (size_t i = 0; i < post_count; i++) {
        posts[i]->user_id = posts[i]->author->id;
        posts[i]->id = insert_post(of_post, posts[i]);
    }
    bench_ok(sqlite3_finalize(insert), db);
    bench_ok(sqlite3_finalize(of_post), db);
    bench_sql(db, "COMMIT");
}

/* ---- All ------------------------------------------------------------------------------------- */

static const bench_workload workloads[] = {
    {"W1", prepare_input, run_insert, check_written},
    {"W2", prepare_order, run_get, check_users},
    {"get", prepare_known, run_known, check_digest},
    {"queries-tracked", prepare_queries, run_queries, check_digest},
    {"queries-read-only", prepare_queries, run_queries, check_digest},
    {"queries-no-autoflush", prepare_queries, run_queries, check_digest},
    {"commit-10", prepare_loaded, run_few_changes, check_database},
    {"W3", prepare_load, run_load, check_users},
    {"W3-read-only", prepare_load, run_load, check_users},
    {"W4", prepare_load, run_graph, check_graph},
    {"W5", prepare_load, run_graph_by_parent, check_graph},
    {"W6", prepare_load, run_update, check_written},
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
    return bench_main(argc, argv, "plain", workloads);
}
