// Makes SECCOMP records: a child under a filter that logs getppid(2) calls it.
//   records log COUNT [PAUSE]   COUNT calls, PAUSE microseconds apart; prints the child's process ID
//   records kill                one call, for which the child is killed
//   records pause               nothing, until it is stopped
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int be_the_child(unsigned action, long count, long pause) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog filter = {sizeof code / sizeof *code, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &filter)) {
    perror("seccomp");
    return 1;
  }
  for (long i = 0; i < count; i++) {
    syscall(SYS_getppid);
    if (pause) usleep(pause);
  }
  return 0;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "pause")) return pause();
  int is_kill = !strcmp(what, "kill");
  if (!is_kill && (strcmp(what, "log") || argc < 3)) return 2;
  pid_t child = fork();
  if (child == 0)
    _exit(be_the_child(is_kill ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_LOG, is_kill ? 1 : atol(argv[2]), argc > 3 ? atol(argv[3]) : 0));
  printf("%d\n", child);
  fflush(stdout);
  int status;
  waitpid(child, &status, 0);
  return is_kill ? !WIFSIGNALED(status) : status != 0;
}
