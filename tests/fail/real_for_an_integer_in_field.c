// expects: corm_field(Fact_.many, corm_average(Car_.id)): the value is of another type than the member
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

#define FACT(COLUMN) COLUMN(TEXT, name) COLUMN(INTEGER, many)
CORM_ROW(Fact, FACT)

corm_fields wrong(void);
corm_fields wrong(void)
{
    return corm_fields(corm_field(Fact_.name, Car_.name),
                       corm_field(Fact_.many, corm_average(Car_.id)));
}
