/* lifecycle.c: what is done with single objects.
 *
 * Owns: adding, deleting, expiring, refreshing, expunging and freeing objects, and asking about
 * them.
 * Must not know: SQL. */
#ifndef CORM__ROOM_LIFECYCLE_C
#define CORM__ROOM_LIFECYCLE_C

#include "create.c"
#include "eager.c"
#include "trips.c"

/* ---- Add and delete -------------------------------------------------------------------------- */

CORM_API corm_status corm_add(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__record *record = corm__object_of(session, object, "corm_add");
    if (record == NULL)
        return corm__status;
    if (record->flags & CORM__MARKED_DELETED) {
        record->flags &= (uint16_t)~CORM__MARKED_DELETED;
        size_t i = corm__index_of(session->deleted.items, session->deleted.count, object);
        if (i < session->deleted.count)
            session->deleted.items[i] = NULL;
    }
    return corm__ended(corm__save(session, object));
}

static corm_status corm__mark_deleted(corm_session *session, void *object, bool cascaded)
{
    corm__record *record = corm__record_of(object);
    if (cascaded && record->state == CORM_STATE_DELETED)
        record->flags |= CORM__CASCADED; /* no obstacle, should the parent be added again */
    if (!corm__has_row(record) || (record->flags & CORM__MARKED_DELETED))
        return CORM_OK;
    if (!corm__vector_push(&session->deleted, object))
        return corm__no_memory(session);
    record->flags &= (uint16_t) ~(CORM__PLACED | CORM__CASCADED);
    record->flags |= (uint16_t)(CORM__MARKED_DELETED | (cascaded ? CORM__CASCADED : 0));
    return CORM_OK;
}

/* Deleting reads what goes along, and the object itself with it: its members and its key are known
 * until the flush. */
static corm_status corm__know_deleted(corm_session *session, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    bool reads = false;
    for (uint16_t i = 0; i < mapper->relation_count; i++)
        reads = reads || ((mapper->relations[i]->cascade & CORM_CASCADE_DELETE) &&
                          !mapper->relations[i]->passive_deletes);
    if (!reads || session->poison != CORM_OK || !corm__has_row(corm__record_of(object)))
        return CORM_OK;
    corm_status status = corm__make_current(session, object);
    return status == CORM_ROW_MISSING ? CORM_OK : status;
}

CORM_API corm_status corm_delete(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__walk walk = {CORM_CASCADE_DELETE, true, false, {NULL, 0, 0}, {NULL, 0, 0}};
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__object_of(session, object, "corm_delete");
    if (record == NULL)
        return corm__status;
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING)
        return corm__ended(corm__fail(
            session, CORM_NOT_PERSISTED, "corm_delete: %s has no row yet%s",
            corm__label(object, label), record->state == CORM_STATE_PENDING ? ": expunge it" : ""));
    if (record->state == CORM_STATE_DELETED ||
        (record->flags & (CORM__MARKED_DELETED | CORM__GONE)))
        return corm__ended(CORM_OK);
    corm_status status =
        record->state == CORM_STATE_DETACHED ? corm__save(session, object) : CORM_OK;
    if (status == CORM_OK)
        status = corm__know_deleted(session, object);
    if (status == CORM_OK)
        status = corm__walk_run(session, &walk, object);
    for (size_t i = 0; i < walk.found.count && status == CORM_OK; i++)
        status = corm__mark_deleted(session, walk.found.items[i], i > 0);
    corm__walk_end(session, &walk);
    return corm__ended(status);
}

/* ---- Expire, refresh, current ---------------------------------------------------------------- */

/* The object's members and relationships are to be loaded again; unflushed changes are dropped. */
static corm_status corm__expire_one(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    corm_status status = corm__links_revert(session, object);
    corm__struct_restore(corm__mapper_at(object), object, corm__snapshot_of(object));
    if (record->extra != NULL)
        record->extra->touched = record->extra->unset = record->extra->expired = 0;
    record->generation = 0;
    return status;
}

