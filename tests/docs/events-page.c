/*
 * Writes man/ntlmaudit-events.7 to standard output: every event, field, fact, reason, cause of a Warning and finding,
 * from the tables that the program itself goes by. What is no table stands in the texts below.
 */
#include "mdoc.h"

#include "event/event.h"
#include "event/explain.h"
#include "event/finding.h"

#include <stdio.h>
#include <string.h>

static const char head[] =
	".\\\" Generated from the tables of src/event: `make docs` writes it, don't edit it.\n"
	".Dd November 22, 2026\n"
	".Dt NTLMAUDIT-EVENTS 7\n"
	".Os\n"
	".Sh NAME\n"
	".Nm ntlmaudit-events\n"
	".Nd NTLM audit events, their fields and what they mean\n"
	".Sh DESCRIPTION\n"
	"These are the events that\n"
	".Xr ntlmaudit 1\n"
	"writes and reads: those of Windows' enhanced NTLM auditing\n"
	".Pq Microsoft KB5064479 ,\n"
	"its older audit events, and of the Security log those that tell of NTLM.\n"
	"One is our own: event 1 tells that for a while nothing was seen.\n"
	"Each has a layout: its fields in Windows' order, with the name and type of\n"
	"Windows' EventData and the label of the event's text.\n"
	"Each field is a fact, which has one name of ours wherever it occurs: in JSON,\n"
	"CSV and searches.\n"
	".Pp\n"
	".Ql ntlmaudit explain\n"
	"tells more of any word or number here, and what to do about it; see\n"
	".Xr ntlmaudit-explain 1 .\n";

static const char json_form[] =
	".Sh JSON\n"
	"With\n"
	".Fl o Cm json\n"
	"an event is an object on one line, with these members in this order:\n"
	".Bl -tag -width Ds\n"
	".It Li time , event_id , version , level , provider , channel , record_id , computer , "
	"activity_id\n"
	"The time is text, UTC, with seven decimals; IDs and version are numbers; the\nrest is "
	"text,\n"
	".Li computer\n"
	"and\n"
	".Li activity_id\n"
	"are null where not known.\n"
	".It the facts of the layout\n"
	"In Windows' order, null where not known.\n"
	".It all other facts that are known\n"
	"In the order of\n"
	".Sx FACTS .\n"
	".It Li evidence\n"
	"Of a client's event: an array of what shows the reason, the oldest first,\nobjects of\n"
	".Li kind , before_ms , packet , peer , name , code .\n"
	".Li before_ms\n"
	"is how many milliseconds before the NEGOTIATE it was.\n"
	".It Li origin , source_record , execution , foreign\n"
	"Of an event read from a log: the text\n"
	".Ql log ;\n"
	"its number in that log; where known, an object of the\n"
	".Li process_id\n"
	"and\n"
	".Li thread_id\n"
	"that wrote it; and an array of the fields that its layout does not have,\n"
	"objects of\n"
	".Li name , value .\n"
	".El\n"
	".Pp\n"
	"A fact is written by its type: a number or boolean bare, hexadecimal and\nNTSTATUS as "
	"text\n"
	".Pq Ql 0xe2888215 , Ql STATUS_SUCCESS ,\n"
	"a list as an array of texts.\n"
	".Pp\n"
	"A finding has the members\n"
	".Li time , finding , severity , title , sentence , records , source_ip , target_ip , user "
	", domain ,\n"
	".Li count , source , frame , explanation , false_alarm .\n"
	".Li records\n"
	"is an array of the numbers\n"
	".Pq Li record_id\n"
	"of the events that it rests on.\n";

static const char tail[] = ".Sh SEE ALSO\n"
			   ".Xr ntlmaudit 1 ,\n"
			   ".Xr ntlmaudit-explain 1 ,\n"
			   ".Xr ntlmaudit-read 1\n"
			   ".Rs\n"
			   ".%T KB5064479: Overview of NTLM auditing enhancements in Windows 11, "
			   "version 24H2 and Windows "
			   "Server 2025\n"
			   ".%Q Microsoft\n"
			   ".Re\n"
			   ".Rs\n"
			   ".%T [MS-NLMP]: NT LAN Manager (NTLM) Authentication Protocol\n"
			   ".%Q Microsoft\n"
			   ".Re\n";

