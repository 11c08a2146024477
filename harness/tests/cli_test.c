/* SPDX-License-Identifier: GPL-2.0-only */
/* Unit tests of the command line: options, help, exit statuses, tables, colours, embedded files. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/embedded.h"
#include "cli/exit.h"
#include "cli/files.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/out.h"
#include "cli/usage.h"

/* The handlers are not what is tested here: with these, the real ones are not linked. */
#define HANDLER(name)					\
	int name(const struct options *options)		\
	{						\
		(void)options;				\
		return EXIT_CLEAN;			\
	}

HANDLER(cmd_run)
HANDLER(cmd_explore)
HANDLER(cmd_stress)
HANDLER(cmd_replay)
HANDLER(cmd_hunt)
HANDLER(cmd_list)
HANDLER(cmd_doctor)

#define MAX_WORDS 16

/* Parse a line of words that blanks separate; "_" stands for an empty word. */
static enum options_result parse(const char *line, struct options *options, char *text)
{
	char *copy = strdup(line), *argv[MAX_WORDS + 1] = { NULL }, *rest = copy, *word;
	enum options_result result;
	int argc = 0;

	while ((word = strsep(&rest, " ")) && argc < MAX_WORDS)
		argv[argc++] = strcmp(word, "_") ? word : word + 1;
	assert_non_null(command_find(argv[0]));
	result = options_parse(command_find(argv[0]), argc, argv, options, text);
	free(copy);
	return result;
}

static struct options parsed(const char *line)
{
	struct options options;
	char text[USAGE_TEXT];

	if (parse(line, &options, text) != OPTIONS_OK)
		fail_msg("'%s': %s", line, text);
	return options;
}

static void refused(const char *line, const char *expected)
{
	struct options options;
	char text[USAGE_TEXT];

	assert_int_equal(parse(line, &options, text), OPTIONS_BAD);
	assert_string_equal(text, expected);
	options_free(&options);
}

static void commands_are_found_by_their_names(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < NR_COMMANDS; i++) {
		assert_ptr_equal(command_find(commands[i].name), &commands[i]);
		assert_non_null(commands[i].handler);
		assert_true(!commands[i].min || commands[i].operands);
		assert_true(commands[i].min <= commands[i].max);
	}
	assert_null(command_find("expl"));
	assert_null(command_find(""));
}

static void defaults_depend_on_the_command(void **state)
{
	struct options explore = parsed("explore x"), hunt = parsed("hunt"), stress = parsed("stress x");

	(void)state;
	assert_int_equal(explore.command, CMD_EXPLORE);
	assert_int_equal(explore.executions, 10000);
	assert_int_equal(explore.time_ns, 0);
	assert_int_equal(explore.seed, 1);
	assert_int_equal(explore.format, FORMAT_TEXT);
	assert_true(explore.jobs >= 1);
	assert_null(explore.strategy);
	assert_int_equal(explore.given, 0);
	assert_int_equal(hunt.executions, 20000);
	assert_int_equal(stress.executions, 0);
	assert_true(stress.time_ns == UINT64_C(5000000000));
	options_free(&explore);
	options_free(&hunt);
	options_free(&stress);
}

static void values_arrive(void **state)
{
	struct options o = parsed("explore a --seed 18446744073709551615 -n7 --time=90s -j 3 b "
				  "--strategy pct --format json -v --artifacts d");

	(void)state;
	assert_true(o.seed == UINT64_MAX);
	assert_int_equal(o.executions, 7);
	assert_true(o.time_ns == UINT64_C(90000000000));
	assert_int_equal(o.jobs, 3);
	assert_string_equal(o.strategy, "pct");
	assert_int_equal(o.format, FORMAT_JSON);
	assert_true(o.verbose);
	assert_string_equal(o.artifacts, "d");
	assert_int_equal(o.operands.nr, 2);
	assert_string_equal(o.operands.item[0], "a");
	assert_string_equal(o.operands.item[1], "b");
	assert_true(options_given(&o, OPT_SEED));
	assert_true(options_given(&o, OPT_VERBOSE));
	assert_false(options_given(&o, OPT_LOCKING));
	options_free(&o);
}

static void the_last_value_counts(void **state)
{
	struct options o = parsed("explore a -s 1 --strategy pct --seed 2 --strategy pos --exec 5");

	(void)state;
	assert_int_equal(o.seed, 2);
	assert_string_equal(o.strategy, "pos");
	assert_int_equal(o.executions, 5);
	options_free(&o);
}

