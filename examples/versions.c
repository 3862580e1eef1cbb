/* versions.c: two people edit one recipe.
 *
 * The idea: whoever writes last does not win unseen. A version column counts the changes of a row; a
 * write that comes from an older version is refused, in words that say what to do. The other
 * columns show what a model can fill in by itself. */
#define CORM_IMPLEMENTATION
#include "corm_sqlite.h"

/* What a column of the model computes: a text for links. */
static bool slug_of(const void *object, corm_value *out, corm_conversion *conversion);

/* clang-format off */
#define RECIPE(COLUMN, RELATIONSHIP)                                                     \
    COLUMN(INTEGER,  id,      .primary_key = true)                                       \
    COLUMN(TEXT,     name,    .length = 40)                                              \
    COLUMN(TEXT,     slug,    .default_function = slug_of)                               \
    COLUMN(INTEGER,  eggs,    .server_default = "2")                                     \
    COLUMN(INTEGER,  grams,   .generated = "eggs * 55")                                  \
    COLUMN(DATETIME, changed, .default_function = corm_default_now,                      \
                              .update_function  = corm_default_now)                      \
    COLUMN(INTEGER,  version, .version = true)

#define KITCHEN(MODEL) MODEL(Recipe, "recipes", RECIPE)
CORM_SCHEMA(kitchen, KITCHEN)
/* clang-format on */

static bool slug_of(const void *object, corm_value *out, corm_conversion *conversion)
{
    const Recipe *recipe = object;
    if (recipe->name[0] == '\0')
        return corm_conversion_refuse(conversion, "a recipe without a name has no link");
    return corm_conversion_text(conversion, out, "recipe-%s", recipe->name);
}

static void print(const char *who, const Recipe *recipe)
{
    printf("%s: %s (%s), %d eggs, %d g, version %d\n", who, recipe->name, recipe->slug,
           (int)recipe->eggs, (int)recipe->grams, (int)recipe->version);
}

/* One more egg, whatever has become of the recipe: corm_run does this again until it fits. */
static corm_status one_egg_more(corm_session *session, void *argument)
{
    Recipe *recipe = corm_get(session, Recipe, *(int64_t *)argument);
    if (recipe == NULL)
        return CORM_NOT_FOUND;
    recipe->eggs++;
    return CORM_OK;
}

int main(void)
{
    corm_engine *engine = corm_sqlite_engine("kitchen.db", &kitchen, NULL);
    corm_session *ann = corm_session_open(engine, NULL);
    corm_session *bob = corm_session_open(engine, NULL);
    corm_create_all(ann);

    Recipe *omelette = corm_new(ann, Recipe, .name = "omelette");
    corm_add(ann, omelette);
    if (corm_commit(ann) != CORM_OK) {
        fprintf(stderr, "%s\n", corm_error_message(ann));
        return 1;
    }
    print("ann", omelette);

    int64_t id = omelette->id;
    Recipe *same = corm_get(bob, Recipe, id);
    corm_commit(bob); /* Bob has read, and thinks; no transaction waits for him */

    omelette->eggs = 3;
    corm_commit(ann);
    print("ann", omelette);

    same->eggs = 1; /* from the two eggs that he has seen */
    if (corm_commit(bob) == CORM_STALE_DATA)
        printf("bob: %s\n", corm_error_message(bob));
    corm_rollback(bob);
    corm_refresh(bob, same); /* what is it now? */
    print("bob", same);
    same->eggs = same->eggs - 1;
    corm_commit(bob);
    print("bob", same);

    corm_delete(ann, omelette); /* Ann still knows version 2 */
    if (corm_commit(ann) == CORM_STALE_DATA)
        printf("ann: %s\n", corm_error_message(ann));
    corm_rollback(ann);

    corm_status status = corm_run(engine, one_egg_more, &id);
    corm_refresh(ann, omelette);
    print("ann", omelette);

    corm_session_close(ann);
    corm_session_close(bob);
    corm_engine_close(engine);
    return status == CORM_OK ? 0 : 1;
}

/* Output:
 * ann: omelette (recipe-omelette), 2 eggs, 110 g, version 1
 * ann: omelette (recipe-omelette), 3 eggs, 165 g, version 2
 * bob: recipes.id = 1: someone else has changed it since version 1 was read (updating Recipe "omelette"): roll back, corm_refresh it, and do it again
 * bob: omelette (recipe-omelette), 3 eggs, 165 g, version 2
 * bob: omelette (recipe-omelette), 2 eggs, 110 g, version 3
 * ann: recipes.id = 1: someone else has changed it since version 2 was read (deleting Recipe "omelette"): roll back, corm_refresh it, and do it again
 * ann: omelette (recipe-omelette), 3 eggs, 165 g, version 4
 */
