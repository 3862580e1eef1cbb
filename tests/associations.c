/* associations: many-to-many with the rows between as objects of their own, and with a model that
 * stands for the table between. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
/* The rows between have columns of their own. */
#define PLAYLIST(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(ONE_TO_MANY, entries, Entry, playlist, .order_by = corm_by(Entry, position),      \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)
#define TRACK(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(TEXT,    title)                                                                         \
    RELATIONSHIP(ONE_TO_MANY,  entries, Entry, track,                                              \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)                         \
    RELATIONSHIP(MANY_TO_MANY, genres,  Genre, BACKREF(tracks),                                    \
                 .secondary = corm_secondary("track_genres", "track_id", "genre_id"))
#define ENTRY(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, playlist_id, .primary_key = true, .references = corm_ref(Playlist, id))        \
    COLUMN(INTEGER, track_id,    .primary_key = true, .references = corm_ref(Track, id))           \
    COLUMN(INTEGER, position)                                                                      \
    RELATIONSHIP(MANY_TO_ONE, playlist, Playlist, entries)                                         \
    RELATIONSHIP(MANY_TO_ONE, track,    Track,    entries)

/* A model for the table between that a MANY_TO_MANY writes. */
#define GENRE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)
#define TRACK_GENRE(COLUMN, RELATIONSHIP)                                                          \
    COLUMN(INTEGER, track_id, .primary_key = true, .references = corm_ref(Track, id))              \
    COLUMN(INTEGER, genre_id, .primary_key = true, .references = corm_ref(Genre, id))              \
    COLUMN(OPTIONAL(TEXT), remark)

/* Rows between rows of the same table. */
#define MEMBER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(ONE_TO_MANY, follows,   Follow, follower,                                         \
                 .foreign_key = corm_ref(Follow, follower_id),                                     \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)                         \
    RELATIONSHIP(ONE_TO_MANY, followers, Follow, followed,                                         \
                 .foreign_key = corm_ref(Follow, followed_id),                                     \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)
#define FOLLOW(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, follower_id, .primary_key = true, .references = corm_ref(Member, id))          \
    COLUMN(INTEGER, followed_id, .primary_key = true, .references = corm_ref(Member, id))          \
    COLUMN(INTEGER, since)                                                                         \
    RELATIONSHIP(MANY_TO_ONE, follower, Member, follows,                                           \
                 .foreign_key = corm_ref(Follow, follower_id))                                     \
    RELATIONSHIP(MANY_TO_ONE, followed, Member, followers,                                         \
                 .foreign_key = corm_ref(Follow, followed_id))

#define RADIO(MODEL)                                                                               \
    MODEL(Playlist,   "playlists",    PLAYLIST)                                                    \
    MODEL(Track,      "tracks",       TRACK)                                                       \
    MODEL(Entry,      "entries",      ENTRY)                                                       \
    MODEL(Genre,      "genres",       GENRE)                                                       \
    MODEL(TrackGenre, "track_genres", TRACK_GENRE)                                                 \
    MODEL(Member,     "members",      MEMBER)                                                      \
    MODEL(Follow,     "follows",      FOLLOW)
/* clang-format on */

CORM_SCHEMA(radio, RADIO)

static Playlist *morning, *evening;
static Track *tracks[3];

/* Playlists 1 "morning" and 2 "evening", tracks 1 to 3 "a" to "c", committed. */
static int open_radio(void **state)
{
    corm_session *session = memory_session(&radio);
    *state = session;
    if (session == NULL)
        return 1;
    morning = corm_new(session, Playlist, .name = "morning");
    evening = corm_new(session, Playlist, .name = "evening");
    assert_ok(session, corm_add(session, morning));
    assert_ok(session, corm_add(session, evening));
    for (int i = 0; i < 3; i++) {
        tracks[i] = corm_new(session, Track, .title = corm_text(session, "%c", 'a' + i));
        assert_ok(session, corm_add(session, tracks[i]));
    }
    assert_ok(session, corm_commit(session));
    record(session);
    return 0;
}

#define RADIO_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_radio, close_session)

static const char all_entries[] = "SELECT * FROM entries ORDER BY playlist_id, position";

static Entry *enter(corm_session *session, Playlist *playlist, Track *track, int position)
{
    Entry *entry = corm_new(session, Entry, .position = position);
    assert_got(session, entry);
    assert_ok(session, Entry_track_set(entry, track));
    assert_ok(session, Playlist_entries_append(playlist, entry));
    return entry;
}

