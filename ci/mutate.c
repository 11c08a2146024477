/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Build-time tool: small changes of a Linux tree's mm/rmap.c, each as a kernel developer could make it by mistake.
 *	mutate SOURCE LINES SEED	all sites, in the order in which a sample is drawn: KEY LINE
 *	mutate SOURCE LINES KEY >FILE	the file with that change; KEY "none": without one
 * LINES is a file of the numbers of those lines that the configuration compiles. A key is OPERATOR:FUNCTION:HASH, the hash that of the
 * line, so that it stands for the same change when other lines move; equal lines of one function are told apart by ".2" and so on.
 *
 * The order goes round the operators, with sites at random in each: a sample has of all of them as many as there are.
 */
#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define START "^(\t+)"
#define ARGS "\\(([^;{}]|\n)*\\)"
/* Parentheses in each other, as deep as conditions have them. */
#define P1 "([^()]|\\([^()]*\\))*"
#define P2 "([^()]|\\(" P1 "\\))*"
#define P3 "([^()]|\\(" P2 "\\))*"
#define OPERAND "([^&|(),;]|&[^&|(),;]|\\(" P2 "\\))+"
#define STATEMENT "([^\t\n ;{}][^;{}\n]*;)"
#define MAX_GROUPS 24

/*
 * replacement: \0 to \9 are what was matched. partner: what goes from the rest of the function together with it. never: of what is
 * matched, this is no site.
 */
static const struct op {
	const char *name, *pattern, *replacement, *partner, *never;
} ops[] = {
	{ "revert-CVE-2022-42703", "anon_vma->num_children < 2 &&[ \t\n]*anon_vma->num_active_vmas == 0",
	  "anon_vma != src->anon_vma && anon_vma->num_children + anon_vma->num_active_vmas < 2", NULL, NULL },
	{ "revert-anon_vma-release", "smp_store_release\\(&(vma->anon_vma), ([^;]+)\\);", "\\1 = \\2;", NULL, NULL },
	{ "revert-PVMW_SYNC", "PVMW_SYNC", "0", NULL, NULL },

	{ "drop-lock", START "rcu_read_lock\\(\\);", "\\1;", "rcu_read_unlock\\(\\);", NULL },
	{ "drop-lock", START "spin_lock" ARGS ";", "\\1;", "spin_unlock" ARGS ";", NULL },
	{ "drop-lock", START "anon_vma_lock_write" ARGS ";", "\\1;", "anon_vma_unlock_write" ARGS ";", NULL },
	{ "drop-lock", START "anon_vma_lock_read" ARGS ";", "\\1;", "anon_vma_unlock_read" ARGS ";", NULL },
	{ "drop-lock", START "i_mmap_lock_read" ARGS ";", "\\1;", "i_mmap_unlock_read" ARGS ";", NULL },
	{ "drop-lock", START "lock_page_memcg" ARGS ";", "\\1;", "unlock_page_memcg" ARGS ";", NULL },
	{ "drop-lock", START "root = lock_anon_vma_root" ARGS ";", "\\1;", NULL, NULL },
	{ "drop-lock", START "down_write" ARGS ";", "\\1;", "up_write" ARGS ";", NULL },
	{ "drop-notifier", START "mmu_notifier_invalidate_range_start" ARGS ";", "\\1;",
	  "mmu_notifier_invalidate_range_end" ARGS ";", NULL },
	{ "trust-trylock", "[a-z_]*trylock[a-z_]*\\(" P1 "\\)", "(\\0, true)", NULL, NULL },
	{ "drop-check", "if \\((" P3 ")\\)", "if (false && (\\1))", NULL, NULL },
	{ "pass-check", "if \\((" P3 ")\\)", "if (true || (\\1))", NULL, NULL },
	{ "drop-conjunct", "&&[ \t\n]*" OPERAND, "", NULL, NULL },
	{ "drop-conjunct", "\\|\\|[ \t\n]*" OPERAND, "", NULL, NULL },
	{ "drop-reference", START "get_anon_vma" ARGS ";", "\\1;", NULL, NULL },
	{ "drop-reference", "atomic_inc_not_zero\\((" P1 ")\\)", "(atomic_read(\\1) != 0)", NULL, NULL },
	{ "drop-reference", "swap_duplicate\\(" P1 "\\)", "0", NULL, NULL },
	{ "drop-put", START "([a-z_]*_put|_*put_[a-z_]*|[a-z_]*_free)" ARGS ";", "\\1;", NULL, NULL },
	{ "plain-access", "WRITE_ONCE\\(([^,;]+), ([^;]+)\\);", "\\1 = \\2;", NULL, NULL },
	{ "plain-access", "READ_ONCE\\(([^()]+)\\)", "(\\1)", NULL, NULL },
	{ "swap-statements", START STATEMENT "\n([ \t]*\n)*\\1" STATEMENT, "\\1\\4\n\\1\\2", NULL,
	  "^[ \t]*(return|goto|break|continue|case|struct|enum|unsigned|int|long|bool|void|const|DEFINE_|[a-z]+_t )|"
	  "\n[ \t]*(return|goto|break|continue|case)|^[^(]*$" },
	{ "drop-update", START "[^\t\n ;{}][^\n;{}]*(\\+\\+|--);", "\\1;", NULL, NULL },
	{ "drop-update", START "[a-z_*]+(->|\\.)[a-z_>.-]+ [|+&-]?= [^;{}]*;", "\\1;", NULL, NULL },
	{ "drop-call", START "[a-z_]+" ARGS ";", "\\1;", NULL, "lock|put|_free|invalidate_range_(start|end)|get_anon_vma" },
	{ "widen-bound", " < ([0-9a-z_>.-]+)", " <= \\1", NULL, NULL },
	{ "wait-for-memory", "GFP_NOWAIT", "GFP_KERNEL", NULL, NULL },
};
#define NR_OPS (sizeof(ops) / sizeof(ops[0]))

