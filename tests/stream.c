/* stream: the rows of a query one at a time, with the memory of one row. */
#include "allocators.h"
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define SHELF(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,        id,       .primary_key = true)                                          \
    RELATIONSHIP(ONE_TO_MANY, books, Book, shelf, .lazy = CORM_LAZY_WRITE_ONLY,                    \
                 .passive_deletes = true)
#define BOOK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,        id,       .primary_key = true)                                          \
    COLUMN(TEXT,           kind,     .length = 10)                                                 \
    COLUMN(TEXT,           title)                                                                  \
    COLUMN(OPTIONAL(BLOB), cover)                                                                  \
    COLUMN(INTEGER,        pages,    .default_value = corm_default(1))                             \
    COLUMN(OPTIONAL(INTEGER), shelf_id, .references = corm_ref(Shelf, id),                         \
           .on_delete = CORM_ACTION_CASCADE)                                                       \
    RELATIONSHIP(MANY_TO_ONE, shelf, Shelf, books)
#define ATLAS(COLUMN, RELATIONSHIP)                                                                \
    BOOK(COLUMN, CORM_INHERITED)                                                                   \
    COLUMN(TEXT,           region)
#define LIBRARY(MODEL)                                                                             \
    MODEL(Shelf, "shelves", SHELF)                                                                 \
    MODEL(Book,  "books",   BOOK,  .discriminator = corm_member(Book, kind), .identity = "book")   \
    MODEL(Atlas, "atlases", ATLAS, .inherits = corm_base(Book), .identity = "atlas")
/* clang-format on */

CORM_SCHEMA(library, LIBRARY)

static int open_library(void **state)
{
    *state = memory_session(&library);
    return *state == NULL;
}

#define LIBRARY_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_library, close_session)

static Book *new_book(corm_session *session, const char *title, int64_t pages)
{
    Book *book = corm_new(session, Book, .title = title, .pages = pages);
    assert_ok(session, corm_add(session, book));
    return book;
}

/* Books "a", "b" ... of 1, 2 ... pages; committed, and the session knows none of them. */
static void fill(corm_session *session, int count)
{
    for (int i = 1; i <= count; i++)
        (void)new_book(session, corm_text(session, "%c", 'a' + i - 1), i);
    start_afresh(session);
}

static void rows_come_in_order_and_are_not_tracked(void **state)
{
    corm_session *session = *state;
    char expected = 'e';
    fill(session, 5);
    corm_stream *stream = corm_stream_open(session, Book, .where = corm_gt(Book_.pages, 2),
                                           .order_by = corm_desc(Book_.pages));
    assert_non_null(stream);
    const Book *book;
    while ((book = corm_stream_next(stream)) != NULL) {
        assert_int_equal(book->title[0], expected--);
        assert_true(book->cover.data == NULL && !book->shelf_id.has_value);
        assert_int_equal(corm_state((void *)(uintptr_t)book), CORM_STATE_NONE);
    }
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_int_equal(expected, 'b');
    assert_null(corm_stream_next(stream)); /* again, and still no error */
    assert_ok(session, corm_stream_close(stream));
}

static void what_is_pending_is_seen(void **state)
{
    corm_session *session = *state;
    fill(session, 1);
    corm_get(session, Book, 1)->title = "changed";
    corm_stream *stream = corm_stream_open(session, Book);
    const Book *book = corm_stream_next(stream);
    assert_string_equal(book->title, "changed");
    assert_ok(session, corm_stream_close(stream));
}

static void a_limit_and_an_offset_count(void **state)
{
    corm_session *session = *state;
    int64_t sum = 0;
    fill(session, 9);
    corm_stream *stream =
        corm_stream_open(session, Book, .order_by = corm_asc(Book_.id), .limit = 3, .offset = 4);
    for (const Book *book; (book = corm_stream_next(stream)) != NULL;)
        sum += book->pages;
    assert_ok(session, corm_stream_close(stream));
    assert_int_equal(sum, 5 + 6 + 7);
}

static void the_values_of_conditions_may_go(void **state)
{
    corm_session *session = *state;
    char *title = malloc(2);
    int64_t *ids = malloc(3 * sizeof *ids);
    assert_true(title != NULL && ids != NULL);
    (void)strcpy(title, "c");
    ids[0] = 1, ids[1] = 3, ids[2] = 4;
    fill(session, 5);
    corm_stream *stream = corm_stream_open(
        session, Book, .where = corm_and(corm_eq(Book_.title, title), corm_in(Book_.id, ids, 3)));
    free(title);
    free(ids);
    const Book *book = corm_stream_next(stream);
    assert_int_equal(book->pages, 3);
    assert_null(corm_stream_next(stream));
    assert_ok(session, corm_stream_close(stream));
}

