// A SQLite VFS around the system's own that kills the process, cuts the power or breaks the disk at a named point.
#pragma once

// Makes it the VFS of every connection that is opened from here on. Returns 0, or -1 for a plan that is none.
//
// plan: ACTION:POINT:N, at the Nth time that the point is passed.
//   kill  SIGKILL: what was written is in the page cache, and survives.
//   cut   a power cut: of what was not synchronized a random part is lost, whole writes or all from some sector on.
//   fail  the call fails from here on: EIO.
//   full  the call fails from here on: no room.
// POINT: wal-write, wal-sync, wal-synced, db-write, db-sync, copy-write, or what crier_faults_pass is called with.
int crier_faults_install(const char *plan, unsigned seed);

// The program is at a point of its own: for kill and cut.
void crier_faults_pass(const char *point);
