/* watched: changes are written, whoever made them, also where the system notes which objects were written to. Where it
 * refuses to, the same holds by comparing. */
#define _XOPEN_SOURCE 700
#define CORM_IMPLEMENTATION
#define CORM__GUARD_EAGERLY /* after one comparison without a change; what is left out is compared all the same */
#include "corm_sqlite.h"
#include "support.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

/* clang-format off */
#define COIN(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(TEXT,    name)                                                                          \
    COLUMN(INTEGER, value)
#define PURSE(MODEL) MODEL(Coin, "coins", COIN)
/* clang-format on */

CORM_SCHEMA(purse, PURSE)

enum { COINS = 3000 /* many slabs */ };

static Coin_list coins_of(corm_session *session)
{
    for (int64_t i = 0; i < COINS; i++) {
        Coin *coin = corm_new(session, Coin, .name = "penny", .value = i);
        assert_got(session, coin);
        assert_ok(session, corm_add(session, coin));
    }
    assert_ok(session, corm_commit(session));
    return corm_all(session, Coin, .order_by = corm_asc(Coin_.id));
}

static void flush_often(corm_session *session)
{
    for (int i = 0; i < 10; i++)
        assert_ok(session, corm_flush(session));
}

static int open_purse(void **state)
{
    *state = memory_session(&purse);
    return *state == NULL;
}

#define PURSE_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_purse, close_session)

static void each_change_is_written_after_many_flushes_that_found_none(void **state)
{
    corm_session *session = *state;
    Coin_list coins = coins_of(session);
    assert_int_equal(coins.count, COINS);
    flush_often(session);
    int64_t sum = (int64_t)COINS * (COINS - 1) / 2;
    for (size_t i = 0; i < 300; i++) {
        coins.items[i * 7919 % COINS]->value += 1000;
        sum += 1000;
        if (i % 3 == 0)
            flush_often(session);
        char expected[32];
        (void)snprintf(expected, sizeof expected, "%lld", (long long)sum);
        assert_ok(session, corm_flush(session));
        assert_stored(session, expected, "SELECT sum(value) FROM coins");
    }
}

static void changes_of_all_objects_are_written(void **state)
{
    corm_session *session = *state;
    Coin_list coins = coins_of(session);
    for (int round = 0; round < 3; round++) {
        flush_often(session);
        for (size_t i = 0; i < coins.count; i++)
            coins.items[i]->value = round + 1;
        assert_ok(session, corm_flush(session));
    }
    assert_stored(session, "9000", "SELECT sum(value) FROM coins");
}

static void what_a_system_call_writes_is_a_change(void **state)
{
    corm_session *session = *state;
    Coin_list coins = coins_of(session);
    const int64_t value = 4711;
    int ends[2];
    flush_often(session);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], &value, sizeof value), sizeof value);
    assert_int_equal(read(ends[0], &coins.items[2000]->value, sizeof value), sizeof value);
    close(ends[0]);
    close(ends[1]);
    assert_ok(session, corm_flush(session));
    assert_stored(session, "2001", "SELECT id FROM coins WHERE value = 4711");
}

static void *spend(void *coin)
{
    ((Coin *)coin)->value = -1;
    return NULL;
}

/* A query asks less of the system than a flush does. */
static void each_query_finds_what_was_changed_before_it(void **state)
{
    corm_session *session = *state;
    Coin_list coins = coins_of(session);
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    flush_often(session);
    for (size_t i = 0; i < 150; i++) {
        Coin *coin = coins.items[i * 7919 % COINS];
        const int64_t spent = -1;
        pthread_t other;
        if (i % 3 == 0) {
            coin->value = spent;
        } else if (i % 3 == 1) {
            assert_int_equal(write(pipes[1], &spent, sizeof spent), sizeof spent);
            assert_int_equal(read(pipes[0], &coin->value, sizeof spent), sizeof spent);
        } else {
            assert_int_equal(pthread_create(&other, NULL, spend, coin), 0);
            assert_int_equal(pthread_join(other, NULL), 0);
        }
        for (int again = 0; again < 3; again++)
            assert_int_equal(corm_count(session, Coin, .where = corm_eq(Coin_.value, -1)), i + 1);
    }
    (void)close(pipes[0]);
    (void)close(pipes[1]);
}

static void a_rollback_finds_what_was_changed(void **state)
{
    corm_session *session = *state;
    Coin_list coins = coins_of(session);
    Coin *flushed = coins.items[1], *other = coins.items[2500];
    flush_often(session);
    flushed->value = 70;
    flush_often(session);
    other->value = 71;
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_refresh(session, flushed));
    assert_ok(session, corm_refresh(session, other));
    assert_int_equal(flushed->value, 1);
    assert_int_equal(other->value, 2500);
}

static void a_touched_column_is_written_among_objects_without_changes(void **state)
{
    corm_session *session = *state;
    Coin_list coins = coins_of(session);
    flush_often(session);
    run_sql(session, "UPDATE coins SET value = 5 WHERE id = 11");
    assert_ok(session, corm_touch(coins.items[10], Coin_.value));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "10", "SELECT value FROM coins WHERE id = 11");
    flush_often(session);
    coins.items[10]->value = 12;
    assert_ok(session, corm_flush(session));
    assert_stored(session, "12", "SELECT value FROM coins WHERE id = 11");
}

