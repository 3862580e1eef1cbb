/* uuids.c: universally unique identifiers.
 *
 * Owns: random bytes, UUIDs of version 4, their text.
 * Must not know: columns, databases. */
#ifndef CORM__ROOM_UUIDS_C
#define CORM__ROOM_UUIDS_C

#include "types.h"
#include "core.c"

#include <time.h>

#if defined(__linux__) && defined(__has_include)
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#define CORM__GETRANDOM
#endif
#endif

/* ---- Random bytes ---------------------------------------------------------------------------- */

#if defined(_WIN32)

/* RtlGenRandom goes by this name in advapi32, which every Windows program is linked with. */
BOOLEAN NTAPI SystemFunction036(PVOID bytes, ULONG size);

static bool corm__random_system(unsigned char *bytes, size_t size)
{
    return SystemFunction036(bytes, (ULONG)size) != 0;
}

#else

static bool corm__random_system(unsigned char *bytes, size_t size)
{
#if defined(CORM__GETRANDOM)
    if (getrandom(bytes, size, 0) == (ssize_t)size)
        return true; /* up to 256 bytes are not interrupted once the source is ready */
#endif
    FILE *source = fopen("/dev/urandom", "rb");
    if (source == NULL)
        return false;
    setvbuf(source, NULL, _IONBF, 0);
    size_t got = fread(bytes, 1, size, source);
    (void)fclose(source); /* nothing was written */
    return got == size;
}

#endif

/* What standard C has: not seen before, but to be guessed. */
static void corm__random_mixed(unsigned char *bytes, size_t size)
{
    static uint64_t counter;
    struct timespec now;
    corm__wall_clock(&now);
    corm__global_lock();
    uint64_t state = ++counter;
    corm__global_unlock();
    state = corm__hash_mix(state ^ (uint64_t)now.tv_sec);
    state = corm__hash_mix(state ^ (uint64_t)now.tv_nsec);
    state = corm__hash_mix(state ^ (uint64_t)(uintptr_t)bytes);
    state = corm__hash_mix(state ^ (uint64_t)(uintptr_t)&counter);
    state = corm__hash_mix(state ^ (uint64_t)clock());
    for (size_t i = 0; i < size; i++) {
        if (i % 8 == 0)
            state = corm__hash_mix(state + UINT64_C(0x9E3779B97F4A7C15));
        bytes[i] = (unsigned char)(state >> i % 8 * 8);
    }
}

CORM_API corm_uuid corm_uuid_new(void)
{
    corm_uuid uuid;
    if (!corm__random_system(uuid.bytes, sizeof uuid.bytes))
        corm__random_mixed(uuid.bytes, sizeof uuid.bytes);
    /* RFC 9562, section 5.4: the version, and the variant */
    uuid.bytes[6] = (uint8_t)((uuid.bytes[6] & 0x0F) | 0x40);
    uuid.bytes[8] = (uint8_t)((uuid.bytes[8] & 0x3F) | 0x80);
    return uuid;
}

/* ---- Text ------------------------------------------------------------------------------------ */

CORM_API int corm_uuid_compare(corm_uuid a, corm_uuid b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes);
}

/* Whether a hyphen stands before this byte. */
static inline bool corm__uuid_hyphen(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

CORM_API char *corm_uuid_format(corm_uuid uuid, char out[CORM_UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *at = out;
    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        if (corm__uuid_hyphen(i))
            *at++ = '-';
        *at++ = digits[uuid.bytes[i] >> 4];
        *at++ = digits[uuid.bytes[i] & 15];
    }
    *at = '\0';
    return out;
}

static int corm__hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Exactly `size` bytes, which need no terminator. *out is untouched unless it is a UUID. */
static bool corm__uuid_read(const char *text, size_t size, corm_uuid *out)
{
    corm_uuid read;
    if (size != CORM_UUID_TEXT_SIZE - 1)
        return false;
    for (size_t i = 0; i < sizeof read.bytes; i++) {
        if (corm__uuid_hyphen(i) && *text++ != '-')
            return false;
        int high = corm__hex_digit(text[0]), low = corm__hex_digit(text[1]);
        if (high < 0 || low < 0)
            return false;
        read.bytes[i] = (uint8_t)(high * 16 + low);
        text += 2;
    }
    *out = read;
    return true;
}

CORM_API bool corm_uuid_parse(const char *text, corm_uuid *out)
{
    return text != NULL && out != NULL && corm__uuid_read(text, strlen(text), out);
}

#endif /* CORM__ROOM_UUIDS_C */
