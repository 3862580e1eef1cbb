/* query_fuzz: random queries, beside their answers worked out row by row in plain memory.
 *
 * What is asked as objects is asked again as read-only objects, as a stream, page by page and as a number; objects are
 * changed in between, which the next query flushes.
 *
 * Every seed is a run of its own. CORM_SEEDS=5000 tries so many, CORM_SEED=17 this one only and tells what is asked. */
#if !defined(SEEDS)
#define SEEDS 60
#endif
#define CORM_IMPLEMENTATION
#include "query_conditions.h"

enum { ROUNDS = 25, ANSWERS = 4096, TERMS = 4 };

/* ---- Questions ------------------------------------------------------------------------------------ */

/* A query of objects, and what it means. */
struct question {
    corm_query it;
    const corm_model *model;
    struct join {
        const struct meaning *means; /* IF_ANY along a relationship; IF_EXISTS for any rows */
        const struct meaning *on;    /* a further condition, or NULL */
        bool left;
    } joins[2];
    int join_count;
    struct scope scope;
    const struct meaning *where; /* NULL: all */
    struct sorting {
        const struct meaning *means;
        bool down, nulls_first;
    } order[TERMS + 2]; /* the key last, where the query has a limit */
    int order_count, given_count;
};

/* The rows that are asked for, in their order. */
static struct answer {
    struct found {
        const struct row *row;
        struct value keys[TERMS + 2];
    } rows[ANSWERS];
    size_t count;
} answer;

static bool fits_in(const void *part)
{
    const corm_condition *it = part; /* all clauses begin alike */
    return it->wanted <= it->count;
}

static void ask_where(struct question *q, int depth)
{
    struct term it;
    do {
        const int before = slots_used;
        it = condition(run.large ? 1 : depth, &q->scope);
        if (!fits_in(&it.it))
            slots_used = before;
    } while (!fits_in(&it.it));
    q->it.where = it.it;
    q->where = it.means;
}

static void add_order(struct question *q, struct term by)
{
    struct sorting *sorting = &q->order[q->order_count];
    *sorting = (struct sorting){by.means, one_in(2), false};
    corm_ordering one = sorting->down ? corm_desc(AS_WHOLE(by)) : corm_asc(AS_WHOLE(by));
    sorting->nulls_first = !sorting->down;
    if (one_in(3)) {
        sorting->nulls_first = one_in(2);
        one = sorting->nulls_first ? corm_nulls_first(one) : corm_nulls_last(one);
    }
    const corm_ordering all = q->order_count == 0 ? one : corm_order(q->it.order_by, one);
    if (!fits_in(&all))
        return;
    q->it.order_by = all;
    q->given_count = ++q->order_count;
}

static void ask_order(struct question *q, bool computed_too)
{
    struct scope own = q->scope;
    own.count = q->it.distinct ? 1 : own.count;
    for (int count = 1 + below(TERMS - 1); count > 0; count--) {
        const corm_kind kind = some_kind(&own);
        struct term by;
        if (computed_too && one_in(3))
            by = expression(kind, 1, &own);
        else if (!column_of(kind, &own, &by))
            continue;
        if (by.means->of != A_VALUE)
            add_order(q, by);
    }
}

/* The primary key completes the order. */
static void complete_order(struct question *q)
{
    for (size_t i = 0; i < keys_of(q->model); i++)
        q->order[q->order_count++] =
            (struct sorting){column_term(&q->scope.tables[0], i).means, false, true};
}

static struct question ask(const corm_model *model)
{
    struct question q = {.it = {.model = model}, .model = model};
    slots_used = 1;
    q.scope = (struct scope){.tables = {{model, 0}}, .count = 1};
    return q;
}

static bool stands_in(const struct question *q, const corm_model *model)
{
    for (int i = 0; i < q->scope.count; i++)
        if (table_of(q->scope.tables[i].model) == table_of(model))
            return true;
    return false;
}
static bool chief_stands(const struct question *q)
{
    return q->scope.tables[q->scope.count - 1].model->alias_of != NULL;
}

/* The partners along a relationship, or any rows that meet a condition. */
static void add_join(struct question *q)
{
    const struct named *from = &q->scope.tables[below(q->scope.count)];
    const int relation = a_relation_from(table_of(from->model));
    corm_relationship_ref end = relations[relation].end;
    const bool along = one_in(2) && (from->model->alias_of == NULL || !end.backref);
    const corm_model *model = along ? relations[relation].target : PICK(models), *alias = NULL;
    struct join *join = &q->joins[q->join_count];
    const int slot = slots_used;
    if (run.large)
        return;
    if (stands_in(q, model)) {
        if (table_of(model) != PEOPLE || chief_stands(q))
            return;
        model = alias = &corm__model_chief;
    }
    const struct scope before = q->scope;
    const int from_slot = from->slot;
    end.model = from->model->alias_of != NULL ? from->model : end.model;
    q->scope.tables[q->scope.count++] = (struct named){model, slots_used++};
    const struct term on = !along || one_in(3) ? condition(1, &q->scope) : (struct term){0};
    join->left = one_in(2);
    const corm_joining one =
        along ? corm_joining_related(join->left ? CORM__JOIN_LEFT_RELATED : CORM__JOIN_RELATED, end,
                                     alias, on.it)
              : corm_joining_model(join->left ? CORM__JOIN_LEFT_MODEL : CORM__JOIN_MODEL, model,
                                   on.it);
    const corm_joining all = q->join_count == 0 ? one : corm_joins(q->it.join, one);
    if (!fits_in(&on.it) || !fits_in(&all)) {
        q->scope = before;
        return;
    }
    q->it.join = all;
    join->means = term_of(on.it, MEANS(.of = along ? IF_ANY : IF_EXISTS, .slot = slot,
                                       .model = model, .column = relation,
                                       .count = (size_t)from_slot))
                      .means;
    join->on = on.means;
    q->join_count++;
}