static corm_status corm__expire_cascade(corm_session *session, void *object)
{
    corm__walk walk = {CORM_CASCADE_REFRESH_EXPIRE, false, false, {NULL, 0, 0}, {NULL, 0, 0}};
    corm_status status = corm__walk_run(session, &walk, object);
    for (size_t i = 0; i < walk.found.count && status == CORM_OK; i++) {
        if (corm__has_row(corm__record_of(walk.found.items[i])))
            status = corm__expire_one(session, walk.found.items[i]);
    }
    corm__walk_end(session, &walk);
    return status;
}

CORM_API corm_status corm_expire(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__record *record = corm__object_of(session, object, "corm_expire");
    if (record == NULL)
        return corm__status;
    if (!corm__has_row(record))
        return corm__ended(corm__not_persistent(session, object, "corm_expire"));
    return corm__ended(corm__expire_cascade(session, object));
}

/* The column's index in the object's model; -1 with the error recorded. */
static int corm__column_in(corm_session *session, const void *object, corm_column_ref column)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm_model *model = mapper->model;
    const corm__mapper *named =
        column.model == NULL ? NULL : corm__mapper_of(mapper->registry, column.model);
    if (named != NULL && corm__is_a(mapper, named) && column.index < named->column_count)
        return (int)column.index;
    (void)corm__fail(session, CORM_WRONG_MODEL, "the column is one of %s, the object is of %s",
                     column.model == NULL ? "no model" : column.model->name, model->name);
    return -1;
}

CORM_API corm_status corm_expire_column(corm_session *session, void *object, corm_column_ref column)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__record *record = corm__object_of(session, object, "corm_expire_column");
    if (record == NULL)
        return corm__status;
    if (!corm__has_row(record))
        return corm__ended(corm__not_persistent(session, object, "corm_expire_column"));
    int index = corm__column_in(session, object, column);
    if (index < 0)
        return corm__status;
    corm__extra *extra = corm__extra_of(object);
    if (extra == NULL)
        return corm__ended(corm__no_memory(session));
    uint64_t bit = UINT64_C(1) << index;
    corm__member_copy(&corm__mapper_at(object)->columns[index], object, corm__snapshot_of(object));
    extra->touched &= ~bit;
    extra->unset &= ~bit;
    extra->expired |= bit;
    return corm__ended(CORM_OK);
}

static corm_status corm__expire_visit(corm_session *session, void *object, void *argument)
{
    (void)argument;
    return corm__has_row(corm__record_of(object)) ? corm__expire_one(session, object) : CORM_OK;
}

CORM_API corm_status corm_expire_all(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    if (session == NULL || session->registry == NULL)
        return corm__fail(session, CORM_NULL_ARGUMENT, "corm_expire_all: no session");
    if (corm__forbidden(session, CORM__BOUND_ALL, "corm_expire_all") != CORM_OK)
        return corm__status;
    corm_status status = corm__each_object(session, corm__expire_visit, NULL);
    session->links_generation = corm__next_generation(session->links_generation);
    return corm__ended(status);
}

static CORM__COLD corm_status corm__row_missing(corm_session *session, const void *object)
{
    char label[CORM__LABEL_SIZE];
    return corm__fail(session, CORM_ROW_MISSING, "%s: the row of %s is gone",
                      corm__mapper_at(object)->model->table, corm__label(object, label));
}

/* Reads the row of an expired object again, with what is declared to come with it. */
static corm_status corm__refresh(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__key key;
    void *found = NULL;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    corm_status status = corm__load_whole(session, mapper, key.values, &found);
    return status == CORM_OK && found != object ? CORM_ROW_MISSING : status;
}

CORM_API corm_status corm_refresh(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__record *record = corm__object_of(session, object, "corm_refresh");
    if (record == NULL)
        return corm__status;
    CORM__ERRAND_OBJECT(session, "corm_refresh", object);
    if (!corm__has_row(record))
        return corm__ended(corm__not_persistent(session, object, "corm_refresh"));
    corm_status status = corm__usable(session);
    if (status == CORM_OK)
        status = corm__expire_cascade(session, object);
    if (status == CORM_OK)
        status = corm__autoflush(session);
    if (status == CORM_OK)
        status = corm__refresh(session, object);
    return corm__ended(status == CORM_ROW_MISSING ? corm__row_missing(session, object) : status);
}

