/* inheritance: models that are kinds of another one, in its table or with one of their own. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

#include "support.h"

/* clang-format off */
#define COMPANY(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(ONE_TO_MANY, employees, Employee, company)

#define EMPLOYEE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER,           id,         .primary_key = true)                                     \
    COLUMN(TEXT,              type,       .length = 20)                                            \
    COLUMN(TEXT,              name,       .index = true)                                           \
    COLUMN(OPTIONAL(INTEGER), company_id, .references = corm_ref(Company, id))                     \
    RELATIONSHIP(MANY_TO_ONE, company, Company, employees)                                         \
    RELATIONSHIP(ONE_TO_MANY, laptops, Laptop,  BACKREF(owner), .cascade = CORM_CASCADE_ALL)

/* in the table of employees */
#define MANAGER(COLUMN, RELATIONSHIP)                                                              \
    EMPLOYEE(COLUMN, CORM_INHERITED)                                                               \
    COLUMN(TEXT,           title)                                                                  \
    COLUMN(OPTIONAL(REAL), bonus)                                                                  \
    RELATIONSHIP(ONE_TO_MANY, reports, Report, author)

/* with a table of its own */
#define ENGINEER(COLUMN, RELATIONSHIP)                                                             \
    EMPLOYEE(COLUMN, CORM_INHERITED)                                                               \
    COLUMN(TEXT,           language)                                                               \
    COLUMN(INTEGER,        level,   .default_value = corm_default(1), .index = true)               \
    COLUMN(OPTIONAL(TEXT), title)                                                                  \
    RELATIONSHIP(MANY_TO_MANY, projects, Project, BACKREF(engineers),                              \
                 .secondary = corm_secondary("project_engineers", "engineer_id", "project_id"))

/* a table of its own below a model without one */
#define DIRECTOR(COLUMN, RELATIONSHIP)                                                             \
    MANAGER(COLUMN, CORM_INHERITED)                                                                \
    COLUMN(OPTIONAL(TEXT), car)

/* in the table of its joined base */
#define LEAD(COLUMN, RELATIONSHIP)                                                                 \
    ENGINEER(COLUMN, CORM_INHERITED)                                                               \
    COLUMN(INTEGER, people)

#define LAPTOP(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,       .primary_key = true)                                                 \
    COLUMN(TEXT,    model)                                                                         \
    COLUMN(INTEGER, owner_id, .references = corm_ref(Employee, id))

#define REPORT(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              subject)                                                             \
    COLUMN(OPTIONAL(INTEGER), author_id, .references = corm_ref(Manager, id))                      \
    RELATIONSHIP(MANY_TO_ONE, author, Manager, reports)

#define PROJECT(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER,           id,      .primary_key = true)                                        \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), lead_id, .references = corm_ref(Lead, id))                           \
    RELATIONSHIP(MANY_TO_ONE, lead, Lead, NONE)

#define FIRM(MODEL)                                                                                \
    MODEL(Company,  "companies", COMPANY)                                                          \
    MODEL(Employee, "employees", EMPLOYEE,                                                         \
          .discriminator = corm_member(Employee, type), .identity = "employee")                    \
    MODEL(Manager,  "employees", MANAGER,  .inherits = corm_base(Employee), .identity = "manager") \
    MODEL(Engineer, "engineers", ENGINEER, .inherits = corm_base(Employee), .identity = "engineer") \
    MODEL(Director, "directors", DIRECTOR, .inherits = corm_base(Manager),  .identity = "director") \
    MODEL(Lead,     "engineers", LEAD,     .inherits = corm_base(Engineer), .identity = "lead")    \
    MODEL(Laptop,   "laptops",   LAPTOP)                                                           \
    MODEL(Report,   "reports",   REPORT)                                                           \
    MODEL(Project,  "projects",  PROJECT)
/* clang-format on */

CORM_SCHEMA(firm, FIRM)

#define SHAPE_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_shapes, close_session)
#define FIRM_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_firm, close_session)

static int open_firm(void **state)
{
    *state = memory_session(&firm);
    return *state == NULL;
}

/* Ann, an employee; Mia, a manager; Eve, an engineer; Dan, a director; Leo, a lead: 1 to 5. */
static Company *staff(corm_session *session)
{
    Company *company = corm_new(session, Company, .name = "Acme");
    assert_got(session, company);
    void *people[] = {
        corm_new(session, Employee, .name = "Ann"),
        corm_new(session, Manager, .name = "Mia", .title = "Head", .bonus = corm_some(1.5)),
        corm_new(session, Engineer, .name = "Eve", .language = "C"),
        corm_new(session, Director, .name = "Dan", .title = "Boss", .car = "Saab"),
        corm_new(session, Lead, .name = "Leo", .language = "Ada", .level = 7, .people = 3)};
    for (size_t i = 0; i < 5; i++)
        assert_ok(session, Company_employees_append(company, people[i]));
    assert_ok(session, corm_add(session, company));
    assert_ok(session, corm_flush(session));
    return company;
}

static Company *staff_afresh(corm_session *session)
{
    (void)staff(session);
    start_afresh(session);
    Company *company = corm_get(session, Company, 1);
    assert_got(session, company);
    record(session);
    return company;
}

/* ---- Tables ---------------------------------------------------------------------------------- */

static void a_table_has_the_columns_of_all_models_in_it(void **state)
{
    (void)state;
    char *ddl = corm_ddl(&firm, corm_sqlite_dialect(), NULL);
    assert_part(ddl,
                "CREATE TABLE IF NOT EXISTS \"employees\" (\n"
                "    \"id\" INTEGER PRIMARY KEY,\n"
                "    \"type\" VARCHAR(20) NOT NULL,\n"
                "    \"name\" TEXT NOT NULL,\n"
                "    \"company_id\" INTEGER REFERENCES \"companies\" (\"id\"),\n"
                "    \"title\" TEXT,\n"
                "    \"bonus\" REAL\n"
                ");\n"
                "CREATE INDEX IF NOT EXISTS \"ix_employees_name\" ON \"employees\" (\"name\");");
    assert_part(ddl, "CREATE TABLE IF NOT EXISTS \"engineers\" (\n"
                     "    \"id\" INTEGER PRIMARY KEY REFERENCES \"employees\" (\"id\") "
                     "ON DELETE CASCADE ON UPDATE CASCADE,\n"
                     "    \"language\" TEXT NOT NULL,\n"
                     "    \"level\" INTEGER NOT NULL,\n"
                     "    \"title\" TEXT,\n"
                     "    \"people\" INTEGER\n"
                     ");\n"
                     "CREATE INDEX IF NOT EXISTS \"ix_engineers_level\" ON \"engineers\"");
    assert_part(ddl, "CREATE TABLE IF NOT EXISTS \"directors\" (\n"
                     "    \"id\" INTEGER PRIMARY KEY REFERENCES \"employees\" (\"id\") "
                     "ON DELETE CASCADE ON UPDATE CASCADE,\n"
                     "    \"car\" TEXT\n"
                     ")");
    assert_part(ddl, "\"author_id\" INTEGER REFERENCES \"employees\" (\"id\")");
    assert_part(ddl, "\"lead_id\" INTEGER REFERENCES \"engineers\" (\"id\")");
    assert_null(strstr(ddl, "ix_engineers_name"));
    corm_ddl_free(ddl);
}

