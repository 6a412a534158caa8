// What Swift's Glibc module leaves out.
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <malloc.h>
#include <netinet/tcp.h>
#include <sys/types.h>

// readahead(2): brings a file's range into the page cache, waiting for the disk. Returns 0 or an errno value.
int crier_readahead(int fd, off_t offset, size_t count);

// malloc_trim(3): gives freed memory back to the system.
void crier_malloc_trim(void);

// The level below which a socket's unsent bytes must fall before it is writable again (tcp(7)).
static const int crier_tcp_notsent_lowat = TCP_NOTSENT_LOWAT;
