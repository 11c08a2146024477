/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of the scenario language, one row each; the parser, the printer and the
 * documentation know nothing about an operation but its row.
 *
 * Concurrency: constant data and pure functions.
 */
#include "scn/ops.h"
#include "scn/lex.h"
#include "scn/parse.h"
#include "scn/scenario.h"

#include <string.h>

#define EXCLUSIVE ((1u << SCN_MUTEX) | (1u << SCN_SPINLOCK))
#define RWSEM (1u << SCN_RWSEM)

/* What a value may hold. */
#define OK (1u << SCN_OK)
#define GONE (1u << SCN_GONE)
#define SEGV (1u << SCN_SEGV)
#define ENOMEM (1u << SCN_ENOMEM)
#define AGAIN (1u << SCN_AGAIN)
#define NONE (1u << SCN_NONE)
#define YES_NO ((1u << SCN_YES) | (1u << SCN_NO))
#define SIGBUS (1u << SCN_SIGBUS)
#define EINVAL (1u << SCN_EINVAL)
#define ACTIVE (1u << SCN_ACTIVE)
#define NUMBER (1u << SCN_NUMBER)

/* The rest of a row: what stands around the word of the operation, and what it gives. */
#define ALONE .subject = 0
#define SUBJECT .subject = 1
#define ARGS(...) .args = { __VA_ARGS__ }
#define DECLARES(kind_) .binding = SCN_DECLARES, .binds = kind_
#define MAKES(kind_) SUBJECT, .binding = SCN_MAKES, .binds = kind_
#define GIVES(results_) .binding = SCN_GIVES, .binds = SCN_VALUE, .gives = results_
#define LOCKS(kinds_) .lock_kinds = kinds_, ARGS(ARG_LOCK)

static const char *const rights_words[NR_RIGHTS + 1] = {
	[RIGHTS_NONE] = "none", [RIGHTS_R] = "r", [RIGHTS_RW] = "rw", [RIGHTS_RX] = "rx", [RIGHTS_RWX] = "rwx",
};

static const char *const advice_words[NR_ADVICE_WORDS + 1] = {
	[ADVICE_DONTNEED] = "dontneed", [ADVICE_FREE] = "free", [ADVICE_SEQUENTIAL] = "sequential",
	[ADVICE_NORMAL] = "normal", [ADVICE_MERGEABLE] = "mergeable", [ADVICE_UNMERGEABLE] = "unmergeable",
};

static const char *const pin_words[NR_PIN_WAYS + 1] = {
	[PIN_READ] = "read", [PIN_WRITE] = "write", [PIN_FORCE] = "force", [PIN_FAST_READ] = "fast_read",
	[PIN_FAST_WRITE] = "fast_write",
};

static const char *const area_words[NR_SWAP_WORDS + 1] = { [SWAP_FIRST] = "first", [SWAP_SECOND] = "second" };

static const char *const mlockall_words[NR_MLOCKALL_WORDS + 1] = {
	[MLOCKALL_CURRENT] = "current", [MLOCKALL_FUTURE] = "future", [MLOCKALL_ALL] = "all",
	[MLOCKALL_CURRENT_ONFAULT] = "current_onfault", [MLOCKALL_FUTURE_ONFAULT] = "future_onfault",
	[MLOCKALL_ALL_ONFAULT] = "all_onfault",
};

