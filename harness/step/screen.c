/* SPDX-License-Identifier: GPL-2.0-only */
/* See screen.h. */
#define _GNU_SOURCE
#include "step/screen.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/out.h"

#define NCURSES_NOMACROS
#include <ncurses.h>
#include <term.h>

#define ESCAPE_MS 100			/* an Esc that nothing follows for so long is one; over a network the rest comes in one packet */
#define NR_COLOURS 6
#define PAIR_BAD (NR_COLOURS + 1)

/* The terminal, of which there is one. [thread that draws; the signals' flags: their handler] */
static struct {
	SCREEN *screen;
	bool open, colours, unicode;
	sigset_t before, waiting;	/* signals that are blocked: before, and while we wait for keys */
	struct sigaction old[4];
	volatile sig_atomic_t leave, resized;
} terminal;

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGWINCH };

/* ---- can there be one? ---- */

static const char *term_name(void)
{
	const char *term = getenv("TERM");

	return term ? term : "";
}

int screen_check(char err[ERR_LEN])
{
	bool able;
	int found;

	if (!out_is_terminal(stdin) || !out_is_terminal(stdout)) {
		snprintf(err, ERR_LEN, "--step: expected a terminal, found that standard %s is none",
			 out_is_terminal(stdin) ? "output" : "input");
		return -1;
	}
	if (setupterm(NULL, STDOUT_FILENO, &found) == ERR) {
		snprintf(err, ERR_LEN, "--step: expected in TERM a terminal that is known here, found '%s'", term_name());
		return -1;
	}
	able = cursor_address && clear_screen;
	del_curterm(cur_term);
	if (!able) {
		snprintf(err, ERR_LEN, "--step: expected a terminal that can put the cursor anywhere, found TERM '%s'", term_name());
		return -1;
	}
	return 0;
}

/* ---- signals ---- */

static void on_signal(int sig)
{
	if (sig == SIGWINCH)
		terminal.resized = 1;
	else
		terminal.leave = 1;
}

/* They are let through only while we wait for keys, so that none is missed and none meets curses at work. */
static void catch_signals(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t set;

	terminal.leave = terminal.resized = 0;
	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaddset(&set, caught[i]);
	pthread_sigmask(SIG_BLOCK, &set, &terminal.before);
	terminal.waiting = terminal.before;
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++) {
		sigdelset(&terminal.waiting, caught[i]);
		sigaction(caught[i], &sa, &terminal.old[i]);
	}
}

static void restore_signals(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaction(caught[i], &terminal.old[i], NULL);
	pthread_sigmask(SIG_SETMASK, &terminal.before, NULL);
}

/* ---- beginning and end ---- */

static void choose_colours(void)
{
	static const short colour[NR_COLOURS] = { COLOR_CYAN, COLOR_YELLOW, COLOR_GREEN, COLOR_MAGENTA, COLOR_BLUE, COLOR_WHITE };
	const char *no_color = getenv("NO_COLOR");

	terminal.colours = !(no_color && *no_color) && has_colors() && start_color() == OK && COLOR_PAIRS > PAIR_BAD;
	if (!terminal.colours)
		return;
	use_default_colors();
	for (short i = 0; i < NR_COLOURS; i++)
		init_pair((short)(i + 1), colour[i], -1);
	init_pair(PAIR_BAD, COLOR_RED, -1);
}

/* Its real size, whatever LINES and COLUMNS say. */
static void take_size(void)
{
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_row && size.ws_col)
		resizeterm(size.ws_row, size.ws_col);
}

int screen_open(char err[ERR_LEN])
{
	static bool at_exit;

	setlocale(LC_CTYPE, "");
	terminal.unicode = !strcmp(nl_langinfo(CODESET), "UTF-8");
	catch_signals();
	terminal.screen = newterm(NULL, stdout, stdin);
	if (!terminal.screen) {
		restore_signals();
		setlocale(LC_CTYPE, "C");
		snprintf(err, ERR_LEN, "--step: cannot use the terminal '%s'", term_name());
		return -1;
	}
	terminal.open = true;
	if (!at_exit)
		at_exit = !atexit(screen_close);
	choose_colours();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	if (!getenv("ESCDELAY"))
		set_escdelay(ESCAPE_MS);
	take_size();
	return 0;
}

void screen_close(void)
{
	if (!terminal.open)
		return;
	terminal.open = false;
	endwin();
	delscreen(terminal.screen);
	terminal.screen = NULL;
	restore_signals();
	setlocale(LC_CTYPE, "C");
}

int screen_rows(void)
{
	return getmaxy(stdscr);
}

int screen_columns(void)
{
	return getmaxx(stdscr);
}

/* ---- input ---- */

