/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking up what the command line names; see settings.h. */
#include "settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cli/build-id.h"
#include "cli/embedded.h"
#include "cli/json.h"
#include "cli/option-table.h"
#include "cli/utc.h"
#include "defects.h"
#include "fits.h"
#include "nightly/known.h"

const char *const oracle_names[ORACLE_NR] = {
	[ORACLE_LIFETIME] = "lifetime", [ORACLE_RMAP] = "rmap", [ORACLE_COUNTS] = "counts",
	[ORACLE_FREE_MAPPED] = "free-while-mapped", [ORACLE_CONTENT] = "content", [ORACLE_LOCKS] = "locks",
	[ORACLE_LEAK] = "leak", [ORACLE_STRUCTURE] = "structure", [ORACLE_PROGRESS] = "progress",
	[ORACLE_ORPHAN] = "migration-orphan", [ORACLE_TLB] = "tlb", [ORACLE_RACE] = "race",
};

const char *const oracle_about[ORACLE_NR] = {
	[ORACLE_LIFETIME] = "nothing is touched after it was freed, but what RCU and type stability allow",
	[ORACLE_RMAP] = "a walk of a page comes to each of its mappings, exactly once",
	[ORACLE_COUNTS] = "mapcounts, reference counts, swap counts and rss agree with the page tables",
	[ORACLE_FREE_MAPPED] = "no page is freed while it is mapped, on the LRU or in the swap cache",
	[ORACLE_CONTENT] = "each load sees the last value written to that memory; copy-on-write isolates",
	[ORACLE_LOCKS] = "locks nest in one order, nobody sleeps where he may not, releases match",
	[ORACLE_LEAK] = "nothing is left when everybody has exited; chains stay bounded",
	[ORACLE_STRUCTURE] = "chains, families and their counters are what they should be",
	[ORACLE_PROGRESS] = "no deadlock, no livelock, no lock held for long that others only try",
	[ORACLE_ORPHAN] = "no migration entry is left when the page that it stands for is unlocked",
	[ORACLE_TLB] = "no CPU keeps a translation that was taken away before its operation ended",
	[ORACLE_RACE] = "no two accesses without an order, one of them plain (flavour tsan)",
};

int defect_find(const char *name)
{
	for (int i = 0; i < CORE_NR_DEFECTS; i++)
		if (!strcmp(core_defects[i].name, name))
			return i;
	return -1;
}

bool defect_visible_in(int defect, const char *flavour, bool tear)
{
	const char *by = core_defects[defect].seen_by;

	return !by || (strstr(by, flavour) && (tear || !strstr(by, "--tear")));
}

bool defect_visible(int defect, const struct options *options)
{
	return defect_visible_in(defect, build_flavour, options->tear);
}

/* "O5" or "content". */
static int oracle_find(const char *name)
{
	char number[8];

	for (int i = 1; i < ORACLE_NR; i++) {
		snprintf(number, sizeof(number), "O%d", i);
		if (!strcmp(name, number) || !strcmp(name, oracle_names[i]))
			return i;
	}
	return -1;
}

static int take_oracles(const struct options *options, u32 *oracles, char err[ERR_LEN])
{
	*oracles = ~0u;
	for (unsigned i = 0; i < options->oracles.nr; i++) {
		const char *name = options->oracles.item[i];
		bool off = name[0] == '-';
		int oracle = oracle_find(name + off);

		if (oracle < 0) {
			snprintf(err, ERR_LEN, "--oracles: expected the name of an oracle (list oracles), found '%s'", name + off);
			return -1;
		}
		if (!i && !off)
			*oracles = 0;
		*oracles = off ? *oracles & ~(1u << oracle) : *oracles | 1u << oracle;
	}
	return 0;
}

/* Can the provider have all defects that are switched on? Or else which not, unless that is NULL. */
static bool defects_fit(const struct settings *settings, const struct rmap_ops *provider, const struct defect_row **not)
{
	for (int i = 0; i < CORE_NR_DEFECTS; i++) {
		if (!defect_in(settings->defects, (unsigned)i) || defect_fits(&core_defects[i], provider))
			continue;
		if (not)
			*not = &core_defects[i];
		return false;
	}
	return true;
}

