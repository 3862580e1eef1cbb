/* writing: UPDATE and DELETE by conditions, and what the session's objects are afterwards. */
#define CORM_IMPLEMENTATION /* here: the tests look inside */
#include "corm_sqlite.h"
#include "support.h"

/* ---- Models ------------------------------------------------------------------------------------- */

static bool is_even(corm_session *session, const void *object, const corm_value *value)
{
    (void)object;
    return value->as.integer % 2 == 0 || corm_refuse(session, "an odd number");
}

static const void *asked_about;
static bool note_of(const void *object, corm_value *out, corm_conversion *conversion);

/* clang-format off */
#define LEVEL(VALUE) VALUE(LOW, "low") VALUE(HIGH, "high")
CORM_ENUM(Level, LEVEL)

#define ACCOUNT(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name,    .length = 10, .unique = true)                               \
    COLUMN(OPTIONAL(TEXT),    nick,    .length = 10)                                               \
    COLUMN(OPTIONAL(TEXT),    remark)                                                              \
    COLUMN(INTEGER,           points,  .validate = is_even, .check = "points < 1000",              \
                                       .default_value = corm_default(0))                           \
    COLUMN(OPTIONAL(INTEGER), best)                                                                \
    COLUMN(INTEGER,           twice,   .generated = "points * 2")                                  \
    COLUMN(DECIMAL(6, 2),     balance, .default_value = corm_default(0))                           \
    COLUMN(ENUM(Level),       level,   .default_value = corm_default(LOW))                         \
    COLUMN(OPTIONAL(DATE),    seen)                                                                \
    COLUMN(OPTIONAL(BLOB),    picture, .length = 4)                                                \
    COLUMN(INTEGER_AS(int8_t), small,  .default_value = corm_default(0))                           \
    COLUMN(OPTIONAL(TEXT),    note,    .update_function = note_of)                                 \
    COLUMN(INTEGER,           version, .version = true)

/* What refers to an owner: pets go with it, toys are left without one, visits hinder it; chips go
 * with their pets. */
#define OWNER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name, .unique = true)                                                          \
    RELATIONSHIP(ONE_TO_MANY, pets,   Pet,   owner, .passive_deletes = true)                       \
    RELATIONSHIP(ONE_TO_MANY, toys,   Toy,   owner, .passive_deletes = true)                       \
    RELATIONSHIP(ONE_TO_MANY, visits, Visit, BACKREF(owner))                                       \
    RELATIONSHIP(ONE_TO_MANY, cards,  Card,  BACKREF(owner))
#define PET(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id,       .primary_key = true)                                                 \
    COLUMN(TEXT,    name)                                                                          \
    COLUMN(BOOLEAN, wild,     .default_value = corm_default(false))                                \
    COLUMN(INTEGER, owner_id, .references = corm_ref(Owner, id), .on_delete = CORM_ACTION_CASCADE) \
    RELATIONSHIP(MANY_TO_ONE, owner, Owner, pets)                                                  \
    RELATIONSHIP(ONE_TO_MANY, chips, Chip, BACKREF(pet), .passive_deletes = true)                  \
    RELATIONSHIP(MANY_TO_MANY, clubs, Club, BACKREF(pets),                                         \
                 .secondary = corm_secondary("pet_clubs", "pet_id", "club_id"))
#define CHIP(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,     .primary_key = true)                                                   \
    COLUMN(INTEGER, pet_id, .references = corm_ref(Pet, id), .on_delete = CORM_ACTION_CASCADE)
#define CLUB(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)
#define TOY(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(OPTIONAL(INTEGER), owner_id, .references = corm_ref(Owner, id),                         \
                                        .on_delete = CORM_ACTION_SET_NULL)                         \
    RELATIONSHIP(MANY_TO_ONE, owner, Owner, toys)
#define VISIT(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,       .primary_key = true)                                                 \
    COLUMN(INTEGER, owner_id, .references = corm_ref(Owner, id))
#define CARD(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,         .primary_key = true)                                               \
    COLUMN(TEXT,    owner_name, .references = corm_ref(Owner, name),                               \
                                .on_update = CORM_ACTION_CASCADE)

/* One table for all kinds of beasts, and one for each kind of staff. */
#define BEAST(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,     .primary_key = true)                                                   \
    COLUMN(TEXT,    kind)                                                                          \
    COLUMN(TEXT,    name)                                                                          \
    COLUMN(INTEGER, weight)
#define BIRD(COLUMN, RELATIONSHIP) BEAST(COLUMN, CORM_INHERITED) COLUMN(OPTIONAL(INTEGER), span)
#define STAFF(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,      .primary_key = true)                                                  \
    COLUMN(TEXT,    kind)                                                                          \
    COLUMN(TEXT,    name)                                                                          \
    COLUMN(INTEGER, version, .version = true)
#define BOSS(COLUMN, RELATIONSHIP)                                                                 \
    STAFF(COLUMN, CORM_INHERITED)                                                                  \
    COLUMN(TEXT,    title)                                                                         \
    COLUMN(INTEGER, bonus)
#define PART(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(TEXT,    machine, .primary_key = true)                                                  \
    COLUMN(INTEGER, number,  .primary_key = true)                                                  \
    COLUMN(INTEGER, stock)

#define OFFICE(MODEL)                                                                              \
    MODEL(Account, "accounts", ACCOUNT)                                                            \
    MODEL(Owner,   "owners",   OWNER)                                                              \
    MODEL(Pet,     "pets",     PET)                                                                \
    MODEL(Chip,    "chips",    CHIP)                                                               \
    MODEL(Club,    "clubs",    CLUB)                                                               \
    MODEL(Toy,     "toys",     TOY)                                                                \
    MODEL(Visit,   "visits",   VISIT)                                                              \
    MODEL(Card,    "cards",    CARD)                                                               \
    MODEL(Beast,   "beasts",   BEAST, .discriminator = corm_member(Beast, kind), .identity = "beast") \
    MODEL(Bird,    "beasts",   BIRD,  .inherits = corm_base(Beast), .identity = "bird")            \
    MODEL(Staff,   "staff",    STAFF, .discriminator = corm_member(Staff, kind), .identity = "staff") \
    MODEL(Boss,    "bosses",   BOSS,  .inherits = corm_base(Staff), .identity = "boss")            \
    MODEL(Part,    "parts",    PART)
/* clang-format on */

CORM_SCHEMA(office, OFFICE)

static bool note_of(const void *object, corm_value *out, corm_conversion *conversion)
{
    const Account *account = (const Account *)object;
    asked_about = object;
    if (account->nick != NULL && strcmp(account->nick, "refuse") == 0)
        return corm_conversion_refuse(conversion, "no note for that one");
    return corm_conversion_text(conversion, out, "nick %s",
                                account->nick == NULL ? "none" : account->nick);
}

