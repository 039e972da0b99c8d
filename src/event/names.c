/* The words for levels, tasks, roles and reasons: the numbers of an event as people read them. */
#include "event/schema.h"

static const char *const level_names[] = {
	[LEVEL_ERROR] = "Error",
	[LEVEL_WARNING] = "Warning",
	[LEVEL_INFORMATION] = "Information",
};

/* The Security log numbers its audit subcategories. */
static const struct {
	uint16_t task;
	const char *name;
} task_names[] = {
	{1, "Blocking NTLM"},
	{2, "Auditing NTLM"},
	{12544, "Logon"},
	{14336, "Credential Validation"},
};

static const char *const role_names[EVENT_ROLE__COUNT] = {
	[ROLE_OTHER] = "other",
	[ROLE_CLIENT] = "client",
	[ROLE_SERVER] = "server",
	[ROLE_DOMAIN] = "domain",
};

/* KB5064479, "Client logs". */
static const char *const reason_texts[REASON_ID__COUNT] = {
	"Unknown Reason.",
	"NTLM was called directly by the calling application.",
	"Authenticating a Local Account.",
	"RESERVED, currently not in use.",
	"Authenticating a Cloud Account.",
	"The target name was missing or empty.",
	"The target name could not be resolved by Kerberos or other protocols.",
	"The target name contains an IP address.",
	"The target name was found to have been duplicated in Active Directory.",
	"No Line of Sight could be established with a Domain Controller.",
	"NTLM was called via a loopback interface.",
	"NTLM was called with a null session.",
};

static const char *const reason_words[REASON_ID__COUNT] = {
	"unknown",	 "direct call",	   "local account", "reserved",
	"cloud account", "no target name", "name unknown",  "IP address",
	"name doubled",	 "no DC in sight", "loopback",	    "null session",
};

const char *event_level_name(uint8_t level)
{
	if (level >= sizeof(level_names) / sizeof(level_names[0]) || !level_names[level])
		return "Unknown";
	return level_names[level];
}

const char *event_task_name(uint16_t task)
{
	for (size_t i = 0; i < sizeof(task_names) / sizeof(task_names[0]); i++)
		if (task_names[i].task == task)
			return task_names[i].name;
	return "None";
}

const char *event_role_name(enum event_role role)
{
	return role_names[role < EVENT_ROLE__COUNT ? role : ROLE_OTHER];
}

const char *event_reason_text(uint32_t reason_id)
{
	return reason_texts[reason_id < REASON_ID__COUNT ? reason_id : 0];
}

const char *event_reason_word(uint32_t reason_id)
{
	return reason_words[reason_id < REASON_ID__COUNT ? reason_id : 0];
}
