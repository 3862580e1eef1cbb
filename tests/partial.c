/* partial: a query shows a part of a collection; what is stored, and what is written, is the whole. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define FOLDER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Folder, id))                       \
    RELATIONSHIP(ONE_TO_MANY, children, Folder, BACKREF(parent))                                   \
    RELATIONSHIP(ONE_TO_MANY, things,   Thing,  folder, .cascade = CORM_CASCADE_ALL,               \
                 .order_by = corm_by(Thing, name), .lazy = CORM_LAZY_SELECTIN)                     \
    RELATIONSHIP(ONE_TO_MANY, large,    Thing,  NONE, .view_only = true,                           \
                 .filter = corm_filter(Thing, size, GE, 10))
#define THING(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,        .primary_key = true)                                                \
    COLUMN(TEXT,    kind)                                                                          \
    COLUMN(TEXT,    name)                                                                          \
    COLUMN(INTEGER, size)                                                                          \
    COLUMN(INTEGER, folder_id, .references = corm_ref(Folder, id))                                 \
    RELATIONSHIP(MANY_TO_ONE, folder, Folder, things)
#define PICTURE(COLUMN, RELATIONSHIP) THING(COLUMN, CORM_INHERITED)                                \
    COLUMN(INTEGER, width)                                                                         \
    RELATIONSHIP(ONE_TO_MANY, marks, Mark, picture, .cascade = CORM_CASCADE_ALL)
#define MARK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,         .primary_key = true)                                               \
    COLUMN(INTEGER, x)                                                                             \
    COLUMN(INTEGER, picture_id, .references = corm_ref(Picture, id))                               \
    RELATIONSHIP(MANY_TO_ONE, picture, Picture, marks)
#define SEAT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, row,    .primary_key = true)                                                   \
    COLUMN(INTEGER, place,  .primary_key = true)                                                   \
    RELATIONSHIP(ONE_TO_MANY, tickets, Ticket, seat,                                               \
                 .join = corm_join(Ticket, row, Seat, row, Ticket, place, Seat, place))
#define TICKET(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,     .primary_key = true)                                                   \
    COLUMN(INTEGER, row)                                                                           \
    COLUMN(INTEGER, place)                                                                         \
    COLUMN(BOOLEAN, paid)                                                                          \
    RELATIONSHIP(MANY_TO_ONE, seat, Seat, tickets)
#define FOLDERS(MODEL)                                                                             \
    MODEL(Folder,  "folders",  FOLDER)                                                             \
    MODEL(Thing,   "things",   THING, .discriminator = corm_member(Thing, kind), .identity = "thing") \
    MODEL(Picture, "pictures", PICTURE, .inherits = corm_base(Thing), .identity = "picture")       \
    MODEL(Mark,    "marks",    MARK)                                                               \
    MODEL(Seat,    "seats",    SEAT)                                                               \
    MODEL(Ticket,  "tickets",  TICKET)
/* clang-format on */

CORM_SCHEMA(folders, FOLDERS)

/* Two folders with three folders each, and these with 4 things of sizes 5, 10, 15, 20, each second one
 * a picture with two marks. */
static int open_folders(void **state)
{
    corm_session *session = *state = memory_session(&folders);
    if (session == NULL)
        return 1;
    run_sql(session, "INSERT INTO folders VALUES (1, 'a', NULL), (2, 'b', NULL)");
    run_sql(session, "INSERT INTO folders SELECT 10 * f.id + n.column1, f.name || n.column1, f.id "
                     "FROM folders f, (VALUES (1), (2), (3)) n");
    run_sql(
        session,
        "INSERT INTO things SELECT 10 * f.id + n.column1, "
        "iif(n.column1 % 2, 'thing', 'picture'), "
        "char(105 - n.column1), 5 * n.column1, f.id FROM folders f, (VALUES (1), (2), (3), (4)) n");
    run_sql(session, "INSERT INTO pictures SELECT id, 7 FROM things WHERE kind = 'picture'");
    run_sql(session, "INSERT INTO marks SELECT NULL, n.column1, p.id FROM pictures p, "
                     "(VALUES (1), (2)) n");
    run_sql(session, "INSERT INTO seats VALUES (1, 1), (1, 2), (2, 1)");
    run_sql(session, "INSERT INTO tickets SELECT NULL, row, place, n.column1 FROM seats, "
                     "(VALUES (0), (1), (1)) n");
    start_afresh(session);
    return 0;
}

#define FOLDERS_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_folders, close_session)

static void stock(corm_session *session, int users)
{
    for (int i = 0; i < users; i++)
        (void)user_with_posts(session, corm_text(session, "user%02d", i), 6);
    start_afresh(session);
}

/* The ids of a list: "3 2 1". */
static const char *ids(Post_list posts)
{
    static char text[400];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < posts.count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%lld", i > 0 ? " " : "",
                                 (long long)posts.items[i]->id);
    return text;
}

static void a_collection_shows_what_meets_the_condition_in_the_given_order(void **state)
{
    corm_session *session = *state;
    stock(session, 3);
    for (int joined = 0; joined < 2; joined++) {
        User_list users =
            corm_all(session, User, .order_by = corm_asc(User_.id),
                     .load = corm_load_where(
                         User_.posts, .where = corm_not(corm_in(Post_.id, ((int64_t[]){2, 9}), 2)),
                         .order_by = corm_desc(Post_.title), .joined = joined == 1));
        assert_int_equal(users.count, 3);
        record(session);
        assert_string_equal(ids(User_posts(users.items[0])), "6 5 4 3 1");
        assert_string_equal(ids(User_posts(users.items[1])), "12 11 10 8 7");
        assert_int_equal(User_posts_count(users.items[0]), 5);
        assert_true(User_posts_contains(users.items[0], corm_get(session, Post, 6)));
        assert_ptr_equal(Post_author_user(User_posts(users.items[1]).items[0]), users.items[1]);
        assert_no_sql();
        assert_ok(session, corm_clear(session));
    }
}

