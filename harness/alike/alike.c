/* SPDX-License-Identifier: GPL-2.0-only */
/* See alike.h. */
#include "alike/alike.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alike/picture.h"
#include "cli/must.h"
#include "scn/ops.h"

/* What was done, and how memory looked then. */
struct moment {
	int line;
	u8 op;
	struct scn_value came;
	char *picture;
};

struct film {
	struct moment *moment;
	unsigned nr, cap;
};

static void take(void *arg, const struct world_op *op)
{
	struct film *f = arg;

	if (f->nr == f->cap) {
		f->cap = f->cap ? 2 * f->cap : 64;
		f->moment = must(realloc(f->moment, f->cap * sizeof(*f->moment)));
	}
	f->moment[f->nr++] = (struct moment){ op->s->line, (u8)op->s->op, op->came, picture() };
}

static void film_free(struct film *f)
{
	for (unsigned i = 0; i < f->nr; i++)
		free(f->moment[i].picture);
	free(f->moment);
}

static enum alike_end shoot(const struct alike_config *config, unsigned which, const struct scenario *scn, struct film *f, struct unlike *u)
{
	const struct world_teller teller = { take, f };
	struct session_config sc = {
		.scn = scn, .provider = config->provider[which], .oracles = ~0u, .teller = &teller,
	};
	struct outcome out;
	struct session *s;
	char err[512];

	if (!which)
		memcpy(sc.defects, config->defects, sizeof(sc.defects));
	s = session_open(&sc, err);
	if (!s) {
		snprintf(u->text, sizeof(u->text), "%s", err);
		return ALIKE_FAILED;
	}
	session_execute(s, sched_sequential(), &out);
	session_close(s);
	if (!out.found)
		return ALIKE;
	snprintf(u->key, sizeof(u->key), "%s: %.100s", config->provider[which]->name, out.finding.signature);
	snprintf(u->text, sizeof(u->text), "%s: %s: %.300s\n", config->provider[which]->name, out.finding.signature, out.finding.text);
	return ALIKE_DIFFERS;
}

/* ---- what differs ---- */

static const char *line_at(const char *text, int *length)
{
	*length = (int)strcspn(text, "\n");
	return text[*length] ? text + *length + 1 : text + *length;
}

/* The first line that differs; of the key its first word, which says what it is about. */
static void tell_pictures(const struct alike_config *config, const char *a, const char *b, struct unlike *u)
{
	int na, nb;

	for (;;) {
		const char *next_a = line_at(a, &na), *next_b = line_at(b, &nb);

		if (na != nb || memcmp(a, b, (size_t)na) || (!na && !nb))
			break;
		a = next_a;
		b = next_b;
	}
	snprintf(u->text, sizeof(u->text), "  %-12s%.*s\n  %-12s%.*s\n", config->provider[0]->name, min(na, 3000), a,
		 config->provider[1]->name, min(nb, 3000), b);
}

static bool same_value(const struct scn_value *a, const struct scn_value *b)
{
	return a->result == b->result && a->number == b->number;
}

static bool same_moment(const struct alike_config *config, const struct moment *a, const struct moment *b, struct unlike *u)
{
	char va[32], vb[32];

	u->line = a->line;
	if (!same_value(&a->came, &b->came)) {
		snprintf(u->key, sizeof(u->key), "%s: outcome", scn_ops[a->op].name);
		snprintf(u->text, sizeof(u->text), "  %-12s%s\n  %-12s%s\n", config->provider[0]->name, scn_value_text(&a->came, va),
			 config->provider[1]->name, scn_value_text(&b->came, vb));
		return false;
	}
	if (!strcmp(a->picture, b->picture))
		return true;
	snprintf(u->key, sizeof(u->key), "%s: picture", scn_ops[a->op].name);
	tell_pictures(config, a->picture, b->picture, u);
	return false;
}

static enum alike_end compare(const struct alike_config *config, const struct film *a, const struct film *b, struct unlike *u)
{
	for (unsigned i = 0; i < a->nr && i < b->nr; i++) {
		u->operations++;
		if (!same_moment(config, &a->moment[i], &b->moment[i], u))
			return ALIKE_DIFFERS;
	}
	if (a->nr == b->nr)
		return ALIKE;
	snprintf(u->key, sizeof(u->key), "one of them ends early");
	snprintf(u->text, sizeof(u->text), "  %s did %u operations, %s %u\n", config->provider[0]->name, a->nr, config->provider[1]->name,
		 b->nr);
	return ALIKE_DIFFERS;
}

enum alike_end alike(const struct alike_config *config, const struct scenario *scn, struct unlike *u)
{
	struct film film[2] = { { .nr = 0 }, { .nr = 0 } };
	enum alike_end end;

	*u = (struct unlike){ .line = 0 };
	end = shoot(config, 0, scn, &film[0], u);
	if (end == ALIKE)
		end = shoot(config, 1, scn, &film[1], u);
	if (end == ALIKE)
		end = compare(config, &film[0], &film[1], u);
	film_free(&film[0]);
	film_free(&film[1]);
	return end;
}
