/* computed: columns whose values the program does not give: functions at insert and at update,
 * defaults of the table, and columns that the database computes. */
#define CORM_IMPLEMENTATION /* here: the tests look inside */
#include "corm_sqlite.h"
#include "support.h"

/* ---- Functions -------------------------------------------------------------------------------- */

static int64_t calls;

/* 1, 2, 3 ... */
static bool next_number(const void *object, corm_value *out, corm_conversion *conversion)
{
    (void)object;
    (void)conversion;
    *out = corm_value_integer(++calls);
    return true;
}

static bool nothing(const void *object, corm_value *out, corm_conversion *conversion)
{
    (void)object;
    (void)conversion;
    *out = corm_value_null();
    return true;
}

static bool is_even(corm_session *session, const void *object, const corm_value *value)
{
    (void)object;
    return value->as.integer % 2 == 0 || corm_refuse(session, "an odd number");
}

static bool slug_of(const void *object, corm_value *out, corm_conversion *conversion);
static bool current_owner(const void *object, corm_value *out, corm_conversion *conversion);
static bool from_table(const void *object, corm_value *out, corm_conversion *conversion);

/* clang-format off */
#define LEVEL(VALUE) VALUE(LOW, "low") VALUE(HIGH, "high")
CORM_ENUM(Level, LEVEL)

#define OWNER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(UUID, id,   .primary_key = true, .default_function = corm_default_uuid)                 \
    COLUMN(TEXT, name, .unique = true)                                                             \
    COLUMN(OPTIONAL(UUID), chief_id, .references = corm_ref(Owner, id))                            \
    RELATIONSHIP(MANY_TO_ONE, chief, Owner, NONE)

#define ARTICLE(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,  id,         .primary_key = true)                                              \
    COLUMN(TEXT,     title)                                                                        \
    COLUMN(TEXT,     slug,       .length = 12, .default_function = slug_of)                        \
    COLUMN(DATETIME, created_at, .default_function = corm_default_now)                             \
    COLUMN(DATETIME, updated_at, .default_function = corm_default_now,                             \
                                 .update_function = corm_default_now)                              \
    COLUMN(OPTIONAL(INTEGER), revision, .update_function = next_number)                            \
    COLUMN(OPTIONAL(TEXT),    last,     .update_function = slug_of)                                \
    COLUMN(UUID,     owner_id,   .references = corm_ref(Owner, id),                                \
                                 .default_function = current_owner)                                \
    RELATIONSHIP(MANY_TO_ONE, owner, Owner, BACKREF(articles))

#define FORM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,            id,       .primary_key = true)                                      \
    COLUMN(DATE,               day,      .default_function = corm_default_now)                     \
    COLUMN(TIME,               hour,     .default_function = corm_default_now)                     \
    COLUMN(TEXT,               moment,   .default_function = corm_default_now)                     \
    COLUMN(OPTIONAL(DATETIME), maybe,    .default_function = corm_default_now)                     \
    COLUMN(DATE,               today,    .default_function = corm_default_today)                   \
    COLUMN(OPTIONAL(TEXT),     token,    .default_function = corm_default_uuid)                    \
    COLUMN(DECIMAL(6, 2),      price,    .default_function = from_table)                           \
    COLUMN(BOOLEAN,            flag,     .default_function = from_table)                           \
    COLUMN(ENUM(Level),        level,    .default_function = from_table)                           \
    COLUMN(OPTIONAL(BLOB),     bytes,    .default_function = from_table)                           \
    COLUMN(OPTIONAL(INTEGER),  absent,   .default_function = nothing)                              \
    COLUMN(CHARS(40),          chars,    .default_function = corm_default_uuid)                    \
    COLUMN(INTEGER_AS(int),    number,   .server_default = "7")                                    \
    COLUMN(INTEGER_AS(long),   twice,    .name = "double", .generated = "number * 2")

#define BROKEN(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name, .default_function = nothing)                                             \
    COLUMN(OPTIONAL(INTEGER), number, .update_function = next_number, .validate = is_even)

