/* selects: expressions, joins, groups, windows, subqueries, queries with a name, rows and single values. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define GENRE(VALUE) VALUE(ROCK, "rock") VALUE(JAZZ, "jazz")
CORM_ENUM(Genre, GENRE)

#define ARTIST(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,            id,      .primary_key = true)                                       \
    COLUMN(TEXT,               name)                                                               \
    COLUMN(OPTIONAL(INTEGER),  born)                                                               \
    COLUMN(OPTIONAL(INTEGER),  mentor_id, .references = corm_ref(Artist, id))                      \
    RELATIONSHIP(ONE_TO_MANY,  albums,  Album, artist)                                             \
    RELATIONSHIP(MANY_TO_ONE,  mentor,  Artist, pupils)                                            \
    RELATIONSHIP(ONE_TO_MANY,  pupils,  Artist, mentor)
#define ALBUM(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,            id,      .primary_key = true)                                       \
    COLUMN(TEXT,               title)                                                              \
    COLUMN(ENUM(Genre),        genre)                                                              \
    COLUMN(DATE,               made)                                                               \
    COLUMN(DECIMAL(8, 2),      price)                                                              \
    COLUMN(OPTIONAL(JSON),     data)                                                               \
    COLUMN(OPTIONAL(INTEGER),  artist_id, .references = corm_ref(Artist, id))                      \
    RELATIONSHIP(MANY_TO_ONE,  artist,  Artist, albums)                                            \
    RELATIONSHIP(ONE_TO_MANY,  tracks,  Track, BACKREF(album))                                     \
    RELATIONSHIP(MANY_TO_MANY, labels,  Label, BACKREF(albums), .secondary = corm_secondary("album_labels", "album_id", "label_id"))
#define TRACK(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,            id,      .primary_key = true)                                       \
    COLUMN(TEXT,               name)                                                               \
    COLUMN(INTEGER,            seconds)                                                            \
    COLUMN(REAL,               stars)                                                              \
    COLUMN(INTEGER,            plays)                                                              \
    COLUMN(OPTIONAL(DATETIME), played)                                                             \
    COLUMN(INTEGER,            album_id, .references = corm_ref(Album, id))
#define LABEL(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,            id,      .primary_key = true)                                       \
    COLUMN(TEXT,               name)
#define MUSIC(MODEL)                                                                               \
    MODEL(Artist, "artists", ARTIST)                                                               \
    MODEL(Album,  "albums",  ALBUM)                                                                \
    MODEL(Track,  "tracks",  TRACK)                                                                \
    MODEL(Label,  "labels",  LABEL)
/* clang-format on */

CORM_SCHEMA(music, MUSIC)

CORM_ALIAS(teacher, Artist, ARTIST)

#define NAMED(COLUMN) COLUMN(TEXT, name)
CORM_ROW(Named, NAMED)

#define TOLD(COLUMN) COLUMN(BOOLEAN, yes)
CORM_ROW(Told, TOLD)

#define SALES(COLUMN)                                                                              \
    COLUMN(TEXT, artist)                                                                           \
    COLUMN(INTEGER, tracks)                                                                        \
    COLUMN(OPTIONAL(REAL), mean)
CORM_ROW(Sales, SALES)

#define BRANCH(COLUMN) COLUMN(INTEGER, id) COLUMN(TEXT, name) COLUMN(INTEGER, depth)
CORM_ROW(Branch, BRANCH)

#define RANKED(COLUMN) COLUMN(TEXT, name) COLUMN(INTEGER, place) COLUMN(OPTIONAL(TEXT), before)
CORM_ROW(Ranked, RANKED)

#define PRICED(COLUMN) COLUMN(ENUM(Genre), genre) COLUMN(DECIMAL(8, 2), price)
CORM_ROW(Priced, PRICED)

static int open_music(void **state)
{
    corm_session *session = memory_session(&music);
    *state = session;
    if (session == NULL)
        return 1;
    Artist *miles = corm_new(session, Artist, .name = "Miles", .born = corm_some(1926));
    Artist *john = corm_new(session, Artist, .name = "John", .born = corm_some(1926));
    Artist *pat = corm_new(session, Artist, .name = "Pat");
    (void)Artist_mentor_set(john, miles);
    (void)Artist_mentor_set(pat, john);
    Label *blue = corm_new(session, Label, .name = "Blue"),
          *red = corm_new(session, Label, .name = "Red");
    struct {
        const char *title;
        Artist *artist;
        Genre genre;
        int year;
        const char *price, *data;
        int tracks;
    } albums[] = {{"Kind", miles, JAZZ, 1959, "9.99", "{\"tags\":[\"modal\"],\"sold\":5}", 3},
                  {"Brew", miles, ROCK, 1970, "12.50", NULL, 2},
                  {"Giant", john, JAZZ, 1960, "7.25", "{\"sold\":2}", 2},
                  {"Empty", NULL, JAZZ, 2000, "1.00", NULL, 0}};
    int n = 0;
    (void)corm_add(session, miles);
    (void)corm_add(session, john);
    (void)corm_add(session, pat);
    for (size_t i = 0; i < sizeof albums / sizeof albums[0]; i++) {
        Album *album = corm_new(session, Album, .title = albums[i].title, .genre = albums[i].genre,
                                .made = corm_date_of(albums[i].year, 3, 31),
                                .price = corm_decimal_of(albums[i].price), .data = albums[i].data);
        (void)Album_artist_set(album, albums[i].artist);
        (void)Album_labels_append(album, i < 2 ? blue : red);
        (void)corm_add(session, album);
        for (int t = 0; t < albums[i].tracks; t++, n++) {
            Track *track = corm_new(session, Track, .name = corm_text(session, "t%d", n),
                                    .seconds = 100 + 10 * n, .stars = 0.5 * n, .plays = n % 3);
            (void)Album_tracks_append(album, track);
        }
    }
    if (corm_commit(session) != CORM_OK || corm_clear(session) != CORM_OK)
        print_error("%s\n", corm_error_message(session));
    record(session);
    return 0;
}

#define MUSIC_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_music, close_session)

/* The first letters of the titles, and the names of the tracks by number. */
static const char *titles(corm_session *session, Album_list list)
{
    static char text[64];
    size_t used = 0;
    for (size_t i = 0; i < list.count && used < sizeof text - 1; i++)
        text[used++] = list.items[i]->title[0];
    text[used] = '\0';
    return corm_last_status() == CORM_OK ? text : corm_error_message(session);
}

