/* In front of corm_sqlite.h in a program that is linked to the implementation (LINKED=1): the program's own is left out. Tests
 * look at databases with SQLite itself, whose header otherwise comes with the implementation. */
#undef CORM_IMPLEMENTATION
#include "../../corm_sqlite.h"
#include <sqlite3.h>
