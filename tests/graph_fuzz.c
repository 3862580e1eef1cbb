/* graph_fuzz: random work on a graph of objects, beside a model of it in plain memory.
 *
 * Objects also leave the session, are linked while they belong to none, and come back.
 *
 * After every commit the tables, and the graph as a new session reads it, are the model; after every rollback the
 * objects are the model of the last commit or savepoint; both ends of every relationship agree at all times; a second
 * flush writes nothing; and all of it still holds when allocations fail, or
 * reading and writing files.
 *
 * Every seed is a run of its own: random_work.h says how to choose them. */
#if !defined(SEEDS)
#define SEEDS 200
#endif
#define _XOPEN_SOURCE 700 /* mkdtemp */
#define CORM_IMPLEMENTATION
#include "graph_model.h"

static char directory[] = "/tmp/corm-graph-XXXXXX";

/* ---- What is done ----------------------------------------------------------------------------------- */

#define TRY(call_)                                                                                 \
    do {                                                                                           \
        corm_status status_ = (call_);                                                             \
        if (status_ != CORM_OK)                                                                    \
            return status_;                                                                        \
    } while (0)

/* Makes `child` refer to `parent` or nobody, through either end. */
static corm_status refer(int child, int r, int parent)
{
    const struct reference *reference = &references[r];
    int old = at(child)->to[r];
    bool from_above = below(2) == 0;
    tell("reference %d of %d: %d, was %d, %s", r, child, parent, old,
         from_above ? "from above" : "from below");
    void *object = at(child)->object, *target = parent == NOBODY ? NULL : at(parent)->object;
    if (!from_above || (parent == NOBODY && old == NOBODY))
        TRY(corm_related_set(object, reference->up, target));
    else if (reference->single)
        TRY(corm_related_set(at(parent == NOBODY ? old : parent)->object, reference->down,
                             parent == NOBODY ? NULL : object));
    else if (parent == NOBODY)
        TRY(corm_related_remove(at(old)->object, reference->down, object));
    else
        TRY(corm_related_append(target, reference->down, object));
    for (int i = 0; i < NODES && reference->single && parent != NOBODY; i++)
        if (at(i)->to[r] == parent)
            at(i)->to[r] = NOBODY;
    at(child)->to[r] = parent;
    run.moves = true;
    return CORM_OK;
}

static corm_status do_new(void)
{
    int kind = below(KINDS), node = kind * SLOTS + below(SLOTS), value = ++run.values;
    corm_session *session = run.session;
    const char *text = corm_text(session, "value %d", value),
               *name = corm_text(session, "tag %d", node);
    bool add_first = below(2) == 0;
    int parents[REFERENCES];
    if (text == NULL || name == NULL)
        return corm_error_status(session);
    for (int r = 0; r < REFERENCES; r++) {
        parents[r] = references[r].child == kind ? some(references[r].parent) : NOBODY;
        if (references[r].child == kind && references[r].orphan && parents[r] == NOBODY)
            return CORM_OK;
    }
    if (in_session(node))
        return CORM_OK;
    tell("new %d%s", node, add_first ? ", added before it is linked" : "");
    void *object = NULL;
    switch (kind) {
    case PERSONS: object = corm_new(session, Person, .label = node, .value = text); break;
    case CARDS: object = corm_new(session, Card, .label = node, .value = text); break;
    case POSTS: object = corm_new(session, Post, .label = node, .value = text); break;
    case NOTES: object = corm_new(session, Note, .label = node, .value = text); break;
    case COMMENTS: object = corm_new(session, Comment, .label = node, .value = text); break;
    default: object = corm_new(session, Tag, .name = name, .label = node, .value = text);
    }
    if (object == NULL)
        return corm_last_status();
    remember(object);
    *at(node) = (struct node){LIVE, value, {0}, object};
    for (int r = 0; r < REFERENCES; r++)
        at(node)->to[r] = NOBODY;
    if (add_first)
        TRY(corm_add(session, object));
    for (int r = 0; r < REFERENCES; r++)
        if (parents[r] != NOBODY && (references[r].orphan || below(2) == 0))
            TRY(refer(node, r, parents[r]));
    return corm_state(object) == CORM_STATE_TRANSIENT ? corm_add(session, object) : CORM_OK;
}

