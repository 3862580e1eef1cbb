/* followed.c: references followed to the object that they lead to.
 *
 * Owns: whether the target is known, loading it for siblings at once, references of what is expired or
 * deleted, the short way to a target by its key.
 * Must not know: how collections are loaded, how changes are made at both ends, how anything is
 * written. */
#ifndef CORM__ROOM_FOLLOWED_C
#define CORM__ROOM_FOLLOWED_C

#include "lazy.c"

/* ---- References that are followed ------------------------------------------------------------ */

/* Whether looking at a reference needs no SQL: its target is known, and not expired. */
static bool corm__target_is_current(corm_session *session, void *object,
                                    const corm__relation *relation)
{
    bool known = false;
    const void *target = corm__one_now(session, object, relation, &known);
    return known && (target == NULL || !corm__is_expired(target));
}

/* Loads the targets of references that are not in the session, for the object and its siblings. */
static corm_status corm__load_targets(corm_session *session, void *object, corm__relation *relation)
{
    corm__vector owners = {NULL, 0, 0};
    bool whole;
    corm_status status = corm__siblings(session, object, relation, &owners, &whole);
    size_t kept = 1;
    for (size_t i = 1; i < owners.count && status == CORM_OK; i++)
        if (!corm__target_is_current(session, owners.items[i], relation))
            owners.items[kept++] = owners.items[i];
    if (status == CORM_OK)
        status = corm__load_related(session, relation, owners.items, kept);
    corm__vector_free(&owners);
    return status;
}

/* A reference to a column that is not the target's primary key: the identity map does not know
 * it. */
static corm_status corm__load_by_reference(corm_session *session, void *object,
                                           corm__relation *relation, void **out)
{
    corm_status status = CORM_OK;
    corm__scratch_begin(session);
    corm_value *values = corm__owner_keys(session, relation, &object, 1, 1);
    if (values == NULL)
        status = corm__no_memory(session);
    corm__buffer_clear(&session->sql);
    corm__sql_related(&session->sql, session->engine->adapter->dialect, relation, 1);
    if (status == CORM_OK)
        status = corm__read_rows(session, relation->target, corm__prepare_sql(session), 0, values,
                                 (size_t)relation->key_count + relation->filter_values,
                                 corm__take_first, out);
    corm__scratch_end(session);
    return status;
}

/* A deleted object still knows whom its row referred to. */
static corm_status corm__reference_of_deleted(corm_session *session, void *object,
                                              corm__relation *relation, void **out)
{
    corm__key key;
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &key);
    *out = NULL;
    if (corm__key_is_null(relation, &key))
        return CORM_OK;
    if (!relation->remote_is_key)
        return corm__load_by_reference(session, object, relation, out);
    *out = corm__identity_find(session, relation->target, key.values);
    return *out != NULL ? CORM_OK : corm__load_by_key(session, relation->target, key.values, out);
}

/* The stored key of a reference that is direct. */
static inline int64_t corm__direct_key(const corm__relation *relation, const void *snapshot)
{
    return corm__read_integer((const unsigned char *)snapshot + relation->direct_at);
}

/* Whether it is known that the object refers to nobody. A flush that has to do with children looks at
 * the parents of all in the tree. */
static bool corm__is_said(const void *object, const corm__relation *relation)
{
    const corm__record *record = corm__record_of(object);
    if (!(record->flags & CORM__UNSAID) || corm__is_expired(object) ||
        (corm__rare_read(record)->expired >> relation->local[0] & 1))
        return true;
    const corm__link *children = corm__is_a(corm__mapper_at(object), relation->target)
                                     ? corm__link_if(object, relation->inverse)
                                     : NULL;
    return children != NULL && children->count > 0;
}

/* The same without SQL, as long as that object is in the session. */
static bool corm__reference_recall(void *object, const corm__relation *relation, corm__link *link)
{
    corm__key key;
    corm_session *session = corm__session_at(object);
    if (session == NULL || !relation->holds_key || !relation->remote_is_key)
        return false;
    link->prefetched = false;
    session->linkings++;
    if (CORM__LIKELY(relation->direct)) {
        link->target = corm__identity_find_integer(
            session, relation->target, corm__direct_key(relation, corm__snapshot_of(object)));
        return link->loaded = link->target != NULL;
    }
    corm__key_read(relation->source, relation->local, relation->key_count,
                   corm__snapshot_of(object), &key);
    link->target = corm__identity_find(session, relation->target, key.values);
    link->loaded = link->target != NULL ||
                   (corm__key_is_null(relation, &key) && corm__is_said(object, relation));
    return link->loaded;
}

/* An object that is deleted now keeps whom it refers to. */
static void corm__references_recall(void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        if (!mapper->relations[i]->holds_key)
            continue;
        (void)corm__link_at(object, mapper->relations[i]); /* no memory: it is not known */
        break;
    }
    corm__extra *extra = corm__record_of(object)->extra;
    for (uint16_t i = 0; extra != NULL && i < extra->link_count; i++) {
        corm__link *link = &extra->links[i];
        if (!link->loaded || link->prefetched)
            (void)corm__reference_recall(object, mapper->relations[i], link);
    }
}

/* Whether the row of an object is known to be there: it is current, or a flush of this transaction has written it
 * since it expired. */