/* ---- Answers -------------------------------------------------------------------------------------- */

static int by_order(const struct question *q, const struct found *a, const struct found *b)
{
    for (int i = 0; i < q->order_count; i++) {
        const struct value x = a->keys[i], y = b->keys[i];
        int order = compare(x, y);
        if (x.type == NOTHING || y.type == NOTHING)
            order = q->order[i].nulls_first ? order : -order;
        else if (q->order[i].down)
            order = -order;
        if (order != 0)
            return order;
    }
    return 0;
}

static void take(const struct question *q, struct setting *at)
{
    if (q->where != NULL && !is_true(value_of(q->where, at)))
        return;
    for (size_t i = 0; q->it.distinct && i < answer.count; i++)
        if (answer.rows[i].row == at->rows[0])
            return;
    if (answer.count == ANSWERS)
        complain("too many rows");
    struct found *found = &answer.rows[answer.count++];
    found->row = at->rows[0];
    for (int i = 0; i < q->order_count; i++)
        found->keys[i] = value_of(q->order[i].means, at);
}

static void join_from(const struct question *q, int j, struct setting *at)
{
    if (j == q->join_count) {
        take(q, at);
        return;
    }
    const struct meaning *m = q->joins[j].means;
    bool alone = true;
    for (int i = 0; next_row(m, NULL, &i, at);) {
        if (m->of == IF_ANY && (at->rows[m->count] == NULL ||
                                !is_related(m->column, at->rows[m->count], at->rows[m->slot])))
            continue;
        if (q->joins[j].on != NULL && !is_true(value_of(q->joins[j].on, at)))
            continue;
        alone = false;
        join_from(q, j + 1, at);
    }
    at->rows[m->slot] = NULL;
    if (alone && q->joins[j].left)
        join_from(q, j + 1, at);
}

static long asked, answered, failures; /* by the runs of a test; answered: with some rows, but not all */

/* Sorted by insertion: stable, and short. */
static void work_out(const struct question *q)
{
    size_t all = 0;
    asked++;
    passing.used = 0;
    answer.count = 0;
    for (int i = 0; i < ROWS; i++) {
        struct setting at = {{&run.now.rows[table_of(q->model)][i]}};
        if (is_a(at.rows[0], q->model)) {
            join_from(q, 0, &at);
            all++;
        }
    }
    answered += answer.count > 0 && answer.count != all;
    for (size_t i = 1; i < answer.count && q->order_count > 0; i++)
        for (size_t k = i; k > 0 && by_order(q, &answer.rows[k - 1], &answer.rows[k]) > 0; k--) {
            const struct found one = answer.rows[k];
            answer.rows[k] = answer.rows[k - 1];
            answer.rows[k - 1] = one;
        }
}

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}
/* How many there are behind .offset, at most .limit. */
static size_t shown_count(const struct question *q)
{
    const size_t offset = lesser((size_t)q->it.offset, answer.count);
    return q->it.limit == 0 ? answer.count - offset
                            : lesser(answer.count - offset, (size_t)q->it.limit);
}

/* ---- Comparing ------------------------------------------------------------------------------------ */

/* An error is a fault, unless an allocation has failed: then the round is over. */
static void must(bool held)
{
    if (held && corm_error_status(run.session) == CORM_OK)
        return;
    if (!faults.reached)
        complain("%s", corm_error_message(run.session));
    longjmp(run.out_of_memory, 1);
}

/* Rows that came, against those of the answer: in its order, as far as that is told. */
static void check_rows(const struct question *q, const struct row *const *rows, size_t count)
{
    static bool used[ANSWERS];
    const bool partly = q->order_count == 0 && (q->it.limit > 0 || q->it.offset > 0);
    const size_t offset = partly ? 0 : lesser((size_t)q->it.offset, answer.count);
    if (count != shown_count(q))
        complain("%zu rows, not %zu", count, shown_count(q));
    memset(used, 0, sizeof used);
    for (size_t i = 0; i < count; i++) {
        size_t k = q->order_count == 0 ? 0 : offset + i;
        if (q->order_count > 0) /* those that are alike in the order come in any */
            while (k > 0 && by_order(q, &answer.rows[k - 1], &answer.rows[k]) == 0)
                k--;
        const size_t first = k;
        while (k < answer.count && (used[k] || answer.rows[k].row != rows[i]))
            k++;
        if (k == answer.count ||
            (q->order_count > 0 && by_order(q, &answer.rows[first], &answer.rows[k]) != 0))
            complain("row %zu is %s, which does not belong there (%s)", i, shown(rows[i]->cells[0]),
                     first < answer.count ? shown(answer.rows[first].row->cells[0]) : "none");
        used[k] = true;
    }
}

static size_t rows_of_list(const struct question *q, corm_list list, const struct row **rows)
{
    if (list.count > ANSWERS)
        complain("%zu rows", list.count);
    for (size_t i = 0; i < list.count; i++)
        rows[i] = row_of(q->model, list.items[i]);
    return list.count;
}

static const struct row *came[ANSWERS];

static void check_list(const struct question *q, const char *what)
{
    run.what = what;
    const corm_list list = corm_query_all(run.session, &q->it);
    must(true);
    check_rows(q, came, rows_of_list(q, list, came));
}

