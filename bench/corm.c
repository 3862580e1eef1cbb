/* corm.c: the workloads as a program writes them with corm, with its defaults. */
#define _POSIX_C_SOURCE 200809L
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

#include "bench.h"

/* clang-format off */
#define USER(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id,         .primary_key = true)                                           \
    COLUMN(TEXT,    username,   .length = 64, .unique = true, .index = true)                   \
    COLUMN(TEXT,    email,      .length = 120)                                                 \
    COLUMN(INTEGER, age)                                                                       \
    COLUMN(REAL,    balance)                                                                   \
    COLUMN(INTEGER, created_at)                                                                \
    RELATIONSHIP(ONE_TO_MANY, posts, Post, author, .cascade = CORM_CASCADE_ALL)
#define POST(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id,         .primary_key = true)                                           \
    COLUMN(INTEGER, user_id,    .references = corm_ref(User, id), .index = true,               \
                                .on_delete = CORM_ACTION_CASCADE)                              \
    COLUMN(TEXT,    title,      .length = 120)                                                 \
    COLUMN(TEXT,    body)                                                                      \
    COLUMN(INTEGER, views)                                                                     \
    RELATIONSHIP(MANY_TO_ONE, author, User, posts)
#define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
CORM_SCHEMA(blog, BLOG)

/* The same tables, for a program that leaves the posts of deleted users to the database. */
#define MEMBER(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER, id,         .primary_key = true)                                           \
    COLUMN(TEXT,    username,   .length = 64, .unique = true, .index = true)                   \
    COLUMN(TEXT,    email,      .length = 120)                                                 \
    COLUMN(INTEGER, age)                                                                       \
    COLUMN(REAL,    balance)                                                                   \
    COLUMN(INTEGER, created_at)                                                                \
    RELATIONSHIP(ONE_TO_MANY, notes, Note, member, .passive_deletes = true,                    \
                 .cascade = CORM_CASCADE_ALL)
#define NOTE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id,         .primary_key = true)                                           \
    COLUMN(INTEGER, user_id,    .references = corm_ref(Member, id), .index = true,             \
                                .on_delete = CORM_ACTION_CASCADE)                              \
    COLUMN(TEXT,    title,      .length = 120)                                                 \
    COLUMN(TEXT,    body)                                                                      \
    COLUMN(INTEGER, views)                                                                     \
    RELATIONSHIP(MANY_TO_ONE, member, Member, notes)
#define LABEL(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,         .primary_key = true)                                               \
    COLUMN(TEXT,    name)
#define THING(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,         .primary_key = true)                                               \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(MANY_TO_MANY, labels, Label, BACKREF(things),                                     \
                 .secondary = corm_secondary("labelled", "thing_id", "label_id"))
#define LABELS(MODEL) MODEL(Label, "labels", LABEL) MODEL(Thing, "things", THING)
CORM_SCHEMA(labels, LABELS)
#define ROOM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(TEXT,    name,       .primary_key = true)
#define SEAT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(TEXT,    room,       .primary_key = true, .references = corm_ref(Room, name),           \
                                .on_update = CORM_ACTION_CASCADE)                                  \
    COLUMN(INTEGER, number,     .primary_key = true)
#define TICKET(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,         .primary_key = true)                                               \
    COLUMN(TEXT,    room,       .references = corm_ref(Seat, room), .on_update = CORM_ACTION_CASCADE) \
    COLUMN(INTEGER, number,     .references = corm_ref(Seat, number),                              \
                                .on_update = CORM_ACTION_CASCADE)
#define THEATRE(MODEL)                                                                             \
    MODEL(Room,   "rooms",   ROOM)                                                                 \
    MODEL(Seat,   "seats",   SEAT)                                                                 \
    MODEL(Ticket, "tickets", TICKET, .indexes = {corm_index(Ticket, (room, number))})
