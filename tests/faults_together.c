/* faults_together: the same as faults, with rows that are written together however few they are. What is the same for
 * both is tried there: here every ninth allocation fails. CORM_FAULTS=1 tries all. */
#define CORM__MANY 1
#define CORM_SQLITE__FEW_BEFORE 1
#define CORM_SQLITE__ROWS_FOR_LITTLE 1
#define CORM_SQLITE__ROWS_BETWEEN_LOOKS 1
#define FAULTS 9
#include "faults.c"