static const char *numbers(corm_session *session, Track_list list)
{
    static char text[64];
    size_t used = 0;
    for (size_t i = 0; i < list.count && used < sizeof text - 1; i++)
        text[used++] = list.items[i]->name[1];
    text[used] = '\0';
    return corm_last_status() == CORM_OK ? text : corm_error_message(session);
}

#define assert_albums(expected_, ...)                                                              \
    assert_string_equal(titles(session, corm_all(session, Album, .order_by = corm_asc(Album_.id),  \
                                                 .where = __VA_ARGS__)),                           \
                        (expected_))
#define assert_tracks(expected_, ...)                                                              \
    assert_string_equal(numbers(session, corm_all(session, Track, .order_by = corm_asc(Track_.id), \
                                                  .where = __VA_ARGS__)),                          \
                        (expected_))

/* ---- Expressions ------------------------------------------------------------------------------ */

static void columns_are_compared_with_each_other(void **state)
{
    corm_session *session = *state;
    assert_tracks("01", corm_gt(Track_.id, corm_plus(Track_.plays, Track_.stars)), .limit = 2);
    assert_tracks("0", corm_eq(Track_.plays, Track_.stars));
    assert_tracks("36", corm_and(corm_eq(Track_.plays, 0), corm_ne(Track_.plays, Track_.stars)));
}

static void numbers_are_computed(void **state)
{
    corm_session *session = *state;
    assert_tracks("5", corm_eq(corm_minus(Track_.seconds, 100), 50));
    assert_tracks("5", corm_eq(corm_times(Track_.seconds, 2), 300));
    assert_tracks("34", corm_eq(corm_divided(Track_.seconds, 13), 10));
    assert_tracks("036", corm_eq(corm_modulo(corm_minus(Track_.id, 1), 3), 0));
    assert_tracks("4", corm_eq(corm_times(Track_.seconds, 0.5), 70.0));
    assert_tracks("2", corm_eq(corm_abs(corm_negative(Track_.stars)), 1.0));
    assert_tracks("34", corm_eq(corm_round(corm_plus(Track_.stars, 0.1), 0), 2));
    assert_albums("B", corm_eq(corm_times(Album_.price, 2), corm_decimal_of("25.00")));
    assert_albums("K", corm_eq(corm_plus(Album_.price, corm_decimal_of("0.01")), 10));
    assert_albums("G", corm_eq(corm_cast(REAL, Album_.price), 7.25));
}

/* As deep as people write them; the compiler has to be done with it soon. */
static void expressions_stand_in_expressions(void **state)
{
    corm_session *session = *state;
    assert_tracks(
        "0",
        corm_eq(corm_plus(corm_plus(corm_times(corm_plus(corm_minus(Track_.id, 1), 2), 3), 4), 5),
                15));
    assert_tracks("0",
                  corm_eq(15, corm_plus(5, corm_plus(4, corm_times(3, corm_plus(1, Track_.id))))));
    assert_albums(
        "G", corm_eq(corm_concat(corm_concat(corm_concat(corm_concat(Album_.title, "a"), "b"), "c"),
                                 corm_lower(corm_upper("D"))),
                     "Giantabcd"));
    assert_tracks("12",
                  corm_gt(corm_case(corm_in(Track_.id, ((int64_t[]){2, 3}), 2), 2,
                                    corm_case(corm_eq(Track_.id, 4), 1,
                                              corm_case(corm_eq(Track_.id, 5), 0, Track_.plays))),
                          1),
                  .limit = 2);
}

static void texts_are_computed(void **state)
{
    corm_session *session = *state;
    assert_albums("K", corm_eq(corm_lower(Album_.title), "kind"));
    assert_albums("G", corm_eq(corm_upper(Album_.title), "GIANT"));
    assert_albums("KB", corm_eq(corm_length(Album_.title), 4));
    assert_albums("B", corm_eq(corm_substring(Album_.title, 2, 2), "re"));
    assert_albums("E", corm_eq(corm_replace(Album_.title, "pty", "!"), "Em!"));
    assert_albums("K", corm_eq(corm_position(Album_.title, "ind"), 2));
    assert_albums("G", corm_eq(corm_concat(Album_.title, "!"), "Giant!"));
    assert_albums("B",
                  corm_eq(corm_trim(corm_concat(" ", corm_concat(Album_.title, " "))), "Brew"));
    assert_albums("K", corm_eq(corm_trim_left(corm_concat(" ", Album_.title)), "Kind"));
    assert_albums("K", corm_eq(corm_trim_right(corm_concat(Album_.title, " ")), "Kind"));
}

static void a_text_of_a_stranger_is_looked_for_as_it_is(void **state)
{
    corm_session *session = *state;
    assert_albums("KB",
                  corm_or(corm_has_text(Album_.title, "in"), corm_starts_with(Album_.title, "br")));
    assert_albums("", corm_has_text(Album_.title, "%"));
    assert_albums("", corm_has_text(Album_.title, "_"));
    assert_albums("", corm_starts_with(Album_.title, "\\"));
    assert_albums("G", corm_ends_with(Album_.title, "ant"));
    assert_albums("KBGE", corm_has_text(Album_.title, ""));
    Album *album = corm_first(session, Album);
    album->title = "100%_\\";
    assert_albums("1", corm_has_text(Album_.title, "%_\\"));
    assert_albums("1", corm_like_escaped(Album_.title, "100!%%", "!"));
    assert_albums("BGE", corm_not(corm_like_escaped(Album_.title, "100!%%", "!")));
    assert_albums("B", corm_glob(Album_.title, "B*[w]"));
    assert_albums("", corm_has_text(Album_.title, corm_var(&(const char *){NULL})));
}

static void null_is_a_value_of_its_own_where_one_asks_for_it(void **state)
{
    corm_session *session = *state;
    assert_albums("E", corm_same(Album_.artist_id, corm_null_if(Album_.id, Album_.id)));
    assert_albums("GE", corm_differ(Album_.artist_id, 1));
    assert_albums("E", corm_eq(corm_coalesce(Album_.artist_id, -1), -1));
    assert_albums("KE", corm_eq(corm_least(Album_.id, corm_coalesce(Album_.artist_id, 4)),
                                corm_greatest(Album_.id, corm_coalesce(Album_.artist_id, 4))));
}

