import type { TemplateFile } from '../../../api/operations.ts';
import { CodeComparison, languageOf } from '../../../components/code/code.tsx';
import { Stack, Text, Title } from '../../../components/ui/mantine.ts';
import { Untrusted } from '../../../components/ui/Untrusted.tsx';

interface Properties {
  readonly before: readonly TemplateFile[];
  readonly after: readonly TemplateFile[];
}

/** File by file: what went and what came. */
export function FileComparison({ before, after }: Properties) {
  const names = [...new Set([...before, ...after].map(({ path }) => path))];
  const changed = names
    .map((path) => ({
      path,
      left: before.find((file) => file.path === path)?.content,
      right: after.find((file) => file.path === path)?.content,
    }))
    .filter(({ left, right }) => left !== right);
  if (changed.length === 0) return <Text c="dimmed">The source is the same.</Text>;
  return (
    <Stack>
      {changed.map(({ path, left, right }) => (
        <Stack key={path} gap="xs">
          <Title order={3} size="h5">
            <Untrusted text={path} max={100} /> {left === undefined ? '(new)' : right === undefined ? '(gone)' : ''}
          </Title>
          <CodeComparison
            label={`What changed in ${path}`}
            before={left ?? ''}
            after={right ?? ''}
            language={languageOf(path)}
          />
        </Stack>
      ))}
    </Stack>
  );
}
