/* hooks: validators of columns, hooks of models and sessions: when they run, what they may do, what a
 * refusal leaves behind. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include "support.h"

/* ---- Models ------------------------------------------------------------------------------------- */

/* clang-format off */
#define MOOD(VALUE) VALUE(CALM, "calm") VALUE(WILD, "wild")
CORM_ENUM(Mood, MOOD)

#define PERSON(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,     .primary_key = true)                                         \
    COLUMN(TEXT,              name,   .length = 10, .validate = check_name)                        \
    COLUMN(OPTIONAL(TEXT),    email,  .validate = check_email)                                     \
    COLUMN(INTEGER,           stamp,  .default_value = corm_default(0))                            \
    RELATIONSHIP(ONE_TO_MANY, pets, Pet, owner,                                                    \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)                         \
    RELATIONSHIP(ONE_TO_MANY, guests, Pet, host)                                                   \
    RELATIONSHIP(MANY_TO_MANY, tags, Sticker, BACKREF(people),                                     \
                 .secondary = corm_secondary("person_stickers", "person_id", "sticker_id"))

#define PET(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), owner_id, .references = corm_ref(Person, id))                        \
    COLUMN(OPTIONAL(INTEGER), host_id,  .references = corm_ref(Person, id))                        \
    RELATIONSHIP(MANY_TO_ONE, owner, Person, pets, .foreign_key = corm_ref(Pet, owner_id))         \
    RELATIONSHIP(MANY_TO_ONE, host,  Person, guests, .foreign_key = corm_ref(Pet, host_id))        \
    RELATIONSHIP(ONE_TO_MANY, toys,  Toy, BACKREF(pet),                                            \
                 .cascade = CORM_CASCADE_ALL, .passive_deletes = true)

#define TOY(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id,     .primary_key = true)                                                   \
    COLUMN(INTEGER, pet_id, .references = corm_ref(Pet, id), .on_delete = CORM_ACTION_CASCADE)

#define STICKER(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(TEXT, text, .primary_key = true)

#define SAMPLE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,          id,    .primary_key = true, .validate = see)                          \
    COLUMN(REAL,             real,  .validate = see)                                               \
    COLUMN(BOOLEAN,          yes,   .validate = see)                                               \
    COLUMN(DATE,             day,   .validate = see)                                               \
    COLUMN(DECIMAL(8, 2),    price, .validate = see)                                               \
    COLUMN(ENUM(Mood),       mood,  .validate = see)                                               \
    COLUMN(BLOB,             bytes, .validate = see)                                               \
    COLUMN(CUSTOM(point),    at,    .validate = see)                                               \
    COLUMN(OPTIONAL(INTEGER), none, .validate = see)                                               \
    COLUMN(OPTIONAL(CUSTOM(point)), nowhere, .validate = see)

#define HOUSE(MODEL)                                                                               \
    MODEL(Person,  "people",   PERSON, .hooks = &person_hooks)                                     \
    MODEL(Pet,     "pets",     PET)                                                                \
    MODEL(Toy,     "toys",     TOY)                                                                \
    MODEL(Sticker, "stickers", STICKER)                                                            \
    MODEL(Sample,  "samples",  SAMPLE)

typedef struct Point { int x, y; } Point;
static bool point_to(const Point *from, corm_value *out, corm_conversion *conversion)
{
    return corm_conversion_text(conversion, out, "%d %d", from->x, from->y);
}
static bool point_from(const corm_value *from, Point *out, corm_conversion *conversion)
{
    return sscanf(from->as.bytes, "%d %d", &out->x, &out->y) == 2 ||
           corm_conversion_refuse(conversion, "no point");
}
CORM_KIND(point, Point, TEXT, point_to, point_from, NULL)
CORM_SCHEMA_DECLARE(house, HOUSE)
/* clang-format on */

/* ---- A script for the hooks ---------------------------------------------------------------------- */

static char happened[4000]; /* "before_insert Ann; ..." */

/* In the hook of this name, for objects of this model or the session, the action is run. */
static struct {
    const char *hook, *model;
    bool (*action)(corm_session *session, void *object);
    size_t calls;
} script;

static void forget(void)
{
    happened[0] = '\0';
    memset(&script, 0, sizeof script);
}

static void play(const char *hook, const char *model,
                 bool (*action)(corm_session *session, void *object))
{
    script.hook = hook;
    script.model = model;
    script.action = action;
    script.calls = 0;
}

static void note(const char *format, ...) CORM__PRINTF(1, 2);
static void note(const char *format, ...)
{
    size_t used = strlen(happened);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(happened + used, sizeof happened - used, format, arguments);
    va_end(arguments);
}

static const char *name_of(const void *object)
{
    const char *model = corm_model_of(object)->name;
    if (strcmp(model, "Person") == 0)
        return ((const Person *)object)->name;
    if (strcmp(model, "Pet") == 0)
        return ((const Pet *)object)->name;
    return model;
}

static bool act(const char *hook, corm_session *session, void *object)
{
    const char *model = object == NULL ? NULL : corm_model_of(object)->name;
    if (script.hook == NULL || strcmp(script.hook, hook) != 0 ||
        (script.model != NULL && (model == NULL || strcmp(script.model, model) != 0)))
        return true;
    script.calls++;
    return script.action(session, object);
}

