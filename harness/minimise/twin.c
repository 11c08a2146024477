/* SPDX-License-Identifier: GPL-2.0-only */
/* The minimised twin of a replay file: see twin.h. */
#include "minimise/twin.h"
#include "minimise/named.h"

#include <stdlib.h>
#include <string.h>

char *twin_path(const char *path, const char *ending)
{
	static const char suffix[] = ".replay";
	size_t length = strlen(path), tail = sizeof(suffix) - 1, room;
	char *twin;

	if (length > tail && !strcmp(path + length - tail, suffix))
		length -= tail;
	room = length + strlen(ending) + 1;
	twin = malloc(room);
	if (!twin)
		die("no memory for a path");
	snprintf(twin, room, "%.*s%s", (int)length, path, ending);
	return twin;
}

static struct replay_file twin_of(const struct replay_file *file, const struct session *s, const struct minimised *m)
{
	const struct scenario *scn = session_config(s)->scn;
	struct replay_file twin = *file;

	if (strcmp(scn->text, file->scenario_text))
		twin.drawn = NULL;	/* a seed says nothing of another scenario */
	twin.scenario_name = scn->name;
	twin.scenario_text = scn->text;
	twin.model = session_hash(s);
	twin.rec = m->rec;
	twin.by_directives = false;
	return twin;
}

int twin_write(const struct replay_file *file, const struct session *s, const struct minimised *m, const char *path)
{
	struct replay_file twin = twin_of(file, s, m);

	return replay_file_write(&twin, path);
}

int twin_write_directives(const struct replay_file *file, const struct session *s, const struct minimised *m, const char *path)
{
	struct replay_file twin = twin_of(file, s, m);
	int failed;

	twin.by_directives = true;
	directives_to_names(&twin.directives, m, s);
	failed = replay_file_write(&twin, path);
	replay_directives_free(&twin.directives);
	return failed;
}
