/* object.c: what a session holds of an object beside its struct.
 *
 * Owns: who owns which text, what has changed since the snapshot, walking over the objects of a
 * session, labels for messages, lists of objects that came together.
 * Must not know: SQL, what relationships mean, the order of writing. */
#ifndef CORM__ROOM_OBJECT_C
#define CORM__ROOM_OBJECT_C

#include "images.c"

/* Both put the data pointer first: text is nothing else, a corm_blob begins with it. */
_Static_assert(offsetof(corm_blob, data) == 0, "the pointer of a blob comes first");

/* What a member that owns bytes points at, whoever has them. */
static inline const void *corm__member_pointer(const corm__column *column, const void *object)
{
    const void *pointer;
    memcpy(&pointer, corm__member_at(column, object), sizeof pointer);
    return pointer;
}

/* ---- Texts: who owns what -------------------------------------------------------------------- */

/* The block is released when the next transaction begins (the one after, if none is open now).
 * If the list cannot grow, it waits for the session's end. */
static void corm__retire_as(corm_session *session, const void *block, size_t size, bool lent)
{
    if (block == NULL || size == 0)
        return;
    corm__retired *retired = corm__grow(session->retired, session->retired_count,
                                        &session->retired_capacity, sizeof *retired, 64);
    if (retired == NULL)
        return;
    session->retired = retired;
    retired[session->retired_count++] = (corm__retired){(void *)(uintptr_t)block, size, lent};
}

static void corm__retire(corm_session *session, const void *block, size_t size)
{
    corm__retire_as(session, block, size, false);
}

/* Retires the text of one column of `old` unless `kept` (NULL: nothing) has the same block. */
static void corm__retire_member(corm_session *session, const corm__column *column, const void *old,
                                const void *kept)
{
    const void *block = NULL, *other = NULL;
    if (!column->owns ||
        (kept != NULL && corm__member_pointer(column, old) == corm__member_pointer(column, kept)))
        return;
    size_t size = corm__member_block(column, old, &block);
    if (size == 0)
        return;
    if (kept != NULL)
        (void)corm__member_block(column, kept, &other);
    if (block != other)
        corm__retire(session, block, size);
}

/* A new value replaces the snapshot's: its text is retired, unless a before-image still needs
 * it. */
static void corm__snapshot_replace(corm_session *session, const corm__column *column,
                                   corm__record *record, void *snapshot, const void *from)
{
    if (column->owns &&
        corm__member_pointer(column, snapshot) != corm__member_pointer(column, from)) {
        record->checked = false;
        const void *block = NULL, *imaged = NULL, *now = NULL,
                   *before = corm__imaged(record, column);
        size_t size = corm__member_block(column, snapshot, &block);
        if (before != NULL)
            (void)corm__member_block(column, before, &imaged);
        (void)corm__member_block(column, from, &now);
        if (block != imaged && block != now)
            corm__retire(session, block, size);
    }
    corm__member_copy(column, snapshot, from);
}

/* Copies a borrowed text into the session and repoints the member. *checked becomes false, unless it is short
 * and of ASCII. false: out of memory. */
static CORM__INLINE bool corm__text_adopt(corm_session *session, const corm__column *column,
                                          void *object, const char *text, bool *checked)
{
    const unsigned length = column->info->options.length;
    const size_t size = strlen(text);
    char *copy = corm__heap_allocate(&session->heap, size + 1);
    if (copy == NULL)
        return false;
    *checked &= corm__copy_ascii(copy, text, size) && (length == 0 || size <= length);
    const char *pointer = copy;
    memcpy((char *)object + column->offset, &pointer, sizeof pointer);
    return true;
}

/* The same for texts and blobs. */
static CORM__APART bool corm__member_adopt(corm_session *session, const corm__column *column,
                                           void *object)
{
    const void *block = NULL;
    const size_t size = corm__member_block(column, object, &block);
    if (block == NULL)
        return true;
    char *copy = corm__heap_allocate(&session->heap, size);
    if (copy == NULL)
        return false;
    /* a block is a text or blob and one byte for the terminator, which a borrowed blob does not
     * have */
    memcpy(copy, block, size - 1);
    copy[size - 1] = 0;
    const void *pointer = copy;
    memcpy((char *)object + column->offset, &pointer, sizeof pointer);
    return true;
}