static void durations_have_units(void **state)
{
	static const struct { const char *line; uint64_t ns; } rows[] = {
		{ "run -t 3", 3000000000 }, { "run -t 3s", 3000000000 }, { "run -t 3ms", 3000000 },
		{ "run -t 2m", 120000000000 }, { "run -t 1h", 3600000000000 },
		{ "run -t 2d", 172800000000000 },
	};
	struct options o;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		o = parsed(rows[i].line);
		assert_true(o.time_ns == rows[i].ns);
		options_free(&o);
	}
}

static void lists_repeat_and_take_commas(void **state)
{
	struct options o = parsed("explore x --provider a,b -p c --provider b -d z02,z03 "
				  "--oracles -O5,-O7 --oracles O1");

	(void)state;
	assert_int_equal(o.providers.nr, 3);
	assert_string_equal(o.providers.item[0], "a");
	assert_string_equal(o.providers.item[1], "b");
	assert_string_equal(o.providers.item[2], "c");
	assert_int_equal(o.defects.nr, 2);
	assert_string_equal(o.defects.item[1], "z03");
	assert_int_equal(o.oracles.nr, 3);
	assert_string_equal(o.oracles.item[0], "-O5");
	assert_string_equal(o.oracles.item[2], "O1");
	options_free(&o);
}

static void params_are_names_and_numbers(void **state)
{
	struct options o = parsed("explore x --param rounds=3 --param depth=0 --param rounds=4");

	(void)state;
	assert_int_equal(o.params.nr, 2);
	assert_string_equal(o.params.item[0].name, "rounds");
	assert_int_equal(o.params.item[0].value, 4);
	assert_string_equal(o.params.item[1].name, "depth");
	assert_int_equal(o.params.item[1].value, 0);
	options_free(&o);
}

static void two_dashes_end_the_options(void **state)
{
	struct options o = parsed("run -v -- --seed -x");

	(void)state;
	assert_int_equal(o.operands.nr, 2);
	assert_string_equal(o.operands.item[0], "--seed");
	assert_string_equal(o.operands.item[1], "-x");
	options_free(&o);
}

static void bad_numbers_are_refused(void **state)
{
	(void)state;
#define SEED "--seed: expected a whole number from 0 to 18446744073709551615, found "
	refused("run --seed 1x", SEED "'1x'");
	refused("run --seed -1", SEED "'-1'");
	refused("run --seed +1", SEED "'+1'");
	refused("run --seed 0x1", SEED "'0x1'");
	refused("run --seed 1.5", SEED "'1.5'");
	refused("run --seed _", SEED "nothing");
	refused("run --seed 18446744073709551616", SEED "'18446744073709551616'");
	refused("run --seed 99999999999999999999", SEED "'99999999999999999999'");
	refused("run --executions 0", "--executions: expected a whole number from 1 to "
		"18446744073709551615, found '0'");
	refused("stress x --noise 101", "--noise: expected a whole number from 0 to 100, found '101'");
	refused("run --jobs 0", "--jobs: expected a whole number from 1 to 4096, found '0'");
#define TIME "--time: expected a duration such as 500ms, 90s, 5m, 8h or 2d, found "
	refused("run --time 0s", TIME "'0s'");
	refused("run --time s", TIME "'s'");
	refused("run --time 5y", TIME "'5y'");
	refused("run --time 5s5", TIME "'5s5'");
	refused("run --time 106752d", TIME "'106752d'");
	refused("run --time 300000000000000000d", TIME "'300000000000000000d'");
}

static void bad_words_are_refused(void **state)
{
	(void)state;
	refused("run --format xml", "--format: expected text|ktap|junit|json, found 'xml'");
	refused("run --format tex", "--format: expected text|ktap|junit|json, found 'tex'");
	refused("replay x --points all", "--points: expected sync|access, found 'all'");
	refused("explore x --races lax", "--races: expected kernel|strict, found 'lax'");
	refused("explore x --memory psc", "--memory: expected sc|tso, found 'psc'");
	refused("stress x --memory tso", "unknown option '--memory'");
	refused("stress x --points access", "unknown option '--points'");
	refused("stress x --tear", "unknown option '--tear'");
	refused("replay x --tear", "unknown option '--tear'");
	refused("run --strategy _", "--strategy: expected NAME, found nothing");
	refused("run --provider a,,b", "--provider: expected NAME, found 'a,,b'");
	refused("run --provider ,", "--provider: expected NAME, found ','");
	refused("run --oracles O1,-", "--oracles: expected LIST, found 'O1,-'");
#define PARAM "--param: expected NAME=VALUE with VALUE from 0 to 2147483647, found "
	refused("run --param x", PARAM "'x'");
	refused("run --param =1", PARAM "'=1'");
	refused("run --param x=", PARAM "'x='");
	refused("run --param x=1=2", PARAM "'x=1=2'");
	refused("run --param x=2147483648", PARAM "'x=2147483648'");
}

