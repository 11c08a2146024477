/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small document, and what is said about it, after "t.md:", when something in it is replaced;
 * only for lockdoc_test.c.
 *
 * Concurrency: constant data.
 */
#ifndef HARNESS_TESTS_LOCKDOC_TEST_BAD_H
#define HARNESS_TESTS_LOCKDOC_TEST_BAD_H

#define GOOD                                                                     \
	/* 1 */ "# Locks\n"                                                      \
	/* 2 */ "## Lock classes\n"                                              \
	/* 3 */ "| Class | Primitive | Instance key | Same class | Wait | Sees |\n" \
	/* 4 */ "| --- | --- | --- | :--- | --- | --- |\n"                       \
	/* 5 */ "| `outer` | rwsem | one | never | sleep | `mm->outer`, `old` |\n" \
	/* 6 */ "| `outer/sub` | rwsem | one | never | sleep | |\n"              \
	/* 7 */ "| `mid` {era=anon-chain} | rwsem | root | nest(outer:W) | sleep | |\n" \
	/* 8 */ "| `addr` | mutex | any | address, ascending | sleep | |\n"      \
	/* 9 */ "| `spin` | spinlock | one | never | spin | a word, `the_spin` |\n" \
	/* 10 */ "| `leaf` | spinlock | one | never | spin | |\n"                \
	/* 11 */ "| `rcu` | pseudo | none | recursive | rcu | |\n"               \
	/* 12 */ "| `alloc` | pseudo | none | recursive | pseudo | |\n"          \
	/* 13 */ "## Order\n"                                                    \
	/* 14 */ "```lock-order\n"                                               \
	/* 15 */ "outer            (everywhere)\n"                               \
	/* 16 */ "  outer/sub      (fork)\n"                                     \
	/* 17 */ "  mid            # a remark\n"                                 \
	/* 18 */ "    spin\n"                                                    \
	/* 19 */ "mid < addr < leaf;\n"                                          \
	/* 20 */ "```\n"                                                         \
	/* 21 */ "```lock-order ctx=huge\n"                                      \
	/* 22 */ "mid < outer;\n"                                                \
	/* 23 */ "```\n"                                                         \
	/* 24 */ "## Exceptions\n"                                               \
	/* 25 */ "| Rule | Why |\n"                                              \
	/* 26 */ "| --- | --- |\n"                                               \
	/* 27 */ "| `alloc < outer:try` | it must |\n"                           \
	/* 28 */ "| `never-together spin, leaf` | they are one |\n"              \
	/* 29 */ "## Data rules\n"                                               \
	/* 30 */ "| Member | Read | Write | Set up and torn down |\n"            \
	/* 31 */ "| --- | --- | --- | --- |\n"                                   \
	/* 32 */ "| `a.b`, `c.d->e` | `outer:R \\| mid:R(root)`; or | `(none & spin(same))` | |\n" \
	/* 33 */ "## Contexts\n"                                                 \
	/* 34 */ "| Context | When |\n"                                          \
	/* 35 */ "| --- | --- |\n"                                               \
	/* 36 */ "| `huge` | of huge pages |\n"                                  \
	/* 37 */ "## Provenance\n"                                               \
	/* 38 */ "Nowhere.\n"