/* `context` is a word that tells whose hook it is. */
#define OBJECT_HOOK(name_)                                                                         \
    static bool on_##name_(corm_session *session, void *object, void *context)                     \
    {                                                                                              \
        note("%s%s %s; ", (const char *)context, #name_, name_of(object));                         \
        return act(#name_, session, object);                                                       \
    }
#define SESSION_HOOK(name_)                                                                        \
    static bool on_##name_(corm_session *session, void *context)                                   \
    {                                                                                              \
        note("%s%s; ", (const char *)context, #name_);                                             \
        return act(#name_, session, NULL);                                                         \
    }
#define NOTICE(name_)                                                                              \
    static void on_##name_(corm_session *session, void *context)                                   \
    {                                                                                              \
        note("%s%s; ", (const char *)context, #name_);                                             \
        (void)act(#name_, session, NULL);                                                          \
    }
OBJECT_HOOK(before_insert)
OBJECT_HOOK(before_update)
OBJECT_HOOK(before_delete)
OBJECT_HOOK(after_insert)
OBJECT_HOOK(after_update)
OBJECT_HOOK(after_delete)
OBJECT_HOOK(before_load)
OBJECT_HOOK(after_load)
SESSION_HOOK(before_flush)
SESSION_HOOK(after_flush)
SESSION_HOOK(before_commit)
NOTICE(after_commit)
NOTICE(before_rollback)
NOTICE(after_rollback)

static bool check_name(corm_session *session, const void *object, const corm_value *value)
{
    if (strcmp(value->as.bytes, "nobody") == 0)
        return false;
    if (strcmp(value->as.bytes, "root") == 0)
        return corm_refuse(session, "%s is taken", (const char *)value->as.bytes);
    return act("validate", session, (void *)(uintptr_t)object);
}

static size_t emails_checked;

static bool check_email(corm_session *session, const void *object, const corm_value *value)
{
    const Person *person = object;
    emails_checked++;
    return strchr(value->as.bytes, '@') != NULL ||
           corm_refuse(session, "%s's address has no @", person->name);
}

static bool see(corm_session *session, const void *object, const corm_value *value)
{
    char text[100];
    (void)session, (void)object;
    text[write_value(text, sizeof text, value)] = '\0';
    note("%s; ", text);
    return true;
}

/* The model has some, so that models and sessions are told apart. */
static const corm_hooks person_hooks = {.before_insert = on_before_insert,
                                        .before_update = on_before_update,
                                        .context = (void *)(uintptr_t) "model "};

CORM_SCHEMA_DEFINE(house, HOUSE)

static const corm_hooks all_hooks = {.before_insert = on_before_insert,
                                     .before_update = on_before_update,
                                     .before_delete = on_before_delete,
                                     .after_insert = on_after_insert,
                                     .after_update = on_after_update,
                                     .after_delete = on_after_delete,
                                     .before_load = on_before_load,
                                     .after_load = on_after_load,
                                     .before_flush = on_before_flush,
                                     .after_flush = on_after_flush,
                                     .before_commit = on_before_commit,
                                     .after_commit = on_after_commit,
                                     .before_rollback = on_before_rollback,
                                     .after_rollback = on_after_rollback,
                                     .context = (void *)(uintptr_t) ""};

#define assert_happened(text_)                                                                     \
    do {                                                                                           \
        assert_string_equal(happened, text_);                                                      \
        happened[0] = '\0';                                                                        \
    } while (0)

static int open_house(void **state)
{
    forget();
    *state = memory_session(&house);
    return *state == NULL || corm_session_set_hooks(*state, &all_hooks) != CORM_OK;
}

static Person *person(corm_session *session, const char *name)
{
    Person *one = corm_new(session, Person, .name = name);
    assert_got(session, one);
    assert_ok(session, corm_add(session, one));
    return one;
}

static Pet *pet(corm_session *session, Person *owner, const char *name)
{
    Pet *one = corm_new(session, Pet, .name = name);
    assert_got(session, one);
    assert_ok(session, Person_pets_append(owner, one));
    return one;
}

/* Ann with Rex and Tom, committed; nothing has happened yet. */
static Person *ann_and_pets(corm_session *session)
{
    Person *ann = person(session, "Ann");
    (void)pet(session, ann, "Rex");
    (void)pet(session, ann, "Tom");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_current(ann));
    assert_int_equal(Person_pets(ann).count, 2);
    forget();
    record(session);
    return ann;
}

/* ---- Validators ---------------------------------------------------------------------------------- */

static void a_validator_refuses_a_new_value_before_the_first_statement(void **state)
{
    corm_session *session = *state;
    Person *ann = person(session, "Ann"), *bob = person(session, "Bob");
    bob->email = "bob";
    assert_status(session, CORM_REFUSED, corm_flush(session));
    assert_string_equal(corm_error_message(session),
                        "people.email: the text 'bob' is refused: Bob's address has no @ "
                        "(inserting Person \"Bob\")");
    assert_no_sql();
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_ok(session, corm_rollback(session));
    bob->email = "bob@home";
    assert_ok(session, corm_add(session, ann));
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "Ann|NULL;Bob|bob@home", "SELECT name, email FROM people ORDER BY id");
}

static void a_validator_refuses_a_changed_value(void **state)
{
    corm_session *session = *state;
    Person *ann = ann_and_pets(session);
    ann->name = "root";
    assert_status(session, CORM_REFUSED, corm_commit(session));
    assert_string_equal(corm_error_message(session),
                        "people.name: the text 'root' is refused: root is taken (updating Person "
                        "\"root\")");
    assert_ran(0, "UPDATE");
    assert_ok(session, corm_rollback(session));
    assert_string_equal(ann->name, "Ann");
    ann->name = "nobody"; /* refused without a word */
    assert_status(session, CORM_REFUSED, corm_commit(session));
    assert_message(session, "people.name: the text 'nobody' is refused (updating");
    assert_ok(session, corm_rollback(session));
}

static void a_validator_sees_only_what_is_set_or_changed(void **state)
{
    corm_session *session = *state;
    emails_checked = 0;
    Person *ann = person(session, "Ann"); /* email is not set */
    Person *bob = corm_new(session, Person, .name = "Bob", .email = NULL);
    assert_ok(session, corm_add(session, bob));
    assert_ok(session, corm_commit(session));
    assert_int_equal(emails_checked, 0);
    ann->email = "a@b";
    assert_ok(session, corm_commit(session));
    assert_int_equal(emails_checked, 1);
    ann->name = "Anna";
    assert_ok(session, corm_commit(session));
    assert_int_equal(emails_checked, 1);
    ann->email = NULL;
    assert_ok(session, corm_commit(session));
    assert_int_equal(emails_checked, 1);
    assert_ok(session, corm_flush(session));
    assert_int_equal(emails_checked, 1);
}

static void corm_checks_a_value_before_a_validator_sees_it(void **state)
{
    corm_session *session = *state;
    play("validate", NULL, NULL); /* would crash */
    (void)person(session, "a name that is too long");
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "people.name");
}

static void a_validator_gets_the_value_as_the_table_will_hold_it(void **state)
{
    corm_session *session = *state;
    Sample *sample =
        corm_new(session, Sample, .real = 2.5, .yes = true, .day = corm_date_of(2026, 2, 28),
                 .price = corm_decimal_of("7.5"), .mood = WILD, .none = corm_none(INTEGER),
                 .nowhere = corm_none(CUSTOM(point)));
    assert_got(session, sample);
    sample->bytes = (corm_blob){"abc", 3};
    sample->at = (Point){3, 4};
    assert_ok(session, corm_session_set_hooks(session, NULL));
    assert_ok(session, corm_add(session, sample));
    assert_ok(session, corm_commit(session));
    assert_happened("2.5; 1; '2026-02-28'; 750; 'wild'; 3 bytes; '3 4'; ");
    sample->price = corm_decimal_of("7.50"); /* the same number */
    sample->at = (Point){5, 6};
    assert_ok(session, corm_commit(session));
    assert_happened("'5 6'; ");
}

/* ---- When they run -------------------------------------------------------------------------------- */

static void hooks_run_in_this_order(void **state)
{
    corm_session *session = *state;
    Person *ann = person(session, "Ann");
    Pet *rex = pet(session, ann, "Rex");
    assert_ok(session, corm_commit(session));
    assert_happened("before_commit; before_flush; "
                    "model before_insert Ann; before_insert Ann; before_insert Rex; "
                    "after_insert Ann; after_insert Rex; after_flush; after_commit; ");
    ann->stamp = 1;
    (void)person(session, "Bob");
    assert_ok(session, corm_delete(session, rex));
    assert_ok(session, corm_commit(session));
    assert_happened("before_commit; before_flush; "
                    "model before_update Ann; before_update Ann; "
                    "model before_insert Bob; before_insert Bob; before_delete Rex; "
                    "after_update Ann; after_insert Bob; after_delete Rex; "
                    "after_flush; after_commit; ");
    assert_ok(session, corm_commit(session)); /* nothing to flush */
    assert_happened("before_commit; after_commit; ");
    assert_ok(session, corm_rollback(session)); /* nothing to undo */
    assert_happened("");
    ann->stamp = 2;
    assert_ok(session, corm_flush(session));
    assert_happened("before_flush; model before_update Ann; before_update Ann; after_update Ann; "
                    "after_flush; ");
    assert_ok(session, corm_rollback(session));
    assert_happened("before_rollback; after_rollback; ");
}

static void a_query_flushes_with_hooks(void **state)
{
    corm_session *session = *state;
    (void)person(session, "Ann");
    assert_int_equal(corm_count(session, Person), 1);
    assert_happened("before_flush; model before_insert Ann; before_insert Ann; after_insert Ann; "
                    "after_flush; ");
}

static void hooks_can_be_chained_and_taken_away(void **state)
{
    corm_session *session = *state;
    const corm_hooks second = {.after_insert = on_after_insert,
                               .after_commit = on_after_commit,
                               .context = (void *)(uintptr_t) "second "};
    const corm_hooks first = {
        .after_insert = on_after_insert, .context = (void *)(uintptr_t) "first ", .next = &second};
    assert_ok(session, corm_session_set_hooks(session, &first));
    (void)person(session, "Ann");
    assert_ok(session, corm_commit(session));
    assert_happened("model before_insert Ann; first after_insert Ann; second after_insert Ann; "
                    "second after_commit; ");
    assert_ok(session, corm_session_set_hooks(session, NULL));
    (void)person(session, "Bob");
    assert_ok(session, corm_commit(session));
    assert_happened("model before_insert Bob; ");
    assert_int_equal(corm_session_set_hooks(NULL, &first), CORM_NULL_ARGUMENT);
}

static void hooks_are_an_option_of_a_session(void **state)
{
    (void)state;
    forget();
    corm_engine *engine = corm_sqlite_engine(":memory:", &house, NULL);
    corm_session *session = corm_session_open(engine, &(corm_session_options){.hooks = &all_hooks});
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_commit(session));
    assert_happened("before_commit; after_commit; ");
    corm_session_close(session);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

static void a_model_has_no_hooks_of_sessions(void **state)
{
    (void)state;
    const corm_hooks wrong = {.before_insert = on_before_insert, .before_flush = on_before_flush};
    corm_model models[5];
    const corm_model *list[5];
    for (size_t i = 0; i < house.model_count; i++) {
        models[i] = *house.models[i];
        models[i].relationships = NULL;
        models[i].relationship_count = 0;
        list[i] = &models[i];
    }
    models[4].options.hooks = &wrong;
    const corm_schema schema = {"house", &list[4], 1};
    corm_session *session = corm_sqlite_open(":memory:", &schema);
    assert_int_equal(corm_error_status(session), CORM_MODEL);
    assert_message(session, "Sample: .hooks has before_flush, which is of a session and not of a "
                            "model: give it to corm_session_set_hooks");
    corm_session_close(session);
}

/* ---- Changes in hooks ---------------------------------------------------------------------------- */

static bool fill_in(corm_session *session, void *object)
{
    Person *one = object;
    one->stamp++;
    one->email = corm_text(session, "%s@home", one->name);
    return true;
}

static void before_insert_and_before_update_change_their_own_object(void **state)
{
    corm_session *session = *state;
    Person *ann = person(session, "Ann"); /* the model's hook and the session's: twice */
    play("before_insert", "Person", fill_in);
    assert_ok(session, corm_flush(session));
    assert_stored(session, "2|Ann@home", "SELECT stamp, email FROM people");
    play("before_update", "Person", fill_in);
    ann->name = "Eve";
    record(session);
    assert_ok(session, corm_commit(session));
    assert_ran(1, "UPDATE");
    assert_stored(session, "4|Eve@home", "SELECT stamp, email FROM people");
    assert_string_equal(ann->email, "Eve@home");
    ann->stamp = 9;
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_current(ann));
    assert_int_equal(ann->stamp, 4);
    assert_string_equal(ann->email, "Eve@home");
}

static bool give_key(corm_session *session, void *object)
{
    (void)session;
    ((Pet *)object)->id = 70;
    return true;
}

static void before_insert_may_give_the_key(void **state)
{
    corm_session *session = *state;
    Person *ann = person(session, "Ann");
    Pet *rex = pet(session, ann, "Rex");
    assert_true(corm_is_unset(rex, Pet_.id));
    play("before_insert", "Pet", give_key);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "70|1", "SELECT id, owner_id FROM pets");
    assert_ptr_equal(corm_get(session, Pet, 70), rex);
}

static bool spoil_length(corm_session *session, void *object)
{
    (void)session;
    ((Person *)object)->name = "much too long a name";
    return true;
}
static bool spoil_email(corm_session *session, void *object)
{
    (void)session;
    ((Person *)object)->email = "nowhere";
    return true;
}

static void what_a_hook_changes_is_checked(void **state)
{
    corm_session *session = *state;
    Person *ann = person(session, "Ann");
    play("before_insert", "Person", spoil_length);
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "people.name");
    assert_no_sql();
    assert_ok(session, corm_rollback(session));
    ann->name = "Ann";
    assert_ok(session, corm_add(session, ann));
    forget();
    assert_ok(session, corm_commit(session));
    play("before_update", "Person", spoil_email);
    ann->stamp = 5;
    assert_status(session, CORM_REFUSED, corm_flush(session));
    assert_message(session, "people.email: the text 'nowhere' is refused");
    assert_ok(session, corm_rollback(session));
    assert_null(ann->email);
    assert_int_equal(ann->stamp, 0);
}