static void tables_are_made_compared_and_dropped_once_each(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_create_all(session));
    assert_ok(session, corm_check_tables(session));
    assert_stored(session, "8", "SELECT count(*) FROM sqlite_master WHERE type = 'table'");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_drop_all(session));
    assert_stored(session, "0", "SELECT count(*) FROM sqlite_master WHERE type = 'table'");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_create_all(session));
    run_sql(session, "ALTER TABLE engineers DROP COLUMN people");
    assert_status(session, CORM_SCHEMA_MISMATCH, corm_check_tables(session));
    assert_message(session, "engineers.people: the table has no such column");
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void a_new_object_knows_its_kind(void **state)
{
    corm_session *session = *state;
    assert_string_equal(corm_new(session, Employee, .name = "a")->type, "employee");
    assert_string_equal(corm_new(session, Director, .name = "a")->type, "director");
    assert_false(corm_is_unset(corm_new(session, Manager, .name = "a"), Manager_.type));
}

static void each_part_goes_into_its_table_base_first(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    assert_stored(session,
                  "1|employee|Ann|1|NULL|NULL;2|manager|Mia|1|Head|1.5;3|engineer|Eve|1|NULL|NULL;"
                  "4|director|Dan|1|Boss|NULL;5|lead|Leo|1|NULL|NULL",
                  "SELECT * FROM employees ORDER BY id");
    assert_stored(session, "3|C|1|NULL|NULL;5|Ada|7|NULL|3", "SELECT * FROM engineers ORDER BY id");
    assert_stored(session, "4|Saab", "SELECT * FROM directors");
    assert_ran(9, "INSERT");
    assert_string_equal(sql_of("INSERT INTO \"e", 0),
                        "INSERT INTO \"employees\" (\"id\", \"type\", \"name\", \"company_id\") "
                        "VALUES (?1, ?2, ?3, ?4)");
    assert_string_equal(sql_of("INSERT INTO \"engineers\"", 0),
                        "INSERT INTO \"engineers\" (\"id\", \"language\", \"level\", \"title\") "
                        "VALUES (?1, ?2, ?3, ?4)");
    assert_string_equal(values_of("INSERT INTO \"engineers\"", 0), "3, 'C', 1, NULL");
    assert_string_equal(values_of("INSERT INTO \"directors\"", 0), "4, 'Saab'");
}

static void only_tables_with_changes_are_updated(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    Lead *leo = corm_get(session, Lead, 5);
    record(session);
    leo->people = 4;
    assert_ok(session, corm_flush(session));
    assert_ran(1, "");
    assert_string_equal(sql_of("", 0),
                        "UPDATE \"engineers\" SET \"people\" = ?1 WHERE \"id\" = ?2");
    leo->name = "Leonid";
    assert_ok(session, corm_flush(session));
    assert_ran(2, "");
    assert_string_equal(sql_of("", 1), "UPDATE \"employees\" SET \"name\" = ?1 WHERE \"id\" = ?2");
    leo->name = "Leo";
    leo->level = 8;
    assert_ok(session, corm_flush(session));
    assert_ran(4, "");
    assert_ok(session, corm_flush(session));
    assert_ran(4, "");
}

static void a_changed_key_is_followed_by_the_other_tables(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    Engineer *eve = corm_get(session, Engineer, 3);
    eve->id = 30;
    eve->language = "D";
    assert_ok(session, corm_commit(session));
    assert_stored(session, "30|D", "SELECT id, language FROM engineers WHERE id > 5");
    assert_ptr_equal(corm_get(session, Engineer, 30), eve);
    assert_null(corm_get(session, Employee, 3));
}

static void a_delete_goes_from_the_last_table_to_the_base(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    Employee *eve = corm_get(session, Employee, 3);
    assert_ok(session, Engineer_projects_append(corm_as(Engineer, eve),
                                                corm_new(session, Project, .name = "corm")));
    assert_ok(session, Employee_laptops_append(eve, corm_new(session, Laptop, .model = "thin")));
    assert_ok(session, corm_flush(session));
    record(session);
    assert_ok(session, corm_delete(session, eve));
    assert_ok(session, corm_flush(session));
    assert_string_equal(sql_of("DELETE FROM \"", 0),
                        "DELETE FROM \"project_engineers\" WHERE \"engineer_id\" = ?1");
    assert_string_equal(sql_of("DELETE FROM \"", 1), "DELETE FROM \"laptops\" WHERE \"id\" = ?1");
    assert_string_equal(sql_of("DELETE FROM \"", 2), "DELETE FROM \"engineers\" WHERE \"id\" = ?1");
    assert_string_equal(sql_of("DELETE FROM \"", 3), "DELETE FROM \"employees\" WHERE \"id\" = ?1");
    assert_ran(4, "DELETE");
    assert_null(corm_get(session, Employee, 3));
    assert_ok(session, corm_rollback(session));
}

static void a_missing_value_of_one_kind_is_refused_although_the_table_takes_it(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Manager, .name = "Mia")));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "employees.title is NULL, but must have a value "
                            "(inserting Manager \"Mia\")");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_add(session, corm_new(session, Lead, .name = "Leo", .language = "C")));
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "engineers.people is NULL, but must have a value");
    assert_ok(session, corm_rollback(session));
    assert_stored(session, "0", "SELECT count(*) FROM employees");
}

static void the_kind_cannot_be_changed(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    assert_ok(session, corm_commit(session));
    Manager *mia = corm_get(session, Manager, 2);
    mia->type = "engineer";
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_message(session, "employees.type says of which model a row is, \"manager\" for Manager: "
                            "it cannot be changed (Manager \"Mia\")");
    assert_ok(session, corm_rollback(session));
    assert_string_equal(mia->type, "manager");
    assert_ok(session,
              corm_add(session, corm_new(session, Employee, .name = "Bob", .type = "manager")));
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_unset(mia, Manager_.type));
    assert_status(session, CORM_DATA, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    mia->type = corm_text(session, "%s", "manager"); /* the same */
    mia->name = "Maria";
    assert_ok(session, corm_commit(session));
}

/* ---- Queries --------------------------------------------------------------------------------- */

static void a_query_of_the_base_gives_objects_of_all_kinds_whole(void **state)
{
    corm_session *session = *state;
    (void)staff_afresh(session);
    Employee_list all = corm_all(session, Employee, .order_by = corm_asc(Employee_.id));
    assert_ran(1, "SELECT");
    assert_int_equal(all.count, 5);
    assert_ptr_equal(corm_model_of(all.items[0]), &corm__model_Employee);
    const Manager *mia = corm_as(Manager, all.items[1]);
    assert_string_equal(mia->title, "Head");
    assert_true(mia->bonus.has_value && mia->bonus.value == 1.5);
    const Engineer *eve = corm_as(Engineer, all.items[2]);
    assert_string_equal(eve->language, "C");
    assert_string_equal(eve->name, "Eve");
    const Director *dan = corm_as(Director, all.items[3]);
    assert_string_equal(dan->car, "Saab");
    assert_string_equal(dan->title, "Boss");
    assert_false(dan->bonus.has_value);
    const Lead *leo = corm_as(Lead, all.items[4]);
    assert_int_equal(leo->people, 3);
    assert_int_equal(leo->level, 7);
    assert_null(leo->title);
    assert_ran(1, "");
    assert_string_equal(
        sql_of("SELECT", 0),
        "SELECT \"employees\".\"id\", \"employees\".\"type\", \"employees\".\"name\", "
        "\"employees\".\"company_id\", \"employees\".\"title\", \"employees\".\"bonus\", "
        "\"directors\".\"car\", \"engineers\".\"language\", \"engineers\".\"level\", "
        "\"engineers\".\"title\", \"engineers\".\"people\" FROM \"employees\" "
        "LEFT JOIN \"directors\" ON \"directors\".\"id\" = \"employees\".\"id\" "
        "LEFT JOIN \"engineers\" ON \"engineers\".\"id\" = \"employees\".\"id\" "
        "ORDER BY \"employees\".\"id\"");
}

