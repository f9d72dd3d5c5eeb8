/*
 * Creates short-lived processes, and reports what that cost the process that creates them.
 *
 *   spawn KIND RATE SECONDS      KIND: fork (the child exits) or exec (it executes this program, which exits)
 *                                RATE: processes a second, in bursts of a millisecond; 0: one after the other
 *
 * Prints the number of processes, and the total CPU time of this program and its children, in microseconds.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS 1000000000LL

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * NANOSECONDS + time.tv_nsec;
}

static long long cpu_time(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void spawn(int executes, char *program)
{
	char *arguments[] = {program, "--exit", NULL};
	pid_t child = fork();

	if (child < 0) {
		perror("fork");
		exit(1);
	}
	if (child == 0) {
		if (executes)
			execv("/proc/self/exe", arguments);
		_exit(executes);
	}
	waitpid(child, NULL, 0);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--exit") == 0)
		return 0;
	if (argc != 4)
		return 2;

	int executes = strcmp(argv[1], "exec") == 0;
	double rate = atof(argv[2]);
	/* At low rates, create one process at a time. */
	long long tick = rate > 1000 ? NANOSECONDS / 1000 : rate > 0 ? (long long)(NANOSECONDS / rate) : 0;
	double due = 0;
	long made = 0;
	long long start = now(), next = start, end = start + (long long)(atof(argv[3]) * NANOSECONDS);

	while (now() < end) {
		if (tick == 0) {
			spawn(executes, argv[0]);
			made++;
			continue;
		}
		struct timespec wake = {next / NANOSECONDS, next % NANOSECONDS};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL);
		next += tick;
		/* On a busy machine, processes that are long overdue are skipped instead of created in one burst. */
		if (now() > next + 50 * tick)
			next = now();
		for (due += rate * (double)tick / NANOSECONDS; due >= 1; due--, made++)
			spawn(executes, argv[0]);
	}
	printf("%ld %lld\n", made, cpu_time(RUSAGE_SELF) + cpu_time(RUSAGE_CHILDREN));
	return 0;
}
