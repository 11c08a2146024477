/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stack switching: the registers that a call preserves, and nothing else. No system call, no signal mask, no floating-point
 * control words (nobody here changes them), so that a switch costs a few nanoseconds.
 */
#include "fiber.h"

#include <stdint.h>
#include <sys/mman.h>

#include "machine.h"
#if defined(FLAVOUR_VALGRIND)
#include <valgrind/valgrind.h>
#endif

#define GUARD_SIZE 4096ul
#define STACK_STRIDE (FIBER_STACK_SIZE + GUARD_SIZE)

#if defined(__x86_64__)
__asm__(".text\n"
	".globl fiber_switch\n"
	".type fiber_switch, @function\n"
	"fiber_switch:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size fiber_switch, .-fiber_switch\n");

void *fiber_prepare(unsigned n, void (*entry)(void))
{
	u64 *sp = (u64 *)((char *)fiber_stack(n) + FIBER_STACK_SIZE);

	*--sp = 0;			/* keeps the stack aligned as after a call, and ends backtraces */
	*--sp = (u64)(uintptr_t)entry;
	for (int i = 0; i < 6; i++)
		*--sp = 0;
	return sp;
}
#elif defined(__aarch64__)
__asm__(".text\n"
	".globl fiber_switch\n"
	".type fiber_switch, %function\n"
	"fiber_switch:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp]\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp]\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	ret\n"
	".size fiber_switch, .-fiber_switch\n");

void *fiber_prepare(unsigned n, void (*entry)(void))
{
	u64 *sp = (u64 *)((char *)fiber_stack(n) + FIBER_STACK_SIZE) - 22;

	for (int i = 0; i < 22; i++)
		sp[i] = 0;
	sp[11] = (u64)(uintptr_t)entry;	/* x30 */
	return sp;
}
#else
#error "fiber_switch() is written for x86-64 and aarch64"
#endif

void *fiber_stack(unsigned n)
{
	return (void *)(STACKS_BASE + n * STACK_STRIDE + GUARD_SIZE);
}

int fiber_map_stacks(unsigned n)
{
	void *at = (void *)STACKS_BASE;

	if (mmap(at, n * STACK_STRIDE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0) != at)
		return -1;
	for (unsigned i = 0; i < n; i++)
		if (mprotect((void *)(STACKS_BASE + i * STACK_STRIDE), GUARD_SIZE, PROT_NONE))
			return -1;
	return 0;
}

/* With these DRD takes everything below them for somebody's stack, and looks away: only who needs them says so. */
void fiber_announce_stacks(unsigned n)
{
#if defined(FLAVOUR_VALGRIND)
	static bool done;		/* of the process */

	for (unsigned i = 0; i < n && !done; i++)
		VALGRIND_STACK_REGISTER(fiber_stack(i), (char *)fiber_stack(i) + FIBER_STACK_SIZE);
	done = true;
#else
	(void)n;
#endif
}
