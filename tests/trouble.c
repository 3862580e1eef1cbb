/* trouble: where the world fails: locks that others hold, files that go, programs that change their
 * directory, statements that are interrupted, settings of SQLite that the program has changed. */
#define _XOPEN_SOURCE 700
#include "allocators.h"

#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

#include <locale.h>
#include <pthread.h>
#include <sqlite3.h>

/* clang-format off */
#define ITEM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,   .primary_key = true)                                           \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), amount)                                                              \
    COLUMN(OPTIONAL(REAL),    weight)                                                              \
    COLUMN(OPTIONAL(BLOB),    data, .deferred = true)

#define ENTRY(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,   .primary_key = true, .autoincrement = true)                              \
    COLUMN(TEXT,    name)

#define STORE(MODEL)                                                                               \
    MODEL(Item,  "items",   ITEM)                                                                  \
    MODEL(Entry, "entries", ENTRY)
/* clang-format on */

CORM_SCHEMA(store, STORE)

enum { MANY = 300 }; /* rows that are written together */

static void run(sqlite3 *db, const char *sql)
{
    char *words = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &words) != SQLITE_OK)
        complain(__FILE__, __LINE__, "%s: %s", sql, words);
}

/* ---- Locks of others ---------------------------------------------------------------------------- */

typedef bool (*writing)(corm_session *session, Item *item);

static bool by_a_query_that_returns_rows(corm_session *session, Item *item)
{
    Item_list list =
        corm_update_returning(session, Item, .set = corm_set(Item_.amount, 4), .all_rows = true);
    return list.count == 1 && list.items[0] == item;
}

static bool by_sql_that_returns_rows(corm_session *session, Item *item)
{
    Item_list list = corm_sql(session, Item, "UPDATE items SET amount = 4 RETURNING *");
    return list.count == 1 && list.items[0] == item;
}

static bool by_a_blob(corm_session *session, Item *item)
{
    (void)session;
    corm_blob_handle *handle = corm_blob_open(item, Item_.data, true);
    return handle != NULL && corm_blob_write(handle, 0, "x", 1) == CORM_OK &&
           corm_blob_close(handle) == CORM_OK;
}

static bool by_a_flush(corm_session *session, Item *item)
{
    item->amount = corm_some(4);
    return corm_flush(session) == CORM_OK;
}

static bool by_a_script(corm_session *session, Item *item)
{
    (void)item;
    return corm_sql_script(session, "UPDATE items SET amount = 4") == CORM_OK;
}

/* By then the session has met the lock: nothing tells when, as SQLite does not ask its busy handler. */
static void *give_up_later(void *db)
{
    (void)sqlite3_sleep(100);
    run(db, "ROLLBACK");
    return NULL;
}

static void one_that_has_read_waits_for_the_lock_however_it_writes(void **state)
{
    static const writing ways[] = {by_a_query_that_returns_rows, by_sql_that_returns_rows,
                                   by_a_blob, by_a_flush, by_a_script};
    (void)state;
    struct place place;
    make_place(&place);
    corm_session *session = corm_sqlite_open(place.path, &store);
    assert_ok(session, corm_create_all(session));
    Item *item = corm_new(session, Item, .name = "one", .data = corm_blob_of_size(10));
    assert_ok(session, corm_add(session, item));
    assert_ok(session, corm_commit(session));
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        sqlite3 *other = NULL;
        pthread_t thread;
        assert_ok(session, corm_current(item)); /* the transaction has read */
        assert_int_equal(sqlite3_open(place.path, &other), SQLITE_OK);
        run(other, "BEGIN IMMEDIATE");
        assert_int_equal(pthread_create(&thread, NULL, give_up_later, other), 0);
        const bool done = ways[i](session, item);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(sqlite3_close(other), SQLITE_OK);
        if (!done)
            complain(__FILE__, __LINE__, "way %zu: %s", i, corm_error_message(session));
        assert_ok(session, corm_rollback(session));
    }
    corm_session_close(session);
    remove_place(&place);
}