static bool stamp(corm_session *session, void *object)
{
    (void)session;
    ((Person *)object)->stamp++;
    return true;
}

static void before_update_makes_no_update_out_of_nothing(void **state)
{
    corm_session *session = *state;
    Person *ann = ann_and_pets(session), *bob = person(session, "Bob");
    assert_ok(session, corm_commit(session));
    forget();
    record(session);
    play("before_update", "Person", stamp);
    (void)pet(session, ann, "Pip"); /* a collection is not a column */
    Person_tags_append(ann, corm_new(session, Sticker, .text = "blue"));
    ann->name = corm_text(session, "Ann"); /* the same text */
    bob->stamp = 7;
    bob->stamp = 0;
    assert_ok(session, corm_commit(session));
    assert_ran(0, "UPDATE");
    assert_int_equal(script.calls, 0);
    assert_int_equal(ann->stamp, 0);
    /* nor does a hook that takes the change back */
    Pet *rex = Person_pets(ann).items[0];
    assert_ok(session, Pet_owner_set(rex, bob)); /* but a reference is one */
    assert_ok(session, Pet_owner_set(rex, ann));
    forget();
    record(session);
    assert_ok(session, corm_flush(session));
    assert_null(strstr(happened, "update"));
    assert_ran(0, "UPDATE");
}

static bool take_back(corm_session *session, void *object)
{
    (void)session;
    ((Person *)object)->stamp = 0;
    return true;
}

static void after_update_follows_an_update_only(void **state)
{
    corm_session *session = *state;
    Person *ann = ann_and_pets(session);
    play("before_update", "Person", take_back);
    ann->stamp = 7;
    assert_ok(session, corm_flush(session));
    assert_ran(0, "UPDATE");
    assert_happened("before_flush; model before_update Ann; before_update Ann; after_flush; ");
    assert_ok(session, corm_touch(ann, Person_.stamp));
    assert_ok(session, corm_flush(session));
    assert_ran(1, "UPDATE");
    assert_non_null(strstr(happened, "after_update Ann"));
}

static bool sees_key(corm_session *session, void *object)
{
    const Pet *one = object;
    (void)session;
    note("[%lld of %lld, %s] ", (long long)one->id, (long long)one->owner_id.value,
         Pet_owner(object)->name);
    return corm_state(object) == CORM_STATE_PERSISTENT;
}

static void after_insert_sees_the_keys(void **state)
{
    corm_session *session = *state;
    Person *ann = person(session, "Ann");
    (void)pet(session, ann, "Rex");
    play("after_insert", "Pet", sees_key);
    assert_ok(session, corm_flush(session));
    assert_non_null(strstr(happened, "after_insert Rex; [1 of 1, Ann] "));
}

static bool stamp_three(corm_session *session, void *object)
{
    Person *one = object;
    (void)session;
    if (one->stamp < 3)
        one->stamp++;
    return true;
}

static void what_an_after_hook_changes_is_for_the_next_flush(void **state)
{
    corm_session *session = *state;
    Person *ann = person(session, "Ann");
    play("after_insert", "Person", stamp);
    assert_ok(session, corm_flush(session));
    assert_stored(session, "0", "SELECT stamp FROM people");
    assert_true(corm_is_modified(ann));
    play("after_update", "Person", stamp_three); /* the commit flushes until all is written */
    assert_ok(session, corm_commit(session));
    assert_stored(session, "3", "SELECT stamp FROM people");
    assert_int_equal(ann->stamp, 3);
}

static void a_hook_that_always_changes_something_does_not_hang_the_commit(void **state)
{
    corm_session *session = *state;
    Person *ann = person(session, "Ann");
    assert_ok(session, corm_flush(session));
    play("after_update", "Person", stamp);
    ann->stamp = 1;
    assert_status(session, CORM_MISUSE, corm_commit(session));
    assert_message(session, "there is still something to write after 100 flushes");
    assert_true(corm_in_transaction(session)); /* nothing is lost */
    forget();
    assert_ok(session, corm_commit(session));
    assert_stored(session, "101", "SELECT stamp FROM people");
}

/* ---- Deletes ------------------------------------------------------------------------------------- */

