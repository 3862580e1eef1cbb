/* graph_fuzz_together: the same as graph_fuzz, with rows that are written together however few they are. */
#define CORM__MANY 1
#define CORM_SQLITE__FEW_BEFORE 1
#define CORM_SQLITE__ROWS_FOR_LITTLE 1
#define CORM_SQLITE__ROWS_BETWEEN_LOOKS 1
#define SEEDS 60
#include "graph_fuzz.c"
