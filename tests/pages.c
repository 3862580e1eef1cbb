#define _XOPEN_SOURCE 700
/* pages: what README.md and the pages of docs/ show, where no example has it, compiles and does what they say.
 * `make check` compares the pages with this file, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CORM_EXPECT_FAILED(report, file, line) _assert_true(0, report, file, line)
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* ---- Models ------------------------------------------------------------------------------------- */

/* clang-format off */
#define COLOR(VALUE) VALUE(RED) VALUE(GREEN, "green") VALUE(BLUE, "blue", 7)
CORM_ENUM(Color, COLOR)

typedef struct Point { int x, y; } Point;
bool point_to(const Point *from, corm_value *out, corm_conversion *conversion);
bool point_from(const corm_value *from, Point *out, corm_conversion *conversion);
CORM_KIND(point, Point, TEXT, point_to, point_from, NULL)

typedef struct Device {
    void *handle;
    int id;
    char name[16];
    unsigned short port;
    float ratio;
} Device;

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(TEXT,              email,  .length = 120, .unique = true)                               \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN,           active, .default_value = corm_default(true))                         \
    COLUMN(DATETIME,          joined)                                                              \
    RELATIONSHIP(ONE_TO_MANY, posts, Post, author)                                                 \
    RELATIONSHIP(ONE_TO_MANY, remarks, Remark, BACKREF(user))                                      \
    RELATIONSHIP(ONE_TO_ONE, profile, Profile, user)                                               \
    RELATIONSHIP(ONE_TO_MANY, written, Story, author, .foreign_key = corm_ref(Story, author_id))   \
    RELATIONSHIP(ONE_TO_MANY, edited,  Story, editor, .foreign_key = corm_ref(Story, editor_id))
#define PROFILE(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id,      .primary_key = true)                                                  \
    COLUMN(INTEGER, user_id, .unique = true, .references = corm_ref(User, id))                     \
    RELATIONSHIP(ONE_TO_ONE, user, User, profile)
#define STORY(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,        .primary_key = true)                                                \
    COLUMN(INTEGER, author_id, .references = corm_ref(User, id))                                   \
    COLUMN(INTEGER, editor_id, .references = corm_ref(User, id))                                   \
    RELATIONSHIP(MANY_TO_ONE, author, User, written)                                               \
    RELATIONSHIP(MANY_TO_ONE, editor, User, edited)
#define REMARK(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,      .primary_key = true)                                                  \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))                                     \
    COLUMN(INTEGER, device_id, .references = corm_ref(Device, id))                                 \
    RELATIONSHIP(MANY_TO_ONE, device, Device, NONE)

#define TIMES(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(DATETIME, created, .default_function = corm_default_now)                                \
    COLUMN(DATETIME, changed, .default_function = corm_default_now, .update_function = corm_default_now)

#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    TIMES(COLUMN, RELATIONSHIP)                                                                    \
    COLUMN(TEXT, title)                                                                            \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))                                     \
    RELATIONSHIP(MANY_TO_ONE, author, User, posts)                                                 \
    RELATIONSHIP(ONE_TO_MANY, comments, Comment, post, .passive_deletes = true, .cascade = CORM_CASCADE_ALL) \
    RELATIONSHIP(MANY_TO_MANY, tags, Tag, BACKREF(posts), .secondary = corm_secondary("post_tags", "post_id", "tag_id"))
#define COMMENT(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, post_id, .references = corm_ref(Post, id), .on_delete = CORM_ACTION_CASCADE)   \
    RELATIONSHIP(MANY_TO_ONE, post, Post, comments)
#define TAG(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT,    name)
#define POST_TAG(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER,        post_id, .primary_key = true, .references = corm_ref(Post, id))         \
    COLUMN(INTEGER,        tag_id,  .primary_key = true, .references = corm_ref(Tag, id))          \
    COLUMN(OPTIONAL(TEXT), remark)
#define FOLDER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT,    name)                                                                          \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Folder, id))                       \
    RELATIONSHIP(ONE_TO_MANY, children, Folder, parent, .order_by = corm_by(Folder, name),         \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)                         \
    RELATIONSHIP(MANY_TO_ONE, parent, Folder, children)