static int open_office(void **state)
{
    *state = memory_session(&office);
    return *state == NULL;
}

#define OFFICE_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_office, close_session)

/* On a database that cannot return what it has written. */
static int open_without_returning(void **state)
{
    static corm_adapter adapter;
    corm_engine_options options = {.pool_size = 1};
    adapter = corm_sqlite__adapter;
    adapter.capabilities &= ~(unsigned)CORM_CAN_RETURNING;
    corm_sqlite__config *config = corm_sqlite__new_config(":memory:", NULL);
    config->single = true;
    corm_session *session =
        corm_session_open_owning(corm_engine_open(&adapter, config, &office, &options));
    *state = session;
    if (corm_create_all(session) != CORM_OK)
        return 1;
    record(session);
    return 0;
}

/* The test runs on both. */
#define BOTH_TEST(test_)                                                                           \
    OFFICE_TEST(test_),                                                                            \
    {                                                                                              \
#test_ " (without RETURNING)", test_, open_without_returning, close_session, NULL          \
    }

static bool returns(corm_session *session)
{
    return session->engine->adapter->capabilities & CORM_CAN_RETURNING;
}

/* Accounts a, b, c with 0, 10, 20 points, committed. */
static void three_accounts(corm_session *session)
{
    static const char *const names[] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++)
        assert_ok(session, corm_add(session, corm_new(session, Account, .name = names[i],
                                                      .points = i * 10)));
    assert_ok(session, corm_commit(session));
    record(session);
}

/* ---- UPDATE ------------------------------------------------------------------------------------- */

static void an_update_is_one_statement_and_tells_its_rows(void **state)
{
    corm_session *session = *state;
    (void)user_with_posts(session, "ann", 0);
    (void)user_with_posts(session, "ben", 0);
    start_afresh(session);
    int64_t rows =
        corm_update_all(session, User,
                        .set = corm_sets(corm_set(User_.active, false), corm_set(User_.age, 18),
                                         corm_set(User_.email, "x@y.z")),
                        .where = corm_eq(User_.username, "ann"));
    assert_int_equal(rows, 1);
    assert_ran(2, ""); /* BEGIN */
    assert_string_equal(sql_of("UPDATE", 0),
                        "UPDATE \"users\" SET \"email\" = ?1, \"age\" = ?2, \"active\" = ?3 WHERE "
                        "\"username\" = ?4");
    assert_string_equal(values_of("UPDATE", 0), "'x@y.z', 18, 0, 'ann'");
    assert_int_equal(corm_update_all(session, User, .set = corm_set_null(User_.age),
                                     .where = corm_eq(User_.age, 18)),
                     1);
    assert_int_equal(
        corm_update_all(session, User, .set = corm_set(User_.email, "all"), .all_rows = true), 2);
    assert_int_equal(corm_update_all(session, User, .set = corm_set(User_.email, "none"),
                                     .where = corm_eq(User_.id, 99)),
                     0);
    assert_stored(session, "ann|all|NULL|0;ben|all|NULL|1",
                  "SELECT username, email, age, active FROM users ORDER BY id");
}

static void assignments_may_be_built_up_and_kept(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    corm_assignments remark = {0}, points = corm_set(Account_.points, 4);
    for (int i = 0; i < 2; i++) {
        if (i == 1)
            remark = corm_set(Account_.remark, "built");
        const corm_assignments both = corm_sets(points, remark);
        assert_int_equal(
            corm_update_all(session, Account, .set = both, .where = corm_eq(Account_.id, i + 1)),
            1);
    }
    assert_stored(session, "4|NULL;4|built;20|NULL",
                  "SELECT points, remark FROM accounts ORDER BY id");
}

static void objects_of_the_session_have_the_new_values(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    Account_list all = corm_all(session, Account, .order_by = corm_asc(Account_.id));
    Account *a = all.items[0], *c = all.items[2];
    record(session);
    assert_int_equal(
        corm_update_all(
            session, Account,
            .set = corm_sets(corm_set(Account_.points, 30), corm_set(Account_.nick, Account_.name),
                             corm_set(Account_.balance, corm_decimal_of("7.5")),
                             corm_set(Account_.level, HIGH), corm_set(Account_.small, 5),
                             corm_set(Account_.seen, corm_date_of(2026, 1, 2))),
            .where = corm_ge(Account_.points, 10)),
        2);
    assert_ran(1, "UPDATE");
    assert_ran(returns(session) ? 0 : 2, "SELECT"); /* keys before, rows after */
    assert_int_equal(a->points, 0);
    assert_int_equal(a->version, 1);
    assert_int_equal(c->points, 30);
    assert_int_equal(c->twice, 60); /* computed anew */
    assert_int_equal(c->version, 2);
    assert_string_equal(c->nick, "c");
    assert_string_equal(c->note, "nick none"); /* asked once, of assigned values */
    assert_int_equal(c->level, HIGH);
    assert_int_equal(c->small, 5);
    assert_int_equal(c->balance.units, 750);
    assert_int_equal(c->balance.scale, 2);
    assert_true(c->seen.has_value);
    assert_false(corm_is_modified(c));
    record(session);
    assert_ok(session, corm_commit(session));
    assert_ran(0, "UPDATE");
    c->points = 40; /* with the version that it knows now */
    assert_ok(session, corm_commit(session));
    assert_stored(session, "40|3", "SELECT points, version FROM accounts WHERE name = 'c'");
}

static void what_a_column_gets_may_be_any_expression(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    Account *b = corm_get(session, Account, 2);
    int64_t more = 4;
    const char *word = "seen";
    record(session);
    assert_int_equal(
        corm_update_all(
            session, Account,
            .set = corm_sets(
                corm_set(Account_.points, corm_plus(Account_.points, corm_var(&more))),
                corm_set(Account_.best, corm_greatest(Account_.points, 15)),
                corm_set(Account_.nick, corm_upper(Account_.name)),
                corm_set(Account_.balance, corm_plus(Account_.balance, corm_decimal_of("1.5"))),
                corm_set(Account_.remark, corm_var(&word)),
                corm_set(Account_.level,
                         corm_case(corm_gt(Account_.points, 5), HIGH, Account_.level))),
            .where = corm_ge(Account_.points, 10)),
        2);
    assert_ran(1, "UPDATE");
    assert_part(sql_of("UPDATE", 0), "\"nick\" = upper(\"name\"), \"remark\" = ?1, \"points\" = "
                                     "(\"points\" + ?2), ");
    assert_int_equal(b->points, 14);
    assert_int_equal(b->best.value, 15);
    assert_string_equal(b->nick, "B");
    assert_string_equal(b->remark, "seen");
    assert_int_equal(b->balance.units, 150);
    assert_int_equal(b->level, HIGH);
    assert_int_equal(b->twice, 28);
    assert_stored(session, "0|NULL|low;14|15|high;24|20|high",
                  "SELECT points, best, level FROM accounts ORDER BY id");
    assert_ok(session, corm_rollback(session));
    assert_int_equal(b->points, 10);
    assert_null(b->nick);
}