struct site {
	const struct op *op;
	char key[160], function[64];
	regmatch_t m[MAX_GROUPS];
	long end_of_function;
	unsigned line, rank;
	uint64_t random;
};

static char *text, *seen;		/* the file; and what of it operators look at, the rest is blank */
static long length;
static struct site *sites;
static unsigned nr_sites;

static void fail(const char *what)
{
	fprintf(stderr, "mutate: %s: %s\n", what, errno ? strerror(errno) : "not as expected");
	exit(2);
}

static char *read_file(const char *path, long *size)
{
	FILE *f = fopen(path, "r");
	char *all = NULL;
	size_t n = 0;
	ssize_t got;

	if (!f)
		fail(path);
	errno = 0;
	got = getdelim(&all, &n, '\0', f);
	if (got < 0)
		fail(path);
	fclose(f);
	*size = got;
	return all;
}

static void blank(long from, long to)
{
	for (long i = from; i < to; i++)
		if (seen[i] != '\n')
			seen[i] = ' ';
}

static void compile(regex_t *re, const char *pattern)
{
	if (regcomp(re, pattern, REG_EXTENDED | REG_NEWLINE))
		fail(pattern);
}

static bool next_match(const regex_t *re, long from, long to, regmatch_t m[MAX_GROUPS])
{
	char kept = seen[to];
	bool found;

	seen[to] = '\0';
	found = !regexec(re, seen + from, MAX_GROUPS, m, from && seen[from - 1] != '\n' ? REG_NOTBOL : 0);
	seen[to] = kept;
	for (int i = 0; found && i < MAX_GROUPS; i++)
		if (m[i].rm_so >= 0) {
			m[i].rm_so += (regoff_t)from;
			m[i].rm_eo += (regoff_t)from;
		}
	return found;
}

static void blank_all(const char *pattern)
{
	regmatch_t m[MAX_GROUPS];
	regex_t re;

	compile(&re, pattern);
	for (long at = 0; next_match(&re, at, length, m); at = m[0].rm_eo)
		blank(m[0].rm_so, m[0].rm_eo);
	regfree(&re);
}