static void a_query_of_a_kind_in_the_bases_table_asks_for_its_rows(void **state)
{
    corm_session *session = *state;
    (void)staff_afresh(session);
    Manager_list managers =
        corm_all(session, Manager, .order_by = corm_desc(Manager_.name),
                 .where = corm_or(corm_eq(Manager_.title, "Head"), corm_eq(Manager_.name, "Dan")));
    assert_int_equal(managers.count, 2);
    assert_string_equal(managers.items[0]->title, "Head");
    assert_string_equal(corm_as(Director, managers.items[1])->car, "Saab");
    assert_part(
        sql_of("SELECT", 0),
        "FROM \"employees\" LEFT JOIN \"directors\" ON \"directors\".\"id\" = "
        "\"employees\".\"id\" WHERE (\"employees\".\"title\" = ?1 OR \"employees\".\"name\" "
        "= ?2) AND \"employees\".\"type\" IN ('manager', 'director') ORDER BY");
    assert_int_equal(corm_count(session, Manager), 2);
    assert_string_equal(sql_of("SELECT count", 0),
                        "SELECT count(*) FROM \"employees\" WHERE \"employees\".\"type\" IN "
                        "('manager', 'director')");
    assert_int_equal(corm_count(session, Lead), 1);
    assert_int_equal(corm_all(session, Lead).count, 1);
    assert_int_equal(corm_all(session, Director).count, 1);
}

static void a_query_of_a_joined_kind_takes_columns_of_all_its_tables(void **state)
{
    corm_session *session = *state;
    (void)staff_afresh(session);
    Engineer_list engineers =
        corm_all(session, Engineer,
                 .where = corm_and(corm_like(Engineer_.name, "%e%"), corm_ge(Engineer_.level, 1),
                                   corm_eq(Employee_.company_id, 1)),
                 .order_by = corm_order(corm_desc(Engineer_.level), corm_asc(Engineer_.name)));
    assert_int_equal(engineers.count, 2);
    assert_string_equal(engineers.items[0]->name, "Leo");
    assert_int_equal(corm_as(Lead, engineers.items[0])->people, 3);
    assert_part(sql_of("SELECT", 0),
                "FROM \"employees\" JOIN \"engineers\" ON \"engineers\".\"id\" = "
                "\"employees\".\"id\" WHERE \"employees\".\"name\" LIKE ?1 AND "
                "\"engineers\".\"level\" >= ?2 AND \"employees\".\"company_id\" = ?3 "
                "ORDER BY \"engineers\".\"level\" DESC, \"employees\".\"name\"");
    assert_int_equal(corm_count(session, Engineer, .where = corm_gt(Engineer_.level, 1)), 1);
    assert_int_equal(corm_count(session, Employee, .limit = 3), 3);
    assert_ptr_equal(corm_first(session, Engineer), engineers.items[1]);
}

static void a_condition_on_a_column_of_another_kind_is_refused(void **state)
{
    corm_session *session = *state;
    (void)staff_afresh(session);
    assert_int_equal(corm_all(session, Employee, .where = corm_eq(Engineer_.level, 1)).count, 0);
    assert_status(session, CORM_MISUSE, corm_error_status(session));
    assert_message(session, "Engineer.level is a column of another model; use Employee_");
}

/* ---- Identity -------------------------------------------------------------------------------- */

static void one_row_is_one_object_for_all_models_of_it(void **state)
{
    corm_session *session = *state;
    (void)staff_afresh(session);
    Employee *mia = corm_get(session, Employee, 2);
    assert_got(session, mia);
    assert_ran(1, "SELECT");
    assert_ptr_equal(corm_get(session, Manager, 2), (void *)mia);
    assert_null(corm_get(session, Director, 2));
    assert_null(corm_get(session, Engineer, 2));
    assert_ran(1, "SELECT");
    assert_status(session, CORM_OK, corm_last_status());
    assert_null(corm_get(session, Manager, 3)); /* an engineer, who is not loaded */
    assert_null(corm_get(session, Engineer, 4));
    assert_ran(3, "SELECT");
    assert_non_null(corm_get(session, Employee, 3));
    Manager *dan = corm_get(session, Manager, 4);
    assert_ptr_equal(corm_get(session, Director, 4), (void *)dan);
    assert_ran(5, "SELECT");
}

static void an_object_is_seen_as_its_bases_and_as_nothing_else(void **state)
{
    corm_session *session = *state;
    Director *dan = corm_new(session, Director, .name = "Dan");
    Employee *base = corm_as(Employee, dan);
    assert_ptr_equal(base, (void *)dan);
    assert_ptr_equal(corm_as(Manager, base), (void *)dan);
    assert_ptr_equal(corm_as(Director, base), dan);
    assert_null(corm_as(Engineer, base));
    assert_null(corm_as(Company, base));
    assert_null(corm_as(Director, corm_new(session, Manager, .name = "Mia")));
    assert_null(corm_as(Employee, (Employee *)NULL));
    Employee copy = *base;
    assert_null(corm_as(Employee, &copy));
}

/* With optimisation, a compiler that took the two structs for unrelated would return 1. */
static int64_t write_through_both(Employee *employee, Manager *manager)
{
    employee->id = 1;
    manager->id = 2;
    return employee->id;
}
static int64_t write_through_lists(Employee_list employees, Manager_list managers)
{
    employees.items[0]->id = 1;
    managers.items[0]->id = 2;
    return employees.items[0]->id;
}
static int64_t (*volatile through_both)(Employee *, Manager *) = write_through_both;
static int64_t (*volatile through_lists)(Employee_list, Manager_list) = write_through_lists;

static void writing_through_one_pointer_is_seen_through_the_other(void **state)
{
    corm_session *session = *state;
    Manager *mia = corm_new(session, Manager, .name = "Mia");
    Employee *employee = corm_as(Employee, mia);
    assert_int_equal(through_both(employee, mia), 2);
    assert_int_equal(through_lists((Employee_list){&employee, 1}, (Manager_list){&mia, 1}), 2);
}

