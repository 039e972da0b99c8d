/*
 * JSON as several formats write it: objects inside objects by dotted paths, and the values of an event. All text is
 * escaped here, so that no name can end a string, an object or a line.
 */
#ifndef NTLMAUDIT_FORMAT_JSON_WRITE_H
#define NTLMAUDIT_FORMAT_JSON_WRITE_H

#include "format/format.h"

/*
 * An object that is being written. Members are named by paths ("source.ip"); the objects on the way are opened
 * and closed as the paths change. So paths that share an object must follow one another, else it is written twice.
 */
struct json {
	struct text *out;
	struct span open; /* path of the object that is open; "" is the outermost */
	bool has_member;  /* does a member stand before the next one? */
};

void json_begin(struct json *j, struct text *out);
/* Closes all that is open. */
void json_end(struct json *j);

/* Writes the key of a member; its value is the caller's next. The path must live until the next call. */
void json_at(struct json *j, const char *path);
/* The same where the key may be anything: a member `name` of the object at this path. */
void json_at_name(struct json *j, const char *object, const char *name);

/* A member; nothing where s is NULL. */
void json_text(struct json *j, const char *path, const char *s);
void json_number(struct json *j, const char *path, uint64_t number);
/* A member, also where it is not known: null for NULL and 0. */
void json_text_or_null(struct json *j, const char *path, const char *s);
void json_number_or_null(struct json *j, const char *path, uint64_t number);
/* Members that all formats have: 100 ns as text; {ActivityID}, nothing where it is not known. */
void json_time(struct json *j, const char *path, int64_t time);
void json_activity(struct json *j, const char *path, const struct event *e);
/* A member's value as its Windows type is rendered, always text. */
void json_windows(struct json *j, const char *object, const struct field *f, const struct value *v);

/* Values. */
void json_put_text(struct text *out, const char *s);
void json_put_id(struct text *out, uint64_t id); /* a number as text */
/* A fact by its type in the dictionary; null where absent. */
void json_put_fact(struct text *out, enum fact f, const struct value *v);
/* An array of the evidence: objects of kind, before_ms, packet, peer, name, code. */
void json_put_evidence(struct text *out, const struct event *e);
/* An array of {name, value}: the event's foreign fields, or only those that foreign_is_unique() denies. */
void json_put_foreign(struct text *out, const struct event *e, bool doubles_only);
/* An array of the EventRecordIDs. */
void json_put_records(struct text *out, const struct finding *f);

/* May the ith foreign field stand under its own name beside the layout's fields? Not empty, and the first such. */
bool foreign_is_unique(const struct event *e, size_t i);
/* Is there a foreign field that may not? */
bool foreign_has_doubles(const struct event *e);

#endif
