/* query.c: conditions, orderings and loadings as values.
 *
 * Owns: making and joining them, reading a node's operand as a value, checking a query against the
 * model it asks for.
 * Must not know: SQL text, sessions, rows. */
#ifndef CORM__ROOM_QUERY_C
#define CORM__ROOM_QUERY_C

#include "query.h"
#include "kinds.c"
#include "registry.c"

_Static_assert(CORM_CONDITION_NODES >= 2 && CORM_CONDITION_NODES < UINT16_MAX,
               "corm: CORM_CONDITION_NODES must be between 2 and 65534");

/* ---- Comparisons ----------------------------------------------------------------------------- */

/* One node without an operand. The rest of the array is zero: a condition is copied as a whole. */
static corm_condition corm__condition_of(corm_column_ref column, int operator_, corm_kind kind)
{
    corm_condition condition = {.count = 1};
    corm__node *node = &condition.nodes[0];
    node->operator_ = (uint8_t)operator_;
    node->kind = (uint8_t)kind;
    /* An index that does not fit is no column of any model: corm__query_check refuses it. */
    node->column = column.index > UINT16_MAX ? UINT16_MAX : (uint16_t)column.index;
    node->model = column.model;
    return condition;
}

CORM_API corm_condition corm_condition_integer(corm_column_ref column, int operator_, int64_t value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_INTEGER);
    condition.nodes[0].as.integer = value;
    return condition;
}

CORM_API corm_condition corm_condition_real(corm_column_ref column, int operator_, double value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_REAL);
    condition.nodes[0].as.real = value;
    return condition;
}

CORM_API corm_condition corm_condition_boolean(corm_column_ref column, int operator_, bool value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_BOOLEAN);
    condition.nodes[0].as.integer = value;
    return condition;
}

CORM_API corm_condition corm_condition_text(corm_column_ref column, int operator_,
                                            const char *value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_TEXT);
    condition.nodes[0].as.bytes = value;
    return condition;
}

/* The bytes are borrowed, the corm_blob is not: its size goes into the node. No database stores 4
 * GiB in one value, so that the largest number can mean "too many". */
CORM_API corm_condition corm_condition_blob(corm_column_ref column, int operator_, corm_blob value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_BLOB);
    condition.nodes[0].as.bytes = value.data;
    condition.nodes[0].size = value.size < UINT32_MAX ? (uint32_t)value.size : UINT32_MAX;
    return condition;
}

CORM_API corm_condition corm_condition_date(corm_column_ref column, int operator_, corm_date value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_DATE);
    condition.nodes[0].as.date = value;
    return condition;
}

CORM_API corm_condition corm_condition_datetime(corm_column_ref column, int operator_,
                                                corm_datetime value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_DATETIME);
    corm__node *node = &condition.nodes[0];
    node->size = value.microsecond;
    node->as.moment.year = value.year;
    node->as.moment.month = value.month;
    node->as.moment.day = value.day;
    node->as.moment.hour = value.hour;
    node->as.moment.minute = value.minute;
    node->as.moment.second = value.second;
    return condition;
}

CORM_API corm_condition corm_condition_time(corm_column_ref column, int operator_, corm_time value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_TIME);
    condition.nodes[0].as.time = value;
    return condition;
}

CORM_API corm_condition corm_condition_decimal(corm_column_ref column, int operator_,
                                               corm_decimal value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_DECIMAL);
    condition.nodes[0].as.integer = value.units;
    condition.nodes[0].size = value.scale;
    return condition;
}

CORM_API corm_condition corm_condition_whole(corm_column_ref column, int operator_, int64_t value)
{
    return corm_condition_decimal(column, operator_, corm_decimal_from_integer(value));
}

CORM_API corm_condition corm_condition_uuid(corm_column_ref column, int operator_, corm_uuid value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_UUID);
    condition.nodes[0].as.uuid = value;
    return condition;
}

CORM_API corm_condition corm_condition_json(corm_column_ref column, int operator_,
                                            const char *value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_JSON);
    condition.nodes[0].as.bytes = value;
    return condition;
}

CORM_API corm_condition corm_condition_enum(corm_column_ref column, int operator_, int64_t value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_ENUM);
    condition.nodes[0].as.integer = value;
    return condition;
}

