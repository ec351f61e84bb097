import type { NewApp, NewFile } from './app-files.ts';

/** The diary of `appFiles`, in Python. */
export function pythonAppFiles({ client }: NewApp): readonly NewFile[] {
  return [
    { path: 'requirements.txt', content: `${client}\n` },
    { path: 'app.py', content: program },
    { path: 'README.md', content: readme },
    { path: '.gitignore', content: '.venv/\n__pycache__/\ntoken\n' },
  ];
}

const program = `# python app.py URL ASSOCIATION-TOKEN [NOTE] the first time, python app.py URL [NOTE] from then on
import sys
from pathlib import Path

from datakeep import Datakeep, TokenFile

schema = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": {"type": "string"}, "mood": {"enum": ["good", "bad"]}},
    "additionalProperties": False,
}

tokens = TokenFile("token")  # as secret as a password
url, *rest = sys.argv[1:] or ["http://127.0.0.1:8020"]
if Path("token").exists():
    keep = Datakeep.connect(url=url, tokens=tokens)
else:
    association_token = rest.pop(0) if rest else ""
    keep = Datakeep.associate(url=url, association_token=association_token, name="Diary", tokens=tokens)
text = " ".join(rest) or "Hello"

with keep:
    notes = keep.profiles.register("diary.example/note", schema)
    print("Waiting for your yes: Control Centre, Requests", file=sys.stderr)
    rights = keep.permissions.ensure(profile=notes, rights=["read", "create"], message="To keep your diary")
    missing = ", ".join(rights["missing"])
    if missing:
        sys.exit(f"Without {missing} there is no diary.")
    keep.events.create([{"profile": notes, "payload": {"text": text, "mood": "good"}}])
    for event in keep.events.query(profile=notes, limit=10):
        print(event["metadata"]["createdDate"], event["payload"]["text"])
`;

const readme = `# Diary

An app of a Datakeep. In the Control Centre make an app under *Apps*, and a one-time association token for it. Then:

    python3 -m venv .venv && .venv/bin/pip install -r requirements.txt
    .venv/bin/python app.py http://127.0.0.1:8020 ASSOCIATION-TOKEN 'My first note'

It asks for its rights, and waits until you grant them under *Requests*. The app's own token is in the file \`token\`.
`;