CORM_API corm_status corm_current(void *object)
{
    char label[CORM__LABEL_SIZE];
    corm__record *record = corm__object_in(NULL, object, "corm_current");
    if (record == NULL)
        return corm__status;
    CORM__ENTER(record->session, CORM_MISUSE);
    corm_session *session = record->session;
    CORM__ERRAND_OBJECT(session, "corm_current", object);
    if (record->state == CORM_STATE_DETACHED && (session == NULL || record->generation == 0))
        return corm__ended(record->generation != 0
                               ? CORM_OK
                               : corm__fail(session, CORM_DETACHED,
                                            "%s is detached and expired: add it to a session first",
                                            corm__label(object, label)));
    if (!corm__has_row(record) ||
        (!corm__is_expired(record) && (record->extra == NULL || record->extra->expired == 0)))
        return corm__ended(CORM_OK);
    corm_status status = corm__autoflush(session);
    if (status == CORM_OK)
        status = corm__make_current(session, object);
    return corm__ended(status == CORM_ROW_MISSING ? corm__row_missing(session, object) : status);
}

/* ---- Expunge and free ------------------------------------------------------------------------ */

/* Takes an object out of every list of the session. */
static void corm__strike(corm_session *session, void *object)
{
    corm__vector *lists[] = {&session->pending, &session->deleted, &session->linked};
    corm__record *record = corm__record_of(object);
    static const uint16_t flags[] = {CORM__PENDING_LISTED, CORM__MARKED_DELETED, CORM__DIRTY_LINKS};
    for (size_t i = 0; i < 3; i++) {
        if (!(record->flags & flags[i]))
            continue;
        size_t place = corm__index_of(lists[i]->items, lists[i]->count, object);
        if (place < lists[i]->count)
            lists[i]->items[place] = NULL;
    }
    record->flags &= (uint16_t) ~(CORM__PENDING_LISTED | CORM__MARKED_DELETED | CORM__DIRTY_LINKS);
}

/* Cuts the links between objects that leave (VISITED) and others that stay, at the end that this
 * object has. */
static corm_status corm__sever(corm_session *session, void *object, void *argument)
{
    (void)argument;
    corm__record *record = corm__record_of(object);
    bool leaving = record->flags & CORM__VISITED;
    for (corm__view *v = record->extra == NULL ? NULL : record->extra->views; v != NULL;
         v = v->next) {
        for (uint32_t k = v->list.count; k > 0; k--) {
            void *item = v->list.items[k - 1];
            if (((corm__record_of(item)->flags & CORM__VISITED) != 0) != leaving &&
                !corm__items_erase(session, &v->list, item))
                return corm__no_memory(session);
        }
    }
    for (uint16_t i = 0; record->extra != NULL && i < record->extra->link_count; i++) {
        corm__link *link = &record->extra->links[i];
        bool incomplete = false;
        for (uint32_t k = link->count; k > 0; k--) {
            corm__record *item = corm__record_of(link->items[k - 1]);
            if (((item->flags & CORM__VISITED) != 0) == leaving)
                continue;
            incomplete = incomplete || (corm__has_row(record) && corm__has_row(item));
            if (!corm__items_erase(session, link, link->items[k - 1]))
                return corm__no_memory(session);
        }
        if (incomplete && !leaving) /* the row is still there: the list is loaded anew */
            corm__items_clear(session, link);
        if (link->target != NULL &&
            ((corm__record_of(link->target)->flags & CORM__VISITED) != 0) != leaving) {
            link->target = NULL;
            link->loaded = false;
            link->changed = false;
        }
        corm__changes *c = link->changes;
        for (uint32_t k = c == NULL ? 0 : c->added_count; k > 0; k--) {
            if (((corm__record_of(c->added[k - 1])->flags & CORM__VISITED) != 0) != leaving)
                (void)corm__array_erase(c->added, &c->added_count, c->added[k - 1]);
        }
        for (uint32_t k = c == NULL ? 0 : c->removed_count; k > 0; k--) {
            if (((corm__record_of(c->removed[k - 1])->flags & CORM__VISITED) != 0) != leaving)
                (void)corm__array_erase(c->removed, &c->removed_count, c->removed[k - 1]);
        }
    }
    return CORM_OK;
}