CORM_API corm_condition corm_condition_custom(corm_column_ref column, int operator_,
                                              corm_custom_value value)
{
    corm_condition condition = corm__condition_of(column, operator_, CORM_KIND_CUSTOM);
    condition.nodes[0].as.custom = value;
    return condition;
}

/* As many elements as an array can have at most: a longer list is refused when the query runs. */
CORM_API corm_condition corm_condition_list(corm_column_ref column, corm_kind kind,
                                            const void *items, size_t count)
{
    corm_condition condition = corm__condition_of(column, CORM__IN, kind);
    condition.nodes[0].as.bytes = items;
    condition.nodes[0].size = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
    return condition;
}

CORM_API corm_condition corm_condition_null(corm_column_ref column, bool is_null)
{
    return corm__condition_of(column, is_null ? CORM__IS_NULL : CORM__IS_NOT_NULL,
                              CORM_KIND_INTEGER);
}

CORM_API corm_condition corm_condition_between(corm_condition low, corm_condition high)
{
    if (low.count != 1 || high.count != 1) {
        /* Not from corm_between: the same in two comparisons. */
        const corm_condition both[] = {low, high};
        return corm_condition_join(CORM__AND, both, 2);
    }
    low.nodes[0].operator_ = CORM__BETWEEN;
    low.nodes[1] = high.nodes[0];
    low.nodes[1].operator_ = CORM__OPERAND;
    low.count = 2;
    return low;
}

/* ---- Joining --------------------------------------------------------------------------------- */

/* What a join would need, and whether any part did not fit already. */
typedef struct corm__joined {
    size_t present;             /* parts that say anything */
    size_t nodes;               /* of all of them */
    const corm_condition *last; /* one of them */
    bool overflown;
} corm__joined;

static corm__joined corm__join_measure(const corm_condition *parts, size_t count)
{
    corm__joined sum = {0, 0, NULL, false};
    for (size_t i = 0; i < count; i++) {
        const corm_condition *part = &parts[i];
        bool overflown = part->wanted > part->count || part->count > CORM_CONDITION_NODES;
        if (part->count == 0 && !overflown)
            continue;
        size_t wanted = part->wanted > part->count ? part->wanted : part->count;
        sum.present++;
        sum.nodes += wanted;
        sum.last = part;
        sum.overflown = sum.overflown || overflown;
    }
    return sum;
}

static void corm__join_node(corm_condition *condition, int operator_, size_t below)
{
    corm__node *node = &condition->nodes[condition->count++];
    node->operator_ = (uint8_t)operator_;
    node->size = (uint32_t)below;
}

CORM_API corm_condition corm_condition_join(int operator_, const corm_condition *parts,
                                            size_t count)
{
    corm_condition joined = {0};
    corm__joined sum = corm__join_measure(parts, count);
    bool not_ = operator_ == CORM__NOT;
    if (sum.present == 0)
        return joined;
    if (sum.present == 1 && !not_)
        return *sum.last;
    bool none_of = not_ && sum.present > 1;
    size_t wanted = sum.nodes + 1 + none_of;
    if (sum.overflown || wanted > CORM_CONDITION_NODES) {
        /* Nothing of it can be trusted: a part that is left out would find other rows. */
        joined.wanted = (uint16_t)(wanted < UINT16_MAX ? wanted : UINT16_MAX);
        return joined;
    }
    corm__join_node(&joined, operator_, sum.nodes + none_of);
    if (none_of)
        corm__join_node(&joined, CORM__OR, sum.nodes);
    for (size_t i = 0; i < count; i++) {
        memcpy(joined.nodes + joined.count, parts[i].nodes, parts[i].count * sizeof(corm__node));
        joined.count = (uint16_t)(joined.count + parts[i].count);
    }
    return joined;
}

CORM_API corm_ordering corm_ordering_by(corm_column_ref column, bool descending)
{
    corm_ordering ordering = {.count = 1};
    ordering.terms[0].column = column;
    ordering.terms[0].descending = descending;
    return ordering;
}

/* A count above CORM__ORDER_TERMS says how many there would be; corm__query_check refuses it. */
CORM_API corm_ordering corm_ordering_join(const corm_ordering *parts, size_t count)
{
    corm_ordering joined = {0};
    for (size_t i = 0; i < count; i++) {
        for (size_t term = 0; term < parts[i].count; term++, joined.count++) {
            if (joined.count < CORM__ORDER_TERMS && term < CORM__ORDER_TERMS)
                joined.terms[joined.count] = parts[i].terms[term];
        }
    }
    return joined;
}

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

