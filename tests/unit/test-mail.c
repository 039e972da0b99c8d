#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "carrier/line.h"
#include "harness.h"
#include "http-streams.h"
#include "unit.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

/* The shortest of each kind, in base64. */
#define NEGOTIATE "TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA="
#define CHALLENGE "TlRMTVNTUAACAAAAAAAAADgAAAA="
#define AUTHENTICATE "TlRMTVNTUAADAAAAGAAYAEAAAAA="

/* How the harness writes them. */
#define LOG_NEGOTIATE "token key=0 dir=0 direct=1 len=32 4e544c4d5353500001000000078208a2\n"
#define LOG_CHALLENGE "token key=0 dir=1 direct=1 len=20 4e544c4d535350000200000000000000\n"
#define LOG_AUTHENTICATE "token key=0 dir=0 direct=1 len=20 4e544c4d535350000300000018001800\n"
#define LOG_THREE LOG_NEGOTIATE LOG_CHALLENGE LOG_AUTHENTICATE
#define LOG_OK "answer key=0 dir=1 status=0x00000000 target_follows=0\n"
#define LOG_REFUSED "answer key=0 dir=1 status=0xc000006d target_follows=0\n"

#define A STREAM_A_TO_B
#define B STREAM_B_TO_A

static void feed(struct harness *h, const struct say *s, size_t piece)
{
	size_t len = s->text ? strlen(s->text) : 0, n;

	if (!s->text)
		harness_gap(h, s->dir);
	for (size_t i = 0; i < len; i += n) {
		n = piece && piece < len - i ? piece : len - i;
		harness_feed(h, s->dir, s->text + i, n);
	}
}

/* The connection gives this log and this end, in segments as they came and in pieces of any size. */
static void check(const struct carrier *carrier, const struct say *says, size_t n, int rc,
		  const char *log)
{
	static const size_t pieces[] = {0, 1, 2, 7, 100};

	for (size_t p = 0; p < N(pieces); p++) {
		struct harness h;

		harness_init(&h, carrier);
		for (size_t i = 0; i < n; i++)
			feed(&h, &says[i], pieces[p]);
		assert_string_equal(h.log.ptr ? h.log.ptr : "", log);
		assert_int_equal(h.rc, rc);
		harness_finish(&h);
	}
}

#define CHECK(carrier, rc, log, ...)                                                               \
	do {                                                                                       \
		const struct say says_[] = {__VA_ARGS__};                                          \
		check(carrier, says_, N(says_), rc, log);                                          \
	} while (0)

#define SMTP(rc, log, ...)                                                                         \
	CHECK(&carrier_smtp, rc, log, {B, "220 mx.corp.example ESMTP\r\n"},                        \
	      {A, "EHLO client\r\n"}, {B, "250-mx\r\n250-SIZE 1000\r\n250 AUTH NTLM\r\n"},         \
	      __VA_ARGS__)

static void test_smtp_accepted(void **state)
{
	(void)state;
	SMTP(0, LOG_THREE LOG_OK, {A, "AUTH NTLM\r\n"}, {B, "334 NTLM supported\r\n"},
	     {A, NEGOTIATE "\r\n"}, {B, "334 " CHALLENGE "\r\n"}, {A, AUTHENTICATE "\r\n"},
	     {B, "235 2.7.0 Authentication successful\r\n"});
	/* with the initial response; a bare prompt; line ends of any kind */
	SMTP(0, LOG_THREE LOG_OK, {A, "auth ntlm " NEGOTIATE "\n"}, {B, "334 " CHALLENGE "\n"},
	     {A, AUTHENTICATE "\n"}, {B, "235\n"});
	SMTP(0, LOG_THREE LOG_OK, {A, "AUTH NTLM =\r\n"}, {B, "334 \r\n"}, {A, NEGOTIATE "\r\n"},
	     {B, "334 " CHALLENGE "\r\n"}, {A, AUTHENTICATE "\r\n"},
	     {B, "235-2.7.0 all is\r\n235 2.7.0 well\r\n"});
	SMTP(0, LOG_THREE LOG_OK, {A, "X-EXPS NTLM " NEGOTIATE "\r\n"},
	     {B, "334 " CHALLENGE "\r\n"}, {A, AUTHENTICATE "\r\n"}, {B, "235 ok\r\n"});
}