static bool corm__is_there(const void *object)
{
    const corm__record *record = corm__record_of(object);
    return !corm__is_expired(object) || (record->imaged && record->generation != 0);
}

static corm_status corm__reference_ready(corm_session *session, void *object,
                                         corm__relation *relation, bool flush, void **out)
{
    bool known = false;
    corm__record *record = corm__record_of(object);
    corm_status status = CORM_OK;
    if (corm__is_expired(object) && record->state != CORM_STATE_DELETED) {
        status = flush ? corm__autoflush(session) : CORM_OK;
        if (status == CORM_OK)
            status = corm__make_current(session, object);
        if (status != CORM_OK)
            return status;
    }
    *out = corm__one_now(session, object, relation, &known);
    known = known && record->state != CORM_STATE_DELETED;
    if (known && (*out == NULL || corm__is_there(*out)))
        return CORM_OK;
    status = corm__not_loaded(session, object, relation, flush);
    if (status == CORM_OK && flush)
        status = corm__autoflush(session);
    if (status != CORM_OK)
        return status;
    if (record->state == CORM_STATE_DELETED)
        return corm__reference_of_deleted(session, object, relation, out);
    *out = NULL;
    if (!relation->remote_is_key)
        return corm__load_by_reference(session, object, relation, out);
    status = corm__load_targets(session, object, relation);
    if (status != CORM_OK)
        return status;
    *out = corm__one_now(session, object, relation, &known);
    if (*out != NULL && corm__is_expired(*out))
        *out = NULL; /* its row is gone */
    return CORM_OK;
}

/* A persistent object that is not expired, with whose relationships nothing has been done. */
static inline bool corm__is_as_loaded(const corm_session *session, const corm__record *record)
{
    return record->extra == NULL && record->state == CORM_STATE_PERSISTENT &&
           record->generation == session->generation;
}

/* NULL: it is not there, or expired. */
static inline void *corm__if_current(const corm_session *session, void *found)
{
    return CORM__UNLIKELY(found == NULL) ||
                   corm__record_of(found)->generation != session->generation
               ? NULL
               : found;
}

/* The target of a reference with which nothing has been done, where it is direct: its stored key leads
 * to it. NULL: that is not known at once. */
static CORM__INLINE void *corm__target_direct(corm_session *session, const corm__seat *seat,
                                              const corm__relation *relation)
{
    if (!corm__is_as_loaded(session, seat->record))
        return NULL;
    const uint64_t key = (uint64_t)corm__direct_key(relation, seat->snapshot);
    return corm__if_current(
        session, corm__identity_at(&session->stores[relation->target->index].identities, key));
}

/* The same for any reference. */
static void *corm__target_at_once(corm_session *session, const corm__seat *seat,
                                  const corm__relation *relation)
{
    char scratch[CORM__SCRATCH];
    if (session == NULL || !relation->holds_key || !relation->remote_is_key ||
        !relation->target->integer_key)
        return NULL;
    if (CORM__LIKELY(relation->direct))
        return corm__target_direct(session, seat, relation);
    const corm__column *column = &relation->source->columns[relation->local[0]];
    const corm_value key = corm__member_value(column, seat->snapshot, scratch);
    if (!corm__is_as_loaded(session, seat->record) || key.type != CORM_VALUE_INTEGER)
        return NULL;
    return corm__if_current(session,
                            corm__identity_find_integer(session, relation->target, key.as.integer));
}

/* The related object of a to-one end, loaded if need be; NULL: there is none. */
static corm_status corm__one_ready(corm_session *session, void *object, corm__relation *relation,
                                   bool flush, void **out)
{
    corm__record *record = corm__record_of(object);
    const corm__seat seat = {object, record, corm__snapshot_of(object)};
    *out = corm__target_at_once(session, &seat, relation);
    if (*out != NULL)
        return CORM_OK;
    corm__link *link = corm__link_at(object, relation);
    if (link == NULL)
        return corm__session_at(object) == NULL ? corm__not_loaded(session, object, relation, flush)
                                                : corm__no_memory(session);
    if (link->loaded && !link->prefetched) {
        *out = link->target;
        return CORM_OK;
    }
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING)
        return CORM_OK;
    if (corm__is_void(record))
        return corm__owner_missing(session, object, relation);
    if (record->state == CORM_STATE_DELETED && corm__reference_recall(object, relation, link)) {
        *out = link->target;
        return CORM_OK;
    }
    if (record->state == CORM_STATE_DETACHED)
        return corm__not_loaded(session, object, relation, flush);
    corm_status status;
    if (relation->holds_key)
        status = corm__reference_ready(session, object, relation, flush, out);
    else
        status = corm__list_ready(session, object, relation, flush, &link);
    if (status != CORM_OK || (!relation->holds_key && record->state == CORM_STATE_DELETED))
        return status;
    link = corm__link_at(object, relation);
    if (link == NULL)
        return corm__no_memory(session);
    if (!relation->holds_key) {
        *out = link->target;
    } else {
        link->target = *out;
        link->loaded = true;
        link->prefetched = false;
        session->linkings++;
    }
    return CORM_OK;
}

#endif /* CORM__ROOM_FOLLOWED_C */
