// What Swift's Glibc module leaves out. Includes no system header: their types would clash with other C modules'.
#pragma once

// readahead(2): brings a file's range into the page cache, waiting for the disk. Returns 0 or an errno value.
int crier_readahead(int fd, long long offset, unsigned long count);

// Sets malloc's thresholds (mallopt(3)) once, at start: blocks of 512 KiB and more get pages of their own and give them
// back when freed; at most this many arenas.
void crier_malloc_configure(int arenas);

// Free bytes that malloc holds (mallinfo2(3)).
unsigned long crier_malloc_free_bytes(void);

// sendfile(2) from an offset of its own. Returns the bytes sent, or -1 and errno.
long crier_sendfile(int to, int from, long long offset, unsigned long count);

// send(2), but no cancellation point (pthreads(7)): glibc's costs two atomic operations more with each call. Returns
// the bytes sent, or -1 and errno.
long crier_send(int socket, const void *bytes, unsigned long count, int flags);

// sem_clockwait(3) on CLOCK_MONOTONIC, until this moment of it. `semaphore` is a sem_t. Returns 0 or an errno value.
int crier_semaphore_wait(void *semaphore, unsigned long long nanoseconds);

// pthread_setname_np(3) for the calling thread: what `top -H` and a debugger show. At most 15 bytes.
void crier_name_thread(const char *name);

// malloc_trim(3): gives freed memory back to the system.
void crier_malloc_trim(void);

// TCP_NOTSENT_LOWAT (tcp(7)): unsent bytes below which a socket is writable again.
extern const int crier_tcp_notsent_lowat;

// Asks for the cache line at an address that will be needed in a moment. Any address will do.
static inline void crier_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }
