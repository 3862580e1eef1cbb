/* models_work.h: what tests/models_fuzz.c does: choices of objects and values, and one operation after the other. */
#ifndef TESTS_MODELS_WORK_H
#define TESTS_MODELS_WORK_H

#include "models_check.h"

#define TRY(call_)                                                                                 \
    do {                                                                                           \
        corm_status status_ = (call_);                                                             \
        if (status_ != CORM_OK)                                                                    \
            return status_;                                                                        \
    } while (0)

/* ---- Choices -------------------------------------------------------------------------------------- */

static const corm__mapper *some_mapper(void)
{
    return &run.registry->mappers[below((int)run.registry->count)];
}

/* What has been away may be outdated: for good where values are kept on commit, and where another object, or a row that
 * came without one, has had its key since. */
static bool may_come_in(const void *object)
{
    char key[LABEL], other[LABEL];
    if (corm_state(object) != CORM_STATE_DETACHED || !object_key(object, key))
        return true;
    if (run.session->options.keep_on_commit || run.arrays)
        return false;
    for (size_t i = 0; i < run.count; i++)
        if (run.objects[i] != object &&
            corm__mapper_at(run.objects[i])->root == corm__mapper_at(object)->root &&
            object_key(run.objects[i], other) && strcmp(key, other) == 0)
            return false;
    return true;
}

/* An object that is one of `mapper` (NULL: of any), mostly one of the session; NULL: there is none. */
static void *some(const corm__mapper *mapper)
{
    const bool any = below(12) == 0;
    const size_t first = run.count == 0 ? 0 : (size_t)below((int)run.count);
    for (size_t i = 0; i < run.count; i++) {
        void *object = run.objects[(first + i) % run.count];
        if ((mapper == NULL || corm__is_a(corm__mapper_at(object), mapper)) &&
            ((any && may_come_in(object)) ||
             (corm_in_session(run.session, object) && !corm_is_marked_deleted(object)))) {
            run.away = run.away || corm_state(object) == CORM_STATE_DETACHED;
            return object;
        }
    }
    return NULL;
}

static const corm__relation *some_relation(const void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    if (mapper->relation_count == 0)
        return NULL;
    const corm__relation *r = mapper->relations[below(mapper->relation_count)];
    return r->hidden ? NULL : r;
}

static bool is_foreign(const corm__column *column)
{
    return column->reference != NULL;
}

static const char *text_of(const char *format, int number)
{
    static char texts[4096][40]; /* they live on: members borrow them */
    static size_t count;
    char text[40];
    (void)snprintf(text, sizeof text, format, number);
    for (size_t i = 0; i < count; i++)
        if (strcmp(texts[i], text) == 0)
            return texts[i];
    assert_true(count < sizeof texts / sizeof texts[0]);
    return strcpy(texts[count++], text);
}

/* The value in the form in which the table has it. */
static corm_value some_value(const corm__column *column)
{
    const corm_column *info = column->info;
    const int number = below(column->primary_key ? 40 : 8);
    if (column->optional && below(5) == 0)
        return corm_value_null();
    switch (column->kind) {
    case CORM_KIND_TEXT:
        return corm_value_text(text_of(column->primary_key ? "k%d" : "t%d",
                                       info->options.unique ? below(200) : number));
    case CORM_KIND_JSON: return corm_value_text(text_of("{\"a\": %d}", number));
    case CORM_KIND_BLOB: return corm_value_blob((corm_blob){text_of("blob %d", number), 5});
    case CORM_KIND_REAL: return corm_value_real(number + 2.5);
    case CORM_KIND_BOOLEAN: return corm_value_integer(number % 2);
    case CORM_KIND_DATE: return corm_value_text(text_of("2024-02-%02d", 1 + number % 28));
    case CORM_KIND_UUID:
        return corm_value_text(text_of("00000000-0000-4000-8000-0000000000%02x", number));
    case CORM_KIND_ENUM:
        return corm_value_text(number % 3 == 0 ? "CALM" : number % 3 == 1 ? "wild" : "shy");
    case CORM_KIND_CUSTOM:
        return info->custom->stored == CORM_VALUE_TEXT ? corm_value_text(text_of("c%d", number))
                                                       : corm_value_integer(1 + number);
    default: return corm_value_integer(number);
    }
}

