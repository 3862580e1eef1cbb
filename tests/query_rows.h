/* query_rows.h: rows in plain memory beside the same rows in tables, for tests/query_fuzz.c: random ones, what is related to
 * what, and the comparison of an object with its row. */
#ifndef TESTS_QUERY_ROWS_H
#define TESTS_QUERY_ROWS_H

#include "query_model.h"

/* ---- Rows ----------------------------------------------------------------------------------------- */

enum {
    PERSON_AGE = 3,
    PERSON_ZONE = 23,
    PERSON_NUMBER,
    PERSON_BOSS,
    ITEM_TYPE = 1,
    ITEM_OWNER,
    ITEM_SIZE,
    ITEM_LABEL
};

static const corm_model *const models[] = {&corm__model_Place, &corm__model_Person,
                                           &corm__model_Item,  &corm__model_Tool,
                                           &corm__model_Book,  &corm__model_Tag};

static int table_of(const corm_model *model)
{
    model = model->alias_of != NULL ? model->alias_of : model;
    return model == &corm__model_Place    ? PLACES
           : model == &corm__model_Person ? PEOPLE
           : model == &corm__model_Tag    ? TAGS
                                          : ITEMS;
}
static size_t keys_of(const corm_model *model)
{
    return table_of(model) == PLACES ? 2 : 1;
}
static const corm_model *unaliased(const corm_model *model)
{
    return model->alias_of != NULL ? model->alias_of : model;
}
static bool is_a(const struct row *row, const corm_model *model)
{
    model = unaliased(model);
    return row->live && (row->model == model || row->model->options.inherits == model);
}

static struct row *some_row(int table)
{
    for (int tries = 0, first = below(ROWS); tries < ROWS; tries++)
        if (run.now.rows[table][(first + tries) % ROWS].live)
            return &run.now.rows[table][(first + tries) % ROWS];
    return NULL;
}
static int place_of(const struct row *row)
{
    return (int)((row - &run.now.rows[0][0]) % ROWS);
}

/* A value for a column of a row, which others may refer to. */
static struct value random_cell(const struct row *row, size_t c)
{
    const int table = table_of(row->model);
    const corm_column *column = &row->model->columns[c];
    if (column->optional && one_in(3))
        return nothing();
    if (table == PEOPLE && c == PERSON_AGE)
        return whole(below(12) - 2);
    if (column->kind == CORM_KIND_CUSTOM)
        return whole(one_in(4) ? INT16_MIN : below(5));
    if ((table == PEOPLE && c == PERSON_BOSS) || (table == ITEMS && c == ITEM_OWNER)) {
        const struct row *one = some_row(PEOPLE);
        return one == NULL ? nothing() : one->cells[0];
    }
    return random_value(kind_of(column));
}

static void random_place(struct row *person)
{
    const struct row *place = some_row(PLACES);
    const bool some = place != NULL && !one_in(4);
    person->cells[PERSON_ZONE] = some ? place->cells[0] : nothing();
    person->cells[PERSON_NUMBER] = some && !one_in(8) ? place->cells[1] : nothing();
}

/* A row at that place; its key follows from it. */
static void random_row(int table, int place)
{
    static const corm_model *const kinds[] = {&corm__model_Item, &corm__model_Tool,
                                              &corm__model_Book};
    struct row *row = &run.now.rows[table][place];
    char key[32];
    memset(row, 0, sizeof *row);
    row->model = table == ITEMS    ? PICK(kinds)
                 : table == PLACES ? &corm__model_Place
                 : table == PEOPLE ? &corm__model_Person
                                   : &corm__model_Tag;
    for (size_t c = keys_of(row->model); c < row->model->column_count; c++)
        row->cells[c] = random_cell(row, c);
    row->cells[0] = whole(3 * place - 7);
    if (table == TAGS) {
        (void)snprintf(key, sizeof key, "%s%d", place % 3 == 0 ? "T" : "é'", place);
        row->cells[0] = text(key);
    } else if (table == PLACES) {
        row->cells[0] = text(place % 4 == 0   ? ""
                             : place % 4 == 1 ? "a"
                             : place % 4 == 2 ? "A%"
                                              : "é");
        row->cells[1] = whole(place / 4 - 1);
    } else if (table == ITEMS)
        row->cells[ITEM_TYPE] = text(row->model->options.identity);
    else
        random_place(row);
    row->live = true;
}

