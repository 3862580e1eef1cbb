/* graph_model.h: a graph of objects and its model in plain memory, for tests/graph_fuzz.c: the schema, what each
 * object must hold and refer to, and the comparison of both with each other, with the tables and with a new session. */
#ifndef TESTS_GRAPH_MODEL_H
#define TESTS_GRAPH_MODEL_H

#include "random_work.h"

/* clang-format off */
#define PERSON(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(INTEGER, label)                                                                         \
    COLUMN(TEXT,    value)                                                                         \
    RELATIONSHIP(ONE_TO_MANY, posts,  Post, author,                                                \
                 .foreign_key = corm_ref(Post, author_id),                                         \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)                         \
    RELATIONSHIP(ONE_TO_MANY, edited, Post, editor, .foreign_key = corm_ref(Post, editor_id))      \
    RELATIONSHIP(ONE_TO_ONE,  card,   Card, BACKREF(owner))
#define CARD(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(INTEGER,           label)                                                               \
    COLUMN(TEXT,              value)                                                               \
    COLUMN(OPTIONAL(INTEGER), owner_id, .references = corm_ref(Person, id))
#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(INTEGER,           label)                                                               \
    COLUMN(TEXT,              value)                                                               \
    COLUMN(INTEGER,           author_id, .references = corm_ref(Person, id))                       \
    COLUMN(OPTIONAL(INTEGER), editor_id, .references = corm_ref(Person, id))                       \
    RELATIONSHIP(MANY_TO_ONE,  author,   Person,  posts,  .foreign_key = corm_ref(Post, author_id)) \
    RELATIONSHIP(MANY_TO_ONE,  editor,   Person,  edited, .foreign_key = corm_ref(Post, editor_id)) \
    RELATIONSHIP(ONE_TO_MANY,  notes,    Note,    BACKREF(post),                                   \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)                         \
    RELATIONSHIP(ONE_TO_MANY,  comments, Comment, BACKREF(post))                                   \
    RELATIONSHIP(MANY_TO_MANY, tags,     Tag,     BACKREF(posts),                                  \
                 .secondary = corm_secondary("post_tags", "post_id", "tag_name"))
#define NOTE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,      .primary_key = true)                                                  \
    COLUMN(INTEGER, label)                                                                         \
    COLUMN(TEXT,    value)                                                                         \
    COLUMN(INTEGER, post_id, .references = corm_ref(Post, id))
#define COMMENT(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(INTEGER,           label)                                                               \
    COLUMN(TEXT,              value)                                                               \
    COLUMN(OPTIONAL(INTEGER), post_id,   .references = corm_ref(Post, id))                         \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Comment, id))                      \
    RELATIONSHIP(ONE_TO_MANY, replies, Comment, BACKREF(parent))
#define TAG(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(TEXT,    name,  .primary_key = true)                                                    \
    COLUMN(INTEGER, label)                                                                         \
    COLUMN(TEXT,    value)                                                                         \
    RELATIONSHIP(MANY_TO_MANY, narrower, Tag, BACKREF(broader),                                    \
                 .secondary = corm_secondary("tag_tags", "broad", "narrow"))
#define JOURNAL(MODEL)                                                                             \
    MODEL(Person,  "persons",  PERSON)                                                             \
    MODEL(Card,    "cards",    CARD)                                                               \
    MODEL(Post,    "posts",    POST)                                                               \
    MODEL(Note,    "notes",    NOTE)                                                               \
    MODEL(Comment, "comments", COMMENT)                                                            \
    MODEL(Tag,     "tags",     TAG)
/* clang-format on */

CORM_SCHEMA(journal, JOURNAL)

/* ---- The model ------------------------------------------------------------------------------------ */

enum {
    PERSONS,
    CARDS,
    POSTS,
    NOTES,
    COMMENTS,
    TAGS,
    KINDS,
    SLOTS = 6,
    NODES = KINDS * SLOTS,
    NOBODY = -1
};
enum { AUTHOR, EDITOR, OWNER, NOTED, COMMENTED, PARENT, REFERENCES };
enum { TAGGED, NARROWER, WEBS };
enum { DEPTH = 3, STEPS = 120, TEXT_SIZE = 16384 };

static const char *const tables[KINDS] = {"persons", "cards", "posts", "notes", "comments", "tags"};

