/* What our own Event XML has beside Windows': the element ntlmaudit in an Event, and findings (format/xml.c). */
#ifndef NTLMAUDIT_WINLOG_XML_OWN_H
#define NTLMAUDIT_WINLOG_XML_OWN_H

#include "winlog/input-record.h"

#define XML_OWN_FACTS 128
#define XML_OWN_FOREIGN 128
#define XML_OWN_EVIDENCE 256

/* What was met of the Event or finding that is being read. */
struct xml_own {
	struct winlog_own own;
	struct winlog_data facts[XML_OWN_FACTS], foreign[XML_OWN_FOREIGN];
	struct evidence evidence[XML_OWN_EVIDENCE];
	struct finding finding;
	uint64_t lost; /* elements beyond these limits */
};

void xml_own_begin(struct xml_own *o);

/* An element of ours begins; attributes as expat has them. `path` is from the root: "Event/ntlmaudit/evidence". */
void xml_own_start(struct xml_own *o, struct winlog_draft *d, const char *path,
		   const char **attributes);

/* An element of ours without children ends. `name`: its attribute name, or "". */
void xml_own_leaf(struct xml_own *o, struct winlog_draft *d, const char *path, const char *name,
		  struct span value);

/* A text as it was before format/escape.h's text_xml(); in the arena where that changes it. */
struct span xml_own_unescape(struct winlog_draft *d, struct span s);

#endif
