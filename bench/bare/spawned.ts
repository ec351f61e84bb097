import { spawn } from 'node:child_process';

export type Language = 'javascript' | 'python';

/**
 * Each reads the events from its stdin and prints the sum: the minimum cost of a run where a process is started for it.
 */
const programs: Readonly<Record<Language, readonly [file: string, ...values: string[]]>> = {
  javascript: [
    process.execPath,
    '-e',
    "let text = ''; process.stdin.on('data', (chunk) => (text += chunk)).on('end', () => { let sum = 0; " +
      'for (const { payload } of JSON.parse(text)) sum += payload.value; console.log(sum); });',
  ],
  // Not from PATH, where it may be a version manager's script.
  python: [
    '/usr/bin/python3',
    '-I',
    '-S',
    '-c',
    "import json, sys; print(sum(event['payload']['value'] for event in json.load(sys.stdin)))",
  ],
};

/** Starts a process for this one task, without any limit. */
export function runSpawned(language: Language, eventsJson: string): Promise<number> {
  const [file, ...values] = programs[language];
  return new Promise((resolve, reject) => {
    const child = spawn(file, values, { stdio: ['pipe', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(Number(printed)) : reject(new Error(`${file} ended with ${code}`)),
    );
    child.stdin.end(eventsJson);
  });
}
