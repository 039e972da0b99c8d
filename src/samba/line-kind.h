/* The tables that tell lines apart by their words: for samba_line_decode() alone. */
#ifndef NTLMAUDIT_SAMBA_LINE_KIND_H
#define NTLMAUDIT_SAMBA_LINE_KIND_H

#include "samba/line.h"

enum samba_type samba_type_of(struct span type);
enum samba_password samba_password_of(struct span password_type);
/* By service, description, password, type and version; fills process and process_id, too. */
void samba_line_classify(struct samba_line *line);

#endif