static void a_row_of_an_unknown_kind_is_an_error_that_names_it(void **state)
{
    corm_session *session = *state;
    (void)staff_afresh(session);
    run_sql(session, "UPDATE employees SET type = 'robot' WHERE id = 3");
    assert_int_equal(corm_all(session, Employee).count, 0);
    assert_status(session, CORM_DATA, corm_last_status());
    assert_message(session, "employees.type: 'robot' in the row id = 3 is no .identity of Employee "
                            "or a model that inherits from it");
    assert_ok(session, corm_rollback(session));
    run_sql(session, "UPDATE employees SET type = 'manager' WHERE id = 3");
    assert_null(corm_get(session, Engineer, 3)); /* has a row among engineers */
    assert_status(session, CORM_DATA, corm_last_status());
    assert_message(session, "'manager' in the row id = 3 is no .identity of Engineer");
    assert_ok(session, corm_rollback(session));
}

static void a_row_that_becomes_another_kind_is_an_error_where_it_is_read_again(void **state)
{
    corm_session *session = *state;
    (void)staff_afresh(session);
    Employee *ann = corm_get(session, Employee, 1);
    run_sql(session, "UPDATE employees SET type = 'manager', title = 'x' WHERE id = 1");
    assert_ptr_equal(corm_get(session, Employee, 1), ann);
    assert_status(session, CORM_DATA, corm_refresh(session, ann));
    assert_message(session,
                   "employees.type: the row of Employee \"Ann\" has become one of Manager");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_current(ann));
}

static void a_key_that_another_kind_has_is_refused_or_free(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    assert_ok(session, corm_commit(session));
    Engineer *twin = corm_new(session, Engineer, .id = 2, .name = "Eve", .language = "C");
    assert_ok(session, corm_add(session, twin));
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_message(session, "employees.id = 2: there is a row with this already");
    assert_ok(session, corm_rollback(session));
    Manager *mia = corm_get(session, Manager, 2);
    assert_ok(session, corm_delete(session, mia));
    assert_ok(session, corm_add(session, twin));
    assert_status(session, CORM_UNIQUE, corm_flush(session));
    assert_message(session, "employees: Engineer \"Eve\" has the key of Manager \"Mia\", which is "
                            "deleted in the same flush");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_delete(session, mia));
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_add(session, twin));
    assert_ok(session, corm_commit(session));
    assert_ptr_equal(corm_get(session, Employee, 2), (void *)twin);
    /* of the same kind it is one UPDATE of each table */
    assert_ok(session, corm_delete(session, twin));
    Engineer *next = corm_new(session, Engineer, .id = 2, .name = "Ida", .language = "B");
    assert_ok(session, corm_add(session, next));
    record(session);
    assert_ok(session, corm_commit(session));
    assert_ran(2, "UPDATE");
    assert_ran(0, "DELETE FROM \"e");
    assert_stored(session, "Ida|B",
                  "SELECT name, language FROM employees JOIN engineers USING (id)"
                  " WHERE id = 2");
}

/* ---- Relationships --------------------------------------------------------------------------- */

static void a_relationship_to_the_base_holds_all_kinds(void **state)
{
    corm_session *session = *state;
    Company *acme = staff_afresh(session);
    Employee_list people = Company_employees(acme);
    assert_int_equal(people.count, 5);
    assert_ran(1, "SELECT");
    assert_int_equal(corm_as(Lead, people.items[4])->people, 3);
    assert_ptr_equal(Employee_company(people.items[4]), acme);
    assert_ran(1, "SELECT");
    assert_ok(session, Company_employees_remove(acme, people.items[4]));
    assert_ok(session, Company_employees_append(
                           acme, corm_as(Employee, corm_new(session, Manager, .name = "Max",
                                                            .title = "Vice"))));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "Leo|NULL;Max|1",
                  "SELECT name, company_id FROM employees WHERE id > 4 ORDER BY id");
    assert_int_equal(Company_employees_count(acme), 5);
}

static void a_kind_has_relationships_of_its_own(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    Manager *mia = corm_get(session, Manager, 2);
    Director *dan = corm_get(session, Director, 4);
    assert_ok(session, Manager_reports_append(mia, corm_new(session, Report, .subject = "money")));
    assert_ok(session, Report_author_set(corm_new(session, Report, .subject = "time"),
                                         corm_as(Manager, dan)));
    Project *corm = corm_new(session, Project, .name = "corm");
    Engineer *eve = corm_get(session, Engineer, 3);
    assert_ok(session, Engineer_projects_append(eve, corm));
    assert_ok(session,
              Engineer_projects_append(corm_as(Engineer, corm_get(session, Lead, 5)), corm));
    assert_ok(session, Project_lead_set(corm, corm_get(session, Lead, 5)));
    start_afresh(session);
    /* what is loaded for siblings is loaded for those that have it */
    Employee_list all = corm_all(session, Employee, .order_by = corm_asc(Employee_.id));
    record(session);
    Report_list reports = Manager_reports(corm_as(Manager, all.items[1]));
    assert_int_equal(reports.count, 1);
    assert_string_equal(reports.items[0]->subject, "money");
    assert_string_equal(Manager_reports(corm_as(Manager, all.items[3])).items[0]->subject, "time");
    assert_ran(1, "SELECT");
    assert_string_equal(values_of("SELECT", 0), "2, 4, 4, 4");
    assert_ptr_equal(Report_author(reports.items[0]), (void *)all.items[1]);
    assert_int_equal(Engineer_projects(corm_as(Engineer, all.items[2])).count, 1);
    corm = Engineer_projects(corm_as(Engineer, all.items[4])).items[0];
    assert_ran(2, "SELECT");
    assert_ptr_equal(Project_lead(corm), (void *)all.items[4]);
    assert_int_equal(Project_engineers(corm).count, 2);
    assert_part(
        sql_of("SELECT", 2),
        "FROM \"employees\" JOIN \"engineers\" ON \"engineers\".\"id\" = \"employees\".\"id\""
        " JOIN \"project_engineers\" ON \"employees\".\"id\" = "
        "\"project_engineers\".\"engineer_id\" WHERE \"project_engineers\".\"project_id\"");
    assert_ran(3, "SELECT");
}

static void a_relationship_of_another_kind_is_refused(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    void *ann = corm_get(session, Employee, 1), *dan = corm_get(session, Director, 4);
    assert_int_equal(Manager_reports(ann).count, 0);
    assert_status(session, CORM_WRONG_MODEL, corm_last_status());
    assert_message(session, "the relationship is one of Manager, the object is of Employee");
    assert_status(session, CORM_WRONG_MODEL,
                  Report_author_set(corm_new(session, Report, .subject = "x"), ann));
    assert_message(session, "Report.author holds Manager, the object is a Employee");
    assert_status(session, CORM_WRONG_MODEL,
                  Project_lead_set(corm_new(session, Project, .name = "x"), dan));
    assert_ok(session, Report_author_set(corm_new(session, Report, .subject = "x"), dan));
}

static void a_reference_to_a_row_of_another_kind_gives_nothing(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    run_sql(session, "INSERT INTO reports VALUES (1, 'x', 3)"); /* by an engineer */
    start_afresh(session);
    assert_non_null(corm_get(session, Employee, 3));
    assert_null(Report_author(corm_get(session, Report, 1)));
    assert_status(session, CORM_OK, corm_last_status());
}

