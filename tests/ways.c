/* ways: whichever way relationships are loaded, with limits, several levels deep, over models that
 * inherit, with objects that are tracked or read-only: what comes is the same. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* clang-format off */
#define FOLDER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Folder, id))                       \
    RELATIONSHIP(ONE_TO_MANY,  children, Folder, BACKREF(parent))                                  \
    RELATIONSHIP(ONE_TO_MANY,  things,   Thing,  folder,                                           \
                 .order_by = corm_by_descending(Thing, size))                                      \
    RELATIONSHIP(MANY_TO_MANY, words,    Word,   BACKREF(folders),                                 \
                 .secondary = corm_secondary("folder_words", "folder_id", "word_id"))
#define THING(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,        .primary_key = true)                                                \
    COLUMN(TEXT,    kind)                                                                          \
    COLUMN(INTEGER, size)                                                                          \
    COLUMN(INTEGER, folder_id, .references = corm_ref(Folder, id))                                 \
    RELATIONSHIP(MANY_TO_ONE, folder, Folder, things)
#define PICTURE(COLUMN, RELATIONSHIP) THING(COLUMN, CORM_INHERITED)                                \
    COLUMN(INTEGER,        width)                                                                  \
    COLUMN(OPTIONAL(BLOB), data, .deferred = true)                                                 \
    RELATIONSHIP(ONE_TO_MANY, marks, Mark, picture)
#define SHORTCUT(COLUMN, RELATIONSHIP) THING(COLUMN, CORM_INHERITED)                               \
    COLUMN(OPTIONAL(INTEGER), target_id, .references = corm_ref(Folder, id))                       \
    RELATIONSHIP(MANY_TO_ONE, target, Folder, NONE, .foreign_key = corm_ref(Shortcut, target_id))
#define MARK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,         .primary_key = true)                                               \
    COLUMN(INTEGER, picture_id, .references = corm_ref(Picture, id))                               \
    RELATIONSHIP(MANY_TO_ONE, picture, Picture, marks)
#define WORD(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    word)
#define FOLDERS(MODEL)                                                                             \
    MODEL(Folder,   "folders",  FOLDER)                                                            \
    MODEL(Thing,    "things",   THING, .discriminator = corm_member(Thing, kind), .identity = "thing") \
    MODEL(Picture,  "pictures", PICTURE,  .inherits = corm_base(Thing), .identity = "picture")     \
    MODEL(Shortcut, "things",   SHORTCUT, .inherits = corm_base(Thing), .identity = "shortcut")    \
    MODEL(Mark,     "marks",    MARK)                                                              \
    MODEL(Word,     "words",    WORD)
/* clang-format on */

CORM_SCHEMA(folders, FOLDERS)

/* Three folders with four folders each, and in each of these nine things. */
static int open_folders(void **state)
{
    corm_session *session = *state = memory_session(&folders);
    if (session == NULL)
        return 1;
    run_sql(session, "INSERT INTO folders VALUES (1, 'a', NULL), (2, 'b', NULL), (3, 'c', NULL)");
    run_sql(session, "INSERT INTO folders SELECT 10 * f.id + n.column1, f.name || n.column1, f.id "
                     "FROM folders f, (VALUES (1), (2), (3), (4)) n");
    run_sql(session, "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 8) "
                     "INSERT INTO things (id, kind, size, folder_id, target_id) "
                     "SELECT 10 * f.id + i, CASE i % 3 WHEN 0 THEN 'thing' WHEN 1 THEN 'picture' "
                     "ELSE 'shortcut' END, i * 7 % 9, f.id, iif(i % 3 = 2, f.parent_id, NULL) "
                     "FROM folders f, n WHERE f.id > 9");
    run_sql(session, "INSERT INTO pictures SELECT id, size, CAST(id AS BLOB) FROM things "
                     "WHERE kind = 'picture'");
    run_sql(session, "INSERT INTO marks SELECT NULL, p.id FROM pictures p, (VALUES (1), (2)) n "
                     "WHERE p.id % 2");
    run_sql(session, "INSERT INTO words VALUES (1, 'x'), (2, 'y'), (3, 'z')");
    run_sql(session, "INSERT INTO folder_words SELECT f.id, w.id FROM folders f, words w "
                     "WHERE (f.id + w.id) % 2");
    start_afresh(session);
    return 0;
}

/* ---- A tree as text ------------------------------------------------------------------------------- */

static char told[20000];
static size_t told_size;

static void tell(const char *format, ...) CORM__PRINTF(1, 2);
static void tell(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    told_size += (size_t)vsnprintf(told + told_size, sizeof told - told_size, format, arguments);
    va_end(arguments);
    assert_true(told_size < sizeof told);
}

static void tell_thing(Thing *thing)
{
    Picture *picture = corm_as(Picture, thing);
    Shortcut *shortcut = corm_as(Shortcut, thing);
    tell(" %lld/%lld", (long long)thing->id, (long long)thing->size);
    if (picture != NULL) {
        Mark_list marks = Picture_marks(picture);
        tell("p%lld", (long long)picture->width);
        for (size_t i = 0; i < marks.count; i++)
            tell("m%lld", (long long)marks.items[i]->id);
    }
    if (shortcut != NULL)
        tell("s%s", Shortcut_target(shortcut)->name);
}

static void tell_folder(Folder *folder)
{
    Word_list words = Folder_words(folder);
    tell("%s [", folder->name);
    for (size_t i = 0; i < words.count; i++)
        tell("%s", words.items[i]->word);
    tell("]");
    Thing_list things = Folder_things(folder);
    for (size_t i = 0; i < things.count; i++)
        tell_thing(things.items[i]);
    tell("\n");
}

