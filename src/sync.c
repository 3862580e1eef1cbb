/* sync.c: the values of the rows that a flush writes.
 *
 * Owns: checking members before the first statement, copying borrowed texts, foreign keys from
 * references, missing values.
 * Must not know: statements, their order. */
#ifndef CORM__ROOM_SYNC_C
#define CORM__ROOM_SYNC_C

#include "story.c"

/* ---- Checks before the first statement ------------------------------------------------------- */

/* The session gets its own copy of a text that is borrowed from the program, and the member
 * points at it. A text that is equal to the stored one is not borrowed any longer: the member
 * points at the stored one again. */
static corm_status corm__own_member(corm_session *session, corm__plan *plan, void *object,
                                    const corm__column *column)
{
    void *snapshot = corm__snapshot_of(object);
    const void *member = NULL;
    if (!column->owns ||
        corm__member_pointer(column, object) == corm__member_pointer(column, snapshot))
        return CORM_OK;
    (void)corm__member_block(column, object, &member);
    if (member == NULL)
        return CORM_OK;
    if (corm__member_equal(column, object, snapshot)) {
        corm__member_copy(column, object, snapshot);
        return CORM_OK;
    }
    if (!corm__copy_push(plan, object, column))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    if (corm__member_own(session, column, object, snapshot))
        return CORM_OK;
    plan->copy_count--;
    return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
}

/* After a failure: copies that no snapshot owns are owned by the new objects that keep them, also those that the
 * undo may make new again, or given back. */
static void corm__copies_settle(corm_session *session, corm__plan *plan)
{
    for (size_t i = 0; i < plan->copy_count; i++) {
        void *object = plan->copies[i].object;
        const corm__column *column = plan->copies[i].column;
        corm__record *record = corm__record_of(object);
        void *snapshot = corm__snapshot_of(object);
        if (!corm__has_row(record)) {
            corm__snapshot_replace(session, column, record, snapshot, object);
        } else if (record->fresh) {
            corm__copy_stays(session, object, column);
        } else {
            corm__retire_member(session, column, object, snapshot);
            corm__member_copy(column, object, snapshot);
        }
    }
}

/* Before its row is deleted: the object keeps what was assigned to it since it was last written, also when what was
 * borrowed is gone. Its key is that of the row. */
static corm_status corm__own_members(corm_session *session, corm__plan *plan, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm_status status = CORM_OK;
    for (uint64_t left = mapper->owning; left != 0 && status == CORM_OK; left &= left - 1) {
        const corm__column *column = &mapper->columns[corm__lowest_bit(left)];
        if (column->primary_key)
            corm__member_copy(column, object, corm__snapshot_of(object));
        else
            status = corm__own_member(session, plan, object, column);
    }
    return status;
}

/* Its row is deleted: the copies are what it has, until that is undone. */
static void corm__copies_stay(corm_session *session, const corm__plan *plan)
{
    for (size_t i = 0; i < plan->copy_count; i++) {
        void *object = plan->copies[i].object;
        if (corm__record_of(object)->state == CORM_STATE_DELETED)
            corm__copy_stays(session, object, plan->copies[i].column);
    }
}

/* The discriminator follows from the model, and a model does not change. */
static corm_status corm__check_identity(corm_session *session, const void *object, uint64_t unset)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__column *column = mapper->discriminator;
    char scratch[CORM__SCRATCH], label[CORM__LABEL_SIZE];
    const corm_value value = corm__member_value(column, object, scratch);
    if (!(unset >> column->index & 1) && corm__value_equal(&value, &mapper->identity))
        return CORM_OK;
    return corm__fail(
        session, CORM_DATA,
        "%s.%s says of which model a row is, \"%s\" for %s: it cannot be changed (%s)",
        column->home->model->table, column->name, mapper->model->options.identity,
        mapper->model->name, corm__label(object, label));
}

