/* Makes writing below one folder fail while a file says so.
 *
 * FAIL_BELOW is the folder, FAIL_WITH a file that holds an errno in decimal while writes are to fail.
 * Built and preloaded by tests/crash/disks.py; it stands for a full or read-only disk where none can be mounted.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int told_errno(void)
{
    const char *file = getenv("FAIL_WITH");
    char text[16];
    if (!file)
        return 0;
    int saved = errno;
    int (*real_open)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    int descriptor = real_open(file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        errno = saved;
        return 0;
    }
    ssize_t size = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    errno = saved;
    if (size <= 0)
        return 0;
    text[size] = 0;
    return atoi(text);
}

static int is_below(const char *path)
{
    const char *folder = getenv("FAIL_BELOW");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int fails(int descriptor)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0)
        return 0;
    path[size] = 0;
    return is_below(path) ? told_errno() : 0;
}

#define GUARD(descriptor)                \
    do {                                 \
        int code = fails(descriptor);    \
        if (code) {                      \
            errno = code;                \
            return -1;                   \
        }                                \
    } while (0)

#define REAL(name, ...) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))(__VA_ARGS__)

ssize_t write(int fd, const void *data, size_t size)
{
    GUARD(fd);
    return REAL(write, fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    GUARD(fd);
    return REAL(pwrite, fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    GUARD(fd);
    return REAL(pwrite64, fd, data, size, at);
}

int fsync(int fd)
{
    GUARD(fd);
    return REAL(fsync, fd);
}

int fdatasync(int fd)
{
    GUARD(fd);
    return REAL(fdatasync, fd);
}

int ftruncate64(int fd, off64_t size)
{
    GUARD(fd);
    return REAL(ftruncate64, fd, size);
}

static int opened(const char *name, const char *path, int flags, mode_t mode)
{
    if ((flags & O_ACCMODE) != O_RDONLY && is_below(path)) {
        int code = told_errno();
        /* A full disk still opens what is there; a read-only one opens nothing to write. */
        if (code && (code != ENOSPC || ((flags & O_CREAT) && access(path, F_OK)))) {
            errno = code;
            return -1;
        }
    }
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, name);
    return real(path, flags, mode);
}

static mode_t mode_of(int flags, va_list rest)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return opened("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return opened("open64", path, flags, mode);
}
