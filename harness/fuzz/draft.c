/* SPDX-License-Identifier: GPL-2.0-only */
/* Drafts: see draft.h. */
#include "fuzz/draft.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/contract.h"
#include "hash.h"
#include "machine.h"
#include "minimise/cut.h"

static void *must(void *memory)
{
	if (!memory)
		die("no memory for a draft");
	return memory;
}

struct scenario *draft_new(void)
{
	struct scenario *d = must(calloc(1, sizeof(*d)));

	d->name = must(strdup("fuzz"));
	d->about = must(strdup("made by rmaptorture fuzz"));
	d->path = must(strdup("fuzz.scn"));
	d->text = must(strdup(""));
	d->setup.name = must(strdup("setup"));
	d->finally.name = must(strdup("finally"));
	return d;
}

struct scn_body *draft_body(struct scenario *d, unsigned body)
{
	if (body >= DRAFT_THREAD)
		return &d->thread[body - DRAFT_THREAD];
	return body == DRAFT_SETUP ? &d->setup : &d->finally;
}

struct scn_body *draft_thread(struct scenario *d)
{
	struct scn_body *b = &d->thread[d->nr_threads];

	if (d->nr_threads >= DRAFT_THREADS)
		return NULL;
	d->nr_threads++;
	memset(b, 0, sizeof(*b));
	b->name = must(strdup("t"));
	return b;
}

/* ---- names ---- */

int draft_name(struct scenario *d, const char *text, enum scn_kind kind)
{
	struct scn_name *n = &d->name_of[d->nr_names];

	for (unsigned i = 0; i < d->nr_names; i++)
		if (!strcmp(d->name_of[i].text, text))
			return d->name_of[i].kind == kind ? (int)i : -1;
	if (d->nr_names == DRAFT_MAX_NAMES)
		return -1;
	memset(n, 0, sizeof(*n));
	n->text = must(strdup(text));
	n->kind = kind;
	return (int)d->nr_names++;
}

static bool taken(const struct scenario *d, const char *text)
{
	for (unsigned i = 0; i < d->nr_names; i++)
		if (!strcmp(d->name_of[i].text, text))
			return true;
	return false;
}

int draft_fresh(struct scenario *d, enum scn_kind kind)
{
	static const char prefix[] = {
		[SCN_MM] = 'P', [SCN_AREA] = 'a', [SCN_MUTEX] = 'm', [SCN_RWSEM] = 's', [SCN_SPINLOCK] = 'l', [SCN_VALUE] = 'x',
		[SCN_FILE] = 'F', [SCN_MEMCG] = 'M', [SCN_GUEST] = 'G', [SCN_DEVICE] = 'D',
	};
	char text[16];

	for (unsigned i = 1; i <= DRAFT_MAX_NAMES; i++) {
		snprintf(text, sizeof(text), "%c%u", prefix[kind], i);
		if (!taken(d, text))
			return draft_name(d, text, kind);
	}
	return -1;
}

/* ---- statements ---- */

struct scn_stmt draft_stmt(unsigned op)
{
	return (struct scn_stmt){
		.op = (uint16_t)op, .bind = -1, .subject = -1, .name = -1, .area = -1, .lock = -1, .file = -1, .memcg = -1,
		.first = -1, .last = -1, .match = -1,
	};
}

/* The parser's arrays grow by their own rule: a copy of the exact size is right under any. */
void draft_insert(struct scn_body *b, unsigned at, const struct scn_stmt *s)
{
	struct scn_stmt *array = must(malloc((b->nr + 1) * sizeof(*array)));

	if (at > b->nr)
		at = b->nr;
	if (at)
		memcpy(array, b->stmt, at * sizeof(*array));
	array[at] = *s;
	if (at < b->nr)
		memcpy(array + at + 1, b->stmt + at, (b->nr - at) * sizeof(*array));
	free(b->stmt);
	b->stmt = array;
	b->nr++;
}

void draft_remove(struct scn_body *b, unsigned first, unsigned count)
{
	b->nr -= count;
	memmove(&b->stmt[first], &b->stmt[first + count], (b->nr - first) * sizeof(*b->stmt));
}

bool draft_complete(const struct scn_stmt *s)
{
	const struct scn_op *op = &scn_ops[s->op];
	bool whole = !op->subject || s->subject >= 0;

	for (unsigned i = 0; i <= SCN_MAX_ARGS && op->args[i] != ARG_NONE; i++) {
		whole &= (op->args[i] != ARG_MM && op->args[i] != ARG_GUEST && op->args[i] != ARG_DEVICE) || s->name >= 0;
		whole &= (op->args[i] != ARG_PAGE && op->args[i] != ARG_RANGE) || s->area >= 0;
		whole &= op->args[i] != ARG_LOCK || s->lock >= 0;
		whole &= op->args[i] != ARG_MEMCG || s->memcg >= 0;
		whole &= op->args[i] != ARG_BACKING || !scn_maps_file(s) || s->file >= 0;
		whole &= (op->args[i] != ARG_FILE && op->args[i] != ARG_FILE_PAGE && op->args[i] != ARG_FILE_RANGE) || s->file >= 0;
	}
	return whole && ((op->binding != SCN_MAKES && op->binding != SCN_DECLARES) || s->bind >= 0);
}

