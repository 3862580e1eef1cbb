/* trips.c: round trips by the place in the program that asks for them.
 *
 * Owns: which call runs, the place that a macro has noted for it, the place from which an object was
 * loaded, the count of statements for each, and the advice where one place asks again and again.
 * Must not know: how anything is loaded, SQL text. */
#ifndef CORM__ROOM_TRIPS_C
#define CORM__ROOM_TRIPS_C

#include "seeing.h"
#include "link.c"

#if !defined(CORM_TRACE_CALLS)

#define CORM__ERRAND(session_, name_, model_) ((void)0)
#define CORM__ERRAND_RELATED(session_, object_, relation_) ((void)0)
#define CORM__ERRAND_OBJECT(session_, name_, object_) ((void)0)
#define CORM__ERRAND_COLUMN(session_, object_, column_) ((void)0)
#define CORM__ERRAND_KEEP(stream_) ((void)0)
#define CORM__ERRAND_GO_ON(stream_) ((void)0)
#define corm__trips_forget(session_) ((void)0)
#define corm__trips_free(session_) ((void)0)

CORM_API const void *corm_called_at(const void *argument, const char *file, int line)
{
    (void)file;
    (void)line;
    return argument;
}

CORM_API const char *corm_round_trips(corm_session *session)
{
    CORM__ENTER(session, NULL);
    (void)session;
    return "corm_round_trips: nothing was counted: define CORM_TRACE_CALLS in every file, that of "
           "CORM_IMPLEMENTATION too (-DCORM_TRACE_CALLS)\n";
}

CORM_API void corm_round_trips_clear(corm_session *session)
{
    CORM__ENTER(session, );
    (void)session;
}

#else

/* ---- Places ---------------------------------------------------------------------------------- */

/* Noted for the next call on this thread. */
static CORM__PER_THREAD corm__spot corm__noted;

CORM_API const void *corm_called_at(const void *argument, const char *file, int line)
{
    corm__noted.file = file;
    corm__noted.line = line;
    return argument;
}

static corm__spot corm__take_place(void)
{
    const corm__spot place = corm__noted;
    corm__noted.file = NULL;
    return place;
}

static bool corm__same_place(corm__spot a, corm__spot b)
{
    if (a.file == NULL || b.file == NULL)
        return a.file == b.file;
    /* __FILE__ of a header may be a text of its own in each file */
    return a.line == b.line && (a.file == b.file || strcmp(a.file, b.file) == 0);
}

static size_t corm__origin_slot(const corm__trips *t, const void *object)
{
    size_t i = (size_t)corm__hash_mix((uint64_t)(uintptr_t)object) & (t->origin_capacity - 1);
    while (t->origins[i].object != NULL && t->origins[i].object != object)
        i = (i + 1) & (t->origin_capacity - 1);
    return i;
}

static bool corm__origins_grow(corm__trips *t)
{
    corm__trips grown = *t;
    grown.origin_capacity = t->origin_capacity == 0 ? 256 : t->origin_capacity * 2;
    grown.origins = corm__allocate_zeroed(grown.origin_capacity, sizeof *grown.origins);
    if (grown.origins == NULL)
        return false;
    for (size_t i = 0; i < t->origin_capacity; i++)
        if (t->origins[i].object != NULL)
            grown.origins[corm__origin_slot(&grown, t->origins[i].object)] = t->origins[i];
    corm__free(t->origins);
    *t = grown;
    return true;
}

/* Objects that a relationship leads to come from where its owner does: there .load belongs. */
static void corm__trip_loaded(corm_session *session, const void *object)
{
    corm__trips *t = &session->trips;
    const corm__spot place = t->now.origin.file != NULL ? t->now.origin : t->now.at;
    if (place.file == NULL)
        return;
    if (t->origin_count * 2 >= t->origin_capacity && !corm__origins_grow(t)) {
        t->incomplete = true;
        return;
    }
    corm__origin *origin = &t->origins[corm__origin_slot(t, object)];
    t->origin_count += origin->object == NULL;
    *origin = (corm__origin){object, place};
}

