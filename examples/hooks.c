/* hooks.c: a club that knows what happens to its members.
 *
 * The idea: a rule that must hold wherever the program writes stands beside the model and is asked at
 * each flush. A validator looks at one value, a hook of a model at one object, a hook of a session at
 * the whole flush. Each may refuse. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define MEMBER(COLUMN, RELATIONSHIP)                                       \
    COLUMN(INTEGER,            id,         .primary_key = true)            \
    COLUMN(TEXT,               name,       .length = 40)                   \
    COLUMN(TEXT,               email,      .validate = check_email)        \
    COLUMN(DECIMAL(8, 2),      debt,       .default_value = corm_default("0")) \
    COLUMN(OPTIONAL(DATETIME), updated_at)

#define ENTRY(COLUMN, RELATIONSHIP)                                        \
    COLUMN(INTEGER,            id,         .primary_key = true)            \
    COLUMN(TEXT,               text)

#define CLUB(MODEL)                                                        \
    MODEL(Member, "members", MEMBER, .hooks = &member_hooks)               \
    MODEL(Entry,  "audit",   ENTRY)
/* clang-format on */

/* The functions need the structs, and the descriptors need the functions: so in two steps. */
CORM_SCHEMA_DECLARE(club, CLUB)

static bool check_email(corm_session *session, const void *object, const corm_value *value)
{
    (void)object;
    const char *at = strchr(value->as.bytes, '@');
    return (at != NULL && at[1] != '\0') || corm_refuse(session, "an address is written name@host");
}

static bool stamp(corm_session *session, void *object, void *context)
{
    Member *member = object;
    (void)session, (void)context;
    member->updated_at = corm_some(corm_now());
    return true;
}

static bool keep_debtors(corm_session *session, void *object, void *context)
{
    const Member *member = object;
    char debt[CORM_DECIMAL_TEXT_SIZE];
    (void)context;
    if (member->debt.units == 0)
        return true;
    return corm_refuse(session, "owes us %s", corm_decimal_format(member->debt, debt));
}

static const corm_hooks member_hooks = {.before_update = stamp, .before_delete = keep_debtors};

CORM_SCHEMA_DEFINE(club, CLUB)

/* The audit trail: what the flush is going to write is written down in the same transaction. */
static bool write_down(corm_session *session, void *context)
{
    (void)context;
    corm_plan plan = corm_session_plan(session);
    for (size_t i = 0; i < plan.count; i++)
        corm_add(session, corm_new(session, Entry, .text = plan.items[i].text));
    return corm_last_status() == CORM_OK;
}

/* What the world outside is told waits for the commit, because a flush may yet be rolled back. */
static void send_letters(corm_session *session, void *context)
{
    int *joined = context;
    (void)session;
    if (*joined > 0)
        printf("letters to %d new members\n", *joined);
    *joined = 0;
}

static bool count_new(corm_session *session, void *object, void *context)
{
    if (strcmp(corm_model_of(object)->name, "Member") == 0)
        ++*(int *)context;
    (void)session;
    return true;
}

static void forget_new(corm_session *session, void *context)
{
    (void)session;
    *(int *)context = 0;
}

static void commit(corm_session *session)
{
    if (corm_commit(session) == CORM_OK)
        return;
    printf("no: %s\n", corm_error_message(session));
    corm_rollback(session);
}

int main(void)
{
    int joined = 0;
    const corm_hooks letters = {.after_insert = count_new,
                                .after_commit = send_letters,
                                .after_rollback = forget_new,
                                .context = &joined};
    const corm_hooks audit = {.before_flush = write_down, .next = &letters};

    corm_session *session = corm_sqlite_open(":memory:", &club);
    corm_create_all(session);
    corm_session_set_hooks(session, &audit);

    corm_add(session, corm_new(session, Member, .name = "Ann", .email = "ann@example.com"));
    corm_add(session, corm_new(session, Member, .name = "Bob", .email = "bob at example.com"));
    commit(session); /* all or none */

    Member *ann = corm_new(session, Member, .name = "Ann", .email = "ann@example.com");
    corm_add(session, ann);
    commit(session);
    ann->debt = corm_decimal_of("12.50");
    commit(session);
    printf("stamped: %s\n", ann->updated_at.has_value ? "yes" : "no");
    corm_delete(session, ann);
    commit(session);
    ann->debt = corm_decimal_of("0");
    commit(session);
    corm_delete(session, ann);
    commit(session);

    Entry_list entries = corm_all(session, Entry, .order_by = corm_asc(Entry_.id));
    for (size_t i = 0; i < entries.count; i++)
        printf("audit: %s\n", entries.items[i]->text);
    bool fine = entries.count == 4 && corm_count(session, Member) == 0;
    corm_session_close(session);
    return fine ? 0 : 1;
}

/* Output:
 * no: members.email: the text 'bob at example.com' is refused: an address is written name@host (inserting Member "Bob")
 * letters to 1 new members
 * stamped: yes
 * no: members: before_delete refused: owes us 12.50 (deleting Member "Ann")
 * audit: INSERT members (Member "Ann"): new
 * audit: UPDATE members#1: debt changed
 * audit: UPDATE members#1: debt changed
 * audit: DELETE members#1: deleted
 */
