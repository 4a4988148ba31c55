"""Holds what the app sends against the models of Slack's own library for Python.

Reads one JSON document a line: {"view": …}, {"blocks": …} or {"options": …}. Prints what is
wrong, as "line N: …", and nothing else. A member that the library does not know is wrong, too.
"""

import json
import logging
import sys

from slack_sdk.models.blocks import Block, Option
from slack_sdk.models.views import View

logging.disable(logging.CRITICAL)


def missing(sent, read, path):
    """Yields the members of what was sent that the library did not read."""
    if isinstance(sent, dict) and isinstance(read, dict):
        for key, value in sent.items():
            if key not in read:
                yield f"{path}.{key} is not known"
            else:
                yield from missing(value, read[key], f"{path}.{key}")
    elif isinstance(sent, list) and isinstance(read, list):
        if len(sent) != len(read):
            yield f"{path} has {len(sent)} elements, {len(read)} are known"
        for i, (a, b) in enumerate(zip(sent, read)):
            yield from missing(a, b, f"{path}[{i}]")
    elif sent != read:
        yield f"{path} is {sent!r}, read as {read!r}"


def read(document):
    """Reads a document with the library, which raises where it finds a fault."""
    if "view" in document:
        return {"view": View(**document["view"]).to_dict()}
    if "blocks" in document:
        return {"blocks": [block.to_dict() for block in Block.parse_all(document["blocks"])]}
    return {"options": [option.to_dict() for option in Option.parse_all(document["options"])]}


for number, line in enumerate(sys.stdin, 1):
    document = json.loads(line)
    try:
        faults = list(missing(document, read(document), ""))
    except Exception as fault:  # whatever the library says of it
        faults = [f"{type(fault).__name__}: {fault}"]
    for fault in faults:
        print(f"line {number}: {fault}")
