/*
 * The lowest possible cost of reading audit records: receives them as audit-enricher does, and writes their bytes unchanged, each record
 * padded to the length of a line. This cost is the kernel's part, which no program can avoid.
 *
 *   reader FILE|-
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECORDS = 128, SLOT = 9216, LINE = 340, GATHER = 6000, BUFFER = 256 << 20 };

static char slots[RECORDS][SLOT], lines[RECORDS * LINE];
static struct sockaddr_nl senders[RECORDS];
static struct iovec vectors[RECORDS];
static struct mmsghdr messages[RECORDS];

int main(int argc, char **argv)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1 << (AUDIT_NLGRP_READLOG - 1)};
	int size = BUFFER, received, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	int output = argc < 2 || !strcmp(argv[1], "-") ? 1 : open(argv[1], O_WRONLY | O_APPEND | O_CREAT, 0640);

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 || output < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		perror("reader");
		return 1;
	}
	memset(lines, ' ', sizeof(lines));
	for (int i = 0; i < RECORDS; i++) {
		vectors[i] = (struct iovec){slots[i], SLOT};
		lines[i * LINE + LINE - 1] = '\n';
	}
	fprintf(stderr, "reading audit records\n");
	for (;;) {
		int written = 0;

		for (int i = 0; i < RECORDS; i++)
			messages[i].msg_hdr = (struct msghdr){&senders[i], sizeof(senders[i]), &vectors[i], 1};
		received = recvmmsg(fd, messages, RECORDS, MSG_DONTWAIT, NULL);
		for (int i = 0; i < received; i++) {
			size_t length = messages[i].msg_len - NLMSG_HDRLEN;

			if (((struct nlmsghdr *)slots[i])->nlmsg_type != AUDIT_SECCOMP)
				continue;
			memcpy(lines + written * LINE, slots[i] + NLMSG_HDRLEN, length < LINE ? length : LINE - 1);
			written++;
		}
		for (int done = 0, count; done < written * LINE; done += count) {
			count = write(output, lines + done, written * LINE - done);
			if (count < 0)
				return 1;
		}
		if (received == RECORDS)
			continue;
		if (received > 0)
			usleep(GATHER);
		poll(&ready, 1, -1);
	}
}
