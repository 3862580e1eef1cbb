/* deferred: columns that are not read with their rows, and never written without being assigned. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define ALBUM(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(TEXT,    title)                                                                         \
    RELATIONSHIP(ONE_TO_MANY, photos, Photo, album, .cascade = CORM_CASCADE_ALL)
#define PHOTO(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,        id,       .primary_key = true)                                          \
    COLUMN(TEXT,           name)                                                                   \
    COLUMN(BLOB,           data,     .deferred = true)                                             \
    COLUMN(OPTIONAL(TEXT), notes,    .deferred = true)                                             \
    COLUMN(INTEGER,        stars,    .deferred = true)                                             \
    COLUMN(INTEGER,        version,  .version = true)                                              \
    COLUMN(INTEGER,        album_id, .references = corm_ref(Album, id))                            \
    RELATIONSHIP(MANY_TO_ONE, album, Album, photos)
#define ITEM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,        a,    .primary_key = true)                                              \
    COLUMN(TEXT,           b,    .primary_key = true)                                              \
    COLUMN(TEXT,           kind)                                                                   \
    COLUMN(OPTIONAL(TEXT), text, .deferred = true)
#define FILM(COLUMN, RELATIONSHIP) ITEM(COLUMN, CORM_INHERITED)                                    \
    COLUMN(OPTIONAL(BLOB), frames, .deferred = true)                                               \
    COLUMN(INTEGER,        length)
#define PHOTOS(MODEL)                                                                              \
    MODEL(Album, "albums", ALBUM)                                                                  \
    MODEL(Photo, "photos", PHOTO)                                                                  \
    MODEL(Item,  "items",  ITEM, .discriminator = corm_member(Item, kind), .identity = "item")     \
    MODEL(Film,  "films",  FILM, .inherits = corm_base(Item), .identity = "film")
/* clang-format on */

CORM_SCHEMA(photos, PHOTOS)

/* Two albums with three photos each, "0123456789" in all of them. */
static int open_photos(void **state)
{
    corm_session *session = *state = memory_session(&photos);
    if (session == NULL)
        return 1;
    run_sql(session, "INSERT INTO albums VALUES (1, 'a'), (2, 'b')");
    run_sql(session, "INSERT INTO photos SELECT 10 * a.id + n.column1, 'p' || n.column1, "
                     "CAST('0123456789' AS BLOB), 'note ' || n.column1, n.column1, 1, a.id "
                     "FROM albums a, (VALUES (1), (2), (3)) n");
    run_sql(session, "INSERT INTO items VALUES (1, 'x', 'item', 'one'), (1, 'y', 'film', 'two'), "
                     "(2, 'x', 'film', 'three')");
    run_sql(session, "INSERT INTO films VALUES (1, 'y', x'aabb', 3), (2, 'x', NULL, 4)");
    start_afresh(session);
    return 0;
}

#define PHOTOS_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_photos, close_session)

static const corm_blob other = {"other", 5};

static void a_query_does_not_read_them(void **state)
{
    corm_session *session = *state;
    Photo *photo = corm_first(session, Photo);
    assert_null(photo->data.data);
    assert_null(photo->notes);
    assert_int_equal(photo->stars, 0);
    assert_string_equal(photo->name, "p1");
    assert_false(corm_is_loaded(photo, Photo_.data));
    assert_true(corm_is_loaded(photo, Photo_.name));
    assert_false(corm_is_unset(photo, Photo_.data));
    assert_null(strstr(sql_of("SELECT", 0), "\"data\""));
    assert_ran(1, "SELECT");
    photo = corm_get(session, Photo, 23);
    assert_null(photo->data.data);
    assert_null(strstr(sql_of("SELECT", 1), "\"data\""));
}

