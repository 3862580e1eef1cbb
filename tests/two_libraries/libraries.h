/* What the two libraries offer: neither lets anything of corm be seen. */
#ifndef TESTS_TWO_LIBRARIES_H
#define TESTS_TWO_LIBRARIES_H

#include <stddef.h>

/* Saves a user in a database in memory; the number of users in it, or 0 after an error. */
size_t first_saves(const char *name);
size_t second_saves(int number);

/* Adds users to those in a session that is kept, and loads all. */
void first_keeps(size_t more);
void second_keeps(size_t more);
/* Changes the user at this place. */
void first_changes(size_t at);
void second_changes(size_t at);
/* How many users the database knows to be changed, after what was changed is written. */
size_t first_has_changed(void);
size_t second_has_changed(void);
void first_ends(void);
void second_ends(void);

#endif /* TESTS_TWO_LIBRARIES_H */
