/* How each kind of topic_kinds[] is titled (one line, no newline) and printed. */
#ifndef NTLMAUDIT_CMD_TOPIC_PRINT_H
#define NTLMAUDIT_CMD_TOPIC_PRINT_H

#include "base/text.h"

#include <stdint.h>

void title_event(struct text *out, uint32_t id);
void print_event(struct text *out, uint32_t id);
void title_reason(struct text *out, uint32_t id);
void print_reason(struct text *out, uint32_t id);
void title_status(struct text *out, uint32_t status);
void print_status(struct text *out, uint32_t status);
void title_warning(struct text *out, uint32_t place);
void print_warning(struct text *out, uint32_t place);
void title_finding(struct text *out, uint32_t id);
void print_finding(struct text *out, uint32_t id);
void title_version(struct text *out, uint32_t place);
void print_version(struct text *out, uint32_t place);
void title_field(struct text *out, uint32_t fact);
void print_field(struct text *out, uint32_t fact);
void title_av_flags(struct text *out, uint32_t flags);
void print_av_flags(struct text *out, uint32_t flags);
void title_flags(struct text *out, uint32_t flags);
void print_flags(struct text *out, uint32_t flags);
void title_flag(struct text *out, uint32_t place);
void print_flag(struct text *out, uint32_t place);
void title_kerberos(struct text *out, uint32_t code);
void print_kerberos(struct text *out, uint32_t code);

#endif
