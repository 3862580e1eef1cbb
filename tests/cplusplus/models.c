/* The part that is C: the implementation and the models' definition. */
#define CORM_IMPLEMENTATION
#include "models.h"

CORM_SCHEMA_DEFINE(library, LIBRARY)