/* ---- Rows between as objects ------------------------------------------------------------------------ */

static void the_key_comes_from_both_parents(void **state)
{
    corm_session *session = *state;
    Entry *second = enter(session, morning, tracks[0], 2);
    Entry *first = enter(session, morning, tracks[1], 1);
    assert_true(corm_is_unset(second, Entry_.playlist_id));
    assert_ok(session, corm_commit(session));
    assert_int_equal(first->playlist_id, 1);
    assert_int_equal(first->track_id, 2);
    assert_stored(session, "1|2|1;1|1|2", all_entries);
    Entry_list entries = Playlist_entries(morning);
    assert_int_equal(entries.count, 2);
    assert_ptr_equal(entries.items[0], first); /* by position */
    assert_ptr_equal(Entry_track(entries.items[1]), tracks[0]);
    assert_ptr_equal(corm_get(session, Entry, 1, 2), first);
}

static void new_parents_and_the_row_between_are_inserted_together(void **state)
{
    corm_session *session = *state;
    Playlist *night = corm_new(session, Playlist, .name = "night");
    (void)enter(session, night, corm_new(session, Track, .title = "d"), 1);
    assert_ok(session, corm_add(session, night)); /* brings the entry, and that its track */
    record(session);
    assert_ok(session, corm_commit(session));
    assert_ran(3, "INSERT");
    assert_ran(0, "UPDATE");
    assert_stored(session, "3|4|1", all_entries);
}

static void a_missing_parent_is_told(void **state)
{
    corm_session *session = *state;
    Entry *entry = corm_new(session, Entry, .position = 1);
    assert_ok(session, Playlist_entries_append(morning, entry));
    assert_status(session, CORM_NOT_NULL, corm_commit(session));
    assert_message(session, "entries.track_id is NULL, but must have a value (inserting");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, Entry_track_set(entry, tracks[0]));
    assert_ok(session, Playlist_entries_append(morning, entry));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|1|1", all_entries);
}

static void a_pair_is_there_once(void **state)
{
    corm_session *session = *state;
    (void)enter(session, morning, tracks[0], 1);
    assert_ok(session, corm_commit(session));
    (void)enter(session, morning, tracks[0], 2);
    assert_status(session, CORM_UNIQUE, corm_commit(session));
    assert_message(session, "entries.playlist_id, entries.track_id");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(Playlist_entries(morning).count, 1);
}

static void taken_out_at_either_end_it_is_deleted(void **state)
{
    corm_session *session = *state;
    Entry *one = enter(session, morning, tracks[0], 1);
    Entry *two = enter(session, morning, tracks[1], 2);
    Entry *three = enter(session, evening, tracks[1], 1);
    assert_ok(session, corm_commit(session));
    assert_ok(session, Playlist_entries_remove(morning, one));
    assert_ok(session, Track_entries_remove(tracks[1], two));
    record(session);
    assert_ok(session, corm_commit(session));
    assert_ran(2, "DELETE");
    assert_ran(0, "UPDATE");
    assert_stored(session, "2|2|1", all_entries);
    assert_int_equal(Playlist_entries(morning).count, 0);
    assert_ptr_equal(Track_entries(tracks[1]).items[0], three);
}