static void loading_one_takes_one_statement_and_only_the_first_time(void **state)
{
    corm_session *session = *state;
    Photo *photo = corm_get(session, Photo, 12);
    record(session);
    assert_ok(session, corm_load_column(photo, Photo_.data));
    assert_int_equal(photo->data.size, 10);
    assert_memory_equal(photo->data.data, "0123456789", 10);
    assert_true(corm_is_loaded(photo, Photo_.data));
    assert_false(corm_is_loaded(photo, Photo_.notes));
    assert_ok(session, corm_load_column(photo, Photo_.data));
    assert_ok(session, corm_load_column(photo, Photo_.name));
    assert_ran(1, "");
    assert_part(sql_of("SELECT", 0), "SELECT \"id\", \"data\" FROM \"photos\" WHERE \"id\" = ?1");
    assert_ok(session, corm_load_column(photo, Photo_.stars));
    assert_int_equal(photo->stars, 2);
    assert_false(corm_is_modified(photo));
    record(session);
    assert_ok(session, corm_flush(session));
    assert_no_sql();
}

static void what_is_not_loaded_is_not_written(void **state)
{
    corm_session *session = *state;
    Photo *photo = corm_get(session, Photo, 12);
    photo->name = "renamed";
    assert_ok(session, corm_commit(session));
    assert_stored(
        session, "renamed|0123456789|note 2|2|2",
        "SELECT name, CAST(data AS TEXT), notes, stars, version FROM photos WHERE id = 12");
    assert_null(strstr(sql_of("UPDATE", 0), "data"));
}

static void assigning_one_writes_it_and_needs_no_loading(void **state)
{
    corm_session *session = *state;
    Photo *photo = corm_get(session, Photo, 12);
    photo->data = other;
    photo->stars = 5;
    assert_true(corm_is_loaded(photo, Photo_.data));
    record(session);
    assert_ok(session, corm_load_column(photo, Photo_.data));
    assert_no_sql();
    assert_ok(session, corm_flush(session));
    assert_ran(1, "UPDATE");
    assert_ran(0, "SELECT");
    assert_memory_equal(photo->data.data, "other", 5);
    assert_ok(session, corm_flush(session));
    assert_ran(1, "UPDATE");
    assert_stored(session, "other|note 2|5",
                  "SELECT CAST(data AS TEXT), notes, stars FROM photos WHERE id = 12");
    /* changed and changed back after loading: nothing */
    Photo *second = corm_get(session, Photo, 11);
    assert_ok(session, corm_load_column(second, Photo_.notes));
    second->notes = "note 1";
    record(session);
    assert_ok(session, corm_flush(session));
    assert_ran(0, "UPDATE");
}

static void an_empty_value_is_written_by_corm_unset(void **state)
{
    corm_session *session = *state;
    Photo *photo = corm_get(session, Photo, 12);
    assert_status(session, CORM_NOT_LOADED, corm_touch(photo, Photo_.notes));
    assert_message(session,
                   "corm_touch: Photo.notes is .deferred and not loaded, there is nothing to "
                   "write (Photo \"p2\"): corm_load_column it first");
    photo->notes = NULL; /* as it is */
    record(session);
    assert_ok(session, corm_flush(session));
    assert_no_sql();
    assert_ok(session, corm_unset(photo, Photo_.notes));
    assert_true(corm_is_loaded(photo, Photo_.notes));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "NULL", "SELECT notes FROM photos WHERE id = 12");
    photo = corm_get(session, Photo, 11);
    assert_ok(session, corm_load_column(photo, Photo_.notes));
    photo->notes = NULL; /* loaded, so it differs */
    assert_ok(session, corm_commit(session));
    assert_stored(session, "NULL", "SELECT notes FROM photos WHERE id = 11");
}