static void a_case_gives_one_value_or_another(void **state)
{
    corm_session *session = *state;
    assert_albums("BG",
                  corm_in(corm_case(corm_eq(Album_.genre, ROCK), "loud",
                                    corm_case(corm_lt(Album_.id, 2), "soft",
                                              corm_case(corm_eq(Album_.id, 3), "loud", "none"))),
                          ((const char *const[]){"loud"}), 1));
    assert_int_equal(
        corm_count(session, Album,
                   .where = corm_eq(corm_case(corm_gt(Album_.id, 2), Album_.genre, ROCK), JAZZ)),
        2);
}

static void dates_are_taken_apart(void **state)
{
    corm_session *session = *state;
    assert_albums("K", corm_eq(corm_year(Album_.made), 1959));
    assert_albums(
        "KBGE", corm_and(corm_eq(corm_month(Album_.made), 3), corm_eq(corm_day(Album_.made), 31)));
    assert_albums("KB", corm_eq(corm_weekday(Album_.made), 2));
    assert_albums("G", corm_eq(corm_add_days(Album_.made, 1), corm_date_of(1960, 4, 1)));
    assert_albums("G", corm_eq(corm_days_between(Album_.made, corm_date_of(1960, 3, 1)), 30));
    Track *track = corm_first(session, Track);
    track->played = corm_some(corm_datetime_of(2024, 2, 28, 23, 59, 30, 5));
    assert_tracks("0", corm_and(corm_eq(corm_hour(Track_.played), 23),
                                corm_eq(corm_minute(Track_.played), 59),
                                corm_eq(corm_second(Track_.played), 30)));
    assert_tracks("0", corm_eq(corm_to_date(Track_.played), corm_date_of(2024, 2, 28)));
    assert_tracks(
        "0", corm_eq(corm_to_date(corm_add_seconds(Track_.played, 30)), corm_date_of(2024, 2, 29)));
}

static void json_is_read_at_a_path(void **state)
{
    corm_session *session = *state;
    assert_albums("K", corm_eq(corm_json_text(Album_.data, "$.tags[0]"), "modal"));
    assert_albums("KG", corm_gt(corm_json_integer(Album_.data, "$.sold"), 1));
    assert_albums("BE", corm_is_null(corm_json_integer(Album_.data, "$.sold")));
    assert_albums("", corm_eq(corm_json_text(Album_.data, "$.none') OR 1=1 --"), "x"));
}

static void twice(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    sqlite3_result_int64(context, 2 * sqlite3_value_int64(values[0]));
}

static void a_function_of_the_program_is_called_by_name(void **state)
{
    corm_session *session = *state;
    assert_int_equal(sqlite3_create_function(corm_sqlite_handle(session), "twice", 1, SQLITE_UTF8,
                                             NULL, twice, NULL, NULL),
                     SQLITE_OK);
    assert_tracks("2", corm_eq(corm_call(INTEGER, "twice", Track_.id), 6));
    assert_int_equal(
        corm_count(session, Track,
                   .where = corm_eq(corm_call(TEXT, "x\"(1) OR 1=1 --", Track_.id), "y")),
        -1);
    assert_message(session, "no such function");
}

static void a_variable_is_read_when_the_query_runs(void **state)
{
    corm_session *session = *state;
    int64_t least = 5;
    const char *name = "t6";
    corm_query kept = corm_query_of(Track, .where = corm_ge(Track_.id, corm_var(&least)),
                                    .order_by = corm_asc(Track_.id));
    assert_string_equal(numbers(session, corm_all_of(session, Track, &kept)), "456");
    size_t statements = 0;
    (void)statements;
    least = 7;
    assert_string_equal(numbers(session, corm_all_of(session, Track, &kept)), "6");
    if (name != NULL)
        kept.where = corm_and(kept.where, corm_eq(Track_.name, corm_var(&name)));
    assert_int_equal(corm_count_of(session, &kept), 1);
    name = "t5";
    assert_int_equal(corm_count_of(session, &kept), 0);
    assert_null(corm_first_of(session, Track, &kept));
    name = "t6";
    assert_non_null(corm_one_of(session, Track, &kept));
}

static size_t prepared_statements(corm_session *session)
{
    size_t count = 0;
    sqlite3 *handle = corm_sqlite_handle(session);
    for (sqlite3_stmt *at = NULL; (at = sqlite3_next_stmt(handle, at)) != NULL;)
        count++;
    return count;
}

static void a_kept_query_is_prepared_once(void **state)
{
    corm_session *session = *state;
    int64_t least = 1, ids[100] = {1};
    corm_query kept = corm_query_of(Track, .where = corm_and(corm_ge(Track_.id, corm_var(&least)),
                                                             corm_in(Track_.id, ids, 100)));
    (void)corm_all_of(session, Track, &kept);
    const size_t before = prepared_statements(session);
    for (least = 2; least < 5; least++)
        (void)corm_all_of(session, Track, &kept);
    kept.where = corm_and(corm_ge(Track_.id, corm_var(&least)),
                          corm_in(Track_.id, ids, 99)); /* of another length */
    (void)corm_all_of(session, Track, &kept);
    assert_int_equal(prepared_statements(session), before);
}

/* ---- Relationships ----------------------------------------------------------------------------- */

static void conditions_look_across_relationships(void **state)
{
    corm_session *session = *state;
    Artist_list artists = corm_all(
        session, Artist, .where = corm_any(Artist_.albums, corm_eq(Album_.title, "Giant")));
    assert_int_equal(artists.count, 1);
    assert_string_equal(artists.items[0]->name, "John");
    assert_int_equal(corm_count(session, Artist, .where = corm_any(Artist_.albums)), 2);
    assert_int_equal(corm_count(session, Artist, .where = corm_not(corm_any(Artist_.albums))), 1);
    assert_albums("KB", corm_has(Album_.artist, corm_eq(Artist_.name, "Miles")));
    assert_albums("KB", corm_any(Album_.labels, corm_eq(Label_.name, "Blue")));
    assert_int_equal(
        corm_count(session, Label, .where = corm_any(Label_albums_, corm_gt(Album_.id, 3))), 1);
    /* through three tables, and to itself */
    assert_int_equal(
        corm_count(
            session, Artist,
            .where = corm_any(Artist_.albums, corm_any(Album_.tracks, corm_eq(Track_.name, "t6")))),
        1);
    Artist *pupil =
        corm_one(session, Artist,
                 .where = corm_has(Artist_.mentor,
                                   corm_has(Artist_.mentor, corm_eq(Artist_.name, "Miles"))));
    assert_string_equal(pupil->name, "Pat");
}

