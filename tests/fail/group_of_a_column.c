// expects gcc: incompatible types when initializing type 'short unsigned int' using type 'corm_integer_column'
// expects clang: initializing 'corm__wants_corm_group' (aka 'unsigned short') with an expression of incompatible type 'const corm_integer_column'
#include "corm.h"

#define CAR(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    RELATIONSHIP(ONE_TO_MANY, wheels, Wheel, car)
#define WHEEL(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(INTEGER, car_id, .references = corm_ref(Car, id))                                       \
    RELATIONSHIP(MANY_TO_ONE, car, Car, wheels)

#define CARS(MODEL) MODEL(Car, "cars", CAR) MODEL(Wheel, "wheels", WHEEL)
CORM_SCHEMA(cars, CARS)

#define COUNTED(COLUMN) COLUMN(INTEGER, count)
CORM_ROW(Counted, COUNTED)

corm_select wrong(void);
corm_select wrong(void)
{
    return corm_select_for(Counted, .from = corm_from(Wheel), .group_by = Wheel_.car_id);
}
