/* plan.c: what a flush would write can be asked for, with the reason for every statement. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    RELATIONSHIP(ONE_TO_MANY, posts, Post, author,                                                 \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)                         \
    RELATIONSHIP(ONE_TO_MANY, notes, Note, writer)

#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, title)                                                                            \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))                                     \
    RELATIONSHIP(MANY_TO_ONE, author, User, posts)                                                 \
    RELATIONSHIP(MANY_TO_MANY, tags, Tag, posts,                                                   \
                 .secondary = corm_secondary("post_tags", "post_id", "tag_id"))

#define NOTE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, line)                                                                             \
    COLUMN(OPTIONAL(INTEGER), user_id, .references = corm_ref(User, id))                           \
    RELATIONSHIP(MANY_TO_ONE, writer, User, notes)

#define TAG(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    RELATIONSHIP(MANY_TO_MANY, posts, Post, tags,                                                  \
                 .secondary = corm_secondary("post_tags", "tag_id", "post_id"))

#define FOLDER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Folder, id))                       \
    COLUMN(OPTIONAL(INTEGER), copy_id, .references = corm_ref(Folder, id))                         \
    RELATIONSHIP(ONE_TO_MANY, children, Folder, parent, .cascade = CORM_CASCADE_ALL,               \
                 .foreign_key = corm_ref(Folder, parent_id))                                       \
    RELATIONSHIP(MANY_TO_ONE, parent, Folder, children,                                            \
                 .foreign_key = corm_ref(Folder, parent_id))                                       \
    RELATIONSHIP(MANY_TO_ONE, copy, Folder, NONE, .foreign_key = corm_ref(Folder, copy_id))

#define PAGE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, post_id, .primary_key = true, .references = corm_ref(Post, id))                \
    COLUMN(INTEGER, number, .primary_key = true)                                                   \
    COLUMN(TEXT, text)                                                                             \
    RELATIONSHIP(MANY_TO_ONE, post, Post, BACKREF(pages))

#define DESK(MODEL)                                                                                \
    MODEL(User, "users", USER)                                                                     \
    MODEL(Post, "posts", POST)                                                                     \
    MODEL(Note, "notes", NOTE)                                                                     \
    MODEL(Tag, "tags", TAG)                                                                        \
    MODEL(Folder, "folders", FOLDER)                                                               \
    MODEL(Page, "pages", PAGE)
CORM_SCHEMA(desk, DESK)
/* clang-format on */

static char ran[32][16]; /* first words of the statements that ran */
static size_t ran_count;

static void record(void *context, const corm_trace_event *event)
{
    (void)context;
    size_t size = strcspn(event->sql, " ");
    if (size < 16 && ran_count < 32 && strchr("IUD", event->sql[0]) != NULL) {
        memcpy(ran[ran_count], event->sql, size);
        ran[ran_count++][size] = 0;
    }
}

static int open_desk(void **state)
{
    corm_session *session = corm_sqlite_open(":memory:", &desk);
    *state = session;
    if (corm_create_all(session) != CORM_OK)
        return 1;
    User *ann = corm_new(session, User, .name = "Ann"),
         *ben = corm_new(session, User, .name = "Ben");
    User_posts_append(ann, corm_new(session, Post, .title = "one"));
    User_posts_append(ann, corm_new(session, Post, .title = "two"));
    User_notes_append(ann, corm_new(session, Note, .line = "buy milk"));
    corm_add(session, ann);
    corm_add(session, ben);
    corm_add(session, corm_new(session, Tag, .name = "c"));
    return corm_commit(session) != CORM_OK;
}

static int close_desk(void **state)
{
    corm_session_close(*state);
    return 0;
}

