/* A program in C++17 or C++20 that uses corm; tests/check/cplusplus builds and runs it. */
#include "models.h"

#include <cstdio>
#include <cstring>
#include <string>

CORM_ALIAS(other, Book, BOOK)
CORM_ALIAS(subject, Topic, TOPIC, books)

struct Spine {
    char title[16];
    int number;
    float weight;
    bool unnamed;
};

/* clang-format off */
#define SHELF(COLUMN)                                                                              \
    COLUMN(TEXT,              author)                                                              \
    COLUMN(INTEGER,           books)                                                               \
    COLUMN(OPTIONAL(REAL),    weight)                                                              \
    COLUMN(DECIMAL(8, 2),     price)                                                               \
    COLUMN(ENUM(Genre),       genre)
#define SPINE(COLUMN)                                                                              \
    COLUMN(CHARS(16),         title)                                                               \
    COLUMN(INTEGER_AS(int),   number)                                                              \
    COLUMN(REAL_AS(float),    weight)
#define NAMED(COLUMN) COLUMN(TEXT, name)
/* clang-format on */
CORM_ROW(Shelf, SHELF)
CORM_ROW(EXISTING(Spine), SPINE)
CORM_ROW(Named, NAMED)

/* Conditions may stand outside of functions. */
static const corm_condition light = corm_lt(corm_times(Book_.weight, 2), 2);

static int wrong;

static void check(bool good, int line, const char *text, corm_session *session)
{
    if (good)
        return;
    wrong++;
    std::printf("line %d: %s: %s\n", line, text, corm_error_message(session));
}
#define CHECK(condition_) check((condition_), __LINE__, #condition_, session)

static Author *add_jane(corm_session *session)
{
    const std::string name = "Jane"; /* corm_new copies */
    Author *jane = corm_new(session, Author, .name = name.c_str(), .born = corm_some(1775));
    CHECK(jane != nullptr && jane->born.value == 1775 && !jane->living);
    Book *emma = corm_new(session, Book, .id = corm_uuid_new(), .title = "Emma", .weight = 0.5,
                          .price = corm_decimal_of("12.50"), .genre = NOVEL);
    Book *essay = corm_new(session, Book, .id = corm_uuid_new(), .title = "On Reading", .weight = 1,
                           .price = corm_decimal_of("3"), .genre = ESSAY, .note = "short");
    CHECK(Author_books_append(jane, emma) == CORM_OK);
    CHECK(Book_author_set(essay, jane) == CORM_OK);
    CHECK(Book_topics_append(emma, corm_new(session, Topic, .name = "love")) == CORM_OK);
    CHECK(corm_add(session, jane) == CORM_OK && corm_commit(session) == CORM_OK);
    return jane;
}

static size_t count(corm_session *session, const corm_model *model, const corm_condition &where)
{
    corm_query query = {};
    query.model = model;
    query.where = where;
    return corm_query_all(session, &query).count;
}

static void conditions(corm_session *session, const Book *emma)
{
    const int64_t ids[] = {1, 5};
    const char *titles[] = {"Emma", "Ulysses"};
    const int genres[] = {NOVEL, POEM};
    auto books = [&](const corm_condition &where) {
        return count(session, Book_topics_.model, where);
    };
    CHECK(books(corm_eq(Book_.title, "Emma")) == 1);
    CHECK(books(corm_eq(Book_.id, emma->id)) == 1);
    CHECK(books(corm_lt(Book_.weight, 1)) == 1);
    CHECK(books(corm_ge(Book_.price, corm_decimal_of("3.00"))) == 2);
    CHECK(books(corm_eq(Book_.genre, ESSAY)) == 1);
    CHECK(books(corm_like(Book_.title, "On%")) == 1);
    CHECK(books(corm_in(Book_.author_id, ids, 2)) == 2);
    CHECK(books(corm_in(Book_.title, titles, 2)) == 1);
    CHECK(books(corm_in(Book_.genre, genres, 2)) == 1);
    CHECK(books(corm_between(Book_.author_id, 0, 1)) == 2);
    CHECK(books(corm_is_null(Book_.note)) == 1);
    CHECK(books(corm_and(corm_ne(Book_.title, "Emma"), corm_is_not_null(Book_.note))) == 1);
    CHECK(books(corm_or(corm_eq(Book_.title, "Emma"), corm_eq(Book_.genre, ESSAY))) == 2);
    CHECK(books(corm_not(corm_eq(Book_.title, "Emma"))) == 1);
}

