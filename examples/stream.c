/* stream.c: a million rows, one at a time.
 *
 * The idea: a stream takes the memory of one row, however many there are; the program may stop it
 * early, and may have itself told how far it is. */
#include <stddef.h>
#include <stdlib.h>

/* corm's memory, counted: the size stands in front of each block. */
static size_t in_use;
static void *counted(void *block, size_t size)
{
    const size_t head = sizeof(max_align_t);
    const size_t before = block == NULL ? 0 : *(size_t *)(void *)((char *)block - head);
    char *made = realloc(block == NULL ? NULL : (char *)block - head, size + head);
    if (made == NULL)
        return NULL;
    *(size_t *)(void *)made = size;
    in_use += size - before;
    return made + head;
}
static void uncounted(void *block)
{
    if (block == NULL)
        return;
    char *begin = (char *)block - sizeof(max_align_t);
    in_use -= *(size_t *)(void *)begin;
    free(begin);
}
#define CORM_MALLOC(size_) counted(NULL, (size_))
#define CORM_REALLOC(block_, size_) counted((block_), (size_))
#define CORM_FREE(block_) uncounted(block_)

#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define READING(COLUMN, RELATIONSHIP)                                                    \
    COLUMN(INTEGER, id,     .primary_key = true)                                         \
    COLUMN(TEXT,    sensor, .length = 20)                                                \
    COLUMN(REAL,    degrees)
#define WEATHER(MODEL)                                                                   \
    MODEL(Reading, "readings", READING)
CORM_SCHEMA(weather, WEATHER)
/* clang-format on */

enum { ROWS = 1000000 };

static void must(corm_session *session, corm_status status)
{
    if (status == CORM_OK)
        return;
    fprintf(stderr, "%s\n", corm_error_message(session));
    exit(1);
}

static bool show(void *percent, int64_t rows)
{
    *(int *)percent = (int)(rows * 100 / ROWS);
    printf("  %d %%\n", *(int *)percent);
    return true; /* false would stop the stream */
}

/* The mean of all rows, and whether the stream's memory was the same at the first and last. */
static void mean_of_all(corm_session *session)
{
    double sum = 0;
    int64_t rows = 0;
    int percent = 0;
    size_t first = 0, most = 0;
    corm_stream *stream = corm_stream_open(session, Reading, .order_by = corm_asc(Reading_.id));
    must(session, corm_stream_progress(stream, ROWS / 4, show, &percent));
    for (const Reading *reading; (reading = corm_stream_next(stream)) != NULL; rows++) {
        sum += reading->degrees;
        first = rows == 0 ? in_use : first;
        most = in_use > most ? in_use : most;
    }
    must(session, corm_stream_close(stream)); /* OK: all of them came */
    printf("%lld rows, mean %.1f degrees, in the memory of %s\n", (long long)rows,
           sum / (double)rows, most == first ? "one row" : "many");
}

/* The first that is hot: then nobody needs the others. */
static void first_above(corm_session *session, double degrees)
{
    corm_stream *stream =
        corm_stream_open(session, Reading, .where = corm_gt(Reading_.degrees, degrees),
                         .order_by = corm_asc(Reading_.id));
    const Reading *reading = corm_stream_next(stream);
    if (reading != NULL)
        printf("reading %lld of %s is the first above %.0f\n", (long long)reading->id,
               reading->sensor, degrees);
    must(session, corm_stream_close(stream));
}

int main(void)
{
    corm_session *session = corm_sqlite_open(":memory:", &weather);
    must(session, corm_create_all(session));
    must(session, corm_sql_run(session,
                               "INSERT INTO readings (sensor, degrees) "
                               "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n "
                               "WHERE i + 1 < ?1) SELECT 'roof ' || (i % 7), i % 41 FROM n",
                               ROWS));
    printf("%lld rows written\n", (long long)corm_sql_changed(session));
    corm_echo_times(session, false);
    corm_echo(session, stdout);
    mean_of_all(session);
    first_above(session, 39);
    must(session, corm_commit(session));
    corm_session_close(session);
    printf("%zu bytes left\n", in_use);
    return 0;
}

/* Output:
 * 1000000 rows written
 *   25 %
 *   50 %
 *   75 %
 *   100 %
 * SELECT "id", "sensor", "degrees" FROM "readings" ORDER BY "id"  1000000 rows
 * 1000000 rows, mean 20.0 degrees, in the memory of one row
 * reading 41 of roof 5 is the first above 39
 * SELECT "id", "sensor", "degrees" FROM "readings" WHERE "degrees" > ?1 ORDER BY "id"  [39.0]  1 row
 * COMMIT
 * 0 bytes left
 */
