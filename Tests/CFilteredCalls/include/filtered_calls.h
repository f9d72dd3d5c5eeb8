/* Makes syscalls under a seccomp filter, in a process of their own. */
#ifndef FILTERED_CALLS_H
#define FILTERED_CALLS_H

#include <stddef.h>
#include <stdint.h>

struct filtered_call {
	uint32_t number;
	int32_t error; /* the result: an errno, or 0 */
	uint64_t arguments[6];
};

/* Makes each call under the filter, an array of struct sock_filter, and stores the errors. Returns 0, or an errno. */
int filtered_calls_make(const void *filter, unsigned short length, struct filtered_call *calls, size_t count);

#endif
