/*
 * HTTP/1.x (RFC 9110, RFC 9112) inside: what its files share. Heads are read whole, bodies are passed over
 * by arithmetic, and requests wait in order for their responses.
 */
#ifndef NTLMAUDIT_CARRIER_HTTP_H
#define NTLMAUDIT_CARRIER_HTTP_H

#include "carrier/carrier.h"
#include "carrier/dcerpc.h"
#include "carrier/head.h"

#define HTTP_HEAD_MAX ((size_t)64 * 1024)
#define HTTP_AUTHS_MAX 16 /* header fields with challenges or credentials in one head */
#define HTTP_PENDING_MAX 32

/* The keys of sightings: authentication to the server and to a proxy are two exchanges. */
enum http_key { HTTP_KEY_WWW, HTTP_KEY_PROXY, HTTP_KEY__COUNT };

struct http_auth {
	enum http_key key;
	struct span value; /* of the header field; may hold several challenges */
};

/* A message's head, in views. */
struct http_head {
	struct span bytes; /* from the start line to the empty line */
	bool response;
	unsigned status;       /* of a response */
	struct span method;    /* of a request */
	struct span target;    /* the same */
	struct span host;      /* the Host field as it is; empty where missing */
	struct span type;      /* Content-Type, the same */
	bool has_length;       /* Content-Length is there */
	bool encoded, chunked; /* Transfer-Encoding is there; it ends with `chunked` */
	uint64_t length;       /* at most INT64_MAX */
	size_t n_auths;
	struct http_auth auths[HTTP_AUTHS_MAX];
	bool auths_full;
	const char *why; /* what is malformed; NULL = nothing */
	size_t why_pos;
};

/* What a body is to us. */
enum http_body {
	HTTP_BODY_OTHER, /* passed over */
	HTTP_BODY_RPC,	 /* a channel of RPC over HTTP v2: DCE/RPC PDUs ([MS-RPCH] 2.2.2) */
	HTTP_BODY_KDC,	 /* a message to or from a KDC ([MS-KKDCP] 2.2.2) */
	HTTP_BODY__COUNT
};

/* A request that waits for its response. */
struct http_pending {
	bool is_head, is_connect;
	uint8_t body;	/* enum http_body: of the request, and of a response that grants it */
	uint8_t tokens; /* bit = http_key: it carried a token */
	uint8_t authenticates; /* bit = http_key: it carried an AUTHENTICATE, which the response answers */
};

/* Requests in the order of their responses (RFC 9112 9.3.2). */
struct http_pipeline {
	struct http_pending slot[HTTP_PENDING_MAX];
	uint8_t first, n;
	uint32_t beyond;	  /* so many more requests came while the slots were full */
	bool early;		  /* a response came whose request was not seen, or not yet */
	uint8_t early_challenges; /* bit = http_key: it carried a CHALLENGE */
	bool skewed;	 /* responses run ahead of their requests: nothing can be said of answers */
	uint8_t orphans; /* bit = http_key: an AUTHENTICATE whose own response was lost */
};

/* Where one direction stands. */
enum http_at {
	HTTP_AT_HEAD,
	HTTP_AT_CHUNK,	   /* a chunk's size line */
	HTTP_AT_CHUNK_END, /* the empty line after a chunk's data */
	HTTP_AT_TRAILER,
	HTTP_AT_BODY_TO_END, /* a body of unknown length: until a segment begins with a head */
	HTTP_AT_RPC,	     /* a body of known length that is looked into */
	HTTP_AT_KDC,	     /* the same */
	HTTP_AT__COUNT
};

struct http_half {
	uint8_t at;	/* enum http_at */
	bool started;	/* the bytes at the position have been recognised as a head */
	bool line_ok;	/* and its start line is whole and sane */
	size_t scanned; /* bytes from the position on that need not be searched again */
	uint64_t left;	/* bytes to the end of a body that is looked into */
};