static void each_way_takes_so_many_statements(void **state)
{
    corm_session *session = *state;
    stock(session, 20);
    record(session);
    (void)corm_all(session, User,
                   .load = corm_load_where(User_.posts, .where = corm_ge(Post_.id, 3)));
    assert_ran(2, "SELECT");
    assert_part(sql_of("SELECT", 1), " AND \"id\" >= ?65 ORDER BY \"id\"");
    record(session);
    (void)corm_all(
        session, User,
        .load = corm_load_where(User_.posts,
                                .where = corm_or(corm_ge(Post_.id, 3), corm_eq(Post_.title, "x")),
                                .joined = true));
    assert_ran(1, "SELECT");
    assert_part(sql_of("SELECT", 0), "ON \"posts_1\".\"user_id\" = \"users\".\"id\" AND "
                                     "(\"posts_1\".\"id\" >= ?1 OR \"posts_1\".\"title\" = ?2)");
}

static void the_limit_counts_for_each_owner(void **state)
{
    corm_session *session = *state;
    stock(session, 3);
    User_list users =
        corm_all(session, User, .order_by = corm_asc(User_.id), .limit = 2,
                 .load = corm_load_where(User_.posts, .where = corm_ne(Post_.id, 5), .limit = 2,
                                         .order_by = corm_desc(Post_.id)));
    assert_ran(2, "SELECT");
    assert_string_equal(ids(User_posts(users.items[0])), "6 4");
    assert_string_equal(ids(User_posts(users.items[1])), "12 11");
    /* a joined one gets a statement of its own for it */
    record(session);
    users =
        corm_all(session, User, .load = corm_load_where(User_.posts, .limit = 1, .joined = true));
    assert_ran(2, "SELECT");
    assert_string_equal(ids(User_posts(users.items[0])), "1");
}

static void what_is_hidden_is_never_taken_for_removed(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    User_list users = corm_all(session, User,
                               .load = corm_load_where(User_.posts, .where = corm_eq(Post_.id, 1)));
    User *user = users.items[0];
    user->age = corm_some(5);
    User_posts(user).items[0]->title = "changed";
    assert_ok(session, corm_commit(session));
    assert_stored(session, "12|12", "SELECT count(*), count(user_id) FROM posts");
    /* with the end of the transaction the collection is whole again */
    assert_int_equal(User_posts(user).count, 6);
}

static void append_and_remove_go_on_working_and_show(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    User *user = corm_first(session, User,
                            .load = corm_load_where(User_.posts, .where = corm_le(Post_.id, 2)));
    Post_list before = User_posts(user);
    Post *added = corm_new(session, Post, .title = "added");
    record(session);
    assert_ok(session, User_posts_append(user, added));
    assert_int_equal(User_posts(user).count, 3);
    assert_int_equal(before.count, 2);
    assert_ok(session, User_posts_remove(user, before.items[0]));
    assert_no_sql();
    assert_int_equal(User_posts(user).count, 2);
    assert_ptr_equal(User_posts(user).items[1], added);
    /* one that is hidden */
    Post *hidden = corm_get(session, Post, 6);
    assert_ok(session, User_posts_remove(user, hidden));
    assert_int_equal(User_posts(user).count, 2);
    /* one that is hidden is appended: it was a member, and shows now */
    assert_ok(session, User_posts_append(user, corm_get(session, Post, 5)));
    assert_int_equal(User_posts(user).count, 3);
    /* one of another user moves */
    User *other = corm_get(session, User, 2);
    assert_ok(session, User_posts_append(other, corm_get(session, Post, 4)));
    assert_status(session, CORM_NOT_MEMBER, User_posts_remove(user, corm_get(session, Post, 7)));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2,3,5,13|4,7,8,9,10,11,12",
                  "SELECT (SELECT group_concat(id) FROM posts WHERE user_id = 1), "
                  "(SELECT group_concat(id) FROM posts WHERE user_id = 2)");
}

static void replacing_replaces_all_of_the_collection(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    User *user = corm_first(session, User,
                            .load = corm_load_where(User_.posts, .where = corm_eq(Post_.id, 3)));
    Post *kept[] = {User_posts(user).items[0]};
    assert_ok(session, User_posts_replace(user, kept, 1));
    assert_string_equal(ids(User_posts(user)), "3");
    assert_ok(session, corm_commit(session));
    assert_stored(session, "3", "SELECT group_concat(id) FROM posts");
}

static void deleting_the_owner_cascades_to_what_is_hidden(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    User *user = corm_first(session, User,
                            .load = corm_load_where(User_.posts, .where = corm_eq(Post_.id, 3)));
    assert_int_equal(User_posts(user).count, 1);
    assert_ok(session, corm_delete(session, user));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "6|1",
                  "SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM users)");
}

static void keys_of_hidden_children_become_null_with_their_parent(void **state)
{
    corm_session *session = *state;
    Folder *folder = corm_get(session, Folder, 1);
    folder = corm_one(
        session, Folder, .where = corm_eq(Folder_.id, 1),
        .load = corm_loads(corm_load_where(Folder_.children, .where = corm_eq(Folder_.id, 12)),
                           corm_load_later(Folder_.things)));
    assert_int_equal(Folder_children(folder).count, 1);
    assert_ok(session, corm_delete(session, folder));
    assert_ok(session, corm_commit(session));
    assert_stored(
        session, "3|20",
        "SELECT count(*) FILTER (WHERE parent_id IS NULL AND id > 9), "
        "(SELECT count(*) FROM things WHERE folder_id > 10 AND folder_id < 30) - 4 FROM folders");
}

