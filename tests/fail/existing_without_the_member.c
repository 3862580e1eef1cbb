// expects gcc: 'Device' has no member named 'count'
// expects clang: no member named 'count' in 'struct Device'
#include "corm_sqlite.h"

typedef struct Device {
    int id;
} Device;
#define DEVICE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER_AS(int), id, .primary_key = true)                                               \
    COLUMN(INTEGER, count)
#define DEVICES(MODEL) MODEL(EXISTING(Device), "devices", DEVICE)
CORM_SCHEMA(devices, DEVICES)
