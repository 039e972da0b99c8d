/* Real connections in text, segment by segment. */
#ifndef NTLMAUDIT_TESTS_HTTP_STREAMS_H
#define NTLMAUDIT_TESTS_HTTP_STREAMS_H

#include "base/stream.h"

/* A segment; one without text is a hole. */
struct say {
	enum stream_dir dir;
	const char *text;
};

/* curl with a wrong password: scheme NTLM, 401 twice */
static const struct say refused[] = {
	{STREAM_A_TO_B, "GET /x HTTP/1.1\r\n"
			"Host: fs1.corp.example:8080\r\n"
			"Authorization: NTLM TlRMTVNTUAABAAAABoIIAAAAAAAAAAAAAAAAAAAAAAA=\r\n"
			"User-Agent: curl/7.88.1\r\n"
			"Accept: */*\r\n"
			"\r\n"},
	{STREAM_B_TO_A,
	 "HTTP/1.1 401 Unauthorized\r\n"
	 "Server: BaseHTTP/0.6 Python/3.11.7\r\n"
	 "Date: Sun, 22 Nov 2026 11:24:46 GMT\r\n"
	 "WWW-Authenticate: NTLM TlRMTVNTUAACAAAABAAEADgAAAAGgokCo9n/z7jIStgAAAAAAAAAAGY"
	 "AZgA8AAAABgEAAAAAAA9DT1JQAgAIAEMATwBSAFAAAQAGAEYAUwAxAAQAGABjAG8AcgBwAC4AZQB4A"
	 "GEAbQBwAGwAZQADACAAZgBzADEALgBjAG8AcgBwAC4AZQB4AGEAbQBwAGwAZQAHAAgAkCQAFHR63QE"
	 "AAAAA\r\n"
	 "Content-Length: 2\r\n"
	 "\r\n"},
	{STREAM_B_TO_A, "x\n"},
	{STREAM_A_TO_B,
	 "GET /x HTTP/1.1\r\n"
	 "Host: fs1.corp.example:8080\r\n"
	 "Authorization: NTLM TlRMTVNTUAADAAAAGAAYAEAAAACWAJYAWAAAAAQABADuAAAABQAFAPIAAA"
	 "ALAAsA9wAAAAAAAAAAAAAABoKJAoW9uB3HrndEB6DBhjHVorfG1NQKOx8IRAKxVBDIDV2DnYdjZlJk"
	 "2a8BAQAAAAAAAADT6xN0et0BxtTUCjsfCEQAAAAAAgAIAEMATwBSAFAAAQAGAEYAUwAxAAQAGABjAG"
	 "8AcgBwAC4AZQB4AGEAbQBwAGwAZQADACAAZgBzADEALgBjAG8AcgBwAC4AZQB4AGEAbQBwAGwAZQAH"
	 "AAgAkCQAFHR63QEAAAAAAAAAAENPUlBhbGljZVdPUktTVEFUSU9O\r\n"
	 "User-Agent: curl/7.88.1\r\n"
	 "Accept: */*\r\n"
	 "\r\n"},
	{STREAM_B_TO_A, "HTTP/1.1 401 Unauthorized\r\n"
			"Server: BaseHTTP/0.6 Python/3.11.7\r\n"
			"Date: Sun, 22 Nov 2026 11:24:46 GMT\r\n"
			"WWW-Authenticate: NTLM\r\n"
			"Content-Length: 27\r\n"
			"\r\n"},
	{STREAM_B_TO_A, "NA NT_STATUS_LOGON_FAILURE\n"},
};

