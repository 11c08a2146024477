/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Start again without address randomisation: see addresses.h.
 *
 * Runs before constructors, inside the runtime's own start: nothing here may call a function that the runtime intercepts, so
 * everything is a system call. The arguments and the environment are read where the kernel keeps them.
 */
#if defined(FLAVOUR_TSAN)
#include <fcntl.h>
#include <linux/personality.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/exit.h"
#include "sanitizer/addresses.h"

#define ASK_PERSONALITY 0xfffffffful
#define ROOM (4ul << 20)		/* the kernel's own limit for arguments and environment is of this order */

/* Reads a whole file; returns its length, or -1. */
static long read_all(const char *path, char *to, size_t size)
{
	long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC), n, at = 0;

	if (fd < 0)
		return -1;
	while ((n = syscall(SYS_read, fd, to + at, size - (size_t)at)) > 0)
		at += n;
	syscall(SYS_close, fd);
	return n < 0 ? -1 : at;
}

/* Strings one behind the other, each ended by NUL, as an array that NULL ends. Returns where the array's room goes on. */
static char **split(char *text, long length, char **to)
{
	for (long i = 0; i < length; i++)
		if (!i || !text[i - 1])
			*to++ = text + i;
	*to++ = NULL;
	return to;
}

static void start_again(void)
{
	char *room = (char *)syscall(SYS_mmap, NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char **argv, **envp;
	long args, env;

	if ((unsigned long)room >= -4095ul)
		return;
	args = read_all("/proc/self/cmdline", room, ROOM / 4);
	env = read_all("/proc/self/environ", room + ROOM / 4, ROOM / 4);
	if (args <= 0 || env < 0)
		return;
	argv = (char **)(room + ROOM / 2);
	envp = split(room, args, argv);
	split(room + ROOM / 4, env, envp);
	syscall(SYS_execve, "/proc/self/exe", argv, envp);
}

static bool too_random(void)
{
	char text[16];
	long n = read_all("/proc/sys/vm/mmap_rnd_bits", text, sizeof(text));
	int bits = 0;

	for (long i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
		bits = bits * 10 + text[i] - '0';
	return bits > TSAN_RANDOM_BITS;
}

void addresses_settle(void)
{
	static const char no[] = "rmaptorture: ThreadSanitizer cannot take this kernel's address randomisation (more than 28 bits in "
				 "vm.mmap_rnd_bits), and it may not be switched off here: start with setarch -R\n";
	long now = syscall(SYS_personality, ASK_PERSONALITY);

	if ((now >= 0 && now & ADDR_NO_RANDOMIZE) || !too_random())
		return;
	if (now >= 0 && syscall(SYS_personality, now | ADDR_NO_RANDOMIZE) >= 0 &&
	    syscall(SYS_personality, ASK_PERSONALITY) & ADDR_NO_RANDOMIZE)
		start_again();
	syscall(SYS_write, STDERR_FILENO, no, sizeof(no) - 1);
	syscall(SYS_exit_group, EXIT_SKIPPED);
}
#endif