static struct reference { /* a to-one end and its other end */
    int child, parent;
    bool orphan, single;
    const char *sql; /* labels of child and parent */
    corm_relationship_ref up, down;
} references[REFERENCES] = {
    {POSTS, PERSONS, true, false, "posts c JOIN persons p ON p.id = c.author_id", {0}, {0}},
    {POSTS, PERSONS, false, false, "posts c JOIN persons p ON p.id = c.editor_id", {0}, {0}},
    {CARDS, PERSONS, false, true, "cards c JOIN persons p ON p.id = c.owner_id", {0}, {0}},
    {NOTES, POSTS, true, false, "notes c JOIN posts p ON p.id = c.post_id", {0}, {0}},
    {COMMENTS, POSTS, false, false, "comments c JOIN posts p ON p.id = c.post_id", {0}, {0}},
    {COMMENTS,
     COMMENTS,
     false,
     false,
     "comments c JOIN comments p ON p.id = c.parent_id",
     {0},
     {0}},
};
static struct web { /* many-to-many */
    int kinds[2];
    const char *sql;
    corm_relationship_ref ends[2];
} webs[WEBS] = {
    {{POSTS, TAGS},
     "posts c JOIN post_tags l ON l.post_id = c.id JOIN tags p ON p.name = l.tag_name",
     {{0}}},
    {{TAGS, TAGS},
     "tags c JOIN tag_tags l ON l.broad = c.name JOIN tags p ON p.name = l.narrow",
     {{0}}},
};

struct node {
    enum { ABSENT, LIVE, MARKED } status; /* MARKED: corm_delete was called */
    int value;
    int to[REFERENCES];
    void *object;
};
struct graph {
    struct node nodes[NODES]; /* their place is their label */
    bool linked[WEBS][SLOTS][SLOTS];
};

static struct run {
    corm_engine *engine;
    corm_session *session;
    struct graph now, committed, marks[DEPTH];
    corm_savepoint savepoints[DEPTH];
    int depth, values;
    size_t statements;
    /* references are not flushed: a deleted object that was put somewhere before is deleted by the
     * flush after the next */
    bool moves;
    bool links; /* many-to-many links are not flushed: their ends must not be deleted before */
    bool keep;
    bool deaths;               /* objects may be in lists although they are deleted */
    void *made[STEPS + NODES]; /* the objects of the session, also those that the model has not */
    int made_count;
} run;

static struct node *at(int node)
{
    return &run.now.nodes[node];
}

static int kind_of(int node)
{
    return node / SLOTS;
}

static void remember(void *object)
{
    run.made[run.made_count++] = object;
}

static void forget(const void *object)
{
    for (int i = 0; i < run.made_count; i++)
        if (run.made[i] == object)
            run.made[i--] = run.made[--run.made_count];
}

static bool in_session(int node)
{
    return node != NOBODY && at(node)->status != ABSENT;
}
static bool is_pending(int node)
{
    return corm_state(at(node)->object) == CORM_STATE_PENDING;
}

/* Whether the next flush deletes it: marked, or taken out of what it cannot be without. */
static bool is_doomed(int node)
{
    if (at(node)->status == MARKED)
        return true;
    for (int r = 0; r < REFERENCES; r++)
        if (references[r].orphan && references[r].child == kind_of(node))
            return at(node)->to[r] == NOBODY || is_doomed(at(node)->to[r]);
    return false;
}
static bool stays(int node)
{
    return in_session(node) && !is_doomed(node);
}

/* A random node of a kind that stays; NOBODY if there is none. */
static int some(int kind)
{
    for (int tries = 0, first = below(SLOTS); tries < SLOTS; tries++)
        if (stays(kind * SLOTS + (first + tries) % SLOTS))
            return kind * SLOTS + (first + tries) % SLOTS;
    return NOBODY;
}

static bool *link_between(int web, int one, int other)
{
    return &run.now.linked[web][one % SLOTS][other % SLOTS];
}

/* Whether nothing points at it. */
static bool is_leaf(int node)
{
    for (int i = 0; i < NODES; i++)
        for (int r = 0; r < REFERENCES; r++)
            if (in_session(i) && at(i)->to[r] == node && i != node)
                return false;
    for (int w = 0; w < WEBS; w++)
        for (int side = 0; side < 2; side++)
            for (int i = 0; i < SLOTS && webs[w].kinds[side] == kind_of(node); i++)
                if (side == 0 ? *link_between(w, node, i) : *link_between(w, i, node))
                    return false;
    return true;
}

/* Whether something that refers to it, or to what would go with it, has no row yet. */
static bool pending_below(int node)
{
    for (int i = 0; i < NODES; i++)
        for (int r = 0; r < REFERENCES; r++)
            if (in_session(i) && at(i)->to[r] == node && i != node &&
                (is_pending(i) || (references[r].orphan && pending_below(i))))
                return true;
    return false;
}

static void model_remove(int node)
{
    at(node)->status = ABSENT;
    run.deaths = true;
    for (int i = 0; i < NODES; i++)
        for (int r = 0; r < REFERENCES; r++)
            if (at(i)->to[r] == node)
                at(i)->to[r] = NOBODY;
    for (int w = 0; w < WEBS; w++)
        for (int i = 0; i < SLOTS; i++) {
            if (webs[w].kinds[0] == kind_of(node))
                *link_between(w, node, i) = false;
            if (webs[w].kinds[1] == kind_of(node))
                *link_between(w, i, node) = false;
        }
}

