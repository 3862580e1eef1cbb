/* merge: objects that a session does not have, copied onto those that it has. */
#define _XOPEN_SOURCE 700
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define AUTHOR(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(BOOLEAN,           active, .default_value = corm_default(true))                         \
    COLUMN(TEXT,              role,   .default_value = corm_default("guest"))                      \
    RELATIONSHIP(ONE_TO_MANY, books,  Book, author,                                                \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)                         \
    RELATIONSHIP(ONE_TO_ONE,  desk,   Desk, BACKREF(owner))                                        \
    RELATIONSHIP(ONE_TO_MANY, notes,  Note, BACKREF(writer),                                       \
                 .cascade = CORM_CASCADE_NONE | CORM_CASCADE_SAVE_UPDATE)                          \
    RELATIONSHIP(ONE_TO_MANY, awards, Award, NONE, .lazy = CORM_LAZY_RAISE)                        \
    RELATIONSHIP(ONE_TO_MANY, visits, Visit, NONE, .lazy = CORM_LAZY_WRITE_ONLY,                    \
                 .passive_deletes = true)
#define BOOK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,        .primary_key = true)                                                \
    COLUMN(TEXT,    title)                                                                         \
    COLUMN(INTEGER, author_id, .references = corm_ref(Author, id))                                 \
    RELATIONSHIP(MANY_TO_ONE,  author, Author, books)                                              \
    RELATIONSHIP(MANY_TO_MANY, labels, Label,  BACKREF(books),                                     \
                 .secondary = corm_secondary("book_labels", "book_id", "label_name"))
#define LABEL(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(TEXT,           name,  .primary_key = true)                                             \
    COLUMN(OPTIONAL(TEXT), color)
#define DESK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(TEXT,              place)                                                               \
    COLUMN(OPTIONAL(INTEGER), owner_id, .references = corm_ref(Author, id))
#define NOTE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              body)                                                                \
    COLUMN(OPTIONAL(INTEGER), writer_id, .references = corm_ref(Author, id))
#define AWARD(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              title)                                                               \
    COLUMN(OPTIONAL(INTEGER), author_id, .references = corm_ref(Author, id))
#define VISIT(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(INTEGER,           year)                                                                \
    COLUMN(OPTIONAL(INTEGER), author_id, .references = corm_ref(Author, id),                        \
                                         .on_delete = CORM_ACTION_SET_NULL)
#define PLACE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, shelf, .primary_key = true)                                                    \
    COLUMN(TEXT,    slot,  .primary_key = true)                                                    \
    COLUMN(TEXT,    holds)                                                                         \
    COLUMN(OPTIONAL(TEXT), label, .generated = "slot || shelf || holds")
#define KNOT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(OPTIONAL(TEXT),    name)                                                                \
    COLUMN(OPTIONAL(INTEGER), next_id, .references = corm_ref(Knot, id))                           \
    RELATIONSHIP(MANY_TO_ONE, next, Knot, BACKREF(previous))
/* keys of keys */
#define HALL(COLUMN, RELATIONSHIP) COLUMN(TEXT, name, .primary_key = true)
#define RACK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(TEXT,    hall_name, .primary_key = true, .references = corm_ref(Hall, name))            \
    COLUMN(INTEGER, number,    .primary_key = true)                                                \
    RELATIONSHIP(MANY_TO_ONE, hall, Hall, BACKREF(racks))
#define BOARD(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(TEXT,    hall_name,   .primary_key = true, .references = corm_ref(Rack, hall_name))     \
    COLUMN(INTEGER, rack_number, .primary_key = true, .references = corm_ref(Rack, number))        \
    COLUMN(INTEGER, number,      .primary_key = true)                                              \
    COLUMN(TEXT,    holds)                                                                         \
    RELATIONSHIP(MANY_TO_ONE, rack, Rack, BACKREF(boards))
#define LIBRARY(MODEL)                                                                             \
    MODEL(Author, "authors", AUTHOR)                                                               \
    MODEL(Book,   "books",   BOOK)                                                                 \
    MODEL(Label,  "labels",  LABEL)                                                                \
    MODEL(Desk,   "desks",   DESK)                                                                 \
    MODEL(Note,   "notes",   NOTE)                                                                 \
    MODEL(Award,  "awards",  AWARD)                                                                \
    MODEL(Visit,  "visits",  VISIT)                                                                \
    MODEL(Place,  "places",  PLACE)                                                                \
    MODEL(Knot,   "knots",   KNOT)                                                                 \
    MODEL(Hall,   "halls",   HALL)                                                                 \
    MODEL(Rack,   "racks",   RACK)                                                                 \
    MODEL(Board,  "boards",  BOARD)
/* clang-format on */

CORM_SCHEMA(library, LIBRARY)

static int open_library(void **state)
{
    *state = memory_session(&library);
    return *state == NULL;
}

#define LIBRARY_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_library, close_session)

static const char all_books[] = "SELECT id, title, author_id FROM books ORDER BY id";
static const char all_authors[] = "SELECT id, name, age, active, role FROM authors ORDER BY id";

/* Author 1 "Ann" with books 1 "One" and 2 "Two", and author 2 "Bob". Nothing is loaded. */
static void fill(corm_session *session)
{
    Author *ann = corm_new(session, Author, .name = "Ann", .age = corm_some(40), .active = false,
                           .role = "editor");
    Author *bob = corm_new(session, Author, .name = "Bob");
    assert_ok(session, Author_books_append(ann, corm_new(session, Book, .title = "One")));
    assert_ok(session, Author_books_append(ann, corm_new(session, Book, .title = "Two")));
    assert_ok(session, corm_add(session, ann));
    assert_ok(session, corm_add(session, bob));
    start_afresh(session);
}

/* Two sessions on a file, filled. */
struct pair {
    struct place place;
    corm_engine *engine;
    corm_session *one, *two;
};

static int open_pair(void **state)
{
    static struct pair pair;
    make_place(&pair.place);
    pair.engine = corm_sqlite_engine(pair.place.path, &library, NULL);
    pair.one = corm_session_open(pair.engine, NULL);
    pair.two = corm_session_open(pair.engine, NULL);
    if (corm_create_all(pair.one) != CORM_OK)
        return 1;
    fill(pair.one);
    *state = &pair;
    return 0;
}

static int close_pair(void **state)
{
    struct pair *pair = *state;
    corm_session_close(pair->one);
    corm_session_close(pair->two);
    int failed = corm_engine_close(pair->engine) != CORM_OK;
    remove_place(&pair->place);
    return failed;
}

#define PAIR_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_pair, close_pair)

/* ---- Columns ------------------------------------------------------------------------------------- */

static void what_is_given_is_copied_onto_the_row_and_nothing_else(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *given = corm_new(session, Author, .id = 1, .name = "Anna");
    Author *ann = corm_merge(session, given);
    assert_got(session, ann);
    assert_true(ann != given);
    assert_int_equal(corm_state(ann), CORM_STATE_PERSISTENT);
    assert_int_equal(corm_state(given), CORM_STATE_TRANSIENT);
    assert_string_equal(ann->name, "Anna");
    assert_false(ann->active); /* the default of the given one was not given */
    assert_string_equal(ann->role, "editor");
    record(session);
    assert_ok(session, corm_commit(session));
    assert_ran(1, "UPDATE");
    assert_string_equal(values_of("UPDATE", 0), "'Anna', 1");
    assert_stored(session, "1|Anna|40|0|editor;2|Bob|NULL|1|guest", all_authors);
}

static void a_value_that_equals_the_default_is_copied_where_it_was_given(void **state)
{
    corm_session *session = *state;
    fill(session);
    assert_got(session, corm_merge(session, corm_new(session, Author, .id = 1, .active = true)));
    Author *touched = corm_new(session, Author, .id = 1);
    assert_ok(session, corm_touch(touched, Author_.role));
    assert_got(session, corm_merge(session, touched));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|Ann|40|1|guest;2|Bob|NULL|1|guest", all_authors);
}

static void without_a_key_it_is_a_new_row(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *given = corm_new(session, Author, .name = "Cid");
    Author *cid = corm_merge(session, given);
    assert_got(session, cid);
    assert_true(cid != given);
    assert_int_equal(corm_state(cid), CORM_STATE_PENDING);
    assert_true(corm_is_unset(cid, Author_.id) && corm_is_unset(cid, Author_.age));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_state(given), CORM_STATE_TRANSIENT);
    assert_stored(session, "1|Ann|40|0|editor;2|Bob|NULL|1|guest;3|Cid|NULL|1|guest", all_authors);
}