/* What the database gives. */
#define LINE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(INTEGER,           price)                                                               \
    COLUMN(INTEGER,           quantity, .server_default = "1")                                     \
    COLUMN(INTEGER,           total,    .generated = "price * quantity")                           \
    COLUMN(OPTIONAL(TEXT),    label,    .generated = "upper(name) || ':'", .stored = true,         \
                                        .index = true)                                             \
    COLUMN(DATETIME,          placed,   .server_default = "CURRENT_TIMESTAMP")                     \
    COLUMN(OPTIONAL(TEXT),    state,    .server_default = "'it''s ' || 'new'", .length = 8)        \
    COLUMN(OPTIONAL(INTEGER), next_id,  .references = corm_ref(Line, id))                          \
    RELATIONSHIP(ONE_TO_ONE,  next,     Line, BACKREF(previous))

/* Everything but the key. */
#define STAMP(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(TEXT,              code,     .primary_key = true)                                       \
    COLUMN(OPTIONAL(INTEGER), number,   .server_default = "40 + 2")                                \
    COLUMN(OPTIONAL(TEXT),    shout,    .generated = "upper(code)")

#define DESK(MODEL)                                                                                \
    MODEL(Owner,   "owners",   OWNER)                                                              \
    MODEL(Article, "articles", ARTICLE)                                                            \
    MODEL(Form,    "forms",    FORM)                                                               \
    MODEL(Broken,  "broken",   BROKEN)                                                             \
    MODEL(Line,    "lines",    LINE)                                                               \
    MODEL(Stamp,   "stamps",   STAMP)
/* clang-format on */

CORM_SCHEMA(desk, DESK)

static const Owner *logged_in;

/* The title in small letters; refuses an empty one, and one that begins with '?' without a word. */
static bool slug_of(const void *object, corm_value *out, corm_conversion *conversion)
{
    const Article *article = object;
    if (article->title[0] == '\0')
        return corm_conversion_refuse(conversion, "an empty title makes no slug");
    if (article->title[0] == '?')
        return false;
    if (!corm_conversion_text(conversion, out, "%s", article->title))
        return false;
    char *text = (char *)(uintptr_t)out->as.bytes;
    for (; *text != '\0'; text++)
        *text = *text == ' ' ? '-' : (char)(*text | 32);
    return true;
}

static bool current_owner(const void *object, corm_value *out, corm_conversion *conversion)
{
    char text[CORM_UUID_TEXT_SIZE];
    (void)object;
    if (logged_in == NULL)
        return corm_conversion_refuse(conversion, "nobody is logged in");
    return corm_conversion_text(conversion, out, "%s", corm_uuid_format(logged_in->id, text));
}

/* By what has been filled in before: columns come in the order of the model. */
static bool from_table(const void *object, corm_value *out, corm_conversion *conversion)
{
    const Form *form = object;
    (void)conversion;
    if (form->price.units == 0)
        *out = corm_value_integer(1999);
    else if (!form->flag)
        *out = corm_value_integer(1);
    else if (form->level == LOW)
        *out = corm_value_text("high");
    else
        *out = corm_value_blob((corm_blob){"\0\1", 2});
    return true;
}

static int open_desk(void **state)
{
    calls = 0;
    logged_in = NULL;
    *state = memory_session(&desk);
    return *state == NULL;
}

#define DESK_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_desk, close_session)

static Owner *new_owner(corm_session *session, const char *name)
{
    Owner *owner = corm_new(session, Owner, .name = name);
    assert_got(session, owner);
    assert_ok(session, corm_add(session, owner));
    return owner;
}

static Article *new_article(corm_session *session, const char *title)
{
    Article *article = corm_new(session, Article, .title = title);
    assert_got(session, article);
    assert_ok(session, Article_owner_set(article, new_owner(session, title)));
    assert_ok(session, corm_add(session, article));
    return article;
}

static const corm_datetime long_ago = {.year = 2001, .month = 1, .day = 1};

/* ---- At insert --------------------------------------------------------------------------------- */

