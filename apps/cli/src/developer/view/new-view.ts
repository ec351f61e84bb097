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
  const { items } = await keep.events.query({ profile: ${JSON.stringify(profile)}, limit: 1000 });
  console.log('events', items.length);
  return { count: items.length, latest: items[0]?.metadata.createdDate ?? null, configuration, clientCustomData };
};
`,
  },
  python: {
    file: 'main.py',
    code: (profile) => `# Runs in the keep, beside the data: docs/api.md, View code.
def main(parameters, keep):
    items = keep.events.query({"profile": ${JSON.stringify(profile)}, "limit": 1000})["items"]
    print("events", len(items))
    return {
        "count": len(items),
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
