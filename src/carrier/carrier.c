#include "carrier/carrier.h"

/* Where two would say yes and no port decides, the first wins. */
const struct carrier *const carriers[] = {
	&carrier_smb,	&carrier_http,	 &carrier_ldap,	    &carrier_dcerpc, &carrier_sip,
	&carrier_rdp,	&carrier_tds,	 &carrier_smtp,	    &carrier_imap,   &carrier_pop3,
	&carrier_nntp,	&carrier_telnet, &carrier_kerberos, &carrier_dns,    &carrier_nns,
	&carrier_socks, &carrier_tns,	 &carrier_smbd,	    &carrier_tls,    NULL,
};
