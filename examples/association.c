/* association.c: playlists and tracks, and at which place each track stands.
 *
 * The idea: a many-to-many whose table has columns of its own is two one-to-manys to a model for that
 * table. Its primary key is the two foreign keys: they are taken from both parents when it is
 * written, and a track is in a playlist once. It belongs to both, so that it goes with either. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define PLAYLIST(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name, .unique = true)                                                          \
    RELATIONSHIP(ONE_TO_MANY, entries, Entry, playlist, .order_by = corm_by(Entry, place),         \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)
#define TRACK(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(TEXT,    title, .unique = true)                                                         \
    RELATIONSHIP(ONE_TO_MANY, entries, Entry, track,                                               \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)
#define ENTRY(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,        playlist_id, .primary_key = true, .references = corm_ref(Playlist, id)) \
    COLUMN(INTEGER,        track_id,    .primary_key = true, .references = corm_ref(Track, id))    \
    COLUMN(INTEGER,        place)                                                                  \
    COLUMN(OPTIONAL(TEXT), remark)                                                                 \
    RELATIONSHIP(MANY_TO_ONE, playlist, Playlist, entries)                                         \
    RELATIONSHIP(MANY_TO_ONE, track,    Track,    entries)
#define RADIO(MODEL)                                                                               \
    MODEL(Playlist, "playlists", PLAYLIST) MODEL(Track, "tracks", TRACK) MODEL(Entry, "entries", ENTRY)
CORM_SCHEMA(radio, RADIO)
/* clang-format on */

static Entry *enter(Playlist *playlist, Track *track, int place)
{
    Entry *entry = corm_new(corm_session_of(playlist), Entry, .place = place);
    Entry_track_set(entry, track); /* both parents before the next query, which flushes */
    Playlist_entries_append(playlist, entry);
    return entry;
}

static void print(corm_session *session)
{
    Playlist_list all = corm_all(session, Playlist, .order_by = corm_asc(Playlist_.name));
    for (size_t i = 0; i < all.count; i++) {
        Entry_list entries = Playlist_entries(all.items[i]);
        printf("  %s:", all.items[i]->name);
        for (size_t k = 0; k < entries.count; k++) {
            Entry *entry = entries.items[k];
            printf(" %lld %s%s%s", (long long)entry->place, Entry_track(entry)->title,
                   entry->remark == NULL ? "" : ", ", entry->remark == NULL ? "" : entry->remark);
        }
        printf("\n");
    }
}

static void commit(corm_session *session, const char *what)
{
    corm_status status = corm_commit(session);
    printf("%s: %s\n", what, status == CORM_OK ? "done" : corm_error_message(session));
    if (status != CORM_OK)
        corm_rollback(session);
    corm_expire_all(session); /* lists in the order of their places again */
    print(session);
}

int main(void)
{
    corm_session *session = corm_sqlite_open("association.db", &radio);
    corm_create_all(session);
    Playlist *morning = corm_new(session, Playlist, .name = "morning");
    Playlist *night = corm_new(session, Playlist, .name = "night");
    Track *rain = corm_new(session, Track, .title = "Rain");
    Track *sun = corm_new(session, Track, .title = "Sun");
    corm_add(session, morning);
    corm_add(session, night);
    Entry *first = enter(morning, sun, 1);
    enter(morning, rain, 2)->remark = "softly";
    enter(night, rain, 1);
    commit(session, "three entries"); /* the tracks came along with them */
    printf("  key of the first: %lld, %lld\n", (long long)first->playlist_id,
           (long long)first->track_id);

    enter(night, rain, 2);
    commit(session, "a track twice in a playlist");

    Playlist_entries_append(night, first); /* one UPDATE: its key changes with its parent */
    first->place = 2;
    commit(session, "moved");

    Entry *rainy = corm_get(session, Entry, morning->id, rain->id);
    Track_entries_remove(rain, rainy); /* taken out at either end it is deleted */
    commit(session, "taken out");

    corm_delete(session, rain);
    commit(session, "a track is deleted");

    bool good = corm_count(session, Entry) == 1 && corm_get(session, Entry, 2, 1) == first;
    corm_session_close(session);
    return good ? 0 : 1;
}

/* Output:
 * three entries: done
 *   morning: 1 Sun 2 Rain, softly
 *   night: 1 Rain
 *   key of the first: 1, 1
 * a track twice in a playlist: entries.playlist_id, entries.track_id = 2, 2: there is a row with this already, and it must be unique (inserting a new Entry)
 *   morning: 1 Sun 2 Rain, softly
 *   night: 1 Rain
 * moved: done
 *   morning: 2 Rain, softly
 *   night: 1 Rain 2 Sun
 * taken out: done
 *   morning:
 *   night: 1 Rain 2 Sun
 * a track is deleted: done
 *   morning:
 *   night: 2 Sun
 */
