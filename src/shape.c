/* shape.c: whether the parts of a query stand where they can.
 *
 * Owns: which nodes belong to which, and how many; telling what is wrong with a tree that corm's macros
 * do not make: an empty condition in place of a value, a struct that was not set up. So the rooms
 * below walk over trees without looking for their ends.
 * Must not know: what the nodes mean, models, SQL text, sessions. */
#ifndef CORM__ROOM_SHAPE_C
#define CORM__ROOM_SHAPE_C

#include "scope.c"

/* What a node may stand for. */
enum {
    CORM__IS_EXPRESSION = 1 << 0, /* conditions too */
    CORM__IS_VALUE = 1 << 1,
    CORM__IS_LIST = 1 << 2,
    CORM__IS_QUERY = 1 << 3,
    CORM__IS_CLAUSE = 1 << 4, /* of a subquery */
    CORM__IS_WINDOW = 1 << 5, /* a clause of OVER */
    CORM__IS_FIELD = 1 << 6,
    CORM__IS_JOIN = 1 << 7,
    CORM__IS_TERM = 1 << 8, /* of an order */
    CORM__IS_FUNCTION = 1 << 9
};

enum {
    CORM__ANY_NUMBER = 255,
    /* Each level takes a piece of the stack; no database takes expressions that are much deeper. */
    CORM__DEPTH_MAX = 200
};

typedef struct corm__shape {
    uint16_t is, first, rest; /* the node, its first part, the others */
    uint8_t least, most;      /* parts */
} corm__shape;

#define CORM__SHAPE_OF(parts_)                                                                     \
    {                                                                                              \
        CORM__IS_EXPRESSION, CORM__IS_EXPRESSION, CORM__IS_EXPRESSION, parts_, parts_              \
    }
#define CORM__SHAPE_UP_TO(least_, most_)                                                           \
    {                                                                                              \
        CORM__IS_EXPRESSION, CORM__IS_EXPRESSION, CORM__IS_EXPRESSION, least_, most_               \
    }
#define CORM__SHAPE_JOIN                                                                           \
    {                                                                                              \
        CORM__IS_JOIN, CORM__IS_EXPRESSION, 0, 0, 1                                                \
    }
#define CORM__SHAPE_CLAUSE(of_)                                                                    \
    {                                                                                              \
        CORM__IS_CLAUSE, of_, of_, 0, CORM__ANY_NUMBER                                             \
    }

