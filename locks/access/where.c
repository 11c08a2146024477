/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads .symtab and .debug_line of the running program; see where.h.
 *
 * Lines: units of DWARF version 4 only, which is what the watched code is compiled with; the rest of the program has another
 * version and is passed over unread. A program without symbols still works, and its places are called "?".
 */
#include "access/where.h"

#if defined(FLAVOUR_ACCESS) || defined(FLAVOUR_SHARING)
#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inner.h"
#include "machine.h"

extern const char __ehdr_start[];	/* by the linker: where this program begins in memory */

struct function {
	u64 start, size;
	const char *name;
};

/* From addr on, until the next row. */
struct row {
	u64 addr;
	const char *file;		/* NULL: no line from here on */
	int line;
};

#define MAX_SITES 8192u			/* half of it is used at most */

static struct {
	u32 word;			/* inner lock of all that follows */
	bool read;
	const char *image;		/* the file, mapped for ever: names point into it */
	size_t length;
	u64 bias;			/* address in memory less address in the file's tables */
	struct function *function;
	size_t nr_functions;
	struct row *row;
	size_t nr_rows, max_rows;
	u32 nr_sites;
	struct {
		const void *pc;
		struct site site;
	} site[MAX_SITES];
} where;

/* ---- sections ---- */

struct bytes {
	const unsigned char *at, *end;
};

static const Elf64_Shdr *sections(void)
{
	return (const void *)(where.image + ((const Elf64_Ehdr *)where.image)->e_shoff);
}

static struct bytes contents(const Elf64_Shdr *s)
{
	const unsigned char *at = (const unsigned char *)where.image + s->sh_offset;

	return (struct bytes){ at, at + s->sh_size };
}

static const Elf64_Shdr *section(const char *name)
{
	const Elf64_Ehdr *e = (const void *)where.image;
	const Elf64_Shdr *s = sections();
	const char *names = where.image + s[e->e_shstrndx].sh_offset;

	for (unsigned i = 0; i < e->e_shnum; i++)
		if (!strcmp(names + s[i].sh_name, name) && !(s[i].sh_flags & SHF_COMPRESSED))
			return &s[i];
	return NULL;
}

static void *grown(void *array, size_t nr, size_t size)
{
	array = realloc(array, nr * size);
	if (!array)
		die("no memory for the program's own symbols");
	return array;
}

/* ---- functions ---- */

