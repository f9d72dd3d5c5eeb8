/*
 * Makes SECCOMP records: processes under a LOG filter that only call getppid().
 *
 *   flood SECONDS PROCESSES [RECORDS-PER-SECOND [CGROUP...]]
 *
 * Runs as fast as possible (also with 0), or makes so many records a second in total, until the time is over or the process group gets
 * SIGTERM. Prints the number of calls, each of which is a record. With cgroups, the processes are spread over them; they start when
 * standard input ends, and the program prints "ready" when all of them wait for that.
 *
 * An additional process makes 50 records a second. When the kernel's backlog is full, processes wait, and a process that starts to wait
 * just after the backlog was emptied is woken only by the next record, or after a minute. See: audit_log_start() in kernel/audit.c
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static uint64_t produce(double seconds, double per_second, double part)
{
	int64_t start = now(), end = start + seconds * 1e9;
	/* Processes that make few records sleep until the next one is due. Each starts at another time. */
	useconds_t pause = per_second > 0 && per_second < 1000 ? 1e6 / per_second : 1000;
	uint64_t made = 0;

	if (per_second > 0)
		usleep(pause * part);

	while (now() < end && !stopped) {
		/* Without a rate, make a hundred records at a time. With a rate, make what is due each millisecond. */
		uint64_t due = per_second > 0 ? (now() - start) / 1e9 * per_second : made + 100;

		for (; made < due; made++)
			syscall(SYS_getppid);
		if (per_second > 0)
			usleep(pause);
	}
	return made;
}

static int enter(const char *cgroup)
{
	char path[4096];
	int fd, done;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY);
	done = write(fd, "0", 1);
	close(fd);
	return done;
}

int main(int argc, char **argv)
{
	int results[2], entered[2], begin[2], processes = argc > 2 ? atoi(argv[2]) : 0, cgroups = argc > 4 ? argc - 4 : 0;
	double seconds = argc > 1 ? atof(argv[1]) : 0, per_second = argc > 3 ? atof(argv[3]) / processes : 0;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	uint64_t made, all = 0;
	char byte;

	if (processes < 1 || pipe(results) < 0 || pipe(entered) < 0 || pipe(begin) < 0) {
		fprintf(stderr, "flood SECONDS PROCESSES [RECORDS-PER-SECOND [CGROUP...]]\n");
		return 2;
	}
	if (!filter || seccomp_rule_add(filter, SCMP_ACT_LOG, SCMP_SYS(getppid), 0) < 0 || seccomp_load(filter) < 0)
		return 1;
	signal(SIGTERM, stop);
	for (int i = 0; i <= processes; i++) {
		pid_t child = fork();

		if (child < 0) {
			perror("flood: fork");
			return 1;
		}
		if (child == 0) {
			close(begin[1]);
			if (cgroups > 0 && (enter(argv[4 + i % cgroups]) < 0 || write(entered[1], "", 1) < 0))
				_exit(1);
			close(entered[1]);
			while (read(begin[0], &byte, 1) > 0)
				;
			made = produce(seconds, i == processes ? 50 : per_second, (double)i / processes);
			_exit(write(results[1], &made, sizeof(made)) != sizeof(made));
		}
	}
	close(results[1]);
	close(entered[1]);
	if (cgroups > 0) {
		for (int i = 0; i <= processes && read(entered[0], &byte, 1) > 0; i++)
			;
		fprintf(stderr, "ready\n");
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
	}
	close(begin[1]);
	while (read(results[0], &made, sizeof(made)) == sizeof(made))
		all += made;
	for (int i = 0; i <= processes; i++) {
		int status;

		if (wait(&status) < 0 || status != 0) {
			fprintf(stderr, "flood: a process failed\n");
			return 1;
		}
	}
	printf("%llu\n", (unsigned long long)all);
	return 0;
}