#define MEMBER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(MANY_TO_MANY, follows, Member, BACKREF(followers),                                \
                 .secondary = corm_secondary("follows", "follower_id", "followed_id"))
#define CAR(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(UUID, id, .primary_key = true) COLUMN(ENUM(Color), color)                               \
    COLUMN(DECIMAL(10, 2), price) COLUMN(CUSTOM(point), at)
#define LIKE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(INTEGER,           user_id, .name = "UserId")                                           \
    COLUMN(INTEGER,           post_id)                                                             \
    COLUMN(OPTIONAL(INTEGER), stars,   .check = "stars BETWEEN 1 AND 5")                           \
    COLUMN(OPTIONAL(TEXT),    remark,  .collate = "NOCASE")
#define DEVICE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER_AS(int),            id,    .primary_key = true)                                 \
    COLUMN(CHARS(16),                  name,  .unique = true)                                      \
    COLUMN(INTEGER_AS(unsigned short), port,  .default_value = corm_default(80))                   \
    COLUMN(REAL_AS(float),             ratio)

static bool slug_of(const void *object, corm_value *out, corm_conversion *conversion);

#define ARTICLE(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(UUID,     id,         .primary_key = true, .default_function = corm_default_uuid)       \
    COLUMN(TEXT,     title)                                                                        \
    COLUMN(TEXT,     slug,       .default_function = slug_of)                                      \
    COLUMN(DATETIME, created_at, .default_function = corm_default_now)                             \
    COLUMN(DATETIME, updated_at, .default_function = corm_default_now,                             \
                                 .update_function  = corm_default_now)
#define LINE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,  id,        .primary_key = true)                                               \
    COLUMN(INTEGER,  price)                                                                        \
    COLUMN(INTEGER,  quantity,  .server_default = "1")                                             \
    COLUMN(DATETIME, placed_at, .server_default = "CURRENT_TIMESTAMP")                             \
    COLUMN(INTEGER,  total,     .generated = "price * quantity")
#define NOTE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,      .primary_key = true)                                                  \
    COLUMN(TEXT,    text)                                                                          \
    COLUMN(INTEGER, version, .version = true)
#define ACCOUNT(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(INTEGER, cents)

#define EMPLOYEE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER,           id,         .primary_key = true)                                     \
    COLUMN(TEXT,              type)                                                                \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), company_id, .references = corm_ref(Company, id))                     \
    RELATIONSHIP(MANY_TO_ONE, company, Company, employees)
#define MANAGER(COLUMN, RELATIONSHIP)                                                              \
    EMPLOYEE(COLUMN, CORM_INHERITED)                                                               \
    COLUMN(TEXT, title)                                                                            \
    RELATIONSHIP(ONE_TO_MANY, reports, Report, author)
#define ENGINEER(COLUMN, RELATIONSHIP)                                                             \
    EMPLOYEE(COLUMN, CORM_INHERITED)                                                               \
    COLUMN(TEXT, language)
#define COMPANY(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, employees, Employee, company)
#define REPORT(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, author_id, .references = corm_ref(Manager, id))                                \
    RELATIONSHIP(MANY_TO_ONE, author, Manager, reports)

#define BLOG(MODEL)                                                                                \
    MODEL(User, "users", USER) MODEL(Profile, "profiles", PROFILE) MODEL(Story, "stories", STORY)  \
    MODEL(Remark, "remarks", REMARK)                                                               \
    MODEL(Post, "posts", POST) MODEL(Comment, "comments", COMMENT) MODEL(Tag, "tags", TAG)         \
    MODEL(PostTag, "post_tags", POST_TAG) MODEL(Folder, "folders", FOLDER)                         \
    MODEL(Member, "members", MEMBER) MODEL(Car, "cars", CAR)                                       \
    MODEL(Like, "likes", LIKE, .strict = true, .check = "stars > 1 OR remark IS NOT NULL",         \
          .unique = {corm_columns(Like, user_id, post_id)},                                        \
          .indexes = {corm_index(Like, (post_id, stars), .where = "stars > 3")})                   \
    MODEL(EXISTING(Device), "devices", DEVICE)                                                     \
    MODEL(Article, "articles", ARTICLE) MODEL(Line, "lines", LINE) MODEL(Note, "notes", NOTE)      \
    MODEL(Account, "accounts", ACCOUNT)                                                            \
    MODEL(Company, "companies", COMPANY) MODEL(Report, "reports", REPORT)                          \
    MODEL(Employee, "employees", EMPLOYEE, .discriminator = corm_member(Employee, type), .identity = "employee") \
    MODEL(Manager,  "employees", MANAGER,  .inherits = corm_base(Employee), .identity = "manager") \
    MODEL(Engineer, "engineers", ENGINEER, .inherits = corm_base(Employee), .identity = "engineer")