static void expressions(corm_session *session)
{
    double weight = 0.5;
    const char *title = "emma";
    bool living = false;
    auto books = [&](const corm_condition &where) {
        return count(session, Book_topics_.model, where);
    };
    CHECK(books(light) == 1);
    CHECK(books(corm_eq(corm_lower(Book_.title), title)) == 1);
    CHECK(books(corm_le(Book_.weight, corm_var(&weight))) == 1);
    CHECK(books(corm_eq(corm_lower(Book_.title), corm_var(&title))) == 1);
    CHECK(books(corm_gt(corm_plus(Book_.author_id, 1.5), 2.25)) == 2);
    CHECK(books(corm_eq(corm_plus(Book_.price, Book_.price), corm_decimal_of("25"))) == 1);
    CHECK(books(corm_starts_with(Book_.title, "On")) == 1);
    CHECK(books(corm_like_escaped(Book_.title, "E%", "!")) == 1);
    CHECK(books(corm_eq(corm_substring(Book_.title, 1, 2), "Em")) == 1);
    CHECK(books(corm_gt(corm_length(corm_concat(Book_.title, "!")), 5)) == 1);
    CHECK(books(corm_same(Book_.note, static_cast<const char *>(nullptr))) == 1);
    CHECK(books(corm_eq(Book_.weight, corm_some(0.5))) == 1);
    CHECK(books(corm_same(Book_.price, corm_none(DECIMAL))) == 0);
    CHECK(books(corm_eq(corm_coalesce(Book_.note, Book_.title), "short")) == 1);
    CHECK(books(corm_eq(corm_case(corm_eq(Book_.genre, NOVEL), "long",
                                  corm_case(corm_gt(Book_.weight, 0), "short", "none")),
                        "short")) == 1);
    CHECK(books(corm_eq(corm_cast(TEXT, Book_.author_id), "1")) == 2);
    CHECK(books(corm_eq(corm_round(corm_call(REAL, "abs", corm_negative(Book_.weight)), 0), 1)) >=
          1);
    CHECK(books(corm_has(Book_.author, corm_eq(Author_.name, "Jane"))) == 2);
    CHECK(books(corm_any(Book_.topics)) == 1);
    CHECK(books(corm_related_to(Author_.books, corm_get(session, Author, 1))) == 2);
    CHECK(count(session, Author_books_.model, corm_eq(Author_.living, corm_var(&living))) == 1);
    corm_query query = {};
    query.model = Book_topics_.model;
    query.join = corm_joins(corm_inner_join(Book_.author), corm_left_join(Book_.topics));
    query.where = corm_and(corm_eq(Author_.name, "Jane"), corm_eq(Topic_.name, "love"));
    query.order_by =
        corm_order(corm_desc(corm_length(Book_.title)), corm_nulls_last(corm_asc(Book_.note)));
    CHECK(corm_count_of(session, &query) == 1);
    Book *found = corm_first_of(session, Book, &query);
    CHECK(found != nullptr && std::strcmp(found->title, "Emma") == 0);
    query.join = corm_join_on(
        other, corm_and(corm_eq(other_.author_id, Book_.author_id), corm_ne(other_.id, Book_.id)));
    query.where = corm_condition{};
    CHECK(corm_all_of(session, Book, &query).count == 2);
    query.join = corm_inner_join_as(subject, Book_.topics);
    query.where = corm_any(subject_books_, corm_eq(Book_.title, "Emma"));
    CHECK(corm_count_of(session, &query) == 1);
    const int64_t number = 2;
    CHECK(corm_optional_integer(corm_scalar(session, Author, Author_.born)).value == 1775);
    CHECK(corm_optional_real(corm_scalar(session, Book, corm_average(Book_.weight))).value == 0.75);
    CHECK(corm_scalar(session, Book, corm_plus(corm_count_rows(), number)).value == 4);
    CHECK(std::strcmp(corm_scalar(session, Book, corm_maximum(Book_.title)), "On Reading") == 0);
    CHECK(corm_decimal_compare(corm_scalar(session, Book, corm_sum(Book_.price)).value,
                               corm_decimal_of("15.50")) == 0);
    corm_enum_values genres = corm_values(session, Book, Book_.genre);
    CHECK(genres.count == 2);
    corm_integer_values ranks =
        corm_values(session, Book, corm_over(corm_rank(), corm_no_group, corm_desc(Book_.weight)));
    CHECK(ranks.count == 2 && ranks.items[0].value == 1);
    CHECK(books(corm_in_query(Book_.author_id, corm_subquery(Author, Author_.id))) == 2);
    CHECK(books(corm_lt(Book_.weight, corm_subquery(Book, corm_average(Book_.weight)))) == 1);
    CHECK(books(corm_exists(Topic)) == 2);
}