static void a_function_gives_the_value_of_an_unset_column_at_insert(void **state)
{
    corm_session *session = *state;
    corm_datetime before = corm_now();
    Article *article = new_article(session, "Hello World");
    assert_true(corm_is_unset(article, Article_.slug));
    assert_null(article->slug);
    assert_ok(session, corm_flush(session));
    assert_false(corm_is_unset(article, Article_.slug));
    assert_string_equal(article->slug, "hello-world");
    assert_true(corm_datetime_compare(article->created_at, before) >= 0);
    assert_stored(session, "hello-world|1|1",
                  "SELECT slug, created_at = updated_at, revision IS NULL FROM articles");
    assert_false(corm_is_modified(article));
    record(session);
    assert_ok(session, corm_flush(session));
    assert_no_sql();
}

static void a_given_value_is_kept(void **state)
{
    corm_session *session = *state;
    Article *article = new_article(session, "Given");
    article->slug = "own";
    Article *old = corm_new(session, Article, .title = "Old", .created_at = long_ago);
    assert_ok(session, Article_owner_set(old, Article_owner(article)));
    assert_ok(session, corm_add(session, old));
    assert_ok(session, corm_flush(session));
    assert_string_equal(article->slug, "own");
    assert_stored(session, "own;old", "SELECT slug FROM articles ORDER BY id");
    assert_int_equal(corm_datetime_compare(old->created_at, long_ago), 0);
}

static void every_row_of_a_flush_has_the_same_moment(void **state)
{
    corm_session *session = *state;
    for (int i = 0; i < 50; i++)
        (void)new_article(session, corm_text(session, "No %d", i));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "50|1", "SELECT count(*), count(DISTINCT created_at) FROM articles");
}

static void functions_serve_every_kind(void **state)
{
    corm_session *session = *state;
    Form *form = corm_new(session, Form);
    assert_ok(session, corm_add(session, form));
    assert_ok(session, corm_flush(session));
    assert_true(form->maybe.has_value);
    assert_int_equal(corm_date_compare(form->day, form->today), 0);
    assert_int_equal(form->day.day, form->maybe.value.day);
    assert_int_equal(form->hour.microsecond, form->maybe.value.microsecond);
    assert_int_equal(strlen(form->moment), 26);
    assert_int_equal(strlen(form->token), 36);
    assert_int_equal(form->price.units, 1999);
    assert_int_equal(form->price.scale, 2);
    assert_true(form->flag);
    assert_int_equal(form->level, HIGH);
    assert_int_equal(form->bytes.size, 2);
    assert_false(form->absent.has_value);
    assert_int_equal(strlen(form->chars), 36);
    assert_int_equal(form->number, 7);
    assert_int_equal(form->twice, 14);
    form->number = 8;
    assert_ok(session, corm_flush(session));
    assert_int_equal(form->twice, 16);
    assert_stored(session, "1|1|1|1999|1|high|0001|NULL",
                  "SELECT moment = maybe, day = date(moment), hour = substr(moment, 12), price, "
                  "flag, level, hex(bytes), absent FROM forms");
}

static void a_key_may_come_from_a_function(void **state)
{
    corm_session *session = *state;
    Owner *ann = new_owner(session, "Ann");
    assert_ok(session, Owner_chief_set(ann, ann)); /* refers to a key that is not there yet */
    Owner *bob = new_owner(session, "Bob");
    assert_ok(session, Owner_chief_set(bob, ann));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "1|Ann;0|Bob",
                  "SELECT o.id = c.id, o.name FROM owners o JOIN owners c ON c.id = o.chief_id "
                  "ORDER BY o.name");
    assert_ptr_equal(corm_get(session, Owner, ann->id), ann);
}

static void a_foreign_key_has_its_function_only_where_no_object_is_linked(void **state)
{
    corm_session *session = *state;
    logged_in = new_owner(session, "Logged in");
    Article *linked = new_article(session, "Linked");
    Article *alone = corm_new(session, Article, .title = "Alone");
    assert_ok(session, corm_add(session, alone));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "Linked|Linked;Alone|Logged in",
                  "SELECT title, name FROM articles JOIN owners ON owners.id = owner_id "
                  "ORDER BY articles.id");
    assert_ptr_equal(Article_owner(alone), logged_in);
    assert_string_equal(Article_owner(linked)->name, "Linked");
}