static void a_condition_on_related_rows_may_name_the_rows_around(void **state)
{
    corm_session *session = *state;
    assert_int_equal(
        corm_count(session, Artist,
                   .where = corm_any(Artist_.albums,
                                     corm_gt(corm_year(Album_.made), corm_plus(Artist_.born, 40)))),
        1);
}

static void an_object_is_looked_for_behind_a_relationship(void **state)
{
    corm_session *session = *state;
    Label *red = corm_one(session, Label, .where = corm_eq(Label_.name, "Red"));
    Track *track = corm_one(session, Track, .where = corm_eq(Track_.name, "t4"));
    assert_albums("GE", corm_contains(Album_.labels, red));
    assert_albums("B", corm_contains(Album_.tracks, track));
    assert_albums("corm_contains in a query of Album: the object is of another model than the "
                  "relationship leads to",
                  corm_contains(Album_.tracks, red));
    assert_albums("corm_contains in a query of Album: the object is NULL, none of corm, or has no "
                  "row: add it first",
                  corm_contains(Album_.tracks, NULL));
}

/* ---- Joins --------------------------------------------------------------------------------------- */

static void joined_rows_are_there_for_conditions_and_orders(void **state)
{
    corm_session *session = *state;
    Track_list tracks =
        corm_all(session, Track,
                 .join = corm_joins(corm_inner_join(Track_album_), corm_inner_join(Album_.artist)),
                 .where = corm_eq(Artist_.name, "Miles"),
                 .order_by = corm_order(corm_desc(Album_.title), corm_asc(Track_.id)));
    assert_string_equal(numbers(session, tracks), "01234");
    assert_int_equal(corm_count(session, Track,
                                .join = corm_joins(
                                    corm_inner_join(Track_album_),
                                    corm_inner_join(Album_.artist, corm_eq(Artist_.name, "John")))),
                     2);
    Album_list albums = corm_all(session, Album, .join = corm_left_join(Album_.artist),
                                 .where = corm_is_null(Artist_.id));
    assert_string_equal(titles(session, albums), "E");
    albums = corm_all(session, Album, .join = corm_inner_join(Album_.labels),
                      .where = corm_eq(Label_.name, "Blue"), .order_by = corm_asc(Album_.id));
    assert_string_equal(titles(session, albums), "KB");
    albums =
        corm_all(session, Album, .join = corm_join_on(Track, corm_eq(Track_.album_id, Album_.id)),
                 .distinct = true, .order_by = corm_asc(Album_.id));
    assert_string_equal(titles(session, albums), "KBG");
    assert_int_equal(corm_count(session, Album,
                                .join = corm_join_on(Track, corm_eq(Track_.album_id, Album_.id)),
                                .distinct = true),
                     3);
    assert_int_equal(
        corm_count(session, Album,
                   .join = corm_left_join_on(Track, corm_eq(Track_.album_id, Album_.id))),
        8);
}

/* The table between has a row for a partner that the condition leaves out. */
static void a_left_join_of_many_to_many_gives_each_row_without_partners_once(void **state)
{
    corm_session *session = *state;
    Album *kind = corm_one(session, Album, .where = corm_eq(Album_.title, "Kind"));
    Label *red = corm_one(session, Label, .where = corm_eq(Label_.name, "Red"));
    assert_ok(session, Album_labels_append(kind, red));
    assert_int_equal(corm_count(session, Album, .join = corm_left_join(Album_.labels)), 5);
    assert_int_equal(
        corm_count(session, Album,
                   .join = corm_left_join(Album_.labels, corm_eq(Label_.name, "Blue"))),
        4);
    assert_int_equal(
        corm_count(session, Album,
                   .join = corm_left_join(Album_.labels, corm_eq(Label_.name, Album_.title))),
        4);
    assert_int_equal(
        corm_count(session, Album,
                   .join = corm_inner_join(Album_.labels, corm_eq(Label_.name, "Blue"))),
        2);
}

static void a_model_is_joined_to_itself_by_an_alias(void **state)
{
    corm_session *session = *state;
    Artist_list found =
        corm_all(session, Artist, .join = corm_inner_join_as(teacher, Artist_.mentor),
                 .where = corm_eq(teacher_.name, "Miles"));
    assert_int_equal(found.count, 1);
    assert_string_equal(found.items[0]->name, "John");
    found = corm_all(session, Artist,
                     .join = corm_join_on(teacher, corm_and(corm_eq(teacher_.born, Artist_.born),
                                                            corm_ne(teacher_.id, Artist_.id))),
                     .order_by = corm_asc(Artist_.id));
    assert_int_equal(found.count, 2);
}

static void what_is_joined_can_be_loaded_as_well(void **state)
{
    corm_session *session = *state;
    Album_list albums =
        corm_all(session, Album, .join = corm_inner_join(Album_.artist),
                 .where = corm_eq(Artist_.name, "Miles"),
                 .load = corm_loads(corm_load_joined(Album_.tracks), corm_load(Album_.artist)),
                 .order_by = corm_asc(Album_.id));
    assert_string_equal(titles(session, albums), "KB");
    assert_int_equal(Album_tracks(albums.items[0]).count, 3);
    assert_string_equal(Album_artist(albums.items[1])->name, "Miles");
}

static void a_table_that_is_not_joined_is_named(void **state)
{
    corm_session *session = *state;
    assert_int_equal(corm_all(session, Track, .where = corm_eq(Artist_.name, "x")).count, 0);
    assert_message(session, "Artist.name is a column of another model");
    assert_int_equal(corm_all(session, Track, .join = corm_inner_join(Album_.artist)).count, 0);
    assert_message(session, "Album.artist belongs to a model that is not in the query: join Album");
    assert_int_equal(corm_select(session, Ranked, .from = corm_from(Track),
                                 .fields = corm_fields(corm_field(Ranked_.name, Artist_.name),
                                                       corm_field(Ranked_.place, Track_.id),
                                                       corm_field(Ranked_.before, Artist_.name)))
                         .count,
                     0);
    assert_message(session,
                   "of a query of Ranked: Artist.name is a column of a model that is not in "
                   "the query: join Artist");
}

