/*
 * Makes SECCOMP records: processes under a LOG filter that do nothing but call getppid().
 *
 *   flood SECONDS PROCESSES [RECORDS-PER-SECOND]
 *
 * As fast as it goes, or so many a second in all, until the time is over or the process group is sent SIGTERM. Prints how many calls
 * were made, each of which is a record.
 *
 * One process more makes 50 a second. Where the kernel's backlog is full, processes wait, and one that begins to wait just
 * when the backlog has been emptied is woken by the next record only, or after a minute. See: audit_log_start() in kernel/audit.c
 */
#define _GNU_SOURCE
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

static uint64_t produce(int64_t end, double per_second)
{
	int64_t start = now();
	uint64_t made = 0;

	while (now() < end && !stopped) {
		/* Without a rate a hundred at a time, with one what is due each millisecond. */
		uint64_t due = per_second > 0 ? (now() - start) / 1e9 * per_second : made + 100;

		for (; made < due; made++)
			syscall(SYS_getppid);
		if (per_second > 0)
			usleep(1000);
	}
	return made;
}

int main(int argc, char **argv)
{
	int results[2], processes = argc > 2 ? atoi(argv[2]) : 0;
	int64_t end = now() + (argc > 1 ? atof(argv[1]) : 0) * 1e9;
	double per_second = argc > 3 ? atof(argv[3]) / processes : 0;
	uint64_t made, all = 0;

	if (processes < 1 || pipe(results) < 0) {
		fprintf(stderr, "flood SECONDS PROCESSES [RECORDS-PER-SECOND]\n");
		return 2;
	}
	signal(SIGTERM, stop);
	for (int i = 0; i <= processes; i++) {
		if (fork() == 0) {
			scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

			if (!filter || seccomp_rule_add(filter, SCMP_ACT_LOG, SCMP_SYS(getppid), 0) < 0 || seccomp_load(filter) < 0)
				_exit(1);
			made = produce(end, i == processes ? 50 : per_second);
			_exit(write(results[1], &made, sizeof(made)) != sizeof(made));
		}
	}
	close(results[1]);
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