static void check_stream(const struct question *q)
{
    size_t count = 0;
    run.what = "stream";
    corm_query query = q->it;
    query.load = (corm_loading){.count = 0};
    query.read_only = false;
    corm_stream *stream = corm_query_stream(run.session, &query);
    must(stream != NULL);
    for (const void *one; (one = corm_stream_next(stream)) != NULL && count < ANSWERS;)
        came[count++] = row_of(q->model, one);
    must(corm_stream_close(stream) == CORM_OK);
    check_rows(q, came, count);
}

/* The first of the rows, by key if there is no order; and how many there were without a limit. */
static void check_first(const struct question *given)
{
    struct question q = *given;
    int64_t total = -1;
    run.what = "first";
    q.it.total = q.it.distinct ? NULL : &total;
    run.query = &q.it;
    if (q.order_count == q.given_count)
        complete_order(&q);
    work_out(&q);
    const void *first = corm_query_first(run.session, &q.it);
    must(true);
    const size_t offset = lesser((size_t)q.it.offset, answer.count);
    const struct row *row = first == NULL ? NULL : row_of(q.model, first);
    if (row != (offset == answer.count ? NULL : answer.rows[offset].row))
        complain("the first is %s", row == NULL ? "nothing" : shown(row->cells[0]));
    if (q.it.total != NULL && total != (int64_t)answer.count)
        complain("the total is %lld, not %zu", (long long)total, answer.count);
}

static void check_count(const struct question *q)
{
    run.what = "count";
    const int64_t count = corm_query_count(run.session, &q->it);
    must(true);
    if (count != (int64_t)shown_count(q))
        complain("%lld are counted, not %zu", (long long)count, shown_count(q));
}

/* Pages one behind the other are all of the rows. */
static void check_pages(const struct question *given)
{
    struct question q = *given;
    size_t count = 0;
    if (q.join_count > 0 || q.given_count == 0)
        return;
    run.what = "pages";
    for (int i = 0; i < q.given_count; i++)
        if (q.order[i].means->of != A_COLUMN)
            return;
    if (q.order_count == q.given_count)
        complete_order(&q);
    q.it.limit = 1 + below(7);
    q.it.offset = 0;
    work_out(&q);
    run.query = &q.it;
    for (;;) {
        const corm_list page = corm_query_all(run.session, &q.it);
        must(true);
        if (count + page.count > ANSWERS || page.count > (size_t)q.it.limit)
            complain("%zu rows after %zu", page.count, count);
        count += rows_of_list(&q, page, came + count);
        if (page.count < (size_t)q.it.limit)
            break;
        q.it.after = page.items[page.count - 1];
    }
    q.it.limit = 0;
    check_rows(&q, came, count);
}