/* When the member is empty again, it is because it is not loaded. */
static void what_was_unset_and_comes_back_stays(void **state)
{
    corm_session *session = *state;
    Photo *photo = corm_get(session, Photo, 12);
    photo->name = "renamed";
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_load_column(photo, Photo_.notes));
    assert_ok(session, corm_unset(photo, Photo_.notes));
    assert_ok(session, corm_rollback(session));
    for (int way = 0; way < 3; way++) {
        assert_ptr_equal(corm_one(session, Photo, .where = corm_eq(Photo_.id, 12)), photo);
        assert_false(corm_is_loaded(photo, Photo_.notes));
        assert_false(corm_is_modified(photo));
        assert_ok(session, corm_load_column(photo, Photo_.notes));
        assert_string_equal(photo->notes, "note 2");
        const char *notes = photo->notes;
        const corm_blob empty = {NULL, 0};
        if (way == 0) { /* the program itself puts it back */
            assert_ok(session, corm_unset(photo, Photo_.notes));
            photo->notes = notes;
        } else if (way == 1) {
            assert_ok(session, corm_unset(photo, Photo_.data));
            photo->data = other;
            assert_ok(session, corm_flush(session));
            corm_blob_handle *blob = corm_blob_open(photo, Photo_.data, true);
            assert_got(session, blob);
            assert_ok(session, corm_blob_close(blob));
            assert_memory_equal(&photo->data, &empty, sizeof empty);
        }
        assert_ok(session, corm_commit(session));
    }
    assert_stored(session, "note 2|other", "SELECT notes, data FROM photos WHERE id = 12");
}

/* What no comparison of members shows. */
static void what_is_unset_or_touched_is_written_whatever_was_before(void **state)
{
    corm_session *session = *state;
    Photo *photo = corm_get(session, Photo, 12);
    assert_ok(session, corm_unset(photo, Photo_.notes)); /* not loaded */
    assert_ok(session, corm_expunge(session, photo));
    assert_ok(session, corm_add(session, photo));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "NULL", "SELECT notes FROM photos WHERE id = 12");
    photo = corm_get(session, Photo, 13);
    assert_ok(session, corm_load_column(photo, Photo_.notes));
    const char *notes = photo->notes;
    assert_ok(session, corm_unset(photo, Photo_.notes));
    photo->notes = notes;
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_touch(photo, Photo_.version));
    assert_ok(session, corm_commit(session));
    assert_int_equal(photo->version, 2);
}

static void a_new_object_has_them(void **state)
{
    corm_session *session = *state;
    Photo *photo =
        corm_new(session, Photo, .id = 99, .name = "new", .data = other, .stars = 1, .album_id = 1);
    assert_ok(session, corm_load_column(photo, Photo_.data));
    assert_ok(session, corm_add(session, photo));
    assert_true(corm_is_loaded(photo, Photo_.data));
    assert_ok(session, corm_flush(session));
    assert_true(corm_is_loaded(photo, Photo_.notes));
    assert_memory_equal(photo->data.data, "other", 5);
    record(session);
    assert_ok(session, corm_load_column(photo, Photo_.notes));
    assert_no_sql();
    assert_ok(session, corm_expire_column(session, photo, Photo_.notes.column));
    run_sql(session, "UPDATE photos SET notes = 'theirs' WHERE id = 99");
    assert_ok(session, corm_load_column(photo, Photo_.notes));
    assert_string_equal(photo->notes, "theirs");
    assert_true(corm_is_loaded(photo, Photo_.data));
    Photo *bad = corm_new(session, Photo, .name = "no data", .stars = 1, .album_id = 1);
    assert_ok(session, corm_add(session, bad));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
}

static void the_next_transaction_reads_them_again_on_request(void **state)
{
    corm_session *session = *state;
    Photo *photo = corm_get(session, Photo, 12);
    assert_ok(session, corm_load_column(photo, Photo_.data));
    assert_ok(session, corm_commit(session));
    assert_int_equal(photo->data.size, 10); /* stays readable */
    run_sql(session, "UPDATE photos SET data = CAST('new' AS BLOB) WHERE id = 12");
    assert_ok(session, corm_current(photo));
    assert_null(photo->data.data);
    assert_false(corm_is_loaded(photo, Photo_.data));
    assert_ok(session, corm_load_column(photo, Photo_.data));
    assert_memory_equal(photo->data.data, "new", 3);
    assert_ok(session, corm_commit(session));
    record(session);
    assert_ok(session, corm_load_column(photo, Photo_.data)); /* both at once */
    assert_ran(2, "SELECT");
    photo->data = other;
    assert_ok(session, corm_commit(session));
    /* assigned while it is expired: the assignment stays */
    photo->data = (corm_blob){"mine", 4};
    assert_ok(session, corm_current(photo));
    assert_memory_equal(photo->data.data, "mine", 4);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "mine", "SELECT CAST(data AS TEXT) FROM photos WHERE id = 12");
}