static void with_a_key_that_no_row_has_it_is_a_new_row_with_that_key(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *given = corm_new(session, Author, .id = 7, .name = "Dan", .role = "poet");
    Author *dan = corm_merge(session, given);
    assert_got(session, dan);
    assert_ok(session, corm_free(given)); /* nothing of it is kept */
    assert_int_equal(corm_state(dan), CORM_STATE_PENDING);
    assert_ran(1, "SELECT");
    assert_ok(session, corm_commit(session));
    assert_stored(session, "7|Dan|NULL|1|poet",
                  "SELECT id, name, age, active, role FROM authors"
                  " WHERE id > 2");
}

static void what_the_session_has_needs_no_sql(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *ann = corm_get(session, Author, 1);
    record(session);
    Author *given = corm_new(session, Author, .id = 1, .name = "Ann", .age = corm_some(41));
    assert_ptr_equal(corm_merge(session, given), ann);
    assert_no_sql();
    assert_int_equal(ann->age.value, 41);
    assert_true(corm_is_modified(ann));
}

static void an_object_of_the_session_is_itself(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *ann = corm_get(session, Author, 1);
    Author *eve = corm_new(session, Author, .name = "Eve");
    assert_ok(session, corm_add(session, eve));
    assert_ptr_equal(corm_merge(session, ann), ann);
    assert_ptr_equal(corm_merge(session, eve), eve);
    assert_int_equal(corm_state(eve), CORM_STATE_PERSISTENT); /* flushed first */
}

