// expects: struct corm__OPTIONAL_is_not_for_INTEGER_AS_use_INTEGER, which OPTIONAL(INTEGER_AS(int)) wants
#include "corm_sqlite.h"

typedef struct Device {
    int id, age;
} Device;
#define DEVICE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER_AS(int), id, .primary_key = true)                                               \
    COLUMN(OPTIONAL(INTEGER_AS(int)), age)
#define DEVICES(MODEL) MODEL(EXISTING(Device), "devices", DEVICE)
CORM_SCHEMA(devices, DEVICES)
