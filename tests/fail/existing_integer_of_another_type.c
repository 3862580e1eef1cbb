// expects: Device.count is not of type int, which INTEGER_AS(int) wants
#include "corm_sqlite.h"

typedef struct Device {
    int id;
    unsigned count;
} Device;
#define DEVICE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER_AS(int), id, .primary_key = true)                                               \
    COLUMN(INTEGER_AS(int), count)
#define DEVICES(MODEL) MODEL(EXISTING(Device), "devices", DEVICE)
CORM_SCHEMA(devices, DEVICES)