static void tell_expired(const json_t *known)
{
	fprintf(stderr, "rmaptorture: %s was known until %s: it is not passed over\n", json_text_of(known, "signature"),
		json_text_of(known, "expires"));
}

static int take_known(const struct options *options, struct settings *settings, char err[ERR_LEN])
{
	char today[16];
	json_t *list;

	for (unsigned i = 0; i < options->known.nr; i++)
		string_list_add(&settings->known, options->known.item[i], strlen(options->known.item[i]));
	if (!options->known_findings || options->command == CMD_NIGHTLY)
		return 0;
	list = known_read(options->known_findings, err);
	if (!list)
		return -1;
	known_add(list, utc_now(today, sizeof(today), UTC_DAY), &settings->known, tell_expired);
	json_decref(list);
	return 0;
}

static const struct rmap_ops *newest_with_defects(const struct settings *settings)
{
	for (const struct rmap_ops *const *p = rmap_providers; *p; p++)
		if (defects_fit(settings, *p, NULL))
			return *p;
	return rmap_providers[0];
}

static void default_providers(const struct options *options, struct settings *settings)
{
	if (options->command == CMD_RUN || options->command == CMD_LOCKDOC) {
		for (const struct rmap_ops *const *p = rmap_providers; *p; p++)
			settings->provider[settings->nr_providers++] = *p;
		return;
	}
	settings->newest = true;
	settings->provider[settings->nr_providers++] = newest_with_defects(settings);
}

static int take_providers(const struct options *options, struct settings *settings, char err[ERR_LEN])
{
	for (unsigned i = 0; i < options->providers.nr && i < ARRAY_SIZE(settings->provider); i++) {
		const struct rmap_ops *p = rmap_find(options->providers.item[i]);
		const struct defect_row *not;

		if (!p) {
			snprintf(err, ERR_LEN, "--provider: expected the name of a provider (list providers), found '%s'",
				 options->providers.item[i]);
			return -1;
		}
		if (!defects_fit(settings, p, &not)) {
			snprintf(err, ERR_LEN, "--defect: expected one that %s can have, found '%s'", p->name, not->name);
			return -1;
		}
		settings->provider[settings->nr_providers++] = p;
	}
	if (!options->providers.nr)
		default_providers(options, settings);
	return 0;
}

const struct rmap_ops *settings_provider(const struct settings *settings, unsigned p, const struct scenario *scn)
{
	if (!settings->newest)
		return scenario_fits(scn, settings->provider[p], NULL) ? settings->provider[p] : NULL;
	for (const struct rmap_ops *const *r = rmap_providers; *r; r++)
		if (scenario_fits(scn, *r, NULL) && defects_fit(settings, *r, NULL))
			return *r;
	return NULL;
}

int access_from_options(const struct options *options, u32 *access, char err[ERR_LEN])
{
	static const char *const said[] = { "points access", "races strict", "tear" };	/* in the order of ACCESS_* */

	*access |= (options->points ? ACCESS_POINTS : 0) | (options->races ? ACCESS_STRICT : 0) | (options->tear ? ACCESS_TEAR : 0);
	if (!*access || !strcmp(build_flavour, "access"))
		return 0;
	snprintf(err, ERR_LEN, "--%s needs the program that `make access` builds", said[__builtin_ctz(*access)]);
	return -1;
}

int settings_from_options(const struct options *options, struct settings *settings, char err[ERR_LEN])
{
	memset(settings, 0, sizeof(*settings));
	settings->memory = options->memory;
	for (unsigned i = 0; i < options->defects.nr; i++) {
		int id = defect_find(options->defects.item[i]);

		if (id < 0) {
			snprintf(err, ERR_LEN, "--defect: expected the name of a defect (list defects), found '%s'",
				 options->defects.item[i]);
			return -1;
		}
		defect_add(settings->defects, (unsigned)id);
	}
	if (take_oracles(options, &settings->oracles, err) || access_from_options(options, &settings->access, err) ||
	    take_known(options, settings, err))
		return -1;
	if (options->locking) {
		static struct lockdoc *loaded;	/* one command line in a process */

		lockdoc_free(loaded);
		settings->locking = loaded = lockdoc_load(options->locking, err);
		if (!loaded)
			return -1;
	}
	return take_providers(options, settings, err);
}

/* ---- scenarios ---- */

