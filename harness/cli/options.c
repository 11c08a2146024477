/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of options, and the parsing of a command line with it through argp.
 *
 * argp is told to print nothing itself: what it and getopt say takes several lines and leaves out
 * where to look. After an error, the word at fault is found again and described in one line.
 */
#include <argp.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/option-table.h"
#include "lockdoc/names.h"

#define ALL_COMMANDS (BIT(NR_COMMANDS) - 1)
#define RANDOM (BIT(CMD_RUN) | BIT(CMD_EXPLORE) | BIT(CMD_STRESS) | BIT(CMD_FUZZ) | BIT(CMD_HUNT))
#define RUNNING (RANDOM | BIT(CMD_VERIFY))
#define CONTROLLED (BIT(CMD_RUN) | BIT(CMD_EXPLORE) | BIT(CMD_FUZZ) | BIT(CMD_HUNT))
#define CHECKING (RUNNING | BIT(CMD_REPLAY))
#define IN(field) offsetof(struct options, field)
#define LISTED(kind) { .listed = (kind) }
#define WORDS(text) { .words = (text) }
#define FILES(pattern) { .files = (pattern) }
#define ALWAYS(text) { [0 ... NR_COMMANDS - 1] = (text) }

static const char *const profile_choices[] = { "spread", "sites", "bursts", "long", "mixed", NULL };	/* enum noise_profile */
static const char *const format_choices[] = { "text", "ktap", "junit", "json", NULL };
static const char *const points_choices[] = { "sync", "access", NULL };
static const char *const races_choices[] = { "kernel", "strict", NULL };
static const char *const mode_choices[] = { "explore", "stress", "verify", "fuzz", NULL };	/* enum hunt_mode */
static const char *const memory_choices[] = { "sc", "tso", NULL };	/* enum memory_model */

