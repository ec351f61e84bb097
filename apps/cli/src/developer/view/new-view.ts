interface NewView {
  readonly name: string;
  readonly runtime: string;
  readonly profile: string;
}

const programs: Readonly<Record<string, { readonly file: string; readonly code: (profile: string) => string }>> = {
  javascript: {
    file: 'main.js',
    code: (profile) => `// Runs in the keep, beside the data: docs/api.md, View code.
module.exports = async ({ configuration, clientCustomData }, keep) => {
  const profile = ${JSON.stringify(profile)};
  const { groups } = await keep.events.aggregate({ profile, measures: { count: { op: 'count' } } });
  const { items } = await keep.events.query({ profile, limit: 1 });
  const count = groups[0]?.count ?? 0;
  console.log('events', count);
  return { count, latest: items[0]?.metadata.createdDate ?? null, configuration, clientCustomData };
};
`,
  },
  python: {
    file: 'main.py',
    code: (profile) => `# Runs in the keep, beside the data: docs/api.md, View code.
def main(parameters, keep):
    profile = ${JSON.stringify(profile)}
    groups = keep.events.aggregate({"profile": profile, "measures": {"count": {"op": "count"}}})["groups"]
    items = keep.events.query({"profile": profile, "limit": 1})["items"]
    count = groups[0]["count"] if groups else 0
    print("events", count)
    return {
        "count": count,
        "latest": items[0]["metadata"]["createdDate"] if items else None,
        "configuration": parameters["configuration"],
        "clientCustomData": parameters["clientCustomData"],
    }
`,
  },
};

export const newViewRuntimes: readonly string[] = Object.keys(programs);

/** A view that counts the events of a profile. `runtime` is one of `newViewRuntimes`. */
export function newViewFiles({ name, runtime, profile }: NewView): readonly { path: string; content: string }[] {
  const { file, code } = programs[runtime]!;
  const template = {
    name,
    description: `Counts what there is of ${profile}.`,
    runtime,
    permissions: [{ profile, rights: ['read'] }],
    limits: { wallTimeMs: 5000 },
  };
  const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;
  return [
    { path: 'template.json', content: json(template) },
    { path: file, content: code(profile) },
    { path: 'data.json', content: json({ configuration: {}, clientCustomData: null }) },
  ];
}