static void assign(const corm__column *column, void *object, const corm_value *value)
{
    unsigned char *at = (unsigned char *)object + column->offset;
    char why[200];
    bool memory;
    if (column->kind == CORM_KIND_BLOB) {
        const corm_blob blob = {value->as.bytes, value->size};
        memcpy(at, &blob, sizeof blob);
    } else if (column->owns) {
        const char *text = value->type == CORM_VALUE_NULL ? NULL : value->as.bytes;
        memcpy(at, &text, sizeof text);
    } else if (!corm__member_load(column, object, value, NULL, &memory, why, sizeof why))
        complain("%s.%s: %s", column->owner->model->name, column->name, why);
}

/* Whether the program may assign it. */
static bool is_free(const corm__column *column)
{
    return !is_foreign(column) && column->info->options.generated == NULL &&
           !column->info->options.version && column->owner->discriminator != column;
}

/* ---- What is done ----------------------------------------------------------------------------------- */

static void count_statement(void *context, const corm_trace_event *event)
{
    (void)context;
    if (getenv("CORM_SQL") != NULL && work.tell)
        printf("#     %s: %s\n", event->sql, corm_status_text(event->status));
    run.statements++;
}

static bool traced; /* statements are shown, and so run one by one */

static bool any_marked(void)
{
    for (size_t i = 0; i < run.count; i++)
        if (corm_is_marked_deleted(run.objects[i]))
            return true;
    return false;
}

/* As a flush leaves the session. */
static corm_status settle(int percent)
{
    for (int turns = 0; turns < 3 && any_marked(); turns++) /* put somewhere, and then deleted */
        TRY(corm_flush(run.session));
    calm();
    if (any_marked())
        complain("what is marked deleted stays so");
    const size_t statements = run.statements;
    corm_trace(run.session, count_statement, NULL);
    const corm_status status = corm_flush(run.session);
    if (!traced)
        corm_trace(run.session, NULL, NULL);
    if (status != CORM_OK || run.statements != statements)
        complain("a second flush writes: %s", corm_error_message(run.session));
    check_objects(percent);
    return CORM_OK;
}

static corm_status do_flush(void)
{
    tell("flush");
    TRY(corm_flush(run.session));
    return settle(below(3) * 40);
}

/* Whether an object of the model has this key; keys of several columns meet seldom enough. */
static bool is_taken(const corm__mapper *mapper, const corm_value *value)
{
    char key[LABEL], wanted[LABEL];
    if (value->type == CORM_VALUE_INTEGER)
        (void)snprintf(wanted, sizeof wanted, "%lld|", (long long)value->as.integer);
    else
        (void)snprintf(wanted, sizeof wanted, "%s|", (const char *)value->as.bytes);
    for (size_t i = 0; i < run.count; i++)
        if (corm__mapper_at(run.objects[i])->root == mapper->root &&
            object_key(run.objects[i], key) && strcmp(key, wanted) == 0)
            return true;
    return false;
}

/* What a foreign key of the model must refer to, and is not there. */
static bool lacks_target(const corm__mapper *mapper)
{
    for (size_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *r = mapper->relations[i];
        if (r->holds_key && !mapper->columns[r->local[0]].optional && some(r->target) == NULL)
            return true;
    }
    return false;
}

/* A new object that its columns' checks may refuse. */
static void *new_object(const corm__mapper *mapper)
{
    void *object = corm_object_new(run.session, mapper->model);
    if (object == NULL)
        return NULL;
    for (size_t c = 0; c < mapper->column_count; c++) {
        const corm__column *column = &mapper->columns[c];
        const bool numbered = mapper->integer_key && column->primary_key;
        if (!is_free(column) || below(numbered || column->optional ? 3 : 60) == 0 ||
            (numbered && below(4) != 0))
            continue;
        corm_value value = some_value(column);
        for (int tries = 0; tries < 5 && column->primary_key && is_taken(mapper, &value); tries++)
            value = some_value(column);
        assign(column, object, &value);
    }
    object = corm_object_made(object);
    remember(object);
    return object;
}

static corm_status do_new(void)
{
    const corm__mapper *mapper = some_mapper();
    const bool add_first = below(2) == 0;
    if (lacks_target(mapper) && below(20) != 0)
        return CORM_OK;
    void *object = new_object(mapper);
    if (object == NULL)
        return corm_last_status();
    tell("new %s%s", name_of(object), add_first ? ", added before it is linked" : "");
    if (add_first)
        TRY(corm_add(run.session, object));
    for (size_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *r = mapper->relations[i];
        void *target = r->hidden || r->to_many || !r->holds_key ? NULL : some(r->target);
        if (target == NULL || below(mapper->columns[r->local[0]].optional ? 3 : 40) == 0)
            continue;
        tell("  its %s is %s", r->name, name_of(target));
        TRY(corm_related_set(object, ref_of(r), target));
    }
    return below(8) == 0 ? CORM_OK : corm_add(run.session, object);
}

