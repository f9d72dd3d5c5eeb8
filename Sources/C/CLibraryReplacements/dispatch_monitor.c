#include "library_replacements.h"

// Once a second libdispatch opens /proc/TID/stat of each of its threads to see which are blocked, so that it can start more, and executes an
// illegal instruction where it cannot: in a PID namespace whose /proc is another's, and with too many files open. What blocks has a
// thread of its own here (see OwnThread), so the monitor is left out: these two functions are all that the rest of libdispatch needs of it.
// See: _dispatch_workq_monitor_pools() in libdispatch's src/event/workqueue.c
void _dispatch_workq_worker_register(void *queue) { (void)queue; }
void _dispatch_workq_worker_unregister(void *queue) { (void)queue; }
