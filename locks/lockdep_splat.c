/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The long form of a report, in the order in which Linux's lockdep tells it (print_circular_bug() in kernel/locking/lockdep.c), since
 * that is what people know how to read: what is acquired, what is held, how the one leads back to the other, who could meet whom.
 */
#include "splat.h"

#include "lockdep_internal.h"

#define COLUMN 26			/* width of a task's in the scenario */
#define MAX_COLUMNS 4			/* a longer chain is drawn as Linux does it: its two ends */

static const struct {
	const char *key;		/* up to the colon */
	const char *title;
} titles[] = {
	{ "order", "possible circular locking dependency" },
	{ "documented", "acquisition against the documented order" },
	{ "recursion", "possible recursive locking" },
	{ "same-class", "two locks of one class without an order" },
	{ "sleep-in-atomic", "wait that sleeps where nobody may sleep" },
	{ "release-not-held", "bad unlock balance" },
	{ "release-mode", "bad unlock balance" },
	{ "downgrade-not-held", "bad unlock balance" },
	{ "lock-leaked", "lock held when returning" },
	{ "not-held", "rule about what is held, broken" },
	{ "pinned", "release of a pinned lock" },
};

static void print_title(const char *key, FILE *out)
{
	for (unsigned i = 0; i < ARRAY_SIZE(titles); i++) {
		size_t n = strlen(titles[i].key);

		if (!strncmp(titles[i].key, key, n) && key[n] == ':')
			fprintf(out, "  %s:\n", titles[i].title);
	}
}

/* ---- what is acquired, what is held ---- */

static const char *mode_text(unsigned mode)
{
	return mode == LOCK_WRITE ? "" : mode == LOCK_READ ? ":R" : ":RR";
}

static void print_place(const struct site *site, FILE *out)
{
	fprintf(out, ", at %s:%d in %s()\n", site->file, site->line, site->func);
}

static void print_acquired(const struct lockdep_incident *inc, FILE *out)
{
	const struct acquiring *a = &inc->acquiring;
	char name[NAME_LEN];

	if (!a->class)
		return;
	fprintf(out, "    %s is %s\n      %s", machine->task[inc->task].name, a->trylock ? "trying" : "about to wait for",
		lock_class_name(a->class));
	if (a->lock)
		fprintf(out, "%s %s", mode_text(a->mode), obj_name(a->lock, name));
	print_place(a->site, out);
}

static bool is_culprit(const struct lockdep_incident *inc, const struct held_lock *h)
{
	return inc->held_counts && h->lock == inc->held.lock && h->class == inc->held.class && h->site == inc->held.site;
}

static void print_held(const struct lockdep_incident *inc, FILE *out)
{
	const struct task *t = &machine->task[inc->task];
	char name[NAME_LEN];

	if (!t->depth)
		return;
	fprintf(out, "    %s\n", inc->acquiring.class ? "and holds" : "held, outermost first");
	for (unsigned i = 0; i < t->depth; i++) {
		const struct held_lock *h = &t->held[i];

		fprintf(out, "   %s%s", is_culprit(inc, h) ? "-> " : "   ", lock_class_name(h->class));
		if (h->lock)
			fprintf(out, "%s %s", mode_text(h->mode), obj_name(h->lock, name));
		if (h->run)
			fprintf(out, " (%u of them)", h->refs);
		print_place(h->site, out);
	}
}

/* ---- the way back ---- */

/* From the class that is acquired to the one that is held: as it was seen, or as the document has it. */
static unsigned way_back(const struct lockdep_incident *inc, u8 path[MAX_CLASSES])
{
	unsigned n = inc->nr, class = inc->acquiring.class;

	memcpy(path, inc->path, n);
	if (n || !inc->order || inc->order->why[inc->held.class][class].rule != ORDER_REVERSED)
		return n;
	for (path[n++] = (u8)class; class != inc->held.class && n < MAX_CLASSES; path[n++] = (u8)class)
		class = inc->order->why[inc->held.class][class].next;
	return n;
}

static void print_step(u8 before, u8 after, unsigned number, FILE *out)
{
	const struct lock_edge *e = lockdep_edge(before, after);

	fprintf(out, "      #%u %s under %s: ", number, lock_class_name(after), lock_class_name(before));
	if (e)
		fprintf(out, "%s, at %s:%d in %s(), with %s since %s:%d\n", machine->task[e->task].name, e->acquired_site->file,
			e->acquired_site->line, e->acquired_site->func, lock_class_name(before), e->held_site->file,
			e->held_site->line);
	else
		fprintf(out, "not seen in this execution\n");
}

