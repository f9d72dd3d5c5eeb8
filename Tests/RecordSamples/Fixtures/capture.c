/*
 * Has the kernel make one SECCOMP record of each kind, for the captures beside this file.
 *
 *     gcc -O1 -o capture capture.c -lseccomp && ./capture DIRECTORY
 *
 * DIRECTORY is made and gets programs with odd paths. Each record comes from a child of its own.
 * Written for x86_64.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

/* Puts the calling process under a filter that does `action` for syscall `nr`, with FLAG_LOG. */
static void filter(uint32_t action, int nr)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);

	seccomp_attr_set(ctx, SCMP_FLTATR_CTL_LOG, 1);
	seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_LOG);
	if (seccomp_rule_add(ctx, action, nr, 0) || seccomp_load(ctx))
		err(1, "filter %x for %d", action, nr);
}

static void in_child(void (*body)(void *), void *argument)
{
	pid_t pid = fork();

	if (pid == 0) {
		body(argument);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void one_action(void *action)
{
	filter(*(uint32_t *)action, SCMP_SYS(getppid));
	syscall(SYS_getppid);
}

static void *kill_thread(void *unused)
{
	filter(SCMP_ACT_KILL_THREAD, SCMP_SYS(getppid));
	syscall(SYS_getppid);
	return unused;
}

static void one_thread_killed(void *unused)
{
	pthread_t thread;

	(void)unused;
	pthread_create(&thread, NULL, kill_thread, NULL);
	/* The thread never ends in a way that can be joined. */
	usleep(50000);
}

static void strict(void *unused)
{
	(void)unused;
	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	syscall(SYS_getppid);
}

static void named(void *name)
{
	prctl(PR_SET_NAME, name);
	filter(SCMP_ACT_LOG, SCMP_SYS(getppid));
	syscall(SYS_getppid);
}

/* The filter is for x86_64: any other machine is a bad one, and logged. */
static void i386(void *unused)
{
	long number = 20; /* getpid */

	(void)unused;
	filter(SCMP_ACT_LOG, SCMP_SYS(getppid));
	__asm__ volatile("int $0x80" : "+a"(number) : : "memory", "r8", "r9", "r10", "r11");
}

struct number {
	unsigned int nr;
	unsigned int action;
};

/*
 * libseccomp lets neither x32 numbers nor -1 through to rules, and opens a listener for USER_NOTIF, so here the
 * program is written out: do `action` whatever the machine, if the number is that one.
 */
static void number(void *argument)
{
	struct number *wanted = argument;
	struct sock_filter code[] = {
		{ BPF_LD | BPF_W | BPF_ABS, 0, 0, 0 },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 1, wanted->nr },
		{ BPF_RET | BPF_K, 0, 0, wanted->action },
		{ BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW },
	};
	struct sock_fprog program = { 4, code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_LOG, &program))
		err(1, "filter");
	syscall((long)(int)wanted->nr);
}

/* Copies this program to `path` and runs it as --one, removed first if `removed`. */
static void run_at(const char *path, int removed)
{
	char command[8192];
	pid_t pid;
	int fd;

	snprintf(command, sizeof command, "cp /proc/%d/exe \"$1\"", getpid());
	pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, "sh", path, NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		err(1, "%s", path);
	if (removed)
		unlink(path);
	pid = fork();
	if (pid == 0) {
		/* By descriptor, for the path may be gone. */
		char *arguments[] = { "one", "--one", NULL };

		fexecve(fd, arguments, environ);
		err(1, "%s", path);
	}
	waitpid(pid, NULL, 0);
	close(fd);
}

int main(int argc, char **argv)
{
	static uint32_t actions[] = {
		SCMP_ACT_LOG, SCMP_ACT_ERRNO(1), SCMP_ACT_TRAP, SCMP_ACT_TRACE(7),
		SCMP_ACT_KILL_PROCESS,
	};
	static char *names[] = {
		"two words", "q\"uote", "new\nline", "\xff\xfe", "caf\xc3\xa9", "ABC", "414243", "",
		"x\" pid=1 exe=\"", "back\\slash", "\x7f", "\t",
	};
	static struct number numbers[] = {
		{ SYS_getppid, SECCOMP_RET_USER_NOTIF },
		{ 0x40000000 | SYS_getpid, SECCOMP_RET_LOG },
		{ 0xffffffff, SECCOMP_RET_LOG },
		{ 100000, SECCOMP_RET_LOG },
	};
	char path[4096];

	if (argc < 2)
		errx(2, "usage: capture DIRECTORY");
	if (!strcmp(argv[1], "--one")) {
		in_child(one_action, &actions[0]);
		return 0;
	}
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		in_child(one_action, &actions[i]);
	in_child(one_thread_killed, NULL);
	in_child(strict, NULL);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		in_child(named, names[i]);
	in_child(i386, NULL);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		in_child(number, &numbers[i]);

	mkdir(argv[1], 0755);
	snprintf(path, sizeof path, "%s/a b", argv[1]);
	run_at(path, 0);
	snprintf(path, sizeof path, "%s/gone", argv[1]);
	run_at(path, 1);
	snprintf(path, sizeof path, "%s/na\xc3\xafve", argv[1]);
	run_at(path, 0);
	snprintf(path, sizeof path, "%s/new\nline\"", argv[1]);
	run_at(path, 0);
	return 0;
}
