#include "cmd/table.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>

const struct table_output table_outputs[] = {
	{"text", "aligned columns, for people", table_text_begin, table_text, NULL},
	{"json", "one JSON object", table_json_begin, table_json, table_json_end},
	{"csv", "comma-separated values with a line of headings", NULL, table_csv, NULL},
	{"html", "one page that needs nothing else, for reading and printing", table_html_begin,
	 table_html, table_html_end},
	{0},
};

size_t table_chart_column(const struct table *table)
{
	size_t i = 0;

	while (i < table->n_columns && table->columns[i].kind != CELL_COUNT)
		i++;
	return i;
}

uint64_t table_column_max(const struct table *table, size_t column)
{
	uint64_t max = 0;

	for (size_t row = 0; row < table->n_rows; row++)
		if (table->cells[row * table->n_columns + column].count > max)
			max = table->cells[row * table->n_columns + column].count;
	return max;
}

void table_put_grouped(struct text *out, uint64_t number)
{
	char plain[24];
	int len = snprintf(plain, sizeof(plain), "%" PRIu64, number);

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			text_putc(out, ',');
		text_putc(out, plain[i]);
	}
}

void table_put_minute(struct text *out, int64_t time)
{
	static const size_t to_minute = sizeof("2026-11-22T14:00") - 1;
	struct text whole;

	if (time == INT64_MIN) {
		text_putc(out, '-');
		return;
	}
	text_init(&whole, 64);
	clock_format(&whole, time);
	for (size_t i = 0; i < to_minute && i < whole.len; i++)
		text_putc(out, whole.ptr[i] == 'T' ? ' ' : whole.ptr[i]);
	text_finish(&whole);
}

void table_put_range(struct text *out, const struct table_set *set)
{
	if (set->since != INT64_MIN) {
		text_puts(out, ", from ");
		table_put_minute(out, set->since);
	}
	if (set->until != INT64_MAX) {
		text_puts(out, ", until ");
		table_put_minute(out, set->until);
	}
}
