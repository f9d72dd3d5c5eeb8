#define _GNU_SOURCE
#include "filtered_calls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int filtered_calls_make(const void *filter, unsigned short length, struct filtered_call *calls, size_t count)
{
	size_t size = count * sizeof *calls;
	struct filtered_call *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return errno;
	memcpy(shared, calls, size);
	pid_t child = fork();
	if (child == 0) {
		/* The kernel copies the filter and does not change it. */
		struct sock_fprog program = { .len = length, .filter = (struct sock_filter *)filter };
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
			_exit(errno);
		for (size_t index = 0; index < count; index++) {
			const uint64_t *a = shared[index].arguments;
			long result = syscall(shared[index].number, a[0], a[1], a[2], a[3], a[4], a[5]);
			shared[index].error = result < 0 ? errno : 0;
		}
		_exit(0);
	}
	int status = 0;
	int error = child < 0 || waitpid(child, &status, 0) < 0 ? errno : 0;
	if (!error)
		error = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	memcpy(calls, shared, size);
	munmap(shared, size);
	return error;
}