static void a_lock_that_is_held_for_too_long_is_busy_however_one_writes(void **state)
{
    static const writing ways[] = {by_a_query_that_returns_rows, by_sql_that_returns_rows,
                                   by_a_blob, by_a_flush, by_a_script};
    (void)state;
    struct place place;
    make_place(&place);
    corm_session *session =
        corm_sqlite_open(place.path, &store, &(corm_sqlite_options){.busy_timeout_ms = 30});
    assert_ok(session, corm_create_all(session));
    Item *item = corm_new(session, Item, .name = "one", .data = corm_blob_of_size(10));
    assert_ok(session, corm_add(session, item));
    assert_ok(session, corm_commit(session));
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(place.path, &other), SQLITE_OK);
    run(other, "BEGIN IMMEDIATE");
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        assert_ok(session, corm_current(item));
        assert_false(ways[i](session, item));
        assert_status(session, CORM_BUSY, corm_error_status(session));
        assert_ok(session, corm_rollback(session));
    }
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    corm_session_close(session);
    remove_place(&place);
}

/* ---- Files -------------------------------------------------------------------------------------- */

static void go(const struct place *place)
{
    assert_int_equal(chdir(place->directory), 0);
}

static void all_connections_open_the_same_file_wherever_the_program_goes(void **state)
{
    (void)state;
    struct place here, there;
    make_place(&here);
    make_place(&there);
    go(&here);
    corm_engine *engine = corm_sqlite_engine("test.db", &store, NULL);
    corm_session *first = corm_session_open(engine, NULL);
    corm_session *second = corm_session_open(engine, NULL);
    assert_ok(first, corm_create_all(first));
    go(&there);
    assert_int_equal(corm_count(first, Item), 0); /* holds the connection that is open */
    assert_int_equal(corm_count(second, Item), 0);
    assert_ok(second, corm_error_status(second));
    assert_int_not_equal(access(there.path, F_OK), 0);
    corm_session_close(first);
    corm_session_close(second);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
    go(&(struct place){"/", ""});
    remove_place(&here);
    remove_place(&there);
}

static void refuse_elsewhere(const char *uri)
{
    struct place here, there;
    make_place(&here);
    make_place(&there);
    go(&here);
    corm_engine *engine = corm_sqlite_engine(uri, &store, NULL);
    corm_session *first = corm_session_open(engine, NULL);
    corm_session *second = corm_session_open(engine, NULL);
    corm_session *third = corm_session_open(engine, NULL);
    assert_ok(first, corm_create_all(first));
    assert_int_equal(corm_count(first, Item), 0);
    assert_int_equal(corm_count(second, Item), 0);
    go(&there);
    assert_int_equal(corm_count(third, Item), -1);
    assert_status(third, CORM_CONNECTION, corm_error_status(third));
    assert_int_not_equal(access(there.path, F_OK), 0);
    corm_session_close(first);
    corm_session_close(second);
    corm_session_close(third);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
    go(&(struct place){"/", ""});
    remove_place(&here);
    remove_place(&there);
}

static void a_relative_uri_that_leads_elsewhere_is_refused(void **state)
{
    (void)state;
    refuse_elsewhere("file:test.db?cache=private");
    refuse_elsewhere("file:test.db?mode=rwc#as it was");
}

static void a_file_that_was_deleted_is_not_made_anew_by_the_next_connection(void **state)
{
    (void)state;
    struct place place;
    make_place(&place);
    corm_engine *engine = corm_sqlite_engine(place.path, &store, NULL);
    corm_session *first = corm_session_open(engine, NULL);
    corm_session *second = corm_session_open(engine, NULL);
    assert_ok(first, corm_create_all(first));
    assert_int_equal(corm_count(first, Item), 0);
    remove_database(&place);
    assert_int_equal(corm_count(second, Item), -1);
    assert_status(second, CORM_CONNECTION, corm_error_status(second));
    assert_message(second, place.path);
    assert_message(second, ": the file with which the engine was opened is gone");
    assert_int_not_equal(access(place.path, F_OK), 0);
    corm_session_close(first);
    corm_session_close(second);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
    remove_place(&place);
}