static void many_to_many_shows_a_part_and_stores_all(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    run_sql(session, "INSERT INTO tags VALUES (1, 'a'), (2, 'b'), (3, 'c')");
    run_sql(session, "INSERT INTO post_tags SELECT posts.id, tags.id FROM posts, tags");
    start_afresh(session);
    for (int joined = 0; joined < 2; joined++) {
        Post_list posts = corm_all(
            session, Post, .order_by = corm_asc(Post_.id),
            .load = corm_load_where(Post_.tags, .where = corm_ge(Tag_.name, "b"),
                                    .order_by = corm_desc(Tag_.name), .joined = joined == 1));
        assert_int_equal(posts.count, 6);
        Tag_list tags = Post_tags(posts.items[5]);
        assert_int_equal(tags.count, 2);
        assert_string_equal(tags.items[0]->name, "c");
        assert_ok(session, corm_clear(session));
    }
}

static void a_tag_that_is_hidden_is_not_linked_twice(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    run_sql(session, "INSERT INTO tags VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')");
    run_sql(session,
            "INSERT INTO post_tags SELECT posts.id, tags.id FROM posts, tags WHERE tags.id < 4");
    Post *post = corm_first(
        session, Post,
        .load = corm_load_where(Post_.tags, .where = corm_eq(Tag_.name, "b"), .limit = 5));
    assert_int_equal(Post_tags(post).count, 1);
    Tag *b = Post_tags(post).items[0];
    assert_ok(session, Post_tags_append(post, corm_get(session, Tag, 1)));
    assert_ok(session, Post_tags_append(post, corm_get(session, Tag, 4)));
    assert_int_equal(Post_tags(post).count, 3);
    record(session);
    assert_ok(session, Post_tags_remove(post, b));
    assert_no_sql();
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1,3,4", "SELECT group_concat(tag_id) FROM post_tags WHERE post_id = 1");
}

static void loading_it_again_shows_what_is_asked_for_then(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    User *user = corm_first(session, User,
                            .load = corm_load_where(User_.posts, .where = corm_eq(Post_.id, 1)));
    assert_string_equal(ids(User_posts(user)), "1");
    (void)corm_first(
        session, User,
        .load = corm_load_where(User_.posts, .where = corm_eq(Post_.id, 2), .joined = true));
    assert_string_equal(ids(User_posts(user)), "2");
    (void)corm_first(session, User); /* not named: it stays */
    assert_string_equal(ids(User_posts(user)), "2");
    (void)corm_first(session, User, .load = corm_load(User_.posts));
    assert_string_equal(ids(User_posts(user)), "1 2 3 4 5 6");
    (void)corm_first(session, User,
                     .load = corm_load_where(User_.posts, .where = corm_eq(Post_.id, 2)));
    assert_string_equal(ids(User_posts(user)), "2"); /* although all are loaded */
    (void)corm_first(session, User, .load = corm_load_joined(User_.posts));
    assert_string_equal(ids(User_posts(user)), "1 2 3 4 5 6");
    (void)corm_first(session, User,
                     .load = corm_load_where(User_.posts, .where = corm_eq(Post_.id, 3)));
    assert_ok(session, corm_refresh(session, user));
    assert_int_equal(User_posts(user).count, 6);
}

static void a_rollback_ends_it(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    User *made = user_with_posts(session, "made", 2);
    assert_ok(session, corm_flush(session));
    (void)corm_all(session, User,
                   .load = corm_load_where(User_.posts, .where = corm_eq(Post_.id, 1)));
    assert_int_equal(User_posts(made).count, 0);
    User *user = corm_get(session, User, 1);
    assert_ok(session, User_posts_append(user, corm_new(session, Post, .title = "x")));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(User_posts(user).count, 6);
    assert_int_equal(corm_state(made), CORM_STATE_TRANSIENT);
    assert_int_equal(User_posts(made).count, 2);
}

static void an_expunged_object_leaves_the_list_and_the_part_does_not_go_along(void **state)
{
    corm_session *session = *state;
    Folder_list roots = corm_all(
        session, Folder, .where = corm_is_null(Folder_.parent_id), .order_by = corm_asc(Folder_.id),
        .load = corm_load_where(Folder_.children, .where = corm_gt(Folder_.id, 11)));
    Folder *child = Folder_children(roots.items[0]).items[0];
    assert_ok(session, corm_expunge(session, child));
    assert_int_equal(Folder_children(roots.items[0]).count, 1);
    assert_ok(session, corm_add(session, child)); /* with what went along */
    assert_ok(session, corm_expunge(session, roots.items[1]));
    assert_int_equal(Folder_children(roots.items[1]).count, 0);
    assert_int_equal(corm_last_status(), CORM_DETACHED);
    assert_ok(session, corm_add(session, roots.items[1]));
}

static void merging_takes_a_part_for_not_loaded(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    User *user = corm_first(session, User,
                            .load = corm_load_where(User_.posts, .where = corm_eq(Post_.id, 1)));
    assert_int_equal(User_posts(user).count, 1);
    assert_ok(session, corm_expunge(session, user));
    user->age = corm_some(12);
    assert_got(session, corm_merge(session, user));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "6", "SELECT count(*) FROM posts WHERE user_id = 1");
    assert_ok(session, corm_free(user));
}

