/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of what is read from comments of the kernel: forms of a line, damage, arbitrary bytes. What is
 * said of whole comments is tested by ci/test-lockdoc.sh with the files in harness/tests/lockdoc.
 *
 * Concurrency: one thread.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/embedded.h"
#include "lockdoc/ingest.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))
#define HEAD "/*\n * Lock ordering:\n *\n"

/* What is read from a text, and said of it: "a<b; ", then "kind-number@line:column ". */
static char *read_bytes(const char *text, size_t length, unsigned eras)
{
	char *copy = malloc(length ? length : 1), *said = NULL, err[LOCKDOC_ERR];
	struct lint lint = { 0 };
	struct ingest *g = ingest_new(eras, &lint);
	const struct lockdoc *doc = g->p.doc;
	size_t n;
	FILE *out = open_memstream(&said, &n);

	/* In memory that ends where the text ends, so that a sanitizer sees who reads on. */
	assert_non_null(copy);
	assert_non_null(out);
	memcpy(copy, text, length);
	if (ingest_text(g, "t.c", copy, length, err))
		ingest_end(g);
	else
		fprintf(out, "%s ", err);
	free(copy);
	for (const struct lockdoc_arc *a = doc->arc; a < doc->arc + doc->nr_arcs; a++)
		fprintf(out, "%s<%s%s; ", doc->model->classes[a->before].name,
			doc->model->classes[a->after].name, a->trylock ? ":try" : "");
	lint_sort(&lint);
	for (unsigned i = 0; i < lint.nr; i++)
		fprintf(out, "%d@%d:%d ", lint.item[i].kind, lint.item[i].line, lint.item[i].column);
	assert_int_equal(fclose(out), 0);
	ingest_free(g);
	lint_free(&lint);
	return said;
}

struct text_case {
	const char *text, *said;
};

static void check(const struct text_case *c, size_t nr, unsigned eras)
{
	for (size_t i = 0; i < nr; i++) {
		char *said = read_bytes(c[i].text, strlen(c[i].text), eras);

		if (strcmp(said, c[i].said))
			fail_msg("case %zu: '%s' in place of '%s' for:\n%s", i, said, c[i].said, c[i].text);
		free(said);
	}
}

static void reads_forms(void **state)
{
	static const struct text_case forms[] = {
		{ HEAD " * mm->mmap_sem\n *   page->flags PG_locked\n *     pte_lock\n */\n",
		  "mmap_lock<page_lock; page_lock<pte_lock; " },
		/* An arrow before a name; tabs; a column of notes; two in one place. */
		{ HEAD " *  ->mmap_sem\t\t(here)\n *    ->page_table_lock or pte_lock\t(there,\n *\t\t\tin arch x(y))\n */\n",
		  "mmap_lock<page_table_lock; mmap_lock<pte_lock; " },
		{ HEAD " * anon_vma->rwsem,mapping->i_mmap_rwsem   (x)\n *   ->tasklist_lock\n */\n",
		  "anon_vma<tasklist; i_mmap<tasklist; " },
		/* Rows. */
		{ "/* Lock order: mm->mmap_sem -> lock_page -> pte_lock */\n", "mmap_lock<page_lock; page_lock<pte_lock; " },
		{ HEAD " * mm->mmap_sem < lock_page\n *\n * pte_lock < sb_lock\n */\n",
		  "mmap_lock<page_lock; pte_lock<sb_lock; " },
		/* Siblings, and a new tree behind an empty line. */
		{ HEAD " * mm->mmap_sem\n *   lock_page\n *   pte_lock\n *\n *   sb_lock\n *     tasklist_lock\n */\n",
		  "mmap_lock<page_lock; mmap_lock<pte_lock; sb_lock<tasklist; " },
		/* Tried only, in braces, more notes, the names of the document. */
		{ HEAD " * pte_chain_lock\n *   mm->page_table_lock (unmap, trylock)\n */\n",
		  "pte_chain<page_table_lock:try; " },
		{ HEAD " * mm->mmap_sem\n *   mem_cgroup_{begin,end}_page_stat (a) * (b)\n */\n", "mmap_lock<move_lock; " },
		{ HEAD " * mmap_lock\n *   pte_lockptr\n */\n", "mmap_lock<pte_lock; " },
		/* Two comments in one file. */
		{ HEAD " * mm->mmap_sem\n *   lock_page\n */\nint a;\n" HEAD " * lock_page\n *   pte_lock\n */\n",
		  "mmap_lock<page_lock; page_lock<pte_lock; " },
		/* Sentences. */
		{ HEAD " * sb_lock nests inside the lock_page.\n * The mm->mmap_sem is taken before the\n * lock_page.\n */\n",
		  "page_lock<sb_lock; mmap_lock<page_lock; " },
	};

	(void)state;
	check(forms, NR(forms), ERA_ANY);
}