/* What was said just now is so after the flush, too. */
static corm_status check_said(void *object, const corm__relation *r, void *item, bool there)
{
    if (below(3) != 0)
        return CORM_OK;
    TRY(corm_flush(run.session));
    TRY(settle(0));
    if (!is_mine(object) || (item != NULL && !is_mine(item)))
        return CORM_OK;
    const bool found = r->to_many ? corm_related_contains(object, ref_of(r), item)
                                  : corm_related_one(object, ref_of(r)) == item;
    TRY(corm_last_status());
    if (found != there)
        complain("%s.%s: %s is %s after the flush", name_of(object), r->name, name_of(item),
                 found ? "there" : "not there");
    return CORM_OK;
}

static corm_status do_relate(void)
{
    void *object = some(NULL);
    const corm__relation *r = object == NULL ? NULL : some_relation(object);
    if (r == NULL || r->view_only)
        return CORM_OK;
    void *item = some(r->target);
    if (!r->to_many) {
        if (!r->holds_key && corm_state(object) == CORM_STATE_DELETED)
            return CORM_OK;
        if (below(4) == 0)
            item = NULL;
        tell("%s.%s = %s", name_of(object), r->name, name_of(item));
        TRY(corm_related_set(object, ref_of(r), item));
        return check_said(object, r, item, true);
    }
    /* what is put to a deleted or detached object has that reference in memory only */
    if (item == NULL || (is_gone(object) && is_mine(item)))
        return CORM_OK;
    if (below(3) != 0) {
        tell("%s.%s + %s", name_of(object), r->name, name_of(item));
        TRY(corm_related_append(object, ref_of(r), item));
        return check_said(object, r, item, true);
    }
    if (r->lazy != CORM_LAZY_WRITE_ONLY && below(4) != 0) { /* one that is in it */
        corm_list list = corm_related_list(object, ref_of(r));
        if (corm_last_status() == CORM_ROW_MISSING &&
            !is_mine(object)) { /* the flush before it deleted the row */
            corm_clear_error(run.session);
            return CORM_OK;
        }
        TRY(corm_last_status());
        if (list.count > 0)
            item = list.items[below((int)list.count)];
        remember(item);
    }
    tell("%s.%s - %s", name_of(object), r->name, name_of(item));
    TRY(corm_related_remove(object, ref_of(r), item));
    return check_said(object, r, item, false);
}

static corm_status do_replace(void)
{
    void *object = some(NULL), *items[12];
    const corm__relation *r = object == NULL ? NULL : some_relation(object);
    size_t count = 0;
    if (r == NULL || r->view_only || !r->to_many || is_gone(object)) /* as above */
        return CORM_OK;
    for (int tries = below(12); tries > 0; tries--)
        if ((items[count] = some(r->target)) != NULL)
            count++;
    tell("%s.%s is replaced by %zu", name_of(object), r->name, count);
    return corm_related_replace(object, ref_of(r), items, count);
}

