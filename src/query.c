/* query.c: conditions, expressions and clauses as values.
 *
 * Owns: making them of others and joining them.
 * Must not know: what they mean: models, SQL text, sessions, rows. */
#ifndef CORM__ROOM_QUERY_C
#define CORM__ROOM_QUERY_C

#include "nodes.c"

/* ---- Expressions ----------------------------------------------------------------------------- */

/* CORM__SAME_KIND: what the parts are. Arithmetic with a REAL is REAL, with a DECIMAL DECIMAL; else it is
 * the kind of the first value, or of the second where the first is a number of C. */
static uint8_t corm__kind_of_parts(int operator_, const corm_condition *parts, size_t count)
{
    const size_t first = operator_ == CORM__CASE && count > 1 ? 1 : 0;
    uint8_t kind = parts[first].count > 0 ? parts[first].nodes[0].kind : CORM_KIND_INTEGER;
    if (parts[first].count == 1 && parts[first].nodes[0].operator_ == CORM__VALUE &&
        (kind == CORM_KIND_INTEGER || kind == CORM_KIND_BOOLEAN) &&
        (operator_ == CORM__CASE || operator_ == CORM__FUNCTION) && first + 1 < count &&
        parts[first + 1].count > 0)
        return parts[first + 1].nodes[0].kind;
    for (size_t i = 0; operator_ >= CORM__PLUS && operator_ <= CORM__NEGATIVE && i < count; i++) {
        const uint8_t other = parts[i].count > 0 ? parts[i].nodes[0].kind : kind;
        if (other == CORM_KIND_DECIMAL || (other == CORM_KIND_REAL && kind != CORM_KIND_DECIMAL))
            kind = other;
    }
    return kind;
}

CORM_API corm_condition corm_expression_of(int operator_, int kind, unsigned column,
                                           const void *data, const corm_condition *parts,
                                           size_t count)
{
    corm_condition made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    corm__node *node = corm__made_add(&making, operator_);
    node->kind =
        kind == CORM__SAME_KIND ? corm__kind_of_parts(operator_, parts, count) : (uint8_t)kind;
    node->column = (uint16_t)column;
    node->as.of.data = data;
    for (size_t i = 0; i < count; i++)
        CORM__MADE_ADD_ALL(&making, parts[i]);
    corm__made_enclose(&making, node);
    corm__made_end(&making);
    return made;
}

/* A part that is damaged may have any count, and must not hide those behind it. */
static bool corm__is_end(uint16_t count, uint16_t wanted)
{
    return count == UINT16_MAX && wanted == 0;
}
#define CORM__IS_END(part_) corm__is_end((part_).count, (part_).wanted)

CORM_API corm_condition corm_expression_call(int kind, const char *name,
                                             const corm_condition *arguments)
{
    size_t count = 0;
    while (!CORM__IS_END(arguments[count]))
        count++;
    return corm_expression_of(CORM__CALL, kind, 0, name, arguments, count);
}

CORM_API corm_condition corm_expression_over(corm_condition function, corm_grouping group,
                                             corm_ordering order, bool framed, int64_t before,
                                             int64_t behind)
{
    corm_condition made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    corm__node *node = corm__made_add(&making, CORM__OVER);
    node->kind = function.count > 0 ? function.nodes[0].kind : CORM_KIND_INTEGER;
    CORM__MADE_ADD_ALL(&making, function);
    if (group.count > 0 || group.wanted > 0)
        CORM__MADE_ADD_ALL(&making, group);
    if (order.count > 0 || order.wanted > 0) {
        corm__node *clause = corm__made_add(&making, CORM__ORDER);
        CORM__MADE_ADD_ALL(&making, order);
        corm__made_enclose(&making, clause);
    }
    if (framed) {
        corm__node *frame = corm__made_add(&making, CORM__FRAME);
        const corm_condition ends[] = {corm_operand_integer(before), corm_operand_integer(behind)};
        CORM__MADE_ADD_ALL(&making, ends[0]);
        CORM__MADE_ADD_ALL(&making, ends[1]);
        corm__made_enclose(&making, frame);
    }
    corm__made_enclose(&making, node);
    corm__made_end(&making);
    return made;
}

