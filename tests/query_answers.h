/* query_answers.h: questions to the database and their answers, worked out row by row, for tests/query_fuzz.c; the
 * comparison of what came with the answer, in all the ways in which objects may be asked for. */
#ifndef TESTS_QUERY_ANSWERS_H
#define TESTS_QUERY_ANSWERS_H

#include "query_conditions.h"

enum { ANSWERS = 4096, TERMS = 4 };

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

/* Of any clause. */
#define fits_in(part_) ((part_)->wanted <= (part_)->count)

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
    join->means =
        term_of(on.it, MEANS(.of = along ? IF_ANY : IF_EXISTS, .slot = slot, .model = model,
                             .column = relation, .count = (size_t)from_slot))
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

static long asked, answered,
    failures; /* by the runs of a test; answered: with some rows, but not all */

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

#endif /* TESTS_QUERY_ANSWERS_H */