/* A new card takes the key of one that is deleted: the row is given to it in one flush. */
static corm_status do_take_key(void)
{
    int old = CARDS * SLOTS + below(SLOTS), node = CARDS * SLOTS + below(SLOTS);
    if (!in_session(old) || at(old)->status != MARKED || in_session(node))
        return CORM_OK;
    const Card *deleted = at(old)->object;
    for (int other = CARDS * SLOTS; other < (CARDS + 1) * SLOTS; other++)
        if (other != old && at(other)->object != NULL &&
            ((const Card *)at(other)->object)->id == deleted->id)
            return CORM_OK; /* another one has taken it */
    const char *text = corm_text(run.session, "value %d", run.values + 1);
    if (text == NULL)
        return corm_error_status(run.session);
    tell("new %d with the key of %d", node, old);
    Card *object = corm_new(run.session, Card, .id = deleted->id, .label = node, .value = text);
    if (object == NULL)
        return corm_last_status();
    remember(object);
    *at(node) = (struct node){LIVE, ++run.values, {0}, object};
    for (int r = 0; r < REFERENCES; r++)
        at(node)->to[r] = NOBODY;
    return corm_add(run.session, object);
}

/* Whether the reference may be cut: what becomes an orphan must be alone or have rows everywhere. */
static bool may_leave(int node, int r)
{
    if (!references[r].orphan || !is_pending(node))
        return !references[r].orphan || !pending_below(node);
    for (int other = 0; other < REFERENCES; other++)
        if (other != r && references[other].child == kind_of(node) && at(node)->to[other] != NOBODY)
            return false;
    return is_leaf(node);
}

static void left(int node, int r)
{
    run.deaths = run.deaths || references[r].orphan;
    at(node)->to[r] = NOBODY;
    if (references[r].orphan && corm_state(at(node)->object) == CORM_STATE_TRANSIENT)
        model_remove(node);
}

static void count_statement(void *context, const corm_trace_event *event)
{
    (void)context;
    if (work.tell)
        printf("#     %s\n", event->sql);
    run.statements++;
}

static corm_status do_flush(void)
{
    tell("flush");
    TRY(corm_flush(run.session));
    model_settle(true);
    run.links = run.moves = false;
    const size_t statements = run.statements;
    corm_trace(run.session, count_statement, NULL);
    const corm_status status = corm_flush(run.session);
    if (!work.tell)
        corm_trace(run.session, NULL, NULL);
    if (status == CORM_OK && run.statements != statements)
        complain("a second flush writes");
    return status;
}

static corm_status do_refer(void)
{
    int r = below(REFERENCES), parent = below(4) == 0 ? NOBODY : some(references[r].parent);
    int child = references[r].child * SLOTS + below(SLOTS);
    if ((run.links || run.moves) && references[r].orphan)
        TRY(do_flush());
    if (!in_session(child) || at(child)->status == MARKED)
        return CORM_OK;
    if (parent == NOBODY ? !may_leave(child, r)
                         : corm_state(at(child)->object) == CORM_STATE_DELETED)
        return CORM_OK;
    if (is_doomed(child) && !references[r].orphan)
        return CORM_OK;
    TRY(refer(child, r, parent));
    if (parent == NOBODY)
        left(child, r);
    return CORM_OK;
}

static corm_status do_replace(void)
{
    int r = below(REFERENCES), parent = some(references[r].parent), kind = references[r].child;
    void *items[2 * SLOTS];
    bool wanted[SLOTS] = {false};
    size_t count = 0;
    if (parent == NOBODY || references[r].single)
        return CORM_OK;
    if ((run.links || run.moves) && references[r].orphan)
        TRY(do_flush());
    if (!stays(parent))
        return CORM_OK;
    for (int tries = below(2 * SLOTS); tries > 0; tries--) { /* duplicates among them */
        int child = some(kind);
        if (child == NOBODY)
            break;
        items[count++] = at(child)->object;
        wanted[child % SLOTS] = true;
    }
    for (int i = 0; i < SLOTS; i++) {
        int child = kind * SLOTS + i;
        if (in_session(child) && at(child)->to[r] == parent && !wanted[i] &&
            (is_doomed(child) || !may_leave(child, r)))
            return CORM_OK;
    }
    tell("replace %d of %d with %zu", r, parent, count);
    TRY(corm_related_replace(at(parent)->object, references[r].down, items, count));
    for (int i = 0; i < SLOTS; i++) {
        int child = kind * SLOTS + i;
        if (wanted[i])
            at(child)->to[r] = parent, run.moves = true;
        else if (in_session(child) && at(child)->to[r] == parent)
            left(child, r);
    }
    return CORM_OK;
}

