/* repeats.c: expressions that stand several times in one query.
 *
 * Owns: giving the values of an expression the same placeholders wherever it is repeated. A database takes x + ?1
 * and x + ?2 for two expressions, which it does not know to be equal: then it does not see that a selected value is
 * what the rows are grouped by, and the stricter ones refuse the query. So a grouped value, and a selected one where
 * only those count (DISTINCT, queries put together), is written alike in SELECT, GROUP BY, HAVING and ORDER BY.
 * Must not know: what expressions mean, tables, objects, sessions. */
#ifndef CORM__ROOM_REPEATS_C
#define CORM__ROOM_REPEATS_C

#include "senses.c"

enum { CORM__REPEATS_MAX = 16 };

/* An expression with values, as it was written. */
typedef struct corm__repeat {
    const corm__node *node;
    size_t text, size;   /* where it stands in the buffer */
    size_t value, count; /* its values */
    unsigned last;       /* placeholders before it */
} corm__repeat;

struct corm__repeats {
    corm__nodes groups, fields;
    const corm_model *row; /* whose members the fields are; NULL: they are none's */
    bool results;          /* all fields count, and not only those that are grouped by */
    size_t count;
    corm__repeat seen[CORM__REPEATS_MAX];
};

/* Where a text was when something was added to it, to take that back. */
typedef struct corm__so_far {
    size_t size, count;
    unsigned last, numbered;
} corm__so_far;

static corm__so_far corm__so_far_of(const corm__writer *w)
{
    const corm__so_far mark = {w->b->size, w->count, w->last, w->numbered};
    return mark;
}

static void corm__back_to(corm__writer *w, const corm__so_far *mark)
{
    w->b->size = mark->size;
    w->count = mark->count;
    w->last = mark->last;
    w->numbered = mark->numbered;
}

/* Whether they can be the same; their texts and values tell. */
static bool corm__is_like(const corm__node *a, const corm__node *b)
{
    return a->operator_ == b->operator_ && a->column == b->column && a->size == b->size;
}

/* Whether one of the groups is the member that the field is for. */
static bool corm__is_grouped(const corm__repeats *repeats, const corm__node *field)
{
    const corm__node *end = corm__nodes_end(repeats->groups);
    for (const corm__node *group = repeats->groups.at; group < end; group = corm__after(group))
        if (group->operator_ == CORM__COLUMN && group->as.of.model == repeats->row &&
            group->column == field->column)
            return true;
    return false;
}

/* Whether the expression is one of those that count. */
static bool corm__is_repeated(const corm__repeats *repeats, const corm__node *node)
{
    const bool named = repeats->row != NULL;
    const corm__node *end = corm__nodes_end(repeats->groups);
    for (const corm__node *group = repeats->groups.at; group < end; group = corm__after(group))
        if (corm__is_like(group, node))
            return true;
    end = corm__nodes_end(repeats->fields);
    for (const corm__node *field = repeats->fields.at; field < end; field = corm__after(field))
        if (corm__is_like(named ? field + 1 : field, node) &&
            (repeats->results || (named && corm__is_grouped(repeats, field))))
            return true;
    return false;
}

/* Whether what was written behind the mark is what stands there already. */
static bool corm__is_there_already(const corm__writer *w, const corm__repeat *seen,
                                   const corm__so_far *mark)
{
    bool same = !w->b->failed && w->b->size - mark->size == seen->size &&
                w->count - mark->count == seen->count &&
                memcmp(w->b->data + mark->size, w->b->data + seen->text, seen->size) == 0;
    for (size_t i = 0; same && i < seen->count; i++)
        same = corm__value_equal(&w->values[mark->count + i], &w->values[seen->value + i]);
    return same;
}

/* Writes an expression with the placeholders that it has had before in this query. */
static void corm__write_repeated(corm__writer *w, const corm__scope *scope, const corm__node *node,
                                 corm__sense sense, corm__repeats *repeats)
{
    const corm__so_far mark = corm__so_far_of(w);
    for (size_t i = 0; i < repeats->count; i++) {
        const corm__repeat *seen = &repeats->seen[i];
        if (!corm__is_like(seen->node, node))
            continue;
        w->last = seen->last;
        corm__write_node(w, scope, node, sense);
        if (corm__is_there_already(w, seen, &mark)) {
            w->count = mark.count;
            w->last = mark.last;
            return;
        }
        corm__back_to(w, &mark);
    }
    corm__write_node(w, scope, node, sense);
    if (w->count == mark.count || repeats->count == CORM__REPEATS_MAX)
        return;
    repeats->seen[repeats->count++] = (corm__repeat){.node = node,
                                                     .text = mark.size,
                                                     .size = w->b->size - mark.size,
                                                     .value = mark.count,
                                                     .count = w->count - mark.count,
                                                     .last = mark.last};
}

/* false: the expression is written as if it were the only one. */
static bool corm__write_as_repeat(corm__writer *w, const corm__scope *scope, const corm__node *node,
                                  corm__sense sense)
{
    corm__repeats *repeats = w->repeats;
    if (repeats == NULL || corm__is_leaf(node) || !corm__is_repeated(repeats, node) ||
        strchr(w->d->placeholder, '%') == NULL)
        return false;
    w->repeats = NULL; /* nor what is inside of it */
    corm__write_repeated(w, scope, node, sense, repeats);
    w->repeats = repeats;
    return true;
}

#endif /* CORM__ROOM_REPEATS_C */
