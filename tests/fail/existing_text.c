// expects: Device.name is not of type const char *, which TEXT wants: for types of C there are INTEGER_AS(type), REAL_AS(type), CHARS(size)
#include "corm_sqlite.h"

typedef struct Device {
    int id;
    char name[20];
} Device;
#define DEVICE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER_AS(int), id, .primary_key = true)                                               \
    COLUMN(TEXT, name)
#define DEVICES(MODEL) MODEL(EXISTING(Device), "devices", DEVICE)
CORM_SCHEMA(devices, DEVICES)