static const char *tell_all(corm_session *session, Folder_list roots)
{
    told_size = 0;
    assert_ok(session, corm_last_status());
    for (size_t i = 0; i < roots.count; i++) {
        tell_folder(roots.items[i]);
        Folder_list children = Folder_children(roots.items[i]);
        assert_ok(session, corm_last_status());
        for (size_t k = 0; k < children.count; k++)
            tell_folder(children.items[k]);
    }
    assert_ok(session, corm_last_status());
    return told;
}

/* ---- The ways ------------------------------------------------------------------------------------- */

enum { LATER, OWN, JOINED, MIXED, SHOWN, SHOWN_JOINED, SHOWN_LIMITED, WAYS };

/* All of the tree below the roots, in one of the ways. */
static corm_loading way_of(int way)
{
    const bool joined = way == SHOWN_JOINED;
    const int64_t limit = way == SHOWN_LIMITED ? 100 : 0;
    switch (way) {
    case LATER: return (corm_loading){0};
    case OWN:
        return corm_load(Folder_.children, Folder_.things, Folder_.words, Picture_.marks,
                         Shortcut_.target);
    case JOINED:
        return corm_load_joined(Folder_.children, Folder_.words, Folder_.things, Picture_.marks,
                                Shortcut_.target);
    case MIXED:
        return corm_loads(corm_load_joined(Folder_.children), corm_load(Folder_.words),
                          corm_load(Folder_.things), corm_load_joined(Picture_.marks),
                          corm_load_joined(Shortcut_.target));
    default:
        return corm_loads(corm_load_where(Folder_.children, .where = corm_gt(Folder_.id, 0),
                                          .joined = joined, .limit = limit),
                          corm_load_where(Folder_.words, .where = corm_ne(Word_.word, "q"),
                                          .joined = joined, .limit = limit),
                          corm_load_where(Folder_.things, .where = corm_ge(Thing_.size, 0),
                                          .joined = joined, .limit = limit),
                          corm_load_where(Picture_.marks, .where = corm_ge(Mark_.id, 0),
                                          .joined = joined, .limit = limit),
                          corm_load(Shortcut_.target));
    }
}

static Folder_list roots_of(corm_session *session, int way, bool limited, bool read_only)
{
    return corm_all(session, Folder, .where = corm_is_null(Folder_.parent_id),
                    .order_by = corm_desc(Folder_.name), .load = way_of(way),
                    .limit = limited ? 2 : 0, .offset = limited ? 1 : 0, .read_only = read_only);
}

static void all_ways_bring_the_same(void **state)
{
    corm_session *session = *state;
    static char expected[2][sizeof told];
    for (int limited = 0; limited < 2; limited++)
        for (int way = 0; way < WAYS; way++)
            for (int read_only = 0; read_only < 2; read_only++) {
                if (way == LATER && read_only)
                    continue;
                const char *text = tell_all(session, roots_of(session, way, limited, read_only));
                if (way == LATER)
                    (void)snprintf(expected[limited], sizeof expected[limited], "%s", text);
                if (strcmp(expected[limited], text) != 0)
                    complain(__FILE__, __LINE__, "way %d, limited %d, read-only %d:\n%s\nnot\n%s",
                             way, limited, read_only, text, expected[limited]);
                assert_ok(session, corm_clear(session));
            }
    assert_true(strlen(expected[1]) > 500 && strlen(expected[0]) > strlen(expected[1]));
}

static void what_a_way_has_loaded_needs_no_more_sql(void **state)
{
    corm_session *session = *state;
    for (int way = OWN; way < WAYS; way++)
        for (int read_only = 0; read_only < 2; read_only++) {
            Folder_list roots = roots_of(session, way, true, read_only);
            record(session);
            (void)tell_all(session, roots);
            assert_no_sql();
            assert_ok(session, corm_clear(session));
        }
}

static void columns_of_what_inherits_come_along_in_every_way(void **state)
{
    corm_session *session = *state;
    for (int way = OWN; way < WAYS; way++)
        for (int read_only = 0; read_only < 2; read_only++) {
            Folder_list roots =
                corm_all(session, Folder, .where = corm_is_null(Folder_.parent_id), .limit = 1,
                         .load = corm_loads(way_of(way), corm_load_columns(Picture_.data)),
                         .read_only = read_only);
            assert_ok(session, corm_last_status());
            Thing_list things = Folder_things(Folder_children(roots.items[0]).items[3]);
            int pictures = 0;
            for (size_t i = 0; i < things.count; i++) {
                Picture *picture = corm_as(Picture, things.items[i]);
                if (picture == NULL)
                    continue;
                pictures++;
                assert_int_equal(picture->data.size, 3);
            }
            assert_int_equal(pictures, 3);
            assert_ok(session, corm_clear(session));
        }
}

static void nothing_of_it_is_taken_for_a_change(void **state)
{
    corm_session *session = *state;
    for (int way = 0; way < WAYS; way++) {
        (void)tell_all(session, roots_of(session, way, false, false));
        record(session);
        assert_ok(session, corm_flush(session));
        assert_no_sql();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_ways_bring_the_same, open_folders, close_session),
        cmocka_unit_test_setup_teardown(what_a_way_has_loaded_needs_no_more_sql, open_folders,
                                        close_session),
        cmocka_unit_test_setup_teardown(columns_of_what_inherits_come_along_in_every_way,
                                        open_folders, close_session),
        cmocka_unit_test_setup_teardown(nothing_of_it_is_taken_for_a_change, open_folders,
                                        close_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
