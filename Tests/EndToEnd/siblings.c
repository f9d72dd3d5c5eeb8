// Creates processes whose parent, as the kernel reports it, is not the process that created them.
//
//   siblings SYSCALL call                     makes the system call once
//   siblings SYSCALL calls                    makes the call every 10 ms
//   siblings SYSCALL orphan COUNT LIVES       an orphan creates COUNT siblings of itself. Each makes the call after LIVES milliseconds,
//                                             and again after LIVES more; if LIVES is 0, it makes the call once, immediately
//   siblings SYSCALL enter PID COUNT LIVES    the same, by an orphan in the PID namespace of the process PID
//   siblings SYSCALL race PID ROUNDS COUNT    the same in that namespace, ROUNDS times and without waiting, so that the creator may or
//                                             may not be an orphan yet
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long number;

static void call(void) {
  // The call only queries something about its caller.
  static char scratch[4096];
  syscall(number, 0, scratch);
}

static void fail(const char *what) {
  perror(what);
  _exit(1);
}

static void wait_for(long milliseconds) {
  struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&time, NULL);
}

// The pipe ends when the last of the processes ends.
static void sibling(long lives) {
  long child = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (child < 0) fail("clone");
  if (child > 0) return;
  wait_for(lives);
  call();
  if (lives) {
    wait_for(lives);
    call();
  }
  _exit(0);
}

static int orphan(int count, long lives, int waits) {
  int all[2];
  if (pipe(all) < 0) fail("pipe");
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    pid_t parent = getpid(), grandchild = fork();
    if (grandchild < 0) fail("fork");
    if (grandchild > 0) _exit(0);
    close(all[0]);
    while (waits && getppid() == parent) wait_for(1);
    for (int i = 0; i < count; i++) sibling(lives);
    _exit(0);
  }
  close(all[1]);
  waitpid(child, NULL, 0);
  char byte;
  return read(all[0], &byte, 1) == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  number = atol(argv[1]);
  const char *what = argv[2];
  if (strcmp(what, "call") == 0) {
    call();
    return 0;
  }
  while (strcmp(what, "calls") == 0) {
    call();
    wait_for(10);
  }
  if (strcmp(what, "orphan") == 0 && argc == 5) return orphan(atoi(argv[3]), atol(argv[4]), 1);
  int enters = strcmp(what, "enter") == 0, races = strcmp(what, "race") == 0;
  if ((enters || races) && argc == 6) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/ns/pid", argv[3]);
    int namespace = open(path, O_RDONLY);
    if (namespace < 0) fail(path);
    if (setns(namespace, CLONE_NEWPID) < 0) fail("setns");
    if (enters) return orphan(atoi(argv[4]), atol(argv[5]), 1);
    for (int i = 0; i < atoi(argv[4]); i++)
      if (orphan(atoi(argv[5]), 0, 0) != 0) return 1;
    return 0;
  }
  return 2;
}