static void expressions_may_ask_other_tables(void **state)
{
    corm_session *session = *state;
    User *ann = user_with_posts(session, "ann", 2);
    (void)user_with_posts(session, "ben", 1);
    (void)user_with_posts(session, "cid", 0);
    assert_ok(session, corm_commit(session));
    assert_int_equal(
        corm_update_all(
            session, User,
            .set = corm_sets(
                corm_set(User_.age, corm_subquery(Post, corm_count_rows(),
                                                  .where = corm_eq(Post_.user_id, User_.id))),
                corm_set(User_.active, corm_ne(User_.username, "ben"))),
            .all_rows = true),
        3);
    assert_int_equal(ann->age.value, 2);
    assert_stored(session, "ann|2|1;ben|1|0;cid|0|1",
                  "SELECT username, age, active FROM users ORDER BY id");
}

static void conditions_may_ask_other_tables(void **state)
{
    corm_session *session = *state;
    User *ann = user_with_posts(session, "ann", 2);
    User *ben = user_with_posts(session, "ben", 1), *cid = user_with_posts(session, "cid", 0);
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_update_all(session, User, .set = corm_set(User_.email, "any"),
                                     .where = corm_any(User_.posts, corm_eq(Post_.title, "ann 2"))),
                     1);
    assert_string_equal(ann->email, "any");
    assert_int_equal(
        corm_update_all(session, User, .set = corm_set(User_.email, "in"),
                        .where = corm_in_query(User_.id, corm_subquery(Post, Post_.user_id))),
        2);
    assert_string_equal(ben->email, "in");
    assert_int_equal(
        corm_update_all(session, User, .set = corm_set(User_.email, "self"),
                        .where = corm_eq(User_.id, corm_subquery(User, corm_maximum(User_.id)))),
        1);
    assert_string_equal(cid->email, "self");
    assert_int_equal(corm_delete_all(session, User, .where = corm_not(corm_any(User_.posts))), 1);
    assert_int_equal(corm_state(cid), CORM_STATE_DELETED);
    assert_int_equal(
        corm_delete_all(session, Post,
                        .where = corm_has(Post_.author_user, corm_eq(User_.username, "ann"))),
        2);
    assert_stored(session, "ben 1", "SELECT title FROM posts");
}

static void what_is_pending_is_flushed_before(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    Account *a = corm_get(session, Account, 1);
    Account *d = corm_new(session, Account, .name = "d", .points = 2);
    assert_ok(session, corm_add(session, d));
    a->points = 4;
    assert_int_equal(corm_update_all(session, Account, .set = corm_set(Account_.remark, "few"),
                                     .where = corm_between(Account_.points, 1, 5)),
                     2);
    assert_string_equal(a->remark, "few");
    assert_string_equal(d->remark, "few");
    assert_ok(session, corm_commit(session));
    assert_stored(session, "a|4;d|2", "SELECT name, points FROM accounts WHERE remark = 'few'");
}

static void a_session_without_autoflush_flushes_before_it_too(void **state)
{
    (void)state;
    corm_engine *engine = corm_sqlite_engine(":memory:", &office, NULL);
    corm_session *session =
        corm_session_open(engine, &(corm_session_options){.no_autoflush = true});
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_add(session, corm_new(session, Account, .name = "a")));
    assert_int_equal(
        corm_update_all(session, Account, .set = corm_set(Account_.points, 2), .all_rows = true),
        1);
    corm_session_close(session);
    assert_int_equal(corm_engine_close(engine), CORM_OK);
}

static void a_rollback_brings_the_old_values_back(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    Account *b = corm_get(session, Account, 2);
    b->nick = "bee";
    assert_ok(session, corm_commit(session));
    b = corm_get(session, Account, 2);
    assert_int_equal(corm_update_all(session, Account,
                                     .set = corm_sets(corm_set(Account_.nick, "x"),
                                                      corm_set(Account_.points, 100)),
                                     .all_rows = true),
                     3);
    assert_string_equal(b->nick, "x");
    corm_savepoint savepoint;
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    assert_int_equal(
        corm_update_all(session, Account, .set = corm_set(Account_.nick, "y"), .all_rows = true),
        3);
    assert_string_equal(b->nick, "y");
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_string_equal(b->nick, "x");
    assert_ok(session, corm_rollback(session));
    assert_string_equal(b->nick, "bee");
    assert_int_equal(b->points, 10);
    assert_int_equal(b->version, 2);
    assert_stored(session, "bee|10|2", "SELECT nick, points, version FROM accounts WHERE id = 2");
}

static void an_expired_object_stays_expired(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    Account *b = corm_get(session, Account, 2);
    run_sql(session, "UPDATE accounts SET remark = 'from elsewhere' WHERE id = 2");
    assert_ok(session, corm_expire(session, b));
    assert_int_equal(
        corm_update_all(session, Account, .set = corm_set(Account_.points, 2), .all_rows = true),
        3);
    assert_int_equal(b->points, 2);
    assert_ok(session, corm_current(b));
    assert_string_equal(b->remark, "from elsewhere");
}

static void conditions_reach_what_a_query_reaches(void **state)
{
    corm_session *session = *state;
    User *ann = user_with_posts(session, "ann", 2);
    (void)user_with_posts(session, "ben", 1);
    assert_int_equal(corm_update_all(session, Post, .set = corm_set(Post_.title, "hers"),
                                     .where = corm_related_to(User_.posts, ann)),
                     2);
    const int64_t ids[] = {1, 3};
    assert_int_equal(corm_update_all(session, Post, .set = corm_set(Post_.title, "in"),
                                     .where = corm_in(Post_.id, ids, 2)),
                     2);
    assert_int_equal(corm_update_all(session, Post, .set = corm_set(Post_.title, "never"),
                                     .where = corm_in(Post_.id, ids, 0)),
                     0);
    assert_stored(session, "in;hers;in", "SELECT title FROM posts ORDER BY id");
}

