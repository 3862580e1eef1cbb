/* tree.c: folders inside folders: a table that refers to itself.
 *
 * The idea: a row knows its parent; the list of children is the other end of the same relationship.
 * With delete and delete-orphan a folder owns what is in it, to any depth: deleting it, or taking it
 * out of its parent, deletes everything below it, and putting it elsewhere moves one row. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* clang-format off */
#define FOLDER(COLUMN, RELATIONSHIP)                                                               \
    COLUMN(INTEGER,           id,        .primary_key = true)                                      \
    COLUMN(TEXT,              name)                                                                \
    COLUMN(OPTIONAL(INTEGER), parent_id, .references = corm_ref(Folder, id), .index = true)        \
    RELATIONSHIP(ONE_TO_MANY, children, Folder, parent, .order_by = corm_by(Folder, name),         \
                 .cascade = CORM_CASCADE_ALL | CORM_CASCADE_DELETE_ORPHAN)                         \
    RELATIONSHIP(MANY_TO_ONE, parent, Folder, children)
#define DISK(MODEL) MODEL(Folder, "folders", FOLDER)
CORM_SCHEMA(disk, DISK)
/* clang-format on */

static Folder *make(corm_session *session, const char *name, Folder *parent)
{
    Folder *folder = corm_new(session, Folder, .name = name);
    Folder_parent_set(folder, parent);
    return folder;
}

static Folder *find(corm_session *session, const char *name)
{
    return corm_one(session, Folder, .where = corm_eq(Folder_.name, name));
}

/* Each level is loaded at once, however many folders it has. */
static void print(Folder *folder, int depth)
{
    printf("%*s%s\n", depth * 2, "", folder->name);
    Folder_list children = Folder_children(folder);
    for (size_t i = 0; i < children.count; i++)
        print(children.items[i], depth + 1);
}

static void print_path(Folder *folder)
{
    if (Folder_parent(folder) != NULL) {
        print_path(Folder_parent(folder));
        printf("/");
    }
    printf("%s", folder->name);
}

/* A circle is a mistake that the table allows: whoever moves must look. */
static bool is_below(Folder *folder, Folder *above)
{
    while (folder != NULL && folder != above)
        folder = Folder_parent(folder);
    return folder != NULL;
}

static bool move(Folder *folder, Folder *to)
{
    if (is_below(to, folder)) {
        printf("%s cannot go into %s: it is inside of it\n", folder->name, to->name);
        return false;
    }
    return Folder_children_append(to, folder) == CORM_OK;
}

int main(void)
{
    corm_session *session = corm_sqlite_open("tree.db", &disk);
    corm_create_all(session);

    Folder *home = make(session, "home", NULL);
    Folder *music = make(session, "music", home), *work = make(session, "work", home);
    make(session, "jazz", music);
    Folder *corm = make(session, "corm", work);
    make(session, "src", corm);
    make(session, "docs", corm);
    corm_add(session, home); /* the whole tree; parents are inserted before their children */
    corm_commit(session);
    print(home, 0);

    Folder *src = find(session, "src");
    print_path(src);
    printf("\n");

    printf("-- corm moves up, with all that is in it\n");
    corm_echo_times(session, false);
    corm_echo(session, stdout);
    move(corm, home);
    corm_flush(session);
    corm_echo(session, NULL);
    print_path(src);
    printf("\n");
    move(home, src);

    printf("-- music is taken out, corm is deleted\n");
    Folder_children_remove(home, music);
    corm_delete(session, corm);
    corm_commit(session);
    print(home, 0);

    int64_t left = corm_count(session, Folder);
    printf("%lld rows\n", (long long)left);
    bool good = left == 2 && corm_error_status(session) == CORM_OK;
    corm_session_close(session);
    return good ? 0 : 1;
}

/* Output:
 * home
 *   music
 *     jazz
 *   work
 *     corm
 *       docs
 *       src
 * home/work/corm/src
 * -- corm moves up, with all that is in it
 * UPDATE "folders" SET "parent_id" = ?1 WHERE "id" = ?2  [1, 5]  1 row
 * home/corm/src
 * home cannot go into src: it is inside of it
 * -- music is taken out, corm is deleted
 * home
 *   work
 * 2 rows
 */
