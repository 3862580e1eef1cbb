// expects gcc: incompatible types when initializing type 'long unsigned int' using type 'corm_relationship_ref'
// expects clang: initializing 'corm__wants_corm_load' (aka 'unsigned long') with an expression of incompatible type 'const corm_relationship_ref'
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

corm_query wrong(void);
corm_query wrong(void)
{
    return corm_query_of(Car, .load = Car_.wheels);
}
