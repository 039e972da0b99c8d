/*
 * Reports for spreadsheets (RFC 4180): a line of keys, then the rows; an empty line between tables. A name that a
 * spreadsheet would take for a formula has an apostrophe before it.
 */
#include "cmd/table.h"

#include "base/clock.h"
#include "format/escape.h"

#include <inttypes.h>

static void put_text(struct text *out, const char *s)
{
	struct text shown;

	text_init(&shown, 0);
	text_visible(&shown, s);
	text_putc(out, '"');
	if (*s && strchr("=+-@\t\r\n", *s))
		text_putc(out, '\'');
	for (size_t i = 0; i < shown.len; i++) {
		if (shown.ptr[i] == '"')
			text_putc(out, '"');
		text_putc(out, shown.ptr[i]);
	}
	text_putc(out, '"');
	text_finish(&shown);
}

static void put_cell(struct text *out, enum cell_kind kind, const struct cell *cell)
{
	if (kind == CELL_COUNT)
		text_printf(out, "%" PRIu64, cell->count);
	else if (kind == CELL_TEXT)
		put_text(out, cell->text);
	else if (cell->time != INT64_MIN)
		clock_format(out, cell->time);
}

void table_csv(struct text *out, struct table_set *set, const struct table *table)
{
	if (set->n)
		text_puts(out, "\r\n");
	for (size_t i = 0; i < table->n_columns; i++)
		text_printf(out, "%s%s", i ? "," : "", table->columns[i].key);
	text_puts(out, "\r\n");
	for (size_t c = 0; c < table->n_rows * table->n_columns; c++) {
		size_t i = c % table->n_columns;

		put_cell(out, table->columns[i].kind, &table->cells[c]);
		text_puts(out, i + 1 == table->n_columns ? "\r\n" : ",");
	}
}