/* Entries of the journal about these objects are void: they keep what they have. */
static void corm__journal_strike(corm_session *session)
{
    size_t kept = 0;
    for (size_t i = 0; i < session->journal_count; i++) {
        corm__record *record = corm__record_of(session->journal[i].object);
        if (!(record->flags & CORM__VISITED)) {
            if (session->journal[i].image != NULL)
                session->journal[i].image->place = kept;
            session->journal[kept++] = session->journal[i];
            continue;
        }
        for (size_t m = 0; m < session->mark_count; m++)
            session->marks[m].journal_count -= session->marks[m].journal_count > kept ? 1 : 0;
    }
    session->journal_count = kept;
}

/* Forgets objects of other sessions' slabs that do not belong to this session any more. */
static void corm__adopted_compact(corm_session *session)
{
    size_t kept = 0;
    for (size_t i = 0; i < session->adopted.count; i++) {
        void *object = session->adopted.items[i];
        if (corm__record_of(object)->session == session)
            session->adopted.items[kept++] = object;
    }
    session->adopted.count = kept;
}

/* Hands these objects to the program, all or none. */
static corm_status corm__release_objects(corm_session *session, corm__vector *objects, bool all)
{
    corm_status status = CORM_OK;
    size_t packed = 0;
    corm__luggage *luggage = corm__allocate_zeroed(objects->count + 1, sizeof *luggage);
    for (size_t i = 0; i < objects->count; i++)
        corm__record_of(objects->items[i])->flags |= CORM__VISITED;
    if (luggage == NULL)
        status = corm__no_memory(session);
    if (status == CORM_OK && !all)
        status = corm__each_object(session, corm__sever, NULL);
    while (status == CORM_OK && packed < objects->count) {
        corm__extra *extra = corm__record_of(objects->items[packed])->extra;
        if (extra != NULL && corm__has_row(corm__record_of(objects->items[packed])) &&
            extra->generation != session->links_generation)
            corm__links_reset(session, extra); /* expired: nobody could load it again */
        if (corm__luggage_pack(objects->items[packed], &luggage[packed]))
            packed++;
        else
            status = corm__no_memory(session);
    }
    if (status == CORM_OK)
        corm__journal_strike(session);
    for (size_t i = 0; i < objects->count; i++)
        corm__record_of(objects->items[i])->flags &= (uint16_t)~CORM__VISITED;
    for (size_t i = 0; i < packed; i++) {
        void *object = objects->items[i];
        corm__record *record = corm__record_of(object);
        if (status != CORM_OK) {
            corm__luggage_free(&luggage[i]);
            continue;
        }
        /* what was deleted has no row that could be newer */
        bool expired = corm__is_expired(record) && !(record->flags & CORM__GONE);
        if (corm__has_row(record))
            corm__identity_leave(session, corm__mapper_at(object), object);
        corm__strike(session, object);
        record->state = record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING
                            ? CORM_STATE_TRANSIENT
                            : CORM_STATE_DETACHED;
        corm__object_leave(session, object, &luggage[i]);
        record->generation = expired ? 0 : 1;
    }
    corm__free(luggage);
    corm__adopted_compact(session);
    session->epoch++; /* batches may name objects that are not the session's any more */
    return status;
}

CORM_API corm_status corm_expunge(corm_session *session, void *object)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__walk walk = {CORM_CASCADE_EXPUNGE, false, false, {NULL, 0, 0}, {NULL, 0, 0}};
    char label[CORM__LABEL_SIZE];
    size_t kept = 0;
    corm__record *record = corm__object_of(session, object, "corm_expunge");
    if (record == NULL)
        return corm__status;
    if (!corm__is_in_session(record))
        return corm__ended(corm__fail(session, CORM_NOT_IN_SESSION,
                                      "corm_expunge: %s is not in this session",
                                      corm__label(object, label)));
    corm_status status = corm__walk_run(session, &walk, object);
    for (size_t i = 0; i < walk.found.count; i++) {
        if (corm__is_in_session(corm__record_of(walk.found.items[i])))
            walk.found.items[kept++] = walk.found.items[i];
    }
    walk.found.count = kept;
    if (status == CORM_OK)
        status = corm__release_objects(session, &walk.found, false);
    corm__walk_end(session, &walk);
    return corm__ended(status);
}

static corm_status corm__collect(corm_session *session, void *object, void *argument)
{
    return corm__vector_push(argument, object) ? CORM_OK : corm__no_memory(session);
}

