// expects gcc: 'corm__model_Employe' undeclared
// expects clang: use of undeclared identifier 'corm__model_Employe'
#include "corm_sqlite.h"

#define EMPLOYEE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, type)
#define MANAGER(COLUMN, RELATIONSHIP) EMPLOYEE(COLUMN, CORM_INHERITED) COLUMN(TEXT, title)
#define FIRM(MODEL)                                                                                \
    MODEL(Employee, "employees", EMPLOYEE, .discriminator = corm_member(Employee, type),           \
          .identity = "employee")                                                                  \
    MODEL(Manager, "employees", MANAGER, .inherits = corm_base(Employe), .identity = "manager")
CORM_SCHEMA(firm, FIRM)
