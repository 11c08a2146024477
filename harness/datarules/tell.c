/* SPDX-License-Identifier: GPL-2.0-only */
/* Telling how the data rules have fared, to people and to programs: see datarules.h. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cli/build-id.h"
#include "cli/json.h"
#include "cli/must.h"
#include "cli/out.h"
#include "datarules/datarules.h"
#include "lockdoc/parse.h"
#include "rmap.h"

#define MAX_PLACES 4u			/* that are told of one rule */
#define HELD_LEN 256
#define PLACE_LEN 96

static const char *const mode_name[] = { "read", "write" };

const char *held_text(const struct lockdoc_model *model, const struct held_set *set, u64 known, char buf[], size_t size)
{
	const u64 *held = set->held, *own = set->own;
	size_t n = 0;

	buf[0] = '\0';
	for (u8 c = 1; c < model->nr && n < size; c++) {
		bool write = held[LOCK_WRITE] & BIT(c), mine = own[LOCK_READ] & BIT(c);

		/* The object's own is held in another way than one of somebody else. */
		if (mine)
			write = own[LOCK_WRITE] & BIT(c);
		if (held[LOCK_READ] & BIT(c))
			n += (size_t)snprintf(buf + n, size - n, "%s%s:%c%s", n ? " & " : "", model->classes[c].name,
					      write ? 'W' : 'R', !mine && known & BIT(c) ? "(any)" : "");
	}
	if (!n)
		snprintf(buf, size, "none");
	return buf;
}

/* Bit set of those whose own lock, or a subclass's, is known. */
static u64 with_subclasses(const struct lockdoc_model *model, u64 known)
{
	u64 set = 0;

	for (u64 k = known; k; k &= k - 1)
		set |= doc_subclasses(model, (u8)__builtin_ctzl(k));
	return set;
}

static const char *held_at(const struct datarules *d, const struct data_row *r, char buf[HELD_LEN])
{
	const struct held_set set = { { r->held[0], r->held[1] }, { r->own[0], r->own[1] } };

	return held_text(d->doc->model, &set, with_subclasses(d->doc->model, r->known), buf, HELD_LEN);
}

static void place_of(const struct data_row *r, char buf[PLACE_LEN])
{
	const struct site *site = data_site(r);

	if (site)
		snprintf(buf, PLACE_LEN, "%s:%d, %s()", site->file, site->line, site->func);
	else
		snprintf(buf, PLACE_LEN, "?");
}

/* ---- accesses that are against a rule: those of one line with the same locks are one ---- */

struct against {
	char place[PLACE_LEN], held[HELD_LEN];
	u64 count;
};

static bool is_against(const struct data_verdict *v, const struct data_row *r)
{
	size_t n = strlen(r->type);

	return r->write == v->write && !strncmp(v->member, r->type, n) && v->member[n] == '.' &&
	       !strcmp(v->member + n + 1, r->member) && !(v->doc->apart >> r->phase & 1) && !rule_holds(v->rule, r);
}

static int by_count(const void *x, const void *y)
{
	const struct against *a = x, *b = y;
	int order = strcmp(a->place, b->place);

	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return order ? order : strcmp(a->held, b->held);
}

/* Most frequent first. To be freed. */
static struct against *collect_against(const struct datarules *d, const struct data_verdict *v, unsigned *nr)
{
	struct against *a = must(calloc(d->nr_rows + 1, sizeof(*a)));

	*nr = 0;
	for (unsigned i = 0; i < d->nr_rows; i++) {
		struct against *to = a, *end = a + *nr;

		if (!is_against(v, d->row[i]))
			continue;
		place_of(d->row[i], end->place);
		held_at(d, d->row[i], end->held);
		while (to < end && (strcmp(to->place, end->place) || strcmp(to->held, end->held)))
			to++;
		to->count += d->row[i]->count;
		*nr += to == end;
	}
	qsort(a, *nr, sizeof(*a), by_count);
	return a;
}

/* ---- text ---- */

static double percent(const struct data_verdict *v)
{
	return v->total ? 100.0 * (double)v->satisfied / (double)v->total : 0;
}

