// expects gcc: 'Sale_customer' {aka 'corm_row_options'} has no member named 'unique'
// expects clang: field designator 'unique' does not refer to any field in type 'Sale_customer'
#include "corm_sqlite.h"

#define SALE(COLUMN)                                                                               \
    COLUMN(TEXT, customer, .name = "by whom", .unique = true)                                      \
    COLUMN(REAL, total)
CORM_ROW(Sale, SALE)