static void a_changed_reference_is_seen_from_both_ends(void **state)
{
    corm_session *session = *state;
    User *ann = user_with_posts(session, "ann", 2), *ben = user_with_posts(session, "ben", 1);
    start_afresh(session);
    ann = corm_get(session, User, 1);
    ben = corm_get(session, User, 2);
    Post_list before = User_posts(ann);
    Post *first = before.items[0];
    assert_int_equal(User_posts(ben).count, 1);
    assert_ptr_equal(Post_author_user(first), ann);
    assert_int_equal(corm_update_all(session, Post, .set = corm_set(Post_.user_id, ben->id),
                                     .where = corm_eq(Post_.id, first->id)),
                     1);
    assert_ptr_equal(Post_author_user(first), ben);
    assert_int_equal(User_posts(ann).count, 1);
    assert_int_equal(User_posts(ben).count, 2);
    assert_int_equal(before.count, 2); /* a list that was handed out lives on */
    assert_ptr_equal(before.items[0], first);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(User_posts(ann).count, 2);
    assert_ptr_equal(Post_author_user(first), ann);
}

static void a_column_that_others_refer_to_may_carry_them_along(void **state)
{
    corm_session *session = *state;
    Owner *owner = corm_new(session, Owner, .name = "old");
    Card *card = corm_new(session, Card);
    assert_ok(session, Owner_cards_append(owner, card));
    assert_ok(session, corm_add(session, owner));
    assert_ok(session, corm_commit(session));
    assert_string_equal(card->owner_name, "old");
    assert_int_equal(
        corm_update_all(session, Owner, .set = corm_set(Owner_.name, "new"), .all_rows = true), 1);
    assert_string_equal(owner->name, "new");
    assert_string_equal(card->owner_name, "new"); /* ON UPDATE CASCADE */
    assert_ptr_equal(Card_owner(card), owner);
    assert_ok(session, corm_rollback(session));
    assert_string_equal(card->owner_name, "old");
}

static void an_update_hands_out_the_objects_of_its_rows(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    assert_ok(session, corm_clear(session));
    Account *b = corm_get(session, Account, 2);
    record(session);
    Account_list changed =
        corm_update_returning(session, Account, .set = corm_set(Account_.remark, "r"),
                              .where = corm_ge(Account_.points, 10));
    assert_ran(returns(session) ? 1 : 3, "");
    assert_int_equal(changed.count, 2);
    assert_true(changed.items[0] == b || changed.items[1] == b);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(changed.items[i]->remark, "r");
        assert_int_equal(changed.items[i]->version, 2);
        assert_int_equal(corm_state(changed.items[i]), CORM_STATE_PERSISTENT);
    }
    record(session);
    assert_ptr_equal(corm_get(session, Account, 3),
                     changed.items[0] == b ? changed.items[1] : changed.items[0]);
    assert_no_sql(); /* it is current */
    Account_list none = corm_update_returning(session, Account, .set = corm_set(Account_.points, 2),
                                              .where = corm_eq(Account_.id, 99));
    assert_int_equal(none.count, 0);
    assert_int_equal(corm_last_status(), CORM_OK);
}

/* ---- DELETE ------------------------------------------------------------------------------------- */

static void a_delete_is_one_statement_and_tells_its_rows(void **state)
{
    corm_session *session = *state;
    (void)user_with_posts(session, "ann", 3);
    start_afresh(session);
    assert_int_equal(corm_delete_all(session, Post, .where = corm_like(Post_.title, "ann %")), 3);
    assert_ran(2, "");
    assert_string_equal(sql_of("DELETE", 0), "DELETE FROM \"posts\" WHERE \"title\" LIKE ?1");
    assert_int_equal(corm_delete_all(session, Post, .all_rows = true), 0);
    assert_int_equal(corm_delete_all(session, User, .all_rows = true), 1);
    assert_stored(session, "0", "SELECT count(*) FROM users");
}

static void objects_of_deleted_rows_are_deleted(void **state)
{
    corm_session *session = *state;
    User *ann = user_with_posts(session, "ann", 3);
    assert_ok(session, corm_commit(session));
    Post_list posts = User_posts(ann);
    Post *first = posts.items[0], *last = posts.items[2];
    assert_int_equal(corm_delete_all(session, Post, .where = corm_le(Post_.id, first->id)), 1);
    assert_int_equal(corm_state(first), CORM_STATE_DELETED);
    assert_int_equal(corm_state(last), CORM_STATE_PERSISTENT);
    assert_int_equal(User_posts(ann).count, 2);
    assert_null(corm_get(session, Post, first->id));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(first), CORM_STATE_PERSISTENT);
    assert_int_equal(User_posts(ann).count, 3);
    assert_ptr_equal(corm_get(session, Post, first->id), first);
    assert_int_equal(corm_delete_all(session, Post, .where = corm_le(Post_.id, first->id)), 1);
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_state(first), CORM_STATE_DETACHED);
    assert_string_equal(first->title, "ann 1");
    assert_stored(session, "2", "SELECT count(*) FROM posts");
}

/* An owner with a pet that has a chip and a club, and a toy, committed. */
static Owner *owner_with_all(corm_session *session, const char *name)
{
    Owner *owner = corm_new(session, Owner, .name = name);
    Pet *pet = corm_new(session, Pet, .name = name);
    assert_ok(session, Owner_pets_append(owner, pet));
    assert_ok(session, Pet_chips_append(pet, corm_new(session, Chip)));
    assert_ok(session, Pet_clubs_append(pet, corm_new(session, Club, .name = name)));
    assert_ok(session, Owner_toys_append(owner, corm_new(session, Toy)));
    assert_ok(session, corm_add(session, owner));
    assert_ok(session, corm_commit(session));
    return owner;
}

static void what_the_foreign_keys_do_is_seen_in_other_objects(void **state)
{
    corm_session *session = *state;
    Owner *ann = owner_with_all(session, "ann"), *ben = owner_with_all(session, "ben");
    Toy *toy = Owner_toys(ann).items[0];
    Pet *pet = Owner_pets(ann).items[0], *other = Owner_pets(ben).items[0];
    Club *club = Pet_clubs(pet).items[0];
    assert_int_equal(Club_pets(club).count, 1);
    Chip *chip = Pet_chips(pet).items[0], *kept = Pet_chips(other).items[0];
    assert_int_equal(corm_delete_all(session, Owner, .where = corm_eq(Owner_.name, "ann")), 1);
    assert_int_equal(corm_state(ann), CORM_STATE_DELETED);
    assert_int_equal(corm_state(pet), CORM_STATE_DELETED);  /* CASCADE */
    assert_int_equal(corm_state(chip), CORM_STATE_DELETED); /* and so on */
    assert_int_equal(corm_state(other), CORM_STATE_PERSISTENT);
    assert_int_equal(corm_state(kept), CORM_STATE_PERSISTENT);
    assert_false(toy->owner_id.has_value); /* SET NULL */
    assert_null(Toy_owner(toy));
    assert_int_equal(Club_pets(club).count, 0);
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(chip), CORM_STATE_PERSISTENT);
    assert_true(toy->owner_id.has_value);
    assert_ptr_equal(Toy_owner(toy), ann);
    assert_ptr_equal(Club_pets(club).items[0], pet);
}

