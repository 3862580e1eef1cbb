// expects: corm_values(..., Car, &number): it takes a column or an expression, not of a kind of your own
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

size_t wrong(corm_session *session, int number);
size_t wrong(corm_session *session, int number)
{
    return corm_values(session, Car, &number, .limit = 5).count;
}
