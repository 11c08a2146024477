/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where scenarios come from and go to: reading a file, the line that says what is wrong, freeing.
 *
 * Concurrency: functions of their arguments only; scn_free() wants the last reference.
 */
#include "scn/parse.h"
#include "scn/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keep a message one line whatever the file's name is. */
static void one_line(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void scn_set_error(struct scn_error *err, const char *path, int line, int column,
		   const char *format, va_list args)
{
	char message[200], place[32];
	size_t room, length = strlen(path);
	const char *cut = "";

	if (!err)
		return;
	vsnprintf(message, sizeof(message), format, args);
	snprintf(place, sizeof(place), ":%d:%d: ", line, column);
	room = sizeof(err->text) - 1 - strlen(place);
	if (strlen(message) > room)
		message[room] = '\0';
	room -= strlen(message);
	if (length > room) {
		/* The end of a path says more than its beginning; do not cut a character in two. */
		cut = room >= 3 ? "..." : "";
		path += length - (room - strlen(cut));
		while (((unsigned char)*path & 0xc0) == 0x80)
			path++;
	}
	snprintf(err->text, sizeof(err->text), "%s%s%s%s", cut, path, place, message);
	one_line(err->text);
}

__attribute__((format(printf, 3, 4)))
static struct scenario *cannot(struct scn_error *err, const char *path, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	scn_set_error(err, path, 1, 1, format, args);
	va_end(args);
	return NULL;
}

struct scenario *scn_load(const char *path, struct scn_error *err)
{
	struct scenario *scn = NULL;
	FILE *file = fopen(path, "rb");
	char *text;
	size_t length;

	if (!file)
		return cannot(err, path, "cannot read: %s", strerror(errno));
	/* One byte more than allowed tells a file that is too long from one that just fits. */
	text = malloc(SCN_MAX_TEXT + 1);
	if (!text) {
		fclose(file);
		return cannot(err, path, "out of memory");
	}
	errno = 0;
	length = fread(text, 1, SCN_MAX_TEXT + 1, file);
	if (ferror(file))
		cannot(err, path, "cannot read: %s", strerror(errno ? errno : EIO));
	else
		scn = scn_parse(path, text, length, err);
	fclose(file);
	free(text);
	return scn;
}

static void free_body(struct scn_body *body)
{
	free(body->name);
	free(body->stmt);
}

void scn_free(struct scenario *scn)
{
	if (!scn)
		return;
	free_body(&scn->setup);
	free_body(&scn->finally);
	for (unsigned i = 0; i < scn->nr_threads; i++)
		free_body(&scn->thread[i]);
	for (unsigned i = 0; i < scn->nr_names; i++)
		free(scn->name_of[i].text);
	for (unsigned i = 0; i < scn->nr_goals; i++)
		free(scn->goal[i].name);
	for (unsigned i = 0; i < scn->nr_near; i++) {
		free(scn->near[i].event);
		free(scn->near[i].about);
	}
	for (unsigned i = 0; i < scn->nr_outcomes; i++)
		free(scn->outcome[i].about);
	for (unsigned i = 0; i < scn->nr_params; i++)
		free(scn->param[i].name);
	free(scn->name);
	free(scn->about);
	free(scn->text);
	free(scn->path);
	free(scn->provider);
	free(scn->story.defect);
	free(scn);
}