/* What a flush deletes; `all`: one has just run, else what an autoflush has done. */
static void model_settle(bool all)
{
    bool gone[NODES];
    for (int i = 0; i < NODES; i++) {
        corm_object_state state = in_session(i) ? corm_state(at(i)->object) : CORM_STATE_NONE;
        gone[i] = in_session(i) && is_doomed(i) && (all || state == CORM_STATE_DELETED);
        if (gone[i] && state != CORM_STATE_DELETED && state != CORM_STATE_DETACHED)
            complain("node %d is not deleted, its state is %d", i, (int)state);
    }
    for (int i = 0; i < NODES; i++)
        if (gone[i])
            model_remove(i);
}

/* ---- Comparing ------------------------------------------------------------------------------------ */

static const char **value_member(int node)
{
    void *object = at(node)->object;
    switch (kind_of(node)) {
    case PERSONS: return &((Person *)object)->value;
    case CARDS: return &((Card *)object)->value;
    case POSTS: return &((Post *)object)->value;
    case NOTES: return &((Note *)object)->value;
    case COMMENTS: return &((Comment *)object)->value;
    default: return &((Tag *)object)->value;
    }
}

/* The object's node, if that stays; NOBODY: anything else. */
static int node_of(const void *object)
{
    for (int i = 0; i < NODES; i++)
        if (stays(i) && at(i)->object == object)
            return i;
    return NOBODY;
}

static void check_list(int node, corm_relationship_ref end, const bool wanted[SLOTS], int kind,
                       const char *what)
{
    bool found[SLOTS] = {false};
    size_t count = 0;
    for (int i = 0; i < SLOTS; i++)
        count += wanted[i];
    if (!run.deaths && below(2) == 0 && corm_related_count(at(node)->object, end) != count)
        complain("%s of %d: the count is not %zu", what, node, count);
    corm_list list = corm_related_list(at(node)->object, end);
    if (corm_last_status() != CORM_OK)
        complain("%s of %d: %s", what, node, corm_error_message(run.session));
    for (size_t i = 0; i < list.count; i++) {
        int item = node_of(list.items[i]);
        if (item == NOBODY)
            continue;
        if (found[item % SLOTS])
            complain("%s of %d: %d is there twice", what, node, item);
        found[item % SLOTS] = true;
    }
    for (int i = 0; i < SLOTS; i++)
        if (stays(kind * SLOTS + i) && found[i] != wanted[i])
            complain("%s of %d: %d is %s", what, node, kind * SLOTS + i,
                     found[i] ? "there" : "missing");
}

static void check_down(int node, int r)
{
    bool wanted[SLOTS];
    for (int i = 0; i < SLOTS; i++)
        wanted[i] = stays(references[r].child * SLOTS + i) &&
                    at(references[r].child * SLOTS + i)->to[r] == node;
    if (!references[r].single) {
        check_list(node, references[r].down, wanted, references[r].child, references[r].sql);
        return;
    }
    int found = node_of(corm_related_one(at(node)->object, references[r].down));
    for (int i = 0; i < SLOTS; i++)
        if (wanted[i] != (found == references[r].child * SLOTS + i))
            complain("%s: %d has %d", references[r].sql, node, found);
}

static void check_up(int node, int r)
{
    void *target = corm_related_one(at(node)->object, references[r].up);
    int wanted = at(node)->to[r];
    if (corm_last_status() != CORM_OK)
        complain("%s of %d: %s", references[r].sql, node, corm_error_message(run.session));
    if (node_of(target) != (stays(wanted) ? wanted : NOBODY) || (target == NULL && stays(wanted)))
        complain("%s: %d refers to %d, not %d", references[r].sql, node, node_of(target), wanted);
}

static void check_web(int node, int w, int side)
{
    bool wanted[SLOTS];
    for (int i = 0; i < SLOTS; i++)
        wanted[i] = side == 0 ? *link_between(w, node, i) : *link_between(w, i, node);
    check_list(node, webs[w].ends[side], wanted, webs[w].kinds[1 - side], webs[w].sql);
}