/* A column that the program may only read has been given a value. */
static corm_status corm__check_read_only(corm_session *session, const void *object,
                                         const corm__column *column)
{
    const corm__record *record = corm__record_of(object);
    char label[CORM__LABEL_SIZE];
    if (corm__has_row(record) ? corm__member_equal(column, object, corm__snapshot_of(object))
                              : corm__standing_of(record)->unset >> column->index & 1)
        return CORM_OK;
    return corm__fail(session, CORM_DATA,
                      "%s.%s: %s, the program may only read it (%s): do not assign it",
                      column->home->model->table, column->name,
                      column->info->options.version ? "corm counts it (.version)"
                                                    : "the database computes it (.generated)",
                      corm__label(object, label));
}

/* Members about which nothing is to be asked: numbers, texts that were looked at before, and what is as it
 * was, bit by bit. */
static inline bool corm__is_plainly_fine(const corm__column *column, const void *object,
                                         const void *snapshot, bool has_row, bool checked)
{
    const unsigned char *at = corm__member_at(column, object);
    if (column->plain == CORM_VALUE_TEXT)
        return checked && corm__read_text(at) == corm__read_text(corm__member_at(column, snapshot));
    if (column->plain == CORM_VALUE_REAL)
        return corm__is_number(corm__read_real(at));
    return has_row && column->size == sizeof(int64_t) && column->kind != CORM_KIND_DECIMAL &&
           corm__read_integer(at) == corm__read_integer(corm__member_at(column, snapshot));
}

/* A member about which something is to be asked. */
static CORM__APART corm_status corm__check_member(corm_session *session, corm__plan *plan,
                                                  void *object, const corm__column *column)
{
    const void *snapshot = corm__snapshot_of(object);
    char why[256], label[CORM__LABEL_SIZE];
    bool memory;
    if (corm__has_row(corm__record_of(object)) && corm__member_equal(column, object, snapshot)) {
        if (column->kind == CORM_KIND_DECIMAL)
            corm__member_copy(column, object, snapshot); /* 7.5 is 7.50 again */
        return corm__own_member(session, plan, object, column);
    }
    if (!corm__member_check(column, object, &memory, why, sizeof why))
        return corm__fail(session, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, "%s.%s: %s (%s)",
                          column->home->model->table, column->name, why,
                          corm__label(object, label));
    if (column->kind == CORM_KIND_DECIMAL)
        corm__decimal_settle(column, object);
    return corm__own_member(session, plan, object, column);
}

/* Columns that are not the program's to give. */
static CORM__APART corm_status corm__check_given(corm_session *session, const void *object,
                                                 uint64_t read_only)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm_status status = CORM_OK;
    if (mapper->discriminator != NULL)
        status = corm__check_identity(session, object, corm__unset_of(object));
    for (uint64_t left = mapper->checked & read_only; left != 0 && status == CORM_OK;
         left &= left - 1)
        status = corm__check_read_only(session, object, &mapper->columns[corm__lowest_bit(left)]);
    return status;
}

static inline corm_status corm__check_columns(corm_session *session, corm__plan *plan,
                                              const corm__mapper *mapper, corm__seat seat)
{
    const bool has_row = corm__has_row(seat.record), checked = has_row || seat.record->checked;
    corm_status status = CORM_OK;
    uint64_t read_only = mapper->generated;
    if (mapper->version != NULL && has_row)
        read_only |= UINT64_C(1) << mapper->version->index;
    if (CORM__UNLIKELY(read_only != 0 || mapper->discriminator != NULL))
        status = corm__check_given(session, seat.object, read_only);
    const uint64_t unset =
        has_row ? corm__unset_of(seat.object) : corm__standing_of(seat.record)->unset;
    for (uint64_t left = mapper->checked & ~(read_only | unset); left != 0 && status == CORM_OK;
         left &= left - 1) {
        const corm__column *column = &mapper->columns[corm__lowest_bit(left)];
        if (CORM__UNLIKELY(
                !corm__is_plainly_fine(column, seat.object, seat.snapshot, has_row, checked)))
            status = corm__check_member(session, plan, seat.object, column);
    }
    return status;
}

