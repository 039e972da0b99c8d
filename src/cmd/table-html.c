/*
 * Reports as one page: its style and charts are in it, it fetches nothing, runs nothing, and prints well. It is
 * well-formed XML too, so that whatever reads pages reads it.
 */
#include "cmd/chart.h"
#include "cmd/table.h"

#include "base/clock.h"
#include "format/escape.h"

#include <inttypes.h>

static const char style[] =
	"body{font:15px/1.45 system-ui,sans-serif;color:#1b1f24;background:#fff;max-width:60rem;"
	"margin:2rem auto;padding:0 1rem}\n"
	"h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.2rem 0 .3rem}\n"
	"p{margin:.2rem 0 .8rem;color:#57606a}\n"
	"table{border-collapse:collapse;width:100%;font-size:.9rem}\n"
	"th,td{text-align:left;padding:.25rem .6rem .25rem 0;border-bottom:1px solid #d8dee4;"
	"vertical-align:top;overflow-wrap:anywhere}\n"
	"th{font-weight:600;border-bottom-color:#57606a}\n"
	".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	".t{white-space:nowrap}\n"
	"svg{max-width:100%;height:auto;font-size:12px;margin:.3rem 0 .6rem}\n"
	"svg rect{fill:#2f6feb}svg line{stroke:#57606a}svg text{fill:#1b1f24}\n"
	"@media print{body{max-width:none;margin:0;font-size:10pt}h2{break-after:avoid}"
	"tr,svg{break-inside:avoid}}\n";

static void put_heading(struct text *out, const struct table_set *set)
{
	text_puts(out, "<h1>");
	text_xml(out, set->title);
	text_puts(out, "</h1>\n<p>");
	text_xml(out, set->log);
	table_put_range(out, set);
	text_puts(out, "; made ");
	table_put_minute(out, set->now);
	text_puts(out, ". Times are UTC.</p>\n");
}

void table_html_begin(struct text *out, struct table_set *set)
{
	text_puts(out,
		  "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n"
		  "<head><meta charset=\"utf-8\"/>"
		  "<meta name=\"viewport\" content=\"width=device-width\"/><title>");
	text_xml(out, set->title);
	text_puts(out, "</title>\n<style>\n");
	text_puts(out, style);
	text_puts(out, "</style></head>\n<body>\n");
	put_heading(out, set);
}

static const char *class_of(enum cell_kind kind)
{
	static const char *const classes[] = {
		[CELL_TEXT] = "", [CELL_COUNT] = " class=\"n\"", [CELL_TIME] = " class=\"t\""};

	return classes[kind];
}

static void put_cell(struct text *out, enum cell_kind kind, const struct cell *cell)
{
	text_printf(out, "<td%s>", class_of(kind));
	if (kind == CELL_COUNT)
		table_put_grouped(out, cell->count);
	else if (kind == CELL_TIME)
		table_put_minute(out, cell->time);
	else
		text_xml(out, *cell->text ? cell->text : "-");
	text_puts(out, "</td>");
}

static void put_rows(struct text *out, const struct table *table)
{
	text_puts(out, "<table>\n<thead><tr>");
	for (size_t i = 0; i < table->n_columns; i++)
		text_printf(out, "<th%s>%s</th>", class_of(table->columns[i].kind),
			    table->columns[i].heading);
	text_puts(out, "</tr></thead>\n<tbody>\n");
	for (size_t r = 0; r < table->n_rows; r++) {
		text_puts(out, "<tr>");
		for (size_t i = 0; i < table->n_columns; i++)
			put_cell(out, table->columns[i].kind,
				 &table->cells[r * table->n_columns + i]);
		text_puts(out, "</tr>\n");
	}
	text_puts(out, "</tbody>\n</table>\n");
}

void table_html(struct text *out, struct table_set *set, const struct table *table)
{
	(void)set;
	text_puts(out, "<h2>");
	text_xml(out, table->title);
	text_puts(out, "</h2>\n<p>");
	text_xml(out, table->about);
	text_puts(out, "</p>\n");
	if (table->n_rows == 0) {
		text_puts(out, "<p>None.</p>\n");
		return;
	}
	chart_svg(out, table);
	put_rows(out, table);
	if (table->left_out)
		text_printf(out, "<p>and %" PRIu64 " more</p>\n", table->left_out);
}

void table_html_end(struct text *out, struct table_set *set)
{
	(void)set;
	text_puts(out, "</body>\n</html>\n");
}
