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
	{ "model", "access line\nmodel", "6:8: expected points or strict, found 'line'" },
	{ "model", "access points strict \nmodel", "6:22: expected points or strict, found end of line" },
	{ "model", "memory\nmodel", "6:7: expected a space, found end of line" },
	{ "model", "memory sc\nmodel", "6:8: expected tso, found 'sc'" },
	{ "model", "memory tso \nmodel", "6:11: expected end of line, found a space" },
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

#endif
