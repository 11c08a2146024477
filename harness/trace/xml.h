/* SPDX-License-Identifier: GPL-2.0-only */
/* Text within XML and HTML. Concurrency: a stream belongs to one caller. */
#ifndef HARNESS_TRACE_XML_H
#define HARNESS_TRACE_XML_H

#include <stdio.h>

/* At most length bytes of s, as text or within quotes. What XML cannot have at all (control characters) becomes '?'. */
void xml_text_part(const char *s, size_t length, FILE *out);
void xml_text(const char *s, FILE *out);

#endif
