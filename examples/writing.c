/* writing.c: many rows at once: UPDATE and DELETE by conditions, INSERT of arrays, upsert, and the rows as objects.
 *
 * The idea: each is one statement, which is printed as it runs. bulk.c is a whole story; docs/writing.md explains each. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(TEXT,              name,   .length = 64)                                                \
    COLUMN(TEXT,              email,  .unique = true)                                              \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN,           active, .default_value = corm_default(true))                         \
    RELATIONSHIP(ONE_TO_MANY, posts,  Post, BACKREF(user))
#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(TEXT,              title)                                                               \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))
#define BLOG(MODEL) MODEL(User, "users", USER) MODEL(Post, "posts", POST)
CORM_SCHEMA(blog, BLOG)
/* clang-format on */

static void show(void *context, const corm_trace_event *event)
{
    (void)context;
    if (strchr("IUD", event->sql[0]) != NULL) /* INSERT, UPDATE, DELETE */
        printf("%s\n", event->sql);
}

static void done(corm_session *session, int64_t rows)
{
    if (rows >= 0)
        printf("   rows: %lld\n", (long long)rows);
    else
        printf("   %s\n", corm_error_message(session));
}

static void inserted(corm_session *session)
{
    User users[2];
    corm_rows_blank(session, User, users, 2); /* each member its default, or unset */
    users[0].name = "Ann", users[0].email = "ann@example.com";
    users[1].name = "Ben", users[1].email = "ben@example.com";
    int64_t rows = corm_insert_all(session, User, users, 2); /* users[0].id is known now */
    done(session, rows);
    Post posts[] = {{.title = "Birthday!", .user_id = users[0].id},
                    {.title = "Rain", .user_id = users[1].id}};
    done(session, corm_insert_all(session, Post, posts, 2));
    corm_commit(session);

    users[1].name = "Ben, who has a name of more than sixty-four characters, in all of its length";
    users[0].id = users[1].id = 0;
    done(session, corm_insert_all(session, User, users, 2));
    users[1].name = "Ben";
    done(session, corm_insert_all(session, User, users, 2));
    corm_rollback(session);
}

static void upserted(corm_session *session)
{
    corm_insertion_counts counts;
    User users[] = {{.name = "Anna", .email = "ann@example.com", .age = corm_some(41)},
                    {.name = "Cid", .email = "cid@example.com", .age = corm_some(17)}};
    const size_t count = 2;
    corm_insert_all(session, User, users, count, .on_conflict = corm_conflict_on(User_.email),
                    .update = corm_columns_of(User_.name, User_.age),
                    .counts = &counts); /* counts.inserted, .updated, .ignored */
    printf("   %d new, %d updated\n", (int)counts.inserted, (int)counts.updated);
    users[1].id = 0;
    done(session, corm_insert_all(session, User, users, count, .ignore = true));
}

static void updated(corm_session *session)
{
    int64_t rows = corm_update_all(
        session, User, .set = corm_sets(corm_set(User_.active, false), corm_set_null(User_.age)),
        .where = corm_lt(User_.age, 18));
    done(session, rows);
    corm_update_all(session, User, .set = corm_set(User_.age, corm_plus(User_.age, 1)),
                    .where = corm_any(User_.posts, corm_starts_with(Post_.title, "Birthday")));
    done(session, corm_update_all(session, User, .set = corm_set(User_.active, true)));
    done(session,
         corm_update_all(session, User, .set = corm_set(User_.active, true), .all_rows = true));
}

static void returned(corm_session *session)
{
    User more[] = {{.name = "Eve", .email = "eve@example.com"}};
    User_list made = corm_insert_returning(session, User, more, 1);
    User_list changed =
        corm_update_returning(session, User, .set = corm_set(User_.name, corm_upper(User_.name)),
                              .where = corm_ge(User_.age, 40));
    Post_list gone = corm_delete_returning(session, Post, .where = corm_eq(Post_.title, "Rain"));
    printf("   %s came, %s is louder, %s went\n", made.items[0]->name, changed.items[0]->name,
           gone.items[0]->title);
    corm_commit(session);
}

static void deleted(corm_session *session)
{
    done(session, corm_delete_all(session, User, .where = corm_eq(User_.email, "ann@example.com")));
    corm_rollback(session);
    int64_t rows = corm_delete_all(session, Post, .where = corm_eq(Post_.user_id, 1));
    done(session, rows);
}

int main(void)
{
    corm_session *session = corm_sqlite_open(":memory:", &blog);
    corm_create_all(session);
    corm_trace(session, show, NULL);
    void (*const parts[])(corm_session *) = {inserted, upserted, updated, returned, deleted};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        parts[i](session);
    corm_session_close(session);
    return 0;
}

/* Output:
 * INSERT INTO "users" ("id", "name", "email", "age", "active") VALUES (?1, ?2, ?3, ?4, ?5)
 * INSERT INTO "users" ("id", "name", "email", "age", "active") VALUES (?1, ?2, ?3, ?4, ?5)
 *    rows: 2
 * INSERT INTO "posts" ("id", "title", "user_id") VALUES (?1, ?2, ?3)
 * INSERT INTO "posts" ("id", "title", "user_id") VALUES (?1, ?2, ?3)
 *    rows: 2
 *    users.name: 76 characters, at most 64 (rows[1])
 * INSERT INTO "users" ("id", "name", "email", "age", "active") VALUES (?1, ?2, ?3, ?4, ?5)
 *    users.email = 'ann@example.com': there is a row with this already, and it must be unique (rows[0])
 * INSERT INTO "users" ("id", "name", "email", "age", "active") VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT ("email") DO UPDATE SET "name" = "excluded"."name", "age" = "excluded"."age"
 * INSERT INTO "users" ("id", "name", "email", "age", "active") VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT ("email") DO UPDATE SET "name" = "excluded"."name", "age" = "excluded"."age"
 *    1 new, 1 updated
 * INSERT INTO "users" ("id", "name", "email", "age", "active") VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING
 * INSERT INTO "users" ("id", "name", "email", "age", "active") VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING
 *    rows: 0
 * UPDATE "users" SET "age" = ?1, "active" = ?2 WHERE "age" < ?3
 *    rows: 1
 * UPDATE "users" SET "age" = ("age" + ?1) WHERE EXISTS (SELECT 1 FROM "posts" WHERE "posts"."user_id" = "users"."id" AND "posts"."title" LIKE ?2 ESCAPE '\')
 *    corm_update_all(session, User, ...) without .where: say .all_rows = true if every row is meant
 * UPDATE "users" SET "active" = ?1
 *    rows: 3
 * INSERT INTO "users" ("id", "name", "email", "age", "active") VALUES (?1, ?2, ?3, ?4, ?5)
 * UPDATE "users" SET "name" = upper("name") WHERE "age" >= ?1 RETURNING "id", "name", "email", "age", "active"
 * DELETE FROM "posts" WHERE "title" = ?1 RETURNING "id", "title", "user_id"
 *    Eve came, ANNA is louder, Rain went
 * DELETE FROM "users" WHERE "email" = ?1 RETURNING "id"
 *    posts.user_id: 1 row still refers to rows of users that are to be deleted: delete or move them first, or declare .on_delete for Post.user_id (DELETE of users by query)
 * DELETE FROM "posts" WHERE "user_id" = ?1
 *    rows: 1
 */