static corm__spot corm__origin_of(const corm__trips *t, const void *object)
{
    const corm__spot none = {NULL, 0};
    if (t->origin_capacity == 0)
        return none;
    return t->origins[corm__origin_slot(t, object)].place;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

/* A call inside of another one (from a hook) has its own; the outer one goes on afterwards. */
typedef struct corm__on_errand {
    corm_session *session; /* NULL: nothing is noted */
    corm__errand outer;
} corm__on_errand;

static corm__on_errand corm__errand_begin(corm_session *session, corm__errand call)
{
    corm__on_errand calling = {session, {0}};
    call.at = corm__take_place();
    if (session == NULL)
        return calling;
    calling.outer = session->trips.now;
    session->trips.now = call;
    return calling;
}

static void corm__errand_end(corm__on_errand *calling)
{
    if (calling->session == NULL)
        return;
    corm__trips *t = &calling->session->trips;
    if (calling->outer.relation != NULL && calling->outer.relation == t->now.relation)
        calling->outer.trip = t->now.trip;
    t->now = calling->outer;
}

static corm__on_errand corm__errand_query(corm_session *session, const char *name,
                                          const corm_model *model)
{
    corm__errand call = {.name = name, .model = model};
    if (session != NULL && session->registry != NULL && model != NULL)
        call.mapper = corm__mapper_of(session->registry, model);
    return corm__errand_begin(session, call);
}

static corm__on_errand corm__errand_related(corm_session *session, const void *object,
                                            const corm__relation *relation)
{
    corm__errand call = {.relation = relation};
    corm__spot outer = {NULL, 0};
    if (session != NULL) {
        call.origin = corm__origin_of(&session->trips, object);
        if (session->trips.now.relation == relation) /* corm's own: count asks for the list */
            outer = session->trips.now.at;
    }
    corm__on_errand calling = corm__errand_begin(session, call);
    if (outer.file != NULL && session->trips.now.at.file == NULL)
        session->trips.now.at = outer;
    return calling;
}

static corm__on_errand corm__errand_object(corm_session *session, const char *name,
                                           const void *object, const corm__column *column)
{
    const corm__mapper *mapper = corm__mapper_at(object);
    corm__errand call = {.name = name, .model = mapper->model, .mapper = mapper, .column = column};
    if (session != NULL)
        call.origin = corm__origin_of(&session->trips, object);
    return corm__errand_begin(session, call);
}

/* The statement of a stream is over when the stream is. */
static corm__on_errand corm__errand_go_on(corm_session *session, const corm__errand *call)
{
    (void)corm__take_place();
    corm__on_errand calling = {session, session->trips.now};
    session->trips.now = *call;
    return calling;
}

/* Until the end of the function in which it stands the session's statements are of this call. */
#define CORM__ERRAND(session_, name_, model_)                                                      \
    __attribute__((cleanup(corm__errand_end))) CORM__UNUSED corm__on_errand corm__errand_here =    \
        corm__errand_query((session_), (name_), (model_))
#define CORM__ERRAND_RELATED(session_, object_, relation_)                                         \
    __attribute__((cleanup(corm__errand_end))) CORM__UNUSED corm__on_errand corm__errand_here =    \
        corm__errand_related((session_), (object_), (relation_))

#define CORM__ERRAND_OBJECT(session_, name_, object_)                                              \
    __attribute__((cleanup(corm__errand_end))) CORM__UNUSED corm__on_errand corm__errand_here =    \
        corm__errand_object((session_), (name_), (object_), NULL)
#define CORM__ERRAND_COLUMN(session_, object_, column_)                                            \
    __attribute__((cleanup(corm__errand_end))) CORM__UNUSED corm__on_errand corm__errand_here =    \
        corm__errand_object((session_), "corm_load_column", (object_), (column_))
#define CORM__ERRAND_KEEP(stream_) ((stream_)->call = (stream_)->session->trips.now)
#define CORM__ERRAND_GO_ON(stream_)                                                                \
    __attribute__((cleanup(corm__errand_end))) CORM__UNUSED corm__on_errand corm__errand_here =    \
        corm__errand_go_on((stream_)->session, &(stream_)->call)

/* ---- Counting -------------------------------------------------------------------------------- */

/* The trip of the running call; NULL: out of memory. */
static corm__trip *corm__trip_of(corm__trips *t)
{
    const corm__errand *now = &t->now;
    for (size_t i = 0; i < t->count; i++) {
        const corm__errand *call = &t->items[i].call;
        if (call->relation == now->relation && call->model == now->model &&
            call->column == now->column &&
            (call->name == now->name ||
             (call->name != NULL && now->name != NULL && strcmp(call->name, now->name) == 0)) &&
            corm__same_place(call->at, now->at) && corm__same_place(call->origin, now->origin))
            return &t->items[i];
    }
    corm__trip *items = corm__grow(t->items, t->count, &t->capacity, sizeof *items, 16);
    if (items == NULL)
        return NULL;
    t->items = items;
    t->items[t->count] = (corm__trip){.call = *now};
    return &t->items[t->count++];
}

static void corm__trip_count(corm_session *session, const corm_trace_event *event)
{
    corm__trips *t = &session->trips;
    if ((t->now.name == NULL && t->now.relation == NULL) || session->flushing ||
        corm__is_control(event->sql))
        return;
    corm__trip *trip = t->now.trip > 0 ? &t->items[t->now.trip - 1] : corm__trip_of(t);
    if (trip == NULL) {
        t->incomplete = true;
        return;
    }
    trip->calls += t->now.trip == 0;
    t->now.trip = (size_t)(trip - t->items) + 1;
    trip->statements++;
    trip->rows += event->rows;
}

/* ---- Telling --------------------------------------------------------------------------------- */

/* So many calls from one place that each asked the database are taken for a loop. */
enum { CORM__TRIPS_LOOP = 3 };

/* "User_.posts", or "Post_author_" of an end that BACKREF makes. */
static void corm__trip_handle(corm__buffer *out, const corm__relation *relation)
{
    const corm_model *model = relation->source->model;
    for (size_t i = 0; i < model->relationship_count; i++) {
        if (strcmp(model->relationships[i].name, relation->name) == 0) {
            corm__buffer_format(out, "%s_.%s", model->name, relation->name);
            return;
        }
    }
    corm__buffer_format(out, "%s_%s_", model->name, relation->name);
}

static void corm__trip_place(corm__buffer *out, const char *before, corm__spot place)
{
    if (place.file != NULL)
        corm__buffer_format(out, "%s%s:%d", before, place.file, place.line);
}

static void corm__trip_advise_relation(corm__buffer *out, const corm__trip *trip)
{
    const corm__relation *relation = trip->call.relation;
    const corm__spot origin = trip->call.origin;
    corm__buffer_format(out, "    N+1: %zu accesses asked one by one: ", trip->calls);
    if (relation->lazy == CORM_LAZY_WRITE_ONLY) {
        corm__buffer_text(out, "ask for all of them with one query\n");
        return;
    }
    corm__buffer_text(out, origin.file != NULL ? "in the query" : "in the query of its objects");
    corm__trip_place(out, " at ", origin);
    corm__buffer_text(out, " write .load = corm_load(");
    corm__trip_handle(out, relation);
    corm__buffer_char(out, ')');
    if (relation->lazy == CORM_LAZY_SELECT)
        corm__buffer_format(out, ", or declare %s.%s .lazy = CORM_LAZY_BATCH",
                            relation->source->model->name, relation->name);
    else if (relation->lazy == CORM_LAZY_BATCH)
        corm__buffer_text(out, "; objects of one query share a statement, but these came one at a "
                               "time or were changed in between");
    corm__buffer_char(out, '\n');
}

static void corm__trip_advise_column(corm__buffer *out, const corm__trip *trip)
{
    corm__buffer_format(out, "    N+1: %zu calls asked one by one: in the query", trip->calls);
    corm__buffer_text(out, trip->call.origin.file != NULL ? "" : " of its objects");
    corm__trip_place(out, " at ", trip->call.origin);
    corm__buffer_format(out, " write .load = corm_load_columns(%s_.%s)\n",
                        trip->call.column->owner->model->name, trip->call.column->info->name);
}

/* What reads one row by its key finds it in the session where a query has brought it before. */
static void corm__trip_advise_query(corm__buffer *out, const corm__trip *trip)
{
    const corm__mapper *mapper = trip->call.mapper;
    const char *name = trip->call.name;
    const bool by_key = strcmp(name, "corm_get") == 0 || strcmp(name, "corm_current") == 0 ||
                        strcmp(name, "corm_merge") == 0;
    const bool anew = strcmp(name, "corm_refresh") == 0;
    corm__buffer_format(out, "    N+1: %zu calls asked one by one: ", trip->calls);
    if (mapper == NULL || mapper->pk_count != 1 || (!by_key && !anew)) {
        corm__buffer_text(out, "ask once for all of them, with corm_in(column, items, count), or "
                               "follow a relationship that .load brings along\n");
        return;
    }
    corm__buffer_format(
        out, "ask once, with corm_all(session, %s, .where = corm_in(%s_.%s, items, count))",
        mapper->model->name, mapper->model->name, mapper->columns[mapper->pk[0]].info->name);
    if (anew)
        corm__buffer_text(out, ", after corm_expire of each\n");
    else
        corm__buffer_format(out, "; %s then finds them in the session\n", name);
}

static void corm__trip_tell(corm__buffer *out, const corm__trip *trip)
{
    const corm__errand *call = &trip->call;
    corm__buffer_format(out, "%zu statement%s, %lld row%s: ", trip->statements,
                        trip->statements == 1 ? "" : "s", (long long)trip->rows,
                        trip->rows == 1 ? "" : "s");
    if (call->relation != NULL) {
        corm__buffer_format(out, "%s.%s", call->relation->source->model->name,
                            call->relation->name);
        corm__trip_place(out, " at ", call->at);
    } else {
        corm__buffer_text(out, call->name);
        if (call->column != NULL)
            corm__buffer_format(out, "(%s_.%s)", call->column->owner->model->name,
                                call->column->info->name);
        else if (call->model != NULL)
            corm__buffer_format(out, "(%s)", call->model->name);
        corm__trip_place(out, " at ", call->at);
    }
    corm__trip_place(out, ", of objects from ", call->origin);
    corm__buffer_char(out, '\n');
    if (trip->calls < CORM__TRIPS_LOOP)
        return;
    if (call->relation != NULL)
        corm__trip_advise_relation(out, trip);
    else if (call->column != NULL)
        corm__trip_advise_column(out, trip);
    else
        corm__trip_advise_query(out, trip);
}

/* The most statements first; those of equal number stay in the order of their first coming. */
static void corm__trips_sort(corm__trip **order, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        corm__trip *moved = order[i];
        size_t k = i;
        for (; k > 0 && order[k - 1]->statements < moved->statements; k--)
            order[k] = order[k - 1];
        order[k] = moved;
    }
}

