// expects: corm_over(&number, ...): it takes a function
#include "corm.h"

#define COLOR(VALUE) VALUE(RED) VALUE(GREEN, "green")
CORM_ENUM(Color, COLOR)

#define CAR(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(TEXT, name)                                                                             \
    COLUMN(ENUM(Color), color)                                                                     \
    COLUMN(DECIMAL(10, 2), price)                                                                  \
    COLUMN(REAL, weight)                                                                           \
    COLUMN(DATE, made)                                                                             \
    COLUMN(TIME, opens)                                                                            \
    COLUMN(DATETIME, sold)                                                                         \
    COLUMN(JSON, data)

#define CARS(MODEL) MODEL(Car, "cars", CAR)
CORM_SCHEMA(cars, CARS)

corm_integer_expression wrong(int number);
corm_integer_expression wrong(int number)
{
    return corm_over(&number, corm_no_group, corm_asc(Car_.id));
}
