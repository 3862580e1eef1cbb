/* replay.c: replays recorded traces of an ORM session against corm and compares.
 *
 *   replay [options] FILE...
 *
 *   --only ID        only the trace with this id
 *   --verbose        print each operation, the SQL it runs and what it gave
 *   --details        print where only the detail of an error (its column, its reason) differs
 *   --isolate        run each trace in a process of its own, so that a crash is one trace that differs
 *   --decided FILE   the traces that differ on purpose (default: decided.txt beside this file)
 *   --schema FILE    the tables (default: schema.sql beside this file)
 *
 * A file holds one trace per line: operations with what each must give and, after some of them, the
 * content of the database. Each trace gets a database file of its own and is followed up to the first
 * difference, which is one line: `differ` or `decided LETTER`, the id of the trace, the index of the
 * operation from 0, the operation, what was expected and what came. Each FILE ends with
 * `FILE: N match, N differ, N decided`. Status 0: nothing differs but what decided.txt lists, and all
 * of that does; 1: otherwise; 2: the replay itself could not be done.
 *
 * Owns: the models of the traces, a table of operations, the comparison.
 * Must not know: corm's private names. It retries nothing and corrects nothing. */
#define _XOPEN_SOURCE 700 /* mkdtemp, fork, getline */

#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Models ---------------------------------------------------------------------------------- */

/* As models.json of the recording has them, but for the ends of a one-to-one that hold the key: there they are called
 * many-to-one, corm calls both ends one-to-one. */
/* clang-format off */
#define OWNED (CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_DELETE | CORM_CASCADE_EXPUNGE | \
               CORM_CASCADE_REFRESH_EXPIRE)

#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(TEXT),    email,   .unique = true)                                             \
    COLUMN(OPTIONAL(INTEGER), age)                                                                 \
    COLUMN(OPTIONAL(REAL),    score,   .default_value = corm_default(0.0))                         \
    COLUMN(BOOLEAN,           active,  .default_value = corm_default(true))                        \
    RELATIONSHIP(ONE_TO_MANY, posts, Post, user, .order_by = corm_by(Post, id),                    \
                 .cascade = OWNED | CORM_CASCADE_DELETE_ORPHAN)                                    \
    RELATIONSHIP(ONE_TO_MANY, payments, Payment, user, .order_by = corm_by(Payment, id))           \
    RELATIONSHIP(ONE_TO_ONE,  profile, Profile, user, .cascade = OWNED | CORM_CASCADE_DELETE_ORPHAN) \
    RELATIONSHIP(ONE_TO_ONE,  license, License, user, .cascade = OWNED | CORM_CASCADE_DELETE_ORPHAN)

#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              title)                                                               \
    COLUMN(OPTIONAL(TEXT),    body)                                                                \
    COLUMN(INTEGER,           views,   .default_value = corm_default(0))                           \
    COLUMN(INTEGER,           user_id, .references = corm_ref(User, id))                           \
    RELATIONSHIP(MANY_TO_ONE, user, User, posts)                                                   \
    RELATIONSHIP(MANY_TO_MANY, tags, Tag, posts, .order_by = corm_by(Tag, id),                     \
                 .secondary = corm_secondary("post_tags", "post_id", "tag_id"))

#define PAYMENT(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(REAL,              amount)                                                              \
    COLUMN(OPTIONAL(TEXT),    note)                                                                \
    COLUMN(OPTIONAL(INTEGER), user_id, .references = corm_ref(User, id))                           \
    RELATIONSHIP(MANY_TO_ONE, user, User, payments)

#define PROFILE(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(OPTIONAL(TEXT),    bio)                                                                 \
    COLUMN(OPTIONAL(BOOLEAN), public,  .default_value = corm_default(false))                       \
    COLUMN(OPTIONAL(INTEGER), user_id, .references = corm_ref(User, id))                           \
    RELATIONSHIP(ONE_TO_ONE, user, User, profile)

#define LICENSE(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              code)                                                                \
    COLUMN(INTEGER,           user_id, .unique = true, .references = corm_ref(User, id))           \
    RELATIONSHIP(ONE_TO_ONE, user, User, license)

#define TAG(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name,    .unique = true)                                             \
    RELATIONSHIP(MANY_TO_MANY, posts, Post, tags, .order_by = corm_by(Post, id),                   \
                 .secondary = corm_secondary("post_tags", "tag_id", "post_id"))

#define CATEGORY(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Category, id))                     \
    RELATIONSHIP(ONE_TO_MANY, children, Category, parent, .order_by = corm_by(Category, id),       \
                 .cascade = OWNED)                                                                 \
    RELATIONSHIP(MANY_TO_ONE, parent, Category, children)

#define ORDER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              ref,     .unique = true)                                             \
    COLUMN(OPTIONAL(REAL),    total,   .default_value = corm_default(0.0))                         \
    RELATIONSHIP(ONE_TO_MANY, items, OrderItem, order, .order_by = corm_by(OrderItem, line),       \
                 .cascade = OWNED | CORM_CASCADE_DELETE_ORPHAN)

#define ORDER_ITEM(COLUMN, RELATIONSHIP)                                                           \
    COLUMN(INTEGER,           order_id, .primary_key = true, .references = corm_ref(Order, id))    \
    COLUMN(INTEGER,           line,    .primary_key = true)                                        \
    COLUMN(TEXT,              product)                                                             \
    COLUMN(INTEGER,           qty,     .default_value = corm_default(1))                           \
    RELATIONSHIP(MANY_TO_ONE, order, Order, items)

#define ROLE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name,    .unique = true)                                             \
    RELATIONSHIP(ONE_TO_MANY, members, Member, role, .order_by = corm_by(Member, id),              \
                 .cascade = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_DELETE)

#define MEMBER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              nick)                                                                \
    COLUMN(INTEGER,           role_id, .references = corm_ref(Role, id))                           \
    RELATIONSHIP(MANY_TO_ONE, role, Role, members)

#define TEAM(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name)                                                                \
    RELATIONSHIP(ONE_TO_MANY, players, Player, team, .order_by = corm_by(Player, id),              \
                 .cascade = CORM_CASCADE_SAVE_UPDATE | CORM_CASCADE_DELETE, .passive_deletes = true)

#define PLAYER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              nick)                                                                \
    COLUMN(INTEGER,           team_id, .references = corm_ref(Team, id),                           \
                                       .on_delete = CORM_ACTION_CASCADE)                           \
    RELATIONSHIP(MANY_TO_ONE, team, Team, players)

#define DEPT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name)                                                                \
    RELATIONSHIP(ONE_TO_MANY, employees, Employee, dept, .order_by = corm_by(Employee, id))

#define EMPLOYEE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(REAL),    salary)                                                              \
    COLUMN(INTEGER,           dept_id, .references = corm_ref(Dept, id))                           \
    RELATIONSHIP(MANY_TO_ONE, dept, Dept, employees)

/* By name: so the reference takes tables that have nothing to do with each other. */
#define TRACED(MODEL)                                                                              \
    MODEL(Category, "categories", CATEGORY)                                                        \
    MODEL(Dept, "depts", DEPT)                                                                     \
    MODEL(Employee, "employees", EMPLOYEE)                                                         \
    MODEL(License, "licenses", LICENSE)                                                            \
    MODEL(Member, "members", MEMBER)                                                               \
    MODEL(Order, "orders", ORDER)                                                                  \
    MODEL(OrderItem, "order_items", ORDER_ITEM)                                                    \
    MODEL(Payment, "payments", PAYMENT)                                                            \
    MODEL(Player, "players", PLAYER)                                                               \
    MODEL(Post, "posts", POST)                                                                     \
    MODEL(Profile, "profiles", PROFILE)                                                            \
    MODEL(Role, "roles", ROLE)                                                                     \
    MODEL(Tag, "tags", TAG)                                                                        \
    MODEL(Team, "teams", TEAM)                                                                     \
    MODEL(User, "users", USER)
