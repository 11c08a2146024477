/* SPDX-License-Identifier: GPL-2.0-only */
/* Aligned tables: collect the cells, then size the columns to what is in them. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdlib.h>

#include "cli/must.h"
#include "cli/out.h"

struct cell {
	char *text;
	enum tint tint;
};

struct table {
	const struct table_column *columns;
	unsigned int nr_columns;
	struct cell *cells;
	size_t nr_cells, room;
};

struct table *table_new(const struct table_column *columns, unsigned int nr_columns)
{
	struct table *table = must(calloc(1, sizeof(*table)));

	table->columns = columns;
	table->nr_columns = nr_columns;
	return table;
}

void table_free(struct table *table)
{
	while (table->nr_cells)
		free(table->cells[--table->nr_cells].text);
	free(table->cells);
	free(table);
}

void table_cell(struct table *table, enum tint tint, const char *format, ...)
{
	struct cell *cell;
	va_list args;

	if (table->nr_cells == table->room) {
		table->room = table->room * 2 + 16;
		table->cells = must(reallocarray(table->cells, table->room, sizeof(*cell)));
	}
	cell = &table->cells[table->nr_cells];
	cell->tint = tint;
	va_start(args, format);
	if (vasprintf(&cell->text, format, args) < 0)
		must(NULL);
	va_end(args);
	table->nr_cells++;
}

/* Columns on the screen: in UTF-8, continuation bytes take none. */
static unsigned int text_width(const char *text)
{
	unsigned int width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static unsigned int column_width(const struct table *table, unsigned int column)
{
	unsigned int width = text_width(table->columns[column].title), other;
	size_t i;

	for (i = column; i < table->nr_cells; i += table->nr_columns) {
		other = text_width(table->cells[i].text);
		width = other > width ? other : width;
	}
	return width;
}

/*
 * Print one row. Padding stays outside the escapes, so that it has no colour, and is held back until
 * there is text to its right, so that no line ends in blanks.
 */
static void print_row(const struct table *table, const struct cell *cells, unsigned int nr,
		      const unsigned int *width, FILE *file)
{
	unsigned int c, blanks, pending = 0;
	const char *before, *after;

	for (c = 0; c < nr; c++) {
		blanks = width[c] - text_width(cells[c].text);
		if (table->columns[c].align == ALIGN_RIGHT)
			pending += blanks;
		if (*cells[c].text) {
			before = cells[c].tint == TINT_PLAIN ? "" : out_tint(file, cells[c].tint);
			after = *before ? out_tint(file, TINT_PLAIN) : "";
			fprintf(file, "%*s%s%s%s", (int)pending, "", before, cells[c].text, after);
			pending = 0;
		}
		if (table->columns[c].align == ALIGN_LEFT)
			pending += blanks;
		pending += 2;
	}
	fputc('\n', file);
}

void table_print(const struct table *table, FILE *file)
{
	unsigned int nr = table->nr_columns, c;
	unsigned int *width = must(calloc(nr, sizeof(*width)));
	struct cell *titles = must(calloc(nr, sizeof(*titles)));
	size_t i, left;

	for (c = 0; c < nr; c++) {
		width[c] = column_width(table, c);
		titles[c] = (struct cell){ (char *)table->columns[c].title, TINT_BOLD };
	}
	print_row(table, titles, nr, width, file);
	for (i = 0; i < table->nr_cells; i += nr) {
		left = table->nr_cells - i;
		print_row(table, &table->cells[i], left < nr ? (unsigned int)left : nr, width, file);
	}
	free(titles);
	free(width);
}
