/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reports of the sanitizers on their way to a violation, and memory functions that no sanitizer watches; see sanitize.h.
 *
 * State here belongs to the process and to the sanitizer's runtime, not to the machine: a snapshot must not take it back.
 */
#include "sanitize.h"

#if defined(FLAVOUR_TSAN) || defined(FLAVOUR_ASAN)
#include <fcntl.h>
#include <stdio.h>

#include "machine.h"

#define KEY_LEN 128
#define TEXT_LEN 380

int san_pending;			/* [atomic] a report is kept */

/* [const while san_pending] */
static char kept_key[KEY_LEN], kept_text[TEXT_LEN];
static int kept_oracle;
static struct task *kept_by;

void __sanitizer_set_report_fd(void *fd);

void san_report(int oracle, const char *key, const char *text)
{
	static int keeping;		/* [atomic] one writer at a time; the others' reports will come again */

	if (__atomic_load_n(&san_pending, __ATOMIC_ACQUIRE) || __atomic_exchange_n(&keeping, 1, __ATOMIC_ACQUIRE))
		return;
	if (!__atomic_load_n(&san_pending, __ATOMIC_ACQUIRE)) {
		snprintf(kept_key, sizeof(kept_key), "%s", key);
		snprintf(kept_text, sizeof(kept_text), "%s", text);
		kept_oracle = oracle;
		kept_by = current;
		__atomic_store_n(&san_pending, 1, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&keeping, 0, __ATOMIC_RELEASE);
}

void san_report_anybodys(void)
{
	char key[KEY_LEN], text[TEXT_LEN];
	int oracle;

	if (!__atomic_load_n(&san_pending, __ATOMIC_ACQUIRE))
		return;
	raw_copy(key, kept_key, sizeof(key));
	raw_copy(text, kept_text, sizeof(text));
	oracle = kept_oracle;
	__atomic_store_n(&san_pending, 0, __ATOMIC_RELEASE);
	violation_at((enum oracle)oracle, key, NULL, "%s", text);
}

void san_report_pending(void)
{
	if (__atomic_load_n(&san_pending, __ATOMIC_ACQUIRE) && kept_by == current)
		san_report_anybodys();
}

/* The runtime's own text goes nowhere: what it says is told as a finding. The runtime remembers the process that said so. */
void san_quiet(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		__sanitizer_set_report_fd((void *)(long)fd);
}

/* Through what the compiler cannot turn into a call of the functions that are watched. */
__attribute__((no_sanitize("address", "undefined"))) void raw_copy(void *to, const void *from, size_t n)
{
#if defined(__x86_64__)
	__asm__ __volatile__("rep movsb" : "+D"(to), "+S"(from), "+c"(n) : : "memory");
#else
	volatile char *t = to;
	const volatile char *f = from;

	while (n--)
		*t++ = *f++;
#endif
}

__attribute__((no_sanitize("address", "undefined"))) void raw_set(void *to, int byte, size_t n)
{
#if defined(__x86_64__)
	__asm__ __volatile__("rep stosb" : "+D"(to), "+c"(n) : "a"(byte) : "memory");
#else
	volatile char *t = to;

	while (n--)
		*t++ = (char)byte;
#endif
}
#endif
