/* A story as people read it, and as one JSON object. */
#ifndef NTLMAUDIT_CMD_SHOW_H
#define NTLMAUDIT_CMD_SHOW_H

#include "cmd/story.h"
#include "format/format.h"

/* story->n > 0 */
void show_text(struct text *out, const struct format_style *style, const struct story *story);
void show_json(struct text *out, const struct story *story);

#endif