static void check_question(struct question *q)
{
    run.query = &q->it;
    if (!fits_in(&q->it.order_by) || !fits_in(&q->it.join))
        return;
    if (q->it.limit > 0 && q->order_count > 0)
        complete_order(q);
    work_out(q);
    check_list(q, "objects");
    if (one_in(3)) {
        q->it.read_only = true;
        check_list(q, "read-only objects");
        q->it.read_only = false;
    }
    if (one_in(3))
        check_stream(q);
    if (one_in(3))
        check_count(q);
    if (one_in(4))
        check_first(q);
    if (one_in(3))
        check_pages(q);
    run.query = NULL;
}

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
        const corm_loading some =
            corm_load_where(end, .where = part->it.where, .order_by = part->it.order_by,
                            .limit = part->it.limit, .joined = !loading.later && one_in(2),
                            .later = loading.later);
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
    const struct term mine = term_of(
        part.it.where, MEANS(.of = IF_RELATED_FROM, .column = relation, .row = owner));
    part.where = part.where == NULL
                     ? mine.means
                     : term_of(part.it.where,
                               MEANS(.of = AN_AND, .parts = {mine.means, part.where}))
                           .means;
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
    const corm_list list = relations[loading[0].relation].single
                               ? (corm_list){&one, one != NULL}
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
        loading[1] = ask_loading(&q, below_it ? relations[loading[0].relation].to
                                              : relations[loading[0].relation].from,
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

/* ---- Changes -------------------------------------------------------------------------------------- */

/* The row is gone, and what refers to it refers to nothing. */
static void model_delete(struct row *row)
{
    const int table = table_of(row->model);
    for (int i = 0; i < ROWS; i++) {
        struct row *person = &run.now.rows[PEOPLE][i], *item = &run.now.rows[ITEMS][i];
        if (table == PLACES && is_related(PLACED, person, row))
            person->cells[PERSON_ZONE] = person->cells[PERSON_NUMBER] = nothing();
        if (table == PEOPLE && is_related(BOSS, person, row))
            person->cells[PERSON_BOSS] = nothing();
        if (table == PEOPLE && is_related(OWNER, item, row))
            item->cells[ITEM_OWNER] = nothing();
        if (table == PEOPLE)
            run.now.linked[place_of(row)][i] = false;
        if (table == TAGS)
            run.now.linked[i][place_of(row)] = false;
    }
    row->live = false;
}

static bool is_plain(const struct row *row, size_t c)
{
    const int table = table_of(row->model);
    return c >= keys_of(row->model) && !(table == PEOPLE && c >= PERSON_ZONE) &&
           !(table == ITEMS && (c == ITEM_TYPE || c == ITEM_OWNER));
}

static void change_members(void)
{
    struct row *row = some_row(below(TABLES));
    void *object = row == NULL ? NULL : object_of(row);
    must(row == NULL || (object != NULL && corm_current(object) == CORM_OK));
    for (int tries = 1 + below(4); row != NULL && tries > 0; tries--) {
        const size_t c = (size_t)below((int)row->model->column_count);
        if (!is_plain(row, c))
            continue;
        row->cells[c] = random_cell(row, c);
        set_member(&row->model->columns[c], object, row->cells[c]);
    }
}

static void link_or_unlink(void)
{
    const int relation = 2 * below(TWO_WAYS / 2) + (one_in(4) ? 1 : 0);
    const struct relation *r = &relations[relation];
    struct row *from = some_row(r->from), *to = some_row(r->to);
    if (from == NULL || to == NULL || relation == RESIDENTS || relation == STAFF ||
        relation == OWNED || relation == TAGGING)
        return;
    void *object = object_of(from), *target = object_of(to);
    must(object != NULL && target != NULL);
    run.disordered = true;
    if (relation == TAGGED) {
        bool *linked = &run.now.linked[place_of(from)][place_of(to)];
        *linked = !*linked;
        must((*linked ? corm_related_append(object, r->end, target)
                      : corm_related_remove(object, r->end, target)) == CORM_OK);
        return;
    }
    const bool cut = one_in(3);
    const struct value none = nothing();
    must(corm_related_set(object, r->end, cut ? NULL : target) == CORM_OK);
    if (relation == PLACED) {
        from->cells[PERSON_ZONE] = cut ? none : to->cells[0];
        from->cells[PERSON_NUMBER] = cut ? none : to->cells[1];
    } else
        from->cells[relation == BOSS ? PERSON_BOSS : ITEM_OWNER] = cut ? none : to->cells[0];
}

static void add_row(void)
{
    const int table = below(TABLES);
    for (int i = 0; i < ROWS; i++)
        if (!run.now.rows[table][i].live) {
            random_row(table, i);
            struct row *row = &run.now.rows[table][i];
            if (table == PEOPLE)
                row->cells[PERSON_ZONE] = row->cells[PERSON_NUMBER] = row->cells[PERSON_BOSS] =
                    nothing();
            if (table == ITEMS)
                row->cells[ITEM_OWNER] = nothing();
            must(corm_add(run.session, new_object(row)) == CORM_OK);
            return;
        }
}

static void delete_row(void)
{
    struct row *row = some_row(below(TABLES));
    if (row == NULL)
        return;
    must(corm_flush(run.session) == CORM_OK);
    void *object = object_of(row);
    must(object != NULL && corm_delete(run.session, object) == CORM_OK);
    must(corm_flush(run.session) == CORM_OK);
    model_delete(row);
    run.disordered = true;
}

/* Objects are as their rows, whatever has written these. */
static void check_everything(const char *what)
{
    static const corm_model *const all[] = {&corm__model_Place, &corm__model_Person,
                                            &corm__model_Item, &corm__model_Tag};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        struct question q = ask(all[i]);
        work_out(&q);
        check_list(&q, what);
    }
}

/* What a column may be set to: a value, NULL, another column, an expression that fits. */
static struct term assigned(const struct question *q, size_t c, bool expressions)
{
    const corm_column *column = &q->model->columns[c];
    const corm_kind kind = kind_of(column);
    const struct row one = {.model = q->model};
    struct term it = {.means = NULL};
    const size_t other = (size_t)below((int)q->model->column_count);
    const corm_column *from = &q->model->columns[other];
    if (expressions && one_in(3) && kind == CORM_KIND_TEXT) {
        it = column_term(&q->scope.tables[0], c);
        it = two(A_CONCAT, NODES(corm_concat(AS_TEXT(it), "x'")), it,
                 term_of(it.it, MEANS(.of = A_VALUE, .value = text("x'"))));
    } else if (expressions && one_in(3) && q->model == &corm__model_Person && c == PERSON_AGE) {
        it = column_term(&q->scope.tables[0], c);
        it = two(A_PLUS, NODES(corm_plus(AS_WHOLE(it), 1)), it, small_term(1));
    } else if (expressions && kind_of(from) == kind && from->kind != CORM_KIND_CUSTOM &&
               column->kind != CORM_KIND_CUSTOM && c != PERSON_AGE &&
               (column->optional || !from->optional)) {
        it = column_term(&q->scope.tables[0], other);
    } else {
        const struct value value = random_cell(&one, c);
        if (value.type != NOTHING)
            it = term_of(operand(kind, value, false), MEANS(.of = A_VALUE, .value = value));
    }
    return it;
}

static struct row *row_at(const struct row *row)
{
    return &run.now.rows[table_of(row->model)][place_of(row)];
}