/* Whatever the compiler does not see, strings, and assertions: without one, less is found, and nothing is wrong. */
static void look(const char *lines)
{
	long size, line = 1;
	char *numbers = read_file(lines, &size), *next = numbers;
	long active = strtol(next, &next, 10);

	seen = malloc((size_t)length + 1);
	if (!seen)
		fail("memory");
	memcpy(seen, text, (size_t)length + 1);
	for (long at = 0, end; at < length; at = end + 1, line++) {
		end = strchr(text + at, '\n') - text;
		while (active && active < line)
			active = strtol(next, &next, 10);
		if (active != line)
			blank(at, end);
	}
	free(numbers);
	blank_all("/\\*([^*]|\n|\\*+([^*/]|\n))*\\*+/");
	blank_all("\"[^\"\n]*\"");
	blank_all("^[ \t]*#[^\n]*");
	blank_all(START "(VM_)?(BUG|WARN)_ON[A-Z_]*\\([^;{}]*(\n[^;{}]*)*\\);");
}

static uint64_t hash(const char *p, const char *end)
{
	uint64_t h = 14695981039346656037ul;

	for (; p < end; p++)
		if (!isspace((unsigned char)*p))
			h = (h ^ (unsigned char)*p) * 1099511628211ul;
	return h;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ul;
	x = (x ^ x >> 27) * 0x94d049bb133111ebul;
	return x ^ x >> 31;
}

