/* preview.c: a flush told before it happens.
 *
 * Owns: the words for each statement of a plan and for its reason.
 * Must not know: how a plan is made or run. */
#ifndef CORM__ROOM_PREVIEW_C
#define CORM__ROOM_PREVIEW_C

#include "transaction.c"

typedef struct corm__preview {
    corm_session *session;
    corm__plan *plan;
    corm_planned *items;
    size_t count, capacity;
    corm__buffer text; /* of one item */
} corm__preview;

/* ---- Names of rows --------------------------------------------------------------------------- */

/* "posts#3", "order_items#5,1", "posts (a new Post)": a row as the plan names it. */
static void corm__preview_row_in(corm__buffer *out, const char *table, const void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const corm__record *record = corm__record_of(object);
    bool stored = corm__has_row(record);
    uint64_t unset = corm__unset_of(object);
    char label[CORM__LABEL_SIZE];
    corm__key key;
    for (uint16_t i = 0; i < mapper->pk_count && !stored; i++) {
        if (unset >> mapper->pk[i] & 1) {
            corm__buffer_format(out, "%s (%s)", table, corm__label(object, label));
            return;
        }
    }
    corm__key_read(mapper, mapper->pk, mapper->pk_count,
                   stored ? corm__snapshot_of(object) : object, &key);
    corm__buffer_text(out, table);
    for (uint16_t i = 0; i < mapper->pk_count; i++) {
        corm__buffer_char(out, i == 0 ? '#' : ',');
        corm__value_literal(out, &key.values[i]);
    }
}

static void corm__preview_row(corm__buffer *out, const void *object)
{
    corm__preview_row_in(out, corm__mapper_at(object)->root->model->table, object);
}

/* "users#1.posts": the collection in which an object stands or stood. */
static void corm__preview_place(corm__buffer *out, const void *parent,
                                const corm__relation *relation)
{
    corm__preview_row(out, parent);
    if (!relation->hidden)
        corm__buffer_format(out, ".%s", relation->name);
}

/* ---- Reasons --------------------------------------------------------------------------------- */

/* The relationship in which the object is an orphan, or whose deleted parent takes it along. */
static const corm__relation *corm__reason_of_delete(corm_session *session, void *object,
                                                    bool orphan, void **parent)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        const corm__link *link = corm__link_if(object, relation);
        bool taken_out = link != NULL && link->loaded && link->changed && link->target == NULL;
        unsigned cascade = relation->inverse->cascade;
        *parent = relation->holds_key ? corm__stored_target(session, object, relation) : NULL;
        if (*parent == NULL)
            continue;
        if (orphan && taken_out && (cascade & CORM_CASCADE_DELETE_ORPHAN))
            return relation;
        if (!orphan && !taken_out && (cascade & CORM_CASCADE_DELETE) &&
            (corm__record_of(*parent)->flags & CORM__DOOMED))
            return relation;
    }
    return NULL;
}

static void corm__preview_delete(corm__preview *preview, void *object)
{
    void *parent = NULL;
    bool asked = corm__record_of(object)->flags & CORM__MARKED_DELETED;
    bool orphan = !asked && corm__is_orphan(object);
    const corm__relation *relation =
        corm__reason_of_delete(preview->session, object, orphan, &parent);
    corm__buffer_text(&preview->text, orphan             ? "orphan"
                                      : relation != NULL ? "deleted with"
                                                         : "deleted");
    if (relation == NULL)
        return;
    corm__buffer_text(&preview->text, orphan ? " of " : " ");
    corm__preview_place(&preview->text, parent, relation->inverse);
}

/* What separates one reason from another; without memory there is no text. */
static const char *corm__preview_comma(const corm__preview *preview)
{
    const corm__buffer *text = &preview->text;
    return text->size > 0 && text->data[text->size - 1] != ' ' ? ", " : "";
}

/* Whether this reference of a new object leads to itself, whose key the database is going to give. */
static bool corm__preview_is_own(void *object, const corm__relation *relation)
{
    const corm__link *link = relation->holds_key ? corm__link_if(object, relation) : NULL;
    return corm__record_of(object)->state == CORM_STATE_PENDING && link != NULL && link->loaded &&
           link->changed && link->target == object && !corm__own_key_is_set(object, relation);
}

/* Whether this reference of the object is told with its row: a new one has none to differ from. */
static bool corm__preview_is_moved(const corm__plan *plan, void *object,
                                   const corm__relation *relation)
{
    if (!relation->holds_key)
        return false;
    if (corm__has_row(corm__record_of(object)))
        return !corm__is_deferred(plan, object, relation) &&
               corm__is_to_be_rekeyed(plan, object, relation);
    const corm__link *link = corm__link_if(object, relation);
    return (link != NULL && link->loaded && link->changed) ||
           corm__cut_of(plan, object, relation) != NULL;
}

