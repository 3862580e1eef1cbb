// expects: corm_lt(Car_.opens, \"12:30:00\"): the value is of another type than the column
#include "corm.h"

#define COLOR(VALUE) VALUE(RED) VALUE(GREEN, "green")
CORM_ENUM(Color, COLOR)

#define CAR(COLUMN, RELATIONSHIP)                                                                  \
    COLUMN(UUID, id, .primary_key = true)                                                          \
    COLUMN(ENUM(Color), color)                                                                     \
    COLUMN(DECIMAL(10, 2), price)                                                                  \
    COLUMN(TIME, opens)                                                                            \
    COLUMN(JSON, data)

#define CARS(MODEL) MODEL(Car, "cars", CAR)
CORM_SCHEMA(cars, CARS)

corm_condition wrong(void);
corm_condition wrong(void)
{
    return corm_lt(Car_.opens, "12:30:00");
}