/* The same; nothing for what is owned already. */
static bool corm__member_own(corm_session *session, const corm__column *column, void *object,
                             const void *snapshot)
{
    return !column->owns ||
           corm__member_pointer(column, object) == corm__member_pointer(column, snapshot) ||
           corm__member_adopt(session, column, object);
}

/* A member of what has been deleted has a copy of its own: a rollback brings what was stored. Without memory for that it
 * has what was stored at once. */
static void corm__copy_stays(corm_session *session, void *object, const corm__column *column)
{
    void *snapshot = corm__snapshot_of(object);
    if (corm__member_pointer(column, object) == corm__member_pointer(column, snapshot))
        return;
    if (corm__journal_image(session, object, UINT64_C(1) << column->index)) {
        corm__snapshot_replace(session, column, corm__record_of(object), snapshot, object);
        return;
    }
    corm__retire_member(session, column, object, snapshot);
    corm__member_copy(column, object, snapshot);
}

/* A new object that goes back to the program unwritten keeps what was assigned to it, also when the
 * borrowed text is gone: it gets copies. false: out of memory for one, of which the member is as before. */
static bool corm__texts_keep(corm_session *session, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm__record *record = corm__record_of(object);
    void *snapshot = corm__snapshot_of(object);
    bool kept = true;
    for (uint16_t i = 0; mapper->text_members && i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        if (!column->owns)
            continue;
        const bool equal = corm__member_equal(column, object, snapshot);
        if (equal || !corm__member_own(session, column, object, snapshot)) {
            corm__member_copy(column, object, snapshot);
            kept = kept && equal;
            continue;
        }
        corm__standing_of(record)->unset &= ~(UINT64_C(1) << i);
        corm__snapshot_replace(session, column, record, snapshot, object);
    }
    return kept;
}

/* ---- Extra: relationships and rare things ---------------------------------------------------- */

static size_t corm__extra_size(const corm__mapper *mapper)
{
    return sizeof(corm__extra) + mapper->relation_count * sizeof(corm__link);
}

/* NULL: it has none. */
static void corm__extra_put(const void *object, corm__record *record, corm__extra *extra)
{
    record->extra = extra;
    if (extra != NULL)
        corm__slab_of(object)->linked = true;
}

static corm__extra *corm__extra_make(const void *object, corm__record *record)
{
    const corm__slab *slab = corm__slab_of(object);
    const corm__mapper *mapper = slab->mapper;
    corm_session *session = corm__session_of(slab, record);
    const size_t size = corm__extra_size(mapper);
    corm__extra *extra = corm__heap_allocate(&session->heap, size);
    if (extra == NULL)
        return NULL;
    memset(extra, 0, size);
    extra->generation = session->links_generation;
    extra->link_count = mapper->relation_count;
    corm__extra_put(object, record, extra);
    return extra;
}

/* Made at first use; NULL: out of memory. Objects without a session have theirs or get none. */
static inline corm__extra *corm__extra_of(const void *object)
{
    corm__record *record = corm__record_of(object);
    return CORM__LIKELY(record->extra != NULL) || corm__session_at(object) == NULL
               ? record->extra
               : corm__extra_make(object, record);
}

/* Made at first use; NULL: out of memory. */
static corm__rare *corm__rare_of(const void *object)
{
    corm__extra *extra = corm__extra_of(object);
    if (extra == NULL || extra->rare != NULL)
        return extra == NULL ? NULL : extra->rare;
    extra->rare = corm__heap_allocate(&corm__session_at(object)->heap, sizeof *extra->rare);
    if (extra->rare != NULL)
        memset(extra->rare, 0, sizeof *extra->rare);
    return extra->rare;
}

/* Of columns whose value was taken away, those to which none was assigned since. */
static CORM__COLD uint64_t corm__still_clear(const void *object, uint64_t unset)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint64_t left = unset; left != 0; left &= left - 1) {
        if (!corm__member_is_clear(&mapper->columns[corm__lowest_bit(left)], object))
            unset &= ~(left & (~left + 1));
    }
    return unset;
}

/* What a flush would write of the object although its members are as they were; 0: nothing. */
static inline uint64_t corm__bits_of(const void *object, const corm__record *record)
{
    const corm__rare *rare = corm__rare_known(record);
    if (rare == NULL)
        return 0;
    return rare->unset == 0 ? rare->touched
                            : rare->touched | corm__still_clear(object, rare->unset);
}

