/* failing_vfs.h: files whose nth operation fails, for tests of what an error of the disk does. */
#ifndef TESTS_FAILING_VFS_H
#define TESTS_FAILING_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

static struct {
    long count; /* operations since io_arm() */
    long nth;   /* the one that fails, and all after it; 0: none */
    bool full;  /* writes fail because the disk is full */
    bool reached;
} io_faults;

static inline void io_arm(long nth, bool full)
{
    io_faults.count = 0;
    io_faults.nth = nth;
    io_faults.full = full;
    io_faults.reached = false;
}

static inline void io_disarm(void)
{
    io_faults.nth = 0;
}

static inline bool io_fails(void)
{
    if (io_faults.nth == 0 || ++io_faults.count < io_faults.nth)
        return false;
    io_faults.reached = true;
    return true;
}

/* A file of ours is this struct and behind it the file of the VFS that does the work. */
struct failing_file {
    sqlite3_file base;
    sqlite3_file *real;
};
static sqlite3_vfs *real_vfs;

static inline sqlite3_file *real_file(sqlite3_file *file)
{
    return ((struct failing_file *)file)->real;
}

#define DELEGATE(name_, parameters_, error_, ...)                                                  \
    static int failing_##name_ parameters_                                                         \
    {                                                                                              \
        int error = (error_);                                                                      \
        if (error != SQLITE_OK && io_fails())                                                      \
            return error;                                                                          \
        return real_file(f)->pMethods->name_(real_file(f), __VA_ARGS__);                           \
    }

DELEGATE(xRead, (sqlite3_file * f, void *to, int n, sqlite3_int64 at), SQLITE_IOERR_READ, to, n, at)
DELEGATE(xWrite, (sqlite3_file * f, const void *from, int n, sqlite3_int64 at),
         io_faults.full ? SQLITE_FULL : SQLITE_IOERR_WRITE, from, n, at)
DELEGATE(xTruncate, (sqlite3_file * f, sqlite3_int64 size), SQLITE_IOERR_TRUNCATE, size)
DELEGATE(xSync, (sqlite3_file * f, int flags), SQLITE_IOERR_FSYNC, flags)
DELEGATE(xFileSize, (sqlite3_file * f, sqlite3_int64 *size), SQLITE_IOERR_FSTAT, size)
DELEGATE(xLock, (sqlite3_file * f, int lock), SQLITE_OK, lock)
DELEGATE(xUnlock, (sqlite3_file * f, int lock), SQLITE_OK, lock)
DELEGATE(xCheckReservedLock, (sqlite3_file * f, int *out), SQLITE_OK, out)
DELEGATE(xFileControl, (sqlite3_file * f, int op, void *argument), SQLITE_OK, op, argument)
DELEGATE(xShmMap, (sqlite3_file * f, int page, int size, int extend, void volatile **out),
         SQLITE_OK, page, size, extend, out)
DELEGATE(xShmLock, (sqlite3_file * f, int offset, int n, int flags), SQLITE_OK, offset, n, flags)
DELEGATE(xShmUnmap, (sqlite3_file * f, int remove), SQLITE_OK, remove)

static int failing_xClose(sqlite3_file *f)
{
    return real_file(f)->pMethods->xClose(real_file(f));
}
static int failing_xSectorSize(sqlite3_file *f)
{
    return real_file(f)->pMethods->xSectorSize(real_file(f));
}
static int failing_xDeviceCharacteristics(sqlite3_file *f)
{
    return real_file(f)->pMethods->xDeviceCharacteristics(real_file(f));
}
static void failing_xShmBarrier(sqlite3_file *f)
{
    real_file(f)->pMethods->xShmBarrier(real_file(f));
}

static const sqlite3_io_methods failing_methods = {
    .iVersion = 2,
    .xClose = failing_xClose,
    .xRead = failing_xRead,
    .xWrite = failing_xWrite,
    .xTruncate = failing_xTruncate,
    .xSync = failing_xSync,
    .xFileSize = failing_xFileSize,
    .xLock = failing_xLock,
    .xUnlock = failing_xUnlock,
    .xCheckReservedLock = failing_xCheckReservedLock,
    .xFileControl = failing_xFileControl,
    .xSectorSize = failing_xSectorSize,
    .xDeviceCharacteristics = failing_xDeviceCharacteristics,
    .xShmMap = failing_xShmMap,
    .xShmLock = failing_xShmLock,
    .xShmBarrier = failing_xShmBarrier,
    .xShmUnmap = failing_xShmUnmap,
};

static int failing_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    struct failing_file *mine = (struct failing_file *)file;
    (void)vfs;
    mine->base.pMethods = NULL;
    if (io_fails())
        return SQLITE_CANTOPEN;
    mine->real = (sqlite3_file *)(void *)(mine + 1);
    int status = real_vfs->xOpen(real_vfs, name, mine->real, flags, out);
    if (mine->real->pMethods != NULL)
        mine->base.pMethods = &failing_methods;
    return status;
}

static int failing_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    return io_fails() ? SQLITE_IOERR_DELETE : real_vfs->xDelete(real_vfs, name, sync);
}

/* From here on every file of the program is such a file. */
static inline int install_failing_vfs(void)
{
    static sqlite3_vfs failing;
    real_vfs = sqlite3_vfs_find(NULL);
    if (real_vfs == NULL)
        return SQLITE_ERROR;
    failing = *real_vfs;
    failing.zName = "failing";
    failing.pNext = NULL;
    failing.szOsFile = (int)sizeof(struct failing_file) + real_vfs->szOsFile;
    failing.xOpen = failing_open;
    failing.xDelete = failing_delete;
    return sqlite3_vfs_register(&failing, 1);
}

#endif