static void refresh_and_expire_forget_them(void **state)
{
    corm_session *session = *state;
    Photo *photo = corm_get(session, Photo, 12);
    assert_ok(session, corm_load_column(photo, Photo_.data));
    assert_ok(session, corm_load_column(photo, Photo_.notes));
    assert_ok(session, corm_expire_column(session, photo, Photo_.notes.column));
    assert_ok(session, corm_current(photo));
    assert_null(photo->notes);
    assert_int_equal(photo->data.size, 10);
    assert_ok(session, corm_refresh(session, photo));
    assert_false(corm_is_loaded(photo, Photo_.data));
    record(session);
    assert_ok(session, corm_flush(session));
    assert_no_sql();
}

static void a_rollback_knows_what_was_loaded(void **state)
{
    corm_session *session = *state;
    Photo *photo = corm_get(session, Photo, 12);
    photo->name = "x";
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_load_column(photo, Photo_.data));
    photo->data = other;
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_load_column(photo, Photo_.data));
    assert_memory_equal(photo->data.data, "0123456789", 10);
    photo->name = "y";
    assert_ok(session, corm_commit(session));
    assert_stored(session, "y|0123456789|note 2",
                  "SELECT name, CAST(data AS TEXT), notes FROM photos WHERE id = 12");
    corm_savepoint savepoint;
    assert_ok(session, corm_load_column(photo, Photo_.notes));
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    photo->notes = "z";
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_ok(session, corm_load_column(photo, Photo_.notes));
    assert_string_equal(photo->notes, "note 2");
}

static void a_new_object_keeps_them_when_its_insert_is_undone(void **state)
{
    corm_session *session = *state;
    for (int expires = 0; expires < 2; expires++) {
        Photo *photo = corm_new(session, Photo, .name = "new", .data = other, .stars = 1,
                                .album_id = 1, .notes = "first");
        assert_ok(session, corm_add(session, photo));
        assert_ok(session, corm_flush(session));
        photo->notes = "second";
        photo->stars = 2;
        assert_ok(session, corm_flush(session));
        if (expires == 1) {
            assert_ok(session, corm_refresh(session, photo));
            assert_false(corm_is_loaded(photo, Photo_.data));
        }
        assert_ok(session, corm_rollback(session));
        assert_int_equal(corm_state(photo), CORM_STATE_TRANSIENT);
        assert_string_equal(photo->notes, "second");
        assert_int_equal(photo->stars, 2);
        assert_true(corm_is_unset(photo, Photo_.version));
        assert_memory_equal(photo->data.data, other.data, other.size);
    }
}

static void a_query_loads_those_that_it_names(void **state)
{
    corm_session *session = *state;
    Photo_list all = corm_all(session, Photo, .load = corm_load_columns(Photo_.data, Photo_.stars),
                              .order_by = corm_asc(Photo_.id));
    assert_ran(3, "SELECT");
    assert_int_equal(all.count, 6);
    for (size_t i = 0; i < all.count; i++) {
        assert_memory_equal(all.items[i]->data.data, "0123456789", 10);
        assert_int_equal(all.items[i]->stars, all.items[i]->id % 10);
        assert_false(corm_is_loaded(all.items[i], Photo_.notes));
    }
    record(session);
    (void)corm_first(session, Photo, .load = corm_load_columns(Photo_.data));
    assert_ran(1, "SELECT"); /* it is known */
    assert_ok(session, corm_clear(session));
    for (int way = 0; way < 3; way++) {
        record(session);
        Album_list albums = corm_all(
            session, Album, .order_by = corm_asc(Album_.id), .limit = 2,
            .load = corm_loads(
                way == 0 ? corm_load(Album_.photos)
                : way == 1
                    ? corm_load_joined(Album_.photos)
                    : corm_load_where(Album_.photos, .where = corm_gt(Photo_.stars, 1), .limit = 2),
                corm_load_columns(Photo_.data)));
        assert_ran(way == 1 ? 2 : 3, "SELECT");
        Photo_list mine = Album_photos(albums.items[1]);
        assert_int_equal(mine.count, way == 2 ? 2 : 3);
        assert_int_equal(mine.items[1]->data.size, 10);
        assert_null(mine.items[1]->notes);
        assert_ok(session, corm_clear(session));
    }
}

