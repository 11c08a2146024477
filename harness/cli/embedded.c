/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding one of the files that were put into the program when it was built. */
#include <stdio.h>
#include <string.h>

#include "cli/embedded.h"

const struct embedded_file *embedded_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_embedded_files; i++)
		if (!strcmp(embedded_files[i].name, name))
			return &embedded_files[i];
	return NULL;
}

const struct embedded_file *embedded_scenario(const char *name)
{
	char path[256];

	if (snprintf(path, sizeof(path), "scenarios/%s.scn", name) >= (int)sizeof(path))
		return NULL;
	return embedded_find(path);
}