static unsigned line_of(long at)
{
	unsigned line = 1;

	for (long i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

static void name_site(struct site *s, unsigned before)
{
	long from = s->m[0].rm_so, to;
	int at;

	while (from && text[from - 1] != '\n')
		from--;
	to = strchr(text + s->m[0].rm_so, '\n') - text;
	at = snprintf(s->key, sizeof(s->key) - 8, "%s:%s:%06x", s->op->name, s->function,
		      (unsigned)(hash(text + from, text + to) & 0xffffff));
	for (unsigned i = 0, same = 1; i < before; i++)
		if (!strncmp(sites[i].key, s->key, (size_t)at) && strchr(".", sites[i].key[at]))
			snprintf(s->key + at, 8, ".%u", ++same);
	s->line = line_of(s->m[0].rm_so) + (text[s->m[0].rm_so] == '\n');
}

static void add_site(const struct op *op, const char *function, long end, const regmatch_t m[MAX_GROUPS])
{
	struct site *s;

	sites = realloc(sites, (nr_sites + 1) * sizeof(*sites));
	if (!sites)
		fail("memory");
	s = &sites[nr_sites];
	memset(s, 0, sizeof(*s));
	s->op = op;
	s->end_of_function = end;
	snprintf(s->function, sizeof(s->function), "%s", function);
	memcpy(s->m, m, sizeof(s->m));
	name_site(s, nr_sites++);
}

static bool in_name(long at)
{
	return isalnum((unsigned char)seen[at]) || seen[at] == '_';
}

/* Is what was matched none after all? */
static bool never(const struct op *op, const regmatch_t *m)
{
	char *matched = strndup(seen + m->rm_so, (size_t)(m->rm_eo - m->rm_so));
	bool is = in_name(m->rm_so) && in_name(m->rm_so - 1);	/* half of a name */
	regex_t re;

	if (!matched)
		fail("memory");
	if (op->never && !is) {
		compile(&re, op->never);
		is = !regexec(&re, matched, 0, NULL, 0);
		regfree(&re);
	}
	free(matched);
	return is;
}

static void look_in(const char *function, long from, long to)
{
	regmatch_t m[MAX_GROUPS];
	regex_t re;

	for (unsigned i = 0; i < NR_OPS; i++) {
		compile(&re, ops[i].pattern);
		for (long at = from; next_match(&re, at, to, m); at = m[0].rm_so + 1)
			if (!never(&ops[i], m))
				add_site(&ops[i], function, to, m);
		regfree(&re);
	}
}

/* The name before the first parenthesis of a line that begins in the first column. */
static void take_name(const char *line, char name[64])
{
	const char *end = strpbrk(line, "(\n"), *p;

	if (*end != '(' || !(isalpha((unsigned char)*line) || *line == '_'))
		return;
	for (p = end; p > line && (isalnum((unsigned char)p[-1]) || p[-1] == '_'); p--)
		;
	snprintf(name, 64, "%.*s", (int)(end - p), p);
}

static void look_everywhere(void)
{
	char name[64] = "";
	long body = -1;

	for (long at = 0; at < length; at = strchr(seen + at, '\n') - seen + 1) {
		if (seen[at] == '{')
			body = at;
		else if (seen[at] == '}' && body >= 0) {
			look_in(name, body, at);
			body = -1;
		} else if (body < 0)
			take_name(seen + at, name);
	}
}

/* ---- the order ---- */

static int by_operator(const void *a, const void *b)
{
	const struct site *x = a, *y = b;
	int d = strcmp(x->op->name, y->op->name);

	return d ? d : x->random != y->random ? (x->random > y->random) - (x->random < y->random) : strcmp(x->key, y->key);
}

static int by_rank(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return x->rank != y->rank ? (x->rank > y->rank) - (x->rank < y->rank) : by_operator(a, b);
}

/* Reversions of known fixes come first, and all of them. */
static void order(uint64_t seed)
{
	unsigned rank = 0;

	for (unsigned i = 0; i < nr_sites; i++)
		sites[i].random = mix(hash(sites[i].key, sites[i].key + strlen(sites[i].key)) ^ mix(seed + 0x9e3779b97f4a7c15ul));
	qsort(sites, nr_sites, sizeof(*sites), by_operator);
	for (unsigned i = 0; i < nr_sites; i++) {
		rank = i && !strcmp(sites[i].op->name, sites[i - 1].op->name) ? rank + 1 : 1;
		sites[i].rank = strncmp(sites[i].op->name, "revert-", 7) ? rank : 0;
	}
	qsort(sites, nr_sites, sizeof(*sites), by_rank);
}

/* ---- one change ---- */

/* Lines keep their numbers: what the change has less of is made up for. */
static long put_change(const struct site *s, long at)
{
	unsigned had = 0, has = 0;

	fwrite(text + at, 1, (size_t)(s->m[0].rm_so - at), stdout);
	for (const char *p = s->op->replacement; *p; p++) {
		const regmatch_t *m;

		if (*p != '\\') {
			putchar(*p);
			has += *p == '\n';
			continue;
		}
		m = &s->m[*++p - '0'];
		for (long i = m->rm_so; i < m->rm_eo; i++)
			has += text[i] == '\n';
		fwrite(text + m->rm_so, 1, (size_t)(m->rm_eo - m->rm_so), stdout);
	}
	for (long i = s->m[0].rm_so; i < s->m[0].rm_eo; i++)
		had += text[i] == '\n';
	for (; has < had; has++)
		putchar('\n');
	return s->m[0].rm_eo;
}

static void put_partners(const struct site *s, long *at)
{
	regmatch_t m[MAX_GROUPS];
	regex_t re;

	compile(&re, s->op->partner);
	while (next_match(&re, *at, s->end_of_function, m)) {
		fwrite(text + *at, 1, (size_t)(m[0].rm_so - *at), stdout);
		fputs("do { } while (0);", stdout);
		*at = m[0].rm_eo;
	}
	regfree(&re);
}

static int make(const char *key)
{
	const struct site *s = NULL;
	long at = 0;

	for (unsigned i = 0; i < nr_sites; i++)
		if (!strcmp(sites[i].key, key))
			s = &sites[i];
	if (!s && strcmp(key, "none")) {
		fprintf(stderr, "mutate: there is no %s\n", key);
		return 1;
	}
	puts("#line 1 \"mm/rmap.c\"");
	if (s) {
		at = put_change(s, 0);
		if (s->op->partner)
			put_partners(s, &at);
	}
	fwrite(text + at, 1, (size_t)(length - at), stdout);
	return 0;
}

int main(int argc, char **argv)
{
	char *end;
	unsigned long seed;

	if (argc != 4) {
		fprintf(stderr, "usage: mutate SOURCE LINES SEED|KEY\n");
		return 2;
	}
	text = read_file(argv[1], &length);
	look(argv[2]);
	look_everywhere();
	seed = strtoul(argv[3], &end, 10);
	if (end == argv[3] || *end)
		return make(argv[3]);
	order(seed);
	for (unsigned i = 0; i < nr_sites; i++)
		printf("%s %u\n", sites[i].key, sites[i].line);
	return 0;
}
