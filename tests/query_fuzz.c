/* query_fuzz: random queries, beside their answers worked out row by row in plain memory.
 *
 * What is asked as objects is asked again as read-only objects, as a stream, page by page and as a number, with
 * relationships, or parts of them, that are loaded along. Others ask for values, groups, windows, compounds. Rows are changed
 * in between, by objects, which the next query flushes, and by query. All of it still holds when allocations fail: such a round
 * is rolled back.
 *
 * Every seed is a run of its own: random_work.h says how to choose them. */
#if !defined(SEEDS)
#define SEEDS 60
#endif
#define CORM_IMPLEMENTATION
#include "query_changes.h"

#include "query_values.h"

enum { ROUNDS = 25 };

/* ---- What is asked -------------------------------------------------------------------------------- */

static void ask_for_objects(void)
{
    struct question q = ask(PICK(models));
    for (int joins = one_in(2) ? below(3) : 0; joins > 0; joins--)
        add_join(&q);
    q.it.distinct = one_in(q.join_count > 0 ? 3 : 9);
    if (!one_in(5))
        ask_where(&q, 1 + below(3));
    if (one_in(2))
        ask_order(&q, true);
    if (one_in(3))
        q.it.limit = 1 + below(10);
    if (q.it.limit > 0 && one_in(2))
        q.it.offset = below(5);
    check_question(&q);
}

/* ---- Relationships -------------------------------------------------------------------------------- */

/* What is to be loaded with the objects: all of a relationship, or a part of it. */
struct loading {
    int relation;
    struct question part;
    bool filtered, later;
};

/* After changes a collection has its items in the order in which they came. */
static void settle(void)
{
    must(corm_flush(run.session) == CORM_OK);
    must(corm_expire_all(run.session) == CORM_OK);
    run.disordered = false;
}

static struct loading ask_loading(struct question *q, int table, bool may_wait)
{
    struct loading loading = {.relation = a_relation_from(table)};
    const corm_relationship_ref end = relations[loading.relation].end;
    const int slots = slots_used;
    loading.part = ask(relations[loading.relation].target);
    if (relations[loading.relation].single || one_in(2)) {
        const corm_loading all = one_in(2) ? corm_load_joined(end) : corm_load(end);
        q->it.load = q->it.load.count == 0 ? all : corm_loads(q->it.load, all);
    } else {
        struct question *part = &loading.part;
        loading.filtered = true;
        loading.later = may_wait && one_in(3);
        if (!one_in(3))
            ask_where(part, 1);
        if (one_in(2))
            ask_order(part, true);
        part->it.limit = one_in(2) ? 1 + below(3) : 0;
        const corm_loading some = corm_load_where(
            end, .where = part->it.where, .order_by = part->it.order_by, .limit = part->it.limit,
            .joined = !loading.later && one_in(2), .later = loading.later);
        if (some.wanted > some.node_count)
            loading.filtered = false;
        else
            q->it.load = q->it.load.count == 0 ? some : corm_loads(q->it.load, some);
    }
    slots_used = slots;
    return loading;
}

/* What the object has of the relationship is what is related to its row. */
static void check_related(const struct loading *loading, void *object, const struct row *owner)
{
    struct question part = loading->part;
    const int relation = loading->relation;
    const struct term mine =
        term_of(part.it.where, MEANS(.of = IF_RELATED_FROM, .column = relation, .row = owner));
    part.where =
        part.where == NULL
            ? mine.means
            : term_of(part.it.where, MEANS(.of = AN_AND, .parts = {mine.means, part.where})).means;
    if (relation == HEAVY && part.given_count == 0)
        part.order[part.order_count++] =
            (struct sorting){column_term(&part.scope.tables[0], ITEM_LABEL).means, true, false};
    if (!run.disordered && (part.given_count == 0 || part.it.limit > 0))
        complete_order(&part);
    if (run.disordered)
        part.order_count = 0;
    work_out(&part);
    size_t count = 0;
    if (relations[relation].single) {
        const void *one = corm_related_one(object, relations[relation].end);
        if (one != NULL)
            came[count++] = row_of(part.model, one);
    } else
        count = rows_of_list(&part, corm_related_list(object, relations[relation].end), came);
    must(true);
    check_rows(&part, came, count);
}

