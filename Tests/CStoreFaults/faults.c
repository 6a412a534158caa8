#include "faults.h"

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECTOR = 512 };

typedef enum { KILL, CUT, FAIL, FULL } action_t;
typedef enum { WAL, DATABASE, COPY, OTHER } kind_t;

// A write or a truncation since the file was synchronized last: how it was before, and what came.
typedef struct change {
    struct change *next, *previous;
    sqlite3_int64 offset, old_size;
    int count, old_count;
    unsigned char *bytes, *old_bytes;
} change;

typedef struct file {
    sqlite3_file base;
    kind_t kind;
    change *first, *last;
    struct file *next;
    sqlite3_file *real;
} file;

static sqlite3_vfs *system_vfs;
static sqlite3_vfs shim;
static sqlite3_io_methods methods;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static file *files;
static action_t action;
static char point[32];
static long countdown;
static unsigned seed;

static unsigned draw(unsigned below) { return (unsigned)rand_r(&seed) % below; }

static void forget(file *f) {
    for (change *c = f->first; c;) {
        change *next = c->next;
        free(c->bytes);
        free(c->old_bytes);
        free(c);
        c = next;
    }
    f->first = f->last = NULL;
}

static void remember(file *f, const void *bytes, int count, sqlite3_int64 offset, sqlite3_int64 new_size) {
    change *c = calloc(1, sizeof *c);
    f->real->pMethods->xFileSize(f->real, &c->old_size);
    c->offset = offset;
    c->count = count;
    if (bytes) {
        c->bytes = malloc(count);
        memcpy(c->bytes, bytes, count);
    }
    sqlite3_int64 end = bytes ? offset + count : c->old_size;
    if (end > c->old_size) end = c->old_size;
    if (!bytes) c->offset = new_size;
    c->old_count = end > c->offset ? (int)(end - c->offset) : 0;
    if (c->old_count) {
        c->old_bytes = malloc(c->old_count);
        f->real->pMethods->xRead(f->real, c->old_bytes, c->old_count, c->offset);
    }
    c->previous = f->last;
    if (f->last) f->last->next = c; else f->first = c;
    f->last = c;
}

static void redo(file *f, change *c, int count) {
    if (!c->bytes) f->real->pMethods->xTruncate(f->real, c->offset);
    else if (count > 0) f->real->pMethods->xWrite(f->real, c->bytes, count, c->offset);
}

// The file as it was synchronized last, and then: nothing more, or all up to a place in one write, or any of the writes.
static void lose(file *f) {
    long changes = 0;
    for (change *c = f->last; c; c = c->previous, changes++) {
        if (c->old_count) f->real->pMethods->xWrite(f->real, c->old_bytes, c->old_count, c->offset);
        if (c->bytes) f->real->pMethods->xTruncate(f->real, c->old_size);
    }
    if (!changes) return;
    unsigned way = draw(3);
    long kept = draw((unsigned)changes + 1);
    for (change *c = f->first; c && way; c = c->next) {
        if (way == 1 && kept-- <= 0) {
            int torn = c->count > SECTOR ? (int)draw((unsigned)(c->count / SECTOR)) * SECTOR : 0;
            if (c->bytes) redo(f, c, torn);
            break;
        }
        if (way == 1 || draw(2)) redo(f, c, c->count);
    }
}

