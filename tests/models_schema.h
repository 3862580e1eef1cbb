/* models_schema.h: the models of tests/models_fuzz.c: keys of every kind, also those that are made of foreign keys or
 * change; models that inherit; what the database computes, refuses and deletes by itself; what is loaded in parts. */
#ifndef TESTS_MODELS_SCHEMA_H
#define TESTS_MODELS_SCHEMA_H

#include "random_work.h"

/* How often a row was written: the number of texts is small, so that unique ones meet. */
static bool stamp_of(const void *object, corm_value *out, corm_conversion *conversion)
{
    (void)object;
    return corm_conversion_text(conversion, out, "stamped");
}

/* clang-format off */
#define MOOD(VALUE) VALUE(CALM) VALUE(WILD, "wild") VALUE(SHY, "shy", 7)
CORM_ENUM(Mood, MOOD)

/* text key, which changes */
#define OWNER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(TEXT,              code,   .primary_key = true, .length = 8)                            \
    COLUMN(TEXT,              name,   .unique = true)                                              \
    COLUMN(INTEGER,           rank,   .check = "rank <> 3")                                        \
    COLUMN(OPTIONAL(INTEGER), points, .server_default = "5")                                       \
    RELATIONSHIP(ONE_TO_MANY, entries, Entry, owner, .order_by = corm_by(Entry, place),            \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)                         \
    RELATIONSHIP(ONE_TO_MANY, animals, Animal, keeper, .passive_deletes = true)                    \
    RELATIONSHIP(ONE_TO_ONE,  badge,   Badge, wearer, .cascade = CORM_CASCADE_ALL)
#define BADGE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(CHARS(8),       tag,         .primary_key = true)                                       \
    COLUMN(OPTIONAL(TEXT), wearer_code, .references = corm_ref(Owner, code), .unique = true,       \
           .on_update = CORM_ACTION_CASCADE)                                                       \
    COLUMN(BOOLEAN,        worn)                                                                   \
    RELATIONSHIP(ONE_TO_ONE, wearer, Owner, badge)
#define TOPIC(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(UUID,          id,    .primary_key = true)                                              \
    COLUMN(TEXT,          title, .default_value = corm_default("untitled"))                        \
    COLUMN(DECIMAL(8, 2), price)                                                                   \
    RELATIONSHIP(ONE_TO_MANY,  entries, Entry, topic,                                              \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)                         \
    RELATIONSHIP(MANY_TO_MANY, nearby,  Topic, BACKREF(around),                                    \
                 .secondary = corm_secondary("topic_topics", "from_id", "to_id"))
/* a key of two foreign keys */
#define ENTRY(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(TEXT,           owner_code, .primary_key = true, .references = corm_ref(Owner, code),   \
           .on_update = CORM_ACTION_CASCADE)                                                       \
    COLUMN(UUID,           topic_id,   .primary_key = true, .references = corm_ref(Topic, id))     \
    COLUMN(INTEGER,        place)                                                                  \
    COLUMN(TEXT,           stamp,      .default_function = stamp_of, .update_function = stamp_of)  \
    RELATIONSHIP(MANY_TO_ONE, owner, Owner, entries)                                               \
    RELATIONSHIP(MANY_TO_ONE, topic, Topic, entries)

/* a date as the key, and a key with a part that refers to it */
#define DAY(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(DATE,                day,     .primary_key = true)                                      \
    COLUMN(OPTIONAL(ENUM(Mood)), mood)                                                             \
    COLUMN(INTEGER,             version, .version = true)                                          \
    RELATIONSHIP(ONE_TO_MANY, chapters, Chapter, of, .order_by = corm_by_descending(Chapter, number), \
                 .passive_deletes = true, .cascade = CORM_CASCADE_ALL)
#define CHAPTER(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(DATE,           day,    .primary_key = true, .references = corm_ref(Day, day),          \
           .on_delete = CORM_ACTION_CASCADE, .on_update = CORM_ACTION_CASCADE)                     \
    COLUMN(INTEGER,        number, .primary_key = true)                                            \
    COLUMN(OPTIONAL(TEXT), title)                                                                  \
    COLUMN(TEXT,           shown,  .generated = "coalesce(title, 'none') || '-' || number", .stored = true) \
    RELATIONSHIP(MANY_TO_ONE, of,    Day, chapters)                                                \
    RELATIONSHIP(ONE_TO_MANY, lines, Line, chapter, .cascade = CORM_CASCADE_ALL)
#define LINE(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(OPTIONAL(DATE),    day,     .references = corm_ref(Chapter, day),                       \
           .on_delete = CORM_ACTION_SET_NULL, .on_update = CORM_ACTION_CASCADE)                    \
    COLUMN(OPTIONAL(INTEGER), number,  .references = corm_ref(Chapter, number),                    \
           .on_delete = CORM_ACTION_SET_NULL, .on_update = CORM_ACTION_CASCADE)                    \
    COLUMN(INTEGER,           price)                                                               \
    COLUMN(INTEGER,           pieces,  .server_default = "1")                                      \
    COLUMN(INTEGER,           total,   .generated = "price * pieces")                              \
    COLUMN(OPTIONAL(BLOB),    picture, .deferred = true)                                           \
    RELATIONSHIP(MANY_TO_ONE, chapter, Chapter, lines)

