/* blobs: stored blobs are read and written in pieces, inside the transaction, without lying in memory. */
#define CORM_IMPLEMENTATION /* here: the tests look inside */
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define FILE_(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,        id,    .primary_key = true)                                             \
    COLUMN(TEXT,           name)                                                                   \
    COLUMN(OPTIONAL(BLOB), data,  .deferred = true)                                                \
    COLUMN(OPTIONAL(BLOB), small, .length = 100)
#define NAMED(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(TEXT,    a,    .primary_key = true)                                                     \
    COLUMN(INTEGER, b,    .primary_key = true)                                                     \
    COLUMN(TEXT,    kind)                                                                          \
    COLUMN(BLOB,    data, .deferred = true)
#define MOVIE(COLUMN, RELATIONSHIP) NAMED(COLUMN, CORM_INHERITED)                                  \
    COLUMN(OPTIONAL(BLOB), frames, .name = "odd \"name\"", .deferred = true)
#define ROWLESS(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(BLOB,    data, .deferred = true)
/* columns with all names of a rowid but one */
#define ODD(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(INTEGER, other, .name = "_ROWID_")                                                      \
    COLUMN(INTEGER, oid)                                                                           \
    COLUMN(BLOB,    data,  .deferred = true)                                                       \
    COLUMN(BLOB,    named, .deferred = true, .index = true)
#define FILES(MODEL)                                                                               \
    MODEL(File,    "files",   FILE_)                                                               \
    MODEL(Named,   "named",   NAMED, .discriminator = corm_member(Named, kind), .identity = "named") \
    MODEL(Movie,   "movies",  MOVIE, .inherits = corm_base(Named), .identity = "movie")            \
    MODEL(Rowless, "rowless", ROWLESS, .without_rowid = true)                                      \
    MODEL(Odd,     "odd",     ODD)
/* clang-format on */

CORM_SCHEMA(files, FILES)

static int open_files(void **state)
{
    *state = memory_session(&files);
    return *state == NULL;
}

#define FILES_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_files, close_session)

static File *a_file(corm_session *session, size_t size)
{
    File *file = corm_new(session, File, .name = "f", .data = corm_blob_of_size(size));
    assert_got(session, file);
    assert_ok(session, corm_add(session, file));
    return file;
}

/* What an optimizing compiler makes of two constants with the same bytes. */
static void the_bytes_of_a_literal_are_no_blob_of_size(void **state)
{
    corm_session *session = *state;
    const corm_blob empty = {"", 0}, zero = {"", 1};
    assert_ok(session, corm_add(session, corm_new(session, File, .name = "a", .small = empty)));
    assert_ok(session, corm_add(session, corm_new(session, File, .name = "b", .small = zero)));
    assert_ok(session, corm_commit(session));
    assert_stored(session, ";00", "SELECT hex(small) FROM files ORDER BY id");
    assert_true(corm_blob_of_size(1).data != empty.data);
}

static void a_large_blob_is_written_and_read_in_pieces(void **state)
{
    corm_session *session = *state;
    enum { PIECE = 64 * 1024, PIECES = 100 };
    static unsigned char piece[PIECE];
    File *file = a_file(session, (size_t)PIECE * PIECES);
    corm_blob_handle *blob = corm_blob_open(file, File_.data, true);
    assert_got(session, blob);
    assert_string_equal(values_of("INSERT", 0), "NULL, 'f', 6553600 zeros, NULL");
    assert_int_equal(corm_blob_size(blob), PIECE * PIECES);
    for (size_t i = 0; i < PIECES; i++) {
        memset(piece, (int)i, PIECE);
        assert_ok(session, corm_blob_write(blob, i * PIECE, piece, PIECE));
    }
    assert_ok(session, corm_blob_read(blob, 7 * PIECE - 1, piece, 2));
    assert_int_equal(piece[0], 6);
    assert_int_equal(piece[1], 7);
    assert_ok(session, corm_blob_close(blob));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
    file = corm_first(session, File);
    blob = corm_blob_open(file, File_.data, false);
    assert_got(session, blob);
    for (size_t i = 0; i < PIECES; i++) {
        assert_ok(session, corm_blob_read(blob, i * PIECE, piece, PIECE));
        assert_int_equal(piece[0] + piece[PIECE - 1], 2 * i);
    }
    assert_ok(session, corm_blob_close(blob));
    assert_null(file->data.data);
    assert_ok(session, corm_load_column(file, File_.data));
    assert_int_equal(file->data.size, PIECE * PIECES);
}

