/* nodes.c: the parts of conditions, expressions and clauses.
 *
 * Owns: walking over nodes, putting them together, and those that are a column, a value or a variable.
 * Must not know: what they mean: models, SQL text, sessions, rows. */
#ifndef CORM__ROOM_NODES_C
#define CORM__ROOM_NODES_C

#include "query.h"
#include "core.c"

_Static_assert(CORM_CONDITION_NODES >= 8 && CORM_CONDITION_NODES < UINT16_MAX / 2,
               "corm: CORM_CONDITION_NODES must be between 8 and 32766");

CORM_API void CORM__HAS_NODES(void)
{
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static inline bool corm__is_leaf(const corm__node *node)
{
    return node->operator_ <= CORM__LAST_LEAF;
}

/* The nodes that belong to it. */
static inline uint32_t corm__below(const corm__node *node)
{
    return corm__is_leaf(node) ? 0 : node->size;
}

/* What stands behind the node and all that belongs to it. */
static inline const corm__node *corm__after(const corm__node *node)
{
    return node + 1 + corm__below(node);
}

/* Nodes of one of the value types. */
typedef struct corm__nodes {
    const corm__node *at;
    size_t count;
} corm__nodes;

static inline const corm__node *corm__nodes_end(corm__nodes nodes)
{
    return nodes.count == 0 ? nodes.at : nodes.at + nodes.count; /* there may be no array at all */
}

/* A value type on its way: conditions, orderings, joins and fields begin alike. The nodes behind
 * `count` are left as they are: a value is copied as a whole, and is large. */
typedef struct corm__made {
    uint16_t *count, *wanted;
    corm__node *nodes;
    size_t room, needed;
} corm__made;

#define CORM__MAKE(value_)                                                                         \
    {                                                                                              \
        &(value_)->count, &(value_)->wanted, (value_)->nodes,                                      \
            sizeof(value_)->nodes / sizeof(corm__node), 0                                          \
    }

static void corm__made_begin(corm__made *made)
{
    *made->count = *made->wanted = 0;
}

/* NULL: there is no room. */
static corm__node *corm__made_add(corm__made *made, int operator_)
{
    made->needed++;
    if (*made->count == made->room)
        return NULL;
    corm__node *node = &made->nodes[(*made->count)++];
    node->operator_ = (uint8_t)operator_;
    node->kind = 0;
    node->column = 0;
    node->size = 0;
    node->as.of.model = NULL;
    node->as.of.data = NULL;
    return node;
}

/* `wanted` is what the part says of itself, `held` what it has room for. */
static void corm__made_copy(corm__made *made, const corm__node *nodes, size_t count, size_t wanted,
                            size_t held)
{
    if (wanted > count || count > held || count > made->room - *made->count) {
        /* Nothing of it can be trusted: a part that is left out would find other rows. What is too large for
         * itself, though not for this, or damaged, is told as larger than there is room for. */
        const size_t told = wanted > count ? wanted : count;
        const bool fits = told <= made->room && (wanted > count || count > held);
        made->needed += fits ? told + made->room : told;
        return;
    }
    made->needed += count;
    memcpy(made->nodes + *made->count, nodes, count * sizeof *nodes);
    *made->count = (uint16_t)(*made->count + count);
}

#define CORM__MADE_ADD_ALL(made_, part_)                                                           \
    corm__made_copy((made_), (part_).nodes, (part_).count, (part_).wanted,                         \
                    sizeof(part_).nodes / sizeof(corm__node))

static void corm__made_end(corm__made *made)
{
    if (made->needed <= *made->count)
        return;
    *made->wanted = (uint16_t)(made->needed < UINT16_MAX - 1 ? made->needed : UINT16_MAX - 1);
    *made->count = 0;
}

/* The node `first` has all that was added since. */
static void corm__made_enclose(corm__made *made, corm__node *first)
{
    if (first != NULL)
        first->size = (uint32_t)(made->nodes + *made->count - first) - 1;
}

/* ---- Operands -------------------------------------------------------------------------------- */

static corm__node *corm__operand_make(corm_condition *condition, int operator_, int kind)
{
    condition->count = 1;
    condition->wanted = 0;
    corm__node *node = &condition->nodes[0];
    node->operator_ = (uint8_t)operator_;
    node->kind = (uint8_t)kind;
    node->column = 0;
    node->size = 0;
    node->as.of.model = NULL;
    node->as.of.data = NULL;
    return node;
}

CORM_API corm_condition corm_operand_column(corm_column_ref column, int kind)
{
    corm_condition operand;
    corm__node *node = corm__operand_make(&operand, CORM__COLUMN, kind);
    /* An index that does not fit is no column of any model. */
    node->column = column.index > UINT16_MAX ? UINT16_MAX : (uint16_t)column.index;
    node->as.of.model = column.model;
    return operand;
}

CORM_API corm_condition corm_operand_integer(int64_t value)
{
    corm_condition operand;
    corm__operand_make(&operand, CORM__VALUE, CORM_KIND_INTEGER)->as.integer = value;
    return operand;
}

CORM_API corm_condition corm_operand_unsigned(uint64_t value)
{
    corm_condition operand;
    corm__node *node = corm__operand_make(&operand, CORM__VALUE, CORM_KIND_INTEGER);
    node->size = value > INT64_MAX;
    node->as.integer = value > INT64_MAX ? INT64_MAX : (int64_t)value;
    return operand;
}

CORM_API corm_condition corm_operand_boolean(bool value)
{
    corm_condition operand;
    corm__operand_make(&operand, CORM__VALUE, CORM_KIND_BOOLEAN)->as.integer = value;
    return operand;
}

CORM_API corm_condition corm_operand_real(double value)
{
    corm_condition operand;
    corm__operand_make(&operand, CORM__VALUE, CORM_KIND_REAL)->as.real = value;
    return operand;
}

CORM_API corm_condition corm_operand_text(const char *value)
{
    corm_condition operand;
    corm__operand_make(&operand, CORM__VALUE, CORM_KIND_TEXT)->as.bytes = value;
    return operand;
}

/* The bytes are borrowed, the corm_blob is not: its size goes into the node. No database stores 4
 * GiB in one value, so that the largest number can mean "too many". */
CORM_API corm_condition corm_operand_blob(corm_blob value)
{
    corm_condition operand;
    corm__node *node = corm__operand_make(&operand, CORM__VALUE, CORM_KIND_BLOB);
    node->as.bytes = value.data;
    node->size = value.size < UINT32_MAX ? (uint32_t)value.size : UINT32_MAX;
    return operand;
}

CORM_API corm_condition corm_operand_date(corm_date value)
{
    corm_condition operand;
    corm__operand_make(&operand, CORM__VALUE, CORM_KIND_DATE)->as.date = value;
    return operand;
}

CORM_API corm_condition corm_operand_datetime(corm_datetime value)
{
    corm_condition operand;
    corm__node *node = corm__operand_make(&operand, CORM__VALUE, CORM_KIND_DATETIME);
    node->size = value.microsecond;
    node->as.moment.year = value.year;
    node->as.moment.month = value.month;
    node->as.moment.day = value.day;
    node->as.moment.hour = value.hour;
    node->as.moment.minute = value.minute;
    node->as.moment.second = value.second;
    return operand;
}

CORM_API corm_condition corm_operand_time(corm_time value)
{
    corm_condition operand;
    corm__operand_make(&operand, CORM__VALUE, CORM_KIND_TIME)->as.time = value;
    return operand;
}

CORM_API corm_condition corm_operand_decimal(corm_decimal value)
{
    corm_condition operand;
    corm__node *node = corm__operand_make(&operand, CORM__VALUE, CORM_KIND_DECIMAL);
    node->as.integer = value.units;
    node->size = value.scale;
    return operand;
}

CORM_API corm_condition corm_operand_uuid(corm_uuid value)
{
    corm_condition operand;
    corm__operand_make(&operand, CORM__VALUE, CORM_KIND_UUID)->as.uuid = value;
    return operand;
}

CORM_API corm_condition corm_operand_custom(corm_custom_value value)
{
    corm_condition operand;
    corm__operand_make(&operand, CORM__VALUE, CORM_KIND_CUSTOM)->as.custom = value;
    return operand;
}

CORM_API corm_condition corm_operand_variable(int kind, const void *variable)
{
    corm_condition operand;
    corm__operand_make(&operand, CORM__VARIABLE, kind)->as.of.data = variable;
    return operand;
}

/* As many elements as an array can have at most: a longer list is refused when the query runs. */
CORM_API corm_condition corm_operand_list(int kind, const void *items, size_t count)
{
    corm_condition operand;
    corm__node *node = corm__operand_make(&operand, CORM__LIST, kind);
    node->as.of.data = items;
    node->size = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
    return operand;
}

#endif /* CORM__ROOM_NODES_C */