static void a_cascade_is_followed_through_rows_that_are_not_loaded(void **state)
{
    corm_session *session = *state;
    (void)owner_with_all(session, "ann");
    start_afresh(session);
    Chip *chip = corm_get(session, Chip, 1);
    assert_int_equal(corm_delete_all(session, Owner, .all_rows = true), 1);
    assert_int_equal(corm_state(chip), CORM_STATE_DELETED);
}

static void a_delete_hands_out_the_objects_of_its_rows(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    assert_ok(session, corm_clear(session));
    Account *b = corm_get(session, Account, 2);
    Account_list gone = corm_delete_returning(session, Account, .where = corm_ge(Account_.id, 2));
    assert_int_equal(gone.count, 2);
    Account *c = gone.items[0] == b ? gone.items[1] : gone.items[0];
    assert_int_equal(corm_state(b), CORM_STATE_DELETED);
    assert_int_equal(corm_state(c), CORM_STATE_DELETED);
    assert_string_equal(c->name, "c");
    assert_int_equal(c->points, 20);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(c), CORM_STATE_PERSISTENT);
    assert_ptr_equal(corm_get(session, Account, 3), c);
}

static void what_still_is_referred_to_is_told(void **state)
{
    corm_session *session = *state;
    Owner *ann = owner_with_all(session, "ann");
    assert_ok(session, Owner_visits_append(ann, corm_new(session, Visit)));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_delete_all(session, Owner, .where = corm_eq(Owner_.name, "ann")), -1);
    assert_int_equal(corm_last_status(), CORM_FOREIGN_KEY);
    assert_message(session, "visits.owner_id: 1 row still refers to rows of owners that are to be "
                            "deleted: delete or move them first, or declare .on_delete for "
                            "Visit.owner_id (DELETE of owners by query)");
    assert_status(session, CORM_PENDING_ROLLBACK, corm_commit(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(corm_state(ann), CORM_STATE_PERSISTENT);
    assert_stored(session, "1", "SELECT count(*) FROM owners");
}

/* ---- Keys of several columns, inheritance ------------------------------------------------------- */

static void keys_of_several_columns_find_their_objects(void **state)
{
    corm_session *session = *state;
    for (int i = 1; i <= 3; i++)
        assert_ok(session, corm_add(session, corm_new(session, Part, .machine = "m", .number = i,
                                                      .stock = i)));
    assert_ok(session, corm_commit(session));
    Part *two = corm_get(session, Part, "m", 2), *three = corm_get(session, Part, "m", 3);
    assert_int_equal(corm_update_all(session, Part, .set = corm_set(Part_.stock, 9),
                                     .where = corm_le(Part_.number, 2)),
                     2);
    assert_int_equal(two->stock, 9);
    assert_int_equal(three->stock, 3);
    assert_int_equal(corm_delete_all(session, Part, .where = corm_eq(Part_.stock, 9)), 2);
    assert_int_equal(corm_state(two), CORM_STATE_DELETED);
    assert_int_equal(corm_state(three), CORM_STATE_PERSISTENT);
}

static void kinds_in_one_table_are_told_apart(void **state)
{
    corm_session *session = *state;
    Beast *cow = corm_new(session, Beast, .name = "cow", .weight = 500);
    Bird *crow = corm_new(session, Bird, .name = "crow", .weight = 1, .span = corm_some(90));
    assert_ok(session, corm_add(session, cow));
    assert_ok(session, corm_add(session, crow));
    assert_int_equal(corm_update_all(session, Bird, .set = corm_set(Bird_.span, 80),
                                     .where = corm_gt(Bird_.weight, 0)),
                     1);
    assert_int_equal(crow->span.value, 80);
    assert_int_equal(
        corm_update_all(session, Beast, .set = corm_set(Beast_.weight, 2), .all_rows = true), 2);
    assert_int_equal(crow->weight, 2);
    assert_int_equal(cow->weight, 2);
    Beast_list all =
        corm_update_returning(session, Beast, .set = corm_set(Beast_.weight, 3), .all_rows = true);
    assert_int_equal(all.count, 2);
    assert_int_equal(corm_delete_all(session, Bird, .all_rows = true), 1);
    assert_int_equal(corm_state(crow), CORM_STATE_DELETED);
    assert_int_equal(corm_state(cow), CORM_STATE_PERSISTENT);
    assert_stored(session, "beast", "SELECT kind FROM beasts");
}

static void rows_in_several_tables_are_written_by_their_keys(void **state)
{
    corm_session *session = *state;
    Staff *joe = corm_new(session, Staff, .name = "joe");
    Boss *sue = corm_new(session, Boss, .name = "sue", .title = "Dr", .bonus = 5);
    assert_ok(session, corm_add(session, joe));
    assert_ok(session, corm_add(session, sue));
    assert_ok(session, corm_commit(session));
    assert_int_equal(
        corm_update_all(session, Boss,
                        .set = corm_sets(corm_set(Boss_.name, "Sue"), corm_set(Boss_.bonus, 7)),
                        .where = corm_and(corm_eq(Boss_.title, "Dr"), corm_eq(Boss_.name, "sue"))),
        1);
    assert_string_equal(sue->name, "Sue");
    assert_int_equal(sue->bonus, 7);
    assert_int_equal(sue->version, 2);
    assert_string_equal(joe->name, "joe");
    assert_int_equal(
        corm_update_all(session, Staff, .set = corm_set(Staff_.name, "x"), .all_rows = true), 2);
    assert_string_equal(sue->name, "x");
    assert_string_equal(joe->name, "x");
    Staff_list both =
        corm_update_returning(session, Staff, .set = corm_set(Staff_.name, "z"), .all_rows = true);
    assert_int_equal(both.count, 2);
    sue->bonus = 8; /* its version is the stored one */
    assert_ok(session, corm_commit(session));
    assert_stored(session, "z|5|8", "SELECT name, version, bonus FROM staff NATURAL JOIN bosses");
    assert_int_equal(
        corm_update_all(session, Boss, .set = corm_set(Boss_.title, Boss_.name), .all_rows = true),
        -1);
    assert_int_equal(
        corm_update_all(session, Boss,
                        .set = corm_sets(corm_set(Boss_.bonus, corm_plus(Boss_.bonus, 1)),
                                         corm_set(Boss_.name, corm_upper(Boss_.name))),
                        .where = corm_eq(Boss_.title, "Dr")),
        1);
    assert_string_equal(sue->name, "Z");
    assert_int_equal(sue->bonus, 9);
    assert_ok(session, corm_rollback(session));
    assert_int_equal(
        corm_update_all(session, Boss, .set = corm_set(Boss_.title, Boss_.name), .all_rows = true),
        -1);
    assert_message(session,
                   ".set of a query of Boss: staff.name is in another table than what it is "
                   "for, which is in bosses");
    assert_int_equal(corm_delete_all(session, Staff, .where = corm_eq(Staff_.id, sue->id)), 1);
    assert_int_equal(corm_state(sue), CORM_STATE_DELETED);
    assert_stored(session, "1|0", "SELECT count(*), (SELECT count(*) FROM bosses) FROM staff");
    assert_ok(session, corm_rollback(session));
    Boss_list gone = corm_delete_returning(session, Boss, .where = corm_eq(Boss_.bonus, 8));
    assert_int_equal(gone.count, 1);
    assert_ptr_equal(gone.items[0], sue);
    assert_stored(session, "joe|0",
                  "SELECT coalesce(max(nullif(name, 'z')), 'joe'), (SELECT count(*) FROM "
                  "bosses) FROM staff");
}

/* ---- Refused ------------------------------------------------------------------------------------ */

#define assert_refused(status_, part_, call_)                                                      \
    do {                                                                                           \
        assert_int_equal((call_), -1);                                                             \
        assert_int_equal(corm_last_status(), (status_));                                           \
        assert_message(session, (part_));                                                          \
    } while (0)

static void a_forgotten_condition_is_refused(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    record(session);
    assert_refused(CORM_MISUSE,
                   "corm_update_all(session, Account, ...) without .where: say .all_rows = true if "
                   "every row is meant",
                   corm_update_all(session, Account, .set = corm_set(Account_.points, 2)));
    assert_refused(CORM_MISUSE, "corm_delete_all(session, Account, ...) without .where",
                   corm_delete_all(session, Account));
    const corm_condition none = {0};
    assert_refused(CORM_MISUSE, "without .where",
                   corm_delete_all(session, Account, .where = corm_and(none, none)));
    assert_refused(
        CORM_MISUSE, ".where and .all_rows = true exclude each other",
        corm_delete_all(session, Account, .where = corm_eq(Account_.id, 1), .all_rows = true));
    assert_no_sql();
    assert_ok(session, corm_commit(session)); /* nothing blocks */
    assert_stored(session, "3", "SELECT count(*) FROM accounts");
}

#define assert_unsettable(part_, ...)                                                              \
    assert_refused(CORM_MISUSE, part_,                                                             \
                   corm_update_all(session, Account, .set = __VA_ARGS__, .all_rows = true))

static void columns_that_cannot_be_set_are_named(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    record(session);
    assert_refused(CORM_MISUSE, "an UPDATE of Account without .set",
                   corm_update_all(session, Account, .all_rows = true));
    assert_unsettable("accounts.id cannot be in .set: it is part of the primary key",
                      corm_set(Account_.id, 5));
    assert_unsettable("accounts.twice cannot be in .set: the database computes it",
                      corm_set(Account_.twice, 5));
    assert_unsettable("accounts.version cannot be in .set: corm counts it",
                      corm_set(Account_.version, 5));
    assert_unsettable("accounts.points is in .set twice",
                      corm_sets(corm_set(Account_.points, 2), corm_set(Account_.points, 4)));
    assert_unsettable(".set of Account: Post.title is a column of another model",
                      corm_set(Post_.title, "x"));
    assert_unsettable("accounts.nick cannot be set from remark: not every value of that one fits",
                      corm_set(Account_.nick, Account_.remark));
    assert_unsettable(".set of a query of Account: Owner.name is a column of another model",
                      corm_set(Account_.remark, Owner_.name));
    int64_t *nothing = NULL;
    assert_refused(CORM_DATA, "accounts.points: corm_var(NULL): there is no variable",
                   corm_update_all(session, Account,
                                   .set = corm_set(Account_.points, corm_var(nothing)),
                                   .all_rows = true));
    assert_unsettable(".set of a query of Account is damaged: it was not made by corm's macros",
                      corm_assignment_of(Account_.points.column, corm_gt(Account_.points, 2)));
    assert_refused(
        CORM_MISUSE, "beasts.kind cannot be in .set: it says of which model a row is",
        corm_update_all(session, Beast, .set = corm_set(Beast_.kind, "bird"), .all_rows = true));
    static corm_assignments many[CORM_CONDITION_NODES + 2];
    for (size_t i = 0; i < CORM_CONDITION_NODES + 1; i++)
        many[i] = corm_set(Account_.points, 2);
    many[CORM_CONDITION_NODES + 1] = (corm_assignments){.count = UINT16_MAX};
    assert_unsettable("define CORM_CONDITION_NODES larger", corm_assignments_join(many));
    assert_no_sql();
}

static void values_are_checked_as_in_a_flush(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    const char *none = NULL;
    static const unsigned char bytes[5] = {1, 2, 3, 4, 5};
    record(session);
#define assert_misfit(status_, part_, ...)                                                         \
    assert_refused(status_, part_,                                                                 \
                   corm_update_all(session, Account, .set = __VA_ARGS__, .all_rows = true))
    assert_misfit(CORM_DATA, "accounts.name: ", corm_set(Account_.name, "longer than ten"));
    assert_misfit(CORM_DATA, "accounts.name: ", corm_set(Account_.name, "\xff"));
    assert_misfit(CORM_NOT_NULL, "accounts.name is to become NULL, but must have a value",
                  corm_set(Account_.name, none));
    assert_misfit(CORM_NOT_NULL, "accounts.name is to become NULL, but must have a value",
                  corm_set_null(Account_.name));
    assert_misfit(CORM_DATA, "accounts.seen: ", corm_set(Account_.seen, corm_date_of(2026, 2, 30)));
    assert_misfit(CORM_DATA,
                  "accounts.balance: ", corm_set(Account_.balance, corm_decimal_of("1.234")));
    assert_misfit(CORM_DATA, "accounts.level: ", corm_set(Account_.level, 7));
    assert_misfit(CORM_DATA, "accounts.small: ", corm_set(Account_.small, 200));
    assert_misfit(CORM_DATA, "accounts.picture: ",
                  corm_set(Account_.picture, ((corm_blob){bytes, sizeof bytes})));
    assert_misfit(CORM_REFUSED,
                  "accounts.points: the integer 3 is refused: an odd number (UPDATE by query)",
                  corm_set(Account_.points, 3));
    assert_misfit(CORM_DATA, "accounts.note: no note for that one (UPDATE by query)",
                  corm_set(Account_.nick, "refuse"));
    assert_no_sql();
    assert_int_equal(
        corm_update_all(session, Account, .set = corm_set(Account_.remark, none), .all_rows = true),
        3);
}

static void a_statement_that_fails_is_told_and_undone(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    Account *a = corm_get(session, Account, 1);
    a->remark = "pending";
    assert_refused(CORM_UNIQUE,
                   "accounts.name: several rows would have the same value, and it must be unique "
                   "(UPDATE of accounts by query)",
                   corm_update_all(session, Account, .set = corm_set(Account_.name, "same"),
                                   .all_rows = true));
    assert_int_equal(corm_delete_all(session, Account, .all_rows = true), -1);
    assert_int_equal(corm_last_status(), CORM_PENDING_ROLLBACK);
    assert_ok(session, corm_rollback(session));
    assert_string_equal(a->name, "a");
    assert_null(a->remark);
    assert_refused(CORM_CHECK, "accounts: a row would not meet the check \"points < 1000\"",
                   corm_update_all(session, Account, .set = corm_set(Account_.points, 5000),
                                   .all_rows = true));
    assert_ok(session, corm_rollback(session));
    assert_refused(
        CORM_CHECK, "accounts: a row would not meet the check \"points < 1000\"",
        corm_update_all(session, Account,
                        .set = corm_set(Account_.points, corm_plus(Account_.points, 995)),
                        .all_rows = true));
    assert_ok(session, corm_rollback(session));
    assert_refused(CORM_NOT_NULL, "accounts.name would be NULL, but must have a value",
                   corm_update_all(session, Account, .set = corm_set(Account_.name, Account_.nick),
                                   .all_rows = true));
    assert_ok(session, corm_rollback(session));
    (void)owner_with_all(session, "ann");
    assert_refused(
        CORM_FOREIGN_KEY, "pets.owner_id = 99: no owners.id 99 (UPDATE of pets by query)",
        corm_update_all(session, Pet, .set = corm_set(Pet_.owner_id, 99), .all_rows = true));
    assert_ok(session, corm_rollback(session));
}

static void wrong_arguments_are_told(void **state)
{
    corm_session *session = *state;
    assert_int_equal(corm_query_update(NULL, NULL), -1);
    assert_refused(CORM_NULL_ARGUMENT, "corm_update_all: nothing to do is given",
                   corm_query_update(session, NULL));
    assert_refused(CORM_NULL_ARGUMENT, "corm_delete_all: nothing to do is given",
                   corm_query_delete(session, NULL));
    assert_refused(CORM_NULL_ARGUMENT, "corm_delete_all: the model is NULL",
                   corm_query_delete(session, &(corm_deletion){.all_rows = true}));
    assert_refused(CORM_WRONG_MODEL, "corm_delete_all: User is no model of schema office",
                   corm_delete_all(session, User, .all_rows = true));
    int64_t *ids = (int64_t *)calloc(40000, sizeof *ids);
    assert_non_null(ids);
    assert_int_equal(corm_delete_all(session, Account, .where = corm_in(Account_.id, ids, 40000)),
                     0); /* as one parameter */
    free(ids);
}

/* ---- Hooks -------------------------------------------------------------------------------------- */

static int updates_seen, loads_seen;
static bool count_update(corm_session *session, void *object, void *context)
{
    (void)session;
    (void)object;
    (void)context;
    updates_seen++;
    return true;
}
static bool count_load(corm_session *session, void *object, void *context)
{
    (void)session;
    (void)object;
    (void)context;
    loads_seen++;
    return true;
}
static char said[800];
static bool update_in_a_flush(corm_session *session, void *context)
{
    (void)context;
    const int64_t rows =
        corm_update_all(session, Account, .set = corm_set(Account_.points, 2), .all_rows = true);
    (void)snprintf(said, sizeof said, "%s", corm_error_message(session));
    return rows >= 0;
}

static void hooks_of_loading_are_called_and_those_of_objects_not(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    Account *a = corm_get(session, Account, 1);
    static const corm_hooks hooks = {.before_update = count_update, .after_load = count_load};
    assert_ok(session, corm_session_set_hooks(session, &hooks));
    updates_seen = loads_seen = 0;
    Account_list all = corm_update_returning(session, Account, .set = corm_set(Account_.points, 2),
                                             .all_rows = true);
    assert_int_equal(all.count, 3);
    assert_int_equal(a->points, 2);
    assert_int_equal(updates_seen, 0);
    assert_int_equal(loads_seen, 3);
    assert_ok(session, corm_session_set_hooks(session, NULL));
}

static void inside_of_a_flush_it_is_refused(void **state)
{
    corm_session *session = *state;
    three_accounts(session);
    static const corm_hooks hooks = {.before_flush = update_in_a_flush};
    assert_ok(session, corm_session_set_hooks(session, &hooks));
    assert_ok(session, corm_add(session, corm_new(session, Account, .name = "d")));
    assert_status(session, CORM_MISUSE, corm_flush(session));
    assert_message(session, "corm_update_all inside of before_flush, which cannot flush");
    assert_part(said, "corm_update_all inside of before_flush, which cannot flush");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_session_set_hooks(session, NULL));
}

