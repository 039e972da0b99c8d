#include "daemon/status-table.h"

#define END                                                                                        \
	{                                                                                          \
		NULL, STATUS_TEXT, 0, NULL, NULL                                                   \
	}

static const struct status_field daemon_fields[] = {
	{"start", STATUS_TIME, offsetof(struct daemon_status, start), "start_time_seconds",
	 "When the daemon was started, in seconds since 1970."},
	{"time", STATUS_TIME, offsetof(struct daemon_status, now), NULL, NULL},
	{"tap", STATUS_FLAG, offsetof(struct daemon_status, is_tap), "tap",
	 "Whether others' connections are watched, too: a mirror port."},
	END,
};

#define AT(member) offsetof(struct status_process, member)
static const struct status_field process_fields[] = {
	{"name", STATUS_TEXT, AT(name), NULL, NULL},
	{"pid", STATUS_SMALL, AT(pid), NULL, NULL},
	{"state", STATUS_STATE, AT(state), "process_up", "Whether a process of the daemon runs."},
	{"restarts", STATUS_COUNT, AT(restarts), "process_restarts_total",
	 "Times that a process of the daemon had to be put back."},
	{"since", STATUS_TIME, AT(since), "process_start_time_seconds",
	 "When a process of the daemon was started last, in seconds since 1970."},
	{"problem", STATUS_TEXT, AT(problem), NULL, NULL},
	END,
};
#undef AT

#define AT(member) offsetof(struct status_ring, member)
static const struct status_field ring_fields[] = {
	{"interface", STATUS_TEXT, AT(interface), NULL, NULL},
	{"packets", STATUS_COUNT, AT(counts.packets), "capture_packets_total",
	 "Packets that the kernel gave."},
	{"dropped", STATUS_COUNT, AT(counts.dropped), "capture_dropped_packets_total",
	 "Packets that the kernel dropped for want of room in the ring."},
	{"freezes", STATUS_COUNT, AT(counts.freezes), "capture_freezes_total",
	 "Times that the ring was full."},
	{"skipped", STATUS_COUNT, AT(counts.skipped), "capture_skipped_packets_total",
	 "Packets passed over, since a decoder died at one of them."},
	{"last_drop", STATUS_TIME, AT(last_drop), "capture_last_drop_time_seconds",
	 "When packets were last seen to be dropped, in seconds since 1970; 0: never."},
	{"problem", STATUS_TEXT, AT(problem), NULL, NULL},
	END,
};
#undef AT

#define AT(member) offsetof(struct status_host, member)
static const struct status_field host_fields[] = {
	{"known", STATUS_FLAG, AT(is_known), NULL, NULL},
	{"method", STATUS_METHOD, AT(method), "host_bpf",
	 "Whether processes are found by BPF; else by SOCK_DIAG and /proc."},
	{"why", STATUS_TEXT, AT(why), NULL, NULL},
	{"told", STATUS_COUNT, AT(counts.told), "host_holdings_total",
	 "Ends of connections whose process was found."},
	{"lost", STATUS_COUNT, AT(counts.lost), "host_lost_total",
	 "Ends of connections not told, since the kernel's buffer was full."},
	{"unknown", STATUS_COUNT, AT(counts.unknown), "host_unknown_total",
	 "Ends of connections whose process was gone or not to be seen."},
	{"addresses", STATUS_COUNT, AT(addresses), "host_addresses", "Addresses of this machine."},
	{"name", STATUS_TEXT, AT(name), NULL, NULL},
	END,
};
#undef AT

#define AT(member) offsetof(struct status_log, member)
static const struct status_field log_fields[] = {
	{"path", STATUS_TEXT, AT(path), NULL, NULL},
	{"lines", STATUS_COUNT, AT(lines), "samba_log_lines_total",
	 "Lines of Samba's log that were read."},
	{"behind", STATUS_COUNT, AT(behind), "samba_log_behind_bytes",
	 "Bytes of Samba's log that were not read yet."},
	{"rotations", STATUS_COUNT, AT(rotations), "samba_log_rotations_total",
	 "Times that Samba's log was rotated."},
	{"truncations", STATUS_COUNT, AT(truncations), "samba_log_truncations_total",
	 "Times that Samba's log was truncated."},
	{"too_long", STATUS_COUNT, AT(too_long), "samba_log_too_long_lines_total",
	 "Lines passed over, since they were too long."},
	{"lost", STATUS_COUNT, AT(lost), "samba_log_lost_total",
	 "Times that the place in Samba's log was not found again: lines may be missing."},
	{"problem", STATUS_TEXT, AT(problem), NULL, NULL},
	END,
};
#undef AT

