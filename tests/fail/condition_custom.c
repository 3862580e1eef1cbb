// expects: corm_eq(Place_.at, here): the value is of another type than the column
#include "corm.h"

typedef struct Point {
    int x, y;
} Point;
bool point_to(const Point *from, corm_value *out, corm_conversion *conversion);
bool point_from(const corm_value *from, Point *out, corm_conversion *conversion);
CORM_KIND(point, Point, TEXT, point_to, point_from, NULL)

#define PLACE(COLUMN, RELATIONSHIP)                                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                                       \
    COLUMN(CUSTOM(point), at)

#define PLACES(MODEL) MODEL(Place, "places", PLACE)
CORM_SCHEMA(places, PLACES)

corm_condition wrong(const Point *here);
corm_condition wrong(const Point *here)
{
    return corm_eq(Place_.at, here);
}
