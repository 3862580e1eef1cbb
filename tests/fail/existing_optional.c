// expects: Device.age is not of type corm_optional_integer, which OPTIONAL(INTEGER) wants
#include "corm_sqlite.h"

typedef struct Device {
    int id, age;
} Device;
#define DEVICE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER_AS(int), id, .primary_key = true)                                               \
    COLUMN(OPTIONAL(INTEGER), age)
#define DEVICES(MODEL) MODEL(EXISTING(Device), "devices", DEVICE)
CORM_SCHEMA(devices, DEVICES)