static void faulty_options_are_named(void **state)
{
	(void)state;
	refused("run --foo", "unknown option '--foo'");
	refused("run --foo=3 x", "unknown option '--foo'");
	refused("run x --foo y", "unknown option '--foo'");
	refused("run --noise 3", "unknown option '--noise'");
	refused("run -q", "unknown option '-q'");
	refused("run x -vq", "unknown option '-q'");
	refused("run x -vqv", "unknown option '-q'");
	refused("run -v -qv x", "unknown option '-q'");
	refused("run --oracles -O5 -qv", "unknown option '-q'");
	refused("run x --seed", "--seed: expected N, found nothing");
	refused("run -vs", "--seed: expected N, found nothing");
	refused("run --verbose=1", "--verbose: expected no value, found '1'");
	refused("hunt --se 3 --s 3", "option '--se' may mean several");
}

static void operands_are_counted(void **state)
{
	(void)state;
	refused("explore", "explore: expected SCENARIO..., found nothing");
	refused("replay -v", "replay: expected FILE, found nothing");
	refused("replay a b", "replay: unexpected operand 'b'");
	refused("doctor x", "doctor: unexpected operand 'x'");
}

static void help_wins_over_what_follows(void **state)
{
	struct options options;
	char text[USAGE_TEXT];

	(void)state;
	assert_int_equal(parse("explore --help --foo", &options, text), OPTIONS_HELP);
	options_free(&options);
	assert_int_equal(parse("explore -vh", &options, text), OPTIONS_HELP);
	options_free(&options);
}

static void help_shows_each_option_and_its_default(void **state)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	help_command(command_find("explore"), out);
	fclose(out);
	assert_non_null(strstr(text, "Usage: rmaptorture explore [OPTION...] SCENARIO...\n"));
	assert_non_null(strstr(text, "  -n, --executions N "));
	assert_non_null(strstr(text, " [10000]\n"));
	assert_non_null(strstr(text, "      --param NAME=VALUE "));
	assert_null(strstr(text, "--noise"));
	free(text);
}

static void statuses_combine_by_weight(void **state)
{
	static const int weight[] = { EXIT_CLEAN, EXIT_SKIPPED, EXIT_INCONCLUSIVE, EXIT_FINDINGS,
				      EXIT_USAGE };
	int i, j;

	(void)state;
	for (i = 0; i < 5; i++)
		for (j = 0; j < 5; j++)
			assert_int_equal(exit_combine(weight[i], weight[j]),
					 weight[i > j ? i : j]);
}

static void what_is_left_follows_from_the_pace(void **state)
{
	static const struct { double elapsed, share; const char *text; } cases[] = {
		{ 12.7, 0, "12 s" }, { 0.5, 0.1, "0 s" }, { 10, 0.25, "10 s, 30 s left" }, { 125, 0.5, "2:05, 2:05 left" },
		{ 4200, 0.5, "1:10:00, 1:10:00 left" }, { 5, 1, "5 s" }, { 5, 1.5, "5 s" },
	};
	char text[PROGRESS_TIME];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(progress_time(text, cases[i].elapsed, cases[i].share), cases[i].text);
	/* Whatever the pace, it is cut off and not written beyond. */
	assert_true(strlen(progress_time(text, 1e12, 1e-12)) < PROGRESS_TIME);
}

static void messages_stay_on_one_line(void **state)
{
	char text[] = "a\nb\tc\033[1md";

	(void)state;
	assert_string_equal(usage_one_line(text), "a?b?c?[1md");
}