/* Puts nodes and orders behind those of the loading; they belong to its last term. */
static void corm__loading_add(corm_loading *loading, size_t term, const corm__node *nodes,
                              size_t node_count, size_t wanted, const corm_ordering *orders,
                              size_t first, size_t order_count)
{
    if (wanted > node_count || loading->node_count + node_count > CORM_CONDITION_NODES) {
        wanted = loading->node_count + (wanted > node_count ? wanted : node_count);
        loading->wanted = (uint16_t)(wanted < UINT16_MAX ? wanted : UINT16_MAX);
        return;
    }
    memcpy(&loading->nodes[loading->node_count], nodes, node_count * sizeof *nodes);
    loading->node_count = (uint16_t)(loading->node_count + node_count);
    for (size_t i = 0; i < order_count; i++, loading->order_count++)
        if (loading->order_count < CORM__ORDER_TERMS && first + i < CORM__ORDER_TERMS)
            loading->order.terms[loading->order_count] = orders->terms[first + i];
    loading->shown[term].nodes = (uint16_t)node_count;
    loading->shown[term].orders = (uint16_t)order_count;
}

CORM_API corm_loading corm_loading_where(corm_relationship_ref relationship,
                                         const corm_load_options *options)
{
    corm_loading loading = {.count = 1};
    loading.relationships[0] = relationship;
    loading.how[0] = options->joined && options->limit == 0 ? CORM_LAZY_JOINED : CORM_LAZY_SELECTIN;
    loading.shown[0].filtered = true;
    loading.shown[0].limit = options->limit;
    corm__loading_add(&loading, 0, options->where.nodes, options->where.count,
                      options->where.wanted, &options->order_by, 0, options->order_by.count);
    return loading;
}

CORM_API corm_loading corm_loading_join(const corm_loading *parts, size_t count)
{
    corm_loading joined = {0};
    for (size_t i = 0; i < count; i++) {
        const corm_loading *part = &parts[i];
        size_t node = 0, order = 0;
        joined.wanted = part->wanted > joined.wanted ? part->wanted : joined.wanted;
        for (size_t k = 0; k < part->column_count; k++, joined.column_count++)
            if (joined.column_count < CORM__LOAD_TERMS && k < CORM__LOAD_TERMS)
                joined.columns[joined.column_count] = part->columns[k];
        for (size_t term = 0; term < part->count; term++, joined.count++) {
            if (joined.count >= CORM__LOAD_TERMS || term >= CORM__LOAD_TERMS)
                continue;
            joined.relationships[joined.count] = part->relationships[term];
            joined.how[joined.count] = part->how[term];
            joined.shown[joined.count].filtered = part->shown[term].filtered;
            joined.shown[joined.count].limit = part->shown[term].limit;
            corm__loading_add(&joined, joined.count, &part->nodes[node], part->shown[term].nodes, 0,
                              &part->order, order, part->shown[term].orders);
            node += part->shown[term].nodes;
            order += part->shown[term].orders;
        }
    }
    return joined;
}

/* The condition and the order of a term. */
static void corm__loading_part(const corm_loading *loading, size_t term, corm_condition *where,
                               corm_ordering *order_by)
{
    size_t node = 0, order = 0;
    memset(where, 0, sizeof *where);
    memset(order_by, 0, sizeof *order_by);
    for (size_t i = 0; i < term; i++) {
        node += loading->shown[i].nodes;
        order += loading->shown[i].orders;
    }
    where->count = loading->shown[term].nodes;
    memcpy(where->nodes, &loading->nodes[node], where->count * sizeof *where->nodes);
    order_by->count = loading->shown[term].orders;
    for (size_t i = 0; i < order_by->count && order + i < CORM__ORDER_TERMS; i++)
        order_by->terms[i] = loading->order.terms[order + i];
}

/* ---- Operands -------------------------------------------------------------------------------- */

/* What the kinds that know their column make of an operand. */
static bool corm__decimal_operand(const corm_column *info, corm_decimal decimal, corm_value *out,
                                  char *why, size_t size)
{
    int64_t units;
    if (!corm__decimal_fit(decimal, info->precision, info->scale, &units, why, size))
        return false;
    *out = corm_value_integer(units);
    return true;
}

