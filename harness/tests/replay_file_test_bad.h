/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A replay file, ways in which it can be damaged, and what is then said. Only replay_file_test.c
 * includes this.
 *
 * Concurrency: constant data.
 */
#ifndef HARNESS_TESTS_REPLAY_FILE_TEST_BAD_H
#define HARNESS_TESTS_REPLAY_FILE_TEST_BAD_H

/* A whole file. */
static const char good[] =
	"rmaptorture replay 1\n"
	"scenario fork-vs-reclaim\n"
	"provider anon-chain\n"
	"defect Z02\n"
	"defect H6\n"
	"model 0123456789abcdef\n"
	"signature O8/anon_vma chain.1\n"
	"found auto seed 1 execution 4711\n"
	"steps 200 decisions 6 switches 20 hash fedcba9876543210\n"
	"choices 2\n"
	"A3Bab2\n"
	"C2\n"
	"checks 1\n"
	"00000001 0a0b0c0d ffffffff\n"
	"text 3\n"
	"\tscenario fork-vs-reclaim\n"
	"\t\n"
	"\t\tsetup { }  # \xc3\xa9\n"
	"end\n";

/* In good[], from is replaced by to; NULL: the file ends there. The message follows "f.replay:". */
static const struct damage {
	const char *from, *to, *message;
} damages[] = {
	{ "rmap", NULL, "1:1: expected rmaptorture replay 1, found end of file (truncated?)" },
	{ "rmaptorture", "rmaptortures",
	  "1:1: expected rmaptorture replay 1, found 'rmaptortures'" },
	{ "rmaptorture replay", "rmaptorture run", "1:13: expected replay, found 'run'" },
	{ "replay 1", "replay 2", "1:20: expected version 1 of the form, found '2'" },
	{ "replay 1", "replay one", "1:20: expected a number, found 'one'" },
	{ "1\n", "1 \n", "1:21: expected end of line, found a space" },
	{ "1\n", "1\r\n", "1:21: expected end of line, found byte 0x0d" },
	{ "scenario fork", "scenari fork", "2:1: expected scenario, found 'scenari'" },
	{ " fork-vs-reclaim\np", "\tx\np", "2:9: expected a space, found byte 0x09" },
	{ "fork-vs-reclaim\np", "\np", "2:10: expected name of a scenario, found end of line" },
	{ "fork-vs-reclaim\np", "a b\np", "2:11: expected end of line, found a space" },
	{ "provider anon-chain\n", "", "3:1: expected provider, found 'defect'" },
	{ "anon-chain", "\xff", "3:10: expected name of a provider, found byte 0xff" },
	{ "Z02", "", "4:8: expected name of a defect, found end of line" },
	{ "defect H6", "defects H6", "5:1: expected model, found 'defects'" },
	{ "model", "access\nmodel", "6:7: expected a space, found end of line" },
	{ "model", "access line\nmodel", "6:8: expected points, strict or tear, found 'line'" },
	{ "model", "access points strict \nmodel", "6:22: expected points, strict or tear, found end of line" },
	{ "model", "access tears\nmodel", "6:8: expected points, strict or tear, found 'tears'" },
	{ "model", "memory\nmodel", "6:7: expected a space, found end of line" },
	{ "model", "memory sc\nmodel", "6:8: expected tso, found 'sc'" },
	{ "model", "memory tso \nmodel", "6:11: expected end of line, found a space" },
	{ "model", "passes\nmodel", "6:7: expected a space, found end of line" },
	{ "model", "passes \nmodel", "6:8: expected locks or a signature, found end of line" },
	{ "model", "passes lock\nmodel", "6:8: expected locks or a signature, found 'lock'" },
	{ "model", "passes O6/a b\npasses locks\npasses\tO6/b\nmodel", "8:7: expected a space, found byte 0x09" },
	{ "model", "memo", "6:1: expected model, found 'memo'" },
	{ "model", "acce", "6:1: expected model, found 'acce'" },
	{ "89abcdef\ns", "89abcde\ns",
	  "6:7: expected 16 hexadecimal digits, found '0123456789abcde'" },
	{ "89abcdef\ns", "89ABCDEF\ns",
	  "6:7: expected 16 hexadecimal digits, found '0123456789ABCDEF'" },
	{ "89abcdef\ns", "89abcdef0\ns", "6:23: expected end of line, found '0'" },
	{ "89abcdef\ns", NULL,
	  "6:15: expected 16 hexadecimal digits, found end of file (truncated?)" },
	{ "O8/anon_vma chain.1", "", "7:11: expected a signature, found end of line" },
	{ "chain.1", "\a", "7:23: expected end of line, found byte 0x07" },
	{ "vma chain", NULL, "7:19: expected end of line, found end of file (truncated?)" },
	{ "seed 1", "sed 1", "8:12: expected seed, found 'sed'" },
	{ "seed 1", "seed -1", "8:17: expected a number, found '-1'" },
	{ "seed 1", "seed 18446744073709551616",
	  "8:17: expected a number up to 18446744073709551615, found '18446744073709551616'" },
	{ "4711", "0x4711", "8:30: expected end of line, found 'x4711'" },
	{ "steps 200", "steps 1099511627777",
	  "9:7: expected a number up to 1099511627776, found '1099511627777'" },
	{ "steps 200", "steps 3", "9:30: expected a number up to 3, found '20'" },
	{ "steps 200 decisions 6 switches 20", "steps 3 decisions 6 switches 4",
	  "9:30: expected a number up to 3, found '4'" },
	{ "steps 200", "steps 0", "9:30: expected a number up to 0, found '20'" },
	{ "steps 200", "steps 191",
	  "14:19: expected no more than 2 checks for 191 steps, found 'ffffffff'" },
	{ "steps 200", "steps 256", "13:1: expected 4 checks for 256 steps, found 3" },
	{ "decisions 6", "decisions 7", "9:11: expected decisions 6, as in the choices, found 7" },
	{ "decisions 6", "decisions 16777217",
	  "9:21: expected a number up to 16777216, found '16777217'" },
	{ "fedc", "fed", "9:40: expected 16 hexadecimal digits, found 'fedba9876543210'" },
	{ "choices 2", "choices", "10:8: expected a space, found end of line" },
	{ "choices 2", "choices 1", "9:11: expected decisions 4, as in the choices, found 6" },
	{ "choices 2", "choices 3", "13:1: expected a line of choices, found 'checks'" },
	{ "choices 2", "choices 99999999",
	  "10:9: expected a number up to 16777216, found '99999999'" },
	{ "A3Bab2", "A3Bxx!", "11:6: expected a task A to P or an alternative a to z, found '!'" },
	{ "A3Bab2", "A3B Ab2",
	  "11:4: expected a task A to P or an alternative a to z, found a space" },
	{ "A3Bab2", "A3Bab2+", "11:8: expected an alternative a to z, found end of line" },
	{ "A3Bab2", "A3Ba++mb2", "11:5: expected an alternative up to ++l, found '++mb2'" },
	{ "A3Bab2", "A0Bab2", "11:2: expected a count above 0, found '0Bab2'" },
	{ "A3Bab2", "A16777217Bab2",
	  "11:2: expected at most 16777216 choices, found '16777217Bab2'" },
	{ "A3Bab2\n", "\n", "11:1: expected a line of choices, found end of line" },
	{ "ab2\nC2", NULL, "11:4: expected end of line, found end of file (truncated?)" },
	{ "C2\n", "", "12:1: expected a line of choices, found 'checks'" },
	{ "C2\n", "checks\n", "9:11: expected decisions 4, as in the choices, found 6" },
	{ "ect Z02", NULL, "4:4: expected defect, found end of file (truncated?)" },
	{ "0a0b0c0d", "0a0b0c0", "14:10: expected 8 hexadecimal digits, found '0a0b0c0'" },
	{ " ffffffff", "  ffffffff", "14:19: expected 8 hexadecimal digits, found a space" },
	{ "ffffffff\n", "\n", "14:19: expected 8 hexadecimal digits, found end of line" },
	{ "checks 1", "checks 2", "15:1: expected 8 hexadecimal digits, found 'text'" },
	{ "checks 1", "checks 0", "14:1: expected text, found '00000001'" },
	{ "text 3", "text 2", "18:1: expected end, found byte 0x09" },
	{ "text 3", "text 4", "19:1: expected a tab before a line of the scenario, found 'end'" },
	{ "text 3", "text 3 open", "15:8: expected unended, found 'open'" },
	{ "text 3", "text 1048577", "15:6: expected a number up to 1048576, found '1048577'" },
	{ "\tscen", "scen",
	  "16:1: expected a tab before a line of the scenario, found 'scenario'" },
	{ "setup", "se\001up", "18:5: expected text, found byte 0x01" },
	{ "setup", NULL, "18:3: expected end of line, found end of file (truncated?)" },
	{ "end\n", NULL, "19:1: expected end, found end of file (truncated?)" },
	{ "end\n", "en", "19:3: expected end, found end of file (truncated?)" },
	{ "end\n", "ending\n", "19:1: expected end, found 'ending'" },
	{ "end\n", "end\nmore", "20:1: expected end of file, found 'more'" },
	{ "end\n", "end\n\n", "20:1: expected end of file, found end of line" },
	{ "end\n", "end more", "19:4: expected end of line, found a space" },
};