static void what_is_joined_by_an_alias_is_not_loaded(void **state)
{
    corm_session *session = *state;
    assert_int_equal(corm_all(session, Artist, .join = corm_inner_join_as(teacher, Artist_.mentor),
                              .load = corm_load(teacher_.albums))
                         .count,
                     0);
    assert_message(session,
                   "corm_load of a query of Artist: teacher is a name for rows that are joined, "
                   "which become no objects: load an end of Artist_ instead");
}

/* ---- Subqueries ----------------------------------------------------------------------------------- */

static void a_query_stands_inside_another(void **state)
{
    corm_session *session = *state;
    assert_albums("KB", corm_in_query(Album_.artist_id,
                                      corm_subquery(Artist, Artist_.id,
                                                    .where = corm_eq(Artist_.name, "Miles"))));
    assert_tracks("456",
                  corm_gt(Track_.seconds, corm_subquery(Track, corm_average(Track_.seconds))));
    assert_albums("E", corm_not(corm_exists(Track, .where = corm_eq(Track_.album_id, Album_.id))));
    assert_albums("K", corm_eq(corm_subquery(Track, corm_count_rows(),
                                             .where = corm_eq(Track_.album_id, Album_.id)),
                               3));
    assert_tracks("246",
                  corm_in_query(Track_.id, corm_subquery(Track, corm_maximum(Track_.id),
                                                         .group_by = corm_group(Track_.album_id))));
    corm_condition condition = {0};
    if (session != NULL)
        condition = corm_in_query(
            Album_.id,
            corm_subquery(Track, Track_.album_id, .where = corm_eq(Track_.name, "t0"), .limit = 5));
    assert_albums("K", condition);
}

/* ---- Rows and values ------------------------------------------------------------------------------- */

static void groups_become_rows_of_the_program(void **state)
{
    corm_session *session = *state;
    Sales_list sales = corm_select(
        session, Sales,
        .fields = corm_fields(corm_field(Sales_.artist, Artist_.name),
                              corm_field(Sales_.tracks, corm_count_rows()),
                              corm_field(Sales_.mean, corm_average(Track_.stars))),
        .from = corm_from(Track),
        .join = corm_joins(corm_inner_join(Track_album_), corm_inner_join(Album_.artist)),
        .group_by = corm_group(Artist_.id), .having = corm_gt(Sales_.tracks, 1),
        .order_by = corm_desc(Sales_.tracks));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_int_equal(sales.count, 2);
    assert_string_equal(sales.items[0].artist, "Miles");
    assert_int_equal(sales.items[0].tracks, 5);
    assert_true(sales.items[0].mean.has_value && sales.items[0].mean.value == 1.0);
    assert_string_equal(sales.items[1].artist, "John");
}

static void a_grouped_expression_has_the_same_values_wherever_it_stands(void **state)
{
    corm_session *session = *state;
    record(session);
    corm_integer_values halves = corm_values(session, Track, corm_plus(Track_.plays, 10),
                                             .group_by = corm_group(corm_plus(Track_.plays, 10)),
                                             .having = corm_gt(corm_plus(Track_.plays, 10), 1),
                                             .order_by = corm_desc(corm_plus(Track_.plays, 10)),
                                             .where = corm_gt(corm_plus(Track_.plays, 10), 0));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_true(halves.count > 1 && halves.items[0].value > halves.items[1].value);
    assert_string_equal(
        sql_of("SELECT", 0),
        "SELECT (\"plays\" + ?1) FROM \"tracks\" WHERE (\"plays\" + ?2) > ?3 GROUP BY "
        "(\"plays\" + ?1) HAVING (\"plays\" + ?1) > ?4 ORDER BY (\"plays\" + ?1) DESC");
    assert_string_equal(values_of("SELECT", 0), "10, 10, 0, 1");
    /* within another, and as a member; another value is another expression */
    Branch_list branches = corm_select(
        session, Branch,
        .fields = corm_fields(corm_field(Branch_.id, corm_times(corm_plus(Track_.plays, 10), 2)),
                              corm_field(Branch_.name, corm_concat("t", corm_minimum(Track_.name))),
                              corm_field(Branch_.depth, corm_plus(Track_.plays, 10))),
        .group_by = corm_group(Branch_.depth, corm_plus(Track_.plays, 11)),
        .having = corm_gt(Branch_.depth, 10), .order_by = corm_asc(Branch_.id));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_true(branches.count > 0 && branches.items[0].id == 2 * branches.items[0].depth);
    assert_string_equal(sql_of("SELECT", 1), "SELECT ((\"plays\" + ?1) * ?2) AS \"id\", (?3 || "
                                             "min(\"name\")) AS \"name\", (\"plays\" + ?1) "
                                             "AS \"depth\" FROM \"tracks\" GROUP BY (\"plays\" + "
                                             "?1), (\"plays\" + ?4) HAVING (\"plays\" + ?1) "
                                             "> ?5 ORDER BY \"id\"");
    assert_string_equal(values_of("SELECT", 1), "10, 2, 't', 11, 10");
}

static void what_is_selected_is_known_again_where_only_that_counts(void **state)
{
    corm_session *session = *state;
    record(session);
    corm_integer_values sums =
        corm_values(session, Track, corm_plus(Track_.plays, 10), .distinct = true,
                    .order_by = corm_asc(corm_plus(Track_.plays, 10)));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_int_equal(sums.count, 3);
    assert_string_equal(sql_of("SELECT", 0),
                        "SELECT DISTINCT (\"plays\" + ?1) FROM \"tracks\" ORDER "
                        "BY (\"plays\" + ?1)");
    /* of the first of several queries */
    const corm_select labels = corm_select_for(
        Named, .fields = corm_fields(corm_field(Named_.name, corm_concat(Label_.name, "!"))));
    Named_list names = corm_select(
        session, Named,
        .fields = corm_fields(corm_field(Named_.name, corm_concat(Artist_.name, "?"))),
        .compound = {corm_union(&labels)}, .order_by = corm_desc(corm_concat(Artist_.name, "?")));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_int_equal(names.count, 5);
    assert_string_equal(names.items[0].name, "Red!");
    assert_part(sql_of("SELECT", 1), "(\"name\" || ?2) AS \"name\" FROM \"labels\" ORDER BY "
                                     "(\"name\" || ?1) DESC");
    /* without groups each has its own, as the statement is the same then for all values */
    (void)corm_values(session, Track, corm_plus(Track_.plays, 10),
                      .order_by = corm_asc(corm_plus(Track_.plays, 10)));
    assert_part(sql_of("SELECT", 2), "ORDER BY (\"plays\" + ?2)");
}