CORM_SCHEMA(theatre, THEATRE)
#define PASSIVE(MODEL) MODEL(Member, "users", MEMBER) MODEL(Note, "posts", NOTE)
CORM_SCHEMA(passive, PASSIVE)
/* clang-format on */

/* bench/scale says what an object may cost beside its struct. */
_Static_assert(sizeof(User) == 48, "bench/scale has the size of the struct");

static corm_engine *engine;
static corm_session *session;
static User_list users;
static Member_list members;
static User **added;
static Post **removed;
static size_t added_count;
static bench_user *user_input;
static bench_post *post_input;
static size_t *order;

static void ok(corm_status status)
{
    if (status != CORM_OK)
        bench_fail(corm_error_message(session));
}

/* ---- Before and after ------------------------------------------------------------------------ */

static void open_session(const bench *b, const corm_schema *schema,
                         const corm_session_options *options)
{
    engine = corm_sqlite_engine(b->memory ? ":memory:" : b->path, schema, NULL);
    session = corm_session_open(engine, options);
    if (session == NULL)
        bench_fail("out of memory");
    if (b->memory)
        bench_copy_into(corm_sqlite_handle(session), b->path);
    ok(corm_commit(session));
    ok(corm_create_all(session)); /* whether the tables are as the models say */
    ok(corm_commit(session));
}

static void open_with(const bench *b, const corm_schema *schema)
{
    open_session(b, schema, NULL);
}

/* A list lives as long as the transaction in which it was made. */
static void **list_keep(const void *items, size_t count)
{
    void **kept = bench_allocate((count + 1) * sizeof *kept);
    if (count > 0)
        memcpy(kept, items, count * sizeof *kept);
    return kept;
}

static void prepare(bench *b)
{
    open_with(b, &blog);
    added = bench_allocate((b->rows + 1) * sizeof(User *));
}

static void prepare_input(bench *b)
{
    prepare(b);
    user_input = bench_users_ready(b->rows);
}

static void prepare_graph_input(bench *b)
{
    prepare(b);
    user_input = bench_users_ready(b->scale / BENCH_POSTS);
    post_input = bench_posts_ready(b->scale);
}

static void prepare_order(bench *b)
{
    prepare(b);
    order = bench_shuffled(b->scale);
}

static void load_known(void)
{
    users = corm_all(session, User, .order_by = corm_asc(User_.id));
    users.items = (User **)(void *)list_keep(users.items, users.count);
    order = bench_shuffled(users.count);
}

static void prepare_known(bench *b)
{
    open_with(b, &blog);
    load_known();
}

static void prepare_known_and_added(bench *b)
{
    prepare(b);
    load_known();
}

static void prepare_members(bench *b)
{
    open_with(b, &passive);
    members = corm_all(session, Member, .order_by = corm_asc(Member_.id));
    members.items = (Member **)(void *)list_keep(members.items, members.count);
    order = bench_shuffled(members.count);
    ok(corm_commit(session));
}

static void prepare_members_and_notes(bench *b)
{
    prepare_members(b);
    (void)corm_all(session, Note);
    ok(corm_commit(session));
}

static void prepare_tracked(bench *b)
{
    prepare_known(b);
    bench_warm(corm_sqlite_handle(session));
}

static void prepare_read_only(bench *b)
{
    open_with(b, &blog);
    users = corm_all(session, User, .order_by = corm_asc(User_.id), .read_only = true);
    order = bench_shuffled(users.count);
    bench_warm(corm_sqlite_handle(session));
}

static void prepare_no_autoflush(bench *b)
{
    open_session(b, &blog, &(corm_session_options){.no_autoflush = true});
    load_known();
    bench_warm(corm_sqlite_handle(session));
}

static void prepare_users(bench *b)
{
    prepare_known(b);
    ok(corm_commit(session));
}

/* Their links were made in an earlier transaction. */
static void prepare_linked(bench *b)
{
    open_with(b, &blog);
    load_known();
    for (size_t i = 0; i < users.count; i++)
        User_posts_append(users.items[i],
                          corm_new(session, Post, .title = "title", .body = "body", .views = 1));
    ok(corm_commit(session));
    (void)corm_all(session, User);
}