/* The plan is these lines, and the flush runs statements of these kinds in this order. */
static void assert_plan(corm_session *session, const char *const *lines, size_t count)
{
    corm_plan plan = corm_session_plan(session);
    assert_int_equal(corm_last_status(), CORM_OK);
    for (size_t i = 0; i < plan.count && i < count; i++)
        assert_string_equal(plan.items[i].text, lines[i]);
    assert_int_equal(plan.count, count);
    corm_trace(session, record, NULL);
    ran_count = 0;
    assert_int_equal(corm_flush(session), CORM_OK);
    corm_trace(session, NULL, NULL);
    assert_int_equal(ran_count, count);
    for (size_t i = 0; i < count; i++)
        assert_memory_equal(ran[i], lines[i], strlen(ran[i]));
    assert_int_equal(corm_session_plan(session).count, 0);
}
#define ASSERT_PLAN(session_, ...)                                                                 \
    assert_plan(session_, (const char *const[]){__VA_ARGS__},                                      \
                sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void nothing_to_write_is_an_empty_plan(void **state)
{
    corm_session *session = *state;
    assert_int_equal(corm_session_plan(session).count, 0);
    assert_false(corm_in_transaction(session));
}

static void a_new_object_is_inserted_after_its_parent(void **state)
{
    corm_session *session = *state;
    User *cleo = corm_new(session, User, .name = "Cleo");
    Post *post = corm_new(session, Post, .title = "three");
    corm_add(session, post);
    Post_author_set(post, cleo);
    ASSERT_PLAN(session, "INSERT users (User \"Cleo\"): new",
                "INSERT posts (Post \"three\"): new, in users (User \"Cleo\").posts");
}

static void a_changed_member_is_named(void **state)
{
    corm_session *session = *state;
    User *ann = corm_get(session, User, 1);
    ann->age = corm_some(43);
    ann->name = "Anna";
    ASSERT_PLAN(session, "UPDATE users#1: name, age changed");
}

static void an_orphan_names_its_collection(void **state)
{
    corm_session *session = *state;
    User *ann = corm_get(session, User, 1);
    User_posts_remove(ann, corm_get(session, Post, 2));
    corm_plan plan = corm_session_plan(session);
    assert_int_equal(plan.count, 2);
    assert_string_equal(plan.items[0].text, "DELETE post_tags: links of posts#2, which is deleted");
    assert_string_equal(plan.items[1].text, "DELETE posts#2: orphan of users#1.posts");
    assert_string_equal(plan.items[1].statement, "DELETE");
    assert_string_equal(plan.items[1].table, "posts");
    assert_ptr_equal(plan.items[1].object, corm_get(session, Post, 2));
}

static void a_move_is_one_update_that_names_both_places(void **state)
{
    corm_session *session = *state;
    User_posts_append(corm_get(session, User, 2), corm_get(session, Post, 1));
    ASSERT_PLAN(session, "UPDATE posts#1: from users#1.posts to users#2.posts");
}

static void a_deleted_parent_takes_children_along_and_cuts_references(void **state)
{
    corm_session *session = *state;
    corm_delete(session, corm_get(session, User, 1));
    ASSERT_PLAN(session, "UPDATE notes#1: writer cut, because users#1 is deleted",
                "DELETE post_tags: links of posts#1, which is deleted",
                "DELETE post_tags: links of posts#2, which is deleted",
                "DELETE posts#1: deleted with users#1.posts",
                "DELETE posts#2: deleted with users#1.posts", "DELETE users#1: deleted");
    assert_int_equal(corm_count(session, Post), 0);
}

static void links_stand_between_saves_and_deletes(void **state)
{
    corm_session *session = *state;
    Post *post = corm_get(session, Post, 1);
    Tag *tag = corm_get(session, Tag, 1);
    Post_tags_append(post, tag);
    post->title = "first";
    ASSERT_PLAN(session, "UPDATE posts#1: title changed",
                "INSERT post_tags: posts#1 linked to tags#1");
    Post_tags_remove(post, tag);
    ASSERT_PLAN(session, "DELETE post_tags: posts#1 unlinked from tags#1");
}

static void updates_run_by_key_and_before_inserts(void **state)
{
    corm_session *session = *state;
    corm_add(session, corm_new(session, User, .name = "Cleo"));
    User *ben = corm_get(session, User, 2), *ann = corm_get(session, User, 1);
    ben->age = corm_some(2);
    ann->age = corm_some(1);
    assert_int_equal(corm_flush(session), CORM_OK);
    ben->age = corm_some(4);
    ann->age = corm_some(3);
    corm_add(session, corm_new(session, User, .name = "Dora"));
    ASSERT_PLAN(session, "UPDATE users#1: age changed", "UPDATE users#2: age changed",
                "INSERT users (User \"Dora\"): new");
}

static void trees_are_written_from_the_root_and_deleted_from_the_leaves(void **state)
{
    corm_session *session = *state;
    Folder *leaf = corm_new(session, Folder, .name = "leaf");
    Folder *twig = corm_new(session, Folder, .name = "twig");
    Folder *root = corm_new(session, Folder, .name = "root");
    corm_add(session, leaf);
    Folder_parent_set(leaf, twig);
    Folder_parent_set(twig, root);
    ASSERT_PLAN(session, "INSERT folders (Folder \"root\"): new",
                "INSERT folders (Folder \"twig\"): new, in folders (Folder \"root\").children",
                "INSERT folders (Folder \"leaf\"): new, in folders (Folder \"twig\").children");
    corm_delete(session, root);
    ASSERT_PLAN(session, "DELETE folders#3: deleted with folders#2.children",
                "DELETE folders#2: deleted with folders#1.children", "DELETE folders#1: deleted");
}

static void a_circle_is_closed_by_a_second_update_and_opened_before_the_deletes(void **state)
{
    corm_session *session = *state;
    Folder *a = corm_new(session, Folder, .name = "a"), *b = corm_new(session, Folder, .name = "b");
    Folder_parent_set(a, b);
    Folder_parent_set(b, a);
    corm_add(session, a);
    ASSERT_PLAN(
        session, "INSERT folders (Folder \"b\"): new, in folders (Folder \"a\").children",
        "INSERT folders (Folder \"a\"): new, in folders (Folder \"b\").children",
        "UPDATE folders (Folder \"b\"): parent closes the circle with folders (Folder \"a\")");
    assert_int_equal(corm_commit(session), CORM_OK);
    assert_int_equal(a->parent_id.value, b->id);
    assert_int_equal(b->parent_id.value, a->id);
    corm_delete(session, a);
    assert_int_equal(corm_session_plan(session).count, 3);
    assert_int_equal(corm_commit(session), CORM_OK);
    assert_int_equal(corm_count(session, Folder), 0);
}

static void all_references_of_a_row_that_close_circles_are_one_update(void **state)
{
    corm_session *session = *state;
    Folder *own = corm_new(session, Folder, .name = "own");
    Folder_parent_set(own, own);
    Folder_copy_set(own, own);
    corm_add(session, own);
    ASSERT_PLAN(session,
                "INSERT folders (Folder \"own\"): new, in folders (Folder \"own\").children, "
                "in folders (Folder \"own\")",
                "UPDATE folders (Folder \"own\"): parent closes the circle with folders (Folder "
                "\"own\"), copy closes the circle with folders (Folder \"own\")");
    /* the row that is there is written once */
    Folder *new_one = corm_new(session, Folder, .name = "new");
    Folder_copy_set(own, new_one);
    Folder_copy_set(new_one, own);
    ASSERT_PLAN(session, "INSERT folders (Folder \"new\"): new, in folders#1",
                "UPDATE folders#1: from folders#1 to folders (Folder \"new\")");
}

static void a_new_object_that_takes_a_row_over_is_an_update(void **state)
{
    corm_session *session = *state;
    Post *post = corm_get(session, Post, 1);
    Page *old = corm_new(session, Page, .number = 1, .text = "old");
    Page_post_set(old, post);
    corm_add(session, old);
    assert_int_equal(corm_flush(session), CORM_OK);
    Page *page = corm_new(session, Page, .number = 1, .text = "new");
    Page_post_set(page, post);
    corm_add(session, page);
    corm_delete(session, old);
    ASSERT_PLAN(session, "UPDATE pages (Page \"new\"): new, in posts#1.pages");
}

int main(void)
{
#define RULE(name_) cmocka_unit_test_setup_teardown(name_, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        RULE(nothing_to_write_is_an_empty_plan),
        RULE(a_new_object_is_inserted_after_its_parent),
        RULE(a_changed_member_is_named),
        RULE(an_orphan_names_its_collection),
        RULE(a_move_is_one_update_that_names_both_places),
        RULE(a_deleted_parent_takes_children_along_and_cuts_references),
        RULE(links_stand_between_saves_and_deletes),
        RULE(updates_run_by_key_and_before_inserts),
        RULE(trees_are_written_from_the_root_and_deleted_from_the_leaves),
        RULE(a_circle_is_closed_by_a_second_update_and_opened_before_the_deletes),
        RULE(all_references_of_a_row_that_close_circles_are_one_update),
        RULE(a_new_object_that_takes_a_row_over_is_an_update),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