/* "from users#1.posts to users#2.posts" for each reference among these columns that changed. */
static void corm__preview_moves(corm__preview *preview, void *object, uint64_t within)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t i = 0; i < mapper->relation_count; i++) {
        const corm__relation *relation = mapper->relations[i];
        if (!corm__preview_is_moved(preview->plan, object, relation) ||
            !(within >> relation->local[0] & 1))
            continue;
        const corm__link *link = corm__link_if(object, relation);
        const corm__cut *cut = corm__cut_of(preview->plan, object, relation);
        void *from = corm__has_row(corm__record_of(object))
                         ? corm__stored_target(preview->session, object, relation)
                         : NULL;
        corm__buffer_text(&preview->text, corm__preview_comma(preview));
        if (cut != NULL) {
            corm__buffer_format(&preview->text, "%s cut, because ", relation->name);
            corm__preview_row(&preview->text, cut->parent);
            corm__buffer_text(&preview->text, " is deleted");
            continue;
        }
        corm__buffer_format(&preview->text, "%s",
                            from == NULL && link->target == NULL ? relation->name : "");
        if (from != NULL) {
            corm__buffer_text(&preview->text, "from ");
            corm__preview_place(&preview->text, from, relation->inverse);
        }
        if (link->target != NULL) {
            corm__buffer_text(&preview->text, from != NULL ? " to " : "in ");
            corm__preview_place(&preview->text, link->target, relation->inverse);
        }
    }
}

/* What is written because the row is: ", updated_at computed". */
static void corm__preview_besides(corm__preview *preview, const corm__mapper *mapper,
                                  uint64_t columns, uint64_t within)
{
    uint64_t besides = corm__columns_besides(mapper, columns) & within;
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        if (besides >> i & 1)
            corm__buffer_format(&preview->text, "%s%s", corm__preview_comma(preview),
                                mapper->columns[i].name);
    }
    if (besides != 0)
        corm__buffer_text(&preview->text, " computed");
}

/* The changed members among these columns, and the moves. */
static bool corm__preview_update(corm__preview *preview, void *object, uint64_t within)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    uint64_t columns =
        corm__changed_columns(mapper, object, corm__snapshot_of(object), corm__record_of(object)) &
        ~mapper->generated;
    size_t before = preview->text.size, listed = 0;
    for (uint16_t i = 0; i < mapper->column_count; i++) {
        if (columns & within & UINT64_C(1) << i)
            corm__buffer_format(&preview->text, "%s%s", listed++ > 0 ? ", " : "",
                                mapper->columns[i].name);
    }
    if (listed > 0)
        corm__buffer_text(&preview->text, " changed");
    corm__preview_moves(preview, object, within);
    bool written = columns != 0;
    for (uint16_t i = 0; i < mapper->relation_count && !written; i++)
        written = corm__preview_is_moved(preview->plan, object, mapper->relations[i]);
    if (written)
        corm__preview_besides(preview, mapper, columns, within);
    return preview->text.size > before || preview->text.failed; /* which the push tells */
}

static void corm__preview_insert(corm__preview *preview, void *object, uint64_t within)
{
    corm__buffer_text(&preview->text, "new");
    corm__preview_moves(preview, object, within);
}

/* ---- Items ----------------------------------------------------------------------------------- */

/* Takes the text in preview->text as one item. */
static bool corm__preview_push(corm__preview *preview, const char *statement, const char *table,
                               void *object)
{
    corm_session *session = preview->session;
    if (preview->count == preview->capacity) {
        size_t capacity = preview->capacity == 0 ? 16 : preview->capacity * 2;
        corm_planned *grown = corm__heap_allocate(&session->heap, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        if (preview->count > 0)
            memcpy(grown, preview->items, preview->count * sizeof *grown);
        corm__retire(session, grown, capacity * sizeof *grown);
        preview->items = grown;
        preview->capacity = capacity;
    }
    char *text = preview->text.failed
                     ? NULL
                     : corm__heap_text(&session->heap, preview->text.data, preview->text.size);
    if (text == NULL)
        return false;
    corm__retire(session, text, preview->text.size + 1);
    preview->items[preview->count++] = (corm_planned){statement, table, object, text};
    return true;
}

static bool corm__preview_part(corm__preview *preview, const char *statement, void *object,
                               const corm__part *part)
{
    const corm__record *record = corm__record_of(object);
    const char *table = part->home->model->table;
    bool worth = true;
    corm__buffer_clear(&preview->text);
    corm__buffer_format(&preview->text, "%s ", statement);
    corm__preview_row_in(&preview->text, table, object);
    corm__buffer_text(&preview->text, ": ");
    if (record->flags & CORM__DOOMED)
        corm__preview_delete(preview, object);
    else if (record->state == CORM_STATE_PENDING)
        corm__preview_insert(preview, object, part->columns);
    else
        worth = corm__preview_update(preview, object, part->columns);
    return !worth || corm__preview_push(preview, statement, table, object);
}

/* New rows begin in the base's table, the others end there. */
static bool corm__preview_object(corm__preview *preview, const char *statement, void *object)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    const bool pending = corm__record_of(object)->state == CORM_STATE_PENDING;
    bool fits = true;
    for (uint16_t i = 0; i < mapper->part_count && fits; i++)
        fits = corm__preview_part(preview, statement, object,
                                  &mapper->parts[pending ? i : mapper->part_count - 1 - i]);
    return fits;
}

