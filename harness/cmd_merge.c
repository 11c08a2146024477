/* SPDX-License-Identifier: GPL-2.0-only */
#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/options.h"
#include "cli/usage.h"

int cmd_merge(const struct options *o)
{
	(void)o;
	return input_error("merge: to be built");
}