static void a_query_fills_those_that_are_in_the_session_already(void **state)
{
    corm_session *session = *state;
    Photo_list all = corm_all(session, Photo);
    assert_ok(session, corm_load_column(all.items[0], Photo_.data));
    record(session);
    (void)corm_all(session, Photo, .load = corm_load_columns(Photo_.data));
    assert_ran(2, "SELECT");
    assert_part(sql_of("SELECT", 1), "IN (?1, ?2, ?3, ?4, ?5");
    for (size_t i = 0; i < all.count; i++)
        assert_int_equal(all.items[i]->data.size, 10);
}

static void a_page_begins_behind_an_object_that_has_them(void **state)
{
    corm_session *session = *state;
    corm_query page = corm_query_of(Photo, .order_by = corm_desc(Photo_.notes), .limit = 4);
    Photo_list list = corm_all_of(session, Photo, &page);
    page.after = list.items[3];
    assert_int_equal(corm_all_of(session, Photo, &page).count, 0);
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_message(session,
                   "a query of Photo by Photo.notes, which is .deferred and not loaded in the "
                   "object of .after: say .load = corm_load_columns(Photo_.notes)");
    assert_int_equal(corm_count_of(session, &page), -1);
    assert_null(corm_query_stream(session, &page));
    assert_ok(session, corm_load_column(list.items[3], Photo_.notes));
    assert_int_equal(corm_all_of(session, Photo, &page).count, 2);
    page.read_only = true;
    page.after = NULL;
    list = corm_all_of(session, Photo, &page);
    page.after = list.items[3];
    assert_int_equal(corm_all_of(session, Photo, &page).count, 0);
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    page.after = NULL;
    page.load = corm_load_columns(Photo_.notes);
    list = corm_all_of(session, Photo, &page);
    page.after = list.items[3];
    assert_int_equal(corm_all_of(session, Photo, &page).count, 2);
    /* a struct of the program is what it says */
    const Photo last = {.id = 11, .notes = "note 1"};
    page.after = &last;
    assert_int_equal(corm_all_of(session, Photo, &page).count, 1);
}

static void read_only_objects_have_those_that_the_query_names(void **state)
{
    corm_session *session = *state;
    Album_list albums =
        corm_all(session, Album, .read_only = true,
                 .load = corm_loads(corm_load(Album_.photos), corm_load_columns(Photo_.data)));
    assert_ran(3, "SELECT");
    assert_int_equal(Album_photos(albums.items[1]).items[2]->data.size, 10);
    assert_null(Album_photos(albums.items[1]).items[2]->notes);
    Photo *photo =
        corm_first(session, Photo, .read_only = true, .load = corm_load_columns(Photo_.notes));
    assert_string_equal(photo->notes, "note 1");
    assert_null(photo->data.data);
    assert_status(session, CORM_MISUSE, corm_load_column(photo, Photo_.data));
    assert_message(session, "corm_load_column: Photo \"p1\" is read-only");
}

static void streams_leave_them_empty(void **state)
{
    corm_session *session = *state;
    corm_stream *stream = corm_stream_open(session, Photo);
    int count = 0;
    for (const Photo *photo; (photo = corm_stream_next(stream)) != NULL; count++)
        assert_null(photo->data.data);
    assert_ok(session, corm_stream_close(stream));
    assert_int_equal(count, 6);
}

