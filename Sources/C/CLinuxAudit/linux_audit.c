#define _GNU_SOURCE
#include "linux_audit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The seals prevent another process from shrinking the file, which would remove memory that is in use. */
enum { LINUX_FIXED_SIZE = F_SEAL_SHRINK | F_SEAL_GROW };

enum { MAX_DATAGRAMS = LINUX_MAX_DATAGRAMS };

/* What the kernel reports about datagrams besides their bytes. */
struct buffers {
	struct mmsghdr messages[MAX_DATAGRAMS];
	struct iovec vectors[MAX_DATAGRAMS];
	struct sockaddr_nl senders[MAX_DATAGRAMS];
};

size_t linux_buffers_size(void)
{
	return sizeof(struct buffers);
}

static void forget(struct buffers *buffers, unsigned int i)
{
	buffers->messages[i].msg_len = 0;
	buffers->messages[i].msg_hdr.msg_namelen = sizeof(buffers->senders[i]);
	buffers->messages[i].msg_hdr.msg_flags = 0;
}

void linux_buffers_prepare(void *memory, void *slots, size_t slot_size, unsigned int count)
{
	struct buffers *buffers = memory;

	for (unsigned int i = 0; i < count && i < MAX_DATAGRAMS; i++) {
		buffers->vectors[i].iov_base = (char *)slots + i * slot_size;
		buffers->vectors[i].iov_len = slot_size;
		buffers->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &buffers->senders[i],
			.msg_iov = &buffers->vectors[i],
			.msg_iovlen = 1,
		};
		forget(buffers, i);
	}
}

void linux_buffers_forget(void *memory, unsigned int count)
{
	for (unsigned int i = 0; i < count && i < MAX_DATAGRAMS; i++)
		forget(memory, i);
}

void linux_buffers_read(const void *memory, struct linux_datagram *datagrams, unsigned int count)
{
	const struct buffers *buffers = memory;

	for (unsigned int i = 0; i < count && i < MAX_DATAGRAMS; i++) {
		datagrams[i].length = buffers->messages[i].msg_len;
		datagrams[i].truncated = (buffers->messages[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
		datagrams[i].from_netlink =
			buffers->messages[i].msg_hdr.msg_namelen == sizeof(buffers->senders[i]) &&
			buffers->senders[i].nl_family == AF_NETLINK;
		datagrams[i].sender = buffers->senders[i].nl_pid;
	}
}

int linux_receive_datagrams(int fd, void *memory, struct linux_datagram *datagrams, unsigned int count)
{
	struct buffers *buffers = memory;
	int received;

	do
		received = recvmmsg(fd, buffers->messages, count < MAX_DATAGRAMS ? count : MAX_DATAGRAMS, MSG_DONTWAIT, NULL);
	while (received < 0 && errno == EINTR);
	if (received < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -1;
	linux_buffers_read(buffers, datagrams, received);
	return received;
}

int linux_memory_open(const char *name, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t)size) < 0 || fcntl(fd, F_ADD_SEALS, LINUX_FIXED_SIZE) < 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int linux_memory_has_size(int fd, size_t size)
{
	struct stat status;
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & LINUX_FIXED_SIZE) == LINUX_FIXED_SIZE && fstat(fd, &status) == 0 &&
	       status.st_size >= 0 && (size_t)status.st_size == size;
}

void linux_rename_thread(void)
{
	char name[16];

	if (prctl(PR_GET_NAME, name) == 0)
		prctl(PR_SET_NAME, name);
}

int linux_open_netlink(int protocol, uint32_t groups)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);

	if (fd < 0)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int linux_netlink_belongs_to(int fd, unsigned int group)
{
	uint32_t groups[8] = {0};
	socklen_t length = sizeof(groups);

	if (group < 1 || group > 8 * sizeof(groups) ||
	    getsockopt(fd, SOL_NETLINK, NETLINK_LIST_MEMBERSHIPS, groups, &length) < 0)
		return 1;
	return groups[(group - 1) / 32] >> (group - 1) % 32 & 1;
}