static void update_rows(void)
{
    struct question q = ask(PICK(models));
    corm_assignments set = {.count = 0};
    struct term values[3];
    size_t columns[3];
    int count = 0;
    ask_where(&q, 2);
    for (int tries = 1 + below(4); tries > 0 && count < 3; tries--) {
        const struct row one = {.model = q.model};
        const size_t c = (size_t)below((int)q.model->column_count);
        bool there = !is_plain(&one, c);
        for (int i = 0; i < count; i++)
            there = there || columns[i] == c;
        if (there)
            continue;
        const corm_column_ref ref = {q.model, (unsigned)c};
        values[count] = assigned(&q, c, table_of(q.model) != ITEMS);
        columns[count] = c;
        const corm_assignments one_more =
            values[count].means == NULL
                ? corm_assignment_null(ref)
                : corm_assignment_of(ref, corm_expression_of(CORM__FIELD, CORM_KIND_COUNT, 0, NULL,
                                                             &values[count].it, 1));
        set = count == 0 ? one_more : corm_sets(set, one_more);
        count++;
    }
    if (count == 0)
        return;
    work_out(&q);
    run.what = "update";
    run.query = &q.it;
    const corm_update update = {.model = q.model, .set = set, .where = q.it.where};
    const int64_t rows = one_in(2)
                             ? corm_query_update(run.session, &update)
                             : (int64_t)corm_query_update_returning(run.session, &update).count;
    must(true);
    if (rows != (int64_t)answer.count)
        complain("%lld rows were updated, not %zu", (long long)rows, answer.count);
    for (size_t i = 0; i < answer.count; i++) {
        const struct row before = *answer.rows[i].row;
        struct setting at = {{&before}};
        for (int k = 0; k < count; k++) {
            struct value value = values[k].means == NULL ? nothing() : value_of(values[k].means, &at);
            if (value.type == TEXT)
                value = bytes_in(&kept, TEXT, value.bytes, value.size);
            row_at(answer.rows[i].row)->cells[columns[k]] = value;
        }
    }
    check_everything("objects after an update");
    run.query = NULL;
}

static void delete_rows(void)
{
    struct question q = ask(PICK(models));
    ask_where(&q, 1);
    work_out(&q);
    if (answer.count > 12)
        return;
    run.what = "delete";
    run.query = &q.it;
    const corm_deletion deletion = {.model = q.model, .where = q.it.where};
    const int64_t rows = one_in(2)
                             ? corm_query_delete(run.session, &deletion)
                             : (int64_t)corm_query_delete_returning(run.session, &deletion).count;
    must(true);
    if (rows != (int64_t)answer.count)
        complain("%lld rows were deleted, not %zu", (long long)rows, answer.count);
    for (size_t i = 0; i < answer.count; i++)
        model_delete(row_at(answer.rows[i].row));
    run.disordered = true;
    check_everything("objects after a delete");
    run.query = NULL;
}

static void finish(void)
{
    run.what = "commit or rollback";
    if (one_in(3)) {
        must(corm_rollback(run.session) == CORM_OK);
        run.now = run.committed;
    } else
        must(corm_commit(run.session) == CORM_OK);
    run.committed = run.now;
    run.disordered = true;
    if (one_in(3)) {
        must(corm_clear(run.session) == CORM_OK);
        run.disordered = false;
    }
}

static void change(void)
{
    for (int count = 1 + below(3); count > 0; count--) {
        run.what = "change";
        switch (below(6)) {
        case 0: add_row(); break;
        case 1: delete_row(); break;
        case 2:
        case 3: link_or_unlink(); break;
        default: change_members();
        }
    }
}

/* ---- Values --------------------------------------------------------------------------------------- */

/* A column as an OPTIONAL of its kind in an array of values. */
static struct value item_of(corm_kind kind, const void *items, size_t i)
{
    corm_column column = {.name = "value", .kind = kind, .optional = true, .scale = 2,
                          .enumeration = &corm__enum_Color};
    size_t size = sizeof(corm_optional_integer);
    switch (kind) {
    case CORM_KIND_REAL: size = sizeof(corm_optional_real); break;
    case CORM_KIND_TEXT: size = sizeof(const char *); break;
    case CORM_KIND_BLOB: size = sizeof(corm_blob); break;
    case CORM_KIND_DATE: size = sizeof(corm_optional_date); break;
    case CORM_KIND_DATETIME: size = sizeof(corm_optional_datetime); break;
    case CORM_KIND_DECIMAL: size = sizeof(corm_optional_decimal); break;
    case CORM_KIND_UUID: size = sizeof(corm_optional_uuid); break;
    default: break;
    }
    return member_of(&column, (const char *)items + i * size);
}

/* Whether a member can hold it: integers that became too large are refused. */
static bool is_held(corm_kind kind, struct value value)
{
    if (kind == CORM_KIND_REAL)
        return value.type == NOTHING || as_real(value) - as_real(value) == 0.0;
    if (kind == CORM_KIND_DECIMAL)
        return value.type == NOTHING || (value.type == WHOLE && value.whole < 1000000000000000000 &&
                                         value.whole > -1000000000000000000);
    return value.type != REAL;
}

static int by_value(const void *a, const void *b)
{
    return compare(*(const struct value *)a, *(const struct value *)b);
}

static void check_values(corm_kind kind, corm_rows rows, struct value *wanted, size_t count,
                         bool sorted)
{
    static struct value got[ANSWERS];
    if (rows.count != count)
        complain("%zu values, not %zu", rows.count, count);
    for (size_t i = 0; i < count; i++)
        got[i] = item_of(kind, rows.items, i);
    if (!sorted) {
        qsort(got, count, sizeof *got, by_value);
        qsort(wanted, count, sizeof *wanted, by_value);
    }
    for (size_t i = 0; i < count; i++)
        if (compare(got[i], wanted[i]) != 0)
            complain("value %zu is %s, not %s", i, shown(got[i]), shown(wanted[i]));
}