static void inherited_and_own_ones_are_loaded(void **state)
{
    corm_session *session = *state;
    Item_list items =
        corm_all(session, Item, .order_by = corm_order(corm_asc(Item_.a), corm_asc(Item_.b)));
    assert_ran(1, "SELECT");
    Film *film = corm_as(Film, items.items[1]);
    assert_int_equal(film->length, 3);
    assert_null(film->text);
    record(session);
    assert_ok(session, corm_load_column(film, Film_.frames));
    assert_part(sql_of("SELECT", 0),
                "SELECT \"a\", \"b\", \"frames\" FROM \"films\" WHERE (\"a\" = ?1 AND \"b\" = ?2)");
    assert_int_equal(film->frames.size, 2);
    assert_ok(session, corm_load_column(film, Item_.text));
    assert_string_equal(film->text, "two");
    assert_part(sql_of("SELECT", 1), "FROM \"items\"");
    film->length = 7;
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
    record(session);
    items = corm_all(session, Item, .load = corm_load_columns(Film_.frames, Item_.text),
                     .order_by = corm_order(corm_asc(Item_.a), corm_asc(Item_.b)));
    assert_ran(3, "SELECT");
    assert_string_equal(items.items[0]->text, "one");
    assert_string_equal(items.items[2]->text, "three");
    assert_int_equal(corm_as(Film, items.items[1])->frames.size, 2);
    assert_true(corm_is_loaded(corm_as(Film, items.items[2]), Film_.frames)); /* it is NULL */
    record(session);
    assert_ok(session, corm_load_column(corm_as(Film, items.items[2]), Film_.frames));
    assert_no_sql();
}

static void merging_leaves_out_what_is_not_loaded(void **state)
{
    corm_session *session = *state;
    Photo *photo = corm_get(session, Photo, 12);
    assert_ok(session, corm_load_column(photo, Photo_.stars));
    assert_ok(session, corm_expunge(session, photo));
    assert_status(session, CORM_DETACHED, corm_load_column(photo, Photo_.data));

    assert_part(corm_error_message(NULL), "Photo \"p2\" is detached and its data is not loaded");
    photo->name = "merged";
    photo->stars = 4;
    assert_got(session, corm_merge(session, photo));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "merged|0123456789|note 2|4",
                  "SELECT name, CAST(data AS TEXT), notes, stars FROM photos WHERE id = 12");
    assert_ok(session, corm_clear(session));
    /* what was not loaded stays so in another session */
    assert_ok(session, corm_add(session, photo));
    assert_ok(session, corm_load_column(photo, Photo_.data));
    assert_int_equal(photo->data.size, 10);
}

static void a_row_that_is_gone_is_told(void **state)
{
    corm_session *session = *state;
    Photo *photo = corm_get(session, Photo, 12);
    run_sql(session, "DELETE FROM photos WHERE id = 12");
    assert_status(session, CORM_ROW_MISSING, corm_load_column(photo, Photo_.data));
    assert_message(session, "photos: the row of Photo \"p2\" is gone");
    Photo *deleted = corm_get(session, Photo, 11);
    assert_ok(session, corm_delete(session, deleted));
    assert_ok(session, corm_flush(session));
    assert_status(session, CORM_ROW_MISSING, corm_load_column(deleted, Photo_.data));
    Album *album = corm_get(session, Album, 1);
    assert_status(session, CORM_WRONG_MODEL, corm_load_column(album, Photo_.data));
}

