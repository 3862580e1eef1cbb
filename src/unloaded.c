/* unloaded.c: what can be told of a collection without loading it.
 *
 * Owns: counting its rows, asking the database for one link, whether an object is in it, the
 * condition that finds its objects. It is all that a write-only collection can do besides append
 * and remove.
 * Must not know: how anything is written. */
#ifndef CORM__ROOM_UNLOADED_C
#define CORM__ROOM_UNLOADED_C

#include "relate.c"

static corm_status corm__count_rows(corm_session *session, void *object, corm__relation *relation,
                                    int64_t *out)
{
    corm_status status = CORM_OK;
    corm__scratch_begin(session);
    corm_value *values = corm__owner_keys(session, relation, &object, 1, 1);
    if (values == NULL)
        status = corm__no_memory(session);
    corm__buffer_clear(&session->sql);
    corm__sql_related_count(&session->sql, session->engine->adapter->dialect, relation);
    if (status == CORM_OK)
        status = corm__query_number(session, corm__prepare_sql(session), values,
                                    (size_t)relation->key_count + relation->filter_values, out);
    corm__scratch_end(session);
    return status;
}

/* Whether the link of a many-to-many is stored. */
static corm_status corm__link_stored(corm_session *session, const corm__relation *relation,
                                     void *object, void *item, bool *stored)
{
    corm__key mine, theirs;
    corm_value values[2];
    int64_t rows = 0;
    *stored = false;
    if (!corm__has_row(corm__record_of(object)) || !corm__has_row(corm__record_of(item)))
        return CORM_OK;
    if (corm__usable(session) != CORM_OK)
        return corm__status;
    corm__key_read(relation->source, relation->local, 1, corm__snapshot_of(object), &mine);
    corm__key_read(relation->target, relation->remote, 1, corm__snapshot_of(item), &theirs);
    values[relation->side] = mine.values[0];
    values[1 - relation->side] = theirs.values[0];
    corm__buffer_clear(&session->sql);
    corm__sql_link_count(&session->sql, session->engine->adapter->dialect, relation->association, 0,
                         2);
    corm_status status = corm__query_number(session, corm__prepare_sql(session), values, 2, &rows);
    *stored = rows > 0;
    return status;
}

/* The stored rows, and what was changed since. */
static corm_status corm__unloaded_count(corm_session *session, void *object,
                                        corm__relation *relation, size_t *out)
{
    int64_t rows = 0;
    const corm__link *link = corm__link_if(object, relation);
    *out = link == NULL ? 0 : link->count;
    if (corm__record_of(object)->state == CORM_STATE_DETACHED)
        return corm__not_loaded(session, object, relation, false);
    if (session == NULL || !corm__has_row(corm__record_of(object)))
        return CORM_OK;
    corm_status status = corm__autoflush(session);
    if (status == CORM_OK)
        status = corm__count_rows(session, object, relation, &rows);
    link = corm__link_if(object, relation);
    const corm__changes *c = link == NULL ? NULL : link->changes;
    for (uint32_t i = 0; c != NULL && i < c->added_count && status == CORM_OK; i++) {
        bool stored = false;
        if (relation->association != NULL)
            status = corm__link_stored(session, relation, object, c->added[i], &stored);
        rows += !stored;
    }
    rows -= c == NULL ? 0 : (int64_t)c->removed_count;
    *out = rows > 0 ? (size_t)rows : 0;
    return status;
}

/* A reference knows its target; of a many-to-many the database is asked. */
static corm_status corm__unloaded_contains(corm_session *session, void *object,
                                           corm__relation *relation, void *item, bool *out)
{
    bool known = false;
    corm_status status = CORM_OK;
    *out = false;
    if (corm__record_of(object)->state == CORM_STATE_DETACHED)
        return corm__not_loaded(session, object, relation, false);
    if (relation->association != NULL) {
        *out = corm__is_linked(object, relation, item, &known);
        if (!*out && !known)
            status = corm__link_stored(session, relation, object, item, out);
        return status;
    }
    if (corm__has_row(corm__record_of(item)) && session != NULL)
        status = corm__make_current(session, item);
    if (status == CORM_ROW_MISSING)
        return CORM_OK;
    const corm__link *reference = corm__link_if(item, relation->inverse);
    if (reference != NULL && reference->loaded)
        *out = reference->target == object;
    else
        *out = corm__has_row(corm__record_of(item)) && corm__has_row(corm__record_of(object)) &&
               !corm__one_differs(item, relation->inverse, object);
    return status;
}