static void test_smtp_answers(void **state)
{
	static const struct {
		const char *reply, *answer;
	} rows[] = {
		{"535 5.7.8 Authentication credentials invalid", LOG_REFUSED},
		{"535-5.7.8 No.\r\n535 5.7.8 Really", LOG_REFUSED},
		{"535", LOG_REFUSED},
		{"454 4.7.0 Temporary authentication failure", LOG_REFUSED},
		{"501 Malformed", LOG_REFUSED},
		{"421 Closing", ""},
		{"451 Later", ""},
		{"235 yes", LOG_OK},
		{"2350 what", ""},
		{"junk", ""},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		char reply[128], log[512];

		snprintf(reply, sizeof(reply), "%s\r\n", rows[i].reply);
		snprintf(log, sizeof(log), LOG_THREE "%s", rows[i].answer);
		SMTP(0, log, {A, "AUTH NTLM " NEGOTIATE "\r\n"}, {B, "334 " CHALLENGE "\r\n"},
		     {A, AUTHENTICATE "\r\n"}, {B, reply});
	}
}

static void test_smtp_cancelled_and_tried_again(void **state)
{
	(void)state;
	SMTP(0, LOG_NEGOTIATE LOG_CHALLENGE LOG_THREE LOG_REFUSED LOG_THREE LOG_OK,
	     {A, "AUTH NTLM " NEGOTIATE "\r\n"}, {B, "334 " CHALLENGE "\r\n"}, {A, "*\r\n"},
	     {B, "501 5.7.0 Authentication cancelled\r\n"}, {A, "AUTH NTLM " NEGOTIATE "\r\n"},
	     {B, "334 " CHALLENGE "\r\n"}, {A, AUTHENTICATE "\r\n"}, {B, "535 no\r\n"},
	     {A, "AUTH NTLM " NEGOTIATE "\r\n"}, {B, "334 " CHALLENGE "\r\n"},
	     {A, AUTHENTICATE "\r\n"}, {B, "235 yes\r\n"});
	/* refused before the CHALLENGE: nothing was decided */
	SMTP(0, LOG_NEGOTIATE, {A, "AUTH NTLM " NEGOTIATE "\r\n"}, {B, "504 unknown\r\n"},
	     {A, "QUIT\r\n"}, {B, "221 bye\r\n"});
}

static void test_nothing_after_success(void **state)
{
	(void)state;
	SMTP(0, LOG_THREE LOG_OK, {A, "AUTH NTLM " NEGOTIATE "\r\n"}, {B, "334 " CHALLENGE "\r\n"},
	     {A, AUTHENTICATE "\r\n"}, {B, "235 yes\r\n"}, {A, "AUTH NTLM " NEGOTIATE "\r\n"},
	     {B, "334 " CHALLENGE "\r\n"});
	SMTP(0, "", {A, "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n"}, {B, "235 yes\r\n"},
	     {A, "AUTH NTLM " NEGOTIATE "\r\n"});
	SMTP(0, LOG_NEGOTIATE, {A, "AUTH LOGIN\r\n"}, {B, "334 VXNlcm5hbWU6\r\n"},
	     {A, "YWxpY2U=\r\n"}, {B, "334 UGFzc3dvcmQ6\r\n"}, {A, "c2VjcmV0\r\n"},
	     {B, "535 no\r\n"}, {A, "AUTH NTLM " NEGOTIATE "\r\n"});
}

/* Replies to commands sent before, in one go, are theirs. */
static void test_smtp_pipelined(void **state)
{
	(void)state;
	SMTP(0, LOG_THREE LOG_REFUSED, {A, "NOOP\r\nVRFY x\r\nAUTH NTLM " NEGOTIATE "\r\n"},
	     {B, "250 ok\r\n502 what\r\n334 " CHALLENGE "\r\n"}, {A, AUTHENTICATE "\r\n"},
	     {B, "535 no\r\n"});
}