static void a_file_that_was_deleted_is_not_made_anew_by_mode_rwc(void **state)
{
    (void)state;
    struct place place;
    char uri[sizeof place.path + 40];
    make_place(&place);
    (void)snprintf(uri, sizeof uri, "file:%s?mode=rwc", place.path);
    corm_engine *engine = corm_sqlite_engine(uri, &store, NULL);
    corm_session *first = corm_session_open(engine, NULL);
    corm_session *second = corm_session_open(engine, NULL);
    assert_ok(first, corm_create_all(first));
    assert_int_equal(corm_count(first, Item), 0);
    remove_database(&place);
    assert_int_equal(corm_count(second, Item), -1);
    assert_message(second, ": the file with which the engine was opened is gone");
    assert_int_not_equal(access(place.path, F_OK), 0);
    corm_session_close(first);
    corm_session_close(second);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
    remove_place(&place);
}

static void each_connection_opens_what_a_uri_says(void **state)
{
    static const char *const modes[] = {"?mode=rwc", "?mode=rw", "?mode=rwc&cache=private", ""};
    (void)state;
    struct place place;
    char uri[sizeof place.path + 40];
    make_place(&place);
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        (void)snprintf(uri, sizeof uri, "file:%s%s", place.path, modes[i]);
        corm_engine *engine = corm_sqlite_engine(uri, &store, NULL);
        corm_session *first = corm_session_open(engine, NULL);
        corm_session *second = corm_session_open(engine, NULL);
        assert_ok(first, corm_create_all(first));
        assert_int_equal(corm_count(first, Item), 0);
        assert_int_equal(corm_count(second, Item), 0);
        assert_ok(second, corm_error_status(second));
        corm_session_close(first);
        corm_session_close(second);
        assert_int_equal(corm_engine_close(engine), CORM_OK);
    }
    remove_place(&place);
}

static void why_a_database_cannot_be_written_to_is_said(void **state)
{
    static const corm_sqlite_options deleting = {.journal = CORM_SQLITE_JOURNAL_DELETE};
    (void)state;
    struct place place;
    char uri[sizeof place.path + 20];
    make_place(&place);
    corm_session *session = corm_sqlite_open(place.path, &store, &deleting);
    assert_ok(session, corm_create_all(session));
    (void)snprintf(uri, sizeof uri, "file:%s?mode=ro", place.path);
    corm_session *reader = corm_sqlite_open(uri, &store);
    assert_ok(reader, corm_add(reader, corm_new(reader, Item, .name = "x")));
    assert_status(reader, CORM_READ_ONLY, corm_commit(reader));
    assert_message(reader, "or has asked for reading only (mode=ro in a URI, PRAGMA query_only)");
    corm_session_close(reader);
    remove_database(&place);
    assert_ok(session, corm_add(session, corm_new(session, Item, .name = "x")));
    assert_status(session, CORM_READ_ONLY, corm_commit(session));
    assert_message(session, ": its file was moved, deleted or replaced");
    corm_session_close(session);
    remove_place(&place);
}

/* ---- What the program has told SQLite ------------------------------------------------------------- */

static corm_session *bare_session(const char *sql)
{
    corm_session *session = corm_sqlite_open(":memory:", &store);
    sqlite3 *db = corm_sqlite_handle(session);
    assert_non_null(db);
    assert_ok(session, corm_rollback(session)); /* what it opens is no transaction's */
    run(db, sql);
    return session;
}

/* The first of many new entries has a key that no row had before. */
static void assert_keys_are_never_used_again(corm_session *session, const char *entries)
{
    char sql[200];
    (void)snprintf(sql, sizeof sql, "INSERT INTO %s VALUES(1000, 'x'); DELETE FROM %s", entries,
                   entries);
    run(corm_sqlite_handle(session), sql);
    Entry *made[MANY];
    for (size_t i = 0; i < MANY; i++) {
        made[i] = corm_new(session, Entry, .name = "new");
        assert_got(session, made[i]);
        assert_ok(session, corm_add(session, made[i]));
    }
    assert_ok(session, corm_flush(session));
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(made[i]->id, 1001 + (int64_t)i);
}

static const char plain_tables[] =
    "create table items(id integer primary key, name text not null, amount integer, weight real, "
    "data blob);"
    "create table entries(id integer primary key autoincrement, name text not null);";

