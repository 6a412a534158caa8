#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/tcp.h>

const int crier_tcp_notsent_lowat = TCP_NOTSENT_LOWAT;

int crier_readahead(int fd, long long offset, unsigned long count) {
  return readahead(fd, offset, count) == 0 ? 0 : errno;
}

void crier_malloc_trim(void) { malloc_trim(0); }