/* `below_it`: what is loaded of the objects to which the first of two leads. */
static void check_levels(const struct loading *loading, int levels, bool below_it, void *object,
                         const struct row *row)
{
    const corm_relationship_ref end = relations[loading[0].relation].end;
    check_related(&loading[0], object, row);
    if (levels == 2 && !below_it)
        check_related(&loading[1], object, row);
    if (levels == 1 || !below_it)
        return;
    run.what = relations[loading[1].relation].name;
    void *one = relations[loading[0].relation].single ? corm_related_one(object, end) : NULL;
    const corm_list list = relations[loading[0].relation].single ? (corm_list){&one, one != NULL}
                                                                 : corm_related_list(object, end);
    for (size_t i = 0; i < list.count; i++)
        check_related(&loading[1], list.items[i], row_of(loading[0].part.model, list.items[i]));
}

static void check_loaded(const struct question *q, const struct loading *loading, int levels,
                         bool below_it)
{
    const corm_list list = corm_query_all(run.session, &q->it);
    must(true);
    const int statements = run.statements;
    for (size_t i = 0; i < list.count; i++) {
        const struct row *row = row_of(q->model, list.items[i]);
        run.what = relations[loading[0].relation].name;
        check_levels(loading, levels, below_it, list.items[i], row);
    }
    run.what = "loaded objects";
    if (run.statements > statements + loading[0].later)
        complain("what was loaded is loaded again");
}

static void ask_for_related(void)
{
    struct loading loading[2];
    struct question q = ask(PICK(models));
    const int levels = 1 + below(2);
    const bool below_it = one_in(2);
    if (one_in(2))
        ask_where(&q, 1);
    if (one_in(2))
        ask_order(&q, false);
    if (one_in(2)) {
        q.it.limit = 1 + below(10);
        q.it.offset = below(3);
    }
    loading[0] = ask_loading(&q, table_of(q.model), levels == 1);
    if (levels == 2)
        loading[1] = ask_loading(
            &q, below_it ? relations[loading[0].relation].to : relations[loading[0].relation].from,
            false);
    const bool filtered = loading[0].filtered || (levels == 2 && loading[1].filtered);
    if (q.it.load.count < (size_t)levels || q.it.load.wanted > q.it.load.node_count ||
        (levels == 2 && loading[0].relation == loading[1].relation))
        return;
    settle();
    run.query = &q.it;
    run.what = "loading";
    check_loaded(&q, loading, levels, below_it);
    if (filtered)
        settle();
    if (!loading[0].later && one_in(3)) {
        q.it.read_only = true;
        check_loaded(&q, loading, levels, below_it);
        q.it.read_only = false;
    }
    if (loading[0].later)
        q.it.load = (corm_loading){.count = 0};
    check_question(&q);
    if (filtered)
        settle();
}

/* ---- The programme -------------------------------------------------------------------------------- */

static const struct {
    void (*run)(void);
    int weight;
} actions[] = {
    {ask_for_objects, 10}, {ask_for_related, 5}, {ask_for_values, 4}, {ask_for_groups, 3},
    {ask_for_windows, 2},  {ask_for_union, 2},   {change, 4},         {update_rows, 2},
    {delete_rows, 1},      {finish, 2},
};

static void do_something(void)
{
    int total = 0;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        total += actions[i].weight;
    int chosen = below(total);
    for (size_t i = 0;; i++) {
        chosen -= actions[i].weight;
        if (chosen < 0) {
            actions[i].run();
            return;
        }
    }
}

static void count_statement(void *context, const corm_trace_event *event)
{
    (void)context;
    if (work.tell)
        printf("#     %s\n", event->sql);
    run.statements++;
}

