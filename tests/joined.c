/* joined: related objects come with a query in the same statement, whatever the session knows
 * already, and LIMIT counts the query's own objects. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define LABEL(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(TEXT,              name)                                                                \
    RELATIONSHIP(ONE_TO_MANY, records, Record, label, .lazy = CORM_LAZY_JOINED,                    \
                 .order_by = corm_by_descending(Record, year))
#define RECORD(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(TEXT,              title)                                                               \
    COLUMN(INTEGER,           year)                                                                \
    COLUMN(OPTIONAL(INTEGER), label_id, .references = corm_ref(Label, id))                         \
    RELATIONSHIP(MANY_TO_ONE, label,    Label,  records, .lazy = CORM_LAZY_JOINED)                 \
    RELATIONSHIP(ONE_TO_ONE,  sleeve,   Sleeve, BACKREF(record), .lazy = CORM_LAZY_JOINED)
#define SLEEVE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              picture)                                                             \
    COLUMN(INTEGER,           record_id, .unique = true, .references = corm_ref(Record, id))
#define PLACE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(TEXT,              code,      .primary_key = true)                                      \
    COLUMN(OPTIONAL(TEXT),    within,    .references = corm_ref(Place, code))                      \
    RELATIONSHIP(ONE_TO_MANY, parts,     Place, whole, .lazy = CORM_LAZY_JOINED, .join_depth = 2)  \
    RELATIONSHIP(MANY_TO_ONE, whole,     Place, parts)
#define STEP(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(OPTIONAL(INTEGER), before_id, .references = corm_ref(Step, id))                         \
    RELATIONSHIP(MANY_TO_ONE, before,    Step, NONE, .lazy = CORM_LAZY_JOINED)
#define CITY(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              name,      .unique = true)
#define PERSON(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(OPTIONAL(TEXT),    city_name, .references = corm_ref(City, name))                       \
    RELATIONSHIP(MANY_TO_ONE, city,      City, NONE)
#define SHOP(MODEL)                                                                                \
    MODEL(Label,  "labels",  LABEL)                                                                \
    MODEL(Record, "records", RECORD)                                                               \
    MODEL(Sleeve, "sleeves", SLEEVE)                                                               \
    MODEL(Place,  "places_1", PLACE)                                                               \
    MODEL(Step,   "steps",   STEP)                                                                 \
    MODEL(City,   "cities",  CITY)                                                                 \
    MODEL(Person, "people",  PERSON)
/* clang-format on */

CORM_SCHEMA(shop, SHOP)

static int open_shop(void **state)
{
    *state = memory_session(&shop);
    return *state == NULL;
}

#define SHOP_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_shop, close_session)

/* Three users, with 3, 2 and no posts; the first user's posts have 2 comments and 2 tags each. */
static void fill_blog(corm_session *session)
{
    User *ann = user_with_posts(session, "ann", 3);
    (void)user_with_posts(session, "ben", 2);
    (void)user_with_posts(session, "cleo", 0);
    Tag *red = corm_new(session, Tag, .name = "red"), *new = corm_new(session, Tag, .name = "new");
    Post_list posts = User_posts(ann);
    for (size_t i = 0; i < posts.count; i++) {
        for (int k = 1; k <= 2; k++)
            assert_ok(session, Post_comments_append(posts.items[i],
                                                    corm_new(session, Comment, .body = "so")));
        assert_ok(session, Post_tags_append(posts.items[i], red));
        assert_ok(session, Post_tags_append(posts.items[i], new));
    }
    start_afresh(session);
}

/* ---- To many ---------------------------------------------------------------------------------- */

