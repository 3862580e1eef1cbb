/* secondary.c: the rows of many-to-many tables.
 *
 * Owns: writing the links that came and went, and taking out all of a deleted object.
 * Must not know: the order of statements, how a failure is undone. */
#ifndef CORM__ROOM_SECONDARY_C
#define CORM__ROOM_SECONDARY_C

#include "write.c"

/* ---- Links of many-to-many ------------------------------------------------------------------- */

static size_t corm__link_values(const corm__relation *relation, void *object, void *item,
                                corm_value *values, corm__key keys[2])
{
    const corm__association *association = relation->association;
    void *ends[2] = {relation->side == 0 ? object : item, relation->side == 0 ? item : object};
    size_t count = 0;
    for (int side = 0; side < 2; side++) {
        corm__mapper *mapper = association->sides[side]->source;
        corm__key_read(mapper, mapper->pk, mapper->pk_count, ends[side], &keys[side]);
        memcpy(&values[count], keys[side].values, mapper->pk_count * sizeof *values);
        count += mapper->pk_count;
    }
    return count;
}

static void corm__links_written(corm_session *session, const corm__association *association)
{
    corm__table_written(session, association->sides[0]->source);
    corm__table_written(session, association->sides[1]->source);
    if (association->mapper != NULL)
        corm__table_written(session, association->mapper);
}

static corm_status corm__link_write(corm_session *session, corm__plan *plan,
                                    corm__relation *relation, void *object, void *item, bool insert)
{
    corm__key keys[2];
    corm_value values[2 * CORM__KEY_MAX];
    corm_result result = {0, 0};
    char label[CORM__LABEL_SIZE], other[CORM__LABEL_SIZE];
    const corm_dialect *dialect = session->engine->adapter->dialect;
    corm__story story = {plan, object, insert ? "linking" : "unlinking", NULL};
    size_t count = corm__link_values(relation, object, item, values, keys);
    corm__buffer_clear(&session->sql);
    if (insert)
        corm__sql_link_insert(&session->sql, dialect, relation->association);
    else
        corm__sql_link_delete(&session->sql, dialect, relation->association);
    corm_status status =
        corm__run_write(session, &story, corm__prepare_sql(session), values, count, &result);
    if (status == CORM_OK && result.changed == 0)
        status = corm__fail(session, CORM_STALE_DATA,
                            "%s: the link between %s and %s is gone: someone else has deleted it",
                            relation->association->table, corm__label(object, label),
                            corm__label(item, other));
    corm__links_written(session, relation->association);
    return status;
}

/* Whether the link is stored already, asked where neither collection was loaded. */
static corm_status corm__link_exists(corm_session *session, const corm__relation *relation,
                                     void *object, void *item, bool *exists)
{
    const corm__link *mine = corm__link_if(object, relation);
    const corm__link *theirs = corm__link_if(item, relation->inverse);
    *exists = false;
    if ((mine != NULL && mine->loaded) || (theirs != NULL && theirs->loaded))
        return CORM_OK;
    return corm__link_stored(session, relation, object, item, exists);
}

static bool corm__is_doomed(void *object)
{
    return corm__record_of(object)->flags & CORM__DOOMED;
}

/* Whether a link between the two is written: both have rows and keep them. A new link to what is
 * deleted in the same flush is an error, as the row of the link would refer to nothing. */
static corm_status corm__link_counts(corm_session *session, const corm__relation *relation,
                                     void *object, void *item, bool insert, bool *counts)
{
    char label[CORM__LABEL_SIZE], other[CORM__LABEL_SIZE];
    const bool gone = corm__is_doomed(object), item_gone = corm__is_doomed(item);
    *counts = corm__has_row(corm__record_of(item)) && !gone && !item_gone;
    if (!insert || gone == item_gone || !corm__has_row(corm__record_of(item)))
        return CORM_OK;
    return corm__fail(session, CORM_FOREIGN_KEY,
                      "%s: %s was linked to %s, which is deleted in the same flush: unlink it "
                      "first, or flush in between",
                      relation->association->table, corm__label(gone ? item : object, label),
                      corm__label(gone ? object : item, other));
}

