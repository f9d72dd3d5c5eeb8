#pragma once

// Functions that take the place of those in statically linked libraries: the linker takes the program's own first.

/// sqrt(x² + y²), of which the statically linked standard library has need.
// See: man 3 hypot
float hypotf(float x, float y);

/// A thread of libdispatch begins to work on the queue.
void _dispatch_workq_worker_register(void *queue);

/// A thread of libdispatch no longer works on the queue.
void _dispatch_workq_worker_unregister(void *queue);
