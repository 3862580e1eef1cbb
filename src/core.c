/* core.c: text under construction, pointers in a row, the error record.
 *
 * Owns: buffer, vector, hashing, the boundaries of UTF-8, the text of a status.
 * Must not know: models, values of columns, SQL, sessions. */
#ifndef CORM__ROOM_CORE_C
#define CORM__ROOM_CORE_C

#include "memory.c"

/* ---- Buffer ---------------------------------------------------------------------------------- */

/* Text under construction, terminated. A zeroed struct is a valid empty one, whose data is NULL.
 * After a failed allocation nothing is appended any more: `failed` has to be looked at once, at the
 * end. */
typedef struct corm__buffer {
    char *data;
    size_t size, capacity; /* bytes without, and with, the terminator */
    bool failed;
    uint32_t turn; /* how often it was cleared: tells whether a text still stands there */
} corm__buffer;

/* Room for `more` bytes and the terminator. */
static bool corm__buffer_grow(corm__buffer *b, size_t more)
{
    if (b->failed)
        return false;
    if (more >= SIZE_MAX - b->size) {
        b->failed = true;
        return false;
    }
    size_t needed = b->size + more + 1;
    size_t capacity = b->capacity != 0 ? b->capacity : 128;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    char *data = corm__reallocate(b->data, capacity);
    if (data == NULL) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->capacity = capacity;
    return true;
}

static inline bool corm__buffer_reserve(corm__buffer *b, size_t more)
{
    return (b->capacity - b->size > more && !b->failed) || corm__buffer_grow(b, more);
}

static void corm__buffer_bytes(corm__buffer *b, const char *bytes, size_t size)
{
    if (!corm__buffer_reserve(b, size))
        return;
    if (size != 0)
        memcpy(b->data + b->size, bytes, size);
    b->size += size;
    b->data[b->size] = '\0';
}

static void corm__buffer_text(corm__buffer *b, const char *text)
{
    corm__buffer_bytes(b, text, strlen(text));
}

static void corm__buffer_char(corm__buffer *b, char c)
{
    corm__buffer_bytes(b, &c, 1);
}

static void corm__buffer_format(corm__buffer *b, const char *format, ...) CORM__PRINTF(2, 3);
static void corm__buffer_format(corm__buffer *b, const char *format, ...)
{
    /* Most formats give less than this; otherwise the first turn tells the size. */
    size_t room = 64;
    for (int turn = 0; turn < 2; turn++) {
        if (!corm__buffer_reserve(b, room))
            return;
        va_list arguments;
        va_start(arguments, format);
        int written = vsnprintf(b->data + b->size, b->capacity - b->size, format, arguments);
        va_end(arguments);
        if (written < 0)
            break;
        if ((size_t)written < b->capacity - b->size) {
            b->size += (size_t)written;
            return;
        }
        b->data[b->size] = '\0';
        room = (size_t)written;
    }
    b->failed = true;
    b->data[b->size] = '\0';
}

/* Empty again and not failed; keeps the memory. */
static void corm__buffer_clear(corm__buffer *b)
{
    b->size = 0;
    b->failed = false;
    b->turn++;
    if (b->data != NULL)
        b->data[0] = '\0';
}

static void corm__buffer_free(corm__buffer *b)
{
    corm__free(b->data);
    memset(b, 0, sizeof *b);
}

/* ---- Vector ---------------------------------------------------------------------------------- */

/* Pointers in a row. A zeroed struct is a valid empty one. */
typedef struct corm__vector {
    void **items;
    size_t count, capacity;
} corm__vector;

/* Room for `count` items in all. false: out of memory, and nothing has changed. */
static bool corm__vector_reserve(corm__vector *v, size_t count)
{
    if (count <= v->capacity)
        return true;
    size_t capacity = v->capacity != 0 ? v->capacity : 8;
    while (capacity < count)
        capacity = capacity > SIZE_MAX / 2 ? count : capacity * 2;
    if (capacity > SIZE_MAX / sizeof(void *))
        return false;
    void **items = corm__reallocate(v->items, capacity * sizeof(void *));
    if (items == NULL)
        return false;
    v->items = items;
    v->capacity = capacity;
    return true;
}

/* false: out of memory, and nothing has changed. */
static bool corm__vector_push(corm__vector *v, void *item)
{
    if (v->count == v->capacity && !corm__vector_reserve(v, v->count + 1))
        return false;
    v->items[v->count++] = item;
    return true;
}

static void corm__vector_free(corm__vector *v)
{
    corm__free(v->items);
    memset(v, 0, sizeof *v);
}

/* ---- Bits ------------------------------------------------------------------------------------- */

/* The place of the lowest bit of a number that is not 0. */
static inline unsigned corm__lowest_bit(uint64_t bits)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(bits);
#else
    unsigned place = 0;
    while (!(bits >> place & 1))
        place++;
    return place;
#endif
}

/* ---- Hashing --------------------------------------------------------------------------------- */

/* Spreads every bit over all of them: tables take the lowest bits. (The finalizer of MurmurHash3,
 * by Austin Appleby, public domain.) */
static inline uint64_t corm__hash_mix(uint64_t hash)
{
    hash ^= hash >> 33;
    hash *= UINT64_C(0xff51afd7ed558ccd);
    hash ^= hash >> 33;
    hash *= UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ hash >> 33;
}

static inline uint64_t corm__hash_bytes(const void *bytes, size_t size, uint64_t seed)
{
    const unsigned char *at = bytes;
    uint64_t hash = seed ^ (uint64_t)size * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t word = 0;
    for (; size >= sizeof word; at += sizeof word, size -= sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9fb21c651e98df25);
        hash ^= hash >> 32;
    }
    if (size != 0) {
        word = 0;
        memcpy(&word, at, size);
        hash = (hash ^ word) * UINT64_C(0x9fb21c651e98df25);
    }
    return corm__hash_mix(hash);
}

/* ---- Errors ---------------------------------------------------------------------------------- */

CORM_API const char *corm_status_text(corm_status status)
{
#define CORM__STATUS_TEXT(name_, text_) text_,
    static const char *const texts[] = {CORM__STATUS_LIST(CORM__STATUS_TEXT)};
#undef CORM__STATUS_TEXT
    if ((unsigned)status >= CORM__STATUS_COUNT)
        return "no status of corm";
    return texts[status];
}

/* The most bytes, at most `size`, that do not end inside a character of UTF-8. */
static size_t corm__utf8_cut(const char *text, size_t size)
{
    for (size_t back = 1; back <= 4 && back <= size; back++) {
        unsigned char c = (unsigned char)text[size - back];
        if (c < 0x80)
            return size;
        if (c >= 0xC0) {
            size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
            return length > back ? size - back : size;
        }
    }
    return size;
}

/* Formats into error->message and sets the status, native_code = 0; returns the status. error may
 * be NULL. The arguments may point into error->message. */
static CORM__COLD corm_status corm__error_set(corm_error *error, corm_status status,
                                              const char *format, ...) CORM__PRINTF(3, 4);
static corm_status corm__error_set(corm_error *error, corm_status status, const char *format, ...)
{
    if (error == NULL)
        return status;
    char message[CORM__MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    size_t size = 0;
    if (written > 0)
        size = (size_t)written;
    if (size >= sizeof message)
        size = corm__utf8_cut(message, sizeof message - 1);
    error->status = status;
    error->native_code = 0;
    memcpy(error->message, message, size);
    error->message[size] = '\0';
    return status;
}

#endif /* CORM__ROOM_CORE_C */
