"""发送报文文件,不用 tongchou,只用 Python 自带的库 / Sends the messages with nothing but Python's own library.

python any_client.py hospital-day.jsonl http://127.0.0.1:8000
"""

import datetime
import json
import re
import sys
import urllib.request

CHINA = datetime.timezone(datetime.timedelta(hours=8))
HOLE = re.compile(r"\$\{([^}]+)\}")


def value(hole, answers, today):
    """What a hole stands for: a day, or a member of an earlier answer."""
    kind, _, back = hole.partition("-")
    if kind in ("day", "stamp"):
        day = today - datetime.timedelta(days=int(back or 0))
        return day.isoformat() if kind == "day" else f"{day:%Y%m%d}"
    found = answers
    for step in hole.split("."):
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


def filled(content, answers, today):
    """The message with its holes filled; a text that is one hole takes the value as it is."""
    if isinstance(content, dict):
        return {name: filled(one, answers, today) for name, one in content.items()}
    if isinstance(content, list):
        return [filled(one, answers, today) for one in content]
    if not isinstance(content, str):
        return content
    whole = HOLE.fullmatch(content)
    if whole:
        return value(whole[1], answers, today)
    return HOLE.sub(lambda hole: str(value(hole[1], answers, today)), content)


def main(file, server):
    """Each message in its order; what was answered is kept for the holes of later ones."""
    answers, today = {}, datetime.datetime.now(CHINA).date()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # straight to the server
    with open(file, encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            body = json.dumps(filled(line["message"], answers, today)).encode()
            with opener.open(f"{server}/fsi/api/callService", body) as response:
                answer = json.load(response)
            answers[line["id"]] = answer["output"]
            print(line["id"], line["message"]["infno"], answer["infcode"], answer["err_msg"] or "")


if __name__ == "__main__":
    main(*sys.argv[1:])
