// Preloaded into the program (LD_PRELOAD) to break it at a chosen moment. It counts operations on files below given
// paths, and at the Nth the process ends, before or halfway through the operation, or the operation fails or is done
// only partly. Or it counts allocations, and the Nth fails, or all from the Nth on. Forked children are undisturbed.
//
//   TORTURE_PLACES  path prefixes, separated by ':'
//   TORTURE_AT      N, from 1; without it, operations are only counted
//   TORTURE_HOW     kill, half, short, memory, memory-on, or an error: EIO, ENOSPC, EMFILE, EINTR
//   TORTURE_LOG     receives a line "N operation path" per operation; for memory, the number of allocations
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum how { nothing, die, die_half, fail_with, in_part, no_memory, no_memory_on };
static enum how how;
static int error_number;
static const char *places, *log_file;
static long at = -1;
static atomic_int in_main;
static atomic_long count, allocations;
static pid_t self;

static const struct {
  const char* name;
  enum how how;
  int error;
} kHow[] = {{"kill", die, 0},
            {"half", die_half, 0},
            {"short", in_part, 0},
            {"memory", no_memory, 0},
            {"memory-on", no_memory_on, 0},
            {"EIO", fail_with, EIO},
            {"ENOSPC", fail_with, ENOSPC},
            {"EMFILE", fail_with, EMFILE},
            {"EINTR", fail_with, EINTR}};

__attribute__((constructor)) static void start(void) {
  const char *n = getenv("TORTURE_AT"), *mode = getenv("TORTURE_HOW");
  if (n) at = atol(n);
  for (size_t i = 0; mode && i < sizeof kHow / sizeof *kHow; ++i)
    if (strcmp(mode, kHow[i].name) == 0) how = kHow[i].how, error_number = kHow[i].error;
  places = getenv("TORTURE_PLACES");
  log_file = getenv("TORTURE_LOG");
  self = getpid();  // last: counting starts here
}