static void zeros_are_not_in_memory_after_they_were_written(void **state)
{
    corm_session *session = *state;
    File *file = a_file(session, 10);
    assert_int_equal(file->data.size, 10);
    assert_ok(session, corm_flush(session));
    assert_null(file->data.data);
    assert_false(corm_is_loaded(file, File_.data));
    assert_false(corm_is_modified(file));
    assert_ok(session, corm_load_column(file, File_.data));
    assert_memory_equal(file->data.data, "\0\0\0\0\0\0\0\0\0\0", 10);
    file->data = corm_blob_of_size(5);
    assert_true(corm_is_modified(file));
    assert_ok(session, corm_commit(session));
    assert_null(file->data.data);
    assert_stored(session, "5|blob", "SELECT length(data), typeof(data) FROM files");
    assert_int_equal(corm_count(session, File, .where = corm_eq(File_.data, corm_blob_of_size(5))),
                     1);
    assert_int_equal(corm_count(session, File, .where = corm_eq(File_.data, corm_blob_of_size(6))),
                     0);
}

static void zeros_are_for_deferred_columns(void **state)
{
    corm_session *session = *state;
    File *file = corm_new(session, File, .name = "f", .small = corm_blob_of_size(5));
    assert_ok(session, corm_add(session, file));
    assert_status(session, CORM_DATA, corm_commit(session));
    assert_message(
        session,
        "files.small: corm_blob_of_size is for .deferred columns: declare it so (File \"f\")");
}

static void the_member_is_read_again_after_pieces_were_written(void **state)
{
    corm_session *session = *state;
    File *file = corm_new(session, File, .name = "f", .data = ((corm_blob){"0123", 4}),
                          .small = ((corm_blob){"abcd", 4}));
    assert_ok(session, corm_add(session, file));
    corm_blob_handle *blob = corm_blob_open(file, File_.data, true);
    corm_blob_handle *other = corm_blob_open(file, File_.small, true);
    assert_got(session, blob);
    assert_got(session, other);
    assert_false(corm_is_loaded(file, File_.data));
    assert_ok(session, corm_blob_write(blob, 1, "xy", 2));
    assert_ok(session, corm_blob_write(other, 3, "z", 1));
    assert_ok(session, corm_load_column(file, File_.data));
    assert_memory_equal(file->data.data, "0xy3", 4);
    assert_ok(session, corm_current(file));
    assert_memory_equal(file->small.data, "abcz", 4);
    assert_ok(session, corm_blob_close(blob));
    assert_ok(session, corm_blob_close(other));
    record(session);
    assert_ok(session, corm_flush(session));
    assert_no_sql();
    assert_ok(session, corm_commit(session));
    assert_stored(session, "0xy3|abcz",
                  "SELECT CAST(data AS TEXT), CAST(small AS TEXT) FROM files");
}

static void what_was_written_is_rolled_back(void **state)
{
    corm_session *session = *state;
    File *file = corm_new(session, File, .name = "f", .data = ((corm_blob){"0123", 4}));
    assert_ok(session, corm_add(session, file));
    assert_ok(session, corm_commit(session));
    corm_blob_handle *blob = corm_blob_open(file, File_.data, true);
    assert_ok(session, corm_blob_write(blob, 0, "xxxx", 4));
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_load_column(file, File_.data));
    assert_memory_equal(file->data.data, "0123", 4);
    char byte;
    assert_status(session, CORM_MISUSE, corm_blob_read(blob, 0, &byte, 1));
    assert_message(session,
                   "corm_blob_read: files.data: the blob has ended with the transaction or at a "
                   "savepoint: open it again");
    assert_ok(session, corm_blob_close(blob));
}

