// expects gcc: incompatible types when initializing type 'short unsigned int' using type 'corm_text_column'
// expects clang: initializing 'corm__wants_corm_asc_or_corm_desc' (aka 'unsigned short') with an expression of incompatible type 'const corm_text_column'
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

corm_ordering wrong(void);
corm_ordering wrong(void)
{
    return corm_order(Car_.name, corm_desc(Car_.id));
}