CORM_SCHEMA(blog, BLOG)

#define WRITER(COLUMN) COLUMN(TEXT, email) COLUMN(INTEGER, posts)
CORM_ROW(Writer, WRITER)
#define SALES(COLUMN)                                                                              \
    COLUMN(TEXT,           artist)                                                                 \
    COLUMN(INTEGER,        tracks)                                                                 \
    COLUMN(OPTIONAL(REAL), total)
CORM_ROW(Sales, SALES)
/* clang-format on */

bool point_to(const Point *from, corm_value *out, corm_conversion *conversion)
{
    return corm_conversion_text(conversion, out, "%d,%d", from->x, from->y);
}

bool point_from(const corm_value *from, Point *out, corm_conversion *conversion)
{
    return sscanf(from->as.bytes, "%d,%d", &out->x, &out->y) == 2 ||
           corm_conversion_refuse(conversion, "no point");
}

static bool slug_of(const void *object, corm_value *out, corm_conversion *conversion)
{
    const Article *article = object;
    if (article->title[0] == '\0')
        return corm_conversion_refuse(conversion, "an empty title makes no slug");
    return corm_conversion_text(conversion, out, "%.10s", article->title);
}

/* ---- Around the tests --------------------------------------------------------------------------- */

static char last_sql[2000]; /* the last statement that was not about a transaction */

static void remember(void *context, const corm_trace_event *event)
{
    (void)context;
    if (strchr("SIUD", event->sql[0]) != NULL)
        (void)snprintf(last_sql, sizeof last_sql, "%s", event->sql);
}

static int open_blog(void **state)
{
    corm_session *session = *state = corm_sqlite_open(":memory:", &blog);
    corm_create_all(session);
    corm_trace(session, remember, NULL);
    return corm_commit(session) == CORM_OK ? 0 : 1;
}

static int close_blog(void **state)
{
    corm_session_close(*state);
    return 0;
}

#define BLOG_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_blog, close_blog)

static void ok(corm_session *session, corm_status status)
{
    if (status != CORM_OK)
        print_error("%s\n", corm_error_message(session));
    assert_int_equal(status, CORM_OK);
}

static User *a_user(corm_session *session, const char *email)
{
    User *user = corm_new(session, User, .email = email, .age = corm_some(70),
                          .joined = corm_datetime_of(2020, 1, 2, 3, 4, 5, 0));
    ok(session, corm_add(session, user));
    return user;
}

static void assert_text(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        print_error("\"%s\" is not in \"%s\"\n", part, text);
    assert_non_null(strstr(text, part));
}

static const char *ddl(void)
{
    static char text[20000];
    corm_error error;
    char *made = corm_ddl(&blog, corm_sqlite_dialect(), &error);
    assert_non_null(made);
    (void)snprintf(text, sizeof text, "%s", made);
    corm_ddl_free(made);
    return text;
}

/* ---- README.md ---------------------------------------------------------------------------------- */

static void kinds(void **state)
{
    corm_session *session = *state;
    Car *car = corm_new(session, Car);
    car->color = GREEN;
    car->price = corm_decimal_of("19.99");
    car->id = corm_uuid_new();
    car->at = (Point){1, 2};
    ok(session, corm_add(session, car));
    ok(session, corm_commit(session));
    const Point here = {1, 2};
    assert_int_equal(corm_count(session, Car, .where = corm_eq(Car_.at, point_value(&here))), 1);
}