/* Collections that were changed without being loaded count as loaded: the objects take them along. */
static corm_status corm__load_all_opened(corm_session *session, const corm__vector *objects)
{
    corm_status status = CORM_OK;
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++) {
        void *object = objects->items[i];
        const corm__mapper *mapper = corm__mapper_at(object);
        if (corm__record_of(object)->extra == NULL)
            continue;
        for (uint16_t r = 0; r < mapper->relation_count && status == CORM_OK; r++)
            status = corm__load_opened(session, object, mapper->relations[r]);
    }
    return status;
}

CORM_API corm_status corm_expunge_all(corm_session *session)
{
    CORM__ENTER(session, CORM_MISUSE);
    corm__vector all = {NULL, 0, 0};
    if (session == NULL || session->registry == NULL)
        return corm__fail(session, CORM_NULL_ARGUMENT, "corm_expunge_all: no session");
    if (corm__forbidden(session, CORM__BOUND_ALL, "corm_expunge_all") != CORM_OK)
        return corm__status;
    corm_status status = corm__each_object(session, corm__collect, &all);
    if (status == CORM_OK)
        status = corm__load_all_opened(session, &all);
    all.count = 0;
    if (status == CORM_OK)
        status = corm__each_object(session, corm__collect, &all);
    if (status == CORM_OK)
        status = corm__release_objects(session, &all, true);
    corm__vector_free(&all);
    return corm__ended(status);
}

/* A transient or detached object that lies in a session's memory without being in it: nothing may
 * point at it any more. */
static corm_status corm__free_inside(corm_session *session, void *object)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    record->flags |= CORM__VISITED;
    corm_status status = corm__each_object(session, corm__sever, NULL);
    corm__journal_strike(session);
    record->flags &= (uint16_t)~CORM__VISITED;
    if (status != CORM_OK)
        return status;
    session->epoch++;
    corm__strike(session, object);
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++)
        corm__retire_member(session, &mapper->columns[i], corm__snapshot_of(object), NULL);
    corm__extra_drop(session, mapper, record->extra);
    record->extra = NULL;
    if (!(record->flags & CORM__ADOPTED)) {
        corm__object_drop(session, object);
        return CORM_OK;
    }
    record->session = NULL;
    corm__adopted_compact(session);
    corm__object_bury(object);
    return CORM_OK;
}

CORM_API corm_status corm_free(void *object)
{
    char label[CORM__LABEL_SIZE];
    if (object == NULL)
        return corm__ended(CORM_OK);
    corm__record *record = corm__object_in(NULL, object, "corm_free");
    if (record == NULL)
        return corm__status;
    CORM__ENTER(record->session, CORM_MISUSE);
    if (record->session == NULL) {
        corm__object_bury(object);
        return corm__ended(CORM_OK);
    }
    if (corm__forbidden(record->session, CORM__BOUND_ALL, "corm_free") != CORM_OK)
        return corm__status;
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_DETACHED)
        return corm__ended(corm__free_inside(record->session, object));
    return corm__ended(corm__fail(record->session, CORM_MISUSE,
                                  "corm_free: %s is in a session, which frees it: expunge it first",
                                  corm__label(object, label)));
}

/* ---- Asking ---------------------------------------------------------------------------------- */

CORM_API corm_object_state corm_state(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    if (record == NULL && corm__frozen_slab(object) != NULL)
        return CORM_STATE_READ_ONLY;
    return record == NULL ? CORM_STATE_NONE : (corm_object_state)record->state;
}

CORM_API bool corm_in_session(const corm_session *session, const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    return record != NULL && session != NULL && record->session == session &&
           corm__is_in_session(record);
}

CORM_API bool corm_is_marked_deleted(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    return record != NULL && (record->flags & CORM__MARKED_DELETED);
}

CORM_API bool corm_is_modified(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    if (record == NULL)
        return false;
    const corm__mapper *mapper = corm__mapper_at(object);
    if (corm__changed_columns(mapper, object, corm__snapshot_of(object), record) != 0)
        return true;
    if ((record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING) &&
        (~record->as.unset & (~UINT64_C(0) >> (CORM__COLUMN_MAX - mapper->column_count))) != 0)
        return true;
    return record->extra != NULL && corm__links_changed((void *)(uintptr_t)object);
}