static void fill(void)
{
    static const int counts[TABLES] = {6, 14, 14, 6};
    for (int table = 0; table < TABLES; table++)
        for (int i = 0; i < (run.large ? ROWS - 5 : counts[table] + (one_in(4) ? 10 : 0)); i++) {
            random_row(table, i);
            if (corm_add(run.session, new_object(&run.now.rows[table][i])) != CORM_OK)
                must(false);
            if (table == PEOPLE)
                must(corm_flush(run.session) == CORM_OK); /* bosses first */
        }
    for (int links = below(40); links > 0; links--) {
        const struct row *person = some_row(PEOPLE), *tag = some_row(TAGS);
        run.now.linked[place_of(person)][place_of(tag)] = true;
        must(corm_related_append(object_of(person), relations[TAGGED].end, object_of(tag)) ==
             CORM_OK);
    }
    must(corm_commit(run.session) == CORM_OK);
    run.committed = run.now;
}

/* A round in which an allocation may fail; what was done since the last commit is undone then. */
static void run_round(bool failing)
{
    faults.reached = false;
    if (setjmp(run.out_of_memory) == 0) {
        if (failing && one_in(2))
            arm(1 + below(one_in(4) ? 400 : 40), one_in(2));
        do_something();
        disarm();
        if (!faults.reached || corm_error_status(run.session) == CORM_OK)
            return;
    }
    disarm();
    failures++;
    run.query = NULL;
    run.select = NULL;
    if (corm_rollback(run.session) != CORM_OK)
        complain("no rollback: %s", corm_error_message(run.session));
    run.now = run.committed;
    run.disordered = true;
    if (!one_in(3))
        return;
    faults.reached = false;
    must(corm_clear(run.session) == CORM_OK);
    run.disordered = false;
}

static void run_seed(unsigned seed, const corm_session_options *options, enum trouble trouble)
{
    const long blocks = held_by_corm.blocks;
    memset(&run, 0, sizeof run);
    begin_seed(seed);
    work.explain = explain;
    run.what = "filling";
    run.large = one_in(12);
    kept.used = passing.used = 0;
    run.engine = corm_sqlite_engine(":memory:", &town, NULL);
    run.session = corm_session_open(run.engine, options);
    corm_trace(run.session, count_statement, NULL);
    must(corm_create_all(run.session) == CORM_OK);
    fill();
    for (work.step = 0; work.step < ROUNDS; work.step++)
        run_round(trouble == ALLOCATIONS);
    run.query = NULL;
    faults.reached = false;
    corm_session_close(run.session);
    if (corm_engine_close(run.engine) != CORM_OK)
        complain("the engine is not closed");
    if (held_by_corm.blocks != blocks)
        complain("%ld blocks are left behind", held_by_corm.blocks - blocks);
}

static void run_seeds(const corm_session_options *options, enum trouble trouble)
{
    asked = answered = failures = 0;
    (void)run_each(SEEDS, run_seed, options, trouble);
    if (!work.tell)
        assert_int_equal(failures > 0, trouble != NO_TROUBLE);
    print_message("# %ld questions, %ld of them about some rows of several, %ld failed\n", asked,
                  answered, failures);
}

static void queries_and_rows_agree(void **state)
{
    (void)state;
    run_seeds(NULL, NO_TROUBLE);
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

int main(void)
{
    const corm_relationship_ref ends[RELATIONS] = {
        Person_place_, Place_residents_, Person_boss_, Person_staff_, Person_items_,
        Item_owner_,   Person_tags_,     Tag_people_,  Person_heavy_, Person_books_};
    for (int r = 0; r < RELATIONS; r++)
        relations[r].end = ends[r];
    kept = (struct room){malloc(KEPT_ROOM), 0, KEPT_ROOM};
    passing = (struct room){malloc(PASSING_ROOM), 0, PASSING_ROOM};
    if (kept.bytes == NULL || passing.bytes == NULL)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_and_rows_agree),
        cmocka_unit_test(they_agree_when_values_are_kept_on_commit),
        cmocka_unit_test(they_agree_when_allocations_fail),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(kept.bytes);
    free(passing.bytes);
    return failed;
}