static void test_smtp_bodies(void **state)
{
	/* what a message says is no command, whatever it looks like */
	static const char body[] = "Subject: x\r\n\r\nAUTH NTLM " NEGOTIATE "\r\n" AUTHENTICATE
				   "\r\n..\r\n.x\r\n \n.\rQUIT\r\n.\r\n";

	(void)state;
	SMTP(0, LOG_NEGOTIATE, {A, "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n"},
	     {B, "250 ok\r\n250 ok\r\n354 go\r\n"}, {A, body}, {B, "250 taken\r\n"},
	     {A, "AUTH NTLM " NEGOTIATE "\r\n"});
	/* an empty one; the reply captured late; refused, so that none comes */
	SMTP(0, LOG_NEGOTIATE, {A, "DATA\r\n"}, {B, "354 go\r\n"},
	     {A, ".\r\nAUTH NTLM " NEGOTIATE "\r\n"});
	SMTP(0, LOG_NEGOTIATE, {A, "DATA\r\n"}, {A, body}, {B, "354 go\r\n250 ok\r\n"},
	     {A, "AUTH NTLM " NEGOTIATE "\r\n"});
	SMTP(0, LOG_NEGOTIATE, {A, "RCPT TO:<x@y>\r\nDATA\r\n"}, {B, "550 no\r\n503 no\r\n"},
	     {A, "AUTH NTLM " NEGOTIATE "\r\n"});
	SMTP(0, LOG_NEGOTIATE, {A, "RCPT TO:<x@y>\r\nRCPT TO:<z@y>\r\nDATA\r\n"},
	     {B, "550 no\r\n250 ok\r\n354 go\r\n"}, {A, body}, {A, "AUTH NTLM " NEGOTIATE "\r\n"});
	SMTP(0, LOG_NEGOTIATE,
	     {A, "BDAT 11\r\nAUTH NTLM\r\nBDAT 3 LAST\r\n\r\n.AUTH NTLM " NEGOTIATE "\r\n"});
}

static void test_starttls_ends_it(void **state)
{
	(void)state;
	SMTP(-EBADMSG, "", {A, "STARTTLS\r\n"}, {B, "220 2.0.0 ready\r\n"});
	SMTP(0, LOG_NEGOTIATE, {A, "STARTTLS\r\n"}, {B, "454 no\r\n"},
	     {A, "AUTH NTLM " NEGOTIATE "\r\n"});
	CHECK(&carrier_imap, -EBADMSG, "", {B, "* OK hi\r\n"}, {A, "a STARTTLS\r\n"},
	      {B, "a OK go\r\n"});
	CHECK(&carrier_pop3, -EBADMSG, "", {B, "+OK hi\r\n"}, {A, "STLS\r\n"}, {B, "+OK go\r\n"});
	CHECK(&carrier_nntp, -EBADMSG, "", {B, "200 NNTP\r\n"}, {A, "STARTTLS\r\n"},
	      {B, "382 go\r\n"});
	/* its reply was lost */
	SMTP(-EBADMSG, "", {A, "STARTTLS\r\n"}, {A, "\x16\x03\x01"});
}

static void test_not_understood(void **state)
{
	(void)state;
	SMTP(0, "malformed SMTP command: invalid base64 at 2\n" LOG_NEGOTIATE,
	     {A, "AUTH NTLM ab!d\r\n"}, {B, "501 no\r\n"}, {A, "AUTH NTLM " NEGOTIATE "\r\n"});
	SMTP(0, LOG_NEGOTIATE "malformed SMTP reply: invalid base64 at 0\n",
	     {A, "AUTH NTLM " NEGOTIATE "\r\n"}, {B, "334 !\r\n"});
	/* commands amid the tokens are commands */
	SMTP(0, LOG_NEGOTIATE LOG_CHALLENGE LOG_THREE LOG_OK, {A, "AUTH NTLM " NEGOTIATE "\r\n"},
	     {B, "334 " CHALLENGE "\r\n"}, {A, "AUTH NTLM " NEGOTIATE "\r\n"},
	     {B, "334 " CHALLENGE "\r\n"}, {A, AUTHENTICATE "\r\n"}, {B, "235 yes\r\n"});
}