static void a_joined_collection_comes_in_the_same_statement(void **state)
{
    corm_session *session = *state;
    fill_blog(session);
    User_list users = corm_all(session, User, .order_by = corm_desc(User_.username),
                               .load = corm_load_joined(User_.posts));
    assert_string_equal(
        sql_of("SELECT", 0),
        "SELECT \"users\".\"id\", \"users\".\"username\", \"users\".\"email\", \"users\".\"age\", "
        "\"users\".\"active\", \"posts_1\".\"id\", \"posts_1\".\"title\", \"posts_1\".\"user_id\" "
        "FROM \"users\" LEFT JOIN \"posts\" AS \"posts_1\" ON \"posts_1\".\"user_id\" = "
        "\"users\".\"id\" ORDER BY \"users\".\"username\" DESC, \"users\".\"id\", "
        "\"posts_1\".\"id\"");
    assert_int_equal(users.count, 3);
    assert_string_equal(users.items[0]->username, "cleo");
    assert_int_equal(User_posts(users.items[0]).count, 0);
    assert_int_equal(User_posts(users.items[1]).count, 2);
    Post_list posts = User_posts(users.items[2]);
    assert_int_equal(posts.count, 3);
    assert_string_equal(posts.items[0]->title, "ann 1");
    assert_string_equal(posts.items[2]->title, "ann 3");
    assert_ptr_equal(Post_author_user(posts.items[2]), users.items[2]);
    assert_ran(1, "SELECT");
}

static void limit_and_offset_count_parents_and_not_rows(void **state)
{
    corm_session *session = *state;
    fill_blog(session);
    User_list users = corm_all(session, User, .where = corm_ne(User_.username, "zoe"),
                               .order_by = corm_asc(User_.username), .limit = 2, .offset = 1,
                               .load = corm_load_joined(User_.posts));
    assert_int_equal(users.count, 2);
    assert_string_equal(users.items[0]->username, "ben");
    assert_string_equal(users.items[1]->username, "cleo");
    assert_int_equal(User_posts(users.items[0]).count, 2);
    assert_ran(1, "SELECT");
    assert_part(sql_of("SELECT", 0), "FROM (SELECT");
    assert_part(sql_of("SELECT", 0), "LIMIT ?2 OFFSET ?3) AS \"users\" LEFT JOIN");
    assert_string_equal(values_of("SELECT", 0), "'zoe', 2, 1");
    User *first = corm_first(session, User, .load = corm_load_joined(User_.posts));
    assert_string_equal(first->username, "ann");
    assert_int_equal(User_posts(first).count, 3);
    User *only = corm_one(session, User, .where = corm_eq(User_.username, "ann"),
                          .load = corm_load_joined(User_.posts));
    assert_ptr_equal(only, first);
    assert_ran(3, "SELECT");
}

static void a_limit_without_collections_needs_no_subquery(void **state)
{
    corm_session *session = *state;
    fill_blog(session);
    Post_list posts =
        corm_all(session, Post, .where = corm_gt(Post_.id, 1), .order_by = corm_asc(Post_.id),
                 .limit = 2, .load = corm_load_joined(Post_.author_user));
    assert_int_equal(posts.count, 2);
    assert_string_equal(Post_author_user(posts.items[0])->username, "ann");
    assert_null(strstr(sql_of("SELECT", 0), "(SELECT"));
    assert_part(sql_of("SELECT", 0), "WHERE \"posts\".\"id\" > ?1");
    assert_ran(1, "SELECT");
}

static void collections_side_by_side_and_below_each_other_hold_each_item_once(void **state)
{
    corm_session *session = *state;
    fill_blog(session);
    User_list users =
        corm_all(session, User, .load = corm_load_joined(User_.posts, Post_.comments, Post_.tags));
    assert_int_equal(users.count, 3);
    Post_list posts = User_posts(users.items[0]);
    assert_int_equal(posts.count, 3);
    for (size_t i = 0; i < posts.count; i++) {
        Comment_list comments = Post_comments(posts.items[i]);
        assert_int_equal(comments.count, 2);
        assert_true(comments.items[0]->id < comments.items[1]->id);
        Tag_list tags = Post_tags(posts.items[i]);
        assert_int_equal(tags.count, 2);
        assert_string_equal(tags.items[0]->name, "red");
        assert_string_equal(tags.items[1]->name, "new");
    }
    assert_ran(1, "SELECT");
    /* what came together is loaded further together */
    assert_int_equal(Tag_posts(Post_tags(posts.items[0]).items[0]).count, 3);
    assert_int_equal(Tag_posts(Post_tags(posts.items[0]).items[1]).count, 3);
    assert_ran(2, "SELECT");
}