#define AT(member) offsetof(struct status_store, member)
static const struct status_field store_fields[] = {
	{"path", STATUS_TEXT, AT(path), NULL, NULL},
	{"stored", STATUS_COUNT, AT(stored), "log_events_total",
	 "Events stored since the daemon's start."},
	{"findings", STATUS_COUNT, AT(findings), "log_findings_total",
	 "Findings stored since the daemon's start."},
	{"known", STATUS_COUNT, AT(known), "log_known_total",
	 "Events that were in the log already."},
	{"waiting", STATUS_COUNT, AT(waiting), "log_waiting_events",
	 "Events that are not committed yet."},
	{"dropped", STATUS_COUNT, AT(dropped), "log_dropped_events_total",
	 "Events that were lost, as the log could not be written to for too long."},
	{"commits", STATUS_COUNT, AT(commits), "log_commits_total", "Commits to the log."},
	{"bytes", STATUS_COUNT, AT(bytes), "log_size_bytes", "Bytes of the log on disk."},
	{"last_record", STATUS_COUNT, AT(last_record), "log_last_record",
	 "EventRecordID of the last event."},
	{"last_time", STATUS_TIME, AT(last_time), "log_last_event_time_seconds",
	 "Time of the last event, in seconds since 1970; 0: there is none."},
	{"last_commit", STATUS_TIME, AT(last_commit), "log_last_commit_time_seconds",
	 "When the log was last committed to, in seconds since 1970; 0: not yet."},
	{"problem", STATUS_TEXT, AT(problem), NULL, NULL},
	END,
};
#undef AT

#define AT(member) offsetof(struct status_forward, member)
static const struct status_field forward_fields[] = {
	{"target", STATUS_TEXT, AT(target), NULL, NULL},
	{"sent", STATUS_COUNT, AT(sent), "forward_sent_records_total",
	 "Records that the target got since the daemon's start."},
	{"waiting", STATUS_COUNT, AT(waiting), "forward_waiting_records",
	 "Records in the log that the target has not got yet."},
	{"dropped", STATUS_COUNT, AT(dropped), "forward_dropped_records_total",
	 "Records that the target will never get: the limit, or the log's retention."},
	{"failures", STATUS_COUNT, AT(failures), "forward_failures_total",
	 "Times that the target could not be reached."},
	{"cut", STATUS_COUNT, AT(cut), "forward_cut_records_total",
	 "Records that were shortened to what the target takes."},
	{"last_sent", STATUS_TIME, AT(last_sent), "forward_last_sent_time_seconds",
	 "When the target last got a record, in seconds since 1970; 0: not yet."},
	{"reached", STATUS_FLAG, AT(reached), "forward_reached",
	 "Whether the target was reached at the last attempt."},
	{"problem", STATUS_TEXT, AT(problem), NULL, NULL},
	END,
};
#undef AT

#define AT(member) offsetof(struct status_key_file, member)
static const struct status_field key_fields[] = {
	{"path", STATUS_TEXT, AT(path), NULL, NULL},
	{"format", STATUS_TEXT, AT(format), NULL, NULL},
	{"accounts", STATUS_COUNT, AT(accounts), "key_file_accounts",
	 "Keys of accounts that a file of keys of domain controllers holds."},
	{"sessions", STATUS_COUNT, AT(sessions), "key_file_sessions",
	 "Keys of secure channels that such a file holds."},
	{"problem", STATUS_TEXT, AT(problem), NULL, NULL},
	END,
};
#undef AT