static void it_goes_several_levels_deep(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < 4; way++) {
        corm_loading load = corm_loads(
            corm_load_where(Folder_.children, .where = corm_gt(Folder_.id, 11), .joined = way & 1),
            corm_load_where(Folder_.things, .where = corm_ge(Thing_.size, 10),
                            .limit = way & 2 ? 1 : 0, .order_by = corm_desc(Thing_.size)),
            corm_load_where(Picture_.marks, .where = corm_eq(Mark_.x, 2)));
        Folder_list roots = corm_all(session, Folder, .where = corm_is_null(Folder_.parent_id),
                                     .order_by = corm_asc(Folder_.id), .load = load, .limit = 5);
        assert_int_equal(roots.count, 2);
        Folder_list children = Folder_children(roots.items[1]);
        assert_int_equal(children.count, 3);
        assert_int_equal(Folder_children(roots.items[0]).count, 2);
        Thing_list things = Folder_things(children.items[1]);
        assert_int_equal(things.count, way & 2 ? 1 : 3);
        assert_int_equal(things.items[0]->size, 20);
        Picture *picture = corm_as(Picture, things.items[0]);
        assert_got(session, picture);
        assert_int_equal(picture->width, 7);
        assert_int_equal(Picture_marks(picture).count, 1);
        assert_int_equal(Folder_things(roots.items[0]).count, way & 2 ? 1 : 3);
        assert_ok(session, corm_clear(session));
    }
}

static void each_level_of_a_tree_has_its_own_part(void **state)
{
    corm_session *session = *state;
    run_sql(session, "INSERT INTO folders SELECT 10 * id, name, id FROM folders WHERE id > 9");
    record(session);
    Folder_list roots = corm_all(
        session, Folder, .where = corm_eq(Folder_.id, 1),
        .load = corm_loads(corm_load_where(Folder_.children, .where = corm_ne(Folder_.id, 12)),
                           corm_load_where(Folder_.children, .where = corm_eq(Folder_.name, "a3")),
                           corm_load_later(Folder_.things)));
    Folder_list children = Folder_children(roots.items[0]);
    assert_int_equal(children.count, 2);
    assert_int_equal(Folder_children(children.items[0]).count, 0);
    assert_int_equal(Folder_children(children.items[1]).count, 1);
}

static void filters_of_the_relationship_and_of_the_query_hold_together(void **state)
{
    corm_session *session = *state;
    for (int joined = 0; joined < 2; joined++) {
        Folder_list roots =
            corm_all(session, Folder, .where = corm_eq(Folder_.id, 11),
                     .load = corm_load_where(Folder_.large, .where = corm_lt(Thing_.size, 20),
                                             .joined = joined == 1));
        assert_int_equal(Folder_large(roots.items[0]).count, 2);
        roots = corm_all(
            session, Folder, .where = corm_eq(Folder_.id, 11),
            .load = corm_load_where(Folder_.large, .where = corm_lt(Thing_.size, 20), .limit = 1));
        assert_int_equal(Folder_large(roots.items[0]).count, 1);
        assert_ok(session, corm_clear(session));
    }
}

static void keys_of_several_columns_work_too(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < 3; way++) {
        Seat_list seats =
            corm_all(session, Seat,
                     .load = corm_load_where(Seat_.tickets, .where = corm_eq(Ticket_.paid, true),
                                             .joined = way == 1, .limit = way == 2 ? 1 : 0));
        assert_int_equal(seats.count, 3);
        for (size_t i = 0; i < seats.count; i++) {
            assert_int_equal(Seat_tickets(seats.items[i]).count, way == 2 ? 1 : 2);
            assert_true(Seat_tickets(seats.items[i]).items[0]->place == seats.items[i]->place);
        }
        assert_ok(session, corm_clear(session));
    }
}

static void read_only_objects_have_parts_too(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < 3; way++) {
        Folder_list roots = corm_all(
            session, Folder, .where = corm_is_null(Folder_.parent_id), .read_only = true,
            .load = corm_loads(corm_load_where(Folder_.children, .where = corm_gt(Folder_.id, 12),
                                               .joined = way == 1),
                               corm_load_where(Folder_.things, .where = corm_le(Thing_.size, 15),
                                               .limit = way == 2 ? 2 : 0,
                                               .order_by = corm_desc(Thing_.size))));
        assert_int_equal(roots.count, 2);
        assert_int_equal(Folder_children(roots.items[0]).count, 1);
        assert_int_equal(Folder_children(roots.items[1]).count, 3);
        Thing_list things = Folder_things(Folder_children(roots.items[1]).items[2]);
        assert_int_equal(things.count, way == 2 ? 2 : 3);
        assert_int_equal(things.items[0]->size, 15);
    }
}

static void siblings_in_parts_load_together(void **state)
{
    corm_session *session = *state;
    stock(session, 10);
    User_list users = corm_all(session, User, .load = corm_load_where(User_.posts, .limit = 2));
    record(session);
    for (size_t i = 0; i < users.count; i++)
        for (size_t k = 0; k < User_posts(users.items[i]).count; k++)
            assert_int_equal(Post_comments(User_posts(users.items[i]).items[k]).count, 0);
    assert_ran(1, "SELECT");
}

static void what_is_not_flushed_is_respected(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    User *user = corm_get(session, User, 1);
    Post *third = corm_get(session, Post, 3);
    assert_ok(session, User_posts_remove(user, third));
    user = corm_first(session, User,
                      .load = corm_load_where(User_.posts, .where = corm_ge(Post_.id, 3)));
    assert_string_equal(ids(User_posts(user)), "4 5 6");
}

