/* access.c: the object that a relationship leads to, for programs.
 *
 * Owns: reading and setting it; checking the arguments of all public calls on relationships.
 * Must not know: how anything is loaded or written. */
#ifndef CORM__ROOM_ACCESS_C
#define CORM__ROOM_ACCESS_C

#include "expunge.c"

/* ---- Arguments ------------------------------------------------------------------------------- */

/* The relation of a public reference as this object's model has it; NULL with the error
 * recorded. */
static inline corm__relation *corm__relation_in(corm_session *session, const void *object,
                                                corm_relationship_ref reference, bool to_many)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__relation *relation = corm__own_relation(mapper, reference);
    if (CORM__LIKELY(relation != NULL && relation->to_many == to_many))
        return relation;
    relation = corm__relation_of(mapper->registry, reference);
    return corm__relation_fits(session, mapper, relation, to_many) ? relation : NULL;
}

/* A call of the program on a relationship, as messages name it. */
enum { CORM__CALL_SIZE = 200 };
typedef struct corm__related_call {
    char name[CORM__CALL_SIZE]; /* "User_posts_append"; cut at worst */
    const char *owner, *other;  /* models: whose relationship it is, and to which it leads */
} corm__related_call;

/* `verb` "": the call that reads it. */
static void corm__related_call_make(corm_relationship_ref reference, const char *verb,
                                    corm__related_call *out)
{
    const corm_model *model = reference.model;
    const corm_relationship *row = model == NULL || reference.index >= model->relationship_count
                                       ? NULL
                                       : &model->relationships[reference.index];
    const char *name = row == NULL ? NULL : reference.backref ? row->other_name : row->name;
    if (name == NULL) {
        *out = (corm__related_call){.name = "a relationship", .owner = "object", .other = "object"};
        return;
    }
    out->owner = reference.backref ? row->target->name : model->name;
    out->other = reference.backref ? model->name : row->target->name;
    (void)snprintf(out->name, sizeof out->name, "%s_%s%s%s", out->owner, name,
                   verb[0] == '\0' ? "" : "_", verb);
}

/* Why a call cannot take these objects; `item` NULL: there is none. */
static CORM__COLD corm_status corm__not_taken(corm_session *session, const void *object,
                                              const void *const *item,
                                              corm_relationship_ref reference, const char *verb)
{
    corm__related_call call;
    corm__related_call_make(reference, verb, &call);
    if (corm__forbidden(session, CORM__BOUND_ALL, call.name) != CORM_OK)
        return corm__status;
    const bool other = object != NULL; /* what is NULL, if one of them is */
    if (object == NULL || (item != NULL && *item == NULL && corm__recognise(object) != NULL))
        return corm__poison(session, CORM_NULL_ARGUMENT,
                            "%s: the %s is NULL: what should have made or found it has failed, or "
                            "has found nothing",
                            call.name, other ? call.other : call.owner);
    if (corm__object_in(session, object, call.name) != NULL && item != NULL)
        (void)corm__object_in(session, *item, call.name);
    return corm__status;
}

/* The session that two objects share, NULL: none; one that belongs to nobody is taken into the
 * other's. */
static corm_status corm__together(void *object, void *item, corm_session **out)
{
    corm_session *session = corm__session_at(object), *other = corm__session_at(item);
    *out = session == NULL ? other : session;
    if (session != NULL && session == other)
        return CORM_OK;
    session = *out;
    if (session == NULL && corm__mapper_at(object)->registry != corm__mapper_at(item)->registry)
        return corm__other_schema(NULL, item);
    corm_status status = CORM_OK;
    if (session == NULL) {
        status = corm__outside_current(object);
        return status == CORM_OK ? corm__outside_current(item) : status;
    }
    if (corm__is_in_session(corm__record_of(object)))
        status = corm__is_only(session, item);
    else if (corm__is_in_session(corm__record_of(item)))
        status = corm__is_only(session, object);
    if (status == CORM_OK)
        status = corm__claim(session, object);
    return status == CORM_OK ? corm__claim(session, item) : status;
}

/* The stored reference decides what a change means, so it must be what is stored now. */
static corm_status corm__know_stored(corm_session *session, void *object)
{
    if (!corm__has_row(corm__record_of(object)) || session->poison != CORM_OK)
        return CORM_OK;
    corm_status status = corm__make_current(session, object);
    return status == CORM_ROW_MISSING ? CORM_OK : status;
}

/* What was deleted can be linked to what is in no session, either: only adding it is refused, also with a new parent
 * when it went with an old one. */
static corm_status corm__linkable(corm_session *session, void *object, const void *other)
{
    corm_status status = other != NULL && corm__is_in_session(corm__record_of(other))
                             ? corm__not_deleted(session, object, "linked")
                             : CORM_OK;
    if (status != CORM_OK)
        return status;
    corm__record_of(object)->flags &= (uint16_t) ~(CORM__LEFT | CORM__CASCADED);
    return CORM_OK;
}