/* NULL: no value. */
static bool alike(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

static corm_status do_assign(void)
{
    void *object = some(NULL);
    if (object == NULL)
        return CORM_OK;
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__column *column = &mapper->columns[below(mapper->column_count)];
    if (!is_free(column) || (column->primary_key && below(3) != 0))
        return CORM_OK;
    const corm_value value = some_value(column);
    char text[LABEL], now[LABEL];
    assign(column, object, &value);
    const char *given = member_text(column, object, text);
    tell("%s.%s := %s", name_of(object), column->name, given == NULL ? "NULL" : given);
    if (below(3) != 0)
        return CORM_OK;
    /* what a new object's member was without a value says nothing */
    const bool left = !corm__has_row(corm__record_of(object)) &&
                      corm_object_is_unset(object, (corm_column_ref){mapper->model, column->index});
    TRY(corm_flush(run.session));
    const char *found = member_text(column, object, now);
    if (left)
        return settle(below(2) * 50);
    if (!alike(given, found))
        complain("%s.%s was given %s, and is %s after the flush", name_of(object), column->name,
                 given == NULL ? "NULL" : given, found == NULL ? "NULL" : found);
    return settle(below(2) * 50);
}

/* Two objects exchange a value: what is unique is so only after both UPDATEs. */
static corm_status do_exchange(void)
{
    const corm__mapper *mapper = some_mapper();
    void *one = some(mapper), *other = some(mapper);
    if (one == NULL || other == NULL)
        return CORM_OK;
    const corm__column *column = &mapper->columns[below(mapper->column_count)];
    if (!is_free(column) || column->primary_key || column->info->options.deferred)
        return CORM_OK;
    unsigned char kept[64], *a = (unsigned char *)one + column->offset,
                            *b = (unsigned char *)other + column->offset;
    assert_true(column->size <= sizeof kept);
    tell("exchange %s of %s and %s", column->name, name_of(one), name_of(other));
    memcpy(kept, a, column->size);
    memcpy(a, b, column->size);
    memcpy(b, kept, column->size);
    return CORM_OK;
}

static corm_status do_delete(void)
{
    void *object = some(NULL);
    if (object == NULL)
        return CORM_OK;
    tell("delete %s", name_of(object));
    return corm_delete(run.session, object);
}

static corm_status do_add(void)
{
    void *object = run.count == 0 ? NULL : run.objects[below((int)run.count)];
    if (object == NULL || !may_come_in(object))
        return CORM_OK;
    const bool away = corm_state(object) == CORM_STATE_DETACHED;
    tell("add %s", name_of(object));
    corm_status status = corm_add(run.session, object);
    if (!away)
        return status;
    if (status != CORM_OK) { /* of something that it brings along: it has come in itself */
        if (is_mine(object))
            (void)corm_expunge(run.session, object);
        return status;
    }
    status = corm_refresh(run.session, object); /* its row may be another by now */
    if (status == CORM_ROW_MISSING) {
        corm_clear_error(run.session);
        status = corm_expunge(run.session, object);
    }
    return status;
}

/* Whether another object leads to this one: what left a session together is freed together. */
static bool is_led_to(const void *object)
{
    for (size_t i = 0; i < run.count; i++) {
        const corm__extra *extra = corm__record_of(run.objects[i])->extra;
        for (size_t l = 0; extra != NULL && run.objects[i] != object && l < extra->link_count;
             l++) {
            const corm__link *link = &extra->links[l];
            const corm__changes *changes = link->changes;
            if (link->target == object ||
                corm__index_of(link->items, link->count, object) < link->count ||
                (changes != NULL && (corm__index_of(changes->added, changes->added_count, object) <
                                         changes->added_count ||
                                     corm__index_of(changes->removed, changes->removed_count,
                                                    object) < changes->removed_count)))
                return true;
        }
    }
    return false;
}

static corm_status do_free(void)
{
    void *object = run.count == 0 ? NULL : run.objects[below((int)run.count)];
    if (object == NULL || corm_session_of(object) != NULL || below(3) != 0)
        return CORM_OK;
    const bool inside = corm__session_at(object) != NULL; /* the session sees to its links */
    if (!inside && is_led_to(object))
        return CORM_OK;
    tell("free %s", name_of(object));
    TRY(corm_free(object));
    forget(object);
    if (inside && is_led_to(object))
        complain("an object is linked to what was freed");
    return CORM_OK;
}

static corm_status do_rollback(void)
{
    tell("rollback");
    TRY(corm_rollback(run.session));
    calm();
    run.depth = 0;
    check_objects(below(2) * 100);
    char *now = told_tables();
    same_tables(now, run.committed, "after the rollback");
    free(now);
    return CORM_OK;
}

static void load_all(void)
{
    for (size_t i = 0; i < run.registry->count; i++) {
        if (run.registry->mappers[i].base != NULL)
            continue;
        corm_list list =
            corm_query_all(run.session, &(corm_query){.model = run.registry->mappers[i].model});
        if (corm_last_status() != CORM_OK)
            complain("no %s: %s", run.registry->mappers[i].model->name,
                     corm_error_message(run.session));
        for (size_t k = 0; k < list.count; k++)
            remember(list.items[k]);
    }
}

/* What a new session reads is what the tables have. No transaction is open. */
static void check_anew(void)
{
    const struct run mine = run;
    run.session = corm_session_open(run.engine, NULL);
    run.objects = NULL;
    run.count = run.capacity = 0;
    run.anew = true;
    load_all();
    check_objects(100);
    if (run.count != run.row_count)
        complain("a new session reads %zu objects, and the tables have %zu", run.count,
                 run.row_count);
    corm_session_close(run.session);
    free(run.objects);
    run.anew = false;
    run.session = mine.session;
    run.objects = mine.objects;
    run.count = mine.count;
    run.capacity = mine.capacity;
}

static corm_status do_commit(void)
{
    tell("commit");
    TRY(corm_flush(run.session));
    TRY(settle(0));
    TRY(corm_commit(run.session));
    calm();
    run.depth = 0;
    if (below(3) == 0)
        check_anew();
    check_objects(below(3) * 40);
    free(run.committed);
    run.committed = told_tables();
    return CORM_OK;
}

static corm_status do_expunge(void)
{
    TRY(do_commit()); /* else what it has may be undone while it is away */
    void *object = some(NULL);
    if (object == NULL)
        return CORM_OK;
    tell("expunge %s", name_of(object));
    return corm_expunge(run.session, object);
}

static corm_status do_savepoint(void)
{
    if (run.depth < DEPTH && below(2) == 0) {
        tell("savepoint %d", run.depth);
        TRY(corm_savepoint_begin(run.session, &run.savepoints[run.depth]));
        calm();
        read_tables(run.session);
        free(run.marks[run.depth]);
        run.marks[run.depth++] = told_tables();
        return CORM_OK;
    }
    if (run.depth == 0)
        return CORM_OK;
    const int mark = below(run.depth);
    if (below(2) == 0) {
        tell("release %d", mark);
        TRY(corm_savepoint_release(run.session, run.savepoints[mark]));
        run.depth = mark;
        return CORM_OK;
    }
    tell("rollback to %d", mark);
    TRY(corm_savepoint_rollback(run.session, run.savepoints[mark]));
    run.depth = mark;
    calm();
    check_objects(below(2) * 100);
    char *now = told_tables();
    same_tables(now, run.marks[mark], "after the rollback to a savepoint");
    free(now);
    return CORM_OK;
}

/* The flush before it may delete the row. */
/* Reads the object, unless the flush before that deletes its row. */
static corm_status do_read(void *object, bool refresh)
{
    if (corm_state(object) == CORM_STATE_DELETED || corm_is_marked_deleted(object))
        return CORM_OK;
    tell("%s %s", refresh ? "refresh" : "current", name_of(object));
    const corm_status status = refresh ? corm_refresh(run.session, object) : corm_current(object);
    if (status != CORM_ROW_MISSING || corm_state(object) != CORM_STATE_DELETED)
        return status;
    corm_clear_error(run.session);
    return CORM_OK;
}

static corm_status do_expire(void)
{
    void *object = some(NULL);
    switch (object == NULL ? 0 : below(5)) {
    case 0: tell("expire all"); return corm_expire_all(run.session);
    case 1:
        tell("free lists");
        corm_free_lists(run.session);
        return CORM_OK;
    case 2: return do_read(object, true);
    case 3: return do_read(object, false);
    default: tell("expire %s", name_of(object)); return corm_expire(run.session, object);
    }
}

static corm_status do_query(void)
{
    const corm__mapper *mapper = some_mapper();
    corm_query query = {.model = mapper->model, .limit = below(3) == 0 ? 3 : 0};
    corm_relationship_ref refs[3];
    size_t count = 0;
    for (size_t i = 0; i < mapper->relation_count && count < 3; i++)
        if (!mapper->relations[i]->hidden && mapper->relations[i]->lazy != CORM_LAZY_WRITE_ONLY &&
            below(2) == 0)
            refs[count++] = ref_of(mapper->relations[i]);
    if (count > 0)
        query.load =
            corm_loading_of(refs, count, below(2) == 0 ? CORM_LAZY_SELECTIN : CORM_LAZY_JOINED);
    tell("query of %s, with %zu loaded", mapper->model->name, count);
    corm_list list = corm_query_all(run.session, &query);
    TRY(corm_last_status());
    for (size_t i = 0; i < list.count; i++)
        remember(list.items[i]);
    return CORM_OK;
}

static corm_status do_clear(void)
{
    if (below(3) != 0)
        return CORM_OK;
    tell("clear");
    for (size_t i = 0; i < run.count; i++)
        if (corm_session_of(run.objects[i]) == NULL)
            (void)corm_free(run.objects[i]);
    TRY(corm_clear(run.session));
    calm();
    run.depth = 0;
    run.count = 0;
    load_all();
    check_objects(30);
    return CORM_OK;
}

#endif /* TESTS_MODELS_WORK_H */
