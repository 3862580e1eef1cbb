// expects gcc: passing argument 1 of 'Manager_reports_count' from incompatible pointer type
// expects clang: incompatible pointer types passing 'Employee *'
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

#define EMPLOYEE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, type)
#define MANAGER(COLUMN, RELATIONSHIP)                                                              \
    EMPLOYEE(COLUMN, CORM_INHERITED)                                                               \
    RELATIONSHIP(ONE_TO_MANY, reports, Report, NONE)
#define REPORT(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, author_id, .references = corm_ref(Manager, id))
#define FIRM(MODEL)                                                                                \
    MODEL(Employee, "employees", EMPLOYEE, .discriminator = corm_member(Employee, type),           \
          .identity = "employee")                                                                  \
    MODEL(Manager, "employees", MANAGER, .inherits = corm_base(Employee), .identity = "manager")   \
    MODEL(Report, "reports", REPORT)
CORM_SCHEMA(firm, FIRM)

/* An Employee is a Manager only if corm_as says so. */
size_t reports_of(Employee *employee);
size_t reports_of(Employee *employee)
{
    return Manager_reports_count(employee);
}
