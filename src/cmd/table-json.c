/* Reports for machines: one object, each table a list of rows, each row an object by the columns' keys. */
#include "cmd/table.h"

#include "base/clock.h"
#include "format/escape.h"

#include <inttypes.h>

static void put_string(struct text *out, const char *s)
{
	text_putc(out, '"');
	text_json(out, span_str(s));
	text_putc(out, '"');
}

static void put_time(struct text *out, int64_t time)
{
	if (time == INT64_MIN || time == INT64_MAX) {
		text_puts(out, "null");
		return;
	}
	text_putc(out, '"');
	clock_format(out, time);
	text_putc(out, '"');
}

static void put_cell(struct text *out, enum cell_kind kind, const struct cell *cell)
{
	if (kind == CELL_COUNT)
		text_printf(out, "%" PRIu64, cell->count);
	else if (kind == CELL_TIME)
		put_time(out, cell->time);
	else
		put_string(out, cell->text);
}

void table_json_begin(struct text *out, struct table_set *set)
{
	text_puts(out, "{\"log\":");
	put_string(out, set->log);
	text_puts(out, ",\"since\":");
	put_time(out, set->since);
	text_puts(out, ",\"until\":");
	put_time(out, set->until);
	text_puts(out, ",\"reports\":{");
}

void table_json(struct text *out, struct table_set *set, const struct table *table)
{
	text_printf(out, "%s\n\"%s\":{\"title\":", set->n ? "," : "", table->name);
	put_string(out, table->title);
	text_printf(out, ",\"left_out\":%" PRIu64 ",\"rows\":[", table->left_out);
	for (size_t c = 0; c < table->n_rows * table->n_columns; c++) {
		const struct column *column = &table->columns[c % table->n_columns];

		text_puts(out, c % table->n_columns ? "," : c ? "},\n{" : "\n{");
		text_printf(out, "\"%s\":", column->key);
		put_cell(out, column->kind, &table->cells[c]);
	}
	text_puts(out, table->n_rows ? "}]}" : "]}");
}

void table_json_end(struct text *out, struct table_set *set)
{
	(void)set;
	text_puts(out, "}}\n");
}
