#ifndef ENRICHER_LIBSYSTEMD_H
#define ENRICHER_LIBSYSTEMD_H

/* Leaves out CODE_FILE= and the like, which would name this header. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

enum { ENRICHER_MAX_FIELDS = 32 };

/*
 * Sends an entry of fields NAME=value. The fields follow one another from start on, and ends has the end of each. At most
 * ENRICHER_MAX_FIELDS are sent. Returns 0, or a negative errno. See: man 3 sd_journal_sendv
 */
static inline int enricher_journal_send(const unsigned char *fields, long start, const long *ends, int count)
{
	struct iovec vectors[ENRICHER_MAX_FIELDS];

	if (count > ENRICHER_MAX_FIELDS)
		count = ENRICHER_MAX_FIELDS;
	for (int i = 0; i < count; i++) {
		vectors[i].iov_base = (void *)(fields + start);
		vectors[i].iov_len = (size_t)(ends[i] - start);
		start = ends[i];
	}
	return sd_journal_sendv(vectors, count);
}

/*
 * Sends an entry of lines NAME=value to journald's socket without waiting, unlike the calls of libsystemd. Returns 0, or a negative
 * errno. See: https://systemd.io/JOURNAL_NATIVE_PROTOCOL
 */
static inline int enricher_journal_send_now(const char *socket_path, const unsigned char *lines, size_t length)
{
	struct sockaddr_un journal = {.sun_family = AF_UNIX};
	int failed = 0, fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	snprintf(journal.sun_path, sizeof(journal.sun_path), "%s", socket_path);
	if (sendto(fd, lines, length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&journal, sizeof(journal)) < 0)
		failed = -errno;
	close(fd);
	return failed;
}

/*
 * Searches this boot's entries that have the field NAME=value, from the newest one back, for a message that contains wanted. If since is
 * not NULL, the search ends at a message that contains it. Copies the message into text. Returns 1 if it was found, 0 if not, or a
 * negative errno if the journal cannot be read.
 */
static inline int enricher_journal_find(const char *field, const char *wanted, const char *since, char *text, size_t size)
{
	char boot[sizeof("_BOOT_ID=") + SD_ID128_STRING_MAX] = "_BOOT_ID=";
	sd_id128_t id;
	sd_journal *journal;
	const void *data;
	size_t length;
	int found = 0, failed = sd_id128_get_boot(&id);

	if (failed < 0)
		return failed;
	sd_id128_to_string(id, boot + strlen(boot));
	failed = sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY);
	if (failed < 0)
		return failed;
	if (sd_journal_add_match(journal, field, 0) == 0 && sd_journal_add_match(journal, boot, 0) == 0 &&
	    sd_journal_seek_tail(journal) == 0) {
		for (int i = 0; i < 1000 && !found && sd_journal_previous(journal) > 0; i++) {
			if (sd_journal_get_data(journal, "MESSAGE", &data, &length) < 0 || length <= 8)
				continue;
			length = length - 8 < size - 1 ? length - 8 : size - 1;
			memcpy(text, (const char *)data + 8, length);
			text[length] = 0;
			if (since != NULL && strstr(text, since) != NULL)
				break;
			found = strstr(text, wanted) != NULL;
		}
	}
	sd_journal_close(journal);
	return found;
}

/* Writes a message with priority info to the journal. Returns 0, or a negative errno. */
static inline int enricher_journal_write(const char *text)
{
	return sd_journal_send("MESSAGE=%s", text, "PRIORITY=6", NULL);
}

/*
 * Asks systemd for a property of a unit, in the interface org.freedesktop.systemd1.INTERFACE, and copies it into text. The property's type
 * is s, b, u or t, or a(ss), written as 'a', of which the second text of the first pair is copied.
 * Returns 0, or a negative errno.
 */
static inline int enricher_unit_property(sd_bus *bus, const char *unit, const char *interface, const char *name,
					 char type, char *text, size_t size)
{
	static const char service[] = "org.freedesktop.systemd1";
	const char types[] = {type, 0}, *first;
	char full[64];
	char *path = NULL;
	sd_bus_message *reply = NULL;
	union {
		const char *s;
		int b;
		uint32_t u;
		uint64_t t;
	} value;
	int failed = sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path);

	if (failed < 0)
		return failed;
	snprintf(full, sizeof(full), "%s.%s", service, interface);
	failed = sd_bus_get_property(bus, service, path, full, name, NULL, &reply, type == 'a' ? "a(ss)" : types);
	if (failed >= 0 && type == 'a') {
		failed = sd_bus_message_enter_container(reply, 'a', "(ss)");
		if (failed >= 0)
			failed = sd_bus_message_read(reply, "(ss)", &first, &value.s);
		// The array may be empty.
		if (failed == 0)
			failed = -ENOENT;
	} else if (failed >= 0) {
		failed = sd_bus_message_read_basic(reply, type, &value);
	}
	if (failed >= 0)
		switch (type) {
		case 'a':
		case 's': snprintf(text, size, "%s", value.s); break;
		case 'b': snprintf(text, size, "%d", value.b); break;
		case 'u': snprintf(text, size, "%" PRIu32, value.u); break;
		case 't': snprintf(text, size, "%" PRIu64, value.t); break;
		default: failed = -EINVAL;
		}
	sd_bus_message_unref(reply);
	free(path);
	return failed < 0 ? failed : 0;
}

#endif