const struct option_row option_rows[NR_OPTIONS] = {
	[OPT_PROVIDER] = { "provider", 'p', "NAME", "reverse map to use [the newest that fits; run: each]",
		RUNNING | BIT(CMD_LIST) | BIT(CMD_LOCKDOC) | BIT(CMD_NIGHTLY), TYPE_LIST, .where = IN(providers),
		.values = LISTED("providers") },
	[OPT_DEFECT] = { "defect", 'd', "NAME", "switch a defect on",
		(RUNNING & ~BIT(CMD_HUNT)) | BIT(CMD_LOCKDOC) | BIT(CMD_NIGHTLY), TYPE_LIST, .where = IN(defects),
		.values = LISTED("defects") },
	[OPT_ALL] = { "all", 0, NULL, "hunt every defect there is",
		BIT(CMD_HUNT), TYPE_FLAG, .where = IN(all) },
	[OPT_BLIND] = { "blind", 0, NULL, "look in all scenarios and random ones, not in its own",
		BIT(CMD_HUNT), TYPE_FLAG, .where = IN(blind) },
	[OPT_MODE] = { "mode", 0, "explore|stress|verify|fuzz", "how defects are looked for",
		BIT(CMD_HUNT), TYPE_CHOICE, .where = IN(mode), .choices = mode_choices,
		.defaults = ALWAYS("explore") },
	[OPT_ABLATION] = { "ablation", 0, NULL, "which defects escape without each of the oracles",
		BIT(CMD_HUNT), TYPE_FLAG, .where = IN(ablation) },
	[OPT_BUILT_IN] = { "built-in", 0, NULL, "nothing is switched on: the program may be wrong",
		BIT(CMD_HUNT), TYPE_FLAG, .where = IN(built_in) },
	[OPT_SEED] = { "seed", 's', "N", "what all random choices follow from",
		RANDOM | BIT(CMD_LOCKDOC) | BIT(CMD_NIGHTLY), TYPE_UINT, .where = IN(seed), .min = 0, .max = UINT64_MAX,
		.defaults = ALWAYS("1") },
	[OPT_SEEDS] = { "seeds", 0, "N", "seeds to try per defect, from --seed on",
		BIT(CMD_HUNT), TYPE_UINT, .where = IN(seeds), .min = 1, .max = 1000000,
		.defaults = ALWAYS("5") },
	[OPT_EXECUTIONS] = { "executions", 'n', "N", "stop after so many executions",
		RUNNING | BIT(CMD_LOCKDOC) | BIT(CMD_NIGHTLY), TYPE_UINT, .where = IN(executions), .min = 1, .max = UINT64_MAX,
		.defaults = { [CMD_RUN] = "20000", [CMD_EXPLORE] = "10000", [CMD_FUZZ] = "100000",
			      [CMD_HUNT] = "20000", [CMD_VERIFY] = "1000000", [CMD_LOCKDOC] = "5000" } },
	[OPT_SCHEDULES] = { "schedules", 0, "N", "executions of each scenario",
		BIT(CMD_FUZZ) | BIT(CMD_HUNT), TYPE_UINT, .where = IN(schedules), .min = 1, .max = UINT64_MAX,
		.defaults = ALWAYS("24") },
	[OPT_TIME] = { "time", 't', "DURATION", "stop after so long: 500ms, 90s, 5m, 8h, 2d",
		(RUNNING & ~BIT(CMD_HUNT)) | BIT(CMD_LOCKDOC) | BIT(CMD_NIGHTLY), TYPE_DURATION, .where = IN(time_ns),
		.defaults = { [CMD_STRESS] = "5s" } },
	[OPT_PREEMPTIONS] = { "preemptions", 0, "N", "only schedules with N preemptions at most",
		BIT(CMD_VERIFY) | BIT(CMD_HUNT), TYPE_UINT, .where = IN(preemptions), .min = 0, .max = 1000 },
	[OPT_CHOICES] = { "choices", 0, "N", "only with N unusual choices at most (reclaim)",
		BIT(CMD_VERIFY) | BIT(CMD_HUNT), TYPE_UINT, .where = IN(choices), .min = 0, .max = 1000000,
		.defaults = ALWAYS("1") },
	[OPT_STRATEGY] = { "strategy", 0, "NAME", "how schedules are chosen",
		CONTROLLED, TYPE_STRING, .where = IN(strategy), .values = LISTED("strategies") },
	[OPT_KNOWN] = { "known", 0, "SIGNATURE", "pass over this finding, and count it; repeatable",
		RANDOM, TYPE_TEXTS, .where = IN(known) },
	[OPT_TARGET] = { "target", 0, "SIGNATURE", "pass over all findings but this one",
		BIT(CMD_EXPLORE), TYPE_STRING, .where = IN(target) },
	[OPT_POINTS] = { "points", 0, "sync|access", "where schedules may switch (access flavour)",
		CONTROLLED | BIT(CMD_REPLAY), TYPE_CHOICE, .where = IN(points), .choices = points_choices,
		.defaults = ALWAYS("sync") },
	[OPT_RACES] = { "races", 0, "kernel|strict", "which data races to report (access flavour)",
		CONTROLLED | BIT(CMD_REPLAY), TYPE_CHOICE, .where = IN(races), .choices = races_choices,
		.defaults = ALWAYS("kernel") },
	[OPT_MEMBERS] = { "members", 0, NULL, "look which locks are held, too (access flavour)",
		BIT(CMD_EXPLORE), TYPE_FLAG, .where = IN(members) },
	[OPT_TEAR] = { "tear", 0, NULL, "plain stores may come in two halves (access flavour)",
		CONTROLLED | BIT(CMD_VERIFY), TYPE_FLAG, .where = IN(tear) },
	[OPT_MEMORY] = { "memory", 0, "sc|tso", "tso: marked stores wait in buffers, as on x86",
		CONTROLLED | BIT(CMD_VERIFY), TYPE_CHOICE, .where = IN(memory), .choices = memory_choices,
		.defaults = ALWAYS("sc") },
	[OPT_BY_SEED] = { "by-seed", 0, NULL, "as the strategy draws it from the seed, not choice by choice",
		BIT(CMD_REPLAY), TYPE_FLAG, .where = IN(by_seed) },
	[OPT_MINIMISE] = { "minimise", 0, NULL, "search for fewer preemptions and a smaller scenario",
		BIT(CMD_REPLAY), TYPE_FLAG, .where = IN(minimise) },
	[OPT_THREADS] = { "threads", 0, "N", "copies of the scenario's threads in one machine",
		BIT(CMD_STRESS) | BIT(CMD_HUNT), TYPE_UINT, .where = IN(threads), .min = 1, .max = 1024,
		.defaults = ALWAYS("1") },
	[OPT_NOISE] = { "noise", 0, "N", "percentage of points that are delayed, 0 to 100",
		BIT(CMD_STRESS) | BIT(CMD_HUNT), TYPE_UINT, .where = IN(noise), .min = 0, .max = 100,
		.defaults = ALWAYS("5") },
	[OPT_NOISE_PROFILE] = { "noise-profile", 0, "NAME", "spread, sites, bursts, long or mixed",
		BIT(CMD_STRESS) | BIT(CMD_HUNT), TYPE_CHOICE, .where = IN(noise_profile), .choices = profile_choices,
		.defaults = ALWAYS("mixed") },
	[OPT_ROUNDS] = { "rounds", 0, "N", "rounds from one quiescent barrier to the next",
		BIT(CMD_STRESS) | BIT(CMD_HUNT), TYPE_UINT, .where = IN(rounds), .min = 1, .max = 1000000,
		.defaults = ALWAYS("16") },
	[OPT_JOBS] = { "jobs", 'j', "N", "processes to work in",
		RUNNING | BIT(CMD_LOCKDOC) | BIT(CMD_NIGHTLY), TYPE_CPUS, .where = IN(jobs), .min = 1, .max = 4096,
		/* Copies of a scenario under stress take the whole machine. */
		.defaults = { [0 ... CMD_STRESS - 1] = "cpus", [CMD_STRESS] = "1", [CMD_STRESS + 1 ... NR_COMMANDS - 1] = "cpus" } },
	[OPT_ORACLES] = { "oracles", 0, "LIST", "checks to use; with a leading '-': all but these",
		RUNNING, TYPE_LIST, .where = IN(oracles), .values = LISTED("oracles") },
	[OPT_PARAM] = { "param", 0, "NAME=VALUE", "set a parameter of the scenario",
		RUNNING & ~BIT(CMD_HUNT) & ~BIT(CMD_FUZZ), TYPE_PARAMS, .where = IN(params), .max = INT32_MAX },
	[OPT_LOCKING] = { "locking", 0, "FILE", "documented lock order in place of the built-in one",
		CHECKING | BIT(CMD_LIST) | BIT(CMD_LOCKDOC), TYPE_STRING, .where = IN(locking), .values = FILES("*.md") },
	[OPT_TREE] = { "tree", 0, "DIR", "ingest, check: the tree of a kernel",
		BIT(CMD_LOCKDOC), TYPE_STRING, .where = IN(tree), .values = FILES("/") },
	[OPT_ERA] = { "era", 0, "NAME", "whose time: any, a provider's",
		BIT(CMD_LOCKDOC), TYPE_CHOICE, .where = IN(era), .choices = kernel_era_names,
		.defaults = ALWAYS("any") },
	[OPT_LINT] = { "lint", 0, NULL, "check: read the document only, run nothing",
		BIT(CMD_LOCKDOC), TYPE_FLAG, .where = IN(lint) },
	[OPT_OBSERVED] = { "observed", 0, NULL, "graph: colour the order by what runs show of it",
		BIT(CMD_LOCKDOC), TYPE_FLAG, .where = IN(observed) },
	[OPT_TRACE] = { "trace", 0, "FILE", "what happened: FILE.svg drawn, FILE.json for Perfetto",
		BIT(CMD_REPLAY), TYPE_STRING, .where = IN(trace), .values = FILES("*") },
	[OPT_STEP] = { "step", 0, NULL, "walk it in the terminal: lanes, locks held, objects",
		BIT(CMD_REPLAY), TYPE_FLAG, .where = IN(step) },
	[OPT_SVG] = { "svg", 0, "FILE", "eras: draw how costs grow with families",
		BIT(CMD_BENCH), TYPE_STRING, .where = IN(svg), .values = FILES("*.svg") },
	[OPT_AFFINITY] = { "affinity", 0, "NAME", "CPUs: none, spread, compact, shuffle, or a list: 0-3,8",
		BIT(CMD_STRESS), TYPE_STRING, .where = IN(affinity), .values = WORDS("none spread compact shuffle"),
		.defaults = ALWAYS("none") },
	[OPT_MEMORY_MAX] = { "rss-max", 0, "MIB", "stop when a process has grown beyond this",
		BIT(CMD_STRESS), TYPE_UINT, .where = IN(memory_max), .min = 1, .max = UINT64_C(1) << 24 },
	[OPT_PLAN] = { "plan", 0, "FILE", "what a night consists of, in place of the built-in one",
		BIT(CMD_NIGHTLY), TYPE_STRING, .where = IN(plan), .values = FILES("*.plan") },
	[OPT_SHARD] = { "shard", 0, "K/N", "the K-th part of N of the jobs; auto: the cluster's",
		BIT(CMD_NIGHTLY), TYPE_STRING, .where = IN(shard), .values = WORDS("auto") },
	[OPT_NIGHT] = { "night", 0, "NAME", "its name [date and commit; report: the last one]",
		BIT(CMD_NIGHTLY) | BIT(CMD_REPORT), TYPE_STRING, .where = IN(night) },
	[OPT_KNOWN_FINDINGS] = { "known-findings", 0, "FILE", "what may be found, by whom and how long",
		(RANDOM & ~BIT(CMD_HUNT)) | BIT(CMD_NIGHTLY), TYPE_STRING, .where = IN(known_findings), .values = FILES("*") },
	[OPT_DRY_RUN] = { "dry-run", 0, NULL, "print what would be done, and how long it takes",
		BIT(CMD_NIGHTLY), TYPE_FLAG, .where = IN(dry_run) },
	[OPT_DB] = { "db", 0, "FILE", "results of nights (SQLite)",
		BIT(CMD_NIGHTLY) | BIT(CMD_MERGE) | BIT(CMD_REPORT), TYPE_STRING, .where = IN(db), .values = FILES("*.db") },
	[OPT_HTML] = { "html", 0, "DIR", "write the report as pages",
		BIT(CMD_REPORT), TYPE_STRING, .where = IN(html), .values = FILES("/") },
	[OPT_AGAINST] = { "against", 0, "NIGHT|FILE", "compare with it, or with the last one in the file",
		BIT(CMD_REPORT), TYPE_STRING, .where = IN(against), .values = FILES("*.db") },
	[OPT_ARTIFACTS] = { "artifacts", 'o', "DIR", "where replay files go",
		CHECKING | BIT(CMD_LOCKDOC) | BIT(CMD_NIGHTLY), TYPE_STRING, .where = IN(artifacts), .values = FILES("/"),
		.defaults = ALWAYS("rmaptorture-artifacts") },
	[OPT_FORMAT] = { "format", 'f', "text|ktap|junit|json", "form of the results on standard output",
		ALL_COMMANDS, TYPE_CHOICE, .where = IN(format), .choices = format_choices,
		.defaults = ALWAYS("text") },
	[OPT_VERBOSE] = { "verbose", 'v', NULL, "say more",
		ALL_COMMANDS, TYPE_FLAG, .where = IN(verbose) },
	[OPT_HELP] = { "help", 'h', NULL, "show this screen",
		ALL_COMMANDS, .type = TYPE_HELP },
};

