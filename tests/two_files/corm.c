/* corm itself, in a file that knows no model. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