static corm_status do_link(void)
{
    int w = below(WEBS), one = some(webs[w].kinds[0]), other = some(webs[w].kinds[1]),
        side = below(2);
    if (one == NOBODY || other == NOBODY)
        return CORM_OK;
    void *object = at(side == 0 ? one : other)->object, *item = at(side == 0 ? other : one)->object;
    bool *linked = link_between(w, one, other), append = !*linked || below(4) == 0;
    tell("web %d: %s %d and %d, %s", w, append ? "link" : "unlink", one, other,
         side == 0 ? "forwards" : "backwards");
    TRY(append ? corm_related_append(object, webs[w].ends[side], item)
               : corm_related_remove(object, webs[w].ends[side], item));
    *linked = append;
    run.links = true;
    return CORM_OK;
}

static corm_status do_replace_links(void)
{
    int w = below(WEBS), side = below(2), node = some(webs[w].kinds[side]);
    void *items[2 * SLOTS];
    bool wanted[SLOTS] = {false};
    size_t count = 0;
    if (node == NOBODY)
        return CORM_OK;
    for (int tries = below(SLOTS); tries > 0; tries--) {
        int item = some(webs[w].kinds[1 - side]);
        if (item == NOBODY)
            break;
        items[count++] = at(item)->object;
        wanted[item % SLOTS] = true;
    }
    tell("replace links %d of %d with %zu", w, node, count);
    TRY(corm_related_replace(at(node)->object, webs[w].ends[side], items, count));
    for (int i = 0; i < SLOTS; i++)
        *(side == 0 ? link_between(w, node, i) : link_between(w, i, node)) = wanted[i];
    run.links = true;
    return CORM_OK;
}

static corm_status do_change(void)
{
    int node = some(below(KINDS));
    if (node == NOBODY)
        return CORM_OK;
    const char *text = corm_text(run.session, "value %d", run.values + 1);
    if (text == NULL)
        return corm_error_status(run.session);
    at(node)->value = ++run.values;
    tell("change %d to %d", node, at(node)->value);
    *value_member(node) = text;
    return CORM_OK;
}

static void mark(int node)
{
    at(node)->status = MARKED;
    run.deaths = true;
    for (int i = 0; i < NODES; i++)
        for (int r = 0; r < REFERENCES; r++)
            if (references[r].orphan && in_session(i) && at(i)->status == LIVE &&
                at(i)->to[r] == node)
                mark(i);
}

static corm_status do_rollback(void)
{
    const bool begun = corm_in_transaction(run.session);
    tell("rollback");
    TRY(corm_rollback(run.session));
    calm();
    run.now = run.committed;
    run.depth = 0;
    run.deaths = run.deaths && run.keep && !begun; /* else what was loaded stays so */
    check_objects(below(2) * 100);
    return CORM_OK;
}

static corm_status do_delete(void)
{
    if (run.links || run.moves)
        TRY(do_flush());
    int node = some(below(KINDS));
    if (node == NOBODY || pending_below(node))
        return CORM_OK;
    if (is_pending(node)) {
        if (!is_leaf(node))
            return CORM_OK;
        tell("expunge %d", node);
        TRY(corm_expunge(run.session, at(node)->object));
        model_remove(node);
        forget(at(node)->object);
        return corm_free(at(node)->object);
    }
    tell("delete %d", node);
    corm_status status = corm_delete(run.session, at(node)->object);
    if (status ==
        CORM_IDENTITY_CONFLICT) /* what it had was deleted, and the key is another one's */
        return do_rollback();
    if (status == CORM_OK)
        mark(node);
    return status;
}

static corm_status do_commit(void)
{
    tell("commit");
    TRY(corm_commit(run.session));
    calm();
    model_settle(true);
    run.committed = run.now;
    run.depth = 0;
    run.deaths = run.deaths && run.keep;
    check_committed();
    return CORM_OK;
}

static corm_status do_savepoint(void)
{
    if (run.depth < DEPTH && below(2) == 0) {
        tell("savepoint %d", run.depth);
        TRY(corm_savepoint_begin(run.session, &run.savepoints[run.depth]));
        model_settle(true);
        run.marks[run.depth++] = run.now;
        return CORM_OK;
    }
    if (run.depth == 0)
        return CORM_OK;
    int mark = below(run.depth);
    if (below(2) == 0) {
        tell("release %d", mark);
        TRY(corm_savepoint_release(run.session, run.savepoints[mark]));
        model_settle(true);
    } else {
        tell("rollback to %d", mark);
        TRY(corm_savepoint_rollback(run.session, run.savepoints[mark]));
        run.now = run.marks[mark];
    }
    run.depth = mark;
    return CORM_OK;
}