static void ask_for_values(void)
{
    static struct value wanted[ANSWERS];
    struct question q = ask(PICK(models));
    for (int joins = below(2); joins > 0; joins--)
        add_join(&q);
    if (one_in(2))
        ask_where(&q, 2);
    const corm_kind kind = some_kind(&q.scope);
    const struct term it = expression(kind, one_in(2) ? 0 : 2, &q.scope);
    if (!fits_in(&it.it) || it.means->of == A_VALUE)
        return;
    add_order(&q, it);
    const bool sorted = one_in(2), distinct = one_in(3);
    corm_select select = {.from = q.model, .join = q.it.join, .where = q.it.where,
                          .distinct = distinct};
    if (q.order_count == 0 || !fits_in(&select.order_by))
        return;
    if (sorted)
        select.order_by = q.it.order_by;
    work_out(&q);
    size_t count = 0;
    for (size_t i = 0; i < answer.count; i++) {
        const struct value one = answer.rows[i].keys[0];
        if (!is_held(kind, one))
            return;
        if (!distinct || count == 0 || compare(wanted[count - 1], one) != 0)
            wanted[count++] = one;
    }
    if (sorted && one_in(2)) {
        select.limit = 1 + below(5);
        select.offset = below(3);
        const size_t offset = lesser((size_t)select.offset, count);
        count = lesser(count - offset, (size_t)select.limit);
        memmove(wanted, wanted + offset, count * sizeof *wanted);
    }
    run.what = "values";
    run.select = &select;
    const corm_rows rows = corm_select_values(run.session, &select, it.it);
    must(true);
    check_values(kind, rows, wanted, count, sorted);
    run.select = NULL;
}

/* ---- Aggregates and groups ------------------------------------------------------------------------ */

#define TALLY(COLUMN)                                                                              \
    COLUMN(OPTIONAL(TEXT), key)                                                                    \
    COLUMN(OPTIONAL(INTEGER), number)                                                              \
    COLUMN(INTEGER, rows)                                                                          \
    COLUMN(INTEGER, some)                                                                          \
    COLUMN(INTEGER, kinds)                                                                         \
    COLUMN(OPTIONAL(INTEGER), total)                                                               \
    COLUMN(OPTIONAL(REAL), mean)                                                                   \
    COLUMN(OPTIONAL(TEXT), least)                                                                  \
    COLUMN(OPTIONAL(TEXT), most)
CORM_ROW(Tally, TALLY)

struct tally {
    struct value key, number, least, most;
    struct value seen[ROWS];
    int64_t rows, some, kinds, total;
};

static void count_in(struct tally *tally, struct value name, struct value age)
{
    tally->rows++;
    if (age.type != NOTHING) {
        tally->total += age.whole;
        tally->some++;
        bool there = false;
        for (int i = 0; i < tally->kinds; i++)
            there = there || compare(tally->seen[i], age) == 0;
        if (!there && tally->kinds < ROWS)
            tally->seen[tally->kinds++] = age;
    }
    if (name.type == NOTHING)
        return;
    if (tally->least.type == NOTHING || compare(name, tally->least) < 0)
        tally->least = name;
    if (tally->most.type == NOTHING || compare(name, tally->most) > 0)
        tally->most = name;
}

static bool is_text(struct value value, const char *held)
{
    return value.type == NOTHING ? held == NULL : held != NULL && strcmp(held, value.bytes) == 0;
}

static void check_tally(const Tally *got, const struct tally *wanted)
{
    const bool some = wanted->some > 0;
    const double mean = some ? (double)wanted->total / (double)wanted->some : 0;
    if (!is_text(wanted->key, got->key) ||
        got->number.has_value != (wanted->number.type != NOTHING) ||
        (got->number.has_value && got->number.value != wanted->number.whole))
        complain("the group of %s is not there", shown(wanted->key));
    if (got->rows != wanted->rows || got->some != wanted->some || got->kinds != wanted->kinds ||
        got->total.has_value != some || (some && got->total.value != wanted->total) ||
        got->mean.has_value != some || (some && got->mean.value != mean) ||
        !is_text(wanted->least, got->least) || !is_text(wanted->most, got->most))
        complain("the group of %s, %s: %lld %lld %lld %lld %g %s", shown(wanted->key),
                 shown(wanted->number), (long long)got->rows, (long long)got->some,
                 (long long)got->kinds, (long long)got->total.value, got->mean.value,
                 got->least == NULL ? "NULL" : got->least);
}

static size_t tally_up(struct tally *tallies, int64_t at_least)
{
    size_t count = 0, kept_count = 0;
    for (size_t i = 0; i < answer.count; i++) {
        const struct value *keys = answer.rows[i].keys;
        if (count == 0 || compare(keys[0], tallies[count - 1].key) != 0 ||
            compare(keys[1], tallies[count - 1].number) != 0)
            tallies[count++] = (struct tally){.key = keys[0], .number = keys[1]};
        count_in(&tallies[count - 1], keys[2], keys[3]);
    }
    for (size_t i = 0; i < count; i++)
        if (tallies[i].rows >= at_least)
            tallies[kept_count++] = tallies[i];
    return kept_count;
}