/* Beside as many new objects, which are linked to others. */
static void prepare_beside(bench *b)
{
    open_with(b, &blog);
    load_known();
    User *author = corm_new(session, User, .username = "author", .email = "a@example.com");
    for (size_t i = 0; i < users.count; i++)
        User_posts_append(author, corm_new(session, Post, .title = "title", .body = "body"));
    ok(corm_add(session, author));
}

/* One user has them all. */
static void prepare_removals(bench *b)
{
    open_with(b, &blog);
    load_known();
    removed = bench_allocate((users.count + 1) * sizeof(Post *));
    for (size_t i = 0; i < users.count; i++) {
        removed[i] = corm_new(session, Post, .title = "title", .body = "body", .views = 1);
        User_posts_append(users.items[0], removed[i]);
    }
    if (User_posts(users.items[0]).count != users.count)
        bench_fail(corm_error_message(session));
}

/* A room of seats, with a ticket for each. */
static void prepare_seats(bench *b)
{
    open_with(b, &theatre);
    ok(corm_create_all(session));
    ok(corm_add(session, corm_new(session, Room, .name = "hall")));
    for (size_t i = 0; i < b->rows; i++)
        ok(corm_add(session, corm_new(session, Seat, .room = "hall", .number = (int64_t)i)));
    for (size_t i = 0; i < b->rows; i++)
        ok(corm_add(session, corm_new(session, Ticket, .room = "hall", .number = (int64_t)i)));
    ok(corm_commit(session));
}

static void prepare_labels(bench *b)
{
    open_with(b, &labels);
    ok(corm_create_all(session));
    ok(corm_commit(session));
}

static void close_session(void)
{
    corm_session_close(session);
    if (corm_engine_close(engine) != CORM_OK)
        bench_fail("the engine is in use");
}

static void digest_user(bench *b, const User *u)
{
    bench_digest_user(&b->digest, u->id, u->username, u->email, u->age, u->balance, u->created_at);
}

static void check_users(bench *b)
{
    for (size_t i = 0; i < users.count; i++)
        digest_user(b, users.items[i]);
    close_session();
}

static void check_added(bench *b)
{
    for (size_t i = 0; i < added_count; i++)
        digest_user(b, added[i]);
    close_session();
}

static void check_written(bench *b)
{
    users.items = (User **)(void *)list_keep(users.items, users.count);
    bench_digest_database(b, corm_sqlite_handle(session));
    check_users(b);
}

static void check_added_written(bench *b)
{
    bench_digest_database(b, corm_sqlite_handle(session));
    check_added(b);
}

static void digest_posts(bench *b, User *author)
{
    const Post_list posts = User_posts(author);
    for (size_t k = 0; k < posts.count; k++) {
        const Post *p = posts.items[k];
        bench_digest_post(&b->digest, p->id, p->user_id, p->title, p->body, p->views);
    }
}

static void check_graph(bench *b)
{
    for (size_t i = 0; i < users.count; i++)
        digest_posts(b, users.items[i]);
    check_users(b);
}

static void check_graph_written(bench *b)
{
    bench_digest_database(b, corm_sqlite_handle(session));
    /* at once: the commit has expired them, and each list that is loaded alone is a query */
    (void)corm_all(session, User, .load = corm_load(User_.posts));
    for (size_t i = 0; i < added_count; i++)
        digest_posts(b, added[i]);
    check_added(b);
}

static void check_database(bench *b)
{
    bench_digest_database(b, corm_sqlite_handle(session));
    close_session();
}

static void check_digest(bench *b)
{
    (void)b;
    close_session();
}

/* ---- W1, flushes: inserts -------------------------------------------------------------------- */

static User *user_new(const bench_user *from)
{
    User *made =
        corm_new(session, User, .username = from->username, .email = from->email, .age = from->age,
                 .balance = from->balance, .created_at = from->created_at);
    return added[added_count++] = made;
}