static void queries(corm_session *session)
{
    Book_list books = corm_all(session, Book, .where = corm_gt(Book_.weight, 0.1),
                               .order_by = corm_order(corm_desc(Book_.genre), corm_asc(Book_.id)),
                               .load = corm_load(Book_.author, Book_.topics), .limit = 5);
    CHECK(books.count == 2 && std::strcmp(books.items[0]->title, "Emma") == 0);
    CHECK(corm_all(session, Author).count == 1);
    CHECK(corm_count(session, Book) == 2);
    CHECK(corm_one(session, Author, .where = corm_eq(Author_.name, "Jane")) != nullptr);
    CHECK(corm_first(session, Book, .order_by = corm_asc(Book_.title)) == books.items[0]);
    CHECK(corm_all(session, Author,
                   .load =
                       corm_load_where(Author_.books, .order_by = corm_desc(Book_.id), .limit = 1),
                   .read_only = true)
              .count == corm_all(session, Author).count);
    CHECK(corm_all(session, Author,
                   .load = corm_load_where(Author_.books, .order_by = corm_desc(Book_.id),
                                           .limit = 1, .later = true))
              .count == 1);
    CHECK(corm_related_count(corm_first(session, Author), Author_.books) == 1);
    CHECK(corm_all(session, Author, .load = corm_loads(corm_load_joined(Author_.books))).count ==
          1);
    CHECK(std::strstr(corm_query_sql(session, Book, .where = corm_gt(Book_.weight, 0.25)),
                      "\"weight\" > 0.25\n") != nullptr);
    CHECK(std::strstr(corm_explain(session, Book, .order_by = corm_asc(Book_.title)),
                      "an index on (\"title\") would serve the order") != nullptr);
    CHECK(corm_count(session, Book,
                     .where = corm_exists(Topic, .where = corm_eq(Topic_.name, "love"))) == 2);
    int64_t least = 1000;
    corm_query kept = corm_query_of(Author, .where = corm_ge(Author_.born, corm_var(&least)));
    CHECK(corm_all_of(session, Author, &kept).count == 1);
    least = 1900;
    CHECK(corm_all_of(session, Author, &kept).count == 0);
    corm_stream *stream = corm_stream_open(session, Book, .order_by = corm_asc(Book_.title));
    size_t seen = 0;
    while (auto *book = static_cast<const Book *>(corm_stream_next(stream)))
        seen += std::strlen(book->title) > 0;
    CHECK(seen == 2 && corm_stream_close(stream) == CORM_OK);
}

static void rows(corm_session *session)
{
    Shelf_list shelves =
        corm_select(session, Shelf,
                    .fields = corm_fields(corm_field(Shelf_.author, Author_.name),
                                          corm_field(Shelf_.books, corm_count_rows()),
                                          corm_field(Shelf_.weight, corm_sum(Book_.weight)),
                                          corm_field(Shelf_.price, corm_sum(Book_.price)),
                                          corm_field(Shelf_.genre, Book_.genre)),
                    .from = corm_from(Book), .join = corm_inner_join(Book_.author),
                    .group_by = corm_group(Author_.id), .having = corm_gt(corm_count_rows(), 1));
    CHECK(shelves.count == 1 && shelves.items[0].books == 2);
    CHECK(std::strcmp(shelves.items[0].author, "Jane") == 0);
    CHECK(shelves.items[0].weight.has_value && shelves.items[0].weight.value == 1.5);
    CHECK(corm_decimal_compare(shelves.items[0].price, corm_decimal_of("15.50")) == 0);
    Named_list names = corm_select(session, Named, .from = corm_from(Author));
    CHECK(names.count == 1 && std::strcmp(names.items[0].name, "Jane") == 0);
    const corm_condition whole = corm_eq(Book_.title, "Emma");
    Spine_list spines = corm_select(session, Spine, .from = corm_from(Book), .where = whole);
    CHECK(spines.count == 0); /* number has no value */
    (void)corm_rollback(session);
#if __cplusplus >= 202002L
    const corm_select topics = corm_select_for(Named, .from = corm_from(Topic));
    CHECK(corm_select(session, Named, .from = corm_from(Author), .compound = {corm_union(&topics)})
              .count == 2);
    CHECK(corm_all(session, Topic, .with = {corm_with(Named, &topics)},
                   .join = corm_join_on(Named, corm_eq(Named_.name, Topic_.name)))
              .count == 1);
#endif
}