/* ---- Anything, in any order --------------------------------------------------------------------- */

static unsigned long seed;
static int64_t dice(int64_t sides)
{
    seed = seed * 6364136223846793005UL + 1442695040888963407UL;
    return (int64_t)(seed >> 33) % sides;
}

/* What was loaded of rows that a rollback took away is noticed when it is read again. */
static bool is_there(corm_session *session, void *object)
{
    if (object == NULL || corm_state(object) != CORM_STATE_PERSISTENT)
        return false;
    const corm_status status = corm_current(object);
    if (status == CORM_ROW_MISSING)
        corm_clear_error(session);
    else
        assert_ok(session, status);
    return status == CORM_OK;
}

/* Every object and every collection is what the database says. */
static void compare_all(corm_session *session, Owner **owners, Pet **pets, Chip **chips,
                        size_t count)
{
    char sql[200], expected[100];
    for (size_t i = 0; i < count; i++) {
        if (is_there(session, owners[i])) {
            (void)snprintf(
                sql, sizeof sql,
                "SELECT name, (SELECT count(*) FROM pets WHERE owner_id = o.id), (SELECT "
                "count(*) FROM toys WHERE owner_id = o.id) FROM owners o WHERE id = %d",
                (int)owners[i]->id);
            (void)snprintf(expected, sizeof expected, "%s|%zu|%zu", owners[i]->name,
                           Owner_pets(owners[i]).count, Owner_toys(owners[i]).count);
            assert_stored(session, expected, sql);
        }
        if (is_there(session, pets[i])) {
            (void)snprintf(
                sql, sizeof sql,
                "SELECT name, wild, owner_id, (SELECT count(*) FROM chips WHERE pet_id = "
                "p.id) FROM pets p WHERE id = %d",
                (int)pets[i]->id);
            (void)snprintf(expected, sizeof expected, "%s|%d|%d|%zu", pets[i]->name, pets[i]->wild,
                           (int)pets[i]->owner_id, Pet_chips(pets[i]).count);
            assert_stored(session, expected, sql);
            assert_int_equal(Pet_owner(pets[i])->id, pets[i]->owner_id);
        }
        if (is_there(session, chips[i])) {
            (void)snprintf(sql, sizeof sql, "SELECT pet_id FROM chips WHERE id = %d",
                           (int)chips[i]->id);
            (void)snprintf(expected, sizeof expected, "%d", (int)chips[i]->pet_id);
            assert_stored(session, expected, sql);
        }
    }
}

