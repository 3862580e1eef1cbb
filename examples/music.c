/* music.c: roles, users and tracks of a place where people share music.
 *
 * A row says how it is joined, sorted and loaded; here stands each option of rows once. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

static bool check_address(corm_session *session, const void *user, const corm_value *address)
{
    (void)user;
    return strchr(address->as.bytes, '@') != NULL || corm_refuse(session, "there is no @ in it");
}

/* clang-format off */
#define ROLE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,       .primary_key = true, .autoincrement = true)                \
    COLUMN(TEXT,              name,     .length = 20, .unique = true, .check = "name <> ''")       \
    RELATIONSHIP(ONE_TO_MANY, users, User, role, .order_by = corm_by(User, name))
#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,            id,      .primary_key = true)                                       \
    COLUMN(TEXT,               name,    .unique = true, .index = true, .collate = "NOCASE")        \
    COLUMN(TEXT,               email,   .name = "e-mail", .validate = check_address)               \
    COLUMN(BOOLEAN,            active,  .nullable = false, .default_value = corm_default(true))    \
    COLUMN(DATE,               joined,  .default_function = corm_default_today)                    \
    COLUMN(OPTIONAL(DATETIME), changed, .update_function = corm_default_now)                       \
    COLUMN(OPTIONAL(INTEGER),  role_id, .references = corm_ref(Role, id),                          \
           .on_delete = CORM_ACTION_SET_NULL, .on_update = CORM_ACTION_CASCADE)                    \
    RELATIONSHIP(MANY_TO_ONE,  role,     Role,    users, .lazy = CORM_LAZY_JOINED)                 \
    RELATIONSHIP(ONE_TO_ONE,   profile,  Profile, BACKREF(user), .lazy = CORM_LAZY_SELECTIN,       \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN, .backref = {.lazy = CORM_LAZY_RAISE}) \
    RELATIONSHIP(ONE_TO_MANY,  recorded, Track, artist, .join = corm_join(Track, artist_id, User, id), \
                 .order_by = corm_by_descending(Track, year), .then_by = {corm_by(Track, title)})  \
    RELATIONSHIP(ONE_TO_MANY,  produced, Track,   producer)                                        \
    RELATIONSHIP(ONE_TO_MANY,  hits,     Track,   NONE, .filter = corm_filter(Track, stars, GE, 4), \
                 .join = corm_join(Track, artist_id, User, id))                                    \
    RELATIONSHIP(ONE_TO_MANY,  tracks,   Track,   NONE, .view_only = true, .foreign_key = corm_ref(Track, artist_id)) \
    RELATIONSHIP(MANY_TO_MANY, likes,    Track,   BACKREF(likers), .lazy = CORM_LAZY_SELECT,       \
                 .secondary = corm_secondary("likes", "user_id", "track_id"))                      \
    RELATIONSHIP(ONE_TO_MANY,  plays,    Play,    NONE, .lazy = CORM_LAZY_WRITE_ONLY, .passive_deletes = true)
#define PROFILE(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(TEXT,              about)    COLUMN(INTEGER, edits, .version = true)                    \
    COLUMN(INTEGER,           user_id,  .unique = true, .references = corm_ref(User, id))
#define TRACK(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(TEXT,              title)    COLUMN(INTEGER, year)                                      \
    COLUMN(INTEGER,           stars,    .server_default = "3")                                     \
    COLUMN(TEXT,              label,    .generated = "title || ', ' || year", .stored = true)      \
    COLUMN(INTEGER,           artist_id,   .references = corm_ref(User, id))                       \
    COLUMN(OPTIONAL(INTEGER), producer_id, .references = corm_ref(User, id))                       \
    COLUMN(OPTIONAL(INTEGER), remix_of_id, .references = corm_ref(Track, id))                      \
    RELATIONSHIP(MANY_TO_ONE, artist,   User,  recorded)                                           \
    RELATIONSHIP(MANY_TO_ONE, producer, User, produced, .foreign_key = corm_ref(Track, producer_id)) \
    RELATIONSHIP(MANY_TO_ONE, remix_of, Track, NONE, .lazy = CORM_LAZY_JOINED, .join_depth = 2)
#define PLAY(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id), .on_delete = CORM_ACTION_CASCADE)
#define MUSIC(MODEL)                                                                               \
    MODEL(Role, "roles", ROLE) MODEL(User, "users", USER) MODEL(Profile, "profiles", PROFILE)      \
    MODEL(Track, "tracks", TRACK) MODEL(Play, "plays", PLAY)