static void plain_sql(corm_session *session)
{
    const corm_optional_date died = corm_none(DATE);
    Author_list authors = corm_sql(session, Author, "SELECT * FROM authors WHERE id = ?1", 1);
    CHECK(authors.count == 1 && corm_get(session, Author, 1) == authors.items[0]);
    CHECK(corm_sql_integer(session, "SELECT count(*) FROM authors") == 1);
    CHECK(corm_sql_integer(session, "SELECT ?1 + ?2 + ?3 + (?4 IS NULL) + (?5 IS NULL)", 1, 2UL,
                           true, nullptr, died) == 6);
    CHECK(std::strcmp(corm_sql_text(session, "SELECT ?1 || ?2", "a", corm_date_of(2026, 2, 28)),
                      "a2026-02-28") == 0);
    CHECK(corm_sql_optional_real(session, "SELECT ?1", 1.5).value == 1.5);
    CHECK(corm_sql_run(session, "UPDATE authors SET name = ?1 WHERE id = ?2", "Jane", 1) ==
          CORM_OK);
    CHECK(corm_sql_changed(session) == 1);
    CHECK(corm_sql_script(session, "DELETE FROM topics WHERE 1 = 0; SELECT 1") == CORM_OK);
    corm_stream *stream = corm_sql_stream(session, Author, "SELECT * FROM authors");
    CHECK(corm_stream_next(stream) != nullptr && corm_stream_next(stream) == nullptr);
    CHECK(corm_stream_close(stream) == CORM_OK);
}

/* What ran, and where it was asked for. */
static void seen(corm_session *session)
{
    corm_expect_statements(session, 1)
    {
        CHECK(corm_get(session, Topic, "no such") == nullptr);
    }
    corm_round_trips_clear(session);
    CHECK(corm_expire_all(session) == CORM_OK);
    const int line = __LINE__ + 1;
    const size_t books = Topic_books(corm_get(session, Topic, "love")).count;
    CHECK(books == 1);
    const std::string told = corm_round_trips(session);
#if defined(CORM_TRACE_CALLS)
    const std::string place = std::string(" at ") + __FILE__ + ":" + std::to_string(line);
    CHECK(told.find("corm_get(Topic)" + place) != std::string::npos);
    CHECK(told.find("Topic.books" + place) != std::string::npos); /* functions know their callers */
#else
    CHECK(told.find("CORM_TRACE_CALLS") != std::string::npos && line > 0);
#endif
}

static void writing(corm_session *session)
{
    Topic topics[2] = {};
    topics[0].name = "war";
    topics[1].name = "peace";
    CHECK(corm_insert_all(session, Topic, topics, 2) == 2);
    CHECK(corm_insert_all(session, Topic, topics, 2, .on_conflict = corm_conflict_on(Topic_.name),
                          .ignore = true) == 0);
    CHECK(
        corm_update_all(session, Author,
                        .set = corm_sets(corm_set(Author_.born, 1775), corm_set_null(Author_.died)),
                        .where = corm_eq(Author_.name, "Jane")) == 1);
    CHECK(corm_update_all(session, Author,
                          .set = corm_set(Author_.born, corm_plus(Author_.born, 1)),
                          .where = corm_any(Author_.books)) >= 1);
    CHECK(corm_update_returning(session, Book, .set = corm_set(Book_.note, corm_lower(Book_.title)),
                                .where = corm_eq(Book_.genre, NOVEL))
              .count == 1);
    CHECK(corm_delete_all(session, Topic, .where = corm_ne(Topic_.name, "love")) == 2);
    CHECK(corm_rollback(session) == CORM_OK);
}