static void the_session(void **state)
{
    corm_session *session = *state;
    User *ann = corm_new(session, User, .email = "ann@example.com", .joined = corm_now());
    corm_add(session, ann);
    corm_commit(session);
    ann->age = corm_some(43);
    corm_delete(session, ann);
    corm_rollback(session);
    assert_int_equal(corm_state(ann), CORM_STATE_PERSISTENT);
    assert_false(ann->age.has_value);
}

static void queries(void **state)
{
    corm_session *session = *state;
    User *ann = a_user(session, "ann@example.com");
    Post *post = corm_new(session, Post, .title = "Rain");
    User_posts_append(ann, post);
    Post_tags_append(post, corm_new(session, Tag, .name = "c"));
    ok(session, corm_commit(session));

    User_list adults =
        corm_all(session, User,
                 .where = corm_and(corm_ge(User_.age, 18), corm_like(User_.email, "%@example.com")),
                 .order_by = corm_asc(User_.email), .load = corm_load(User_.posts), .limit = 10);
    User *first = corm_first(session, User, .where = corm_is_null(User_.age));
    User *only = corm_one(session, User, .where = corm_eq(User_.email, "ann@example.com"));
    User *seven = corm_get(session, User, 7);
    int64_t all = corm_count(session, User);
    assert_int_equal(adults.count, 1);
    assert_null(first);
    assert_ptr_equal(only, ann);
    assert_null(seven);
    assert_int_equal(all, 1);

    corm_stream *stream = corm_stream_open(session, User, .order_by = corm_asc(User_.id));
    for (const User *user; (user = corm_stream_next(stream)) != NULL;)
        puts(user->email);
    corm_stream_close(stream);

    Writer_list writers =
        corm_select(session, Writer,
                    .fields = corm_fields(corm_field(Writer_.email, User_.email),
                                          corm_field(Writer_.posts, corm_count_rows())),
                    .from = corm_from(Post), .join = corm_inner_join(Post_.author),
                    .where = corm_any(Post_.tags, corm_eq(Tag_.name, "c")),
                    .group_by = corm_group(User_.id), .order_by = corm_desc(Writer_.posts));
    assert_int_equal(writers.count, 1);
    assert_int_equal(writers.items[0].posts, 1);
}

/* ---- sql.md ------------------------------------------------------------------------------------- */

static void add(const Sales *row)
{
    assert_string_equal(row->artist, "Nina");
}

static bool show(void *data, int64_t rows)
{
    *(int64_t *)data = rows;
    return true;
}