/* Captured from the middle on, or with the server's packets ahead. */
static void test_parts(void **state)
{
	(void)state;
	CHECK(&carrier_smtp, 0, LOG_CHALLENGE LOG_AUTHENTICATE LOG_REFUSED,
	      {B, "334 " CHALLENGE "\r\n"}, {A, AUTHENTICATE "\r\n"}, {B, "535 no\r\n"});
	CHECK(&carrier_smtp, 0, LOG_AUTHENTICATE LOG_OK, {A, AUTHENTICATE "\r\n"},
	      {B, "235 2.7.0 yes\r\n"});
	SMTP(0, LOG_NEGOTIATE LOG_CHALLENGE LOG_AUTHENTICATE LOG_OK,
	     {A, "AUTH NTLM " NEGOTIATE "\r\n"}, {B, "334 " CHALLENGE "\r\n"},
	     {B, "235 2.7.0 early\r\n"}, {A, AUTHENTICATE "\r\n"});
	SMTP(0, LOG_NEGOTIATE LOG_CHALLENGE, {A, "AUTH NTLM " NEGOTIATE "\r\n"},
	     {B, "334 " CHALLENGE "\r\n"}, {A, NULL}, {B, "235 2.7.0 lost\r\n"},
	     {A, "MAIL FROM:<a@b>\r\n"});
	SMTP(0, LOG_NEGOTIATE LOG_AUTHENTICATE LOG_OK, {A, "AUTH NTLM " NEGOTIATE "\r\n"},
	     {B, NULL}, {A, AUTHENTICATE "\r\n"}, {B, "235 2.7.0 yes\r\n"});
}

static void test_imap(void **state)
{
	(void)state;
	CHECK(&carrier_imap, 0, LOG_THREE LOG_OK, {B, "* OK [CAPABILITY IMAP4rev1] ready\r\n"},
	      {A, "A001 CAPABILITY\r\n"}, {B, "* CAPABILITY AUTH=NTLM SASL-IR\r\nA001 OK done\r\n"},
	      {A, "A002 AUTHENTICATE NTLM\r\n"}, {B, "+ \r\n"}, {A, NEGOTIATE "\r\n"},
	      {B, "+ " CHALLENGE "\r\n"}, {A, AUTHENTICATE "\r\n"},
	      {B, "* CAPABILITY IMAP4rev1\r\nA002 OK Logged in\r\n"}, {A, "A003 SELECT x\r\n"},
	      {B, "+ " CHALLENGE "\r\n"});
	CHECK(&carrier_imap, 0, LOG_THREE LOG_REFUSED LOG_NEGOTIATE, {B, "* OK hi\r\n"},
	      {A, "1 noop\r\n2 authenticate ntlm " NEGOTIATE "\r\n"},
	      {B, "1 OK\r\n+ " CHALLENGE "\r\n"}, {A, AUTHENTICATE "\r\n"},
	      {B, "1 BAD not this one\r\n2 NO [AUTHENTICATIONFAILED] no\r\n"},
	      {A, "3 AUTHENTICATE NTLM " NEGOTIATE "\r\n"}, {B, "3 BAD no\r\n"});
}