static const char *const win_types[] = {
	[WIN_STRING] = "string", [WIN_U32] = "UInt32",	 [WIN_H32] = "HexInt32",
	[WIN_H64] = "HexInt64",	 [WIN_BOOL] = "Boolean",
};

static const char *const fact_types[] = {
	[FACT_TEXT] = "text",	 [FACT_NUMBER] = "number", [FACT_HEX] = "hexadecimal",
	[FACT_BOOL] = "boolean", [FACT_LIST] = "list",	   [FACT_NTSTATUS] = "NTSTATUS",
};

static void put_event_row(const struct event_layout *l)
{
	printf(".It %u Ta %u Ta %s Ta %s Ta %s Ta", l->id, l->version, l->emitted ? "w" : "r",
	       event_level_name(l->level), event_role_name(l->role));
	mdoc_argument(l->title);
	putchar('\n');
}

static void put_events(void)
{
	puts(".Sh EVENTS\n"
	     "Each event's ID and version; whether\n"
	     ".Xr ntlmaudit 1\n"
	     "writes it in this version\n"
	     ".Pq Ql w\n"
	     "or only reads it\n"
	     ".Pq Ql r ;\n"
	     "its level, whose it is, and what it tells.\n"
	     ".Bl -column \"4020\" \"v\" \"w\" \"Information\" \"client\" \"what\"\n"
	     ".It Em ID Ta Em v Ta Ta Em level Ta Em whose Ta Em what");
	for (size_t i = 0; i < n_event_layouts; i++)
		put_event_row(&event_layouts[i]);
	puts(".El");
}

/* Is it the first layout of its fields, under which all others with the same stand? */
static bool is_first_of_fields(size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (event_layouts[k].fields == event_layouts[i].fields)
			return false;
	return true;
}

static bool has_versions(uint16_t id)
{
	size_t n = 0;

	for (size_t i = 0; i < n_event_layouts; i++)
		n += event_layouts[i].id == id;
	return n > 1;
}

/* ".Ss 4030 version 1, 4031 version 1" */
static void put_ids(const struct field *fields)
{
	const char *joint = "";

	fputs(".Ss ", stdout);
	for (size_t i = 0; i < n_event_layouts; i++) {
		const struct event_layout *l = &event_layouts[i];

		if (l->fields != fields)
			continue;
		printf("%s%u", joint, l->id);
		if (has_versions(l->id))
			printf(" version %u", l->version);
		joint = ", ";
	}
	putchar('\n');
}

/* What each of them means; twins share a text. */
static void put_meanings(const struct field *fields)
{
	const char *said = NULL;

	for (size_t i = 0; i < n_event_layouts; i++) {
		const struct event_layout *l = &event_layouts[i];
		const struct explanation *x =
			explained_code_find(explained_events, n_explained_events, l->id);

		if (l->fields != fields || !x || x->means == said)
			continue;
		said = x->means;
		printf(".Pp\n%u:\n", l->id);
		mdoc_text(x->means);
	}
}

static void put_field(const struct field *f, const char **group)
{
	if (f->group && (!*group || strcmp(*group, f->group) != 0)) {
		*group = f->group;
		if (**group)
			printf(".It Em \"%s\" Ta Ta Ta\n", *group);
	}
	printf(".It");
	mdoc_argument(f->name);
	printf(" Ta %s Ta %s Ta", win_types[f->type], facts[f->fact].key);
	mdoc_argument(f->label ? f->label : "-");
	putchar('\n');
}

static void put_fields(const struct event_layout *l)
{
	const char *group = NULL;

	puts(".Bl -column \"ChannelBindingStatus\" \"HexInt32\" \"negotiated_security\" "
	     "\"Client Network Name\"\n"
	     ".It Em field Ta Em type Ta Em our name Ta Em label");
	for (size_t i = 0; i < l->n_fields; i++)
		put_field(&l->fields[i], &group);
	puts(".El");
}