static void print_against(const struct datarules *d, const struct data_verdict *v, FILE *out)
{
	unsigned nr;
	struct against *a = collect_against(d, v, &nr);

	for (unsigned i = 0; i < nr && i < MAX_PLACES; i++)
		fprintf(out, "  %s: %lu with %s\n", a[i].place, a[i].count, a[i].held);
	if (nr > MAX_PLACES)
		fprintf(out, "  and at %u more\n", nr - MAX_PLACES);
	free(a);
}

static void print_rule(const struct datarules *d, const struct data_verdict *v, FILE *out)
{
	bool bad = v->grade != GRADE_FULL && !(v->grade == GRADE_UNSEEN && v->rule->waiver);

	fprintf(out, "data rule %s%s%s: %s %s `%s` (%s:%d)", out_tint(out, bad ? TINT_BAD : TINT_PLAIN), data_grade_name[v->grade],
		out_tint(out, TINT_PLAIN), v->member, mode_name[v->write], v->rule->text, d->doc->path, v->doc->line);
	if (v->total)
		fprintf(out, ", %.*f %% of %lu", v->satisfied == v->total ? 0 : 2, percent(v), v->total);
	if (v->apart)
		fprintf(out, ", %lu apart", v->apart);
	if (v->grade == GRADE_UNSEEN && v->rule->waiver)
		fprintf(out, ", waived: %s", v->rule->waiver);
	fputc('\n', out);
	if (v->satisfied < v->total)
		print_against(d, v, out);
}

void datarules_print_rules(const struct datarules *d, bool whole, bool verbose, FILE *out)
{
	for (unsigned i = 0; i < d->nr; i++)
		if (verbose || (d->verdict[i].grade == GRADE_UNSEEN ? whole : d->verdict[i].grade != GRADE_FULL))
			print_rule(d, &d->verdict[i], out);
	if (d->table->lost)
		fprintf(out, "data rules: no room to count %lu accesses\n", d->table->lost);
}

void datarules_print_score(const struct datarules *d, FILE *out)
{
	fprintf(out, "%u/%u rules at 100 %%, %u accepted, %u below, %u not found, %u unseen (%u waived)", d->nr_grade[GRADE_FULL], d->nr,
		d->nr_grade[GRADE_ACCEPTED], d->nr_grade[GRADE_BELOW], d->nr_grade[GRADE_NOTFOUND], d->nr_grade[GRADE_UNSEEN],
		d->waived);
}

void datarules_print(const struct datarules *d, bool whole, bool verbose, FILE *out)
{
	datarules_print_rules(d, whole, verbose, out);
	fprintf(out, "data rules%s%s: ", rmap_providers[1] ? " of " : "", rmap_providers[1] ? d->era : "");
	datarules_print_score(d, out);
	fputc('\n', out);
}

/* ---- JSON ---- */

static json_t *against_json(const struct datarules *d, const struct data_verdict *v)
{
	json_t *list = json_array();
	unsigned nr;
	struct against *a = collect_against(d, v, &nr);

	for (unsigned i = 0; i < nr; i++)
		json_array_append_new(list, json_pack("{s:s s:s s:I}", "site", a[i].place, "held", a[i].held, "accesses",
						      (json_int_t)a[i].count));
	free(a);
	return list;
}

static void rule_json(const struct datarules *d, const struct data_verdict *v, bool whole, FILE *out)
{
	json_t *o = json_pack("{s:s s:s s:s s:s s:o s:s s:i s:I s:I s:I s:o s:b}", "type", "data-rule", "provider", d->era, "member",
			      v->member, "mode", mode_name[v->write], "rule", json_text(v->rule->text), "grade", data_grade_name[v->grade],
			      "line", v->doc->line, "accesses", (json_int_t)v->total, "satisfied", (json_int_t)v->satisfied,
			      "apart", (json_int_t)v->apart, "against", against_json(d, v), "whole",
			      (int)whole);

	if (v->total)
		json_object_set_new(o, "support_percent", json_real(percent(v)));
	if (v->rule->waiver)
		json_object_set_new(o, "waiver", json_text(v->rule->waiver));
	put_json(o, out);
}

