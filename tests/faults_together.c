/* faults_together: the same as faults, with rows that are written together however few they are. */
#define CORM__MANY 1
#include "faults.c"
