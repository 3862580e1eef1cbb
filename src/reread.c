/* reread.c: objects made true to rows that were written past them.
 *
 * Owns: rows that a statement tells of on their way into the session's objects, so that a rollback
 * brings the old values back; reading rows again by their keys; what the foreign keys' actions did to
 * other rows; relationships that are not what they were.
 * Must not know: which statement wrote, and why. */
#ifndef CORM__ROOM_REREAD_C
#define CORM__ROOM_REREAD_C

#include "get.c"
#include "deferred.c"
#include "writes.c"

/* ---- What was written ------------------------------------------------------------------------ */

typedef struct corm__effect { /* on the rows of one model */
    uint64_t changed;         /* columns */
    bool gone, come;          /* rows were deleted, inserted */
    bool asked; /* a foreign key's action may have written rows: they are read again */
} corm__effect;

typedef struct corm__effects {
    corm__effect *of; /* by mapper index */
    bool gone;        /* an object was deleted */
} corm__effects;

static corm_status corm__effects_begin(corm_session *session, corm__effects *effects)
{
    effects->gone = false;
    effects->of =
        (corm__effect *)corm__allocate_zeroed(session->registry->count, sizeof *effects->of);
    return effects->of == NULL ? corm__no_memory(session) : CORM_OK;
}

/* Rows of `mapper` are rows of its heirs too. */
static void corm__effect_change(corm__effects *effects, const corm__mapper *mapper,
                                uint64_t columns)
{
    for (size_t f = 0; f < mapper->family_count; f++)
        effects->of[mapper->family[f]->index].changed |= columns;
}

static bool corm__is_affected(const corm__effect *effect)
{
    return effect->changed != 0 || effect->gone || effect->come || effect->asked;
}

/* ---- Rows and objects ------------------------------------------------------------------------ */

/* Rows that a statement tells of, on their way to objects. */
typedef struct corm__meeting {
    corm_session *session;
    corm__mapper *mapper;
    uint64_t columns;      /* that a row has, in model order */
    bool whole;            /* it has all, and those of heirs: see corm__sql_columns */
    uint64_t stale;        /* deferred columns among these are not what objects have of them */
    bool make;             /* objects of rows for which the session has none */
    bool passing;          /* ... and a rollback expires them */
    corm__vector *objects; /* gets the objects of all rows; NULL: not wanted */
    corm__effects *effects;
} corm__meeting;

/* Columns in which the row is not what the snapshot has. */
static uint64_t corm__differing(const corm__mapper *mapper, const void *snapshot,
                                const corm_value *row, uint64_t columns)
{
    uint64_t differing = 0;
    char scratch[CORM__SCRATCH];
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        if (!(columns >> i & 1))
            continue;
        const corm__column *column = &mapper->columns[i];
        const corm_value known = corm__member_value(column, snapshot, scratch);
        if (column->kind == CORM_KIND_CUSTOM || !corm__value_equal(&known, &row[i]))
            differing |= UINT64_C(1) << i;
    }
    return differing;
}

/* Deferred columns that were written are read again when they are asked for. */
static corm_status corm__forget_stale(corm_session *session, void *object, uint64_t columns)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; columns >> i != 0 && i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        if (!(columns >> i & 1) || !corm__is_known(object, column))
            continue;
        if (!corm__journal_image(session, object, UINT64_C(1) << i))
            return corm__no_memory(session);
        corm__deferred_forget(session, object, column);
    }
    return CORM_OK;
}

/* The row, of the object's own model, into the object. One that was expired stays so, unless the row
 * has all columns. */
