/* get.c: an object by its key.
 *
 * Owns: corm_get: what a key may be, finding its object in the identity map or by a query.
 * Must not know: how rows become objects. */
#ifndef CORM__ROOM_GET_C
#define CORM__ROOM_GET_C

#include "expunge.c"

/* ---- Get ------------------------------------------------------------------------------------- */

static corm_status corm__key_fits(corm_session *session, const corm__mapper *mapper,
                                  const corm_value *key, size_t count)
{
    if (count != mapper->pk_count) {
        char names[128] = "";
        for (size_t i = 0, used = 0; i < mapper->pk_count && used < sizeof names; i++)
            used += (size_t)snprintf(names + used, sizeof names - used, ", %s",
                                     mapper->columns[mapper->pk[i]].info->name);
        return corm__fail(session, CORM_MISUSE,
                          "corm_get: the key of %s has %u column%s, %zu given: write "
                          "corm_get(session, %s%s)",
                          mapper->model->name, (unsigned)mapper->pk_count,
                          mapper->pk_count == 1 ? "" : "s", count, mapper->model->name, names);
    }
    for (size_t i = 0; i < count; i++) {
        const corm__column *column = &mapper->columns[mapper->pk[i]];
        if (column->kind == CORM_KIND_ENUM && key[i].type == CORM_VALUE_INTEGER)
            continue;
        bool text = column->base != CORM_KIND_INTEGER && column->base != CORM_KIND_BOOLEAN &&
                    column->base != CORM_KIND_REAL && column->base != CORM_KIND_BLOB;
        if (key[i].type != CORM_VALUE_NULL && text != (key[i].type == CORM_VALUE_TEXT))
            return corm__fail(session, CORM_MISUSE, "corm_get: %s.%s wants %s",
                              column->home->model->table, column->name,
                              text ? "a string" : "a number");
    }
    return CORM_OK;
}

/* A key that has passed corm__key_fits, as the table spells it: an enumerator by its text, a UUID
 * in lower case. */
static corm_status corm__key_spell(corm_session *session, const corm__mapper *mapper,
                                   const corm_value *key, corm__key *out)
{
    char why[256];
    corm_uuid uuid;
    for (size_t i = 0; i < mapper->pk_count; i++) {
        const corm__column *column = &mapper->columns[mapper->pk[i]];
        out->values[i] = key[i];
        if (column->kind == CORM_KIND_ENUM && key[i].type == CORM_VALUE_INTEGER) {
            if (!corm__enum_check(column->info->enumeration, key[i].as.integer, why, sizeof why))
                return corm__fail(session, CORM_MISUSE, "corm_get: %s.%s: %s",
                                  column->home->model->table, column->name, why);
            out->values[i] = corm__enum_value(column->info->enumeration, key[i].as.integer);
        } else if (column->kind == CORM_KIND_UUID && key[i].type == CORM_VALUE_TEXT) {
            if (!corm__uuid_read(key[i].as.bytes, key[i].size, &uuid))
                return corm__fail(session, CORM_MISUSE,
                                  "corm_get: %s.%s wants a UUID of 36 characters",
                                  column->home->model->table, column->name);
            out->values[i] = corm__uuid_value(uuid, out->scratch[i]);
        }
    }
    return CORM_OK;
}

/* What the program has assigned to an object whose row is gone stays, unless memory is out. */
static void corm__texts_stay(corm_session *session, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const void *snapshot = corm__snapshot_of(object);
    for (uint64_t left = mapper->owning; left != 0; left &= left - 1) {
        const corm__column *column = &mapper->columns[corm__lowest_bit(left)];
        if (corm__member_pointer(column, object) == corm__member_pointer(column, snapshot))
            continue;
        if (column->primary_key || corm__member_equal(column, object, snapshot) ||
            !corm__member_adopt(session, column, object))
            corm__member_copy(column, object, snapshot);
        else
            corm__copy_stays(session, object, column);
    }
}

/* An expired object whose row is gone is deleted, as far as this transaction sees. What it was then is
 * not known. */
static corm_status corm__vanished(corm_session *session, void *object)
{
    corm__record *record = corm__record_of(object);
    if (!corm__journal_push(session, CORM__DELETED, object, NULL))
        return corm__no_memory(session);
    corm__strike(session, record, object);
    corm__is_deleted(session, object);
    corm__texts_stay(session, object);
    record->generation = 0;
    if (record->extra != NULL)
        corm__links_reset(session, record->extra);
    return CORM_OK;
}

/* Whether the next flush gives the object's row another key. */
static bool corm__is_rekeyed(const void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->pk_count; i++) {
        if (!corm__member_equal(&mapper->columns[mapper->pk[i]], object, corm__snapshot_of(object)))
            return true;
    }
    return false;
}