/* Some objects into the session, and into the arrays by their keys. */
static void load_some(corm_session *session, Owner **owners, Pet **pets, Chip **chips, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (dice(2) == 0)
            owners[i] = corm_get(session, Owner, (int64_t)i + 1);
        if (dice(2) == 0)
            pets[i] = corm_get(session, Pet, (int64_t)i + 1);
        if (dice(2) == 0)
            chips[i] = corm_get(session, Chip, (int64_t)i + 1);
    }
}

static void insert_some(corm_session *session)
{
    char names[3][20];
    Owner owners[3] = {{0}};
    for (int i = 0; i < 3; i++) {
        (void)snprintf(names[i], sizeof names[i], "owner %d", (int)dice(12));
        owners[i].name = names[i];
    }
    assert_true(corm_insert_all(session, Owner, owners, 3, .ignore = true) >= 0);
    for (int i = 0; i < 3; i++) {
        Owner *owner = corm_first(session, Owner, .where = corm_eq(Owner_.name, names[i]));
        Pet pets[2] = {{.name = "pet", .owner_id = owner->id},
                       {.name = "cat", .owner_id = owner->id}};
        assert_int_equal(corm_insert_all(session, Pet, pets, 2), 2);
        Chip chips[1] = {{.pet_id = pets[dice(2)].id}};
        assert_int_equal(corm_insert_all(session, Chip, chips, 1), 1);
        Toy toys[1] = {{.owner_id = corm_some(owner->id)}};
        assert_int_equal(corm_insert_all(session, Toy, toys, 1), 1);
    }
}

