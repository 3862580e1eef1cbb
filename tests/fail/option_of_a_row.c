// expects: Sale.customer: a column of CORM_ROW is read and never written: its only option is .name, leave the others to the models
#include "corm_sqlite.h"

#define SALE(COLUMN)                                                                               \
    COLUMN(TEXT, customer, .length = 80)                                                           \
    COLUMN(REAL, total)
CORM_ROW(Sale, SALE)