static void cascaded_deletes_and_orphans_have_their_hooks(void **state)
{
    corm_session *session = *state;
    Person *ann = ann_and_pets(session);
    assert_ok(session, Person_pets_remove(ann, Person_pets(ann).items[0]));
    assert_ok(session, corm_flush(session));
    assert_happened("before_flush; before_delete Rex; after_delete Rex; after_flush; ");
    assert_ok(session, corm_delete(session, ann));
    assert_ok(session, corm_flush(session));
    assert_happened("before_flush; before_delete Tom; before_delete Ann; after_delete Tom; "
                    "after_delete Ann; after_flush; ");
}

static void a_reference_that_is_cut_is_an_update(void **state)
{
    corm_session *session = *state;
    Person *ann = ann_and_pets(session), *bob = person(session, "Bob");
    Pet *rex = Person_pets(ann).items[0];
    assert_ok(session, Pet_host_set(rex, bob));
    assert_ok(session, corm_commit(session));
    forget();
    assert_ok(session, corm_delete(session, bob));
    assert_ok(session, corm_flush(session));
    assert_non_null(strstr(happened, "before_update Rex; before_delete Bob; after_update Rex; "
                                     "after_delete Bob; "));
}

static void rows_that_the_database_deletes_and_links_have_no_hooks(void **state)
{
    corm_session *session = *state;
    Person *ann = ann_and_pets(session);
    Pet *rex = Person_pets(ann).items[0];
    assert_ok(session, Pet_toys_append(rex, corm_new(session, Toy)));
    assert_ok(session, corm_commit(session));
    forget();
    assert_ok(session, corm_expire(session, rex)); /* so the toys are not loaded */
    assert_ok(session, corm_delete(session, rex));
    assert_ok(session, corm_flush(session));
    assert_stored(session, "0", "SELECT count(*) FROM toys");
    assert_ok(session, corm_current(ann));
    assert_null(strstr(happened, "_delete Toy"));
    assert_non_null(strstr(happened, "before_delete Rex; after_delete Rex; "));
    Sticker *blue = corm_new(session, Sticker, .text = "blue");
    assert_ok(session, corm_add(session, blue));
    assert_ok(session, corm_flush(session));
    happened[0] = '\0';
    assert_ok(session, Person_tags_append(ann, blue));
    assert_ok(session, corm_flush(session));
    assert_happened("before_flush; after_flush; ");
}

static void a_row_that_a_new_object_takes_over_is_deleted_and_inserted(void **state)
{
    corm_session *session = *state;
    Sticker *old = corm_new(session, Sticker, .text = "blue");
    assert_ok(session, corm_add(session, old));
    assert_ok(session, corm_commit(session));
    forget();
    assert_ok(session, corm_delete(session, old));
    assert_ok(session, corm_add(session, corm_new(session, Sticker, .text = "blue")));
    assert_ok(session, corm_flush(session));
    assert_happened("before_flush; before_insert Sticker; before_delete Sticker; "
                    "after_insert Sticker; after_delete Sticker; after_flush; ");
}

/* ---- Loads --------------------------------------------------------------------------------------- */

static bool sees_members(corm_session *session, void *object)
{
    (void)session;
    note("[%s %lld] ", ((Person *)object)->name, (long long)((Person *)object)->stamp);
    return true;
}

static void after_load_sees_what_was_made_or_filled(void **state)
{
    corm_session *session = *state;
    Person *ann = person(session, "Ann");
    (void)pet(session, ann, "Rex");
    (void)person(session, "Bob");
    start_afresh(session);
    forget();
    play("after_load", "Person", sees_members);
    Person_list people = corm_all(session, Person, .order_by = corm_asc(Person_.id));
    assert_int_equal(people.count, 2);
    assert_happened("after_load Ann; [Ann 0] after_load Bob; [Bob 0] ");
    ann = people.items[0];
    assert_int_equal(Person_pets(ann).count, 1);
    assert_happened("after_load Rex; ");
    assert_ptr_equal(corm_get(session, Person, 1), ann); /* it is there */
    (void)corm_all(session, Person);
    assert_happened("");
    run_sql(session, "UPDATE people SET stamp = 5");
    assert_ok(session, corm_refresh(session, ann));
    assert_happened("before_load Ann; after_load Ann; [Ann 5] ");
    assert_ok(session, corm_expire_column(session, ann, Person_.stamp.column));
    assert_ok(session, corm_current(ann));
    assert_happened("before_load Ann; after_load Ann; [Ann 5] ");
    assert_ok(session, corm_commit(session));
    happened[0] = '\0';
    (void)corm_get(session, Person, 2);
    assert_happened("before_load Bob; after_load Bob; [Bob 5] ");
}

static bool on_before_load_only(corm_session *session, void *object, void *context)
{
    const Person *person = object;
    (void)context;
    note("[%s %lld] ", person->name, (long long)person->stamp);
    return person->stamp != 7 || corm_refuse(session, "seven stays");
}

static void before_load_sees_what_is_filled_again(void **state)
{
    static const corm_hooks hooks = {.before_load = on_before_load_only,
                                     .after_load = on_after_load};
    corm_session *session = *state;
    (void)person(session, "Ann");
    start_afresh(session);
    assert_ok(session, corm_session_set_hooks(session, &hooks));
    forget();
    Person *ann = corm_get(session, Person, 1);
    assert_happened("(null)after_load Ann; "); /* a new object: nothing to see before */
    run_sql(session, "UPDATE people SET stamp = 7");
    assert_ok(session, corm_refresh(session, ann));
    assert_happened("[Ann 0] (null)after_load Ann; ");
    run_sql(session, "UPDATE people SET stamp = 8");
    assert_status(session, CORM_REFUSED, corm_refresh(session, ann));
    assert_message(session, "people: before_load refused: seven stays (loading Person");
    assert_true(ann->stamp == 7);
    assert_ok(session, corm_session_set_hooks(session, NULL));
    assert_ok(session, corm_rollback(session));
}

static void after_load_sees_what_a_joined_load_brings(void **state)
{
    corm_session *session = *state;
    (void)ann_and_pets(session);
    start_afresh(session);
    forget();
    Person_list people =
        corm_all(session, Person, .load = corm_loads(corm_load_joined(Person_.pets)));
    assert_int_equal(people.count, 1);
    assert_ran(1, "SELECT");
    assert_happened("after_load Ann; after_load Rex; after_load Tom; ");
    assert_int_equal(Person_pets(people.items[0]).count, 2);
    assert_happened("");
}

static bool refuse(corm_session *session, void *object)
{
    (void)object;
    return corm_refuse(session, "because of %d", 7);
}

static void after_load_may_refuse(void **state)
{
    corm_session *session = *state;
    (void)ann_and_pets(session);
    assert_ok(session, corm_clear(session));
    play("after_load", "Person", refuse);
    assert_int_equal(corm_all(session, Person).count, 0);
    assert_int_equal(corm_last_status(), CORM_REFUSED);
    assert_string_equal(corm_error_message(session), "people: after_load refused: because of 7 "
                                                     "(loading Person \"Ann\")");
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_ok(session, corm_rollback(session));
    forget();
    assert_int_equal(corm_all(session, Person).count, 1);
}

static void an_object_that_after_load_changes_is_changed(void **state)
{
    corm_session *session = *state;
    (void)ann_and_pets(session);
    assert_ok(session, corm_clear(session));
    play("after_load", "Person", stamp);
    Person *ann = corm_get(session, Person, 1);
    assert_int_equal(ann->stamp, 1);
    forget();
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1", "SELECT stamp FROM people");
}

/* ---- Refusals ------------------------------------------------------------------------------------- */

static const char *const flush_hooks[] = {"before_flush",  "before_insert", "before_update",
                                          "before_delete", "after_insert",  "after_update",
                                          "after_delete",  "after_flush"};
enum { FLUSH_HOOKS = sizeof flush_hooks / sizeof flush_hooks[0] };

