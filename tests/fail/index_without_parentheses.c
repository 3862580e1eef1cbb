// expects: corm__its_columns_stand_in_parentheses
#include "corm.h"

#define CAR(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)

#define CARS(MODEL) MODEL(Car, "cars", CAR, .indexes = {corm_index(Car, name)})
CORM_SCHEMA(cars, CARS)