static void queries_that_are_put_together_are_ordered_by_what_they_give(void **state)
{
    corm_session *session = *state;
    const corm_select labels = corm_select_for(Named, .from = corm_from(Label));
    const size_t both = (size_t)(corm_count(session, Artist) + corm_count(session, Label));
    assert_int_equal(corm_select(session, Named, .from = corm_from(Artist),
                                 .compound = {corm_union_all(&labels)},
                                 .order_by = corm_asc(Named_.name))
                         .count,
                     both);
    assert_int_equal(corm_select(session, Named, .from = corm_from(Artist),
                                 .compound = {corm_union_all(&labels)},
                                 .order_by = corm_asc(Artist_.name))
                         .count,
                     both);
    assert_int_equal(corm_select(session, Named, .from = corm_from(Artist),
                                 .compound = {corm_union_all(&labels)},
                                 .order_by = corm_asc(corm_lower(Named_.name)))
                         .count,
                     0);
    assert_message(session, "give Named a member for it");
    assert_int_equal(corm_select(session, Named, .from = corm_from(Artist),
                                 .compound = {corm_union_all(&labels)},
                                 .order_by = corm_asc(Artist_.id))
                         .count,
                     0);
    assert_message(session, "something else than a member of Named, or what fills one");
}

static void members_get_the_columns_of_their_names(void **state)
{
    corm_session *session = *state;
    Named_list names = corm_select(session, Named, .from = corm_from(Artist),
                                   .order_by = corm_asc(Named_.name), .limit = 2);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.items[0].name, "John");
    Sales_list sales = corm_select(session, Sales, .from = corm_from(Artist));
    assert_int_equal(sales.count, 0);
    assert_message(session, "Sales.artist gets no value");
}

static void a_member_in_an_expression_means_what_fills_it(void **state)
{
    corm_session *session = *state;
    const corm_fields second =
        corm_fields(corm_field(Named_.name, corm_substring(Artist_.name, 2, 1)));
    Named_list names = corm_select(session, Named, .fields = second, .from = corm_from(Artist),
                                   .order_by = corm_asc(corm_upper(Named_.name)));
    assert_int_equal(names.count, 3);
    assert_string_equal(names.items[0].name, "a"); /* of Pat: the table has a name, too */
    assert_string_equal(names.items[2].name, "o");
    names = corm_select(session, Named, .fields = second, .from = corm_from(Artist),
                        .distinct = true, .order_by = corm_desc(corm_upper(Named_.name)));
    assert_string_equal(names.items[0].name, "o");
    /* one without a field */
    names =
        corm_select(session, Named, .from = corm_from(Artist), .group_by = corm_group(Named_.name),
                    .having = corm_ne(corm_upper(Named_.name), "PAT"),
                    .order_by = corm_desc(corm_upper(Named_.name)));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_int_equal(names.count, 2);
    assert_string_equal(names.items[0].name, "Miles");
}

static void a_member_that_is_a_condition_is_one_operand(void **state)
{
    corm_session *session = *state;
    const corm_condition old = corm_or(corm_eq(Artist_.name, "Pat"), corm_eq(Artist_.name, "?"));
    const corm_fields fields = corm_fields(corm_field(Told_.yes, old));
    Told_list told =
        corm_select(session, Told, .fields = fields, .from = corm_from(Artist),
                    .group_by = corm_group(Told_.yes), .having = corm_eq(Told_.yes, false));
    assert_int_equal(told.count, 1);
    assert_false(told.items[0].yes);
    told = corm_select(session, Told, .fields = fields, .from = corm_from(Artist),
                       .order_by = corm_desc(corm_eq(Told_.yes, false)));
    assert_int_equal(told.count, 3);
    assert_false(told.items[0].yes);
}

static void kinds_of_columns_are_kept_in_rows(void **state)
{
    corm_session *session = *state;
    Priced_list priced = corm_select(
        session, Priced, .fields = corm_fields(corm_field(Priced_.price, corm_sum(Album_.price))),
        .from = corm_from(Album), .group_by = corm_group(Album_.genre),
        .order_by = corm_asc(Priced_.genre));
    assert_int_equal(priced.count, 2);
    assert_int_equal(priced.items[0].genre, JAZZ);
    assert_int_equal(corm_decimal_compare(priced.items[0].price, corm_decimal_of("18.24")), 0);
}

static void single_values_have_the_type_of_their_expression(void **state)
{
    corm_session *session = *state;
    corm_optional_integer seconds = corm_scalar(session, Track, corm_sum(Track_.seconds));
    assert_true(seconds.has_value && seconds.value == 910);
    corm_optional_real mean =
        corm_scalar(session, Track, corm_average(Track_.stars), .where = corm_lt(Track_.id, 3));
    assert_true(mean.has_value && mean.value == 0.25);
    corm_optional_integer none =
        corm_scalar(session, Track, corm_sum(Track_.seconds), .where = corm_eq(Track_.id, 99));
    assert_false(none.has_value);
    const char *least = corm_scalar(session, Artist, corm_minimum(Artist_.name));
    assert_string_equal(least, "John");
    corm_optional_decimal price = corm_scalar(session, Album, corm_maximum(Album_.price));
    assert_int_equal(corm_decimal_compare(price.value, corm_decimal_of("12.5")), 0);
    corm_optional_real average = corm_scalar(session, Album, corm_average(Album_.price));
    assert_true(average.value > 7.68 && average.value < 7.69);
    corm_optional_date last = corm_scalar(session, Album, corm_maximum(Album_.made));
    assert_int_equal(last.value.year, 2000);
    corm_integer_values years = corm_values(session, Album, corm_year(Album_.made),
                                            .distinct = true, .order_by = corm_desc(Album_.made));
    assert_int_equal(years.count, 4);
    assert_int_equal(years.items[0].value, 2000);
    corm_integer_values artists = corm_values(
        session, Album, Album_.artist_id, .order_by = corm_nulls_last(corm_asc(Album_.artist_id)));
    assert_false(artists.items[3].has_value);
    corm_enum_values genres =
        corm_values(session, Album, Album_.genre, .order_by = corm_asc(Album_.id), .limit = 2);
    assert_int_equal(genres.items[1].value, ROCK);
    corm_optional_integer counted = corm_scalar(session, Track, corm_count_distinct(Track_.plays));
    assert_int_equal(counted.value, 3);
    const char *joined = corm_scalar(session, Label, corm_join_texts(Label_.name, "+"));
    assert_true(strcmp(joined, "Blue+Red") == 0 || strcmp(joined, "Red+Blue") == 0);
}

