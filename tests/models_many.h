/* models_many.h: what tests/models_fuzz.c does with many rows at once, and between sessions. */
#ifndef TESTS_MODELS_MANY_H
#define TESTS_MODELS_MANY_H

#include "models_work.h"

/* Numbers around those from which on rows are written together. */
static int some_number(void)
{
    static const int numbers[] = {7, 8, 9, 12, 20, 63, 64, 65, 70, 130};
    return numbers[below(below(4) == 0 ? 10 : 5)];
}

static corm_status do_many(void)
{
    Sheet *sheet = some(corm__mapper_of(run.registry, corm_base(Sheet)));
    Cat *cat = some(corm__mapper_of(run.registry, corm_base(Cat)));
    Owner *owner = some(corm__mapper_of(run.registry, corm_base(Owner)));
    const int count = run.count > 400 ? 3 : some_number(), what = below(5);
    tell("%d new ones (%d) for %s, %s, %s", count, what, name_of(sheet), name_of(cat),
         name_of(owner));
    for (int i = 0; i < count; i++) {
        const char *text = text_of("many %d", i);
        void *object = NULL;
        if (what == 0 && sheet != NULL)
            object = corm_new(run.session, Cell, .place = 10 + below(4000), .text = text);
        else if (what == 1 && cat != NULL)
            object = corm_new(run.session, Toy, .name = text);
        else if (what == 2)
            object = corm_new(run.session, Mark, .weight = corm_some(i));
        else if (what == 3)
            object = corm_new(run.session, Puppy, .name = text);
        else if (what == 4)
            object = corm_new(run.session, Line, .price = i);
        else
            return CORM_OK;
        if (object == NULL)
            return corm_last_status();
        remember(object);
        TRY(corm_add(run.session, object));
        if (what == 0)
            TRY(Cell_sheet_set(object, sheet));
        else if (what == 1)
            TRY(Toy_cat_set(object, cat));
        else if (what == 2 && sheet != NULL)
            TRY(Mark_sheet_set(object, sheet));
        else if (what == 3 && owner != NULL)
            TRY(Animal_keeper_set(corm_as(Animal, object), owner));
    }
    return CORM_OK;
}

/* One column of all objects of a model. */
static corm_status do_change_all(void)
{
    const corm__mapper *mapper = some_mapper();
    const corm__column *column = &mapper->columns[below(mapper->column_count)];
    if (!is_free(column) || column->primary_key || column->info->options.unique)
        return CORM_OK;
    tell("%s of all %s", column->name, mapper->model->name);
    for (size_t i = 0; i < run.count; i++)
        if (corm_in_session(run.session, run.objects[i]) &&
            corm__mapper_at(run.objects[i]) == mapper) {
            const corm_value value = some_value(column);
            assign(column, run.objects[i], &value);
        }
    return CORM_OK;
}

static corm_status do_delete_many(void)
{
    const corm__mapper *mapper = some_mapper();
    const int percent = below(2) == 0 ? 100 : 60;
    if (below(3) != 0)
        return CORM_OK;
    tell("delete %d%% of %s", percent, mapper->model->name);
    for (size_t i = 0; i < run.count; i++)
        if (is_mine(run.objects[i]) && corm__mapper_at(run.objects[i]) == mapper &&
            below(100) < percent)
            TRY(corm_delete(run.session, run.objects[i]));
    return CORM_OK;
}

/* ---- By query ------------------------------------------------------------------------------------- */

/* Whether an object is away that may come back: it does not learn of what is done to its row meanwhile. */
static bool any_away(void)
{
    for (size_t i = 0; i < run.count; i++)
        if (corm_state(run.objects[i]) == CORM_STATE_DETACHED &&
            !(corm__record_of(run.objects[i])->flags & CORM__GONE))
            return true;
    return false;
}

static corm_status do_update_by_query(void)
{
    corm_session *session = run.session;
    const int number = below(6), what = below(6);
    if (any_away())
        return CORM_OK;
    tell("update by query %d with %d", what, number);
    switch (what) {
    case 0:
        (void)corm_update_all(session, Cell, .set = corm_set(Cell_.mood, WILD),
                              .where = corm_lt(Cell_.place, 10 * number));
        break;
    case 1:
        (void)corm_update_all(session, Animal, .set = corm_set(Animal_.name, "by query"),
                              .where = corm_gt(Animal_.id, number));
        break;
    case 2:
        (void)corm_update_all(session, Owner, .set = corm_set(Owner_.rank, number),
                              .all_rows = true);
        break;
    case 3:
        (void)corm_update_all(session, Cat, .set = corm_set(Cat_.lives, corm_plus(Cat_.lives, 1)),
                              .where = corm_is_not_null(Cat_.name));
        break;
    case 4:
        (void)corm_update_all(session, Cell,
                              .set = corm_set(Cell_.place, corm_plus(Cell_.place, 1)),
                              .where = corm_eq(Cell_.place, number));
        break;
    default:
        (void)corm_update_all(session, Line, .set = corm_set(Line_.pieces, number),
                              .where = corm_gt(Line_.price, number));
    }
    TRY(corm_last_status());
    return settle(below(2) * 50);
}

