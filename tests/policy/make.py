#!/usr/bin/env python3
"""Writes the policy files of this folder with Samba's own writers: a .pol of each .pol.xml, a .inf of each .inf.xml.

    /usr/bin/python3 tests/policy/make.py FOLDER

needs Debian's python3-samba. tests/cli/policy.py compares what it writes with the files here, where Samba is installed.
"""
import os
import sys
from xml.etree.ElementTree import parse

from samba.gp_parse.gp_inf import GptTmplInfParser
from samba.gp_parse.gp_pol import GPPolParser

HERE = os.path.dirname(os.path.abspath(__file__))
PARSERS = {'.pol.xml': GPPolParser, '.inf.xml': GptTmplInfParser}


def main():
    for name in sorted(os.listdir(HERE)):
        for ending, parser_class in PARSERS.items():
            if name.endswith(ending):
                parser = parser_class()
                parser.load_xml(parse(os.path.join(HERE, name)).getroot())
                parser.write_binary(os.path.join(sys.argv[1], name[:-len('.xml')]))


main()