static corm_status corm__get(corm_session *session, corm__mapper *mapper, const corm_value *key,
                             void **out)
{
    *out = corm__identity_find(session, mapper, key);
    if (*out != NULL && !corm__is_expired(*out))
        return CORM_OK;
    if (*out == NULL && mapper->base != NULL) {
        const void *other = corm__identity_find(session, mapper->root, key);
        if (other != NULL && !corm__is_expired(other))
            return CORM_OK; /* the row is of another model */
    }
    /* What else has changed cannot matter to a row that is not loaded. */
    bool flush =
        *out != NULL || session->pending.count + session->deleted.count + session->linked.count > 0;
    /* Until it is flushed, an object is found under the key that its row has. */
    flush = flush && !(*out != NULL && corm__is_rekeyed(*out));
    corm_status status = flush ? corm__autoflush(session) : CORM_OK;
    if (status != CORM_OK)
        return status;
    void *known = *out = corm__identity_find(session, mapper, key);
    if (known != NULL && !corm__is_expired(known)) {
        corm__record_of(known)->flags &= (uint16_t)~CORM__UNSAID; /* its row was asked for */
        return CORM_OK;
    }
    status = corm__load_whole(session, mapper, key, out);
    if (status == CORM_OK && *out == NULL && known != NULL)
        return corm__vanished(session, known);
    /* no such row: unless a changed key waits to be written */
    size_t written = session->journal_count;
    if (status == CORM_OK && *out == NULL && !flush)
        status = corm__autoflush(session);
    if (status == CORM_OK && *out == NULL && session->journal_count > written)
        *out = corm__identity_find(session, mapper, key);
    return status;
}

/* The object of a current row under a single integer key, where nothing else is to be looked at; NULL:
 * there may be more to do. */
static inline void *corm__get_known(corm_session *session, const corm_model *model,
                                    const corm_value *key, size_t count)
{
    if (session == NULL || !corm__is_vacant(session) || session->registry == NULL ||
        model == NULL || key == NULL || count != 1 || key->type != CORM_VALUE_INTEGER ||
        !corm__is_still_usable(session))
        return NULL;
    corm__mapper *mapper = corm__mapper_of(session->registry, model);
    if (mapper == NULL || !mapper->integer_key || mapper->base != NULL)
        return NULL;
    void *object =
        corm__identity_at(corm__identities_of(session, mapper), (uint64_t)key->as.integer);
    CORM__PREFETCH(object); /* which the program is going to read, while its record is looked at */
    return object == NULL || corm__record_of(object)->generation != session->generation ? NULL
                                                                                        : object;
}

/* Apart, so that the frequent case need not save what this one uses. */
static CORM__APART void *corm__get_any(corm_session *session, const corm_model *model,
                                       const corm_value *key, size_t count)
{
    CORM__ENTER(session, NULL);
    CORM__ERRAND(session, "corm_get", model);
    void *object = NULL;
    if (session == NULL || model == NULL || key == NULL) {
        (void)corm__fail(session, CORM_NULL_ARGUMENT,
                         "corm_get: the session, the model or the key is NULL");
        return NULL;
    }
    if (session->registry == NULL) { /* the message says what is wrong with the schema */
        corm__status = session->poison;
        return NULL;
    }
    corm__mapper *mapper = corm__mapper_of(session->registry, model);
    if (mapper == NULL) {
        (void)corm__fail(session, CORM_WRONG_MODEL,
                         "corm_get: %s is no model of the engine's schema", model->name);
        return NULL;
    }
    corm_status status = corm__usable_for(session, "corm_get");
    if (status == CORM_OK)
        status = corm__key_fits(session, mapper, key, count);
    for (size_t i = 0; i < count && status == CORM_OK; i++) {
        if (key[i].type == CORM_VALUE_NULL) {
            corm__status = CORM_OK;
            return NULL; /* no row has a NULL key */
        }
    }
    corm__key spelt;
    if (status == CORM_OK && !mapper->integer_key) {
        status = corm__key_spell(session, mapper, key, &spelt);
        key = spelt.values;
    }
    if (status == CORM_OK)
        status = corm__get(session, mapper, key, &object);
    return corm__ended(status) == CORM_OK ? object : NULL;
}

CORM_API void *corm_object_get(corm_session *session, const corm_model *model,
                               const corm_value *key, size_t count)
{
    void *object = corm__get_known(session, model, key, count);
    if (CORM__UNLIKELY(object == NULL))
        return corm__get_any(session, model, key, count);
    corm__status = CORM_OK;
    return object;
}

#endif /* CORM__ROOM_GET_C */