static void sql_of_your_own(void **state)
{
    corm_session *session = *state;
    const corm_date since = corm_date_of(2025, 1, 1);
    a_user(session, "ann@example.com");
    ok(session,
       corm_sql_script(session, "CREATE TABLE artists (id INTEGER PRIMARY KEY, name TEXT);\n"
                                "CREATE TABLE tracks (artist_id, price REAL, genre TEXT);\n"
                                "CREATE TABLE sales (artist TEXT, price REAL, day TEXT);\n"
                                "CREATE TABLE logins (user_id INTEGER);\n"
                                "CREATE VIEW big_view AS SELECT 'Nina' AS artist, 1 AS tracks, 2.5 "
                                "AS total;\n"
                                "INSERT INTO artists VALUES (1, 'Nina');\n"
                                "INSERT INTO tracks VALUES (1, 2.5, 'rock');\n"
                                "INSERT INTO sales VALUES ('Nina', 2.5, '2026-01-01')"));
    User_list old = corm_sql(session, User, "SELECT * FROM users WHERE age > ?1 AND joined < ?2",
                             60, corm_date_of(2026, 1, 1));
    assert_int_equal(old.count, 1);

    Sales_list sales = corm_sql(
        session, Sales,
        "SELECT a.name AS artist, count(*) AS tracks, sum(t.price) AS total "
        "FROM artists a JOIN tracks t ON t.artist_id = a.id WHERE t.genre = ?1 GROUP BY a.id",
        "rock");
    for (size_t i = 0; i < sales.count; i++)
        printf("%s: %lld\n", sales.items[i].artist, (long long)sales.items[i].tracks);
    assert_int_equal(sales.count, 1);
    Sales_list rows = corm_sql(
        session, Sales,
        "SELECT artist, count(*), sum(price) FROM sales WHERE day > ?1 GROUP BY artist", since);
    assert_int_equal(rows.count, 1);
    int64_t senior = corm_sql_integer(session, "SELECT count(*) FROM users WHERE age > ?1", 60);
    assert_int_equal(senior, 1);
    ok(session, corm_sql_run(session, "UPDATE users SET age = age + 1 WHERE id = ?1", 7));

    User_list active =
        corm_sql(session, User,
                 "SELECT users.* FROM users JOIN logins ON logins.user_id = users.id "
                 "GROUP BY users.id HAVING count(*) > ?1",
                 10);
    assert_int_equal(active.count, 0);

    int64_t adults = corm_sql_integer(session, "SELECT count(*) FROM users WHERE age >= ?1", 18);
    corm_optional_integer oldest = corm_sql_optional_integer(session, "SELECT max(age) FROM users");
    const char *email = corm_sql_text(session, "SELECT email FROM users WHERE id = ?1", 1);
    assert_int_equal(adults, 1);
    assert_int_equal(oldest.value, 70);
    assert_string_equal(email, "ann@example.com");

    corm_status changed = corm_sql_run(session, "UPDATE users SET age = age + 1 WHERE joined < ?1",
                                       corm_date_of(2026, 1, 1));
    printf("%lld rows\n", (long long)corm_sql_changed(session));
    ok(session, changed);

    int64_t bar = 0;
    corm_stream *stream =
        corm_sql_stream(session, Sales, "SELECT artist, tracks, total FROM big_view");
    corm_stream_progress(stream, 1, show, &bar);
    for (const Sales *row; (row = corm_stream_next(stream)) != NULL;)
        add(row);
    corm_status status = corm_stream_close(stream);
    ok(session, status);
    assert_int_equal(bar, 1);
}

/* ---- seeing.md ---------------------------------------------------------------------------------- */

static void a_block_of_statements_fails_as_a_test_of_cmocka_does(void **state)
{
    corm_session *session = *state;
    corm_expect_statements(session, 1)
    {
        assert_int_equal(corm_count(session, User), 0);
    }
}

/* ---- columns.md --------------------------------------------------------------------------------- */

static void values_from_functions_and_from_the_database(void **state)
{
    corm_session *session = *state;
    Article *article = corm_new(session, Article, .title = "A long title");
    ok(session, corm_add(session, article));
    ok(session, corm_commit(session));
    assert_string_equal(article->slug, "A long tit");
    corm_add(session, corm_new(session, Article, .title = ""));
    assert_int_equal(corm_commit(session), CORM_DATA);
    assert_text(corm_error_message(session),
                "articles.slug: an empty title makes no slug (Article \"\")");
    ok(session, corm_rollback(session));

    assert_text(ddl(),
                "CREATE TABLE IF NOT EXISTS \"lines\" (\n"
                "    \"id\" INTEGER PRIMARY KEY,\n"
                "    \"price\" INTEGER NOT NULL,\n"
                "    \"quantity\" INTEGER NOT NULL DEFAULT (1),\n"
                "    \"placed_at\" DATETIME NOT NULL DEFAULT (CURRENT_TIMESTAMP),\n"
                "    \"total\" INTEGER NOT NULL GENERATED ALWAYS AS (price * quantity) VIRTUAL\n"
                ")");
    Line *line = corm_new(session, Line, .price = 5);
    ok(session, corm_add(session, line));
    ok(session, corm_commit(session));
    assert_string_equal(last_sql, "INSERT INTO \"lines\" (\"id\", \"price\") VALUES (?1, ?2) "
                                  "RETURNING \"id\", \"quantity\", \"placed_at\", \"total\"");
    line->quantity = 3;
    ok(session, corm_commit(session));
    assert_string_equal(last_sql, "UPDATE \"lines\" SET \"quantity\" = ?1 WHERE \"id\" = ?2 "
                                  "RETURNING \"total\"");
    assert_int_equal(line->total, 15);
}

