import { useState, type DragEvent } from 'react';
import type { DryRun, TemplateFile } from '../../../api/operations.ts';
import { placeOf } from '../../../api/problem.ts';
import { CodeEditor, languageOf } from '../../../components/code/code.tsx';
import { Button, Fieldset, FileButton, Group, Stack, Tabs, Text, TextInput } from '../../../components/ui/mantine.ts';
import { marksOf } from '../draft.ts';

const mostBytes = 256 * 1024;

interface Properties {
  readonly files: readonly TemplateFile[];
  readonly refusal: unknown;
  readonly run: DryRun | undefined;
  readonly onChange: (files: readonly TemplateFile[]) => void;
}

/** The source: written here, or dropped as files. A fault is shown at its line. */
export function FilesField({ files, refusal, run, onChange }: Properties) {
  const [open, setOpen] = useState('0');
  const [complaint, setComplaint] = useState<string>();
  const index = Math.min(Number(open), files.length - 1);

  const take = async (list: readonly File[]): Promise<void> => {
    const read: TemplateFile[] = [];
    for (const file of list) {
      if (file.size > mostBytes)
        return setComplaint(`${file.name} has ${file.size.toLocaleString()} bytes; a file may have 262,144.`);
      try {
        const bytes = await file.arrayBuffer();
        read.push({ path: file.name, content: new TextDecoder('utf-8', { fatal: true }).decode(bytes) });
      } catch {
        return setComplaint(`${file.name} is no file of text in UTF-8.`);
      }
    }
    setComplaint(undefined);
    const names = new Set(read.map(({ path }) => path));
    // The one file that nothing was written into makes room.
    const others = files.length === 1 && files[0]!.content.trim() === '' ? [] : files;
    onChange([...others.filter(({ path }) => !names.has(path)), ...read]);
    setOpen('0');
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    void take([...event.dataTransfer.files]);
  };

  return (
    <Fieldset legend="Source" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <Stack gap="sm">
        <Group gap="xs">
          <FileButton onChange={(list) => void take(list)} multiple accept=".js,.mjs,.py,.json,.txt">
            {(button) => (
              <Button variant="default" size="compact-sm" {...button}>
                Choose files
              </Button>
            )}
          </FileButton>
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => {
              onChange([...files, { path: freeName(files), content: '' }]);
              setOpen(String(files.length));
            }}
          >
            Another file
          </Button>
          <Text size="sm" c="dimmed">
            or drop them here
          </Text>
        </Group>
        {complaint !== undefined && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {complaint}
          </Text>
        )}
        <Tabs value={String(index)} onChange={(value) => setOpen(value ?? '0')} keepMounted={false}>
          <Tabs.List>
            {files.map(({ path }, place) => (
              <Tabs.Tab key={place} value={String(place)}>
                {path}
                {marksOf(path, place, refusal, run).length > 0 && <span aria-label="has a fault"> ✕</span>}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {files.map((file, place) => (
            <Tabs.Panel key={place} value={String(place)} pt="sm">
              <Stack gap="xs">
                <Group align="flex-end">
                  <TextInput
                    label="File name"
                    value={file.path}
                    error={placeOf(refusal, `/files/${place}/path`)}
                    onChange={({ currentTarget: { value: path } }) =>
                      onChange(files.map((one, other) => (other === place ? { ...one, path } : one)))
                    }
                  />
                  {files.length > 1 && (
                    <Button variant="default" onClick={() => onChange(files.filter((_, other) => other !== place))}>
                      Take this file away
                    </Button>
                  )}
                </Group>
                <CodeEditor
                  label={`Source of ${file.path}`}
                  language={languageOf(file.path)}
                  value={file.content}
                  minHeight={240}
                  marks={marksOf(file.path, place, refusal, run)}
                  onChange={(content) =>
                    onChange(files.map((one, other) => (other === place ? { ...one, content } : one)))
                  }
                />
                {marksOf(file.path, place, refusal, run).map(({ line, message }) => (
                  <Text key={`${line}${message}`} size="sm" c="var(--mantine-color-error)" role="alert">
                    Line {line}: {message}
                  </Text>
                ))}
              </Stack>
            </Tabs.Panel>
          ))}
        </Tabs>
      </Stack>
    </Fieldset>
  );
}

/** `file2.py` beside `main.py`. */
function freeName(files: readonly TemplateFile[]): string {
  const ending = /\.\w+$/.exec(files[0]?.path ?? '')?.[0] ?? '.js';
  let number = files.length + 1;
  while (files.some(({ path }) => path === `file${number}${ending}`)) number += 1;
  return `file${number}${ending}`;
}
