/* related.c: relationships in the text of a query.
 *
 * Owns: what makes rows partners of others: keys, tables between, filters, kinds of one table; conditions on
 * what a relationship leads to, and on one object.
 * Must not know: the clauses of a query, how objects are loaded, sessions, connections. */
#ifndef CORM__ROOM_RELATED_C
#define CORM__ROOM_RELATED_C

#include "repeats.c"

/* ---- Relationships --------------------------------------------------------------------------- */

/* NULL: no model of the schema has it. */
static const corm__relation *corm__relation_meant(const corm__writer *w, const corm__node *node)
{
    return corm__relation_of(w->registry, corm__node_relationship(node));
}

/* AND column = ? ... : the constants of a relationship whose target is the source. */
static void corm__write_filters(corm__writer *w, const corm__source *target,
                                const corm__relation *r, bool qualified)
{
    for (size_t i = 0; i < r->filter_count; i++) {
        const corm__filter *filter = &r->filters[i];
        corm__buffer_text(w->b, " AND ");
        corm__write_column(w, target, &target->mapper->columns[filter->column], qualified);
        corm__buffer_text(w->b, corm__sql_operators[filter->operator_]);
        if (filter->value.type != CORM_VALUE_NULL)
            corm__write_value(w, filter->value);
    }
}

/* "type" IN ('manager', 'director') where the source's rows share their table with others. */
static void corm__write_narrow(corm__writer *w, const corm__source *source, bool qualified,
                               const char *before)
{
    const corm__mapper *m = source->mapper;
    if (source->model->row || !corm__is_narrow(m))
        return;
    corm__buffer_text(w->b, before);
    corm__write_column(w, source, m->discriminator, qualified);
    for (size_t f = 0; f < m->family_count; f++) {
        corm__buffer_text(w->b, f > 0 ? ", " : " IN (");
        corm__sql_text(w->b, m->family[f]->model->options.identity);
    }
    corm__buffer_char(w->b, ')');
}

/* The rows of the association table that are the owner's, without WHERE or ON; and those of the
 * target that they lead to. `between` is how it is called. */
static void corm__write_association(corm__writer *w, const corm__source *source,
                                    const corm__association *a, unsigned side,
                                    const uint16_t *columns, const char *between)
{
    for (size_t i = 0; i < a->counts[side]; i++) {
        corm__buffer_text(w->b, i > 0 ? " AND " : "");
        corm__sql_column(w->b, w->d, between, a->columns[side][i]);
        corm__buffer_text(w->b, " = ");
        corm__write_column(w, source, &source->mapper->columns[columns[i]], true);
    }
}

/* The condition that makes rows of the target partners of the owner's; a many-to-many goes through
 * `between`, which has been joined to the owner. */
static void corm__write_partnership(corm__writer *w, const corm__source *owner,
                                    const corm__source *target, const corm__relation *r,
                                    const char *between)
{
    const corm__association *a = r->association;
    if (a != NULL)
        corm__write_association(w, target, a, 1 - r->side, r->remote, between);
    for (size_t i = 0; a == NULL && i < r->key_count; i++) {
        corm__buffer_text(w->b, i > 0 ? " AND " : "");
        corm__write_column(w, target, &target->mapper->columns[r->remote[i]], true);
        corm__buffer_text(w->b, " = ");
        corm__write_column(w, owner, &owner->mapper->columns[r->local[i]], true);
    }
    corm__write_filters(w, target, r, true);
    corm__write_narrow(w, target, true, " AND ");
}

/* A name for an association table that nothing else has; NULL: out of memory, which is noted. */
static const char *corm__between_name(corm__writer *w, const corm__scope *scope,
                                      const corm__association *a)
{
    const char *name = corm__name_of(w, a->table, "", corm__next_number(w, scope));
    return w->status == CORM_OK ? name : NULL;
}

static void corm__write_between(corm__writer *w, const corm__association *a, const char *name)
{
    corm__sql_name(w->b, w->d, a->table);
    corm__buffer_text(w->b, " AS ");
    corm__sql_name(w->b, w->d, name);
}

/* ---- Conditions ------------------------------------------------------------------------------ */

/* The key of an object. */
static void corm__write_member(corm__writer *w, const corm__node *node)
{
    const corm__mapper *mapper =
        node->as.of.data == NULL ? NULL : corm__mapper_of(w->registry, node->as.of.model);
    char *room = corm__arena_allocate(w->arena, CORM__SCRATCH);
    w->lively = true;
    if (mapper == NULL)
        CORM__REFUSE(w, CORM_MISUSE, "corm_contains in a query of %s: %s", w->of,
                     node->size == 1
                         ? "the object is of another model than the relationship leads to"
                         : "the object is NULL, none of corm, or has no row: add it first");
    else if (room == NULL)
        corm__write_no_memory(w);
    else
        corm__write_value(
            w, corm__member_value(&mapper->columns[node->column], node->as.of.data, room));
}