static void a_stale_write_is_told_and_done_again(void **state)
{
    corm_session *session = *state;
    Note *note = corm_new(session, Note, .text = "tea");
    ok(session, corm_add(session, note));
    ok(session, corm_commit(session));
    ok(session, corm_sql_run(session, "UPDATE notes SET version = 2, text = 'wine'"));
    ok(session, corm_commit(session));
    note->text = "milk";
    assert_int_equal(corm_flush(session), CORM_STALE_DATA);
    assert_text(corm_error_message(session),
                "notes.id = 1: someone else has changed it since version 1 was read (updating Note "
                "\"milk\"): roll back, corm_refresh it, and do it again");
    ok(session, corm_rollback(session));
    note->text = "bread";
    if (corm_commit(session) == CORM_STALE_DATA) {
        corm_rollback(session);
        corm_refresh(session, note);
        note->text = "beer";
        corm_commit(session);
    }
    assert_string_equal(note->text, "beer");
    assert_int_equal(note->version, 3);
}

/* ---- relationships.md --------------------------------------------------------------------------- */

static void both_ends_agree(void **state)
{
    corm_session *session = *state;
    User *ann = a_user(session, "ann@example.com"), *ben = a_user(session, "ben@example.com");
    Post *post = corm_new(session, Post, .title = "Rain");
    User_posts_append(ann, post);
    assert_ptr_equal(Post_author(post), ann);
    Post_author_set(post, ben);
    assert_true(User_posts_contains(ben, post));
    assert_false(User_posts_contains(ann, post));
    ok(session, corm_commit(session));
    corm_delete(session, post);
    ok(session, corm_commit(session));
}

static void merging(void **state)
{
    corm_session *session = *state;
    User *given = corm_new(session, User, .id = 7, .email = "ann@example.com");
    User *ann = corm_merge(session, given);
    assert_int_equal(ann->id, 7);
    assert_ptr_not_equal(ann, given);
}

/* ---- inheritance.md ----------------------------------------------------------------------------- */

static void looked_at_as_either(Employee *somebody)
{
    Manager *manager = corm_as(Manager, somebody);
    assert_ptr_equal((void *)manager, (void *)somebody);
}

static void models_that_are_kinds_of_another(void **state)
{
    corm_session *session = *state;
    Manager *manager = corm_new(session, Manager, .name = "Mia", .title = "head");
    ok(session, corm_add(session, manager));
    ok(session, corm_commit(session));
    Employee *employee = corm_as(Employee, manager);
    looked_at_as_either(employee);
    Employee_list all = corm_all(session, Employee, .order_by = corm_asc(Employee_.name));
    assert_int_equal(all.count, 1);
    assert_string_equal(
        last_sql, "SELECT \"employees\".\"id\", \"employees\".\"type\", \"employees\".\"name\", "
                  "\"employees\".\"company_id\", \"employees\".\"title\", "
                  "\"engineers\".\"language\" FROM \"employees\" LEFT JOIN \"engineers\" ON "
                  "\"engineers\".\"id\" = \"employees\".\"id\" ORDER BY \"employees\".\"name\"");
    assert_text(ddl(), "CREATE TABLE IF NOT EXISTS \"engineers\" (\n"
                       "    \"id\" INTEGER PRIMARY KEY REFERENCES \"employees\" (\"id\") ON DELETE "
                       "CASCADE ON UPDATE CASCADE,\n"
                       "    \"language\" TEXT NOT NULL\n"
                       ")");
}

/* ---- tables.md ---------------------------------------------------------------------------------- */

