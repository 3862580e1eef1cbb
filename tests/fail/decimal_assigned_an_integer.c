// expects gcc: incompatible types when assigning to type 'corm_decimal'
// expects clang: assigning to 'corm_decimal'
#include "corm.h"

#define CAR(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(DECIMAL(10, 2), price)

#define CARS(MODEL) MODEL(Car, "cars", CAR)
CORM_SCHEMA(cars, CARS)

void wrong(Car *car);
void wrong(Car *car)
{
    car->price = 20;
}