struct parse {
	const struct command *command;
	struct options *options;
	char *text;		/* the message, "" as long as all is well */
	bool help;
	int seen;		/* argp_state.next after the last word that was understood */
};

static unsigned int command_bit(const struct command *command)
{
	return 1u << (command - commands);
}

bool option_applies(enum option_id id, const struct command *command)
{
	return option_rows[id].commands & command_bit(command);
}

/* argp's key of a row: its short form, else a number beyond all characters. */
static int key_of(unsigned int id)
{
	return option_rows[id].key ? option_rows[id].key : 0x100 + (int)id;
}

static const struct option_row *match_key(const struct command *command, int key)
{
	unsigned int id;

	for (id = 0; id < NR_OPTIONS; id++)
		if (option_applies(id, command) && key_of(id) == key)
			return &option_rows[id];
	return NULL;
}

/* How many options start with name, the last of them in *found; 1 if one is equal to it. */
static unsigned int match_long(const struct command *command, const char *name, size_t length,
			       const struct option_row **found)
{
	unsigned int id, nr = 0;

	for (id = 0; id < NR_OPTIONS; id++) {
		if (!option_applies(id, command) || strncmp(option_rows[id].name, name, length))
			continue;
		*found = &option_rows[id];
		if (!option_rows[id].name[length])
			return 1;
		nr++;
	}
	return nr;
}