static void a_function_says_why_there_is_no_value(void **state)
{
    corm_session *session = *state;
    (void)new_article(session, "");
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "articles.slug: an empty title makes no slug (Article \"\")");
    assert_ok(session, corm_rollback(session));
    (void)new_article(session, "?");
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "articles.slug: its function gives no value and does not say why");
    assert_ok(session, corm_rollback(session));
    (void)new_article(session, "Longer than twelve");
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "articles.slug: 18 characters, at most 12");
    assert_ok(session, corm_rollback(session));
    Broken *broken = corm_new(session, Broken);
    assert_ok(session, corm_add(session, broken));
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "broken.name: NULL in a member that cannot say so");
}

/* ---- At update --------------------------------------------------------------------------------- */

static void a_function_gives_the_value_when_the_row_is_written_anyway(void **state)
{
    corm_session *session = *state;
    Article *article = new_article(session, "First");
    article->updated_at = article->created_at = long_ago;
    assert_ok(session, corm_commit(session));
    article->title = "Second";
    record(session);
    assert_ok(session, corm_flush(session));
    assert_ran(1, "UPDATE");
    assert_string_equal(sql_of("UPDATE", 0),
                        "UPDATE \"articles\" SET \"title\" = ?1, \"updated_at\" = ?2, "
                        "\"revision\" = ?3, \"last\" = ?4 WHERE \"id\" = ?5");
    assert_true(corm_datetime_compare(article->updated_at, long_ago) > 0);
    assert_int_equal(article->revision.value, 1);
    assert_string_equal(article->last, "second");
    assert_string_equal(article->slug, "first"); /* has a function for the insert only */
    assert_stored(session, "2001-01-01 00:00:00.000000|1|1|second",
                  "SELECT created_at, updated_at > created_at, revision, last FROM articles");
    record(session);
    assert_ok(session, corm_flush(session));
    assert_no_sql();
    assert_int_equal(calls, 1);
}

static void a_value_that_the_program_has_changed_is_kept_at_update(void **state)
{
    corm_session *session = *state;
    Article *article = new_article(session, "First");
    assert_ok(session, corm_commit(session));
    article->title = "Second";
    article->updated_at = long_ago;
    article->revision = corm_some(70);
    assert_ok(session, corm_touch(article, Article_.last)); /* stays what it is, which is NULL */
    assert_ok(session, corm_flush(session));
    assert_stored(session, "2001-01-01 00:00:00.000000|70|NULL",
                  "SELECT updated_at, revision, last FROM articles");
    assert_int_equal(calls, 0);
}

static void a_row_that_only_gets_another_parent_is_written_too(void **state)
{
    corm_session *session = *state;
    Article *article = new_article(session, "Moves");
    assert_ok(session, corm_commit(session));
    assert_ok(session, Article_owner_set(article, new_owner(session, "Other")));
    assert_ok(session, corm_flush(session));
    assert_int_equal(article->revision.value, 1);
    Owner *owner = Article_owner(article);
    assert_ok(session, corm_delete(session, article));
    owner->name = "Not an article";
    assert_ok(session, corm_flush(session));
    assert_int_equal(calls, 1);
}

static void a_function_that_fails_at_update_undoes_the_flush(void **state)
{
    corm_session *session = *state;
    Article *article = new_article(session, "Good");
    assert_ok(session, corm_commit(session));
    article->title = "";
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "articles.last: an empty title makes no slug");
    assert_ok(session, corm_rollback(session));
    assert_string_equal(article->title, "Good");
    assert_false(article->revision.has_value);
    assert_stored(session, "Good|NULL", "SELECT title, revision FROM articles");
}

static void what_a_function_gives_is_validated(void **state)
{
    corm_session *session = *state;
    Broken *broken = corm_new(session, Broken, .name = "a");
    assert_ok(session, corm_add(session, broken));
    assert_ok(session, corm_commit(session));
    broken->name = "b";
    assert_status(session, CORM_REFUSED, corm_flush(session));
    assert_message(
        session, "broken.number: the integer 1 is refused: an odd number (updating Broken \"b\")");
    assert_ok(session, corm_rollback(session));
    broken->name = "b"; /* the next one is even */
    assert_ok(session, corm_commit(session));
    assert_int_equal(broken->number.value, 2);
}

