/* query_changes.h: random changes of rows, by objects and by query, for tests/query_fuzz.c. */
#ifndef TESTS_QUERY_CHANGES_H
#define TESTS_QUERY_CHANGES_H

#include "query_answers.h"

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

/* The rows of the answer get the values, which are computed from what they held before. */
static void model_update(const struct term *values, const size_t *columns, int count)
{
    for (size_t i = 0; i < answer.count; i++) {
        const struct row before = *answer.rows[i].row;
        struct setting at = {{&before}};
        for (int k = 0; k < count; k++) {
            struct value value =
                values[k].means == NULL ? nothing() : value_of(values[k].means, &at);
            if (value.type == TEXT)
                value = bytes_in(&kept, TEXT, value.bytes, value.size);
            row_at(answer.rows[i].row)->cells[columns[k]] = value;
        }
    }
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
    model_update(values, columns, count);
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

#endif /* TESTS_QUERY_CHANGES_H */