static bool corm__preview_link(corm__preview *preview, const corm__relation *relation, void *object,
                               void *item, bool insert)
{
    const char *table = relation->association->table, *verb = insert ? "INSERT" : "DELETE";
    corm__buffer_clear(&preview->text);
    corm__buffer_format(&preview->text, "%s %s: ", verb, table);
    corm__preview_row(&preview->text, object);
    corm__buffer_text(&preview->text, insert ? " linked to " : " unlinked from ");
    corm__preview_row(&preview->text, item);
    return corm__preview_push(preview, verb, table, object);
}

/* The links of one object that are written or deleted. */
static bool corm__preview_links(corm__preview *preview, void *object, bool insert)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    for (uint16_t r = 0; r < mapper->relation_count; r++) {
        const corm__relation *relation = mapper->relations[r];
        if (relation->association == NULL || relation->side != 0)
            continue;
        const corm__link *link = corm__link_if(object, relation);
        bool stored = corm__has_row(corm__record_of(object));
        if (link == NULL || (stored && link->changes == NULL) || (!stored && !insert))
            continue;
        void **items = !stored  ? link->items
                       : insert ? link->changes->added
                                : link->changes->removed;
        uint32_t count = !stored  ? link->count
                         : insert ? link->changes->added_count
                                  : link->changes->removed_count;
        for (uint32_t i = 0; i < count; i++) {
            if (corm__is_in_session(corm__record_of(items[i])) &&
                !(corm__record_of(items[i])->flags & CORM__DOOMED) &&
                !corm__preview_link(preview, relation, object, items[i], insert))
                return false;
        }
    }
    return true;
}

static const char *corm__preview_table_of(const corm__cut *cut)
{
    return cut->relation->source->columns[cut->relation->local[0]].home->model->table;
}

/* References of a circle: cut before the rows are deleted, */
static bool corm__preview_cut(corm__preview *preview, const corm__cut *cut)
{
    corm__buffer_clear(&preview->text);
    corm__buffer_text(&preview->text, "UPDATE ");
    corm__preview_row(&preview->text, cut->child);
    corm__buffer_format(&preview->text, ": %s cut from ", cut->relation->name);
    corm__preview_row(&preview->text, cut->parent);
    return corm__preview_push(preview, "UPDATE", corm__preview_table_of(cut), cut->child);
}

/* or set by a second UPDATE, all of one row by the same. */
static bool corm__preview_circle(corm__preview *preview, size_t place)
{
    const corm__plan *plan = preview->plan;
    const corm__cut *first = &plan->deferred[place];
    const char *table = corm__preview_table_of(first);
    corm__buffer_clear(&preview->text);
    corm__buffer_text(&preview->text, "UPDATE ");
    corm__preview_row_in(&preview->text, table, first->child);
    corm__buffer_text(&preview->text, ": ");
    for (size_t i = 0; i < plan->deferred_count; i++) {
        const corm__cut *cut = &plan->deferred[i];
        if (cut->child != first->child || corm__preview_table_of(cut) != table)
            continue;
        if (i < place)
            return true; /* it is there */
        corm__buffer_format(&preview->text, "%s%s closes the circle with ",
                            corm__preview_comma(preview), cut->relation->name);
        corm__preview_row(&preview->text, cut->parent);
    }
    return corm__preview_push(preview, "UPDATE", table, first->child);
}

/* New objects that lead to themselves, which are met when they are written. */
static bool corm__preview_owns(corm__plan *plan, const corm__vector *inserts)
{
    bool fits = true;
    for (size_t i = 0; i < inserts->count; i++) {
        const corm__mapper *mapper = corm__mapper_at(inserts->items[i]);
        for (uint16_t r = 0; r < mapper->relation_count && fits; r++)
            if (corm__preview_is_own(inserts->items[i], mapper->relations[r]))
                fits = corm__cut_push(
                    &plan->deferred, &plan->deferred_count, &plan->deferred_capacity,
                    (corm__cut){inserts->items[i], mapper->relations[r], inserts->items[i]});
    }
    return fits;
}