/* ---- Rollback ------------------------------------------------------------------------------------ */

static void after_a_rollback_computed_columns_are_unset_again(void **state)
{
    corm_session *session = *state;
    Article *article = new_article(session, "Again");
    assert_ok(session, corm_flush(session));
    Article *changed = new_article(session, "Changed"), *written = new_article(session, "Written");
    assert_ok(session, corm_flush(session));
    written->slug = "own";
    assert_ok(session, corm_flush(session));
    changed->slug = "mine";
    changed->title = "Renamed";
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(article), CORM_STATE_TRANSIENT);
    assert_true(corm_is_unset(article, Article_.slug));
    assert_true(corm_is_unset(article, Article_.created_at));
    assert_null(article->slug);
    assert_int_equal(article->created_at.year, 0);
    assert_string_equal(article->title, "Again");
    assert_string_equal(changed->slug, "mine"); /* the program's own */
    assert_false(corm_is_unset(changed, Article_.slug));
    assert_string_equal(written->slug, "own");
    assert_true(corm_is_unset(written, Article_.updated_at));
    article->title = "Once more";
    assert_ok(session, corm_add(session, article));
    assert_ok(session, corm_commit(session));
    assert_string_equal(article->slug, "once-more");
}

static void after_a_failed_flush_computed_columns_are_unset_again(void **state)
{
    corm_session *session = *state;
    Article *good = new_article(session, "Good");
    Article *bad = new_article(session, "Bad");
    bad->id = 1;
    bad->slug = "x";
    good->id = 1;
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    Article *both[] = {good, bad};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(corm_state(both[i]), CORM_STATE_TRANSIENT);
        assert_true(corm_is_unset(both[i], Article_.updated_at));
        assert_int_equal(both[i]->updated_at.year, 0);
    }
    assert_null(good->slug);
    assert_string_equal(bad->slug, "x");
    bad->id = 2;
    assert_ok(session, corm_add(session, good));
    assert_ok(session, corm_add(session, bad));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|good;2|x", "SELECT id, slug FROM articles ORDER BY id");
}

static void a_savepoint_restores_what_an_update_computed(void **state)
{
    corm_session *session = *state;
    Article *article = new_article(session, "First");
    assert_ok(session, corm_commit(session));
    corm_savepoint savepoint;
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    article->title = "Second";
    assert_ok(session, corm_flush(session));
    assert_string_equal(article->last, "second");
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_null(article->last);
    assert_false(article->revision.has_value);
    assert_string_equal(article->title, "First");
    record(session);
    assert_ok(session, corm_flush(session));
    assert_no_sql();
}

/* ---- Defaults of the table ------------------------------------------------------------------------ */

/* On a database that cannot return what it has written: a SELECT by key follows. */
static int open_without_returning(void **state)
{
    static corm_adapter adapter;
    static corm_sqlite__config *config;
    corm_engine_options options = {.pool_size = 1};
    adapter = corm_sqlite__adapter;
    adapter.capabilities &= ~(unsigned)CORM_CAN_RETURNING;
    config = corm_sqlite__new_config(":memory:", NULL);
    config->single = true;
    corm_session *session =
        corm_session_open_owning(corm_engine_open(&adapter, config, &desk, &options));
    *state = session;
    if (corm_create_all(session) != CORM_OK)
        return 1;
    record(session);
    return 0;
}

/* The test runs on both. */
#define BOTH_TEST(test_)                                                                           \
    DESK_TEST(test_),                                                                              \
    {                                                                                              \
#test_ " (SELECT)", test_, open_without_returning, close_session, NULL                     \
    }

static Line *new_line(corm_session *session, const char *name, int64_t price)
{
    Line *line = corm_new(session, Line, .name = name, .price = price);
    assert_got(session, line);
    assert_ok(session, corm_add(session, line));
    return line;
}

static bool returns(corm_session *session)
{
    return session->engine->adapter->capabilities & CORM_CAN_RETURNING;
}

