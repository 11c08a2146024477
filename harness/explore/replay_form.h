/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the writer and the reader of replay files agree on; no one else includes this.
 *
 *   rmaptorture replay 1
 *   scenario fork-vs-reclaim
 *   provider anon-chain              "-" when there is none
 *   defect Z02                       none to 32 such lines
 *   access points strict tear       with --points access, --races strict, --tear; else no such line
 *   memory tso                       with --memory tso; else no such line
 *   oracles 00001fbe                 bit set of those that were in use, when they were not all; else no such line
 *   passes locks                     reports of the validator with another signature end nothing; else no such line
 *   passes O6/order:a,b              nor does this one, to the end of the line, which is known; none to 16 such lines
 *   model 0123456789abcdef
 *   signature O8/anon_vma/...        to the end of the line; "-" when it repeats no finding
 *   found pct seed 1 execution 4711 drawn auto steps 345 hash 0123456789abcdef
 *                                    from "drawn" on: as the campaign's strategy drew it; nothing there if none did
 *   steps 123 decisions 45 switches 20 hash 0123456789abcdef
 *   choices 3                        as many lines follow, as codec.c has it; runs are not broken
 *   checks 1                         as many lines follow, of up to 8 words in hexadecimal
 *   text 12                          as many lines of the scenario follow, each behind a tab
 *   end
 *
 * A file of directives has, in place of choices and checks:
 *
 *   order pager kswapd              the base order
 *   directives 3                    as many lines follow
 *   switch - 1 kswapd -             kswapd begins; what nobody does is told as "-"
 *   switch kswapd 36 pager lock     when kswapd is about to do its 36th operation, a lock, pager goes on
 *   choice pager 2 1 TLB entry evicted     its 2nd choice, which is that, is alternative 1
 *
 * "text 12 unended" says that the last line of the scenario has no newline, so that what is read is
 * what was written. The counts are redundant on purpose: decisions is the number of tasks in the
 * choices, and there is a check for every 64 steps, or none. A file that was cut or edited by
 * accident is refused instead of replayed in part.
 *
 * Concurrency: files belong to one caller.
 */
#ifndef HARNESS_EXPLORE_REPLAY_FORM_H
#define HARNESS_EXPLORE_REPLAY_FORM_H

#include "explore/recorder.h"
#include "explore/replay_file.h"

#include <stdio.h>
#include <string.h>

#define FORM_VERSION 1
#define FORM_MAX_FILE (32u << 20)	/* bytes */
#define FORM_MAX_WORD 100		/* bytes in a name */
#define FORM_MAX_LINE 1000		/* bytes in a signature */
#define FORM_MAX_TEXT (1u << 20)	/* bytes in a scenario */
#define FORM_MAX_STEPS (1ul << 40)
#define FORM_WIDTH 76			/* columns of the choices */
#define FORM_CHECKS 8			/* words in a line */
#define FORM_MAX_DIRECTIVES (1u << 20)

/* The bits that the line "oracles" may have: those of enum oracle. */
#define FORM_ORACLES ((1u << ORACLE_NR) - 2)

/* Words of the line "access", for the bits ACCESS_POINTS, ACCESS_STRICT and ACCESS_TEAR. */
#define FORM_ACCESS { "points", "strict", "tear" }
#define FORM_NR_ACCESS 3u

/* A byte of a name, and one of a line (of UTF-8: the parser of scenarios looks closer). */
static inline bool form_is_word(char c)
{
	return c > ' ' && c < 0x7f;
}

static inline bool form_is_text(char c)
{
	return (unsigned char)c >= ' ' && c != 0x7f;
}

/* In the lines of a scenario these may stand as well. */
static inline bool form_is_blank(char c)
{
	return c == '\t' || c == '\r';
}

/* Among the first nr of the base order, or REPLAY_NOBODY. "-" is the name of nobody. */
static inline unsigned form_find_thread(const struct replay_directives *d, unsigned nr, const char *name)
{
	for (unsigned i = 0; i < nr; i++)
		if (!strcmp(d->order[i], name))
			return i;
	return REPLAY_NOBODY;
}

static inline u32 form_count_tasks(const struct recording *r)
{
	u32 tasks = 0;

	for (u32 i = 0; i < r->nr; i++)
		tasks += !(r->choice[i] & CHOICE_BIT);
	return tasks;
}

#endif
