/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Good scenario texts, which the tests also begin their mutations from; only for scn_test.c.
 *
 * Concurrency: constant data.
 */
#ifndef HARNESS_TESTS_SCN_TEST_GOOD_H
#define HARNESS_TESTS_SCN_TEST_GOOD_H

#define FULL \
	"# comment\n" \
	"scenario fork-vs-reclaim\n" \
	"about    \"a child is born while reclaim walks the anon_vma it will join\"\n" \
	"provider anon-chain            # optional\n" \
	"goal     walk-saw-child-vma    # may be repeated\n" \
	"goal     second\n" \
	"param    n = 3\n" \
	"\n" \
	"setup {\n" \
	"    mm P\n" \
	"    P: a = mmap anon 2\n" \
	"    P: write a[0] = 1\n" \
	"}\n" \
	"thread forker  { C = P: fork   C: write a[0] = 2   C: exit }\n" \
	"thread kswapd  { repeat n { reclaim P a[0]   reclaim P a[1] } }\n" \
	"finally { P: read a[0] == 1 }\n"

static const char *const good[] = {
	FULL,
	"scenario s thread t { }",
	"scenario s provider anon-chain policy vma-locks goal g thread t { }",
	"scenario s thread t{drain;drain;repeat 2{drain};}",
	"scenario s\r\nthread t {\r\n\tdrain # x\r\n}\r\n",
	"scenario s about \"\" thread t { drain }",
	"scenario s about \"\xc3\xa9t\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7 # no comment\"\n"
	"thread t { }",
	"scenario s setup { } thread t { } finally { } # the end",
	/* every operation */
	"scenario every-operation\n"
	"setup { mm P mutex m rwsem s spinlock l }\n"
	"thread a {\n"
	"  P: a = mmap anon 64\n"
	"  P: munmap a  P: munmap a[3]  P: munmap a[4..63]  P: munmap a[5..5]\n"
	"  P: mprotect a none  P: mprotect a[1] r  P: mprotect a[1..2] rw  P: mprotect a rx  P: mprotect a rwx\n"
	"  P: b = mremap a 64  P: b = mremap a[2] 1  b = P: mremap a[0..3] 2  mapped P a[0]\n"
	"  P: b = mremap_dontunmap a 64  P: b = mremap_dontunmap a[2..3] 2\n"
	"  P: madvise a dontneed  P: madvise a[1..2] free  P: mlock a  P: mlock a[0..1]  P: munlock a[1]  P: b = mmap stack 3\n"
	"  P: madvise a mergeable  P: madvise a[1] unmergeable  P: fill a[0] = 1  ksm_page P a[0]  ksm_scan 2  ksm_unmerge\n"
	"  P: read a[0]  P: read a[0] == 0xFFFFffffffffffff  P: write a[1] = 18446744073709551615\n"
	"  C = P: fork  C: exit  C = P: exec a[0..2]  reclaim P a[0]  shrink 1000000  referenced P a[0]  walk P a[0]\n"
	"  drain  fail_alloc 1  no_memory 2  lock m  trylock l  unlock m  down_read s  down_read_trylock s\n"
	"  up_read s  down_write s  down_write_trylock s  up_write s  downgrade_write s\n"
	"  rcu_read_lock  rcu_read_unlock  synchronize_rcu  rcu_barrier\n"
	"}",
	/* the binding before or after the subject; both bind again */
	"scenario s setup { mm P a = P: mmap anon 1 P: a = mmap anon 2 P = P: fork P: P = fork }\n"
	"thread t { P: read a[63] }",
	/* a name bound in one thread, used in an earlier one and in finally */
	"scenario s setup { mm P } thread u { C: exit }\n"
	"thread b { C = P: fork } finally { C: exit }",
	"scenario s setup { mm P } thread t { } finally { C = P: fork C: exit }",
	/* nesting, and params in all places */
	"scenario s param x = 0x2 param y = x setup { mm P P: a = mmap anon x }\n"
	"thread t { repeat x { repeat 1 { repeat y { repeat 4 { shrink y } drain } } }\n"
	"P: read a[1] }",
	/* whose story it is, in any place of the header; whether there is such a defect is asked by who knows of defects */
	"scenario s story Z14-peek about \"x\" thread t { }",
	"scenario s goal g story story thread t { }",
	/* words of other places are names here */
	"scenario scenario goal goal goal anon provider provider setup { mm about }\n"
	"thread thread { about: anon = mmap anon 1 }",
	/* no space needed where no word would grow together */
	"scenario s setup{mm P;P:a=mmap anon 2;P:write a[0]=1}thread t{C=P:fork;C:read a[0]==1}",
	/* every operation that gives a value, and every word that it may give */
	"scenario values\n"
	"near swap-in \"\" near swap-out \"it left\"\n"
	"setup { mm P P: a = mmap anon 2 mutex m rwsem s }\n"
	"thread t {\n"
	"  P: u = munmap a[1]  P: x = read a[0] == 1  w = P: write a[0] = 1  e = P: exit\n"
	"  c = reclaim P a[0]  n = shrink 2  f = referenced P a[0]  k = walk P a[0]\n"
	"  l = trylock m  r = down_read_trylock s  q = down_write_trylock s  x = shrink 1\n"
	"}\n"
	"finally { P: y = read a[0] }\n"
	"outcome acceptable u == ok e == gone l == yes r == no q == yes \"a # b\"\n"
	"outcome interesting u == enomem w == segv c == again k == none \"\"\n"
	"outcome forbidden x == 0xFFFFffff y == 4294967295 n == 0 f == 1 \"\"\n"
	"outcome forbidden x == segv y == gone \"\" outcome forbidden y == gone \"\"",
	/* files: every form of every operand */
	"scenario files param n = 2 setup { F = file n mm P P: a = mmap shared F 2 P: b = mmap private F[1] 1 }\n"
	"thread t { G = file 16 P: c = mmap shared G[15] n x = pread F[0] == 1 y = pread F[15] w = pwrite F[1] = 2\n"
	"  v = truncate F 0 truncate F 16 writeback F u = writeback F[1] writeback F[0..3] P: msync a z = P: msync a[0..1]\n"
	"  r = reclaim_file F[0] P: m = read a[0] }\n"
	"outcome acceptable x == none y == 0 w == ok v == gone m == sigbus r == again z == ok u == ok \"\"",
	/* swap areas */
	"scenario s thread t { x = swapoff first swapoff second y = swapon first swapon second }\n"
	"outcome acceptable x == einval y == again \"\" outcome acceptable x == enomem y == ok \"\"",
	/* words of other places */
	"scenario near near near \"\" setup { mm near near: ok = mmap anon 1 }\n"
	"thread outcome { near: acceptable = read ok[0] near: forbidden = exit }\n"
	"outcome acceptable acceptable==1 forbidden==ok\"\"",
	/* bound in setup, and twice with different results */
	"scenario s setup { mutex m x = trylock m } thread t { x = shrink 1 }\n"
	"outcome forbidden x == 1 \"\" outcome acceptable x == yes \"\"",
};

#endif