static corm_status corm__row_custom(corm_session *session, void *object, const corm__column *column,
                                    corm_value *out);

/* Asks the program's validators about the values that are set or changed. */
static corm_status corm__validate(corm_session *session, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    const void *snapshot = corm__snapshot_of(object);
    uint64_t unset = corm__unset_of(object);
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < mapper->column_count && status == CORM_OK; i++) {
        const corm__column *column = &mapper->columns[i];
        char scratch[CORM__SCRATCH];
        corm_value value = {0};
        if (column->info->options.validate == NULL || (unset >> i & 1) ||
            (corm__has_row(record) && corm__member_equal(column, object, snapshot)))
            continue;
        if (column->kind != CORM_KIND_CUSTOM)
            value = corm__member_value(column, object, scratch);
        else
            status = corm__row_custom(session, object, column, &value);
        if (status == CORM_OK && value.type != CORM_VALUE_NULL)
            status = corm__call_validator(session, object, column, &value);
    }
    return status;
}

/* Assigning a value ends unset. */
static inline void corm__end_unset(const corm__mapper *mapper, corm__seat seat)
{
    uint64_t *unset = &corm__standing_of(seat.record)->unset;
    for (uint64_t left = *unset; left != 0; left &= left - 1) {
        const unsigned i = corm__lowest_bit(left);
        if (i >= mapper->column_count)
            break; /* the bits above say which have their default */
        if (!corm__member_same(&mapper->columns[i], seat.object, seat.snapshot))
            *unset &= ~(UINT64_C(1) << i);
    }
}

/* A new object that has been looked at when it was made, and has not changed since. */
static inline bool corm__is_as_made(const corm__mapper *mapper, corm__seat seat)
{
    return seat.record->state == CORM_STATE_PENDING && seat.record->checked && mapper->plain &&
           memcmp(seat.object, seat.snapshot, mapper->size) == 0;
}

static corm_status corm__check_object(corm_session *session, corm__plan *plan, void *object)
{
    const corm__seat seat = corm__seat_at(object);
    const corm__mapper *mapper = corm__mapper_at(object);
    if (seat.record->state == CORM_STATE_PENDING)
        corm__end_unset(mapper, seat);
    const corm_status status = corm__check_columns(session, plan, mapper, seat);
    return status == CORM_OK && CORM__UNLIKELY(mapper->validated) ? corm__validate(session, object)
                                                                  : status;
}

static inline corm_status corm__check_new(corm_session *session, corm__plan *plan, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    return CORM__LIKELY(corm__is_as_made(mapper, corm__seat_at(object)) && !mapper->validated)
               ? CORM_OK
               : corm__check_object(session, plan, object);
}

static corm_status corm__check_plan(corm_session *session, corm__plan *plan)
{
    corm_status status = CORM_OK;
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__work *work = &plan->works[m];
        for (size_t i = 0; i < work->updates.count && status == CORM_OK; i++) {
            void *object = work->updates.items[i];
            status = corm__record_of(object)->flags & CORM__DOOMED
                         ? corm__own_members(session, plan, object)
                         : corm__check_object(session, plan, object);
        }
        for (size_t i = 0; i < work->inserts.count && status == CORM_OK; i++)
            status = corm__check_new(session, plan, work->inserts.items[i]);
    }
    return status;
}

/* ---- Foreign keys from references ------------------------------------------------------------ */

static void corm__unset_column(corm_session *session, void *object, uint16_t column, bool unset)
{
    corm__record *record = corm__record_of(object);
    uint64_t bit = UINT64_C(1) << column;
    uint64_t *bits = &corm__standing_of(record)->unset;
    if (corm__has_row(record)) {
        corm__rare *rare = corm__rare_known(record);
        if (rare == NULL)
            return;
        session->touched += unset;
        bits = &rare->unset;
    }
    *bits = unset ? *bits | bit : *bits & ~bit;
}