/* Whether what the item has stored matters to a link to it: its own reference, or the columns that
 * are referred to. */
static bool corm__item_counts(const corm__relation *relation)
{
    return relation->association == NULL && (!relation->holds_key || !relation->remote_is_key);
}

/* A collection of a detached object can be changed if it is known; so can one of a session that waits
 * for a rollback, in which nothing is remembered for later. */
static corm_status corm__list_known(corm_session *session, void *object, corm__relation *relation)
{
    const corm__record *record = corm__record_of(object);
    corm__link *link = NULL;
    if (record->state == CORM_STATE_DETACHED)
        return corm__list_ready(session, object, relation, false, &link);
    if (!corm__has_row(record) || CORM__LIKELY(session->poison == CORM_OK) ||
        relation->lazy == CORM_LAZY_WRITE_ONLY)
        return CORM_OK;
    link = corm__link_if(object, relation);
    return link != NULL && (link->opened || (link->loaded && !link->prefetched))
               ? CORM_OK
               : corm__usable(session);
}

/* The session that one of two objects belongs to, before they are checked; each may be anything. */
static corm_session *corm__either(const void *object, const void *item)
{
    corm_session *session =
        object == NULL || corm__recognise(object) == NULL ? NULL : corm__session_at(object);
    if (session != NULL)
        return session;
    return item == NULL || corm__recognise(item) == NULL ? NULL : corm__session_at(item);
}

/* Both objects of a change, checked; *out was the session of either, and is that of both. `optional`: the
 * item may be NULL. */
static corm_status corm__both(void *object, void *item, bool optional,
                              corm_relationship_ref reference, const char *verb, corm_session **out)
{
    const void *given = item;
    const bool none = item == NULL && optional;
    if (CORM__UNLIKELY(object == NULL || corm__recognise(object) == NULL ||
                       (!none && (item == NULL || corm__recognise(item) == NULL)) ||
                       corm__is_bound(*out)))
        return corm__not_taken(*out, object, none ? NULL : &given, reference, verb);
    if (none)
        return *out == NULL ? corm__outside_current(object) : CORM_OK;
    return corm__together(object, item, out);
}

static corm_status corm__changeable(corm_session *session, const corm__relation *relation)
{
    if (!relation->view_only)
        return CORM_OK;
    return corm__fail(session, CORM_MISUSE,
                      "%s.%s is %s: change the relationship or the columns that it looks at",
                      relation->source->model->name, relation->name,
                      relation->filter_count > 0 ? "view-only, because it has a .filter"
                                                 : "declared .view_only");
}

static corm_status corm__item_fits(corm_session *session, const corm__relation *relation,
                                   const void *item)
{
    if (corm__is_a(corm__mapper_at(item), relation->target))
        return CORM_OK;
    return corm__fail(session, CORM_WRONG_MODEL, "%s.%s holds %s, the object is a %s",
                      relation->source->model->name, relation->name, relation->target->model->name,
                      corm__mapper_at(item)->model->name);
}

/* ---- Single objects -------------------------------------------------------------------------- */

static void *corm__frozen_one(void *object, corm_relationship_ref relationship)
{
    if (corm__frozen_slab(object) == NULL) {
        (void)corm__not_taken(NULL, object, NULL, relationship, "");
        return NULL;
    }
    CORM__ENTER(corm__frozen_slab(object)->owner, NULL);
    const corm__frozen_link *link = corm__frozen_loaded(object, relationship, false);
    if (link == NULL)
        return NULL;
    corm__status = CORM_OK;
    return link->target;
}

/* Apart, so that the frequent case need not save what this one uses. */
static CORM__APART void *corm__one(void *object, corm_relationship_ref relationship)
{
    void *target = NULL;
    char label[CORM__LABEL_SIZE];
    if (object == NULL || corm__recognise(object) == NULL)
        return corm__frozen_one(object, relationship);
    corm_session *session = corm__session_at(object);
    CORM__ENTER(session, NULL);
    corm__relation *relation = corm__relation_in(session, object, relationship, false);
    if (relation == NULL)
        return NULL;
    CORM__ERRAND_RELATED(session, object, relation);
    corm_status status = session == NULL ? corm__outside_current(object) : CORM_OK;
    if (status == CORM_OK)
        status = corm__one_ready(session, object, relation, true, &target);
    if (status == CORM_ROW_MISSING)
        status = corm__fail(session, CORM_ROW_MISSING, "%s: the row of %s is gone",
                            corm__mapper_at(object)->model->table, corm__label(object, label));
    return corm__ended(status) == CORM_OK ? target : NULL;
}

/* The target where the stored key leads to it and nothing else is to be looked at; NULL: there may be
 * more to do. */