static void windows_look_at_the_rows_around(void **state)
{
    corm_session *session = *state;
    Ranked_list ranked = corm_select(
        session, Ranked,
        .fields = corm_fields(
            corm_field(Ranked_.place, corm_over(corm_rank(), corm_group(Track_.album_id),
                                                corm_desc(Track_.stars))),
            corm_field(Ranked_.before,
                       corm_over(corm_lag(Track_.name, 1), corm_no_group, corm_asc(Track_.id)))),
        .from = corm_from(Track), .order_by = corm_asc(Track_.id));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_int_equal(ranked.count, 7);
    assert_int_equal(ranked.items[0].place, 3);
    assert_null(ranked.items[0].before);
    assert_string_equal(ranked.items[1].before, "t0");
    corm_integer_values sums = corm_values(
        session, Track,
        corm_over_rows(corm_sum(Track_.plays), corm_no_group, corm_asc(Track_.id), 1, 0),
        .order_by = corm_asc(Track_.id));
    assert_int_equal(sums.items[2].value, 3);
    corm_integer_values running = corm_values(
        session, Track,
        corm_over_rows(corm_sum(Track_.plays), corm_no_group, corm_asc(Track_.id), -1, 0),
        .order_by = corm_asc(Track_.id));
    assert_int_equal(running.items[6].value, 6);
    corm_integer_values parts =
        corm_values(session, Track, corm_over(corm_ntile(2), corm_no_group, corm_asc(Track_.id)),
                    .order_by = corm_asc(Track_.id));
    assert_int_equal(parts.items[6].value, 2);
}

static void rows_are_streamed(void **state)
{
    corm_session *session = *state;
    corm_stream *stream = corm_select_stream(
        session, Ranked,
        .fields = corm_fields(corm_field(Ranked_.place, Track_.id),
                              corm_field(Ranked_.before, corm_upper(Track_.name))),
        .from = corm_from(Track), .order_by = corm_desc(Ranked_.place));
    int64_t expected = 7;
    for (const Ranked *row; (row = corm_stream_next(stream)) != NULL; expected--) {
        assert_int_equal(row->place, expected);
        assert_true(row->before[0] == 'T' && row->name[0] == 't');
    }
    assert_int_equal(expected, 0);
    assert_ok(session, corm_stream_close(stream));
}

static void a_tree_is_walked_in_one_query(void **state)
{
    corm_session *session = *state;
    const corm_select first =
        corm_select_for(Branch, .fields = corm_fields(corm_field(Branch_.depth, 0)),
                        .from = corm_from(Artist), .where = corm_eq(Artist_.name, "Miles"));
    const corm_select next = corm_select_for(
        Branch,
        .fields =
            corm_fields(corm_field(Branch_.id, Artist_.id), corm_field(Branch_.name, Artist_.name),
                        corm_field(Branch_.depth, corm_plus(Branch_.depth, 1))),
        .from = corm_from(Artist),
        .join = corm_join_on(Branch, corm_eq(Artist_.mentor_id, Branch_.id)));
    Branch_list tree =
        corm_select(session, Branch, .with = {corm_with_recursive(Branch, &first, &next)},
                    .from = corm_from(Branch), .order_by = corm_asc(Branch_.depth));
    assert_int_equal(corm_last_status(), CORM_OK);
    assert_int_equal(tree.count, 3);
    assert_string_equal(tree.items[2].name, "Pat");
    assert_int_equal(tree.items[2].depth, 2);
    Artist_list objects = corm_all(
        session, Artist, .with = {corm_with_recursive(Branch, &first, &next)},
        .where = corm_in_query(
            Artist_.id, corm_subquery(Branch, Branch_.id, .where = corm_gt(Branch_.depth, 0))),
        .order_by = corm_asc(Artist_.id));
    assert_int_equal(objects.count, 2);
    assert_string_equal(objects.items[0]->name, "John");
}

static void queries_are_put_together(void **state)
{
    corm_session *session = *state;
    const corm_select labels = corm_select_for(Named, .from = corm_from(Label));
    const corm_select miles =
        corm_select_for(Named, .from = corm_from(Artist), .where = corm_eq(Artist_.name, "Miles"));
    assert_int_equal(
        corm_select(session, Named, .from = corm_from(Artist), .compound = {corm_union(&labels)})
            .count,
        5);
    assert_int_equal(corm_select(session, Named, .from = corm_from(Artist),
                                 .compound = {corm_union_all(&labels), corm_union_all(&miles)})
                         .count,
                     6);
    assert_int_equal(
        corm_select(session, Named, .from = corm_from(Artist), .compound = {corm_intersect(&miles)})
            .count,
        1);
    Named_list others =
        corm_select(session, Named, .from = corm_from(Artist), .compound = {corm_except(&miles)},
                    .order_by = corm_desc(Named_.name));
    assert_int_equal(others.count, 2);
    assert_string_equal(others.items[0].name, "Pat");
}

/* ---- Pages ------------------------------------------------------------------------------------------ */

static void a_page_knows_how_many_rows_there_are(void **state)
{
    corm_session *session = *state;
    int64_t total = 0;
    Track_list page = corm_all(session, Track, .order_by = corm_asc(Track_.id), .limit = 3,
                               .offset = 3, .total = &total);
    assert_string_equal(numbers(session, page), "345");
    assert_int_equal(total, 7);
}