static corm_status do_delete_by_query(void)
{
    corm_session *session = run.session;
    const int number = below(6), what = below(6);
    if (any_away())
        return CORM_OK;
    tell("delete by query %d with %d", what, number);
    switch (what) {
    case 0: (void)corm_delete_all(session, Cell, .where = corm_gt(Cell_.place, 4 * number)); break;
    case 1: (void)corm_delete_all(session, Owner, .where = corm_eq(Owner_.rank, number)); break;
    case 2: (void)corm_delete_all(session, Day, .where = corm_is_null(Day_.mood)); break;
    case 3: (void)corm_delete_all(session, Puppy, .where = corm_gt(Puppy_.id, 5 * number)); break;
    case 4: (void)corm_delete_all(session, Sheet, .where = corm_gt(Sheet_.id, number)); break;
    default: (void)corm_delete_all(session, Chapter, .where = corm_eq(Chapter_.number, number));
    }
    TRY(corm_last_status());
    return settle(below(2) * 50);
}

static corm_status do_insert_array(void)
{
    enum { MOST = 20 };
    Mark marks[MOST];
    Owner owners[MOST];
    const size_t count = (size_t)(1 + below(MOST));
    const bool ignore = below(2) == 0;
    tell("insert %zu", count);
    run.arrays = true;
    if (below(2) == 0) {
        TRY(corm_rows_blank(run.session, Mark, marks, count));
        for (size_t i = 0; i < count; i++)
            marks[i].weight = corm_some((int)i);
        (void)corm_insert_all(run.session, Mark, marks, count);
    } else {
        TRY(corm_rows_blank(run.session, Owner, owners, count));
        for (size_t i = 0; i < count; i++) {
            owners[i].code = text_of("k%d", below(40));
            owners[i].name = text_of("t%d", below(400));
            owners[i].rank = below(3);
        }
        if (ignore)
            (void)corm_insert_all(run.session, Owner, owners, count, .ignore = true);
        else
            (void)corm_insert_all(run.session, Owner, owners, count,
                                  .on_conflict = corm_conflict_on(Owner_.code),
                                  .update = corm_columns_of(Owner_.rank));
    }
    TRY(corm_last_status());
    return settle(0);
}

/* Rows as they come, with work in between. */
static corm_status do_stream(void)
{
    char key[LABEL];
    size_t rows = 0;
    tell("stream");
    corm_stream *stream = corm_stream_open(run.session, Owner, .order_by = corm_asc(Owner_.name));
    if (stream == NULL)
        return corm_last_status();
    for (const Owner *owner; (owner = corm_stream_next(stream)) != NULL; rows++) {
        Owner *object = corm_get(run.session, Owner, owner->code);
        const corm_status status = corm_last_status();
        if (object == NULL || !stored_key(object, key)) {
            (void)corm_stream_close(stream);
            return status;
        }
        remember(object);
        object->rank = rows % 2 == 0 ? object->rank : 5;
    }
    return corm_stream_close(stream);
}

/* ---- Between sessions ----------------------------------------------------------------------------- */

/* Another session reads objects and changes them, and this one takes that over. The other never writes. */
static corm_status do_merge(void)
{
    TRY(do_commit());
    TRY(corm_commit(run.session)); /* what looking has begun */
    corm_session *other = corm_session_open(
        run.engine, &(corm_session_options){.no_autoflush = true, .keep_on_commit = true});
    const corm__mapper *mapper = some_mapper();
    corm_status status = CORM_OK;
    if (other == NULL)
        return CORM_OUT_OF_MEMORY;
    corm_list list = corm_query_all(other, &(corm_query){.model = mapper->model, .limit = 5});
    tell("merge %zu of %s", list.count, mapper->model->name);
    for (size_t i = 0; i < list.count; i++)
        for (size_t r = 0; r < corm__mapper_at(list.items[i])->relation_count; r++) {
            const corm__relation *relation = corm__mapper_at(list.items[i])->relations[r];
            if (!relation->hidden && relation->to_many && below(3) == 0)
                (void)corm_related_list(list.items[i], ref_of(relation));
        }
    (void)corm_commit(other); /* there may be one connection only; nothing was written */
    run.away = true; /* what comes along with one of them may be written before it comes itself */
    for (size_t i = 0; i < list.count && status == CORM_OK; i++) {
        void *given = list.items[i];
        const corm__mapper *own = corm__mapper_at(given);
        for (size_t c = 0; c < own->column_count; c++)
            if (is_free(&own->columns[c]) && !own->columns[c].primary_key && below(3) == 0) {
                const corm_value value = some_value(&own->columns[c]);
                assign(&own->columns[c], given, &value);
            }
        void *mine = corm_object_merge(run.session, given);
        status = corm_last_status();
        remember(mine);
    }
    corm_session_close(other);
    return status;
}

/* All objects go to the program and come into a new session. */
static corm_status do_move(void)
{
    TRY(do_commit());
    tell("move to another session");
    size_t mine = 0; /* they stand before the others */
    for (size_t i = 0; i < run.count; i++)
        if (is_mine(run.objects[i])) {
            void *object = run.objects[i];
            run.objects[i] = run.objects[mine];
            run.objects[mine++] = object;
        }
    const corm_session_options options = run.session->options;
    if (options
            .keep_on_commit) /* what refers to a deleted object still does not come in without it */
        TRY(corm_expire_all(run.session));
    TRY(corm_expunge_all(run.session));
    while (run.count > mine)
        (void)corm_free(run.objects[--run.count]);
    corm_session_close(run.session);
    run.session = corm_session_open(run.engine, &options);
    for (size_t i = 0; i < run.count; i++)
        if (corm_state(run.objects[i]) == CORM_STATE_DETACHED &&
            corm_add(run.session, run.objects[i]) != CORM_OK)
            complain("%s does not come in: %s", name_of(run.objects[i]),
                     corm_error_message(run.session));
    return settle(below(2) * 60);
}

#endif /* TESTS_MODELS_MANY_H */