struct http {
	struct http_half half[STREAM_DIR__COUNT];
	struct http_pipeline pipeline;
	bool client_known;
	enum stream_dir client; /* the direction of requests */
	struct dcerpc *rpc;	/* of a channel of RPC over HTTP; owned; NULL until there is one */
};

/* One step along a direction. */
struct http_walk {
	struct http *http;
	const struct carrier_env *env;
	enum stream_dir dir;
	struct http_half *half;
	struct span rest;      /* the view from the position on */
	bool at_segment_start; /* nothing of the view has been used yet */
	bool left;	       /* what follows `used` is another protocol's */
	uint64_t used;	       /* of `rest`, by this step; may reach beyond it */
};

/* http-start.c */
enum carrier_match http_probe(struct span head, size_t *ret_want);
/* Is it, without its line end, a request line or status line of HTTP/1.x? */
bool http_start_line_ok(struct span line);
/* The status code of a status line; 0 where it is none. */
unsigned http_status(struct span line);
/* METHOD SP target SP HTTP/1.x; false where it is none. */
bool http_split_request(struct span line, struct span *ret_method, struct span *ret_target);

/* http-head.c */
/* Reads a whole head whose start line is sane. */
void http_head_parse(struct span bytes, struct http_head *ret_head);
/* The name that the client asked for, without port and brackets; empty where there is none. */
struct span http_head_host(const struct http_head *head);

/* http-pipeline.c */
void http_pipeline_clear(struct http_pipeline *p);
void http_pipeline_push(struct http_pipeline *p, struct tally *tally, struct http_pending request);
/* The request that a response answers. False where it is not known. */
bool http_pipeline_pop(struct http_pipeline *p, struct http_pending *ret_request);
/* Which keys have requests with tokens that wait: an answer to an earlier token is not for these. */
uint8_t http_pipeline_tokens(const struct http_pipeline *p);
/*
 * Where the response to an AUTHENTICATE was lost, a later one can stand for it: NTLM authenticates the connection
 * ([MS-NTHT]), so that a client which goes on without new credentials and is not refused has been accepted. The
 * keys (bits) of which a response shows that; `request` = what it answers, zeroed where unknown.
 */
unsigned http_pipeline_accepted(struct http_pipeline *p, const struct http_pending *request,
				unsigned status, uint8_t challenges);
/* What a response's challenges say about the order of things; `matched` = its request or NULL. */
void http_pipeline_challenged(struct http_pipeline *p, const struct http_pending *matched,
			      uint8_t challenges);

/* http-auth.c */

/* Which keys of a head carried what: bit = http_key. */
struct http_tokens {
	uint8_t any, negotiates, challenges, authenticates;
};

/* Reports every NTLM and Negotiate token of a head, and after each of a request its target. */
struct http_tokens http_auth_report(const struct carrier_env *env, enum stream_dir d,
				    const struct http_head *head);
/* "HTTP response" or "HTTP request": where something is malformed. */
const char *http_where(const struct http_head *head);

/* http-body.c: 0, -EAGAIN where more bytes are needed, -EBADMSG where this is not HTTP any longer */

/* The next unit starts, of this kind. */
void http_enter(struct http_half *half, enum http_at at);
/* A limit of ours is reached: counted, reported, given up. */
int http_too_long(struct http_walk *w, const char *where, const char *why);
/* After a head: what unit comes next, and how far off (RFC 9112 6.3). */
int http_enter_body(struct http_walk *w, const struct http_head *head, enum http_body body,
		    bool bodiless);
int http_step_chunk(struct http_walk *w);
int http_step_chunk_end(struct http_walk *w);
int http_step_trailer(struct http_walk *w);
int http_step_body_to_end(struct http_walk *w);

/* http-inside.c: bodies that are looked into */

/* What a request's body is, and its response's. */
enum http_body http_body_kind(const struct http_head *request);
/* A body of this kind and length starts. */
void http_enter_inside(struct http_walk *w, enum http_body body, uint64_t length);
int http_step_rpc(struct http_walk *w);
int http_step_kdc(struct http_walk *w);

#endif