void draft_groups(struct scn_body *b)
{
	int32_t open[SCN_MAX_THREADS];
	unsigned depth = 0;

	for (unsigned i = 0; i < b->nr; i++) {
		struct scn_stmt *s = &b->stmt[i];
		bool bad = s->op == SCN_REPEAT ? depth == 1 : s->op == SCN_END && !depth;

		if (bad) {
			draft_remove(b, i--, 1);
		} else if (s->op == SCN_REPEAT) {
			open[depth++] = (int32_t)i;
		} else if (s->op == SCN_END) {
			s->match = open[--depth];
			b->stmt[s->match].match = (int32_t)i;
		}
	}
	while (depth)
		draft_remove(b, (unsigned)open[--depth], 1);
}

/* ---- families ---- */

unsigned draft_binders(const struct scenario *d, int slot)
{
	unsigned nr = 0;

	for (unsigned b = 0; b < draft_bodies(d); b++) {
		const struct scn_body *body = draft_body((struct scenario *)d, b);

		for (unsigned i = 0; i < body->nr; i++)
			nr += draft_is_op(&body->stmt[i]) && body->stmt[i].bind == slot;
	}
	return nr;
}

static void note(struct family *f, const struct scn_stmt *s, unsigned body)
{
	u64 bit;

	if (!draft_is_op(s) || s->bind < 0)
		return;
	bit = 1ul << s->bind;
	if ((f->mms | f->areas | f->locks | f->files | f->memcgs | f->guests | f->devices) & bit)
		return;
	if (body == DRAFT_SETUP)
		f->setup |= bit;
	if (s->op == SOP_MUTEX || s->op == SOP_RWSEM || s->op == SOP_SPINLOCK)
		f->locks |= bit;
	if (s->op == SOP_MEMCG)
		f->memcgs |= bit;
	if (s->op == SOP_REGISTER)
		f->guests |= bit;
	if (s->op == SOP_SVA_BIND)
		f->devices |= bit;
	if (s->op == SOP_HUGETLB || (s->op == SOP_MMAP && scn_maps_file(s) && s->file >= 0 && f->hugetlb >> s->file & 1))
		f->hugetlb |= bit;
	if (scn_makes_file(s->op)) {
		f->files |= bit;
		f->pages[s->bind] = (u8)s->count;
	}
	if (scn_ops[s->op].binds == SCN_AREA && scn_ops[s->op].binding == SCN_MAKES) {
		f->areas |= bit;
		f->pages[s->bind] = (u8)s->count;
	}
	if (scn_ops[s->op].binds == SCN_MM)
		f->mms |= bit;
	if (s->op == SOP_FORK && s->subject >= 0 && s->subject != s->bind) {
		f->parent[s->bind] = (int8_t)s->subject;
		f->children[s->subject]++;
	}
}

/* How far below its root; bounded, because drafts can hold any nonsense. */
static u8 depth_of(const struct family *f, int slot)
{
	u8 depth = 0;

	while (f->parent[slot] >= 0 && depth < DRAFT_MAX_NAMES) {
		slot = f->parent[slot];
		depth++;
	}
	return depth;
}

void draft_family(const struct scenario *d, struct family *f)
{
	memset(f, 0, sizeof(*f));
	memset(f->parent, -1, sizeof(f->parent));
	for (unsigned b = 0; b < draft_bodies(d); b++) {
		/* Set-up, then threads; what only finally binds comes last. */
		unsigned body = !b ? DRAFT_SETUP : b + 1 < draft_bodies(d) ? b + 1 : DRAFT_FINALLY;
		const struct scn_body *of = draft_body((struct scenario *)d, body);

		for (unsigned i = 0; i < of->nr; i++)
			note(f, &of->stmt[i], body);
	}
	for (unsigned i = 0; i < d->nr_names; i++)
		f->depth[i] = depth_of(f, (int)i);
}

/* ---- finishing ---- */

static u32 text_hash(const struct scenario *d)
{
	char *text = NULL;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));
	u64 h;

	scn_print(d, out);
	if (fclose(out))
		die("no memory for a draft");
	h = hash_bytes(HASH_BASIS, text, length);
	free(text);
	return (u32)(h ^ h >> 32);
}

static void rename_to(char **to, const char *name)
{
	free(*to);
	*to = must(strdup(name));
}

static struct scenario *reparsed(struct scenario *d)
{
	struct scenario *scn = NULL;
	struct scn_error err;
	char *text = NULL;
	size_t length;
	FILE *out = must(open_memstream(&text, &length));

	scn_print(d, out);
	if (fclose(out))
		die("no memory for a draft");
	scn = scn_parse("fuzz.scn", text, length, &err);
	if (!scn)
		die("a generated scenario is refused: %s\n%s", err.text, text);
	free(text);
	return scn;
}

struct scenario *draft_finish(struct scenario *d)
{
	struct scenario *scn;
	char name[32];

	cut_goals(d);
	contract_keep(d);
	for (unsigned i = 0; i < d->nr_threads; i++) {
		snprintf(name, sizeof(name), "t%u", i + 1);
		rename_to(&d->thread[i].name, name);
	}
	rename_to(&d->name, "fuzz");
	snprintf(name, sizeof(name), "fuzz-%08x", text_hash(d));
	rename_to(&d->name, name);
	scn = reparsed(d);
	scn_free(d);
	return scn;
}