/* Also what was read in between. */
static void what_was_written_is_undone_with_its_savepoint(void **state)
{
    corm_session *session = *state;
    const corm_column_ref columns[2] = {File_.data.column, File_.small.column};
    File *file = corm_new(session, File, .name = "f", .data = ((corm_blob){"0123", 4}),
                          .small = ((corm_blob){"4567", 4}));
    assert_ok(session, corm_add(session, file));
    for (int ended = 0; ended < 2; ended++) {
        corm_savepoint savepoint;
        assert_ok(session, ended ? corm_commit(session) : corm_flush(session));
        assert_ok(session, corm_savepoint_begin(session, &savepoint));
        for (int i = 0; i < 2; i++) {
            corm_blob_handle *blob = corm_object_blob_open(file, columns[i], true);
            assert_got(session, blob);
            assert_ok(session, corm_blob_write(blob, 1, "xx", 2));
            assert_ok(session, corm_blob_close(blob));
        }
        assert_ok(session, corm_current(file));
        assert_ok(session, corm_load_column(file, File_.data));
        assert_memory_equal(file->data.data, "0xx3", 4);
        assert_memory_equal(file->small.data, "4xx7", 4);
        assert_ok(session, corm_savepoint_rollback(session, savepoint));
        assert_ok(session, corm_current(file));
        assert_ok(session, corm_load_column(file, File_.data));
        assert_memory_equal(file->data.data, "0123", 4);
        assert_memory_equal(file->small.data, "4567", 4);
    }
}

static void it_ends_with_the_transaction_and_at_savepoints(void **state)
{
    corm_session *session = *state;
    File *file = a_file(session, 4);
    char byte;
    for (int way = 0; way < 4; way++) {
        corm_savepoint savepoint;
        if (way > 1)
            assert_ok(session, corm_savepoint_begin(session, &savepoint));
        corm_blob_handle *blob = corm_blob_open(file, File_.data, true);
        assert_got(session, blob);
        assert_ok(session, corm_blob_write(blob, 0, "x", 1));
        switch (way) {
        case 0: assert_ok(session, corm_commit(session)); break;
        case 1: assert_ok(session, corm_savepoint_begin(session, &savepoint)); break;
        case 2: assert_ok(session, corm_savepoint_release(session, savepoint)); break;
        default: assert_ok(session, corm_savepoint_rollback(session, savepoint)); break;
        }
        assert_status(session, CORM_MISUSE, corm_blob_write(blob, 0, "y", 1));
        assert_status(session, CORM_MISUSE, corm_blob_read(blob, 0, &byte, 1));
        assert_ok(session, corm_blob_close(blob));
    }
    assert_ok(session, corm_commit(session));
    corm_blob_handle *left = corm_blob_open(file, File_.data, false); /* the session frees it */
    assert_got(session, left);
}

static void it_ends_when_its_row_is_written(void **state)
{
    corm_session *session = *state;
    File *file = a_file(session, 4);
    corm_blob_handle *blob = corm_blob_open(file, File_.data, false);
    char byte;
    assert_ok(session, corm_blob_read(blob, 0, &byte, 1));
    file->name = "renamed";
    assert_ok(session, corm_flush(session));
    assert_status(session, CORM_STALE_DATA, corm_blob_read(blob, 0, &byte, 1));
    assert_message(
        session,
        "corm_blob_read: files.data: the row was written since the blob was opened: open it again");
    assert_ok(session, corm_blob_close(blob));
    blob = corm_blob_open(file, File_.data, false);
    assert_got(session, blob);
    assert_ok(session, corm_blob_close(blob));
    assert_ok(session, corm_commit(session));
}

