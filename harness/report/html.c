/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages: escaping, and what stands above and below the contents. */
#include "report/html.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

/* ---- text ---- */

#define REPLACEMENT "\xef\xbf\xbd"

/* The length of the character of UTF-8 that begins here and that XML can hold; 0: there is none. */
static unsigned int character(const unsigned char *c)
{
	static const struct {
		unsigned char mask, lead, least, most;	/* least, most: of the second byte; its other limits are below */
		unsigned int length;
	} form[] = {
		{ 0x80, 0x00, 0, 0, 1 }, { 0xe0, 0xc0, 0x80, 0xbf, 2 }, { 0xf0, 0xe0, 0x80, 0xbf, 3 }, { 0xf8, 0xf0, 0x80, 0xbf, 4 },
	};

	for (unsigned int i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		if ((*c & form[i].mask) != form[i].lead)
			continue;
		for (unsigned int k = 1; k < form[i].length; k++)
			if (c[k] < form[i].least || c[k] > form[i].most)
				return 0;
		if (i == 0)
			return *c >= 0x20 && *c != 0x7f ? 1 : *c == '\t' || *c == '\n';
		/* Longer than needed, surrogates, beyond the last one, and the two that are no characters. */
		if (*c < 0xc2 || (*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) || (*c == 0xf0 && c[1] < 0x90) ||
		    *c > 0xf4 || (*c == 0xf4 && c[1] > 0x8f) || (*c == 0xef && c[1] == 0xbf && c[2] > 0xbd) ||
		    (*c == 0xc2 && c[1] < 0xa0))
			return 0;
		return form[i].length;
	}
	return 0;
}

void html_text(FILE *out, const char *text)
{
	const unsigned char *c = (const unsigned char *)(text ? text : "");

	while (*c) {
		unsigned int length = character(c);

		switch (length ? *c : 0) {
		case 0:
			fputs(REPLACEMENT, out);
			length = 1;
			break;
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '&': fputs("&amp;", out); break;
		case '"': fputs("&quot;", out); break;
		case '\'': fputs("&#39;", out); break;
		default: fwrite(c, 1, length, out);
		}
		c += length;
	}
}

/* One conversion, whose letter is *end. */
static void put_number(FILE *out, const char *from, const char *end, va_list *args)
{
	char form[32];
	size_t length = (size_t)(end - from) + 1;

	if (length >= sizeof(form))
		return;
	memcpy(form, from, length);
	form[length] = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (*end == 'f')
		fprintf(out, form, va_arg(*args, double));
	else if (end[-1] == 'l')
		fprintf(out, form, va_arg(*args, long));
	else
		fprintf(out, form, va_arg(*args, int));
#pragma GCC diagnostic pop
}

void html_put(FILE *out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (const char *c = format; *c; c++) {
		const char *end = c + 1;

		if (*c != '%') {
			fputc(*c, out);
			continue;
		}
		end += strspn(end, "0123456789.-+ l");
		if (*end == 's')
			html_text(out, va_arg(args, const char *));
		else if (*end == '%')
			fputc('%', out);
		else
			put_number(out, c, end, &args);
		c = end;
	}
	va_end(args);
}

const char *html_number(double value, char text[HTML_NUMBER])
{
	char plain[HTML_NUMBER / 2], *c, *to = text;
	size_t whole;
	int digits = fabs(value) >= 100 || value == floor(value) ? 0 : fabs(value) >= 10 ? 1 : fabs(value) >= 1 ? 2 : 3;

	if (fabs(value) >= 1e18 || isnan(value)) {
		snprintf(text, HTML_NUMBER, "%g", value);
		return text;
	}
	snprintf(plain, sizeof(plain), "%.*f", digits, value);
	whole = strcspn(plain, ".");
	for (c = plain; *c; c++) {
		size_t left = whole - (size_t)(c - plain);

		*to++ = *c;
		/* U+2009, between groups of three. */
		if (c < plain + whole && left > 1 && left % 3 == 1 && *c != '-') {
			memcpy(to, "\xe2\x80\x89", 3);
			to += 3;
		}
	}
	*to = 0;
	return text;
}

/* ---- the frame of a page ---- */

void html_begin(FILE *out, const char *title, const char *subtitle, const struct html_link *nav, const char *here)
{
	html_put(out, "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n"
		 HTML_GENERATOR "\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
		 "<meta name=\"color-scheme\" content=\"light dark\"/>\n<title>%s</title>\n"
		 "<link rel=\"stylesheet\" href=\"style.css\"/>\n</head>\n<body>\n"
		 "<a class=\"skip\" href=\"#main\">To the contents</a>\n<header>\n<nav aria-label=\"Pages\">\n<ul>\n", title);
	for (; nav->file; nav++)
		html_put(out, strcmp(nav->file, here) ? "<li><a href=\"%s\">%s</a></li>\n" :
			 "<li><a href=\"%s\" aria-current=\"page\">%s</a></li>\n", nav->file, nav->title);
	html_put(out, "</ul>\n<p class=\"where\">%s</p>\n</nav>\n</header>\n<main id=\"main\">\n", subtitle);
}

void html_end(FILE *out)
{
	fputs("</main>\n<script>\n", out);
	fputs(html_script, out);
	fputs("</script>\n</body>\n</html>\n", out);
}
