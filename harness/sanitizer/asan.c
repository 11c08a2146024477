/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options of AddressSanitizer and UndefinedBehaviorSanitizer, and their reports on their way to a finding. Their runtime calls
 * what stands here; nobody else does.
 */
#if defined(FLAVOUR_ASAN)
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "sanitize.h"
#include "sanitizer/frame.h"

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
void __asan_on_error(void);
void *__asan_get_report_pc(void);
const char *__asan_get_report_description(void);
void *__asan_get_report_address(void);
void __ubsan_on_report(void);
void __ubsan_get_current_report_data(const char **kind, const char **message, const char **file, unsigned *line, unsigned *column,
				     char **address);

/*
 * Reports decide no exit status, and the same place may be reported in every execution. Workers leave without freeing: what they
 * leave behind is no leak. Stacks are switched, so frames stay where they are; crashes are findings without the runtime's help.
 */
const char *__asan_default_options(void)
{
	return "exitcode=0:halt_on_error=0:suppress_equal_pcs=0:detect_leaks=0:detect_stack_use_after_return=0:"
	       "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:use_sigaltstack=0:allow_addr2line=1";
}

const char *__ubsan_default_options(void)
{
	return "silence_unsigned_overflow=1";
}

void __asan_on_error(void)
{
	void *trace[FRAME_DEPTH] = { __asan_get_report_pc() };
	const char *what = __asan_get_report_description();
	char key[160], text[380], name[NAME_LEN];
	struct frame f;

	frame_of_model(trace, &f);
	snprintf(key, sizeof(key), "asan:%s:%s", what, f.func);
	snprintf(text, sizeof(text), "AddressSanitizer: %s in %s (%s), at %s", what, f.func, f.place,
		 obj_name(__asan_get_report_address(), name));
	san_report(ORACLE_LIFETIME, key, text);
}

void __ubsan_on_report(void)
{
	const char *kind, *message, *file;
	char key[160], text[380], *address;
	unsigned line, column;

	__ubsan_get_current_report_data(&kind, &message, &file, &line, &column, &address);
	if (strrchr(file, '/'))
		file = strrchr(file, '/') + 1;
	snprintf(key, sizeof(key), "ubsan:%s:%s", kind, file);
	snprintf(text, sizeof(text), "UndefinedBehaviorSanitizer: %s (%s:%u:%u)", message, file, line, column);
	san_report(ORACLE_STRUCTURE, key, text);
}
#endif