static void an_unset_column_gets_the_default_of_the_table_and_is_read_back(void **state)
{
    corm_session *session = *state;
    Line *line = new_line(session, "pen", 7);
    record(session);
    assert_ok(session, corm_flush(session));
    assert_int_equal(line->id, 1);
    assert_int_equal(line->quantity, 1);
    assert_int_equal(line->total, 7);
    assert_string_equal(line->label, "PEN:");
    assert_string_equal(line->state, "it's new");
    assert_true(line->placed.year >= 2024);
    assert_false(corm_is_unset(line, Line_.quantity));
    assert_false(corm_is_modified(line));
    assert_ran(returns(session) ? 2 : 3, ""); /* BEGIN, INSERT and perhaps SELECT */
    if (returns(session))
        assert_string_equal(sql_of("INSERT", 0),
                            "INSERT INTO \"lines\" (\"id\", \"name\", \"price\", \"next_id\") "
                            "VALUES (?1, ?2, ?3, ?4) RETURNING \"id\", \"quantity\", \"total\", "
                            "\"label\", \"placed\", \"state\"");
    record(session);
    assert_ok(session, corm_flush(session));
    assert_no_sql();
    assert_stored(session, "1|7|PEN:|it's new", "SELECT quantity, total, label, state FROM lines");
}

static void a_given_value_takes_the_place_of_the_default(void **state)
{
    corm_session *session = *state;
    Line *line = corm_new(session, Line, .name = "ink", .price = 5, .quantity = 0, .state = NULL,
                          .placed = long_ago);
    assert_ok(session, corm_add(session, line));
    Line *other = new_line(session, "pad", 2); /* with other columns: another statement */
    assert_ok(session, corm_flush(session));
    assert_int_equal(line->total, 0);
    assert_null(line->state);
    assert_int_equal(other->total, 2);
    assert_stored(session, "0|0|NULL|2001-01-01 00:00:00.000000",
                  "SELECT quantity, total, state, placed FROM lines WHERE id = 1");
    assert_ptr_equal(corm_get(session, Line, 2), other);
}

static void a_row_may_come_from_defaults_alone(void **state)
{
    corm_session *session = *state;
    Stamp *stamp = corm_new(session, Stamp, .code = "abc");
    assert_ok(session, corm_add(session, stamp));
    assert_ok(session, corm_flush(session));
    assert_int_equal(stamp->number.value, 42);
    assert_string_equal(stamp->shout, "ABC");
}

/* ---- Columns that the database computes ------------------------------------------------------------- */

static void a_generated_column_is_read_back_after_an_update_of_the_row(void **state)
{
    corm_session *session = *state;
    Line *line = new_line(session, "pen", 7);
    assert_ok(session, corm_commit(session));
    line->quantity = 6;
    line->name = "pencil";
    record(session);
    assert_ok(session, corm_flush(session));
    assert_int_equal(line->total, 42);
    assert_string_equal(line->label, "PENCIL:");
    if (returns(session)) {
        assert_ran(2, "");
        assert_string_equal(sql_of("UPDATE", 0),
                            "UPDATE \"lines\" SET \"name\" = ?1, \"quantity\" = ?2 WHERE \"id\" = "
                            "?3 RETURNING \"total\", \"label\"");
    }
    assert_false(corm_is_modified(line));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(line->total, 7);
    assert_string_equal(line->label, "PEN:");
    assert_string_equal(line->name, "pen");
}

static void a_generated_column_cannot_be_assigned(void **state)
{
    corm_session *session = *state;
    Line *line = corm_new(session, Line, .name = "ink", .price = 5, .total = 5);
    assert_ok(session, corm_add(session, line));
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "lines.total: the database computes it (.generated), the program may "
                            "only read it (Line \"ink\"): do not assign it");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_unset(line, Line_.total));
    assert_ok(session, corm_add(session, line));
    assert_ok(session, corm_commit(session));
    line->label = "mine";
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "lines.label: the database computes it");
    assert_ok(session, corm_rollback(session));
    assert_string_equal(line->label, "INK:");
    record(session);
    assert_ok(session, corm_touch(line, Line_.total)); /* there is nothing to write */
    assert_ok(session, corm_flush(session));
    assert_no_sql();
}

