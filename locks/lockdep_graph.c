/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The graph of classes: which was waited for under which, and is there a way round?
 *
 * Not every way round is a deadlock. If b was entered by a recursive reader, it was kept out by a writer, and so whoever goes on from
 * b must hold it for write. Only such ways are *strong*, and only these are reported. The search runs over pairs of a class and
 * how it was entered. (Linux: check_path() and hlock_conflict() in kernel/locking/lockdep.c, since 5.10, and the proof in
 * Documentation/locking/lockdep-design.rst.)
 *
 * Concurrency: words that only ever gain bits. An edge is added before the search for a way round: of two tasks that close a
 * cycle at once, at least one sees the other's edge.
 */
#include "lockdep_internal.h"

const char *lock_class_name(unsigned class)
{
	if (!class || class >= machine->lockdep.nr_classes)
		return "no-class";
	return class_row(class)->name;
}

/* ---- edges ---- */

/* The context that the current task is in, if it has an order of its own; 0: the ordinary order holds. */
static unsigned context_in_force(void)
{
	return machine->lockdep.context[current->lock_context] ? current->lock_context : 0;
}

static void edge_witness(const struct acquiring *a, const struct held_lock *h, unsigned kind)
{
	struct lockdep *ld = &machine->lockdep;
	u32 n = machine->executor == EXEC_REAL ? __atomic_fetch_add(&ld->nr_edges, 1, __ATOMIC_RELAXED) : ld->nr_edges++;
	struct lock_edge *e = &ld->edge[n];

	if (n >= MAX_EDGES)
		return;
	e->held_site = h->site;
	e->acquired_site = a->site;
	e->before = h->class;
	e->trylock = a->trylock;
	e->task = (u8)current->id;
	e->kind = (u8)kind;
	e->context = (u8)context_in_force();
	__atomic_store_n(&e->after, a->class, __ATOMIC_RELEASE);	/* last: no reader takes half a row */
}

/*
 * A word gains bits; returns what it had. Controlled executions have one OS thread and learn their pairs anew each time, and an
 * instruction that keeps other processors out takes as long as twenty that do not.
 */
static inline u64 gain(u64 *word, u64 bits)
{
	u64 had;

	if (machine->executor == EXEC_REAL)
		return __atomic_fetch_or(word, bits, __ATOMIC_SEQ_CST);
	had = *word;
	*word = had | bits;
	return had;
}

/* What is searched, under the kind itself and all weaker ones. False: it was known. */
static bool way_add(const struct acquiring *a, const struct held_lock *h, unsigned kind)
{
	u64 (*after)[MAX_CLASSES] = machine->lockdep.after_kind;
	bool known = gain(&after[kind][h->class], BIT(a->class)) & BIT(a->class);

	for (unsigned k = 0; k < kind; k++)
		if (!(k & ~kind))
			gain(&after[k][h->class], BIT(a->class));
	return !known;
}

/* In the ordinary order. The way last, since that is where the search begins. False: it was known. */
static bool edge_add(const struct acquiring *a, const struct held_lock *h, unsigned kind)
{
	struct lockdep *ld = &machine->lockdep;

	if (gain(&ld->under_kind[kind][a->class], BIT(h->class)) & BIT(h->class))
		return false;
	for (unsigned k = 0; k < kind; k++)
		if (!(k & ~kind))
			gain(&ld->under_kind[k][a->class], BIT(h->class));
	way_add(a, h, kind);
	edge_witness(a, h, kind);
	return true;
}

/* Which pairs were seen in a context with an order of its own is kept apart: they are judged by that order. */
static void context_add(unsigned context, const struct acquiring *a, const struct held_lock *h)
{
	struct lockdep *ld = &machine->lockdep;
	u64 *under = a->trylock ? ld->context_under_try[context] : ld->context_under[context];

	if (!(gain(&under[a->class], BIT(h->class)) & BIT(h->class)))
		edge_witness(a, h, a->trylock ? 0 : dep_kind(h->mode, a->mode));
}

