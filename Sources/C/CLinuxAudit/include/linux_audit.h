/*
 * The parts of Linux that Swift's Glibc module lacks: audit and process connector netlink from the kernel's own
 * headers, and the few calls that glibc declares under _GNU_SOURCE only.
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

/* Macros that Swift does not import: macros with casts, and bits that are defined by shifting. */
static const uint32_t linux_audit_arch_x86_64 = AUDIT_ARCH_X86_64;
static const int32_t linux_netlink_header_length = NLMSG_HDRLEN;
static const int32_t linux_netlink_add_membership = NETLINK_ADD_MEMBERSHIP;
static const int32_t linux_netlink_drop_membership = NETLINK_DROP_MEMBERSHIP;
/* Older headers define these inside struct proc_event, newer ones outside. */
static const uint32_t linux_proc_event_fork = 0x00000001;
static const uint32_t linux_proc_event_exec = 0x00000002;
static const uint32_t linux_proc_event_comm = 0x00000200;
static const uint32_t linux_proc_event_exit = 0x80000000;

/* The datagram in one slot of linux_receive_datagrams(). */
struct linux_datagram {
	uint32_t length;      /* bytes in the slot; 0: nothing arrived */
	uint32_t sender;      /* netlink port of the sender; 0 is the kernel */
	uint8_t truncated;    /* the datagram was longer than the slot */
	uint8_t from_netlink; /* the sender's address was a netlink address */
};

/* Maximum of datagrams that one call reads. Each occupies a page of its own; more pages cost more than they save. */
enum { LINUX_MAX_DATAGRAMS = 128 };

/*
 * The size of the receive buffers' headers. The kernel itself writes the length and sender of each datagram there, right after its bytes.
 * So another process that shares the memory knows what arrived, even if the caller was killed before the call returned.
 */
size_t linux_buffers_size(void);

/* Prepares for slots of slot_size bytes each, starting at slots, all of them empty. */
void linux_buffers_prepare(void *buffers, void *slots, size_t slot_size, unsigned int count);

/* Marks the first count slots as empty, so that they can be used again. */
void linux_buffers_forget(void *buffers, unsigned int count);

/* Reports the datagrams in the first count slots. */
void linux_buffers_read(const void *buffers, struct linux_datagram *datagrams, unsigned int count);

/*
 * Reads up to count datagrams without waiting, each into its slot, which must be empty.
 * Returns how many were read (0: none had arrived), or -1 with errno set. See: man 2 recvmmsg
 */
int linux_receive_datagrams(int fd, void *buffers, struct linux_datagram *datagrams, unsigned int count);

/*
 * Creates memory as a file whose size is fixed. Returns its descriptor, close-on-exec, or -1 with errno set.
 * See: man 2 memfd_create
 */
int linux_memory_open(const char *name, size_t size);

/* Whether the descriptor is such a file, of this size. */
int linux_memory_has_size(int fd, size_t size);

/* Stores a number after all earlier stores, also as seen by a process that reads the memory after this one was killed. */
static inline void linux_store(void *address, uint64_t number)
{
	__atomic_store_n((uint64_t *)address, number, __ATOMIC_RELEASE);
}

/* Gives the calling thread its current name again. */
void linux_rename_thread(void);

/* Opens a netlink socket, close-on-exec and non-blocking, bound to a port that the kernel chooses. */
int linux_open_netlink(int protocol, uint32_t groups);

/* Whether the socket belongs to a multicast group, from 1 up; 1 if the kernel does not report it. See: man 7 netlink */
int linux_netlink_belongs_to(int fd, unsigned int group);

/* Sends one datagram to the kernel. Returns 0, or -1 with errno set. */
int linux_send_to_kernel(int fd, const void *bytes, size_t length);

/* Maximum of types for linux_filter_netlink_types(). */
enum { LINUX_MAX_TYPES = 32 };

/*
 * Makes the socket receive messages of these types alone, so that no others fill its buffer. Returns 0, or -1 with errno set.
 * See: Documentation/networking/filter.rst
 */
int linux_filter_netlink_types(int fd, const uint16_t *types, unsigned int count);

/*
 * Makes a process connector socket receive forks, execs and exits, the names that the process `renamed` gives its threads (0: no names,
 * UINT32_MAX: those of all processes), and the kernel's answers to requests that it granted. All other messages stay out of the buffer
 * and are not counted as dropped. Returns 0, or -1 with errno set. See: drivers/connector/cn_proc.c
 */
int linux_filter_process_events(int fd, uint32_t renamed);

/* Maximum of bounds for linux_filter_forks_by(). */
enum { LINUX_MAX_BOUNDS = 512 };

/*
 * Makes a process connector socket receive only forks of processes by parents with IDs from bounds[0] up to but not including bounds[1],
 * from bounds[2] up to bounds[3], and so on. The bounds are in ascending order, and their number is even. All other events, and forks of
 * threads, stay out of the buffer. Returns 0, or -1 with errno set. See: drivers/connector/cn_proc.c
 */
int linux_filter_forks_by(int fd, const uint32_t *bounds, unsigned int count);

/* Reads and discards all datagrams that have arrived. */
void linux_discard_datagrams(int fd);

/* Sets SO_RCVBUF to this size if the process has CAP_NET_ADMIN, else to at most net.core.rmem_max. */
void linux_enlarge_receive_buffer(int fd, int bytes);

/* SO_RCVBUF as the kernel counts it, in bytes, or 0. */
int64_t linux_receive_buffer(int fd);

/* Bytes that wait in the receive buffer, and datagrams that were dropped because it was full. Returns 0, or -1 with errno set. */
int linux_receive_queue(int fd, uint32_t *bytes, uint32_t *drops);

/* Whether the socket is a listening stream socket, or a bound TCP socket that no longer listens because another program closed it. */
int linux_is_listener(int fd);

/*
 * Makes a bound socket listen, unless it does already. A socket that SOCK_DESTROY (ss -K) closed keeps its address, also in a network
 * namespace that is not ours. Returns 0, or -1 with errno set. See: tcp_abort() and tcp_disconnect() in net/ipv4/tcp.c
 */
int linux_listen_again(int fd);

/* A counter that can be polled, with which one thread wakes another. See: man 2 eventfd */
int linux_event_open(void);
void linux_event_signal(int fd);
void linux_event_clear(int fd);

/* Names the calling thread. The name ends with a NUL and has at most 15 bytes before it. */
void linux_name_thread(const unsigned char *name);
/* Opens a directory below another one. No link is followed, and no name leads out of it. Fails with ENOSYS before Linux 5.6, and with
 * EPERM under a seccomp filter that does not know openat2(2). */
int linux_open_directory_beneath(int directory, const char *path);

/* The calling thread's ID, as in ps -L. */
pid_t linux_thread_id(void);

#endif