static struct row *row_with_key(int table, const struct value *key)
{
    for (int i = 0; i < ROWS; i++) {
        struct row *row = &run.now.rows[table][i];
        if (row->live && compare(row->cells[0], key[0]) == 0 &&
            (table != PLACES || compare(row->cells[1], key[1]) == 0))
            return row;
    }
    return NULL;
}

/* The row of a struct, all of whose members are as in it. */
static struct row *row_of(const corm_model *model, const void *object)
{
    struct value key[2];
    const size_t used = kept.used;
    for (size_t i = 0; i < keys_of(model); i++)
        key[i] = member_of(&model->columns[i], object);
    struct row *row = row_with_key(table_of(model), key);
    if (row == NULL)
        complain("there is no row %s", shown(key[0]));
    for (size_t c = 0; c < row->model->column_count; c++) {
        const struct value member = member_of(&row->model->columns[c], object);
        if (compare(member, row->cells[c]) != 0 || member.type != row->cells[c].type)
            complain("%s of %s %s is %s, not %s", row->model->columns[c].name, row->model->name,
                     shown(key[0]), shown(member), shown(row->cells[c]));
    }
    kept.used = used;
    return row;
}

static void *object_of(const struct row *row)
{
    corm_value key[2];
    for (size_t i = 0; i < keys_of(row->model); i++)
        key[i] = row->cells[i].type == WHOLE ? corm_value_integer(row->cells[i].whole)
                                             : corm_value_text(row->cells[i].bytes);
    return corm_object_get(run.session, row->model, key, keys_of(row->model));
}

static void *new_object(const struct row *row)
{
    void *object = corm_object_new(run.session, row->model);
    if (object == NULL)
        return NULL;
    for (size_t c = 0; c < row->model->column_count; c++)
        set_member(&row->model->columns[c], object, row->cells[c]);
    return corm_object_made(object);
}

/* ---- Relationships -------------------------------------------------------------------------------- */

enum {
    PLACED,
    RESIDENTS,
    BOSS,
    STAFF,
    OWNED,
    OWNER,
    TAGGED,
    TAGGING,
    TWO_WAYS,
    HEAVY = TWO_WAYS,
    BOOKS,
    RELATIONS
};
static struct relation {
    const char *name;
    int from, to;
    bool single;
    const corm_model *target;
    corm_relationship_ref end;
} relations[RELATIONS] = {
    {"place", PEOPLE, PLACES, true, &corm__model_Place, {0}},
    {"residents", PLACES, PEOPLE, false, &corm__model_Person, {0}},
    {"boss", PEOPLE, PEOPLE, true, &corm__model_Person, {0}},
    {"staff", PEOPLE, PEOPLE, false, &corm__model_Person, {0}},
    {"items", PEOPLE, ITEMS, false, &corm__model_Item, {0}},
    {"owner", ITEMS, PEOPLE, true, &corm__model_Person, {0}},
    {"tags", PEOPLE, TAGS, false, &corm__model_Tag, {0}},
    {"people", TAGS, PEOPLE, false, &corm__model_Person, {0}},
    {"heavy", PEOPLE, ITEMS, false, &corm__model_Item, {0}},
    {"books", PEOPLE, ITEMS, false, &corm__model_Book, {0}},
};

static bool refers(struct value to, struct value key)
{
    return to.type != NOTHING && compare(to, key) == 0;
}

static bool is_related(int relation, const struct row *a, const struct row *b)
{
    switch (relation) {
    case PLACED:
        return refers(a->cells[PERSON_ZONE], b->cells[0]) &&
               refers(a->cells[PERSON_NUMBER], b->cells[1]);
    case BOSS: return refers(a->cells[PERSON_BOSS], b->cells[0]);
    case OWNER: return refers(a->cells[ITEM_OWNER], b->cells[0]);
    case HEAVY:
        return refers(b->cells[ITEM_OWNER], a->cells[0]) && b->cells[ITEM_SIZE].type == REAL &&
               b->cells[ITEM_SIZE].real >= 1.5;
    case BOOKS: return refers(b->cells[ITEM_OWNER], a->cells[0]) && b->model == &corm__model_Book;
    case TAGGED: return run.now.linked[place_of(a)][place_of(b)];
    default: return is_related(relation ^ 1, b, a);
    }
}

static int a_relation_from(int table)
{
    for (;;) {
        const int relation = below(RELATIONS);
        if (relations[relation].from == table)
            return relation;
    }
}

#endif /* TESTS_QUERY_ROWS_H */