const struct lock_edge *lockdep_edge(unsigned before, unsigned after)
{
	const struct lockdep *ld = &machine->lockdep;
	u32 n = __atomic_load_n(&ld->nr_edges, __ATOMIC_RELAXED);

	for (const struct lock_edge *e = ld->edge; e < ld->edge + min(n, (u32)MAX_EDGES); e++)
		if (__atomic_load_n(&e->after, __ATOMIC_ACQUIRE) == after && e->before == before && !e->trylock)
			return e;
	return NULL;
}

/* ---- the search ---- */

/* How a class was entered. Who entered as a recursive reader only leaves by what was held for write. */
enum entered { ENTERED, ENTERED_RECURSIVELY, NR_ENTERED };

/* The weakest edge out of a class entered so (row) that enters the next one so (column). */
static const u8 weakest[NR_ENTERED][NR_ENTERED] = {
	{ DEP_WAITS, 0 },
	{ DEP_WAITS | DEP_EXCLUSIVE, DEP_EXCLUSIVE },
};

/* What n steps reach. */
struct level {
	u64 by[NR_ENTERED];
};

/* What was waited for under class. right: but for what is wrong. */
static u64 ways_from(unsigned kind, unsigned class, bool right)
{
	u64 after = __atomic_load_n(&machine->lockdep.after_kind[kind][class], __ATOMIC_SEQ_CST);

	return right ? after & ~lockdep_wrong_after(class) : after;
}

static u64 neighbours(unsigned kind, u64 from, bool right)
{
	u64 to = 0;

	for (; from; from &= from - 1)
		to |= ways_from(kind, (unsigned)__builtin_ctzl(from), right);
	return to;
}

static bool step(const struct level *from, struct level *seen, struct level *to, bool right)
{
	for (unsigned e = 0; e < NR_ENTERED; e++) {
		to->by[e] = neighbours(weakest[ENTERED][e], from->by[ENTERED], right) |
			    neighbours(weakest[ENTERED_RECURSIVELY][e], from->by[ENTERED_RECURSIVELY], right);
		/* Who can come otherwise need not come as a recursive reader. */
		to->by[e] &= ~seen->by[ENTERED] & ~seen->by[e];
		seen->by[e] |= to->by[e];
	}
	return to->by[ENTERED] | to->by[ENTERED_RECURSIVELY];
}

/* Those of from that lead to class. */
static u64 leading_to(unsigned kind, u64 from, u8 class, bool right)
{
	u64 found = 0;

	for (; from; from &= from - 1)
		if (ways_from(kind, (unsigned)__builtin_ctzl(from), right) & BIT(class))
			found |= from & -from;
	return found;
}

/* One step back from class, entered as *e says: the first by number of those that lead there. */
static u8 step_back(const struct level *from, u8 class, unsigned *e, bool right)
{
	u64 how[NR_ENTERED];
	u8 back;

	for (unsigned i = 0; i < NR_ENTERED; i++)
		how[i] = leading_to(weakest[i][*e], from->by[i], class, right);
	back = (u8)__builtin_ctzl(how[ENTERED] | how[ENTERED_RECURSIVELY]);
	*e = how[ENTERED] & BIT(back) ? ENTERED : ENTERED_RECURSIVELY;
	return back;
}

/*
 * The shortest strong way from the class of a, as a enters it, to that of h, as h may leave it, in path; returns its number of
 * classes, 0 when there is none. Breadth first over bit sets. right: a way without an edge that was told to be wrong.
 */