/* one table for Animal and Cat, another for Dog, a third for Puppy */
#define ANIMAL(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,          .primary_key = true)                                    \
    COLUMN(TEXT,              type)                                                                \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(TEXT),    keeper_code, .references = corm_ref(Owner, code),                    \
           .on_delete = CORM_ACTION_SET_NULL, .on_update = CORM_ACTION_CASCADE)                    \
    COLUMN(OPTIONAL(INTEGER), mother_id,   .references = corm_ref(Animal, id),                     \
           .on_delete = CORM_ACTION_SET_NULL)                                                      \
    COLUMN(INTEGER,           version,     .version = true)                                        \
    RELATIONSHIP(MANY_TO_ONE, keeper, Owner,  animals)                                             \
    RELATIONSHIP(ONE_TO_MANY, young,  Animal, BACKREF(mother))
#define CAT(COLUMN, RELATIONSHIP)                                                                  \
    ANIMAL(COLUMN, CORM_INHERITED)                                                                 \
    COLUMN(INTEGER,           lives, .default_value = corm_default(7))                             \
    COLUMN(OPTIONAL(INTEGER), foe_id, .references = corm_ref(Dog, id), .on_delete = CORM_ACTION_SET_NULL) \
    RELATIONSHIP(ONE_TO_MANY, toys,  Toy, cat, .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN) \
    RELATIONSHIP(MANY_TO_ONE, foe,   Dog, foes)
#define DOG(COLUMN, RELATIONSHIP)                                                                  \
    ANIMAL(COLUMN, CORM_INHERITED)                                                                 \
    COLUMN(OPTIONAL(REAL), weight, .check = "weight < 9")                                          \
    RELATIONSHIP(ONE_TO_MANY,  foes,   Cat,   foe)                                                 \
    RELATIONSHIP(MANY_TO_MANY, topics, Topic, BACKREF(dogs),                                       \
                 .secondary = corm_secondary("dog_topics", "dog_id", "topic_id"))
#define PUPPY(COLUMN, RELATIONSHIP)                                                                \
    DOG(COLUMN, CORM_INHERITED)                                                                    \
    COLUMN(OPTIONAL(DATE), born)                                                                   \
    COLUMN(TEXT,           litter, .default_value = corm_default("first"))
#define TOY(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER_AS(int), id,   .primary_key = true)                                             \
    COLUMN(TEXT,            name)                                                                  \
    COLUMN(INTEGER,         cat_id, .references = corm_ref(Cat, id))                               \
    RELATIONSHIP(MANY_TO_ONE, cat, Cat, toys)

/* what is looked at in parts, and what is too large to be loaded */
#define SHEET(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Sheet, id),                        \
           .on_delete = CORM_ACTION_CASCADE)                                                       \
    COLUMN(OPTIONAL(JSON),    notes,     .deferred = true)                                         \
    RELATIONSHIP(ONE_TO_MANY, below, Sheet, BACKREF(parent), .passive_deletes = true,              \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)                         \
    RELATIONSHIP(ONE_TO_MANY, cells, Cell, sheet, .order_by = corm_by(Cell, place),                \
                 .passive_deletes = true, .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN) \
    RELATIONSHIP(ONE_TO_MANY, wild_cells, Cell, NONE, .view_only = true,                           \
                 .filter = corm_filter(Cell, mood, EQ, WILD))                                      \
    RELATIONSHIP(ONE_TO_MANY, marks, Mark, sheet, .lazy = CORM_LAZY_WRITE_ONLY, .passive_deletes = true)
#define CELL(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,    id,       .primary_key = true)                                              \
    COLUMN(INTEGER,    sheet_id, .references = corm_ref(Sheet, id), .on_delete = CORM_ACTION_CASCADE) \
    COLUMN(INTEGER,    place)                                                                      \
    COLUMN(ENUM(Mood), mood,     .default_value = corm_default(CALM))                              \
    COLUMN(OPTIONAL(TEXT), text)                                                                   \
    RELATIONSHIP(MANY_TO_ONE, sheet, Sheet, cells)
#define MARK(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER,           id,       .primary_key = true, .autoincrement = true)                \
    COLUMN(OPTIONAL(INTEGER), sheet_id, .references = corm_ref(Sheet, id),                         \
           .on_delete = CORM_ACTION_SET_NULL)                                                      \
    COLUMN(OPTIONAL(INTEGER), weight)                                                              \
    RELATIONSHIP(MANY_TO_ONE, sheet, Sheet, marks)

#define ZOO(MODEL)                                                                                 \
    MODEL(Owner,   "owners",   OWNER)                                                              \
    MODEL(Badge,   "badges",   BADGE)                                                              \
    MODEL(Topic,   "topics",   TOPIC,   .without_rowid = true)                                     \
    MODEL(Entry,   "entries",  ENTRY)                                                              \
    MODEL(Day,     "days",     DAY)                                                                \
    MODEL(Chapter, "chapters", CHAPTER)                                                            \
    MODEL(Line,    "lines",    LINE)                                                               \
    MODEL(Animal,  "animals",  ANIMAL,                                                             \
          .discriminator = corm_member(Animal, type), .identity = "animal")                        \
    MODEL(Cat,     "animals",  CAT,     .inherits = corm_base(Animal), .identity = "cat")          \
    MODEL(Dog,     "dogs",     DOG,     .inherits = corm_base(Animal), .identity = "dog")          \
    MODEL(Puppy,   "puppies",  PUPPY,   .inherits = corm_base(Dog),    .identity = "puppy")        \
    MODEL(Toy,     "toys",     TOY)                                                                \
    MODEL(Sheet,   "sheets",   SHEET)                                                              \
    MODEL(Cell,    "cells",    CELL,    .unique = {corm_columns(Cell, sheet_id, place)})           \
    MODEL(Mark,    "marks",    MARK)
/* clang-format on */

CORM_SCHEMA(zoo, ZOO)

#endif /* TESTS_MODELS_SCHEMA_H */