/* clang-format on */

CORM_SCHEMA(traced, TRACED)

/* What an image of the database holds: every table, by primary key. */
static const struct {
    const char *table, *select;
} images[] = {
    {"users", "SELECT id, name, email, age, score, active FROM users ORDER BY id"},
    {"posts", "SELECT id, title, body, views, user_id FROM posts ORDER BY id"},
    {"payments", "SELECT id, amount, note, user_id FROM payments ORDER BY id"},
    {"profiles", "SELECT id, bio, public, user_id FROM profiles ORDER BY id"},
    {"licenses", "SELECT id, code, user_id FROM licenses ORDER BY id"},
    {"tags", "SELECT id, name FROM tags ORDER BY id"},
    {"post_tags", "SELECT post_id, tag_id FROM post_tags ORDER BY post_id, tag_id"},
    {"categories", "SELECT id, name, parent_id FROM categories ORDER BY id"},
    {"orders", "SELECT id, ref, total FROM orders ORDER BY id"},
    {"order_items", "SELECT order_id, line, product, qty FROM order_items ORDER BY order_id, line"},
    {"roles", "SELECT id, name FROM roles ORDER BY id"},
    {"members", "SELECT id, nick, role_id FROM members ORDER BY id"},
    {"teams", "SELECT id, name FROM teams ORDER BY id"},
    {"players", "SELECT id, nick, team_id FROM players ORDER BY id"},
    {"depts", "SELECT id, name FROM depts ORDER BY id"},
    {"employees", "SELECT id, name, salary, dept_id FROM employees ORDER BY id"},
};

/* ---- Tools ----------------------------------------------------------------------------------- */

#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

/* Ends the program: the replay cannot go on. */
static void give_up(const char *what, const char *why)
{
    fflush(stdout);
    fprintf(stderr, "replay: %s: %s\n", what, why);
    exit(2);
}

/* The pointer, or the end of the program where memory is out. */
static void *must(void *pointer)
{
    if (pointer == NULL) {
        give_up("no result", "out of memory");
    }
    return pointer;
}

/* Owns `value`. */
static void put(json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, must(value)) != 0) {
        give_up(key, "out of memory");
    }
}

/* Owns `value`. */
static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, must(value)) != 0) {
        give_up("a list", "out of memory");
    }
}

/* One line of JSON; free it. */
static char *line_of(const json_t *value)
{
    return must(json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY));
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- A trace and one step of it -------------------------------------------------------------- */

typedef struct decision {
    char letter[8];
    char id[120];
} decision;

typedef struct settings {
    const char *only, *decided_path, *schema_path; /* only: NULL for all */
    bool verbose, details, isolate;
    char *schema; /* SQL */
    char directory[1024], database[1100];
    decision *decisions;
    size_t decision_count;
} settings;

typedef struct bound {
    const char *name;
    const corm_model *model;
    void *object;
} bound;

typedef struct mark {
    const char *name;
    corm_savepoint savepoint;
} mark;

/* The names in it belong to `root`, as do the texts that were assigned to members. */
typedef struct trace {
    const settings *settings;
    const json_t *root;
    const char *id;
    corm_engine *engine;
    corm_session *session;
    corm_session_options session_options;
    sqlite3 *outside;     /* the other connection */
    sqlite3 *inside;      /* the sessions' */
    const json_t *before; /* the previous image */
    bound *objects;
    size_t object_count;
    mark *marks;
    size_t mark_count;
    bool differs, detail_differs;
} trace;

/* What an operation names, resolved, and what came of it. */
typedef struct step {
    json_t *op;
    size_t index;
    void *object, *target;
    const corm_model *model; /* named, or of the object */
    corm_column_ref column;
    corm_relationship_ref relationship;
    corm_status status;
    json_t *seen;      /* an observer's value, owned; NULL for a mutator */
    char trouble[256]; /* why the replayer could not perform it; "" if it could */
    char words[256];   /* SQLite's about a status that is not the session's; else "" */
} step;

static void trouble(step *s, const char *what, const char *detail)
{
    snprintf(s->trouble, sizeof s->trouble, "%s: %s", what, detail != NULL ? detail : "missing");
}

static const bound *find_bound(const trace *t, const char *name)
{
    for (size_t i = 0; name != NULL && i < t->object_count; i++) {
        if (strcmp(t->objects[i].name, name) == 0) {
            return &t->objects[i];
        }
    }
    return NULL;
}

static void bind_object(trace *t, const char *name, const corm_model *model, void *object)
{
    t->objects = must(realloc(t->objects, (t->object_count + 1) * sizeof *t->objects));
    t->objects[t->object_count++] = (bound){name, model, object};
}

static mark *find_mark(const trace *t, const char *name)
{
    for (size_t i = 0; name != NULL && i < t->mark_count; i++) {
        if (strcmp(t->marks[i].name, name) == 0) {
            return &t->marks[i];
        }
    }
    return NULL;
}

static const corm_model *find_model(const char *name)
{
    for (size_t i = 0; name != NULL && i < traced.model_count; i++) {
        if (strcmp(traced.models[i]->name, name) == 0) {
            return traced.models[i];
        }
    }
    return NULL;
}

static bool find_column(step *s, const char *name, corm_column_ref *out)
{
    for (size_t i = 0; name != NULL && s->model != NULL && i < s->model->column_count; i++) {
        if (strcmp(s->model->columns[i].name, name) == 0) {
            *out = (corm_column_ref){s->model, (unsigned)i};
            return true;
        }
    }
    trouble(s, "no such column", name);
    return false;
}

static bool find_relationship(step *s, const char *name, corm_relationship_ref *out)
{
    for (size_t i = 0; name != NULL && s->model != NULL && i < s->model->relationship_count; i++) {
        if (strcmp(s->model->relationships[i].name, name) == 0) {
            *out = (corm_relationship_ref){s->model, (unsigned)i, false};
            return true;
        }
    }
    trouble(s, "no such relationship", name);
    return false;
}

/* ---- Members --------------------------------------------------------------------------------- */

/* For a kind of column:
 *   bool is_<name>(const json_t *value);                          whether a value fits
 *   json_t *get_<name>(const void *member);                       new; JSON null for an absent one
 *   void set_<name>(void *member, const json_t *value);           of a value that fits
 *   json_t *get_optional_<name>(const void *member);
 *   void set_optional_<name>(void *member, const json_t *value);  or of JSON null */
#define ACCESS(name_, type_, optional_type_, fits_, make_, value_)                                 \
    static bool is_##name_(const json_t *value)                                                    \
    {                                                                                              \
        return fits_(value);                                                                       \
    }                                                                                              \
    static json_t *get_##name_(const void *member)                                                 \
    {                                                                                              \
        return make_(*(const type_ *)member);                                                      \
    }                                                                                              \
    static void set_##name_(void *member, const json_t *value)                                     \
    {                                                                                              \
        *(type_ *)member = value_(value);                                                          \
    }                                                                                              \
    static json_t *get_optional_##name_(const void *member)                                        \
    {                                                                                              \
        const optional_type_ *at = member;                                                         \
        return at->has_value ? make_(at->value) : json_null();                                     \
    }                                                                                              \
    static void set_optional_##name_(void *member, const json_t *value)                            \
    {                                                                                              \
        optional_type_ some = {.has_value = true};                                                 \
        some.value = value_(value);                                                                \
        *(optional_type_ *)member = json_is_null(value) ? (optional_type_){0} : some;              \
    }

ACCESS(integer, int64_t, corm_optional_integer, json_is_integer, json_integer, json_integer_value)
ACCESS(real, double, corm_optional_real, json_is_number, json_real, json_number_value)
ACCESS(boolean, bool, corm_optional_boolean, json_is_boolean, json_boolean, json_boolean_value)