static void a_circle_of_new_rows_is_read_back_whole(void **state)
{
    corm_session *session = *state;
    Line *a = new_line(session, "a", 1), *b = new_line(session, "b", 2);
    assert_ok(session, Line_next_set(a, b));
    assert_ok(session, Line_next_set(b, a));
    assert_ok(session, corm_flush(session));
    assert_string_equal(a->label, "A:");
    assert_int_equal(b->total, 2);
    assert_ok(session, corm_delete(session, a));
    assert_ok(session, corm_delete(session, b));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "0", "SELECT count(*) FROM lines");
}

static void a_row_given_to_a_new_object_gets_the_defaults_again(void **state)
{
    corm_session *session = *state;
    Stamp *old = corm_new(session, Stamp, .code = "abc", .number = corm_some(1));
    assert_ok(session, corm_add(session, old));
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_delete(session, old));
    Stamp *stamp = corm_new(session, Stamp, .code = "abc");
    assert_ok(session, corm_add(session, stamp));
    record(session);
    assert_ok(session, corm_flush(session));
    assert_ran(0, "INSERT");
    assert_int_equal(stamp->number.value, 42);
    assert_string_equal(stamp->shout, "ABC");
    assert_ok(session, corm_rollback(session));
    assert_true(corm_is_unset(stamp, Stamp_.number));
    assert_null(stamp->shout);
    assert_int_equal(old->number.value, 1);
    assert_string_equal(old->shout, "ABC");
}

static void after_a_rollback_columns_of_the_database_are_unset_again(void **state)
{
    corm_session *session = *state;
    Line *line = new_line(session, "pen", 7);
    assert_ok(session, corm_flush(session));
    line->quantity = 3;
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(line), CORM_STATE_TRANSIENT);
    assert_true(corm_is_unset(line, Line_.total));
    assert_true(corm_is_unset(line, Line_.state));
    assert_null(line->state);
    assert_null(line->label);
    assert_int_equal(line->total, 0);
    assert_ok(session, corm_add(session, line));
    assert_ok(session, corm_commit(session));
    assert_string_equal(line->state, "it's new");
    assert_int_equal(line->total, 21); /* it keeps what was assigned */
}

static void a_constraint_is_told_as_ever(void **state)
{
    corm_session *session = *state;
    Line *line = new_line(session, "pen", 7);
    line->id = 3;
    line->next_id = corm_some(99);
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session, "lines.next_id = 99: no lines.id 99 (inserting Line \"pen\")");
    assert_ok(session, corm_clear(session));
    Line *first = new_line(session, "a", 1), *second = new_line(session, "b", 1);
    first->id = second->id = 5;
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_message(session, "lines.id = 5: there is a row with this already");
}

static void what_the_database_gives_must_fit_the_member(void **state)
{
    corm_session *session = *state;
    run_sql(session, "DROP TABLE stamps; CREATE TABLE stamps (code TEXT PRIMARY KEY, "
                     "number DEFAULT 'many', shout AS (upper(code)))");
    Stamp *stamp = corm_new(session, Stamp, .code = "abc");
    assert_ok(session, corm_add(session, stamp));
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "stamps.number: the text 'many' is not an INTEGER of 64 bits");
}

static void an_insert_that_stores_nothing_is_an_error_here_too(void **state)
{
    corm_session *session = *state;
    run_sql(session, "CREATE TRIGGER t BEFORE INSERT ON lines BEGIN SELECT raise(ignore); END");
    (void)new_line(session, "pen", 7);
    assert_status(session, CORM_DATABASE, corm_flush(session));
    assert_message(session, "lines: the INSERT of Line \"pen\" stored no row");
}

static void an_update_of_a_row_that_is_gone_is_stale_here_too(void **state)
{
    corm_session *session = *state;
    Line *line = new_line(session, "pen", 7);
    assert_ok(session, corm_commit(session));
    run_sql(session, "DELETE FROM lines");
    line->price = 8;
    assert_status(session, CORM_STALE_DATA, corm_flush(session));
}