/* Looks at so many of a hundred: what is not looked at stays unloaded. */
static void check_objects(int percent)
{
    char text[32];
    for (int count = 0, first = below(NODES); count < NODES; count++) {
        int node = (first + count) % NODES;
        if (!stays(node) || below(100) >= percent)
            continue;
        (void)snprintf(text, sizeof text, "value %d", at(node)->value);
        if (strcmp(*value_member(node), text) != 0)
            complain("%d holds \"%s\", not \"%s\"", node, *value_member(node), text);
        for (int turn = 0, r = below(REFERENCES); turn < REFERENCES;
             turn++, r = (r + 1) % REFERENCES) {
            if (references[r].parent == kind_of(node) && below(100) < percent)
                check_down(node, r);
            if (references[r].child == kind_of(node) && below(100) < percent)
                check_up(node, r);
        }
        for (int w = 0; w < WEBS; w++)
            for (int side = 0; side < 2; side++)
                if (webs[w].kinds[side] == kind_of(node) && below(100) < percent)
                    check_web(node, w, side);
    }
    model_settle(false);
}

static void say(char *out, size_t *used, const char *format, ...) CORM__PRINTF(3, 4);
static void say(char *out, size_t *used, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(out + *used, TEXT_SIZE - *used, format, arguments);
    va_end(arguments);
    *used += length < 0 ? 0 : (size_t)length;
    assert_true(*used < TEXT_SIZE);
}

static void tell_model(char *out)
{
    size_t used = 0;
    for (int i = 0; i < NODES; i++)
        if (in_session(i))
            say(out, &used, "%d value %d;", i, at(i)->value);
    for (int r = 0; r < REFERENCES; r++)
        for (int i = 0; i < NODES; i++)
            if (in_session(i) && at(i)->to[r] != NOBODY)
                say(out, &used, "%d-%d %d;", r, i, at(i)->to[r]);
    for (int w = 0; w < WEBS; w++)
        for (int i = 0; i < SLOTS * SLOTS; i++)
            if (run.now.linked[w][i / SLOTS][i % SLOTS])
                say(out, &used, "w%d-%d %d;", w, webs[w].kinds[0] * SLOTS + i / SLOTS,
                    webs[w].kinds[1] * SLOTS + i % SLOTS);
}

static void tell_query(sqlite3 *database, const char *sql, const char *prefix, char *out,
                       size_t *used)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        complain("%s: %s", sql, sqlite3_errmsg(database));
    while (sqlite3_step(statement) == SQLITE_ROW)
        say(out, used, "%s%s %s;", prefix, sqlite3_column_text(statement, 0),
            sqlite3_column_text(statement, 1));
    (void)sqlite3_finalize(statement);
}

static void tell_tables(corm_session *session, char *out)
{
    char sql[300], prefix[16];
    size_t used = 0;
    sqlite3 *database = corm_sqlite_handle(session);
    for (int k = 0; k < KINDS; k++) {
        (void)snprintf(sql, sizeof sql, "SELECT label, value FROM %s ORDER BY label", tables[k]);
        tell_query(database, sql, "", out, &used);
    }
    for (int r = 0; r < REFERENCES + WEBS; r++) {
        bool web = r >= REFERENCES;
        (void)snprintf(sql, sizeof sql, "SELECT c.label, p.label FROM %s ORDER BY 1, 2",
                       web ? webs[r - REFERENCES].sql : references[r].sql);
        (void)snprintf(prefix, sizeof prefix, "%s%d-", web ? "w" : "", web ? r - REFERENCES : r);
        tell_query(database, sql, prefix, out, &used);
    }
}

/* Finds the nodes' objects in a session that has none of them yet. */
static void rebind(void)
{
    for (int i = 0; i < NODES; i++)
        at(i)->object = NULL;
#define REBIND(model_, kind_)                                                                      \
    model_##_list found_##model_ = corm_all(run.session, model_);                                  \
    for (size_t i = 0; i < found_##model_.count; i++)                                              \
        at((int)found_##model_.items[i]->label)->object = found_##model_.items[i];
    REBIND(Person, PERSONS)
    REBIND(Card, CARDS)
    REBIND(Post, POSTS)
    REBIND(Note, NOTES)
    REBIND(Comment, COMMENTS)
    REBIND(Tag, TAGS)
    for (int i = 0; i < NODES; i++)
        if (in_session(i) && at(i)->object == NULL)
            complain("node %d is not found: %s", i, corm_error_message(run.session));
}

/* The tables, and the graph in a new session, are the model. No transaction is open. */
static void check_committed(void)
{
    static char model[TEXT_SIZE], stored[TEXT_SIZE];
    corm_session *mine = run.session;
    struct graph graph = run.now;
    bool deaths = run.deaths;
    run.deaths = false;
    run.session = corm_session_open(run.engine, NULL);
    tell_model(model);
    tell_tables(run.session, stored);
    if (strcmp(model, stored) != 0)
        complain("the tables hold\n%s, not\n%s", stored, model);
    rebind();
    check_objects(100);
    corm_session_close(run.session);
    run.session = mine;
    run.now = graph;
    run.deaths = deaths;
}

#endif /* TESTS_GRAPH_MODEL_H */