static bool is_text(const json_t *value)
{
    return json_is_string(value) || json_is_null(value);
}

static json_t *get_text(const void *member)
{
    const char *text = *(const char *const *)member;
    return text != NULL ? json_string_nocheck(text) : json_null();
}

/* The text stays the trace's; JSON null gives NULL. */
static void set_text(void *member, const json_t *value)
{
    *(const char **)member = json_string_value(value);
}

static const struct {
    corm_kind kind;
    bool optional;
    bool (*is)(const json_t *value);
    json_t *(*get)(const void *member);
    void (*set)(void *member, const json_t *value);
} accesses[] = {
    {CORM_KIND_INTEGER, false, is_integer, get_integer, set_integer},
    {CORM_KIND_INTEGER, true, is_integer, get_optional_integer, set_optional_integer},
    {CORM_KIND_REAL, false, is_real, get_real, set_real},
    {CORM_KIND_REAL, true, is_real, get_optional_real, set_optional_real},
    {CORM_KIND_BOOLEAN, false, is_boolean, get_boolean, set_boolean},
    {CORM_KIND_BOOLEAN, true, is_boolean, get_optional_boolean, set_optional_boolean},
    {CORM_KIND_TEXT, false, is_text, get_text, set_text},
    {CORM_KIND_TEXT, true, is_text, get_text, set_text},
};

static size_t access_of(const corm_column *column)
{
    for (size_t i = 0; i < COUNT(accesses); i++) {
        if (accesses[i].kind == column->kind && accesses[i].optional == column->optional) {
            return i;
        }
    }
    give_up(column->name, "a column of a kind that no trace has");
    return 0;
}

static const corm_column *column_of(corm_column_ref ref)
{
    return &ref.model->columns[ref.index];
}

/* What the member holds, as new JSON. */
static json_t *get_member(const void *object, corm_column_ref ref)
{
    const corm_column *column = column_of(ref);
    return must(accesses[access_of(column)].get((const char *)object + column->offset));
}

/* Whether the value is null and the member's C type cannot say so. */
static bool is_unsayable(corm_column_ref ref, const json_t *value)
{
    const corm_column *column = column_of(ref);
    return json_is_null(value) && !column->optional && column->kind != CORM_KIND_TEXT;
}

static bool set_member(step *s, void *object, corm_column_ref ref, const json_t *value)
{
    const corm_column *column = column_of(ref);
    size_t access = access_of(column);
    if (!accesses[access].is(value) && !(column->optional && json_is_null(value))) {
        trouble(s, "a value of another type", column->name);
        return false;
    }
    accesses[access].set((char *)object + column->offset, value);
    return true;
}

/* The primary key as the members have it: a new list. */
static json_t *key_of(const void *object, const corm_model *model)
{
    json_t *key = must(json_array());
    for (unsigned i = 0; i < model->column_count; i++) {
        if (model->columns[i].options.primary_key) {
            append(key, get_member(object, (corm_column_ref){model, i}));
        }
    }
    return key;
}

/* ---- What observers see ---------------------------------------------------------------------- */

/* The value of "v" in "expect"; NULL if the step is to fail. */
static const json_t *expected_value(const step *s)
{
    return json_object_get(json_object_get(s->op, "expect"), "v");
}

/* Binds `object` to the handle that is expected in its place, if the trace says that a handle is new here, and if model
 * and key agree. */
static bool bind_new(trace *t, const step *s, void *object, const json_t *expected)
{
    const char *name = json_string_value(expected);
    const json_t *bind =
        name != NULL ? json_object_get(json_object_get(s->op, "bind"), name) : NULL;
    const corm_model *model = corm_model_of(object);
    if (bind == NULL || model == NULL || find_bound(t, name) != NULL ||
        model != find_model(json_string_value(json_array_get(bind, 0)))) {
        return false;
    }
    json_t *key = key_of(object, model);
    bool same = json_equal(key, json_array_get(bind, 1)) != 0;
    json_decref(key);
    if (same) {
        bind_object(t, name, model, object);
    }
    return same;
}

/* The handle of an object, new; null for NULL. An object that has none, and is not expected, is called by model and key. */
static json_t *handle_of(trace *t, const step *s, void *object, const json_t *expected)
{
    if (object == NULL) {
        return json_null();
    }
    for (size_t i = 0; i < t->object_count; i++) {
        if (t->objects[i].object == object) {
            return must(json_string(t->objects[i].name));
        }
    }
    if (bind_new(t, s, object, expected)) {
        return must(json_string(json_string_value(expected)));
    }
    const corm_model *model = corm_model_of(object);
    if (model == NULL) {
        return must(json_string("not an object"));
    }
    json_t *key = key_of(object, model);
    char *text = line_of(key);
    json_t *name = must(json_sprintf("another %s %s", model->name, text));
    free(text);
    json_decref(key);
    return name;
}

/* One object, or NULL where the call found none or failed. */
static void see_object(trace *t, step *s, void *object)
{
    s->status = object == NULL ? corm_last_status() : CORM_OK;
    if (s->status == CORM_OK) {
        s->seen = handle_of(t, s, object, expected_value(s));
    }
}

static void see_objects(trace *t, step *s, corm_list list)
{
    s->status = list.count == 0 ? corm_last_status() : CORM_OK;
    if (s->status != CORM_OK) {
        return;
    }
    s->seen = must(json_array());
    for (size_t i = 0; i < list.count; i++) {
        append(s->seen, handle_of(t, s, list.items[i], json_array_get(expected_value(s), i)));
    }
}

static void see(step *s, json_t *value)
{
    s->seen = must(value);
}

/* ---- Conditions ------------------------------------------------------------------------------ */

#define COMPARISONS(X) X("=", eq) X("!=", ne) X("<", lt) X("<=", le) X(">", gt) X(">=", ge)
#define COMPARE_ONE(text_, name_)                                                                  \
    if (strcmp(comparison, text_) == 0) {                                                          \
        *out = corm_##name_(column, value);                                                        \
        return true;                                                                               \
    }
/* bool compare_<kind>(corm_column_ref, const char *comparison, <type> value, corm_condition *out); */
#define COMPARE(kind_, type_)                                                                      \
    static bool compare_##kind_(corm_column_ref ref, const char *comparison, type_ value,          \
                                corm_condition *out)                                               \
    {                                                                                              \
        corm_##kind_##_column column = {ref};                                                      \
        COMPARISONS(COMPARE_ONE)                                                                   \
        return false;                                                                              \
    }

COMPARE(integer, int64_t)
COMPARE(real, double)
COMPARE(boolean, bool)
COMPARE(text, const char *)

/* What holds for no row. */
static corm_condition nothing(corm_column_ref ref)
{
    corm_integer_column column = {ref};
    return corm_and(corm_is_null(column), corm_is_not_null(column));
}

/* `column` is one of `values`. The array that the condition borrows is left in *list; free it after the query. */
static bool one_of(corm_column_ref ref, const json_t *values, void **list, corm_condition *out)
{
    size_t count = json_array_size(values);
    for (size_t i = 0; i < count; i++) {
        if (!accesses[access_of(column_of(ref))].is(json_array_get(values, i))) {
            return false;
        }
    }
    if (column_of(ref)->kind == CORM_KIND_BOOLEAN) {
        corm_boolean_column column = {ref};
        *out = nothing(ref);
        for (size_t i = 0; i < count; i++) {
            const bool value = json_boolean_value(json_array_get(values, i));
            *out = corm_or(*out, corm_eq(column, value));
        }
        return true;
    }
    if (column_of(ref)->kind == CORM_KIND_REAL) {
        double *numbers = must(malloc((count + 1) * sizeof *numbers));
        for (size_t i = 0; i < count; i++) {
            numbers[i] = json_number_value(json_array_get(values, i));
        }
        corm_real_column column = {ref};
        *out = corm_in(column, numbers, count);
        *list = numbers;
        return true;
    }
    if (column_of(ref)->kind == CORM_KIND_INTEGER) {
        int64_t *integers = must(malloc((count + 1) * sizeof *integers));
        for (size_t i = 0; i < count; i++) {
            integers[i] = json_integer_value(json_array_get(values, i));
        }
        corm_integer_column column = {ref};
        *out = corm_in(column, integers, count);
        *list = integers;
        return true;
    }
    if (column_of(ref)->kind == CORM_KIND_TEXT) {
        const char **texts = must(malloc((count + 1) * sizeof *texts));
        for (size_t i = 0; i < count; i++) {
            texts[i] = json_string_value(json_array_get(values, i));
        }
        corm_text_column column = {ref};
        *out = corm_in(column, texts, count);
        *list = texts;
        return true;
    }
    return false;
}

