#ifndef ENRICHER_LIBSYSTEMD_H
#define ENRICHER_LIBSYSTEMD_H

/* No CODE_FILE= and the like: they would say where this header is. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <stddef.h>
#include <sys/uio.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>

enum { ENRICHER_MOST_FIELDS = 32 };

/*
 * Sends an entry of fields NAME=value that stand one after the other, each up to its end. No more than
 * ENRICHER_MOST_FIELDS are sent. Returns 0, or a negative errno. See: man 3 sd_journal_sendv
 */
static inline int enricher_journal_send(const unsigned char *fields, const long *ends, int count)
{
	struct iovec vectors[ENRICHER_MOST_FIELDS];
	long start = 0;

	if (count > ENRICHER_MOST_FIELDS)
		count = ENRICHER_MOST_FIELDS;
	for (int i = 0; i < count; i++) {
		vectors[i].iov_base = (void *)(fields + start);
		vectors[i].iov_len = (size_t)(ends[i] - start);
		start = ends[i];
	}
	return sd_journal_sendv(vectors, count);
}

#endif