const struct scn_op scn_ops[] = {
	[SOP_MM] = { "mm", "make an empty address space", DECLARES(SCN_MM) },
	[SOP_MUTEX] = { "mutex", "make a mutex", DECLARES(SCN_MUTEX) },
	[SOP_RWSEM] = { "rwsem", "make a reader-writer semaphore", DECLARES(SCN_RWSEM) },
	[SOP_SPINLOCK] = { "spinlock", "make a spinlock", DECLARES(SCN_SPINLOCK) },
	[SOP_MMAP] = { "mmap", "map that many pages, anonymous ones (huge if possible) or of a file", MAKES(SCN_AREA),
		       ARGS(ARG_BACKING, ARG_COUNT) },
	[SOP_MUNMAP] = { "munmap", "unmap an area, one page of it or a range", SUBJECT,
			 GIVES(OK | GONE | ENOMEM | EINVAL), ARGS(ARG_RANGE) },
	[SOP_MPROTECT] = { "mprotect", "change what may be done with an area, one page of it or a range",
			   SUBJECT, GIVES(OK | GONE | ENOMEM | EINVAL), .choice = rights_words,
			   ARGS(ARG_RANGE, ARG_CHOICE) },
	[SOP_MREMAP] = { "mremap", "make an area that many pages long, moving it if need be",
			 MAKES(SCN_AREA), ARGS(ARG_RANGE, ARG_COUNT) },
	[SOP_MREMAP_DONTUNMAP] = { "mremap_dontunmap", "move an area with its pages, and leave the old place mapped, with nothing in it",
				   MAKES(SCN_AREA), ARGS(ARG_RANGE, ARG_COUNT) },
	[SOP_MADVISE] = { "madvise", "say what is not needed of an area, a page or a range, how it is read, or whether it may be merged",
			  SUBJECT, GIVES(OK | GONE | ENOMEM | EINVAL), .choice = advice_words,
			  ARGS(ARG_RANGE, ARG_CHOICE) },
	[SOP_MLOCK] = { "mlock", "keep an area, one page of it or a range in memory", SUBJECT,
			GIVES(OK | GONE | ENOMEM | AGAIN), ARGS(ARG_RANGE) },
	[SOP_MUNLOCK] = { "munlock", "let an area, one page of it or a range go again", SUBJECT,
			  GIVES(OK | GONE | ENOMEM), ARGS(ARG_RANGE) },
	[SOP_READ] = { "read", "read a page, and say what must be found there", SUBJECT,
		       GIVES(NUMBER | GONE | SEGV | ENOMEM | SIGBUS), ARGS(ARG_PAGE, ARG_EXPECT) },
	[SOP_WRITE] = { "write", "write a value to a page", SUBJECT,
			GIVES(OK | GONE | SEGV | ENOMEM | SIGBUS), ARGS(ARG_PAGE, ARG_SET) },
	[SOP_FORK] = { "fork", "copy the address space, as fork does", MAKES(SCN_MM) },
	[SOP_EXEC] = { "exec", "make an address space with a stack there, as exec does",
		       MAKES(SCN_MM), ARGS(ARG_RANGE) },
	[SOP_EXIT] = { "exit", "leave the address space; the last user tears it down", SUBJECT,
		       GIVES(OK | GONE) },
	[SOP_RECLAIM] = { "reclaim", "try to reclaim the page that is mapped there",
			  GIVES(OK | GONE | NONE | AGAIN), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_AGE] = { "age", "reclaim the page that is mapped there if it was not used lately",
		      GIVES(OK | GONE | NONE | AGAIN | ACTIVE), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_AGE_MEMCG] = { "age_memcg", "the same on behalf of a group: uses by others do not count",
			    GIVES(OK | GONE | NONE | AGAIN | ACTIVE), ARGS(ARG_MEMCG, ARG_MM, ARG_PAGE) },
	[SOP_COMPACT] = { "compact", "try to move up to that many pages to other frames, oldest first",
			  GIVES(NUMBER), ARGS(ARG_COUNT) },
	[SOP_MIGRATE] = { "migrate", "try to move the page that is mapped there to another frame",
			  GIVES(OK | GONE | NONE | AGAIN | ENOMEM), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_MIGRATE_PAGES] = { "migrate_pages", "move what is mapped there to other frames, by way of swap entries",
				GIVES(OK | GONE | AGAIN | ENOMEM), ARGS(ARG_MM, ARG_RANGE) },
	[SOP_SWAP_PAGES] = { "swap_pages", "swap out what is mapped there, as migration does that has no frames",
			     GIVES(OK | GONE | AGAIN | ENOMEM), ARGS(ARG_MM, ARG_RANGE) },
	[SOP_SHRINK] = { "shrink", "reclaim up to that many pages, oldest first", GIVES(NUMBER),
			 ARGS(ARG_COUNT) },
	[SOP_SPLIT] = { "split", "try to make small pages of the huge one that is mapped there",
			GIVES(OK | GONE | NONE | AGAIN), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_COLLAPSE] = { "collapse", "try to make a huge page of the small ones around that one",
			   GIVES(OK | GONE | AGAIN | ENOMEM), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_REFERENCED] = { "referenced", "ask the reverse map who used the page",
			     GIVES(NUMBER | GONE | NONE | AGAIN), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_SET_IDLE] = { "set_idle", "say that the page is idle until it is used",
			   GIVES(OK | GONE | NONE | AGAIN), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_IDLE] = { "idle", "ask whether the page is idle still",
		       GIVES(YES_NO | GONE | NONE | AGAIN), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_WALK] = { "walk", "walk all mappings of the page",
		       GIVES(NUMBER | GONE | NONE | AGAIN), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_MAPPED] = { "mapped", "look for all entries that map the page",
			 GIVES(NUMBER | GONE | NONE | AGAIN), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_DRAIN] = { "drain", "let deferred work finish", ALONE },
	[SOP_FAIL_ALLOC] = { "fail_alloc", "let this thread's n-th allocation from here fail",
			     ARGS(ARG_COUNT) },
	[SOP_NO_MEMORY] = { "no_memory", "let the next statement's allocations fail from its n-th on",
			    ARGS(ARG_COUNT) },
	[SOP_MEMCG] = { "memcg", "make a memory control group", DECLARES(SCN_MEMCG) },
	[SOP_JOIN] = { "join", "belong to that group from now on, with the pages that are charged to the old one", SUBJECT,
		       GIVES(NUMBER | GONE), ARGS(ARG_MEMCG) },
	[SOP_PIN] = { "pin", "hold a page for a device that will read or write it, as get_user_pages does", SUBJECT,
		      GIVES(OK | GONE | SEGV | ENOMEM | SIGBUS | AGAIN), .choice = pin_words,
		      ARGS(ARG_PAGE, ARG_CHOICE) },
	[SOP_DMA] = { "dma", "let the device write to the page that was pinned there", GIVES(OK | NONE | AGAIN),
		      ARGS(ARG_MM, ARG_PAGE, ARG_SET) },
	[SOP_PEEK] = { "peek", "let the device read the page that was pinned there", GIVES(NUMBER | NONE | AGAIN),
		       ARGS(ARG_MM, ARG_PAGE, ARG_EXPECT) },
	[SOP_UNPIN] = { "unpin", "let go of the page that was pinned there", GIVES(OK | NONE | AGAIN),
			ARGS(ARG_MM, ARG_PAGE) },
	[SOP_FILE] = { "file", "make a file of that many pages, all zero", .binding = SCN_MAKES,
		       .binds = SCN_FILE, ARGS(ARG_COUNT) },
	[SOP_HUGE_FILE] = { "huge_file", "make a file whose pages come in huge ones where that is possible", .binding = SCN_MAKES,
			    .binds = SCN_FILE, ARGS(ARG_COUNT) },
	[SOP_TMPFS] = { "tmpfs", "make a file of tmpfs, with huge pages where that is possible", .binding = SCN_MAKES,
			.binds = SCN_FILE, ARGS(ARG_COUNT) },
	[SOP_HUGETLB_POOL] = { "hugetlb_pool", "put up to that many huge pages into the pool of hugetlb, for good", GIVES(NUMBER),
			       ARGS(ARG_COUNT) },
	[SOP_HUGETLB] = { "hugetlb", "make a file of hugetlb of that many pages, rounded up to whole huge ones", .binding = SCN_MAKES,
			  .binds = SCN_FILE, ARGS(ARG_COUNT) },
	[SOP_PREAD] = { "pread", "read a page of a file, as read() does",
			GIVES(NUMBER | GONE | NONE | ENOMEM), ARGS(ARG_FILE_PAGE, ARG_EXPECT) },
	[SOP_PWRITE] = { "pwrite", "write a page of a file, as write() does; it may become longer",
			 GIVES(OK | GONE | ENOMEM | EINVAL), ARGS(ARG_FILE_PAGE, ARG_SET) },
	[SOP_TRUNCATE] = { "truncate", "make a file that many pages long", GIVES(OK | GONE | EINVAL),
			   ARGS(ARG_FILE, ARG_SIZE) },
	[SOP_INVALIDATE] = { "invalidate", "take all pages of a file that are clean out of the cache, and from whoever maps them",
			     GIVES(OK | GONE | AGAIN | EINVAL), ARGS(ARG_FILE) },
	[SOP_WRITEBACK] = { "writeback", "write dirty pages of a file to the store",
			    GIVES(OK | GONE), ARGS(ARG_FILE_RANGE) },
	[SOP_REMAP] = { "remap", "let an area, a page or a range of it show its file from that page on", SUBJECT,
			GIVES(OK | GONE | ENOMEM | EINVAL), ARGS(ARG_RANGE, ARG_SIZE) },
	[SOP_MSYNC] = { "msync", "write back what is dirty of the files mapped there", SUBJECT,
			GIVES(OK | GONE), ARGS(ARG_RANGE) },
	[SOP_RECLAIM_FILE] = { "reclaim_file", "try to reclaim that page of the file, mapped or not",
			       GIVES(OK | GONE | NONE | AGAIN), ARGS(ARG_FILE_PAGE) },
	[SOP_MIGRATE_FILE] = { "migrate_file", "try to move that page of the file to another frame, mapped or not",
			       GIVES(OK | GONE | NONE | AGAIN | ENOMEM), ARGS(ARG_FILE_PAGE) },
	[SOP_COLLAPSE_FILE] = { "collapse_file", "try to make a huge page of the small ones around that one of the file",
				GIVES(OK | GONE | AGAIN | ENOMEM), ARGS(ARG_FILE_PAGE) },
	[SOP_RETRACT] = { "retract", "take back tables that map nothing of the file", GIVES(NUMBER | GONE),
			  ARGS(ARG_FILE) },
	[SOP_REGISTER] = { "register", "make a guest that uses the memory through translations of its own",
			   MAKES(SCN_GUEST) },
	[SOP_UNREGISTER] = { "unregister", "the guest lets go of the memory", GIVES(OK | GONE),
			     ARGS(ARG_GUEST) },
	[SOP_GUEST_READ] = { "guest_read", "read a page as the guest does, and say what must be found there",
			     GIVES(NUMBER | GONE | SEGV | ENOMEM | SIGBUS),
			     ARGS(ARG_GUEST, ARG_PAGE, ARG_EXPECT) },
	[SOP_GUEST_WRITE] = { "guest_write", "write a value to a page as the guest does",
			      GIVES(OK | GONE | SEGV | ENOMEM | SIGBUS),
			      ARGS(ARG_GUEST, ARG_PAGE, ARG_SET) },
	[SOP_SVA_BIND] = { "sva_bind", "let a device use the process's page tables", MAKES(SCN_DEVICE) },
	[SOP_SVA_UNBIND] = { "sva_unbind", "the device uses them no longer", GIVES(OK | GONE), ARGS(ARG_DEVICE) },
	[SOP_SVA_READ] = { "sva_read", "read a page as the device does, and say what must be found there",
			   GIVES(NUMBER | GONE | SEGV | ENOMEM | SIGBUS), ARGS(ARG_DEVICE, ARG_PAGE, ARG_EXPECT) },
	[SOP_SVA_WRITE] = { "sva_write", "write a value to a page as the device does", GIVES(OK | GONE | SEGV | ENOMEM | SIGBUS),
			    ARGS(ARG_DEVICE, ARG_PAGE, ARG_SET) },
	[SOP_SIGNAL] = { "signal", "let the next statement find a signal pending where it looks for the n-th time",
			 ARGS(ARG_COUNT) },
	[SOP_FILL] = { "fill", "write a value to a page that looks like all pages filled with it", SUBJECT,
		       GIVES(OK | GONE | SEGV | ENOMEM | SIGBUS), ARGS(ARG_PAGE, ARG_SET) },
	[SOP_KSM_PAGE] = { "ksm_page", "let KSM's scan come to the page that is mapped there",
			   GIVES(OK | GONE | NONE | AGAIN), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_KSM_SCAN] = { "ksm_scan", "let KSM scan up to that many pages, to the end of a pass at most",
			   GIVES(NUMBER), ARGS(ARG_COUNT) },
	[SOP_KSM_UNMERGE] = { "ksm_unmerge", "let KSM take back all that it has merged", GIVES(OK | ENOMEM) },
	[SOP_POISON] = { "poison", "let the page that is mapped there fail, as memory failure handles it",
			 GIVES(OK | GONE | NONE | AGAIN), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_SWAPOFF] = { "swapoff", "bring back all that is in a swap area, the first or the second, and take it out of use",
			  GIVES(OK | EINVAL | ENOMEM | AGAIN), .choice = area_words, ARGS(ARG_CHOICE) },
	[SOP_SWAPON] = { "swapon", "take a swap area into use", GIVES(OK | AGAIN), .choice = area_words, ARGS(ARG_CHOICE) },
	[SOP_UFFD_REGISTER] = { "uffd_register", "let a monitor fill what is missing of an area, a page or a range", SUBJECT,
				GIVES(OK | GONE | EINVAL | ENOMEM), ARGS(ARG_RANGE) },
	[SOP_UFFD_UNREGISTER] = { "uffd_unregister", "let nobody wait for the monitor there", SUBJECT,
				  GIVES(OK | GONE | EINVAL | ENOMEM), ARGS(ARG_RANGE) },
	[SOP_UFFD_COPY] = { "uffd_copy", "let the monitor fill a page with a value, and wake who waits for it", SUBJECT,
			    GIVES(OK | GONE | AGAIN | EINVAL | ENOMEM), ARGS(ARG_PAGE, ARG_SET) },
	[SOP_UFFD_ZEROPAGE] = { "uffd_zeropage", "let the monitor fill a page with zeros, and wake who waits for it", SUBJECT,
				GIVES(OK | GONE | AGAIN | EINVAL | ENOMEM), ARGS(ARG_PAGE) },
	[SOP_UFFD_WAKE] = { "uffd_wake", "let the monitor wake who waits there", SUBJECT, GIVES(OK | GONE), ARGS(ARG_RANGE) },
	[SOP_UFFD_CLOSE] = { "uffd_close", "let the monitor go", SUBJECT, GIVES(OK | GONE) },
	[SOP_UNUSED] = { "unused", "let the guest say that it does not use the page", SUBJECT, GIVES(OK | GONE | SEGV | EINVAL | AGAIN),
			 ARGS(ARG_PAGE) },
	[SOP_STABLE] = { "stable", "let the guest say that it uses the page again, whatever is in it", SUBJECT,
			 GIVES(OK | GONE | SEGV | EINVAL | AGAIN), ARGS(ARG_PAGE) },
	[SOP_TO_DEVICE] = { "to_device", "try to move the page that is mapped there to a device's memory",
			    GIVES(OK | GONE | NONE | AGAIN | ENOMEM), ARGS(ARG_MM, ARG_PAGE) },
	[SOP_MLOCKALL] = { "mlockall", "keep all in memory that is mapped, or will be, at once or as it comes", SUBJECT,
			   GIVES(OK | GONE), .choice = mlockall_words, ARGS(ARG_CHOICE) },
	[SOP_MUNLOCKALL] = { "munlockall", "let all of it go again", SUBJECT, GIVES(OK | GONE) },
	[SOP_CLEAR_REFS] = { "clear_refs", "forget what was written to so far: soft-dirty bits", SUBJECT, GIVES(OK | GONE) },
	[SOP_SOFT_DIRTY] = { "soft_dirty", "ask whether the page was written to since that was last forgotten", SUBJECT,
			     GIVES(YES_NO | GONE | SEGV), ARGS(ARG_PAGE) },
	[SOP_LOCK] = { "lock", "take the lock", LOCKS(EXCLUSIVE) },
	[SOP_TRYLOCK] = { "trylock", "take the lock if it is free", GIVES(YES_NO),
			  LOCKS(EXCLUSIVE) },
	[SOP_SPIN] = { "spin", "try to take the lock, and give way, until it is had", LOCKS(EXCLUSIVE) },
	[SOP_UNLOCK] = { "unlock", "release the lock", LOCKS(EXCLUSIVE) },
	[SOP_DOWN_READ] = { "down_read", "take it for reading", LOCKS(RWSEM) },
	[SOP_DOWN_READ_TRYLOCK] = { "down_read_trylock",
				    "take it for reading if that is possible at once",
				    GIVES(YES_NO), LOCKS(RWSEM) },
	[SOP_UP_READ] = { "up_read", "release it after reading", LOCKS(RWSEM) },
	[SOP_DOWN_WRITE] = { "down_write", "take it for writing", LOCKS(RWSEM) },
	[SOP_DOWN_WRITE_TRYLOCK] = { "down_write_trylock",
				     "take it for writing if that is possible at once",
				     GIVES(YES_NO), LOCKS(RWSEM) },
	[SOP_UP_WRITE] = { "up_write", "release it after writing", LOCKS(RWSEM) },
	[SOP_DOWNGRADE_WRITE] = { "downgrade_write",
				  "from writer to reader without letting a writer in",
				  LOCKS(RWSEM) },
	[SOP_RCU_READ_LOCK] = { "rcu_read_lock", "begin an RCU read section", ALONE },
	[SOP_RCU_READ_UNLOCK] = { "rcu_read_unlock", "end an RCU read section", ALONE },
	[SOP_SYNCHRONIZE_RCU] = { "synchronize_rcu", "wait for a grace period", ALONE },
	[SOP_RCU_BARRIER] = { "rcu_barrier", "wait for all RCU callbacks that are queued", ALONE },
};