static void keys_of_several_columns_and_of_text_are_found(void **state)
{
    corm_session *session = *state;
    assert_ok(session,
              corm_add(session, corm_new(session, Place, .shelf = 1, .slot = "a", .holds = "x")));
    assert_ok(session, corm_add(session, corm_new(session, Label, .name = "red", .color = "r")));
    start_afresh(session);
    Place *given = corm_new(session, Place, .shelf = 1, .slot = "a", .holds = "y");
    assert_int_equal(corm_state(corm_merge(session, given)), CORM_STATE_PERSISTENT);
    given = corm_new(session, Place, .shelf = 1, .slot = "b", .holds = "z");
    assert_int_equal(corm_state(corm_merge(session, given)), CORM_STATE_PENDING);
    Label *red = corm_merge(session, corm_new(session, Label, .name = "red", .color = NULL));
    assert_null(red->color); /* given as NULL */
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|a|y|a1y;1|b|z|b1z", "SELECT * FROM places ORDER BY slot");
    assert_stored(session, "red|NULL", "SELECT * FROM labels");
}

static void what_the_database_computes_is_not_copied(void **state)
{
    struct pair *pair = *state;
    Place *given = corm_new(pair->one, Place, .shelf = 1, .slot = "a", .holds = "x");
    assert_ok(pair->one, corm_add(pair->one, given));
    assert_ok(pair->one, corm_commit(pair->one));
    assert_ok(pair->one, corm_current(given));
    assert_string_equal(given->label, "a1x");
    assert_ok(pair->one, corm_expunge(pair->one, given));
    assert_ok(pair->one, corm_rollback(pair->one));
    run_sql(pair->two, "UPDATE places SET holds = 'y'");
    given->holds = "z";
    assert_got(pair->two, corm_merge(pair->two, given));
    assert_ok(pair->two, corm_commit(pair->two));
    assert_stored(pair->two, "a1z", "SELECT label FROM places");
    run_sql(pair->two, "DELETE FROM places");
    assert_got(pair->two, corm_merge(pair->two, given)); /* the row has gone: it is new */
    assert_ok(pair->two, corm_commit(pair->two));
    assert_stored(pair->two, "a1z", "SELECT label FROM places");
    assert_ok(NULL, corm_free(given));
}

static void a_rollback_takes_a_merge_back(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *ann = corm_get(session, Author, 1);
    Author *given = corm_new(session, Author, .id = 1, .name = "Anna");
    assert_ok(session, Author_books_append(given, corm_new(session, Book, .title = "Three")));
    assert_ptr_equal(corm_merge(session, given), ann);
    assert_int_equal(Author_books(ann).count, 1);
    assert_ok(session, corm_rollback(session));
    assert_string_equal(ann->name, "Ann");
    assert_int_equal(Author_books(ann).count, 2);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|One|1;2|Two|1", all_books);
}

/* ---- Detached, and of another session -------------------------------------------------------------- */

static void a_detached_object_brings_what_was_changed_in_it(void **state)
{
    struct pair *pair = *state;
    Author *given = corm_get(pair->one, Author, 1);
    assert_ok(pair->one, corm_expunge(pair->one, given));
    assert_ok(pair->one, corm_rollback(pair->one));
    char name[] = "Anna";
    given->name = name;
    Author *ann = corm_merge(pair->two, given);
    assert_got(pair->two, ann);
    assert_int_equal(corm_state(given), CORM_STATE_DETACHED);
    assert_ok(NULL, corm_free(given));
    name[0] = 'x'; /* the merged one has a text of its own */
    assert_string_equal(ann->name, "Anna");
    assert_ok(pair->two, corm_commit(pair->two));
    assert_stored(pair->two, "Anna|40", "SELECT name, age FROM authors WHERE id = 1");
}

static void of_an_expired_object_only_changes_are_copied(void **state)
{
    struct pair *pair = *state;
    Author *given = corm_get(pair->one, Author, 1);
    assert_ok(pair->one, corm_commit(pair->one)); /* expires it */
    assert_ok(pair->one, corm_expunge(pair->one, given));
    Author *ann = corm_get(pair->two, Author, 1);
    ann->role = "chief";
    assert_ok(pair->two, corm_commit(pair->two));
    given->age = corm_some(50);
    assert_ptr_equal(corm_merge(pair->two, given), ann);
    assert_ok(pair->two, corm_commit(pair->two));
    assert_stored(pair->two, "Ann|50|chief", "SELECT name, age, role FROM authors WHERE id = 1");
    assert_ok(NULL, corm_free(given));
}