static bool compare(corm_column_ref ref, const char *comparison, const json_t *value,
                    corm_condition *out)
{
    if (!accesses[access_of(column_of(ref))].is(value)) {
        return false;
    }
    switch (column_of(ref)->kind) {
    case CORM_KIND_INTEGER: return compare_integer(ref, comparison, json_integer_value(value), out);
    case CORM_KIND_REAL: return compare_real(ref, comparison, json_number_value(value), out);
    case CORM_KIND_BOOLEAN: return compare_boolean(ref, comparison, json_boolean_value(value), out);
    case CORM_KIND_TEXT: return compare_text(ref, comparison, json_string_value(value), out);
    default: return false;
    }
}

enum { WHERE_MAX = 8, ORDER_MAX = 8 };

/* One [column, comparison, value]. */
static bool condition(step *s, const json_t *part, void **list, corm_condition *out)
{
    const char *name = json_string_value(json_array_get(part, 0));
    const char *comparison = json_string_value(json_array_get(part, 1));
    const json_t *value = json_array_get(part, 2);
    corm_column_ref ref;
    if (!find_column(s, name, &ref)) {
        return false;
    }
    bool made = false;
    if (comparison == NULL) {
        made = false;
    } else if (strcmp(comparison, "isnull") == 0 || strcmp(comparison, "notnull") == 0) {
        corm_integer_column column = {ref};
        *out = comparison[0] == 'i' ? corm_is_null(column) : corm_is_not_null(column);
        made = true;
    } else if (strcmp(comparison, "in") == 0) {
        made = one_of(ref, value, list, out);
    } else if (strcmp(comparison, "like") == 0) {
        corm_text_column column = {ref};
        *out = corm_like(column, json_string_value(value));
        made = column_of(ref)->kind == CORM_KIND_TEXT;
    } else {
        made = compare(ref, comparison, value, out);
    }
    if (!made) {
        trouble(s, "no such condition on", name);
    }
    return made;
}

/* "where" is a conjunction, and a "limit" of 0, which means none to corm, holds for no row. lists[] gets what the
 * conditions borrow. */
static bool build_where(step *s, corm_query *query, void *lists[WHERE_MAX])
{
    const json_t *where = json_object_get(s->op, "where");
    if (json_array_size(where) > WHERE_MAX) {
        trouble(s, "where", "too many conditions");
        return false;
    }
    for (size_t i = 0; i < json_array_size(where); i++) {
        corm_condition part;
        if (!condition(s, json_array_get(where, i), &lists[i], &part)) {
            return false;
        }
        query->where = corm_and(query->where, part);
    }
    const json_t *limit = json_object_get(s->op, "limit");
    if (limit != NULL && json_integer_value(limit) == 0) {
        query->where = corm_and(query->where, nothing((corm_column_ref){s->model, 0}));
    }
    return true;
}

static bool build_order(step *s, corm_query *query)
{
    const json_t *order = json_object_get(s->op, "order");
    size_t count = json_array_size(order);
    if (count > ORDER_MAX) {
        trouble(s, "order", "too many columns");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *part = json_array_get(order, i);
        const char *direction = json_string_value(json_array_get(part, 1));
        corm_column_ref ref;
        if (!find_column(s, json_string_value(json_array_get(part, 0)), &ref)) {
            return false;
        }
        corm_integer_column column = {ref};
        const bool descending = direction != NULL && strcmp(direction, "desc") == 0;
        query->order_by =
            corm_order(query->order_by, descending ? corm_desc(column) : corm_asc(column));
    }
    return true;
}

/* ---- Operations ------------------------------------------------------------------------------ */

/* Null for a member that cannot hold it is said when the object is made: before that it would get its default. */
static void run_new(trace *t, step *s)
{
    json_t *columns = json_object_get(s->op, "cols");
    const char *handle = text_of(s->op, "obj");
    if (handle == NULL || find_bound(t, handle) != NULL) {
        trouble(s, "not a fresh handle", handle);
        return;
    }
    void *object = corm_object_new(t->session, s->model);
    const char *name;
    json_t *value;
    corm_column_ref ref;
    if (object != NULL) {
        json_object_foreach(columns, name, value)
        {
            if (!find_column(s, name, &ref) ||
                (!is_unsayable(ref, value) && !set_member(s, object, ref, value))) {
                return;
            }
        }
    }
    object = corm_object_made(object);
    if (object == NULL) {
        s->status = corm_last_status();
        if (s->status == CORM_OK) {
            trouble(s, "no object and no error", handle);
        }
        return;
    }
    bind_object(t, handle, s->model, object);
    json_object_foreach(columns, name, value)
    {
        if (find_column(s, name, &ref) && is_unsayable(ref, value) && s->status == CORM_OK) {
            s->status = corm_object_unset(object, ref);
        }
    }
}

/* Where an unset or an expired member shows the value that it is given, the assignment alone would say
 * nothing. */
static void run_set(trace *t, step *s)
{
    (void)t;
    const json_t *value = json_object_get(s->op, "value");
    if (is_unsayable(s->column, value)) {
        s->status = corm_object_unset(s->object, s->column);
        return;
    }
    bool was_unset = corm_object_is_unset(s->object, s->column);
    json_t *before = get_member(s->object, s->column);
    if (set_member(s, s->object, s->column, value)) {
        json_t *after = get_member(s->object, s->column);
        const bool unknown =
            was_unset ? !json_is_null(value) : !corm_object_is_loaded(s->object, s->column);
        if (unknown && json_equal(before, after)) {
            s->status = corm_object_touch(s->object, s->column);
        }
        json_decref(after);
    }
    json_decref(before);
}

static void run_add(trace *t, step *s)
{
    s->status = corm_add(t->session, s->object);
}

static void run_delete(trace *t, step *s)
{
    s->status = corm_delete(t->session, s->object);
}

static void run_expunge(trace *t, step *s)
{
    s->status = corm_expunge(t->session, s->object);
}

static void run_refresh(trace *t, step *s)
{
    s->status = corm_refresh(t->session, s->object);
}

static void run_expire(trace *t, step *s)
{
    const json_t *columns = json_object_get(s->op, "cols");
    if (columns == NULL) {
        s->status = corm_expire(t->session, s->object);
        return;
    }
    for (size_t i = 0; i < json_array_size(columns) && s->status == CORM_OK; i++) {
        corm_column_ref ref;
        if (!find_column(s, json_string_value(json_array_get(columns, i)), &ref)) {
            return;
        }
        s->status = corm_expire_column(t->session, s->object, ref);
    }
}

static void run_expire_all(trace *t, step *s)
{
    s->status = corm_expire_all(t->session);
}

static void run_append(trace *t, step *s)
{
    (void)t;
    s->status = corm_related_append(s->object, s->relationship, s->target);
}

static void run_remove(trace *t, step *s)
{
    (void)t;
    s->status = corm_related_remove(s->object, s->relationship, s->target);
}