static int by_start(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

/* "name.part.0" is a piece that the compiler made of name. */
static const char *plain_name(const char *name)
{
	return strchr(name, '.') ? strndup(name, strcspn(name, ".")) : name;
}

static void read_functions(void)
{
	const Elf64_Shdr *s = section(".symtab");
	const Elf64_Sym *sym;
	const char *names;
	size_t nr;

	if (!s)
		return;
	sym = (const void *)contents(s).at;
	nr = s->sh_size / sizeof(*sym);
	names = (const char *)contents(&sections()[s->sh_link]).at;
	where.function = grown(NULL, nr, sizeof(*where.function));
	for (size_t i = 0; i < nr; i++)
		if (ELF64_ST_TYPE(sym[i].st_info) == STT_FUNC && sym[i].st_size)
			where.function[where.nr_functions++] =
				(struct function){ sym[i].st_value, sym[i].st_size, plain_name(names + sym[i].st_name) };
	qsort(where.function, where.nr_functions, sizeof(*where.function), by_start);
}

/* ---- lines ---- */

static u64 fixed(struct bytes *b, unsigned size)
{
	u64 value = 0;

	if ((size_t)(b->end - b->at) < size) {
		b->at = b->end;
		return 0;
	}
	memcpy(&value, b->at, size);
	b->at += size;
	return value;
}

static u64 uleb(struct bytes *b)
{
	u64 value = 0;
	unsigned shift = 0;

	while (b->at < b->end) {
		unsigned char c = *b->at++;

		value |= (u64)(c & 0x7f) << shift;
		shift += 7;
		if (!(c & 0x80))
			break;
	}
	return value;
}

static s64 sleb(struct bytes *b)
{
	const unsigned char *from = b->at;
	u64 value = uleb(b);
	unsigned bits = 7 * (unsigned)(b->at - from);

	return bits && bits < 64 && b->at[-1] & 0x40 ? (s64)(value | ~0ul << bits) : (s64)value;
}

static const char *string(struct bytes *b)
{
	const char *s = (const char *)b->at;

	b->at += strnlen(s, (size_t)(b->end - b->at));
	b->at += b->at < b->end;
	return s;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

#define MAX_FILES 64u

/* What the head of a unit says, and the registers of its line machine. */
struct unit {
	unsigned min_length, line_range, opcode_base;
	s64 line_base;
	const unsigned char *lengths;	/* of the standard opcodes */
	const char *file[MAX_FILES];
	u64 addr, nr_file;
	s64 line;
};

static void emit(const struct unit *u, bool ends)
{
	const char *file = ends || u->nr_file >= MAX_FILES ? NULL : u->file[u->nr_file];

	if (where.nr_rows == where.max_rows) {
		where.max_rows = where.max_rows ? where.max_rows * 2 : 4096;
		where.row = grown(where.row, where.max_rows, sizeof(*where.row));
	}
	where.row[where.nr_rows++] = (struct row){ u->addr, file, (int)u->line };
}

static void begin_sequence(struct unit *u)
{
	u->addr = 0;
	u->nr_file = u->line = 1;
}

static void extended_opcode(struct unit *u, struct bytes *b)
{
	u64 length = uleb(b);
	struct bytes operand = { b->at + 1, b->at + length };

	if (!length || length > (size_t)(b->end - b->at)) {
		b->at = b->end;
		return;
	}
	switch (*b->at) {
	case 1:				/* DW_LNE_end_sequence */
		emit(u, true);
		begin_sequence(u);
		break;
	case 2:				/* DW_LNE_set_address */
		u->addr = fixed(&operand, 8);
		break;
	}
	b->at += length;
}

static void standard_opcode(struct unit *u, unsigned opcode, struct bytes *b)
{
	switch (opcode) {
	case 1:				/* DW_LNS_copy */
		emit(u, false);
		break;
	case 2:				/* DW_LNS_advance_pc */
		u->addr += uleb(b) * u->min_length;
		break;
	case 3:				/* DW_LNS_advance_line */
		u->line += sleb(b);
		break;
	case 4:				/* DW_LNS_set_file */
		u->nr_file = uleb(b);
		break;
	case 8:				/* DW_LNS_const_add_pc */
		u->addr += (255 - u->opcode_base) / u->line_range * u->min_length;
		break;
	case 9:				/* DW_LNS_fixed_advance_pc */
		u->addr += fixed(b, 2);
		break;
	default:			/* columns, blocks, prologues: not asked for */
		for (unsigned n = u->lengths[opcode - 1]; n; n--)
			uleb(b);
	}
}

static void run_lines(struct unit *u, struct bytes b)
{
	begin_sequence(u);
	while (b.at < b.end) {
		unsigned opcode = *b.at++;

		if (opcode >= u->opcode_base) {
			opcode -= u->opcode_base;
			u->addr += opcode / u->line_range * u->min_length;
			u->line += u->line_base + opcode % u->line_range;
			emit(u, false);
		} else if (opcode) {
			standard_opcode(u, opcode, &b);
		} else {
			extended_opcode(u, &b);
		}
	}
}

static void read_files(struct unit *u, struct bytes *b)
{
	while (b->at < b->end && *b->at)
		string(b);		/* directories */
	fixed(b, 1);
	for (unsigned n = 1; b->at < b->end && *b->at; n++) {
		const char *name = base_name(string(b));

		if (n < MAX_FILES)
			u->file[n] = name;
		uleb(b);		/* its directory, */
		uleb(b);		/* time */
		uleb(b);		/* and length */
	}
}

static void read_unit(struct bytes b)
{
	struct unit u = { .file = { NULL } };
	struct bytes program = b;
	u64 length;

	if (fixed(&b, 2) != 4)
		return;
	length = fixed(&b, 4);
	if (length > (size_t)(b.end - b.at))
		return;
	program.at = b.at + length;
	u.min_length = (unsigned)fixed(&b, 1);
	fixed(&b, 2);			/* operations of an instruction, is a statement by default */
	u.line_base = (signed char)fixed(&b, 1);
	u.line_range = (unsigned)fixed(&b, 1);
	u.opcode_base = (unsigned)fixed(&b, 1);
	u.lengths = b.at;
	if (!u.line_range || !u.opcode_base || u.opcode_base > (size_t)(b.end - b.at))
		return;
	b.at += u.opcode_base - 1;
	read_files(&u, &b);
	run_lines(&u, program);
}

static void read_lines(void)
{
	const Elf64_Shdr *s = section(".debug_line");
	struct bytes b;

	if (!s)
		return;
	for (b = contents(s); b.at < b.end;) {
		u64 length = fixed(&b, 4);

		if (length > (size_t)(b.end - b.at))
			break;		/* 64-bit DWARF, or nothing that we know */
		read_unit((struct bytes){ b.at, b.at + length });
		b.at += length;
	}
	/* Of rows at one address the last one counts, but the end of what is before it does not. */
	for (size_t i = 0; i < where.nr_rows; i++)
		where.row[i].addr = where.row[i].addr << 1 | (where.row[i].file != NULL);
	qsort(where.row, where.nr_rows, sizeof(*where.row), by_start);
	for (size_t i = 0; i < where.nr_rows; i++)
		where.row[i].addr >>= 1;
}

static void read_program(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *image;

	where.read = true;
	if (fd < 0)
		return;
	image = fstat(fd, &st) ? MAP_FAILED : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (image == MAP_FAILED)
		return;
	where.image = image;
	where.length = (size_t)st.st_size;
	where.bias = ((const Elf64_Ehdr *)image)->e_type == ET_DYN ? (u64)__ehdr_start : 0;
	read_functions();
	read_lines();
}

/* ---- asking ---- */

/* The last of n elements that begin with an address, in order, whose address is not beyond addr; NULL when there is none. */
static const void *last_before(const void *base, size_t n, size_t size, u64 addr)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (*(const u64 *)((const char *)base + mid * size) <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? (const char *)base + (low - 1) * size : NULL;
}

static struct site look_up(const void *pc)
{
	u64 addr = (u64)pc - 1 - where.bias;
	const struct function *f = last_before(where.function, where.nr_functions, sizeof(*f), addr);
	const struct row *r = last_before(where.row, where.nr_rows, sizeof(*r), addr);
	struct site site = { "?", "?", 0 };

	if (f && addr - f->start < f->size)
		site.func = f->name;
	if (r && r->file) {
		site.file = r->file;
		site.line = r->line;
	}
	return site;
}

static const struct site *find_or_add(const void *pc)
{
	unsigned i = (unsigned)((u64)pc * 0x9e3779b97f4a7c15ul >> 40) % MAX_SITES;

	for (; where.site[i].pc; i = (i + 1) % MAX_SITES)
		if (where.site[i].pc == pc)
			return &where.site[i].site;
	if (where.nr_sites++ == MAX_SITES / 2)
		die("more places than there is room for touch memory");
	where.site[i].site = look_up(pc);
	where.site[i].pc = pc;
	return &where.site[i].site;
}

const struct site *where_site(const void *pc)
{
	const struct site *site;

	inner_lock(&where.word);
	if (!where.read)
		read_program();
	site = find_or_add(pc);
	inner_unlock(&where.word);
	return site;
}

u32 where_short(const void *pc)
{
	return (u32)((u64)pc - (u64)__ehdr_start);
}

const void *where_long(u32 where_)
{
	return __ehdr_start + where_;
}
#endif