/* raw NTLMSSP in SPNEGO, a last token with the 200 */
static const struct say negotiated[] = {
	{STREAM_A_TO_B,
	 "GET /sec/index.html HTTP/1.1\r\n"
	 "Host: 10.77.0.30\r\n"
	 "Authorization: Negotiate YEgGBisGAQUFAqA+MDygDjAMBgorBgEEAYI3AgIKoioEKE5UTE1TU"
	 "1AAAQAAABeCCOIAAAAAAAAAAAAAAAAAAAAABgIAAAAAAA8=\r\n"
	 "User-Agent: curl/7.88.1\r\n"
	 "Accept: */*\r\n"
	 "\r\n"},
	{STREAM_B_TO_A,
	 "HTTP/1.1 401 Unauthorized\r\n"
	 "Date: Sun, 22 Nov 2026 11:53:34 GMT\r\n"
	 "Server: Apache/2.4.71 (Debian) mod_auth_gssapi/1.6.4\r\n"
	 "WWW-Authenticate: Negotiate oYGSMIGPoAMKAQGhDAYKKwYBBAGCNwICCqJ6BHhOVExNU1NQAA"
	 "IAAAAIAAgAOAAAABWCieLnAfGpFe/HmwAAAAAAAAAAOAA4AEAAAAAGAgAAAAAAD0MATwBSAFAAAQAG"
	 "AEYAUwAxAAIACABDAE8AUgBQAAMABgBmAHMAMQAGAAQAAAAAAAcACAB8qm8aeHrdAQAAAAA=\r\n"
	 "Content-Length: 421\r\n"
	 "Content-Type: text/html; charset=iso-8859-1\r\n"
	 "\r\n"
	 "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/htm"
	 "l4/strict.dtd\">\n"
	 "<html><head>\n"
	 "<title>401 Unauthorized</title>\n"
	 "</head><body>\n"
	 "<h1>Unauthorized</h1>\n"
	 "<p>This server could not verify that you\n"
	 "are authorized to access the document\n"
	 "requested.  Either you supplied the wrong\n"
	 "credentials (e.g., bad password), or your\n"
	 "browser doesn't understand how to supply\n"
	 "the credentials required.</p>\n"
	 "</body></html>\n"},
	{STREAM_A_TO_B,
	 "GET /sec/index.html HTTP/1.1\r\n"
	 "Host: 10.77.0.30\r\n"
	 "Authorization: Negotiate oYIBLzCCASugAwoBAaKCAQ4EggEKTlRMTVNTUAADAAAAAAAAAFgAA"
	 "ACKAIoAWAAAAAgACADiAAAACgAKAOoAAAAGAAYA9AAAABAAEAD6AAAAFYKJ4gYCAAAAAAAPMO85w1/"
	 "9Kk0+Tb/Xr40vrhspgfsWC5w5wLvdLQ68jnEBAQAAAAAAAHyqbxp4et0Bx47kcCAbdgIAAAAAAQAGA"
	 "EYAUwAxAAIACABDAE8AUgBQAAMABgBmAHMAMQAGAAQAAgAAAAcACAB8qm8aeHrdAQkAHgBIAFQAVAB"
	 "QAC8AMQAwAC4ANwA3AC4AMAAuADMAMAAAAAAAAAAAAEMATwBSAFAAYQBsAGkAYwBlAEMATAAxADANy"
	 "NxPYZJ0tFAA8m2vjP2jEgQQAQAAAFlVA3CFkI/eAAAAAA==\r\n"
	 "User-Agent: curl/7.88.1\r\n"
	 "Accept: */*\r\n"
	 "\r\n"},
	{STREAM_B_TO_A, "HTTP/1.1 200 OK\r\n"
			"Date: Sun, 22 Nov 2026 11:53:34 GMT\r\n"
			"Server: Apache/2.4.71 (Debian) mod_auth_gssapi/1.6.4\r\n"
			"WWW-Authenticate: Negotiate oRswGaADCgEAoxIEEAEAAABGS2uPn02K0wAAAAA=\r\n"
			"Last-Modified: Sun, 22 Nov 2026 11:23:20 GMT\r\n"
			"ETag: \"7-660dbb458e78b\"\r\n"
			"Accept-Ranges: bytes\r\n"
			"Content-Length: 7\r\n"
			"\r\n"
			"secret\n"},
};