static void tables_with_generated_columns_are_compared(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_check_tables(session));
    run_sql(session, "DROP TABLE stamps; CREATE TABLE stamps (code TEXT NOT NULL PRIMARY KEY, "
                     "number INTEGER, shout TEXT)");
    assert_status(session, CORM_SCHEMA_MISMATCH, corm_check_tables(session));
    assert_message(session, "stamps.shout: is not computed by the database in the table, but is "
                            ".generated in model Stamp");
    run_sql(session, "DROP TABLE stamps; CREATE TABLE stamps (code TEXT NOT NULL PRIMARY KEY, "
                     "number INTEGER AS (1), shout TEXT AS (2), own INTEGER NOT NULL AS (3))");
    assert_status(session, CORM_SCHEMA_MISMATCH, corm_check_tables(session));
    assert_message(session, "stamps.number: is computed by the database in the table, but not "
                            ".generated in model Stamp");
    /* one that the model does not know is not in its way */
    run_sql(session, "DROP TABLE stamps; CREATE TABLE stamps (code TEXT NOT NULL PRIMARY KEY, "
                     "number INTEGER, shout TEXT AS (2), own INTEGER NOT NULL AS (3))");
    assert_ok(session, corm_check_tables(session));
}

/* ---- The plan ------------------------------------------------------------------------------------ */

static void the_plan_names_the_columns_that_are_computed(void **state)
{
    corm_session *session = *state;
    Article *article = new_article(session, "Plan");
    assert_ok(session, corm_commit(session));
    article->title = "Planned";
    article->revision = corm_some(3);
    corm_plan plan = corm_session_plan(session);
    assert_int_equal(plan.count, 1);
    assert_string_equal(plan.items[0].text,
                        "UPDATE articles#1: title, revision changed, updated_at, last computed");
    assert_int_equal(calls, 0); /* nothing is computed for a plan */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(a_function_gives_the_value_of_an_unset_column_at_insert),
        DESK_TEST(a_given_value_is_kept),
        DESK_TEST(every_row_of_a_flush_has_the_same_moment),
        DESK_TEST(functions_serve_every_kind),
        DESK_TEST(a_key_may_come_from_a_function),
        DESK_TEST(a_foreign_key_has_its_function_only_where_no_object_is_linked),
        DESK_TEST(a_function_says_why_there_is_no_value),
        DESK_TEST(a_function_gives_the_value_when_the_row_is_written_anyway),
        DESK_TEST(a_value_that_the_program_has_changed_is_kept_at_update),
        DESK_TEST(a_row_that_only_gets_another_parent_is_written_too),
        DESK_TEST(a_function_that_fails_at_update_undoes_the_flush),
        DESK_TEST(what_a_function_gives_is_validated),
        DESK_TEST(after_a_rollback_computed_columns_are_unset_again),
        DESK_TEST(after_a_failed_flush_computed_columns_are_unset_again),
        DESK_TEST(a_savepoint_restores_what_an_update_computed),
        BOTH_TEST(an_unset_column_gets_the_default_of_the_table_and_is_read_back),
        BOTH_TEST(a_given_value_takes_the_place_of_the_default),
        BOTH_TEST(a_row_may_come_from_defaults_alone),
        BOTH_TEST(a_generated_column_is_read_back_after_an_update_of_the_row),
        BOTH_TEST(a_generated_column_cannot_be_assigned),
        BOTH_TEST(a_circle_of_new_rows_is_read_back_whole),
        BOTH_TEST(a_row_given_to_a_new_object_gets_the_defaults_again),
        BOTH_TEST(after_a_rollback_columns_of_the_database_are_unset_again),
        BOTH_TEST(a_constraint_is_told_as_ever),
        BOTH_TEST(what_the_database_gives_must_fit_the_member),
        BOTH_TEST(an_insert_that_stores_nothing_is_an_error_here_too),
        BOTH_TEST(an_update_of_a_row_that_is_gone_is_stale_here_too),
        DESK_TEST(tables_with_generated_columns_are_compared),
        DESK_TEST(the_plan_names_the_columns_that_are_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