int linux_send_to_kernel(int fd, const void *bytes, size_t length)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	ssize_t sent;

	do
		sent = sendto(fd, bytes, length, 0, (struct sockaddr *)&kernel, sizeof(kernel));
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : 0;
}

int linux_filter_netlink_types(int fd, const uint16_t *types, unsigned int count)
{
	struct sock_filter code[LINUX_MAX_TYPES + 3];
	struct sock_fprog program = {.len = count + 3, .filter = code};

	if (count > LINUX_MAX_TYPES) {
		errno = EINVAL;
		return -1;
	}
	code[0] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type));
	/* A filter reads numbers in network byte order; netlink uses the machine's. */
	for (unsigned int i = 0; i < count; i++)
		code[1 + i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(types[i]), count - i, 0);
	code[1 + count] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, 0);
	code[2 + count] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

int linux_filter_process_events(int fd, uint32_t renamed)
{
	enum {
		EVENT = NLMSG_HDRLEN + sizeof(struct cn_msg),
		WHAT = EVENT + offsetof(struct proc_event, what),
		ERROR = EVENT + offsetof(struct proc_event, event_data.ack.err),
		PROCESS = EVENT + offsetof(struct proc_event, event_data.comm.process_tgid),
	};
	/* The comments number the instructions. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WHAT),                                      /* 0 */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(linux_proc_event_fork), 8, 0),       /* 1: to 10 */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(linux_proc_event_exit), 7, 0),       /* 2: to 10 */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(linux_proc_event_exec), 6, 0),       /* 3: to 10 */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(linux_proc_event_comm), 3, 0),       /* 4: to 8 */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 5),                                  /* 5: an answer, else to 11 */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ERROR),                                     /* 6 */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 2, 3),                                  /* 7: to 10, else to 11 */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PROCESS),                                   /* 8 */
		renamed == UINT32_MAX ? (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0)      /* 9: to 10, else to 11 */
				      : (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(renamed), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),                                         /* 10 */
		BPF_STMT(BPF_RET | BPF_K, 0),                                                  /* 11 */
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* Appends a search for the loaded number in bounds[low] to bounds[high - 1]. It accepts if the number of bounds up to it is odd. */
static unsigned int add_search(struct sock_filter *code, unsigned int length, const uint32_t *bounds, unsigned int low,
			       unsigned int high)
{
	const unsigned int middle = low + (high - low) / 2, jump = length + 1;

	if (low == high) {
		code[length] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, low % 2 ? UINT32_MAX : 0);
		return length + 1;
	}
	/* Conditional jumps reach at most 255 instructions, unconditional jumps any number. */
	code[length] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, bounds[middle], 0, 1);
	length = add_search(code, length + 2, bounds, low, middle);
	code[jump] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, length - jump - 1);
	return add_search(code, length, bounds, middle + 1, high);
}

int linux_filter_forks_by(int fd, const uint32_t *bounds, unsigned int count)
{
	enum {
		EVENT = NLMSG_HDRLEN + sizeof(struct cn_msg),
		WHAT = EVENT + offsetof(struct proc_event, what),
		PARENT = EVENT + offsetof(struct proc_event, event_data.fork.parent_tgid),
		CHILD_THREAD = EVENT + offsetof(struct proc_event, event_data.fork.child_pid),
		CHILD = EVENT + offsetof(struct proc_event, event_data.fork.child_tgid),
	};
	const struct sock_filter start[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, WHAT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(linux_proc_event_fork), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, CHILD_THREAD),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, CHILD),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, 0),
		/* Byte by byte, because a filter reads numbers in network byte order. Process IDs are below 2^22. */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, PARENT + 2),
		BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 8),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, PARENT + 1),
		BPF_STMT(BPF_ALU | BPF_OR | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 8),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, PARENT),
		BPF_STMT(BPF_ALU | BPF_OR | BPF_X, 0),
	};
	enum { START = sizeof(start) / sizeof(start[0]) };
	/* Two instructions for each bound, and one for each range between bounds. */
	struct sock_filter code[START + 3 * LINUX_MAX_BOUNDS + 1];
	struct sock_fprog program = {.filter = code};

	if (count > LINUX_MAX_BOUNDS || count % 2) {
		errno = EINVAL;
		return -1;
	}
	memcpy(code, start, sizeof(start));
	program.len = (unsigned short)add_search(code, START, bounds, 0, count);
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0)
		return 0;
	/* net.core.optmem_max may allow one filter, but not two. */
	(void)setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &(int){0}, sizeof(int));
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