/* The changes of one end. Both ends know every change, so only side 0 writes. */
static corm_status corm__write_links_of(corm_session *session, corm__plan *plan,
                                        corm__relation *relation, void *object, bool insert)
{
    corm__link *link = corm__link_if(object, relation);
    corm_status status = CORM_OK;
    if (link == NULL || link->changes == NULL)
        return CORM_OK;
    corm__changes *c = link->changes;
    void **items = insert ? c->added : c->removed;
    uint32_t count = insert ? c->added_count : c->removed_count;
    for (uint32_t i = 0; i < count && status == CORM_OK; i++) {
        bool exists = false, counts = false;
        status = corm__link_counts(session, relation, object, items[i], insert, &counts);
        if (status != CORM_OK || !counts)
            continue;
        if (insert)
            status = corm__link_exists(session, relation, object, items[i], &exists);
        if (status == CORM_OK && !exists)
            status = corm__link_write(session, plan, relation, object, items[i], insert);
    }
    return status;
}

/* Objects that were new in this flush have no record of changes: all their items are new links,
 * whatever the other end noted. */
static corm_status corm__write_links_of_new(corm_session *session, corm__plan *plan,
                                            corm__relation *relation, void *object)
{
    corm__link *link = corm__link_if(object, relation);
    corm_status status = CORM_OK;
    for (uint32_t i = 0; link != NULL && i < link->count && status == CORM_OK; i++) {
        void *item = link->items[i];
        bool counts = false;
        status = corm__link_counts(session, relation, object, item, true, &counts);
        if (status != CORM_OK || !counts)
            continue;
        status = corm__link_write(session, plan, relation, object, item, true);
    }
    return status;
}

static corm_status corm__write_links(corm_session *session, corm__plan *plan, bool insert)
{
    corm_status status = CORM_OK;
    if (session->registry->association_count == 0)
        return CORM_OK;
    for (size_t i = 0; i < session->linked.count && status == CORM_OK; i++) {
        void *object = session->linked.items[i];
        if (object == NULL || !corm__has_row(corm__record_of(object)))
            continue;
        corm__mapper *mapper = corm__mapper_at(object);
        for (uint16_t r = 0; r < mapper->relation_count && status == CORM_OK; r++) {
            corm__relation *relation = mapper->relations[r];
            if (relation->association == NULL || relation->side != 0)
                continue;
            if (!(corm__record_of(object)->flags & CORM__NEW))
                status = corm__write_links_of(session, plan, relation, object, insert);
            else if (insert)
                status = corm__write_links_of_new(session, plan, relation, object);
        }
    }
    return status;
}

/* All links of the objects that are deleted. */
static corm_status corm__write_unlinks(corm_session *session, corm__plan *plan)
{
    for (size_t a = 0; a < session->registry->association_count; a++) {
        corm__association *association = session->registry->associations[a];
        for (unsigned side = 0; side < 2; side++) {
            corm__mapper *mapper = association->sides[side]->source;
            const corm__vector *deletes = &plan->works[mapper->root->index].deletes;
            for (size_t i = 0; i < deletes->count; i++) {
                if (!corm__is_a(corm__mapper_at(deletes->items[i]), mapper))
                    continue;
                corm__key key;
                corm__story story = {plan, deletes->items[i], "unlinking", NULL};
                corm_result result = {0, 0};
                corm__key_read(mapper, mapper->pk, mapper->pk_count,
                               corm__snapshot_of(deletes->items[i]), &key);
                corm__buffer_clear(&session->sql);
                corm__sql_link_delete_all(&session->sql, session->engine->adapter->dialect,
                                          association, side);
                corm_status status = corm__run_write(session, &story, corm__prepare_sql(session),
                                                     key.values, mapper->pk_count, &result);
                if (status != CORM_OK)
                    return status;
                corm__links_written(session, association);
            }
        }
    }
    return CORM_OK;
}

#endif /* CORM__ROOM_SECONDARY_C */
