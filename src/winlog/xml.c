/* One Event, element by element: its path says what a text is. */
#include "winlog/xml.h"

#include "base/mem.h"
#include "base/text.h"
#include "winlog/xml-own.h"

#include <errno.h>
#include <expat.h>

#define PATH_MAX_BYTES 1024 /* longer ones are none that we know */

struct winlog_xml {
	const struct winlog_ops *ops;
	void *ctx;
	XML_Parser expat;
	struct winlog_draft draft;
	struct xml_own own;
	struct text path; /* of the element that is open: "Event/System/Provider" */
	size_t parent[WINLOG_XML_DEPTH + 1]; /* length of the path before each open element */
	unsigned depth;
	bool is_leaf;	  /* no child so far */
	bool is_finding;  /* the root is no Event but a finding of ours */
	const char *name; /* attribute Name or name of the element that is open */
	struct text value;
	const char *why; /* a literal; NULL: nothing wrong */
};

/* attribute NULL: the element's text. */
static const struct {
	const char *path, *attribute;
	enum winlog_member member;
} places[] = {
	{"Event/System/Provider", "Name", MEMBER_PROVIDER},
	{"Event/System/Provider", "Guid", MEMBER_PROVIDER_GUID},
	{"Event/System/EventID", NULL, MEMBER_EVENT_ID},
	{"Event/System/Version", NULL, MEMBER_VERSION},
	{"Event/System/Level", NULL, MEMBER_LEVEL},
	{"Event/System/Task", NULL, MEMBER_TASK},
	{"Event/System/Opcode", NULL, MEMBER_OPCODE},
	{"Event/System/Keywords", NULL, MEMBER_KEYWORDS},
	{"Event/System/TimeCreated", "SystemTime", MEMBER_TIME},
	{"Event/System/EventRecordID", NULL, MEMBER_RECORD_ID},
	{"Event/System/Correlation", "ActivityID", MEMBER_ACTIVITY},
	{"Event/System/Execution", "ProcessID", MEMBER_PROCESS_ID},
	{"Event/System/Execution", "ThreadID", MEMBER_THREAD_ID},
	{"Event/System/Channel", NULL, MEMBER_CHANNEL},
	{"Event/System/Computer", NULL, MEMBER_COMPUTER},
	{"Event/System/Security", "UserID", MEMBER_USER_SID},
	{"Event/RenderingInfo/Message", NULL, MEMBER_RENDERED},
};

#define N_PLACES (sizeof(places) / sizeof(places[0]))

static void stop(struct winlog_xml *x, const char *why)
{
	if (!x->why)
		x->why = why;
	XML_StopParser(x->expat, XML_FALSE);
}

/* Names are known by their local part; Windows writes no prefixes, some collectors do. */
static const char *local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static const char *path_of(const struct winlog_xml *x)
{
	return x->path.ptr ? x->path.ptr : "";
}

static bool path_starts(const struct winlog_xml *x, const char *head)
{
	return strncmp(path_of(x), head, strlen(head)) == 0;
}

static bool push_path(struct winlog_xml *x, const char *name)
{
	if (x->depth == WINLOG_XML_DEPTH) {
		stop(x, "elements nested too deeply");
		return false;
	}
	x->parent[x->depth++] = x->path.len;
	if (x->path.len)
		text_putc(&x->path, '/');
	text_puts(&x->path, name);
	if (x->path.failed)
		stop(x, "names too long");
	return !x->path.failed;
}

static void pop_path(struct winlog_xml *x)
{
	x->path.len = x->parent[--x->depth];
	x->path.ptr[x->path.len] = '\0';
}

static void take_attributes(struct winlog_xml *x, const char **attributes)
{
	for (size_t i = 0; attributes[i]; i += 2)
		for (size_t k = 0; k < N_PLACES; k++)
			if (places[k].attribute &&
			    strcmp(places[k].attribute, attributes[i]) == 0 &&
			    strcmp(places[k].path, path_of(x)) == 0)
				winlog_draft_set(&x->draft, places[k].member,
						 span_str(attributes[i + 1]));
}

/* What a leaf is called: by its attribute Name, else as the element itself; <Data> alone has no name. */
static const char *name_of(struct winlog_xml *x, const char *element, const char **attributes)
{
	for (size_t i = 0; attributes[i]; i += 2)
		if (strcasecmp(attributes[i], "Name") == 0)
			return winlog_draft_text(&x->draft, span_str(attributes[i + 1]));
	if (strcmp(element, "Data") == 0)
		return "";
	return winlog_draft_text(&x->draft, span_str(element));
}

static void XMLCALL on_start(void *ctx, const char *element, const char **attributes)
{
	struct winlog_xml *x = ctx;
	const char *local = local_name(element);

	if (!push_path(x, local))
		return;
	if (x->depth == 1)
		x->is_finding = strcmp(local, "finding") == 0;
	x->is_leaf = true;
	text_reset(&x->value);
	x->name = "";
	take_attributes(x, attributes);
	if (path_starts(x, "Event/EventData/") || path_starts(x, "Event/UserData/") ||
	    path_starts(x, "Event/ntlmaudit/"))
		x->name = name_of(x, local, attributes);
	xml_own_start(&x->own, &x->draft, path_of(x), attributes);
}