static void mistakes_are_told(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    assert_int_equal(
        corm_all(session, Post,
                 .load = corm_load_where(Post_.author_user, .where = corm_eq(User_.id, 1)))
            .count,
        0);
    assert_message(session,
                   "corm_load_where: Post.author_user is a single object: name a collection, "
                   "or load it with corm_load");
    assert_int_equal(
        corm_all(session, User, .load = corm_load_where(User_.posts, .where = corm_eq(User_.id, 1)))
            .count,
        0);
    assert_message(session, "User.id is a column of another model");
    assert_int_equal(corm_all(session, User,
                              .load = corm_load_where(User_.posts, .order_by = corm_asc(User_.id)))
                         .count,
                     0);
    assert_message(session,
                   "the ordering of a query of Post: User.id is a column of another model");
    assert_int_equal(
        corm_all(session, User, .load = corm_load_where(User_.posts, .limit = -1)).count, 0);
    assert_message(session,
                   "corm_load_where: the limit of User.posts is -1: it must not be below zero");
    corm_condition half = {0};
    for (int64_t i = 0; i < 12; i++)
        half = corm_or(half, corm_eq(Post_.id, i));
    assert_int_equal(corm_all(session, User,
                              .load = corm_loads(corm_load_where(User_.posts, .where = half),
                                                 corm_load_where(Post_.comments, .where = half)))
                         .count,
                     0);
    assert_message(session, "the conditions and orders of .load have ");
    assert_message(session, "parts, at most 64 together: define CORM_CONDITION_NODES larger");
    /* a list of any length is one value */
    static int64_t many[40000] = {1, 2};
    for (int way = 0; way < 3; way++) {
        User *user =
            corm_first(session, User,
                       .load = corm_load_where(User_.posts, .where = corm_in(Post_.id, many, 40000),
                                               .limit = way == 1 ? 5 : 0, .joined = way == 2));
        assert_int_equal(User_posts(user).count, 2);
    }
    /* orders and conditions may be expressions */
    User *user = corm_first(
        session, User,
        .load = corm_load_where(User_.posts, .where = corm_gt(corm_length(Post_.title), 3),
                                .order_by = corm_desc(corm_minus(Post_.id, 3)), .limit = 2));
    assert_string_equal(ids(User_posts(user)), "6 5");
    assert_ok(session, corm_commit(session));
    (void)corm_all(session, User);
    assert_int_equal(corm_last_status(), CORM_OK);
}

/* ---- On access ------------------------------------------------------------------------------- */

static void a_part_that_is_left_for_later_is_loaded_on_access_for_all_siblings(void **state)
{
    corm_session *session = *state;
    stock(session, 20);
    record(session);
    User_list users =
        corm_all(session, User, .order_by = corm_asc(User_.id),
                 .load = corm_load_where(User_.posts, .where = corm_ne(Post_.id, 5),
                                         .order_by = corm_desc(Post_.id), .later = true));
    assert_ran(1, "SELECT");
    record(session);
    assert_string_equal(ids(User_posts(users.items[1])), "12 11 10 9 8 7");
    assert_ran(1, "SELECT");
    assert_part(sql_of("SELECT", 0), " AND \"id\" <> ?65 ORDER BY \"id\" DESC");
    record(session);
    assert_string_equal(ids(User_posts(users.items[0])), "6 4 3 2 1");
    for (size_t i = 1; i < users.count; i++)
        assert_int_equal(User_posts_count(users.items[i]), 6);
    assert_ptr_equal(Post_author_user(User_posts(users.items[3]).items[0]), users.items[3]);
    assert_no_sql();
    assert_false(User_posts_contains(users.items[0], corm_get(session, Post, 5)));
    /* what it holds are siblings too */
    record(session);
    for (size_t i = 0; i < users.count; i++)
        assert_int_equal(Post_comments(User_posts(users.items[i]).items[0]).count, 0);
    assert_ran(1, "SELECT");
    assert_ok(session, corm_commit(session));
    assert_int_equal(User_posts(users.items[0]).count, 6);
}

static void counting_and_looking_for_one_load_it_too(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    const corm_loading load = corm_load_where(
        User_.posts, .where = corm_in(Post_.id, ((int64_t[]){2, 3, 8}), 3), .later = true);
    User_list users = corm_all(session, User, .order_by = corm_asc(User_.id), .load = load);
    assert_int_equal(User_posts_count(users.items[0]), 2);
    users = corm_all(session, User, .order_by = corm_asc(User_.id), .load = load);
    Post *eighth = corm_get(session, Post, 8);
    assert_true(User_posts_contains(users.items[1], eighth));
    assert_false(User_posts_contains(users.items[0], eighth));
}

/* The values are in memory that is gone when the part is loaded. */
static User_list with_borrowed_values(corm_session *session)
{
    char *title = malloc(8), *other = malloc(8);
    int64_t *many = malloc(300 * sizeof *many), *least = malloc(sizeof *least);
    const char **titles = malloc(2 * sizeof *titles);
    assert_true(title != NULL && other != NULL && many != NULL && least != NULL && titles != NULL);
    User *user = corm_get(session, User, 2);
    memcpy(title, "%ost%", 6);
    memcpy(other, "none", 5);
    for (int64_t i = 0; i < 300; i++)
        many[i] = i;
    *least = 8;
    titles[0] = title;
    titles[1] = other;
    User_list users = corm_all(
        session, User, .order_by = corm_asc(User_.id),
        .load = corm_load_where(
            User_.posts,
            .where = corm_and(
                corm_not(corm_in(Post_.title, titles, 2)), corm_not(corm_eq(Post_.title, other)),
                corm_in(Post_.id, many, 300), corm_ge(Post_.id, corm_var(least)),
                corm_or(corm_related_to(User_.posts, user),
                        corm_exists(User, .where = corm_like(User_.username, other)))),
            .limit = 3, .later = true));
    memset(title, 'x', 8);
    memset(other, 'x', 8);
    memset(many, 0, 300 * sizeof *many);
    *least = 1000;
    free(title);
    free(other);
    free(many);
    free(least);
    free(titles);
    return users;
}

static void its_values_are_not_needed_after_the_query(void **state)
{
    corm_session *session = *state;
    stock(session, 3);
    User_list users = with_borrowed_values(session);
    assert_int_equal(users.count, 3);
    assert_string_equal(ids(User_posts(users.items[0])), "");
    assert_string_equal(ids(User_posts(users.items[1])), "8 9 10");
    assert_string_equal(ids(User_posts(users.items[2])), "");
}