static void a_value_that_does_not_fit_is_told_with_its_row(void **state)
{
    static const char stars[] =
        "photos.stars: the text 'many' is not an INTEGER of 64 bits (in the row id = 12)";
    corm_session *session = *state;
    run_sql(session, "UPDATE photos SET stars = 'many' WHERE id = 12;"
                     "UPDATE items SET text = x'00' WHERE a = 2");
    assert_ok(session, corm_commit(session));
    Photo *photo = corm_get(session, Photo, 12);
    assert_status(session, CORM_DATA, corm_load_column(photo, Photo_.stars));
    assert_string_equal(corm_error_message(session), stars);
    assert_ok(session, corm_rollback(session));
    for (int read_only = 0; read_only < 2; read_only++) {
        assert_int_equal(corm_all(session, Photo, .load = corm_load_columns(Photo_.stars),
                                  .read_only = read_only == 1)
                             .count,
                         0);
        assert_string_equal(corm_error_message(session), stars);
        assert_ok(session, corm_rollback(session));
    }
    assert_int_equal(corm_all(session, Film, .load = corm_load_columns(Film_.text)).count, 0);
    assert_string_equal(corm_error_message(session),
                        "items.text: a blob of 1 bytes is not a TEXT (in the row a = 2, b = 'x')");
    assert_ok(session, corm_rollback(session));
}

static void mistakes_of_queries_are_told(void **state)
{
    corm_session *session = *state;
    (void)corm_all(session, Album, .load = corm_load_columns(Photo_.data));
    assert_message(session,
                   "corm_load_columns of a query of Album: Photo.data belongs to another model: "
                   "load a relationship that leads to Photo too");
    (void)corm_all(session, Photo,
                   .load = corm_load_columns(Photo_.data, Photo_.data, Photo_.data, Photo_.data,
                                             Photo_.data, Photo_.data, Photo_.data, Photo_.data,
                                             Photo_.data));
    assert_message(session, "9 columns to load, at most 8");
    (void)corm_all(session, Photo, .load = corm_loading_columns(&(corm_column_ref){NULL, 0}, 1));
    assert_message(
        session,
        "corm_load_columns of a query of Photo: a column that no model of this schema has");
    (void)corm_all(session, Photo, .order_by = corm_asc(Photo_.notes), .limit = 2);
    assert_int_equal(corm_last_status(), CORM_OK);
    (void)corm_all(session, Album, .load = corm_load_columns(Album_.title));
    assert_int_equal(corm_last_status(), CORM_OK);
    corm_stream *stream = corm_stream_open(session, Photo, .load = corm_load_columns(Photo_.data));
    assert_null(stream);
    assert_message(session,
                   "a stream loads no relationships and no deferred columns: leave .load out");
}

/* ---- Declarations --------------------------------------------------------------------------------- */

/* clang-format off */
#define TARGET(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    code, .unique = true, .deferred = true)
#define SOURCE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    code)                                                                          \
    RELATIONSHIP(MANY_TO_ONE, target, Target, BACKREF(sources),                                    \
                 .join = corm_join(Source, code, Target, code))
#define JOINED(MODEL) MODEL(Target, "targets", TARGET) MODEL(Source, "sources", SOURCE)
#define KEYED(COLUMN, RELATIONSHIP) COLUMN(INTEGER, id, .primary_key = true, .deferred = true)
#define KEYS(MODEL) MODEL(Keyed, "keyed", KEYED)
#define COUNTED(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, n,  .version = true, .deferred = true)
#define COUNTS(MODEL) MODEL(Counted, "counted", COUNTED)
#define REFERRING(COLUMN, RELATIONSHIP)                                                            \
    COLUMN(INTEGER,           id,    .primary_key = true)                                          \
    COLUMN(OPTIONAL(INTEGER), other, .references = corm_ref(Referring, id), .deferred = true)
#define REFERENCES(MODEL) MODEL(Referring, "referring", REFERRING)
/* clang-format on */
CORM_SCHEMA(joined, JOINED)
CORM_SCHEMA(keys, KEYS)
CORM_SCHEMA(counts, COUNTS)
CORM_SCHEMA(references, REFERENCES)