static const corm__shape corm__shapes[] = {
    [CORM__NOTHING] = {0, 0, 0, 0, 0},
    [CORM__COLUMN] = CORM__SHAPE_OF(0),
    [CORM__VALUE] = {CORM__IS_EXPRESSION | CORM__IS_VALUE, 0, 0, 0, 0},
    [CORM__VARIABLE] = CORM__SHAPE_OF(0),
    [CORM__LIST] = {CORM__IS_LIST, 0, 0, 0, 0},
    [CORM__MEMBER] = CORM__SHAPE_OF(0),
    [CORM__RELATED] = CORM__SHAPE_OF(0),
    [CORM__LIMIT] = {CORM__IS_CLAUSE, 0, 0, 0, 0},
    [CORM__OFFSET] = {CORM__IS_CLAUSE, 0, 0, 0, 0},
    [CORM__DISTINCT] = {CORM__IS_CLAUSE, 0, 0, 0, 0},
    [CORM__EQ] = CORM__SHAPE_OF(2),
    [CORM__NE] = CORM__SHAPE_OF(2),
    [CORM__LT] = CORM__SHAPE_OF(2),
    [CORM__LE] = CORM__SHAPE_OF(2),
    [CORM__GT] = CORM__SHAPE_OF(2),
    [CORM__GE] = CORM__SHAPE_OF(2),
    [CORM__LIKE] = CORM__SHAPE_UP_TO(2, 3),
    [CORM__GLOB] = CORM__SHAPE_OF(2),
    [CORM__HOLDS] = CORM__SHAPE_OF(2),
    [CORM__SAME] = CORM__SHAPE_OF(2),
    [CORM__DIFFER] = CORM__SHAPE_OF(2),
    [CORM__BETWEEN] = CORM__SHAPE_OF(3),
    [CORM__IN] = {CORM__IS_EXPRESSION, CORM__IS_EXPRESSION, CORM__IS_LIST | CORM__IS_QUERY, 2, 2},
    [CORM__IS_NULL] = CORM__SHAPE_OF(1),
    [CORM__IS_NOT_NULL] = CORM__SHAPE_OF(1),
    [CORM__EXISTS] = {CORM__IS_EXPRESSION, CORM__IS_QUERY, 0, 1, 1},
    [CORM__ANY] = CORM__SHAPE_UP_TO(0, 1),
    [CORM__AND] = CORM__SHAPE_UP_TO(1, CORM__ANY_NUMBER),
    [CORM__OR] = CORM__SHAPE_UP_TO(1, CORM__ANY_NUMBER),
    [CORM__NOT] = CORM__SHAPE_OF(1),
    [CORM__PLUS] = CORM__SHAPE_OF(2),
    [CORM__MINUS] = CORM__SHAPE_OF(2),
    [CORM__TIMES] = CORM__SHAPE_OF(2),
    [CORM__DIVIDED] = CORM__SHAPE_OF(2),
    [CORM__MODULO] = CORM__SHAPE_OF(2),
    [CORM__NEGATIVE] = CORM__SHAPE_OF(1),
    [CORM__FUNCTION] = {CORM__IS_EXPRESSION | CORM__IS_FUNCTION, CORM__IS_EXPRESSION,
                        CORM__IS_EXPRESSION, 0, 3}, /* see corm__arguments_of */
    [CORM__CALL] = {CORM__IS_EXPRESSION | CORM__IS_FUNCTION, CORM__IS_EXPRESSION,
                    CORM__IS_EXPRESSION, 0, CORM__ANY_NUMBER},
    [CORM__CASE] = CORM__SHAPE_OF(3),
    [CORM__CAST] = CORM__SHAPE_OF(1),
    [CORM__OVER] = {CORM__IS_EXPRESSION, CORM__IS_FUNCTION, CORM__IS_WINDOW, 1, 4},
    [CORM__QUERY] = {CORM__IS_EXPRESSION | CORM__IS_QUERY, CORM__IS_CLAUSE, CORM__IS_CLAUSE, 0,
                     CORM__ANY_NUMBER},
    [CORM__FIELDS] = {CORM__IS_CLAUSE, CORM__IS_EXPRESSION, 0, 1, 1},
    [CORM__JOINS] = CORM__SHAPE_CLAUSE(CORM__IS_JOIN),
    [CORM__WHERE] = CORM__SHAPE_CLAUSE(CORM__IS_EXPRESSION),
    [CORM__GROUP] = {CORM__IS_CLAUSE | CORM__IS_WINDOW, CORM__IS_EXPRESSION, CORM__IS_EXPRESSION, 0,
                     CORM__ANY_NUMBER},
    [CORM__HAVING] = CORM__SHAPE_CLAUSE(CORM__IS_EXPRESSION),
    [CORM__ORDER] = {CORM__IS_CLAUSE | CORM__IS_WINDOW, CORM__IS_TERM, CORM__IS_TERM, 0,
                     CORM__ANY_NUMBER},
    [CORM__FIELD] = {CORM__IS_FIELD, CORM__IS_EXPRESSION, 0, 1, 1},
    [CORM__JOIN_RELATED] = CORM__SHAPE_JOIN,
    [CORM__JOIN_LEFT_RELATED] = CORM__SHAPE_JOIN,
    [CORM__JOIN_MODEL] = CORM__SHAPE_JOIN,
    [CORM__JOIN_LEFT_MODEL] = CORM__SHAPE_JOIN,
    [CORM__ASCENDING] = {CORM__IS_TERM, CORM__IS_EXPRESSION, 0, 1, 1},
    [CORM__DESCENDING] = {CORM__IS_TERM, CORM__IS_EXPRESSION, 0, 1, 1},
    [CORM__FRAME] = {CORM__IS_WINDOW, CORM__IS_VALUE, CORM__IS_VALUE, 2, 2},
};

typedef enum corm__fault {
    CORM__FAULTLESS,
    CORM__FAULT_DAMAGED,
    CORM__FAULT_EMPTY,       /* a part is missing */
    CORM__FAULT_NO_QUERY,    /* behind IN */
    CORM__FAULT_NO_FUNCTION, /* before OVER */
    CORM__FAULT_DEPTH
} corm__fault;

/* How many arguments the texts of a function name: the largest number behind a $. */
static unsigned corm__arguments_of(const char *text)
{
    unsigned most = 0;
    for (; text != NULL && *text != '\0'; text++)
        if (*text == '$' && text[1] >= '1' && text[1] <= '9' && (unsigned)(text[1] - '0') > most)
            most = (unsigned)(text[1] - '0');
    return most;
}

static const char *const corm__standard_functions[] = {
#define CORM__FUNCTION_TEXT(name_, standard_) standard_,
    CORM_FUNCTION_LIST(CORM__FUNCTION_TEXT)
#undef CORM__FUNCTION_TEXT
};