static bool corm__enum_operand(const corm_column *info, int64_t value, corm_value *out, char *why,
                               size_t size)
{
    *out = corm__enum_value(info->enumeration, value);
    return corm__enum_check(info->enumeration, value, why, size);
}

static bool corm__custom_operand(const corm_column *info, corm_custom_value value,
                                 corm__arena *arena, corm_value *out, char *why, size_t size)
{
    bool memory;
    /* By name: each .c file has a descriptor of its own. */
    if (value.kind == NULL || value.value == NULL ||
        strcmp(value.kind->name, info->custom->name) != 0) {
        (void)snprintf(why, size, "a value of kind %s is compared with one of kind %s",
                       info->custom->name, value.kind == NULL ? "(none)" : value.kind->name);
        return false;
    }
    return corm__custom_value(info->custom, value.value, arena, out, &memory, why, size);
}

/* The operand of a node as a value; texts and blobs are borrowed, dates formatted into `scratch`,
 * what a conversion makes is in the arena. NULL text and blobs give NULL. false with `why`: a value
 * that the column could not hold. */
static bool corm__node_value(const corm__column *column, const corm__node *node,
                             char scratch[CORM__SCRATCH], corm__arena *arena, corm_value *out,
                             char *why, size_t size)
{
    const corm_column *info = column->info;
    corm_datetime moment;
    switch (node->kind) {
    case CORM_KIND_INTEGER:
    case CORM_KIND_BOOLEAN: *out = corm_value_integer(node->as.integer); return true;
    case CORM_KIND_REAL:
        *out = corm_value_real(node->as.real);
        return corm__real_check(node->as.real, why, size);
    case CORM_KIND_TEXT: *out = corm_value_text(node->as.bytes); return true;
    case CORM_KIND_BLOB:
        *out = corm_value_blob((corm_blob){node->as.bytes, node->size});
        if (node->size < UINT32_MAX)
            return true;
        (void)snprintf(why, size, "a blob of 4 GiB or more");
        return false;
    case CORM_KIND_DATE:
        *out = corm__date_value(node->as.date, scratch);
        return corm__date_check(node->as.date, why, size);
    case CORM_KIND_DATETIME:
        moment = corm_datetime_of(node->as.moment.year, node->as.moment.month, node->as.moment.day,
                                  node->as.moment.hour, node->as.moment.minute,
                                  node->as.moment.second, 0);
        moment.microsecond = node->size;
        *out = corm__datetime_value(moment, scratch);
        return corm__datetime_check(moment, why, size);
    case CORM_KIND_TIME:
        *out = corm__time_value(node->as.time, scratch);
        return corm__time_check(node->as.time, why, size);
    case CORM_KIND_DECIMAL:
        return corm__decimal_operand(info, corm_decimal_units(node->as.integer, (int)node->size),
                                     out, why, size);
    case CORM_KIND_UUID: *out = corm__uuid_value(node->as.uuid, scratch); return true;
    case CORM_KIND_JSON:
        *out = corm_value_text(node->as.bytes);
        return corm__json_member_check(node->as.bytes, why, size);
    case CORM_KIND_ENUM: return corm__enum_operand(info, node->as.integer, out, why, size);
    case CORM_KIND_CUSTOM:
        return corm__custom_operand(info, node->as.custom, arena, out, why, size);
    default: break;
    }
    (void)snprintf(why, size, "an operand of no kind");
    return false;
}

/* Element i of an IN list, in the same way. The kinds are those that corm_in accepts. */
static bool corm__list_value(const corm__column *column, const corm__node *node, size_t i,
                             char scratch[CORM__SCRATCH], corm_value *out, char *why, size_t size)
{
    const void *items = node->as.bytes;
    switch (node->kind) {
    case CORM_KIND_INTEGER: *out = corm_value_integer(((const int64_t *)items)[i]); return true;
    case CORM_KIND_REAL:
        *out = corm_value_real(((const double *)items)[i]);
        return corm__real_check(out->as.real, why, size);
    case CORM_KIND_TEXT: *out = corm_value_text(((const char *const *)items)[i]); return true;
    case CORM_KIND_DATE:
        *out = corm__date_value(((const corm_date *)items)[i], scratch);
        return corm__date_check(((const corm_date *)items)[i], why, size);
    case CORM_KIND_DATETIME:
        *out = corm__datetime_value(((const corm_datetime *)items)[i], scratch);
        return corm__datetime_check(((const corm_datetime *)items)[i], why, size);
    case CORM_KIND_TIME:
        *out = corm__time_value(((const corm_time *)items)[i], scratch);
        return corm__time_check(((const corm_time *)items)[i], why, size);
    case CORM_KIND_DECIMAL:
        return corm__decimal_operand(column->info, ((const corm_decimal *)items)[i], out, why,
                                     size);
    case CORM_KIND_UUID:
        *out = corm__uuid_value(((const corm_uuid *)items)[i], scratch);
        return true;
    case CORM_KIND_ENUM:
        return corm__enum_operand(column->info, ((const int *)items)[i], out, why, size);
    default: break;
    }
    (void)snprintf(why, size, "a list of no kind");
    return false;
}