static void like_that_tells_cases_apart_changes_nothing_for_the_tables(void **state)
{
    (void)state;
    corm_session *session = bare_session(plain_tables);
    run(corm_sqlite_handle(session), "PRAGMA case_sensitive_like = ON");
    assert_ok(session, corm_check_tables(session));
    assert_keys_are_never_used_again(session, "entries");
    corm_session_close(session);
}

static void tables_of_an_attached_file_are_as_those_of_ones_own(void **state)
{
    (void)state;
    corm_session *session = bare_session(
        "ATTACH ':memory:' AS other;"
        "CREATE TABLE other.items(id INTEGER PRIMARY KEY, name TEXT NOT NULL, amount INTEGER,"
        " weight REAL, data BLOB);"
        "CREATE TABLE other.entries(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL)");
    assert_ok(session, corm_check_tables(session));
    assert_keys_are_never_used_again(session, "entries");
    corm_session_close(session);
}

static void blobs_are_opened_in_the_file_that_the_table_is_in(void **state)
{
    static const char *const tables[] = {
        "ATTACH ':memory:' AS \"an other\"; CREATE TABLE \"an other\".items"
        "(id INTEGER PRIMARY KEY, name TEXT NOT NULL, amount INTEGER, weight REAL, data BLOB)",
        "CREATE TEMP TABLE items"
        "(id INTEGER PRIMARY KEY, name TEXT NOT NULL, amount INTEGER, weight REAL, data BLOB);"
        "CREATE TABLE items(id INTEGER PRIMARY KEY)",
    };
    (void)state;
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        char byte = 0;
        corm_session *session = bare_session(tables[i]);
        Item *item = corm_new(session, Item, .name = "one", .data = corm_blob_of_size(3));
        assert_ok(session, corm_add(session, item));
        corm_blob_handle *handle = corm_blob_open(item, Item_.data, true);
        assert_got(session, handle);
        assert_ok(session, corm_blob_write(handle, 2, "x", 1));
        assert_ok(session, corm_blob_read(handle, 2, &byte, 1));
        assert_int_equal(byte, 'x');
        assert_ok(session, corm_blob_close(handle));
        corm_session_close(session);
    }
}

/* Where the program has a locale with a comma for a point, or a point of its own (or none is there). */
static void numbers_are_the_same_in_every_locale(void **state)
{
    static const char *const locales[] = {"C",           "de_DE.UTF-8", "fr_FR.UTF-8",
                                          "pt_BR.UTF-8", "ps_AF.UTF-8", "fa_IR.UTF-8",
                                          "de_DE.utf8",  "German"};
    enum { NUMBERS = 100 };
    (void)state;
    corm_session *session = bare_session(plain_tables);
    double weights[NUMBERS];
    for (size_t i = 0; i < NUMBERS; i++) {
        weights[i] = (double)i / 7;
        assert_ok(session, corm_add(session, corm_new(session, Item, .name = "x",
                                                      .weight = corm_some(weights[i]))));
    }
    assert_ok(session, corm_commit(session));
    for (size_t i = 0; i < sizeof locales / sizeof locales[0]; i++) {
        if (setlocale(LC_ALL, locales[i]) == NULL)
            continue;
        assert_int_equal(
            corm_count(session, Item, .where = corm_in(Item_.weight, weights, NUMBERS)), NUMBERS);
        const char *text =
            corm_query_sql(session, Item, .where = corm_in(Item_.weight, weights, NUMBERS));
        assert_part(text, "0.142857142857142");
        text = corm_query_sql(session, Item, .where = corm_eq(Item_.weight, 0.5));
        assert_part(text, "= 0.5");
        FILE *file = tmpfile();
        char line[200] = "";
        assert_non_null(file);
        corm_echo(session, file);
        assert_int_equal(corm_count(session, Item, .where = corm_eq(Item_.weight, 0.25)), 0);
        corm_echo(session, NULL);
        rewind(file);
        assert_non_null(fgets(line, sizeof line, file));
        assert_int_equal(fclose(file), 0);
        assert_part(line, "[0.25]  1 row, 0.");
        assert_part(line, " ms");
    }
    (void)setlocale(LC_ALL, "C");
    corm_session_close(session);
}

