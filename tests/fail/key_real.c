// expects: corm_get(Car, 1.5): the value is of another type than the key
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

Car *wrong(corm_session *session);
Car *wrong(corm_session *session)
{
    return corm_get(session, Car, 1.5);
}