static corm_status corm__sync_null(corm_session *session, void *object,
                                   const corm__relation *relation)
{
    corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        const corm__column *column = &mapper->columns[relation->local[i]];
        if (!column->optional && corm__rare_of(object) == NULL)
            return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
        corm__member_clear(column, object);
        if (!column->optional)
            corm__unset_column(session, object, column->index, true);
    }
    return CORM_OK;
}

/* The commonest keys, of one integer. false: it is another one. */
static inline bool corm__sync_directly(corm_session *session, void *object,
                                       const corm__relation *relation, const void *target)
{
    const corm__column *column = &relation->source->columns[relation->local[0]];
    const corm__column *key = &relation->target->columns[relation->remote[0]];
    if (!relation->direct || key->plain != CORM_VALUE_INTEGER)
        return false;
    memcpy((char *)object + column->offset, corm__member_at(key, target), sizeof(int64_t));
    corm__record *record = corm__record_of(object);
    if (CORM__LIKELY(!corm__has_row(record)))
        corm__standing_of(record)->unset &= ~(UINT64_C(1) << column->index);
    else
        corm__unset_column(session, object, column->index, false);
    return true;
}

static CORM__APART corm_status corm__sync_key_with_care(corm_session *session, corm__plan *plan,
                                                        void *object,
                                                        const corm__relation *relation,
                                                        void *target)
{
    corm__mapper *mapper = corm__mapper_at(object);
    corm__key key;
    corm__key_read(relation->target, relation->remote, relation->key_count, target, &key);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        const corm__column *column = &mapper->columns[relation->local[i]];
        char why[64], scratch[CORM__SCRATCH];
        bool memory = false;
        corm_value known = corm__member_value(column, object, scratch);
        if (!corm__value_equal(&known, &key.values[i])) {
            memory = column->kind == CORM_KIND_TEXT && !corm__copy_push(plan, object, column);
            if (memory || !corm__member_load(column, object, &key.values[i], &session->heap,
                                             &memory, why, sizeof why))
                return corm__fail(session, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, "%s.%s: %s",
                                  column->home->model->table, column->name,
                                  memory ? "out of memory" : why);
        }
        corm__unset_column(session, object, column->index, false);
    }
    return CORM_OK;
}

static inline corm_status corm__sync_key(corm_session *session, corm__plan *plan, void *object,
                                         const corm__relation *relation, void *target)
{
    return CORM__LIKELY(corm__sync_directly(session, object, relation, target))
               ? CORM_OK
               : corm__sync_key_with_care(session, plan, object, relation, target);
}

/* Whether the target's key is known by now. */
static bool corm__has_key(void *target)
{
    const corm__record *record = corm__record_of(target);
    return corm__has_row(record) || (record->flags & CORM__WRITTEN);
}

static corm_status corm__circle(corm_session *session, void *object, const corm__relation *relation,
                                void *target)
{
    char label[CORM__LABEL_SIZE], other[CORM__LABEL_SIZE];
    if (target == object)
        return corm__fail(session, CORM_CYCLE,
                          "%s needs its own row first through %s.%s: give it a key beforehand, or "
                          "make %s OPTIONAL",
                          corm__label(object, label), relation->source->model->name, relation->name,
                          relation->source->columns[relation->local[0]].name);
    return corm__fail(session, CORM_CYCLE,
                      "%s and %s need each other's row first through %s.%s: make %s OPTIONAL, so "
                      "that a second UPDATE can "
                      "close the circle",
                      corm__label(object, label), corm__label(target, other),
                      relation->source->model->name, relation->name,
                      relation->source->columns[relation->local[0]].info->name);
}