static void an_expired_column_is_not_copied(void **state)
{
    struct pair *pair = *state;
    Author *given = corm_get(pair->one, Author, 1);
    given->age = corm_some(41);
    given->name = "Anna";
    assert_ok(pair->one, corm_expire_column(pair->one, given, Author_.name.column));
    Author *ann = corm_get(pair->two, Author, 1);
    ann->name = "Anne";
    assert_ptr_equal(corm_merge(pair->two, given), ann);
    assert_string_equal(ann->name, "Anne");
    assert_int_equal(ann->age.value, 41);
    assert_ok(pair->one, corm_rollback(pair->one));
}

static void the_other_session_may_be_closed_before_the_flush(void **state)
{
    struct pair *pair = *state;
    Author *given = corm_get(pair->one, Author, 1);
    given->name = corm_text(pair->one, "%s", "Anna");
    assert_ok(pair->one, Author_books_append(given, corm_new(pair->one, Book, .title = "Three")));
    assert_int_equal(Author_books(given).count, 3); /* flushes into its own transaction */
    Book_list books = Author_books(given);
    books.items[0]->title = corm_text(pair->one, "%s", "The first");
    Author *ann = corm_merge(pair->two, given);
    assert_got(pair->two, ann);
    corm_session_close(pair->one);
    pair->one = corm_session_open(pair->engine, NULL);
    corm_free_lists(pair->two);
    (void)corm_text(pair->two, "%s", "Nobody"); /* not where the author's name is */
    assert_int_equal(Author_books(ann).count, 3);
    assert_ok(pair->two, corm_commit(pair->two));
    assert_stored(pair->two, "1|The first|1;2|Two|1;3|Three|1", all_books);
    assert_stored(pair->two, "Anna", "SELECT name FROM authors WHERE id = 1");
}

static void a_value_that_was_taken_away_is_taken_away(void **state)
{
    struct pair *pair = *state;
    Book *given = corm_get(pair->one, Book, 1);
    assert_ok(pair->one, corm_unset(given, Book_.author_id));
    Book *book = corm_merge(pair->two, given);
    assert_got(pair->two, book);
    assert_true(corm_is_unset(book, Book_.author_id));
    assert_status(pair->two, CORM_NOT_NULL, corm_commit(pair->two));
    assert_ok(pair->two, corm_rollback(pair->two));
    assert_ok(pair->one, corm_rollback(pair->one));
    corm_session *session =
        corm_session_open(pair->engine, &(corm_session_options){.no_autoflush = true});
    book = corm_get(session, Book, 1);
    assert_ok(session, corm_unset(book, Book_.author_id));
    given->author_id = 2;
    assert_ptr_equal(corm_merge(session, given), book);
    assert_false(corm_is_unset(book, Book_.author_id)); /* and a value is a value again */
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|One|2;2|Two|1", all_books);
    corm_session_close(session);
    assert_ok(pair->one, corm_rollback(pair->one));
}

static void a_row_that_has_gone_is_inserted_again(void **state)
{
    struct pair *pair = *state;
    Author *given = corm_get(pair->one, Author, 2);
    assert_ok(pair->one, corm_commit(pair->one));
    assert_ok(pair->one, corm_expunge(pair->one, given));
    run_sql(pair->two, "DELETE FROM authors WHERE id = 2");
    Author *bob = corm_merge(pair->two, given);
    assert_int_equal(corm_state(bob), CORM_STATE_PENDING);
    assert_ok(pair->two, corm_commit(pair->two));
    assert_stored(pair->two, "2|Bob|NULL|1|guest",
                  "SELECT id, name, age, active, role FROM authors WHERE id = 2");
    assert_ok(NULL, corm_free(given));
}

static void an_object_goes_from_one_database_to_another(void **state)
{
    corm_session *session = *state;
    fill(session);
    corm_session *copy = memory_session(&library);
    assert_got(copy, copy);
    Author *ann = corm_get(session, Author, 1);
    assert_int_equal(Author_books(ann).count, 2);
    assert_got(copy, corm_merge(copy, ann));
    assert_ok(copy, corm_commit(copy));
    assert_stored(copy, "1|One|1;2|Two|1", all_books);
    assert_stored(copy, "1|Ann|40|0|editor", all_authors);
    corm_session_close(copy);
}

/* ---- Relationships ----------------------------------------------------------------------------------- */

static void a_collection_becomes_the_given_one(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *given = corm_new(session, Author, .id = 1);
    assert_ok(session, Author_books_append(given, corm_new(session, Book, .title = "Three")));
    assert_ok(session,
              Author_books_append(given, corm_new(session, Book, .id = 1, .title = "The first")));
    Author *ann = corm_merge(session, given);
    assert_got(session, ann);
    assert_ran(2, "SELECT"); /* the author, and all books at once */
    Book_list books = Author_books(ann);
    assert_int_equal(books.count, 2);
    assert_string_equal(books.items[0]->title, "Three");
    assert_ptr_equal(books.items[1], corm_get(session, Book, 1));
    assert_ptr_equal(Book_author(books.items[0]), ann);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|The first|1;3|Three|1", all_books); /* 2 was an orphan */
}