static corm_status corm__refill(corm__meeting *meeting, void *object, const corm_value *row)
{
    corm_session *session = meeting->session;
    const corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    const uint64_t columns = (meeting->whole ? ~UINT64_C(0) : meeting->columns) & ~mapper->deferred;
    const uint64_t differing = corm__differing(mapper, corm__snapshot_of(object), row, columns);
    const uint32_t generation = meeting->whole ? session->generation : record->generation;
    corm_status status = CORM_OK;
    if (differing != 0) {
        const bool hooked = corm__is_load_hooked(session, mapper);
        meeting->effects->of[mapper->index].changed |= differing;
        if (!corm__journal_image(session, object, differing))
            return corm__no_memory(session);
        if (hooked)
            status = corm__call_load(session, CORM__HOOK_before_load, object);
        if (status == CORM_OK)
            status = corm__fill(session, object, row, columns);
        if (hooked && status == CORM_OK)
            status = corm__call_load(session, CORM__HOOK_after_load, object);
    } else if (meeting->whole && corm__rare_known(record) != NULL) {
        record->extra->rare->expired = 0;
    }
    record->generation = generation;
    return status == CORM_OK && CORM__UNLIKELY(mapper->deferred != 0)
               ? corm__forget_stale(session, object, mapper->deferred & meeting->stale)
               : status;
}

/* A row in which only some columns are, as one with all. */
static void corm__spread_row(const corm__meeting *meeting, const corm_value *row,
                             corm_value out[CORM__COLUMN_MAX])
{
    for (uint16_t i = 0; i < meeting->mapper->column_count; i++)
        out[i] = meeting->columns >> i & 1 ? *row++ : corm_value_null();
}

static corm_status corm__meet_object(corm__meeting *meeting, corm__mapper *model,
                                     const corm_value *row, void **out)
{
    corm_session *session = meeting->session;
    corm_value key[CORM__KEY_MAX];
    for (size_t i = 0; i < model->pk_count; i++)
        key[i] = row[model->pk[i]];
    if (model->integer_key && key[0].type != CORM_VALUE_INTEGER)
        return corm__load_misfit(
            session, &model->columns[model->pk[0]], false,
            key[0].type == CORM_VALUE_NULL
                ? "the key is NULL, which a view gives for what its triggers write: "
                  "write the tables below it, or use corm_sql_run"
                : "the key is not an integer",
            row);
    void *object = *out = corm__identity_find(session, model->root, key);
    if (object == NULL && meeting->make) {
        corm_status status = corm__make_new(session, model, row, out);
        if (status == CORM_OK && meeting->passing &&
            !corm__journal_image(session, *out, UINT64_MAX))
            return corm__no_memory(session);
        return status == CORM_OK && corm__is_load_hooked(session, model)
                   ? corm__call_load(session, CORM__HOOK_after_load, *out)
                   : status;
    }
    if (object == NULL)
        return CORM_OK;
    if (meeting->whole && corm__mapper_at(object) != model)
        return corm__kind_changed(session, object, model);
    return corm__refill(meeting, object, row);
}

/* Takes a row: for corm__taker, and for cursors. */
static corm_status corm__meet(void *context, const corm_value *row)
{
    corm__meeting *meeting = (corm__meeting *)context;
    corm_session *session = meeting->session;
    corm_value own[CORM__COLUMN_MAX];
    corm__mapper *model = meeting->mapper;
    corm_status status = CORM_OK;
    void *object = NULL;
    if (!meeting->whole) {
        corm__spread_row(meeting, row, own);
        row = own;
    } else if (model->discriminator != NULL) {
        status = corm__kind_of_row(session, meeting->mapper, own, &row, &model);
    }
    if (status == CORM_OK)
        status = corm__meet_object(meeting, model, row, &object);
    if (status == CORM_OK && object != NULL && meeting->objects != NULL &&
        !corm__vector_push(meeting->objects, object))
        status = corm__no_memory(session);
    return status;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

typedef struct corm__keys { /* of rows of one model; their bytes are in the session's scratch */
    corm_value *values;
    size_t count, capacity; /* of keys */
    size_t width;
} corm__keys;

static corm_status corm__keys_push(corm_session *session, corm__keys *keys, const corm_value *key)
{
    corm_value *values = (corm_value *)corm__grow(keys->values, keys->count, &keys->capacity,
                                                  keys->width * sizeof *values, 64);
    if (values == NULL)
        return corm__no_memory(session);
    keys->values = values;
    corm_value *at = &values[keys->count * keys->width];
    memcpy(at, key, keys->width * sizeof *at);
    for (size_t i = 0; i < keys->width; i++) {
        if (key[i].type != CORM_VALUE_TEXT && key[i].type != CORM_VALUE_BLOB)
            continue;
        void *bytes = corm__arena_allocate(&session->scratch, key[i].size + 1);
        if (bytes == NULL)
            return corm__no_memory(session);
        memcpy(bytes, key[i].as.bytes, key[i].size);
        at[i].as.bytes = bytes;
    }
    keys->count++;
    return CORM_OK;
}

static corm_status corm__keys_push_object(corm_session *session, corm__keys *keys,
                                          const void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm__key key;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, corm__snapshot_of(object), &key);
    return corm__keys_push(session, keys, key.values);
}