static void a_many_to_many_is_joined_through_its_table(void **state)
{
    corm_session *session = *state;
    fill_blog(session);
    Tag_list tags = corm_all(session, Tag, .order_by = corm_asc(Tag_.name),
                             .load = corm_load_joined(Tag_posts_, Post_.tags));
    assert_int_equal(tags.count, 2);
    assert_string_equal(tags.items[0]->name, "new");
    assert_int_equal(Tag_posts(tags.items[0]).count, 3);
    assert_int_equal(Tag_posts(tags.items[1]).count, 3);
    assert_int_equal(Post_tags(Tag_posts(tags.items[1]).items[2]).count, 2);
    assert_ran(1, "SELECT");
    assert_part(sql_of("SELECT", 0),
                "LEFT JOIN \"post_tags\" AS \"post_tags_2\" ON \"post_tags_2\".\"tag_id\" = "
                "\"tags\".\"id\" LEFT JOIN \"posts\" AS \"posts_1\" ON \"posts_1\".\"id\" = "
                "\"post_tags_2\".\"post_id\"");
}

/* ---- Ways together ------------------------------------------------------------------------------ */

static void ways_of_loading_can_be_mixed_in_one_query(void **state)
{
    corm_session *session = *state;
    fill_blog(session);
    User_list users = corm_all(
        session, User, .load = corm_loads(corm_load_joined(User_.posts), corm_load(Post_.tags)));
    assert_ran(2, "SELECT");
    assert_int_equal(Post_tags(User_posts(users.items[0]).items[1]).count, 2);
    assert_ran(2, "SELECT");
}

static void below_a_statement_of_its_own_a_join_becomes_one_too(void **state)
{
    corm_session *session = *state;
    fill_blog(session);
    User_list users =
        corm_all(session, User,
                 .load = corm_loads(corm_load(User_.posts), corm_load_joined(Post_.comments)));
    assert_ran(3, "SELECT");
    assert_int_equal(Post_comments(User_posts(users.items[0]).items[1]).count, 2);
    assert_ran(3, "SELECT");
}

static void a_relationship_out_of_reach_is_refused_by_name(void **state)
{
    corm_session *session = *state;
    User_list users = corm_all(session, User, .load = corm_load_joined(Post_.comments));
    assert_int_equal(users.count, 0);
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_message(session, "Post.comments");
    assert_message(session, "leads to Post");
    users = corm_all(session, User,
                     .load = corm_loads(corm_load(User_.posts, User_.posts, User_.posts),
                                        corm_load(User_.posts, User_.posts, User_.posts),
                                        corm_load(User_.posts, User_.posts, User_.posts)));
    assert_int_equal(corm_last_status(), CORM_MISUSE);
    assert_message(session, "9 relationships to load, at most 8");
}

/* ---- Declared ------------------------------------------------------------------------------------ */

/* Two labels with 2 and 0 records, a record without a label; each record has a sleeve. */
static void fill_shop(corm_session *session)
{
    static const char *const titles[] = {"old", "young", "lost"};
    Label *label = corm_new(session, Label, .name = "big");
    assert_ok(session, corm_add(session, label));
    assert_ok(session, corm_add(session, corm_new(session, Label, .name = "idle")));
    for (int i = 0; i < 3; i++) {
        Record *record = corm_new(session, Record, .title = titles[i], .year = 1990 + i);
        assert_ok(session, corm_add(session, record));
        assert_ok(session, Record_sleeve_set(record, corm_new(session, Sleeve, .picture = "x")));
        if (i < 2)
            assert_ok(session, Label_records_append(label, record));
    }
    start_afresh(session);
}

static void what_is_declared_joined_comes_with_every_query(void **state)
{
    corm_session *session = *state;
    fill_shop(session);
    Label_list labels = corm_all(session, Label);
    assert_int_equal(labels.count, 2);
    Record_list records = Label_records(labels.items[0]);
    assert_int_equal(records.count, 2);
    assert_string_equal(records.items[0]->title, "young"); /* the newest first */
    assert_string_equal(Record_sleeve(records.items[0])->picture, "x");
    assert_ptr_equal(Record_label(records.items[1]), labels.items[0]);
    assert_int_equal(Label_records(labels.items[1]).count, 0);
    assert_ran(1, "SELECT");
}

