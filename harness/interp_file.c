/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what a scenario does to files; see interp.c. */
#include "interp.h"

/* The file, open once more; NULL when it was never made. */
struct file *file_use(struct context *c)
{
	return slot_use(c->w, c->s->file, offsetof(struct file, f_count));
}

void slot_set_file(const struct world *w, struct name_slot *n, struct file *file)
{
	struct file *old = slot_exchange(w, n, file);

	if (old)
		fput(old);
}

void op_file(struct context *c)
{
	static const u32 kind[SOP_NR] = { [SOP_HUGE_FILE] = AS_HUGE, [SOP_TMPFS] = AS_HUGE | AS_TMPFS };

	slot_set_file(c->w, &c->w->slot[c->s->bind], file_create_kind((unsigned)c->s->count, kind[c->s->op]));
}

static void with_file(struct context *c, void (*fn)(struct context *c, struct file *file))
{
	struct file *file = file_use(c);

	if (file) {
		fn(c, file);
		fput(file);
	} else {
		came(c, SCN_GONE);
	}
}

static void do_pread(struct context *c, struct file *file)
{
	u64 word;
	int err = file_read(file, (unsigned long)c->s->first, &word);

	if (err) {
		came(c, err == -ENOMEM ? SCN_ENOMEM : SCN_NONE);
		return;
	}
	word &= (1ul << VALUE_BITS) - 1;
	came_number(c, word);
	check_expected(c, word);
}

static void do_pwrite(struct context *c, struct file *file)
{
	came_error(c, file_write(file, (unsigned long)c->s->first, stored_word(c)));
}

static void do_truncate(struct context *c, struct file *file)
{
	came_error(c, file_truncate(file, (unsigned long)c->s->count));
}

static void do_writeback(struct context *c, struct file *file)
{
	unsigned long first = c->s->first < 0 ? 0 : (unsigned long)c->s->first;
	unsigned long last = c->s->first < 0 ? FILE_PAGES - 1 : (unsigned long)c->s->last;

	filemap_write_range(file->f_mapping, first, last);
}

static void do_file_page(struct context *c, struct file *file)
{
	struct page *page = find_get_page(file->f_mapping, (unsigned long)c->s->first);

	came(c, page ? SCN_OK : SCN_NONE);
	if (!page)
		return;
	/* As a shrinker comes upon it: with no reference but the list's. */
	put_page(page);
	c->s->op == SOP_MIGRATE_FILE ? do_migrate(c, page) : do_reclaim(c, page);
}

void op_pread(struct context *c)
{
	with_file(c, do_pread);
}

void op_pwrite(struct context *c)
{
	with_file(c, do_pwrite);
}

void op_truncate(struct context *c)
{
	with_file(c, do_truncate);
}

static void do_invalidate(struct context *c, struct file *file)
{
	came_error(c, invalidate_inode_pages2(file->f_mapping));
}

void op_invalidate(struct context *c)
{
	with_file(c, do_invalidate);
}

void op_writeback(struct context *c)
{
	with_file(c, do_writeback);
}

void op_file_page(struct context *c)
{
	with_file(c, do_file_page);
}

static void do_retract(struct context *c, struct file *file)
{
	came_number(c, retract_page_tables(file->f_mapping));
}

void op_retract(struct context *c)
{
	with_file(c, do_retract);
}

void op_remap(struct context *c)
{
	struct range r;

	if (range_of(c, &r))
		came_error(c, do_remap_file_pages(c->mm, r.start, r.len, (unsigned long)c->s->count));
	else
		came(c, SCN_GONE);
}

/* As a thread of the kernel that has found it mapped somewhere. */
static void do_collapse_file(struct context *c, struct file *file)
{
	came(c, collapse_came[collapse_file(file->f_mapping, (unsigned long)c->s->first, NULL)]);
}

void op_collapse_file(struct context *c)
{
	with_file(c, do_collapse_file);
}

void op_msync(struct context *c)
{
	struct range r;

	if (range_of(c, &r))
		do_msync(c->mm, r.start, r.len);
	else
		came(c, SCN_GONE);
}