static void a_variable_counts_as_it_is_when_the_query_runs(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    int64_t least = 5;
    const corm_query query =
        corm_query_of(User, .load = corm_load_where(User_.posts, .later = true,
                                                    .where = corm_ge(Post_.id, corm_var(&least))));
    User *user = corm_first_of(session, User, &query);
    least = 2;
    assert_string_equal(ids(User_posts(user)), "5 6");
    user = corm_first_of(session, User, &query);
    least = 7;
    assert_string_equal(ids(User_posts(user)), "2 3 4 5 6");
}

static void of_so_many_neighbours_a_part_is_loaded_at_once(void **state)
{
    corm_session *session = *state;
    run_sql(session,
            "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 2599) "
            "INSERT INTO folders SELECT i, i, NULL FROM n");
    run_sql(session, "INSERT INTO folders SELECT NULL, id, id FROM folders WHERE id >= 100");
    record(session);
    Folder_list roots = corm_all(
        session, Folder, .where = corm_between(Folder_.id, 100, 2599),
        .load = corm_loads(
            corm_load_where(Folder_.children, .where = corm_ne(Folder_.name, "101"), .later = true),
            corm_load_later(Folder_.things)));
    assert_int_equal(roots.count, 2500);
    for (size_t i = 0; i < roots.count; i++)
        assert_int_equal(Folder_children(roots.items[i]).count, i == 1 ? 0 : 1);
    assert_ran(4, "SELECT"); /* 1,000 owners each */
}

/* Each key of several columns is one more OR, of which a statement may not have many. */
static void keys_of_several_columns_come_in_smaller_statements(void **state)
{
    corm_session *session = *state;
    run_sql(session,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) "
            "INSERT INTO seats SELECT 100, i FROM n");
    run_sql(session, "INSERT INTO tickets SELECT NULL, row, place, n.column1 FROM seats, "
                     "(VALUES (0), (1), (1)) n WHERE row = 100");
    start_afresh(session);
    for (int way = 0; way < 3; way++) {
        record(session);
        Seat_list seats = corm_all(
            session, Seat, .where = corm_eq(Seat_.row, 100),
            .load = way == 0 ? corm_load_later(Seat_.tickets)
                             : corm_load_where(Seat_.tickets, .where = corm_eq(Ticket_.paid, true),
                                               .limit = 1, .later = way == 1));
        assert_int_equal(seats.count, 2500);
        for (size_t i = 0; i < seats.count; i++) {
            assert_int_equal(Seat_tickets(seats.items[i]).count, way == 0 ? 3 : 1);
            assert_true(Seat_tickets(seats.items[i]).items[0]->place == seats.items[i]->place);
        }
        assert_ran(11, "SELECT"); /* 256 owners each */
        assert_ok(session, corm_clear(session));
    }
}

static void what_was_appended_before_stands_behind_it(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    for (int flushed = 0; flushed < 2; flushed++) {
        User_list users =
            corm_all(session, User, .order_by = corm_asc(User_.id),
                     .load = corm_load_where(User_.posts, .where = corm_le(Post_.id, 3),
                                             .order_by = corm_desc(Post_.id), .later = true));
        User *user = users.items[0];
        Post *added = corm_new(session, Post, .title = "added");
        Post *dropped = corm_new(session, Post, .title = "dropped");
        Post *second = corm_get(session, Post, 2), *sixth = corm_get(session, Post, 6);
        record(session);
        assert_ok(session, User_posts_append(user, dropped));
        assert_ok(session, User_posts_append(user, added));  /* does not meet the condition */
        assert_ok(session, User_posts_append(user, second)); /* was a member, and is in the part */
        assert_ok(session, User_posts_append(user, sixth));  /* was a member, and is not */
        assert_ok(session, User_posts_remove(user, corm_get(session, Post, 3)));
        assert_ran(0, "ORDER BY");
        if (flushed)
            assert_ok(session, corm_flush(session));
        assert_ok(session,
                  flushed ? corm_delete(session, dropped) : User_posts_remove(user, dropped));
        if (flushed)
            assert_ok(session, corm_flush(session));
        Post_list posts = User_posts(user);
        assert_int_equal(posts.count, 4);
        assert_int_equal(posts.items[0]->id, 1);
        assert_ptr_equal(posts.items[1], added);
        assert_ptr_equal(posts.items[2], second);
        assert_ptr_equal(posts.items[3], sixth);
        /* and after it */
        Post *last = corm_new(session, Post, .title = "last");
        assert_ok(session, User_posts_append(user, last));
        assert_ok(session, User_posts_remove(user, second));
        assert_int_equal(posts.count, 4);
        assert_ptr_equal(posts.items[2], second);
        posts = User_posts(user);
        assert_int_equal(posts.count, 4);
        assert_ptr_equal(posts.items[3], last);
        assert_int_equal(User_posts(users.items[1]).count, 0);
        assert_ok(session, corm_flush(session));
        assert_stored(session, "6|1,4,5,6|2",
                      "SELECT count(*), group_concat(id) FILTER (WHERE id < 7), "
                      "count(*) FILTER (WHERE title IN ('added', 'last')) "
                      "FROM posts WHERE user_id = 1");
        assert_ok(session, corm_rollback(session));
    }
}

static void a_flush_comes_before_it_is_loaded(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    User *user = corm_first(session, User,
                            .load = corm_load_where(User_.posts, .later = true,
                                                    .where = corm_eq(Post_.title, "changed")));
    corm_get(session, Post, 4)->title = "changed";
    assert_string_equal(ids(User_posts(user)), "4");
    corm_get(session, Post, 5)->title = "changed";
    assert_string_equal(ids(User_posts(user)), "4"); /* it is loaded */
}

static void a_filter_of_the_relationship_holds_later_too(void **state)
{
    corm_session *session = *state;
    Folder_list roots = corm_all(
        session, Folder, .where = corm_eq(Folder_.id, 11),
        .load = corm_load_where(Folder_.large, .where = corm_lt(Thing_.size, 20), .later = true));
    assert_int_equal(Folder_large(roots.items[0]).count, 2);
}