void datarules_json(const struct datarules *d, bool whole, FILE *out)
{
	for (unsigned i = 0; i < d->nr; i++)
		rule_json(d, &d->verdict[i], whole, out);
	put_json(json_pack("{s:s s:s s:o s:b s:i s:i s:i s:i s:i s:i s:i s:i s:I}", "type", "data-rules", "provider", d->era,
			   "document", json_text(d->doc->path), "observed", 1, "rules", (int)d->nr, "full", (int)d->nr_grade[GRADE_FULL],
			   "accepted", (int)d->nr_grade[GRADE_ACCEPTED], "below", (int)d->nr_grade[GRADE_BELOW], "not_found",
			   (int)d->nr_grade[GRADE_NOTFOUND], "unseen", (int)d->nr_grade[GRADE_UNSEEN], "waived", (int)d->waived,
			   "rows", (int)d->nr_rows, "lost", (json_int_t)d->table->lost),
		 out);
}

void datarules_unobserved(bool json, FILE *out)
{
	if (json)
		put_json(json_pack("{s:s s:b}", "type", "data-rules", "observed", 0), out);
	else
		fprintf(out, "data rules: not observed by this build (%s); for them: make access; "
			"build/access/rmaptorture-access run\n", build_flavour);
}

/* ---- mined rules ---- */

static bool documented(const struct datarules *d, const struct data_row *r)
{
	for (unsigned i = 0; i < d->nr; i++) {
		const char *member = d->verdict[i].member;
		size_t n = strlen(r->type);

		if (!strncmp(member, r->type, n) && member[n] == '.' && !strcmp(member + n + 1, r->member))
			return true;
	}
	return false;
}

/* What is known of the locks of these objects, and which phases there were apart from use. */
static void sum_up(const struct data_row *const *row, unsigned nr, u64 *known, unsigned *phases)
{
	for (unsigned i = 0; i < nr; i++) {
		if (row[i]->phase == DATA_IN_USE)
			*known |= row[i]->known;
		*phases |= 1u << row[i]->phase;
	}
}

static const char *rule_text(const struct lockdoc_model *model, const struct mined_rule *rule, u64 known, char buf[2 * HELD_LEN])
{
	char other[HELD_LEN];

	held_text(model, &rule->set[0], known, buf, HELD_LEN);
	if (rule->nr > 1) {
		held_text(model, &rule->set[1], known, other, sizeof(other));
		strcat(strcat(buf, " \\| "), other);
	}
	return buf;
}

/* One cell: the rule, and what it rests on. */
static void print_mined(const struct datarules *d, const struct data_row *const *row, unsigned nr, unsigned *phases, FILE *out)
{
	const struct data_row **used = must(calloc(nr + 1, sizeof(const struct data_row *)));
	unsigned nr_used = 0, seen = 0;
	struct mined_rule rule;
	char text[2 * HELD_LEN];
	u64 known = 0;

	sum_up(row, nr, &known, &seen);
	for (unsigned i = 0; i < nr; i++)
		if (row[i]->phase == DATA_IN_USE)
			used[nr_used++] = row[i];
	rule = mine_rule(d->doc->model, used, nr_used);
	if (nr_used)
		fprintf(out, " `%s` %.4g %% of %lu |", rule_text(d->doc->model, &rule, known, text),
			100.0 * (double)rule.satisfied / (double)rule.total, rule.total);
	else
		fprintf(out, " %s |", seen ? "`never`" : "not seen");
	*phases |= seen;
	free(used);
}

static unsigned print_member(const struct datarules *d, unsigned i, FILE *out)
{
	const struct data_row *first = d->row[i];
	unsigned phases = 0, from = i, nr = 0;
	const char *apart;

	fprintf(out, "| `%s.%s` |", first->type, first->member);
	for (unsigned write = 0; write < 2; write++) {
		from = i;
		nr = 0;
		if (i < d->nr_rows && d->row[i]->write == write && !strcmp(d->row[i]->type, first->type) &&
		    !strcmp(d->row[i]->member, first->member))
			nr = rows_alike(d, &i);
		print_mined(d, d->row + from, nr, &phases, out);
	}
	phases >>= DATA_SET_UP;
	apart = phases == 3 ? " `set-up`, `torn-down`" : phases == 2 ? " `torn-down`" : phases ? " `set-up`" : "";
	fprintf(out, "%s%s |\n", apart, documented(d, first) ? "" : phases ? "; not in the document" : " not in the document");
	return i;
}

void datarules_print_mined(const struct datarules *d, FILE *out)
{
	fprintf(out, "| Member | Read | Write | Set up and torn down |\n| --- | --- | --- | --- |\n");
	for (unsigned i = 0; i < d->nr_rows;)
		i = print_member(d, i, out);
}