static void pieces_must_be_within_the_blob(void **state)
{
    corm_session *session = *state;
    File *file = a_file(session, 4);
    char bytes[8] = "";
    corm_blob_handle *blob = corm_blob_open(file, File_.data, false);
    assert_ok(session, corm_blob_read(blob, 4, bytes, 0));
    assert_status(session, CORM_MISUSE, corm_blob_read(blob, 2, bytes, 3));
    assert_message(session,
                   "corm_blob_read: files.data has 4 bytes, 3 from byte 2 on are asked for: a blob "
                   "does not grow, write another with corm_blob_of_size");
    assert_status(session, CORM_MISUSE, corm_blob_read(blob, SIZE_MAX, bytes, 3));
    assert_status(session, CORM_MISUSE, corm_blob_read(blob, 2, bytes, SIZE_MAX));
    assert_status(session, CORM_MISUSE, corm_blob_write(blob, 0, bytes, 1));
    assert_message(session, "corm_blob_write: files.data was opened for reading only");
    assert_status(session, CORM_NULL_ARGUMENT, corm_blob_read(blob, 0, NULL, 1));
    assert_status(NULL, CORM_NULL_ARGUMENT, corm_blob_read(NULL, 0, bytes, 1));
    assert_part(corm_error_message(NULL), "corm_blob_read: the blob is NULL");
    assert_int_equal(corm_blob_size(NULL), 0);
    assert_ok(session, corm_blob_close(NULL));
    assert_ok(session, corm_blob_close(blob));
    assert_ok(session, corm_commit(session));
}

static void only_a_blob_of_a_row_can_be_opened(void **state)
{
    corm_session *session = *state;
    File *file = corm_new(session, File, .name = "f");
    assert_null(corm_blob_open(file, File_.data, false));
    assert_int_equal(corm_last_status(), CORM_NOT_PERSISTED);
    assert_message(session, "corm_blob_open: File \"f\" has no row: add it and flush first");
    assert_ok(session, corm_add(session, file));
    assert_null(corm_blob_open(file, File_.data, false));
    assert_int_equal(corm_last_status(), CORM_DATA);
    assert_message(
        session, "corm_blob_open: files.data: cannot open value of type null (File \"f\"): write a "
                 "value first, corm_blob_of_size makes one");
    assert_null(corm_blob_open(file, File_.name, false));
    assert_message(session, "corm_blob_open: File.name is TEXT, not a BLOB");
    assert_null(corm_blob_open(file, Named_.data, false));
    assert_int_equal(corm_last_status(), CORM_WRONG_MODEL);
    run_sql(session, "DELETE FROM files");
    assert_null(corm_blob_open(file, File_.data, false));
    assert_int_equal(corm_last_status(), CORM_ROW_MISSING);
    assert_null(corm_blob_open(&(File){.name = "copy"}, File_.data, false));
    assert_int_equal(corm_last_status(), CORM_NOT_AN_OBJECT);
    assert_ok(session, corm_rollback(session));
    Rowless *rowless = corm_new(session, Rowless, .id = 1, .data = corm_blob_of_size(3));
    assert_ok(session, corm_add(session, rowless));
    assert_null(corm_blob_open(rowless, Rowless_.data, false));
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_message(session, "corm_blob_open: rowless.data: its table has no rowid, by which SQLite "
                            "finds a blob: load it with corm_load_column (Rowless 1)");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_expunge(session, rowless));
    assert_null(corm_blob_open(rowless, Rowless_.data, false));
    assert_int_equal(corm_last_status(), CORM_DETACHED);
    assert_ok(session, corm_free(rowless));
}

static void columns_that_are_called_like_the_rowid_are_none(void **state)
{
    corm_session *session = *state;
    Odd *odd[2];
    for (int i = 0; i < 2; i++) {
        odd[i] = corm_new(session, Odd, .other = 2 - i, .oid = 2 - i, .data = corm_blob_of_size(3),
                          .named = corm_blob_of_size(3));
        assert_ok(session, corm_add(session, odd[i]));
    }
    corm_blob_handle *blob = corm_blob_open(odd[0], Odd_.data, true);
    assert_got(session, blob);
    assert_ok(session, corm_blob_write(blob, 0, "abc", 3));
    assert_ok(session, corm_blob_close(blob));
    assert_null(corm_blob_open(odd[0], Odd_.named, true));
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_message(session, "odd.named: cannot open indexed column for writing (Odd 1)");
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|616263;2|000000", "SELECT id, hex(data) FROM odd ORDER BY id");
    run_sql(session, "DROP TABLE odd; CREATE TABLE odd (id INTEGER PRIMARY KEY, _rowid_ INTEGER, "
                     "oid INTEGER, data BLOB, named BLOB, rowid TEXT);"
                     "INSERT INTO odd VALUES (1, 1, 1, 'abc', 'def', 'ghi')");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
    Odd *none = corm_get(session, Odd, 1);
    assert_null(corm_blob_open(none, Odd_.data, true));
    assert_message(session, "odd.data: its table has no rowid");
}