/* All links of the objects that are deleted. */
static bool corm__preview_unlinks(corm__preview *preview)
{
    const corm__registry *registry = preview->session->registry;
    for (size_t a = 0; a < registry->association_count; a++) {
        const corm__association *association = registry->associations[a];
        for (unsigned side = 0; side < 2; side++) {
            const corm__mapper *mapper = association->sides[side]->source;
            const corm__vector *deletes = &preview->plan->works[mapper->root->index].deletes;
            for (size_t i = 0; i < deletes->count; i++) {
                if (!corm__is_a(corm__mapper_at(deletes->items[i]), mapper))
                    continue;
                corm__buffer_clear(&preview->text);
                corm__buffer_format(&preview->text, "DELETE %s: links of ", association->table);
                corm__preview_row(&preview->text, deletes->items[i]);
                corm__buffer_text(&preview->text, ", which is deleted");
                if (!corm__preview_push(preview, "DELETE", association->table, deletes->items[i]))
                    return false;
            }
        }
    }
    return true;
}

static bool corm__preview_saved(corm__preview *preview, void *object)
{
    const corm__record *record = corm__record_of(object);
    if (record->flags & CORM__DOOMED)
        return true;
    const bool is_new = record->state == CORM_STATE_PENDING;
    void *old = is_new ? corm__switched(preview->session, object) : NULL;
    if (old != NULL)
        corm__record_of(old)->flags |= CORM__VISITED;
    return corm__preview_object(preview, is_new && old == NULL ? "INSERT" : "UPDATE", object);
}

/* But where a new object takes the row over. */
static bool corm__preview_deleted(corm__preview *preview, void *object)
{
    return (corm__record_of(object)->flags & CORM__VISITED) ||
           corm__preview_object(preview, "DELETE", object);
}

static bool corm__preview_lots(corm__preview *preview, const corm__lots *lots,
                               bool (*show)(corm__preview *preview, void *object))
{
    bool fits = true;
    for (size_t l = 0; l < lots->count; l++)
        for (size_t i = 0; i < lots->items[l]->count && fits; i++)
            fits = show(preview, lots->items[l]->items[i]);
    return fits;
}

static corm_status corm__preview_plan(corm__preview *preview)
{
    corm_session *session = preview->session;
    corm__plan *plan = preview->plan;
    bool fits = true;
    for (size_t m = 0; m < session->registry->count && fits; m++)
        fits = corm__preview_owns(plan, &plan->works[m].inserts);
    fits = fits && corm__preview_lots(preview, &plan->saves, corm__preview_saved);
    for (size_t i = 0; i < plan->deferred_count && fits; i++)
        fits = corm__preview_circle(preview, i);
    for (int insert = 0; insert < 2; insert++) {
        for (size_t i = 0; i < session->linked.count && fits; i++) {
            void *object = session->linked.items[i];
            if (object != NULL && !(corm__record_of(object)->flags & CORM__DOOMED))
                fits = corm__preview_links(preview, object, insert == 1);
        }
    }
    fits = fits && corm__preview_unlinks(preview);
    for (size_t i = 0; i < plan->loosened_count && fits; i++)
        fits = corm__preview_cut(preview, &plan->loosened[i]);
    fits = fits && corm__preview_lots(preview, &plan->deletes, corm__preview_deleted);
    return fits ? CORM_OK : corm__no_memory(session);
}

CORM_API CORM__COLD corm_plan corm_session_plan(corm_session *session)
{
    CORM__ENTER(session, (corm_plan){NULL, 0});
    corm__plan plan = {0};
    corm_plan out = {NULL, 0};
    corm__preview preview = {session, &plan, NULL, 0, 0, {.data = NULL}};
    corm_status status = corm__usable_for(session, "corm_session_plan");
    if (status != CORM_OK) {
        (void)corm__ended(status);
        return out;
    }
    corm__scratch_begin(session);
    status = corm__plan_make(session, &plan);
    if (status == CORM_OK)
        status = corm__plan_arrange(session, &plan);
    if (status == CORM_OK)
        status = corm__preview_plan(&preview);
    corm__plan_free(session, &plan);
    corm__scratch_end(session);
    corm__buffer_free(&preview.text);
    if (corm__ended(status) == CORM_OK)
        out = (corm_plan){preview.items, preview.count};
    return out;
}

#endif /* CORM__ROOM_PREVIEW_C */