static const struct {
	int code, key;
} keys[] = {
	{ KEY_UP, KEY_OF_UP },		 { KEY_DOWN, KEY_OF_DOWN },   { KEY_PPAGE, KEY_OF_PAGE_UP }, { KEY_NPAGE, KEY_OF_PAGE_DOWN },
	{ KEY_HOME, KEY_OF_HOME },	 { KEY_END, KEY_OF_END },     { KEY_BACKSPACE, KEY_OF_ERASE }, { KEY_DC, KEY_OF_ERASE },
	{ KEY_ENTER, KEY_OF_ENTER },	 { '\r', KEY_OF_ENTER },      { '\n', KEY_OF_ENTER },	     { '\t', KEY_OF_TAB },
	{ '\b', KEY_OF_ERASE },		 { 0x7f, KEY_OF_ERASE },      { 0x1b, KEY_OF_ESCAPE },	     { 'L' - '@', KEY_OF_RESIZE },
	{ KEY_RESIZE, KEY_OF_RESIZE },	 { 'F' - '@', KEY_OF_PAGE_DOWN }, { 'B' - '@', KEY_OF_PAGE_UP },
	{ 'C' - '@', KEY_OF_LEAVE },	 { KEY_FIND, KEY_OF_HOME },   { KEY_SELECT, KEY_OF_END },
};

static int key_of(int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].code == code)
			return keys[i].key;
	return code >= ' ' && code < 0x7f ? code : KEY_OF_NOTHING;
}

int screen_key(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };

	for (;;) {
		int code = getch();

		if (code != ERR) {
			if (key_of(code) == KEY_OF_RESIZE)
				clearok(curscr, TRUE);
			return key_of(code);
		}
		if (ppoll(&input, 1, NULL, &terminal.waiting) < 0 && errno != EINTR)
			return KEY_OF_LEAVE;
		if (terminal.leave || (input.revents & (POLLHUP | POLLERR | POLLNVAL)))
			return KEY_OF_LEAVE;
		if (terminal.resized) {
			terminal.resized = 0;
			take_size();
			clearok(curscr, TRUE);
			return KEY_OF_RESIZE;
		}
	}
}

/* ---- output ---- */

/* As UTF-8, and as ASCII. */
static const char *const glyphs[NR_GLYPHS][2] = {
	[GLYPH_BLANK] = { " ", " " },	   [GLYPH_LINE] = { "│", "|" },	      [GLYPH_HEAVY] = { "┃", "#" },
	[GLYPH_DOTTED] = { "┊", ":" },	   [GLYPH_DASH] = { "─", "-" },	      [GLYPH_STEP] = { "●", "o" },
	[GLYPH_TOUCH] = { "◆", "@" },	   [GLYPH_STORED] = { "○", "~" },     [GLYPH_END] = { "×", "X" },
	[GLYPH_LEAVE_RIGHT] = { "├", "+" }, [GLYPH_LEAVE_LEFT] = { "┤", "+" }, [GLYPH_LAST_RIGHT] = { "╰", "`" },
	[GLYPH_LAST_LEFT] = { "╯", "'" },  [GLYPH_CROSS] = { "┼", "+" },      [GLYPH_TEE] = { "┬", "+" },
	[GLYPH_BOTTOM_TEE] = { "┴", "+" }, [GLYPH_BAR] = { "│", "|" },	      [GLYPH_CURSOR] = { "▶", ">" },
	[GLYPH_MORE] = { "…", "~" },
};

static attr_t attributes(style_t style, short *pair)
{
	const attr_t strong = style & STYLE_STRONG ? A_BOLD : A_NORMAL;

	style &= ~(style_t)STYLE_STRONG;
	*pair = 0;
	if (terminal.colours && style == STYLE_BAD)
		*pair = PAIR_BAD;
	if (terminal.colours && style >= STYLE_LANE)
		*pair = (short)((style - STYLE_LANE) % NR_COLOURS + 1);
	return strong | (style == STYLE_DIM ? A_DIM : style == STYLE_BAD ? A_BOLD : A_NORMAL);
}

static void set_style(style_t style)
{
	short pair;
	attr_t attr = attributes(style, &pair);

	attr_set(attr, pair, NULL);
}

void screen_clear(void)
{
	set_style(STYLE_PLAIN);
	erase();
}

void screen_show(void)
{
	refresh();
}

void screen_glyph(int y, int x, style_t style, enum glyph glyph)
{
	set_style(style);
	mvaddstr(y, x, glyphs[glyph][!terminal.unicode]);
}

void screen_rule(int y, int x, int width, style_t style, enum glyph glyph)
{
	for (int i = 0; i < width; i++)
		screen_glyph(y, x + i, style, glyph);
}

int screen_text(int y, int x, int width, style_t style, const char *text)
{
	const int length = (int)strlen(text);
	const bool cut = length > width;
	int n = cut ? width - 1 : length;

	if (width <= 0)
		return 0;
	set_style(style);
	move(y, x);
	/* Each byte is a column: names and places are ASCII, and what is not need not be read here. */
	for (int i = 0; i < n; i++)
		addch(text[i] >= ' ' && text[i] < 0x7f ? (chtype)text[i] : '?');
	if (cut)
		screen_glyph(y, x + n, style, GLYPH_MORE);
	return n + cut;
}

int screen_place(int y, int x, int width, style_t style, const char *place)
{
	const int length = (int)strlen(place);

	if (length <= width || width < 2)
		return screen_text(y, x, width, style, place);
	screen_glyph(y, x, style, GLYPH_MORE);
	return 1 + screen_text(y, x + 1, width - 1, style, place + length - (width - 1));
}

int screen_print(int y, int x, int width, style_t style, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return screen_text(y, x, width, style, text);
}

void screen_highlight(int y, int x, int width, style_t style)
{
	short pair;
	attr_t attr = attributes(style, &pair);

	mvchgat(y, x, width, attr | A_REVERSE, pair, NULL);
}