/* ---- Checking a query ------------------------------------------------------------------------ */

/* The column that `model` and `index` name, if it is one of the query's own model; else NULL and an
 * error. */
static const corm__column *corm__query_column(const corm__mapper *mapper, const corm_model *model,
                                              size_t index, const char *place, corm_error *error)
{
    const corm__mapper *named = model == mapper->model ? mapper
                                : model == NULL || mapper->base == NULL
                                    ? NULL
                                    : corm__mapper_of(mapper->registry, model);
    if (named != NULL && corm__is_a(mapper, named) && index < named->column_count)
        return &mapper->columns[index];
    if (model == NULL || index >= model->column_count)
        corm__error_set(error, CORM_MISUSE, "%s of a query of %s: a column that no model has",
                        place, mapper->model->name);
    else
        corm__error_set(error, CORM_MISUSE,
                        "%s of a query of %s: %s.%s is a column of another model; use %s_", place,
                        mapper->model->name, model->name, model->columns[index].name,
                        mapper->model->name);
    return NULL;
}

static corm_status corm__operand_misfit(const corm__column *column, const char *why,
                                        corm_error *error)
{
    return corm__error_set(error, CORM_DATA, "%s.%s in a condition: %s", column->home->model->table,
                           column->name, why);
}

/* The elements; every integer and text is right. */
static corm_status corm__list_check(const corm__column *column, const corm__node *node,
                                    corm_error *error)
{
    char scratch[CORM__SCRATCH], why[256];
    corm_value value;
    if (node->size > 0 && node->as.bytes == NULL)
        return corm__error_set(error, CORM_MISUSE, "%s.%s in a condition: the list is NULL",
                               column->home->model->table, column->name);
    if (node->kind == CORM_KIND_INTEGER || node->kind == CORM_KIND_TEXT)
        return CORM_OK;
    for (size_t i = 0; i < node->size; i++) {
        if (!corm__list_value(column, node, i, scratch, &value, why, sizeof why))
            return corm__operand_misfit(column, why, error);
    }
    return CORM_OK;
}

static corm_relationship_ref corm__node_relationship(const corm__node *node)
{
    const corm_relationship_ref ref = {node->model, node->column, node->kind != 0};
    return ref;
}

/* A relationship that leads to the query's model, and an object that has it. */
static corm_status corm__related_check(const corm__mapper *mapper, const corm__node *node,
                                       corm_error *error)
{
    const corm__relation *r = corm__relation_of(mapper->registry, corm__node_relationship(node));
    const char *why = node->as.bytes != NULL ? NULL
                      : node->size == CORM__RELATED_TO_NOTHING
                          ? "the object is NULL or none of corm"
                      : node->size == CORM__RELATED_TO_NEW ? "the object has no row: add it first"
                      : node->size == CORM__RELATED_TO_GONE
                          ? "the object is read-only and its transaction is over: compare its key"
                          : "the object is of another model";
    if (r == NULL)
        return corm__error_set(error, CORM_MISUSE,
                               "corm_related_to in a query of %s: a relationship that no model of "
                               "this schema has",
                               mapper->model->name);
    if (why != NULL)
        return corm__error_set(error, CORM_MISUSE, "corm_related_to(%s_.%s, ...): %s",
                               r->source->model->name, r->name, why);
    if (corm__is_a(mapper, r->target))
        return CORM_OK;
    return corm__error_set(
        error, CORM_MISUSE, "corm_related_to(%s_.%s, ...) finds %s, the query is of %s",
        r->source->model->name, r->name, r->target->model->name, mapper->model->name);
}