static void keys_of_several_columns_and_inherited_columns_work(void **state)
{
    corm_session *session = *state;
    Movie *movie = corm_new(session, Movie, .a = "x", .b = 7, .data = corm_blob_of_size(3),
                            .frames = corm_blob_of_size(5));
    assert_ok(session, corm_add(session, movie));
    corm_blob_handle *data = corm_blob_open(movie, Named_.data, true);
    corm_blob_handle *frames = corm_blob_open(movie, Movie_.frames, true);
    assert_got(session, data);
    assert_got(session, frames);
    assert_int_equal(corm_blob_size(frames), 5);
    assert_ok(session, corm_blob_write(data, 0, "abc", 3));
    assert_ok(session, corm_blob_write(frames, 0, "defgh", 5));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "abc|defgh",
                  "SELECT CAST(n.data AS TEXT), CAST(m.\"odd \"\"name\"\"\" AS TEXT) FROM named n "
                  "JOIN movies m USING (a, b)");
}

static void the_last_two_pieces_of_many_objects_do_not_disturb_each_other(void **state)
{
    corm_session *session = *state;
    File *one = a_file(session, 4), *two = a_file(session, 4);
    corm_blob_handle *first = corm_blob_open(one, File_.data, true);
    corm_blob_handle *second = corm_blob_open(two, File_.data, true);
    assert_ok(session, corm_blob_write(first, 0, "1111", 4));
    assert_ok(session, corm_blob_write(second, 0, "2222", 4));
    assert_ok(session, corm_blob_close(first));
    assert_ok(session, corm_blob_write(second, 0, "3", 1));
    (void)a_file(session, 2);
    assert_ok(session, corm_flush(session)); /* an INSERT beside an open blob */
    assert_ok(session, corm_blob_write(second, 1, "4", 1));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1111;3422", "SELECT CAST(data AS TEXT) FROM files WHERE id < 3");
    assert_ok(session, corm_blob_close(second));
}

static void a_database_that_cannot_do_it_says_so(void **state)
{
    (void)state;
    corm_adapter plain = corm_sqlite__adapter;
    plain.capabilities &= ~(unsigned)CORM_CAN_BLOB_IO;
    plain.blob_open = NULL;
    corm_engine_options options = {.pool_size = 1};
    corm_sqlite__config *config = corm_sqlite__new_config(":memory:", NULL);
    config->single = true;
    corm_session *session =
        corm_session_open_owning(corm_engine_open(&plain, config, &files, &options));
    assert_ok(session, corm_create_all(session));
    File *file = a_file(session, 4);
    assert_null(corm_blob_open(file, File_.data, false));
    assert_message(session, "corm_blob_open: sqlite cannot read a blob in pieces: load it with "
                            "corm_load_column");
    corm_session_close(session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_database_that_cannot_do_it_says_so),
        FILES_TEST(a_large_blob_is_written_and_read_in_pieces),
        FILES_TEST(zeros_are_not_in_memory_after_they_were_written),
        FILES_TEST(zeros_are_for_deferred_columns),
        FILES_TEST(the_member_is_read_again_after_pieces_were_written),
        FILES_TEST(what_was_written_is_rolled_back),
        FILES_TEST(the_bytes_of_a_literal_are_no_blob_of_size),
        FILES_TEST(what_was_written_is_undone_with_its_savepoint),
        FILES_TEST(it_ends_with_the_transaction_and_at_savepoints),
        FILES_TEST(it_ends_when_its_row_is_written),
        FILES_TEST(pieces_must_be_within_the_blob),
        FILES_TEST(only_a_blob_of_a_row_can_be_opened),
        FILES_TEST(columns_that_are_called_like_the_rowid_are_none),
        FILES_TEST(keys_of_several_columns_and_inherited_columns_work),
        FILES_TEST(the_last_two_pieces_of_many_objects_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