static void run_insert(bench *b)
{
    for (size_t i = 0; i < b->rows; i++)
        ok(corm_add(session, user_new(&user_input[i])));
    ok(corm_commit(session));
}

static void run_flushes(bench *b)
{
    const size_t each = b->rows / BENCH_FLUSHES;
    while (added_count < b->rows) {
        for (size_t i = 0; i < each; i++)
            ok(corm_add(session, user_new(&user_input[added_count])));
        ok(corm_commit(session));
    }
}

/* ---- W2, get: one by its key ----------------------------------------------------------------- */

static void run_get(bench *b)
{
    for (size_t i = 0; i < b->rows; i++)
        added[added_count++] = corm_get(session, User, (int64_t)order[i] + 1);
    ok(corm_commit(session));
}

static void run_known(bench *b)
{
    int64_t sum = 0;
    for (size_t round = 0; round < b->rows / users.count; round++)
        for (size_t i = 0; i < users.count; i++)
            sum += corm_get(session, User, (int64_t)order[i] + 1)->age;
    bench_digest_integer(&b->digest, sum);
}

/* ---- Queries and a commit among many objects ------------------------------------------------- */

static void run_queries(bench *b)
{
    int64_t sum = 0;
    char username[32];
    for (size_t i = 0; i < b->rows; i++) {
        bench_username(order[i % users.count], username);
        sum += corm_one(session, User, .where = corm_eq(User_.username, username))->created_at;
    }
    ok(corm_commit(session));
    bench_digest_integer(&b->digest, sum);
}

static void run_few_changes(bench *b)
{
    for (size_t i = 0; i < b->rows; i++)
        users.items[order[i]]->age += 1;
    ok(corm_commit(session));
}

/* ---- W3, W8: all users ----------------------------------------------------------------------- */

static void run_load(bench *b)
{
    (void)b;
    users = corm_all(session, User, .order_by = corm_asc(User_.id));
    ok(corm_commit(session));
}

static void run_load_read_only(bench *b)
{
    (void)b;
    users = corm_all(session, User, .order_by = corm_asc(User_.id), .read_only = true);
    ok(corm_commit(session));
}

static void run_each(bench *b)
{
    int64_t sum = 0;
    corm_stream *stream = corm_stream_open(session, User, .order_by = corm_asc(User_.id));
    for (const User *row; (row = corm_stream_next(stream)) != NULL;)
        sum += row->age + row->created_at + row->username[4] + row->email[5];
    ok(corm_stream_close(stream));
    ok(corm_commit(session));
    bench_digest_integer(&b->digest, sum);
}

/* ---- W4, W5: users with their posts ---------------------------------------------------------- */

static void walk_graph(bench *b)
{
    int64_t sum = 0;
    for (size_t i = 0; i < users.count; i++) {
        const Post_list posts = User_posts(users.items[i]);
        for (size_t k = 0; k < posts.count; k++)
            sum += Post_author(posts.items[k])->id + posts.items[k]->views;
    }
    bench_digest_integer(&b->digest, sum);
}

static void run_graph(bench *b)
{
    users = corm_all(session, User, .order_by = corm_asc(User_.id), .load = corm_load(User_.posts));
    walk_graph(b);
}

/* Parent by parent: corm batches by itself. */
static void run_graph_by_parent(bench *b)
{
    users = corm_all(session, User, .order_by = corm_asc(User_.id));
    walk_graph(b);
}

/* ---- W6: one column of each ------------------------------------------------------------------ */

static void run_update(bench *b)
{
    (void)b;
    users = corm_all(session, User, .order_by = corm_asc(User_.id));
    for (size_t i = 0; i < users.count; i++)
        users.items[i]->age += 1;
    ok(corm_commit(session));
}

/* ---- W7, W7o: deletes ------------------------------------------------------------------------ */