static void relationships_are_loaded_with_a_query(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    assert_ok(session, Manager_reports_append(corm_get(session, Manager, 2),
                                              corm_new(session, Report, .subject = "money")));
    start_afresh(session);
    Employee_list all =
        corm_all(session, Employee, .load = corm_load(Employee_.laptops, Manager_.reports),
                 .order_by = corm_asc(Employee_.id));
    assert_ran(3, "SELECT");
    assert_int_equal(Manager_reports(corm_as(Manager, all.items[1])).count, 1);
    assert_int_equal(Employee_laptops(all.items[4]).count, 0);
    assert_ran(3, "SELECT");
    assert_int_equal(corm_all(session, Lead, .load = corm_load(Employee_.company)).count, 1);
    assert_int_equal(corm_all(session, Lead, .load = corm_load(Manager_.reports)).count, 0);
    assert_status(session, CORM_MISUSE, corm_last_status());
}

static void everything_in_a_hierarchy_comes_before_what_refers_to_it(void **state)
{
    corm_session *session = *state;
    Project *project = corm_new(session, Project, .name = "corm");
    Lead *leo = corm_new(session, Lead, .name = "Leo", .language = "C", .people = 1);
    Laptop *laptop = corm_new(session, Laptop, .model = "thin");
    Company *acme = corm_new(session, Company, .name = "Acme");
    assert_ok(session, Project_lead_set(project, leo));
    assert_ok(session, corm_add(session, project));
    assert_ok(session, Laptop_owner_set(laptop, corm_as(Employee, leo)));
    assert_ok(session, Employee_company_set(corm_as(Employee, leo), acme));
    assert_ok(session, corm_commit(session));
    const char *tables[] = {"companies", "employees", "engineers", "laptops", "projects"};
    assert_ran(5, "INSERT");
    for (size_t i = 0; i < 5; i++)
        assert_part(sql_of("INSERT", i), tables[i]);
    record(session);
    assert_ok(session, corm_delete(session, project));
    assert_ok(session, corm_delete(session, leo));
    assert_ok(session, corm_delete(session, acme));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_count(session, Laptop), 0); /* by its cascade */
}

/* ---- Undoing --------------------------------------------------------------------------------- */

static void a_rollback_undoes_all_parts(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    assert_ok(session, corm_commit(session));
    Engineer *eve = corm_get(session, Engineer, 3);
    corm_savepoint savepoint;
    assert_ok(session, corm_savepoint_begin(session, &savepoint));
    eve->name = "Eva";
    eve->language = "Zig";
    assert_ok(session, corm_delete(session, corm_get(session, Lead, 5)));
    Lead *new = corm_new(session, Lead, .name = "Lea", .language = "C", .people = 2);
    assert_ok(session, corm_add(session, new));
    assert_ok(session, corm_flush(session));
    assert_int_equal(new->id, 6);
    assert_ok(session, corm_savepoint_rollback(session, savepoint));
    assert_string_equal(eve->name, "Eve");
    assert_string_equal(eve->language, "C");
    assert_true(corm_is_unset(new, Lead_.id));
    assert_int_equal(corm_state(new), CORM_STATE_TRANSIENT);
    assert_int_equal(corm_count(session, Lead), 1);
    eve->level = 9;
    assert_ok(session, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_int_equal(eve->level, 1);
    assert_ok(session, corm_add(session, new));
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_count(session, Lead), 2);
}

static void a_failure_in_the_second_table_undoes_the_first(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    run_sql(session, "CREATE UNIQUE INDEX one ON engineers (language)");
    assert_ok(session, corm_commit(session));
    Engineer *rival = corm_new(session, Engineer, .name = "Ed", .language = "C");
    assert_ok(session, corm_add(session, rival));
    assert_status(session, CORM_UNIQUE, corm_commit(session));
    assert_message(session, "engineers.language = 'C': there is a row with this already, and it "
                            "must be unique (inserting Engineer \"Ed\")");
    assert_ok(session, corm_rollback(session));
    assert_true(corm_is_unset(rival, Engineer_.id));
    assert_stored(session, "5", "SELECT count(*) FROM employees");
    rival->language = "Go";
    assert_ok(session, corm_add(session, rival));
    assert_ok(session, corm_commit(session));
    assert_int_equal(rival->id, 6);
}

static void objects_are_refreshed_expired_and_expunged(void **state)
{
    corm_session *session = *state;
    (void)staff_afresh(session);
    Lead *leo = corm_get(session, Lead, 5);
    run_sql(session, "UPDATE engineers SET people = 9");
    run_sql(session, "UPDATE employees SET name = 'Leopold' WHERE id = 5");
    assert_ok(session, corm_refresh(session, leo));
    assert_int_equal(leo->people, 9);
    assert_string_equal(leo->name, "Leopold");
    assert_ok(session, corm_expire_column(session, leo, Employee_.name.column));
    assert_ok(session, corm_current(leo));
    assert_ok(session, corm_expunge(session, leo));
    Lead *again = corm_get(session, Lead, 5);
    assert_ptr_not_equal(again, leo);
    assert_status(session, CORM_IDENTITY_CONFLICT, corm_add(session, leo));
    assert_ok(session, corm_expunge(session, again));
    assert_ok(session, corm_free(again));
    assert_ok(session, corm_add(session, leo));
    assert_ptr_equal(corm_get(session, Employee, 5), (void *)leo);
    leo->people = 10;
    assert_ok(session, corm_commit(session));
    assert_stored(session, "10", "SELECT people FROM engineers WHERE id = 5");
}

static void messages_name_the_table_of_the_column(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    assert_ok(session, corm_commit(session));
    Engineer *eve = corm_get(session, Engineer, 3);
    eve->company_id = corm_some(99);
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session,
                   "employees.company_id = 99: no companies.id 99 (updating Engineer \"Eve\")");
    assert_ok(session, corm_rollback(session));
    assert_ok(session,
              corm_add(session, corm_new(session, Project, .name = "x", .lead_id = corm_some(3))));
    assert_status(session, CORM_OK, corm_flush(session)); /* the table is the engineers' */
    assert_ok(session, corm_rollback(session));
    assert_ok(session,
              corm_add(session, corm_new(session, Project, .name = "x", .lead_id = corm_some(2))));
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session, "projects.lead_id = 2: no engineers.id 2");
    assert_ok(session, corm_rollback(session));
    run_sql(session, "INSERT INTO projects VALUES (1, 'x', 5)");
    assert_ok(session, corm_commit(session));
    Lead *leo = corm_get(session, Lead, 5);
    assert_ok(session, corm_delete(session, leo));
    assert_status(session, CORM_FOREIGN_KEY, corm_flush(session));
    assert_message(session, "engineers.id = 5 is still referenced by 1 row of projects.lead_id "
                            "(deleting Lead \"Leo\")");
    assert_ok(session, corm_rollback(session));
    run_sql(session, "DELETE FROM projects");
    /* a statement for many rows, too, though their parts are gone when the base's table refuses */
    run_sql(session, "INSERT INTO laptops VALUES (1, 'thin', 5)");
    assert_ok(session, corm_commit(session));
    assert_int_equal(corm_delete_all(session, Lead, .where = corm_gt(Lead_.people, 0)), -1);
    assert_message(session, "laptops.owner_id: 1 row still refers to rows of engineers that are to "
                            "be deleted");
    assert_ok(session, corm_rollback(session));
    run_sql(session, "DELETE FROM laptops");
    assert_ok(session, corm_commit(session));
    leo->people = 8;
    run_sql(session, "DELETE FROM employees WHERE id = 5");
    assert_status(session, CORM_STALE_DATA, corm_flush(session));
    assert_message(session, "employees: the row of Lead \"Leo\" is gone");
    assert_ok(session, corm_rollback(session));
    eve->name = NULL;
    assert_status(session, CORM_NOT_NULL, corm_flush(session));
    assert_message(session, "employees.name is NULL");
    assert_ok(session, corm_rollback(session));
}

