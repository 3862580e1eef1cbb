// expects: corm: DECIMAL(precision, scale) has 1 to 18 digits, and at most as many of them behind the point
#include "corm.h"

#define CAR(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(DECIMAL(20, 2), price)

#define CARS(MODEL) MODEL(Car, "cars", CAR)
CORM_SCHEMA(cars, CARS)