static void run_set_ref(trace *t, step *s)
{
    (void)t;
    s->status = corm_related_set(s->object, s->relationship, s->target);
}

static void run_assign(trace *t, step *s)
{
    const json_t *targets = json_object_get(s->op, "targets");
    size_t count = json_array_size(targets);
    void **items = must(malloc((count + 1) * sizeof *items));
    for (size_t i = 0; i < count; i++) {
        const char *name = json_string_value(json_array_get(targets, i));
        const bound *found = find_bound(t, name);
        if (found == NULL) {
            trouble(s, "no such object", name);
            free(items);
            return;
        }
        items[i] = found->object;
    }
    s->status = corm_related_replace(s->object, s->relationship, items, count);
    free(items);
}

static void run_flush(trace *t, step *s)
{
    s->status = corm_flush(t->session);
}

static void run_commit(trace *t, step *s)
{
    s->status = corm_commit(t->session);
}

static void run_rollback(trace *t, step *s)
{
    s->status = corm_rollback(t->session);
}

static void run_savepoint(trace *t, step *s)
{
    const char *name = text_of(s->op, "name");
    corm_savepoint savepoint = {0};
    if (name == NULL) {
        trouble(s, "savepoint", name);
        return;
    }
    s->status = corm_savepoint_begin(t->session, &savepoint);
    if (s->status != CORM_OK) {
        return;
    }
    mark *known = find_mark(t, name);
    if (known == NULL) {
        t->marks = must(realloc(t->marks, (t->mark_count + 1) * sizeof *t->marks));
        known = &t->marks[t->mark_count++];
    }
    *known = (mark){name, savepoint};
}

static void end_savepoint(trace *t, step *s,
                          corm_status (*end)(corm_session *session, corm_savepoint savepoint))
{
    const char *name = text_of(s->op, "name");
    const mark *known = find_mark(t, name);
    if (known == NULL) {
        trouble(s, "no such savepoint", name);
        return;
    }
    s->status = end(t->session, known->savepoint);
}

static void run_release(trace *t, step *s)
{
    end_savepoint(t, s, corm_savepoint_release);
}

static void run_rollback_to(trace *t, step *s)
{
    end_savepoint(t, s, corm_savepoint_rollback);
}

static bool open_session(trace *t)
{
    t->session = corm_session_open(t->engine, &t->session_options);
    if (t->session == NULL) {
        return false;
    }
    if (t->settings->verbose) {
        corm_echo(t->session, stdout);
    }
    return true;
}

/* The program keeps its objects: they leave the session before it is closed. */
static void run_reopen(trace *t, step *s)
{
    s->status = corm_expunge_all(t->session);
    if (s->status != CORM_OK) {
        return;
    }
    corm_session_close(t->session);
    if (!open_session(t)) {
        trouble(s, "no session", "out of memory");
    }
}

/* A constraint that the SQL breaks is what came of the step, told in SQLite's words. */
static void execute(step *s, sqlite3 *database)
{
    static const struct {
        int code;
        corm_status status;
    } refusals[] = {
        {SQLITE_CONSTRAINT_UNIQUE, CORM_UNIQUE},
        {SQLITE_CONSTRAINT_PRIMARYKEY, CORM_UNIQUE},
        {SQLITE_CONSTRAINT_ROWID, CORM_UNIQUE},
        {SQLITE_CONSTRAINT_NOTNULL, CORM_NOT_NULL},
        {SQLITE_CONSTRAINT_FOREIGNKEY, CORM_FOREIGN_KEY},
    };
    const char *sql = text_of(s->op, "sql");
    if (sql != NULL && sqlite3_exec(database, sql, NULL, NULL, NULL) == SQLITE_OK) {
        return;
    }
    for (size_t i = 0; sql != NULL && i < COUNT(refusals); i++) {
        if (sqlite3_extended_errcode(database) == refusals[i].code) {
            s->status = refusals[i].status;
            snprintf(s->words, sizeof s->words, "%s", sqlite3_errmsg(database));
            return;
        }
    }
    trouble(s, "the SQL failed", sql != NULL ? sqlite3_errmsg(database) : NULL);
}

static void run_sql(trace *t, step *s)
{
    sqlite3 *database = corm_native_handle(t->session);
    if (database != NULL) {
        execute(s, database);
        return;
    }
    s->status = corm_last_status();
    if (s->status == CORM_OK) {
        trouble(s, "no handle and no error", "corm_native_handle");
    }
}

static void run_ext(trace *t, step *s)
{
    execute(s, t->outside);
}

static void run_get(trace *t, step *s)
{
    enum { KEY_MAX = 8 };
    const json_t *key = json_object_get(s->op, "pk");
    size_t count = json_array_size(key);
    corm_value values[KEY_MAX];
    if (count > KEY_MAX) {
        trouble(s, "pk", "too many parts");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = corm_value_integer(json_integer_value(json_array_get(key, i)));
    }
    see_object(t, s, corm_object_get(t->session, s->model, values, count));
}

static void run_query(trace *t, step *s)
{
    void *lists[WHERE_MAX] = {0};
    corm_query query = {.model = s->model,
                        .limit = json_integer_value(json_object_get(s->op, "limit")),
                        .offset = json_integer_value(json_object_get(s->op, "offset"))};
    if (build_where(s, &query, lists) && build_order(s, &query)) {
        see_objects(t, s, corm_query_all(t->session, &query));
    }
    for (size_t i = 0; i < WHERE_MAX; i++) {
        free(lists[i]);
    }
}

static void run_count(trace *t, step *s)
{
    void *lists[WHERE_MAX] = {0};
    corm_query query = {.model = s->model};
    if (build_where(s, &query, lists)) {
        int64_t count = corm_query_count(t->session, &query);
        s->status = count < 0 ? corm_last_status() : CORM_OK;
        if (s->status == CORM_OK) {
            see(s, json_integer(count));
        }
    }
    for (size_t i = 0; i < WHERE_MAX; i++) {
        free(lists[i]);
    }
}

static void run_list(trace *t, step *s)
{
    see_objects(t, s, corm_related_list(s->object, s->relationship));
}

static void run_len(trace *t, step *s)
{
    (void)t;
    corm_list list = corm_related_list(s->object, s->relationship);
    s->status = list.count == 0 ? corm_last_status() : CORM_OK;
    if (s->status == CORM_OK) {
        see(s, json_integer((json_int_t)list.count));
    }
}

/* A value is read after it was made current, which reports a row that is gone. */
static void run_read(trace *t, step *s)
{
    (void)t;
    corm_object_state state = corm_state(s->object);
    if (state != CORM_STATE_TRANSIENT && state != CORM_STATE_PENDING) {
        s->status = corm_object_load_column(s->object, s->column);
    }
    if (s->status == CORM_OK) {
        see(s, corm_object_is_unset(s->object, s->column) ? json_null()
                                                          : get_member(s->object, s->column));
    }
}

static void run_read_ref(trace *t, step *s)
{
    see_object(t, s, corm_related_one(s->object, s->relationship));
}

static void run_state(trace *t, step *s)
{
    (void)t;
    static const struct {
        corm_object_state state;
        const char *name;
    } names[] = {
        {CORM_STATE_TRANSIENT, "transient"},   {CORM_STATE_PENDING, "pending"},
        {CORM_STATE_PERSISTENT, "persistent"}, {CORM_STATE_DELETED, "deleted"},
        {CORM_STATE_DETACHED, "detached"},
    };
    corm_object_state state = corm_state(s->object);
    const char *name = "not an object";
    for (size_t i = 0; i < COUNT(names); i++) {
        name = names[i].state == state ? names[i].name : name;
    }
    see(s, json_string(name));
}

static void run_in_session(trace *t, step *s)
{
    see(s, json_boolean(corm_in_session(t->session, s->object)));
}

static void run_marked_deleted(trace *t, step *s)
{
    (void)t;
    see(s, json_boolean(corm_is_marked_deleted(s->object)));
}

