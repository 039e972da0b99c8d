/* Reports for people: a title, and columns as wide as what is in them. */
#include "cmd/chart.h"
#include "cmd/table.h"

#include "format/escape.h"

#include <inttypes.h>

#define COLUMNS_MAX 16
#define NAME_MAX_RUNES 48
#define LAST_MAX_RUNES 120 /* of the last column: nothing stands to its right */
#define BAR_WIDTH 40

static void put_cell(struct text *out, const struct table *table, size_t column,
		     const struct cell *cell)
{
	enum cell_kind kind = table->columns[column].kind;
	bool last = column + 1 == table->n_columns;

	if (kind == CELL_COUNT)
		table_put_grouped(out, cell->count);
	else if (kind == CELL_TIME)
		table_put_minute(out, cell->time);
	else
		text_visible_head(out, *cell->text ? cell->text : "-",
				  last ? LAST_MAX_RUNES : NAME_MAX_RUNES);
}

static size_t runes(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

static size_t cell_width(struct text *scratch, const struct table *table, size_t column,
			 const struct cell *cell)
{
	text_reset(scratch);
	put_cell(scratch, table, column, cell);
	return runes(scratch->ptr, scratch->len);
}

static void measure(const struct table *table, size_t *widths)
{
	struct text scratch;

	text_init(&scratch, 0);
	for (size_t i = 0; i < table->n_columns; i++)
		widths[i] = strlen(table->columns[i].heading);
	for (size_t c = 0; c < table->n_rows * table->n_columns; c++) {
		size_t i = c % table->n_columns;
		size_t width = cell_width(&scratch, table, i, &table->cells[c]);

		if (width > widths[i])
			widths[i] = width;
	}
	text_finish(&scratch);
}

/* Puts what was written from `start` into a column; the last is not filled up. */
static void fit(struct text *out, size_t start, size_t width, bool right, bool last)
{
	struct text copy;
	size_t n;

	if (out->failed)
		return;
	n = runes(out->ptr + start, out->len - start);
	if (n >= width)
		return;
	if (!right && !last)
		text_printf(out, "%*s", (int)(width - n), "");
	if (!right)
		return;
	text_init(&copy, 0);
	text_add(&copy, out->ptr + start, out->len - start);
	out->len = start;
	text_printf(out, "%*s%s", (int)(width - n), "", copy.ptr ? copy.ptr : "");
	text_finish(&copy);
}

static void put_headings(struct text *out, const struct table *table, const size_t *widths)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		size_t start;

		text_puts(out, "  ");
		start = out->len;
		text_puts(out, table->columns[i].heading);
		fit(out, start, widths[i], table->columns[i].kind == CELL_COUNT,
		    i + 1 == table->n_columns);
	}
	text_putc(out, '\n');
}

static void put_row(struct text *out, const struct table *table, const struct cell *row,
		    const size_t *widths)
{
	bool bars = table->chart == CHART_TIME;

	for (size_t i = 0; i < table->n_columns; i++) {
		size_t start;

		text_puts(out, "  ");
		start = out->len;
		put_cell(out, table, i, &row[i]);
		fit(out, start, widths[i], table->columns[i].kind == CELL_COUNT,
		    i + 1 == table->n_columns && !bars);
	}
}

void table_text_begin(struct text *out, struct table_set *set)
{
	text_visible(out, set->title);
	text_puts(out, ": ");
	text_visible(out, set->log);
	table_put_range(out, set);
	text_puts(out, " (UTC)\n");
}

void table_text(struct text *out, struct table_set *set, const struct table *table)
{
	size_t widths[COLUMNS_MAX], chart = table_chart_column(table);
	uint64_t max = chart < table->n_columns ? table_column_max(table, chart) : 0;

	text_printf(out, "\n%s\n", table->title);
	if (table->n_rows == 0) {
		text_puts(out, "  none\n");
		return;
	}
	measure(table, widths);
	put_headings(out, table, widths);
	for (size_t r = 0; r < table->n_rows; r++) {
		const struct cell *row = table->cells + r * table->n_columns;

		put_row(out, table, row, widths);
		if (table->chart == CHART_TIME && row[chart].count) {
			text_puts(out, "  ");
			chart_bar(out, row[chart].count, max, BAR_WIDTH, set->unicode);
		}
		text_putc(out, '\n');
	}
	if (table->left_out)
		text_printf(out, "  ... and %" PRIu64 " more\n", table->left_out);
}
