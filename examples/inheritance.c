/* inheritance.c: models that are kinds of another model.
 *
 * Managers and engineers are employees. A manager is a row of the employees' table, with a column
 * more (single-table inheritance). An engineer has the rest of it in a table of its own (joined
 * inheritance). A query of employees gives objects of the right model, whole. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define COMPANY(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id,   .primary_key = true)                                                     \
    COLUMN(TEXT,    name)                                                                          \
    RELATIONSHIP(ONE_TO_MANY, employees, Employee, company)

#define EMPLOYEE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER,           id,         .primary_key = true)                                     \
    COLUMN(TEXT,              type)                              /* says of which model a row is */ \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), company_id, .references = corm_ref(Company, id))                     \
    RELATIONSHIP(MANY_TO_ONE, company, Company, employees)

#define MANAGER(COLUMN, RELATIONSHIP)                                                              \
    EMPLOYEE(COLUMN, CORM_INHERITED)                             /* the columns of an employee */  \
    COLUMN(TEXT, title)                                                                            \
    RELATIONSHIP(ONE_TO_MANY, reports, Report, author)

#define ENGINEER(COLUMN, RELATIONSHIP)                                                             \
    EMPLOYEE(COLUMN, CORM_INHERITED)                                                               \
    COLUMN(TEXT,    language)                                                                      \
    COLUMN(INTEGER, level, .default_value = corm_default(1))

#define REPORT(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id,        .primary_key = true)                                                \
    COLUMN(TEXT,    subject)                                                                       \
    COLUMN(INTEGER, author_id, .references = corm_ref(Manager, id))                                \
    RELATIONSHIP(MANY_TO_ONE, author, Manager, reports)

#define FIRM(MODEL)                                                                                \
    MODEL(Company,  "companies", COMPANY)                                                          \
    MODEL(Employee, "employees", EMPLOYEE,                                                         \
          .discriminator = corm_member(Employee, type), .identity = "employee")                    \
    MODEL(Manager,  "employees", MANAGER,  .inherits = corm_base(Employee), .identity = "manager") \
    MODEL(Engineer, "engineers", ENGINEER, .inherits = corm_base(Employee), .identity = "engineer") \
    MODEL(Report,   "reports",   REPORT)
/* clang-format on */
CORM_SCHEMA(firm, FIRM)

/* Every kind is an Employee; corm_as finds out which, and gives NULL for the others. */
static void print_employee(Employee *employee)
{
    Manager *manager = corm_as(Manager, employee);
    Engineer *engineer = corm_as(Engineer, employee);
    if (manager != NULL)
        printf("%s is %s, with %zu report\n", employee->name, manager->title,
               Manager_reports(manager).count);
    else if (engineer != NULL)
        printf("%s writes %s on level %d\n", employee->name, engineer->language,
               (int)engineer->level);
    else
        printf("%s is here\n", employee->name);
}

int main(void)
{
    corm_session *session = corm_sqlite_open(":memory:", &firm);
    corm_create_all(session);

    Company *acme = corm_new(session, Company, .name = "Acme");
    Employee *ann = corm_new(session, Employee, .name = "Ann");
    Manager *mia = corm_new(session, Manager, .name = "Mia", .title = "Head of tools");
    Engineer *eve = corm_new(session, Engineer, .name = "Eve", .language = "C");
    Manager_reports_append(mia, corm_new(session, Report, .subject = "Tools"));

    /* What takes an Employee takes a Manager too, as one. */
    Company_employees_append(acme, ann);
    Company_employees_append(acme, corm_as(Employee, mia));
    Company_employees_append(acme, corm_as(Employee, eve));
    corm_add(session, acme);
    corm_commit(session);
    corm_clear(session);

    puts("-- everybody, in one statement");
    corm_echo(session, stdout);
    corm_echo_times(session, false);
    Employee_list all = corm_all(session, Employee, .order_by = corm_asc(Employee_.name));
    corm_echo(session, NULL);
    for (size_t i = 0; i < all.count; i++)
        print_employee(all.items[i]);

    puts("-- conditions take the base's columns and a model's own");
    eve =
        corm_first(session, Engineer,
                   .where = corm_and(corm_like(Engineer_.name, "E%"), corm_ge(Engineer_.level, 1)));
    printf("%s, one of %d engineers\n", eve->name, (int)corm_count(session, Engineer));

    puts("-- one row is one object, whatever it is asked for as");
    printf("%s\n", (void *)corm_get(session, Employee, eve->id) == (void *)eve ? "the same" : "no");
    printf("%s\n", corm_get(session, Manager, eve->id) == NULL ? "no manager" : "a manager");

    puts("-- only the tables that changed are written");
    corm_echo(session, stdout);
    eve->level++;
    corm_flush(session);
    corm_delete(session, eve);
    corm_commit(session);
    corm_echo(session, NULL);

    int failed = corm_error_status(session) != CORM_OK;
    corm_session_close(session);
    return failed;
}

/* Output:
 * -- everybody, in one statement
 * BEGIN
 * SELECT "employees"."id", "employees"."type", "employees"."name", "employees"."company_id", "employees"."title", "engineers"."language", "engineers"."level" FROM "employees" LEFT JOIN "engineers" ON "engineers"."id" = "employees"."id" ORDER BY "employees"."name"  3 rows
 * Ann is here
 * Eve writes C on level 1
 * Mia is Head of tools, with 1 report
 * -- conditions take the base's columns and a model's own
 * Eve, one of 1 engineers
 * -- one row is one object, whatever it is asked for as
 * the same
 * no manager
 * -- only the tables that changed are written
 * UPDATE "engineers" SET "level" = ?1 WHERE "id" = ?2  [2, 3]  1 row
 * DELETE FROM "engineers" WHERE "id" = ?1  [3]  1 row
 * DELETE FROM "employees" WHERE "id" = ?1  [3]  1 row
 * COMMIT
 */
