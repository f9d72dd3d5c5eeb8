// Makes accesses that a policy may deny, in order, and prints its process ID and the error number of each; 0 if it was allowed.
//   read=PATH write=PATH    opens a file; write creates it
//   link=PATH               makes a link to /etc/passwd
//   run=PATH                executes a program, in a child
//   mount=DIRECTORY         mounts a tmpfs
//   chroot                  needs a capability
//   socket                  makes a raw socket, or with socket=unix one of that family
//   connect=PORT            sends a datagram to itself, at this port
//   trace=PID signal=PID    attaches to a process; sends it SIGUSR1
//   userns                  creates a user namespace
//   name=TEXT               no access: renames the thread
//   pause                   no access: waits until it is stopped
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(const char *path) {
  pid_t child = fork();
  if (child == 0) {
    execl(path, path, NULL);
    _exit(errno);
  }
  int status;
  waitpid(child, &status, 0);
  errno = WEXITSTATUS(status);
  return errno ? -1 : 0;
}

static int send_to(int port) {
  struct sockaddr_in self = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd < 0 || bind(fd, (struct sockaddr *)&self, sizeof self)) return -1;
  return sendto(fd, "x", 1, 0, (struct sockaddr *)&self, sizeof self) == 1 ? 0 : -1;
}

static int make_access(const char *name, const char *value) {
  if (!strcmp(name, "read")) return open(value, O_RDONLY);
  if (!strcmp(name, "write")) return open(value, O_WRONLY | O_CREAT, 0600);
  if (!strcmp(name, "link")) return link("/etc/passwd", value);
  if (!strcmp(name, "run")) return run(value);
  if (!strcmp(name, "mount")) return mount("none", value, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m");
  if (!strcmp(name, "chroot")) return chroot("/");
  if (!strcmp(name, "socket")) return *value ? socket(AF_UNIX, SOCK_STREAM, 0) : socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  if (!strcmp(name, "connect")) return send_to(atoi(value));
  if (!strcmp(name, "trace")) return ptrace(PTRACE_SEIZE, atoi(value), 0, 0);
  if (!strcmp(name, "signal")) return kill(atoi(value), SIGUSR1);
  if (!strcmp(name, "userns")) return unshare(CLONE_NEWUSER);
  if (!strcmp(name, "name")) return prctl(PR_SET_NAME, value);
  if (!strcmp(name, "pause")) return pause();
  errno = ENOSYS;
  return -1;
}

int main(int argc, char **argv) {
  printf("%d", getpid());
  fflush(stdout);
  signal(SIGUSR1, SIG_IGN);
  for (int i = 1; i < argc; i++) {
    char *value = strchr(argv[i], '=');
    if (value) *value++ = 0;
    errno = 0;
    int result = make_access(argv[i], value ? value : "");
    printf(" %d", result < 0 ? errno : 0);
    fflush(stdout);
  }
  printf("\n");
  return 0;
}