static corm_status do_expire(void)
{
    int node = some(below(KINDS));
    TRY(do_flush());
    switch (below(4)) {
    case 0: tell("expire all"); return corm_expire_all(run.session);
    case 1:
        tell("free lists");
        corm_free_lists(run.session);
        return CORM_OK;
    case 2:
        tell("refresh %d", node);
        return node == NOBODY ? CORM_OK : corm_refresh(run.session, at(node)->object);
    default:
        tell("expire %d", node);
        return node == NOBODY ? CORM_OK : corm_expire(run.session, at(node)->object);
    }
}

static corm_status do_clear(void)
{
    if (below(3) != 0)
        return CORM_OK;
    tell("clear");
    TRY(corm_clear(run.session));
    calm();
    run.now = run.committed;
    run.depth = 0;
    run.deaths = false;
    rebind();
    run.committed = run.now;
    run.made_count = 0;
    for (int i = 0; i < NODES; i++)
        if (in_session(i))
            remember(at(i)->object);
    return CORM_OK;
}

/* ---- Outside of the session ------------------------------------------------------------------------- */

static bool is_alone(int parent, int r)
{
    for (int i = 0; i < NODES; i++)
        if (in_session(i) && at(i)->to[r] == parent)
            return false;
    return true;
}

/* Where a collection is not known, nothing happens. */
static corm_status refer_outside(void)
{
    int r = below(REFERENCES), child = some(references[r].child);
    int parent = references[r].orphan || below(4) != 0 ? some(references[r].parent) : (int)NOBODY;
    bool from_above = !references[r].single && parent != NOBODY && below(2) == 0;
    if (child == NOBODY || (parent == NOBODY && references[r].orphan) ||
        (references[r].single && parent != NOBODY && !is_alone(parent, r)))
        return CORM_OK;
    tell("outside: reference %d of %d: %d, %s", r, child, parent,
         from_above ? "from above" : "from below");
    void *object = at(child)->object, *target = parent == NOBODY ? NULL : at(parent)->object;
    corm_status status = from_above ? corm_related_append(target, references[r].down, object)
                                    : corm_related_set(object, references[r].up, target);
    if (status == CORM_OK)
        at(child)->to[r] = parent;
    return from_above && status == CORM_DETACHED ? CORM_OK : status;
}

static corm_status link_outside(void)
{
    int w = below(WEBS), one = some(webs[w].kinds[0]), other = some(webs[w].kinds[1]),
        side = below(2);
    if (one == NOBODY || other == NOBODY)
        return CORM_OK;
    bool *linked = link_between(w, one, other), append = !*linked || below(4) == 0;
    tell("outside: web %d: %s %d and %d", w, append ? "link" : "unlink", one, other);
    void *object = at(side == 0 ? one : other)->object, *item = at(side == 0 ? other : one)->object;
    corm_status status = append ? corm_related_append(object, webs[w].ends[side], item)
                                : corm_related_remove(object, webs[w].ends[side], item);
    if (status == CORM_OK)
        *linked = append;
    return status == CORM_DETACHED ? CORM_OK : status;
}

static corm_status do_leave(void)
{
    TRY(do_commit());
    for (int i = run.made_count; i > 0; i--) {
        void *object = run.made[i - 1];
        if (corm_in_session(run.session, object))
            continue;
        forget(object);
        TRY(corm_free(object)); /* else it would leave, too */
    }
    check_objects(below(100)); /* what is known, is known outside */
    TRY(corm_expunge_all(run.session));
    corm_status status = CORM_OK;
    for (int turns = 1 + below(8); turns > 0 && status == CORM_OK; turns--)
        status = below(2) == 0 ? refer_outside() : link_outside();
    calm();
    for (int count = 0, first = below(NODES); count < NODES; count++) {
        int node = (first + count) % NODES;
        if (in_session(node) && corm_add(run.session, at(node)->object) != CORM_OK)
            complain("%d does not come back: %s", node, corm_error_message(run.session));
    }
    run.links = run.moves = true;
    return status;
}

static corm_status do_look(void)
{
    tell("look");
    if (faults.nth == 0 && io_faults.nth == 0) {
        check_objects(below(100));
        return CORM_OK;
    }
    (void)corm_all(run.session, Post, .load = corm_load(Post_.tags, Post_.comments, Post_.author));
    TRY(corm_last_status());
    int node = some(COMMENTS);
    if (node != NOBODY)
        (void)corm_related_list(at(node)->object, references[PARENT].down);
    return node == NOBODY ? CORM_OK : corm_last_status();
}

