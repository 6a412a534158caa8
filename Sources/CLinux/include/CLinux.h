// What Swift's Glibc module leaves out. Includes no system header: their types would clash with other C modules'.
#pragma once

// readahead(2): brings a file's range into the page cache, waiting for the disk. Returns 0 or an errno value.
int crier_readahead(int fd, long long offset, unsigned long count);

// malloc_trim(3): gives freed memory back to the system.
void crier_malloc_trim(void);

// TCP_NOTSENT_LOWAT (tcp(7)): unsent bytes below which a socket is writable again.
extern const int crier_tcp_notsent_lowat;