static void ask_for_groups(void)
{
    static struct tally tallies[ANSWERS];
    const int64_t at_least = below(3);
    struct question q = ask(&corm__model_Person);
    if (one_in(2))
        add_join(&q);
    if (one_in(2))
        ask_where(&q, 2);
    const struct term key = expression(CORM_KIND_TEXT, 1, &q.scope),
                      number = expression(CORM_KIND_INTEGER, 1, &q.scope);
    const struct named *people = &q.scope.tables[0];
    const struct term parts[] = {key, number, column_term(people, 7), column_term(people, PERSON_AGE)};
    for (int i = 0; i < 4; i++)
        q.order[q.order_count++] = (struct sorting){parts[i].means, false, true};
    work_out(&q);
    for (size_t i = 0; i < answer.count; i++)
        if (!is_held(CORM_KIND_INTEGER, answer.rows[i].keys[1]))
            return;
    const size_t count = tally_up(tallies, at_least);
    corm_select select = {
        .row = &corm__model_Tally, .from = q.model, .join = q.it.join, .where = q.it.where,
        .group_by = corm_group(AS_TEXT(key), AS_WHOLE(number)),
        .having = corm_ge(corm_count_rows(), at_least),
        .order_by = corm_order(corm_asc(Tally_.key), corm_asc(Tally_.number)),
        .fields = corm_fields(corm_field(Tally_.key, AS_TEXT(key)),
                              corm_field(Tally_.number, AS_WHOLE(number)),
                              corm_field(Tally_.rows, corm_count_rows()),
                              corm_field(Tally_.some, corm_count_values(Person_.age)),
                              corm_field(Tally_.kinds, corm_count_distinct(Person_.age)),
                              corm_field(Tally_.total, corm_sum(Person_.age)),
                              corm_field(Tally_.mean, corm_average(Person_.age)),
                              corm_field(Tally_.least, corm_minimum(Person_.t)),
                              corm_field(Tally_.most, corm_maximum(Person_.t)))};
    if (!fits_in(&select.group_by) || !fits_in(&select.fields) || key.means->of == A_VALUE ||
        number.means->of == A_VALUE)
        return;
    run.what = "groups";
    run.select = &select;
    const corm_rows rows = corm_select_rows(run.session, &select);
    must(true);
    if (rows.count != count)
        complain("%zu groups, not %zu", rows.count, count);
    for (size_t i = 0; i < count; i++)
        check_tally(&((const Tally *)rows.items)[i], &tallies[i]);
    run.what = "groups one by one";
    corm_stream *stream = corm_select_rows_stream(run.session, &select);
    must(stream != NULL);
    size_t streamed = 0;
    for (const Tally *one; (one = corm_stream_next(stream)) != NULL && streamed < count;)
        check_tally(one, &tallies[streamed++]);
    must(corm_stream_close(stream) == CORM_OK);
    if (streamed != count)
        complain("%zu groups came, not %zu", streamed, count);
    run.select = NULL;
}

/* ---- Windows -------------------------------------------------------------------------------------- */

/* The value over the rows of its part that stand around row i: these are sorted by part, place and key. */
static struct value over(const struct found *rows, size_t count, size_t i, int function, int64_t before,
                         int64_t behind)
{
    size_t first = i, end = i;
    int64_t total = 0;
    bool some = false;
    while (first > 0 && compare(rows[first - 1].keys[0], rows[i].keys[0]) == 0)
        first--;
    while (end < count && compare(rows[end].keys[0], rows[i].keys[0]) == 0)
        end++;
    if (function == 0)
        return whole((int64_t)(i - first) + 1);
    if (function == 1)
        return i + 2 < end ? rows[i + 2].keys[3] : nothing();
    for (size_t k = first; k < end; k++)
        if ((before < 0 || (int64_t)k >= (int64_t)i - before) &&
            (behind < 0 || (int64_t)k <= (int64_t)i + behind) && rows[k].keys[3].type != NOTHING) {
            total += rows[k].keys[3].whole;
            some = true;
        }
    return some ? whole(total) : nothing();
}

static void ask_for_windows(void)
{
    static struct value wanted[ANSWERS];
    struct question q = ask(&corm__model_Person);
    if (one_in(2))
        ask_where(&q, 2);
    const corm_kind kind = some_kind(&q.scope);
    const struct term part = expression(some_kind(&q.scope), 1, &q.scope),
                      place = expression(kind, 1, &q.scope),
                      age = column_term(&q.scope.tables[0], PERSON_AGE),
                      key = column_term(&q.scope.tables[0], 0);
    const struct term all[] = {part, place, key, age};
    const bool down = one_in(2);
    for (int i = 0; i < 4; i++)
        q.order[q.order_count++] = (struct sorting){all[i].means, i == 1 && down, i != 1 || !down};
    const int function = below(4);
    const int64_t before = below(4) - 1, behind = below(4) - 1;
    const corm_grouping group = corm_group(AS_WHOLE(part));
    const corm_ordering order =
        corm_order(down ? corm_desc(AS_WHOLE(place)) : corm_asc(AS_WHOLE(place)), corm_asc(Person_.id));
    const corm_integer_expression value =
        function == 0   ? corm_over(corm_row_number(), group, order)
        : function == 1 ? corm_over(corm_lead(AS_WHOLE(age), 2), group, order)
        : function == 2 ? corm_over(corm_sum(AS_WHOLE(age)), group, order)
                        : corm_over_rows(corm_sum(AS_WHOLE(age)), group, order, before, behind);
    if (!fits_in(&group) || !fits_in(&order) || !fits_in(&value) || part.means->of == A_VALUE ||
        place.means->of == A_VALUE)
        return;
    work_out(&q);
    for (size_t i = 0; i < answer.count; i++)
        wanted[i] = over(answer.rows, answer.count, i, function, function == 3 ? before : -1,
                         function == 3 ? behind : 0);
    const corm_select select = {.from = q.model, .where = q.it.where};
    run.what = "windows";
    run.select = &select;
    const corm_rows rows = corm_select_values(run.session, &select, NODES(value));
    must(true);
    check_values(CORM_KIND_INTEGER, rows, wanted, answer.count, false);
    run.select = NULL;
}

/* ---- Queries put together ------------------------------------------------------------------------- */