static void put_layouts(void)
{
	puts(".Sh LAYOUTS\n"
	     "The fields of each event's EventData, in their order.\n"
	     "A label of\n"
	     ".Ql -\n"
	     "is that of a field that the event's text does not show.\n"
	     "What is not known is\n"
	     ".Ql Null .");
	for (size_t i = 0; i < n_event_layouts; i++) {
		const struct event_layout *l = &event_layouts[i];

		if (!is_first_of_fields(i))
			continue;
		put_ids(l->fields);
		printf("Provider %s,\nchannel %s.\n", l->provider->name, l->provider->channel);
		put_meanings(l->fields);
		put_fields(l);
	}
}

static void put_fact(enum fact f)
{
	printf(".It Li %s Pq %s\n", facts[f].key, fact_types[facts[f].type]);
	printf("%s.\n", facts[f].doc);
}

static void put_facts(void)
{
	puts(".Sh FACTS\n"
	     "Every fact by our name, with its type.\n"
	     ".Ss Facts that Windows' events have\n"
	     ".Bl -tag -width Ds -compact");
	for (enum fact f = 0; f < FACT_OWN_FIRST; f++)
		put_fact(f);
	puts(".El\n"
	     ".Ss Facts of ours\n"
	     "They are in no layout of Windows; only our own event 1 has some of them in\n"
	     "EventData.\n"
	     ".Pp\n"
	     ".Bl -tag -width Ds -compact");
	for (enum fact f = FACT_OWN_FIRST; f < FACT__COUNT; f++)
		put_fact(f);
	puts(".El");
}

static void put_words(const struct explained_word *words, size_t n)
{
	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < n; i++) {
		printf(".It Cm \"%s\"\n", words[i].word);
		mdoc_text(words[i].text.means);
	}
	puts(".El");
}

static void put_levels(void)
{
	puts(".Sh LEVELS\n"
	     "Of the new events, those with an even ID are Information and those with the\nodd ID "
	     "after it their Warning twins.\n"
	     "One of our own is a Warning if any of these holds, and\n"
	     ".Li warnings\n"
	     "says which; a failed logon alone is none.\n"
	     "The level of an event that was read is the one it had.");
	put_words(explained_warnings, n_explained_warnings);
}

static void put_versions(void)
{
	puts(".Sh VERSIONS\n"
	     "The values of\n"
	     ".Li ntlm_version_detail :");
	put_words(explained_versions, n_explained_versions);
}

static void put_reasons(void)
{
	puts(".Sh REASONS\n"
	     "Why it was NTLM and not Kerberos: the values of\n"
	     ".Li reason_id\n"
	     "with Windows' sentence and what it means.\n"
	     ".Bl -tag -width Ds");
	for (uint32_t i = 0; i < REASON_ID__COUNT; i++) {
		printf(".It %u\n.Em \"%s\\&\"\n.br\n", i, event_reason_text(i));
		mdoc_text(explained_reasons[i].means);
	}
	puts(".El");
}

static void put_findings(void)
{
	puts(".Sh FINDINGS\n"
	     "Signs of an attack that follow from several events: records of their own\namong "
	     "them.\n"
	     ".Bl -tag -width Ds");
	for (size_t i = 0; i < FINDING__COUNT; i++) {
		const struct finding_kind *kind = &finding_kinds[i];

		printf(".It Cm %s Pq \"%s, %s\"\n", kind->key, kind->title,
		       finding_severity_name(kind->severity));
		mdoc_text(kind->about);
		puts(".Pp\n"
		     ".Em False alarms :");
		mdoc_text(kind->wrong);
	}
	puts(".El");
}

int main(void)
{
	fputs(head, stdout);
	put_events();
	put_layouts();
	put_facts();
	put_levels();
	put_versions();
	put_reasons();
	put_findings();
	fputs(json_form, stdout);
	fputs(tail, stdout);
	return fflush(stdout) == 0 ? 0 : 1;
}
