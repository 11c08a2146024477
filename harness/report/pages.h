/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pages of a report, one file of source for each kind: what is between <main> and </main>.
 *
 * Concurrency: one thread.
 */
#ifndef HARNESS_REPORT_PAGES_H
#define HARNESS_REPORT_PAGES_H

#include "report/files.h"
#include "report/html.h"
#include "report/report.h"

void page_index(const struct report *r, FILE *out);
void page_matrix(const struct report *r, FILE *out);

/* One for each signature, with the replay files beside. */
bool page_findings(const struct report *r, struct files *f, const struct html_link *nav, char err[USAGE_TEXT]);

/* The pictures of the lock graph, which the page about locks shows: a file for each provider. */
bool page_lock_graphs(const struct report *r, struct files *f, char err[USAGE_TEXT]);
void page_locks(const struct report *r, FILE *out);

/* How the frame of a page names the night. To be freed. */
char *page_subtitle(const struct report *r);

/* "1 finding", "2 findings". */
void put_count(FILE *out, double n, const char *one, const char *many);

#endif