static void run_delete(bench *b)
{
    (void)b;
    for (size_t i = 0; i < members.count; i++)
        ok(corm_delete(session, members.items[order[i]]));
    ok(corm_commit(session));
}

/* One after the other: what each costs must not grow with what stays. */
static void expunge_each(bench *b)
{
    for (size_t i = 0; i < users.count; i++) {
        ok(corm_expunge(session, users.items[order[i]]));
        bench_digest_integer(&b->digest, users.items[order[i]]->id);
        ok(corm_free(users.items[order[i]]));
    }
}

static void run_expunge(bench *b)
{
    expunge_each(b);
    ok(corm_commit(session));
}

static void run_expunge_beside(bench *b)
{
    expunge_each(b);
    ok(corm_rollback(session));
}

/* A long collection: what each of its items costs must not grow with it. */
static void run_collection(bench *b)
{
    User *one = corm_get(session, User, 1);
    for (size_t i = 0; i < b->rows; i++)
        ok(User_posts_append(one, corm_new(session, Post, .title = "title", .body = "body",
                                           .views = (int64_t)i % 2)));
    ok(corm_flush(session));
    if (User_posts(one).count != b->rows ||
        corm_delete_all(session, Post, .where = corm_eq(Post_.views, 1)) < 0)
        bench_fail(corm_error_message(session));
    const Post_list posts = User_posts(one);
    ok(User_posts_replace(one, posts.items + posts.count / 2, posts.count / 2));
    bench_digest_integer(&b->digest, (int64_t)User_posts(one).count);
    ok(corm_rollback(session));
}

/* Anywhere out of a long collection: each is looked for once. */
static void run_removals(bench *b)
{
    for (size_t i = 0; i < users.count; i++)
        ok(User_posts_remove(users.items[0], removed[order[i]]));
    bench_digest_integer(&b->digest, (int64_t)User_posts(users.items[0]).count);
    ok(corm_rollback(session));
}

/* Keys that others follow, of rows that follow others themselves: the objects are looked through once. */
static void run_keys(bench *b)
{
    const Seat_list seats = corm_all(session, Seat);
    const Ticket_list tickets = corm_all(session, Ticket, .order_by = corm_asc(Ticket_.number));
    for (size_t i = 0; i < seats.count; i++)
        seats.items[i]->number += (int64_t)b->rows;
    ok(corm_flush(session));
    bench_digest_integer(&b->digest, tickets.items[0]->number);
}

/* Many-to-many: one end is long, and whichever is appended to, stored or new, what that costs must not grow with it. */
static void run_labels(bench *b)
{
    Label *one = corm_new(session, Label, .name = "one");
    ok(corm_add(session, one));
    ok(corm_flush(session));
    for (size_t i = 0; i < b->rows; i++) {
        Thing *thing = corm_new(session, Thing, .name = "thing");
        ok(corm_add(session, thing));
        ok(i % 2 == 0 ? Label_things_append(one, thing) : Thing_labels_append(thing, one));
    }
    const Thing_list things = corm_all(session, Thing);
    Label *other = corm_new(session, Label, .name = "other");
    ok(corm_add(session, other));
    ok(corm_flush(session));
    for (size_t i = 0; i < things.count; i++)
        ok(i % 2 == 0 ? Label_things_append(other, things.items[i])
                      : Thing_labels_append(things.items[i], other));
    ok(corm_flush(session));
    bench_digest_integer(&b->digest, (int64_t)Label_things(other).count);
    ok(corm_commit(session));
}

/* New objects after a rollback, freed one after the other: what each costs must not grow with what stays. */
static void run_free_new(bench *b)
{
    for (size_t i = 0; i < b->rows; i++) {
        added[i] = corm_new(session, User, .username = corm_text(session, "new %zu", i),
                            .email = "new@example.com", .age = 3, .balance = 0, .created_at = 0);
        ok(User_posts_append(
            added[i], corm_new(session, Post, .title = "title", .body = "body", .views = 1)));
        ok(corm_add(session, added[i]));
    }
    ok(corm_flush(session));
    ok(corm_rollback(session));
    for (size_t i = 0; i < b->rows; i++) {
        ok(corm_free(User_posts(added[i]).items[0]));
        bench_digest_integer(&b->digest, (int64_t)User_posts(added[i]).count);
        ok(corm_free(added[i]));
    }
}

