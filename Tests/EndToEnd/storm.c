// Creates many processes that live for a moment and make one system call each. The call's number shows tests which container a record
// belongs to.
//
//   storm SYSCALL KIND[,KIND...] COUNT    KIND: fork, exec, vfork, double-fork, thread, borrow, or all of them, in turn
//   storm SYSCALL                         makes the call once
//
// A process for each KIND creates COUNT children or threads; these processes run in parallel.
//
// At the end it prints how many children it created, and the start and end of the run in nanoseconds of the monotonic clock.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long number;
static char *self, *name;

static void call(void) {
  // The call only queries something about its caller, and nothing uses what it writes.
  static char scratch[4096];
  syscall(number, 0, scratch);
}

static void fail(const char *what) {
  perror(what);
  _exit(1);
}

static void *call_in_thread(void *unused) {
  call();
  return unused;
}

static void by_fork(void) { call(); }

static void by_exec(void) {
  execl(self, self, name, (char *)NULL);
  fail("exec");
}

static void by_vfork(void) {
  pid_t child = vfork();
  if (child < 0) fail("vfork");
  if (child == 0) {
    execl(self, self, name, (char *)NULL);
    _exit(1);
  }
  waitpid(child, NULL, 0);
}

// The grandchild outlives its parent. When it ends, its end of the pipe closes.
static void by_double_fork(void) {
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) call();
}

static void by_thread(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, call_in_thread, NULL) != 0) fail("pthread_create");
  pthread_join(thread, NULL);
}

// A child is cheapest if it borrows its parent's memory; the parent waits meanwhile.
static void borrow(int count) {
  for (int i = 0; i < count; i++) {
    pid_t child = vfork();
    if (child < 0) fail("vfork");
    if (child == 0) {
      call();
      _exit(0);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) fail("child");
  }
}

static const struct {
  const char *name;
  // What a forked child does, and how many processes this creates, the child included.
  void (*run)(void);
  int children;
} kinds[] = {{"fork", by_fork, 1},
             {"exec", by_exec, 1},
             {"vfork", by_vfork, 2},
             {"double-fork", by_double_fork, 2},
             {"thread", by_thread, 1},
             {"borrow", NULL, 1}};

static void storm(void (*run)(void), int count) {
  int all[2];
  char byte;
  if (pipe(all) < 0) fail("pipe");
  for (int i = 0; i < count; i++) {
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
      close(all[0]);
      run();
      _exit(0);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) fail("child");
  }
  close(all[1]);
  if (read(all[0], &byte, 1) != 0) fail("read");
  close(all[0]);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int is(const char *kind, size_t i) { return strcmp(kind, "all") == 0 || strcmp(kind, kinds[i].name) == 0; }

static void make(const char *kind, int count) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (!is(kind, i)) continue;
    if (kinds[i].run)
      storm(kinds[i].run, count);
    else
      borrow(count);
  }
}

int main(int argc, char **argv) {
  self = argv[0];
  if (argc != 2 && argc != 4) return 2;
  name = argv[1];
  number = atol(name);
  if (argc == 2) {
    call();
    return 0;
  }
  int count = atoi(argv[3]);
  long children = 0;
  int64_t began = now();
  for (char *kind = strtok(argv[2], ","); kind; kind = strtok(NULL, ",")) {
    pid_t maker = fork();
    if (maker < 0) fail("fork");
    if (maker == 0) {
      make(kind, count);
      _exit(0);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
      if (is(kind, i)) children += (long)kinds[i].children * count;
  }
  int status;
  while (wait(&status) > 0)
    if (status != 0) return 1;
  printf("%ld %lld %lld\n", children, (long long)began, (long long)now());
  return children ? 0 : 2;
}