#define SINGLE(COLUMN) COLUMN(OPTIONAL(TEXT), value)
CORM_ROW(Single, SINGLE)

static bool is_among(struct value one, const struct value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (compare(values[i], one) == 0)
            return true;
    return false;
}

/* The texts of a query, as a select of them. */
static size_t ask_for_texts(corm_select *select, struct value *values)
{
    struct question q = ask(PICK(models));
    if (!one_in(3))
        ask_where(&q, 1);
    struct term it;
    do
        it = expression(CORM_KIND_TEXT, 1, &q.scope);
    while (it.means->of == A_VALUE);
    q.order[q.order_count++] = (struct sorting){it.means, false, true};
    work_out(&q);
    *select = (corm_select){.row = &corm__model_Single, .from = q.model, .where = q.it.where,
                            .fields = corm_fields(corm_field(Single_.value, AS_TEXT(it)))};
    for (size_t i = 0; i < answer.count; i++) {
        values[i] = answer.rows[i].keys[0];
        if (values[i].type == TEXT)
            values[i] = bytes_in(&kept, TEXT, values[i].bytes, values[i].size);
    }
    return answer.count;
}

static void ask_for_union(void)
{
    static struct value first[ANSWERS], other[ANSWERS], all[2 * ANSWERS];
    corm_select select, second;
    size_t a = ask_for_texts(&select, first), b = ask_for_texts(&second, other), count = 0;
    const unsigned how = (unsigned)(CORM__UNION + below(4));
    for (size_t i = 0; i < a + b; i++) {
        const struct value one = i < a ? first[i] : other[i - a];
        const bool there = is_among(one, other, b);
        if (how == CORM__UNION_ALL ||
            (!is_among(one, all, count) &&
             (how == CORM__UNION || (i < a && there == (how == CORM__INTERSECT)))))
            all[count++] = one;
    }
    qsort(all, count, sizeof *all, by_value);
    select.compound[0] = (corm_compound){&second, how};
    select.order_by = corm_asc(Single_.value);
    run.what = "queries put together";
    run.select = &select;
    const corm_rows rows = corm_select_rows(run.session, &select);
    must(true);
    if (rows.count != count)
        complain("%zu rows, not %zu", rows.count, count);
    for (size_t i = 0; i < count; i++)
        if (!is_text(all[i], ((const Single *)rows.items)[i].value))
            complain("row %zu is not %s", i, shown(all[i]));
    run.select = NULL;
}

static const struct action {
    void (*run)(void);
    int weight;
} actions[] = {
    {ask_for_objects, 10},
    {ask_for_related, 5},
    {ask_for_values, 4},
    {ask_for_groups, 3},
    {ask_for_windows, 2},
    {ask_for_union, 2},
    {change, 4},
    {update_rows, 2},
    {delete_rows, 1},
    {finish, 2},
};

/* ---- The programme -------------------------------------------------------------------------------- */

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
    if (run.tell)
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
        must(corm_related_append(object_of(person), relations[TAGGED].end, object_of(tag)) == CORM_OK);
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

static void run_seed(unsigned seed, const corm_session_options *options, bool failing)
{
    const long blocks = held_by_corm.blocks;
    memset(&run, 0, sizeof run);
    run.seed = seed;
    run.what = "filling";
    run.random = seed * UINT64_C(0x9E3779B97F4A7C15);
    run.tell = getenv("CORM_SEED") != NULL;
    run.large = one_in(12);
    kept.used = passing.used = 0;
    run.engine = corm_sqlite_engine(":memory:", &town, NULL);
    run.session = corm_session_open(run.engine, options);
    corm_trace(run.session, count_statement, NULL);
    must(corm_create_all(run.session) == CORM_OK);
    fill();
    for (run.round = 0; run.round < ROUNDS; run.round++) {
        run_round(failing);
    }
    run.query = NULL;
    faults.reached = false;
    corm_session_close(run.session);
    if (corm_engine_close(run.engine) != CORM_OK)
        complain("the engine is not closed");
    if (held_by_corm.blocks != blocks)
        complain("%ld blocks are left behind", held_by_corm.blocks - blocks);
}

static void run_seeds(const corm_session_options *options, bool failing)
{
    const char *one = getenv("CORM_SEED"), *many = getenv("CORM_SEEDS");
    unsigned first = one == NULL ? 1 : (unsigned)strtoul(one, NULL, 10);
    unsigned last = one != NULL ? first : many != NULL ? (unsigned)strtoul(many, NULL, 10) : SEEDS;
    asked = answered = failures = 0;
    for (unsigned seed = first; seed <= last; seed++)
        run_seed(seed, options, failing);
    if (one == NULL)
        assert_int_equal(failures > 0, failing);
    print_message("# %ld questions, %ld of them about some rows of several, %ld failed\n", asked,
                  answered, failures);
}

static void queries_and_rows_agree(void **state)
{
    (void)state;
    run_seeds(NULL, false);
}
static void they_agree_when_values_are_kept_on_commit(void **state)
{
    (void)state;
    run_seeds(&(corm_session_options){.keep_on_commit = true}, false);
}
static void they_agree_when_allocations_fail(void **state)
{
    (void)state;
    run_seeds(NULL, true);
}

int main(void)
{
    const corm_relationship_ref ends[RELATIONS] = {Person_place_, Place_residents_, Person_boss_,
                                                   Person_staff_, Person_items_,    Item_owner_,
                                                   Person_tags_,  Tag_people_,      Person_heavy_, Person_books_};
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