static void to_one_ends_are_joined_and_may_be_missing(void **state)
{
    corm_session *session = *state;
    fill_shop(session);
    Record_list records = corm_all(session, Record, .order_by = corm_asc(Record_.id));
    assert_int_equal(records.count, 3);
    assert_string_equal(Record_label(records.items[0])->name, "big");
    assert_null(Record_label(records.items[2]));
    assert_ptr_equal(Sleeve_record(Record_sleeve(records.items[2])), records.items[2]);
    assert_ran(1, "SELECT");
    run_sql(session, "DELETE FROM sleeves");
    start_afresh(session);
    assert_null(Record_sleeve(corm_get(session, Record, 1)));
    assert_ran(1, "SELECT");
}

static void get_and_refresh_join_too(void **state)
{
    corm_session *session = *state;
    fill_shop(session);
    Label *label = corm_get(session, Label, 1);
    assert_int_equal(Label_records(label).count, 2);
    assert_ran(1, "SELECT");
    assert_part(sql_of("SELECT", 0), "WHERE \"labels\".\"id\" = ?1 ORDER BY");
    run_sql(session, "UPDATE labels SET name = 'bigger' WHERE id = 1;"
                     "UPDATE records SET label_id = 1 WHERE title = 'lost'");
    assert_ok(session, corm_refresh(session, label));
    assert_string_equal(label->name, "bigger");
    assert_int_equal(Label_records(label).count, 3);
    assert_ran(2, "SELECT");
    assert_null(corm_get(session, Label, 77));
    assert_int_equal(corm_last_status(), CORM_OK);
}

static void a_query_may_leave_out_what_is_declared(void **state)
{
    corm_session *session = *state;
    fill_shop(session);
    Label_list labels = corm_all(session, Label, .load = corm_load_later(Label_.records));
    assert_null(strstr(sql_of("SELECT", 0), "JOIN"));
    assert_int_equal(Label_records(labels.items[0]).count, 2);
    assert_ran(2, "SELECT");
}

static void a_tree_is_followed_as_deep_as_join_depth_says(void **state)
{
    corm_session *session = *state;
    Place *above = corm_new(session, Place, .code = "1");
    assert_ok(session, corm_add(session, above));
    for (int i = 2; i <= 5; i++) {
        Place *place = corm_new(session, Place, .code = corm_text(session, "%d", i));
        assert_ok(session, Place_parts_append(above, place));
        above = place;
    }
    start_afresh(session);
    Place *top = corm_first(session, Place, .where = corm_eq(Place_.code, "1"));
    assert_ran(1, "SELECT");
    assert_part(sql_of("SELECT", 0), "\"places_1_1_\".\"within\" = \"places_1\".\"code\"");
    Place *second = Place_parts(top).items[0];
    Place *third = Place_parts(second).items[0];
    assert_string_equal(third->code, "3");
    assert_ran(1, "SELECT");
    assert_int_equal(Place_parts(third).count, 1); /* deeper: on access */
    assert_ran(2, "SELECT");
}

static void without_a_depth_a_model_is_joined_to_itself_once(void **state)
{
    corm_session *session = *state;
    Step *before = NULL;
    for (int i = 1; i <= 4; i++) {
        Step *step = corm_new(session, Step);
        assert_ok(session, corm_add(session, step));
        assert_ok(session, Step_before_set(step, before));
        before = step;
    }
    start_afresh(session);
    Step *step = corm_get(session, Step, 4);
    assert_int_equal(Step_before(step)->id, 3);
    assert_ran(1, "SELECT");
    assert_int_equal(Step_before(Step_before(step))->id, 2);
    assert_ran(2, "SELECT");
    assert_ok(session, corm_clear(session));
    record(session);
    /* named once for each level */
    step = corm_first(session, Step, .where = corm_eq(Step_.id, 4),
                      .load = corm_load_joined(Step_.before, Step_.before, Step_.before));
    assert_int_equal(Step_before(Step_before(Step_before(step)))->id, 1);
    assert_ran(1, "SELECT");
}