static int set_param(const struct scenario *scn, char **text, const struct param_value *p, char err[ERR_LEN])
{
	size_t length = strlen(p->name), room = strlen(*text) + 32;

	for (char *line = *text; line; line = strchr(line, '\n'), line += line != NULL) {
		char *at = line + strspn(line, " \t"), *end, *new;

		if (strncmp(at, "param", 5) || !isblank((unsigned char)at[5]))
			continue;
		at += 5 + strspn(at + 5, " \t");
		if (strncmp(at, p->name, length) || (at[length] != '=' && !isblank((unsigned char)at[length])))
			continue;
		at += length + strspn(at + length, " \t=");
		end = at + strcspn(at, " \t\n;#");
		new = malloc(room);
		if (!new)
			die("out of memory");
		snprintf(new, room, "%.*s%ld%s", (int)(at - *text), *text, (long)p->value, end);
		free(*text);
		*text = new;
		return 0;
	}
	snprintf(err, ERR_LEN, "%s: expected a scenario with 'param %s = N' on a line of its own, found none", scn->path, p->name);
	return -1;
}

/* Parse once more with the params that were asked for: replay files then carry the text as it was run. */
static struct scenario *with_params(struct scenario *scn, const struct options *options, char err[ERR_LEN])
{
	struct scn_error se;
	struct scenario *changed = NULL;
	char *text = strdup(scn->text);
	unsigned i;

	if (!text)
		die("out of memory");
	for (i = 0; i < options->params.nr; i++)
		if (set_param(scn, &text, &options->params.item[i], err))
			break;
	if (i == options->params.nr) {
		changed = scn_parse(scn->path, text, strlen(text), &se);
		if (!changed)
			snprintf(err, ERR_LEN, "%s", se.text);
	}
	free(text);
	scn_free(scn);
	return changed;
}

/* Not asked of what a replay file carries: it may be of a program that had other defects. */
static bool unknown_story(const struct scenario *scn, char err[ERR_LEN])
{
	const struct scn_story *story = &scn->story;

	if (!story->defect || defect_find(story->defect) >= 0)
		return false;
	snprintf(err, ERR_LEN, "%s:%d:%d: expected the name of a defect (list defects), found '%s'", scn->path, story->line,
		 story->column, story->defect);
	return true;
}

struct scenario *scenario_lookup(const char *name, const struct options *options, char err[ERR_LEN])
{
	const struct embedded_file *file = embedded_scenario(name);
	struct scn_error se;
	struct scenario *scn;
	struct event_set goals;

	if (!file && !strpbrk(name, "/.")) {
		snprintf(err, ERR_LEN, "expected the name of a scenario (list scenarios) or the path of a .scn file, found '%s'", name);
		return NULL;
	}
	scn = file ? scn_parse(file->name, file->text, file->length, &se) : scn_load(name, &se);
	if (!scn) {
		snprintf(err, ERR_LEN, "%s", se.text);
		return NULL;
	}
	if (options && options->params.nr)
		scn = with_params(scn, options, err);
	if (scn && (session_goals(scn, &goals, err) || unknown_story(scn, err))) {
		scn_free(scn);
		return NULL;
	}
	return scn;
}

int scenarios_from_options(const struct options *options, struct scenario_list *list, char err[ERR_LEN])
{
	unsigned nr = options->operands.nr;

	list->item = calloc(nr ? nr : nr_embedded_files + 1, sizeof(*list->item));
	list->nr = 0;
	if (!list->item)
		die("out of memory");
	for (unsigned i = 0; i < (nr ? nr : nr_embedded_files); i++) {
		char name[128];
		struct scenario *scn;

		if (nr) {
			scn = scenario_lookup(options->operands.item[i], options, err);
		} else {
			if (strncmp(embedded_files[i].name, "scenarios/", 10))
				continue;
			snprintf(name, sizeof(name), "%s", embedded_files[i].name + 10);
			name[strcspn(name, ".")] = 0;
			scn = scenario_lookup(name, NULL, err);
		}
		if (!scn) {
			scenario_list_free(list);
			return -1;
		}
		list->item[list->nr++] = scn;
	}
	return 0;
}

void scenario_list_free(struct scenario_list *list)
{
	for (unsigned i = 0; i < list->nr; i++)
		scn_free(list->item[i]);
	free(list->item);
}