static void test_imap_literals(void **state)
{
	(void)state;
	/* what a literal holds is no command, be it waited for or sent at once */
	CHECK(&carrier_imap, 0, LOG_NEGOTIATE, {B, "* OK hi\r\n"}, {A, "1 LOGIN {20}\r\n"},
	      {B, "+ go\r\n"}, {A, "2 AUTHENTICATE NTLM\r {3}\r\n"}, {B, "+ go\r\n"},
	      {A, "\r\n3\r\n"}, {B, "1 NO no\r\n"}, {A, "4 AUTHENTICATE NTLM " NEGOTIATE "\r\n"});
	CHECK(&carrier_imap, 0, LOG_NEGOTIATE, {B, "* OK hi\r\n"},
	      {A, "1 LOGIN {21+}\r\n2 AUTHENTICATE NTLM\r\n {3+}\r\n\r\n3\r\n"}, {B, "1 NO no\r\n"},
	      {A, "4 AUTHENTICATE NTLM " NEGOTIATE "\r\n"});
	/* refused, so that it does not come */
	CHECK(&carrier_imap, 0, LOG_NEGOTIATE, {B, "* OK hi\r\n"}, {A, "1 ID ({4000}\r\n"},
	      {B, "1 BAD no\r\n"}, {A, "4 AUTHENTICATE NTLM " NEGOTIATE "\r\n"});
	/* sizes that are none */
	CHECK(&carrier_imap, 0, LOG_NEGOTIATE, {B, "* OK hi\r\n"},
	      {A, "1 X {}\r\n1 X {-1}\r\n1 X {99999999999999999999999}\r\n1 X "
		  "{999999999999999999}\r\n}\r\n4 AUTHENTICATE NTLM " NEGOTIATE "\r\n"});
}

static void test_pop3(void **state)
{
	(void)state;
	CHECK(&carrier_pop3, 0, LOG_THREE LOG_OK, {B, "+OK ready\r\n"}, {A, "CAPA\r\n"},
	      {B, "+OK\r\nSASL NTLM\r\n.\r\n"}, {A, "AUTH NTLM\r\n"}, {B, "+ \r\n"},
	      {A, NEGOTIATE "\r\n"}, {B, "+ " CHALLENGE "\r\n"}, {A, AUTHENTICATE "\r\n"},
	      {B, "+OK Logged in.\r\n"}, {A, "RETR 1\r\n"}, {B, "+OK\r\n+ " CHALLENGE "\r\n.\r\n"});
	/* [MS-POP3] servers may say +OK to the mechanism, and leave the space out */
	CHECK(&carrier_pop3, 0, LOG_THREE LOG_REFUSED, {B, "+OK ready\r\n"}, {A, "AUTH\r\n"},
	      {B, "+OK\r\nNTLM\r\n.\r\n"}, {A, "AUTH NTLM\r\n"}, {B, "+OK\r\n"},
	      {A, NEGOTIATE "\r\n"}, {B, "+" CHALLENGE "\r\n"}, {A, AUTHENTICATE "\r\n"},
	      {B, "-ERR [AUTH] Authentication failed.\r\n"});
	/* a message is no reply; who has one is logged in */
	CHECK(&carrier_pop3, 0, "", {B, "+OK ready\r\n"}, {A, "USER a\r\n"}, {B, "+OK\r\n"},
	      {A, "PASS b\r\n"}, {B, "+OK\r\n"}, {A, "RETR 1\r\n"},
	      {B, "+OK\r\n+ " CHALLENGE "\r\n" AUTHENTICATE "\r\n.\r\n"});
	CHECK(&carrier_pop3, 0, LOG_NEGOTIATE, {B, "+OK ready\r\n"}, {A, "USER a\r\nPASS b\r\n"},
	      {B, "+OK\r\n-ERR no\r\n"}, {A, "AUTH NTLM " NEGOTIATE "\r\n"});
}

