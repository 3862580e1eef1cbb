/* calls_fuzz: any call at any time, on objects of two sessions and of none, which move between them, are freed, and outlive
 * sessions that are closed. Most of it makes no sense, and much is refused; but nothing crashes, and whatever is handed out
 * can be read. It says most under AddressSanitizer or valgrind.
 *
 * Every seed is a run of its own: random_work.h says how to choose them. */
#if !defined(SEEDS)
#define SEEDS 500
#endif
#define _XOPEN_SOURCE 700 /* mkdtemp */
#define CORM_IMPLEMENTATION
#include "random_work.h"

/* clang-format off */
#define NODE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Node, id))                         \
    RELATIONSHIP(ONE_TO_MANY, children, Node, parent, .cascade = CORM_CASCADE_ALL)                 \
    RELATIONSHIP(MANY_TO_ONE, parent,   Node, children)                                            \
    RELATIONSHIP(MANY_TO_MANY, tags,    Tag,  BACKREF(nodes),                                      \
                 .secondary = corm_secondary("node_tags", "node_id", "tag_id"))                    \
    RELATIONSHIP(ONE_TO_ONE,  card,     Card, node,                                                \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)
#define TAG(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)
#define CARD(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), node_id, .references = corm_ref(Node, id))                           \
    RELATIONSHIP(ONE_TO_ONE, node, Node, card)
#define PILE(MODEL)                                                                                \
    MODEL(Node, "nodes", NODE) MODEL(Tag, "tags", TAG) MODEL(Card, "cards", CARD)
/* clang-format on */

CORM_SCHEMA(pile, PILE)

static char directory[] = "/tmp/corm-calls-XXXXXX";

/* ---- What there is ---------------------------------------------------------------------------------- */

enum { MOST = 60, SESSIONS = 2, FEW = 3 };
enum kind { ANY, A_NODE, A_TAG, A_CARD };

static struct thing {
    void *object; /* NULL: there is none */
    enum kind kind;
} things[MOST];
static corm_engine *engine;
static corm_session *sessions[SESSIONS];
static corm_savepoint savepoint;
static size_t read_bytes;

static void read_text(const char *text)
{
    while (text != NULL && *text != '\0')
        read_bytes += (unsigned char)*text++;
}

static void know(void *object, enum kind kind)
{
    struct thing *free_place = NULL;
    for (int i = 0; i < MOST; i++) {
        if (things[i].object == object)
            return;
        if (things[i].object == NULL)
            free_place = &things[i];
    }
    if (free_place != NULL)
        *free_place = (struct thing){object, kind};
}

static void see_node(Node *node)
{
    if (node != NULL)
        read_text(node->name);
    know(node, A_NODE);
}

static void see_nodes(Node_list list)
{
    for (size_t i = 0; i < list.count; i++)
        see_node(list.items[i]);
}

/* One of them; NULL: there is none. */
static struct thing *some(enum kind kind)
{
    struct thing *found[MOST];
    int count = 0;
    for (int i = 0; i < MOST; i++)
        if (things[i].object != NULL && (kind == ANY || things[i].kind == kind))
            found[count++] = &things[i];
    return count == 0 ? NULL : found[below(count)];
}

static void *one_of(enum kind kind)
{
    const struct thing *thing = some(kind);
    return thing == NULL ? NULL : thing->object;
}

static Node *some_node(void)
{
    return one_of(A_NODE);
}
static Tag *some_tag(void)
{
    return one_of(A_TAG);
}
static Card *some_card(void)
{
    return one_of(A_CARD);
}

static corm_session **some_session(void)
{
    return &sessions[below(SESSIONS)];
}

/* ---- What is done ----------------------------------------------------------------------------------- */

static corm_status make(void)
{
    corm_session *session = *some_session();
    switch (below(4)) {
    case 0: know(corm_new(session, Tag, .name = "a tag"), A_TAG); break;
    case 1: know(corm_new(session, Card, .name = "a card"), A_CARD); break;
    default: know(corm_new(session, Node, .name = "a node"), A_NODE); break;
    }
    return CORM_OK;
}

static corm_status add(void)
{
    return corm_add(*some_session(), one_of(ANY));
}

static corm_status append_child(void)
{
    return Node_children_append(some_node(), some_node());
}
static corm_status remove_child(void)
{
    return Node_children_remove(some_node(), some_node());
}
static corm_status append_tag(void)
{
    return Node_tags_append(some_node(), some_tag());
}
static corm_status remove_tag(void)
{
    return Node_tags_remove(some_node(), some_tag());
}
static corm_status set_card(void)
{
    return Node_card_set(some_node(), one_in(4) ? NULL : some_card());
}
static corm_status set_node(void)
{
    return Card_node_set(some_card(), one_in(4) ? NULL : some_node());
}
static corm_status set_parent(void)
{
    return Node_parent_set(some_node(), one_in(4) ? NULL : some_node());
}

static corm_status replace_children(void)
{
    Node *children[FEW];
    const size_t count = (size_t)below(FEW + 1);
    for (size_t i = 0; i < count; i++)
        children[i] = some_node();
    return Node_children_replace(some_node(), children, count);
}

static corm_status replace_tags(void)
{
    Tag *tags[FEW];
    const size_t count = (size_t)below(FEW + 1);
    for (size_t i = 0; i < count; i++)
        tags[i] = some_tag();
    return Node_tags_replace(some_node(), tags, count);
}

