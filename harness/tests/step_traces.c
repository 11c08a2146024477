/* SPDX-License-Identifier: GPL-2.0-only */
/* See step_traces.h. */
#include "tests/step_traces.h"

#include <stddef.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* The second thread appears first. */
static const char small[] = BEGINNING
	NAME(3, "reader") STEP(1, 3, "start", "", "")
	NAME(2, "writer") STEP(2, 2, "lock", "page1.flags", "a.c:10")
	STEP(3, 2, "store", "page1.mapping", "a.c:11")
	STEP(4, 3, "load", "page10.mapping", "b.c:20")
	WAIT(5, 2, 3, "lock page1.flags", "writer")
	STEP(5, 2, "store", "page1", "a.c:12")
	STEP(6, 2, "unlock", "page1.flags", "a.c:13")
	HOLD(2, 5, 2, "W", "page1.flags", "\"released\":\"a.c:13\"")
	STEP(7, 3, "lock", "page1.flags", "b.c:21")
	"{\"ph\":\"i\",\"s\":\"t\",\"pid\":1,\"tid\":2,\"ts\":7,\"cat\":\"memory\",\"name\":\"in memory\",\"args\":"
	"{\"object\":\"page1.mapping\",\"stored\":3,\"step\":7}},\n"
	HOLD(7, 2, 3, "R", "page1.flags", "\"open\":true")
	STEP(8, 3, "load", "vma#1.vm_flags", "b.c:22")
	"{\"ph\":\"X\",\"pid\":77,\"tid\":1,\"ts\":1,\"dur\":1,\"cat\":\"of another kind\",\"name\":\"x\",\"args\":{}},\n"
	"{\"ph\":\"i\",\"s\":\"g\",\"pid\":1,\"tid\":3,\"ts\":8,\"cat\":\"violation\",\"name\":\"O1/x\",\"args\":{\"by\":\"reader\"}},\n"
	END(8, "O1/x", "reader sees that page1.mapping is not page10.mapping");

int read_text(struct walk *w, const char *text, char err[ERR_LEN])
{
	FILE *f = fmemopen((void *)text, strlen(text), "r");
	int failed = walk_read(w, f, err);

	fclose(f);
	return failed;
}

void read_small(struct walk *w)
{
	char err[ERR_LEN] = "";

	if (read_text(w, small, err))
		fail_msg("%s", err);
}

void read_long(struct walk *w)
{
	char *text = NULL, err[ERR_LEN];
	size_t length;
	FILE *f = open_memstream(&text, &length);

	fputs(BEGINNING NAME(1, "a") NAME(2, "b"), f);
	for (int i = 1; i <= LONG; i++)
		fprintf(f, "{\"pid\":1,\"tid\":%d,\"ts\":%d,\"dur\":1,\"cat\":\"step\",\"name\":\"load\","
			"\"args\":{\"object\":\"o%d.x\"}},\n", i / 100 % 2 + 1, i, i % 700);
	fputs(END(3000, "", ""), f);
	fclose(f);
	if (read_text(w, text, err))
		fail_msg("%s", err);
	free(text);
}