static void a_refusal_anywhere_in_a_flush_undoes_it(void **state)
{
    corm_session *session = *state;
    Person *ann = ann_and_pets(session);
    Pet *rex = Person_pets(ann).items[0];
    for (size_t i = 0; i < FLUSH_HOOKS; i++) {
        Person *bob = person(session, "Bob");
        ann->stamp = 3;
        assert_ok(session, corm_delete(session, rex));
        play(flush_hooks[i], NULL, refuse);
        assert_status(session, CORM_REFUSED, i % 2 ? corm_flush(session) : corm_commit(session));
        assert_int_equal(script.calls, 1);
        assert_message(session, flush_hooks[i]);
        assert_message(session, " refused: because of 7");
        assert_status(session, CORM_PENDING_ROLLBACK,
                      corm_flush(session) == CORM_OK ? corm_commit(session)
                                                     : CORM_PENDING_ROLLBACK);
        assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
        assert_ok(session, corm_rollback(session));
        assert_int_equal(ann->stamp, 0);
        assert_int_equal(corm_state(bob), CORM_STATE_TRANSIENT);
        assert_int_equal(corm_state(rex), CORM_STATE_PERSISTENT);
        assert_stored(session, "Ann|0|2",
                      "SELECT name, stamp, (SELECT count(*) FROM pets) FROM people");
        forget();
    }
    ann->stamp = 3;
    assert_ok(session, corm_commit(session));
    assert_stored(session, "3", "SELECT stamp FROM people");
}

static void a_refusal_says_what_it_was_about(void **state)
{
    corm_session *session = *state;
    (void)ann_and_pets(session);
    (void)person(session, "Bob");
    play("before_insert", "Person", refuse);
    assert_status(session, CORM_REFUSED, corm_flush(session));
    assert_string_equal(corm_error_message(session), "people: before_insert refused: because of 7 "
                                                     "(inserting Person \"Bob\")");
    assert_ran(0, "INSERT");
    assert_ok(session, corm_rollback(session));
    (void)person(session, "Bob");
    play("before_flush", NULL, refuse);
    assert_status(session, CORM_REFUSED, corm_flush(session));
    assert_string_equal(corm_error_message(session), "before_flush refused: because of 7");
}

static bool refuse_in_silence(corm_session *session, void *object)
{
    (void)session, (void)object;
    return false;
}

static bool refuse_at_length(corm_session *session, void *object)
{
    char words[600];
    (void)object;
    for (size_t i = 0; i + 2 < sizeof words; i += 2)
        memcpy(&words[i], "\xc3\xa4", 2);
    words[sizeof words - 2] = '\0';
    return corm_refuse(session, "%s", words);
}

static void a_refusal_needs_no_words_and_may_have_too_many(void **state)
{
    corm_session *session = *state;
    (void)person(session, "Bob");
    play("before_insert", NULL, refuse_in_silence);
    assert_status(session, CORM_REFUSED, corm_flush(session));
    assert_string_equal(corm_error_message(session),
                        "people: before_insert refused (inserting Person \"Bob\")");
    assert_ok(session, corm_rollback(session));
    (void)person(session, "Bob");
    play("before_insert", NULL, refuse_at_length);
    assert_status(session, CORM_REFUSED, corm_flush(session));
    assert_message(session, "\xc3\xa4 (inserting Person \"Bob\")");
    assert_ok(session, corm_rollback(session));
    assert_false(corm_refuse(session, "there is nothing to refuse"));
    assert_int_equal(corm_error_status(session), CORM_MISUSE);
    assert_message(session, "corm_refuse: no hook or validator runs");
    assert_false(corm_refuse(NULL, "nor here"));
}

static void before_commit_refuses_without_undoing(void **state)
{
    corm_session *session = *state;
    Person *ann = person(session, "Ann");
    assert_ok(session, corm_flush(session));
    ann->stamp = 4;
    play("before_commit", NULL, refuse);
    assert_status(session, CORM_REFUSED, corm_commit(session));
    assert_string_equal(corm_error_message(session), "before_commit refused: because of 7");
    assert_true(corm_in_transaction(session));
    assert_int_equal(ann->stamp, 4);
    forget();
    assert_ok(session, corm_commit(session));
    assert_stored(session, "Ann|4", "SELECT name, stamp FROM people");
}

static void a_refusal_in_a_savepoint_goes_back_to_it(void **state)
{
    corm_session *session = *state;
    corm_savepoint savepoint;
    Person *ann = person(session, "Ann");
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    for (size_t i = 0; i < FLUSH_HOOKS; i++) {
        assert_status(session, CORM_OK, corm_savepoint_begin(session, &savepoint));
        Person *bob = person(session, "Bob");
        Pet *tom = pet(session, ann, "Tom");
        ann->stamp = 3;
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_delete(session, tom));
        (void)person(session, "Eve");
        bob->stamp = 9;
        play(flush_hooks[i], NULL, refuse);
        assert_status(session, CORM_REFUSED, corm_flush(session));
        assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
        assert_ok(session, corm_savepoint_rollback(session, savepoint));
        assert_int_equal(ann->stamp, 0);
        assert_int_equal(corm_state(bob), CORM_STATE_TRANSIENT);
        assert_int_equal(corm_state(tom), CORM_STATE_TRANSIENT);
        assert_stored(session, "Ann|0", "SELECT name, stamp FROM people");
        forget();
    }
    assert_ok(session, corm_commit(session));
    assert_stored(session, "Ann|0|0",
                  "SELECT name, stamp, (SELECT count(*) FROM pets) FROM people");
}

static void a_rollback_is_told_after_a_failed_flush_too(void **state)
{
    corm_session *session = *state;
    (void)person(session, "root");
    assert_status(session, CORM_REFUSED, corm_commit(session));
    forget();
    assert_ok(session, corm_rollback(session));
    assert_happened("before_rollback; after_rollback; ");
    assert_ok(session, corm_rollback(session));
    assert_happened("");
    (void)person(session, "Ann");
    assert_ok(session, corm_clear(session));
    assert_happened("before_rollback; after_rollback; ");
}

/* A person who is not the object of the hook, and what happens to belong to the test. */
static Person *other;
static corm_savepoint open_savepoint;

static bool fail_in_silence(corm_session *session, void *object)
{
    (void)object;
    (void)corm_add(session, NULL);
    return true;
}

static bool look_back(corm_session *session, void *object)
{
    (void)object;
    note("[%s, %zu pets%s] ", other->name, Person_pets(other).count, corm_error_message(session));
    return true;
}

static void before_a_rollback_all_is_still_there(void **state)
{
    corm_session *session = *state;
    other = ann_and_pets(session);
    play("before_rollback", NULL, look_back);
    (void)pet(session, other, "Cat");
    other->name = "Anna";
    assert_ok(session, corm_rollback(session));
    assert_happened("before_rollback; [Anna, 3 pets] after_rollback; ");
    assert_string_equal(other->name, "Ann");
    assert_int_equal(Person_pets(other).count, 2);
}

static size_t misused;

static bool misuse(corm_session *session, void *object)
{
    (void)object;
    corm_savepoint savepoint;
    const corm_status answers[] = {corm_flush(session),
                                   corm_commit(session),
                                   corm_rollback(session),
                                   corm_clear(session),
                                   corm_savepoint_begin(session, &savepoint),
                                   corm_refresh(session, other),
                                   corm_delete(session, other),
                                   corm_add(session, other),
                                   ((void)corm_count(session, Person), corm_last_status()),
                                   ((void)corm_get(session, Person, 99), corm_last_status()),
                                   ((void)Person_guests(other), corm_last_status()),
                                   (corm_session_close(session), corm_last_status())};
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        assert_int_equal(answers[i], CORM_MISUSE);
        misused++;
    }
    assert_int_equal(other->stamp, 0); /* undone by the flush that failed */
    note("[%s] ", corm_error_message(session));
    return true;
}

