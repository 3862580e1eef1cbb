/* queries.c: a tour of conditions and values. The SQL of each query stands in the output, in the same order,
 * with the values that are bound. docs/queries.md explains them; joins and groups are in reports.c, pages in
 * search.c. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define GENRE(VALUE) VALUE(ROCK, "rock") VALUE(JAZZ, "jazz")
CORM_ENUM(Genre, GENRE)
#define ARTIST(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(TEXT, name) COLUMN(OPTIONAL(INTEGER), born)    \
    RELATIONSHIP(ONE_TO_MANY, albums, Album, artist)
#define ALBUM(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(TEXT, title) COLUMN(ENUM(Genre), genre)        \
    COLUMN(DATE, made) COLUMN(DECIMAL(8, 2), price) COLUMN(OPTIONAL(JSON), data)                   \
    COLUMN(INTEGER, artist_id, .references = corm_ref(Artist, id))                                 \
    RELATIONSHIP(MANY_TO_ONE, artist, Artist, albums)                                              \
    RELATIONSHIP(MANY_TO_MANY, tags, Tag, BACKREF(albums), .secondary = corm_secondary("album_tags", "album_id", "tag_id"))
#define TAG(COLUMN, RELATIONSHIP) COLUMN(INTEGER, id, .primary_key = true) COLUMN(TEXT, name)
#define MUSIC(MODEL) MODEL(Artist, "artists", ARTIST) MODEL(Album, "albums", ALBUM) MODEL(Tag, "tags", TAG)
CORM_SCHEMA(music, MUSIC)

/* A query and how many rows it finds: the condition is all that matters here. */
#define ALBUMS(...) found(corm_count(session, Album, .where = __VA_ARGS__))
#define ARTISTS(...) found(corm_count(session, Artist, .where = __VA_ARGS__))

static void found(int64_t rows)
{
    printf(" => %lld\n", (long long)rows);
}

static void show(void *context, const corm_trace_event *event)
{
    (void)context;
    if (strncmp(event->sql, "SELECT", 6) != 0)
        return;
    printf("%s", event->sql);
    for (size_t i = 0; i < event->value_count; i++) {
        const corm_value *value = &event->values[i];
        printf(i == 0 ? "; -- " : ", ");
        if (value->type == CORM_VALUE_INTEGER)
            printf("%lld", (long long)value->as.integer);
        else if (value->type == CORM_VALUE_TEXT)
            printf("'%.*s'", value->size > 20 ? 20 : (int)value->size, (const char *)value->as.bytes);
        else
            printf("NULL");
    }
}

static void compare(corm_session *session)
{
    ALBUMS(corm_and(corm_ge(Album_.price, corm_decimal_of("9.50")), corm_ne(Album_.genre, ROCK)));
    ALBUMS(corm_or(corm_like(Album_.title, "K%"), corm_not(corm_is_null(Album_.data))));
    ALBUMS(corm_between(Album_.made, corm_date_of(1959, 1, 1), corm_date_of(1969, 12, 31)));
    ALBUMS(corm_has_text(Album_.title, "100%")); /* a text from elsewhere: % is a percent sign */
    ALBUMS(corm_same(Album_.data, (const char *)NULL));

    int64_t ids[1000];
    for (int i = 0; i < 1000; i++)
        ids[i] = 2 * i;
    ALBUMS(corm_in(Album_.id, ids, 3));
    ALBUMS(corm_in(Album_.id, ids, 1000)); /* any length: one value, and one statement */
    ALBUMS(corm_in(Album_.id, ids, 0));
}

static void compute(corm_session *session)
{
    ALBUMS(corm_gt(corm_plus(Album_.id, 1), Album_.artist_id));
    ALBUMS(corm_lt(corm_times(Album_.price, 2), 20));
    ALBUMS(corm_eq(corm_lower(corm_substring(Album_.title, 1, 1)), "k"));
    ALBUMS(corm_eq(corm_year(Album_.made), 1959));
    ALBUMS(corm_gt(corm_json_integer(Album_.data, "$.sold"), 1));
    ALBUMS(corm_eq(corm_case(corm_eq(Album_.genre, ROCK), "loud", "soft"), "loud"));
    ARTISTS(corm_lt(corm_coalesce(Artist_.born, 1900), 1926));
    ALBUMS(corm_eq(corm_call(INTEGER, "unicode", Album_.title), 75)); /* any function of the database */
}

static void across(corm_session *session, Tag *modal)
{
    ARTISTS(corm_any(Artist_.albums, corm_eq(Album_.genre, JAZZ)));
    ALBUMS(corm_has(Album_.artist, corm_eq(Artist_.name, "Miles")));
    ALBUMS(corm_any(Album_.tags, corm_eq(Tag_.name, "modal")));
    ALBUMS(corm_contains(Album_.tags, modal));
    ALBUMS(corm_in_query(Album_.artist_id, corm_subquery(Artist, Artist_.id, .where = corm_is_not_null(Artist_.born))));
    ALBUMS(corm_eq(Album_.price, corm_subquery(Album, corm_maximum(Album_.price))));
    ARTISTS(corm_not(corm_exists(Album, .where = corm_eq(Album_.artist_id, Artist_.id))));
}