static CORM__INLINE void *corm__one_known(void *object, corm_relationship_ref relationship)
{
    corm__seat seat;
    if (object == NULL || !corm__seat_of(object, &seat))
        return NULL;
    const corm__slab *slab = corm__slab_of(object);
    corm_session *session = corm__session_of(slab, seat.record);
    const corm__relation *relation = corm__own_relation(slab->mapper, relationship);
    return relation != NULL && relation->direct && session != NULL && corm__is_vacant(session)
               ? corm__target_direct(session, &seat, relation)
               : NULL;
}

CORM_API void *corm_related_one(void *object, corm_relationship_ref relationship)
{
    void *target = corm__one_known(object, relationship);
    if (CORM__UNLIKELY(target == NULL))
        return corm__one(object, relationship);
    corm__status = CORM_OK;
    return target;
}

static corm_status corm__set_none(corm_session *session, void *object, corm__relation *relation)
{
    bool known = false;
    void *old = corm__one_now(session, object, relation, &known);
    corm_status status = CORM_OK;
    if (!relation->holds_key) {
        status = corm__one_ready(session, object, relation, false, &old);
        if (status == CORM_OK && !corm__has_row(corm__record_of(object)))
            corm__link_at(object, relation)->loaded = true; /* it is told that there is none */
        if (status == CORM_OK && old != NULL)
            status = corm__pair_part(session, object, relation, old);
        return status == CORM_OK && old != NULL ? corm__orphan_leave(session, relation, old)
                                                : status;
    }
    status = corm__pair_part(session, known ? old : NULL, relation->inverse, object);
    return status == CORM_OK && old != NULL ? corm__orphan_leave(session, relation->inverse, object)
                                            : status;
}

static corm_status corm__set_one(corm_session *session, void *object, corm__relation *relation,
                                 void *item)
{
    void *parent = relation->holds_key ? item : object,
         *child = relation->holds_key ? object : item;
    corm__relation *collection = relation->holds_key ? relation->inverse : relation;
    bool known = false;
    void *displaced = NULL;
    corm_status status = corm__linkable(session, item, object);
    if (status == CORM_OK && corm__item_counts(relation))
        status = corm__know_stored(session, item);
    if (status == CORM_OK) /* first: where it fails, nothing has changed */
        status = corm__cascade_link(session, object, relation, item);
    const bool linked =
        corm__one_now(session, child, collection->inverse, &known) == parent && known;
    if (status == CORM_OK && !collection->to_many && !(linked && relation->holds_key))
        status = relation->holds_key
                     ? corm__displaced(session, parent, collection, &displaced)
                     : corm__one_ready(session, parent, collection, false, &displaced);
    /* as what is appended to a deleted object comes in, what is put there does */
    if (status == CORM_OK && corm__record_of(object)->state == CORM_STATE_DELETED)
        status = corm__cascade_link(session, object, relation, item);
    if (status == CORM_OK && linked && !relation->holds_key && displaced != child) {
        /* several rows refer to the parent, and it is told here which one is its own */
        if (displaced != NULL)
            status = corm__pair_part(session, parent, collection, displaced);
        if (status == CORM_OK)
            status = corm__end_add(session, parent, collection, child);
    } else if (status == CORM_OK) {
        status = corm__pair_join(session, parent, collection, child);
    }
    if (status == CORM_OK && displaced != NULL && displaced != child)
        status = corm__orphan_leave(session, collection, displaced);
    return status;
}

CORM_API corm_status corm_related_set(void *object, corm_relationship_ref relationship, void *item)
{
    corm_session *session = corm__either(object, item);
    CORM__ENTER(session, CORM_MISUSE);
    corm_status status = corm__both(object, item, true, relationship, "set", &session);
    if (status != CORM_OK)
        return corm__ended(status);
    corm__relation *relation = corm__relation_in(session, object, relationship, false);
    if (relation == NULL)
        return corm__status;
    CORM__ERRAND_RELATED(session, object, relation);
    status = corm__changeable(session, relation);
    if (status == CORM_OK && item != NULL)
        status = corm__item_fits(session, relation, item);
    /* what was deleted may still change its own reference; it only cannot be linked to */
    if (status == CORM_OK && (corm__is_in_session(corm__record_of(object)) ||
                              corm__record_of(object)->state == CORM_STATE_TRANSIENT))
        status = corm__linkable(session, object, item);
    else if (status == CORM_OK && item != NULL)
        corm__record_of(object)->flags &= (uint16_t)~CORM__CASCADED;
    if (status == CORM_OK)
        status = corm__know_stored(session, object);
    if (status == CORM_OK)
        status = item == NULL ? corm__set_none(session, object, relation)
                              : corm__set_one(session, object, relation, item);
    /* also what is as it was: a savepoint that is rolled back expires it */
    if (status == CORM_OK && session != NULL && !corm__mark_linked(session, object))
        status = corm__no_memory(session);
    return corm__ended(status);
}

#endif /* CORM__ROOM_ACCESS_C */