static void a_plan_names_every_table(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    assert_ok(session, corm_commit(session));
    Director *dan = corm_get(session, Director, 4);
    Lead *leo = corm_get(session, Lead, 5);
    leo->people = 5;
    assert_ok(session,
              corm_add(session, corm_new(session, Engineer, .name = "Ed", .language = "C")));
    assert_ok(session, corm_delete(session, dan));
    corm_plan plan = corm_session_plan(session);
    static const char *const texts[] = {
        "UPDATE engineers#5: people changed", "INSERT employees (Engineer \"Ed\"): new",
        "INSERT engineers (Engineer \"Ed\"): new", "DELETE directors#4: deleted",
        "DELETE employees#4: deleted"};
    assert_int_equal(plan.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(plan.items[i].text, texts[i]);
    assert_string_equal(plan.items[1].table, "employees");
    assert_string_equal(plan.items[2].table, "engineers");
}

/* ---- Other features -------------------------------------------------------------------------- */

/* clang-format off */
#define SHAPE_KIND(VALUE) VALUE(CIRCLE, "circle") VALUE(BOX, "box") VALUE(OTHER, "other")
CORM_ENUM(ShapeKind, SHAPE_KIND)

#define TIMES(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, writes, .default_function = count_up, .update_function = count_up)             \
    RELATIONSHIP(MANY_TO_ONE, paper, Paper, BACKREF(shapes), .lazy = CORM_LAZY_JOINED)
#define SHAPE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(ENUM(ShapeKind),   kind)                                                                \
    COLUMN(OPTIONAL(INTEGER), paper_id, .references = corm_ref(Paper, id))                         \
    COLUMN(INTEGER,           version,  .version = true)                                           \
    TIMES(COLUMN, RELATIONSHIP)
#define CIRCLE_LIST(COLUMN, RELATIONSHIP)                                                          \
    SHAPE(COLUMN, CORM_INHERITED)                                                                  \
    COLUMN(REAL, radius)                                                                           \
    COLUMN(REAL, area,  .generated = "radius * radius * 3")                                        \
    COLUMN(TEXT, color, .server_default = "'red'")
#define BOX_LIST(COLUMN, RELATIONSHIP)                                                             \
    SHAPE(COLUMN, CORM_INHERITED)                                                                  \
    COLUMN(REAL, width, .check = "width > 0")                                                      \
    RELATIONSHIP(ONE_TO_MANY, labels, Label, box, .lazy = CORM_LAZY_SELECTIN)
#define LABEL(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id,     .primary_key = true)                                                   \
    COLUMN(INTEGER, box_id, .references = corm_ref(Box, id), .on_delete = CORM_ACTION_CASCADE)     \
    RELATIONSHIP(MANY_TO_ONE, box, Box, labels)
#define PAPER(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER,           id,       .primary_key = true)                                       \
    COLUMN(OPTIONAL(INTEGER), cover_id, .references = corm_ref(Circle, id))                        \
    RELATIONSHIP(ONE_TO_ONE, cover, Circle, NONE, .foreign_key = corm_ref(Paper, cover_id))
#define SHAPES(MODEL)                                                                              \
    MODEL(Shape,  "shapes",  SHAPE, .discriminator = corm_member(Shape, kind), .identity = "other") \
    MODEL(Circle, "circles", CIRCLE_LIST, .inherits = corm_base(Shape), .identity = "circle")      \
    MODEL(Box,    "shapes",  BOX_LIST,    .inherits = corm_base(Shape), .identity = "box")         \
    MODEL(Label,  "labels",  LABEL)                                                                \
    MODEL(Paper,  "papers",  PAPER)
/* clang-format on */

static bool count_up(const void *object, corm_value *out, corm_conversion *conversion)
{
    static int64_t count;
    (void)object;
    (void)conversion;
    *out = corm_value_integer(++count);
    return true;
}

CORM_SCHEMA(shapes, SHAPES)

static int open_shapes(void **state)
{
    *state = memory_session(&shapes);
    return *state == NULL;
}

static void a_discriminator_may_be_an_enumeration(void **state)
{
    corm_session *session = *state;
    Box *box = corm_new(session, Box, .width = 2);
    assert_int_equal(box->kind, BOX);
    assert_ok(session, corm_add(session, box));
    assert_ok(session, corm_add(session, corm_new(session, Circle, .radius = 1)));
    start_afresh(session);
    assert_stored(session, "box;circle", "SELECT kind FROM shapes ORDER BY id");
    Shape_list all = corm_all(session, Shape, .order_by = corm_asc(Shape_.id));
    assert_true(corm_as(Box, all.items[0])->width == 2);
    assert_true(corm_as(Circle, all.items[1])->radius == 1);
    all.items[0]->kind = CIRCLE;
    assert_status(session, CORM_DATA, corm_flush(session));
}

static void columns_are_computed_in_all_tables(void **state)
{
    corm_session *session = *state;
    Circle *circle = corm_new(session, Circle, .radius = 2);
    assert_ok(session, corm_add(session, circle));
    assert_ok(session, corm_commit(session));
    assert_true(circle->area == 12);
    assert_string_equal(circle->color, "red");
    const int64_t writes = circle->writes;
    circle->radius = 3;
    record(session);
    assert_ok(session, corm_commit(session));
    assert_ran(1, "UPDATE \"shapes\"");
    assert_ran(1, "UPDATE \"circles\"");
    assert_true(circle->area == 27);
    assert_int_equal(circle->writes, writes + 1);
    assert_ok(session, corm_add(session, corm_new(session, Box, .width = -1)));
    assert_status(session, CORM_CHECK, corm_flush(session));
    assert_message(session, "shapes.width = -1.0: the check \"width > 0\" is not met");
}

static void a_version_counts_for_all_tables(void **state)
{
    corm_session *session = *state;
    Circle *circle = corm_new(session, Circle, .radius = 2);
    assert_ok(session, corm_add(session, circle));
    assert_ok(session, corm_commit(session));
    assert_int_equal(circle->version, 1);
    circle->radius = 3;
    record(session);
    assert_ok(session, corm_commit(session));
    assert_int_equal(circle->version, 2);
    assert_part(sql_of("UPDATE \"circles\"", 0), "SET \"radius\" = ?1 WHERE \"id\" = ?2 RETURNING");
    assert_part(sql_of("UPDATE \"shapes\"", 0), "WHERE \"id\" = ?3 AND \"version\" = ?4");
    assert_ok(session, corm_current(circle));
    run_sql(session, "UPDATE shapes SET version = 9");
    circle->radius = 4;
    assert_status(session, CORM_STALE_DATA, corm_flush(session));
    assert_message(session, "shapes.id = 1: someone else has changed it since version 2 was read");
    assert_ok(session, corm_rollback(session));
    assert_true(circle->radius == 3);
    assert_ok(session, corm_current(circle));
    run_sql(session, "UPDATE shapes SET version = 9");
    assert_ok(session, corm_delete(session, circle));
    assert_status(session, CORM_STALE_DATA, corm_flush(session));
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_delete(session, circle));
    assert_ok(session, corm_commit(session));
}