/* ---- Interruptions -------------------------------------------------------------------------------- */

static struct {
    long count, nth; /* of the calls of SQLite's progress handler */
    bool reached;
} interruption;

static int interrupt(void *nothing)
{
    (void)nothing;
    if (++interruption.count != interruption.nth)
        return 0;
    interruption.reached = true;
    return 1;
}

/* Rows are found, changed, and made in numbers that are written together. */
static corm_status much_work(corm_session *session)
{
    Item_list items = corm_all(session, Item);
    if (corm_last_status() != CORM_OK)
        return corm_last_status();
    for (size_t i = 0; i < items.count; i++)
        items.items[i]->amount = corm_some((int64_t)i);
    for (size_t i = 0; i < MANY; i++) {
        Item *item = corm_new(session, Item, .name = "new");
        if (item == NULL || corm_add(session, item) != CORM_OK)
            return corm_last_status();
    }
    return corm_commit(session);
}

static void an_interruption_at_any_moment_ends_the_work_and_is_told(void **state)
{
    (void)state;
    for (long nth = 1;; nth++) {
        corm_session *session = bare_session(plain_tables);
        run(corm_sqlite_handle(session), "INSERT INTO items(name) VALUES('old'), ('old')");
        assert_ok(session, corm_commit(session));
        sqlite3 *db = corm_sqlite_handle(session);
        interruption.count = 0;
        interruption.nth = nth;
        interruption.reached = false;
        sqlite3_progress_handler(db, 50, interrupt, NULL);
        const corm_status status = much_work(session);
        sqlite3_progress_handler(db, 0, NULL, NULL);
        if (interruption.reached) {
            assert_int_not_equal(status, CORM_OK);
            assert_status(session, CORM_INTERRUPTED, corm_error_status(session));
            assert_ok(session, corm_rollback(session));
            assert_int_equal(corm_count(session, Item), 2);
            assert_int_equal(corm_count(session, Item, .where = corm_is_null(Item_.amount)), 2);
        }
        if (nth % 8 == 0 || !interruption.reached) {
            assert_ok(session, interruption.reached ? much_work(session) : status);
            assert_int_equal(corm_count(session, Item), MANY + 2);
        }
        corm_session_close(session);
        if (!interruption.reached)
            break;
    }
}

/* ---- Memory --------------------------------------------------------------------------------------- */

static void a_database_that_found_no_memory_says_so(void **state)
{
    (void)state;
    for (long nth = 1;; nth++) {
        assert_true(nth < 100000);
        arm(nth, false);
        corm_session *session = corm_sqlite_open(":memory:", &store);
        const corm_status status = corm_last_status();
        disarm();
        if (session != NULL && status == CORM_OK) {
            corm_session_close(session);
            break;
        }
        assert_int_equal(status, CORM_OUT_OF_MEMORY);
        if (session == NULL)
            assert_int_equal(corm_error_status(NULL), CORM_OUT_OF_MEMORY);
        corm_session_close(session);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_has_read_waits_for_the_lock_however_it_writes),
        cmocka_unit_test(a_lock_that_is_held_for_too_long_is_busy_however_one_writes),
        cmocka_unit_test(all_connections_open_the_same_file_wherever_the_program_goes),
        cmocka_unit_test(a_relative_uri_that_leads_elsewhere_is_refused),
        cmocka_unit_test(a_file_that_was_deleted_is_not_made_anew_by_the_next_connection),
        cmocka_unit_test(a_file_that_was_deleted_is_not_made_anew_by_mode_rwc),
        cmocka_unit_test(each_connection_opens_what_a_uri_says),
        cmocka_unit_test(why_a_database_cannot_be_written_to_is_said),
        cmocka_unit_test(like_that_tells_cases_apart_changes_nothing_for_the_tables),
        cmocka_unit_test(tables_of_an_attached_file_are_as_those_of_ones_own),
        cmocka_unit_test(numbers_are_the_same_in_every_locale),
        cmocka_unit_test(blobs_are_opened_in_the_file_that_the_table_is_in),
        cmocka_unit_test(an_interruption_at_any_moment_ends_the_work_and_is_told),
        cmocka_unit_test(a_database_that_found_no_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