static unsigned path_find(const struct acquiring *a, const struct held_lock *h, bool right, u8 path[MAX_CLASSES])
{
	bool recursive = a->mode == LOCK_READ_RECURSIVE, exclusive = h->mode == LOCK_WRITE;
	struct level level[MAX_CLASSES], seen = { { BIT(a->class), BIT(a->class) } };
	unsigned n = 0, e;

	level[0].by[ENTERED] = recursive ? 0 : BIT(a->class);
	level[0].by[ENTERED_RECURSIVELY] = recursive ? BIT(a->class) : 0;
	for (; !((level[n].by[ENTERED] | (exclusive ? level[n].by[ENTERED_RECURSIVELY] : 0)) & BIT(h->class)); n++)
		if (n + 1 == MAX_CLASSES || !step(&level[n], &seen, &level[n + 1], right))
			return 0;
	e = level[n].by[ENTERED] & BIT(h->class) ? ENTERED : ENTERED_RECURSIVELY;
	path[n] = h->class;
	for (unsigned i = n; i > 0; i--)
		path[i - 1] = step_back(&level[i - 1], path[i], &e, right);
	return n + 1;
}

/* ---- reports ---- */

/* "order:a,b,c": the classes of the cycle in the order of their names, so that any edge that closes it gives the same key. */
static void cycle_key(const u8 *path, unsigned n, char *key, size_t size)
{
	const char *name[MAX_CLASSES];
	size_t at;

	for (unsigned i = 0; i < n; i++) {
		unsigned j = i;

		for (; j && strcmp(name[j - 1], lock_class_name(path[i])) > 0; j--)
			name[j] = name[j - 1];
		name[j] = lock_class_name(path[i]);
	}
	at = (size_t)snprintf(key, size, "order:");
	for (unsigned i = 0; i < n && at < size; i++)
		at += (size_t)snprintf(key + at, size - at, "%s%s", i ? "," : "", name[i]);
}

/* follows: as in the incident. */
static void report_cycle(const struct acquiring *a, const struct held_lock *h, const u8 *path, unsigned n, unsigned follows)
{
	struct lockdep_incident inc = { .acquiring = *a, .held = *h, .held_counts = true, .nr = (u8)n, .follows = (u8)follows };
	char text[300];
	size_t at;

	memcpy(inc.path, path, n);
	cycle_key(path, n, inc.key, sizeof(inc.key));
	at = (size_t)snprintf(text, sizeof(text), "%s (%s:%d) is waited for under %s (%s:%d); the other way round:",
			      lock_class_name(a->class), a->site->file, a->site->line, lock_class_name(h->class), h->site->file,
			      h->site->line);
	for (unsigned i = 0; i + 1 < n && at < sizeof(text); i++) {
		const struct lock_edge *e = lockdep_edge(path[i], path[i + 1]);

		at += (size_t)snprintf(text + at, sizeof(text) - at, " %s under %s", lock_class_name(path[i + 1]),
				       lock_class_name(path[i]));
		if (e && at < sizeof(text))
			at += (size_t)snprintf(text + at, sizeof(text) - at, " (%s:%d)", e->acquired_site->file,
					       e->acquired_site->line);
	}
	lockdep_tell(&inc, a->site, "%s", text);
}

void lockdep_documented_way(const struct lockdep_order *o, unsigned held, unsigned class, char *text, size_t size)
{
	size_t at = (size_t)snprintf(text, size, "%s", lock_class_name(class));

	while (class != held && o->why[held][class].rule == ORDER_REVERSED && at < size) {
		class = o->why[held][class].next;
		at += (size_t)snprintf(text + at, size - at, " < %s", lock_class_name(class));
	}
}

/*
 * One acquisition is enough: what the other order would have been, the document says. It is remembered before anybody can find a way
 * through the edge, which would be told as a cycle of its own.
 */
static void begin_documented(struct lockdep_incident *inc, const struct lockdep_order *o, const struct acquiring *a,
			     const struct held_lock *h)
{
	*inc = (struct lockdep_incident){ .acquiring = *a, .held = *h, .held_counts = true, .order = o };
	snprintf(inc->key, sizeof(inc->key), "documented:%s->%s", lock_class_name(h->class), lock_class_name(a->class));
	lockdep_remember(inc);
}