static const struct action actions[] = {
    {do_new, 24},          {do_refer, 24},   {do_link, 14},     {do_replace, 6},
    {do_replace_links, 4}, {do_change, 8},   {do_delete, 8},    {do_flush, 4},
    {do_commit, 5},        {do_rollback, 3}, {do_savepoint, 5}, {do_expire, 3},
    {do_clear, 2},         {do_look, 10},    {do_leave, 2},     {do_take_key, 6},
};

/* ---- The programme ---------------------------------------------------------------------------------- */

static long troubles; /* that showed as errors */

static void run_seed(unsigned seed, const corm_session_options *options, enum trouble trouble)
{
    memset(&run, 0, sizeof run);
    begin_seed(seed);
    run.keep = options != NULL && options->keep_on_commit;
    run.engine = open_engine(&journal, trouble, directory);
    run.session = corm_session_open(run.engine, options);
    if (work.tell)
        corm_trace(run.session, count_statement, NULL);
    if (corm_create_all(run.session) != CORM_OK)
        complain("no tables: %s", corm_error_message(run.session));
    for (work.step = 0; work.step < STEPS; work.step++) {
        model_settle(false);
        trouble_begins(trouble);
        corm_status status = do_one_of(actions, sizeof actions / sizeof actions[0]);
        calm();
        if (status != CORM_OK && !is_due_to(trouble, status))
            complain("%s: %s", corm_status_text(status), corm_error_message(run.session));
        if (status != CORM_OK) {
            troubles++;
            status = do_rollback();
        }
        if (status != CORM_OK)
            complain("no rollback: %s", corm_error_message(run.session));
    }
    model_settle(false);
    if (do_commit() != CORM_OK)
        complain("%s", corm_error_message(run.session));
    check_objects(100);
    corm_session_close(run.session);
    memset(run.marks, 0, sizeof run.marks);
    run.now = run.committed = run.marks[0];
    if (corm_engine_close(run.engine) != CORM_OK)
        complain("the engine is not closed");
    remove_files(directory);
}

static void run_seeds(const corm_session_options *options, enum trouble trouble)
{
    troubles = 0;
    const unsigned runs = run_each(SEEDS, run_seed, options, trouble);
    if (!work.tell)
        assert_int_equal(troubles > 0, trouble != NO_TROUBLE);
    print_message("# %ld errors in %u runs\n", troubles, runs);
}

static void graph_and_model_agree(void **state)
{
    (void)state;
    run_seeds(NULL, NO_TROUBLE);
}
static void they_agree_without_autoflush(void **state)
{
    (void)state;
    run_seeds(&(corm_session_options){.no_autoflush = true}, NO_TROUBLE);
}
static void they_agree_when_values_are_kept_on_commit(void **state)
{
    (void)state;
    run_seeds(&(corm_session_options){.keep_on_commit = true}, NO_TROUBLE);
}
static void they_agree_when_allocations_fail(void **state)
{
    (void)state;
    run_seeds(NULL, ALLOCATIONS);
}
static void they_agree_when_the_disk_fails(void **state)
{
    (void)state;
    run_seeds(NULL, ROLLBACK_JOURNAL);
}
static void they_agree_when_the_disk_fails_under_a_log(void **state)
{
    (void)state;
    run_seeds(NULL, WRITE_AHEAD_LOG);
}

int main(void)
{
    const corm_relationship_ref ups[REFERENCES] = {Post_author_, Post_editor_,  Card_owner_,
                                                   Note_post_,   Comment_post_, Comment_parent_};
    const corm_relationship_ref downs[REFERENCES] = {
        Person_posts_, Person_edited_, Person_card_, Post_notes_, Post_comments_, Comment_replies_};
    for (int r = 0; r < REFERENCES; r++) {
        references[r].up = ups[r];
        references[r].down = downs[r];
    }
    webs[TAGGED].ends[0] = Post_tags_;
    webs[TAGGED].ends[1] = Tag_posts_;
    webs[NARROWER].ends[0] = Tag_narrower_;
    webs[NARROWER].ends[1] = Tag_broader_;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(graph_and_model_agree),
        cmocka_unit_test(they_agree_without_autoflush),
        cmocka_unit_test(they_agree_when_values_are_kept_on_commit),
        cmocka_unit_test(they_agree_when_allocations_fail),
        cmocka_unit_test(they_agree_when_the_disk_fails),
        cmocka_unit_test(they_agree_when_the_disk_fails_under_a_log),
    };
    if (mkdtemp(directory) == NULL || install_failing_vfs() != SQLITE_OK)
        return 1;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)rmdir(directory);
    return failed;
}
