/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing pages that are well-formed XML and HTML at once. Markup comes from format strings only: whatever is put into them is
 * escaped, so that no text of a database can become markup.
 *
 * Concurrency: one caller for each stream.
 */
#ifndef HARNESS_REPORT_HTML_H
#define HARNESS_REPORT_HTML_H

#include <stdbool.h>
#include <stdio.h>

/* Text as it stands between tags or in an attribute; what XML cannot hold becomes U+FFFD. */
void html_text(FILE *out, const char *text);

/*
 * The format as it is, with what stands for %s escaped. Of the conversions of printf there are %s, %d, %u, %ld, %f (with flags, width
 * and precision for numbers) and %%.
 *	html_put(out, "<td title=\"%s\">%d</td>", title, n);
 */
void html_put(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A page's file and what the navigation calls it. */
struct html_link {
	const char *file, *title;
};

/* Everything above the contents: title is the document's. nav ends with a row without a file; here is the file of this page. */
void html_begin(FILE *out, const char *title, const char *subtitle, const struct html_link *nav, const char *here);
void html_end(FILE *out);

/* A series of numbers over nights; NAN: none in that night. */
struct html_series {
	const char *title, *unit;	/* unit: "" if it needs none */
	unsigned int nr;
	const char *const *label;	/* of each number: the night */
	const double *value;
};

/* A chart with its axis and its numbers as titles of points, and these numbers as a table to be opened below. */
void html_chart(FILE *out, const struct html_series *s);

/* The same as a line without anything beside, high as a line of text. */
void html_spark(FILE *out, const struct html_series *s);

/* A number as people read it: thin spaces between thousands, three digits behind the point at most. */
#define HTML_NUMBER 64
const char *html_number(double value, char text[HTML_NUMBER]);

extern const char html_style[], html_script[];

#define HTML_GENERATOR "<meta name=\"generator\" content=\"rmaptorture report\"/>"

#endif
