/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks of the kernel and their names: see names.h. Only names that are locks, or that take one: what
 * is not here is asked about, not guessed.
 */
#include "lockdoc/names.h"

#include <string.h>

enum {
	K_NONE,
	K_INODE,
	K_I_ALLOC,
	K_MMAP,
	K_INVALIDATE,
	K_HUGETLB_FAULT,
	K_HUGETLB_VMA,
	K_PAGE,
	K_I_MMAP_HUGE,
	K_VMA,
	K_I_MMAP,
	K_ANON_VMA,
	K_PAGE_TABLE,
	K_PTE,
	K_PMD,
	K_PTE_CHAIN,
	K_LRU,
	K_SWAP,
	K_MMLIST,
	K_PRIVATE,
	K_MOVE,
	K_I_PAGES,
	K_I_LOCK,
	K_WB_LIST,
	K_INODE_GLOBAL,
	K_SB,
	K_TASKLIST,
	K_SB_LIST,
	K_INODE_HASH,
	K_INODE_LRU,
	K_IUNIQUE,
	K_ZONE,
	NR_K
};

#define SLEEPS(name)                            \
	{                                       \
		name, WAIT_SLEEP, SAME_NEVER, 0 \
	}
#define SPINS(name)                            \
	{                                      \
		name, WAIT_SPIN, SAME_NEVER, 0 \
	}

static const struct lock_class classes[NR_K] = {
	[K_NONE] = { "none", WAIT_PSEUDO, SAME_RECURSIVE, 0 },
	[K_INODE] = SLEEPS("inode_lock_outer"),
	[K_I_ALLOC] = SLEEPS("i_alloc_sem"),
	[K_MMAP] = SLEEPS("mmap_lock"),
	[K_INVALIDATE] = SLEEPS("invalidate_lock"),
	[K_HUGETLB_FAULT] = SLEEPS("hugetlb_fault_mutex"),
	[K_HUGETLB_VMA] = SLEEPS("hugetlb_vma_lock"),
	[K_PAGE] = SLEEPS("page_lock"),
	[K_I_MMAP_HUGE] = SLEEPS("i_mmap_huge"),
	[K_VMA] = SLEEPS("vma_write"),
	[K_I_MMAP] = SLEEPS("i_mmap"),
	[K_ANON_VMA] = SLEEPS("anon_vma"),
	[K_PAGE_TABLE] = SPINS("page_table_lock"),
	[K_PTE] = SPINS("pte_lock"),
	[K_PMD] = SPINS("pmd_lock"),
	[K_PTE_CHAIN] = SPINS("pte_chain"),
	[K_LRU] = SPINS("lru"),
	[K_SWAP] = SPINS("swap_lock"),
	[K_MMLIST] = SPINS("mmlist"),
	[K_PRIVATE] = SPINS("private_lock"),
	[K_MOVE] = SPINS("move_lock"),
	[K_I_PAGES] = SPINS("i_pages"),
	[K_I_LOCK] = SPINS("i_lock"),
	[K_WB_LIST] = SPINS("wb_list"),
	[K_INODE_GLOBAL] = SPINS("inode_lock/global"),
	[K_SB] = SPINS("sb_lock"),
	[K_TASKLIST] = SPINS("tasklist"),
	[K_SB_LIST] = SPINS("s_inode_list"),
	[K_INODE_HASH] = SPINS("inode_hash"),
	[K_INODE_LRU] = SPINS("inode_lru"),
	[K_IUNIQUE] = SPINS("iunique"),
	[K_ZONE] = SPINS("zone"),
};

const struct lockdoc_model lockdoc_kernel = { classes, NR_K, NULL, 0, false };

const char *const kernel_era_names[] = { "any",	       "pte-chain", "anon-list",
					 "anon-chain", "linux",	    NULL };

#define PC ERA_PTE_CHAIN
#define AL ERA_ANON_LIST
#define AC ERA_ANON_CHAIN
#define LX ERA_LINUX

struct row {
	const char *name;
	u8 class, eras;
	const char *changed; /* what it is in these eras, if it is not what it says */
};

