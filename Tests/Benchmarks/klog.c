/*
 * The baseline: klog `basic` lines of a log's SECCOMP records, in plain C as a C programmer would write it by hand.
 *
 *   klog NAMES.tsv AUDIT.LOG > LINES
 *
 * It reads blocks, scans each record once, looks the process up in a table, quotes what a process chose, and writes
 * the same bytes as `replay --fields basic`, except for the header's time, thread and source.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 1 << 18, LINE = 1 << 16, TABLE = 1 << 18, CALLS = 1024 };

struct text {
	const char *start;
	size_t length;
};

struct process {
	int pid;
	struct text names;
};

static struct process table[TABLE];
static struct text calls[CALLS];
static char header[64];
static size_t header_length;
static char output[CHUNK + 2 * LINE];
static size_t filled;

static size_t slot(int pid)
{
	size_t at = (uint32_t)pid * 2654435761u >> 14;

	while (table[at].names.start && table[at].pid != pid)
		at = (at + 1) % TABLE;
	return at;
}

static void put(const char *bytes, size_t length)
{
	memcpy(output + filled, bytes, length);
	filled += length;
}

#define PUT(literal) put(literal, sizeof(literal) - 1)

static void put_number(uint64_t number)
{
	char digits[20];
	int first = 20;

	do
		digits[--first] = '0' + number % 10;
	while (number /= 10);
	put(digits + first, 20 - first);
}

static void put_quoted(struct text text)
{
	output[filled++] = '"';
	for (size_t i = 0; i < text.length; i++) {
		unsigned char byte = text.start[i];

		if (byte == '"' || byte == '\\') {
			output[filled++] = '\\';
			output[filled++] = byte;
		} else if (byte >= 0x20 && byte < 0x7f) {
			output[filled++] = byte;
		} else {
			filled += sprintf(output + filled, "\\x%02x", byte);
		}
	}
	output[filled++] = '"';
}

static void flush(void)
{
	for (size_t done = 0; done < filled;) {
		ssize_t count = write(1, output + done, filled - done);

		if (count < 0)
			exit(1);
		done += count;
	}
	filled = 0;
}

static int number(struct text text, int64_t *value)
{
	size_t i = 0;
	int negative = text.length > 0 && text.start[0] == '-';

	*value = 0;
	for (i = negative; i < text.length; i++) {
		if (text.start[i] < '0' || text.start[i] > '9')
			return 0;
		*value = *value * 10 + (text.start[i] - '0');
	}
	if (negative)
		*value = -*value;
	return i > (size_t)negative;
}

static int is(struct text key, const char *name)
{
	return key.length == strlen(name) && !memcmp(key.start, name, key.length);
}

static void record(const char *at, const char *end)
{
	struct text stamp, exe = {0};
	int64_t pid = -1, call = -1, other;
	const char *close;

	if (end - at < 6 || memcmp(at, "audit(", 6))
		return;
	close = memchr(at, ')', end - at);
	if (!close || close + 1 == end || close[1] != ':')
		return;
	stamp = (struct text){at + 6, close - at - 6};
	at = close + 2;
	while (at < end) {
		struct text key, value;

		while (at < end && *at == ' ')
			at++;
		key.start = at;
		while (at < end && *at != '=')
			at++;
		if (at == end)
			break;
		key.length = at++ - key.start;
		value.start = at;
		if (at < end && *at == '"') {
			const char *quote = memchr(at + 1, '"', end - at - 1);

			if (!quote)
				return;
			at = quote + 1;
		} else {
			while (at < end && *at > ' ')
				at++;
		}
		value.length = at - value.start;
		if (is(key, "pid")) {
			if (!number(value, &pid))
				return;
		} else if (is(key, "syscall")) {
			if (!number(value, &call))
				return;
		} else if (is(key, "exe")) {
			exe = (struct text){value.start + 1, value.length - 2};
		} else if (is(key, "uid") || is(key, "gid") || is(key, "auid") || is(key, "ses") || is(key, "sig")) {
			if (!number(value, &other))
				return;
		}
	}
	if (pid < 0 || !exe.start)
		return;

	put(header, header_length);
	PUT("\"audit\" logger=\"log-enricher\" timestamp=\"");
	put(stamp.start, stamp.length);
	PUT("\" type=\"seccomp\" node=\"worker-1\"");
	struct text names = table[slot(pid)].names;

	if (names.start)
		put(names.start, names.length);
	else
		PUT(" namespace=\"\" pod=\"\" container=\"\"");
	PUT(" executable=");
	put_quoted(exe);
	PUT(" pid=");
	put_number(pid);
	PUT(" syscallID=");
	put_number(call);
	PUT(" syscallName=\"");
	if (call >= 0 && call < CALLS && calls[call].start)
		put(calls[call].start, calls[call].length);
	else
		PUT("unknown");
	PUT("\"\n");
	if (filled >= CHUNK)
		flush();
}

static void load(const char *path)
{
	char line[4096], namespace[256], pod[256], container[256];
	FILE *names = fopen(path, "r");
	int pid;

	if (!names)
		exit(1);
	while (fgets(line, sizeof(line), names)) {
		char *rendered;
		struct process *process;

		if (sscanf(line, "%d\t%255s\t%255s\t%255s", &pid, namespace, pod, container) != 4)
			continue;
		process = &table[slot(pid)];
		process->pid = pid;
		process->names.length = asprintf(&rendered, " namespace=\"%s\" pod=\"%s\" container=\"%s\"", namespace, pod, container);
		process->names.start = rendered;
	}
	fclose(names);
	for (int i = 0; i < CALLS; i++) {
		char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_X86_64, i);

		if (name)
			calls[i] = (struct text){name, strlen(name)};
	}
}

int main(int argc, char **argv)
{
	static char input[CHUNK + LINE];
	static const char prefix[] = "type=SECCOMP msg=";
	size_t have = 0;
	ssize_t count;
	time_t now = time(NULL);
	int log;

	if (argc != 3 || (log = open(argv[2], O_RDONLY)) < 0)
		return 1;
	load(argv[1]);
	header_length = strftime(header, 32, "I%m%d %H:%M:%S", localtime(&now));
	header_length += sprintf(header + header_length, ".%06d %7d klog.c:1] ", 0, (int)getpid());
	while ((count = read(log, input + have, CHUNK)) > 0) {
		char *start = input, *end = input + have + count, *feed;

		while ((feed = memchr(start, '\n', end - start))) {
			if ((size_t)(feed - start) > sizeof(prefix) && !memcmp(start, prefix, sizeof(prefix) - 1))
				record(start + sizeof(prefix) - 1, feed);
			start = feed + 1;
		}
		have = end - start;
		if (have > LINE)
			have = 0;
		memmove(input, start, have);
	}
	flush();
	return 0;
}