CORM_API corm_session *corm_session_of(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    const corm__slab *frozen = record == NULL ? corm__frozen_slab(object) : NULL;
    return record != NULL ? record->session : frozen != NULL ? frozen->owner : NULL;
}

/* Of any object, a read-only one too; NULL: it is none. */
static const corm__mapper *corm__mapper_if(const void *object)
{
    const corm__record *record = object == NULL ? NULL : corm__recognise(object);
    return record != NULL || corm__frozen_slab(object) != NULL ? corm__mapper_at(object) : NULL;
}

CORM_API const corm_model *corm_model_of(const void *object)
{
    const corm__mapper *mapper = corm__mapper_if(object);
    return mapper == NULL ? NULL : mapper->model;
}

CORM_API void *corm_object_as(const void *object, const corm_model *model)
{
    const corm__mapper *mapper = corm__mapper_if(object);
    const corm__mapper *wanted = mapper == NULL ? NULL : corm__mapper_of(mapper->registry, model);
    return wanted != NULL && corm__is_a(mapper, wanted) ? (void *)(uintptr_t)object : NULL;
}

CORM_API bool corm_object_is_unset(const void *object, corm_column_ref column)
{
    corm__record *record = object == NULL ? NULL : corm__recognise(object);
    int index = record == NULL ? -1 : corm__column_in(record->session, object, column);
    if (index < 0 || !(corm__unset_of(record) >> index & 1))
        return false;
    /* assigning a value ends it */
    return corm__member_equal(&corm__mapper_at(object)->columns[index], object,
                              corm__snapshot_of(object)) ||
           corm__has_row(record);
}

static void corm__snapshot_clear(corm_session *session, const corm__column *column, void *object)
{
    void *snapshot = corm__snapshot_of(object);
    if (session != NULL)
        corm__retire_member(session, column, snapshot, NULL);
    corm__member_clear(column, snapshot);
}

static corm_status corm__set_bits(void *object, corm_column_ref column, bool unset,
                                  const char *call)
{
    corm__record *record = corm__object_in(NULL, object, call);
    if (record == NULL)
        return corm__status;
    corm_session *session = record->session;
    CORM__ENTER(session, CORM_MISUSE);
    int index = corm__column_in(session, object, column);
    if (index < 0)
        return corm__status;
    if (session != NULL && session->running != NULL && object != session->running->object &&
        corm__forbidden(session, CORM__BOUND_ALL, call) != CORM_OK)
        return corm__status;
    uint64_t bit = UINT64_C(1) << index;
    const corm__column *column_info = &corm__mapper_at(object)->columns[index];
    char label[CORM__LABEL_SIZE];
    if (!unset && !corm__is_known(object, column_info))
        return corm__ended(
            corm__fail(session, CORM_NOT_LOADED,
                       "%s: %s.%s is .deferred and not loaded, there is nothing to write (%s): "
                       "corm_load_column it first",
                       call, column_info->owner->model->name, column_info->info->name,
                       corm__label(object, label)));
    if (unset)
        corm__member_clear(column_info, object);
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING) {
        record->as.unset &= ~(bit | corm__default_bit(corm__mapper_at(object), (uint16_t)index));
        record->as.unset |= unset ? bit : 0;
        if (unset) /* a member that differs from the snapshot would count as assigned */
            corm__snapshot_clear(session, column_info, object);
        return corm__ended(CORM_OK);
    }
    corm__extra *extra = corm__extra_of(object);
    if (extra == NULL)
        return corm__ended(corm__no_memory(session));
    if (session != NULL && (extra->touched | extra->unset) == 0)
        session->touched++;
    extra->unset = unset ? extra->unset | bit : extra->unset & ~bit;
    extra->touched = unset ? extra->touched & ~bit : extra->touched | bit;
    return corm__ended(CORM_OK);
}

CORM_API corm_status corm_object_touch(void *object, corm_column_ref column)
{
    return corm__set_bits(object, column, false, "corm_touch");
}

CORM_API corm_status corm_object_unset(void *object, corm_column_ref column)
{
    return corm__set_bits(object, column, true, "corm_unset");
}

#endif /* CORM__ROOM_LIFECYCLE_C */