static const struct bad {
	const char *find, *replace, *error;
} bad[] = {
	/* sections and blocks */
	{ GOOD, "", "1:1: expected a section '## Lock classes', found the end of the file" },
	{ "## Exceptions", "## Exeptions",
	  "38:9: expected a section '## Exceptions', found the end of the file" },
	{ "## Exceptions", "## Order",
	  "24:4: expected one section 'Order', found another in line 13" },
	{ "# Locks", "# Lo\001cks", "1:5: expected text in UTF-8, found byte 0x01" },
	{ "Nowhere.", "Now\xc3here.", "38:4: expected text in UTF-8, found byte 0xc3" },
	{ "Nowhere.", "\xed\xa0\x80", "38:1: expected text in UTF-8, found byte 0xed" },
	{ "Nowhere.", "``` text",
	  "38:9: expected '```' to end the block of line 38, found the end of the file" },
	{ "```lock-order\n", "```lock-ordr\n",
	  "14:4: expected 'lock-order', 'text' or nothing, "
	  "found 'lock-ordr'" },
	{ "Nowhere.", "```lock-order",
	  "38:4: expected a lock-order block in the section 'Order' only" },
	{ "lock-order ctx=huge", "lock-order context=huge",
	  "21:15: expected 'era' or 'ctx', found 'context'" },
	{ "lock-order ctx=huge",
	  "lock-order ctx=", "21:19: expected a name, found the end of the line" },
	{ "lock-order ctx=huge", "lock-order ctx=tiny",
	  "22:7: expected a context of 'Contexts', found 'tiny'" },
	{ "lock-order ctx=huge", "lock-order era=future",
	  "21:19: expected the name of a provider (list providers), found 'future'" },

	/* tables */
	{ "| Class |", "| Klass |", "3:3: expected the column 'Class', found 'Klass'" },
	{ "| Class |", "| Class of |", "3:3: expected the column 'Class', found 'Class'" },
	{ "| :--- |", "| :--* |", "4:24: expected '---' below the column's title, found '*'" },
	{ "| :--- |", "| |",
	  "4:21: expected '---' below the column's title, found the end of the cell" },
	{ "| pseudo | |\n## Order", "| pseudo |\n## Order",
	  "12:1: expected a row of 6 cells, found 5" },
	{ "| pseudo | |\n## Order", "| pseudo | | |\n## Order",
	  "12:1: expected a row of 6 cells, found 7" },
	{ "| it must |", "| it must",
	  "27:32: expected '|' at the end of the row, found the end of the line" },
	{ "| it must |", "| |", "27:25: expected the reason, found the end of the cell" },

	/* classes */
	{ "| `leaf`", "| `leaves`", "10:4: expected a lock class of the model, found 'leaves'" },
	{ "| `leaf`", "| leaf", "10:3: expected '`', found 'leaf'" },
	{ "| `leaf`", "| `leaf", "10:8: expected '`', found the end of the cell" },
	{ "| `leaf`", "| `leaf` or so",
	  "10:10: expected '{' or nothing after the class, found 'or'" },
	{ "| `leaf`", "| `spin`", "10:4: expected one row for 'spin', found another in line 9" },
	{ "| `leaf` | spinlock | one | never | spin | |\n", "",
	  "2:1: expected a row for 'leaf', found none (E-NOCLASS)" },
	{ "era=anon-chain", "ctx=huge", "7:10: expected 'era', found 'ctx'" },
	{ "{era=anon-chain}", "{era=anon-chain", "7:24: expected '}', found the end of the cell" },
	{ "| nest(outer:W)", "| never",
	  "7:43: expected 'nest', the rule of the code for two of 'mid', found 'never'" },
	{ "| nest(outer:W)", "| nest(spin)",
	  "7:48: expected 'outer', under which the code nests 'mid', found 'spin'" },
	{ "| nest(outer:W)", "| nest(outer:R)", "7:54: expected 'W', found 'R'" },
	{ "| address, asc", "| adress, asc",
	  "8:26: expected 'never', 'address', 'nest', 'recursive', 'parent' or 'root', "
	  "found 'adress'" },
	{ "| spin | a word", "| sleep | a word",
	  "9:37: expected 'spin', the wait type of 'spin' in the code, found 'sleep'" },
	{ "| spin | a word", "| spins | a word",
	  "9:37: expected 'rcu', 'spin', 'sleep' or 'pseudo', found 'spins'" },
	{ "`the_spin`", "`old`",
	  "9:53: expected a name of one class only, found 'old' for 'outer' too" },
	{ "`the_spin`", "`mid`",
	  "9:53: expected a name of one class only, found 'mid' for 'mid' too" },
	{ "`the_spin`", "``", "9:53: expected a name, found '`'" },

	/* trees */
	{ "    spin\n", "    spn\n", "18:5: expected a lock class, found 'spn'" },
	{ "    spin\n", "   spin\n mid\n",
	  "19:2: expected the indentation of a line above, found 1 columns" },
	{ "    spin\n", "    spin leaf\n",
	  "18:10: expected 'or', ',', '(', '{', '<' or the end of the line, found 'leaf'" },
	{ "    spin\n", "    spin or\n",
	  "18:12: expected a lock class, found the end of the line" },
	{ "    spin\n", "    spin:t\n", "18:10: expected 'try', 'R' or 'W', found 't'" },
	{ "    spin\n", "    mid\n",
	  "18:5: expected another class than the one before it, found 'mid' again" },
	{ "    spin\n", "    spin (note\n", "18:10: expected ')' to end this note, found none" },
	{ "    spin\n", "    spin {unexercised}\n", "18:22: expected '=', found '}'" },
	{ "    spin\n", "    spin {unexercised=why}\n", "18:23: expected '\"', found 'why'" },
	{ "    spin\n", "    spin {unexercised=\"\"}\n",
	  "18:24: expected a text between the quotes, found '\"'" },
	{ "    spin\n", "    spin {unexercised=\"why}\n",
	  "18:28: expected '\"', found the end of the line" },
	{ "    spin\n", "    spin {waived=\"why\"}\n",
	  "18:11: expected 'era', 'unexercised', 'rare' or 'until', found 'waived'" },
	{ "    spin\n", "    spin {rare=why}\n", "18:16: expected '\"', found 'why'" },
	{ "    spin\n", "    spin {until=2027-01-31}\n",
	  "18:17: expected 'unexercised' or 'rare' with 'until', found neither" },
	{ "    spin\n", "    spin {rare=\"why\"; until=2027-06-31}\n",
	  "18:29: expected a day like 2027-01-31, found '2027-06-31'" },
	{ "    spin\n", "    spin {rare=\"why\"; until=soon}\n",
	  "18:29: expected a day like 2027-01-31, found 'soon'" },
	{ "    spin\n", "    spin or leaf, addr or rcu, alloc, outer, mid, outer/sub, leaf\n",
	  "18:62: expected at most 8 classes in one place" },

	/* arcs */
	{ "< leaf;", "< leaf", "19:18: expected ';', found the end of the line" },
	{ "< leaf;", "< leaf; spin", "19:20: expected the end of the line, found 'spin'" },
	{ "< leaf;", "<;", "19:13: expected a lock class, found ';'" },
	{ "< leaf;", "< leaf < \302\247;", "19:21: expected a lock class, found byte 0xc2" },
	{ "< leaf;", "< mid;",
	  "19:14: expected an order without a cycle, found addr < mid < addr (E-CYCLE)" },
	{ "< leaf;", "< outer;",
	  "19:14: expected an order without a cycle, found addr < outer < mid < addr (E-CYCLE)" },

	/* exceptions and data rules */
	{ "`alloc < outer:try`", "`alloc, outer:try`", "27:20: expected '<', found '`'" },
	{ "`alloc < outer:try`", "`alloc < outer:try;`", "27:21: expected '`', found ';'" },
	{ "`alloc < outer:try`", "`alloc < outer:try` sometimes",
	  "27:23: expected nothing after the rule, found 'sometimes'" },
	{ "`alloc < outer:try`", "`alloc < outer`", NULL },
	{ "never-together spin, leaf", "never-together spin", "28:23: expected ',', found '`'" },
	{ "never-together spin, leaf", "never-together spin, the_spin",
	  "28:25: expected another class, found 'the_spin'" },
	{ "never-together spin, leaf", "pin spine", "28:8: expected a lock class, found 'spine'" },
	{ "never-together spin, leaf", "pin spin, leaf", "28:12: expected '`', found ','" },
	{ "never-together spin, leaf", "pin the_spin", NULL },
	{ "never-together", "nevertogether", "28:4: expected a lock class, found 'nevertogether'" },
	{ "`a.b`", "`a`", "32:4: expected a member of a structure ('vma.vm_start'), found 'a'" },
	{ "`a.b`,", "`a.b` and", "32:9: expected ',' or the end of the cell, found 'and'" },
	{ "outer:R \\|", "outer:X \\|", "32:28: expected 'R' or 'W', found 'X'" },
	{ "outer:R \\|", "inner:R \\|", "32:22: expected a lock class, found 'inner'" },
	{ "mid:R(root)", "mid:R(tree)",
	  "32:39: expected 'same', 'root', 'owner' or 'any', found 'tree'" },
	{ "`(none & spin(same))`", "`(none & spin(same)`", "32:71: expected ')', found '`'" },
	{ "`(none & spin(same))`", "`((((((((((none))))))))))`",
	  "32:61: expected at most 8 nested parentheses, found more" },
	{ "mid:R(root)", "mid:R(if all)", "32:42: expected 'any', found 'all'" },
	{ "mid:R(root)", "mid:R(root, any)", "32:45: expected 'if', found 'any'" },
	{ "mid:R(root)", "mid:R(root, if any)", NULL },
	{ "outer:R \\|", "never \\|", "32:28: expected '`', found '\\'" },
	{ "outer:R \\|", "outer:R &", NULL },
	{ "`; or", "` {unexercised=\"x\"} or", NULL },
	{ "`; or", "` {era=anon-chain}", "32:47: expected 'unexercised', found 'era'" },
	{ "`c.d->e`", "`c.d->e` {era=anon-chain}", NULL },
	{ "`c.d->e`", "`c.d->e` {era=anon-tree}",
	  "32:24: expected the name of a provider (list providers), found 'anon-tree'" },
	{ "same))` | |", "same))` | `set-up`, `torn-down`: at last |", NULL },
	{ "same))` | |", "same))` | `setup` |", "32:77: expected 'set-up' or 'torn-down', found 'setup'" },
	{ "same))` | |", "same))` | `set-up`; `torn-down` |",
	  "32:86: expected such words before the remark only, found '`'" },
	{ "`(none & spin(same))`", "", "32:53: expected a rule, found the end of the cell" },
	{ "| `huge` |", "| `tiny` |", "36:4: expected a context of the model, found 'tiny'" },
	{ "| `huge` |", "| huge |", "36:3: expected '`', found 'huge'" },
};

#endif
