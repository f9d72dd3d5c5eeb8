#include "library_replacements.h"

// Once a second libdispatch opens /proc/TID/stat of each of its threads to find blocked threads, so that it can start more. If it cannot
// open the file (in a PID namespace whose /proc is another's, or with too many files open), it executes an illegal instruction. Here,
// everything that blocks has a thread of its own (see OwnThread), so the monitor is left out. The rest of libdispatch needs only these two
// functions.
// See: _dispatch_workq_monitor_pools() in libdispatch's src/event/workqueue.c
void _dispatch_workq_worker_register(void *queue) { (void)queue; }
void _dispatch_workq_worker_unregister(void *queue) { (void)queue; }