// Returns an error for the call that is to fail. `mutex` is held.
static int pass(const char *name) {
    if (strcmp(name, point) || --countdown > 0) return SQLITE_OK;
    switch (action) {
    case FAIL: return SQLITE_IOERR;
    case FULL: return SQLITE_FULL;
    case CUT:
        for (file *f = files; f; f = f->next) lose(f);
        // fall through
    case KILL:
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    return SQLITE_OK;
}

static const char *writes_of(kind_t kind) {
    return kind == WAL ? "wal-write" : kind == DATABASE ? "db-write" : kind == COPY ? "copy-write" : "";
}

static int on_close(sqlite3_file *base) {
    file *f = (file *)base;
    pthread_mutex_lock(&mutex);
    for (file **place = &files; *place; place = &(*place)->next)
        if (*place == f) { *place = f->next; break; }
    // Written and not synchronized: it is held to be on the disk, which no test here looks at.
    forget(f);
    pthread_mutex_unlock(&mutex);
    return f->real->pMethods->xClose(f->real);
}

static int on_read(sqlite3_file *base, void *bytes, int count, sqlite3_int64 offset) {
    file *f = (file *)base;
    return f->real->pMethods->xRead(f->real, bytes, count, offset);
}

static int on_write(sqlite3_file *base, const void *bytes, int count, sqlite3_int64 offset) {
    file *f = (file *)base;
    pthread_mutex_lock(&mutex);
    int code = pass(writes_of(f->kind));
    if (code == SQLITE_OK) {
        if (action == CUT && f->kind != OTHER) remember(f, bytes, count, offset, 0);
        code = f->real->pMethods->xWrite(f->real, bytes, count, offset);
    } else if (code == SQLITE_IOERR) code = SQLITE_IOERR_WRITE;
    pthread_mutex_unlock(&mutex);
    return code;
}

static int on_truncate(sqlite3_file *base, sqlite3_int64 size) {
    file *f = (file *)base;
    pthread_mutex_lock(&mutex);
    if (action == CUT && f->kind != OTHER) remember(f, NULL, 0, 0, size);
    int code = f->real->pMethods->xTruncate(f->real, size);
    pthread_mutex_unlock(&mutex);
    return code;
}

static int on_sync(sqlite3_file *base, int flags) {
    file *f = (file *)base;
    pthread_mutex_lock(&mutex);
    int code = pass(f->kind == WAL ? "wal-sync" : f->kind == DATABASE ? "db-sync" : "");
    if (code == SQLITE_OK) {
        // A process that is killed needs no fsync: its writes are in the page cache. It makes the test fast.
        if (action != CUT && action != KILL) code = f->real->pMethods->xSync(f->real, flags);
        forget(f);
        if (f->kind == WAL) pass("wal-synced");
    } else if (code == SQLITE_IOERR) code = SQLITE_IOERR_FSYNC;
    pthread_mutex_unlock(&mutex);
    return code;
}

static int on_file_size(sqlite3_file *base, sqlite3_int64 *size) {
    file *f = (file *)base;
    return f->real->pMethods->xFileSize(f->real, size);
}
static int on_lock(sqlite3_file *base, int level) {
    file *f = (file *)base;
    return f->real->pMethods->xLock(f->real, level);
}
static int on_unlock(sqlite3_file *base, int level) {
    file *f = (file *)base;
    return f->real->pMethods->xUnlock(f->real, level);
}
static int on_check_lock(sqlite3_file *base, int *out) {
    file *f = (file *)base;
    return f->real->pMethods->xCheckReservedLock(f->real, out);
}
static int on_control(sqlite3_file *base, int operation, void *argument) {
    file *f = (file *)base;
    return f->real->pMethods->xFileControl(f->real, operation, argument);
}
static int on_sector(sqlite3_file *base) { return SECTOR; }
static int on_characteristics(sqlite3_file *base) { return 0; }
static int on_shm_map(sqlite3_file *base, int page, int size, int extend, void volatile **out) {
    file *f = (file *)base;
    return f->real->pMethods->xShmMap(f->real, page, size, extend, out);
}
static int on_shm_lock(sqlite3_file *base, int offset, int count, int flags) {
    file *f = (file *)base;
    return f->real->pMethods->xShmLock(f->real, offset, count, flags);
}
static void on_shm_barrier(sqlite3_file *base) {
    file *f = (file *)base;
    f->real->pMethods->xShmBarrier(f->real);
}
static int on_shm_unmap(sqlite3_file *base, int delete) {
    file *f = (file *)base;
    return f->real->pMethods->xShmUnmap(f->real, delete);
}

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags) {
    file *f = (file *)base;
    memset(f, 0, sizeof *f);
    f->real = (sqlite3_file *)(f + 1);
    int code = system_vfs->xOpen(system_vfs, name, f->real, flags, out_flags);
    if (code != SQLITE_OK) return code;
    f->kind = flags & SQLITE_OPEN_WAL ? WAL
        : !(flags & SQLITE_OPEN_MAIN_DB) ? OTHER
        : name && strstr(name, "kv-backup-") ? COPY : DATABASE;
    base->pMethods = &methods;
    pthread_mutex_lock(&mutex);
    f->next = files;
    files = f;
    pthread_mutex_unlock(&mutex);
    return SQLITE_OK;
}

void crier_faults_pass(const char *name) {
    pthread_mutex_lock(&mutex);
    pass(name);
    pthread_mutex_unlock(&mutex);
}

int crier_faults_install(const char *plan, unsigned number) {
    char verb[8];
    if (sscanf(plan, "%7[a-z]:%31[a-z-]:%ld", verb, point, &countdown) != 3) return -1;
    if (!strcmp(verb, "kill")) action = KILL;
    else if (!strcmp(verb, "cut")) action = CUT;
    else if (!strcmp(verb, "fail")) action = FAIL;
    else if (!strcmp(verb, "full")) action = FULL;
    else return -1;
    seed = number;
    system_vfs = sqlite3_vfs_find(NULL);
    shim = *system_vfs;
    shim.zName = "crier-faults";
    shim.szOsFile = (int)sizeof(file) + system_vfs->szOsFile;
    shim.xOpen = on_open;
    methods = (sqlite3_io_methods){
        2, on_close, on_read, on_write, on_truncate, on_sync, on_file_size, on_lock, on_unlock, on_check_lock,
        on_control, on_sector, on_characteristics, on_shm_map, on_shm_lock, on_shm_barrier, on_shm_unmap,
    };
    return sqlite3_vfs_register(&shim, 1) == SQLITE_OK ? 0 : -1;
}
