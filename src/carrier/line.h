/*
 * Protocols of lines in which SASL tokens travel as base64 (SMTP, IMAP, POP3, NNTP): one engine, and a dialect for
 * each. Commands go one way, replies the other; a command of interest is pending until its reply decides it.
 */
#ifndef NTLMAUDIT_CARRIER_LINE_H
#define NTLMAUDIT_CARRIER_LINE_H

#include "carrier/carrier.h"

#define LINE_TOKEN_MAX ((size_t)64 * 1024) /* of a line that may hold a token */
#define LINE_PLAIN_MAX ((size_t)2048)	   /* of any other: what is longer is passed over */
#define LINE_TAG_MAX 32

/* What a client's command does, and so what its reply decides. */
enum line_does {
	LINE_NOTHING, /* nothing of interest */
	LINE_AUTH,    /* a mechanism that may carry NTLM; its tokens follow */
	LINE_TLS,     /* encryption, where the server agrees */
	LINE_LOGIN,   /* succeeds only for who is logged in by then: no token comes after it */
	LINE_BODY,    /* a message follows where the server agrees, up to a line that is a dot */
	LINE_FEED,    /* a message follows at once */
	LINE_CHUNK,   /* so many bytes follow at once (BDAT, RFC 3030) */
	LINE_LITERAL, /* so many bytes follow where the server agrees (IMAP) */
	LINE_DOES__COUNT
};

struct line_verb {
	const char *name; /* in upper case, may be two words; NULL ends the table */
	enum line_does does;
};

enum line_means { LINE_MEANS_NOTHING, LINE_GO_ON, LINE_YES, LINE_NO, LINE_LATER };

struct line_status {
	const char *
		head; /* how the reply begins, after its tag; NULL ends the table. The first that fits */
	enum line_means means;
	bool token; /* a token may follow it */
};

struct line_dialect {
	const char *client, *server; /* literals for reports: "SMTP command", "SMTP reply" */
	const struct line_verb *verbs;
	const struct line_status *statuses;
	bool numbered; /* replies are three digits, and a hyphen where another line follows */
	bool tagged;   /* commands have tags, and literals */
	bool (*is_server)(
		struct span head); /* which side says this? Asked of bytes that the probe knows */
};

/* Where one direction stands. */
enum line_at {
	LINE_AT_LINE,
	LINE_AT_REST,	 /* of a line: nothing of interest until its end */
	LINE_AT_BODY,	 /* of a message, up to a line that is a dot */
	LINE_AT_LITERAL, /* at bytes that come only where the server agreed */
	LINE_AT__COUNT
};

/* Where a body stands: in a line, at the start of one, after a dot there, after the dot's CR. */
enum line_dot { LINE_DOT_NONE, LINE_DOT_START, LINE_DOT_DOT, LINE_DOT_CR };

struct line_half {
	uint8_t at;	  /* enum line_at */
	uint8_t dot;	  /* enum line_dot */
	bool begun;	  /* a line of it was read */
	bool continued;	  /* the next line goes on after a literal: it is no command */
	size_t scanned;	  /* bytes from the position on that hold no line end */
	uint64_t literal; /* its size */
};

struct line_tag {
	uint8_t text[LINE_TAG_MAX]; /* the first bytes */
	size_t len;		    /* of all */
};

struct line {
	struct line_half half[STREAM_DIR__COUNT];
	bool client_known;
	enum stream_dir client; /* the direction of commands */
	bool lost;		/* a command may have been, since the last one that begins tokens */
	bool done;		/* no token can come any more */

	uint8_t pending;     /* enum line_does */
	struct line_tag tag; /* its, in a tagged dialect */
	unsigned before;     /* replies to commands before it that are still to come */
	unsigned unanswered; /* commands since the server said anything */

	/* the authentication that is pending or was last */
	bool direct;	 /* NTLM by name */
	bool sent;	 /* the client sent a token */
	bool challenged; /* the server's last was a CHALLENGE */
	bool awaits;	 /* the client's last was an AUTHENTICATE */
	bool early;	 /* the answer was captured before the AUTHENTICATE */
	uint32_t early_status;
};

/* One step along a direction. */
struct line_walk {
	const struct line_dialect *dialect;
	struct line *line;
	const struct carrier_env *env;
	enum stream_dir dir;
	struct line_half *half;
	struct span rest; /* the view from the position on */
	uint64_t used;	  /* of `rest`, by this step; may reach beyond it */
};

static inline bool line_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* line.c: the carriers' own functions but for the dialect */
int line_data(const struct line_dialect *dialect, struct line *line, const struct carrier_env *env,
	      enum stream_dir d, struct span view, struct appetite *ret_appetite);
void line_gap(void *state, const struct carrier_env *env, enum stream_dir d);

/* line-text.c */
struct span line_trim(struct span s);
/* Takes the first word off. */
struct span line_word(struct span *rest);
bool line_starts(struct span s, const char *head); /* ASCII case does not matter */
bool line_has(struct span s, const char *word);
/* Does it begin as a numbered dialect's reply? */
bool line_is_numbered(struct span head);
/* Base64 of the start of an NTLMSSP message? */
bool line_is_ntlm(struct span text);

/* How a segment of a dialect may begin. */
struct line_head {
	const char *head; /* NULL ends the table */
	const char *word; /* must be in it too; NULL = the head suffices */
};
enum carrier_match line_probe(const struct line_head *heads, struct span head, size_t *ret_want);

/* line-command.c: a client's line, without its end. 0 or -EBADMSG where the protocol ends */
int line_command(struct line_walk *w, struct span text);
/* Could a token be in the line that begins so? */
bool line_may_be_token(const struct line_walk *w, struct span text);

/* line-reply.c: a server's line, without its end. 0 or -EBADMSG */
int line_reply(struct line_walk *w, struct span text);

/* line-auth.c */
void line_auth_begin(struct line_walk *w, struct span args);
void line_auth_client(struct line_walk *w, struct span text);
void line_auth_server(struct line_walk *w, struct span text);
/* The authentication is over, or what was found of it was. */
void line_auth_end(struct line_walk *w, enum line_means means);
void line_malformed(struct line_walk *w, const char *why, size_t pos);

#endif