/* Words of the node itself that the text is made by. */
static corm__fault corm__fault_of_words(const corm__writer *w, const corm__node *node, size_t parts)
{
    const unsigned function = node->column;
    if (node->operator_ == CORM__CAST && node->kind != CORM_KIND_INTEGER &&
        node->kind != CORM_KIND_REAL && node->kind != CORM_KIND_TEXT)
        return CORM__FAULT_DAMAGED;
    if (node->operator_ != CORM__FUNCTION)
        return CORM__FAULTLESS;
    if (function >= CORM_FUNCTION_COUNT_OF_ALL)
        return CORM__FAULT_DAMAGED;
    const char *own = w->d->functions[function];
    return parts < corm__arguments_of(own != NULL ? own : corm__standard_functions[function])
               ? CORM__FAULT_EMPTY
               : CORM__FAULTLESS;
}

/* The node and all that belongs to it, which ends before `end`. */
static corm__fault corm__fault_of(const corm__writer *w, const corm__node *node,
                                  const corm__node *end, unsigned is, unsigned depth)
{
    if (depth > CORM__DEPTH_MAX)
        return CORM__FAULT_DEPTH;
    if (node->operator_ > CORM__FRAME || (corm__shapes[node->operator_].is & is) == 0)
        return (is & CORM__IS_LIST) != 0       ? CORM__FAULT_NO_QUERY
               : (is & CORM__IS_FUNCTION) != 0 ? CORM__FAULT_NO_FUNCTION
                                               : CORM__FAULT_DAMAGED;
    const corm__shape *shape = &corm__shapes[node->operator_];
    if (corm__below(node) > (size_t)(end - node - 1))
        return CORM__FAULT_DAMAGED;
    const corm__node *last = corm__after(node);
    size_t parts = 0;
    corm__fault fault = CORM__FAULTLESS;
    for (const corm__node *part = node + 1; part < last && fault == CORM__FAULTLESS; parts++) {
        fault = corm__fault_of(w, part, last, parts == 0 ? shape->first : shape->rest, depth + 1);
        part = fault == CORM__FAULTLESS ? corm__after(part) : last;
    }
    if (fault != CORM__FAULTLESS)
        return fault;
    if (parts < shape->least)
        return CORM__FAULT_EMPTY;
    if (parts > shape->most && shape->most != CORM__ANY_NUMBER)
        return CORM__FAULT_DAMAGED;
    return corm__fault_of_words(w, node, parts);
}

static const char *const corm__fault_texts[] = {
    [CORM__FAULT_DAMAGED] = "is damaged: it was not made by corm's macros",
    [CORM__FAULT_EMPTY] = "has an empty condition where a value is wanted",
    [CORM__FAULT_NO_QUERY] = "has corm_in_query without a query: it takes a corm_subquery",
    [CORM__FAULT_NO_FUNCTION] =
        "has corm_over without a function: it takes corm_rank, corm_sum ...",
    [CORM__FAULT_DEPTH] = "has parts inside parts more than 200 deep",
};

/* Whether all nodes of a clause stand where they can; else it is refused. `is`: what they are. */
static bool corm__is_in_shape(corm__writer *w, const char *what, corm__nodes nodes, unsigned is)
{
    const corm__node *end = corm__nodes_end(nodes);
    corm__fault fault = CORM__FAULTLESS;
    for (const corm__node *node = nodes.at; node < end && fault == CORM__FAULTLESS;) {
        fault = corm__fault_of(w, node, end, is, 0);
        node = fault == CORM__FAULTLESS ? corm__after(node) : end;
    }
    if (fault != CORM__FAULTLESS)
        CORM__REFUSE(w, CORM_MISUSE, "%s of a query of %s %s", what, w->of,
                     corm__fault_texts[fault]);
    return fault == CORM__FAULTLESS;
}

/* Whether a clause can be looked at: it has no more parts than it has room for, and none was left out. */
static bool corm__is_whole(corm__writer *w, const char *what, uint16_t count, uint16_t wanted,
                           size_t room)
{
    if (count > room)
        CORM__REFUSE(w, CORM_MISUSE, "%s of a query of %s %s", what, w->of,
                     corm__fault_texts[CORM__FAULT_DAMAGED]);
    else if (wanted > count)
        CORM__REFUSE(w, CORM_MISUSE,
                     "%s has %u parts, at most %zu: define CORM_CONDITION_NODES larger", what,
                     (unsigned)wanted, room);
    return count <= room && wanted <= count;
}

/* The nodes of a clause; none, with an error, where it is not as it should be. */
static corm__nodes corm__sound(corm__writer *w, const char *what, const corm__node *nodes,
                               uint16_t count, uint16_t wanted, size_t room, unsigned is)
{
    const corm__nodes all = {nodes, count}, none = {nodes, 0};
    return corm__is_whole(w, what, count, wanted, room) && corm__is_in_shape(w, what, all, is)
               ? all
               : none;
}

#define CORM__SOUND(w_, what_, clause_, is_)                                                       \
    corm__sound((w_), (what_), (clause_).nodes, (clause_).count, (clause_).wanted,                 \
                sizeof(clause_).nodes / sizeof(corm__node), (is_))

#endif /* CORM__ROOM_SHAPE_C */
