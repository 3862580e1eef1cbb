// expects: Sales.total: DOUBLE is no kind of column: it is INTEGER, REAL,
#include "corm.h"

#define SALES(COLUMN)                                                                              \
    COLUMN(TEXT, artist)                                                                           \
    COLUMN(DOUBLE, total)
CORM_ROW(Sales, SALES)
