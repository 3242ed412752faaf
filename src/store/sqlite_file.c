/* sqlite_file.c: looks at a store's path before SQLite does, because its own answer ("unable to
 * open database file", "file is not a database") does not tell a person what to do. Reads through
 * SQLite's own file layer. */
#include <errno.h>
#include <string.h>

#include <sqlite3.h>

#include "store/store_int.h"

enum { FILE_HEAD_BYTES = 100 };

static bool can(sqlite3_vfs *vfs, const char *path, int how)
{
    int yes = 0;
    return vfs->xAccess(vfs, path, how, &yes) == SQLITE_OK && yes;
}

static bool is_read_only_disk(sqlite3_vfs *vfs, const char *folder)
{
    errno = 0;
    return !can(vfs, folder, SQLITE_ACCESS_READWRITE) && errno == EROFS;
}

static char *folder_of(struct arena *boot, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return arena_text(boot, ".");
    return arena_text_n(boot, path, slash == path ? 1 : (size_t)(slash - path));
}

enum err sqlite_file_check(
    struct arena *boot, const char *path, bool read_only, struct why *reterr_why)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    const char *folder = folder_of(boot, path);
    enum err err = ERR_NONE;
    if (!can(vfs, folder, SQLITE_ACCESS_EXISTS)) {
        err = why_set(reterr_why, ERR_IO, "the folder %s of the store is not there", folder);
        why_hint(reterr_why, "Make the folder, or name another one");
    } else if (!read_only && is_read_only_disk(vfs, folder)) {
        err = why_set(reterr_why, ERR_IO, "the disk of the store is mounted read-only");
        why_hint(reterr_why, "Mount it for writing and try again: nothing was changed");
    } else if (can(vfs, arena_format(boot, "%s/.", path), SQLITE_ACCESS_EXISTS)) {
        err = why_set(reterr_why, ERR_IO, "the store's path is a folder");
        why_hint(reterr_why, "Name a file in it");
    } else if (can(vfs, path, SQLITE_ACCESS_EXISTS)) {
        if (!can(vfs, path, read_only ? SQLITE_ACCESS_READ : SQLITE_ACCESS_READWRITE)) {
            err = why_set(reterr_why, ERR_IO, "the store may not be %s by this user",
                read_only ? "read" : "written");
            why_hint(reterr_why, "Run as the user the file belongs to, or change its owner");
        }
    } else if (read_only) {
        err = why_set(reterr_why, ERR_IO, "there is no store here");
        why_hint(reterr_why, "Run `perennial init` first, or name the home that holds the store");
    }
    if (err == ERR_NONE && !read_only && !can(vfs, folder, SQLITE_ACCESS_READWRITE)) {
        err = why_set(reterr_why, ERR_IO, "the folder %s may not be written", folder);
        why_hint(reterr_why,
            "Give this user the right to write there, or name another folder for the store");
    }
    if (err != ERR_NONE)
        why_place(reterr_why, "%s", path);
    return err;
}

/* Bytes 16 to 23 of an encrypted file stay readable: page size, format and the three payload
 * fractions, which are always 64, 32 and 32 (sqlite.org/fileformat2.html, section 1.3). */
bool sqlite_file_is_store(struct arena *boot, const char *path)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix");
    sqlite3_file *file = arena_alloc(boot, (size_t)vfs->szOsFile);
    char *full = arena_alloc(boot, (size_t)vfs->mxPathname + 1);
    if (vfs->xFullPathname(vfs, path, vfs->mxPathname + 1, full) != SQLITE_OK)
        return false;
    if (vfs->xOpen(vfs, full, file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, NULL) != SQLITE_OK)
        return false;
    unsigned char head[FILE_HEAD_BYTES];
    bool whole = file->pMethods->xRead(file, head, sizeof head, 0) == SQLITE_OK;
    file->pMethods->xClose(file);
    if (!whole || memcmp(head, "SQLite format 3", 16) == 0)
        return false;
    unsigned page_bytes = (unsigned)head[16] << 8 | head[17];
    bool power_of_two = page_bytes == 1 || (page_bytes >= 512 && !(page_bytes & (page_bytes - 1)));
    return power_of_two && head[21] == 64 && head[22] == 32 && head[23] == 32;
}