static void a_page_begins_behind_a_row(void **state)
{
    corm_session *session = *state;
    const Track *last = NULL;
    char all[16] = "";
    for (Track_list page;; last = page.items[page.count - 1]) {
        page = corm_all(session, Track, .order_by = corm_desc(Track_.plays), .after = last,
                        .limit = 2);
        if (page.count == 0)
            break;
        (void)strcat(all, numbers(session, page));
    }
    assert_string_equal(all, "2514036");
    const Artist *behind = NULL;
    char born[16] = "";
    for (Artist_list page;; behind = page.items[0]) {
        page = corm_all(session, Artist, .order_by = corm_asc(Artist_.born), .after = behind,
                        .limit = 1);
        if (page.count == 0)
            break;
        (void)strncat(born, page.items[0]->name, 1);
    }
    assert_string_equal(born, "PMJ");
    born[0] = '\0';
    behind = NULL;
    for (Artist_list page;; behind = page.items[0]) {
        page = corm_all(session, Artist, .order_by = corm_desc(Artist_.born), .after = behind,
                        .limit = 1);
        if (page.count == 0)
            break;
        (void)strncat(born, page.items[0]->name, 1);
    }
    assert_string_equal(born, "MJP");
    assert_int_equal(
        corm_all(session, Track, .order_by = corm_asc(corm_length(Track_.name)), .after = last)
            .count,
        0);
    assert_message(session, ".after");
}

/* An index on the column would give rows that are alike there in the other order. */
static void rows_that_are_alike_keep_their_places_on_pages(void **state)
{
    corm_session *session = *state;
    run_sql(session, "CREATE INDEX by_plays ON tracks (plays)");
    const Track *last = NULL;
    char all[16] = "", numbered[16] = "";
    for (Track_list page;; last = page.items[page.count - 1]) {
        page = corm_all(session, Track, .order_by = corm_desc(Track_.plays), .after = last,
                        .limit = 2);
        if (page.count == 0)
            break;
        (void)strcat(all, numbers(session, page));
    }
    assert_string_equal(all, "2514036");
    for (int i = 0; i < 4; i++)
        (void)strcat(numbered,
                     numbers(session, corm_all(session, Track, .order_by = corm_desc(Track_.plays),
                                               .limit = 2, .offset = 2 * i)));
    assert_string_equal(numbered, all);
    const Track *second = corm_one(session, Track, .where = corm_eq(Track_.name, "t5"));
    assert_int_equal(
        corm_count(session, Track, .order_by = corm_desc(Track_.plays), .after = second), 5);
}

static void a_literal_lives_until_the_query_has_run(void **state)
{
    corm_session *session = *state;
    corm_condition inner = corm_in(Track_.id, ((int64_t[]){1, 2}), 2);
    corm_condition outer = corm_in_query(
        Track_.id,
        corm_subquery(Track, Track_.id, .where = corm_in(Track_.id, ((int64_t[]){2, 3}), 2)));
    assert_tracks("01", inner);
    assert_tracks("12", outer);
    assert_tracks("1", corm_and(inner, outer));
}

static void a_list_has_any_length(void **state)
{
    corm_session *session = *state;
    enum { MANY = 100000 };
    int64_t *ids = malloc(MANY * sizeof *ids);
    const char **names = malloc(MANY * sizeof *names);
    double *stars = malloc(MANY * sizeof *stars);
    assert_true(ids != NULL && names != NULL && stars != NULL);
    for (int i = 0; i < MANY; i++) {
        ids[i] = i + 4;
        names[i] = i == 7 ? "t3" : "it's \"\\\x01";
        stars[i] = 1.5 + 3 * i;
    }
    assert_tracks("3456", corm_in(Track_.id, ids, MANY));
    assert_tracks("3", corm_in(Track_.name, names, MANY));
    assert_tracks("3", corm_in(Track_.stars, stars, MANY));
    free(ids);
    free((void *)names);
    free(stars);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        MUSIC_TEST(columns_are_compared_with_each_other),
        MUSIC_TEST(numbers_are_computed),
        MUSIC_TEST(expressions_stand_in_expressions),
        MUSIC_TEST(texts_are_computed),
        MUSIC_TEST(a_text_of_a_stranger_is_looked_for_as_it_is),
        MUSIC_TEST(null_is_a_value_of_its_own_where_one_asks_for_it),
        MUSIC_TEST(a_case_gives_one_value_or_another),
        MUSIC_TEST(dates_are_taken_apart),
        MUSIC_TEST(json_is_read_at_a_path),
        MUSIC_TEST(a_function_of_the_program_is_called_by_name),
        MUSIC_TEST(a_variable_is_read_when_the_query_runs),
        MUSIC_TEST(a_kept_query_is_prepared_once),
        MUSIC_TEST(conditions_look_across_relationships),
        MUSIC_TEST(a_condition_on_related_rows_may_name_the_rows_around),
        MUSIC_TEST(an_object_is_looked_for_behind_a_relationship),
        MUSIC_TEST(joined_rows_are_there_for_conditions_and_orders),
        MUSIC_TEST(a_left_join_of_many_to_many_gives_each_row_without_partners_once),
        MUSIC_TEST(a_model_is_joined_to_itself_by_an_alias),
        MUSIC_TEST(what_is_joined_can_be_loaded_as_well),
        MUSIC_TEST(a_table_that_is_not_joined_is_named),
        MUSIC_TEST(what_is_joined_by_an_alias_is_not_loaded),
        MUSIC_TEST(a_query_stands_inside_another),
        MUSIC_TEST(groups_become_rows_of_the_program),
        MUSIC_TEST(a_grouped_expression_has_the_same_values_wherever_it_stands),
        MUSIC_TEST(what_is_selected_is_known_again_where_only_that_counts),
        MUSIC_TEST(queries_that_are_put_together_are_ordered_by_what_they_give),
        MUSIC_TEST(members_get_the_columns_of_their_names),
        MUSIC_TEST(a_member_in_an_expression_means_what_fills_it),
        MUSIC_TEST(a_member_that_is_a_condition_is_one_operand),
        MUSIC_TEST(kinds_of_columns_are_kept_in_rows),
        MUSIC_TEST(single_values_have_the_type_of_their_expression),
        MUSIC_TEST(windows_look_at_the_rows_around),
        MUSIC_TEST(rows_are_streamed),
        MUSIC_TEST(a_tree_is_walked_in_one_query),
        MUSIC_TEST(queries_are_put_together),
        MUSIC_TEST(a_page_knows_how_many_rows_there_are),
        MUSIC_TEST(a_page_begins_behind_a_row),
        MUSIC_TEST(rows_that_are_alike_keep_their_places_on_pages),
        MUSIC_TEST(a_literal_lives_until_the_query_has_run),
        MUSIC_TEST(a_list_has_any_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
