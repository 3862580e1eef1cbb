/* A program in C++17 or C++20 that uses corm; tests/check/cplusplus builds and runs it. */
#include "models.h"

#include <cstdio>
#include <cstring>
#include <string>

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

static void queries(corm_session *session)
{
#if __cplusplus >= 202002L
    Book_list books = corm_all(session, Book, .where = corm_gt(Book_.weight, 0.1),
                               .order_by = corm_order(corm_desc(Book_.genre), corm_asc(Book_.id)),
                               .load = corm_load(Book_.author, Book_.topics), .limit = 5);
    CHECK(books.count == 2 && std::strcmp(books.items[0]->title, "Emma") == 0);
    CHECK(corm_all(session, Author).count == 1);
    CHECK(corm_count(session, Book) == 2);
    CHECK(corm_one(session, Author, .where = corm_eq(Author_.name, "Jane")) != nullptr);
    CHECK(corm_first(session, Book, .order_by = corm_asc(Book_.title)) == books.items[0]);
    CHECK(corm_all(session, Author, .load = corm_loads(corm_load_joined(Author_.books))).count ==
          1);
#else
    corm_query query = {};
    query.model = corm_model_of(corm_get(session, Author, 1));
    query.order_by = corm_asc(Author_.name);
    query.load = corm_load(Author_.books);
    CHECK(corm_query_count(session, &query) == 1);
#endif
}

static void writing(corm_session *session)
{
    Topic topics[2] = {};
    topics[0].name = "war";
    topics[1].name = "peace";
#if __cplusplus >= 202002L
    CHECK(corm_insert_all(session, Topic, topics, 2) == 2);
    CHECK(corm_insert_all(session, Topic, topics, 2, .on_conflict = corm_conflict_on(Topic_.name),
                          .ignore = true) == 0);
    CHECK(corm_update_all(session, Author,
                          .set = corm_sets(corm_set(Author_.born, 1775), corm_set_null(Author_.died)),
                          .where = corm_eq(Author_.name, "Jane")) == 1);
    CHECK(corm_update_returning(session, Book, .set = corm_set_column(Book_.note, Book_.title),
                                .where = corm_eq(Book_.genre, NOVEL))
              .count == 1);
    CHECK(corm_delete_all(session, Topic, .where = corm_ne(Topic_.name, "love")) == 2);
#else
    corm_insertion insertion = {};
    insertion.model = corm_model_of(corm_get(session, Topic, "love"));
    insertion.rows = topics;
    insertion.count = 2;
    CHECK(corm_rows_insert(session, &insertion) == 2);
    corm_deletion deletion = {};
    deletion.model = insertion.model;
    deletion.where = corm_ne(Topic_.name, "love");
    CHECK(corm_query_delete(session, &deletion) >= 2);
#endif
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
    conditions(session, emma);
    queries(session);
    writing(session);
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