static void a_collection_that_is_not_known_is_left_alone(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *given = corm_new(session, Author, .id = 1, .name = "Anna");
    assert_int_equal(Author_books(given).count, 0); /* looking is not saying */
    Author *ann = corm_merge(session, given);
    assert_ran(1, "SELECT");
    assert_int_equal(Author_books(ann).count, 2);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|One|1;2|Two|1", all_books);
}

static void a_collection_that_was_emptied_empties(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *given = corm_new(session, Author, .id = 1);
    assert_ok(session, Author_books_replace(given, NULL, 0));
    assert_got(session, corm_merge(session, given));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "", all_books);
}

static void a_list_of_another_session_that_is_not_loaded_is_left_alone(void **state)
{
    struct pair *pair = *state;
    Author *given = corm_get(pair->one, Author, 1);
    assert_int_equal(Author_books(given).count, 2);
    assert_ok(pair->one, corm_commit(pair->one)); /* what was loaded is void */
    given->name = "Anna";
    assert_got(pair->two, corm_get(pair->two, Author, 1));
    record(pair->two);
    assert_got(pair->two, corm_merge(pair->two, given));
    assert_no_sql();
    assert_ok(pair->two, corm_commit(pair->two));
    assert_stored(pair->two, "1|One|1;2|Two|1", all_books);
    assert_ok(pair->one, corm_rollback(pair->one));
}

static void a_reference_is_merged_along(void **state)
{
    corm_session *session = *state;
    fill(session);
    Book *given = corm_new(session, Book, .id = 1);
    assert_ok(session, Book_author_set(given, corm_new(session, Author, .id = 2, .name = "Rob")));
    Book *book = corm_merge(session, given);
    assert_got(session, book);
    assert_ptr_equal(Book_author(book), corm_get(session, Author, 2));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|One|2", "SELECT * FROM books WHERE author_id = 2");
    assert_stored(session, "Rob", "SELECT name FROM authors WHERE id = 2");
}

static void a_reference_to_none_is_merged_too(void **state)
{
    struct pair *pair = *state;
    Desk *desk = corm_new(pair->one, Desk, .place = "window");
    assert_ok(pair->one, Desk_owner_set(desk, corm_get(pair->one, Author, 1)));
    assert_ok(pair->one, corm_add(pair->one, desk));
    assert_ok(pair->one, corm_commit(pair->one));
    desk = corm_get(pair->one, Desk, 1);
    assert_ok(pair->one, Desk_owner_set(desk, NULL));
    Desk *merged = corm_merge(pair->two, desk);
    assert_got(pair->two, merged);
    assert_null(Desk_owner(merged));
    assert_ok(pair->two, corm_commit(pair->two));
    assert_stored(pair->two, "1|window|NULL", "SELECT * FROM desks");
    assert_ok(pair->one, corm_rollback(pair->one));
}

static void one_to_one_moves_to_the_given_owner(void **state)
{
    corm_session *session = *state;
    fill(session);
    Desk *desk = corm_new(session, Desk, .place = "window");
    assert_ok(session, Author_desk_set(corm_get(session, Author, 1), desk));
    start_afresh(session);
    Author *given = corm_new(session, Author, .id = 2);
    assert_ok(session, Author_desk_set(given, corm_new(session, Desk, .id = 1)));
    Author *bob = corm_merge(session, given);
    assert_got(session, bob);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|window|2", "SELECT * FROM desks");
    given = corm_new(session, Author, .id = 2);
    assert_ok(session, Author_desk_set(given, NULL));
    assert_got(session, corm_merge(session, given));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|window|NULL", "SELECT * FROM desks");
}

static void many_to_many_is_merged_along(void **state)
{
    corm_session *session = *state;
    fill(session);
    Book *one = corm_get(session, Book, 1);
    assert_ok(session, Book_labels_append(one, corm_new(session, Label, .name = "red")));
    assert_ok(session, Book_labels_append(one, corm_new(session, Label, .name = "old")));
    start_afresh(session);
    Book *given = corm_new(session, Book, .id = 1);
    assert_ok(session, Book_labels_append(given, corm_new(session, Label, .name = "new")));
    assert_ok(session,
              Book_labels_append(given, corm_new(session, Label, .name = "red", .color = "r")));
    assert_got(session, corm_merge(session, given));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|new;1|red", "SELECT * FROM book_labels ORDER BY 2");
    assert_stored(session, "new|NULL;old|NULL;red|r", "SELECT * FROM labels ORDER BY 1");
}

static void a_list_that_lacks_what_stayed_is_left_alone(void **state)
{
    corm_session *session = *state;
    fill(session);
    Book *one = corm_get(session, Book, 1);
    assert_ok(session, Book_labels_append(one, corm_new(session, Label, .name = "red")));
    assert_ok(session, Book_labels_append(one, corm_new(session, Label, .name = "old")));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Book_labels(one).count, 2);
    assert_ok(session, corm_expunge(session, one));
    assert_int_equal(Book_labels(one).count, 0); /* the labels have stayed in the session */
    one->title = "First";
    assert_got(session, corm_merge(session, one));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|First|1;2|Two|1", all_books);
    assert_stored(session, "1|old;1|red", "SELECT * FROM book_labels ORDER BY 2");
    assert_ok(session, corm_free(one));
}