/* Its values stand before the keys of the owners. */
static void an_order_that_computes_holds_later_too(void **state)
{
    corm_session *session = *state;
    stock(session, 3);
    User_list users =
        corm_all(session, User, .order_by = corm_asc(User_.id),
                 .load = corm_load_where(
                     User_.posts, .where = corm_ne(Post_.id, 9), .limit = 3,
                     .order_by = corm_asc(corm_modulo(corm_plus(Post_.id, 2), 3)), .later = true));
    assert_string_equal(ids(User_posts(users.items[0])), "1 4 2");
    assert_string_equal(ids(User_posts(users.items[1])), "7 10 8");
    assert_string_equal(ids(User_posts(users.items[2])), "13 16 14");
}

static void later_parts_of_many_to_many_store_all(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    run_sql(session, "INSERT INTO tags VALUES (1, 'a'), (2, 'b'), (3, 'c')");
    run_sql(session, "INSERT INTO post_tags SELECT posts.id, tags.id FROM posts, tags");
    Post_list posts =
        corm_all(session, Post, .order_by = corm_asc(Post_.id),
                 .load = corm_load_where(Post_.tags, .where = corm_ge(Tag_.name, "b"), .limit = 5,
                                         .order_by = corm_desc(Tag_.name), .later = true));
    record(session);
    for (size_t i = 0; i < posts.count; i++) {
        assert_int_equal(Post_tags(posts.items[i]).count, 2);
        assert_string_equal(Post_tags(posts.items[i]).items[0]->name, "c");
    }
    assert_ran(1, "SELECT");
    assert_ok(session, Post_tags_remove(posts.items[0], Post_tags(posts.items[0]).items[1]));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1,3", "SELECT group_concat(tag_id) FROM post_tags WHERE post_id = 1");
}

static void later_parts_stand_below_what_is_loaded(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < 3; way++) {
        Folder_list roots = corm_all(
            session, Folder, .where = corm_is_null(Folder_.parent_id),
            .order_by = corm_asc(Folder_.id),
            .load = corm_loads(
                way == 0   ? corm_load(Folder_.children)
                : way == 1 ? corm_load_joined(Folder_.children)
                           : corm_load_where(Folder_.children, .where = corm_gt(Folder_.id, 11)),
                corm_load_where(Folder_.things, .where = corm_ge(Thing_.size, 10),
                                .order_by = corm_desc(Thing_.size), .limit = 2, .later = true)));
        Folder_list children = Folder_children(roots.items[1]);
        assert_int_equal(children.count, 3);
        record(session);
        for (size_t i = 0; i < roots.count; i++) {
            assert_int_equal(Folder_things(roots.items[i]).count, 2);
            children = Folder_children(roots.items[i]);
            for (size_t k = 0; k < children.count; k++) {
                assert_int_equal(Folder_things(children.items[k]).count, 2);
                assert_int_equal(Folder_things(children.items[k]).items[0]->size, 20);
            }
        }
        assert_ran(2, "SELECT"); /* of the roots, and of their children */
        assert_ok(session, corm_clear(session));
    }
}

static void what_ends_a_part_ends_one_that_waits(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    const corm_loading load =
        corm_load_where(User_.posts, .where = corm_eq(Post_.id, 2), .later = true);
    User *user = NULL;
    for (int way = 0; way < 12; way++) {
        user = corm_first(session, User, .load = load);
        assert_got(session, user);
        size_t count = 6;
        Post *one[] = {corm_get(session, Post, 1)};
        switch (way) {
        case 0: assert_ok(session, corm_commit(session)); break;
        case 1: assert_ok(session, corm_rollback(session)); break;
        case 2: assert_ok(session, corm_refresh(session, user)); break;
        case 3: assert_ok(session, corm_expire(session, user)); break;
        case 4: assert_ok(session, corm_expire_all(session)); break;
        case 5: (void)corm_first(session, User, .load = corm_load(User_.posts)); break;
        case 6: (void)corm_first(session, User, .load = corm_load_joined(User_.posts)); break;
        case 7: (void)corm_first(session, User, .load = corm_load_later(User_.posts)); break;
        case 8:
            (void)corm_first(session, User,
                             .load = corm_load_where(User_.posts, .where = corm_gt(Post_.id, 3)));
            count = 3;
            break;
        case 9:
            (void)corm_first(
                session, User,
                .load = corm_load_where(User_.posts, .later = true, .where = corm_gt(Post_.id, 4)));
            count = 2;
            break;
        case 10:
            (void)corm_first(session, User); /* not named: it stays */
            count = 1;
            break;
        default: assert_ok(session, User_posts_replace(user, one, 1)); count = 1;
        }
        assert_int_equal(User_posts(user).count, count);
        assert_ok(session, corm_rollback(session));
        assert_int_equal(User_posts(user).count, 6);
        assert_ok(session, corm_clear(session));
    }
    user = corm_first(session, User, .load = load);
    (void)corm_first(session, User, .load = corm_load_never(User_.posts));
    assert_int_equal(User_posts(user).count, 0);
    assert_message(session, "User.posts was left out by corm_load_never");
    user = corm_first(session, User, .load = load);
    assert_string_equal(ids(User_posts(user)), "2");
}