static void tells_what_it_cannot_read(void **state)
{
	static const struct text_case forms[] = {
		{ "int a;\n", "t.c:1:1: expected a comment with a line 'Lock ordering:', found none " },
		/* A name of nothing keeps its place; one of nothing beside a known one leaves that. */
		{ HEAD " * mm->mmap_sem\n *   no_lock\n *     pte_lock or other_lock\n */\n",
		  "mmap_lock<pte_lock; 4@5:6 4@6:20 " },
		/* A lock under itself; both directions; a cycle. */
		{ HEAD " * lock_page\n *   page->flags PG_locked\n *     pte_lock\n */\n", "page_lock<pte_lock; 0@5:6 " },
		{ HEAD " * lock_page\n *   pte_lock\n *\n * pte_lock\n *   lock_page\n */\n",
		  "page_lock<pte_lock; pte_lock<page_lock; 1@8:6 " },
		{ HEAD " * lock_page\n *   pte_lock\n *     sb_lock\n *       lock_page\n */\n",
		  "page_lock<pte_lock; pte_lock<sb_lock; sb_lock<page_lock; 0@7:10 " },
		/* A line that is lost takes what hung on it with it. */
		{ " 7 * Lock ordering:\n 8 * lock_page\n10 *     pte_lock\n11 *       sb_lock\n", "pte_lock<sb_lock; 3@3:3 3@4:19 " },
		{ HEAD " * lock_page\n *   sb_lock (here,\n *\n *     pte_lock\n */\n", "page_lock<sb_lock; 3@5:14 " },
		/* Between two levels, and too far in. */
		{ HEAD " * lock_page\n *     sb_lock\n *       pte_lock\n *   tasklist_lock\n *     i_pages lock\n */\n",
		  "3@5:8 2@7:6 " },
		/* Sentences of other forms. */
		{ HEAD " * Nobody holds the sb_lock for long; the pte_lock\n * nests within whatever there is.\n */\n",
		  "6@4:4 6@4:39 " },
	};

	(void)state;
	check(forms, NR(forms), ERA_ANY);
}

/* What a name means depends on when it was written. */
static void knows_times(void **state)
{
	static const char text[] = HEAD " * inode->i_mutex\n *   inode_lock\n *     sb_lock\n */\n";
	static const struct { unsigned eras; const char *said; } times[] = {
		{ ERA_ANON_LIST, "inode_lock_outer<inode_lock/global; inode_lock/global<sb_lock; " },
		{ ERA_ANON_CHAIN, "inode_lock_outer<sb_lock; 5@4:4 5@5:6 " },
		{ ERA_LINUX, "4@4:4 5@5:6 3@6:8 " },
		{ ERA_ANY, "inode_lock_outer<sb_lock; 2@5:6 " },
	};

	(void)state;
	for (size_t i = 0; i < NR(times); i++) {
		char *said = read_bytes(text, strlen(text), times[i].eras);

		assert_string_equal(said, times[i].said);
		free(said);
	}
}

/* ---- Arbitrary bytes ---- */