/* One comparison; `next` is the node behind it, NULL at the end. */
static corm_status corm__comparison_check(const corm__mapper *mapper, const corm__node *node,
                                          const corm__node *next, corm_error *error)
{
    if (node->operator_ == CORM__RELATED)
        return corm__related_check(mapper, node, error);
    const corm__column *column =
        corm__query_column(mapper, node->model, node->column, "the condition", error);
    char scratch[CORM__SCRATCH], why[256];
    corm_value value;
    if (column == NULL)
        return CORM_MISUSE;
    if (node->operator_ == CORM__IS_NULL || node->operator_ == CORM__IS_NOT_NULL)
        return CORM_OK;
    if (node->kind != column->base ||
        (node->operator_ == CORM__LIKE && node->kind != CORM_KIND_TEXT))
        return corm__error_set(error, CORM_MISUSE, "%s.%s is %s: it cannot be compared with %s",
                               column->home->model->table, column->name,
                               corm__kind_names[column->base],
                               node->operator_ == CORM__LIKE  ? "LIKE"
                               : node->kind < CORM_KIND_COUNT ? corm__kind_names[node->kind]
                                                              : "that");
    if (node->operator_ == CORM__IN)
        return corm__list_check(column, node, error);
    if (node->operator_ == CORM__BETWEEN && (next == NULL || next->operator_ != CORM__OPERAND))
        return corm__error_set(error, CORM_MISUSE, "%s.%s: a range without its upper end",
                               column->home->model->table, column->name);
    corm__arena arena = {0};
    bool fine = corm__node_value(column, node, scratch, &arena, &value, why, sizeof why);
    corm__arena_free(&arena);
    return fine ? CORM_OK : corm__operand_misfit(column, why, error);
}

static corm_status corm__condition_check(const corm__mapper *mapper, const corm_condition *where,
                                         corm_error *error)
{
    if (where->wanted > where->count || where->count > CORM_CONDITION_NODES)
        return corm__error_set(
            error, CORM_MISUSE,
            "the condition has %u parts, at most %u: define CORM_CONDITION_NODES larger",
            (unsigned)(where->wanted > where->count ? where->wanted : where->count),
            (unsigned)CORM_CONDITION_NODES);
    for (size_t i = 0; i < where->count; i++) {
        const corm__node *node = &where->nodes[i];
        size_t behind = where->count - i - 1;
        corm_status status = CORM_OK;
        if (node->operator_ == CORM__AND || node->operator_ == CORM__OR ||
            node->operator_ == CORM__NOT) {
            if (node->size == 0 || node->size > behind)
                status = corm__error_set(error, CORM_MISUSE, "the condition is damaged");
        } else if (node->operator_ > CORM__NOT) {
            status = corm__error_set(error, CORM_MISUSE, "the condition has no such operator");
        } else {
            status = corm__comparison_check(mapper, node, behind > 0 ? node + 1 : NULL, error);
        }
        if (status != CORM_OK)
            return status;
    }
    return CORM_OK;
}

static corm_status corm__ordering_check(const corm__mapper *mapper, const corm_ordering *ordering,
                                        corm_error *error)
{
    if (ordering->count > CORM__ORDER_TERMS)
        return corm__error_set(error, CORM_MISUSE, "the ordering has %zu columns, at most %d",
                               ordering->count, CORM__ORDER_TERMS);
    for (size_t i = 0; i < ordering->count; i++) {
        corm_column_ref column = ordering->terms[i].column;
        if (corm__query_column(mapper, column.model, column.index, "the ordering", error) == NULL)
            return CORM_MISUSE;
    }
    return CORM_OK;
}

/* What corm_load_where says of a relationship. */
static corm_status corm__shown_check(const corm_loading *loading, size_t term,
                                     const corm__relation *relation, corm_error *error)
{
    corm_condition where;
    corm_ordering order_by;
    const int64_t limit = loading->shown[term].limit;
    if (!relation->to_many)
        return corm__error_set(error, CORM_MISUSE,
                               "corm_load_where: %s.%s is a single object: name a collection, or "
                               "load it with corm_load",
                               relation->source->model->name, relation->name);
    if (limit < 0)
        return corm__error_set(error, CORM_MISUSE,
                               "corm_load_where: the limit of %s.%s is %lld: it must not be below "
                               "zero",
                               relation->source->model->name, relation->name, (long long)limit);
    corm__loading_part(loading, term, &where, &order_by);
    corm_status status = corm__condition_check(relation->target, &where, error);
    return status == CORM_OK ? corm__ordering_check(relation->target, &order_by, error) : status;
}