/* UserData has one element of its own around its leaves. */
static bool is_data(const struct winlog_xml *x)
{
	return path_starts(x, "Event/EventData/") ||
	       (path_starts(x, "Event/UserData/") && x->depth > 3);
}

static void take_leaf(struct winlog_xml *x)
{
	struct span value = span_make(x->value.ptr, x->value.len);

	for (size_t k = 0; k < N_PLACES; k++)
		if (!places[k].attribute && strcmp(places[k].path, path_of(x)) == 0)
			winlog_draft_set(&x->draft, places[k].member, value);
	if (is_data(x))
		winlog_draft_data(&x->draft, x->name, winlog_draft_text(&x->draft, value));
	else
		xml_own_leaf(&x->own, &x->draft, path_of(x), x->name, value);
}

static void XMLCALL on_end(void *ctx, const char *element)
{
	struct winlog_xml *x = ctx;

	(void)element;
	if (x->why) /* stopping takes effect a little later */
		return;
	if (x->is_leaf)
		take_leaf(x);
	x->is_leaf = false;
	pop_path(x);
	if (x->value.failed || x->draft.failed)
		stop(x, "out of memory, or a value that is none");
}

static void XMLCALL on_text(void *ctx, const char *s, int len)
{
	struct winlog_xml *x = ctx;

	if (x->is_leaf)
		text_add(&x->value, s, (size_t)len);
}

int winlog_xml_new(const struct winlog_ops *ops, void *ctx, struct winlog_xml **ret_parser)
{
	static const XML_Memory_Handling_Suite memory = {mem_alloc, mem_realloc, mem_free};
	struct winlog_xml *x = mem_zalloc(1, sizeof(*x));

	if (!x)
		return -ENOMEM;
	x->ops = ops;
	x->ctx = ctx;
	winlog_draft_init(&x->draft);
	text_init(&x->path, PATH_MAX_BYTES);
	text_init(&x->value, WINLOG_XML_MAX);
	x->expat = XML_ParserCreate_MM("UTF-8", &memory, NULL);
	if (!x->expat) {
		winlog_xml_free(x);
		return -ENOMEM;
	}
	*ret_parser = x;
	return 0;
}

void winlog_xml_free(struct winlog_xml *x)
{
	if (!x)
		return;
	if (x->expat)
		XML_ParserFree(x->expat);
	text_finish(&x->value);
	text_finish(&x->path);
	winlog_draft_finish(&x->draft);
	mem_free(x);
}

static void begin(struct winlog_xml *x, uint64_t line)
{
	XML_ParserReset(x->expat, "UTF-8");
	XML_SetUserData(x->expat, x);
	XML_SetElementHandler(x->expat, on_start, on_end);
	XML_SetCharacterDataHandler(x->expat, on_text);
	winlog_draft_begin(&x->draft, line);
	xml_own_begin(&x->own);
	text_reset(&x->path);
	x->depth = 0;
	x->why = NULL;
}

/* expat's reasons are literals. */
static void report(struct winlog_xml *x, uint64_t line)
{
	const char *why = x->why ? x->why : XML_ErrorString(XML_GetErrorCode(x->expat));
	unsigned long below = XML_GetCurrentLineNumber(x->expat);

	x->ops->problem(x->ctx, "Event", why ? why : "malformed", line + (below ? below - 1 : 0));
}

static void unescape(struct winlog_xml *x, const char **text)
{
	struct span plain = xml_own_unescape(&x->draft, span_str(*text));

	if (plain.ptr != (const uint8_t *)*text)
		*text = winlog_draft_text(&x->draft, plain);
}

/* Our own texts in Windows' fields are escaped, too, and so are the names of fields that we only kept. */
static void unescape_fields(struct winlog_xml *x)
{
	struct winlog_record *r = &x->draft.record;

	if (!r->own)
		return;
	for (size_t i = 0; i < r->n_data; i++) {
		unescape(x, &r->data[i].name);
		unescape(x, &r->data[i].value);
	}
	for (size_t i = 0; i < x->own.own.n_foreign; i++)
		unescape(x, &x->own.foreign[i].name);
	unescape(x, &r->computer);
}

static int hand_out(struct winlog_xml *x)
{
	struct winlog_record *r = &x->draft.record;

	r->n_data_lost += x->own.lost;
	if (x->is_finding)
		return x->ops->finding ? x->ops->finding(x->ctx, &x->own.finding) : 0;
	if (!(x->draft.have & 1u << MEMBER_EVENT_ID)) {
		x->ops->problem(x->ctx, "Event", "it has no EventID", r->offset);
		return 0;
	}
	unescape_fields(x);
	return x->ops->record(x->ctx, r);
}

int winlog_xml_parse(struct winlog_xml *x, struct span element, uint64_t line)
{
	begin(x, line);
	if (XML_Parse(x->expat, (const char *)element.ptr, (int)element.len, 1) != XML_STATUS_OK) {
		report(x, line);
		return 0;
	}
	return hand_out(x);
}
