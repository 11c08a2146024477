/* SPDX-License-Identifier: GPL-2.0-only */
/* See output.h. */
#include "trace/output.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "trace/draw.h"

static bool ends_in(const char *path, const char *ending)
{
	size_t length = strlen(path), tail = strlen(ending);

	return length > tail && !strcmp(path + length - tail, ending);
}

static int cannot_write(const char *path, char err[ERR_LEN])
{
	snprintf(err, ERR_LEN, "cannot write %s: %s", path, strerror(errno));
	return -1;
}

int trace_output_open(struct trace_output *o, const char *path, bool read, const char *strategy, u64 seed, char err[ERR_LEN])
{
	const bool drawing = path && ends_in(path, ".svg");

	*o = (struct trace_output){ .drawing = drawing, .aside = drawing || read ? tmpfile() : NULL };
	if ((drawing || read) && !o->aside)
		return cannot_write("a temporary file", err);
	if (path && whole_file_open(&o->file, path)) {
		if (o->aside)
			fclose(o->aside);
		return cannot_write(path, err);
	}
	o->tracer = tracer_new(o->aside ? o->aside : o->file.out, strategy, seed);
	return 0;
}

static void end(struct trace_output *o)
{
	if (!o->tracer)
		return;
	o->ended = tracer_free(o->tracer);
	o->lost = o->aside && (fflush(o->aside) || ferror(o->aside));
	o->tracer = NULL;
}

FILE *trace_output_read(struct trace_output *o)
{
	end(o);
	if (!o->ended)
		return NULL;
	rewind(o->aside);
	return o->aside;
}

static int draw(struct trace_output *o, char err[ERR_LEN])
{
	static const struct trace_drawing how = TRACE_DRAWING;
	json_error_t why;
	json_t *trace;
	int failed;

	trace = json_loadf(o->aside, 0, &why);
	if (!trace) {
		snprintf(err, ERR_LEN, "cannot draw %s: its trace is not whole: %s", o->file.path, why.text);
		return -1;
	}
	failed = trace_draw(o->file.out, trace, &how, err);
	json_decref(trace);
	return failed;
}

/* What was written in vain is noticed when the file is closed. */
static void copy(FILE *from, FILE *to)
{
	char buf[BUFSIZ];
	size_t n;

	while ((n = fread(buf, 1, sizeof(buf), from)))
		fwrite(buf, 1, n, to);
}

/* From what was written aside to the file. Returns 0, or -1 with a line in err. */
static int bring_in(struct trace_output *o, char err[ERR_LEN])
{
	if (o->lost)
		return cannot_write("a temporary file", err);
	rewind(o->aside);
	if (o->drawing)
		return draw(o, err);
	copy(o->aside, o->file.out);
	return 0;
}

int trace_output_close(struct trace_output *o, char err[ERR_LEN])
{
	char path[256] = "";
	int failed = 0;

	end(o);
	if (o->file.out) {
		snprintf(path, sizeof(path), "%s", o->file.path);
		failed = o->ended && o->aside ? bring_in(o, err) : 0;
		if (whole_file_close(&o->file, o->ended && !failed))
			failed = cannot_write(path, err);
	}
	if (o->aside)
		fclose(o->aside);
	return failed;
}