/* The one that was held depends on the one that is acquired: the last step first, as Linux has it. */
static void print_way_back(const struct lockdep_incident *inc, const u8 *path, unsigned n, FILE *out)
{
	if (n < 2)
		return;
	fprintf(out, "    %s, the last step first\n", inc->nr ? "which leads back" : "the documented way, and who went it first");
	for (unsigned i = n - 1; i-- > 0;)
		print_step(path[i], path[i + 1], i + 1, out);
}

/* ---- the document ---- */

static void print_rule(const struct lockdep_order *o, unsigned held, unsigned class, FILE *out)
{
	const struct order_why *why = &o->why[held][class];
	char rule[160];

	if (!(o->forbids[class] & BIT(held)))
		return;
	if (why->rule == ORDER_REVERSED)
		lockdep_documented_way(o, held, class, rule, sizeof(rule));
	else
		snprintf(rule, sizeof(rule), "%s and %s: %s", lock_class_name(held), lock_class_name(class),
			 why->rule == ORDER_TRY_ONLY ? "only trylocks" : "never together");
	fprintf(out, "    broken: %s:%u: %s\n", o->source, why->line, rule);
}

/* Of a cycle seen, each step that the document has the other way round. */
static void print_document(const struct lockdep_incident *inc, FILE *out)
{
	const struct lockdep_order *o = inc->order ? inc->order : machine->lockdep.documented;

	if (!o || !inc->acquiring.class || !inc->held_counts || inc->held.class == inc->acquiring.class)
		return;
	print_rule(o, inc->held.class, inc->acquiring.class, out);
	for (unsigned i = 0; i + 1 < inc->nr; i++)
		print_rule(o, inc->path[i], inc->path[i + 1], out);
}

/* ---- what could happen ---- */

static void print_lock(unsigned column, const char *what, u8 class, FILE *out)
{
	fprintf(out, "      %*s%s(%s)\n", (int)(column * COLUMN), "", what, lock_class_name(class));
}

static const char *verb(u8 class, bool exclusive)
{
	return exclusive || class_row(class)->wait == WAIT_PSEUDO ? "lock" : "read";
}

static const char *held_verb(u8 before, u8 after)
{
	const struct lock_edge *e = lockdep_edge(before, after);

	return verb(before, !e || e->kind & DEP_EXCLUSIVE);
}

/* Everybody has the first of his two, and then everybody waits for the second. */
static void print_scenario(const struct lockdep_incident *inc, const u8 *path, unsigned n, FILE *out)
{
	u8 ends[2] = { path[0], path[n - 1] };
	const u8 *at = n > MAX_COLUMNS ? ends : path;
	unsigned columns = n > MAX_COLUMNS ? 2 : n;

	fprintf(out, "    possible unsafe scenario%s\n      ", n > MAX_COLUMNS ? ", with the chain above behind CPU1" : "");
	for (unsigned c = 0; c < columns; c++)
		fprintf(out, "%s%u%*s", "CPU", c, c + 1 < columns ? COLUMN - 4 : 0, "");
	fprintf(out, "\n");
	print_lock(0, verb(inc->held.class, inc->held.mode == LOCK_WRITE), inc->held.class, out);
	for (unsigned c = 1; c < columns; c++)
		print_lock(c, held_verb(at[c - 1], at[c]), at[c - 1], out);
	for (unsigned c = 1; c < columns; c++)
		print_lock(c, "lock", at[c], out);
	print_lock(0, verb(inc->acquiring.class, inc->acquiring.mode == LOCK_WRITE), inc->acquiring.class, out);
	fprintf(out, "      *** DEADLOCK ***\n");
}

static void print_scenario_of_class(const struct lockdep_incident *inc, FILE *out)
{
	u8 class = inc->held.class;

	if (!inc->held_counts || class != inc->acquiring.class)
		return;
	fprintf(out, "    possible unsafe scenario\n      CPU0\n");
	print_lock(0, verb(class, inc->held.mode == LOCK_WRITE), class, out);
	print_lock(0, verb(class, inc->acquiring.mode == LOCK_WRITE), class, out);
	fprintf(out, "      *** DEADLOCK ***%s\n",
		lockdep_is(&inc->held, inc->acquiring.lock) ? "" : ", if another has them the other way round");
}

void lockdep_splat(const char *key, FILE *out)
{
	const struct lockdep_incident *inc = &machine->lockdep.incident;
	u8 path[MAX_CLASSES];
	unsigned n;

	if (__atomic_load_n(&inc->claimed, __ATOMIC_ACQUIRE) < INCIDENT_KEPT || strcmp(inc->key, key))
		return;
	n = way_back(inc, path);
	print_title(key, out);
	print_acquired(inc, out);
	print_held(inc, out);
	print_way_back(inc, path, n, out);
	print_document(inc, out);
	if (n > 1)
		print_scenario(inc, path, n, out);
	else
		print_scenario_of_class(inc, out);
	if (lockdep_times(key) > 1)
		fprintf(out, "    seen %u times\n", lockdep_times(key));
}