static const char big[] =
	"/* Locking: * - a PG_chainlock bit, which nests within the page lock, then the sb_lock. */\n" HEAD
	" * inode->i_sem\t(in a write)\n *   inode->i_alloc_sem\n *\n"
	" * While it writes, down_read of mmap_sem nests\n * within i_sem; nobody takes both.\n *\n"
	" * mm->mmap_sem\n *   page->flags PG_locked (lock_page)  * (see huge below)\n"
	" *     mapping->i_mmap_lock or anon_vma->lock\n *       pte_lock\n"
	" *         mapping->tree_lock (in set_a_page,\n *\t\tin arch (x))\n *\n"
	" * huge pages take them in this order:\n *   mapping->i_mmap_lock -> lock_page\n */\n"
	"10 * Lock ordering:\n11 * sb_lock\n13 *   tasklist_lock\n";

/* Pieces that mean something are worth more than single bytes. */
static const char *const pieces[] = {
	"(", ")", "*", "*/", "/*", "\n", "\n *\n", "\n * ", " ", "\t", "->", " -> ", " < ", ",", " or ", "{a,b}", ":", ";", ".", "- ",
	" nests within ", "the ", "then ", "which ", "down_read of ", "sb_lock", "Lock ordering:", "12 * ", "see x below", "\xff", "\r",
	"order:",
};

static void survives_changes(void **state)
{
	static char text[4 * sizeof(big)];
	unsigned long x = 4711;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t length = strlen(big);

		memcpy(text, big, length);
		for (int change = 0; change < 6; change++) {
			const char *p;
			size_t at, n, cut;

			x = x * 6364136223846793005ul + 1442695040888963407ul;
			p = pieces[(x >> 40) % NR(pieces)];
			at = (x >> 20) % length;
			cut = (x >> 58) % 40;
			cut = cut < length - at ? cut : length - at;
			n = i % 16 ? strlen(p) : 1;	/* now and then a NUL or any other byte */
			memmove(text + at + n, text + at + cut, length - at - cut);
			memcpy(text + at, i % 16 ? p : (const char *)&x, n);
			length = length - cut + n;
		}
		free(read_bytes(text, length, i % 3 ? ERA_ANY : ERA_ANON_CHAIN));
	}
}

/* The document too is read beyond what is wrong with it. */
static void survives_changes_of_a_document(void **state)
{
	const struct embedded_file *file = embedded_find("LOCKING.md");
	char *text = malloc(file->length), err[LOCKDOC_ERR];
	unsigned long x = 815;
	unsigned findings = 0;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < 1500; i++) {
		struct lint lint = { 0 };
		struct lockdoc *doc;

		memcpy(text, file->text, file->length);
		for (int change = 0; change < 3; change++) {
			size_t from, to, n;

			/* Overwrite some bytes by others of the document: most of it stays readable. */
			x = x * 6364136223846793005ul + 1442695040888963407ul;
			n = (x >> 59) + 1;
			from = (x >> 32) % (file->length - n);
			to = (x >> 8) % (file->length - n);
			memmove(text + to, text + from, n);
		}
		doc = lockdoc_lint(&lockdoc_core, "t.md", text, file->length, &lint, err);
		assert_true(doc || strstr(err, ": expected "));
		findings += doc ? lint.nr : 0;
		lockdoc_free(doc);
		lint_free(&lint);
	}
	assert_true(findings > 20);
	free(text);
}

static void survives_its_beginnings(void **state)
{
	(void)state;
	for (size_t n = 0; n <= strlen(big); n++)
		free(read_bytes(big, n, ERA_ANY));
}

static void survives_noise(void **state)
{
	static char text[3000];
	unsigned long x = 1;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		size_t length = (size_t)i;

		memcpy(text, HEAD, strlen(HEAD));
		for (size_t at = i % 2 ? strlen(HEAD) : 0; at < length; at++) {
			x = x * 6364136223846793005ul + 1442695040888963407ul;
			text[at] = x >> 62 ? "* \n(),_>-lock"[(x >> 40) % 14] : (char)(x >> 33);
		}
		free(read_bytes(text, length, ERA_ANY));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_forms),
		cmocka_unit_test(tells_what_it_cannot_read),
		cmocka_unit_test(knows_times),
		cmocka_unit_test(survives_changes),
		cmocka_unit_test(survives_changes_of_a_document),
		cmocka_unit_test(survives_its_beginnings),
		cmocka_unit_test(survives_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
