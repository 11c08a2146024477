/* SPDX-License-Identifier: GPL-2.0-only */
/* Carrying out what a scenario does to hugetlb, apart from what it does to files of it as to others; see interp.c. */
#include "hugetlb.h"
#include "interp.h"

void op_hugetlb_pool(struct context *c)
{
	came_number(c, hugetlb_pool_grow((unsigned)c->s->count));
}

void op_hugetlb(struct context *c)
{
	unsigned pages = ((unsigned)c->s->count + HPAGE_PMD_NR - 1) / HPAGE_PMD_NR * HPAGE_PMD_NR;

	slot_set_file(c->w, &c->w->slot[c->s->bind], file_create_kind(min(pages, FILE_PAGES), AS_HUGETLB));
}