static void a_reference_to_another_column_than_the_key_is_joined(void **state)
{
    corm_session *session = *state;
    City *city = corm_new(session, City, .name = "Bonn");
    assert_ok(session, corm_add(session, city));
    for (int i = 0; i < 3; i++) {
        Person *person = corm_new(session, Person);
        assert_ok(session, corm_add(session, person));
        if (i < 2)
            assert_ok(session, Person_city_set(person, city));
    }
    start_afresh(session);
    Person_list people = corm_all(session, Person, .load = corm_load_joined(Person_.city));
    assert_string_equal(Person_city(people.items[0])->name, "Bonn");
    assert_ptr_equal(Person_city(people.items[1]), Person_city(people.items[0]));
    assert_null(Person_city(people.items[2]));
    assert_ran(1, "SELECT");
    assert_ok(session, corm_clear(session));
    record(session);
    people =
        corm_all(session, Person, .load = corm_load(Person_.city)); /* joined, for that reason */
    assert_string_equal(Person_city(people.items[1])->name, "Bonn");
    assert_ran(1, "SELECT");
}

/* ---- What the session knows already ------------------------------------------------------------- */

static void what_was_changed_and_not_flushed_is_kept(void **state)
{
    corm_session *session = *state;
    fill_blog(session);
    User *ann = corm_get(session, User, 1);
    Post *first = corm_get(session, Post, 1), *second = corm_get(session, Post, 2);
    first->title = "changed";
    assert_ok(session, User_posts_remove(ann, second));
    Post *more = corm_new(session, Post, .title = "more");
    assert_ok(session, User_posts_append(ann, more));
    User_list users = corm_all(session, User, .load = corm_load_joined(User_.posts));
    assert_ptr_equal(users.items[0], ann);
    Post_list posts = User_posts(ann);
    assert_int_equal(posts.count, 3);
    assert_ptr_equal(posts.items[0], first);
    assert_string_equal(posts.items[0]->title, "changed");
    assert_ptr_equal(posts.items[2], more);
    assert_ok(session, corm_rollback(session));
    users = corm_all(session, User, .load = corm_load_joined(User_.posts));
    posts = User_posts(ann);
    assert_int_equal(posts.count, 3);
    assert_ptr_equal(posts.items[1], second);
    assert_string_equal(first->title, "ann 1");
}