/* ---- Joining conditions ---------------------------------------------------------------------- */

CORM_API corm_condition corm_condition_join(int operator_, const corm_condition *parts)
{
    corm_condition made;
    corm__made making = CORM__MAKE(&made);
    size_t present = 0, last = 0, count = 0;
    for (; !CORM__IS_END(parts[count]); count++) {
        if (parts[count].count == 0 && parts[count].wanted == 0)
            continue;
        present++;
        last = count;
    }
    const bool not_ = operator_ == CORM__NOT;
    if (present == 1 && !not_)
        return parts[last];
    corm__made_begin(&making);
    if (present == 0)
        return made;
    corm__node *node = corm__made_add(&making, operator_);
    corm__node *any = not_ && present > 1 ? corm__made_add(&making, CORM__OR) : NULL;
    for (size_t i = 0; i < count; i++)
        CORM__MADE_ADD_ALL(&making, parts[i]);
    corm__made_enclose(&making, any);
    corm__made_enclose(&making, node);
    node->kind = CORM_KIND_BOOLEAN;
    corm__made_end(&making);
    return made;
}

/* ---- Orderings and groups -------------------------------------------------------------------- */

CORM_API corm_ordering corm_ordering_by(int operator_, corm_condition expression)
{
    corm_ordering made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    corm__node *node = corm__made_add(&making, operator_);
    CORM__MADE_ADD_ALL(&making, expression);
    corm__made_enclose(&making, node);
    corm__made_end(&making);
    return made;
}

CORM_API corm_ordering corm_ordering_nulls(corm_ordering ordering, bool first)
{
    const size_t room = sizeof ordering.nodes / sizeof ordering.nodes[0];
    for (size_t i = 0; i < ordering.count && i < room;
         i += (size_t)1 + corm__below(&ordering.nodes[i]))
        ordering.nodes[i].kind = first ? CORM__NULLS_FIRST : CORM__NULLS_LAST;
    return ordering;
}

CORM_API corm_ordering corm_ordering_join(const corm_ordering *parts)
{
    corm_ordering made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    for (; !CORM__IS_END(*parts); parts++)
        CORM__MADE_ADD_ALL(&making, *parts);
    corm__made_end(&making);
    return made;
}

CORM_API corm_grouping corm_grouping_by(const corm_condition *parts)
{
    corm_grouping made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    corm__node *clause = corm__made_add(&making, CORM__GROUP);
    for (; !CORM__IS_END(*parts); parts++)
        CORM__MADE_ADD_ALL(&making, *parts);
    corm__made_enclose(&making, clause);
    corm__made_end(&making);
    return made;
}

/* ---- Joins, fields, subqueries --------------------------------------------------------------- */

static void corm__node_relate(corm__node *node, corm_relationship_ref relationship)
{
    node->as.of.model = relationship.model;
    node->column = relationship.index > UINT16_MAX ? UINT16_MAX : (uint16_t)relationship.index;
    node->kind = relationship.backref;
}

/* The one of the model that it is of, where it is of an alias. */
static corm_relationship_ref corm__relationship_meant(corm_relationship_ref ref)
{
    if (ref.model != NULL && ref.model->end != NULL)
        return *ref.model->end;
    if (ref.model != NULL && ref.model->alias_of != NULL)
        ref.model = ref.model->alias_of;
    return ref;
}

static corm_relationship_ref corm__node_relationship(const corm__node *node)
{
    const corm_relationship_ref ref = {node->as.of.model, node->column, node->kind != 0};
    return corm__relationship_meant(ref);
}

CORM_API corm_joining corm_joining_related(int operator_, corm_relationship_ref relationship,
                                           const corm_model *alias, corm_condition on)
{
    corm_joining made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    corm__node *node = corm__made_add(&making, operator_);
    corm__node_relate(node, relationship);
    node->as.of.data = alias;
    CORM__MADE_ADD_ALL(&making, on);
    corm__made_enclose(&making, node);
    corm__made_end(&making);
    return made;
}

