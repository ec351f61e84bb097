import { useEffect, useRef } from 'react';
import { Alert, Button, Group, Paper, Select, Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { bytesText } from '../../../components/ui/numbers.ts';
import { Notice } from '../../../components/ui/Notice.tsx';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';
import { importFlow, type Stage } from '../flow.ts';
import { Preview } from './Preview.tsx';
import { TableForm } from './TableForm.tsx';

/** What the file is taken for, what would be sent of it, and the choices there are. */
export function LookPanel({ stage }: { readonly stage: Extract<Stage, { at: 'looked' }> }) {
  const { file, choices, look, isDenied = false, isLookingAgain = false } = stage;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { shown } = look;
  const sends = shown !== undefined && (!shown.isWhole || Object.keys(shown.counts).length > 0);
  return (
    <Stack gap="md">
      {isDenied && <Notice title="You denied it">Nothing was sent.</Notice>}
      <Paper withBorder p="md" maw={720}>
        <Stack gap="sm">
          <Title order={2} size="h4" ref={heading} tabIndex={-1} style={{ outline: 'none' }}>
            <Untrusted text={file.name} max={80} />
          </Title>
          <Text size="sm" role="status">
            {bytesText(file.size)}
            {look.importer === undefined ? ', not recognised' : `, read as ${look.title}`}
            {isLookingAgain && '; looking again …'}
          </Text>
          {look.fault !== undefined && (
            <Alert color="red" variant="outline" title="It cannot be read so" role="alert">
              <Untrusted text={look.fault} max={600} />
            </Alert>
          )}
          <Select
            label="Read it as"
            maw={320}
            data={look.kinds}
            value={look.importer ?? null}
            placeholder="Choose"
            allowDeselect={false}
            onChange={(value) => {
              const importer = look.kinds.find((kind) => kind.value === value)?.value;
              if (importer) void importFlow.look(file, { ...choices, importer });
            }}
          />
        </Stack>
      </Paper>
      {look.table && <TableForm file={file} choices={choices} table={look.table} />}
      {look.shown && <Preview shown={look.shown} />}
      <Group>
        <Button
          disabled={!sends || isLookingAgain}
          onClick={() => void importFlow.begin({ kind: 'import', file, choices, look })}
        >
          Import
        </Button>
        <Button variant="default" onClick={() => importFlow.choose()}>
          Another file
        </Button>
      </Group>
    </Stack>
  );
}
