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
      if (file.size > mostBytes) {
        setComplaint(`${file.name} has ${file.size.toLocaleString()} bytes; a file may have 262,144.`);
        return;
      }
      read.push({ path: file.name, content: await file.text() });
    }
    setComplaint(undefined);
    const names = new Set(read.map(({ path }) => path));
    onChange([...files.filter(({ path, content }) => !names.has(path) && content.trim() !== ''), ...read]);
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
              onChange([...files, { path: `file${files.length + 1}.js`, content: '' }]);
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
          <Text size="sm" c="error" role="alert">
            {complaint}
          </Text>
        )}
        <Tabs value={String(index)} onChange={(value) => setOpen(value ?? '0')} keepMounted={false}>
          <Tabs.List>
            {files.map(({ path }, place) => (
              <Tabs.Tab key={path} value={String(place)}>
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
                  <Text key={`${line}${message}`} size="sm" c="error" role="alert">
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
