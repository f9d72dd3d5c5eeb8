#pragma once

// Functions that replace those of statically linked libraries: the linker prefers the program's own.

/// sqrt(x² + y²), which the statically linked standard library needs.
// See: man 3 hypot
float hypotf(float x, float y);

/// A thread of libdispatch starts to work on the queue.
void _dispatch_workq_worker_register(void *queue);

/// A thread of libdispatch stops working on the queue.
void _dispatch_workq_worker_unregister(void *queue);