/* Why nothing can be related to the node's object; NULL: something can. */
static const char *corm__unrelated(const corm__node *node)
{
    if (node->as.of.data != NULL)
        return NULL;
    switch (node->size) {
    case CORM__RELATED_TO_NOTHING: return "the object is NULL or none of corm";
    case CORM__RELATED_TO_NEW: return "the object has no row: add it first";
    case CORM__RELATED_TO_GONE:
        return "the object is read-only and its transaction is over: compare its key";
    default: return "the object is of another model";
    }
}

/* Where the rows of this model or of one that inherits from it are in sight; NULL: nowhere. */
static const corm__source *corm__source_of(const corm__scope *scope, const corm__mapper *mapper)
{
    for (; scope != NULL; scope = scope->outer)
        for (size_t i = 0; i < scope->count; i++)
            if (!scope->sources[i].model->row && corm__is_a(scope->sources[i].mapper, mapper))
                return &scope->sources[i];
    return NULL;
}

/* What is related to one object: its own columns or those of the association table are that one's. */
static void corm__write_related(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    const corm__relation *r = corm__relation_meant(w, node);
    const char *why = corm__unrelated(node);
    if (r == NULL) {
        CORM__REFUSE(
            w, CORM_MISUSE,
            "corm_related_to in a query of %s: a relationship that no model of this schema "
            "has",
            w->of);
        return;
    }
    const corm__source *source = corm__source_of(scope, r->target);
    if (why != NULL)
        CORM__REFUSE(w, CORM_MISUSE, "corm_related_to(%s_.%s, ...): %s", r->source->model->name,
                     r->name, why);
    else if (source == NULL)
        CORM__REFUSE(w, CORM_MISUSE, "corm_related_to(%s_.%s, ...) finds %s, the query is of %s",
                     r->source->model->name, r->name, r->target->model->name, w->of);
    if (w->status != CORM_OK)
        return;
    const corm__association *a = r->association;
    w->lively = true;
    for (size_t i = 0; i < r->key_count; i++) {
        char *room = corm__arena_allocate(w->arena, CORM__SCRATCH);
        corm__buffer_text(w->b, i > 0 ? " AND " : "");
        corm__write_column(w, source, &source->mapper->columns[r->remote[i]], scope->qualified);
        if (a != NULL) {
            corm__buffer_text(w->b, " IN (SELECT ");
            corm__sql_name(w->b, w->d, a->columns[1 - r->side][i]);
            corm__buffer_text(w->b, " FROM ");
            corm__sql_name(w->b, w->d, a->table);
            corm__buffer_text(w->b, " WHERE ");
            corm__sql_name(w->b, w->d, a->columns[r->side][i]);
        }
        corm__buffer_text(w->b, " = ");
        if (room == NULL)
            corm__write_no_memory(w);
        else
            corm__write_value(
                w, corm__member_value(&r->source->columns[r->local[i]], node->as.of.data, room));
        corm__buffer_text(w->b, a != NULL ? ")" : "");
    }
    corm__write_filters(w, source, r, scope->qualified);
}

/* EXISTS (SELECT 1 FROM what it leads to WHERE it is the owner's AND the condition) */
static void corm__write_any(corm__writer *w, const corm__scope *scope, const corm__node *node)
{
    const corm__relation *r = corm__relation_meant(w, node);
    corm__scope inside = {.outer = scope, .qualified = true};
    if (r == NULL) {
        CORM__REFUSE(w, CORM_MISUSE,
                     "%s of a query of %s: a relationship that no model of this schema has",
                     w->place, w->of);
        return;
    }
    const corm__source *owner = corm__scope_owner(w, scope, node->as.of.model, r);
    const corm__source *target = corm__scope_add(w, &inside, r->target->model);
    if (owner == NULL || target == NULL)
        return;
    const corm__association *a = r->association;
    const char *between = a == NULL ? NULL : corm__between_name(w, &inside, a);
    if (a != NULL && between == NULL)
        return;
    corm__buffer_text(w->b, "EXISTS (SELECT 1 FROM ");
    corm__write_table(w, target, false);
    if (a != NULL) {
        corm__buffer_text(w->b, " JOIN ");
        corm__write_between(w, a, between);
        corm__buffer_text(w->b, " ON ");
        corm__write_association(w, owner, a, r->side, r->local, between);
    }
    corm__buffer_text(w->b, " WHERE ");
    corm__write_partnership(w, owner, target, r, between);
    if (node->size > 0) {
        corm__buffer_text(w->b, " AND ");
        corm__buffer_text(w->b, node[1].operator_ == CORM__OR ? "(" : "");
        corm__write_node(w, &inside, node + 1, corm__no_sense);
        corm__buffer_text(w->b, node[1].operator_ == CORM__OR ? ")" : "");
    }
    corm__buffer_char(w->b, ')');
}

#endif /* CORM__ROOM_RELATED_C */