static void the_ddl_of_a_model_with_options(void **state)
{
    (void)state;
    assert_text(
        ddl(),
        "CREATE TABLE IF NOT EXISTS \"likes\" (\n"
        "    \"id\" INTEGER PRIMARY KEY,\n"
        "    \"UserId\" INTEGER NOT NULL,\n"
        "    \"post_id\" INTEGER NOT NULL,\n"
        "    \"stars\" INTEGER CONSTRAINT \"ck_likes_stars\" CHECK (stars BETWEEN 1 AND 5),\n"
        "    \"remark\" TEXT COLLATE \"NOCASE\",\n"
        "    UNIQUE (\"UserId\", \"post_id\"),\n"
        "    CONSTRAINT \"ck_likes\" CHECK (stars > 1 OR remark IS NOT NULL)\n"
        ") STRICT;\n"
        "CREATE INDEX IF NOT EXISTS \"ix_likes_post_id_stars\" ON \"likes\" (\"post_id\", "
        "\"stars\") WHERE stars > 3;\n");
}

/* ---- threads.md --------------------------------------------------------------------------------- */

static void *serve(void *engine)
{
    corm_session *session = corm_session_open(engine, NULL);
    /* ... */
    corm_session_close(session);
    return NULL;
}

static corm_status pay(corm_session *session, void *argument)
{
    Account *account = corm_one(session, Account, .where = corm_eq(Account_.id, 1));
    if (account == NULL)
        return corm_last_status();
    account->cents -= *(const int64_t *)argument;
    return CORM_OK;
}

static void an_engine_for_the_program(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine("blog.db", &blog, NULL);
    corm_session *session = corm_session_open(engine, NULL);
    ok(session, corm_create_all(session));
    ok(session, corm_add(session, corm_new(session, Account, .id = 1, .cents = 1000)));
    ok(session, corm_commit(session));
    corm_session_close(session);
    serve(engine);
    int64_t cents = 250;
    if (corm_run(engine, pay, &cents) != CORM_OK)
        fprintf(stderr, "%s\n", corm_error_message(NULL));
    corm_engine_close(engine);
}

static void an_engine_with_a_larger_pool(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(
        "blog.db", &blog,
        &(corm_sqlite_options){.engine = {.pool_size = 16, .pool_timeout_ms = 2000}});
    corm_session *session = corm_session_open(engine, NULL);
    assert_int_equal(corm_get(session, Account, 1)->cents, 750);
    corm_session_close(session);
    corm_engine_close(engine);
}

static void an_engine_of_another_durability(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(
        "blog.db", &blog, &(corm_sqlite_options){.durability = CORM_SQLITE_DURABILITY_NORMAL});
    assert_int_equal(corm_engine_status(engine), CORM_OK);
    corm_engine_close(engine);
}

static void values_and_their_texts(void **state)
{
    (void)state;
    const char *const input = "2026-02-28";
    char text[CORM_DATE_TEXT_SIZE];
    corm_date due;
    if (corm_date_parse(input, &due))
        printf("%s\n", corm_date_format(due, text));
    assert_string_equal(text, input);
    due = corm_date_from_days(corm_date_to_days(due) + 7);
    assert_int_equal(corm_date_compare(due, corm_date_of(2026, 3, 7)), 0);
}

/* ------------------------------------------------------------------------------------------------- */

static char directory[] = "/tmp/corm-pages-XXXXXX";

static int enter_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) == NULL || chdir(directory) != 0;
}

static int leave_directory(void **state)
{
    static const char *const files[] = {"blog.db", "blog.db-wal", "blog.db-shm"};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        (void)remove(files[i]);
    return chdir("/") != 0 || rmdir(directory) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(kinds),
        BLOG_TEST(the_session),
        BLOG_TEST(queries),
        BLOG_TEST(sql_of_your_own),
        BLOG_TEST(a_block_of_statements_fails_as_a_test_of_cmocka_does),
        BLOG_TEST(values_from_functions_and_from_the_database),
        BLOG_TEST(a_stale_write_is_told_and_done_again),
        BLOG_TEST(both_ends_agree),
        BLOG_TEST(merging),
        BLOG_TEST(models_that_are_kinds_of_another),
        BLOG_TEST(the_ddl_of_a_model_with_options),
        cmocka_unit_test(an_engine_for_the_program),
        cmocka_unit_test(an_engine_with_a_larger_pool),
        cmocka_unit_test(an_engine_of_another_durability),
        cmocka_unit_test(values_and_their_texts),
    };
    return cmocka_run_group_tests(tests, enter_directory, leave_directory);
}