static void columns_that_are_needed_with_their_row_cannot_be_deferred(void **state)
{
    (void)state;
    static const struct {
        const corm_schema *schema;
        const char *message;
    } cases[] = {
        {&joined, "Target.code is .deferred, but is part of a relationship, which is read with its "
                  "row: leave .deferred out"},
        {&keys, "Keyed.id is .deferred, but is part of the primary key"},
        {&counts, "Counted.n is .deferred, but is the version"},
        {&references, "Referring.other is .deferred, but is a foreign key"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        corm_engine *engine = corm_sqlite_engine(":memory:", cases[i].schema, NULL);
        assert_int_equal(corm_engine_status(engine), CORM_MODEL);
        assert_part(corm_engine_message(engine), cases[i].message);
        assert_int_equal(corm_engine_close(engine), CORM_OK);
    }
}

static void what_a_statement_has_written_is_read_when_it_is_asked_for(void **state)
{
    corm_session *session = *state;
    Photo *first = corm_get(session, Photo, 11), *second = corm_get(session, Photo, 12);
    assert_ok(session, corm_load_column(first, Photo_.notes));
    assert_ok(session, corm_load_column(first, Photo_.stars));
    record(session);
    assert_int_equal(
        corm_update_all(session, Photo,
                        .set = corm_sets(corm_set(Photo_.notes, corm_upper(Photo_.notes)),
                                         corm_set(Photo_.data, other)),
                        .where = corm_le(Photo_.id, 12)),
        2);
    assert_null(strstr(sql_of("UPDATE", 0) + strlen("UPDATE"), "RETURNING \"id\", \"data\""));
    assert_false(corm_is_loaded(first, Photo_.notes));
    assert_true(corm_is_loaded(first, Photo_.stars)); /* nobody wrote it */
    assert_int_equal(first->stars, 1);
    assert_ok(session, corm_load_column(first, Photo_.notes));
    assert_ok(session, corm_load_column(second, Photo_.data));
    assert_string_equal(first->notes, "NOTE 1");
    assert_int_equal(second->data.size, 5);
    assert_int_equal(second->version, 2);
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_load_column(first, Photo_.notes));
    assert_string_equal(first->notes, "note 1");
    Photo_list all = corm_update_returning(session, Photo, .set = corm_set(Photo_.name, "new"),
                                           .all_rows = true);
    assert_int_equal(all.count, 6);
    assert_false(corm_is_loaded(second, Photo_.data));
    assert_ok(session, corm_load_column(second, Photo_.data));
    assert_int_equal(second->data.size, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PHOTOS_TEST(a_query_does_not_read_them),
        PHOTOS_TEST(loading_one_takes_one_statement_and_only_the_first_time),
        PHOTOS_TEST(what_is_not_loaded_is_not_written),
        PHOTOS_TEST(assigning_one_writes_it_and_needs_no_loading),
        PHOTOS_TEST(an_empty_value_is_written_by_corm_unset),
        PHOTOS_TEST(what_was_unset_and_comes_back_stays),
        PHOTOS_TEST(what_is_unset_or_touched_is_written_whatever_was_before),
        PHOTOS_TEST(a_new_object_has_them),
        PHOTOS_TEST(the_next_transaction_reads_them_again_on_request),
        PHOTOS_TEST(refresh_and_expire_forget_them),
        PHOTOS_TEST(a_new_object_keeps_them_when_its_insert_is_undone),
        PHOTOS_TEST(a_rollback_knows_what_was_loaded),
        PHOTOS_TEST(a_query_loads_those_that_it_names),
        PHOTOS_TEST(a_query_fills_those_that_are_in_the_session_already),
        PHOTOS_TEST(a_page_begins_behind_an_object_that_has_them),
        PHOTOS_TEST(read_only_objects_have_those_that_the_query_names),
        PHOTOS_TEST(streams_leave_them_empty),
        PHOTOS_TEST(inherited_and_own_ones_are_loaded),
        PHOTOS_TEST(merging_leaves_out_what_is_not_loaded),
        PHOTOS_TEST(a_row_that_is_gone_is_told),
        PHOTOS_TEST(what_a_statement_has_written_is_read_when_it_is_asked_for),
        PHOTOS_TEST(a_value_that_does_not_fit_is_told_with_its_row),
        PHOTOS_TEST(mistakes_of_queries_are_told),
        cmocka_unit_test(columns_that_are_needed_with_their_row_cannot_be_deferred),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
