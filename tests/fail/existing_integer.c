// expects: Device.count is not of type int64_t, which INTEGER wants: for types of C there are INTEGER_AS(type)
#include "corm_sqlite.h"

typedef struct Device {
    int id, count;
} Device;
#define DEVICE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER_AS(int), id, .primary_key = true)                                               \
    COLUMN(INTEGER, count)
#define DEVICES(MODEL) MODEL(EXISTING(Device), "devices", DEVICE)
CORM_SCHEMA(devices, DEVICES)