static void moved_to_another_parent_it_keeps_its_identity(void **state)
{
    corm_session *session = *state;
    Entry *entry = enter(session, morning, tracks[0], 7);
    assert_ok(session, corm_commit(session));
    record(session);
    assert_ok(session, Playlist_entries_append(evening, entry));
    assert_int_equal(Playlist_entries(morning).count, 0);
    assert_ok(session, corm_flush(session));
    assert_ran(1, "UPDATE");
    assert_ran(0, "DELETE");
    assert_ptr_equal(corm_get(session, Entry, 2, 1), entry);
    assert_ok(session, Entry_track_set(entry, tracks[2]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2|3|7", all_entries);
    assert_ptr_equal(corm_get(session, Entry, 2, 3), entry);
    assert_null(corm_get(session, Entry, 2, 1));
    assert_int_equal(Track_entries(tracks[0]).count, 0);
}

static void a_move_is_taken_back_by_a_rollback(void **state)
{
    corm_session *session = *state;
    Entry *entry = enter(session, morning, tracks[0], 7);
    assert_ok(session, corm_commit(session));
    assert_ok(session, Entry_playlist_set(entry, evening));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(entry->playlist_id, 1);
    assert_ptr_equal(corm_get(session, Entry, 1, 1), entry);
    assert_ptr_equal(Entry_playlist(entry), morning);
    assert_int_equal(Playlist_entries(evening).count, 0);
}

static void replaced_by_new_rows_for_the_same_pairs_it_is_an_update(void **state)
{
    corm_session *session = *state;
    Entry *old[2] = {enter(session, morning, tracks[0], 1), enter(session, morning, tracks[1], 2)};
    assert_ok(session, corm_commit(session));
    Entry *new[2] = {corm_new(session, Entry, .position = 8),
                     corm_new(session, Entry, .position = 9)};
    assert_ok(session, Entry_track_set(new[0], tracks[1]));
    assert_ok(session, Entry_track_set(new[1], tracks[2]));
    record(session);
    assert_ok(session, Playlist_entries_replace(morning, new, 2));
    assert_ok(session, corm_commit(session));
    assert_ran(1, "INSERT");
    assert_ran(1, "UPDATE");
    assert_ran(1, "DELETE");
    assert_stored(session, "1|2|8;1|3|9", all_entries);
    assert_int_equal(corm_state(old[0]), CORM_STATE_DETACHED);
    assert_int_equal(corm_state(old[1]), CORM_STATE_DETACHED);
    assert_ptr_equal(corm_get(session, Entry, 1, 2), new[0]);
}

static void a_deleted_parent_takes_its_rows_along(void **state)
{
    corm_session *session = *state;
    (void)enter(session, morning, tracks[0], 1);
    (void)enter(session, evening, tracks[0], 1);
    (void)enter(session, evening, tracks[1], 2);
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, tracks[0]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2|2|2", all_entries);
    assert_int_equal(Playlist_entries(morning).count, 0);
    assert_ok(session, corm_delete(session, evening));
    assert_ok(session, corm_delete(session, tracks[1])); /* both at once */
    assert_ok(session, corm_commit(session));
    assert_stored(session, "", all_entries);
    assert_stored(session, "1|1", "SELECT (SELECT count(*) FROM playlists), count(*) FROM tracks");
}

static void a_new_row_taken_out_before_the_flush_was_never_there(void **state)
{
    corm_session *session = *state;
    Entry *entry = enter(session, morning, tracks[0], 1);
    assert_int_equal(corm_state(entry), CORM_STATE_PENDING);
    assert_ok(session, Playlist_entries_remove(morning, entry));
    assert_int_equal(corm_state(entry), CORM_STATE_TRANSIENT);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "", all_entries);
}

static void a_row_is_merged_by_its_whole_key(void **state)
{
    corm_session *session = *state;
    Entry *entry = enter(session, morning, tracks[0], 1);
    assert_ok(session, corm_commit(session));
    Entry *given = corm_new(session, Entry, .playlist_id = 1, .track_id = 1, .position = 5);
    assert_ptr_equal(corm_merge(session, given), entry);
    given = corm_new(session, Entry, .playlist_id = 1, .track_id = 2, .position = 6);
    assert_got(session, corm_merge(session, given));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|1|5;1|2|6", all_entries);
}

static void a_whole_list_of_rows_between_is_merged(void **state)
{
    corm_session *session = *state;
    (void)enter(session, morning, tracks[0], 1);
    (void)enter(session, morning, tracks[1], 2);
    start_afresh(session);
    Playlist *given = corm_new(session, Playlist, .id = 1);
    for (int i = 0; i < 3; i++) { /* track 1, which is there, and twice track 3, which is not */
        Entry *entry = corm_new(session, Entry, .position = 4 + i);
        assert_ok(session, Entry_track_set(entry, corm_new(session, Track, .id = i == 0 ? 1 : 3)));
        assert_ok(session, Playlist_entries_append(given, entry));
    }
    Playlist *merged = corm_merge(session, given);
    assert_got(session, merged);
    assert_int_equal(Playlist_entries(merged).count, 2);
    assert_ptr_equal(Playlist_entries(merged).items[0], corm_get(session, Entry, 1, 1));
    assert_ok(session, corm_commit(session));
    assert_ran(1, "UPDATE");
    assert_ran(1, "DELETE");
    assert_ran(1, "INSERT");
    assert_stored(session, "1|1|4;1|3|6", all_entries);
}

static void a_table_is_joined_to_itself_with_columns_of_its_own(void **state)
{
    corm_session *session = *state;
    Member *ann = corm_new(session, Member, .name = "ann");
    Member *bob = corm_new(session, Member, .name = "bob");
    Follow *follow = corm_new(session, Follow, .since = 2020);
    assert_ok(session, Member_follows_append(ann, follow));
    assert_ok(session, Follow_followed_set(follow, bob));
    Follow *self = corm_new(session, Follow, .since = 2021);
    assert_ok(session, Follow_follower_set(self, ann));
    assert_ok(session, Follow_followed_set(self, ann));
    assert_ok(session, corm_add(session, ann));
    assert_ok(session, corm_commit(session));
    const char *rows = "SELECT * FROM follows ORDER BY since";
    assert_stored(session, "1|2|2020;1|1|2021", rows);
    assert_int_equal(Member_followers(ann).count, 1);
    assert_ptr_equal(Follow_follower(Member_followers(bob).items[0]), ann);
    assert_ok(session, corm_delete(session, ann));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "", rows);
    assert_stored(session, "bob", "SELECT name FROM members");
}

