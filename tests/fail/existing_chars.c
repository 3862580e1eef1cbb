// expects: Device.name is not of type char[16], which CHARS(16) wants
#include "corm_sqlite.h"

typedef struct Device {
    int id;
    char name[20];
} Device;
#define DEVICE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER_AS(int), id, .primary_key = true)                                               \
    COLUMN(CHARS(16), name)
#define DEVICES(MODEL) MODEL(EXISTING(Device), "devices", DEVICE)
CORM_SCHEMA(devices, DEVICES)