static void a_collection_that_is_never_loaded_can_be_walked(void **state)
{
    corm_session *session = *state;
    Shelf *shelf = corm_new(session, Shelf);
    assert_ok(session, corm_add(session, shelf));
    for (int i = 0; i < 3; i++)
        assert_ok(session, Shelf_books_append(shelf, new_book(session, "on it", i)));
    (void)new_book(session, "elsewhere", 100);
    int64_t sum = 0;
    corm_stream *stream =
        corm_stream_open(session, Book, .where = corm_related_to(Shelf_.books, shelf));
    for (const Book *book; (book = corm_stream_next(stream)) != NULL;)
        sum += book->pages;
    assert_ok(session, corm_stream_close(stream));
    assert_int_equal(sum, 0 + 1 + 2);
}

static void rows_of_submodels_are_structs_of_theirs(void **state)
{
    corm_session *session = *state;
    fill(session, 1);
    assert_ok(session,
              corm_add(session, corm_new(session, Atlas, .title = "Alps", .region = "Europe")));
    start_afresh(session);
    corm_stream *stream = corm_stream_open(session, Book, .order_by = corm_asc(Book_.id));
    const Book *book = corm_stream_next(stream);
    assert_string_equal(book->kind, "book");
    book = corm_stream_next(stream);
    assert_string_equal(book->kind, "atlas");
    assert_string_equal(((const Atlas *)book)->region, "Europe");
    assert_string_equal(((const Atlas *)book)->title, "Alps");
    assert_ok(session, corm_stream_close(stream));
    stream = corm_stream_open(session, Atlas);
    const Atlas *atlas = corm_stream_next(stream);
    assert_string_equal(atlas->region, "Europe");
    assert_null(corm_stream_next(stream));
    assert_ok(session, corm_stream_close(stream));
}

static void many_rows_take_the_memory_of_one(void **state)
{
    corm_session *session = *state;
    run_sql(session,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
            " INSERT INTO books (kind, title, cover, pages)"
            " SELECT 'book', printf('%0500d', i), zeroblob(i % 3000), i FROM n");
    size_t most = 0, before = held_by_corm.bytes;
    int64_t rows = 0;
    corm_stream *stream = corm_stream_open(session, Book);
    for (const Book *book; (book = corm_stream_next(stream)) != NULL; rows++) {
        assert_int_equal(strlen(book->title), 500);
        assert_int_equal(book->cover.size, book->pages % 3000);
        if (held_by_corm.bytes > most)
            most = held_by_corm.bytes;
    }
    assert_ok(session, corm_stream_close(stream));
    assert_int_equal(rows, 20000);
    assert_true(most < before + 64 * 1024);
}

static void the_end_of_the_transaction_ends_it(void **state)
{
    corm_session *session = *state;
    fill(session, 3);
    for (int i = 0; i < 2; i++) {
        corm_stream *stream = corm_stream_open(session, Book);
        assert_non_null(corm_stream_next(stream));
        assert_ok(session, i == 0 ? corm_commit(session) : corm_rollback(session));
        assert_null(corm_stream_next(stream));
        assert_int_equal(corm_last_status(), CORM_MISUSE);
        assert_message(session,
                       "the transaction has ended before the last row of its query was read: "
                       "read a stream to its end, or close it, before");
        assert_null(corm_stream_next(stream));
        assert_status(session, CORM_MISUSE, corm_stream_close(stream));
        assert_int_equal(corm_count(session, Book), 3); /* the session goes on */
    }
}

static void a_row_outlives_the_transaction(void **state)
{
    corm_session *session = *state;
    fill(session, 3);
    for (int i = 0; i < 3; i++) {
        corm_stream *stream = corm_stream_open(session, Book, .order_by = corm_asc(Book_.id));
        const Book *book = corm_stream_next(stream);
        assert_non_null(book);
        if (i == 2)
            assert_string_equal(corm_get(session, Book, 2)->title, "b"); /* other statements run */
        assert_ok(session, i == 0 ? corm_commit(session) : corm_rollback(session));
        run_sql(session, "UPDATE books SET title = 'what came after'");
        assert_string_equal(book->title, "a");
        assert_string_equal(book->kind, "book");
        assert_null(corm_stream_next(stream));
        assert_status(session, CORM_MISUSE, corm_stream_close(stream));
        assert_ok(session, corm_rollback(session));
    }
}