/* Members are going to be filled: one that was unset and has been assigned since is not to become unset again when it
 * is empty. */
static inline void corm__unset_ends(const void *object, const corm__record *record)
{
    corm__rare *rare = corm__rare_known(record);
    if (CORM__UNLIKELY(rare != NULL && rare->unset != 0))
        rare->unset = corm__still_clear(object, rare->unset);
}

static inline void corm__bits_clear(const corm__record *record)
{
    corm__rare *rare = corm__rare_known(record);
    if (rare != NULL)
        rare->touched = rare->unset = 0;
}

/* The bit in `unset` of a new object that says that a column has its default because it was left
 * out; 0: the column has none, or there is no room for the bit. */
static uint64_t corm__default_bit(const corm__mapper *mapper, uint16_t column)
{
    unsigned place = mapper->column_count;
    if (!corm__has_default(&mapper->columns[column]))
        return 0;
    for (uint16_t i = 0; i < column; i++)
        place += corm__has_default(&mapper->columns[i]);
    return place < CORM__COLUMN_MAX ? UINT64_C(1) << place : 0;
}

static inline uint64_t corm__unset_of(const void *object)
{
    const corm__record *record = corm__record_of(object);
    if (record->state == CORM_STATE_TRANSIENT || record->state == CORM_STATE_PENDING)
        return corm__standing_of(record)->unset;
    const uint64_t unset = corm__rare_read(record)->unset;
    return unset == 0 ? 0 : corm__still_clear(object, unset);
}

static bool corm__is_expired(const void *object)
{
    const corm__record *record = corm__record_of(object);
    const corm_session *session = corm__session_at(object);
    if (record->state == CORM_STATE_DETACHED) /* commits do not concern it */
        return session != NULL && record->generation == 0;
    return session != NULL && record->generation != session->generation;
}

/* Deleted and expired after that: there is nothing that it could be loaded from. */
static inline bool corm__is_void(const corm__record *record)
{
    return record->state == CORM_STATE_DELETED && record->generation == 0;
}

/* ---- What changed ---------------------------------------------------------------------------- */

/* corm__member_equal, where the same bits are the commonest. */
static inline bool corm__member_same(const corm__column *column, const void *a, const void *b)
{
    return (column->size == sizeof(int64_t) &&
            corm__read_integer(corm__member_at(column, a)) ==
                corm__read_integer(corm__member_at(column, b))) ||
           corm__member_equal(column, a, b);
}

static uint64_t corm__changed_columns(const corm__mapper *mapper, const void *object,
                                      const void *snapshot, const corm__record *record)
{
    uint64_t changed = 0;
    if (memcmp(object, snapshot, mapper->size) != 0) {
        for (uint16_t i = 0; i < mapper->column_count; i++) {
            if (!corm__member_same(&mapper->columns[i], object, snapshot))
                changed |= UINT64_C(1) << i;
        }
    }
    return changed | corm__bits_of(object, record);
}

typedef corm_status (*corm__visitor)(corm_session *session, void *object, void *argument);

static bool corm__may_differ(const corm__mapper *mapper, const void *object,
                             const corm__record *record)
{
    const void *snapshot = corm__snapshot_of(object);
    if (mapper->model->existing)
        return corm__changed_columns(mapper, object, snapshot, record) != 0;
    return memcmp(object, snapshot, mapper->size) != 0 || corm__bits_of(object, record) != 0;
}

static corm_status corm__each_changed_in(corm_session *session, const corm__slab *slab,
                                         corm__visitor visit, void *argument)
{
    corm_status status = CORM_OK;
    for (uint32_t i = 0; i < slab->used && status == CORM_OK; i++) {
        const corm__record *record = &slab->records[i];
        void *object = corm__object_at(slab, i);
        if (corm__is_of(session, object) && record->state == CORM_STATE_PERSISTENT &&
            corm__may_differ(slab->mapper, object, record))
            status = visit(session, object, argument);
    }
    return status;
}

/* Calls the visitor for every persistent object whose members may differ from their snapshot.
 * Slab against slab first: an unchanged slab costs one memcmp, or nothing where the system knows
 * better. While columns are touched or unset, which no comparison shows, every object is looked
 * at. */
