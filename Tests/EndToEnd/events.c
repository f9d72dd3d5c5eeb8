// Makes process events as fast as it can, which needs no privilege. Tests check that records of other processes stay correct meanwhile.
//
//   events KIND COUNT FILE    KIND: name (a thread changes its name), vfork (a process that ends at once). Runs COUNT loops in parallel
//                             until FILE exists.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void make(int names) {
  if (names) {
    prctl(PR_SET_NAME, "events");
    return;
  }
  pid_t child = vfork();
  if (child == 0) _exit(0);
  if (child > 0) waitpid(child, NULL, 0);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int names = strcmp(argv[1], "name") == 0;
  for (int i = atoi(argv[2]); i > 0; i--) {
    pid_t child = fork();
    if (child < 0) {
      perror("fork");
      return 1;
    }
    if (child == 0) {
      while (access(argv[3], F_OK) != 0)
        for (int j = 0; j < 64; j++) make(names);
      _exit(0);
    }
  }
  int status, failed = 0;
  while (wait(&status) > 0) failed |= status;
  return failed != 0;
}