/* The key of an object that is its own target is known only if the program gave it. */
static bool corm__own_key_is_set(void *object, const corm__relation *relation)
{
    uint64_t unset = corm__unset_of(object);
    for (uint16_t i = 0; i < relation->key_count; i++) {
        if (unset >> relation->remote[i] & 1)
            return false;
    }
    return true;
}

static corm_status corm__sync_reference(corm_session *session, corm__plan *plan, void *object,
                                        corm__relation *relation, const corm__link *link)
{
    if (!link->loaded || !link->changed)
        return CORM_OK;
    if (link->target == NULL)
        return corm__sync_null(session, object, relation);
    if (corm__has_key(link->target) ||
        (link->target == object && corm__own_key_is_set(object, relation)))
        return corm__sync_key(session, plan, object, relation, link->target);
    if (corm__record_of(link->target)->state != CORM_STATE_PENDING)
        return CORM_OK; /* never came into the session: the link is ignored */
    if (!relation->source->columns[relation->local[0]].optional)
        return corm__circle(session, object, relation, link->target);
    if (!corm__is_deferred(plan, object, relation) &&
        !corm__cut_push(&plan->deferred, &plan->deferred_count, &plan->deferred_capacity,
                        (corm__cut){object, relation, link->target}))
        return corm__fail(session, CORM_OUT_OF_MEMORY, "out of memory");
    return CORM_OK;
}

static corm_status corm__sync_all(corm_session *session, corm__plan *plan, void *object,
                                  const corm__record *record)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm_status status = CORM_OK;
    for (uint16_t i = 0; i < mapper->relation_count && status == CORM_OK; i++) {
        corm__relation *relation = mapper->relations[i];
        if (!relation->holds_key)
            continue;
        if (plan->cut_count > 0 && corm__cut_of(plan, object, relation) != NULL)
            status = corm__sync_null(session, object, relation);
        else if (record->extra != NULL)
            status = corm__sync_reference(session, plan, object, relation,
                                          corm__link_of(object, record, record->extra, relation));
    }
    return status;
}

/* Brings the foreign key members up to what the references say. */
static inline corm_status corm__sync(corm_session *session, corm__plan *plan, void *object,
                                     const corm__record *record)
{
    return plan->cut_count == 0 && record->extra == NULL /* linked to nothing */
               ? CORM_OK
               : corm__sync_all(session, plan, object, record);
}

/* ---- Values ---------------------------------------------------------------------------------- */

typedef struct corm__row {                                   /* values of one statement */
    corm_value values[CORM__COLUMN_MAX + CORM__KEY_MAX + 1]; /* 1: the version */
    char scratch[CORM__COLUMN_MAX][CORM__SCRATCH];
    corm__key key;
} corm__row;

/* Behind the first `count` values: those by which a statement finds the row, its key and its version
 * as the snapshot has them. Returns how many there are then. */
static size_t corm__row_place(const corm__mapper *mapper, const void *snapshot, corm__row *row,
                              size_t count)
{
    corm__key_read(mapper, mapper->pk, mapper->pk_count, snapshot, &row->key);
    memcpy(&row->values[count], row->key.values, mapper->pk_count * sizeof(corm_value));
    count += mapper->pk_count;
    if (corm__own_version(mapper) != NULL)
        row->values[count++] = corm__member_value(mapper->version, snapshot, NULL);
    return count;
}

/* Whether the column of a new object is without a value although a zero may have been assigned. */
static bool corm__zero_unseen(const void *object, const corm__column *column)
{
    static const bool no_zero[CORM_KIND_COUNT] = {
        [CORM_KIND_DATE] = true, [CORM_KIND_DATETIME] = true, [CORM_KIND_UUID] = true};
    return corm__unset_of(object) >> column->index & 1 && !column->owns && !no_zero[column->kind] &&
           column->reference == NULL && column->follows == NULL;
}