#define AT(member) offsetof(struct status_channels, member)
static const struct status_field channel_fields[] = {
	{"accounts", STATUS_COUNT, AT(accounts), "keys_accounts",
	 "Keys of accounts that the decoder has."},
	{"sessions", STATUS_COUNT, AT(sessions), "keys_sessions",
	 "Keys of secure channels that the decoder has from files."},
	{"readings", STATUS_COUNT, AT(readings), "keys_readings_total",
	 "Times that the files of keys were read."},
	{"read", STATUS_TIME, AT(read), "keys_read_time_seconds",
	 "When they were read last, in seconds since 1970; 0: never."},
	{"sealed", STATUS_TIME, AT(sealed), "channel_sealed_time_seconds",
	 "When a secure channel was last found that can't be read, in seconds since 1970; 0: "
	 "never."},
	{"problem", STATUS_TEXT, AT(problem), NULL, NULL},
	END,
};
#undef AT

#define AT(member) offsetof(struct status_policy, member)
static const struct status_field policy_fields[] = {
	{"loaded", STATUS_TIME, AT(loaded), "policy_load_time_seconds",
	 "When the policy in force was read, in seconds since 1970."},
	{"loads", STATUS_COUNT, AT(loads), "policy_loads_total",
	 "Times that a policy was read and taken."},
	{"refused", STATUS_COUNT, AT(refused), "policy_refused_total",
	 "Times that a policy was not taken, since a file had an error."},
	{"is_refused", STATUS_FLAG, AT(is_refused), "policy_is_refused",
	 "Whether what stands in the files now is not in force, since a file has an error."},
	{"group_policy", STATUS_FLAG, AT(has_group_policy), "policy_has_group_policy",
	 "Whether Group Policy says something."},
	{"rollout_place", STATUS_SMALL, AT(place), "policy_rollout_place",
	 "This machine's place in a rollout, 0 to 99."},
	{"problems_left_out", STATUS_COUNT, AT(problems_left_out), NULL, NULL},
	END,
};
#undef AT

#define AT(member) offsetof(struct status_gaps, member)
static const struct status_field gap_fields[] = {
	{"n", STATUS_COUNT, AT(n), "gaps_total", "Times in which nothing could be seen."},
	{"begin", STATUS_TIME, AT(begin), NULL, NULL},
	{"end", STATUS_TIME, AT(end), "gap_end_time_seconds",
	 "When the last time in which nothing could be seen ended, in seconds since 1970; 0: "
	 "there was none."},
	{"why", STATUS_TEXT, AT(why), NULL, NULL},
	END,
};
#undef AT

#define ONE(member) offsetof(struct daemon_status, member), 0, 0, NULL
#define ARRAY(member, label)                                                                       \
	offsetof(struct daemon_status, member), sizeof(((struct daemon_status *)0)->member[0]),    \
		offsetof(struct daemon_status, n_##member), label

const struct status_section status_sections[] = {
	{"daemon", 0, 0, 0, NULL, daemon_fields},
	{"processes", ARRAY(processes, "process"), process_fields},
	{"capture", ARRAY(rings, "interface"), ring_fields},
	{"host", ONE(host), host_fields},
	{"samba_logs", ARRAY(logs, "path"), log_fields},
	{"log", ONE(store), store_fields},
	{"forward", ARRAY(forwards, "target"), forward_fields},
	{"keys", ARRAY(keys, "path"), key_fields},
	{"channels", ONE(channels), channel_fields},
	{"policy", ONE(policy), policy_fields},
	{"gaps", ONE(gaps), gap_fields},
	{NULL, 0, 0, 0, NULL, NULL},
};

const void *status_section_row(const struct daemon_status *s, const struct status_section *section,
			       size_t n)
{
	return (const char *)s + section->offset + n * section->stride;
}

size_t status_section_n(const struct daemon_status *s, const struct status_section *section)
{
	size_t n;

	if (section->stride == 0)
		return 1;
	memcpy(&n, (const char *)s + section->count_offset, sizeof(n));
	return n;
}

const char *status_answer_key(enum policy_answer answer)
{
	static const char *const keys[POLICY_ANSWER__COUNT] = {
		[POLICY_WANTED] = "wanted",   [POLICY_OFF] = "off",
		[POLICY_ROLE] = "role",	      [POLICY_SHARE] = "share",
		[POLICY_CARRIER] = "carrier", [POLICY_EXCEPTION] = "exception",
		[POLICY_LEGACY] = "legacy",   [POLICY_UNKNOWN] = "unknown",
	};

	return keys[answer];
}
