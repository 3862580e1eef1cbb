/* Leaks on purpose: a run with sanitizers proves with it that leaks are found at all, before it believes that there are
 * none. */
#include <stdlib.h>

int main(void)
{
    void *volatile lost = malloc(1000);
    lost = NULL;
    return lost != NULL;
}