static void run_is_modified(trace *t, step *s)
{
    (void)t;
    see(s, json_boolean(corm_is_modified(s->object)));
}

static const struct {
    const char *name;
    void (*run)(trace *t, step *s);
} operations[] = {
    {"new", run_new},
    {"set", run_set},
    {"add", run_add},
    {"append", run_append},
    {"remove", run_remove},
    {"assign", run_assign},
    {"set_ref", run_set_ref},
    {"delete", run_delete},
    {"flush", run_flush},
    {"commit", run_commit},
    {"rollback", run_rollback},
    {"savepoint", run_savepoint},
    {"release", run_release},
    {"rollback_to", run_rollback_to},
    {"expunge", run_expunge},
    {"expire", run_expire},
    {"expire_all", run_expire_all},
    {"refresh", run_refresh},
    {"reopen", run_reopen},
    {"sql", run_sql},
    {"ext", run_ext},
    {"get", run_get},
    {"query", run_query},
    {"count", run_count},
    {"list", run_list},
    {"len", run_len},
    {"read", run_read},
    {"read_ref", run_read_ref},
    {"state", run_state},
    {"in_session", run_in_session},
    {"marked_deleted", run_marked_deleted},
    {"is_modified", run_is_modified},
};

/* Finds what the operation names. False, and trouble, if the trace has no such thing. */
static bool resolve(const trace *t, step *s)
{
    const char *handle = text_of(s->op, "obj");
    const char *target = text_of(s->op, "target");
    const char *model = text_of(s->op, "model");
    const char *column = text_of(s->op, "col");
    const char *relationship = text_of(s->op, "rel");
    if (model != NULL) {
        s->model = find_model(model);
        if (s->model == NULL) {
            trouble(s, "no such model", model);
            return false;
        }
    } else if (handle != NULL) {
        const bound *found = find_bound(t, handle);
        if (found == NULL) {
            trouble(s, "no such object", handle);
            return false;
        }
        s->object = found->object;
        s->model = found->model;
    }
    if (target != NULL) {
        const bound *found = find_bound(t, target);
        if (found == NULL) {
            trouble(s, "no such object", target);
            return false;
        }
        s->target = found->object;
    }
    return (column == NULL || find_column(s, column, &s->column)) &&
           (relationship == NULL || find_relationship(s, relationship, &s->relationship));
}

static void perform(trace *t, step *s)
{
    const char *name = text_of(s->op, "op");
    if (!resolve(t, s)) {
        return;
    }
    for (size_t i = 0; name != NULL && i < COUNT(operations); i++) {
        if (strcmp(operations[i].name, name) == 0) {
            operations[i].run(t, s);
            return;
        }
    }
    trouble(s, "no such operation", name);
}

/* ---- Images of the database ------------------------------------------------------------------ */

/* A value as it is stored, new. */
static json_t *stored_value(sqlite3_stmt *statement, int column)
{
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL: return json_null();
    case SQLITE_INTEGER: return json_integer(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT: return json_real(sqlite3_column_double(statement, column));
    case SQLITE_TEXT: return json_string((const char *)sqlite3_column_text(statement, column));
    default: return json_string("a blob");
    }
}

/* The rows of one query, a new list; NULL and trouble if SQLite reports an error. */
static json_t *read_rows(step *s, sqlite3 *database, const char *select)
{
    sqlite3_stmt *statement = NULL;
    json_t *rows = must(json_array());
    int code = sqlite3_prepare_v2(database, select, -1, &statement, NULL);
    while (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        json_t *row = must(json_array());
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            append(row, stored_value(statement, i));
        }
        append(rows, row);
    }
    if (sqlite3_finalize(statement) != SQLITE_OK || code != SQLITE_OK) {
        trouble(s, "reading the tables", sqlite3_errmsg(database));
        json_decref(rows);
        return NULL;
    }
    return rows;
}

/* All tables that have rows, new; NULL and trouble on an error. */
static json_t *read_image(step *s, sqlite3 *database)
{
    json_t *image = must(json_object());
    for (size_t i = 0; i < COUNT(images); i++) {
        json_t *rows = read_rows(s, database, images[i].select);
        if (rows == NULL) {
            json_decref(image);
            return NULL;
        }
        if (json_array_size(rows) > 0) {
            put(image, images[i].table, rows);
        } else {
            json_decref(rows);
        }
    }
    return image;
}

/* The connection through which the database is as the session sees it. A session that waits for a rollback gives no
 * handle, though a savepoint's transaction may be open: the pool has one connection, so it is the one seen at first. */
static sqlite3 *image_connection(trace *t)
{
    if (t->session == NULL || !corm_in_transaction(t->session)) {
        return t->outside;
    }
    sqlite3 *database = corm_native_handle(t->session);
    if (database != NULL) {
        t->inside = database;
    }
    return t->inside;
}

/* ---- Comparison ------------------------------------------------------------------------------ */

static const struct {
    corm_status status;
    const char *name, *why;
} classes[] = {
    {CORM_UNIQUE, "integrity_unique", NULL},
    {CORM_NOT_NULL, "integrity_notnull", NULL},
    {CORM_FOREIGN_KEY, "integrity_fk", NULL},
    {CORM_PENDING_ROLLBACK, "pending_rollback", NULL},
    {CORM_NOT_PERSISTED, "invalid_state", "not_persisted"},
    {CORM_NOT_PERSISTENT, "invalid_state", "not_persistent"},
    {CORM_NOT_IN_SESSION, "invalid_state", "not_in_session"},
    {CORM_OBJECT_DELETED, "invalid_state", "deleted"},
    {CORM_NOT_REFRESHABLE, "invalid_state", "not_refreshable"},
    {CORM_OTHER_SESSION, "invalid_state", "other_session"},
    {CORM_IDENTITY_CONFLICT, "identity_conflict", NULL},
    {CORM_DETACHED, "detached", NULL},
    {CORM_ROW_MISSING, "row_missing", NULL},
    {CORM_STALE_DATA, "stale_data", NULL},
    {CORM_CYCLE, "cycle", NULL},
    {CORM_NO_SAVEPOINT, "closed", NULL},
    {CORM_NOT_MEMBER, "not_member", NULL},
};

/* What came of a step, new, in the words of a trace: "ok", {"v": ...} or {"err": ...}. An error also has corm's words,
 * where the session has recorded it. */
static json_t *result_of(const trace *t, const step *s)
{
    if (s->trouble[0] == '\0' && s->status == CORM_OK) {
        return s->seen != NULL ? must(json_pack("{s:O}", "v", s->seen)) : must(json_string("ok"));
    }
    json_t *result = must(json_object());
    if (s->trouble[0] != '\0') {
        put(result, "trouble", json_string_nocheck(s->trouble));
        return result;
    }
    const char *name = "flush_error";
    const char *why = NULL;
    for (size_t i = 0; i < COUNT(classes); i++) {
        if (classes[i].status == s->status) {
            name = classes[i].name;
            why = classes[i].why;
        }
    }
    put(result, "err", json_string(name));
    if (why != NULL) {
        put(result, "why", json_string(why));
    }
    put(result, "status", json_string(corm_status_text(s->status)));
    if (s->words[0] != '\0') {
        put(result, "message", json_string_nocheck(s->words));
    } else if (t->session != NULL && corm_error_status(t->session) == s->status) {
        put(result, "message", json_string_nocheck(corm_error_message(t->session)));
    }
    return result;
}

/* Whether two values are the same. A whole number stands for the REAL that it is. */
static bool same_value(const json_t *expected, const json_t *got)
{
    if (json_is_integer(expected) && json_is_real(got)) {
        return (double)json_integer_value(expected) == json_real_value(got);
    }
    return json_equal(expected, got) != 0;
}