static corm_status delete_one(void)
{
    return corm_delete(*some_session(), one_of(ANY));
}
static corm_status expunge(void)
{
    return corm_expunge(*some_session(), one_of(ANY));
}
static corm_status expunge_all(void)
{
    return corm_expunge_all(*some_session());
}

static corm_status free_one(void)
{
    struct thing *thing = some(ANY);
    const corm_status status = corm_free(thing == NULL ? NULL : thing->object);
    if (status == CORM_OK && thing != NULL)
        thing->object = NULL;
    return status;
}

static corm_status flush(void)
{
    return corm_flush(*some_session());
}
static corm_status commit(void)
{
    return corm_commit(*some_session());
}
static corm_status roll_back(void)
{
    return corm_rollback(*some_session());
}

static corm_status use_savepoint(void)
{
    corm_session *session = *some_session();
    return one_in(2) ? corm_savepoint_begin(session, &savepoint)
                     : corm_savepoint_rollback(session, savepoint);
}

/* Its objects are gone with it. */
static void close_one(corm_session *session)
{
    for (int i = 0; i < MOST; i++)
        if (things[i].object != NULL && corm_session_of(things[i].object) == session)
            things[i].object = NULL;
    corm_session_close(session);
}

static corm_status close_and_open(void)
{
    corm_session **session = some_session();
    close_one(*session);
    *session = corm_session_open(engine, NULL);
    return CORM_OK;
}

static corm_status look(void)
{
    Node *node = some_node();
    Tag_list tags = Node_tags(node);
    for (size_t i = 0; i < tags.count; i++) {
        read_text(tags.items[i]->name);
        know(tags.items[i], A_TAG);
    }
    see_nodes(Node_children(node));
    see_node(Node_parent(node));
    see_node(Card_node(some_card()));
    see_nodes(Tag_nodes(some_tag()));
    Card *card = Node_card(node);
    if (card != NULL)
        read_text(card->name);
    know(card, A_CARD);
    return CORM_OK;
}

static corm_status query(void)
{
    see_nodes(corm_all(*some_session(), Node));
    return CORM_OK;
}

static corm_status forget(void)
{
    corm_session *session = *some_session();
    return one_in(2) ? corm_expire(session, one_of(ANY)) : corm_refresh(session, one_of(ANY));
}

static corm_status change(void)
{
    Node *node = some_node();
    if (node != NULL)
        node->name = one_in(2) ? "another" : "yet another";
    return CORM_OK;
}

static corm_status merge(void)
{
    Node *node = some_node();
    if (node != NULL)
        see_node(corm_merge(*some_session(), node));
    return CORM_OK;
}

/* ---- A run ------------------------------------------------------------------------------------------ */

static void run_seed(unsigned seed, const corm_session_options *options, enum trouble trouble)
{
    static const struct action actions[] = {
        {make, 5},          {add, 2},          {append_child, 2}, {remove_child, 1},
        {append_tag, 1},    {remove_tag, 1},   {set_card, 1},     {set_node, 1},
        {set_parent, 1},    {replace_tags, 1}, {delete_one, 1},   {replace_children, 1},
        {expunge, 2},       {free_one, 1},     {expunge_all, 1},  {flush, 1},
        {commit, 1},        {roll_back, 1},    {look, 3},         {use_savepoint, 1},
        {query, 1},         {forget, 1},       {change, 1},       {merge, 1},
        {close_and_open, 1}};
    /* the sessions stand in each other's way, and none waits for the other */
    const corm_sqlite_options file = {.busy_timeout_ms = 1,
                                      .durability = CORM_SQLITE_DURABILITY_NORMAL};
    char path[512];
    begin_seed(seed);
    (void)snprintf(path, sizeof path, "%s/%u.db", directory, seed);
    engine = corm_sqlite_engine(path, &pile, &file);
    for (int i = 0; i < SESSIONS; i++)
        sessions[i] = corm_session_open(engine, options);
    assert_int_equal(corm_create_all(sessions[0]), CORM_OK);
    assert_int_equal(corm_commit(sessions[0]), CORM_OK);
    for (int steps = 40 + below(120); work.step < steps; work.step++) {
        trouble_begins(trouble);
        tell("%d", (int)do_one_of(actions, sizeof actions / sizeof actions[0]));
        calm();
        for (int i = 0; i < MOST; i++) /* none was freed that the program has */
            if (things[i].object != NULL && things[i].kind == A_NODE)
                read_text(((const Node *)things[i].object)->name);
    }
    for (int i = 0; i < SESSIONS; i++)
        close_one(sessions[i]);
    for (int i = 0; i < MOST; i++) {
        if (things[i].object != NULL)
            assert_int_equal(corm_free(things[i].object), CORM_OK);
        things[i].object = NULL;
    }
    corm_engine_close(engine);
    remove_files(directory);
}

static void nothing_crashes_or_dangles(void **state)
{
    (void)state;
    run_each(SEEDS, run_seed, NULL, NO_TROUBLE);
}

static void nor_when_allocations_fail(void **state)
{
    (void)state;
    run_each(SEEDS, run_seed, NULL, ALLOCATIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_crashes_or_dangles),
        cmocka_unit_test(nor_when_allocations_fail),
    };
    if (mkdtemp(directory) == NULL || install_failing_vfs() != SQLITE_OK)
        return 1;
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)rmdir(directory);
    return failed;
}