static void new_and_freed_objects_stand_beside_watched_ones(void **state)
{
    corm_session *session = *state;
    Coin_list coins = coins_of(session);
    flush_often(session);
    assert_ok(session, corm_delete(session, coins.items[5]));
    for (int i = 0; i < 1000; i++) {
        Coin *coin = corm_new(session, Coin, .name = "new", .value = 1);
        assert_ok(session, corm_add(session, coin));
        if (i % 100 == 0)
            flush_often(session);
        coin->value = 2;
    }
    flush_often(session);
    assert_stored(session, "2000", "SELECT sum(value) FROM coins WHERE name = 'new'");
}

static void sessions_do_not_take_from_each_other_what_they_ask_for(void **state)
{
    corm_session *one = *state, *two = memory_session(&purse);
    Coin_list ones = coins_of(one), twos = coins_of(two);
    flush_often(one);
    flush_often(two);
    for (size_t i = 0; i < 100; i++) {
        ones.items[i * 29]->value = twos.items[i * 29]->value = 9999;
        assert_ok(one, corm_flush(one));
        assert_ok(two, corm_flush(two));
    }
    assert_stored(one, "100", "SELECT count(*) FROM coins WHERE value = 9999");
    assert_stored(two, "100", "SELECT count(*) FROM coins WHERE value = 9999");
    corm_session_close(two);
    flush_often(one);
    ones.items[1]->value = 9999;
    assert_ok(one, corm_flush(one));
    assert_stored(one, "101", "SELECT count(*) FROM coins WHERE value = 9999");
}

static void a_session_that_was_cleared_is_like_a_new_one(void **state)
{
    corm_session *session = *state;
    (void)coins_of(session);
    flush_often(session);
    assert_ok(session, corm_clear(session));
    Coin_list coins = corm_all(session, Coin, .order_by = corm_asc(Coin_.id));
    flush_often(session);
    coins.items[2999]->value = 1;
    assert_ok(session, corm_flush(session));
    assert_stored(session, "1", "SELECT value FROM coins WHERE id = 3000");
}

static void changes_right_after_a_query_are_written(void **state)
{
    corm_session *session = *state;
    (void)coins_of(session);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
    Coin_list some =
        corm_all(session, Coin, .where = corm_lt(Coin_.id, 800), .order_by = corm_asc(Coin_.id));
    some.items[0]->value = 9999; /* changed before the others are loaded */
    some.items[798]->value = 9999;
    Coin_list coins = corm_all(session, Coin, .order_by = corm_asc(Coin_.id));
    assert_int_equal(coins.count, COINS);
    assert_stored(session, "2", "SELECT count(*) FROM coins WHERE value = 9999");
    for (size_t i = 799; i < coins.count; i += 100)
        coins.items[i]->value = 9999;
    coins.items[COINS - 2]->value = 9999;
    assert_ok(session, corm_flush(session));
    assert_stored(session, "26", "SELECT count(*) FROM coins WHERE value = 9999");
}

static bool polish(corm_session *session, void *object, void *context)
{
    (void)session;
    (void)context;
    ((Coin *)object)->value = 1;
    return true;
}

static void what_a_hook_changes_in_loaded_objects_is_written(void **state)
{
    static const corm_hooks hooks = {.after_load = polish};
    corm_session *session = *state;
    (void)coins_of(session);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
    assert_ok(session, corm_session_set_hooks(session, &hooks));
    Coin_list coins = corm_all(session, Coin);
    assert_int_equal(coins.count, COINS);
    assert_ok(session, corm_flush(session));
    assert_stored(session, "3000", "SELECT count(*) FROM coins WHERE value = 1");
}

static size_t open_files(void)
{
    size_t count = 0;
    for (int i = 0; i < 1024; i++)
        count += fcntl(i, F_GETFD) != -1;
    return count;
}

/* A library that is loaded and unloaded again and again would use all up. */
static void no_file_stays_open_when_nothing_is_watched_any_more(void **state)
{
    (void)state;
    const size_t before = open_files();
    for (int i = 0; i < 3; i++) {
        corm_session *session = memory_session(&purse);
        Coin_list coins = coins_of(session);
        flush_often(session);
        coins.items[2000]->value = 4711;
        assert_int_equal(corm_count(session, Coin, .where = corm_eq(Coin_.value, 4711)), 1);
        corm_session_close(session);
        assert_int_equal(open_files(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        /* before the others, which would open what it looks for */
        cmocka_unit_test(no_file_stays_open_when_nothing_is_watched_any_more),
        PURSE_TEST(each_change_is_written_after_many_flushes_that_found_none),
        PURSE_TEST(changes_of_all_objects_are_written),
        PURSE_TEST(what_a_system_call_writes_is_a_change),
        PURSE_TEST(each_query_finds_what_was_changed_before_it),
        PURSE_TEST(a_rollback_finds_what_was_changed),
        PURSE_TEST(a_touched_column_is_written_among_objects_without_changes),
        PURSE_TEST(new_and_freed_objects_stand_beside_watched_ones),
        PURSE_TEST(sessions_do_not_take_from_each_other_what_they_ask_for),
        PURSE_TEST(a_session_that_was_cleared_is_like_a_new_one),
        PURSE_TEST(changes_right_after_a_query_are_written),
        PURSE_TEST(what_a_hook_changes_in_loaded_objects_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
