#include "sink/tls.h"

#include "base/mem.h"
#include "sink/connect.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <poll.h>

/* TLS 1.2 and 1.3 (RFC 9662 asks for no older ones). */
#define PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

struct tls {
	gnutls_certificate_credentials_t credentials;
	gnutls_session_t session;
	int fd;
};

static int say(int code, const char *what, struct text *why)
{
	text_printf(why, "TLS: %s%s%s", what ? what : "", what ? ": " : "", gnutls_strerror(code));
	return code == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EPROTO;
}

/* ---- certificates ---- */

static int load_trust(struct tls *t, const struct syslog_settings *c, struct text *why)
{
	int n;

	if (*c->ca)
		n = gnutls_certificate_set_x509_trust_file(t->credentials, c->ca,
							   GNUTLS_X509_FMT_PEM);
	else
		n = gnutls_certificate_set_x509_system_trust(t->credentials);
	if (n < 0)
		return say(n, *c->ca ? c->ca : "the system's certificates", why);
	if (n == 0) {
		text_printf(why, "TLS: %s: no certificate there",
			    *c->ca ? c->ca : "the system's certificates");
		return -EPROTO;
	}
	return 0;
}

static int load_own(struct tls *t, const struct syslog_settings *c, struct text *why)
{
	int code;

	if (!*c->cert)
		return 0;
	code = gnutls_certificate_set_x509_key_file(t->credentials, c->cert, c->key,
						    GNUTLS_X509_FMT_PEM);
	return code < 0 ? say(code, c->cert, why) : 0;
}

/* ---- the handshake ---- */

static bool is_address(const char *host)
{
	return strchr(host, ':') || strspn(host, "0123456789.") == strlen(host);
}

static int set_up(struct tls *t, const struct syslog_settings *c, struct text *why)
{
	int code = gnutls_init(&t->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL);

	if (code < 0)
		return say(code, NULL, why);
	code = gnutls_priority_set_direct(t->session, PRIORITY, NULL);
	if (code >= 0)
		code = gnutls_credentials_set(t->session, GNUTLS_CRD_CERTIFICATE, t->credentials);
	if (code >= 0 && !is_address(c->host))
		code = gnutls_server_name_set(t->session, GNUTLS_NAME_DNS, c->host,
					      strlen(c->host));
	if (code < 0)
		return say(code, NULL, why);
	gnutls_session_set_verify_cert(t->session, c->host, 0);
	gnutls_transport_set_int(t->session, t->fd);
	return 0;
}

/* Waits for what the session wants; 0 to go on. */
static int wait_for(struct tls *t, int code, int64_t deadline)
{
	if (code == GNUTLS_E_INTERRUPTED)
		return 0;
	return connect_wait(t->fd, gnutls_record_get_direction(t->session) ? POLLOUT : POLLIN,
			    deadline);
}

static bool must_wait(int code)
{
	return code == GNUTLS_E_AGAIN || code == GNUTLS_E_INTERRUPTED;
}

/* Why the certificate is not good enough, in the library's words. */
static int refused(struct tls *t, struct text *why)
{
	gnutls_datum_t words = {0};
	unsigned status = gnutls_session_get_verify_cert_status(t->session);

	if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &words, 0) < 0)
		return say(GNUTLS_E_CERTIFICATE_ERROR, NULL, why);
	text_printf(why, "TLS: %s", (const char *)words.data);
	while (why->len && why->ptr[why->len - 1] == ' ')
		why->ptr[--why->len] = '\0';
	gnutls_free(words.data);
	return -EPROTO;
}

static int shake_hands(struct tls *t, int64_t deadline, struct text *why)
{
	int code, rc;

	while ((code = gnutls_handshake(t->session)) < 0) {
		if (code == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR)
			return refused(t, why);
		if (!must_wait(code) && gnutls_error_is_fatal(code))
			return say(code, NULL, why);
		rc = must_wait(code) ? wait_for(t, code, deadline) : 0;
		if (rc < 0) {
			text_printf(why, "TLS: %s", strerror(-rc));
			return rc;
		}
	}
	return 0;
}

int tls_new(const struct syslog_settings *c, int fd, int64_t deadline, struct text *why,
	    struct tls **ret_tls)
{
	struct tls *t = mem_zalloc(1, sizeof(*t));
	int rc;

	if (!t)
		return -ENOMEM;
	t->fd = fd;
	rc = gnutls_certificate_allocate_credentials(&t->credentials) < 0 ? -ENOMEM : 0;
	if (rc == 0)
		rc = load_trust(t, c, why);
	if (rc == 0)
		rc = load_own(t, c, why);
	if (rc == 0)
		rc = set_up(t, c, why);
	if (rc == 0)
		rc = shake_hands(t, deadline, why);
	if (rc < 0)
		tls_free(t);
	else
		*ret_tls = t;
	return rc;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	if (t->session) {
		(void)gnutls_bye(t->session, GNUTLS_SHUT_WR);
		gnutls_deinit(t->session);
	}
	if (t->credentials)
		gnutls_certificate_free_credentials(t->credentials);
	mem_free(t);
}

/* ---- the records ---- */

int tls_send(struct tls *t, struct span bytes, int64_t deadline, struct text *why)
{
	while (bytes.len) {
		ssize_t n = gnutls_record_send(t->session, bytes.ptr, bytes.len);
		int rc;

		if (n >= 0) {
			bytes = span_from(bytes, (size_t)n);
			continue;
		}
		if (!must_wait((int)n))
			return say((int)n, NULL, why);
		rc = wait_for(t, (int)n, deadline);
		if (rc < 0) {
			text_printf(why, "it takes nothing: %s", strerror(-rc));
			return rc;
		}
	}
	return 0;
}

int tls_look(struct tls *t, struct text *why)
{
	uint8_t bytes[512];
	ssize_t n;

	do {
		n = gnutls_record_recv(t->session, bytes, sizeof(bytes));
	} while (n > 0);
	if (must_wait((int)n) || (n < 0 && !gnutls_error_is_fatal((int)n)))
		return 0;
	if (n < 0)
		return say((int)n, NULL, why);
	text_puts(why, "it closed the connection");
	return -ECONNRESET;
}
