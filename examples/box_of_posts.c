/* box_of_posts.c: a user who owns everything in the box: posts, sessions, payments, sentences.
 *
 * The idea: with the cascade ALL | DELETE_ORPHAN the program only moves objects in memory; the
 * commit works out which rows to insert, to update and to delete. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"
#include <string.h>

/* clang-format off */
#define OWNED .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN
#define USER(COLUMN, RELATIONSHIP)                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                      \
    COLUMN(TEXT,    name)                                                         \
    RELATIONSHIP(ONE_TO_MANY, posts,     Post,     BACKREF(author), OWNED)        \
    RELATIONSHIP(ONE_TO_MANY, sessions,  Session,  BACKREF(user),   OWNED)        \
    RELATIONSHIP(ONE_TO_MANY, payments,  Payment,  BACKREF(user),   OWNED)        \
    RELATIONSHIP(ONE_TO_MANY, sentences, Sentence, BACKREF(user),   OWNED)
#define POST(COLUMN, RELATIONSHIP)                                                \
    COLUMN(INTEGER, id, .primary_key = true)                                      \
    COLUMN(TEXT,    title)                                                        \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))
#define SESSION(COLUMN, RELATIONSHIP)                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                      \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))
#define PAYMENT(COLUMN, RELATIONSHIP)                                             \
    COLUMN(INTEGER, id, .primary_key = true)                                      \
    COLUMN(INTEGER, cents)                                                        \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))
#define SENTENCE(COLUMN, RELATIONSHIP)                                            \
    COLUMN(INTEGER, id, .primary_key = true)                                      \
    COLUMN(TEXT,    words)                                                        \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id))
#define BOX(MODEL)                                                                \
    MODEL(User, "users", USER)                                                    \
    MODEL(Post, "posts", POST)                                                    \
    MODEL(Session, "sessions", SESSION)                                           \
    MODEL(Payment, "payments", PAYMENT)                                           \
    MODEL(Sentence, "sentences", SENTENCE)
CORM_SCHEMA(box, BOX)
/* clang-format on */

static const char *const verbs[] = {"SELECT", "INSERT", "UPDATE", "DELETE"};
static int counts[4];

/* corm calls this after every statement. */
static void count_statement(void *unused, const corm_trace_event *event)
{
    (void)unused;
    for (size_t i = 0; i < 4; i++)
        counts[i] += strncmp(event->sql, verbs[i], strlen(verbs[i])) == 0;
}

/* Commits; prints which statements that took since the commit before, and which posts the table has
 * now. Loads what the commit has expired, so that no SELECT for that is counted next time. */
static void commit(corm_session *session, const char *what)
{
    corm_status status = corm_commit(session);
    printf("%s: %s", what, status == CORM_OK ? "" : corm_error_message(session));
    if (counts[0] + counts[1] + counts[2] + counts[3] == 0)
        printf("no SQL");
    for (size_t i = 0; i < 4; i++)
        if (counts[i] > 0)
            printf("%d %s ", counts[i], verbs[i]);
    Post_list posts = corm_all(session, Post, .order_by = corm_asc(Post_.id));
    for (size_t i = 0; i < posts.count; i++)
        printf("%s %s (user %lld)", i == 0 ? "\n   " : ",", posts.items[i]->title,
               (long long)posts.items[i]->user_id);
    printf("\n");
    corm_all(session, User, .load = corm_load(User_.posts));
    memset(counts, 0, sizeof counts);
}

static void print_counts(corm_session *session)
{
    printf("    %lld users, %lld posts, %lld sessions, %lld payments, %lld sentences\n",
           (long long)corm_count(session, User), (long long)corm_count(session, Post),
           (long long)corm_count(session, Session), (long long)corm_count(session, Payment),
           (long long)corm_count(session, Sentence));
    memset(counts, 0, sizeof counts);
}

int main(void)
{
    corm_session *session = corm_sqlite_open("box.db", &box);
    corm_create_all(session);
    corm_trace(session, count_statement, NULL);

    User *ann = corm_new(session, User, .name = "Ann");
    User *ben = corm_new(session, User, .name = "Ben");
    Post *one = corm_new(session, Post, .title = "one");
    User_posts_append(ann, one);
    User_posts_append(ann, corm_new(session, Post, .title = "two"));
    User_sessions_append(ann, corm_new(session, Session));
    User_payments_append(ann, corm_new(session, Payment, .cents = 499));
    User_sentences_append(ann, corm_new(session, Sentence, .words = "To be."));
    corm_add(session, ann);
    corm_add(session, ben);
    commit(session, "adding a user adds the box");
    Post *three = corm_new(session, Post, .title = "three");
    User_posts_append(ann, three);
    commit(session, "appending a post saves it");
    User_posts_remove(ann, one);
    commit(session, "removing a post deletes it");

    Post *brief = corm_new(session, Post, .title = "brief");
    User_posts_append(ann, brief);
    User_posts_remove(ann, brief);
    commit(session, "appending and removing before the flush");

    Post *four = corm_new(session, Post, .title = "four");
    Post *five = corm_new(session, Post, .title = "five");
    User_posts_replace(ann, (Post *[]){three, four, five}, 3);
    commit(session, "replacing the collection writes the difference");

    User_posts_append(ben, three); /* no SQL yet: */
    printf("at once in memory: Ann %zu, Ben %zu\n", User_posts(ann).count, User_posts(ben).count);
    commit(session, "moving a post to Ben is one UPDATE");
    Post_author_set(four, NULL);
    commit(session, "a post without an author is deleted");

    print_counts(session);
    corm_delete(session, ann);
    commit(session, "deleting Ann deletes her box");
    print_counts(session);
    corm_session_close(session);
    return 0;
}

/* Output:
 * adding a user adds the box: 7 INSERT
 *     one (user 1), two (user 1)
 * appending a post saves it: 1 INSERT
 *     one (user 1), two (user 1), three (user 1)
 * removing a post deletes it: 1 DELETE
 *     two (user 1), three (user 1)
 * appending and removing before the flush: no SQL
 *     two (user 1), three (user 1)
 * replacing the collection writes the difference: 2 INSERT 1 DELETE
 *     three (user 1), four (user 1), five (user 1)
 * at once in memory: Ann 2, Ben 1
 * moving a post to Ben is one UPDATE: 1 UPDATE
 *     three (user 2), four (user 1), five (user 1)
 * a post without an author is deleted: 1 DELETE
 *     three (user 2), five (user 1)
 *     2 users, 2 posts, 1 sessions, 1 payments, 1 sentences
 * deleting Ann deletes her box: 3 SELECT 5 DELETE
 *     three (user 2)
 *     1 users, 1 posts, 0 sessions, 0 payments, 0 sentences
 */
