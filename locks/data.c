/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks at accesses and counts them, by member and by the locks that are held: see data.h.
 *
 * Only the few objects that are being made or taken apart have an entry, in the arena, so that a snapshot has them too; all others
 * are in use.
 */
#include "data.h"

#include <string.h>

#include "machine.h"

#define MAX_PHASES 1024u

struct data_phases {
	u32 nr;
	struct {
		const void *obj;
		u16 task;			/* who makes it, or takes it apart */
		u16 phase;
	} entry[MAX_PHASES];
};

/* Of this process, as the observer is: what it sees outlives executions. */
static struct data_table *observed;
static u64 family[MAX_CLASSES];		/* [const after data_begin()] each class with its subclasses */

static bool is_subclass(const char *name, const char *of)
{
	size_t n = strlen(of);

	return !strncmp(name, of, n) && name[n] == '/';
}

void data_begin(void)
{
	machine->phases = machine_alloc(sizeof(*machine->phases));
	for (unsigned c = 1; c < machine->lockdep.nr_classes; c++) {
		family[c] = BIT(c);
		for (unsigned sub = 1; sub < machine->lockdep.nr_classes; sub++)
			if (is_subclass(lock_class_name(sub), lock_class_name(c)))
				family[c] |= BIT(sub);
	}
}

void data_collect(struct data_table *table)
{
	observed = table;
}

/* ---- tables ---- */

static u64 mix(u64 h, u64 x)
{
	h = (h ^ x) * 0x9e3779b97f4a7c15ul;
	return h ^ h >> 29;
}

static u64 hash(const struct data_row *r)
{
	u64 h = mix((u64)r->type, (u64)r->member);

	h = mix(h, r->held[LOCK_READ] << 32 ^ r->held[LOCK_WRITE]);
	h = mix(h, r->own[LOCK_READ] << 32 ^ r->own[LOCK_WRITE]);
	h = mix(h, r->known << 32 ^ r->lacks);
	return mix(h, (u64)r->where << 16 | (u64)r->phase << 8 | r->write);
}

static bool same(const struct data_row *a, const struct data_row *b)
{
	return a->member == b->member && a->type == b->type && a->where == b->where && a->write == b->write &&
	       a->phase == b->phase && !memcmp(a->held, b->held, sizeof(a->held)) && !memcmp(a->own, b->own, sizeof(a->own)) &&
	       a->known == b->known && a->lacks == b->lacks;
}

/* Three quarters full is full, so that a search ends soon. */
void data_count(struct data_table *table, const struct data_row *row)
{
	unsigned i = (unsigned)(hash(row) % DATA_ROWS);

	for (; table->row[i].member; i = (i + 1) % DATA_ROWS)
		if (same(&table->row[i], row)) {
			table->row[i].count += row->count;
			return;
		}
	if (table->nr == DATA_ROWS / 4 * 3) {
		table->lost += row->count;
		return;
	}
	table->row[i] = *row;
	table->nr++;
}

void data_merge(struct data_table *table, const struct data_table *from)
{
	table->lost += from->lost;
	for (const struct data_row *r = from->row; r < from->row + DATA_ROWS; r++)
		if (r->member)
			data_count(table, r);
}

/* ---- phases ---- */

static u32 find(const struct data_phases *p, const void *obj)
{
	u32 i = p->nr;

	while (i-- > 0)
		if (p->entry[i].obj == obj)
			return i;
	return ~0u;
}

void data_enter(const void *obj, enum data_phase phase)
{
	struct data_phases *p = machine->phases;
	u32 i;

	if (!p || !current)
		return;
	i = find(p, obj);
	if (i == ~0u)
		i = p->nr++;
	if (i == MAX_PHASES)
		die("more than %u objects are being made and taken apart", MAX_PHASES);
	p->entry[i].obj = obj;
	p->entry[i].task = current->id;
	p->entry[i].phase = (u16)phase;
}

void data_leave(const void *obj, unsigned phases)
{
	struct data_phases *p = machine->phases;
	u32 i = p ? find(p, obj) : ~0u;

	if (i != ~0u && phases >> p->entry[i].phase & 1)
		p->entry[i] = p->entry[--p->nr];
}

static enum data_phase phase_of(const struct task *t, const struct data_place *at)
{
	const struct data_phases *p = machine->phases;
	const void *whole;
	u32 i;

	if (!p->nr)
		return DATA_IN_USE;
	i = find(p, at->obj);
	if (i != ~0u && p->entry[i].task == t->id)
		return (enum data_phase)p->entry[i].phase;
	whole = at->type->whole ? at->type->whole(at->obj) : NULL;
	i = whole ? find(p, whole) : ~0u;
	return i != ~0u && p->entry[i].task == t->id && p->entry[i].phase == DATA_TORN_DOWN ? DATA_TORN_DOWN : DATA_IN_USE;
}

/* ---- locks ---- */

/* Whose lock it is that is held: the object's own one, or that of another. */
static void relate(struct data_row *row, const struct data_place *at, const struct data_lock *l)
{
	const struct held_lock *h;
	const void *lock;

	/* If no such lock is held, it is all the same whose it would be, unless there is none: only some have one in another object. */
	if (!(row->held[LOCK_READ] & family[l->class]) && l->relation == DATA_SAME)
		return;
	lock = l->of(at->obj);
	if (!lock)
		return;
	row->known |= BIT(l->class);
	if (lock == DATA_NO_LOCK) {
		row->lacks |= BIT(l->class);
		return;
	}
	h = lockdep_find_of(lock, family[l->class]);
	if (!h)
		return;
	row->own[LOCK_READ] |= BIT(h->class);
	if (h->mode == LOCK_WRITE)
		row->own[LOCK_WRITE] |= BIT(h->class);
}

static void what_is_held(struct data_row *row, const struct task *t, const struct data_place *at)
{
	row->held[LOCK_READ] = t->heldmask[LOCK_READ] | t->heldmask[LOCK_WRITE];
	row->held[LOCK_WRITE] = t->heldmask[LOCK_WRITE];
	for (unsigned i = 0; i < ARRAY_SIZE(machine->data->locks); i++)
		for (const struct data_lock *l = machine->data->locks[i]; l && l->type; l++)
			if (l->type == at->type)
				relate(row, at, l);
}

/* ---- accesses ---- */

static void count(struct data_row *row, const struct slab_field *f)
{
	row->member = f->name;
	data_count(observed, row);
}

static void look(struct task *t, const void *addr, unsigned size, bool write, u32 where)
{
	struct data_row row = { .count = 1, .write = write, .where = where };
	struct data_place at = { .field = NULL };
	u64 off;

	if (!machine->data->find(addr, &at))
		return;
	row.type = at.type->name;
	row.phase = (u8)phase_of(t, &at);
	what_is_held(&row, t, &at);
	if (at.field) {
		count(&row, at.field);
		return;
	}
	off = (u64)addr - (u64)at.obj;
	for (const struct slab_field *f = at.type->fields; f->name; f++)
		if (f->offset < off + size && off < (u64)f->offset + f->size)
			count(&row, f);
}

void data_access(struct task *t, const void *addr, unsigned size, bool write, u32 where)
{
	if (!observed || !machine->phases || !machine->sched.main_sp)
		return;
	t->unwatched++;			/* looking is no access */
	look(t, addr, size, write, where);
	t->unwatched--;
}