/* "owner->member" is found for "member" as well, as long as no other row has another class for it. */
static const struct row rows[] = {
	{ "inode->i_sem", K_INODE, AL | PC, NULL },
	{ "inode->i_mutex", K_INODE, AL, NULL },
	{ "inode->i_mutex", K_INODE, AC, "the mutex became the rwsem inode->i_rwsem in 4.7" },
	{ "inode->i_rwsem", K_INODE, AC | LX, NULL },
	{ "inode->i_alloc_sem", K_I_ALLOC, AL, NULL },
	{ "mm->mmap_sem", K_MMAP, PC | AL | AC, NULL },
	{ "mm->mmap_lock", K_MMAP, AC | LX, NULL },
	{ "mapping->invalidate_lock", K_INVALIDATE, LX, NULL },
	{ "hugetlb_fault_mutex", K_HUGETLB_FAULT, AC | LX, NULL },
	{ "vma_lock", K_HUGETLB_VMA, LX, NULL },
	{ "vma_start_write", K_VMA, LX, NULL },
	{ "page lock", K_PAGE, PC | AL | AC, NULL },
	{ "page->flags PG_locked", K_PAGE, AL | AC | LX, NULL },
	{ "PG_locked", K_PAGE, AL | AC | LX, NULL },
	{ "lock_page", K_PAGE, AL | AC | LX, NULL },
	{ "folio_lock", K_PAGE, LX, NULL },
	{ "hugetlbfs_i_mmap_rwsem_key", K_I_MMAP_HUGE, AC | LX, NULL },
	{ "mapping->i_mmap_lock", K_I_MMAP, AL | AC, NULL },
	{ "mapping->i_mmap_mutex", K_I_MMAP, AC, NULL },
	{ "mapping->i_mmap_rwsem", K_I_MMAP, AC | LX, NULL },
	{ "i_mmap_lock_write", K_I_MMAP, AC | LX, NULL },
	{ "anon_vma->lock", K_ANON_VMA, AL | AC, NULL },
	{ "anon_vma.lock", K_ANON_VMA, AL | AC | LX, NULL },
	{ "anon_vma->mutex", K_ANON_VMA, AC, NULL },
	{ "anon_vma->rwsem", K_ANON_VMA, AC | LX, NULL },
	{ "anon_vma->root->rwsem", K_ANON_VMA, AC | LX, NULL },
	{ "anon_vma_lock_write", K_ANON_VMA, AC | LX, NULL },
	{ "mm->page_table_lock", K_PAGE_TABLE, ERA_ANY, NULL },
	{ "pte_lock", K_PTE, AL | AC | LX, NULL },
	{ "pmd_lock", K_PMD, AC | LX, NULL },
	{ "PG_chainlock bit", K_PTE_CHAIN, PC, NULL },
	{ "PG_chainlock", K_PTE_CHAIN, PC, NULL },
	{ "pte_chain_lock", K_PTE_CHAIN, PC, NULL },
	{ "pagemap_lru_lock", K_LRU, PC, NULL },
	{ "zone->lru_lock", K_LRU, AL | AC, NULL },
	{ "zone.lru_lock", K_LRU, AL | AC, NULL },
	{ "zone_lru_lock", K_LRU, AC, NULL },
	{ "pgdat->lru_lock", K_LRU, AC, NULL },
	{ "lruvec->lru_lock", K_LRU, LX, NULL },
	{ "swap_lock", K_SWAP, AL | AC | LX, NULL },
	{ "swap_list_lock", K_SWAP, PC | AL, NULL },
	{ "mmlist_lock", K_MMLIST, ERA_ANY, NULL },
	{ "mapping->private_lock", K_PRIVATE, AL | AC | LX, NULL },
	{ "memcg->move_lock", K_MOVE, AC | LX, NULL },
	{ "mem_cgroup_begin_page_stat", K_MOVE, AC, NULL },
	{ "mem_cgroup_end_page_stat", K_MOVE, AC, NULL },
	{ "lock_page_memcg", K_MOVE, AC, NULL },
	{ "mapping->tree_lock", K_I_PAGES, AL | AC, NULL },
	{ "i_pages lock", K_I_PAGES, AC | LX, NULL },
	{ "mapping->i_pages", K_I_PAGES, AC | LX, NULL },
	{ "inode->i_lock", K_I_LOCK, AL | AC | LX, NULL },
	{ "bdi.wb->list_lock", K_WB_LIST, AC | LX, NULL },
	{ "bdi->wb.list_lock", K_WB_LIST, AC | LX, NULL },
	{ "wb->list_lock", K_WB_LIST, AC | LX, NULL },
	{ "inode_lock", K_INODE_GLOBAL, PC | AL, NULL },
	{ "inode_lock", K_NONE, AC | LX,
	  "a function that takes inode->i_rwsem; the spinlock went in 2.6.39" },
	{ "sb_lock", K_SB, ERA_ANY, NULL },
	{ "tasklist_lock", K_TASKLIST, ERA_ANY, NULL },
	{ "inode->i_sb->s_inode_list_lock", K_SB_LIST, AC | LX, NULL },
	{ "s_inode_list_lock", K_SB_LIST, AC | LX, NULL },
	{ "inode_hash_lock", K_INODE_HASH, AC | LX, NULL },
	{ "Inode LRU list locks", K_INODE_LRU, AC | LX, NULL },
	{ "iunique_lock", K_IUNIQUE, AC | LX, NULL },
	{ "zone->lock", K_ZONE, ERA_ANY, NULL },
};