static void write_something(corm_session *session)
{
    const int64_t key = 1 + dice(12), other = 1 + dice(12);
    switch (dice(9)) {
    case 0: insert_some(session); break;
    case 1:
        assert_true(corm_update_all(session, Pet, .set = corm_set(Pet_.wild, dice(2) == 0),
                                    .where = corm_le(Pet_.id, key)) >= 0);
        break;
    case 2:
        if (corm_get(session, Owner, other) != NULL)
            assert_true(corm_update_all(session, Pet, .set = corm_set(Pet_.owner_id, other),
                                        .where = corm_eq(Pet_.owner_id, key)) >= 0);
        break;
    case 3:
        assert_true(corm_delete_all(session, Owner, .where = corm_eq(Owner_.id, key)) >= 0);
        break;
    case 4:
        assert_true(corm_delete_all(session, Pet, .where = corm_between(Pet_.id, key, other)) >= 0);
        break;
    case 5:
        (void)corm_update_returning(session, Pet, .set = corm_set(Pet_.name, "named"),
                                    .where = corm_gt(Pet_.id, key));
        assert_int_equal(corm_last_status(), CORM_OK);
        break;
    case 6: {
        Pet *pet = corm_get(session, Pet, key);
        if (pet != NULL)
            pet->name = "assigned";
        break;
    }
    case 7: assert_ok(session, corm_commit(session)); break;
    default: assert_ok(session, corm_rollback(session)); break;
    }
}

static void whatever_is_written_objects_are_as_their_rows(void **state)
{
    enum { COUNT = 12, ROUNDS = 400 };
    corm_session *session = *state;
    Owner *owners[COUNT] = {NULL};
    Pet *pets[COUNT] = {NULL};
    Chip *chips[COUNT] = {NULL};
    const char *wanted = getenv("CORM_SEED");
    seed = wanted == NULL ? 1 : strtoul(wanted, NULL, 10);
    corm_trace(session, NULL, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        load_some(session, owners, pets, chips, COUNT);
        write_something(session);
        const bool open = dice(4) == 0;
        corm_savepoint savepoint = {0};
        if (open)
            assert_ok(session, corm_savepoint_begin(session, &savepoint));
        if (open)
            write_something(session);
        if (open && corm_savepoint_rollback(session, savepoint) != CORM_OK)
            corm_clear_error(session); /* it was committed, or rolled back as a whole */
        assert_ok(session, corm_flush(session));
        load_some(session, owners, pets, chips, COUNT);
        compare_all(session, owners, pets, chips, COUNT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BLOG_TEST(an_update_is_one_statement_and_tells_its_rows),
        OFFICE_TEST(assignments_may_be_built_up_and_kept),
        BOTH_TEST(objects_of_the_session_have_the_new_values),
        BOTH_TEST(what_a_column_gets_may_be_any_expression),
        BLOG_TEST(expressions_may_ask_other_tables),
        BLOG_TEST(conditions_may_ask_other_tables),
        BOTH_TEST(what_is_pending_is_flushed_before),
        cmocka_unit_test(a_session_without_autoflush_flushes_before_it_too),
        BOTH_TEST(a_rollback_brings_the_old_values_back),
        BOTH_TEST(an_expired_object_stays_expired),
        BLOG_TEST(conditions_reach_what_a_query_reaches),
        BLOG_TEST(a_changed_reference_is_seen_from_both_ends),
        BOTH_TEST(a_column_that_others_refer_to_may_carry_them_along),
        BOTH_TEST(an_update_hands_out_the_objects_of_its_rows),
        BLOG_TEST(a_delete_is_one_statement_and_tells_its_rows),
        BLOG_TEST(objects_of_deleted_rows_are_deleted),
        BOTH_TEST(what_the_foreign_keys_do_is_seen_in_other_objects),
        BOTH_TEST(a_cascade_is_followed_through_rows_that_are_not_loaded),
        BOTH_TEST(a_delete_hands_out_the_objects_of_its_rows),
        BOTH_TEST(what_still_is_referred_to_is_told),
        BOTH_TEST(keys_of_several_columns_find_their_objects),
        BOTH_TEST(kinds_in_one_table_are_told_apart),
        BOTH_TEST(rows_in_several_tables_are_written_by_their_keys),
        OFFICE_TEST(a_forgotten_condition_is_refused),
        OFFICE_TEST(columns_that_cannot_be_set_are_named),
        OFFICE_TEST(values_are_checked_as_in_a_flush),
        BOTH_TEST(a_statement_that_fails_is_told_and_undone),
        OFFICE_TEST(wrong_arguments_are_told),
        BOTH_TEST(hooks_of_loading_are_called_and_those_of_objects_not),
        OFFICE_TEST(inside_of_a_flush_it_is_refused),
        BOTH_TEST(whatever_is_written_objects_are_as_their_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