/* A whole file of directives. */
static const char good_directives[] =
	"rmaptorture replay 1\n"
	"scenario fork-vs-reclaim\n"
	"provider anon-chain\n"
	"defect Z02\n"
	"model 0123456789abcdef\n"
	"signature O8/anon_vma chain.1\n"
	"found auto seed 1 execution 4711\n"
	"steps 200 decisions 6 switches 20 hash fedcba9876543210\n"
	"order pager kswapd rcu\n"
	"directives 5\n"
	"switch - 1 kswapd -\n"
	"switch kswapd 36 pager lock\n"
	"choice pager 2 63 TLB entry evicted\n"
	"switch pager 4 rcu down_read.wait\n"
	"switch kswapd 37 pager load\n"
	"text 1\n"
	"\tscenario fork-vs-reclaim\n"
	"end\n";

static const struct damage directive_damages[] = {
	{ "order", "orders", "9:1: expected choices or order, found 'orders'" },
	{ "order pager kswapd rcu\n", "", "9:1: expected choices or order, found 'directives'" },
	{ "order pager", "order\tpager", "9:6: expected end of line, found byte 0x09" },
	{ "rcu\n", "\n", "9:20: expected name of a thread, found end of line" },
	{ "rcu\n", "- a\n", "9:20: expected name of a thread, found '-'" },
	{ "rcu\n", "pager\n", "9:20: expected each thread once, found 'pager'" },
	{ "rcu\n", "a b c d e f g h i j k l m n o\n", "9:48: expected at most 16 threads, found more" },
	{ "pager kswapd rcu\n", "pager rcu\n", "11:12: expected name of a thread of the order, found 'kswapd'" },
	{ "directives 5\n", "", "10:1: expected directives, found 'switch'" },
	{ "directives 5", "directives", "10:11: expected a space, found end of line" },
	{ "directives 5", "directives 4", "15:1: expected text, found 'switch'" },
	{ "directives 5", "directives 6", "16:1: expected switch or choice, found 'text'" },
	{ "directives 5", "directives 1048577", "10:12: expected a number up to 1048576, found '1048577'" },
	{ "- 1 kswapd", "- 1 -", "11:12: expected name of a thread of the order, found '-'" },
	{ "kswapd 36", "kswap 36", "12:8: expected name of a thread of the order, found 'kswap'" },
	{ "kswapd 36", "kswapd x", "12:15: expected a number, found 'x'" },
	{ "kswapd 36", "kswapd 0", "12:15: expected a count above 0, found '0'" },
	{ "kswapd 36", "kswapd 4294967296", "12:15: expected a number up to 4294967295, found '4294967296'" },
	{ "kswapd 37", "kswapd 36", "15:15: expected a count above 36, found '36'" },
	{ "pager lock\n", "pager\n", "12:23: expected a space, found end of line" },
	{ "pager lock\n", "pager \n", "12:24: expected an operation or a choice, found end of line" },
	{ "2 63", "2 64", "13:16: expected a number up to 63, found '64'" },
	{ "2 63", "2 kswapd", "13:16: expected a number, found 'kswapd'" },
	{ "switch pager", NULL, "14:1: expected switch or choice, found end of file (truncated?)" },
	{ "wapd 37", NULL, "15:10: expected name of a thread of the order, found end of file (truncated?)" },
	{ "text 1", "checks 0\ntext 1", "16:1: expected text, found 'checks'" },
};

#endif