#define REAL(result, name, ...)       \
  static result (*real)(__VA_ARGS__); \
  if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static void write_log(const char* line, int bytes) {
  static int (*real_open)(const char*, int, ...);
  static ssize_t (*real_write)(int, const void*, size_t);
  static int (*real_close)(int);
  if (!real_open) {
    real_open = (int (*)(const char*, int, ...))dlsym(RTLD_NEXT, "open");
    real_close = (int (*)(int))dlsym(RTLD_NEXT, "close");
    real_write = (ssize_t(*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
  }
  const int fd = real_open(log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return;
  if (real_write(fd, line, (size_t)bytes) < 0) _exit(99);
  real_close(fd);
}

static int is_watched(const char* path) {
  if (!places || !path || getpid() != self) return 0;
  for (const char* place = places; *place;) {
    const size_t length = strcspn(place, ":");
    if (length && strncmp(path, place, length) == 0) return 1;
    place += length + (place[length] == ':');
  }
  return 0;
}

static void end_now(void) {
  kill(self, SIGKILL);
  for (;;) pause();
}

// Counts an operation on a watched path. Returns its fate: nothing, die_half, fail_with (errno is set) or in_part.
static enum how count_operation(const char* name, const char* path) {
  const long number = atomic_fetch_add(&count, 1) + 1;
  if (log_file) {
    const int before = errno;
    char line[PATH_MAX + 64];
    write_log(line, snprintf(line, sizeof line, "%ld %s %s\n", number, name, path));
    errno = before;
  }
  if (number != at) return nothing;
  if (how == die) end_now();
  if (how == fail_with) errno = error_number;
  return how;
}

static enum how on_path(const char* name, const char* path) {
  return is_watched(path) ? count_operation(name, path) : nothing;
}

static enum how on_file(const char* name, int fd) {
  if (!places || getpid() != self) return nothing;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return nothing;
  path[length] = 0;
  return on_path(name, path);
}

// ---- files ----

#define WHEN(what, failed, half)         \
  do {                                   \
    const enum how now = what;           \
    if (now == fail_with) return failed; \
    if (now == die_half) {               \
      half;                              \
      end_now();                         \
    }                                    \
  } while (0)

static mode_t mode_of(int flags, va_list list) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; }

#define OPEN(name)                                                                                          \
  int name(const char* path, int flags, ...) {                                                              \
    REAL(int, name, const char*, int, ...);                                                                 \
    va_list list;                                                                                           \
    va_start(list, flags);                                                                                  \
    const mode_t mode = mode_of(flags, list);                                                               \
    va_end(list);                                                                                           \
    WHEN(on_path(flags&(O_WRONLY | O_RDWR) ? "open-to-write" : "open", path), -1, real(path, flags, mode)); \
    return real(path, flags, mode);                                                                         \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                  \
  int name(int folder, const char* path, int flags, ...) {            \
    REAL(int, name, int, const char*, int, ...);                      \
    va_list list;                                                     \
    va_start(list, flags);                                            \
    const mode_t mode = mode_of(flags, list);                         \
    va_end(list);                                                     \
    WHEN(on_path("open", path), -1, real(folder, path, flags, mode)); \
    return real(folder, path, flags, mode);                           \
  }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                                               \
  FILE* name(const char* path, const char* mode) {                                                \
    REAL(FILE*, name, const char*, const char*);                                                  \
    WHEN(on_path(strpbrk(mode, "wa+") ? "open-to-write" : "open", path), NULL, real(path, mode)); \
    return real(path, mode);                                                                      \
  }
FOPEN(fopen)
FOPEN(fopen64)

#define READ(name, arguments, call, part, ...)                  \
  ssize_t name arguments {                                      \
    REAL(ssize_t, name, __VA_ARGS__);                           \
    const enum how now = on_file("read", fd);                   \
    if (now == fail_with) return -1;                            \
    if (now == die_half) end_now();                             \
    return now == in_part && bytes > 1 ? real part : real call; \
  }
READ(read, (int fd, void* to, size_t bytes), (fd, to, bytes), (fd, to, 1), int, void*, size_t)
READ(pread, (int fd, void* to, size_t bytes, off_t where), (fd, to, bytes, where), (fd, to, 1, where), int, void*,
     size_t, off_t)
READ(pread64, (int fd, void* to, size_t bytes, off64_t where), (fd, to, bytes, where), (fd, to, 1, where), int,
     void*, size_t, off64_t)

#define WRITE(name, arguments, call, half, part, ...)           \
  ssize_t name arguments {                                      \
    REAL(ssize_t, name, __VA_ARGS__);                           \
    const enum how now = on_file("write", fd);                  \
    if (now == fail_with) return -1;                            \
    if (now == die_half) {                                      \
      if (real half < 0) _exit(99);                             \
      end_now();                                                \
    }                                                           \
    return now == in_part && bytes > 1 ? real part : real call; \
  }
WRITE(write, (int fd, const void* from, size_t bytes), (fd, from, bytes), (fd, from, bytes / 2), (fd, from, 1), int,
      const void*, size_t)
WRITE(pwrite, (int fd, const void* from, size_t bytes, off_t where), (fd, from, bytes, where),
      (fd, from, bytes / 2, where), (fd, from, 1, where), int, const void*, size_t, off_t)
WRITE(pwrite64, (int fd, const void* from, size_t bytes, off64_t where), (fd, from, bytes, where),
      (fd, from, bytes / 2, where), (fd, from, 1, where), int, const void*, size_t, off64_t)

ssize_t writev(int fd, const struct iovec* parts, int number) {
  REAL(ssize_t, writev, int, const struct iovec*, int);
  const enum how now = on_file("write", fd);
  if (now == fail_with) return -1;
  if (now == die_half) {
    if (real(fd, parts, 1) < 0) _exit(99);
    end_now();
  }
  return real(fd, parts, now == in_part ? 1 : number);
}

#define ON_FILE(name)                       \
  int name(int fd) {                        \
    REAL(int, name, int);                   \
    WHEN(on_file(#name, fd), -1, real(fd)); \
    return real(fd);                        \
  }
ON_FILE(fsync)
ON_FILE(fdatasync)

#define ON_PATH(name)                           \
  int name(const char* path) {                  \
    REAL(int, name, const char*);               \
    WHEN(on_path(#name, path), -1, real(path)); \
    return real(path);                          \
  }
ON_PATH(unlink)
ON_PATH(remove)
ON_PATH(rmdir)

int rename(const char* from, const char* to) {
  REAL(int, rename, const char*, const char*);
  WHEN(on_path("rename", to), -1, real(from, to));
  return real(from, to);
}

int mkdir(const char* path, mode_t mode) {
  REAL(int, mkdir, const char*, mode_t);
  WHEN(on_path("mkdir", path), -1, real(path, mode));
  return real(path, mode);
}

int ftruncate(int fd, off_t length) {
  REAL(int, ftruncate, int, off_t);
  WHEN(on_file("ftruncate", fd), -1, real(fd, length));
  return real(fd, length);
}

DIR* opendir(const char* path) {
  REAL(DIR*, opendir, const char*);
  WHEN(on_path("opendir", path), NULL, (void)0);
  return real(path);
}

// ---- memory ----

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void*, size_t),
    *__libc_memalign(size_t, size_t);

// Allocations are counted from main() on. Before it, CUDA's runtime registers the kernels without checking malloc; and
// there is no code of ours and no work to lose yet.
static int (*real_main)(int, char**, char**);
static int counted_main(int n, char** arguments, char** environment) {
  in_main = 1;
  return real_main(n, arguments, environment);
}
int __libc_start_main(int (*main)(int, char**, char**), int n, char** arguments, void (*init)(void),
                      void (*fini)(void), void (*loader_fini)(void), void* stack_end) {
  REAL(int, __libc_start_main, int (*)(int, char**, char**), int, char**, void (*)(void), void (*)(void),
       void (*)(void), void*);
  real_main = main;
  return real(counted_main, n, arguments, init, fini, loader_fini, stack_end);
}

static int refused(void) {
  if ((how != no_memory && how != no_memory_on) || !in_main || getpid() != self) return 0;
  const long number = atomic_fetch_add(&allocations, 1) + 1;
  if (at < 0 || number < at || (how == no_memory && number != at)) return 0;
  errno = ENOMEM;
  return 1;
}
void* malloc(size_t bytes) { return refused() ? NULL : __libc_malloc(bytes); }
void* calloc(size_t n, size_t bytes) { return refused() ? NULL : __libc_calloc(n, bytes); }
void* realloc(void* old, size_t bytes) { return refused() ? NULL : __libc_realloc(old, bytes); }
void* memalign(size_t to, size_t bytes) { return refused() ? NULL : __libc_memalign(to, bytes); }
void* aligned_alloc(size_t to, size_t bytes) { return refused() ? NULL : __libc_memalign(to, bytes); }
int posix_memalign(void** block, size_t to, size_t bytes) {
  if (refused()) return ENOMEM;
  *block = __libc_memalign(to, bytes);
  return *block ? 0 : ENOMEM;
}

__attribute__((destructor)) static void finish(void) {
  if (!log_file || (how != no_memory && how != no_memory_on) || getpid() != self) return;
  char line[32];
  write_log(line, snprintf(line, sizeof line, "%ld\n", atomic_load(&allocations)));
}