/* ---- The condition --------------------------------------------------------------------------- */

CORM_API corm_condition corm_condition_related(corm_relationship_ref relationship, void *object)
{
    corm_condition condition;
    corm__node *node = corm__operand_make(&condition, CORM__RELATED, 0);
    corm__record *record = object == NULL ? NULL : corm__recognise(object);
    const corm__slab *frozen = record == NULL ? corm__frozen_slab(object) : NULL;
    corm__node_relate(node, relationship);
    node->size =
        record == NULL && frozen == NULL ? CORM__RELATED_TO_NOTHING : CORM__RELATED_TO_ANOTHER;
    if (node->size == CORM__RELATED_TO_NOTHING)
        return condition;
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__relation *relation =
        corm__relation_of(mapper->registry, corm__relationship_meant(relationship));
    if (relation == NULL || !corm__is_a(mapper, relation->source))
        return condition;
    if (frozen != NULL) {
        /* the query would begin a transaction, with which the object goes */
        node->size = CORM__RELATED_TO_GONE;
        if (frozen->owner->connection == NULL)
            return condition;
        node->size = 0;
        node->as.of.data = object;
        return condition;
    }
    CORM__ENTER(corm__session_at(object), condition);
    node->size = CORM__RELATED_TO_NEW;
    if (record->state == CORM_STATE_TRANSIENT)
        return condition;
    /* the key of a row stays what it is; another column may have been changed by someone else */
    if (corm__has_row(record) && !relation->local_is_key)
        (void)corm__make_current(corm__session_at(object), object);
    node->size = 0;
    node->as.of.data =
        corm__snapshot_of(object); /* a flush before the query brings it up to date */
    return condition;
}

/* A condition on the key of what the relationship leads to; the key is read when the query runs. */
CORM_API corm_condition corm_condition_holds(corm_relationship_ref relationship, void *object)
{
    corm_condition key[CORM__KEY_MAX + 1] = {{.count = 0}};
    corm__record *record = object == NULL ? NULL : corm__recognise(object);
    const corm__mapper *mapper = record == NULL ? NULL : corm__mapper_at(object)->root;
    const corm__relation *relation =
        mapper == NULL
            ? NULL
            : corm__relation_of(mapper->registry, corm__relationship_meant(relationship));
    const bool fits = relation != NULL && corm__is_a(corm__mapper_at(object), relation->target);
    const size_t count = fits ? mapper->pk_count : 0;
    for (size_t i = 0; i < count; i++) {
        const corm_column_ref column = {mapper->model, mapper->pk[i]};
        corm_condition pair[2];
        pair[0] = corm_operand_column(column, (int)mapper->columns[mapper->pk[i]].base);
        corm__node *member = corm__operand_make(&pair[1], CORM__MEMBER, pair[0].nodes[0].kind);
        member->as.of.model = mapper->model;
        member->column = mapper->pk[i];
        member->as.of.data =
            record->state == CORM_STATE_TRANSIENT ? NULL : corm__snapshot_of(object);
        key[i] = corm_expression_of(CORM__EQ, CORM_KIND_BOOLEAN, 0, NULL, pair, 2);
    }
    if (count == 0) /* refused when the query runs */
        corm__operand_make(&key[0], CORM__MEMBER, CORM_KIND_INTEGER)->size =
            relation != NULL && !fits;
    key[count == 0 ? 1 : count].count = UINT16_MAX;
    return corm_condition_any(relationship, corm_condition_join(CORM__AND, key));
}

#endif /* CORM__ROOM_UNLOADED_C */