static void rows_may_be_changed_and_deleted_under_it(void **state)
{
    corm_session *session = *state;
    fill(session, 20);
    corm_stream *stream = corm_stream_open(session, Book, .order_by = corm_asc(Book_.id));
    int64_t rows = 0;
    for (const Book *book; (book = corm_stream_next(stream)) != NULL; rows++) {
        Book *tracked = corm_get(session, Book, book->id);
        if (book->id % 2 == 0)
            assert_ok(session, corm_delete(session, tracked));
        else
            tracked->title = "odd";
        assert_ok(session, corm_flush(session));
    }
    assert_ok(session, corm_stream_close(stream));
    assert_ok(session, corm_commit(session));
    assert_int_equal(rows, 20);
    assert_stored(session, "10|10", "SELECT count(*), sum(title = 'odd') FROM books");
}

static void it_feeds_no_inserts_into_its_own_table(void **state)
{
    corm_session *session = *state;
    fill(session, 3);
    corm_stream *stream = corm_stream_open(session, Book);
    assert_non_null(corm_stream_next(stream));
    assert_ok(session, corm_add(session, corm_new(session, Shelf))); /* another table */
    assert_ok(session, corm_flush(session));
    (void)new_book(session, "more", 1);
    assert_status(session, CORM_MISUSE, corm_flush(session));
    assert_message(session, "books: no row can be inserted while a stream reads the table: close "
                            "the stream first");
    assert_ok(session, corm_rollback(session));
    assert_status(session, CORM_OK, corm_flush(session));
    assert_int_equal(corm_stream_close(stream), CORM_OK); /* nobody asked for another row */
    (void)new_book(session, "more", 1);
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_count(session, Book), 4);
}

static void an_ended_one_is_in_nobodys_way(void **state)
{
    corm_session *session = *state;
    fill(session, 2);
    corm_stream *stream = corm_stream_open(session, Book);
    while (corm_stream_next(stream) != NULL) {
    }
    (void)new_book(session, "more", 1);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_stream_close(stream));
}

static void several_stand_in_each_other(void **state)
{
    corm_session *session = *state;
    int64_t pairs = 0;
    fill(session, 4);
    corm_stream *outer = corm_stream_open(session, Book);
    while (corm_stream_next(outer) != NULL) {
        corm_stream *inner = corm_stream_open(session, Book);
        while (corm_stream_next(inner) != NULL)
            pairs++;
        assert_ok(session, corm_stream_close(inner));
    }
    assert_ok(session, corm_stream_close(outer));
    assert_int_equal(pairs, 16);
}

static void one_may_end_early_or_never(void **state)
{
    corm_session *session = *state;
    fill(session, 4);
    corm_stream *stream = corm_stream_open(session, Book);
    assert_non_null(corm_stream_next(stream));
    assert_ok(session, corm_stream_close(stream));
    assert_ok(session, corm_commit(session));
    stream = corm_stream_open(session, Book);
    assert_non_null(corm_stream_next(stream)); /* left to the session */
}

static void wrong_rows_and_wrong_uses_are_told(void **state)
{
    corm_session *session = *state;
    run_sql(session, "INSERT INTO books (kind, title, pages) VALUES ('book', 'a', 'many')");
    corm_stream *stream = corm_stream_open(session, Book);
    assert_null(corm_stream_next(stream));
    assert_message(session, "books.pages: ");
    assert_status(session, CORM_DATA, corm_stream_close(stream));
    assert_null(corm_stream_open(session, Book));
    assert_int_equal(corm_last_status(), CORM_PENDING_ROLLBACK);
    assert_ok(session, corm_rollback(session));
    assert_null(corm_stream_open(session, Book, .load = corm_load(Book_.shelf)));
    assert_message(session,
                   "a stream loads no relationships and no deferred columns: leave .load out");
    assert_null(corm_stream_open(session, Book, .limit = -1));
    assert_null(corm_query_stream(NULL, NULL));
    assert_null(corm_stream_next(NULL));
    assert_int_equal(corm_stream_close(NULL), CORM_NULL_ARGUMENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIBRARY_TEST(rows_come_in_order_and_are_not_tracked),
        LIBRARY_TEST(what_is_pending_is_seen),
        LIBRARY_TEST(a_limit_and_an_offset_count),
        LIBRARY_TEST(the_values_of_conditions_may_go),
        LIBRARY_TEST(a_collection_that_is_never_loaded_can_be_walked),
        LIBRARY_TEST(rows_of_submodels_are_structs_of_theirs),
        LIBRARY_TEST(many_rows_take_the_memory_of_one),
        LIBRARY_TEST(the_end_of_the_transaction_ends_it),
        LIBRARY_TEST(rows_may_be_changed_and_deleted_under_it),
        LIBRARY_TEST(a_row_outlives_the_transaction),
        LIBRARY_TEST(it_feeds_no_inserts_into_its_own_table),
        LIBRARY_TEST(an_ended_one_is_in_nobodys_way),
        LIBRARY_TEST(several_stand_in_each_other),
        LIBRARY_TEST(one_may_end_early_or_never),
        LIBRARY_TEST(wrong_rows_and_wrong_uses_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
