/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of operations and choices. */
#include "types.h"
#include "op.h"

const struct op_info op_info[OP_NR] = {
#define OP_ROW(name, text, access, blocking, drains) [OP_##name] = { text, ACCESS_##access, blocking, DRAIN_##drains },
	OP_TABLE(OP_ROW)
#undef OP_ROW
};

const struct choice_info choice_info[CHOICE_NR] = {
#define CHOICE_ROW(name, text, odds) [CHOICE_##name] = { text, odds },
	CHOICE_TABLE(CHOICE_ROW)
#undef CHOICE_ROW
};