static void what_was_freed_outside_is_not_merged_along(void **state)
{
    corm_session *session = *state;
    fill(session);
    Book *one = corm_get(session, Book, 1);
    Label *red = corm_new(session, Label, .name = "red");
    assert_ok(session, Book_labels_append(one, red));
    assert_ok(session, corm_commit(session));
    assert_int_equal(Book_labels(one).count, 1);
    Author *ann = Book_author(one);
    assert_ok(session, corm_expunge_all(session));
    assert_ok(session, corm_free(red));
    assert_ok(session, corm_free(ann));
    assert_got(session, corm_merge(session, one));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|One|1;2|Two|1", all_books);
    assert_stored(session, "1|red", "SELECT * FROM book_labels");
    assert_ok(session, corm_free(one));
}

static void a_column_that_was_assigned_says_more_than_the_loaded_reference(void **state)
{
    struct pair *pair = *state;
    Book *given = corm_get(pair->one, Book, 1);
    assert_string_equal(Book_author(given)->name, "Ann");
    given->author_id = 2;
    assert_got(pair->two, corm_merge(pair->two, given));
    assert_ok(pair->two, corm_commit(pair->two));
    assert_stored(pair->two, "1|One|2;2|Two|1", all_books);
    assert_ok(pair->one, corm_rollback(pair->one));
}

static void circles_end_and_each_object_is_merged_once(void **state)
{
    struct pair *pair = *state;
    Knot *knots[3];
    for (size_t i = 0; i < 3; i++)
        knots[i] = corm_new(pair->one, Knot, .name = corm_text(pair->one, "%zu", i));
    for (size_t i = 0; i < 3; i++)
        assert_ok(pair->one, Knot_next_set(knots[i], knots[(i + 1) % 3]));
    Knot *first = corm_merge(pair->two, knots[0]);
    assert_got(pair->two, first);
    assert_ptr_equal(Knot_next(Knot_next(Knot_next(first))), first);
    assert_ptr_equal(Knot_previous(first).items[0], Knot_next(Knot_next(first)));
    assert_ok(pair->two, corm_commit(pair->two));
    assert_stored(pair->two, "3|3",
                  "SELECT count(*), count(DISTINCT next_id) FROM knots WHERE next_id <> id");
    Knot *self = corm_new(pair->one, Knot, .name = "self");
    assert_ok(pair->one, Knot_next_set(self, self));
    self = corm_merge(pair->two, self);
    assert_ptr_equal(Knot_next(self), self);
}

static void a_long_chain_needs_no_stack(void **state)
{
    enum { LENGTH = 20000 };
    struct pair *pair = *state;
    Knot *last = NULL;
    for (int i = 0; i < LENGTH; i++) {
        Knot *knot = corm_new(pair->one, Knot, .id = i + 1);
        assert_ok(pair->one, Knot_next_set(knot, last));
        last = knot;
    }
    Knot *first = corm_merge(pair->two, last);
    assert_got(pair->two, first);
    assert_int_equal(corm_count(pair->two, Knot), LENGTH);
}

static void two_given_objects_for_one_row_become_one(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *given = corm_new(session, Author, .id = 9, .name = "Ida");
    assert_ok(session, Author_books_append(given, corm_new(session, Book, .id = 5, .title = "A")));
    assert_ok(session, Author_books_append(given, corm_new(session, Book, .id = 5, .title = "B")));
    Author *ida = corm_merge(session, given);
    assert_got(session, ida);
    assert_int_equal(Author_books(ida).count, 1);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "5|B|9", "SELECT * FROM books WHERE id > 2");
}

static void without_the_cascade_a_relationship_is_left_alone(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *ann = corm_get(session, Author, 1);
    assert_ok(session, Author_notes_append(ann, corm_new(session, Note, .body = "old")));
    start_afresh(session);
    Author *given = corm_new(session, Author, .id = 1, .name = "Anna");
    assert_ok(session, Author_notes_append(given, corm_new(session, Note, .body = "new")));
    assert_got(session, corm_merge(session, given));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|old|1", "SELECT * FROM notes");
    assert_stored(session, "Anna", "SELECT name FROM authors WHERE id = 1");
}

static void a_list_that_programs_must_not_load_is_replaced_all_the_same(void **state)
{
    corm_session *session = *state;
    fill(session);
    Award *award = corm_new(session, Award, .title = "old", .author_id = corm_some(1));
    assert_ok(session, corm_add(session, award));
    start_afresh(session);
    Author *given = corm_new(session, Author, .id = 1);
    assert_ok(session, Author_awards_append(given, corm_new(session, Award, .title = "new")));
    assert_got(session, corm_merge(session, given));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "old|NULL;new|1", "SELECT title, author_id FROM awards ORDER BY id");
}