static void nothing_stops_the_rollback_of_a_session_that_waits_for_it(void **state)
{
    corm_session *session = *state;
    const corm_hooks second = {.before_rollback = on_before_rollback,
                               .context = (void *)(uintptr_t) "second "};
    corm_hooks first = all_hooks;
    first.next = &second;
    assert_ok(session, corm_session_set_hooks(session, &first));
    other = ann_and_pets(session);
    misused = 0;
    play("before_rollback", NULL, misuse);
    (void)person(session, "root");
    other->stamp = 9;
    assert_status(session, CORM_REFUSED, corm_commit(session));
    happened[0] = '\0';
    assert_ok(session, corm_rollback(session));
    assert_happened("before_rollback; [people.name: the text 'root' is refused: root is taken "
                    "(inserting Person \"root\")] "
                    "second before_rollback; [people.name: the text 'root' is refused: root is "
                    "taken (inserting Person \"root\")] after_rollback; ");
    assert_int_equal(misused, 24);
    (void)person(session, "Bob"); /* a hook that blocks the session */
    play("before_rollback", NULL, fail_in_silence);
    assert_ok(session, corm_rollback(session));
    assert_happened("before_rollback; second before_rollback; after_rollback; ");
    assert_ok(session, corm_commit(session));
    assert_stored(session, "Ann", "SELECT name FROM people");
}

static void what_goes_back_on_its_own_is_not_told(void **state)
{
    (void)state;
    forget();
    corm_engine *engine = corm_sqlite_engine(":memory:", &house, NULL);
    corm_session *session = corm_session_open(engine, &(corm_session_options){.hooks = &all_hooks});
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_commit(session));
    (void)person(session, "Ann");
    assert_ok(session, corm_savepoint_begin(session, &open_savepoint));
    assert_ok(session, corm_savepoint_rollback(session, open_savepoint));
    (void)person(session, "root");
    assert_status(session, CORM_REFUSED, corm_flush(session));
    corm_session_close(session);
    assert_null(strstr(happened, "rollback"));
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

/* ---- What the session's hooks may do -------------------------------------------------------------- */

static bool change_everything(corm_session *session, void *object)
{
    (void)object;
    Person *ann = corm_one(session, Person, .where = corm_eq(Person_.name, "Ann"));
    assert_got(session, ann);
    ann->stamp = 11;
    (void)person(session, "Zoe");
    Pet_list pets = Person_pets(ann);
    assert_int_equal(pets.count, 2);
    return corm_delete(session, pets.items[0]) == CORM_OK;
}

static void before_flush_may_add_change_and_delete(void **state)
{
    corm_session *session = *state;
    (void)ann_and_pets(session);
    assert_ok(session, corm_clear(session));
    forget();
    (void)person(session, "Bob");
    play("before_flush", NULL, change_everything);
    assert_ok(session, corm_flush(session));
    assert_int_equal(script.calls, 1); /* its query does not flush */
    assert_stored(session, "Ann|11;Bob|0;Zoe|0", "SELECT name, stamp FROM people ORDER BY name");
    assert_stored(session, "Tom", "SELECT name FROM pets");
    assert_non_null(strstr(happened, "before_insert Zoe"));
    assert_non_null(strstr(happened, "before_update Ann"));
    assert_non_null(strstr(happened, "before_delete Rex"));
    assert_ok(session, corm_commit(session));
}

static bool plan_it(corm_session *session, void *object)
{
    (void)object;
    corm_plan plan = corm_session_plan(session);
    for (size_t i = 0; i < plan.count; i++)
        note("[%s] ", plan.items[i].text);
    return true;
}

static void before_flush_may_look_at_the_plan(void **state)
{
    corm_session *session = *state;
    Person *ann = ann_and_pets(session);
    ann->stamp = 1;
    play("before_flush", NULL, plan_it);
    assert_ok(session, corm_commit(session));
    assert_non_null(strstr(happened, "[UPDATE people#1: stamp changed] "));
}

static bool add_once(corm_session *session, void *object)
{
    (void)object;
    if (script.calls == 1)
        (void)person(session, "Zoe");
    return corm_count(session, Person) > 0;
}

static void what_after_flush_adds_waits_for_the_next_flush(void **state)
{
    corm_session *session = *state;
    (void)person(session, "Ann");
    play("after_flush", NULL, add_once);
    assert_ok(session, corm_flush(session));
    assert_stored(session, "Ann", "SELECT group_concat(name) FROM people");
    script.calls = 0;
    (void)person(session, "Bob");
    assert_ok(session, corm_commit(session)); /* writes it */
    assert_stored(session, "5", "SELECT count(*) + 1 FROM people");
}

static bool flush_it(corm_session *session, void *object)
{
    (void)object;
    (void)person(session, "Zoe");
    return corm_flush(session) == CORM_OK && corm_count(session, Person) == 2;
}

static void before_commit_may_flush_and_query(void **state)
{
    corm_session *session = *state;
    (void)person(session, "Ann");
    play("before_commit", NULL, flush_it);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "Ann;Zoe", "SELECT name FROM people ORDER BY id");
}

static void an_error_of_the_session_in_a_hook_fails_the_flush(void **state)
{
    corm_session *session = *state;
    (void)person(session, "Ann");
    play("before_flush", NULL, fail_in_silence);
    assert_status(session, CORM_NULL_ARGUMENT, corm_flush(session));
    assert_message(session, "corm_add: the object is NULL");
    assert_ok(session, corm_rollback(session));
    (void)person(session, "Ann");
    play("before_commit", NULL, fail_in_silence);
    assert_status(session, CORM_NULL_ARGUMENT, corm_commit(session));
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_ok(session, corm_rollback(session));
    assert_stored(session, "0", "SELECT count(*) FROM people");
}

/* ---- What hooks must not do ----------------------------------------------------------------------- */

static size_t refused_calls;

/* The call is a wrong use and says in which hook. */
static void wrong_use(corm_session *session, corm_status status, const char *call)
{
    if (status != CORM_MISUSE || strstr(corm_error_message(session), "inside of ") == NULL)
        complain(__FILE__, __LINE__, "%s answers \"%s\": %s", call, corm_status_text(status),
                 corm_error_message(session));
    refused_calls++;
    corm_clear_error(session);
}
#define WRONG(call_) wrong_use(session, (call_), #call_)
/* calls that return something else */
#define WRONG_TOO(call_) wrong_use(session, ((void)(call_), corm_last_status()), #call_)

static bool end_the_transaction(corm_session *session, void *object)
{
    corm_savepoint savepoint;
    (void)object;
    WRONG(corm_commit(session));
    WRONG(corm_rollback(session));
    WRONG(corm_savepoint_begin(session, &savepoint));
    WRONG(corm_savepoint_release(session, open_savepoint));
    WRONG(corm_savepoint_rollback(session, open_savepoint));
    WRONG(corm_clear(session));
    WRONG_TOO(corm_session_close(session));
    WRONG(corm_create_all(session));
    WRONG(corm_drop_all(session));
    WRONG(corm_session_set_hooks(session, NULL));
    return true;
}

static bool flush_and_end(corm_session *session, void *object)
{
    WRONG(corm_flush(session));
    return end_the_transaction(session, object);
}

