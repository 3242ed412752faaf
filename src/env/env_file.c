/* env_file.c: files, folders and locks of the operating system. */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "env/env.h"
#include "env/env_int.h"

/* "cannot VERB it: what the system says", with the path as the place. */
static enum err os_error(struct why *reterr_why, const char *verb, const char *path, int number)
{
    enum err code = ERR_IO;
    const char *hint = "";
    if (number == ENOENT || number == ENOTDIR) {
        code = ERR_NOT_FOUND;
    } else if (number == EACCES || number == EPERM) {
        code = ERR_DENIED;
        hint = "Give the user that runs perennial the right to it";
    } else if (number == EROFS) {
        code = ERR_DENIED;
        hint = "Choose a folder that can be written";
    } else if (number == ENOSPC || number == EDQUOT) {
        hint = "Free some space on the disk and run it again";
    } else if (number == EISDIR) {
        code = ERR_INPUT;
        hint = "Name a file";
    }
    const char *said = strerrordesc_np(number);
    why_place(reterr_why, "%s", path);
    if (*hint)
        why_hint(reterr_why, "%s", hint);
    return why_set(reterr_why, code, "cannot %s it: %s", verb, said ? said : "unknown error");
}

static enum err open_file(
    const char *path, int *ret_fd, struct stat *ret_stat, struct why *reterr_why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return os_error(reterr_why, "open", path, errno);
    int number = fstat(fd, ret_stat) < 0 ? errno : S_ISDIR(ret_stat->st_mode) ? EISDIR : 0;
    if (number) {
        (void)close(fd);
        return os_error(reterr_why, "open", path, number);
    }
    *ret_fd = fd;
    return ERR_NONE;
}

