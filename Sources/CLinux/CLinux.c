#include "CLinux.h"

#include <errno.h>

int crier_readahead(int fd, off_t offset, size_t count) {
  return readahead(fd, offset, count) == 0 ? 0 : errno;
}

void crier_malloc_trim(void) { malloc_trim(0); }
