// expects: corm_sql: &wanted is no value for a placeholder: give a number, a string, a corm_blob, a date, a time, a UUID, an OPTIONAL of them or NULL
#include "corm_sqlite.h"

#define SALE(COLUMN)                                                                               \
    COLUMN(TEXT, customer)                                                                         \
    COLUMN(REAL, total)
CORM_ROW(Sale, SALE)

size_t sales(corm_session *session, int64_t wanted);
size_t sales(corm_session *session, int64_t wanted)
{
    return corm_sql(session, Sale, "SELECT customer, total FROM sales WHERE id = ?1", &wanted)
        .count;
}