/* Fills `bytes` up to its length or the end of the file. 0, or the system's error number. */
static int read_fully(int fd, char *bytes, size_t len, size_t *ret_len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = read(fd, bytes + done, len - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    *ret_len = done;
    return 0;
}

static enum err os_read(void *self, struct arena *arena, const char *path, size_t bytes_max,
    char **ret_bytes, size_t *ret_len, struct why *reterr_why)
{
    (void)self;
    int fd;
    struct stat stat;
    enum err err = open_file(path, &fd, &stat, reterr_why);
    if (err != ERR_NONE)
        return err;
    /* A pipe or a file of /proc has no size beforehand: the room grows until it is not filled. */
    size_t capacity = S_ISREG(stat.st_mode) ? (size_t)stat.st_size + 2 : 4096;
    if (capacity > bytes_max + 2)
        capacity = bytes_max + 2;
    char *bytes = arena_alloc(arena, capacity);
    size_t len = 0, got = 0;
    int number = 0;
    while (!(number = read_fully(fd, bytes + len, capacity - 1 - len, &got))) {
        len += got;
        if (len < capacity - 1 || len > bytes_max)
            break;
        bytes = arena_grow(arena, bytes, capacity, capacity * 2);
        capacity *= 2;
    }
    (void)close(fd);
    if (number)
        return os_error(reterr_why, "read", path, number);
    if (len > bytes_max) {
        why_place(reterr_why, "%s", path);
        return why_set(reterr_why, ERR_LIMIT, "it is larger than %zu bytes", bytes_max);
    }
    bytes[len] = '\0';
    *ret_bytes = bytes;
    *ret_len = len;
    return ERR_NONE;
}

static enum err os_read_at(void *self, const char *path, int64_t offset, char *bytes,
    size_t bytes_max, size_t *ret_len, struct why *reterr_why)
{
    (void)self;
    int fd;
    struct stat stat;
    enum err err = open_file(path, &fd, &stat, reterr_why);
    if (err != ERR_NONE)
        return err;
    int number =
        lseek(fd, offset, SEEK_SET) < 0 ? errno : read_fully(fd, bytes, bytes_max, ret_len);
    (void)close(fd);
    return number ? os_error(reterr_why, "read", path, number) : ERR_NONE;
}

static enum err os_size(void *self, const char *path, int64_t *ret_bytes, struct why *reterr_why)
{
    (void)self;
    int fd;
    struct stat stat;
    enum err err = open_file(path, &fd, &stat, reterr_why);
    if (err != ERR_NONE)
        return err;
    (void)close(fd);
    *ret_bytes = stat.st_size;
    return ERR_NONE;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t put = write(fd, bytes, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return errno;
        bytes += put;
        len -= (size_t)put;
    }
    return 0;
}

/* The new name is safe on disk only once its folder is. */
static int sync_folder_of(struct arena *scratch, const char *path)
{
    char *folder = arena_text(scratch, path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *(slash == folder ? slash + 1 : slash) = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int number = fsync(fd) < 0 ? errno : 0;
    (void)close(fd);
    return number == EINVAL ? 0 : number; /* file systems that cannot sync a folder */
}

static enum err os_write(void *self, const char *path, const char *bytes, size_t len, unsigned mode,
    struct why *reterr_why)
{
    (void)self;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    char *temporary = arena_format(&scratch, "%s.XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return os_error(reterr_why, "write", path, errno);
    int number = write_all(fd, bytes, len);
    if (!number && fchmod(fd, (mode_t)mode) < 0)
        number = errno;
    if (!number && fsync(fd) < 0)
        number = errno;
    if (close(fd) < 0 && !number)
        number = errno;
    if (!number && rename(temporary, path) < 0)
        number = errno;
    if (number) {
        (void)unlink(temporary);
        return os_error(reterr_why, "write", path, number);
    }
    number = sync_folder_of(&scratch, path);
    return number ? os_error(reterr_why, "write", path, number) : ERR_NONE;
}

static enum err os_replace(void *self, const char *from, const char *to, struct why *reterr_why)
{
    (void)self;
    if (rename(from, to) < 0)
        return os_error(reterr_why, "replace", to, errno);
    return ERR_NONE;
}

static bool os_exists(void *self, const char *path)
{
    (void)self;
    return access(path, F_OK) == 0;
}

static enum err os_remove(void *self, const char *path, struct why *reterr_why)
{
    (void)self;
    if (unlink(path) == 0 || errno == ENOENT)
        return ERR_NONE;
    return os_error(reterr_why, "remove", path, errno);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum err os_list(void *self, struct arena *arena, const char *path, const char *suffix,
    char ***ret_names, size_t *ret_count, struct why *reterr_why)
{
    (void)self;
    DIR *folder = opendir(path);
    if (!folder)
        return os_error(reterr_why, "list", path, errno);
    size_t count = 0, capacity = 16;
    char **names = ARENA_NEW(arena, char *, capacity);
    const struct dirent *entry;
    while ((errno = 0, entry = readdir(folder))) {
        if (text_is(entry->d_name, ".") || text_is(entry->d_name, "..")
            || !text_ends(entry->d_name, suffix))
            continue;
        if (count == capacity) {
            names =
                arena_grow(arena, names, capacity * sizeof *names, capacity * 2 * sizeof *names);
            capacity *= 2;
        }
        names[count++] = arena_text(arena, entry->d_name);
    }
    int number = errno;
    (void)closedir(folder);
    if (number)
        return os_error(reterr_why, "list", path, number);
    qsort(names, count, sizeof *names, by_bytes);
    *ret_names = names;
    *ret_count = count;
    return ERR_NONE;
}

/* Where nothing can be made (/proc, a file in the way) the system says "no such file". */
static enum err folder_error(struct why *reterr_why, const char *path, int number)
{
    enum err err = os_error(reterr_why, "make", path, number);
    if (number == ENOENT || number == ENOTDIR)
        why_hint(reterr_why, "No folder can be made there: choose another one");
    return err;
}

static enum err os_make_folder(void *self, const char *path, unsigned mode, struct why *reterr_why)
{
    (void)self;
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    char *upto = arena_text(&scratch, path);
    for (char *slash = strchr(upto + (*upto == '/'), '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(upto, 0755) < 0 && errno != EEXIST)
            return folder_error(reterr_why, path, errno);
        *slash = '/';
    }
    struct stat stat_;
    if (mkdir(path, (mode_t)mode) == 0)
        return ERR_NONE;
    int number = errno;
    if (number == EEXIST && stat(path, &stat_) == 0 && S_ISDIR(stat_.st_mode))
        return ERR_NONE;
    return folder_error(reterr_why, path, number);
}

struct env_file env_os_file(void)
{
    return (struct env_file){
        .read = os_read,
        .read_at = os_read_at,
        .size = os_size,
        .write = os_write,
        .replace = os_replace,
        .exists = os_exists,
        .remove = os_remove,
        .list = os_list,
        .make_folder = os_make_folder,
    };
}

enum err env_zone_load(void *env_file, struct arena *arena, const char *name,
    const unsigned char **ret_bytes, size_t *ret_len, struct why *reterr_why)
{
    enum { ZONE_BYTES_MAX = 1 << 20 }; /* tzdata.zi, the largest file there, has a tenth of it */
    const struct env_file *file = env_file;
    char *bytes;
    enum err err =
        file->read(file->self, arena, arena_format(arena, "/usr/share/zoneinfo/%s", name),
            ZONE_BYTES_MAX, &bytes, ret_len, reterr_why);
    if (err == ERR_NONE)
        *ret_bytes = (const unsigned char *)bytes;
    return err;
}

/* The number in the lock's file is for people; the lock is the kernel's and ends with the process.
 */
enum err env_lock_take(const char *path, struct env_lock *ret_lock, struct why *reterr_why)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return os_error(reterr_why, "lock", path, errno);
    char number[24] = "";
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        int failure = errno;
        ssize_t got = pread(fd, number, sizeof number - 1, 0);
        (void)close(fd);
        if (failure != EWOULDBLOCK)
            return os_error(reterr_why, "lock", path, failure);
        number[got > 0 ? strspn(number, "0123456789") : 0] = '\0';
        why_place(reterr_why, "%s", path);
        why_hint(reterr_why, "Stop that process first");
        return why_set(reterr_why, ERR_BUSY, "process %s holds it", *number ? number : "(unknown)");
    }
    ARENA struct arena scratch;
    arena_init(&scratch, 0);
    const char *text = arena_format(&scratch, "%ld\n", (long)getpid());
    int failure = ftruncate(fd, 0) < 0 ? errno : write_all(fd, text, strlen(text));
    if (failure) {
        (void)close(fd);
        return os_error(reterr_why, "lock", path, failure);
    }
    ret_lock->fd = fd;
    return ERR_NONE;
}

void env_lock_release(struct env_lock *lock)
{
    if (lock->fd >= 0)
        (void)close(lock->fd);
    lock->fd = -1;
}
