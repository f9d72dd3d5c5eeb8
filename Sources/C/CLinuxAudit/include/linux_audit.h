/*
 * The parts of Linux that Swift's Glibc module lacks: audit and process connector netlink from the kernel's own
 * headers, and the few calls that glibc shows under _GNU_SOURCE only.
 */
#ifndef LINUX_AUDIT_H
#define LINUX_AUDIT_H

#include <linux/audit.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Macros that Swift does not import: those with casts, and bits that are defined by shifting. */
static const uint32_t linux_audit_arch_x86_64 = AUDIT_ARCH_X86_64;
static const uint32_t linux_audit_arch_x86 = AUDIT_ARCH_I386;
static const uint32_t linux_audit_arch_aarch64 = AUDIT_ARCH_AARCH64;
static const int32_t linux_netlink_header_length = NLMSG_HDRLEN;
static const int32_t linux_netlink_add_membership = NETLINK_ADD_MEMBERSHIP;
static const int32_t linux_netlink_drop_membership = NETLINK_DROP_MEMBERSHIP;
static const uint16_t linux_audit_seccomp = AUDIT_SECCOMP;
/* These stand in struct proc_event in older headers and beside it in newer ones. */
static const uint32_t linux_proc_event_fork = 0x00000001;
static const uint32_t linux_proc_event_exec = 0x00000002;
static const uint32_t linux_proc_event_comm = 0x00000200;
static const uint32_t linux_proc_event_exit = 0x80000000;

/* What arrived in one slot of linux_receive_datagrams(). */
struct linux_datagram {
	uint32_t length;      /* bytes in the slot; 0: nothing arrived */
	uint32_t sender;      /* netlink port of the sender; 0 is the kernel */
	uint8_t truncated;    /* the datagram was longer than the slot */
	uint8_t from_netlink; /* the sender's address was a netlink address */
};

/* As many datagrams, at most, as one call reads: each lies on a page of its own, and more pages cost more than they save. */
enum { LINUX_MAX_DATAGRAMS = 128 };

/*
 * Room for what the kernel says of datagrams: it writes that there itself, right after a datagram's bytes. So whoever shares the
 * buffers' memory knows what arrived, even if the process that called was killed before the call returned.
 */
size_t linux_buffers_size(void);

/* Prepares for slots of slot_size bytes at slots, in which nothing has arrived. */
void linux_buffers_prepare(void *buffers, void *slots, size_t slot_size, unsigned int count);

/* Forgets what arrived in the first count slots, so that they can be read into again. */
void linux_buffers_forget(void *buffers, unsigned int count);

/* What arrived in the first count slots. */
void linux_buffers_read(const void *buffers, struct linux_datagram *datagrams, unsigned int count);

/*
 * Reads up to count datagrams without waiting, each into its slot, in which nothing may have arrived.
 * Returns how many arrived (0: none are there), or -1 with errno set. See: man 2 recvmmsg
 */
int linux_receive_datagrams(int fd, void *buffers, struct linux_datagram *datagrams, unsigned int count);

/*
 * Memory as a file of a size that nobody can change. Returns its descriptor, close-on-exec, or -1 with errno set.
 * See: man 2 memfd_create
 */
int linux_memory_open(const char *name, size_t size);

/* Whether it is such a file, of this size. */
int linux_memory_has_size(int fd, size_t size);

/* Stores a number after all that was stored before, also for whoever finds the memory after this process was killed. */
static inline void linux_store(void *place, uint64_t number)
{
	__atomic_store_n((uint64_t *)place, number, __ATOMIC_RELEASE);
}

/* Gives the calling thread the name that it has. */
void linux_rename_thread(void);

/* Opens a netlink socket, close-on-exec and non-blocking, bound to a port of the kernel's choice. */
int linux_open_netlink(int protocol, uint32_t groups);

/* The netlink port that the socket is bound to, or 0. Port numbers need not be process IDs. */
uint32_t linux_netlink_port(int fd);

/* Whether the socket belongs to a multicast group, from 1 up; 1 where the kernel does not say. See: man 7 netlink */
int linux_netlink_belongs_to(int fd, unsigned int group);

/* Sends one datagram to the kernel. Returns 0, or -1 with errno set. */
int linux_send_to_kernel(int fd, const void *bytes, size_t length);

/* Types, at most, of linux_filter_netlink_types(). */
enum { LINUX_MAX_TYPES = 32 };

/*
 * Has the socket receive messages of these types alone, so that no others fill its buffer. Returns 0, or -1 with errno set.
 * See: Documentation/networking/filter.rst
 */
int linux_filter_netlink_types(int fd, const uint16_t *types, unsigned int count);

/*
 * Has a process connector socket receive forks, execs and exits, those names that the process `renamed` gives its threads (0: nobody's,
 * UINT32_MAX: everybody's), and the kernel's answers to requests that it granted. All else stays out of the buffer and is not counted
 * as dropped. Returns 0, or -1 with errno set. See: drivers/connector/cn_proc.c
 */
int linux_filter_process_events(int fd, uint32_t renamed);

/* Bounds, at most, of linux_filter_forks_by(). */
enum { LINUX_MAX_BOUNDS = 512 };

/*
 * Has a process connector socket receive forks of processes alone, by parents with IDs from bounds[0] up to but not including bounds[1], from
 * bounds[2] up to bounds[3], and so on: in ascending order, an even number of them. All else, and threads, stays out of the buffer.
 * Returns 0, or -1 with errno set. See: drivers/connector/cn_proc.c
 */
int linux_filter_forks_by(int fd, const uint32_t *bounds, unsigned int count);

/* Reads and forgets all datagrams that have arrived. */
void linux_discard_datagrams(int fd);

/* Makes SO_RCVBUF as large as it goes: forced (CAP_NET_ADMIN), else up to net.core.rmem_max. */
void linux_enlarge_receive_buffer(int fd, int bytes);

/* SO_RCVBUF as the kernel counts it, in bytes, or 0. */
int64_t linux_receive_buffer(int fd);

/* Bytes that wait in the receive buffer, and datagrams that were dropped when it was full. Returns 0, or -1 with errno set. */
int linux_receive_queue(int fd, uint32_t *bytes, uint32_t *drops);

/* Whether it is a stream socket that listens, or a TCP one that is bound and no longer does, for somebody has closed it. */
int linux_is_listener(int fd);

/*
 * Has a socket listen that was bound, unless it does. One that was closed by SOCK_DESTROY (ss -K) keeps its address, also in a network
 * namespace that is not ours. Returns 0, or -1 with errno set. See: tcp_abort() and tcp_disconnect() in net/ipv4/tcp.c
 */
int linux_listen_again(int fd);

/* A counter that can be polled, for one thread to wake another. See: man 2 eventfd */
int linux_event_open(void);
void linux_event_signal(int fd);
void linux_event_clear(int fd);

/* Names the calling thread, with a NUL after 15 letters at most. */
void linux_name_thread(const unsigned char *name);
/* The calling thread's ID, as in ps -L. */
pid_t linux_thread_id(void);

#endif