static void describe_long(const struct command *command, const char *word, char *text)
{
	const struct option_row *row = NULL;
	size_t length = strcspn(word + 2, "=");
	unsigned int nr = match_long(command, word + 2, length, &row);

	if (nr == 0)
		usage_text(text, "unknown option '--%.*s'", (int)length, word + 2);
	else if (nr > 1)
		usage_text(text, "option '--%.*s' may mean several", (int)length, word + 2);
	else if (row->arg)
		usage_text(text, "--%s: expected %s, found nothing", row->name, row->arg);
	else
		usage_text(text, "--%s: expected no value, found '%s'", row->name,
			 word + 2 + length + (word[2 + length] == '='));
}

static void describe_short(const struct command *command, const char *word, char *text)
{
	const struct option_row *row;

	do {
		row = match_key(command, *++word);
		if (!row) {
			usage_text(text, "unknown option '-%c'", *word);
			return;
		}
	} while (!row->arg && word[1]);
	usage_text(text, "--%s: expected %s, found nothing", row->name, row->arg);
}

/*
 * getopt has stepped past the word at fault, except when the fault is inside a group of short
 * options: then it is still the next one.
 */
static void describe_fault(const struct parse *parse, const struct argp_state *state)
{
	int at = state->next == parse->seen ? state->next : state->next - 1;
	const char *word = at < state->argc ? state->argv[at] : "";

	if (!strncmp(word, "--", 2))
		describe_long(parse->command, word, parse->text);
	else if (word[0] == '-' && word[1])
		describe_short(parse->command, word, parse->text);
	else
		usage_text(parse->text, "cannot understand '%s'", word);
}

