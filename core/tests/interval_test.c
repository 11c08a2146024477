/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of the interval tree of an anon_vma against a list that is searched from end to end.
 *
 * Concurrency: one thread. Nothing here is a point: the tree is looked at from outside any task.
 */
#include "rig.h"

#include "rmap/anon-chain/anon_vma.h"

#define NODES 64
#define OPERATIONS 20000
#define OFFSETS 48

/* Some of the nodes are linked: their list is in the order of insertion. */
struct forest {
	struct vm_area_struct *vma;
	struct anon_vma_chain *avc;
	struct itree_node *root;
	unsigned linked[NODES], nr;
	u64 random;
};

static void forest_begin(struct forest *f, u64 seed)
{
	memset(f, 0, sizeof(*f));
	/* In the arena: priorities follow from addresses, which are the same in every run there. */
	f->vma = machine_alloc(NODES * sizeof(*f->vma));
	f->avc = machine_alloc(NODES * sizeof(*f->avc));
	f->random = seed * 0x9e3779b97f4a7c15ul | 1;
	for (unsigned i = 0; i < NODES; i++)
		f->avc[i].vma = &f->vma[i];
}

static unsigned draw(struct forest *f, unsigned n)
{
	f->random ^= f->random << 13;
	f->random ^= f->random >> 7;
	f->random ^= f->random << 17;
	return (unsigned)((f->random >> 20) % n);
}

static unsigned long first_of(const struct anon_vma_chain *avc)
{
	return avc->vma->vm_pgoff;
}

static unsigned long last_of(const struct anon_vma_chain *avc)
{
	return avc->vma->vm_pgoff + vma_pages(avc->vma) - 1;
}

static void set_range(struct vm_area_struct *vma, unsigned long pgoff, unsigned long pages)
{
	vma->vm_pgoff = pgoff;
	vma->vm_start = PAGE(pgoff);
	vma->vm_end = PAGE(pgoff + pages);
}

static void insert(struct forest *f, unsigned i)
{
	anon_vma_interval_tree_insert(&f->avc[i], &f->root);
	f->linked[f->nr++] = i;
}

static void remove_at(struct forest *f, unsigned at)
{
	anon_vma_interval_tree_remove(&f->avc[f->linked[at]], &f->root);
	f->nr--;
	memmove(&f->linked[at], &f->linked[at + 1], (f->nr - at) * sizeof(f->linked[0]));
}

/* ---- the tree itself ---- */

struct shape {
	unsigned nodes, depth;
	unsigned long before;		/* first offset of the node before, in order */
};

static unsigned long check_subtree(const struct itree_node *n, unsigned depth, struct shape *s)
{
	const struct anon_vma_chain *avc = container_of(n, struct anon_vma_chain, rb);
	unsigned long reach = last_of(avc);

	s->nodes++;
	s->depth = max(s->depth, depth);
	if (n->left) {
		assert_ptr_equal(n->left->parent, n);
		assert_true(n->left->priority <= n->priority);
		reach = max(reach, check_subtree(n->left, depth + 1, s));
	}
	assert_true(first_of(avc) >= s->before);
	s->before = first_of(avc);
	if (n->right) {
		assert_ptr_equal(n->right->parent, n);
		assert_true(n->right->priority <= n->priority);
		reach = max(reach, check_subtree(n->right, depth + 1, s));
	}
	assert_int_equal(n->subtree_last, reach);
	return reach;
}

static struct shape check_tree(const struct forest *f)
{
	struct shape s = { 0, 0, 0 };

	if (f->root) {
		assert_null(f->root->parent);
		check_subtree(f->root, 1, &s);
	}
	assert_int_equal(s.nodes, f->nr);
	return s;
}

/* ---- queries ---- */

/* What overlaps, by first offset and then in the order of insertion. */
static unsigned search_list(const struct forest *f, unsigned long first, unsigned long last,
			    const struct anon_vma_chain *hits[NODES])
{
	unsigned nr = 0;

	for (unsigned i = 0; i < f->nr; i++) {
		const struct anon_vma_chain *avc = &f->avc[f->linked[i]];
		unsigned at = nr;

		if (first_of(avc) > last || last_of(avc) < first)
			continue;
		for (; at && first_of(hits[at - 1]) > first_of(avc); at--)
			hits[at] = hits[at - 1];
		hits[at] = avc;
		nr++;
	}
	return nr;
}