static void columns_fit_their_cells(void **state)
{
	static const struct table_column columns[] = {
		{ "scenario", ALIGN_LEFT }, { "n", ALIGN_RIGHT }, { "verdict", ALIGN_LEFT },
	};
	struct table *table = table_new(columns, 3);
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	table_cell(table, TINT_PLAIN, "fork-vs-reclaim");
	table_cell(table, TINT_PLAIN, "%d", 7);
	table_cell(table, TINT_GOOD, "clean");
	table_cell(table, TINT_PLAIN, "\xc3\xa4");
	table_cell(table, TINT_PLAIN, "%d", 12345);
	table_cell(table, TINT_BAD, "%s", "");
	table_print(table, out);
	fclose(out);
	assert_string_equal(text, "scenario             n  verdict\n"
				  "fork-vs-reclaim      7  clean\n"
				  "\xc3\xa4                12345\n");
	free(text);
	table_free(table);
}

static void colours_are_for_terminals_that_want_them(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	FILE *terminal, *file = tmpfile();

	(void)state;
	if (master < 0 || grantpt(master) || unlockpt(master))
		skip();
	terminal = fopen(ptsname(master), "r+");
	assert_non_null(terminal);
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	assert_string_equal(out_tint(terminal, TINT_BAD), "\033[31m");
	assert_string_equal(out_tint(file, TINT_BAD), "");
	setenv("NO_COLOR", "", 1);
	assert_string_equal(out_tint(terminal, TINT_PLAIN), "\033[0m");
	setenv("NO_COLOR", "1", 1);
	assert_string_equal(out_tint(terminal, TINT_BAD), "");
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	assert_string_equal(out_tint(terminal, TINT_BAD), "");
	fclose(file);
	fclose(terminal);
	close(master);
}

/* Runs where the sources are; their files and the embedded ones must not differ. */
static void embedded_files_are_whole(void **state)
{
	const struct embedded_file *file;
	char *text;
	FILE *in;

	(void)state;
	for (file = embedded_files; file->name; file++) {
		assert_ptr_equal(embedded_find(file->name), file);
		assert_int_equal(strlen(file->text), file->length);
		in = fopen(file->name, "rb");
		if (!in)
			skip();
		text = calloc(1, file->length + 2);
		assert_int_equal(fread(text, 1, file->length + 1, in), file->length);
		assert_memory_equal(text, file->text, file->length + 1);
		free(text);
		fclose(in);
	}
	assert_int_equal(file - embedded_files, nr_embedded_files);
	assert_null(embedded_find("scenarios/none.scn"));
	assert_null(embedded_scenario("../LOCKING"));
}

static void directories_are_made_with_those_above(void **state)
{
	static const char *const made[] = { "a/b/c", "a/b/c", "a", "./a//d/", "/" };
	char dir[] = "/tmp/cli_test.XXXXXX", empty[] = "";
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++) {
		assert_int_equal(directory_make(made[i]), 0);
		assert_int_equal(stat(made[i], &st), 0);
		assert_true(S_ISDIR(st.st_mode));
	}
	assert_int_equal(directory_make(empty), -1);
	assert_int_equal(errno, ENOENT);
	close(open("a/file", O_WRONLY | O_CREAT, 0666));
	assert_int_equal(directory_make("a/file/e"), -1);
	assert_int_equal(errno, ENOTDIR);
	unlink("a/file");
	for (size_t i = 0; i < 5; i++)
		rmdir((const char *const[]){ "a/b/c", "a/b", "a/d", "a", dir }[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_found_by_their_names),
		cmocka_unit_test(defaults_depend_on_the_command),
		cmocka_unit_test(values_arrive),
		cmocka_unit_test(the_last_value_counts),
		cmocka_unit_test(durations_have_units),
		cmocka_unit_test(lists_repeat_and_take_commas),
		cmocka_unit_test(params_are_names_and_numbers),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(bad_numbers_are_refused),
		cmocka_unit_test(bad_words_are_refused),
		cmocka_unit_test(faulty_options_are_named),
		cmocka_unit_test(operands_are_counted),
		cmocka_unit_test(what_is_left_follows_from_the_pace),
		cmocka_unit_test(help_wins_over_what_follows),
		cmocka_unit_test(help_shows_each_option_and_its_default),
		cmocka_unit_test(statuses_combine_by_weight),
		cmocka_unit_test(messages_stay_on_one_line),
		cmocka_unit_test(columns_fit_their_cells),
		cmocka_unit_test(colours_are_for_terminals_that_want_them),
		cmocka_unit_test(embedded_files_are_whole),
		cmocka_unit_test(directories_are_made_with_those_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
