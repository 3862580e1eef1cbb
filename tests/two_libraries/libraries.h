/* What the two libraries offer: neither lets anything of corm be seen. */
#ifndef TESTS_TWO_LIBRARIES_H
#define TESTS_TWO_LIBRARIES_H

#include <stddef.h>

/* Saves a user in a database in memory; the number of users in it, or 0 after an error. */
size_t first_saves(const char *name);
size_t second_saves(int number);

#endif /* TESTS_TWO_LIBRARIES_H */
