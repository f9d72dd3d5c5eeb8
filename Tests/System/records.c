// Makes SECCOMP records: a child under a filter that logs getppid(2) calls it.
//   records log COUNT [PAUSE]   makes COUNT calls, PAUSE microseconds apart, and prints the child's process ID
//   records flow PAUSE          makes calls PAUSE microseconds apart until the child gets SIGTERM, and then prints their number
//   records kill                makes one call, for which the child is killed
//   records pause               makes no call, and waits until it is stopped
#define _GNU_SOURCE
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t is_over;

static void end(int signal) { is_over = signal; }

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
  long made = 0;
  while (made < count && !is_over) {
    syscall(SYS_getppid);
    made++;
    if (pause) usleep(pause);
  }
  if (is_over) dprintf(1, "%ld\n", made);
  return 0;
}

int main(int argc, char **argv) {
  const char *what = argc > 1 ? argv[1] : "";
  if (!strcmp(what, "pause")) return pause();
  int is_kill = !strcmp(what, "kill");
  int is_flow = !strcmp(what, "flow");
  if (!is_kill && ((strcmp(what, "log") && !is_flow) || argc < 3)) return 2;
  long count = is_kill ? 1 : is_flow ? LONG_MAX : atol(argv[2]);
  long pause = is_flow ? atol(argv[2]) : argc > 3 ? atol(argv[3]) : 0;
  if (is_flow) signal(SIGTERM, end);
  pid_t child = fork();
  if (child == 0) _exit(be_the_child(is_kill ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_LOG, count, pause));
  printf("%d\n", child);
  fflush(stdout);
  int status;
  waitpid(child, &status, 0);
  return is_kill ? !WIFSIGNALED(status) : status != 0;
}