static corm_status corm__each_changed(corm_session *session, corm__visitor visit, void *argument)
{
    const bool touched = session->touched != 0;
    corm__guard_look(session);
    for (size_t m = 0; m < session->registry->count; m++) {
        const corm__store *store = &session->stores[m];
        for (size_t s = corm__guard_skip(&session->guard, store, 0); s < store->slabs.count;
             s = corm__guard_skip(&session->guard, store, s + 1)) {
            const corm__slab *slab = store->slabs.items[s];
            if (corm__guard_spares(&session->guard, store, s)) {
                CORM_ASSERT(!CORM__GUARD_CHECKS || corm__slab_is_same(slab));
                continue;
            }
            if (!touched) {
                const bool same = corm__slab_is_same(slab);
                corm__guard_note(&session->guard, store, s, same);
                if (same)
                    continue;
            }
            corm_status status = corm__each_changed_in(session, slab, visit, argument);
            if (status != CORM_OK)
                return status;
        }
    }
    corm__guard_done(session, touched);
    for (size_t i = 0; i < session->adopted.count; i++) {
        void *object = session->adopted.items[i];
        if (corm__record_of(object)->state != CORM_STATE_PERSISTENT ||
            !corm__may_differ(corm__mapper_at(object), object, corm__record_of(object)))
            continue;
        corm_status status = visit(session, object, argument);
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

static corm_status corm__each_seated(corm_session *session, bool linked, corm__visitor visit,
                                     void *argument)
{
    for (size_t m = 0; m < session->registry->count; m++) {
        corm__store *store = &session->stores[m];
        for (size_t s = 0; s < store->slabs.count; s++) {
            corm__slab *slab = store->slabs.items[s];
            for (uint32_t i = 0; (!linked || slab->linked) && i < slab->used; i++) {
                void *object = corm__object_at(slab, i);
                if ((linked && slab->records[i].extra == NULL) || !corm__is_of(session, object))
                    continue;
                corm_status status = visit(session, object, argument);
                if (status != CORM_OK)
                    return status;
            }
        }
    }
    for (size_t i = 0; i < session->adopted.count; i++) {
        corm_status status = visit(session, session->adopted.items[i], argument);
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

/* Calls the visitor for every object that belongs to the session. The visitor must not make or
 * free objects of the session, but may let this one go. */
static corm_status corm__each_object(corm_session *session, corm__visitor visit, void *argument)
{
    return corm__each_seated(session, false, visit, argument);
}

/* The same for those of which something is known that belongs to relationships. */
static corm_status corm__each_linked(corm_session *session, corm__visitor visit, void *argument)
{
    return corm__each_seated(session, true, visit, argument);
}

/* ---- Labels for messages --------------------------------------------------------------------- */

enum { CORM__LABEL_SIZE = 96 };

/* User "alice", or User 3, or a new User: something by which a person knows the object. False: the
 * last, nothing is known of it. */
static bool corm__label_known(const corm__mapper *mapper, const void *object, uint64_t unset,
                              char label[CORM__LABEL_SIZE])
{
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        const corm__column *column = &mapper->columns[i];
        const void *text = NULL;
        if (column->kind != CORM_KIND_TEXT || column == mapper->discriminator ||
            (column->reference != NULL && !column->primary_key)) /* it names another */
            continue;
        (void)corm__member_block(column, object, &text);
        if (text == NULL)
            continue;
        (void)snprintf(label, CORM__LABEL_SIZE, "%s \"%.60s\"", mapper->model->name,
                       (const char *)text);
        return true;
    }
    corm__key key;
    if (mapper->pk_count == 1 && !(unset >> mapper->pk[0] & 1)) {
        corm__key_read(mapper, mapper->pk, 1, object, &key);
        if (key.values[0].type == CORM_VALUE_INTEGER) {
            (void)snprintf(label, CORM__LABEL_SIZE, "%s %lld", mapper->model->name,
                           (long long)key.values[0].as.integer);
            return true;
        }
        if (key.values[0].type == CORM_VALUE_TEXT) { /* a date, a UUID, an enumerator */
            (void)snprintf(label, CORM__LABEL_SIZE, "%s %.60s", mapper->model->name,
                           (const char *)key.values[0].as.bytes);
            return true;
        }
    }
    (void)snprintf(label, CORM__LABEL_SIZE, "a new %s", mapper->model->name);
    return false;
}

static const char *corm__label_struct(const corm__mapper *mapper, const void *object,
                                      uint64_t unset, char label[CORM__LABEL_SIZE])
{
    (void)corm__label_known(mapper, object, unset, label);
    return label;
}

/* Of what has a row and no text, and a key of several columns or of another kind: OrderItem (5, 1). */
static const char *corm__label_key(const corm__mapper *mapper, const void *object,
                                   char label[CORM__LABEL_SIZE])
{
    corm__buffer text = {.data = NULL};
    corm__key key;
    corm__key_read(mapper, mapper->pk, mapper->pk_count, object, &key);
    for (uint16_t i = 0; i < mapper->pk_count; i++) {
        corm__buffer_text(&text, i == 0 ? "" : ", ");
        corm__value_literal(&text, &key.values[i]);
    }
    if (text.failed || text.data == NULL)
        (void)snprintf(label, CORM__LABEL_SIZE, "a stored %s", mapper->model->name);
    else
        (void)snprintf(label, CORM__LABEL_SIZE, "%s (%.60s)", mapper->model->name, text.data);
    corm__buffer_free(&text);
    return label;
}

static const char *corm__label(const void *object, char label[CORM__LABEL_SIZE])
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    const bool gone = record->state == CORM_STATE_DELETED || (record->flags & CORM__GONE);
    const void *known =
        gone ? corm__snapshot_of(object) : object; /* texts assigned since may be gone */
    if (!corm__label_known(mapper, known, corm__unset_of(object), label) &&
        record->state != CORM_STATE_TRANSIENT && record->state != CORM_STATE_PENDING)
        return corm__label_key(mapper, object, label);
    return label;
}

/* ---- Lists that are batches of siblings ----------------------------------------------------------- */

/* A list for the program, which is at the same time the batch of siblings of what it is going to hold:
 * `count` objects. NULL: out of memory. */
static corm__batch *corm__batch_room(corm_session *session, size_t count)
{
    size_t size = sizeof(corm__batch) + count * sizeof(void *);
    corm__batch *batch = corm__heap_allocate(&session->heap, size);
    if (batch == NULL)
        return NULL;
    corm__retire(session, batch, size);
    *batch = (corm__batch){.items = (void **)(batch + 1)};
    return batch;
}

/* Tells the object its place in a batch. */
static inline void corm__batch_tell(void *object, corm__batch *batch, uint32_t place,
                                    uint32_t epoch)
{
    corm__record *record = corm__record_of(object);
    if (CORM__UNLIKELY(record->state != CORM_STATE_PERSISTENT))
        return;
    corm__standing_of(record)->batch = batch;
    record->position = place;
    record->epoch = epoch;
}

/* Appends objects, for which there is room; they may be in that room already. */
static inline void corm__batch_add(const corm_session *session, corm__batch *batch,
                                   void *const *items, size_t count)
{
    void **const places = batch->items + batch->count;
    const uint32_t first = (uint32_t)batch->count, epoch = session->epoch;
    batch->count += count;
    for (size_t i = 0; i < count; i++) {
        void *const item = items[i];
        corm__batch_tell(item, batch, first + (uint32_t)i, epoch);
        places[i] = item;
    }
}

/* A list of these objects. */
static corm__batch *corm__batch_new(corm_session *session, void *const *items, size_t count)
{
    corm__batch *batch = corm__batch_room(session, count);
    if (batch != NULL)
        corm__batch_add(session, batch, items, count);
    return batch;
}

/* The same list, which takes over the vector if it is long; else that is the caller's as before. */
static corm__batch *corm__batch_of(corm_session *session, corm__vector *found)
{
    const size_t items = found->count * sizeof(void *), size = sizeof(corm__batch) + items;
    if (size <= CORM__HEAP_LARGEST)
        return corm__batch_new(session, found->items, found->count);
    corm__batch *batch = corm__heap_adopt(&session->heap, found->items, sizeof(corm__batch), items);
    if (batch == NULL)
        return NULL;
    corm__retire(session, batch, size);
    *batch = (corm__batch){.items = (void **)(batch + 1)};
    corm__batch_add(session, batch, batch->items, found->count);
    *found = (corm__vector){NULL, 0, 0};
    return batch;
}

#endif /* CORM__ROOM_OBJECT_C */