static void a_list_that_is_never_loaded_gets_the_given_objects(void **state)
{
    corm_session *session = *state;
    fill(session);
    Visit *visit = corm_new(session, Visit, .year = 2020, .author_id = corm_some(1));
    assert_ok(session, corm_add(session, visit));
    start_afresh(session);
    Author *given = corm_new(session, Author, .id = 1);
    assert_ok(session, Author_visits_append(given, corm_new(session, Visit, .year = 2021)));
    assert_ok(session,
              Author_visits_append(given, corm_new(session, Visit, .id = 1, .year = 2019)));
    assert_got(session, corm_merge(session, given));
    assert_ran(2, "SELECT"); /* the author and visit 1, not all visits */
    Author *new = corm_new(session, Author, .name = "Cid");
    assert_ok(session, Author_visits_append(new, corm_new(session, Visit, .year = 2022)));
    assert_got(session, corm_merge(session, new));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "2019|1;2021|1;2022|3",
                  "SELECT year, author_id FROM visits ORDER BY year");
}

/* ---- Pending, deleted, and the flush before -------------------------------------------------------- */

static void what_is_pending_is_flushed_first(void **state)
{
    corm_session *session = *state;
    Author *pending = corm_new(session, Author, .id = 1, .name = "Ann");
    assert_ok(session, corm_add(session, pending));
    Author *given = corm_new(session, Author, .id = 1, .name = "Anna");
    assert_ptr_equal(corm_merge(session, given), pending);
    assert_ran(1, "INSERT");
    assert_ran(0, "SELECT");
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|Anna|NULL|1|guest", all_authors);
}

static void without_autoflush_a_pending_object_with_the_key_is_found(void **state)
{
    struct pair *pair = *state;
    corm_session *session =
        corm_session_open(pair->engine, &(corm_session_options){.no_autoflush = true});
    Author *pending = corm_new(session, Author, .id = 9, .name = "Ida");
    assert_ok(session, corm_add(session, pending));
    Author *given = corm_new(session, Author, .id = 9, .role = "poet");
    assert_ptr_equal(corm_merge(session, given), pending);
    assert_int_equal(corm_state(pending), CORM_STATE_PENDING);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "9|Ida|NULL|1|poet",
                  "SELECT id, name, age, active, role FROM authors WHERE id = 9");
    corm_session_close(session);
}

static void a_flush_that_fails_is_told(void **state)
{
    corm_session *session = *state;
    fill(session);
    assert_ok(session, corm_add(session, corm_new(session, Author, .age = corm_some(1))));
    Author *given = corm_new(session, Author, .id = 1, .name = "Anna");
    assert_null(corm_merge(session, given));
    assert_int_equal(corm_last_status(), CORM_NOT_NULL);
    assert_message(session, "authors.name is NULL");
    assert_null(corm_merge(session, given));
    assert_int_equal(corm_last_status(), CORM_PENDING_ROLLBACK);
    assert_ok(session, corm_rollback(session));
    assert_got(session, corm_merge(session, given));
}

static void given_anew_what_is_marked_deleted_takes_its_row(void **state)
{
    struct pair *pair = *state;
    corm_session *session =
        corm_session_open(pair->engine, &(corm_session_options){.no_autoflush = true});
    Author *bob = corm_get(session, Author, 2);
    assert_ok(session, corm_delete(session, bob));
    Author *given = corm_new(session, Author, .id = 2, .name = "Rob");
    Author *rob = corm_merge(session, given);
    assert_got(session, rob);
    assert_true(rob != bob);
    record(session);
    assert_ok(session, corm_commit(session));
    assert_ran(0, "DELETE");
    assert_stored(session, "2|Rob|NULL|1|guest",
                  "SELECT id, name, age, active, role FROM authors WHERE id = 2");
    corm_session_close(session);
}

static void what_was_deleted_can_be_merged_back(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *bob = corm_get(session, Author, 2);
    assert_ok(session, corm_delete(session, bob));
    assert_ok(session, corm_commit(session));
    Author *again = corm_merge(session, bob);
    assert_got(session, again);
    assert_true(again != bob);
    assert_int_equal(corm_state(again), CORM_STATE_PENDING);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|Ann|40|0|editor;2|Bob|NULL|1|guest", all_authors);
}

/* ---- What is refused --------------------------------------------------------------------------------- */

static void what_cannot_be_merged_is_refused(void **state)
{
    corm_session *session = *state;
    Author copy = {.id = 1};
    assert_null(corm_merge(session, &copy));
    assert_int_equal(corm_last_status(), CORM_NOT_AN_OBJECT);
    assert_message(session, "corm_merge: the pointer is not an object of corm");
    assert_ok(session, corm_flush(session)); /* blocks nothing */

    corm_session *other = memory_session(&blog);
    User *user = new_user(other, "alice");
    assert_null(corm_merge(session, user));
    assert_int_equal(corm_last_status(), CORM_WRONG_MODEL);
    assert_message(session, "corm_merge: User \"alice\" is of a model of another schema");
    corm_session_close(other);

    Author *none = NULL;
    assert_null(corm_merge(session, none));
    assert_int_equal(corm_last_status(), CORM_NULL_ARGUMENT);
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_ok(session, corm_rollback(session));
    Author *given = corm_new(session, Author, .name = "Ann");
    assert_null(corm_merge((corm_session *)NULL, given));
    assert_int_equal(corm_last_status(), CORM_NULL_ARGUMENT);
}

