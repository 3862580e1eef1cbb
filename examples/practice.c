/* practice.c: the whole data of a site where people practise a language.
 *
 * The idea: the lists below are all there is to say. Days come from a function when a row is inserted,
 * a like exists once for each post and user, a streak belongs to its user and grows by the day, and
 * what an account owns goes with it: one corm_delete leaves nothing behind. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

static corm_date today = {2026, 2, 26}; /* a real program asks corm_today() */

static bool day_of_now(const void *row, corm_value *out, corm_conversion *conversion)
{
    char text[CORM_DATE_TEXT_SIZE];
    (void)row;
    return corm_conversion_text(conversion, out, "%s", corm_date_format(today, text));
}

/* clang-format off */
#define OWNS CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN
#define USER(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,    .primary_key = true)                                                    \
    COLUMN(TEXT,    name,  .length = 40, .unique = true, .index = true)                            \
    COLUMN(TEXT,    email, .length = 120, .unique = true, .collate = "NOCASE")                     \
    COLUMN(DATE,    since, .default_function = day_of_now)                                         \
    RELATIONSHIP(ONE_TO_MANY, sessions, Session,        BACKREF(user), .cascade = OWNS)            \
    RELATIONSHIP(ONE_TO_MANY, posts,    Post,           BACKREF(user), .cascade = OWNS)            \
    RELATIONSHIP(ONE_TO_MANY, likes,    PostLike,       BACKREF(user), .cascade = OWNS)            \
    RELATIONSHIP(ONE_TO_MANY, records,  PracticeRecord, BACKREF(user), .cascade = OWNS)            \
    RELATIONSHIP(ONE_TO_ONE,  streak,   DailyStreak,    BACKREF(user), .cascade = OWNS)            \
    RELATIONSHIP(ONE_TO_MANY, payments, Payment,        BACKREF(user), .cascade = OWNS)
#define SESSION(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(UUID,    token,   .primary_key = true, .default_function = corm_default_uuid)           \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id), .index = true)
#define POST(COLUMN, RELATIONSHIP)                                                                 \
    COLUMN(INTEGER, id,      .primary_key = true) COLUMN(TEXT, body, .length = 500)                \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id), .index = true)                      \
    RELATIONSHIP(ONE_TO_MANY, likes, PostLike, BACKREF(post), .cascade = OWNS)
#define POST_LIKE(COLUMN, RELATIONSHIP)                                                            \
    COLUMN(INTEGER, id,      .primary_key = true)                                                  \
    COLUMN(INTEGER, post_id, .references = corm_ref(Post, id))                                     \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id), .index = true)
#define SENTENCE(COLUMN, RELATIONSHIP)                                                             \
    COLUMN(INTEGER, id, .primary_key = true) COLUMN(TEXT, text, .unique = true)
#define PRACTICE_RECORD(COLUMN, RELATIONSHIP)                                                      \
    COLUMN(INTEGER, id,          .primary_key = true)                                              \
    COLUMN(DATE,    day,         .default_function = day_of_now)                                   \
    COLUMN(BOOLEAN, correct,     .default_value = corm_default(true))                              \
    COLUMN(INTEGER, user_id,     .references = corm_ref(User, id), .index = true)                  \
    COLUMN(INTEGER, sentence_id, .references = corm_ref(Sentence, id))                             \
    RELATIONSHIP(MANY_TO_ONE, sentence, Sentence, BACKREF(records))
#define DAILY_STREAK(COLUMN, RELATIONSHIP)                                                         \
    COLUMN(INTEGER, user_id, .primary_key = true, .references = corm_ref(User, id))                \
    COLUMN(INTEGER, length,  .default_value = corm_default(1), .check = "length > 0")              \
    COLUMN(DATE,    day)
#define PAYMENT(COLUMN, RELATIONSHIP)                                                              \
    COLUMN(INTEGER, id,      .primary_key = true) COLUMN(DECIMAL(8, 2), amount)                    \
    COLUMN(INTEGER, user_id, .references = corm_ref(User, id), .index = true)
#define SITE(MODEL)                                                                                \
    MODEL(User, "users", USER) MODEL(Session, "sessions", SESSION) MODEL(Post, "posts", POST)      \
    MODEL(PostLike, "post_likes", POST_LIKE, .unique = {corm_columns(PostLike, post_id, user_id)}) \
    MODEL(Sentence, "sentences", SENTENCE) MODEL(DailyStreak, "daily_streaks", DAILY_STREAK)       \
    MODEL(PracticeRecord, "practice_records", PRACTICE_RECORD) MODEL(Payment, "payments", PAYMENT)
