// expects: corm_plus(Car_.price, Car_.weight): it computes with two numbers that fit: INTEGER and REAL, or DECIMAL and a whole number or another DECIMAL
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

corm_decimal_expression wrong(void);
corm_decimal_expression wrong(void)
{
    return corm_plus(Car_.price, Car_.weight);
}