/* Those that one statement takes, beside `others` values. */
static size_t corm__keys_chunk(const corm_session *session, const corm__keys *keys, size_t others)
{
    const size_t most = session->engine->adapter->dialect->max_parameters;
    return corm__keys_most(most > others ? most - others : 0, keys->width);
}

/* `size` keys from one on, the last one repeated, behind `count` values that are there. */
static void corm__keys_values(const corm__keys *keys, size_t from, size_t size, corm_value *values)
{
    for (size_t i = 0; i < size; i++) {
        const size_t at = from + i < keys->count ? from + i : keys->count - 1;
        memcpy(&values[i * keys->width], &keys->values[at * keys->width],
               keys->width * sizeof *values);
    }
}

static corm_status corm__meet_rows(corm__meeting *meeting, const corm_value *values, size_t count)
{
    corm_session *session = meeting->session;
    corm_value row[CORM__ROW_MAX];
    corm__cursor cursor;
    bool more = true;
    corm__prepared *prepared = corm__for_reading(session, corm__prepare_sql(session));
    if (prepared == NULL)
        return session->error.status;
    corm_status status = corm__cursor_start(session, &cursor, prepared, values, count);
    while (status == CORM_OK) {
        status = corm__cursor_fetch(session, &cursor, row, meeting->mapper->select_count, &more);
        if (status != CORM_OK || !more)
            break;
        status = corm__meet(meeting, row);
    }
    corm__cursor_end(session, &cursor);
    return status;
}

/* Reads whole rows again by their keys. */
static corm_status corm__meet_keys(corm__meeting *meeting, const corm__keys *keys)
{
    corm_session *session = meeting->session;
    corm_status status = CORM_OK;
    const size_t most = corm__keys_chunk(session, keys, 0);
    corm_value *values = NULL;
    if (keys->count == 0)
        return CORM_OK;
    values = (corm_value *)corm__allocate(most * keys->width * sizeof *values);
    if (values == NULL)
        return corm__no_memory(session);
    for (size_t i = 0; i < keys->count && status == CORM_OK; i += most) {
        const size_t left = keys->count - i;
        const size_t size = corm__statement_size(left < most ? left : most);
        corm__keys_values(keys, i, size < most ? size : most, values);
        corm__buffer_clear(&session->sql);
        corm__sql_rows_of_keys(&session->sql, session->engine->adapter->dialect, meeting->mapper,
                               size < most ? size : most);
        status = corm__meet_rows(meeting, values, (size < most ? size : most) * keys->width);
    }
    corm__free(values);
    return status;
}

/* ---- Objects whose rows may be gone ---------------------------------------------------------- */

typedef struct corm__roll { /* objects of one model, to be called */
    const corm__mapper *mapper;
    corm__vector objects;
} corm__roll;

static corm_status corm__roll_push(corm_session *session, void *object, void *argument)
{
    corm__roll *roll = (corm__roll *)argument;
    if (corm__mapper_at(object) != roll->mapper || !corm__has_row(corm__record_of(object)))
        return CORM_OK;
    return corm__vector_push(&roll->objects, object) ? CORM_OK : corm__no_memory(session);
}