static void what_is_related_is_found_among_all_kinds(void **state)
{
    corm_session *session = *state;
    Company *acme = staff_afresh(session);
    assert_int_equal(
        corm_all(session, Employee, .where = corm_related_to(Company_.employees, acme)).count, 5);
    Lead_list leads = corm_all(session, Lead, .where = corm_related_to(Company_.employees, acme));
    assert_int_equal(leads.count, 1);
    assert_ok(session, Engineer_projects_append(corm_as(Engineer, leads.items[0]),
                                                corm_new(session, Project, .name = "corm")));
    assert_ok(session, corm_flush(session));
    assert_int_equal(
        corm_count(session, Project, .where = corm_related_to(Engineer_.projects, leads.items[0])),
        1);
    assert_int_equal(corm_count(session, Engineer,
                                .where = corm_related_to(
                                    Project_engineers_,
                                    Engineer_projects(corm_as(Engineer, leads.items[0])).items[0])),
                     1);
}

static void a_join_to_a_kind_takes_no_rows_of_others_whatever_its_condition(void **state)
{
    corm_session *session = *state;
    (void)staff_afresh(session);
    const corm_condition any =
        corm_or(corm_ge(Manager_.id, Company_.id), corm_lt(Manager_.id, Company_.id));
    assert_int_equal(corm_count(session, Company, .join = corm_join_on(Manager, any)), 2);
    assert_int_equal(corm_count(session, Company, .join = corm_left_join_on(Manager, any)), 2);
}

static void circles_of_references_through_a_hierarchy_are_closed(void **state)
{
    corm_session *session = *state;
    Paper *paper = corm_new(session, Paper);
    Circle *circle = corm_new(session, Circle, .radius = 1);
    assert_ok(session, Paper_cover_set(paper, circle));
    assert_ok(session, Shape_paper_set(corm_as(Shape, circle), paper));
    assert_ok(session, corm_add(session, paper));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "1|1", "SELECT cover_id, paper_id FROM papers, shapes");
    assert_ok(session, corm_delete(session, paper));
    assert_ok(session, corm_delete(session, circle));
    assert_ok(session, corm_commit(session));
    assert_stored(session, "0", "SELECT count(*) FROM shapes");
    assert_ok(session, corm_rollback(session));
    assert_ok(session, corm_drop_all(session));
}

static void what_comes_along_comes_with_every_kind(void **state)
{
    corm_session *session = *state;
    Paper *paper = corm_new(session, Paper);
    Box *box = corm_new(session, Box, .width = 2);
    assert_ok(session, Box_labels_append(box, corm_new(session, Label)));
    assert_ok(session, Shape_paper_set(corm_as(Shape, box), paper));
    assert_ok(session, corm_add(session, box));
    assert_ok(session, corm_add(session, corm_new(session, Circle, .radius = 1)));
    start_afresh(session);
    Shape_list all = corm_all(session, Shape, .order_by = corm_asc(Shape_.kind));
    assert_ran(3, "SELECT");
    record(session);
    assert_int_equal(Box_labels(corm_as(Box, all.items[0])).count, 1);
    assert_non_null(Shape_paper(all.items[0]));
    assert_null(Shape_paper(all.items[1]));
    assert_no_sql();
    assert_ok(session, corm_clear(session));
    assert_non_null(corm_get(session, Box, 2));
    Paper_list papers =
        corm_all(session, Paper, .load = corm_load_joined(Paper_shapes_, Box_.labels));
    assert_int_equal(papers.count, 1);
    record(session);
    assert_int_equal(Paper_shapes(papers.items[0]).count, 1);
    assert_no_sql();
}

static void what_is_given_as_a_base_is_merged_onto_the_row_of_a_sub_model(void **state)
{
    corm_session *session = *state;
    (void)staff_afresh(session);
    Employee *given = corm_new(session, Employee, .id = 5, .name = "Leonard");
    Employee *also = corm_new(session, Employee, .id = 2, .name = "Maria");
    Lead *leo = corm_as(Lead, corm_merge(session, given));
    assert_got(session, leo);
    Manager *mia = corm_as(Manager, corm_merge(session, also));
    assert_got(session, mia);
    assert_string_equal(leo->name, "Leonard");
    assert_string_equal(leo->language, "Ada"); /* of which the given one knows nothing */
    assert_ok(session, corm_commit(session));
    assert_stored(
        session, "lead|Leonard|7|Ada|3",
        "SELECT type, name, level, language, people FROM employees JOIN engineers USING (id)"
        " WHERE id = 5");
    assert_stored(session, "manager|Maria|Head|1.5",
                  "SELECT type, name, title, bonus FROM employees WHERE id = 2");
    given = corm_new(session, Employee, .id = 5, .type = "robot");
    assert_got(session, corm_merge(session, given)); /* what cannot be is refused still */
    assert_int_equal(corm_commit(session), CORM_DATA);
}

static void an_object_is_merged_as_what_it_is(void **state)
{
    corm_session *session = *state;
    (void)staff(session);
    assert_ok(session, corm_commit(session));
    Lead *leo = corm_get(session, Lead, 5);
    assert_ok(session, corm_expunge(session, leo));
    leo->people = 12;
    leo->name = "Leonard";
    Lead *merged = corm_as(Lead, corm_merge(session, leo));
    assert_got(session, merged);
    assert_ptr_not_equal(merged, leo);
    assert_ok(session, corm_commit(session));
    assert_stored(session, "Leonard|12",
                  "SELECT name, people FROM employees JOIN engineers USING (id) WHERE id = 5");
    assert_ok(session, corm_free(leo));
}

/* ---- Hooks ----------------------------------------------------------------------------------- */

/* clang-format off */
#define BOAT(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    kind)                                                                          \
    COLUMN(INTEGER, length)
#define SAILBOAT(COLUMN, RELATIONSHIP)                                                             \
    BOAT(COLUMN, CORM_INHERITED)                                                                   \
    COLUMN(INTEGER, masts)
#define FERRY(COLUMN, RELATIONSHIP)                                                                \
    BOAT(COLUMN, CORM_INHERITED)                                                                   \
    COLUMN(INTEGER, cars)
#define YACHT(COLUMN, RELATIONSHIP)                                                                \
    SAILBOAT(COLUMN, CORM_INHERITED)                                                               \
    COLUMN(INTEGER, beds)
#define HARBOUR(MODEL)                                                                             \
    MODEL(Boat,     "boats",   BOAT,     .discriminator = corm_member(Boat, kind),                 \
          .identity = "boat", .hooks = &boat_hooks)                                                \
    MODEL(Sailboat, "boats",   SAILBOAT, .inherits = corm_base(Boat), .identity = "sailboat")      \
    MODEL(Ferry,    "ferries", FERRY,    .inherits = corm_base(Boat), .identity = "ferry",         \
          .hooks = &boat_hooks)                                                                    \
    MODEL(Yacht,    "yachts",  YACHT,    .inherits = corm_base(Sailboat), .identity = "yacht",     \
          .hooks = &yacht_hooks)
