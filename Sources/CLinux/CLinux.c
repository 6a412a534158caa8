#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

const int crier_tcp_notsent_lowat = TCP_NOTSENT_LOWAT;

int crier_readahead(int fd, long long offset, unsigned long count) {
  return readahead(fd, offset, count) == 0 ? 0 : errno;
}

void crier_malloc_configure(int arenas) {
  mallopt(M_MMAP_THRESHOLD, 512 * 1024);
  mallopt(M_TRIM_THRESHOLD, 4 * 1024 * 1024);
  mallopt(M_ARENA_MAX, arenas);
}

unsigned long crier_malloc_free_bytes(void) { return mallinfo2().fordblks; }

long crier_sendfile(int to, int from, long long offset, unsigned long count) {
  off_t at = offset;
  return sendfile(to, from, &at, count);
}

long crier_send(int socket, const void *bytes, unsigned long count, int flags) {
  return syscall(SYS_sendto, (long)socket, bytes, count, (long)flags, (void *)0, 0L);
}

int crier_semaphore_wait(void *semaphore, unsigned long long nanoseconds) {
  struct timespec time = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
  return sem_clockwait(semaphore, CLOCK_MONOTONIC, &time) == 0 ? 0 : errno;
}

void crier_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void crier_malloc_trim(void) { malloc_trim(0); }
