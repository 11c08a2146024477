/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks at each access and counts it, by member and by the locks that are held: see data.h.
 *
 * Only the few objects that are being made or taken apart have an entry, in the arena, so that a snapshot has them too; all others
 * are in use.
 */
#include "data.h"

#if defined(FLAVOUR_ACCESS)
#include <string.h>

#include "access/where.h"
#include "machine.h"

#define BIT(n) (1ul << (n))
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

const struct site *data_site(const struct data_row *row)
{
	return where_site(where_long(row->where));
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

static void enter(const void *obj, enum data_phase phase)
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

static void leave(const void *obj, bool whatever)
{
	struct data_phases *p = machine->phases;
	u32 i = p ? find(p, obj) : ~0u;

	if (i != ~0u && (whatever || p->entry[i].phase == DATA_SET_UP))
		p->entry[i] = p->entry[--p->nr];
}

void data_set_up(const void *obj)
{
	enter(obj, DATA_SET_UP);
}

void data_publish(const void *obj)
{
	leave(obj, false);
}

void data_tear_down(const void *obj)
{
	enter(obj, DATA_TORN_DOWN);
}

void data_gone(const void *obj)
{
	leave(obj, true);
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

	/* If no such lock is held, it is all the same whose it would be, unless there is none. */
	if (!(row->held[LOCK_READ] & family[l->class]) && l->relation != DATA_ROOT)
		return;
	lock = l->of(at->obj);
	if (!lock)
		return;
	row->known |= BIT(l->class);
	if (lock == DATA_NO_LOCK) {
		row->lacks |= BIT(l->class);
		return;
	}
	h = lockdep_find(lock);
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

static void look(struct task *t, const void *addr, unsigned size, bool write, const void *pc)
{
	struct data_row row = { .count = 1, .write = write, .where = where_short(pc) };
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

void data_access(struct task *t, const void *addr, unsigned size, bool write, const void *pc)
{
	if (!observed || !machine->phases || !machine->sched.main_sp)
		return;
	t->unwatched++;			/* looking is no access */
	look(t, addr, size, write, pc);
	t->unwatched--;
}
#endif
