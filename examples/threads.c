/* threads: one engine for the whole program, a session for each piece of work. Tellers move money
 * between accounts while auditors add it up; not a cent gets lost. */
#include <pthread.h>
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define ACCOUNT(COLUMN, RELATIONSHIP)                                  \
    COLUMN(INTEGER, id,    .primary_key = true)                        \
    COLUMN(INTEGER, cents, .default_value = corm_default(10000))
#define TRANSFER(COLUMN, RELATIONSHIP)                                 \
    COLUMN(INTEGER, id,      .primary_key = true)                      \
    COLUMN(INTEGER, cents)                                             \
    COLUMN(INTEGER, from_id, .references = corm_ref(Account, id))      \
    COLUMN(INTEGER, to_id,   .references = corm_ref(Account, id))
#define BANK(MODEL) MODEL(Account, "accounts", ACCOUNT) MODEL(Transfer, "transfers", TRANSFER)
CORM_SCHEMA(bank, BANK)
/* clang-format on */

enum { ACCOUNTS = 4, TELLERS = 3, AUDITORS = 2, TRANSFERS = 50, AUDITS = 50 };

/* What corm_run runs: it may run again, so it only works in its session. */
static corm_status transfer(corm_session *session, void *argument)
{
    const int *number = argument;
    Account *from = corm_get(session, Account, 1 + *number % ACCOUNTS);
    Account *to = corm_get(session, Account, 1 + (*number + 1) % ACCOUNTS);
    if (from == NULL || to == NULL) /* no row is no error for corm_get, but one for a transfer */
        return corm_last_status() != CORM_OK ? corm_last_status() : CORM_NOT_FOUND;
    from->cents -= 100;
    to->cents += 100;
    return corm_add(
        session, corm_new(session, Transfer, .cents = 100, .from_id = from->id, .to_id = to->id));
}

/* Somebody else may commit between the reading and the writing: then corm_run starts anew. */
static void *teller(void *engine)
{
    for (int i = 0; i < TRANSFERS; i++) {
        if (corm_run(engine, transfer, &i) != CORM_OK) {
            fprintf(stderr, "%s\n", corm_error_message(NULL)); /* of this thread's last failure */
            return "gave up";
        }
    }
    return "done";
}

/* Reads what is committed, and waits for nobody. */
static void *auditor(void *engine)
{
    const char *found = "not a cent is missing";
    corm_session *session = corm_session_open(engine, NULL);
    for (int i = 0; i < AUDITS; i++) {
        int64_t sum = 0;
        Account_list accounts = corm_all(session, Account);
        for (size_t k = 0; k < accounts.count; k++)
            sum += accounts.items[k]->cents;
        if (accounts.count != ACCOUNTS || sum != ACCOUNTS * 10000)
            found = "money is missing";
        corm_commit(session); /* ends the transaction: the next one sees what is new */
    }
    corm_session_close(session);
    return (void *)found;
}

static int open_accounts(corm_engine *engine)
{
    corm_session *session = corm_session_open(engine, NULL);
    corm_create_all(session);
    for (int i = 0; i < ACCOUNTS; i++)
        corm_add(session, corm_new(session, Account));
    corm_status status = corm_commit(session);
    if (status != CORM_OK)
        fprintf(stderr, "%s\n", corm_error_message(session));
    corm_session_close(session);
    return status == CORM_OK;
}

int main(void)
{
    pthread_t threads[TELLERS + AUDITORS];
    corm_engine *engine = corm_sqlite_engine("bank.db", &bank, NULL);
    int good = open_accounts(engine);
    for (int i = 0; i < TELLERS + AUDITORS; i++)
        pthread_create(&threads[i], NULL, i < TELLERS ? teller : auditor, engine);
    for (int i = 0; i < TELLERS + AUDITORS; i++) {
        void *said = NULL;
        pthread_join(threads[i], &said);
        printf("%s: %s\n", i < TELLERS ? "teller" : "auditor", (const char *)said);
    }
    corm_session *session = corm_session_open(engine, NULL);
    int64_t transfers = corm_count(session, Transfer), sum = 0;
    printf("%lld transfers\n", (long long)transfers);
    Account_list accounts = corm_all(session, Account, .order_by = corm_asc(Account_.id));
    for (size_t i = 0; i < accounts.count; i++) {
        sum += accounts.items[i]->cents;
        printf("account %lld: %lld cents\n", (long long)accounts.items[i]->id,
               (long long)accounts.items[i]->cents);
    }
    good = good && transfers == TELLERS * TRANSFERS && sum == ACCOUNTS * 10000;
    corm_session_close(session);
    return corm_engine_close(engine) == CORM_OK && good ? 0 : 1;
}

/* Output:
 * teller: done
 * teller: done
 * teller: done
 * auditor: not a cent is missing
 * auditor: not a cent is missing
 * 150 transfers
 * account 1: 9700 cents
 * account 2: 10000 cents
 * account 3: 10300 cents
 * account 4: 10000 cents
 */
