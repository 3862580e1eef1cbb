/* The one file in which the models are defined. */
#include "models.h"

CORM_SCHEMA_DEFINE(library, LIBRARY)