CORM_API corm_joining corm_joining_model(int operator_, const corm_model *model, corm_condition on)
{
    corm_joining made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    corm__node *node = corm__made_add(&making, operator_);
    node->as.of.model = model;
    CORM__MADE_ADD_ALL(&making, on);
    corm__made_enclose(&making, node);
    corm__made_end(&making);
    return made;
}

CORM_API corm_joining corm_joining_join(const corm_joining *parts)
{
    corm_joining made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    for (; !CORM__IS_END(*parts); parts++)
        CORM__MADE_ADD_ALL(&making, *parts);
    corm__made_end(&making);
    return made;
}

/* `value` is a FIELD that does not know its member yet. */
CORM_API corm_fields corm_fields_of(corm_column_ref member, corm_condition value)
{
    corm_fields made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    CORM__MADE_ADD_ALL(&making, value);
    corm__made_end(&making);
    made.nodes[0].as.of.model = member.model;
    made.nodes[0].column = member.index > UINT16_MAX ? UINT16_MAX : (uint16_t)member.index;
    return made;
}

CORM_API corm_fields corm_fields_join(const corm_fields *parts)
{
    corm_fields made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    for (; !CORM__IS_END(*parts); parts++)
        CORM__MADE_ADD_ALL(&making, *parts);
    corm__made_end(&making);
    return made;
}

CORM_API corm_condition corm_condition_any(corm_relationship_ref relationship,
                                           corm_condition condition)
{
    corm_condition made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    corm__node *node = corm__made_add(&making, CORM__ANY);
    corm__node_relate(node, relationship);
    CORM__MADE_ADD_ALL(&making, condition);
    corm__made_enclose(&making, node);
    corm__made_end(&making);
    return made;
}

static void corm__made_clause(corm__made *making, int clause, const corm__node *nodes, size_t count,
                              size_t wanted, size_t held)
{
    if (count == 0 && wanted == 0)
        return;
    corm__node *node = corm__made_add(making, clause);
    corm__made_copy(making, nodes, count, wanted, held);
    corm__made_enclose(making, node);
}

#define CORM__MADE_CLAUSE(made_, clause_, part_)                                                   \
    corm__made_clause((made_), (clause_), (part_).nodes, (part_).count, (part_).wanted,            \
                      sizeof(part_).nodes / sizeof(corm__node))

static void corm__made_number(corm__made *making, int leaf, int64_t number)
{
    corm__node *node = number == 0 ? NULL : corm__made_add(making, leaf);
    if (node != NULL)
        node->as.integer = number;
}

/* What a subquery cannot have is noted in `column`. */
CORM_API corm_condition corm_condition_query(const corm_select *select, corm_condition value)
{
    corm_condition made;
    corm__made making = CORM__MAKE(&made);
    corm__made_begin(&making);
    corm__node *query = corm__made_add(&making, CORM__QUERY);
    query->kind = value.count > 0 ? value.nodes[0].kind : CORM_KIND_INTEGER;
    query->as.of.model = select->from;
    query->column = select->compound[0].other != NULL || select->with[0].row != NULL ||
                    select->fields.count > 0 || select->row != NULL;
    CORM__MADE_CLAUSE(&making, CORM__FIELDS, value);
    CORM__MADE_CLAUSE(&making, CORM__JOINS, select->join);
    CORM__MADE_CLAUSE(&making, CORM__WHERE, select->where);
    if (select->group_by.count > 0 || select->group_by.wanted > 0)
        CORM__MADE_ADD_ALL(&making, select->group_by);
    CORM__MADE_CLAUSE(&making, CORM__HAVING, select->having);
    CORM__MADE_CLAUSE(&making, CORM__ORDER, select->order_by);
    corm__made_number(&making, CORM__LIMIT, select->limit);
    corm__made_number(&making, CORM__OFFSET, select->offset);
    corm__made_number(&making, CORM__DISTINCT, select->distinct);
    corm__made_enclose(&making, query);
    corm__made_end(&making);
    return made;
}