/* ---- A model for the table of a MANY_TO_MANY ------------------------------------------------------------ */

static const char all_links[] = "SELECT * FROM track_genres ORDER BY 1, 2";

static void links_are_rows_of_the_model(void **state)
{
    corm_session *session = *state;
    Genre *jazz = corm_new(session, Genre, .name = "jazz");
    assert_ok(session, Track_genres_append(tracks[0], jazz));
    assert_ok(session, corm_commit(session));
    TrackGenre *link = corm_get(session, TrackGenre, 1, 1);
    assert_got(session, link);
    assert_null(link->remark);
    link->remark = "mostly";
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|1|mostly", all_links);
    assert_ok(session, Track_genres_remove(tracks[0], jazz));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "", all_links);
    assert_null(corm_get(session, TrackGenre, 1, 1)); /* it went behind its back, but it went */
}

static void rows_of_the_model_are_links(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Genre, .name = "jazz")));
    assert_ok(session, corm_flush(session));
    TrackGenre *link = corm_new(session, TrackGenre, .track_id = 2, .genre_id = 1, .remark = "x");
    assert_ok(session, corm_add(session, link));
    assert_int_equal(Track_genres(tracks[1]).count, 1); /* flushes first */
    assert_ok(session, corm_delete(session, link));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Track_genres(tracks[1]).count, 0);
}

static void what_was_fetched_ahead_is_void_when_a_row_of_the_model_is_written(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Genre, .name = "jazz")));
    start_afresh(session);
    Track_list all = corm_all(session, Track, .order_by = corm_asc(Track_.id));
    assert_int_equal(Track_genres(all.items[0]).count, 0); /* fetches those of all */
    TrackGenre *link = corm_new(session, TrackGenre, .track_id = 2, .genre_id = 1);
    assert_ok(session, corm_add(session, link));
    assert_int_equal(Track_genres(all.items[1]).count, 1);
}

static void an_end_that_is_deleted_takes_the_rows_of_the_model_along(void **state)
{
    corm_session *session = *state;
    Genre *jazz = corm_new(session, Genre, .name = "jazz");
    assert_ok(session, Track_genres_append(tracks[0], jazz));
    assert_ok(session, Track_genres_append(tracks[1], jazz));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, tracks[0]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2|1|NULL", all_links);
    assert_ok(session, corm_delete(session, jazz));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "", all_links);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RADIO_TEST(the_key_comes_from_both_parents),
        RADIO_TEST(new_parents_and_the_row_between_are_inserted_together),
        RADIO_TEST(a_missing_parent_is_told),
        RADIO_TEST(a_pair_is_there_once),
        RADIO_TEST(taken_out_at_either_end_it_is_deleted),
        RADIO_TEST(moved_to_another_parent_it_keeps_its_identity),
        RADIO_TEST(a_move_is_taken_back_by_a_rollback),
        RADIO_TEST(replaced_by_new_rows_for_the_same_pairs_it_is_an_update),
        RADIO_TEST(a_deleted_parent_takes_its_rows_along),
        RADIO_TEST(a_new_row_taken_out_before_the_flush_was_never_there),
        RADIO_TEST(a_row_is_merged_by_its_whole_key),
        RADIO_TEST(a_whole_list_of_rows_between_is_merged),
        RADIO_TEST(a_table_is_joined_to_itself_with_columns_of_its_own),
        RADIO_TEST(links_are_rows_of_the_model),
        RADIO_TEST(rows_of_the_model_are_links),
        RADIO_TEST(what_was_fetched_ahead_is_void_when_a_row_of_the_model_is_written),
        RADIO_TEST(an_end_that_is_deleted_takes_the_rows_of_the_model_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