static void without_autoflush_rows_and_changes_are_merged(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", &blog, NULL);
    corm_session *session =
        corm_session_open(engine, &(corm_session_options){.no_autoflush = true});
    assert_ok(session, corm_create_all(session));
    User *ann = user_with_posts(session, "ann", 3);
    start_afresh(session);
    ann = corm_get(session, User, 1);
    Post *first = corm_get(session, Post, 1), *second = corm_get(session, Post, 2);
    first->title = "changed";
    assert_ok(session, User_posts_remove(ann, second));
    Post *more = corm_new(session, Post, .title = "more");
    assert_ok(session, User_posts_append(ann, more));
    record(session);
    (void)corm_all(session, User, .load = corm_load_joined(User_.posts, Post_.author_user));
    assert_ran(1, "SELECT");
    Post_list posts = User_posts(ann);
    assert_int_equal(posts.count, 3);
    assert_string_equal(posts.items[0]->title, "changed");
    assert_string_equal(posts.items[1]->title, "ann 3");
    assert_ptr_equal(posts.items[2], more);
    assert_null(Post_author_user(second));
    assert_ran(1, "SELECT");
    assert_ok(session, corm_commit(session));
    assert_stored(session, "changed;ann 3;more", "SELECT title FROM posts ORDER BY id");
    corm_session_close(session);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

static void a_loaded_collection_stays_as_it_is(void **state)
{
    corm_session *session = *state;
    fill_blog(session);
    User *ann = corm_get(session, User, 1);
    Post_list before = User_posts(ann);
    run_sql(session, "DELETE FROM comments; DELETE FROM post_tags; DELETE FROM posts WHERE id = 2");
    (void)corm_all(session, User, .load = corm_load_joined(User_.posts));
    assert_ptr_equal(User_posts(ann).items, before.items);
    assert_int_equal(User_posts(ann).count, 3);
    assert_ok(session, corm_expire(session, ann));
    (void)corm_all(session, User, .load = corm_load_joined(User_.posts));
    record(session);
    assert_int_equal(User_posts(ann).count, 2);
    assert_no_sql();
}

static void a_commit_expires_what_was_joined(void **state)
{
    corm_session *session = *state;
    fill_shop(session);
    Label *label = corm_get(session, Label, 1);
    assert_int_equal(Label_records(label).count, 2);
    assert_ok(session, corm_commit(session));
    run_sql(session, "UPDATE records SET title = 'new', label_id = 1 WHERE id = 3");
    record(session);
    assert_ptr_equal(corm_get(session, Label, 1), label);
    assert_int_equal(Label_records(label).count, 3);
    assert_string_equal(Label_records(label).items[0]->title, "new");
    assert_ran(1, "SELECT");
}

static void a_flush_in_between_does_not_disturb(void **state)
{
    corm_session *session = *state;
    fill_shop(session);
    Label_list labels = corm_all(session, Label);
    Record *lost = corm_get(session, Record, 3);
    assert_ok(session, Label_records_append(labels.items[1], lost));
    assert_ok(session,
              Label_records_remove(labels.items[0], Label_records(labels.items[0]).items[0]));
    assert_ok(session, corm_flush(session));
    labels = corm_all(session, Label);
    assert_int_equal(Label_records(labels.items[0]).count, 1);
    assert_ptr_equal(Label_records(labels.items[1]).items[0], lost);
    assert_ok(session, corm_rollback(session));
    labels = corm_all(session, Label);
    assert_int_equal(Label_records(labels.items[0]).count, 2);
    assert_int_equal(Label_records(labels.items[1]).count, 0);
}

static void a_joined_row_that_does_not_fit_is_an_error(void **state)
{
    corm_session *session = *state;
    fill_shop(session);
    run_sql(session, "UPDATE records SET year = 'long ago' WHERE id = 1");
    assert_int_equal(corm_all(session, Label).count, 0);
    assert_int_equal(corm_last_status(), CORM_DATA);
    assert_message(session, "records.year");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_all(session, Label).count, 2);
}

static void what_is_declared_is_counted_without_joins(void **state)
{
    corm_session *session = *state;
    fill_shop(session);
    assert_int_equal(corm_count(session, Label, .limit = 5), 2);
    assert_null(strstr(sql_of("SELECT", 0), "JOIN"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(a_joined_collection_comes_in_the_same_statement),
        BLOG_TEST(limit_and_offset_count_parents_and_not_rows),
        BLOG_TEST(a_limit_without_collections_needs_no_subquery),
        BLOG_TEST(collections_side_by_side_and_below_each_other_hold_each_item_once),
        BLOG_TEST(a_many_to_many_is_joined_through_its_table),
        BLOG_TEST(ways_of_loading_can_be_mixed_in_one_query),
        BLOG_TEST(below_a_statement_of_its_own_a_join_becomes_one_too),
        BLOG_TEST(a_relationship_out_of_reach_is_refused_by_name),
        SHOP_TEST(what_is_declared_joined_comes_with_every_query),
        SHOP_TEST(to_one_ends_are_joined_and_may_be_missing),
        SHOP_TEST(get_and_refresh_join_too),
        SHOP_TEST(a_query_may_leave_out_what_is_declared),
        SHOP_TEST(a_tree_is_followed_as_deep_as_join_depth_says),
        SHOP_TEST(without_a_depth_a_model_is_joined_to_itself_once),
        SHOP_TEST(a_reference_to_another_column_than_the_key_is_joined),
        BLOG_TEST(what_was_changed_and_not_flushed_is_kept),
        cmocka_unit_test(without_autoflush_rows_and_changes_are_merged),
        BLOG_TEST(a_loaded_collection_stays_as_it_is),
        SHOP_TEST(a_commit_expires_what_was_joined),
        SHOP_TEST(a_flush_in_between_does_not_disturb),
        SHOP_TEST(a_joined_row_that_does_not_fit_is_an_error),
        SHOP_TEST(what_is_declared_is_counted_without_joins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