static void a_key_is_found_through_references_to_references(void **state)
{
    corm_session *session = *state;
    for (int again = 0; again < 2; again++) {
        Hall *hall = corm_new(session, Hall, .name = "east");
        Rack *rack = corm_new(session, Rack, .number = 3);
        Board *board =
            corm_new(session, Board, .number = 7, .holds = again == 0 ? "maps" : "atlases");
        assert_ok(session, Rack_hall_set(rack, hall));
        assert_ok(session, Board_rack_set(board, rack));
        assert_got(session, corm_merge(session, board));
        assert_ok(session, corm_commit(session));
    }
    assert_stored(session, "east|3|7|atlases",
                  "SELECT hall_name, rack_number, number, holds FROM boards");
}

static void an_argument_is_evaluated_once(void **state)
{
    corm_session *session = *state;
    fill(session);
    Author *given[2] = {corm_new(session, Author, .id = 1), corm_new(session, Author, .id = 2)};
    Author **next = given;
    assert_int_equal(corm_merge(session, *next++)->id, 1);
    assert_int_equal(corm_merge(session, *next++)->id, 2);
    Author *const fixed = given[0];
    assert_int_equal(corm_merge(session, fixed)->id, 1);
    assert_int_equal(corm_merge(session, corm_new(session, Author, .id = 2))->id, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIBRARY_TEST(what_is_given_is_copied_onto_the_row_and_nothing_else),
        LIBRARY_TEST(a_value_that_equals_the_default_is_copied_where_it_was_given),
        LIBRARY_TEST(without_a_key_it_is_a_new_row),
        LIBRARY_TEST(with_a_key_that_no_row_has_it_is_a_new_row_with_that_key),
        LIBRARY_TEST(what_the_session_has_needs_no_sql),
        LIBRARY_TEST(an_object_of_the_session_is_itself),
        LIBRARY_TEST(keys_of_several_columns_and_of_text_are_found),
        PAIR_TEST(what_the_database_computes_is_not_copied),
        LIBRARY_TEST(a_rollback_takes_a_merge_back),
        PAIR_TEST(a_detached_object_brings_what_was_changed_in_it),
        PAIR_TEST(of_an_expired_object_only_changes_are_copied),
        PAIR_TEST(an_expired_column_is_not_copied),
        PAIR_TEST(the_other_session_may_be_closed_before_the_flush),
        PAIR_TEST(a_value_that_was_taken_away_is_taken_away),
        PAIR_TEST(a_row_that_has_gone_is_inserted_again),
        LIBRARY_TEST(an_object_goes_from_one_database_to_another),
        LIBRARY_TEST(a_collection_becomes_the_given_one),
        LIBRARY_TEST(a_collection_that_is_not_known_is_left_alone),
        LIBRARY_TEST(a_collection_that_was_emptied_empties),
        PAIR_TEST(a_list_of_another_session_that_is_not_loaded_is_left_alone),
        LIBRARY_TEST(a_reference_is_merged_along),
        PAIR_TEST(a_reference_to_none_is_merged_too),
        LIBRARY_TEST(one_to_one_moves_to_the_given_owner),
        LIBRARY_TEST(many_to_many_is_merged_along),
        LIBRARY_TEST(a_list_that_lacks_what_stayed_is_left_alone),
        LIBRARY_TEST(what_was_freed_outside_is_not_merged_along),
        PAIR_TEST(a_column_that_was_assigned_says_more_than_the_loaded_reference),
        PAIR_TEST(circles_end_and_each_object_is_merged_once),
        PAIR_TEST(a_long_chain_needs_no_stack),
        LIBRARY_TEST(two_given_objects_for_one_row_become_one),
        LIBRARY_TEST(without_the_cascade_a_relationship_is_left_alone),
        LIBRARY_TEST(a_list_that_programs_must_not_load_is_replaced_all_the_same),
        LIBRARY_TEST(a_list_that_is_never_loaded_gets_the_given_objects),
        LIBRARY_TEST(what_is_pending_is_flushed_first),
        PAIR_TEST(without_autoflush_a_pending_object_with_the_key_is_found),
        LIBRARY_TEST(a_flush_that_fails_is_told),
        PAIR_TEST(given_anew_what_is_marked_deleted_takes_its_row),
        LIBRARY_TEST(what_was_deleted_can_be_merged_back),
        LIBRARY_TEST(a_key_is_found_through_references_to_references),
        LIBRARY_TEST(what_cannot_be_merged_is_refused),
        LIBRARY_TEST(an_argument_is_evaluated_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
