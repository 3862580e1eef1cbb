// expects gcc: incompatible type for argument 1 of 'corm__each_is_a_condition'
// expects clang: passing 'const corm_text_column' (aka 'const union corm_text_column') to parameter of incompatible type 'corm_condition'
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

corm_condition wrong(void);
corm_condition wrong(void)
{
    return corm_and(corm_eq(Car_.id, 1), Car_.name);
}