static void test_nntp(void **state)
{
	(void)state;
	CHECK(&carrier_nntp, 0, LOG_THREE LOG_OK, {B, "200 NNTP Service ready\r\n"},
	      {A, "MODE READER\r\n"}, {B, "200 ok\r\n"}, {A, "AUTHINFO GENERIC NTLM\r\n"},
	      {B, "381 Protocol supported, proceed\r\n"}, {A, "AUTHINFO GENERIC " NEGOTIATE "\r\n"},
	      {B, "381 " CHALLENGE "\r\n"}, {A, "AUTHINFO GENERIC " AUTHENTICATE "\r\n"},
	      {B, "281 Authentication ok\r\n"});
	CHECK(&carrier_nntp, 0, LOG_THREE LOG_REFUSED, {B, "200 NNTP Service ready\r\n"},
	      {A, "AUTHINFO SASL NTLM " NEGOTIATE "\r\n"}, {B, "383 " CHALLENGE "\r\n"},
	      {A, AUTHENTICATE "\r\n"}, {B, "481 no\r\n"});
	CHECK(&carrier_nntp, 0, LOG_NEGOTIATE, {B, "200 NNTP Service ready\r\n"}, {A, "POST\r\n"},
	      {B, "340 go\r\n"}, {A, "AUTHINFO GENERIC NTLM\r\n" AUTHENTICATE "\r\n.\r\n"},
	      {B, "240 ok\r\n"}, {A, "TAKETHIS <x>\r\nAUTHINFO GENERIC NTLM\r\n.\r\n"},
	      {B, "239 <x>\r\n"}, {A, "AUTHINFO SASL NTLM " NEGOTIATE "\r\n"});
	/* an article is none of the server's replies */
	CHECK(&carrier_nntp, 0, "", {B, "200 NNTP\r\n"}, {A, "ARTICLE 1\r\n"},
	      {B, "220 1\r\nx\r\n381 " CHALLENGE "\r\n.\r\n"});
}

static void test_spnego(void **state)
{
	static const char log[] =
		"token key=0 dir=0 direct=0 len=20 4e544c4d535350000300000018001800\n"
		"answer key=0 dir=1 status=0x00000000 target_follows=0\n";

	(void)state;
	SMTP(0, log, {A, "AUTH GSSAPI " AUTHENTICATE "\r\n"}, {B, "235 yes\r\n"});
	CHECK(&carrier_imap, 0, log, {B, "* OK hi\r\n"}, {A, "1 AUTHENTICATE GSS-SPNEGO\r\n"},
	      {B, "+\r\n"}, {A, AUTHENTICATE "\r\n"}, {B, "1 OK\r\n"});
	/* Kerberos: passed on, and not answered */
	SMTP(0, "token key=0 dir=0 direct=0 len=3 608201\n", {A, "AUTH GSSAPI YIIB\r\n"},
	     {B, "235 yes\r\n"}, {A, "AUTH NTLM " NEGOTIATE "\r\n"});
}

static void feed_long(struct harness *h, enum stream_dir d, const char *head, size_t len)
{
	char *line = malloc(len + 1);

	assert_non_null(line);
	memset(line, 'A', len);
	memcpy(line, head, strlen(head));
	line[len - 1] = '\n';
	line[len] = '\0';
	for (size_t i = 0; i < len; i += 1400)
		harness_feed(h, d, line + i, len - i < 1400 ? len - i : 1400);
	free(line);
}

static void test_long_lines(void **state)
{
	struct harness h;

	(void)state;
	harness_init(&h, &carrier_smtp);
	harness_feed(&h, B, "220 ESMTP\r\n", 11);
	feed_long(&h, A, "HELO ", 300000);
	assert_int_equal(h.tally.n[TALLY_TOKEN_TOO_LONG], 0);
	feed_long(&h, A, "AUTH NTLM ", 200000);
	assert_int_equal(h.tally.n[TALLY_TOKEN_TOO_LONG], 1);
	assert_non_null(strstr(h.log.ptr, "malformed SMTP command: line too long"));
	feed_long(&h, A, "AUTH NTLM TlRMTVNTUAAB", 60011);
	assert_non_null(strstr(h.log.ptr, "token key=0 dir=0 direct=1 len=45000 "));
	assert_int_equal(h.rc, 0);
	harness_finish(&h);
}

static enum carrier_match probe(const struct carrier *carrier, const char *text, size_t len)
{
	size_t want = 0;
	char *copy = malloc(len ? len : 1);
	enum carrier_match match;

	assert_non_null(copy);
	memcpy(copy, text, len);
	match = carrier->probe(span_make(copy, len), &want);
	free(copy);
	if (match == CARRIER_MORE)
		assert_in_range(want, len + 1, 64);
	return match;
}