/* Reads the rows of these objects again; those that have none any more are deleted. */
static corm_status corm__call_roll(corm_session *session, corm__mapper *mapper,
                                   const corm__vector *objects, corm__effects *effects)
{
    corm__keys keys = {NULL, 0, 0, mapper->pk_count};
    corm__vector present = {NULL, 0, 0};
    corm__meeting meeting = {.session = session,
                             .mapper = mapper,
                             .whole = true,
                             .stale = ~UINT64_C(0),
                             .objects = &present,
                             .effects = effects};
    corm_status status = CORM_OK;
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++)
        status = corm__keys_push_object(session, &keys, objects->items[i]);
    if (status == CORM_OK)
        status = corm__meet_keys(&meeting, &keys);
    for (size_t i = 0; i < present.count; i++)
        corm__record_of(present.items[i])->flags |= CORM__VISITED;
    for (size_t i = 0; i < objects->count && status == CORM_OK; i++) {
        if (corm__record_of(objects->items[i])->flags & CORM__VISITED)
            continue;
        status = corm__vanished(session, objects->items[i]);
        effects->gone = effects->of[mapper->index].gone = true;
    }
    for (size_t i = 0; i < present.count; i++)
        corm__record_of(present.items[i])->flags &= (uint16_t)~CORM__VISITED;
    corm__vector_free(&present);
    corm__free(keys.values);
    return status;
}

/* All objects that the session has of exactly this model. */
static corm_status corm__call_roll_of(corm_session *session, corm__mapper *mapper,
                                      corm__effects *effects)
{
    corm__roll roll = {mapper, {NULL, 0, 0}};
    corm_status status = corm__each_object(session, corm__roll_push, &roll);
    if (status == CORM_OK && roll.objects.count > 0)
        status = corm__call_roll(session, mapper, &roll.objects, effects);
    corm__vector_free(&roll.objects);
    return status;
}

/* ---- Actions of foreign keys ----------------------------------------------------------------- */

/* Whether what happened to the rows of `referred` may have written the column of other rows; then
 * whether it may have deleted those. */
static bool corm__reaches(const corm__column *column, const corm__effects *effects, bool *deletes)
{
    const corm__mapper *to = column->reference;
    bool reached = false;
    *deletes = false;
    for (size_t m = 0; to != NULL && m < to->registry->count; m++) {
        const corm__effect *effect = &effects->of[m];
        if (!corm__is_affected(effect) || !corm__are_kin(&to->registry->mappers[m], to))
            continue;
        const corm_action action = column->info->options.on_delete;
        if (effect->gone && corm__acts(action)) {
            reached = true;
            *deletes = *deletes || action == CORM_ACTION_CASCADE;
        }
        if ((effect->changed >> column->reference_column & 1) &&
            corm__acts(column->info->options.on_update))
            reached = true;
    }
    return reached;
}

/* Marks the models whose rows the database may have written by itself. */
static void corm__follow_actions(corm_session *session, corm__effects *effects)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t m = 0; m < session->registry->count; m++) {
            const corm__mapper *mapper = &session->registry->mappers[m];
            corm__effect *effect = &effects->of[m];
            for (uint16_t i = 0; i < mapper->column_count; i++) {
                bool deletes = false;
                const uint64_t bit = UINT64_C(1) << i;
                if (!corm__reaches(&mapper->columns[i], effects, &deletes) ||
                    (effect->asked && (effect->gone || !deletes) && (effect->changed & bit)))
                    continue;
                effect->asked = more = true;
                effect->gone = effect->gone || deletes;
                effect->changed |= bit;
            }
        }
    }
}

/* An object of the session whose key the database may change where others are changed so; NULL: there is none. */
static void *corm__rekeyed(corm_session *session, const corm__effects *effects)
{
    void *object = NULL;
    for (size_t m = 0; m < session->registry->count && object == NULL; m++) {
        const corm__mapper *mapper = &session->registry->mappers[m];
        corm__at_object place = {0, 0, 0};
        if (effects->of[m].changed & corm__column_bits(mapper->pk, mapper->pk_count))
            object = corm__next_of(session, mapper, &place);
    }
    return object;
}

/* Refuses a statement that would change keys of objects past them, by ON UPDATE: by its old key, a row could not be
 * found again. `columns` are those of the model that it writes, `what` is ".set". */