/* The parent's end of the reference that the column holds, if the model declares one; or NULL. */
static const corm__relation *corm__parents_end(const void *object, const corm__column *column)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        if (relation->holds_key && !relation->view_only && relation->local[0] == column->index &&
            !relation->inverse->hidden)
            return relation->inverse;
    }
    return NULL;
}

static corm_status corm__missing_value(corm_session *session, const corm__plan *plan, void *object,
                                       const corm__column *column, const char *doing)
{
    char label[CORM__LABEL_SIZE], parent[CORM__LABEL_SIZE];
    const char *table = column->home->model->table;
    for (size_t i = 0; i < plan->cut_count; i++) {
        const corm__cut *cut = &plan->cuts[i];
        if (cut->child == object && cut->relation->local[0] == column->index)
            return corm__fail(
                session, CORM_NOT_NULL,
                "%s.%s: %s refers to %s, which is deleted, and must have a value: delete it too "
                "(CORM_CASCADE_DELETE on %s.%s), or give it another first",
                table, column->name, corm__label(object, label), corm__label(cut->parent, parent),
                cut->relation->inverse->source->model->name, cut->relation->inverse->name);
    }
    const corm__relation *end = doing[0] == 'u' ? corm__parents_end(object, column) : NULL;
    if (end != NULL)
        return corm__fail(
            session, CORM_NOT_NULL,
            "%s.%s is NULL, but must have a value (%s %s): what is taken out of %s.%s "
            "gets another %s, or is deleted, by corm_delete or "
            "CORM_CASCADE_DELETE_ORPHAN there",
            table, column->name, doing, corm__label(object, label), end->source->model->name,
            end->name, end->source->model->name);
    return corm__fail(session, CORM_NOT_NULL, "%s.%s is NULL, but must have a value (%s %s)%s",
                      table, column->name, doing, corm__label(object, label),
                      doing[0] != 'i' || !corm__zero_unseen(object, column) ? ""
                      : corm__is_chars(column->info)
                          ? "; an empty text in CHARS is not seen: call corm_touch, or declare "
                            ".default_value = corm_default(\"\")"
                          : "; a zero that is assigned after corm_new is not seen: give it to "
                            "corm_new, or call corm_touch");
}

/* A kind of the program's own: its bytes stay in the session's scratch until the flush is over. */
static corm_status corm__row_custom(corm_session *session, void *object, const corm__column *column,
                                    corm_value *out)
{
    const unsigned char *at = corm__member_at(column, object);
    char why[256], label[CORM__LABEL_SIZE];
    bool memory = false;
    *out = corm_value_null();
    if (column->box != 0 && *at == 0)
        return CORM_OK;
    if (corm__custom_value(column->info->custom, at + column->box, &session->scratch, out, &memory,
                           why, sizeof why))
        return CORM_OK;
    return corm__fail(session, memory ? CORM_OUT_OF_MEMORY : CORM_DATA, "%s.%s: %s (%s)",
                      column->home->model->table, column->name, why, corm__label(object, label));
}

/* One column's value, checked for NULL. */
static corm_status corm__row_value(corm_session *session, const corm__plan *plan, void *object,
                                   uint16_t i, const char *doing, corm_value *out,
                                   char scratch[CORM__SCRATCH])
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__column *column = &mapper->columns[i];
    if (corm__unset_of(object) >> i & 1)
        *out = corm_value_null();
    else if (CORM__LIKELY(column->kind != CORM_KIND_CUSTOM))
        *out = corm__member_value(column, object, scratch);
    else if (corm__row_custom(session, object, column, out) != CORM_OK)
        return session->error.status;
    bool numbered = mapper->integer_key && column->primary_key && doing[0] == 'i';
    if (out->type == CORM_VALUE_NULL && !column->optional && !numbered)
        return corm__missing_value(session, plan, object, column, doing);
    return CORM_OK;
}

#endif /* CORM__ROOM_SYNC_C */
