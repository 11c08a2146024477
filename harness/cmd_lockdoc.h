/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of the command lockdoc. Each returns an exit status. */
#ifndef HARNESS_CMD_LOCKDOC_H
#define HARNESS_CMD_LOCKDOC_H

struct options;

int lockdoc_check(const struct options *o);
/* With --tree. */
int lockdoc_check_tree(const struct options *o);
int lockdoc_graph(const struct options *o);
int lockdoc_fmt(const struct options *o);
int lockdoc_arcs(const struct options *o);

#endif
