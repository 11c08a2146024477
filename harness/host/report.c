/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling what came of many sequences: see trial.h. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include "cli/exit.h"
#include "cli/json.h"
#include "host/action.h"
#include "host/trial.h"

static int status_of(const struct trial *t)
{
	if (t->bad && t->bad->end == CONFORM_DIFFERS)
		return EXIT_FINDINGS;
	if (t->bad || t->interrupted)
		return EXIT_INCONCLUSIVE;
	return t->counts.sequences ? EXIT_CLEAN : EXIT_SKIPPED;
}

/* Without it MADV_PAGEOUT leaves anonymous pages where they are, and nothing is ever read back. */
static bool has_swap(void)
{
	struct sysinfo i;

	return !sysinfo(&i) && i.totalswap;
}

/* ---- text ---- */

static void print_indented(const char *text)
{
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n')
		printf("    %.*s\n", (int)strcspn(line, "\n"), line);
}

static void print_difference(const struct trial *t)
{
	const struct told *told = t->told;

	printf("DIFFERENCE %s\n  %s, sequence %lu of seed %lu: %s\n", t->bad->d.key, trial_provider(t->request, t->bad->at)->name,
	       t->bad->at, t->request->seed, t->bad->d.text);
	if (told->done) {
		printf("  the scenario, from %u to %u statements:\n\n", told->size[0], told->size[1]);
		print_indented(told->text);
		printf("\n  %s\n", told->d.text);
		printf("  scenario: %s\n", told->path);
	}
	putchar('\n');
}

/* "read 12 (9 values, 3 segv)": by what came of it, unless it is always a result. */
static void print_count(const char *name, const struct conform_count *c)
{
	const struct {
		u64 nr;
		const char *what;
	} part[] = { { c->values, "values" }, { c->segvs, "segv" }, { c->results, "results" } };
	const char *before = " (";

	printf(" %s %lu", name, conform_compared(c));
	if (c->results == conform_compared(c))
		return;
	for (unsigned i = 0; i < ARRAY_SIZE(part); i++) {
		if (!part[i].nr)
			continue;
		printf("%s%lu %s", before, part[i].nr, part[i].what);
		before = ", ";
	}
	putchar(')');
}

/* One line: what was compared, by operation. */
static void print_counts(const struct trial *t)
{
	const struct conform_counts *n = &t->counts;
	const char *between = "";
	u64 all = 0, left = 0;
	struct utsname u;

	for (unsigned i = 0; i < SOP_NR; i++) {
		all += conform_compared(&n->op[i]);
		left += n->op[i].left;
	}
	uname(&u);
	for (unsigned i = 0; i < t->request->nr_providers; i++)
		printf("%s%s", i ? ", " : "", t->request->provider[i]->name);
	printf(" and Linux %s%s: %lu sequences, %lu agree; %lu outcomes compared:", u.release, has_swap() ? "" : " (without swap)",
	       n->sequences, n->agree, all);
	for (unsigned i = 0; i < SOP_NR; i++) {
		if (!conform_compared(&n->op[i]))
			continue;
		printf("%s", between);
		print_count(scn_ops[i].name, &n->op[i]);
		between = ",";
	}
	printf("; %lu operations had none to compare; ", left);
	if (!host_can_lock())
		printf("mlock and munlock are left out, as RLIMIT_MEMLOCK forbids them here; ");
	printf("%.1f s\n", t->elapsed_s);
}

static void print_text(const struct trial *t)
{
	if (status_of(t) == EXIT_SKIPPED) {
		printf("skipped: no scenario is for a reverse map that there is\n");
		return;
	}
	if (t->bad && t->bad->end == CONFORM_DIFFERS)
		print_difference(t);
	print_counts(t);
	if (t->bad && t->bad->end == CONFORM_FAILED)
		printf("inconclusive: %s (sequence %lu)\n", t->bad->d.text, t->bad->at);
	else if (t->interrupted)
		printf("inconclusive: interrupted\n");
}

/* ---- JSON Lines ---- */

static void difference_json(const struct trial *t)
{
	const struct told *told = t->told;
	json_t *j = json_pack("{s:s s:s s:s s:s s:o s:I}", "type", "difference", "provider",
			      trial_provider(t->request, t->bad->at)->name, "key", t->bad->d.key, "text", t->bad->d.text, "seed",
			      json_u64(t->request->seed), "sequence", (json_int_t)t->bad->at);

	if (told->done) {
		json_object_set_new(j, "statements_before", json_integer(told->size[0]));
		json_object_set_new(j, "statements", json_integer(told->size[1]));
		json_object_set_new(j, "scenario", json_text(told->path));
	}
	put_json(j, stdout);
}

static json_t *count_json(const struct conform_count *c)
{
	return json_pack("{s:I s:I s:I s:I}", "values", (json_int_t)c->values, "segvs", (json_int_t)c->segvs, "results",
			 (json_int_t)c->results, "left_out", (json_int_t)c->left);
}

static void print_json(const struct trial *t)
{
	json_t *j, *ops = json_object(), *providers = json_array();
	struct utsname u;

	if (t->bad && t->bad->end == CONFORM_DIFFERS)
		difference_json(t);
	for (unsigned i = 0; i < SOP_NR; i++)
		if (conform_compared(&t->counts.op[i]) + t->counts.op[i].left)
			json_object_set_new(ops, scn_ops[i].name, count_json(&t->counts.op[i]));
	for (unsigned i = 0; i < t->request->nr_providers; i++)
		json_array_append_new(providers, json_string(t->request->provider[i]->name));
	uname(&u);
	j = json_pack("{s:s s:o s:s s:b s:b s:o s:I s:I s:o s:b s:f}", "type", "conformance", "providers", providers, "linux",
		      u.release, "swap", has_swap(), "mlock", host_can_lock(), "seed", json_u64(t->request->seed), "sequences",
		      (json_int_t)t->counts.sequences, "agree", (json_int_t)t->counts.agree, "operations", ops, "interrupted",
		      t->interrupted, "elapsed_s", t->elapsed_s);
	if (t->bad && t->bad->end == CONFORM_FAILED)
		json_object_set_new(j, "error", json_text(t->bad->d.text));
	put_json(j, stdout);
}

int trial_report(const struct trial *t)
{
	(t->request->json ? print_json : print_text)(t);
	return status_of(t);
}