static void owners_that_leave_do_not_wait(void **state)
{
    corm_session *session = *state;
    stock(session, 4);
    User_list users =
        corm_all(session, User, .order_by = corm_asc(User_.id),
                 .load = corm_load_where(User_.posts, .limit = 2, .order_by = corm_desc(Post_.id),
                                         .later = true));
    User *kept[] = {users.items[0], users.items[1], users.items[2], users.items[3]};
    assert_ok(session, corm_expunge(session, kept[1]));
    assert_int_equal(User_posts(kept[1]).count, 0);
    assert_int_equal(corm_last_status(), CORM_DETACHED);
    assert_ok(session, corm_free(kept[1]));
    assert_ok(session, corm_delete(session, kept[2]));
    assert_string_equal(ids(User_posts(kept[0])), "6 5");
    assert_string_equal(ids(User_posts(kept[3])), "24 23");
    assert_ok(session, corm_flush(session));
    assert_stored(session, "18", "SELECT count(*) FROM posts WHERE user_id IS NOT NULL");
    User *made = user_with_posts(session, "made", 2);
    assert_ok(session, corm_flush(session));
    (void)corm_all(session, User, .load = corm_load_where(User_.posts, .limit = 1, .later = true));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(made), CORM_STATE_TRANSIENT);
    assert_int_equal(User_posts(made).count, 2);
}

static void a_failure_on_access_is_told_and_leaves_nothing(void **state)
{
    corm_session *session = *state;
    stock(session, 2);
    User_list users = corm_all(
        session, User, .order_by = corm_asc(User_.id),
        .load = corm_load_where(User_.posts, .later = true, .where = corm_ge(Post_.id, 5)));
    User *user = users.items[0];
    assert_ok(session, User_posts_append(user, corm_new(session, Post, .title = "added")));
    assert_ok(session, corm_flush(session));
    run_sql(session, "ALTER TABLE posts RENAME TO hidden");
    assert_int_equal(User_posts(user).count, 0);
    assert_message(session, "no such table: posts");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(User_posts(user).count, 6);
}

static void mistakes_with_later_are_told_by_the_query(void **state)
{
    corm_session *session = *state;
    stock(session, 1);
    (void)corm_all(session, User,
                   .load = corm_load_where(User_.posts, .joined = true, .later = true));
    assert_message(session, "corm_load_where: User.posts is .joined and .later: it is loaded with "
                            "the query or on access, choose one");
    (void)corm_all(session, User, .read_only = true,
                   .load = corm_load_where(User_.posts, .limit = 1, .later = true));
    assert_message(session, "corm_load_where: User.posts is .later, but nothing is loaded on "
                            "access of objects that are .read_only: leave one of the two out");
    (void)corm_all(session, User,
                   .load = corm_loads(corm_load_where(User_.posts, .limit = 1, .later = true),
                                      corm_load(Post_.comments)));
    assert_message(session, "corm_load of a query of User: what is loaded on access brings nothing "
                            "along: leave Post.comments out, or .later of User.posts");
    (void)corm_all(session, User,
                   .load =
                       corm_load_where(User_.posts, .later = true, .where = corm_eq(User_.id, 1)));
    assert_message(session, "User.id is a column of another model");
    /* with no owner nothing is written */
    assert_int_equal(corm_all(session, User, .where = corm_eq(User_.id, 99),
                              .load = corm_load_where(User_.posts, .limit = 1, .later = true))
                         .count,
                     0);
    assert_int_equal(corm_last_status(), CORM_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(a_collection_shows_what_meets_the_condition_in_the_given_order),
        BLOG_TEST(each_way_takes_so_many_statements),
        BLOG_TEST(the_limit_counts_for_each_owner),
        BLOG_TEST(what_is_hidden_is_never_taken_for_removed),
        BLOG_TEST(append_and_remove_go_on_working_and_show),
        BLOG_TEST(replacing_replaces_all_of_the_collection),
        BLOG_TEST(deleting_the_owner_cascades_to_what_is_hidden),
        FOLDERS_TEST(keys_of_hidden_children_become_null_with_their_parent),
        BLOG_TEST(many_to_many_shows_a_part_and_stores_all),
        BLOG_TEST(a_tag_that_is_hidden_is_not_linked_twice),
        BLOG_TEST(loading_it_again_shows_what_is_asked_for_then),
        BLOG_TEST(a_rollback_ends_it),
        FOLDERS_TEST(an_expunged_object_leaves_the_list_and_the_part_does_not_go_along),
        BLOG_TEST(merging_takes_a_part_for_not_loaded),
        FOLDERS_TEST(it_goes_several_levels_deep),
        FOLDERS_TEST(each_level_of_a_tree_has_its_own_part),
        FOLDERS_TEST(filters_of_the_relationship_and_of_the_query_hold_together),
        FOLDERS_TEST(keys_of_several_columns_work_too),
        FOLDERS_TEST(read_only_objects_have_parts_too),
        BLOG_TEST(siblings_in_parts_load_together),
        BLOG_TEST(what_is_not_flushed_is_respected),
        BLOG_TEST(mistakes_are_told),
        BLOG_TEST(a_part_that_is_left_for_later_is_loaded_on_access_for_all_siblings),
        BLOG_TEST(counting_and_looking_for_one_load_it_too),
        BLOG_TEST(its_values_are_not_needed_after_the_query),
        BLOG_TEST(a_variable_counts_as_it_is_when_the_query_runs),
        FOLDERS_TEST(of_so_many_neighbours_a_part_is_loaded_at_once),
        FOLDERS_TEST(keys_of_several_columns_come_in_smaller_statements),
        BLOG_TEST(what_was_appended_before_stands_behind_it),
        BLOG_TEST(a_flush_comes_before_it_is_loaded),
        FOLDERS_TEST(a_filter_of_the_relationship_holds_later_too),
        BLOG_TEST(an_order_that_computes_holds_later_too),
        BLOG_TEST(later_parts_of_many_to_many_store_all),
        FOLDERS_TEST(later_parts_stand_below_what_is_loaded),
        BLOG_TEST(what_ends_a_part_ends_one_that_waits),
        BLOG_TEST(owners_that_leave_do_not_wait),
        BLOG_TEST(a_failure_on_access_is_told_and_leaves_nothing),
        BLOG_TEST(mistakes_with_later_are_told_by_the_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