CORM_API const char *corm_round_trips(corm_session *session)
{
    CORM__ENTER(session, NULL);
    corm__buffer out = {0};
    if (session == NULL) {
        (void)corm__fail(NULL, CORM_NULL_ARGUMENT, "%s", corm__no_session);
        return NULL;
    }
    const corm__trips *t = &session->trips;
    corm__trip **order = corm__allocate((t->count + 1) * sizeof *order);
    if (order == NULL) {
        (void)corm__no_memory(session);
        return NULL;
    }
    size_t statements = 0;
    for (size_t i = 0; i < t->count; i++) {
        order[i] = &t->items[i];
        statements += t->items[i].statements;
    }
    corm__trips_sort(order, t->count);
    corm__buffer_format(&out, "%zu statement%s from %zu place%s%s\n", statements,
                        statements == 1 ? "" : "s", t->count, t->count == 1 ? "" : "s",
                        t->incomplete ? " and others: memory was out" : "");
    for (size_t i = 0; i < t->count; i++)
        corm__trip_tell(&out, order[i]);
    corm__free(order);
    char *text = out.failed ? NULL : corm__heap_text(&session->heap, out.data, out.size);
    if (text != NULL)
        corm__retire(session, text, out.size + 1);
    corm__buffer_free(&out);
    corm__status = text != NULL ? CORM_OK : corm__no_memory(session);
    return text;
}

CORM_API void corm_round_trips_clear(corm_session *session)
{
    CORM__ENTER(session, );
    if (session == NULL)
        return;
    session->trips.count = 0;
    session->trips.now.trip = 0;
    session->trips.incomplete = false;
}

/* The session's objects are gone. */
static void corm__trips_forget(corm_session *session)
{
    corm__trips *t = &session->trips;
    if (t->origin_capacity > 0)
        memset(t->origins, 0, t->origin_capacity * sizeof *t->origins);
    t->origin_count = 0;
}

static void corm__trips_free(corm_session *session)
{
    corm__free(session->trips.items);
    corm__free(session->trips.origins);
}

#endif

#endif /* CORM__ROOM_TRIPS_C */