static corm_status corm__keys_stay(corm_session *session, const corm__mapper *mapper,
                                   uint64_t columns, const char *what)
{
    corm__effects effects;
    char label[CORM__LABEL_SIZE];
    columns &= mapper->followed;
    if (columns == 0)
        return CORM_OK;
    corm_status status = corm__effects_begin(session, &effects);
    if (status != CORM_OK)
        return status;
    corm__effect_change(&effects, mapper, columns);
    corm__follow_actions(session, &effects);
    const void *object = corm__rekeyed(session, &effects);
    corm__free(effects.of);
    const corm__column *column = &mapper->columns[corm__lowest_bit(columns)];
    return object == NULL
               ? CORM_OK
               : corm__fail(session, CORM_MISUSE,
                            "%s.%s cannot be in %s while the session has %s, whose key follows it "
                            "(.on_update): assign it to objects, and flush, or call corm_expunge "
                            "for those that follow",
                            column->home->model->table, column->name, what,
                            corm__label(object, label));
}

/* ---- Relationships --------------------------------------------------------------------------- */

/* Whether what is loaded of the relationship may be something else by now. What was deleted is no
 * reason: it is taken out of what is loaded. */
static bool corm__is_outdated(const corm__relation *r, const corm__effects *effects)
{
    const corm__registry *registry = r->source->registry;
    const corm__mapper *between = r->association == NULL ? NULL : r->association->mapper;
    uint64_t remote = corm__column_bits(r->remote, r->key_count);
    for (size_t i = 0; i < r->filter_count; i++)
        remote |= UINT64_C(1) << r->filters[i].column;
    for (size_t i = 0; i < r->order_count; i++)
        remote |= UINT64_C(1) << r->order[i].column;
    for (size_t m = 0; m < registry->count; m++) {
        const corm__effect *effect = &effects->of[m];
        const corm__mapper *mapper = &registry->mappers[m];
        if (!corm__is_affected(effect))
            continue;
        if (corm__are_kin(mapper, r->target) &&
            ((effect->changed & remote) || (effect->come && (!r->holds_key || r->view_only))))
            return true;
        if (corm__are_kin(mapper, r->source) &&
            (effect->changed & corm__column_bits(r->local, r->key_count)))
            return true;
        if (between != NULL && corm__are_kin(mapper, between))
            return true;
    }
    return false;
}

/* Takes deleted objects out of what is loaded. */
static corm_status corm__link_thin(corm_session *session, corm__link *link)
{
    uint32_t kept = 0;
    while (kept < link->count && corm__record_of(link->items[kept])->state != CORM_STATE_DELETED)
        kept++;
    if (kept < link->count && !corm__items_own(session, link))
        return corm__no_memory(session);
    for (uint32_t i = kept; i < link->count; i++)
        if (corm__record_of(link->items[i])->state != CORM_STATE_DELETED)
            link->items[kept++] = link->items[i];
    link->count = kept;
    if (link->target != NULL && corm__record_of(link->target)->state == CORM_STATE_DELETED)
        link->target = NULL;
    return CORM_OK;
}

static corm_status corm__settle_links(corm_session *session, void *object, void *argument)
{
    const corm__effects *effects = (const corm__effects *)argument;
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    corm__extra *extra = record->extra;
    corm_status status = CORM_OK;
    if (!corm__has_row(record) || extra == NULL || extra->generation != session->links_generation)
        return CORM_OK;
    for (uint16_t i = 0; i < extra->link_count && status == CORM_OK; i++) {
        corm__link *link = &extra->links[i];
        if (!link->loaded && link->changes == NULL && link->count == 0)
            continue;
        if (corm__is_outdated(mapper->relations[i], effects))
            corm__link_reset(session, link);
        else if (effects->gone)
            status = corm__link_thin(session, link);
    }
    return status;
}

/* ---- Together -------------------------------------------------------------------------------- */

/* After the rows of the statement itself have been met: what the database did besides, and the
 * relationships. */
static corm_status corm__effects_settle(corm_session *session, corm__effects *effects)
{
    corm_status status = CORM_OK;
    bool any = false;
    corm__follow_actions(session, effects);
    session->clock++;
    for (size_t m = 0; m < session->registry->count && status == CORM_OK; m++) {
        corm__mapper *mapper = &session->registry->mappers[m];
        if (!corm__is_affected(&effects->of[m]))
            continue;
        any = true;
        corm__table_written(session, mapper);
        if (effects->of[m].asked)
            status = corm__call_roll_of(session, mapper, effects);
    }
    return status == CORM_OK && any ? corm__each_linked(session, corm__settle_links, effects)
                                    : status;
}

#endif /* CORM__ROOM_REREAD_C */
