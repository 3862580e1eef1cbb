// expects: corm__CHARS_is_an_array_of_char_use_strcpy
#include "corm_sqlite.h"

typedef struct Device {
    int id;
    char name[16];
} Device;
#define DEVICE(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER_AS(int), id, .primary_key = true)                                               \
    COLUMN(CHARS(16), name)
#define DEVICES(MODEL) MODEL(EXISTING(Device), "devices", DEVICE)
CORM_SCHEMA(devices, DEVICES)
Device *made(corm_session *session);
Device *made(corm_session *session)
{
    return corm_new(session, Device, .name = "x");
}
