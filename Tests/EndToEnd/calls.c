// Makes the calls of a busy server as fast as possible: reads, writes, polls and asks for the time, and opens a file now and then.
//
//   calls SECONDS    prints how often it made each call, as JSON
//
// The C library makes none of these calls by itself, so that the numbers are those of the records.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void end(int signal) {
  (void)signal;
  ended = 1;
}

int main(int argc, char **argv) {
  int ends[2];
  if (argc != 2 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  signal(SIGALRM, end);
  alarm(atoi(argv[1]));
  char byte = 'x', text[256];
  uint64_t sends = 0, receives = 0, polls = 0, times = 0, opens = 0, yields = 0;
  while (!ended) {
    syscall(SYS_sendto, ends[0], &byte, 1, 0, NULL, 0);
    sends++;
    struct pollfd ready = {ends[1], POLLIN, 0};
    // A signal may interrupt it, which makes a record nevertheless.
    syscall(SYS_ppoll, &ready, 1, NULL, NULL, 0);
    polls++;
    syscall(SYS_recvfrom, ends[1], &byte, 1, MSG_DONTWAIT, NULL, NULL);
    receives++;
    struct { long seconds, nanoseconds; } now;
    syscall(SYS_clock_gettime, 1, &now);
    times++;
    if (times % 64 == 0) {
      syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", text, sizeof text);
      opens++;
      syscall(SYS_sched_yield);
      yields++;
    }
  }
  printf("{\"sendto\": %lu, \"recvfrom\": %lu, \"ppoll\": %lu, \"clock_gettime\": %lu, \"readlinkat\": %lu, \"sched_yield\": %lu}\n",
         sends, receives, polls, times, opens, yields);
  return 0;
}