static bool use_the_session(corm_session *session, void *object)
{
    Person *spare = corm_new(session, Person, .name = "spare");
    Pet *stray = corm_new(session, Pet, .name = "stray");
    assert_non_null(spare); /* allowed, if of little use */
    assert_non_null(corm_text(session, "%d", 1));
    WRONG(corm_add(session, spare));
    WRONG(corm_delete(session, other));
    WRONG(corm_expunge(session, other));
    WRONG(corm_expunge_all(session));
    WRONG(corm_expire(session, other));
    WRONG(corm_expire_column(session, other, Person_.stamp.column));
    WRONG(corm_expire_all(session));
    WRONG(corm_refresh(session, other));
    WRONG(corm_free(spare));
    WRONG(corm_touch(other, Person_.stamp));
    WRONG(corm_unset(other, Person_.stamp));
    WRONG(Person_pets_append(other, stray));
    WRONG(Person_pets_remove(other, stray));
    WRONG(Person_pets_replace(other, &stray, 1));
    WRONG(Pet_owner_set(stray, other));
    WRONG(Pet_owner_set(stray, NULL));
    WRONG_TOO(Person_guests(other)); /* not loaded */
    WRONG_TOO(corm_all(session, Person));
    WRONG_TOO(corm_first(session, Person));
    WRONG_TOO(corm_one(session, Person));
    WRONG_TOO(corm_count(session, Person));
    WRONG_TOO(corm_get(session, Person, 99));
    WRONG_TOO(corm_session_plan(session));
    WRONG_TOO(corm_native_handle(session));
    WRONG_TOO(corm_free_lists(session));
    WRONG_TOO(corm_merge(session, other));
    WRONG(corm_check_tables(session));
    /* what is loaded may be read; the end of a transaction expires it */
    if (strcmp(script.hook, "after_commit") != 0 && strcmp(script.hook, "after_rollback") != 0) {
        assert_int_equal(Person_pets(other).count, 1);
        assert_string_equal(Pet_owner(Person_pets(other).items[0])->name, "Other");
    }
    return flush_and_end(session, object);
}

static void the_session_cannot_be_used_inside_of_an_objects_hook(void **state)
{
    static const char *const hooks[] = {"before_insert",   "before_update",  "before_delete",
                                        "after_insert",    "after_update",   "after_delete",
                                        "after_load",      "before_load",    "validate",
                                        "before_rollback", "after_rollback", "after_commit"};
    corm_session *session = *state;
    Person *ann = ann_and_pets(session);
    other = person(session, "Other");
    (void)pet(session, other, "Cat");
    assert_ok(session, corm_commit(session));
    for (size_t i = 0; i < sizeof hooks / sizeof hooks[0]; i++) {
        forget();
        assert_ok(session, corm_current(other));
        assert_int_equal(Person_pets(other).count, 1);
        Pet *tom = Person_pets(ann).items[0];
        assert_ok(session, corm_savepoint_begin(session, &open_savepoint));
        refused_calls = 0;
        play(hooks[i], NULL, use_the_session);
        ann->stamp = 5;
        ann->name = "Anna";
        (void)person(session, "Bob");
        assert_ok(session, corm_delete(session, tom));
        assert_ok(session, corm_flush(session));
        assert_ok(session, corm_refresh(session, ann));
        assert_stored(session, "Anna|5;Bob|0;Other|0", /* nothing is lost */
                      "SELECT name, stamp FROM people ORDER BY name");
        assert_stored(session, "Cat;Tom", "SELECT name FROM pets ORDER BY name");
        if (strcmp(hooks[i], "after_commit") == 0)
            assert_ok(session, corm_commit(session));
        assert_ok(session, corm_rollback(session));
        assert_true(script.calls > 0);
        assert_int_equal(refused_calls, 38 * script.calls);
    }
}

static void the_transaction_cannot_be_ended_inside_of_a_hook(void **state)
{
    corm_session *session = *state;
    Person *ann = person(session, "Ann");
    for (int i = 0; i < 3; i++) {
        static const char *const hooks[] = {"before_flush", "after_flush", "before_commit"};
        forget();
        ann->stamp++;
        assert_ok(session, corm_savepoint_begin(session, &open_savepoint));
        ann->stamp++;
        refused_calls = 0;
        play(hooks[i], NULL, i == 2 ? end_the_transaction : flush_and_end);
        assert_ok(session, corm_commit(session));
        assert_int_equal(refused_calls, i == 2 ? 10 : 11);
        assert_int_equal(ann->stamp, 2 * i + 2);
    }
    assert_stored(session, "6", "SELECT stamp FROM people");
}

static bool note_messages(corm_session *session, void *object)
{
    (void)corm_rollback(session);
    note("[%s] ", corm_error_message(session));
    corm_clear_error(session);
    if (object != NULL)
        (void)corm_delete(session, object);
    else
        (void)corm_flush(session);
    note("[%s] ", corm_error_message(session));
    corm_clear_error(session);
    if (object != NULL)
        (void)corm_count(session, Person);
    note("[%s] ", corm_error_message(session));
    corm_clear_error(session);
    if (object != NULL)
        (void)corm_flush(session);
    note("[%s] ", corm_error_message(session));
    corm_clear_error(session);
    return true;
}

static void a_message_says_which_call_in_which_hook(void **state)
{
    corm_session *session = *state;
    (void)person(session, "Ann");
    play("before_flush", NULL, note_messages);
    assert_ok(session, corm_flush(session));
    assert_part(happened,
                "before_flush; [corm_rollback inside of before_flush, which cannot flush, "
                "or end the transaction] [corm_flush inside of before_flush, which ");
    (void)person(session, "Bob");
    play("after_insert", NULL, note_messages);
    assert_ok(session, corm_flush(session));
    assert_part(happened, "after_insert Bob; [corm_rollback inside of after_insert, which cannot "
                          "use the session: it may read and change its own object] [corm_delete "
                          "inside of after_insert, ");
    assert_part(happened,
                "[corm_count inside of after_insert, which cannot use the session: it may "
                "read and change its own object] [corm_flush inside of after_insert, ");
}

static bool count_people(corm_session *session, void *object)
{
    (void)object;
    (void)corm_count(session, Person);
    (void)corm_all(session, Pet); /* the first one is told */
    return true;
}

static bool add_a_pet(corm_session *session, void *object)
{
    (void)object;
    (void)corm_add(session, corm_new(session, Pet, .name = "Cat"));
    return true;
}

/* A guard, to which what is not loaded must not look like what is not there. */
static bool owner_may(corm_session *session, void *object)
{
    const Person *owner = Pet_owner(object);
    return owner == NULL || owner->stamp == 0 || corm_refuse(session, "the owner is blocked");
}

static bool refuse_what_cannot_be_read(corm_session *session, void *object)
{
    return Pet_owner(object) != NULL || corm_refuse(session, "it has no owner");
}

static bool end_it(corm_session *session, void *object)
{
    (void)object;
    (void)corm_rollback(session);
    return true;
}

static void a_call_that_a_hook_must_not_make_fails_the_flush(void **state)
{
    static const struct {
        const char *hook;
        bool (*action)(corm_session *session, void *object);
        const char *message;
    } tries[] = {
        {"before_update", count_people,
         "corm_count inside of before_update, which cannot use the session: it may read and change "
         "its own object (updating Pet \"Rex\")"},
        {"after_update", add_a_pet,
         "corm_add inside of after_update, which cannot use the session: it may read and change "
         "its own object (updating Pet \"Rex\")"},
        {"before_update", owner_may,
         "Pet.owner is not loaded and cannot be loaded inside of before_update: load it before, "
         "for instance with .load = corm_load(Pet_.owner) (updating Pet \"Rex\")"},
        {"before_update", refuse_what_cannot_be_read,
         "Pet.owner is not loaded and cannot be loaded inside of before_update: load it before, "
         "for instance with .load = corm_load(Pet_.owner) (updating Pet \"Rex\")"},
        {"before_flush", end_it,
         "corm_rollback inside of before_flush, which cannot flush, or end the transaction"},
        {"validate", count_people,
         "corm_count inside of a validator, which cannot use the session: it may read and change "
         "its own object (inserting Person \"Eve\")"}};
    corm_session *session = *state;
    Person *ann = person(session, "Ann");
    ann->stamp = 1;
    (void)pet(session, ann, "Tom");
    assert_ok(session, corm_commit(session));
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        forget();
        assert_ok(session, corm_clear(session));
        Pet *tom = corm_first(session, Pet);
        assert_got(session, tom);
        tom->name = "Rex";
        (void)person(session, "Eve");
        play(tries[i].hook, NULL, tries[i].action);
        assert_status(session, CORM_MISUSE, corm_commit(session));
        assert_string_equal(corm_error_message(session), tries[i].message);
        assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
        assert_ok(session, corm_rollback(session));
    }
    forget();
    assert_ok(session, corm_clear(session));
    Pet *tom = corm_first(session, Pet);
    assert_string_equal(Pet_owner(tom)->name, "Ann");
    tom->name = "Rex";
    play("before_update", NULL, owner_may);
    assert_status(session, CORM_REFUSED, corm_commit(session));
    assert_message(session, "the owner is blocked");
    assert_ok(session, corm_rollback(session));
    assert_stored(session, "Tom|1", "SELECT name, (SELECT count(*) FROM people) FROM pets");
}

