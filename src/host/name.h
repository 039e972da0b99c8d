/* What the machine is called. */
#ifndef NTLMAUDIT_HOST_NAME_H
#define NTLMAUDIT_HOST_NAME_H

#include <stddef.h>

/*
 * The host's name with its domain where the machine itself knows it: from the name it was given, /etc/hosts, or the line
 * `domain` of /etc/resolv.conf. Asks no name server: that could take longer than anybody here may wait.
 */
void host_name_read(char *name, size_t size);

/* For tests: the same of the given name and of these files' text, NULL where there is none. */
void host_name_from(const char *given, const char *hosts, const char *resolv, char *name,
		    size_t size);

#endif