/* Firefox and IIS: of larger responses only the last segments were captured */
static const struct say holes[] = {
	{STREAM_A_TO_B,
	 "GET /WebResource.axd?d=nHRsVvr5Ol4YJlsCI9fFN9MELdMRnXh322E9CPcYWXiEC0ZhIo2Bt2c"
	 "GtP2AFqf1CkDBObeQGIeSDAt5WKcEciBvWg81&t=634431379633046250 HTTP/1.1\r\n"
	 "Host: 192.168.0.55\r\n"
	 "User-Agent: Mozilla/5.0 (Windows NT 5.1; rv:2.0.1) Gecko/20100101 Firefox/4.0."
	 "1\r\n"
	 "Accept: */*\r\n"
	 "Accept-Language: en-us,en;q=0.5\r\n"
	 "Accept-Encoding: gzip, deflate\r\n"
	 "Accept-Charset: ISO-8859-1,utf-8;q=0.7,*;q=0.7\r\n"
	 "Keep-Alive: 115\r\n"
	 "Connection: keep-alive\r\n"
	 "Referer: http://192.168.0.55/default.aspx\r\n"
	 "Cookie: WSS_KeepSessionAuthenticated=80\r\n"
	 "\r\n"},
	{STREAM_B_TO_A, NULL},
	{STREAM_B_TO_A,
	 "mation (for support personnel)</p>\r\n"
	 "<ul>\r\n"
	 "<li>Go to <a href=\"http://go.microsoft.com/fwlink/?linkid=8180\">Microsoft Pr"
	 "oduct Support Services</a> and perform a title search for the words <b>HTTP</b"
	 "> and <b>401</b>.</li>\r\n"
	 "<li>Open <b>IIS Help</b>, which is accessible in IIS Manager (inetmgr),\r\n"
	 " and search for topics titled <b>About Security</b>, <b>Authentication</b>, an"
	 "d <b>About Custom Error Messages</b>.</li>\r\n"
	 "</ul>\r\n"
	 "\r\n"
	 "</TD></TR></TABLE></BODY></HTML>\r\n"},
	{STREAM_A_TO_B,
	 "GET /_layouts/1033/non_ie.js?rev=yfNry4hY0Gwa%2FPDNGrqXVg%3D%3D HTTP/1.1\r\n"
	 "Host: 192.168.0.55\r\n"
	 "User-Agent: Mozilla/5.0 (Windows NT 5.1; rv:2.0.1) Gecko/20100101 Firefox/4.0."
	 "1\r\n"
	 "Accept: */*\r\n"
	 "Accept-Language: en-us,en;q=0.5\r\n"
	 "Accept-Encoding: gzip, deflate\r\n"
	 "Accept-Charset: ISO-8859-1,utf-8;q=0.7,*;q=0.7\r\n"
	 "Keep-Alive: 115\r\n"
	 "Connection: keep-alive\r\n"
	 "Referer: http://192.168.0.55/default.aspx\r\n"
	 "Cookie: WSS_KeepSessionAuthenticated=80\r\n"
	 "Authorization: NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAFASgKAAAADw==\r"
	 "\n"
	 "\r\n"},
	{STREAM_B_TO_A, NULL},
	{STREAM_B_TO_A,
	 "tials.</li>\r\n"
	 "</ul>\r\n"
	 "<h2>HTTP Error 401.1 - Unauthorized: Access is denied due to invalid credentia"
	 "ls.<br>Internet Information Services (IIS)</h2>\r\n"
	 "<hr>\r\n"
	 "<p>Technical Information (for support personnel)</p>\r\n"
	 "<ul>\r\n"
	 "<li>Go to <a href=\"http://go.microsoft.com/fwlink/?linkid=8180\">Microsoft Pr"
	 "oduct Support Services</a> and perform a title search for the words <b>HTTP</b"
	 "> and <b>401</b>.</li>\r\n"
	 "<li>Open <b>IIS Help</b>, which is accessible in IIS Manager (inetmgr),\r\n"
	 " and search for topics titled <b>Authentication</b>, <b>Access Control</b>, an"
	 "d <b>About Custom Error Messages</b>.</li>\r\n"
	 "</ul>\r\n"
	 "\r\n"
	 "</TD></TR></TABLE></BODY></HTML>\r\n"},
	{STREAM_A_TO_B,
	 "GET /_layouts/1033/non_ie.js?rev=yfNry4hY0Gwa%2FPDNGrqXVg%3D%3D HTTP/1.1\r\n"
	 "Host: 192.168.0.55\r\n"
	 "User-Agent: Mozilla/5.0 (Windows NT 5.1; rv:2.0.1) Gecko/20100101 Firefox/4.0."
	 "1\r\n"
	 "Accept: */*\r\n"
	 "Accept-Language: en-us,en;q=0.5\r\n"
	 "Accept-Encoding: gzip, deflate\r\n"
	 "Accept-Charset: ISO-8859-1,utf-8;q=0.7,*;q=0.7\r\n"
	 "Keep-Alive: 115\r\n"
	 "Connection: keep-alive\r\n"
	 "Referer: http://192.168.0.55/default.aspx\r\n"
	 "Cookie: WSS_KeepSessionAuthenticated=80\r\n"
	 "Authorization: NTLM TlRMTVNTUAADAAAAGAAYAIgAAAAYABgAoAAAAA4ADgBIAAAAGgAaAFYAAA"
	 "AYABgAcAAAAAAAAAC4AAAABYKIogUBKAoAAAAPZQB4AGEAbQBwAGwAZQBhAGQAbQBpAG4AaQBzAHQA"
	 "cgBhAHQAbwByAFcAQQBOAEcAXwBXAEUATgBDAEgAQQBPAOnPEnrbd4ODAAAAAAAAAAAAAAAAAAAAAK"
	 "mdejdJtNpff1QpCKfuK1H+gphNMFFzIQ==\r\n"
	 "\r\n"},
	{STREAM_B_TO_A, NULL},
	{STREAM_B_TO_A,
	 "Cell)\r\n"
	 "{\r\n"
	 "\011for (var currentObject=TableCell; currentObject.tagName !='TABLE'; current"
	 "Object=currentObject.parentElement)\r\n"
	 "\011{\r\n"
	 "\011\011if(currentObject==document.body) return 0;\r\n"
	 "\011}\r\n"
	 "\011return currentObject;\r\n"
	 "}\r\n"
	 "\r\n"},
	{STREAM_A_TO_B,
	 "GET /_layouts/images/siteactionsmenugrad.gif HTTP/1.1\r\n"
	 "Host: 192.168.0.55\r\n"
	 "User-Agent: Mozilla/5.0 (Windows NT 5.1; rv:2.0.1) Gecko/20100101 Firefox/4.0."
	 "1\r\n"
	 "Accept: image/png,image/*;q=0.8,*/*;q=0.5\r\n"
	 "Accept-Language: en-us,en;q=0.5\r\n"
	 "Accept-Encoding: gzip, deflate\r\n"
	 "Accept-Charset: ISO-8859-1,utf-8;q=0.7,*;q=0.7\r\n"
	 "Keep-Alive: 115\r\n"
	 "Connection: keep-alive\r\n"
	 "Referer: http://192.168.0.55/_layouts/1033/styles/core.css?rev=5msmprmeONfN6lJ"
	 "3wtbAlA%3D%3D\r\n"
	 "Cookie: WSS_KeepSessionAuthenticated=80\r\n"
	 "\r\n"},
	{STREAM_B_TO_A,
	 "HTTP/1.1 200 OK\r\n"
	 "Cache-Control: max-age=31536000\r\n"
	 "Content-Length: 146\r\n"
	 "Content-Type: image/gif\r\n"
	 "Last-Modified: Wed, 01 Mar 2006 02:50:44 GMT\r\n"
	 "Accept-Ranges: bytes\r\n"
	 "ETag: \"0da2eefda3cc61:c7e\"\r\n"
	 "Server: Microsoft-IIS/6.0\r\n"
	 "X-Powered-By: ASP.NET\r\n"
	 "MicrosoftSharePointTeamServices: 12.0.0.6421\r\n"
	 "Date: Mon, 13 Jun 2011 06:48:43 GMT\r\n"
	 "\r\n"
	 "GIF89a\001\000\021\000\304\000\0001_\233Hu\261+X\224O}\2718e\241\\\212\306\201"
	 "\256\351V\204\300\"O\213[\210\3039f\242@n\252&S\217\216\273\365o\234\327a\217"
	 "\313Gt\260\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000"
	 "\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\0"
	 "00\000\000\000\000\000\000\000\000!\371\004\000\000\000\000\000,\000\000\000\0"
	 "00\001\000\021\000\000\005\017`c8\011D \214\000(K0\034"
	 "\305\023\002\000;"},
};