static void a_call_that_a_hook_must_not_make_fails_the_load(void **state)
{
    corm_session *session = *state;
    (void)person(session, "Ann");
    assert_ok(session, corm_commit(session));
    assert_ok(session, corm_clear(session));
    play("after_load", NULL, count_people);
    assert_null(corm_first(session, Person));
    assert_string_equal(corm_error_message(session),
                        "corm_count inside of after_load, which cannot use the session: it may "
                        "read and change its own object (loading Person \"Ann\")");
    assert_ok(session, corm_rollback(session));
    forget();
    Person *ann = corm_first(session, Person);
    ann->stamp = 2;
    play("before_commit", NULL, end_it);
    assert_status(session, CORM_MISUSE, corm_commit(session));
    assert_string_equal(corm_error_message(session), "corm_rollback inside of before_commit, which "
                                                     "cannot end the transaction");
    forget();
    assert_ok(session, corm_commit(session)); /* it may be tried again */
    assert_stored(session, "2", "SELECT stamp FROM people");
}

/* ---- Units of work -------------------------------------------------------------------------------- */

static corm_status add_ann(corm_session *session, void *argument)
{
    (void)argument;
    corm_status status = corm_session_set_hooks(session, &all_hooks);
    return status == CORM_OK ? corm_add(session, corm_new(session, Person, .name = "Ann")) : status;
}

static void a_unit_of_work_sets_its_hooks(void **state)
{
    (void)state;
    forget();
    corm_engine *engine = corm_sqlite_engine(":memory:", &house, NULL);
    corm_session *session = corm_session_open(engine, NULL);
    assert_ok(session, corm_create_all(session));
    corm_session_close(session);
    assert_int_equal(corm_run(engine, add_ann, NULL), CORM_OK);
    assert_happened("before_commit; before_flush; model before_insert Ann; before_insert Ann; "
                    "after_insert Ann; after_flush; after_commit; ");
    play("before_insert", NULL, refuse);
    assert_int_equal(corm_run(engine, add_ann, NULL), CORM_REFUSED);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

/* A text that a hook assigns need not outlive the flush, whether it succeeds or not. */
static char passing[32];

static bool assign_passing(corm_session *session, void *object)
{
    (void)session;
    (void)snprintf(passing, sizeof passing, "p%zu@x", script.calls);
    ((Person *)object)->email = passing;
    return true;
}

static void texts_that_a_hook_assigns_are_copied(void **state)
{
    corm_session *session = *state;
    Person *ann = person(session, "Ann");
    play("before_insert", "Person", assign_passing);
    assert_ok(session, corm_flush(session));
    memset(passing, 'x', sizeof passing - 1);
    assert_string_equal(ann->email, "p2@x");
    play("before_update", "Person", assign_passing);
    ann->stamp = 4;
    assert_ok(session, corm_commit(session));
    memset(passing, 'x', sizeof passing - 1);
    assert_string_equal(ann->email, "p2@x");
    play("before_insert", NULL, assign_passing); /* refused after it was assigned */
    Person *eve = person(session, "Eve");
    Person *root = person(session, "root");
    assert_status(session, CORM_REFUSED, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    memset(passing, 'x', sizeof passing - 1);
    assert_string_equal(eve->email, "p4@x"); /* the buffer was the same */
    assert_string_equal(root->email, "p4@x");
    assert_true(eve->email != root->email);
    forget();
    assert_ok(session, corm_add(session, eve));
    (void)person(session, "root"); /* refused after ann was looked at */
    ann->stamp = 5;
    assert_status(session, CORM_REFUSED, corm_commit(session));
    assert_ok(session, corm_rollback(session));
    assert_string_equal(ann->email, "p2@x");
}

#define HOUSE_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_house, close_session)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOUSE_TEST(a_validator_refuses_a_new_value_before_the_first_statement),
        HOUSE_TEST(a_validator_refuses_a_changed_value),
        HOUSE_TEST(a_validator_sees_only_what_is_set_or_changed),
        HOUSE_TEST(corm_checks_a_value_before_a_validator_sees_it),
        HOUSE_TEST(a_validator_gets_the_value_as_the_table_will_hold_it),
        HOUSE_TEST(hooks_run_in_this_order),
        HOUSE_TEST(a_query_flushes_with_hooks),
        HOUSE_TEST(hooks_can_be_chained_and_taken_away),
        cmocka_unit_test(hooks_are_an_option_of_a_session),
        cmocka_unit_test(a_model_has_no_hooks_of_sessions),
        HOUSE_TEST(before_insert_and_before_update_change_their_own_object),
        HOUSE_TEST(before_insert_may_give_the_key),
        HOUSE_TEST(what_a_hook_changes_is_checked),
        HOUSE_TEST(before_update_makes_no_update_out_of_nothing),
        HOUSE_TEST(after_update_follows_an_update_only),
        HOUSE_TEST(after_insert_sees_the_keys),
        HOUSE_TEST(what_an_after_hook_changes_is_for_the_next_flush),
        HOUSE_TEST(a_hook_that_always_changes_something_does_not_hang_the_commit),
        HOUSE_TEST(cascaded_deletes_and_orphans_have_their_hooks),
        HOUSE_TEST(a_reference_that_is_cut_is_an_update),
        HOUSE_TEST(rows_that_the_database_deletes_and_links_have_no_hooks),
        HOUSE_TEST(a_row_that_a_new_object_takes_over_is_deleted_and_inserted),
        HOUSE_TEST(after_load_sees_what_was_made_or_filled),
        HOUSE_TEST(before_load_sees_what_is_filled_again),
        HOUSE_TEST(after_load_sees_what_a_joined_load_brings),
        HOUSE_TEST(after_load_may_refuse),
        HOUSE_TEST(an_object_that_after_load_changes_is_changed),
        HOUSE_TEST(a_refusal_anywhere_in_a_flush_undoes_it),
        HOUSE_TEST(a_refusal_says_what_it_was_about),
        HOUSE_TEST(a_refusal_needs_no_words_and_may_have_too_many),
        HOUSE_TEST(before_commit_refuses_without_undoing),
        HOUSE_TEST(a_refusal_in_a_savepoint_goes_back_to_it),
        HOUSE_TEST(a_rollback_is_told_after_a_failed_flush_too),
        HOUSE_TEST(before_a_rollback_all_is_still_there),
        HOUSE_TEST(nothing_stops_the_rollback_of_a_session_that_waits_for_it),
        cmocka_unit_test(what_goes_back_on_its_own_is_not_told),
        HOUSE_TEST(before_flush_may_add_change_and_delete),
        HOUSE_TEST(before_flush_may_look_at_the_plan),
        HOUSE_TEST(what_after_flush_adds_waits_for_the_next_flush),
        HOUSE_TEST(before_commit_may_flush_and_query),
        HOUSE_TEST(an_error_of_the_session_in_a_hook_fails_the_flush),
        HOUSE_TEST(the_session_cannot_be_used_inside_of_an_objects_hook),
        HOUSE_TEST(the_transaction_cannot_be_ended_inside_of_a_hook),
        HOUSE_TEST(a_message_says_which_call_in_which_hook),
        HOUSE_TEST(a_call_that_a_hook_must_not_make_fails_the_flush),
        HOUSE_TEST(a_call_that_a_hook_must_not_make_fails_the_load),
        cmocka_unit_test(a_unit_of_work_sets_its_hooks),
        HOUSE_TEST(texts_that_a_hook_assigns_are_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