/* Objects that the transaction has inserted or updated, expunged and freed one after the other: what each costs must not
 * grow with how many were written. */
static void run_free_written(bench *b)
{
    for (size_t i = 0; i < users.count; i++) {
        added[i] = corm_new(session, User, .username = corm_text(session, "new %zu", i),
                            .email = "new@example.com", .age = 3, .balance = 0, .created_at = 0);
        ok(corm_add(session, added[i]));
        users.items[i]->age += 1;
    }
    ok(corm_flush(session));
    expunge_each(b);
    for (size_t i = 0; i < users.count; i++) {
        ok(corm_expunge(session, added[order[i]]));
        ok(corm_free(added[order[i]]));
    }
    ok(corm_rollback(session));
}

static void run_delete_objects(bench *b)
{
    (void)b;
    for (size_t i = 0; i < users.count; i++)
        ok(corm_delete(session, users.items[order[i]]));
    ok(corm_commit(session));
}

/* ---- W9: a new graph ------------------------------------------------------------------------- */

static void run_new_graph(bench *b)
{
    for (size_t i = 0; i < b->scale / BENCH_POSTS; i++) {
        User *author = user_new(&user_input[i]);
        for (size_t k = 0; k < BENCH_POSTS; k++) {
            const bench_post *from = &post_input[i * BENCH_POSTS + k];
            User_posts_append(author, corm_new(session, Post, .title = from->title,
                                               .body = from->body, .views = from->views));
        }
        ok(corm_add(session, author));
    }
    ok(corm_commit(session));
}

/* ---- All ------------------------------------------------------------------------------------- */

static const bench_workload workloads[] = {
    {"W1", prepare_input, run_insert, check_added_written},
    {"W2", prepare_order, run_get, check_added},
    {"get", prepare_known, run_known, check_digest},
    {"queries-tracked", prepare_tracked, run_queries, check_digest},
    {"queries-read-only", prepare_read_only, run_queries, check_digest},
    {"queries-no-autoflush", prepare_no_autoflush, run_queries, check_digest},
    {"expunge", prepare_known, run_expunge, check_digest},
    {"expunge-linked", prepare_linked, run_expunge, check_digest},
    {"expunge-beside", prepare_beside, run_expunge_beside, check_digest},
    {"removals", prepare_removals, run_removals, check_digest},
    {"collection", prepare, run_collection, check_digest},
    {"free-new", prepare, run_free_new, check_digest},
    {"free-written", prepare_known_and_added, run_free_written, check_digest},
    {"labels", prepare_labels, run_labels, check_digest},
    {"keys", prepare_seats, run_keys, check_digest},
    {"commit-10", prepare_known, run_few_changes, check_database},
    {"W3", prepare, run_load, check_users},
    {"W3-read-only", prepare, run_load_read_only, check_users},
    {"W4", prepare, run_graph, check_graph},
    {"W5", prepare, run_graph_by_parent, check_graph},
    {"W6", prepare, run_update, check_written},
    {"W7", prepare_members, run_delete, check_database},
    {"W7-loaded", prepare_members_and_notes, run_delete, check_database},
    {"W7o", prepare_users, run_delete_objects, check_database},
    {"W8", prepare, run_each, check_digest},
    {"W9", prepare_graph_input, run_new_graph, check_graph_written},
    {"flush-1", prepare_input, run_flushes, check_added_written},
    {"flush-10", prepare_input, run_flushes, check_added_written},
    {"flush-100", prepare_input, run_flushes, check_added_written},
    {NULL, NULL, NULL, NULL},
};

int main(int argc, char **argv)
{
    return bench_main(argc, argv, "corm", workloads);
}