/* What stands behind the last arrow or dot. */
static const char *member_of(const char *name)
{
	const char *at = name;

	for (const char *c = name; *c; c++)
		if (*c == '.' || *c == '>')
			at = c + 1;
	return at;
}

/* Names of members that say nothing without their owner. */
static bool is_common(const char *member)
{
	static const char *const names[] = { "lock", "mutex", "rwsem", "list_lock", "i_pages" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], member))
			return true;
	return false;
}

/* A name without its owner may be meant; one with another owner is another lock. */
static bool fits(const struct row *r, const char *name)
{
	if (!strcmp(r->name, name))
		return true;
	return member_of(name) == name && !is_common(name) && !strcmp(member_of(r->name), name);
}

const char *kernel_times(unsigned eras, char text[KERNEL_TIMES])
{
	text[0] = '\0';
	for (unsigned i = 0; kernel_era_names[i + 1]; i++)
		if (eras & 1u << i) {
			strcat(text, *text ? ", " : "");
			strcat(text, kernel_era_names[i + 1]);
		}
	return text;
}

/* The classes' own names, and what LOCKING.md calls those that it has. */
static u8 documented(const char *name)
{
	const struct lockdoc *doc = lockdoc_builtin();
	u8 class = 0;

	for (unsigned i = 1; i < NR_K; i++)
		if (!strcmp(classes[i].name, name))
			return (u8)i;
	for (unsigned i = 0; doc && i < doc->nr_aliases; i++)
		if (!strcmp(doc->alias[i].name, name))
			class = doc->alias[i].class;
	for (unsigned i = 1; class && i < NR_K; i++)
		if (!strcmp(classes[i].name, doc->model->classes[class].name))
			return (u8)i;
	return 0;
}

static const char *near_name(const char *name)
{
	const char *member = member_of(name);

	for (const struct row *r = rows; r < rows + ARRAY_SIZE(rows); r++)
		if (member != name && !is_common(member) && !strcmp(member_of(r->name), member))
			return r->name;
	return NULL;
}

/* The rows of the asked eras, taken together. */
static struct kernel_name unite(const char *name, unsigned eras, unsigned *all)
{
	struct kernel_name n = { .verdict = NAME_UNKNOWN };

	for (const struct row *r = rows; r < rows + ARRAY_SIZE(rows); r++) {
		if (!fits(r, name))
			continue;
		*all |= r->eras;
		if (!(r->eras & eras))
			continue;
		if (n.verdict != NAME_UNKNOWN && n.class != r->class)
			return (struct kernel_name){ .verdict = NAME_AMBIGUOUS };
		/* If it is right at one of the times in question, it may be right. */
		if (n.verdict != NAME_KNOWN) {
			n.verdict = r->changed ? NAME_CHANGED : NAME_KNOWN;
			n.why = r->changed;
		}
		n.class = r->class;
	}
	return n;
}

struct kernel_name kernel_resolve(const char *name, unsigned eras)
{
	unsigned all = 0;
	struct kernel_name n = unite(name, eras, &all);

	n.eras = all;
	if (n.verdict != NAME_UNKNOWN)
		return n;
	if (all) {
		n.verdict = NAME_OTHER_ERA;
		return n;
	}
	n.class = documented(name);
	if (n.class)
		n.verdict = NAME_KNOWN;
	else
		n.near = near_name(name);
	return n;
}