/* Known, and by no shorter part of it refused. */
static void test_probes_yes(void **state)
{
	static const struct {
		const struct carrier *carrier;
		const char *text;
	} rows[] = {
		{&carrier_smtp, "220 mx.corp.example ESMTP Postfix\r\n"},
		{&carrier_smtp, "220-smtp.corp.example\r\n"},
		{&carrier_smtp, "ehlo x\r\n"},
		{&carrier_smtp, "250-mx Hello\r\n250-PIPELINING\r\n250 OK\r\n"},
		{&carrier_smtp, "334 " CHALLENGE "\r\n"},
		{&carrier_smtp, "AUTH NTLM\r\n"},
		{&carrier_smtp, "235 2.7.0 Authentication successful\r\n"},
		{&carrier_smtp, "235 Authentication succeeded\r\n"},
		{&carrier_pop3, "+OK Dovecot ready.\r\n"},
		{&carrier_pop3, "-ERR Logon failure\r\n"},
		{&carrier_imap, "* OK The Microsoft Exchange IMAP4 service is ready.\r\n"},
		{&carrier_imap, "A001 CAPABILITY\r\n"},
		{&carrier_imap, "xyzw authenticate NTLM\r\n"},
		{&carrier_imap, "1 ID (\"name\" \"x\")\r\n"},
		{&carrier_imap, "A2 NO [AUTHENTICATIONFAILED] no\r\n"},
		{&carrier_nntp, "200 NNTP Service 6.0 Posting Allowed\r\n"},
		{&carrier_nntp, "200 news.corp.example InterNetNews ready\r\n"},
		{&carrier_nntp, "AUTHINFO GENERIC NTLM\r\n"},
		{&carrier_nntp, "381 " CHALLENGE "\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < N(rows); i++) {
		size_t n = strlen(rows[i].text);

		assert_int_equal(probe(rows[i].carrier, rows[i].text, n), CARRIER_YES);
		for (n = strcspn(rows[i].text, "\n"); n; n--)
			assert_int_not_equal(probe(rows[i].carrier, rows[i].text, n), CARRIER_NO);
	}
}

static void test_probes_no(void **state)
{
	static const struct carrier *const four[] = {&carrier_smtp, &carrier_imap, &carrier_pop3,
						     &carrier_nntp};
	static const char *const texts[] = {
		"220 ProFTPD Server ready.\r\n",
		"200 Type set to I\r\n",
		"250 OK\r\n",
		"250-Features\r\n250 END\r\n",
		"331 Password required\r\n",
		"USER anonymous\r\n",
		"GET / HTTP/1.1\r\n",
		"HTTP/1.1 200 OK\r\n",
		"SIP/2.0 200 OK\r\n",
		"+OK\r\n",
		"+PONG\r\n",
		"-ERR unknown command 'x'\r\n",
		"AUTH secret\r\n",
		"SSH-2.0-OpenSSH_9.2\r\n",
		"NICK alice\r\n",
		":irc.example 001 alice :Welcome\r\n",
		"a b c d e f g h\r\n",
		"you are OK now\r\n",
		"* x\r\n",
		"\x16\x03\x01\x02",
		"\xff\xfb\x25",
	};

	(void)state;
	for (size_t i = 0; i < N(texts); i++)
		for (size_t c = 0; c < N(four); c++)
			assert_int_equal(probe(four[c], texts[i], strlen(texts[i])), CARRIER_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_smtp_accepted),
		cmocka_unit_test(test_smtp_answers),
		cmocka_unit_test(test_smtp_cancelled_and_tried_again),
		cmocka_unit_test(test_nothing_after_success),
		cmocka_unit_test(test_smtp_pipelined),
		cmocka_unit_test(test_smtp_bodies),
		cmocka_unit_test(test_starttls_ends_it),
		cmocka_unit_test(test_not_understood),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_imap),
		cmocka_unit_test(test_imap_literals),
		cmocka_unit_test(test_pop3),
		cmocka_unit_test(test_nntp),
		cmocka_unit_test(test_spnego),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_probes_yes),
		cmocka_unit_test(test_probes_no),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