/* ---- Loadings -------------------------------------------------------------------------------- */

/* The same for CORM__LOAD_TERMS. */
CORM_API corm_loading corm_loading_of(const corm_relationship_ref *relationships, size_t count,
                                      corm_lazy how)
{
    corm_loading loading = {.count = count};
    for (size_t i = 0; i < count && i < CORM__LOAD_TERMS; i++) {
        loading.relationships[i] = relationships[i];
        loading.how[i] = how;
    }
    return loading;
}

CORM_API corm_loading corm_loading_columns(const corm_column_ref *columns, size_t count)
{
    corm_loading loading = {0};
    for (size_t i = 0; i < count && i < CORM__LOAD_TERMS; i++)
        loading.columns[i] = columns[i];
    loading.column_count = (uint16_t)(count < UINT16_MAX ? count : UINT16_MAX);
    return loading;
}

/* Puts nodes behind those of the loading; all of them, or none and the number that is wanted. */
static bool corm__loading_add(corm_loading *loading, const corm__node *nodes, size_t count,
                              size_t wanted)
{
    wanted = wanted > count ? wanted : count;
    if (wanted > count || loading->node_count + count > CORM_CONDITION_NODES) {
        wanted += loading->node_count;
        loading->wanted = (uint16_t)(wanted < UINT16_MAX ? wanted : UINT16_MAX);
        return false;
    }
    memcpy(&loading->nodes[loading->node_count], nodes, count * sizeof *nodes);
    loading->node_count = (uint16_t)(loading->node_count + count);
    return true;
}

CORM_API corm_loading corm_loading_where(corm_relationship_ref relationship,
                                         const corm_load_options *options)
{
    corm_loading loading = {.count = 1};
    const corm_condition *where = &options->where;
    const corm_ordering *order = &options->order_by;
    loading.relationships[0] = relationship;
    loading.how[0] = options->later                           ? CORM_LAZY_BATCH
                     : options->joined && options->limit == 0 ? CORM_LAZY_JOINED
                                                              : CORM_LAZY_SELECTIN;
    loading.shown[0].filtered = true;
    loading.shown[0].limit = options->limit;
    loading.shown[0].joined = options->joined;
    loading.shown[0].later = options->later;
    if (corm__loading_add(&loading, where->nodes, where->count, where->wanted))
        loading.shown[0].where = (uint16_t)where->count;
    if (corm__loading_add(&loading, order->nodes, order->count, order->wanted))
        loading.shown[0].order = (uint16_t)order->count;
    return loading;
}

CORM_API corm_loading corm_loading_join(const corm_loading *parts, size_t count)
{
    corm_loading joined = {0};
    for (size_t i = 0; i < count; i++) {
        const corm_loading *part = &parts[i];
        size_t node = 0;
        joined.wanted = part->wanted > joined.wanted ? part->wanted : joined.wanted;
        for (size_t k = 0; k < part->column_count; k++, joined.column_count++)
            if (joined.column_count < CORM__LOAD_TERMS && k < CORM__LOAD_TERMS)
                joined.columns[joined.column_count] = part->columns[k];
        for (size_t term = 0; term < part->count; term++, joined.count++) {
            if (joined.count >= CORM__LOAD_TERMS || term >= CORM__LOAD_TERMS)
                continue;
            const size_t nodes = (size_t)part->shown[term].where + part->shown[term].order;
            joined.relationships[joined.count] = part->relationships[term];
            joined.how[joined.count] = part->how[term];
            joined.shown[joined.count] = part->shown[term];
            if (!corm__loading_add(&joined, &part->nodes[node], nodes, 0))
                joined.shown[joined.count].where = joined.shown[joined.count].order = 0;
            node += nodes;
        }
    }
    return joined;
}

#endif /* CORM__ROOM_QUERY_C */