/* Internet Explorer and a rogue server: two logons on one connection */
static const struct say wpad[] = {
	{STREAM_A_TO_B, "GET /wpad.dat HTTP/1.1\r\n"
			"Accept: */*\r\n"
			"User-Agent: Mozilla/5.0 (compatible; IE 11.0; Win64; Trident/7.0)\r\n"
			"Host: wpad\r\n"
			"\r\n"},
	{STREAM_B_TO_A, "HTTP/1.1 401 Unauthorized\r\n"
			"Server: Microsoft-IIS/6.0\r\n"
			"Date: Wed, 12 Sep 2012 13:06:55 GMT\r\n"
			"Content-Type: text/html\r\n"
			"WWW-Authenticate: NTLM\r\n"
			"X-Powered-By: ASP.NET\r\n"
			"Content-Length: 0\r\n"
			"\r\n"},
	{STREAM_A_TO_B,
	 "GET /wpad.dat HTTP/1.1\r\n"
	 "Accept: */*\r\n"
	 "User-Agent: Mozilla/5.0 (compatible; IE 11.0; Win64; Trident/7.0)\r\n"
	 "Host: wpad\r\n"
	 "Connection: Keep-Alive\r\n"
	 "Authorization: NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAGAbEdAAAADw==\r"
	 "\n"
	 "\r\n"},
	{STREAM_B_TO_A,
	 "HTTP/1.1 401 Unauthorized\r\n"
	 "Server: Microsoft-IIS/6.0\r\n"
	 "Date: Wed, 12 Sep 2012 13:06:55 GMT\r\n"
	 "Content-Type: text/html\r\n"
	 "WWW-Authenticate: NTLM TlRMTVNTUAACAAAABgAGADgAAAAFAomiESIzRFVmd4gAAAAAAAAAAIA"
	 "AgAA+AAAABQLODgAAAA9TAE0AQgACAAYAUwBNAEIAAQAWAFMATQBCAC0AVABPAE8ATABLAEkAVAAEA"
	 "BIAcwBtAGIALgBsAG8AYwBhAGwAAwAoAHMAZQByAHYAZQByADIAMAAwADMALgBzAG0AYgAuAGwAbwB"
	 "jAGEAbAAFABIAcwBtAGIALgBsAG8AYwBhAGwAAAAAAA==\r\n"
	 "X-Powered-By: ASP.NC0CD7B7802C76736E9B26FB19BEB2D36290B9FF9A46EDDA5ET\r\n"
	 "Content-Length: 0\r\n"
	 "\r\n"},
	{STREAM_A_TO_B,
	 "GET /wpad.dat HTTP/1.1\r\n"
	 "Accept: */*\r\n"
	 "User-Agent: Mozilla/5.0 (compatible; IE 11.0; Win64; Trident/7.0)\r\n"
	 "Host: wpad\r\n"
	 "Connection: Keep-Alive\r\n"
	 "Authorization: NTLM TlRMTVNTUAADAAAAGAAYAJoAAAAOAQ4BsgAAABoAGgBYAAAADgAOAHIAAA"
	 "AaABoAgAAAAAAAAADAAQAABQKIogYBsR0AAAAPbAFcD5VajAsCouzzvaSV+VUATABBAEkAUgAtAFMA"
	 "VQBSAEYALQBQAEMAZAByAF8AZQB2AGkAbABVAEwAQQBJAFIALQBTAFUAUgBGAC0AUABDAAAAAAAAAA"
	 "AAAAAAAAAAAAAAAAAAAAAAAN/OhOj0dw+KNS5BOtk5IjABAQAAAAAAAO/D0i2ktNABJLXY1ueYoOwA"
	 "AAAAAgAGAFMATQBCAAEAFgBTAE0AQgAtAFQATwBPAEwASwBJAFQABAASAHMAbQBiAC4AbABvAGMAYQ"
	 "BsAAMAKABzAGUAcgB2AGUAcgAyADAAMAAzAC4AcwBtAGIALgBsAG8AYwBhAGwABQASAHMAbQBiAC4A"
	 "bABvAGMAYQBsAAgAMAAwAAAAAAAAAAAAAAAAMAAA7TmQn3Iu8rkWW1BUCyqaiVbpl2D7LSawj3mblk"
	 "9BL7AKABAAAAAAAAAAAAAAAAAAAAAAAAkAEgBIAFQAVABQAC8AdwBwAGEAZAAAAAAAAAAAAA==\r\n"
	 "\r\n"},
	{STREAM_B_TO_A,
	 "HTTP/1.1 200 OK\r\n"
	 "Server: Microsoft-IIS/6.0\r\n"
	 "Date: Wed, 12 Sep 2012 13:06:55 GMT\r\n"
	 "Content-Type: application/x-ns-proxy-autoconfig\r\n"
	 "X-Powered-By: ASP.NET\r\n"
	 "Content-Length: 312\r\n"
	 "\r\n"
	 "function FindProxyForURL(url, host){if ((host == \"localhost\") || shExpMatch("
	 "host, \"localhost.*\") ||(host == \"127.0.0.1\") || isPlainHostName(host)) ret"
	 "urn \"DIRECT\"; if (dnsDomainIs(host, \"RespProxySrv\")||shExpMatch(host, \"(*"
	 ".RespProxySrv|RespProxySrv)\")) return \"DIRECT\"; return 'PROXY ISAProxySrv:3"
	 "141; DIRECT';}"},
	{STREAM_A_TO_B, "GET /wpad.dat HTTP/1.1\r\n"
			"Accept: */*\r\n"
			"User-Agent: Mozilla/5.0 (compatible; IE 11.0; Win64; Trident/7.0)\r\n"
			"Host: wpad\r\n"
			"\r\n"},
	{STREAM_B_TO_A, "HTTP/1.1 401 Unauthorized\r\n"
			"Server: Microsoft-IIS/6.0\r\n"
			"Date: Wed, 12 Sep 2012 13:06:55 GMT\r\n"
			"Content-Type: text/html\r\n"
			"WWW-Authenticate: NTLM\r\n"
			"X-Powered-By: ASP.NET\r\n"
			"Content-Length: 0\r\n"
			"\r\n"},
	{STREAM_A_TO_B,
	 "GET /wpad.dat HTTP/1.1\r\n"
	 "Accept: */*\r\n"
	 "User-Agent: Mozilla/5.0 (compatible; IE 11.0; Win64; Trident/7.0)\r\n"
	 "Host: wpad\r\n"
	 "Connection: Keep-Alive\r\n"
	 "Authorization: NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAGAbEdAAAADw==\r"
	 "\n"
	 "\r\n"},
	{STREAM_B_TO_A,
	 "HTTP/1.1 401 Unauthorized\r\n"
	 "Server: Microsoft-IIS/6.0\r\n"
	 "Date: Wed, 12 Sep 2012 13:06:55 GMT\r\n"
	 "Content-Type: text/html\r\n"
	 "WWW-Authenticate: NTLM TlRMTVNTUAACAAAABgAGADgAAAAFAomiESIzRFVmd4gAAAAAAAAAAIA"
	 "AgAA+AAAABQLODgAAAA9TAE0AQgACAAYAUwBNAEIAAQAWAFMATQBCAC0AVABPAE8ATABLAEkAVAAEA"
	 "BIAcwBtAGIALgBsAG8AYwBhAGwAAwAoAHMAZQByAHYAZQByADIAMAAwADMALgBzAG0AYgAuAGwAbwB"
	 "jAGEAbAAFABIAcwBtAGIALgBsAG8AYwBhAGwAAAAAAA==\r\n"
	 "X-Powered-By: ASP.NC0CD7B7802C76736E9B26FB19BEB2D36290B9FF9A46EDDA5ET\r\n"
	 "Content-Length: 0\r\n"
	 "\r\n"},
	{STREAM_A_TO_B,
	 "GET /wpad.dat HTTP/1.1\r\n"
	 "Accept: */*\r\n"
	 "User-Agent: Mozilla/5.0 (compatible; IE 11.0; Win64; Trident/7.0)\r\n"
	 "Host: wpad\r\n"
	 "Connection: Keep-Alive\r\n"
	 "Authorization: NTLM TlRMTVNTUAADAAAAGAAYAJoAAAAOAQ4BsgAAABoAGgBYAAAADgAOAHIAAA"
	 "AaABoAgAAAAAAAAADAAQAABQKIogYBsR0AAAAP/xqrNzRUt3rCFz5PwUCmDFUATABBAEkAUgAtAFMA"
	 "VQBSAEYALQBQAEMAZAByAF8AZQB2AGkAbABVAEwAQQBJAFIALQBTAFUAUgBGAC0AUABDAAAAAAAAAA"
	 "AAAAAAAAAAAAAAAAAAAAAAAJ5KVrPoIJh2k65IWZdyR58BAQAAAAAAACHoFy6ktNAB3twGkCo3m6cA"
	 "AAAAAgAGAFMATQBCAAEAFgBTAE0AQgAtAFQATwBPAEwASwBJAFQABAASAHMAbQBiAC4AbABvAGMAYQ"
	 "BsAAMAKABzAGUAcgB2AGUAcgAyADAAMAAzAC4AcwBtAGIALgBsAG8AYwBhAGwABQASAHMAbQBiAC4A"
	 "bABvAGMAYQBsAAgAMAAwAAAAAAAAAAAAAAAAMAAA7TmQn3Iu8rkWW1BUCyqaiVbpl2D7LSawj3mblk"
	 "9BL7AKABAAAAAAAAAAAAAAAAAAAAAAAAkAEgBIAFQAVABQAC8AdwBwAGEAZAAAAAAAAAAAAA==\r\n"
	 "\r\n"},
	{STREAM_B_TO_A,
	 "HTTP/1.1 200 OK\r\n"
	 "Server: Microsoft-IIS/6.0\r\n"
	 "Date: Wed, 12 Sep 2012 13:06:55 GMT\r\n"
	 "Content-Type: application/x-ns-proxy-autoconfig\r\n"
	 "X-Powered-By: ASP.NET\r\n"
	 "Content-Length: 312\r\n"
	 "\r\n"
	 "function FindProxyForURL(url, host){if ((host == \"localhost\") || shExpMatch("
	 "host, \"localhost.*\") ||(host == \"127.0.0.1\") || isPlainHostName(host)) ret"
	 "urn \"DIRECT\"; if (dnsDomainIs(host, \"RespProxySrv\")||shExpMatch(host, \"(*"
	 ".RespProxySrv|RespProxySrv)\")) return \"DIRECT\"; return 'PROXY ISAProxySrv:3"
	 "141; DIRECT';}"},
};

#endif
