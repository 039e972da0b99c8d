/* The rows of formats[], each in the file of its name. */
#ifndef NTLMAUDIT_FORMAT_ROWS_H
#define NTLMAUDIT_FORMAT_ROWS_H

#include "format/format.h"

void text_event(struct text *out, const struct format_style *style, const struct event *e);
/* The KB's text alone: what Windows calls the event's message. */
void text_description(struct text *out, const struct event *e);
void text_finding(struct text *out, const struct format_style *style, const struct finding *f);
void short_event(struct text *out, const struct format_style *style, const struct event *e);
void short_finding(struct text *out, const struct format_style *style, const struct finding *f);
void json_event(struct text *out, const struct format_style *style, const struct event *e);
void json_finding(struct text *out, const struct format_style *style, const struct finding *f);
void xml_begin(struct text *out, const struct format_style *style);
void xml_event(struct text *out, const struct format_style *style, const struct event *e);
void xml_finding(struct text *out, const struct format_style *style, const struct finding *f);
void xml_end(struct text *out, const struct format_style *style);
void csv_begin(struct text *out, const struct format_style *style);
void csv_event(struct text *out, const struct format_style *style, const struct event *e);
void csv_finding(struct text *out, const struct format_style *style, const struct finding *f);
void cef_event(struct text *out, const struct format_style *style, const struct event *e);
void cef_finding(struct text *out, const struct format_style *style, const struct finding *f);
void ecs_event(struct text *out, const struct format_style *style, const struct event *e);
void ecs_finding(struct text *out, const struct format_style *style, const struct finding *f);
void ocsf_event(struct text *out, const struct format_style *style, const struct event *e);
void ocsf_finding(struct text *out, const struct format_style *style, const struct finding *f);

#endif