static error_t parse_option(struct parse *parse, const struct option_row *row, const char *value)
{
	if (row->type == TYPE_HELP) {
		parse->help = true;
		return ECANCELED;
	}
	if (option_store(row, parse->options, value, parse->text))
		return EINVAL;
	parse->options->given |= UINT64_C(1) << (row - option_rows);
	return 0;
}

static error_t parse_key(int key, char *arg, struct argp_state *state)
{
	struct parse *parse = state->input;
	const struct option_row *row = match_key(parse->command, key);
	error_t error = 0;

	if (row)
		error = parse_option(parse, row, arg);
	else if (key == ARGP_KEY_ARG)
		string_list_add(&parse->options->operands, arg, strlen(arg));
	else if (key == ARGP_KEY_ERROR && !parse->help && !*parse->text)
		describe_fault(parse, state);
	else if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	parse->seen = state->next;
	return error;
}

/* The rows of one command in argp's form; it needs no more of them than parsing does. */
static void argp_rows(const struct command *command, struct argp_option option[NR_OPTIONS + 1])
{
	unsigned int id;

	for (id = 0; id < NR_OPTIONS; id++)
		if (option_applies(id, command))
			*option++ = (struct argp_option){
				.name = option_rows[id].name, .key = key_of(id), .arg = option_rows[id].arg,
			};
	*option = (struct argp_option){ 0 };
}

static void set_defaults(const struct command *command, struct options *options)
{
	char why[USAGE_TEXT];
	const char *value;
	unsigned int id;

	memset(options, 0, sizeof(*options));
	options->command = (enum command_id)(command - commands);
	for (id = 0; id < NR_OPTIONS; id++) {
		value = option_rows[id].defaults[options->command];
		if (value && option_store(&option_rows[id], options, value, why))
			errx(EXIT_INCONCLUSIVE, "default of %s", why);
	}
}

static bool operands_fit(const struct command *command, const struct options *options, char *text)
{
	if (options->operands.nr < command->min)
		usage_text(text, "%s: expected %s, found nothing", command->name,
			 command->operands);
	else if (options->operands.nr > command->max)
		usage_text(text, "%s: unexpected operand '%s'", command->name,
			 options->operands.item[command->max]);
	return !*text;
}

enum options_result options_parse(const struct command *command, int argc, char **argv,
				  struct options *options, char text[USAGE_TEXT])
{
	struct parse parse = { .command = command, .options = options, .text = text };
	struct argp_option option[NR_OPTIONS + 1];
	struct argp argp = { .options = option, .parser = parse_key };
	error_t error;

	text[0] = '\0';
	set_defaults(command, options);
	argp_rows(command, option);
	error = argp_parse(&argp, argc, argv, ARGP_SILENT | ARGP_IN_ORDER, NULL, &parse);
	if (parse.help)
		return OPTIONS_HELP;
	if (error && !*text)
		usage_text(text, "cannot parse the command line: %s", strerror(error));
	if (error || !operands_fit(command, options, text))
		return OPTIONS_BAD;
	return OPTIONS_OK;
}

void options_free(struct options *options)
{
	unsigned int id;

	for (id = 0; id < NR_OPTIONS; id++)
		option_release(&option_rows[id], options);
	string_list_free(&options->operands);
	memset(options, 0, sizeof(*options));
}