static void check_query(const struct forest *f, unsigned long first, unsigned long last)
{
	const struct anon_vma_chain *hits[NODES];
	unsigned nr = search_list(f, first, last, hits), at = 0;
	struct anon_vma_chain *avc;

	anon_vma_interval_tree_foreach(avc, f->root, first, last) {
		if (at == nr)
			fail_msg("[%lu, %lu]: one hit more than the %u there are", first, last, nr);
		if (avc != hits[at])
			fail_msg("[%lu, %lu]: hit %u is node %ld, not %ld", first, last, at,
				 (long)(avc - f->avc), (long)(hits[at] - f->avc));
		at++;
	}
	if (at != nr)
		fail_msg("[%lu, %lu]: %u hits, not %u", first, last, at, nr);
}

/* ---- tests ---- */

/* Insert fill times in 100, else remove; a query after each; the whole tree now and then. */
static void churn(struct forest *f, unsigned fill, unsigned operations)
{
	for (unsigned op = 0; op < operations; op++) {
		unsigned i = draw(f, NODES);
		unsigned long first = draw(f, OFFSETS + 4);
		unsigned at = 0;

		while (at < f->nr && f->linked[at] != i)
			at++;
		if (at == f->nr && draw(f, 100) < fill) {
			set_range(&f->vma[i], draw(f, OFFSETS),
				  draw(f, 8) ? 1 + draw(f, 6) : 1 + draw(f, 64));
			insert(f, i);
		} else if (at < f->nr && draw(f, 100) >= fill) {
			remove_at(f, at);
		}
		check_query(f, first, first + (draw(f, 2) ? 0 : draw(f, 12)));
		if (op % 8)
			continue;
		check_tree(f);
		check_query(f, 0, ~0ul);
	}
}

static void random_operations_match_the_list(void **state)
{
	static const unsigned fill[] = { 10, 50, 80, 95 };
	struct forest f;
	struct rig r;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(fill); i++) {
		rig_begin(&r);
		forest_begin(&f, i + 1);
		churn(&f, fill[i], OPERATIONS / ARRAY_SIZE(fill));
		while (f.nr) {
			remove_at(&f, draw(&f, f.nr));
			check_tree(&f);
			check_query(&f, 0, ~0ul);
		}
		assert_null(f.root);
		rig_end(&r);
	}
}

static void empty_tree(void **state)
{
	struct forest f;
	struct rig r;

	(void)state;
	rig_begin(&r);
	forest_begin(&f, 1);
	assert_null(anon_vma_interval_tree_iter_first(f.root, 0, ~0ul));
	set_range(&f.vma[0], 3, 2);
	insert(&f, 0);
	assert_null(anon_vma_interval_tree_iter_first(f.root, 0, 2));
	assert_ptr_equal(anon_vma_interval_tree_iter_first(f.root, 0, 3), &f.avc[0]);
	assert_ptr_equal(anon_vma_interval_tree_iter_first(f.root, 4, 4), &f.avc[0]);
	assert_null(anon_vma_interval_tree_iter_first(f.root, 5, ~0ul));
	assert_null(anon_vma_interval_tree_iter_next(&f.avc[0], 0, ~0ul));
	remove_at(&f, 0);
	assert_null(f.root);
	rig_end(&r);
}

/*
 * All VMAs of a family begin at one offset: the order is that of insertion, also after some have
 * left.
 */
static void ties_keep_the_order_of_insertion(void **state)
{
	struct forest f;
	struct rig r;

	(void)state;
	rig_begin(&r);
	forest_begin(&f, 1);
	for (unsigned i = 0; i < NODES; i++) {
		unsigned node = i * 29 % NODES;

		set_range(&f.vma[node], 7, 1 + i % 5);
		insert(&f, node);
		check_query(&f, 7, 7);
	}
	for (unsigned i = 0; f.nr > 1; i++) {
		remove_at(&f, i * 13 % f.nr);
		check_query(&f, 7, 7);
		check_query(&f, 10, 10);
	}
	rig_end(&r);
}

/* A sorted sequence, which would make a plain tree a list. */
static void depth_stays_small(void **state)
{
	struct forest f;
	struct rig r;

	(void)state;
	rig_begin(&r);
	forest_begin(&f, 1);
	for (unsigned i = 0; i < NODES; i++) {
		set_range(&f.vma[i], i, 1);
		insert(&f, i);
	}
	assert_true(check_tree(&f).depth <= 20);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_tree),
		cmocka_unit_test(random_operations_match_the_list),
		cmocka_unit_test(ties_keep_the_order_of_insertion),
		cmocka_unit_test(depth_stays_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
