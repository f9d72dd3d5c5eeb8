/*
 * The lowest possible cost of following processes: a reader of the process connector that only receives events.
 *
 *   events_reader PERIOD      PERIOD: milliseconds between two reads while events come; 0: woken by each event
 *
 * Prints "ready" when it receives events, and runs until SIGTERM.
 * See: drivers/connector/cn_proc.c
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* After this many reads without an event the reader waits for the next one. */
#define IDLE_READS 10
#define BATCH 128
#define SLOT 128
#define EVENT_OFFSET (NLMSG_HDRLEN + sizeof(struct cn_msg))

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void request(int fd, unsigned int operation)
{
	char packet[NLMSG_SPACE(sizeof(struct cn_msg) + sizeof(operation))] = {0};
	struct nlmsghdr *header = (struct nlmsghdr *)packet;
	struct cn_msg *message = NLMSG_DATA(header);

	header->nlmsg_len = NLMSG_LENGTH(sizeof(*message) + sizeof(operation));
	header->nlmsg_type = NLMSG_DONE;
	message->id = (struct cb_id){CN_IDX_PROC, CN_VAL_PROC};
	message->len = sizeof(operation);
	memcpy(message->data, &operation, sizeof(operation));
	if (send(fd, packet, header->nlmsg_len, 0) < 0)
		fail("send");
}

/* Passes forks, execs and exits of processes, and answers. Drops events of threads, and all other events. */
static void attach_filter(int fd)
{
	/* A filter loads numbers as big-endian. In a fork or an exit, the two IDs are equal for a process and differ for a thread. */
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, EVENT_OFFSET),              /* 0: what */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(0x00000001), 3, 0),  /* 1: a fork: to 5 */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(0x80000000), 6, 0),  /* 2: an exit: to 9 */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(0x00000002), 10, 0), /* 3: an exec: to 14 */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 9, 8),                  /* 4: an answer: to 14, else to 13 */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, EVENT_OFFSET + 24),         /* 5: child_pid */
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, EVENT_OFFSET + 28),         /* 7: child_tgid */
		BPF_STMT(BPF_JMP | BPF_JA, 3),                                 /* 8: to 12 */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, EVENT_OFFSET + 16),         /* 9: process_pid */
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, EVENT_OFFSET + 20),         /* 11: process_tgid */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0),                  /* 12: the same: to 14 */
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		fail("SO_ATTACH_FILTER");
}

static int open_connector(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	int bytes = 64 << 20;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	attach_filter(fd);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail("bind");
	request(fd, PROC_CN_MCAST_LISTEN);
	return fd;
}

/* Reads all events, and returns whether there were any. */
static int drain(int fd)
{
	static char bytes[BATCH][SLOT];
	static struct iovec vectors[BATCH];
	static struct mmsghdr messages[BATCH];
	int count, any = 0;

	for (int i = 0; i < BATCH; i++) {
		vectors[i] = (struct iovec){bytes[i], SLOT};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
	}
	do {
		count = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
		any |= count > 0;
	} while (count == BATCH);
	return any;
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_signal};
	int period = argc > 1 ? atoi(argv[1]) : 20;
	int fd = open_connector();
	int idle = 0;

	sigaction(SIGTERM, &action, NULL);
	puts("ready");
	fflush(stdout);
	while (!stopped) {
		if (period == 0 || idle >= IDLE_READS)
			poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
		else
			poll(NULL, 0, period);
		idle = drain(fd) ? 0 : idle + 1;
	}
	request(fd, PROC_CN_MCAST_IGNORE);
	return 0;
}