CORM_SCHEMA(music, MUSIC)
/* clang-format on */

static Track *record(corm_session *session, User *artist, const char *title, int year, int stars)
{
    Track *track = corm_new(session, Track, .title = title, .year = year, .stars = stars);
    User_recorded_append(artist, track);
    return track;
}

static void fill(corm_session *session)
{
    Role *listener = corm_new(session, Role, .name = "listener");
    User *zoe = corm_new(session, User, .name = "Zoe", .email = "zoe@example.com");
    User *ann = corm_new(session, User, .name = "Ann", .email = "ann@example.com");
    corm_add(session, corm_new(session, Role, .name = "editor"));
    Role_users_replace(listener, (User *[]){zoe, ann}, 2);
    User_profile_set(ann, corm_new(session, Profile, .about = "sings"));
    Track *rain = record(session, ann, "Rain", 2023, 5);
    Track_remix_of_set(record(session, ann, "Rain again", 2025, 2), rain);
    Track *snow = record(session, ann, "Snow", 2023, 4);
    Track_producer_set(snow, zoe);
    User_likes_replace(zoe, (Track *[]){rain, snow}, 2);
    for (int i = 0; i < 1000; i++)
        User_plays_append(zoe, corm_new(session, Play));
    corm_add(session, listener); /* brings all of it along */
    corm_commit(session);
    corm_clear(session);
}

static void print_users(corm_session *session)
{
    Role_list roles = corm_all(session, Role, .load = corm_load_joined(Role_.users));
    for (size_t i = 0; i < roles.count; i++) {
        printf("  %s:", roles.items[i]->name);
        for (size_t k = 0; k < Role_users(roles.items[i]).count; k++)
            printf(" %s", Role_users(roles.items[i]).items[k]->name);
    }
    printf("\n");
}

static void print_tracks(const char *what, Track_list tracks)
{
    printf("  %s:", what);
    for (size_t i = 0; i < tracks.count; i++)
        printf("%s %s", i > 0 ? ";" : "", tracks.items[i]->label);
    printf("\n");
}

int main(void)
{
    corm_session *session = corm_sqlite_open(":memory:", &music);
    corm_create_all(session);
    fill(session);
    printf("-- a user, the role in the same statement, the profile in the next\n");
    corm_echo_times(session, false);
    corm_echo(session, stdout);
    User *ann = corm_one(session, User, .where = corm_eq(User_.name, "ann"));
    corm_echo(session, NULL);
    printf("  %s is a %s and %s\n", ann->name, User_role(ann)->name, User_profile(ann)->about);
    print_tracks("recorded", User_recorded(ann));
    print_tracks("hits", User_hits(ann));
    User *zoe = corm_one(session, User, .where = corm_eq(User_.name, "zoe"));
    print_tracks("liked by Zoe", User_likes(zoe));
    printf("  played by Zoe: %zu, none of them loaded\n", User_plays_count(zoe));
    printf("-- Ann gets another role and moves between their lists; it is rolled back\n");
    print_users(session);
    User_role_set(ann, corm_one(session, Role, .where = corm_eq(Role_.name, "editor")));
    print_users(session);
    corm_rollback(session);
    print_users(session);
    bool good = Role_users(User_role(ann)).count == 2 && corm_error_status(session) == CORM_OK;
    corm_session_close(session);
    return good ? 0 : 1;
}

/* Output:
 * -- a user, the role in the same statement, the profile in the next
 * BEGIN
 * SELECT "users"."id", "users"."name", "users"."e-mail", "users"."active", "users"."joined", "users"."changed", "users"."role_id", "roles_1"."id", "roles_1"."name" FROM "users" LEFT JOIN "roles" AS "roles_1" ON "roles_1"."id" = "users"."role_id" WHERE "users"."name" = ?1 LIMIT ?2  ['ann', 2]  1 row
 * SELECT "id", "about", "edits", "user_id" FROM "profiles" WHERE "user_id" = ?1 ORDER BY "id"  [2]  1 row
 *   Ann is a listener and sings
 *   recorded: Rain again, 2025; Rain, 2023; Snow, 2023
 *   hits: Snow, 2023; Rain, 2023
 *   liked by Zoe: Snow, 2023; Rain, 2023
 *   played by Zoe: 1000, none of them loaded
 * -- Ann gets another role and moves between their lists; it is rolled back
 *   editor:  listener: Ann Zoe
 *   editor: Ann  listener: Zoe
 *   editor:  listener: Ann Zoe
 */