/* Long enough to lie on the heap, and to be overwritten when it is freed. */
static std::string long_note(const char *word)
{
    return std::string(400, '.') + word;
}

/* What is temporary in an argument lives until the call is over. */
static void temporaries(corm_session *session)
{
    Author *mary = corm_new(session, Author, .name = "Mary");
    Book *book = corm_new(session, Book, .id = corm_uuid_new(), .note = long_note("new").c_str(),
                          .title = "The Last Man", .weight = 1, .price = corm_decimal_of("1"),
                          .genre = NOVEL);
    CHECK(book != nullptr && long_note("new") == book->note);
    CHECK(Author_books_append(mary, book) == CORM_OK && corm_add(session, mary) == CORM_OK);
    CHECK(corm_count(session, Book, .where = corm_eq(Book_.note, long_note("new").c_str())) == 1);
    CHECK(corm_count(session, Author,
                     .where = corm_in_query(
                         Author_.id,
                         corm_subquery(Book, Book_.author_id,
                                       .where = corm_eq(Book_.note, long_note("new").c_str())))) ==
          1);
    CHECK(corm_update_all(session, Book, .set = corm_set(Book_.note, long_note("changed").c_str()),
                          .where = corm_eq(Book_.note, long_note("new").c_str())) == 1);
    CHECK(corm_sql_integer(session, "SELECT count(*) FROM books WHERE note = ?1",
                           long_note("changed").c_str()) == 1);
    CHECK(corm_rollback(session) == CORM_OK);
}

static void objects(corm_session *session)
{
    Author *jane = corm_get(session, Author, 1);
    CHECK(jane != nullptr && Author_books(jane).count == 2);
    CHECK(Author_books_count(jane) == 2);
    const Book *emma = Author_books(jane).items[0];
    if (std::strcmp(emma->title, "Emma") != 0)
        emma = Author_books(jane).items[1];
    CHECK(corm_get(session, Book, emma->id) == emma);
    CHECK(corm_get(session, Topic, "love") != nullptr);
    CHECK(Topic_books(corm_get(session, Topic, "love")).count == 1);
    CHECK(std::strcmp(Genre_name(emma->genre), "novel") == 0);
    seen(session);
    conditions(session, emma);
    expressions(session);
    rows(session);
    queries(session);
    plain_sql(session);
    writing(session);
    temporaries(session);
    jane->born = corm_none(INTEGER);
    jane->died = corm_some(corm_date_of(1817, 7, 18));
    CHECK(corm_touch(jane, Author_.name) == CORM_OK && !corm_is_unset(jane, Author_.name));
    CHECK(corm_commit(session) == CORM_OK && corm_current(jane) == CORM_OK);
    CHECK(!jane->born.has_value && jane->died.value.year == 1817);
    CHECK(corm_delete(session, jane) == CORM_OK && corm_commit(session) == CORM_OK);
    CHECK(count(session, corm_model_of(jane), corm_condition{}) == 0);
}

static corm_status rename_all(corm_session *session, void *argument)
{
    Author *author = corm_get(session, Author, 1);
    if (author == nullptr)
        return corm_last_status();
    author->name = corm_text(session, "%s", static_cast<const char *>(argument));
    return CORM_OK;
}

int main()
{
    corm_sqlite_options options = {};
    options.engine.pool_timeout_ms = 100;
    corm_engine *engine = corm_sqlite_engine(":memory:", &library, &options);
    corm_session *session = corm_session_open(engine, nullptr);
    CHECK(corm_create_all(session) == CORM_OK);
    add_jane(session);
    char name[] = "Jane Austen";
    CHECK(corm_run(engine, rename_all, name) == CORM_OK);
    Author *jane = corm_get(session, Author, 1);
    CHECK(jane != nullptr && std::strcmp(jane->name, name) == 0);
    jane->name = "Jane";
    CHECK(corm_commit(session) == CORM_OK && corm_clear(session) == CORM_OK);
    objects(session);
    corm_session_close(session);
    session = nullptr;
    CHECK(corm_engine_close(engine) == CORM_OK);
    session = corm_sqlite_open(":memory:", &library); /* options may be left out */
    CHECK(session != nullptr && corm_create_all(session) == CORM_OK);
    corm_session_close(session);
    return wrong == 0 ? 0 : 1;
}