static void report_documented(struct lockdep_incident *inc)
{
	const struct lockdep_order *o = inc->order;
	const struct acquiring *a = &inc->acquiring;
	const struct held_lock *h = &inc->held;
	const struct order_why *why = &o->why[h->class][a->class];
	char rule[160];

	if (why->rule == ORDER_REVERSED)
		lockdep_documented_way(o, h->class, a->class, rule, sizeof(rule));
	else
		snprintf(rule, sizeof(rule), "%s", why->rule == ORDER_TRY_ONLY ? "only trylocks there" :
									      "the two never together");
	lockdep_tell(inc, a->site, "%s (%s:%d) is %s under %s (%s:%d), but %s:%u has %s",
		     lock_class_name(a->class), a->site->file, a->site->line, a->trylock ? "tried" : "waited for",
		     lock_class_name(h->class), h->site->file, h->site->line, o->source, why->line, rule);
}

/*
 * A document's order has no cycle (E-CYCLE), and what is turned round in it is forbidden. While no way is any but one of these there is
 * nothing to search. Noted before the way can be seen: of two that close a cycle, who comes second sees the other's way, or its note.
 */
static void note_beyond(const struct acquiring *a, const struct held_lock *h)
{
	struct lockdep *ld = &machine->lockdep;
	const struct lockdep_order *o = ld->documented;

	if (!o || !(o->forbids[h->class] & BIT(a->class)) || o->why[a->class][h->class].rule != ORDER_REVERSED)
		__atomic_store_n(&ld->beyond, 1, __ATOMIC_SEQ_CST);
}

/*
 * The edge is new: is there a way back? One of edges that nobody has complained about is a cycle of its own; in any other the edge that is
 * wrong is to blame, and it is told with that.
 */
static void look_for_cycle(const struct acquiring *a, const struct held_lock *h)
{
	u8 path[MAX_CLASSES], better[MAX_CLASSES];
	unsigned n = path_find(a, h, false, path), right, follows = 0;

	if (likely(!n))
		return;
	right = path_find(a, h, true, better);
	for (unsigned i = 0; !right && i + 1 < n && !follows; i++)
		follows = lockdep_wrong_by(path[i], path[i + 1]);
	report_cycle(a, h, right ? better : path, right ? right : n, follows);
}

/* A trylock waits for nobody. But never together is never together. */
static bool forbidden(const struct lockdep_order *o, const struct acquiring *a, const struct held_lock *h)
{
	return o && o->forbids[a->class] & BIT(h->class) &&
	       (!a->trylock || o->why[h->class][a->class].rule == ORDER_APART);
}

static void try_add(const struct acquiring *a, const struct held_lock *h)
{
	if (!(gain(&machine->lockdep.under_try[a->class], BIT(h->class)) & BIT(h->class)))
		edge_witness(a, h, 0);
}

void lockdep_new_edge(const struct acquiring *a, const struct held_lock *h)
{
	const struct lockdep *ld = &machine->lockdep;
	unsigned context = context_in_force();
	const struct lockdep_order *o = context ? ld->context[context] : ld->documented;
	bool new = false, wrong = forbidden(o, a, h);
	struct lockdep_incident inc;

	if (wrong)
		begin_documented(&inc, o, a, h);
	if (!a->trylock)
		note_beyond(a, h);
	if (context)
		context_add(context, a, h);
	if (!context && a->trylock)
		try_add(a, h);
	else if (!context)
		new = edge_add(a, h, dep_kind(h->mode, a->mode));
	/* What only a context allows cannot be in one cycle with what is forbidden there. */
	else if (!a->trylock && !forbidden(ld->documented, a, h))
		new = way_add(a, h, dep_kind(h->mode, a->mode));
	if (wrong)
		report_documented(&inc);
	if (new && __atomic_load_n(&ld->beyond, __ATOMIC_SEQ_CST))
		look_for_cycle(a, h);
}