void linux_discard_datagrams(int fd)
{
	char byte;

	/* The kernel reports ENOBUFS once after it dropped datagrams. */
	while (recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) >= 0 || errno == EINTR || errno == ENOBUFS)
		;
}

void linux_enlarge_receive_buffer(int fd, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

int64_t linux_receive_buffer(int fd)
{
	int bytes = 0;
	socklen_t length = sizeof(bytes);

	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, &length) < 0)
		return 0;
	return bytes;
}

int linux_receive_queue(int fd, uint32_t *bytes, uint32_t *drops)
{
	uint32_t memory[SK_MEMINFO_VARS] = {0};
	socklen_t length = sizeof(memory);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, memory, &length) < 0)
		return -1;
	if (length <= SK_MEMINFO_DROPS * sizeof(memory[0])) {
		errno = ENOPROTOOPT;
		return -1;
	}
	*bytes = memory[SK_MEMINFO_RMEM_ALLOC];
	*drops = memory[SK_MEMINFO_DROPS];
	return 0;
}

/* The port that a TCP socket is bound to, or 0. IPv4 and IPv6 addresses have it at the same offset. */
static in_port_t tcp_port(int fd)
{
	struct sockaddr_in6 address = {0};
	socklen_t length = sizeof(address);

	return getsockname(fd, (struct sockaddr *)&address, &length) == 0 ? address.sin6_port : 0;
}

static int socket_option(int fd, int name)
{
	int value = 0;
	socklen_t length = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &length) == 0 ? value : -1;
}

int linux_is_listener(int fd)
{
	struct sockaddr_storage address;
	socklen_t length = sizeof(address);

	if (socket_option(fd, SO_ACCEPTCONN) == 1)
		return 1;
	if (socket_option(fd, SO_TYPE) != SOCK_STREAM || socket_option(fd, SO_PROTOCOL) != IPPROTO_TCP || tcp_port(fd) == 0)
		return 0;
	return getpeername(fd, (struct sockaddr *)&address, &length) < 0 && errno == ENOTCONN;
}

int linux_listen_again(int fd)
{
	const struct sockaddr nothing = {.sa_family = AF_UNSPEC};
	const in_port_t port = tcp_port(fd);

	if (socket_option(fd, SO_ACCEPTCONN) == 1)
		return 0;
	/* The socket was shut down. Without disconnecting it first, connections that it accepts would be shut down, too. */
	if (connect(fd, &nothing, sizeof(nothing)) < 0 || listen(fd, SOMAXCONN) < 0)
		return -1;
	if (tcp_port(fd) == port)
		return 0;
	/* The kernel had chosen the port, which became free when the socket was closed. The socket now has another port. */
	connect(fd, &nothing, sizeof(nothing));
	errno = EADDRNOTAVAIL;
	return -1;
}

int linux_event_open(void)
{
	return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void linux_event_signal(int fd)
{
	eventfd_write(fd, 1);
}

void linux_event_clear(int fd)
{
	eventfd_t value;

	eventfd_read(fd, &value);
}

void linux_name_thread(const unsigned char *name)
{
	pthread_setname_np(pthread_self(), (const char *)name);
}

pid_t linux_thread_id(void)
{
	return (pid_t)syscall(SYS_gettid);
}

int linux_open_directory_beneath(int directory, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
}