/* Whether two results are the same but for the detail of an error. */
static bool same_result(const json_t *expected, const json_t *got)
{
    const char *expected_class = text_of(expected, "err");
    const char *got_class = text_of(got, "err");
    if (expected_class == NULL || got_class == NULL) {
        const json_t *value = json_object_get(expected, "v");
        return value != NULL ? same_value(value, json_object_get(got, "v"))
                             : json_equal(expected, got) != 0;
    }
    return strcmp(expected_class, got_class) == 0;
}

/* Whether `message` names each of "table.column, table.column". */
static bool names_columns(const char *message, const char *columns)
{
    while (message != NULL && *columns != '\0') {
        size_t length = strcspn(columns, ",");
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)length, columns);
        if (strstr(message, name) == NULL) {
            return false;
        }
        columns += length;
        columns += strspn(columns, ", ");
    }
    return message != NULL;
}

static bool same_detail(const json_t *expected, const json_t *got)
{
    const char *on = text_of(expected, "on");
    const char *why = text_of(expected, "why");
    const char *got_why = text_of(got, "why");
    return (on == NULL || names_columns(text_of(got, "message"), on)) &&
           (why == NULL || (got_why != NULL && strcmp(why, got_why) == 0));
}

static decision *decision_of(const settings *set, const char *id)
{
    for (size_t i = 0; i < set->decision_count; i++) {
        if (strcmp(set->decisions[i].id, id) == 0) {
            return &set->decisions[i];
        }
    }
    return NULL;
}

/* One line: what kind of difference, where, expected and got. */
static void print_difference(const char *kind, const trace *t, const step *s,
                             const json_t *expected, const json_t *got)
{
    json_t *op = must(json_copy(s->op));
    static const char *const left_out[] = {"expect", "bind", "db", "af"};
    for (size_t i = 0; i < COUNT(left_out); i++) {
        (void)json_object_del(op, left_out[i]); /* -1 where it is not there */
    }
    char *op_line = line_of(op), *expected_line = line_of(expected), *got_line = line_of(got);
    printf("%s  %s: op %zu %s: expected %s, got %s\n", kind, t->id, s->index, op_line,
           expected_line, got_line);
    free(op_line);
    free(expected_line);
    free(got_line);
    json_decref(op);
}

static void differ(trace *t, const step *s, const json_t *expected, const json_t *got)
{
    const decision *decided = decision_of(t->settings, t->id);
    char kind[32] = "differ";
    if (decided != NULL) {
        snprintf(kind, sizeof kind, "decided %s", decided->letter);
    }
    print_difference(kind, t, s, expected, got);
    t->differs = true;
}

static void compare_result(trace *t, const step *s)
{
    const json_t *expected = json_object_get(s->op, "expect");
    json_t *got = result_of(t, s);
    if (t->settings->verbose) {
        char *line = line_of(got);
        printf("    %s\n", line);
        free(line);
    }
    if (!same_result(expected, got)) {
        differ(t, s, expected, got);
    } else if (!same_detail(expected, got)) {
        t->detail_differs = true;
        if (t->settings->details) {
            print_difference("detail", t, s, expected, got);
        }
    }
    json_decref(got);
}

static void compare_image(trace *t, step *s, const json_t *expected, sqlite3 *database)
{
    json_t *got = NULL;
    if (database != NULL) {
        got = read_image(s, database);
    } else {
        trouble(s, "reading the tables", "the session gives no handle of its open transaction");
    }
    if (got == NULL) {
        got = result_of(t, s);
    }
    if (!json_equal(expected, got)) {
        differ(t, s, expected, got);
    }
    json_decref(got);
}

static void run_step(trace *t, json_t *op, size_t index)
{
    step s = {.op = op, .index = index};
    if (t->settings->verbose) {
        char *line = line_of(op);
        printf("op %zu %s\n", index, line);
        free(line);
    }
    perform(t, &s);
    compare_result(t, &s);
    const json_t *image = json_object_get(op, "db");
    if (image != NULL && !t->differs) {
        const char *same = json_string_value(image);
        if (same == NULL || strcmp(same, "same") != 0) {
            t->before = image;
        }
        compare_image(t, &s, t->before, image_connection(t));
    }
    json_decref(s.seen);
}

/* ---- One trace ------------------------------------------------------------------------------- */

static void remove_database(const settings *set)
{
    char journal[sizeof set->database + 16];
    snprintf(journal, sizeof journal, "%s-journal", set->database);
    if ((unlink(set->database) != 0 && errno != ENOENT) ||
        (unlink(journal) != 0 && errno != ENOENT)) {
        give_up(set->database, strerror(errno));
    }
}