/* clang-format on */
CORM_SCHEMA_DECLARE(harbour, HARBOUR)

static char heard[500]; /* "boat hears of Yacht 9; ..." */

static bool hear(corm_session *session, void *object, void *context)
{
    const size_t used = strlen(heard);
    const Boat *boat = object;
    (void)snprintf(heard + used, sizeof heard - used, "%s hears of %s %d; ", (const char *)context,
                   corm_model_of(object)->name, (int)boat->length);
    return boat->length < 100 || corm_refuse(session, "%s: too long", (const char *)context);
}

static const corm_hooks boat_hooks = {
    .before_insert = hear, .after_load = hear, .context = (void *)(uintptr_t) "boat"};
static const corm_hooks more_yacht_hooks = {.before_insert = hear,
                                            .context = (void *)(uintptr_t) "more"};
static const corm_hooks yacht_hooks = {.before_insert = hear,
                                       .before_delete = hear,
                                       .after_load = hear,
                                       .context = (void *)(uintptr_t) "yacht",
                                       .next = &more_yacht_hooks};
static const corm_hooks harbour_hooks = {.before_insert = hear,
                                         .context = (void *)(uintptr_t) "session"};

CORM_SCHEMA_DEFINE(harbour, HARBOUR)

#define assert_heard(text_)                                                                        \
    do {                                                                                           \
        assert_string_equal(heard, text_);                                                         \
        heard[0] = '\0';                                                                           \
    } while (0)

static int open_harbour(void **state)
{
    heard[0] = '\0';
    *state = memory_session(&harbour);
    return *state == NULL;
}

static void hooks_of_a_base_are_called_for_all_below_it(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Boat, .length = 3)));
    assert_ok(session, corm_flush(session));
    assert_heard("boat hears of Boat 3; ");
    assert_ok(session, corm_add(session, corm_new(session, Sailboat, .length = 5, .masts = 1)));
    assert_ok(session, corm_flush(session));
    assert_heard("boat hears of Sailboat 5; ");
    assert_ok(session, corm_add(session, corm_new(session, Ferry, .length = 80, .cars = 40)));
    assert_ok(session, corm_flush(session));
    assert_heard("boat hears of Ferry 80; "); /* once, although given to both */
    Yacht *yacht = corm_new(session, Yacht, .length = 9, .masts = 2, .beds = 4);
    assert_ok(session, corm_session_set_hooks(session, &harbour_hooks));
    assert_ok(session, corm_add(session, yacht));
    assert_ok(session, corm_flush(session));
    assert_heard("boat hears of Yacht 9; yacht hears of Yacht 9; more hears of Yacht 9; "
                 "session hears of Yacht 9; ");
    start_afresh(session);
    assert_int_equal(corm_all(session, Boat, .order_by = corm_asc(Boat_.id)).count, 4);
    assert_heard("boat hears of Boat 3; boat hears of Sailboat 5; boat hears of Ferry 80; "
                 "boat hears of Yacht 9; yacht hears of Yacht 9; ");
    Boat_list boats = corm_all(session, Boat, .order_by = corm_asc(Boat_.id));
    for (size_t i = 0; i < boats.count; i++)
        assert_ok(session, corm_delete(session, boats.items[i]));
    assert_ok(session, corm_commit(session));
    assert_heard("yacht hears of Yacht 9; "); /* its own are not its base's */
}

static void a_base_may_refuse_what_is_below_it(void **state)
{
    corm_session *session = *state;
    assert_ok(session, corm_add(session, corm_new(session, Yacht, .length = 100)));
    assert_status(session, CORM_REFUSED, corm_flush(session));
    assert_message(session,
                   "yachts: before_insert refused: boat: too long (inserting a new Yacht)");
    assert_heard("boat hears of Yacht 100; ");
    assert_ok(session, corm_rollback(session));
}

#define HARBOUR_TEST(test_) cmocka_unit_test_setup_teardown(test_, open_harbour, close_session)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_has_the_columns_of_all_models_in_it),
        FIRM_TEST(tables_are_made_compared_and_dropped_once_each),
        FIRM_TEST(a_new_object_knows_its_kind),
        FIRM_TEST(each_part_goes_into_its_table_base_first),
        FIRM_TEST(only_tables_with_changes_are_updated),
        FIRM_TEST(a_changed_key_is_followed_by_the_other_tables),
        FIRM_TEST(a_delete_goes_from_the_last_table_to_the_base),
        FIRM_TEST(a_missing_value_of_one_kind_is_refused_although_the_table_takes_it),
        FIRM_TEST(the_kind_cannot_be_changed),
        FIRM_TEST(a_query_of_the_base_gives_objects_of_all_kinds_whole),
        FIRM_TEST(a_query_of_a_kind_in_the_bases_table_asks_for_its_rows),
        FIRM_TEST(a_query_of_a_joined_kind_takes_columns_of_all_its_tables),
        FIRM_TEST(a_condition_on_a_column_of_another_kind_is_refused),
        FIRM_TEST(one_row_is_one_object_for_all_models_of_it),
        FIRM_TEST(an_object_is_seen_as_its_bases_and_as_nothing_else),
        FIRM_TEST(writing_through_one_pointer_is_seen_through_the_other),
        FIRM_TEST(a_row_of_an_unknown_kind_is_an_error_that_names_it),
        FIRM_TEST(a_row_that_becomes_another_kind_is_an_error_where_it_is_read_again),
        FIRM_TEST(a_key_that_another_kind_has_is_refused_or_free),
        FIRM_TEST(a_relationship_to_the_base_holds_all_kinds),
        FIRM_TEST(a_kind_has_relationships_of_its_own),
        FIRM_TEST(a_relationship_of_another_kind_is_refused),
        FIRM_TEST(a_reference_to_a_row_of_another_kind_gives_nothing),
        FIRM_TEST(relationships_are_loaded_with_a_query),
        FIRM_TEST(everything_in_a_hierarchy_comes_before_what_refers_to_it),
        FIRM_TEST(a_rollback_undoes_all_parts),
        FIRM_TEST(a_failure_in_the_second_table_undoes_the_first),
        FIRM_TEST(objects_are_refreshed_expired_and_expunged),
        FIRM_TEST(messages_name_the_table_of_the_column),
        FIRM_TEST(a_plan_names_every_table),
        SHAPE_TEST(a_discriminator_may_be_an_enumeration),
        SHAPE_TEST(columns_are_computed_in_all_tables),
        SHAPE_TEST(a_version_counts_for_all_tables),
        FIRM_TEST(what_is_related_is_found_among_all_kinds),
        FIRM_TEST(a_join_to_a_kind_takes_no_rows_of_others_whatever_its_condition),
        SHAPE_TEST(circles_of_references_through_a_hierarchy_are_closed),
        SHAPE_TEST(what_comes_along_comes_with_every_kind),
        FIRM_TEST(what_is_given_as_a_base_is_merged_onto_the_row_of_a_sub_model),
        FIRM_TEST(an_object_is_merged_as_what_it_is),
        HARBOUR_TEST(hooks_of_a_base_are_called_for_all_below_it),
        HARBOUR_TEST(a_base_may_refuse_what_is_below_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
