/** The association as code that is ready to run; its answer holds the app's own token, to be kept. */
export function commandsFor(origin: string, associationToken: string, name: string): Readonly<Record<string, string>> {
  const body = JSON.stringify({ associationToken, name });
  return {
    curl: `curl -sS ${origin}/app/v1/association \\
  -H 'content-type: application/json' \\
  -d '${body.replaceAll("'", String.raw`'\''`)}'`,
    typescript: `const response = await fetch('${origin}/app/v1/association', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(${body}),
});
const { token } = await response.json(); // keep it: it is shown once`,
    python: `import json, urllib.request

request = urllib.request.Request(
    "${origin}/app/v1/association",
    data=json.dumps(${body}).encode(),
    headers={"content-type": "application/json"},
)
token = json.load(urllib.request.urlopen(request))["token"]  # keep it: it is shown once`,
  };
}
