/* script.c: texts of several statements.
 *
 * Owns: running them one after the other, and saying which of them failed.
 * Must not know: where a statement of SQL ends, which is the adapter's to say. */
#ifndef CORM__ROOM_SCRIPT_C
#define CORM__ROOM_SCRIPT_C

#include "plain.c"

typedef struct corm__script {
    const char *text;  /* all of it */
    const char *at;    /* the statement begins here, perhaps with blanks and comments */
    size_t left;       /* bytes from there */
    size_t used;       /* by this statement */
    size_t statements; /* with this one */
} corm__script;

static size_t corm__script_line(const corm__script *script)
{
    size_t line = 1;
    const char *begin = corm__sql_beginning(script->at);
    for (const char *c = script->text; c < begin; c++)
        line += *c == '\n';
    return line;
}

/* Says what is wrong with which statement; the session waits for rollback. */
static corm_status corm__script_wrong(corm_session *session, const corm__script *script,
                                      corm_status status, int native_code, const char *why)
{
    char shown[CORM__SQL_SHOWN + 4];
    const char *begin = corm__sql_beginning(script->at);
    const size_t before = (size_t)(begin - script->at);
    corm__shorten_sql(begin, script->used > before ? script->used - before : 0, shown);
    (void)corm__fail_native(session, status, native_code, "statement %zu, line %zu: %s (%s)",
                            script->statements, corm__script_line(script), why, shown);
    return corm__load_failed(session, status);
}

static corm_status corm__script_failed(corm_session *session, const corm__script *script,
                                       corm_failure *failure, corm_status status)
{
    status = corm__take_failure(session, failure, status);
    return corm__script_wrong(session, script, status, failure->native_code, failure->message);
}

/* For echo and trace; without memory for the text they hear of none. */
static void corm__script_report(corm_session *session, const corm__script *script, double started,
                                int64_t rows, const corm_failure *failure)
{
    if (session->echo == NULL && session->trace == NULL)
        return;
    const char *begin = corm__sql_beginning(script->at);
    char *sql = corm__arena_allocate(&session->scratch, script->used + 1);
    const size_t before = (size_t)(begin - script->at);
    if (sql == NULL || before > script->used)
        return;
    memcpy(sql, begin, script->used - before);
    sql[script->used - before] = '\0';
    corm__report(session, sql, NULL, 0, started, rows, failure);
}

/* Runs one statement, which is prepared. */
static corm_status corm__script_run(corm_session *session, const corm__script *script,
                                    corm_statement *statement)
{
    const corm_adapter *adapter = session->engine->adapter;
    corm_statement_info info;
    corm_failure failure;
    corm_result result = {0, 0};
    corm__failure_clear(&failure);
    adapter->describe(statement, &info);
    if (corm__sql_is_transaction(script->at))
        return corm__script_wrong(session, script, CORM_MISUSE, 0,
                                  corm__transaction_is_the_sessions);
    if (info.parameters > 0)
        return corm__script_wrong(session, script, CORM_MISUSE, 0,
                                  "a script has no values for placeholders: corm_sql_run has");
    const double started = corm__watch_start(session);
    const corm_status status = adapter->execute(statement, NULL, 0, &result, &failure);
    if (status == CORM_OK) {
        corm__script_report(session, script, started, info.writes ? result.changed : -1, NULL);
        return CORM_OK;
    }
    (void)corm__failure_complete(&failure, status);
    corm__script_report(session, script, started, 0, &failure);
    return corm__script_failed(session, script, &failure, status);
}

static corm_status corm__script_all(corm_session *session, corm__script *script)
{
    const corm_adapter *adapter = session->engine->adapter;
    while (script->left > 0) {
        corm_statement *statement = NULL;
        corm_failure failure;
        corm__failure_clear(&failure);
        script->statements++;
        corm_status status =
            adapter->prepare_next(session->connection->connection, script->at, script->left,
                                  &statement, &script->used, &failure);
        if (status != CORM_OK)
            return corm__script_failed(session, script, &failure, status);
        if (statement == NULL)
            break;
        status = corm__script_run(session, script, statement);
        adapter->finalize(statement);
        if (status != CORM_OK)
            return status;
        script->at += script->used;
        script->left -= script->used;
    }
    return CORM_OK;
}

CORM_API CORM__COLD corm_status corm_sql_script(corm_session *session, const char *text)
{
    char why[256];
    CORM__ENTER(session, CORM_MISUSE);
    if (corm__usable_for(session, "corm_sql_script") != CORM_OK)
        return corm__status;
    if (text == NULL)
        return corm__poison(session, CORM_NULL_ARGUMENT, "corm_sql_script: the text is NULL");
    if (!corm__text_check(text, 0, why, sizeof why))
        return corm__poison(session, CORM_DATA, "corm_sql_script: %s", why);
    corm_status status = corm__autoflush(session);
    session->writing = true;
    if (status == CORM_OK)
        status = corm__begin(session);
    session->writing = false;
    if (status != CORM_OK)
        return corm__ended(corm__load_failed(session, status));
    corm__script script = {text, text, strlen(text), strlen(text), 0};
    corm__scratch_begin(session);
    status = corm__script_all(session, &script);
    corm__expire_loaded(session);
    return corm__plain_end(session, status);
}

#endif /* CORM__ROOM_SCRIPT_C */
