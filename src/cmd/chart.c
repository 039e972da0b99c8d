#include "cmd/chart.h"

#include "format/escape.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RANK_ROWS 10
#define RANK_STEP 22
#define RANK_NAME 260 /* where bars begin */
#define SVG_WIDTH 820
#define BARS_WIDTH (SVG_WIDTH - RANK_NAME - 80)
#define NAME_RUNES 36
#define TIME_HEIGHT 140
#define TIME_BASE (TIME_HEIGHT + 14) /* the line that bars stand on */

/* value of max as a part of `whole`, rounded; at least 1 for what is not zero. */
static uint64_t scale(uint64_t value, uint64_t max, uint64_t whole)
{
	uint64_t part;

	if (value == 0 || max == 0)
		return 0;
	part = (uint64_t)((double)value / (double)max * (double)whole + 0.5);
	return part > whole ? whole : part ? part : 1;
}

void chart_bar(struct text *out, uint64_t value, uint64_t max, size_t width, bool unicode)
{
	static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	uint64_t part = scale(value, max, unicode ? 8 * width : width);

	for (uint64_t whole = unicode ? part / 8 : part; whole; whole--)
		text_puts(out, unicode ? "█" : "#");
	if (unicode)
		text_puts(out, eighths[part % 8]);
}

bool chart_unicode(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *value = NULL;

	for (size_t i = 0; i < 3 && !(value && *value); i++)
		value = getenv(names[i]);
	return value && (strcasestr(value, "utf-8") || strcasestr(value, "utf8"));
}

static const struct cell *row_of(const struct table *table, size_t row)
{
	return table->cells + row * table->n_columns;
}

/* All columns of names before the counts: `client -> server`. */
static void put_name(struct text *out, const struct table *table, size_t row)
{
	struct text name;

	text_init(&name, 0);
	for (size_t i = 0; i < table->n_columns && table->columns[i].kind == CELL_TEXT; i++)
		text_printf(&name, "%s%s", i ? " → " : "", row_of(table, row)[i].text);
	if (name.ptr) {
		struct text cut;

		text_init(&cut, 0);
		text_visible_head(&cut, name.ptr, NAME_RUNES);
		text_xml(out, cut.ptr ? cut.ptr : "");
		text_finish(&cut);
	}
	text_finish(&name);
}

static void svg_begin(struct text *out, const struct table *table, size_t height)
{
	text_printf(out,
		    "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %zu\" width=\"%d\" "
		    "height=\"%zu\" role=\"img\"><title>",
		    SVG_WIDTH, height, SVG_WIDTH, height);
	text_xml(out, table->title);
	text_puts(out, "</title>\n");
}

static void svg_rank(struct text *out, const struct table *table, size_t column, uint64_t max)
{
	size_t rows = table->n_rows < RANK_ROWS ? table->n_rows : RANK_ROWS;

	svg_begin(out, table, rows * RANK_STEP + 4);
	for (size_t row = 0; row < rows; row++) {
		uint64_t value = row_of(table, row)[column].count;
		uint64_t width = scale(value, max, BARS_WIDTH);
		size_t y = row * RANK_STEP;

		text_printf(out, "<text x=\"%d\" y=\"%zu\" text-anchor=\"end\">", RANK_NAME - 8,
			    y + 15);
		put_name(out, table, row);
		text_printf(out,
			    "</text><rect x=\"%d\" y=\"%zu\" width=\"%" PRIu64
			    "\" height=\"%d\"/><text x=\"%" PRIu64 "\" y=\"%zu\">",
			    RANK_NAME, y + 2, width, RANK_STEP - 6, RANK_NAME + width + 6, y + 15);
		table_put_grouped(out, value);
		text_puts(out, "</text>\n");
	}
	text_puts(out, "</svg>\n");
}

static void svg_time(struct text *out, const struct table *table, size_t column, uint64_t max)
{
	double step = (double)SVG_WIDTH / (double)table->n_rows;
	size_t last = table->n_rows - 1;

	svg_begin(out, table, TIME_BASE + 20);
	for (size_t row = 0; row < table->n_rows; row++) {
		uint64_t value = row_of(table, row)[column].count;
		uint64_t height = scale(value, max, TIME_HEIGHT);

		text_printf(out,
			    "<rect x=\"%.1f\" y=\"%" PRIu64 "\" width=\"%.1f\" height=\"%" PRIu64
			    "\"><title>",
			    (double)row * step, TIME_BASE - height, step > 2 ? step - 1 : step,
			    height);
		put_name(out, table, row);
		text_printf(out, ": %" PRIu64 "</title></rect>\n", value);
	}
	text_printf(out, "<line x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/><text x=\"0\" y=\"11\">",
		    TIME_BASE, SVG_WIDTH, TIME_BASE);
	table_put_grouped(out, max);
	text_printf(out, "</text><text x=\"0\" y=\"%d\">", TIME_BASE + 16);
	put_name(out, table, 0);
	text_printf(out, "</text><text x=\"%d\" y=\"%d\" text-anchor=\"end\">", SVG_WIDTH,
		    TIME_BASE + 16);
	put_name(out, table, last);
	text_puts(out, "</text>\n</svg>\n");
}

void chart_svg(struct text *out, const struct table *table)
{
	size_t column = table_chart_column(table);
	uint64_t max;

	if (table->chart == CHART_NONE || table->n_rows == 0 || column == table->n_columns)
		return;
	max = table_column_max(table, column);
	if (table->chart == CHART_RANK)
		svg_rank(out, table, column, max);
	else
		svg_time(out, table, column, max);
}
