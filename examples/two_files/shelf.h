/* shelf.h: what the program does with books. */
#ifndef SHELF_H
#define SHELF_H

#include "models.h"

/* The author of that name, made if there is none. NULL on error. */
Author *shelf_author(corm_session *session, const char *name);
corm_status shelf_add(corm_session *session, Author *author, const char *title, int year);

#endif /* SHELF_H */