const unsigned scn_nr_ops = SOP_NR;

int scn_takes(const struct scn_stmt *s, enum scn_arg arg)
{
	for (unsigned i = 0; s->op < SCN_REPEAT && i <= SCN_MAX_ARGS && scn_ops[s->op].args[i] != ARG_NONE; i++)
		if (scn_ops[s->op].args[i] == arg)
			return 1;
	return 0;
}

_Static_assert(sizeof(scn_ops) / sizeof(scn_ops[0]) == SOP_NR, "a row for every operation");

int scn_op_find(const char *word, size_t length)
{
	for (unsigned i = 0; i < scn_nr_ops; i++)
		if (strlen(scn_ops[i].name) == length && !memcmp(scn_ops[i].name, word, length))
			return (int)i;
	return -1;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many insertions, deletions, changes and swaps of neighbours lie between the two words. */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
	unsigned char row[LEX_MAX_WORD + 1][LEX_MAX_WORD + 1];

	for (size_t i = 0; i <= na; i++)
		for (size_t j = 0; j <= nb; j++) {
			unsigned best;

			if (!i || !j) {
				row[i][j] = (unsigned char)(i + j);
				continue;
			}
			best = row[i - 1][j - 1] + (unsigned)(a[i - 1] != b[j - 1]);
			best = least(best, least(row[i - 1][j], row[i][j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = least(best, row[i - 2][j - 2] + 1);
			row[i][j] = (unsigned char)best;
		}
	return row[na][nb];
}

const char *scn_op_nearest(const char *word, size_t length)
{
	/* One slip in every four letters: farther than that a guess confuses more than it helps. */
	unsigned best = (unsigned)(length + 2) / 4 + 1;
	const char *nearest = NULL;

	if (length > LEX_MAX_WORD)
		return NULL;
	for (unsigned i = 0; i <= scn_nr_ops; i++) {
		const char *name = i < scn_nr_ops ? scn_ops[i].name : "repeat";
		unsigned d = distance(word, length, name, strlen(name));

		if (d < best) {
			best = d;
			nearest = name;
		}
	}
	return nearest;
}
