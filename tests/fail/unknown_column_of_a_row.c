// expects gcc: has no member named 'totl'
// expects clang: no member named 'totl' in 'struct corm__handles_Sale'
#include "corm_sqlite.h"

#define SALE(COLUMN)                                                                               \
    COLUMN(TEXT, customer)                                                                         \
    COLUMN(REAL, total)
CORM_ROW(Sale, SALE)

corm_ordering by_total(void);
corm_ordering by_total(void)
{
    return corm_asc(Sale_.totl);
}