CORM_SCHEMA(site, SITE)
/* clang-format on */

/* The first time on a day the streak grows, or begins anew after a day that was missed. */
static void practise(corm_session *session, User *user, Sentence *sentence, bool correct)
{
    PracticeRecord *record = corm_new(session, PracticeRecord, .correct = correct);
    PracticeRecord_sentence_set(record, sentence);
    User_records_append(user, record);
    DailyStreak *streak = User_streak(user);
    if (streak == NULL)
        User_streak_set(user, streak = corm_new(session, DailyStreak, .day = today));
    int64_t days = corm_date_to_days(today) - corm_date_to_days(streak->day);
    streak->length = days == 0 ? streak->length : days == 1 ? streak->length + 1 : 1;
    streak->day = today;
    corm_commit(session);
}

/* A second like is refused by the table; the savepoint keeps what came before. */
static void like(corm_session *session, User *user, Post *post)
{
    corm_savepoint before;
    PostLike *mark = corm_new(session, PostLike);
    corm_savepoint_begin(session, &before);
    PostLike_user_set(mark, user);
    Post_likes_append(post, mark);
    if (corm_flush(session) != CORM_OK) {
        printf("refused: %s\n", corm_error_message(session));
        corm_savepoint_rollback(session, before);
    }
    corm_commit(session);
}

static void print_leaders(corm_session *session)
{
    corm_ordering best = corm_order(corm_desc(DailyStreak_.length), corm_asc(DailyStreak_.user_id));
    DailyStreak_list top = corm_all(session, DailyStreak, .order_by = best, .limit = 3);
    for (size_t i = 0; i < top.count; i++) {
        User *user = DailyStreak_user(top.items[i]);
        corm_condition of_user = corm_eq(PracticeRecord_.user_id, user->id);
        corm_condition right = corm_and(of_user, corm_eq(PracticeRecord_.correct, true));
        printf("%zu. %s: %lld days, %lld right\n", i + 1, user->name,
               (long long)top.items[i]->length,
               (long long)corm_count(session, PracticeRecord, .where = right));
    }
}

int main(void)
{
    corm_session *session = corm_sqlite_open("practice.db", &site);
    corm_create_all(session);
    User *ann = corm_new(session, User, .name = "Ann", .email = "ann@example.com");
    User *ben = corm_new(session, User, .name = "Ben", .email = "ben@example.com");
    Sentence *sentence = corm_new(session, Sentence, .text = "Wie geht es Ihnen?");
    Post *post = corm_new(session, Post, .body = "My first sentence!");
    User_posts_append(ann, post);
    User_sessions_append(ann, corm_new(session, Session));
    User_payments_append(ann, corm_new(session, Payment, .amount = corm_decimal_of("9.90")));
    corm_add(session, ann);
    corm_add(session, ben);
    for (int day = 0; day < 5; day++) { /* over the end of the month; Ben misses the third day */
        practise(session, ann, sentence, day > 0);
        if (day != 2)
            practise(session, ben, sentence, true);
        today = corm_date_from_days(corm_date_to_days(today) + 1);
    }
    print_leaders(session);
    like(session, ben, post);
    like(session, ben, post);
    printf("%zu like\n", Post_likes_count(post));
    corm_delete(session, ann);
    corm_commit(session);
    int64_t left = corm_count(session, Post) + corm_count(session, PostLike) +
                   corm_count(session, Session) + corm_count(session, Payment);
    printf("left of Ann: %lld rows; %lld users, %lld records\n", (long long)left,
           (long long)corm_count(session, User), (long long)corm_count(session, PracticeRecord));
    corm_status status = left == 0 ? corm_error_status(session) : CORM_MISUSE;
    corm_session_close(session);
    return status == CORM_OK ? 0 : 1;
}

/* Output:
 * 1. Ann: 5 days, 4 right
 * 2. Ben: 2 days, 4 right
 * refused: post_likes.post_id, post_likes.user_id = 1, 2: there is a row with this already, and it must be unique (inserting a new PostLike)
 * 1 like
 * left of Ann: 0 rows; 1 users, 4 records
 */