static corm_status corm__loading_check(const corm__mapper *mapper, const corm_loading *loading,
                                       corm_error *error)
{
    if (loading->count > CORM__LOAD_TERMS)
        return corm__error_set(error, CORM_MISUSE, "%zu relationships to load, at most %d",
                               loading->count, CORM__LOAD_TERMS);
    if (loading->column_count > CORM__LOAD_TERMS)
        return corm__error_set(error, CORM_MISUSE, "%u columns to load, at most %d",
                               (unsigned)loading->column_count, CORM__LOAD_TERMS);
    for (size_t i = 0; i < loading->column_count; i++) {
        const corm_column_ref column = loading->columns[i];
        const corm__mapper *home =
            column.model == NULL ? NULL : corm__mapper_of(mapper->registry, column.model);
        if (home == NULL || column.index >= home->column_count)
            return corm__error_set(error, CORM_MISUSE,
                                   "corm_load_columns of a query of %s: a column that no model of "
                                   "this schema has",
                                   mapper->model->name);
    }
    if (loading->wanted > 0)
        return corm__error_set(error, CORM_MISUSE,
                               "the conditions of .load have %u parts, at most %u together: define "
                               "CORM_CONDITION_NODES larger",
                               (unsigned)loading->wanted, (unsigned)CORM_CONDITION_NODES);
    if (loading->order_count > CORM__ORDER_TERMS)
        return corm__error_set(error, CORM_MISUSE,
                               "the orderings of .load have %u columns, at most %d together",
                               (unsigned)loading->order_count, CORM__ORDER_TERMS);
    for (size_t i = 0; i < loading->count; i++) {
        corm_relationship_ref ref = loading->relationships[i];
        const corm__relation *relation = corm__relation_of(mapper->registry, ref);
        if (relation == NULL)
            return corm__error_set(error, CORM_MISUSE,
                                   "corm_load of a query of %s: a relationship that no model of "
                                   "this schema has",
                                   mapper->model->name);
        if (relation->lazy == CORM_LAZY_WRITE_ONLY)
            return corm__error_set(error, CORM_MISUSE,
                                   "corm_load of a query of %s: %s.%s is declared "
                                   "CORM_LAZY_WRITE_ONLY and is never loaded: query it with "
                                   "corm_related_to",
                                   mapper->model->name, relation->source->model->name,
                                   relation->name);
        bool reached = corm__are_kin(mapper, relation->source);
        for (size_t k = 0; k < i && !reached; k++)
            reached = corm__are_kin(
                corm__relation_of(mapper->registry, loading->relationships[k])->target,
                relation->source);
        if (!reached)
            return corm__error_set(
                error, CORM_MISUSE,
                "corm_load of a query of %s: %s.%s belongs to another model: name a relationship "
                "that leads to %s before it",
                mapper->model->name, relation->source->model->name, relation->name,
                relation->source->model->name);
        if (loading->shown[i].filtered) {
            corm_status status = corm__shown_check(loading, i, relation, error);
            if (status != CORM_OK)
                return status;
        }
    }
    return CORM_OK;
}

/* Checks a query against the mapper of its model: CORM_MISUSE or, for an operand that cannot be
 * stored, CORM_DATA. */
static corm_status corm__query_check(const corm__mapper *mapper, const corm_query *query,
                                     corm_error *error)
{
    if (query->limit < 0 || query->offset < 0)
        return corm__error_set(error, CORM_MISUSE,
                               "the %s of a query of %s is %lld: it must not be below zero",
                               query->limit < 0 ? "limit" : "offset", mapper->model->name,
                               (long long)(query->limit < 0 ? query->limit : query->offset));
    corm_status status = corm__condition_check(mapper, &query->where, error);
    if (status == CORM_OK)
        status = corm__ordering_check(mapper, &query->order_by, error);
    if (status == CORM_OK)
        status = corm__loading_check(mapper, &query->load, error);
    return status;
}

#endif /* CORM__ROOM_QUERY_C */