static void keep(corm_session *session)
{
    int64_t least = 2;
    corm_query kept = corm_query_of(Album, .where = corm_ge(Album_.id, corm_var(&least)));
    found(corm_count_of(session, &kept));
    least = 3; /* the same statement, with another value */
    found(corm_count_of(session, &kept));
}

int main(void)
{
    corm_session *session = corm_sqlite_open(":memory:", &music);
    corm_create_all(session);
    Artist *miles = corm_new(session, Artist, .name = "Miles", .born = corm_some(1926));
    Album *kind = corm_new(session, Album, .title = "Kind", .genre = JAZZ, .made = corm_date_of(1959, 8, 17),
                           .price = corm_decimal_of("9.99"), .data = "{\"sold\":5}");
    Artist_albums_append(miles, kind);
    Tag *modal = corm_new(session, Tag, .name = "modal");
    Album_tags_append(kind, modal);
    Artist_albums_append(miles, corm_new(session, Album, .title = "Brew", .genre = ROCK,
                                         .made = corm_date_of(1970, 3, 30), .price = corm_decimal_of("12.50")));
    corm_add(session, miles);
    corm_commit(session);
    corm_trace(session, show, NULL);
    compare(session);
    compute(session);
    across(session, modal);
    keep(session);
    if (corm_error_status(session) != CORM_OK)
        puts(corm_error_message(session));
    corm_session_close(session);
    return 0;
}

/* Output:
 * SELECT count(*) FROM "albums" WHERE "price" >= ?1 AND "genre" <> ?2; -- 950, 'rock' => 1
 * SELECT count(*) FROM "albums" WHERE "title" LIKE ?1 OR NOT ("data" IS NULL); -- 'K%' => 1
 * SELECT count(*) FROM "albums" WHERE "made" BETWEEN ?1 AND ?2; -- '1959-01-01', '1969-12-31' => 1
 * SELECT count(*) FROM "albums" WHERE "title" LIKE ?1 ESCAPE '\'; -- '%100\%%' => 0
 * SELECT count(*) FROM "albums" WHERE "data" IS ?1; -- NULL => 1
 * SELECT count(*) FROM "albums" WHERE "id" IN (?1, ?2, ?3); -- 0, 2, 4 => 1
 * SELECT count(*) FROM "albums" WHERE "id" IN (SELECT value FROM json_each(?1)); -- '[0,2,4,6,8,10,12,14,' => 1
 * SELECT count(*) FROM "albums" WHERE 1 = 0 => 0
 * SELECT count(*) FROM "albums" WHERE ("id" + ?1) > "artist_id"; -- 1 => 2
 * SELECT count(*) FROM "albums" WHERE ("price" * ?1) < ?2; -- 2, 2000 => 1
 * SELECT count(*) FROM "albums" WHERE lower(substr("title", ?1, ?2)) = ?3; -- 1, 1, 'k' => 1
 * SELECT count(*) FROM "albums" WHERE CAST(strftime('%Y', "made") AS INTEGER) = ?1; -- 1959 => 1
 * SELECT count(*) FROM "albums" WHERE json_extract("data", ?1) > ?2; -- '$.sold', 1 => 1
 * SELECT count(*) FROM "albums" WHERE CASE WHEN "genre" = ?1 THEN ?2 ELSE ?3 END = ?4; -- 'rock', 'loud', 'soft', 'loud' => 1
 * SELECT count(*) FROM "artists" WHERE coalesce("born", ?1) < ?2; -- 1900, 1926 => 0
 * SELECT count(*) FROM "albums" WHERE "unicode"("title") = ?1; -- 75 => 1
 * SELECT count(*) FROM "artists" WHERE EXISTS (SELECT 1 FROM "albums" WHERE "albums"."artist_id" = "artists"."id" AND "albums"."genre" = ?1); -- 'jazz' => 1
 * SELECT count(*) FROM "albums" WHERE EXISTS (SELECT 1 FROM "artists" WHERE "artists"."id" = "albums"."artist_id" AND "artists"."name" = ?1); -- 'Miles' => 2
 * SELECT count(*) FROM "albums" WHERE EXISTS (SELECT 1 FROM "tags" JOIN "album_tags" AS "album_tags_1" ON "album_tags_1"."album_id" = "albums"."id" WHERE "album_tags_1"."tag_id" = "tags"."id" AND "tags"."name" = ?1); -- 'modal' => 1
 * SELECT count(*) FROM "albums" WHERE EXISTS (SELECT 1 FROM "tags" JOIN "album_tags" AS "album_tags_1" ON "album_tags_1"."album_id" = "albums"."id" WHERE "album_tags_1"."tag_id" = "tags"."id" AND "tags"."id" = ?1); -- 1 => 1
 * SELECT count(*) FROM "albums" WHERE "artist_id" IN (SELECT "artists"."id" FROM "artists" WHERE "artists"."born" IS NOT NULL) => 2
 * SELECT count(*) FROM "albums" WHERE "price" = (SELECT max("albums_1"."price") FROM "albums" AS "albums_1") => 1
 * SELECT count(*) FROM "artists" WHERE NOT (EXISTS (SELECT 1 FROM "albums" WHERE "albums"."artist_id" = "artists"."id")) => 0
 * SELECT count(*) FROM "albums" WHERE "id" >= ?1; -- 2 => 1
 * SELECT count(*) FROM "albums" WHERE "id" >= ?1; -- 3 => 0
 */
