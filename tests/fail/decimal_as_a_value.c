// expects: corm_sql_run: price is no value for a placeholder: give a number, a string, a corm_blob, a date, a time, a UUID, an OPTIONAL of them or NULL; of a corm_decimal its .units, of a kind of your own <kind>_value(&x)
#include "corm_sqlite.h"

corm_status raise(corm_session *session, corm_decimal price);
corm_status raise(corm_session *session, corm_decimal price)
{
    return corm_sql_run(session, "UPDATE products SET price = ?1", price);
}