/* The other connection, and the tables. It does not wait for locks: a lock in its way is a difference. */
static void open_outside(trace *t)
{
    const char *path = t->settings->database;
    remove_database(t->settings);
    if (sqlite3_open(path, &t->outside) != SQLITE_OK ||
        sqlite3_exec(t->outside, "PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF; BEGIN", NULL,
                     NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(t->outside, t->settings->schema, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(t->outside, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        give_up(path, sqlite3_errmsg(t->outside));
    }
}

static void open_engine(trace *t)
{
    const json_t *session = json_object_get(t->root, "session");
    corm_sqlite_options options = {.journal = CORM_SQLITE_JOURNAL_DELETE,
                                   .durability = CORM_SQLITE_DURABILITY_OFF,
                                   .engine = {.pool_size = 1}};
    t->engine = must(corm_sqlite_engine(t->settings->database, &traced, &options));
    if (corm_engine_status(t->engine) != CORM_OK) {
        give_up("the engine", corm_engine_message(t->engine));
    }
    /* a session of its own, so that the trace's has nothing behind it */
    corm_session *first = must(corm_session_open(t->engine, NULL));
    t->inside = corm_native_handle(first);
    corm_session_close(first);
    t->session_options.no_autoflush = json_is_false(json_object_get(session, "autoflush"));
    t->session_options.keep_on_commit = json_is_false(json_object_get(session, "expire_on_commit"));
    if (!open_session(t)) {
        give_up("the session", "out of memory");
    }
}

/* A step that the trace does not have: what is done at its end has to succeed, too. */
static void check_end(trace *t, const char *what, corm_status status)
{
    if (status == CORM_OK || t->differs) {
        return;
    }
    json_t *op = must(json_pack("{s:s}", "op", what));
    json_t *expected = must(json_string("ok"));
    step s = {
        .op = op, .index = json_array_size(json_object_get(t->root, "ops")), .status = status};
    json_t *got = result_of(t, &s);
    differ(t, &s, expected, got);
    json_decref(got);
    json_decref(expected);
    json_decref(op);
}

/* Closes the session without commit, compares what is committed, and gives everything back. The program owns what was
 * expunged; were that to fail, closing the session frees the objects. */
static void end_trace(trace *t)
{
    corm_status expunged = corm_expunge_all(t->session);
    check_end(t, "expunge_all", expunged);
    corm_session_close(t->session);
    t->session = NULL;
    if (!t->differs) {
        json_t *op = must(json_pack("{s:s}", "op", "final"));
        step s = {.op = op, .index = json_array_size(json_object_get(t->root, "ops"))};
        compare_image(t, &s, json_object_get(t->root, "final"), t->outside);
        json_decref(op);
    }
    for (size_t i = 0; i < t->object_count && expunged == CORM_OK; i++) {
        check_end(t, "free", corm_free(t->objects[i].object));
    }
    check_end(t, "engine_close", corm_engine_close(t->engine));
    if (sqlite3_close(t->outside) != SQLITE_OK) {
        give_up(t->settings->database, "the other connection cannot be closed");
    }
    free(t->objects);
    free(t->marks);
    remove_database(t->settings);
}

/* As exit statuses of a process: apart from those of give_up and of sanitizers. */
enum { DIFFERS = 32, DETAIL_DIFFERS = 64 };

/* Replays one trace and prints where it differs. DIFFERS, DETAIL_DIFFERS, both or 0. */
static int replay(const settings *set, const json_t *root, const char *id)
{
    json_t *empty = must(json_object());
    trace t = {.settings = set, .root = root, .id = id, .before = empty};
    if (set->verbose) {
        printf("trace %s\n", id);
    }
    open_outside(&t);
    open_engine(&t);
    const json_t *ops = json_object_get(root, "ops");
    for (size_t i = 0; i < json_array_size(ops) && !t.differs; i++) {
        run_step(&t, json_array_get(ops, i), i);
    }
    end_trace(&t);
    json_decref(empty);
    return (t.differs ? DIFFERS : 0) | (t.detail_differs ? DETAIL_DIFFERS : 0);
}

/* The same in a process of its own. */
static int replay_isolated(const settings *set, const json_t *root, const char *id)
{
    const decision *decided = decision_of(set, id);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int result = replay(set, root, id);
        fflush(stdout); /* a leak checker would end the process before */
        exit(result);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) < 0) {
        give_up("a process for the trace", strerror(errno));
    }
    if (WIFEXITED(status) && (WEXITSTATUS(status) & ~(DIFFERS | DETAIL_DIFFERS)) == 0) {
        return WEXITSTATUS(status);
    }
    printf("%s%s  %s: %s %d\n", decided != NULL ? "decided " : "differ",
           decided != NULL ? decided->letter : "", id,
           WIFSIGNALED(status) ? "ended by signal" : "ended with status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return DIFFERS;
}

/* ---- Files ----------------------------------------------------------------------------------- */

typedef struct tally {
    size_t match, differ, decided; /* sum: all traces */
    size_t listed;                 /* match, though decided.txt says that they differ */
    size_t details;                /* with an error whose detail differs */
} tally;

static void replay_line(const settings *set, const char *file, size_t number, const char *line,
                        tally *sum)
{
    json_error_t error;
    json_t *root = json_loads(line, JSON_REJECT_DUPLICATES, &error);
    const char *id = text_of(root, "id");
    if (id == NULL || !json_is_array(json_object_get(root, "ops"))) {
        fprintf(stderr, "replay: %s:%zu: ", file, number);
        give_up("not a trace", root == NULL ? error.text : "no id or no ops");
    }
    if (set->only == NULL || strcmp(set->only, id) == 0) {
        decision *decided = decision_of(set, id);
        int result = set->isolate ? replay_isolated(set, root, id) : replay(set, root, id);
        if ((result & DIFFERS) == 0) {
            sum->match++;
            if (decided != NULL) {
                sum->listed++;
                printf("listed  %s: decided under %s, but it matches\n", id, decided->letter);
            }
        } else if (decided != NULL) {
            sum->decided++;
        } else {
            sum->differ++;
        }
        sum->details += (result & DETAIL_DIFFERS) != 0;
        fflush(stdout);
    }
    json_decref(root);
}

/* The whole file, terminated; free it. */
static char *read_text(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        give_up(path, strerror(errno));
        return NULL;
    }
    char *text = NULL;
    size_t size = 0;
    if (getdelim(&text, &size, '\0', file) < 0) {
        give_up(path, "empty, or it cannot be read");
    }
    fclose(file);
    return text;
}

/* The file is read whole: a process of a trace must not share an open one. */
static tally replay_file(const settings *set, const char *path)
{
    tally sum = {0};
    char *text = read_text(path);
    size_t number = 0;
    for (char *line = text; line != NULL && *line != '\0';) {
        char *end = line + strcspn(line, "\n");
        char *next = *end != '\0' ? end + 1 : end;
        *end = '\0';
        replay_line(set, path, ++number, line, &sum);
        line = next;
    }
    free(text);
    if (set->details) {
        printf("%s: %zu with an error whose detail differs\n", path, sum.details);
    }
    printf("%s: %zu match, %zu differ, %zu decided\n", path, sum.match, sum.differ, sum.decided);
    fflush(stdout);
    return sum;
}

/* Lines of `LETTER ID`; empty ones and those that begin with # are skipped. */
static void read_decisions(settings *set)
{
    FILE *file = fopen(set->decided_path, "r");
    char *line = NULL;
    size_t size = 0;
    if (file == NULL) {
        give_up(set->decided_path, strerror(errno));
        return;
    }
    while (getline(&line, &size, file) >= 0) {
        decision one = {0};
        char rest[2];
        if (line[0] == '#' || line[strspn(line, " \t\n")] == '\0') {
            continue;
        }
        if (sscanf(line, "%7s %119s %1s", one.letter, one.id, rest) != 2 ||
            decision_of(set, one.id) != NULL) {
            give_up(set->decided_path, line);
        }
        set->decisions =
            must(realloc(set->decisions, (set->decision_count + 1) * sizeof *set->decisions));
        set->decisions[set->decision_count++] = one;
    }
    fclose(file);
    free(line);
}

/* A path beside this source file; free it. */
static char *beside(const char *name)
{
    const char *slash = strrchr(__FILE__, '/');
    size_t length = slash != NULL ? (size_t)(slash - __FILE__) + 1 : 0;
    char *path = must(malloc(length + strlen(name) + 1));
    memcpy(path, __FILE__, length);
    strcpy(path + length, name);
    return path;
}

/* The index of the first FILE. */
static int read_options(settings *set, int count, char **words)
{
    const struct {
        const char *name;
        bool *flag;
        const char **value;
    } options[] = {
        {"--verbose", &set->verbose, NULL},      {"--details", &set->details, NULL},
        {"--isolate", &set->isolate, NULL},      {"--only", NULL, &set->only},
        {"--decided", NULL, &set->decided_path}, {"--schema", NULL, &set->schema_path},
    };
    int at = 1;
    while (at < count && strncmp(words[at], "--", 2) == 0) {
        size_t i = 0;
        while (i < COUNT(options) && strcmp(options[i].name, words[at]) != 0) {
            i++;
        }
        if (i == COUNT(options) || (options[i].value != NULL && at + 1 == count)) {
            give_up(words[at], i == COUNT(options) ? "no such option" : "needs a value");
        } else if (options[i].value != NULL) {
            *options[i].value = words[++at];
        } else {
            *options[i].flag = true;
        }
        at++;
    }
    if (at == count) {
        give_up("usage", "replay [--only ID] [--verbose] [--details] [--isolate] [--decided FILE] "
                         "[--schema FILE] FILE...");
    }
    return at;
}

static void make_directory(settings *set)
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(set->directory, sizeof set->directory, "%s/corm-replay-XXXXXX",
                          parent != NULL && parent[0] != '\0' ? parent : "/tmp");
    if (length < 0 || (size_t)length >= sizeof set->directory || mkdtemp(set->directory) == NULL) {
        give_up(set->directory, "no temporary directory");
    }
    snprintf(set->database, sizeof set->database, "%s/trace.db", set->directory);
}

int main(int count, char **words)
{
    settings set = {0};
    char *decided = beside("decided.txt"), *schema = beside("schema.sql");
    set.decided_path = decided;
    set.schema_path = schema;
    int first = read_options(&set, count, words);
    set.schema = read_text(set.schema_path);
    read_decisions(&set);
    make_directory(&set);
    tally all = {0};
    for (int i = first; i < count; i++) {
        tally sum = replay_file(&set, words[i]);
        all.match += sum.match;
        all.differ += sum.differ;
        all.decided += sum.decided;
        all.listed += sum.listed;
    }
    remove_database(&set);
    (void)rmdir(set.directory);
    if (all.match + all.differ + all.decided == 0) {
        give_up(set.only != NULL ? set.only : "no traces", "no trace was replayed");
    }
    free(set.decisions);
    free(set.schema);
    free(decided);
    free(schema);
    return all.differ > 0 || all.listed > 0;
}
