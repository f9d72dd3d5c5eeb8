#include "visible_mutex.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

/*
 * Where a Mutex is taken, its lock() waits in the standard library, which is built without the thread sanitizer: that would not see
 * that what the other thread wrote under the lock came before, and report a race where there is none. This is built with it and
 * takes that function's place. It never asks the kernel to wake it, so that unlock(), which is inlined, needs no more than to free
 * the word that has the owner's thread ID.
 * See: github.com/swiftlang/swift, stdlib/public/Synchronization/Mutex/LinuxImpl.swift
 */
#define SWIFT_SELF __attribute__((swift_context))

void __attribute__((swiftcall)) lock_slow(uint32_t thread_id, SWIFT_SELF _Atomic uint32_t *word)
	__asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

void __attribute__((swiftcall)) lock_slow(uint32_t thread_id, SWIFT_SELF _Atomic uint32_t *word)
{
	uint32_t free = 0;
	while (!atomic_compare_exchange_weak_explicit(
		word, &free, thread_id, memory_order_acquire, memory_order_relaxed)) {
		free = 0;
		sched_yield();
	}
}
